package jwx

import (
	"errors"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
)

// VerifyCritical verifies RS256 where crit may name "tenant", which then has to be this tenant.
func VerifyCritical(publicPEM []byte, tenant, token string) ([]byte, error) {
	key, err := jwk.ParseKey(publicPEM, jwk.WithPEM(true))
	if err != nil {
		return nil, err
	}
	var message jws.Message
	payload, err := jws.Verify([]byte(token), jws.WithCompact(), jws.WithKey(jwa.RS256(), key),
		jws.WithCritValidation(true), jws.WithCritExtension("tenant"), jws.WithMessage(&message))
	if err != nil {
		return nil, err
	}
	var got string
	if err := message.Signatures()[0].ProtectedHeaders().Get("tenant", &got); err != nil {
		return nil, err
	}
	if got != tenant {
		return nil, errors.New("another tenant")
	}
	return payload, nil
}
