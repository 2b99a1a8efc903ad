package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// rooms are the packages of the module, each with those of the module that it
// may import. One that is listed may import only those before it, so that each
// arrow points one way.
var rooms = []struct {
	name, what string
	imports    []string
}{
	{".", "package jose", nil},
	{"vectors", "the corpus: its files, its schema", nil},
	{"vectors/gen", "writes the hostile cases", []string{"vectors"}},
	{"conformance/protocol", "requests, replies, the processes of adapters", []string{"vectors"}},
	{"conformance/library", "this library, answering requests", []string{".", "vectors", "conformance/protocol"}},
	{"conformance/report", "what a run found: text, JSON, Markdown, HTML", []string{"conformance/protocol"}},
	{"conformance/judge", "cases to requests, replies to outcomes",
		[]string{"vectors", "conformance/protocol", "conformance/library", "conformance/report"}},
	{"conformance/explain", "says what is wrong with one token or key", []string{"."}},
	{"conformance/providers", "eight payment APIs, from both ends", []string{"."}},
	{"conformance/requirements", "how each sentence of the RFCs is met", []string{"vectors", "conformance/report"}},
	{"conformance/timing", "compares the times of failed decryptions", []string{"."}},
	{"conformance/teeth", "switches off one check at a time", []string{"vectors", "conformance/requirements"}},
	{"conformance/coverage", "statements that no test reaches", nil},
	{"conformance/vendoring", "copies the six files, and checks a copy", nil},
	{"conformance/evidence", "shows what README.md claims", nil},
	{"conformance/example-adapter", "an adapter to start from", []string{"."}},
	{"conformance", "flags and exit status",
		[]string{"conformance/protocol", "conformance/library", "conformance/report", "conformance/judge", "conformance/explain",
			"conformance/requirements", "conformance/timing", "conformance/evidence"}},
}

const module = "example.com/jose"

// TestRooms: every package is listed, imports what it may, and all of that.
func TestRooms(t *testing.T) {
	list := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")
	list.Dir = ".."
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	short := func(path string) string {
		if path == module {
			return "."
		}
		return strings.TrimPrefix(path, module+"/")
	}
	found := make(map[string][]string)
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		own := []string{}
		for _, path := range words[1:] {
			if path == module || strings.HasPrefix(path, module+"/") {
				own = append(own, short(path))
			}
		}
		found[short(words[0])] = own
	}
	var before []string
	for _, room := range rooms {
		imports, ok := found[room.name]
		if !ok {
			t.Errorf("there is no package %s", room.name)
		}
		delete(found, room.name)
		want := slices.Sorted(slices.Values(room.imports))
		slices.Sort(imports)
		if !slices.Equal(imports, want) {
			t.Errorf("%s imports %q, want %q", room.name, imports, want)
		}
		for _, path := range imports {
			if !slices.Contains(before, path) {
				t.Errorf("%s imports %s, which is not listed before it", room.name, path)
			}
		}
		before = append(before, room.name)
	}
	for name := range found {
		t.Errorf("package %s is not listed", name)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(readme), "<!-- packages -->\n")
	shown, tail, ok2 := strings.Cut(rest, "<!-- end -->\n")
	if !ok || !ok2 {
		t.Fatal("README.md has no place for the packages")
	}
	if want := "\n" + picture() + "\n"; shown != want {
		if *update {
			if err := os.WriteFile("README.md", []byte(head+"<!-- packages -->\n"+want+"<!-- end -->\n"+tail), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		t.Errorf("README.md does not show the packages as they are; -update writes it:\n%s", picture())
	}
}

var update = flag.Bool("update", false, "write what is made from the code into README.md")

// TestEvidence: the subcommand is there, with the flags of its own.
func TestEvidence(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if status := command(t.Context(), []string{"evidence", "-help"}, nil, &stdout, &stderr); status != 0 ||
		!strings.Contains(stderr.String(), "-update") {
		t.Errorf("exit status %d\n%s%s", status, &stdout, &stderr)
	}
}

// picture is the list of the packages as README.md shows it.
func picture() string {
	var b strings.Builder
	for _, room := range rooms {
		if name := strings.TrimPrefix(room.name, "conformance/"); strings.HasPrefix(room.name, "conformance") {
			imports := strings.ReplaceAll(strings.Join(room.imports, ", "), "conformance/", "")
			if imports == "" {
				imports = "nothing"
			}
			fmt.Fprintf(&b, "    %-16s %-45s imports %s\n", name, room.what, strings.Replace(imports, ".", "jose", 1))
		}
	}
	return b.String()
}
