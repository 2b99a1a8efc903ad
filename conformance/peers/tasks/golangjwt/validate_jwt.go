package golangjwt

import (
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// ValidateJWT returns the amount of a JWT whose iss, aud, exp (which has to be there) and typ are right.
func ValidateJWT(publicPEM []byte, token string, now time.Time) (string, error) {
	key, err := jwt.ParseRSAPublicKeyFromPEM(publicPEM)
	if err != nil {
		return "", err
	}
	var claims struct {
		jwt.RegisteredClaims
		Amount string `json:"amount"`
	}
	parsed, err := jwt.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return key, nil },
		jwt.WithValidMethods([]string{"RS256"}),
		jwt.WithIssuer("https://shop.example"),
		jwt.WithAudience("https://bank.example"),
		jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(func() time.Time { return now }))
	if err != nil {
		return "", err
	}
	if _, ok := parsed.Header["crit"]; ok {
		return "", errors.New("crit")
	}
	if parsed.Header["typ"] != "payment+jwt" {
		return "", errors.New("another type")
	}
	return claims.Amount, nil
}
