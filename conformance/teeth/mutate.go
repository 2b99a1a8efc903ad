package main

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/format"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A mutant is one change of the package, which the number of the mutant in the
// environment switches on.
type mutant struct {
	id       int
	kind     string // one of mutations
	function string
	line     string // file:line, for people
	change   string // with function and kind it names the mutant
	nth      int    // of those that these three do not tell apart, from 0
	caught   string // what failed first, or "" for a survivor
}

// key names a mutant; it stays when lines move.
func (m *mutant) key() string {
	k := m.function + ": " + m.kind + ": " + m.change
	if m.nth > 0 {
		k += fmt.Sprintf(" #%d", m.nth+1)
	}
	return k
}

// mutations are the kinds, with what each does.
var mutations = map[string]string{
	"comparison": "< for <=, > for >=, == for !=, and the reverse",
	"logic":      "&& for ||, and the reverse; a condition for its negation",
	"constant":   "a number one more or one less, in place of a literal or a named constant",
	"text":       "another string, where it is no message",
	"arithmetic": "- for +, * for /, | for &, and the reverse",
	"return":     "nil, zero or the negation in place of what is returned",
	"statement":  "a statement is left out",
	"order":      "two statements change places",
	"arguments":  "two arguments of one type change places",
}

// switchSource is what the changed package calls.
const switchSource = `package jose

import (
	"cmp"
	"os"
	"strconv"
)

var teethMutant, _ = strconv.Atoi(os.Getenv("TEETH"))

func teethOn(id int) bool { return id == teethMutant }

func teethCompare[T cmp.Ordered](id int, orEqual bool, a, b T) bool {
	if (id == teethMutant) != orEqual {
		return a <= b
	}
	return a < b
}

func teethAnd(id int, a bool, b func() bool) bool {
	if id == teethMutant {
		return a || b()
	}
	return a && b()
}

func teethOr(id int, a bool, b func() bool) bool {
	if id == teethMutant {
		return a && b()
	}
	return a || b()
}

func teethAdd[T teethInteger](up, down int, n T) T {
	switch teethMutant {
	case up:
		return n + 1
	case down:
		return n - 1
	}
	return n
}

type teethInteger interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr
}

func teethMath[T teethInteger](id int, op string, a, b T) T {
	if id == teethMutant {
		op = map[string]string{"+": "-", "-": "+", "*": "/", "/": "*", "%": "*", "&": "|", "|": "&", "^": "|", "&^": "&"}[op]
	}
	switch op {
	case "+":
		return a + b
	case "-":
		return a - b
	case "*":
		return a * b
	case "/":
		return a / b
	case "%":
		return a % b
	case "&":
		return a & b
	case "|":
		return a | b
	case "^":
		return a ^ b
	}
	return a &^ b
}

func teethText[T ~string](id int, s T) T {
	if id == teethMutant {
		return s + "\x00"
	}
	return s
}

func teethZero[T any](id int, v T) T {
	if id == teethMutant {
		var zero T
		return zero
	}
	return v
}

func teethSwap[T any](id int, a, b T) (T, T) {
	if id == teethMutant {
		return b, a
	}
	return a, b
}
`

// An edit replaces source. Of two insertions at one place the one that closes
// comes first; then the outer one opens first, and the inner one closes first.
type edit struct {
	pos, end int
	text     string
	closes   bool
	size     int // of the node that it is about
}

// A mutator collects the mutants of a package, and the edits for them.
type mutator struct {
	fset     *token.FileSet
	info     *types.Info
	pkg      *types.Package
	source   map[string][]byte
	edits    map[string][]edit
	mutants  []*mutant
	seen     map[string]int
	function string
}

