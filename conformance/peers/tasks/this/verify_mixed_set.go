package this

import (
	"example.com/jose"
)

// VerifyMixedSet is VerifyByKeyID with a set in which other entries can't be read.
func VerifyMixedSet(set []byte, token string) ([]byte, error) {
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
