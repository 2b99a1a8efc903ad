package golangjwt

import (
	"example.com/jose/conformance/peers/tasks"
)

// VerifyMixedSet is VerifyByKeyID with a set in which other entries can't be read.
func VerifyMixedSet(set []byte, token string) ([]byte, error) {
	return nil, tasks.Cannot("It reads no JWK; its documentation names another module that does.")
}
