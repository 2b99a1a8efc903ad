// Command teeth shows that the corpus bites: it switches off one check of the
// package at a time and runs the conformance command, which has to find a
// deviation. A check is an if or a case of a switch without a tag that returns
// an error or false. What no case of the corpus misses is a survivor; each of
// those needs a reason in survivors.txt, or the exit status is 1. With -tests,
// the package's own tests are run without each survivor too, and have to fail
// unless its reason begins with "Another check".
//
//	go run ./conformance/teeth [-run PATTERN] [-tests] [-v]
//	go run ./conformance/teeth -bites
//	go run ./conformance/teeth -mutants [-sample N -seed S] [-state FILE] [-run PATTERN] [-v]
//
// With -bites it finds for each statement of the RFCs that functions of the package
// meet a case that deviates without them, and writes that for the command
// "conformance requirements".
//
// With -mutants it changes more than checks: comparisons, conditions, constants,
// operators, what is returned, the order of statements and of arguments, one at a
// time. Each mutant is run on the corpus and, if that notices nothing, on the
// package's tests, up to the first that fails. One that is equivalent, so that
// nothing can notice it, has a sentence why in equivalent.txt.
//
// It works on a copy in a temporary directory, from the root of the module. All
// checks are switched in one binary, by an environment variable, so that a few
// hundred runs take minutes.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed survivors.txt
var survivorsText string

// A check is one condition that refuses something.
type check struct {
	id        int
	function  string
	condition string // with the statement before it
	line      string
	result    string // the first deviation, or "" for a survivor
	test      string // of the package's tests, the first that fails without it
}

// key is what survivors.txt names it by: it stays when lines move.
func (c *check) key() string { return c.function + ": " + c.condition }

func main() {
	pattern := flag.String("run", "", "only the checks whose function and condition match `PATTERN`")
	tests := flag.Bool("tests", false, "run the package's tests without each survivor")
	bite := flag.Bool("bites", false, "write which case fails without the code that meets a statement")
	mutants := flag.Bool("mutants", false, "mutate the package instead of switching off its checks")
	sample := flag.Int("sample", 0, "of the mutants, run only `N`, drawn by -seed")
	seed := flag.Uint64("seed", 1, "of the sample")
	state := flag.String("state", "", "keep what is found in `FILE`, and go on from there")
	verbose := flag.Bool("v", false, "print what found each check missing")
	flag.Parse()
	var survivors int
	var err error
	if *bite {
		err = bites()
	} else if *mutants {
		c := campaign{sample: *sample, seed: *seed, state: *state, verbose: *verbose}
		if c.pattern, err = regexp.Compile(*pattern); err == nil {
			survivors, err = c.run()
		}
	} else {
		survivors, err = run(*pattern, *tests, *verbose)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "teeth:", err)
		os.Exit(2)
	}
	if survivors > 0 {
		os.Exit(1)
	}
}

func run(pattern string, tests, verbose bool) (unexplained int, err error) {
	matches, err := regexp.Compile(pattern)
	if err != nil {
		return 0, err
	}
	reasons, err := parseReasons(survivorsText)
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "teeth")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	if err := copyModule(dir, "."); err != nil {
		return 0, err
	}
	checks, err := instrument(dir)
	if err != nil {
		return 0, err
	}
	if len(checks) == 0 {
		return 0, fmt.Errorf("no check found: run it from the root of the module")
	}
	binary := filepath.Join(dir, "conformance.exe")
	build := exec.Command("go", "build", "-o", binary, "./conformance")
	build.Dir, build.Stderr = dir, os.Stderr
	if err := build.Run(); err != nil {
		return 0, fmt.Errorf("building the copy: %w", err)
	}
	if out, ok := runWithout(0, binary); !ok {
		return 0, fmt.Errorf("with all checks on, there are deviations already:\n%s", out)
	}
	checks = slices.DeleteFunc(checks, func(c *check) bool { return !matches.MatchString(c.key()) })

	parallel(checks, func(c *check) {
		if out, ok := runWithout(c.id, binary); !ok {
			c.result = firstDeviation(out)
		}
	})
	if tests {
		if err := runTests(dir, checks); err != nil {
			return 0, err
		}
	}

	caught, explained := 0, 0
	for _, c := range checks {
		reason, known := reasons[c.key()]
		delete(reasons, c.key())
		switch {
		case c.result != "":
			caught++
			if known {
				fmt.Printf("%s: %s\n  is in survivors.txt, and is caught: %s\n", c.line, c.key(), c.result)
				unexplained++
			} else if verbose {
				fmt.Printf("%s: %s\n  caught: %s\n", c.line, c.key(), c.result)
			}
		case known && tests && (c.test == "") != strings.HasPrefix(reason, "Another check"):
			unexplained++
			fmt.Printf("%s: %s\n  %s\n  but of the tests, this fails: %q\n", c.line, c.key(), reason, c.test)
		case known:
			explained++
			if verbose {
				fmt.Printf("%s: %s\n  survives: %s %s\n", c.line, c.key(), reason, c.test)
			}
		case !tests:
			unexplained++
			fmt.Printf("%s: %s\n  survives, without a reason\n", c.line, c.key())
		default:
			unexplained++
			fmt.Printf("%s: %s\n  survives, without a reason; of the tests, this fails: %q\n", c.line, c.key(), c.test)
		}
	}
	if pattern == "" {
		for key := range reasons {
			fmt.Printf("survivors.txt: no such check: %s\n", key)
			unexplained++
		}
	}
	fmt.Printf("%d checks switched off one at a time: %d caught by the corpus, %d survive with a reason, %d to look at\n",
		len(checks), caught, explained, unexplained)
	return unexplained, nil
}

