package this

import (
	"example.com/jose"

	"example.com/jose/conformance/peers/tasks"
)

// ReadPayment reads three claims of a JWT that has not expired into a struct of one's own.
func ReadPayment(publicPEM []byte, token string) (tasks.Payment, error) {
	key, err := jose.ParsePublicKey(publicPEM)
	if err != nil {
		return tasks.Payment{}, err
	}
	verifier, err := key.Verifier(jose.RS256)
	if err != nil {
		return tasks.Payment{}, err
	}
	policy := jose.Policy{AnyIssuer: true, AnySubject: true, NoAudience: true, AnyType: true}
	claims, err := policy.Verify(verifier, token)
	if err != nil {
		return tasks.Payment{}, err
	}
	var payment tasks.Payment
	err = claims.GetAll(map[string]any{
		"amount":   &payment.Amount,
		"currency": &payment.Currency,
		"order":    &payment.Order,
	})
	return payment, err
}
