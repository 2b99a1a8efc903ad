package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/jose"
	"example.com/jose/conformance/judge"
	"example.com/jose/conformance/protocol"
	"example.com/jose/conformance/report"
	"example.com/jose/vectors"
)

// fips140only reports whether this mode of crypto has no RSA-OAEP with SHA-1
// (GODEBUG=fips140=only).
func fips140only() bool {
	files, err := vectors.Load()
	if err != nil {
		panic(err)
	}
	f, name := judge.PrivateKeyFor(files, "RSA-OAEP")
	priv, err := jose.ParsePrivateKey(f.Keys[name].JWK)
	if err != nil {
		panic(err)
	}
	_, err = priv.Decrypter(jose.RSAOAEP)
	return err != nil
}

// refusedByFIPS140 returns the ids of the cases whose key this mode of crypto
// refuses: none but under GODEBUG=fips140=only, and there those of RSA-OAEP
// with SHA-1, of RSA keys with the public exponent 3, of those whose primes
// have different lengths, and secrets of fewer than 14 octets.
func refusedByFIPS140(t *testing.T) map[string]bool {
	t.Helper()
	ids := make(map[string]bool)
	if !fips140only() {
		return ids
	}
	tasks, _, err := judge.Load(nil, nil, nil, true)
	if err != nil {
		t.Fatal(err)
	}
	short := regexp.MustCompile(`"k": ?"[A-Za-z0-9_-]{1,18}"`)
	exponent3 := regexp.MustCompile(`"e": ?"Aw"`)
	for _, x := range tasks {
		text := x.Request.Input
		if x.Request.Key != nil {
			text += string(x.Request.Key.JWK)
		}
		if x.Alg == "RSA-OAEP" || exponent3.MatchString(text) || strings.Contains(x.ID, "prime-512-bits") ||
			x.Request.Key != nil && x.Request.Key.ShortSecret && short.MatchString(text) {
			ids[x.ID] = true
		}
	}
	return ids
}

// TestThisLibrary is the purpose of the command: no deviation, and no case
// whose outcome means nothing.
func TestThisLibrary(t *testing.T) {
	status, found := runJSON(t)
	im := &found.Implementations[0]
	n := found.Count(im, report.EveryCase)
	if n.Total() < 100 || len(found.Sources()) < 5 || n[report.Accepted] < 50 || n[report.Refused] < 50 {
		t.Fatalf("only %v", n)
	}
	only := fips140only()
	if only != strings.Contains(os.Getenv("GODEBUG"), "fips140=only") {
		t.Fatalf("RSA-OAEP is refused: %v", only)
	}
	excused := refusedByFIPS140(t)
	for _, r := range im.Results {
		switch {
		case excused[r.Case] && (r.Outcome == report.RefusedValid || r.Outcome == report.WrongClass):
			// The constructor refuses the key, whatever the token is.
			if r.Class != "unsupported" {
				t.Errorf("%s: class %q under fips140=only: %s", r.Case, r.Class, r.Detail)
			}
		case excused[r.Case]:
			// Refused before that, or because of that and rightly.
			if r.Outcome < report.FirstGood || r.Outcome == report.Accepted {
				t.Errorf("%s: %v under fips140=only: %s", r.Case, r.Outcome, r.Detail)
			}
		case r.Outcome < report.FirstGood || r.Outcome == report.Void || r.Outcome == report.Unsupported:
			t.Errorf("%s: %v: %s", r.Case, r.Outcome, r.Detail)
		}
	}
	if want := map[bool]int{false: exitOK, true: exitDeviations}[only]; status != want {
		t.Errorf("status %d, want %d", status, want)
	}
	for _, op := range []string{"verify", "verify-jwt", "decrypt", "nested", "nested-jwt", "key", "keyset", "thumbprint", "sign", "encrypt"} {
		if !slices.ContainsFunc(found.Cases, func(c report.Case) bool { return c.Op == op }) {
			t.Errorf("no case of %s", op)
		}
	}
}

