package vectors

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func rows(t *testing.T) []Requirement {
	t.Helper()
	rows, err := Requirements()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestRequirements counts the statements of each RFC, which nobody adds or loses by accident.
func TestRequirements(t *testing.T) {
	want := map[string]int{"7515": 162, "7516": 129, "7517": 87, "7518": 102, "7519": 95, "7638": 22,
		"7797": 24, "8725": 42, "7468": 26, "8259": 20, "4648": 10, "8017": 35}
	got, used := make(map[string]int), make(map[string]int)
	for _, r := range rows(t) {
		rfc, _, _, _ := cutID(r.ID)
		got[rfc]++
		for _, value := range []string{r.Level, r.Who, r.Status} {
			used[value]++
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("statements by RFC: %v, want %v", got, want)
	}
	for _, value := range slices.Concat(levels, bound, statuses) {
		if used[value] == 0 {
			t.Errorf("%q is a value of a field, and no statement has it", value)
		}
	}
}

// TestRequirements_Form: the file is as marshalRequirements writes it, so that a diff shows what changed.
func TestRequirements_Form(t *testing.T) {
	var f requirements
	if err := readStrict(requirementsJSON, &f); err != nil {
		t.Fatal(err)
	}
	again, err := marshalRequirements(f.Requirements, f.Title, f.Licence)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again, requirementsJSON) {
		t.Error("requirements/requirements.json is not in the form of marshalRequirements")
	}
}

// TestRequirements_Refused breaks one thing at a time in a file that is accepted. Each row names a
// word of the message, so that a row cannot pass because of something else.
func TestRequirements_Refused(t *testing.T) {
	valid := func() requirements {
		row := func(id, section, status string) Requirement {
			return Requirement{ID: id, Section: section, Level: "MUST", Who: "both", Statement: "s", Status: status}
		}
		met := row("7515-2-1", "RFC 7515, Section 2", "met")
		met.Functions, met.Produces = []string{"f", "T.f", "(*T).f"}, true
		absent := row("7515-2-2", "RFC 7515, Section 2", "met")
		absent.Absent, absent.Reason = true, "r"
		choice := row("7515-10.1-1", "RFC 7515, Section 10.1", "choice")
		choice.Reason = "r"
		refused := row("7515-D-1", "RFC 7515, Appendix D", "refused")
		refused.Functions, refused.Error, refused.Reason = []string{"f"}, "ErrKey", "r"
		caller := row("8017-A.1.2-1", "RFC 8017, Appendix A.1.2", "caller")
		caller.Reason, caller.See = "r", met.ID
		return requirements{RequirementsSchema, "t", "l", []Requirement{met, absent, choice, refused, caller}}
	}
	marshal := func(f requirements) string {
		data, err := marshalRequirements(f.Requirements, f.Title, f.Licence)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Replace(string(data), RequirementsSchema, f.Schema, 1)
	}
	if got, err := parseRequirements([]byte(marshal(valid()))); err != nil || len(got) != 5 {
		t.Fatalf("%d statements, error %v; want all 5", len(got), err)
	}
	rename := func(name string) string { return strings.Replace(marshal(valid()), `"who"`, name, 1) }
	for _, data := range []string{"", "[]", marshal(valid()) + "{}", rename(`"Who"`), rename(`"id"`), rename(`"whom"`)} {
		if _, err := parseRequirements([]byte(data)); err == nil {
			t.Errorf("%.60q: no error", data)
		}
	}
	row := func(i int, edit func(*Requirement)) func(*requirements) {
		return func(f *requirements) { edit(&f.Requirements[i]) }
	}
	const met, absent, choice, refused, caller = 0, 1, 2, 3, 4
	for _, tt := range []struct {
		name, want string
		edit       func(*requirements)
	}{
		{"schema", "schema is", func(f *requirements) { f.Schema = "jose-requirements/2" }},
		{"title", "title or licence", func(f *requirements) { f.Title = "" }},
		{"licence", "title or licence", func(f *requirements) { f.Licence = "" }},
		{"no row", "no requirement", func(f *requirements) { f.Requirements = nil }},

		{"no id", "id is not", row(met, func(r *Requirement) { r.ID = "" })},
		{"id without number", "id is not", row(met, func(r *Requirement) { r.ID = "7515-2" })},
		{"number 0", "id is not", row(met, func(r *Requirement) { r.ID = "7515-2-0" })},
		{"section 0", "id is not", row(met, func(r *Requirement) { r.ID = "7515-0-1" })},
		{"number too large", "id is not", row(met, func(r *Requirement) { r.ID = "7515-2-99999999999999999999" })},
		{"another RFC", "id is not", row(met, func(r *Requirement) { r.ID = "7520-2-1" })},
		{"section of another id", "section", row(met, func(r *Requirement) { r.Section = "RFC 7515, Section 2.1" })},
		{"appendix as a section", "section", row(refused, func(r *Requirement) { r.Section = "RFC 7515, Section D" })},
		{"level", "level", row(met, func(r *Requirement) { r.Level = "must" })},
		{"who", "who", row(met, func(r *Requirement) { r.Who = "consumer" })},
		{"status", "unknown status", row(met, func(r *Requirement) { r.Status = "open" })},
		{"unknown error", "unknown error", row(refused, func(r *Requirement) { r.Error = "ErrFormat" })},
		{"no statement", "no statement", row(met, func(r *Requirement) { r.Statement = "" })},
		{"statement of two lines", "no statement", row(met, func(r *Requirement) { r.Statement = "a\nb" })},
		{"space after a statement", "no statement", row(met, func(r *Requirement) { r.Statement = "a " })},
		{"reason of two lines", "not one line", row(met, func(r *Requirement) { r.Reason = "a\nb" })},
		{"function", "function", row(met, func(r *Requirement) { r.Functions[0] = "*T.f" })},
		{"function with arguments", "function", row(met, func(r *Requirement) { r.Functions[0] = "f()" })},
		{"function twice", "function", row(met, func(r *Requirement) { r.Functions[1] = "f" })},

		{"met by nothing", "met by", row(met, func(r *Requirement) { r.Functions = nil })},
		{"met by functions and by none", "met by", row(met, func(r *Requirement) { r.Absent, r.Reason = true, "r" })},
		{"met with an error", "error goes", row(met, func(r *Requirement) { r.Error = "ErrKey" })},
		{"refused without an error", "error goes", row(refused, func(r *Requirement) { r.Error = "" })},
		{"refused by nothing", "no function", row(refused, func(r *Requirement) { r.Functions = nil })},
		{"refused without a reason", "reason is missing", row(refused, func(r *Requirement) { r.Reason = "" })},
		{"choice and absent", "absent and", row(choice, func(r *Requirement) { r.Absent = true })},
		{"a recipient produces", "produces nothing", row(met, func(r *Requirement) { r.Who = "recipient" })},
		{"choice and produces", "absent and", row(choice, func(r *Requirement) { r.Produces = true })},
		{"caller with a function", "nothing for", row(caller, func(r *Requirement) { r.Functions = []string{"f"} })},
		{"not for a library, with one", "nothing for", row(caller, func(r *Requirement) {
			r.Status, r.Functions = "not-for-a-library", []string{"f"}
		})},
		{"absent without a reason", "reason is missing", row(absent, func(r *Requirement) { r.Reason = "" })},
		{"choice without a reason", "reason is missing", row(choice, func(r *Requirement) { r.Reason = "" })},
		{"caller without a reason", "reason is missing", row(caller, func(r *Requirement) { r.Reason = "" })},

		{"reference to nothing", "refers to", row(met, func(r *Requirement) { r.See = "7515-3-1" })},
		{"reference to itself", "refers to", row(met, func(r *Requirement) { r.See = r.ID })},
		{"reference of two steps", "refers to", func(f *requirements) {
			f.Requirements[met].See, f.Requirements[absent].See = f.Requirements[absent].ID, f.Requirements[choice].ID
		}},
		{"id twice", "there twice", row(absent, func(r *Requirement) { r.ID = "7515-2-1" })},
		{"gap", "what follows", row(absent, func(r *Requirement) { r.ID = "7515-2-3" })},
		{"section that begins with 2", "what follows", row(choice, func(r *Requirement) { r.ID = "7515-10.1-2" })},
		{"order of sections", "what follows", func(f *requirements) {
			f.Requirements[met].ID, f.Requirements[met].Section = "7515-3-1", "RFC 7515, Section 3"
			f.Requirements[absent].ID = "7515-2-1"
		}},
		{"order of RFCs", "what follows", func(f *requirements) {
			f.Requirements[met].ID, f.Requirements[met].Section = "8725-2-1", "RFC 8725, Section 2"
			f.Requirements[absent].ID = "7515-2-1"
		}},
	} {
		f := valid()
		tt.edit(&f)
		_, err := parseRequirements([]byte(marshal(f)))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.want)
		}
	}
}

