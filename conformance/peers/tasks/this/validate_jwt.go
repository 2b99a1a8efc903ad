package this

import (
	"time"

	"example.com/jose"
)

// ValidateJWT returns the amount of a JWT whose iss, aud, exp (which has to be there) and typ are right.
func ValidateJWT(publicPEM []byte, token string, now time.Time) (string, error) {
	key, err := jose.ParsePublicKey(publicPEM)
	if err != nil {
		return "", err
	}
	verifier, err := key.Verifier(jose.RS256)
	if err != nil {
		return "", err
	}
	policy := jose.Policy{
		Issuer:     "https://shop.example",
		AnySubject: true,
		Audience:   []string{"https://bank.example"},
		Type:       "payment+jwt",
		Now:        func() time.Time { return now },
	}
	claims, err := policy.Verify(verifier, token)
	if err != nil {
		return "", err
	}
	var amount string
	err = claims.Get("amount", &amount)
	return amount, err
}
