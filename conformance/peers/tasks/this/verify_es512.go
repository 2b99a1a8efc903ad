package this

import (
	"example.com/jose"
)

// VerifyES512 returns the payload of a token that this public key verifies, by ES512 and nothing else.
func VerifyES512(publicPEM []byte, token string) ([]byte, error) {
	key, err := jose.ParsePublicKey(publicPEM)
	if err != nil {
		return nil, err
	}
	verifier, err := key.Verifier(jose.ES512)
	if err != nil {
		return nil, err
	}
	message, err := verifier.Verify(token)
	if err != nil {
		return nil, err
	}
	return message.Payload, nil
}
