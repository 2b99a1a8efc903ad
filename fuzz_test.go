package jose

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"example.com/jose/vectors"
)

// fuzzClass returns the one class of err that is among these, ErrExpired and ErrNotYetValid apart
// from ErrClaims, or fails. ErrInner may be beside it if inner is set.
func fuzzClass(t *testing.T, err error, inner bool, classes ...error) error {
	t.Helper()
	class := josClass(err)
	for _, c := range []error{ErrExpired, ErrNotYetValid} {
		if class == ErrClaims && errors.Is(err, c) {
			class = c
		}
	}
	if !slices.Contains(classes, class) || errors.Is(err, ErrInner) && !inner || errors.Is(err, ErrExpired) && errors.Is(err, ErrNotYetValid) {
		t.Fatalf("not of one class of %v: %v", classes, err)
	}
	return class
}

// --- base64url, JSON and headers ---

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
		h, err := josRead(text, jwe)
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
			josWant(t, err, ErrOption)
			return
		}
		h, err := josRead(got, false)
		if err != nil || len(h.members) > 8 || !json.Valid([]byte(got)) || !utf8.ValidString(got) {
			t.Fatalf("wrote %q: %v", got, err)
		}
		var gotText string
		var gotList []string
		var gotRaw json.RawMessage
		var gotNumber json.Number
		var gotN int64
		var gotInt int
		if err := h.Get("n"+name, &gotInt); (err == nil) != (int64(int(n)) == n) || int64(gotInt) != n && err == nil {
			t.Fatalf("%q: %d is read as %d: %v", got, n, gotInt, err)
		}
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

