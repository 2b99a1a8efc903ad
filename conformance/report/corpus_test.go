package report_test

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"

	"example.com/jose/conformance/judge"
	"example.com/jose/conformance/library"
	"example.com/jose/conformance/protocol"
	"example.com/jose/conformance/report"
	"example.com/jose/vectors"
)

// ignoresCrit is this library, but for a header that it takes for another.
type ignoresCrit struct{ library.Self }

func (ignoresCrit) Hello() protocol.Hello { return protocol.Hello{Name: "fake", Version: "1"} }

func (i ignoresCrit) Do(ctx context.Context, r *protocol.Request) (protocol.Reply, *protocol.Fault) {
	reply, fault := i.Self.Do(ctx, r)
	if reply.Class == "unsupported" {
		yes := true
		reply = protocol.Reply{ID: &r.ID, OK: &yes, Payload: strings.Split(r.Token+"..", ".")[1]}
	}
	return reply, fault
}

// TestHTMLHasEverything runs two implementations, and looks for each result.
func TestHTMLHasEverything(t *testing.T) {
	own, err := vectors.Load()
	if err != nil {
		t.Fatal(err)
	}
	tasks, err := judge.CorpusTasks(own)
	if err != nil {
		t.Fatal(err)
	}
	made, err := judge.MakerTasks(own)
	if err != nil {
		t.Fatal(err)
	}
	tasks = judge.Select(append(tasks, made...), regexp.MustCompile("^jws/|^rfc7519|^sign/HS512"))
	r := &report.Report{Schema: report.Schema}
	var requests []*protocol.Request
	for i := range tasks {
		r.Cases, requests = append(r.Cases, tasks[i].Case), append(requests, &tasks[i].Request)
	}
	for _, im := range []protocol.Implementation{library.Self{}, ignoresCrit{}} {
		results, err := judge.Run(context.Background(), im, tasks, func(int) {})
		if err != nil {
			t.Fatal(err)
		}
		r.Implementations = append(r.Implementations, results)
	}
	if len(r.Cases) < 300 {
		t.Fatalf("%d cases", len(r.Cases))
	}
	var page bytes.Buffer
	if err := r.WriteHTML(&page, requests); err != nil {
		t.Fatal(err)
	}
	data := page.Bytes()
	report.CheckPage(t, string(data))
	text := html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(string(data), "\x00"))
	tokens := make(map[string]string)
	for _, f := range own {
		for _, c := range f.Cases {
			tokens[c.ID] = c.TokenText()
		}
	}
	deviations, choices := 0, 0
	for i, c := range r.Cases {
		id := fmt.Sprintf(`<details class="case" id="case-%d"`, i)
		_, block, found := strings.Cut(string(data), id)
		block, _, _ = strings.Cut(block, "</details>")
		block = html.UnescapeString(block)
		wrong := 0
		for j, im := range r.Implementations {
			result := im.Results[i]
			if result.Outcome >= report.FirstGood {
				continue
			}
			wrong++
			detail := strings.TrimSuffix(result.Detail, "; "+c.Comment)
			for _, want := range []string{fmt.Sprintf("%d:%d", j, result.Outcome), result.Outcome.Letter() + " " + im.Name, result.Outcome.Text(), detail, result.Reply, c.ID, c.Section, c.Comment,
				strings.Join(c.Tags, ", "), "key, JWK</dt><dd><pre>"} {
				if !strings.Contains(block, want) {
					t.Errorf("%s: no %q", c.ID, want)
				}
			}
			if token, ok := tokens[c.ID]; ok && len(token) <= report.MaxShown && report.Visible(token) == token && !strings.Contains(block, "<pre><code>"+token+"<") {
				t.Errorf("%s: no token %q", c.ID, token)
			}
		}
		if deviations += wrong; found != (wrong > 0) {
			t.Errorf("%s: %d deviations, is shown: %v", c.ID, wrong, found)
		}
		if c.Expect == "either" {
			choices++
			row := "\x00" + c.ID + "\x00 \x00" + c.Section + "\x00\x00\n\x00" + c.Choice + "\n"
			if !strings.Contains(text, row) {
				t.Errorf("%s: no choice %q", c.ID, row)
			}
		}
	}
	if want := fmt.Sprintf("%d cases on 2 implementations, %d deviations in", len(r.Cases), deviations); deviations < 30 || choices < 20 || !strings.Contains(text, want) {
		t.Errorf("%d deviations, %d choices; no %q", deviations, choices, want)
	}
	// The matrix is the one of the other reports.
	plain := strings.ReplaceAll(text, "\x00", "")
	for _, row := range append(append(r.Sources(), r.Tags()...), report.Row{Name: "total", Match: report.EveryCase}) {
		n := []report.Counts{r.Count(&r.Implementations[0], row.Match), r.Count(&r.Implementations[1], row.Match)}
		if want := fmt.Sprintf("\n%s%d%s%s\n", row.Name, n[0].Total(), n[0].Cell(), n[1].Cell()); !strings.Contains(plain, want) {
			t.Errorf("no row %q", want)
		}
	}
}

// TestHTMLKeys: whatever is private is called a test key.
func TestHTMLKeys(t *testing.T) {
	files, err := vectors.Load()
	if err != nil {
		t.Fatal(err)
	}
	tasks, err := judge.CorpusTasks(files)
	if err != nil {
		t.Fatal(err)
	}
	made, err := judge.MakerTasks(files)
	if err != nil {
		t.Fatal(err)
	}
	private := regexp.MustCompile(`"(d|k|p|q)" *: *"|PRIVATE KEY`)
	public, secret := 0, 0
	for _, task := range append(tasks, made...) {
		publicDoes := strings.HasPrefix(task.Op, "verify") && task.Alg != "HS512" && task.Request.Key.Set == nil || task.Op == "encrypt"
		for _, f := range report.HTMLFields(&task.Request) {
			if publicDoes && strings.Contains(f.Name, "test key") {
				t.Errorf("%s: %s has %q", task.ID, task.Op, f.Name)
			}
			switch labelled := strings.Contains(strings.ToLower(f.Name), "test key"); {
			case strings.HasPrefix(f.Name, "Token"), strings.HasPrefix(f.Name, "Header"):
			case labelled:
				secret++
			case private.MatchString(f.Text):
				t.Errorf("%s: %s is %q", task.ID, f.Name, f.Text)
			case strings.Contains(f.Name, "ublic"):
				public++
			}
		}
	}
	if public < 300 || secret < 300 {
		t.Errorf("%d public keys, %d others", public, secret)
	}
}
