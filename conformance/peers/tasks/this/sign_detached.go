package this

import (
	"example.com/jose"
)

// SignDetached signs an unencoded payload by RS256 and leaves it out of the token.
func SignDetached(privatePEM, payload []byte) (string, error) {
	key, err := jose.ParsePrivateKey(privatePEM)
	if err != nil {
		return "", err
	}
	signer, err := key.Signer(jose.RS256, jose.Unencoded())
	if err != nil {
		return "", err
	}
	return signer.SignDetached(payload)
}
