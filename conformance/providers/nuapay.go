package providers

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/jose"
)

// Nuapay: a detached JWS over the raw body, in the header JWS-Signature beside
// it. "kid" is the serial number of the certificate in decimal, "iss" its
// subject, and "crit" names "iat", "iss" and "b64", which is false. The published
// sample has an "iat" of 0, so a receiver can demand no age of it, and a request
// that is sent again is taken again: both are for whoever keeps beneficiaries.

// nuapaySkew is how far the clock of the sender may be ahead.
const nuapaySkew = 30 * time.Second

// A NuapayClient signs requests and sends them. It is safe for concurrent use.
type NuapayClient struct {
	http          *http.Client
	base          string
	authorization string
	iss           string
	signer        *jose.Signer
	now           func() time.Time
}

// NewNuapayClient returns a client of the API at base, "https://" and a host.
// The API key is for HTTP Basic, with an empty password; the file has the
// private key of the certificate, which says who the client is.
func NewNuapayClient(client *http.Client, base, apiKey string, certificate *x509.Certificate, file []byte) (*NuapayClient, error) {
	if err := nonempty("nuapay", "the API key", apiKey); err != nil {
		return nil, err
	}
	kid, iss, err := nuapayMembers(certificate)
	if err != nil {
		return nil, err
	}
	key, err := jose.ParsePrivateKey(file)
	if err != nil {
		return nil, err
	}
	signer, err := key.Signer(jose.RS256, jose.KeyID(kid))
	if err != nil {
		return nil, err
	}
	authorization := "Basic " + base64.StdEncoding.EncodeToString([]byte(apiKey+":"))
	return &NuapayClient{http: client, base: base, authorization: authorization, iss: iss, signer: signer, now: time.Now}, nil
}

// CreateBeneficiary sends a beneficiary, which is JSON, and returns the answer,
// which is not signed. The octets of the body are signed as they are (RFC 7797,
// Section 3), so nothing on the way may write the JSON anew.
func (c *NuapayClient) CreateBeneficiary(ctx context.Context, body []byte) ([]byte, error) {
	// In this order, which is that of the names in "crit" too, as in the sample.
	token, err := c.signer.SignDetached(body,
		jose.CriticalMember("iat", c.now().UnixMilli()), jose.CriticalMember("iss", c.iss), jose.Unencoded())
	if err != nil {
		return nil, fmt.Errorf("nuapay: %w", err)
	}
	answer, err := c.send(ctx, token, string(body))
	if err == nil {
		err = answer.expect(http.StatusCreated, "")
	}
	if err != nil {
		return nil, fmt.Errorf("nuapay: %w", err)
	}
	return []byte(answer.body), nil
}

// send sends a signed request.
func (c *NuapayClient) send(ctx context.Context, token, body string, headers ...string) (*answer, error) {
	return send(ctx, c.http, http.MethodPost, c.base+"/beneficiaries", body, append([]string{
		"Authorization", c.authorization, "Content-Type", "application/json", "JWS-Signature", token}, headers...)...)
}

// NewNuapayVerifier returns Nuapay's side on package jose, for requests from
// whoever has one of these certificates. Every rule is a check, so that none
// depends on what the code around it does. Without now it is time.Now.
func NewNuapayVerifier(certificates []*x509.Certificate, now func() time.Time) (*jose.Verifier, error) {
	if now == nil {
		now = time.Now
	}
	byKeyID := make(map[string]*jose.Verifier)
	for _, certificate := range certificates {
		subject, err := nuapaySubject(certificate)
		if err != nil {
			return nil, err
		}
		public, err := jose.ParsePublicKey(certificate.Raw)
		if err != nil {
			return nil, err
		}
		verifier, err := public.Verifier(jose.RS256, jose.CheckMember("iss", func(iss string) error {
			if !maps.Equal(nuapayAttributes(iss), subject) {
				return errors.New("not the subject of the certificate")
			}
			return nil
		}))
		if err != nil {
			return nil, err
		}
		kid := certificate.SerialNumber.String()
		if byKeyID[kid] != nil {
			return nil, errors.New("nuapay: two certificates with one serial number")
		}
		byKeyID[kid] = verifier
	}
	return jose.VerifierByKeyID(byKeyID,
		jose.CheckMember("b64", jose.Equal(false)),
		jose.CheckMember("crit", func(names []string) error {
			if slices.Sort(names); !slices.Equal(names, nuapayCritical) {
				return errors.New("not the three that are agreed on")
			}
			return nil
		}),
		jose.CheckMember("iat", func(iat int64) error { // 0 or milliseconds: no NumericDate
			if iat < 0 || iat > now().Add(nuapaySkew).UnixMilli() {
				return errors.New("in the future")
			}
			return nil
		}))
}

// nuapayCritical are the names that "crit" has, sorted: the pages disagree on
// the order.
var nuapayCritical = []string{"b64", "iat", "iss"}

// nuapayLabels are the attributes of a subject, in Nuapay's order. No library
// renders a subject in this order: in the published certificate they are one
// set, which has none.
var nuapayLabels = []struct{ oid, label string }{
	{"2.5.4.6", "C"}, {"2.5.4.7", "L"}, {"2.5.4.8", "ST"}, {"2.5.4.11", "OU"}, {"2.5.4.10", "O"}, {"2.5.4.3", "CN"},
}

