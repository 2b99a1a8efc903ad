package wire

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

var enc = base64.RawURLEncoding.EncodeToString

func jws(header, payload string) string {
	return enc([]byte(header)) + "." + enc([]byte(payload)) + "."
}

// trusting accepts every token, as a library without any setting would.
func trusting(covers ...string) *Adapter {
	payload := func(r *Request) ([]byte, error) {
		_, rest, _ := strings.Cut(r.Token, ".")
		p, _ := base64.RawURLEncoding.DecodeString(strings.TrimSuffix(rest, "."))
		return p, nil
	}
	return &Adapter{Name: "trusting", Covers: covers, Verify: payload, VerifyJWT: payload, Decrypt: payload,
		ReadKey: func(*Request) error { return nil }, ReadSet: func(*Request) error { return nil }}
}

func ask(t *testing.T, a *Adapter, request any) (out struct {
	OK          *bool
	Payload     *string
	Error       string
	Unsupported string
}) {
	t.Helper()
	line, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := json.Marshal(a.answer(line))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(reply, &out); err != nil {
		t.Fatal(err)
	}
	if (out.OK == nil) == (out.Unsupported == "") {
		t.Fatalf("reply needs one of ok and unsupported: %s", reply)
	}
	return out
}

type members = map[string]any

// A demand that the library has no setting for is never its merit (a refusal)
// nor its fault (an acceptance); one that is met is an acceptance.
func TestLeftOver(t *testing.T) {
	const claims = `{"iss":"a","sub":"s","aud":["x","y"],"exp":1}`
	token := jws(`{"alg":"HS512","typ":"JWT"}`, claims)
	for name, unmet := range map[string]members{
		"issuer":      {"issuer": "b"},
		"subject":     {"subject": "b"},
		"audience":    {"audience": []string{"z"}},
		"no_audience": {"no_audience": true},
		"type":        {"type": "at+jwt"},
	} {
		request := members{"op": "verify-jwt", "alg": "HS512", "token": token, "policy": unmet}
		if r := ask(t, trusting(), request); r.Unsupported == "" {
			t.Errorf("%s is not covered and not met: %+v, want unsupported", name, r)
		}
		if r := ask(t, trusting(name), request); r.OK == nil || !*r.OK {
			t.Errorf("%s is covered: %+v, want what the library says", name, r)
		}
	}
	for _, exp := range []string{`{}`, `{"exp":null}`} {
		request := members{"op": "verify-jwt", "alg": "HS512", "token": jws(`{}`, exp), "policy": members{}}
		if r := ask(t, trusting(), request); r.Unsupported == "" {
			t.Errorf("%s: %+v, want unsupported", exp, r)
		}
	}
	met := members{"issuer": "a", "subject": "s", "audience": []string{"y"}, "type": "application/jwt"}
	if r := ask(t, trusting(), members{"op": "verify-jwt", "alg": "HS512", "token": token, "policy": met}); r.OK == nil || !*r.OK {
		t.Errorf("all met: %+v, want ok", r)
	}
	for _, policy := range []members{{"max_age": 1}, {"leeway": 1}, {"no_exp_lifetime": 1}, {"audience": []string{"x", "z"}}} {
		if r := ask(t, trusting(), members{"op": "verify-jwt", "alg": "HS512", "token": token, "policy": policy}); r.Unsupported == "" {
			t.Errorf("%v: %+v, want unsupported", policy, r)
		}
	}
}

func TestLeftOverHeader(t *testing.T) {
	for _, c := range []struct {
		header      string
		unsupported bool
	}{
		{`{"url":"/a"}`, false},
		{`{"url":"/b"}`, true},
		{`{}`, true},
	} {
		r := ask(t, trusting(), members{"op": "verify", "token": jws(c.header, "x"), "check": members{"url": "/a"}})
		if (r.Unsupported != "") != c.unsupported {
			t.Errorf("%s: %+v, want unsupported %v", c.header, r, c.unsupported)
		}
	}
	if r := ask(t, trusting(), members{"op": "verify", "token": ` {"payload":""}.`}); r.Unsupported == "" {
		t.Errorf("JSON serialization: %+v, want unsupported", r)
	}
	for enc, unsupported := range map[string]bool{"A256GCM": false, "A128GCM": true} {
		r := ask(t, trusting(), members{"op": "decrypt", "token": jws(`{"enc":"`+enc+`"}`, "x")})
		if (r.Unsupported != "") != unsupported {
			t.Errorf("%s: %+v, want unsupported %v", enc, r, unsupported)
		}
	}
}

