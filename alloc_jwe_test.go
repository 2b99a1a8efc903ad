//go:build !race

package jose

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"runtime"
	"strings"
	"testing"
	"time"
)

// The race detector makes sync.Pool drop items at random, so these counts are for builds
// without it.

// TestJWEAllocations compares the allocations of a token with those of crypto alone.
func TestJWEAllocations(t *testing.T) {
	ours := encOurs(t)
	for _, a := range encAlgs() {
		e := encMust[*Encrypter](t)(a.newEncrypter(&ours.PublicKey))
		d := encMust[*Decrypter](t)(a.newDecrypter(ours))
		for _, n := range []int{0, 10_000} {
			plaintext := bytes.Repeat([]byte{'p'}, n)
			token := encMust[string](t)(e.Encrypt(plaintext))
			segments := strings.Split(token, ".")
			var octets [5][]byte
			for i, s := range segments {
				octets[i] = encMust[[]byte](t)(base64.RawURLEncoding.DecodeString(s))
			}
			aad := []byte(segments[0])
			sealed := bytes.Join(octets[2:], nil)
			buf := make([]byte, 0, len(sealed))

			raw := testing.AllocsPerRun(8, func() {
				cek := make([]byte, 32)
				rand.Read(cek)
				if _, err := rsa.EncryptOAEP(a.hash.New(), rand.Reader, &ours.PublicKey, cek, nil); err != nil {
					t.Fatal(err)
				}
				block, err := aes.NewCipher(cek)
				if err != nil {
					t.Fatal(err)
				}
				gcm, err := cipher.NewGCMWithRandomNonce(block)
				if err != nil {
					t.Fatal(err)
				}
				gcm.Seal(buf, nil, plaintext, aad)
			})
			got := testing.AllocsPerRun(8, func() {
				if _, err := e.Encrypt(plaintext); err != nil {
					t.Fatal(err)
				}
			})
			t.Logf("%s, %d octets: encrypting %v allocations, crypto alone %v", a.name, n, got, raw)
			if got > raw+1 { // the token
				t.Errorf("%s, %d octets: encrypting takes %v allocations, crypto alone %v", a.name, n, got, raw)
			}

			raw = testing.AllocsPerRun(8, func() {
				cek, err := rsa.DecryptOAEP(a.hash.New(), nil, ours, octets[1], nil)
				if err != nil {
					t.Fatal(err)
				}
				block, err := aes.NewCipher(cek)
				if err != nil {
					t.Fatal(err)
				}
				gcm, err := cipher.NewGCMWithRandomNonce(block)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := gcm.Open(nil, nil, sealed, aad); err != nil {
					t.Fatal(err)
				}
			})
			got = testing.AllocsPerRun(8, func() {
				if _, err := d.Decrypt(token); err != nil {
					t.Fatal(err)
				}
			})
			t.Logf("%s, %d octets: decrypting %v allocations, crypto alone %v", a.name, n, got, raw)
			if got > raw+2 { // the random CEK, and the result
				t.Errorf("%s, %d octets: decrypting takes %v allocations, crypto alone %v", a.name, n, got, raw)
			}
		}
	}
}

// TestJWTAllocations bounds the allocations of verifying and validating a JWT.
func TestJWTAllocations(t *testing.T) {
	policy := Policy{Issuer: "https://issuer.example", AnySubject: true, Audience: []string{"https://us.example"}, Type: "JWT"}.at(time.Unix(jwtNow, 0))
	token := jwtHS512(`{"alg":"HS512","typ":"JWT"}`, `{"iss":"https://issuer.example","sub":"1234567890","aud":"https://us.example","exp":1800000000,"nbf":1600000000,"iat":1600000000,"jti":"x"}`)
	v := jwtVerifier()
	got := testing.AllocsPerRun(200, func() {
		if _, err := policy.Verify(v, token); err != nil {
			t.Fatal(err)
		}
	})
	var kept *Claims
	keeping := testing.AllocsPerRun(200, func() {
		var err error
		if kept, err = policy.Verify(v, token); err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("%v allocations, %v if the claims are kept, of %s", got, keeping, kept.Issuer)
	if max(got, keeping) > 3 {
		t.Errorf("verifying and validating takes %v allocations, more than 3", max(got, keeping))
	}
}

// allocated returns how many bytes a call of f allocates, of a few calls after the first.
func allocated(f func()) uint64 {
	const turns = 5
	f()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range turns {
		f()
	}
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) / turns
}

// TestJWEBytes bounds the memory for tokens of 1 MiB: the result, for nested ones the inner
// token as well, and 16 KiB.
func TestJWEBytes(t *testing.T) {
	ours := encOurs(t)
	e := encMust[*Encrypter](t)(NewRSAOAEP256Encrypter(&ours.PublicKey))
	d := encMust[*Decrypter](t)(NewRSAOAEP256Decrypter(ours))
	s := encMust[*Signer](t)(NewHS512Signer(encSecret))
	v := encMust[*Verifier](t)(NewHS512Verifier(encSecret))
	const size, more = 1 << 20, 16 << 10
	payload := bytes.Repeat([]byte{'p'}, size)
	token := encMust[string](t)(e.Encrypt(payload))
	inner := encMust[string](t)(s.Sign(payload))
	nested := encMust[string](t)(SignThenEncrypt(s, e, payload))
	claims := []byte(`{"x":"` + strings.Repeat("p", size-8) + `"}`)
	jwt := encMust[string](t)(s.Sign(claims))
	nestedJWT := encMust[string](t)(SignThenEncrypt(s, e, claims))
	for _, row := range []struct {
		name  string
		bound int
		f     func() error
	}{
		{"Encrypt", len(token), func() error { _, err := e.Encrypt(payload); return err }},
		{"Decrypt", size, func() error { _, err := d.Decrypt(token); return err }},
		{"SignThenEncrypt", len(inner) + len(nested), func() error { _, err := SignThenEncrypt(s, e, payload); return err }},
		{"DecryptThenVerify", len(inner) + size, func() error { _, err := DecryptThenVerify(d, v, nested); return err }},
		{"Policy.Verify", size, func() error { _, err := jwtAny.Verify(v, jwt); return err }},
		{"Policy.VerifyNested", len(inner) + size, func() error { _, err := jwtAny.VerifyNested(d, v, nestedJWT); return err }},
	} {
		got := allocated(func() {
			if err := row.f(); err != nil {
				t.Fatal(err)
			}
		})
		t.Logf("%s: %d bytes, %d above the bound of %d", row.name, got, int(got)-row.bound, row.bound)
		if got > uint64(row.bound+more) {
			t.Errorf("%s: %d bytes for %d", row.name, got, row.bound)
		}
	}
}
