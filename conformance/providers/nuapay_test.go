package providers

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/jose"
)

func TestNuapay(t *testing.T) {
	t.Parallel()
	const apiKey = "bb09c2b6"
	published := keyOf(t, "Nuapay", "nuapay")
	sample := caseOf(t, "Nuapay", "nuapay/sample")
	merchant := certificateOf(t, published.Certificate)
	key := privateKey(t, published.PEM)

	// A second merchant, with the serial number of Nuapay's other page.
	otherFile := keyOf(t, "J.P. Morgan", "client").PEM
	otherRSA := rsaKey(t, otherFile)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(0x0094cf4671),
		Subject: pkix.Name{Country: []string{"GB"}, Locality: []string{"London"}, Organization: []string{"Nuapay"},
			OrganizationalUnit: []string{"Nuapay API"}, Province: []string{"Your State"}, CommonName: "a2av3py82w"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &otherRSA.PublicKey, otherRSA)
	other := certificateOf(t, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: must(t, der, err)})))
	otherKey := privateKey(t, otherFile)

	clock := at(time.Now())
	now := clock().UnixMilli()
	nuapay, err := NewNuapayServer(apiKey, merchant, other)
	must(t, nuapay, err).now = clock
	calls := &recorder{Handler: nuapay}
	server := start(t, calls)
	v, err := NewNuapayVerifier([]*x509.Certificate{merchant, other}, clock)
	verifier := must(t, v, err)
	newClient := func(client *http.Client, certificate *x509.Certificate, file string) *NuapayClient {
		t.Helper()
		c, err := NewNuapayClient(client, server.URL, apiKey, certificate, []byte(file))
		must(t, c, err).now = clock
		return c
	}
	client := newClient(nil, merchant, published.PEM)
	post := func(token, body string, headers ...string) (*answer, error) {
		return client.send(t.Context(), token, body, headers...)
	}
	sign := func(t *testing.T, key *jose.PrivateKey, body string, opts ...jose.HeaderOption) string {
		t.Helper()
		token, err := signerOf(t, key, jose.RS256).SignDetached([]byte(body), opts...)
		return must(t, token, err)
	}
	kid, iss, err := nuapayMembers(merchant)
	if err != nil || kid != "133747141255" || iss != "C=GB, L=London, OU=Nuapay API, O=Nuapay, CN=yboqyay92q" {
		t.Errorf("the published certificate gives kid %s, iss %s, error %v", kid, iss, err)
	}
	otherKid, otherIss, err := nuapayMembers(other)
	if err != nil || otherKid != "2496611953" || otherIss != "C=GB, L=London, ST=Your State, OU=Nuapay API, O=Nuapay, CN=a2av3py82w" {
		t.Errorf("the other certificate gives kid %s, iss %s, error %v", otherKid, otherIss, err)
	}

	// The published sample. Its body is empty, which Nuapay finds only after the signature.
	t.Run("sample", func(t *testing.T) {
		token := sign(t, key, *sample.Payload, jose.ExactHeader([]byte(sample.Header)))
		if token != sample.Token {
			t.Errorf("signing the published header and body gives %s", token)
		}
		answer, err := post(sample.Token, *sample.Payload)
		isAnswer(t, answer, err, http.StatusBadRequest, "7085: Beneficiary object is required")
		message, err := verifier.VerifyDetached(sample.Token, []byte(*sample.Payload))
		isClass(t, err, nil)
		if err == nil && string(message.Header.Bytes()) != sample.Header {
			t.Errorf("the header is %s", message.Header.Bytes())
		}
	})

	const body = "{\r\n  \"Beneficiary\": {\"Name\": \"Zo\u00eb\"}\r\n}\n" // octets, and no canonical form

	// The client writes the members of the sample in their order, and nothing else.
	for _, test := range []struct {
		name, kid, iss string
		client         *NuapayClient
	}{
		{"client", kid, iss, client},
		{"another merchant's client", otherKid, otherIss, newClient(nil, other, otherFile)},
	} {
		t.Run(test.name, func(t *testing.T) {
			name, err := test.client.CreateBeneficiary(t.Context(), []byte(body))
			if err != nil || string(name) != "Zo\u00eb" {
				t.Fatalf("answered %q, error %v", name, err)
			}
			sent := calls.last("POST")
			if sent.path != "/beneficiaries" || sent.body != body {
				t.Errorf("sent %q to %s", sent.body, sent.path)
			}
			message, err := verifier.VerifyDetached(sent.header.Get("JWS-Signature"), []byte(body))
			if err != nil {
				t.Fatal(err)
			}
			want := fmt.Sprintf(`{"alg":"RS256","kid":%q,"iat":%d,"iss":%q,"b64":false,"crit":["iat","iss","b64"]}`, test.kid, now, test.iss)
			if string(message.Header.Bytes()) != want {
				t.Errorf("sent the header %s", message.Header.Bytes())
			}
		})
	}

	iatMember, issMember := jose.CriticalMember("iat", 0), jose.CriticalMember("iss", iss)
	for _, test := range []struct {
		name   string
		key    *jose.PrivateKey
		opts   []jose.HeaderOption
		reason string // of the server's refusal
		class  error  // of the same by package jose
	}{
		{"sample page", key, []jose.HeaderOption{jose.KeyID(kid), iatMember, issMember, jose.Unencoded()}, "", nil},
		{"REST page", key, []jose.HeaderOption{jose.KeyID(kid), jose.Unencoded(), iatMember, issMember}, "", nil},
		{"UI page", key, []jose.HeaderOption{jose.KeyID(kid), jose.CriticalMember("iat", now), issMember, jose.Unencoded()}, "", nil},
		{"another merchant", otherKey, []jose.HeaderOption{jose.KeyID(otherKid), iatMember, jose.CriticalMember("iss", otherIss), jose.Unencoded()}, "", nil},
		{"another order of the same subject", key, []jose.HeaderOption{jose.KeyID(kid), iatMember, jose.CriticalMember("iss", merchant.Subject.String()), jose.Unencoded()}, "", nil},

		{"kid in hexadecimal", key, []jose.HeaderOption{jose.KeyID(merchant.SerialNumber.Text(16)), iatMember, issMember, jose.Unencoded()}, "kid", jose.ErrUnknownKey},
		{"no kid", key, []jose.HeaderOption{iatMember, issMember, jose.Unencoded()}, "kid", jose.ErrUnknownKey},
		{"kid of another merchant", key, []jose.HeaderOption{jose.KeyID(otherKid), iatMember, jose.CriticalMember("iss", otherIss), jose.Unencoded()}, "signature", jose.ErrSignature},
		{"iss of another merchant", key, []jose.HeaderOption{jose.KeyID(kid), iatMember, jose.CriticalMember("iss", otherIss), jose.Unencoded()}, "iss", jose.ErrClaims},
		{"iss without CN", key, []jose.HeaderOption{jose.KeyID(kid), iatMember, jose.CriticalMember("iss", "C=GB, L=London, OU=Nuapay API, O=Nuapay"), jose.Unencoded()}, "iss", jose.ErrClaims},
		{"iss with an attribute twice", key, []jose.HeaderOption{jose.KeyID(kid), iatMember, jose.CriticalMember("iss", "C=US, "+iss), jose.Unencoded()}, "iss", jose.ErrClaims},
		{"iss is no list of attributes", key, []jose.HeaderOption{jose.KeyID(kid), iatMember, jose.CriticalMember("iss", "Nuapay"), jose.Unencoded()}, "iss", jose.ErrClaims},
		{"iss is no string", key, []jose.HeaderOption{jose.KeyID(kid), iatMember, jose.CriticalMember("iss", 7), jose.Unencoded()}, "header", jose.ErrClaims},
		{"a clock that is ahead", key, []jose.HeaderOption{jose.KeyID(kid), jose.CriticalMember("iat", now+30_000), issMember, jose.Unencoded()}, "", nil},
		{"iat in the future", key, []jose.HeaderOption{jose.KeyID(kid), jose.CriticalMember("iat", now+30_001), issMember, jose.Unencoded()}, "iat", jose.ErrClaims},
		{"iat before 1970", key, []jose.HeaderOption{jose.KeyID(kid), jose.CriticalMember("iat", -1), issMember, jose.Unencoded()}, "iat", jose.ErrClaims},
		{"iat is a string", key, []jose.HeaderOption{jose.KeyID(kid), jose.CriticalMember("iat", "0"), issMember, jose.Unencoded()}, "header", jose.ErrClaims},
		{"no iat", key, []jose.HeaderOption{jose.KeyID(kid), issMember, jose.Unencoded()}, "crit", jose.ErrClaims},
		{"iss is not critical", key, []jose.HeaderOption{jose.KeyID(kid), iatMember, jose.Member("iss", iss), jose.Unencoded()}, "crit", jose.ErrClaims},
		{"one more critical member", key, []jose.HeaderOption{jose.KeyID(kid), iatMember, issMember, jose.CriticalMember("exp", 1), jose.Unencoded()}, "header", jose.ErrUnsupported},
		{"payload encoded", key, []jose.HeaderOption{jose.KeyID(kid), iatMember, issMember}, "b64", jose.ErrClaims},
		{"payload encoded, and said so", key, []jose.HeaderOption{jose.ExactHeader(fmt.Appendf(nil,
			`{"alg":"RS256","kid":%q,"iat":0,"iss":%q,"b64":true,"crit":["iat","iss","b64"]}`, kid, iss))}, "b64", jose.ErrClaims},
	} {
		t.Run(test.name, func(t *testing.T) {
			token := sign(t, test.key, body, test.opts...)
			answer, err := post(token, body)
			if test.reason == "" {
				isAnswer(t, answer, err, http.StatusCreated, "Zo\u00eb")
			} else {
				isRefused(t, answer, err, test.reason)
			}
			_, err = verifier.VerifyDetached(token, []byte(body))
			isClass(t, err, test.class)
		})
	}

	good := []jose.HeaderOption{jose.KeyID(kid), iatMember, issMember, jose.Unencoded()}
	token := sign(t, key, body, good...)

	// A proxy that sends the same JSON with other white space breaks the signature: octets
	// are signed.
	t.Run("body changed on the way", func(t *testing.T) {
		changes := proxy{request: func(content []byte) []byte {
			var out bytes.Buffer
			if err := json.Compact(&out, content); err != nil {
				t.Error(err)
			}
			return out.Bytes()
		}}
		changed := newClient(changes.client(), merchant, published.PEM)
		answer, err := changed.send(t.Context(), token, body)
		isRefused(t, answer, err, "signature")
		_, err = changed.CreateBeneficiary(t.Context(), []byte(body))
		saysRefused(t, err, "signature")
		_, err = verifier.VerifyDetached(token, []byte(calls.last("POST").body))
		isClass(t, err, jose.ErrSignature)
	})
	t.Run("for another body", func(t *testing.T) {
		other := strings.Replace(body, "Zo", "Mo", 1)
		answer, err := post(token, other)
		isRefused(t, answer, err, "signature")
		_, err = verifier.VerifyDetached(token, []byte(other))
		isClass(t, err, jose.ErrSignature)
	})
	t.Run("attached", func(t *testing.T) {
		token, err := signerOf(t, key, jose.RS256).Sign([]byte(body), jose.KeyID(kid), iatMember, issMember)
		answer, err := post(must(t, token, err), body)
		isRefused(t, answer, err, "not detached")
		_, err = verifier.VerifyDetached(token, []byte(body))
		isClass(t, err, jose.ErrMalformed)
	})
	t.Run("another algorithm", func(t *testing.T) {
		token, err := signerOf(t, privateKey(t, keyOf(t, "Wise", "signer").PEM), jose.ES512, good...).SignDetached([]byte(body))
		answer, err := post(must(t, token, err), body)
		isRefused(t, answer, err, "alg")
		_, err = verifier.VerifyDetached(token, []byte(body))
		isClass(t, err, jose.ErrAlgorithm)
	})
	t.Run("around the signature", func(t *testing.T) {
		answer, err := post(token, body, "Authorization", "Basic OTo=")
		isRefused(t, answer, err, "authorization")
		answer, err = post(token, body, "Authorization", "Basic YmIwOWMyYjY6eA==") // the key, and a password
		isRefused(t, answer, err, "authorization")
		answer, err = post(token, body, "Content-Type", "text/plain")
		isRefused(t, answer, err, "content type")
		answer, err = send(t.Context(), nil, "PUT", server.URL+"/beneficiaries", body, "JWS-Signature", token)
		isRefused(t, answer, err, "endpoint")
	})
	t.Run("no signature", func(t *testing.T) {
		answer, err := post("", body)
		isRefused(t, answer, err, "segments")
		_, err = verifier.VerifyDetached("", []byte(body))
		isClass(t, err, jose.ErrMalformed)
	})
}

