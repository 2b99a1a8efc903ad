package main

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"example.com/jose/conformance/requirements"
)

//go:embed equivalent.txt
var equivalentText string

// runnerSource is a command of the copy that runs the corpus on the library and
// ends at the first deviation, with status 1 and the id of the case.
const runnerSource = `package main

import (
	"context"
	"fmt"
	"os"

	"example.com/jose/conformance/judge"
	"example.com/jose/conformance/library"
	"example.com/jose/conformance/report"
)

func main() {
	tasks, _, err := judge.Load(nil, nil, nil, true)
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	for i := range tasks {
		reply, fault := library.Self{}.Do(context.Background(), &tasks[i].Request)
		if fault != nil || tasks[i].Judge(reply, true).Outcome < report.FirstGood {
			fmt.Println(tasks[i].ID)
			os.Exit(1)
		}
	}
}
`

// A campaign is a run of mutants.
type campaign struct {
	sample  int    // 0: all
	seed    uint64 // of the sample
	state   string // file of what is known already, "" for none
	pattern *regexp.Regexp
	verbose bool
}

// run makes the mutants and runs them. It returns how many are to be looked at:
// survivors that nobody has called equivalent, and those called so that are
// caught.
func (c campaign) run() (unexplained int, err error) {
	reasons, err := parseReasons(equivalentText)
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "teeth")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	if err := copyModule(dir, "."); err != nil {
		return 0, err
	}
	hash, err := requirements.Hash(os.DirFS(dir))
	if err != nil {
		return 0, err
	}
	all, err := mutate(dir)
	if err != nil {
		return 0, err
	}
	corpus, tests, err := buildMutants(dir)
	if err != nil {
		return 0, err
	}
	chosen := slices.DeleteFunc(slices.Clone(all), func(m *mutant) bool { return c.pattern != nil && !c.pattern.MatchString(m.key()) })
	if c.sample > 0 && c.sample < len(chosen) {
		r := rand.New(rand.NewPCG(c.seed, 0))
		r.Shuffle(len(chosen), func(i, j int) { chosen[i], chosen[j] = chosen[j], chosen[i] })
		chosen = chosen[:c.sample]
	}
	known, record, err := openState(c.state, hash)
	if err != nil {
		return 0, err
	}
	parallel(chosen, func(m *mutant) {
		if result, ok := known[m.key()]; ok {
			m.caught = result
			return
		}
		if m.caught = firstFailure(m.id, "", corpus); m.caught == "" {
			m.caught = firstFailure(m.id, "test ", tests)
		}
		record(m)
	})
	fmt.Printf("%d mutants of %d, package and corpus %s\n", len(chosen), len(all), hash)
	return c.report(chosen, reasons), nil
}

// report prints what was found, by kind.
func (c campaign) report(chosen []*mutant, reasons map[string]string) (unexplained int) {
	type count struct{ all, corpus, tests, equivalent, survive int }
	counts := make(map[string]*count)
	total := new(count)
	for _, m := range chosen {
		if counts[m.kind] == nil {
			counts[m.kind] = new(count)
		}
		reason, equivalent := reasons[m.key()]
		for _, n := range []*count{counts[m.kind], total} {
			n.all++
			switch {
			case strings.HasPrefix(m.caught, "test "):
				n.tests++
			case m.caught != "":
				n.corpus++
			case equivalent:
				n.equivalent++
			default:
				n.survive++
			}
		}
		switch {
		case m.caught != "" && equivalent:
			unexplained++
			fmt.Printf("%s: %s\n  is in equivalent.txt, and is caught: %s\n", m.line, m.key(), m.caught)
		case m.caught == "" && !equivalent:
			unexplained++
			fmt.Printf("%s: %s\n  survives\n", m.line, m.key())
		case c.verbose:
			fmt.Printf("%s: %s\n  %s%s\n", m.line, m.key(), m.caught, reason)
		}
	}
	fmt.Printf("%-12s %8s %10s %10s %12s %10s %8s\n", "kind", "mutants", "by corpus", "by tests", "equivalent", "survive", "caught")
	line := func(name string, n *count) {
		share := 100.0
		if n.all > n.equivalent {
			share = 100 * float64(n.corpus+n.tests) / float64(n.all-n.equivalent)
		}
		fmt.Printf("%-12s %8d %10d %10d %12d %10d %7.1f%%\n", name, n.all, n.corpus, n.tests, n.equivalent, n.survive, share)
	}
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		line(kind, counts[kind])
	}
	line("all", total)
	return unexplained
}

// buildMutants builds the runner of the corpus and the tests of the copy, and
// leaves out the tests that fail without a mutation: those that read the source
// or count its allocations.
func buildMutants(dir string) (corpus, tests []string, err error) {
	runner, err := buildRunner(dir, runnerSource)
	if err != nil {
		return nil, nil, err
	}
	binary := filepath.Join(dir, "tests.exe")
	build := exec.Command("go", "test", "-c", "-o", binary, ".")
	build.Dir, build.Stderr = dir, os.Stderr
	if err := build.Run(); err != nil {
		return nil, nil, fmt.Errorf("building the copy: %w", err)
	}
	tests = []string{binary, "-test.failfast"}
	if out, ok := runWithout(0, binary); !ok {
		var names []string
		for _, m := range failed.FindAllStringSubmatch(out, -1) {
			names = append(names, m[1])
		}
		tests = append(tests, "-test.skip=^("+strings.Join(names, "|")+")$")
		if out, ok := runWithout(0, tests...); !ok {
			return nil, nil, fmt.Errorf("without a mutation, tests fail:\n%s", out)
		}
		fmt.Printf("tests left out: %s\n", strings.Join(names, ", "))
	}
	return []string{runner}, tests, nil
}

// firstFailure runs a command with a mutant, and names what failed, or returns "".
func firstFailure(id int, what string, command []string) string {
	out, ok := runWithout(id, command...)
	if ok {
		return ""
	}
	name, _, _ := strings.Cut(strings.TrimSpace(out), "\n")
	if what != "" {
		name = ""
		if m := failed.FindStringSubmatch(out); m != nil {
			name = m[1]
		}
	}
	if name == "" || strings.HasPrefix(name, "panic: ") {
		name = "a hang or a crash"
	}
	return what + name
}

// openState reads what an earlier run of the same package and corpus has found,
// and returns how to add to it. A file of another hash is begun anew.
func openState(name, hash string) (known map[string]string, record func(*mutant), err error) {
	known = make(map[string]string)
	if name == "" {
		return known, func(*mutant) {}, nil
	}
	type line struct{ Hash, Key, Caught string }
	if data, err := os.ReadFile(name); err == nil {
		for scan := bufio.NewScanner(strings.NewReader(string(data))); scan.Scan(); {
			var l line
			if err := json.Unmarshal(scan.Bytes(), &l); err != nil {
				return nil, nil, fmt.Errorf("%s: %w", name, err)
			}
			if l.Hash == hash {
				known[l.Key] = l.Caught
			}
		}
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, nil, err
	}
	var mu sync.Mutex
	return known, func(m *mutant) {
		text, _ := json.Marshal(line{hash, m.key(), m.caught})
		mu.Lock()
		defer mu.Unlock()
		f.Write(append(text, '\n'))
	}, nil
}
