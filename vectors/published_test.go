package vectors

// The tests in this file hold the published cases against the standard
// library alone, so that a fault in package jose cannot hide one in the data.
// What is here is no JOSE implementation to imitate: it knows the outcome that
// each case states, and looks for one reason why it is right.

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"hash"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"
)

// fipsOnly tells whether crypto refuses what FIPS 140 does not approve, here
// SHA-1 and with it RSA-OAEP.
var fipsOnly = strings.Contains(os.Getenv("GODEBUG"), "fips140=only")

// published returns the files that no command of ours generates.
func published(t *testing.T) []File {
	t.Helper()
	files, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(f File) bool { return f.Generator != "" })
	if len(files) != 17 {
		t.Fatalf("%d published files, want 17", len(files))
	}
	return files
}

// TestSources compares the cases with the list of published vectors: each
// vector has a case or a reason why it has none, and each case has a source.
func TestSources(t *testing.T) {
	data, err := os.ReadFile("testdata/sources.json")
	if err != nil {
		t.Fatal(err)
	}
	var sources []struct {
		ID     string   `json:"id"`
		Cases  []string `json:"cases"`
		Reason string   `json:"reason"`
	}
	if err := readStrict(data, &sources); err != nil {
		t.Fatal(err)
	}
	if len(sources) != 136 {
		t.Errorf("%d sources, want 136", len(sources))
	}
	cases := make(map[string]bool)
	for _, f := range published(t) {
		for i := range f.Cases {
			cases[f.Cases[i].ID] = false
		}
	}
	seen := make(map[string]bool)
	for _, s := range sources {
		if seen[s.ID] || s.ID == "" {
			t.Errorf("source %q is there twice", s.ID)
		}
		seen[s.ID] = true
		if (len(s.Cases) == 0) == (s.Reason == "") {
			t.Errorf("source %s has %d cases and the reason %q", s.ID, len(s.Cases), s.Reason)
		}
		for _, id := range s.Cases {
			if _, ok := cases[id]; !ok {
				t.Errorf("source %s: there is no case %s", s.ID, id)
			}
			cases[id] = true
		}
	}
	for id, listed := range cases {
		if !listed {
			t.Errorf("case %s has no source", id)
		}
	}
}

// TestPublished looks at every published case.
func TestPublished(t *testing.T) {
	for _, f := range published(t) {
		for i := range f.Cases {
			c := &f.Cases[i]
			t.Run(c.ID, func(t *testing.T) {
				if !strings.HasPrefix(c.Section, "RFC ") {
					t.Errorf("section %q names no RFC", c.Section)
				}
				switch c.Kind {
				case "jws", "jwt":
					checkJWS(t, &f, c)
				case "jwe", "nested", "nested-jwt":
					checkJWE(t, &f, c)
				case "key", "jwk", "jwkset":
					checkKey(t, c)
				case "thumbprint":
					checkThumbprint(t, c)
				case "base64url":
					if got, err := decode(c.InputText()); c.Output == nil || err != nil || hex.EncodeToString(got) != *c.Output {
						t.Errorf("decoded to %x, %v, the case says %s", got, err, c.Expect)
					}
				default:
					t.Errorf("kind %s is not looked at", c.Kind)
				}
			})
		}
	}
}

// TestPublished_Keys checks that all forms of a key are the same key.
func TestPublished_Keys(t *testing.T) {
	for _, f := range published(t) {
		used := make(map[string]bool)
		for i := range f.Cases {
			used[f.Cases[i].Key], used[f.Cases[i].InnerKey] = true, true
		}
		for name, k := range f.Keys {
			t.Run(f.Name+"/"+name, func(t *testing.T) {
				if !used[name] {
					t.Error("no case uses this key")
				}
				if k.Set != nil {
					if k.JWK != nil || len(jwksOf(t, k.Set)) == 0 {
						t.Error("a set beside a key, or without keys")
					}
					return
				}
				want := publicText(t, readJWK(t, k.JWK))
				private := readJWK(t, k.JWK).private()
				if private != nil && (readJWK(t, k.PublicJWK).private() != nil || publicText(t, readJWK(t, k.PublicJWK)) != want) {
					t.Error("public_jwk is not the public half of jwk")
				}
				if private == nil && k.PublicJWK != nil {
					t.Error("public_jwk beside a public key or a secret")
				}
				for form, s := range map[string]string{"pem": k.PEM, "public_pem": k.PublicPEM, "certificate": k.Certificate, "der": k.DER} {
					if s == "" {
						continue
					}
					pub, priv := readKeyFile(t, s)
					if publicText(t, jwk{pub: pub}) != want {
						t.Errorf("%s is another key", form)
					}
					if form == "pem" && priv == nil || (form == "public_pem" || form == "certificate") && priv != nil {
						t.Errorf("%s is the wrong half of the key", form)
					}
				}
			})
		}
	}
}

