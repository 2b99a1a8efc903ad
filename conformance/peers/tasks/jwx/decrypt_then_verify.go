package jwx

import (
	"errors"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwe"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
)

// DecryptThenVerify takes back what SignThenEncrypt made, with the same algorithms and no others.
func DecryptThenVerify(recipientPEM, senderPEM []byte, token string) ([]byte, error) {
	recipient, err := jwk.ParseKey(recipientPEM, jwk.WithPEM(true))
	if err != nil {
		return nil, err
	}
	sender, err := jwk.ParseKey(senderPEM, jwk.WithPEM(true))
	if err != nil {
		return nil, err
	}
	var message jwe.Message
	inner, err := jwe.Decrypt([]byte(token), jwe.WithKey(jwa.RSA_OAEP_256(), recipient),
		jwe.WithMessage(&message), jwe.WithCritValidation(true))
	if err != nil {
		return nil, err
	}
	if enc, _ := message.ProtectedHeaders().ContentEncryption(); enc != jwa.A256GCM() {
		return nil, errors.New("another enc")
	}
	return jws.Verify(inner, jws.WithCompact(), jws.WithKey(jwa.RS256(), sender), jws.WithCritValidation(true))
}
