package vectors

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// RequirementsSchema is the value of "schema" in requirements/requirements.json.
const RequirementsSchema = "jose-requirements/1"

// requirementsJSON is in a folder of its own, since every *.json beside the corpus is a part of it.
//
//go:embed requirements/requirements.json
var requirementsJSON []byte

// A Requirement is one sentence of an RFC, in words of our own, and what becomes of it in package
// jose.
type Requirement struct {
	ID        string `json:"id"`        // the RFC, the section, and a number in it: "7515-4.1.11-3"
	Section   string `json:"section"`   // the same in words: "RFC 7515, Section 4.1.11"
	Level     string `json:"level"`     // see levels
	Who       string `json:"who"`       // whom it binds: producer recipient both application, or the "key owner"
	Statement string `json:"statement"` // what it asks for

	// Status is what becomes of it:
	//
	//	met                the functions do it, or no code does what would break it
	//	choice             the RFC leaves it open, or asks for it with less than a must: the reason is what is done here
	//	refused            out of scope: who asks for it gets the error
	//	caller             it is for the program around the package: the reason says where the docs tell it
	//	not-for-a-library  it binds somebody else
	Status string `json:"status"`

	// Functions of package jose that do it, the ones of which each has a part without which the
	// statement would not hold: "parseHeader", "Header.Get", "(*Verifier).Verify".
	Functions []string `json:"functions,omitempty"`

	Error    string `json:"error,omitempty"`    // refused: the sentinel, such as "ErrUnsupported"
	Absent   bool   `json:"absent,omitempty"`   // met because there is no code that would break it
	Produces bool   `json:"produces,omitempty"` // met by what is written: no input that is read can break it
	Reason   string `json:"reason,omitempty"`   // where the rest does not say it all

	// See is the id of a statement that says the same, or that can't hold without this one: what shows
	// that one shows this one.
	See string `json:"see,omitempty"`
}

// requirements is the file.
type requirements struct {
	Schema       string        `json:"schema"`
	Title        string        `json:"title"`
	Licence      string        `json:"licence"`
	Requirements []Requirement `json:"requirements"`
}

// Requirements returns the statements of the RFCs and how package jose meets them, ordered by RFC and
// section.
func Requirements() ([]Requirement, error) { return parseRequirements(requirementsJSON) }

// parseRequirements reads and checks the file.
func parseRequirements(data []byte) ([]Requirement, error) {
	var f requirements
	err := readStrict(data, &f)
	if err == nil {
		err = f.check()
	}
	if err != nil {
		return nil, fmt.Errorf("vectors: requirements: %w", err)
	}
	return f.Requirements, nil
}

// marshalRequirements writes the file in the one form in which it is stored, that of Marshal.
func marshalRequirements(rows []Requirement, title, licence string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(requirements{RequirementsSchema, title, licence, rows}); err != nil {
		return nil, fmt.Errorf("vectors: %w", err)
	}
	return b.Bytes(), nil
}

// The values of the enumerated fields, and the RFCs in their order.
var (
	requirementRFCs = []string{"7515", "7516", "7517", "7518", "7519", "7638", "7797", "8725",
		"7468", "8259", "4648", "8017"}

	// A keyword of RFC 2119 as it stands, or in lower case (lc); DECL binds without a keyword, STEP is
	// a step of a procedure, and REF takes a rule over from another RFC.
	levels = []string{"MUST", "MUST NOT", "REQUIRED", "SHALL", "SHOULD", "SHOULD NOT", "RECOMMENDED", "NOT RECOMMENDED",
		"MAY", "OPTIONAL", "must (lc)", "required (lc)", "prohibited (lc)", "should (lc)", "recommended (lc)", "may (lc)",
		"DECL", "STEP", "REF"}

	bound    = []string{"producer", "recipient", "both", "application", "key owner"}
	statuses = []string{"met", "choice", "refused", "caller", "not-for-a-library"}
	errs     = []string{"ErrMalformed", "ErrUnsupported", "ErrAlgorithm", "ErrKey", "ErrUnknownKey", "ErrSignature",
		"ErrSigner", "ErrDecryption", "ErrInner", "ErrClaims", "ErrExpired", "ErrNotYetValid", "ErrOption"}
)

var (
	requirementID = regexp.MustCompile(`^(\d{4})-((?:[1-9]\d*|[A-F])(?:\.[1-9]\d*)*)-([1-9]\d*)$`)
	functionName  = regexp.MustCompile(`^(?:\w+|\w+\.\w+|\(\*\w+\)\.\w+)$`)
)

func (f *requirements) check() error {
	switch {
	case f.Schema != RequirementsSchema:
		return fmt.Errorf("schema is %q, want %q", f.Schema, RequirementsSchema)
	case f.Title == "", f.Licence == "":
		return errors.New("title or licence is missing")
	case len(f.Requirements) == 0:
		return errors.New("no requirement")
	}
	var last string
	for i := range f.Requirements {
		r := &f.Requirements[i]
		if err := r.check(); err != nil {
			return fmt.Errorf("requirement %d, %.40q: %w", i, r.ID, err)
		}
		if err := follows(last, r.ID); err != nil {
			return fmt.Errorf("requirement %d, %.40q: %w", i, r.ID, err)
		}
		last = r.ID
	}
	return f.checkSee()
}

