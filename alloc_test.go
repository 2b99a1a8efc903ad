//go:build !race

package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// The race detector makes sync.Pool drop what it is given, so these counts hold without it only.

// jwsAllocBytes returns the fewest bytes that one of a few calls of f allocates.
func jwsAllocBytes(f func()) (fewest uint64) {
	for i := range 3 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; i == 0 || n < fewest {
			fewest = n
		}
	}
	return fewest
}

// jwsAllocRaw returns what crypto/... alone allocates for one signature, and to verify it.
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
		sign = most(func() { sig, err = ecdsa.SignASN1(rand.Reader, k.ec, digest[:]) })
		verify = most(func() { ok = ecdsa.VerifyASN1(&k.ec.PublicKey, digest[:], sig) })
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
			checks := []CheckOption{CheckMember("kid", Equal("k")), MaxTokenSize(1 << 20)}
			jwsAccept(t, v, token)
			check("Verify with checks", rawVerify+content+2, func() { kept, err = v.Verify(token, checks...) })
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
			got := jwsAllocBytes(f)
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
			return testing.AllocsPerRun(2, read), float64(jwsAllocBytes(read)) / float64(len(text))
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
		if n := jwsAllocBytes(func() {
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
