package explain

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
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"hash"
	"io"
	"math/big"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/jose"
)

var update = flag.Bool("update", false, "write testdata/*.txt and the examples in README.md")

var (
	b64u = base64.RawURLEncoding.EncodeToString
	std  = base64.StdEncoding.EncodeToString
)

// clock is the -at of all tests.
const clock = "2026-11-22T12:00:00Z"

// keyring holds the keys of the tests, made once.
type keyring struct {
	rsa, other *rsa.PrivateKey
	p521, p256 *ecdsa.PrivateKey
	secret     []byte // 64 octets, not text
}

var keys = func() (k keyring) {
	var errs [4]error
	k.rsa, errs[0] = rsa.GenerateKey(rand.Reader, 2048)
	k.other, errs[1] = rsa.GenerateKey(rand.Reader, 2048)
	k.p521, errs[2] = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	k.p256, errs[3] = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err := errors.Join(errs[:]...); err != nil {
		panic(err)
	}
	d := sha512.Sum512([]byte("a secret of the tests"))
	k.secret = d[:]
	return k
}()

func spki(pub any) []byte {
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func pkcs8(priv any) []byte {
	der, err := x509.MarshalPKCS8PrivateKey(priv)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func certificate(serial int64) []byte {
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "test"},
		NotAfter: time.Unix(1<<31, 0), SubjectKeyId: []byte{1}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &keys.rsa.PublicKey, keys.rsa)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func octJWK(secret []byte, more string) []byte {
	return []byte(`{"kty":"oct","k":"` + b64u(secret) + `"` + more + `}`)
}

func rsaJWK(pub *rsa.PublicKey, more string) string {
	return `{"kty":"RSA","n":"` + b64u(pub.N.Bytes()) + `","e":"AQAB"` + more + `}`
}

func rs256(input string) []byte {
	d := sha256.Sum256([]byte(input))
	sig, err := rsa.SignPKCS1v15(nil, keys.rsa, crypto.SHA256, d[:])
	if err != nil {
		panic(err)
	}
	return sig
}

// rawRSA is the private operation on an encoded message (RFC 8017, Section
// 5.2.1), for forms that crypto/rsa does not make in every mode.
func rawRSA(em []byte) []byte {
	m := new(big.Int).SetBytes(em)
	return m.Exp(m, keys.rsa.D, keys.rsa.N).FillBytes(make([]byte, 256))
}

// bareHash is a signature with PKCS #1 padding around a hash alone.
func bareHash(input string) []byte {
	em := slices.Concat([]byte{0, 1}, bytes.Repeat([]byte{0xff}, 256-3-32), []byte{0}, hash256([]byte(input)))
	return rawRSA(em)
}

// pssBy signs with a salt of any length (RFC 8017, Section 9.1.1).
func pssBy(salt int) func(string) []byte {
	return func(input string) []byte {
		s := make([]byte, salt)
		rand.Read(s)
		h := hash256(slices.Concat(make([]byte, 8), hash256([]byte(input)), s))
		db := make([]byte, 256-32-1)
		db[len(db)-salt-1] = 1
		copy(db[len(db)-salt:], s)
		mask(db, h, sha256.New)
		db[0] &= 0x7f
		return rawRSA(slices.Concat(db, h, []byte{0xbc}))
	}
}

func es(key *ecdsa.PrivateKey, h func() hash.Hash, input string) (r, s *big.Int, der []byte) {
	d := h()
	io.WriteString(d, input)
	der, err := ecdsa.SignASN1(rand.Reader, key, d.Sum(nil))
	if err != nil {
		panic(err)
	}
	var rs ecSignature
	if _, err := asn1.Unmarshal(der, &rs); err != nil {
		panic(err)
	}
	return rs.R, rs.S, der
}

func es512(input string) []byte {
	r, s, _ := es(keys.p521, sha512.New, input)
	return append(r.FillBytes(make([]byte, 66)), s.FillBytes(make([]byte, 66))...)
}

func hs(h func() hash.Hash, secret []byte) func(string) []byte {
	return func(input string) []byte {
		mac := hmac.New(h, secret)
		io.WriteString(mac, input)
		return mac.Sum(nil)
	}
}

func reversedOctets(b []byte) []byte { b = slices.Clone(b); slices.Reverse(b); return b }

func unb64(s string) []byte {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// jws makes a token whose signing input is what it says.
func jws(header, payload string, sign func(string) []byte) string {
	input := b64u([]byte(header)) + "." + b64u([]byte(payload))
	return input + "." + b64u(sign(input))
}

// over makes a token with a signature over another input.
func over(header, payload string, sign func(string) []byte, input string) string {
	return b64u([]byte(header)) + "." + payload + "." + b64u(sign(input))
}

// oaep encrypts by hand, so that any pair of hashes is to be had on any Go
// release (RFC 8017, Section 7.1.1).
func oaep(pub *rsa.PublicKey, h, mgf func() hash.Hash, msg []byte) []byte {
	size, k := h().Size(), pub.Size()
	em := make([]byte, k)
	seed, db := em[1:1+size], em[1+size:]
	rand.Read(seed)
	copy(db, h().Sum(nil))
	db[len(db)-len(msg)-1] = 1
	copy(db[len(db)-len(msg):], msg)
	mask(db, seed, mgf)
	mask(seed, db, mgf)
	c := new(big.Int).Exp(new(big.Int).SetBytes(em), big.NewInt(int64(pub.E)), pub.N)
	return c.FillBytes(make([]byte, k))
}

func mask(dst, seed []byte, h func() hash.Hash) {
	for i := 0; len(dst) > 0; i++ {
		d := h()
		d.Write(seed)
		d.Write([]byte{0, 0, byte(i >> 8), byte(i)})
		for _, b := range d.Sum(nil) {
			if len(dst) > 0 {
				dst[0] ^= b
				dst = dst[1:]
			}
		}
	}
}

func jwe(header, aad string, pub *rsa.PublicKey, h, mgf func() hash.Hash, cek []byte, plaintext string) string {
	key := oaep(pub, h, mgf, cek)
	block, err := aes.NewCipher(cek)
	if err != nil {
		panic(err)
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	sealed := gcm.Seal(nil, nil, []byte(plaintext), []byte(aad))
	n := len(sealed) - 16
	return strings.Join([]string{b64u([]byte(header)), b64u(key), b64u(sealed[:12]), b64u(sealed[12:n]), b64u(sealed[n:])}, ".")
}

const (
	rsHeader = `{"alg":"RS256","typ":"JWT","kid":"1"}`
	esHeader = `{"alg":"ES512"}`
	hsHeader = `{"alg":"HS512"}`
	b64False = `{"alg":"RS256","b64":false,"crit":["b64"]}`
	oHeader  = `{"alg":"RSA-OAEP-256","enc":"A256GCM"}`
	body     = `{"amount":"12.50","to":"x","list":[1,2]}`
	hidden   = `{"hidden":"plaintext of the tests"}`
)

// A row is a token with what the report must say of it.
type row struct {
	name    string
	token   string
	key     []byte
	payload *string
	fails   string // id of the first check that fails; "" if none does
	hints   string // all ids, sorted
	open    bool   // something could not be checked
}

func rows() []row {
	rsPub, esPub, rsPriv := spki(&keys.rsa.PublicKey), spki(&keys.p521.PublicKey), pkcs8(keys.rsa)
	hsKey := octJWK(keys.secret, "")
	block, _ := pem.Decode(esPub)
	good := jws(rsHeader, body, rs256)
	seg := strings.Split(good, ".")
	cek := keys.secret[:32]
	head := b64u([]byte(oHeader))
	goodJWE := jwe(oHeader, head, &keys.rsa.PublicKey, sha256.New, sha256.New, cek, hidden)
	jseg := strings.Split(goodJWE, ".")
	detachedAs := func(s string) string { return over(b64False, "", rs256, b64u([]byte(b64False))+"."+s) }
	p := func(s string) *string { return &s }
	signedHeader := func(h string) string { // signed as h, sent as rsHeader
		return over(rsHeader, seg[1], rs256, b64u([]byte(h))+"."+seg[1])
	}
	signedPayload := func(s string) string { return over(rsHeader, seg[1], rs256, seg[0]+"."+b64u([]byte(s))) }
	// A signature with + or / in the standard alphabet exists for some payload.
	plus := good
	for i := 0; !strings.ContainsAny(strings.Split(plus, ".")[2], "-_"); i++ {
		plus = jws(rsHeader, strings.Repeat(" ", i)+body, rs256)
	}
	pseg := strings.Split(plus, ".")
	standard := strings.NewReplacer("-", "+", "_", "/").Replace
	spare := func(s string) string { // 256 octets leave four unused bits
		i := strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", s[len(s)-1])
		return s[:len(s)-1] + string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[i+1])
	}
	esInput := b64u([]byte(esHeader)) + "." + seg[1]
	esToken := func(sig []byte) string { return esInput + "." + b64u(sig) }
	_, _, der := es(keys.p521, sha512.New, esInput)
	rs := es512(esInput)
	reversed := slices.Clone(rs)
	slices.Reverse(reversed[:66])
	slices.Reverse(reversed[66:])
	r256, s256, _ := es(keys.p256, sha256.New, esInput)
	es256 := append(r256.FillBytes(make([]byte, 32)), s256.FillBytes(make([]byte, 32))...)
	short := rs
	for short[0] != 0 { // every second r has fewer than 521 bits
		short = es512(esInput)
	}
	small := &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(12345), 1023, 1), E: 65537}
	tiny := spki(small)
	set := []byte(`{"keys":[` + rsaJWK(&keys.other.PublicKey, `,"kid":"1"`) + "," + rsaJWK(&keys.rsa.PublicKey, `,"kid":"2"`) + `]}`)
	twoKeys := []byte(`{"keys":[` + rsaJWK(&keys.other.PublicKey, `,"kid":"1"`) + "," + rsaJWK(&keys.rsa.PublicKey, `,"kid":"1"`) + "," +
		rsaJWK(&keys.rsa.PublicKey, `,"kid":"2"`) + `]}`)
	twice := []byte(`{"keys":[` + rsaJWK(small, `,"kid":"1"`) + "," + rsaJWK(&keys.rsa.PublicKey, `,"kid":"1"`) + "," +
		rsaJWK(&keys.rsa.PublicKey, "") + `]}`)
	hexSet := []byte(`{"keys":[` + rsaJWK(&keys.other.PublicKey, `,"kid":"77"`) + "," + rsaJWK(&keys.rsa.PublicKey, `,"kid":"255"`) + `]}`)
	text := "a shared secret that is plain text, and longer than the sixty-four octets of HS512"
	pss := pssBy(32)
	rs512 := func(input string) []byte {
		d := sha512.Sum512([]byte(input))
		sig, err := rsa.SignPKCS1v15(nil, keys.rsa, crypto.SHA512, d[:])
		if err != nil {
			panic(err)
		}
		return sig
	}
	ownBlock, _ := pem.Decode(certificate(255))
	ownCert := std(ownBlock.Bytes)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(1<<31, 0), SubjectKeyId: []byte{1}}
	otherDER, err := x509.CreateCertificate(rand.Reader, template, template, &keys.other.PublicKey, keys.other)
	if err != nil {
		panic(err)
	}
	otherCert := std(otherDER)
	low := rs
	for low[0]|low[66] != 0 {
		low = es512(esInput)
	}
	zeroSet := []byte(`{"keys":[{"kty":"RSA","kid":"z","e":"AQAB","n":"` + b64u(append([]byte{0}, keys.rsa.N.Bytes()...)) + `"},` +
		rsaJWK(&keys.other.PublicKey, `,"kid":"1"`) + `]}`)
	indentedBody := "{\n  \"amount\": \"12.50\",\n  \"to\": \"x\",\n  \"list\": [\n    1,\n    2\n  ]\n}"
	sortedBody := `{"amount":"12.50","list":[1,2],"to":"x"}`
	return []row{
		// What is fine has no hint and no failure.
		{"fine RS256", good, rsPub, nil, "", "", false},
		{"fine RS256, certificate", jws(`{"alg":"RS256","kid":"255"}`, body, rs256), certificate(255), nil, "", "", false},
		{"fine RS256, set", jws(`{"alg":"RS256","kid":"2"}`, body, rs256), set, nil, "", "", false},
		{"fine RS256, private key", good, rsPriv, nil, "", "", false},
		{"fine ES512", esToken(rs), esPub, nil, "", "", false},
		{"fine ES512, P-521 as base64 DER", esToken(rs), []byte(std(block.Bytes)), nil, "", "", false},
		{"fine HS512, JWK", jws(hsHeader, body, hs(sha512.New, keys.secret)), hsKey, nil, "", "", false},
		{"fine HS512, raw", jws(hsHeader, body, hs(sha512.New, []byte(text))), []byte(text), nil, "", "", false},
		{"fine detached", seg[0] + ".." + seg[2], rsPub, p(body), "", "", false},
		{"fine detached unencoded", detachedAs("a.b\n"), rsPub, p("a.b\n"), "", "", false},
		{"fine attached unencoded", over(b64False, "100%2E", rs256, b64u([]byte(b64False))+".100%2E"), rsPub, nil, "", "", false},
		{"fine empty payload", jws(rsHeader, "", rs256), rsPub, nil, "", "", false},
		{"fine JWE", goodJWE, rsPriv, nil, "", "", false},
		{"fine with a line break", good + "\r\n", rsPub, nil, "", "", false},
		{"fine times", jws(rsHeader, `{"exp":1795348801,"nbf":1795348800}`, rs256), rsPub, nil, "", "", false},
		{"fine audience, one of two empty", jws(rsHeader, `{"aud":["a",""],"exp":1795348801}`, rs256), rsPub, nil, "", "", false},
		{"no key", good, nil, nil, "", "", true},
		{"no key, JWE", goodJWE, nil, nil, "", "", true},

		// Around the token.
		{"bearer", "Bearer " + good, rsPub, nil, "form", "bearer-prefix", false},
		{"authorization", "Authorization: Bearer " + good, rsPub, nil, "form", "bearer-prefix", false},
		{"quotes", `"` + good + `"`, rsPub, nil, "form", "quotes", false},
		{"url-encoded", strings.ReplaceAll(good, ".", "%2E"), rsPub, nil, "form", "url-encoded", false},
		{"white space", "  " + good, rsPub, nil, "form", "white-space", false},
		{"byte order mark", "\ufeff" + good, rsPub, nil, "form", "white-space", false},
		{"double base64", std([]byte(good)), rsPub, nil, "form", "double-base64", false},
		{"bearer in quotes", `"Bearer ` + good + `"`, rsPub, nil, "form", "bearer-prefix quotes", false},
		{"JSON serialization", `{"payload":"` + seg[1] + `","protected":"` + seg[0] + `","signature":"` + seg[2] + `"}`, rsPub, nil,
			"segments", "json-serialization", false},
		{"five members", `{"header":"h","encryptedKey":"k","iv":"i","encryptedPayload":"c","tag":"t"}`, rsPriv, nil, "segments", "five-members", false},

		// Segments.
		{"one segment", seg[0], rsPub, nil, "segments", "", false},
		{"cut", seg[0] + "." + seg[1], rsPub, nil, "segments", "signature-missing", false},
		{"empty signature", seg[0] + "." + seg[1] + ".", rsPub, nil, "sig-length", "signature-missing", false},
		{"padded, signed without", seg[0] + "." + padded(b64u([]byte("ab"))) + "." + b64u(rs256(seg[0]+"."+b64u([]byte("ab")))), rsPub, nil,
			"b64", "padding signed-spelling", false},
		{"padded, signed so", seg[0] + "." + padded(b64u([]byte("ab"))) + "." + b64u(rs256(seg[0]+"."+padded(b64u([]byte("ab"))))), rsPub, nil,
			"b64", "padding", false},
		{"signed with padding, sent without", over(rsHeader, b64u([]byte("ab")), rs256, padded(seg[0])+"."+padded(b64u([]byte("ab")))), rsPub, nil,
			"signature", "signed-spelling", false},
		{"standard alphabet", pseg[0] + "." + pseg[1] + "." + standard(pseg[2]), rsPub, nil, "b64", "standard-alphabet", false},
		{"line breaks", seg[0] + "." + seg[1] + "." + seg[2][:64] + "\n" + seg[2][64:], rsPub, nil, "b64", "line-breaks", false},
		{"printed on three lines", seg[0] + "\n." + seg[1] + "\n." + seg[2], rsPub, nil, "b64", "line-breaks signed-spelling", false},
		{"space", seg[0] + "." + seg[1] + "." + seg[2][:64] + " " + seg[2][64:], rsPub, nil, "b64", "white-space", false},
		{"spare bits", seg[0] + "." + seg[1] + "." + spare(seg[2]), rsPub, nil, "b64", "spare-bits", false},
		{"header twice", b64u([]byte(seg[0])) + "." + seg[1] + "." + seg[2], rsPub, nil, "header", "double-base64 signed-spelling", false},
		{"unencoded dot", over(b64False, "a.b", rs256, b64u([]byte(b64False))+".a.b"), rsPub, nil, "segments", "unencoded-dot", false},

		// Header.
		{"name twice", jws(`{"alg":"RS256","alg":"RS256"}`, body, rs256), rsPub, nil, "header", "", false},
		{"not JSON", jws(`alg: RS256`, body, rs256), rsPub, nil, "header", "", false},
		{"lone surrogate", jws(`{"alg":"RS256","x":"\ud800"}`, body, rs256), rsPub, nil, "header", "", false},
		{"kid a number", jws(`{"alg":"RS256","kid":1}`, body, rs256), rsPub, nil, "header", "", false},
		{"crit empty", jws(`{"alg":"RS256","crit":[]}`, body, rs256), rsPub, nil, "crit", "", false},
		{"crit registered", jws(`{"alg":"RS256","crit":["alg"]}`, body, rs256), rsPub, nil, "crit", "", false},
		{"crit absent", jws(`{"alg":"RS256","crit":["x"]}`, body, rs256), rsPub, nil, "crit", "", false},
		{"b64 without crit", over(`{"alg":"RS256","b64":false}`, "", rs256, b64u([]byte(`{"alg":"RS256","b64":false}`))+".x"), rsPub, p("x"), "crit", "", false},
		{"alg none", b64u([]byte(`{"alg":"none"}`)) + "." + seg[1] + ".", rsPub, nil, "alg", "alg-scope signature-missing", false},
		{"alg HS256", jws(`{"alg":"HS256"}`, body, hs(sha256.New, keys.secret)), hsKey, nil, "alg", "alg-scope", false},
		{"alg lower case", jws(`{"alg":"rs256"}`, body, rs256), rsPub, nil, "alg", "alg-spelling", false},
		{"no alg", jws(`{}`, body, rs256), rsPub, nil, "alg", "other-alg", false},
		{"kid in hexadecimal", jws(`{"alg":"RS256","kid":"0x00FF"}`, body, rs256), certificate(255), nil, "", "kid-hex", false},
		{"kid in hexadecimal, set", jws(`{"alg":"RS256","kid":"ff"}`, body, rs256), hexSet, nil, "key", "kid-hex", false},
		{"private key in header", jws(`{"alg":"HS512","jwk":`+string(hsKey)+`}`, body, hs(sha512.New, keys.secret)), hsKey, nil, "", "private-key-in-token", false},

		// Keys.
		{"key of another type", good, esPub, nil, "key", "key-type", false},
		{"secret for RS256", good, []byte(text), nil, "key", "key-type", false},
		{"RSA key of 1024 bits", good, tiny, nil, "key", "key-size", false},
		{"P-256", esInput + "." + b64u(es256), spki(&keys.p256.PublicKey), nil, "key", "key-size mac-size other-alg", false},
		{"short secret", jws(hsHeader, body, hs(sha512.New, keys.secret[:20])), octJWK(keys.secret[:20], ""), nil, "key", "key-size", false},
		{"JWK for decryption", good, []byte(rsaJWK(&keys.rsa.PublicKey, `,"use":"enc"`)), nil, "key", "jws-given", false},
		{"two keys of the set with the kid", jws(`{"alg":"RS256","kid":"1"}`, body, rs256), twoKeys, nil, "key", "other-key", false},
		{"fine RS256, kid of another in that set", jws(`{"alg":"RS256","kid":"2"}`, body, rs256), twoKeys, nil, "", "", false},
		{"fine RS256, key twice in the set", jws(`{"alg":"RS256"}`, body, rs256), twice, nil, "", "", false},
		{"other key of the set", good, set, nil, "signature", "other-key", false},
		{"another key", good, spki(&keys.other.PublicKey), nil, "signature", "not-opened", false},
		{"secret as base64", jws(hsHeader, body, hs(sha512.New, keys.secret)), []byte(std(keys.secret)), nil, "signature", "secret-base64", false},
		{"secret as hexadecimal", jws(hsHeader, body, hs(sha512.New, keys.secret)), []byte(hex.EncodeToString(keys.secret) + "\n"), nil, "signature", "secret-hex", false},
		{"secret with a line break", jws(hsHeader, body, hs(sha512.New, []byte(text))), []byte(text + "\n"), nil, "signature", "secret-newline", false},
		{"secret's text", jws(hsHeader, body, hs(sha512.New, []byte(b64u(keys.secret)))), hsKey, nil, "signature", "secret-text", false},

		// Signatures.
		{"DER", esToken(der), esPub, nil, "sig-length", "der-signature", false},
		{"MAC under ES512", esToken(hs(sha256.New, keys.secret)(esInput)), esPub, nil, "sig-length", "mac-size", false},
		{"MAC under RS256", seg[0] + "." + seg[1] + "." + b64u(hs(sha512.New, keys.secret)(seg[0]+"."+seg[1])), rsPub, nil, "sig-length", "mac-size", false},
		{"MAC with the public key", seg[0] + "." + seg[1] + "." + b64u(hs(sha256.New, rsPub)(seg[0]+"."+seg[1])), rsPub, nil,
			"sig-length", "mac-of-public-key mac-size", false},
		{"S || R", esToken(append(slices.Clone(rs[66:]), rs[:66]...)), esPub, nil, "signature", "signature-swapped", false},
		{"little-endian", esToken(reversed), esPub, nil, "signature", "signature-little-endian", false},
		{"unpadded", esToken(append(slices.Clone(short[1:66]), short[66:]...)), esPub, nil, "sig-length", "signature-unpadded", false},
		{"hexadecimal signature", seg[0] + "." + seg[1] + "." + b64u([]byte(hex.EncodeToString(rs256(seg[0]+"."+seg[1])))), rsPub, nil,
			"sig-length", "signature-text", false},
		{"signature encoded twice", seg[0] + "." + seg[1] + "." + b64u([]byte(seg[2])), rsPub, nil, "sig-length", "signature-text", false},
		{"PS256", jws(rsHeader, body, pss), rsPub, nil, "signature", "other-alg", false},
		{"RS512", jws(rsHeader, body, rs512), rsPub, nil, "signature", "other-alg", false},
		{"HS256 under HS512", jws(hsHeader, body, hs(sha256.New, keys.secret)), hsKey, nil, "sig-length", "other-alg", false},
		{"changed", seg[0] + "." + b64u([]byte(body[:20]+"9"+body[21:])) + "." + seg[2], rsPub, nil, "signature", "other-message", false},

		// Signing input.
		{"header compact", over(`{ "alg": "RS256" }`, seg[1], rs256, b64u([]byte(`{"alg":"RS256"}`))+"."+seg[1]), rsPub, nil, "signature", "header-rewritten", false},
		{"header indented", signedHeader("{\n  \"alg\": \"RS256\",\n  \"typ\": \"JWT\",\n  \"kid\": \"1\"\n}"), rsPub, nil, "signature", "header-rewritten", false},
		{"header spaced", signedHeader(`{"alg": "RS256", "typ": "JWT", "kid": "1"}`), rsPub, nil, "signature", "header-rewritten", false},
		{"header sorted", signedHeader(`{"alg":"RS256","kid":"1","typ":"JWT"}`), rsPub, nil, "signature", "header-rewritten", false},
		{"header in another order", signedHeader(`{"typ":"JWT","kid":"1","alg":"RS256"}`), rsPub, nil, "signature", "header-rewritten", false},
		{"LF added", signedPayload(body + "\n"), rsPub, nil, "signature", "payload-newline", false},
		{"CR LF added", signedPayload(body + "\r\n"), rsPub, nil, "signature", "payload-newline", false},
		{"LF removed", detachedAs("text"), rsPub, p("text\n"), "signature", "payload-newline", false},
		{"CR LF removed", detachedAs("text"), rsPub, p("text\r\n"), "signature", "payload-newline", false},
		{"LF to CR LF", detachedAs("a\nb\n"), rsPub, p("a\r\nb\r\n"), "signature", "payload-newline", false},
		{"spaces removed", detachedAs("text"), rsPub, p(" text "), "signature", "payload-white-space", false},
		{"payload indented", signedPayload(indentedBody), rsPub, nil, "signature", "payload-rewritten", false},
		{"payload compacted", detachedAs(body), rsPub, p(indentedBody + "\n"), "signature", "payload-rewritten", false},
		{"payload by four", detachedAs(strings.ReplaceAll(indentedBody, "  ", "    ")), rsPub, p(body), "signature", "payload-rewritten", false},
		{"payload by tabs", detachedAs(strings.ReplaceAll(indentedBody, "  ", "\t")), rsPub, p(body), "signature", "payload-rewritten", false},
		{"payload sorted", signedPayload(sortedBody), rsPub, nil, "signature", "payload-rewritten", false},
		{"payload spaced", signedPayload(`{"amount": "12.50", "to": "x", "list": [1, 2]}`), rsPub, nil, "signature", "payload-rewritten", false},
		{"slashes escaped", detachedAs(`{"url":"https:\/\/x"}`), rsPub, p(`{"url":"https://x"}`), "signature", "payload-rewritten", false},
		{"ASCII escaped", detachedAs(`{"n":"\u00e9\ud83d\ude00"}`), rsPub, p(`{"n":"é😀"}`), "signature", "payload-rewritten", false},
		{"payload twice", signedPayload(b64u([]byte(body))), rsPub, nil, "signature", "payload-encoded-twice", false},
		{"unencoded though not said", over(rsHeader, seg[1], rs256, seg[0]+"."+body), rsPub, nil, "signature", "payload-unencoded", false},
		{"encoded though b64 false", over(b64False, "", rs256, b64u([]byte(b64False))+"."+seg[1]), rsPub, p(body), "signature", "payload-encoded", false},
		{"payload only", over(rsHeader, seg[1], rs256, body), rsPub, nil, "signature", "payload-only", false},
		{"encoded payload only", over(rsHeader, seg[1], rs256, seg[1]), rsPub, nil, "signature", "payload-only", false},
		{"header only", over(rsHeader, seg[1], rs256, seg[0]+"."), rsPub, nil, "signature", "header-only", false},
		{"hashed twice", over(rsHeader, seg[1], rs256, string(hash256([]byte(seg[0]+"."+seg[1])))), rsPub, nil, "signature", "hashed-twice", false},
		{"detached without payload", seg[0] + ".." + seg[2], rsPub, nil, "payload", "detached", true},
		{"detached without payload or key", seg[0] + ".." + seg[2], nil, nil, "", "detached", true},
		{"attached with payload", good, rsPub, p(body), "payload", "attached-with-payload", false},
		{"attached with another payload", good, rsPub, p("x"), "payload", "attached-with-payload", false},

		// Times.
		{"expired", jws(rsHeader, `{"exp":1795348800}`, rs256), rsPub, nil, "times", "expired", false},
		{"not yet valid", jws(rsHeader, `{"nbf":1795348801}`, rs256), rsPub, nil, "times", "not-yet-valid", false},
		{"milliseconds", jws(rsHeader, `{"exp":1795348801000}`, rs256), rsPub, nil, "times", "time-milliseconds", false},
		{"a string", jws(rsHeader, `{"exp":"1795348801"}`, rs256), rsPub, nil, "times", "time-not-number", false},

		// JWE.
		{"JWE with a public key", goodJWE, rsPub, nil, "key", "jwe-given", true},
		{"JWE with a secret", goodJWE, hsKey, nil, "key", "jwe-given key-type", true},
		{"JWE with a payload", goodJWE, rsPriv, p(body), "payload", "jwe-given", false},
		{"JWE cut", strings.Join(jseg[:3], "."), rsPriv, nil, "segments", "", false},
		{"JWE header, no enc", jws(`{"alg":"RSA-OAEP"}`, body, rs256), rsPub, nil, "alg", "alg-scope jwe-cut other-alg", false},
		{"JWS header in five", seg[0] + "." + strings.Join(jseg[1:], "."), rsPriv, nil, "alg", "jws-in-five", false},
		{"alg RSA1_5", b64u([]byte(`{"alg":"RSA1_5","enc":"A256GCM"}`)) + "." + strings.Join(jseg[1:], "."), rsPriv, nil, "alg", "alg-scope", false},
		{"enc out of scope", b64u([]byte(`{"alg":"RSA-OAEP-256","enc":"A128GCM"}`)) + "." + strings.Join(jseg[1:], "."), rsPriv, nil, "enc", "enc-scope", false},
		{"zip", jwe(`{"alg":"RSA-OAEP-256","enc":"A256GCM","zip":"DEF"}`, b64u([]byte(`{"alg":"RSA-OAEP-256","enc":"A256GCM","zip":"DEF"}`)),
			&keys.rsa.PublicKey, sha256.New, sha256.New, cek, hidden), rsPriv, nil, "enc", "", false},
		{"another recipient", goodJWE, pkcs8(keys.other), nil, "unwrap", "other-recipient", false},
		{"encrypted key too short", strings.Join([]string{jseg[0], jseg[1][:300], jseg[2], jseg[3], jseg[4]}, "."), rsPriv, nil, "unwrap", "other-recipient", false},
		{"CEK of 16 octets", jwe(oHeader, head, &keys.rsa.PublicKey, sha256.New, sha256.New, cek[:16], hidden), rsPriv, nil, "unwrap", "cek-size", false},
		{"tag too long", goodJWE + "35", rsPriv, nil, "sizes", "tag-too-long", false},
		{"IV of 16", strings.Join([]string{jseg[0], jseg[1], b64u(cek[:16]), jseg[3], jseg[4]}, "."), rsPriv, nil, "sizes", "", false},
		{"AAD empty", jwe(oHeader, "", &keys.rsa.PublicKey, sha256.New, sha256.New, cek, hidden), rsPriv, nil, "tag", "aad", false},
		{"AAD decoded", jwe(oHeader, oHeader, &keys.rsa.PublicKey, sha256.New, sha256.New, cek, hidden), rsPriv, nil, "tag", "aad", false},
		{"JWE header in another order", jwe(oHeader, b64u([]byte(`{"enc":"A256GCM","alg":"RSA-OAEP-256"}`)), &keys.rsa.PublicKey, sha256.New, sha256.New, cek, hidden),
			rsPriv, nil, "tag", "header-rewritten", false},
		{"ciphertext changed", strings.Join([]string{jseg[0], jseg[1], jseg[2], "AAAA" + jseg[3][4:], jseg[4]}, "."), rsPriv, nil, "tag", "", false},
		{"JWE padded", goodJWE + "==", rsPriv, nil, "b64", "padding", false},
		// Pasted with something around it.
		{"scheme JWS", "JWS " + good, rsPub, nil, "form", "bearer-prefix", false},
		{"scheme JWT in a field", "Authorization: JWT " + good, rsPub, nil, "form", "bearer-prefix", false},
		{"own field", "x-jws-signature: " + seg[0] + ".." + seg[2], rsPub, p(body), "form", "bearer-prefix", false},
		{"access_token", `{"token_type":"Bearer","access_token":"` + good + `"}`, rsPub, nil, "form", "member", false},
		{"JWT member", `{"JWT":"` + goodJWE + `"}`, rsPriv, nil, "form", "member", false},
		{"URL", "https://x.example/cb#state=1&id_token=" + good + "&x=1", rsPub, nil, "form", "url-cookie", false},
		{"cookie", "Cookie: a=b; session=" + good + "; c=d", rsPub, nil, "form", "bearer-prefix url-cookie", false},
		{"curl", "curl -H 'Authorization: Bearer " + good + "' https://x.example", rsPub, nil, "form", "text-around", false},
		{"quoted-printable", seg[0] + "=2E" + seg[1][:20] + "=\r\n" + seg[1][20:] + "." + seg[2], rsPub, nil, "form", "quoted-printable", false},
		{"zero-width space", seg[0] + ".\u200b" + seg[1] + "." + seg[2], rsPub, nil, "form", "invisible", false},
		{"typographic quotes", "\u201c" + good + "\u201d", rsPub, nil, "form", "invisible quotes", false},
		{"elided", seg[0] + "." + seg[1][:10] + "..." + seg[2], rsPub, nil, "form", "elided", false},
		{"lower case", strings.ToLower(good), rsPub, nil, "form", "lower-cased", false},
		{"twice", good + " " + good, rsPub, nil, "form", "twice", false},
		{"twice, two lines", good + "\r\n" + good, rsPub, nil, "form", "twice", false},
		{"elided with one character", seg[0] + "." + seg[1][:10] + "\u2026" + seg[2], rsPub, nil, "form", "elided", false},
		{"private key", string(rsPriv), nil, nil, "form", "private-key-pasted", false},
		{"private key in base64", std(rsPriv), rsPub, nil, "form", "private-key-pasted", false},
		{"secret JWK", string(hsKey), hsKey, p(body), "form", "private-key-pasted", false},
		{"scheme JOSE", "JOSE " + good, rsPub, nil, "form", "bearer-prefix", false},
		{"comma", good + ",", rsPub, nil, "form", "punctuation", false},
		{"full stop", good + ".", rsPub, nil, "form", "punctuation", false},

		// Other forms of RSA signatures.
		{"PSS with the longest salt", jws(`{"alg":"RS256"}`, body, pssBy(222)), rsPub, nil, "signature", "other-alg", false},
		{"PSS with no salt, another message", over(rsHeader, seg[1], pssBy(1), "x"), rsPub, nil, "signature", "other-message", false},
		{"no DigestInfo", jws(rsHeader, body, bareHash), rsPub, nil, "signature", "no-digestinfo", false},
		{"no DigestInfo, LF added", over(rsHeader, seg[1], bareHash, seg[0]+"."+b64u([]byte(body+"\n"))), rsPub, nil, "signature", "no-digestinfo payload-newline", false},
		{"reversed", seg[0] + "." + seg[1] + "." + b64u(reversedOctets(rs256(seg[0]+"."+seg[1]))), rsPub, nil, "signature", "signature-reversed", false},
		{"reversed, another message", seg[0] + "." + seg[1] + "." + b64u(reversedOctets(rs256("x"))), rsPub, nil, "signature", "other-message signature-reversed", false},
		{"cut R and S", esToken(append(slices.Clone(low[1:66]), low[67:]...)), esPub, nil, "sig-length", "signature-cut", false},
		{"hexadecimal in the segment", seg[0] + "." + seg[1] + "." + hex.EncodeToString(rs256(seg[0]+"."+seg[1])), rsPub, nil, "sig-length", "signature-text", false},

		// Secrets.
		{"secret as lenient base64", jws(hsHeader, body, hs(sha512.New, lenient(standardAlphabet)([]byte(text+"-")))), []byte(text + "-"), nil, "signature", "secret-base64", false},
		{"secret in quotes", jws(hsHeader, body, hs(sha512.New, []byte(text))), []byte(`"` + text + `"`), nil, "signature", "secret-quotes", false},
		{"secret cut", jws(hsHeader, body, hs(sha512.New, []byte(text[:32]))), []byte(text), nil, "signature", "secret-cut", false},
		{"zero octet before the signature", seg[0] + "." + seg[1] + "." + b64u(append([]byte{0}, rs256(seg[0]+"."+seg[1])...)), rsPub, nil, "sig-length", "signature-prefixed", false},
		{"secret hashed", jws(hsHeader, body, hs(sha512.New, hash256([]byte(text)))), []byte(text), nil, "signature", "secret-hashed", false},
		{"secret in UTF-16", jws(hsHeader, body, hs(sha512.New, utf16Text(false)([]byte(text)))), []byte(text), nil, "signature", "secret-charset", false},

		// Messages.
		{"LF in front", signedPayload("\n" + body), rsPub, nil, "signature", "payload-white-space", false},
		{"CR LF on both sides", signedPayload("\r\n" + body + "\r\n"), rsPub, nil, "signature", "payload-white-space", false},
		{"indented with LF", signedPayload(indentedBody + "\n"), rsPub, nil, "signature", "payload-rewritten", false},
		{"unescaped", detachedAs(`{"n":"é &"}`), rsPub, p(`{"n":"\u00e9 \u0026"}`), "signature", "payload-rewritten", false},
		{"escaped, capital letters, CR LF", detachedAs(`{"n":"\u00E9"}` + "\r\n"), rsPub, p(`{"n":"é"}`), "signature", "payload-rewritten", false},
		{"numbers", detachedAs(`{"n":10,"m":1.5}`), rsPub, p(`{"n":10.00,"m":1.50}`), "signature", "payload-rewritten", false},
		{"last line", detachedAs("POST /x\nA: b\n" + `{"n":"a\u0026b"}`), rsPub, p("POST /x\nA: b\n" + `{"n":"a&b"}`), "signature", "payload-rewritten", false},
		{"only the last line", detachedAs(body), rsPub, p("POST /x\nA: b\n" + body), "signature", "payload-rewritten", false},
		{"stringified", detachedAs(`"{\"n\":1}"`), rsPub, p(`{"n":1}`), "signature", "payload-stringified", false},
		{"Latin-1", detachedAs("{\"n\":\"\xe9\"}"), rsPub, p(`{"n":"é"}`), "signature", "payload-charset", false},
		{"Windows-1252 and LF", detachedAs("{\"n\":\"\x80\"}\n"), rsPub, p(`{"n":"€"}`), "signature", "payload-charset", false},
		{"question mark", detachedAs(`{"n":"?"}`), rsPub, p(`{"n":"é"}`), "signature", "payload-charset", false},
		{"UTF-16", detachedAs("{\x00}\x00"), rsPub, p(`{}`), "signature", "payload-charset", false},
		{"one member", detachedAs(`{"b":1}`), rsPub, p(`{"data":{"b":1},"c":2}`), "signature", "payload-member", false},
		{"percent-decoded", detachedAs(`a=b c`), rsPub, p(`a=b%20c`), "signature", "payload-url", false},
		{"hash as payload", detachedAs(hex.EncodeToString(hash256([]byte(body)))), rsPub, p(body), "signature", "payload-hashed", false},
		{"hash as signing input", over(rsHeader, seg[1], rs256, string(stdText(hash256([]byte(body))))), rsPub, nil, "signature", "payload-hashed", false},
		{"hash of the payload attached", jws(rsHeader, hex.EncodeToString(hash256([]byte(body))), rs256), rsPub, p(body), "", "payload-digest", false},
		{"no dot", over(rsHeader, seg[1], rs256, seg[0]+seg[1]), rsPub, nil, "signature", "input-joined", false},
		{"echo", over(rsHeader, seg[1], rs256, seg[0]+"."+seg[1]+"\n"), rsPub, nil, "signature", "input-newline", false},
		{"input in UTF-16", over(rsHeader, seg[1], rs256, string(utf16Text(false)([]byte(seg[0]+"."+seg[1])))), rsPub, nil, "signature", "input-charset", false},
		{"kid added", over(`{"alg":"RS256","kid":"1"}`, seg[1], rs256, b64u([]byte(`{"alg":"RS256"}`))+"."+seg[1]), rsPub, nil, "signature", "header-added", false},
		{"x5c in another order", jws(`{"alg":"RS256","x5c":["`+otherCert+`","`+ownCert+`"]}`, body, rs256), certificate(255), nil, "", "x5c-order", false},
		{"x5c in base64url", jws(`{"alg":"RS256","x5c":["AA-_"]}`, body, rs256), rsPub, nil, "", "x5c-order", false},
		{"crit with spaces", jws(`{"alg":"RS256","crit":[" X"],"X":1}`, body, rs256), rsPub, nil, "crit", "crit-spelling", false},
		{"key that is passed over", jws(`{"alg":"RS256","kid":"z"}`, body, rs256), zeroSet, nil, "key", "key-skipped", false},

		// More of JWE.
		{"alg with underscores", jwe(`{"alg":"RSA_OAEP_256","enc":"A256GCM"}`, b64u([]byte(`{"alg":"RSA_OAEP_256","enc":"A256GCM"}`)), &keys.rsa.PublicKey, sha256.New, sha256.New, cek, hidden),
			rsPriv, nil, "alg", "alg-spelling", false},
		{"CEK as base64", strings.Join([]string{jseg[0], b64u(oaep(&keys.rsa.PublicKey, sha256.New, sha256.New, []byte(std(cek)))), jseg[2], jseg[3], jseg[4]}, "."), rsPriv, nil, "unwrap", "cek-text", false},
		{"tag in the ciphertext", strings.Join([]string{jseg[0], jseg[1], jseg[2], b64u(append(unb64(jseg[3]), unb64(jseg[4])...)), ""}, "."), rsPriv, nil, "sizes", "tag-in-ciphertext", false},
		{"tag in the ciphertext, four segments", strings.Join([]string{jseg[0], jseg[1], jseg[2], b64u(append(unb64(jseg[3]), unb64(jseg[4])...))}, "."), rsPriv, nil, "segments", "tag-in-ciphertext", false},
		{"cty without a JWS", jwe(`{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT"}`, b64u([]byte(`{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT"}`)), &keys.rsa.PublicKey,
			sha256.New, sha256.New, cek, hidden), rsPriv, nil, "content", "cty", false},
	}
}

