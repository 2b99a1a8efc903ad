package explain

import (
	"bytes"
	"cmp"
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

	"example.com/jose"
)

// takeOff takes off what people leave around a token, where that is more than
// the pattern of formats.txt: it returns the text without it, and what the
// sentence of the id names.
var takeOff = map[string]func(string) (rest, name string){
	"white-space": func(t string) (string, string) { return strings.TrimSpace(strings.TrimPrefix(t, "\ufeff")), "" },
	"twice": func(t string) (string, string) {
		half := strings.TrimSpace(t[:len(t)/2])
		if strings.Count(half, ".") > 1 && strings.HasSuffix(t, half) && strings.TrimSpace(t[len(half):]) == half {
			return half, ""
		}
		return t, ""
	},
	"invisible": visible,
	"member": func(t string) (string, string) {
		for _, m := range membersOf(t) {
			if s := string(unquoted(m.value)); strings.HasPrefix(s, "ey") && strings.Count(s, ".") >= 2 {
				return s, m.name
			}
		}
		return t, ""
	},
	"quoted-printable": func(t string) (string, string) {
		b, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(t)))
		if err != nil || !regexp.MustCompile(`=\r?\n[A-Za-z0-9_.=-]|=2E|=3D`).MatchString(t) {
			return t, ""
		}
		return string(b), ""
	},
	"url-encoded": func(t string) (string, string) {
		if s, err := url.PathUnescape(t); err == nil && strings.Contains(t, "%") && !unencodedPayload(t) {
			return s, ""
		}
		return t, ""
	},
	"double-base64": func(t string) (string, string) {
		if b, err := anyBase64(t); err == nil && strings.Count(string(b), ".") >= 2 && bytes.HasPrefix(b, []byte("e")) {
			return string(b), ""
		}
		return t, ""
	},
}

// takeOff takes off what the pattern has around its groups "token".
func (f format) takeOff(t string) (rest, name string) {
	m := f.has.FindStringSubmatch(t)
	if m == nil || f.name == "text-around" && strings.Trim(t, bothAlphabets+"=. \t\r\n") == "" {
		return t, "" // or a folded token, or a part of one
	}
	for i, group := range f.has.SubexpNames() {
		if strings.HasPrefix(group, "token") {
			rest += m[i]
		} else if group == "name" {
			name = m[i]
		}
	}
	return rest, name
}

// visible replaces what only looks like base64url, and drops what can't be seen.
func visible(t string) (rest, names string) {
	if unencodedPayload(t) || !utf8.ValidString(t) {
		return t, ""
	}
	for _, f := range formats["look"] {
		t = f.has.ReplaceAllStringFunc(t, func(s string) string {
			name := fmt.Sprintf("U+%04X (%s)", []rune(s)[0], f.name)
			if len(names) < 300 && !strings.Contains(names, name) {
				names = joined(names, name)
			}
			return f.with
		})
	}
	return t, names
}

// membersOf reads a JSON object that was given for a token.
func membersOf(t string) (o object) {
	if strings.HasPrefix(t, "{") && len(t) <= maxKeyFile {
		o, _ = parseObject([]byte(t))
	}
	return o
}

// unwrap removes what people leave around a token, and reports it. A line
// break at the end is what a file or a shell adds and no failure; the rest is.
func (r *report) unwrap(token string) (t, problem string) {
	t = strings.TrimRight(token, "\r\n")
	if t != token {
		r.note("The line break after the token was ignored. In an HTTP header or a JSON member it would be " +
			"refused (RFC 7515, Section 2).")
	}
	if isPrivateKey(t) {
		r.ended = true
		return "", r.hint("private-key-pasted")
	}
	before := ""
	for range 6 { // wrappings inside each other; the last round finds nothing
		n := strings.Count(t, ".")
		isBare := (n == 2 || n == 4) && strings.HasPrefix(t, "ey") && strings.Trim(t, bothAlphabets+".") == ""
		if isBare || len(t) > maxKeyFile || t == before {
			break
		}
		before = t
		for _, f := range formats["around"] {
			off := takeOff[f.name]
			if off == nil {
				off = f.takeOff
			}
			rest, name := off(t)
			if rest == t {
				continue
			}
			if f.name == "white-space" {
				name = "around the token"
			} else if f.name != "invisible" {
				name = quote(name)
			}
			t, problem = rest, cmp.Or(problem, r.hint(f.name, name))
			break
		}
	}
	switch {
	case strings.Contains(t, "...") || strings.Contains(t, "\u2026"):
		return t, r.hint("elided")
	case strings.HasPrefix(t, "eyj") && t == strings.ToLower(t):
		return t, r.hint("lower-cased")
	}
	return t, problem
}

