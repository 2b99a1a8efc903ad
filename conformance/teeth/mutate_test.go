package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestMutate: a package with a place for each kind is compiled with its mutants,
// is what it was while none is on, and each mutant on gives another result.
func TestMutate(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.com/jose\n\ngo 1.24\n",
		"a.go": `package jose

func f(a, b int, s string) (int, bool) {
	n := 2
	m := b
	n = n + a
	n *= m
	if s == "x" &&
		a <= b {
		return n, true
	}
	return minus(a, b), !(a > 7)
}

func minus(a, b int) int {
	if a == 9 || b == 9 {
		return 0
	}
	return a - b
}
`,
		"a_test.go": `package jose

import "testing"

func TestF(t *testing.T) {
	for _, c := range []struct {
		a, b int
		s    string
		n    int
		ok   bool
	}{{1, 2, "x", 6, true}, {2, 2, "x", 8, true}, {3, 2, "x", 1, true}, {3, 4, "y", -1, true}, {7, 2, "", 5, true}, {8, 2, "", 6, false}, {9, 1, "", 0, false}, {1, 9, "", 0, true}, {10, 1, "", 9, false}} {
		if n, ok := f(c.a, c.b, c.s); n != c.n || ok != c.ok {
			t.Fatal(c, n, ok)
		}
	}
}
`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mutants, err := mutate(dir)
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "tests.exe")
	build := exec.Command("go", "test", "-c", "-o", binary, ".")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, ok := runWithout(0, binary); !ok {
		t.Fatalf("with no mutant on:\n%s", out)
	}
	kinds, names := make(map[string]bool), make(map[string]bool)
	for _, m := range mutants {
		if mutations[m.kind] == "" || names[m.key()] {
			t.Errorf("%s: the kind is in no list, or the name is there twice", m.key())
		}
		kinds[m.kind], names[m.key()] = true, true
		if firstFailure(m.id, "test ", []string{binary}) == "" {
			t.Errorf("%s changes nothing", m.key())
		}
	}
	for _, want := range []string{
		`f: logic: s == "x" && a <= b to ||`, "minus: logic: a == 9 || b == 9 to &&", "f: comparison: a <= b to <", "f: comparison: a > 7 to >=",
		`f: comparison: s == "x" to !=`, "f: constant: 7 to one more", "f: constant: 7 to one less", `f: text: "x" to another`,
		"f: arithmetic: n + a to another operator", "f: return: n to nothing", "f: return: true to its negation",
		"f: statement: n *= m left out", "f: order: n = n + a behind n *= m", "f: arguments: minus(a, b) with them exchanged",
	} {
		if !names[want] {
			t.Errorf("no mutant %s", want)
		}
	}
	for kind := range mutations {
		if !kinds[kind] {
			t.Errorf("no mutant of the kind %s", kind)
		}
	}
}
