package this

import (
	"example.com/jose"
)

// SignThenEncrypt signs by RS256 and encrypts the token by RSA-OAEP-256 and A256GCM, with cty "JWT".
func SignThenEncrypt(senderPEM, recipientPEM, payload []byte) (string, error) {
	sender, err := jose.ParsePrivateKey(senderPEM)
	if err != nil {
		return "", err
	}
	signer, err := sender.Signer(jose.RS256)
	if err != nil {
		return "", err
	}
	recipient, err := jose.ParsePublicKey(recipientPEM)
	if err != nil {
		return "", err
	}
	encrypter, err := recipient.Encrypter(jose.RSAOAEP256)
	if err != nil {
		return "", err
	}
	return jose.SignThenEncrypt(signer, encrypter, payload)
}
