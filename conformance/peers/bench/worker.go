package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"
)

// The main process builds this program once for each set of build tags, and asks the workers in
// turns, a chunk of pairs each, in JSON lines: first the keys, then rows.
type (
	hello struct {
		Go      string
		Tree    string            // revision of this repository, if the binary knows it
		Modules map[string]string // path to version
	}
	request struct {
		Row     string
		Columns []string // what to time, and in which order
		Pairs   int      // how many pairs; 0 checks only
	}
	reply struct {
		Checks int
		Cells  map[string]sample
		Error  string
	}
	sample struct {
		Ratios []float64 // time of the library to time of raw, a turn each
		Raw    []float64 // time of one raw operation, in seconds
		Allocs int       // of one operation
	}
)

func work(in io.Reader, out io.Writer) error {
	dec, enc := json.NewDecoder(in), json.NewEncoder(out)
	var file keyFile
	if err := dec.Decode(&file); err != nil {
		return err
	}
	k, err := file.parse()
	if err != nil {
		return err
	}
	if err := enc.Encode(introduce()); err != nil {
		return err
	}
	w := &worker{keys: k}
	for {
		var q request
		if err := dec.Decode(&q); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		var r reply
		if err := w.answer(q, &r); err != nil {
			r = reply{Error: err.Error()}
		}
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
}

func introduce() hello {
	h := hello{Go: runtime.Version(), Modules: map[string]string{}}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return h
	}
	for _, m := range info.Deps {
		h.Modules[m.Path] = m.Version
	}
	modified := ""
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			h.Tree = s.Value
		case "vcs.modified":
			if s.Value == "true" {
				modified = " with changes"
			}
		}
	}
	h.Tree += modified
	return h
}

// A worker keeps one row built, so that the next chunk of it goes on with the same objects.
type worker struct {
	keys   *keys
	row    string
	ops    map[string]operation
	checks int
	turns  map[string]turn
}

type turn struct {
	n      int // operations in a turn
	allocs int
}

func (w *worker) answer(q request, r *reply) error {
	if w.row != q.Row {
		*w = worker{keys: w.keys, turns: map[string]turn{}}
		runtime.GC()
		i := slices.IndexFunc(rows(), func(r row) bool { return r.name == q.Row })
		if i < 0 {
			return fmt.Errorf("no row %q", q.Row)
		}
		ops, checks, err := rows()[i].build(w.keys, libraries)
		if err != nil {
			return err
		}
		w.row, w.ops, w.checks = q.Row, ops, checks
	}
	r.Checks, r.Cells = w.checks, map[string]sample{}
	if q.Pairs == 0 {
		return nil
	}
	for _, column := range q.Columns {
		op, ok := w.ops[column]
		if !ok {
			continue
		}
		t, ok := w.turns[column]
		if !ok {
			var err error
			if t, err = newTurn(op, w.ops[raw.name]); err != nil {
				return err
			}
			w.turns[column] = t
		}
		s, err := pairs(op, w.ops[raw.name], q.Pairs, t.n)
		if err != nil {
			return err
		}
		s.Allocs = t.allocs
		r.Cells[column] = s
	}
	return nil
}

// minTurn is long enough for the clock.
const minTurn = 300 * time.Microsecond

// newTurn warms up, finds how many operations make a turn, and counts allocations.
func newTurn(op, raw operation) (turn, error) {
	n := 1
	for {
		d, err := timeOf(raw, n)
		if err != nil {
			return turn{}, err
		}
		if d >= minTurn {
			break
		}
		n *= 2
	}
	if _, err := timeOf(op, n); err != nil {
		return turn{}, err
	}
	var failed error
	allocs := testing.AllocsPerRun(10, func() {
		if err := op.loop(1); err != nil {
			failed = err
		}
	})
	return turn{n, int(allocs)}, failed
}

// pairs times turns of op and raw. The order changes, so that what a turn leaves behind for the
// garbage collector or in a cache falls on both.
func pairs(op, raw operation, count, n int) (s sample, err error) {
	runtime.GC()
	for i := range count {
		var lib, floor time.Duration
		var err1, err2 error
		if i%2 == 0 {
			lib, err1 = timeOf(op, n)
			floor, err2 = timeOf(raw, n)
		} else {
			floor, err2 = timeOf(raw, n)
			lib, err1 = timeOf(op, n)
		}
		if err1 != nil {
			return s, err1
		}
		if err2 != nil {
			return s, err2
		}
		s.Ratios = append(s.Ratios, float64(lib)/float64(floor))
		s.Raw = append(s.Raw, floor.Seconds()/float64(n))
	}
	return s, nil
}

func timeOf(op operation, n int) (time.Duration, error) {
	start := time.Now()
	err := op.loop(n)
	return max(time.Since(start), 1), err
}