// --- JWS ---

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
				if josClass(err) != ErrOption || token != "" {
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

// What a handle returns for ES512 is taken exactly when encoding/asn1 writes what it reads back
// unchanged, R and S are in range, and the handle's key verifies them. Then R || S is in the token
// (RFC 7518, Section 3.4).
func FuzzReadDER(f *testing.F) {
	for _, der := range jwsDER(f) {
		f.Add(der)
	}
	input := jwsB64([]byte(`{"alg":"ES512"}`)) + "."
	f.Fuzz(func(t *testing.T, der []byte) {
		returned := bytes.Clone(der)
		sign := func(public *ecdsa.PublicKey) (string, error) {
			handle := &ktHandle{public: public, sign: func([]byte, crypto.SignerOpts) ([]byte, error) { return returned, nil }}
			return ktMust(ktMust(NewPrivateKey(handle)).Signer(ES512)).Sign(nil)
		}
		token, err := sign(&jwsKeys().ec.PublicKey)
		if josClass(err) != ErrSigner || token != "" {
			t.Fatalf("%x: %q beside error %v", der, token, err)
		}
		// The same from the handle of the key that it is a signature by, if there is one.
		var v struct{ R, S *big.Int }
		if _, err := asn1.Unmarshal(der, &v); err != nil {
			return
		}
		public := jwsKeyOf(input, v.R, v.S)
		if public == nil || public.X.Sign() == 0 && public.Y.Sign() == 0 {
			return
		}
		want, ok := jwsDEROracle(der)
		switch token, err = sign(public); {
		case !ok && (josClass(err) != ErrSigner || token != ""):
			t.Fatalf("%x: %q beside error %v", der, token, err)
		case ok && (err != nil || token != input+"."+jwsB64(want)):
			t.Fatalf("%x: %q, error %v; want %x", der, token, err, want)
		case !bytes.Equal(returned, der):
			t.Fatal("what the handle returned was changed")
		}
	})
}

// fuzzOption is the header option that a byte stands for, with these two texts.
func fuzzOption(code byte, a, b string) HeaderOption {
	switch code % 16 {
	case 0:
		return KeyID(a)
	case 1:
		return Type(a)
	case 2:
		return ContentType(a)
	case 3:
		return Member(a, b)
	case 4:
		return CriticalMember(a, b)
	case 5:
		return Unencoded()
	case 6:
		return ExactHeader([]byte(a))
	case 7:
		return WithoutContentType()
	case 8:
		return Member(a, json.RawMessage(b))
	case 9:
		return Member("cty", b)
	case 10:
		return ExactHeader([]byte(`{"alg":"HS512"` + b + `}`))
	case 11:
		return ExactHeader([]byte(encHeader("RSA-OAEP-256", b)))
	case 12:
		return ContentType("JWT")
	case 13:
		return CriticalMember("x", len(a))
	case 14:
		return Member(b, []string{a})
	}
	return HeaderOption{}
}

// Whatever options are put together, each way to write has a token that this package reads, given a
// check for every name in "crit", and MaxTokenSize where it has more than 16 MiB; or ErrOption.
func FuzzOptions(f *testing.F) {
	for code := range byte(16) {
		f.Add([]byte{code}, "a", `"b"`, []byte("{}"), false)
		f.Add([]byte{code | 16}, "a/b", `,"cty":"JWT"`, []byte("{}"), false)
		f.Add([]byte{code | 32, code | 48 ^ 1}, "", "", []byte("a.b"), false)
		f.Add([]byte{5, code | 32}, `{"alg":"HS512"}`, `,"b64":false,"crit":["b64"]`, []byte("x"), false)
		f.Add([]byte{code | 32, 7 | 48}, encHeader("RSA-OAEP-256", `,"cty":"jwt"`), `application/jwt`, []byte("x"), false)
	}
	f.Add([]byte{0}, "a", "", []byte("x"), true)
	secret, private := jwsPairs()["HS512"].private, ktMust(NewPrivateKey(jwsKeys().otherRSA))
	public := ktMust(private.Public())
	policy := Policy{AnyIssuer: true, AnySubject: true, NoAudience: true, AnyType: true, AllowNoExp: true}
	f.Fuzz(func(t *testing.T, program []byte, a, b string, payload []byte, long bool) {
		// In each byte: which option, for one token or always, and whether it is of the JWE.
		var of, call [2][]HeaderOption
		for _, code := range program[:min(len(program), 12)] {
			o, jwe := fuzzOption(code, a, b), int(code/32%2)
			if code/16%2 == 0 {
				of[jwe] = append(of[jwe], o)
			} else {
				call[jwe] = append(call[jwe], o)
			}
		}
		if long {
			payload = bytes.Repeat(append(payload, 'x'), (13<<20)/(len(payload)+1))
		}
		refused := func(token string, err error) bool {
			t.Helper()
			if err != nil && (josClass(err) != ErrOption || errors.Is(err, ErrInner)) || (token == "") != (err != nil) {
				t.Fatalf("%x: %.200q beside error %v", program, token, err)
			}
			return err != nil
		}
		// The checks that a token of this header needs; how large it may be is for the constructor.
		checks := func(token string, h Header) (all []CheckOption) {
			for _, name := range h.Critical() {
				if name != "b64" {
					all = append(all, CheckMember(name, func(json.RawMessage) error { return nil }))
				}
			}
			if len(token) > 16<<20 {
				all = append(all, MaxTokenSize(len(token)))
			}
			return all
		}
		verifier := func(token string) *Verifier {
			return ktMust(secret.Verifier(HS512, checks(token, ktMust(josRead(fuzzHeader(token), false)).Header)...))
		}
		s, err := secret.Signer(HS512, of[0]...)
		if err != nil {
			refused("", err)
		} else {
			token, err := s.Sign(payload, call[0]...)
			if !refused(token, err) {
				if m, err := verifier(token).Verify(token); err != nil || !bytes.Equal(m.Payload, payload) {
					t.Fatalf("%x: %.200q: %v", program, token, err)
				}
			}
			if long {
				return // the rest is the same, and slow
			}
			appended, err2 := s.AppendSign(nil, payload, call[0]...)
			if refused(string(appended), err2) != (err != nil) || string(appended) != token {
				t.Fatalf("%x: %.200q, appended %.200q: %v", program, token, appended, err2)
			}
			if token, err = s.SignDetached(payload, call[0]...); !refused(token, err) {
				if _, err := verifier(token).VerifyDetached(token, payload); err != nil {
					t.Fatalf("%x: %.200q: %v", program, token, err)
				}
			}
			if token, err = s.SignClaims(&Claims{ID: "j"}, call[0]...); !refused(token, err) {
				if c, err := policy.Verify(verifier(token), token); err != nil || c.ID != "j" {
					t.Fatalf("%x: %.200q: %v", program, token, err)
				}
			}
		}
		e, err := public.Encrypter(RSAOAEP256, of[1]...)
		if err != nil {
			refused("", err)
			return
		}
		decrypter := func(token string) *Decrypter {
			return ktMust(private.Decrypter(RSAOAEP256, checks(token, ktMust(josRead(fuzzHeader(token), true)).Header)...))
		}
		if token, err := e.Encrypt(payload, call[1]...); !refused(token, err) {
			if d, err := decrypter(token).Decrypt(token); err != nil || !bytes.Equal(d.Plaintext, payload) {
				t.Fatalf("%x: %.200q: %v", program, token, err)
			}
		}
		if s == nil {
			return
		}
		token, err := SignThenEncrypt(s, e, payload, call[1]...)
		if refused(token, err) {
			return
		}
		d := decrypter(token)
		inner := string(ktMust(d.Decrypt(token)).Plaintext)
		m, err := DecryptThenVerify(d, verifier(inner), token)
		if err != nil || !bytes.Equal(m.Payload, payload) {
			t.Fatalf("%x: %.200q: %v", program, token, err)
		}
		// What says that there is a JWT inside has one, if the payload is its claims; its own header may
		// say that there is yet another, and the outer one may have other claims.
		if string(payload) != "{}" || sameMediaType(m.Header.ContentType(), "JWT") || slices.ContainsFunc([]string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti"}, m.OuterHeader.Has) {
			return
		}
		_, err = policy.VerifyNested(d, verifier(inner), token)
		if jwt := sameMediaType(m.OuterHeader.ContentType(), "JWT"); jwt != (err == nil) {
			t.Fatalf("%x: %.200q: as a nested JWT: %v", program, token, err)
		}
	})
}

// fuzzHeader returns the header of a token.
func fuzzHeader(token string) string {
	header, _, _ := strings.Cut(token, ".")
	return string(ktMust(base64.RawURLEncoding.DecodeString(header)))
}

// --- JWE ---

// fuzzDecrypters are Decrypters with keys of the corpus, one for each algorithm.
var fuzzDecrypters = sync.OnceValue(func() (decrypters []*Decrypter) {
	for alg, name := range map[KeyEncryptionAlgorithm]string{RSAOAEP: "rfc7516.json/A.1", RSAOAEP256: "supplement.json/wycheproof-90"} {
		if alg == RSAOAEP && ktFIPSOnly() {
			continue // there is no SHA-1
		}
		decrypters = append(decrypters, ktMust(ktMust(NewPrivateKey(encKeys()[name])).Decrypter(alg)))
	}
	return decrypters
})

// fuzzCopy returns a Decrypter of the same key whose hooks can be replaced, and that remembers no
// header.
func fuzzCopy(d *Decrypter) *Decrypter {
	key := *d.key
	return &Decrypter{d.label, &receiver[*decryptKey]{key: &key}, new(scratch)}
}

// fuzzSplit returns the segments of a token, and whether they are five of base64url.
func fuzzSplit(token string) (segments []string, ok bool) {
	segments = strings.Split(token, ".")
	ok = len(segments) == 5
	for _, s := range segments {
		_, isBase64url := b64Oracle(s)
		ok = ok && isBase64url
	}
	return segments, ok
}

// FuzzDecrypt checks that an error is of one class, that one about the private key comes after
// one use of it, and that what decrypts has one spelling and stops decrypting when it changes.
func FuzzDecrypt(f *testing.F) {
	seeds := 0
	for _, file := range ktMust(vectors.Load()) {
		for _, c := range file.Cases {
			if token := c.TokenText(); c.Alg != "" && strings.HasPrefix(c.Alg, "RSA-OAEP") && token != "" && len(token) < 1<<16 {
				f.Add(token, uint(seeds*31))
				seeds++
			}
		}
	}
	if seeds == 0 {
		f.Fatal("no seeds")
	}
	f.Fuzz(func(t *testing.T, token string, at uint) {
		segments, splits := fuzzSplit(token)
		for _, shared := range fuzzDecrypters() {
			d := fuzzCopy(shared)
			uses := encWatch(d, nil)
			got, err := d.Decrypt(token)
			if err != nil {
				class := fuzzClass(t, err, false, ErrMalformed, ErrUnsupported, ErrAlgorithm, ErrDecryption)
				want := 0
				if class == ErrDecryption {
					want = 1
				}
				if got != nil || class == ErrDecryption && err != ErrDecryption || len(uses.encryptedKeys) != want || len(uses.ceks) != want {
					t.Fatalf("%v, after %v", err, uses)
				}
				if !splits && class == ErrDecryption || len(segments) != 5 && class == ErrAlgorithm {
					t.Fatalf("%v, of a token that does not split", err)
				}
				continue
			}
			if !splits || len(uses.encryptedKeys) != 1 || len(uses.ceks) != 1 {
				t.Fatalf("decrypted after %v; five segments of base64url: %v", uses, splits)
			}
			if base64.RawURLEncoding.EncodeToString(got.Header.Bytes()) != segments[0] || len(got.Plaintext) != len(segments[3])*6/8 {
				t.Fatalf("header %s, plaintext of %d octets", got.Header.Bytes(), len(got.Plaintext))
			}
			if again, err := d.Decrypt(token); err != nil || !bytes.Equal(again.Plaintext, got.Plaintext) {
				t.Fatalf("a second time: %v", err)
			}
			i := int(at % uint(len(token)))
			changed := []byte(token)
			changed[i] = alphabet[(strings.IndexByte(alphabet, token[i])+1+int(at/7%63))%64]
			if string(changed) != token {
				if _, err := d.Decrypt(string(changed)); err == nil {
					t.Fatalf("decrypts with byte %d changed to %q", i, changed[i])
				}
			}
		}
	})
}

// FuzzEncrypt checks that decrypting undoes encrypting, with crypto and with this package, and
// that a header is written as it was meant or not at all.
func FuzzEncrypt(f *testing.F) {
	f.Add([]byte(nil), "", "x", "")
	f.Add([]byte("The true sign of intelligence is not knowledge but imagination."), "2011-04-29", "url", "/path?\u2028<&>")
	f.Add(bytes.Repeat([]byte{0, 0xff}, 3000), "\xff", "typ", "\x00")
	f.Add([]byte("x"), "é", "alg", "none")
	f.Add([]byte("x"), "\"\\", "\u212aid", "\ufeff")
	key := encOurs(f)
	e := ktMust(ktMust(NewPublicKey(&key.PublicKey)).Encrypter(RSAOAEP256))
	shared := ktMust(ktMust(NewPrivateKey(key)).Decrypter(RSAOAEP256))
	f.Fuzz(func(t *testing.T, plaintext []byte, kid, name, value string) {
		before := bytes.Clone(plaintext)
		token, err := e.Encrypt(plaintext, Member("kid", kid), Member(name, value))
		if !bytes.Equal(plaintext, before) {
			t.Fatal("the plaintext that was given has changed")
		}
		if err != nil {
			fuzzClass(t, err, false, ErrOption)
			plain := utf8.ValidString(kid) && utf8.ValidString(name) && utf8.ValidString(value) && len(kid)+len(name)+len(value) < 2000
			taken := slices.Contains([]string{"", "alg", "enc", "zip", "crit", "b64", "kid", "jwk", "x5c"}, name)
			if plain && !taken || token != "" {
				t.Fatalf("kid %q, %q: %q: %v", kid, name, value, err)
			}
			return
		}
		d := fuzzCopy(shared)
		uses := encWatch(d, nil)
		got, err := d.Decrypt(token, CheckMember(name, Equal(value)), CheckMember("kid", Equal(kid)))
		if err != nil || !bytes.Equal(got.Plaintext, plaintext) {
			t.Fatalf("kid %q, %q: %q: %v", kid, name, value, err)
		}
		segments, ok := fuzzSplit(token)
		if !ok {
			t.Fatalf("no five segments of base64url: %s", token)
		}
		// The private key was used once; with the CEK, crypto decrypts to the same.
		block := ktMust(aes.NewCipher(uses.ceks[0]))
		gcm := ktMust(cipher.NewGCMWithRandomNonce(block))
		opened, err := gcm.Open(nil, nil, uses.sealed, []byte(segments[0]))
		if err != nil || !bytes.Equal(opened, plaintext) {
			t.Fatalf("crypto decrypts %x: %v", opened, err)
		}
	})
}

// FuzzNested checks that nesting comes apart again, that nothing is returned of content that is
// not signed, and that errors about the inner token say so.
func FuzzNested(f *testing.F) {
	signed := jwtHS512(jwtHeader, `{"iss":"i"}`)
	f.Add(signed, `,"cty":"JWT"`)
	f.Add(signed, ``)
	f.Add(signed[:len(signed)-1], `,"cty":"JWT"`)
	f.Add("eyJhbGciOiJub25lIn0.e30.", `,"cty":"jwt","iss":"i"`)
	f.Add(jwtHS512(`{"alg":"HS512","cty":"JWT"}`, `{}`), `,"cty":"JWT"`)
	f.Add(jwtHS512(jwtHeader, `{"iss":"i","exp":1.5}`), `,"cty":"JWT","iss":"\u0069","exp":15e-1`)
	f.Add("", `,"crit":[""],"":1`)
	v := jwtVerifier()
	shared := ktMust(ktMust(NewPrivateKey(encOurs(f))).Decrypter(RSAOAEP256))
	encryptedKey := ktMust(rsa.EncryptOAEP(sha256.New(), rand.Reader, &encOurs(f).PublicKey, make([]byte, 32), nil))
	f.Fuzz(func(t *testing.T, content, more string) {
		d := fuzzCopy(shared)
		encStub(d, encryptedKey, make([]byte, 32))
		token := encContent(t, encHeader("RSA-OAEP-256", more), encryptedKey, make([]byte, 32), []byte(content)).token()
		message, err := DecryptThenVerify(d, v, token)
		if err != nil {
			class := fuzzClass(t, err, true, ErrMalformed, ErrUnsupported, ErrAlgorithm, ErrSignature)
			if message != nil || class == ErrSignature && !errors.Is(err, ErrInner) {
				t.Fatalf("%v", err)
			}
			decrypted, outer := d.Decrypt(token)
			if (outer == nil) != errors.Is(err, ErrInner) || outer == nil && string(decrypted.Plaintext) != content {
				t.Fatalf("nested: %v; the outer one alone: %v", err, outer)
			}
		} else {
			alone, err := v.Verify(content)
			if err != nil || !bytes.Equal(alone.Payload, message.Payload) || !bytes.Equal(alone.Header.Bytes(), message.Header.Bytes()) {
				t.Fatalf("the inner one alone: %v", err)
			}
			if message.OuterHeader.Encryption() != "A256GCM" {
				t.Fatalf("outer header %s", message.OuterHeader.Bytes())
			}
		}
		claims, err := jwtAny.VerifyNested(d, v, token)
		if err != nil {
			fuzzClass(t, err, true, ErrMalformed, ErrUnsupported, ErrAlgorithm, ErrSignature, ErrClaims, ErrExpired, ErrNotYetValid)
			if claims != nil {
				t.Fatal("claims beside an error")
			}
			return
		}
		if message == nil || !bytes.Equal(claims.Payload(), message.Payload) || !strings.EqualFold(strings.TrimPrefix(strings.ToLower(claims.OuterHeader().ContentType()), "application/"), "jwt") {
			t.Fatalf("a JWT, and as a JWS %v; outer header %s", message, claims.OuterHeader().Bytes())
		}
	})
}

// --- JWT ---

var fuzzExponent = regexp.MustCompile(`[eE][+-]?0*([1-9][0-9]{3,})$`)

// FuzzNumericDate compares the reading of a number with math/big, and the comparison of it with
// a time.
func FuzzNumericDate(f *testing.F) {
	for _, text := range []string{"0", "-0", "1.5", "1e9", "1.30081938e+09", "12345678901.5", "0e999", "253402300799.9999999999", "253402300800",
		"-62167219200", "-62167219200.0000000001", "17000000005e-1", "-0.9999999995", "1e-400", "1E+0011", "\"1\"", "null",
		"0." + strings.Repeat("0", 62), "0." + strings.Repeat("0", 63), "1" + strings.Repeat("0", 62) + "1", "-1." + strings.Repeat("9", 61), "1.5" + strings.Repeat("0", 54) + "e-00001", "1e-1000000000"} {
		f.Add(text, int64(jwtNow), int64(1))
	}
	f.Fuzz(func(t *testing.T, text string, seconds, nanos int64) {
		if !json.Valid([]byte(text)) || text == "" || strings.TrimSpace(text) != text || len(text) > 3000 {
			return // values come from the JSON reader
		}
		if c := text[0]; c != '-' && (c < '0' || c > '9') || len(text) > 64 {
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
			if !ok || len(n) > 64 {
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

// FuzzClaims compares the reading of claims with encoding/json: what is accepted, and what it says.
func FuzzClaims(f *testing.F) {
	for _, text := range []string{
		`{}`, ` { } `, `{"iss":"i","sub":"s","aud":"a","exp":1,"nbf":2.5,"iat":-3e2,"jti":"j","x":[1,{"y":null}]}`, `{"aud":["a","b"]}`, `{"aud":[]}`,
		`{"iss":1}`, `{"exp":"1"}`, `{"iss":"a","\u0069ss":"b"}`, `{"x":{"a":1,"a":2}}`, `{"iſs":"x","ISS":2}`, `{"s":"\ud83d\ude00\n"}`, `{"s":"\ud83d"}`,
		`{"n":9007199254740993}`, "\ufeff{}", `{}{}`, `[]`, `null`, "{\"a\":\"\xff\"}", `{"exp":1e400}`, `{"exp":0.` + strings.Repeat("0", 62) + `}`, `{"iat":0.` + strings.Repeat("0", 63) + `}`, `{"":0}`, `{"a":01}`, strings.Repeat(`{"a":`, 33) + "1" + strings.Repeat("}", 33),
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
		want := josOracle(text) && json.Unmarshal([]byte(text), &members) == nil && fuzzTypes(t, members)
		if (err == nil) != want {
			t.Fatalf("%s: error %v; encoding/json accepts it: %v", text, err, want)
		}
		if err != nil {
			josWant(t, err, ErrMalformed)
			return
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
				josWant(t, err, ErrOption)
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
	s := ktMust(ktMust(NewSecret(encSecret)).Signer(HS512))
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
			josWant(t, err, ErrOption)
		}
		token, signErr := s.SignClaims(&c)
		if (signErr == nil) != (good && years) {
			t.Fatalf("%+v: %v", c, signErr)
		}
		if signErr != nil {
			josWant(t, signErr, ErrOption)
			return
		}
		policy := Policy{Issuer: iss, AnyIssuer: iss == "", Subject: sub, AnySubject: sub == "", Audience: []string{aud1}, AnyType: true,
			Now: func() time.Time { return time.Unix(exp-1, 0) }}
		if aud1 == "" {
			policy.Audience = []string{"x"}
		}
		got, verifyErr := policy.Verify(jwtVerifier(), token)
		if aud1 == "" && aud2 != "x" {
			fuzzClass(t, verifyErr, false, ErrClaims)
			return
		}
		if verifyErr != nil || got.Issuer != iss || got.Subject != sub || got.ID != jti || !slices.Equal(got.Audience, c.Audience) || got.ExpiresAt != c.ExpiresAt {
			t.Fatalf("%+v came back as %+v: %v", c, got, verifyErr)
		}
		var back string
		if err == nil && (got.Get(name, &back) != nil || back != value) {
			t.Fatalf("%q: %q came back as %q", name, value, back)
		}
		policy.Now = func() time.Time { return time.Unix(exp, 0) }
		_, verifyErr = policy.Verify(jwtVerifier(), token)
		fuzzClass(t, verifyErr, false, ErrExpired)
	})
}

// --- Keys ---

// The seeds are the keys of keys_test.go, which the RFCs publish, in every form.
func ktSeeds() [][]byte {
	seeds := [][]byte{nil, []byte("{}"), []byte(`{"keys":[]}`), ktRSA(ktRSA1JWK).pkcs1(), ktSeq(ktAlgRSA, ktBits(ktSeq(ktBig(ktRSA(ktRSA1JWK).n), ktInt(3))))}
	for _, jwk := range []string{ktRSA1JWK, ktEC1JWK, ktEC2JWK, ktOct(ktSecret(64))} {
		full := ktWith(jwk, "kid", `"\u0061\""`, "alg", `"RS256"`, "use", `"sig"`, "key_ops", `["sign","verify"]`)
		seeds = append(seeds, []byte(jwk), []byte(ktPublic(jwk)), []byte(full), []byte(ktSet(jwk)), []byte(ktSet(ktPublic(full), `{}`)))
	}
	for label, der := range ktContents() {
		if label == "CERTIFICATE" {
			continue // it is another one in every run
		}
		seeds = append(seeds, der, ktPEM(label, der), []byte(base64.StdEncoding.EncodeToString(der)))
	}
	return append(seeds, []byte(ktSet(ktPublic(ktRSA1JWK), ktWith(ktPublic(ktRSA2JWK), "kid", `"b"`), ktPublic(ktEC1JWK))), []byte(ktSet(ktRSA1JWK, ktEC1JWK, ktOct(ktSecret(64)))))
}

// A private key file is refused with ErrKey alone, or read: then it is no public key, what is
// written of it is read as the same key, and so is its public half.
func FuzzParsePrivateKey(f *testing.F) {
	for _, seed := range ktSeeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		before := slices.Clone(file)
		k, err := ParsePrivateKey(file)
		if !bytes.Equal(file, before) {
			t.Fatal("the file was changed")
		}
		if err != nil {
			ktRefused(t, "file", k, err, ErrKey)
			return
		}
		if public, err := ParsePublicKey(file); err == nil || public != nil {
			t.Fatal("a private key and a public one")
		}
		ktFuzzPrivate(t, k)
		// What was read is good for an algorithm, unless it is for another use.
		_, signs := k.Signer(map[string]SignatureAlgorithm{"RSA": RS256, "EC": ES512, "oct": HS512}[k.kty()])
		if signs != nil && k.alg+k.use == "" && k.ops == nil && !ktFIPSOnly() {
			t.Fatalf("a key of no use: %v", signs)
		}
		public, err := k.Public()
		if k.secret != nil {
			ktRefused(t, "a secret", public, err, ErrKey)
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		ktFuzzPublic(t, public)
	})
}

// ktFuzzPrivate checks that a private key, written as a JWK by encoding/json, is the same key again
// (RFC 7517, Section 4; RFC 7518, Sections 6.2.2, 6.3.2 and 6.4).
func ktFuzzPrivate(t *testing.T, k *PrivateKey) {
	t.Helper()
	jwk := map[string]any{"kty": k.kty()}
	switch key := k.signer.(type) {
	case *rsa.PrivateKey:
		crt := key.Precomputed
		for name, n := range map[string]*big.Int{"n": key.N, "e": big.NewInt(int64(key.E)), "d": key.D,
			"p": key.Primes[0], "q": key.Primes[1], "dp": crt.Dp, "dq": crt.Dq, "qi": crt.Qinv} {
			jwk[name] = ktB64(n.Bytes())
		}
	case *ecdsa.PrivateKey:
		jwk["crv"] = "P-521"
		for name, n := range map[string]*big.Int{"x": key.X, "y": key.Y, "d": key.D} {
			jwk[name] = ktB64(n.FillBytes(make([]byte, 66)))
		}
	default:
		jwk["k"] = ktB64(k.secret())
	}
	for name, value := range map[string]string{"alg": k.alg, "use": k.use} {
		if value != "" {
			jwk[name] = value
		}
	}
	if k.hasKid {
		jwk["kid"] = k.KeyID()
	}
	if k.ops != nil {
		jwk["key_ops"] = k.ops
	}
	again, err := ParsePrivateKey(ktMust(json.Marshal(jwk)))
	if err != nil {
		t.Fatalf("the JWK that is written is refused: %v", err)
	}
	same := again.kty() == k.kty() && again.KeyID() == k.KeyID() && again.hasKid == k.hasKid && again.alg == k.alg && again.use == k.use &&
		slices.Equal(again.ops, k.ops) && (again.ops == nil) == (k.ops == nil)
	switch key := k.signer.(type) {
	case nil:
		same = same && bytes.Equal(again.secret(), k.secret())
	case *rsa.PrivateKey:
		same = same && key.Equal(again.signer) && again.rsa.Equal(k.rsa)
	case *ecdsa.PrivateKey:
		same = same && key.Equal(again.signer) && again.ec.Equal(k.ec)
	}
	if !same {
		t.Fatal("the JWK that is written is another key")
	}
}

// A public key file is refused with ErrKey alone, or read: then what is written of it, in
// any form, is read as the same key.
func FuzzParsePublicKey(f *testing.F) {
	for _, seed := range ktSeeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		before := slices.Clone(file)
		k, err := ParsePublicKey(file)
		if !bytes.Equal(file, before) {
			t.Fatal("the file was changed")
		}
		if err != nil {
			ktRefused(t, "file", k, err, ErrKey)
			return
		}
		if private, err := ParsePrivateKey(file); err == nil || private != nil {
			t.Fatal("a public key and a private one")
		}
		ktFuzzPublic(t, k)
		// Nothing is read that the JWK did not say, by encoding/json.
		if members := make(map[string]any); json.Unmarshal(file, &members) == nil {
			if kid, _ := members["kid"].(string); kid != k.KeyID() {
				t.Fatalf("kid %q is read as %q", kid, k.KeyID())
			}
			for _, name := range []string{"d", "p", "q", "dp", "dq", "qi", "oth"} {
				if _, ok := members[name]; ok && (k.rsa != nil || name == "d") {
					t.Fatalf("a public key with %q", name)
				}
			}
		}
	})
}

// ktFuzzPublic checks that what is written of a key is the same key again.
func ktFuzzPublic(t *testing.T, k *PublicKey) {
	t.Helper()
	same := func(form string, file []byte) *PublicKey {
		t.Helper()
		again, err := ParsePublicKey(file)
		if err != nil {
			t.Fatalf("the %s that is written is refused: %v", form, err)
		}
		if k.rsa != nil && !k.rsa.Equal(again.rsa) || k.ec != nil && !k.ec.Equal(again.ec) {
			t.Fatalf("the %s that is written is another key", form)
		}
		return again
	}
	block, _ := pem.Decode(k.PEM())
	same("PEM", k.PEM())
	same("DER", block.Bytes)
	same("base64 of DER", []byte(base64.StdEncoding.EncodeToString(block.Bytes)))
	if again := same("JWK", k.JWK()); !bytes.Equal(again.JWK(), k.JWK()) || again.KeyID() != k.KeyID() || again.use != k.use || again.alg != k.alg {
		t.Fatal("the JWK that is written is another one")
	}
	// RFC 7638, Section 3, by encoding/json: maps are written in the order of their names.
	members := ktMembers(string(k.JWK()))
	required := make(map[string]string)
	for _, name := range []string{"crv", "e", "kty", "n", "x", "y"} {
		if value, ok := members[name]; ok {
			required[name] = value
		}
	}
	text, _ := json.Marshal(required)
	digest := sha256.Sum256(text)
	if got, err := k.Thumbprint(); err != nil || got != ktB64(digest[:]) {
		t.Fatalf("thumbprint %q: %v", got, err)
	}
	set, err := MarshalKeySet(k)
	if err != nil {
		t.Fatal(err)
	}
	// A set of a key that has no role here is none.
	has := slices.ContainsFunc(ktRoles(k), func(r ktRole) bool { return r.err == nil || errors.Is(r.err, ErrUnsupported) })
	if _, err := ParseKeySet(set); has != (err == nil) {
		t.Fatalf("the JWK Set that is written, of a key that has a role: %v: %v", has, err)
	}
	for _, alg := range []Algorithm{RS256, ES512, HS512, RSAOAEP, RSAOAEP256} {
		n, err := k.WithAlgorithm(alg)
		if err != nil {
			ktRefused(t, alg.String(), n, err, ErrKey)
			continue
		}
		if again := same("JWK for "+alg.String(), n.JWK()); again.alg != alg.String() {
			t.Fatalf("the JWK that is written for %s is for %q", alg, again.alg)
		}
	}
}

// A JWK Set is refused with ErrKey alone, or read: then it is all public or all private, its
// keys are accounted for, and each is written as what is read again.
func FuzzParseKeySet(f *testing.F) {
	for _, seed := range ktSeeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := ParseKeySet(file)
		if err != nil {
			ktRefused(t, "file", s, err, ErrKey)
			return
		}
		public, private, skipped := s.PublicKeys(), s.PrivateKeys(), s.Skipped()
		set := make(map[string]json.RawMessage)
		var keys []json.RawMessage
		if err := json.Unmarshal(file, &set); err != nil {
			t.Fatalf("encoding/json refuses it: %v", err)
		}
		if err := json.Unmarshal(set["keys"], &keys); err != nil {
			t.Fatalf("encoding/json refuses its keys: %v", err)
		}
		if n := len(public) + len(private) + len(skipped); n != len(keys) || n > 256 {
			t.Fatalf("%d keys are accounted for, of %d", n, len(keys))
		}
		if len(public) > 0 == (len(private) > 0) {
			t.Fatalf("%d public keys and %d private ones", len(public), len(private))
		}
		for _, err := range skipped {
			ktClass(t, "skipped", err, ErrKey)
		}
		for _, k := range public {
			ktFuzzPublic(t, k)
		}
		for _, k := range private {
			ktFuzzPrivate(t, k)
		}
		if len(public) > 0 {
			written, err := MarshalKeySet(public...)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := ParseKeySet(written); err != nil || len(again.PublicKeys()) != len(public) {
				t.Fatalf("the JWK Set that is written is refused: %v", err)
			}
		}
		// A constructor answers for a set as it does for a key.
		for alg, keys := range map[SignatureAlgorithm]int{RS256: len(public), ES512: len(public), HS512: len(private)} {
			if v, err := s.Verifier(alg); (v == nil) != (err != nil) || err == nil && keys == 0 {
				t.Fatalf("%s, with %d keys that could be for it: %v", alg, keys, err)
			}
		}
	})
}

