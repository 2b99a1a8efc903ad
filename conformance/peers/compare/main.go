// Command compare holds this library against its peers in the respects in
// which README.md claims more of it than of them:
//
//	go run ./compare size | strictness | speed | fips
//
// from the directory of this module. It measures all of them in the same run.
// Its last line begins with "holds: " and has the figures, with each library
// and its version; or it begins with "does not hold: ", and the exit status
// is 1. The status is 2 if the comparison could not be made.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/scanner"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A finding is what one comparison found.
type finding struct {
	holds bool
	text  string
}

var comparisons = map[string]func() (finding, error){
	"size":       func() (finding, error) { return measured(sizes()) },
	"strictness": func() (finding, error) { return judged(run("", "")) },
	"fips":       func() (finding, error) { return encrypted(run("^encrypt/RSA-OAEP-256/", "fips140=only")) },
	"speed":      func() (finding, error) { return timed(benchmark()) },
}

func main() {
	if len(os.Args) != 2 || comparisons[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: go run ./compare size | strictness | speed | fips")
		os.Exit(2)
	}
	found, err := comparisons[os.Args[1]]()
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(2)
	}
	if !found.holds {
		fmt.Println("does not hold:", found.text)
		os.Exit(1)
	}
	fmt.Println("holds:", found.text)
}

// output returns what a command writes to standard output.
func output(dir, name string, args ...string) ([]byte, error) {
	command := exec.Command(name, args...)
	command.Dir, command.Stderr = dir, os.Stderr
	out, err := command.Output()
	if err != nil {
		err = fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return out, err
}

// libraries are those that sign and encrypt, with the packages that a program imports for that.
// README.md claims that this one, the first, has less code than those that it names.
var libraries = []struct {
	name     string
	claimed  bool
	packages []string
}{
	{"this library", false, []string{"example.com/jose"}},
	{"go-jose", true, []string{"github.com/go-jose/go-jose/v4", "github.com/go-jose/go-jose/v4/jwt"}},
	{"jwx", true, []string{"github.com/lestrrat-go/jwx/v3/jwe", "github.com/lestrrat-go/jwx/v3/jwk",
		"github.com/lestrrat-go/jwx/v3/jws", "github.com/lestrrat-go/jwx/v3/jwt"}},
	{"jose2go", false, []string{"github.com/dvsekhvalnov/jose2go", "github.com/dvsekhvalnov/jose2go/keys/ecc",
		"github.com/dvsekhvalnov/jose2go/keys/rsa"}},
}

// sizes counts the lines of code of each library that are compiled for this machine, with those
// of what it imports beside the standard library.
func sizes() ([]int, []string, error) {
	var lines []int
	var versions []string
	for _, l := range libraries {
		args := []string{"list", "-deps", "-json=Standard,Dir,GoFiles,CgoFiles,ImportPath,Module"}
		out, err := output("", "go", append(args, l.packages...)...)
		if err != nil {
			return nil, nil, err
		}
		sum, version := 0, ""
		for packages := json.NewDecoder(bytes.NewReader(out)); ; {
			var p struct {
				Standard          bool
				Dir, ImportPath   string
				GoFiles, CgoFiles []string
				Module            *struct{ Version string }
			}
			if err := packages.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, nil, err
			}
			if p.Standard {
				continue
			}
			if p.ImportPath == l.packages[0] && p.Module != nil {
				version = " " + strings.TrimPrefix(p.Module.Version, "v")
			}
			for _, name := range append(p.GoFiles, p.CgoFiles...) {
				source, err := os.ReadFile(filepath.Join(p.Dir, name))
				if err != nil {
					return nil, nil, err
				}
				sum += codeLines(source)
			}
		}
		if l.packages[0] == "example.com/jose" {
			version = "" // that of this tree
		}
		lines, versions = append(lines, sum), append(versions, l.name+version)
	}
	return lines, versions, nil
}

// codeLines counts the lines of a Go file that have more than white space and comments.
func codeLines(source []byte) int {
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(source))
	s.Init(file, source, nil, 0)
	lines := make(map[int]bool)
	for {
		pos, tok, text := s.Scan()
		if tok == token.EOF {
			return len(lines)
		}
		if tok == token.SEMICOLON && text == "\n" {
			continue // put in by the scanner
		}
		for first, i := file.Line(pos), 0; i <= strings.Count(text, "\n"); i++ {
			lines[first+i] = true
		}
	}
}

// measured compares the sizes. All are printed, also those that nothing is claimed of.
func measured(lines []int, names []string, err error) (finding, error) {
	if err != nil {
		return finding{}, err
	}
	found := finding{holds: lines[0] > 0}
	var texts []string
	for i, n := range lines {
		texts = append(texts, fmt.Sprintf("%s %d", names[i], n))
		if libraries[i].claimed && n <= lines[0] {
			found.holds = false
		}
	}
	found.text = "lines of code: " + strings.Join(texts, ", ")
	return found, nil
}

// A report is what is read here of the JSON report of the conformance command.
type report struct {
	Cases           []struct{ Expect, Op string }
	Implementations []struct {
		Name, Version string
		Results       []struct{ Outcome string }
	}
}

// adapters are the peers in Go, which need no more than this module.
var adapters = []string{"go-jose", "jwx", "golang-jwt"}

