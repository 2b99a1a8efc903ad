package explain

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A rewriting is one way to write a JSON text again.
type rewriting struct {
	name string
	of   func(text []byte) []byte
}

// rewritings are the operations on JSON of hypotheses. A hypothesis that has
// several of them tries each with each.
var rewritings = map[string][]rewriting{
	"compact": {{"compact JSON", laidOut(json.Compact)}},
	"layouts": {
		{"compact JSON", laidOut(json.Compact)}, {"JSON spaced", spaced},
		{"JSON indented by two spaces", indented("  ")}, {"JSON indented by four spaces", indented("    ")},
		{"JSON indented by tabs", indented("\t")},
		{"JSON indented by two spaces, with CR LF", func(text []byte) []byte {
			return bytes.ReplaceAll(indented("  ")(text), []byte("\n"), []byte("\r\n"))
		}},
	},
	"escapes": {
		{"nothing escaped that need not be", escaped(`\u%04x`, "", false)},
		{`all but ASCII escaped as \u00e9`, escaped(`\u%04x`, "", true)},
		{`all but ASCII escaped as \u00E9`, escaped(`\u%04X`, "", true)},
		{"'/' escaped", escaped(`\u%04x`, "/", false)},
		{"<, > and & escaped", escaped(`\u%04x`, "<>&\u2028\u2029", false)},
		{"<, >, &, = and ' escaped", escaped(`\u%04x`, "<>&='\u2028\u2029", false)},
		{"escaped as System.Text.Json does", escaped(`\u%04X`, "<>&'+`\"", true)},
		{"'/' and all but ASCII escaped", escaped(`\u%04x`, "/", true)},
	},
	"numbers": {
		{"numbers as JavaScript writes them", numbers(javaScript)}, {"numbers as Java writes them", numbers(java)},
		{"numbers with two decimals", numbers(func(text string, f float64) string {
			if tooLong(f, 1e-6, 1e21) {
				return text
			}
			return strconv.FormatFloat(f, 'f', 2, 64)
		})},
	},
	"sorted": {{"names sorted", func(text []byte) []byte {
		var v any
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.UseNumber()
		dec.Decode(&v)
		return jsonText(v) // a map is written in the order of its names
	}}},
}

// rewritten is the operation of these rewritings. What stands before the JSON text stays.
func rewritten(list []rewriting) operation {
	return func(_ trial, b []byte) (forms []form) {
		before, text := jsonPart(b)
		for _, r := range list {
			if text != nil {
				forms = append(forms, form{slices.Concat(before, r.of(text)), r.name})
			}
		}
		return forms
	}
}

// maxRewrite bounds what is parsed as JSON and written again, maxDepth its depth.
const maxRewrite, maxDepth = 256 << 10, 32

var surrogates = regexp.MustCompile(`(?i)\\ud[89ab]..\\ud[c-f]`)

// isJSON reports whether text is one JSON text that may be written again: it is
// not so deep that indenting would be dear, and no half of a surrogate pair
// stands alone, which the decoder would change.
func isJSON(text []byte) bool {
	if len(text) > maxRewrite || !utf8.Valid(text) || !json.Valid(text) {
		return false
	}
	depth, deepest := 0, 0
	replaceTokens(text, func(token []byte) []byte {
		switch token[0] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		deepest = max(deepest, depth)
		return nil
	})
	lower := bytes.ToLower(text)
	return deepest <= maxDepth && (!bytes.Contains(lower, []byte(`\ud`)) ||
		!bytes.Contains(surrogates.ReplaceAll(lower, nil), []byte(`\ud`)))
}

// jsonPart splits text before the JSON text that it is, or that it ends in: a
// request line and header fields may stand above a body.
func jsonPart(text []byte) (before, part []byte) {
	if isJSON(text) {
		return nil, text
	}
	for i, n := 0, 0; i < len(text) && n < 64; n++ {
		line := bytes.IndexByte(text[i:], '\n')
		if line < 0 {
			break
		}
		i += line + 1
		if i < len(text) && (text[i] == '{' || text[i] == '[') && isJSON(text[i:]) {
			return text[:i], text[i:]
		}
	}
	return nil, nil
}

// replaceTokens writes a JSON text with f in place of each string, each
// number, and each other character.
func replaceTokens(text []byte, f func(token []byte) []byte) []byte {
	out := make([]byte, 0, len(text)+len(text)/4)
	for i := 0; i < len(text); {
		n := 1
		switch c := text[i]; {
		case c == '"':
			for ; text[i+n] != '"'; n++ {
				if text[i+n] == '\\' {
					n++
				}
			}
			n++
		case isNumber(c):
			for i+n < len(text) && strings.IndexByte("+-.0123456789Ee", text[i+n]) >= 0 {
				n++
			}
		}
		out = append(out, f(text[i:i+n])...)
		i += n
	}
	return out
}

func isNumber(c byte) bool { return c == '-' || c >= '0' && c <= '9' }

