// Package wire is the line protocol of the conformance command, for adapters
// written in Go: one JSON request a line on standard input, one JSON reply a
// line on standard output.
//
// It holds what every adapter here has to do in the same way and no adapter
// may do for its library: reading requests, turning a panic into a refusal,
// putting nested tokens together from two calls, and telling which parts of a
// policy were left to nobody (see leftOver).
package wire

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// A Key is one key in the forms that the runner has it in.
type Key struct {
	JWK         json.RawMessage `json:"jwk"`
	PEM         string          `json:"pem"`
	Set         json.RawMessage `json:"set"`
	ShortSecret bool            `json:"short_secret"`
}

// A Policy is what a JWT must satisfy. Durations are in seconds.
type Policy struct {
	Issuer        string   `json:"issuer"`
	AnyIssuer     bool     `json:"any_issuer"`
	Subject       string   `json:"subject"`
	AnySubject    bool     `json:"any_subject"`
	Audience      []string `json:"audience"`
	NoAudience    bool     `json:"no_audience"`
	Type          string   `json:"type"`
	AnyType       bool     `json:"any_type"`
	AllowNoExp    bool     `json:"allow_no_exp"`
	NoExpLifetime int64    `json:"no_exp_lifetime"`
	MaxAge        int64    `json:"max_age"`
	Leeway        int64    `json:"leeway"`
}

// A Request is one line from the runner.
type Request struct {
	ID              string                     `json:"id"`
	Op              string                     `json:"op"`
	Alg             string                     `json:"alg"`
	Key             Key                        `json:"key"`
	InnerAlg        string                     `json:"inner_alg"`
	InnerKey        Key                        `json:"inner_key"`
	Token           string                     `json:"token"`
	DetachedPayload *string                    `json:"detached_payload"`
	Check           map[string]json.RawMessage `json:"check"`
	Policy          Policy                     `json:"policy"`
	At              *int64                     `json:"at"`
	Form            string                     `json:"form"`
	Role            string                     `json:"role"`
	KeyForm         string                     `json:"key_form"`
	Input           string                     `json:"input"`
	InputB64u       string                     `json:"input_b64u"`
	Header          map[string]any             `json:"header"`
	Payload         string                     `json:"payload"`
	Plaintext       string                     `json:"plaintext"`
}

// Now returns the time that the case is played at.
func (r *Request) Now() time.Time {
	if r.At == nil {
		return time.Now()
	}
	return time.Unix(*r.At, 0)
}

// KeyFile returns the file that the operation key reads.
func (r *Request) KeyFile() []byte {
	if r.InputB64u != "" {
		b, _ := base64.RawURLEncoding.DecodeString(r.InputB64u)
		return b
	}
	return []byte(r.Input)
}

// Detached returns the payload that came beside the token.
func (r *Request) Detached() []byte {
	b, _ := base64.RawURLEncoding.DecodeString(*r.DetachedPayload)
	return append([]byte{}, b...) // not nil: an empty payload is one
}

// A reply is one line to the runner.
type reply struct {
	ID          string  `json:"id"`
	OK          *bool   `json:"ok,omitempty"`
	Payload     *string `json:"payload,omitempty"`
	Token       string  `json:"token,omitempty"`
	Error       string  `json:"error,omitempty"`
	Unsupported string  `json:"unsupported,omitempty"`
}

// Supports is what an adapter declares. Ops is filled in by Serve.
type Supports struct {
	Alg   []string `json:"alg"`
	Forms []string `json:"forms"`
	Ops   []string `json:"ops"`
}

// An Adapter is one library. A nil function is an operation that it lacks.
type Adapter struct {
	Name   string
	Module string // the module path, to find the version that was built in
	Supports
	// Covers names the parts of a policy that the library is given and checks:
	// issuer, subject, audience, one_audience (instead of audience: takes a
	// single value only), no_audience, type, exp (that one is there), max_age,
	// leeway; enc, of a JWE; and cty, of a nested JWT.
	Covers []string

	Verify     func(*Request) (payload []byte, err error)
	VerifyJWT  func(*Request) (claims []byte, err error)
	Decrypt    func(*Request) (plaintext []byte, err error)
	ReadKey    func(*Request) error
	ReadSet    func(*Request) error
	Thumbprint func(*Request) (digest []byte, err error)
	Sign       func(r *Request, payload []byte) (token string, err error)
	Encrypt    func(r *Request, plaintext []byte) (token string, err error)
}

