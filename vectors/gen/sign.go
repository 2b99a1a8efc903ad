package main

import (
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	_ "crypto/sha1" // for crypto.SHA1
	"crypto/sha512"
	"encoding/asn1"
	"hash"
	"math/big"
	"slices"
	"strings"
)

// text is the payload of cases that are about something else.
const text = `{"amount":"10.00","currency":"EUR"}`

// jws returns the compact JWS of header and payload, signed as alg says with
// the key of defaultKeys, whatever the header says (RFC 7515, Section 7.1).
func jws(alg, header, payload string) string {
	return signed(alg, b64(header), b64(payload))
}

// signed signs segments that are encoded already, well or badly.
func signed(alg, header, payload string) string {
	input := header + "." + payload
	return input + "." + b64(sign(alg, input))
}

// sign returns a signature or MAC by the key of alg.
func sign(alg, input string) []byte {
	switch alg {
	case "RS256":
		return rsaMain.sign(crypto.SHA256, input)
	case "ES512":
		return ecMain.sign(crypto.SHA512, input)
	case "HS512":
		return mac(sha512.New, secret, input)
	}
	panic("no key for " + alg)
}

func digest(h crypto.Hash, input string) []byte {
	d := h.New()
	d.Write([]byte(input))
	return d.Sum(nil)
}

// sign is RSASSA-PKCS1-v1_5, which is deterministic (RFC 8017, Section 8.2.1).
func (k rsaKey) sign(h crypto.Hash, input string) []byte {
	return must(rsa.SignPKCS1v15(nil, k.private(), h, digest(h, input)))
}

// raw is RSASP1 (RFC 8017, Section 5.2.1): em to the power of d, at the length
// of the modulus.
func (k rsaKey) raw(em []byte) []byte {
	m := new(big.Int).SetBytes(em)
	return k.octets(m.Exp(m, k.D, k.N))
}

func (k rsaKey) octets(x *big.Int) []byte { return x.FillBytes(make([]byte, k.size())) }

func (k rsaKey) size() int { return (k.N.BitLen() + 7) / 8 }

// digestInfo is DigestInfo of a hash (RFC 8017, Section 9.2): the prefix and
// the hash.
func digestInfo(h crypto.Hash, input string) []byte {
	sha2 := func(n int) []byte { return oid(2, 16, 840, 1, 101, 3, 4, 2, n) }
	algorithm := map[crypto.Hash][]byte{
		crypto.SHA1:   oid(1, 3, 14, 3, 2, 26),
		crypto.SHA256: sha2(1),
		crypto.SHA512: sha2(3),
	}[h]
	return seq(seq(algorithm, null), tlv(0x04, digest(h, input)))
}

// pad is EMSA-PKCS1-v1_5 (RFC 8017, Section 9.2) around t, padded with ff.
func (k rsaKey) pad(t []byte) []byte {
	em := slices.Repeat([]byte{0xff}, k.size())
	em[0], em[1], em[k.size()-len(t)-1] = 0, 1, 0
	copy(em[k.size()-len(t):], t)
	return em
}

// signPSS is RSASSA-PSS with a fixed salt of the hash's length (RFC 8017,
// Sections 8.1.1 and 9.1.1).
func (k rsaKey) signPSS(h crypto.Hash, input string) []byte {
	salt := slices.Repeat([]byte{0x5a}, h.Size())
	d := h.New()
	d.Write(make([]byte, 8))
	d.Write(digest(h, input))
	d.Write(salt)
	hashed := d.Sum(nil)
	db := make([]byte, k.size()-h.Size()-1)
	db[len(db)-len(salt)-1] = 1
	copy(db[len(db)-len(salt):], salt)
	mask(h, db, hashed)
	db[0] &= 0x7f // emBits is one less than modBits
	return k.raw(append(append(db, hashed...), 0xbc))
}

// mask XORs out with MGF1 of the seed (RFC 8017, Appendix B.2.1).
func mask(h crypto.Hash, out, seed []byte) {
	for i, n := 0, 0; n < len(out); i++ {
		d := h.New()
		d.Write(seed)
		d.Write([]byte{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)})
		for _, b := range d.Sum(nil) {
			if n < len(out) {
				out[n] ^= b
				n++
			}
		}
	}
}

// sign is ECDSA with the nonce of RFC 6979, as R and S at full length (RFC
// 7518, Section 3.4).
func (k ecKey) sign(h crypto.Hash, input string) []byte {
	r, s := k.signRS(h, input)
	return k.rs(r, s)
}

func (k ecKey) signRS(h crypto.Hash, input string) (r, s *big.Int) {
	der := must(k.private().Sign(nil, digest(h, input), h))
	var sig struct{ R, S *big.Int }
	must(asn1.Unmarshal(der, &sig))
	return sig.R, sig.S
}

// rs returns R and S, each at the length of a coordinate.
func (k ecKey) rs(r, s *big.Int) []byte { return append(k.octets(r), k.octets(s)...) }

func mac(h func() hash.Hash, key []byte, input string) []byte {
	m := hmac.New(h, key)
	m.Write([]byte(input))
	return m.Sum(nil)
}

// hs512 signs with any octets as the secret: the attacker's part of a key
// confusion.
func hs512(key []byte, header, payload string) string {
	input := b64(header) + "." + b64(payload)
	return input + "." + b64(mac(sha512.New, key, input))
}

// withSignature puts another signature under a token.
func withSignature(token string, sig []byte) string {
	return token[:strings.LastIndexByte(token, '.')+1] + b64(sig)
}

// signingInput returns what the signature of a compact JWS is over.
func signingInput(token string) string { return token[:strings.LastIndexByte(token, '.')] }
