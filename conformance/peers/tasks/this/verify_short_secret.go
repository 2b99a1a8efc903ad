package this

import (
	"example.com/jose"
)

// VerifyShortSecret verifies HS512 with a secret that is as short as its provider made it.
func VerifyShortSecret(secret []byte, token string) ([]byte, error) {
	key, err := jose.NewInsecureShortSecret(secret)
	if err != nil {
		return nil, err
	}
	verifier, err := key.Verifier(jose.HS512)
	if err != nil {
		return nil, err
	}
	message, err := verifier.Verify(token)
	if err != nil {
		return nil, err
	}
	return message.Payload, nil
}
