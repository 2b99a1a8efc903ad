package jose

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	"example.com/jose/vectors"
)

// fuzzClass returns the one class of err that is among these, or fails. ErrInner may be beside it
// if inner is set.
func fuzzClass(t *testing.T, err error, inner bool, classes ...error) error {
	t.Helper()
	var found error
	for _, c := range encClasses {
		switch {
		case !errors.Is(err, c):
		case c == ErrInner && inner:
		case found == ErrClaims && (c == ErrExpired || c == ErrNotYetValid):
			found = c
		case found != nil || !slices.Contains(classes, c):
			t.Fatalf("not of one class of %v: %v", classes, err)
		default:
			found = c
		}
	}
	if found == nil {
		t.Fatalf("error of no class: %v", err)
	}
	return found
}

// fuzzDecrypters are Decrypters with keys of the corpus, one for each algorithm.
var fuzzDecrypters = sync.OnceValue(func() (decrypters []*Decrypter) {
	for _, a := range encAlgs() {
		name := "supplement.json/wycheproof-90"
		if a.hash == crypto.SHA1 {
			name = "rfc7516.json/A.1"
		}
		d, err := a.newDecrypter(encKeys()[name])
		if err != nil {
			panic(err)
		}
		decrypters = append(decrypters, d)
	}
	return decrypters
})

// FuzzDecrypt checks that an error is of one class, that one about the private key comes after
// one use of it, and that what decrypts has one spelling and stops decrypting when it changes.
func FuzzDecrypt(f *testing.F) {
	seeds := 0
	for _, file := range encMust[[]vectors.File](f)(vectors.Load()) {
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
		split, splitErr := SplitJWE(token)
		if splitErr == nil {
			if again, err := split.Token(); err != nil || again != token {
				t.Fatalf("split, and put together as %q, %v", again, err)
			}
			if split != split2(token) {
				t.Fatalf("split as %+v", split)
			}
		} else {
			fuzzClass(t, splitErr, false, ErrMalformed, ErrUnsupported)
		}
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
				if splitErr != nil && class != ErrMalformed && class != ErrUnsupported && class != ErrAlgorithm {
					t.Fatalf("%v, of a token that does not split: %v", err, splitErr)
				}
				continue
			}
			if splitErr != nil || len(uses.encryptedKeys) != 1 || len(uses.ceks) != 1 {
				t.Fatalf("decrypted after %v; SplitJWE: %v", uses, splitErr)
			}
			if base64.RawURLEncoding.EncodeToString(got.Header.Bytes()) != split.Header || len(got.Plaintext) != len(split.Ciphertext)*6/8 {
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

// split2 splits a token of five segments as encoding-free as can be.
func split2(token string) JWEParts {
	s := strings.Split(token, ".")
	return JWEParts{s[0], s[1], s[2], s[3], s[4]}
}

// fuzzCopy returns a Decrypter of the same key whose hooks can be replaced, with an empty cache.
func fuzzCopy(d *Decrypter) *Decrypter {
	key := *d.key
	r := d.decryptReceiver
	r.key, r.last = &key, new(atomic.Pointer[acceptedHeader[*decryptKey]])
	return &Decrypter{r, new(scratch)}
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
	e := encMust[*Encrypter](f)(NewRSAOAEP256Encrypter(&key.PublicKey))
	shared := encMust[*Decrypter](f)(NewRSAOAEP256Decrypter(key))
	f.Fuzz(func(t *testing.T, plaintext []byte, kid, name, value string) {
		before := bytes.Clone(plaintext)
		token, err := e.Encrypt(plaintext, KeyID(kid), Member(name, value))
		if !bytes.Equal(plaintext, before) {
			t.Fatal("the plaintext that was given has changed")
		}
		if err != nil {
			fuzzClass(t, err, false, ErrMalformed)
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
		if parts, err := SplitJWE(token); err != nil || parts != split2(token) {
			t.Fatal(err)
		}
		// The private key was used once; with the CEK, crypto decrypts to the same.
		block := encMust[cipher.Block](t)(aes.NewCipher(uses.ceks[0]))
		gcm := encMust[cipher.AEAD](t)(cipher.NewGCMWithRandomNonce(block))
		opened, err := gcm.Open(nil, nil, uses.sealed, []byte(split2(token).Header))
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
	v := encMust[*Verifier](f)(NewHS512Verifier(encSecret))
	shared := encMust[*Decrypter](f)(NewRSAOAEP256Decrypter(encOurs(f)))
	encryptedKey := encSeal(f, encSHA256, &encOurs(f).PublicKey, "", make([]byte, 32), nil).key
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
