package providers

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"example.com/jose"
)

// UK Open Banking: requests and answers carry a detached JWS over the raw body,
// in the header x-jws-signature. "crit" names "b64", which is false, and three
// members whose names are URLs: when the signature was made, who made it, and
// which trust anchor has the key. This is version 3.1.3; later ones leave "b64"
// out. The specification allows PS256 as well, which is out of scope here.
//
// Nothing that is signed is one message's alone: x-idempotency-key and
// x-fapi-interaction-id stand beside the signature, so that whoever has a message
// can send it again with others. How old a signature may be, the specification
// does not say, only that the time is in the past; here it is five minutes. What
// ties an answer to its request is that it repeats Initiation and Risk, in which
// a caller has to make InstructionIdentification another one each time.

const (
	ukOpenBankingIat = "http://openbanking.org.uk/iat" // in seconds
	ukOpenBankingIss = "http://openbanking.org.uk/iss"
	ukOpenBankingTan = "http://openbanking.org.uk/tan"

	// How old a signature may be, where nobody says something else, and how far the
	// clock of the sender may be ahead.
	ukOpenBankingMaxAge = 5 * time.Minute
	ukOpenBankingSkew   = 30 * time.Second

	// How long an idempotency key counts, and how many characters it may have.
	ukOpenBankingKeyLife = 24 * time.Hour
	ukOpenBankingKeySize = 40

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

// ukOpenBankingTime compares an iat with the time that it is, and returns from
// when on it is too old. Both count in whole seconds, so that is a second after
// maxAge, for which 0 is five minutes.
func ukOpenBankingTime(iat int64, maxAge time.Duration, now time.Time) (tooOld time.Time, err error) {
	maxAge = cmp.Or(maxAge, ukOpenBankingMaxAge)
	switch {
	case iat > now.Unix()+int64(ukOpenBankingSkew/time.Second):
		return time.Time{}, errors.New("in the future")
	case iat < now.Unix()-int64(maxAge/time.Second):
		return time.Time{}, errors.New("too long ago")
	}
	return time.Unix(iat, 0).Add(maxAge + time.Second), nil
}

// ukOpenBankingParts returns what an answer repeats of the request that it is to.
func ukOpenBankingParts(body []byte) (initiation, risk any, err error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var content map[string]any
	if err := d.Decode(&content); err != nil {
		return nil, nil, err
	}
	data, _ := content["Data"].(map[string]any)
	if data["Initiation"] == nil || content["Risk"] == nil {
		return nil, nil, errors.New("no Initiation, or no Risk")
	}
	return data["Initiation"], content["Risk"], nil
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
type UKOpenBankingVerifier struct {
	// MaxAge is how long ago a signature may have been made, and 0 is five minutes.
	// It is set before the first call.
	MaxAge time.Duration

	verifier *jose.Verifier
}

// NewUKOpenBankingVerifier returns a verifier for what these parties send, each
// under the "kid" of its key at the trust anchor. Without now it is time.Now.
func NewUKOpenBankingVerifier(
	parties map[string]UKOpenBankingParty, now func() time.Time,
) (*UKOpenBankingVerifier, error) {
	if now == nil {
		now = time.Now
	}
	if err := noEmptyKeyID("uk open banking", parties); err != nil {
		return nil, err
	}
	v := new(UKOpenBankingVerifier)
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
	var err error
	v.verifier, err = jose.VerifierByKeyID(byKeyID,
		jose.CheckMember("b64", jose.Equal(false)),
		jose.CheckMember("crit", func(names []string) error {
			if slices.Sort(names); !slices.Equal(names, ukOpenBankingCritical) {
				return errors.New("not the four that are agreed on")
			}
			return nil
		}),
		jose.CheckMember(ukOpenBankingTan, jose.Equal(ukOpenBankingAnchor)),
		jose.CheckMember(ukOpenBankingIat, func(iat int64) error {
			_, err := ukOpenBankingTime(iat, v.MaxAge, now())
			return err
		}))
	if err != nil {
		return nil, err
	}
	return v, nil
}

// Verify verifies an x-jws-signature beside the body as it was received. It takes
// a message as often as it comes within MaxAge, and says nothing of what an answer
// is to: a bank keeps the signatures and the idempotency keys, as the server below
// does, and a third party compares the answer, as CreateConsent does.
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
	if err := nonempty("uk open banking", "the access token", accessToken, "the issuer", iss); err != nil {
		return nil, err
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
// octets of the body are signed as they are (RFC 7797, Section 3). An answer that
// repeats another Initiation or Risk is to another request, and jose.ErrClaims;
// that the caller never sends the same Initiation for two payments is what
// InstructionIdentification is for. The caller keeps the ConsentId, and compares
// it with that of every later answer about this payment.
func (c *UKOpenBankingClient) CreateConsent(ctx context.Context, idempotencyKey string, body []byte) ([]byte, error) {
	initiation, risk, err := ukOpenBankingParts(body)
	if err != nil {
		return nil, fmt.Errorf("uk open banking: the request: %w", err)
	}
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
	repeated, repeatedRisk, err := ukOpenBankingParts(message.Payload)
	if err != nil {
		return nil, fmt.Errorf("uk open banking: the answer: %w: %w", jose.ErrClaims, err)
	}
	if !reflect.DeepEqual(repeated, initiation) || !reflect.DeepEqual(repeatedRisk, risk) {
		return nil, fmt.Errorf("uk open banking: %w: the answer is to another request", jose.ErrClaims)
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

// A UKOpenBankingServer is a bank's side. Every consent awaits authorisation. A
// request that comes again under its idempotency key is answered with the same
// consent for 24 hours; one whose signature comes again under another key is
// refused for as long as the signature is new enough.
type UKOpenBankingServer struct {
	// MaxAge is how long ago a request may have been signed, and 0 is five minutes.
	// It is set before the first request.
	MaxAge time.Duration

	accessTokens map[string]string // to the issuer that each was handed out to
	kid, iss     string
	key          *rsa.PrivateKey
	senders      map[string]UKOpenBankingParty // by "kid"
	now          func() time.Time

	consents   idempotency
	signatures onceOnly
	last       atomic.Int64 // the number of the last consent
}

// NewUKOpenBankingServer returns a server that signs answers with key, which the
// trust anchor knows as kid of iss. It takes requests from these senders, each
// under the "kid" of its key, with an access token that was handed out to the
// issuer who signs.
func NewUKOpenBankingServer(
	accessTokens map[string]string, kid, iss string, key *rsa.PrivateKey, senders map[string]UKOpenBankingParty,
) (*UKOpenBankingServer, error) {
	if err := cmp.Or(nonempty("uk open banking", "kid", kid, "the issuer", iss),
		noEmptyKeyID("uk open banking", senders)); err != nil {
		return nil, err
	}
	for token, issuer := range accessTokens {
		if err := nonempty("uk open banking", "an access token", token, "whose it is", issuer); err != nil {
			return nil, err
		}
	}
	for _, sender := range senders {
		if sender.Issuer == "" || sender.Key == nil {
			return nil, errors.New("uk open banking: a sender without name or key")
		}
	}
	if len(accessTokens) == 0 || key == nil {
		return nil, errors.New("uk open banking: no access token, or no key")
	}
	return &UKOpenBankingServer{accessTokens: accessTokens, kid: kid, iss: iss, key: key, senders: senders,
		now: time.Now}, nil
}

// issuerOf returns to whom an access token was handed out, or "".
func (s *UKOpenBankingServer) issuerOf(authorization string) (issuer string) {
	for token, of := range s.accessTokens {
		if sameSecret(authorization, "Bearer "+token) {
			issuer = of
		}
	}
	return issuer
}

func (s *UKOpenBankingServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	serve(w, r, s.handle)
}

func (s *UKOpenBankingServer) handle(w http.ResponseWriter, r *http.Request, body []byte) error {
	issuer, idempotencyKey := s.issuerOf(r.Header.Get("Authorization")), r.Header.Get("x-idempotency-key")
	switch {
	case r.Method != http.MethodPost || r.URL.Path != ukOpenBankingPath:
		return refusal("endpoint")
	case issuer == "":
		return refusal("authorization")
	case r.Header.Get("Content-Type") != "application/json":
		return refusal("content type")
	case idempotencyKey == "" || len(idempotencyKey) > ukOpenBankingKeySize:
		return refusal("idempotency key")
	}
	now, token := s.now(), r.Header.Get("x-jws-signature")
	tooOld, err := s.verify(issuer, token, body, now)
	if err != nil {
		return err
	}
	content, err := s.consents.do(issuer, idempotencyKey, body, now.Add(ukOpenBankingKeyLife), now, func() ([]byte, error) {
		// RSASSA-PKCS1-v1_5 has one signature for an input, so this is the message.
		if !s.signatures.take(token, tooOld, now) {
			return nil, refusal("sent before under another idempotency key")
		}
		return s.create(body)
	})
	if err != nil {
		return err
	}
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

// create returns a new consent for what a request asks for.
func (s *UKOpenBankingServer) create(body []byte) ([]byte, error) {
	initiation, risk, err := ukOpenBankingParts(body)
	if err != nil {
		return nil, refusal("body")
	}
	return json.Marshal(map[string]any{
		"Data": map[string]any{
			"ConsentId": strconv.FormatInt(s.last.Add(1), 10), "Status": "AwaitingAuthorisation", "Initiation": initiation,
		},
		"Risk": risk,
	})
}

// verify checks a request of this issuer by hand: RFC 7797, Section 3. It returns
// from when on it is too old.
func (s *UKOpenBankingServer) verify(
	issuer, token string, body []byte, now time.Time,
) (tooOld time.Time, err error) {
	header, payload, signature, err := segments(token)
	if err != nil {
		return tooOld, err
	}
	if len(payload) > 0 {
		return tooOld, refusal("not detached")
	}
	var h ukOpenBankingHeader
	if err := readJSON(header, &h); err != nil {
		return tooOld, refusal("header")
	}
	slices.Sort(h.Crit)
	sender, known := s.senders[h.Kid]
	switch {
	case h.Alg != "RS256":
		return tooOld, refusal("alg")
	case h.B64 == nil || *h.B64:
		return tooOld, refusal("b64")
	case !slices.Equal(h.Crit, ukOpenBankingCritical):
		return tooOld, refusal("crit")
	case !known:
		return tooOld, refusal("kid")
	case h.Iss != sender.Issuer:
		return tooOld, refusal("iss")
	case h.Tan != ukOpenBankingAnchor:
		return tooOld, refusal("tan")
	case sender.Issuer != issuer:
		return tooOld, refusal("access token of another")
	case h.Iat == nil:
		return tooOld, refusal("iat")
	}
	if tooOld, err = ukOpenBankingTime(*h.Iat, s.MaxAge, now); err != nil {
		return tooOld, refusal("iat")
	}
	if err := h.types(); err != nil {
		return tooOld, err
	}
	encodedHeader, _, _ := strings.Cut(token, ".")
	digest := sha256.Sum256(slices.Concat([]byte(encodedHeader), []byte("."), body))
	if rsa.VerifyPKCS1v15(sender.Key, crypto.SHA256, digest[:], signature) != nil {
		return tooOld, refusal("signature")
	}
	return tooOld, nil
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
