// Command conformance runs the corpus of package vectors on this library, or
// on any other implementation that is given as an adapter, and reports where
// they deviate from the RFCs. README.md describes outcomes, exit status and
// the adapter protocol.
//
//	go run ./conformance [flags]
//	go run ./conformance -adapter 'COMMAND' [-adapter 'COMMAND' …] [flags]
//	go run ./conformance explain [flags] TOKEN
//	go run ./conformance requirements [flags]
//	go run ./conformance timing [flags]
//	go run ./conformance evidence [-all] [-update]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"time"

	"example.com/jose/conformance/evidence"
	"example.com/jose/conformance/explain"
	"example.com/jose/conformance/judge"
	"example.com/jose/conformance/library"
	"example.com/jose/conformance/protocol"
	"example.com/jose/conformance/report"
	"example.com/jose/conformance/requirements"
	"example.com/jose/conformance/timing"
)

// Exit status.
const (
	exitOK         = 0
	exitDeviations = 1
	exitUsage      = 2
	exitHarness    = 3
)

var exitWords = [...]string{
	exitOK:         "no deviation",
	exitDeviations: "there are deviations",
	exitUsage:      "usage",
	exitHarness:    "this run could not be completed, and says nothing",
}

func main() {
	os.Exit(command(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// A usageError is a mistake in the command line.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// command is main without the process around it.
func command(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) > 0 {
		switch rest := args[1:]; args[0] {
		case "explain":
			return explain.Main(rest, stdin, stdout, stderr)
		case "requirements":
			return requirements.Main(rest, stdout, stderr, func(adapters []string) (*report.Report, error) {
				o := options{adapters: adapters}
				return o.run(ctx, []string{"-json", os.DevNull}, io.Discard, stderr)
			})
		case "timing":
			return timing.Main(rest, stdout, stderr)
		case "evidence":
			return evidence.Main(ctx, rest, stdout, stderr)
		}
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	var o options
	found, err := o.run(ctx, args, stdout, stderr)
	status, out := exitOK, stdout
	if o.stdoutTaken() {
		out = stderr
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case errors.As(err, new(usageError)):
		status, out = exitUsage, stderr
	case err != nil:
		status, out = exitHarness, stderr
	case found == nil: // -list
		return exitOK
	case found.Deviations() > 0:
		status = exitDeviations
	}
	if err != nil {
		fmt.Fprintf(stderr, "conformance: %s\n", protocol.Printable(err.Error(), 1000))
	}
	fmt.Fprintf(out, "exit status %d: %s\n", status, exitWords[status])
	return status
}

type options struct {
	adapters       []string
	self, list     bool
	verbose        bool
	pattern        string
	corpora, wyche []string
	json, markdown string
	html           string
	timeout        time.Duration
	memory         int64 // MiB
}

// stdoutTaken reports whether standard output is for one report alone.
func (o *options) stdoutTaken() bool { return o.json == "-" || o.markdown == "-" || o.html == "-" }

func (o *options) parse(args []string, stderr io.Writer) error {
	f := flag.NewFlagSet("conformance", flag.ContinueOnError)
	f.SetOutput(stderr)
	list := func(to *[]string) func(string) error {
		return func(s string) error { *to = append(*to, s); return nil }
	}
	f.Usage = func() {
		fmt.Fprintf(stderr, "usage: conformance [flags]\n       conformance explain [flags] TOKEN   what is wrong with one token or key\n"+
			"       conformance requirements [flags]    how each sentence of the RFCs is met\n"+
			"       conformance timing [flags]          whether failed decryptions differ in time\n"+
			"       conformance evidence [flags]        runs what shows the claims of README.md\nflags:\n")
		f.PrintDefaults()
	}
	f.Func("adapter", "run the implementation that `COMMAND` starts, instead of this library; may be repeated", list(&o.adapters))
	f.BoolVar(&o.self, "self", false, "run this library too, beside -adapter")
	f.Func("corpus", "read the corpus in `DIR` instead of the built-in one; may be repeated", list(&o.corpora))
	f.Func("wycheproof", "read the files json_web_*.json of Wycheproof in `DIR` instead; may be repeated", list(&o.wyche))
	f.StringVar(&o.pattern, "run", "", "run only the cases whose id matches `PATTERN`, and the positive controls for them")
	f.BoolVar(&o.list, "list", false, "list the cases and run nothing")
	f.BoolVar(&o.verbose, "v", false, "list choices and unsupported cases too, one by one")
	f.StringVar(&o.json, "json", "", "write the report as JSON to `FILE`, or to standard output for -")
	f.StringVar(&o.markdown, "markdown", "", "write the report as Markdown to `FILE`, or to standard output for -")
	f.StringVar(&o.html, "html", "", "write the report as a page for a browser to `FILE`, or to standard output for -")
	f.DurationVar(&o.timeout, "timeout", 10*time.Second, "time limit of an adapter for one case")
	f.Int64Var(&o.memory, "memory", 2048, "memory limit of an adapter in `MiB` (on Linux)")
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return err
	case err != nil:
		return usageError{err}
	case f.NArg() > 0:
		return usagef("unexpected argument %q", f.Arg(0))
	case o.json == "-" && o.markdown == "-", o.html == "-" && (o.json == "-" || o.markdown == "-"):
		return usagef("only one of -json, -markdown and -html can have standard output")
	case o.timeout <= 0 || o.timeout > time.Hour:
		return usagef("-timeout must be above 0 and at most an hour")
	case o.memory <= 0 || o.memory > 1<<30:
		return usagef("-memory must be above 0 and at most %d", 1<<30)
	}
	return nil
}

// run does everything but the last line. The report is nil after -list.
func (o *options) run(ctx context.Context, args []string, stdout, stderr io.Writer) (*report.Report, error) {
	if err := o.parse(args, stderr); err != nil {
		return nil, err
	}
	var commands [][]string
	for _, s := range o.adapters {
		words, err := protocol.SplitCommand(s)
		if err != nil {
			return nil, usagef("-adapter %q: %v", s, err)
		}
		commands = append(commands, words)
	}
	withSelf := o.self || commands == nil
	var pattern *regexp.Regexp
	if o.pattern != "" {
		var err error
		if pattern, err = regexp.Compile(o.pattern); err != nil {
			return nil, usagef("-run: %v", err)
		}
	}
	tasks, corpus, err := judge.Load(o.corpora, o.wyche, pattern, withSelf)
	if err != nil {
		return nil, err
	}
	if len(tasks) == 0 {
		return nil, usagef("-run %q: no case has an id that matches", o.pattern)
	}
	found := &report.Report{Schema: report.Schema, Date: time.Now().UTC().Format(time.DateOnly), Corpus: corpus}
	requests := make([]*protocol.Request, len(tasks))
	for i := range tasks {
		found.Cases, requests[i] = append(found.Cases, tasks[i].Case), &tasks[i].Request
	}
	if o.list {
		return nil, found.WriteList(stdout)
	}

	var started []protocol.Implementation
	if withSelf {
		started = append(started, library.Self{})
	}
	defer func() {
		for _, im := range started {
			im.Close()
		}
	}()
	// All are started first, so that a mistake in the last shows at once.
	for i, words := range commands {
		a, err := protocol.Start(ctx, words, o.timeout, o.memory<<20)
		if err != nil {
			return nil, fmt.Errorf("-adapter %q: %w", o.adapters[i], err)
		}
		started = append(started, a)
	}
	for _, im := range started {
		result, err := judge.Run(ctx, im, tasks, progress(stderr, im.Hello().Name, len(tasks)))
		im.Close()
		if err != nil {
			return nil, err
		}
		found.Implementations = append(found.Implementations, result)
	}
	return found, o.write(found, requests, stdout)
}

// write writes the reports that were asked for.
func (o *options) write(r *report.Report, requests []*protocol.Request, stdout io.Writer) error {
	for _, out := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{o.json, r.WriteJSON},
		{o.markdown, func(w io.Writer) error { return r.WriteMarkdown(w, o.verbose) }},
		{o.html, func(w io.Writer) error { return r.WriteHTML(w, requests) }},
	} {
		var err error
		switch out.name {
		case "":
		case "-":
			err = out.write(stdout)
		default:
			err = writeFile(out.name, out.write)
		}
		if err != nil {
			return err
		}
	}
	if o.stdoutTaken() {
		return nil
	}
	return r.WriteText(stdout, o.verbose || len(o.wyche) > 0) // each exception to Wycheproof is explained
}

func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// progress returns a function that keeps one line on a terminal up to date,
// and does nothing where stderr is something else.
func progress(stderr io.Writer, name string, total int) func(int) {
	f, ok := stderr.(*os.File)
	if !ok {
		return func(int) {}
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return func(int) {}
	}
	var last time.Time
	return func(done int) {
		if done == total {
			fmt.Fprint(f, "\r\x1b[K")
		} else if time.Since(last) > 100*time.Millisecond {
			last = time.Now()
			fmt.Fprintf(f, "\r%s: %d of %d\x1b[K", name, done, total)
		}
	}
}
