package this

import (
	"errors"
	"time"

	"example.com/jose"
)

// VerifyOpenBanking verifies a token of SignOpenBanking, all three members of crit among it.
func VerifyOpenBanking(publicPEM []byte, issuer, token string, body []byte, now time.Time) error {
	key, err := jose.ParsePublicKey(publicPEM)
	if err != nil {
		return err
	}
	verifier, err := key.Verifier(jose.RS256,
		jose.CheckMember("http://openbanking.org.uk/iss", jose.Equal(issuer)),
		jose.CheckMember("http://openbanking.org.uk/tan", jose.Equal("openbanking.org.uk")),
		jose.CheckMember("http://openbanking.org.uk/iat", func(iat int64) error {
			if iat > now.Unix() {
				return errors.New("in the future")
			}
			return nil
		}))
	if err != nil {
		return err
	}
	_, err = verifier.VerifyDetached(token, body)
	return err
}
