// Command coverage shows that the package's tests reach every statement of it,
// but for those that testdata/uncovered.txt lists, each with a reason.
//
//	go run ./conformance/coverage
//
// It is started at the root of the module. The tests run once, and those of
// FIPS 140-3 once more under fips140=only, where crypto refuses what it takes
// otherwise; a statement is reached if one of the runs reaches it. Both
// together take a few minutes.
//
// The exit status is 0 if what is not reached is what is listed, 1 if not, and
// 2 if that could not be found out, since a test failed, for one.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// listName is the list of what no test reaches.
const listName = "testdata/uncovered.txt"

// runs are the runs of the tests, with the setting of GODEBUG that each is for.
var runs = []struct{ setting, tests string }{
	{"", "."},
	{"fips140=only", "^TestFIPS140"},
}

func main() {
	os.Exit(command(".", runTests, os.Stdout, os.Stderr))
}

// command is main without the process around it, with what returns the profiles of the tests in dir.
func command(dir string, run func(dir string) ([]string, error), stdout, stderr io.Writer) int {
	unexpected, err := compare(dir, run, stdout)
	switch {
	case err != nil:
		fmt.Fprintln(stderr, "coverage:", err)
		return 2
	case unexpected > 0:
		return 1
	}
	return 0
}

// compare runs the tests in dir, and prints what is not reached and not listed, and the reverse.
func compare(dir string, run func(dir string) ([]string, error), stdout io.Writer) (unexpected int, err error) {
	text, err := os.ReadFile(filepath.Join(dir, listName))
	if err != nil {
		return 0, err
	}
	reasons, err := parseReasons(string(text))
	if err != nil {
		return 0, err
	}
	profiles, err := run(dir)
	if err != nil {
		return 0, err
	}
	blocks, err := parseProfiles(profiles...)
	if err != nil {
		return 0, err
	}
	places, err := places(dir)
	if err != nil {
		return 0, err
	}
	statements, missed := 0, 0
	for _, b := range blocks {
		statements += b.statements
		if b.reached {
			continue
		}
		missed += b.statements
		name, ok := places[b.start]
		if !ok {
			return 0, fmt.Errorf("%s: no statement begins there", b.start)
		}
		if _, ok := reasons[name]; !ok {
			unexpected++
			fmt.Fprintf(stdout, "%s: not reached, and not in %s:\n%s\n", b.start, listName, name)
		}
		delete(reasons, name)
	}
	for name := range reasons {
		unexpected++
		fmt.Fprintf(stdout, "in %s, and reached, or not there:\n%s\n", listName, name)
	}
	if statements == 0 {
		return 0, errors.New("the profiles have no statement")
	}
	// Rounded down: 100.0 is said where nothing is missed.
	fmt.Fprintf(stdout, "%d statements, %d not reached: %d.%d %%; %d to look at\n", statements, missed,
		(statements-missed)*100/statements, (statements-missed)*1000/statements%10, unexpected)
	return unexpected, nil
}

// runTests returns the profile of each of the runs.
func runTests(dir string) ([]string, error) {
	temp, err := os.MkdirTemp("", "coverage")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	var profiles []string
	for i, run := range runs {
		profile := filepath.Join(temp, strconv.Itoa(i))
		test := exec.Command("go", "test", "-count=1", "-run", run.tests, "-coverprofile", profile, ".")
		test.Dir = dir
		if run.setting != "" {
			setting := strings.Trim(os.Getenv("GODEBUG")+","+run.setting, ",")
			test.Env = append(os.Environ(), "GODEBUG="+setting)
		}
		if out, err := test.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("go test -run '%s', GODEBUG %q: %w\n%s", run.tests, run.setting, err, out)
		}
		text, err := os.ReadFile(profile)
		if err != nil {
			return nil, err
		}
		profiles = append(profiles, string(text))
	}
	return profiles, nil
}

// A block is statements that run one after the other, as go test counts them.
type block struct {
	start      string // file.go:line.column
	statements int
	reached    bool
}

var profileLine = regexp.MustCompile(`^(\S+:\d+\.\d+),\d+\.\d+ (\d+) (\d+)$`)

// parseProfiles returns the blocks of all profiles, each reached if it is in one of them.
func parseProfiles(profiles ...string) ([]*block, error) {
	var blocks []*block
	known := make(map[string]*block)
	for _, profile := range profiles {
		mode, lines, ok := strings.Cut(profile, "\n")
		if !ok || !strings.HasPrefix(mode, "mode: ") {
			return nil, fmt.Errorf("no profile: %.100q", profile)
		}
		for line := range strings.Lines(lines) {
			m := profileLine.FindStringSubmatch(strings.TrimSpace(line))
			if m == nil {
				return nil, fmt.Errorf("no line of a profile: %.200q", line)
			}
			start := path.Base(m[1])
			b := known[start]
			if b == nil {
				statements, err := strconv.Atoi(m[2])
				if err != nil {
					return nil, err
				}
				b = &block{start: start, statements: statements}
				known[start], blocks = b, append(blocks, b)
			}
			b.reached = b.reached || m[3] != "0"
		}
	}
	return blocks, nil
}

