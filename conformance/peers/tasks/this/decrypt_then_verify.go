package this

import (
	"example.com/jose"
)

// DecryptThenVerify takes back what SignThenEncrypt made, with the same algorithms and no others.
func DecryptThenVerify(recipientPEM, senderPEM []byte, token string) ([]byte, error) {
	recipient, err := jose.ParsePrivateKey(recipientPEM)
	if err != nil {
		return nil, err
	}
	decrypter, err := recipient.Decrypter(jose.RSAOAEP256)
	if err != nil {
		return nil, err
	}
	sender, err := jose.ParsePublicKey(senderPEM)
	if err != nil {
		return nil, err
	}
	verifier, err := sender.Verifier(jose.RS256)
	if err != nil {
		return nil, err
	}
	message, err := jose.DecryptThenVerify(decrypter, verifier, token)
	if err != nil {
		return nil, err
	}
	return message.Payload, nil
}