// A certificate that can't say who sends is refused where it is handed over: by the client, by
// the server and by the verifier.
func TestNuapayCertificates(t *testing.T) {
	t.Parallel()
	file := keyOf(t, "Nuapay", "nuapay").PEM
	issuer := rsaKey(t, file)
	elliptical, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	must(t, elliptical, err)
	make := func(subject pkix.Name, public any) *x509.Certificate {
		t.Helper()
		template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: subject}
		der, err := x509.CreateCertificate(rand.Reader, template, template, public, issuer)
		certificate, err := x509.ParseCertificate(must(t, der, err))
		return must(t, certificate, err)
	}
	unlabelled := make(pkix.Name{CommonName: "a", SerialNumber: "1"}, &issuer.PublicKey)
	for _, test := range []struct {
		name                     string
		certificate              *x509.Certificate
		client, server, verifier bool // takes it
	}{
		{"good", make(pkix.Name{CommonName: "a"}, &issuer.PublicKey), true, true, true},
		{"none", nil, false, false, false},
		{"no subject", make(pkix.Name{}, &issuer.PublicKey), false, false, false},
		{"an attribute twice", make(pkix.Name{OrganizationalUnit: []string{"a", "b"}}, &issuer.PublicKey), false, false, false},
		{"a comma", make(pkix.Name{CommonName: "a, O=b"}, &issuer.PublicKey), false, false, false},
		{"an attribute without a label", unlabelled, false, true, true},
		{"another kind of key", make(pkix.Name{CommonName: "a"}, &elliptical.PublicKey), true, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := NewNuapayClient(nil, "https://localhost", "key", test.certificate, []byte(file))
			if (err == nil) != test.client {
				t.Errorf("client: error %v", err)
			}
			_, err = NewNuapayServer("key", test.certificate)
			if (err == nil) != test.server {
				t.Errorf("server: error %v", err)
			}
			_, err = NewNuapayVerifier([]*x509.Certificate{test.certificate}, nil)
			if (err == nil) != test.verifier {
				t.Errorf("verifier: error %v", err)
			}
		})
	}
	if _, err := NewNuapayServer("key", unlabelled, unlabelled); err == nil {
		t.Error("the server takes one serial number twice")
	}
	if _, err := NewNuapayVerifier([]*x509.Certificate{unlabelled, unlabelled}, nil); err == nil {
		t.Error("the verifier takes one serial number twice")
	}
	if _, err := NewNuapayServer(""); err == nil {
		t.Error("the server takes an empty API key")
	}
	certificate := certificateOf(t, keyOf(t, "Nuapay", "nuapay").Certificate)
	if _, err := NewNuapayClient(nil, "", "", certificate, []byte(keyOf(t, "Nuapay", "nuapay").PEM)); err == nil {
		t.Error("the client takes an empty API key")
	}
}