// A compact is a token as its segments stand.
type compact struct {
	segments []string
	header   map[string]any
	text     string // of the header
}

func (c *compact) member(name string) string { s, _ := c.header[name].(string); return s }

// malformed says what is wrong with the form of a token, or "". It knows what
// the published cases have wrong, and no more.
func malformed(c *Case, token string) (*compact, string) {
	want := 3
	if c.Kind != "jws" && c.Kind != "jwt" {
		want = 5
	}
	segments := strings.Split(token, ".")
	if len(segments) != want {
		return nil, "number of segments"
	}
	header, err := decode(segments[0])
	if err != nil {
		return nil, "header segment"
	}
	out := &compact{segments: segments, text: string(header)}
	if err := readStrict(header, &out.header); err != nil {
		return nil, "header is no JSON"
	}
	crit, _ := out.header["crit"].([]any)
	if _, ok := out.header["alg"].(string); !ok {
		return nil, "alg"
	}
	if out.header["b64"] == false && !slices.Contains(crit, "b64") {
		return nil, "b64 not in crit"
	}
	for _, name := range crit {
		if _, ok := out.header[name.(string)]; !ok {
			return nil, "crit names what is not there"
		}
	}
	if unsupported(c, out) != "" {
		return out, ""
	}
	for i, s := range segments {
		octets, err := decode(s)
		if err != nil && (i != 1 || out.header["b64"] != false || want == 5) {
			return nil, "not base64url"
		}
		size, ok := map[string]int{"JWS ES512 2": 132, "JWE RSA-OAEP-256 2": 12, "JWE RSA-OAEP-256 4": 16,
			"JWE RSA-OAEP 2": 12, "JWE RSA-OAEP 4": 16}[fmt.Sprintf("JW%c %s %d", "SE"[want/5], out.member("alg"), i)]
		if ok && len(octets) != size {
			return nil, "length of a segment"
		}
	}
	if c.Kind == "nested-jwt" && out.member("cty") != "JWT" {
		return nil, "cty"
	}
	return out, ""
}

// unsupported says what in a well-formed header is out of scope, or "".
func unsupported(c *Case, t *compact) string {
	algs := jwsAlgs
	if len(t.segments) == 5 {
		algs = jweAlgs
		if t.member("enc") != "A256GCM" || t.header["zip"] != nil {
			return "enc or zip"
		}
	}
	if !slices.Contains(algs, t.member("alg")) {
		return "alg"
	}
	crit, _ := t.header["crit"].([]any)
	for _, name := range crit {
		if _, ok := c.Check[name.(string)]; !ok && name != "b64" {
			return "crit"
		}
	}
	return ""
}

// classOf looks for a reason to refuse a token before any cryptography.
func classOf(c *Case, token string) (*compact, string) {
	if strings.HasPrefix(token, "{") {
		return nil, "unsupported" // a JSON serialization
	}
	t, why := malformed(c, token)
	if why != "" {
		return nil, "malformed"
	}
	if unsupported(c, t) != "" {
		return nil, "unsupported"
	}
	if t.member("alg") != c.Alg {
		return nil, "algorithm"
	}
	return t, ""
}

