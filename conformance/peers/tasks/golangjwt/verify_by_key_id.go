package golangjwt

import (
	"example.com/jose/conformance/peers/tasks"
)

// VerifyByKeyID verifies RS256 with the key of a JWK Set that the token's kid names.
func VerifyByKeyID(set []byte, token string) ([]byte, error) {
	return nil, tasks.Cannot("It reads no JWK; its documentation names another module that does.")
}