// Unsupported is returned for what the library cannot do or cannot be told.
type Unsupported string

func (u Unsupported) Error() string { return string(u) }

// Serve answers requests until standard input ends.
func (a *Adapter) Serve() {
	in := bufio.NewReaderSize(os.Stdin, 1<<16)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 1 {
			out.Encode(a.answer(line))
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func (a *Adapter) answer(line []byte) any {
	var r Request
	if err := json.Unmarshal(line, &r); err != nil {
		return reply{ID: r.ID, Unsupported: "request: " + err.Error()}
	}
	if r.Op == "hello" {
		return a.hello()
	}
	out, token, err := a.run(&r)
	var u Unsupported
	if errors.As(err, &u) {
		return reply{ID: r.ID, Unsupported: string(u)}
	}
	ok := err == nil
	rep := reply{ID: r.ID, OK: &ok}
	switch {
	case err != nil:
		rep.Error = strings.ToValidUTF8(err.Error(), "?")
	case token != "":
		rep.Token = token
	default:
		s := base64.RawURLEncoding.EncodeToString(out)
		rep.Payload = &s
	}
	return rep
}

func (a *Adapter) hello() any {
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == a.Module {
				version = strings.TrimPrefix(m.Version, "v")
			}
		}
	}
	s := a.Supports
	for _, op := range []struct {
		name string
		has  bool
	}{
		{"verify", a.Verify != nil},
		{"verify-jwt", a.VerifyJWT != nil},
		{"decrypt", a.Decrypt != nil},
		{"nested", a.Decrypt != nil && a.Verify != nil},
		{"nested-jwt", a.Decrypt != nil && a.VerifyJWT != nil},
		{"key", a.ReadKey != nil},
		{"keyset", a.ReadSet != nil},
		{"thumbprint", a.Thumbprint != nil},
		{"sign", a.Sign != nil},
		{"encrypt", a.Encrypt != nil},
	} {
		if op.has {
			s.Ops = append(s.Ops, op.name)
		}
	}
	return map[string]any{"name": a.Name, "version": version, "supports": s}
}

// run does one request. A panic of the library is its refusal, and says so.
func (a *Adapter) run(r *Request) (out []byte, token string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	missing := Unsupported("the library has no " + r.Op)
	switch r.Op {
	case "verify":
		if a.Verify == nil {
			return nil, "", missing
		}
		out, err = a.verify(r)
	case "verify-jwt":
		if a.VerifyJWT == nil {
			return nil, "", missing
		}
		out, err = a.verifyJWT(r)
	case "decrypt":
		if a.Decrypt == nil {
			return nil, "", missing
		}
		out, err = a.decrypt(r)
	case "nested", "nested-jwt":
		if a.Decrypt == nil {
			return nil, "", missing
		}
		out, err = a.nested(r, missing)
	case "key":
		if a.ReadKey == nil {
			return nil, "", missing
		}
		if r.Alg == "HS512" && r.Role == "public" {
			return nil, "", Unsupported("a secret has no public half")
		}
		if err = a.ReadKey(r); err == nil {
			err = leftOverKey(r, r.KeyFile())
		}
	case "keyset":
		if a.ReadSet == nil {
			return nil, "", missing
		}
		if err = a.ReadSet(r); err == nil {
			err = leftOverSet(r)
		}
	case "thumbprint":
		if a.Thumbprint == nil {
			return nil, "", missing
		}
		out, err = a.Thumbprint(r)
	case "sign", "encrypt":
		f, text := a.Sign, r.Payload
		if r.Op == "encrypt" {
			f, text = a.Encrypt, r.Plaintext
		}
		if f == nil {
			return nil, "", missing
		}
		b, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			return nil, "", err
		}
		token, err = f(r, append([]byte{}, b...))
		return nil, token, err
	default:
		err = missing
	}
	return out, "", err
}