// places returns the name in uncovered.txt of each place of the package in dir where a block can start: the function,
// and on the next line the statement before, the condition, and the first statement. Lines can move without a
// change of names. Two places of one function with one name are an error.
func places(dir string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	places, seen := make(map[string]string), make(map[string]string)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		fset := token.NewFileSet()
		tree, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, decl := range tree.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				name := decl.Name.Name
				if decl.Recv != nil {
					name = strings.TrimPrefix(source(decl.Recv.List[0].Type), "*") + "." + name
				}
				namePlaces(fset, name, decl, places, seen)
			case *ast.GenDecl: // with the functions that make the value of a variable
				for _, spec := range decl.Specs {
					if spec, ok := spec.(*ast.ValueSpec); ok {
						namePlaces(fset, "var "+spec.Names[0].Name, spec, places, seen)
					}
				}
			}
		}
	}
	return places, nil
}

// namePlaces adds the places of one declaration. Where a name is taken, the line of the place is added to it: then it
// is new whenever lines move, and a list can't keep it.
func namePlaces(fset *token.FileSet, function string, decl ast.Node, places, seen map[string]string) {
	add := func(at token.Pos, header string, body []ast.Stmt) {
		p := fset.Position(at)
		place := fmt.Sprintf("%s:%d.%d", filepath.Base(p.Filename), p.Line, p.Column)
		if len(body) > 0 {
			header = strings.TrimSpace(header + " { " + source(body[0]))
			if len(body) > 1 {
				header += "; …"
			}
			header += " }"
		}
		name := function + "\n  " + header
		if other, taken := seen[name]; taken && other != place {
			name += fmt.Sprintf(" // line %d", p.Line)
		}
		places[place], seen[name] = name, place
	}
	// The statements of a list, each with the one before it.
	var list func(stmts []ast.Stmt)
	list = func(stmts []ast.Stmt) {
		before := ""
		for _, stmt := range stmts {
			add(stmt.Pos(), strings.TrimSpace(before), []ast.Stmt{stmt}) // where a block goes on
			switch stmt := stmt.(type) {
			case *ast.IfStmt:
				for n := stmt; n != nil; {
					header := "if " + source(n.Cond)
					if n.Init != nil {
						header = "if " + source(n.Init) + "; " + source(n.Cond)
					}
					add(n.Body.Lbrace, before+header, n.Body.List)
					if e, ok := n.Else.(*ast.BlockStmt); ok {
						add(e.Lbrace, before+header+" else", e.List)
					}
					n, _ = n.Else.(*ast.IfStmt)
				}
			case *ast.ForStmt:
				add(stmt.Body.Lbrace, before+"for "+source(stmt.Cond), stmt.Body.List)
			case *ast.RangeStmt:
				add(stmt.Body.Lbrace, before+"for range "+source(stmt.X), stmt.Body.List)
			}
			before = source(stmt) + "; "
			if i := strings.IndexByte(before, '{'); i >= 0 { // of a statement with a block, what is before it
				before = before[:i] + "}; "
			}
		}
	}
	ast.Inspect(decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Body != nil {
				add(n.Body.Lbrace, "", n.Body.List)
			}
		case *ast.FuncLit:
			add(n.Body.Lbrace, "func", n.Body.List)
		case *ast.BlockStmt:
			list(n.List)
		case *ast.CaseClause:
			header := "default"
			if n.List != nil {
				header = "case"
				for _, e := range n.List {
					header += " " + source(e) + ","
				}
			}
			add(n.Colon+1, strings.TrimSuffix(header, ","), n.Body)
			list(n.Body)
		}
		return true
	})
}

// source prints an expression or a statement on one line.
func source(n ast.Node) string {
	if n == nil {
		return ""
	}
	var b bytes.Buffer
	printer.Fprint(&b, token.NewFileSet(), n)
	return strings.Join(strings.Fields(b.String()), " ")
}

// parseReasons reads uncovered.txt. A line with a function, an indented one with a place in it, and one with the
// reason, indented twice as much. A line that starts with # is a comment.
func parseReasons(text string) (map[string]string, error) {
	reasons := make(map[string]string)
	var entry []string
	for i, line := range strings.Split(text, "\n") {
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		indent := len(line) - len(strings.TrimLeft(line, " "))
		if indent != 2*len(entry) {
			return nil, fmt.Errorf("%s:%d: a function, a place or a reason is missing before it", listName, i+1)
		}
		if entry = append(entry, line[indent:]); len(entry) < 3 {
			continue
		}
		name := entry[0] + "\n  " + entry[1]
		if _, twice := reasons[name]; twice {
			return nil, fmt.Errorf("%s:%d: a second reason for %s", listName, i+1, name)
		}
		reasons[name], entry = entry[2], nil
	}
	if entry != nil {
		return nil, fmt.Errorf("%s: the last entry has no reason", listName)
	}
	return reasons, nil
}
