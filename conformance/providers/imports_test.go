package providers

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"
)

// The package comment says what the files may import, and that a server and what it calls has
// nothing of package jose, and a client reads no token by hand.
func TestImports(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	// What each declaration uses, by the type that it belongs to or else by its own name: names of
	// this package, and "jose".
	uses := make(map[string]map[string]bool)
	files := 0
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		files++
		file, err := parser.ParseFile(token.NewFileSet(), entry.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			first, _, _ := strings.Cut(path, "/")
			standard := !strings.Contains(first, ".") && first != "testing" && path != "net/http/httptest"
			if err != nil || spec.Name != nil || path != "example.com/jose" && !standard {
				t.Errorf("%s imports %s", entry.Name(), spec.Path.Value)
			}
		}
		add := func(name string, node ast.Node) {
			if uses[name] == nil {
				uses[name] = make(map[string]bool)
			}
			ast.Inspect(node, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok {
					uses[name][id.Name] = true
				}
				return true
			})
		}
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				name := d.Name.Name
				if d.Recv != nil {
					typ := d.Recv.List[0].Type
					if star, ok := typ.(*ast.StarExpr); ok {
						typ = star.X
					}
					name = typ.(*ast.Ident).Name
				}
				add(name, d)
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch s := spec.(type) {
					case *ast.TypeSpec:
						add(s.Name.Name, s)
					case *ast.ValueSpec:
						for _, id := range s.Names {
							add(id.Name, s)
						}
					}
				}
			}
		}
	}
	if files < 10 {
		t.Fatalf("only %d files", files)
	}
	// reaches returns whether what has this name uses another, by whatever way.
	reaches := func(from, to string) bool {
		seen := map[string]bool{}
		var visit func(string) bool
		visit = func(name string) bool {
			if name == to {
				return true
			}
			if seen[name] {
				return false
			}
			seen[name] = true
			for used := range uses[name] {
				if visit(used) {
					return true
				}
			}
			return false
		}
		return visit(from)
	}
	servers, clients := 0, 0
	for name := range uses {
		switch {
		case strings.HasSuffix(name, "Server"):
			servers++
			if reaches(name, "jose") {
				t.Errorf("%s uses package jose", name)
			}
		case strings.HasSuffix(name, "Client") || strings.HasSuffix(name, "Receiver") || strings.HasSuffix(name, "Verifier"):
			clients++
			if !reaches(name, "jose") {
				t.Errorf("%s does not use package jose", name)
			}
			for _, byHand := range []string{"segments", "decodeSegment", "signingInput"} {
				if reaches(name, byHand) {
					t.Errorf("%s uses %s", name, byHand)
				}
			}
		}
	}
	// Each of eight has a type and a constructor on either side; and there are two receivers of
	// webhooks, a verifier of both directions and one of requests, each with its constructor, and a
	// constructor of a verifier of requests.
	if servers != 16 || clients != 25 {
		t.Errorf("%d names of servers, %d of clients", servers, clients)
	}
}
