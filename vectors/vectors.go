// Package vectors holds the conformance corpus: published JOSE test vectors
// and the hostile tokens and keys made for this project, as JSON files, with
// the code that reads and checks them.
//
// The data is meant for any language; README.md describes each field. This
// package imports the standard library only, and nothing of package jose, so
// that the corpus can be used to test other implementations, and jose's own
// tests can import it.
//
// A corpus file may come from somebody else than us, so it is read as hostile
// input: sizes are bounded, and what is not in the schema is an error.
package vectors

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Schema is the value of File.Schema.
const Schema = "jose-corpus/1"

const (
	maxFileSize = 16 << 20 // octets of one corpus file
	maxFiles    = 1024     // files of one corpus
	maxText     = 64 << 20 // octets of one token or input, parts expanded
	maxID       = 200      // octets of a case id
)

//go:embed *.json
var embedded embed.FS

// A File is the cases from one source.
type File struct {
	Name       string         `json:"-"`                   // what Parse was told, for messages
	Schema     string         `json:"schema"`              // "jose-corpus/1"
	Source     string         `json:"source"`              // short, for a line of a report: "RFC 7515", "Nuapay"
	Title      string         `json:"title"`               // what is in the file
	Provenance []string       `json:"provenance"`          // where the facts come from
	Licence    string         `json:"licence"`             // of the data
	Generator  string         `json:"generator,omitempty"` // the command that writes the file, when it is our own
	Notes      []string       `json:"notes,omitempty"`     // remarks on the file as a whole
	Keys       map[string]Key `json:"keys,omitempty"`      // the keys of the cases, by a name of our own
	Cases      []Case         `json:"cases"`
}

// A Key is one key, or one JWK Set, in the forms in which it is available.
type Key struct {
	Comment     string          `json:"comment,omitempty"`
	JWK         json.RawMessage `json:"jwk,omitempty"`          // private or secret where one is known, else public
	PublicJWK   json.RawMessage `json:"public_jwk,omitempty"`   // where jwk is the private key of a pair
	PEM         string          `json:"pem,omitempty"`          // private key: PKCS#8, or as published
	PublicPEM   string          `json:"public_pem,omitempty"`   // public key: SubjectPublicKeyInfo, or as published
	Certificate string          `json:"certificate,omitempty"`  // X.509, in PEM
	DER         string          `json:"der,omitempty"`          // standard base64 of DER without PEM lines around it
	Set         json.RawMessage `json:"set,omitempty"`          // a JWK Set, from which the kid of the token chooses
	ShortSecret bool            `json:"short_secret,omitempty"` // an HMAC secret that is too short for RFC 7518, Section 3.2
}

