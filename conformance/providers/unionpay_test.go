package providers

import (
	"bytes"
	"crypto/rsa"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"example.com/jose"
)

func TestUnionPay(t *testing.T) {
	t.Parallel()
	const (
		kid   = "1555570302"
		appID = "00520446"
		path  = "/uais/mpqrc/v1/void"
		ok    = `{"msgResponse":{"responseCode":"00","responseMsg":"Approved"}}`
	)
	file := keyOf(t, "UnionPay", "own-institution").PEM
	key, otherKey := privateKey(t, file), privateKey(t, keyOf(t, "Nuapay", "nuapay").PEM)
	public, err := key.Public()
	must(t, public, err)
	sample := caseOf(t, "UnionPay", "unionpay/sample-header/spelled-right")
	body := *sample.Payload

	now := time.Unix(1562232686, 0) // that of the sample
	s, err := NewUnionPayServer(appID, map[string]*rsa.PublicKey{kid: &rsaKey(t, file).PublicKey})
	must(t, s, err).now = func() time.Time { return now }
	calls := &recorder{Handler: s}
	server := start(t, calls)
	verifier, err := NewUnionPayVerifier(appID, map[string]*jose.PublicKey{kid: public}, func() time.Time { return now })
	must(t, verifier, err)
	newClient := func(client *http.Client) *UnionPayClient {
		t.Helper()
		c, err := NewUnionPayClient(client, server.URL, appID, kid, []byte(file))
		must(t, c, err).now = func() time.Time { return now }
		return c
	}
	client := newClient(nil)
	post := func(path, token, body string, headers ...string) (*answer, error) {
		return client.send(t.Context(), path, token, body, headers...)
	}
	verify := func(token, path, body string) error {
		_, err := verifier.VerifyDetached(token, []byte(body), jose.CheckMember("UPI-REQPATH", jose.Equal(path)))
		return err
	}

	// The published header is refused as it is printed, and its copy without the spaces is taken.
	t.Run("sample", func(t *testing.T) {
		printed := caseOf(t, "UnionPay", "unionpay/sample-header")
		answer, err := post(path, printed.Token, body)
		isRefused(t, answer, err, "header")
		isClass(t, verify(printed.Token, path, body), jose.ErrMalformed)
		spaces := caseOf(t, "UnionPay", "unionpay/sample-header/spaces-in-both")
		answer, err = post(path, spaces.Token, body)
		isRefused(t, answer, err, "header")
		if err := verify(spaces.Token, path, body); err == nil {
			t.Error("names with spaces are taken")
		}
		answer, err = post(path, sample.Token, body)
		isAnswer(t, answer, err, http.StatusOK, ok)
		isClass(t, verify(sample.Token, path, body), nil)
		if _, err := verifier.VerifyDetached(sample.Token, []byte(body)); err == nil {
			t.Error("taken without a check of the path")
		} else {
			isClass(t, err, jose.ErrUnsupported)
		}
		answer, err = post(path, sample.Token, body) // again
		isRefused(t, answer, err, "UPI-UUID")
	})
	t.Run("client", func(t *testing.T) {
		got, err := client.Call(t.Context(), path, []byte(body))
		if err != nil || string(got) != ok {
			t.Fatalf("answered %q, error %v", got, err)
		}
		sent := calls.last("POST")
		token := sent.header.Get("UPI-JWS")
		if sent.path != path || sent.body != body {
			t.Errorf("sent %q to %s", sent.body, sent.path)
		}
		isClass(t, verify(token, path, body), nil)
		header, err := jose.UnverifiedHeader(token)
		var number string
		if err == nil {
			err = header.Get("UPI-UUID", &number)
		}
		want := fmt.Sprintf(`{"alg":"RS256","kid":%q,"UPI-UUID":%q,"UPI-TIMESTAMP":"%d","UPI-APPID":%q,"UPI-REQPATH":%q,"crit":["UPI-UUID","UPI-TIMESTAMP","UPI-APPID","UPI-REQPATH"]}`,
			kid, number, now.Unix(), appID, path)
		if octets, err2 := hex.DecodeString(number); err != nil || err2 != nil || len(octets) != 16 || string(header.Bytes()) != want {
			t.Errorf("sent the header %s, error %v", header.Bytes(), err)
		}
		if _, err := client.Call(t.Context(), path, []byte(body)); err != nil {
			t.Errorf("a second call: %v", err)
		}
	})

	uuid := 0
	stamp := func(seconds int64) jose.HeaderOption {
		return jose.CriticalMember("UPI-TIMESTAMP", strconv.FormatInt(seconds, 10))
	}
	next := func() jose.HeaderOption { uuid++; return jose.CriticalMember("UPI-UUID", strconv.Itoa(uuid)) }
	app, reqPath, id := jose.CriticalMember("UPI-APPID", appID), jose.CriticalMember("UPI-REQPATH", path), jose.KeyID(kid)
	in := now.Unix()
	type opts = []jose.HeaderOption
	for _, test := range []struct {
		name   string
		key    *jose.PrivateKey
		opts   opts
		reason string // of the server's refusal
		class  error  // of the same by package jose
	}{
		{"another order", key, opts{reqPath, app, stamp(in), next(), id}, "", nil},
		{"300 seconds ago", key, opts{id, next(), stamp(in - 300), app, reqPath}, "", nil},
		{"in 300 seconds", key, opts{id, next(), stamp(in + 300), app, reqPath}, "", nil},

		{"301 seconds ago", key, opts{id, next(), stamp(in - 301), app, reqPath}, "UPI-TIMESTAMP", jose.ErrClaims},
		{"in 301 seconds", key, opts{id, next(), stamp(in + 301), app, reqPath}, "UPI-TIMESTAMP", jose.ErrClaims},
		{"milliseconds", key, opts{id, next(), stamp(in * 1000), app, reqPath}, "UPI-TIMESTAMP", jose.ErrClaims},
		{"a time with a sign", key, opts{id, next(), jose.CriticalMember("UPI-TIMESTAMP", "+1562232686"), app, reqPath}, "UPI-TIMESTAMP", jose.ErrClaims},
		{"a time with a space", key, opts{id, next(), jose.CriticalMember("UPI-TIMESTAMP", " 1562232686"), app, reqPath}, "UPI-TIMESTAMP", jose.ErrClaims},
		{"a time as a number", key, opts{id, next(), jose.CriticalMember("UPI-TIMESTAMP", in), app, reqPath}, "header", jose.ErrClaims},
		{"another application", key, opts{id, next(), stamp(in), jose.CriticalMember("UPI-APPID", "00520447"), reqPath}, "UPI-APPID", jose.ErrClaims},
		{"another path", key, opts{id, next(), stamp(in), app, jose.CriticalMember("UPI-REQPATH", path+"/")}, "UPI-REQPATH", jose.ErrClaims},
		{"no path", key, opts{id, next(), stamp(in), app}, "crit", jose.ErrClaims},
		{"no application", key, opts{id, next(), stamp(in), reqPath}, "crit", jose.ErrClaims},
		{"no time", key, opts{id, next(), app, reqPath}, "crit", jose.ErrClaims},
		{"no number", key, opts{id, stamp(in), app, reqPath}, "crit", jose.ErrClaims},
		{"an empty number", key, opts{id, jose.CriticalMember("UPI-UUID", ""), stamp(in), app, reqPath}, "UPI-UUID", jose.ErrClaims},
		{"the path is not critical", key, opts{id, next(), stamp(in), app, jose.Member("UPI-REQPATH", path)}, "crit", jose.ErrClaims},
		{"one more critical member", key, opts{id, next(), stamp(in), app, reqPath, jose.CriticalMember("UPI-OTHER", 1)}, "header", jose.ErrUnsupported},
		{"unencoded", key, opts{id, next(), stamp(in), app, reqPath, jose.Unencoded()}, "header", jose.ErrClaims},
		{"kid with a space", key, opts{jose.KeyID(" " + kid), next(), stamp(in), app, reqPath}, "kid", jose.ErrUnknownKey},
		{"another key", otherKey, opts{id, next(), stamp(in), app, reqPath}, "signature", jose.ErrSignature},
	} {
		t.Run(test.name, func(t *testing.T) {
			token, err := signerOf(t, test.key, jose.RS256).SignDetached([]byte(body), test.opts...)
			answer, err := post(path, must(t, token, err), body)
			if test.reason == "" {
				isAnswer(t, answer, err, http.StatusOK, ok)
			} else {
				isRefused(t, answer, err, test.reason)
			}
			isClass(t, verify(token, path, body), test.class)
		})
	}

	good := func() string {
		t.Helper()
		token, err := signerOf(t, key, jose.RS256).SignDetached([]byte(body), id, next(), stamp(in), app, reqPath)
		return must(t, token, err)
	}
	t.Run("replay", func(t *testing.T) {
		token := good()
		answer, err := post("/uais/mpqrc/v1/refund", token, body)
		isRefused(t, answer, err, "UPI-REQPATH")
		isClass(t, verify(token, "/uais/mpqrc/v1/refund", body), jose.ErrClaims)
		answer, err = post(path, token, body)
		isAnswer(t, answer, err, http.StatusOK, ok)
		answer, err = post(path, token, body)
		isRefused(t, answer, err, "UPI-UUID")
	})
	t.Run("numbers are forgotten", func(t *testing.T) {
		s.mu.Lock()
		before := len(s.seen)
		s.mu.Unlock()
		now = now.Add(2*unionPayWindow + time.Second)
		defer func() { now = now.Add(-2*unionPayWindow - time.Second) }()
		if _, err := client.Call(t.Context(), path, []byte(body)); err != nil {
			t.Fatal(err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if before < 3 || len(s.seen) != 1 {
			t.Errorf("%d numbers before, %d after", before, len(s.seen))
		}
	})
	t.Run("body changed on the way", func(t *testing.T) {
		changed := newClient(proxy{request: func(content []byte) []byte {
			return bytes.Replace(content, []byte("10.00"), []byte("99.00"), 1)
		}}.client())
		_, err := changed.Call(t.Context(), path, []byte(body))
		saysRefused(t, err, "signature")
		sent := calls.last("POST")
		isClass(t, verify(sent.header.Get("UPI-JWS"), path, sent.body), jose.ErrSignature)
	})
	t.Run("forms", func(t *testing.T) {
		answer, err := post(path, "", body)
		isRefused(t, answer, err, "segments")
		attached, err := signerOf(t, key, jose.RS256).Sign([]byte(body), id, next(), stamp(in), app, reqPath)
		answer, err = post(path, must(t, attached, err), body)
		isRefused(t, answer, err, "not detached")
		isClass(t, verify(attached, path, body), jose.ErrMalformed)
		es512, err := signerOf(t, privateKey(t, keyOf(t, "Wise", "signer").PEM), jose.ES512).SignDetached([]byte(body), id, next(), stamp(in), app, reqPath)
		answer, err = post(path, must(t, es512, err), body)
		isRefused(t, answer, err, "alg")
		isClass(t, verify(es512, path, body), jose.ErrAlgorithm)
		answer, err = post(path, good(), body, "Content-Type", "text/plain")
		isRefused(t, answer, err, "endpoint")
		answer, err = send(t.Context(), nil, "PUT", server.URL+path, body, "UPI-JWS", good(), "Content-Type", "application/json")
		isRefused(t, answer, err, "endpoint")
	})
	t.Run("not sent", func(t *testing.T) {
		before, _ := calls.count("POST")
		for _, path := range []string{"", "uais", "@host/", "https://host/", "/a b", "/a#b", "/a\r\nHost: b"} {
			if _, err := client.Call(t.Context(), path, []byte(body)); err == nil {
				t.Errorf("%q: no error", path)
			}
		}
		if after, _ := calls.count("POST"); after != before {
			t.Errorf("%d requests were sent", after-before)
		}
	})
	if _, err := NewUnionPayServer("", nil); err == nil {
		t.Error("a server without an application")
	}
	if _, err := NewUnionPayServer(appID, map[string]*rsa.PublicKey{"1": nil}); err == nil {
		t.Error("a server with a key that is none")
	}
}
