package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"example.com/jose/conformance/protocol"
	"example.com/jose/vectors"
)

// page writes r as HTML, and checks what is true of every page.
func page(t *testing.T, r *Report, requests []*protocol.Request) (string, []element) {
	t.Helper()
	var b bytes.Buffer
	if err := r.WriteHTML(&b, requests); err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := r.WriteHTML(&again, requests); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Errorf("not the same page twice: %v", err)
	}
	return b.String(), checkPage(t, b.String())
}

// An element is a start tag.
type element struct {
	name  string
	attrs map[string]string
	text  string // up to the next tag; all of a style or script
}

var (
	tagPattern  = regexp.MustCompile(`^<(/?)([a-z][a-z0-9]*)((?: [a-z-]+(?:="[^"<>]*")?)*)>`)
	attrPattern = regexp.MustCompile(` ([a-z-]+)(?:="([^"<>]*)")?`)
)

// elements reads a page that is written as ours are: any other use of < or >
// than for a tag is an error, and so is an element that is not closed.
func elements(t *testing.T, page string) (list []element) {
	t.Helper()
	rest, ok := strings.CutPrefix(page, "<!DOCTYPE html>\n")
	if !ok {
		t.Fatalf("begins with %.40q", page)
	}
	var open []string
	for rest != "" {
		text, _, _ := strings.Cut(rest, "<")
		if strings.Contains(text, ">") || len(open) == 0 && strings.TrimSpace(text) != "" {
			t.Fatalf("text %q", text)
		}
		if len(list) > 0 && list[len(list)-1].text == "" {
			list[len(list)-1].text = html.UnescapeString(text)
		}
		if rest = rest[len(text):]; rest == "" {
			break
		}
		tag := tagPattern.FindStringSubmatch(rest)
		if tag == nil {
			t.Fatalf("no tag: %.100q", rest)
		}
		rest = rest[len(tag[0]):]
		name := tag[2]
		if tag[1] == "/" {
			if len(open) == 0 || open[len(open)-1] != name {
				t.Fatalf("</%s> within %q", name, open)
			}
			open = open[:len(open)-1]
			continue
		}
		e := element{name: name, attrs: map[string]string{}}
		for _, a := range attrPattern.FindAllStringSubmatch(tag[3], -1) {
			e.attrs[a[1]] = html.UnescapeString(a[2])
		}
		if name == "style" || name == "script" {
			e.text, rest, _ = strings.Cut(rest, "</"+name+">")
		} else if !slices.Contains([]string{"meta", "link", "br"}, name) {
			open = append(open, name)
		}
		list = append(list, e)
	}
	if len(open) > 0 {
		t.Errorf("not closed: %q", open)
	}
	return list
}

