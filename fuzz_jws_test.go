package jose

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// A segment is accepted exactly when encoding/base64 writes the result back unchanged.
func FuzzBase64url(f *testing.F) {
	for _, s := range []string{"", "A", "AA", "AB", "AAA", "AAB", "A-z_4ME", "A+z/4ME=", "AA==", "AA\nAA", "AAAA\r\n", "AAAAAAAAAAA", " AAAA", "AAAA\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		octets, err := base64.RawURLEncoding.DecodeString(s)
		want := err == nil && base64.RawURLEncoding.EncodeToString(octets) == s
		got, err := appendDecode(nil, s)
		if (err == nil) != want || want && !bytes.Equal(got, octets) {
			t.Fatalf("%q: %x, error %v; want %x, %v", s, got, err, octets, want)
		}
		b64Check(t, s)
		// And the other way around.
		text := string(appendEncode(nil, []byte(s)))
		if text != base64.RawURLEncoding.EncodeToString([]byte(s)) {
			t.Fatalf("%q is encoded as %q", s, text)
		}
		b64Check(t, text)
	})
}

// An object is accepted exactly when the oracle accepts it, and has the values that encoding/json
// finds.
func FuzzReadObject(f *testing.F) {
	for _, c := range josObjects {
		f.Add(c.text)
	}
	f.Add(josMembers(20, func(i int) string { return string(rune('a' + i)) }))
	f.Fuzz(func(t *testing.T, text string) { josCheckObject(t, text) })
}

// A header that is read is an object of distinct names and right types; written as an exact
// header, it is the same octets and means the same.
func FuzzHeader(f *testing.F) {
	for _, text := range []string{
		`{"alg":"HS512"}`, `{"alg":"HS512","kid":"1","typ":"JWT","cty":"x","crit":["b64"],"b64":false}`, `{"alg":"RSA-OAEP","enc":"A256GCM","zip":"DEF"}`,
		`{"alg":"","crit":["x","y"],"x":1,"y":{}}`, `{"alg":"HS512","crit":[]}`, `{"alg":"HS512","b64":false}`, `{"alg":"HS512","x5c":["a"],"jwk":{}}`,
		" {\"\\u0061lg\" : \"x\"}\r\n", `{"alg":1}`, `{}`, `{"alg":"x","alg":"y"}`, `{"alg":"HS512","crit":["alg"]}`,
	} {
		f.Add(text, false)
		f.Add(text, true)
	}
	f.Fuzz(func(t *testing.T, text string, jwe bool) {
		h, err := parseHeader(text, jwe)
		if err != nil {
			if josClass(err) != ErrMalformed || h != nil {
				t.Fatalf("%q: %v beside error %v", text, h, err)
			}
			return
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &want); err != nil || len(text) > 16<<10 || string(h.Bytes()) != text {
			t.Fatalf("%q is accepted: %v", text, err)
		}
		for name, got := range map[string]string{"alg": h.Algorithm(), "enc": h.Encryption(), "kid": h.KeyID(), "typ": h.Type(), "cty": h.ContentType()} {
			var s string
			if json.Unmarshal(want[name], &s) != nil {
				s = "" // no string, or not there
			}
			if got != s {
				t.Fatalf("%q: %q is %q, not %q", text, name, got, s)
			}
		}
		for _, name := range h.Critical() {
			if _, ok := want[name]; !ok || registered(name) {
				t.Fatalf("%q: crit names %q", text, name)
			}
		}
		if h.unencoded != (!jwe && string(want["b64"]) == "false") {
			t.Fatalf("%q: unencoded is %v", text, h.unencoded)
		}
		if jwe && (h.Encryption() != "A256GCM" || h.Has("zip") || h.Has("b64")) {
			return
		}
		enc := ""
		if jwe {
			enc = h.Encryption()
		}
		w, err := newHeaderWriter(h.Algorithm(), enc, []HeaderOption{ExactHeader([]byte(text))})
		if err != nil || string(w.encoded) != base64.RawURLEncoding.EncodeToString([]byte(text))+"." || w.unencoded != h.unencoded {
			t.Fatalf("%q is not written as it was read: %v", text, err)
		}
	})
}

