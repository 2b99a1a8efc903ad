package gojose

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"example.com/jose/conformance/peers/tasks"
)

// ReadPayment reads three claims of a JWT that has not expired into a struct of one's own.
func ReadPayment(publicPEM []byte, token string) (tasks.Payment, error) {
	block, _ := pem.Decode(publicPEM)
	if block == nil {
		return tasks.Payment{}, errors.New("no PEM")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return tasks.Payment{}, err
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return tasks.Payment{}, err
	}
	var claims jwt.Claims
	var payment tasks.Payment
	if err := parsed.Claims(key, &claims, &payment); err != nil {
		return tasks.Payment{}, err
	}
	if claims.Expiry == nil {
		return tasks.Payment{}, errors.New("never expires")
	}
	if err := claims.ValidateWithLeeway(jwt.Expected{Time: time.Now()}, 0); err != nil {
		return tasks.Payment{}, err
	}
	return payment, nil
}
