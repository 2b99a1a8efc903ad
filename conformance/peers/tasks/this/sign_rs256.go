package this

import (
	"example.com/jose"
)

// SignRS256 signs payload with the private key of a PEM file.
func SignRS256(privatePEM, payload []byte) (string, error) {
	key, err := jose.ParsePrivateKey(privatePEM)
	if err != nil {
		return "", err
	}
	signer, err := key.Signer(jose.RS256)
	if err != nil {
		return "", err
	}
	return signer.Sign(payload)
}