// A header that we write is one that we read, with the values that were asked for; there is no
// value that makes it another one.
func FuzzWriteHeader(f *testing.F) {
	f.Add("1", "url", "https://example.com/?a=b&c=d", `{"a":[1]}`, "1.5e3", int64(-1), false)
	f.Add(`","alg":"none`, "\x00", "\u2028<>", `1,"alg":"none"`, "01", int64(0), true)
	f.Add("\xff", "", "\xed\xa0\x80", `"\ud800"`, "NaN", int64(1)<<62, true)
	f.Add("", "b64", "", ``, "", int64(0), true)
	f.Fuzz(func(t *testing.T, kid, name, text, raw, number string, n int64, critical bool) {
		member := Member
		if critical {
			member = CriticalMember
		}
		opts := []HeaderOption{KeyID(kid), member("n"+name, n), Member("l"+name, []string{text, name}), Member("r"+name, json.RawMessage(raw)), Member("j"+name, json.Number(number))}
		got, _, err := josWritten("HS512", "", opts, []HeaderOption{member(name, text)})
		if err != nil {
			if josClass(err) != ErrMalformed {
				t.Fatal(err)
			}
			return
		}
		h, err := parseHeader(got, false)
		if err != nil || len(h.members) > 8 || !json.Valid([]byte(got)) || !utf8.ValidString(got) {
			t.Fatalf("wrote %q: %v", got, err)
		}
		var gotText string
		var gotList []string
		var gotRaw json.RawMessage
		var gotNumber json.Number
		var gotN int64
		for member, v := range map[string]any{name: &gotText, "n" + name: &gotN, "l" + name: &gotList, "r" + name: &gotRaw, "j" + name: &gotNumber} {
			if err := h.Get(member, v); err != nil {
				t.Fatalf("%q: %v", got, err)
			}
		}
		if h.Algorithm() != "HS512" || h.KeyID() != kid || gotText != text || gotN != n || len(gotList) != 2 || gotList[0] != text || gotList[1] != name ||
			string(gotRaw) != strings.Trim(raw, " \t\r\n") || string(gotNumber) != number || h.Has("crit") != critical {
			t.Fatalf("wrote %q", got)
		}
	})
}

// Any header and payload, rightly signed: what is accepted says what was sent, and is not accepted
// any more when a byte changes.
func FuzzVerify(f *testing.F) {
	for _, form := range jwsShapes {
		f.Add(form.header("HS512", ""), "eA", "x", uint(3), byte('A'))
		f.Add(form.header("HS512", `,"kid":"k","x":{"y":[1]}`), "eA.", "", uint(100), byte('.'))
	}
	for _, header := range []string{`{"alg":"none"}`, `{"alg":"RS256"}`, `{"alg":"HS512","crit":["x"],"x":1}`, `{"alg":"HS512","b64":false}`, ` {"alg" : "HS512"} `, ``} {
		f.Add(header, "eA", "\x00\xff", uint(0), byte(0))
	}
	f.Fuzz(func(t *testing.T, header, middle, content string, at uint, with byte) {
		v := jwsVerifier(t, "HS512")
		h := jwsB64([]byte(header))
		token := jwsSigned("HS512", h, middle)
		check := func(m *Message, err error) bool {
			switch class := josClass(err); {
			case (m == nil) != (err != nil):
				t.Fatalf("%q: message %v beside error %v", token, m, err)
			case err != nil && class != ErrMalformed && class != ErrUnsupported && class != ErrAlgorithm && class != ErrSignature:
				t.Fatalf("%q: error %v", token, err)
			case err == nil && string(m.Header.Bytes()) != header:
				t.Fatalf("%q: header %q", token, m.Header.Bytes())
			}
			return err == nil
		}
		change := func(s string) string {
			i := int(at % uint(len(s)))
			if s[i] == with {
				return s + string([]byte{with})
			}
			return s[:i] + string([]byte{with}) + s[i+1:]
		}
		for range 2 { // the second time with a header that may be known
			m, err := v.Verify(token)
			if check(m, err) {
				var b64 *bool
				if raw := (json.RawMessage)(nil); m.Header.Get("b64", &raw) == nil {
					b64 = new(bool)
					*b64 = string(raw) == "true"
				}
				written := string(m.Payload)
				if b64 == nil || *b64 {
					written = base64.RawURLEncoding.EncodeToString(m.Payload)
				}
				if written != middle {
					t.Fatalf("%q: payload %q", token, m.Payload)
				}
			} else if josClass(err) == ErrSignature {
				t.Fatalf("%q is rightly signed: %v", token, err)
			}
			changed := change(token)
			if m, err := v.Verify(changed); check(m, err) {
				t.Fatalf("%q is accepted, and so is %q", token, changed)
			}
			// The same detached, over the content as it is and encoded.
			for _, signed := range []string{content, jwsB64([]byte(content))} {
				full := jwsSigned("HS512", h, signed)
				detached := h + ".." + full[len(full)-86:]
				m, err := v.VerifyDetached(detached, []byte(content))
				if !check(m, err) {
					continue
				}
				if m, err := v.VerifyDetached(change(detached), []byte(content)); check(m, err) {
					t.Fatalf("%q is accepted, and so is %q", detached, change(detached))
				}
				if m, err := v.VerifyDetached(detached, []byte(change(content+"x"))); change(content+"x") != content && check(m, err) {
					t.Fatalf("%q is accepted with another payload", detached)
				}
			}
		}
	})
}

