package gojose

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// SignOpenBanking makes a detached RS256 signature whose crit names three members with URLs for names.
func SignOpenBanking(privatePEM []byte, issuer string, body []byte, now time.Time) (string, error) {
	block, _ := pem.Decode(privatePEM)
	if block == nil {
		return "", errors.New("no PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return "", err
	}
	options := new(jose.SignerOptions).
		WithHeader("http://openbanking.org.uk/iat", now.Unix()).
		WithHeader("http://openbanking.org.uk/iss", issuer).
		WithHeader("http://openbanking.org.uk/tan", "openbanking.org.uk").
		WithCritical("http://openbanking.org.uk/iat", "http://openbanking.org.uk/iss", "http://openbanking.org.uk/tan")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, options)
	if err != nil {
		return "", err
	}
	jws, err := signer.Sign(body)
	if err != nil {
		return "", err
	}
	return jws.DetachedCompactSerialize()
}
