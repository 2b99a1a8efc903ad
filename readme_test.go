package jose_test

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strings"
	"testing"

	"example.com/jose/vectors"
)

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
		return []byte("<!-- " + name + " -->\n```go\n" + body + "```\n")
	})
	if found < 5 {
		t.Fatalf("README.md has %d examples", found)
	}
	table := regexp.MustCompile("(?s)<!-- algorithms -->\n.*?\n\n##")
	if !table.Match(readme) {
		t.Fatal("README.md has no table of algorithms")
	}
	return table.ReplaceAllLiteral(readme, []byte("<!-- algorithms -->\n"+algorithmTable(t)+"\n##"))
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