// --- Two containers in one file ---

var (
	fuzzBegin = regexp.MustCompile(`(?m)^[ \t]*-----BEGIN (.*)-----[ \t]*$`)
	// A textualmsg of RFC 7468, Figure 1, where an eol is LF.
	fuzzBlock = regexp.MustCompile(`^-----BEGIN (.*)-----[ \t]*\n[ \t\n]*((?:[A-Za-z0-9+/]+[ \t]*\n)*[A-Za-z0-9+/]*(?:=[ \t]*\n=|={0,2})[ \t]*\n)-----END (.*)-----[ \t]*(?:\n|$)`)
)

// fuzzContainer is the rule by which a key file is one container, read slowly and with other means
// than the code under test: its beginning says what it is, and then it is all of that. It returns
// the DER and its label, "" where there is no PEM around it, or the JWK.
func fuzzContainer(file []byte) (der []byte, label, jwk string, ok bool) {
	var value asn1.RawValue
	rest, err := asn1.Unmarshal(file, &value)
	switch {
	case len(file) > 1<<20 || bytes.HasPrefix(file, []byte("\ufeff")):
		return nil, "", "", false
	case err == nil && len(rest) == 0 && file[0] == 0x30:
		return file, "", "", true
	case len(file) > 1 && file[0] == 0x30 && file[1] >= 0x80 && file[1] <= 0x84: // a DER length, of something else
		return nil, "", "", false
	}
	text := strings.ReplaceAll(strings.ReplaceAll(string(file), "\r\n", "\n"), "\r", "\n")
	begins := fuzzBegin.FindAllStringSubmatchIndex(text, -1)
	object := strings.HasPrefix(strings.TrimLeft(text, " \t\n"), "{")
	block := func(i, end int) ([]byte, string, bool) {
		m := fuzzBlock.FindStringSubmatch(text[begins[i][0]:end])
		if m == nil || m[1] != m[3] {
			return nil, "", false
		}
		octets, err := base64.StdEncoding.Strict().DecodeString(strings.NewReplacer(" ", "", "\t", "", "\n", "").Replace(m[2]))
		return octets, m[1], err == nil
	}
	switch {
	case len(begins) == 0 && object:
		return nil, "", text, josOracle(text)
	case len(begins) == 0:
		text = strings.Trim(text, " \t\n")
		der, err := base64.StdEncoding.Strict().DecodeString(strings.ReplaceAll(text, "\n", ""))
		return der, "", "", err == nil && text != ""
	case object && regexp.MustCompile(`^[ \t\n]*\{[ \t\n]*["}]`).MatchString(text):
		return nil, "", "", false // what begins as a JSON object, and a block after it
	case len(begins) == 2:
		parameters, first, ok := block(0, begins[1][0])
		if !ok || first != "EC PARAMETERS" || !bytes.Equal(parameters, ktOIDP521) {
			return nil, "", "", false
		}
	case len(begins) > 2:
		return nil, "", "", false
	}
	der, label, ok = block(len(begins)-1, len(text))
	return der, label, "", ok && label != ""
}