// parseReasons reads survivors.txt: a line with a check, then an indented one with
// the reason. A line that starts with # is a comment.
func parseReasons(text string) (map[string]string, error) {
	reasons := make(map[string]string)
	key := ""
	for i, line := range strings.Split(text, "\n") {
		switch {
		case strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#"):
		case !strings.HasPrefix(line, " "):
			if key != "" {
				return nil, fmt.Errorf("survivors.txt:%d: a check without a reason before it", i+1)
			}
			key = line
		case key == "":
			return nil, fmt.Errorf("survivors.txt:%d: a reason without a check before it", i+1)
		case reasons[key] != "":
			return nil, fmt.Errorf("survivors.txt:%d: a second reason for %s", i+1, key)
		default:
			reasons[key], key = strings.TrimSpace(line), ""
		}
	}
	return reasons, nil
}

// parallel calls f for each check, on all processors.
func parallel[T any](checks []T, f func(T)) {
	work := make(chan T)
	var wg sync.WaitGroup
	for range runtime.NumCPU() {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for c := range work {
				f(c)
			}
		}()
	}
	for _, c := range checks {
		work <- c
	}
	close(work)
	wg.Wait()
}

var failed = regexp.MustCompile(`(?m)^--- FAIL: (\w+)`)

// runTests runs the tests of the package in dir without each of the survivors. Tests
// that fail with all checks on, as those of the comments in the source do, are left out.
func runTests(dir string, checks []*check) error {
	binary := filepath.Join(dir, "tests.exe")
	build := exec.Command("go", "test", "-c", "-o", binary, ".")
	build.Dir, build.Stderr = dir, os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building the tests: %w", err)
	}
	command := []string{binary, "-test.failfast"}
	out, ok := runWithout(0, binary)
	if !ok {
		var names []string
		for _, m := range failed.FindAllStringSubmatch(out, -1) {
			names = append(names, m[1])
		}
		command = append(command, "-test.skip=^("+strings.Join(names, "|")+")$")
		if out, ok := runWithout(0, command...); !ok {
			return fmt.Errorf("with all checks on, tests fail:\n%s", out)
		}
		fmt.Printf("tests left out: %s\n", strings.Join(names, ", "))
	}
	survivors := slices.DeleteFunc(slices.Clone(checks), func(c *check) bool { return c.result != "" })
	parallel(survivors, func(c *check) {
		if out, ok := runWithout(c.id, command...); !ok {
			c.test = "no test by name: it hangs, or has crashed"
			if m := failed.FindStringSubmatch(out); m != nil {
				c.test = m[1]
			}
		}
	})
	return nil
}

// copyModule copies the files of the root module.
func copyModule(to, from string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name := entry.Name(); name != "." && (strings.HasPrefix(name, ".") || name == "peers") {
				return fs.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, path), 0o755)
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, path), data, 0o644)
	})
}

