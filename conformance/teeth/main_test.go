package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The checks are found in the package as it is now, and all that survivors.txt
// names are among them, each once.
func TestSurvivorsAreChecks(t *testing.T) {
	dir := t.TempDir()
	files, err := filepath.Glob("../../*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no files of the package:", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(file)), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	checks, err := instrument(dir)
	if err != nil || len(checks) < 200 {
		t.Fatalf("%d checks: %v", len(checks), err)
	}
	known := make(map[string]int)
	for _, c := range checks {
		known[c.key()]++
	}
	reasons, err := parseReasons(survivorsText)
	if err != nil || len(reasons) == 0 {
		t.Fatalf("%d reasons: %v", len(reasons), err)
	}
	for key, reason := range reasons {
		if known[key] != 1 {
			t.Errorf("%d such checks: %s", known[key], key)
		}
		if !strings.HasPrefix(reason, "Another check") && !strings.HasPrefix(reason, "Not in the corpus") {
			t.Errorf("%s: neither why it makes no difference nor why the corpus can't tell: %s", key, reason)
		}
	}
	if caught := len(checks) - len(reasons); caught < 60 {
		t.Errorf("the corpus notices %d", caught)
	}
}

func TestInstrument(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.go": `package jose

func f(n int) error {
	if n > 1 {
		return errors.New("more than one")
	}
	x, err := g()
	if err != nil {
		return err
	}
	if err := h(x); err != nil {
		return fmt.Errorf("h: %w", err)
	}
	switch {
	case x == 2, n == 3:
		return fmt.Errorf("%w: two", ErrKey)
	case x == 4:
		x++
	}
	return nil
}
`,
		"a_test.go": "package jose\n\nfunc h(n int) bool {\n\tif n > 1 {\n\t\treturn false\n\t}\n\treturn true\n}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	checks, err := instrument(dir)
	var keys []string
	for _, c := range checks {
		keys = append(keys, c.line+" "+c.key())
	}
	if got := strings.Join(keys, "; "); err != nil || got != "a.go:4 f: n > 1; a.go:11 f: err := h(x); err != nil; a.go:15 f: x == 2; a.go:15 f: n == 3" {
		t.Errorf("%s: %v", got, err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "a.go"))
	if err != nil || !strings.Contains(string(text), `if (n > 1) && checkIsOn("1") {`) {
		t.Errorf("%s: %v", text, err)
	}
}

func TestParseReasons(t *testing.T) {
	got, err := parseReasons("# comment\n\nf: x\n  why\n")
	if err != nil || len(got) != 1 || got["f: x"] != "why" {
		t.Errorf("%v, %v", got, err)
	}
	for _, text := range []string{"f: x\ng: y\n  why\n", "  why\n", "f: x\n  why\nf: x\n  why\n"} {
		if got, err := parseReasons(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

func TestFirstDeviation(t *testing.T) {
	for out, want := range map[string]string{
		"":                              "no report: it hangs, or has crashed",
		"source 1\n  jws/x  RFC 1\nend": "jws/x  RFC 1",
		"panic: x\n":                    "panic: x",
	} {
		if got := firstDeviation(out); got != want {
			t.Errorf("%q: %q", out, got)
		}
	}
}
