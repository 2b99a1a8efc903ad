package jose_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"maps"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/jose"
)

// Nuapay: a detached JWS over the raw body, in the header JWS-Signature beside it. "kid" is
// the serial number of the certificate in decimal, "iss" its subject, and "crit" names "iat",
// "iss" and "b64", which is false.

const provNuapayKey = "bb09c2b6" // of the API, for HTTP Basic

// provNuapay is Nuapay's side.
type provNuapay struct {
	certificates []*x509.Certificate
	now          time.Time
}

func (n *provNuapay) handle(w http.ResponseWriter, r *http.Request, body []byte) error {
	switch user, password, ok := r.BasicAuth(); {
	case r.Method != http.MethodPost || r.URL.Path != "/beneficiaries":
		return provRefusal("endpoint")
	case !ok || user != provNuapayKey || password != "":
		return provRefusal("authorization")
	case r.Header.Get("Content-Type") != "application/json":
		return provRefusal("content type")
	}
	if err := n.verify(r.Header.Get("JWS-Signature"), body); err != nil {
		return err
	}
	var request struct {
		Beneficiary *struct{ Name string }
	}
	if err := json.Unmarshal(body, &request); err != nil || request.Beneficiary == nil {
		http.Error(w, "7085: Beneficiary object is required", http.StatusBadRequest)
		return nil
	}
	w.WriteHeader(http.StatusCreated)
	_, err := w.Write([]byte(request.Beneficiary.Name))
	return err
}

// verify checks a JWS-Signature by hand.
func (n *provNuapay) verify(token string, body []byte) error {
	header, payload, signature, err := provSegments(token)
	if err != nil {
		return err
	}
	if len(payload) > 0 {
		return provRefusal("not detached")
	}
	var h struct {
		Alg, Kid, Iss string
		Iat           *int64
		B64           *bool
		Crit          []string
	}
	d := json.NewDecoder(bytes.NewReader(header))
	d.DisallowUnknownFields()
	if err := d.Decode(&h); err != nil {
		return provRefusal("header")
	}
	slices.Sort(h.Crit) // the pages disagree on the order
	serial, ok := new(big.Int).SetString(h.Kid, 10)
	var cert *x509.Certificate
	for _, c := range n.certificates {
		if ok && c.SerialNumber.Cmp(serial) == 0 {
			cert = c
		}
	}
	switch {
	case h.Alg != "RS256":
		return provRefusal("alg")
	case h.B64 == nil || *h.B64:
		return provRefusal("b64")
	case !slices.Equal(h.Crit, []string{"b64", "iat", "iss"}):
		return provRefusal("crit")
	case cert == nil:
		return provRefusal("kid")
	case !maps.Equal(provAttributes(h.Iss), provSubject(cert)):
		return provRefusal("iss")
	case h.Iat == nil || *h.Iat < 0 || *h.Iat > n.now.UnixMilli():
		return provRefusal("iat")
	}
	// RFC 7797, Section 3: the octets of the body are signed as they are.
	digest := sha256.Sum256(append([]byte(token[:strings.IndexByte(token, '.')+1]), body...))
	if rsa.VerifyPKCS1v15(cert.PublicKey.(*rsa.PublicKey), crypto.SHA256, digest[:], signature) != nil {
		return provRefusal("signature")
	}
	return nil
}

// provLabels are the attributes of a subject, in Nuapay's order. No library renders a subject
// in this order: in the published certificate they are one set, which has none.
var provLabels = []struct{ oid, label string }{
	{"2.5.4.6", "C"}, {"2.5.4.7", "L"}, {"2.5.4.8", "ST"}, {"2.5.4.11", "OU"}, {"2.5.4.10", "O"}, {"2.5.4.3", "CN"},
}

// provSubject returns the attributes of a certificate's subject. One that is not among
// provLabels is named by its number.
func provSubject(cert *x509.Certificate) map[string]string {
	attributes := make(map[string]string)
	for _, a := range cert.Subject.Names {
		label := a.Type.String()
		for _, l := range provLabels {
			if l.oid == label {
				label = l.label
			}
		}
		attributes[label], _ = a.Value.(string)
	}
	return attributes
}

// provAttributes reads an "iss", or returns nil.
func provAttributes(iss string) map[string]string {
	attributes := make(map[string]string)
	for _, part := range strings.Split(iss, ",") {
		label, value, ok := strings.Cut(part, "=")
		label = strings.TrimSpace(label)
		if _, twice := attributes[label]; twice || !ok {
			return nil
		}
		attributes[label] = strings.TrimSpace(value)
	}
	return attributes
}

// provNuapayMembers returns what a token says of the sender, from the sender's certificate.
func provNuapayMembers(cert *x509.Certificate) (kid, iss string) {
	attributes := provSubject(cert)
	var parts []string
	for _, l := range provLabels {
		if value, ok := attributes[l.label]; ok {
			parts = append(parts, l.label+"="+value)
		}
	}
	return cert.SerialNumber.String(), strings.Join(parts, ", ")
}

