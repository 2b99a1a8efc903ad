package golangjwt

import (
	"example.com/jose/conformance/peers/tasks"
)

// Encrypt encrypts by RSA-OAEP-256 and A256GCM.
func Encrypt(publicPEM, plaintext []byte) (string, error) {
	return "", tasks.Cannot("It has no JWE.")
}