// A Case is one thing to try and its outcome. README.md says which fields a
// kind has; Parse refuses others.
type Case struct {
	ID      string `json:"id"`      // unique in the corpus
	Kind    string `json:"kind"`    // jws jwt jwe nested nested-jwt key jwk jwkset thumbprint base64url
	Section string `json:"section"` // "RFC 7515, Section 2"

	Requirements []string `json:"requirements,omitempty"` // the ids of the statements that decide, see [Requirements]
	Level        string   `json:"level"`                  // must should hardening feature

	Comment string   `json:"comment"`        // why the outcome is what it is
	Tags    []string `json:"tags,omitempty"` // attack classes

	Alg      string `json:"alg,omitempty"`       // what the caller's verifier or decrypter is for
	Key      string `json:"key,omitempty"`       // its key, a name in File.Keys
	InnerAlg string `json:"inner_alg,omitempty"` // nested kinds: the same for the signature
	InnerKey string `json:"inner_key,omitempty"`
	Role     string `json:"role,omitempty"` // kinds of keys: the half that is asked for, "public" or "private"

	Token      string `json:"token,omitempty"`
	TokenParts []Part `json:"token_parts,omitempty"` // instead of token
	Detached   bool   `json:"detached,omitempty"`    // the payload is handed over beside the token

	Payload     *string                    `json:"payload,omitempty"`      // what comes out, or what is detached: text
	PayloadB64u *string                    `json:"payload_b64u,omitempty"` // the same in base64url, where it is not UTF-8
	Check       map[string]json.RawMessage `json:"check,omitempty"`        // header members that the caller understands, and their values
	Policy      *Policy                    `json:"policy,omitempty"`       // kinds jwt and nested-jwt
	At          *int64                     `json:"at,omitempty"`           // the time then, in seconds since the epoch

	Header    string `json:"header,omitempty"`    // the protected header, exactly
	Reproduce bool   `json:"reproduce,omitempty"` // signing header and payload again gives the same token
	CEK       string `json:"cek,omitempty"`       // JWE: the content encryption key, base64url
	IV        string `json:"iv,omitempty"`        // JWE: the initialization vector, base64url

	Input      string  `json:"input,omitempty"`       // kinds of keys, thumbprint, base64url: the text to read
	InputB64u  string  `json:"input_b64u,omitempty"`  // the same in base64url, where it is not UTF-8 (DER)
	InputParts []Part  `json:"input_parts,omitempty"` // instead of input
	Output     *string `json:"output,omitempty"`      // the thumbprint, or the decoded octets in hexadecimal

	Expect string `json:"expect"`           // accept reject either
	Class  string `json:"class,omitempty"`  // of the refusal; expect either: what this library does, "" for accepting
	Choice string `json:"choice,omitempty"` // expect either: what the RFCs leave open
	Form   string `json:"form"`             // compact detached unencoded unencoded-detached nested jwk jwk-set pem der base64-der certificate thumbprint base64url
}

// A Part is a text that stands Repeat times in a row; 0 counts as once.
type Part struct {
	Text   string `json:"text"`
	Repeat int    `json:"repeat,omitempty"`
}

// A Policy says what a JWT has to satisfy. Durations are in seconds.
type Policy struct {
	Issuer        string   `json:"issuer,omitempty"`
	AnyIssuer     bool     `json:"any_issuer,omitempty"`
	Subject       string   `json:"subject,omitempty"`
	AnySubject    bool     `json:"any_subject,omitempty"`
	Audience      []string `json:"audience,omitempty"`
	NoAudience    bool     `json:"no_audience,omitempty"`
	Type          string   `json:"type,omitempty"`
	AnyType       bool     `json:"any_type,omitempty"`
	AllowNoExp    bool     `json:"allow_no_exp,omitempty"`
	NoExpLifetime int64    `json:"no_exp_lifetime,omitempty"`
	MaxAge        int64    `json:"max_age,omitempty"`
	Leeway        int64    `json:"leeway,omitempty"`
}

// The values of the enumerated fields.
var (
	jwsAlgs = []string{"RS256", "ES512", "HS512"}
	jweAlgs = []string{"RSA-OAEP", "RSA-OAEP-256"}
	allAlgs = append(slices.Clone(jwsAlgs), jweAlgs...)
	expects = []string{"accept", "reject", "either"}
	classes = []string{"malformed", "unsupported", "algorithm", "key", "unknown-key",
		"signature", "decryption", "claims", "expired", "not-yet-valid"}
	signedForms = []string{"compact", "detached", "unencoded", "unencoded-detached"}
)

// A kind says which fields a case of it has.
type kind struct {
	forms  []string
	algs   []string // nil: no alg, and no key
	token  bool     // reads token with key; else reads input
	nested bool     // has inner_alg and inner_key
	claims bool     // has policy and at
	role   bool
	output bool
}

