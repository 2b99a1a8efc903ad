package jose

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"encoding/json"
	"math/big"
	"os"
	"os/exec"
	"runtime"
	"strings"
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

// TestFIPS140Only runs the two tests below under fips140=only, so that a plain "go test" shows
// both modes. The whole of the tests runs in that mode with GODEBUG=fips140=only.
func TestFIPS140Only(t *testing.T) {
	t.Parallel()
	switch {
	case runtime.GOARCH == "wasm", runtime.GOOS == "openbsd", runtime.GOOS == "aix", runtime.GOOS == "windows" && runtime.GOARCH == "386":
		return // Go has no such mode there, and with wasm no processes either
	}
	program := encMust[string](t)(os.Executable())
	command := exec.Command(program, "-test.run=^TestFIPS140(Mode)?$", "-test.v", "-test.count=1")
	command.Env = append(os.Environ(), "GODEBUG="+os.Getenv("GODEBUG")+",fips140=only", fipsVariable+"=1")
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for _, name := range []string{"TestFIPS140Mode", "TestFIPS140"} {
		if !bytes.Contains(output, []byte("--- PASS: "+name+" ")) {
			t.Errorf("%s did not pass:\n%s", name, output)
		}
	}
}

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
	private := func(key crypto.PrivateKey) *PrivateKey { return encMust[*PrivateKey](t)(NewPrivateKey(key)) }
	public := func(key crypto.PublicKey) *PublicKey { return encMust[*PublicKey](t)(NewPublicKey(key)) }

	rsaKey, rsaHandle, rsaPublic := private(ours), private(struct{ *rsa.PrivateKey }{ours}), public(&ours.PublicKey)
	ecKey, ecHandle, ecPublic := private(ec), private(struct{ *ecdsa.PrivateKey }{ec}), public(&ec.PublicKey)
	secret := encMust[*PrivateKey](t)(NewSecret(encSecret))
	short := encMust[*PrivateKey](t)(NewInsecureShortSecret(encSecret[:14]))
	e := encMust[*Encrypter](t)(rsaPublic.Encrypter(RSAOAEP256))
	d := encMust[*Decrypter](t)(rsaKey.Decrypter(RSAOAEP256))
	handle := encMust[*Decrypter](t)(rsaHandle.Decrypter(RSAOAEP256))

	for _, row := range []struct {
		name string
		alg  SignatureAlgorithm
		s    *PrivateKey
		v    jwsVerifies
	}{
		{"RS256", RS256, rsaKey, rsaPublic}, {"RS256, handle", RS256, rsaHandle, rsaPublic},
		{"ES512", ES512, ecKey, ecPublic}, {"ES512, handle", ES512, ecHandle, ecPublic},
		{"HS512", HS512, secret, secret}, {"HS512, 14 octets", HS512, short, short},
	} {
		s, v := encMust[*Signer](t)(row.s.Signer(row.alg)), encMust[*Verifier](t)(row.v.Verifier(row.alg))
		token := encMust[string](t)(s.Sign(payload))
		if m, err := v.Verify(token); err != nil || !bytes.Equal(m.Payload, payload) {
			t.Errorf("%s: %v", row.name, err)
		}
		if _, err := v.Verify(token[:len(token)-4] + "AAAA"); err != ErrSignature {
			t.Errorf("%s, forged: %v", row.name, err)
		}
		token = encMust[string](t)(s.SignDetached(payload, Unencoded()))
		if _, err := v.VerifyDetached(token, payload); err != nil {
			t.Errorf("%s, detached: %v", row.name, err)
		}
		token = encMust[string](t)(s.SignClaims(&Claims{Issuer: "i", ExpiresAt: NewNumericDate(time.Unix(jwtNow+1, 0))}))
		if c, err := policy.Verify(v, token); err != nil || c.Issuer != "i" {
			t.Errorf("%s, JWT: %v", row.name, err)
		}
		token = encMust[string](t)(SignThenEncrypt(s, e, payload))
		for _, d := range []*Decrypter{d, handle} {
			if c, err := policy.VerifyNested(d, v, token); err != nil || !bytes.Equal(c.Payload(), payload) {
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

	// RSA-OAEP is with SHA-1, which the mode has not. Public exponents are above 2^16 there, and
	// everywhere at least 3; primes are of the same size there.
	three := &rsa.PublicKey{N: ours.N, E: 3}
	keyOfThree := private(fipsKeyOfThree(t))
	fipsRefused[Encrypter](t)(rsaPublic.Encrypter(RSAOAEP))
	fipsRefused[Decrypter](t)(rsaKey.Decrypter(RSAOAEP))
	fipsRefused[Decrypter](t)(rsaHandle.Decrypter(RSAOAEP))
	fipsRefused[Encrypter](t)(public(three).Encrypter(RSAOAEP256))
	fipsRefused[Verifier](t)(public(three).Verifier(RS256))
	fipsRefused[Signer](t)(private(&jwsHandle{public: three}).Signer(RS256))
	fipsRefused[Decrypter](t)(private(&encHandle{public: three}).Decrypter(RSAOAEP256))
	fipsRefused[Signer](t)(keyOfThree.Signer(RS256))
	fipsRefused[Decrypter](t)(keyOfThree.Decrypter(RSAOAEP256))
	unequal := encMust[*PrivateKey](t)(ParsePrivateKey([]byte(boundRSA())))
	fipsRefused[Signer](t)(unequal.Signer(RS256))
	fipsRefused[Decrypter](t)(unequal.Decrypter(RSAOAEP256))

	// HMAC keys have at least 112 bits there. What the mode refuses is refused by constructors, and
	// neither they nor what they return panic where the mode is another one than before.
	for n := 1; n <= len(encSecret); n++ {
		octets := encSecret[:n]
		inside := secretKey(octets).asPrivate() // as one that was made outside of the mode
		if n < 14 {
			fipsRefused[PrivateKey](t)(NewInsecureShortSecret(octets))
			fipsRefused[Signer](t)(inside.Signer(HS512))
			fipsRefused[Verifier](t)(inside.Verifier(HS512))
		} else {
			inside = encMust[*PrivateKey](t)(NewInsecureShortSecret(octets))
		}
		// And roles that were made outside of it.
		s, v := encMust[*Signer](t)(fipsOutside(inside).Signer(HS512)), encMust[*Verifier](t)(fipsOutside(inside).Verifier(HS512))
		token := encMust[string](t)(s.Sign(payload))
		zeros := make([]byte, sha512.BlockSize-n) // RFC 2104, Section 2 says that they change nothing
		mac := hmac.New(sha512.New, append(bytes.Clone(octets), zeros...))
		last := strings.LastIndexByte(token, '.')
		mac.Write([]byte(token[:last]))
		if token[last+1:] != jwsB64(mac.Sum(nil)) {
			t.Errorf("HS512, %d octets: another MAC", n)
		}
		if m, err := v.Verify(token); err != nil || !bytes.Equal(m.Payload, payload) {
			t.Errorf("HS512, %d octets: %v", n, err)
		}
		if _, err := v.Verify(token[:len(token)-4] + "AAAA"); err != ErrSignature {
			t.Errorf("HS512, %d octets, forged: %v", n, err)
		}
	}

	// What a mode has no say in.
	_, err := NewInsecureShortSecret(nil)
	encWant(t, err, ErrKey)
	for n := range 64 {
		_, err := NewSecret(encSecret[:n])
		encWant(t, err, ErrKey)
	}
	_, err = NewPrivateKey(encMust[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)))
	encWant(t, err, ErrKey)
}

// fipsOutside returns a key that a constructor of a role finds long enough at its first look, as if the
// mode were another one then.
func fipsOutside(k *PrivateKey) *PrivateKey {
	looks := 0
	return (&material{secret: func() []byte {
		if looks++; looks == 1 {
			return encSecret
		}
		return k.secret()
	}}).asPrivate()
}

// fipsRefused checks what a constructor returns that refuses under fips140=only, and only there.
func fipsRefused[Role any](t *testing.T) func(*Role, error) {
	return func(role *Role, err error) {
		t.Helper()
		var refused []error
		if fipsOnly() {
			refused = []error{ErrUnsupported}
		}
		if encWant(t, err, refused...); (role == nil) != (err != nil) {
			t.Error("something beside an error, or nothing")
		}
		if err != nil && (strings.Contains(err.Error(), "crypto/") || !strings.Contains(err.Error(), "mode of crypto")) {
			t.Errorf("text of the standard library, or no reason: %v", err)
		}
	}
}

// fipsKeyOfThree returns a key with the public exponent 3, from the corpus.
func fipsKeyOfThree(t *testing.T) *rsa.PrivateKey {
	for _, file := range encMust[[]vectors.File](t)(jwsVectors()) {
		key, ok := file.Keys["rsa-e3"]
		if !ok {
			continue
		}
		var jwk jwsJWK
		if err := json.Unmarshal(key.JWK, &jwk); err != nil {
			t.Fatal(err)
		}
		public := rsa.PublicKey{N: jwk.number(jwk.N), E: 3}
		return &rsa.PrivateKey{PublicKey: public, D: jwk.number(jwk.D), Primes: []*big.Int{jwk.number(jwk.P), jwk.number(jwk.Q)}}
	}
	t.Fatal("the corpus has no such key")
	return nil
}

// D5: a key that this mode of crypto refuses takes down its own tokens and no others. Without the
// mode, both keys are good.
func TestFIPS140KeySet(t *testing.T) {
	t.Parallel()
	signer, err := ktKey(ktRSA1JWK).Signer(RS256, KeyID("good"))
	good := encMust[*PublicKey](t)(ktPub(ktRSA1JWK).WithKeyID("good"))
	three := encMust[*PublicKey](t)(NewPublicKey(&fipsKeyOfThree(t).PublicKey))
	three = encMust[*PublicKey](t)(three.WithKeyID("three"))
	for _, keys := range [][]*PublicKey{{good, three}, {three, good}} {
		set := encMust[*KeySet](t)(ParseKeySet(encMust[[]byte](t)(MarshalKeySet(keys...))))
		v := encMust[*Verifier](t)(set.Verifier(RS256))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Verify(encMust[string](t)(signer.Sign([]byte("x")))); err != nil {
			t.Errorf("the good key: %v", err)
		}
		other := encMust[*Signer](t)(ktKey(ktRSA1JWK).Signer(RS256, KeyID("three")))
		want := ErrSignature
		if fipsOnly() {
			want = ErrKey // no key can be had for its kid
		}
		_, err := v.Verify(encMust[string](t)(other.Sign([]byte("x"))))
		encWant(t, err, want)
	}
}
