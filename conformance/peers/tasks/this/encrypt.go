package this

import (
	"example.com/jose"
)

// Encrypt encrypts by RSA-OAEP-256 and A256GCM.
func Encrypt(publicPEM, plaintext []byte) (string, error) {
	key, err := jose.ParsePublicKey(publicPEM)
	if err != nil {
		return "", err
	}
	encrypter, err := key.Encrypter(jose.RSAOAEP256)
	if err != nil {
		return "", err
	}
	return encrypter.Encrypt(plaintext)
}