func (a *Adapter) verify(r *Request) ([]byte, error) {
	out, err := a.Verify(r)
	if err == nil {
		err = leftOverHeader(r)
	}
	return out, err
}

func (a *Adapter) decrypt(r *Request) ([]byte, error) {
	out, err := a.Decrypt(r)
	if err == nil {
		err = leftOverHeader(r)
	}
	if err == nil && !a.covers("enc") && text(object(segment(r.Token))["enc"]) != "A256GCM" {
		err = Unsupported("which enc is allowed is left to the caller")
	}
	return out, err
}

func (a *Adapter) verifyJWT(r *Request) ([]byte, error) {
	p := &r.Policy
	switch {
	case p.NoExpLifetime != 0:
		return nil, Unsupported("no lifetime for a token without exp")
	case p.MaxAge != 0 && !a.covers("max_age"):
		return nil, Unsupported("no maximum age")
	case p.Leeway != 0 && !a.covers("leeway"):
		return nil, Unsupported("no leeway")
	case len(p.Audience) > 1 && !a.covers("audience"):
		return nil, Unsupported("no choice of audiences")
	}
	claims, err := a.VerifyJWT(r)
	if err == nil {
		err = errors.Join(leftOverHeader(r), a.leftOver(r, claims))
	}
	return claims, err
}

// nested decrypts, then verifies what came out: two calls of the library, as
// an application writes them.
func (a *Adapter) nested(r *Request, missing error) ([]byte, error) {
	outer := *r
	outer.Check = nil // what the caller understands is in the inner header
	token, err := a.decrypt(&outer)
	if err != nil {
		return nil, err
	}
	inner := *r
	inner.Alg, inner.Key, inner.Token = r.InnerAlg, r.InnerKey, string(token)
	if r.Op == "nested" {
		if a.Verify == nil {
			return nil, missing
		}
		return a.verify(&inner)
	}
	if a.VerifyJWT == nil {
		return nil, missing
	}
	claims, err := a.verifyJWT(&inner)
	if err != nil {
		return nil, err
	}
	header, signed := object(segment(r.Token)), object(claims)
	if !a.covers("cty") && !strings.EqualFold(text(header["cty"]), "JWT") {
		return nil, Unsupported("cty of a nested JWT is left to the caller")
	}
	for _, name := range []string{"iss", "sub", "aud"} {
		if v, ok := header[name]; ok && string(v) != string(signed[name]) {
			return nil, Unsupported("claims replicated in the header are left to the caller")
		}
	}
	return claims, nil
}

func (a *Adapter) covers(name string) bool { return slices.Contains(a.Covers, name) }

// leftOver looks at a token that the library has accepted for demands of the
// policy that the library has no setting for. One that is not met makes the
// case unsupported: neither the library's merit nor its fault.
// It never turns an acceptance into a refusal.
func (a *Adapter) leftOver(r *Request, claims []byte) error {
	p, c := &r.Policy, object(claims)
	var aud []string
	if json.Unmarshal(c["aud"], &aud) != nil {
		aud = []string{text(c["aud"])}
	}
	_, hasAud := c["aud"]
	hasExp := c["exp"] != nil && string(c["exp"]) != "null"
	typ := strings.ToLower(text(object(segment(r.Token))["typ"]))
	for name, met := range map[string]bool{
		"issuer":      p.Issuer == "" || text(c["iss"]) == p.Issuer,
		"subject":     p.Subject == "" || text(c["sub"]) == p.Subject,
		"audience":    len(p.Audience) == 0 || slices.ContainsFunc(aud, func(s string) bool { return slices.Contains(p.Audience, s) }),
		"no_audience": !p.NoAudience || !hasAud,
		"type":        p.Type == "" || strings.TrimPrefix(typ, "application/") == strings.TrimPrefix(strings.ToLower(p.Type), "application/"),
		"exp":         p.AllowNoExp || hasExp,
	} {
		if !met && !a.covers(name) && !(name == "audience" && a.covers("one_audience")) {
			return Unsupported(name + " is left to the caller")
		}
	}
	return nil
}

