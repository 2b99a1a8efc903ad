package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/jose/conformance/report"
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
		c.Requirements, c.Level = []string{"7515-5.2-13"}, "must"
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

var b64 = base64.RawURLEncoding

var hs512Secret = bytes.Repeat([]byte("jose"), 16)

func hs512JWK() json.RawMessage {
	return json.RawMessage(`{"kty":"oct","k":"` + b64.EncodeToString(hs512Secret) + `"}`)
}

func hs512Token(payloadSegment string) string { return hs512Sign(`{"alg":"HS512"}`, payloadSegment) }

func hs512Sign(header, payloadSegment string) string {
	input := b64.EncodeToString([]byte(header)) + "." + payloadSegment
	mac := hmac.New(sha512.New, hs512Secret)
	mac.Write([]byte(input))
	return input + "." + b64.EncodeToString(mac.Sum(nil))
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
func runJSON(t *testing.T, args ...string) (status int, found report.Report) {
	t.Helper()
	status, stdout, stderr := runCommand(t, append([]string{"-json", "-"}, args...)...)
	if err := json.Unmarshal([]byte(stdout), &found); err != nil {
		t.Fatalf("%v\n%s%s", err, stdout, stderr)
	}
	return status, found
}

// TestAdapters runs adapters that do everything wrong that an adapter can do,
// and looks at the outcome of the four cases of miniCorpus.
func TestAdapters(t *testing.T) {
	const late = 300 * time.Millisecond
	for _, tt := range []struct {
		mode                          string
		valid, signature, crit, large report.Outcome
		status, restarts              int
		timeout                       time.Duration // 0: as good as none
		detail                        string        // in that of the first deviation
	}{
		{mode: "honest", valid: report.Accepted, signature: report.Refused, crit: report.Refused, large: report.Accepted, status: exitOK},
		{mode: "accepts everything", valid: report.Accepted, signature: report.AcceptedInvalid, crit: report.AcceptedInvalid, large: report.Accepted, status: exitDeviations, detail: "why"},
		{mode: "refuses everything", valid: report.RefusedValid, signature: report.Void, crit: report.Void, large: report.RefusedValid, status: exitDeviations},
		{mode: "supports nothing", valid: report.Unsupported, signature: report.Unsupported, crit: report.Unsupported, large: report.Unsupported, status: exitOK},
		{mode: "declares nothing", valid: report.Unsupported, signature: report.Unsupported, crit: report.Unsupported, large: report.Unsupported, status: exitOK},
		{mode: "declares RS256", valid: report.Unsupported, signature: report.Unsupported, crit: report.Unsupported, large: report.Unsupported, status: exitOK},
		{mode: "ignores crit", valid: report.Accepted, signature: report.Refused, crit: report.AcceptedInvalid, large: report.Accepted, status: exitDeviations},
		{mode: "lies about the payload", valid: report.WrongPayload, signature: report.Void, crit: report.Void, large: report.WrongPayload, status: exitDeviations, detail: "something else"},
		{mode: "payload is not base64url", valid: report.BrokenReply, signature: report.BrokenReply, crit: report.BrokenReply, large: report.BrokenReply, status: exitDeviations},
		{mode: "hangs", valid: report.Hung, signature: report.Hung, crit: report.Hung, large: report.Hung, status: exitDeviations, restarts: 3, timeout: late, detail: "no reply within 300ms"},
		{mode: "never reads", valid: report.Hung, signature: report.Hung, crit: report.Hung, large: report.Hung, status: exitDeviations, restarts: 3, timeout: late},
		{mode: "late", valid: report.Accepted, signature: report.Hung, crit: report.Refused, large: report.Accepted, status: exitDeviations, restarts: 1, timeout: time.Second},
		{mode: "crashes", valid: report.Accepted, signature: report.Crashed, crit: report.Refused, large: report.Accepted, status: exitDeviations, restarts: 1, detail: `exit status 3; log: panic: \x1b[31mnil`},
		{mode: "crashes always", valid: report.Crashed, signature: report.Crashed, crit: report.Crashed, large: report.Crashed, status: exitDeviations, restarts: 3},
		{mode: "closes its output", valid: report.Crashed, signature: report.Crashed, crit: report.Crashed, large: report.Crashed, status: exitDeviations, restarts: 3, detail: "end of output"},
		{mode: "floods its log", valid: report.Accepted, signature: report.Refused, crit: report.Refused, large: report.Accepted, status: exitOK},
		{mode: "floods a line", valid: report.BrokenReply, signature: report.BrokenReply, crit: report.BrokenReply, large: report.BrokenReply, status: exitDeviations, restarts: 3, detail: "line of more than"},
		{mode: "garbage", valid: report.BrokenReply, signature: report.BrokenReply, crit: report.BrokenReply, large: report.BrokenReply, status: exitDeviations, restarts: 3, detail: "Segmentation fault"},
		{mode: "wrong id", valid: report.BrokenReply, signature: report.BrokenReply, crit: report.BrokenReply, large: report.BrokenReply, status: exitDeviations, restarts: 3, detail: "mini/validx"},
		{mode: "no id", valid: report.BrokenReply, signature: report.BrokenReply, crit: report.BrokenReply, large: report.BrokenReply, status: exitDeviations, restarts: 3},
		{mode: "neither", valid: report.BrokenReply, signature: report.BrokenReply, crit: report.BrokenReply, large: report.BrokenReply, status: exitDeviations, restarts: 3},
		{mode: "both", valid: report.BrokenReply, signature: report.BrokenReply, crit: report.BrokenReply, large: report.BrokenReply, status: exitDeviations, restarts: 3},
		{mode: "control characters", valid: report.RefusedValid, signature: report.Void, crit: report.Void, large: report.RefusedValid, status: exitDeviations},
	} {
		t.Run(tt.mode, func(t *testing.T) {
			args := []string{"-corpus", miniCorpus(t), "-adapter", fakeCommand(t, tt.mode), "-timeout", "1m"}
			if tt.timeout > 0 {
				args[len(args)-1] = tt.timeout.String()
			}
			start := time.Now()
			status, found := runJSON(t, args...)
			if d := time.Since(start); d > 30*time.Second {
				t.Errorf("took %v", d)
			}
			if status != tt.status {
				t.Errorf("status is %d, want %d", status, tt.status)
			}
			im := found.Implementations[0]
			want := map[string]report.Outcome{"mini/valid": tt.valid, "mini/signature": tt.signature, "mini/crit": tt.crit, "mini/large": tt.large}
			matches := tt.detail == ""
			for _, r := range im.Results {
				if r.Outcome != want[r.Case] {
					t.Errorf("%s: outcome is %v (%s), want %v", r.Case, r.Outcome, r.Detail, want[r.Case])
				}
				matches = matches || strings.Contains(r.Detail, tt.detail)
			}
			if !matches || len(im.Results) != len(want) || im.Restarts != tt.restarts {
				t.Errorf("no %q, or not %d restarts: %+v", tt.detail, tt.restarts, im)
			}
		})
	}
}

// TestExtraLines: a line too many is taken for the reply to the next request,
// whose id it has not. One that keeps talking does not make the runner wait.
func TestExtraLines(t *testing.T) {
	for _, mode := range []string{"floods", "says it twice"} {
		status, found := runJSON(t, "-corpus", miniCorpus(t), "-adapter", fakeCommand(t, mode))
		n := found.Count(&found.Implementations[0], report.EveryCase)
		if status != exitDeviations || n[report.BrokenReply] == 0 || n[report.BrokenReply]+n.Passed()+n[report.Void] != n.Total() {
			t.Errorf("%s: status %d, %+v", mode, status, found.Implementations[0].Results)
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
