//go:build !race

package jose

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"math/big"
	"runtime"
	"strings"
	"testing"
	"time"
)

// The race detector makes sync.Pool drop what it is given, so these counts hold without it only.

// allocated returns how many bytes a call of f allocates, of a few calls after the first.
func allocated(f func()) uint64 {
	const turns = 5
	f()
	return allocatedOnce(func() {
		for range turns {
			f()
		}
	}) / turns
}

// allocatedOnce returns how many bytes one call of f allocates.
func allocatedOnce(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// jwsAllocDER is what takes R and S out of the DER of a signature and proves that there is no
// other spelling of it: 19, and 2 more for each number that has a zero octet in front.
const jwsAllocDER = 21

// jwsAllocRaw returns what crypto/... alone allocates for one signature, and to verify it. With
// ES512, jwsAllocDER is added, and the numbers to verify are made of octets, as a token has them.
func jwsAllocRaw(t *testing.T, alg string) (sign, verify float64) {
	t.Helper()
	k := jwsKeys()
	var sig []byte // escapes, as a signature does that is returned
	var err error
	var ok bool
	// The largest of a few, for they vary with the randomness in them.
	most := func(f func()) (n float64) {
		for range 5 {
			n = max(n, testing.AllocsPerRun(2, f))
		}
		return n
	}
	switch alg {
	case "RS256":
		digest := sha256.Sum256([]byte("x"))
		sign = most(func() { sig, err = rsa.SignPKCS1v15(nil, k.rsa, crypto.SHA256, digest[:]) })
		verify = most(func() { ok = rsa.VerifyPKCS1v15(&k.rsa.PublicKey, crypto.SHA256, digest[:], sig) == nil })
	case "ES512":
		digest := sha512.Sum512([]byte("x"))
		sign = jwsAllocDER + most(func() { _, err = ecdsa.SignASN1(rand.Reader, k.ec, digest[:]) })
		sig = k.jwsRaw(alg, "x")
		verify = most(func() {
			ok = ecdsa.Verify(&k.ec.PublicKey, digest[:], new(big.Int).SetBytes(sig[:66]), new(big.Int).SetBytes(sig[66:]))
		})
	default:
		return 0, 0
	}
	if err != nil || !ok {
		t.Fatal("not a signature")
	}
	return sign, verify
}

// What we add to the primitive: the token when signing, and nothing where there is room for it;
// the payload and the Message when verifying.
func TestJWS_Allocations(t *testing.T) {
	for _, alg := range jwsAlgs {
		rawSign, rawVerify := jwsAllocRaw(t, alg)
		s, v := jwsSigner(t, alg, KeyID("k")), jwsVerifier(t, alg)
		sizes, runs := []int{0, 100, 5000, 100_000}, 50
		if alg != "HS512" { // these take longer
			sizes, runs = []int{0, 5000}, 4
		}
		for _, n := range sizes {
			payload := []byte(jwsText(n))
			var token, detached, unencoded string
			var kept *Message
			var err error
			check := func(what string, most float64, f func()) {
				t.Helper()
				got := testing.AllocsPerRun(runs, f)
				for i := 0; i < 5 && got > most; i++ { // a garbage collection may have come between
					got = min(got, testing.AllocsPerRun(runs, f))
				}
				if err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				if got > most {
					t.Errorf("%s %s, %d octets: %v allocations, want %v", alg, what, n, got, most)
				}
			}
			check("Sign", rawSign+1, func() { token, err = s.Sign(payload) })
			check("SignDetached", rawSign+1, func() { detached, err = s.SignDetached(payload) })
			dst := make([]byte, 0, len(token))
			check("AppendSign", rawSign, func() { _, err = s.AppendSign(dst, payload) })
			if unencoded, err = s.Sign(payload, Unencoded()); err != nil {
				t.Fatal(err)
			}
			content := 1.0
			if n == 0 {
				content = 0
			}
			check("Verify", rawVerify+content+1, func() { kept, err = v.Verify(token) })
			check("VerifyDetached", rawVerify+1, func() { kept, err = v.VerifyDetached(detached, payload) })
			jwsAccept(t, v, unencoded) // its header is another one, which is read only once
			check("Verify unencoded", rawVerify+content+1, func() { kept, err = v.Verify(unencoded) })
			if len(kept.Payload) != n {
				t.Errorf("%d octets", len(kept.Payload))
			}
			// Checks are run without decoding anything else.
			checks := []CheckOption{CheckMember("kid", Equal("k"))}
			limited := jwsVerifier(t, alg, MaxTokenSize(1<<20))
			jwsAccept(t, limited, token)
			check("Verify with checks", rawVerify+content+2, func() { kept, err = limited.Verify(token, checks...) })
		}
	}
}

// What is refused costs no memory that grows with the token, and what is accepted no more than
// the result.
func TestJWS_AllocatedBytes(t *testing.T) {
	const room = 16 << 10
	payload := []byte(jwsText(1 << 20))
	for _, alg := range jwsAlgs {
		s, v := jwsSigner(t, alg), jwsVerifier(t, alg)
		var token, detached string
		var err error
		check := func(what string, result int, f func()) {
			t.Helper()
			got := allocated(f)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			if got > uint64(result+room) {
				t.Errorf("%s %s: %d bytes for a result of %d", alg, what, got, result)
			}
		}
		check("Sign", encodedLen(len(payload)), func() { token, err = s.Sign(payload) })
		check("SignDetached", 0, func() { detached, err = s.SignDetached(payload) })
		dst := make([]byte, 0, len(token))
		check("AppendSign", 0, func() { _, err = s.AppendSign(dst, payload) })
		check("Verify", len(payload), func() { _, err = v.Verify(token) })
		check("VerifyDetached", 0, func() { _, err = v.VerifyDetached(detached, payload) })
		refused := func(what, token string) {
			t.Helper()
			check(what, 0, func() {
				if _, err = v.Verify(token); err == nil {
					t.Fatalf("%s is accepted", what)
				}
				err = nil
			})
		}
		h, p := token[:strings.Index(token, ".")], token[:strings.LastIndex(token, ".")]
		refused("another signature", p+strings.Repeat("A", len(token)-len(p))[:1]+"."+token[len(p)+1:])
		refused("a wrong signature", p[:len(p)-4]+"AAAA"+token[len(p):])
		refused("a long signature", h+".eA."+p[len(h)+1:])
		refused("a long header", p[len(h)+1:]+".eA.eA")
		refused("white space in the payload", p[:len(p)-4]+"AA A"+token[len(p):])
		refused("many segments", strings.Repeat(".", len(token)))
	}
}

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

// What a NumericDate costs does not depend on what number it is.
func TestNumericDateAllocatedBytes(t *testing.T) {
	for name, text := range benchDates {
		if got := allocated(func() { parseNumericDate(text) }); len(text) > 64 || got > 2<<10 {
			t.Errorf("%s: %d characters, %d bytes", name, len(text), got)
		}
	}
}

// Claims are read once, however many GetAll is asked for.
func TestClaimsGetAllAllocations(t *testing.T) {
	name := func(i int) string { return fmt.Sprintf("name-%d", i) }
	var c Claims
	if err := c.read(josMembers(10_000, name)); err != nil {
		t.Fatal(err)
	}
	values := make(map[string]any)
	for i := range 1000 {
		values[name(i)] = new(int)
	}
	get := func() error { return c.Get(name(0), new(int)) }
	all := func() error { return c.GetAll(values) }
	cost := func(f func() error) uint64 {
		return allocated(func() {
			if err := f(); err != nil {
				t.Fatal(err)
			}
		})
	}
	if one, many := cost(get), cost(all); many > one+64*1000 {
		t.Errorf("%d bytes for one claim, %d for a thousand", one, many)
	}
}

// TestJWEBytes bounds the memory for tokens of 1 MiB: the result, for nested ones the inner
// token as well, and 16 KiB.
func TestJWEBytes(t *testing.T) {
	ours := encOurs(t)
	e := encMust[*Encrypter](t)(encSHA256.newEncrypter(&ours.PublicKey))
	d := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours))
	s, v := encSigner(t), encVerifier(t)
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