// run runs the conformance command on this library and the adapters, which are built for it.
func run(pattern, godebug string) (*report, error) {
	dir, err := os.MkdirTemp("", "compare")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	conformance := filepath.Join(dir, "conformance.exe")
	if _, err := output("../..", "go", "build", "-o", conformance, "./conformance"); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "report.json")
	args := []string{"-self", "-run", pattern, "-json", file}
	for _, adapter := range adapters {
		program := filepath.Join(dir, adapter+".exe")
		if _, err := output("", "go", "build", "-o", program, "./"+adapter); err != nil {
			return nil, err
		}
		args = append(args, "-adapter", "'"+program+"'")
	}
	command := exec.Command(conformance, args...)
	command.Stderr = os.Stderr
	if godebug != "" {
		command.Env = append(os.Environ(), "GODEBUG="+godebug)
	}
	// Status 1 says that there are deviations, which are counted here.
	if err := command.Run(); err != nil && command.ProcessState.ExitCode() != 1 {
		return nil, fmt.Errorf("%s: %w", filepath.Base(conformance), err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var r report
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, err
	}
	if len(r.Implementations) != 1+len(adapters) || r.Implementations[0].Name != "this library" {
		return nil, fmt.Errorf("the report has %d implementations, not this library and %d others",
			len(r.Implementations), len(adapters))
	}
	return &r, nil
}

// judged counts what each implementation accepted of what must be refused. It holds if the first
// accepted less than each of the others.
func judged(r *report, err error) (finding, error) {
	if err != nil {
		return finding{}, err
	}
	found := finding{holds: true}
	var texts []string
	first := 0
	for i, im := range r.Implementations {
		accepted, asked := 0, 0
		for j, got := range im.Results {
			if r.Cases[j].Expect != "reject" || got.Outcome == "unsupported" || got.Outcome == "not-run" {
				continue
			}
			asked++
			if got.Outcome == "accepted-invalid" {
				accepted++
			}
		}
		if i == 0 {
			first = accepted
		}
		if asked == 0 || i > 0 && accepted <= first {
			found.holds = false
		}
		texts = append(texts, fmt.Sprintf("%s %d of %d", strings.TrimSpace(im.Name+" "+im.Version), accepted, asked))
	}
	found.text = "accepted of what must be refused: " + strings.Join(texts, ", ")
	return found, nil
}

// encrypted counts the tokens that each made. It holds if the first made all, and no other that
// supports them made one.
func encrypted(r *report, err error) (finding, error) {
	if err != nil {
		return finding{}, err
	}
	found := finding{holds: true}
	var texts []string
	for i, im := range r.Implementations {
		made, asked := 0, 0
		for j, got := range im.Results {
			if r.Cases[j].Op != "encrypt" || got.Outcome == "unsupported" {
				continue
			}
			asked++
			if got.Outcome == "accepted" {
				made++
			}
		}
		if i == 0 && (made < asked || asked == 0) || i > 0 && made > 0 {
			found.holds = false
		}
		if asked > 0 {
			texts = append(texts, fmt.Sprintf("%s %d of %d", strings.TrimSpace(im.Name+" "+im.Version), made, asked))
		}
	}
	found.holds = found.holds && len(texts) > 1
	found.text = "tokens made with fips140=only: " + strings.Join(texts, ", ")
	return found, nil
}

// benchmark measures the rows in which README.md claims that this library is the fastest.
func benchmark() (string, error) {
	out, err := output("", "go", "run", "./bench", "-rows", "HS512|1MiB")
	return string(out), err
}

// timed reads the table of the command bench. It holds if in each row no library takes as few
// multiples of raw as this one.
func timed(table string, err error) (finding, error) {
	if err != nil {
		return finding{}, err
	}
	versions := make(map[string]string)
	var names []string
	var slower []string
	rows, closest, nearest := 0, 0.0, ""
	for line := range strings.Lines(table) {
		line = strings.TrimSpace(line)
		if name, what, ok := strings.Cut(strings.TrimPrefix(line, "- "), ": "); ok && strings.HasPrefix(line, "- ") {
			if words := strings.Fields(what); len(words) == 2 && strings.HasPrefix(words[1], "v") {
				versions[name] = " " + words[1][1:]
			}
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		own := slices.Index(names, "jose")
		switch {
		case len(cells) < 4 || strings.HasPrefix(cells[0], "--"):
		case cells[0] == "operation":
			names = cells
		case own < 0 || own >= len(cells):
			return finding{}, errors.New("the table has a row without a column for this library")
		default:
			best, err := multiple(cells[own])
			if err != nil {
				return finding{}, err
			}
			rows++
			for i, cell := range cells {
				if i <= slices.Index(names, "raw") || i == own || cell == "" {
					continue
				}
				other, err := multiple(cell)
				if err != nil {
					return finding{}, err
				}
				if other <= best {
					slower = append(slower, fmt.Sprintf("%s %.2f, %s %.2f", cells[0], best, names[i], other))
				}
				if nearest == "" || other/best < closest {
					closest, nearest = other/best, names[i]+" in "+cells[0]
				}
			}
		}
	}
	if rows == 0 || nearest == "" {
		return finding{}, errors.New("the command bench printed no table")
	}
	if len(slower) > 0 {
		return finding{text: strings.Join(slower, "; ")}, nil
	}
	var compared []string
	for i, name := range names {
		if i > slices.Index(names, "raw") && name != "jose" {
			compared = append(compared, name+versions[name])
		}
	}
	return finding{holds: true, text: fmt.Sprintf("fastest in %d rows of %s; nearest: %s takes %.2f times as long",
		rows, strings.Join(compared, ", "), nearest, closest)}, nil
}

// multiple reads the time of a cell, which has the allocations behind it.
func multiple(cell string) (float64, error) {
	number, _, _ := strings.Cut(cell, ",")
	return strconv.ParseFloat(number, 64)
}
