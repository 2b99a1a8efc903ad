package jwx

import (
	"crypto"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jws"
)

// SignHandle signs payload by ES512 with a key that is kept elsewhere.
func SignHandle(handle crypto.Signer, payload []byte) (string, error) {
	token, err := jws.Sign(payload, jws.WithKey(jwa.ES512(), handle))
	return string(token), err
}
