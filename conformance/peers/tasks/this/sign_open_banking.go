package this

import (
	"time"

	"example.com/jose"
)

// SignOpenBanking makes a detached RS256 signature whose crit names three members with URLs for names.
func SignOpenBanking(privatePEM []byte, issuer string, body []byte, now time.Time) (string, error) {
	key, err := jose.ParsePrivateKey(privatePEM)
	if err != nil {
		return "", err
	}
	signer, err := key.Signer(jose.RS256,
		jose.CriticalMember("http://openbanking.org.uk/iat", now.Unix()),
		jose.CriticalMember("http://openbanking.org.uk/iss", issuer),
		jose.CriticalMember("http://openbanking.org.uk/tan", "openbanking.org.uk"))
	if err != nil {
		return "", err
	}
	return signer.SignDetached(body)
}
