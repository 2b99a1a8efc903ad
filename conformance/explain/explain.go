// Package explain takes one compact JWS or JWE apart, for the person whose
// provider answers "invalid signature" and no more.
//
// It prints a verdict first, then what the token looks like (a DER signature, a
// payload that was formatted again on the way, a secret that is base64 of the
// secret, and so on), the segments, claims and exact signing input, every check
// in order, and what package jose answers. Without a token it says what a key
// file is and how to make it usable.
//
// It is a tool for one's own desk. It tells apart what RFC 7516, Section 11.5
// forbids a server to tell apart, so it must not run behind a service. It
// prints no key material, whatever it is given, and of decrypted claims no more
// than names, types and dates unless it is told to.
package explain

// Notes for reviewers. The cryptography here is crypto/* alone and shares no
// code with package jose, whose answer is asked for at the end (library.go).
// Everything read is hostile: reads are bounded, text from a token is printed
// only through quote, and the search for other spellings has a budget.

import (
	"crypto/sha256"
	_ "embed" // the texts
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// knows.txt has what is known, rfc.txt the checks and the header members.
var (
	//go:embed knows.txt
	knowsText string
	//go:embed rfc.txt
	rfcText string
	//go:embed usage.txt
	usage string

	facts, known, hypotheses = readFacts(knowsText)
	jwsChecks                = readChecks("JWS")
	jweChecks                = readChecks("JWE")
)

// rules says what the RFCs have about each registered header member.
var rules = func() map[string]string {
	list := map[string]string{}
	for _, c := range readChecks("header") {
		list[c.id] = c.name
	}
	return list
}()

// A fact is what is known under one id: what the token or file looks like, the
// sentence that says so, and what makes a key file usable. A command that
// leaves an unencrypted private key stands after "$!", any other after "$".
type fact struct {
	id, looks, sentence string
	checks              []string // parts of the ids of those whose failure it explains
	commands            []string
	isFile              bool
}

func readFacts(text string) (list []fact, byID map[string]fact, tries []hypothesis) {
	byID = map[string]fact{}
	isFile := false
	for block := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		if strings.HasPrefix(block, "#") {
			isFile = len(list) > 0
			continue
		}
		f := fact{isFile: isFile}
		for i, line := range strings.Split(block, "\n") {
			switch {
			case i == 0:
				f.id, f.looks, _ = strings.Cut(line, ": ")
				f.id, line, _ = strings.Cut(f.id, " ")
				f.checks = strings.Fields(strings.ReplaceAll(line, "@", ""))
			case line[0] == '$':
				f.commands = append(f.commands, line)
			case line[0] == '~':
				f.checks = []string{ofSearch}
				tries = append(tries, readHypothesis(f.id, line))
			default:
				f.sentence += line
			}
		}
		list, byID[f.id] = append(list, f), f
	}
	return list, byID, tries
}

// ofSearch marks what a search finds: it is the verdict on more than one check.
const ofSearch = "search"

// readChecks reads a list of rfc.txt.
func readChecks(title string) (list []check) {
	_, text, _ := strings.Cut(rfcText, "# "+title+"\n")
	text, _, _ = strings.Cut(text, "\n\n")
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		c := check{state: notReached}
		c.id, c.name, _ = strings.Cut(line, ": ")
		if i := strings.LastIndex(c.name, " ("); title != "header" {
			c.name, c.section = c.name[:i], c.name[i+2:len(c.name)-1]
		}
		list = append(list, c)
	}
	return list
}

// knownTable is the table of README.md.
func knownTable() string {
	const line = "\n|---|---|\n"
	tables := [2]string{"| hint | what the token looks like |" + line, "\n| hint | what the key file looks like |" + line}
	for _, f := range facts {
		row := fmt.Sprintf("| `%s` | %s |\n", f.id, f.looks)
		if f.isFile {
			tables[1] += row
		} else {
			tables[0] += row
		}
	}
	return tables[0] + tables[1]
}

const (
	maxToken   = 16 << 20 // as package jose by default; also for -payload
	maxKeyFile = 1 << 20
	maxHeader  = 16 << 10
)

// Main is the command "explain". It returns the exit status.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	in, err := readArguments(args, stdin)
	text, status := usage, 0
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintf(stderr, "explain: %v\n\n%s", err, usage)
		return 2
	case in.known:
		text = knownTable()
	case in.noToken:
		text, status = readFileOf(in.keyFile).describe(in.keyFile)
	default:
		r := explain(in)
		text, status = r.text(), r.status()
	}
	if _, err := io.WriteString(stdout, text); err != nil {
		fmt.Fprintf(stderr, "explain: %v\n", err)
		return 2
	}
	return status
}