func TestLeftOverKey(t *testing.T) {
	for input, fits := range map[string]bool{
		`{"kty":"EC","crv":"P-521"}`:                                 true,
		`{"kty":"EC","crv":"P-256"}`:                                 false,
		`{"kty":"RSA"}`:                                              false,
		`{"kty":"EC","crv":"P-521","d":"AA"}`:                        false,
		`{"kty":"EC","crv":"P-521","use":"enc"}`:                     false,
		`{"kty":"EC","crv":"P-521","alg":"ES256"}`:                   false,
		`{"kty":"EC","crv":"P-521","key_ops":["sign"]}`:              false,
		`{"kty":"EC","crv":"P-521","key_ops":["verify"]}`:            true,
		"-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----": false, // which curve, is not told
	} {
		for _, r := range []members{
			{"op": "key", "alg": "ES512", "role": "public", "key_form": "jwk", "input": input},
			{"op": "keyset", "alg": "ES512", "role": "public", "input": `{"keys":[{"kty":"oct"},` + input + `]}`},
		} {
			if r["op"] == "keyset" && input[0] != '{' {
				continue
			}
			if got := ask(t, trusting(), r); (got.OK != nil) != fits {
				t.Errorf("%s %s: %+v, want fit %v", r["op"], input, got, fits)
			}
		}
	}
}

func TestNested(t *testing.T) {
	inner := jws(`{"typ":"JWT"}`, `{"iss":"a","exp":1}`)
	request := func(op, header string) members {
		return members{"op": op, "alg": "RSA-OAEP", "inner_alg": "HS512", "token": jws(header, inner), "policy": members{"any_issuer": true}}
	}
	for header, unsupported := range map[string]bool{
		`{"enc":"A256GCM","cty":"JWT"}`:           false,
		`{"enc":"A256GCM","cty":"jwt","iss":"a"}`: false,
		`{"enc":"A256GCM","cty":"JWT","iss":"b"}`: true,
		`{"enc":"A256GCM"}`:                       true,
		`{"enc":"A128GCM","cty":"JWT","iss":"a"}`: true,
	} {
		if r := ask(t, trusting(), request("nested-jwt", header)); (r.Unsupported != "") != unsupported {
			t.Errorf("%s: %+v, want unsupported %v", header, r, unsupported)
		}
	}
	if r := ask(t, trusting(), request("nested", `{"enc":"A256GCM"}`)); r.Payload == nil || *r.Payload != enc([]byte(`{"iss":"a","exp":1}`)) {
		t.Errorf("nested: %+v, want the inner payload", r)
	}
}

// What the library does badly is its refusal, and never the adapter's end.
func TestAnswer(t *testing.T) {
	a := trusting()
	a.Verify = func(*Request) ([]byte, error) { panic("index out of range") }
	if r := ask(t, a, members{"op": "verify"}); r.OK == nil || *r.OK || r.Error != "panic: index out of range" {
		t.Errorf("panic: %+v", r)
	}
	a.Verify = func(*Request) ([]byte, error) { return nil, errors.New("no \xff") }
	if r := ask(t, a, members{"op": "verify"}); r.OK == nil || *r.OK || r.Error != "no ?" {
		t.Errorf("error: %+v", r)
	}
	for _, op := range []string{"sign", "encrypt", "thumbprint", "other"} {
		if r := ask(t, a, members{"op": op}); r.Unsupported == "" {
			t.Errorf("%s: %+v, want unsupported", op, r)
		}
	}
	if r := ask(t, a, members{"op": "key", "alg": "HS512", "role": "public"}); r.Unsupported == "" {
		t.Errorf("public half of a secret: %+v, want unsupported", r)
	}
}

func TestClaimsOnly(t *testing.T) {
	no := errors.New("no")
	for payload, want := range map[string]bool{`{"a":1}`: false, "text": true, "[]": true, "": true} {
		err := ClaimsOnly(&Request{Token: jws("{}", payload)}, no)
		if errors.As(err, new(Unsupported)) != want {
			t.Errorf("%q: %v, want unsupported %v", payload, err, want)
		}
	}
	if err := ClaimsOnly(&Request{Token: jws("{}", "text")}, nil); err != nil {
		t.Errorf("accepted: %v", err)
	}
}
