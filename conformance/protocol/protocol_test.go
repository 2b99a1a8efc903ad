package protocol

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// The test binary is an adapter too, which says hello and then does what this
// variable names.
const fakeVariable = "PROTOCOL_TEST_ADAPTER"

func TestMain(m *testing.M) {
	if mode := os.Getenv(fakeVariable); mode != "" {
		fakeAdapter(mode)
	}
	os.Exit(m.Run())
}

func fakeAdapter(mode string) {
	in := bufio.NewScanner(os.Stdin)
	in.Scan()
	if mode == "dies at the second hello" {
		if err := os.Mkdir(os.Getenv("PROTOCOL_TEST_MARKER"), 0o700); err != nil {
			os.Exit(6)
		}
	}
	fmt.Println(`{"name":"fake"}`)
	in.Scan()
	if mode == "hangs" {
		time.Sleep(time.Minute)
	}
	os.Exit(3)
}

func testAdapter(t *testing.T, mode string) *Adapter {
	t.Helper()
	t.Setenv(fakeVariable, mode)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	a, err := Start(context.Background(), []string{exe}, time.Minute, 1<<40)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// TestGivenUp counts restarts that fail, and hangs.
func TestGivenUp(t *testing.T) {
	t.Setenv("PROTOCOL_TEST_MARKER", filepath.Join(t.TempDir(), "started"))
	a := testAdapter(t, "dies at the second hello")
	r := &Request{ID: "x", Op: "verify", Alg: "HS512", Token: "a.b.c"}
	if _, f := a.Do(context.Background(), r); f == nil || f.Kind != Crashed {
		t.Fatal(f)
	}
	a.Restarts = maxRestarts - 1
	if _, f := a.Do(context.Background(), r); f == nil || f.Kind != Crashed || !strings.Contains(f.Detail, "hello: ") {
		t.Errorf("restart: %v", f)
	}
	if _, f := a.Do(context.Background(), r); f == nil || f.Kind != NotRun || !strings.Contains(f.Error(), "100 restarts") {
		t.Errorf("after the last restart: %v", f)
	}

	a = testAdapter(t, "hangs")
	a.timeout = 10 * time.Millisecond
	a.hangs = maxHangs - 1
	for _, want := range []FaultKind{Hung, NotRun} {
		if _, f := a.Do(context.Background(), r); f == nil || f.Kind != want {
			t.Errorf("%v, want %v", f, want)
		}
	}
}

func TestSplitCommand(t *testing.T) {
	for in, want := range map[string][]string{
		`a`:                        {"a"},
		"  a\tb\nc  ":              {"a", "b", "c"},
		`'a b' "c d" e\ f`:         {"a b", "c d", "e f"},
		`a'b'"c"d`:                 {"abcd"},
		`'' ""`:                    {"", ""},
		`"a\"b\\c\$d\e"`:           {`a"b\c$d\e`},
		`'a\b"c'`:                  {`a\b"c`},
		`"it's"`:                   {"it's"},
		`\\ \'`:                    {`\`, `'`},
		`$HOME * ; | && > x # y ~`: {"$HOME", "*", ";", "|", "&&", ">", "x", "#", "y", "~"},
		`é`:                        {"é"},
	} {
		if got, err := SplitCommand(in); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", "  ", `'`, `a'b`, `"`, `"a\"`, `a\`, "a\x00"} {
		if got, err := SplitCommand(in); err == nil {
			t.Errorf("%q: no error, %q", in, got)
		}
	}
}

func FuzzSplitCommand(f *testing.F) {
	f.Add(`a 'b c' "d\"e" \f`)
	f.Fuzz(func(t *testing.T, s string) {
		words, err := SplitCommand(s)
		if err != nil {
			return
		}
		var quoted []string
		for _, w := range words {
			quoted = append(quoted, `'`+strings.ReplaceAll(w, `'`, `'\''`)+`'`)
		}
		if again, err := SplitCommand(strings.Join(quoted, " ")); err != nil || !slices.Equal(again, words) {
			t.Errorf("%q: %q, quoted %q, %v", s, words, again, err)
		}
	})
}

func TestPrintable(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"plain é 漢", "plain é 漢"},
		{"\x1b[2J\r\n\t\x00\x7f", `\x1b[2J\r\n\t\x00\x7f`},
		{"\u202e\u009b\ufeff", `\u202e\u009b\ufeff`},
		{"a\xffb", `a\xffb`},
		{strings.Repeat("0123456789", 5), strings.Repeat("0123456789", 4) + "… (50 octets)"},
	} {
		if got := Printable(tt.in, 40); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.in, got, tt.want)
		}
	}
}
