package jose_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"io"
	"log"
	"math/big"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/jose"
)

// J.P. Morgan: the body of a request is a JWS of the JSON, sent as application/jose or as
// text/xml over TLS with certificates on both sides. The header has "alg" and nothing else;
// the key of the signature is not that of the connection.

// provJPMorgan is J.P. Morgan's side.
type provJPMorgan struct {
	transport *x509.Certificate // what the client showed it when it was registered
	signing   *x509.Certificate
	requests  atomic.Int32
}

func (j *provJPMorgan) handle(w http.ResponseWriter, r *http.Request, body []byte) error {
	j.requests.Add(1)
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 || !r.TLS.PeerCertificates[0].Equal(j.transport) {
		return provRefusal("client certificate")
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/jose" && media != "text/xml" {
		return provRefusal("content type")
	}
	token := string(body)
	header, payload, signature, err := provSegments(token)
	if err != nil {
		return err
	}
	if string(header) != `{"alg":"RS256"}` {
		return provRefusal("header")
	}
	digest := sha256.Sum256(provSigningInput(token))
	if rsa.VerifyPKCS1v15(j.signing.PublicKey.(*rsa.PublicKey), crypto.SHA256, digest[:], signature) != nil {
		return provRefusal("signature")
	}
	var request struct {
		Payments struct {
			PaymentIdentifiers struct{ EndToEndID string }
		}
	}
	if err := json.Unmarshal(payload, &request); err != nil {
		return provRefusal("payload")
	}
	_, err = io.WriteString(w, request.Payments.PaymentIdentifiers.EndToEndID)
	return err
}

// provTLSCertificate returns a certificate of its own making for one end of a connection. It is
// no CA, so that nothing needs SHA-1; the other end trusts it itself.
func provTLSCertificate(t *testing.T, usage x509.ExtKeyUsage) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: "loopback"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{usage},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, provMust(t, key, err).Public(), key)
	leaf, err := x509.ParseCertificate(provMust(t, der, err))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: provMust(t, leaf, err)}
}

