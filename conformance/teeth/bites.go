package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"example.com/jose/conformance/requirements"
	"example.com/jose/vectors"
)

// bitesFile is what -bites writes, and conformance/requirements shows.
const bitesFile = "conformance/requirements/bites.json"

// allSource is the runner that goes through the whole corpus and prints the id
// of each case that deviates.
var allSource = strings.Replace(runnerSource, "\t\t\tos.Exit(1)\n", "", 1)

// tried bounds the mutants of one function that are tried where no check that is
// switched off makes a case of the statement deviate.
const tried = 8

// bites finds for each statement that functions meet a case that deviates when a
// check in one of these is switched off or, where what is met is to accept, when
// one of them is mutated; and writes the file.
func bites() error {
	statements, err := vectors.Requirements()
	if err != nil {
		return err
	}
	cases, err := casesByStatement(statements)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "teeth")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, copied := range []string{"checks", "mutants"} {
		if err := os.Mkdir(filepath.Join(dir, copied), 0o755); err != nil {
			return err
		}
		if err := copyModule(filepath.Join(dir, copied), "."); err != nil {
			return err
		}
	}
	hash, err := requirements.Hash(os.DirFS(filepath.Join(dir, "checks")))
	if err != nil {
		return err
	}
	result := requirements.Bites{Hash: hash, Cases: make(map[string]string), Without: make(map[string]string)}
	// note notes for each statement of a function the first of its cases that deviates.
	var mu sync.Mutex
	note := func(function, what string, deviating []string) {
		mu.Lock()
		defer mu.Unlock()
		for i := range statements {
			s := &statements[i]
			if result.Cases[s.ID] != "" || !slices.Contains(s.Functions, function) {
				continue
			}
			if at := slices.IndexFunc(cases[s.ID], func(id string) bool { return slices.Contains(deviating, id) }); at >= 0 {
				result.Cases[s.ID] = cases[s.ID][at] + " deviates without " + what
			}
		}
	}

	checks, err := instrument(filepath.Join(dir, "checks"))
	if err != nil {
		return err
	}
	runner, err := buildRunner(filepath.Join(dir, "checks"), allSource)
	if err != nil {
		return err
	}
	parallel(checks, func(c *check) {
		out, _ := runWithout(c.id, runner)
		note(mapName(c.function), c.key(), strings.Fields(out))
	})
	mutants, err := mutate(filepath.Join(dir, "mutants"))
	if err != nil {
		return err
	}
	if runner, err = buildRunner(filepath.Join(dir, "mutants"), allSource); err != nil {
		return err
	}
	for round := range tried {
		parallel(nth(mutants, round, func(function string) bool {
			return slices.ContainsFunc(statements, func(s vectors.Requirement) bool {
				return result.Cases[s.ID] == "" && len(cases[s.ID]) > 0 && slices.Contains(s.Functions, function)
			})
		}), func(m *mutant) {
			out, _ := runWithout(m.id, runner)
			note(mapName(m.function), "what the mutant changes: "+m.key(), strings.Fields(out))
		})
	}
	for _, s := range statements {
		if len(s.Functions) > 0 && result.Cases[s.ID] == "" && (s.Status == "met" || s.Status == "choice") {
			result.Without[s.ID] = whyWithout(&s, cases[s.ID])
		}
	}
	text, err := json.MarshalIndent(result, "", " ")
	if err != nil {
		return err
	}
	fmt.Printf("%d statements have a case that bites, %d have none\n", len(result.Cases), len(result.Without))
	return os.WriteFile(bitesFile, append(text, '\n'), 0o644)
}

// whyWithout says what stands in the way.
func whyWithout(s *vectors.Requirement, cases []string) string {
	switch {
	case s.Produces && len(cases) == 0:
		return "what is written shows it, and no case has a say in that"
	case len(cases) == 0:
		return "no case"
	}
	return "another check stands in front"
}

// casesByStatement returns the cases of the corpus that each statement decides,
// also by way of the statement that it refers to.
func casesByStatement(statements []vectors.Requirement) (map[string][]string, error) {
	files, err := vectors.Load()
	if err != nil {
		return nil, err
	}
	named := make(map[string][]string)
	for i := range files {
		for _, c := range files[i].Cases {
			for _, id := range c.Requirements {
				named[id] = append(named[id], c.ID)
			}
		}
	}
	cases := make(map[string][]string)
	for _, s := range statements {
		cases[s.ID] = slices.Concat(named[s.ID], named[s.See])
	}
	return cases, nil
}

// mapName writes a function of this command as the map does: instrument says
// "jsonReader.string" where that says "(*jsonReader).string".
func mapName(function string) string {
	if pointerMethods[function] {
		typ, method, _ := strings.Cut(function, ".")
		return "(*" + typ + ")." + method
	}
	return function
}

// pointerMethods is filled by instrument and mutate.
var pointerMethods = make(map[string]bool)

// nth returns the mutant number n of each function that is wanted: first those
// that refuse or accept something else.
func nth(mutants []*mutant, n int, wanted func(string) bool) (chosen []*mutant) {
	byFunction := make(map[string][]*mutant)
	for _, kind := range []string{"return", "logic", "comparison", "constant", "text", "statement"} {
		for _, m := range mutants {
			if m.kind == kind {
				byFunction[m.function] = append(byFunction[m.function], m)
			}
		}
	}
	for function, list := range byFunction {
		// Spread over the function, and not all at its beginning.
		if at := n * max(1, len(list)/tried); at < len(list) && wanted(mapName(function)) {
			chosen = append(chosen, list[at])
		}
	}
	return chosen
}

// buildRunner builds a command of the copy in dir from its source.
func buildRunner(dir, source string) (string, error) {
	main := filepath.Join(dir, "conformance", "teethrun", "main.go")
	if err := os.MkdirAll(filepath.Dir(main), 0o755); err != nil {
		return "", err
	}
	if err := os.WriteFile(main, []byte(source), 0o644); err != nil {
		return "", err
	}
	runner := filepath.Join(dir, "teethrun.exe")
	build := exec.Command("go", "build", "-o", runner, "./conformance/teethrun")
	build.Dir, build.Stderr = dir, os.Stderr
	if err := build.Run(); err != nil {
		return "", fmt.Errorf("building the copy: %w", err)
	}
	if out, ok := runWithout(0, runner); !ok || strings.TrimSpace(out) != "" {
		return "", fmt.Errorf("without a change, there is a deviation already: %s", out)
	}
	return runner, nil
}
