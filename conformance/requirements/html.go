package requirements

import (
	_ "embed"
	"html/template"
	"io"
)

//go:embed page.tmpl
var pageSource string

var page = template.Must(template.New("page").Parse(pageSource))

// writeHTML writes the rows as one page that loads nothing and runs nothing.
func writeHTML(w io.Writer, rows []row) error {
	type section struct {
		Name string
		Rows []row
	}
	type rfc struct {
		Number   string
		Summary  string
		Sections []section
	}
	var data struct {
		Summary string
		RFCs    []rfc
	}
	data.Summary = summary(rows)
	for _, group := range byRFC(rows) {
		one := rfc{Number: group[0].ID[:4], Summary: summary(group)}
		for _, r := range group {
			if n := len(one.Sections); n == 0 || one.Sections[n-1].Name != r.Section {
				one.Sections = append(one.Sections, section{Name: r.Section})
			}
			s := &one.Sections[len(one.Sections)-1]
			s.Rows = append(s.Rows, r)
		}
		data.RFCs = append(data.RFCs, one)
	}
	return page.Execute(w, data)
}

// Word is the status as a person reads it.
func (r row) Word() string { return r.word() }

// Code is the functions, with their lines where those are known.
func (r row) Code() []string {
	if len(r.Lines) == len(r.Functions) {
		return r.Lines
	}
	return r.Functions
}
