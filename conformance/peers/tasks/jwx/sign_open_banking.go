package jwx

import (
	"errors"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
)

// SignOpenBanking makes a detached RS256 signature whose crit names three members with URLs for names.
func SignOpenBanking(privatePEM []byte, issuer string, body []byte, now time.Time) (string, error) {
	key, err := jwk.ParseKey(privatePEM, jwk.WithPEM(true))
	if err != nil {
		return "", err
	}
	header := jws.NewHeaders()
	err = errors.Join(
		header.Set("http://openbanking.org.uk/iat", now.Unix()),
		header.Set("http://openbanking.org.uk/iss", issuer),
		header.Set("http://openbanking.org.uk/tan", "openbanking.org.uk"),
		header.Set(jws.CriticalKey, []string{"http://openbanking.org.uk/iat",
			"http://openbanking.org.uk/iss", "http://openbanking.org.uk/tan"}))
	if err != nil {
		return "", err
	}
	token, err := jws.Sign(nil, jws.WithDetachedPayload(body),
		jws.WithKey(jwa.RS256(), key, jws.WithProtectedHeaders(header)))
	return string(token), err
}
