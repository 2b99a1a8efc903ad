package this

import (
	"example.com/jose"
)

// Decrypt decrypts RSA-OAEP-256 with A256GCM and nothing else.
func Decrypt(privatePEM []byte, token string) ([]byte, error) {
	key, err := jose.ParsePrivateKey(privatePEM)
	if err != nil {
		return nil, err
	}
	decrypter, err := key.Decrypter(jose.RSAOAEP256)
	if err != nil {
		return nil, err
	}
	decrypted, err := decrypter.Decrypt(token)
	if err != nil {
		return nil, err
	}
	return decrypted.Plaintext, nil
}
