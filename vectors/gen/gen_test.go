package main

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"example.com/jose/vectors"
)

// TestMain runs the tests again without GODEBUG=fips140, where it is set: what
// is hostile here is made with operations that the mode only refuses, and has
// to come out the same.
func TestMain(m *testing.M) {
	if strings.Contains(os.Getenv("GODEBUG"), "fips140") {
		cmd := exec.Command(os.Args[0], os.Args[1:]...)
		cmd.Env = append(os.Environ(), "GODEBUG=") // the last one counts
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Run(); err != nil {
			fmt.Fprintln(os.Stderr, "without GODEBUG:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// corpus returns the files as they are committed, by name.
func corpus(t *testing.T) map[string]*vectors.File {
	t.Helper()
	files, err := readCorpus()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

var readCorpus = sync.OnceValues(func() (map[string]*vectors.File, error) {
	paths, err := filepath.Glob("../hostile-*.json")
	if err != nil {
		return nil, err
	}
	files := map[string]*vectors.File{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if files[filepath.Base(path)], err = vectors.Parse(path, data); err != nil {
			return nil, err
		}
	}
	return files, nil
})

// each calls f for all committed cases.
func each(t *testing.T, f func(file *vectors.File, c *vectors.Case)) {
	t.Helper()
	n := 0
	for _, file := range corpus(t) {
		for i := range file.Cases {
			f(file, &file.Cases[i])
			n++
		}
	}
	if n < 340 {
		t.Errorf("%d cases", n)
	}
}

func fault(c *vectors.Case) string { return strings.Split(c.ID, "/")[1] }

func TestCommittedFilesAreGenerated(t *testing.T) {
	files, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what go generate ./vectors writes", name)
		}
	}
	for name := range corpus(t) {
		if files[name] == nil {
			t.Errorf("%s is written by nobody", name)
		}
	}
}

// TestGeneratorReadsBack checks that nothing is lost on the way to the file:
// JSON replaces octets that are not UTF-8.
func TestGeneratorReadsBack(t *testing.T) {
	files := corpus(t)
	for _, s := range sources() {
		f := files[s.name+".json"]
		if len(f.Cases) != len(s.rows) {
			t.Fatalf("%s: %d cases of %d rows", s.name, len(f.Cases), len(s.rows))
		}
		for i, r := range s.rows {
			if c := &f.Cases[i]; c.ID != r.id || c.TokenText() != r.token || c.InputText() != r.input {
				t.Errorf("%s: token or input differs from the row", r.id)
			}
		}
	}
}

func TestCounts(t *testing.T) {
	files := corpus(t)
	for name, want := range map[string]int{
		"hostile-jws.json": 480, "hostile-unencoded.json": 110, "hostile-jwe.json": 280,
		"hostile-nested.json": 60, "hostile-jwt.json": 200, "hostile-keys.json": 420,
	} {
		if f := files[name]; f == nil || len(f.Cases) < want {
			t.Errorf("%s: too few cases", name)
		}
	}
}

func TestCasesAreDistinctAndDescribed(t *testing.T) {
	sections := regexp.MustCompile(`^RFC [0-9]{4}, (Section [0-9]+(\.[0-9]+)*|Appendix [A-Z](\.[0-9]+)*)$`)
	seen := map[[3]string]string{}
	texts := map[string]string{}
	used := map[string]bool{}
	each(t, func(file *vectors.File, c *vectors.Case) {
		key := [3]string{fault(c), c.Form, c.Alg}
		if other := seen[key]; other != "" {
			t.Errorf("%s and %s have the same fault, form and algorithm", c.ID, other)
		}
		seen[key] = c.ID
		// The same text asked for the same thing is the same case under two names.
		payload, _ := c.PayloadBytes()
		check, _ := json.Marshal(c.Check)
		policy, _ := json.Marshal(c.Policy)
		text := strings.Join([]string{c.Kind, c.Form, c.Alg, c.Key, c.InnerAlg, c.Role, c.TokenText(), c.InputText(), string(check), string(policy)}, "\x00")
		if c.Detached {
			text += "\x00" + string(payload)
		}
		sum := string(digest(crypto.SHA256, text))
		if other := texts[sum]; other != "" {
			t.Errorf("%s and %s are the same", c.ID, other)
		}
		texts[sum] = c.ID
		if !sections.MatchString(c.Section) {
			t.Errorf("%s: section %q", c.ID, c.Section)
		}
		if len(c.Comment) < 7 || !strings.HasSuffix(c.Comment, ".") && !strings.HasSuffix(c.Comment, "?") {
			t.Errorf("%s: comment %q is no sentence", c.ID, c.Comment)
		}
		if len(c.Tags) == 0 {
			t.Errorf("%s: no tag", c.ID)
		}
		for _, tag := range c.Tags {
			if tagMeanings[tag] == "" || !slices.Contains(file.Notes, "Tag "+tag+": "+tagMeanings[tag]+".") {
				t.Errorf("%s: tag %s is not documented", c.ID, tag)
			}
			used[tag] = true
		}
		if accept := c.Expect == "accept"; accept != slices.Contains(c.Tags, "control") && c.Expect != "either" {
			t.Errorf("%s: expect %s with tags %q", c.ID, c.Expect, c.Tags)
		}
	})
	for tag := range tagMeanings {
		if !used[tag] {
			t.Errorf("tag %s is used nowhere", tag)
		}
	}
}

// TestEveryFormHasItsControl looks for a token or key that is accepted beside
// each group of those that are not: without it a refusal means nothing.
func TestEveryFormHasItsControl(t *testing.T) {
	groups := map[[4]string]bool{}
	each(t, func(_ *vectors.File, c *vectors.Case) {
		key := [4]string{c.Kind, c.Form, c.Alg, c.Role}
		groups[key] = groups[key] || c.Expect == "accept"
	})
	for key, ok := range groups {
		// A claims set in an unencoded token is forbidden as such.
		if !ok && key != [4]string{"jwt", "unencoded", "HS512", ""} {
			t.Errorf("no accepted case of %q", key)
		}
	}
	for _, want := range [][4]string{
		{"jws", "compact", "RS256"}, {"jws", "compact", "ES512"}, {"jws", "compact", "HS512"},
		{"jws", "detached", "RS256"}, {"jws", "detached", "ES512"}, {"jws", "detached", "HS512"},
		{"jws", "unencoded", "RS256"}, {"jws", "unencoded", "ES512"}, {"jws", "unencoded", "HS512"},
		{"jws", "unencoded-detached", "RS256"}, {"jws", "unencoded-detached", "ES512"}, {"jws", "unencoded-detached", "HS512"},
		{"jwe", "compact", "RSA-OAEP"}, {"jwe", "compact", "RSA-OAEP-256"},
		{"nested", "nested", "RSA-OAEP"}, {"nested-jwt", "nested", "RSA-OAEP-256"},
		{"jwt", "compact", "RS256"}, {"jwt", "compact", "ES512"}, {"jwt", "compact", "HS512"},
		{"jwk", "jwk", "RS256", "private"}, {"jwk", "jwk", "ES512", "public"}, {"jwk", "jwk", "HS512", "private"},
		{"jwkset", "jwk-set", "RS256", "public"}, {"jwkset", "jwk-set", "HS512", "private"},
		{"key", "pem", "RS256", "private"}, {"key", "der", "ES512", "private"}, {"key", "base64-der", "ES512", "public"},
		{"key", "certificate", "RS256", "public"}, {"key", "certificate", "ES512", "public"},
	} {
		if !groups[want] {
			t.Errorf("no accepted case of %q", want)
		}
	}
}

// TestKnownAttacks looks for the attacks under the names by which people know
// them, in ids and comments.
func TestKnownAttacks(t *testing.T) {
	names := []string{
		"alg none", "nOnE", "Key confusion, RS256 to HS512", "Key confusion, ES512 to HS512", "psychic signature", "embedded-jwk", "jku-injected",
		"x5u-injected", "x5c-injected", "x5t-injected", "kid-path-traversal", "kid-sql-injection", "kid-command-injection",
		"Bleichenbacher's forgery of 2006", "bleichenbacher-2006-cube-root", "Bleichenbacher's attack of 1998", "Manger's oracle", "valid-high-s",
		"signature-der", "crit-unknown", "duplicate-alg", "polyglot", "million dots", "zip bomb", "billion hashes", "invalid curve attack",
		"Sign/encrypt confusion", "Surreptitious forwarding", "cross-JWT confusion", "substitution of a token", "json-byte-order-mark", "utf8-overlong",
		"lone-high-surrogate", "Boneh, DeMillo, Lipton", "alg-of-other-hash", "tag is truncated",
	}
	for _, number := range []string{
		"2006-4339", "2015-2951", "2015-9235", "2016-5431", "2016-6298", "2016-9121", "2016-10555", "2018-0114", "2018-1000539", "2019-20933",
		"2020-0601", "2020-15957", "2020-26160", "2020-28042", "2021-30246", "2021-41106", "2022-3102", "2022-21449", "2022-24771", "2022-24772",
		"2022-25898", "2022-29217", "2022-39227", "2023-6681", "2023-37464", "2023-48223", "2023-48238", "2023-50658", "2023-51774", "2023-51775",
		"2024-28102", "2024-28176", "2024-28180", "2024-33663", "2024-33664", "2024-53861", "2025-27144", "2025-30144", "2025-30204", "2025-54887",
		"2025-59420", "2025-61920", "2025-65945", "2026-27962", "2026-28490", "2026-28802", "2026-32597", "2026-34950", "2026-34986", "2026-45363", "2026-48526",
		"2017-11424", "2026-29000", "2026-44351",
	} {
		names = append(names, "CVE-"+number)
	}
	var all strings.Builder
	each(t, func(_ *vectors.File, c *vectors.Case) { fmt.Fprintln(&all, c.ID, c.Comment) })
	for _, name := range names {
		if !strings.Contains(all.String(), name) {
			t.Errorf("no case for %s", name)
		}
	}
}

// The oracles below are written against the RFCs and the standard library
// alone. They read keys from the JSON of the corpus, and tokens leniently.

// jwkKey is a JWK for the oracles.
type jwkKey struct {
	Kty, Crv, Kid, Alg, N, E, D, P, Q, DP, DQ, QI, X, Y, K string
}

func readJWK(t *testing.T, raw []byte) jwkKey {
	t.Helper()
	var k jwkKey
	if err := json.Unmarshal(raw, &k); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return k
}

// keysOf returns the key, or those of the set.
func keysOf(t *testing.T, k vectors.Key) []jwkKey {
	t.Helper()
	if k.Set == nil {
		return []jwkKey{readJWK(t, k.JWK)}
	}
	var s struct{ Keys []jwkKey }
	if err := json.Unmarshal(k.Set, &s); err != nil {
		t.Fatal(err)
	}
	return s.Keys
}

// loose decodes base64url or base64 in any spelling, skipping what is neither.
func loose(s string) []byte {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '+':
			return '-'
		case r == '/':
			return '_'
		case '！' <= r && r <= '～':
			return r - '！' + '!'
		case strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", r):
			return r
		}
		return -1
	}, strings.ReplaceAll(s, "%3D", ""))
	if len(s)%4 == 1 {
		s = s[:len(s)-1]
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func strict(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || base64.RawURLEncoding.EncodeToString(b) != s {
		t.Fatalf("%.40q is not base64url", s)
	}
	return b
}

func bigOf(s string) *big.Int { return new(big.Int).SetBytes(loose(s)) }

// verifies reports whether one of the keys verifies.
func verifies(keys []jwkKey, alg, input string, sig []byte) bool {
	for _, k := range keys {
		switch {
		case alg == "RS256" && k.Kty == "RSA":
			pub := &rsa.PublicKey{N: bigOf(k.N), E: int(bigOf(k.E).Int64())}
			sum := sha256.Sum256([]byte(input))
			if rsa.VerifyPKCS1v15(pub, crypto.SHA256, sum[:], sig) == nil {
				return true
			}
		case alg == "ES512" && k.Kty == "EC" && len(sig) == 132:
			pub := &ecdsa.PublicKey{Curve: elliptic.P521(), X: bigOf(k.X), Y: bigOf(k.Y)}
			sum := sha512.Sum512([]byte(input))
			if ecdsa.Verify(pub, sum[:], new(big.Int).SetBytes(sig[:66]), new(big.Int).SetBytes(sig[66:])) {
				return true
			}
		case alg == "HS512" && k.Kty == "oct":
			m := hmac.New(sha512.New, loose(k.K))
			m.Write([]byte(input))
			if hmac.Equal(m.Sum(nil), sig) {
				return true
			}
		}
	}
	return false
}

// lenientJWS reports whether the signature of a JWS is right, when it is read
// as leniently as can be; of a detached payload, whether it was signed encoded
// or, as b64 says, not.
func lenientJWS(t *testing.T, file *vectors.File, c *vectors.Case) bool {
	token := c.TokenText()
	first, last := strings.IndexByte(token, '.'), strings.LastIndexByte(token, '.')
	if first < 0 || first == last {
		return false
	}
	keys, sig := keysOf(t, file.Keys[c.Key]), loose(token[last+1:])
	inputs := []string{token[:last]}
	if payload, ok := c.PayloadBytes(); ok && c.Detached {
		inputs = []string{token[:last], token[:first+1] + b64(payload)}
		if bytes.Contains(loose(token[:first]), []byte(`"b64":`)) {
			inputs[1] = token[:first+1] + string(payload)
		}
	}
	return slices.ContainsFunc(inputs, func(input string) bool { return verifies(keys, c.Alg, input, sig) })
}

// TestAcceptedSignaturesAreRight checks the tokens of kinds jws and jwt that
// are accepted, with strict decoding.
func TestAcceptedSignaturesAreRight(t *testing.T) {
	n := 0
	each(t, func(file *vectors.File, c *vectors.Case) {
		if c.Kind != "jws" && c.Kind != "jwt" || c.Expect != "accept" {
			return
		}
		n++
		token := c.TokenText()
		first, last := strings.IndexByte(token, '.'), strings.LastIndexByte(token, '.')
		var h map[string]any // not a struct, for which encoding/json folds case
		if err := json.Unmarshal(strict(t, token[:first]), &h); err != nil || h["alg"] != c.Alg {
			t.Errorf("%s: alg is %v, %v", c.ID, h["alg"], err)
		}
		want, _ := c.PayloadBytes()
		unencoded := strings.HasPrefix(c.Form, "unencoded")
		segment := token[first+1 : last]
		if c.Detached {
			if segment != "" {
				t.Errorf("%s: payload attached", c.ID)
			}
			segment = string(want)
			if !unencoded {
				segment = b64(want)
			}
		}
		got := []byte(segment)
		if !unencoded {
			got = strict(t, segment)
		}
		if !bytes.Equal(got, want) || unencoded != (h["b64"] == false) {
			t.Errorf("%s: another payload, or b64", c.ID)
		}
		if !verifies(keysOf(t, file.Keys[c.Key]), c.Alg, token[:first+1]+segment, strict(t, token[last+1:])) {
			t.Errorf("%s: the signature is wrong", c.ID)
		}
		if c.Kind == "jwt" && !json.Valid(want) {
			t.Errorf("%s: the claims are no JSON", c.ID)
		}
	})
	if n < 100 {
		t.Errorf("%d tokens", n)
	}
}

// TestOneFaultOfSignedTokens checks that tokens are refused for their class:
// where the signature is not the fault it is right, and where it is, wrong.
func TestOneFaultOfSignedTokens(t *testing.T) {
	// Where the fault is in the framing, in the form of the signature, in who
	// made the token, or came after it was signed, there is no right signature to find.
	notSigned := regexp.MustCompile(`^(segments-|payload-broken-in-transit$|dots?-|json-(flattened|general)|json-and|signature-|mac-|psychic-signature-|header-not-closed|jwe-for-jws|` +
		`alg-none(-spelled.*|-escaped|-with-space)?$|alg-.*-unsigned$|alg-(RS|PS|ES|HS)[0-9]|bearer-|space-before|byte-order-mark-before|quotes-around|two-tokens|other-separator|ideographic|` +
		`key-confusion-|jwt-key-confusion|unsecured-jwt|jwt-sign-encrypt|jwt-no-dots|alg-of-other-key|alg-switched|` +
		`kid-(not-in-set-forged|ambiguous-forged|path-traversal|sql-injection|prototype|trailing-nul|not-in-set-blank-secret))`)
	n := map[bool]int{}
	each(t, func(file *vectors.File, c *vectors.Case) {
		if c.Kind != "jws" && c.Kind != "jwt" || c.Expect == "accept" || len(c.TokenParts) > 0 && strings.Contains(c.ID, "dots") {
			return
		}
		right := lenientJWS(t, file, c)
		exempt := notSigned.MatchString(fault(c))
		if fault(c) == "kid-of-other-key" { // right for another key of the set
			return
		}
		switch {
		case c.Class == signature && right:
			t.Errorf("%s: the signature is right", c.ID)
		case c.Class != signature && !right && !exempt:
			t.Errorf("%s: class %q, and the signature is wrong as well", c.ID, c.Class)
		}
		n[right]++
	})
	if n[true] < 300 || n[false] < 200 {
		t.Errorf("%v", n)
	}
}

// openJWE decrypts with the standard library, reading segments leniently; the
// hash of OAEP is that of alg.
func openJWE(t *testing.T, token string, keys []jwkKey, alg string) ([]byte, bool) {
	t.Helper()
	p := strings.Split(token, ".")
	if len(p) != 5 {
		return nil, false
	}
	for _, k := range keys {
		if k.Alg != "" && k.Alg != alg {
			continue
		}
		priv := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: bigOf(k.N), E: int(bigOf(k.E).Int64())}, D: bigOf(k.D), Primes: []*big.Int{bigOf(k.P), bigOf(k.Q)}}
		priv.Precompute()
		ek := loose(p[1])
		if len(ek) != priv.Size() { // which rsa.DecryptOAEP does not look at
			continue
		}
		cek, err := rsa.DecryptOAEP(oaepHash(alg).New(), nil, priv, ek, nil)
		if err != nil || len(cek) != 16 && len(cek) != 24 && len(cek) != 32 {
			continue
		}
		block, err := aes.NewCipher(cek)
		if err != nil {
			t.Fatal(err)
		}
		iv, tag := loose(p[2]), loose(p[4])
		if len(iv) == 0 {
			continue
		}
		var aead cipher.AEAD
		if len(iv) == 12 && len(tag) >= 12 && len(tag) < 16 {
			aead, err = cipher.NewGCMWithTagSize(block, len(tag))
		} else {
			aead, err = cipher.NewGCMWithNonceSize(block, len(iv))
		}
		if err != nil {
			t.Fatal(err)
		}
		if plaintext, err := aead.Open(nil, iv, append(loose(p[3]), tag...), []byte(p[0])); err == nil {
			return plaintext, true
		}
	}
	return nil, false
}

