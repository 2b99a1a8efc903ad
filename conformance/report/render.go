package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// WriteJSON writes the whole report.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(r)
}

// WriteText writes the report for a terminal. What is no deviation is listed
// case by case only with verbose.
func (r *Report) WriteText(w io.Writer, verbose bool) error {
	p := &printer{w: w}
	if len(r.Implementations) > 1 {
		p.matrix(r, textTable)
		p.printf("%s\n", legend())
	}
	for i := range r.Implementations {
		im := &r.Implementations[i]
		if len(r.Implementations) > 1 {
			p.printf("\n%s\n", im.Title())
		} else {
			p.printf("%s\n\n", im.Title())
			p.counts(r, im)
		}
		if n := r.Count(im, EveryCase); len(r.Implementations) > 1 && n.Deviations() == 0 {
			p.printf("\nno deviation\n")
		}
		for o := range Outcomes {
			if listed(o, verbose) {
				p.list(r, im, o)
			}
		}
	}
	p.printf("\n%s\n", r.summary())
	return p.err
}

// listed reports whether cases with outcome o are listed one by one.
func listed(o Outcome, verbose bool) bool { return o <= Void || verbose && o < Accepted }

// summary is the closing line.
func (r *Report) summary() string {
	var parts []string
	for i := range r.Implementations {
		im := &r.Implementations[i]
		n := r.Count(im, EveryCase)
		parts = append(parts, fmt.Sprintf("%s: %d cases, %d accepted, %d refused, %d choices, %d unsupported, %d void, %d deviations",
			im.Title(), n.Total(), n[Accepted], n[Refused], n[Choice], n[Unsupported], n[Void], n.Deviations()))
	}
	return strings.Join(parts, "\n")
}

// Title is the name with version and origin.
func (im *Implementation) Title() string {
	s := strings.TrimSpace(im.Name + " " + im.Version)
	if im.Origin != "" {
		s += " (" + im.Origin + ")"
	}
	return s
}

// counts is the table for one implementation.
func (p *printer) counts(r *Report, im *Implementation) {
	rows := [][]string{{"source", "cases", "accepted", "refused", "choices", "unsupported", "void", "deviations"}}
	for _, row := range append(r.Sources(), Row{"total", EveryCase}) {
		n := r.Count(im, row.Match)
		cells := []string{row.Name}
		for _, v := range []int{n.Total(), n[Accepted], n[Refused], n[Choice], n[Unsupported], n[Void], n.Deviations()} {
			cells = append(cells, fmt.Sprint(v))
		}
		rows = append(rows, cells)
	}
	textTable(p, rows)
}

// matrix is the table for several implementations: sources, then levels, then
// attack classes, by implementations.
func (p *printer) matrix(r *Report, table func(*printer, [][]string)) {
	for _, part := range []struct {
		name string
		rows []Row
	}{{"source", append(r.Sources(), Row{"total", EveryCase})}, {"level", r.Levels()}, {"attack class", r.Tags()}} {
		head := []string{part.name, "cases"}
		for i := range r.Implementations {
			head = append(head, strings.TrimSpace(r.Implementations[i].Name+" "+r.Implementations[i].Version))
		}
		rows := [][]string{head}
		for _, row := range part.rows {
			cells := []string{row.Name, ""}
			for i := range r.Implementations {
				n := r.Count(&r.Implementations[i], row.Match)
				cells[1] = fmt.Sprint(n.Total())
				cells = append(cells, n.cell())
			}
			rows = append(rows, cells)
		}
		if len(rows) > 1 {
			table(p, rows)
			p.printf("\n")
		}
	}
}

// cell is how many cases were right, and by letters how many were something
// else.
func (n Counts) cell() string {
	s := fmt.Sprint(n.Passed())
	for o := range Outcomes {
		if letter := outcomeNames[o].letter; letter != "" && n[o] > 0 {
			s += fmt.Sprintf(" %s%d", letter, n[o])
		}
	}
	return s
}

func legend() string {
	parts := []string{"A cell is the number of right outcomes, then of others"}
	for o := range Outcomes {
		if outcomeNames[o].letter != "" {
			parts = append(parts, outcomeNames[o].letter+" "+outcomeNames[o].text)
		}
	}
	return strings.Join(parts, "; ") + "."
}

// list is every case with outcome o.
func (p *printer) list(r *Report, im *Implementation, o Outcome) {
	var lines []string
	for i, result := range im.Results {
		if result.Outcome != o {
			continue
		}
		c := &r.Cases[i]
		line := strings.TrimRight("  "+c.ID+"  "+c.Section+"  "+c.Level, " ")
		if result.Detail != "" {
			line += "\n    " + result.Detail
		}
		lines = append(lines, line)
	}
	if lines != nil {
		p.printf("\n%s (%d)\n%s\n", outcomeNames[o].text, len(lines), strings.Join(lines, "\n"))
	}
}

// WriteMarkdown writes the report as a page, with the same lists.
func (r *Report) WriteMarkdown(w io.Writer, verbose bool) error {
	p := &printer{w: w}
	p.printf("# Conformance report\n\n%s, %s.\n\n", markdown(r.Corpus), r.Date)
	p.matrix(r, markdownTable)
	p.printf("%s\n", legend())
	for i := range r.Implementations {
		im := &r.Implementations[i]
		n := r.Count(im, EveryCase)
		p.printf("\n## %s\n\n%d deviations.", markdown(im.Title()), n.Deviations())
		if im.Command != nil {
			p.printf(" Command: %s.", markdown(strings.Join(im.Command, " ")))
		}
		p.printf("\n")
		for o := range Accepted {
			if n[o] == 0 || !listed(o, verbose) {
				continue
			}
			p.printf("\n### %s (%d)\n\n", capital(outcomeNames[o].text), n[o])
			rows := [][]string{{"case", "section", "level", "what happened"}}
			for j, result := range im.Results {
				if result.Outcome == o {
					rows = append(rows, []string{r.Cases[j].ID, r.Cases[j].Section, r.Cases[j].Level, result.Detail})
				}
			}
			markdownTable(p, rows)
		}
	}
	return p.err
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// markdown escapes everything that Markdown or HTML would act on.
func markdown(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '<':
			b.WriteString("&lt;")
		case r == '&':
			b.WriteString("&amp;")
		case strings.ContainsRune("\\`*_{}[]()>#+!|~$@:", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// A printer remembers the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

// textTable aligns the columns, all but the first to the right.
func textTable(p *printer, rows [][]string) {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			switch {
			case i == 0:
				p.printf("%s%s", cell, pad)
			default:
				p.printf("  %s%s", pad, cell)
			}
		}
		p.printf("\n")
	}
}

func markdownTable(p *printer, rows [][]string) {
	for i, row := range rows {
		for _, cell := range row {
			p.printf("| %s ", markdown(cell))
		}
		p.printf("|\n")
		if i == 0 {
			p.printf("%s|\n", strings.Repeat("|---", len(row)))
		}
	}
}

// WriteList writes a line for each case.
func (r *Report) WriteList(w io.Writer) error {
	p := &printer{w: w}
	for i := range r.Cases {
		c := &r.Cases[i]
		p.printf("%s\t%s\t%s\t%s\t%s %s\t%s\t%s\n", c.ID, c.Op, c.Alg, c.Form, c.Expect, c.Class, c.Section, c.Level)
	}
	return p.err
}
