package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/jose/vectors"
)

// miniCorpus writes a corpus of four HS512 cases into a folder: two to accept,
// one of them with a payload larger than a pipe holds, and two to refuse.
func miniCorpus(t *testing.T) string {
	t.Helper()
	text := func(s string) *string { return &s }
	large := strings.Repeat("0123456789abcdef", 1<<14)
	f := &vectors.File{
		Schema: vectors.Schema, Source: "mini", Title: "mini", Provenance: []string{"this test"}, Licence: "as the code",
		Keys: map[string]vectors.Key{"k": {JWK: hs512JWK()}},
		Cases: []vectors.Case{
			{ID: "mini/valid", Token: hs512Token("e30"), Payload: text("{}"), Expect: "accept"},
			{ID: "mini/signature", Token: hs512Token("e30") + "AAAA", Expect: "reject", Class: "malformed"},
			{ID: "mini/crit", Token: critToken(), Expect: "reject", Class: "unsupported", Tags: []string{"crit ignored"}},
			{ID: "mini/large", Token: hs512Token(b64.EncodeToString([]byte(large))), Payload: &large, Expect: "accept"},
		},
	}
	for i := range f.Cases {
		c := &f.Cases[i]
		c.Kind, c.Form, c.Alg, c.Key, c.Section, c.Comment = "jws", "compact", "HS512", "k", "RFC 7515, Section 5.2", "why"
	}
	dir := t.TempDir()
	data, err := vectors.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "mini.json"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// critToken is signed rightly, and its header names an extension.
func critToken() string {
	return hs512Sign(`{"alg":"HS512","crit":["x"],"x":1}`, "e30")
}

// runCommand runs the command and returns its status, and what it wrote.
func runCommand(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, log bytes.Buffer
	status = command(context.Background(), args, strings.NewReader(""), &out, &log)
	return status, out.String(), log.String()
}

// runJSON runs the command with -json - and reads the report.
func runJSON(t *testing.T, args ...string) (status int, report Report) {
	t.Helper()
	status, stdout, stderr := runCommand(t, append([]string{"-json", "-"}, args...)...)
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		t.Fatalf("%v\n%s%s", err, stdout, stderr)
	}
	return status, report
}

