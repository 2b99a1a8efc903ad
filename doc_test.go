package jose_test

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/doc"
	"go/format"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/jose/vectors"
)

// What is written about the package holds: its comments, its citations, and README.md.

// docFiles parses the package's files, less the tests.
func docFiles(t *testing.T) (*token.FileSet, map[string]*ast.File) {
	t.Helper()
	fset := token.NewFileSet()
	files := make(map[string]*ast.File)
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		if files[name], err = parser.ParseFile(fset, name, nil, parser.ParseComments); err != nil {
			t.Fatal(err)
		}
	}
	// The six files that somebody who vendors the package copies, and no others.
	for _, name := range []string{"b64url.go", "jose.go", "jwe.go", "jws.go", "jwt.go", "keys.go"} {
		if files[name] == nil || len(files) != 6 {
			t.Fatalf("%d files, %s among them: %v", len(files), name, files[name] != nil)
		}
	}
	return fset, files
}

// docFunc is an exported function or method.
type docFunc struct {
	*doc.Func
	returnsError bool
}

// docFuncs returns the exported functions by name, methods as Type.Method, and checks on the way
// that everything exported has a comment.
func docFuncs(t *testing.T) map[string]docFunc {
	t.Helper()
	fset, files := docFiles(t)
	var list []*ast.File
	for _, f := range files {
		list = append(list, f)
	}
	p, err := doc.NewFromFiles(fset, list, "example.com/jose")
	if err != nil {
		t.Fatal(err)
	}
	funcs := make(map[string]docFunc)
	add := func(prefix string, fs []*doc.Func) {
		for _, f := range fs {
			if f.Doc == "" {
				t.Errorf("%s%s has no comment", prefix, f.Name)
			}
			d := docFunc{Func: f}
			if r := f.Decl.Type.Results; r != nil {
				last, ok := r.List[len(r.List)-1].Type.(*ast.Ident)
				d.returnsError = ok && last.Name == "error"
			}
			funcs[prefix+f.Name] = d
		}
	}
	values := func(vs []*doc.Value) {
		for _, v := range vs {
			for _, spec := range v.Decl.Specs {
				s := spec.(*ast.ValueSpec)
				if slices.ContainsFunc(s.Names, func(n *ast.Ident) bool { return n.IsExported() }) && v.Doc == "" && s.Doc == nil && s.Comment == nil {
					t.Errorf("%s has no comment", s.Names[0])
				}
			}
		}
	}
	if p.Doc == "" {
		t.Error("the package has no comment")
	}
	add("", p.Funcs)
	values(append(p.Consts, p.Vars...))
	for _, typ := range p.Types {
		if typ.Doc == "" {
			t.Errorf("%s has no comment", typ.Name)
		}
		add("", typ.Funcs)
		add(typ.Name+".", typ.Methods)
		values(append(typ.Consts, typ.Vars...))
	}
	if len(funcs) < 50 {
		t.Fatalf("only %d functions", len(funcs))
	}
	return funcs
}

var (
	docSentinel = regexp.MustCompile(`\bErr[A-Z]\w*`)
	docSection  = regexp.MustCompile(`RFC \d+, (Section|Sections|Appendix) [\dA-Z]`)
	docLink     = regexp.MustCompile(`\[\*?([A-Z]\w*(?:\.[A-Z]\w*)?)\]`)
)

