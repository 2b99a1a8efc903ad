package jwx

import (
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwe"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
)

// SignThenEncrypt signs by RS256 and encrypts the token by RSA-OAEP-256 and A256GCM, with cty "JWT".
func SignThenEncrypt(senderPEM, recipientPEM, payload []byte) (string, error) {
	sender, err := jwk.ParseKey(senderPEM, jwk.WithPEM(true))
	if err != nil {
		return "", err
	}
	recipient, err := jwk.ParseKey(recipientPEM, jwk.WithPEM(true))
	if err != nil {
		return "", err
	}
	inner, err := jws.Sign(payload, jws.WithKey(jwa.RS256(), sender))
	if err != nil {
		return "", err
	}
	header := jwe.NewHeaders()
	if err := header.Set(jwe.ContentTypeKey, "JWT"); err != nil {
		return "", err
	}
	token, err := jwe.Encrypt(inner, jwe.WithKey(jwa.RSA_OAEP_256(), recipient),
		jwe.WithContentEncryption(jwa.A256GCM()), jwe.WithProtectedHeaders(header))
	return string(token), err
}
