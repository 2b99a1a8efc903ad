package jwx

import (
	"errors"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
)

// VerifyOpenBanking verifies a token of SignOpenBanking, all three members of crit among it.
func VerifyOpenBanking(publicPEM []byte, issuer, token string, body []byte, now time.Time) error {
	key, err := jwk.ParseKey(publicPEM, jwk.WithPEM(true))
	if err != nil {
		return err
	}
	var message jws.Message
	_, err = jws.Verify([]byte(token), jws.WithCompact(), jws.WithKey(jwa.RS256(), key),
		jws.WithDetachedPayload(body), jws.WithMessage(&message), jws.WithCritValidation(true),
		jws.WithCritExtension("http://openbanking.org.uk/iat",
			"http://openbanking.org.uk/iss", "http://openbanking.org.uk/tan"))
	if err != nil {
		return err
	}
	header := message.Signatures()[0].ProtectedHeaders()
	var iss, tan string
	var iat float64
	err = errors.Join(
		header.Get("http://openbanking.org.uk/iat", &iat),
		header.Get("http://openbanking.org.uk/iss", &iss),
		header.Get("http://openbanking.org.uk/tan", &tan))
	if err != nil {
		return err
	}
	if iat > float64(now.Unix()) || iss != issuer || tan != "openbanking.org.uk" {
		return errors.New("another iat, iss or tan")
	}
	return nil
}
