package main

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"hash"
	"strings"
)

// raw is what every ratio is taken against: the same key and bytes through crypto/... and
// encoding/base64 alone, with the header encoded before, one HMAC kept and Reset, and buffers
// that are there already. From freshSize on it makes one fresh buffer for the result, as libraries
// have to. Raw decrypts and verifies, and looks at no header and no claims.
var raw = library{
	name: "raw",
	sign: func(k *keys, alg string) producer {
		header := encodedHeader(`{"alg":"` + alg + `"}`)
		return func(payload []byte) operation {
			s := newRawJWS(k, alg)
			n := len(header) + 1 + enc.EncodedLen(len(payload)) + 1 + enc.EncodedLen(s.size)
			r := newResult(len(payload), n)
			return measured(func() ([]byte, error) { return s.appendToken(r.buffer(), header, payload) })
		}
	},
	verify: rawVerify,
	encrypt: func(k *keys, alg string) producer {
		header := encodedHeader(`{"alg":"` + alg + `","enc":"A256GCM"}`)
		return func(payload []byte) operation {
			e := newRawJWE(k, alg)
			r := newResult(len(payload), e.tokenLen(header, len(payload)))
			return measured(func() ([]byte, error) { return e.appendToken(r.buffer(), header, payload) })
		}
	},
	decrypt: func(k *keys, alg string) consumer {
		return func(token string) operation {
			d := newRawJWE(k, alg)
			r, text, headerLen := newOpened(token), []byte(token), strings.IndexByte(token, '.')
			return measured(func() ([]byte, error) { return d.open(r.buffer(), text, headerLen) })
		}
	},
	signThenEncrypt: func(k *keys) producer {
		inner := encodedHeader(`{"alg":"` + nestedSig + `"}`)
		outer := encodedHeader(`{"alg":"` + nestedEnc + `","enc":"A256GCM","cty":"JWT"}`)
		return func(payload []byte) operation {
			s, e := newRawJWS(k, nestedSig), newRawJWE(k, nestedEnc)
			n := len(inner) + 1 + enc.EncodedLen(len(payload)) + 1 + enc.EncodedLen(s.size)
			r, between := newResult(len(payload), e.tokenLen(outer, n)), make([]byte, 0, n)
			return measured(func() ([]byte, error) {
				token, err := s.appendToken(between, inner, payload)
				if err != nil {
					return nil, err
				}
				return e.appendToken(r.buffer(), outer, token)
			})
		}
	},
	decryptThenVerify: func(k *keys) consumer {
		return func(token string) operation {
			d, v := newRawJWE(k, nestedEnc), newRawJWS(k, nestedSig)
			r, text, headerLen := newOpened(token), []byte(token), strings.IndexByte(token, '.')
			between := make([]byte, 0, len(token))
			return measured(func() ([]byte, error) {
				inner, err := d.open(between, text, headerLen)
				if err != nil {
					return nil, err
				}
				return v.open(r.buffer(), inner, bytes.IndexByte(inner, '.'))
			})
		}
	},
	// A JWT is verified, and its claims are not looked at: that is on the libraries' side.
	verifyJWT: func(k *keys) consumer { return rawVerify(k, "HS512") },
}

func rawVerify(k *keys, alg string) consumer {
	return func(token string) operation {
		v := newRawJWS(k, alg)
		r, text, headerLen := newOpened(token), []byte(token), strings.IndexByte(token, '.')
		return measured(func() ([]byte, error) { return v.open(r.buffer(), text, headerLen) })
	}
}

// The algorithms of nested tokens.
const (
	nestedSig = "RS256"
	nestedEnc = "RSA-OAEP-256"
)

// freshSize is the size of content from which raw makes a buffer for each result.
const freshSize = 1 << 20

var enc = base64.RawURLEncoding

func encodedHeader(header string) []byte { return enc.AppendEncode(nil, []byte(header)) }

// result is where raw puts what it makes: n octets in a buffer that is kept, or a fresh one
// where the content is large.
type result struct {
	kept []byte
	n    int
}

