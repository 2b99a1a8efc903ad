package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	testMapping = `
# a comment
one/crit    jws/crit-.*   # and another
one/crit    jwe/crit/RSA
two/base64  jws/padded/RS256
`
	testRows = `reproduced      one/crit       RFC 7515, Section 4.1.11   text
reproduced      two/base64     RFC 7515, Section 2        text
reproduced      three/other    RFC 7515, Section 2        of what is not in the report
`
	testReport = `{"schema":"jose-conformance/1",
"cases":[{"id":"jws/crit-null/HS512"},{"id":"jwe/crit/RSA"},{"id":"jws/padded/RS256"}],
"implementations":[
{"name":"one","results":[
 {"case":"jws/crit-null/HS512","outcome":"accepted-invalid"},
 {"case":"jwe/crit/RSA","outcome":"accepted-invalid"},
 {"case":"jws/padded/RS256","outcome":"refused"}]},
{"name":"two","results":[
 {"case":"jws/crit-null/HS512","outcome":"refused"},
 {"case":"jwe/crit/RSA","outcome":"unsupported"},
 {"case":"jws/padded/RS256","outcome":"accepted-invalid"}]}]}`
)

func TestCommand(t *testing.T) {
	replace := func(text, from, to string) string {
		t.Helper()
		if strings.Count(text, from) == 0 {
			t.Fatalf("no %q to replace", from)
		}
		return strings.Replace(text, from, to, 1)
	}
	for name, test := range map[string]struct {
		mapping, rows, report string // empty: as above
		status                int
		want                  []string // of what is printed on standard error
	}{
		"covered": {},
		"a pair without a row": {
			report: replace(testReport, `"refused"`, `"accepted-invalid"`), status: 1,
			want: []string{`"one" accepted "jws/padded/RS256", which has no row`},
		},
		"a pair of a library without rows": {
			report: replace(testReport, `"name":"two"`, `"name":"new"`), status: 1,
			want: []string{`"new" accepted "jws/padded/RS256", which has no row`},
		},
		"a pattern that matches a part of an id": {
			mapping: replace(testMapping, "jwe/crit/RSA", "jwe/crit/"), status: 1,
			want: []string{`"one" accepted "jwe/crit/RSA", which has no row`, "line 4 of the mapping, one/crit: no case"},
		},
		"a line for a case that is refused now": {
			report: replace(testReport, `"jwe/crit/RSA","outcome":"accepted-invalid"`, `"jwe/crit/RSA","outcome":"refused"`), status: 1,
			want: []string{"line 4 of the mapping, one/crit: no case that was accepted matches"},
		},
		"a line whose row does not exist": {
			rows: replace(testRows, "two/base64", "two/base65"), status: 1,
			want: []string{"there is no row two/base64"},
		},
		"a row that is not reproduced": {
			rows: replace(testRows, "reproduced      two", "not reproduced  two"), status: 1,
			want: []string{"two/base64 was not reproduced"},
		},
		"a row twice":              {rows: testRows + testRows, status: 2, want: []string{"line 4: a second row one/crit"}},
		"a row of something else":  {rows: "hello\n", status: 2, want: []string{"line 1: not a line that repro.sh prints"}},
		"no rows":                  {rows: "\n", status: 2, want: []string{"line 1: not a line"}},
		"no mapping":               {mapping: "#\n", status: 2, want: []string{"no lines"}},
		"a mapping without a case": {mapping: "one/crit\n", status: 2, want: []string{"line 1: want the id of a row"}},
		"a mapping without an id":  {mapping: "crit jws/crit\n", status: 2, want: []string{"line 1: want the id of a row"}},
		"a bad expression":         {mapping: "one/crit (\n", status: 2, want: []string{"line 1: error parsing regexp"}},
		"no JSON":                  {report: "{", status: 2, want: []string{"not a report"}},
		"another schema":           {report: replace(testReport, "conformance/1", "conformance/2"), status: 2, want: []string{`schema "jose-conformance/2"`}},
		"an empty report":          {report: `{"schema":"jose-conformance/1"}`, status: 2, want: []string{"a report of nothing"}},
		"an implementation twice":  {report: replace(testReport, `"name":"two"`, `"name":"one"`), status: 2, want: []string{`two implementations "one"`}},
		"results of other cases":   {report: replace(testReport, `{"case":"jwe/crit/RSA"`, `{"case":"x"`), status: 2, want: []string{`result 1 is of "x"`}},
		"too few results":          {report: replace(testReport, `{"id":"jws/padded/RS256"}`, `{"id":"jws/padded/RS256"},{"id":"x"}`), status: 2, want: []string{"3 results for 4 cases"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := func(name, text, otherwise string) string {
				if text == "" {
					text = otherwise
				}
				name = filepath.Join(dir, name)
				if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				return name
			}
			var out, log bytes.Buffer
			status := command([]string{
				"-map", file("map", test.mapping, testMapping),
				"-rows", file("rows", test.rows, testRows),
				file("report", test.report, testReport)}, nil, &out, &log)
			if status != test.status {
				t.Errorf("exit status %d, not %d: %s", status, test.status, &log)
			}
			for _, want := range test.want {
				if !strings.Contains(log.String(), want) {
					t.Errorf("nothing about %q in %s", want, &log)
				}
			}
			if lines := strings.Count(log.String(), "\n"); lines != len(test.want) {
				t.Errorf("%d lines, not %d: %s", lines, len(test.want), &log)
			}
		})
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"a", "b"}, {"-x"}, {"missing.json"}, {"-rows", "missing", "x"}, {"-map", "missing", "x"}} {
		var out, log bytes.Buffer
		if status := command(args, embedded, &out, &log); status != 2 || log.Len() == 0 || out.Len() > 0 {
			t.Errorf("%q: exit status %d: %s%s", args, status, &out, &log)
		}
	}
}

// A line that is there twice stands for nothing more.
func TestMapping(t *testing.T) {
	lines, err := parseMapping(embedded)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, l := range lines {
		text := l.row + " " + l.cases.String()
		if seen[text] {
			t.Errorf("line %d is there twice", l.number)
		}
		seen[text] = true
	}
}
