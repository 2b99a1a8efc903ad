package golangjwt

import (
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// IssueJWT issues an RS256 JWT of type "payment+jwt" that expires five minutes after now.
func IssueJWT(privatePEM []byte, amount string, now time.Time) (string, error) {
	key, err := jwt.ParseRSAPrivateKeyFromPEM(privatePEM)
	if err != nil {
		return "", err
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"iss":    "https://shop.example",
		"aud":    "https://bank.example",
		"exp":    jwt.NewNumericDate(now.Add(5 * time.Minute)),
		"amount": amount,
	})
	token.Header["typ"] = "payment+jwt"
	return token.SignedString(key)
}