func TestHints(t *testing.T) {
	for _, row := range rows() {
		t.Run(row.name, func(t *testing.T) { row.check(t) })
	}
}

func (row row) check(t *testing.T) {
	t.Helper()
	in := input{token: row.token, keyFile: row.key, at: mustTime(clock)}
	if row.payload != nil {
		in.payload, in.detached = []byte(*row.payload), true
	}
	r := explain(in)
	fails := ""
	warns := false // of a short secret, which is no failure
	if c := r.firstFailure(); c != nil {
		if fails = c.id; strings.HasPrefix(r.verdict(), "FAILED: "+c.name) {
			t.Errorf("the verdict says what would be right: %s", r.verdict())
		}
	} else if warns = r.stateOf("key") == warned; warns {
		fails = "key"
	}
	var ids []string
	for _, h := range r.hints {
		ids = append(ids, h.id)
	}
	slices.Sort(ids)
	open := false
	for _, c := range r.checks {
		open = open || c.state == notChecked
	}
	if fails != row.fails || strings.Join(ids, " ") != row.hints || open != row.open {
		t.Errorf("first failure %q, hints %q, open %v; want %q, %q, %v\n%s", fails, ids, open, row.fails, row.hints, row.open, r.text())
	}
	if row.hints == "elided" && r.isJWE {
		t.Errorf("a JWS is read as a JWE:\n%s", r.text())
	}
	if want := row.fails != "" || row.open; want != (r.status() == 1) {
		t.Errorf("status %d\n%s", r.status(), r.text())
	}
	accepts := row.fails == ""
	if warns { // fips140=only has no HMAC with fewer than 14 octets
		s, err := jose.NewInsecureShortSecret(r.key.secret)
		if err == nil {
			_, err = s.Verifier(jose.HS512)
		}
		accepts = err == nil || len(r.key.secret) >= 14
	}
	// The library's answer agrees, except where it was not asked for times or
	// was given another token than the one that was meant.
	if row.key != nil && r.agrees != accepts {
		t.Errorf("library: %s; want accepts=%v", r.answer, accepts)
	}
	checkText(t, r.text())
	for _, secret := range [][]byte{keys.secret, keys.rsa.D.Bytes(), keys.rsa.Primes[0].Bytes(), []byte(hidden), keys.secret[:32]} {
		checkSecret(t, r.text(), secret)
	}
}