// checkPage: the page can load nothing, its own style and script are the ones
// that it allows, references lead somewhere, and all text has a shape.
func checkPage(t *testing.T, page string) []element {
	t.Helper()
	list := elements(t, page)
	ids, policy, count := map[string]bool{}, "", map[string]int{}
	for _, e := range list {
		if id, ok := e.attrs["id"]; ok && (ids[id] || id == "") {
			t.Errorf("id %q is there twice", id)
		}
		ids[e.attrs["id"]] = true
		count[e.name]++
		if e.attrs["http-equiv"] != "" {
			policy = e.attrs["content"]
		}
	}
	sources := strings.Split(policy, "; ")
	for _, e := range list {
		for name, value := range e.attrs {
			switch name {
			case "id", "class", "lang", "charset", "http-equiv", "content", "name", "rel", "scope", "role", "tabindex",
				"value", "type", "hidden", "autocomplete", "open", "aria-label":
			case "data-deviations", "data-t", "data-l", "data-s", "data-filter":
				if strings.Trim(value, "0123456789:; =ilots") != "" {
					t.Errorf("%s=%q", name, value)
				}
			case "href":
				if e.name == "link" && e.attrs["rel"] == "icon" && value == "data:," {
					continue
				}
				if to, ok := strings.CutPrefix(value, "#"); !ok || !ids[to] || e.name != "a" {
					t.Errorf("<%s> leads to %q", e.name, value)
				}
			case "aria-labelledby":
				if !ids[value] {
					t.Errorf("<%s> is labelled by %q", e.name, value)
				}
			default:
				t.Errorf("<%s> has %s=%q", e.name, name, value)
			}
		}
		switch e.name {
		case "script", "style":
			sum := sha256.Sum256([]byte(e.text))
			if !slices.Contains(sources, e.name+"-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") {
				t.Errorf("the policy %q has not the hash of <%s>", policy, e.name)
			}
			for _, word := range []string{"url(", "@import", "//", "eval", "innerHTML", "fetch", "import", "XMLHttp"} {
				if strings.Contains(e.text, word) {
					t.Errorf("<%s> has %q", e.name, word)
				}
			}
		case "th":
			if e.attrs["scope"] != "col" && e.attrs["scope"] != "row" {
				t.Errorf("header cell %q has scope %q", e.text, e.attrs["scope"])
			}
		case "html", "head", "meta", "title", "link", "body", "header", "h1", "h2", "h3", "p", "nav", "ul", "li", "a", "main",
			"section", "div", "table", "thead", "tbody", "tr", "td", "small", "code", "pre", "span", "b", "br", "dl", "dt", "dd",
			"details", "summary", "form", "label", "select", "option", "button", "output":
		default:
			t.Errorf("<%s>", e.name)
		}
	}
	if !slices.Contains(sources, "default-src 'none'") || len(sources) != 6 || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	if list[0].attrs["lang"] != "en" || count["title"] != 1 || count["h1"] != 1 || count["style"] != 1 || count["script"] != 1 ||
		count["label"] != count["select"] {
		t.Errorf("%v", count)
	}
	for _, id := range []string{"implementations", "matrix", "deviations", "choices", "untested"} {
		if !ids[id] {
			t.Errorf("no section %s", id)
		}
	}
	for _, p := range pieces(page) {
		if p.Escaped && !p.Newline {
			t.Fatalf("page has %s", p.Text)
		}
	}
	if !utf8.ValidString(page) {
		t.Error("not UTF-8")
	}
	return list
}

// hostile is what a token or a reply may bring along. If any of it came alive,
// it would ask origin for something, or change the title.
func hostile(origin string) string {
	return `"'><script>document.title="owned"</script></script></style></title></code></pre></details><img src=` + origin +
		`/img onerror="document.title='owned'"><link rel=stylesheet href="` + origin + `/link"><iframe src=` + origin + `/frame></iframe>` +
		`<a href="javascript:document.title='owned'" autofocus onfocus=this.click()>&lt;img src=` + origin + `/again&gt; &#60;b&#62;` +
		`--><!-- <![CDATA[ {{.}} ${x} javascript:x data:text/html,x ; data-filter=";i=0" url(` + origin + `/css) @import "` + origin + `/import";` +
		"\u202eltr\u2066\u2069\u200f\u200b\ufeff\u00ad\u0301\u3164\ufe0f\u2028\x00\x1b[2J\x7f\r\n\t\u009b\xff\xed\xa0\x80"
}

// fill sets every string that v has.
func fill(v reflect.Value, s string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(v.Field(i), s)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			if v.Type() != reflect.TypeFor[json.RawMessage]() {
				fill(v.Index(i), s)
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			fill(v.Elem(), s)
		}
	}
}

// filledReport has s for every text, in a request too, and an outcome of each
// kind for a case of each sort.
func filledReport(s string) (*Report, []*protocol.Request) {
	r := sample(3)
	var requests []*protocol.Request
	for _, expect := range []string{"accept", "reject", "either"} {
		for _, op := range []string{"verify", "sign", "keyset", "thumbprint", "key"} {
			for o := range Outcomes {
				r.Cases = append(r.Cases, Case{Tags: []string{"", ""}, Expect: expect, Class: "x", Choice: "x", Op: op})
				for i := range r.Implementations {
					result := Result{Outcome: o}
					if i == 2 {
						result.Outcome = Outcomes - 1 - o
					}
					r.Implementations[i].Results = append(r.Implementations[i].Results, result)
				}
			}
		}
	}
	var at int64 = math.MaxInt64
	for i := range r.Cases {
		payload, plaintext, detached := "", "", ""
		text := map[string]json.RawMessage{s: json.RawMessage(toJSON(s))}
		request := &protocol.Request{Payload: &payload, Plaintext: &plaintext, DetachedPayload: &detached, Policy: &vectors.Policy{Audience: []string{""}},
			At: &at, Check: text, Header: text, Key: &protocol.Key{}, InnerKey: &protocol.Key{JWK: text[s], Set: text[s]}}
		if i%2 == 0 {
			request.Key.Set = text[s]
			request.InnerKey.JWK = nil
		}
		requests = append(requests, request)
	}
	expects := make([]string, len(r.Cases))
	for i := range r.Cases {
		expects[i] = r.Cases[i].Expect
	}
	ops := make([]string, len(r.Cases))
	for i := range r.Cases {
		ops[i] = r.Cases[i].Op
	}
	fill(reflect.ValueOf(r).Elem(), s)
	for i := range requests {
		fill(reflect.ValueOf(requests[i]).Elem(), s)
		if requests[i].Op = ops[i]; i%3 == 0 {
			requests[i].ExactHeader, requests[i].InputB64u = s, ""
		}
		r.Cases[i].Expect = expects[i]
	}
	return r, requests
}

