package this

import (
	"crypto"

	"example.com/jose"
)

// SignHandle signs payload by ES512 with a key that is kept elsewhere.
func SignHandle(handle crypto.Signer, payload []byte) (string, error) {
	key, err := jose.NewPrivateKey(handle)
	if err != nil {
		return "", err
	}
	signer, err := key.Signer(jose.ES512)
	if err != nil {
		return "", err
	}
	return signer.Sign(payload)
}
