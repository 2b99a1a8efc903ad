package this

import (
	"encoding/json"
	"strings"

	"example.com/jose"
)

// SignJSON signs payload with two keys, by RS256 and ES512, in the JSON serialization.
func SignJSON(rsaPEM, ecPEM, payload []byte) (string, error) {
	rsaKey, err := jose.ParsePrivateKey(rsaPEM)
	if err != nil {
		return "", err
	}
	rs256, err := rsaKey.Signer(jose.RS256)
	if err != nil {
		return "", err
	}
	ecKey, err := jose.ParsePrivateKey(ecPEM)
	if err != nil {
		return "", err
	}
	es512, err := ecKey.Signer(jose.ES512)
	if err != nil {
		return "", err
	}
	first, err := rs256.Sign(payload)
	if err != nil {
		return "", err
	}
	second, err := es512.Sign(payload)
	if err != nil {
		return "", err
	}
	a, b := strings.Split(first, "."), strings.Split(second, ".")
	token, err := json.Marshal(map[string]any{
		"payload": a[1],
		"signatures": []map[string]string{
			{"protected": a[0], "signature": a[2]},
			{"protected": b[0], "signature": b[2]},
		},
	})
	return string(token), err
}
