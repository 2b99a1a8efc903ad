package jose

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"hash"
	"iter"
	"math/big"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Each operation is measured beside raw: the same key and bytes through crypto/... and
// encoding/base64 alone, into buffers that are there already, with the header encoded before
// and one HMAC kept and Reset. At 1 MiB raw makes one fresh buffer for the result, except for
// AppendSign. The ratio between the two is the figure that matters:
//
//	go test -run '^$' -bench Ratio -benchtime 200x .
//
// prints it as lib/raw, the median of that many pairs of turns; raw/raw is raw against itself,
// which shows the noise of the machine. The times are
//
//	go test -run '^$' -bench Op .
//
// and what a second core adds
//
//	go test -run '^$' -bench Scaling -benchtime 200x .
type benchOp struct {
	name     string
	lib, raw func()
	parallel bool // safe for concurrent use, on the side of the library
}

func BenchmarkOp(b *testing.B) {
	for op := range benchOps(b) {
		b.Run(op.name+"/lib", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				op.lib()
			}
		})
		b.Run(op.name+"/raw", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				op.raw()
			}
		})
	}
}

// BenchmarkParallel is concurrent use of one Signer or Verifier: -cpu 1,2 shows what it costs.
func BenchmarkParallel(b *testing.B) {
	defer liveHeap()()
	for op := range benchOps(b) {
		if !op.parallel {
			continue
		}
		b.Run(op.name, func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					op.lib()
				}
			})
		})
	}
}

// liveHeap holds what a server does: with nothing alive, a collection starts every 4 MiB, and
// how collections scale is what would be measured. It is kept until the function is called.
func liveHeap() func() {
	live := make([]byte, 64<<20)
	return func() { runtime.KeepAlive(live) }
}

// BenchmarkScaling is how many times the work of one core two do with one Signer or Verifier,
// beside what they do with a primitive each, in turns. Nothing shared makes 2; the machine has
// its say, so what the primitive reaches is the figure to compare with.
func BenchmarkScaling(b *testing.B) {
	defer liveHeap()()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	second, stop := iter.Pull(benchOps(b)) // raw is not safe for concurrent use
	defer stop()
	for op := range benchOps(b) {
		other, _ := second()
		if !op.parallel || !strings.HasSuffix(op.name, "/128B") {
			continue
		}
		b.Run(op.name, func(b *testing.B) {
			turns := 1
			for timeOf(op.lib, turns) < 5*time.Millisecond {
				turns *= 2
			}
			scaling := func(f, g func()) float64 {
				runtime.GOMAXPROCS(1)
				one := timeOf(f, turns)
				runtime.GOMAXPROCS(2)
				both := timeOf(func() {
					done := make(chan struct{})
					go func() { timeOf(g, turns); close(done) }()
					timeOf(f, turns)
					<-done
				}, 1)
				return 2 * float64(one) / float64(both)
			}
			var lib, raw []float64
			for b.Loop() {
				lib = append(lib, scaling(op.lib, op.lib))
				raw = append(raw, scaling(op.raw, other.raw))
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(lib), "lib")
			b.ReportMetric(median(raw), "raw")
		})
	}
}

// BenchmarkRatio times turns of lib, raw, and raw again, each long enough for the clock.
func BenchmarkRatio(b *testing.B) {
	for op := range benchOps(b) {
		b.Run(op.name, func(b *testing.B) {
			turns := 1
			for timeOf(op.raw, turns) < 200*time.Microsecond {
				turns *= 2
			}
			// What is measured is the steady state: the machine has handed out the memory before.
			for start := time.Now(); time.Since(start) < 200*time.Millisecond; {
				op.lib()
			}
			var ratios, noise []float64
			for i := 0; b.Loop(); i++ {
				// The order changes, so that what a turn leaves behind falls on all.
				var lib, raw, again time.Duration
				if i%2 == 0 {
					lib, raw, again = timeOf(op.lib, turns), timeOf(op.raw, turns), timeOf(op.raw, turns)
				} else {
					again, raw, lib = timeOf(op.raw, turns), timeOf(op.raw, turns), timeOf(op.lib, turns)
				}
				ratios = append(ratios, float64(lib)/float64(raw))
				noise = append(noise, float64(again)/float64(raw))
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(ratios), "lib/raw")
			b.ReportMetric(median(noise), "raw/raw")
		})
	}
}

func timeOf(f func(), turns int) time.Duration {
	start := time.Now()
	for range turns {
		f()
	}
	return max(time.Since(start), 1)
}

func median(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}

