package golangjwt

import (
	"encoding/json"

	"github.com/golang-jwt/jwt/v5"
)

// SignRS256 signs payload, which has to be a claims set, with the private key of a PEM file.
func SignRS256(privatePEM, payload []byte) (string, error) {
	key, err := jwt.ParseRSAPrivateKeyFromPEM(privatePEM)
	if err != nil {
		return "", err
	}
	var claims jwt.MapClaims
	if err := json.Unmarshal(payload, &claims); err != nil {
		return "", err
	}
	return jwt.NewWithClaims(jwt.SigningMethodRS256, claims).SignedString(key)
}
