package requirements

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// functionLines returns where each function and method of the package in dir
// is, as "name (file:first-last)", or nothing where that is no checkout.
func functionLines(dir string) map[string]string {
	lines := make(map[string]string)
	fset := token.NewFileSet()
	names, _ := filepath.Glob(filepath.Join(dir, "*.go")) // the pattern is well-formed
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		file, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
		if err != nil || file.Name.Name != "jose" {
			continue
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok {
				first, last := fset.Position(f.Pos()).Line, fset.Position(f.End()).Line
				lines[functionName(f)] = fmt.Sprintf("%s (%s:%d-%d)", functionName(f), filepath.Base(name), first, last)
			}
		}
	}
	return lines
}

// functionName writes a function as the rows do: "name", "Type.method" or
// "(*Type).method", without type parameters.
func functionName(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	typ, star := f.Recv.List[0].Type, false
	if p, ok := typ.(*ast.StarExpr); ok {
		typ, star = p.X, true
	}
	switch t := typ.(type) {
	case *ast.IndexExpr:
		typ = t.X
	case *ast.IndexListExpr:
		typ = t.X
	}
	name := ""
	if id, ok := typ.(*ast.Ident); ok {
		name = id.Name
	}
	if star {
		return "(*" + name + ")." + f.Name.Name
	}
	return name + "." + f.Name.Name
}
