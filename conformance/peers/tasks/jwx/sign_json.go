package jwx

import (
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
)

// SignJSON signs payload with two keys, by RS256 and ES512, in the JSON serialization.
func SignJSON(rsaPEM, ecPEM, payload []byte) (string, error) {
	first, err := jwk.ParseKey(rsaPEM, jwk.WithPEM(true))
	if err != nil {
		return "", err
	}
	second, err := jwk.ParseKey(ecPEM, jwk.WithPEM(true))
	if err != nil {
		return "", err
	}
	token, err := jws.Sign(payload, jws.WithJSON(), jws.WithKey(jwa.RS256(), first), jws.WithKey(jwa.ES512(), second))
	return string(token), err
}
