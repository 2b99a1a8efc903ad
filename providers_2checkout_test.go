package jose_test

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"example.com/jose"
)

// 2Checkout: an HS512 JWT in the header merchant-token, under a secret word that is much
// shorter than RFC 7518, Section 3.2 demands. A token with "exp" expires then, one without
// 30 minutes after "iat".

// prov2Checkout is 2Checkout's side.
type prov2Checkout struct {
	merchant string
	secret   []byte
	now      time.Time
}

func (c *prov2Checkout) handle(w http.ResponseWriter, r *http.Request, body []byte) error {
	if r.Header.Get("Content-Type") != "application/json" {
		return provRefusal("content type")
	}
	if err := c.verify(r.Header.Get("merchant-token")); err != nil {
		return err
	}
	var request struct{ Merchant string }
	if err := json.Unmarshal(body, &request); err != nil || request.Merchant != c.merchant {
		return provRefusal("merchant")
	}
	_, err := io.WriteString(w, `{"signature":"ffff1f2daef1"}`)
	return err
}

// verify checks a merchant token by hand.
func (c *prov2Checkout) verify(token string) error {
	header, payload, signature, err := provSegments(token)
	if err != nil {
		return err
	}
	var h struct{ Alg, Typ string }
	if err := json.Unmarshal(header, &h); err != nil || h.Alg != "HS512" || h.Typ != "JWT" {
		return provRefusal("header")
	}
	mac := hmac.New(sha512.New, c.secret)
	mac.Write(provSigningInput(token))
	if !hmac.Equal(mac.Sum(nil), signature) {
		return provRefusal("signature")
	}
	var claims struct {
		Sub      string
		Iat, Exp *int64
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		return provRefusal("claims")
	}
	switch now := c.now.Unix(); {
	case claims.Sub != c.merchant:
		return provRefusal("sub")
	case claims.Exp != nil && now >= *claims.Exp:
		return provRefusal("exp")
	case claims.Exp == nil && claims.Iat == nil:
		return provRefusal("iat")
	case claims.Exp == nil && now >= *claims.Iat+1800:
		return provRefusal("iat and 30 minutes")
	case claims.Exp == nil && now < *claims.Iat:
		return provRefusal("iat is in the future")
	}
	return nil
}

