package explain

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// unwrap removes what people leave around a token, and reports it. A line
// break at the end is what a file or a shell adds and no failure; the rest is.
func (r *report) unwrap(token string) (unwrapped, problem string) {
	t := strings.TrimRight(token, "\r\n")
	if t != token {
		r.note("The line break after the token was ignored. In an HTTP header or a JSON member it would be " +
			"refused (RFC 7515, Section 2).")
	}
	bare := t
	for range 4 { // wrappings inside each other; the last round finds nothing
		before := t
		if s := strings.TrimSpace(strings.TrimPrefix(t, "\ufeff")); s != t {
			r.hint("white-space", "White space or a byte order mark stands around the token. Send the token without it.")
			t = s
		}
		for _, prefix := range []string{"authorization:", "bearer ", "dpop "} {
			if len(t) > len(prefix) && strings.EqualFold(t[:len(prefix)], prefix) {
				r.hint("bearer-prefix", "The text begins with %q: that is the header field or its scheme, "+
					"not the token. Take it off before verifying.", t[:len(prefix)])
				t = strings.TrimLeft(t[len(prefix):], " ")
			}
		}
		if n := len(t); n > 2 && strings.IndexByte("\"'`", t[0]) >= 0 && t[n-1] == t[0] {
			r.hint("quotes", "The token stands in quotes. They belong to JSON or to a shell, not to the token.")
			t = t[1 : n-1]
		}
		if strings.Contains(t, "%") && !unencodedPayload(t) {
			if s, err := url.PathUnescape(t); err == nil && s != t {
				r.hint("url-encoded", "The token is percent-encoded (%%XX). Decode it once where it leaves the URL "+
					"or form; base64url and '.' need no such encoding.")
				t = s
			}
		}
		if t == before {
			break
		}
	}
	if b, err := anyBase64(t); err == nil && strings.Count(string(b), ".") >= 2 && bytes.HasPrefix(b, []byte("e")) {
		r.hint("double-base64", "The whole token is base64 of a token. Send the inner text as it is.")
		t = string(b)
	}
	if strings.HasPrefix(t, "{") && len(t) <= maxKeyFile {
		if names := jsonNames(t); slices.Contains(names, "encryptedKey") || slices.Contains(names, "encryptedPayload") {
			r.hint("five-members", "This is JSON with the parts of a JWE as members. Join header, encryptedKey, iv, "+
				"encryptedPayload and tag with '.' to get the compact form.")
		} else if slices.Contains(names, "signature") || slices.Contains(names, "signatures") || slices.Contains(names, "ciphertext") {
			r.hint("json-serialization", "This is the JSON serialization (RFC 7515, Section 7.2; RFC 7516, "+
				"Section 7.2). Only the compact one is read here: ask for it, or join the parts with '.'.")
		}
	}
	if t != bare {
		problem = "Something does; the checks go on with what is inside."
	}
	return t, problem
}

// unencodedPayload reports whether t has a payload that may hold '%' itself
// (RFC 7797, Section 5.2).
func unencodedPayload(t string) bool {
	first, _, _ := strings.Cut(t, ".")
	h := decode(first)
	members, _ := parseObject(h.octets[:min(len(h.octets), maxHeader)])
	return (&header{members: members}).unencoded()
}

func jsonNames(s string) (names []string) {
	o, _ := parseObject([]byte(s))
	for _, m := range o {
		names = append(names, m.name)
	}
	return names
}

// A segment is one part of a token, decoded as far as that is possible.
type segment struct {
	text   string
	octets []byte
	err    error // why it is not strict base64url (RFC 7515, Section 2)
	usable bool  // octets are what was probably meant
	ids    []string
}

var strictURL = base64.RawURLEncoding.Strict()

