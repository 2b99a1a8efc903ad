package golangjwt

import (
	"example.com/jose/conformance/peers/tasks"
)

// DecryptThenVerify takes back what SignThenEncrypt made, with the same algorithms and no others.
func DecryptThenVerify(recipientPEM, senderPEM []byte, token string) ([]byte, error) {
	return nil, tasks.Cannot("It has no JWE.")
}
