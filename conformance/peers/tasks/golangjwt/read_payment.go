package golangjwt

import (
	"errors"

	"github.com/golang-jwt/jwt/v5"

	"example.com/jose/conformance/peers/tasks"
)

// ReadPayment reads three claims of a JWT that has not expired into a struct of one's own.
func ReadPayment(publicPEM []byte, token string) (tasks.Payment, error) {
	key, err := jwt.ParseRSAPublicKeyFromPEM(publicPEM)
	if err != nil {
		return tasks.Payment{}, err
	}
	var claims struct {
		jwt.RegisteredClaims
		tasks.Payment
	}
	parsed, err := jwt.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return key, nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithExpirationRequired())
	if err != nil {
		return tasks.Payment{}, err
	}
	if _, ok := parsed.Header["crit"]; ok {
		return tasks.Payment{}, errors.New("crit")
	}
	return claims.Payment, nil
}
