// Package explain takes one compact JWS or JWE apart, for the person whose
// provider answers "invalid signature" and no more.
//
// It prints the segments, the header with the rule behind each member, the
// exact signing input, every check in order, the first failure with its RFC
// section, and what the token looks like: a DER signature, a payload that was
// formatted again on the way, a secret that is base64 of the secret, and so on.
//
// It is a tool for one's own desk. It tells apart what RFC 7516, Section 11.5
// forbids a server to tell apart, so it must not run behind a service. It
// prints no key material and no decrypted octet, whatever it is given.
package explain

// Notes for reviewers. The cryptography here is crypto/* alone and shares no
// code with package jose, whose answer is asked for at the end (library.go).
// Everything read is hostile: reads are bounded, text from a token is printed
// only through quote, and the search for other spellings has a budget.

import (
	"crypto/sha256"
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

const (
	maxToken   = 16 << 20 // as package jose by default (D8); also for -payload
	maxKeyFile = 1 << 20
	maxHeader  = 16 << 10
)

const usage = `usage: explain [-key FILE] [-payload FILE] [-at TIME] TOKEN|-

  TOKEN         a compact JWS or JWE; - reads it from standard input
  -key FILE     PEM, DER, base64 of DER, certificate, JWK, JWK Set, or a raw secret:
                the signer's public key or secret, or the recipient's private key
  -payload FILE the payload of a detached JWS, octet for octet
  -at TIME      the clock for exp and nbf, as RFC 3339 or seconds since 1970 (default: now)

exit status: 0 the token is fine, 1 it is not or something could not be checked, 2 usage
`

// Main is the command "explain". It returns the exit status.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	in, err := readArguments(args, stdin)
	if errors.Is(err, flag.ErrHelp) {
		io.WriteString(stdout, usage)
		return 0
	}
	if err != nil {
		fmt.Fprintf(stderr, "explain: %v\n\n%s", err, usage)
		return 2
	}
	r := explain(in)
	if _, err := io.WriteString(stdout, r.text()); err != nil {
		fmt.Fprintf(stderr, "explain: %v\n", err)
		return 2
	}
	return r.status()
}

// An input is what the command line says, read.
type input struct {
	token    string
	keyFile  []byte // nil without -key
	payload  []byte // of -payload
	detached bool   // -payload is given
	at       time.Time
}

// readArguments accepts flags before and after the token. Its errors repeat
// neither arguments nor file names: people paste secrets in the wrong place.
func readArguments(args []string, stdin io.Reader) (in input, err error) {
	var keyName, payloadName, at string
	fs := flag.NewFlagSet("explain", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	once := func(name string, p *string) {
		fs.Func(name, "", func(s string) error {
			if *p != "" || s == "" {
				return errors.New("given twice, or empty")
			}
			*p = s
			return nil
		})
	}
	once("key", &keyName)
	once("payload", &payloadName)
	once("at", &at)
	var tokens []string
	for len(args) > 0 {
		if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
			return in, err
		} else if err != nil {
			return in, errors.New("unknown flag, or a flag that is empty, given twice or without its value")
		}
		if args = fs.Args(); len(args) > 0 {
			tokens, args = append(tokens, args[0]), args[1:]
		}
	}
	if len(tokens) != 1 {
		return in, fmt.Errorf("need one token, got %d", len(tokens))
	}
	in.at = time.Now()
	if at != "" {
		if in.at, err = time.Parse(time.RFC3339, at); err != nil {
			sec, err := strconv.ParseInt(at, 10, 64)
			if err != nil || sec < 0 || sec > maxDate {
				return in, errors.New("-at: not RFC 3339, not seconds between 1970 and 9999")
			}
			in.at = time.Unix(sec, 0)
		}
	}
	in.at = in.at.UTC()
	if in.token = tokens[0]; in.token == "-" {
		b, err := readBounded("standard input", stdin, maxToken)
		if err != nil {
			return in, err
		}
		in.token = string(b)
	}
	if len(in.token) > maxToken {
		return in, fmt.Errorf("token: more than %d octets", maxToken)
	}
	if keyName != "" {
		if in.keyFile, err = readFile("-key", keyName, maxKeyFile); err == nil && len(in.keyFile) == 0 {
			err = errors.New("-key: the file is empty")
		}
	}
	if payloadName != "" && err == nil {
		in.detached = true
		in.payload, err = readFile("-payload", payloadName, maxToken)
	}
	return in, err
}

func readFile(flag, name string, max int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			err = path.Err // without the name
		}
		return nil, fmt.Errorf("%s: cannot open the file: %w", flag, err)
	}
	defer f.Close()
	return readBounded(flag, f, max)
}

func readBounded(name string, r io.Reader, max int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, max+1))
	if err != nil {
		return nil, fmt.Errorf("%s: cannot read", name)
	}
	if int64(len(b)) > max {
		return nil, fmt.Errorf("%s: more than %d octets", name, max)
	}
	return b, nil
}

// A report collects what is found. Checks are listed in the order of the
// RFC's validation steps; each starts as not reached.
type report struct {
	in     input
	keys   []*key // of -key: one, or those of a JWK Set
	isSet  bool   // -key is a JWK Set
	key    *key   // the one that is used
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
	notReached state = "not reached"
	notChecked state = "not checked" // for want of a key, or refused by this build's crypto
)

