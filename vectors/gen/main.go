// Command gen writes the hostile corpus: vectors/hostile-*.json, tokens and
// keys of which each has one fault, so that exactly one check refuses it, and
// their positive controls, which differ from them in that fault alone.
//
//	go generate ./vectors     (or: go run ./vectors/gen)
//
// The output is the same on every run, machine and Go release from 1.24 on:
// keys are constants, RS256, HS512 and deterministic ES512 (RFC 6979) need no
// randomness, and what RSA-OAEP and AES-GCM need is derived from the content.
// Tokens are put together from octets with crypto/... and math/big. Package
// jose is not imported, so that its faults cannot hide in its own tests, and
// what it refuses to write can be written.
//
// # How a case is written
//
// A case is one entry in one place: a [row], or a line of a table of which a
// function makes rows. The files are jws.go, unencoded.go (detached and
// unencoded payloads), jwe.go, nested.go, jwt.go, and for keys keyfiles.go,
// sets.go, readings.go, factors.go and thumbprints.go. A file of rows begins with the function
// that collects them, and with its helpers; a function is about one thing, such
// as crit, and begins with the controls of it. A new row needs
//
//	id     "jws/crit-null/HS512": the prefix says kind and form (see prefixes),
//	       then the fault in a word or three, then what the reader is for (of a
//	       thumbprint, the type of the key).
//	class  why it is refused, of the constants below; absent where it is accepted.
//	why    a sentence that says what is wrong, not that it is.
//	req    the ids of the statements that decide, out of
//	       vectors/requirements/requirements.json, with spaces between them:
//	       "7515-4.1.11-2 7515-5.2-10". The first one decides the verdict. It
//	       gives the case its section and its level; so look for the one that
//	       binds who reads (who: recipient or both), and put the producer's
//	       behind it. Where no statement decides, as for what is inside of a DER
//	       file, req is an RFC and a section: "5280 4.1".
//	tags   out of tagMeanings.
//	token  or input, for keys; made by the helpers so that nothing but the fault
//	       is wrong: the signature is over what stands there.
//
// and where it differs from the default: choice (a sentence about the RFC that
// leaves it open; class is then what package jose does), key, payload, check,
// policy, at, role, and the keys and algorithms of a nested token. A level is
// stated only where the statement does not fit, and then the list in
// vectors/levels_test.go needs the reason.
//
//	{id: "jws/segments-4/RS256", class: malformed, req: "7515-5.2-4",
//		why: "Four segments; what follows the signature must not be ignored.",
//		tags: "framing", token: good + "." + p[2]},
//
// Then go generate ./vectors, and go test ./vectors/... It refuses an id that is
// there twice, two cases with one text, a statement or a tag that does not
// exist, a group of refusals without a control, and a control that does not
// verify by the standard library alone.
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"example.com/jose/vectors"
)

// The classes of refusals.
const (
	malformed   = "malformed"
	unsupported = "unsupported"
	algorithm   = "algorithm"
	badKey      = "key"
	unknownKey  = "unknown-key"
	signature   = "signature"
	decryption  = "decryption"
	claims      = "claims"
	expired     = "expired"
	notYetValid = "not-yet-valid"
)

// A row is one case, without what follows from its id, which is
// prefix/fault/alg: the prefix stands for kind and form (see prefixes), alg is
// what the verifier or decrypter is for, or the type of a key.
type row struct {
	id    string
	class string // of the refusal; "" means that the case is accepted
	why   string
	req   string // "7515-4.1.11-3 7515-E-1"; see [row.statements]
	level string // where req does not make it; see [vectors.Case.LevelByRequirements]
	tags  string // separated by spaces, from tagMeanings

	// choice says what the RFCs leave open. With it the outcome is "either",
	// and class is what package jose does.
	choice string

	token   string
	key     string // default: the key of alg in defaultKeys
	payload string // what comes out of the token, or is detached; default: the payload of the kind
	check   string // JSON object of header members that the caller understands

	innerAlg, innerKey string
	policy             *vectors.Policy // default for jwt and nested-jwt: basePolicy
	at                 int64           // default: now

	input  string // kinds of keys
	role   string // default: public
	output string // the thumbprint
}