func TestCompareSections(t *testing.T) {
	sections := []string{"2", "3", "3.1", "4.1.1", "4.1.2", "4.1.10", "4.2", "10", "10.1", "A", "A.1.2", "A.1.10", "F"}
	for i, a := range sections {
		for j, b := range sections {
			if got := compareSections(a, b); got != min(1, max(-1, i-j)) {
				t.Errorf("%s with %s: %d", a, b, got)
			}
		}
	}
}

// The package is these files.
var packageFiles = []string{"b64url.go", "jose.go", "keys.go", "jws.go", "jwe.go", "jwt.go"}

// A function is what the tests need to know of one function of the package.
type function struct {
	at        string
	cites     []string // sections, in its comments and its messages
	sentinels []string // names of errors in its body
}

// source returns the functions of the package by name, the text of each comment and message in it, and the
// names that it exports.
func source(t *testing.T) (functions map[string]*function, texts []string, exported map[string]bool) {
	t.Helper()
	functions, exported = make(map[string]*function), make(map[string]bool)
	for _, name := range packageFiles {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, filepath.Join("..", name), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, comment := range file.Comments {
			texts = append(texts, comment.Text())
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if text, ok := message(n); ok {
				texts = append(texts, text)
			}
			return true
		})
		for _, decl := range file.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				f := newFunction(file, decl)
				f.at = fmt.Sprintf("%s:%d", name, set.Position(decl.Pos()).Line)
				functions[fullName(decl)] = f
				if decl.Name.IsExported() {
					exported[strings.NewReplacer("(*", "", ")", "").Replace(fullName(decl))] = true
				}
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					if spec, ok := spec.(*ast.TypeSpec); ok && spec.Name.IsExported() {
						exported[spec.Name.Name] = true
					}
				}
			}
		}
	}
	return functions, texts, exported
}

