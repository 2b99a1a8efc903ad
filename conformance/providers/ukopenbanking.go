package providers

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/jose"
)

// UK Open Banking: requests and answers carry a detached JWS over the raw body,
// in the header x-jws-signature. "crit" names "b64", which is false, and three
// members whose names are URLs: when the signature was made, who made it, and
// which trust anchor has the key. This is version 3.1.3; later ones leave "b64"
// out. The specification allows PS256 as well, which is out of scope here.

const (
	ukOpenBankingIat = "http://openbanking.org.uk/iat" // in seconds
	ukOpenBankingIss = "http://openbanking.org.uk/iss"
	ukOpenBankingTan = "http://openbanking.org.uk/tan"

	// The trust anchor: the domain of the Open Banking Directory.
	ukOpenBankingAnchor = "openbanking.org.uk"

	ukOpenBankingPath = "/open-banking/v3.1/pisp/domestic-payment-consents"
)

// ukOpenBankingCritical are the names that "crit" has, sorted.
var ukOpenBankingCritical = []string{"b64", ukOpenBankingIat, ukOpenBankingIss, ukOpenBankingTan}

// ukOpenBankingHeader has every member that a header may have.
type ukOpenBankingHeader struct {
	Alg  string   `json:"alg"`
	Typ  *string  `json:"typ,omitempty"`
	Cty  *string  `json:"cty,omitempty"`
	Kid  string   `json:"kid"`
	B64  *bool    `json:"b64"`
	Iat  *int64   `json:"http://openbanking.org.uk/iat"`
	Iss  string   `json:"http://openbanking.org.uk/iss"`
	Tan  string   `json:"http://openbanking.org.uk/tan"`
	Crit []string `json:"crit"`
}

// types looks at the two members that may be absent.
func (h *ukOpenBankingHeader) types() error {
	switch {
	case h.Typ != nil && *h.Typ != "JOSE":
		return refusal("typ")
	case h.Cty != nil && *h.Cty != "json" && *h.Cty != "application/json":
		return refusal("cty")
	}
	return nil
}

// A UKOpenBankingParty is who signs with a key: a third party, whose issuer is
// its organisation, a slash and its software statement, or a bank, whose issuer
// is its organisation alone.
type UKOpenBankingParty struct {
	Issuer string
	Key    *rsa.PublicKey
}

// A UKOpenBankingVerifier verifies what one side sent, on package jose. It is
// safe for concurrent use.
type UKOpenBankingVerifier struct{ verifier *jose.Verifier }

// NewUKOpenBankingVerifier returns a verifier for what these parties send, each
// under the "kid" of its key at the trust anchor. Without now it is time.Now.
func NewUKOpenBankingVerifier(
	parties map[string]UKOpenBankingParty, now func() time.Time,
) (*UKOpenBankingVerifier, error) {
	if now == nil {
		now = time.Now
	}
	byKeyID := make(map[string]*jose.Verifier)
	for kid, party := range parties {
		if party.Issuer == "" {
			return nil, errors.New("uk open banking: a party without a name")
		}
		key, err := jose.NewPublicKey(party.Key)
		if err != nil {
			return nil, err
		}
		// Whose key it is, is known: nobody else's name goes with it.
		byKeyID[kid], err = key.Verifier(jose.RS256, jose.CheckMember(ukOpenBankingIss, jose.Equal(party.Issuer)))
		if err != nil {
			return nil, err
		}
	}
	verifier, err := jose.VerifierByKeyID(byKeyID,
		jose.CheckMember("b64", jose.Equal(false)),
		jose.CheckMember("crit", func(names []string) error {
			if slices.Sort(names); !slices.Equal(names, ukOpenBankingCritical) {
				return errors.New("not the four that are agreed on")
			}
			return nil
		}),
		jose.CheckMember(ukOpenBankingTan, jose.Equal(ukOpenBankingAnchor)),
		jose.CheckMember(ukOpenBankingIat, func(iat int64) error {
			if iat < 0 || iat > now().Unix() {
				return errors.New("not in the past")
			}
			return nil
		}))
	if err != nil {
		return nil, err
	}
	return &UKOpenBankingVerifier{verifier}, nil
}

