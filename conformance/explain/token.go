package explain

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// A wrapping is what people leave around a token: off returns the text without
// it, and what the sentence of id names.
type wrapping struct {
	id  string
	off func(string) (rest, name string)
}

const (
	scheme  = `(?:[a-z][a-z0-9-]*:\s*)?(?:bearer|jws|jwt|dpop)[ \t]+`
	jwsText = `ey[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+`
	anyText = `(` + jwsText + `(?:\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)?)`
)

var wrappings = []wrapping{
	{"white-space", func(t string) (string, string) { return strings.TrimSpace(strings.TrimPrefix(t, "\ufeff")), "" }},
	{"invisible", visible},
	{"bearer-prefix", pattern(`(?is)^(?P<name>` + scheme + `|[a-z][a-z0-9-]*:\s+|authorization:)(?P<token>\S.*)$`)},
	{"quotes", pattern("(?s)^(?:\"(?P<token>.+)\"|'(?P<token2>.+)'|`(?P<token3>.+)`)$")},
	{"member", func(t string) (string, string) {
		for _, m := range membersOf(t) {
			var s string
			if json.Unmarshal(m.value, &s); strings.HasPrefix(s, "ey") && strings.Count(s, ".") >= 2 {
				return s, m.name
			}
		}
		return t, ""
	}},
	{"quoted-printable", func(t string) (string, string) {
		b, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(t)))
		if err != nil || !regexp.MustCompile(`=\r?\n[A-Za-z0-9_.=-]|=2E|=3D`).MatchString(t) {
			return t, ""
		}
		return string(b), ""
	}},
	{"url-encoded", func(t string) (string, string) {
		if s, err := url.PathUnescape(t); err == nil && strings.Contains(t, "%") && !unencodedPayload(t) {
			return s, ""
		}
		return t, ""
	}},
	{"url-cookie", pattern(`(?:^|[?&#;\s])(?P<name>[A-Za-z_.\[\]-]{1,64})=(?P<token>` + jwsText +
		`[A-Za-z0-9_.-]*)(?:[&#;\s].*)?$`)},
	{"punctuation", pattern(`^(?P<token>` + anyText + `)(?P<name>[.,;:)\]}>])$`)},
	{"double-base64", func(t string) (string, string) {
		if b, err := anyBase64(t); err == nil && strings.Count(string(b), ".") >= 2 && bytes.HasPrefix(b, []byte("e")) {
			return string(b), ""
		}
		return t, ""
	}},
	{"text-around", func(t string) (string, string) {
		if strings.Trim(t, bothAlphabets+"=. \t\r\n") == "" {
			return t, "" // a folded token, or a part of one
		}
		return tokenInText(t)
	}},
}

var tokenInText = pattern(`(?s)^(?:.*[\s'":]|)(?P<token>` + anyText + `)(?:['"\s;,\\].*)?$`)

// pattern takes off what the expression has around its groups "token".
func pattern(expression string) func(string) (string, string) {
	e := regexp.MustCompile(expression)
	return func(t string) (rest, name string) {
		m := e.FindStringSubmatch(t)
		if m == nil {
			return t, ""
		}
		for i, group := range e.SubexpNames() {
			if strings.HasPrefix(group, "token") {
				rest += m[i]
			} else if group == "name" {
				name = m[i]
			}
		}
		return rest, name
	}
}