// D21: whoever calls a function learns from its comment which errors it returns, and which
// section it implements; or which function has a comment that says so.
func TestD21_Documented(t *testing.T) {
	funcs := docFuncs(t)
	var says func(text string, what *regexp.Regexp, seen []string) bool
	says = func(text string, what *regexp.Regexp, seen []string) bool {
		if what.MatchString(text) {
			return true
		}
		for _, link := range docLink.FindAllStringSubmatch(text, -1) {
			if f, ok := funcs[link[1]]; ok && !slices.Contains(seen, link[1]) && says(f.Doc, what, append(seen, link[1])) {
				return true
			}
		}
		return false
	}
	for name, f := range funcs {
		if !f.returnsError {
			continue
		}
		text := strings.Join(strings.Fields(f.Doc), " ")
		if !says(text, docSentinel, []string{name}) {
			t.Errorf("%s does not say which errors it returns", name)
		}
		if !says(text, docSection, []string{name}) {
			t.Errorf("%s does not cite a section", name)
		}
		// A link leads somewhere.
		for _, link := range docLink.FindAllStringSubmatch(f.Doc, -1) {
			if _, ok := funcs[link[1]]; !ok && !docSentinel.MatchString(link[1]) && !docType(t, link[1]) {
				t.Errorf("%s: no %s in this package", name, link[0])
			}
		}
	}
}

// docType reports whether the package declares an exported type, or field, of this name.
func docType(t *testing.T, name string) (found bool) {
	_, files := docFiles(t)
	typ, field, _ := strings.Cut(name, ".")
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			s, ok := n.(*ast.TypeSpec)
			if !ok || s.Name.Name != typ {
				return true
			}
			record, ok := s.Type.(*ast.StructType)
			found = found || field == "" || ok && slices.ContainsFunc(record.Fields.List, func(f *ast.Field) bool {
				return slices.ContainsFunc(f.Names, func(n *ast.Ident) bool { return n.Name == field })
			})
			return true
		})
	}
	return found
}

var (
	docMention = regexp.MustCompile(`(?i)\brfc\W?\d+`)
	docRFC     = regexp.MustCompile(`^RFC \d{4}\b`)
	docCited   = regexp.MustCompile(`^RFC \d{4}, (Section \d+(\.\d+)*|Sections \d+(\.\d+)*(, \d+(\.\d+)*)* (and|to) \d+(\.\d+)*|Appendix [A-Z](\.\d+)*)`)
	docOther   = regexp.MustCompile(`(?i)^RFC \d{4}\W{0,3}(§|s?sec|app|\d+\.)`)
	docOdd     = regexp.MustCompile(`§|(?i:\bsec\. ?\d)|\bsections? \d|\bappendix [A-Z]\b|\bApp\. |\bSection [a-z]`)
)

// "RFC 7518, Section 3.4": every citation in a comment or a message has this form, so that grep
// finds it, but for line breaks.
func TestCitations(t *testing.T) {
	_, files := docFiles(t)
	cited := 0
	for name, f := range files {
		var texts []string
		for _, c := range f.Comments {
			texts = append(texts, c.Text())
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				texts = append(texts, l.Value)
			}
			return true
		})
		for _, text := range texts {
			text = strings.Join(strings.Fields(text), " ")
			for _, at := range docMention.FindAllStringIndex(text, -1) {
				rest := text[at[0]:]
				if docCited.MatchString(rest) {
					cited++
				} else if !docRFC.MatchString(rest) || docOther.MatchString(rest) {
					t.Errorf("%s: cited as %.60q", name, rest)
				}
			}
			for _, at := range docOdd.FindAllStringIndex(text, -1) {
				t.Errorf("%s: cited as %.60q", name, text[at[0]:])
			}
		}
	}
	if cited < 200 {
		t.Errorf("only %d citations", cited)
	}
}