// checkText asserts that output is bounded ASCII with no control character
// but line feeds.
func checkText(t *testing.T, text string) {
	t.Helper()
	if i := strings.IndexFunc(text, func(c rune) bool { return c != '\n' && (c < ' ' || c > '~') }); i >= 0 {
		t.Errorf("octet %d of the output is %q", i, text[i])
	}
	if len(text) > 64<<10 {
		t.Errorf("output of %d octets", len(text))
	}
}

// checkSecret looks for a secret in the forms that it could be printed in.
func checkSecret(t *testing.T, text string, secret []byte) {
	t.Helper()
	if len(secret) < 8 {
		return // any text may have so few octets
	}
	for form, s := range map[string]string{
		"raw": string(secret), "hexadecimal": hex.EncodeToString(secret), "base64url": b64u(secret),
		"base64":  strings.TrimRight(std(secret), "="),
		"decimal": new(big.Int).SetBytes(secret).String(), "quoted": strings.Trim(quoteLines("", secret, len(secret)), "\"\n"),
	} {
		if strings.Contains(strings.ToLower(text), strings.ToLower(s)) || strings.Contains(join(text), s) {
			t.Errorf("the output has a secret in it (%s)", form)
		}
	}
}

// join undoes the folding of quoted lines.
func join(text string) string { return strings.ReplaceAll(text, "\"\n  \"", "") }

