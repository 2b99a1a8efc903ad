package evidence

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// plantedVariable makes this program one of the commands that the tests plant.
const plantedVariable = "EVIDENCE_TEST_PLANTED"

func TestMain(m *testing.M) {
	if what := os.Getenv(plantedVariable); what != "" {
		planted(what)
	}
	// The repositories of the tests are their own.
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "GIT_") {
			os.Unsetenv(name)
		}
	}
	os.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	os.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	os.Setenv("GIT_CEILING_DIRECTORIES", os.TempDir())
	os.Exit(m.Run())
}

// Without git, which go test needs not have, every tree is "modified".
var _, withoutGit = exec.LookPath("git")

func planted(what string) {
	switch what {
	case "holds":
		fmt.Print("first 1\nfigure 41\nother\nfigure 42\r\n")
	case "unfinished":
		fmt.Print("first 1\nfigure 43")
	case "fails":
		fmt.Println("figure 42")
		fmt.Fprint(os.Stderr, "the reason\nexit status 7\n\n")
		os.Exit(7)
	case "silent":
	case "hostile":
		fmt.Print("figure `|\\<script>\x1b[31m\xff\u202e\t", strings.Repeat("ä", 1000), "\n")
	case "flood":
		line := bytes.Repeat([]byte("x"), 1<<20)
		for range 16 {
			os.Stdout.Write(line)
		}
		fmt.Print("\nfigure 44\n")
	case "hangs":
		time.Sleep(time.Hour)
	case "children": // its child has the output, and would hold it open
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), plantedVariable+"=hangs")
		child.Stdout = os.Stdout
		if err := child.Start(); err != nil {
			panic(err)
		}
		fmt.Println(child.Process.Pid)
		child.Wait()
	case "folder":
		dir, err := os.Getwd()
		fmt.Println("figure", filepath.Base(dir), err)
	}
	os.Exit(0)
}

// plant is a claim whose command is this program.
func plant(what string) claim {
	return claim{
		text: "Claim that " + what, env: []string{plantedVariable + "=" + what}, args: []string{os.Args[0]},
		figure: `^figure (.+)$`,
	}
}

// repository makes a runner in a folder with a README.md, which git knows, if there is git.
func repository(t *testing.T, claims ...claim) (*runner, *bytes.Buffer) {
	t.Helper()
	out := new(bytes.Buffer)
	r := &runner{dir: t.TempDir(), claims: claims, quick: time.Minute, long: time.Minute, stdout: out, stderr: out}
	write(t, r, "# A\n\n"+begin+"old\n"+end+"\nB\n")
	if withoutGit == nil {
		git(t, r, "init", "-q")
		git(t, r, "add", ".")
		git(t, r, "commit", "-q", "-m", "One")
	}
	return r, out
}

// head is what a row of an unchanged tree names.
func head(t *testing.T, r *runner) string {
	t.Helper()
	if withoutGit != nil {
		return modified
	}
	return git(t, r, "rev-parse", "HEAD")[:12]
}

func git(t *testing.T, r *runner, args ...string) string {
	t.Helper()
	command := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
	command.Dir = r.dir
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("git %q: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func write(t *testing.T, r *runner, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, readmeName), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, r *runner) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(r.dir, readmeName))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func says(t *testing.T, got string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("%q does not say %q", got, w)
		}
	}
}

