package gojose

import (
	"crypto/x509"
	"encoding/pem"
	"errors"

	"github.com/go-jose/go-jose/v4"
)

// SignJSON signs payload with two keys, by RS256 and ES512, in the JSON serialization.
func SignJSON(rsaPEM, ecPEM, payload []byte) (string, error) {
	block, _ := pem.Decode(rsaPEM)
	if block == nil {
		return "", errors.New("no PEM")
	}
	first, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return "", err
	}
	if block, _ = pem.Decode(ecPEM); block == nil {
		return "", errors.New("no PEM")
	}
	second, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return "", err
	}
	signer, err := jose.NewMultiSigner([]jose.SigningKey{
		{Algorithm: jose.RS256, Key: first},
		{Algorithm: jose.ES512, Key: second},
	}, nil)
	if err != nil {
		return "", err
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return jws.FullSerialize(), nil
}
