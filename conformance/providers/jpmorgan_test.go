package providers

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/jose"
)

// connectionCertificate returns a certificate of its own making for one end of a connection. It
// is no CA, so that nothing needs SHA-1; the other end trusts it itself.
func connectionCertificate(t *testing.T, usage x509.ExtKeyUsage) tls.Certificate {
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
	der, err := x509.CreateCertificate(rand.Reader, template, template, must(t, key, err).Public(), key)
	leaf, err := x509.ParseCertificate(must(t, der, err))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: must(t, leaf, err)}
}

func TestJPMorgan(t *testing.T) {
	t.Parallel()
	published := keyOf(t, "J.P. Morgan", "client")
	sample := caseOf(t, "J.P. Morgan", "jpmorgan/request")
	signing := certificateOf(t, published.Certificate)

	// The key file is bare DER of PKCS #8.
	der, err := base64.StdEncoding.DecodeString(published.DER)
	path := filepath.Join(t.TempDir(), "signing.der")
	if err := os.WriteFile(path, must(t, der, err), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	key := privateKey(t, string(must(t, file, err)))
	signer := signerOf(t, key, jose.RS256)
	verifier := verifierOf(t, publicKey(t, published.Certificate), jose.RS256)

	serverCert := connectionCertificate(t, x509.ExtKeyUsageServerAuth)
	clientCert := connectionCertificate(t, x509.ExtKeyUsageClientAuth)
	jpmorgan, err := NewJPMorganServer(clientCert.Leaf, signing)
	calls := &recorder{Handler: must(t, jpmorgan, err)}
	server := httptest.NewUnstartedServer(calls)
	clients, servers := x509.NewCertPool(), x509.NewCertPool()
	otherCert := connectionCertificate(t, x509.ExtKeyUsageClientAuth) // of another client of the bank
	clients.AddCert(clientCert.Leaf)
	clients.AddCert(otherCert.Leaf)
	servers.AddCert(serverCert.Leaf)
	server.TLS = jpmorgan.TLSConfig(serverCert, clients)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that are to fail
	server.StartTLS()
	t.Cleanup(server.Close)
	connect := func(trusted *x509.CertPool, certificate tls.Certificate) *JPMorganClient {
		t.Helper()
		c, err := NewJPMorganClient(server.URL, certificate, trusted, file)
		t.Cleanup(must(t, c, err).Close)
		return c
	}
	client := connect(servers, clientCert)
	post := func(contentType, body string) (*answer, error) { return client.send(t.Context(), contentType, body) }

	t.Run("client", func(t *testing.T) {
		answer, err := client.Pay(t.Context(), []byte(*sample.Payload))
		if err != nil || string(answer) != "RTP-1" {
			t.Errorf("answered %q, error %v", answer, err)
		}
		sent := calls.last("POST")
		if sent.body != sample.Token || sent.header.Get("Content-Type") != "application/jose" {
			t.Errorf("sent %s, as %s", sent.body, sent.header.Get("Content-Type"))
		}
	})
	for _, contentType := range []string{"application/jose", "text/xml", "text/xml; charset=utf-8"} {
		t.Run(contentType, func(t *testing.T) {
			token, err := signer.Sign([]byte(*sample.Payload))
			if must(t, token, err) != sample.Token {
				t.Errorf("not the token of the published steps: %s", token)
			}
			answer, err := post(contentType, token)
			isAnswer(t, answer, err, http.StatusOK, "RTP-1")
			answer, err = post(contentType, sample.Token)
			isAnswer(t, answer, err, http.StatusOK, "RTP-1")
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

	nuapay := privateKey(t, keyOf(t, "Nuapay", "nuapay").PEM)
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
			token, err := signerOf(t, test.key, jose.RS256, test.opts...).Sign([]byte(*sample.Payload))
			answer, err := post(test.contentType, must(t, token, err))
			isRefused(t, answer, err, test.reason)
		})
	}
	t.Run("another amount", func(t *testing.T) {
		parts := strings.Split(sample.Token, ".")
		payload := bytes.Replace([]byte(*sample.Payload), []byte("10.00"), []byte("90.00"), 1)
		token := parts[0] + "." + base64.RawURLEncoding.EncodeToString(payload) + "." + parts[2]
		answer, err := post("application/jose", token)
		isRefused(t, answer, err, "signature")
		_, err = verifier.Verify(token)
		isClass(t, err, jose.ErrSignature)
	})
	t.Run("detached", func(t *testing.T) {
		token, err := signer.SignDetached([]byte(*sample.Payload))
		answer, err := post("application/jose", must(t, token, err))
		isRefused(t, answer, err, "signature") // that of an empty payload
	})

	t.Run("no JSON", func(t *testing.T) {
		token, err := signer.Sign([]byte("<payments/>"))
		answer, err := post("text/xml", must(t, token, err))
		isRefused(t, answer, err, "payload")
		_, err = client.Pay(t.Context(), []byte("<payments/>"))
		saysRefused(t, err, "payload")
	})
	t.Run("another client's connection", func(t *testing.T) {
		answer, err := connect(servers, otherCert).send(t.Context(), "application/jose", sample.Token)
		isRefused(t, answer, err, "client certificate")
	})
	t.Run("no TLS", func(t *testing.T) {
		answer, err := send(t.Context(), nil, "POST", start(t, jpmorgan).URL, sample.Token, "Content-Type", "application/jose")
		isRefused(t, answer, err, "client certificate")
	})

	// Neither end gets as far as a request without the other's certificate.
	before, _ := calls.count("POST")
	for name, client := range map[string]*JPMorganClient{
		"no client certificate":         connect(servers, tls.Certificate{}),
		"an unknown client certificate": connect(servers, connectionCertificate(t, x509.ExtKeyUsageClientAuth)),
		"another server certificate":    connect(clients, clientCert),
	} {
		t.Run(name, func(t *testing.T) {
			if answer, err := client.send(t.Context(), "application/jose", sample.Token); err == nil {
				t.Errorf("answered %d", answer.status)
			}
		})
	}
	if after, _ := calls.count("POST"); after != before {
		t.Errorf("%d requests reached the server", after-before)
	}

	t.Run("certificates", func(t *testing.T) {
		for _, pair := range [][2]*x509.Certificate{{nil, signing}, {clientCert.Leaf, nil}, {clientCert.Leaf, serverCert.Leaf}} {
			if _, err := NewJPMorganServer(pair[0], pair[1]); err == nil {
				t.Error("the server takes a certificate that is missing, or has no RSA key")
			}
		}
	})
}
