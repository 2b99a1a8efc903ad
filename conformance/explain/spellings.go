package explain

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode/utf16"
)

// A variant is another spelling of some octets.
type variant struct {
	id, label string
	octets    []byte
}

// maxRewrite bounds what is parsed as JSON and written again.
const maxRewrite = 256 << 10

// payloadSpellings yields what editors, shells and JSON libraries make of a
// payload, the likely ones first.
func payloadSpellings(p []byte) iter.Seq[variant] {
	return func(yield func(variant) bool) {
		v := func(id, label string, b []byte) bool {
			return bytes.Equal(b, p) || yield(variant{id, label, b})
		}
		lf := bytes.ReplaceAll(p, []byte("\r\n"), []byte("\n"))
		if !(v("payload-newline", "with LF at the end", append(slices.Clone(p), '\n')) &&
			v("payload-newline", "with CR LF at the end", append(slices.Clone(p), '\r', '\n')) &&
			v("payload-newline", "without the LF at the end", bytes.TrimSuffix(p, []byte("\n"))) &&
			v("payload-newline", "without the CR LF at the end", bytes.TrimSuffix(p, []byte("\r\n"))) &&
			v("payload-newline", "with LF where there is CR LF", lf) &&
			v("payload-newline", "with CR LF where there is LF", bytes.ReplaceAll(lf, []byte("\n"), []byte("\r\n"))) &&
			v("payload-white-space", "without the white space around it", bytes.TrimSpace(p)) &&
			v("payload-white-space", "without the byte order mark", bytes.TrimPrefix(p, []byte("\ufeff"))) &&
			v("payload-white-space", "with a byte order mark", append([]byte("\ufeff"), p...)) &&
			v("double-base64", "its base64url (encoded twice when signed)", []byte(encodePayload(&header{}, p)))) {
			return
		}
		if b, err := anyBase64(string(bytes.TrimSpace(p))); err == nil && len(b) > 0 &&
			!v("double-base64", "what it is the base64 of (here it is encoded once more)", b) {
			return
		}
		for s := range jsonSpellings(p) {
			if !v("payload-rewritten", s.label, s.octets) ||
				!v("payload-rewritten", s.label+", with LF at the end", append(slices.Clone(s.octets), '\n')) {
				return
			}
		}
	}
}

// headerSpellings yields other spellings of a header: the JSON styles, then,
// for up to five members, every order of them.
func headerSpellings(h []byte) iter.Seq[variant] {
	return func(yield func(variant) bool) {
		for s := range jsonSpellings(h) {
			if !bytes.Equal(s.octets, h) && !yield(s) {
				return
			}
		}
		members, err := parseObject(h)
		if err != nil || len(members) > 5 {
			return
		}
		for order := range permutations(len(members)) {
			var b bytes.Buffer
			for i, m := range order {
				b.WriteByte("{,"[min(i, 1)])
				fmt.Fprintf(&b, "%s:%s", jsonText(members[m].name), members[m].value)
			}
			b.WriteByte('}')
			var c bytes.Buffer
			if json.Compact(&c, b.Bytes()) == nil && !yield(variant{"", "compact, its members in another order", c.Bytes()}) {
				return
			}
		}
	}
}

// permutations yields all orders of n things.
func permutations(n int) iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		var extend func(order []int) bool
		extend = func(order []int) bool {
			if len(order) == n {
				return yield(order)
			}
			for i := range n {
				if !slices.Contains(order, i) && !extend(append(slices.Clip(order), i)) {
					return false
				}
			}
			return true
		}
		extend(nil)
	}
}