func checkJWS(t *testing.T, f *File, c *Case) {
	token, class := classOf(c, c.TokenText())
	if class != "" {
		if c.Class != class {
			t.Fatalf("the token is %s, the case says %s %s", class, c.Expect, c.Class)
		}
		return
	}
	checkHeader(t, c, token)
	key := f.Keys[c.Key]
	k, known := chooseKey(t, key, c.Alg, token.member("kid"))
	want := "unknown-key"
	if kid := token.member("kid"); key.Set != nil && kid != "" &&
		slices.ContainsFunc(jwksOf(t, key.Set), func(k jwk) bool { return k.Kid == kid }) {
		want = "key" // it is there, and not for this
	}
	if known == (c.Class == want) {
		t.Fatalf("key found: %v, the case says %s %s", known, c.Expect, c.Class)
	}
	if !known {
		return
	}
	if usable(k, c.Alg, "") != "" {
		t.Fatalf("the key is not for %s: %s", c.Alg, usable(k, c.Alg, ""))
	}
	if short := c.Alg == "HS512" && len(k.secret) < 64; short != (c.Class == "key" || key.ShortSecret) {
		t.Fatalf("secret of %d octets, the case says %s %s", len(k.secret), c.Expect, c.Class)
	}
	if c.Alg == "HS512" && len(k.secret) < 14 && c.Expect == "accept" {
		t.Error("a secret that FIPS 140 does not allow")
	}
	if fipsOnly && c.Alg == "HS512" && len(k.secret) < 14 {
		if !panics(func() { hmac.New(sha512.New, k.secret) }) {
			t.Error("a secret of less than 112 bits under fips140=only")
		}
		return
	}
	payload, stated := c.PayloadBytes()
	input, got := signingInput(t, c, token, payload)
	holds := k.verify(t, c.Alg, input, token.segments[2])
	if holds == (c.Class == "signature") {
		t.Fatalf("the signature holds: %v, the case says %s %s", holds, c.Expect, c.Class)
	}
	if !holds {
		return
	}
	if stated && !bytes.Equal(got, payload) {
		t.Errorf("the payload is %q", got)
	}
	if k.verify(t, c.Alg, input+"x", token.segments[2]) {
		t.Error("the signature holds for another input")
	}
	deterministic := k.secret != nil || k.rsa != nil
	if c.accepted() && c.Header != "" && key.Set == nil && deterministic != c.Reproduce {
		t.Errorf("reproduce is %v", c.Reproduce)
	}
	if c.Reproduce && k.sign(t, c.Alg, input) != token.segments[2] {
		t.Error("signing again gives another token")
	}
	authentic(t, c, token, got)
}

// checkHeader compares the header of a token with the case. A token that is
// accepted states it; the JWS inside a nested one, which has no id, does not.
func checkHeader(t *testing.T, c *Case, token *compact) {
	t.Helper()
	if c.Header != token.text && (c.Header != "" || c.ID != "" && c.accepted()) {
		t.Errorf("the header is %q, the case says %q", token.text, c.Header)
	}
}

// panics reports whether f does, as hmac.New does with a secret that FIPS 140
// does not allow.
func panics(f func()) (p bool) {
	defer func() { p = recover() != nil }()
	f()
	return false
}

// authentic compares the class of a case whose token is authentic with its
// header members and claims.
func authentic(t *testing.T, c *Case, token *compact, payload []byte) {
	t.Helper()
	class := ""
	for name, want := range c.Check {
		if got, _ := json.Marshal(token.header[name]); token.header[name] == nil || string(got) != string(want) {
			class = "claims"
		}
	}
	if c.Policy != nil && class == "" {
		class = claimsClass(t, c.Policy, *c.At, payload)
	}
	if c.Class == "key" {
		return // a short secret: no verifier is made, whatever the token
	}
	if class != c.Class {
		t.Errorf("an authentic token of class %q, the case says %s %q", class, c.Expect, c.Class)
	}
}