// tagMeanings documents the tags. Each file lists those that it uses.
var tagMeanings = map[string]string{
	"algorithm-confusion":    "the token, not the caller, would choose the algorithm, or whether there is one",
	"claim-confusion":        "claims or header members that are read differently from what was meant, or not checked",
	"compression":            "content that would have to be decompressed",
	"content-confusion":      "what was signed is taken for something else: attached and detached, encoded and unencoded",
	"control":                "a positive control: it is accepted, and its hostile relatives differ from it in one thing",
	"crit":                   "header extensions that must be understood (RFC 7515, Section 4.1.11)",
	"encoding":               "base64url, UTF-8, DER or PEM with more than one spelling",
	"framing":                "the number of segments, or what stands around them",
	"key-confusion":          "a key is used for what it was not made for, as a public key for a secret",
	"key-injection":          "the token names, carries or locates the key that would verify it",
	"key-validation":         "key material that must not be used",
	"nesting":                "encrypted is taken for signed, or the wrong layer for the right one",
	"padding-oracle":         "decryption failures that must not be told apart (RFC 7516, Section 11.5)",
	"parser-differential":    "two parsers read different things in the same octets",
	"resource-exhaustion":    "a small input that asks for a lot of memory or time, or a large one",
	"signature-forgery":      "a signature that a lenient verification takes without the private key or secret",
	"signature-malleability": "a second signature that is made from a first one without the key",
	"tampering":              "a token that was changed after it was made",
	"time":                   "exp, nbf and iat",
	"type-confusion":         "a member of another JSON type than its definition gives it",
}

// A shape is what the first part of an id stands for.
type shape struct{ kind, form string }

var prefixes = map[string]shape{
	"jws":                {"jws", "compact"},
	"detached":           {"jws", "detached"},
	"unencoded":          {"jws", "unencoded"},
	"unencoded-detached": {"jws", "unencoded-detached"},
	"jwe":                {"jwe", "compact"},
	"nested":             {"nested", "nested"},
	"nested-jwt":         {"nested-jwt", "nested"},
	"jwt":                {"jwt", "compact"},
	"jwt-unencoded":      {"jwt", "unencoded"},
	"jwk":                {"jwk", "jwk"},
	"jwk-set":            {"jwkset", "jwk-set"},
	"lookup":             {"jws", "compact"},
	"jwe-lookup":         {"jwe", "compact"},
	"pem":                {"key", "pem"},
	"der":                {"key", "der"},
	"base64-der":         {"key", "base64-der"},
	"certificate":        {"key", "certificate"},
	"thumbprint":         {"thumbprint", "thumbprint"},
}

var defaultKeys = map[string]string{
	"RS256": "rsa", "ES512": "ec", "HS512": "oct", "RSA-OAEP": "rsa", "RSA-OAEP-256": "rsa",
}

// complete returns the case that r stands for.
func (r row) complete() (c vectors.Case) {
	parts := strings.Split(r.id, "/")
	s, ok := prefixes[parts[0]]
	if len(parts) != 3 || !ok {
		panic("id is not prefix/fault/alg: " + r.id)
	}
	c = vectors.Case{
		ID: r.id, Kind: s.kind, Form: s.form, Alg: parts[2],
		Comment: r.why, Tags: strings.Fields(r.tags),
		Expect: "reject", Class: r.class, Choice: r.choice,
	}
	c.Section, c.Requirements = r.statements()
	switch {
	case r.choice != "":
		c.Expect = "either"
	case r.class == "":
		c.Expect = "accept"
	}
	defer func() { c.Level = r.levelOf(&c) }() // which needs to see all of the rest
	if r.input != "" {
		switch {
		case s.kind == "thumbprint":
			c.Alg = "" // the id has the type of the key in its place
			if r.output != "" {
				c.Output = &r.output
			}
		case r.role == "":
			c.Role = "public"
		default:
			c.Role = r.role
		}
		switch {
		case s.form == "der" || !utf8.ValidString(r.input):
			c.InputB64u = b64(r.input)
		default:
			c.InputParts = shrink(r.input)
			if c.InputParts == nil {
				c.Input = r.input
			}
		}
		return c
	}
	c.Key = r.key
	if c.Key == "" {
		c.Key = defaultKeys[c.Alg]
	}
	c.TokenParts = shrink(r.token)
	if c.TokenParts == nil {
		c.Token = r.token
	}
	if r.check != "" {
		if err := json.Unmarshal([]byte(r.check), &c.Check); err != nil {
			panic(r.id + ": " + err.Error())
		}
	}
	switch s.kind {
	case "nested", "nested-jwt":
		c.InnerAlg, c.InnerKey = r.innerAlg, r.innerKey
		if c.InnerAlg == "" {
			c.InnerAlg = "RS256"
		}
		if c.InnerKey == "" {
			c.InnerKey = innerKeys[c.InnerAlg]
		}
	}
	switch s.kind {
	case "jwt", "nested-jwt":
		at, policy := r.at, r.policy
		if at == 0 {
			at = now
		}
		if policy == nil {
			p := basePolicy()
			policy = &p
		}
		c.At, c.Policy = &at, policy
	}
	c.Detached = strings.HasSuffix(s.form, "detached")
	if c.Detached || c.Class == "" || r.choice != "" && r.payload != noPayload {
		payload := r.payload
		switch {
		case payload == "" && (s.kind == "jwt" || s.kind == "nested-jwt"):
			payload = goodClaims
		case payload == "":
			payload = text
		case payload == emptyPayload:
			payload = ""
		}
		if utf8.ValidString(payload) {
			c.Payload = &payload
		} else {
			p := b64(payload)
			c.PayloadB64u = &p
		}
	}
	r.reproducible(&c)
	return c
}

