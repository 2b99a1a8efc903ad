package this

import (
	"errors"
	"io"
	"net/http"

	"example.com/jose"
)

// VerifyFetched is VerifyByKeyID with a set that is fetched from where its owner publishes it.
func VerifyFetched(url, token string) ([]byte, error) {
	response, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, errors.New(response.Status)
	}
	set, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	keys, err := jose.ParseKeySet(set)
	if err != nil {
		return nil, err
	}
	verifier, err := keys.Verifier(jose.RS256)
	if err != nil {
		return nil, err
	}
	message, err := verifier.Verify(token)
	if err != nil {
		return nil, err
	}
	return message.Payload, nil
}