// decode reads a segment strictly and, if that fails, says why and reads it
// as it was probably meant.
func decode(text string) segment {
	s := segment{text: text}
	broken := strings.ContainsAny(text, "\r\n") // Strict skips those
	b, err := strictURL.DecodeString(text)
	if err == nil && !broken {
		s.octets, s.usable = b, true
		return s
	}
	var what []string
	found := func(id, text string) { s.ids, what = append(s.ids, id), append(what, text) }
	t := text
	if broken {
		found("line-breaks", "it has line breaks")
	}
	if u := strings.Join(strings.Fields(t), ""); u != t {
		if !broken {
			found("white-space", "it has white space")
		}
		t = u
	}
	if u := strings.NewReplacer("+", "-", "/", "_").Replace(t); u != t {
		found("standard-alphabet", "it has + or /, which are of the standard alphabet")
		t = u
	}
	if u := strings.TrimRight(t, "="); u != t {
		found("padding", "it ends in = padding")
		t = u
	}
	if b, err = strictURL.DecodeString(t); err != nil {
		if b, err = base64.RawURLEncoding.DecodeString(t); err == nil {
			found("spare-bits", "the unused bits of its last character are not zero")
		}
	}
	s.octets, s.usable = b, err == nil
	switch {
	case err != nil && len(t)%4 == 1:
		what = append(what, fmt.Sprintf("no octets encode as %d characters: it is cut off, or has one too many", len(t)))
		s.ids = nil
	case err != nil:
		i := strings.IndexFunc(t, func(c rune) bool {
			return !(c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '-' || c == '_')
		})
		what = append(what, fmt.Sprintf("the character after %d others is not of base64url", max(i, 0)))
		s.ids = nil
	}
	s.err = errors.New(strings.Join(what, "; "))
	return s
}

// anyBase64 decodes either alphabet, padded or not.
func anyBase64(s string) ([]byte, error) {
	t := strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(s), "=")
	return strictURL.DecodeString(t)
}

var segmentHints = map[string]string{
	"padding": "A segment ends in '='. JOSE uses base64url without padding (RFC 7515, Section 2 and Appendix C): " +
		"strip the '=' before signing, since the signature covers the encoded text.",
	"standard-alphabet": "A segment uses the standard base64 alphabet (+ and /). JOSE uses base64url " +
		"(- and _, RFC 4648, Section 5): the encoder is the wrong one.",
	"line-breaks": "A segment has line breaks: from a MIME encoder, or from copying a folded text.",
	"white-space": "A segment has white space in it.",
	"spare-bits":  "The last character of a segment has non-zero unused bits: it was cut or edited, or the encoder is broken.",
}

func (r *report) segmentHints(segments ...segment) {
	for _, s := range segments {
		for _, id := range s.ids {
			r.hint(id, "%s", segmentHints[id])
		}
	}
}

// A member is one name and value of a JSON object, the value as text.
type member struct {
	name  string
	value json.RawMessage
}

const maxDepth = 32