// fuzzKey returns the public key, or the secret, of one container, by crypto/x509 or encoding/json.
func fuzzKey(der []byte, label, jwk string) (keys []any) {
	if jwk != "" {
		m := ktMembers(jwk)
		switch m["kty"] {
		case "RSA":
			return []any{&rsa.PublicKey{N: ktNumber(m["n"]), E: int(ktNumber(m["e"]).Int64())}}
		case "EC":
			return []any{&ecdsa.PublicKey{Curve: elliptic.P521(), X: ktNumber(m["x"]), Y: ktNumber(m["y"])}}
		}
		return []any{ktMust(base64.RawURLEncoding.DecodeString(m["k"]))}
	}
	for is, parse := range map[string]func() (any, error){
		"PRIVATE KEY":     func() (any, error) { return x509.ParsePKCS8PrivateKey(der) },
		"RSA PRIVATE KEY": func() (any, error) { return x509.ParsePKCS1PrivateKey(der) },
		"EC PRIVATE KEY":  func() (any, error) { return x509.ParseECPrivateKey(der) },
		"PUBLIC KEY":      func() (any, error) { return x509.ParsePKIXPublicKey(der) },
		"RSA PUBLIC KEY":  func() (any, error) { return x509.ParsePKCS1PublicKey(der) },
		"CERTIFICATE": func() (any, error) {
			certificate, err := x509.ParseCertificate(der)
			if err != nil {
				return nil, err
			}
			return certificate.PublicKey, nil
		},
	} {
		if label != "" && label != is {
			continue
		}
		if key, err := parse(); err == nil {
			if private, ok := key.(crypto.Signer); ok {
				key = private.Public()
			}
			keys = append(keys, key)
		}
	}
	return keys
}

