// Package evidence runs the commands that show what README.md claims, and
// writes what they printed into its table:
//
//	go run ./conformance evidence [-all] [-run PATTERN] [-update]
//
// It knows the claims (claims.go), and nothing of what their commands do. It
// starts programs, without a shell, and reads what they print; a command
// that takes too long is killed, with its children. It uses no network
// itself: the go command fetches what it does not have.
//
// It is started at the root of a clone. Commands that take minutes are run by
// -all alone. With -update, rows that were run are written into README.md
// with the date and the commit, or "modified" if the tree is not that of a
// commit; all other rows keep what they had.
//
// A claim does not hold if its command fails, takes too long, or prints no
// figure. The exit status is 0 if all that were run hold, 1 if one does not,
// and 2 for a mistake in the command line or a README.md without the table.
package evidence

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strings"
	"time"
	"unicode"
)

const (
	readmeName = "README.md"
	begin, end = "<!-- claims -->\n", "<!-- /claims -->\n"
	tableHead  = "| claim | command | took | printed last | measured |\n|---|---|--:|---|---|\n"

	maxLine   = 4096 // octets of a line of output that are looked at
	maxFigure = 160  // characters of it in the table
)

// A runner is what a run needs of its surroundings.
type runner struct {
	dir            string // the root of the clone
	claims         []claim
	quick, long    time.Duration // time limits of a command
	stdout, stderr io.Writer
}

// Main is the command, without its process.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	r := runner{dir: ".", claims: claims, quick: 15 * time.Minute, long: 3 * time.Hour, stdout: stdout, stderr: stderr}
	return r.command(ctx, args)
}

func (r *runner) command(ctx context.Context, args []string) int {
	f := flag.NewFlagSet("evidence", flag.ContinueOnError)
	f.SetOutput(r.stderr)
	all := f.Bool("all", false, "run the commands too that take minutes")
	update := f.Bool("update", false, "write the rows that were run into README.md")
	pattern := f.String("run", "", "only the claims whose text matches `PATTERN`")
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	matches, err := regexp.Compile(*pattern)
	if err == nil && f.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	var chosen []claim
	for _, c := range r.claims {
		if err == nil && matches.MatchString(c.text) && (*all || !c.long) {
			chosen = append(chosen, c)
		}
	}
	if err == nil && len(chosen) == 0 {
		err = errors.New("no claim to run (those that take minutes need -all)")
	}
	if err == nil { // before an hour is spent
		_, err = r.table()
	}
	if err != nil {
		fmt.Fprintf(r.stderr, "evidence: %v\n", err)
		return 2
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()

	before, failed := r.commit(ctx), 0
	results := make(map[string]result)
	for _, c := range chosen {
		fmt.Fprintf(r.stdout, "%s\n    %s\n", c.text, c.shown())
		got := r.run(ctx, c)
		if ctx.Err() != nil {
			break
		}
		results[c.key()] = got
		word := "holds"
		if !got.holds {
			word = "FAILS"
			failed++
		}
		fmt.Fprintf(r.stdout, "    %s, %s: %s\n", word, got.took(), got.figure)
	}
	if after := r.commit(ctx); after != before {
		before = modified
	}
	fmt.Fprintf(r.stdout, "%d claims run, %d fail; %d not run\n", len(results), failed, len(r.claims)-len(results))
	if *update {
		if err := r.write(results, time.Now().UTC().Format(time.DateOnly)+", "+before); err != nil {
			fmt.Fprintf(r.stderr, "evidence: %v\n", err)
			return 1
		}
	}
	if ctx.Err() != nil {
		fmt.Fprintln(r.stderr, "evidence: interrupted")
		return 1
	}
	return min(failed, 1)
}

// A result is how one command ended.
type result struct {
	holds  bool
	figure string // or why it does not hold
	time   time.Duration
}

func (r result) took() string {
	if r.time < 10*time.Second {
		return fmt.Sprintf("%.1f s", r.time.Seconds())
	}
	return fmt.Sprintf("%.0f s", r.time.Seconds())
}

// run runs the command of a claim.
func (r *runner) run(ctx context.Context, c claim) result {
	limit := r.quick
	if c.long {
		limit = r.long
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	command := exec.CommandContext(ctx, c.args[0], c.args[1:]...)
	command.Dir, command.Env = r.dir, append(os.Environ(), c.env...)
	out, log := &lines{figure: regexp.MustCompile(c.figure)}, &lines{}
	command.Stdout, command.Stderr = out, log
	ownGroup(command)
	command.Cancel = func() error { killGroup(command); return nil }
	command.WaitDelay = 5 * time.Second // for who inherited the output, and is in another group
	start := time.Now()
	err := command.Run()
	got := result{time: time.Since(start)}
	out.flush()
	log.flush()
	switch figure := out.last; {
	case ctx.Err() != nil:
		got.figure = fmt.Sprintf("took longer than %v", limit)
	case err != nil:
		got.figure = clean(err.Error() + ": " + log.said + " " + out.said)
	case c.only && out.other != "":
		got.figure = clean("printed " + out.other)
	case out.count == 0:
		got.figure = "printed no figure"
	case c.count != "":
		got.holds, got.figure = true, fmt.Sprintf("%s: %d", c.count, out.count)
	default:
		got.holds, got.figure = true, clean(figure)
	}
	return got
}

// lines is a writer that looks at each line, and keeps the figure, the last line that says
// something, and the beginning of the line that is not complete.
type lines struct {
	figure  *regexp.Regexp // nil: only what is said
	partial []byte
	last    string // what the group of figure matched last
	count   int    // of lines that it matched
	other   string // one that it did not match
	said    string
}

func (l *lines) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		l.partial = append(l.partial, line[:min(len(line), maxLine-len(l.partial))]...)
		if rest = after; ended {
			l.flush()
		}
	}
	return len(p), nil
}

