package this

import (
	"example.com/jose/conformance/peers/tasks"
)

// VerifyPS256 returns the payload of a token that this public key verifies, by PS256 and nothing else.
func VerifyPS256(publicPEM []byte, token string) ([]byte, error) {
	return nil, tasks.Cannot("It has no algorithms but RS256, ES512, HS512, RSA-OAEP and RSA-OAEP-256, " +
		"the last two with A256GCM.")
}
