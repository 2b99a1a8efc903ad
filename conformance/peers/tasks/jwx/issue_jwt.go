package jwx

import (
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

// IssueJWT issues an RS256 JWT of type "payment+jwt" that expires five minutes after now.
func IssueJWT(privatePEM []byte, amount string, now time.Time) (string, error) {
	key, err := jwk.ParseKey(privatePEM, jwk.WithPEM(true))
	if err != nil {
		return "", err
	}
	claims, err := jwt.NewBuilder().
		Issuer("https://shop.example").
		Audience([]string{"https://bank.example"}).
		Expiration(now.Add(5*time.Minute)).
		Claim("amount", amount).
		Build()
	if err != nil {
		return "", err
	}
	header := jws.NewHeaders()
	if err := header.Set(jws.TypeKey, "payment+jwt"); err != nil {
		return "", err
	}
	token, err := jwt.Sign(claims, jwt.WithKey(jwa.RS256(), key, jws.WithProtectedHeaders(header)))
	return string(token), err
}