// mutate gives every mutation of the package in dir a switch.
func mutate(dir string) ([]*mutant, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	m := &mutator{fset: token.NewFileSet(), source: make(map[string][]byte), edits: make(map[string][]edit), seen: make(map[string]int),
		info: &types.Info{Types: make(map[ast.Expr]types.TypeAndValue), Uses: make(map[*ast.Ident]types.Object)}}
	var trees []*ast.File
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		tree, err := parser.ParseFile(m.fset, file, source, 0)
		if err != nil {
			return nil, err
		}
		m.source[file] = source
		trees = append(trees, tree)
	}
	conf := types.Config{Importer: importer.ForCompiler(m.fset, "source", nil)}
	if m.pkg, err = conf.Check("example.com/jose", m.fset, trees, m.info); err != nil {
		return nil, err
	}
	for _, tree := range trees {
		for _, decl := range tree.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Body != nil {
				m.function = functionName(f)
				ast.Inspect(f.Body, m.visit)
			}
		}
	}
	for file, source := range m.source {
		out, err := format.Source(apply(source, m.edits[file]))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
		if err := os.WriteFile(file, out, 0o644); err != nil {
			return nil, err
		}
	}
	return m.mutants, os.WriteFile(filepath.Join(dir, "teeth_switch.go"), []byte(switchSource), 0o644)
}

// add makes a mutant and returns its number.
func (m *mutator) add(kind string, at token.Pos, format string, args ...any) int {
	position := m.fset.Position(at)
	x := &mutant{id: len(m.mutants) + 1, kind: kind, function: m.function,
		change: strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " "),
		line:   fmt.Sprintf("%s:%d", filepath.Base(position.Filename), position.Line)}
	name := x.key()
	x.nth = m.seen[name]
	m.seen[name]++
	m.mutants = append(m.mutants, x)
	return x.id
}

// around puts text before and behind a node.
func (m *mutator) around(n ast.Node, before, behind string) {
	m.span(n.Pos(), n.End(), before, behind)
}

func (m *mutator) span(start, end token.Pos, before, behind string) {
	from, to := m.fset.Position(start), m.fset.Position(end)
	size := to.Offset - from.Offset
	m.edits[from.Filename] = append(m.edits[from.Filename],
		edit{from.Offset, from.Offset, before, false, size}, edit{to.Offset, to.Offset, behind, true, size})
}

func (m *mutator) replace(pos token.Pos, length int, text string) {
	p := m.fset.Position(pos)
	m.edits[p.Filename] = append(m.edits[p.Filename], edit{p.Offset, p.Offset + length, text, false, 0})
}

// apply applies edits that do not overlap but for insertions.
func apply(source []byte, edits []edit) []byte {
	// Of two that close at one place around the same source, the first was added first,
	// and opens first.
	slices.Reverse(edits)
	opening := func(e edit) bool { return !e.closes }
	rest := slices.DeleteFunc(slices.Clone(edits), opening)
	slices.Reverse(edits)
	edits = append(rest, slices.DeleteFunc(edits, func(e edit) bool { return e.closes })...)
	slices.SortStableFunc(edits, func(a, b edit) int {
		if a.pos != b.pos || a.end > a.pos || b.end > b.pos {
			return cmp.Or(cmp.Compare(a.pos, b.pos), cmp.Compare(a.end, b.end))
		}
		switch {
		case a.closes != b.closes && a.closes:
			return -1
		case a.closes != b.closes:
			return 1
		case a.closes:
			return cmp.Compare(a.size, b.size)
		}
		return cmp.Compare(b.size, a.size)
	})
	var out bytes.Buffer
	at := 0
	for _, e := range edits {
		out.Write(source[at:e.pos])
		out.WriteString(e.text)
		at = e.end
	}
	out.Write(source[at:])
	return out.Bytes()
}

// visit is for ast.Inspect: it mutates what may stand at n, and says whether to
// go on below it.
func (m *mutator) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GenDecl:
		return n.Tok == token.VAR
	case *ast.ArrayType, *ast.FuncType, *ast.StructType:
		return false
	case *ast.BlockStmt:
		m.block(n.List)
	case *ast.CaseClause:
		m.block(n.Body)
		m.caseClause(n)
		return false
	case *ast.IfStmt:
		m.around(n.Cond, "((", fmt.Sprintf(") != teethOn(%d))", m.add("logic", n.Cond.Pos(), "if %s to its negation", text(n.Cond))))
	case *ast.BinaryExpr:
		m.binary(n)
	case *ast.UnaryExpr:
		if n.Op == token.NOT {
			m.around(n, "((", fmt.Sprintf(") != teethOn(%d))", m.add("logic", n.Pos(), "%s to its negation", text(n))))
		}
	case *ast.BasicLit, *ast.Ident:
		m.constant(n.(ast.Expr))
	case *ast.ReturnStmt:
		for _, r := range n.Results {
			m.result(r)
		}
	case *ast.CallExpr:
		return m.call(n)
	case *ast.KeyValueExpr:
		ast.Inspect(n.Value, m.visit)
		return false
	case *ast.SelectorExpr:
		ast.Inspect(n.X, m.visit)
		return false
	}
	return true
}

