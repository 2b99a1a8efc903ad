package jwx

import (
	"errors"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
)

// SignDetached signs an unencoded payload by RS256 and leaves it out of the token.
func SignDetached(privatePEM, payload []byte) (string, error) {
	key, err := jwk.ParseKey(privatePEM, jwk.WithPEM(true))
	if err != nil {
		return "", err
	}
	header := jws.NewHeaders()
	if err := errors.Join(header.Set("b64", false), header.Set(jws.CriticalKey, []string{"b64"})); err != nil {
		return "", err
	}
	token, err := jws.Sign(nil, jws.WithDetachedPayload(payload),
		jws.WithKey(jwa.RS256(), key, jws.WithProtectedHeaders(header)))
	return string(token), err
}