// provNuapayVerifier is Nuapay's side once more, on this package: every rule is a check, so
// that none depends on what the code around it does.
func provNuapayVerifier(t testing.TB, n *provNuapay) *jose.Verifier {
	byKeyID := make(map[string]*jose.Verifier)
	for _, cert := range n.certificates {
		file := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
		v, err := provPublic(t, string(file)).RS256Verifier(jose.CheckMember("iss", func(iss string) error {
			if !maps.Equal(provAttributes(iss), provSubject(cert)) {
				return errors.New("not the subject of the certificate")
			}
			return nil
		}))
		byKeyID[cert.SerialNumber.String()] = provMust(t, v, err)
	}
	v, err := jose.VerifierByKeyID(byKeyID,
		jose.CheckMember("b64", jose.Equal(false)),
		jose.CheckMember("crit", func(names []string) error {
			if slices.Sort(names); !slices.Equal(names, []string{"b64", "iat", "iss"}) {
				return errors.New("not the three that are agreed on")
			}
			return nil
		}),
		jose.CheckMember("iat", func(iat int64) error { // 0 or milliseconds: no NumericDate
			if iat < 0 || iat > n.now.UnixMilli() {
				return errors.New("in the future")
			}
			return nil
		}))
	return provMust(t, v, err)
}

