package golangjwt

import (
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// VerifyOpenBanking verifies a token of SignOpenBanking, all three members of crit among it.
func VerifyOpenBanking(publicPEM []byte, issuer, token string, body []byte, now time.Time) error {
	key, err := jwt.ParseRSAPublicKeyFromPEM(publicPEM)
	if err != nil {
		return err
	}
	header, signature, found := strings.Cut(token, "..")
	if !found {
		return errors.New("not detached")
	}
	token = header + "." + base64.RawURLEncoding.EncodeToString(body) + "." + signature
	parsed, err := jwt.Parse(token, func(*jwt.Token) (any, error) { return key, nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithoutClaimsValidation())
	if err != nil {
		return err
	}
	crit, ok := parsed.Header["crit"].([]any)
	if !ok {
		return errors.New("no crit")
	}
	for _, name := range crit {
		switch name {
		case "http://openbanking.org.uk/iat", "http://openbanking.org.uk/iss", "http://openbanking.org.uk/tan":
		default:
			return errors.New("another name in crit")
		}
	}
	iat, ok := parsed.Header["http://openbanking.org.uk/iat"].(float64)
	if !ok || iat > float64(now.Unix()) {
		return errors.New("another iat")
	}
	if parsed.Header["http://openbanking.org.uk/iss"] != issuer ||
		parsed.Header["http://openbanking.org.uk/tan"] != "openbanking.org.uk" {
		return errors.New("another iss or tan")
	}
	return nil
}
