package providers

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"strings"
	"testing"

	"example.com/jose"
)

func TestWise(t *testing.T) {
	t.Parallel()
	const path, kid = "/v3/profiles/12345/transfers/12345/payments", "663a0e44-aa4a-4ff0-a9f8-cd99f5fbad71"
	const body = `{"type":"BALANCE"}`
	published := keyOf(t, "Wise", "signer")
	sample := caseOf(t, "Wise", "wise/es512")

	key := privateKey(t, published.PEM)
	signer := signerOf(t, key, jose.ES512, jose.Type("JWT"), jose.KeyID(kid))
	newKey := func() *ecdsa.PrivateKey {
		t.Helper()
		key, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
		return must(t, key, err)
	}

	inUse := newKey()
	wise, err := NewWiseServer(inUse, "token", map[string]string{kid: published.DER})
	calls := &recorder{Handler: must(t, wise, err)}
	server := start(t, calls)
	rotate := func(t *testing.T, key *ecdsa.PrivateKey) {
		t.Helper()
		inUse = key
		if err := wise.Rotate(key); err != nil {
			t.Fatal(err)
		}
	}
	// seen returns how often the key was fetched, and the path of the last call.
	seen := func() (fetches int, path string) {
		_, fetches = calls.count("GET")
		return fetches, calls.last("POST").path
	}
	newClient := func(client *http.Client) *WiseClient {
		t.Helper()
		c, err := NewWiseClient(client, server.URL, "token", kid, []byte(published.PEM))
		return must(t, c, err)
	}
	client := newClient(nil)
	if registered, err := client.PublicKey(); err != nil || registered != published.DER {
		t.Errorf("the key to hand over is %s, error %v", registered, err)
	}
	if _, err := client.FetchKey(t.Context()); err != nil {
		t.Fatal(err)
	}
	post := func(path, token string, headers ...string) (*answer, error) {
		return client.send(t.Context(), path, token, headers...)
	}

	called := func(t *testing.T, client *WiseClient, fetches int) {
		t.Helper()
		before, _ := seen()
		payload, err := client.Call(t.Context(), path, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if want := `{"type":"BALANCE","status":"COMPLETED","errorCode":null}`; string(payload) != want {
			t.Errorf("got %s", payload)
		}
		if after, last := seen(); last != path || after-before != fetches {
			t.Errorf("called %s, and fetched %d keys", last, after-before)
		}
	}
	t.Run("call", func(t *testing.T) { called(t, client, 0) })
	t.Run("call by a client without a key", func(t *testing.T) { called(t, newClient(nil), 1) })
	t.Run("key rotation", func(t *testing.T) {
		rotate(t, newKey())
		called(t, client, 1)
		called(t, client, 0)
	})
	t.Run("another version in the answer", func(t *testing.T) {
		rotate(t, inUse)
		_, err := client.Call(t.Context(), path, []byte(body))
		isClass(t, err, jose.ErrClaims)
	})
	t.Run("answer changed on the way", func(t *testing.T) {
		changes := proxy{answer: func(content []byte) []byte {
			parts := strings.Split(string(content), ".")
			if len(parts) == 3 { // the answer, and not the key
				parts[1] = base64.RawURLEncoding.EncodeToString([]byte(`{"type":"BALANCE","status":"REJECTED","errorCode":null}`))
			}
			return []byte(strings.Join(parts, "."))
		}}
		client := newClient(changes.client())
		if _, err := client.FetchKey(t.Context()); err != nil {
			t.Fatal(err)
		}
		before, _ := seen()
		_, err := client.Call(t.Context(), path, []byte(body))
		isClass(t, err, jose.ErrSignature)
		if after, _ := seen(); after-before != 1 {
			t.Errorf("fetched %d keys", after-before)
		}
	})

	// The token made from the published octets, to the path that it is for and to another.
	t.Run("sample", func(t *testing.T) {
		answer, err := post(path, sample.Token)
		if err != nil || answer.status != http.StatusOK {
			t.Errorf("got %v, error %v", answer, err)
		}
		token, err := signer.Sign([]byte(*sample.Payload), jose.Member("url", path))
		header, err := jose.UnverifiedHeader(must(t, token, err))
		want := `{"alg":"ES512","typ":"JWT","kid":"` + kid + `","url":"` + path + `"}`
		if err != nil || string(header.Bytes()) != want {
			t.Errorf("our header is %s, error %v", header.Bytes(), err)
		}
		if _, err := newClient(nil).Call(t.Context(), path, []byte(*sample.Payload)); err != nil {
			t.Error(err)
		}
		header, err = jose.UnverifiedHeader(calls.last("POST").body)
		if err != nil || string(header.Bytes()) != want {
			t.Errorf("the client's header is %s, error %v", header.Bytes(), err)
		}
	})
	verifier := verifierOf(t, publicKey(t, published.DER), jose.ES512)
	t.Run("replay to another path", func(t *testing.T) {
		const otherPath = "/v3/profiles/12345/transfers/12346/payments"
		answer, err := post(otherPath, sample.Token)
		isRefused(t, answer, err, "url")
		answer, err = post(path+"?again=1", sample.Token)
		isRefused(t, answer, err, "url")
		_, err = verifier.Verify(sample.Token, jose.CheckMember("url", jose.Equal(path)))
		isClass(t, err, nil)
		_, err = verifier.Verify(sample.Token, jose.CheckMember("url", jose.Equal(otherPath)))
		isClass(t, err, jose.ErrClaims)
		token, err := signer.Sign([]byte(body)) // that has no "url"
		_, err = verifier.Verify(must(t, token, err), jose.CheckMember("url", jose.Equal(path)))
		isClass(t, err, jose.ErrClaims)
	})
	another, err := jose.NewPrivateKey(newKey())
	must(t, another, err)
	for _, test := range []struct {
		name, reason, body string
		key                *jose.PrivateKey
		opts               []jose.HeaderOption
	}{
		{"another key", "signature", body, another, []jose.HeaderOption{jose.Type("JWT"), jose.KeyID(kid)}},
		{"unknown kid", "kid", body, key, []jose.HeaderOption{jose.Type("JWT"), jose.KeyID("00000000-0000-4000-8000-000000000000")}},
		{"no type", "header", body, key, []jose.HeaderOption{jose.KeyID(kid)}},
		{"another type of payment", "payload", `{"type":"CARD"}`, key, []jose.HeaderOption{jose.Type("JWT"), jose.KeyID(kid)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			token, err := signerOf(t, test.key, jose.ES512, test.opts...).Sign([]byte(test.body), jose.Member("url", path))
			answer, err := post(path, must(t, token, err))
			isRefused(t, answer, err, test.reason)
		})
	}
	t.Run("around the token", func(t *testing.T) {
		for _, test := range []struct{ header, value, reason string }{
			{"Authorization", "Bearer other", "authorization"},
			{"Content-Type", "application/json", "media type"},
			{"Accept", "application/json", "media type"},
			{"X-TW-JOSE-Method", "jwe", "method"},
		} {
			answer, err := post(path, sample.Token, test.header, test.value)
			isRefused(t, answer, err, test.reason)
		}
		answer, err := send(t.Context(), nil, "GET", server.URL+"/v1/auth/jose/response/public-keys", "", "Authorization", "Bearer token")
		isRefused(t, answer, err, "endpoint")
	})
	t.Run("refused call", func(t *testing.T) {
		_, err := client.Call(t.Context(), path, []byte(`{"type":"CARD"}`))
		saysRefused(t, err, "payload")
	})

	// The published sample has two faults, and an integrator who meets it has to be told.
	segments := strings.Split(caseOf(t, "Wise", "wise/sample-token").Token, ".")
	for _, test := range []struct {
		name, token string
		names       []string // what the message says
		reason      string   // of the server's refusal, which is by other code
	}{
		{"sample as published", strings.Join(segments, "."), []string{"padding", "32 octets", "132"}, "base64url"},
		{"sample without padding", segments[0] + "." + strings.TrimRight(segments[1], "=") + "." + segments[2], []string{"32 octets", "132"}, "signature length"},
		{"sample with a signature of the right length", segments[0] + "." + segments[1] + "." + strings.Repeat("A", 176), []string{"payload", "padding"}, "base64url"},
		{"padded and signed so", caseOf(t, "Wise", "wise/es512-padded").Token, []string{"payload", "padding"}, "base64url"},
		{"signature in DER", caseOf(t, "Wise", "wise/es512-der").Token, []string{"octets", "132"}, "signature length"},
		{"sample as printed", caseOf(t, "Wise", "wise/sample-token/as-printed").Token, []string{"line break"}, "base64url"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := verifier.Verify(test.token)
			isClass(t, err, jose.ErrMalformed)
			for _, name := range test.names {
				if err != nil && !strings.Contains(err.Error(), name) {
					t.Errorf("%q does not name %s", err, name)
				}
			}
			answer, err := post(path, test.token)
			isRefused(t, answer, err, test.reason)
		})
	}

	// What would not be called as it was signed is not sent.
	t.Run("no path", func(t *testing.T) {
		before, _ := calls.count("POST")
		for _, path := range []string{"", "v3", "@host/", ".host/", "https://host/", "/a b", "/\u00e9", "/a#b", "/a\r\nHost: b", "*"} {
			if payload, err := client.Call(t.Context(), path, []byte(body)); err == nil {
				t.Errorf("%q: got %s", path, payload)
			}
		}
		if after, _ := calls.count("POST"); after != before {
			t.Errorf("%d requests were sent", after-before)
		}
	})
}