// benchKeys are made once: what they are does not matter to the time.
var benchKeys = sync.OnceValue(func() (k struct {
	rsa    *rsa.PrivateKey
	ec     *ecdsa.PrivateKey
	secret []byte
}) {
	k.rsa, _ = rsa.GenerateKey(rand.Reader, 2048)
	k.ec, _ = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	k.secret = bytes.Repeat([]byte("secret--"), 8)
	return k
})

// benchPayload is the same bytes every time, and not too regular.
func benchPayload(n int) []byte {
	p := make([]byte, n)
	x := uint32(1)
	for i := range p {
		x = x*1664525 + 1013904223
		p[i] = byte(x >> 24)
	}
	return p
}

var benchSizes = []struct {
	name string
	n    int
}{{"128B", 128}, {"1KiB", 1 << 10}, {"64KiB", 64 << 10}, {"1MiB", 1 << 20}}

// benchOps yields all operations, those of one size and kind at a time, so that the small ones
// are not measured in the heap of the large ones. Each is run once on both sides, and what
// comes out is checked, before anything is timed.
func benchOps(tb testing.TB) iter.Seq[benchOp] {
	return func(yield func(benchOp) bool) {
		each := func(ops []benchOp) bool {
			for _, op := range ops {
				if !yield(op) {
					return false
				}
			}
			return true
		}
		if !yield(benchJWT(tb)) || !each(benchParse(tb)) {
			return
		}
		for _, size := range benchSizes {
			payload, fresh := benchPayload(size.n), size.n >= 1<<20
			for _, alg := range []SignatureAlgorithm{HS512, RS256, ES512} {
				if !each(benchJWS(tb, alg, size.name, payload, fresh)) {
					return
				}
			}
			for _, a := range encAlgs() {
				if !each(benchJWE(tb, a, size.name, payload, fresh)) {
					return
				}
			}
			if !each(benchBase64url(tb, size.name, payload)) {
				return
			}
		}
	}
}

// rawJWS is one signature algorithm as crypto/... has it.
type rawJWS struct {
	hash   hash.Hash
	sign   func(digest []byte) []byte
	verify func(digest, signature []byte) bool
	size   int
}

func newRawJWS(alg SignatureAlgorithm) *rawJWS {
	k := benchKeys()
	switch alg {
	case HS512:
		return &rawJWS{hmac.New(sha512.New, k.secret),
			func(mac []byte) []byte { return mac }, hmac.Equal, sha512.Size}
	case RS256:
		return &rawJWS{sha256.New(),
			func(digest []byte) []byte {
				s, _ := rsa.SignPKCS1v15(nil, k.rsa, crypto.SHA256, digest)
				return s
			},
			func(digest, s []byte) bool {
				return rsa.VerifyPKCS1v15(&k.rsa.PublicKey, crypto.SHA256, digest, s) == nil
			}, k.rsa.Size()}
	}
	var rs [132]byte
	return &rawJWS{sha512.New(),
		func(digest []byte) []byte {
			r, s, _ := ecdsa.Sign(rand.Reader, k.ec, digest)
			r.FillBytes(rs[:66])
			s.FillBytes(rs[66:])
			return rs[:]
		},
		func(digest, rs []byte) bool {
			return ecdsa.Verify(&k.ec.PublicKey, digest, new(big.Int).SetBytes(rs[:66]), new(big.Int).SetBytes(rs[66:]))
		}, len(rs)}
}

// appendToken appends header.payload.signature.
func (r *rawJWS) appendToken(dst, header, payload []byte, sum *[64]byte) []byte {
	start := len(dst)
	dst = append(dst, header...)
	dst = base64.RawURLEncoding.AppendEncode(dst, payload)
	r.hash.Reset()
	r.hash.Write(dst[start:])
	signature := r.sign(r.hash.Sum(sum[:0]))
	dst = append(dst, '.')
	return base64.RawURLEncoding.AppendEncode(dst, signature)
}

// open verifies a token and appends its payload.
func (r *rawJWS) open(dst, token []byte, headerLen int, sig []byte, sum *[64]byte) ([]byte, bool) {
	dot := len(token) - 1 - base64.RawURLEncoding.EncodedLen(r.size)
	n, _ := base64.RawURLEncoding.Decode(sig, token[dot+1:])
	r.hash.Reset()
	r.hash.Write(token[:dot])
	if !r.verify(r.hash.Sum(sum[:0]), sig[:n]) {
		return dst, false
	}
	dst, err := base64.RawURLEncoding.AppendDecode(dst, token[headerLen:dot])
	return dst, err == nil
}