// Verify verifies an x-jws-signature beside the body as it was received.
func (v *UKOpenBankingVerifier) Verify(signature string, body []byte) (*jose.Message, error) {
	message, err := v.verifier.VerifyDetached(signature, body)
	if err != nil {
		return nil, fmt.Errorf("uk open banking: %w", err)
	}
	// These may be absent, and other members have to be: nothing that a
	// CheckMember could say. The header is authentic by now.
	var h ukOpenBankingHeader
	if err := readJSON(message.Header.Bytes(), &h); err != nil {
		return nil, fmt.Errorf("uk open banking: %w: header: %w", jose.ErrClaims, err)
	}
	if err := h.types(); err != nil {
		return nil, fmt.Errorf("uk open banking: %w: %w", jose.ErrClaims, err)
	}
	return message, nil
}

// A UKOpenBankingClient is a third party's side: it signs requests, and verifies
// the answers. It is safe for concurrent use.
type UKOpenBankingClient struct {
	http        *http.Client
	base        string
	accessToken string
	iss         string
	signer      *jose.Signer
	bank        *UKOpenBankingVerifier
	now         func() time.Time
}

// NewUKOpenBankingClient returns a client of the API at base, "https://" and a
// host. The file has the private key that the trust anchor knows as kid of iss;
// the answers are for the verifier.
func NewUKOpenBankingClient(
	client *http.Client, base, accessToken, kid, iss string, file []byte, bank *UKOpenBankingVerifier,
) (*UKOpenBankingClient, error) {
	if bank == nil {
		return nil, errors.New("uk open banking: no verifier for the answers")
	}
	key, err := jose.ParsePrivateKey(file)
	if err != nil {
		return nil, err
	}
	signer, err := key.Signer(jose.RS256, jose.Type("JOSE"), jose.ContentType("json"), jose.KeyID(kid))
	if err != nil {
		return nil, err
	}
	return &UKOpenBankingClient{client, base, accessToken, iss, signer, bank, time.Now}, nil
}

// CreateConsent asks for a payment, which is JSON, and returns the answer. The
// octets of the body are signed as they are (RFC 7797, Section 3).
func (c *UKOpenBankingClient) CreateConsent(ctx context.Context, idempotencyKey string, body []byte) ([]byte, error) {
	token, err := c.signer.SignDetached(body, jose.Unencoded(),
		jose.CriticalMember(ukOpenBankingIat, c.now().Unix()),
		jose.CriticalMember(ukOpenBankingIss, c.iss),
		jose.CriticalMember(ukOpenBankingTan, ukOpenBankingAnchor))
	if err != nil {
		return nil, fmt.Errorf("uk open banking: %w", err)
	}
	answer, err := c.send(ctx, token, idempotencyKey, string(body))
	if err == nil {
		err = answer.expect(http.StatusCreated, "application/json")
	}
	if err != nil {
		return nil, fmt.Errorf("uk open banking: %w", err)
	}
	message, err := c.bank.Verify(answer.header.Get("x-jws-signature"), []byte(answer.body))
	if err != nil {
		return nil, fmt.Errorf("the answer: %w", err)
	}
	return message.Payload, nil
}

// send sends a signed request.
func (c *UKOpenBankingClient) send(
	ctx context.Context, token, idempotencyKey, body string, headers ...string,
) (*answer, error) {
	return send(ctx, c.http, http.MethodPost, c.base+ukOpenBankingPath, body, append([]string{
		"Authorization", "Bearer " + c.accessToken, "Content-Type", "application/json", "x-jws-signature", token,
		"x-idempotency-key", idempotencyKey}, headers...)...)
}

