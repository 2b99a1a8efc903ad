package jose

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestReports has what users of other libraries have reported, by kind: each is refused with a sentence that says what
// to do, or is accepted. Package explain has a test of the same name, for what it says.
func TestReports(t *testing.T) {
	t.Parallel()
	// refused checks the class of an error, and what is and is not in its text.
	refused := func(t *testing.T, err, class error, has string, never ...string) {
		t.Helper()
		if !errors.Is(err, class) || !strings.Contains(err.Error(), has) {
			t.Errorf("%v, want %v with %q", err, class, has)
			return
		}
		for _, text := range slices.Concat(never, foreignTexts) {
			if strings.Contains(err.Error(), text) {
				t.Errorf("%q has %q", err, text)
			}
		}
	}
	file := func(t *testing.T, name string) []byte {
		t.Helper()
		octets, err := os.ReadFile(filepath.Join("testdata", "keyfiles", name))
		if err != nil {
			t.Fatal(err)
		}
		return octets
	}
	asPrivate := func(file []byte) error { _, err := ParsePrivateKey(file); return err }
	asPublic := func(file []byte) error { _, err := ParsePublicKey(file); return err }
	asSet := func(file []byte) error { _, err := ParseKeySet(file); return err }
	detached := func(header, signed string) string {
		head := jwsB64([]byte(header))
		return head + ".." + jwsB64(jwsKeys().jwsRaw("RS256", head+"."+signed))
	}
	const body = `{"amount":"25.00","currency":"GBP"}`
	text := func(string) error { return nil }
	number := func(int64) error { return nil }

	t.Run("line breaks as backslash and n", func(t *testing.T) {
		for name, parse := range map[string]func([]byte) error{"rsa-private.pem": asPrivate, "rsa-public.pem": asPublic,
			"ec-sec1.pem": asPrivate, "rsa-certificate.pem": asPublic} {
			whole := string(file(t, name))
			if err := parse([]byte(whole)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			for _, breaks := range []string{`\n`, `\r\n`, `\\n`} {
				flat := strings.ReplaceAll(whole, "\n", breaks)
				for _, written := range []string{flat, `"` + flat + `"`, flat + "\n", "KEY=" + flat} {
					refused(t, parse([]byte(written)), ErrKey, `the line breaks are the two characters \n, and have to be real ones`)
				}
			}
		}
	})
	t.Run("keystores with a password", func(t *testing.T) {
		for name, has := range map[string]string{"pkcs12.p12": "PKCS #12: openssl pkcs12 -in FILE -nodes -nocerts",
			"keystore.jks":   "a Java keystore: keytool -importkeystore",
			"keystore.jceks": "a Java keystore: keytool -importkeystore"} {
			for _, parse := range []func([]byte) error{asPrivate, asPublic, asSet} {
				refused(t, parse(file(t, name)), ErrKey, has)
			}
		}
		// PKCS #12 of older programs is BER: its length is not said.
		ber := "\x30\x80\x02\x01\x03\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01" + strings.Repeat("\xa0\x55", 99)
		refused(t, asPrivate([]byte(ber)), ErrKey, "PKCS #12: openssl pkcs12 -in FILE -nodes -nocerts")
	})
	t.Run("a kid of a key that was passed over", func(t *testing.T) {
		n := append([]byte{0}, ktRSA(ktRSA1JWK).n.Bytes()...)
		zero := ktPublic(ktWith(ktRSA1JWK, "kid", `"one"`, "n", ktQuote(ktB64(n))))
		set := ktMust(ParseKeySet([]byte(ktSet(zero, ktPublic(ktWith(ktRSA2JWK, "kid", `"two"`))))))
		if skipped := set.Skipped(); len(skipped) != 1 {
			t.Fatalf("%v, want one", skipped)
		}
		refused(t, set.Skipped()[0], ErrKey, `key 0 of the JWK Set: JWK: "n" starts with a zero octet`)
		verifier := ktMust(set.Verifier(RS256))
		sign := func(key, kid string) string {
			return ktMust(ktMust(ktKey(key).Signer(RS256, KeyID(kid))).Sign([]byte(body)))
		}
		m, err := verifier.Verify(sign(ktRSA1JWK, "one"))
		ktRefused(t, "its kid is that of a key that was passed over", m, err, ErrKey)
		refused(t, err, ErrKey, `its "kid" names a key that can't be used: key 0 of the JWK Set: JWK: "n" starts with a `+
			"zero octet", "is not among")
		if errors.Is(err, ErrUnknownKey) {
			t.Errorf("%v is ErrUnknownKey, which asks to fetch the set again", err)
		}
		m, err = verifier.Verify(sign(ktRSA2JWK, "two"))
		ktAccepted(t, "the other key", m, err)
		m, err = verifier.Verify(sign(ktRSA1JWK, "three"))
		ktRefused(t, "a kid of no key", m, err, ErrUnknownKey)
	})
	t.Run("a set with one key twice", func(t *testing.T) {
		kid := func(jwk, kid string) string { return ktPublic(ktWith(jwk, "kid", ktQuote(kid))) }
		verify := func(set string) *Verifier { return ktMust(ktMust(ParseKeySet([]byte(set))).Verifier(RS256)) }
		token := func(key, kid string) string {
			return ktMust(ktMust(ktKey(key).Signer(RS256, KeyID(kid))).Sign([]byte(body)))
		}
		same, other := kid(ktRSA1JWK, "a"), kid(ktRSA2JWK, "b")
		for _, accepted := range []struct{ set, token string }{
			{ktSet(same, same), token(ktRSA1JWK, "a")},
			{ktSet(same, same, other), token(ktRSA1JWK, "a")},
			{ktSet(same, same, other), token(ktRSA2JWK, "b")},
			// Two keys under one kid take down no other.
			{ktSet(same, kid(ktRSA2JWK, "a"), other), token(ktRSA2JWK, "b")},
		} {
			m, err := verify(accepted.set).Verify(accepted.token)
			ktAccepted(t, accepted.set, m, err)
		}
		m, err := verify(ktSet(same, kid(ktRSA2JWK, "a"), other)).Verify(token(ktRSA1JWK, "a"))
		ktRefused(t, "two keys under one kid", m, err, ErrKey)
	})
	t.Run("a modulus in hexadecimal", func(t *testing.T) {
		n := hex.EncodeToString(ktRSA(ktRSA1JWK).n.Bytes())
		for _, n := range []string{n, strings.ToUpper(n)} {
			for _, e := range []string{`"AQAB"`, `"010001"`, `"10001"`} {
				jwk := ktPublic(ktWith(ktRSA1JWK, "n", ktQuote(n), "e", e))
				refused(t, asPublic([]byte(jwk)), ErrKey,
					`JWK: "n" is hexadecimal, and has to be base64url (RFC 7518, Section 6.3.1.1)`)
			}
		}
		// An exponent is short enough to look so by accident.
		pub, err := ParsePublicKey([]byte(ktPublic(ktWith(ktRSA1JWK, "e", `"EAAB"`))))
		ktAccepted(t, "an exponent that looks like hexadecimal", pub, err)
	})
	t.Run("members that are null", func(t *testing.T) {
		public := ktPublic(ktRSA1JWK)
		for _, name := range strings.Fields("d p q dp dq qi oth k x5c x5t x5u use alg kid key_ops") {
			for _, parse := range []func([]byte) error{asPublic, asPrivate} {
				refused(t, parse([]byte(ktWith(public, name, "null"))), ErrKey,
					`JWK: "`+name+`" is null: leave it out, if the key has none (RFC 7517, Section 4)`, "private", "multi-prime")
			}
		}
		for _, name := range strings.Fields("kty n e") {
			refused(t, asPublic([]byte(ktWith(public, name, "null"))), ErrKey,
				`JWK: "`+name+`" is null, and no key is without it: ask for the whole key (RFC 7518, Section 6)`, "leave it out")
		}
		var all []string
		for _, name := range strings.Fields("crv d dp dq k oth p q qi x x5t x5t#S256 x5u y") {
			all = append(all, name, "null")
		}
		refused(t, asPublic([]byte(ktWith(public, all...))), ErrKey, " is null: leave it out", "private", "multi-prime")
		// In a set, such a key is passed over, and makes no private set of it.
		other := ktPublic(ktWith(ktRSA2JWK, "kid", `"b"`))
		for _, name := range strings.Fields("d p q dp dq qi oth k") {
			set, err := ParseKeySet([]byte(ktSet(ktWith(public, "kid", `"a"`, name, "null"), other)))
			if ktAccepted(t, name, set, err); err == nil && len(set.Skipped()) == 1 {
				refused(t, set.Skipped()[0], ErrKey, `key 0 of the JWK Set: JWK: "`+name+`" is null: leave it out`)
			} else {
				t.Errorf("%s: %v, want it passed over", name, err)
			}
			refused(t, asSet([]byte(ktSet(ktWith(public, name, `"AQAB"`), other))), ErrKey, "mixed with public ones")
		}
	})
	t.Run("a handle that lies", func(t *testing.T) {
		key, other := ktRSAKey(ktRSA1JWK), ktRSAKey(ktRSA2JWK)
		digest := func(b []byte) []byte { d := sha256.Sum256(b); return d[:] }
		// PKCS #1 padding around text, which that mode of crypto does not sign without a hash.
		padded := func(text []byte) ([]byte, error) {
			em := slices.Concat([]byte{0, 1}, bytes.Repeat([]byte{0xff}, key.Size()-3-len(text)), []byte{0}, text)
			m := new(big.Int).SetBytes(em)
			return m.Exp(m, key.D, key.N).FillBytes(make([]byte, key.Size())), nil
		}
		for about, sign := range map[string]func(d []byte) ([]byte, error){
			"PSS":            func(d []byte) ([]byte, error) { return rsa.SignPSS(rand.Reader, key, crypto.SHA256, d, nil) },
			"another key":    func(d []byte) ([]byte, error) { return other.Sign(rand.Reader, d, crypto.SHA256) },
			"zeros":          func([]byte) ([]byte, error) { return make([]byte, key.Size()), nil },
			"hashed twice":   func(d []byte) ([]byte, error) { return key.Sign(rand.Reader, digest(d), crypto.SHA256) },
			"no DigestInfo":  padded,
			"a part of it":   func(d []byte) ([]byte, error) { return padded(d[:31]) },
			"nothing at all": func([]byte) ([]byte, error) { return nil, nil },
		} {
			s := jwsHandleSigner(t, &jwsHandle{public: &key.PublicKey, sign: sign}, RS256)
			token, err := s.Sign([]byte(body))
			if token != "" || !errors.Is(err, ErrSigner) {
				t.Errorf("%s: %q, %v, want ErrSigner", about, token, err)
			}
			token, err = s.SignDetached([]byte(body))
			if token != "" || !errors.Is(err, ErrSigner) {
				t.Errorf("%s, detached: %q, %v, want ErrSigner", about, token, err)
			}
		}
	})
	t.Run("claims in a JWE where a JWS is promised", func(t *testing.T) {
		encrypter := ktMust(ktPub(ktRSA2JWK).Encrypter(RSAOAEP256, ContentType("JWT")))
		decrypter := ktMust(ktKey(ktRSA2JWK).Decrypter(RSAOAEP256))
		verifier := ktMust(ktPub(ktRSA1JWK).Verifier(RS256))
		for _, claims := range []string{`{"sub":"ann"}`, body, ` {"iss":"i","payload":"p"}`, `{}`} {
			m, err := DecryptThenVerify(decrypter, verifier, ktMust(encrypter.Encrypt([]byte(claims))))
			if m != nil || !errors.Is(err, ErrUnsupported) {
				t.Errorf("%s: %v, %v", claims, m, err)
			}
			refused(t, err, ErrInner, "JSON and no JWS or JWE: unsigned claims, perhaps (RFC 7519, Section 3)",
				"serialization", "ann")
		}
	})
	t.Run("crit with spaces in the names", func(t *testing.T) {
		members := `,"UPI-UUID":"1","UPI-TIMESTAMP":"1594000000","UPI-APPID":"2","UPI-REQPATH":"/a/b"}`
		printed := `{"alg":"RS256","crit":["UPI-UUID"," UPI-TIMESTAMP"," UPI-APPID"," UPI-REQPATH"]` + members
		right := strings.ReplaceAll(printed, `" UPI`, `"UPI`)
		var checks []CheckOption
		for _, name := range []string{"UPI-UUID", "UPI-TIMESTAMP", "UPI-APPID", "UPI-REQPATH"} {
			checks = append(checks, CheckMember(name, text))
		}
		verifier := jwsVerifier(t, "RS256", checks...)
		m, err := verifier.VerifyDetached(detached(right, jwsB64([]byte(body))), []byte(body))
		ktAccepted(t, "the names spelled right", m, err)
		m, err = verifier.VerifyDetached(detached(printed, jwsB64([]byte(body))), []byte(body))
		ktRefused(t, "as printed", m, err, ErrMalformed)
		refused(t, err, ErrMalformed, "crit: name 2 is no member of the header (RFC 7515, Section 4.1.11)", "UPI")
	})
	t.Run("crit with names that are URLs, and b64 false", func(t *testing.T) {
		const at = "http://openbanking.org.uk/"
		members := `,"` + at + `iat":1767000000,"` + at + `iss":"C=UK, O=Acme","` + at + `tan":"openbanking.org.uk","crit":[`
		names := `"` + at + `iat","` + at + `iss","` + at + `tan"]}`
		checks := []CheckOption{CheckMember(at+"iat", number), CheckMember(at+"iss", text), CheckMember(at+"tan", text)}
		verifier := jwsVerifier(t, "RS256", checks...)
		raw := detached(`{"alg":"RS256","b64":false`+members+`"b64",`+names, body)
		m, err := verifier.VerifyDetached(raw, []byte(body))
		ktAccepted(t, "b64 is false", m, err)
		m, err = verifier.VerifyDetached(detached(`{"alg":"RS256"`+members+names, jwsB64([]byte(body))), []byte(body))
		ktAccepted(t, "without b64", m, err)
		m, err = verifier.VerifyDetached(detached(`{"alg":"RS256"`+members+names, body), []byte(body))
		ktRefused(t, "unencoded, and b64 does not say so", m, err, ErrSignature)
		m, err = jwsVerifier(t, "RS256", checks[:2]...).VerifyDetached(raw, []byte(body))
		ktRefused(t, "one name without a check", m, err, ErrUnsupported)
		refused(t, err, ErrUnsupported, "crit: name 4 has no CheckMember", "openbanking")
	})
	t.Run("JAdES members in crit", func(t *testing.T) {
		header := `{"alg":"RS256","cty":"application/json","sigT":"2026-01-02T08:43:12Z",` +
			`"sigD":{"mId":"m","pars":["digest"]},"crit":["sigT","sigD"]}`
		token := detached(header, jwsB64([]byte(body)))
		object := func(json.RawMessage) error { return nil }
		verifier := jwsVerifier(t, "RS256", CheckMember("sigT", text), CheckMember("sigD", object))
		m, err := verifier.VerifyDetached(token, []byte(body))
		ktAccepted(t, "both have a check", m, err)
	})
	t.Run("the payload is a hash", func(t *testing.T) {
		hash := sha256.Sum256([]byte(body))
		payload := hex.EncodeToString(hash[:])
		m, err := jwsVerifier(t, "RS256").Verify(jwsToken("RS256", `{"alg":"RS256","kid":"key1","typ":"JOSE"}`, payload))
		if ktAccepted(t, "hexadecimal", m, err); err == nil && string(m.Payload) != payload {
			t.Errorf("the payload is %q", m.Payload)
		}
	})
	t.Run("files that are no key file", func(t *testing.T) {
		for name, has := range map[string]string{
			"openssh-rsa.pub": "an OpenSSH public key: ssh-keygen -e -m PKCS8 -f FILE", "pgp-public.asc": "OpenPGP",
			"utf16le-bom.pem": "UTF-16", "utf16be.pem": "UTF-16", "public.xml": "XML",
			"base64url.txt": "base64url", "base64-unpadded.txt": "base64 without padding",
		} {
			for _, parse := range []func([]byte) error{asPrivate, asPublic, asSet} {
				refused(t, parse(file(t, name)), ErrKey, has)
			}
		}
	})
}
