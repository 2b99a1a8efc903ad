package golangjwt

import (
	"example.com/jose/conformance/peers/tasks"
)

// VerifyDetached verifies a token of SignDetached together with its payload.
func VerifyDetached(publicPEM []byte, token string, payload []byte) error {
	return tasks.Cannot("It knows no b64: what it verifies is always the base64url of a claims set.")
}
