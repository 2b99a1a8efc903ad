package tasks_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	gotoken "go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.com/jose/conformance/peers/tasks"
)

var update = flag.Bool("update", false, "write what is counted and shown into ../TASKS.md")

const page = "../TASKS.md"

// TestPage compares ../TASKS.md with what the other tests run and what is counted here.
func TestPage(t *testing.T) {
	c := count(t)
	want := string(must(os.ReadFile(page)))
	for _, block := range []struct{ name, text string }{
		{"versions", versions(t)},
		{"tasks", c.table()},
		{"sums", c.sums()},
		{"cannot", c.cannot()},
		{"facts", factList()},
		{"beyond", beyondList()},
	} {
		begin, end := "<!-- "+block.name+" -->\n", "<!-- /"+block.name+" -->\n"
		before, rest, ok := strings.Cut(want, begin)
		_, after, ok2 := strings.Cut(rest, end)
		if !ok || !ok2 {
			t.Fatalf("%s has no place for %s", page, block.name)
		}
		want = before + begin + block.text + end + after
	}
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if string(must(os.ReadFile(page))) != want {
		t.Error("TASKS.md is not up to date: go test ./tasks -update, in conformance/peers")
	}
}

// versions names the modules as they are in go.mod.
func versions(t *testing.T) string {
	mod := must(os.ReadFile("../go.mod"))
	var list []string
	for _, l := range libraries[1:] {
		m := regexp.MustCompile(`(?m)^\s+` + regexp.QuoteMeta(l.module) + ` (v\S+)$`).FindSubmatch(mod)
		if m == nil {
			t.Fatalf("go.mod does not require %s", l.module)
		}
		list = append(list, fmt.Sprintf("%s is %s %s", l.name, l.module, m[1]))
	}
	return "Here, " + strings.Join(list[:2], ", ") + ",\nand " + list[2] + ".\n"
}

// A counted has, for the folder of a library and the name of a task, the file,
// its lines, those of them that read PEM, and the error of a library that can't.
type counted map[string]map[string]cell

type cell struct {
	file       string
	lines, pem int
	cannot     error
}

// count reads every file, holds it to what is said about the files, and asks which library can't.
func count(t *testing.T) counted {
	c := make(counted)
	for _, l := range libraries {
		c[l.folder] = make(map[string]cell)
		for _, file := range must(filepath.Glob(l.folder + "/*.go")) {
			if filepath.Base(file) == "doc.go" {
				continue
			}
			name, counted := readFile(t, l, file)
			if _, twice := c[l.folder][name]; twice {
				t.Errorf("%s: %s is there twice", file, name)
			}
			c[l.folder][name] = counted
		}
		for _, task := range all {
			counted, ok := c[l.folder][task.name]
			if !ok {
				t.Fatalf("%s has no %s", l.folder, task.name)
			}
			var cannot tasks.Cannot
			if err := outcome(l, task); errors.As(err, &cannot) {
				counted.cannot = cannot
				c[l.folder][task.name] = counted
			} else if err != nil {
				t.Errorf("%s, %s: %v", l.name, task.name, err)
			}
		}
		if len(c[l.folder]) != len(all) {
			t.Errorf("%s has functions that are no task: %q", l.folder, slices.Collect(maps.Keys(c[l.folder])))
		}
	}
	return c
}

