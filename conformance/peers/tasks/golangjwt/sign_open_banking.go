package golangjwt

import (
	"time"

	"example.com/jose/conformance/peers/tasks"
)

// SignOpenBanking makes a detached RS256 signature whose crit names three members with URLs for names.
func SignOpenBanking(privatePEM []byte, issuer string, body []byte, now time.Time) (string, error) {
	return "", tasks.Cannot("It signs claims sets that it writes itself, not the octets of a body.")
}