// lookalikes are characters that can't be seen, and those for which another one stands.
var lookalikes = []struct{ chars, name, instead string }{
	{"\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f", "an invisible character", ""},
	{"\u00a0\u202f\u3000\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a", "a space", " "},
	{"\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "a hyphen or dash", "-"},
	{"\u201c\u201d\u201e", "a quotation mark", `"`},
	{"\u2018\u2019", "a quotation mark", "'"},
}

// visible replaces what only looks like base64url, and drops what can't be seen.
func visible(t string) (rest, names string) {
	if unencodedPayload(t) || !utf8.ValidString(t) {
		return t, ""
	}
	var w strings.Builder
	for _, c := range t {
		instead, name := string(c), ""
		if c < ' ' && strings.IndexRune("\n\r\t", c) < 0 || c == 0x7f {
			instead, name = "", "a control character"
		}
		for _, l := range lookalikes {
			if strings.ContainsRune(l.chars, c) {
				instead, name = l.instead, l.name
			}
		}
		name = fmt.Sprintf("U+%04X (%s)", c, name)
		if instead != string(c) && len(names) < 300 && !strings.Contains(names, name) {
			names = strings.TrimPrefix(names+", "+name, ", ")
		}
		w.WriteString(instead)
	}
	return w.String(), names
}

// membersOf reads a JSON object that was given for a token.
func membersOf(t string) (members []member) {
	if strings.HasPrefix(t, "{") && len(t) <= maxKeyFile {
		members, _ = parseObject([]byte(t))
	}
	return members
}

// unwrap removes what people leave around a token, and reports it. A line
// break at the end is what a file or a shell adds and no failure; the rest is.
func (r *report) unwrap(token string) (t, problem string) {
	t = strings.TrimRight(token, "\r\n")
	if t != token {
		r.note("The line break after the token was ignored. In an HTTP header or a JSON member it would be " +
			"refused (RFC 7515, Section 2).")
	}
	bare, before := t, ""
	for range 6 { // wrappings inside each other; the last round finds nothing
		n := strings.Count(t, ".")
		isBare := (n == 2 || n == 4) && strings.HasPrefix(t, "ey") && strings.Trim(t, bothAlphabets+".") == ""
		if isBare || len(t) > maxKeyFile || t == before {
			break
		}
		before = t
		for _, w := range wrappings {
			rest, name := w.off(t)
			if rest == t {
				continue
			}
			if t = rest; w.id != "invisible" {
				name = quote(name)
			}
			if strings.Contains(known[w.id].sentence, "%s") {
				r.hint(w.id, name)
			} else {
				r.hint(w.id)
			}
			break
		}
	}
	for _, m := range membersOf(t) {
		switch m.name {
		case "encryptedKey", "encryptedPayload":
			r.hint("five-members")
		case "signature", "signatures", "ciphertext":
			r.hint("json-serialization")
		}
	}
	switch {
	case strings.Contains(t, "...") || strings.Contains(t, "\u2026"):
		r.hint("elided")
		return t, "Something was left out of it."
	case strings.HasPrefix(t, "eyj") && t == strings.ToLower(t):
		r.hint("lower-cased")
		return t, "It is in lower case."
	case t != bare:
		return t, "Something does; the checks go on with what is inside."
	}
	return t, ""
}

// unencodedPayload reports whether t has a payload that may hold '%' itself
// (RFC 7797, Section 5.2).
func unencodedPayload(t string) bool {
	first, _, _ := strings.Cut(t, ".")
	h := decode(first[:min(len(first), 2*maxHeader)])
	members, _ := parseObject(h.octets)
	return (&header{members: members}).unencoded()
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
	var what []string
	for _, fault := range []struct {
		id, text string
		without  func(string) string
	}{
		{"line-breaks", "it has line breaks", strings.NewReplacer("\r", "", "\n", "").Replace},
		{"white-space", "it has white space", func(t string) string { return strings.Join(strings.Fields(t), "") }},
		{"standard-alphabet", "it has + or /, which are of the standard alphabet", urlAlphabet.Replace},
		{"padding", "it ends in = padding", func(t string) string { return strings.TrimRight(t, "=") }},
	} {
		if t := fault.without(text); t != text {
			s.ids, what, text = append(s.ids, fault.id), append(what, fault.text), t
		}
	}
	b, err := strictURL.DecodeString(text)
	if err != nil {
		if b, err = base64.RawURLEncoding.DecodeString(text); err == nil {
			s.ids, what = append(s.ids, "spare-bits"), append(what, "the unused bits of its last character are not zero")
		} else if s.ids = nil; len(text)%4 == 1 {
			what = append(what, fmt.Sprintf("no octets encode as %d characters: it is cut off, or has one too many", len(text)))
		} else {
			i := len(text) - len(strings.TrimLeft(text, letters+"-_"))
			what = append(what, fmt.Sprintf("the character after %d others is not of base64url", i))
		}
	}
	if s.octets, s.usable = b, err == nil; what != nil {
		s.err = errors.New(strings.Join(what, "; "))
	}
	return s
}

var urlAlphabet = strings.NewReplacer("+", "-", "/", "_")

// anyBase64 decodes either alphabet, padded or not.
func anyBase64(s string) ([]byte, error) {
	return strictURL.DecodeString(strings.TrimRight(urlAlphabet.Replace(s), "="))
}

func (r *report) segmentHints(segments ...segment) {
	for _, s := range segments {
		for _, id := range s.ids {
			r.hint(id)
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
// mark, no name twice at any depth, no lone surrogate. encoding/json takes all
// of these. What could be read is returned beside an error.
func parseObject(text []byte) ([]member, error) {
	if bytes.HasPrefix(text, []byte("\ufeff")) {
		return nil, errors.New("it begins with a byte order mark")
	} else if !utf8.Valid(text) {
		return nil, errors.New("it is not UTF-8")
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("it is not a JSON object")
	}
	members := []member{} // not nil: an empty object is one
	for dec.More() {
		t, err := dec.Token()
		name, isName := t.(string)
		var v json.RawMessage
		if err != nil || !isName || dec.Decode(&v) != nil {
			return members, fmt.Errorf("it is not JSON, at octet %d", dec.InputOffset())
		}
		members = append(members, member{name, v})
	}
	if !json.Valid(text) {
		return members, errors.New("it is not one JSON object: it does not end, or something follows")
	}
	_, err := strict(json.NewDecoder(bytes.NewReader(text)), text, maxDepth)
	return members, err
}

var replacement = regexp.MustCompile(`(?i)\x{FFFD}|\\ufffd`)

// strict reads the next value of a JSON text and refuses what parseObject says.
func strict(dec *json.Decoder, text []byte, depth int) (json.Token, error) {
	dec.UseNumber()
	start := dec.InputOffset()
	t, err := dec.Token()
	if err != nil {
		return nil, errors.New("it is not JSON")
	}
	raw := text[start:dec.InputOffset()]
	switch s, _ := t.(string); {
	case strings.ContainsRune(s, utf8.RuneError) && !replacement.Match(raw):
		return nil, errors.New("a string has a lone surrogate") // for which the decoder writes U+FFFD
	case t != json.Delim('{') && t != json.Delim('['):
		return t, nil
	case depth == 0:
		return nil, fmt.Errorf("it is nested deeper than %d", maxDepth)
	}
	seen := map[json.Token]bool{}
	for dec.More() {
		if t == json.Delim('{') {
			name, err := strict(dec, text, depth-1)
			if err == nil && seen[name] {
				err = fmt.Errorf("it has the name %s twice", quote(name.(string)))
			}
			if seen[name] = true; err != nil {
				return nil, err
			}
		}
		if _, err := strict(dec, text, depth-1); err != nil {
			return nil, err
		}
	}
	return dec.Token()
}

// A header is the JOSE header as far as it could be read.
type header struct {
	segment
	members []member
	err     error // why it is not a header
	private bool  // a private or secret JWK is in it
}

// readHeader decodes the first segment. Without show, or when it is no JSON
// object, nothing of it is printed.
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
				r.hint("double-base64")
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

// checkTypes looks at the JSON types of registered members (RFC 7515, Section
// 4.1; RFC 7516, Section 4.1).
func (h *header) checkTypes() error {
	first := map[string]string{"x5c": "[", "crit": "[", "jwk": "{", "epk": "{", "b64": "", "p2c": ""}
	for _, m := range h.members {
		want, isOther := first[m.name]
		if !isOther && rules[m.name] != "" {
			want = `"`
		}
		if !strings.HasPrefix(string(m.value), want) {
			return fmt.Errorf("the value of %q has another JSON type", m.name)
		}
	}
	return nil
}

// members lists members, each with a value that may be printed and a rule, if there is one.
func (r *report) members(members []member, print func(member) (value, rule string)) {
	for i, m := range members {
		if i == 40 {
			r.line("  ", "  ... and %d members more", len(members)-i)
			break
		}
		value, rule := print(m)
		if r.about = append(r.about, "  "+quote(m.name)+": "+value+"\n"); rule != "" {
			r.line("      ", "      %s", rule)
		}
	}
}

// describe lists the header's members, each with its rule.
func (r *report) describe(h *header) {
	if h.members == nil {
		return
	}
	r.line("  ", "\nheader: %d octets, %d members", len(h.octets), len(h.members))
	r.members(h.members, func(m member) (value, rule string) {
		if value = "(not shown: private)"; !holdsPrivateKey(m.value) && !(h.private && h.has("kty")) {
			value = showJSON(m.value)
		}
		switch rule = rules[m.name]; {
		case slices.Contains(h.crit(), m.name) && m.name != "b64":
			rule = "crit names it: whoever does not understand it must refuse the token (RFC 7515, Section 4.1.11)"
		case rule == "":
			rule = "not registered: ignored, unless the application checks it (RFC 7515, Sections 4 and 4.3)"
		}
		return value, rule
	})
}

// showJSON returns the text of a JSON value, all but ASCII and control
// characters escaped, cut where it is long.
func showJSON(v json.RawMessage) string {
	text := v
	if b := (style{escape: 1}).write(jsonPart(v)); b != nil {
		text = b
	}
	if bytes.ContainsFunc(text, func(c rune) bool { return c < ' ' || c > '~' }) {
		return quote(string(text))
	}
	const most = 200
	if len(text) > most {
		return fmt.Sprintf("%s... (%d octets)", text[:most], len(text))
	}
	return string(text)
}

// privateText is of a private key in PEM, of private or secret members of a JWK
// (RFC 7517, Section 9.2) beside a kty, or of escaped letters, which may be either.
var privateText = regexp.MustCompile(`(?s)PRIVATE KEY|\\u00[4-7]|"kty\\?".*` + privateName + `|` +
	privateName + `.*"kty\\?"`)

const privateName = `"(?:k|d|p|q|dp|dq|qi|oth)\\?"\s*:`

func holdsPrivateKey(text []byte) bool { return privateText.Match(text) }