// readFile reads a file with one function and returns its name and what is counted of it.
func readFile(t *testing.T, l *library, file string) (name string, c cell) {
	source := must(os.ReadFile(file))
	if !bytes.Equal(must(format.Source(source)), source) {
		t.Errorf("%s is not as gofmt writes it", file)
	}
	set := gotoken.NewFileSet()
	parsed := must(parser.ParseFile(set, file, source, parser.ParseComments))
	for _, spec := range parsed.Imports {
		path := must(strconv.Unquote(spec.Path.Value))
		standard := !strings.Contains(strings.Split(path, "/")[0], ".")
		own := path == l.module || strings.HasPrefix(path, l.module+"/") && l.folder != "this"
		if !standard && !own && path != "example.com/jose/conformance/peers/tasks" {
			t.Errorf("%s imports %s", file, path)
		}
	}
	var function *ast.FuncDecl
	for i, d := range parsed.Decls {
		f, ok := d.(*ast.FuncDecl)
		if ok && f.Recv == nil && function == nil {
			function = f
		} else if g, ok := d.(*ast.GenDecl); !ok || g.Tok != gotoken.IMPORT || i > 0 {
			t.Errorf("%s has more than imports and one function", file)
		}
	}
	if function == nil {
		t.Fatalf("%s has no function", file)
	}
	c.file = file
	lines := strings.Split(string(source), "\n")
	for _, line := range lines {
		if len([]rune(line)) > 120 {
			t.Errorf("%s has a line of more than 120 characters", file)
		}
	}
	// Between the lines of the braces.
	for _, line := range lines[set.Position(function.Body.Lbrace).Line : set.Position(function.Body.Rbrace).Line-1] {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "//") {
			continue
		}
		if strings.Contains(line, "/*") {
			t.Errorf("%s: a line that is not counted well: %s", file, line)
		}
		c.lines++
		switch { // a call of pem.Decode, its check, a call of x509, and its check
		case strings.HasPrefix(line, "block, _ := pem.Decode("):
			c.pem += 8
		case strings.HasPrefix(line, "if block, _ = pem.Decode("):
			c.pem += 7
		case strings.Contains(line, "pem.Decode("):
			t.Errorf("%s reads PEM in another way", file)
		}
	}
	return function.Name.Name, c
}

func (c counted) table() string {
	var b strings.Builder
	b.WriteString("| task | here | go-jose | jwx | golang-jwt |\n|---|---|---|---|---|\n")
	for _, task := range all {
		fmt.Fprintf(&b, "| `%s`: %s |", task.name, task.text)
		for _, l := range libraries {
			cell := c[l.folder][task.name]
			text := strconv.Itoa(cell.lines)
			if cell.cannot != nil {
				text = "cannot"
			}
			fmt.Fprintf(&b, " [%s](tasks/%s) |", text, filepath.ToSlash(cell.file))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// sums compares this package with each other one, over the tasks that both can do.
func (c counted) sums() string {
	var b strings.Builder
	b.WriteString("| | both can | lines here | lines there | shorter here | as long | shorter there |\n|---|---|---|---|---|---|---|\n")
	var reading int
	var shorter []string
	for _, l := range libraries[1:] {
		var both, here, there, longer int
		var names []string
		for _, task := range all {
			ours, theirs := c["this"][task.name], c[l.folder][task.name]
			if ours.cannot != nil || theirs.cannot != nil {
				continue
			}
			both, here, there = both+1, here+ours.lines, there+theirs.lines
			switch {
			case ours.lines < theirs.lines:
				longer++
			case ours.lines > theirs.lines:
				names = append(names, "`"+task.name+"`")
			}
			reading += theirs.pem
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d | %d |\n",
			l.name, both, here, there, longer, both-longer-len(names), len(names))
		shorter = append(shorter, "- "+l.name+" is shorter in "+strings.Join(names, ", ")+".\n")
	}
	fmt.Fprintf(&b, "\n%s- Of go-jose's lines %d read PEM, by encoding/pem and crypto/x509, seven or eight for each key.\n",
		strings.Join(shorter, ""), reading)
	return b.String()
}

// cannot lists the reasons that the functions return, and the tasks of each.
func (c counted) cannot() string {
	var b strings.Builder
	b.WriteString("| library | cannot | why |\n|---|---|---|\n")
	for _, l := range libraries {
		var reasons []string
		of := make(map[string][]string)
		for _, task := range all {
			if err := c[l.folder][task.name].cannot; err != nil {
				if of[err.Error()] == nil {
					reasons = append(reasons, err.Error())
				}
				of[err.Error()] = append(of[err.Error()], "`"+task.name+"`")
			}
		}
		for _, reason := range reasons {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", title(l.name), strings.Join(of[reason], ", "), reason)
		}
	}
	return b.String()
}

func factList() string {
	var b strings.Builder
	b.WriteString("| library | what to know | what an RFC says |\n|---|---|---|\n")
	for _, f := range facts {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", title(f.library), f.text, f.section)
	}
	return b.String()
}

func beyondList() string {
	var b strings.Builder
	b.WriteString("| library | what it has, and this package has not |\n|---|---|\n")
	for _, m := range beyond {
		fmt.Fprintf(&b, "| %s | %s |\n", m.libraries, m.text)
	}
	return b.String()
}

func title(library string) string {
	if library == "this" {
		return "this package"
	}
	return library
}