// isPrivateKey reports whether a key file was given for the token.
func isPrivateKey(t string) bool {
	if len(t) > maxKeyFile || strings.Count(t, ".") > 1 && !strings.HasPrefix(t, "{") {
		return strings.Contains(t[:min(len(t), maxKeyFile)], "PRIVATE KEY-----")
	}
	f := readFileOf([]byte(t))
	return f.isPrivate() && !f.keys[0].raw
}

// unencodedPayload reports whether t has a payload that may hold '%' itself
// (RFC 7797, Section 5.2).
func unencodedPayload(t string) bool {
	first, _, _ := strings.Cut(t, ".")
	o, _ := parseObject(decode(first[:min(len(first), 2*maxHeader)]).octets)
	return o.unencoded()
}

// A segment is one part of a token, decoded as far as that is possible.
type segment struct {
	text   string
	octets []byte
	ids    []string // why it is not strict base64url (RFC 7515, Section 2): hints
	fault  string   // or words
	usable bool     // octets are what was probably meant
}

var strictURL = base64.RawURLEncoding.Strict()

var segmentFaults = []struct {
	id      string
	without func(string) string
}{
	{"line-breaks", strings.NewReplacer("\r", "", "\n", "").Replace},
	{"white-space", func(t string) string { return strings.Join(strings.Fields(t), "") }},
	{"standard-alphabet", urlAlphabet.Replace},
	{"padding", func(t string) string { return strings.TrimRight(t, "=") }},
}

// decode reads a segment strictly and, if that fails, says why and reads it
// as it was probably meant.
func decode(text string) segment {
	s := segment{text: text}
	for _, fault := range segmentFaults {
		if t := fault.without(text); t != text {
			s.ids, text = append(s.ids, fault.id), t
		}
	}
	b, err := strictURL.DecodeString(text)
	if err != nil {
		if b, err = base64.RawURLEncoding.DecodeString(text); err == nil {
			s.ids = append(s.ids, "spare-bits")
		} else if s.ids = nil; len(text)%4 == 1 {
			s.fault = fmt.Sprintf("has %d characters, as which no octets encode: it was cut off, or has one too many", len(text))
		} else {
			i := len(text) - len(strings.TrimLeft(text, letters+"-_"))
			s.fault = fmt.Sprintf("has, after %d others, a character that is not of base64url", i)
		}
	}
	s.octets, s.usable = b, err == nil
	return s
}

func (s segment) isFaulty() bool { return s.ids != nil || s.fault != "" }

var urlAlphabet = strings.NewReplacer("+", "-", "/", "_")

// anyBase64 decodes either alphabet, padded or not.
func anyBase64(s string) ([]byte, error) {
	return strictURL.DecodeString(strings.TrimRight(urlAlphabet.Replace(s), "="))
}

// A member is one name and value of a JSON object, the value as text.
type member struct {
	name  string
	value json.RawMessage
}

type object []member