func newResult(content, n int) *result {
	if content >= freshSize {
		return &result{nil, n}
	}
	return &result{make([]byte, 0, n), n}
}

// newOpened is for what is inside of a token. It has room for a token's whole text decoded, of
// which the content is nearly all where it is large.
func newOpened(token string) *result {
	n := enc.DecodedLen(len(token))
	return newResult(n, n)
}

func (r *result) buffer() []byte {
	if r.kept == nil {
		return make([]byte, 0, r.n)
	}
	return r.kept
}

var errRaw = errors.New("raw: not valid")

// rawJWS is one signature algorithm as crypto/... has it.
type rawJWS struct {
	hash   hash.Hash
	size   int // of a signature
	sign   func(digest []byte) ([]byte, error)
	verify func(digest, signature []byte) bool
	sum    [64]byte
	sig    []byte
}

func newRawJWS(k *keys, alg string) *rawJWS {
	r := new(rawJWS)
	switch alg {
	case "HS512":
		r.hash, r.size = hmac.New(sha512.New, k.secret), sha512.Size
		r.sign = func(mac []byte) ([]byte, error) { return mac, nil }
		r.verify = hmac.Equal
	case "RS256":
		r.hash, r.size = sha256.New(), k.rsa.Size()
		r.sign = func(digest []byte) ([]byte, error) { return rsa.SignPKCS1v15(nil, k.rsa, crypto.SHA256, digest) }
		r.verify = func(digest, s []byte) bool {
			return rsa.VerifyPKCS1v15(&k.rsa.PublicKey, crypto.SHA256, digest, s) == nil
		}
	case "ES512":
		var rs [sizeES512]byte
		r.hash, r.size = sha512.New(), len(rs)
		r.sign = func(digest []byte) ([]byte, error) {
			der, err := ecdsa.SignASN1(rand.Reader, k.ec, digest)
			if err != nil {
				return nil, err
			}
			readDER(&rs, der)
			return rs[:], nil
		}
		r.verify = func(digest, s []byte) bool {
			var der [3 + 2*(2+1+sizeES512/2)]byte
			return ecdsa.VerifyASN1(&k.ec.PublicKey, digest, appendDER(der[:0], s))
		}
	}
	r.sig = make([]byte, enc.DecodedLen(enc.EncodedLen(r.size)))
	return r
}

// appendToken appends header.payload.signature.
func (r *rawJWS) appendToken(dst, header, payload []byte) ([]byte, error) {
	dst = append(append(dst, header...), '.')
	dst = enc.AppendEncode(dst, payload)
	r.hash.Reset()
	r.hash.Write(dst)
	signature, err := r.sign(r.hash.Sum(r.sum[:0]))
	if err != nil {
		return nil, err
	}
	return enc.AppendEncode(append(dst, '.'), signature), nil
}

// open verifies a token and appends its payload.
func (r *rawJWS) open(dst, token []byte, headerLen int) ([]byte, error) {
	dot := len(token) - 1 - enc.EncodedLen(r.size)
	if dot <= headerLen {
		return nil, errRaw
	}
	if n, err := enc.Decode(r.sig, token[dot+1:]); err != nil || n != r.size {
		return nil, errRaw
	}
	r.hash.Reset()
	r.hash.Write(token[:dot])
	if !r.verify(r.hash.Sum(r.sum[:0]), r.sig[:r.size]) {
		return nil, errRaw
	}
	return enc.AppendDecode(dst, token[headerLen+1:dot])
}

// sizeES512 is R and S, 66 octets each (RFC 7518, Section 3.4).
const sizeES512 = 132

// readDER reads the R and S that ecdsa.SignASN1 wrote: 30 len 02 len R 02 len S, with one more
// octet of length, 81, where the sequence has 128 octets or more.
func readDER(rs *[sizeES512]byte, der []byte) {
	clear(rs[:])
	der = der[2:]
	if der[0] != 0x02 {
		der = der[1:]
	}
	for _, out := range [][]byte{rs[:sizeES512/2], rs[sizeES512/2:]} {
		n := int(der[1])
		v := der[2 : 2+n]
		if v[0] == 0 {
			v = v[1:]
		}
		copy(out[len(out)-len(v):], v)
		der = der[2+n:]
	}
}

