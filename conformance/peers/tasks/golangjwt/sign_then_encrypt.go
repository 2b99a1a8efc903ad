package golangjwt

import (
	"example.com/jose/conformance/peers/tasks"
)

// SignThenEncrypt signs by RS256 and encrypts the token by RSA-OAEP-256 and A256GCM, with cty "JWT".
func SignThenEncrypt(senderPEM, recipientPEM, payload []byte) (string, error) {
	return "", tasks.Cannot("It has no JWE.")
}
