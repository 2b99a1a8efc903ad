package gojose

import (
	"crypto"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/cryptosigner"
)

// SignHandle signs payload by ES512 with a key that is kept elsewhere.
func SignHandle(handle crypto.Signer, payload []byte) (string, error) {
	key := cryptosigner.Opaque(handle)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES512, Key: key}, nil)
	if err != nil {
		return "", err
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return jws.CompactSerialize()
}
