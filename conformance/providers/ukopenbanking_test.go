package providers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"example.com/jose"
)

func TestUKOpenBanking(t *testing.T) {
	t.Parallel()
	const (
		source = "UK Open Banking"
		kid    = "tpp-2026-11"
		iss    = "001580000000001AAA/4Qs7nVd0mFbXk2TzW1pLrC"
		bankID = "bank-2026-11"
		bank   = "001580000000002BBB"
	)
	tppFile, bankFile := keyOf(t, source, "own-tpp").PEM, keyOf(t, source, "own-bank").PEM
	tppKey, bankKey := rsaKey(t, tppFile), rsaKey(t, bankFile)
	key, otherKey := privateKey(t, tppFile), privateKey(t, bankFile)
	sample := caseOf(t, source, "uk-open-banking/request")

	clock := at(time.Unix(1795305600, 0)) // that of the sample
	now := clock().Unix()
	parties := map[string]UKOpenBankingParty{kid: {iss, &tppKey.PublicKey}, "tpp-2": {"001580000000003CCC/2", &bankKey.PublicKey}}
	s, err := NewUKOpenBankingServer("token", bankID, bank, bankKey, parties)
	must(t, s, err).now = clock
	calls := &recorder{Handler: s}
	server := start(t, calls)
	v, err := NewUKOpenBankingVerifier(parties, clock)
	verifier := must(t, v, err)
	v, err = NewUKOpenBankingVerifier(map[string]UKOpenBankingParty{bankID: {bank, &bankKey.PublicKey}}, clock)
	answers := must(t, v, err)
	newClient := func(client *http.Client) *UKOpenBankingClient {
		t.Helper()
		c, err := NewUKOpenBankingClient(client, server.URL, "token", kid, iss, []byte(tppFile), answers)
		must(t, c, err).now = clock
		return c
	}
	client := newClient(nil)
	post := func(token, body string, headers ...string) (*answer, error) {
		return client.send(t.Context(), token, "1", body, headers...)
	}
	const consent = `{"Data":{"Status":"AwaitingAuthorisation"}}`
	body := *sample.Payload // with CRLF, spaces, and what is not ASCII

	t.Run("client", func(t *testing.T) {
		got, err := client.CreateConsent(t.Context(), "7", []byte(body))
		if err != nil || string(got) != consent {
			t.Fatalf("answered %q, error %v", got, err)
		}
		sent := calls.last("POST")
		if sent.path != ukOpenBankingPath || sent.body != body || sent.header.Get("x-idempotency-key") != "7" {
			t.Errorf("sent %q to %s, with %v", sent.body, sent.path, sent.header)
		}
		message, err := verifier.Verify(sent.header.Get("x-jws-signature"), []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf(`{"alg":"RS256","typ":"JOSE","cty":"json","kid":%q,"b64":false,%q:%d,%q:%q,%q:"openbanking.org.uk","crit":["b64",%q,%q,%q]}`,
			kid, ukOpenBankingIat, now, ukOpenBankingIss, iss, ukOpenBankingTan, ukOpenBankingIat, ukOpenBankingIss, ukOpenBankingTan)
		if string(message.Header.Bytes()) != want {
			t.Errorf("sent the header %s", message.Header.Bytes())
		}
	})
	// Tokens of the corpus, made by other code.
	t.Run("sample", func(t *testing.T) {
		a, err := post(sample.Token, body)
		isAnswer(t, a, err, http.StatusCreated, consent)
		if _, err := verifier.Verify(sample.Token, []byte(body)); err != nil {
			t.Error(err)
		}
		response := caseOf(t, source, "uk-open-banking/response")
		if _, err := answers.Verify(response.Token, []byte(*response.Payload)); err != nil {
			t.Error(err)
		}
	})

	iat, issuer := jose.CriticalMember(ukOpenBankingIat, now), jose.CriticalMember(ukOpenBankingIss, iss)
	tan := jose.CriticalMember(ukOpenBankingTan, ukOpenBankingAnchor)
	id, raw := jose.KeyID(kid), jose.Unencoded()
	type opts = []jose.HeaderOption
	for _, test := range []struct {
		name   string
		key    *jose.PrivateKey
		opts   opts
		reason string // of the server's refusal
		class  error  // of the same by package jose
	}{
		{"another order", key, opts{tan, issuer, iat, raw, id}, "", nil},
		{"typ and cty", key, opts{jose.Type("JOSE"), jose.ContentType("json"), id, raw, iat, issuer, tan}, "", nil},
		{"another sender", otherKey, opts{jose.KeyID("tpp-2"), raw, iat, jose.CriticalMember(ukOpenBankingIss, "001580000000003CCC/2"), tan}, "", nil},
		{"iat long ago", key, opts{id, raw, jose.CriticalMember(ukOpenBankingIat, 0), issuer, tan}, "", nil},

		{"no iat", key, opts{id, raw, issuer, tan}, "crit", jose.ErrClaims},
		{"no iss", key, opts{id, raw, iat, tan}, "crit", jose.ErrClaims},
		{"no tan", key, opts{id, raw, iat, issuer}, "crit", jose.ErrClaims},
		{"iat is not critical", key, opts{id, raw, jose.Member(ukOpenBankingIat, now), issuer, tan}, "crit", jose.ErrClaims},
		{"tan is not critical", key, opts{id, raw, iat, issuer, jose.Member(ukOpenBankingTan, ukOpenBankingAnchor)}, "crit", jose.ErrClaims},
		{"one more critical member", key, opts{id, raw, iat, issuer, tan, jose.CriticalMember("http://openbanking.org.uk/aud", 1)}, "header", jose.ErrUnsupported},
		{"one more member", key, opts{id, raw, iat, issuer, tan, jose.Member("x", 1)}, "header", jose.ErrClaims},
		{"short names", key, opts{id, raw, jose.CriticalMember("iat", now), jose.CriticalMember("iss", iss), jose.CriticalMember("tan", ukOpenBankingAnchor)}, "header", jose.ErrUnsupported},
		{"payload encoded", key, opts{id, iat, issuer, tan}, "b64", jose.ErrClaims},
		{"payload encoded, and said so", key, opts{jose.ExactHeader(fmt.Appendf(nil,
			`{"alg":"RS256","kid":%q,"b64":true,%q:%d,%q:%q,%q:"openbanking.org.uk","crit":["b64",%q,%q,%q]}`, kid,
			ukOpenBankingIat, now, ukOpenBankingIss, iss, ukOpenBankingTan,
			ukOpenBankingIat, ukOpenBankingIss, ukOpenBankingTan))}, "b64", jose.ErrClaims},
		{"iat in the future", key, opts{id, raw, jose.CriticalMember(ukOpenBankingIat, now+1), issuer, tan}, "iat", jose.ErrClaims},
		{"iat in milliseconds", key, opts{id, raw, jose.CriticalMember(ukOpenBankingIat, now*1000), issuer, tan}, "iat", jose.ErrClaims},
		{"iat before 1970", key, opts{id, raw, jose.CriticalMember(ukOpenBankingIat, -1), issuer, tan}, "iat", jose.ErrClaims},
		{"iat is a string", key, opts{id, raw, jose.CriticalMember(ukOpenBankingIat, "1"), issuer, tan}, "header", jose.ErrClaims},
		{"iss of another sender", key, opts{id, raw, iat, jose.CriticalMember(ukOpenBankingIss, "001580000000003CCC/2"), tan}, "iss", jose.ErrClaims},
		{"iss of the organisation alone", key, opts{id, raw, iat, jose.CriticalMember(ukOpenBankingIss, "001580000000001AAA"), tan}, "iss", jose.ErrClaims},
		{"another tan", key, opts{id, raw, iat, issuer, jose.CriticalMember(ukOpenBankingTan, "openbanking.org.uk.example")}, "tan", jose.ErrClaims},
		{"another typ", key, opts{id, raw, iat, issuer, tan, jose.Type("JWT")}, "typ", jose.ErrClaims},
		{"another cty", key, opts{id, raw, iat, issuer, tan, jose.ContentType("pdf")}, "cty", jose.ErrClaims},
		{"unknown kid", key, opts{jose.KeyID("tpp-3"), raw, iat, issuer, tan}, "kid", jose.ErrUnknownKey},
		{"no kid", key, opts{raw, iat, issuer, tan}, "kid", jose.ErrUnknownKey},
		{"another key", otherKey, opts{id, raw, iat, issuer, tan}, "signature", jose.ErrSignature},
	} {
		t.Run(test.name, func(t *testing.T) {
			token, err := signerOf(t, test.key, jose.RS256).SignDetached([]byte(body), test.opts...)
			answer, err := post(must(t, token, err), body)
			if test.reason == "" {
				isAnswer(t, answer, err, http.StatusCreated, consent)
			} else {
				isRefused(t, answer, err, test.reason)
			}
			_, err = verifier.Verify(token, []byte(body))
			isClass(t, err, test.class)
		})
	}

	t.Run("body changed on the way", func(t *testing.T) {
		changed := newClient(proxy{request: func(content []byte) []byte {
			var out bytes.Buffer
			if err := json.Compact(&out, content); err != nil {
				t.Error(err)
			}
			return out.Bytes()
		}}.client())
		_, err := changed.CreateConsent(t.Context(), "1", []byte(body))
		saysRefused(t, err, "signature")
		sent := calls.last("POST")
		_, err = verifier.Verify(sent.header.Get("x-jws-signature"), []byte(sent.body))
		isClass(t, err, jose.ErrSignature)
	})
	t.Run("answer changed on the way", func(t *testing.T) {
		changed := newClient(proxy{answer: func(content []byte) []byte {
			return bytes.Replace(content, []byte("AwaitingAuthorisation"), []byte("Authorised"), 1)
		}}.client())
		_, err := changed.CreateConsent(t.Context(), "1", []byte(body))
		isClass(t, err, jose.ErrSignature)
	})
	t.Run("answer by the sender", func(t *testing.T) {
		_, err := answers.Verify(sample.Token, []byte(body))
		isClass(t, err, jose.ErrUnknownKey)
	})
	t.Run("answer without a signature", func(t *testing.T) {
		server := answering(t, http.StatusCreated, "application/json", consent)
		c, err := NewUKOpenBankingClient(nil, server.URL, "token", kid, iss, []byte(tppFile), answers)
		_, err = must(t, c, err).CreateConsent(t.Context(), "1", []byte(body))
		isClass(t, err, jose.ErrMalformed)
	})
	t.Run("attached", func(t *testing.T) {
		token, err := signerOf(t, key, jose.RS256).Sign([]byte("{}"), id, iat, issuer, tan)
		answer, err := post(must(t, token, err), "{}")
		isRefused(t, answer, err, "not detached")
		_, err = verifier.Verify(token, []byte("{}"))
		isClass(t, err, jose.ErrMalformed)
	})
	t.Run("another algorithm", func(t *testing.T) {
		token, err := signerOf(t, privateKey(t, keyOf(t, "Wise", "signer").PEM), jose.ES512).SignDetached([]byte(body), id, raw, iat, issuer, tan)
		answer, err := post(must(t, token, err), body)
		isRefused(t, answer, err, "alg")
		_, err = verifier.Verify(token, []byte(body))
		isClass(t, err, jose.ErrAlgorithm)
	})
	t.Run("around the signature", func(t *testing.T) {
		for _, test := range []struct{ header, value, reason string }{
			{"Authorization", "Bearer other", "authorization"},
			{"Content-Type", "text/plain", "content type"},
			{"x-idempotency-key", "", "idempotency key"},
			{"x-jws-signature", "", "segments"},
		} {
			answer, err := post(sample.Token, body, test.header, test.value)
			isRefused(t, answer, err, test.reason)
		}
		answer, err := send(t.Context(), nil, "PUT", server.URL+ukOpenBankingPath, body)
		isRefused(t, answer, err, "endpoint")
		answer, err = send(t.Context(), nil, "POST", server.URL+"/", body)
		isRefused(t, answer, err, "endpoint")
	})
	t.Run("refused where it is made", func(t *testing.T) {
		for name, make := range map[string]func() error{
			"no access token": func() error { _, err := NewUKOpenBankingServer("", bankID, bank, bankKey, parties); return err },
			"no key":          func() error { _, err := NewUKOpenBankingServer("token", bankID, bank, nil, parties); return err },
			"a sender without a name": func() error {
				_, err := NewUKOpenBankingServer("token", bankID, bank, bankKey, map[string]UKOpenBankingParty{"1": {"", &tppKey.PublicKey}})
				return err
			},
			"a sender without a key": func() error {
				_, err := NewUKOpenBankingServer("token", bankID, bank, bankKey, map[string]UKOpenBankingParty{"1": {iss, nil}})
				return err
			},
			"a party without a name": func() error {
				_, err := NewUKOpenBankingVerifier(map[string]UKOpenBankingParty{"1": {"", &tppKey.PublicKey}}, nil)
				return err
			},
			"no verifier": func() error {
				_, err := NewUKOpenBankingClient(nil, "", "token", kid, iss, []byte(tppFile), nil)
				return err
			},
		} {
			if make() == nil {
				t.Errorf("%s: no error", name)
			}
		}
	})
}