// Any text as a token: each error is of one class, and what is accepted is what crypto/... accepts
// and would be written the same.
func FuzzJWS(f *testing.F) {
	files, err := jwsVectors()
	if err != nil {
		f.Fatal(err)
	}
	seeds := 0
	for _, file := range files {
		for _, c := range file.Cases {
			if token := c.TokenText(); c.Kind == "jws" && len(token) < 10_000 {
				payload, _ := c.PayloadBytes()
				f.Add(token, payload)
				seeds++
			}
		}
	}
	if seeds == 0 {
		f.Fatal("no seeds")
	}
	verifiers := make(map[string]*Verifier)
	for _, alg := range jwsAlgs {
		verifiers[alg] = jwsVerifier(f, alg)
	}
	f.Fuzz(func(t *testing.T, token string, payload []byte) {
		h, err := UnverifiedHeader(token)
		if class := josClass(err); err != nil && class != ErrMalformed && class != ErrUnsupported {
			t.Fatalf("%q: error %v", token, err)
		}
		for _, alg := range jwsAlgs {
			v := verifiers[alg]
			m, err1 := v.Verify(token)
			d, err2 := v.VerifyDetached(token, payload)
			for i, err := range []error{err1, err2} {
				if err != nil && josClass(err) == nil || (err == nil) != ([]*Message{m, d}[i] != nil) {
					t.Fatalf("%q: error %v", token, err)
				}
			}
			if err1 == nil {
				i := strings.LastIndex(token, ".")
				sig, ok := b64Oracle(token[i+1:])
				if !ok || !jwsKeys().jwsHolds(alg, token[:i], sig) || h.Algorithm() != alg || !bytes.Equal(h.Bytes(), m.Header.Bytes()) {
					t.Fatalf("%q is accepted", token)
				}
			}
		}
	})
}

// Whatever is signed, in any form, verifies to what it was.
func FuzzSign(f *testing.F) {
	f.Add([]byte(nil), "", uint(0))
	f.Add([]byte("payload"), "kid", uint(5))
	f.Add(b64Bytes(3100), strings.Repeat("k", 100), uint(4000))
	f.Add([]byte("a.b"), "\xff", uint(1))
	s, v := jwsSigner(f, "HS512"), jwsVerifier(f, "HS512")
	f.Fuzz(func(t *testing.T, payload []byte, kid string, long uint) {
		kid += strings.Repeat("k", int(long%17_000))
		for _, form := range jwsShapes {
			token, err := form.sign(s, string(payload), KeyID(kid))
			if err != nil {
				if josClass(err) != ErrMalformed || token != "" {
					t.Fatalf("%+v: %q beside error %v", form, token, err)
				}
				continue
			}
			header, err := json.Marshal(kid) // the same but for what encoding/json escapes for HTML
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.ContainsAny(header, "\\") {
				if want := form.token("HS512", form.header("HS512", `,"kid":`+string(header)), string(payload)); token != want {
					t.Fatalf("%+v: %q, want %q", form, token, want)
				}
			}
			josWant(t, form.verify(t, v, token, string(payload)), nil)
		}
	})
}

// A signature in DER is read exactly when encoding/asn1 writes what it reads back unchanged, with
// R and S in range.
func FuzzReadDER(f *testing.F) {
	for _, der := range jwsDER(f) {
		f.Add(der)
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		want, ok := jwsDEROracle(der)
		var got [sizeES512]byte
		if err := readDER(&got, der); (err == nil) != ok || ok && !bytes.Equal(got[:], want) {
			t.Fatalf("%x: %x, error %v; want %x, %v", der, got, err, want, ok)
		}
		if ok && !bytes.Equal(appendDER(nil, &got), der) {
			t.Fatalf("%x is written as %x", der, appendDER(nil, &got))
		}
	})
}
