package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"sync"

	"example.com/jose/vectors"
)

// An rsaKey is the numbers of RFC 8017, Appendix A.1.2, so that each can be
// changed alone.
type rsaKey struct{ N, E, D, P, Q, DP, DQ, QI *big.Int }

// An ecKey is a private key and a point, which need not belong together.
type ecKey struct {
	curve   elliptic.Curve
	D, X, Y *big.Int
}

// The keys of the corpus. The attacker's are the other ones.
var (
	rsaMain  = readRSA(rsaPEM)
	rsaOther = readRSA(rsaOtherPEM)
	rsaE3    = readRSA(rsaE3PEM)
	rsa1024  = readRSA(rsa1024PEM)
	rsa2047  = readRSA(rsa2047PEM)
	rsaText  = rsaKey{N: number16(rsaTextN), E: big.NewInt(65537)} // of which only the public half is there
	ecMain   = readEC(ecPEM)
	ecOther  = readEC(ecOtherPEM)
	p256     = readEC(p256PEM)
	p384     = readEC(p384PEM)
	secret   = unhex(secretHex)
	secret2  = unhex(otherSecretHex)
)

// readRSA does not use crypto/x509, which refuses some of our keys in some
// releases of Go.
func readRSA(file string) rsaKey {
	block, _ := pem.Decode([]byte(file))
	der := block.Bytes
	if block.Type == "PRIVATE KEY" {
		var p8 struct {
			Version   int
			Algorithm asn1.RawValue
			Key       []byte
		}
		must(asn1.Unmarshal(der, &p8))
		der = p8.Key
	}
	var k struct{ Version, N, E, D, P, Q, DP, DQ, QI *big.Int }
	must(asn1.Unmarshal(der, &k))
	return rsaKey{k.N, k.E, k.D, k.P, k.Q, k.DP, k.DQ, k.QI}
}

func readEC(file string) ecKey {
	block, _ := pem.Decode([]byte(file))
	k := must(x509.ParsePKCS8PrivateKey(block.Bytes)).(*ecdsa.PrivateKey)
	return ecKey{k.Curve, k.D, k.X, k.Y}
}

// private returns the key as crypto/rsa wants it.
func (k rsaKey) private() *rsa.PrivateKey {
	p := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: k.N, E: int(k.E.Int64())},
		D:         k.D,
		Primes:    []*big.Int{k.P, k.Q},
	}
	p.Precompute()
	return p
}

func (k ecKey) private() *ecdsa.PrivateKey {
	return &ecdsa.PrivateKey{PublicKey: ecdsa.PublicKey{Curve: k.curve, X: k.X, Y: k.Y}, D: k.D}
}

// An object is a JSON object whose members have an order and whose values are
// JSON text.
type object [][2]string

func (o object) String() string {
	var b strings.Builder
	for i, m := range o {
		fmt.Fprintf(&b, `%c%q:%s`, "{,"[min(i, 1)], m[0], m[1])
	}
	if len(o) == 0 {
		return "{}"
	}
	return b.String() + "}"
}

func (o object) raw() json.RawMessage { return json.RawMessage(o.String()) }

// with returns o with the member set to a JSON text, in its place or at the end.
func (o object) with(name, value string) object {
	var n object
	found := false
	for _, m := range o {
		if m[0] == name {
			m[1], found = value, true
		}
		n = append(n, m)
	}
	if !found {
		n = append(n, [2]string{name, value})
	}
	return n
}

// get returns the JSON text of the member.
func (o object) get(name string) string {
	for _, m := range o {
		if m[0] == name {
			return m[1]
		}
	}
	panic("no member " + name)
}

// without returns o without the members.
func (o object) without(names ...string) object {
	var n object
next:
	for _, m := range o {
		for _, name := range names {
			if m[0] == name {
				continue next
			}
		}
		n = append(n, m)
	}
	return n
}

// number is a JSON string of Base64urlUInt (RFC 7518, Section 2).
func number(x *big.Int) string { return str(b64(x.Bytes())) }

// coordinate is a JSON string of a coordinate or private key of the curve, at
// its full length (RFC 7518, Section 6.2.1.2).
func (k ecKey) coordinate(x *big.Int) string { return str(b64(k.octets(x))) }

func (k ecKey) octets(x *big.Int) []byte {
	return x.FillBytes(make([]byte, (k.curve.Params().BitSize+7)/8))
}

func str(s string) string { return `"` + s + `"` }