// A command that fails makes the row one that fails, and the exit status 1; the other row is as
// good as it was.
func TestFails(t *testing.T) {
	t.Parallel()
	r, out := repository(t, plant("holds"), plant("fails"))
	if status := r.command(t.Context(), []string{"-update"}); status != 1 {
		t.Errorf("exit status %d", status)
	}
	says(t, out.String(), "Claim that fails", "FAILS, ", "exit status 7: the reason", "2 claims run, 1 fail; 0 not run")
	measured := time.Now().UTC().Format("2006-01") // the day may end meanwhile
	row := regexp.MustCompile(`(?m)^\| Claim that fails \| .* \| \d+\.\d s \| ` +
		`\*\*fails\*\*: .exit status 7: the reason figure 42. \| ` + measured + `-\d\d, ` + head(t, r) + ` \|$`)
	if !row.MatchString(read(t, r)) {
		t.Errorf("no row that matches %s in\n%s", row, read(t, r))
	}
	says(t, read(t, r), "# A\n\n"+begin+tableHead, "| `42` | ", end+"\nB\n")
	if strings.Contains(read(t, r), "old\n") {
		t.Error("the old table is there")
	}

	// Without the row that fails, the other's is kept, and all is well.
	r.claims = r.claims[:1]
	if status := r.command(t.Context(), nil); status != 0 {
		t.Errorf("exit status %d", status)
	}
	says(t, read(t, r), "Claim that fails") // nothing was written
}

// What a command prints becomes the figure, or the reason why there is none.
func TestFigure(t *testing.T) {
	t.Parallel()
	r, _ := repository(t)
	with := func(what string, change func(*claim)) claim {
		c := plant(what)
		change(&c)
		return c
	}
	for _, test := range []struct {
		claim  claim
		holds  bool
		figure string
	}{
		{plant("holds"), true, "42"},
		{plant("unfinished"), true, "43"},
		{plant("flood"), true, "44"},
		{plant("folder"), true, filepath.Base(r.dir) + " <nil>"},
		{with("holds", func(c *claim) { c.count = "figures" }), true, "figures: 2"},
		{with("holds", func(c *claim) { c.only = true }), false, "printed other"},
		{with("holds", func(c *claim) { c.only, c.figure = true, `^\w+ ?(\d*)$` }), true, "42"},
		{plant("silent"), false, "printed no figure"},
		{with("silent", func(c *claim) { c.count = "figures" }), false, "printed no figure"},
		{plant("fails"), false, "exit status 7: the reason figure 42"},
		{with("fails", func(c *claim) { c.count = "figures" }), false, "exit status 7: the reason figure 42"},
		{with("holds", func(c *claim) { c.args = []string{filepath.Join(r.dir, "absent")} }), false, "absent"},
	} {
		got := r.run(t.Context(), test.claim)
		if got.holds != test.holds || !strings.Contains(got.figure, test.figure) {
			t.Errorf("%s: %+v, want %v with %q", test.claim.text, got, test.holds, test.figure)
		}
	}
}

// Output is hostile text: what is shown of it is one short line, which ends no code span and no cell.
func TestHostileOutput(t *testing.T) {
	t.Parallel()
	r, out := repository(t, plant("hostile"))
	if status := r.command(t.Context(), []string{"-update"}); status != 0 {
		t.Errorf("exit status %d: %s", status, out)
	}
	table, err := r.table()
	if err != nil {
		t.Fatal(err)
	}
	row := strings.Split(strings.TrimPrefix(table, tableHead), "\n")[0]
	if len(row) > 1000 || strings.Count(row, "|") != 6 || strings.Count(row, "`") != 4 ||
		strings.ContainsAny(row, "\x1b\xff\u202e\t") {
		t.Errorf("%q", row)
	}
	says(t, row, "'//<script>?[31m?? ä", "…`")
}

// A command that takes too long is killed, and so is its child, which has its output.
func TestTimeLimit(t *testing.T) {
	t.Parallel()
	r, _ := repository(t)
	r.quick = 300 * time.Millisecond
	start := time.Now()
	c := plant("children")
	c.figure = `^(\d+)$`
	if got := r.run(t.Context(), c); got.holds || got.figure != "took longer than 300ms" {
		t.Errorf("%+v", got)
	}
	if took := time.Since(start); took > 4*time.Second { // less than is waited for who is in another group
		t.Errorf("took %v", took)
	}
	// A long one has another limit.
	c = plant("hangs")
	c.long, r.quick, r.long = true, time.Minute, 300*time.Millisecond
	if got := r.run(t.Context(), c); got.holds || got.figure != "took longer than 300ms" {
		t.Errorf("%+v", got)
	}
}