// An input is what the command line says, read.
type input struct {
	token    string
	noToken  bool
	known    bool
	keyFile  []byte // nil without -key
	payload  []byte // of -payload
	detached bool   // -payload is given
	at       time.Time
	want     map[string]string // iss, sub, aud and typ, as far as they are given
	show     bool              // -show-plaintext
}

// readArguments accepts flags before and after the token. Its errors repeat
// neither arguments nor file names: people paste secrets in the wrong place.
func readArguments(args []string, stdin io.Reader) (in input, err error) {
	value := map[string]string{}
	in.want = map[string]string{}
	fs := flag.NewFlagSet("explain", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	flags := func(to map[string]string, names ...string) {
		for _, name := range names {
			fs.Func(name, "", func(s string) error {
				if to[name] != "" || s == "" {
					return errors.New("given twice, or empty")
				}
				to[name] = s
				return nil
			})
		}
	}
	flags(value, "key", "payload", "at")
	flags(in.want, "iss", "aud", "sub", "typ")
	fs.BoolVar(&in.show, "show-plaintext", false, "")
	fs.BoolVar(&in.known, "known", false, "")
	n := 0 // tokens
	for ; len(args) > 0; args = args[min(len(args), 1):] {
		if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
			return in, err
		} else if err != nil {
			return in, errors.New("unknown flag, or a flag that is empty, given twice or without its value")
		}
		if args = fs.Args(); len(args) > 0 {
			in.token, n = args[0], n+1
		}
	}
	in.noToken = n == 0 && fs.NFlag() == 1 && (in.known || value["key"] != "")
	if n != 1 && !in.noToken || in.known && !in.noToken {
		return in, fmt.Errorf("need one token, or -key or -known alone; got %d tokens", n)
	}
	in.at = time.Now().UTC()
	if at := value["at"]; at != "" {
		sec, err := strconv.ParseInt(at, 10, 64)
		if t, notRFC := time.Parse(time.RFC3339, at); notRFC == nil {
			sec, err = t.Unix(), nil
		}
		if err != nil || sec < 0 || sec > maxDate {
			return in, errors.New("-at: not RFC 3339, not seconds between 1970 and 9999")
		}
		in.at = time.Unix(sec, 0).UTC()
	}
	token := []byte(in.token)
	if in.token == "-" {
		token, err = readBounded("standard input", stdin, maxToken)
	}
	if in.token = string(token); len(token) > maxToken {
		err = fmt.Errorf("token: more than %d octets", maxToken)
	}
	if err == nil && value["key"] != "" {
		if in.keyFile, err = readFile("-key", value["key"], maxKeyFile); err == nil && len(in.keyFile) == 0 {
			err = errors.New("-key: the file is empty")
		}
	}
	if in.detached = value["payload"] != ""; err == nil && in.detached {
		in.payload, err = readFile("-payload", value["payload"], maxToken)
	}
	return in, err
}

func readFile(flag, name string, max int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot open the file: %w", flag, errors.Unwrap(err)) // without the name
	}
	defer f.Close()
	return readBounded(flag, f, max)
}

func readBounded(name string, r io.Reader, max int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, max+1))
	if err != nil {
		return nil, fmt.Errorf("%s: cannot read", name)
	} else if int64(len(b)) > max {
		return nil, fmt.Errorf("%s: more than %d octets", name, max)
	}
	return b, nil
}

// A report collects what is found. Checks are listed in the order of the
// RFC's validation steps; each starts as not reached.
type report struct {
	in     input
	file   *keyFile // of -key
	keys   []*key   // in it: one, or those of a JWK Set
	isSet  bool
	key    *key // the one that is used
	isJWE  bool
	alg    string // of the header, or the registered name that was meant
	timed  bool   // the payload has exp or nbf
	title  string
	parts  []string // the segments
	about  []string
	checks []check
	hints  []hint
	notes  []string
	open   []string // what was not checked, in words
	answer string   // of package jose
	agrees bool     // package jose accepts the token
}

type state string

const (
	ok         state = "ok"
	failed     state = "FAILED"
	warned     state = "WARNING" // what the RFC forbids, and package jose takes from who asks for it
	notReached state = "not reached"
	notChecked state = "not checked" // for want of a key, or refused by this build's crypto
)

type check struct {
	id, name, section string
	state             state
	detail            string
}

// A hint says what the token looks like; its sentence is in knows.txt.
type hint struct{ id, text string }