func newBenchSigner(tb testing.TB, alg SignatureAlgorithm) (*Signer, *Verifier) {
	k := benchKeys()
	if alg == HS512 {
		secret := encMust[*PrivateKey](tb)(NewSecret(k.secret))
		return encMust[*Signer](tb)(secret.Signer(alg)), encMust[*Verifier](tb)(secret.Verifier(alg))
	}
	key := crypto.PrivateKey(k.rsa)
	if alg == ES512 {
		key = k.ec
	}
	private := encMust[*PrivateKey](tb)(NewPrivateKey(key))
	public := encMust[*PublicKey](tb)(private.Public())
	return encMust[*Signer](tb)(private.Signer(alg)), encMust[*Verifier](tb)(public.Verifier(alg))
}

func benchJWS(tb testing.TB, alg SignatureAlgorithm, size string, payload []byte, fresh bool) []benchOp {
	s, v := newBenchSigner(tb, alg)
	r := newRawJWS(alg)
	header := append(base64.RawURLEncoding.AppendEncode(nil, []byte(`{"alg":"`+alg.String()+`"}`)), '.')
	room := len(header) + 2*len(payload) + 2000
	rawBuf, libBuf, sig := make([]byte, 0, room), make([]byte, 0, room), make([]byte, 1024)
	var sum [64]byte

	// Each side verifies what the other signed.
	token := encMust[string](tb)(s.Sign(payload))
	tokenBytes := []byte(token)
	if got, ok := r.open(nil, tokenBytes, len(header), sig, &sum); !ok || !bytes.Equal(got, payload) {
		tb.Fatal("raw does not verify the library's token")
	}
	if m, err := v.Verify(string(r.appendToken(nil, header, payload, &sum))); err != nil || !bytes.Equal(m.Payload, payload) {
		tb.Fatal("the library does not verify raw's token", err)
	}
	if appended, err := s.AppendSign(nil, payload); err != nil || len(appended) != len(token) {
		tb.Fatal(err)
	}
	rawSign := func() {
		if buf := rawBuf; !fresh {
			r.appendToken(buf, header, payload, &sum)
			return
		}
		benchSink = r.appendToken(make([]byte, 0, len(token)), header, payload, &sum)
	}
	rawOpen := func() {
		if fresh {
			benchSink, _ = r.open(make([]byte, 0, len(payload)), tokenBytes, len(header), sig, &sum)
		} else if _, ok := r.open(rawBuf, tokenBytes, len(header), sig, &sum); !ok {
			panic("not valid")
		}
	}
	name := alg.String() + "/" + size
	return []benchOp{
		{"AppendSign" + name, func() { s.AppendSign(libBuf, payload) },
			func() { r.appendToken(rawBuf, header, payload, &sum) }, false},
		{"Sign" + name, func() { s.Sign(payload) }, rawSign, true},
		{"Verify" + name, func() {
			if _, err := v.Verify(token); err != nil {
				panic(err)
			}
		}, rawOpen, true},
	}
}

var benchSink []byte // keeps fresh buffers from the stack

// rawJWE is RSA-OAEP and A256GCM as crypto/... has them.
type rawJWE struct {
	newHash func() hash.Hash
	sealed  []byte
	aad     []byte
}

func (r *rawJWE) appendToken(dst, header, plaintext []byte) []byte {
	cek := make([]byte, 32)
	rand.Read(cek)
	ek, _ := rsa.EncryptOAEP(r.newHash(), rand.Reader, &benchKeys().rsa.PublicKey, cek, nil)
	block, _ := aes.NewCipher(cek)
	gcm, _ := cipher.NewGCMWithRandomNonce(block)
	r.sealed = gcm.Seal(r.sealed[:0], nil, plaintext, header[:len(header)-1])
	dst = append(dst, header...)
	dst = append(base64.RawURLEncoding.AppendEncode(dst, ek), '.')
	dst = append(base64.RawURLEncoding.AppendEncode(dst, r.sealed[:12]), '.')
	dst = append(base64.RawURLEncoding.AppendEncode(dst, r.sealed[12:len(r.sealed)-16]), '.')
	return base64.RawURLEncoding.AppendEncode(dst, r.sealed[len(r.sealed)-16:])
}

