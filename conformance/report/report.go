// Package report is what a run found, and how that is written: as text, JSON,
// Markdown and a page for a browser. It knows the requests, to show them, and
// nothing of how a reply was judged, nor of package jose.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"example.com/jose/conformance/protocol"
)

// Schema names the format of the JSON report.
const Schema = "jose-conformance/1"

// An Outcome is how one case ended. They are declared worst first, and
// reports list them in this order.
type Outcome int

const (
	AcceptedInvalid Outcome = iota // accepted what must be refused
	WrongPayload                   // returned something else than was signed or encrypted
	RefusedValid                   // refused what must be accepted
	WrongOutput                    // signed or encrypted what this library refuses
	WrongClass                     // refused rightly, but as something else (this library only)
	Crashed
	Hung
	BrokenReply // answered something that is no reply
	NotRun      // given up after too many crashes
	Void        // refused rightly, but it refuses the positive controls too
	Unsupported // declared so, or answered so
	Choice      // did one of the things that the RFCs leave open
	Accepted    // as it must
	Refused     // as it must
	Outcomes    // their number
)

// FirstGood is the first outcome that is no deviation.
const FirstGood = Void

var outcomeNames = [Outcomes]struct {
	name   string // in JSON
	letter string // in a cell of a matrix
	text   string // in a heading
}{
	AcceptedInvalid: {"accepted-invalid", "A", "accepted what must be refused"},
	WrongPayload:    {"wrong-payload", "P", "returned another payload than was signed or encrypted"},
	RefusedValid:    {"refused-valid", "R", "refused what must be accepted"},
	WrongOutput:     {"wrong-output", "O", "signed or encrypted what this library refuses"},
	WrongClass:      {"wrong-class", "E", "refused with the wrong class of error"},
	Crashed:         {"crashed", "C", "crashed"},
	Hung:            {"hung", "H", "hung"},
	BrokenReply:     {"broken-reply", "B", "answered something that is no reply"},
	NotRun:          {"not-run", "N", "not run: given up after too many crashes"},
	Void:            {"void", "v", "void: it refuses the positive controls too"},
	Unsupported:     {"unsupported", "u", "unsupported"},
	Choice:          {"choice", "c", "choices that the RFCs leave"},
	Accepted:        {"accepted", "", "accepted as it must be"},
	Refused:         {"refused", "", "refused as it must be"},
}

func (o Outcome) String() string { return outcomeNames[o].name }

// MarshalText makes the name the form of an Outcome in JSON.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads a name.
func (o *Outcome) UnmarshalText(text []byte) error {
	for i := range outcomeNames {
		if outcomeNames[i].name == string(text) {
			*o = Outcome(i)
			return nil
		}
	}
	return fmt.Errorf("unknown outcome %q", text)
}

// A Report is everything that one run found. All text in it is printable.
type Report struct {
	Schema          string           `json:"schema"`
	Date            string           `json:"date"`
	Corpus          string           `json:"corpus"` // what was run
	Cases           []Case           `json:"cases"`
	Implementations []Implementation `json:"implementations"`
}

// A Case describes one request and what is expected of it.
type Case struct {
	ID           string   `json:"id"`
	Source       string   `json:"source"`
	Section      string   `json:"section"`
	Level        string   `json:"level,omitempty"`        // must should hardening feature
	Requirements []string `json:"requirements,omitempty"` // ids of the statements that decide it, the first one most
	Comment      string   `json:"comment"`
	Tags         []string `json:"tags,omitempty"`
	Op           string   `json:"op"`
	Alg          string   `json:"alg,omitempty"`
	Form         string   `json:"form,omitempty"`
	Expect       string   `json:"expect"`           // accept reject either
	Class        string   `json:"class,omitempty"`  // of the refusal; expect either: what this library does
	Choice       string   `json:"choice,omitempty"` // expect either: what is left open
}

// An Implementation is what was tested, with one result for each case, in
// the order of the cases.
type Implementation struct {
	Name     string   `json:"name"`
	Version  string   `json:"version,omitempty"`
	Origin   string   `json:"origin,omitempty"`
	Command  []string `json:"command,omitempty"` // none for this library
	Restarts int      `json:"restarts"`
	Results  []Result `json:"results"`
}

