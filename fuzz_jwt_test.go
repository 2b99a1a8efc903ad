package jose

import (
	"bytes"
	"encoding/json"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var fuzzExponent = regexp.MustCompile(`[eE][+-]?0*([1-9][0-9]{3,})$`)

// FuzzNumericDate compares the reading of a number with math/big, and the comparison of it with
// a time.
func FuzzNumericDate(f *testing.F) {
	for _, text := range []string{"0", "-0", "1.5", "1e9", "1.30081938e+09", "12345678901.5", "0e999", "253402300799.9999999999", "253402300800",
		"-62167219200", "-62167219200.0000000001", "17000000005e-1", "-0.9999999995", "1e-400", "1E+0011", "\"1\"", "null"} {
		f.Add(text, int64(jwtNow), int64(1))
	}
	f.Fuzz(func(t *testing.T, text string, seconds, nanos int64) {
		if !json.Valid([]byte(text)) || text == "" || strings.TrimSpace(text) != text || len(text) > 3000 {
			return // values come from the JSON reader
		}
		if c := text[0]; c != '-' && (c < '0' || c > '9') {
			if _, ok := parseNumericDate(text); ok {
				t.Fatalf("%s: accepted", text)
			}
			return
		}
		if m := fuzzExponent.FindStringSubmatchIndex(text); m != nil {
			// An exponent beyond what digits make up for may as well be 9999.
			got, ok := parseNumericDate(text)
			text = text[:m[2]] + "9999"
			want, wantOK := parseNumericDate(text)
			if got != want && wantOK || ok != wantOK {
				t.Fatalf("%s with a large exponent: %v, %v", text, got, ok)
			}
		}
		at := time.Unix(seconds%400_000_000_000, nanos%1_000_000_000)
		checkNumericDate(t, text, at)
	})
}

// fuzzStrict reports whether encoding/json reads text as an object, and no name stands twice in
// an object. It is the oracle for the strict reader, but for lone surrogates, which it replaces.
func fuzzStrict(text string) bool {
	if !utf8.ValidString(text) || !json.Valid([]byte(text)) {
		return false
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	type level struct {
		object bool
		key    bool // the next token is a name
		names  map[string]bool
	}
	var levels []level
	for {
		token, err := d.Token()
		if err == io.EOF {
			return true
		}
		if err != nil {
			return false
		}
		top := len(levels) - 1
		if delim, ok := token.(json.Delim); ok && (delim == '}' || delim == ']') {
			levels = levels[:top]
			continue
		}
		if top >= 0 && levels[top].object {
			if levels[top].key {
				name := token.(string)
				if levels[top].names[name] {
					return false
				}
				levels[top].names[name], levels[top].key = true, false
				continue
			}
			levels[top].key = true
		}
		delim, ok := token.(json.Delim)
		if top < 0 && (!ok || delim != '{') {
			return false
		}
		if ok {
			if levels = append(levels, level{delim == '{', true, map[string]bool{}}); len(levels) > 32 {
				return false
			}
		}
	}
}

// fuzzTypes reports whether the registered claims have their types.
func fuzzTypes(t *testing.T, members map[string]json.RawMessage) bool {
	for name, value := range members {
		var v any
		d := json.NewDecoder(bytes.NewReader(value))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		switch name {
		case "iss", "sub", "jti":
			if _, ok := v.(string); !ok {
				return false
			}
		case "aud":
			list, ok := v.([]any)
			if _, text := v.(string); !ok && !text {
				return false
			}
			for _, e := range list {
				if _, ok := e.(string); !ok {
					return false
				}
			}
		case "exp", "nbf", "iat":
			n, ok := v.(json.Number)
			if !ok {
				return false
			}
			if fuzzExponent.MatchString(n.String()) {
				_, ok := parseNumericDate(n.String()) // FuzzNumericDate has these
				return ok
			}
			if _, ok := jwtExact(n.String()); !ok {
				return false
			}
		}
	}
	return true
}

var fuzzSurrogate = regexp.MustCompile(`\\u[dD][89a-fA-F]`)

// FuzzClaims compares the reading of claims with encoding/json: what is accepted, and what it says.
func FuzzClaims(f *testing.F) {
	for _, text := range []string{
		`{}`, ` { } `, `{"iss":"i","sub":"s","aud":"a","exp":1,"nbf":2.5,"iat":-3e2,"jti":"j","x":[1,{"y":null}]}`, `{"aud":["a","b"]}`, `{"aud":[]}`,
		`{"iss":1}`, `{"exp":"1"}`, `{"iss":"a","\u0069ss":"b"}`, `{"x":{"a":1,"a":2}}`, `{"iſs":"x","ISS":2}`, `{"s":"\ud83d\ude00\n"}`, `{"s":"\ud83d"}`,
		`{"n":9007199254740993}`, "\ufeff{}", `{}{}`, `[]`, `null`, "{\"a\":\"\xff\"}", `{"exp":1e400}`, `{"":0}`, `{"a":01}`, strings.Repeat(`{"a":`, 33) + "1" + strings.Repeat("}", 33),
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<16 {
			return
		}
		var c Claims
		err := c.read(text)
		var members map[string]json.RawMessage
		want := fuzzStrict(text) && json.Unmarshal([]byte(text), &members) == nil && fuzzTypes(t, members)
		if err != nil {
			fuzzClass(t, err, false, ErrMalformed)
			if want && !fuzzSurrogate.MatchString(text) {
				t.Fatalf("%s: %v", text, err)
			}
			return
		}
		if !want {
			t.Fatalf("%s: accepted, and encoding/json says no", text)
		}
		if string(c.Payload()) != text || len(c.all()) != len(members) {
			t.Fatalf("%s: %d claims, want %d", text, len(c.all()), len(members))
		}
		for name, value := range members {
			var raw json.RawMessage
			if err := c.Get(name, &raw); err != nil || !c.Has(name) || !bytes.Equal(bytes.TrimSpace(value), raw) {
				t.Fatalf("%s: %q is %s, want %s: %v", text, name, raw, value, err)
			}
			var s string
			var want any
			if json.Unmarshal(value, &want) == nil {
				if _, ok := want.(string); ok != (c.Get(name, &s) == nil) || ok && s != want {
					t.Fatalf("%s: %q is %q, want %q", text, name, s, want)
				}
			}
		}
		// Signed again, they say the same.
		again, err := c.appendJSON(nil)
		for _, d := range []NumericDate{c.ExpiresAt, c.NotBefore, c.IssuedAt} {
			if d.more {
				fuzzClass(t, err, false, ErrMalformed)
				return
			}
		}
		if err != nil {
			t.Fatalf("%s: signed again: %v", text, err)
		}
		var second Claims
		if err := second.read(string(again)); err != nil {
			t.Fatalf("%s: signed again as %s: %v", text, again, err)
		}
		if second.Issuer != c.Issuer || second.Subject != c.Subject || second.ID != c.ID || !slices.Equal(second.Audience, c.Audience) ||
			second.ExpiresAt != c.ExpiresAt || second.NotBefore != c.NotBefore || second.IssuedAt != c.IssuedAt {
			t.Fatalf("%s: signed again as %s", text, again)
		}
		for name, value := range members {
			var raw json.RawMessage
			if !registeredClaim(name) && (second.Get(name, &raw) != nil || !bytes.Equal(bytes.TrimSpace(value), raw)) {
				t.Fatalf("%s: signed again as %s", text, again)
			}
		}
	})
}

// FuzzSignClaims checks that what is signed is what comes back.
func FuzzSignClaims(f *testing.F) {
	f.Add("i", "s", "a", "b", "j", int64(jwtNow), "name", "value")
	f.Add("", "", "", "", "", int64(-1), "", "")
	f.Add("\xff", "\u2028", "a\x00b", "é", "\"\\", int64(1)<<62, "exp", "\x1f")
	f.Add("<", "\u212a", "", "\ufeff", "😀", int64(0), "\xc3", "x")
	s := encMust[*Signer](f)(NewHS512Signer(encSecret))
	f.Fuzz(func(t *testing.T, iss, sub, aud1, aud2, jti string, exp int64, name, value string) {
		c := Claims{Issuer: iss, Subject: sub, Audience: []string{aud1, aud2}, ID: jti, ExpiresAt: NewNumericDate(time.Unix(exp, 0))}
		good := utf8.ValidString(iss + "|" + sub + "|" + aud1 + "|" + aud2 + "|" + jti)
		for _, s := range []string{iss, sub, aud1, aud2, jti} {
			good = good && utf8.ValidString(s)
		}
		years := exp >= time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).Unix() && exp < time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
		err := c.Set(name, value)
		if settable := utf8.ValidString(name) && utf8.ValidString(value) && !registeredClaim(name); settable != (err == nil) {
			t.Fatalf("Set(%q, %q): %v", name, value, err)
		}
		if err != nil {
			fuzzClass(t, err, false, ErrMalformed)
		}
		token, signErr := s.SignClaims(&c)
		if (signErr == nil) != (good && years) {
			t.Fatalf("%+v: %v", c, signErr)
		}
		if signErr != nil {
			fuzzClass(t, signErr, false, ErrMalformed)
			return
		}
		policy := Policy{Issuer: iss, AnyIssuer: iss == "", Subject: sub, AnySubject: sub == "", Audience: []string{aud1}, AnyType: true}.at(time.Unix(exp-1, 0))
		if aud1 == "" {
			policy.Audience = []string{"x"}
		}
		got, verifyErr := policy.Verify(jwtVerifier(), token)
		if aud1 == "" && aud2 != "x" {
			if fuzzClass(t, verifyErr, false, ErrClaims) != ErrClaims {
				t.Fatal(verifyErr)
			}
			return
		}
		if verifyErr != nil || got.Issuer != iss || got.Subject != sub || got.ID != jti || !slices.Equal(got.Audience, c.Audience) || got.ExpiresAt != c.ExpiresAt {
			t.Fatalf("%+v came back as %+v: %v", c, got, verifyErr)
		}
		var back string
		if err == nil && (got.Get(name, &back) != nil || back != value) {
			t.Fatalf("%q: %q came back as %q", name, value, back)
		}
		if _, err := policy.at(time.Unix(exp, 0)).Verify(jwtVerifier(), token); fuzzClass(t, err, false, ErrClaims, ErrExpired) != ErrExpired {
			t.Fatal(err)
		}
	})
}