// leftOverHeader does the same for header members that the caller has to
// compare (the libraries return the header and compare nothing), and for a
// token in a JSON serialization.
func leftOverHeader(r *Request) error {
	if strings.HasPrefix(strings.TrimSpace(r.Token), "{") {
		return Unsupported("which serialization is read is left to the caller")
	}
	header := object(segment(r.Token))
	for name, want := range r.Check {
		var a, b any
		if json.Unmarshal(header[name], &a) != nil || json.Unmarshal(want, &b) != nil || !reflect.DeepEqual(a, b) {
			return Unsupported("the value of a header member is left to the caller")
		}
	}
	return nil
}

// ClaimsOnly is for libraries whose payloads are claims sets only: what such a
// library refuses although, or because, the payload is another is unsupported.
func ClaimsOnly(r *Request, err error) error {
	parts := strings.Split(r.Token, ".")
	if err == nil || len(parts) < 2 {
		return err
	}
	if payload, e := base64.RawURLEncoding.DecodeString(parts[1]); e != nil || object(payload) != nil {
		return err
	}
	return Unsupported("the payload is no claims set")
}

// leftOverKey does the same for a key that the library has read: that it is
// of another kind, or meant for another use, shows when a token comes.
func leftOverKey(r *Request, file []byte) error {
	notTold := Unsupported("whether a key fits is told only when a token comes")
	if !bytes.HasPrefix(bytes.TrimSpace(file), []byte("{")) {
		if bytes.Contains(file, []byte("PRIVATE KEY")) != (r.Role == "private") || r.Alg == "ES512" && r.Role == "public" {
			return notTold
		}
		return nil
	}
	k := object(file)
	use, ops := "sig", map[string][]string{"public": {"verify"}, "private": {"sign"}}
	if strings.HasPrefix(r.Alg, "RSA") {
		use, ops = "enc", map[string][]string{"public": {"encrypt", "wrapKey"}, "private": {"decrypt", "unwrapKey"}}
	}
	var keyOps []string
	json.Unmarshal(k["key_ops"], &keyOps)
	kty := map[byte]string{'R': "RSA", 'E': "EC", 'H': "oct"}[r.Alg[0]]
	_, d := k["d"]
	for _, fits := range []bool{
		text(k["kty"]) == kty,
		kty != "EC" || text(k["crv"]) == "P-521",
		kty == "oct" || d == (r.Role == "private"),
		text(k["use"]) == "" || text(k["use"]) == use,
		text(k["alg"]) == "" || text(k["alg"]) == r.Alg,
		keyOps == nil || slices.ContainsFunc(keyOps, func(op string) bool { return slices.Contains(ops[r.Role], op) }),
	} {
		if !fits {
			return notTold
		}
	}
	return nil
}

func leftOverSet(r *Request) error {
	var set struct{ Keys []json.RawMessage }
	json.Unmarshal(r.KeyFile(), &set)
	for _, k := range set.Keys {
		if leftOverKey(r, k) == nil {
			return nil
		}
	}
	return Unsupported("whether a key of the set fits is told only when a token comes")
}

// segment returns the header of a token that the library has accepted.
func segment(token string) []byte {
	head, _, _ := strings.Cut(token, ".")
	b, _ := base64.RawURLEncoding.DecodeString(head)
	return b
}

func object(b []byte) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	json.Unmarshal(b, &m)
	return m
}

func text(b json.RawMessage) string {
	var s string
	json.Unmarshal(b, &s)
	return s
}

// Unsigned returns a well-formed token of alg with a signature of the right
// length (for RSA: of 2048 bits) that no key has made.
func Unsigned(alg string) string {
	size := map[string]int{"RS256": 256, "ES512": 132, "HS512": 64}[alg]
	enc := base64.RawURLEncoding.EncodeToString
	return enc([]byte(`{"alg":"`+alg+`"}`)) + "." + enc([]byte("{}")) + "." + enc(bytes.Repeat([]byte{1}, size))
}
