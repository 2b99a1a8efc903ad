package jwx

import (
	"errors"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

// ValidateJWT returns the amount of a JWT whose iss, aud, exp (which has to be there) and typ are right.
func ValidateJWT(publicPEM []byte, token string, now time.Time) (string, error) {
	key, err := jwk.ParseKey(publicPEM, jwk.WithPEM(true))
	if err != nil {
		return "", err
	}
	claims, err := jwt.Parse([]byte(token), jwt.WithKey(jwa.RS256(), key),
		jwt.WithIssuer("https://shop.example"),
		jwt.WithAudience("https://bank.example"),
		jwt.WithRequiredClaim(jwt.ExpirationKey),
		jwt.WithClock(jwt.ClockFunc(func() time.Time { return now })))
	if err != nil {
		return "", err
	}
	message, err := jws.Parse([]byte(token), jws.WithCompact())
	if err != nil {
		return "", err
	}
	if typ, _ := message.Signatures()[0].ProtectedHeaders().Type(); typ != "payment+jwt" {
		return "", errors.New("another type")
	}
	var amount string
	err = claims.Get("amount", &amount)
	return amount, err
}
