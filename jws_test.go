package jose

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/jose/vectors"
)

// --- Keys, and a JWS made without the code under test ---

// jwsVectors is the corpus.
var jwsVectors = sync.OnceValues(vectors.Load)

// jwsJWK is a key that the corpus has as a JWK, read with encoding/json.
type jwsJWK struct {
	Kty, Crv, N, E, D, P, Q, X, Y, K string
}

func (k jwsJWK) number(s string) *big.Int {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return new(big.Int).SetBytes(b)
}

func (k jwsJWK) rsa() *rsa.PrivateKey {
	key := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: k.number(k.N), E: int(k.number(k.E).Int64())},
		D:         k.number(k.D), Primes: []*big.Int{k.number(k.P), k.number(k.Q)},
	}
	key.Precompute()
	return key
}

func (k jwsJWK) ec() *ecdsa.PrivateKey {
	return &ecdsa.PrivateKey{PublicKey: ecdsa.PublicKey{Curve: elliptic.P521(), X: k.number(k.X), Y: k.number(k.Y)}, D: k.number(k.D)}
}

func (k jwsJWK) secret() []byte {
	b, err := base64.RawURLEncoding.DecodeString(k.K)
	if err != nil {
		panic(err)
	}
	return b
}

// jwsFixed are the keys of RFC 7515, Appendices A.2, A.4 and A.1, and of RFC 7516, Appendix A.1;
// the last one stands for somebody else.
type jwsFixed struct {
	rsa, otherRSA *rsa.PrivateKey
	ec, otherEC   *ecdsa.PrivateKey
	secret        []byte
	otherSecret   []byte
}

var jwsKeys = sync.OnceValue(func() (k jwsFixed) {
	files, err := jwsVectors()
	if err != nil {
		panic(err)
	}
	find := func(source, name string) (jwk jwsJWK) {
		for _, f := range files {
			if key, ok := f.Keys[name]; f.Source == source && ok {
				if err := json.Unmarshal(key.JWK, &jwk); err != nil {
					panic(err)
				}
				return jwk
			}
		}
		panic("no key " + source + " " + name)
	}
	k.rsa, k.otherRSA = find("RFC 7515", "A.2").rsa(), find("RFC 7516", "A.1").rsa()
	k.ec, k.otherEC = find("RFC 7515", "A.4").ec(), find("RFC 7520", "3.2").ec()
	k.secret = find("RFC 7515", "A.1").secret()
	k.otherSecret = slices.Clone(k.secret)
	k.otherSecret[0] ^= 1
	return k
})

// jwsRaw returns the signature over input, by crypto/... alone. ES512 is deterministic (RFC 6979).
func (k jwsFixed) jwsRaw(alg, input string) []byte {
	switch alg {
	case "RS256":
		digest := sha256.Sum256([]byte(input))
		sig, err := rsa.SignPKCS1v15(nil, k.rsa, crypto.SHA256, digest[:])
		if err != nil {
			panic(err)
		}
		return sig
	case "ES512":
		digest := sha512.Sum512([]byte(input))
		der, err := k.ec.Sign(nil, digest[:], crypto.SHA512)
		if err != nil {
			panic(err)
		}
		var rs struct{ R, S *big.Int }
		if _, err := asn1.Unmarshal(der, &rs); err != nil {
			panic(err)
		}
		return jwsRS(rs.R, rs.S)
	case "HS512":
		mac := hmac.New(sha512.New, k.secret)
		mac.Write([]byte(input))
		return mac.Sum(nil)
	}
	panic("no algorithm " + alg)
}

// jwsRS returns R || S (RFC 7518, Section 3.4).
func jwsRS(r, s *big.Int) []byte {
	sig := make([]byte, 132)
	r.FillBytes(sig[:66])
	s.FillBytes(sig[66:])
	return sig
}

// jwsHolds reports whether sig is the signature over input, by crypto/... alone.
func (k jwsFixed) jwsHolds(alg, input string, sig []byte) bool {
	switch alg {
	case "RS256":
		digest := sha256.Sum256([]byte(input))
		return rsa.VerifyPKCS1v15(&k.rsa.PublicKey, crypto.SHA256, digest[:], sig) == nil
	case "ES512":
		if len(sig) != 132 {
			return false
		}
		digest := sha512.Sum512([]byte(input))
		r, s := new(big.Int).SetBytes(sig[:66]), new(big.Int).SetBytes(sig[66:])
		der, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
		return err == nil && ecdsa.VerifyASN1(&k.ec.PublicKey, digest[:], der)
	}
	return hmac.Equal(sig, k.jwsRaw(alg, input))
}

var jwsAlgs = []string{"RS256", "ES512", "HS512"}

var jwsB64 = base64.RawURLEncoding.EncodeToString

// jwsSigned returns the token of two segments, whatever they are, with the right signature.
func jwsSigned(alg, header, payload string) string {
	input := header + "." + payload
	return input + "." + jwsB64(jwsKeys().jwsRaw(alg, input))
}

// jwsToken returns the JWS of a header and a payload (RFC 7515, Section 7.1).
func jwsToken(alg, header, payload string) string {
	return jwsSigned(alg, jwsB64([]byte(header)), jwsB64([]byte(payload)))
}

// A jwsShape is one of the forms of a JWS in scope.
type jwsShape struct{ unencoded, detached bool }

var jwsShapes = []jwsShape{{false, false}, {false, true}, {true, false}, {true, true}}

// header returns a header for this form, with more members.
func (f jwsShape) header(alg, more string) string {
	if f.unencoded {
		more += `,"b64":false,"crit":["b64"]`
	}
	return `{"alg":"` + alg + `"` + more + `}`
}

// token returns the JWS in this form.
func (f jwsShape) token(alg, header, payload string) string {
	middle := payload
	if !f.unencoded {
		middle = jwsB64([]byte(payload))
	}
	h := jwsB64([]byte(header))
	token := jwsSigned(alg, h, middle)
	if f.detached {
		token = h + "." + token[len(h)+1+len(middle):]
	}
	return token
}

// with returns the token with another payload, and the signature that it has.
func (f jwsShape) with(token, payload string) string {
	h, sig := token[:strings.Index(token, ".")], token[strings.LastIndex(token, ".")+1:]
	switch {
	case f.detached:
		payload = ""
	case !f.unencoded:
		payload = jwsB64([]byte(payload))
	}
	return h + "." + payload + "." + sig
}

// sign signs with the code under test.
func (f jwsShape) sign(s *Signer, payload string, opts ...HeaderOption) (string, error) {
	if f.unencoded {
		opts = append(opts, Unencoded())
	}
	if f.detached {
		return s.SignDetached([]byte(payload), opts...)
	}
	return s.Sign([]byte(payload), opts...)
}

// verify verifies with the code under test, and checks that there is a message or an error.
func (f jwsShape) verify(t testing.TB, v *Verifier, token, payload string, checks ...CheckOption) error {
	t.Helper()
	var m *Message
	var err error
	if f.detached {
		m, err = v.VerifyDetached(token, []byte(payload), checks...)
	} else {
		m, err = v.Verify(token, checks...)
	}
	if (m == nil) != (err != nil) {
		t.Fatalf("message %v beside error %v", m, err)
	}
	if err == nil && string(m.Payload) != payload {
		t.Fatalf("payload %q, want %q", m.Payload, payload)
	}
	return err
}

// jwsRefuse fails unless v refuses the token with an error of class want alone.
func jwsRefuse(t testing.TB, v *Verifier, token string, want error, checks ...CheckOption) {
	t.Helper()
	m, err := v.Verify(token, checks...)
	if m != nil {
		t.Fatalf("%.100q: a message beside error %v", token, err)
	}
	if josClass(err) != want || want == nil {
		t.Fatalf("%.100q: error %v, want %q", token, err, want)
	}
}

// jwsAccept fails unless v accepts the token.
func jwsAccept(t testing.TB, v *Verifier, token string, checks ...CheckOption) *Message {
	t.Helper()
	m, err := v.Verify(token, checks...)
	if err != nil {
		t.Fatalf("%.100q: %v", token, err)
	}
	return m
}

// A jwsVerifies is what Verifiers are made of: a PublicKey, a PrivateKey that is a secret, a KeySet.
type jwsVerifies interface {
	Verifier(alg SignatureAlgorithm, checks ...CheckOption) (*Verifier, error)
}

// A jwsPair is what the code under test makes of a key of jwsKeys.
type jwsPair struct {
	alg     SignatureAlgorithm
	private *PrivateKey
	public  jwsVerifies // the secret itself for HS512
}

// jwsPairs are these keys, by the algorithm that they are for.
var jwsPairs = sync.OnceValue(func() map[string]jwsPair {
	k := jwsKeys()
	rs, err1 := NewPrivateKey(k.rsa)
	rv, err2 := NewPublicKey(&k.rsa.PublicKey)
	es, err3 := NewPrivateKey(k.ec)
	ev, err4 := NewPublicKey(&k.ec.PublicKey)
	secret, err5 := NewSecret(k.secret)
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		panic(err)
	}
	return map[string]jwsPair{"RS256": {RS256, rs, rv}, "ES512": {ES512, es, ev}, "HS512": {HS512, secret, secret}}
})

