package gojose

import (
	"crypto/x509"
	"encoding/pem"
	"errors"

	"github.com/go-jose/go-jose/v4"
)

// Encrypt encrypts by RSA-OAEP-256 and A256GCM.
func Encrypt(publicPEM, plaintext []byte) (string, error) {
	block, _ := pem.Decode(publicPEM)
	if block == nil {
		return "", errors.New("no PEM")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return "", err
	}
	encrypter, err := jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: jose.RSA_OAEP_256, Key: key}, nil)
	if err != nil {
		return "", err
	}
	jwe, err := encrypter.Encrypt(plaintext)
	if err != nil {
		return "", err
	}
	return jwe.CompactSerialize()
}
