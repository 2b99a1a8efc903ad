package golangjwt

import (
	"encoding/json"
	"errors"

	"github.com/golang-jwt/jwt/v5"
)

// VerifyShortSecret verifies HS512 with a secret that is as short as its provider made it.
func VerifyShortSecret(secret []byte, token string) ([]byte, error) {
	parsed, err := jwt.Parse(token, func(*jwt.Token) (any, error) { return secret, nil },
		jwt.WithValidMethods([]string{"HS512"}))
	if err != nil {
		return nil, err
	}
	if _, ok := parsed.Header["crit"]; ok {
		return nil, errors.New("crit")
	}
	return json.Marshal(parsed.Claims)
}