func mustTime(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

// TestOAEPHash has the tokens that need SHA-1, which fips140=only refuses
// beneath us: then the report says that it was not checked.
func TestOAEPHash(t *testing.T) {
	sha1Header := `{"alg":"RSA-OAEP","enc":"A256GCM"}`
	cek, pub := keys.secret[:32], &keys.rsa.PublicKey
	of := func(header string, h, mgf func() hash.Hash) string {
		return jwe(header, b64u([]byte(header)), pub, h, mgf, cek, hidden)
	}
	priv := pkcs8(keys.rsa)
	if _, err := rsa.EncryptOAEP(sha1.New(), rand.Reader, pub, []byte{0}, nil); err != nil {
		row{"refused by the mode", of(sha1Header, sha256.New, sha256.New), priv, nil, "unwrap", "oaep-hash", false}.check(t)
		other := jwe(sha1Header, b64u([]byte(sha1Header)), &keys.other.PublicKey, sha256.New, sha256.New, cek, hidden)
		r := explain(input{token: other, keyFile: priv, at: mustTime(clock)})
		if r.stateOf("unwrap") != notChecked || r.status() != 1 || r.agrees {
			t.Errorf("in a mode without SHA-1:\n%s", r.text())
		}
		return
	}
	for _, row := range []row{
		{"fine", of(sha1Header, sha1.New, sha1.New), priv, nil, "", "", false},
		{"SHA-1 under RSA-OAEP-256", of(oHeader, sha1.New, sha1.New), priv, nil, "unwrap", "oaep-hash", false},
		{"SHA-256 under RSA-OAEP", of(sha1Header, sha256.New, sha256.New), priv, nil, "unwrap", "oaep-hash", false},
		{"MGF1 with SHA-1", of(oHeader, sha256.New, sha1.New), priv, nil, "unwrap", "oaep-mgf1", false},
	} {
		t.Run(row.name, func(t *testing.T) { row.check(t) })
	}
}

// TestShortSecret: the report says what the library takes a raw secret by, if this mode of crypto
// takes it, and that it is too short all the same.
func TestShortSecret(t *testing.T) {
	secret := []byte("a word, not 64 octets")
	padded := append([]byte("abc"), make([]byte, 20)...) // HMAC appends zeros (RFC 2104, Section 2)
	abc, taken := "only with NewInsecureShortSecret: accepts it", true
	if _, err := jose.NewInsecureShortSecret([]byte("abc")); errors.Is(err, jose.ErrUnsupported) {
		abc, taken = "refuses it: jose: invalid key", false // under fips140=only
	}
	for _, tt := range []struct {
		name    string
		signer  []byte
		secret  []byte
		prefix  string
		accepts bool
		fails   string
		hints   int
	}{
		{"the signer's", secret, secret, "only with NewInsecureShortSecret: accepts it", true, "", 1},
		{"three octets", padded, []byte("abc"), abc, taken, "", 1},
		{"another", secret, []byte("another word, as short"), "only with NewInsecureShortSecret: refuses it: jose: signature not valid", false, "signature", 1},
		{"long enough", secret, bytes.Repeat(secret, 4), "refuses it: jose: signature not valid", false, "signature", 0},
	} {
		r := explain(input{token: jws(`{"alg":"HS512"}`, "payload", hs(sha512.New, tt.signer)), keyFile: tt.secret, at: mustTime(clock)})
		if !strings.HasPrefix(r.answer, tt.prefix) || r.agrees != tt.accepts {
			t.Errorf("%s: %s", tt.name, r.answer)
		}
		size := 0
		for _, h := range r.hints {
			if h.id == "key-size" {
				size++
			}
		}
		fails := ""
		if c := r.firstFailure(); c != nil {
			fails = c.id
		}
		if fails != tt.fails || size != tt.hints || (r.stateOf("key") == warned) != (tt.hints > 0) || r.status() == 0 {
			t.Errorf("%s: %s fails, %d times key-size\n%s", tt.name, fails, size, r.text())
		}
	}
}

// TestKnown compares the ids of knows.txt, of the code, of the tests, and the
// table of README.md with what the command prints.
func TestKnown(t *testing.T) {
	status, table, _ := run([]string{"-known"}, "")
	if status != 0 || !strings.Contains(read(t, "README.md"), "\n"+table) {
		t.Errorf("status %d; README.md has not the table that explain -known prints:\n%s", status, table)
	}
	var code, tested, listed []string
	names, _ := filepath.Glob("*.go")
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, m := range regexp.MustCompile(`(?:hint\(|s\.ids, |entry\{|add\(of[A-Za-z]+, |^\t*\{|id: |id := |id = |\n\t*\{)"([a-z][a-z0-9]*(?:-[a-z0-9]+)*)"`).FindAllStringSubmatch(read(t, name), -1) {
			code = append(code, m[1])
		}
	}
	for _, f := range formats["around"] {
		code = append(code, f.name)
	}
	for _, row := range rows() {
		tested = append(tested, strings.Fields(row.hints)...)
	}
	tested = append(tested, "oaep-hash", "oaep-mgf1", "claim") // TestOAEPHash, TestWanted
	slices.Sort(tested)
	tested = slices.Compact(tested)
	for _, f := range facts {
		if !f.isFile {
			listed = append(listed, f.id)
		}
		if f.looks == "" || f.sentence == "" {
			t.Errorf("%q has no sentence", f.id)
		}
	}
	slices.Sort(listed)
	if !slices.Equal(tested, listed) {
		t.Errorf("tested %q\nlisted %q", tested, listed)
	}
	for _, id := range listed {
		if !slices.Contains(code, id) && !known[id].ofSearch {
			t.Errorf("%q is not found in the code", id)
		}
	}
	for _, h := range hypotheses {
		if known[h.id].id == "" || h.name == "" {
			t.Errorf("the hypothesis %q (%s) is not in knows.txt", h.name, h.id)
		}
	}
}

