package jwx

import (
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
)

// VerifyByKeyID verifies RS256 with the key of a JWK Set that the token's kid names.
func VerifyByKeyID(set []byte, token string) ([]byte, error) {
	keys, err := jwk.Parse(set)
	if err != nil {
		return nil, err
	}
	return jws.Verify([]byte(token), jws.WithCompact(), jws.WithKeySet(keys), jws.WithCritValidation(true))
}
