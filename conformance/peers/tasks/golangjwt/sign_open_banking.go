package golangjwt

import (
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// SignOpenBanking makes a detached RS256 signature whose crit names three members with URLs for names.
func SignOpenBanking(privatePEM []byte, issuer string, body []byte, now time.Time) (string, error) {
	key, err := jwt.ParseRSAPrivateKeyFromPEM(privatePEM)
	if err != nil {
		return "", err
	}
	octets, err := json.Marshal(map[string]any{
		"alg":                           "RS256",
		"http://openbanking.org.uk/iat": now.Unix(),
		"http://openbanking.org.uk/iss": issuer,
		"http://openbanking.org.uk/tan": "openbanking.org.uk",
		"crit": []string{"http://openbanking.org.uk/iat",
			"http://openbanking.org.uk/iss", "http://openbanking.org.uk/tan"},
	})
	if err != nil {
		return "", err
	}
	header := base64.RawURLEncoding.EncodeToString(octets)
	signature, err := jwt.SigningMethodRS256.Sign(header+"."+base64.RawURLEncoding.EncodeToString(body), key)
	if err != nil {
		return "", err
	}
	return header + ".." + base64.RawURLEncoding.EncodeToString(signature), nil
}