// D8: a payload that no machine's int could count the characters of is refused before any
// work. The gibibyte is address space that nothing is written to; where an int has 32 bits, there
// may be none so large.
func TestD8_PayloadBound(t *testing.T) {
	if math.MaxInt == math.MaxInt32 {
		return
	}
	payload := make([]byte, maxContent+1)
	_, err := encSigner(t).SignDetached(payload)
	encWant(t, err, ErrOption)
	_, err = encMust[*Encrypter](t)(encSHA256.newEncrypter(&encOurs(t).PublicKey)).Encrypt(payload)
	encWant(t, err, ErrOption)
}

// D8: the memory of the strict reader is linear in the input.
func TestD8_ReadObjectLinear(t *testing.T) {
	name := func(i int) string { return fmt.Sprintf("name-%07d", i) }
	for _, wrap := range []string{"%s", `{"x":%s}`, `{"x":[{"y":%s}]}`} {
		cost := func(n int) (allocations, bytes float64) {
			text := fmt.Sprintf(wrap, josMembers(n, name))
			read := func() {
				if _, err := readMembers(text); err != nil {
					t.Fatal(err)
				}
			}
			return testing.AllocsPerRun(2, read), float64(allocated(read)) / float64(len(text))
		}
		few, fewBytes := cost(12_500)
		many, manyBytes := cost(50_000)
		if many > 4.5*few+20 {
			t.Errorf("%s: %v allocations for 12,500 members, %v for 50,000", wrap, few, many)
		}
		if manyBytes > 2*fewBytes || manyBytes > 30 {
			t.Errorf("%s: %v bytes for a byte of 12,500 members, %v of 50,000", wrap, fewBytes, manyBytes)
		}
	}
	// What nobody asks for costs nothing: one long string, array or number.
	for _, text := range []string{
		`{"x":"` + strings.Repeat("x", 1<<20) + `"}`, `{"x":[` + strings.Repeat("1,", 1<<20) + `1]}`, `{"x":1` + strings.Repeat("0", 1<<20) + `}`,
		`{"x":"` + strings.Repeat(`\u0041\ud83d\ude00`, 1<<16) + `"}`, `{"x":[` + strings.Repeat(`{"a":1,"b":[]},`, 1<<16) + `1]}`,
	} {
		if n := allocated(func() {
			if _, err := readMembers(text); err != nil {
				t.Fatal(err)
			}
		}); n > 4<<10 {
			t.Errorf("%.30s: %d bytes", text, n)
		}
	}
}

