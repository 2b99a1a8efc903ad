package golangjwt

import (
	"encoding/base64"

	"github.com/golang-jwt/jwt/v5"
)

// SignDetached signs an unencoded payload by RS256 and leaves it out of the token.
func SignDetached(privatePEM, payload []byte) (string, error) {
	key, err := jwt.ParseRSAPrivateKeyFromPEM(privatePEM)
	if err != nil {
		return "", err
	}
	header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256","b64":false,"crit":["b64"]}`))
	signature, err := jwt.SigningMethodRS256.Sign(header+"."+string(payload), key)
	if err != nil {
		return "", err
	}
	return header + ".." + base64.RawURLEncoding.EncodeToString(signature), nil
}