// fullName returns the name of a function as a Requirement has it.
func fullName(decl *ast.FuncDecl) string {
	if decl.Recv == nil {
		return decl.Name.Name
	}
	star, format := false, "%s.%s"
	for receiver := decl.Recv.List[0].Type; ; {
		switch r := receiver.(type) {
		case *ast.StarExpr:
			star, receiver = true, r.X
		case *ast.IndexExpr: // a type parameter
			receiver = r.X
		case *ast.Ident:
			if star {
				format = "(*%s).%s"
			}
			return fmt.Sprintf(format, r.Name, decl.Name.Name)
		default:
			panic("a receiver of another form: " + decl.Name.Name)
		}
	}
}

func newFunction(file *ast.File, decl *ast.FuncDecl) *function {
	f := new(function)
	doc := ""
	if decl.Doc != nil {
		doc = decl.Doc.Text()
		f.cites = append(f.cites, citations(doc, "")...)
	}
	rfc := ""
	if cites := citations(doc, ""); len(cites) > 0 { // what a comment in the body means by "Section 5"
		rfc = cites[0][len("RFC ") : len("RFC ")+4]
	}
	for _, comment := range file.Comments {
		if decl.Pos() < comment.Pos() && comment.End() < decl.End() {
			f.cites = append(f.cites, citations(comment.Text(), rfc)...)
		}
	}
	ast.Inspect(decl, func(n ast.Node) bool {
		if text, ok := message(n); ok {
			f.cites = append(f.cites, citations(text, "")...)
		}
		if id, ok := n.(*ast.Ident); ok && slices.Contains(errs, id.Name) {
			f.sentinels = append(f.sentinels, id.Name)
		}
		return true
	})
	return f
}

// message returns the text of a string that is written in the code.
func message(n ast.Node) (string, bool) {
	literal, ok := n.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(literal.Value)
	return text, err == nil
}

