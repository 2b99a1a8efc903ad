package jwx

import (
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
)

// VerifyMixedSet is VerifyByKeyID with a set in which other entries can't be read.
func VerifyMixedSet(set []byte, token string) ([]byte, error) {
	keys, err := jwk.Parse(set, jwk.WithStrictKeySetParsing(false))
	if err != nil {
		return nil, err
	}
	return jws.Verify([]byte(token), jws.WithCompact(), jws.WithKeySet(keys), jws.WithCritValidation(true))
}
