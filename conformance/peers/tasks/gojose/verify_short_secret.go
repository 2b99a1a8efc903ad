package gojose

import (
	"example.com/jose/conformance/peers/tasks"
)

// VerifyShortSecret verifies HS512 with a secret that is as short as its provider made it.
func VerifyShortSecret(secret []byte, token string) ([]byte, error) {
	return nil, tasks.Cannot("It refuses a secret that is shorter than the hash, as RFC 7518, Section 3.2 says, " +
		"and has no option for one.")
}
