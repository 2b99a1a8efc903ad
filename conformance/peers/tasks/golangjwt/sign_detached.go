package golangjwt

import (
	"example.com/jose/conformance/peers/tasks"
)

// SignDetached signs an unencoded payload by RS256 and leaves it out of the token.
func SignDetached(privatePEM, payload []byte) (string, error) {
	return "", tasks.Cannot("It knows no b64: what it signs is always the base64url of a claims set.")
}
