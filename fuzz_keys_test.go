package jose

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"testing"
)

// The seeds are the keys of keys_test.go, which the RFCs publish, in every form.
func ktSeeds() [][]byte {
	seeds := [][]byte{nil, []byte("{}"), []byte(`{"keys":[]}`), ktRSA(ktRSA1JWK).pkcs1(), ktSeq(ktAlgRSA, ktBits(ktSeq(ktBig(ktRSA(ktRSA1JWK).n), ktInt(3))))}
	for _, jwk := range []string{ktRSA1JWK, ktEC1JWK, ktEC2JWK, ktOct(ktSecret(64))} {
		full := ktWith(jwk, "kid", `"\u0061\""`, "alg", `"RS256"`, "use", `"sig"`, "key_ops", `["sign","verify"]`)
		seeds = append(seeds, []byte(jwk), []byte(ktPublic(jwk)), []byte(full), []byte(ktSet(jwk)), []byte(ktSet(ktPublic(full), `{}`)))
	}
	for label, der := range ktContents() {
		if label == "CERTIFICATE" {
			continue // it is another one in every run
		}
		seeds = append(seeds, der, ktPEM(label, der), []byte(base64.StdEncoding.EncodeToString(der)))
	}
	return append(seeds, []byte(ktSet(ktPublic(ktRSA1JWK), ktWith(ktPublic(ktRSA2JWK), "kid", `"b"`), ktPublic(ktEC1JWK))), []byte(ktSet(ktRSA1JWK, ktEC1JWK, ktOct(ktSecret(64)))))
}

// A private key file is refused with ErrKey alone, or read: then it is no public key, what is
// written of it is read as the same key, and so is its public half.
func FuzzParsePrivateKey(f *testing.F) {
	for _, seed := range ktSeeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		before := slices.Clone(file)
		k, err := ParsePrivateKey(file)
		if !bytes.Equal(file, before) {
			t.Fatal("the file was changed")
		}
		if err != nil {
			ktRefused(t, "file", k, err, ErrKey)
			return
		}
		if public, err := ParsePublicKey(file); err == nil || public != nil {
			t.Fatal("a private key and a public one")
		}
		again, err := ParsePrivateKey(k.PrivateJWK())
		if err != nil {
			t.Fatalf("the JWK that is written is refused: %v", err)
		}
		if !bytes.Equal(again.PrivateJWK(), k.PrivateJWK()) || again.KeyID() != k.KeyID() || !slices.Equal(again.KeyOps(), k.KeyOps()) {
			t.Fatal("the JWK that is written is another key")
		}
		if rsa, ec := k.rsa != nil, k.ec != nil; rsa && !again.rsa.Equal(k.rsa) || ec && !again.ec.Equal(k.ec) {
			t.Fatal("the JWK that is written is another key")
		}
		// What was read is good for an algorithm, unless it is for another use.
		_, signs := k.RS256Signer()
		if k.ec != nil {
			_, signs = k.ES512Signer()
		} else if k.secret != nil {
			_, signs = k.HS512Signer()
		}
		if signs != nil && k.Algorithm()+k.Use() == "" && k.KeyOps() == nil && !ktFIPSOnly() {
			t.Fatalf("a key of no use: %v", signs)
		}
		public, err := k.Public()
		if k.secret != nil {
			ktRefused(t, "a secret", public, err, ErrKey)
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		ktFuzzPublic(t, public)
	})
}

// A public key file is refused with ErrKey alone, or read: then what is written of it, in
// any form, is read as the same key.
func FuzzParsePublicKey(f *testing.F) {
	for _, seed := range ktSeeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		before := slices.Clone(file)
		k, err := ParsePublicKey(file)
		if !bytes.Equal(file, before) {
			t.Fatal("the file was changed")
		}
		if err != nil {
			ktRefused(t, "file", k, err, ErrKey)
			return
		}
		if private, err := ParsePrivateKey(file); err == nil || private != nil {
			t.Fatal("a public key and a private one")
		}
		ktFuzzPublic(t, k)
		// Nothing is read that the JWK did not say, by encoding/json.
		if members := make(map[string]any); json.Unmarshal(file, &members) == nil {
			if kid, _ := members["kid"].(string); kid != k.KeyID() {
				t.Fatalf("kid %q is read as %q", kid, k.KeyID())
			}
			for _, name := range []string{"d", "p", "q", "dp", "dq", "qi", "oth"} {
				if _, ok := members[name]; ok && (k.rsa != nil || name == "d") {
					t.Fatalf("a public key with %q", name)
				}
			}
		}
	})
}