// fuzzParsed returns what the file is read as, without what a JWK says of its use, or nil.
func fuzzParsed(t *testing.T, file []byte) *material {
	private, err1 := ParsePrivateKey(file)
	public, err2 := ParsePublicKey(file)
	switch {
	case err1 != nil && err2 != nil:
		ktRefused(t, "file", private, err1, ErrKey)
		ktRefused(t, "file", public, err2, ErrKey)
		return nil
	case err1 == nil && err2 == nil:
		t.Fatal("a private key and a public one")
	case err1 == nil:
		return private.material
	}
	return public.material
}

// fuzzIs reports whether the key is one of these.
func (m *material) fuzzIs(keys ...any) bool {
	return slices.ContainsFunc(keys, func(key any) bool {
		switch key := key.(type) {
		case *rsa.PublicKey:
			return m.rsa != nil && m.rsa.Equal(key)
		case *ecdsa.PublicKey:
			return m.ec != nil && m.ec.Equal(key)
		case []byte:
			return m.secret != nil && bytes.Equal(m.secret(), key)
		}
		return false
	})
}

// Whatever two containers make one file, the key that comes out is that of the container that the
// beginning of the file says it is; where it is not all of the file, there is none.
func FuzzTwoContainers(f *testing.F) {
	contents := ktContents()
	delete(contents, "CERTIFICATE") // is another one in every run
	parameters := ktPEM("EC PARAMETERS", ktOIDP521)
	containers := [][]byte{nil, []byte("0 s:CN=x\n"), []byte("{ my key }\r"), []byte("-----BEGIN X-----\n"), parameters, ktPEM("EC PARAMETERS", ktOIDP384), ktPEM("X", nil)}
	for _, jwk := range []string{ktPublic(ktRSA2JWK), ktEC2JWK, ktPublic(ktEC2JWK), ktOct(ktSecret(64))} {
		containers = append(containers, []byte(jwk), []byte("\n"+ktWith(jwk, "x5u", `""`)), []byte(ktSet(jwk)))
	}
	for label, der := range contents {
		block := ktPEM(label, der)
		containers = append(containers, der, block, bytes.ReplaceAll(block, []byte("\n"), []byte("\r")), []byte(base64.StdEncoding.EncodeToString(der)))
	}
	for _, object := range []string{`{"kty":"EC","kty":"EC"}`, strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40), `{"a":"\ud800"}`} { // which are none of D7, and no text
		f.Add([]byte(object), append([]byte("\n"), ktPEM("PUBLIC KEY", contents["PUBLIC KEY"])...), uint(len(object)))
	}
	for i, outer := range containers {
		f.Add(outer, outer, uint(0))
		for j, inner := range containers {
			f.Add(outer, inner, uint(len(outer))) // behind it
			if (i+j)%4 == 0 {
				f.Add(outer, inner, uint(len(outer)/2))
				f.Add(outer, append([]byte("\n"), inner...), uint(len(outer)-1))
				f.Add(outer, inner, uint(1+bytes.IndexByte(outer, '"')))
			}
		}
	}
	f.Fuzz(func(t *testing.T, outer, inner []byte, at uint) {
		i := int(at % uint(len(outer)+1))
		file := slices.Concat(outer[:i], inner, outer[i:])
		got := fuzzParsed(t, file)
		der, label, jwk, ok := fuzzContainer(file)
		if !ok {
			if got != nil {
				t.Fatalf("%q: a key out of what is no container", file)
			}
			return
		}
		// The container on its own, as others write it, is the same key, or none either.
		alone := der
		switch {
		case jwk != "":
			alone = []byte(strings.TrimSpace(jwk))
		case label != "":
			alone = ktPEM(label, der)
		}
		want := fuzzParsed(t, alone)
		if (got == nil) != (want == nil) {
			t.Fatalf("%q: a key: %v; alone: %v", file, got != nil, want != nil)
		}
		if got == nil {
			return
		}
		if keys := fuzzKey(der, label, jwk); !got.fuzzIs(keys...) || got.private() != want.private() {
			t.Fatalf("%q: another key than by crypto/x509 and encoding/json: %v", file, keys)
		}
	})
}