// TestAdapters runs adapters that do everything wrong that an adapter can do,
// and looks at the outcome of the four cases of miniCorpus.
func TestAdapters(t *testing.T) {
	const late = 300 * time.Millisecond
	for _, tt := range []struct {
		mode                          string
		valid, signature, crit, large Outcome
		status, restarts              int
		timeout                       time.Duration // 0: as good as none
		detail                        string        // in that of the first deviation
	}{
		{mode: "honest", valid: Accepted, signature: Refused, crit: Refused, large: Accepted, status: exitOK},
		{mode: "accepts everything", valid: Accepted, signature: AcceptedInvalid, crit: AcceptedInvalid, large: Accepted, status: exitDeviations, detail: "why"},
		{mode: "refuses everything", valid: RefusedValid, signature: Void, crit: Void, large: RefusedValid, status: exitDeviations},
		{mode: "supports nothing", valid: Unsupported, signature: Unsupported, crit: Unsupported, large: Unsupported, status: exitOK},
		{mode: "declares nothing", valid: Unsupported, signature: Unsupported, crit: Unsupported, large: Unsupported, status: exitOK},
		{mode: "declares RS256", valid: Unsupported, signature: Unsupported, crit: Unsupported, large: Unsupported, status: exitOK},
		{mode: "ignores crit", valid: Accepted, signature: Refused, crit: AcceptedInvalid, large: Accepted, status: exitDeviations},
		{mode: "lies about the payload", valid: WrongPayload, signature: Void, crit: Void, large: WrongPayload, status: exitDeviations, detail: "something else"},
		{mode: "payload is not base64url", valid: BrokenReply, signature: BrokenReply, crit: BrokenReply, large: BrokenReply, status: exitDeviations},
		{mode: "hangs", valid: Hung, signature: Hung, crit: Hung, large: Hung, status: exitDeviations, restarts: 3, timeout: late, detail: "no reply within 300ms"},
		{mode: "never reads", valid: Hung, signature: Hung, crit: Hung, large: Hung, status: exitDeviations, restarts: 3, timeout: late},
		{mode: "late", valid: Accepted, signature: Hung, crit: Refused, large: Accepted, status: exitDeviations, restarts: 1, timeout: time.Second},
		{mode: "crashes", valid: Accepted, signature: Crashed, crit: Refused, large: Accepted, status: exitDeviations, restarts: 1, detail: `exit status 3; log: panic: \x1b[31mnil`},
		{mode: "crashes always", valid: Crashed, signature: Crashed, crit: Crashed, large: Crashed, status: exitDeviations, restarts: 3},
		{mode: "closes its output", valid: Crashed, signature: Crashed, crit: Crashed, large: Crashed, status: exitDeviations, restarts: 3, detail: "end of output"},
		{mode: "floods its log", valid: Accepted, signature: Refused, crit: Refused, large: Accepted, status: exitOK},
		{mode: "floods a line", valid: BrokenReply, signature: BrokenReply, crit: BrokenReply, large: BrokenReply, status: exitDeviations, restarts: 3, detail: "line of more than"},
		{mode: "garbage", valid: BrokenReply, signature: BrokenReply, crit: BrokenReply, large: BrokenReply, status: exitDeviations, restarts: 3, detail: "Segmentation fault"},
		{mode: "wrong id", valid: BrokenReply, signature: BrokenReply, crit: BrokenReply, large: BrokenReply, status: exitDeviations, restarts: 3, detail: "mini/validx"},
		{mode: "no id", valid: BrokenReply, signature: BrokenReply, crit: BrokenReply, large: BrokenReply, status: exitDeviations, restarts: 3},
		{mode: "neither", valid: BrokenReply, signature: BrokenReply, crit: BrokenReply, large: BrokenReply, status: exitDeviations, restarts: 3},
		{mode: "both", valid: BrokenReply, signature: BrokenReply, crit: BrokenReply, large: BrokenReply, status: exitDeviations, restarts: 3},
		{mode: "control characters", valid: RefusedValid, signature: Void, crit: Void, large: RefusedValid, status: exitDeviations},
	} {
		t.Run(tt.mode, func(t *testing.T) {
			args := []string{"-corpus", miniCorpus(t), "-adapter", fakeCommand(t, tt.mode), "-timeout", "1m"}
			if tt.timeout > 0 {
				args[len(args)-1] = tt.timeout.String()
			}
			start := time.Now()
			status, report := runJSON(t, args...)
			if d := time.Since(start); d > 30*time.Second {
				t.Errorf("took %v", d)
			}
			if status != tt.status {
				t.Errorf("status is %d, want %d", status, tt.status)
			}
			im := report.Implementations[0]
			want := map[string]Outcome{"mini/valid": tt.valid, "mini/signature": tt.signature, "mini/crit": tt.crit, "mini/large": tt.large}
			found := tt.detail == ""
			for _, r := range im.Results {
				if r.Outcome != want[r.Case] {
					t.Errorf("%s: outcome is %v (%s), want %v", r.Case, r.Outcome, r.Detail, want[r.Case])
				}
				found = found || strings.Contains(r.Detail, tt.detail)
			}
			if !found || len(im.Results) != len(want) || im.Restarts != tt.restarts {
				t.Errorf("no %q, or not %d restarts: %+v", tt.detail, tt.restarts, im)
			}
		})
	}
}

// TestExtraLines: a line too many is taken for the reply to the next request,
// whose id it has not. One that keeps talking does not make the runner wait.
func TestExtraLines(t *testing.T) {
	for _, mode := range []string{"floods", "says it twice"} {
		status, report := runJSON(t, "-corpus", miniCorpus(t), "-adapter", fakeCommand(t, mode))
		n := report.Count(&report.Implementations[0], everyCase)
		if status != exitDeviations || n[BrokenReply] == 0 || n[BrokenReply]+n.Passed()+n[Void] != n.Total() {
			t.Errorf("%s: status %d, %+v", mode, status, report.Implementations[0].Results)
		}
	}
}