// explain runs the checks on in.
func explain(in input) *report {
	r := &report{in: in}
	if in.keyFile != nil {
		r.file = readFileOf(in.keyFile)
		if r.keys, r.isSet = r.file.keys, r.file.isSet; len(r.keys) == 0 {
			r.keys = []*key{{what: "no key that can be read; " + known[r.file.steps[len(r.file.steps)-1].id].looks}}
		}
		r.passedOver()
	}
	token, around := r.unwrap(in.token)
	n := strings.Count(token, ".") + 1
	seg := strings.SplitN(token, ".", 6) // no more than needed to tell
	// Only text whose first segment is a JSON object is shown: anything else
	// may be a key or a secret that was pasted by mistake.
	h := r.readHeader(seg[0], n > 1)
	r.checks = slices.Clone(jwsChecks)
	if r.isJWE = h.has("enc") || n == 5 && !h.unencoded(); r.isJWE {
		r.checks = slices.Clone(jweChecks)
	}
	r.judge("form", around)
	switch {
	case r.hinted("elided") || r.hinted("lower-cased"):
		r.title = fmt.Sprintf("token: %d characters", len(token))
	case r.isJWE:
		r.jwe(h, seg, n)
	default:
		r.jws(h, seg, n)
	}
	r.answer, r.agrees = library(r, strings.TrimRight(in.token, "\r\n"), h)
	inside := []string{"content", "times", "iss", "sub", "aud", "typ"}
	if c := r.firstFailure(); r.agrees && c != nil && slices.Contains(inside, c.id) {
		r.answer, r.agrees = r.answer+"; what is inside is left to a Policy, which would refuse it", false
	}
	return r
}

// set records the outcome of a check, and replaces the section it cites when
// one is given.
func (r *report) set(id string, s state, detail string, section ...string) {
	c := &r.checks[slices.IndexFunc(r.checks, func(c check) bool { return c.id == id })]
	c.state, c.detail, c.section = s, detail, strings.Join(append(section, c.section)[:1], "")
}

// judge records ok, or failed when there is a problem.
func (r *report) judge(id, problem string, section ...string) {
	s := ok
	if problem != "" {
		s = failed
	}
	r.set(id, s, problem, section...)
}

// hint adds what is known under id, once.
func (r *report) hint(id string, args ...any) {
	if !r.hinted(id) {
		r.hints = append(r.hints, hint{id, fmt.Sprintf(known[id].sentence, args...)})
	}
}

func (r *report) hinted(id string) bool {
	return slices.ContainsFunc(r.hints, func(h hint) bool { return h.id == id })
}

func (r *report) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// leave adds what was not checked.
func (r *report) leave(what string) { r.open = append(r.open, what) }

func (r *report) firstFailure() *check { return r.first(failed) }

func (r *report) first(states ...state) *check {
	if i := slices.IndexFunc(r.checks, func(c check) bool { return slices.Contains(states, c.state) }); i >= 0 {
		return &r.checks[i]
	}
	return nil
}

// status is 0 only if package jose agrees, and nothing is to be warned of.
func (r *report) status() int {
	if r.agrees && r.first(failed, warned, notReached, notChecked) == nil {
		return 0
	}
	return 1
}

// explanation is the first hint about a check.
func (r *report) explanation(check string) string {
	for _, h := range r.hints {
		if slices.ContainsFunc(known[h.id].checks, func(part string) bool { return strings.Contains(check, part) }) {
			return h.text
		}
	}
	return ""
}

// verdict is the first line: what a person needs.
func (r *report) verdict() string {
	proof := "the signature holds"
	if r.isJWE {
		proof = "it decrypts"
	}
	if c := r.firstFailure(); c != nil {
		return "FAILED: " + r.failure(c, proof)
	} else if r.first(notReached, notChecked) != nil {
		return "NOT VERIFIED: nothing fails, but not everything was checked: " + strings.Join(r.open, "; ")
	} else if !r.agrees {
		return "REFUSED: " + proof + ", but package jose " + r.answer
	} else if c := r.first(warned); c != nil {
		return "HOLDS, WITH A WARNING: " + proof + "; " + c.detail
	}
	if r.hinted("payload-digest") {
		proof += ", and the token carries the hash of the file of -payload"
	}
	if len(r.open) > 0 {
		return "HOLDS: " + proof + ", and nothing fails. Left to you: " + strings.Join(r.open, "; ")
	}
	return "OK: " + proof + ", and so does every other check"
}

