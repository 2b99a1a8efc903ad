package providers

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"example.com/jose"
)

func Test2Checkout(t *testing.T) {
	t.Parallel()
	withExp := caseOf(t, "2Checkout", "2checkout/with-exp")
	withoutExp := caseOf(t, "2Checkout", "2checkout/without-exp")
	file := keyOf(t, "2Checkout", "secret-word").JWK
	var jwk struct{ K string }
	if err := json.Unmarshal(file, &jwk); err != nil {
		t.Fatal(err)
	}
	word, err := base64.RawURLEncoding.DecodeString(jwk.K)
	must(t, word, err)
	const merchant, issued = "MERCH_CODE", 1580912768
	atIssue, atExp := time.Unix(issued, 0), time.Unix(1580916205, 0)

	// The word is too short wherever its length is not waived by name.
	_, err = jose.NewSecret(word)
	isClass(t, err, jose.ErrKey)
	_, err = jose.ParsePrivateKey(file)
	isClass(t, err, jose.ErrKey)

	secret, err := jose.NewInsecureShortSecret(word)
	signer := signerOf(t, must(t, secret, err), jose.HS512, jose.Type("JWT"))
	verifier, err := secret.Verifier(jose.HS512)
	must(t, verifier, err)
	sign := func(signer *jose.Signer, claims string) string {
		t.Helper()
		token, err := signer.Sign([]byte(claims))
		return must(t, token, err)
	}
	newClient := func(address string) *TwoCheckoutClient {
		t.Helper()
		client, err := NewTwoCheckoutClient(nil, address, merchant, word)
		must(t, client, err).now = at(atIssue)
		return client
	}
	newServer := func(now time.Time) *TwoCheckoutServer {
		t.Helper()
		server, err := NewTwoCheckoutServer(merchant, word)
		must(t, server, err).now = at(now)
		return server
	}

	// sub, iat, exp: the client's tokens are the published ones.
	for _, test := range []struct {
		expires time.Time
		want    string
	}{
		{atExp, withExp.Token},
		{time.Time{}, withoutExp.Token},
	} {
		if token, err := newClient("").Token(atIssue, test.expires); must(t, token, err) != test.want {
			t.Errorf("exp %v gives %s", test.expires, token)
		}
	}
	// In the order of RFC 7519 it is the same to the receiver.
	standard, err := signer.SignClaims(&jose.Claims{
		Subject:   merchant,
		IssuedAt:  jose.NewNumericDate(atIssue),
		ExpiresAt: jose.NewNumericDate(atExp),
	})
	must(t, standard, err)

	other, err := jose.NewInsecureShortSecret([]byte("another secret word"))
	forged := sign(signerOf(t, must(t, other, err), jose.HS512, jose.Type("JWT")), *withExp.Payload)
	noType := sign(signerOf(t, secret, jose.HS512), *withExp.Payload)

	const minute = time.Minute
	for _, test := range []struct {
		name   string
		token  string
		age    time.Duration // since it was issued
		reason string        // of the server's refusal
		class  error         // of the same by package jose
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
		{"with neither", sign(signer, `{"sub":"MERCH_CODE"}`), 0, "iat", jose.ErrClaims},
		{"another merchant", sign(signer, `{"sub":"OTHER_CODE","iat":1580912768}`), 0, "sub", jose.ErrClaims},
		{"iat as a string", sign(signer, `{"sub":"MERCH_CODE","iat":"1580912768"}`), 0, "claims", jose.ErrMalformed},
		{"another secret word", forged, 0, "signature", jose.ErrSignature},
		{"no type", noType, 0, "header", jose.ErrClaims},
	} {
		t.Run(test.name, func(t *testing.T) {
			now := atIssue.Add(test.age)
			server := start(t, newServer(now))
			answer, err := newClient(server.URL).send(t.Context(), test.token, `{"merchant":"MERCH_CODE","lock":1}`)
			if test.reason == "" {
				isAnswer(t, answer, err, http.StatusOK, `{"signature":"ffff1f2daef1"}`)
			} else {
				isRefused(t, answer, err, test.reason)
			}
			// The same rules as a Policy.
			policy := TwoCheckoutPolicy(merchant)
			policy.Now = at(now)
			claims, err := policy.Verify(verifier, test.token)
			isClass(t, err, test.class)
			if err == nil && claims.IssuedAt.Time().Unix() != issued {
				t.Errorf("issued at %v", claims.IssuedAt)
			}
		})
	}
	calls := &recorder{Handler: newServer(atIssue)}
	server := start(t, calls)
	t.Run("client", func(t *testing.T) {
		client := newClient(server.URL)
		signature, err := client.Signature(t.Context(), []byte(`{"merchant":"MERCH_CODE","lock":1}`))
		if err != nil || signature != "ffff1f2daef1" {
			t.Errorf("got %q, error %v", signature, err)
		}
		if token := calls.last("POST").header.Get("merchant-token"); token != withoutExp.Token {
			t.Errorf("sent the token %s", token)
		}
		_, err = client.Signature(t.Context(), []byte(`{"merchant":"OTHER_CODE"}`))
		saysRefused(t, err, "merchant")
	})
	t.Run("around the token", func(t *testing.T) {
		client := newClient(server.URL)
		answer, err := client.send(t.Context(), withExp.Token, `{"merchant":"OTHER_CODE"}`)
		isRefused(t, answer, err, "merchant")
		answer, err = client.send(t.Context(), withExp.Token, `{"merchant":"MERCH_CODE"}`, "Content-Type", "text/plain")
		isRefused(t, answer, err, "content type")
	})
	t.Run("hostile answers", func(t *testing.T) {
		for _, test := range []struct{ name, mediaType, body string }{
			{"another media type", "text/html", `{"signature":"ffff1f2daef1"}`},
			{"no JSON", "application/json", `ffff1f2daef1`},
			{"no signature", "application/json", `{}`},
			{"no text", "application/json", `{"signature":7}`},
		} {
			server := answering(t, http.StatusOK, test.mediaType, test.body)
			if signature, err := newClient(server.URL).Signature(t.Context(), []byte(`{}`)); err == nil {
				t.Errorf("%s: got %q", test.name, signature)
			}
		}
	})
	t.Run("nothing to check with", func(t *testing.T) {
		if _, err := NewTwoCheckoutClient(nil, "", "", word); err == nil {
			t.Error("the client takes an empty merchant code")
		}
		if _, err := NewTwoCheckoutServer("", word); err == nil {
			t.Error("the server takes an empty merchant code")
		}
		if _, err := NewTwoCheckoutServer(merchant, nil); err == nil {
			t.Error("the server takes an empty secret word")
		}
	})
}
