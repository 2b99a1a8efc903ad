// Package requirements shows how each normative statement of the RFCs is met:
// the status of its row in the corpus, the functions that do it, the cases that
// it decides, the case that fails when those functions do not, and of a saved
// report who deviates from it. It knows the corpus and reports, and the source
// of package jose where there is a checkout, of which it reads the line numbers.
package requirements

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"example.com/jose/conformance/report"
	"example.com/jose/vectors"
)

// Exit status.
const (
	exitOK       = 0
	exitOpen     = 1 // a statement in scope that nothing is said of
	exitUsage    = 2
	exitNothing  = 3
	maxReport    = 256 << 20 // octets of a saved report
	listedPerRow = 3         // cases that the table names
)

// A Run runs the corpus on adapters, for -adapter.
type Run func(adapters []string) (*report.Report, error)

// A row is a statement with what is known about it.
type row struct {
	vectors.Requirement
	Lines     []string   `json:"lines,omitempty"` // of the functions, in a checkout
	Accepted  []string   `json:"accepted,omitempty"`
	Refused   []string   `json:"refused,omitempty"`
	Either    []string   `json:"either,omitempty"`
	Bites     string     `json:"bites,omitempty"`   // what deviates without the functions
	Without   string     `json:"without,omitempty"` // why nothing does
	Deviators []deviator `json:"deviators,omitempty"`
}

// A deviator is an implementation that deviates in a case that the statement
// decides.
type deviator struct {
	Name    string         `json:"name"`
	Case    string         `json:"case"`
	Outcome report.Outcome `json:"outcome"`
	Detail  string         `json:"detail,omitempty"`
}

// Main is the command. It returns the exit status: 0, or 1 if there is an open
// statement, 2 for a mistake in the arguments, and 3 if something cannot be
// read, run or written.
func Main(args []string, stdout, stderr io.Writer, run Run) int {
	var o options
	f := flag.NewFlagSet("requirements", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.rfc, "rfc", "", "only the statements of RFC `NUMBER`")
	f.StringVar(&o.id, "id", "", "only the statements whose id begins with `ID`, in full")
	f.BoolVar(&o.json, "json", false, "print the rows as JSON")
	f.StringVar(&o.html, "html", "", "write a page for a browser to `FILE`, or to standard output for -")
	f.StringVar(&o.report, "report", "", "read who deviates from `FILE`, which -json of a run has written")
	f.Func("adapter", "run the implementation that `COMMAND` starts, and say where it deviates; may be repeated",
		func(s string) error { o.adapters = append(o.adapters, s); return nil })
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage
	case f.NArg() > 0:
		fmt.Fprintf(stderr, "requirements: unexpected argument %q\n", f.Arg(0))
		return exitUsage
	case o.report != "" && o.adapters != nil, o.json && o.html == "-":
		fmt.Fprintln(stderr, "requirements: -report and -adapter exclude each other, and so do -json and -html -")
		return exitUsage
	}
	rows, err := o.rows(run)
	if err == nil {
		err = o.write(stdout, rows)
	}
	if err != nil {
		fmt.Fprintf(stderr, "requirements: %v\n", err)
		return exitNothing
	}
	if len(rows) == 0 {
		fmt.Fprintln(stderr, "requirements: no statement has such an id")
		return exitUsage
	}
	if slices.ContainsFunc(rows, func(r row) bool { return r.Status == "" }) {
		return exitOpen
	}
	return exitOK
}

type options struct {
	rfc, id      string
	json         bool
	html, report string
	adapters     []string
}

//go:embed bites.json
var bitesText []byte

// Bites is what conformance/teeth has found.
type Bites struct {
	Hash    string            `json:"hash"`    // of the package and the corpus that it was found with
	Cases   map[string]string `json:"cases"`   // by statement, what deviates without the code that meets it
	Without map[string]string `json:"without"` // why there is none, for the others that functions meet
}

// Hash is of the files of the package and of the corpus, in the root of the
// module: the first 16 octets of SHA-256, in hexadecimal.
func Hash(root fs.FS) (string, error) {
	h := sha256.New()
	for _, pattern := range []string{"*.go", "vectors/*.json", "vectors/requirements/*.json"} {
		names, err := fs.Glob(root, pattern)
		if err != nil {
			return "", err
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			data, err := fs.ReadFile(root, name)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(h, "%s %d\n", name, len(data))
			h.Write(data)
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:16]), nil
}