// D22, and the layout: the package is its own files and the standard library, and has none of
// what would make it hard to review.
func TestD22_Source(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(mod), "\n") {
		if word, _, _ := strings.Cut(strings.TrimSpace(line), " "); !slices.Contains([]string{"", "module", "go"}, word) {
			t.Errorf("go.mod: %s", line)
		}
	}
	if !strings.HasPrefix(string(mod), "module example.com/jose\n\ngo 1.24\n") {
		t.Errorf("go.mod: %q", mod)
	}
	fset, files := docFiles(t)
	for name, f := range files {
		for _, spec := range f.Imports {
			path := strings.Trim(spec.Path.Value, `"`)
			root, _, _ := strings.Cut(path, "/")
			if strings.Contains(root, ".") || slices.Contains([]string{"C", "unsafe", "reflect", "net", "os", "log", "compress", "plugin"}, root) || strings.HasPrefix(path, "math/rand") {
				t.Errorf("%s imports %s", name, path)
			}
		}
		for _, c := range f.Comments {
			for _, line := range c.List {
				if strings.HasPrefix(line.Text, "//go:") {
					t.Errorf("%s: %s", name, line.Text)
				}
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			at := func(what string) {
				t.Errorf("%s: %s", fset.Position(n.Pos()), what)
			}
			switch n := n.(type) {
			case *ast.CallExpr:
				if fun, ok := n.Fun.(*ast.Ident); ok && (fun.Name == "panic" || fun.Name == "print" || fun.Name == "println") {
					at(fun.Name)
				}
			case *ast.FuncDecl:
				if n.Recv == nil && n.Name.Name == "init" {
					at("init")
				}
			case *ast.GoStmt:
				at("a goroutine")
			}
			return true
		})
	}
}

var updateReadme = flag.Bool("update-readme", false, "write the examples and the table of algorithms into README.md")

// The code in README.md is that of the Examples, which run, and its table of algorithms is
// counted from the corpus.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	want := readmeBlock(t, readme)
	if bytes.Equal(readme, want) {
		return
	}
	if !*updateReadme {
		t.Fatal("README.md is not up to date: go test -run TestReadme -update-readme .")
	}
	if err := os.WriteFile("README.md", want, 0o644); err != nil {
		t.Fatal(err)
	}
}

// readmeBlock returns README.md with what follows each marker as it should be.
func readmeBlock(t *testing.T, readme []byte) []byte {
	bodies := exampleBodies(t)
	examples := regexp.MustCompile("(?s)<!-- (Example\\w*) -->\n```go\n.*?```\n")
	found := 0
	readme = examples.ReplaceAllFunc(readme, func(block []byte) []byte {
		found++
		name := string(examples.FindSubmatch(block)[1])
		body, ok := bodies[name]
		if !ok {
			t.Fatalf("README.md has %s, which is no Example with an Output", name)
		}
		return []byte("<!-- " + name + " -->\n```go\n" + readmeCode(t, name, body) + "```\n")
	})
	if blocks := bytes.Count(readme, []byte("\n```go\n")); found < 5 || found != blocks {
		t.Fatalf("README.md has %d blocks of Go, and the Examples of %d of them", blocks, found)
	}
	table := regexp.MustCompile("(?s)<!-- algorithms -->\n.*?\n\n##")
	if !table.Match(readme) {
		t.Fatal("README.md has no table of algorithms")
	}
	return table.ReplaceAllLiteral(readme, []byte("<!-- algorithms -->\n"+algorithmTable(t)+"\n##"))
}

// readmeCode is the body of an Example as README.md shows it: with os.ReadFile, which keyFile
// stands for, and the first one as a whole program.
func readmeCode(t *testing.T, name, body string) string {
	body = strings.ReplaceAll(body, "keyFile(", "os.ReadFile(")
	if name != "Example" {
		return body
	}
	program, err := format.Source([]byte(goProgram("main", body)))
	if err != nil {
		t.Fatal(err)
	}
	return string(program)
}

// goPackages are the packages that code in README.md may use, by name.
var goPackages = map[string]string{
	"bytes": "bytes", "errors": "errors", "fmt": "fmt", "io": "io", "log": "log", "os": "os", "strings": "strings",
	"time": "time", "json": "encoding/json", "pem": "encoding/pem", "x509": "crypto/x509", "jose": "example.com/jose",
}

// goProgram returns a program whose function of this name consists of statements. It imports the
// packages of goPackages that are named there, and declares nothing else.
func goProgram(name, statements string) string {
	function := "func " + name + "() {\n" + statements + "}\n"
	file, err := parser.ParseFile(token.NewFileSet(), "", "package main\n"+function, 0)
	var std, own []string
	if err == nil {
		for _, unresolved := range file.Unresolved {
			path := goPackages[unresolved.Name]
			line := fmt.Sprintf("%q\n", path)
			if path == "" || slices.Contains(std, line) || slices.Contains(own, line) {
				continue
			} else if strings.Contains(path, ".") {
				own = append(own, line)
			} else {
				std = append(std, line)
			}
		}
	}
	slices.Sort(std)
	return "package main\n\nimport (\n" + strings.Join(std, "") + "\n" + strings.Join(own, "") + ")\n\n" + function
}

