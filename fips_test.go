package jose

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"os"
	"sync"
	"testing"
	"time"

	"example.com/jose/vectors"
)

// fipsOnly reports whether crypto runs under fips140=only. crypto/fips140.Enabled is also true
// in the mode "on", and Enforced is newer than Go 1.24: a dummy operation tells.
var fipsOnly = sync.OnceValue(func() bool {
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		panic(err)
	}
	_, err = cipher.NewGCM(block) // takes IVs from the caller, which the mode refuses
	return err != nil
})

// fipsVariable is set in the process that TestFIPS140Only starts.
const fipsVariable = "JOSE_TEST_FIPS140_ONLY"

// TestFIPS140Mode checks that the other tests see the mode that they are run in.
func TestFIPS140Mode(t *testing.T) {
	if os.Getenv(fipsVariable) != "" && !fipsOnly() {
		t.Error("started under fips140=only, and crypto does not run in that mode")
	}
}

// TestFIPS140 checks what works in both modes, in both directions, and what only constructors
// refuse under fips140=only (D17).
func TestFIPS140(t *testing.T) {
	ours, ec := encOurs(t), encEC(t)
	payload := []byte(`{"iss":"i","exp":1800000000}`)
	policy := Policy{Issuer: "i", AnySubject: true, NoAudience: true, AnyType: true}.at(time.Unix(jwtNow, 0))

	rs := encMust[*Signer](t)(NewRS256Signer(ours))
	rsHandle := encMust[*Signer](t)(NewRS256SignerFromHandle(struct{ *rsa.PrivateKey }{ours}))
	es := encMust[*Signer](t)(NewES512Signer(ec))
	esHandle := encMust[*Signer](t)(NewES512SignerFromHandle(struct{ *ecdsa.PrivateKey }{ec}))
	hs := encMust[*Signer](t)(NewHS512Signer(encSecret))
	short := encMust[*Signer](t)(NewHS512SignerInsecureShortSecret(encSecret[:14]))
	rv := encMust[*Verifier](t)(NewRS256Verifier(&ours.PublicKey))
	ev := encMust[*Verifier](t)(NewES512Verifier(&ec.PublicKey))
	hv := encMust[*Verifier](t)(NewHS512Verifier(encSecret))
	shortv := encMust[*Verifier](t)(NewHS512VerifierInsecureShortSecret(encSecret[:14]))
	e := encMust[*Encrypter](t)(NewRSAOAEP256Encrypter(&ours.PublicKey))
	d := encMust[*Decrypter](t)(NewRSAOAEP256Decrypter(ours))
	handle := encMust[*Decrypter](t)(NewRSAOAEP256DecrypterFromHandle(struct{ *rsa.PrivateKey }{ours}))

	for _, row := range []struct {
		name string
		s    *Signer
		v    *Verifier
	}{
		{"RS256", rs, rv}, {"RS256, handle", rsHandle, rv}, {"ES512", es, ev}, {"ES512, handle", esHandle, ev}, {"HS512", hs, hv}, {"HS512, 14 octets", short, shortv},
	} {
		token := encMust[string](t)(row.s.Sign(payload))
		if m, err := row.v.Verify(token); err != nil || !bytes.Equal(m.Payload, payload) {
			t.Errorf("%s: %v", row.name, err)
		}
		if _, err := row.v.Verify(token[:len(token)-4] + "AAAA"); err != ErrSignature {
			t.Errorf("%s, forged: %v", row.name, err)
		}
		token = encMust[string](t)(row.s.SignDetached(payload, Unencoded()))
		if _, err := row.v.VerifyDetached(token, payload); err != nil {
			t.Errorf("%s, detached: %v", row.name, err)
		}
		token = encMust[string](t)(row.s.SignClaims(&Claims{Issuer: "i", ExpiresAt: NewNumericDate(time.Unix(jwtNow+1, 0))}))
		if c, err := policy.Verify(row.v, token); err != nil || c.Issuer != "i" {
			t.Errorf("%s, JWT: %v", row.name, err)
		}
		token = encMust[string](t)(SignThenEncrypt(row.s, e, payload))
		for _, d := range []*Decrypter{d, handle} {
			if c, err := policy.VerifyNested(d, row.v, token); err != nil || !bytes.Equal(c.Payload(), payload) {
				t.Errorf("%s, nested JWT: %v", row.name, err)
			}
		}
	}
	for _, plaintext := range []string{"", "plaintext"} {
		token := encMust[string](t)(e.Encrypt([]byte(plaintext)))
		for _, d := range []*Decrypter{d, handle} {
			if got, err := d.Decrypt(token); err != nil || string(got.Plaintext) != plaintext {
				t.Errorf("RSA-OAEP-256: %v", err)
			}
			if _, err := d.Decrypt(token[:len(token)-4] + "AAAA"); err != ErrDecryption {
				t.Errorf("RSA-OAEP-256, forged: %v", err)
			}
		}
	}

	// RSA-OAEP is with SHA-1, which the mode has not.
	var refused []error
	if fipsOnly() {
		refused = []error{ErrUnsupported}
	}
	encrypter, err := NewRSAOAEPEncrypter(&ours.PublicKey)
	if encWant(t, err, refused...); (encrypter == nil) != (err != nil) {
		t.Error("NewRSAOAEPEncrypter returns something beside an error, or nothing")
	}
	decrypter, err := NewRSAOAEPDecrypter(ours)
	if encWant(t, err, refused...); (decrypter == nil) != (err != nil) {
		t.Error("NewRSAOAEPDecrypter returns something beside an error, or nothing")
	}
	_, err = NewRSAOAEPDecrypterFromHandle(ours)
	encWant(t, err, refused...)
	_, err = NewRSAOAEPDecrypterFromHandle(struct{ *rsa.PrivateKey }{ours})
	encWant(t, err, refused...)

	// Public exponents are above 2^16 there; and everywhere at least 3.
	three := &rsa.PublicKey{N: ours.N, E: 3}
	_, err = NewRSAOAEP256Encrypter(three)
	encWant(t, err, refused...)
	_, err = NewRS256Verifier(three)
	encWant(t, err, refused...)
	_, err = NewRS256SignerFromHandle(&jwsHandle{public: three})
	encWant(t, err, refused...)
	private := fipsKeyOfThree(t)
	_, err = NewRS256Signer(private)
	encWant(t, err, refused...)
	_, err = NewRSAOAEP256Decrypter(private)
	encWant(t, err, refused...)
	_, err = NewRSAOAEP256DecrypterFromHandle(&encHandle{public: three})
	encWant(t, err, refused...)

	// What a mode has no say in.
	for n := range 14 {
		_, err := NewHS512SignerInsecureShortSecret(encSecret[:n])
		encWant(t, err, ErrKey)
		_, err = NewHS512VerifierInsecureShortSecret(encSecret[:n])
		encWant(t, err, ErrKey)
	}
	_, err = NewHS512Signer(encSecret[:63])
	encWant(t, err, ErrKey)
	p256 := encMust[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	_, err = NewES512Signer(p256)
	encWant(t, err, ErrKey)
}

// fipsKeyOfThree returns a key with the public exponent 3, from the corpus.
func fipsKeyOfThree(t *testing.T) *rsa.PrivateKey {
	for _, file := range encMust[[]vectors.File](t)(jwsVectors()) {
		key, ok := file.Keys["rsa-e3"]
		if !ok {
			continue
		}
		var jwk struct{ N, D, P, Q string }
		if err := json.Unmarshal(key.JWK, &jwk); err != nil {
			t.Fatal(err)
		}
		number := func(text string) *big.Int {
			return new(big.Int).SetBytes(encMust[[]byte](t)(base64.RawURLEncoding.DecodeString(text)))
		}
		return &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: number(jwk.N), E: 3}, D: number(jwk.D), Primes: []*big.Int{number(jwk.P), number(jwk.Q)}}
	}
	t.Fatal("the corpus has no such key")
	return nil
}