// Long commands are run by -all alone, and until then their rows keep what they had, if that
// was of the same command.
func TestRowsAreKept(t *testing.T) {
	t.Parallel()
	long := plant("unfinished")
	long.long = true
	r, out := repository(t, plant("holds"), long)
	if status := r.command(t.Context(), []string{"-update"}); status != 0 {
		t.Fatalf("exit status %d: %s", status, out)
	}
	says(t, out.String(), "1 claims run, 0 fail; 1 not run")
	says(t, read(t, r), "\n"+long.key()+"| not run yet | |\n")
	if status := r.command(t.Context(), []string{"-all", "-update"}); status != 0 {
		t.Fatalf("exit status %d: %s", status, out)
	}
	says(t, read(t, r), "| `43` | ")
	// Both rows with figures of long ago: only the one that is run changes.
	old := regexp.MustCompile(`\d{4}-\d\d-\d\d, \w+`).ReplaceAllString(read(t, r), "2001-02-03, abcdef")
	write(t, r, strings.NewReplacer("`42`", "`old 1`", "`43`", "`old 2`").Replace(old))
	if status := r.command(t.Context(), []string{"-update"}); status != 0 {
		t.Fatalf("exit status %d: %s", status, out)
	}
	says(t, read(t, r), "| `42` | ", "| `old 2` | 2001-02-03, abcdef |\n")
	if strings.Contains(read(t, r), "old 1") {
		t.Error("the row that was run is as it was")
	}
	// A figure of another command says nothing.
	r.claims[1].args = append(r.claims[1].args, "-another")
	if status := r.command(t.Context(), []string{"-update"}); status != 0 {
		t.Fatalf("exit status %d: %s", status, out)
	}
	says(t, read(t, r), "-another` | | not run yet | |\n")

	// -run chooses among them.
	out.Reset()
	if status := r.command(t.Context(), []string{"-all", "-run", "unfin"}); status != 0 {
		t.Fatalf("exit status %d: %s", status, out)
	}
	says(t, out.String(), "Claim that unfinished", "1 claims run, 0 fail; 1 not run")
	if status := r.command(t.Context(), []string{"-run", "unfin"}); status != 2 {
		t.Errorf("a long one without -all: exit status %d", status)
	}
}