// TestHTMLHostile: a page with hostile text everywhere has the very elements
// of one with harmless text.
func TestHTMLHostile(t *testing.T) {
	skeleton := func(s string) (string, string) {
		r, requests := filledReport(s)
		text, list := page(t, r, requests)
		var b strings.Builder
		for _, e := range list {
			if e.attrs["class"] == "escape" {
				continue // there are more of these
			}
			fmt.Fprintf(&b, "%s %s %s %s\n", e.name, e.attrs["id"], e.attrs["class"], e.attrs["href"])
		}
		return text, b.String()
	}
	// Both are so long that they are cut.
	bad, badShape := skeleton(strings.Repeat(hostile("http://127.0.0.1:1"), 4))
	_, goodShape := skeleton(strings.Repeat("harmless ", maxShown/9+1))
	if badShape != goodShape {
		a, b := strings.Split(badShape, "\n"), strings.Split(goodShape, "\n")
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				t.Fatalf("element %d is %q, want %q", i, a[i], b[i])
			}
		}
		t.Fatalf("%d elements, want %d", len(a), len(b))
	}
	// It is there, and readable: as text, and with its octets spelled out.
	for _, want := range []string{"&lt;img src=http://127.0.0.1:1/img", `\u202eltr\u2066`, `\x00`, `\r`, `<b class="escape">\u202e</b>ltr`, `\xff`, `\u0301\u3164`} {
		if !strings.Contains(bad, want) {
			t.Errorf("no %q", want)
		}
	}
	if n := strings.Count(bad, "&lt;img src=http://127.0.0.1:1/img"); n < 500 {
		t.Errorf("hostile text is there %d times", n)
	}
}

// TestHTMLFilters: a link in the matrix has the filter of the deviations that
// it counts.
func TestHTMLFilters(t *testing.T) {
	r, requests := filledReport("x")
	for i := range r.Cases {
		r.Cases[i].Tags = []string{"tag" + strconv.Itoa(i%3), "tag" + strconv.Itoa(i%5)}
		r.Cases[i].Source = "source" + strconv.Itoa(i%4)
		r.Cases[i].Level = levels[i*i%7%4]
	}
	_, list := page(t, r, requests)
	links := 0
	for _, e := range list {
		filter := e.attrs["data-filter"]
		if filter == "" {
			continue
		}
		links++
		f := make(map[string]string)
		for _, part := range strings.Split(filter[1:], ";") {
			name, value, _ := strings.Cut(part, "=")
			f[name] = value
		}
		found := 0
		for _, c := range list {
			if d, ok := c.attrs["data-deviations"]; ok &&
				slices.Contains(strings.Split(d, " "), f["i"]+":"+f["o"]) &&
				(f["t"] == "" || slices.Contains(strings.Split(c.attrs["data-t"], " "), f["t"])) &&
				(f["l"] == "" || c.attrs["data-l"] == f["l"]) &&
				(f["s"] == "" || c.attrs["data-s"] == f["s"]) {
				found++
			}
		}
		o, _ := strconv.Atoi(f["o"])
		if want := Outcome(o).Letter() + strconv.Itoa(found); e.text != want || found == 0 {
			t.Errorf("%q leads to %s with %s", e.text, want, filter)
		}
	}
	if links < 100 {
		t.Errorf("%d links", links)
	}
}