// TestBothWays runs this library as an adapter, beside itself, and compares.
func TestBothWays(t *testing.T) {
	_, found := runJSON(t, "-self", "-adapter", fakeCommand(t, "honest"), "-timeout", "1m")
	self, fake := found.Implementations[0], found.Implementations[1]
	for i := range self.Results {
		a, b := self.Results[i], fake.Results[i]
		if strings.HasSuffix(a.Case, "/again") {
			if b.Outcome != report.Unsupported {
				t.Errorf("%s: %v", b.Case, b.Outcome)
			}
			continue
		}
		if a.Outcome == report.WrongClass { // only under fips140=only; an adapter's class is its own business
			a.Outcome = b.Outcome
		}
		if a.Outcome != b.Outcome || a.Class != b.Class {
			t.Errorf("%s: %v %s, as an adapter %v %s (%s)", a.Case, a.Outcome, a.Class, b.Outcome, b.Class, b.Detail)
		}
	}
	if fake.Restarts > 0 || fake.Command == nil {
		t.Errorf("%d restarts, command %q", fake.Restarts, fake.Command)
	}
}

// TestExample compares the adapter in README.md with the one in its folder,
// and runs that.
func TestExample(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("example-adapter/main.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(readme, []byte("\n```go\n"+string(source)+"```\n")) {
		t.Error("README.md does not show example-adapter/main.go as it is")
	}
	exe := filepath.Join(t.TempDir(), "example.exe")
	if out, err := exec.Command("go", "build", "-o", exe, "./example-adapter").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, found := runJSON(t, "-adapter", "'"+exe+"'", "-timeout", "1m")
	excused := refusedByFIPS140(t)
	for _, r := range found.Implementations[0].Results {
		if r.Outcome < report.FirstGood && !excused[r.Case] {
			t.Errorf("%s: %v: %s", r.Case, r.Outcome, r.Detail)
		}
	}
	n := found.Count(&found.Implementations[0], report.EveryCase)
	if n[report.Void] > 0 || n[report.Accepted] < 8 || n[report.Refused] < 8 || n[report.Unsupported] == 0 {
		t.Errorf("%v", n)
	}
}

// TestReadmeNamesEverything: each flag, outcome and operation is explained.
func TestReadmeNamesEverything(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, _, usage := runCommand(t, "-h")
	words := regexp.MustCompile(`(?m)^  -\w+`).FindAllString(usage, -1)
	if len(words) < 11 {
		t.Fatalf("flags %q", words)
	}
	for i := range words {
		words[i] = strings.TrimSpace(words[i])
	}
	for o := range report.Outcomes {
		words = append(words, o.String())
	}
	for _, op := range judge.Ops {
		words = append(words, "`"+op+"`")
	}
	request := reflect.TypeFor[protocol.Request]()
	for i := range request.NumField() {
		if name, _, _ := strings.Cut(request.Field(i).Tag.Get("json"), ","); name != "" && name != "protocol" {
			words = append(words, "`"+name+"`")
		}
	}
	for _, word := range words {
		if !bytes.Contains(readme, []byte(word)) {
			t.Errorf("README.md does not mention %s", word)
		}
	}
}