// A row names the commit only if the tree is that of the commit, but for the table.
func TestModified(t *testing.T) {
	t.Parallel()
	r, _ := repository(t, plant("holds"))
	text := read(t, r)
	expect := func(want, what string) {
		t.Helper()
		if got := r.commit(t.Context()); got != want {
			t.Errorf("%s: %q, not %q", what, got, want)
		}
	}
	expect(head(t, r), "as it was committed")
	write(t, r, strings.Replace(text, "old", "new", 1))
	expect(head(t, r), "another table")
	write(t, r, strings.Replace(text, "# A", "# C", 1))
	expect(modified, "text before the table")
	write(t, r, text+"C\n")
	expect(modified, "text after the table")
	write(t, r, "# A\n")
	expect(modified, "no table")
	write(t, r, text)
	name := filepath.Join(r.dir, "new.go")
	if err := os.WriteFile(name, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	expect(modified, "a file that is not committed")
	if withoutGit == nil {
		git(t, r, "add", ".")
		expect(modified, "a file that is staged")
		git(t, r, "commit", "-q", "-m", "Two")
		expect(head(t, r), "committed")
	}
	if err := os.WriteFile(name, []byte("package p\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	expect(modified, "a file that is changed")
	r.command(t.Context(), []string{"-update"})
	says(t, read(t, r), ", modified |\n")
	r.dir = t.TempDir()
	write(t, r, text)
	expect(modified, "no clone")
}

// A commit in the course of a run is not what all of the run measured.
func TestModifiedMeanwhile(t *testing.T) {
	t.Parallel()
	if withoutGit != nil {
		return // TestModified shows what happens then
	}
	commit := claim{text: "Claim that commits", figure: `.`, count: "lines",
		args: []string{"git", "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--allow-empty", "-m", "Two"}}
	r, out := repository(t, commit)
	if status := r.command(t.Context(), []string{"-update"}); status != 0 {
		t.Fatalf("exit status %d: %s", status, out)
	}
	says(t, read(t, r), ", modified |\n")
}

// Mistakes are found before anything is run.
func TestMistakes(t *testing.T) {
	t.Parallel()
	r, out := repository(t, plant("fails"))
	for _, args := range [][]string{{"-nothing"}, {"more"}, {"-run", "("}, {"-run", "no such claim"}} {
		if status := r.command(t.Context(), args); status != 2 {
			t.Errorf("%q: exit status %d", args, status)
		}
	}
	if status := r.command(t.Context(), []string{"-help"}); status != 0 {
		t.Errorf("-help: exit status %d", status)
	}
	for _, text := range []string{"", begin, end + begin, begin + end + begin + end} {
		write(t, r, text)
		if status := r.command(t.Context(), []string{"-update"}); status != 2 || read(t, r) != text {
			t.Errorf("%q: exit status %d, README.md is %q", text, status, read(t, r))
		}
	}
	if err := os.Remove(filepath.Join(r.dir, readmeName)); err != nil {
		t.Fatal(err)
	}
	if status := r.command(t.Context(), nil); status != 2 {
		t.Errorf("without README.md: exit status %d", status)
	}
	if strings.Contains(out.String(), "claims run") {
		t.Errorf("something was run: %s", out)
	}
}

// An interrupted run writes what it has, and its last row is not taken for one that fails.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	r, out := repository(t, plant("holds"), plant("hangs"))
	ctx, cancel := context.WithCancel(t.Context())
	r.stdout = writerFunc(func(p []byte) (int, error) {
		if bytes.Contains(p, []byte("Claim that hangs")) {
			time.AfterFunc(100*time.Millisecond, cancel)
		}
		return len(p), nil
	})
	if status := r.command(ctx, []string{"-update"}); status != 1 {
		t.Errorf("exit status %d", status)
	}
	says(t, out.String(), "interrupted")
	says(t, read(t, r), "| `42` | ", r.claims[1].key()+"| not run yet | |\n")
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// The table of README.md has the claims as they are, in their order.
func TestReadmeHasTheClaims(t *testing.T) {
	t.Parallel()
	r := &runner{dir: "../..", claims: claims}
	table, err := r.table()
	if err != nil {
		t.Fatal(err)
	}
	if want := r.rows(table, nil, ""); table != want {
		t.Errorf("README.md is not up to date (go run ./conformance evidence -update); its table should be\n%s", want)
	}
}

// superlative is what nothing in README.md may say but a claim that compares.
var superlative = regexp.MustCompile(`(?i)\b(strict|small|fast|safe|short|quick|tini|light)est\b|` +
	`\bfewest\b|\bbest\b|\bonly (library|implementation)\b`)

// Superlatives are claimed by the command that compares with the peers alone, and a claim that
// compares names them.
func TestSuperlatives(t *testing.T) {
	t.Parallel()
	compare := []string{"go", "-C", "conformance/peers", "run", "./compare"}
	compared := 0
	for _, c := range claims {
		isComparison := len(c.args) == len(compare)+1 && slices.Equal(c.args[:len(compare)], compare)
		if isComparison {
			compared++
		} else if superlative.MatchString(c.text) {
			t.Errorf("%q: its command does not compare", c.text)
		}
	}
	if compared < 4 {
		t.Errorf("only %d claims compare", compared)
	}
	for _, name := range []string{"../../README.md", "../README.md"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		before, _, after, err := cut(string(text))
		if err != nil {
			before = string(text) // of conformance
		}
		for _, found := range superlative.FindAllString(before+after, -1) {
			t.Errorf("%s says %q, which no command shows", name, found)
		}
	}
	for _, text := range []string{"the strictest", "Smallest", "the fastest of", "the only library that"} {
		if !superlative.MatchString(text) {
			t.Errorf("%q is no superlative", text)
		}
	}
}

var testFunction = regexp.MustCompile(`(?m)^func ((?:Test|Example|Fuzz)\w*)\(`)

// Each claim is one row with a command that can be what it says: its patterns compile, its rows
// differ, and what it runs is there.
func TestClaims(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, c := range claims {
		if c.text == "" || strings.ContainsAny(c.text, "|\n") {
			t.Errorf("%q is no cell of a table", c.text)
		}
		if seen[c.text] {
			t.Errorf("%q is there twice", c.text)
		}
		seen[c.text] = true
		if pattern, err := regexp.Compile(c.figure); err != nil || c.figure == "" {
			t.Errorf("%s: %q, %v", c.text, c.figure, err)
		} else if c.count == "" && pattern.NumSubexp() != 1 {
			t.Errorf("%s: %d groups", c.text, pattern.NumSubexp())
		}
		for _, word := range c.args {
			if strings.Contains(word, "'") || strings.ContainsAny(word, "`\\") {
				t.Errorf("%s: %q cannot be shown", c.text, word)
			}
		}
		at := slices.Index(c.args, "-run")
		if c.args[0] != "go" {
			t.Errorf("%s: starts %s", c.text, c.args[0])
		} else if c.args[1] != "test" || at < 0 || c.args[at+1] == "^$" {
			continue
		}
		// A test that was renamed would be noticed a long time later.
		folder := filepath.Join("../..", c.args[len(c.args)-1])
		names, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		var functions []string
		for _, name := range names {
			source, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range testFunction.FindAllStringSubmatch(string(source), -1) {
				functions = append(functions, m[1])
			}
		}
		for _, alternative := range strings.Split(strings.NewReplacer("^(", "^", ")$", "$").Replace(c.args[at+1]), "|") {
			pattern := regexp.MustCompile("^" + strings.Trim(alternative, "^$"))
			if !slices.ContainsFunc(functions, pattern.MatchString) {
				t.Errorf("%s: %s has no test that %s matches", c.text, folder, alternative)
			}
		}
	}
	if len(claims) < 25 {
		t.Errorf("only %d claims", len(claims))
	}
}

// What CHANGELOG.md tells a program to use is there, and what it says is gone is not.
func TestChangelog(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob("../../*.go")
	if err != nil {
		t.Fatal(err)
	}
	declared := make(map[string]bool)
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				declared[n.Name.Name] = true
			case *ast.TypeSpec:
				declared[n.Name.Name] = true
			case *ast.ValueSpec:
				for _, ident := range n.Names {
					declared[ident.Name] = true
				}
			}
			return true
		})
	}
	code := regexp.MustCompile("`[^`]+`")
	name := regexp.MustCompile(`\b[A-Z]\w*[a-z]\w*|\b(?:RS256|ES512|HS512|RSAOAEP|RSAOAEP256)\b`)
	gone, there := 0, 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		for i, cell := range cells {
			for _, span := range code.FindAllString(cell, -1) {
				if strings.HasPrefix(span, "`strings.") {
					continue
				}
				for _, found := range name.FindAllString(span, -1) {
					switch {
					case len(cells) == 4 && i == 1:
						// Types and algorithms stay; functions are gone.
						if gone++; declared[found] && strings.HasPrefix(found, "New") {
							t.Errorf("%s is not gone", found)
						}
					default:
						if there++; !declared[found] {
							t.Errorf("there is no %s", found)
						}
					}
				}
			}
		}
	}
	if gone < 20 || there < 20 {
		t.Errorf("only %d names that are gone, and %d that are there", gone, there)
	}
}