// TestWanted: -iss, -sub, -aud and -typ check what a policy would.
func TestWanted(t *testing.T) {
	token := jws(`{"alg":"RS256","typ":"application/at+JWT"}`, `{"iss":"i","sub":"s","aud":["a","b"],"exp":1795348801}`, rs256)
	one := jws(`{"alg":"RS256"}`, `{"aud":"a"}`, rs256)
	for _, tt := range []struct {
		token, name, value string
		fails              bool
	}{
		{token, "iss", "i", false}, {token, "iss", "I", true}, {token, "sub", "s", false}, {token, "sub", "x", true}, {token, "aud", "b", false},
		{token, "aud", "c", true}, {token, "typ", "at+jwt", false}, {token, "typ", "JWT", true}, {one, "aud", "a", false}, {one, "aud", "", true}, {one, "iss", "i", true},
	} {
		r := explain(input{token: tt.token, keyFile: spki(&keys.rsa.PublicKey), at: mustTime(clock), want: map[string]string{tt.name: tt.value}})
		if (r.firstFailure() != nil) != tt.fails || r.hinted("claim") != tt.fails || r.agrees == tt.fails || (r.status() != 0) != tt.fails {
			t.Errorf("-%s %q: %s", tt.name, tt.value, r.text())
		}
	}
	r := explain(input{token: token, keyFile: spki(&keys.rsa.PublicKey), at: mustTime(clock)})
	if out := r.text(); r.status() != 0 || !strings.Contains(out, "iss, sub, aud, typ, the other claims: the application's policy") {
		t.Errorf("unasked:\n%s", out)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// examples are the worked ones: golden files, and the code blocks of README.md.
var examples = []struct {
	golden, stdin string
	args          []string
}{
	{"testdata/wise.txt", "testdata/wise.token", []string{"-key", "testdata/wise.key", "-at", clock, "-"}},
	{"testdata/nuapay.txt", "testdata/nuapay.token", []string{"-key", "testdata/nuapay.crt", "-payload", "testdata/nuapay.body", "-at", clock, "-"}},
}

func TestExamples(t *testing.T) {
	readme := read(t, "README.md")
	blocks := regexp.MustCompile("(?s)```text\n(.*?)```").FindAllStringSubmatchIndex(readme, -1)
	if len(blocks) != len(examples) {
		t.Fatalf("README.md has %d text blocks, there are %d examples", len(blocks), len(examples))
	}
	for i := len(examples) - 1; i >= 0; i-- {
		ex := examples[i]
		status, out, errs := run(ex.args, read(t, ex.stdin))
		if status != 1 || errs != "" {
			t.Errorf("%s: status %d, stderr %q", ex.golden, status, errs)
		}
		if *update {
			if err := os.WriteFile(ex.golden, []byte(out), 0o644); err != nil {
				t.Fatal(err)
			}
			readme = readme[:blocks[i][2]] + out + readme[blocks[i][3]:]
			continue
		}
		if out != read(t, ex.golden) {
			t.Errorf("%s is not what the command prints:\n%s", ex.golden, out)
		}
		if out != readme[blocks[i][2]:blocks[i][3]] {
			t.Errorf("README.md: block %d is not what the command prints", i+1)
		}
		for _, line := range strings.Split(out, "\n") {
			if len(line) > columns {
				t.Errorf("%s: a line of %d columns: %s", ex.golden, len(line), line)
			}
		}
	}
	if *update {
		if err := os.WriteFile("README.md", []byte(readme), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func run(args []string, stdin string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = Main(args, strings.NewReader(stdin), &out, &errs)
	return status, out.String(), errs.String()
}

func TestArguments(t *testing.T) {
	token := jws(rsHeader, `{"exp":1795348800}`, rs256)
	huge := filepath.Join(t.TempDir(), "huge")
	if f, err := os.Create(huge); err != nil || f.Truncate(maxToken+1) != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	key := filepath.Join(dir, "key")
	empty := filepath.Join(dir, "empty")
	big := filepath.Join(dir, "big")
	file, dotted := filepath.Join(dir, "file"), filepath.Join(dir, "a.b.c")
	for name, b := range map[string][]byte{file: []byte(token + "\n"), dotted: []byte(token), key: spki(&keys.rsa.PublicKey), empty: nil, big: make([]byte, maxKeyFile+1)} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name   string
		args   []string
		stdin  string
		status int
	}{
		{"before", []string{"-key", key, "-at", "1795348799", token}, "", 0},
		{"after", []string{token, "-key", key, "-at", "2026-11-22T12:59:59+01:00"}, "", 0},
		{"around", []string{"--key=" + key, token, "--at=1795348799"}, "", 0},
		{"stdin", []string{"-key", key, "-", "-at", "1795348799"}, token + "\n", 0},
		{"file", []string{"-key", key, file, "-at", "1795348799"}, "", 0},
		{"file with periods", []string{"-key", key, dotted, "-at", "1795348799"}, "", 0},
		{"folder", []string{"-key", key, dir}, "", 1},
		{"big file", []string{huge}, "", 2},
		{"expired", []string{"-key", key, "-at", "1795348800", token}, "", 1},
		{"no key", []string{token}, "", 1},
		{"help", []string{"-h"}, "", 0},
		{"nothing", nil, "", 2},
		{"two tokens", []string{token, token}, "", 2},
		{"unknown flag", []string{"-secret", "hunter2", token}, "", 2},
		{"flag twice", []string{"-key", key, "-key", key, token}, "", 2},
		{"no file", []string{"-key", "hunter2hunter2", token}, "", 2},
		{"no payload", []string{"-payload", "hunter2hunter2", token}, "", 2},
		{"empty key", []string{"-key", empty, token}, "", 2},
		{"big key", []string{"-key", big, token}, "", 2},
		{"bad time", []string{"-at", "hunter2", token}, "", 2},
		{"time beyond 9999", []string{"-at", "253402300800", token}, "", 2},
		{"big token", []string{"-"}, strings.Repeat("a", maxToken+1), 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, out, errs := run(tt.args, tt.stdin)
			if status != tt.status {
				t.Errorf("status %d, want %d\n%s%s", status, tt.status, out, errs)
			}
			if strings.HasPrefix(tt.name, "file") != strings.Contains(out, "the token was read from it") {
				t.Errorf("it does not say where the token is from, or says so wrongly:\n%s", out)
			}
			if (errs != "") != (status == 2) || (out == "") != (status == 2) {
				t.Errorf("output on the wrong stream: %q, %q", out, errs)
			}
			// Arguments may be secrets in the wrong place.
			if strings.Contains(out+errs, "hunter2") {
				t.Errorf("an argument is repeated: %q", out+errs)
			}
		})
	}
}

// TestPastedSecret gives keys where the token belongs.
func TestPastedSecret(t *testing.T) {
	for _, text := range []string{string(pkcs8(keys.rsa)), string(octJWK(keys.secret, "")), std(keys.secret), hex.EncodeToString(keys.secret),
		b64u(keys.secret) + "." + b64u(keys.secret) + "." + b64u(keys.secret), b64u(octJWK(keys.secret, "")),
		b64u(octJWK(keys.secret, "")) + ".." + b64u(octJWK(keys.secret, "")), jws(hsHeader, string(octJWK(keys.secret, "")), hs(sha512.New, keys.secret))} {
		for _, key := range [][]byte{nil, octJWK(keys.secret, "")} {
			out := explain(input{token: text, keyFile: key}).text()
			for _, secret := range [][]byte{keys.secret, keys.rsa.D.Bytes(), pkcs8(keys.rsa)[100:200], octJWK(keys.secret, "")} {
				checkSecret(t, out, secret)
			}
		}
	}
}

func TestHostile(t *testing.T) {
	fewTries(t)
	deep := strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000)
	wide := `{"alg":"RS256"` + strings.Repeat(`,"\u001b[31m`+strings.Repeat("x", 200)+`":1`, 1) + `}`
	many := []byte(`{"alg":"RS256"`)
	for i := range 1000 {
		many = append(many, `,"`+hex.EncodeToString([]byte{byte(i >> 8), byte(i)})+`":"\u0007"`...)
	}
	many = append(many, '}')
	for name, token := range map[string]string{
		"empty": "", "dots": strings.Repeat(".", 1<<20), "deep header": jws(deep, body, rs256),
		"deep payload": jws(rsHeader, `{"alg":`+deep+`}`, rs512Zero), "escape": jws(wide, "\x1b[2J", rs256), "many": jws(string(many), body, rs256),
		"huge header": jws(`{"alg":"`+strings.Repeat("a", maxHeader)+`"}`, body, rs256), "huge payload": jws(hsHeader, strings.Repeat("[", 4<<20), rs512Zero),
		"huge exp": jws(rsHeader, `{"exp":1e999999999,"nbf":-1e308}`, rs256), "percent": strings.Repeat("%25", 1<<16),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			for _, key := range [][]byte{nil, spki(&keys.rsa.PublicKey), octJWK(keys.secret, "")} {
				r := explain(input{token: token, keyFile: key, at: mustTime(clock)})
				checkText(t, r.text())
				if r.status() == 0 && name != "escape" && name != "many" {
					t.Errorf("accepted:\n%s", r.text())
				}
			}
			if d := time.Since(start); d > 20*time.Second {
				t.Errorf("took %v", d)
			}
		})
	}
}