// appendDER appends R and S as ecdsa.VerifyASN1 takes them.
func appendDER(dst, rs []byte) []byte {
	var body [2 * (2 + 1 + sizeES512/2)]byte
	b := body[:0]
	for _, v := range [][]byte{rs[:sizeES512/2], rs[sizeES512/2:]} {
		for len(v) > 1 && v[0] == 0 {
			v = v[1:]
		}
		b = append(b, 0x02, byte(len(v)))
		if v[0] >= 0x80 {
			b[len(b)-1]++
			b = append(b, 0)
		}
		b = append(b, v...)
	}
	dst = append(dst, 0x30)
	if len(b) >= 0x80 {
		dst = append(dst, 0x81)
	}
	return append(append(dst, byte(len(b))), b...)
}

// rawJWE is RSA-OAEP or RSA-OAEP-256, and A256GCM, as crypto/... has them.
type rawJWE struct {
	key     *rsa.PrivateKey
	newHash func() hash.Hash
	ek      []byte // the encrypted key
	sealed  []byte // IV || ciphertext || tag
}

func newRawJWE(k *keys, alg string) *rawJWE {
	r := &rawJWE{key: k.rsa, newHash: sha256.New, ek: make([]byte, k.rsa.Size())}
	if alg == "RSA-OAEP" {
		r.newHash = sha1.New
	}
	return r
}

func (r *rawJWE) tokenLen(header []byte, plaintext int) int {
	return len(header) + enc.EncodedLen(len(r.ek)) + enc.EncodedLen(12) + enc.EncodedLen(plaintext) + enc.EncodedLen(16) + 4
}

func newGCM(cek []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(cek)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// appendToken appends header.ek.iv.ciphertext.tag.
func (r *rawJWE) appendToken(dst, header, plaintext []byte) ([]byte, error) {
	cek := make([]byte, 32)
	rand.Read(cek)
	ek, err := rsa.EncryptOAEP(r.newHash(), rand.Reader, &r.key.PublicKey, cek, nil)
	if err != nil {
		return nil, err
	}
	gcm, err := newGCM(cek)
	if err != nil {
		return nil, err
	}
	r.sealed = gcm.Seal(r.sealed[:0], nil, plaintext, header)
	tag := len(r.sealed) - 16
	dst = append(append(dst, header...), '.')
	dst = append(enc.AppendEncode(dst, ek), '.')
	dst = append(enc.AppendEncode(dst, r.sealed[:12]), '.')
	dst = append(enc.AppendEncode(dst, r.sealed[12:tag]), '.')
	return enc.AppendEncode(dst, r.sealed[tag:]), nil
}

// open decrypts a token and appends its plaintext.
func (r *rawJWE) open(dst, token []byte, headerLen int) ([]byte, error) {
	ekEnd := headerLen + 1 + enc.EncodedLen(len(r.ek))
	ivEnd, ctEnd := ekEnd+1+16, len(token)-22-1
	if ctEnd <= ivEnd {
		return nil, errRaw
	}
	if _, err := enc.Decode(r.ek, token[headerLen+1:ekEnd]); err != nil {
		return nil, err
	}
	cek, err := rsa.DecryptOAEP(r.newHash(), nil, r.key, r.ek, nil)
	if err != nil {
		return nil, err
	}
	gcm, err := newGCM(cek)
	if err != nil {
		return nil, err
	}
	r.sealed = r.sealed[:0]
	for _, part := range [][]byte{token[ekEnd+1 : ivEnd], token[ivEnd+1 : ctEnd], token[ctEnd+1:]} {
		if r.sealed, err = enc.AppendDecode(r.sealed, part); err != nil {
			return nil, err
		}
	}
	return gcm.Open(dst, nil, r.sealed, token[:headerLen])
}
