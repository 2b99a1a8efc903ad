package gojose

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// ValidateJWT returns the amount of a JWT whose iss, aud, exp (which has to be there) and typ are right.
func ValidateJWT(publicPEM []byte, token string, now time.Time) (string, error) {
	block, _ := pem.Decode(publicPEM)
	if block == nil {
		return "", errors.New("no PEM")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return "", err
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return "", err
	}
	var claims jwt.Claims
	var own struct {
		Amount string `json:"amount"`
	}
	if err := parsed.Claims(key, &claims, &own); err != nil {
		return "", err
	}
	if parsed.Headers[0].ExtraHeaders[jose.HeaderType] != "payment+jwt" {
		return "", errors.New("another type")
	}
	if claims.Expiry == nil {
		return "", errors.New("never expires")
	}
	err = claims.ValidateWithLeeway(jwt.Expected{
		Issuer:      "https://shop.example",
		AnyAudience: jwt.Audience{"https://bank.example"},
		Time:        now,
	}, 0)
	if err != nil {
		return "", err
	}
	return own.Amount, nil
}
