package jose

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"math"
	"math/big"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// --- Errors (D21) ---

// josClasses are the classes of errors. ErrInner stands beside one of them, and ErrExpired and
// ErrNotYetValid are an ErrClaims.
var josClasses = []error{ErrMalformed, ErrUnsupported, ErrAlgorithm, ErrKey, ErrOption, ErrUnknownKey,
	ErrSignature, ErrSigner, ErrDecryption, ErrClaims}

// josClass returns the one class that err is of, or nil if it is of none or several.
func josClass(err error) (class error) {
	for _, c := range josClasses {
		if errors.Is(err, c) {
			if class != nil {
				return nil
			}
			class = c
		}
	}
	return class
}

// josWant fails unless err is of class want and of no other; nil is no error.
func josWant(t testing.TB, err, want error) {
	t.Helper()
	if want == nil && err != nil {
		t.Fatalf("refused: %v", err)
	}
	if want != nil && err == nil {
		t.Fatalf("accepted, want %q", want)
	}
	if want != nil && josClass(err) != want {
		t.Fatalf("error %q, want %q and no other class", err, want)
	}
}

func TestD21_Classes(t *testing.T) {
	for i, a := range josClasses {
		for j, b := range josClasses {
			if errors.Is(a, b) != (i == j) {
				t.Errorf("%q and %q", a, b)
			}
		}
	}
	for _, err := range []error{ErrExpired, ErrNotYetValid} {
		if josClass(err) != ErrClaims {
			t.Errorf("%q is no ErrClaims", err)
		}
	}
	if errors.Is(ErrExpired, ErrNotYetValid) || errors.Is(ErrNotYetValid, ErrExpired) || josClass(ErrInner) != nil {
		t.Error("classes that are not apart")
	}
}

// --- The strict JSON reader (D7, D8) ---

// josOracle reports whether text is an object that D7 accepts, by encoding/json and what it leaves
// out: UTF-8, one object, distinct names at any depth, whole surrogate pairs, a nesting of 32.
func josOracle(text string) bool {
	if !utf8.ValidString(text) || !json.Valid([]byte(text)) || strings.TrimLeft(text, " \t\r\n")[0] != '{' {
		return false
	}
	// Lone surrogates, in text that is known to be JSON.
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		i++
		unit := func(at int) rune {
			if at+6 > len(text) || text[at] != '\\' || text[at+1] != 'u' {
				return 0
			}
			n, _ := strconv.ParseUint(text[at+2:at+6], 16, 16)
			return rune(n)
		}
		if first := unit(i - 1); utf16.IsSurrogate(first) {
			if utf16.DecodeRune(first, unit(i+5)) == utf8.RuneError {
				return false
			}
			i += 10
		}
	}
	type level struct {
		names map[string]bool // nil in an array
		value bool            // the next token is a value and no name
	}
	var levels []level
	for d := json.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if err != nil {
			return true // the end
		}
		var top *level
		if len(levels) > 0 {
			top = &levels[len(levels)-1]
		}
		if token == json.Delim('}') || token == json.Delim(']') {
			levels = levels[:len(levels)-1]
			continue
		}
		if top != nil && top.names != nil {
			if !top.value {
				if top.names[token.(string)] {
					return false
				}
				top.names[token.(string)] = true
			}
			top.value = !top.value
		}
		switch token {
		case json.Delim('{'):
			levels = append(levels, level{names: make(map[string]bool)})
		case json.Delim('['):
			levels = append(levels, level{})
		}
		if len(levels) > 32 {
			return false
		}
	}
}

// josValue reads the text of a value that the strict reader accepted, with its own parts.
func josValue(t testing.TB, value string) any {
	switch value[0] {
	case '{':
		members, err := readMembers(value)
		if err != nil {
			t.Fatalf("an object that was accepted inside of another: %v", err)
		}
		object := make(map[string]any)
		for _, m := range members {
			object[m.name] = josValue(t, m.value)
		}
		return object
	case '[':
		r := jsonReader{text: value}
		elements, err := r.array(1, true)
		if err != nil || r.pos != len(value) {
			t.Fatalf("an array that was accepted inside of an object: %v", err)
		}
		array := make([]any, len(elements))
		for i, e := range elements {
			array[i] = josValue(t, e)
		}
		return array
	case '"':
		return unquote(value)
	case 't', 'f':
		return value == "true"
	case 'n':
		return nil
	}
	return json.Number(value)
}

