package jose

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// jwtHS512 returns the JWS of payload with this header, made by crypto/hmac alone.
func jwtHS512(header, payload string) string {
	b64 := base64.RawURLEncoding.EncodeToString
	input := b64([]byte(header)) + "." + b64([]byte(payload))
	mac := hmac.New(sha512.New, encSecret)
	mac.Write([]byte(input))
	return input + "." + b64(mac.Sum(nil))
}

const jwtHeader = `{"alg":"HS512"}`

// jwtAny is a policy that waives all there is to waive; a token with an audience is still refused.
var jwtAny = Policy{AnyIssuer: true, AnySubject: true, NoAudience: true, AnyType: true, AllowNoExp: true}

// nestKit is the objects of a sender and a recipient, whose private key is stubbed: it knows the
// encrypted key of nestKit.seal.
type nestKit struct {
	t            testing.TB
	s            *Signer
	v            *Verifier
	e            *Encrypter
	d            *Decrypter
	encryptedKey []byte
	uses         *int
}

func newNestKit(t testing.TB, checks ...CheckOption) *nestKit {
	t.Helper()
	ours := encOurs(t)
	k := &nestKit{
		t: t,
		s: encMust[*Signer](t)(NewHS512Signer(encSecret)),
		v: encMust[*Verifier](t)(NewHS512Verifier(encSecret)),
		e: encMust[*Encrypter](t)(NewRSAOAEP256Encrypter(&ours.PublicKey)),
		d: encMust[*Decrypter](t)(NewRSAOAEP256Decrypter(ours, checks...)),
	}
	k.encryptedKey = encSeal(t, encSHA256, &ours.PublicKey, "", make([]byte, 32), nil).key
	k.uses = encStub(k.d, k.encryptedKey, make([]byte, 32))
	return k
}

// seal encrypts content under a header with these further members.
func (k *nestKit) seal(more, content string) encParts {
	k.t.Helper()
	return encContent(k.t, encHeader("RSA-OAEP-256", more), k.encryptedKey, make([]byte, 32), []byte(content))
}

// TestRFC7519_Section5_2_Read checks "cty" of a nested JWT: it has to be there, and a nested JWS
// that is no JWT needs none (D20).
func TestRFC7519_Section5_2_Read(t *testing.T) {
	t.Parallel()
	k := newNestKit(t)
	inner := jwtHS512(jwtHeader, `{"sub":"a"}`)
	for _, row := range []struct {
		more   string
		accept bool
	}{
		{`,"cty":"JWT"`, true},
		{`,"cty":"jwt"`, true},
		{`,"cty":"Jwt"`, true},
		{`,"cty":"\u004aWT"`, true},
		{`,"cty":"application/jwt"`, true},
		{`,"cty":"application/JWT"`, true},
		{`,"cty":"APPLICATION/jwt"`, true},
		{``, false},
		{`,"cty":""`, false},
		{`,"Cty":"JWT"`, false},
		{`,"typ":"JWT"`, false},
		{`,"cty":"JOSE"`, false},
		{`,"cty":"JWT "`, false},
		{`,"cty":"JWTs"`, false},
		{`,"cty":"JW"`, false},
		{`,"cty":"text/jwt"`, false},
		{`,"cty":"application/"`, false},
		{`,"cty":"application/application/jwt"`, false},
		{`,"cty":"application/jwt/"`, false},
		{`,"cty":"applicationXjwt"`, false},
		{`,"cty":"/jwt"`, false},
		{`,"cty":"jwt; charset=utf-8"`, false},
		{`,"cty":"at+jwt"`, false},
	} {
		token := k.seal(row.more, inner).token()
		before := *k.uses
		claims, err := jwtAny.VerifyNested(k.d, k.v, token)
		if row.accept {
			if err != nil || claims.Subject != "a" {
				t.Errorf("%s: %v", row.more, err)
			}
		} else {
			if !errors.Is(err, ErrMalformed) || claims != nil {
				t.Errorf("%s: got %v, want ErrMalformed", row.more, err)
			}
			encWant(t, err, ErrMalformed)
			if *k.uses != before {
				t.Errorf("%s: the private key was used", row.more)
			}
		}
		message, err := DecryptThenVerify(k.d, k.v, token)
		if err != nil || string(message.Payload) != `{"sub":"a"}` {
			t.Errorf("%s: as a JWS that is no JWT: %v", row.more, err)
		}
	}
}