func TestAdapterDoesNotStart(t *testing.T) {
	for mode, want := range map[string]string{
		"dies at hello":    "hello: end of output, exit status 5; log: no such module",
		"hangs at hello":   "hello: no reply within 600ms",
		"garbage at hello": `not a hello`,
		"no name":          "hello without name",
	} {
		status, stdout, stderr := runCommand(t, "-corpus", miniCorpus(t), "-adapter", fakeCommand(t, mode), "-timeout", "200ms")
		if mode != "hangs at hello" && strings.Contains(stderr, "no reply within") {
			// A slow machine. The outcome is the same, the text is not.
			status, stdout, stderr = runCommand(t, "-corpus", miniCorpus(t), "-adapter", fakeCommand(t, mode), "-timeout", "1m")
		}
		if status != exitHarness || stdout != "" || !strings.Contains(stderr, want) ||
			!strings.HasSuffix(stderr, "exit status 3: this run could not be completed, and says nothing\n") {
			t.Errorf("%s: status %d, stdout %q, stderr %q", mode, status, stdout, stderr)
		}
	}
}

// TestGivenUp counts restarts that fail, and hangs.
func TestGivenUp(t *testing.T) {
	t.Setenv("CONFORMANCE_TEST_MARKER", filepath.Join(t.TempDir(), "started"))
	a := testAdapter(t, "dies at the second hello", time.Minute)
	r := &Request{ID: "x", Op: "verify", Alg: "HS512", Key: &Key{JWK: hs512JWK()}, Token: hs512Token("e30")}
	if _, f := a.do(context.Background(), r); f == nil || f.outcome != Crashed {
		t.Fatal(f)
	}
	a.restarts = maxRestarts - 1
	if _, f := a.do(context.Background(), r); f == nil || f.outcome != Crashed || !strings.Contains(f.detail, "hello: ") {
		t.Errorf("restart: %v", f)
	}
	if _, f := a.do(context.Background(), r); f == nil || f.outcome != NotRun || !strings.Contains(f.Error(), "100 restarts") {
		t.Errorf("after the last restart: %v", f)
	}

	a = testAdapter(t, "hangs", time.Minute)
	a.timeout = 10 * time.Millisecond
	a.hangs = maxHangs - 1
	for _, want := range []Outcome{Hung, NotRun} {
		if _, f := a.do(context.Background(), r); f == nil || f.outcome != want {
			t.Errorf("%v, want %v", f, want)
		}
	}
}

func testAdapter(t *testing.T, mode string, timeout time.Duration) *adapter {
	t.Helper()
	words, err := splitCommand(fakeCommand(t, mode))
	if err != nil {
		t.Fatal(err)
	}
	a, err := startAdapter(context.Background(), words, timeout, 1<<40)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.close)
	return a
}

// TestInterrupt: a signal ends a run at once, and it says nothing.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	var out, log bytes.Buffer
	args := []string{"-corpus", miniCorpus(t), "-adapter", fakeCommand(t, "hangs"), "-timeout", "1m"}
	start := time.Now()
	if status := command(ctx, args, nil, &out, &log); status != exitHarness || out.Len() > 0 || time.Since(start) > 30*time.Second {
		t.Errorf("status %d after %v: %s%s", status, time.Since(start), &out, &log)
	}
}

// TestTerminal: nothing that an adapter says reaches a terminal or a page as
// a control sequence or as markup.
func TestTerminal(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.md")
	_, stdout, stderr := runCommand(t, "-v", "-markdown", page, "-corpus", miniCorpus(t), "-adapter", fakeCommand(t, "control characters"))
	markdown, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{stdout, stderr, string(markdown)} {
		if strings.ContainsAny(text, "\x1b\a\r\u202e\u009b") {
			t.Errorf("control characters in %q", text)
		}
	}
	if !strings.Contains(stdout, `\x1b]0;title\a`) || !strings.Contains(string(markdown), "&lt;script\\>") {
		t.Errorf("the error is not there:\n%s\n%s", stdout, markdown)
	}
}

func TestPanicOfThisLibrary(t *testing.T) {
	if _, f := (self{}).do(context.Background(), &Request{Op: "verify"}); f == nil || f.outcome != Crashed || !strings.Contains(f.detail, "panic: ") {
		t.Errorf("no key: %v", f)
	}
}
