package gojose

import (
	"crypto/x509"
	"encoding/pem"
	"errors"

	"github.com/go-jose/go-jose/v4"
)

// VerifyDetached verifies a token of SignDetached together with its payload.
func VerifyDetached(publicPEM []byte, token string, payload []byte) error {
	block, _ := pem.Decode(publicPEM)
	if block == nil {
		return errors.New("no PEM")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return err
	}
	jws, err := jose.ParseDetached(token, payload, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return err
	}
	_, err = jws.Verify(key)
	return err
}
