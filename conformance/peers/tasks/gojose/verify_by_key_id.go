package gojose

import (
	"encoding/json"

	"github.com/go-jose/go-jose/v4"
)

// VerifyByKeyID verifies RS256 with the key of a JWK Set that the token's kid names.
func VerifyByKeyID(set []byte, token string) ([]byte, error) {
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal(set, &keys); err != nil {
		return nil, err
	}
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, err
	}
	return jws.Verify(&keys)
}