// TestHTMLWithoutDeviations: nothing to show is a page, too.
func TestHTMLWithoutDeviations(t *testing.T) {
	for name, o := range map[string]Outcome{"Accepted": Accepted, "Void": Void, "Unsupported": Unsupported, "Choice": Choice} {
		r := sample(1)
		for i := range r.Cases {
			r.Cases[i].Tags = nil
			r.Implementations[0].Results[i].Outcome = o
			if o == Choice {
				r.Cases[i].Expect, r.Cases[i].Choice = "either", "this or that"
			}
		}
		text, _ := page(t, r, nil)
		for want, there := range map[string]bool{
			"<p>No deviation.</p>":                             true,
			"<form":                                            false,
			"<p>No case is about a choice.</p>":                o != Choice,
			"<p>No case is void or unsupported.</p>":           o != Void && o != Unsupported,
			"<td>this or that</td>":                            o == Choice,
			"By attack class":                                  false,
			"library: 14 void, 0 unsupported":                  o == Void,
			"library: 0 void, 14 unsupported":                  o == Unsupported,
			"14 cases on 1 implementation, 0 deviations in 0 ": true,
		} {
			if strings.Contains(text, want) != there {
				t.Errorf("%s: %q is there: %v", name, want, !there)
			}
		}
	}
	page(t, &Report{}, nil)
}

// TestHTMLIsBounded: many deviations are named, a part is shown in full, and
// large texts are cut.
func TestHTMLIsBounded(t *testing.T) {
	const cases = 4 * maxExpanded
	large := "x" + strings.Repeat("é", 1<<19)
	const bad = "\u202e<b>"
	r := &Report{Corpus: "x", Implementations: []Implementation{{Name: "a" + bad}, {Name: "b" + bad}}}
	var requests []*protocol.Request
	for i := range cases {
		// The second deviates where the first does not, and is not crowded out.
		o := []Outcome{AcceptedInvalid, Accepted}
		if i >= cases-10 {
			o = []Outcome{Refused, RefusedValid}
		}
		expect := "reject"
		if i%2 == 0 {
			expect = "either"
		}
		r.Cases = append(r.Cases, Case{ID: fmt.Sprint("id/", i, "/", bad), Section: bad, Expect: expect, Op: "verify"})
		requests = append(requests, &protocol.Request{Op: "verify", Token: large, Key: &protocol.Key{PEM: large}})
		for j := range o {
			r.Implementations[j].Results = append(r.Implementations[j].Results, Result{Outcome: o[j]})
		}
	}
	text, list := page(t, r, requests)
	if len(text) > 40<<20 {
		t.Errorf("%d octets", len(text))
	}
	full, short := 0, 0
	for _, e := range list {
		if e.attrs["data-deviations"] != "" {
			if e.name == "details" {
				full++
			} else {
				short++
			}
		}
	}
	if full+short != cases || full > 2*maxExpanded+10 || full < maxExpanded+10 {
		t.Errorf("%d deviations in full, %d named", full, short)
	}
	named := make(map[string]string)
	for i, e := range list {
		if e.attrs["data-deviations"] != "" {
			named[e.attrs["id"]] = e.name
			for _, next := range list[i:] {
				if next.name == "code" {
					if want := "id/" + strings.TrimPrefix(e.attrs["id"], "case-") + "/" + visible(bad); next.text != want {
						t.Errorf("%s is %s", e.attrs["id"], next.text)
					}
					break
				}
			}
		}
	}
	for i := range cases {
		if name := named[fmt.Sprint("case-", i)]; name == "" || name != "details" && i >= cases-10 {
			t.Errorf("case %d is shown as <%s>", i, name)
		}
	}
	if n := strings.Count(text, fmt.Sprintf("The whole has %d octets.", len(large))); n < 2*full {
		t.Errorf("%d notes of the length", n)
	}
	if strings.Contains(text, `\xc3`) || strings.Contains(text, `\xe2`) {
		t.Error("cut within a character")
	}
	// Reasons are counted, and named up to a number.
	r = sample(1)
	for i := range 3 * maxReasons {
		for range 1 + i%2*maxExamples {
			r.Cases = append(r.Cases, Case{ID: "x"})
			r.Implementations[0].Results = append(r.Implementations[0].Results, Result{Outcome: Unsupported, Detail: fmt.Sprint("reason ", i)})
		}
	}
	text, _ = page(t, r, nil)
	if !strings.Contains(text, "and 82 more reasons") || strings.Count(text, ", and 1 more</small>") != maxReasons-1 {
		t.Error("reasons are not bounded")
	}
}

