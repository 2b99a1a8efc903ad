package gojose

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// IssueJWT issues an RS256 JWT of type "payment+jwt" that expires five minutes after now.
func IssueJWT(privatePEM []byte, amount string, now time.Time) (string, error) {
	block, _ := pem.Decode(privatePEM)
	if block == nil {
		return "", errors.New("no PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return "", err
	}
	options := new(jose.SignerOptions).WithType("payment+jwt")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, options)
	if err != nil {
		return "", err
	}
	claims := jwt.Claims{
		Issuer:   "https://shop.example",
		Audience: jwt.Audience{"https://bank.example"},
		Expiry:   jwt.NewNumericDate(now.Add(5 * time.Minute)),
	}
	return jwt.Signed(signer).Claims(claims).Claims(map[string]any{"amount": amount}).Serialize()
}
