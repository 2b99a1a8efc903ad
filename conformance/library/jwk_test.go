package library

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"example.com/jose"
	"example.com/jose/vectors"
)

// TestPrivateJWK: the JWK of each private key of the corpus in PEM or DER is
// the same key, and has the members of the JWK in the corpus if there is one.
// There is a JWK of what this library reads, and of nothing else.
func TestPrivateJWK(t *testing.T) {
	files, err := vectors.Load()
	if err != nil {
		t.Fatal(err)
	}
	keys, refused := make(map[string]int), 0
	try := func(t *testing.T, form string, file []byte, want json.RawMessage) {
		priv, err := jose.ParsePrivateKey(file)
		jwk := ToJWK(file, true)
		if err != nil {
			if refused++; jwk != nil {
				t.Errorf("a JWK of what is refused: %v", err)
			}
			return
		}
		back, err := jose.ParsePrivateKey(jwk)
		if err != nil {
			t.Fatalf("the JWK: %v", err)
		}
		keys[form+" "+sameKey(t, priv, back)]++
		if want != nil && !reflect.DeepEqual(members(t, jwk), members(t, want)) {
			t.Errorf("not the JWK of the corpus")
		}
	}
	for _, f := range files {
		for name, k := range f.Keys {
			if k.PEM != "" {
				t.Run(f.Source+"/"+name, func(t *testing.T) { try(t, "key", []byte(k.PEM), k.JWK) })
			}
		}
		for _, c := range f.Cases {
			if c.Kind == "key" && c.Role == "private" && c.Form != "jwk" {
				t.Run(c.ID, func(t *testing.T) { try(t, c.Form, []byte(c.InputText()), nil) })
			}
		}
	}
	for _, form := range []string{"key", "pem", "der", "base64-der"} {
		if keys[form+" RS256"] == 0 || keys[form+" ES512"] == 0 {
			t.Errorf("not of all kinds: %v", keys)
		}
	}
	if refused < 20 {
		t.Errorf("%d refused", refused)
	}
}

// sameKey compares two private keys: by their thumbprints, and by verifying
// with either what the other one has signed, where this mode of crypto does
// that. It returns the algorithm.
func sameKey(t *testing.T, a, b *jose.PrivateKey) string {
	t.Helper()
	alg := jose.RS256
	if _, err := a.Signer(alg); errors.Is(err, jose.ErrKey) {
		alg = jose.ES512
	}
	var thumbprints []string
	for _, pair := range [][2]*jose.PrivateKey{{a, b}, {b, a}} {
		pub, err := pair[1].Public()
		if err != nil {
			t.Fatal(err)
		}
		thumbprint, err := pub.Thumbprint()
		if err != nil {
			t.Fatal(err)
		}
		thumbprints = append(thumbprints, thumbprint)
		signer, err := pair[0].Signer(alg)
		if errors.Is(err, jose.ErrUnsupported) && strings.Contains(os.Getenv("GODEBUG"), "fips140=only") {
			continue // the public exponent 3
		}
		if err != nil {
			t.Fatal(err)
		}
		verifier, err := pub.Verifier(alg)
		if err != nil {
			t.Fatal(err)
		}
		token, err := signer.Sign([]byte("payload"))
		if err != nil {
			t.Fatal(err)
		}
		if m, err := verifier.Verify(token); err != nil || !bytes.Equal(m.Payload, []byte("payload")) {
			t.Errorf("what one key has signed: %v", err)
		}
	}
	if thumbprints[0] != thumbprints[1] {
		t.Errorf("thumbprints %q", thumbprints)
	}
	return alg.String()
}

// members are those of a JWK that are the key.
func members(t *testing.T, jwk json.RawMessage) map[string]string {
	t.Helper()
	var all map[string]json.RawMessage
	if err := json.Unmarshal(jwk, &all); err != nil {
		t.Fatal(err)
	}
	key := make(map[string]string)
	for _, name := range strings.Fields("kty crv x y d n e p q dp dq qi") {
		if value, ok := all[name]; ok {
			key[name] = string(value)
		}
	}
	return key
}
