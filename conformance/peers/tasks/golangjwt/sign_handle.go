package golangjwt

import (
	"crypto"

	"example.com/jose/conformance/peers/tasks"
)

// SignHandle signs payload by ES512 with a key that is kept elsewhere.
func SignHandle(handle crypto.Signer, payload []byte) (string, error) {
	return "", tasks.Cannot("Its ES512 and RS256 take the private keys of crypto/ecdsa and crypto/rsa alone; " +
		"a handle needs a SigningMethod of one's own, and its documentation names other modules that have one for a KMS.")
}