// parseObject reads one JSON object and nothing else: UTF-8, no byte order
// mark, no name twice at any depth, no lone surrogate (D7). encoding/json
// takes all of these. What could be read is returned beside an error.
func parseObject(text []byte) ([]member, error) {
	if bytes.HasPrefix(text, []byte("\ufeff")) {
		return nil, errors.New("it begins with a byte order mark")
	}
	if !utf8.Valid(text) {
		return nil, errors.New("it is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("it is not a JSON object")
	}
	members, err := parseMembers(dec, maxDepth)
	if err != nil {
		return members, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return members, errors.New("something follows the JSON object")
	}
	return members, nil
}

// parseMembers reads the rest of an object; with depth 0 it does not look into
// the values.
func parseMembers(dec *json.Decoder, depth int) ([]member, error) {
	members := []member{} // not nil: an empty object is one
	var first error
	seen := map[string]bool{}
	for dec.More() {
		t, err := dec.Token()
		name, isName := t.(string)
		if err != nil || !isName {
			return members, fmt.Errorf("it is not JSON, at octet %d", dec.InputOffset())
		}
		if seen[name] && first == nil {
			first = fmt.Errorf("it has the name %s twice", quote(name))
		}
		seen[name] = true
		var v json.RawMessage
		if dec.Decode(&v) != nil {
			return members, fmt.Errorf("it is not JSON, at octet %d", dec.InputOffset())
		}
		members = append(members, member{name, v})
		if depth > 0 && first == nil {
			first = parseNested(v, depth-1)
		}
	}
	if _, err := dec.Token(); err != nil {
		return members, errors.New("it is not JSON: the object does not end")
	}
	return members, first
}

func parseNested(v json.RawMessage, depth int) error {
	if depth == 0 && (v[0] == '{' || v[0] == '[') {
		return fmt.Errorf("it is nested deeper than %d", maxDepth)
	}
	switch v[0] {
	case '{':
		dec := json.NewDecoder(bytes.NewReader(v))
		dec.Token()
		_, err := parseMembers(dec, depth)
		return err
	case '[':
		dec := json.NewDecoder(bytes.NewReader(v))
		dec.Token()
		for dec.More() {
			var e json.RawMessage
			if dec.Decode(&e) != nil {
				return errors.New("it is not JSON")
			}
			if err := parseNested(e, depth-1); err != nil {
				return err
			}
		}
	case '"':
		// The decoder writes U+FFFD for a lone surrogate.
		var s string
		if json.Unmarshal(v, &s) == nil && strings.ContainsRune(s, utf8.RuneError) &&
			!bytes.ContainsRune(v, utf8.RuneError) && !bytes.Contains(bytes.ToLower(v), []byte(`\ufffd`)) {
			return errors.New("a string has a lone surrogate")
		}
	}
	return nil
}

// A header is the JOSE header as far as it could be read.
type header struct {
	segment
	members []member
	err     error // why it is not a header
	private bool  // a private or secret JWK is in it
}

// readHeader decodes and describes the first segment. Without show, or when
// it is no JSON object, nothing of it is printed.
func (r *report) readHeader(text string, show bool) *header {
	h := &header{segment: decode(text)}
	switch {
	case !h.usable:
		h.err = errors.New("it could not be decoded")
	case len(h.octets) > maxHeader:
		h.err = fmt.Errorf("it has %d octets, more than %d", len(h.octets), maxHeader)
	default:
		h.members, h.err = parseObject(h.octets)
		if b, err := anyBase64(string(h.octets)); err == nil && h.members == nil && bytes.HasPrefix(b, []byte("{")) {
			if h.members, err = parseObject(b); err == nil {
				h.octets = b
				r.hint("double-base64", "The header segment is base64 of base64: it was encoded twice.")
			}
		}
	}
	if !show {
		h.members = nil
		if h.err == nil {
			h.err = errors.New("there is no '.' after it")
		}
	}
	h.private = h.members != nil && holdsPrivateKey(h.octets)
	if h.err == nil {
		h.err = h.checkTypes()
	}
	return h
}

func (h *header) get(name string) json.RawMessage {
	for _, m := range h.members {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

func (h *header) has(name string) bool { return h.get(name) != nil }

// str returns the string value of a member, "" if it has none.
func (h *header) str(name string) (s string) {
	json.Unmarshal(h.get(name), &s)
	return s
}

func (h *header) unencoded() bool { return string(h.get("b64")) == "false" }

func (h *header) crit() (names []string) {
	if json.Unmarshal(h.get("crit"), &names) != nil {
		return nil
	}
	return names
}

// rules says what the RFCs have about each registered header member.
var rules = map[string]string{
	"alg":      "the algorithm; must be the key's, and chooses nothing (RFC 7515, Section 4.1.1)",
	"enc":      "content encryption of a JWE (RFC 7516, Section 4.1.2)",
	"zip":      "compression of a JWE (RFC 7516, Section 4.1.3); refused here",
	"jku":      "URL of keys; a hint that nobody should follow (RFC 7515, Sections 4.1.2 and 8)",
	"jwk":      "a public key; never a reason to trust it (RFC 7515, Section 4.1.3)",
	"kid":      "names the key; compared as case-sensitive text (RFC 7515, Section 4.1.4)",
	"x5u":      "URL of certificates; a hint that nobody should follow (RFC 7515, Section 4.1.5)",
	"x5c":      "certificates; never a reason to trust them (RFC 7515, Section 4.1.6)",
	"x5t":      "SHA-1 of a certificate; a hint (RFC 7515, Section 4.1.7)",
	"x5t#S256": "SHA-256 of a certificate; a hint (RFC 7515, Section 4.1.8)",
	"typ":      "type of the whole token; the application compares it (RFC 7515, Section 4.1.9)",
	"cty":      "type of the payload; \"JWT\" in a nested JWT (RFC 7515, Section 4.1.10; RFC 7519, Section 5.2)",
	"crit":     "members that must be understood (RFC 7515, Section 4.1.11)",
	"b64":      "false: the payload is signed as it is, not base64url (RFC 7797, Section 3)",
	"epk":      "of ECDH-ES (RFC 7518, Section 4.6.1); out of scope",
	"apu":      "of ECDH-ES (RFC 7518, Section 4.6.1); out of scope",
	"apv":      "of ECDH-ES (RFC 7518, Section 4.6.1); out of scope",
	"iv":       "of AES-GCM key wrapping (RFC 7518, Section 4.7.1); out of scope",
	"tag":      "of AES-GCM key wrapping (RFC 7518, Section 4.7.1); out of scope",
	"p2s":      "of PBES2 (RFC 7518, Section 4.8.1); out of scope",
	"p2c":      "of PBES2 (RFC 7518, Section 4.8.1); out of scope",
}

// checkTypes looks at the JSON types of registered members (RFC 7515, Section
// 4.1; RFC 7516, Section 4.1).
func (h *header) checkTypes() error {
	for _, m := range h.members {
		want := byte('"')
		switch m.name {
		case "x5c", "crit":
			want = '['
		case "jwk", "epk":
			want = '{'
		case "b64", "p2c":
			continue
		}
		if rules[m.name] != "" && m.value[0] != want {
			return fmt.Errorf("the value of %q has another JSON type", m.name)
		}
	}
	return nil
}

// checkCrit is the grammar of crit and b64: RFC 7515, Section 4.1.11 and
// RFC 7797, Section 6.
func (h *header) checkCrit() (problem, section string) {
	const critSection, b64Section = "RFC 7515, Section 4.1.11", "RFC 7797, Section 6"
	crit := h.crit()
	if v := h.get("crit"); v != nil && len(crit) == 0 {
		return "crit is not a list of one or more names", critSection
	}
	for i, name := range crit {
		switch {
		case slices.Contains(crit[:i], name):
			return "crit has a name twice", critSection
		case !h.has(name):
			return "crit names " + quote(name) + ", which is not in the header", critSection
		case rules[name] != "" && name != "b64":
			return "crit names " + quote(name) + ", which the RFCs define: such names must not be there", critSection
		}
	}
	if v := string(h.get("b64")); v != "" && v != "true" && v != "false" {
		return "b64 is not true or false", "RFC 7797, Section 3"
	} else if v == "false" && !slices.Contains(crit, "b64") {
		return "b64 is false, and crit does not name it: a verifier that knows no b64 would take the token " +
			"for another one", b64Section
	}
	return "", critSection
}

// describe lists the header's members, each with its rule.
func (r *report) describe(h *header) {
	if h.members == nil {
		return
	}
	r.line("  ", "\nheader: %d octets, %d members", len(h.octets), len(h.members))
	for i, m := range h.members {
		if i == 40 {
			r.line("  ", "  ... and %d members more", len(h.members)-i)
			break
		}
		value := "(not shown: private)"
		if !holdsPrivateKey(m.value) && !(h.private && h.has("kty")) {
			value = showJSON(m.value)
		}
		name := quote(m.name)
		r.about = append(r.about, "  "+name+": "+value+"\n")
		rule := rules[m.name]
		switch {
		case slices.Contains(h.crit(), m.name) && m.name != "b64":
			rule = "crit names it: whoever does not understand it must refuse the token (RFC 7515, Section 4.1.11)"
		case rule == "":
			rule = "not registered: ignored, unless the application checks it (RFC 7515, Sections 4 and 4.3)"
		}
		r.line("      ", "      %s", rule)
	}
}

// showJSON returns the text of a JSON value, as it is where that is harmless.
func showJSON(v json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, v) == nil {
		v = b.Bytes()
	}
	harmless := !bytes.ContainsFunc(v, func(c rune) bool { return c < ' ' || c > '~' })
	if harmless && len(v) <= 160 {
		return string(v)
	}
	return quote(string(v))
}

// holdsPrivateKey reports whether text has a private key in PEM, or private or
// secret members of a JWK (RFC 7517, Section 9.2) beside a kty. In doubt it says
// yes.
func holdsPrivateKey(text []byte) bool {
	if bytes.Contains(text, []byte("PRIVATE KEY")) {
		return true
	}
	if !bytes.Contains(text, []byte("kty")) && !bytes.ContainsRune(text, '\\') {
		return false
	}
	var v any
	if json.Unmarshal(text, &v) != nil {
		return bytes.Contains(text, []byte("kty"))
	}
	return privateJWKIn(v, 0)
}

func privateJWKIn(v any, depth int) bool {
	switch v := v.(type) {
	case map[string]any:
		if _, isJWK := v["kty"]; isJWK {
			for _, name := range []string{"k", "d", "p", "q", "dp", "dq", "qi", "oth"} {
				if _, has := v[name]; has {
					return true
				}
			}
		}
		for _, e := range v {
			if depth > maxDepth || privateJWKIn(e, depth+1) {
				return true
			}
		}
	case []any:
		for _, e := range v {
			if depth > maxDepth || privateJWKIn(e, depth+1) {
				return true
			}
		}
	}
	return false
}
