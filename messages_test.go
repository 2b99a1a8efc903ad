package jose

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestMessages holds what messages tell a caller to do next, and that they do not say what is not
// so. The last column has what must not be in one.
func TestMessages(t *testing.T) {
	t.Parallel()
	rsaKey := ktKey(ktRSA1JWK)
	rsaPub := ktPub(ktRSA1JWK)
	signer, verifier := ktMust(rsaKey.Signer(RS256)), ktMust(rsaPub.Verifier(RS256))
	token := ktMust(signer.Sign([]byte(`{"exp":1760000000000}`)))
	detached := ktMust(signer.SignDetached([]byte("left out")))
	critical := ktMust(ktMust(rsaKey.Signer(RS256, CriticalMember("first", 1), CriticalMember("second", 2))).Sign(nil))
	spaced := jwsToken("HS512", `{"alg":"HS512","crit":["a","b "],"a":1,"b":2}`, "x")
	hs := ktMust(ktHMAC(64).Verifier(HS512))
	policy := Policy{AnyIssuer: true, AnySubject: true, NoAudience: true, AnyType: true}
	encrypter := ktMust(rsaPub.Encrypter(RSAOAEP256, ContentType("JWT")))
	decrypter := ktMust(rsaKey.Decrypter(RSAOAEP256))
	wrapped := func(content string) error {
		_, err := DecryptThenVerify(decrypter, verifier, ktMust(encrypter.Encrypt([]byte(content))))
		return err
	}
	verify := func(v *Verifier, token string, checks ...CheckOption) error {
		m, err := v.Verify(token, checks...)
		if m != nil {
			t.Errorf("a message for %q", token)
		}
		return err
	}
	asked := func(p Policy) error {
		_, err := p.Verify(verifier, token)
		return err
	}
	get := func(v any) error {
		claims := new(Claims)
		if err := claims.Set("n", 1); err != nil {
			t.Fatal(err)
		}
		return claims.Get("n", v)
	}
	sign := func(opts ...HeaderOption) error {
		_, err := rsaKey.Signer(RS256, opts...)
		return err
	}
	check := func(checks ...CheckOption) error {
		_, err := rsaPub.Verifier(RS256, checks...)
		return err
	}
	private := func(jwk string) error {
		_, err := ParsePrivateKey([]byte(jwk))
		return err
	}
	public := func(jwk string) error {
		_, err := ParsePublicKey([]byte(jwk))
		return err
	}
	asUTF16 := func(text string, bigEndian bool) (out []byte) {
		for _, c := range []byte(text) {
			if bigEndian {
				out = append(out, 0, c)
			} else {
				out = append(out, c, 0)
			}
		}
		return out
	}
	var number float64
	var when time.Time
	accept := func(string) error { return nil }
	for _, row := range []struct {
		about string
		err   error
		class error
		has   []string
		not   string
	}{
		{"a detached token", verify(verifier, detached), ErrSignature, []string{"payload is empty", "VerifyDetached"}, ""},
		{"a payload for VerifyDetached", func() error { _, err := verifier.VerifyDetached(token, nil); return err }(),
			ErrMalformed, []string{"not detached", "Verify is for it"}, ""},
		{"a critical name", verify(verifier, critical, CheckMember("first", func(int) error { return nil })),
			ErrUnsupported, []string{"crit: name 2", "CheckMember", "RFC 7515, Section 4.1.11"}, "second"},
		{"a critical name that is no member", verify(hs, spaced), ErrMalformed, []string{"crit: name 2"}, "b "},
		{"a token over the limit", verify(ktMust(rsaPub.Verifier(RS256, MaxTokenSize(8))), token), ErrMalformed,
			[]string{"more than the 8 of MaxTokenSize"}, ""},
		{"exp in milliseconds", asked(policy), ErrMalformed, []string{`"exp"`, "seconds", "not milliseconds"}, "1760000000000"},
		{"a claim as a float64", get(&number), ErrOption, []string{"*float64", "int64, json.Number, NumericDate"}, ""},
		{"a claim as a time.Time", get(&when), ErrOption, []string{"*time.Time", "NumericDate"}, ""},
		{"a claim as no pointer", get(1), ErrOption, []string{"in int; a pointer"}, ""},
		{"a claim as nil", get(nil), ErrOption, []string{"in nil; a pointer"}, "<nil>"},
		{"a claim in milliseconds", func() error {
			c := new(Claims)
			if err := c.Set("at", json.Number("1760000000000")); err != nil {
				return err
			}
			return c.Get("at", new(NumericDate))
		}(), ErrClaims, []string{"a NumericDate in seconds"}, ""},
		{"a claim of a type that can't be", new(Claims).Set("x", 1.5), ErrOption, []string{"float64", "json.Number"}, ""},

		{"claims in a JWE", wrapped(`{"iss":"a","payload":"b"}`), ErrInner, []string{"no JWS", "unsigned claims"}, "serialization"},
		{"a token in JSON", verify(verifier, `{"access_token":"`+token+`"}`), ErrUnsupported,
			[]string{"no JWS or JWE", "or a token in it"}, "access_token"},
		{"one character of base64url", verify(verifier, "A..AA"), ErrMalformed, []string{"its length, 1, is that"}, "1 characters"},
		{"a header that is no JSON", verify(verifier, "e3s..AA"), ErrMalformed, []string{"not JSON at byte 1 (RFC 7515"}, ") ("},
		{"no JSON in a JWE", wrapped(`{"iss"`), ErrInner, []string{"no JWS"}, "serialization"},
		{"a flattened JWS", wrapped(`{"payload":"","protected":"","signature":""}`), ErrInner, []string{"a JSON serialization"}, ""},
		{"a general JWS", wrapped(`{"payload":"","signatures":[]}`), ErrInner, []string{"a JSON serialization"}, ""},
		{"a JWE in JSON", verify(verifier, `{"ciphertext":""}`), ErrUnsupported, []string{"a JSON serialization"}, ""},

		{"two that state", asked(Policy{Issuer: "a", AnyIssuer: true, Subject: "b", AnySubject: true, Audience: []string{"c"},
			NoAudience: true, Type: "d", AnyType: true, AllowNoExp: true, NoExpLifetime: 1}), ErrOption,
			[]string{"Issuer and AnyIssuer are both set", "Subject and AnySubject are both set",
				"Audience and NoAudience are both set", "Type and AnyType are both set",
				"AllowNoExp and NoExpLifetime are both set"}, "set Issuer"},
		{"one that states nothing", asked(Policy{}), ErrOption, []string{"set Issuer or AnyIssuer", "set Subject or AnySubject",
			"set Audience or NoAudience", "set Type or AnyType"}, "both"},
		{"twice MaxTokenSize", check(MaxTokenSize(1), MaxTokenSize(2)), ErrOption, []string{"MaxTokenSize is set twice"}, "malformed"},
		{"MaxTokenSize of one call", verify(verifier, token, MaxTokenSize(1)), ErrOption, []string{"for a constructor"}, "malformed"},
		{"twice the kid", sign(KeyID("a"), KeyID("b")), ErrOption, []string{`"kid" is set twice`}, "malformed"},
		{"twice Unencoded", sign(Unencoded(), Unencoded()), ErrOption, []string{"twice"}, "malformed"},
		{"ExactHeader and KeyID", sign(KeyID("a"), ExactHeader([]byte(`{"alg":"RS256"}`))), ErrOption,
			[]string{"ExactHeader goes with no other"}, "malformed"},
		{"ExactHeader of another alg", sign(ExactHeader([]byte(`{"alg":"ES512"}`))), ErrOption, []string{"RS256"}, "malformed"},
		{"a check for one call that is none", verify(verifier, token, CheckMember[string]("a", nil)), ErrOption,
			[]string{"CheckMember"}, "malformed"},
		{"a name that is checked and missing", verify(verifier, ktMust(signer.Sign([]byte("x"))), CheckMember("a", accept)), ErrClaims,
			[]string{`no member "a"`}, "malformed"},

		{"a short secret", func() error { _, err := NewSecret(make([]byte, 63)); return err }(), ErrKey,
			[]string{"not 64 octets, but 63;", "NewInsecureShortSecret takes", "RFC 7518, Section 3.2"}, ""},
		{"a secret of one octet", func() error { _, err := NewSecret([]byte{1}); return err }(), ErrKey, []string{"but 1;"}, "1 octets"},
		{"a short k", private(ktOct(ktSecret(63))), ErrKey, []string{"not 64 octets, but 63;", "NewInsecureShortSecret takes",
			"RFC 7518, Section 3.2"}, ""},
		{"a k of one octet", private(ktOct(ktSecret(1))), ErrKey, []string{"but 1;"}, "1 octets"},
		{"null for kty", private(ktWith(ktEC1JWK, "kty", "null")), ErrKey, []string{`"kty" is null`, "the whole key"}, "leave"},
		{"null for n", private(ktWith(ktRSA1JWK, "n", "null")), ErrKey, []string{`"n" is null`, "the whole key"}, "leave"},
		{"null for e", private(ktWith(ktRSA1JWK, "e", "null")), ErrKey, []string{`"e" is null`, "the whole key"}, "leave"},
		{"null for x", private(ktWith(ktEC1JWK, "x", "null")), ErrKey, []string{`"x" is null`, "the whole key"}, "leave"},
		{"null for y", private(ktWith(ktEC1JWK, "y", "null")), ErrKey, []string{`"y" is null`, "the whole key"}, "leave"},
		{"null for p", private(ktWith(ktRSA1JWK, "p", "null")), ErrKey, []string{`"p" is null: leave it out, if the key has none`, `a key with "d" needs it`}, ""},
		{"null for kid", private(ktWith(ktEC1JWK, "kid", "null")), ErrKey, []string{`"kid" is null: leave it out`}, ""},
		{"null for alg", private(ktWith(ktEC1JWK, "alg", "null")), ErrKey, []string{`"alg" is null`}, "empty"},
		{"null for crv", private(ktWith(ktEC1JWK, "crv", "null")), ErrKey, []string{`"crv" is null`, "the whole key"}, "leave"},
		{"null for d", private(ktWith(ktEC1JWK, "d", "null")), ErrKey, []string{`"d" is null: leave it out`}, "needs it"},
		{"null for oth", private(ktWith(ktRSA1JWK, "oth", "null")), ErrKey, []string{`"oth" is null`}, "multi-prime"},
		{"null for k", private(ktWith(ktRSA1JWK, "k", "null")), ErrKey, []string{`"k" is null`}, "symmetric"},
		{"null for x5c", private(ktWith(ktRSA1JWK, "x5c", "null")), ErrKey, []string{`"x5c" is null`}, "array"},
		{"null for key_ops", private(ktWith(ktRSA1JWK, "key_ops", "null")), ErrKey, []string{`"key_ops" is null`}, "array"},
		{"more primes", private(ktWith(ktRSA1JWK, "oth", "[]")), ErrKey, []string{"multi-prime", "RFC 7518, Section 6.3.2.7"}, "null"},
		{"a P-256 key", private(ktP256JWK), ErrKey, []string{`"crv" is P-256, not P-521`}, ""},
		{"another curve", private(ktWith(ktEC1JWK, "crv", `"of the sender"`)), ErrKey, []string{`"crv" is another curve or spelling`}, "sender"},
		{"another name of the curve", private(ktWith(ktEC1JWK, "crv", `"secp521r1"`)), ErrKey,
			[]string{`another curve or spelling, not P-521`}, "secp"},
		{"another spelling of kty", private(ktWith(ktRSA1JWK, "kty", `"rsa"`)), ErrKey, []string{"not RSA, EC or oct, spelled so"}, ""},
		{"an OKP key", private(ktOKPJWK), ErrKey, []string{"OKP", "Ed25519"}, ""},
		{"a zero octet in front of p", private(ktWith(ktRSA1JWK, "p", ktQuote(ktB64(append([]byte{0}, ktNumber(ktMembers(ktRSA1JWK)["p"]).Bytes()...))))), ErrKey,
			[]string{`"p" starts with a zero octet`, "encode it without", "(RFC 7518, Section 2)"}, "6.3.1.1"},
		{"a short x", private(ktWith(ktEC1JWK, "x", `"AA"`)), ErrKey, []string{`"x" has not 66 octets, but 1`}, "1 octets"},
		{"a point off the curve", private(ktWith(ktEC1JWK, "x", ktQuote(ktMembers(ktEC1JWK)["y"]))), ErrKey,
			[]string{"the point is not on P-521 (RFC 7518, Section 6.2.1)"}, "compressed"},
		{"JSON that is none", private(`{'kty':'RSA'}`), ErrKey, []string{"JWK: not JSON at byte 1 (RFC 7517, Section 4)"}, ") ("},
		{"null for p beside no d", public(ktWith(ktPublic(ktRSA1JWK), "p", "null")), ErrKey, []string{`"p" is null`}, "missing"},
		{"a JWK in UTF-16, little-endian", public(string(asUTF16(ktPublic(ktRSA1JWK), false))), ErrKey, []string{"UTF-16"}, "JWK"},
		{"a JWK in UTF-16, big-endian", public(string(asUTF16(ktPublic(ktRSA1JWK), true))), ErrKey, []string{"UTF-16"}, "JWK"},
	} {
		if row.err == nil || !errors.Is(row.err, row.class) {
			t.Errorf("%s: %v, want %v", row.about, row.err, row.class)
			continue
		}
		for _, has := range row.has {
			if !strings.Contains(row.err.Error(), has) {
				t.Errorf("%s: %q has not %q", row.about, row.err, has)
			}
		}
		if row.not != "" && strings.Contains(row.err.Error(), row.not) {
			t.Errorf("%s: %q has %q", row.about, row.err, row.not)
		}
	}

	// A payload that is there, and one that is detached as it should be, are answered as ever.
	if err := verify(verifier, token[:len(token)-4]+"AAAA"); err != ErrSignature {
		t.Errorf("a wrong signature: %v", err)
	}
	if _, err := verifier.VerifyDetached(detached, nil); err != ErrSignature {
		t.Errorf("a detached payload that is another one: %v", err)
	}
}