// TestHostileKeys gives keys whose numbers do not fit together: none is used
// to decrypt, none makes a panic, and none lets a token pass.
func TestHostileKeys(t *testing.T) {
	fewTries(t)
	n := func(x *big.Int) string { return `"` + b64u(x.Bytes()) + `"` }
	p, q, d := keys.rsa.Primes[0], keys.rsa.Primes[1], keys.rsa.D
	one, N := big.NewInt(1), keys.rsa.N
	even := new(big.Int).Lsh(p, 1024)
	private := func(mod, p, q, d *big.Int) string {
		return `{"kty":"RSA","e":"AQAB","n":` + n(mod) + `,"p":` + n(p) + `,"q":` + n(q) + `,"d":` + n(d) + `}`
	}
	head := b64u([]byte(oHeader))
	token := jwe(oHeader, head, &keys.rsa.PublicKey, sha256.New, sha256.New, keys.secret[:32], hidden)
	right := strings.TrimSuffix(private(N, p, q, d), "}") + `,"dp":` + n(keys.rsa.Precomputed.Dp) + `,"dq":` + n(keys.rsa.Precomputed.Dq) +
		`,"qi":` + n(keys.rsa.Precomputed.Qinv) + `}`
	if r := explain(input{token: token, keyFile: []byte(right), at: mustTime(clock)}); r.status() != 0 {
		t.Fatalf("the right key:\n%s", r.text())
	}
	for _, key := range []string{
		private(N, one, N, d), private(N, q, q, d), private(N, new(big.Int), N, d), private(N, p, q, one), private(N, p, q, new(big.Int).Lsh(d, 9000)),
		private(even, new(big.Int).Lsh(one, 1024), p, d), private(one, one, one, one), private(new(big.Int), one, one, one),
		`{"kty":"RSA","n":` + n(N) + `,"e":"AQAB","d":` + n(d) + `}`, `{"kty":"RSA"}`, `{"kty":"EC","crv":"P-521"}`, `{"kty":"EC","crv":"P-521","x":` + n(even) + `,"y":"AA"}`,
		`{"kty":"RSA","n":` + n(N) + `,"e":"AA"}`, `{"kty":"RSA","n":` + n(even) + `,"e":"AQAB"}`, `{"kty":"oct"}`, `{"kty":"\u001b"}`, `{"keys":[]}`, `{"keys":1}`, `{"keys":[1,{}]}`, `{`,
		"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", strings.Repeat("-----BEGIN A-----\n", 5000), "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
	} {
		for _, token := range []string{token, jws(rsHeader, body, rs256), jws(esHeader, body, es512)} {
			r := explain(input{token: token, keyFile: []byte(key), at: mustTime(clock)})
			checkText(t, r.text())
			if r.status() != 1 || r.key.private != nil {
				t.Errorf("%.80s: passes\n%s", key, r.text())
			}
		}
	}
}