func (r *rawJWE) open(dst, token []byte, headerLen int, ek []byte) ([]byte, error) {
	enc := base64.RawURLEncoding
	ekEnd := headerLen + enc.EncodedLen(len(ek))
	enc.Decode(ek, token[headerLen:ekEnd])
	cek, err := rsa.DecryptOAEP(r.newHash(), nil, benchKeys().rsa, ek, nil)
	if err != nil {
		return nil, err
	}
	block, _ := aes.NewCipher(cek)
	gcm, _ := cipher.NewGCMWithRandomNonce(block)
	r.sealed, _ = enc.AppendDecode(r.sealed[:0], token[ekEnd+1:ekEnd+17])
	r.sealed, _ = enc.AppendDecode(r.sealed, token[ekEnd+18:len(token)-23])
	r.sealed, _ = enc.AppendDecode(r.sealed, token[len(token)-22:])
	return gcm.Open(dst, nil, r.sealed, token[:headerLen-1])
}

func benchJWE(tb testing.TB, a encAlg, size string, payload []byte, fresh bool) []benchOp {
	k := benchKeys()
	e := encMust[*Encrypter](tb)(a.newEncrypter(&k.rsa.PublicKey))
	d := encMust[*Decrypter](tb)(a.newDecrypter(k.rsa))
	r := &rawJWE{newHash: a.hash.New}
	header := append(base64.RawURLEncoding.AppendEncode(nil, []byte(encHeader(a.name, ""))), '.')
	room := len(header) + 4*len(payload) + 4000
	buf, ek := make([]byte, 0, room), make([]byte, 256)

	token := encMust[string](tb)(e.Encrypt(payload))
	tokenBytes := []byte(token)
	if got, err := r.open(nil, tokenBytes, len(header), ek); err != nil || !bytes.Equal(got, payload) {
		tb.Fatal("raw does not decrypt the library's token", err)
	}
	if got, err := d.Decrypt(string(r.appendToken(nil, header, payload))); err != nil || !bytes.Equal(got.Plaintext, payload) {
		tb.Fatal("the library does not decrypt raw's token", err)
	}
	result := func(n int) []byte {
		if fresh {
			benchSink = make([]byte, 0, n)
			return benchSink
		}
		return buf
	}
	ops := []benchOp{
		{"Encrypt" + a.name + "/" + size, func() { e.Encrypt(payload) },
			func() { r.appendToken(result(len(token)), header, payload) }, false},
		{"Decrypt" + a.name + "/" + size, func() {
			if _, err := d.Decrypt(token); err != nil {
				panic(err)
			}
		}, func() { r.open(result(len(payload)), tokenBytes, len(header), ek) }, false},
	}
	if a == encSHA1 {
		return ops
	}
	s, v := newBenchSigner(tb, RS256)
	rs := newRawJWS(RS256)
	inner := append(base64.RawURLEncoding.AppendEncode(nil, []byte(`{"alg":"RS256"}`)), '.')
	nestedHeader := append(base64.RawURLEncoding.AppendEncode(nil, []byte(encHeader(a.name, `,"cty":"JWT"`))), '.')
	innerBuf, sig := make([]byte, 0, room), make([]byte, 256)
	var sum [64]byte
	nested := encMust[string](tb)(SignThenEncrypt(s, e, payload))
	nestedBytes := []byte(nested)
	if m, err := DecryptThenVerify(d, v, nested); err != nil || !bytes.Equal(m.Payload, payload) {
		tb.Fatal(err)
	}
	return append(ops,
		benchOp{"SignThenEncrypt/" + size, func() { SignThenEncrypt(s, e, payload) }, func() {
			token := rs.appendToken(innerBuf, inner, payload, &sum)
			r.appendToken(result(len(nested)), nestedHeader, token)
		}, false},
		benchOp{"DecryptThenVerify/" + size, func() {
			if _, err := DecryptThenVerify(d, v, nested); err != nil {
				panic(err)
			}
		}, func() {
			token, err := r.open(innerBuf, nestedBytes, len(nestedHeader), ek)
			if err != nil {
				panic(err)
			}
			if _, ok := rs.open(result(len(payload)), token, len(inner), sig, &sum); !ok {
				panic("not valid")
			}
		}, false})
}

func benchBase64url(tb testing.TB, size string, payload []byte) []benchOp {
	text := base64.RawURLEncoding.EncodeToString(payload)
	textBytes := []byte(text)
	buf := make([]byte, 0, 2*len(payload)+8)
	if string(appendEncode(nil, payload)) != text {
		tb.Fatal("encodings differ")
	}
	if got, err := appendDecode(nil, text); err != nil || !bytes.Equal(got, payload) {
		tb.Fatal("decodings differ", err)
	}
	return []benchOp{
		{"Base64urlEncode/" + size, func() { appendEncode(buf, payload) },
			func() { base64.RawURLEncoding.AppendEncode(buf, payload) }, false},
		{"Base64urlDecode/" + size, func() { appendDecode(buf, text) },
			func() { base64.RawURLEncoding.AppendDecode(buf, textBytes) }, false},
	}
}