// TestOneFaultOfEncryptedTokens does for JWE what the two tests before do for
// JWS.
func TestOneFaultOfEncryptedTokens(t *testing.T) {
	// Where the fault is in the framing, the algorithm or the length of IV or
	// tag, there is nothing to decrypt.
	notEncrypted := regexp.MustCompile(`^(segments-|dots?-|json-(flattened|general)|jws-|space-before$|.*swapped|alg-|enc-.*CBC|tag-(empty|[148]-octets)|` +
		`tag-(1[78]|32)-octets|iv-(empty|trailing)|ciphertext-17|.*-impossible-length|header-empty$|not-encrypted|encrypted-then-signed|inner-not-nested|outer-alg-)`)
	n := map[bool]int{}
	each(t, func(file *vectors.File, c *vectors.Case) {
		if !strings.HasPrefix(c.Alg, "RSA-OAEP") || c.Key == "" || c.Class == unknownKey || fault(c) == "kid-of-other-key" {
			return
		}
		plaintext, ok := openJWE(t, c.TokenText(), keysOf(t, file.Keys[c.Key]), c.Alg)
		// A CEK of another length decrypts where nobody looks at it.
		if c.Class == decryption && ok && !strings.HasPrefix(fault(c), "cek-") {
			t.Errorf("%s: it decrypts", c.ID)
		}
		if c.Class != decryption && !ok && !notEncrypted.MatchString(fault(c)) {
			t.Errorf("%s: class %q, and it does not decrypt", c.ID, c.Class)
		}
		n[ok]++
		if c.Expect != "accept" {
			return
		}
		for _, s := range strings.Split(c.TokenText(), ".") {
			strict(t, s)
		}
		want, _ := c.PayloadBytes()
		if c.Kind != "jwe" { // the plaintext is a JWS
			inner := &vectors.Case{Alg: c.InnerAlg, Key: c.InnerKey, Token: string(plaintext)}
			if !lenientJWS(t, file, inner) {
				t.Errorf("%s: the signature inside is wrong", c.ID)
			}
			plaintext = strict(t, strings.Split(string(plaintext), ".")[1])
		}
		if !bytes.Equal(plaintext, want) {
			t.Errorf("%s: it decrypts to something else", c.ID)
		}
	})
	if n[true] < 150 || n[false] < 100 {
		t.Errorf("%v", n)
	}
}