func laidOut(write func(*bytes.Buffer, []byte) error) func([]byte) []byte {
	return func(text []byte) []byte {
		var w bytes.Buffer
		write(&w, bytes.TrimSpace(text))
		return w.Bytes()
	}
}

func indented(by string) func([]byte) []byte {
	return laidOut(func(w *bytes.Buffer, text []byte) error { return json.Indent(w, text, "", by) })
}

func spaced(text []byte) []byte {
	return replaceTokens(laidOut(json.Compact)(text), func(token []byte) []byte {
		if token[0] == ',' || token[0] == ':' {
			return []byte{token[0], ' '}
		}
		return token
	})
}

// escaped writes strings: as \u what JSON demands, also what is in also, and with
// ascii what is not ASCII. Of '/' the escape is "\/".
func escaped(format, also string, ascii bool) func([]byte) []byte {
	return func(text []byte) []byte {
		return replaceTokens(text, func(token []byte) []byte {
			var value string
			if token[0] != '"' || json.Unmarshal(token, &value) != nil {
				return token
			}
			w := []byte{'"'}
			for _, c := range value {
				short, listed := strings.IndexRune("\"\\\b\f\n\r\t", c), strings.ContainsRune(also, c)
				switch {
				case listed && c == '/':
					w = append(w, `\/`...)
				case listed || ascii && c > '~' || c < ' ' && short < 0:
					for _, u := range utf16.Encode([]rune{c}) {
						w = fmt.Appendf(w, format, u)
					}
				case short >= 0:
					w = append(w, '\\', `"\bfnrt`[short])
				default:
					w = utf8.AppendRune(w, c)
				}
			}
			return append(w, '"')
		})
	}
}

func numbers(write func(text string, f float64) string) func([]byte) []byte {
	return func(text []byte) []byte {
		return replaceTokens(text, func(token []byte) []byte {
			f, err := strconv.ParseFloat(string(token), 64)
			if !isNumber(token[0]) || err != nil || len(token) > 40 {
				return token
			}
			return []byte(write(string(token), f))
		})
	}
}

// tooLong reports whether a number is written with an exponent.
func tooLong(f, least, most float64) bool {
	return f >= most || f <= -most || f != 0 && f < least && f > -least
}

// javaScript writes a number as ECMA-262, Number::toString.
func javaScript(_ string, f float64) string {
	if tooLong(f, 1e-6, 1e21) {
		return strings.NewReplacer("e-0", "e-", "e+0", "e+").Replace(strconv.FormatFloat(f, 'e', -1, 64))
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// java writes a number as Double.toString, and an integer as it is.
func java(text string, f float64) string {
	number, exponent := strconv.FormatFloat(f, 'f', -1, 64), ""
	if !strings.ContainsAny(text, ".eE") {
		return text
	} else if tooLong(f, 1e-3, 1e7) {
		power := ""
		number, power, _ = strings.Cut(strconv.FormatFloat(f, 'E', -1, 64), "E")
		n, _ := strconv.Atoi(power)
		exponent = "E" + strconv.Itoa(n)
	}
	if !strings.Contains(number, ".") {
		number += ".0"
	}
	return number + exponent
}

// jsonText writes a value without escaping for HTML.
func jsonText(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.Encode(v)
	return bytes.TrimSpace(b.Bytes())
}

// objectOf writes an object of members, whose values keep their text.
func objectOf(members []member) []byte {
	var parts [][]byte
	for _, m := range members {
		parts = append(parts, slices.Concat(jsonText(m.name), []byte(":"), m.value))
	}
	return slices.Concat([]byte("{"), bytes.Join(parts, []byte(",")), []byte("}"))
}

// reordered returns a JSON object of up to five members in every order of them, below what stands above it.
func reordered(_ trial, text []byte) (out [][]byte) {
	before, text := jsonPart(text)
	members, err := parseObject(text)
	if err != nil || len(members) > 5 {
		return nil
	}
	var extend func(done, rest []member)
	extend = func(done, rest []member) {
		if len(rest) == 0 {
			out = append(out, slices.Concat(before, laidOut(json.Compact)(objectOf(done))))
		}
		for i, m := range rest {
			extend(append(slices.Clip(done), m), slices.Delete(slices.Clone(rest), i, i+1))
		}
	}
	extend(nil, members)
	return out
}

// withoutOne returns a JSON object without each of its members.
func withoutOne(_ trial, text []byte) (out [][]byte) {
	members, err := parseObject(text)
	if err != nil || len(text) > maxHeader {
		return nil
	}
	for i := range members[:min(len(members), 20)] {
		out = append(out, objectOf(slices.Delete(slices.Clone(members), i, i+1)))
	}
	return out
}

// memberValues returns the values of the members of a JSON object.
func memberValues(_ trial, b []byte) (out [][]byte) {
	if len(b) > maxRewrite {
		return nil
	}
	members, _ := parseObject(b)
	for _, m := range members[:min(len(members), 50)] {
		out = append(out, m.value, unquoted(m.value))
	}
	return out
}