// caseClause goes through a case. What it lists stays as it is where that is a
// constant: the compiler wants these to differ.
func (m *mutator) caseClause(n *ast.CaseClause) {
	for _, e := range n.List {
		if tv := m.info.Types[e]; tv.Value == nil && !tv.IsType() && !tv.IsNil() {
			ast.Inspect(e, m.visit)
		}
	}
	for _, s := range n.Body {
		ast.Inspect(s, m.visit)
	}
}

func (m *mutator) binary(n *ast.BinaryExpr) {
	if m.info.Types[n].Value != nil {
		return // a constant: its operands are mutated where they can be
	}
	switch n.Op {
	case token.EQL, token.NEQ:
		other := map[token.Token]string{token.EQL: "!=", token.NEQ: "=="}[n.Op]
		m.around(n, "((", fmt.Sprintf(") != teethOn(%d))", m.add("comparison", n.Pos(), "%s to %s", text(n), other)))
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
		other := map[token.Token]string{token.LSS: "<=", token.LEQ: "<", token.GTR: ">=", token.GEQ: ">"}[n.Op]
		id := m.add("comparison", n.Pos(), "%s to %s", text(n), other)
		typ := m.info.Types[n.X].Type
		if m.info.Types[n.X].Value != nil {
			typ = m.info.Types[n.Y].Type
		}
		// a > b is !(a <= b), and a >= b is !(a < b).
		not, orEqual := "", n.Op == token.LEQ || n.Op == token.GTR
		if n.Op == token.GTR || n.Op == token.GEQ {
			not = "!"
		}
		m.around(n, fmt.Sprintf("%steethCompare[%s](%d, %t, ", not, m.typeName(typ), id, orEqual), ")")
		m.replace(n.OpPos, len(n.Op.String()), ",")
	case token.ADD, token.SUB, token.MUL, token.QUO, token.REM, token.AND, token.OR, token.XOR, token.AND_NOT:
		typ := m.info.Types[n].Type
		if basic, ok := typ.Underlying().(*types.Basic); !ok || basic.Info()&types.IsInteger == 0 || basic.Info()&types.IsUntyped != 0 {
			return
		}
		id := m.add("arithmetic", n.OpPos, "%s to another operator", text(n))
		m.around(n, fmt.Sprintf("teethMath[%s](%d, %q, ", m.typeName(typ), id, n.Op), ")")
		m.replace(n.OpPos, len(n.Op.String()), ",")
	case token.LAND, token.LOR:
		name, other := "teethAnd", "||"
		if n.Op == token.LOR {
			name, other = "teethOr", "&&"
		}
		id := m.add("logic", n.OpPos, "%s to %s", text(n), other)
		m.around(n, fmt.Sprintf("%s(%d, ", name, id), ") })")
		m.replace(n.OpPos, 2, ", func() bool { return (") // a line may end here
	}
}

// constant mutates a number or a text.
func (m *mutator) constant(e ast.Expr) {
	tv := m.info.Types[e]
	if id, isIdent := e.(*ast.Ident); isIdent {
		if _, isConst := m.info.Uses[id].(*types.Const); !isConst {
			return
		}
	}
	if tv.Type == nil || tv.Value == nil {
		return
	}
	basic, ok := tv.Type.Underlying().(*types.Basic)
	if !ok || basic.Info()&types.IsUntyped != 0 {
		return
	}
	name := m.typeName(tv.Type)
	switch {
	case basic.Info()&types.IsInteger != 0:
		up, down := m.add("constant", e.Pos(), "%s to one more", text(e)), m.add("constant", e.Pos(), "%s to one less", text(e))
		m.around(e, fmt.Sprintf("teethAdd[%s](%d, %d, ", name, up, down), ")")
	case basic.Info()&types.IsString != 0:
		m.around(e, fmt.Sprintf("teethText[%s](%d, ", name, m.add("text", e.Pos(), "%s to another", text(e))), ")")
	}
}