// josCheckObject reads text with the strict reader and with encoding/json, and compares.
func josCheckObject(t testing.TB, text string) {
	t.Helper()
	members, err := readMembers(text)
	if want := josOracle(text); (err == nil) != want {
		t.Fatalf("%.200q: error %v; the oracle accepts it: %v", text, err, want)
	}
	if err != nil {
		return
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var want any
	if err := d.Decode(&want); err != nil {
		t.Fatal(err)
	}
	got := make(map[string]any)
	for _, m := range members {
		if m.value == "" || strings.TrimSpace(m.value) != m.value || !strings.Contains(text, m.value) {
			t.Fatalf("%.200q: value %q is not as it stands in the text", text, m.value)
		}
		got[m.name] = josValue(t, m.value)
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%.200q: read as %v, by encoding/json as %v", text, got, want)
	}
}

// josNested returns an object that nests to depth, by what kinds says in turn: { or [.
func josNested(depth int, kinds string) string {
	open, shut := `{"a":`, "}"
	for i := range depth - 1 {
		if kinds[i%len(kinds)] == '{' {
			open, shut = open+`{"a":`, "}"+shut
		} else {
			open, shut = open+"[", "]"+shut
		}
	}
	return open + "1" + shut
}

// josObjects are texts and whether D7 accepts them. The oracle has to agree.
var josObjects = []struct {
	text string
	ok   bool
	why  string
}{
	{`{}`, true, "RFC 8259, Section 4: an object may be empty"},
	{`{"a":1}`, true, ""},
	{`{"a":1,"b":"x","c":[true,false,null],"d":{"e":{}},"f":[],"g":[[]]}`, true, "every kind of value"},
	{"", false, "no value"},
	{" ", false, "no value"},
	{`[]`, false, "RFC 7515, Section 4: a JSON object"},
	{`"a"`, false, "RFC 7515, Section 4: a JSON object"},
	{`1`, false, "RFC 7515, Section 4: a JSON object"},
	{`null`, false, "RFC 7515, Section 4: a JSON object"},
	{`true`, false, "RFC 7515, Section 4: a JSON object"},

	// RFC 7515, Sections 4 and 10.12: names are distinct, at any depth, without their escapes.
	{`{"a":1,"a":1}`, false, "same name and value"},
	{`{"a":1,"b":2,"a":3}`, false, "not side by side"},
	{`{"a":1,"\u0061":2}`, false, "RFC 7515, Section 10.13: escaped"},
	{`{"\u0061":1,"a":2}`, false, "escaped the other way around"},
	{`{"a\/b":1,"a/b":2}`, false, "escaped solidus"},
	{`{"\n":1,"\u000a":2}`, false, "two escapes of one character"},
	{`{"\u00E9":1,"\u00e9":2}`, false, "hexadecimal digits in either case"},
	{"{\"\U0001F600\":1,\"\\ud83d\\ude00\":2}", false, "surrogate pair"},
	{`{"":1,"":2}`, false, "empty name"},
	{`{"x":{"a":1,"a":2}}`, false, "in a member"},
	{`{"x":[{"a":1},{"a":1,"a":2}]}`, false, "in an array"},
	{`{"x":{"y":{"z":[[{"a":1,"\u0061":2}]]}}}`, false, "deep down"},
	{`{"a":1,"x":{"a":1}}`, true, "another object"},
	{`{"a":{"a":{"a":1}}}`, true, "another object"},
	{`{"x":[{"a":1},{"a":1}]}`, true, "another object"},
	{`{"a":1,"A":2}`, true, "RFC 7515, Section 10.13: case-sensitive"},
	{`{"s":1,"ſ":2}`, true, "encoding/json folds this"},
	{`{"k":1,"K":2}`, true, "encoding/json folds this"},
	{"{\"\u00e9\":1,\"e\u0301\":2}", true, "RFC 7515, Section 10.13: code points, not normalized"},
	{`{"":1,"\u0000":2}`, true, "NUL is a character"},
	{`{"\\u0061":1,"a":2}`, true, "an escaped reverse solidus"},

	// UTF-8 (RFC 7515, Section 5.2, step 3; RFC 8725, Section 3.7).
	{"{\"a\":\"\xff\"}", false, "no UTF-8"},
	{"{\"\xff\":1}", false, "no UTF-8 in a name"},
	{"{\"a\":\"\xc0\x80\"}", false, "overlong NUL"},
	{"{\"a\":\"\xed\xa0\x80\"}", false, "a surrogate in UTF-8"},
	{"{\"a\":\"\xf4\x90\x80\x80\"}", false, "beyond U+10FFFF"},
	{"{\"a\":\"\xc3\"}", false, "cut short"},
	{"{\"a\":1}\xff", false, "behind the object"},
	{"\xef\xbb\xbf{\"a\":1}", false, "RFC 8259, Section 8.1: byte order mark"},
	{"{\"a\":\"\ufeff\"}", true, "U+FEFF in a string"},
	{"{\"a\":\"\U0010ffff\"}", true, "the last code point"},
	{"{\"a\":\"\ufffd\"}", true, "U+FFFD itself"},
	{`{"a":"\ufffd"}`, true, "U+FFFD itself"},
	{`{"a":1}`[:6] + "\x00}", false, "NUL outside of a string"},
	{"{\"a\":1}\x00", false, "NUL behind"},
	{"\x00{\"a\":1}", false, "NUL in front"},
	{"{\"a\":\x00}", false, "NUL as a value"},
	{"{\"a\":1\x00", false, "NUL where the end should be"},
	{"{\"a\":\"\x00\"}", false, "control character"},
	{"{\"a\":\"\x1f\"}", false, "control character"},
	{"{\"a\":\"\n\"}", false, "control character"},
	{"{\"a\tb\":1}", false, "control character in a name"},
	{"{\"a\":\"\x7f\"}", true, "RFC 8259, Section 7 allows DEL"},
	{"{\"a\":\"\u2028\u0085\"}", true, "line ends of Unicode"},

	// Surrogates (RFC 8259, Section 8.2).
	{`{"a":"\ud83d\ude00"}`, true, "a pair"},
	{`{"a":"\uD83D\uDE00"}`, true, "a pair"},
	{`{"\ud83d\ude00":1}`, true, "a pair in a name"},
	{`{"a":"\ud83d"}`, false, "high alone"},
	{`{"a":"\ude00"}`, false, "low alone"},
	{`{"a":"\ude00\ud83d"}`, false, "the wrong way around"},
	{`{"a":"\ud83d\ud83d\ude00"}`, false, "high, and a pair"},
	{`{"a":"\ud83d\ude00\ude00"}`, false, "a pair, and low"},
	{`{"a":"\ud83dx"}`, false, "high, and a letter"},
	{`{"a":"\ud83d\n"}`, false, "high, and another escape"},
	{`{"a":"\ud83d\u0041"}`, false, "high, and no surrogate"},
	{`{"a":"\ud83d\\ude00"}`, false, "an escaped reverse solidus between"},
	{`{"\ud83d":1}`, false, "in a name"},
	{`{"x":[{"y":"\ud83d"}]}`, false, "deep down"},
	{`{"a":"\ud7ff\ue000"}`, true, "the neighbours of surrogates"},
	{`{"a":"\udbff\udfff"}`, true, "the last pair"},

	// Strings (RFC 8259, Section 7).
	{`{"a":"\"\\\/\b\f\n\r\t\u0020\uABCD\uabcd"}`, true, "every escape"},
	{`{"a":"\a"}`, false, "no escape"},
	{`{"a":"\'"}`, false, "no escape"},
	{`{"a":"\x41"}`, false, "no escape"},
	{`{"a":"\U0041"}`, false, "no escape"},
	{`{"a":"\u004"}`, false, "three digits"},
	{`{"a":"\u00g0"}`, false, "no digit"},
	{`{"a":"\u00G0"}`, false, "no digit"},
	{`{"a":"\u00@0"}`, false, "no digit"},
	{`{"a":"\u00:0"}`, false, "no digit"},
	{"{\"a\":\"\\u00`0\"}", false, "no digit"},
	{`{"a":"\u00/0"}`, false, "no digit"},
	{`{"a":"\u+041"}`, false, "no digit"},
	{`{"a":"\u`, false, "cut short"},
	{`{"a":"\u0041`, false, "cut short"},
	{`{"a":"\`, false, "cut short"},
	{`{"a":"`, false, "cut short"},
	{`{"a":"\"}`, false, "the quote is escaped"},
	{`{'a':1}`, false, "single quotes"},
	{`{a:1}`, false, "no quotes"},
	{`{1:1}`, false, "a number as a name"},
	{`{null:1}`, false, "null as a name"},

	// Numbers (RFC 8259, Section 6).
	{`{"a":[0,-0,1,-1,10,0.1,-0.1,1e1,1E1,1e+1,1e-1,0e0,0.0e-0,1.5E+10]}`, true, "every form"},
	{`{"a":123456789012345678901234567890.123456789e-12345}`, true, "any length"},
	{`{"a":01}`, false, "leading zero"},
	{`{"a":-01}`, false, "leading zero"},
	{`{"a":00}`, false, "leading zero"},
	{`{"a":1.}`, false, "no digit after the point"},
	{`{"a":.1}`, false, "no digit before the point"},
	{`{"a":-.1}`, false, "no digit before the point"},
	{`{"a":1.e1}`, false, "no digit after the point"},
	{`{"a":1e}`, false, "no exponent"},
	{`{"a":1e+}`, false, "no exponent"},
	{`{"a":1e1.5}`, false, "fraction in the exponent"},
	{`{"a":-}`, false, "a sign alone"},
	{`{"a":--1}`, false, "two signs"},
	{`{"a":+1}`, false, "plus sign"},
	{`{"a":1e+-1}`, false, "two signs"},
	{`{"a":0x10}`, false, "hexadecimal"},
	{`{"a":1_000}`, false, "underscore"},
	{`{"a":NaN}`, false, "no number"},
	{`{"a":Infinity}`, false, "no number"},
	{`{"a":-Infinity}`, false, "no number"},
	{`{"a":1 2}`, false, "two numbers"},
	{"{\"a\":\u0661}", false, "another digit of Unicode"},
	{`{"a":1`, false, "cut short"},
	{`{"a":-`, false, "cut short"},
	{`{"a":1.`, false, "cut short"},

	// Literals (RFC 8259, Section 3).
	{`{"a":True}`, false, "case"},
	{`{"a":NULL}`, false, "case"},
	{`{"a":tru}`, false, "cut short"},
	{`{"a":truex}`, false, "goes on"},
	{`{"a":nullnull}`, false, "twice"},
	{`{"a":fals`, false, "cut short"},
	{`{"a":undefined}`, false, "no literal"},

	// Punctuation.
	{`{`, false, "cut short"},
	{`{"a"`, false, "cut short"},
	{`{"a":`, false, "cut short"},
	{`{"a":1,`, false, "cut short"},
	{`{"a":[`, false, "cut short"},
	{`{"a":[1`, false, "cut short"},
	{`{"a":[1,`, false, "cut short"},
	{`{"a":[]`, false, "cut short"},
	{`}`, false, "no object"},
	{`{"a":1,}`, false, "trailing comma"},
	{`{,"a":1}`, false, "leading comma"},
	{`{"a":1,,"b":2}`, false, "two commas"},
	{`{"a":1 "b":2}`, false, "no comma"},
	{`{"a":1;"b":2}`, false, "no comma"},
	{`{"a" 1}`, false, "no colon"},
	{`{"a"::1}`, false, "two colons"},
	{`{"a"=1}`, false, "no colon"},
	{`{"a"}`, false, "no value"},
	{`{"a":}`, false, "no value"},
	{`{:1}`, false, "no name"},
	{`{"a":[1,]}`, false, "trailing comma"},
	{`{"a":[,1]}`, false, "leading comma"},
	{`{"a":[1 2]}`, false, "no comma"},
	{`{"a":[1}]`, false, "crossed"},
	{`{"a":1]`, false, "wrong bracket"},
	{`{"a":[1,"b":2]}`, false, "a member in an array"},
	{`{"a":1}{`, false, "goes on"},
	{`{"a":1}{}`, false, "two objects"},
	{`{"a":1}}`, false, "goes on"},
	{`{"a":1},`, false, "goes on"},
	{`{"a":1}x`, false, "goes on"},
	{`{"a":1} null`, false, "goes on"},
	{`{"a":1}//`, false, "comment"},
	{`/**/{"a":1}`, false, "comment"},
	{`{/**/"a":1}`, false, "comment"},
	{`{{"a":1}}`, false, "an object as a name"},

	// White space (RFC 8259, Section 2).
	{"\t\r\n { \t\r\n} \r\n\t ", true, "around and inside"},
	{" \t\r\n{ \t\r\n\"a\" \t\r\n: \t\r\n[ \t\r\n1 \t\r\n, \t\r\n2 \t\r\n] \t\r\n, \t\r\n\"b\" \t\r\n: \t\r\n{ \t\r\n} \t\r\n} \t\r\n", true, "between any two tokens"},
	{`{"a":[ ]}`, true, "in an empty array"},
	{"{\"a\":\v1}", false, "no white space of JSON"},
	{"{\"a\":\f1}", false, "no white space of JSON"},
	{"{\"a\":\u00a01}", false, "no white space of JSON"},
	{"{\"a\":\u20281}", false, "no white space of JSON"},
	{"{\"a\":1}\u0085", false, "no white space of JSON"},
	{"\v{\"a\":1}", false, "no white space of JSON"},
	{`{"a":- 1}`, false, "in a number"},
	{`{"a":1 .5}`, false, "in a number"},
	{`{"a":tr ue}`, false, "in a literal"},

	// Nesting (D8).
	{josNested(32, "{"), true, "32 objects"},
	{josNested(33, "{"), false, "33 objects"},
	{josNested(32, "["), true, "an object and 31 arrays"},
	{josNested(33, "["), false, "an object and 32 arrays"},
	{josNested(32, "[{"), true, "mixed"},
	{josNested(33, "[{"), false, "mixed"},
	{josNested(32, "{["), true, "mixed"},
	{josNested(33, "{["), false, "mixed"},
	{`{"a":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`, false, "an empty array too deep"},
	{strings.Repeat(`{"a":`, 32) + `{}` + strings.Repeat(`}`, 32), false, "an empty object too deep"},
	{`{"a":` + josNested(31, "{") + `,"b":` + josNested(31, "[") + `}`, true, "depth is not a sum"},
}

func TestD7_ReadObject(t *testing.T) {
	for _, c := range josObjects {
		if _, err := readMembers(c.text); (err == nil) != c.ok {
			t.Errorf("%.80q (%s): error %v", c.text, c.why, err)
		}
		josCheckObject(t, c.text)
		// And as the value of a member, where that is not too deep.
		josCheckObject(t, `{"x":`+c.text+`}`)
	}
}

// All that goes wrong when a byte is missing, changed or added is the oracle's opinion too.
func TestD7_ReadObjectEveryByte(t *testing.T) {
	text := ` {"a":"x\u0041\n","b":[-1.5e+2,{"c":null}], "\ud83d\ude00":true} `
	for i := range len(text) + 1 {
		josCheckObject(t, text[:i])
		josCheckObject(t, text[i:])
		for c := range 256 {
			josCheckObject(t, text[:i]+string([]byte{byte(c)})+text[i:])
			if i < len(text) {
				josCheckObject(t, text[:i]+string([]byte{byte(c)})+text[i+1:])
			}
		}
		if i < len(text) {
			josCheckObject(t, text[:i]+text[i+1:])
		}
	}
}

// josMembers returns an object of n members, the names of which come from name.
func josMembers(n int, name func(i int) string) string {
	var b strings.Builder
	b.WriteByte('{')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"%s":%d`, name(i), i)
	}
	b.WriteByte('}')
	return b.String()
}

// RFC 7515, Section 4: a duplicate is found wherever it stands, also where names are so many
// that they are not compared one by one any more.
func TestD7_DuplicatesAmongMany(t *testing.T) {
	for _, c := range []struct{ n, first, second int }{
		{2, 0, 1}, {15, 0, 14}, {16, 0, 15}, {16, 14, 15}, {17, 0, 16}, {17, 15, 16}, {17, 0, 1},
		{18, 0, 17}, {18, 16, 17}, {18, 15, 17}, {40, 3, 20}, {40, 20, 39}, {1000, 16, 999},
		{50_000, 0, 49_999},
	} {
		distinct := func(i int) string { return fmt.Sprintf("n%d", i) }
		same := func(i int) string {
			if i == c.second {
				return fmt.Sprintf(`\u006E%d`, c.first)
			}
			return distinct(i)
		}
		for _, wrap := range []string{"%s", `{"x":%s}`, `{"x":[0,%s]}`} {
			members, err := readMembers(fmt.Sprintf(wrap, josMembers(c.n, distinct)))
			if err != nil {
				t.Fatalf("%d names: %v", c.n, err)
			}
			if wrap == "%s" {
				if len(members) != c.n {
					t.Fatalf("%d members of %d", len(members), c.n)
				}
				for i, m := range members {
					if m != (member{distinct(i), strconv.Itoa(i)}) {
						t.Fatalf("member %d is %v", i, m)
					}
				}
			}
			if _, err := readMembers(fmt.Sprintf(wrap, josMembers(c.n, same))); err == nil {
				t.Errorf("%s of %d: name %d is name %d, and accepted", wrap, c.n, c.second, c.first)
			}
		}
	}
}

// D8: what nests without end is refused where it is too deep, not at its end.
func TestD8_NestingBomb(t *testing.T) {
	for _, open := range []string{"[", `{"a":`, `[{"a":`} {
		text := `{"a":` + strings.Repeat(open, 1<<20)
		if _, err := readMembers(text); err == nil {
			t.Errorf("%q without end is accepted", open)
		}
		// Shut, and so legal JSON but for the depth.
		shut := strings.NewReplacer("[", "]", "{", "}", `"a":`, "").Replace(open)
		if len(shut) == 2 {
			shut = "}]"
		}
		if _, err := readMembers(text[:5+100*len(open)] + "1" + strings.Repeat(shut, 100) + "}"); err == nil {
			t.Errorf("%q 100 times is accepted", open)
		}
	}
}

// An error of the function that gets the members ends the reading, and is returned as it is.
func TestReadObject_Each(t *testing.T) {
	stop := errors.New("stop")
	var names []string
	err := readObject(`{"a":1,"b":{"c":2},"d":3}`, func(m member, _ bool) error {
		if names = append(names, m.name); m.name == "b" {
			return stop
		}
		return nil
	})
	if err != stop || !slices.Equal(names, []string{"a", "b"}) {
		t.Errorf("%v, %v", names, err)
	}
	if err := readObject(`{"a":1}`, nil); err != nil {
		t.Error(err)
	}
}

// --- The header that is read (RFC 7515, Section 4) ---

// josRead reads a header as the first segment of a token.
func josRead(text string, jwe bool) (*headerInfo, error) {
	return readHeader(base64.RawURLEncoding.EncodeToString([]byte(text)), jwe)
}

// josHeader reads a header that has to be good.
func josHeader(t testing.TB, text string, jwe bool) *headerInfo {
	t.Helper()
	h, err := josRead(text, jwe)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return h
}

func TestHeader_Accessors(t *testing.T) {
	text := "{\"alg\":\"\\u0052SA-OAEP\",\r\n\"enc\" : \"A256GCM\", \"kid\":\"k\\\"\\u00e9\\ud83d\\ude00\",\"typ\":\"a/b\",\"cty\":\"JWT\",\"crit\":[\"x\",\"\\u0079\"],\"x\":1,\"y\":[ ]} "
	segment := base64.RawURLEncoding.EncodeToString([]byte(text))
	info, err := readHeader(segment, true)
	if err != nil {
		t.Fatal(err)
	}
	h := info.Header
	for _, c := range []struct{ section, got, want string }{
		{"RFC 7515, Section 4.1.1", h.Algorithm(), "RSA-OAEP"},
		{"RFC 7516, Section 4.1.2", h.Encryption(), "A256GCM"},
		{"RFC 7515, Section 4.1.4", h.KeyID(), "k\"\u00e9\U0001F600"},
		{"RFC 7515, Section 4.1.9", h.Type(), "a/b"},
		{"RFC 7515, Section 4.1.10", h.ContentType(), "JWT"},
		{"RFC 7515, Section 4.1.11", strings.Join(h.Critical(), " "), "x y"},
		{"D9: exact octets", string(h.Bytes()), text},
		{"D9: encoded as received", string(info.encoded), segment},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.section, c.got, c.want)
		}
	}
	for name, want := range map[string]bool{"alg": true, "x": true, "y": true, "Alg": false, "ALG": false, "z": false, "": false} {
		if h.Has(name) != want {
			t.Errorf("Has(%q) is not %v", name, want)
		}
	}
	// What is handed out is a copy.
	copy(h.Bytes(), "xxxx")
	h.Critical()[0] = "z"
	if string(h.Bytes()) != text || h.Critical()[0] != "x" || info.critical[0] != "x" {
		t.Error("the header can be written to")
	}
}

func TestHeader_Zero(t *testing.T) {
	var h Header
	if h.Algorithm()+h.Encryption()+h.KeyID()+h.Type()+h.ContentType() != "" || h.Critical() != nil || h.Has("") || h.Has("alg") || len(h.Bytes()) != 0 {
		t.Error("the zero Header has something")
	}
	var s string
	josWant(t, h.Get("alg", &s), ErrClaims)
	// Members that are not there, or that are no strings where any type may be.
	h = josHeader(t, `{"alg":"x","enc":5}`, false).Header
	if h.Encryption()+h.KeyID()+h.Type()+h.ContentType() != "" || h.Critical() != nil {
		t.Error("a member from nowhere")
	}
}

func TestHeader_Get(t *testing.T) {
	h := josHeader(t, `{"alg":"x","s":"\u0061b","t":true,"f":false,"n":null,"i":-12,"big":9007199254740993,"huge":9223372036854775808,`+
		`"min":-9223372036854775808,"zero":0,"nine":9,"frac":1.0,"exp":1e2,"list":["a","\u0062"],"none":[],"mixed":["a",1],"o": {"k" : [1]} ,"deep":[["a"]]}`, false).Header
	// want is what each type of Value makes of the member; nil where it is an ErrClaims.
	type row struct {
		str  any
		bool any
		i64  any
		num  any
		date any // in text
		list any
		raw  string
	}
	for name, want := range map[string]row{
		"s":     {str: "ab", raw: `"\u0061b"`},
		"t":     {bool: true, raw: "true"},
		"f":     {bool: false, raw: "false"},
		"n":     {raw: "null"},
		"i":     {i64: int64(-12), num: json.Number("-12"), date: "-12", raw: "-12"},
		"big":   {i64: int64(9007199254740993), num: json.Number("9007199254740993"), raw: "9007199254740993"},
		"huge":  {num: json.Number("9223372036854775808"), raw: "9223372036854775808"},
		"zero":  {i64: int64(0), num: json.Number("0"), date: "0", raw: "0"},
		"nine":  {i64: int64(9), num: json.Number("9"), date: "9", raw: "9"},
		"min":   {i64: int64(math.MinInt64), num: json.Number("-9223372036854775808"), raw: "-9223372036854775808"},
		"frac":  {num: json.Number("1.0"), date: "1", raw: "1.0"},
		"exp":   {num: json.Number("1e2"), date: "100", raw: "1e2"},
		"list":  {list: []string{"a", "b"}, raw: `["a","\u0062"]`},
		"none":  {list: []string(nil), raw: "[]"},
		"mixed": {raw: `["a",1]`},
		"o":     {raw: `{"k" : [1]}`},
		"deep":  {raw: `[["a"]]`},
	} {
		t.Run(name, func(t *testing.T) {
			josGet(t, h, name, "before", want.str)
			josGet(t, h, name, true, want.bool)
			josGet(t, h, name, int64(7), want.i64)
			if n, ok := want.i64.(int64); ok && int64(int(n)) == n {
				josGet(t, h, name, 7, any(int(n)))
			} else {
				josGet(t, h, name, 7, nil) // also where an int has 32 bits
			}
			josGet(t, h, name, json.Number("7"), want.num)
			josGet(t, h, name, []string{"before"}, want.list)
			josGet(t, h, name, json.RawMessage("before"), any(json.RawMessage(want.raw)))
			var d NumericDate
			err := h.Get(name, &d)
			if want.date == nil {
				josWant(t, err, ErrClaims)
			} else if err != nil || d.String() != want.date {
				t.Errorf("NumericDate: %v, %v", d, err)
			}
		})
	}
	// Names are exact.
	for _, name := range []string{"S", "ſ", "", "s ", "missing"} {
		var s json.RawMessage
		josWant(t, h.Get(name, &s), ErrClaims)
	}
}

// josGet reads the member as a T: it is want, or where that is nil an error that leaves the
// variable alone.
func josGet[T any](t *testing.T, h Header, name string, before T, want any) {
	t.Helper()
	v := before
	err := h.Get(name, &v)
	if want == nil {
		josWant(t, err, ErrClaims)
		want = before
	} else if err != nil {
		t.Errorf("%T: %v", v, err)
	}
	if !reflect.DeepEqual(any(v), want) {
		t.Errorf("%T: %v, want %v", v, v, want)
	}
}

// A variable of another Go type is the program's mistake and no claim's: ErrOption, alone.
func TestHeader_GetOption(t *testing.T) {
	h := josHeader(t, `{"alg":"x","a":1}`, false).Header
	for _, v := range []any{nil, new(int8), new(int32), new(uint), new(uint64), new(float64), int(1), (**int)(nil), new(any), new(struct{}), int64(1), "a", new([]byte), new(map[string]any), (**string)(nil), new([]int64), new(time.Time)} {
		josWant(t, h.Get("a", v), ErrOption)
	}
	// A nil pointer is an error and no panic.
	for _, v := range []any{(*string)(nil), (*bool)(nil), (*int)(nil), (*int64)(nil), (*json.Number)(nil), (*NumericDate)(nil), (*[]string)(nil), (*json.RawMessage)(nil)} {
		for _, value := range []string{`"a"`, "1", "true", "[]"} {
			h := josHeader(t, `{"alg":"x","a":`+value+`}`, false).Header
			if josClass(h.Get("a", v)) == nil {
				t.Errorf("%T is written to", v)
			}
		}
	}
}

// Get and the strict reader hand out copies.
func TestHeader_GetCopies(t *testing.T) {
	h := josHeader(t, `{"alg":"x","a":["b"]}`, false).Header
	var raw json.RawMessage
	josWant(t, h.Get("a", &raw), nil)
	copy(raw, "xxxxx")
	var list []string
	josWant(t, h.Get("a", &list), nil)
	list[0] = "c"
	josWant(t, h.Get("a", &list), nil)
	if list[0] != "b" {
		t.Error("the header can be written to")
	}
}

// josTypes are the values of each JSON type that a member could have.
var josTypes = map[string]string{
	"string": `"x"`, "empty string": `""`, "number": `1`, "true": `true`, "false": `false`, "null": `null`,
	"object": `{"kty":"x"}`, "strings": `["x"]`, "empty array": `[]`, "numbers": `[1]`, "mixed": `["x",1]`, "arrays": `[["x"]]`,
}

// RFC 7515, Section 4.1 and RFC 7516, Section 4.1: registered members have the type that their
// section gives them, others may be anything.
func TestHeader_Types(t *testing.T) {
	text := []string{"string", "empty string"}
	every := slices.Collect(maps.Keys(josTypes))
	for _, c := range []struct {
		name, section string
		jws, jwe      []string // the types that are accepted
	}{
		{"alg", "RFC 7515, Section 4.1.1", text, text},
		{"jku", "RFC 7515, Section 4.1.2", text, text},
		{"jwk", "RFC 7515, Section 4.1.3", []string{"object"}, []string{"object"}},
		{"kid", "RFC 7515, Section 4.1.4", text, text},
		{"x5u", "RFC 7515, Section 4.1.5", text, text},
		{"x5c", "RFC 7515, Section 4.1.6", []string{"strings", "empty array"}, []string{"strings", "empty array"}},
		{"x5t", "RFC 7515, Section 4.1.7", text, text},
		{"x5t#S256", "RFC 7515, Section 4.1.8", text, text},
		{"typ", "RFC 7515, Section 4.1.9", text, text},
		{"cty", "RFC 7515, Section 4.1.10", text, text},
		{"crit", "RFC 7515, Section 4.1.11", []string{"strings"}, []string{"strings"}},
		{"b64", "RFC 7797, Section 3", []string{"true"}, every}, // false needs "crit"
		{"enc", "RFC 7516, Section 4.1.2", every, text},
		{"zip", "RFC 7516, Section 4.1.3", every, text},
		{"url", "RFC 7515, Section 4.3", every, every},
		{"exp", "RFC 7515, Section 4.3", every, every},
		{"KID", "RFC 7515, Section 4", every, every},
	} {
		for kind, value := range josTypes {
			for _, jwe := range []bool{false, true} {
				members := []string{`"x":1`} // what crit names
				for name, value := range map[string]string{"alg": `"a"`, "enc": `"e"`} {
					if name != c.name {
						members = append(members, `"`+name+`":`+value)
					}
				}
				header := fmt.Sprintf(`{"%s":%s,%s}`, c.name, value, strings.Join(members, ","))
				accepted := c.jws
				if jwe {
					accepted = c.jwe
				}
				_, err := josRead(header, jwe)
				if slices.Contains(accepted, kind) {
					if err != nil {
						t.Errorf("JWE %v: %s (%s): %v", jwe, header, c.section, err)
					}
				} else if josClass(err) != ErrMalformed {
					t.Errorf("JWE %v: %s (%s): error %v", jwe, header, c.section, err)
				}
			}
		}
	}
}

func TestHeader_Required(t *testing.T) {
	for _, c := range []struct {
		text    string
		jwe     bool
		section string
	}{
		{`{}`, false, "RFC 7515, Section 4.1.1"},
		{`{"Alg":"HS512"}`, false, "RFC 7515, Section 4: case-sensitive"},
		{`{"ALG":"HS512","typ":"JWT"}`, false, "RFC 7515, Section 4: case-sensitive"},
		{`{" alg":"HS512"}`, false, "RFC 7515, Section 4"},
		{`{"enc":"A256GCM"}`, true, "RFC 7516, Section 4.1.1"},
		{`{"alg":"RSA-OAEP"}`, true, "RFC 7516, Section 4.1.2"},
		{`{"alg":"RSA-OAEP","Enc":"A256GCM"}`, true, "RFC 7516, Section 4.1.2"},
	} {
		if _, err := josRead(c.text, c.jwe); josClass(err) != ErrMalformed {
			t.Errorf("%s (%s): error %v", c.text, c.section, err)
		}
	}
}

// RFC 7515, Section 4.1.11: the grammar of "crit". Whether a name is understood is not asked yet.
func TestRFC7515_Section4_1_11_Grammar(t *testing.T) {
	for _, c := range []struct {
		members string
		ok      bool
		why     string
	}{
		{`"crit":["x"],"x":1`, true, ""},
		{`"x":null,"crit":["x"]`, true, "in any order, with any value"},
		{`"crit":["x","y"],"x":1,"y":2`, true, ""},
		{`"crit":["\u0078"],"x":1`, true, "escaped"},
		{`"crit":["b64"],"b64":true`, true, "RFC 7797 is none of the three RFCs"},
		{`"crit":["iat","iss"],"iat":0,"iss":""`, true, "names of RFC 7519"},
		{`"crit":[]`, false, "empty"},
		{`"crit":["x"]`, false, "no such member"},
		{`"crit":["x"],"X":1`, false, "no such member: case-sensitive"},
		{`"crit":["x","y"],"x":1`, false, "no such member"},
		{`"crit":["x","x"],"x":1`, false, "twice"},
		{`"crit":["x","\u0078"],"x":1`, false, "twice, escaped"},
		{`"crit":["a","b","c","d","e","f","g","h","i","j","k","l","m","n","o","p","q","a"],"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1,"l":1,"m":1,"n":1,"o":1,"p":1,"q":1`, false, "twice among many"},
		{`"crit":["x",1],"x":1`, false, "no string"},
		{`"crit":["x",null],"x":1`, false, "no string"},
		{`"crit":[["x"]],"x":1`, false, "no string"},
		{`"crit":"x","x":1`, false, "no array"},
		{`"crit":{"x":1},"x":1`, false, "no array"},
		{`"crit":null`, false, "no array"},
		{`"crit":["b64"]`, false, "no such member"},
	} {
		for _, jwe := range []bool{false, true} {
			text := `{"alg":"a","enc":"e",` + c.members + `}`
			_, err := josRead(text, jwe)
			if c.ok && err != nil || !c.ok && josClass(err) != ErrMalformed {
				t.Errorf("%s (%s): error %v", text, c.why, err)
			}
		}
	}
	// No name that RFC 7515, RFC 7516 or RFC 7518 defines, also where the member is there.
	for name, value := range map[string]string{
		"alg": `"a"`, "jku": `""`, "jwk": `{}`, "kid": `""`, "x5u": `""`, "x5c": `[]`, "x5t": `""`, "x5t#S256": `""`, "typ": `""`, "cty": `""`,
		"crit": "", "enc": `"e"`, "zip": `""`, "epk": `{}`, "apu": `""`, "apv": `""`, "iv": `""`, "tag": `""`, "p2s": `""`, "p2c": `1`,
	} {
		text := `{"alg":"a","enc":"e","crit":["` + name + `"],"` + name + `":` + value + `}`
		switch name {
		case "alg", "enc", "crit":
			text = `{"alg":"a","enc":"e","crit":["` + name + `"]}`
		}
		for _, jwe := range []bool{false, true} {
			if _, err := josRead(text, jwe); josClass(err) != ErrMalformed {
				t.Errorf("%s: error %v", text, err)
			}
			if text := strings.Replace(text, `["`, `["\u00`+fmt.Sprintf("%02x", name[0]), 1); name != "" {
				text = strings.Replace(text, fmt.Sprintf(`\u00%02x%s`, name[0], name), fmt.Sprintf(`\u00%02x%s`, name[0], name[1:]), 1)
				if _, err := josRead(text, jwe); josClass(err) != ErrMalformed {
					t.Errorf("%s: error %v", text, err)
				}
			}
		}
	}
}

// RFC 7797, Sections 3 and 6: the grammar of "b64" in a JWS.
func TestRFC7797_Section6_Grammar(t *testing.T) {
	for _, c := range []struct {
		members       string
		ok, unencoded bool
	}{
		{`"b64":true`, true, false},
		{`"b64":true,"crit":["b64"]`, true, false},
		{`"b64":false,"crit":["b64"]`, true, true},
		{`"crit":["x","b64"],"x":1,"b64":false`, true, true},
		{`"B64":false`, true, false},
		{`"b64":false`, false, false},
		{`"b64":false,"crit":["x"],"x":1`, false, false},
		{`"b64":"false","crit":["b64"]`, false, false},
		{`"b64":"true"`, false, false},
		{`"b64":null`, false, false},
		{`"b64":0,"crit":["b64"]`, false, false},
		{`"b64":1`, false, false},
		{`"b64":[false],"crit":["b64"]`, false, false},
		{`"b64":{},"crit":["b64"]`, false, false},
		{`"b64":False,"crit":["b64"]`, false, false},
	} {
		h, err := josRead(`{"alg":"a",`+c.members+`}`, false)
		if c.ok && (err != nil || h.unencoded != c.unencoded) || !c.ok && josClass(err) != ErrMalformed {
			t.Errorf("%s: error %v", c.members, err)
		}
	}
	// In a JWE "b64" means nothing.
	if h := josHeader(t, `{"alg":"a","enc":"e","b64":false}`, true); h.unencoded {
		t.Error("a JWE is unencoded")
	}
}

// josPadded returns a header of exactly n octets.
func josPadded(alg string, n int) string {
	h := `{"alg":"` + alg + `","x":""}`
	return h[:len(h)-2] + strings.Repeat("y", n-len(h)) + `"}`
}

// D8: a header has 16 KiB.
func TestD8_HeaderBound(t *testing.T) {
	for _, n := range []int{1000, 16382, 16383, 16384, 16385, 16386, 16387, 16388, 20000} {
		text := josPadded("a", n)
		if len(text) != n {
			t.Fatal("no such header")
		}
		segment := base64.RawURLEncoding.EncodeToString([]byte(text))
		_, err1 := parseHeader(text, false)
		_, err2 := readHeader(segment, false)
		_, err3 := readHeader([]byte(segment), false)
		_, err4 := UnverifiedHeader(segment + "..")
		if (err1 == nil) != (n <= 16384) {
			t.Errorf("%d octets: error %v", n, err1)
		}
		for _, err := range []error{err2, err3, err4} {
			if n <= 16384 && err != nil || n > 16384 && josClass(err) != ErrMalformed {
				t.Errorf("%d octets: error %v", n, err)
			}
		}
	}
}

func TestReadHeader_Segment(t *testing.T) {
	good := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"a"}`))
	josWant(t, func() error { _, err := readHeader(good, false); return err }(), nil)
	for _, segment := range []string{"", "A", good + "=", good + "\n", " " + good, good[:4] + "+" + good[5:], "AA", "W10", base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"a"} x`))} {
		_, err := readHeader(segment, false)
		josWant(t, err, ErrMalformed)
		_, err = readHeader([]byte(segment), false)
		josWant(t, err, ErrMalformed)
	}
	// What is kept is a copy.
	segment := []byte(good)
	h, err := readHeader(segment, false)
	if err != nil {
		t.Fatal(err)
	}
	copy(segment, "xxxx")
	if string(h.encoded) != good || string(h.Bytes()) != `{"alg":"a"}` {
		t.Error("the header changed with the token")
	}
}

func TestUnverifiedHeader(t *testing.T) {
	b64 := base64.RawURLEncoding.EncodeToString
	jws := b64([]byte(`{"alg":"none","kid":"k"}`))
	jwe := b64([]byte(`{"alg":"dir","enc":"x","kid":"k"}`))
	for _, token := range []string{jws + "..", jws + ".AA.AA", jws + ".not base64url.?", jwe + "....", jwe + ".A.A.A.A"} {
		h, err := UnverifiedHeader(token)
		if err != nil || h.KeyID() != "k" {
			t.Errorf("%s: %v", token, err)
		}
	}
	for _, c := range []struct {
		token string
		class error
		why   string
	}{
		{"", ErrMalformed, "RFC 7515, Section 7.1: three segments"},
		{jws, ErrMalformed, "one segment"},
		{jws + ".", ErrMalformed, "two segments"},
		{jws + "...", ErrMalformed, "four segments"},
		{jws + ".....", ErrMalformed, "six segments"},
		{jws + strings.Repeat(".", 1_000_000), ErrMalformed, "a million segments"},
		{"..", ErrMalformed, "no header"},
		{jws + "=..", ErrMalformed, "RFC 7515, Section 2: no padding"},
		{jws + "....", ErrMalformed, `RFC 7516, Section 4.1.2: no "enc"`},
		{b64([]byte(`{"kid":"k"}`)) + "..", ErrMalformed, `RFC 7515, Section 4.1.1: no "alg"`},
		{`{"protected":"` + jws + `"}`, ErrUnsupported, "RFC 7515, Section 7.2"},
		{`{"a":"."}..`, ErrUnsupported, "RFC 7515, Section 7.2"},
		{jws + "." + strings.Repeat("A", 16<<20), ErrMalformed, "D8: 16 MiB"},
	} {
		h, err := UnverifiedHeader(c.token)
		if josClass(err) != c.class {
			t.Errorf("%.80s (%s): error %v", c.token, c.why, err)
		}
		if err != nil && (h.Has("alg") || len(h.Bytes()) > 0) {
			t.Errorf("%.80s: a header beside an error", c.token)
		}
	}
	// 16 MiB exactly.
	if _, err := UnverifiedHeader(jws + strings.Repeat("A", 16<<20-len(jws)-1) + "."); josClass(err) != ErrMalformed {
		t.Error("two segments")
	}
	token := jws + "." + strings.Repeat("A", 16<<20-len(jws)-2) + "."
	if _, err := UnverifiedHeader(token); len(token) != 16<<20 || err != nil {
		t.Errorf("%d bytes: %v", len(token), err)
	}
	_, err := UnverifiedHeader(token + "A")
	josWant(t, err, ErrMalformed)
}

// --- The header that is written (D9) ---

// josWritten returns the header that these options make, or an error.
func josWritten(alg, enc string, signer, token []HeaderOption) (string, *headerWriter, error) {
	w, err := newHeaderWriter(alg, enc, signer)
	if err == nil && token != nil {
		w, err = w.with(token)
	}
	if err != nil {
		return "", nil, err
	}
	segment, ok := strings.CutSuffix(string(w.encoded), ".")
	text, err := base64.RawURLEncoding.Strict().DecodeString(segment)
	if !ok || err != nil {
		return "", nil, fmt.Errorf("the header is encoded as %q", w.encoded)
	}
	return string(text), w, nil
}

func TestD9_WrittenHeader(t *testing.T) {
	type opts = []HeaderOption
	for _, c := range []struct {
		signer, token opts
		want          string // after "alg"
	}{
		{nil, nil, ``},
		{nil, opts{}, ``},
		{opts{KeyID("a")}, nil, `,"kid":"a"`},
		{opts{Type("JWT"), KeyID("a"), ContentType("x")}, nil, `,"typ":"JWT","kid":"a","cty":"x"`},
		{opts{KeyID("a")}, opts{Type("JWT")}, `,"kid":"a","typ":"JWT"`},
		{nil, opts{Type("JWT"), KeyID("a")}, `,"typ":"JWT","kid":"a"`},
		{opts{Member("url", "/a?b=c&d=<e>")}, nil, `,"url":"/a?b=c&d=<e>"`}, // no HTML escapes
		{opts{Member("x", "\u2028\u0085\u007f\U0001F600")}, nil, ",\"x\":\"\u2028\u0085\u007f\U0001F600\""},
		{opts{Member("x", "\x00\x1f\t\n\r\b\f")}, nil, `,"x":"\u0000\u001f\u0009\u000a\u000d\u0008\u000c"`},
		{opts{KeyID(`","alg":"none`)}, nil, `,"kid":"\",\"alg\":\"none"`},
		{opts{KeyID(` ! ~`)}, nil, `,"kid":" ! ~"`},
		{opts{KeyID(`\`)}, nil, `,"kid":"\\"`},
		{opts{Member("kid", ""), Member("typ", ""), Member("cty", "application/jose")}, nil, `,"kid":"","typ":"","cty":"application/jose"`}, // to the letter
		{opts{Type("a/b"), ContentType("application/a/b")}, nil, `,"typ":"a/b","cty":"application/a/b"`},
		{opts{Type("application/"), ContentType("applicatio/n")}, nil, `,"typ":"application/","cty":"applicatio/n"`},
		{opts{Member(`a"b\`+"\n", 1)}, nil, `,"a\"b\\\u000a":1`},
		{opts{Member("x", nil)}, nil, `,"x":null`},
		{opts{Member("x", true), Member("y", false)}, nil, `,"x":true,"y":false`},
		{opts{Member("x", -5), Member("y", int64(math.MinInt64)), Member("z", int64(math.MaxInt64))}, nil, `,"x":-5,"y":-9223372036854775808,"z":9223372036854775807`},
		{opts{Member("x", []string{"a", `"`, ""}), Member("y", []string{}), Member("z", []string(nil))}, nil, `,"x":["a","\"",""],"y":[],"z":[]`},
		{opts{Member("x", json.Number("-0.10e+5"))}, nil, `,"x":-0.10e+5`},
		{opts{Member("x", json.Number("1e999999999999"))}, nil, `,"x":1e999999999999`},
		{opts{Member("x", NewNumericDate(time.Unix(1700000000, 5)))}, nil, `,"x":1700000000`},
		{opts{Member("x", json.RawMessage(" {\"a\" : [1,\"<\\u0041\"]}\n"))}, nil, `,"x":{"a" : [1,"<\u0041"]}`},
		{opts{Member("x", json.RawMessage(`null`))}, nil, `,"x":null`},
		{opts{Member("jwk", json.RawMessage(`{"kty":"x"}`)), Member("x5c", []string{"a"}), Member("x5t#S256", "b")}, nil, `,"jwk":{"kty":"x"},"x5c":["a"],"x5t#S256":"b"`},
		{opts{Member("Alg", "x"), Member("KID", 1)}, nil, `,"Alg":"x","KID":1`}, // other names than "alg" and "kid"
		// "crit" comes last, and names what is critical in the order of the options.
		{opts{CriticalMember("iat", 0), KeyID("a"), CriticalMember("iss", "b")}, nil, `,"iat":0,"kid":"a","iss":"b","crit":["iat","iss"]`},
		{opts{CriticalMember("iat", 0)}, opts{Unencoded(), Type("x")}, `,"iat":0,"b64":false,"typ":"x","crit":["iat","b64"]`},
		{opts{Unencoded()}, nil, `,"b64":false,"crit":["b64"]`},
		{opts{Unencoded()}, opts{CriticalMember(`q"`, "x")}, `,"b64":false,"q\"":"x","crit":["b64","q\""]`},
	} {
		got, w, err := josWritten("HS512", "", c.signer, c.token)
		if err != nil {
			t.Errorf("%s: %v", c.want, err)
			continue
		}
		want := `{"alg":"HS512"` + c.want + `}`
		if got != want {
			t.Errorf("written as %s, want %s", got, want)
		}
		// What we write, we read, and understand alike.
		h := josHeader(t, got, false)
		if h.Algorithm() != "HS512" || h.unencoded != w.unencoded || w.label() != newLabel("HS512", h.KeyID()) || !slices.Equal(h.critical, w.critical) {
			t.Errorf("%s is read as something else", got)
		}
	}
	// A JWE has "enc" after "alg".
	got, _, err := josWritten("RSA-OAEP", "A256GCM", []HeaderOption{KeyID("a")}, []HeaderOption{ContentType("JWT")})
	if want := `{"alg":"RSA-OAEP","enc":"A256GCM","kid":"a","cty":"JWT"}`; got != want {
		t.Errorf("written as %s, want %s: %v", got, want, err)
	}
}

// D7: a number that we could not write as it is, is not written.
func TestD7_NumericDateTooFine(t *testing.T) {
	var d NumericDate
	for value, want := range map[string]error{"1.123456789": nil, "1.1234567891": ErrOption} {
		h := josHeader(t, `{"alg":"a","d":`+value+`}`, false)
		josWant(t, h.Get("d", &d), nil)
		got, _, err := josWritten("a", "", []HeaderOption{Member("d", d)}, nil)
		josWant(t, err, want)
		if want == nil && got != `{"alg":"a","d":`+value+`}` {
			t.Errorf("written as %s", got)
		}
	}
}

// The members of a Signer and those of one token are one text, which is encoded as one, wherever
// in a block of three octets the latter begin.
func TestD9_WrittenHeaderLengths(t *testing.T) {
	for fixed := range 13 {
		for own := range 7 {
			signer := []HeaderOption{Member("kid", strings.Repeat("k", fixed))}
			got, _, err := josWritten("HS512", "", signer, []HeaderOption{Member("x", strings.Repeat("o", own)), CriticalMember("y", 1)})
			want := fmt.Sprintf(`{"alg":"HS512","kid":"%s","x":"%s","y":1,"crit":["y"]}`, strings.Repeat("k", fixed), strings.Repeat("o", own))
			if err != nil || got != want {
				t.Errorf("written as %s, want %s: %v", got, want, err)
			}
		}
	}
}

// The options of one token do not stay for the next one.
func TestD9_WrittenHeaderPerToken(t *testing.T) {
	w, err := newHeaderWriter("HS512", "", []HeaderOption{KeyID("k"), CriticalMember("c", 1)})
	if err != nil {
		t.Fatal(err)
	}
	before := string(w.encoded)
	a, err := w.with([]HeaderOption{Member("x", "aaaa"), CriticalMember("d", 1), Unencoded()})
	if err != nil {
		t.Fatal(err)
	}
	first := string(a.encoded)
	if _, err = w.with([]HeaderOption{Member("y", "bbbbbbbb"), CriticalMember("e", 1)}); err != nil {
		t.Fatal(err)
	}
	if string(w.encoded) != before || string(a.encoded) != first || w.unencoded || len(w.members) != 3 || len(w.critical) != 1 {
		t.Error("a token's options changed its Signer")
	}
	// Options are a value: what they were made of may change.
	list, raw, exact := []string{"a"}, json.RawMessage(`"a"`), []byte(`{"alg":"HS512"}`)
	o, p, q := Member("x", list), Member("y", raw), ExactHeader(exact)
	list[0], raw[1], exact[2] = "b", 'b', 'b'
	if got, _, err := josWritten("HS512", "", []HeaderOption{o, p}, nil); got != `{"alg":"HS512","x":["a"],"y":"a"}` {
		t.Errorf("written as %s: %v", got, err)
	}
	if got, _, err := josWritten("HS512", "", []HeaderOption{q}, nil); got != `{"alg":"HS512"}` {
		t.Errorf("written as %s: %v", got, err)
	}
}

func TestD9_WrittenHeaderRefused(t *testing.T) {
	type opts = []HeaderOption
	for why, o := range map[string]opts{
		"duplicate":                       {KeyID("a"), KeyID("a")},
		"duplicate by another option":     {KeyID("a"), Member("kid", "b")},
		"duplicate by CriticalMember":     {Member("x", 1), CriticalMember("x", 1)},
		"duplicate b64":                   {Unencoded(), Unencoded()},
		"zero option":                     {{}},
		"zero option among others":        {KeyID("a"), {}},
		"an empty kid":                    {KeyID("")},
		"an empty typ":                    {Type("")},
		"an empty cty":                    {ContentType("")},
		"typ with application/":           {Type("application/jose")},
		"typ with application/, any case": {Type("Application/JOSE")},
		"cty with application/":           {ContentType("application/jwt")},
		"no cty, in a JWS":                {WithoutContentType()},
		"no cty, in a JWS with a kid":     {KeyID("a"), WithoutContentType()},
		"member without a name":           {Member("", 1)},
		"critical member without a name":  {CriticalMember("", 1)},
		"alg":                             {Member("alg", "HS512")},
		"alg none":                        {Member("alg", "none")},
		"enc":                             {Member("enc", "A256GCM")},
		"zip":                             {Member("zip", "DEF")},
		"crit":                            {Member("crit", []string{"x"})},
		"b64":                             {Member("b64", false)},
		"b64 true":                        {Member("b64", true)},
		"critical alg":                    {CriticalMember("alg", "HS512")},
		"critical b64":                    {CriticalMember("b64", false)},
		"critical kid":                    {CriticalMember("kid", "a")},
		"critical typ":                    {CriticalMember("typ", "a")},
		"critical p2c":                    {CriticalMember("p2c", 1)},
		"kid is no string":                {Member("kid", 1)},
		"typ is no string":                {Member("typ", nil)},
		"cty is no string":                {Member("cty", true)},
		"x5c is no array":                 {Member("x5c", "a")},
		"jwk is no object":                {Member("jwk", "a")},
		"invalid UTF-8":                   {KeyID("\xff")},
		"invalid UTF-8 in a list":         {Member("x", []string{"a", "\xff"})},
		"invalid UTF-8 in a name":         {Member("x\xff", 1)},
		"invalid UTF-8 in a RawMessage":   {Member("x", json.RawMessage("\"\xff\""))},
		"lone surrogate in a RawMessage":  {Member("x", json.RawMessage(`"\ud800"`))},
		"RawMessage: another member":      {Member("x", json.RawMessage(`1,"y":2`))},
		"RawMessage: alg":                 {Member("x", json.RawMessage(`1,"alg":"none"`))},
		"RawMessage: its own name again":  {Member("x", json.RawMessage(`1,"":2`))},
		"RawMessage: the end":             {Member("x", json.RawMessage(`1}`))},
		"RawMessage: the end and more":    {Member("x", json.RawMessage(`1},"y":{"z":1`))},
		"RawMessage: two values":          {Member("x", json.RawMessage(`1 2`))},
		"RawMessage: comma":               {Member("x", json.RawMessage(`1,`))},
		"RawMessage: duplicate":           {Member("x", json.RawMessage(`{"a":1,"a":2}`))},
		"RawMessage: empty":               {Member("x", json.RawMessage(``))},
		"RawMessage: nil":                 {Member("x", json.RawMessage(nil))},
		"RawMessage: no JSON":             {Member("x", json.RawMessage(`a`))},
		"RawMessage: quote":               {Member("x", json.RawMessage(`"`))},
		"RawMessage: too deep":            {Member("x", json.RawMessage(strings.Repeat("[", 32)+strings.Repeat("]", 32)))},
		"RawMessage: no string in kid":    {Member("kid", json.RawMessage(`1`))},
		"Number: empty":                   {Member("x", json.Number(""))},
		"Number: NaN":                     {Member("x", json.Number("NaN"))},
		"Number: leading zero":            {Member("x", json.Number("01"))},
		"Number: point":                   {Member("x", json.Number("1."))},
		"Number: plus":                    {Member("x", json.Number("+1"))},
		"Number: white space":             {Member("x", json.Number(" 1"))},
		"Number: white space behind":      {Member("x", json.Number("1 "))},
		"Number: hexadecimal":             {Member("x", json.Number("0x1"))},
		"Number: another member":          {Member("x", json.Number(`1,"y":2`))},
		"Number: null":                    {Member("x", json.Number("null"))},
		"NumericDate beyond year 9999":    {Member("x", NewNumericDate(time.Unix(253402300800, 0)))},
		"NumericDate before year 0":       {Member("x", NewNumericDate(time.Unix(-62167219201, 0)))},
		"NumericDate that is not set":     {Member("x", NumericDate{})},
		"float64":                         {Member("x", 1.5)},
		"uint64":                          {Member("x", uint64(1))},
		"int32":                           {Member("x", int32(1))},
		"[]byte":                          {Member("x", []byte("a"))},
		"struct":                          {Member("x", struct{}{})},
		"map":                             {Member("x", map[string]any{})},
		"[]any":                           {Member("x", []any{"a"})},
		"pointer":                         {Member("x", new(string))},
		"time.Time":                       {Member("x", time.Time{})},
		"exact header: empty":             {ExactHeader(nil)},
		"exact header: no JSON":           {ExactHeader([]byte("x"))},
		"exact header: byte order mark":   {ExactHeader([]byte("\ufeff{\"alg\":\"HS512\"}"))},
		"exact header: duplicate":         {ExactHeader([]byte(`{"alg":"HS512","alg":"HS512"}`))},
		"exact header: no alg":            {ExactHeader([]byte(`{"kid":"a"}`))},
		"exact header: crit":              {ExactHeader([]byte(`{"alg":"HS512","crit":["x"]}`))},
		"exact header: b64":               {ExactHeader([]byte(`{"alg":"HS512","b64":false}`))},
		"exact header: b64 true":          {ExactHeader([]byte(`{"alg":"HS512","b64":true}`))},
		"exact header: kid is no string":  {ExactHeader([]byte(`{"alg":"HS512","kid":1}`))},
		"exact header: text behind":       {ExactHeader([]byte(`{"alg":"HS512"}.`))},
		"exact header: with another":      {ExactHeader([]byte(`{"alg":"HS512"}`)), KeyID("a")},
		"exact header: after another":     {KeyID("a"), ExactHeader([]byte(`{"alg":"HS512"}`))},
		"exact header: with Unencoded":    {ExactHeader([]byte(`{"alg":"HS512"}`)), Unencoded()},
		"exact header: twice":             {ExactHeader([]byte(`{"alg":"HS512"}`)), ExactHeader([]byte(`{"alg":"HS512"}`))},
		"exact header: with the zero one": {ExactHeader([]byte(`{"alg":"HS512"}`)), {}},
	} {
		_, _, err := josWritten("HS512", "", o, nil)
		if josClass(err) != ErrOption {
			t.Errorf("%s, for a Signer: error %v", why, err)
		}
		_, _, err = josWritten("HS512", "", nil, o)
		if josClass(err) != ErrOption {
			t.Errorf("%s, for a token: error %v", why, err)
		}
	}
	// A Signer's option and a token's one.
	exact, plain := []HeaderOption{ExactHeader([]byte(`{"alg":"HS512"}`))}, []HeaderOption{KeyID("a")}
	for why, c := range map[string][2]opts{
		"duplicate":                         {plain, plain},
		"duplicate b64":                     {{Unencoded()}, {Unencoded()}},
		"exact header and another":          {exact, plain},
		"another and an exact header":       {plain, exact},
		"exact header and another one":      {exact, {ExactHeader([]byte(`{"alg":"HS512","kid":"a"}`))}},
		"long exact header and another one": {{ExactHeader([]byte(`{"alg":"HS512","kid":"a"}`))}, exact},
		"exact header and Unencoded":        {exact, {Unencoded()}},
		"exact header and the zero option":  {exact, {{}}},
	} {
		_, _, err := josWritten("HS512", "", c[0], c[1])
		if josClass(err) != ErrOption {
			t.Errorf("%s: error %v", why, err)
		}
	}
	// The algorithm is the key's (D1).
	for _, alg := range []string{"RS256", "none", "hs512", "HS512 ", ""} {
		_, _, err := josWritten("HS512", "", opts{ExactHeader([]byte(`{"alg":"` + alg + `"}`))}, nil)
		josWant(t, err, ErrOption)
	}
	// And so are all of a JWE's.
	for header, want := range map[string]error{
		`{"alg":"RSA-OAEP","enc":"A256GCM"}`:                            nil,
		`{"alg":"RSA-OAEP-256","enc":"A256GCM"}`:                        ErrOption,
		`{"alg":"RSA-OAEP","enc":"A128GCM"}`:                            ErrOption,
		`{"alg":"RSA-OAEP","enc":"A256GCM","zip":"DEF"}`:                ErrOption,
		`{"alg":"RSA-OAEP"}`:                                            ErrOption,
		`{"alg":"RSA-OAEP","enc":"A256GCM","b64":false,"crit":["b64"]}`: ErrOption,
	} {
		_, _, err := josWritten("RSA-OAEP", "A256GCM", opts{ExactHeader([]byte(header))}, nil)
		josWant(t, err, want)
	}
	_, _, err := josWritten("RSA-OAEP", "A256GCM", opts{Unencoded()}, nil)
	josWant(t, err, ErrOption)
}

// An exact header is written to the letter.
func TestD9_ExactHeader(t *testing.T) {
	for _, text := range []string{
		`{"alg":"HS512"}`,
		"{\r\n  \"typ\": \"JWT\",\r\n  \"alg\": \"HS512\"\r\n}\n",
		` {"kid":"\u0061\/<>","alg":"\u0048S512","crit":["b64","x"],"x":{"a":[1.0,"\ud83d\ude00"]},"b64":false} `,
	} {
		for _, perToken := range []bool{false, true} {
			signer, token := []HeaderOption{ExactHeader([]byte(text))}, []HeaderOption(nil)
			if perToken {
				signer, token = nil, signer
			}
			got, w, err := josWritten("HS512", "", signer, token)
			if err != nil || got != text {
				t.Errorf("written as %q, want %q: %v", got, text, err)
				continue
			}
			if h := josHeader(t, text, false); w.unencoded != h.unencoded || w.label() != newLabel("HS512", h.KeyID()) {
				t.Errorf("%q is not understood as it would be read", text)
			}
		}
	}
}

// D8: what we write has the bound of what we read.
func TestD8_WrittenHeaderBound(t *testing.T) {
	overhead := len(`{"alg":"HS512","x":""}`)
	for _, n := range []int{16384 - overhead, 16384 - overhead + 1, 20000} {
		o := []HeaderOption{Member("x", strings.Repeat("y", n))}
		want := error(nil)
		if n+overhead > 16384 {
			want = ErrOption
		}
		_, _, err := josWritten("HS512", "", o, nil)
		josWant(t, err, want)
		_, _, err = josWritten("HS512", "", nil, o)
		josWant(t, err, want)
		_, _, err = josWritten("HS512", "", []HeaderOption{ExactHeader([]byte(josPadded("HS512", n+overhead)))}, nil)
		josWant(t, err, want)
	}
	// The two halves may be too long only together.
	half := strings.Repeat("y", 10_000)
	_, _, err := josWritten("HS512", "", []HeaderOption{Member("x", half)}, []HeaderOption{Member("y", half)})
	josWant(t, err, ErrOption)
	_, _, err = josWritten("HS512", "", []HeaderOption{Member("x", half), CriticalMember(half, 1)}, nil)
	josWant(t, err, ErrOption)
}

// D7, D8: what a RawMessage holds may be as deep as the reader allows it to be, and no deeper.
func TestD8_WrittenHeaderDepth(t *testing.T) {
	raw := json.RawMessage(strings.Repeat("[", 31) + strings.Repeat("]", 31))
	got, _, err := josWritten("HS512", "", []HeaderOption{Member("x", raw)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	josHeader(t, got, false)
}

// --- Options of what is accepted ---

func TestMaxTokenSize_Option(t *testing.T) {
	for _, n := range []int{0, -1, math.MinInt} {
		josWant(t, MaxTokenSize(n).err, ErrOption)
	}
	check := CheckMember("x", Equal(""))
	for _, c := range []struct {
		checks []CheckOption
		want   int // 0 where there is none
	}{
		{nil, 0},
		{[]CheckOption{check}, 0},
		{[]CheckOption{MaxTokenSize(5)}, 5},
		{[]CheckOption{check, MaxTokenSize(5), check}, 5},
		{[]CheckOption{MaxTokenSize(math.MaxInt)}, math.MaxInt},
	} {
		if got, err := checkOptions(c.checks); got != c.want || err != nil {
			t.Errorf("%d, %v; want %d", got, err, c.want)
		}
	}
	for why, checks := range map[string][]CheckOption{
		"twice": {MaxTokenSize(5), MaxTokenSize(7)}, "twice the same": {MaxTokenSize(5), check, MaxTokenSize(5)}, "the zero option": {{}}, "the zero option among others": {check, {}, MaxTokenSize(5)},
		"one that can't be": {MaxTokenSize(5), MaxTokenSize(0)}, "a check that can't be": {CheckMember[string]("x", nil), MaxTokenSize(5)},
	} {
		if n, err := checkOptions(checks); n != 0 || josClass(err) != ErrOption {
			t.Errorf("%s: %d, error %v", why, n, err)
		}
	}
}

func TestEqual(t *testing.T) {
	josWant(t, Equal("a")("a"), nil)
	josWant(t, Equal(true)(true), nil)
	josWant(t, Equal(int64(5))(5), nil)
	josWant(t, Equal(-5)(-5), nil)
	for _, err := range []error{Equal("a")("A"), Equal("a")("a "), Equal("")("\x00"), Equal("\u00e9")("e\u0301"), Equal(true)(false), Equal(int64(5))(6), Equal(5)(-5)} {
		if err == nil {
			t.Error("what differs is equal")
		}
	}
	if err := Equal("secret-a")("secret-b"); strings.Contains(err.Error(), "secret") {
		t.Errorf("the message shows a value: %v", err)
	}
}

// --- What is made is its own (D22) ---

// josWorld makes one of everything of the nth keys. It returns pointers to all structs that were
// handed in or out on the way, and all slices and maps; tokens by these keys; and a function that
// checks that what was made of them is as it was, and takes no token by other keys.
func josWorld(t *testing.T, n int) (handed []any, tokens []string, check func(why string, foreign []string)) {
	hand := func(all ...any) { handed = append(handed, all...) }
	rsaJWK, ecJWK := []string{ktRSA1JWK, ktRSA2JWK}[n], []string{ktEC1JWK, ktEC2JWK}[n]
	goRSA, goEC, octets := ktRSAKey(rsaJWK), ktEC(ecJWK), []byte(jwsText(64 + 64*n))[64*n:]
	octJWK := ktWith(ktOct(octets), "kid", `"HS512"`)
	private := []*PrivateKey{ktMust(NewPrivateKey(goRSA)), ktMust(NewPrivateKey(goEC)), ktMust(NewSecret(octets))}
	hand(goRSA, &goRSA.PublicKey, goRSA.Primes, goEC, &goEC.PublicKey, octets)
	for _, x := range []*big.Int{goRSA.N, goRSA.D, goRSA.Primes[0], goRSA.Primes[1], goRSA.Precomputed.Dp, goRSA.Precomputed.Qinv, goEC.X, goEC.Y, goEC.D} {
		hand(x.Bits())
	}
	file := []byte(ktSet(octJWK, ktWith(rsaJWK, "kid", `"R"`, "use", `"enc"`), `{"kty":"x","kid":"none"}`))
	secrets := ktMust(ParseKeySet(file))
	hand(file, secrets, secrets.Skipped(), secrets.PrivateKeys())

	// Public keys, on every road, and a set of them.
	algs, kids := []SignatureAlgorithm{RS256, ES512, HS512}, []string{"RS256", "ES512", "HS512"}
	var public []*PublicKey
	for i, k := range private[:2] {
		k1 := ktMust(k.Public())
		k2 := ktMust(k1.WithKeyID(kids[i]))
		k3 := ktMust(k2.WithAlgorithm(algs[i]))
		again := ktMust(NewPublicKey(map[int]any{0: &goRSA.PublicKey, 1: &goEC.PublicKey}[i]))
		jwk, pemFile := k3.JWK(), k3.PEM()
		parsed := ktMust(ParsePublicKey(pemFile))
		public = append(public, k3)
		hand(k, k1, k2, k3, again, jwk, pemFile, parsed)
	}
	published := ktMust(MarshalKeySet(public...))
	set := ktMust(ParseKeySet(published))
	hand(private[2], published, public, set)
	for _, k := range set.PublicKeys() {
		hand(k)
	}

	// Roles, with options.
	list, raw, exact := []string{"a", "b"}, json.RawMessage(`{"y":1}`), []byte(`{"alg":"HS512","kid":"HS512","exact":true}`)
	var signers []Signer
	verifiers := make(map[string]*Verifier)
	checks := []CheckOption{CheckMember("l", func(l []string) error {
		if fmt.Sprint(l) != "[a b]" {
			return errors.New("another list")
		}
		return nil
	})}
	for i, alg := range algs {
		opts := []HeaderOption{KeyID(kids[i]), Member("l", list), CriticalMember("r", raw)}
		s := ktMust(private[i].Signer(alg, opts...))
		signers = append(signers, *s)
		hand(s, opts, &opts[0])
	}
	exactly := []HeaderOption{ExactHeader(exact)}
	s := ktMust(private[2].Signer(HS512, exactly...))
	signers = append(signers, *s)
	critical := []CheckOption{CheckMember("r", func(json.RawMessage) error { return nil })}
	verifiers["RS256"], verifiers["ES512"] = ktMust(public[0].Verifier(RS256, checks...)), ktMust(set.PublicKeys()[1].Verifier(ES512, checks...))
	verifiers["HS512"] = ktMust(secrets.PrivateKeys()[0].Verifier(HS512, checks...))
	choice := ktMust(VerifierByKeyID(verifiers, critical...))
	ofSet, ofSecrets := ktMust(set.Verifier(ES512, critical...)), ktMust(secrets.Verifier(HS512, critical...))
	chosen := []Verifier{*choice, *ofSet, *ofSecrets}
	e := ktMust(ktMust(private[0].Public()).Encrypter(RSAOAEP256, KeyID("R")))
	decrypters := map[string]*Decrypter{"R": ktMust(private[0].Decrypter(RSAOAEP256))}
	d, dOfSet := ktMust(DecrypterByKeyID(decrypters)), ktMust(secrets.Decrypter(RSAOAEP256))
	encrypter, opened := *e, []Decrypter{*d, *dOfSet}
	hand(list, []byte(raw), exact, exactly, s, verifiers["RS256"], verifiers["ES512"], verifiers["HS512"], verifiers, choice, ofSet, ofSecrets,
		checks, critical, &checks[0], e, decrypters["R"], decrypters, d, dOfSet)

	// What they make: texts, which nobody can write to, and what is read of them.
	policy := Policy{Issuer: "i", AnySubject: true, NoAudience: true, AnyType: true, AllowNoExp: true}
	date, claims := NewNumericDate(time.Unix(5, 0)), &Claims{Issuer: "i"}
	if err := errors.Join(claims.Set("l", list), claims.Set("d", date)); err != nil {
		t.Fatal(err)
	}
	unsigned := *claims
	for i := range signers[:3] {
		tokens = append(tokens, ktMust(signers[i].Sign([]byte("payload"))))
	}
	jwtText, jwe, nested := ktMust(signers[2].SignClaims(claims)), ktMust(encrypter.Encrypt([]byte("plaintext"))), ktMust(SignThenEncrypt(&signers[0], &encrypter, []byte("payload")))
	message, plain, accepted := ktMust(chosen[0].Verify(tokens[0])), ktMust(opened[0].Decrypt(jwe)), ktMust(policy.Verify(&chosen[0], jwtText))
	both := ktMust(DecryptThenVerify(&opened[0], &chosen[0], nested))
	header, received := message.Header, *accepted
	for _, h := range []*Header{&message.Header, &plain.Header, &both.Header, &both.OuterHeader} {
		hand(h.Bytes(), h.Critical(), h)
	}
	var got []string
	josWant(t, header.Get("l", &got), nil)
	mine := policy
	hand(got, message, message.Payload, plain, plain.Plaintext, both, both.Payload, accepted, accepted.Payload(), claims, &date, &mine)
	thumbprints := []string{ktMust(public[0].Thumbprint()), ktMust(public[1].Thumbprint())}
	kept := []PublicKey{*public[0], *public[1]}
	keptSet, keptPrivate := *secrets, *private[0]
	headerText, payload := string(header.Bytes()), string(received.Payload())

	return handed, tokens, func(why string, foreign []string) {
		t.Helper()
		for _, token := range foreign {
			jwsRefuse(t, &chosen[0], token, ErrSignature)
		}
		for i := range tokens {
			token, err := signers[i].Sign([]byte("payload"))
			if end := strings.LastIndex(token, "."); err != nil || i != 1 && token != tokens[i] || !strings.HasPrefix(tokens[i], token[:end+1]) {
				t.Errorf("%s: a Signer writes %s: %v", why, token, err)
			}
			for _, token := range []string{token, tokens[i]} {
				jwsAccept(t, &chosen[0], token)
				if i > 0 {
					jwsAccept(t, &chosen[i], token)
				}
			}
		}
		if token, err := signers[3].Sign(nil); err != nil || string(ktMust(UnverifiedHeader(token)).Bytes()) != `{"alg":"HS512","kid":"HS512","exact":true}` {
			t.Errorf("%s: a Signer writes %s: %v", why, token, err)
		}
		for _, token := range []string{jwe, ktMust(encrypter.Encrypt([]byte("plaintext")))} {
			for i := range opened {
				if p, err := opened[i].Decrypt(token); err != nil || string(p.Plaintext) != "plaintext" {
					t.Errorf("%s: a Decrypter reads %v: %v", why, p, err)
				}
			}
		}
		for _, token := range []string{nested, ktMust(SignThenEncrypt(&signers[0], &encrypter, []byte("payload")))} {
			if m, err := DecryptThenVerify(&opened[1], &chosen[0], token); err != nil || string(m.Payload) != "payload" {
				t.Errorf("%s: nested, %v", why, err)
			}
		}
		if token, err := signers[2].SignClaims(&unsigned); err != nil || token != jwtText {
			t.Errorf("%s: claims are signed as %s: %v", why, token, err)
		}
		var l, l2 []string
		c, err := policy.Verify(&chosen[2], jwtText)
		if err != nil || string(c.Payload()) != payload || string(received.Payload()) != payload || received.Get("l", &l) != nil || header.Get("l", &l2) != nil || fmt.Sprint(l, l2) != "[a b] [a b]" || string(header.Bytes()) != headerText {
			t.Errorf("%s: what was read changed: %s, %s, %v: %v", why, received.Payload(), header.Bytes(), l, err)
		}
		for i := range kept {
			if kept[i].KeyID() != kids[i] || ktMust(kept[i].Thumbprint()) != thumbprints[i] {
				t.Errorf("%s: a key is another one", why)
			}
		}
		if keptPrivate.KeyID() != "" || len(keptSet.PrivateKeys()) != 2 || keptSet.PrivateKeys()[0].KeyID() != "HS512" || len(keptSet.Skipped()) != 1 || keptSet.Skipped()[0] == nil {
			t.Errorf("%s: a set is another one", why)
		}
		jwsAccept(t, ktMust(keptSet.Verifier(HS512, josUnderstands())), tokens[2])
		jwsAccept(t, ktMust(ktMust(keptPrivate.Public()).Verifier(RS256, josUnderstands())), tokens[0])
	}
}

func josUnderstands() CheckOption {
	return CheckMember("r", func(json.RawMessage) error { return nil })
}

// josOverwrite writes to the struct, or to the elements of the slice or map: those of another one, or
// zero values where there is none.
func josOverwrite(x, other any) {
	v, o := reflect.ValueOf(x), reflect.ValueOf(other)
	switch v.Kind() {
	case reflect.Pointer:
		if v = v.Elem(); other == nil {
			v.SetZero()
		} else {
			v.Set(o.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			if other == nil {
				v.Index(i).SetZero()
			} else {
				v.Index(i).Set(o.Index(i % o.Len()))
			}
		}
	case reflect.Map:
		v.Clear()
		if other != nil {
			for _, key := range o.MapKeys() {
				v.SetMapIndex(key, o.MapIndex(key))
			}
		}
	default:
		panic(fmt.Sprintf("a %T", x))
	}
}

// Whoever overwrites what was handed in or out, with a zero value or with that of other keys, changes
// nothing that was made of it; every exported struct is among them.
func TestD22_Immutable(t *testing.T) {
	for _, zero := range []bool{true, false} {
		handed, tokens, check := josWorld(t, 0)
		others, foreign, checkOther := josWorld(t, 1)
		check("before", foreign)
		if len(handed) != len(others) {
			t.Fatal("two worlds that differ")
		}
		exported := make(map[string]bool)
		for i, x := range handed {
			if v := reflect.TypeOf(x); v.Kind() == reflect.Pointer && v.Elem().PkgPath() == reflect.TypeFor[Signer]().PkgPath() {
				exported[v.Elem().Name()] = true
			}
			other := others[i]
			if v := reflect.ValueOf(other); zero || v.Kind() == reflect.Slice && v.Len() == 0 {
				other = nil
			}
			josOverwrite(x, other)
			if i%8 == 0 { // a few at a time
				check(fmt.Sprintf("after %d of %T", i, x), foreign)
			}
		}
		check("after all", foreign)
		checkOther("the others", tokens)

		for _, name := range josExported(t) {
			if !exported[name] {
				t.Errorf("no %s was overwritten", name)
			}
		}
	}
}

// josExported returns the names of the exported structs of the package.
func josExported(t *testing.T) (names []string) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 6 {
		t.Fatalf("%v: %v", files, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok && spec.Name.IsExported() {
				if _, ok := spec.Type.(*ast.StructType); ok {
					names = append(names, spec.Name.Name)
				}
			}
			return true
		})
	}
	return names
}

// encoding/json neither writes nor reads what this package has a way of its own for: ErrOption, and
// never {}; and nothing is stored (D19).
func TestD19_NotJSON(t *testing.T) {
	handed, _, _ := josWorld(t, 0)
	seen := make(map[string]bool)
	for _, x := range handed {
		v := reflect.ValueOf(x)
		if v.Kind() != reflect.Pointer || v.Elem().Type().PkgPath() != reflect.TypeFor[Signer]().PkgPath() || seen[v.Elem().Type().Name()] {
			continue
		}
		made, typ := v.Elem(), v.Elem().Type()
		seen[typ.Name()] = true
		texts := []string{"{}", "null", "1", `"x"`, "[]", `{"iss":"x","ISS":"y","Issuer":"z"}`}
		switch typ.Name() {
		case "HeaderOption", "CheckOption", "Policy": // have nothing that JSON could say
			continue
		case "Message", "Decrypted": // are a payload and headers
			texts = []string{`{"Header":{}}`, `{"header":null}`}
		}
		for _, value := range []reflect.Value{made, reflect.Zero(typ)} {
			pointer := reflect.New(typ)
			pointer.Elem().Set(value)
			for how, x := range map[string]any{
				"by value": value.Interface(), "by pointer": pointer.Interface(), "in a field": struct{ X any }{value.Interface()}, "in a field by pointer": struct{ X any }{pointer.Interface()},
				"in a list": []any{value.Interface()}, "in a map": map[string]any{"x": value.Interface()},
			} {
				if text, err := json.Marshal(x); josClass(err) != ErrOption || text != nil {
					t.Errorf("%s, %s, is written as %s: error %v", typ, how, text, err)
				}
			}
			before := fmt.Sprintf("%#v", reflect.Indirect(pointer).Interface())
			for _, text := range texts {
				field := reflect.New(reflect.StructOf([]reflect.StructField{{Name: "X", Type: typ}}))
				field.Elem().Field(0).Set(value)
				err1 := json.Unmarshal([]byte(text), pointer.Interface())
				err2 := json.Unmarshal([]byte(`{"X":`+text+`}`), field.Interface())
				for _, err := range []error{err1, err2} {
					if josClass(err) != ErrOption {
						t.Errorf("%s is read from %s: error %v", typ, text, err)
					}
				}
				for _, v := range []reflect.Value{pointer.Elem(), field.Elem().Field(0)} {
					if after := fmt.Sprintf("%#v", v.Interface()); after != before {
						t.Errorf("%s is %s after %s, and was %s", typ, after, text, before)
					}
				}
			}
		}
	}
	for _, name := range josExported(t) {
		if !seen[name] {
			t.Errorf("no %s", name)
		}
	}
}

// --- Splitting ---

func TestCut(t *testing.T) {
	for _, s := range []string{"", ".", "a", "a.", ".a", "a.b", "a.b.c", strings.Repeat("a", 100) + ".b"} {
		before, after, found := strings.Cut(s, ".")
		a, b, ok := cut(s)
		if a != before || b != after || ok != found {
			t.Errorf("%q: %q, %q, %v", s, a, b, ok)
		}
		x, y, ok := cut([]byte(s))
		if !bytes.Equal(x, []byte(before)) || !bytes.Equal(y, []byte(after)) || ok != found {
			t.Errorf("%q as bytes: %q, %q, %v", s, x, y, ok)
		}
	}
}
