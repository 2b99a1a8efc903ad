package jwx

import (
	"context"

	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
)

// VerifyFetched is VerifyByKeyID with a set that is fetched from where its owner publishes it.
func VerifyFetched(url, token string) ([]byte, error) {
	keys, err := jwk.Fetch(context.Background(), url)
	if err != nil {
		return nil, err
	}
	return jws.Verify([]byte(token), jws.WithCompact(), jws.WithKeySet(keys), jws.WithCritValidation(true))
}
