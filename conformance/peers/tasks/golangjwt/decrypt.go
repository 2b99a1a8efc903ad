package golangjwt

import (
	"example.com/jose/conformance/peers/tasks"
)

// Decrypt decrypts RSA-OAEP-256 with A256GCM and nothing else.
func Decrypt(privatePEM []byte, token string) ([]byte, error) {
	return nil, tasks.Cannot("It has no JWE.")
}