var kinds = map[string]kind{
	"jws":        {forms: signedForms, algs: jwsAlgs, token: true},
	"jwt":        {forms: signedForms, algs: jwsAlgs, token: true, claims: true},
	"jwe":        {forms: []string{"compact"}, algs: jweAlgs, token: true},
	"nested":     {forms: []string{"nested"}, algs: jweAlgs, token: true, nested: true},
	"nested-jwt": {forms: []string{"nested"}, algs: jweAlgs, token: true, nested: true, claims: true},
	"key":        {forms: []string{"pem", "der", "base64-der", "certificate", "jwk"}, algs: allAlgs, role: true},
	"jwk":        {forms: []string{"jwk"}, algs: allAlgs, role: true},
	"jwkset":     {forms: []string{"jwk-set"}, algs: allAlgs, role: true},
	"thumbprint": {forms: []string{"thumbprint"}, output: true},
	"base64url":  {forms: []string{"base64url"}, output: true},
}

// Load returns the corpus that is part of this package.
func Load() ([]File, error) { return LoadFS(embedded) }

// LoadFS returns the corpus in the files *.json at the top of fsys, in the
// order of their names. A corpus without a file or with a file that Parse
// refuses is an error, and so is a case id that two files share.
func LoadFS(fsys fs.FS) ([]File, error) {
	names, err := fs.Glob(fsys, "*.json")
	if err != nil {
		return nil, fmt.Errorf("vectors: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("vectors: no file *.json")
	}
	if len(names) > maxFiles {
		return nil, fmt.Errorf("vectors: %d files; at most %d are read", len(names), maxFiles)
	}
	var files []File
	seen := make(map[string]string) // case id to file name
	for _, name := range names {
		data, err := readFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("vectors: %w", err)
		}
		f, err := Parse(name, data)
		if err != nil {
			return nil, err
		}
		for i := range f.Cases {
			id := f.Cases[i].ID
			if other, ok := seen[id]; ok {
				return nil, fmt.Errorf("vectors: %s: case %q is also in %s", name, id, other)
			}
			seen[id] = name
		}
		files = append(files, *f)
	}
	return files, nil
}

// readFile reads a regular file of bounded size. Opening anything else, a
// named pipe for example, could wait forever.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", name)
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFileSize+1)) // Parse refuses the octet too many
}

// Parse reads and checks one corpus file. The name is for messages only.
func Parse(name string, data []byte) (*File, error) {
	f := File{Name: name}
	err := func() error {
		if len(data) > maxFileSize {
			return fmt.Errorf("more than %d octets", maxFileSize)
		}
		if err := readStrict(data, &f); err != nil {
			return err
		}
		return f.check()
	}()
	if err != nil {
		return nil, fmt.Errorf("vectors: %s: %w", name, err)
	}
	return &f, nil
}

// Marshal writes f in the one form in which corpus files are stored: an
// indent of one space, members in the order of the schema, a final line feed.
func Marshal(f *File) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(f); err != nil {
		return nil, fmt.Errorf("vectors: %w", err)
	}
	return b.Bytes(), nil
}

// TokenText returns the token, with its parts written out.
func (c *Case) TokenText() string { return c.Token + join(c.TokenParts) }

// InputText returns the input, with its parts written out. The octets of
// input_b64u are returned as they are, which need not be UTF-8.
func (c *Case) InputText() string {
	if c.InputB64u != "" {
		b, _ := decode(c.InputB64u) // Parse has looked at it
		return string(b)
	}
	return c.Input + join(c.InputParts)
}

// PayloadBytes returns the payload, and whether the case states one.
func (c *Case) PayloadBytes() ([]byte, bool) {
	switch {
	case c.Payload != nil:
		return []byte(*c.Payload), true
	case c.PayloadB64u != nil:
		b, err := decode(*c.PayloadB64u)
		return b, err == nil
	}
	return nil, false
}

func join(parts []Part) string {
	size := textSize("", parts)
	if size > maxText {
		return "" // only in a Case that did not come from Parse
	}
	var b strings.Builder
	b.Grow(int(size))
	for _, p := range parts {
		b.WriteString(strings.Repeat(p.Text, max(p.Repeat, 1)))
	}
	return b.String()
}