// TestHexadecimalModulus checks that "n" in hexadecimal, which base64url reads as another number, is refused, and
// nothing that is not hexadecimal throughout, nor a secret.
func TestHexadecimalModulus(t *testing.T) {
	t.Parallel()
	m := ktMembers(ktRSA1JWK)
	upper := strings.ToUpper(fmt.Sprintf("%x", ktNumber(m["n"])))
	n := ktRSA1JWK
	for _, text := range []string{upper, strings.ToLower(upper)} {
		jwk := ktPublic(ktWith(n, "n", ktQuote(text)))
		pub, err := ParsePublicKey([]byte(jwk))
		if ktRefused(t, "hexadecimal", pub, err, ErrKey); err != nil && !strings.Contains(err.Error(), `"n" is hexadecimal`) {
			t.Error(err)
		}
		set, err := ParseKeySet([]byte(ktSet(jwk, ktPublic(ktRSA2JWK))))
		if ktAccepted(t, "a set", set, err); err == nil && !strings.Contains(fmt.Sprint(set.Skipped()), "hexadecimal") {
			t.Error(set.Skipped())
		}
	}
	for _, text := range []string{upper + "g", "_" + upper} {
		_, err := ParsePublicKey([]byte(ktPublic(ktWith(n, "n", ktQuote(text)))))
		if err != nil && strings.Contains(err.Error(), "hexadecimal") {
			t.Errorf("not hexadecimal throughout: %v", err)
		}
	}
	secret, err := ParsePrivateKey([]byte(`{"kty":"oct","k":"` + strings.Repeat("0123456789abcdef", 8) + `"}`))
	ktAccepted(t, "a secret that looks so", secret, err)
}