// TestRFC7519_Section5_2_Write checks the "cty" that is written, and what else is.
func TestRFC7519_Section5_2_Write(t *testing.T) {
	t.Parallel()
	k := newNestKit(t)
	ours := encOurs(t)
	fine := func(json.RawMessage) error { return nil }
	const start = `{"alg":"RSA-OAEP-256","enc":"A256GCM"`
	const exact, exactJWT = `{ "enc":"A256GCM","alg":"RSA-OAEP-256" }`, `{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP-256"}`
	opts := func(o ...HeaderOption) []HeaderOption { return o }
	for _, row := range []struct {
		name       string
		made, call []HeaderOption
		header     string // "" if it is refused as malformed
	}{
		{"alone", nil, nil, start + `,"cty":"JWT"}`},
		{"with others", opts(KeyID("a")), opts(Member("x", 1)), start + `,"kid":"a","cty":"JWT","x":1}`},
		{"with crit", opts(CriticalMember("x", 1)), opts(CriticalMember("y", 2)), start + `,"x":1,"cty":"JWT","y":2,"crit":["x","y"]}`},
		{"none, of the Encrypter", opts(KeyID("a"), WithoutContentType()), nil, start + `,"kid":"a"}`},
		{"none, of the Encrypter, and more", opts(WithoutContentType()), opts(KeyID("a")), start + `,"kid":"a"}`},
		{"none, of the call", opts(KeyID("a")), opts(Member("x", 1), WithoutContentType()), start + `,"kid":"a","x":1}`},
		{"none, of both", opts(WithoutContentType()), opts(WithoutContentType()), start + `}`},
		{"another, of the Encrypter", opts(ContentType("JOSE")), nil, start + `,"cty":"JOSE"}`},
		{"another, of the Encrypter, and more", opts(ContentType("JOSE")), opts(KeyID("a")), start + `,"cty":"JOSE","kid":"a"}`},
		{"another, of the call", nil, opts(KeyID("a"), ContentType("application/jwt")), start + `,"kid":"a","cty":"application/jwt"}`},
		{"another, as a member", nil, opts(Member("cty", "x")), start + `,"cty":"x"}`},
		{"the same, of the call", nil, opts(ContentType("JWT")), start + `,"cty":"JWT"}`},
		{"none of the Encrypter, one of the call", opts(WithoutContentType()), opts(ContentType("JWT")), start + `,"cty":"JWT"}`},
		{"two", opts(ContentType("JWT")), opts(ContentType("JWT")), ""},
		{"exact, of the Encrypter", opts(ExactHeader([]byte(exact))), nil, exact},
		{"exact, of the Encrypter, with cty", opts(ExactHeader([]byte(exactJWT))), nil, exactJWT},
		{"exact, of the call", nil, opts(ExactHeader([]byte(exact))), exact},
		{"exact, and another", nil, opts(ExactHeader([]byte(exact)), WithoutContentType()), ""},
		{"exact, and another", opts(ExactHeader([]byte(exact))), opts(KeyID("a")), ""},
		{"exact, twice", opts(ExactHeader([]byte(exact))), opts(ExactHeader([]byte(exact))), ""},
		{"set twice", opts(KeyID("a")), opts(KeyID("a")), ""},
	} {
		e := encMust[*Encrypter](t)(NewRSAOAEP256Encrypter(&ours.PublicKey, row.made...))
		token, err := SignThenEncrypt(k.s, e, []byte("payload"), row.call...)
		if row.header == "" {
			if encWant(t, err, ErrMalformed); err == nil || token != "" {
				t.Errorf("%s: %q, %v", row.name, token, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		header, _, _, plaintext := encOpen(t, encSHA256, ours, token)
		if header != row.header {
			t.Errorf("%s: header %s, want %s", row.name, header, row.header)
		}
		if string(plaintext) != jwtHS512(jwtHeader, "payload") {
			t.Errorf("%s: the content is %s", row.name, plaintext)
		}
		var checks []CheckOption
		if strings.Contains(header, "crit") {
			checks = []CheckOption{CheckMember("x", fine), CheckMember("y", fine)}
		}
		d := encMust[*Decrypter](t)(NewRSAOAEP256Decrypter(ours, checks...))
		if message, err := DecryptThenVerify(d, k.v, token); err != nil || string(message.Payload) != "payload" {
			t.Errorf("%s: %v", row.name, err)
		}
		// What is not nested has a "cty" only if the Encrypter was given one.
		given := slices.ContainsFunc(row.made, func(o HeaderOption) bool {
			return o.member.name == "cty" || strings.Contains(o.exact, "cty")
		})
		plain := encMust[string](t)(e.Encrypt(nil))
		if h := encMust[Header](t)(UnverifiedHeader(plain)); h.Has("cty") != given {
			t.Errorf("%s: without nesting, the header is %s", row.name, h.Bytes())
		}
	}

	// A header that has just room is not refused for a "cty" that nobody asked for.
	const most = 16 << 10
	kid := strings.Repeat("k", most-len(start+`,"kid":""}`))
	for _, kid := range []string{kid, kid[:len(kid)-len(`,"cty":"JWT"`)]} {
		e, err := NewRSAOAEP256Encrypter(&ours.PublicKey, KeyID(kid))
		if err != nil {
			t.Errorf("a kid of %d octets: %v", len(kid), err)
			continue
		}
		if _, err := e.Encrypt(nil); err != nil {
			t.Errorf("a kid of %d octets: %v", len(kid), err)
		}
		token, err := SignThenEncrypt(k.s, e, nil)
		if fits := len(start+`,"kid":"","cty":"JWT"}`)+len(kid) <= most; fits {
			encWant(t, err)
		} else if encWant(t, err, ErrMalformed); token != "" {
			t.Error("a token beside an error")
		}
		if _, err := SignThenEncrypt(k.s, e, nil, WithoutContentType()); err != nil {
			t.Errorf("a kid of %d octets, without cty: %v", len(kid), err)
		}
	}
}

// TestRFC7519_Section11_2 checks the errors of signing and then encrypting.
func TestRFC7519_Section11_2(t *testing.T) {
	t.Parallel()
	k := newNestKit(t)
	ours := encOurs(t)
	outage := errors.New("outage")
	broken := encMust[*Signer](t)(NewRS256SignerFromHandle(&nestSigner{&ours.PublicKey, outage}))
	token, err := SignThenEncrypt(broken, k.e, nil)
	encWant(t, err, ErrSigner)
	if !errors.Is(err, outage) || token != "" {
		t.Errorf("%q, %v", token, err)
	}
	unencoded := encMust[*Signer](t)(NewHS512Signer(encSecret, Unencoded()))
	_, err = SignThenEncrypt(unencoded, k.e, []byte("a.b"))
	encWant(t, err, ErrMalformed)
	_, err = SignThenEncrypt(k.s, k.e, nil, Unencoded())
	encWant(t, err, ErrUnsupported)
	_, err = SignThenEncrypt(k.s, k.e, nil, ExactHeader([]byte(encHeader("RSA-OAEP", ""))))
	encWant(t, err, ErrAlgorithm)
	_, err = SignThenEncrypt(k.s, k.e, nil, Member("alg", "x"))
	encWant(t, err, ErrMalformed)
}

// nestSigner is a crypto.Signer that fails.
type nestSigner struct {
	public crypto.PublicKey
	err    error
}

func (s *nestSigner) Public() crypto.PublicKey { return s.public }
func (s *nestSigner) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, s.err
}

// TestErrInner checks that errors about the inner token wrap ErrInner beside their class, that
// those about the outer one do not, and that nothing comes back beside either.
func TestErrInner(t *testing.T) {
	t.Parallel()
	const good = `{"sub":"a","exp":2000000000}`
	k := newNestKit(t, CheckMember("outer", Equal("o")))
	k.v = encMust[*Verifier](t)(VerifierByKeyID(map[string]*Verifier{"": k.v}, MaxTokenSize(10_000)))
	policy := jwtAny
	policy.AllowNoExp, policy.Now = false, func() time.Time { return time.Unix(1_900_000_000, 0) }
	signed := jwtHS512(jwtHeader, good)
	outer := `,"outer":"o","cty":"JWT"`
	edit := func(change func(s []string)) string {
		s := k.seal(outer, signed).segments()
		change(s)
		return strings.Join(s, ".")
	}
	inner := func(content string) string { return k.seal(outer, content).token() }
	for _, row := range []struct {
		name, token string
		jwt         bool // only as a JWT
		want        []error
	}{
		{"good", inner(signed), false, nil},
		{"outer: segments", signed, false, []error{ErrMalformed}},
		{"outer: base64url", edit(func(s []string) { s[4] = "=" + s[4] }), false, []error{ErrMalformed}},
		{"outer: alg", edit(func(s []string) { s[0] = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"dir","enc":"A256GCM"}`)) }), false, []error{ErrUnsupported}},
		{"outer: algorithm", edit(func(s []string) { s[0] = base64.RawURLEncoding.EncodeToString([]byte(encHeader("RSA-OAEP", ""))) }), false, []error{ErrAlgorithm}},
		{"outer: tag", edit(func(s []string) { s[4] = strings.Repeat("A", 22) }), false, []error{ErrDecryption}},
		{"outer: encrypted key", edit(func(s []string) { s[1] = "" }), false, []error{ErrDecryption}},
		{"outer: header check", k.seal(`,"outer":"i","cty":"JWT"`, signed).token(), false, []error{ErrClaims}},
		{"outer: no header member", k.seal(`,"cty":"JWT"`, signed).token(), false, []error{ErrClaims}},
		{"outer: JSON serialization", "{}", false, []error{ErrUnsupported}},
		{"outer: no cty", k.seal(`,"outer":"o"`, signed).token(), true, []error{ErrMalformed}},

		{"inner: empty", inner(""), false, []error{ErrMalformed, ErrInner}},
		{"inner: not a JWS", inner(good), false, []error{ErrUnsupported, ErrInner}}, // a JSON object
		{"inner: text", inner("plaintext"), false, []error{ErrMalformed, ErrInner}},
		{"inner: a JWE", inner(k.seal("", signed).token()), false, []error{ErrMalformed, ErrInner}},
		{"inner: cut", inner(signed[:len(signed)-1]), false, []error{ErrMalformed, ErrInner}},
		{"inner: a line break after it", inner(signed + "\n"), false, []error{ErrMalformed, ErrInner}},
		{"inner: none", inner("eyJhbGciOiJub25lIn0.e30."), false, []error{ErrUnsupported, ErrInner}},
		{"inner: algorithm", inner(jwtHS512(`{"alg":"RS256"}`, good)), false, []error{ErrAlgorithm, ErrInner}},
		{"inner: kid", inner(jwtHS512(`{"alg":"HS512","kid":"b"}`, good)), false, []error{ErrUnknownKey, ErrInner}},
		{"inner: crit", inner(jwtHS512(`{"alg":"HS512","x":1,"crit":["x"]}`, good)), false, []error{ErrUnsupported, ErrInner}},
		{"inner: signature", inner(signed[:len(signed)-86] + strings.Repeat("A", 86)), false, []error{ErrSignature, ErrInner}},
		{"inner: too large", inner(jwtHS512(jwtHeader, `{"x":"`+strings.Repeat("x", 10_000)+`"}`)), false, []error{ErrMalformed, ErrInner}},
		{"inner: b64", inner(nestUnencoded(t, "{}")), true, []error{ErrMalformed, ErrInner}},
		{"inner: one more inside", inner(jwtHS512(`{"alg":"HS512","cty":"JWT"}`, "{}")), true, []error{ErrMalformed, ErrInner}},
		{"inner: no claims", inner(jwtHS512(jwtHeader, "claims")), true, []error{ErrMalformed, ErrInner}},
		{"inner: type of a claim", inner(jwtHS512(jwtHeader, `{"iss":1}`)), true, []error{ErrMalformed, ErrInner}},
		{"inner: no exp", inner(jwtHS512(jwtHeader, `{}`)), true, []error{ErrClaims, ErrInner}},
		{"inner: an audience", inner(jwtHS512(jwtHeader, `{"aud":"a","exp":2000000000}`)), true, []error{ErrClaims, ErrInner}},
		{"inner: expired", inner(jwtHS512(jwtHeader, `{"exp":1900000000}`)), true, []error{ErrExpired, ErrInner}},
		{"inner: not yet valid", inner(jwtHS512(jwtHeader, `{"exp":2000000000,"nbf":1900000001}`)), true, []error{ErrNotYetValid, ErrInner}},
	} {
		claims, err := policy.VerifyNested(k.d, k.v, row.token)
		if (err == nil) != (row.want == nil) || (claims == nil) != (err != nil) {
			t.Errorf("%s, as a JWT: %v", row.name, err)
		}
		encWant(t, err, row.want...)
		message, err := DecryptThenVerify(k.d, k.v, row.token)
		if row.jwt {
			if err != nil {
				t.Errorf("%s, as a JWS: %v", row.name, err)
			}
			continue
		}
		if (err == nil) != (row.want == nil) || (message == nil) != (err != nil) {
			t.Errorf("%s, as a JWS: %v", row.name, err)
		}
		encWant(t, err, row.want...)
	}

	// Whose checks are whose: those of the call are for the inner header.
	token := k.seal(outer, jwtHS512(`{"alg":"HS512","inner":"i"}`, good)).token()
	for _, row := range []struct {
		check CheckOption
		want  []error
	}{
		{CheckMember("inner", Equal("i")), nil},
		{CheckMember("inner", Equal("o")), []error{ErrClaims, ErrInner}},
		{CheckMember("outer", Equal("o")), []error{ErrClaims, ErrInner}},
		{CheckMember("cty", Equal("JWT")), []error{ErrClaims, ErrInner}},
	} {
		_, err := DecryptThenVerify(k.d, k.v, token, row.check)
		encWant(t, err, row.want...)
		_, err = policy.VerifyNested(k.d, k.v, token, row.check)
		encWant(t, err, row.want...)
	}
	// A bound of the call is for the inner token, too: that of the outer one is the Decrypter's.
	_, err := DecryptThenVerify(k.d, k.v, inner(signed), MaxTokenSize(len(signed)))
	encWant(t, err)
	_, err = DecryptThenVerify(k.d, k.v, inner(signed), MaxTokenSize(len(signed)-1))
	encWant(t, err, ErrMalformed, ErrInner)
	// A policy that can't be meant is no matter of a token.
	_, err = Policy{}.VerifyNested(k.d, k.v, inner(signed))
	encWant(t, err, ErrClaims)
}

// nestUnencoded returns a JWS with an unencoded payload (RFC 7797, Section 5.2).
func nestUnencoded(t testing.TB, payload string) string {
	t.Helper()
	input := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS512","b64":false,"crit":["b64"]}`)) + "." + payload
	mac := hmac.New(sha512.New, encSecret)
	mac.Write([]byte(input))
	return input + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// TestNestedHeaders checks that both headers are visible, and which is which.
func TestNestedHeaders(t *testing.T) {
	t.Parallel()
	k := newNestKit(t)
	in := `{"alg":"HS512","typ":"JWT","kid":"inner"}`
	token := k.seal(`,"kid":"outer","cty":"JWT","iat":1,"exp":null`, jwtHS512(in, "payload")).token()
	for range 2 { // with and without the headers in the caches
		m := encMust[*Message](t)(DecryptThenVerify(k.d, k.v, token))
		if string(m.Header.Bytes()) != in || m.Header.KeyID() != "inner" || m.Header.Encryption() != "" {
			t.Errorf("Header: %s", m.Header.Bytes())
		}
		var iat int64
		if m.OuterHeader.KeyID() != "outer" || m.OuterHeader.Algorithm() != "RSA-OAEP-256" || m.OuterHeader.Get("iat", &iat) != nil || iat != 1 {
			t.Errorf("OuterHeader: %s", m.OuterHeader.Bytes())
		}
	}
	token = k.seal(`,"kid":"outer","cty":"JWT"`, jwtHS512(in, "{}")).token()
	c := encMust[*Claims](t)(jwtAny.VerifyNested(k.d, k.v, token))
	if c.Header().KeyID() != "inner" || c.OuterHeader().KeyID() != "outer" || string(c.Payload()) != "{}" {
		t.Errorf("%s, %s, %s", c.Header().Bytes(), c.OuterHeader().Bytes(), c.Payload())
	}
	c = encMust[*Claims](t)(jwtAny.Verify(k.v, jwtHS512(in, "{}")))
	if c.Header().KeyID() != "inner" || c.OuterHeader().Has("alg") || len(c.OuterHeader().Bytes()) != 0 {
		t.Errorf("not nested: %s, %s", c.Header().Bytes(), c.OuterHeader().Bytes())
	}
	m := encMust[*Message](t)(k.v.Verify(jwtHS512(in, "{}")))
	if m.OuterHeader.Has("alg") {
		t.Errorf("not nested: %s", m.OuterHeader.Bytes())
	}

	// The policy's type is that of the inner header.
	typed := jwtAny
	typed.AnyType, typed.Type = false, "JWT"
	encMust[*Claims](t)(typed.VerifyNested(k.d, k.v, token))
	_, err := typed.VerifyNested(k.d, k.v, k.seal(`,"typ":"JWT","cty":"JWT"`, jwtHS512(jwtHeader, "{}")).token())
	encWant(t, err, ErrClaims, ErrInner)
}

// TestRFC7519_Section5_3 checks that claims replicated as header members are the signed ones.
func TestRFC7519_Section5_3(t *testing.T) {
	t.Parallel()
	k := newNestKit(t)
	policy := jwtAny
	policy.NoAudience, policy.Audience = false, []string{"a", "b", "a\x00b"}
	for _, row := range []struct {
		name, outer, claims string
		accept              bool
	}{
		{"none", ``, `{"aud":"a"}`, true},
		{"not a registered claim", `,"x":1,"scope":"y"`, `{"aud":"a","x":2}`, true},

		{"iss", `,"iss":"i"`, `{"aud":"a","iss":"i"}`, true},
		{"iss, escaped", `,"iss":"i\u00e9\/"`, `{"aud":"a","iss":"\u0069é/"}`, true},
		{"iss, another", `,"iss":"j"`, `{"aud":"a","iss":"i"}`, false},
		{"iss, another case", `,"iss":"I"`, `{"aud":"a","iss":"i"}`, false},
		{"iss, not signed", `,"iss":"i"`, `{"aud":"a"}`, false},
		{"iss, empty and not signed", `,"iss":""`, `{"aud":"a"}`, false},
		{"iss, null and not signed", `,"iss":null`, `{"aud":"a"}`, false},
		{"iss, null", `,"iss":null`, `{"aud":"a","iss":"i"}`, false},
		{"iss, a number", `,"iss":1`, `{"aud":"a","iss":"1"}`, false},
		{"iss, another name", `,"Iss":"j"`, `{"aud":"a","iss":"i"}`, true},
		{"sub", `,"sub":"i"`, `{"aud":"a","sub":"i"}`, true},
		{"sub, another", `,"sub":"j"`, `{"aud":"a","sub":"i"}`, false},
		{"sub, signed as iss", `,"sub":"i"`, `{"aud":"a","iss":"i"}`, false},
		{"jti", `,"jti":"i"`, `{"aud":"a","jti":"i"}`, true},
		{"jti, another", `,"jti":"j"`, `{"aud":"a","jti":"i"}`, false},

		{"aud", `,"aud":"a"`, `{"aud":"a"}`, true},
		{"aud, the same in an array", `,"aud":["a"]`, `{"aud":"a"}`, true},
		{"aud, the same out of an array", `,"aud":"a"`, `{"aud":["a"]}`, true},
		{"aud, white space", `,"aud":["a","b"]`, `{"aud":[ "a", "\u0062" ]}`, true},
		{"aud, another", `,"aud":"b"`, `{"aud":"a"}`, false},
		{"aud, one more", `,"aud":["a","b"]`, `{"aud":"a"}`, false},
		{"aud, one less", `,"aud":"a"`, `{"aud":["a","b"]}`, false},
		{"aud, another order", `,"aud":["b","a"]`, `{"aud":["a","b"]}`, false},
		{"aud, none", `,"aud":[]`, `{"aud":["a"]}`, false},
		{"aud, one empty", `,"aud":["a",""]`, `{"aud":["a"]}`, false},
		{"aud, no strings", `,"aud":[1]`, `{"aud":"a"}`, false},
		{"aud, cut at another place", `,"aud":["a\u0000b","c"]`, `{"aud":["a","b\u0000c"]}`, false},
		{"aud, joined", `,"aud":"a\u0000b"`, `{"aud":["a","b"]}`, false},

		{"exp", `,"exp":4000000000`, `{"aud":"a","exp":4000000000}`, true},
		{"exp, 1.0 is 1", `,"exp":4000000000.0`, `{"aud":"a","exp":4000000000}`, true},
		{"exp, an exponent", `,"exp":4e9`, `{"aud":"a","exp":4000000000}`, true},
		{"exp, another", `,"exp":4000000001`, `{"aud":"a","exp":4000000000}`, false},
		{"exp, a fraction", `,"exp":4000000000.5`, `{"aud":"a","exp":4000000000}`, false},
		{"exp, a nanosecond", `,"exp":4000000000.000000001`, `{"aud":"a","exp":4000000000}`, false},
		{"exp, less than a nanosecond", `,"exp":4000000000.0000000001`, `{"aud":"a","exp":4000000000}`, false},
		{"exp, less than a nanosecond in both", `,"exp":4000000000.0000000001`, `{"aud":"a","exp":4000000000.0000000002}`, false},
		{"exp, less than a nanosecond, to the letter", `,"exp":4000000000.0000000001`, `{"aud":"a","exp":4000000000.0000000001}`, true},
		{"exp, less than a nanosecond in one", `,"exp":4000000000`, `{"aud":"a","exp":4000000000.0000000001}`, false},
		{"exp, a string", `,"exp":"4000000000"`, `{"aud":"a","exp":4000000000}`, false},
		{"exp, null", `,"exp":null`, `{"aud":"a","exp":4000000000}`, false},
		{"exp, null and not signed", `,"exp":null`, `{"aud":"a"}`, false},
		{"nbf", `,"nbf":0`, `{"aud":"a","nbf":-0}`, true},
		{"nbf, another", `,"nbf":1`, `{"aud":"a","nbf":0}`, false},
		{"nbf, not signed", `,"nbf":0`, `{"aud":"a"}`, false},
		{"iat", `,"iat":1.50`, `{"aud":"a","iat":1.5}`, true},
		{"iat, another", `,"iat":1.25`, `{"aud":"a","iat":1.5}`, false},
		{"iat, signed as nbf", `,"iat":1`, `{"aud":"a","nbf":1}`, false},

		{"all", `,"iss":"i","sub":"s","aud":"a","exp":4e9,"nbf":1,"iat":2,"jti":"j"`, `{"jti":"j","iat":2,"nbf":1,"exp":4e9,"aud":"a","sub":"s","iss":"i"}`, true},
		{"the last of all", `,"iss":"i","sub":"s","aud":"a","exp":4e9,"nbf":1,"iat":2,"jti":"j"`, `{"jti":"k","iat":2,"nbf":1,"exp":4e9,"aud":"a","sub":"s","iss":"i"}`, false},
	} {
		token := k.seal(row.outer+`,"cty":"JWT"`, jwtHS512(jwtHeader, row.claims)).token()
		claims, err := policy.VerifyNested(k.d, k.v, token)
		if (err == nil) != row.accept || (claims == nil) != (err != nil) {
			t.Errorf("%s: %v", row.name, err)
		}
		if !row.accept { // it is about the outer header
			encWant(t, err, ErrClaims)
		}
		// Nobody asked for claims.
		if _, err := DecryptThenVerify(k.d, k.v, token); err != nil {
			t.Errorf("%s, as a JWS: %v", row.name, err)
		}
	}
}

// TestD7_NestedEveryByte checks that a nested token has one spelling, inside and outside.
func TestD7_NestedEveryByte(t *testing.T) {
	t.Parallel()
	k := newNestKit(t)
	inner := jwtHS512(jwtHeader, `{"sub":"a"}`)
	outer := k.seal(`,"cty":"JWT"`, inner).token()
	seen := make(map[error]int)
	try := func(name, token string, inside bool) {
		message, err := DecryptThenVerify(k.d, k.v, token)
		if err == nil || message != nil {
			t.Fatalf("%s: accepted", name)
		}
		claims, err := jwtAny.VerifyNested(k.d, k.v, token)
		if err == nil || claims != nil {
			t.Fatalf("%s: accepted as a JWT", name)
		}
		if errors.Is(err, ErrInner) != inside {
			t.Fatalf("%s: %v", name, err)
		}
		for _, c := range []error{ErrMalformed, ErrUnsupported, ErrSignature, ErrDecryption} {
			if errors.Is(err, c) {
				seen[c]++
				return
			}
		}
		t.Fatalf("%s: %v", name, err)
	}
	encHostile(outer, func(name, token string) { try("outer, "+name, token, false) })
	encHostile(inner, func(name, token string) {
		try("inner, "+name, k.seal(`,"cty":"JWT"`, token).token(), true)
	})
	if len(seen) != 4 {
		t.Errorf("by class: %v", seen)
	}
	encMust[*Claims](t)(jwtAny.VerifyNested(k.d, k.v, outer))
}

// TestRFC7516_NestedUnencoded checks that what is inside of a JWE may be a JWS of RFC 7797, if it
// is no JWT (RFC 7797, Section 7).
func TestRFC7516_NestedUnencoded(t *testing.T) {
	t.Parallel()
	k := newNestKit(t)
	ours := encOurs(t)
	unencoded := encMust[*Signer](t)(NewHS512Signer(encSecret, Unencoded()))
	token := encMust[string](t)(SignThenEncrypt(unencoded, k.e, []byte(`{"a":1}`)))
	d := encMust[*Decrypter](t)(NewRSAOAEP256Decrypter(ours))
	m := encMust[*Message](t)(DecryptThenVerify(d, k.v, token))
	if string(m.Payload) != `{"a":1}` {
		t.Errorf("payload %s", m.Payload)
	}
	_, err := jwtAny.VerifyNested(d, k.v, token)
	encWant(t, err, ErrMalformed, ErrInner)
}

// TestNestedAlgorithms checks that all signatures go into all encryptions, and come back.
func TestNestedAlgorithms(t *testing.T) {
	t.Parallel()
	ours, theirs := encOurs(t), encTheirs(t)
	ec := encEC(t)
	signers := map[string]*Signer{
		"RS256": encMust[*Signer](t)(NewRS256Signer(theirs)),
		"ES512": encMust[*Signer](t)(NewES512Signer(ec)),
		"HS512": encMust[*Signer](t)(NewHS512Signer(encSecret)),
	}
	verifiers := map[string]*Verifier{
		"RS256": encMust[*Verifier](t)(NewRS256Verifier(&theirs.PublicKey)),
		"ES512": encMust[*Verifier](t)(NewES512Verifier(&ec.PublicKey)),
		"HS512": encMust[*Verifier](t)(NewHS512Verifier(encSecret)),
	}
	for _, a := range encAlgs() {
		e := encMust[*Encrypter](t)(a.newEncrypter(&ours.PublicKey))
		d := encMust[*Decrypter](t)(a.newDecrypter(ours))
		stranger := encMust[*Decrypter](t)(a.newDecrypter(theirs))
		for name, s := range signers {
			for _, payload := range []string{"", "{}", strings.Repeat("payload ", 2000)} {
				token := encMust[string](t)(SignThenEncrypt(s, e, []byte(payload)))
				m, err := DecryptThenVerify(d, verifiers[name], token)
				if err != nil || string(m.Payload) != payload || m.Header.Algorithm() != name || m.OuterHeader.Algorithm() != a.name {
					t.Errorf("%s in %s: %v", name, a.name, err)
				}
				if _, err := DecryptThenVerify(stranger, verifiers[name], token); err != ErrDecryption {
					t.Errorf("%s in %s, to another recipient: %v", name, a.name, err)
				}
				for other, v := range verifiers {
					if other != name {
						_, err := DecryptThenVerify(d, v, token)
						encWant(t, err, ErrAlgorithm, ErrInner)
					}
				}
			}
		}
	}
	// Results of earlier calls stay.
	e := encMust[*Encrypter](t)(NewRSAOAEP256Encrypter(&ours.PublicKey))
	d := encMust[*Decrypter](t)(NewRSAOAEP256Decrypter(ours))
	var payloads [][]byte
	for i := range 4 {
		token := encMust[string](t)(SignThenEncrypt(signers["HS512"], e, bytes.Repeat([]byte{byte('0' + i)}, 100)))
		payloads = append(payloads, encMust[*Message](t)(DecryptThenVerify(d, verifiers["HS512"], token)).Payload)
	}
	for i, p := range payloads {
		if string(p) != strings.Repeat(fmt.Sprint(i), 100) {
			t.Errorf("payload %d was overwritten: %s", i, p)
		}
	}
}