var (
	goBlock   = regexp.MustCompile("(?ms)^```go\n(.*?)^```$")
	goPackage = regexp.MustCompile(`(?m)^package `)
)

// checkGo type-checks each block of Go in a text of Markdown, and returns their number and what
// is wrong with them. A block with a package clause is a file, and has to be one as it stands.
// Any other is the body of a function in a file that imports what the block names of goPackages.
func checkGo(text string, fset *token.FileSet, packages types.Importer) (blocks int, errs []error) {
	config := types.Config{GoVersion: "go1.24", Importer: packages, Error: func(err error) { errs = append(errs, err) }}
	for _, at := range goBlock.FindAllStringSubmatchIndex(text, -1) {
		blocks++
		code := text[at[2]:at[3]]
		line := fmt.Sprintf("//line README.md:%d\n", 1+strings.Count(text[:at[2]], "\n"))
		if goPackage.MatchString(code) {
			code = line + code
		} else {
			code = goProgram("_", line+code)
		}
		file, err := parser.ParseFile(fset, "", code, parser.SkipObjectResolution)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		config.Check("main", fset, []*ast.File{file}, nil)
	}
	return blocks, errs
}

// The code in README.md compiles as it stands, and this test would notice if it did not.
func TestReadmeCompiles(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	packages := exportData(t, fset, slices.Collect(maps.Values(goPackages))...)
	blocks, errs := checkGo(string(readme), fset, packages)
	for _, err := range errs {
		t.Error(err)
	}
	if shown := strings.Count(string(readme), "\n```go"); blocks < 5 || blocks != shown {
		t.Errorf("%d of %d blocks were checked", blocks, shown)
	}
	block := func(code string) string { return "\n```go\n" + code + "```\n" }
	for _, code := range []string{"fmt.Println(jose.RS256)\n", "package main\n\nfunc main() {}\n"} {
		if blocks, errs := checkGo(block(code), fset, packages); blocks != 1 || len(errs) != 0 {
			t.Errorf("%d blocks of %q: %v", blocks, code, errs)
		}
	}
	for _, broken := range []string{
		"fmt.Println(keyFile(\"signer.pem\"))\n",
		"key, err := jose.ParsePrivateKey(nil)\nfmt.Println(err)\n",
		"jose.RS256\n",
		"fmt.Println(jose.RS384)\n",
		"fmt.Println(jose.ParsePrivateKey(\"\"))\n",
		"fmt.Println(\n",
		"fmt.Println(rsa.PublicKey{})\n",
		"package main\n\nfunc main() { fmt.Println() }\n",
		"package main\n\nimport \"fmt\"\n\nfunc main() {}\n",
	} {
		if blocks, errs := checkGo(block(broken), fset, packages); blocks != 1 || len(errs) == 0 {
			t.Errorf("%d blocks, and nothing wrong with %q", blocks, broken)
		}
	}
	if blocks, _ := checkGo("text\n", fset, packages); blocks != 0 {
		t.Errorf("%d blocks where there is none", blocks)
	}
}

// exportData returns an importer of these packages, and of what they import, as go build has
// compiled them.
func exportData(t *testing.T, fset *token.FileSet, packages ...string) types.Importer {
	t.Helper()
	args := append([]string{"list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}"}, packages...)
	list, err := exec.Command("go", args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	exports := make(map[string]string)
	for line := range strings.Lines(string(list)) {
		path, file, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		exports[path] = file
	}
	return importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})
}