// A key that is no good, or no answer to what was asked, takes no good one's place.
func TestWiseHostileKeys(t *testing.T) {
	t.Parallel()
	const kid = "663a0e44-aa4a-4ff0-a9f8-cd99f5fbad71"
	file := keyOf(t, "Wise", "signer")
	block, _ := pem.Decode([]byte(keyOf(t, "Juspay", "juspay").PublicPEM))
	if block == nil {
		t.Fatal("not PEM")
	}
	rsaDER := base64.StdEncoding.EncodeToString(block.Bytes)
	keyAnswer := func(algorithm, key, scope string) string {
		return `{"version":1,"keyMaterial":{"algorithm":"` + algorithm + `","keyMaterial":"` + key + `"},"scope":"` + scope + `"}`
	}
	const scope, media = "PAYLOAD_SIGNING", "application/json"
	for _, test := range []struct {
		name   string
		status int
		media  string
		body   string
		good   bool
	}{
		{"good", 200, media, keyAnswer("ES512", file.DER, scope), true},
		{"an error with a key in it", 500, media, keyAnswer("ES512", file.DER, scope), false},
		{"a redirect", 302, media, keyAnswer("ES512", file.DER, scope), false},
		{"another media type", 200, "text/html", keyAnswer("ES512", file.DER, scope), false},
		{"no JSON", 200, media, "<html>", false},
		{"too large", 200, media, keyAnswer("ES512", file.DER, scope) + strings.Repeat(" ", maxBody), false},
		{"null", 200, media, "null", false},
		{"another algorithm", 200, media, keyAnswer("RSA_OAEP_256", file.DER, scope), false},
		{"another scope", 200, media, keyAnswer("ES512", file.DER, "PAYLOAD_ENCRYPTION"), false},
		{"an RSA key", 200, media, keyAnswer("ES512", rsaDER, scope), false},
		{"a damaged key", 200, media, keyAnswer("ES512", file.DER[4:], scope), false},
		{"no key", 200, media, keyAnswer("ES512", "", scope), false},
		{"a version that is no number", 200, media, strings.Replace(keyAnswer("ES512", file.DER, scope), ":1,", `:"1",`, 1), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := answering(t, test.status, test.media, test.body)
			client, err := NewWiseClient(nil, server.URL, "token", kid, []byte(file.PEM))
			before := verifierOf(t, publicKey(t, file.DER), jose.ES512)
			must(t, client, err).verifier = before
			if _, err := client.FetchKey(t.Context()); (err == nil) != test.good {
				t.Errorf("error %v", err)
			}
			if (client.verifier == before) == test.good {
				t.Error("the key before was kept and should not have been, or the reverse")
			}
		})
	}

	p521, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	must(t, p521, err)
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, p256, err)
	der, err := x509.MarshalPKIXPublicKey(&p256.PublicKey)
	must(t, der, err)
	areErrors(t, map[string]func() error{
		"a client without a token": func() error { _, err := NewWiseClient(nil, "", "", kid, []byte(file.PEM)); return err },
		"a server with a key without a kid": func() error {
			_, err := NewWiseServer(p521, "token", map[string]string{"": file.DER})
			return err
		},
	})
	for _, test := range []struct {
		name, token, client string
		key                 *ecdsa.PrivateKey
	}{
		{"no key", "token", file.DER, nil},
		{"a key of another curve", "token", file.DER, p256},
		{"no token", "", file.DER, p521},
		{"no key of the client's", "token", "", p521},
		{"no base64", "token", file.PEM, p521},
		{"an RSA key of the client's", "token", rsaDER, p521},
		{"a key of the client's of another curve", "token", base64.StdEncoding.EncodeToString(der), p521},
	} {
		t.Run("server: "+test.name, func(t *testing.T) {
			if _, err := NewWiseServer(test.key, test.token, map[string]string{kid: test.client}); err == nil {
				t.Error("no error")
			}
		})
	}
}