// A Result is the outcome of one case.
type Result struct {
	Case    string  `json:"case"` // its id
	Outcome Outcome `json:"outcome"`
	Detail  string  `json:"detail,omitempty"` // why
	Class   string  `json:"class,omitempty"`  // of error, as replied
	Reply   string  `json:"reply,omitempty"`  // the reply, shortened
}

// Read reads a report that WriteJSON has written. Every text in it is made
// printable, and each implementation has a result for each case, in their order.
func Read(r io.Reader) (*Report, error) {
	var out Report
	if err := json.NewDecoder(r).Decode(&out); err != nil {
		return nil, fmt.Errorf("not a report: %s", protocol.Printable(err.Error(), 200))
	}
	if out.Schema != Schema {
		return nil, fmt.Errorf("not a report: schema is %q, not %q", protocol.Printable(out.Schema, 60), Schema)
	}
	for i := range out.Implementations {
		im := &out.Implementations[i]
		im.Name, im.Version, im.Origin = protocol.Printable(im.Name, 40), protocol.Printable(im.Version, 40), protocol.Printable(im.Origin, 80)
		if len(im.Results) != len(out.Cases) {
			return nil, fmt.Errorf("not a report: %d cases, and %d results of %q", len(out.Cases), len(im.Results), im.Name)
		}
		for j := range im.Results {
			result := &im.Results[j]
			if result.Case != out.Cases[j].ID {
				return nil, fmt.Errorf("not a report: result %d of %q is not that of its case", j, im.Name)
			}
			result.Case = protocol.Printable(result.Case, 200)
			result.Detail, result.Class = protocol.Printable(result.Detail, 400), protocol.Printable(result.Class, 40)
		}
	}
	return &out, nil
}

// Counts are numbers of results, by outcome.
type Counts [Outcomes]int

// Count counts the results of im for the cases that match.
func (r *Report) Count(im *Implementation, match func(*Case) bool) (n Counts) {
	for i := range im.Results {
		if match(&r.Cases[i]) {
			n[im.Results[i].Outcome]++
		}
	}
	return n
}

// Total is how many cases were counted.
func (n Counts) Total() int { return sum(n[:]) }

// Passed is how many were right.
func (n Counts) Passed() int { return n[Accepted] + n[Refused] }

// Deviations is how many were wrong.
func (n Counts) Deviations() int { return sum(n[:FirstGood]) }

func sum(list []int) (total int) {
	for _, n := range list {
		total += n
	}
	return total
}

// Deviations counts those of all implementations.
func (r *Report) Deviations() (total int) {
	for i := range r.Implementations {
		n := r.Count(&r.Implementations[i], EveryCase)
		total += n.Deviations()
	}
	return total
}

func EveryCase(*Case) bool { return true }

// A Row is a line of a table: a name, and the cases that it is about.
type Row struct {
	Name  string
	Match func(*Case) bool
}

// Sources returns a row for each source, in the order of the corpus.
func (r *Report) Sources() []Row {
	var rows []Row
	var seen []string
	for i := range r.Cases {
		source := r.Cases[i].Source
		if !slices.Contains(seen, source) {
			seen = append(seen, source)
			rows = append(rows, Row{source, func(c *Case) bool { return c.Source == source }})
		}
	}
	return rows
}

// levels are what a case may weigh, the most first: whether a sentence of an RFC that binds the
// reader decides it, and how strongly.
var levels = []string{"must", "should", "hardening", "feature"}

// Levels returns a row for each level that a case has.
func (r *Report) Levels() []Row {
	var rows []Row
	for _, level := range levels {
		match := func(c *Case) bool { return c.Level == level }
		if slices.ContainsFunc(r.Cases, func(c Case) bool { return match(&c) }) {
			rows = append(rows, Row{level, match})
		}
	}
	return rows
}

// Tags returns a row for each attack class, in alphabetical order.
func (r *Report) Tags() []Row {
	var tags []string
	for i := range r.Cases {
		tags = append(tags, r.Cases[i].Tags...)
	}
	slices.Sort(tags)
	var rows []Row
	for _, tag := range slices.Compact(tags) {
		rows = append(rows, Row{tag, func(c *Case) bool { return slices.Contains(c.Tags, tag) }})
	}
	return rows
}
