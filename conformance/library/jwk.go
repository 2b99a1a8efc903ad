package library

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"strings"

	"example.com/jose"
)

// PublicJWK returns the public half of a private JWK, and others as they are.
func PublicJWK(jwk json.RawMessage) json.RawMessage {
	if priv, err := jose.ParsePrivateKey(jwk); err == nil {
		if pub, err := priv.Public(); err == nil {
			return pub.JWK()
		}
	}
	return jwk
}

// ToJWK returns a key in PEM, DER or base64 of DER as a JWK, or nil if this
// library does not read it.
func ToJWK(file []byte, private bool) json.RawMessage {
	if private {
		if _, err := jose.ParsePrivateKey(file); err == nil {
			return privateJWK(file)
		}
	} else if pub, err := jose.ParsePublicKey(file); err == nil {
		return pub.JWK()
	}
	return nil
}

// privateJWK writes what the library reads and does not write: the JWK of a
// private key in PKCS #1, PKCS #8 or SEC 1 (RFC 7518, Sections 6.2.2 and
// 6.3.2). The file has one of these, as ParsePrivateKey has found.
func privateJWK(file []byte) json.RawMessage {
	der := file
	if !bytes.HasPrefix(file, []byte{0x30}) { // a SEQUENCE; of what is in it, nothing is another file
		// encoding/pem knows no line that ends in CR alone (RFC 7468, Section 2).
		text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(file))
		der, _ = base64.StdEncoding.DecodeString(strings.TrimSpace(text)) // which passes over line breaks
		for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
			der = block.Bytes // of the last one: EC PARAMETERS may stand before the key
		}
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		key, err = x509.ParsePKCS1PrivateKey(der)
	}
	if err != nil {
		key, err = x509.ParseECPrivateKey(der)
	}
	if err != nil {
		return nil
	}
	var members struct {
		Crv string `json:"crv,omitempty"`
		E   string `json:"e,omitempty"`
		Kty string `json:"kty"`
		N   string `json:"n,omitempty"`
		X   string `json:"x,omitempty"`
		Y   string `json:"y,omitempty"`
		D   string `json:"d"`
		P   string `json:"p,omitempty"`
		Q   string `json:"q,omitempty"`
		DP  string `json:"dp,omitempty"`
		DQ  string `json:"dq,omitempty"`
		QI  string `json:"qi,omitempty"`
	}
	m, number := &members, func(n *big.Int) string { return b64.EncodeToString(n.Bytes()) }
	switch key := key.(type) {
	case *rsa.PrivateKey:
		m.Kty, m.N, m.E = "RSA", number(key.N), number(big.NewInt(int64(key.E)))
		m.D, m.P, m.Q = number(key.D), number(key.Primes[0]), number(key.Primes[1])
		m.DP, m.DQ, m.QI = number(key.Precomputed.Dp), number(key.Precomputed.Dq), number(key.Precomputed.Qinv)
	case *ecdsa.PrivateKey:
		private, err := key.ECDH()
		if err != nil {
			return nil
		}
		scalar, point := private.Bytes(), private.PublicKey().Bytes() // 4 || X || Y
		x, y := point[1:1+len(scalar)], point[1+len(scalar):]
		m.Kty, m.Crv = "EC", "P-521"
		m.X, m.Y, m.D = b64.EncodeToString(x), b64.EncodeToString(y), b64.EncodeToString(scalar)
	default:
		return nil
	}
	jwk, err := json.Marshal(members)
	if err != nil {
		return nil
	}
	return jwk
}