// claimsClass knows of a policy what the published cases need.
func claimsClass(t *testing.T, p *Policy, at int64, payload []byte) string {
	t.Helper()
	var claims struct {
		Iss, Sub string
		Iat, Exp float64
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	if !p.AnyIssuer && claims.Iss != p.Issuer || !p.AnySubject && claims.Sub != p.Subject {
		return "claims"
	}
	switch exp := int64(claims.Exp); {
	case exp == 0 && p.NoExpLifetime == 0 && !p.AllowNoExp:
		return "claims"
	case exp == 0 && p.NoExpLifetime != 0 && at >= int64(claims.Iat)+p.NoExpLifetime, exp != 0 && at >= exp:
		return "expired"
	}
	return ""
}

// signingInput returns what was signed, and the payload.
func signingInput(t *testing.T, c *Case, token *compact, payload []byte) (string, []byte) {
	t.Helper()
	middle := token.segments[1]
	unencoded := token.header["b64"] == false
	if unencoded != strings.HasPrefix(c.Form, "unencoded") {
		t.Fatalf("form %s with b64 %v", c.Form, token.header["b64"])
	}
	switch {
	case c.Detached && middle != "":
		t.Fatal("a detached payload beside an attached one")
	case c.Detached && unencoded:
		middle = string(payload)
	case c.Detached:
		middle = base64.RawURLEncoding.EncodeToString(payload)
	}
	if unencoded {
		return token.segments[0] + "." + middle, []byte(middle)
	}
	got, err := decode(middle)
	if err != nil {
		t.Fatal(err)
	}
	return token.segments[0] + "." + middle, got
}

func checkJWE(t *testing.T, f *File, c *Case) {
	token, class := classOf(c, c.TokenText())
	if class != "" {
		if c.Class != class {
			t.Fatalf("the token is %s, the case says %s %s", class, c.Expect, c.Class)
		}
		return
	}
	k := readJWK(t, f.Keys[c.Key].JWK)
	if reason := usable(k, c.Alg, "private"); reason != "" {
		t.Fatalf("the key is not for %s: %s", c.Alg, reason)
	}
	encryptedKey, err := decode(token.segments[1])
	if err != nil {
		t.Fatal(err)
	}
	var h hash.Hash = sha256.New()
	if c.Alg == "RSA-OAEP" {
		h = sha1.New()
	}
	cek, err := rsa.DecryptOAEP(h, nil, k.rsa, encryptedKey, nil)
	if c.Alg == "RSA-OAEP" && fipsOnly {
		if err == nil {
			t.Fatal("RSA-OAEP with SHA-1 under fips140=only")
		}
		if c.CEK == "" {
			return // refused, and nothing more can be said about the token
		}
		cek, err = decode(c.CEK)
	}
	if (err != nil) != (c.Class == "decryption") {
		t.Fatalf("decrypting the key: %v, the case says %s %s", err, c.Expect, c.Class)
	}
	if err != nil {
		return
	}
	plaintext := open(t, c, token, cek)
	if c.Kind == "jwe" {
		checkHeader(t, c, token)
		if c.Expect != "accept" {
			t.Errorf("the token decrypts, the case says %s %s", c.Expect, c.Class)
		}
		if want, ok := c.PayloadBytes(); !ok || !bytes.Equal(plaintext, want) {
			t.Errorf("the plaintext is %q", plaintext)
		}
		return
	}
	// The JWS inside is checked as a case of its own.
	inner := Case{Kind: map[string]string{"nested": "jws", "nested-jwt": "jwt"}[c.Kind], Alg: c.InnerAlg, Key: c.InnerKey, Token: string(plaintext),
		Payload: c.Payload, PayloadB64u: c.PayloadB64u, Check: c.Check, Policy: c.Policy, At: c.At, Expect: c.Expect, Class: c.Class, Form: "compact"}
	checkJWS(t, f, &inner)
}

// open decrypts the content of token with cek, and compares it with what CEK
// and IV say that it was made of.
func open(t *testing.T, c *Case, token *compact, cek []byte) []byte {
	t.Helper()
	iv, _ := decode(token.segments[2])
	ciphertext, _ := decode(token.segments[3])
	tag, _ := decode(token.segments[4])
	block, err := aes.NewCipher(cek)
	if err != nil {
		t.Fatal(err)
	}
	// NewGCM is refused under fips140=only; this one takes IV, ciphertext and
	// tag in a row, and is for both directions.
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	plaintext, err := gcm.Open(nil, nil, slices.Concat(iv, ciphertext, tag), []byte(token.segments[0]))
	if err != nil {
		t.Fatal(err)
	}
	if c.CEK == "" {
		return plaintext
	}
	if got := base64.RawURLEncoding.EncodeToString(cek); got != c.CEK || token.segments[2] != c.IV {
		t.Errorf("CEK %s and IV %s are in the token", got, token.segments[2])
	}
	// The other direction: GCM encrypts in counter mode, from 2 on (NIST SP
	// 800-38D, Section 7.1). Opening has shown that the tag fits.
	again := make([]byte, len(plaintext))
	payload, _ := c.PayloadBytes()
	cipher.NewCTR(block, append(slices.Clone(iv), 0, 0, 0, 2)).XORKeyStream(again, payload)
	if !bytes.Equal(again, ciphertext) {
		t.Error("CEK and IV give another ciphertext")
	}
	return plaintext
}

func checkKey(t *testing.T, c *Case) {
	var keys []jwk
	switch c.Form {
	case "jwk":
		keys = []jwk{readJWK(t, []byte(c.InputText()))}
	case "jwk-set":
		keys = jwksOf(t, []byte(c.InputText()))
	default:
		pub, priv := readKeyFile(t, c.InputText())
		k := jwk{pub: pub}
		k.rsa, _ = priv.(*rsa.PrivateKey)
		k.ec, _ = priv.(*ecdsa.PrivateKey)
		keys = []jwk{k}
	}
	reason := "no key"
	for _, k := range keys {
		if reason = usable(k, c.Alg, c.Role); reason == "" {
			break
		}
	}
	if (reason == "") != (c.Expect == "accept") || reason != "" && c.Class != "key" {
		t.Errorf("found %q, the case says %s %s", reason, c.Expect, c.Class)
	}
}

func checkThumbprint(t *testing.T, c *Case) {
	k := readJWK(t, []byte(c.InputText()))
	if usable(k, "RS256", "public") != "" && usable(k, "ES512", "public") != "" {
		if c.Class != "key" {
			t.Errorf("no key of ours, the case says %s %s", c.Expect, c.Class)
		}
		return
	}
	if c.Expect != "accept" {
		t.Fatalf("a good key, the case says %s %s", c.Expect, c.Class)
	}
	var members map[string]any
	if err := json.Unmarshal([]byte(c.InputText()), &members); err != nil {
		t.Fatal(err)
	}
	for name := range members {
		if !slices.Contains([]string{"crv", "e", "kty", "n", "x", "y"}, name) {
			delete(members, name)
		}
	}
	canonical, err := json.Marshal(members) // sorted by name, no white space
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(canonical)
	if got := base64.RawURLEncoding.EncodeToString(sum[:]); got != *c.Output {
		t.Errorf("the thumbprint is %s", got)
	}
}

// A jwk is a key as far as these tests need one.
type jwk struct {
	Kty, Crv, Alg, Use, Kid string
	N, E, D, P, Q, X, Y, K  string
	pub                     any // *rsa.PublicKey, *ecdsa.PublicKey
	rsa                     *rsa.PrivateKey
	ec                      *ecdsa.PrivateKey
	secret                  []byte
}

func (k jwk) private() any {
	switch {
	case k.rsa != nil:
		return k.rsa
	case k.ec != nil:
		return k.ec
	}
	return nil
}

func readJWK(t *testing.T, data []byte) (k jwk) {
	t.Helper()
	if err := json.Unmarshal(data, &k); err != nil {
		t.Fatal(err)
	}
	octets := func(s string) []byte {
		b, err := decode(s)
		if err != nil {
			t.Fatalf("member of a JWK: %v", err)
		}
		return b
	}
	integer := func(s string) *big.Int { return new(big.Int).SetBytes(octets(s)) }
	switch k.Kty {
	case "RSA":
		pub := rsa.PublicKey{N: integer(k.N), E: int(integer(k.E).Int64())}
		k.pub = &pub
		if k.D == "" {
			break
		}
		k.rsa = &rsa.PrivateKey{PublicKey: pub, D: integer(k.D), Primes: []*big.Int{integer(k.P), integer(k.Q)}}
		k.rsa.Precompute()
		if err := k.rsa.Validate(); err != nil {
			t.Fatal(err)
		}
	case "EC":
		curve := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-521": elliptic.P521()}[k.Crv]
		pub := ecdsa.PublicKey{Curve: curve, X: integer(k.X), Y: integer(k.Y)}
		k.pub = &pub
		size := (curve.Params().BitSize + 7) / 8
		if _, err := pub.ECDH(); err != nil {
			t.Fatalf("not a point of %s: %v", k.Crv, err)
		}
		if len(octets(k.X)) != size || len(octets(k.Y)) != size {
			k.pub = nil // a key that one has published so: usable says no
			break
		}
		if k.D == "" {
			break
		}
		k.ec = &ecdsa.PrivateKey{PublicKey: pub, D: integer(k.D)}
		ecdh, err := k.ec.ECDH()
		if err != nil {
			t.Fatal(err)
		}
		if want, _ := pub.ECDH(); !ecdh.PublicKey().Equal(want) {
			t.Fatal("d is of another point")
		}
	case "oct":
		k.secret = octets(k.K)
	default:
		t.Fatalf("kty %q", k.Kty)
	}
	return k
}

func jwksOf(t *testing.T, data []byte) (keys []jwk) {
	t.Helper()
	var set struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(data, &set); err != nil {
		t.Fatal(err)
	}
	for _, raw := range set.Keys {
		keys = append(keys, readJWK(t, raw))
	}
	return keys
}

// readKeyFile reads a key in PEM, in DER, or in base64 of DER, and returns both
// its halves, as far as they are there.
func readKeyFile(t *testing.T, s string) (pub any, priv crypto.PrivateKey) {
	t.Helper()
	der := []byte(s)
	if block, rest := pem.Decode(der); block != nil {
		if der = block.Bytes; len(bytes.TrimSpace(rest)) > 0 {
			t.Fatal("something after the PEM block")
		}
	} else if b, err := base64.StdEncoding.DecodeString(s); err == nil {
		der = b
	}
	if cert, err := x509.ParseCertificate(der); err == nil {
		return cert.PublicKey, nil
	}
	if pub, err := x509.ParsePKIXPublicKey(der); err == nil {
		return pub, nil
	}
	for _, parse := range []func() (any, error){
		func() (any, error) { return x509.ParsePKCS8PrivateKey(der) },
		func() (any, error) { return x509.ParsePKCS1PrivateKey(der) },
		func() (any, error) { return x509.ParseECPrivateKey(der) },
	} {
		if key, err := parse(); err == nil {
			return key.(crypto.Signer).Public(), key
		}
	}
	t.Fatal("no form of a key")
	return nil, nil
}

// publicText writes the public half of a key, or a secret, for comparison.
func publicText(t *testing.T, k jwk) string {
	t.Helper()
	if k.secret != nil {
		return hex.EncodeToString(k.secret)
	}
	der, err := x509.MarshalPKIXPublicKey(k.pub)
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(der)
}

// chooseKey returns the key of a case, from a set the one that kid names.
func chooseKey(t *testing.T, k Key, alg, kid string) (jwk, bool) {
	t.Helper()
	if k.Set == nil {
		return readJWK(t, k.JWK), true
	}
	for _, key := range jwksOf(t, k.Set) {
		if usable(key, alg, "") == "" && (kid == "" || kid == key.Kid) {
			return key, true
		}
	}
	return jwk{}, false
}

// usable says why a key is not for alg in role, or "". With no role, a secret
// may be short, and either half will do.
func usable(k jwk, alg, role string) string {
	use := "sig"
	if slices.Contains(jweAlgs, alg) {
		use = "enc"
	}
	switch pub := k.pub.(type) {
	case *rsa.PublicKey:
		if alg != "RS256" && use != "enc" || pub.N.BitLen() < 2048 {
			return "RSA"
		}
	case *ecdsa.PublicKey:
		if alg != "ES512" || pub.Curve != elliptic.P521() {
			return "curve"
		}
	default:
		if alg != "HS512" || role != "" && (role != "private" || len(k.secret) < 64) {
			return "secret"
		}
	}
	switch {
	case k.Alg != "" && k.Alg != alg:
		return "alg"
	case k.Use != "" && k.Use != use:
		return "use"
	case k.pub != nil && (role == "private" && k.private() == nil || role == "public" && k.private() != nil):
		return "role"
	}
	return ""
}

func (k jwk) verify(t *testing.T, alg, input, segment string) bool {
	t.Helper()
	sig, err := decode(segment)
	if err != nil {
		t.Fatal(err)
	}
	switch alg {
	case "RS256":
		sum := sha256.Sum256([]byte(input))
		return rsa.VerifyPKCS1v15(k.pub.(*rsa.PublicKey), crypto.SHA256, sum[:], sig) == nil
	case "ES512":
		sum := sha512.Sum512([]byte(input))
		r, s := new(big.Int).SetBytes(sig[:66]), new(big.Int).SetBytes(sig[66:])
		return ecdsa.Verify(k.pub.(*ecdsa.PublicKey), sum[:], r, s)
	}
	return k.sign(t, alg, input) == segment
}

func (k jwk) sign(t *testing.T, alg, input string) string {
	t.Helper()
	sig, err := []byte(nil), errors.New("not deterministic")
	switch alg {
	case "RS256":
		sum := sha256.Sum256([]byte(input))
		sig, err = rsa.SignPKCS1v15(nil, k.rsa, crypto.SHA256, sum[:])
	case "HS512":
		mac := hmac.New(sha512.New, k.secret)
		mac.Write([]byte(input))
		sig, err = mac.Sum(nil), nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(sig)
}
