package report

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// chromium returns the command of Chromium, or "" where it is not installed.
func chromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// TestHTMLInABrowser opens a page full of hostile text. Nothing but the page is
// asked for, nothing in it comes alive, and the filters work. Without Chromium
// the page is only read, by checkPage: no attribute in it can load anything.
func TestHTMLInABrowser(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	var text string
	var noScript bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.Method+" "+r.RequestURI)
		if r.URL.Path != "/report.html" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if noScript {
			w.Header().Set("Content-Security-Policy", "sandbox")
		}
		w.Write([]byte(text))
	}))
	defer server.Close()
	report, requests := filledReport(hostile(server.URL))
	for i := range report.Cases {
		report.Cases[i].Source = []string{"even", "odd"}[i%2]
	}
	text, list := page(t, report, requests)
	command := chromium()
	if command == "" {
		t.Log("Chromium is not installed: the page was read, but not opened")
		return
	}

	shown := func(d, source string, match func(pairs []string) bool) bool {
		return (source == "" || d[strings.Index(d, "/")+1:] == source) && match(strings.Fields(d[:strings.Index(d, "/")]))
	}
	for _, tt := range []struct {
		fragment string
		match    func(pairs []string) bool // nil: scripts are off, and nothing is filtered
		source   string
		open     string // the case that is open
	}{
		{fragment: "", match: func([]string) bool { return true }},
		{fragment: "#deviations;i=0;o=0", match: func(p []string) bool { return slices.Contains(p, "0:0") }},
		{fragment: "#deviations;i=2;s=1", source: "1", match: func(p []string) bool {
			return slices.ContainsFunc(p, func(s string) bool { return strings.HasPrefix(s, "2:") })
		}},
		{fragment: "#deviations;i=<b>;nonsense;x=1;constructor=2", match: func([]string) bool { return true }},
		{fragment: "#case-0", match: func([]string) bool { return true }, open: "case-0"},
		{fragment: "#deviations;i=0"},
	} {
		mu.Lock()
		asked, noScript = nil, tt.match == nil
		mu.Unlock()
		dom, log := dump(t, command, server.URL+"/report.html"+tt.fragment)
		mu.Lock()
		if !slices.Equal(asked, []string{"GET /report.html"}) {
			t.Errorf("%q: asked for %q", tt.fragment, asked)
		}
		mu.Unlock()
		if log != "" && !noScript { // where it cannot run, the console says so
			t.Errorf("%q: console: %s", tt.fragment, log)
		}
		if strings.Contains(dom, "<title>owned") || strings.Count(dom, "<img") > 0 || strings.Count(dom, "<iframe") > 0 || !strings.Contains(dom, "</html>") {
			t.Fatalf("%q: hostile text is alive, or no page: %.2000s", tt.fragment, dom)
		}
		found, want := 0, 0
		tags := regexp.MustCompile(`<(details|li) [^>]*data-deviations="([^"]*)"[^>]*>`).FindAllStringSubmatch(dom, -1)
		for _, tag := range tags {
			hidden := strings.Contains(tag[0], " hidden=")
			source := regexp.MustCompile(` data-s="(\d+)"`).FindStringSubmatch(tag[0])[1]
			should := tt.match == nil || shown(tag[2]+"/"+source, tt.source, tt.match)
			if should {
				want++
			}
			if hidden == should {
				t.Errorf("%q: %s", tt.fragment, tag[0])
			}
			if !hidden {
				found++
			}
			if open := strings.Contains(tag[0], " open="); open != (tt.open != "" && strings.Contains(tag[0], `id="`+tt.open+`"`)) {
				t.Errorf("%q: %s", tt.fragment, tag[0])
			}
		}
		all := slices.DeleteFunc(slices.Clone(list), func(e element) bool { return e.attrs["data-deviations"] == "" })
		if len(tags) != len(all) || found != want || found == 0 || len(tags) < 50 {
			t.Errorf("%q: %d of %d shown, want %d of %d", tt.fragment, found, len(tags), want, len(all))
		}
		form := regexp.MustCompile(`<form [^>]*>`).FindString(dom)
		if hidden := strings.Contains(form, " hidden="); hidden != (tt.match == nil) {
			t.Errorf("%q: %s", tt.fragment, form)
		}
	}
}

// dump opens address without a window, and returns the document as it is then,
// and the console.
func dump(t *testing.T, command, address string) (dom, log string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	args := []string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions",
		"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--no-proxy-server", "--enable-logging=stderr", "--user-data-dir=" + t.TempDir(), "--dump-dom", address}
	cmd := exec.CommandContext(ctx, command, args...)
	var out, console strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &console
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, console.String())
	}
	var lines []string
	for _, line := range strings.Split(console.String(), "\n") {
		if strings.Contains(line, "CONSOLE") {
			lines = append(lines, line)
		}
	}
	return out.String(), strings.Join(lines, "\n")
}