// textSize returns how many octets text and parts have when written out, or a
// number above maxText. It cannot overflow: it stops at the first such number.
func textSize(text string, parts []Part) int64 {
	n := int64(len(text))
	for _, p := range parts {
		size, repeat := int64(len(p.Text)), int64(max(p.Repeat, 1))
		if size > 0 && repeat > maxText/size {
			return maxText + 1
		}
		if n += size * repeat; n > maxText {
			return n
		}
	}
	return n
}

func (f *File) check() error {
	switch {
	case f.Schema != Schema:
		return fmt.Errorf("schema is %q, want %q", f.Schema, Schema)
	case f.Source == "", f.Title == "", f.Licence == "":
		return errors.New("source, title or licence is missing")
	case len(f.Provenance) == 0 || slices.Contains(f.Provenance, ""):
		return errors.New("provenance is missing or has an empty line")
	case len(f.Cases) == 0:
		return errors.New("no case")
	}
	for name, k := range f.Keys {
		if err := k.check(); err != nil {
			return fmt.Errorf("key %q: %w", name, err)
		}
	}
	seen := make(map[string]bool)
	for i := range f.Cases {
		c := &f.Cases[i]
		if !validID(c.ID) {
			return fmt.Errorf("case %d: id %.40q is not 1 to %d printable ASCII characters without space", i, c.ID, maxID)
		}
		if seen[c.ID] {
			return fmt.Errorf("case %q is there twice", c.ID)
		}
		seen[c.ID] = true
		if err := c.check(f.Keys); err != nil {
			return fmt.Errorf("case %q: %w", c.ID, err)
		}
	}
	return nil
}