// A UKOpenBankingServer is a bank's side. Every consent awaits authorisation.
type UKOpenBankingServer struct {
	accessToken string
	kid, iss    string
	key         *rsa.PrivateKey
	senders     map[string]UKOpenBankingParty // by "kid"
	now         func() time.Time
}

// NewUKOpenBankingServer returns a server that signs answers with key, which the
// trust anchor knows as kid of iss, and takes requests with this access token
// from these senders, each under the "kid" of its key.
func NewUKOpenBankingServer(
	accessToken, kid, iss string, key *rsa.PrivateKey, senders map[string]UKOpenBankingParty,
) (*UKOpenBankingServer, error) {
	for _, sender := range senders {
		if sender.Issuer == "" || sender.Key == nil {
			return nil, errors.New("uk open banking: a sender without name or key")
		}
	}
	if accessToken == "" || key == nil {
		return nil, errors.New("uk open banking: no access token, or no key")
	}
	return &UKOpenBankingServer{accessToken, kid, iss, key, senders, time.Now}, nil
}

func (s *UKOpenBankingServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	serve(w, r, s.handle)
}

func (s *UKOpenBankingServer) handle(w http.ResponseWriter, r *http.Request, body []byte) error {
	switch {
	case r.Method != http.MethodPost || r.URL.Path != ukOpenBankingPath:
		return refusal("endpoint")
	case !sameSecret(r.Header.Get("Authorization"), "Bearer "+s.accessToken):
		return refusal("authorization")
	case r.Header.Get("Content-Type") != "application/json":
		return refusal("content type")
	case r.Header.Get("x-idempotency-key") == "":
		return refusal("idempotency key")
	}
	if err := s.verify(r.Header.Get("x-jws-signature"), body); err != nil {
		return err
	}
	content := []byte(`{"Data":{"Status":"AwaitingAuthorisation"}}`)
	signature, err := s.sign(content)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("x-jws-signature", signature)
	w.WriteHeader(http.StatusCreated)
	_, err = w.Write(content)
	return err
}

// verify checks a request by hand: RFC 7797, Section 3.
func (s *UKOpenBankingServer) verify(token string, body []byte) error {
	header, payload, signature, err := segments(token)
	if err != nil {
		return err
	}
	if len(payload) > 0 {
		return refusal("not detached")
	}
	var h ukOpenBankingHeader
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
	case !slices.Equal(h.Crit, ukOpenBankingCritical):
		return refusal("crit")
	case !known:
		return refusal("kid")
	case h.Iss != sender.Issuer:
		return refusal("iss")
	case h.Tan != ukOpenBankingAnchor:
		return refusal("tan")
	case h.Iat == nil || *h.Iat < 0 || *h.Iat > s.now().Unix():
		return refusal("iat")
	}
	if err := h.types(); err != nil {
		return err
	}
	encodedHeader, _, _ := strings.Cut(token, ".")
	digest := sha256.Sum256(slices.Concat([]byte(encodedHeader), []byte("."), body))
	if rsa.VerifyPKCS1v15(sender.Key, crypto.SHA256, digest[:], signature) != nil {
		return refusal("signature")
	}
	return nil
}

// sign signs an answer by hand: RFC 7797, Section 3.
func (s *UKOpenBankingServer) sign(body []byte) (string, error) {
	b64, iat := false, s.now().Unix()
	header, err := json.Marshal(ukOpenBankingHeader{Alg: "RS256", Kid: s.kid, B64: &b64, Iat: &iat, Iss: s.iss,
		Tan: ukOpenBankingAnchor, Crit: ukOpenBankingCritical})
	if err != nil {
		return "", err
	}
	encodedHeader := base64.RawURLEncoding.EncodeToString(header)
	digest := sha256.Sum256(slices.Concat([]byte(encodedHeader), []byte("."), body))
	signature, err := rsa.SignPKCS1v15(nil, s.key, crypto.SHA256, digest[:])
	if err != nil {
		return "", err
	}
	return encodedHeader + ".." + base64.RawURLEncoding.EncodeToString(signature), nil
}
