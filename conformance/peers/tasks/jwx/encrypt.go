package jwx

import (
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwe"
	"github.com/lestrrat-go/jwx/v3/jwk"
)

// Encrypt encrypts by RSA-OAEP-256 and A256GCM.
func Encrypt(publicPEM, plaintext []byte) (string, error) {
	key, err := jwk.ParseKey(publicPEM, jwk.WithPEM(true))
	if err != nil {
		return "", err
	}
	token, err := jwe.Encrypt(plaintext, jwe.WithKey(jwa.RSA_OAEP_256(), key), jwe.WithContentEncryption(jwa.A256GCM()))
	return string(token), err
}