func validID(id string) bool {
	return id != "" && len(id) <= maxID && strings.Trim(id, "!\"#$%&'()*+,-./0123456789:;<=>?@"+
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~") == ""
}

func (k *Key) check() error {
	for name, raw := range map[string]json.RawMessage{"jwk": k.JWK, "public_jwk": k.PublicJWK, "set": k.Set} {
		if raw != nil && !bytes.HasPrefix(raw, []byte("{")) {
			return fmt.Errorf("%s is not an object", name)
		}
	}
	if k.JWK == nil && k.PEM == "" && k.PublicPEM == "" && k.Certificate == "" && k.DER == "" && k.Set == nil {
		return errors.New("no form of the key")
	}
	if k.ShortSecret && k.JWK == nil {
		return errors.New("short_secret without jwk")
	}
	return nil
}

func (c *Case) check(keys map[string]Key) error {
	k, ok := kinds[c.Kind]
	if !ok {
		return fmt.Errorf("unknown kind %q", c.Kind)
	}
	if c.Section == "" || c.Comment == "" {
		return errors.New("section or comment is missing")
	}
	if slices.Contains(c.Tags, "") {
		return errors.New("empty tag")
	}
	if !slices.Contains(k.forms, c.Form) {
		return fmt.Errorf("form %q is none of kind %s: %q", c.Form, c.Kind, k.forms)
	}
	return cmp.Or(c.checkRequirements(), c.checkOutcome(), c.checkKeys(k, keys), c.checkText(k), c.checkDetails(k))
}

// checkOutcome looks at expect, class and choice.
func (c *Case) checkOutcome() error {
	if !slices.Contains(expects, c.Expect) {
		return fmt.Errorf("unknown expect %q", c.Expect)
	}
	if c.Class != "" && !slices.Contains(classes, c.Class) {
		return fmt.Errorf("unknown class %q", c.Class)
	}
	if (c.Expect == "accept") != (c.Class == "") && c.Expect != "either" {
		return fmt.Errorf("expect %s with class %q", c.Expect, c.Class)
	}
	if (c.Expect == "either") != (c.Choice != "") {
		return fmt.Errorf("expect %s with choice %q", c.Expect, c.Choice)
	}
	return nil
}

// accepted reports whether the case ends in a value that this library returns.
func (c *Case) accepted() bool { return c.Expect != "reject" && c.Class == "" }

// checkKeys looks at alg, key, inner_alg, inner_key and role.
func (c *Case) checkKeys(k kind, keys map[string]Key) error {
	if c.Alg != "" && !slices.Contains(allAlgs, c.Alg) {
		return fmt.Errorf("unknown alg %q", c.Alg)
	}
	if c.Alg == "" && k.algs != nil || c.Alg != "" && !slices.Contains(k.algs, c.Alg) {
		return fmt.Errorf("kind %s with alg %q", c.Kind, c.Alg)
	}
	if k.token != (c.Key != "") || k.nested != (c.InnerKey != "") || k.nested != (c.InnerAlg != "") {
		return fmt.Errorf("kind %s needs another set of key, inner_alg and inner_key", c.Kind)
	}
	if k.nested && !slices.Contains(jwsAlgs, c.InnerAlg) {
		return fmt.Errorf("unknown inner_alg %q", c.InnerAlg)
	}
	for _, name := range []string{c.Key, c.InnerKey} {
		if _, ok := keys[name]; name != "" && !ok {
			return fmt.Errorf("no key %q in this file", name)
		}
	}
	if k.role != (c.Role != "") || k.role && c.Role != "public" && c.Role != "private" {
		return fmt.Errorf("kind %s with role %q", c.Kind, c.Role)
	}
	return nil
}

// checkText looks at the token or the input, and at the output.
func (c *Case) checkText(k kind) error {
	for _, p := range slices.Concat(c.TokenParts, c.InputParts) {
		if p.Repeat < 0 {
			return errors.New("negative repeat")
		}
	}
	if textSize(c.Token, c.TokenParts) > maxText || textSize(c.Input, c.InputParts) > maxText {
		return fmt.Errorf("token or input has more than %d octets", maxText)
	}
	tokens, inputs := count(c.Token != "", len(c.TokenParts) > 0), count(c.Input != "", c.InputB64u != "", len(c.InputParts) > 0)
	if k.token && (tokens != 1 || inputs != 0) {
		return errors.New("want one of token and token_parts, and no input")
	}
	if !k.token && (tokens != 0 || inputs != 1) {
		return errors.New("want one of input, input_b64u and input_parts, and no token")
	}
	if _, err := decode(c.InputB64u); err != nil {
		return fmt.Errorf("input_b64u: %w", err)
	}
	if (k.output && c.accepted()) != (c.Output != nil) {
		return errors.New("output goes with an accepted thumbprint or base64url, and with nothing else")
	}
	return nil
}

// checkDetails looks at the remaining fields.
func (c *Case) checkDetails(k kind) error {
	payload, stated := c.PayloadBytes()
	if c.Payload != nil && c.PayloadB64u != nil || c.PayloadB64u != nil && !stated {
		return errors.New("payload and payload_b64u, or payload_b64u is not base64url")
	}
	if c.PayloadB64u != nil && utf8.Valid(payload) {
		return errors.New("payload_b64u is UTF-8: write it as payload")
	}
	if stated && !k.token || !stated && k.token && (c.Detached || c.accepted()) {
		return errors.New("payload is missing, or of no use here")
	}
	if c.Detached != (c.Form == "detached" || c.Form == "unencoded-detached") {
		return fmt.Errorf("form %s with detached %v", c.Form, c.Detached)
	}
	if k.claims != (c.Policy != nil) || k.claims != (c.At != nil) {
		return errors.New("policy and at go with kinds jwt and nested-jwt, and with nothing else")
	}
	if !k.token && (c.Check != nil || c.Header != "") {
		return errors.New("check or header without token")
	}
	if c.Reproduce && (c.Header == "" || !c.accepted() || c.Alg != "RS256" && c.Alg != "HS512") {
		return errors.New("reproduce needs a header, a payload and a deterministic signature algorithm")
	}
	encrypted := k.token && slices.Equal(k.algs, jweAlgs)
	if c.CEK == "" && c.IV == "" {
		return nil
	}
	cek, err1 := decode(c.CEK)
	iv, err2 := decode(c.IV)
	if !encrypted || c.Header == "" || err1 != nil || err2 != nil || len(cek) != 32 || len(iv) != 12 {
		return errors.New("cek and iv are 32 and 12 octets in base64url, of a JWE with header")
	}
	return nil
}

func count(conditions ...bool) int {
	n := 0
	for _, c := range conditions {
		if c {
			n++
		}
	}
	return n
}

// decode is base64url as RFC 7515, Section 2 has it: no padding, no line
// break (which Strict would skip), unused bits zero.
func decode(s string) ([]byte, error) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, errors.New("line break in base64url")
	}
	return base64.RawURLEncoding.Strict().DecodeString(s)
}