func TestJPMorgan(t *testing.T) {
	t.Parallel()
	published := provKey(t, "J.P. Morgan", "client")
	sample := provCase(t, "J.P. Morgan", "jpmorgan/request")

	// The key file is bare DER of PKCS #8.
	der, err := base64.StdEncoding.DecodeString(published.DER)
	path := filepath.Join(t.TempDir(), "signing.der")
	if err := os.WriteFile(path, provMust(t, der, err), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	key := provPrivate(t, string(provMust(t, file, err)))
	s, err := key.RS256Signer()
	signer := provMust(t, s, err)
	v, err := provPublic(t, published.Certificate).RS256Verifier()
	verifier := provMust(t, v, err)

	serverCert := provTLSCertificate(t, x509.ExtKeyUsageServerAuth)
	clientCert := provTLSCertificate(t, x509.ExtKeyUsageClientAuth)
	jpmorgan := &provJPMorgan{transport: clientCert.Leaf, signing: provCertificate(t, published.Certificate)}
	server := httptest.NewUnstartedServer(provHandler(jpmorgan.handle))
	clients, servers := x509.NewCertPool(), x509.NewCertPool()
	otherCert := provTLSCertificate(t, x509.ExtKeyUsageClientAuth) // of another client of the bank
	clients.AddCert(clientCert.Leaf)
	clients.AddCert(otherCert.Leaf)
	servers.AddCert(serverCert.Leaf)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{serverCert}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that are to fail
	server.StartTLS()
	t.Cleanup(server.Close)
	connect := func(trusted *x509.CertPool, certificates ...tls.Certificate) *http.Client {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted, Certificates: certificates}}
		t.Cleanup(transport.CloseIdleConnections)
		return &http.Client{Transport: transport}
	}
	client := connect(servers, clientCert)
	post := func(client *http.Client, contentType, body string) (*provAnswer, error) {
		return provSend(client, "POST", server.URL, body, "Content-Type", contentType)
	}

	for _, contentType := range []string{"application/jose", "text/xml", "text/xml; charset=utf-8"} {
		t.Run(contentType, func(t *testing.T) {
			token, err := signer.Sign([]byte(*sample.Payload))
			if provMust(t, token, err) != sample.Token {
				t.Errorf("not the token of the published steps: %s", token)
			}
			answer, err := post(client, contentType, token)
			provAccepted(t, answer, err, http.StatusOK, "RTP-1")
			answer, err = post(client, contentType, sample.Token)
			provAccepted(t, answer, err, http.StatusOK, "RTP-1")
		})
	}
	// The same request as its receiver sees it: the header is compared to the letter.
	t.Run("receiving", func(t *testing.T) {
		message, err := verifier.Verify(sample.Token)
		if err != nil {
			t.Fatal(err)
		}
		if string(message.Header.Bytes()) != `{"alg":"RS256"}` || string(message.Payload) != *sample.Payload {
			t.Errorf("got header %s, payload %s", message.Header.Bytes(), message.Payload)
		}
	})

	nuapay := provPrivate(t, provKey(t, "Nuapay", "nuapay").PEM)
	for _, test := range []struct {
		name, contentType, reason string
		key                       *jose.PrivateKey
		opts                      []jose.HeaderOption
	}{
		{"as JSON", "application/json", "content type", key, nil},
		{"a key id", "application/jose", "header", key, []jose.HeaderOption{jose.KeyID("1")}},
		{"a type", "application/jose", "header", key, []jose.HeaderOption{jose.Type("JOSE")}},
		{"white space in the header", "application/jose", "header", key, []jose.HeaderOption{jose.ExactHeader([]byte(`{"alg": "RS256"}`))}},
		{"another key", "application/jose", "signature", nuapay, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := test.key.RS256Signer(test.opts...)
			token, err := provMust(t, s, err).Sign([]byte(*sample.Payload))
			answer, err := post(client, test.contentType, provMust(t, token, err))
			provRefused(t, answer, err, test.reason)
		})
	}
	t.Run("another amount", func(t *testing.T) {
		parts := strings.Split(sample.Token, ".")
		payload := bytes.Replace([]byte(*sample.Payload), []byte("10.00"), []byte("90.00"), 1)
		token := parts[0] + "." + base64.RawURLEncoding.EncodeToString(payload) + "." + parts[2]
		answer, err := post(client, "application/jose", token)
		provRefused(t, answer, err, "signature")
		_, err = verifier.Verify(token)
		provClass(t, err, jose.ErrSignature)
	})
	t.Run("detached", func(t *testing.T) {
		token, err := signer.SignDetached([]byte(*sample.Payload))
		answer, err := post(client, "application/jose", provMust(t, token, err))
		provRefused(t, answer, err, "signature") // that of an empty payload
	})

	t.Run("no JSON", func(t *testing.T) {
		token, err := signer.Sign([]byte("<payments/>"))
		answer, err := post(client, "text/xml", provMust(t, token, err))
		provRefused(t, answer, err, "payload")
	})
	t.Run("another client's connection", func(t *testing.T) {
		answer, err := post(connect(servers, otherCert), "application/jose", sample.Token)
		provRefused(t, answer, err, "client certificate")
	})

	// Neither end gets as far as a request without the other's certificate.
	before := jpmorgan.requests.Load()
	for name, client := range map[string]*http.Client{
		"no client certificate":         connect(servers),
		"an unknown client certificate": connect(servers, provTLSCertificate(t, x509.ExtKeyUsageClientAuth)),
		"another server certificate":    connect(clients, clientCert),
	} {
		t.Run(name, func(t *testing.T) {
			if answer, err := post(client, "application/jose", sample.Token); err == nil {
				t.Errorf("answered %d", answer.status)
			}
		})
	}
	if after := jpmorgan.requests.Load(); after != before {
		t.Errorf("%d requests reached the server", after-before)
	}
}