// A citation is of an RFC, or of the one before it. Something else that has sections ends that one's turn.
var (
	citation = regexp.MustCompile(`RFC (\d{4})|(?:SEC 1|Baseline Requirements)|` +
		`(Sections?|Appendix) ([0-9A-Z][0-9.]*(?:(?:, | and |, and | to )[0-9]+(?:\.[0-9]+)*)*)`)
	listItem = regexp.MustCompile(`( to )?([A-Z0-9]+(?:\.[0-9]+)*)`)
)

// citations returns the sections that a text cites, "RFC 7515, Section 4.1" each. One that names no RFC is
// of the given one, or of none.
func citations(text, rfc string) (sections []string) {
	text = strings.Join(strings.Fields(text), " ")
	for _, m := range citation.FindAllStringSubmatch(text, -1) {
		if m[2] == "" {
			rfc = m[1]
			continue
		}
		if rfc == "" {
			continue
		}
		last := ""
		for _, item := range listItem.FindAllStringSubmatch(m[3], -1) {
			if item[1] != "" { // a range, of the last number
				dot := strings.LastIndexByte(last, '.') + 1
				from, err1 := strconv.Atoi(last[dot:])
				to, err2 := strconv.Atoi(item[2][min(dot, len(item[2])):])
				for n := from + 1; err1 == nil && err2 == nil && n < to; n++ {
					sections = append(sections, sectionName(rfc, last[:dot]+strconv.Itoa(n)))
				}
			}
			last = item[2]
			sections = append(sections, sectionName(rfc, last))
		}
	}
	return sections
}

func TestCitations(t *testing.T) {
	for _, tt := range []struct{ text, rfc, want string }{
		{"no citation of RFC 7515 to 7519", "", ""},
		{"(RFC 7515, Section 4.1.11).", "", "RFC 7515, Section 4.1.11"},
		{"RFC\n7515, Section\n2. More", "", "RFC 7515, Section 2"},
		{"RFC 7517, Sections 4.2 to 4.5 say", "",
			"RFC 7517, Section 4.2; RFC 7517, Section 4.3; RFC 7517, Section 4.4; RFC 7517, Section 4.5"},
		{"RFC 7515, Sections 4 and 10.12, RFC 7519, Section 4 and", "",
			"RFC 7515, Section 4; RFC 7515, Section 10.12; RFC 7519, Section 4"},
		{"RFC 7518, Sections 3.3, 3.4 and 4.3)", "", "RFC 7518, Section 3.3; RFC 7518, Section 3.4; RFC 7518, Section 4.3"},
		{"RFC 7515, Section 5.2, steps 2 to 4", "", "RFC 7515, Section 5.2"},
		{"RFC 7519, Section 7.2, step 10 (Section 4)", "", "RFC 7519, Section 7.2; RFC 7519, Section 4"},
		{"RFC 7515, Appendix F; RFC 8017, Appendix A.1.2)", "", "RFC 7515, Appendix F; RFC 8017, Appendix A.1.2"},
		{"(Section 11.5)", "", ""},
		{"(Section 11.5)", "7516", "RFC 7516, Section 11.5"},
		{"RFC 7518, Section 6; SEC 1, Section 2.3.3; Section 5", "", "RFC 7518, Section 6"},
		{"RFC 8017; CA/Browser Forum, Baseline Requirements, Section 6.1.6", "", ""},
	} {
		if got := strings.Join(citations(tt.text, tt.rfc), "; "); got != tt.want {
			t.Errorf("%q: %s\nwant %s", tt.text, got, tt.want)
		}
	}
}