// benchClaims has 130 bytes.
const benchClaims = `{"iss":"https://issuer.example","sub":"merchant-4711","aud":"https://api.example","exp":4102444800,"iat":1700000000,"jti":"a1b2c"}`

func benchJWT(tb testing.TB) benchOp {
	s, v := newBenchSigner(tb, HS512)
	r := newRawJWS(HS512)
	token := encMust[string](tb)(s.Sign([]byte(benchClaims)))
	tokenBytes, buf, sig := []byte(token), make([]byte, 0, 1000), make([]byte, 64)
	headerLen := strings.IndexByte(token, '.') + 1
	var sum [64]byte
	p := Policy{Issuer: "https://issuer.example", AnySubject: true, Audience: []string{"https://api.example"}, AnyType: true}
	if c, err := p.Verify(v, token); err != nil || c.Subject != "merchant-4711" {
		tb.Fatal(err)
	}
	return benchOp{"VerifyJWT/HS512", func() {
		if _, err := p.Verify(v, token); err != nil {
			panic(err)
		}
	}, func() {
		if _, ok := r.open(buf, tokenBytes, headerLen, sig, &sum); !ok {
			panic("not valid")
		}
	}, true}
}

func benchParse(tb testing.TB) []benchOp {
	k := benchKeys()
	der, _ := x509.MarshalPKCS8PrivateKey(k.rsa)
	file := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	ecDER, _ := x509.MarshalPKIXPublicKey(&k.ec.PublicKey)
	ecFile := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: ecDER})
	if _, err := ParsePrivateKey(file); err != nil {
		tb.Fatal(err)
	}
	if _, err := ParsePublicKey(ecFile); err != nil {
		tb.Fatal(err)
	}
	if _, err := readMembers(benchClaims); err != nil {
		tb.Fatal(err)
	}
	return []benchOp{
		{"ParsePrivateKey/RSA-2048", func() { ParsePrivateKey(file) }, func() {
			block, _ := pem.Decode(file)
			x509.ParsePKCS8PrivateKey(block.Bytes)
		}, false},
		{"ParsePublicKey/P-521", func() { ParsePublicKey(ecFile) }, func() {
			block, _ := pem.Decode(ecFile)
			x509.ParsePKIXPublicKey(block.Bytes)
		}, false},
		{"ReadObject/130B", func() { readMembers(benchClaims) },
			func() { json.Unmarshal([]byte(benchClaims), new(map[string]json.RawMessage)) }, false},
	}
}