// reproducible states the header of a control, so that signing or encrypting
// it again can be compared with the token.
func (r row) reproducible(c *vectors.Case) {
	if c.Expect != "accept" && r.choice != emptyOrDetached || r.key != "" {
		return
	}
	segment, _, _ := strings.Cut(r.token, ".")
	header := string(must(base64.RawURLEncoding.DecodeString(segment)))
	payload, _ := c.PayloadBytes()
	switch {
	case (c.Kind == "jws" || c.Kind == "jwt") && c.Alg != "ES512":
		c.Header, c.Reproduce = header, true
	case c.Kind == "jwe":
		label := sealLabel(c.Alg, segment, payload)
		c.Header, c.CEK, c.IV = header, b64(derive("CEK", label, 32)), b64(derive("IV", label, 12))
	}
}

// What the payload of a row can be, where "" stands for the default.
const (
	emptyPayload = "\x00empty" // no octets
	noPayload    = "\x00none"  // not stated: too long, or different between those who accept
)

// statements returns the section and the requirements of r.req: ids of
// requirements.json with spaces between them, of which the first one decides
// and gives the section. Where none of them does, as for what is inside of a
// DER file, it is an RFC and a section: "5280 4.1" is RFC 5280, Section 4.1.
func (r row) statements() (section string, ids []string) {
	name := func(rfc, part string) string {
		if part[0] >= 'A' {
			return "RFC " + rfc + ", Appendix " + part
		}
		return "RFC " + rfc + ", Section " + part
	}
	ids = strings.Fields(r.req)
	if len(ids) == 2 && !strings.Contains(r.req, "-") {
		return name(ids[0], ids[1]), nil
	}
	if len(ids) == 0 {
		panic("no statement: " + r.id)
	}
	parts := strings.Split(ids[0], "-")
	if len(parts) != 3 {
		panic("not RFC-SECTION-NUMBER: " + ids[0])
	}
	return name(parts[0], parts[1]), ids
}

// The levels that a row states itself.
const (
	hardening = vectors.LevelHardening
	feature   = vectors.LevelFeature
)

// requirements are the statements by their ids.
var requirements = sync.OnceValue(func() map[string]vectors.Requirement {
	rows := map[string]vectors.Requirement{}
	for _, r := range must(vectors.Requirements()) {
		rows[r.ID] = r
	}
	return rows
})

func (r row) levelOf(c *vectors.Case) string {
	if r.level != "" {
		return r.level
	}
	return must(c.LevelByRequirements(requirements()))
}

// shrink writes a long text as parts, where a group of characters repeats at
// least 64 times: four, which is what three octets are in base64url, or the
// twelve of the keys in a large set. nil means that the text is better written
// as it is.
func shrink(s string) []vectors.Part {
	if s == "" {
		return []vectors.Part{{}} // the schema takes an empty token as parts only
	}
	if len(s) < 64<<10 {
		return nil
	}
	var parts []vectors.Part
	start := 0
next:
	for i := 0; i < len(s); {
		for _, group := range []int{4, 12} {
			if i+group > len(s) {
				break
			}
			n := 1
			for strings.HasPrefix(s[i+n*group:], s[i:i+group]) {
				n++
			}
			if n >= 64 {
				if start < i {
					parts = append(parts, vectors.Part{Text: s[start:i]})
				}
				parts = append(parts, vectors.Part{Text: s[i : i+group], Repeat: n})
				i += n * group
				start = i
				continue next
			}
		}
		i++
	}
	return append(parts, vectors.Part{Text: s[start:]})
}

// A source is one corpus file before it is complete.
type source struct {
	name, source, title string
	provenance          []string
	keys                []string // names in allKeys
	rows                []row
}