// TestHTMLNames: implementations of one name are told apart.
func TestHTMLNames(t *testing.T) {
	r := &Report{Implementations: []Implementation{{Name: "a", Version: "1"}, {Name: "b"}, {Name: "a", Version: "2"}, {Name: "a", Version: "2"}}}
	var got []string
	for _, h := range r.htmlHeads() {
		got = append(got, h.Label)
	}
	if want := []string{"a 1", "b", "a 2", "a 2 #2"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestHTMLContrast: each pair of colours can be told apart by everybody, by
// the measure of WCAG 2.1, Section 1.4.3.
func TestHTMLContrast(t *testing.T) {
	luminance := func(colour string) (sum float64) {
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			n, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			c := float64(n) / 255
			if c <= 0.04045 {
				sum += weight * c / 12.92
			} else {
				sum += weight * math.Pow((c+0.055)/1.055, 2.4)
			}
		}
		return sum
	}
	schemes := regexp.MustCompile(`:root \{[^}]*\}`).FindAllString(htmlSource, -1)
	if len(schemes) != 2 {
		t.Fatalf("%d colour schemes", len(schemes))
	}
	for _, scheme := range schemes {
		colours := make(map[string]string)
		for _, m := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(scheme, -1) {
			colours[m[1]] = m[2]
		}
		for _, pair := range [][2]string{{"text", "page"}, {"text", "raised"}, {"muted", "page"}, {"muted", "raised"}, {"link", "page"}, {"link", "raised"},
			{"bad", "bad-page"}, {"warn", "warn-page"}, {"odd", "odd-page"}, {"quiet", "quiet-page"}} {
			a, b := luminance(colours[pair[0]]), luminance(colours[pair[1]])
			if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < 4.5 {
				t.Errorf("%s on %s: contrast %.1f", pair[0], pair[1], ratio)
			}
		}
	}
}

func TestPieces(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want []piece
	}{
		{"", nil},
		{"plain é 漢 \\n", []piece{{Text: "plain é 漢 \\n"}}},
		{"a\nb", []piece{{Text: "a"}, {Text: `\n`, Escaped: true, Newline: true}, {Text: "b"}}},
		{"\u202e\xff\x00", []piece{{Text: `\u202e`, Escaped: true}, {Text: `\xff`, Escaped: true}, {Text: `\x00`, Escaped: true}}},
		{"e\u0301\u3164", []piece{{Text: "e"}, {Text: `\u0301`, Escaped: true}, {Text: `\u3164`, Escaped: true}}},
		{"\U000e0041", []piece{{Text: `\U000e0041`, Escaped: true}}},
	} {
		if got := pieces(tt.in); !slices.Equal(got, tt.want) {
			t.Errorf("%q: %+v, want %+v", tt.in, got, tt.want)
		}
	}
}

// TestKeyNames: one form of a key is shown, and said to be what it is.
func TestKeyNames(t *testing.T) {
	jwk := json.RawMessage(`{"kty":"RSA","n":"AQAB","e":"AQAB"}`)
	for _, tt := range []struct {
		key  protocol.Key
		want string
	}{
		{protocol.Key{JWK: jwk, PEM: "x"}, "Public key, JWK"},
		{protocol.Key{JWK: json.RawMessage(`{"kty":"RSA","d":"AQAB"}`)}, "Private or secret test key, JWK"},
		{protocol.Key{JWK: json.RawMessage(`{"kty":"oct","k":"AA"}`)}, "Private or secret test key, JWK"},
		{protocol.Key{Set: json.RawMessage(`{"keys":[` + string(jwk) + `]}`)}, "Public keys, JWK Set"},
		{protocol.Key{Set: json.RawMessage(`{"keys":[` + string(jwk) + `,{"kty":"EC","d":"AQAB"}]}`)}, "Private or secret test keys, JWK Set"},
		{protocol.Key{PEM: "-----BEGIN EC PRIVATE KEY-----"}, "Test key, PEM"},
		{protocol.Key{PEM: "-----BEGIN CERTIFICATE-----"}, "Public key, PEM"},
		{protocol.Key{DER: "AQAB"}, "Test key, base64 of DER"},
	} {
		if name, text := describe(&tt.key); name != tt.want || text == "" {
			t.Errorf("%+v: %q %q, want %q", tt.key, name, text, tt.want)
		}
	}
}

// For the tests that need the cases, which no file of this package does.
var (
	CheckPage  = checkPage
	HTMLFields = htmlFields
	Visible    = visible
	MaxShown   = maxShown
)

// Cell is a cell of a matrix.
func (n Counts) Cell() string { return n.cell() }