// publicJWK and privateJWK follow RFC 7518, Section 6.3 and 6.2.
func (k rsaKey) publicJWK() object {
	return object{{"kty", `"RSA"`}, {"n", number(k.N)}, {"e", number(k.E)}}
}

func (k rsaKey) privateJWK() object {
	return append(k.publicJWK(), object{{"d", number(k.D)}, {"p", number(k.P)}, {"q", number(k.Q)},
		{"dp", number(k.DP)}, {"dq", number(k.DQ)}, {"qi", number(k.QI)}}...)
}

func (k ecKey) publicJWK() object {
	return object{{"kty", `"EC"`}, {"crv", str(k.curve.Params().Name)}, {"x", k.coordinate(k.X)}, {"y", k.coordinate(k.Y)}}
}

func (k ecKey) privateJWK() object {
	return append(k.publicJWK(), [2]string{"d", k.coordinate(k.D)})
}

func octJWK(k []byte) object { return object{{"kty", `"oct"`}, {"k", str(b64(k))}} }

// DER, by hand, so that each part can be wrong.

// tlv returns a DER element of the tag and the content.
func tlv(tag byte, content ...[]byte) []byte {
	body := bytes.Join(content, nil)
	n := len(body)
	switch {
	case n < 0x80:
		return append([]byte{tag, byte(n)}, body...)
	case n < 0x100:
		return append([]byte{tag, 0x81, byte(n)}, body...)
	}
	return append([]byte{tag, 0x82, byte(n >> 8), byte(n)}, body...)
}

func seq(content ...[]byte) []byte { return tlv(0x30, content...) }

// integer is a DER INTEGER of a positive number.
func integer(x *big.Int) []byte { return must(asn1.Marshal(x)) }

func small(n int64) []byte { return integer(big.NewInt(n)) }

func bitString(octets []byte) []byte { return tlv(0x03, []byte{0}, octets) }

func oid(numbers ...int) []byte { return must(asn1.Marshal(asn1.ObjectIdentifier(numbers))) }

var (
	null         = []byte{0x05, 0x00}
	oidRSA       = oid(1, 2, 840, 113549, 1, 1, 1)
	oidECKey     = oid(1, 2, 840, 10045, 2, 1)
	oidP521      = oid(1, 3, 132, 0, 35)
	oidP256      = oid(1, 2, 840, 10045, 3, 1, 7)
	oidEd25519   = oid(1, 3, 101, 112)
	rsaAlgorithm = seq(oidRSA, null)
	ecAlgorithm  = seq(oidECKey, oidP521)
)

// pkcs1 is RSAPrivateKey, pkcs1Public is RSAPublicKey (RFC 8017, Appendix A.1).
func (k rsaKey) pkcs1(more ...[]byte) []byte {
	version := int64(0)
	if more != nil {
		version = 1 // otherPrimeInfos follow
	}
	parts := [][]byte{small(version)}
	for _, x := range []*big.Int{k.N, k.E, k.D, k.P, k.Q, k.DP, k.DQ, k.QI} {
		parts = append(parts, integer(x))
	}
	return seq(append(parts, more...)...)
}

func (k rsaKey) pkcs1Public() []byte { return seq(integer(k.N), integer(k.E)) }

// pkcs8 is PrivateKeyInfo (RFC 5958, Section 2), spki is SubjectPublicKeyInfo
// (RFC 5280, Section 4.1).
func pkcs8(algorithm, key []byte) []byte { return seq(small(0), algorithm, tlv(0x04, key)) }

func spki(algorithm, key []byte) []byte { return seq(algorithm, bitString(key)) }

func (k rsaKey) pkcs8() []byte { return pkcs8(rsaAlgorithm, k.pkcs1()) }
func (k rsaKey) spki() []byte  { return spki(rsaAlgorithm, k.pkcs1Public()) }

// point is the uncompressed point (SEC 1, Section 2.3.3).
func (k ecKey) point() []byte {
	return append(append([]byte{4}, k.octets(k.X)...), k.octets(k.Y)...)
}

// sec1 is ECPrivateKey (RFC 5915, Section 3); the curve is stated in it unless
// it is inside PKCS#8.
func (k ecKey) sec1(curve []byte) []byte {
	parts := [][]byte{small(1), tlv(0x04, k.octets(k.D))}
	if curve != nil {
		parts = append(parts, tlv(0xa0, curve))
	}
	return seq(append(parts, tlv(0xa1, bitString(k.point())))...)
}

