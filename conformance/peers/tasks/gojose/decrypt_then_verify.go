package gojose

import (
	"crypto/x509"
	"encoding/pem"
	"errors"

	"github.com/go-jose/go-jose/v4"
)

// DecryptThenVerify takes back what SignThenEncrypt made, with the same algorithms and no others.
func DecryptThenVerify(recipientPEM, senderPEM []byte, token string) ([]byte, error) {
	block, _ := pem.Decode(recipientPEM)
	if block == nil {
		return nil, errors.New("no PEM")
	}
	recipient, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	if block, _ = pem.Decode(senderPEM); block == nil {
		return nil, errors.New("no PEM")
	}
	sender, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	jwe, err := jose.ParseEncryptedCompact(token,
		[]jose.KeyAlgorithm{jose.RSA_OAEP_256}, []jose.ContentEncryption{jose.A256GCM})
	if err != nil {
		return nil, err
	}
	inner, err := jwe.Decrypt(recipient)
	if err != nil {
		return nil, err
	}
	jws, err := jose.ParseSignedCompact(string(inner), []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, err
	}
	return jws.Verify(sender)
}
