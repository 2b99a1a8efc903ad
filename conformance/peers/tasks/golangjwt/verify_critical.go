package golangjwt

import (
	"encoding/json"
	"errors"

	"github.com/golang-jwt/jwt/v5"
)

// VerifyCritical verifies RS256 where crit may name "tenant", which then has to be this tenant.
func VerifyCritical(publicPEM []byte, tenant, token string) ([]byte, error) {
	key, err := jwt.ParseRSAPublicKeyFromPEM(publicPEM)
	if err != nil {
		return nil, err
	}
	parsed, err := jwt.Parse(token, func(*jwt.Token) (any, error) { return key, nil },
		jwt.WithValidMethods([]string{"RS256"}))
	if err != nil {
		return nil, err
	}
	crit, present := parsed.Header["crit"]
	names, _ := crit.([]any)
	if present && (len(names) != 1 || names[0] != "tenant") {
		return nil, errors.New("another name in crit")
	}
	if parsed.Header["tenant"] != tenant {
		return nil, errors.New("another tenant")
	}
	return json.Marshal(parsed.Claims)
}