// base64url allocates its result, once, and nothing where there is room for it.
func TestBase64url_Allocations(t *testing.T) {
	for _, n := range []int{0, 1, 64, 100, 5000} {
		octets := b64Bytes(n)
		text := string(appendEncode(nil, octets))
		chars := []byte(text)
		dst := make([]byte, 0, len(text))
		once := float64(min(n, 1))
		var out []byte
		var err error
		for what, c := range map[string]struct {
			most float64
			f    func()
		}{
			"encode":              {once, func() { out = appendEncode(nil, octets) }},
			"encode in place":     {0, func() { out = appendEncode(dst, octets) }},
			"decode":              {once, func() { out, err = appendDecode(nil, text) }},
			"decode in place":     {0, func() { out, err = appendDecode(dst, text) }},
			"decode bytes":        {once, func() { out, err = appendDecode(nil, chars) }},
			"decode bytes, place": {0, func() { out, err = appendDecode(dst, chars) }},
			"check":               {0, func() { err = checkSegment(text) }},
			"check bytes":         {0, func() { err = checkSegment(chars) }},
		} {
			if got := testing.AllocsPerRun(50, c.f); got > c.most || err != nil {
				t.Errorf("%s, %d octets: %v allocations, want %v: %v", what, n, got, c.most, err)
			}
		}
		if cap(out) > 2*len(text)+16 {
			t.Errorf("%d octets have room for %d", n, cap(out))
		}
	}
}

// D8: what is within a bound is read, with memory in proportion to its size, and what is beyond it is
// refused before the work that the bound is for. BenchmarkBounds has the times.
func TestD8_Bounds(t *testing.T) {
	for _, row := range boundRows(t) {
		read := func(text string, want error) uint64 {
			t.Helper()
			var err error
			bytes := allocatedOnce(func() { err = row.read(text) })
			if want == nil && err != nil || !errors.Is(err, want) {
				t.Errorf("%s, %d bytes: %v, want %v", row.name, len(text), err, want)
			}
			return bytes
		}
		times := 100
		switch row.name {
		case "Verifier_of_set/256keys": // a verification tries each key
			times = 400
		case "JWK_Set_private_RSA/32768bits", "Decrypter_of_set/32768bits": // a private operation for each
			times = 16_000
		}
		read(row.cheap, nil)
		if got := read(row.dear, nil); got > uint64(times*len(row.dear)) {
			t.Errorf("%s: %d bytes are allocated for %d", row.name, got, len(row.dear))
		}
		if less := len(row.dear) - len(row.cheap); less > 16 || less < -len(row.dear)/50 {
			t.Errorf("%s: the cheap one has %d bytes, the dear one %d", row.name, len(row.cheap), len(row.dear))
		}
		for _, text := range row.over {
			if got := read(text, row.refused); got > uint64(2*len(text)+16<<10) {
				t.Errorf("%s: %d bytes are allocated until %d are refused", row.name, got, len(text))
			}
		}
	}
}

// AppendSign's doc: with HS512 and a header of 3,000 octets it allocates nothing if dst has room.
func TestAppendSign_LongHeader(t *testing.T) {
	header := josPadded("HS512", 3000)
	s, err := ktMust(NewSecret(ktSecret(64))).Signer(HS512, ExactHeader([]byte(header)))
	if err != nil || len(header) != 3000 {
		t.Fatalf("a header of %d octets: %v", len(header), err)
	}
	for _, size := range []int{0, 100, 5000} {
		payload, dst := make([]byte, size), make([]byte, 0, 16<<10)
		if n := testing.AllocsPerRun(100, func() { dst, err = s.AppendSign(dst[:0], payload) }); n != 0 || err != nil {
			t.Errorf("%d octets: %v allocations, %v", size, n, err)
		}
	}
}
