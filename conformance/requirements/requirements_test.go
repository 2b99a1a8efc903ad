package requirements

import (
	"bytes"
	"encoding/json"
	"errors"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"example.com/jose/conformance/report"
	"example.com/jose/vectors"
)

// TestMain works in the root of the module, where the lines of functions are found.
func TestMain(m *testing.M) {
	if err := os.Chdir("../.."); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func command(t *testing.T, run Run, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, log bytes.Buffer
	status = Main(args, &out, &log, run)
	return status, out.String(), log.String()
}

func rowsOf(t *testing.T, run Run, args ...string) []row {
	t.Helper()
	status, stdout, stderr := command(t, run, append(args, "-json")...)
	var rows []row
	if err := json.Unmarshal([]byte(stdout), &rows); status != exitOK || err != nil {
		t.Fatalf("status %d, %v, %s", status, err, stderr)
	}
	return rows
}

// TestRows: every statement is there once, with the cases that name it.
func TestRows(t *testing.T) {
	statements, err := vectors.Requirements()
	if err != nil {
		t.Fatal(err)
	}
	files, err := vectors.Load()
	if err != nil {
		t.Fatal(err)
	}
	named := make(map[string][]string)
	for i := range files {
		for _, c := range files[i].Cases {
			for _, id := range c.Requirements {
				named[id] = append(named[id], c.ID)
			}
		}
	}
	rows := rowsOf(t, nil)
	if len(rows) != len(statements) || len(rows) < 700 {
		t.Fatalf("%d rows of %d", len(rows), len(statements))
	}
	lines := regexp.MustCompile(`^\S+ \(\w+\.go:\d+-\d+\)$`)
	for i, r := range rows {
		if r.ID != statements[i].ID {
			t.Fatalf("row %d is %s, want %s", i, r.ID, statements[i].ID)
		}
		cases := slices.Concat(r.Accepted, r.Refused, r.Either)
		for _, id := range named[r.ID] {
			if !slices.Contains(cases, id) {
				t.Errorf("%s: case %s is not listed", r.ID, id)
			}
		}
		if want := len(named[r.ID]) + len(named[r.See]); len(cases) > want || r.See == "" && len(cases) != want {
			t.Errorf("%s: %d cases, want %d", r.ID, len(cases), want)
		}
		if len(r.Lines) != len(r.Functions) {
			t.Errorf("%s: lines %q of functions %q", r.ID, r.Lines, r.Functions)
		}
		for _, l := range r.Lines {
			if !lines.MatchString(l) {
				t.Errorf("%s: %q is not where a function is", r.ID, l)
			}
		}
	}
}

// TestText: the table has each row, an id in full, and the counts.
func TestText(t *testing.T) {
	status, stdout, stderr := command(t, nil, "-rfc", "7797")
	if status != exitOK || stderr != "" {
		t.Fatalf("status %d, %s", status, stderr)
	}
	for _, want := range []string{"RFC 7797, Section 3\n", "7797-6-1", "\n24 statements: ", " 0 open\n"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	if strings.Contains(stdout, "7515-") && strings.Contains(stdout, "\nRFC 7515") {
		t.Error("another RFC is listed")
	}
	_, few, _ := command(t, nil, "-rfc", "7515")
	if !strings.Contains(few, " more\n") {
		t.Error("the table lists all cases")
	}
	_, all, _ := command(t, nil, "-id", "7515-4.1.11-1")
	if strings.Contains(all, " more\n") || !strings.Contains(all, "jws/crit-unknown/RS256") || !strings.Contains(all, "(jose.go:") {
		t.Errorf("not in full:\n%s", all)
	}
}

// TestDeviators: of a report it says who deviates from which statement.
func TestDeviators(t *testing.T) {
	r := &report.Report{Schema: report.Schema,
		Cases: []report.Case{
			{ID: "a", Requirements: []string{"7515-4.1.11-1"}},
			{ID: "b", Requirements: []string{"7515-4.1.11-1", "7515-4-2"}}},
		Implementations: []report.Implementation{
			{Name: "good", Results: []report.Result{{Case: "a", Outcome: report.Refused}, {Case: "b", Outcome: report.Choice}}},
			{Name: "bad", Version: "1", Results: []report.Result{{Case: "a", Outcome: report.Refused},
				{Case: "b", Outcome: report.AcceptedInvalid, Detail: "<why>"}}}}}
	file := filepath.Join(t.TempDir(), "report.json")
	var b bytes.Buffer
	if err := errors.Join(r.WriteJSON(&b), os.WriteFile(file, b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	ran := func(adapters []string) (*report.Report, error) {
		if !slices.Equal(adapters, []string{"x", "y"}) {
			t.Errorf("adapters %q", adapters)
		}
		return r, nil
	}
	for _, rows := range [][]row{rowsOf(t, nil, "-report", file), rowsOf(t, ran, "-adapter", "x", "-adapter", "y")} {
		for _, row := range rows {
			// What says the same as 7515-4.1.11-1 is deviated from too.
			want := 0
			if slices.Contains([]string{row.ID, row.See}, "7515-4.1.11-1") || slices.Contains([]string{row.ID, row.See}, "7515-4-2") {
				want = 1
			}
			if len(row.Deviators) != want || want == 1 && row.Deviators[0] != (deviator{"bad 1", "b", report.AcceptedInvalid, "<why>"}) {
				t.Errorf("%s: %+v", row.ID, row.Deviators)
			}
		}
	}
	_, text, _ := command(t, nil, "-report", file, "-id", "7515-4-2")
	if !strings.Contains(text, "bad 1: b (accepted-invalid)") || !strings.Contains(text, "somebody deviates from 1\n") {
		t.Errorf("no deviator in\n%s", text)
	}
	_, page, _ := command(t, nil, "-report", file, "-html", "-")
	if !strings.Contains(page, "bad 1: <code>b</code>, accepted-invalid. &lt;why&gt;") {
		t.Error("no deviator on the page")
	}
}

// TestPage: the page has each statement, and nothing that loads or runs.
func TestPage(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.html")
	if status, _, stderr := command(t, nil, "-html", file); status != exitOK {
		t.Fatalf("status %d, %s", status, stderr)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	statements, err := vectors.Requirements()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		if !strings.Contains(page, `<details id="`+s.ID+`">`) || !strings.Contains(html.UnescapeString(page), s.Statement) {
			t.Errorf("%s is not there", s.ID)
		}
	}
	for _, bad := range []string{"<script", "src=", "http://", "https://", "onclick", "@import", "url("} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	for _, m := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(page, `id="`+strings.TrimPrefix(m[1], "#")+`"`) {
			t.Errorf("a link to %s, which is not there", m[1])
		}
	}
}

func TestStatus(t *testing.T) {
	failing := func([]string) (*report.Report, error) { return nil, errors.New("planted") }
	for _, tt := range []struct {
		args   []string
		status int
		text   string
	}{
		{[]string{"-h"}, exitOK, "-rfc"},
		{[]string{"-nosuchflag"}, exitUsage, "nosuchflag"},
		{[]string{"argument"}, exitUsage, "argument"},
		{[]string{"-report", "x", "-adapter", "y"}, exitUsage, "exclude"},
		{[]string{"-json", "-html", "-"}, exitUsage, "exclude"},
		{[]string{"-id", "1234-"}, exitUsage, "no statement"},
		{[]string{"-report", "no/such/file"}, exitNothing, "no/such/file"},
		{[]string{"-report", "go.mod"}, exitNothing, "not a report"},
		{[]string{"-adapter", "y"}, exitNothing, "planted"},
		{[]string{"-html", "no/such/folder/x"}, exitNothing, "no/such/folder"},
	} {
		if status, _, stderr := command(t, failing, tt.args...); status != tt.status || !strings.Contains(stderr, tt.text) {
			t.Errorf("%q: status %d, %s", tt.args, status, stderr)
		}
	}
	if s := summary([]row{{}, {Requirement: vectors.Requirement{Status: "met"}}}); !strings.HasPrefix(s, "2 statements: 1 met") || !strings.HasSuffix(s, "1 open") {
		t.Error(s)
	}
}

// TestHash: of the package and the corpus, and of nothing else.
func TestHash(t *testing.T) {
	root := fstest.MapFS{"a.go": {Data: []byte("package jose")}, "vectors/a.json": {Data: []byte("{}")}}
	hash := func() string {
		h, err := Hash(root)
		if err != nil || len(h) != 32 {
			t.Fatalf("%q, %v", h, err)
		}
		return h
	}
	first := hash()
	root["a_test.go"], root["vectors/README.md"] = &fstest.MapFile{}, &fstest.MapFile{}
	if got := hash(); got != first {
		t.Errorf("a test changes the hash: %s, %s", got, first)
	}
	root["vectors/requirements/a.json"] = &fstest.MapFile{}
	if hash() == first {
		t.Error("the map of requirements does not change the hash")
	}
}