// TestOneFaultOfNestedTokens looks at what is inside: where the outer layer is
// in order and the class is not that of a signature, the signature is right.
func TestOneFaultOfNestedTokens(t *testing.T) {
	notSigned := regexp.MustCompile(`^(inner-(alg-none|key-confusion.*|signature-stripped|two-segments|space|empty|is-.*|json-flattened|unsecured|not-nested|nested-twice)|encrypted-claims.*|outer-zip)$`)
	n := 0
	each(t, func(file *vectors.File, c *vectors.Case) {
		if c.InnerAlg == "" || c.Expect == "accept" {
			return
		}
		plaintext, ok := openJWE(t, c.TokenText(), keysOf(t, file.Keys[c.Key]), c.Alg)
		if !ok {
			return
		}
		n++
		right := lenientJWS(t, file, &vectors.Case{Alg: c.InnerAlg, Key: c.InnerKey, Token: string(plaintext)})
		if right != (c.Class != signature) && !notSigned.MatchString(fault(c)) {
			t.Errorf("%s: class %q, and the signature inside is right: %v", c.ID, c.Class, right)
		}
	})
	if n < 30 {
		t.Errorf("%d tokens", n)
	}
}

// TestControlsAreReproducible makes the tokens again from what the cases state.
func TestControlsAreReproducible(t *testing.T) {
	n := 0
	each(t, func(file *vectors.File, c *vectors.Case) {
		segments := strings.Split(c.TokenText(), ".")
		payload, _ := c.PayloadBytes()
		switch {
		case c.Reproduce:
			input := b64(c.Header) + "." + b64(payload)
			if strings.HasPrefix(c.Form, "unencoded") {
				input = b64(c.Header) + "." + string(payload)
			}
			if last := segments[len(segments)-1]; segments[0] != b64(c.Header) || last != b64(sign(c.Alg, input)) {
				t.Errorf("%s: it is another token", c.ID)
			}
		case c.CEK != "":
			sealed := gcm(strict(t, c.CEK), strict(t, c.IV)).Seal(nil, strict(t, c.IV), payload, []byte(segments[0]))
			if segments[0] != b64(c.Header) || segments[2] != c.IV || segments[3]+segments[4] != b64(sealed[:len(payload)])+b64(sealed[len(payload):]) {
				t.Errorf("%s: it is another token", c.ID)
			}
		default:
			return
		}
		n++
	})
	if n < 80 {
		t.Errorf("%d tokens", n)
	}
}