// jsonSpellings yields a JSON text in the styles of common writers.
func jsonSpellings(text []byte) iter.Seq[variant] {
	return func(yield func(variant) bool) {
		if len(text) > maxRewrite || !json.Valid(text) {
			return
		}
		sorted, err := sortedJSON(text, maxDepth)
		if err != nil {
			return // too deep: indentation would grow with the depth
		}
		for _, in := range []struct {
			label string
			text  []byte
		}{{"", text}, {", names sorted", sorted}} {
			var c bytes.Buffer
			json.Compact(&c, in.text)
			compact := c.Bytes()
			for _, s := range []variant{
				{"", "compact JSON", compact},
				{"", "JSON indented by two spaces", indented(compact, "  ")},
				{"", "JSON indented by four spaces", indented(compact, "    ")},
				{"", "JSON indented by tabs", indented(compact, "\t")},
				{"", "JSON on one line, a space after ':' and ','", spaced(compact)},
				{"", "compact JSON with '/' written as '\\/'", bytes.ReplaceAll(bytes.ReplaceAll(compact, []byte(`\/`), []byte("/")), []byte("/"), []byte(`\/`))},
				{"", "compact JSON with '\\/' written as '/'", bytes.ReplaceAll(compact, []byte(`\/`), []byte("/"))},
				{"", "compact JSON with <, > and & escaped", escapedHTML(compact)},
				{"", "compact JSON with all but ASCII escaped", escapedASCII(compact)},
				{"", "JSON on one line, spaced, with all but ASCII escaped", escapedASCII(spaced(compact))},
				{"", "JSON indented by two spaces, with CR LF", bytes.ReplaceAll(indented(compact, "  "), []byte("\n"), []byte("\r\n"))},
			} {
				s.label += in.label
				if !yield(s) {
					return
				}
			}
		}
	}
}

func indented(text []byte, indent string) []byte {
	var b bytes.Buffer
	json.Indent(&b, text, "", indent)
	return b.Bytes()
}

// spaced puts a space after ':' and ',' outside of strings.
func spaced(compact []byte) []byte {
	b := make([]byte, 0, len(compact)+len(compact)/4)
	inString, escaped := false, false
	for _, c := range compact {
		b = append(b, c)
		switch {
		case escaped:
			escaped = false
		case inString && c == '\\':
			escaped = true
		case c == '"':
			inString = !inString
		case !inString && (c == ':' || c == ','):
			b = append(b, ' ')
		}
	}
	return b
}

func escapedHTML(text []byte) []byte {
	var b bytes.Buffer
	json.HTMLEscape(&b, text)
	return b.Bytes()
}

func escapedASCII(text []byte) []byte {
	var b strings.Builder
	for _, c := range string(text) {
		if c < 0x80 {
			b.WriteByte(byte(c))
			continue
		}
		for _, u := range utf16.Encode([]rune{c}) {
			fmt.Fprintf(&b, `\u%04x`, u)
		}
	}
	return []byte(b.String())
}

// sortedJSON writes the members of all objects by name; values keep their text.
func sortedJSON(text []byte, depth int) ([]byte, error) {
	text = bytes.TrimSpace(text)
	if depth == 0 {
		return nil, fmt.Errorf("nested deeper than %d", maxDepth)
	}
	var parts [][]byte
	brackets := "{}"
	switch text[0] {
	case '{':
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.Token()
		members, err := parseMembers(dec, 0)
		if err != nil {
			return nil, err
		}
		slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
		for _, m := range members {
			v, err := sortedJSON(m.value, depth-1)
			if err != nil {
				return nil, err
			}
			parts = append(parts, slices.Concat(jsonText(m.name), []byte(":"), v))
		}
	case '[':
		var list []json.RawMessage
		if err := json.Unmarshal(text, &list); err != nil {
			return nil, err
		}
		for _, e := range list {
			v, err := sortedJSON(e, depth-1)
			if err != nil {
				return nil, err
			}
			parts = append(parts, v)
		}
		brackets = "[]"
	default:
		return text, nil
	}
	return slices.Concat([]byte(brackets[:1]), bytes.Join(parts, []byte(",")), []byte(brackets[1:])), nil
}

// jsonText writes a string without escaping for HTML.
func jsonText(s string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.Encode(s)
	return bytes.TrimSpace(b.Bytes())
}
