package report

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"example.com/jose/conformance/protocol"
)

// Bounds on the page.
const (
	maxExpanded = 300  // deviations of one implementation that are shown in full, and choices
	maxShown    = 2048 // octets of one token, key or other text of a request
	maxReasons  = 40   // reasons why cases were not tested, of one implementation
	maxExamples = 20   // cases that are named for one such reason
)

// The page loads nothing and allows nothing but its own style and its own
// script, by their hashes. Script is for filters only.
//
//go:embed html.tmpl
var htmlSource string

var htmlTemplate = template.Must(template.New("report").Funcs(template.FuncMap{"v": visible, "pieces": pieces}).Parse(
	strings.Replace(htmlSource, "CSP", "default-src 'none'; style-src "+hashOf("style")+"; script-src "+hashOf("script")+
		"; img-src data:; base-uri 'none'; form-action 'none'", 1)))

// hashOf returns the source expression of Content-Security-Policy for the one
// element of this name in the template.
func hashOf(element string) string {
	_, after, _ := strings.Cut(htmlSource, "<"+element+">")
	text, _, _ := strings.Cut(after, "</"+element+">")
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// Letter stands for o in a matrix.
func (o Outcome) Letter() string { return outcomeNames[o].letter }

// Text describes o in words.
func (o Outcome) Text() string { return outcomeNames[o].text }

// Look is the class of style of o.
func (o Outcome) Look() string {
	switch {
	case o <= WrongPayload:
		return "bad"
	case o <= WrongClass:
		return "warn"
	case o < FirstGood:
		return "odd"
	}
	return "quiet"
}

// An htmlPage is what the template shows. Its texts are as they came; the
// template passes each through visible, and escapes it.
type htmlPage struct {
	*Report
	Heads       []htmlHead // one for each implementation
	Tables      []htmlTable
	Legend      []Outcome  // all that have a letter
	Wrong       []Outcome  // the deviations among them
	Full, Rest  []htmlCase // with deviations, the worst first; Rest is only named
	Deviating   int        // the number of both
	Choices     []htmlCase
	Untested    []htmlReasons
	MaxExpanded int
}

type htmlHead struct {
	*Implementation
	Label   string // short, and no other has it
	Numbers []int
}

type htmlTable struct {
	ID, Title, Head string
	Key             string // its name in a filter
	Rows            []htmlRow
}

type htmlRow struct {
	Name  string
	Key   string // its value in a filter
	Total int
	Cells []htmlCell
}

type htmlCell struct {
	Passed int
	Marks  []htmlMark
}

// An htmlMark is one outcome in a cell, with the filter that shows just that.
type htmlMark struct {
	Outcome
	N      int
	Filter string
}

type htmlCase struct {
	*Case
	Index      int
	Did        []htmlResult // who deviated; of a choice: everybody
	Answers    []htmlAnswer // the same, with what was answered
	Others     []htmlGroup
	Request    []htmlField
	Deviations string // implementation:outcome, for the filters
	TagIndexes string
	LevelIndex int
	Source     int
}

type htmlResult struct {
	Name string
	Outcome
	Word string // of a choice: what it did
}

// An htmlAnswer is what some implementations had in common.
type htmlAnswer struct {
	Names []string
	Outcome
	Detail, Reply string
}

type htmlGroup struct {
	Outcome
	Names []string
}

type htmlField struct {
	Name, Text string
	Size       int // octets of the whole, where Text is only its beginning
}

type htmlReasons struct {
	Name              string
	Void, Unsupported int
	Reasons           []htmlReason
	More              int // reasons that are left out
}

type htmlReason struct {
	Outcome
	Text  string
	N     int
	Cases []string // at most maxExamples
	More  int
}

// WriteHTML writes the report as one page for a browser, with the requests
// that led to it: requests[i] is that of r.Cases[i].
func (r *Report) WriteHTML(w io.Writer, requests []*protocol.Request) error {
	page := htmlPage{Report: r, Heads: r.htmlHeads(), MaxExpanded: maxExpanded}
	for o := range Accepted {
		page.Legend = append(page.Legend, o)
	}
	page.Wrong = page.Legend[:FirstGood]
	sources, levels, tags := r.Sources(), r.Levels(), r.Tags()
	total := r.htmlRows("", []Row{{"total", EveryCase}})
	page.Tables = []htmlTable{
		{ID: "levels", Title: "By level", Head: "level", Key: "l", Rows: r.htmlRows("l", levels)},
		{ID: "classes", Title: "By attack class", Head: "attack class", Key: "t", Rows: r.htmlRows("t", tags)},
		{ID: "sources", Title: "By source", Head: "source", Key: "s", Rows: append(r.htmlRows("s", sources), total...)},
	}
	tagIndex, levelIndex, sourceIndex := indexes(tags), indexes(levels), indexes(sources)
	expanded := make([]int, len(r.Implementations))
	for _, i := range r.worstFirst() {
		c := page.newCase(i)
		c.Source, c.LevelIndex = sourceIndex[c.Case.Source], levelIndex[c.Level]
		var at []string
		for _, tag := range c.Tags {
			at = append(at, strconv.Itoa(tagIndex[tag]))
		}
		c.TagIndexes = strings.Join(at, " ")
		full := c.Expect == "either" && len(page.Choices) < maxExpanded
		for j := range r.Implementations {
			if o := r.Implementations[j].Results[i].Outcome; o < FirstGood {
				if expanded[j]++; expanded[j] <= maxExpanded {
					full = true
				}
			}
		}
		if full && requests != nil {
			c.Request = htmlFields(requests[i])
		}
		if c.Expect == "either" {
			page.Choices = append(page.Choices, page.choice(c))
		}
		switch {
		case c.Deviations == "":
		case full:
			page.Full = append(page.Full, c)
		default:
			page.Rest = append(page.Rest, c)
		}
	}
	slices.SortFunc(page.Choices, func(a, b htmlCase) int { return cmp.Compare(a.Index, b.Index) })
	for i := range page.Heads {
		if u := page.untested(&page.Heads[i]); u.Reasons != nil {
			page.Untested = append(page.Untested, u)
		}
	}
	page.Deviating = len(page.Full) + len(page.Rest)
	b := bufio.NewWriter(w)
	if err := htmlTemplate.Execute(b, &page); err != nil {
		return err
	}
	return b.Flush()
}

// htmlHeads gives each implementation a name of its own: with the version
// where two have the same, and a number where that is the same, too.
func (r *Report) htmlHeads() (heads []htmlHead) {
	names, titles := make(map[string]int), make(map[string]int)
	for i := range r.Implementations {
		names[r.Implementations[i].Name]++
	}
	for i := range r.Implementations {
		im := &r.Implementations[i]
		n := r.Count(im, EveryCase)
		h := htmlHead{Implementation: im, Label: im.Name, Numbers: []int{
			n.Deviations(), n[Accepted], n[Refused], n[Choice], n[Unsupported], n[Void], im.Restarts}}
		if names[im.Name] > 1 {
			h.Label += " " + im.Version
			if titles[h.Label]++; titles[h.Label] > 1 {
				h.Label += fmt.Sprintf(" #%d", titles[h.Label])
			}
		}
		heads = append(heads, h)
	}
	return heads
}

// htmlRows counts for a table. Key is the name of its rows in a filter, or
// empty for the row of everything.
func (r *Report) htmlRows(key string, rows []Row) (out []htmlRow) {
	for i, row := range rows {
		line, filter := htmlRow{Name: row.Name}, ""
		if key != "" {
			line.Key = strconv.Itoa(i)
			filter = ";" + key + "=" + line.Key
		}
		for j := range r.Implementations {
			n := r.Count(&r.Implementations[j], row.Match)
			line.Total = n.Total()
			cell := htmlCell{Passed: n.Passed()}
			for o := range Accepted {
				if n[o] == 0 {
					continue
				}
				mark := htmlMark{Outcome: o, N: n[o]}
				if o < FirstGood {
					mark.Filter = fmt.Sprintf("%s;i=%d;o=%d", filter, j, o)
				}
				cell.Marks = append(cell.Marks, mark)
			}
			line.Cells = append(line.Cells, cell)
		}
		out = append(out, line)
	}
	return out
}

func indexes(rows []Row) map[string]int {
	m := make(map[string]int)
	for i, row := range rows {
		m[row.Name] = i
	}
	return m
}

// worstFirst returns the indexes of the cases, ordered by the worst outcome
// that each had.
func (r *Report) worstFirst() []int {
	order, worst := make([]int, len(r.Cases)), make([]Outcome, len(r.Cases))
	for i := range r.Cases {
		order[i], worst[i] = i, Outcomes
		for j := range r.Implementations {
			worst[i] = min(worst[i], r.Implementations[j].Results[i].Outcome)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(worst[a], worst[b]) })
	return order
}

// newCase collects what was done in the case i: deviations one by one, the
// rest by outcome.
func (p *htmlPage) newCase(i int) htmlCase {
	c := htmlCase{Case: &p.Cases[i], Index: i}
	var did [Outcomes][]string
	var pairs []string
	for j, h := range p.Heads {
		if o := h.Results[i].Outcome; o < FirstGood {
			c.add(&h)
			pairs = append(pairs, fmt.Sprintf("%d:%d", j, o))
		} else {
			did[o] = append(did[o], h.Label)
		}
	}
	for o, names := range did {
		if names != nil {
			c.Others = append(c.Others, htmlGroup{Outcome(o), names})
		}
	}
	c.Deviations = strings.Join(pairs, " ")
	return c
}

// choice is c with the results of all.
func (p *htmlPage) choice(c htmlCase) htmlCase {
	c.Did, c.Answers = nil, nil
	for _, h := range p.Heads {
		c.add(&h)
	}
	return c
}

// add adds the result of h. Of the detail it leaves out what the case says
// anyway.
func (c *htmlCase) add(h *htmlHead) {
	r := &h.Results[c.Index]
	detail := strings.TrimSuffix(strings.TrimSuffix(r.Detail, "; "+c.Choice), "; "+c.Comment)
	word := r.Outcome.String()
	if r.Outcome == Choice {
		if word = "refused"; strings.HasPrefix(detail, "accepted") { // see judge.Task.Judge
			word = "accepted"
		} else if r.Class != "" {
			word += ": " + r.Class
		}
	}
	c.Did = append(c.Did, htmlResult{h.Label, r.Outcome, word})
	for i := range c.Answers {
		if a := &c.Answers[i]; a.Outcome == r.Outcome && a.Detail == detail && a.Reply == r.Reply {
			a.Names = append(a.Names, h.Label)
			return
		}
	}
	c.Answers = append(c.Answers, htmlAnswer{[]string{h.Label}, r.Outcome, detail, r.Reply})
}

// untested collects the void and the unsupported cases of h by their reasons,
// the most frequent first.
func (p *htmlPage) untested(h *htmlHead) htmlReasons {
	u := htmlReasons{Name: h.Label}
	type key struct {
		Outcome
		text string
	}
	at := make(map[key]int)
	for i, r := range h.Results {
		text := r.Detail
		switch r.Outcome {
		case Void:
			u.Void++
			text, _, _ = strings.Cut(text, "; ") // what it answered does not matter
		case Unsupported:
			u.Unsupported++
		default:
			continue
		}
		n, ok := at[key{r.Outcome, text}]
		if !ok {
			n = len(u.Reasons)
			at[key{r.Outcome, text}] = n
			u.Reasons = append(u.Reasons, htmlReason{Outcome: r.Outcome, Text: text})
		}
		reason := &u.Reasons[n]
		if reason.N++; reason.N <= maxExamples {
			reason.Cases = append(reason.Cases, p.Cases[i].ID)
		} else {
			reason.More++
		}
	}
	slices.SortStableFunc(u.Reasons, func(a, b htmlReason) int {
		return cmp.Or(cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(b.N, a.N))
	})
	if len(u.Reasons) > maxReasons {
		u.Reasons, u.More = u.Reasons[:maxReasons], len(u.Reasons)-maxReasons
	}
	return u
}

// htmlFields is the request, member by member, with one form of each key.
func htmlFields(r *protocol.Request) (fields []htmlField) {
	add := func(name, value string) {
		f := htmlField{Name: name, Text: value}
		if len(value) > maxShown {
			cut := maxShown
			for cut > maxShown-utf8.UTFMax && !utf8.RuneStart(value[cut]) {
				cut--
			}
			f.Text, f.Size = value[:cut], len(value)
		}
		fields = append(fields, f)
	}
	octets := func(name string, value *string) {
		if value != nil {
			add(name+", in base64url", *value)
		}
	}
	switch r.Op {
	case "sign", "encrypt":
		if r.ExactHeader != "" {
			add("Header, exactly", r.ExactHeader)
		} else {
			add("Header, beside alg", toJSON(r.Header))
		}
		octets("Payload", r.Payload)
		octets("Plaintext", r.Plaintext)
	case "key", "keyset", "thumbprint":
		if r.InputB64u != "" {
			octets("Test key to be read", &r.InputB64u)
		} else {
			add("Test key to be read", r.Input)
		}
	default:
		add("Token", r.Token)
		octets("Detached payload", r.DetachedPayload)
	}
	if r.Check != nil {
		add("Header members that are understood", toJSON(r.Check))
	}
	if r.Policy != nil {
		add("Policy", toJSON(r.Policy))
	}
	if r.At != nil {
		add("Time", fmt.Sprintf("%d, %s", *r.At, time.Unix(*r.At, 0).UTC().Format(time.RFC3339)))
	}
	if key := r.Key; key != nil {
		add(describe(key))
	}
	if r.InnerKey != nil {
		name, text := describe(r.InnerKey)
		add("Of the signature, for "+r.InnerAlg+": "+name, text)
	}
	return fields
}

func toJSON(v any) string {
	text, _ := json.Marshal(v) // it came from JSON
	return string(text)
}

// describe returns one form of k, and what that is. What is or may be private
// is called a test key, which is what the keys of a corpus are.
func describe(k *protocol.Key) (name, text string) {
	var set struct{ Keys []json.RawMessage }
	json.Unmarshal(k.Set, &set)
	switch {
	case k.JWK != nil && !protocol.IsPrivate(k.JWK):
		return "Public key, JWK", toJSON(k.JWK)
	case k.JWK != nil:
		return "Private or secret test key, JWK", toJSON(k.JWK)
	case k.Set != nil && !slices.ContainsFunc(set.Keys, protocol.IsPrivate):
		return "Public keys, JWK Set", toJSON(k.Set)
	case k.Set != nil:
		return "Private or secret test keys, JWK Set", toJSON(k.Set)
	case k.PEM != "" && !strings.Contains(k.PEM, "PRIVATE"):
		return "Public key, PEM", k.PEM
	case k.PEM != "":
		return "Test key, PEM", k.PEM
	}
	return "Test key, base64 of DER", k.DER
}

// A piece of text is shown as it is, or stands for a character that cannot be.
type piece struct {
	Text    string
	Escaped bool
	Newline bool
}

// pieces divides s at each character that has no shape of its own, or acts on
// the ones around it. These are written as escapes.
func pieces(s string) (out []piece) {
	plain := 0 // where the text before i begins
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		text := ""
		switch {
		case ' ' <= r && r <= '~':
		case unicode.In(r, unicode.M, unicode.Other_Default_Ignorable_Code_Point):
			q := strconv.QuoteRuneToASCII(r)
			text = q[1 : len(q)-1]
		default:
			text = protocol.Printable(s[i:i+n], n)
		}
		if text != "" && text != s[i:i+n] {
			if plain < i {
				out = append(out, piece{Text: s[plain:i]})
			}
			out = append(out, piece{Text: text, Escaped: true, Newline: r == '\n'})
			plain = i + n
		}
		i += n
	}
	if plain < len(s) {
		out = append(out, piece{Text: s[plain:]})
	}
	return out
}

// visible is s in one piece.
func visible(s string) string {
	var b strings.Builder
	for _, p := range pieces(s) {
		b.WriteString(p.Text)
	}
	return b.String()
}