// instrument gives every check of the package in dir a switch.
func instrument(dir string) ([]*check, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var checks []*check
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
			if f, ok := decl.(*ast.FuncDecl); ok && f.Body != nil {
				checks = instrumentFunc(fset, f, checks)
			}
		}
		var out bytes.Buffer
		if err := printer.Fprint(&out, fset, tree); err != nil {
			return nil, err
		}
		if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
			return nil, err
		}
	}
	return checks, os.WriteFile(filepath.Join(dir, "teeth_switch.go"), []byte(`package jose

import "os"

var switchedOff = os.Getenv("TEETH")

func checkIsOn(id string) bool { return id != switchedOff }
`), 0o644)
}

func instrumentFunc(fset *token.FileSet, f *ast.FuncDecl, checks []*check) []*check {
	name := functionName(f)
	guard := func(before ast.Stmt, condition ast.Expr) ast.Expr {
		c := &check{id: len(checks) + 1, function: name, condition: text(condition)}
		if before != nil {
			c.condition = text(before) + "; " + c.condition
		}
		position := fset.Position(condition.Pos())
		c.line = fmt.Sprintf("%s:%d", filepath.Base(position.Filename), position.Line)
		checks = append(checks, c)
		return &ast.BinaryExpr{X: &ast.ParenExpr{X: condition}, Op: token.LAND, Y: &ast.CallExpr{
			Fun:  ast.NewIdent("checkIsOn"),
			Args: []ast.Expr{&ast.BasicLit{Kind: token.STRING, Value: fmt.Sprintf("%q", fmt.Sprint(c.id))}},
		}}
	}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			if refuses(n.Body.List) && !passesOn(n) {
				n.Cond = guard(n.Init, n.Cond)
			}
		case *ast.SwitchStmt:
			if n.Tag != nil {
				break
			}
			for _, clause := range n.Body.List {
				clause := clause.(*ast.CaseClause)
				if refuses(clause.Body) {
					for i := range clause.List {
						clause.List[i] = guard(nil, clause.List[i])
					}
				}
			}
		}
		return true
	})
	return checks
}

// functionName returns the name of a function, or the type and the name of a method,
// and remembers whether its receiver is a pointer.
func functionName(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	typ, pointer := strings.CutPrefix(text(f.Recv.List[0].Type), "*")
	typ, _, _ = strings.Cut(typ, "[")
	pointerMethods[typ+"."+f.Name.Name] = pointer
	return typ + "." + f.Name.Name
}

// refuses reports whether the last of the statements returns an error that is made
// there, or false.
func refuses(body []ast.Stmt) bool {
	if len(body) == 0 {
		return false
	}
	ret, ok := body[len(body)-1].(*ast.ReturnStmt)
	if !ok || len(ret.Results) == 0 {
		return false
	}
	switch last := ret.Results[len(ret.Results)-1].(type) {
	case *ast.CallExpr:
		fun := text(last.Fun)
		return fun == "fmt.Errorf" || fun == "errors.New" || strings.Contains(fun, "err")
	case *ast.Ident:
		return last.Name == "false" || last.Name != "nil" && strings.HasPrefix(last.Name, "err") || strings.HasPrefix(last.Name, "Err")
	}
	return false
}

// passesOn reports whether an if only hands on the error of a call that has results
// besides: without it there is nothing to go on with.
func passesOn(n *ast.IfStmt) bool {
	condition, ok := n.Cond.(*ast.BinaryExpr)
	if !ok || text(condition) != "err != nil" {
		return false
	}
	assign, ok := n.Init.(*ast.AssignStmt)
	return !ok || len(assign.Lhs) > 1
}

// text prints an expression or a statement on one line.
func text(e ast.Node) string {
	var b bytes.Buffer
	printer.Fprint(&b, token.NewFileSet(), e)
	return strings.Join(strings.Fields(b.String()), " ")
}

// runWithout runs a command of the copy without one check and reports whether it noticed
// nothing. A crash and a hang are noticed too.
func runWithout(id int, command ...string) (out string, ok bool) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir = filepath.Dir(command[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("TEETH=%d", id))
	b, err := cmd.CombinedOutput()
	return string(b), err == nil
}

// firstDeviation returns the id of the first case that a report lists, or its end. One
// that hangs is ended before it reports anything.
func firstDeviation(out string) string {
	if strings.TrimSpace(out) == "" {
		return "no report: it hangs, or has crashed"
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	for _, line := range lines {
		if strings.HasPrefix(line, "  ") && !strings.HasPrefix(line, "   ") {
			return strings.TrimSpace(line)
		}
	}
	return lines[len(lines)-1]
}
