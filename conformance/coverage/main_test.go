package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What uncovered.txt lists is in the package as it is now, each under one name, with a reason that is a sentence.
func TestListIsNotStale(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("../..", listName))
	if err != nil {
		t.Fatal(err)
	}
	reasons, err := parseReasons(string(text))
	if err != nil || len(reasons) == 0 {
		t.Fatalf("%d reasons: %v", len(reasons), err)
	}
	places, err := places("../..")
	if err != nil || len(places) < 1000 {
		t.Fatalf("%d places: %v", len(places), err)
	}
	names := make(map[string]bool)
	for _, name := range places {
		names[name] = true
	}
	for name, reason := range reasons {
		if !names[name] {
			t.Errorf("no such place:\n%s", name)
		}
		if strings.Contains(name, "// line ") {
			t.Errorf("a name that changes when lines move:\n%s", name)
		}
		if len(strings.Fields(reason)) < 5 || !strings.HasSuffix(reason, ".") {
			t.Errorf("no sentence says why:\n%s\n%s", name, reason)
		}
	}
}

// A module of two functions and a list, with a test that reaches all but two statements.
var module = map[string]string{
	"go.mod": "module example.com/small\n\ngo 1.24\n",
	"small.go": `package small

import "errors"

func f(n int) (int, error) {
	m := n * 2
	if m > 10 {
		return 0, errors.New("large")
	}
	switch {
	case m == 4:
		return 5, nil
	}
	return m, nil
}
`,
	"small_test.go": `package small

import (
	"os"
	"strings"
	"testing"
)

func Test(t *testing.T) {
	if m, err := f(1); m != 2 || err != nil {
		t.Fatal(m, err)
	}
	if _, err := os.Stat("fails"); err == nil {
		t.Fatal("as it was told")
	}
}

func TestFIPS140(t *testing.T) {
	if strings.Contains(os.Getenv("GODEBUG"), "fips140=only") {
		f(6)
	}
}
`,
	listName: "# small\n\nf\n  case m == 4 { return 5, nil }\n    No caller here has a number of two, and none will.\n",
}

// write writes the module, with other files in the place of some, and returns its folder.
func write(t *testing.T, edits map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for _, files := range []map[string]string{module, edits} {
		for name, text := range files {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

func TestCommand(t *testing.T) {
	recorded, err := runTests(write(t, nil))
	if err != nil || len(recorded) != 2 {
		t.Fatalf("%d profiles: %v", len(recorded), err)
	}
	list := module[listName]
	reached := strings.ReplaceAll(recorded[0], " 0\n", " 1\n")
	for _, row := range []struct {
		name     string
		list     string
		profiles []string
		status   int
		output   []string
	}{
		{"as listed", list, recorded, 0, []string{"6 statements, 1 not reached: 83.3 %; 0 to look at\n"}},
		{"not listed", "# nothing\n", recorded, 1,
			[]string{"small.go:11.14: not reached, and not in", "f\n  case m == 4 { return 5, nil }\n", "1 to look at"}},
		{"reached, and listed", list, []string{reached}, 1,
			[]string{"and reached, or not there:\nf\n", "100.0 %; 1 to look at"}},
		{"listed, and not there", list + "g\n  return 1\n    There is no such function in this module.\n", recorded, 1,
			[]string{"g\n  return 1\n", "1 to look at"}},
		{"without the run of fips140=only", list, recorded[:1], 1,
			[]string{"f\n  m := n * 2; if m > 10 { return 0, errors.New(\"large\") }\n", "1 to look at"}},
		{"no reason", "f\n  return m, nil\n", recorded, 2, []string{"has no reason"}},
		{"no statement", list, []string{"mode: set\n"}, 2, []string{"no statement"}},
		{"no profile", list, []string{""}, 2, []string{"no profile"}},
		{"of another package", list, []string{"mode: set\nm/other.go:1.2,3.4 1 0\n"}, 2,
			[]string{"other.go:1.2: no statement begins there"}},
	} {
		dir := write(t, map[string]string{listName: row.list})
		var out bytes.Buffer
		status := command(dir, func(string) ([]string, error) { return row.profiles, nil }, &out, &out)
		if status != row.status {
			t.Errorf("%s: status %d, want %d:\n%s", row.name, status, row.status, &out)
		}
		for _, part := range row.output {
			if !strings.Contains(out.String(), part) {
				t.Errorf("%s: %q is not said:\n%s", row.name, part, &out)
			}
		}
	}
	var out bytes.Buffer
	dir := write(t, map[string]string{"fails": ""})
	if status := command(dir, runTests, &out, &out); status != 2 || !strings.Contains(out.String(), "as it was told") {
		t.Errorf("a test fails: status %d:\n%s", status, &out)
	}
}

func TestParseReasons(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "",
		"# a comment\n\nf\n  a\n    Why.\n":    "",
		"f\n  a\n    Why.\ng\n  a\n    Why.\n": "",
		"f\n  a\n":                             "the last entry has no reason",
		"  a\n    Why.\n":                      ":1: a function",
		"f\n    Why.\n":                        ":2: a function",
		"f\n  a\ng\n  a\n    Why.\n":           ":3: a function",
		"f\n  a\n    Why.\nf\n  a\n    So.\n":  ":6: a second reason",
		"f\n  a\n    Why.\n    And so on.\n":   ":4: a function",
	} {
		if _, err := parseReasons(text); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestParseProfiles(t *testing.T) {
	const one = "mode: set\nm/a.go:1.2,3.4 2 0\nm/a.go:5.6,7.8 1 1\n"
	const two = "mode: set\nm/a.go:1.2,3.4 2 1\nm/b.go:1.2,3.4 4 0\n"
	blocks, err := parseProfiles(one, two)
	if err != nil {
		t.Fatal(err)
	}
	var got []block
	for _, b := range blocks {
		got = append(got, *b)
	}
	if want := []block{{"a.go:1.2", 2, true}, {"a.go:5.6", 1, true}, {"b.go:1.2", 4, false}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for _, text := range []string{"", "m/a.go:1.2,3.4 2 0\n",
		"mode: set\nm/a.go:1.2 2 0\n", "mode: set\nm/a.go:1.2,3.4 99999999999999999999 0\n"} {
		if _, err := parseProfiles(text); err == nil {
			t.Errorf("%q is taken for a profile", text)
		}
	}
}
