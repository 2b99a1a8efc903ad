package this

import (
	"example.com/jose"
)

// VerifyCritical verifies RS256 where crit may name "tenant", which then has to be this tenant.
func VerifyCritical(publicPEM []byte, tenant, token string) ([]byte, error) {
	key, err := jose.ParsePublicKey(publicPEM)
	if err != nil {
		return nil, err
	}
	verifier, err := key.Verifier(jose.RS256, jose.CheckMember("tenant", jose.Equal(tenant)))
	if err != nil {
		return nil, err
	}
	message, err := verifier.Verify(token)
	if err != nil {
		return nil, err
	}
	return message.Payload, nil
}
