package gojose

import (
	"encoding/json"

	"github.com/go-jose/go-jose/v4"
)

// VerifyMixedSet is VerifyByKeyID with a set in which other entries can't be read.
func VerifyMixedSet(set []byte, token string) ([]byte, error) {
	var entries struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(set, &entries); err != nil {
		return nil, err
	}
	var keys jose.JSONWebKeySet
	for _, entry := range entries.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(entry) == nil {
			keys.Keys = append(keys.Keys, key)
		}
	}
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, err
	}
	return jws.Verify(&keys)
}