type check struct {
	id, name, section string
	state             state
	detail            string
}

// A hint says what the token looks like. The ids are listed in README.md.
type hint struct{ id, text string }

// explain runs the checks on in.
func explain(in input) *report {
	r := &report{in: in}
	if in.keyFile != nil {
		r.keys, r.isSet = readKeys(in.keyFile)
	}
	r.checks = append(r.checks, jwsChecks...)
	token, around := r.unwrap(in.token)
	n := strings.Count(token, ".") + 1
	seg := strings.SplitN(token, ".", 6) // no more than needed to tell
	// Only text whose first segment is a JSON object is shown: anything else
	// may be a key or a secret that was pasted by mistake.
	h := r.readHeader(seg[0], n > 1)
	if h.has("enc") || n == 5 && !h.unencoded() {
		r.checks = append(r.checks[:0], jweChecks...)
		r.judge("form", around)
		r.jwe(h, seg, n)
	} else {
		r.judge("form", around)
		r.jws(h, seg, n)
	}
	r.answer, r.agrees = library(r, strings.TrimRight(in.token, "\r\n"), h)
	return r
}

// set records the outcome of a check, and replaces the section it cites when
// one is given.
func (r *report) set(id string, s state, detail string, section ...string) {
	for i := range r.checks {
		if c := &r.checks[i]; c.id == id {
			c.state, c.detail = s, detail
			if len(section) > 0 {
				c.section = section[0]
			}
			return
		}
	}
	panic("explain: no check " + id) // a typing error here, which every test would meet
}

// judge records ok, or failed when there is a problem.
func (r *report) judge(id, problem string, section ...string) {
	s := ok
	if problem != "" {
		s = failed
	}
	r.set(id, s, problem, section...)
}

func (r *report) hint(id, format string, args ...any) {
	for _, h := range r.hints {
		if h.id == id {
			return
		}
	}
	r.hints = append(r.hints, hint{id, fmt.Sprintf(format, args...)})
}

func (r *report) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

func (r *report) firstFailure() *check {
	for i := range r.checks {
		if r.checks[i].state == failed {
			return &r.checks[i]
		}
	}
	return nil
}

// complete reports whether every check was made and holds.
func (r *report) complete() bool {
	return !slices.ContainsFunc(r.checks, func(c check) bool { return c.state != ok })
}

// status is 0 only if package jose agrees.
func (r *report) status() int {
	if r.complete() && r.agrees {
		return 0
	}
	return 1
}

func (r *report) text() string {
	var w strings.Builder
	switch c := r.firstFailure(); {
	case c != nil:
		w.WriteString(fold("", "FAILED: "+c.name+" ("+c.section+")"))
		if c.detail != "" {
			w.WriteString(fold("        ", c.detail))
		}
	case r.status() != 0 && r.complete():
		w.WriteString("NOT ACCEPTED: the checks here hold, but this library refuses the token or the key (see the end)\n")
	case r.status() != 0:
		w.WriteString("NOT VERIFIED: no failure found, but not everything was checked (see below)\n")
	case len(r.open) > 0:
		w.WriteString("OK: every check holds, and some things are left to you (see \"not checked\")\n")
	default:
		w.WriteString("OK: every check holds\n")
	}
	if len(r.hints) > 0 {
		w.WriteString("\nwhat it looks like\n")
		for _, h := range r.hints {
			w.WriteString(fold("    ", "  ["+h.id+"] "+h.text))
		}
	}
	w.WriteString("\n" + r.title + "\n")
	for _, line := range slices.Concat(r.parts, r.about) {
		w.WriteString(line)
	}
	w.WriteString("\nchecks, in order\n")
	for i, c := range r.checks {
		fmt.Fprintf(&w, "  %2d %-11s  %s (%s)\n", i+1, c.state, c.name, c.section)
		if c.detail != "" {
			w.WriteString(fold(strings.Repeat(" ", 20), strings.Repeat(" ", 18)+c.detail))
		}
	}
	for _, list := range []struct {
		title string
		lines []string
	}{{"notes", r.notes}, {"not checked", r.open}} {
		if len(list.lines) > 0 {
			w.WriteString("\n" + list.title + "\n")
			for _, line := range list.lines {
				w.WriteString(fold("    ", "  - "+line))
			}
		}
	}
	w.WriteString("\n" + fold("  ", "this library: "+r.answer))
	return w.String()
}

func (r *report) state(id string) state {
	for _, c := range r.checks {
		if c.id == id {
			return c.state
		}
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
	var w strings.Builder
	rest := 0
	if len(b) > max {
		rest, b = len(b)-max, b[:max]
	}
	line := ""
	for _, c := range b {
		e := strconv.QuoteToASCII(string([]byte{c})) // octet by octet: \x.. outside ASCII
		e = e[1 : len(e)-1]
		if len(line)+len(e) > columns-len(indent)-2 {
			w.WriteString(indent + `"` + line + "\"\n")
			line = ""
		}
		line += e
	}
	w.WriteString(indent + `"` + line + "\"\n")
	if rest > 0 {
		fmt.Fprintf(&w, "%s... and %d octets more\n", indent, rest)
	}
	return w.String()
}
