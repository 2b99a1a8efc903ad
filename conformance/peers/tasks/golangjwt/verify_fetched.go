package golangjwt

import (
	"example.com/jose/conformance/peers/tasks"
)

// VerifyFetched is VerifyByKeyID with a set that is fetched from where its owner publishes it.
func VerifyFetched(url, token string) ([]byte, error) {
	return nil, tasks.Cannot("It reads no JWK; its documentation names another module that does.")
}