// TestRequirements_Functions: every function named is there. Its comments or the messages of its errors
// cite the section that it is named for; one that refuses what is out of scope cites it, or a
// section around it, or returns the error by its name.
func TestRequirements_Functions(t *testing.T) {
	functions, _, _ := source(t)
	missing := make(map[string][]string) // section by function
	for _, r := range rows(t) {
		for _, name := range r.Functions {
			f := functions[name]
			if f == nil {
				t.Errorf("%s: there is no function %s", r.ID, name)
				continue
			}
			around := func(cited string) bool {
				return cited == r.Section || r.Status == "refused" && strings.HasPrefix(r.Section, cited+".")
			}
			if !slices.ContainsFunc(f.cites, around) && (r.Status != "refused" || !slices.Contains(f.sentinels, r.Error)) &&
				!slices.Contains(missing[name], r.Section) {
				missing[name] = append(missing[name], r.Section)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		t.Errorf("%s: %s does not cite %s", functions[name].at, name, strings.Join(missing[name], "; "))
	}
}

// Other RFCs that the package cites, and why their statements are no rows.
var otherRFCs = map[string]string{
	"2104": "HMAC: what crypto/hmac does",
	"3279": "the parameters of rsaEncryption, and the DER of an ECDSA signature",
	"5208": "the structure of PKCS #8",
	"5280": "the structure of a certificate, and of a SubjectPublicKeyInfo",
	"5480": "the parameters of ecPublicKey",
	"5915": "the structure of an EC private key",
	"1421": "the line of an encrypted block of PEM, to name it",
	"2315": "how PKCS #7 begins, to name it",
	"2986": "how a certificate request begins, to name it",
	"7292": "how PKCS #12 begins, to name it",
	"9580": "how OpenPGP begins, to name it",
}

// Sections of mapped RFCs that the package cites for what they describe or define: nothing in them binds anybody.
var definitions = map[string]string{
	"RFC 4648, Section 4":      "how many characters so many octets take",
	"RFC 8017, Appendix A.1.1": "the structure of an RSA public key",
	"RFC 8017, Appendix C":     "the object identifier of rsaEncryption",
	"RFC 8725, Section 2.1":    "the attack with a public key as a secret",
}

// TestRequirements_Cited: every section that the package cites has a statement, or has subsections that
// have, so that nothing in it is founded on a sentence that is not in the map.
func TestRequirements_Cited(t *testing.T) {
	_, texts, _ := source(t)
	mapped := make(map[string]bool)
	for _, r := range rows(t) {
		mapped[r.Section] = true
	}
	inside := func(section string) bool { // a statement is in a subsection of it
		for m := range mapped {
			if strings.HasPrefix(m, section+".") {
				return true
			}
		}
		return false
	}
	others, defined, without := make(map[string]bool), make(map[string]bool), make(map[string]bool)
	for _, text := range texts {
		for _, section := range citations(text, "") {
			rfc := section[len("RFC ") : len("RFC ")+4]
			switch {
			case otherRFCs[rfc] != "":
				others[rfc] = true
			case definitions[section] != "":
				defined[section] = true
			case !mapped[section] && !inside(section):
				without[section] = true
			}
		}
	}
	for _, section := range slices.Sorted(maps.Keys(without)) {
		t.Errorf("the package cites %s, of which there is no statement", section)
	}
	for rfc := range otherRFCs {
		if !others[rfc] || slices.Contains(requirementRFCs, rfc) {
			t.Errorf("RFC %s is not cited, or mapped: it is none of the others", rfc)
		}
	}
	for section := range definitions {
		if !defined[section] || mapped[section] {
			t.Errorf("%s is not cited, or mapped: it is none of the definitions", section)
		}
	}
}

// TestRequirements_Told: what a statement leaves to the caller is said in a doc comment or the README, which
// are there.
func TestRequirements_Told(t *testing.T) {
	_, _, exported := source(t)
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	docs := regexp.MustCompile(`(?:[Dd]oc of (\w+(?:\.\w+)?)|[Dd]ocs of (\w+) and (\w+))`)
	headings := regexp.MustCompile(`README\.md, "([^"]+)"`)
	for _, r := range rows(t) {
		if r.Status != "caller" {
			continue
		}
		told := strings.Contains(r.Reason, "package doc")
		for _, m := range docs.FindAllStringSubmatch(r.Reason, -1) {
			told = true
			for _, name := range m[1:] {
				if name != "" && !exported[name] {
					t.Errorf("%s: %s is not exported", r.ID, name)
				}
			}
		}
		for _, m := range headings.FindAllStringSubmatch(r.Reason, -1) {
			told = true
			if !bytes.Contains(readme, []byte("\n## "+m[1]+"\n")) {
				t.Errorf("%s: README.md has no heading %q", r.ID, m[1])
			}
		}
		if !told {
			t.Errorf("%s: the reason does not say where the caller is told", r.ID)
		}
	}
}
