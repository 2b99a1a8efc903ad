package gojose

import (
	"errors"

	"github.com/go-jose/go-jose/v4"
)

// VerifyShortSecret verifies HS512 with a secret that is as short as its provider made it.
func VerifyShortSecret(secret []byte, token string) ([]byte, error) {
	if len(secret) == 0 || len(secret) > 64 {
		return nil, errors.New("not a short secret")
	}
	// HMAC fills a key with zero octets up to the 128 of a block of SHA-512 (RFC 2104, Section 2).
	key := make([]byte, 64)
	copy(key, secret)
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.HS512})
	if err != nil {
		return nil, err
	}
	return jws.Verify(key)
}