func rs512Zero(string) []byte { return make([]byte, 64) }

// TestSpellings: each way to write a JSON text means the same.
func TestSpellings(t *testing.T) {
	text := []byte(`{"b":[1,{"d":"é/<\\\" ,:\u2028'+=","c":1.50}],"a":{},"e":[ ],"f":"\/"}`)
	var want any
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	wantText, _ := json.Marshal(want)
	seen := map[string]string{}
	n := 0
	for _, line := range []string{"layouts", "escapes", "layouts escapes", "layouts numbers", "escapes numbers", "sorted layouts escapes numbers"} {
		h := readHypothesis("payload-rewritten", "~ payload "+line+": it")
		below := map[string]string{}
		for g := range h.apply(trial{payload: append([]byte("POST /\nA: b\n"), text...)}) {
			below[g.note] = string(g.payload)
		}
		for g := range h.apply(trial{payload: text}) {
			var got any
			if err := json.Unmarshal(g.payload, &got); err != nil {
				t.Errorf("%s: %v: %s", g.note, err, g.payload)
			}
			if gotText, _ := json.Marshal(got); !bytes.Equal(gotText, wantText) {
				t.Errorf("%s: %s", g.note, g.payload)
			}
			if below[g.note] != "POST /\nA: b\n"+string(g.payload) {
				t.Errorf("%s, below other lines: %s", g.note, below[g.note])
			}
			if other := seen[string(g.payload)]; other != "" && !strings.Contains(g.note, "numbers") {
				t.Errorf("%s: as %s: %s", g.note, other, g.payload)
			}
			seen[string(g.payload)] = g.note
			n++
		}
	}
	if n < 200 {
		t.Errorf("%d spellings", n)
	}
	for _, tt := range []struct {
		steps, name, text, want string
	}{
		{"compact", "", `{ "a" : [ 1 , { } ] }`, `{"a":[1,{}]}`},
		{"compact escapes", `\u00e9`, `"é😀/"`, `"\u00e9\ud83d\ude00/"`},
		{"compact escapes", `\u00E9`, `"é😀/"`, `"\u00E9\uD83D\uDE00/"`},
		{"compact escapes", "System.Text.Json", `"<é\"+"`, `"\u003C\u00E9\u0022\u002B"`},
		{"compact escapes", "<, > and &", `"&\u2028"`, `"\u0026\u2028"`},
		{"compact escapes", "nothing", `"\u0026\u2028\u00E9\/"`, "\"&\u2028é/\""},
		{"compact", "", `["\u0026\/", "\u00E9"]`, `["\u0026\/","\u00E9"]`},
		{"numbers", "JavaScript", `[10.00,1.50,1e2,1e21,1E-7,-0.10,12345678]`, `[10,1.5,100,1e+21,1e-7,-0.1,12345678]`},
		{"numbers", "Java writes", `[10.00,1.50,1e2,12345678.0,0.0001,10]`, `[10.0,1.5,100.0,1.2345678E7,1.0E-4,10]`},
		{"numbers", "two", `[10,1.5]`, `[10.00,1.50]`},
		{"sorted", "", `{"b":1,"a":{"d":2.0,"c":[]}}`, `{"a":{"c":[],"d":2.0},"b":1}`},
		{"layouts", "spaced", `{"b":[1,2]}`, `{"b": [1, 2]}`},
		{"layouts", "two spaces", `{"b":[1,{}],"c":[]}`, "{\n  \"b\": [\n    1,\n    {}\n  ],\n  \"c\": []\n}"},
		{"escapes", `\u00e9`, "{ \"b\" :\t\"é\"}", "{ \"b\" :\t\"\\u00e9\"}"},
	} {
		got := ""
		for g := range readHypothesis("payload-rewritten", "~ payload "+tt.steps+": it").apply(trial{payload: []byte(tt.text)}) {
			if got == "" && strings.Contains(g.note, tt.name) {
				got = string(g.payload)
			}
		}
		if got != tt.want {
			t.Errorf("%s (%s) of %s: %s, want %s", tt.steps, tt.name, tt.text, got, tt.want)
		}
	}
	if n := len(reordered(trial{}, []byte(`{"a":1,"b":2,"c":3,"d":4}`))); n != 24 {
		t.Errorf("%d orders of four", n)
	}
	for _, text := range []string{"", "x", "{", `{"a":1}x`, "\"\x00\"", `["\ud800"]`, strings.Repeat("[", 100) + strings.Repeat("]", 100)} {
		if _, out := jsonPart([]byte(text)); out != nil {
			t.Errorf("%q is written as %q", text, out)
		}
	}
}

// TestRandomSignatures: octets that are no signature get no name. The encoded
// messages are random, and half of them end as one of PSS does.
func TestRandomSignatures(t *testing.T) {
	var seed [32]byte
	random := mathrand.NewChaCha8(seed)
	em := make([]byte, 256)
	m := newMatcher()
	chances := 0
	for i := range 100000 {
		random.Read(em)
		em[0] &= 0x7f
		if i%2 == 0 {
			em[255] = 0xbc
		}
		for _, e := range nameEncoded(em, 2048) {
			chances++
			if !e.isChance || e.fits([]byte("a message")) {
				t.Fatalf("%x is %s", em, e.name)
			}
		}
	}
	if chances == 0 {
		t.Error("no mask came off to 0x01: what looks like PSS by chance was not met")
	}
	// As signatures, opened with the key: fewer, since that takes longer.
	k := &key{rsa: &rsa.PublicKey{N: keys.rsa.N, E: 3}}
	for range 5000 {
		random.Read(em)
		if em[0] &= 0x7f; m.signatureName(trial{key: k, sig: em}) != nil {
			t.Fatalf("%x has a name", em)
		}
	}
	// The right ones have theirs.
	for salt, name := range map[int]string{32: "PS256", 1: "RSASSA-PSS with SHA-256 and a salt of 1 octets, where RFC 7518, Section 3.5 wants 32"} {
		sig := pssBy(salt)("x")
		if e := m.signatureName(trial{key: &key{rsa: &keys.rsa.PublicKey}, sig: sig}); e == nil || e.name != name || !e.fits([]byte("x")) || e.fits([]byte("y")) {
			t.Errorf("salt of %d: %v", salt, e)
		}
	}
}

// TestSearchTime: a search that finds nothing ends in time. Two seconds are for
// an idle machine; tests may run on a busy one.
func TestSearchTime(t *testing.T) {
	payload := `{"a":"` + strings.Repeat("é/", 2000) + `","b":[1.50,{"c":null}],"d":"x","e":10.00}`
	tries := map[string]int{}
	for name, tt := range map[string]struct {
		token string
		key   []byte
	}{
		"RS256": {over(rsHeader, b64u([]byte(payload)), rs256, "x"), spki(&keys.rsa.PublicKey)},
		"ES512": {over(esHeader, b64u([]byte(payload)), es512, "x"), spki(&keys.p521.PublicKey)},
		"HS512": {over(hsHeader, b64u([]byte(payload)), hs(sha512.New, keys.secret), "x"), octJWK(keys.secret, "")},
	} {
		start := time.Now()
		r := explain(input{token: tt.token, keyFile: tt.key, at: mustTime(clock)})
		d := time.Since(start)
		tried := regexp.MustCompile(`(\d+) other signing inputs`).FindStringSubmatch(strings.Join(r.notes, " "))
		if tried == nil {
			t.Fatalf("%s: it does not say how many were tried\n%s", name, r.text())
		}
		t.Logf("%s: %v, %s tries, %d hypotheses", name, d, tried[1], len(hypotheses))
		if d > 10*time.Second {
			t.Errorf("%s: %v", name, d)
		}
		tries[name], _ = strconv.Atoi(tried[1])
	}
	if 5*tries["ES512"] > 4*tries["RS256"] {
		t.Errorf("%v: what ECDSA takes does not count", tries)
	}
}

