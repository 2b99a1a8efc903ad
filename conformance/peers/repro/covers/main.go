// Command covers checks that every case of a report that an implementation
// accepted although it must be refused has a reproduction in ../, and that every
// reproduction was reproduced.
//
//	go run ./conformance -json report.json -adapter …
//	conformance/peers/repro/repro.sh >rows.txt
//	cd conformance/peers && go run ./repro/covers -rows rows.txt report.json
//
// covers.txt says which row stands for which cases. A line is the id of a row
// and a regular expression that has to match all of a case's id; the row stands
// for these cases of the implementation that its id begins with. A row may have
// several lines, # begins a comment.
//
// Only implementations that are in the report are looked at: what is not
// installed can be neither run nor reproduced. Exit status: 0 all is covered, 1
// it is not, 2 the input is not what it should be.
package main

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
)

// What is read and printed has bounds: a report has about 10 MB.
const (
	maxReport = 256 << 20
	maxText   = 4 << 20
	maxShown  = 400
)

//go:embed covers.txt
var embedded []byte

func main() {
	os.Exit(command(os.Args[1:], embedded, os.Stdout, os.Stderr))
}

func command(args []string, mapping []byte, stdout, stderr io.Writer) int {
	f := flag.NewFlagSet("covers", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.Usage = func() {
		fmt.Fprintln(stderr, "usage: covers [-rows FILE] [-map FILE] REPORT.json")
		f.PrintDefaults()
	}
	rowsFile := f.String("rows", "", "read what repro.sh printed from `FILE`, and compare its rows with the mapping")
	mapFile := f.String("map", "", "read the mapping from `FILE` instead of the built-in covers.txt")
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case f.NArg() != 1:
		f.Usage()
		return 2
	}
	fail := func(err error) int {
		fmt.Fprintf(stderr, "covers: %v\n", err)
		return 2
	}
	if *mapFile != "" {
		b, err := read(*mapFile, maxText)
		if err != nil {
			return fail(err)
		}
		mapping = b
	}
	lines, err := parseMapping(mapping)
	if err != nil {
		return fail(err)
	}
	var rows map[string]bool
	if *rowsFile != "" {
		b, err := read(*rowsFile, maxText)
		if err == nil {
			rows, err = parseRows(b)
		}
		if err != nil {
			return fail(fmt.Errorf("%s: %w", *rowsFile, err))
		}
	}
	b, err := read(f.Arg(0), maxReport)
	var accepted []implementation
	if err == nil {
		accepted, err = parseReport(b)
	}
	if err != nil {
		return fail(fmt.Errorf("%s: %w", f.Arg(0), err))
	}
	problems := check(lines, rows, accepted)
	for i, p := range problems {
		if i == maxShown {
			fmt.Fprintf(stderr, "covers: and %d more\n", len(problems)-i)
			break
		}
		fmt.Fprintf(stderr, "covers: %s\n", p)
	}
	summary(stdout, lines, accepted)
	if len(problems) > 0 {
		return 1
	}
	return 0
}

// read reads a whole file, unless it is longer than any that is meant.
func read(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("more than %d octets", limit)
	}
	return b, nil
}

// A line of the mapping.
type line struct {
	number int
	row    string
	cases  *regexp.Regexp
}

// implementation is the part of a row's id before the first slash.
func (l *line) implementation() string {
	name, _, _ := strings.Cut(l.row, "/")
	return name
}

var rowID = regexp.MustCompile(`^[A-Za-z0-9:.-]+/[a-z0-9-]+$`)

func parseMapping(b []byte) ([]line, error) {
	var lines []line
	in := bufio.NewScanner(bytes.NewReader(b))
	for number := 1; in.Scan(); number++ {
		text, _, _ := strings.Cut(in.Text(), "#")
		fields := strings.Fields(text)
		if len(fields) == 0 {
			continue
		}
		if len(fields) != 2 || !rowID.MatchString(fields[0]) {
			return nil, fmt.Errorf("mapping, line %d: want the id of a row and a regular expression", number)
		}
		re, err := regexp.Compile("^(?:" + fields[1] + ")$")
		if err != nil {
			return nil, fmt.Errorf("mapping, line %d: %w", number, err)
		}
		lines = append(lines, line{number, fields[0], re})
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("mapping: %w", err)
	}
	if len(lines) == 0 {
		return nil, errors.New("mapping: no lines")
	}
	return lines, nil
}