// BenchmarkReadObjectGrowing shows that the strict reader is linear, from a thousand members to
// 16 MiB of them: a byte costs more only where the names outgrow the processor's caches.
func BenchmarkReadObjectGrowing(b *testing.B) {
	for _, members := range []int{1_000, 50_000, 200_000, 1_400_000} {
		var text strings.Builder
		text.WriteByte('{')
		for i := range members {
			if i > 0 {
				text.WriteByte(',')
			}
			fmt.Fprintf(&text, `"%07d":%d`, i, i%10)
		}
		text.WriteByte('}')
		b.Run(fmt.Sprintf("%dmembers/%dKiB", members, text.Len()>>10), func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			for b.Loop() {
				if err := readObject(text.String(), func(member, bool) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A boundRow is one bound of D8: the dearest text within it that is known, one of the same size that
// is cheap, and some beyond it.
type boundRow struct {
	name        string // of what is bounded, and the bound
	dear, cheap string
	over        []string
	read        func(text string) error
	refused     error // the class of over
}

// boundFill returns start, as many different items as there is room for in so many bytes, and end.
func boundFill(size int, start, end string, item func(i int) string) string {
	b := append(make([]byte, 0, size+64), start...)
	for i := 0; ; i++ {
		at := len(b)
		if i > 0 {
			b = append(b, ',')
		}
		if b = append(b, item(i)...); len(b)+len(end) > size {
			return string(b[:at]) + end
		}
	}
}

// boundName is a string of JSON, short and another one for each i. No name in upper case is registered.
func boundName(i int) string { return `"` + strings.ToUpper(strconv.FormatInt(int64(i), 36)) + `"` }

// boundMember is a member with such a name.
func boundMember(i int) string { return boundName(i) + ":0" }

// boundText returns start, characters up to this size, and end.
func boundText(size int, start, end string) string {
	return start + strings.Repeat("x", size-len(start)-len(end)) + end
}

// boundDER returns a constructed element of any size.
func boundDER(class, tag int, content ...[]byte) []byte {
	return ktMust(asn1.Marshal(asn1.RawValue{Class: class, Tag: tag, IsCompound: true, Bytes: slices.Concat(content...)}))
}

// boundCertificate returns a certificate with these extensions.
func boundCertificate(extensions ...pkix.Extension) string {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), ExtraExtensions: extensions}
	key := benchKeys().ec
	return string(ktMust(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)))
}

// boundRSA returns a private key of 8192 bits with a prime of 7680, which is what makes it dear: the
// work is cubic in the length of a prime. Both are known to be prime: nothing is looked for here.
func boundRSA() string {
	prime := func(bits uint, less int64) *big.Int {
		p := new(big.Int).Lsh(big.NewInt(1), bits)
		return p.Sub(p, big.NewInt(less))
	}
	return string(ktRSAFrom(prime(512, 569), prime(7680, 2963), 65537).jwk())
}

// boundSet returns a JWK Set of so many keys.
func boundSet(n int, key func(i int) string) string {
	return boundFill(1<<20, `{"keys":[`, `]}`, func(i int) string {
		if i == n {
			return strings.Repeat(" ", 1<<20)
		}
		return key(i)
	})
}

// boundEC returns the private key that is this number, in a JWK.
func boundEC(i int) string {
	key := ktMust(ecdh.P521().NewPrivateKey(big.NewInt(int64(i + 1)).FillBytes(make([]byte, sizeP521))))
	point := key.PublicKey().Bytes()[1:]
	return fmt.Sprintf(`{"kty":"EC","crv":"P-521","kid":"%d","x":"%s","y":"%s","d":"%s"}`,
		i, ktB64(point[:sizeP521]), ktB64(point[sizeP521:]), ktB64(key.Bytes()))
}

// boundPublicRSA returns a public key of 8192 bits, another one for each i, which is 1 modulo each
// prime below 752.
func boundPublicRSA(i int) string {
	product := big.NewInt(2)
	for p := int64(3); p < 752; p += 2 {
		if big.NewInt(p).ProbablyPrime(0) {
			product.Mul(product, big.NewInt(p))
		}
	}
	n := new(big.Int).Lsh(big.NewInt(1), 8192)
	n.Sub(n.Div(n, product), big.NewInt(int64(i+1)))
	n.Add(n.Mul(n, product), big.NewInt(1))
	return fmt.Sprintf(`{"kty":"RSA","kid":"%d","n":"%s","e":"AQAB"}`, i, ktB64(n.Bytes()))
}

// boundRows are the bounds. What is read has 1 MiB, unless the name says otherwise.
func boundRows(tb testing.TB) []boundRow {
	const size = 1 << 20
	asClaims := func(text string) error { return new(Claims).read(text) }
	asHeader := func(token string) error { _, err := UnverifiedHeader(token); return err }
	asToken := func(token string) error { _, err := jwtAny.Verify(jwtVerifier(), token); return err }
	asPrivate := func(file string) error {
		key, err := ParsePrivateKey([]byte(file))
		if err == nil {
			_, err = key.Public()
		}
		return err
	}
	asPublic := func(file string) error { _, err := ParsePublicKey([]byte(file)); return err }
	asNone := func(file string) error { // what is refused has its price, too
		if _, err := ParsePublicKey([]byte(file)); !errors.Is(err, ErrKey) {
			return fmt.Errorf("no ErrKey: %v", err)
		}
		return nil
	}
	asSecret := func(octets string) error { _, err := NewInsecureShortSecret([]byte(octets)); return err }
	sets := make(map[string]*KeySet)
	asSet := func(file string) error {
		s, err := ParseKeySet([]byte(file))
		sets[file] = s
		return errors.Join(append(s.Skipped(), err)...)
	}
	asVerifier := func(file string) error {
		if sets[file] == nil && asSet(file) != nil {
			return asSet(file)
		}
		_, err := sets[file].Verifier(RS256)
		return err
	}
	asDecrypter := func(file string) error {
		if sets[file] == nil && asSet(file) != nil {
			return asSet(file)
		}
		_, err := sets[file].Decrypter(RSAOAEP256)
		if fipsOnly() && errors.Is(err, ErrUnsupported) { // the primes have not the same size
			return nil
		}
		return err
	}
	depth := func(n int) func(int) string {
		return func(int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	}
	header := func(text string) string { return jwsB64([]byte(text)) + ".e30.eA" }
	token := func(claims string) string { return jwtHS512(jwtHeader, claims) }
	claims := (maxToken - len(token("{}"))) / 4 * 3

	ec := benchKeys().ec
	sec1 := ktOctets(ktSeq(ktVersion1, ktOctets(ec.D.FillBytes(make([]byte, sizeP521)))))
	pkcs8 := func(attributes ...[]byte) string {
		return string(boundDER(0, 16, ktVersion0, ktAlgEC, sec1, boundDER(2, 0, attributes...)))
	}
	attribute := func(value ...[]byte) []byte { return boundDER(0, 16, ktOIDEC, boundDER(0, 17, value...)) }
	long := pkcs8(attribute(ktMust(asn1.Marshal(make([]byte, size-200)))))
	values := pkcs8(attribute(bytes.Repeat(ktNull, (size-200)/len(ktNull))))
	other := slices.Concat(ktOIDEC[:len(ktOIDEC)-1], []byte{2}) // a secret that is a key of a kind that is none here
	extensions := make([]pkix.Extension, (size-500)/11)
	for i := range extensions {
		extensions[i].Id = asn1.ObjectIdentifier{2, 999, i % 128, i / 128}
	}
	names := pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: boundDER(0, 16, bytes.Repeat([]byte("\x86\x03a:b"), (size-500)/5))}
	one := pkix.Extension{Id: asn1.ObjectIdentifier{2, 999}, Value: make([]byte, size-480)}
	certificate := boundCertificate(one)
	pem := string(ktPEM("EC PRIVATE KEY", ktSEC1(ec.D.FillBytes(make([]byte, sizeP521)), ktOIDP521, ktPoint(&ec.PublicKey))))
	jwk := strings.TrimSuffix(boundEC(0), "}")
	private, public := boundSet(1, boundEC), boundSet(1, func(i int) string { return ktPublic(boundEC(i)) })
	padded := func(set string, size int) string { return set + strings.Repeat(" ", size-len(set)) }
	rsaKey := boundRSA()
	rsaKeys := func(i int) string { return ktWith(rsaKey, "kid", strconv.Quote(strconv.Itoa(i))) }
	wrong := func(i int) string { return ktWith(rsaKeys(i), "qi", `"AQ"`) }
	ecs, rsas, publics := boundSet(256, boundEC), boundSet(4, rsaKeys), boundSet(256, boundPublicRSA)
	large := []string{long + strings.Repeat(" ", size+1-len(long))}
	return []boundRow{
		{"token/16MiB", token(boundFill(claims, "{", "}", boundMember)), token(boundText(claims, `{"":"`, `"}`)),
			[]string{token(boundFill(claims+24, "{", "}", boundMember)), token(boundText(claims+24, `{"":"`, `"}`))}, asToken, ErrMalformed},
		{"header/16KiB", header(boundFill(maxHeader, `{"alg":"RS256",`, "}", boundMember)), header(boundText(maxHeader, `{"alg":"RS256","":"`, `"}`)),
			[]string{header(boundText(maxHeader+1, `{"alg":"RS256","":"`, `"}`)), header(boundFill(size, `{"alg":"RS256",`, "}", boundMember))}, asHeader, ErrMalformed},
		{"depth/32", boundFill(size, `{"":[`, "]}", depth(30)), boundText(size, `{"":"`, `"}`),
			[]string{`{"":` + depth(32)(0) + `}`, `{"":` + depth(size)(0) + `}`}, asClaims, ErrMalformed},
		{"members/1MiB", boundFill(size, "{", "}", boundMember), boundText(size, `{"":"`, `"}`), nil, asClaims, ErrMalformed},
		{"NumericDate/64characters", `{"exp":` + benchDates["SmallExponent"] + `}`, `{"exp":` + strings.Repeat(" ", 63) + `1}`, []string{`{"exp":` + strings.Repeat("1", 65) + `}`}, asClaims, ErrMalformed},
		{"PKCS8_attributes/1MiB", pkcs8(bytes.Repeat(attribute(ktNull), (size-200)/len(attribute(ktNull)))), long, large, asPrivate, ErrKey},
		{"PKCS8_values/1MiB", values, long, large, asPrivate, ErrKey},
		{"certificate_extensions/1MiB", boundCertificate(extensions...), certificate, large, asPublic, ErrKey},
		{"certificate_names/1MiB", boundCertificate(names), certificate, large, asPublic, ErrKey},
		{"PEM_lines/1MiB", strings.Repeat("\n", size-len(pem)) + pem, strings.Repeat("x", size-len(pem)-1) + "\n" + pem,
			[]string{strings.Repeat("\n", size+1-len(pem)) + pem}, asPrivate, ErrKey},
		{"PEM_label/1MiB", boundText(size/2, "-----BEGIN ", "-----") + strings.Repeat("\n", size/2), boundText(size, "-----BEGIN ", "-----"), nil, asNone, ErrKey},
		{"JWK_key_ops/1MiB", boundFill(size, jwk+`,"key_ops":[`, "]}", boundName), boundText(size, jwk+`,"key_ops":["`, `"]}`),
			[]string{boundText(size+1, jwk+`,"key_ops":["`, `"]}`)}, asPrivate, ErrKey},
		{"JWK_x5c/1MiB", boundFill(size, jwk+`,"x5c":[`, "]}", func(int) string { return `""` }), boundText(size, jwk+`,"x5c":["`, `"]}`),
			[]string{boundText(size+1, jwk+`,"x5c":["`, `"]}`)}, asPrivate, ErrKey},
		{"secret/1MiB", strings.Replace(values, string(ktOIDEC), string(other), 1), strings.Repeat("x", size), []string{strings.Repeat("x", size+1)}, asSecret, ErrKey},
		{"JWK_Set_private_P-521/256keys", ecs, padded(private, len(ecs)), []string{boundSet(257, boundEC)}, asSet, ErrKey},
		{"JWK_Set_private_RSA/32768bits", rsas, padded(private, len(rsas)), []string{boundSet(5, rsaKeys), boundSet(167, wrong)}, asSet, ErrKey},
		{"JWK_Set_public_RSA/256keys", publics, padded(public, len(publics)), []string{boundSet(257, boundPublicRSA)}, asSet, ErrKey},
		// What is made of a set tries each key once more.
		{"Verifier_of_set/256keys", publics, padded(boundSet(1, boundPublicRSA), len(publics)), nil, asVerifier, ErrKey},
		{"Decrypter_of_set/32768bits", rsas, padded(boundSet(1, rsaKeys), len(rsas)), nil, asDecrypter, ErrKey},
	}
}

// benchDates are numbers of 64 characters, the cheapest that is known and some that are dear: digits,
// and powers of ten above and below them, are the work.
var benchDates = map[string]string{
	"Cheap":         "1e-" + strings.Repeat("9", 61),
	"Digits":        "1." + strings.Repeat("9", 62),
	"Zeros":         "1" + strings.Repeat("0", 59) + "e-59",
	"LargeExponent": strings.Repeat("9", 61) + "e99",
	"SmallExponent": strings.Repeat("9", 60) + "e-99",
	"Fraction":      "-0." + strings.Repeat("5", 57) + "e-99",
}

// BenchmarkNumericDate is the time of 64 characters, as a multiple of the cheapest 64, and of the
// ten digits that nearly every token has.
func BenchmarkNumericDate(b *testing.B) {
	for name, text := range benchDates {
		b.Run(name, func(b *testing.B) {
			times := func(text string) float64 { return float64(timeOf(func() { parseNumericDate(text) }, 100)) }
			var same, usual []float64
			for b.Loop() {
				took := times(text)
				same = append(same, took/times(benchDates["Cheap"]))
				usual = append(usual, took/times("1700000000"))
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(same), "×64characters")
			b.ReportMetric(median(usual), "×10digits")
		})
	}
}

// BenchmarkBounds is what the dearest input within each bound costs, in milliseconds and bytes, and
// as a multiple of what a cheap one of the same size does:
//
//	go test -run '^$' -bench Bounds -benchtime 3x .
func BenchmarkBounds(b *testing.B) {
	for _, row := range boundRows(b) {
		b.Run(row.name, func(b *testing.B) {
			var dear, cheap []float64
			var dearBytes, cheapBytes float64
			read := func(text string) (milliseconds, bytes float64) {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				took := timeOf(func() {
					if err := row.read(text); err != nil {
						b.Fatal(err)
					}
				}, 1)
				runtime.ReadMemStats(&after)
				return took.Seconds() * 1e3, float64(after.TotalAlloc - before.TotalAlloc)
			}
			for b.Loop() {
				for _, f := range []struct {
					text  string
					times *[]float64
					bytes *float64
				}{{row.dear, &dear, &dearBytes}, {row.cheap, &cheap, &cheapBytes}} {
					took, bytes := read(f.text)
					*f.times, *f.bytes = append(*f.times, took), bytes
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(len(row.dear)), "bytes")
			b.ReportMetric(median(dear), "ms")
			b.ReportMetric(median(dear)/median(cheap), "×time")
			b.ReportMetric(dearBytes, "allocated")
			b.ReportMetric(dearBytes/max(cheapBytes, 1<<10), "×memory")
		})
	}
}
