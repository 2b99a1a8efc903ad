package gojose

import (
	"time"

	"example.com/jose/conformance/peers/tasks"
)

// VerifyOpenBanking verifies a token of SignOpenBanking, all three members of crit among it.
func VerifyOpenBanking(publicPEM []byte, issuer, token string, body []byte, now time.Time) error {
	return tasks.Cannot("It refuses every name in crit but b64, and has no option that adds one.")
}
