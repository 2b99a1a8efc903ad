package this

import (
	"example.com/jose"
)

// VerifyDetached verifies a token of SignDetached together with its payload.
func VerifyDetached(publicPEM []byte, token string, payload []byte) error {
	key, err := jose.ParsePublicKey(publicPEM)
	if err != nil {
		return err
	}
	verifier, err := key.Verifier(jose.RS256)
	if err != nil {
		return err
	}
	_, err = verifier.VerifyDetached(token, payload)
	return err
}