// sources returns all of the corpus.
var sources = sync.OnceValue(func() []source {
	return []source{
		{
			name: "hostile-jws", source: "hostile JWS",
			title:      "Compact JWS: header, encoding, framing, algorithm and signature",
			provenance: []string{"RFC 7515", "RFC 7518", "RFC 8017", "RFC 8725", "the advisories that the comments name"},
			keys:       []string{"rsa", "rsa-e3", "ec", "oct"},
			rows:       jwsRows(),
		},
		{
			name: "hostile-unencoded", source: "hostile unencoded",
			title:      "JWS with detached content, with an unencoded payload, and both",
			provenance: []string{"RFC 7515", "RFC 7797", "the advisories that the comments name"},
			keys:       []string{"rsa", "ec", "oct"},
			rows:       unencodedRows(),
		},
		{
			name: "hostile-jwe", source: "hostile JWE",
			title:      "Compact JWE with RSA-OAEP, RSA-OAEP-256 and A256GCM",
			provenance: []string{"RFC 7516", "RFC 7518", "RFC 8017", "the advisories that the comments name"},
			keys:       []string{"rsa", "set-private", "set-by-alg"},
			rows:       jweRows(),
		},
		{
			name: "hostile-nested", source: "hostile nested",
			title:      "JWS in JWE: plain nesting, and nested JWTs",
			provenance: []string{"RFC 7516", "RFC 7519", "the advisories that the comments name"},
			keys:       []string{"rsa", "rsa-other", "ec", "oct"},
			rows:       nestedRows(),
		},
		{
			name: "hostile-jwt", source: "hostile JWT",
			title:      "Claims, times, audiences and types of JWTs whose signature is right",
			provenance: []string{"RFC 7519", "RFC 7797", "RFC 8725", "the advisories that the comments name"},
			keys:       []string{"rsa", "ec", "oct"},
			rows:       jwtRows(),
		},
		{
			name: "hostile-keys", source: "hostile keys",
			title:      "Keys as JWK, JWK Set, PEM and DER, their thumbprints, and how a token finds its key in a set",
			provenance: []string{"RFC 7517", "RFC 7518", "RFC 7638", "RFC 8017", "RFC 5280", "RFC 5915", "RFC 5958", "RFC 7468"},
			keys:       append([]string{"set-one", "set-two", "set-mixed", "set-same-kid", "set-no-kid", "set-secrets", "oct-use-enc", "oct-sign-only"}, setNames()...),
			rows:       keyRows(),
		},
	}
})

// file returns the corpus file of s.
func (s source) file() (*vectors.File, error) {
	f := &vectors.File{
		Schema:     vectors.Schema,
		Source:     s.source,
		Title:      s.title,
		Provenance: s.provenance,
		Licence:    "MIT",
		Generator:  "go generate ./vectors",
		Notes: []string{
			"Each case has one fault, or none. All keys are made for this file and published with it: nobody may use them for anything else.",
		},
		Keys: map[string]vectors.Key{},
	}
	for _, name := range s.keys {
		f.Keys[name] = allKeys()[name]
	}
	used := map[string]bool{}
	for _, r := range s.rows {
		c := r.complete()
		for _, tag := range c.Tags {
			if tagMeanings[tag] == "" {
				return nil, fmt.Errorf("%s: unknown tag %q", c.ID, tag)
			}
			used[tag] = true
		}
		f.Cases = append(f.Cases, c)
	}
	var notes []string
	for tag := range used {
		notes = append(notes, "Tag "+tag+": "+tagMeanings[tag]+".")
	}
	slices.Sort(notes)
	f.Notes = append(f.Notes, notes...)
	return f, nil
}

// generate returns the content of each file by its name.
func generate() (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, s := range sources() {
		f, err := s.file()
		if err != nil {
			return nil, err
		}
		name := s.name + ".json"
		data, err := vectors.Marshal(f)
		if err != nil {
			return nil, err
		}
		if _, err := vectors.Parse(name, data); err != nil {
			return nil, err
		}
		out[name] = data
	}
	return out, nil
}

func run() error {
	dir := "vectors" // from the top of the module
	if _, err := os.Stat("generate.go"); err == nil {
		dir = "." // from go generate
	}
	if len(os.Args) == 2 {
		dir = os.Args[1]
	}
	files, err := generate()
	if err != nil {
		return err
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func b64[T string | []byte](octets T) string {
	return base64.RawURLEncoding.EncodeToString([]byte(octets))
}
