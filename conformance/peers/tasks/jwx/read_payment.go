package jwx

import (
	"errors"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jwt"

	"example.com/jose/conformance/peers/tasks"
)

// ReadPayment reads three claims of a JWT that has not expired into a struct of one's own.
func ReadPayment(publicPEM []byte, token string) (tasks.Payment, error) {
	key, err := jwk.ParseKey(publicPEM, jwk.WithPEM(true))
	if err != nil {
		return tasks.Payment{}, err
	}
	claims, err := jwt.Parse([]byte(token), jwt.WithKey(jwa.RS256(), key),
		jwt.WithRequiredClaim(jwt.ExpirationKey), jwt.WithTypedClaim("order", int64(0)))
	if err != nil {
		return tasks.Payment{}, err
	}
	var payment tasks.Payment
	err = errors.Join(
		claims.Get("amount", &payment.Amount),
		claims.Get("currency", &payment.Currency),
		claims.Get("order", &payment.Order))
	return payment, err
}
