package gojose

import (
	"example.com/jose/conformance/peers/tasks"
)

// VerifyCritical verifies RS256 where crit may name "tenant", which then has to be this tenant.
func VerifyCritical(publicPEM []byte, tenant, token string) ([]byte, error) {
	return nil, tasks.Cannot("It refuses every name in crit but b64, and has no option that adds one.")
}