// rows joins what is known.
func (o *options) rows(run Run) ([]row, error) {
	statements, err := vectors.Requirements()
	if err != nil {
		return nil, err
	}
	files, err := vectors.Load()
	if err != nil {
		return nil, err
	}
	var bites Bites
	if err := json.Unmarshal(bitesText, &bites); err != nil {
		return nil, fmt.Errorf("bites.json: %w", err)
	}
	lines := functionLines(".")
	var rows []row
	at := make(map[string][]int) // the rows that a case of a statement counts for
	for _, s := range statements {
		if o.rfc != "" && !strings.HasPrefix(s.ID, o.rfc+"-") || !strings.HasPrefix(s.ID, o.id) {
			continue
		}
		r := row{Requirement: s, Bites: bites.Cases[s.ID], Without: bites.Without[s.ID]}
		for _, name := range s.Functions {
			if l := lines[name]; l != "" {
				r.Lines = append(r.Lines, l)
			}
		}
		at[s.ID] = append(at[s.ID], len(rows))
		if s.See != "" {
			at[s.See] = append(at[s.See], len(rows))
		}
		rows = append(rows, r)
	}
	each := func(ids []string, do func(*row)) {
		done := make(map[int]bool)
		for _, id := range ids {
			for _, i := range at[id] {
				if !done[i] {
					done[i] = true
					do(&rows[i])
				}
			}
		}
	}
	for i := range files {
		for j := range files[i].Cases {
			c := &files[i].Cases[j]
			each(c.Requirements, func(r *row) {
				switch c.Expect {
				case "accept":
					r.Accepted = append(r.Accepted, c.ID)
				case "reject":
					r.Refused = append(r.Refused, c.ID)
				default:
					r.Either = append(r.Either, c.ID)
				}
			})
		}
	}
	saved, err := o.saved(run)
	if err != nil || saved == nil {
		return rows, err
	}
	for i := range saved.Implementations {
		im := &saved.Implementations[i]
		for j, result := range im.Results {
			if result.Outcome < report.FirstGood {
				each(saved.Cases[j].Requirements, func(r *row) {
					r.Deviators = append(r.Deviators, deviator{im.Title(), result.Case, result.Outcome, result.Detail})
				})
			}
		}
	}
	return rows, nil
}

// saved is the report that -report or -adapter asks for, or nil.
func (o *options) saved(run Run) (*report.Report, error) {
	if o.adapters != nil {
		return run(o.adapters)
	}
	if o.report == "" {
		return nil, nil
	}
	f, err := os.Open(o.report)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return report.Read(io.LimitReader(f, maxReport))
}

func (o *options) write(stdout io.Writer, rows []row) error {
	if o.html != "" && o.html != "-" {
		f, err := os.Create(o.html)
		if err != nil {
			return err
		}
		if err := errors.Join(writeHTML(f, rows), f.Close()); err != nil {
			return err
		}
	}
	switch {
	case o.html == "-":
		return writeHTML(stdout, rows)
	case o.json:
		e := json.NewEncoder(stdout)
		e.SetEscapeHTML(false)
		e.SetIndent("", " ")
		return e.Encode(rows)
	}
	var b strings.Builder
	section := ""
	for i := range rows {
		r := &rows[i]
		if r.Section != section {
			section = r.Section
			fmt.Fprintf(&b, "\n%s\n", section)
		}
		r.text(&b, o.id != "")
	}
	fmt.Fprintf(&b, "\n%s\n", summary(rows))
	_, err := io.WriteString(stdout, b.String())
	return err
}

// text is a row of the table, or all of it.
func (r *row) text(b *strings.Builder, full bool) {
	fmt.Fprintf(b, "  %-14s %-16s %-9s %s\n", r.ID, r.Level, r.word(), r.Statement)
	line := func(name string, list []string, most int) {
		if len(list) == 0 {
			return
		}
		more := ""
		if len(list) > most {
			list, more = list[:most], fmt.Sprintf(" and %d more", len(list)-most)
		}
		fmt.Fprintf(b, "      %-9s %s%s\n", name, strings.Join(list, ", "), more)
	}
	most := listedPerRow
	if full {
		most = len(r.Accepted) + len(r.Refused) + len(r.Either) + len(r.Deviators)
	}
	code := r.Functions
	if len(r.Lines) == len(code) && full {
		code = r.Lines
	}
	line("code", code, len(code))
	if r.See != "" {
		line("see", []string{r.See}, 1)
	}
	if r.Error != "" {
		line("error", []string{r.Error}, 1)
	}
	if r.Reason != "" {
		line("reason", []string{r.Reason}, 1)
	}
	line("refused", r.Refused, most)
	line("accepted", r.Accepted, most)
	line("either", r.Either, most)
	if r.Bites != "" {
		line("bites", []string{r.Bites}, 1)
	}
	if r.Without != "" && full {
		line("bites", []string{"none: " + r.Without}, 1)
	}
	var who []string
	for _, d := range r.Deviators {
		who = append(who, fmt.Sprintf("%s: %s (%s)", d.Name, d.Case, d.Outcome))
	}
	line("deviates", who, most)
}

// word is the status as a person reads it.
func (r *row) word() string {
	switch r.Status {
	case "":
		return "OPEN"
	case "caller":
		return "caller's"
	case "not-for-a-library":
		return "not ours"
	}
	return r.Status
}

// summary counts the rows by status.
func summary(rows []row) string {
	n := make(map[string]int)
	deviate := make(map[string]bool)
	for i := range rows {
		n[rows[i].word()]++
		if len(rows[i].Deviators) > 0 {
			deviate[rows[i].ID] = true
		}
	}
	var parts []string
	for _, word := range []string{"met", "refused", "caller's", "choice", "not ours"} {
		parts = append(parts, fmt.Sprintf("%d %s", n[word], word))
	}
	text := fmt.Sprintf("%d statements: %s, %d open", len(rows), strings.Join(parts, ", "), n["OPEN"])
	if len(deviate) > 0 {
		text += fmt.Sprintf("; somebody deviates from %d", len(deviate))
	}
	return text
}

// byRFC groups the rows for the page.
func byRFC(rows []row) [][]row {
	var groups [][]row
	for _, r := range rows {
		n, _, _ := strings.Cut(r.ID, "-")
		if len(groups) == 0 || !strings.HasPrefix(groups[len(groups)-1][0].ID, n+"-") {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], r)
	}
	slices.SortStableFunc(groups, func(a, b []row) int { return cmp.Compare(a[0].ID[:4], b[0].ID[:4]) })
	return groups
}