// README.md leads from each task to its Example: it has a link to every Example, and each link
// names the file where the Example is.
func TestReadmeTasks(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	examples := make(map[string]bool)
	for _, name := range names {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func (Example\w*)\(\) \{$`).FindAllSubmatch(source, -1) {
			examples[fmt.Sprintf("[%s](%s)", m[1], name)] = true
		}
	}
	if len(examples) < 30 {
		t.Errorf("only %d Examples", len(examples))
	}
	linked := make(map[string]bool)
	for _, link := range regexp.MustCompile(`\[Example\w*\]\([^)]*\)`).FindAllString(string(readme), -1) {
		linked[link] = true
		if !examples[link] {
			t.Errorf("README.md has %s, and there is no such Example", link)
		}
	}
	for example := range examples {
		if !linked[example] {
			t.Errorf("README.md does not say what %s is for", example)
		}
	}
}

// exampleBodies returns the text of the Examples that have an Output, by name.
func exampleBodies(t *testing.T) map[string]string {
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "example_test.go", source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	bodies := make(map[string]string)
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || !strings.HasPrefix(f.Name.Name, "Example") {
			continue
		}
		body := string(source[fset.Position(f.Body.Lbrace).Offset+2 : fset.Position(f.Body.Rbrace).Offset])
		if !strings.Contains(body, "\t// Output:") {
			t.Errorf("%s has no Output, so it does not run", f.Name.Name)
			continue
		}
		lines := strings.SplitAfter(body, "\n")
		for i := range lines {
			lines[i] = strings.TrimPrefix(lines[i], "\t")
		}
		bodies[f.Name.Name] = strings.Join(lines, "")
	}
	return bodies
}

// algorithmTable counts the cases of the corpus.
func algorithmTable(t *testing.T) string {
	files, err := vectors.Load()
	if err != nil {
		t.Fatal(err)
	}
	accept, refuse := make(map[string]int), make(map[string]int)
	for _, f := range files {
		for _, c := range f.Cases {
			for _, alg := range []string{c.Alg, c.InnerAlg} {
				if c.Expect == "accept" {
					accept[alg]++
				} else if c.Expect == "reject" {
					refuse[alg]++
				}
			}
		}
	}
	var b strings.Builder
	b.WriteString("| algorithm | section | must accept | must refuse |\n|---|---|---|---|\n")
	for _, row := range [][2]string{
		{"RS256", "RFC 7518, Section 3.3"},
		{"ES512", "RFC 7518, Section 3.4"},
		{"HS512", "RFC 7518, Section 3.2"},
		{"RSA-OAEP", "RFC 7518, Section 4.3"},
		{"RSA-OAEP-256", "RFC 7518, Section 4.3"},
	} {
		if accept[row[0]] == 0 || refuse[row[0]] == 0 {
			t.Errorf("the corpus has no cases for %s", row[0])
		}
		name := row[0]
		if strings.HasPrefix(name, "RSA-") {
			name += " with A256GCM"
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %d |\n", name, row[1], accept[row[0]], refuse[row[0]])
	}
	return b.String()
}

// TestFilesPointDown holds the order in which the six files can be read: what one of them refers
// to stands in itself or in one before it.
func TestFilesPointDown(t *testing.T) {
	t.Parallel()
	order := []string{"b64url.go", "jose.go", "keys.go", "jws.go", "jwe.go", "jwt.go"}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range order {
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	info := types.Info{Uses: make(map[*ast.Ident]types.Object)}
	config := types.Config{Importer: exportData(t, fset, ".")}
	own, err := config.Check("example.com/jose", fset, files, &info)
	if err != nil {
		t.Fatal(err)
	}
	between := 0
	for ident, object := range info.Uses {
		if object.Pkg() != own {
			continue
		}
		from, to := fset.Position(ident.Pos()), fset.Position(object.Pos())
		switch up := slices.Index(order, to.Filename) - slices.Index(order, from.Filename); {
		case up > 0:
			t.Errorf("%s refers up to %s of %s", from, ident.Name, to)
		case up < 0:
			between++
		}
	}
	if between < 100 {
		t.Errorf("only %d references between the files", between)
	}
}