// The go command ends with these lines, which say no more than its status.
var saysNothing = regexp.MustCompile(`^(|FAIL|ok|exit status \d+)$`)

func (l *lines) flush() {
	line := strings.TrimRight(string(l.partial), "\r")
	l.partial = l.partial[:0]
	if !saysNothing.MatchString(strings.TrimSpace(line)) {
		l.said = line
	}
	if l.figure == nil || line == "" {
		return
	}
	if m := l.figure.FindStringSubmatch(line); m != nil {
		l.count++
		l.last = m[len(m)-1]
	} else {
		l.other = line
	}
}

// clean returns one line of text that stands as it is in a code span of a table in Markdown.
func clean(s string) string {
	runes := []rune(strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " "))
	if len(runes) > maxFigure {
		runes = append(runes[:maxFigure], '…')
	}
	for i, c := range runes {
		switch {
		case c == '`':
			runes[i] = '\''
		case c == '|' || c == '\\':
			runes[i] = '/'
		case !unicode.IsPrint(c):
			runes[i] = '?'
		}
	}
	return string(runes)
}

// shown is the command as one types it into a shell.
func (c claim) shown() string {
	var words []string
	for _, word := range append(append([]string{}, c.env...), c.args...) {
		if strings.ContainsAny(word, " ^$|&;()<>*?[]{}\"") {
			word = "'" + word + "'"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// key is the beginning of the row of a claim. Figures are of the same claim and the same command.
func (c claim) key() string {
	return fmt.Sprintf("| %s | `%s` | ", c.text, strings.ReplaceAll(c.shown(), "|", `\|`))
}

// table returns the table of README.md, between its markers.
func (r *runner) table() (string, error) {
	readme, err := os.ReadFile(r.dir + "/" + readmeName)
	if err != nil {
		return "", err
	}
	_, table, _, err := cut(string(readme))
	return table, err
}

// cut returns what is before, in and after the table of README.md.
func cut(readme string) (before, table, after string, err error) {
	before, rest, found := strings.Cut(readme, begin)
	table, after, ended := strings.Cut(rest, end)
	if !found || !ended || strings.Contains(after, begin) {
		return "", "", "", fmt.Errorf("%s has no one table of claims, between %q and %q", readmeName, begin, end)
	}
	return before + begin, table, end + after, nil
}

// rows returns the table with these results, and otherwise with what stood in the old one.
func (r *runner) rows(old string, results map[string]result, measured string) string {
	var b strings.Builder
	b.WriteString(tableHead)
	for _, c := range r.claims {
		key := c.key()
		got, ran := results[key]
		switch {
		case !ran:
			row := key + "| not run yet | |\n"
			for line := range strings.Lines(old) {
				if strings.HasPrefix(line, key) {
					row = line
				}
			}
			b.WriteString(row)
		case got.holds:
			fmt.Fprintf(&b, "%s%s | `%s` | %s |\n", key, got.took(), got.figure, measured)
		default:
			fmt.Fprintf(&b, "%s%s | **fails**: `%s` | %s |\n", key, got.took(), got.figure, measured)
		}
	}
	return b.String()
}

// write writes the results into README.md, as it is now.
func (r *runner) write(results map[string]result, measured string) error {
	name := r.dir + "/" + readmeName
	readme, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	before, table, after, err := cut(string(readme))
	if err != nil {
		return err
	}
	return os.WriteFile(name, []byte(before+r.rows(table, results, measured)+after), 0o644)
}

const modified = "modified"

// commit names the commit that is checked out, or is "modified" if the tree differs from it by
// more than the table, or if git does not say.
func (r *runner) commit(ctx context.Context) string {
	git := func(args ...string) (string, error) {
		command := exec.CommandContext(ctx, "git", args...)
		command.Dir = r.dir
		out, err := command.Output()
		return string(out), err
	}
	head, err := git("rev-parse", "--verify", "HEAD^{commit}")
	status, err2 := git("status", "--porcelain", "--untracked-files=all", "--", ".", ":(exclude)"+readmeName)
	committed, err3 := git("show", "HEAD:./"+readmeName)
	current, err4 := os.ReadFile(r.dir + "/" + readmeName)
	if errors.Join(err, err2, err3, err4) != nil || status != "" {
		return modified
	}
	beforeNow, _, afterNow, err := cut(string(current))
	before, _, after, err2 := cut(committed)
	if err != nil || err2 != nil || before != beforeNow || after != afterNow {
		return modified
	}
	return head[:12]
}
