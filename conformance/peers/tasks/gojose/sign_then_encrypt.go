package gojose

import (
	"crypto/x509"
	"encoding/pem"
	"errors"

	"github.com/go-jose/go-jose/v4"
)

// SignThenEncrypt signs by RS256 and encrypts the token by RSA-OAEP-256 and A256GCM, with cty "JWT".
func SignThenEncrypt(senderPEM, recipientPEM, payload []byte) (string, error) {
	block, _ := pem.Decode(senderPEM)
	if block == nil {
		return "", errors.New("no PEM")
	}
	sender, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: sender}, nil)
	if err != nil {
		return "", err
	}
	if block, _ = pem.Decode(recipientPEM); block == nil {
		return "", errors.New("no PEM")
	}
	recipient, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return "", err
	}
	encrypter, err := jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: jose.RSA_OAEP_256, Key: recipient},
		new(jose.EncrypterOptions).WithContentType("JWT"))
	if err != nil {
		return "", err
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	token, err := jws.CompactSerialize()
	if err != nil {
		return "", err
	}
	jwe, err := encrypter.Encrypt([]byte(token))
	if err != nil {
		return "", err
	}
	return jwe.CompactSerialize()
}