// typeName writes a type as a file of the package does.
func (m *mutator) typeName(t types.Type) string {
	return types.TypeString(types.Default(t), func(p *types.Package) string {
		if p == m.pkg {
			return ""
		}
		return p.Name()
	})
}

// result mutates what is returned.
func (m *mutator) result(e ast.Expr) {
	tv := m.info.Types[e]
	if tv.IsNil() || tv.Type == nil {
		return
	}
	if _, several := tv.Type.(*types.Tuple); several {
		return
	}
	if basic, ok := tv.Type.Underlying().(*types.Basic); ok && basic.Info()&types.IsBoolean != 0 {
		m.around(e, "((", fmt.Sprintf(") != teethOn(%d))", m.add("return", e.Pos(), "%s to its negation", text(e))))
		return
	}
	if tv.Value != nil {
		return // a number or a text: see constant
	}
	m.around(e, fmt.Sprintf("teethZero(%d, ", m.add("return", e.Pos(), "%s to nothing", text(e))), ")")
}

// call swaps two arguments, and passes by messages and conversions.
func (m *mutator) call(n *ast.CallExpr) bool {
	switch fun := text(n.Fun); {
	case fun == "fmt.Errorf" || fun == "errors.New" || fun == "panic":
		return false
	case fun == "make" || fun == "new" || m.info.Types[n.Fun].IsType():
		for _, a := range n.Args {
			if !m.info.Types[a].IsType() && m.info.Types[a].Value == nil {
				ast.Inspect(a, m.visit)
			}
		}
		return false
	case fun == "bytes.Equal" || fun == "slices.Equal" || strings.HasSuffix(fun, "ConstantTimeCompare"):
		return true // either order is the same
	}
	signature, ok := m.info.Types[n.Fun].Type.(*types.Signature)
	if !ok || signature.Variadic() || m.info.Types[n.Fun].IsBuiltin() || len(n.Args) != 2 || signature.Params().Len() != 2 {
		return true
	}
	a, b := m.info.Types[n.Args[0]], m.info.Types[n.Args[1]]
	if a.Type == nil || b.Type == nil || a.IsNil() || b.IsNil() || !types.Identical(a.Type, b.Type) {
		return true
	}
	id := m.add("arguments", n.Pos(), "%s with them exchanged", text(n))
	m.span(n.Args[0].Pos(), n.Args[1].End(), fmt.Sprintf("teethSwap[%s](%d, ", m.typeName(a.Type), id), ")")
	return true
}

// block leaves out single statements, and exchanges pairs of them.
func (m *mutator) block(list []ast.Stmt) {
	for i, s := range list {
		if !removable(s) {
			continue
		}
		m.around(s, fmt.Sprintf("if !teethOn(%d) { ", m.add("statement", s.Pos(), "%s left out", text(s))), " }")
		if i+1 == len(list) || i%2 > 0 || !removable(list[i+1]) {
			continue
		}
		// The second statement once more, in front; behind, it is left out.
		next := list[i+1]
		id := m.add("order", s.Pos(), "%s behind %s", text(s), text(next))
		p, q, r := m.fset.Position(s.Pos()), m.fset.Position(next.Pos()), m.fset.Position(next.End())
		again := string(m.source[p.Filename][q.Offset:r.Offset])
		size := r.Offset - p.Offset
		m.edits[p.Filename] = append(m.edits[p.Filename],
			edit{p.Offset, p.Offset, fmt.Sprintf("if teethOn(%d) { %s }; ", id, again), false, size},
			edit{q.Offset, q.Offset, fmt.Sprintf("if !teethOn(%d) { ", id), false, size},
			edit{r.Offset, r.Offset, " }", true, size})
	}
}

// removable reports whether a statement declares nothing and goes nowhere.
func removable(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.ExprStmt:
		return !strings.HasPrefix(text(s), "panic(")
	case *ast.IncDecStmt:
		return true
	case *ast.AssignStmt:
		return s.Tok != token.DEFINE
	case *ast.IfStmt:
		return s.Else == nil && refuses(s.Body.List)
	}
	return false
}