func TestNuapay(t *testing.T) {
	t.Parallel()
	published := provKey(t, "Nuapay", "nuapay")
	sample := provCase(t, "Nuapay", "nuapay/sample")
	merchant := provCertificate(t, published.Certificate)
	key := provPrivate(t, published.PEM)

	// A second merchant, with the serial number of Nuapay's other page.
	otherRSA := provRSA(t, provKey(t, "J.P. Morgan", "client").PEM)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(0x0094cf4671),
		Subject: pkix.Name{Country: []string{"GB"}, Locality: []string{"London"}, Organization: []string{"Nuapay"},
			OrganizationalUnit: []string{"Nuapay API"}, Province: []string{"Your State"}, CommonName: "a2av3py82w"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &otherRSA.PublicKey, otherRSA)
	other := provCertificate(t, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: provMust(t, der, err)})))
	otherKey := provPrivate(t, provKey(t, "J.P. Morgan", "client").PEM)

	nuapay := &provNuapay{certificates: []*x509.Certificate{merchant, other}, now: time.Now()}
	server := provServe(t, nuapay.handle)
	verifier := provNuapayVerifier(t, nuapay)
	authorization := "Basic " + base64.StdEncoding.EncodeToString([]byte(provNuapayKey+":"))
	post := func(client *http.Client, token, body string, headers ...string) (*provAnswer, error) {
		return provSend(client, "POST", server.URL+"/beneficiaries", body, append([]string{
			"Authorization", authorization, "Content-Type", "application/json", "JWS-Signature", token}, headers...)...)
	}
	sign := func(t *testing.T, key *jose.PrivateKey, body string, opts ...jose.HeaderOption) string {
		t.Helper()
		s, err := key.RS256Signer()
		token, err := provMust(t, s, err).SignDetached([]byte(body), opts...)
		return provMust(t, token, err)
	}
	kid, iss := provNuapayMembers(merchant)
	otherKid, otherIss := provNuapayMembers(other)
	if kid != "133747141255" || iss != "C=GB, L=London, OU=Nuapay API, O=Nuapay, CN=yboqyay92q" {
		t.Errorf("the published certificate gives kid %s, iss %s", kid, iss)
	}
	if otherKid != "2496611953" || otherIss != "C=GB, L=London, ST=Your State, OU=Nuapay API, O=Nuapay, CN=a2av3py82w" {
		t.Errorf("the other certificate gives kid %s, iss %s", otherKid, otherIss)
	}

	// The published sample. Its body is empty, which Nuapay finds only after the signature.
	t.Run("sample", func(t *testing.T) {
		token := sign(t, key, *sample.Payload, jose.ExactHeader([]byte(sample.Header)))
		if token != sample.Token {
			t.Errorf("signing the published header and body gives %s", token)
		}
		answer, err := post(http.DefaultClient, sample.Token, *sample.Payload)
		provAccepted(t, answer, err, http.StatusBadRequest, "7085: Beneficiary object is required")
		message, err := verifier.VerifyDetached(sample.Token, []byte(*sample.Payload))
		provClass(t, err, nil)
		if err == nil && string(message.Header.Bytes()) != sample.Header {
			t.Errorf("the header is %s", message.Header.Bytes())
		}
	})

	const body = "{\r\n  \"Beneficiary\": {\"Name\": \"Zo\u00eb\"}\r\n}\n" // octets, and no canonical form
	now := nuapay.now.UnixMilli()
	iatMember, issMember := jose.CriticalMember("iat", 0), jose.CriticalMember("iss", iss)
	for _, test := range []struct {
		name   string
		key    *jose.PrivateKey
		opts   []jose.HeaderOption
		reason string // of the server's refusal
		class  error  // of the same by this package
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
		{"iss is no string", key, []jose.HeaderOption{jose.KeyID(kid), iatMember, jose.CriticalMember("iss", 7), jose.Unencoded()}, "header", jose.ErrClaims},
		{"iat in the future", key, []jose.HeaderOption{jose.KeyID(kid), jose.CriticalMember("iat", now+1), issMember, jose.Unencoded()}, "iat", jose.ErrClaims},
		{"iat is a string", key, []jose.HeaderOption{jose.KeyID(kid), jose.CriticalMember("iat", "0"), issMember, jose.Unencoded()}, "header", jose.ErrClaims},
		{"no iat", key, []jose.HeaderOption{jose.KeyID(kid), issMember, jose.Unencoded()}, "crit", jose.ErrClaims},
		{"iss is not critical", key, []jose.HeaderOption{jose.KeyID(kid), iatMember, jose.Member("iss", iss), jose.Unencoded()}, "crit", jose.ErrClaims},
		{"one more critical member", key, []jose.HeaderOption{jose.KeyID(kid), iatMember, issMember, jose.CriticalMember("exp", 1), jose.Unencoded()}, "header", jose.ErrUnsupported},
		{"payload encoded", key, []jose.HeaderOption{jose.KeyID(kid), iatMember, issMember}, "b64", jose.ErrClaims},
	} {
		t.Run(test.name, func(t *testing.T) {
			token := sign(t, test.key, body, test.opts...)
			answer, err := post(http.DefaultClient, token, body)
			if test.reason == "" {
				provAccepted(t, answer, err, http.StatusCreated, "Zo\u00eb")
			} else {
				provRefused(t, answer, err, test.reason)
			}
			_, err = verifier.VerifyDetached(token, []byte(body))
			provClass(t, err, test.class)
		})
	}

	good := []jose.HeaderOption{jose.KeyID(kid), iatMember, issMember, jose.Unencoded()}
	token := sign(t, key, body, good...)

	// A proxy that sends the same JSON with other white space breaks the signature: octets
	// are signed.
	t.Run("body changed on the way", func(t *testing.T) {
		var compacted []byte
		proxy := provProxy{request: func(content []byte) []byte {
			var out bytes.Buffer
			if err := json.Compact(&out, content); err != nil {
				t.Error(err)
			}
			compacted = out.Bytes()
			return compacted
		}}
		answer, err := post(proxy.client(), token, body)
		provRefused(t, answer, err, "signature")
		_, err = verifier.VerifyDetached(token, compacted)
		provClass(t, err, jose.ErrSignature)
	})
	t.Run("for another body", func(t *testing.T) {
		other := strings.Replace(body, "Zo", "Mo", 1)
		answer, err := post(http.DefaultClient, token, other)
		provRefused(t, answer, err, "signature")
		_, err = verifier.VerifyDetached(token, []byte(other))
		provClass(t, err, jose.ErrSignature)
	})
	t.Run("attached", func(t *testing.T) {
		s, err := key.RS256Signer()
		token, err := provMust(t, s, err).Sign([]byte(body), jose.KeyID(kid), iatMember, issMember)
		answer, err := post(http.DefaultClient, provMust(t, token, err), body)
		provRefused(t, answer, err, "not detached")
		_, err = verifier.VerifyDetached(token, []byte(body))
		provClass(t, err, jose.ErrMalformed)
	})
	t.Run("another algorithm", func(t *testing.T) {
		s, err := provPrivate(t, provKey(t, "Wise", "signer").PEM).ES512Signer(good...)
		token, err := provMust(t, s, err).SignDetached([]byte(body))
		answer, err := post(http.DefaultClient, provMust(t, token, err), body)
		provRefused(t, answer, err, "alg")
		_, err = verifier.VerifyDetached(token, []byte(body))
		provClass(t, err, jose.ErrAlgorithm)
	})
	t.Run("around the signature", func(t *testing.T) {
		answer, err := post(http.DefaultClient, token, body, "Authorization", "Basic OTo=")
		provRefused(t, answer, err, "authorization")
		answer, err = post(http.DefaultClient, token, body, "Content-Type", "text/plain")
		provRefused(t, answer, err, "content type")
		answer, err = provSend(http.DefaultClient, "PUT", server.URL+"/beneficiaries", body, "JWS-Signature", token)
		provRefused(t, answer, err, "endpoint")
	})
	t.Run("no signature", func(t *testing.T) {
		answer, err := post(http.DefaultClient, "", body)
		provRefused(t, answer, err, "segments")
		_, err = verifier.VerifyDetached("", []byte(body))
		provClass(t, err, jose.ErrMalformed)
	})
}