// TestKeySetMessages holds that a set's error has its prefix once, names the first key's fault, and
// that a "kid" of a key that was passed over is not one that is unknown.
func TestKeySetMessages(t *testing.T) {
	t.Parallel()
	zero := ktPublic(ktWith(ktRSA2JWK, "kid", `"zero"`, "n", ktQuote("AA"+ktMembers(ktRSA2JWK)["n"][2:])))
	good := ktPublic(ktWith(ktRSA1JWK, "kid", `"good"`))
	for _, row := range []struct {
		about, set string
		has        []string
	}{
		{"none", ktSet(zero), []string{"jose: invalid key: JWK Set: none of its keys can be used: ", `key 0 of the JWK Set: JWK: "n" starts with a zero octet`}},
		{"one key", good, []string{"JWK Set: one key, and no set: ParsePublicKey or ParsePrivateKey reads it"}},
		{"PEM of one key", string(ktPub(ktRSA1JWK).PEM()), []string{"one key, and no set"}},
		{"no keys", `{"keys":null}`, []string{`no array "keys"`, "RFC 7517, Section 5.1"}},
		{"nothing", ``, []string{"the file is empty"}},
	} {
		set, err := ParseKeySet([]byte(row.set))
		if ktRefused(t, row.about, set, err, ErrKey); err == nil {
			continue
		}
		for _, has := range row.has {
			if text := err.Error(); !strings.Contains(text, has) || strings.Count(text, "jose: ") != 1 {
				t.Errorf("%s: %q, want %q", row.about, text, has)
			}
		}
	}
	set := ktMust(ParseKeySet([]byte(ktSet(zero, good))))
	v := ktMust(set.Verifier(RS256))
	for kid, want := range map[string]error{"zero": ErrKey, "other": ErrUnknownKey} {
		m, err := v.Verify(ktMust(ktMust(ktKey(ktRSA1JWK).Signer(RS256, KeyID(kid))).Sign([]byte("x"))))
		if ktRefused(t, kid, m, err, want); err != nil && (kid == "zero") != strings.Contains(err.Error(), `"n" starts with a zero octet`) {
			t.Errorf("%s: %v", kid, err)
		}
	}
	if _, err := ParsePublicKey([]byte(ktSet(good))); err == nil || !strings.Contains(err.Error(), "ParseKeySet") {
		t.Errorf("a set for a key: %v", err)
	}
	// "keys" beside "kty" is a member that nobody knows.
	for _, keys := range []string{"[]", "null"} {
		pub, err := ParsePublicKey([]byte(ktWith(good, "keys", keys)))
		ktAccepted(t, `"keys" in a JWK`, pub, err)
	}
}

// TestNoNumbersOfDecisions checks that neither a message nor a comment that go doc shows has the number of a
// decision, but for the place that says where they are listed: who copied the six files has no list.
func TestNoNumbersOfDecisions(t *testing.T) {
	t.Parallel()
	number := regexp.MustCompile(`\bD[0-9]+\b`)
	texts, docs := 0, 0
	for _, name := range []string{"b64url.go", "jose.go", "keys.go", "jws.go", "jwe.go", "jwt.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		look := func(text string) {
			if found := number.FindString(text); found != "" {
				t.Errorf("%s: %s is in %q", name, found, text)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				texts++
				look(literal.Value)
			}
			return true
		})
		look(file.Doc.Text())
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() {
					docs++
					look(d.Doc.Text())
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if s, ok := spec.(*ast.TypeSpec); ok && s.Name.IsExported() {
						docs++
						look(d.Doc.Text() + s.Doc.Text())
					}
				}
			}
		}
	}
	if texts < 500 || docs < 90 {
		t.Errorf("only %d strings and %d comments", texts, docs)
	}
}