var rowLine = regexp.MustCompile(`^(not )?reproduced +(\S+) +RFC \d+, `)

// parseRows returns the rows that the programs printed, and whether each was
// reproduced.
func parseRows(b []byte) (map[string]bool, error) {
	rows := make(map[string]bool)
	in := bufio.NewScanner(bytes.NewReader(b))
	for number := 1; in.Scan(); number++ {
		m := rowLine.FindStringSubmatch(in.Text())
		if m == nil || !rowID.MatchString(m[2]) {
			return nil, fmt.Errorf("line %d: not a line that repro.sh prints", number)
		}
		if _, ok := rows[m[2]]; ok {
			return nil, fmt.Errorf("line %d: a second row %s", number, m[2])
		}
		rows[m[2]] = m[1] == ""
	}
	if err := in.Err(); err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, errors.New("no rows")
	}
	return rows, nil
}

// An implementation of a report, and the cases that it accepted and must not.
type implementation struct {
	name  string
	cases []string
}

func parseReport(b []byte) ([]implementation, error) {
	var report struct {
		Schema          string
		Cases           []struct{ ID string }
		Implementations []struct {
			Name    string
			Results []struct{ Case, Outcome string }
		}
	}
	if err := json.Unmarshal(b, &report); err != nil {
		return nil, fmt.Errorf("not a report: %w", err)
	}
	if report.Schema != "jose-conformance/1" {
		return nil, fmt.Errorf("schema %q, not \"jose-conformance/1\"", report.Schema)
	}
	if len(report.Cases) == 0 || len(report.Implementations) == 0 {
		return nil, errors.New("a report of nothing")
	}
	var list []implementation
	for _, im := range report.Implementations {
		if slices.ContainsFunc(list, func(other implementation) bool { return other.name == im.Name }) {
			return nil, fmt.Errorf("two implementations %q", im.Name)
		}
		if len(im.Results) != len(report.Cases) {
			return nil, fmt.Errorf("%q has %d results for %d cases", im.Name, len(im.Results), len(report.Cases))
		}
		out := implementation{name: im.Name}
		for i, r := range im.Results {
			if r.Case != report.Cases[i].ID {
				return nil, fmt.Errorf("%q: result %d is of %q, not of %q", im.Name, i, r.Case, report.Cases[i].ID)
			}
			if r.Outcome == "accepted-invalid" {
				out.cases = append(out.cases, r.Case)
			}
		}
		list = append(list, out)
	}
	return list, nil
}

// check returns what is wrong. Without rows, only the mapping and the report
// are compared.
func check(lines []line, rows map[string]bool, accepted []implementation) (problems []string) {
	problem := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	for _, im := range accepted {
		covered := make(map[string]bool)
		for i := range lines {
			l := &lines[i]
			if l.implementation() != im.name {
				continue
			}
			found := false
			for _, id := range im.cases {
				if l.cases.MatchString(id) {
					found, covered[id] = true, true
				}
			}
			if !found {
				problem("line %d of the mapping, %s: no case that was accepted matches", l.number, l.row)
			}
			if _, ok := rows[l.row]; !ok && rows != nil {
				problem("line %d of the mapping: there is no row %s", l.number, l.row)
			}
		}
		for _, id := range im.cases {
			if !covered[id] {
				problem("%q accepted %q, which has no row", im.name, id)
			}
		}
	}
	var missed []string
	for id, reproduced := range rows {
		if !reproduced {
			missed = append(missed, id)
		}
	}
	slices.Sort(missed)
	for _, id := range missed {
		problem("%s was not reproduced", id)
	}
	return problems
}

// summary prints how many accepted cases there are, and how many rows stand for
// them.
func summary(w io.Writer, lines []line, accepted []implementation) {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "implementation\taccepted, must be refused\trows that stand for them")
	pairs, rows := 0, 0
	for _, im := range accepted {
		standing := make(map[string]bool)
		for i := range lines {
			if lines[i].implementation() == im.name {
				standing[lines[i].row] = true
			}
		}
		fmt.Fprintf(out, "%q\t%d\t%d\n", im.name, len(im.cases), len(standing))
		pairs += len(im.cases)
		rows += len(standing)
	}
	fmt.Fprintf(out, "total\t%d\t%d\n", pairs, rows)
	out.Flush()
}
