//go:build !race && (amd64 || arm64 || s390x)

package jose

import (
	"errors"
	"testing"
)

// D8: a payload that no machine's int could count the characters of is refused before any
// work. The gibibyte is address space that nothing is written to.
func TestD8_PayloadBound(t *testing.T) {
	payload := make([]byte, 1<<30+1)
	if _, err := jwsSigner(t, "HS512").SignDetached(payload); !errors.Is(err, ErrMalformed) {
		t.Errorf("SignDetached: %v", err)
	}
	if e, err := NewRSAOAEP256Encrypter(&benchKeys().rsa.PublicKey); err != nil {
		t.Error(err)
	} else if _, err := e.Encrypt(payload); !errors.Is(err, ErrMalformed) {
		t.Errorf("Encrypt: %v", err)
	}
}
