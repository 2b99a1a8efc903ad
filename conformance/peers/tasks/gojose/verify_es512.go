package gojose

import (
	"crypto/x509"
	"encoding/pem"
	"errors"

	"github.com/go-jose/go-jose/v4"
)

// VerifyES512 returns the payload of a token that this public key verifies, by ES512 and nothing else.
func VerifyES512(publicPEM []byte, token string) ([]byte, error) {
	block, _ := pem.Decode(publicPEM)
	if block == nil {
		return nil, errors.New("no PEM")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES512})
	if err != nil {
		return nil, err
	}
	return jws.Verify(key)
}