// checkSee looks at the references between requirements, which have one step.
func (f *requirements) checkSee() error {
	see := make(map[string]string)
	for _, r := range f.Requirements {
		see[r.ID] = r.See
	}
	for _, r := range f.Requirements {
		if next, ok := see[r.See]; r.See != "" && (!ok || next != "") {
			return fmt.Errorf("requirement %.40q: it refers to %.40q, which is not there or refers to another", r.ID, r.See)
		}
	}
	return nil
}

// check looks at one requirement.
func (r *Requirement) check() error {
	rfc, section, _, ok := cutID(r.ID)
	switch {
	case !ok || !slices.Contains(requirementRFCs, rfc):
		return errors.New("the id is not RFC-SECTION-NUMBER of an RFC that is mapped")
	case r.Section != sectionName(rfc, section):
		return fmt.Errorf("section %q is not that of the id", r.Section)
	case !slices.Contains(levels, r.Level):
		return fmt.Errorf("unknown level %q", r.Level)
	case !slices.Contains(bound, r.Who):
		return fmt.Errorf("unknown who %q", r.Who)
	case !slices.Contains(statuses, r.Status):
		return fmt.Errorf("unknown status %q", r.Status)
	case r.Error != "" && !slices.Contains(errs, r.Error):
		return fmt.Errorf("unknown error %q", r.Error)
	case !oneLine(r.Statement):
		return errors.New("no statement in one line")
	case r.Reason != "" && !oneLine(r.Reason):
		return errors.New("the reason is not one line")
	}
	for i, name := range r.Functions {
		if !functionName.MatchString(name) || slices.Contains(r.Functions[:i], name) {
			return fmt.Errorf("function %.60q is no name of one, or is there twice", name)
		}
	}
	return r.checkStatus()
}

// checkStatus looks at the fields that go with the status.
func (r *Requirement) checkStatus() error {
	met, refused := r.Status == "met", r.Status == "refused"
	switch {
	case met && r.Absent == (len(r.Functions) > 0):
		return errors.New("met by functions, or by the absence of code, but not by both")
	case refused != (r.Error != ""):
		return errors.New("an error goes with what is refused, and with nothing else")
	case refused && len(r.Functions) == 0:
		return errors.New("refused by no function")
	case !met && (r.Absent || r.Produces):
		return errors.New("absent and produces go with what is met")
	case r.Produces && r.Who == "recipient":
		return errors.New("a recipient produces nothing")
	case len(r.Functions) > 0 && (r.Status == "caller" || r.Status == "not-for-a-library"):
		return errors.New("functions, and nothing for them to do")
	case r.Reason == "" && (!met || r.Absent):
		return errors.New("the reason is missing")
	}
	return nil
}

// oneLine reports whether text is there, and is one line without white space around it.
func oneLine(text string) bool {
	return text != "" && strings.TrimSpace(text) == text && !strings.ContainsAny(text, "\r\n")
}

// cutID returns the parts of an id.
func cutID(id string) (rfc, section string, number int, ok bool) {
	m := requirementID.FindStringSubmatch(id)
	if m == nil {
		return "", "", 0, false
	}
	number, err := strconv.Atoi(m[3])
	return m[1], m[2], number, err == nil
}

// sectionName returns a section as it is cited: that of an appendix begins with a letter.
func sectionName(rfc, section string) string {
	if section[0] >= 'A' {
		return "RFC " + rfc + ", Appendix " + section
	}
	return "RFC " + rfc + ", Section " + section
}

// follows returns an error unless next comes after last: RFCs in the order of requirementRFCs, sections in
// the order of the RFC, and in each of them numbers from 1 without a gap.
func follows(last, next string) error {
	rfc1, section1, number1, _ := cutID(last) // "" at the beginning
	rfc2, section2, number2, _ := cutID(next)
	order := cmp.Compare(slices.Index(requirementRFCs, rfc1), slices.Index(requirementRFCs, rfc2))
	if order == 0 {
		order = compareSections(section1, section2)
	}
	switch {
	case order == 0 && number2 == number1+1, order < 0 && number2 == 1:
		return nil
	case order == 0 && number2 == number1:
		return errors.New("the id is there twice")
	}
	return fmt.Errorf("not what follows %q", last)
}

// compareSections compares by number, part by part; appendices come last.
func compareSections(a, b string) int {
	parts := func(section string) (numbers []int) {
		for part := range strings.SplitSeq(section, ".") {
			n, err := strconv.Atoi(part)
			if err != nil { // a letter
				n = 1000 + int(part[0])
			}
			numbers = append(numbers, n)
		}
		return numbers
	}
	return slices.Compare(parts(a), parts(b))
}
