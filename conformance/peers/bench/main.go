// Command bench measures this library and its peers side by side: the same keys and payloads, in
// one run, each used as its documentation says for where speed matters, each checked by the
// others before anything is timed. It prints a table in Markdown:
//
//	go run ./bench
//
// from the directory of this module. Each figure is the median of many pairs of turns, library
// and raw one after the other; raw is the bare operation of crypto/... and encoding/base64.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"
)

// binaries are this program with the build tags that libraries have for speed, and what is
// measured in each. Its "jwx" is the same code in both.
var binaries = []struct {
	name, tags string
	columns    []column
}{
	{"default", "", []column{{"raw", "raw"}, {"jose", "jose"}, {"go-jose", "go-jose"}, {"jwx", "jwx"},
		{"golang-jwt", "golang-jwt"}, {"cristalhq", "cristalhq"}, {"kataras", "kataras"}, {"jose2go", "jose2go"}}},
	{"fast", "jwx_goccy,jwx_asmbase64", []column{{"jwx", "jwx, fast tags"}}},
}

type column struct{ library, title string }

// titles are the columns of the table in their order.
var titles = []string{"raw", "jose", "go-jose", "jwx", "jwx, fast tags", "golang-jwt", "cristalhq", "kataras", "jose2go"}

// chunks is in how many parts the pairs of a row are measured, the binaries taking turns. Rows of
// small content have four times the pairs.
const (
	chunks      = 4
	minPairs    = 96
	smallFactor = 4
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "worker" {
		if err := work(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "bench: worker:", err)
			os.Exit(1)
		}
		return
	}
	quick := flag.Bool("quick", false, "check only, measure nothing")
	only := flag.String("rows", "", "measure only the rows that this regular expression matches")
	count := flag.Int("pairs", minPairs, "pairs of turns for each cell, at least")
	flag.Parse()
	if flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	command := "go run ./bench"
	for _, a := range os.Args[1:] {
		if strings.ContainsAny(a, " |&;()<>*?$\"\\`") {
			a = "'" + a + "'"
		}
		command += " " + a
	}
	if err := run(options{*quick, *only, *count, command}, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type options struct {
	quick   bool
	rows    string
	pairs   int
	command string
}

func run(o options, out, log io.Writer) error {
	match, err := regexp.Compile(o.rows)
	if err != nil {
		return err
	}
	if o.pairs < 1 {
		return errors.New("-pairs: at least 1")
	}
	table := slices.DeleteFunc(rows(), func(r row) bool { return !match.MatchString(r.name) })
	if len(table) == 0 {
		return fmt.Errorf("-rows: %q matches none", o.rows)
	}
	dir, err := os.MkdirTemp("", "jose-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file, err := newKeyFile()
	if err != nil {
		return err
	}
	var workers []*process
	for _, b := range binaries {
		fmt.Fprintf(log, "building %s\n", b.name)
		w, err := start(filepath.Join(dir, b.name), b.tags, file, log)
		if err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
		defer w.stop()
		workers = append(workers, w)
	}

	begin := time.Now()
	checks := 0
	results := map[string]map[string]sample{}
	for _, r := range table {
		fmt.Fprintf(log, "%6.1fs %s\n", time.Since(begin).Seconds(), r.name)
		n := (o.pairs + chunks - 1) / chunks
		if r.small {
			n *= smallFactor
		}
		parts := chunks
		if o.quick {
			n, parts = 0, 1
		}
		cells := map[string]sample{}
		for part := range parts {
			for i, b := range binaries {
				q := request{Row: r.name, Pairs: n}
				for _, c := range b.columns {
					q.Columns = append(q.Columns, c.library)
				}
				reply, err := workers[i].ask(q)
				if err != nil {
					return fmt.Errorf("%s: %s: %w", b.name, r.name, err)
				}
				if part == 0 {
					checks += reply.Checks
				}
				for _, c := range b.columns {
					if s, ok := reply.Cells[c.library]; ok {
						cells[c.title] = cells[c.title].plus(s)
					}
				}
			}
		}
		results[r.name] = cells
	}
	if o.quick {
		fmt.Fprintf(out, "%d rows, %d checks, all passed\n", len(table), checks)
		return nil
	}
	fmt.Fprint(out, header(o.command, time.Now(), workers[0].hello, workers[1].hello, checks))
	fmt.Fprint(out, "\n", markdown(table, results))
	fmt.Fprintf(log, "%6.1fs done\n", time.Since(begin).Seconds())
	return nil
}

func (s sample) plus(t sample) sample {
	return sample{append(s.Ratios, t.Ratios...), append(s.Raw, t.Raw...), t.Allocs}
}

// A process is a worker.
type process struct {
	hello hello
	cmd   *exec.Cmd
	in    io.WriteCloser
	enc   *json.Encoder
	dec   *json.Decoder
}

func start(path, tags string, file keyFile, log io.Writer) (*process, error) {
	build := exec.Command("go", "build", "-o", path, "-tags", tags, "example.com/jose/conformance/peers/bench")
	build.Stdout, build.Stderr = log, log
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("go build, which has to run in the directory of this module: %w", err)
	}
	w := &process{cmd: exec.Command(path, "worker")}
	w.cmd.Stderr = log
	var err error
	if w.in, err = w.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := w.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := w.cmd.Start(); err != nil {
		return nil, err
	}
	w.enc, w.dec = json.NewEncoder(w.in), json.NewDecoder(bufio.NewReader(stdout))
	if err := w.enc.Encode(file); err != nil {
		w.stop()
		return nil, err
	}
	if err := w.dec.Decode(&w.hello); err != nil {
		w.stop()
		return nil, err
	}
	return w, nil
}

func (w *process) ask(q request) (r reply, err error) {
	if err := w.enc.Encode(q); err != nil {
		return r, err
	}
	if err := w.dec.Decode(&r); err != nil {
		return r, err
	}
	if r.Error != "" {
		return r, errors.New(r.Error)
	}
	return r, nil
}

// stop ends a worker by the end of its input.
func (w *process) stop() {
	w.in.Close()
	w.cmd.Wait()
}

func header(command string, now time.Time, plain, fast hello, checks int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s %s/%s, %d CPUs. In a cell: the time as a multiple of raw, which is the median of pairs of turns;\n"+
		"and the allocations of one operation. An empty one: the library has no such operation. %d checks passed before.\n"+
		"Printed by `%s` in conformance/peers.\n\n",
		now.UTC().Format("2006-01-02"), plain.Go, runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), checks, command)
	for _, l := range libraries {
		version := plain.Modules[l.module]
		if l.name == this.name {
			version = strings.TrimSpace("of this tree " + plain.Tree)
		}
		fmt.Fprintf(&b, "- %s: %s %s\n", l.name, l.module, version)
	}
	for _, c := range binaries[1].columns {
		fmt.Fprintf(&b, "- %s: with -tags %s", c.title, binaries[1].tags)
		for _, path := range slices.Sorted(maps.Keys(fast.Modules)) {
			if plain.Modules[path] == "" {
				fmt.Fprintf(&b, ", %s %s", path, fast.Modules[path])
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func markdown(table []row, results map[string]map[string]sample) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| operation | raw, µs | %s |\n|---|--:|%s\n", strings.Join(titles, " | "), strings.Repeat("--:|", len(titles)))
	for _, r := range table {
		cells := results[r.name]
		fmt.Fprintf(&b, "| %s | %.1f |", r.name, median(cells[raw.name].Raw)*1e6)
		for _, title := range titles {
			if s, ok := cells[title]; ok {
				fmt.Fprintf(&b, " %.2f, %d |", median(s.Ratios), s.Allocs)
			} else {
				b.WriteString(" |")
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func median(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	x = slices.Sorted(slices.Values(x))
	return x[len(x)/2]
}
