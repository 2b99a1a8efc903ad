package providers

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/jose"
)

// ecKey returns a private EC key as Go has it: the other side's.
func ecKey(t testing.TB, file string) *ecdsa.PrivateKey {
	t.Helper()
	block, _ := pem.Decode([]byte(file))
	if block == nil {
		t.Fatal("not PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	return must(t, key, err).(*ecdsa.PrivateKey)
}

func TestTrueLayer(t *testing.T) {
	t.Parallel()
	const (
		kid  = "client-2026-11"
		path = "/v3/payouts"
		idem = "5b6a1f50-9d07-4a86-a3c5-0c7f9ad3a1fd"
		body = `{"currency":"GBP","amount_in_minor":1000,"reference":"Smith \u0026 Sons"}`
	)
	file := keyOf(t, "TrueLayer", "own-client").PEM
	key := privateKey(t, file)
	other, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	must(t, other, err)
	otherKey, err := jose.NewPrivateKey(other)
	must(t, otherKey, err)
	s, err := NewTrueLayerServer("token", map[string]*ecdsa.PublicKey{kid: &ecKey(t, file).PublicKey}, "hooks-1", other)
	calls := &recorder{Handler: must(t, s, err)}
	server := start(t, calls)
	isPayout := func(t *testing.T, a *answer, err error) {
		t.Helper()
		if err != nil || a.status != http.StatusAccepted || !strings.HasPrefix(a.body, "GBP ") {
			t.Errorf("answered %v, error %v", a, err)
		}
	}
	newClient := func(client *http.Client) *TrueLayerClient {
		t.Helper()
		c, err := NewTrueLayerClient(client, server.URL, "token", kid, []byte(file))
		return must(t, c, err)
	}
	client := newClient(nil)
	post := func(path, token, body string, headers ...string) (*answer, error) {
		return client.send(t.Context(), path, token, body, append([]string{"Idempotency-Key", idem}, headers...)...)
	}

	t.Run("client", func(t *testing.T) {
		got, err := client.Post(t.Context(), path, idem, []byte(body))
		if err != nil || string(got) != "GBP 1" {
			t.Fatalf("answered %q, error %v", got, err)
		}
		sent := calls.last("POST")
		if sent.path != path || sent.body != body || sent.header.Get("Idempotency-Key") != idem {
			t.Errorf("sent %q to %s, with %v", sent.body, sent.path, sent.header)
		}
		header, err := jose.UnverifiedHeader(sent.header.Get("Tl-Signature"))
		want := `{"alg":"ES512","kid":"` + kid + `","tl_version":"2","tl_headers":"Idempotency-Key"}`
		if err != nil || string(header.Bytes()) != want {
			t.Errorf("sent the header %s, error %v", header.Bytes(), err)
		}
	})
	// A token of the corpus, made by other code, and the text that it is for.
	sample := caseOf(t, "TrueLayer", "truelayer/request")
	t.Run("sample", func(t *testing.T) {
		text := trueLayerPayload("POST", path, [][2]string{{"Idempotency-Key", idem}}, []byte(body))
		if string(text) != *sample.Payload {
			t.Errorf("the text is %q", text)
		}
		answer, err := post(path, sample.Token, body)
		isAnswer(t, answer, err, http.StatusAccepted, "GBP 1") // that of the client's, which it repeats
	})

	sign := func(t *testing.T, key *jose.PrivateKey, text string, opts ...jose.HeaderOption) string {
		t.Helper()
		token, err := signerOf(t, key, jose.ES512).SignDetached([]byte(text), opts...)
		return must(t, token, err)
	}
	id, v2 := jose.KeyID(kid), jose.Member("tl_version", "2")
	names := func(list string) jose.HeaderOption { return jose.Member("tl_headers", list) }
	line := "Idempotency-Key: " + idem + "\n"
	type opts = []jose.HeaderOption
	for _, test := range []struct {
		name, text string
		key        *jose.PrivateKey
		opts       opts
		reason     string
	}{
		{"good", "POST " + path + "\n" + line + body, key, opts{id, v2, names("Idempotency-Key")}, ""},
		{"two headers", "POST " + path + "\n" + line + "Content-Type: application/json\n" + body, key, opts{id, v2, names("Idempotency-Key,Content-Type")}, ""},
		{"two headers in another order", "POST " + path + "\nContent-Type: application/json\n" + line + body, key, opts{id, v2, names("Content-Type,Idempotency-Key")}, ""},
		{"a name in other letters", "POST " + path + "\nidempotency-KEY: " + idem + "\n" + body, key, opts{id, v2, names("idempotency-KEY")}, ""},

		{"lines in another order than the names", "POST " + path + "\nContent-Type: application/json\n" + line + body, key, opts{id, v2, names("Idempotency-Key,Content-Type")}, "signature"},
		{"a name in other letters than the line", "POST " + path + "\n" + line + body, key, opts{id, v2, names("idempotency-key")}, "signature"},
		{"another method", "PUT " + path + "\n" + line + body, key, opts{id, v2, names("Idempotency-Key")}, "signature"},
		{"another path", "POST /v3/payments\n" + line + body, key, opts{id, v2, names("Idempotency-Key")}, "signature"},
		{"a slash behind the path", "POST " + path + "/\n" + line + body, key, opts{id, v2, names("Idempotency-Key")}, "signature"},
		{"another value", "POST " + path + "\nIdempotency-Key: 1\n" + body, key, opts{id, v2, names("Idempotency-Key")}, "signature"},
		{"another body", "POST " + path + "\n" + line + body + "\n", key, opts{id, v2, names("Idempotency-Key")}, "signature"},
		{"the body alone", body, key, opts{id, v2, names("Idempotency-Key")}, "signature"},
		{"CRLF", "POST " + path + "\r\nIdempotency-Key: " + idem + "\r\n" + body, key, opts{id, v2, names("Idempotency-Key")}, "signature"},
		{"another key", "POST " + path + "\n" + line + body, otherKey, opts{id, v2, names("Idempotency-Key")}, "signature"},
		{"nothing but method and path", "POST " + path + "\n" + body, key, opts{id, v2, names("")}, "tl_headers"},
		{"without Idempotency-Key", "POST " + path + "\nContent-Type: application/json\n" + body, key, opts{id, v2, names("Content-Type")}, "tl_headers"},
		{"a header that is not there", "POST " + path + "\n" + line + "X-Other: 1\n" + body, key, opts{id, v2, names("Idempotency-Key,X-Other")}, "tl_headers"},
		{"a header twice", "POST " + path + "\n" + line + line + body, key, opts{id, v2, names("Idempotency-Key,Idempotency-Key")}, "tl_headers"},
		{"version 1", body, key, opts{id}, "tl_version"},
		{"version 3", "POST " + path + "\n" + line + body, key, opts{id, jose.Member("tl_version", "3"), names("Idempotency-Key")}, "tl_version"},
		{"version as a number", "POST " + path + "\n" + line + body, key, opts{id, jose.Member("tl_version", 2), names("Idempotency-Key")}, "header"},
		{"one member more", "POST " + path + "\n" + line + body, key, opts{id, v2, names("Idempotency-Key"), jose.Member("x", 1)}, "header"},
		{"unknown kid", "POST " + path + "\n" + line + body, key, opts{jose.KeyID("2"), v2, names("Idempotency-Key")}, "kid"},
	} {
		t.Run(test.name, func(t *testing.T) {
			answer, err := post(path, sign(t, test.key, test.text, test.opts...), body)
			if test.reason == "" {
				isPayout(t, answer, err)
			} else {
				isRefused(t, answer, err, test.reason)
			}
		})
	}

	t.Run("replay", func(t *testing.T) {
		answer, err := post("/v3/refunds", sample.Token, body)
		isRefused(t, answer, err, "signature")
		answer, err = post(path+"?a=1", sample.Token, body)
		isRefused(t, answer, err, "signature")
		answer, err = post(path, sample.Token, body, "Idempotency-Key", "2")
		isRefused(t, answer, err, "signature")
		answer, err = send(t.Context(), nil, "PUT", server.URL+path, body, "Authorization", "Bearer token", "Idempotency-Key", idem, "Tl-Signature", sample.Token)
		isRefused(t, answer, err, "signature")
	})
	t.Run("idempotency", func(t *testing.T) {
		now := time.Unix(1795305600, 0)
		s, err := NewTrueLayerServer("token", map[string]*ecdsa.PublicKey{kid: &ecKey(t, file).PublicKey}, "hooks-1", other)
		must(t, s, err).now = func() time.Time { return now }
		server := start(t, s)
		post := func(path, key, body string) *answer {
			t.Helper()
			token := sign(t, privateKey(t, file), "POST "+path+"\nIdempotency-Key: "+key+"\n"+body, id, v2, names("Idempotency-Key"))
			a, err := send(t.Context(), nil, "POST", server.URL+path, body,
				"Authorization", "Bearer token", "Idempotency-Key", key, "Tl-Signature", token)
			return must(t, a, err)
		}
		const reused = "another request under this idempotency key"
		isAnswer(t, post(path, "1", body), nil, http.StatusAccepted, "GBP 1")
		isAnswer(t, post(path, "1", body), nil, http.StatusAccepted, "GBP 1")
		isAnswer(t, post(path, "2", body), nil, http.StatusAccepted, "GBP 2")
		isRefused(t, post(path, "1", body+" "), nil, reused)
		isRefused(t, post("/v3/refunds", "1", body), nil, reused)
		isRefused(t, post(path, "3", "null"), nil, "body")
		isAnswer(t, post(path, "3", body), nil, http.StatusAccepted, "GBP 3") // what was refused is not kept
		now = now.Add(30*24*time.Hour - 1)
		isAnswer(t, post(path, "1", body), nil, http.StatusAccepted, "GBP 1")
		now = now.Add(1)
		isAnswer(t, post(path, "1", body), nil, http.StatusAccepted, "GBP 4")
	})
	// A proxy that reads the JSON and writes it again, as in the report that the corpus cites.
	t.Run("body changed on the way", func(t *testing.T) {
		changed := newClient(proxy{request: func(content []byte) []byte {
			return bytes.Replace(content, []byte(`\u0026`), []byte("&"), 1)
		}}.client())
		_, err := changed.Post(t.Context(), path, idem, []byte(body))
		saysRefused(t, err, "signature")
	})
	t.Run("forms", func(t *testing.T) {
		encoded, _, _ := strings.Cut(sample.Token, ".")
		digest := sha512.Sum512([]byte(encoded + "." + base64.RawURLEncoding.EncodeToString([]byte(*sample.Payload))))
		der, err := ecdsa.SignASN1(rand.Reader, ecKey(t, file), digest[:])
		must(t, der, err)
		answer, err := post(path, encoded+".."+base64.RawURLEncoding.EncodeToString(der), body)
		isRefused(t, answer, err, "signature length")
		attached, err := signerOf(t, key, jose.ES512, id, v2, names("Idempotency-Key")).Sign([]byte(*sample.Payload))
		answer, err = post(path, must(t, attached, err), body)
		isRefused(t, answer, err, "not detached")
		rs256, err := signerOf(t, privateKey(t, keyOf(t, "Nuapay", "nuapay").PEM), jose.RS256, id, v2, names("Idempotency-Key")).SignDetached([]byte(*sample.Payload))
		answer, err = post(path, must(t, rs256, err), body)
		isRefused(t, answer, err, "alg")
		answer, err = post(path, "", body)
		isRefused(t, answer, err, "segments")
		answer, err = post(path, sample.Token, body, "Authorization", "Bearer other")
		isRefused(t, answer, err, "authorization")
	})
	t.Run("not sent", func(t *testing.T) {
		before, _ := calls.count("POST")
		for _, path := range []string{"", "v3", "/", "/v3/payouts/", "@host/v3", "https://host/v3", "/a b", "/a#b", "/a\r\nHost: b"} {
			if _, err := client.Post(t.Context(), path, idem, []byte(body)); err == nil {
				t.Errorf("path %q: no error", path)
			}
		}
		for _, key := range []string{"", " 1", "1 ", "1\r\nX: 2", "1\n2"} {
			if _, err := client.Post(t.Context(), path, key, []byte(body)); err == nil {
				t.Errorf("key %q: no error", key)
			}
		}
		if after, _ := calls.count("POST"); after != before {
			t.Errorf("%d requests were sent", after-before)
		}
	})
	t.Run("servers", func(t *testing.T) {
		p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		must(t, p256, err)
		for i, make := range []func() (*TrueLayerServer, error){
			func() (*TrueLayerServer, error) { return NewTrueLayerServer("token", nil, "", other) },
			func() (*TrueLayerServer, error) {
				return NewTrueLayerServer("token", map[string]*ecdsa.PublicKey{"": &other.PublicKey}, "1", other)
			},
			func() (*TrueLayerServer, error) { return NewTrueLayerServer("", nil, "1", other) },
			func() (*TrueLayerServer, error) { return NewTrueLayerServer("token", nil, "1", nil) },
			func() (*TrueLayerServer, error) { return NewTrueLayerServer("token", nil, "1", p256) },
			func() (*TrueLayerServer, error) {
				return NewTrueLayerServer("token", map[string]*ecdsa.PublicKey{"1": nil}, "1", other)
			},
			func() (*TrueLayerServer, error) {
				return NewTrueLayerServer("token", map[string]*ecdsa.PublicKey{"1": &p256.PublicKey}, "1", other)
			},
		} {
			if _, err := make(); err == nil {
				t.Errorf("%d: no error", i)
			}
		}
		if _, err := NewTrueLayerClient(nil, "", "", kid, []byte(file)); err == nil {
			t.Error("a client without an access token")
		}
	})
}

func TestTrueLayerWebhooks(t *testing.T) {
	t.Parallel()
	const (
		jku  = "https://webhooks.truelayer.com/.well-known/jwks"
		when = "2026-11-22T00:00:00Z"
		body = `{"type":"payment_executed","event_id":"1"}`
	)
	hooks := ecKey(t, keyOf(t, "TrueLayer", "own-client").PEM)
	public, err := jose.NewPublicKey(&hooks.PublicKey)
	must(t, public, err)
	public, err = public.WithKeyID("hooks-1")
	must(t, public, err)
	published, err := jose.MarshalKeySet(public)
	must(t, published, err)
	set, err := jose.ParseKeySet(published)
	must(t, set, err)
	at, err := time.Parse(time.RFC3339, when)
	must(t, at, err)
	now := at
	clock := func() time.Time { return now }
	receiver, err := NewTrueLayerReceiver(jku, set, clock)
	must(t, receiver, err)
	if _, err := NewTrueLayerReceiver("", set, clock); err == nil {
		t.Error("a receiver without the address of the keys")
	}
	if r, err := NewTrueLayerReceiver(jku, set, nil); err != nil || r.now == nil {
		t.Errorf("a receiver without a clock: %v", err)
	}
	var received []string
	calls := &recorder{Handler: receiver.Webhook(func(sent time.Time, body []byte) error {
		if !sent.Equal(at) {
			t.Errorf("sent at %v", sent)
		}
		if string(body) == "{}" {
			return errors.New("something that is nobody's business")
		}
		received = append(received, string(body))
		return nil
	})}
	merchant := start(t, calls)
	trueLayer, err := NewTrueLayerServer("token", nil, "hooks-1", hooks)
	must(t, trueLayer, err)

	t.Run("good", func(t *testing.T) {
		answer, err := trueLayer.Notify(t.Context(), merchant.URL, "/hooks", jku, when, []byte(body))
		isAnswer(t, answer, err, http.StatusOK, "")
		if len(received) != 1 || received[0] != body {
			t.Errorf("received %q", received)
		}
	})
	t.Run("an error of the merchant's", func(t *testing.T) {
		answer, err := trueLayer.Notify(t.Context(), merchant.URL, "/hooks", jku, when, []byte("{}"))
		isAnswer(t, answer, err, http.StatusInternalServerError, "Internal Server Error")
	})
	t.Run("another address of keys", func(t *testing.T) {
		answer, err := trueLayer.Notify(t.Context(), merchant.URL, "/hooks", "https://evil.example/jwks", when, []byte(body))
		isRefused(t, answer, err, "not from TrueLayer, or an old one")
	})
	t.Run("key rotation", func(t *testing.T) {
		next, err := NewTrueLayerServer("token", nil, "hooks-2", hooks)
		answer, err := must(t, next, err).Notify(t.Context(), merchant.URL, "/hooks", jku, when, []byte(body))
		isRefused(t, answer, err, "unknown key")
	})

	_, err = trueLayer.Notify(t.Context(), merchant.URL, "/hooks", jku, when, []byte(body))
	good := calls.last("POST")
	if err != nil || len(received) != 2 {
		t.Fatalf("received %q, error %v", received, err)
	}
	sign := func(header, text string) string {
		t.Helper()
		token, err := trueLayer.sign(header, []byte(text))
		return must(t, token, err)
	}
	const head = `{"alg":"ES512","kid":"hooks-1","tl_version":"2","tl_headers":`
	for _, test := range []struct {
		name   string
		change func(r *http.Request) (body string)
		class  error
	}{
		{"nothing", func(r *http.Request) string { return body }, nil},
		{"method", func(r *http.Request) string { r.Method = "PUT"; return body }, jose.ErrSignature},
		{"path", func(r *http.Request) string { r.URL.Path = "/"; return body }, jose.ErrSignature},
		{"query", func(r *http.Request) string { r.URL.RawQuery = "a=1"; return body }, jose.ErrSignature},
		{"body", func(r *http.Request) string { return body + " " }, jose.ErrSignature},
		{"timestamp", func(r *http.Request) string {
			r.Header.Set("X-Tl-Webhook-Timestamp", "2026-11-23T00:00:00Z")
			return body
		}, jose.ErrSignature},
		{"media type", func(r *http.Request) string { r.Header.Set("Content-Type", "text/plain"); return body }, jose.ErrSignature},
		{"no timestamp", func(r *http.Request) string { r.Header.Del("X-Tl-Webhook-Timestamp"); return body }, jose.ErrClaims},
		{"two timestamps", func(r *http.Request) string { r.Header.Add("X-Tl-Webhook-Timestamp", when); return body }, jose.ErrClaims},
		{"no signature", func(r *http.Request) string { r.Header.Del("Tl-Signature"); return body }, jose.ErrMalformed},
		{"timestamp not signed", func(r *http.Request) string {
			r.Header.Set("Tl-Signature", sign(head+`"Content-Type","jku":"`+jku+`"}`, "POST /hooks\nContent-Type: application/json\n"+body))
			return body
		}, jose.ErrClaims},
		{"no tl_headers", func(r *http.Request) string {
			r.Header.Set("Tl-Signature", sign(`{"alg":"ES512","kid":"hooks-1","tl_version":"2","jku":"`+jku+`"}`, body))
			return body
		}, jose.ErrClaims},
		{"no jku", func(r *http.Request) string {
			r.Header.Set("Tl-Signature", sign(head+`"X-Tl-Webhook-Timestamp"}`, "POST /hooks\nX-Tl-Webhook-Timestamp: "+when+"\n"+body))
			return body
		}, jose.ErrClaims},
		{"another version", func(r *http.Request) string {
			r.Header.Set("Tl-Signature", sign(`{"alg":"ES512","kid":"hooks-1","tl_version":"3","tl_headers":"X-Tl-Webhook-Timestamp","jku":"`+jku+`"}`,
				"POST /hooks\nX-Tl-Webhook-Timestamp: "+when+"\n"+body))
			return body
		}, jose.ErrClaims},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest("POST", "/hooks", nil)
			r.Header = good.header.Clone()
			body := test.change(r)
			message, sent, err := receiver.Verify(r, []byte(body))
			isClass(t, err, test.class)
			if err == nil && !sent.Equal(at) {
				t.Errorf("sent at %v", sent)
			}
			if err == nil && !bytes.HasSuffix(message.Payload, []byte(body)) {
				t.Errorf("verified %q", message.Payload)
			}
		})
	}

	t.Run("age", func(t *testing.T) {
		defer func() { now, receiver.MaxAge = at, 0 }()
		for _, test := range []struct {
			maxAge, age time.Duration
			says        string
		}{
			{0, 72 * time.Hour, ""},
			{0, 72*time.Hour + 1, "too long ago"},
			{0, 365 * 24 * time.Hour, "too long ago"},
			{0, -time.Minute, ""},
			{0, -time.Minute - 1, "in the future"},
			{time.Minute, time.Minute, ""},
			{time.Minute, time.Minute + 1, "too long ago"},
		} {
			now, receiver.MaxAge = at.Add(test.age), test.maxAge
			r := httptest.NewRequest("POST", "/hooks", nil)
			r.Header = good.header.Clone()
			_, _, err := receiver.Verify(r, []byte(body))
			if test.says == "" {
				isClass(t, err, nil)
				continue
			}
			isClass(t, err, jose.ErrClaims)
			if !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v after %v: %v", test.maxAge, test.age, err)
			}
		}
		now = at.Add(72*time.Hour + 1)
		answer, err := trueLayer.Notify(t.Context(), merchant.URL, "/hooks", jku, when, []byte(body))
		isRefused(t, answer, err, "not from TrueLayer, or an old one")
		answer, err = trueLayer.Notify(t.Context(), merchant.URL, "/hooks", jku, "1795305600", []byte(body))
		isRefused(t, answer, err, "not from TrueLayer, or an old one")
		r := httptest.NewRequest("POST", "/hooks", nil)
		r.Header = calls.last("POST").header.Clone()
		_, _, err = receiver.Verify(r, []byte(body))
		isClass(t, err, jose.ErrClaims)
		if !strings.Contains(err.Error(), "parsing time") {
			t.Errorf("seconds: %v", err)
		}
	})

	// The published webhook, with the published key.
	published2, err := jose.ParsePublicKey([]byte(keyOf(t, "TrueLayer", "truelayer").PublicPEM))
	must(t, published2, err)
	sample := caseOf(t, "TrueLayer", "truelayer/published-webhook")
	header, err := jose.UnverifiedHeader(sample.Token)
	must(t, header, err)
	published2, err = published2.WithKeyID(header.KeyID())
	must(t, published2, err)
	published, err = jose.MarshalKeySet(published2)
	must(t, published, err)
	set, err = jose.ParseKeySet(published)
	must(t, set, err)
	published3, err := time.Parse(time.RFC3339, "2021-11-29T11:42:55Z")
	now = must(t, published3, err)
	receiver, err = NewTrueLayerReceiver(jku, set, clock)
	must(t, receiver, err)
	r := httptest.NewRequest("POST", "/tl-webhook", nil)
	r.Header.Set("Tl-Signature", sample.Token)
	r.Header.Set("X-Tl-Webhook-Timestamp", "2021-11-29T11:42:55Z")
	r.Header.Set("Content-Type", "application/json")
	message, _, err := receiver.Verify(r, []byte(`{"event_type":"example","event_id":"18b2842b-a57b-4887-a0a6-d3c7c36f1020"}`))
	if err != nil || string(message.Payload) != *sample.Payload {
		t.Errorf("the published webhook: error %v", err)
	}
}
