package main

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestCodeLines(t *testing.T) {
	for source, want := range map[string]int{
		"":                                     0,
		"// A comment.\n\npackage p // more\n": 1,
		"package p\n\n/* two\nlines */\n\nfunc f() {\n\t// nothing\n}\n": 3,
		"package p\n\nvar s = `a\nb\n\nc`\n":                             5,
	} {
		if got := codeLines([]byte(source)); got != want {
			t.Errorf("%q: %d lines, not %d", source, got, want)
		}
	}
}

// expect compares what was found.
func expect(t *testing.T, got finding, err error, holds bool, says ...string) {
	t.Helper()
	if err != nil || got.holds != holds {
		t.Errorf("%+v, %v: want holds %v", got, err, holds)
	}
	for _, s := range says {
		if !strings.Contains(got.text, s) {
			t.Errorf("%q does not say %q", got.text, s)
		}
	}
}

// A claim fails as soon as one of the libraries that it names is as small.
func TestMeasured(t *testing.T) {
	names := []string{"this library", "go-jose 4", "jwx 3", "jose2go 1"}
	got, err := measured([]int{100, 101, 102, 1}, names, nil)
	expect(t, got, err, true, "this library 100", "go-jose 4 101", "jwx 3 102", "jose2go 1 1")
	for _, lines := range [][]int{{100, 100, 102, 103}, {100, 101, 99, 103}, {0, 1, 1, 1}} {
		got, err = measured(lines, names, nil)
		expect(t, got, err, false)
	}
	if _, err := measured(nil, nil, errors.New("no")); err == nil {
		t.Error("an error is not handed on")
	}
}

// planted is a report of this library and one other, with these outcomes of cases that expect
// reject, or of encryptions.
func planted(t *testing.T, expect, op, ours, theirs string) *report {
	t.Helper()
	r := new(report)
	outcomes := func(words string) (list []map[string]string) {
		for _, word := range strings.Fields(words) {
			list = append(list, map[string]string{"outcome": word})
		}
		return list
	}
	var cases []map[string]string
	for range strings.Fields(ours) {
		cases = append(cases, map[string]string{"expect": expect, "op": op})
	}
	text, err := json.Marshal(map[string]any{"cases": cases, "implementations": []any{
		map[string]any{"name": "this library", "results": outcomes(ours)},
		map[string]any{"name": "other", "version": "1.0", "results": outcomes(theirs)}}})
	if err == nil {
		err = json.Unmarshal(text, r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestJudged(t *testing.T) {
	const a, r, u = "accepted-invalid ", "refused ", "unsupported "
	got, err := judged(planted(t, "reject", "verify", r+r+r, a+r+u), nil)
	expect(t, got, err, true, "this library 0 of 3, other 1.0 1 of 2")
	got, err = judged(planted(t, "reject", "verify", a+r+r, a+r+u), nil) // as many
	expect(t, got, err, false)
	got, err = judged(planted(t, "reject", "verify", r+r+r, r+r+u), nil) // as few
	expect(t, got, err, false)
	got, err = judged(planted(t, "reject", "verify", r+r, u+u), nil) // was asked nothing
	expect(t, got, err, false)
	got, err = judged(planted(t, "accept", "verify", r+r, a+a), nil) // nothing that must be refused
	expect(t, got, err, false)
	if _, err := judged(nil, errors.New("no")); err == nil {
		t.Error("an error is not handed on")
	}
}

func TestEncrypted(t *testing.T) {
	const a, o, u = "accepted ", "wrong-output ", "unsupported "
	got, err := encrypted(planted(t, "accept", "encrypt", a+a, o+o), nil)
	expect(t, got, err, true, "this library 2 of 2, other 1.0 0 of 2")
	for _, outcomes := range [][2]string{{a + o, o + o}, {a + a, o + a}, {a + a, u + u}, {u + u, o + o}} {
		got, err = encrypted(planted(t, "accept", "encrypt", outcomes[0], outcomes[1]), nil)
		expect(t, got, err, false)
	}
	got, err = encrypted(planted(t, "accept", "verify", a+a, o+o), nil)
	expect(t, got, err, false)
	if _, err := encrypted(nil, errors.New("no")); err == nil {
		t.Error("an error is not handed on")
	}
}

func TestTimed(t *testing.T) {
	table := "A head.\n\n- jose: example.com/jose of this tree\n- fast: example.org/fast v1.2.0\n\n" +
		"| operation | raw, µs | raw | jose | fast | slow |\n|---|--:|--:|--:|--:|--:|\n" +
		"| SignHS512/128B | 0.9 | 1.00, 0 | 1.02, 1 | OURS, 42 | 9.00, 48 |\n" +
		"| VerifyHS512/1MiB | 0.9 | 1.00, 0 | 0.50, 1 | 3.00, 1 | |\n"
	got, err := timed(strings.Replace(table, "OURS", "1.53", 1), nil)
	expect(t, got, err, true, "fastest in 2 rows of fast 1.2.0, slow;", "fast in SignHS512/128B takes 1.50 times")
	for _, other := range []string{"1.02", "1.01"} {
		got, err = timed(strings.Replace(table, "OURS", other, 1), nil)
		expect(t, got, err, false, "SignHS512/128B 1.02, fast "+other)
	}
	for _, broken := range []string{"", "7 rows, all passed\n", table, strings.Replace(table, " jose ", " this ", 1)} {
		if got, err := timed(broken, nil); err == nil {
			t.Errorf("%q: %+v", broken, got)
		}
	}
	if _, err := timed("", errors.New("no")); err == nil {
		t.Error("an error is not handed on")
	}
}

// The code of this library is smaller than that of those that README.md names.
func TestSizes(t *testing.T) {
	got, err := comparisons["size"]()
	expect(t, got, err, true, "this library ", "go-jose 4.", "jwx 3.", "jose2go 1.")
}
