package this

import (
	"example.com/jose"
)

// VerifyByKeyID verifies RS256 with the key of a JWK Set that the token's kid names.
func VerifyByKeyID(set []byte, token string) ([]byte, error) {
	keys, err := jose.ParseKeySet(set)
	if err != nil {
		return nil, err
	}
	verifier, err := keys.Verifier(jose.RS256)
	if err != nil {
		return nil, err
	}
	message, err := verifier.Verify(token)
	if err != nil {
		return nil, err
	}
	return message.Payload, nil
}
