package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the files in testdata")

// sample is a small report with an outcome of each kind.
func sample(implementations int) *Report {
	r := &Report{Schema: Schema, Date: "2026-11-22", Corpus: "Built-in corpus"}
	for o := range Outcomes {
		source := "RFC 7515"
		if o > Crashed {
			source = "hostile | JWS"
		}
		r.Cases = append(r.Cases, Case{ID: "case/" + o.String(), Source: source, Section: "RFC 7515, Section 2", Level: levels[int(o)%len(levels)], Comment: "why", Op: "verify", Expect: "reject", Tags: []string{"tag " + source}})
	}
	for i := range implementations {
		im := Implementation{Name: "library", Version: strings.Repeat("1", i+1), Origin: "a <b>package</b>", Command: []string{"./a", "*b*"}}
		for o := range Outcomes {
			if i > 0 {
				o = Accepted
			}
			im.Results = append(im.Results, Result{Case: r.Cases[len(im.Results)].ID, Outcome: o, Detail: "detail `of` _" + o.String() + "_"})
		}
		r.Implementations = append(r.Implementations, im)
	}
	return r
}

func TestRender(t *testing.T) {
	for name, write := range map[string]func(*bytes.Buffer) error{
		"one.txt":     func(b *bytes.Buffer) error { return sample(1).WriteText(b, false) },
		"verbose.txt": func(b *bytes.Buffer) error { return sample(1).WriteText(b, true) },
		"two.txt":     func(b *bytes.Buffer) error { return sample(2).WriteText(b, false) },
		"two.md":      func(b *bytes.Buffer) error { return sample(2).WriteMarkdown(b, true) },
		"one.json":    func(b *bytes.Buffer) error { return sample(1).WriteJSON(b) },
	} {
		var got bytes.Buffer
		if err := write(&got); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, got.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s is not what it was; -update writes it, for review:\n%s", name, &got)
		}
	}
	data, err := json.Marshal(sample(2))
	if err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(data, &back); err != nil || !reflect.DeepEqual(&back, sample(2)) {
		t.Errorf("JSON: %v, %+v", err, back)
	}
	if err := new(Outcome).UnmarshalText([]byte("fine")); err == nil {
		t.Error("an unknown outcome is read")
	}
}

func TestRead(t *testing.T) {
	var b bytes.Buffer
	if err := sample(2).WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	if got, err := Read(strings.NewReader(text)); err != nil || !reflect.DeepEqual(got, sample(2)) {
		t.Errorf("%v, %+v", err, got)
	}
	for name, bad := range map[string]string{
		"empty":             "",
		"no JSON":           "\x1b[2J",
		"another schema":    strings.Replace(text, Schema, "\\u001b", 1),
		"unknown outcome":   strings.Replace(text, `"outcome": "crashed"`, `"outcome": "fine"`, 1),
		"a result too few":  `{"schema":"` + Schema + `","cases":[{"id":"a"}],"implementations":[{"name":"x","results":[]}]}`,
		"another's result":  `{"schema":"` + Schema + `","cases":[{"id":"a"}],"implementations":[{"name":"x","results":[{"case":"b","outcome":"crashed"}]}]}`,
		"a result too many": `{"schema":"` + Schema + `","implementations":[{"name":"\u001b","results":[{"case":"b","outcome":"crashed"}]}]}`,
	} {
		if bad == text {
			t.Fatalf("%s: nothing is changed", name)
		}
		if _, err := Read(strings.NewReader(bad)); err == nil || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%s: %v", name, err)
		}
	}
	hostile := `{"schema":"` + Schema + `","cases":[{"id":"\u001b"}],"implementations":[{"name":"\u001b","results":[{"case":"\u001b","outcome":"crashed","detail":"\u001b"}]}]}`
	r, err := Read(strings.NewReader(hostile))
	if err != nil {
		t.Fatal(err)
	}
	if im := r.Implementations[0]; strings.Contains(im.Name+im.Results[0].Case+im.Results[0].Detail, "\x1b") {
		t.Errorf("%q", im)
	}
}

func TestOutcomesHaveNames(t *testing.T) {
	letters := make(map[string]bool)
	for o := range Outcomes {
		n := outcomeNames[o]
		if n.name == "" || n.text == "" || (n.letter == "") != (o >= Accepted) || letters[n.letter] && n.letter != "" {
			t.Errorf("outcome %d: %+v", o, n)
		}
		letters[n.letter] = true
	}
}
