package providers

import (
	"bytes"
	"crypto/rsa"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
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
		_, err := verifier.Verify(token, path, []byte(body))
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
		answer, err = post(path, sample.Token, body) // again
		isRefused(t, answer, err, "UPI-UUID")
		isClass(t, verify(sample.Token, path, body), jose.ErrClaims)
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
		isClass(t, verify(token, path, body), nil) // its number was not used up by the other path
		isClass(t, verify(token, path, body), jose.ErrClaims)
	})
	// The clock of the sender is as far ahead as it may be, and the receiver's is between two seconds:
	// the number has to be kept for as long as the request could be taken.
	t.Run("replay at the end of the window", func(t *testing.T) {
		defer func() { now = time.Unix(in, 0) }()
		now = time.Unix(in, 900_000_000)
		token, err := signerOf(t, key, jose.RS256).SignDetached([]byte(body), id, next(), stamp(in+300), app, reqPath)
		answer, err := post(path, must(t, token, err), body)
		isAnswer(t, answer, err, http.StatusOK, ok)
		isClass(t, verify(token, path, body), nil)
		for _, later := range []time.Duration{0, 599 * time.Second, 600500 * time.Millisecond, 601*time.Second - 1} {
			now = time.Unix(in, 0).Add(later)
			answer, err = post(path, token, body)
			isRefused(t, answer, err, "UPI-UUID")
			err = verify(token, path, body)
			isClass(t, err, jose.ErrClaims)
			if !strings.Contains(err.Error(), "has come before") {
				t.Errorf("after %v: %v", later, err)
			}
		}
		now = time.Unix(in+601, 0)
		answer, err = post(path, token, body)
		isRefused(t, answer, err, "UPI-TIMESTAMP")
		isClass(t, verify(token, path, body), jose.ErrClaims)
	})
	t.Run("the window ends while a request is verified", func(t *testing.T) {
		calls := 0
		v, err := NewUnionPayVerifier(appID, map[string]*jose.PublicKey{kid: public}, func() time.Time {
			calls++
			return time.Unix(in+299+int64(calls), 0)
		})
		_, err = must(t, v, err).Verify(good(), path, []byte(body))
		isClass(t, err, jose.ErrClaims)
		if calls != 2 {
			t.Errorf("asked %d times for the time", calls)
		}
	})
	t.Run("numbers are forgotten", func(t *testing.T) {
		now = now.Add(2*unionPayWindow + time.Second)
		defer func() { now = now.Add(-2*unionPayWindow - time.Second) }()
		for name, numbers := range map[string]*onceOnly{"server": &s.numbers, "verifier": &verifier.numbers} {
			numbers.mu.Lock()
			before := len(numbers.kept)
			numbers.mu.Unlock()
			if name == "server" {
				if _, err := client.Call(t.Context(), path, []byte(body)); err != nil {
					t.Fatal(err)
				}
			} else {
				token, err := signerOf(t, key, jose.RS256).SignDetached([]byte(body), id, next(), stamp(now.Unix()), app, reqPath)
				isClass(t, verify(must(t, token, err), path, body), nil)
			}
			numbers.mu.Lock()
			defer numbers.mu.Unlock()
			if before < 2 || len(numbers.kept) != 1 {
				t.Errorf("%s: %d numbers before, %d after", name, before, len(numbers.kept))
			}
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
	areErrors(t, map[string]func() error{
		"a server without an application": func() error { _, err := NewUnionPayServer("", nil); return err },
		"a server with a key that is none": func() error {
			_, err := NewUnionPayServer(appID, map[string]*rsa.PublicKey{"1": nil})
			return err
		},
		"a server with a key without a kid": func() error {
			_, err := NewUnionPayServer(appID, map[string]*rsa.PublicKey{"": &rsaKey(t, file).PublicKey})
			return err
		},
		"a verifier without an application": func() error {
			_, err := NewUnionPayVerifier("", map[string]*jose.PublicKey{kid: public}, nil)
			return err
		},
		"a verifier with a key without a kid": func() error {
			_, err := NewUnionPayVerifier(appID, map[string]*jose.PublicKey{"": public}, nil)
			return err
		},
		"a client without an application": func() error {
			_, err := NewUnionPayClient(nil, "", "", kid, []byte(file))
			return err
		},
		"a client without a kid": func() error {
			_, err := NewUnionPayClient(nil, "", appID, "", []byte(file))
			return err
		},
	})
}
