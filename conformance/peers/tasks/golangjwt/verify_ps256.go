package golangjwt

import (
	"encoding/json"
	"errors"

	"github.com/golang-jwt/jwt/v5"
)

// VerifyPS256 returns the claims set of a token that this public key verifies, by PS256 and nothing else.
func VerifyPS256(publicPEM []byte, token string) ([]byte, error) {
	key, err := jwt.ParseRSAPublicKeyFromPEM(publicPEM)
	if err != nil {
		return nil, err
	}
	parsed, err := jwt.Parse(token, func(*jwt.Token) (any, error) { return key, nil },
		jwt.WithValidMethods([]string{"PS256"}))
	if err != nil {
		return nil, err
	}
	if _, ok := parsed.Header["crit"]; ok {
		return nil, errors.New("crit")
	}
	return json.Marshal(parsed.Claims)
}
