package jwx

import (
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
)

// VerifyDetached verifies a token of SignDetached together with its payload.
func VerifyDetached(publicPEM []byte, token string, payload []byte) error {
	key, err := jwk.ParseKey(publicPEM, jwk.WithPEM(true))
	if err != nil {
		return err
	}
	_, err = jws.Verify([]byte(token), jws.WithCompact(), jws.WithKey(jwa.RS256(), key),
		jws.WithDetachedPayload(payload), jws.WithCritValidation(true), jws.WithCritExtension("b64"))
	return err
}
