package jwx

import (
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
)

// SignRS256 signs payload with the private key of a PEM file.
func SignRS256(privatePEM, payload []byte) (string, error) {
	key, err := jwk.ParseKey(privatePEM, jwk.WithPEM(true))
	if err != nil {
		return "", err
	}
	token, err := jws.Sign(payload, jws.WithKey(jwa.RS256(), key))
	return string(token), err
}