func (k ecKey) pkcs8() []byte { return pkcs8(ecAlgorithm, k.sec1(nil)) }
func (k ecKey) spki() []byte  { return spki(ecAlgorithm, k.point()) }

// armor writes PEM (RFC 7468).
func armor(label string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
}

// dearmor returns the DER of a PEM constant.
func dearmor(file string) []byte {
	block, _ := pem.Decode([]byte(file))
	return block.Bytes
}

func std64(der []byte) string { return base64.StdEncoding.EncodeToString(der) }

// set writes a JWK Set.
func set(keys ...object) object {
	var list []string
	for _, k := range keys {
		list = append(list, k.String())
	}
	return object{{"keys", "[" + strings.Join(list, ",") + "]"}}
}

// id returns the key with a kid.
func (o object) id(kid string) object { return o.with("kid", str(kid)) }

// allKeys returns the keys that cases name.
var allKeys = sync.OnceValue(func() map[string]vectors.Key {
	keys := map[string]vectors.Key{}
	for name, k := range map[string]rsaKey{"rsa": rsaMain, "rsa-other": rsaOther, "rsa-e3": rsaE3} {
		keys[name] = vectors.Key{
			JWK: k.privateJWK().raw(), PublicJWK: k.publicJWK().raw(),
			PEM: armor("PRIVATE KEY", k.pkcs8()), PublicPEM: armor("PUBLIC KEY", k.spki()),
		}
	}
	for name, k := range map[string]ecKey{"ec": ecMain} {
		keys[name] = vectors.Key{
			JWK: k.privateJWK().raw(), PublicJWK: k.publicJWK().raw(),
			PEM: armor("PRIVATE KEY", k.pkcs8()), PublicPEM: armor("PUBLIC KEY", k.spki()),
		}
	}
	keys["oct"] = vectors.Key{JWK: octJWK(secret).raw()}
	keys["oct-use-enc"] = vectors.Key{JWK: octJWK(secret).with("use", `"enc"`).raw()}
	keys["oct-sign-only"] = vectors.Key{JWK: octJWK(secret).with("key_ops", `["sign"]`).raw()}
	for name, s := range map[string]struct {
		comment string
		set     object
	}{
		"set-one":      {"One RS256 key.", set(rsaMain.publicJWK().id("a"))},
		"set-two":      {"Two RS256 keys.", set(rsaMain.publicJWK().id("a"), rsaOther.publicJWK().id("b"))},
		"set-mixed":    {"An RS256 key and an ES512 key.", set(rsaMain.publicJWK().id("a"), ecMain.publicJWK().id("b"))},
		"set-same-kid": {"An RS256 key and an ES512 key with one kid.", set(rsaMain.publicJWK().id("a"), ecMain.publicJWK().id("a"))},
		"set-no-kid":   {"One RS256 key that has no kid.", set(rsaMain.publicJWK())},
		"set-secrets":  {"Two secrets for HS512.", set(octJWK(secret).id("a"), octJWK(secret2).id("b"))},
		"set-private":  {"Two private RSA keys.", set(rsaMain.privateJWK().id("a"), rsaOther.privateJWK().id("b"))},
		"set-by-alg": {"Two private RSA keys, each for one algorithm.", set(rsaMain.privateJWK().id("a").with("alg", `"RSA-OAEP-256"`),
			rsaOther.privateJWK().id("b").with("alg", `"RSA-OAEP"`))},
	} {
		keys[name] = vectors.Key{Comment: s.comment, Set: s.set.raw()}
	}
	for _, a := range setAlgorithms() {
		for _, s := range a.sets() {
			keys[s.name] = vectors.Key{Comment: s.comment, Set: s.set.raw()}
		}
	}
	return keys
})

func unhex(s string) []byte { return must(hex.DecodeString(s)) }

// must stops the generator: its input is constant, so an error is a bug in it.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// multiPrime returns a key of three primes, and the third as OtherPrimeInfo
// (RFC 8017, Appendix A.1.2): prime, exponent, coefficient.
func multiPrime() (k rsaKey, third [3]*big.Int) {
	var m struct {
		Version, N, E, D, P, Q, DP, DQ, QI *big.Int
		Other                              []struct{ R, D, T *big.Int }
	}
	must(asn1.Unmarshal(dearmor(rsaMultiPEM), &m))
	o := m.Other[0]
	return rsaKey{m.N, m.E, m.D, m.P, m.Q, m.DP, m.DQ, m.QI}, [3]*big.Int{o.R, o.D, o.T}
}
