package explain

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A style is a way to write a JSON text: for each of these four an index into
// styleNames, in which 0 is the most common one.
type style [4]int

const (
	layout = iota
	escape
	number
	order
)

var styleNames = [4][]string{
	layout: {"", "spaced", "indented by two spaces", "indented by four spaces", "indented by tabs",
		"indented by two spaces, with CR LF", "laid out as it was"},
	escape: {"", "all but ASCII escaped as \\u00e9", "all but ASCII escaped as \\u00E9", "'/' escaped",
		"<, > and & escaped", "<, >, &, = and ' escaped", "escaped as System.Text.Json does",
		"'/' and all but ASCII escaped", "the escapes it has"},
	number: {"", "numbers as JavaScript writes them", "numbers as Java writes them", "numbers with two decimals"},
	order:  {"", "names sorted"},
}

const asItWas, asItIs = 6, 8 // the last layout, the last escape

// special has what each escape writes as \u besides control characters.
var special = []string{4: "<>&\u2028\u2029", 5: "<>&='\u2028\u2029", 6: "<>&'+`\"", 7: ""}

// name describes a style.
func (s style) name() string {
	parts := []string{"compact JSON"}
	for i, n := range s {
		if n > 0 && i == layout {
			parts[0] = "JSON " + styleNames[i][n]
		} else if n > 0 {
			parts = append(parts, styleNames[i][n])
		}
	}
	return strings.Join(parts, ", ")
}

// styles lists those of which so many values are not the most common one.
func styles(odd int) (list []style) {
	e, n, o := len(styleNames[escape]), len(styleNames[number]), len(styleNames[order])
	for i := range len(styleNames[layout]) * e * n * o {
		s, zeros := style{i / (e * n * o), i / (n * o) % e, i / o % n, i % o}, 0
		for _, value := range s {
			if value == 0 {
				zeros++
			}
		}
		if zeros == len(s)-odd && !(s[order] > 0 && (s[layout] == asItWas || s[escape] == asItIs)) {
			list = append(list, s)
		}
	}
	return list
}

// maxRewrite bounds what is parsed as JSON and written again.
const maxRewrite = 256 << 10

// isJSON reports whether text is one JSON text that may be written again.
func isJSON(text []byte) bool {
	if len(text) > maxRewrite || !utf8.Valid(text) || !json.Valid(text) {
		return false
	}
	_, err := strict(json.NewDecoder(bytes.NewReader(text)), text, maxDepth)
	return err == nil
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
		case c == '-' || c >= '0' && c <= '9':
			for i+n < len(text) && strings.IndexByte("+-.0123456789Ee", text[i+n]) >= 0 {
				n++
			}
		}
		out = append(out, f(text[i:i+n])...)
		i += n
	}
	return out
}

// write returns a JSON text in the style, below what stands before it; nil if there is none.
func (s style) write(before, text []byte) []byte {
	if text == nil {
		return nil
	}
	if s[order] > 0 {
		var v any
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.UseNumber()
		dec.Decode(&v)
		text = jsonText(v) // a map is written in the order of its names
	}
	if s[escape] != asItIs || s[number] > 0 {
		text = replaceTokens(text, func(token []byte) []byte {
			switch c := token[0]; {
			case c == '"' && s[escape] != asItIs:
				return s.text(token)
			case c == '-' || c >= '0' && c <= '9':
				return []byte(s.numeral(string(token)))
			}
			return token
		})
	}
	var w bytes.Buffer
	switch s[layout] {
	case asItWas:
		w.Write(text)
	case 0, 1:
		json.Compact(&w, text)
	default:
		json.Indent(&w, bytes.TrimSpace(text), "", []string{2: "  ", 3: "    ", 4: "\t", 5: "  "}[s[layout]])
	}
	out := w.Bytes()
	switch s[layout] {
	case 1:
		out = replaceTokens(out, func(token []byte) []byte {
			if token[0] == ',' || token[0] == ':' {
				return []byte{token[0], ' '}
			}
			return token
		})
	case 5:
		out = bytes.ReplaceAll(out, []byte("\n"), []byte("\r\n"))
	}
	return slices.Concat(before, out)
}

// text writes a JSON string, given with its quotes.
func (s style) text(quoted []byte) []byte {
	var value string
	json.Unmarshal(quoted, &value)
	e := s[escape]
	hexadecimal, ascii, slash := `\u%04x`, e == 1 || e == 2 || e == 6 || e == 7, e == 3 || e == 7
	if e == 2 || e == 6 {
		hexadecimal = `\u%04X`
	}
	more := ""
	if e < len(special) {
		more = special[e]
	}
	w := []byte{'"'}
	for _, c := range value {
		short := strings.IndexRune("\"\\\b\f\n\r\t", c)
		switch {
		case ascii && c > '~' || more != "" && strings.ContainsRune(more, c) || c < ' ' && short < 0:
			for _, u := range utf16.Encode([]rune{c}) {
				w = fmt.Appendf(w, hexadecimal, u)
			}
		case short >= 0:
			w = append(w, '\\', `"\bfnrt`[short])
		case slash && c == '/':
			w = append(w, `\/`...)
		default:
			w = utf8.AppendRune(w, c)
		}
	}
	return append(w, '"')
}

// numeral writes a number.
func (s style) numeral(text string) string {
	f, err := strconv.ParseFloat(text, 64)
	if s[number] == 0 || err != nil || len(text) > 40 {
		return text
	}
	plain := strconv.FormatFloat(f, 'f', -1, 64)
	exponent := func(least, most float64) bool { return f >= most || f <= -most || f != 0 && f < least && f > -least }
	switch {
	case s[number] == 1 && exponent(1e-6, 1e21): // ECMA-262, Number::toString
		return strings.NewReplacer("e-0", "e-", "e+0", "e+").Replace(strconv.FormatFloat(f, 'e', -1, 64))
	case s[number] == 1:
		return plain
	case s[number] == 3 && !exponent(1e-6, 1e21):
		return strconv.FormatFloat(f, 'f', 2, 64)
	case s[number] == 3 || !strings.ContainsAny(text, ".eE"):
		return text
	case exponent(1e-3, 1e7): // Double.toString, as the next
		mantissa, power, _ := strings.Cut(strconv.FormatFloat(f, 'E', -1, 64), "E")
		if !strings.Contains(mantissa, ".") {
			mantissa += ".0"
		}
		n, _ := strconv.Atoi(power)
		return mantissa + "E" + strconv.Itoa(n)
	case !strings.Contains(plain, "."):
		return plain + ".0"
	}
	return plain
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

// reordered returns a JSON object of up to five members in every order of them.
func reordered(text []byte) (out [][]byte) {
	members, err := parseObject(text)
	if err != nil || len(members) > 5 || len(text) > maxRewrite {
		return nil
	}
	var extend func(done, rest []member)
	extend = func(done, rest []member) {
		if len(rest) == 0 {
			out = append(out, style{escape: asItIs}.write(nil, objectOf(done)))
		}
		for i, m := range rest {
			extend(append(slices.Clip(done), m), slices.Delete(slices.Clone(rest), i, i+1))
		}
	}
	extend(nil, members)
	return out
}

// withoutOne returns a JSON object without each of its members.
func withoutOne(text []byte) (out [][]byte) {
	members, err := parseObject(text)
	if err != nil || len(text) > maxHeader {
		return nil
	}
	for i := range members[:min(len(members), 20)] {
		out = append(out, objectOf(slices.Delete(slices.Clone(members), i, i+1)))
	}
	return out
}