// failure says why c fails. What a search found says more than the check.
func (r *report) failure(c *check, proof string) string {
	text, spelling := r.explanation(c.id), r.hinted("signed-spelling")
	searched := slices.Contains([]string{"form", "segments", "sizes", "sig-length", "signature", "tag"}, c.id)
	proven := r.state("signature") == ok || r.state("tag") == ok || spelling
	switch found := r.explanation(ofSearch); {
	case c.id == "key" && r.file.problem() != "":
		return "the key file: " + r.file.problem()
	case searched && found != "" && !(c.id == "form" && spelling):
		return found
	case text == "":
		return strings.TrimSuffix(c.name+" ("+c.section+"): "+c.detail, ": ")
	case (c.id == "form" || strings.HasSuffix(c.id, "b64")) && proven:
		text += " Without that, " + proof + "."
	}
	return c.name + " (" + c.section + "). " + text
}

func (r *report) text() string {
	var w strings.Builder
	w.WriteString(fold("  ", r.verdict()))
	if c := r.firstFailure(); c != nil {
		w.WriteString(fold("  ", "first check that fails: "+c.name+" ("+c.section+")"))
	}
	list := func(title, before string, lines []string) {
		if len(lines) > 0 {
			w.WriteString("\n" + title + "\n")
		}
		for _, line := range lines {
			w.WriteString(fold("    ", before+line))
		}
	}
	var hints []string
	for _, h := range r.hints {
		hints = append(hints, "["+h.id+"] "+h.text)
	}
	list("what it looks like", "  ", hints)
	w.WriteString("\n" + r.title + "\n" + strings.Join(r.parts, "") + strings.Join(r.about, ""))
	w.WriteString("\nchecks, in order\n")
	for i, c := range r.checks {
		fmt.Fprintf(&w, "  %2d %-11s  %s (%s)\n", i+1, c.state, c.name, c.section)
		if c.detail != "" {
			w.WriteString(fold(strings.Repeat(" ", 20), strings.Repeat(" ", 18)+c.detail))
		}
	}
	list("notes", "  - ", r.notes)
	list("not checked", "  - ", r.open)
	w.WriteString("\n" + fold("  ", "this library: "+r.answer))
	return w.String()
}

func (r *report) state(id string) state {
	if i := slices.IndexFunc(r.checks, func(c check) bool { return c.id == id }); i >= 0 {
		return r.checks[i].state
	}
	return notReached
}

func (r *report) part(name, text string, octets []byte) {
	r.parts = append(r.parts, fmt.Sprintf("  %-13s %8d characters %8d octets\n", name, len(text), len(octets)))
}

// line adds to the description of the token.
func (r *report) line(indent, format string, args ...any) {
	r.about = append(r.about, fold(indent, fmt.Sprintf(format, args...)))
}

// octets describes the input of a signature: length, SHA-256, and the
// beginning as quoted text.
func (r *report) octets(title string, b []byte, show bool) {
	r.line("  ", "\n%s: %d octets, SHA-256 %x", title, len(b), sha256.Sum256(b))
	if !show {
		r.line("    ", "  not shown: it holds a private or secret key")
		return
	}
	r.about = append(r.about, quoteLines("  ", b, 1200))
}

const columns = 100

// fold writes text as lines of at most 100 columns where words allow; all but
// the first start with indent.
func fold(indent, text string) string {
	var w strings.Builder
	col := len(text) - len(strings.TrimLeft(text, " \n"))
	w.WriteString(text[:col])
	start := true
	for _, word := range strings.Fields(text) {
		if !start && col+1+len(word) > columns {
			w.WriteString("\n" + indent)
			col, start = len(indent), true
		}
		if !start {
			w.WriteByte(' ')
			col++
		}
		w.WriteString(word)
		col, start = col+len(word), false
	}
	w.WriteByte('\n')
	return w.String()
}

// quote makes text from outside harmless to print: ASCII, escaped, bounded.
func quote(s string) string {
	const max = 160
	if len(s) <= max {
		return strconv.QuoteToASCII(s)
	}
	return fmt.Sprintf("%s... (%d octets)", strconv.QuoteToASCII(s[:max]), len(s))
}

// quoteLines writes the first max octets of b as quoted strings, one a line.
func quoteLines(indent string, b []byte, max int) string {
	text, line := indent+`"`, 0
	for _, c := range b[:min(len(b), max)] {
		e := strconv.QuoteToASCII(string([]byte{c})) // octet by octet: \x.. outside ASCII
		if line += len(e) - 2; line > columns-len(indent)-2 {
			text, line = text+"\"\n"+indent+`"`, len(e)-2
		}
		text += e[1 : len(e)-1]
	}
	if text += "\"\n"; len(b) > max {
		text += fmt.Sprintf("%s... and %d octets more\n", indent, len(b)-max)
	}
	return text
}