// TestReports rebuilds what people have reported, with keys of the tests: what
// the first line says, and what else is said.
func TestReports(t *testing.T) {
	rsPub, rsPriv, esPub := spki(&keys.rsa.PublicKey), pkcs8(keys.rsa), spki(&keys.p521.PublicKey)
	detached := func(header string, sign func(string) []byte, signed string) string {
		return b64u([]byte(header)) + ".." + b64u(sign(b64u([]byte(header))+"."+b64u([]byte(signed))))
	}
	const plain, bodyText = `{"alg":"RS256"}`, `{"amount":"10.00","currency":"EUR"}`
	jweHeader := func(h string) string {
		return jwe(h, b64u([]byte(h)), &keys.rsa.PublicKey, sha256.New, sha256.New, keys.secret[:32], hidden)
	}
	secret := "my-secret-token-to-change-in-production"
	zero := `{"keys":[{"kty":"RSA","kid":"k1","e":"AQAB","n":"` + b64u(append([]byte{0}, keys.rsa.N.Bytes()...)) + `"},` + rsaJWK(&keys.other.PublicKey, `,"kid":"k2"`) + `]}`
	tl := "POST /hook\nX-Tl-Webhook-Timestamp: 2026-01-02T08:43:12Z\n"
	url := `{"alg":"RS256","http://openbanking.org.uk/iat":1767000000,"crit":["http://openbanking.org.uk/iat"]}`
	for _, tt := range []struct {
		name, token string
		key         []byte
		payload     string // of -payload, if any
		first       string // in the verdict
		says        []string
		never       []string
	}{
		{"key with escaped line breaks", jweHeader(oHeader), []byte(strings.ReplaceAll(string(rsPriv), "\n", `\n`)), "", `FAILED: the key file: The line breaks of the PEM text are the two characters \n`,
			[]string{"ok           the tag holds"}, []string{"raw secret"}},
		{"PKCS #12", jweHeader(oHeader), []byte(read(t, "../../testdata/keyfiles/pkcs12.p12")), "", "FAILED: the key file: The file is PKCS #12", nil, []string{"raw secret", "verifies"}},
		{"leading zero octet in the set", jws(`{"alg":"RS256","kid":"k1"}`, "x", rs256), []byte(zero), "", "start with a zero octet",
			[]string{"names a key of the JWK Set that is passed over", "does not help"}, nil},
		{"null members", jws(plain, "x", rs256), []byte(rsaJWK(&keys.rsa.PublicKey, `,"d":null,"p":null`)), "", "FAILED: the key file: The JWK has members that are null",
			[]string{"ok           the signature holds"}, []string{"A private key was given"}},
		{"cty without a JWS", jweHeader(`{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT"}`), rsPriv, "", `cty says "JWT"`, []string{"[cty]"}, []string{"OK"}},
		{"crit with spaces", detached(`{"alg":"RS256","crit":["UPI-UUID"," UPI-APPID"],"UPI-UUID":"1","UPI-APPID":"2"}`, rs256, bodyText), rsPub, bodyText,
			`crit names " UPI-APPID", and the header has "UPI-APPID"`, nil, nil},
		{"lines above the JSON", detached(esHeader, es512, tl+`{"a":"J \u0026+ S"}`), esPub, tl + `{"a":"J &+ S"}`, "over another spelling of the payload: compact JSON, <, > and & escaped", nil, nil},
		{"line break before and after", detached(plain, rs256, "\n"+bodyText+"\n"), rsPub, bodyText, "with LF in front and at the end", nil, nil},
		{"line break before", detached(plain, rs256, "\n"+bodyText), rsPub, bodyText, "with LF in front", nil, nil},
		{"space after", detached(plain, rs256, bodyText+" "), rsPub, bodyText, "with a space at the end", nil, nil},
		{"escapes undone", detached(plain, rs256, "{\"n\":\"café \u2028\"}"), rsPub, `{"n":"caf\u00e9 \u2028"}`, "over another spelling of the payload: compact JSON", nil, nil},
		{"escaped with capital letters", detached(plain, rs256, `{"n":"caf\u00E9"}`), rsPub, `{"n":"café"}`, `all but ASCII escaped as \u00E9`, nil, nil},
		{"stringified twice", detached(plain, rs256, `"{\"amount\":\"10.00\"}"`), rsPub, `{"amount":"10.00"}`, "stringified twice", nil, nil},
		{"hash as payload", jws(plain, hex.EncodeToString(hash256([]byte(bodyText))), rs256), rsPub, bodyText, "OK: the signature holds, and the token carries the hash of the file",
			[]string{"the SHA-256 in hexadecimal of the file of -payload"}, nil},
		{"scheme JWS", "JWS " + jws(plain, "x", rs256), rsPub, "", `Before the token stands "JWS "`, []string{"ok           the signature holds"}, nil},
		{"PSS with the longest salt", jws(plain, "{}", pssBy(222)), rsPub, "", "a salt of 222 octets, the longest that fits", nil, nil},
		{"no DigestInfo", jws(plain, "{}", bareHash), rsPub, "", "without its DigestInfo", nil, nil},
		{"octets reversed", jws(plain, "{}", func(s string) []byte { return reversedOctets(rs256(s)) }), rsPub, "", "in reverse order", nil, nil},
		{"lenient base64", jws(hsHeader, "{}", hs(sha512.New, lenient(standardAlphabet)([]byte(secret)))), []byte(secret), "", "passes over what is not of the standard alphabet", nil, []string{secret}},
		{"alg with underscores", jweHeader(`{"alg":"RSA_OAEP_256","enc":"A256GCM"}`), rsPriv, "", `"RSA_OAEP_256" is no registered name; RSA-OAEP-256 is`, []string{"ok           the tag holds"}, nil},
		{"unencoded without b64", b64u([]byte(url)) + ".." + b64u(rs256(b64u([]byte(url))+"."+bodyText)), rsPub, bodyText, "over the payload as it is", nil, nil},
		{"short secret", jws(hsHeader, "{}", hs(sha512.New, []byte(secret))), []byte(secret), "", "HOLDS, WITH A WARNING: the signature holds; the secret has 39 octets", []string{"only with NewInsecureShortSecret: accepts it"}, []string{"FAILED", secret}},
		{"another message", over(plain, b64u([]byte("{}")), rs256, "x"), rsPub, "", "FAILED: The signature opens with this key: RS256. So the key is the right one", nil, nil},
		{"another key", jws(plain, "{}", rs256), spki(&keys.other.PublicKey), "", "FAILED: The signature opens to nothing with this key", []string{"changed on the way"}, nil},
	} {
		in := input{token: tt.token, keyFile: tt.key, at: mustTime(clock), payload: []byte(tt.payload), detached: tt.payload != ""}
		out := explain(in).text()
		flat := strings.Join(strings.Fields(out), " ")
		verdict, _, _ := strings.Cut(strings.ReplaceAll(out, "\n  ", " "), "\n")
		if !strings.Contains(verdict, tt.first) {
			t.Errorf("%s: the verdict is %q\n%s", tt.name, verdict, out)
		}
		for _, s := range tt.says {
			if !strings.Contains(out, s) && !strings.Contains(flat, s) {
				t.Errorf("%s: it does not say %q\n%s", tt.name, s, out)
			}
		}
		for _, s := range tt.never {
			if strings.Contains(out, s) {
				t.Errorf("%s: it says %q\n%s", tt.name, s, out)
			}
		}
		checkText(t, out)
	}
}

// TestClaimsFault: faults in the JSON of claims are named without a key, with one, and inside of a JWE.
func TestClaimsFault(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 2000) + "1" + strings.Repeat("}", 2000)
	for claims, want := range map[string]string{
		`{"a":1,"a":2}`: "claims: duplicate name", `{"a":"\ud800"}`: "claims: lone surrogate", deep: "claims: ", "\ufeff{}": "claims: ", `{"a":1}`: "", "text": "", "[1,1]": "",
	} {
		signed := jws(rsHeader, claims, rs256)
		encrypted := jwe(oHeader, b64u([]byte(oHeader)), &keys.rsa.PublicKey, sha256.New, sha256.New, keys.secret[:32], claims)
		for _, in := range []input{{token: signed}, {token: signed, keyFile: spki(&keys.rsa.PublicKey)}, {token: encrypted, keyFile: pkcs8(keys.rsa)}} {
			in.at = mustTime(clock)
			out := strings.Join(strings.Fields(explain(in).text()), " ")
			_, fault, found := strings.Cut(out, "the payload as claims, which package jose refuses: ")
			if found != (want != "") || !strings.Contains(fault, want) {
				t.Errorf("%.40q: %s", claims, out)
			}
		}
	}
}

// TestClaims: those of a JWS are printed; of a JWE names, types and dates.
func TestClaims(t *testing.T) {
	claims := `{"iss":"https://i.example/","exp":1795352400,"iat":1795345200,"list":[1],"o":{"a":"secret text"},"n":1234.5,"name":"Jos\u00e9 \"x\""}`
	signed := explain(input{token: jws(rsHeader, claims, rs256), keyFile: spki(&keys.rsa.PublicKey), at: mustTime(clock)}).text()
	nested := jwe(oHeader, b64u([]byte(oHeader)), &keys.rsa.PublicKey, sha256.New, sha256.New, keys.secret[:32], jws(rsHeader, claims, rs256))
	token := jwe(oHeader, b64u([]byte(oHeader)), &keys.rsa.PublicKey, sha256.New, sha256.New, keys.secret[:32], claims)
	in := input{token: token, keyFile: pkcs8(keys.rsa), at: mustTime(clock)}
	encrypted := explain(in).text()
	in.show = true
	shown := explain(in).text()
	in.show, in.token = false, nested
	inside := explain(in).text()
	for _, out := range []string{signed, shown} {
		for _, s := range []string{`"iss": "https://i.example/"`, `"exp": 1795352400  2026-11-22T13:00:00Z, in 1 h`, "2026-11-22T11:00:00Z, 1 h ago", `"o": {"a":"secret text"}`, `"n": 1234.5`, `"name": "Jos\u00e9 \"x\""`} {
			if !strings.Contains(out, s) {
				t.Errorf("%s is not there:\n%s", s, out)
			}
		}
	}
	for _, out := range []string{encrypted, inside} {
		for _, s := range []string{`"iss": (a string)`, `"exp": (a number)  2026-11-22T13:00:00Z, in 1 h`, `"list": (an array)`, `"o": (an object)`, `"n": (a number)`} {
			if !strings.Contains(out, s) {
				t.Errorf("%s is not there:\n%s", s, out)
			}
		}
		for _, s := range []string{"secret text", "i.example", "1234.5", "Jos"} {
			if strings.Contains(out, s) {
				t.Errorf("%s is there:\n%s", s, out)
			}
		}
	}
}

func FuzzExplain(f *testing.F) {
	fewTries(f)
	files := [][]byte{nil, spki(&keys.rsa.PublicKey), pkcs8(keys.rsa), spki(&keys.p521.PublicKey), octJWK(keys.secret, ""), []byte("x")}
	for i, row := range rows() {
		f.Add(row.token, "", i%len(files), []byte(nil))
		f.Add(row.token, body, 5, row.key)
	}
	f.Fuzz(func(t *testing.T, token, payload string, key int, file []byte) {
		if len(token) > 1<<16 || len(payload) > 1<<16 || len(file) > 1<<14 {
			return
		}
		if key >= 0 && key < len(files)-1 {
			file = files[key]
		}
		in := input{token: token, keyFile: file, at: mustTime(clock), payload: []byte(payload), detached: payload != ""}
		r := explain(in)
		checkText(t, r.text())
		if again := explain(in); again.text() != r.text() {
			t.Errorf("not deterministic:\n%s\n%s", r.text(), again.text())
		}
		if key < 0 || key >= len(files)-1 {
			return
		}
		for _, secret := range [][]byte{keys.rsa.D.Bytes(), keys.rsa.Primes[0].Bytes(), keys.secret} {
			checkSecret(t, r.text(), secret)
		}
	})
}
