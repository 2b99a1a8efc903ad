package golangjwt

import (
	"encoding/base64"
	"encoding/json"

	"github.com/golang-jwt/jwt/v5"
)

// SignJSON signs payload with two keys, by RS256 and ES512, in the JSON serialization.
func SignJSON(rsaPEM, ecPEM, payload []byte) (string, error) {
	rsaKey, err := jwt.ParseRSAPrivateKeyFromPEM(rsaPEM)
	if err != nil {
		return "", err
	}
	ecKey, err := jwt.ParseECPrivateKeyFromPEM(ecPEM)
	if err != nil {
		return "", err
	}
	rs256 := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RS256"}`))
	es512 := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ES512"}`))
	encoded := base64.RawURLEncoding.EncodeToString(payload)
	first, err := jwt.SigningMethodRS256.Sign(rs256+"."+encoded, rsaKey)
	if err != nil {
		return "", err
	}
	second, err := jwt.SigningMethodES512.Sign(es512+"."+encoded, ecKey)
	if err != nil {
		return "", err
	}
	token, err := json.Marshal(map[string]any{
		"payload": encoded,
		"signatures": []map[string]string{
			{"protected": rs256, "signature": base64.RawURLEncoding.EncodeToString(first)},
			{"protected": es512, "signature": base64.RawURLEncoding.EncodeToString(second)},
		},
	})
	return string(token), err
}