func Test2Checkout(t *testing.T) {
	t.Parallel()
	withExp := provCase(t, "2Checkout", "2checkout/with-exp")
	withoutExp := provCase(t, "2Checkout", "2checkout/without-exp")
	file := provKey(t, "2Checkout", "secret-word").JWK
	var jwk struct{ K string }
	if err := json.Unmarshal(file, &jwk); err != nil {
		t.Fatal(err)
	}
	secret, err := base64.RawURLEncoding.DecodeString(jwk.K)
	provMust(t, secret, err)
	const merchant, issued = "MERCH_CODE", 1580912768

	// The word is too short wherever its length is not waived by name.
	_, err = jose.NewHS512Signer(secret)
	provClass(t, err, jose.ErrKey)
	_, err = jose.NewHS512Verifier(secret)
	provClass(t, err, jose.ErrKey)
	_, err = jose.ParsePrivateKey(file)
	provClass(t, err, jose.ErrKey)

	s, err := jose.NewHS512SignerInsecureShortSecret(secret, jose.Type("JWT"))
	signer := provMust(t, s, err)
	v, err := jose.NewHS512VerifierInsecureShortSecret(secret)
	verifier := provMust(t, v, err)
	sign := func(claims string) string {
		token, err := signer.Sign([]byte(claims))
		return provMust(t, token, err)
	}

	// sub, iat, exp: the order of the published claims. SignClaims has that of RFC 7519,
	// which puts exp before iat, so the claims are written as a struct.
	type merchantClaims struct {
		Subject   string `json:"sub"`
		IssuedAt  int64  `json:"iat"`
		ExpiresAt int64  `json:"exp,omitempty"`
	}
	for _, test := range []struct {
		claims merchantClaims
		want   string
	}{
		{merchantClaims{merchant, issued, 1580916205}, withExp.Token},
		{merchantClaims{merchant, issued, 0}, withoutExp.Token},
	} {
		claims, err := json.Marshal(test.claims)
		if token := sign(string(provMust(t, claims, err))); token != test.want {
			t.Errorf("%s gives %s", claims, token)
		}
	}
	// In that other order it is the same to the receiver.
	standard, err := signer.SignClaims(&jose.Claims{
		Subject:   merchant,
		IssuedAt:  jose.NewNumericDate(time.Unix(issued, 0)),
		ExpiresAt: jose.NewNumericDate(time.Unix(1580916205, 0)),
	})
	provMust(t, standard, err)

	other, err := jose.NewHS512SignerInsecureShortSecret([]byte("another secret word"), jose.Type("JWT"))
	forged, err := provMust(t, other, err).Sign([]byte(*withExp.Payload))
	provMust(t, forged, err)
	untyped, err := jose.NewHS512SignerInsecureShortSecret(secret)
	noType, err := provMust(t, untyped, err).Sign([]byte(*withExp.Payload))
	provMust(t, noType, err)

	const minute = time.Minute
	for _, test := range []struct {
		name   string
		token  string
		age    time.Duration // since it was issued
		reason string        // of the server's refusal
		class  error         // of the same by this package
	}{
		{"with exp, at once", withExp.Token, 0, "", nil},
		{"with exp, 31 minutes later", withExp.Token, 31 * minute, "", nil},
		{"with exp, in its last second", withExp.Token, 57*minute + 16*time.Second, "", nil},
		{"with exp, at exp", withExp.Token, 57*minute + 17*time.Second, "exp", jose.ErrExpired},
		{"with exp, in the order of RFC 7519", standard, 31 * minute, "", nil},
		{"without exp, at once", withoutExp.Token, 0, "", nil},
		{"without exp, 29:59 later", withoutExp.Token, 30*minute - time.Second, "", nil},
		{"without exp, 30:00 later", withoutExp.Token, 30 * minute, "iat and 30 minutes", jose.ErrExpired},
		{"without exp, before iat", withoutExp.Token, -time.Second, "iat is in the future", jose.ErrNotYetValid},
		{"with neither", sign(`{"sub":"MERCH_CODE"}`), 0, "iat", jose.ErrClaims},
		{"another merchant", sign(`{"sub":"OTHER_CODE","iat":1580912768}`), 0, "sub", jose.ErrClaims},
		{"iat as a string", sign(`{"sub":"MERCH_CODE","iat":"1580912768"}`), 0, "claims", jose.ErrMalformed},
		{"another secret word", forged, 0, "signature", jose.ErrSignature},
		{"no type", noType, 0, "header", jose.ErrClaims},
	} {
		t.Run(test.name, func(t *testing.T) {
			now := time.Unix(issued, 0).Add(test.age)
			provider := &prov2Checkout{merchant: merchant, secret: secret, now: now}
			server := provServe(t, provider.handle)
			answer, err := provSend(http.DefaultClient, "POST", server.URL, `{"merchant":"MERCH_CODE","lock":1}`,
				"Content-Type", "application/json", "merchant-token", test.token)
			if test.reason == "" {
				provAccepted(t, answer, err, http.StatusOK, `{"signature":"ffff1f2daef1"}`)
			} else {
				provRefused(t, answer, err, test.reason)
			}
			// The same rules as a Policy.
			claims, err := jose.Policy{
				AnyIssuer:     true,
				Subject:       merchant,
				NoAudience:    true,
				Type:          "JWT",
				NoExpLifetime: 30 * time.Minute,
				Now:           func() time.Time { return now },
			}.Verify(verifier, test.token)
			provClass(t, err, test.class)
			if err == nil && claims.IssuedAt.Time().Unix() != issued {
				t.Errorf("issued at %v", claims.IssuedAt)
			}
		})
	}
	t.Run("around the token", func(t *testing.T) {
		provider := &prov2Checkout{merchant: merchant, secret: secret, now: time.Unix(issued, 0)}
		server := provServe(t, provider.handle)
		answer, err := provSend(http.DefaultClient, "POST", server.URL, `{"merchant":"OTHER_CODE"}`,
			"Content-Type", "application/json", "merchant-token", withExp.Token)
		provRefused(t, answer, err, "merchant")
		answer, err = provSend(http.DefaultClient, "POST", server.URL, `{"merchant":"MERCH_CODE"}`,
			"Content-Type", "text/plain", "merchant-token", withExp.Token)
		provRefused(t, answer, err, "content type")
	})
}