// ktFuzzPublic checks that what is written of a key is the same key again.
func ktFuzzPublic(t *testing.T, k *PublicKey) {
	t.Helper()
	same := func(form string, file []byte) *PublicKey {
		t.Helper()
		again, err := ParsePublicKey(file)
		if err != nil {
			t.Fatalf("the %s that is written is refused: %v", form, err)
		}
		if k.rsa != nil && !k.rsa.Equal(again.rsa) || k.ec != nil && !k.ec.Equal(again.ec) {
			t.Fatalf("the %s that is written is another key", form)
		}
		return again
	}
	same("PEM", k.PEM())
	same("base64 DER", []byte(k.Base64DER()))
	if again := same("JWK", k.JWK()); !bytes.Equal(again.JWK(), k.JWK()) || again.KeyID() != k.KeyID() || again.Use() != k.Use() || again.Algorithm() != k.Algorithm() {
		t.Fatal("the JWK that is written is another one")
	}
	// RFC 7638, Section 3, by encoding/json: maps are written in the order of their names.
	members := ktMembers(string(k.JWK()))
	required := make(map[string]string)
	for _, name := range []string{"crv", "e", "kty", "n", "x", "y"} {
		if value, ok := members[name]; ok {
			required[name] = value
		}
	}
	text, _ := json.Marshal(required)
	digest := sha256.Sum256(text)
	if got, err := k.Thumbprint(); err != nil || got != ktB64(digest[:]) {
		t.Fatalf("thumbprint %q: %v", got, err)
	}
	set, err := MarshalKeySet(k)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseKeySet(set); err != nil {
		t.Fatalf("the JWK Set that is written is refused: %v", err)
	}
	for _, alg := range []string{"RS256", "ES512", "RSA-OAEP", "RSA-OAEP-256"} {
		if n, err := k.WithAlgorithm(alg); err == nil {
			same("JWK for "+alg, n.JWK())
		}
	}
}

// A JWK Set is refused with ErrKey alone, or read: then it is all public or all private, its
// keys are accounted for, and each is written as what is read again.
func FuzzParseKeySet(f *testing.F) {
	for _, seed := range ktSeeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := ParseKeySet(file)
		if err != nil {
			ktRefused(t, "file", s, err, ErrKey)
			return
		}
		public, private, skipped := s.PublicKeys(), s.PrivateKeys(), s.Skipped()
		set := make(map[string]json.RawMessage)
		var keys []json.RawMessage
		if err := json.Unmarshal(file, &set); err != nil {
			t.Fatalf("encoding/json refuses it: %v", err)
		}
		if err := json.Unmarshal(set["keys"], &keys); err != nil {
			t.Fatalf("encoding/json refuses its keys: %v", err)
		}
		if n := len(public) + len(private) + len(skipped); n != len(keys) || n > 256 {
			t.Fatalf("%d keys are accounted for, of %d", n, len(keys))
		}
		if len(public) > 0 == (len(private) > 0) {
			t.Fatalf("%d public keys and %d private ones", len(public), len(private))
		}
		for _, err := range skipped {
			ktClass(t, "skipped", err, ErrKey)
		}
		for _, k := range public {
			ktFuzzPublic(t, k)
		}
		for _, k := range private {
			if again, err := ParsePrivateKey(k.PrivateJWK()); err != nil || !bytes.Equal(again.PrivateJWK(), k.PrivateJWK()) {
				t.Fatalf("the JWK that is written is another key: %v", err)
			}
		}
		if len(public) > 0 {
			written, err := MarshalKeySet(public...)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := ParseKeySet(written); err != nil || len(again.PublicKeys()) != len(public) {
				t.Fatalf("the JWK Set that is written is refused: %v", err)
			}
		}
		// A constructor answers for a set as it does for a key.
		v, err := s.RS256Verifier()
		if err == nil && (len(public) == 0 || v == nil) {
			t.Fatal("RS256 without a public key")
		}
		if h, err := s.HS512Verifier(); err == nil && (len(private) == 0 || h == nil) {
			t.Fatal("HS512 without a secret")
		}
	})
}