// TestAcceptedKeysAreRight checks keys that are accepted, with the standard
// library.
func TestAcceptedKeysAreRight(t *testing.T) {
	n := 0
	each(t, func(_ *vectors.File, c *vectors.Case) {
		if c.Expect != "accept" || c.Role == "" {
			return
		}
		n++
		text := c.InputText()
		switch c.Form {
		case "jwk":
			checkJWK(t, c, readJWK(t, []byte(text)))
		case "jwk-set":
			usable := 0
			for _, k := range keysOf(t, vectors.Key{Set: json.RawMessage(text)}) {
				if k.Kty == map[string]string{"ES512": "EC", "HS512": "oct"}[c.Alg] || k.Kty == "RSA" && c.Alg != "ES512" && c.Alg != "HS512" {
					checkJWK(t, c, k)
					usable++
				}
			}
			if usable == 0 {
				t.Errorf("%s: no key", c.ID)
			}
		default:
			der := []byte(text)
			switch c.Form {
			case "base64-der":
				var err error
				if der, err = base64.StdEncoding.DecodeString(text); err != nil { // it skips a line end
					t.Errorf("%s: %v", c.ID, err)
				}
			case "pem", "certificate":
				// Lines end in CR too, which encoding/pem does not know.
				rest := []byte(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text))
				for block := new(pem.Block); block != nil; {
					if block, rest = pem.Decode(rest); block != nil {
						der = block.Bytes // the last one
					}
				}
			}
			checkDER(t, c, der)
		}
	})
	if n < 70 {
		t.Errorf("%d keys", n)
	}
}

