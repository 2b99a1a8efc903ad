package jwx

import (
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
)

// VerifyPS256 returns the payload of a token that this public key verifies, by PS256 and nothing else.
func VerifyPS256(publicPEM []byte, token string) ([]byte, error) {
	key, err := jwk.ParseKey(publicPEM, jwk.WithPEM(true))
	if err != nil {
		return nil, err
	}
	return jws.Verify([]byte(token), jws.WithCompact(), jws.WithKey(jwa.PS256(), key), jws.WithCritValidation(true))
}