// readStrict reads one JSON value into v, and nothing else: valid UTF-8, no
// lone surrogate, no duplicate or unknown member name, names in exact case,
// nothing after the value. encoding/json alone is lenient in most of these.
func readStrict(data []byte, v any) error {
	if !utf8.Valid(data) {
		return errors.New("not UTF-8")
	}
	if err := json.Unmarshal(data, v); err != nil { // refuses depth above 10,000 and trailing data
		return err
	}
	if i := loneSurrogate(data); i >= 0 {
		return fmt.Errorf("lone surrogate at octet %d", i)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return checkNames(d, reflect.TypeOf(v))
}

// checkNames reads one value from d and compares the member names in it with
// the type that it was read into.
func checkNames(d *json.Decoder, t reflect.Type) error {
	tok, err := d.Token()
	if err != nil {
		return err
	}
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == reflect.TypeFor[json.RawMessage]() || t != nil && t.Kind() == reflect.Interface {
		t = nil // anything, but still without duplicate names
	}
	switch tok {
	case json.Delim('['):
		for d.More() {
			if err := checkNames(d, elem(t, "")); err != nil {
				return err
			}
		}
	case json.Delim('{'):
		seen := make(map[string]bool)
		for d.More() {
			tok, err := d.Token()
			if err != nil {
				return err
			}
			name, _ := tok.(string)
			if seen[name] {
				return fmt.Errorf("member name %.40q is there twice, at octet %d", name, d.InputOffset())
			}
			seen[name] = true
			if t != nil && elem(t, name) == nil {
				return fmt.Errorf("unknown member name %.40q at octet %d", name, d.InputOffset())
			}
			if err := checkNames(d, elem(t, name)); err != nil {
				return err
			}
		}
	default:
		return nil
	}
	_, err = d.Token() // the closing bracket
	return err
}

// elem returns the type of the member name of t, or of its elements, or nil.
func elem(t reflect.Type, name string) reflect.Type {
	if t == nil {
		return nil
	}
	switch t.Kind() {
	case reflect.Map, reflect.Slice:
		return t.Elem()
	case reflect.Struct:
		for i := range t.NumField() {
			if tag, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); tag == name && tag != "-" {
				return t.Field(i).Type
			}
		}
	}
	return nil
}

// loneSurrogate returns where data, which is JSON, has half of a surrogate
// pair as an escape, or -1. encoding/json replaces it by U+FFFD.
func loneSurrogate(data []byte) int {
	unit := func(i int) uint64 { // the escape \uXXXX at i, or 0
		if i+6 > len(data) || data[i] != '\\' || data[i+1] != 'u' {
			return 0
		}
		r, _ := strconv.ParseUint(string(data[i+2:i+6]), 16, 16) // digits: it is JSON
		return r
	}
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		switch r := unit(i); {
		case r >= 0xD800 && r < 0xDC00 && unit(i+6) >= 0xDC00 && unit(i+6) < 0xE000:
			i += 11
		case r >= 0xD800 && r < 0xE000:
			return i
		default:
			i++ // the character after the backslash, which may be another one
		}
	}
	return -1
}