// nuapayMembers returns what a request says of its sender, from the sender's
// certificate.
func nuapayMembers(certificate *x509.Certificate) (kid, iss string, err error) {
	attributes, err := nuapaySubject(certificate)
	if err != nil {
		return "", "", err
	}
	var parts []string
	for _, l := range nuapayLabels {
		if value, ok := attributes[l.label]; ok {
			parts = append(parts, l.label+"="+value)
		}
	}
	if len(parts) != len(attributes) {
		return "", "", errors.New("nuapay: the certificate's subject has an attribute that has no label")
	}
	return certificate.SerialNumber.String(), strings.Join(parts, ", "), nil
}

// nuapaySubject returns the attributes of a certificate's subject. One that is
// not among nuapayLabels is named by its number. A subject that "iss" has no way
// to say is an error.
func nuapaySubject(certificate *x509.Certificate) (map[string]string, error) {
	if certificate == nil || len(certificate.Subject.Names) == 0 {
		return nil, errors.New("nuapay: no certificate, or one without a subject")
	}
	attributes := make(map[string]string)
	for _, a := range certificate.Subject.Names {
		label := a.Type.String()
		for _, l := range nuapayLabels {
			if l.oid == label {
				label = l.label
			}
		}
		value, ok := a.Value.(string)
		if _, twice := attributes[label]; twice || !ok || strings.Contains(value, ",") {
			return nil, errors.New("nuapay: the certificate's subject has an attribute twice, or one that is no text without commas")
		}
		attributes[label] = value
	}
	return attributes, nil
}

// nuapayAttributes reads an "iss", or returns nil, which is nobody's subject.
func nuapayAttributes(iss string) map[string]string {
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

// A NuapayServer is Nuapay's side. It answers with the beneficiary's name.
type NuapayServer struct {
	apiKey  string
	senders map[string]nuapaySender // by "kid"
	now     func() time.Time
}

type nuapaySender struct {
	key     *rsa.PublicKey
	subject map[string]string
}

// NewNuapayServer returns a server that takes requests with this API key from
// whoever has one of these certificates.
func NewNuapayServer(apiKey string, certificates ...*x509.Certificate) (*NuapayServer, error) {
	if apiKey == "" {
		return nil, errors.New("nuapay: no API key")
	}
	s := &NuapayServer{apiKey: apiKey, senders: make(map[string]nuapaySender), now: time.Now}
	for _, certificate := range certificates {
		subject, err := nuapaySubject(certificate)
		if err != nil {
			return nil, err
		}
		key, ok := certificate.PublicKey.(*rsa.PublicKey)
		if !ok {
			return nil, errors.New("nuapay: the certificate has no RSA key")
		}
		kid := certificate.SerialNumber.String()
		if _, twice := s.senders[kid]; twice {
			return nil, errors.New("nuapay: two certificates with one serial number")
		}
		s.senders[kid] = nuapaySender{key, subject}
	}
	return s, nil
}

func (s *NuapayServer) ServeHTTP(w http.ResponseWriter, r *http.Request) { serve(w, r, s.handle) }

func (s *NuapayServer) handle(w http.ResponseWriter, r *http.Request, body []byte) error {
	switch user, password, ok := r.BasicAuth(); {
	case r.Method != http.MethodPost || r.URL.Path != "/beneficiaries":
		return refusal("endpoint")
	case !ok || !sameSecret(user, s.apiKey) || password != "":
		return refusal("authorization")
	case r.Header.Get("Content-Type") != "application/json":
		return refusal("content type")
	}
	if err := s.verify(r.Header.Get("JWS-Signature"), body); err != nil {
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
	_, err := io.WriteString(w, request.Beneficiary.Name)
	return err
}

// verify checks a JWS-Signature by hand: RFC 7797, Section 3.
func (s *NuapayServer) verify(token string, body []byte) error {
	header, payload, signature, err := segments(token)
	if err != nil {
		return err
	}
	if len(payload) > 0 {
		return refusal("not detached")
	}
	var h struct {
		Alg, Kid, Iss string
		Iat           *int64
		B64           *bool
		Crit          []string
	}
	if err := readJSON(header, &h); err != nil {
		return refusal("header")
	}
	slices.Sort(h.Crit)
	sender, known := s.senders[h.Kid]
	switch {
	case h.Alg != "RS256":
		return refusal("alg")
	case h.B64 == nil || *h.B64:
		return refusal("b64")
	case !slices.Equal(h.Crit, nuapayCritical):
		return refusal("crit")
	case !known:
		return refusal("kid")
	case !maps.Equal(nuapayAttributes(h.Iss), sender.subject):
		return refusal("iss")
	case h.Iat == nil || *h.Iat < 0 || *h.Iat > s.now().Add(nuapaySkew).UnixMilli():
		return refusal("iat")
	}
	// The signing input is the encoded header and the period after it, and the
	// octets of the body as they are.
	encodedHeader, _, _ := strings.Cut(token, ".")
	digest := sha256.Sum256(slices.Concat([]byte(encodedHeader), []byte("."), body))
	if rsa.VerifyPKCS1v15(sender.key, crypto.SHA256, digest[:], signature) != nil {
		return refusal("signature")
	}
	return nil
}
