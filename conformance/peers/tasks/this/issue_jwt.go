package this

import (
	"time"

	"example.com/jose"
)

// IssueJWT issues an RS256 JWT of type "payment+jwt" that expires five minutes after now.
func IssueJWT(privatePEM []byte, amount string, now time.Time) (string, error) {
	key, err := jose.ParsePrivateKey(privatePEM)
	if err != nil {
		return "", err
	}
	signer, err := key.Signer(jose.RS256, jose.Type("payment+jwt"))
	if err != nil {
		return "", err
	}
	claims := &jose.Claims{
		Issuer:    "https://shop.example",
		Audience:  []string{"https://bank.example"},
		ExpiresAt: jose.NewNumericDate(now.Add(5 * time.Minute)),
	}
	if err := claims.Set("amount", amount); err != nil {
		return "", err
	}
	return signer.SignClaims(claims)
}