// parseObject reads one JSON object and nothing else. It takes what package jose
// refuses, such as a name twice, and returns what could be read beside an error.
func parseObject(text []byte) (object, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("it is not a JSON object")
	}
	o := object{} // not nil: an empty object is one
	for dec.More() {
		t, err := dec.Token()
		name, isName := t.(string)
		var v json.RawMessage
		if err != nil || !isName || dec.Decode(&v) != nil {
			return o, fmt.Errorf("it is not JSON, at octet %d", dec.InputOffset())
		}
		o = append(o, member{name, v})
	}
	if !json.Valid(text) {
		return o, errors.New("it is not one JSON object: it does not end, or something follows")
	}
	return o, nil
}

func (o object) get(name string) json.RawMessage {
	if i := slices.IndexFunc(o, func(m member) bool { return m.name == name }); i >= 0 {
		return o[i].value
	}
	return nil
}

func (o object) has(name string) bool { return o.get(name) != nil }

// str returns the string value of a member, "" if it has none.
func (o object) str(name string) string { return string(unquoted(o.get(name))) }

// list returns the strings of an array, or the one string that there is.
func (o object) list(name string) (list []string) {
	if json.Unmarshal(o.get(name), &list) != nil {
		list = []string{o.str(name)}
	}
	return list
}

func (o object) unencoded() bool { return string(o.get("b64")) == "false" }

func (o object) crit() (names []string) {
	if json.Unmarshal(o.get("crit"), &names) != nil {
		return nil
	}
	return names
}

// A header is the JOSE header as far as it could be read.
type header struct {
	segment
	object
	err, critErr string // what package jose says against it, and against crit and b64
	private      bool   // a private or secret JWK is in it
}

// readHeader decodes the first segment of a token of n segments. Only of one
// that is a JSON object with something after it anything is printed: other text
// may be a key or a secret that was pasted by mistake.
func (r *report) readHeader(text string, n int) *header {
	h := &header{segment: decode(text)}
	if len(h.octets) <= maxHeader {
		h.object, _ = parseObject(h.octets)
		if b, err := anyBase64(string(h.octets)); err == nil && h.object == nil && bytes.HasPrefix(b, []byte("{")) {
			if h.object, err = parseObject(b); err == nil {
				h.octets, h.err = b, r.hint("double-base64")
			}
		}
	}
	if n == 1 {
		h.object = nil
	}
	r.isJWE = h.has("enc") || n == 5 && !h.unencoded() && !r.hinted("elided")
	dots := map[bool]string{false: "..", true: "...."}[r.isJWE]
	if _, err := jose.UnverifiedHeader(string(urlText(h.octets)) + dots); err != nil {
		text := strings.TrimPrefix(plainText(err.Error()), "jose: malformed token: header: ")
		switch {
		case strings.HasPrefix(text, `no "`): // alg or enc, which have checks of their own
		case strings.Contains(text, "crit") || strings.Contains(text, `"b64"`):
			h.critErr = "The header is refused: " + text
		default:
			h.err = "The header is refused: " + text
		}
	}
	h.private = h.object != nil && holdsPrivateKey(h.octets)
	return h
}

// members lists members, each with a value that may be printed and a rule, if there is one.
func (r *report) members(o object, print func(member) (value, rule string)) {
	for i, m := range o {
		if i == 40 {
			r.line("  ", "  ... and %d members more", len(o)-i)
			break
		}
		value, rule := print(m)
		if r.about.WriteString("  " + quote(m.name) + ": " + value + "\n"); rule != "" {
			r.line("      ", "      %s", rule)
		}
	}
}

// describe lists the header's members, each with its rule.
func (r *report) describe(h *header) {
	r.line("  ", "\nheader: %d octets, %d members", len(h.octets), len(h.object))
	r.members(h.object, func(m member) (value, rule string) {
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
func showJSON(text json.RawMessage) string {
	const most = 200
	if isJSON(text) {
		text = escaped(`\u%04x`, "", true)(laidOut(json.Compact)(text))
	}
	if bytes.ContainsFunc(text, func(c rune) bool { return c < ' ' || c > '~' }) {
		return quote(string(text))
	} else if len(text) > most {
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