func jwsSigner(t testing.TB, alg string, opts ...HeaderOption) *Signer {
	t.Helper()
	pair := jwsPairs()[alg]
	s, err := pair.private.Signer(pair.alg, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func jwsVerifier(t testing.TB, alg string, checks ...CheckOption) *Verifier {
	t.Helper()
	pair := jwsPairs()[alg]
	v, err := pair.public.Verifier(pair.alg, checks...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// jwsText returns n characters that may stand in any form, the same every time.
func jwsText(n int) string {
	b := b64Bytes(n)
	for i, c := range b {
		b[i] = alphabet[c&63]
	}
	return string(b)
}

// --- What others made ---

// RFC 7515, Appendix A.2: the Signer writes this token, from the key and the payload alone.
func TestRFC7515_AppendixA2(t *testing.T) {
	const token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ." +
		"cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4" +
		"BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv" +
		"hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
	payload := "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"
	got, err := jwsSigner(t, "RS256").Sign([]byte(payload))
	if err != nil || got != token {
		t.Errorf("%s, %v", got, err)
	}
	if m := jwsAccept(t, jwsVerifier(t, "RS256"), token); string(m.Payload) != payload || string(m.Header.Bytes()) != `{"alg":"RS256"}` {
		t.Errorf("%q, %q", m.Payload, m.Header.Bytes())
	}
}

// RFC 7515, Appendix A.4: a signature the second half of which begins with a zero octet.
func TestRFC7515_AppendixA4(t *testing.T) {
	const token = "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA." +
		"AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7Xdt" +
		"AG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn"
	if m := jwsAccept(t, jwsVerifier(t, "ES512"), token); string(m.Payload) != "Payload" {
		t.Errorf("%q", m.Payload)
	}
}

// Every published token that can be made again is: header, payload and key give the token.
func TestJWS_Vectors(t *testing.T) {
	files, err := jwsVectors()
	if err != nil {
		t.Fatal(err)
	}
	must := []string{"rfc7515/A.2", "rfc7515/F-A.2", "rfc7520/4.1", "rfc4231/6/jws", "hs512/1", "nuapay/sample", "jpmorgan/request",
		"rfc7797/4.2/derived/HS512", "rfc7797/cookbook-compact/derived/RS256", "2checkout/with-exp/jws"}
	for _, f := range files {
		if f.Generator != "" {
			continue // made with this package's help
		}
		for _, c := range f.Cases {
			if c.Kind != "jws" || !c.Reproduce {
				continue
			}
			t.Run(c.ID, func(t *testing.T) { jwsReproduce(t, &f, &c) })
			must = slices.DeleteFunc(must, func(id string) bool { return id == c.ID })
		}
	}
	if len(must) > 0 {
		t.Errorf("not in the corpus: %v", must)
	}
}

func jwsReproduce(t *testing.T, f *vectors.File, c *vectors.Case) {
	var jwk jwsJWK
	if err := json.Unmarshal(f.Keys[c.Key].JWK, &jwk); err != nil {
		t.Fatal(err)
	}
	var checks []CheckOption
	for name, value := range c.Check {
		checks = append(checks, CheckMember(name, func(got json.RawMessage) error {
			if !bytes.Equal(got, value) {
				return errors.New("another value")
			}
			return nil
		}))
	}
	var private *PrivateKey
	var public jwsVerifies
	var err1, err2 error
	alg := HS512
	switch {
	case c.Alg == "RS256":
		alg = RS256
		private, err1 = NewPrivateKey(jwk.rsa())
		public, err2 = private.Public()
	case f.Keys[c.Key].ShortSecret:
		private, err1 = NewInsecureShortSecret(jwk.secret())
		public = private
		if fipsOnly() && len(jwk.secret()) < 14 { // which that mode of crypto has no MAC for
			if !errors.Is(err1, ErrUnsupported) || private != nil {
				t.Errorf("a secret of %d octets: %v", len(jwk.secret()), err1)
			}
			return
		}
	default:
		private, err1 = NewSecret(jwk.secret())
		public = private
	}
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	s, err1 := private.Signer(alg, ExactHeader([]byte(c.Header)))
	v, err2 := public.Verifier(alg, checks...)
	unnamed := strings.Contains(c.Header, `"b64"`) && !strings.Contains(c.Header, `"crit"`)
	if unnamed { // is verified, and not written (RFC 7797, Section 6)
		if !errors.Is(err1, ErrOption) {
			t.Errorf("a header with \"b64\" that \"crit\" does not name: %v", err1)
		}
		err1 = nil
	}
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	payload, ok := c.PayloadBytes()
	if !ok {
		t.Fatal("no payload")
	}
	var token string
	var m *Message
	if c.Detached {
		token, err1 = s.SignDetached(payload)
		m, err2 = v.VerifyDetached(c.TokenText(), payload)
	} else {
		token, err1 = s.Sign(payload)
		m, err2 = v.Verify(c.TokenText())
	}
	if unnamed {
		token, err1 = c.TokenText(), nil
	}
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if token != c.TokenText() {
		t.Errorf("%s, want %s", token, c.TokenText())
	}
	if !bytes.Equal(m.Payload, payload) || string(m.Header.Bytes()) != c.Header {
		t.Errorf("payload %q, header %q", m.Payload, m.Header.Bytes())
	}
}

// --- There and back ---

// The code under test and the few lines above make the same tokens, and accept each other's, in
// every form, and for every payload around the sizes of the chunks that the code works in.
func TestJWS_Forms(t *testing.T) {
	sizes := []int{0, 1, 2, 3, 4, 5, 100, 6143, 6144, 6145, 8191, 8192, 8193, 12288}
	for n := 2940; n < 4110; n += 13 {
		sizes = append(sizes, n)
	}
	// A chunk of its own; after the header; before the signature, if it is to be in the same one.
	for _, edge := range []int{3072, 4096, 3056, 4039, 2991, 3952} {
		for n := edge - 6; n <= edge+6; n++ {
			sizes = append(sizes, n)
		}
	}
	for _, alg := range jwsAlgs {
		s, v := jwsSigner(t, alg), jwsVerifier(t, alg)
		for _, f := range jwsShapes {
			for i, n := range sizes {
				if alg != "HS512" && n != 1 && i%41 != 0 {
					continue // the rest is the same code
				}
				payload := jwsText(n)
				theirs := f.token(alg, f.header(alg, ""), payload)
				ours, err := f.sign(s, payload)
				if err != nil {
					t.Fatal(err)
				}
				if alg != "ES512" && ours != theirs {
					t.Errorf("%s %+v, %d octets: %.200s, want %.200s", alg, f, n, ours, theirs)
				}
				if alg == "ES512" { // randomized
					h, sig := ours[:strings.Index(ours, ".")], ours[strings.LastIndex(ours, ".")+1:]
					octets, err := base64.RawURLEncoding.Strict().DecodeString(sig)
					middle := payload
					if !f.unencoded {
						middle = jwsB64([]byte(payload))
					}
					if err != nil || len(octets) != 132 || !jwsKeys().jwsHolds(alg, h+"."+middle, octets) {
						t.Errorf("%+v, %d octets: not a signature", f, n)
					}
					if i := strings.LastIndex(theirs, "."); ours[:len(ours)-len(sig)] != theirs[:i+1] {
						t.Errorf("%+v, %d octets: %.200s, want %.200s", f, n, ours, theirs)
					}
				}
				josWant(t, f.verify(t, v, ours, payload), nil)
				josWant(t, f.verify(t, v, theirs, payload), nil)
				if n > 0 { // the last octet is signed too
					changed := payload[:n-1] + string([]byte{payload[n-1] ^ 1})
					josWant(t, f.verify(t, v, f.with(theirs, changed), changed), ErrSignature)
				}
			}
		}
	}
}

// The same for headers of every length around the size of a chunk, and up to the bound.
func TestJWS_LongHeaders(t *testing.T) {
	sizes := []int{16380, 16381, 16382, 16383, 16384}
	for n := 3072 - 90; n < 3072+5; n++ {
		sizes = append(sizes, n)
	}
	s, v := jwsSigner(t, "HS512"), jwsVerifier(t, "HS512")
	for _, f := range jwsShapes {
		for _, n := range sizes {
			for _, payload := range []string{"", "x", jwsText(5000)} {
				x := strings.Repeat("y", n-len(f.header("HS512", `,"x":""`)))
				header := f.header("HS512", `,"x":"`+x+`"`)
				want := f.token("HS512", header, payload)
				got, err := f.sign(s, payload, Member("x", x))
				if err != nil || got != want {
					t.Fatalf("%+v, header of %d octets: %.100q, want %.100q: %v", f, len(header), got, want, err)
				}
				josWant(t, f.verify(t, v, got, payload), nil)
			}
		}
	}
}

// RFC 7515, Section 5.2, step 8: what is verified are the octets as received. No other spelling of
// a token, no part of it, and nothing around it is accepted.
func TestJWS_EveryByteChanged(t *testing.T) {
	for _, alg := range jwsAlgs {
		v := jwsVerifier(t, alg)
		for _, f := range jwsShapes {
			const payload = "p-y"
			token := f.token(alg, f.header(alg, `,"kid":"1"`), payload)
			josWant(t, f.verify(t, v, token, payload), nil)
			for i := range len(token) {
				others := []byte{'.', '=', '+', ' ', '\n', 0, 0x80, token[i] ^ 0x20, token[i] + 1, 'A', 'B', 'Q'}
				if alg == "HS512" && f == (jwsShape{}) {
					others = others[:0]
					for c := range 256 {
						others = append(others, byte(c))
					}
				} else if alg != "HS512" && i%47 != 0 && token[i] != '.' && i != len(token)-1 {
					continue // a sample, for these take longer
				}
				for _, c := range others {
					if c == token[i] {
						continue
					}
					changed := token[:i] + string([]byte{c}) + token[i+1:]
					if err := f.verify(t, v, changed, payload); josClass(err) == nil {
						t.Fatalf("%s %+v: byte %d changed to %q: error %v", alg, f, i, c, err)
					}
				}
				// Inserted, and left out.
				for _, changed := range []string{token[:i] + "A" + token[i:], token[:i] + "." + token[i:], token[:i] + "\n" + token[i:], token[:i] + token[i+1:]} {
					if err := f.verify(t, v, changed, payload); josClass(err) == nil {
						t.Fatalf("%s %+v: %q: error %v", alg, f, changed, err)
					}
				}
				// A proper prefix, and a proper suffix.
				for _, part := range []string{token[:i], token[i+1:]} {
					if err := f.verify(t, v, part, payload); josClass(err) == nil {
						t.Fatalf("%s %+v: %q: error %v", alg, f, part, err)
					}
				}
			}
			for _, changed := range []string{token + "A", token + "AAAA", token + ".", token + "=", token + "\n", token + " ", token + "\x00", " " + token, "A" + token, "." + token, "\ufeff" + token} {
				if err := f.verify(t, v, changed, payload); josClass(err) != ErrMalformed {
					t.Errorf("%s %+v: %q: error %v", alg, f, changed, err)
				}
			}
			// Segments in another order.
			part := strings.Split(token, ".")
			for _, p := range [][3]int{{0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}, {0, 0, 0}, {0, 0, 2}, {0, 2, 2}} {
				changed := part[p[0]] + "." + part[p[1]] + "." + part[p[2]]
				if err := f.verify(t, v, changed, payload); changed != token && josClass(err) == nil {
					t.Errorf("%s %+v: segments %v: error %v", alg, f, p, err)
				}
			}
			// Another payload.
			if f.detached {
				for i := range len(payload) {
					for _, other := range []string{payload[:i], payload[:i] + "x" + payload[i+1:], payload[:i] + payload[i+1:], payload[:i] + "x" + payload[i:]} {
						josWant(t, f.verify(t, v, token, other), ErrSignature)
					}
				}
				josWant(t, f.verify(t, v, token, payload+"x"), ErrSignature)
			}
			// Another form.
			for _, g := range jwsShapes {
				if g.detached != f.detached {
					if err := g.verify(t, v, token, payload); err == nil {
						t.Errorf("%s %+v is accepted as %+v", alg, f, g)
					}
				}
			}
		}
	}
}

// RFC 7515, Section 7.1, and D8: a token is split at two periods, no more and no fewer.
func TestRFC7515_Section7_1(t *testing.T) {
	h := jwsB64([]byte(`{"alg":"HS512"}`))
	token := jwsSigned("HS512", h, "AAAA")
	v := jwsVerifier(t, "HS512")
	for _, s := range []string{
		"", ".", "..", "...", "....", h, h + ".", h + "..", h + ".AAAA", h + ".AAAA.", h + ".AAAA..", "." + token, token + ".", token + ".AAAA",
		token + "." + token, strings.Replace(token, ".", "..", 1), strings.ReplaceAll(token, ".", "..") + ".", strings.ReplaceAll(token, ".", ""), strings.ReplaceAll(token, ".", ":"),
		strings.Repeat(".", 1_000_000), h + strings.Repeat(".", 1_000_000), token + strings.Repeat(".", 1_000_000), strings.Repeat("A.", 1_000_000),
	} {
		jwsRefuse(t, v, s, ErrMalformed)
		_, err := v.VerifyDetached(s, []byte("x"))
		josWant(t, err, ErrMalformed)
	}
}

// RFC 7515, Section 7.2: the JSON serializations are not read.
func TestRFC7515_Section7_2(t *testing.T) {
	for _, alg := range jwsAlgs {
		v := jwsVerifier(t, alg)
		part := strings.Split(jwsToken(alg, `{"alg":"`+alg+`"}`, "x"), ".")
		for _, s := range []string{
			`{"payload":"` + part[1] + `","protected":"` + part[0] + `","signature":"` + part[2] + `"}`,
			`{"payload":"` + part[1] + `","signatures":[{"protected":"` + part[0] + `","signature":"` + part[2] + `"}]}`,
			`{"a":"` + strings.Join(part, ".") + `"}`,
			"{",
			" \t\r\n{}",
		} {
			jwsRefuse(t, v, s, ErrUnsupported)
			_, err := v.VerifyDetached(s, []byte("x"))
			josWant(t, err, ErrUnsupported)
		}
		jwsRefuse(t, v, `["`+strings.Join(part, ".")+`"]`, ErrMalformed)
		jwsRefuse(t, v, `"`+strings.Join(part, ".")+`"`, ErrMalformed)
	}
}

// RFC 7515, Section 2, in each segment of a token whose signature is right for what it says.
func TestD6_JWSSegments(t *testing.T) {
	for _, alg := range jwsAlgs {
		v := jwsVerifier(t, alg)
		header := `{"alg":"` + alg + `"}`
		for len(header)%3 == 0 { // so that there are unused bits, and room for padding
			header += " "
		}
		h, p := jwsB64([]byte(header)), jwsB64([]byte("x"))
		good := jwsSigned(alg, h, p)
		jwsAccept(t, v, good)
		part := strings.Split(good, ".")
		for i := range part {
			s := part[i]
			next := func(c byte) byte { return alphabet[(strings.IndexByte(alphabet, c)+1)%64] }
			bad := []string{s + "=", s + "==", s + "\n", s + "\r\n", s + " ", s + "\t", "\n" + s, " " + s, s[:1] + "\n" + s[1:], s[:1] + "\r" + s[1:], s[:1] + " " + s[1:],
				s + "A", s[:len(s)-1], s[:1] + "+" + s[2:], s[:1] + "/" + s[2:], s[:1] + "%" + s[2:], s[:1] + "\x00" + s[2:], s[:1] + "\xff" + s[2:], s[:1] + "é" + s[2:],
				s[:len(s)-1] + string(next(s[len(s)-1]))}
			for _, b := range bad {
				segments := slices.Clone(part)
				segments[i] = b
				if i < 2 { // with the signature over what is there now
					segments[2] = strings.Split(jwsSigned(alg, segments[0], segments[1]), ".")[2]
				}
				token := strings.Join(segments, ".")
				octets, ok := b64Oracle(b)
				switch {
				case i == 1 && ok: // another payload, in its one spelling
					jwsAccept(t, v, token)
					continue
				case i == 2 && ok && len(octets) == decodedLen(len(s)): // 132 octets leave no bit unused
					jwsRefuse(t, v, token, ErrSignature)
					continue
				}
				jwsRefuse(t, v, token, ErrMalformed)
				if i == 1 { // D14: the same answer without a signature
					segments[2] = strings.Split(jwsSigned(alg, h, "AA"), ".")[2]
					jwsRefuse(t, v, strings.Join(segments, "."), ErrMalformed)
				}
			}
		}
	}
}

// --- Algorithm confusion (D1; RFC 8725, Sections 2.1 and 3.1) ---

// A key is for the algorithm of its type and no other one, and there are three algorithms. A private
// key that is no secret does not verify.
func TestD1_JWSKeys(t *testing.T) {
	names := map[SignatureAlgorithm]string{RS256: "RS256", ES512: "ES512", HS512: "HS512"}
	for _, name := range jwsAlgs {
		pair := jwsPairs()[name]
		jwk := []byte(`{"kty":"oct","k":"` + jwsB64(jwsKeys().secret) + `"}`)
		if public, ok := pair.public.(*PublicKey); ok {
			jwk = public.JWK()
		}
		set, err := ParseKeySet([]byte(`{"keys":[` + string(jwk) + `]}`))
		if err != nil {
			t.Fatal(err)
		}
		for n := range 256 {
			alg := SignatureAlgorithm(n)
			if alg.String() != names[alg] {
				t.Errorf("algorithm %d is %q", n, alg.String())
			}
			want := ErrKey
			switch names[alg] {
			case name:
				want = nil
			case "":
				want = ErrOption
			}
			s, err := pair.private.Signer(alg)
			if josClass(err) != want || (s == nil) != (err != nil) || want == nil && err != nil {
				t.Errorf("a Signer of the key for %s for algorithm %d: %v, error %v", name, n, s, err)
			}
			for _, key := range []jwsVerifies{pair.public, set} {
				v, err := key.Verifier(alg)
				if josClass(err) != want || (v == nil) != (err != nil) || want == nil && err != nil {
					t.Errorf("a Verifier of the %T for %s for algorithm %d: %v, error %v", key, name, n, v, err)
				}
			}
			if want == nil && name != "HS512" {
				want = ErrKey
			}
			if v, err := pair.private.Verifier(alg); josClass(err) != want || (v == nil) != (err != nil) {
				t.Errorf("a Verifier of the private key for %s for algorithm %d: %v, error %v", name, n, v, err)
			}
		}
	}
}

func TestD1_JWSNone(t *testing.T) {
	for _, alg := range jwsAlgs {
		v := jwsVerifier(t, alg)
		sig := strings.Split(jwsToken(alg, `{"alg":"`+alg+`"}`, "x"), ".")[2]
		for _, name := range []string{"none", "None", "NONE", "nOnE", "nonE", "n\\u006fne", "\\u006eone", "none ", " none", "none\\u0000", "\\tnone", "", " ", "null", "nil", "false", "0"} {
			h := jwsB64([]byte(`{"alg":"` + name + `"}`))
			for _, token := range []string{h + "." + jwsB64([]byte("x")) + ".", jwsSigned(alg, h, "eA"), h + ".eA." + sig, h + "..", h + ".eA.AA"} {
				jwsRefuse(t, v, token, ErrUnsupported)
				_, err := v.VerifyDetached(token, nil)
				josWant(t, err, ErrUnsupported)
			}
		}
		for _, value := range []string{"null", "false", "0", "[]", `["none"]`, `["` + alg + `"]`, "{}", `{"alg":"` + alg + `"}`} {
			h := jwsB64([]byte(`{"alg":` + value + `}`))
			jwsRefuse(t, v, h+".eA.", ErrMalformed)
			jwsRefuse(t, v, jwsSigned(alg, h, "eA"), ErrMalformed)
		}
		// No signature at all.
		jwsRefuse(t, v, jwsB64([]byte(`{"alg":"`+alg+`"}`))+".eA.", ErrMalformed)
	}
}

// Every other algorithm with the same key, rightly signed for the key that we have.
func TestD1_JWSOtherAlgorithms(t *testing.T) {
	for _, alg := range jwsAlgs {
		v := jwsVerifier(t, alg)
		for _, name := range []string{"RS256", "ES512", "HS512"} {
			if name != alg {
				jwsRefuse(t, v, jwsToken(alg, `{"alg":"`+name+`"}`, "x"), ErrAlgorithm)
				jwsRefuse(t, v, jwsToken(name, `{"alg":"`+name+`"}`, "x"), ErrAlgorithm)
				jwsRefuse(t, v, jwsToken(name, `{"alg":"`+alg+`"}`, "x"), ErrMalformed) // another length
			}
		}
		for _, name := range []string{"HS256", "HS384", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES256K", "EdDSA", "Ed25519",
			"rs256", "Rs256", "es512", "hs512", "HS512 ", " HS512", "HS-512", "HMAC", "RSA-OAEP", "RSA-OAEP-256", "dir", "A256GCM", "RS256\\u0000", "Rſ256"} {
			jwsRefuse(t, v, jwsToken(alg, `{"alg":"`+name+`"}`, "x"), ErrUnsupported)
		}
		// Escapes are another spelling of the same name (RFC 7515, Section 10.13).
		jwsAccept(t, v, jwsToken(alg, fmt.Sprintf(`{"\u0061l\u0067":"\u%04x%s"}`, alg[0], alg[1:]), "x"))
	}
}

// RFC 8725, Section 2.1: a public key, which everybody has, is no MAC key.
func TestD1_PublicKeyAsSecret(t *testing.T) {
	k := jwsKeys()
	for alg, public := range map[string]crypto.PublicKey{"RS256": &k.rsa.PublicKey, "ES512": &k.ec.PublicKey} {
		v := jwsVerifier(t, alg)
		der, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			t.Fatal(err)
		}
		block := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
		secrets := [][]byte{der, block, bytes.TrimSpace(block), []byte(base64.StdEncoding.EncodeToString(der)), k.rsa.N.Bytes()}
		if alg == "RS256" {
			pkcs1 := x509.MarshalPKCS1PublicKey(&k.rsa.PublicKey)
			jwk := fmt.Sprintf(`{"kty":"RSA","n":"%s","e":"AQAB"}`, jwsB64(k.rsa.N.Bytes()))
			secrets = append(secrets, pkcs1, pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: pkcs1}), []byte(jwk))
		} else {
			jwk := fmt.Sprintf(`{"kty":"EC","crv":"P-521","x":"%s","y":"%s"}`, jwsB64(k.ec.X.FillBytes(make([]byte, 66))), jwsB64(k.ec.Y.FillBytes(make([]byte, 66))))
			secrets = append(secrets, []byte(jwk))
		}
		for _, secret := range secrets {
			for name, class := range map[string]error{"HS512": ErrAlgorithm, "HS256": ErrUnsupported, alg: ErrMalformed} {
				input := jwsB64([]byte(`{"alg":"`+name+`"}`)) + ".eA"
				mac := hmac.New(sha512.New, secret)
				mac.Write([]byte(input))
				jwsRefuse(t, v, input+"."+jwsB64(mac.Sum(nil)), class)
			}
		}
	}
}

// D2; RFC 7515, Section 4.1.3; RFC 8725, Section 3.10: a key that the token brings is no key.
func TestD2_JWSHeaderKeys(t *testing.T) {
	k := jwsKeys()
	der, err := x509.MarshalPKIXPublicKey(&k.otherRSA.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	n := jwsB64(k.otherRSA.N.Bytes())
	for _, alg := range jwsAlgs {
		v := jwsVerifier(t, alg)
		for _, more := range []string{
			`"jwk":{"kty":"RSA","n":"` + n + `","e":"AQAB"}`,
			`"jwk":{"kty":"oct","k":"` + jwsB64(k.otherSecret) + `"}`,
			`"jku":"https://attacker.example/jwks.json"`,
			`"x5u":"https://attacker.example/chain.pem"`,
			`"x5c":["` + base64.StdEncoding.EncodeToString(der) + `"]`,
			`"x5t":"AAAAAAAAAAAAAAAAAAAAAAAAAAA","x5t#S256":"AAAA"`,
			`"kid":"../../dev/null"`, `"kid":"' OR 1=1 --"`, `"kid":"https://attacker.example"`,
		} {
			header := `{"alg":"` + alg + `",` + more + `}`
			input := jwsB64([]byte(header)) + ".eA"
			other := jwsFixed{rsa: k.otherRSA, ec: k.otherEC, secret: k.otherSecret}
			jwsRefuse(t, v, input+"."+jwsB64(other.jwsRaw(alg, input)), ErrSignature)
			// They do no harm to a token that is authentic.
			jwsAccept(t, v, jwsToken(alg, header, "x"))
		}
	}
}

// --- The header, in a token that is rightly signed ---

func TestJWS_Header(t *testing.T) {
	for _, alg := range jwsAlgs {
		v := jwsVerifier(t, alg)
		name := `"alg":"` + alg + `"`
		for _, c := range []struct {
			header string
			class  error // nil: accepted
			why    string
		}{
			{`{` + name + `}`, nil, ""},
			{" \r\n{ " + name + " }\t", nil, "white space"},
			{`{` + name + `,"exp":null,"x":{"y":[1.50]}}`, nil, "RFC 7515, Section 4: members of any kind are ignored"},
			{`{` + name + `,"ALG":"none","Alg":1,"KID":2}`, nil, "RFC 7515, Section 4: these are other names"},
			{`{` + name + `,"enc":"A256GCM","zip":"DEF"}`, nil, "RFC 7516 defines them for a JWE"},
			{`{` + name + `,` + name + `}`, ErrMalformed, "RFC 7515, Section 4: duplicate"},
			{`{"alg":"none",` + name + `}`, ErrMalformed, "duplicate"},
			{`{` + name + `,"alg":"none"}`, ErrMalformed, "duplicate"},
			{`{` + name + `,"\u0061lg":"none"}`, ErrMalformed, "escaped duplicate"},
			{`{` + name + `,"x":{"y":1,"y":1}}`, ErrMalformed, "duplicate inside"},
			{`{"Alg":"` + alg + `"}`, ErrMalformed, "RFC 7515, Section 4.1.1"},
			{`{}`, ErrMalformed, "RFC 7515, Section 4.1.1"},
			{``, ErrMalformed, "RFC 7515, Section 4"},
			{`[` + name + `]`, ErrMalformed, "RFC 7515, Section 4"},
			{`"` + alg + `"`, ErrMalformed, "RFC 7515, Section 4"},
			{`null`, ErrMalformed, "RFC 7515, Section 4"},
			{`{` + name + `} `, nil, "white space behind"},
			{`{` + name + `}{}`, ErrMalformed, "text behind"},
			{`{` + name + "}\x00", ErrMalformed, "text behind"},
			{"\ufeff{" + name + `}`, ErrMalformed, "RFC 8259, Section 8.1"},
			{`{` + name + ",\"x\":\"\xff\"}", ErrMalformed, "RFC 7515, Section 5.2, step 3"},
			{`{` + name + `,"x":"\ud800"}`, ErrMalformed, "RFC 8259, Section 8.2"},
			{`{` + name + `,"kid":1}`, ErrMalformed, "RFC 7515, Section 4.1.4"},
			{`{` + name + `,"kid":null}`, ErrMalformed, "RFC 7515, Section 4.1.4"},
			{`{` + name + `,"typ":["JWT"]}`, ErrMalformed, "RFC 7515, Section 4.1.9"},
			{`{` + name + `,"x5c":"x"}`, ErrMalformed, "RFC 7515, Section 4.1.6"},
			{`{` + name + `,"jwk":"x"}`, ErrMalformed, "RFC 7515, Section 4.1.3"},
			{`{` + name + `,"crit":[]}`, ErrMalformed, "RFC 7515, Section 4.1.11"},
			{`{` + name + `,"crit":["alg"]}`, ErrMalformed, "RFC 7515, Section 4.1.11"},
			{`{` + name + `,"crit":["x"]}`, ErrMalformed, "RFC 7515, Section 4.1.11"},
			{`{` + name + `,"crit":["x"],"x":1}`, ErrUnsupported, "RFC 7515, Section 4.1.11"},
			{`{` + name + `,"b64":false}`, ErrMalformed, "RFC 7797, Section 6"},
			{`{` + name + `,"b64":0}`, ErrMalformed, "RFC 7797, Section 3"},
			{`{` + name + `,"x":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`, nil, "D8"},
			{`{` + name + `,"x":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`, ErrMalformed, "D8"},
			{`{` + name + `,"x":` + strings.Repeat("[", 10_000), ErrMalformed, "D8"},
			{josPadded(alg, 16384), nil, "D8"},
			{josPadded(alg, 16385), ErrMalformed, "D8"},
		} {
			token := jwsToken(alg, c.header, "x")
			m, err := v.Verify(token)
			if josClass(err) != c.class || (m == nil) != (err != nil) || c.class == nil && err != nil {
				t.Errorf("%.200s (%s): error %v", c.header, c.why, err)
			}
			if err == nil && string(m.Header.Bytes()) != c.header {
				t.Errorf("%.200s: header is %.200s", c.header, m.Header.Bytes())
			}
		}
	}
}

// D8: a header of 10 MiB is refused by its length, without reading it, or room for it.
func TestD8_JWSHugeHeader(t *testing.T) {
	v := jwsVerifier(t, "HS512")
	token := jwsToken("HS512", josPadded("HS512", 10<<20), "x")
	dots := strings.Repeat(".", 10<<20)
	for _, s := range []string{token, dots, "{" + dots} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := v.Verify(s)
		_, err2 := UnverifiedHeader(s)
		runtime.ReadMemStats(&after)
		if err == nil || err2 == nil {
			t.Errorf("%.20q is accepted", s)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%.20q: %d bytes of memory", s, n)
		}
	}
}

// --- "crit" and the caller's checks (D10) ---

// RFC 7515, Section 4.1.11: what the caller has no check for is not understood.
func TestRFC7515_Section4_1_11(t *testing.T) {
	is := Equal("1")
	for _, alg := range jwsAlgs {
		header := func(members string) string {
			return jwsToken(alg, `{"alg":"`+alg+`",`+members+`}`, "x")
		}
		for _, c := range []struct {
			members string
			checks  []CheckOption
			class   error
			why     string
		}{
			{`"x":"1","crit":["x"]`, []CheckOption{CheckMember("x", is)}, nil, ""},
			{`"x":"1","crit":["\u0078"]`, []CheckOption{CheckMember("x", is)}, nil, "escaped"},
			{`"x":"1","y":"1","crit":["x","y"]`, []CheckOption{CheckMember("x", is), CheckMember("y", is)}, nil, ""},
			{`"x":"1","crit":["x"]`, nil, ErrUnsupported, "no check"},
			{`"x":"1","crit":["x"]`, []CheckOption{CheckMember("X", is)}, ErrUnsupported, "case-sensitive"},
			{`"x":"1","y":"1","crit":["x","y"]`, []CheckOption{CheckMember("x", is)}, ErrUnsupported, "one of two"},
			{`"x":"1","y":"1","crit":["y","x"]`, []CheckOption{CheckMember("x", is)}, ErrUnsupported, "one of two"},
			{`"b64":true,"crit":["b64"]`, nil, nil, "RFC 7797: understood"},
			{`"b64":true,"x":"1","crit":["b64","x"]`, nil, ErrUnsupported, "not only b64"},
			{`"b64":true,"x":"1","crit":["b64","x"]`, []CheckOption{CheckMember("x", is)}, nil, ""},
			{`"b64":true,"crit":["b64"]`, []CheckOption{CheckMember("b64", Equal(false))}, ErrClaims, "checked all the same"},
			{`"exp":1,"crit":["exp"]`, nil, ErrUnsupported, "a claim's name is not understood by itself"},
			{`"http://example.com/UNDEFINED":true,"crit":["http://example.com/UNDEFINED"]`, nil, ErrUnsupported, "RFC 7515, Appendix E"},
			{`"":"1","crit":[""]`, nil, ErrUnsupported, "the empty name"},
			{`"":"1","crit":[""]`, []CheckOption{CheckMember("", is)}, nil, "the empty name, checked"},
			{`"x":"2","crit":["x"]`, []CheckOption{CheckMember("x", is)}, ErrClaims, "understood, and not accepted"},
		} {
			token := header(c.members)
			for when, verify := range map[string]func() (*Message, error){
				"always":        func() (*Message, error) { return jwsVerifier(t, alg, c.checks...).Verify(token) },
				"in this call":  func() (*Message, error) { return jwsVerifier(t, alg).Verify(token, c.checks...) },
				"by kid, inner": func() (*Message, error) { return jwsChoice(t, jwsVerifier(t, alg, c.checks...)).Verify(token) },
				"by kid, outer": func() (*Message, error) { return jwsChoice(t, jwsVerifier(t, alg), c.checks...).Verify(token) },
				"by kid, call":  func() (*Message, error) { return jwsChoice(t, jwsVerifier(t, alg)).Verify(token, c.checks...) },
			} {
				m, err := verify()
				if josClass(err) != c.class || (m == nil) != (err != nil) || c.class == nil && err != nil {
					t.Errorf("%s, %s, %s: error %v", c.members, when, c.why, err)
				}
			}
		}
		// An option that checks no member has no name.
		for _, v := range []*Verifier{jwsVerifier(t, alg, MaxTokenSize(1<<20)), jwsChoice(t, jwsVerifier(t, alg), MaxTokenSize(1<<20))} {
			jwsRefuse(t, v, header(`"":"1","crit":[""]`), ErrUnsupported)
			jwsRefuse(t, v, header(`"":"1","crit":[""]`), ErrOption, CheckOption{})
		}
		// Some of the names here, some there.
		v := jwsVerifier(t, alg, CheckMember("x", is))
		token := header(`"x":"1","y":"1","crit":["x","y"]`)
		jwsAccept(t, v, token, CheckMember("y", is))
		jwsRefuse(t, v, token, ErrUnsupported)
	}
}

// jwsChoice returns a Verifier that chooses among one key.
func jwsChoice(t testing.TB, v *Verifier, checks ...CheckOption) *Verifier {
	t.Helper()
	c, err := VerifierByKeyID(map[string]*Verifier{"k": v}, checks...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// D10: the member has to be there, have the type, and pass the check, whether "crit" names it or
// not.
func TestCheckMember(t *testing.T) {
	token := jwsToken("HS512", `{"alg":"HS512","s":"a","t":true,"i":5,"n":1.50,"d":1700000000,"l":["a","b"],"r": {"x" : 1} ,"z":null}`, "x")
	v := jwsVerifier(t, "HS512")
	jwsCheck(t, v, token, "s", "a", []string{"t", "i", "n", "d", "l", "r", "z"})
	jwsCheck(t, v, token, "t", true, []string{"s", "i", "n", "d", "l", "r", "z"})
	jwsCheck(t, v, token, "i", int64(5), []string{"s", "t", "n", "l", "r", "z"})
	jwsCheck(t, v, token, "i", 5, []string{"s", "t", "n", "l", "r", "z"})
	jwsCheck(t, v, token, "n", json.Number("1.50"), []string{"s", "t", "l", "r", "z"})
	jwsCheck(t, v, token, "l", []string{"a", "b"}, []string{"s", "t", "i", "n", "d", "r", "z"})
	jwsCheck(t, v, token, "r", json.RawMessage(`{"x" : 1}`), nil)
	jwsCheck(t, v, token, "z", json.RawMessage(`null`), nil)
	jwsCheck(t, v, token, "d", NewNumericDate(time.Unix(1700000000, 0)), []string{"s", "t", "l", "r", "z"})
}

// jwsCheck checks the member, which is want, and others, which are no T.
func jwsCheck[T Value](t *testing.T, v *Verifier, token, name string, want T, others []string) {
	t.Helper()
	called := 0
	check := func(got T) error {
		called++
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: the check got %v, want %v", name, got, want)
		}
		return nil
	}
	jwsAccept(t, v, token, CheckMember(name, check))
	if called != 1 {
		t.Errorf("%s: the check was called %d times", name, called)
	}
	called = 0
	for _, other := range append(others, "missing", strings.ToUpper(name), "") {
		jwsRefuse(t, v, token, ErrClaims, CheckMember(other, check))
	}
	if called != 0 {
		t.Errorf("%s: the check was called for what is no %T", name, want)
	}
	cause := errors.New("cause")
	_, err := v.Verify(token, CheckMember(name, func(T) error { return cause }))
	if !errors.Is(err, cause) || josClass(err) != ErrClaims {
		t.Errorf("%s: error %v", name, err)
	}
}

// D10, D14: a check is called when the token has proved authentic, and for every token.
func TestCheckMember_OnlyAuthentic(t *testing.T) {
	called := 0
	check := CheckMember("x", func(string) error { called++; return nil })
	token := jwsToken("HS512", `{"alg":"HS512","x":"a","crit":["x"]}`, "x")
	v := jwsVerifier(t, "HS512", check)
	jwsRefuse(t, v, token[:len(token)-86]+jwsB64(make([]byte, 64)), ErrSignature)
	jwsRefuse(t, v, token+"A", ErrMalformed)
	jwsRefuse(t, v, jwsToken("RS256", `{"alg":"RS256","x":"a"}`, "x"), ErrAlgorithm)
	jwsRefuse(t, v, jwsSigned("HS512", jwsB64([]byte(`{"alg":"HS512","x":"a"}`)), "A"), ErrMalformed)
	if called != 0 {
		t.Errorf("called %d times on what is not authentic", called)
	}
	for i := range 3 {
		jwsAccept(t, v, token)
		if called != i+1 {
			t.Errorf("called %d times in %d tokens", called, i+1)
		}
	}
	jwsAccept(t, v, token, check)
	if called != 5 {
		t.Errorf("called %d times, and not for each option", called)
	}
	if _, err := v.VerifyDetached(strings.Replace(token, ".eA.", "..", 1), []byte("x")); err != nil || called != 6 {
		t.Errorf("%d calls: %v", called, err)
	}
}

// An option that can't be is an error of the constructor, and of the call.
func TestCheckOption_Impossible(t *testing.T) {
	token := jwsToken("HS512", `{"alg":"HS512"}`, "x")
	good := jwsVerifier(t, "HS512")
	secret := jwsKeys().secret
	short, err1 := NewInsecureShortSecret(secret[:20])
	set, err2 := ParseKeySet([]byte(`{"keys":[{"kty":"oct","k":"` + jwsB64(secret) + `"}]}`))
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	keys := []jwsPair{{alg: HS512, public: short}, {alg: HS512, public: set}}
	for _, pair := range jwsPairs() {
		keys = append(keys, pair)
	}
	for _, o := range []CheckOption{CheckMember[string]("x", nil), CheckMember[json.RawMessage]("x", nil), MaxTokenSize(0), MaxTokenSize(-1), {}} {
		opts := []CheckOption{CheckMember("x", Equal("")), o}
		for _, key := range keys {
			if v, err := key.public.Verifier(key.alg, opts...); v != nil || josClass(err) != ErrOption {
				t.Errorf("%s of a %T: %v, error %v", key.alg, key.public, v, err)
			}
		}
		if v, err := VerifierByKeyID(map[string]*Verifier{"k": good}, opts...); v != nil || josClass(err) != ErrOption {
			t.Errorf("by kid: %v, error %v", v, err)
		}
		jwsRefuse(t, good, token, ErrOption, o)
		_, err := good.VerifyDetached(token, nil, o)
		josWant(t, err, ErrOption)
	}
}

// D22: a slice of options that the caller changes later changes nothing.
func TestCheckOption_Copied(t *testing.T) {
	token := jwsToken("HS512", `{"alg":"HS512","x":"a"}`, "x")
	checks := []CheckOption{CheckMember("x", Equal("b"))}
	v := jwsVerifier(t, "HS512", checks...)
	c := jwsChoice(t, jwsVerifier(t, "HS512"), checks...)
	checks[0] = CheckOption{}
	jwsRefuse(t, v, token, ErrClaims)
	jwsRefuse(t, c, token, ErrClaims)
}

// --- "b64" (D11; RFC 7797) ---

// RFC 7797, Section 5.2: an attached unencoded payload has the characters %x20-2D / %x2F-7E.
func TestRFC7797_Section5_2(t *testing.T) {
	f := jwsShape{unencoded: true}
	for _, alg := range jwsAlgs {
		s, v := jwsSigner(t, alg), jwsVerifier(t, alg)
		for c := range 256 {
			if alg != "HS512" && !strings.ContainsRune("\x00\n\x1f -./~\x7f\x80\xff", rune(c)) {
				continue // the rest is the same code
			}
			payload := "ab" + string([]byte{byte(c)})
			ok := c >= 0x20 && c <= 0x7e && c != '.'
			token, err := f.sign(s, payload)
			theirs := f.token(alg, f.header(alg, ""), payload)
			if ok {
				josWant(t, err, nil)
				josWant(t, f.verify(t, v, token, payload), nil)
				josWant(t, f.verify(t, v, theirs, payload), nil)
			} else {
				josWant(t, err, ErrOption)
				if token != "" {
					t.Fatal("a token beside an error")
				}
				josWant(t, f.verify(t, v, theirs, payload), ErrMalformed)
				// D14: the same answer without a signature.
				josWant(t, f.verify(t, v, theirs[:len(theirs)-4]+"AAAA", payload), ErrMalformed)
			}
			// RFC 7797, Section 5.1: detached it may be anything.
			d := jwsShape{unencoded: true, detached: true}
			token, err = d.sign(s, payload)
			josWant(t, err, nil)
			josWant(t, d.verify(t, v, token, payload), nil)
		}
		// A string that is base64url is not decoded.
		if m := jwsAccept(t, v, f.token(alg, f.header(alg, ""), "eA")); string(m.Payload) != "eA" {
			t.Errorf("payload %q", m.Payload)
		}
	}
}

// RFC 7797, Sections 3 and 6, in tokens that are rightly signed, over the payload as it is and
// over the payload encoded.
func TestRFC7797_Section6(t *testing.T) {
	for _, alg := range jwsAlgs {
		v := jwsVerifier(t, alg)
		for members, class := range map[string]error{
			`"b64":true`:                             nil,
			`"b64":true,"crit":["b64"]`:              nil,
			`"b64":false`:                            ErrMalformed,
			`"b64":false,"crit":["x"],"x":"y"`:       ErrMalformed,
			`"b64":false,"crit":[]`:                  ErrMalformed,
			`"b64":"false","crit":["b64"]`:           ErrMalformed,
			`"b64":0,"crit":["b64"]`:                 ErrMalformed,
			`"b64":null,"crit":["b64"]`:              ErrMalformed,
			`"crit":["b64"]`:                         ErrMalformed,
			`"b64":false,"crit":["b64","b64"]`:       ErrMalformed,
			`"b64":false,"b64":true,"crit":["b64"]`:  ErrMalformed,
			`"b64":false,"crit":["b64","x"],"x":"y"`: ErrUnsupported,
		} {
			h := jwsB64([]byte(`{"alg":"` + alg + `",` + members + `}`))
			for _, payload := range []string{"eA", "$02"} {
				token := jwsSigned(alg, h, payload)
				want := class
				if want == nil && payload != "eA" {
					want = ErrMalformed // it is to be base64url
				}
				m, err := v.Verify(token)
				if josClass(err) != want || want == nil && (err != nil || string(m.Payload) != "x") {
					t.Errorf("%s: %v, error %v", members, m, err)
				}
			}
		}
	}
}

// RFC 7797, Section 7, and D11: a JWT has no unencoded payload, whatever was accepted before.
func TestRFC7797_Section7(t *testing.T) {
	f := jwsShape{unencoded: true}
	const payload = `{"exp":99999999999}`
	v := jwsVerifier(t, "HS512")
	token := f.token("HS512", f.header("HS512", ""), payload)
	policy := Policy{AnyIssuer: true, AnySubject: true, NoAudience: true, AnyType: true}
	for range 2 {
		_, err := policy.Verify(v, token)
		josWant(t, err, ErrMalformed)
		jwsAccept(t, v, token) // as a JWS; its header is known from now on
	}
}

// RFC 7515, Appendix F, and D11: detached is detached.
func TestRFC7515_AppendixF(t *testing.T) {
	for _, alg := range jwsAlgs {
		v := jwsVerifier(t, alg)
		for _, f := range jwsShapes {
			for _, payload := range []string{"", "x"} {
				token := f.token(alg, f.header(alg, ""), payload)
				attached, detached := jwsShape{f.unencoded, false}, jwsShape{f.unencoded, true}
				want := map[bool]error{true: nil, false: ErrSignature}[payload == "" || !f.detached]
				if err := attached.verify(t, v, token, payload); josClass(err) != want {
					t.Errorf("%s %+v %q, attached: %v", alg, f, payload, err)
				}
				want = map[bool]error{true: nil, false: ErrMalformed}[payload == "" || f.detached]
				if err := detached.verify(t, v, token, payload); josClass(err) != want {
					t.Errorf("%s %+v %q, detached: %v", alg, f, payload, err)
				}
			}
			// Nothing in the middle, and nil beside it, is the empty payload.
			m, err := v.VerifyDetached(f.token(alg, f.header(alg, ""), ""), nil)
			if err != nil || m.Payload != nil {
				t.Errorf("%s %+v: %v", alg, f, err)
			}
		}
		// The payload that was handed over is handed back.
		payload := []byte("payload")
		m, err := v.VerifyDetached(jwsShape{detached: true}.token(alg, `{"alg":"`+alg+`"}`, "payload"), payload)
		if err != nil || &m.Payload[0] != &payload[0] {
			t.Errorf("%s: %v", alg, err)
		}
	}
}

// --- Signatures ---

// RFC 7518, Section 3.4, and D12: R || S of 66 octets each, both between 0 and the order.
func TestRFC7518_Section3_4(t *testing.T) {
	v := jwsVerifier(t, "ES512")
	token := jwsToken("ES512", `{"alg":"ES512"}`, "x")
	i := strings.LastIndex(token, ".") + 1
	sig, err := base64.RawURLEncoding.DecodeString(token[i:])
	if err != nil {
		t.Fatal(err)
	}
	with := func(sig []byte) string { return token[:i] + jwsB64(sig) }
	jwsAccept(t, v, with(sig))
	r, s := new(big.Int).SetBytes(sig[:66]), new(big.Int).SetBytes(sig[66:])
	n := elliptic.P521().Params().N
	zero, one, minus := new(big.Int), big.NewInt(1), new(big.Int).Sub(n, s)
	der := func(r, s *big.Int) []byte {
		b, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	// High or low, S is legal.
	jwsAccept(t, v, with(jwsRS(r, minus)))
	for why, sig := range map[string][]byte{
		"r = 0":           jwsRS(zero, s),
		"s = 0":           jwsRS(r, zero),
		"both 0":          jwsRS(zero, zero),
		"r = n":           jwsRS(n, s),
		"s = n":           jwsRS(r, n),
		"r = s = n":       jwsRS(n, n),
		"r + n":           jwsRS(new(big.Int).Add(r, n), s),
		"s + n":           jwsRS(r, new(big.Int).Add(s, n)),
		"n - r":           jwsRS(new(big.Int).Sub(n, r), s),
		"r = 1":           jwsRS(one, s),
		"r = s = 1":       jwsRS(one, one),
		"swapped":         jwsRS(s, r),
		"all ones":        bytes.Repeat([]byte{0xff}, 132),
		"top bit":         append([]byte{0x80}, sig[1:]...),
		"of another":      jwsKeys().jwsRaw("ES512", "x"),
		"DER, 132 octets": der(r, s)[:132],
		"s above 2^521-1": jwsRS(r, new(big.Int).Add(s, new(big.Int).Lsh(one, 527))),
	} {
		if m, err := v.Verify(with(sig)); m != nil || josClass(err) != ErrSignature {
			t.Errorf("%s: error %v", why, err)
		}
	}
	for why, sig := range map[string][]byte{
		"0 octets":        {},
		"1 octet":         sig[:1],
		"32 octets":       sig[:32],
		"64 octets":       sig[:64], // of ES256
		"96 octets":       sig[:96], // of ES384
		"131 octets":      sig[:131],
		"133 octets":      append(slices.Clone(sig), 0),
		"0 before":        append([]byte{0}, sig...),
		"two signatures":  append(slices.Clone(sig), sig...),
		"DER":             der(r, s),
		"a kilobyte":      make([]byte, 1024),
		"65 octets each":  append(slices.Clone(sig[1:66]), sig[67:]...),
		"10,000,000 long": make([]byte, 10_000_000),
	} {
		if m, err := v.Verify(with(sig)); m != nil || josClass(err) != ErrMalformed {
			t.Errorf("%s: error %v", why, err)
		}
	}
}

// RFC 8017, Section 8.2.2: the signature has the length of the modulus, and is below it.
func TestRFC8017_Section8_2_2(t *testing.T) {
	k := jwsKeys()
	v := jwsVerifier(t, "RS256")
	token := jwsToken("RS256", `{"alg":"RS256"}`, "x")
	i := strings.LastIndex(token, ".") + 1
	sig, err := base64.RawURLEncoding.DecodeString(token[i:])
	if err != nil {
		t.Fatal(err)
	}
	with := func(sig []byte) string { return token[:i] + jwsB64(sig) }
	jwsAccept(t, v, with(sig))
	for why, sig := range map[string][]byte{
		"0 octets":   {},
		"255 octets": sig[:255],
		"257 octets": append(slices.Clone(sig), 0),
		"0 before":   append([]byte{0}, sig...),
		"cut before": sig[1:],
		"128 octets": sig[:128],
		"512 octets": append(slices.Clone(sig), sig...),
	} {
		if m, err := v.Verify(with(sig)); m != nil || josClass(err) != ErrMalformed {
			t.Errorf("%s: error %v", why, err)
		}
	}
	number := new(big.Int).SetBytes(sig)
	digest := sha512.Sum512([]byte(token[:i-1]))
	sha512Signature, err := rsa.SignPKCS1v15(nil, k.rsa, crypto.SHA512, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	digest256 := sha256.Sum256([]byte(token[:i-1]))
	pss, err := rsa.SignPSS(rand.Reader, k.rsa, crypto.SHA256, digest256[:], &rsa.PSSOptions{SaltLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	for why, sig := range map[string][]byte{
		"0":            make([]byte, 256),
		"1":            append(make([]byte, 255), 1),
		"all ones":     bytes.Repeat([]byte{0xff}, 256),
		"n":            k.rsa.N.FillBytes(make([]byte, 256)),
		"n - s":        new(big.Int).Sub(k.rsa.N, number).FillBytes(make([]byte, 256)),
		"RS512":        sha512Signature,
		"PS256":        pss,
		"of another":   k.jwsRaw("RS256", "x"),
		"another key":  jwsFixed{rsa: k.otherRSA}.jwsRaw("RS256", token[:i-1]),
		"s + 1":        new(big.Int).Add(number, big.NewInt(1)).FillBytes(make([]byte, 256)),
		"s, reflected": func() []byte { r := slices.Clone(sig); slices.Reverse(r); return r }(),
	} {
		if m, err := v.Verify(with(sig)); m != nil || josClass(err) != ErrSignature {
			t.Errorf("%s: error %v", why, err)
		}
	}
	// s + n is the same signature modulo n, where it has the length.
	if sum := new(big.Int).Add(number, k.rsa.N); sum.BitLen() <= 2048 {
		jwsRefuse(t, v, with(sum.FillBytes(make([]byte, 256))), ErrSignature)
	}
}

// RFC 7518, Section 3.2, and D13: the whole MAC, and no part of it.
func TestRFC7518_Section3_2_MAC(t *testing.T) {
	v := jwsVerifier(t, "HS512")
	token := jwsToken("HS512", `{"alg":"HS512"}`, "x")
	i := strings.LastIndex(token, ".") + 1
	mac := jwsKeys().jwsRaw("HS512", token[:i-1])
	jwsAccept(t, v, token[:i]+jwsB64(mac))
	for n := range 64 {
		jwsRefuse(t, v, token[:i]+jwsB64(mac[:n]), ErrMalformed)
		wrong := slices.Clone(mac)
		wrong[n] ^= 1
		jwsRefuse(t, v, token[:i]+jwsB64(wrong), ErrSignature)
	}
	jwsRefuse(t, v, token[:i]+jwsB64(append(mac, 0)), ErrMalformed)
	jwsRefuse(t, v, token[:i]+jwsB64(append(mac, mac...)), ErrMalformed)
	jwsRefuse(t, v, token[:i]+jwsB64(make([]byte, 64)), ErrSignature)
	input := token[:i-1]
	jwsRefuse(t, v, input+"."+jwsB64(jwsFixed{secret: jwsKeys().otherSecret}.jwsRaw("HS512", input)), ErrSignature)
	jwsRefuse(t, v, input+"."+jwsB64(jwsFixed{secret: make([]byte, 64)}.jwsRaw("HS512", input)), ErrSignature) // as of the empty key
}

// D14: the payload is looked at last, and nothing comes back beside an error.
func TestD14_JWSOrder(t *testing.T) {
	good := jwsVerifier(t, "HS512")
	v, err := VerifierByKeyID(map[string]*Verifier{"h": good, "r": jwsVerifier(t, "RS256")}, CheckMember("c", Equal("1")))
	if err != nil {
		t.Fatal(err)
	}
	// One fault more in each row; the class is that of the first.
	sig := jwsB64(make([]byte, 64))
	for _, c := range []struct {
		header, payload, signature string
		class                      error
	}{
		{`{"alg":"HS512","kid":"h","c":"1"}`, "eA", "", nil},
		{`{"alg":"HS512","kid":"h","c":"2"}`, "eA", "", ErrClaims},
		{`{"alg":"HS512","kid":"h"}`, "eA", "", ErrClaims},
		{`{"alg":"HS512","kid":"h","c":"2"}`, "eA", sig, ErrSignature},
		{`{"alg":"HS512","kid":"h","c":"2"}`, "e", sig, ErrMalformed},
		{`{"alg":"HS512","kid":"h","c":"2"}`, "e", "", ErrMalformed},
		{`{"alg":"HS512","kid":"h","c":"2"}`, "eA", "AA", ErrMalformed},
		{`{"alg":"HS512","kid":"h","c":"2","crit":["x"],"x":1}`, "e", "A", ErrUnsupported},
		{`{"alg":"RS256","kid":"h","c":"2","crit":["x"],"x":1}`, "e", "A", ErrAlgorithm},
		{`{"alg":"RS256","kid":"x","c":"2","crit":["x"],"x":1}`, "e", "A", ErrUnknownKey},
		{`{"alg":"none","kid":"x","c":"2","crit":["x"],"x":1}`, "e", "A", ErrUnsupported},
		{`{"alg":"none","kid":"x","c":"2","crit":["x"]}`, "e", "A", ErrMalformed},
	} {
		h := jwsB64([]byte(c.header))
		token := jwsSigned("HS512", h, c.payload)
		if c.signature != "" {
			token = h + "." + c.payload + "." + c.signature
		}
		m, err := v.Verify(token)
		if josClass(err) != c.class || (m == nil) != (err != nil) || c.class == nil && err != nil {
			t.Errorf("%s . %s . %s: error %v", c.header, c.payload, c.signature, err)
		}
	}
}

// D21: no text of a token is in a message, whatever is wrong with it.
func TestD21_JWSNoTokenText(t *testing.T) {
	v, err := VerifierByKeyID(map[string]*Verifier{"k": jwsVerifier(t, "HS512"), "r": jwsVerifier(t, "RS256")})
	if err != nil {
		t.Fatal(err)
	}
	check := CheckMember("c", Equal("secret"))
	headers := []string{
		`{"alg":"MARK"}`, `{"alg":"MARK","alg":"MARK"}`, `{"alg":"HS512","kid":"MARK"}`, `{"alg":"HS512","kid":"k","MARK":1,"MARK":2}`,
		`{"alg":"HS512","kid":"k","crit":["MARK"]}`, `{"alg":"HS512","kid":"k","crit":["MARK"],"MARK":1}`, `{"alg":"HS512","kid":"k","crit":["MARK","MARK"]}`,
		`{"alg":"HS512","kid":"k","crit":"MARK"}`, `{"alg":"HS512","kid":["MARK"]}`, `{"alg":"HS512","kid":"k","x":MARK}`, `{"alg":"HS512","kid":"k"}MARK`,
		`{"alg":"HS512","kid":"k","c":"MARK"}`, `{"alg":"HS512","kid":"k","c":["MARK"]}`, `{"alg":"HS512","kid":"k","b64":"MARK"}`, `{"alg":"RS256","kid":"k","MARK":1}`,
		`MARK`, `{"alg":"HS512","kid":"k","x5c":"MARK"}`, `{"MARK":"MARK"}`,
	}
	for _, mark := range []string{"MARK", "€", "\x01", "\xfe"} { // what is of no alphabet is not shown either
		shows := func(err error) bool {
			quoted := strings.Trim(strconv.QuoteToASCII(mark), `"`)
			return strings.Contains(err.Error(), mark) || strings.Contains(err.Error(), quoted) || strings.Contains(err.Error(), "þ")
		}
		for _, header := range headers {
			header = strings.ReplaceAll(header, "MARK", mark)
			h := jwsB64([]byte(header))
			for _, token := range []string{jwsSigned("HS512", h, mark), h + "." + mark + "!." + mark, h + "." + mark + "." + mark, h + "." + mark + "." + jwsB64(make([]byte, 64)), mark + h + "." + mark + "." + mark, h + "." + mark + "." + mark + "." + mark, mark, "{" + mark} {
				_, err := v.Verify(token, check)
				if josClass(err) == nil {
					t.Errorf("%s: error %v", token, err)
				} else if shows(err) {
					t.Errorf("%s: the message has text of the token: %v", token, err)
				}
				if _, err := UnverifiedHeader(token); err != nil && shows(err) {
					t.Errorf("%s: the message has text of the token: %v", token, err)
				}
			}
		}
	}
	// A signature that does not match says nothing more than the class.
	_, err = v.Verify(jwsB64([]byte(`{"alg":"HS512","kid":"k"}`)) + ".eA." + jwsB64(make([]byte, 64)))
	if err != ErrSignature {
		t.Errorf("error %v", err)
	}
}

// --- Size (D8) ---

func TestMaxTokenSize_JWS(t *testing.T) {
	token := jwsToken("HS512", `{"alg":"HS512"}`, jwsText(100))
	n := len(token)
	plain := jwsVerifier(t, "HS512")
	check := CheckMember("alg", Equal("HS512"))
	for _, c := range []struct {
		why   string
		v     *Verifier
		class error
	}{
		{"exactly", jwsVerifier(t, "HS512", MaxTokenSize(n)), nil},
		{"one less", jwsVerifier(t, "HS512", MaxTokenSize(n-1)), ErrMalformed},
		{"beside a check", jwsVerifier(t, "HS512", check, MaxTokenSize(n-1)), ErrMalformed},
		{"by kid, exactly", jwsChoice(t, plain, MaxTokenSize(n)), nil},
		{"by kid, one less", jwsChoice(t, plain, MaxTokenSize(n-1)), ErrMalformed},
	} {
		for range 2 { // the second time with a header that is known
			if c.class == nil {
				jwsAccept(t, c.v, token)
			} else {
				jwsRefuse(t, c.v, token, c.class)
				jwsAccept(t, c.v, jwsToken("HS512", `{"alg":"HS512"}`, "")) // a short token, for the header
			}
			// It is for the constructor, and no call raises it, lowers it, or says it again.
			for _, size := range []int{1, n - 1, n, 1 << 30} {
				jwsRefuse(t, c.v, token, ErrOption, MaxTokenSize(size))
				jwsRefuse(t, c.v, token, ErrOption, check, MaxTokenSize(size))
				_, err := c.v.VerifyDetached(token, nil, MaxTokenSize(size))
				josWant(t, err, ErrOption)
			}
		}
		if v, err := VerifierByKeyID(map[string]*Verifier{"k": c.v}); strings.HasPrefix(c.why, "by kid") {
			ktRefused(t, c.why, v, err, ErrKey) // a choice already
		} else {
			ktRefused(t, c.why, v, err, ErrOption)
		}
	}
	// What is detached does not count.
	d := jwsShape{detached: true}
	short := d.token("HS512", `{"alg":"HS512"}`, jwsText(1000))
	josWant(t, d.verify(t, jwsVerifier(t, "HS512", MaxTokenSize(len(short))), short, jwsText(1000)), nil)
	josWant(t, d.verify(t, jwsVerifier(t, "HS512", MaxTokenSize(len(short)-1)), short, jwsText(1000)), ErrMalformed)
}

// D8: 16 MiB unless set otherwise, and then also more.
func TestMaxTokenSize_JWSDefault(t *testing.T) {
	f := jwsShape{unencoded: true}
	header := f.header("HS512", "")
	make1 := func(size int) string {
		return f.token("HS512", header, strings.Repeat("x", size-len(f.token("HS512", header, ""))))
	}
	most, more := make1(16<<20), make1(16<<20+1)
	if len(most) != 16<<20 || len(more) != 16<<20+1 {
		t.Fatal("no such tokens")
	}
	plain := jwsVerifier(t, "HS512")
	set := ktMust(ParseKeySet([]byte(`{"keys":[{"kty":"oct","k":"` + jwsB64(jwsKeys().secret) + `"}]}`)))
	const larger = 17 << 20
	for _, v := range []*Verifier{plain, jwsChoice(t, plain), ktMust(set.Verifier(HS512))} {
		jwsAccept(t, v, most)
		jwsRefuse(t, v, more, ErrMalformed)
	}
	for _, v := range []*Verifier{jwsVerifier(t, "HS512", MaxTokenSize(larger)), jwsChoice(t, plain, MaxTokenSize(larger)), ktMust(set.Verifier(HS512, MaxTokenSize(larger)))} {
		if _, err := v.Verify(more); err != nil {
			t.Errorf("%v, made larger: %v", v, err)
		}
	}
}

// --- The header that was accepted last ---

// A header that is known saves reading it, and nothing else.
func TestVerifier_KnownHeader(t *testing.T) {
	for _, alg := range jwsAlgs {
		v := jwsVerifier(t, alg)
		header := `{"alg":"` + alg + `","x":"1","crit":["x"]}`
		first, second := jwsToken(alg, header, "first"), jwsToken(alg, header, "second")
		check := CheckMember("x", Equal("1"))
		jwsAccept(t, v, first, check)
		if m := jwsAccept(t, v, second, check); string(m.Payload) != "second" || string(m.Header.Bytes()) != header {
			t.Errorf("%s: payload %q", alg, m.Payload)
		}
		a, b := strings.Split(first, "."), strings.Split(second, ".")
		jwsRefuse(t, v, a[0]+"."+b[1]+"."+a[2], ErrSignature, check)
		jwsRefuse(t, v, a[0]+"."+a[1]+"."+b[2], ErrSignature, check)
		jwsRefuse(t, v, a[0]+"."+a[1]+".", ErrMalformed, check)
		// What was understood in one call is not in the next, and what was checked is checked again.
		jwsRefuse(t, v, first, ErrUnsupported)
		jwsRefuse(t, v, first, ErrClaims, CheckMember("x", Equal("2")))
		small := jwsVerifier(t, alg, check, MaxTokenSize(len(first)))
		jwsAccept(t, small, first)
		jwsRefuse(t, small, second, ErrMalformed)
		jwsAccept(t, small, first)
		jwsAccept(t, v, first, check)
		// The header is one of another form too.
		josWant(t, jwsShape{detached: true}.verify(t, v, a[0]+".."+a[2], "first", check), nil)
		josWant(t, jwsShape{detached: true}.verify(t, v, a[0]+".."+a[2], "second", check), ErrSignature)
		josWant(t, jwsShape{detached: true}.verify(t, v, first, "first", check), ErrMalformed)
	}
	// Unencoded and not, in turn.
	v := jwsVerifier(t, "HS512")
	for range 2 {
		for _, f := range jwsShapes {
			token := f.token("HS512", f.header("HS512", ""), "eA")
			josWant(t, f.verify(t, v, token, "eA"), nil)
			josWant(t, f.verify(t, v, f.with(token, "eB"), "eB"), ErrSignature)
		}
	}
}

// Only a token that is accepted leaves its header behind: nobody else can push one out.
func TestVerifier_KnownHeaderIsAuthentic(t *testing.T) {
	inner := jwsVerifier(t, "HS512")
	for _, v := range []*Verifier{jwsVerifier(t, "HS512"), jwsChoice(t, inner)} {
		var authentic *acceptedHeader[*signatureKey]
		for range 2 { // before and after the first that is accepted
			for _, c := range []struct {
				token  string
				class  error
				checks []CheckOption
			}{
				{jwsB64([]byte(`{"alg":"HS512","typ":"x"}`)) + ".eA." + jwsB64(make([]byte, 64)), ErrSignature, nil},
				{jwsB64([]byte(`{"alg":"HS512","typ":"x"}`)) + ".eA.AA", ErrMalformed, nil},
				{jwsSigned("HS512", jwsB64([]byte(`{"alg":"HS512","typ":"x"}`)), "A"), ErrMalformed, nil},
				{jwsToken("HS512", `{"alg":"HS512","x":1,"crit":["x"]}`, "x"), ErrUnsupported, nil},
				{jwsToken("HS512", `{"alg":"HS512","x":1}`, "x"), ErrClaims, []CheckOption{CheckMember("x", Equal(int64(2)))}},
				{jwsToken("HS512", `{"alg":"RS256"}`, "x"), ErrAlgorithm, nil},
				{jwsToken("HS512", `{"alg":"none"}`, "x"), ErrUnsupported, nil},
				{"eyJ9.eA.eA", ErrMalformed, nil},
			} {
				jwsRefuse(t, v, c.token, c.class, c.checks...)
				if v.last.Load() != authentic {
					t.Fatalf("%s: error %v, and the header is kept", c.token, c.class)
				}
			}
			jwsAccept(t, v, jwsToken("HS512", `{"alg":"HS512"}`, "x"))
			if authentic = v.last.Load(); authentic == nil || string(authentic.Bytes()) != `{"alg":"HS512"}` {
				t.Fatal("the header of a token that was accepted is not kept")
			}
		}
	}
}

// A Signer and a Verifier are safe for concurrent use (D22). The race detector looks at this one.
func TestJWS_Concurrent(t *testing.T) {
	for _, alg := range jwsAlgs {
		s, v := jwsSigner(t, alg, KeyID("k")), jwsVerifier(t, alg)
		var wg sync.WaitGroup
		for g := range 4 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for i := range 9 {
					payload := jwsText(100*g + 1000*i)
					f := jwsShapes[(g+i)%len(jwsShapes)]
					var opts []HeaderOption
					if i%3 > 0 {
						opts = append(opts, Member("n", g%2), CriticalMember("c", i%2))
					}
					check := CheckMember("c", func(int64) error { return nil })
					token, err := f.sign(s, payload, opts...)
					if err != nil {
						t.Errorf("%s: %v", alg, err)
						return
					}
					checks := []CheckOption{check}[:min(len(opts), 1)]
					if err := f.verify(t, v, token, payload, checks...); err != nil {
						t.Errorf("%s %+v: %v", alg, f, err)
					}
					changed := payload + "A"
					if err := f.verify(t, v, f.with(token, changed), changed, checks...); !errors.Is(err, ErrSignature) && !errors.Is(err, ErrMalformed) {
						t.Errorf("%s %+v: changed: %v", alg, f, err)
					}
				}
			}()
		}
		wg.Wait()
	}
}

// A Message is the caller's: what is written to it reaches no other one.
func TestMessage_OwnPayload(t *testing.T) {
	v := jwsVerifier(t, "HS512")
	for _, f := range []jwsShape{{}, {unencoded: true}} {
		token := f.token("HS512", f.header("HS512", ""), "payload")
		m := jwsAccept(t, v, token)
		copy(m.Payload, "xxxxxxx")
		copy(m.Header.Bytes(), "xxxxxxx")
		if again := jwsAccept(t, v, token); string(again.Payload) != "payload" || string(again.Header.Bytes()) != f.header("HS512", "") {
			t.Errorf("%+v: %q, %q", f, again.Payload, again.Header.Bytes())
		}
		if len(m.OuterHeader.Bytes()) != 0 {
			t.Error("an outer header from nowhere")
		}
	}
}

// --- Choosing by "kid" (D2, D5; RFC 7515, Section 4.1.4) ---

func TestVerifierByKeyID(t *testing.T) {
	k := jwsKeys()
	secret, err1 := NewSecret(k.otherSecret)
	other, err2 := secret.Verifier(HS512)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	byKid := map[string]*Verifier{"r": jwsVerifier(t, "RS256"), "e": jwsVerifier(t, "ES512"), "h": jwsVerifier(t, "HS512"), "o": other, "": jwsVerifier(t, "HS512")}
	v, err := VerifierByKeyID(byKid)
	if err != nil {
		t.Fatal(err)
	}
	clear(byKid) // it was copied
	for _, c := range []struct {
		alg, members string
		class        error
		why          string
	}{
		{"RS256", `,"kid":"r"`, nil, ""},
		{"ES512", `,"kid":"e"`, nil, ""},
		{"HS512", `,"kid":"h"`, nil, ""},
		{"HS512", `,"kid":"\u0068"`, nil, "RFC 7515, Section 10.13: escapes removed"},
		{"HS512", `,"kid":""`, nil, "an empty kid is one"},
		{"HS512", `,"kid":"o"`, ErrSignature, "another key"},
		{"HS512", `,"kid":"r"`, ErrAlgorithm, "a key for another algorithm"},
		{"RS256", `,"kid":"h"`, ErrAlgorithm, "a key for another algorithm"},
		{"ES512", `,"kid":"r"`, ErrAlgorithm, "a key for another algorithm"},
		{"HS512", ``, ErrUnknownKey, "none, and several keys"},
		{"HS512", `,"kid":"H"`, ErrUnknownKey, "RFC 7515, Section 4.1.4: case-sensitive"},
		{"HS512", `,"kid":"h "`, ErrUnknownKey, "not there"},
		{"HS512", `,"kid":"x"`, ErrUnknownKey, "not there"},
		{"HS512", `,"KID":"h"`, ErrUnknownKey, "another member"},
		{"HS512", `,"x5t":"h"`, ErrUnknownKey, "another member"},
		{"HS512", `,"kid":1`, ErrMalformed, "no string"},
		{"HS512", `,"kid":null`, ErrMalformed, "no string"},
	} {
		for range 2 {
			m, err := v.Verify(jwsToken(c.alg, `{"alg":"`+c.alg+`"`+c.members+`}`, "x"))
			if josClass(err) != c.class || (m == nil) != (err != nil) || c.class == nil && err != nil {
				t.Errorf("%s %s (%s): error %v", c.alg, c.members, c.why, err)
			}
		}
	}
}

// One key is meant by a token without "kid", and not by one with another.
func TestVerifierByKeyID_One(t *testing.T) {
	v := jwsChoice(t, jwsVerifier(t, "HS512")) // as "k"
	jwsAccept(t, v, jwsToken("HS512", `{"alg":"HS512"}`, "x"))
	jwsAccept(t, v, jwsToken("HS512", `{"alg":"HS512","kid":"k"}`, "x"))
	jwsRefuse(t, v, jwsToken("HS512", `{"alg":"HS512","kid":"x"}`, "x"), ErrUnknownKey)
	jwsRefuse(t, v, jwsToken("HS512", `{"alg":"HS512","kid":""}`, "x"), ErrUnknownKey)
	jwsRefuse(t, v, jwsToken("RS256", `{"alg":"RS256"}`, "x"), ErrAlgorithm)
}

func TestVerifierByKeyID_Refused(t *testing.T) {
	good := jwsVerifier(t, "HS512")
	for why, byKid := range map[string]map[string]*Verifier{
		"nil": nil, "empty": {}, "a nil": {"a": good, "b": nil}, "a zero": {"a": good, "b": {}}, "a choice": {"a": good, "b": jwsChoice(t, good)},
	} {
		if v, err := VerifierByKeyID(byKid); v != nil || josClass(err) != ErrKey {
			t.Errorf("%s: %v, error %v", why, v, err)
		}
	}
}

// A set chooses as a map does: by the "kid" of a key that is good here. A "kid" whose key was passed
// over, or of two different keys, is the set's fault and not the token's; none other is touched.
func TestKeySet_Verifier(t *testing.T) {
	k := jwsKeys()
	pairs := jwsPairs()
	rs, es := string(pairs["RS256"].public.(*PublicKey).JWK()), string(pairs["ES512"].public.(*PublicKey).JWK())
	otherRS := string(ktMust(NewPublicKey(&k.otherRSA.PublicKey)).JWK())
	hs, otherHS := ktOct(k.secret), ktOct(k.otherSecret)
	kid := func(jwk, kid string, more ...string) string {
		return ktWith(jwk, append([]string{"kid", `"` + kid + `"`}, more...)...)
	}
	const none = "-"
	for _, c := range []struct {
		why   string
		alg   string
		keys  []string
		class map[string]error // by the "kid" of a token
	}{
		{"one key", "RS256", []string{kid(rs, "a")}, map[string]error{"a": nil, none: nil, "b": ErrUnknownKey, "": ErrUnknownKey}},
		{"one key without a kid", "RS256", []string{rs}, map[string]error{none: nil, "a": ErrUnknownKey, "": ErrUnknownKey}},
		{"two keys", "RS256", []string{kid(rs, "a"), kid(otherRS, "b")}, map[string]error{"a": nil, "b": ErrSignature, none: ErrUnknownKey, "c": ErrUnknownKey}},
		{"two keys, one without a kid", "RS256", []string{kid(rs, "a"), otherRS}, map[string]error{"a": nil, none: ErrUnknownKey, "": ErrUnknownKey}},
		{"a key for each", "ES512", []string{kid(rs, "a"), kid(es, "a")}, map[string]error{"a": nil, none: nil}},
		{"the same key twice", "RS256", []string{kid(rs, "a"), kid(rs, "a")}, map[string]error{"a": nil, none: nil}},
		{"the same key under two names", "RS256", []string{kid(rs, "a"), kid(rs, "b"), rs}, map[string]error{"a": nil, "b": nil, none: nil}},
		{"the same secret twice", "HS512", []string{kid(hs, "a"), kid(hs, "a")}, map[string]error{"a": nil, none: nil}},
		{"two keys of one name", "RS256", []string{kid(rs, "a"), kid(otherRS, "a"), kid(rs, "b")}, map[string]error{"a": ErrKey, "b": nil, none: ErrUnknownKey, "c": ErrUnknownKey}},
		{"two secrets of one name", "HS512", []string{kid(hs, "a"), kid(otherHS, "a"), kid(hs, "a"), kid(hs, "b")}, map[string]error{"a": ErrKey, "b": nil}},
		{"two keys of one name, one of another use", "RS256", []string{kid(rs, "a"), kid(otherRS, "a", "use", `"enc"`)}, map[string]error{"a": nil, none: nil}},
		{"one that is passed over", "RS256", []string{kid(rs, "a"), kid(otherRS, "b", "alg", `"PS256"`)}, map[string]error{"a": nil, "b": ErrKey, none: nil, "c": ErrUnknownKey}},
		{"one of another curve", "ES512", []string{kid(ktP256JWK, "b"), kid(es, "a")}, map[string]error{"a": nil, "b": ErrKey, none: nil}},
		{"one for key_ops of others", "ES512", []string{kid(es, "a"), kid(es, "b", "key_ops", `["deriveKey"]`)}, map[string]error{"a": nil, "b": ErrKey, none: nil}},
		{"one passed over, of a name that is good", "ES512", []string{kid(ktP256JWK, "a"), kid(es, "a")}, map[string]error{"a": nil, none: nil}},
		{"a short secret", "HS512", []string{kid(ktOct(k.secret[:20]), "b"), kid(hs, "a")}, map[string]error{"a": nil, "b": ErrKey, none: nil}},
	} {
		alg := pairs[c.alg].alg
		v, err := ktMust(ParseKeySet([]byte(ktSet(c.keys...)))).Verifier(alg)
		if err != nil {
			t.Errorf("%s: %v", c.why, err)
			continue
		}
		for kid, want := range c.class {
			member := `,"kid":"` + kid + `"`
			if kid == none {
				member = ""
			}
			token := jwsToken(c.alg, `{"alg":"`+c.alg+`"`+member+`}`, "x")
			for range 2 {
				m, err := v.Verify(token)
				if josClass(err) != want || (m == nil) != (err != nil) || want == nil && err != nil {
					t.Errorf("%s: kid %q: error %v, want %v", c.why, kid, err, want)
				}
				if err != nil && strings.Contains(err.Error(), jwsB64(k.secret[:15])) {
					t.Errorf("%s: the message shows a secret: %v", c.why, err)
				}
			}
		}
	}
}

// The checks of the choice, of the chosen, and of the call all run, in this order; those of one
// that was not chosen do not.
func TestVerifierByKeyID_Checks(t *testing.T) {
	var ran []string
	fail := ""
	check := func(who string) CheckOption {
		return CheckMember("x", func(string) error {
			if ran = append(ran, who); who == fail {
				return errors.New(who)
			}
			return nil
		})
	}
	v, err := VerifierByKeyID(map[string]*Verifier{
		"a": jwsVerifier(t, "HS512", check("a1"), check("a2")), "b": jwsVerifier(t, "HS512", check("b")),
	}, check("choice"))
	if err != nil {
		t.Fatal(err)
	}
	token := jwsToken("HS512", `{"alg":"HS512","kid":"a","x":"y"}`, "x")
	all := []string{"choice", "a1", "a2", "call"}
	for range 2 {
		fail, ran = "", nil
		if jwsAccept(t, v, token, check("call")); !slices.Equal(ran, all) {
			t.Errorf("ran %v, want %v", ran, all)
		}
	}
	for i, who := range all {
		fail, ran = who, nil
		if jwsRefuse(t, v, token, ErrClaims, check("call")); !slices.Equal(ran, all[:i+1]) {
			t.Errorf("ran %v, want %v", ran, all[:i+1])
		}
	}
	// In turn: the header of one does not bring the checks of the other.
	for range 2 {
		for _, kid := range []string{"a", "b"} {
			fail, ran = "", nil
			jwsAccept(t, v, jwsToken("HS512", `{"alg":"HS512","kid":"`+kid+`","x":"y"}`, "x"))
			if want := map[string][]string{"a": {"choice", "a1", "a2"}, "b": {"choice", "b"}}[kid]; !slices.Equal(ran, want) {
				t.Errorf("kid %s: ran %v", kid, ran)
			}
		}
	}
}

// --- Signing ---

func TestAppendSign(t *testing.T) {
	for _, alg := range jwsAlgs {
		s, v := jwsSigner(t, alg, KeyID("k")), jwsVerifier(t, alg)
		payload := []byte(jwsText(5000))
		size := len(jwsToken(alg, `{"alg":"`+alg+`","kid":"k"}`, string(payload)))
		for _, room := range []int{0, 1, size - 1, size, size + 100} {
			dst := append(make([]byte, 0, 5+room), "start"...)
			spare := dst[len(dst):cap(dst)]
			for i := range spare {
				spare[i] = 0xa5
			}
			got, err := s.AppendSign(dst, payload)
			if err != nil || !bytes.HasPrefix(got, []byte("start")) || len(got) != 5+size {
				t.Fatalf("%s: %d octets of %d: %v", alg, len(got), 5+size, err)
			}
			if m := jwsAccept(t, v, string(got[5:])); !bytes.Equal(m.Payload, payload) {
				t.Errorf("%s: another payload", alg)
			}
			if inPlace := &got[0] == &dst[0]; inPlace != (room >= size) {
				t.Errorf("%s: room for %d of %d octets, in place: %v", alg, room, size, inPlace)
			}
			if room > size && !bytes.Equal(spare[size:], bytes.Repeat([]byte{0xa5}, len(spare)-size)) {
				t.Errorf("%s: octets behind the token were written to", alg)
			}
			if string(dst) != "start" {
				t.Errorf("%s: what is there already changed", alg)
			}
			// On an error, what was given comes back.
			for _, o := range []HeaderOption{KeyID("again"), {}} {
				got, err = s.AppendSign(dst, payload, o)
				josWant(t, err, ErrOption)
				if string(got) != "start" || &got[0] != &dst[0] {
					t.Errorf("%s: %q beside an error", alg, got)
				}
			}
		}
		token, err := s.AppendSign(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		jwsAccept(t, v, string(token))
		if got, err := s.AppendSign(nil, nil, HeaderOption{}); got != nil || err == nil {
			t.Errorf("%s: %q beside error %v", alg, got, err)
		}
	}
}

// On an error, whatever the size of the payload, what was written behind dst is cleared, and nothing
// else has changed; so it is if dst has no room.
func TestAppendSign_Cleared(t *testing.T) {
	fill := func(n int) []byte { return bytes.Repeat([]byte{0xa5}, n) }
	for _, c := range []struct {
		alg SignatureAlgorithm
		key crypto.Signer
	}{{RS256, jwsKeys().rsa}, {ES512, jwsKeys().ec}} {
		h := &jwsHandle{public: c.key.Public()}
		s := jwsHandleSigner(t, h, c.alg, KeyID("k"))
		for why, returned := range map[string][]byte{"nothing": nil, "zeros": make([]byte, 256), "an error": nil} {
			h.sign = func([]byte) ([]byte, error) {
				if why == "an error" {
					return returned, errors.New(why)
				}
				return returned, nil
			}
			for _, size := range jwsSizes() {
				for _, opts := range [][]HeaderOption{nil, {Unencoded()}, {KeyID("again")}} {
					for _, room := range []int{0, size, 2*size + 1000} {
						payload := []byte(jwsText(size))
						whole := slices.Clip(append([]byte("start"), fill(room)...))
						dst := whole[:5]
						got, err := s.AppendSign(dst, payload, opts...)
						want := ErrSigner
						if len(opts) > 0 && opts[0].member.name == "kid" {
							want = ErrOption
						}
						josWant(t, err, want)
						if len(got) != 5 || cap(got) != cap(dst) || &got[0] != &dst[0] || string(payload) != jwsText(size) {
							t.Fatalf("%s, %s, %d octets: %d octets came back", c.alg, why, size, len(got))
						}
						rest := bytes.TrimLeft(whole[5:], "\x00")
						if string(whole[:5]) != "start" || !bytes.Equal(rest, fill(len(rest))) {
							t.Fatalf("%s, %s, %d octets, room for %d: what was written is still there: %.100q", c.alg, why, size, room, whole)
						}
						if wrote := len(rest) < room; wrote && (want == ErrOption || room <= size) || !wrote && want == ErrSigner && size > 9000 && room > 2*size {
							t.Fatalf("%s, %s, %d octets, room for %d: written behind dst: %v", c.alg, why, size, room, wrote)
						}
					}
				}
			}
		}
	}
}

// jwsSizes are sizes of payloads around those of the chunks that the code works in.
func jwsSizes() (sizes []int) {
	for _, edge := range []int{3, 1024, 2990, 3040, 3072, 4096, 6144, 12288, 16384} {
		for n := edge - 3; n <= edge+3; n++ {
			sizes = append(sizes, n)
		}
	}
	return sizes
}

// The payload may be in dst itself, or behind it in one array, as long as the room that the token
// takes does not overlap it: what is signed is the payload as it was.
func TestAppendSign_OneArray(t *testing.T) {
	for _, alg := range jwsAlgs {
		s, v := jwsSigner(t, alg), jwsVerifier(t, alg)
		for i, size := range jwsSizes() {
			if alg != "HS512" && i%7 != 0 {
				continue // the rest is the same code
			}
			for _, f := range []jwsShape{{}, {unencoded: true}} {
				var opts []HeaderOption
				if f.unencoded {
					opts = append(opts, Unencoded())
				}
				text := jwsText(size)
				n := len(f.token(alg, f.header(alg, ""), text))
				for why, c := range map[string]struct{ dst, payload func(array []byte) []byte }{
					"in dst":                        {func(a []byte) []byte { return a[:size+9] }, func(a []byte) []byte { return a[9 : size+9] }},
					"in dst, which has no room":     {func(a []byte) []byte { return a[: size+9 : size+9] }, func(a []byte) []byte { return a[9 : size+9] }},
					"behind the token":              {func(a []byte) []byte { return a[:9] }, func(a []byte) []byte { return a[9+n : 9+n+size] }},
					"behind the room, which fits":   {func(a []byte) []byte { return a[: 9 : 9+n] }, func(a []byte) []byte { return a[9+n : 9+n+size] }},
					"behind the room, one too few":  {func(a []byte) []byte { return a[: 9 : 9+n-1] }, func(a []byte) []byte { return a[9+n-1 : 9+n-1+size] }},
					"behind dst, which has no room": {func(a []byte) []byte { return a[:9:9] }, func(a []byte) []byte { return a[9 : 9+size] }},
					"before dst":                    {func(a []byte) []byte { return a[size : size+9] }, func(a []byte) []byte { return a[:size] }},
				} {
					array := bytes.Repeat([]byte{0xa5}, 9+n+size+1000)
					dst, payload := c.dst(array), c.payload(array)
					copy(payload, text)
					before := bytes.Clone(dst)
					got, err := s.AppendSign(dst, payload, opts...)
					if err != nil || len(got) != len(dst)+n || !bytes.Equal(got[:len(dst)], before) || !bytes.Equal(dst, before) || string(payload) != text {
						t.Fatalf("%s %+v, %d octets %s: %d octets, %v", alg, f, size, why, len(got), err)
					}
					josWant(t, f.verify(t, v, string(got[len(dst):]), text), nil)
				}
			}
		}
	}
}

// Every way to sign has the same errors, and nothing beside them.
func TestSign_Refused(t *testing.T) {
	for _, alg := range jwsAlgs {
		s := jwsSigner(t, alg, KeyID("k"))
		other := map[string]string{"RS256": "HS512", "ES512": "RS256", "HS512": "none"}[alg]
		bare := jwsSigner(t, alg)
		for _, c := range []struct {
			s   *Signer
			opt HeaderOption
		}{
			{s, KeyID("x")},
			{s, HeaderOption{}},
			{s, Member("x", 1.5)},
			{s, Member("x", strings.Repeat("x", 16384))},
			{bare, ExactHeader([]byte(`{"alg":"` + other + `"}`))},
			{bare, ExactHeader([]byte(`{"alg":"` + alg + `"`))},
		} {
			a, err1 := c.s.Sign([]byte("x"), c.opt)
			b, err2 := c.s.SignDetached([]byte("x"), c.opt)
			d, err3 := c.s.AppendSign(nil, []byte("x"), c.opt)
			for _, err := range []error{err1, err2, err3} {
				josWant(t, err, ErrOption)
			}
			if a+b+string(d) != "" {
				t.Error("a token beside an error")
			}
		}
		// The Signer is as good as before.
		token, err := s.Sign([]byte("x"))
		josWant(t, err, nil)
		jwsAccept(t, jwsVerifier(t, alg), token)
	}
	// So has a Signer of every kind of key.
	k := jwsKeys()
	short, err1 := NewInsecureShortSecret(k.secret[:20])
	rs, err2 := NewPrivateKey(&jwsHandle{public: &k.rsa.PublicKey})
	es, err3 := NewPrivateKey(&jwsHandle{public: &k.ec.PublicKey})
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	keys := []jwsPair{{alg: HS512, private: short}, {alg: RS256, private: rs}, {alg: ES512, private: es}}
	for _, pair := range jwsPairs() {
		keys = append(keys, pair)
	}
	for _, key := range keys {
		other := map[SignatureAlgorithm]string{RS256: "HS512", ES512: "RS256", HS512: "RS256"}[key.alg]
		for _, o := range []HeaderOption{{}, Member("alg", "none"), ExactHeader([]byte("{}")), ExactHeader([]byte(`{"alg":"` + other + `"}`))} {
			if s, err := key.private.Signer(key.alg, o); s != nil || josClass(err) != ErrOption {
				t.Errorf("%s: %v, error %v", key.alg, s, err)
			}
		}
	}
}

// Options that would do nothing, or contradict each other or what they are for, are mistakes of the
// program: ErrOption alone, and nothing beside it (D18).
func TestD18_Options(t *testing.T) {
	k := jwsKeys()
	secret, private := jwsPairs()["HS512"].private, ktMust(NewPrivateKey(k.otherRSA))
	public := ktMust(private.Public())
	secrets, set := ktMust(ParseKeySet([]byte(ktSet(ktOct(k.secret))))), ktMust(ParseKeySet(ktMust(MarshalKeySet(public))))
	v, d := jwsVerifier(t, "HS512"), ktMust(private.Decrypter(RSAOAEP256))
	jws := jwsToken("HS512", `{"alg":"HS512"}`, "{}")
	e := jwsEncrypter()
	jwe, nested := ktMust(e.Encrypt([]byte("x"))), ktMust(SignThenEncrypt(jwsSigner(t, "HS512"), e, []byte("{}")))
	policy := Policy{AnyIssuer: true, AnySubject: true, NoAudience: true, AnyType: true, AllowNoExp: true}

	// What each way in makes of check options: a constructor, or a call.
	type checks = []CheckOption
	constructors := map[string]func(checks) (any, error){
		"PrivateKey.Verifier":  func(c checks) (any, error) { return secret.Verifier(HS512, c...) },
		"PublicKey.Verifier":   func(c checks) (any, error) { return public.Verifier(RS256, c...) },
		"KeySet.Verifier":      func(c checks) (any, error) { return set.Verifier(RS256, c...) },
		"secrets' Verifier":    func(c checks) (any, error) { return secrets.Verifier(HS512, c...) },
		"VerifierByKeyID":      func(c checks) (any, error) { return VerifierByKeyID(map[string]*Verifier{"k": v}, c...) },
		"PrivateKey.Decrypter": func(c checks) (any, error) { return private.Decrypter(RSAOAEP256, c...) },
		"DecrypterByKeyID":     func(c checks) (any, error) { return DecrypterByKeyID(map[string]*Decrypter{"k": d}, c...) },
	}
	calls := map[string]func(checks) (any, error){
		"Verify":              func(c checks) (any, error) { return v.Verify(jws, c...) },
		"VerifyDetached":      func(c checks) (any, error) { return v.VerifyDetached(jwsShape{}.with(jws, ""), nil, c...) },
		"Policy.Verify":       func(c checks) (any, error) { return policy.Verify(v, jws, c...) },
		"Decrypt":             func(c checks) (any, error) { return d.Decrypt(jwe, c...) },
		"DecryptThenVerify":   func(c checks) (any, error) { return DecryptThenVerify(d, v, nested, c...) },
		"Policy.VerifyNested": func(c checks) (any, error) { return policy.VerifyNested(d, v, nested, c...) },
	}
	alg, size := CheckMember("alg", func(string) error { return nil }), MaxTokenSize(1<<20)
	for why, c := range map[string]checks{"zero": {{}}, "a zero among others": {alg, {}}, "twice": {size, size}, "twice, apart": {size, alg, MaxTokenSize(5)}, "no size": {MaxTokenSize(0)}, "no check": {CheckMember[string]("alg", nil)}} {
		for name, construct := range constructors {
			got, err := construct(c)
			ktRefused(t, name+": "+why, got, err, ErrOption)
			got, err = construct(checks{alg, size})
			ktAccepted(t, name, got, err)
		}
		for name, call := range calls {
			got, err := call(c)
			if !ktNil(got) || josClass(err) != ErrOption || errors.Is(err, ErrInner) {
				t.Errorf("%s: %s: %v, error %v", name, why, got, err)
			}
			if got, err = call(checks{size}); !ktNil(got) || josClass(err) != ErrOption {
				t.Errorf("%s, with a size: %v, error %v", name, got, err)
			}
			if name != "VerifyDetached" { // the token is not by this payload
				got, err = call(checks{alg})
				ktAccepted(t, name, got, err)
			}
		}
	}
	// Whatever the token: one that does not decrypt is no better news.
	message, err := DecryptThenVerify(d, v, jwe+"A", CheckOption{})
	ktRefused(t, "no token", message, err, ErrOption)
	sized, err := secret.Verifier(HS512, size)
	josWant(t, err, nil)
	sizedDecrypter, err := private.Decrypter(RSAOAEP256, size)
	josWant(t, err, nil)
	choice, err := VerifierByKeyID(map[string]*Verifier{"k": v, "l": sized})
	ktRefused(t, "by kid", choice, err, ErrOption)
	choiceOfDecrypters, err := DecrypterByKeyID(map[string]*Decrypter{"k": d, "l": sizedDecrypter})
	ktRefused(t, "by kid", choiceOfDecrypters, err, ErrOption)

	// Header options, of the Signer or Encrypter and of one token.
	type opts = []HeaderOption
	exactJWS := func(more string) HeaderOption { return ExactHeader([]byte(`{"alg":"HS512"` + more + `}`)) }
	exactJWE := func(more string) HeaderOption { return ExactHeader([]byte(encHeader("RSA-OAEP-256", more))) }
	sign := func(of, call opts) (string, error) {
		s, err := secret.Signer(HS512, of...)
		if err != nil {
			return "", err
		}
		return s.Sign([]byte("x"), call...)
	}
	signClaims := func(of, call opts) (string, error) {
		s, err := secret.Signer(HS512, of...)
		if err != nil {
			return "", err
		}
		return s.SignClaims(&Claims{}, call...)
	}
	encrypt := func(of, call opts) (string, error) {
		e, err := public.Encrypter(RSAOAEP256, of...)
		if err != nil {
			return "", err
		}
		return e.Encrypt([]byte("x"), call...)
	}
	wrapped := func(inner opts) func(of, call opts) (string, error) {
		return func(of, call opts) (string, error) {
			s, err1 := secret.Signer(HS512, inner...)
			e, err2 := public.Encrypter(RSAOAEP256, of...)
			if err := errors.Join(err1, err2); err != nil {
				return "", err
			}
			return SignThenEncrypt(s, e, []byte("x"), call...)
		}
	}
	encoded, unencoded := wrapped(nil), wrapped(opts{Unencoded()})
	for _, c := range []struct {
		why      string
		write    func(of, call opts) (string, error)
		of, call opts
		ok       bool
	}{
		{"KeyID", sign, opts{KeyID("k")}, nil, true},
		{"an empty KeyID", sign, opts{KeyID("")}, nil, false},
		{"an empty KeyID of a token", encrypt, nil, opts{KeyID("")}, false},
		{"Type", sign, opts{Type("jose")}, nil, true},
		{"an empty Type", sign, opts{Type("")}, nil, false},
		{"Type with application", sign, nil, opts{Type("application/jose")}, false},
		{"Type with APPLICATION", encrypt, nil, opts{Type("APPLICATION/jose")}, false},
		{"Type of two slashes", sign, nil, opts{Type("application/a/b")}, true},
		{"an empty ContentType", sign, opts{ContentType("")}, nil, false},
		{"ContentType with application", encrypt, opts{ContentType("aPPlication/json")}, nil, false},
		{"ContentType of another type", sign, opts{ContentType("text/plain")}, nil, true},
		{"zero", sign, opts{{}}, nil, false}, {"zero of a token", signClaims, nil, opts{{}}, false}, {"zero", encrypt, opts{{}}, nil, false}, {"zero", encoded, nil, opts{{}}, false},
		{"WithoutContentType for a JWS", sign, opts{WithoutContentType()}, nil, false},
		{"WithoutContentType for a JWT", signClaims, nil, opts{WithoutContentType()}, false},
		{"WithoutContentType for Encrypt", encrypt, nil, opts{WithoutContentType()}, false},
		{"WithoutContentType of the Encrypter", encrypt, opts{WithoutContentType()}, nil, true},
		{"WithoutContentType for Encrypt, of an exact header", encrypt, nil, opts{exactJWE(""), WithoutContentType()}, false},
		{"nested", encoded, nil, nil, true},
		{"nested, WithoutContentType", encoded, nil, opts{WithoutContentType()}, true},
		{"nested, WithoutContentType of the Encrypter", encoded, opts{WithoutContentType()}, nil, true},
		{"nested, WithoutContentType twice", encoded, opts{WithoutContentType()}, opts{WithoutContentType()}, false},
		{"nested, both", encoded, nil, opts{WithoutContentType(), ContentType("JWT")}, false},
		{"nested, both the other way", encoded, nil, opts{ContentType("x"), WithoutContentType()}, false},
		{"nested, both of the Encrypter", encoded, opts{ContentType("x"), WithoutContentType()}, nil, false},
		{"nested, one here, one there", encoded, opts{ContentType("x")}, opts{WithoutContentType()}, false},
		{"nested, one there, one here", encoded, opts{WithoutContentType()}, opts{ContentType("x")}, false},
		{"nested, by its name", encoded, opts{WithoutContentType()}, opts{Member("cty", "x")}, false},
		{"nested, an exact header with one", encoded, opts{exactJWE(`,"cty":"x"`), WithoutContentType()}, nil, false},
		{"nested, an exact header without", encoded, opts{exactJWE("")}, nil, false},
		{"nested, an exact header of the token without", encoded, nil, opts{exactJWE("")}, false},
		{"nested, an exact header with an empty one", encoded, nil, opts{exactJWE(`,"cty":""`)}, true}, // it is what the caller says
		{"nested, an exact header without, as meant", encoded, nil, opts{exactJWE(""), WithoutContentType()}, true},
		{"nested, an exact header without, as meant before", encoded, opts{WithoutContentType(), exactJWE("")}, nil, true},
		{"nested, an exact header without, as meant here and there", encoded, opts{exactJWE("")}, opts{WithoutContentType()}, true},
		{"nested, an exact header with JWT", encoded, nil, opts{exactJWE(`,"cty":"JWT"`)}, true},
		{"nested and unencoded", unencoded, nil, nil, false},
		{"nested and unencoded, as jwt", unencoded, nil, opts{ContentType("jwt")}, false},
		{"nested and unencoded, as application/jwt", unencoded, opts{Member("cty", "application/jWt")}, nil, false},
		{"nested and unencoded, in an exact header", unencoded, nil, opts{exactJWE(`,"cty":"JWT"`)}, false},
		{"nested and unencoded, exactly", wrapped(opts{exactJWS(`,"b64":false,"crit":["b64"]`)}), nil, nil, false},
		{"nested and unencoded, as something else", unencoded, nil, opts{ContentType("jose")}, true},
		{"nested and unencoded, as nothing", unencoded, nil, opts{WithoutContentType()}, true},
		{"a JWT", signClaims, opts{ContentType("x")}, nil, true},
		{"a JWT that says JWT", signClaims, opts{ContentType("JWT")}, nil, false},
		{"a JWT that says jwt", signClaims, nil, opts{ContentType("jwT")}, false},
		{"a JWT that says application/jwt", signClaims, nil, opts{Member("cty", "Application/jwt")}, false},
		{"a JWT that says JWT exactly", signClaims, nil, opts{exactJWS(`,"cty":"\u004aWT"`)}, false},
		{"a JWS that says JWT", sign, opts{ContentType("JWT")}, nil, true},
		{"a JWT that is unencoded", signClaims, nil, opts{Unencoded()}, false},
	} {
		token, err := c.write(c.of, c.call)
		if (err == nil) != c.ok || !c.ok && josClass(err) != ErrOption || (token == "") != (err != nil) {
			t.Errorf("%s: %q, error %v", c.why, token, err)
		}
	}
}

// D22: the secret is copied.
func TestHS512_Copied(t *testing.T) {
	for n, construct := range map[int]func([]byte) (*PrivateKey, error){64: NewSecret, 20: NewInsecureShortSecret} {
		secret := slices.Clone(jwsKeys().secret[:n])
		key, err1 := construct(secret)
		s, err2 := key.Signer(HS512)
		v, err3 := key.Verifier(HS512)
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Fatal(err)
		}
		clear(secret) // before the first use
		token, err := s.Sign([]byte("x"))
		i := strings.LastIndex(token, ".") + 1
		if err != nil || token[i:] != jwsB64(jwsFixed{secret: jwsKeys().secret[:n]}.jwsRaw("HS512", token[:i-1])) {
			t.Errorf("%d octets: %s: %v", n, token, err)
		}
		jwsAccept(t, v, token)
		if s, err := key.Signer(HS512); err != nil {
			t.Error(err)
		} else if again, err := s.Sign([]byte("x")); err != nil || again != token {
			t.Errorf("%d octets: %s, and then %s: %v", n, token, again, err)
		}
	}
}

// RFC 7518, Section 3.2: 64 octets and more, and of any length, up to 1 MiB, only under another name.
// crypto/hmac has no key of fewer than 14 octets under fips140=only.
func TestHS512_SecretSize(t *testing.T) {
	sizes := []int{1000, 1<<20 - 1, 1 << 20, 1<<20 + 1, 2 << 20}
	for n := range 300 {
		sizes = append(sizes, n)
	}
	for _, n := range sizes {
		secret := []byte(strings.Repeat("SECRET_KEY_14b", n/14+1)[:n])
		for name, c := range map[string]struct {
			ok        bool
			construct func([]byte) (*PrivateKey, error)
		}{
			"NewSecret":              {n >= 64 && n <= 1<<20, NewSecret},
			"NewInsecureShortSecret": {n >= 1 && n <= 1<<20, NewInsecureShortSecret},
		} {
			key, err := c.construct(secret)
			want := ErrKey
			switch {
			case c.ok && n < 14 && ktFIPSOnly():
				want = ErrUnsupported
			case c.ok:
				want = nil
			}
			if josClass(err) != want || (key == nil) != (err != nil) || want == nil && err != nil {
				t.Errorf("%s of %d octets: %v, error %v", name, n, key, err)
			}
			if want != nil || err != nil {
				continue
			}
			s, err1 := key.Signer(HS512)
			v, err2 := key.Verifier(HS512)
			if err := errors.Join(err1, err2); err != nil {
				t.Fatalf("%s of %d octets: %v", name, n, err)
			}
			token, err := s.Sign([]byte("x"))
			i := strings.LastIndex(token, ".") + 1
			if err != nil || token[i:] != jwsB64(jwsFixed{secret: secret}.jwsRaw("HS512", token[:i-1])) {
				t.Errorf("%s of %d octets: %s: %v", name, n, token, err)
			}
			jwsAccept(t, v, token)
		}
	}
	if key, err := NewInsecureShortSecret(nil); key != nil || josClass(err) != ErrKey {
		t.Errorf("%v, error %v", key, err)
	}
}

// Only a constructor makes one.
func TestJWS_Zero(t *testing.T) {
	token := jwsToken("HS512", `{"alg":"HS512"}`, "x")
	for _, s := range []*Signer{nil, {}} {
		_, err1 := s.Sign(nil)
		_, err2 := s.SignDetached(nil)
		_, err3 := s.AppendSign(nil, nil)
		_, err4 := s.Sign(nil, KeyID("x"))
		_, err5 := s.SignClaims(&Claims{}, KeyID("x"))
		for _, err := range []error{err1, err2, err3, err4, err5} {
			josWant(t, err, ErrKey)
		}
		if got, err := s.AppendSign([]byte("a"), nil); string(got) != "a" || err == nil {
			t.Errorf("%q, %v", got, err)
		}
	}
	for _, v := range []*Verifier{nil, {}} {
		jwsRefuse(t, v, token, ErrKey)
		jwsRefuse(t, v, "", ErrKey)
		_, err := v.VerifyDetached(token, nil)
		josWant(t, err, ErrKey)
		policy := Policy{AnyIssuer: true, AnySubject: true, NoAudience: true, AnyType: true}
		_, err = policy.Verify(v, token)
		josWant(t, err, ErrKey)
	}
}

// D22: formatting shows the algorithm and the key id, with any verb, and no key.
func TestJWS_Format(t *testing.T) {
	k := jwsKeys()
	for _, alg := range jwsAlgs {
		s, v := jwsSigner(t, alg, KeyID("key-1")), jwsVerifier(t, alg)
		secrets := [][]byte{k.secret, k.rsa.D.Bytes(), k.rsa.Primes[0].Bytes(), k.ec.D.Bytes()}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p", "%T %v", "%20v"} {
			for _, x := range []any{s, *s, v, *v, []*Verifier{v}, []Signer{*s}, struct{ S Signer }{*s}} {
				args := []any{x, x}[:strings.Count(verb, "%")]
				text := fmt.Sprintf(verb, args...)
				for _, secret := range secrets {
					part := secret[:8]
					for _, form := range []string{string(part), fmt.Sprintf("%x", part), fmt.Sprintf("%X", part), strings.Trim(fmt.Sprint(part), "[]"), fmt.Sprintf("%#v", part)[7:40], base64.StdEncoding.EncodeToString(part)[:8], new(big.Int).SetBytes(secret).String()[:12]} {
						if strings.Contains(text, form) {
							t.Fatalf("%s of a %T shows the key: %s", verb, x, text)
						}
					}
				}
			}
			if verb != "%p" && verb != "%T %v" {
				if text := fmt.Sprintf(verb, s); text != `jose{`+alg+` kid="key-1"}` {
					t.Errorf("%s: %s", verb, text)
				}
				if text := fmt.Sprintf(verb, *v); !strings.Contains(text, alg) {
					t.Errorf("%s: %s", verb, text)
				}
			}
		}
	}
	if text := fmt.Sprint(Signer{}, Verifier{}, (*Signer)(nil), jwsChoice(t, jwsVerifier(t, "HS512"))); text != "jose{none} jose{none} <nil> jose{keys by kid: 1}" {
		t.Error(text)
	}
	set, err := ParseKeySet([]byte(ktSet(ktWith(ktOct(k.secret), "kid", `"key-2"`), ktOct(k.otherSecret))))
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprint(set, *set, ktMust(set.Verifier(HS512))); text != "jose{keys: 2} jose{keys: 2} jose{keys by kid: 2}" {
		t.Error(text)
	}
	v, err := set.PrivateKeys()[0].Verifier(HS512)
	if err != nil || !strings.Contains(fmt.Sprint(v), "key-2") {
		t.Errorf("%v, %v", v, err)
	}
}

// --- Handles to keys that are kept elsewhere (D12, D22) ---

// A jwsHandle is a crypto.Signer that does as it is told.
type jwsHandle struct {
	public crypto.PublicKey
	sign   func(digest []byte) ([]byte, error)
	opts   crypto.SignerOpts
	random io.Reader
	seen   [][]byte // the digests that it was given, which it keeps and does not copy
}

func (h *jwsHandle) Public() crypto.PublicKey { return h.public }

func (h *jwsHandle) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	h.random, h.opts, h.seen = random, opts, append(h.seen, digest)
	return h.sign(digest)
}

// jwsPanics is a handle whose Public panics, as one that is a nil pointer may.
type jwsPanics struct{ jwsHandle }

func (*jwsPanics) Public() crypto.PublicKey { panic("no key") }

// jwsHandleSigner returns a Signer of a handle.
func jwsHandleSigner(t testing.TB, h crypto.Signer, alg SignatureAlgorithm, opts ...HeaderOption) *Signer {
	t.Helper()
	key, err1 := NewPrivateKey(h)
	s, err2 := key.Signer(alg, opts...)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSignerHandle(t *testing.T) {
	k := jwsKeys()
	for _, c := range []struct {
		alg  SignatureAlgorithm
		hash crypto.Hash
		key  crypto.Signer
	}{{RS256, crypto.SHA256, k.rsa}, {ES512, crypto.SHA512, k.ec}} {
		v := jwsVerifier(t, c.alg.String())
		sign := func(digest []byte) ([]byte, error) { return c.key.Sign(rand.Reader, digest, c.hash) }
		h := &jwsHandle{public: c.key.Public(), sign: sign}
		s := jwsHandleSigner(t, h, c.alg, KeyID("k"))
		var byValue crypto.PublicKey = k.rsa.PublicKey
		if c.alg == ES512 {
			byValue = k.ec.PublicKey
		}
		// A Go key is one too, and so is a handle whose Public is no pointer.
		for _, s := range []*Signer{s, jwsHandleSigner(t, c.key, c.alg), jwsHandleSigner(t, &jwsHandle{public: byValue, sign: sign}, c.alg)} {
			for _, f := range jwsShapes {
				for range 2 {
					token, err := f.sign(s, "payload")
					josWant(t, err, nil)
					josWant(t, f.verify(t, v, token, "payload"), nil)
				}
			}
		}
		if h.opts.HashFunc() != c.hash || h.random == nil || len(h.seen) != 8 || len(h.seen[0]) != c.hash.Size() {
			t.Errorf("%s: called with %v, %d times", c.alg, h.opts, len(h.seen))
		}
		// The digests were its own: they have not changed since.
		hasher := c.hash.New()
		hasher.Write([]byte(jwsB64([]byte(`{"alg":"`+c.alg.String()+`","kid":"k"}`)) + "." + jwsB64([]byte("payload"))))
		if want := hasher.Sum(nil); !bytes.Equal(h.seen[0], want) || !bytes.Equal(h.seen[1], want) || bytes.Equal(h.seen[7], want) {
			t.Errorf("%s: digests %x", c.alg, h.seen)
		}
		// A handle that writes to its digest.
		h.sign = func(digest []byte) ([]byte, error) {
			defer clear(digest)
			return sign(digest)
		}
		for range 3 {
			token, err := s.Sign([]byte("x"))
			josWant(t, err, nil)
			jwsAccept(t, v, token)
		}
	}
}

// A Go key is copied, and no handle.
func TestSignerHandle_GoKey(t *testing.T) {
	k := jwsKeys()
	key := &ecdsa.PrivateKey{PublicKey: ecdsa.PublicKey{Curve: elliptic.P521(), X: new(big.Int).Set(k.ec.X), Y: new(big.Int).Set(k.ec.Y)}, D: new(big.Int).Set(k.ec.D)}
	s := jwsHandleSigner(t, key, ES512)
	key.D.SetInt64(1)
	token, err := s.Sign([]byte("x"))
	josWant(t, err, nil)
	jwsAccept(t, jwsVerifier(t, "ES512"), token)
}

// D3: what can't be the handle of a key is refused when it is taken. D1: what a handle is for is
// asked when the Signer is made.
func TestSignerHandle_Refused(t *testing.T) {
	k := jwsKeys()
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	offCurve := ecdsa.PublicKey{Curve: elliptic.P521(), X: k.ec.X, Y: k.ec.X}
	small := rsa.PublicKey{N: big.NewInt(3 * 5), E: 3}
	for why, h := range map[string]crypto.PrivateKey{
		"nil": nil, "nil pointer": (*jwsHandle)(nil), "panics": &jwsPanics{}, "no public key": &jwsHandle{},
		"public key of another type": &jwsHandle{public: "key"}, "private key": &jwsHandle{public: k.rsa}, "P-256 by value": &jwsHandle{public: p256.PublicKey}, "zero by value": &jwsHandle{public: rsa.PublicKey{}},
		"P-256": &jwsHandle{public: &p256.PublicKey}, "off the curve": &jwsHandle{public: &offCurve}, "15": &jwsHandle{public: &small},
		"nil RSA key": &jwsHandle{public: (*rsa.PublicKey)(nil)}, "nil EC key": &jwsHandle{public: (*ecdsa.PublicKey)(nil)},
		"zero RSA key": &jwsHandle{public: &rsa.PublicKey{}}, "zero EC key": &jwsHandle{public: &ecdsa.PublicKey{}},
		"nil private RSA key": (*rsa.PrivateKey)(nil), "nil private EC key": (*ecdsa.PrivateKey)(nil),
		"zero private RSA key": &rsa.PrivateKey{}, "zero private EC key": &ecdsa.PrivateKey{},
		"a key by value": *k.ec, "a public key": &k.ec.PublicKey, "octets": k.secret,
	} {
		key, err := NewPrivateKey(h)
		if key != nil || josClass(err) != ErrKey {
			t.Errorf("%s: %v, error %v", why, key, err)
		}
		for _, alg := range []SignatureAlgorithm{RS256, ES512, HS512} {
			if s, err := key.Signer(alg); s != nil || josClass(err) != ErrKey {
				t.Errorf("%s, %s: %v, error %v", alg, why, s, err)
			}
		}
	}
	for why, h := range map[string]crypto.PrivateKey{"RSA": &jwsHandle{public: &k.rsa.PublicKey}, "EC": &jwsHandle{public: &k.ec.PublicKey}, "can't sign": struct{ crypto.Decrypter }{k.rsa}} {
		key, err := NewPrivateKey(h)
		if err != nil {
			t.Fatalf("%s: %v", why, err)
		}
		for alg, kty := range map[SignatureAlgorithm]string{RS256: "RSA", ES512: "EC", HS512: "oct"} {
			s, err := key.Signer(alg)
			if ok := why == kty; ok != (err == nil) || ok != (s != nil) || !ok && josClass(err) != ErrKey {
				t.Errorf("%s, %s: %v, error %v", alg, why, s, err)
			}
		}
	}
}

// jwsFaulty returns the signature of which the half modulo the first prime, or else the second one,
// was computed wrongly, and what anybody computes from it (RFC 8017, Section 5.2.1, step 2.b).
func jwsFaulty(key *rsa.PrivateKey, signature []byte, first bool) (faulty []byte, factor *big.Int) {
	p, q := key.Primes[0], key.Primes[1]
	if first {
		p, q = q, p
	}
	s, e := new(big.Int).SetBytes(signature), big.NewInt(int64(key.E))
	wrong := new(big.Int).Add(new(big.Int).Mod(s, q), big.NewInt(1))
	h := new(big.Int).Sub(new(big.Int).Mod(s, p), wrong) // right modulo p alone
	h.Mod(h.Mul(h, new(big.Int).ModInverse(q, p)), p)
	f := wrong.Add(wrong, h.Mul(h, q))
	difference := new(big.Int).Exp(f, e, key.N)
	difference.Sub(difference, new(big.Int).Exp(s, e, key.N))
	return f.FillBytes(make([]byte, key.Size())), new(big.Int).GCD(nil, nil, difference.Abs(difference), key.N)
}

// What a handle returns is hostile input: nothing leaves that its key does not verify. A faulty
// signature would give away the key.
func TestD12_SignerHandleLiesJWS(t *testing.T) {
	k := jwsKeys()
	cause := errors.New("the HSM is on fire")
	for _, c := range []struct {
		alg        SignatureAlgorithm
		hash       crypto.Hash
		key, other crypto.Signer
	}{{RS256, crypto.SHA256, k.rsa, k.otherRSA}, {ES512, crypto.SHA512, k.ec, k.otherEC}} {
		must := func(signature []byte, err error) []byte {
			if err != nil {
				t.Fatal(err)
			}
			return signature
		}
		truth := func(digest []byte) []byte { return must(c.key.Sign(rand.Reader, digest, c.hash)) }
		type lie = func(digest []byte) []byte
		lies := map[string]lie{
			"nil":                func([]byte) []byte { return nil },
			"empty":              func([]byte) []byte { return []byte{} },
			"the digest":         func(digest []byte) []byte { return digest },
			"of another message": func(digest []byte) []byte { return truth(append([]byte{digest[0] ^ 1}, digest[1:]...)) },
			"of another key":     func(digest []byte) []byte { return must(c.other.Sign(rand.Reader, digest, c.hash)) },
			"an octet more":      func(digest []byte) []byte { return append(truth(digest), 0) },
			"an octet before":    func(digest []byte) []byte { return append([]byte{0}, truth(digest)...) },
			"an octet less":      func(digest []byte) []byte { s := truth(digest); return s[:len(s)-1] },
			"without the first":  func(digest []byte) []byte { return truth(digest)[1:] },
			"twice":              func(digest []byte) []byte { s := truth(digest); return append(s, s...) },
			"another last bit":   func(digest []byte) []byte { s := truth(digest); s[len(s)-1] ^= 1; return s },
		}
		for _, n := range []int{1, 64, 132, 255, 256, 257, 512, 1 << 20} {
			lies[fmt.Sprint(n, " zero octets")] = func([]byte) []byte { return make([]byte, n) }
		}
		if c.alg == RS256 {
			lies["PSS"] = func(digest []byte) []byte {
				return must(rsa.SignPSS(rand.Reader, k.rsa, crypto.SHA256, digest, &rsa.PSSOptions{SaltLength: 32}))
			}
			lies["without a DigestInfo"] = func(digest []byte) []byte {
				em := slices.Concat([]byte{0, 1}, bytes.Repeat([]byte{0xff}, 256-3-len(digest)), []byte{0}, digest)
				return new(big.Int).Exp(new(big.Int).SetBytes(em), k.rsa.D, k.rsa.N).FillBytes(em)
			}
			lies["the negative"] = func(digest []byte) []byte {
				s := new(big.Int).SetBytes(truth(digest))
				return s.Sub(k.rsa.N, s).FillBytes(make([]byte, 256))
			}
			for half := range 2 {
				lies[fmt.Sprint("a fault in half ", half)] = func(digest []byte) []byte {
					faulty, factor := jwsFaulty(k.rsa, truth(digest), half == 0)
					if factor.Cmp(k.rsa.Primes[1-half]) != 0 {
						t.Fatalf("the fault gives %d, and no factor away", factor)
					}
					return faulty
				}
			}
		} else {
			one, n := big.NewInt(1), k.ec.Params().N
			lies["R || S"] = func(digest []byte) []byte { s, _ := jwsDEROracle(truth(digest)); return s }
			for why, change := range map[string]func(r, s *big.Int){
				"R = S = 1": func(r, s *big.Int) { r.Set(one); s.Set(one) }, "R = S = 0": func(r, s *big.Int) { r.SetInt64(0); s.SetInt64(0) },
				"R = 0": func(r, _ *big.Int) { r.SetInt64(0) }, "S = 0": func(_, s *big.Int) { s.SetInt64(0) }, "R = n": func(r, _ *big.Int) { r.Set(n) }, "S = n": func(_, s *big.Int) { s.Set(n) },
				"R + n": func(r, _ *big.Int) { r.Add(r, n) }, "S + n": func(_, s *big.Int) { s.Add(s, n) }, "S - n": func(_, s *big.Int) { s.Sub(s, n) }, "-R": func(r, _ *big.Int) { r.Neg(r) }, "-S": func(_, s *big.Int) { s.Neg(s) },
				"swapped": func(r, s *big.Int) { *r, *s = *s, *r }, "S of 67 octets": func(_, s *big.Int) { s.Lsh(one, 528) }, "R of 67 octets": func(r, _ *big.Int) { r.Lsh(one, 528) },
				"n - S, and another R": func(r, s *big.Int) { r.Add(r, one); s.Sub(n, s) },
			} {
				lies[why] = func(digest []byte) []byte {
					var v struct{ R, S *big.Int }
					if _, err := asn1.Unmarshal(truth(digest), &v); err != nil {
						t.Fatal(err)
					}
					change(v.R, v.S)
					return must(asn1.Marshal(v))
				}
			}
		}
		h := &jwsHandle{public: c.key.Public()}
		s := jwsHandleSigner(t, h, c.alg)
		for why, lie := range lies {
			h.sign = func(digest []byte) ([]byte, error) { return lie(digest), nil }
			jwsNotSigned(t, why, s, nil)
			h.sign = func(digest []byte) ([]byte, error) { return lie(digest), cause }
			jwsNotSigned(t, why+", and an error", s, cause)
		}
		h.sign = func(digest []byte) ([]byte, error) { return truth(digest), cause }
		jwsNotSigned(t, "the truth, and an error", s, cause)
		// And back to the truth.
		h.sign = func(digest []byte) ([]byte, error) { return truth(digest), nil }
		for _, f := range jwsShapes {
			token, err := f.sign(s, "x")
			josWant(t, err, nil)
			josWant(t, f.verify(t, jwsVerifier(t, c.alg.String()), token, "x"), nil)
		}
	}
}

// jwsEncrypter encrypts to a key of jwsKeys.
var jwsEncrypter = sync.OnceValue(func() *Encrypter {
	return ktMust(ktMust(NewPublicKey(&jwsKeys().otherRSA.PublicKey)).Encrypter(RSAOAEP256))
})

// jwsNotSigned fails unless every way to sign is ErrSigner, with the cause if there is one, and
// nothing comes back beside it.
func jwsNotSigned(t testing.TB, why string, s *Signer, cause error) {
	t.Helper()
	a, err1 := s.Sign([]byte("x"))
	b, err2 := s.SignDetached([]byte("x"))
	c, err3 := s.AppendSign([]byte("dst"), []byte("x"))
	d, err4 := s.SignClaims(&Claims{Issuer: "i"})
	e, err5 := SignThenEncrypt(s, jwsEncrypter(), []byte("x"))
	for _, err := range []error{err1, err2, err3, err4, err5} {
		if josClass(err) != ErrSigner || cause != nil && !errors.Is(err, cause) {
			t.Fatalf("%s: error %v", why, err)
		}
	}
	if a+b+string(c)+d+e != "dst" {
		t.Fatalf("%s: %q beside an error", why, a+b+string(c)+d+e)
	}
}

// jwsDEROracle reads a DER signature by encoding/asn1 and math/big (RFC 3279, Section 2.2.3).
func jwsDEROracle(der []byte) (signature []byte, ok bool) {
	var v struct{ R, S *big.Int }
	rest, err := asn1.Unmarshal(der, &v)
	if err != nil || len(rest) > 0 {
		return nil, false
	}
	if again, err := asn1.Marshal(v); err != nil || !bytes.Equal(again, der) {
		return nil, false // not DER, or with something else in it
	}
	n := elliptic.P521().Params().N
	if v.R.Sign() <= 0 || v.S.Sign() <= 0 || v.R.Cmp(n) >= 0 || v.S.Cmp(n) >= 0 {
		return nil, false
	}
	return jwsRS(v.R, v.S), true
}

// jwsNumbers are values of R and S at the edges of DER and of P-521.
func jwsNumbers() []*big.Int {
	n := elliptic.P521().Params().N
	one := big.NewInt(1)
	numbers := []*big.Int{new(big.Int), one, big.NewInt(-1), big.NewInt(-128), big.NewInt(-129), n,
		new(big.Int).Sub(n, one), new(big.Int).Add(n, one), new(big.Int).Lsh(n, 1), new(big.Int).Lsh(n, 7)}
	for _, bits := range []uint{7, 8, 15, 16, 440, 448, 456, 464, 472, 480, 519, 520, 521, 527, 528, 536, 1000} {
		p := new(big.Int).Lsh(one, bits)
		numbers = append(numbers, p, new(big.Int).Sub(p, one))
	}
	return numbers
}

// jwsDER returns DER signatures and what is close to one.
func jwsDER(t testing.TB) (list [][]byte) {
	t.Helper()
	element := func(tag byte, content ...byte) []byte {
		b, err := asn1.Marshal(asn1.RawValue{Tag: int(tag & 0x1f), IsCompound: tag&0x20 != 0, Bytes: content})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	join := func(parts ...[]byte) []byte { return slices.Concat(parts...) }
	numbers := jwsNumbers()
	for i, r := range numbers {
		for _, s := range []*big.Int{numbers[1], numbers[(i+1)%len(numbers)], r, numbers[6]} {
			for _, pair := range [][2]*big.Int{{r, s}, {s, r}} {
				b, err := asn1.Marshal(struct{ R, S *big.Int }{pair[0], pair[1]})
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, b)
			}
		}
	}
	good := element(0x02, 5)
	list = append(list, nil, []byte{}, []byte{0x30}, []byte{0x30, 0}, element(0x30), element(0x30, good...),
		element(0x30, join(good, good, good)...), element(0x30, join(good, good, []byte{0})...), element(0x31, join(good, good)...), element(0x10, join(good, good)...),
		element(0x30, join(good, element(0x03, 5))...), element(0x30, join(element(0x0a, 5), good)...), element(0x30, join(element(0x02), good)...), element(0x30, join(good, element(0x02))...),
		element(0x30, join(element(0x02, 0, 5), good)...), element(0x30, join(good, element(0x02, 0, 0x7f))...), element(0x30, join(good, element(0x02, 0, 0x80))...),
		element(0x30, join(good, element(0x02, 0, 0, 0x80))...), element(0x30, join(good, element(0x02, 0xff, 0x80))...), element(0x30, join(good, element(0x02, 0))...),
		element(0x30, join(good, element(0x02, make([]byte, 66)...))...), element(0x30, join(good, element(0x02, make([]byte, 67)...))...), element(0x30, join(good, element(0x02, make([]byte, 300)...))...),
		append(element(0x30, join(good, good)...), 0), append(element(0x30, join(good, good)...), good...), append([]byte{0}, element(0x30, join(good, good)...)...),
		[]byte{0x30, 0x81, 6, 2, 1, 5, 2, 1, 5}, []byte{0x30, 0x82, 0, 6, 2, 1, 5, 2, 1, 5}, []byte{0x30, 0x80, 2, 1, 5, 2, 1, 5, 0, 0}, []byte{0x30, 7, 2, 1, 5, 2, 1, 5},
		[]byte{0x30, 5, 2, 1, 5, 2, 1, 5}, []byte{0x30, 7, 2, 0x81, 1, 5, 2, 1, 5}, []byte{0x30, 0x81}, []byte{0x30, 0x81, 0x80}, []byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 2, 1, 5},
		join([]byte{0x30, 0x82}, element(0x02, bytes.Repeat([]byte{1}, 63)...), element(0x02, bytes.Repeat([]byte{1}, 63)...)), // 0x82 octets
		[]byte{0x30, 0xff}, []byte{0x30, 6, 2, 2, 5, 2, 1, 5}, []byte{0x30, 6, 2, 1, 5, 2, 2, 5}, []byte{0x30, 6, 2, 1, 5, 2, 0x81, 1}, bytes.Repeat([]byte{0x30}, 200))
	return list
}

// jwsKeyOf returns the key that R and S are a signature by, over this signing input; nil where there
// is none, since R is not the abscissa of a point (SEC 1, Section 4.1.6).
func jwsKeyOf(input string, r, s *big.Int) *ecdsa.PublicKey {
	curve := elliptic.P521()
	p, n := curve.Params().P, curve.Params().N
	ordinate := new(big.Int).Mul(r, r) // the root of r³ - 3r + b
	ordinate.Mul(ordinate.Sub(ordinate, big.NewInt(3)), r)
	ordinate.Mod(ordinate.Add(ordinate, curve.Params().B), p)
	if r.Sign() <= 0 || r.Cmp(n) >= 0 || s.Sign() <= 0 || s.Cmp(n) >= 0 || ordinate.ModSqrt(ordinate, p) == nil {
		return nil
	}
	digest := sha512.Sum512([]byte(input))
	ex, ey := curve.ScalarBaseMult(digest[:])
	x, y := curve.ScalarMult(r, ordinate, s.Bytes()) // Q = (sR - eG) / r
	x, y = curve.Add(x, y, ex, new(big.Int).Sub(p, ey))
	x, y = curve.ScalarMult(x, y, new(big.Int).ModInverse(r, n).Bytes())
	return &ecdsa.PublicKey{Curve: curve, X: x, Y: y}
}

// Of what a handle returns for ES512, nothing is taken but what encoding/asn1 reads and writes again
// the same, with R and S in range; and none of these is a signature by the handle's key.
func TestD12_ES512HandleDER(t *testing.T) {
	h := &jwsHandle{public: &jwsKeys().ec.PublicKey}
	s := jwsHandleSigner(t, h, ES512)
	inForm, refused := 0, 0
	check := func(der []byte) {
		t.Helper()
		h.seen, h.sign = nil, func([]byte) ([]byte, error) { return der, nil }
		if _, ok := jwsDEROracle(der); !ok {
			jwsNotSigned(t, fmt.Sprintf("%x", der), s, nil)
			refused++
			return
		}
		if inForm++; inForm%64 == 0 { // each is verified, which takes its time
			token, err := s.Sign(nil)
			if josClass(err) != ErrSigner || token != "" {
				t.Fatalf("%x: %q, error %v", der, token, err)
			}
		}
	}
	for i, der := range jwsDER(t) {
		check(der)
		check(append(slices.Clone(der), 0))
		for n := range der {
			check(der[:n])
			if i%7 == 0 || len(der) < 12 {
				for _, c := range []byte{0, 1, 2, 0x30, 0x7f, 0x80, 0x81, 0x82, 0xff, der[n] + 1, der[n] - 1, der[n] ^ 0x80} {
					changed := slices.Clone(der)
					changed[n] = c
					check(changed)
				}
			}
		}
	}
	if inForm < 100 || refused < 1000 {
		t.Errorf("%d in form, %d refused", inForm, refused)
	}
}

// RFC 7518, Section 3.4: R and S may be of any length, with zero octets before them. For any R that
// is the abscissa of a point, and any S, there is a public key that they are a signature of: its
// Verifier takes them, and so does a Signer from its handle, in the one spelling of DER.
func TestES512_ShortRAndS(t *testing.T) {
	numbers, found := jwsNumbers(), 0
	n := elliptic.P521().Params().N
	input := jwsB64([]byte(`{"alg":"ES512"}`)) + ".eA"
	element := func(tag byte, content ...byte) []byte { // with a length of as many octets as there are, or of one
		if len(content) < 0x80 {
			return append([]byte{tag, byte(len(content))}, content...)
		}
		return append([]byte{tag, 0x81, byte(len(content))}, content...)
	}
	for i, r := range numbers {
		if jwsKeyOf(input, r, numbers[1]) != nil {
			found++
		}
		for j, s := range numbers {
			if (i+j)%7 != 0 {
				continue // each with some, for these take longer
			}
			public := jwsKeyOf(input, r, s)
			if public == nil {
				continue
			}
			key, err1 := NewPublicKey(public)
			v, err2 := key.Verifier(ES512)
			if err := errors.Join(err1, err2); err != nil {
				t.Fatal(err)
			}
			jwsAccept(t, v, input+"."+jwsB64(jwsRS(r, s)))
			jwsRefuse(t, v, input+"."+jwsB64(jwsRS(r, new(big.Int).Xor(s, big.NewInt(1)))), ErrSignature)

			h := &jwsHandle{public: public}
			signer := jwsHandleSigner(t, h, ES512)
			a, err1 := asn1.Marshal(r)
			b, err2 := asn1.Marshal(s)
			if err := errors.Join(err1, err2); err != nil {
				t.Fatal(err)
			}
			body := slices.Concat(a, b)
			for why, der := range map[string][]byte{
				"as it is": element(0x30, body...), "n - S": element(0x30, slices.Concat(a, func() []byte { b, _ := asn1.Marshal(new(big.Int).Sub(n, s)); return b }())...),
				"a zero before R": element(0x30, slices.Concat(element(2, append([]byte{0}, a[2:]...)...), b)...),
				"a zero before S": element(0x30, slices.Concat(a, element(2, append([]byte{0}, b[2:]...)...))...),
				"a long length":   slices.Concat([]byte{0x30, 0x82, 0, byte(len(body))}, body), "a long length of R": element(0x30, slices.Concat([]byte{2, 0x81, a[1]}, a[2:], b)...),
				"indefinite": slices.Concat([]byte{0x30, 0x80}, body, []byte{0, 0}), "more inside": element(0x30, append(body, 5, 0)...), "more behind": append(element(0x30, body...), 0),
				"a SET": element(0x31, body...), "an ENUMERATED": element(0x30, slices.Concat([]byte{0x0a}, a[1:], b)...),
			} {
				h.sign = func([]byte) ([]byte, error) { return der, nil }
				switch signature, ok := jwsDEROracle(der); {
				case ok != (why == "as it is" || why == "n - S"):
					t.Fatalf("%s: %x", why, der)
				case !ok:
					jwsNotSigned(t, why, signer, nil)
				default:
					if token, err := signer.Sign([]byte("x")); err != nil || token != input+"."+jwsB64(signature) {
						t.Fatalf("%x: %s, error %v; want %x", der, token, err, signature)
					}
				}
			}
		}
	}
	if found < 10 {
		t.Errorf("%d abscissas", found)
	}
}

// RFC 7518, Section 3.4; D12: two signatures over the same are not the same.
func TestES512_Hedged(t *testing.T) {
	s := jwsSigner(t, "ES512")
	a, err1 := s.Sign([]byte("x"))
	b, err2 := s.Sign([]byte("x"))
	if err := errors.Join(err1, err2); err != nil || a == b {
		t.Errorf("%s, %v", a, err)
	}
}

// D3: what this build and mode of crypto refuses is the constructor's error. A public exponent of
// 3 is legal in RFC 8017, Section 3.1, and refused under fips140=only.
func TestD3_RS256ModeOfCrypto(t *testing.T) {
	k := jwsKeys()
	e := big.NewInt(3)
	var primes []*big.Int
	for _, p := range slices.Concat(k.rsa.Primes, k.otherRSA.Primes) {
		if new(big.Int).Mod(p, e).Int64() == 2 { // so that 3 is coprime to p-1
			primes = append(primes, p)
		}
	}
	if len(primes) < 2 {
		t.Fatalf("%d primes", len(primes))
	}
	one := big.NewInt(1)
	p, q := primes[0], primes[1]
	phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 3}, D: new(big.Int).ModInverse(e, phi), Primes: []*big.Int{p, q}}
	key.Precompute()
	if key.N.BitLen() < 2048 {
		t.Fatalf("%d bits", key.N.BitLen())
	}
	digest := sha256.Sum256(nil)
	_, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
	want := map[bool]error{true: nil, false: ErrUnsupported}[err == nil]
	private, err1 := NewPrivateKey(key)
	handle, err2 := NewPrivateKey(&jwsHandle{public: &key.PublicKey})
	public, err3 := NewPublicKey(&key.PublicKey)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	_, err1 = private.Signer(RS256)
	_, err2 = handle.Signer(RS256)
	_, err3 = public.Verifier(RS256)
	for _, err := range []error{err1, err2, err3} {
		josWant(t, err, want)
	}
}
