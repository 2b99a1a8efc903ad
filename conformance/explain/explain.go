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
// code with package jose, which is asked what is wrong with a header and a key
// file, and at the end for its answer (library.go). Everything read is hostile:
// reads are bounded, text from a token is printed only through quote, and the
// search for other spellings has a budget.

import (
	"cmp"
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
	rules                    = readRules()
)

// readRules says what the RFCs have about each registered header member.
func readRules() map[string]string {
	list := map[string]string{}
	for _, c := range readChecks("header") {
		list[c.id] = c.name
	}
	return list
}

// A fact is what is known under one id: what the token or file looks like, the
// sentence that says so, and what makes a key file usable. A command that
// leaves an unencrypted private key stands after "$!", any other after "$".
type fact struct {
	id, looks, sentence string
	commands            []string
	isFile, ofSearch    bool // found by a search, it is the verdict on more than one check
}

// text is the sentence, with as many of the arguments as it has places for.
func (f fact) text(args ...any) string {
	places := strings.Count(strings.ReplaceAll(f.sentence, "%%", ""), "%")
	return fmt.Sprintf(f.sentence, args[:min(places, len(args))]...)
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
				f.id, f.ofSearch = strings.CutSuffix(f.id, " @search")
			case line[0] == '$':
				f.commands = append(f.commands, line)
			case line[0] == '~':
				f.ofSearch = true
				tries = append(tries, readHypothesis(f.id, line))
			default:
				f.sentence += line
			}
		}
		list, byID[f.id] = append(list, f), f
	}
	return list, byID, tries
}

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
	rows := map[bool]string{}
	for _, f := range facts {
		rows[f.isFile] += fmt.Sprintf("| `%s` | %s |\n", f.id, f.looks)
	}
	return "| hint | what the token looks like |\n|---|---|\n" + rows[false] +
		"\n| hint | what the key file looks like |\n|---|---|\n" + rows[true]
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
		text, status = readFileOf(in.keyFile).describe()
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
	fromFile bool // which the argument names
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
	in.at, in.want = time.Now().UTC(), map[string]string{}
	fs := flag.NewFlagSet("explain", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	for _, name := range []string{"key", "payload", "at", "iss", "aud", "sub", "typ"} {
		fs.Func(name, "", func(s string) error {
			if in.want[name] != "" || s == "" {
				return errors.New("given twice, or empty")
			}
			in.want[name] = s
			return nil
		})
	}
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
	take := func(name string) string { value := in.want[name]; delete(in.want, name); return value }
	key, payload, at := take("key"), take("payload"), take("at")
	in.noToken = n == 0 && fs.NFlag() == 1 && (in.known || key != "")
	if n != 1 && !in.noToken || in.known && !in.noToken {
		return in, fmt.Errorf("need one token, or -key or -known alone; got %d tokens", n)
	}
	if at != "" {
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
	} else if strings.Count(in.token, ".") < 2 || strings.ContainsAny(in.token, `/\`) { // which no token has
		if info, none := os.Stat(in.token); none == nil && info.Mode().IsRegular() {
			in.fromFile = true
			token, err = readFile("token", in.token, maxToken)
		}
	}
	if in.token = string(token); len(token) > maxToken {
		err = fmt.Errorf("token: more than %d octets", maxToken)
	}
	if err == nil && key != "" {
		if in.keyFile, err = readFile("-key", key, maxKeyFile); err == nil && len(in.keyFile) == 0 {
			err = errors.New("-key: the file is empty")
		}
	}
	if in.detached = payload != ""; err == nil && in.detached {
		in.payload, err = readFile("-payload", payload, maxToken)
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

// A report collects what is found. Checks run in the order of the RFC's
// validation steps; each starts as not reached.
type report struct {
	in    input
	file  *keyFile // of -key
	keys  []*key   // in it: one, or those of a JWK Set
	isSet bool
	key   *key // the one that is used

	isJWE    bool
	token    string // without what stands around it
	n        int    // of segments
	header   *header
	segments []segment // of which there are as many as names, or fewer
	names    []string
	usable   bool   // all of them are there, and could be decoded
	ended    bool   // no check that follows can be made
	alg      string // of the header, or the registered name that was meant
	cek      []byte
	payload  []byte // or plaintext; nil while it is not known
	claims   object
	timed    bool // it has exp or nbf

	title, parts string
	unmatched    string // what is to be said of a signature that does not match
	about        strings.Builder
	checks       []check
	hints        []hint
	notes        []string
	open         []string // what was not checked, in words
	answer       string   // of package jose
	agrees       bool     // package jose accepts the token
}

type state string

const (
	ok         state = "ok"
	failed     state = "FAILED"
	warned     state = "WARNING" // what the RFC forbids, and package jose takes from who asks for it
	notReached state = "not reached"
	notChecked state = "not checked" // for want of a key, or refused by this build's crypto
)

// A result is the outcome of a check; the zero result is of one that was not
// reached. The section replaces the one of rfc.txt.
type result struct {
	state           state
	detail, section string
}

func fine(detail string) result { return result{ok, detail, ""} }

// judge is ok, or failed where there is a problem.
func judge(problem string) result {
	if problem != "" {
		return result{failed, problem, ""}
	}
	return fine("")
}

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
	}
	if in.fromFile {
		r.note("The argument is the name of a file, and the token was read from it.")
	}
	token, around := r.unwrap(in.token)
	r.split(token)
	list := "JWS"
	if r.isJWE {
		list = "JWE"
	}
	for _, c := range slices.Concat(readChecks(list), readChecks("both")) {
		if _, asked := in.want[c.id]; strings.HasSuffix(c.name, "-"+c.id+" says") && !asked {
			continue
		}
		r.checks = append(r.checks, c)
	}
	r.record("form", judge(around))
	if r.hinted("private-key-pasted") {
		r.title, r.parts, r.answer = "token: not shown", "", "not asked: this is no token"
		return r
	} else if r.hinted("elided") || r.hinted("lower-cased") {
		r.title, r.parts, r.ended = fmt.Sprintf("token: %d characters", len(token)), "", true
	}
	for _, c := range r.checks[1:] {
		if !r.ended {
			r.record(c.id, steps[c.id](r))
		}
	}
	r.answer, r.agrees = library(r, strings.TrimRight(in.token, "\r\n"))
	inside := []string{"content", "times", "iss", "sub", "aud", "typ"}
	if c := r.firstFailure(); r.agrees && c != nil && slices.Contains(inside, c.id) {
		r.answer, r.agrees = r.answer+"; what is inside is left to a Policy, which would refuse it", false
	}
	return r
}

// record keeps the outcome of a check.
func (r *report) record(id string, out result) {
	c := r.find(id)
	c.state, c.detail, c.section = cmp.Or(out.state, notReached), out.detail, cmp.Or(out.section, c.section)
}

// find returns the check, or one that was not reached.
func (r *report) find(id string) *check {
	if i := slices.IndexFunc(r.checks, func(c check) bool { return c.id == id }); i >= 0 {
		return &r.checks[i]
	}
	return &check{state: notReached}
}

// hint adds what is known under id, once, and returns the sentence.
func (r *report) hint(id string, args ...any) string {
	if i := slices.IndexFunc(r.hints, func(h hint) bool { return h.id == id }); i >= 0 {
		return r.hints[i].text
	}
	r.hints = append(r.hints, hint{id, known[id].text(args...)})
	return r.hints[len(r.hints)-1].text
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
		return "HOLDS, WITH A WARNING: " + proof + "; " + strings.ToLower(c.detail[:1]) + c.detail[1:]
	}
	if r.hinted("payload-digest") {
		proof += ", and the token carries the hash of the file of -payload" +
			map[bool]string{true: ", but for the line break at its end"}[strings.Contains(r.hint("payload-digest"), "line break")]
	}
	if len(r.open) > 0 {
		return "HOLDS: " + proof + ", and nothing fails. Left to you: " + strings.Join(r.open, "; ")
	}
	return "OK: " + proof + ", and so does every other check"
}

// failure says in a sentence why c fails. What a search found says more than the check.
func (r *report) failure(c *check, proof string) string {
	searched := slices.Contains([]string{"form", "segments", "sizes", "sig-length", "signature", "tag"}, c.id)
	spelling := r.hinted("signed-spelling")
	for _, h := range r.hints {
		if searched && known[h.id].ofSearch && !(c.id == "form" && spelling) || h.id == "mac-of-public-key" {
			return h.text
		}
	}
	text := c.detail
	if !strings.Contains(text, "RFC ") {
		text = strings.TrimSuffix(text, ".") + " (" + c.section + ")."
	}
	proven := r.stateOf("signature") == ok || r.stateOf("tag") == ok || spelling
	switch {
	case c.id == "key" && r.file.problem() != "":
		return "the key file: " + r.file.problem()
	case (c.id == "form" || c.id == "b64" || c.id == "crit") && proven:
		text += " Without that, " + proof + "."
	}
	return text
}

func (r *report) text() string {
	var w strings.Builder
	w.WriteString(fold("  ", r.verdict()))
	if c := r.firstFailure(); c != nil {
		w.WriteString(fold("  ", "first check that fails: "+c.name+" ("+c.section+")"))
	}
	var hints []string
	for _, h := range r.hints {
		hints = append(hints, "["+h.id+"] "+h.text)
	}
	list(&w, "what it looks like", "  ", hints)
	w.WriteString("\n" + r.title + "\n" + r.parts + r.about.String())
	w.WriteString("\nchecks, in order\n")
	for i, c := range r.checks {
		fmt.Fprintf(&w, "  %2d %-11s  %s (%s)\n", i+1, c.state, c.name, c.section)
		saysIt := func(h hint) bool { return h.text == c.detail }
		if c.detail != "" && !slices.ContainsFunc(r.hints, saysIt) {
			w.WriteString(fold(strings.Repeat(" ", 20), strings.Repeat(" ", 18)+c.detail))
		}
	}
	list(&w, "notes", "  - ", r.notes)
	list(&w, "not checked", "  - ", r.open)
	w.WriteString("\n" + fold("  ", "this library: "+r.answer))
	return w.String()
}

// list writes lines under a title, if there are any.
func list(w *strings.Builder, title, before string, lines []string) {
	if len(lines) > 0 {
		w.WriteString("\n" + title + "\n")
	}
	for _, line := range lines {
		w.WriteString(fold("    ", before+line))
	}
}

func (r *report) stateOf(id string) state { return r.find(id).state }

func (r *report) isBad(id string) bool { return r.stateOf(id) == failed }

// line adds to the description of the token.
func (r *report) line(indent, format string, args ...any) {
	r.about.WriteString(fold(indent, fmt.Sprintf(format, args...)))
}

// octets describes the input of a signature: length, SHA-256, and the
// beginning as quoted text.
func (r *report) octets(title string, b []byte, show bool) {
	r.line("  ", "\n%s: %d octets, SHA-256 %x", title, len(b), sha256.Sum256(b))
	if !show {
		r.line("    ", "  not shown: it holds a private or secret key")
		return
	}
	r.about.WriteString(quoteLines("  ", b, 1200))
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