func TestExitStatus(t *testing.T) {
	mini, empty := miniCorpus(t), t.TempDir()
	bad := t.TempDir()
	if err := os.WriteFile(filepath.Join(bad, "x.json"), []byte(`{"schema":"jose-corpus/1"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args   []string
		status int
		last   string // in the last line; "" for none
	}{
		{[]string{"-corpus", mini}, exitOK, "exit status 0: no deviation"},
		{[]string{"-corpus", mini, "-json", "-"}, exitOK, "exit status 0: no deviation"},
		{[]string{"-corpus", mini, "-markdown", filepath.Join(empty, "a.md"), "-json", filepath.Join(empty, "a.js")}, exitOK, "exit status 0"},
		{[]string{"-corpus", mini, "-list"}, exitOK, ""},
		{[]string{"-h"}, exitOK, ""},
		{[]string{"-nosuchflag"}, exitUsage, "exit status 2: usage"},
		{[]string{"argument"}, exitUsage, "exit status 2"},
		{[]string{"-adapter", "'"}, exitUsage, "exit status 2"},
		{[]string{"-adapter", " "}, exitUsage, "exit status 2"},
		{[]string{"-run", "("}, exitUsage, "exit status 2"},
		{[]string{"-run", "no such case"}, exitUsage, "exit status 2"},
		{[]string{"-json", "-", "-markdown", "-"}, exitUsage, "exit status 2"},
		{[]string{"-timeout", "0"}, exitUsage, "exit status 2"},
		{[]string{"-timeout", "1000h"}, exitUsage, "exit status 2"},
		{[]string{"-memory", "0"}, exitUsage, "exit status 2"},
		{[]string{"-corpus", empty + "/nothing"}, exitHarness, "exit status 3"},
		{[]string{"-corpus", empty}, exitHarness, "exit status 3"},
		{[]string{"-corpus", bad}, exitHarness, "exit status 3"},
		{[]string{"-corpus", mini, "-corpus", mini}, exitHarness, "exit status 3"},
		{[]string{"-corpus", mini, "-adapter", empty + "/nothing"}, exitHarness, "exit status 3"},
		{[]string{"-corpus", mini, "-json", empty + "/no/file"}, exitHarness, "exit status 3"},
	} {
		status, stdout, stderr := runCommand(t, tt.args...)
		if status != tt.status {
			t.Errorf("%q: status %d, want %d\n%s%s", tt.args, status, tt.status, stdout, stderr)
		}
		lines := strings.Split(strings.TrimSuffix(stdout+stderr, "\n"), "\n")
		if last := lines[len(lines)-1]; tt.last != "" && !strings.HasPrefix(last, tt.last) {
			t.Errorf("%q: the last line is %q", tt.args, last)
		}
	}
}

// TestExplain: the first argument chooses another command, and -h names them.
func TestExplain(t *testing.T) {
	if status, stdout, _ := runCommand(t, "explain", "-h"); status != 0 || !strings.Contains(stdout, "usage: explain") {
		t.Errorf("status %d, %s", status, stdout)
	}
	if status, stdout, stderr := runCommand(t, "timing", "-h"); status != 0 || stdout != "" || !strings.Contains(stderr, "decryptions of each class") {
		t.Errorf("timing: status %d, %s%s", status, stdout, stderr)
	}
	if _, _, stderr := runCommand(t, "-h"); !strings.Contains(stderr, "conformance explain") || !strings.Contains(stderr, "conformance timing") {
		t.Errorf("-h does not name the other commands:\n%s", stderr)
	}
	if status, _, stderr := runCommand(t, "explain"); status != 2 || !strings.Contains(stderr, "explain") {
		t.Errorf("status %d, %s", status, stderr)
	}
}

// TestSelect: what is to be refused brings a positive control along.
func TestSelect(t *testing.T) {
	mini := miniCorpus(t)
	for pattern, want := range map[string]string{
		"mini/crit":       "mini/valid mini/crit",
		"crit|large":      "mini/crit mini/large",
		"mini/valid":      "mini/valid",
		"^mini/signature": "mini/valid mini/signature",
	} {
		_, found := runJSON(t, "-corpus", mini, "-run", pattern)
		var ids []string
		for _, c := range found.Cases {
			ids = append(ids, c.ID)
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("-run %q: %s, want %s", pattern, got, want)
		}
	}
}

// TestHTMLFlag: like -json and -markdown.
func TestHTMLFlag(t *testing.T) {
	mini := miniCorpus(t)
	status, stdout, stderr := runCommand(t, "-corpus", mini, "-html", "-")
	if status != exitOK || !strings.HasPrefix(stdout, "<!DOCTYPE html>") || !strings.HasSuffix(stdout, "</html>\n") || !strings.HasPrefix(stderr, "exit status 0") {
		t.Errorf("status %d, %.100s, %s", status, stdout, stderr)
	}
	for _, args := range [][]string{{"-html", "-", "-json", "-"}, {"-html", "-", "-markdown", "-"}} {
		if status, _, _ := runCommand(t, append(args, "-corpus", mini)...); status != exitUsage {
			t.Errorf("%q: status %d", args, status)
		}
	}
	if status, _, _ := runCommand(t, "-corpus", mini, "-html", mini+"/no/file"); status != exitHarness {
		t.Errorf("a file that cannot be written: status %d", status)
	}
}
