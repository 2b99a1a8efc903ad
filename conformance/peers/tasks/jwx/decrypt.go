package jwx

import (
	"errors"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwe"
	"github.com/lestrrat-go/jwx/v3/jwk"
)

// Decrypt decrypts RSA-OAEP-256 with A256GCM and nothing else.
func Decrypt(privatePEM []byte, token string) ([]byte, error) {
	key, err := jwk.ParseKey(privatePEM, jwk.WithPEM(true))
	if err != nil {
		return nil, err
	}
	var message jwe.Message
	plaintext, err := jwe.Decrypt([]byte(token), jwe.WithKey(jwa.RSA_OAEP_256(), key),
		jwe.WithMessage(&message), jwe.WithCritValidation(true))
	if err != nil {
		return nil, err
	}
	if enc, _ := message.ProtectedHeaders().ContentEncryption(); enc != jwa.A256GCM() {
		return nil, errors.New("another enc")
	}
	return plaintext, nil
}
