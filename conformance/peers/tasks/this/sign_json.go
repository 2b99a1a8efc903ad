package this

import (
	"example.com/jose/conformance/peers/tasks"
)

// SignJSON signs payload with two keys, by RS256 and ES512, in the JSON serialization.
func SignJSON(rsaPEM, ecPEM, payload []byte) (string, error) {
	return "", tasks.Cannot("It has no JSON serialization.")
}
