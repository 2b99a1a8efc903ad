package providers

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
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
	tokens := map[string]string{"token": iss, "token-2": "001580000000003CCC/2"}
	s, err := NewUKOpenBankingServer(tokens, bankID, bank, bankKey, parties)
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
	body := *sample.Payload // with CRLF, spaces, and what is not ASCII
	isConsent := func(t *testing.T, a *answer, err error) {
		t.Helper()
		if err != nil || a.status != http.StatusCreated || !strings.Contains(a.body, `"Status":"AwaitingAuthorisation"`) {
			t.Errorf("answered %v, error %v", a, err)
		}
	}

	t.Run("client", func(t *testing.T) {
		got, err := client.CreateConsent(t.Context(), "7", []byte(body))
		const want1 = `{"Data":{"ConsentId":"1","Initiation":{"CreditorAccount":{"Name":"Zoë"},` +
			`"InstructedAmount":{"Amount":"10.00","Currency":"GBP"}},"Status":"AwaitingAuthorisation"},"Risk":{}}`
		if err != nil || string(got) != want1 {
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
		isConsent(t, a, err)
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
		{"typ and cty", key, opts{jose.ContentType("json"), jose.Type("JOSE"), id, raw, iat, issuer, tan}, "", nil},
		{"iat as old as it may be", key, opts{id, raw, jose.CriticalMember(ukOpenBankingIat, now-300), issuer, tan}, "", nil},
		{"a clock that is ahead", key, opts{id, raw, jose.CriticalMember(ukOpenBankingIat, now+30), issuer, tan}, "", nil},

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
		{"iat in the future", key, opts{id, raw, jose.CriticalMember(ukOpenBankingIat, now+31), issuer, tan}, "iat", jose.ErrClaims},
		{"iat too old", key, opts{id, raw, jose.CriticalMember(ukOpenBankingIat, now-301), issuer, tan}, "iat", jose.ErrClaims},
		{"iat a year ago", key, opts{id, raw, jose.CriticalMember(ukOpenBankingIat, now-31_536_000), issuer, tan}, "iat", jose.ErrClaims},
		{"iat long ago", key, opts{id, raw, jose.CriticalMember(ukOpenBankingIat, 0), issuer, tan}, "iat", jose.ErrClaims},
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
			answer, err := post(must(t, token, err), body, "x-idempotency-key", test.name)
			if test.reason == "" {
				isConsent(t, answer, err)
			} else {
				isRefused(t, answer, err, test.reason)
			}
			_, err = verifier.Verify(token, []byte(body))
			isClass(t, err, test.class)
		})
	}

	// A server and a verifier of their own, whose clock goes.
	t.Run("sent again", func(t *testing.T) {
		now := clock()
		going := func() time.Time { return now }
		s, err := NewUKOpenBankingServer(tokens, bankID, bank, bankKey, parties)
		must(t, s, err).now = going
		v, err := NewUKOpenBankingVerifier(parties, going)
		must(t, v, err)
		server := start(t, s)
		post := func(key string) (*answer, error) {
			return send(t.Context(), nil, "POST", server.URL+ukOpenBankingPath, body, "Authorization", "Bearer token",
				"Content-Type", "application/json", "x-jws-signature", sample.Token, "x-idempotency-key", key)
		}
		first, err := post("1")
		isConsent(t, first, err)
		for _, later := range []time.Duration{0, 300 * time.Second, 301*time.Second - 1} {
			now = clock().Add(later)
			again, err := post("1")
			isAnswer(t, again, err, http.StatusCreated, first.body)
			again, err = post("2")
			isRefused(t, again, err, "sent before under another idempotency key")
			_, err = v.Verify(sample.Token, []byte(body))
			isClass(t, err, nil)
		}
		now = clock().Add(301 * time.Second)
		again, err := post("2")
		isRefused(t, again, err, "iat")
		_, err = v.Verify(sample.Token, []byte(body))
		isClass(t, err, jose.ErrClaims)
		// Who waits longer says so, and the signature is kept for longer.
		s.MaxAge, v.MaxAge = 10*time.Minute, 10*time.Minute
		for _, test := range []struct {
			after  int64
			reason string
			class  error
		}{{302, "", nil}, {600, "sent before under another idempotency key", nil}, {601, "iat", jose.ErrClaims}} {
			now = clock().Add(time.Duration(test.after) * time.Second)
			again, err := post(fmt.Sprint("after ", test.after))
			if test.reason == "" {
				isConsent(t, again, err) // the signature was forgotten, when it was too old
			} else {
				isRefused(t, again, err, test.reason)
			}
			_, err = v.Verify(sample.Token, []byte(body))
			isClass(t, err, test.class)
		}
	})
	t.Run("idempotency", func(t *testing.T) {
		now := clock()
		s, err := NewUKOpenBankingServer(tokens, bankID, bank, bankKey, parties)
		must(t, s, err).now = func() time.Time { return now }
		server := start(t, s)
		post := func(key *jose.PrivateKey, body, accessToken, idempotencyKey string, opts ...jose.HeaderOption) *answer {
			t.Helper()
			token, err := signerOf(t, key, jose.RS256, raw, tan).SignDetached([]byte(body),
				append(opts, jose.CriticalMember(ukOpenBankingIat, now.Unix()))...)
			must(t, token, err)
			a, err := send(t.Context(), nil, "POST", server.URL+ukOpenBankingPath, body, "Authorization", "Bearer "+accessToken,
				"Content-Type", "application/json", "x-jws-signature", token, "x-idempotency-key", idempotencyKey)
			return must(t, a, err)
		}
		ours := opts{id, issuer}
		theirs := opts{jose.KeyID("tpp-2"), jose.CriticalMember(ukOpenBankingIss, "001580000000003CCC/2")}
		first := post(key, body, "token", "1", ours...)
		isConsent(t, first, nil)
		isRefused(t, post(key, body+" ", "token", "1", ours...), nil, "another request under this idempotency key")
		other := post(otherKey, body+" ", "token-2", "1", theirs...) // a key is its sender's
		isConsent(t, other, nil)
		if other.body == first.body {
			t.Error("a sender got the consent of another")
		}
		isRefused(t, post(key, body, "token-2", "2", ours...), nil, "access token of another")
		isRefused(t, post(otherKey, body, "token", "2", theirs...), nil, "access token of another")
		isRefused(t, post(key, body, "token", "12345678901234567890123456789012345678901", ours...), nil, "idempotency key")
		isRefused(t, post(key, "{}", "token", "3", ours...), nil, "body")
		isRefused(t, post(key, `{"Data":{"Initiation":{}}}`, "token", "3", ours...), nil, "body")
		isRefused(t, post(key, `{"Data":{},"Risk":{}}`, "token", "3", ours...), nil, "body")
		isRefused(t, post(key, "no JSON", "token", "3", ours...), nil, "body")

		now = clock().Add(24*time.Hour - 1)
		isAnswer(t, post(key, body, "token", "1", ours...), nil, http.StatusCreated, first.body)
		now = clock().Add(24 * time.Hour)
		later := post(key, body, "token", "1", ours...)
		isConsent(t, later, nil)
		if later.body == first.body || len(s.consents.kept) != 1 {
			t.Errorf("after a day %d are kept, and the answer is %s", len(s.consents.kept), later.body)
		}
	})
	t.Run("answer to another request", func(t *testing.T) {
		for _, test := range []struct{ request, answer string }{
			{body, `{"Data":{"ConsentId":"9","Initiation":{"InstructedAmount":{"Amount":"99.00"}}},"Risk":{}}`},
			{body, `{"Data":{"ConsentId":"9","Initiation":{"InstructedAmount":{"Amount":"10.00","Currency":"GBP"},` +
				`"CreditorAccount":{"Name":"Zoë"}}},"Risk":{"x":1}}`},
			{body, `{"Data":{"Status":"AwaitingAuthorisation"}}`},
			{body, "no JSON"},
			{`{"Data":{"Initiation":{"n":9007199254740993}},"Risk":{}}`, `{"Data":{"Initiation":{"n":9007199254740992}},"Risk":{}}`},
		} {
			server := start(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				signature, err := s.sign([]byte(test.answer))
				if err != nil {
					t.Error(err)
				}
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("x-jws-signature", signature)
				w.WriteHeader(http.StatusCreated)
				fmt.Fprint(w, test.answer)
			}))
			c, err := NewUKOpenBankingClient(nil, server.URL, "token", kid, iss, []byte(tppFile), answers)
			must(t, c, err).now = clock
			_, err = c.CreateConsent(t.Context(), "1", []byte(test.request))
			isClass(t, err, jose.ErrClaims)
		}
		if _, err := client.CreateConsent(t.Context(), "8", []byte("{}")); err == nil {
			t.Error("a request that no answer can be told by was sent")
		}
	})
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
		_, err := changed.CreateConsent(t.Context(), "7", []byte(body))
		isClass(t, err, jose.ErrSignature)
	})
	t.Run("answer by the sender", func(t *testing.T) {
		_, err := answers.Verify(sample.Token, []byte(body))
		isClass(t, err, jose.ErrUnknownKey)
	})
	t.Run("answer without a signature", func(t *testing.T) {
		server := answering(t, http.StatusCreated, "application/json", "{}")
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
	t.Run("crit names what is not there", func(t *testing.T) {
		header := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"alg":"RS256","kid":%q,"b64":false,%q:%q,%q:%q,"crit":["b64",%q,%q,%q]}`,
			kid, ukOpenBankingIss, iss, ukOpenBankingTan, ukOpenBankingAnchor, ukOpenBankingIat, ukOpenBankingIss, ukOpenBankingTan))
		digest := sha256.Sum256([]byte(header + "." + body))
		signature, err := rsa.SignPKCS1v15(nil, tppKey, crypto.SHA256, digest[:])
		token := header + ".." + base64.RawURLEncoding.EncodeToString(must(t, signature, err))
		answer, err := post(token, body)
		isRefused(t, answer, err, "iat")
		if _, err := verifier.Verify(token, []byte(body)); err == nil {
			t.Error("taken without iat")
		}
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
		newServer := func(tokens map[string]string, kid, iss string) error {
			_, err := NewUKOpenBankingServer(tokens, kid, iss, bankKey, parties)
			return err
		}
		areErrors(t, map[string]func() error{
			"no access token":         func() error { return newServer(nil, bankID, bank) },
			"an empty access token":   func() error { return newServer(map[string]string{"": iss}, bankID, bank) },
			"an access token of none": func() error { return newServer(map[string]string{"1": ""}, bankID, bank) },
			"no kid":                  func() error { return newServer(tokens, "", bank) },
			"no issuer":               func() error { return newServer(tokens, bankID, "") },
			"no key":                  func() error { _, err := NewUKOpenBankingServer(tokens, bankID, bank, nil, parties); return err },
			"a sender without a kid": func() error {
				_, err := NewUKOpenBankingServer(tokens, bankID, bank, bankKey, map[string]UKOpenBankingParty{"": {iss, &tppKey.PublicKey}})
				return err
			},
			"a party without a kid": func() error {
				_, err := NewUKOpenBankingVerifier(map[string]UKOpenBankingParty{"": {iss, &tppKey.PublicKey}}, nil)
				return err
			},
			"a client without an access token": func() error {
				_, err := NewUKOpenBankingClient(nil, "", "", kid, iss, []byte(tppFile), answers)
				return err
			},
			"a client without an issuer": func() error {
				_, err := NewUKOpenBankingClient(nil, "", "token", kid, "", []byte(tppFile), answers)
				return err
			},
			"a sender without a name": func() error {
				_, err := NewUKOpenBankingServer(tokens, bankID, bank, bankKey, map[string]UKOpenBankingParty{"1": {"", &tppKey.PublicKey}})
				return err
			},
			"a sender without a key": func() error {
				_, err := NewUKOpenBankingServer(tokens, bankID, bank, bankKey, map[string]UKOpenBankingParty{"1": {iss, nil}})
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
		})
	})
}