// TestThumbprints makes the input of the hash from what encoding/json reads.
func TestThumbprints(t *testing.T) {
	n := 0
	each(t, func(_ *vectors.File, c *vectors.Case) {
		if c.Kind != "thumbprint" || c.Output == nil {
			return
		}
		n++
		var members map[string]any
		if err := json.Unmarshal([]byte(c.InputText()), &members); err != nil {
			t.Errorf("%s: %v", c.ID, err)
		}
		required := map[string]any{}
		for _, name := range map[any][]string{"RSA": {"e", "kty", "n"}, "EC": {"crv", "kty", "x", "y"}}[members["kty"]] {
			required[name] = members[name]
		}
		canonical := string(must(json.Marshal(required))) // sorted by name, no white space
		if got := b64(digest(crypto.SHA256, canonical)); got != *c.Output || len(required) < 3 {
			t.Errorf("%s: the thumbprint is %s", c.ID, got)
		}
	})
	if n < 7 {
		t.Errorf("%d thumbprints", n)
	}
}

func checkJWK(t *testing.T, c *vectors.Case, k jwkKey) {
	t.Helper()
	ok := false
	switch k.Kty {
	case "RSA":
		n := bigOf(k.N)
		ok = n.BitLen() >= 2048 && n.BitLen() <= 8192 && n.Bit(0) == 1 && bigOf(k.E).Bit(0) == 1
		if c.Role == "private" {
			ok = ok && new(big.Int).Mul(bigOf(k.P), bigOf(k.Q)).Cmp(n) == 0
			m := big.NewInt(42)
			e := new(big.Int).Exp(m, bigOf(k.E), n)
			ok = ok && e.Exp(e, bigOf(k.D), n).Cmp(m) == 0
		}
	case "EC":
		ok = k.Crv == "P-521" && len(loose(k.X)) == 66 && len(loose(k.Y)) == 66 && elliptic.P521().IsOnCurve(bigOf(k.X), bigOf(k.Y))
		if c.Role == "private" {
			x, y := elliptic.P521().ScalarBaseMult(loose(k.D))
			ok = ok && x.Cmp(bigOf(k.X)) == 0 && y.Cmp(bigOf(k.Y)) == 0
		}
	case "oct":
		ok = len(loose(k.K)) >= 64
	}
	if !ok {
		t.Errorf("%s: the key is wrong", c.ID)
	}
}

func checkDER(t *testing.T, c *vectors.Case, der []byte) {
	t.Helper()
	var found crypto.PublicKey
	if k, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		found = k.(crypto.Signer).Public()
	} else if k, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		found = k.Public()
	} else if k, err := x509.ParseECPrivateKey(der); err == nil {
		found = k.Public()
	} else if k, err := x509.ParsePKIXPublicKey(der); err == nil {
		found = k
	} else if k, err := x509.ParsePKCS1PublicKey(der); err == nil {
		found = k
	} else if k, err := x509.ParseCertificate(der); err == nil {
		found = k.PublicKey
	}
	switch k := found.(type) {
	case *rsa.PublicKey:
		text := &rsa.PublicKey{N: rsaText.N, E: int(rsaText.E.Int64())}
		if !k.Equal(rsaMain.private().Public()) && !k.Equal(text) || c.Alg == "ES512" {
			t.Errorf("%s: another key", c.ID)
		}
	case *ecdsa.PublicKey:
		if !k.Equal(ecMain.private().Public()) || c.Alg != "ES512" {
			t.Errorf("%s: another key", c.ID)
		}
	default:
		t.Errorf("%s: no key that crypto/x509 reads", c.ID)
	}
}
