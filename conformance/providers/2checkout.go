package providers

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha512"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"example.com/jose"
)

// 2Checkout: an HS512 JWT in the header merchant-token, under a secret word
// that is much shorter than RFC 7518, Section 3.2 demands. A token with "exp"
// expires then, one without 30 minutes after "iat". A token is for no one request:
// until it expires it goes with any other of the merchant's as well.

const twoCheckoutLifetime = 30 * time.Minute // of a token without "exp"

// A TwoCheckoutClient asks 2Checkout to sign the parameters of a sale. It is
// safe for concurrent use.
type TwoCheckoutClient struct {
	http     *http.Client
	address  string
	merchant string
	signer   *jose.Signer
	now      func() time.Time
}

// NewTwoCheckoutClient returns a client of the API at address for the merchant
// of this code and secret word. That the word is short is waived here, and
// nowhere else, since no longer one is to be had.
func NewTwoCheckoutClient(client *http.Client, address, merchant string, word []byte) (*TwoCheckoutClient, error) {
	if err := nonempty("2checkout", "the merchant", merchant); err != nil {
		return nil, err
	}
	secret, err := jose.NewInsecureShortSecret(word)
	if err != nil {
		return nil, err
	}
	signer, err := secret.Signer(jose.HS512, jose.Type("JWT"))
	if err != nil {
		return nil, err
	}
	return &TwoCheckoutClient{http: client, address: address, merchant: merchant, signer: signer, now: time.Now}, nil
}

// Token returns a merchant token. It has no "exp" if expires is the zero Time.
func (c *TwoCheckoutClient) Token(issued, expires time.Time) (string, error) {
	// The order is that of the published claims: sub, iat, exp. SignClaims has
	// that of RFC 7519, Section 4.1, which puts exp before iat; it is the same to
	// the receiver.
	claims := struct {
		Subject   string `json:"sub"`
		IssuedAt  int64  `json:"iat"`
		ExpiresAt int64  `json:"exp,omitempty"`
	}{Subject: c.merchant, IssuedAt: issued.Unix()}
	if !expires.IsZero() {
		claims.ExpiresAt = expires.Unix()
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("2checkout: %w", err)
	}
	token, err := c.signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("2checkout: %w", err)
	}
	return token, nil
}

// Signature sends the parameters of a sale, which are JSON, under a token that
// is issued now, and returns 2Checkout's signature of them.
func (c *TwoCheckoutClient) Signature(ctx context.Context, parameters []byte) (string, error) {
	token, err := c.Token(c.now(), time.Time{})
	if err != nil {
		return "", err
	}
	answer, err := c.send(ctx, token, string(parameters))
	if err == nil {
		err = answer.expect(http.StatusOK, "application/json")
	}
	if err != nil {
		return "", fmt.Errorf("2checkout: %w", err)
	}
	var content struct{ Signature string }
	if err := json.Unmarshal([]byte(answer.body), &content); err != nil {
		return "", fmt.Errorf("2checkout: the answer: %w", err)
	}
	if content.Signature == "" {
		return "", errors.New("2checkout: the answer has no signature")
	}
	return content.Signature, nil
}

// send sends a request under a token.
func (c *TwoCheckoutClient) send(ctx context.Context, token, body string, headers ...string) (*answer, error) {
	return send(ctx, c.http, http.MethodPost, c.address, body,
		append([]string{"Content-Type", "application/json", "merchant-token", token}, headers...)...)
}

// TwoCheckoutPolicy returns what 2Checkout asks of a merchant's token as a
// policy of package jose: the rules that the server below checks by hand.
func TwoCheckoutPolicy(merchant string) jose.Policy {
	return jose.Policy{
		AnyIssuer:     true,
		Subject:       merchant,
		NoAudience:    true,
		Type:          "JWT",
		NoExpLifetime: twoCheckoutLifetime,
	}
}

// A TwoCheckoutServer is 2Checkout's side. It has the same signature for every
// sale.
type TwoCheckoutServer struct {
	merchant string
	word     []byte
	now      func() time.Time
}

// NewTwoCheckoutServer returns a server that knows one merchant, by code and
// secret word.
func NewTwoCheckoutServer(merchant string, word []byte) (*TwoCheckoutServer, error) {
	if merchant == "" || len(word) == 0 {
		return nil, errors.New("2checkout: the merchant or the secret word is missing")
	}
	return &TwoCheckoutServer{merchant: merchant, word: bytes.Clone(word), now: time.Now}, nil
}

func (s *TwoCheckoutServer) ServeHTTP(w http.ResponseWriter, r *http.Request) { serve(w, r, s.handle) }

func (s *TwoCheckoutServer) handle(w http.ResponseWriter, r *http.Request, body []byte) error {
	if r.Header.Get("Content-Type") != "application/json" {
		return refusal("content type")
	}
	if err := s.verify(r.Header.Get("merchant-token")); err != nil {
		return err
	}
	var request struct{ Merchant string }
	if err := json.Unmarshal(body, &request); err != nil || request.Merchant != s.merchant {
		return refusal("merchant")
	}
	w.Header().Set("Content-Type", "application/json")
	_, err := io.WriteString(w, `{"signature":"ffff1f2daef1"}`)
	return err
}

// verify checks a merchant token by hand: RFC 7518, Section 3.2.
func (s *TwoCheckoutServer) verify(token string) error {
	header, payload, signature, err := segments(token)
	if err != nil {
		return err
	}
	var h struct{ Alg, Typ string }
	if err := json.Unmarshal(header, &h); err != nil || h.Alg != "HS512" || h.Typ != "JWT" {
		return refusal("header")
	}
	mac := hmac.New(sha512.New, s.word)
	mac.Write(signingInput(token))
	if !hmac.Equal(mac.Sum(nil), signature) {
		return refusal("signature")
	}
	var claims struct {
		Sub      string
		Iat, Exp *int64
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return refusal("claims")
	}
	switch now := s.now().Unix(); {
	case claims.Sub != s.merchant:
		return refusal("sub")
	case claims.Exp != nil && now >= *claims.Exp:
		return refusal("exp")
	case claims.Exp == nil && claims.Iat == nil:
		return refusal("iat")
	case claims.Exp == nil && now >= *claims.Iat+int64(twoCheckoutLifetime/time.Second):
		return refusal("iat and 30 minutes")
	case claims.Exp == nil && now < *claims.Iat:
		return refusal("iat is in the future")
	}
	return nil
}
