// Command vendoring copies package jose into a folder of another module, from
// the commit that is checked out, and checks such a copy later.
//
//	go run ./conformance/vendoring DIR
//	go run ./conformance/vendoring -check DIR
//
// It is started at the root of a clone, and needs git. Beside the six files of
// the package and its licence it writes VENDORED, which names the version, as
// the first heading of CHANGELOG.md has it, and the commit, and has the
// SHA-256 checksum of each file, as sha256sum -c reads them.
//
// DIR is a new folder, an empty one, or a copy that still is what its VENDORED
// says, which is then replaced as a whole. Everything else is refused, and
// stays as it is. The folder is for the copy alone: -check reports what else is
// in it. It compares the copy with the commit that VENDORED names, which has to
// be in the history of the one that is checked out.
//
// The exit status is 0 if all is well, 1 if not, and 2 for a mistake in the
// command line.
package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// files are what is copied, in the order of VENDORED.
var files = []string{"LICENSE", "b64url.go", "jose.go", "jwe.go", "jws.go", "jwt.go", "keys.go"}

const (
	recordName  = "VENDORED"
	changesName = "CHANGELOG.md"
	maxFileSize = 1 << 20 // octets of a file in DIR that are read
)

func main() {
	os.Exit(command(git{"."}, os.Args[1:], os.Stdout, os.Stderr))
}

// command is main without the process around it.
func command(from repository, args []string, stdout, stderr io.Writer) int {
	f := flag.NewFlagSet("vendoring", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.Usage = func() {
		fmt.Fprint(stderr, "usage: go run ./conformance/vendoring [-check] DIR\n")
		f.PrintDefaults()
	}
	compare := f.Bool("check", false, "compare the copy in DIR with the commit that it is of, and write nothing")
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	if f.NArg() != 1 || f.Arg(0) == "" {
		f.Usage()
		return 2
	}
	do := vendor
	if *compare {
		do = check
	}
	said, err := do(from, f.Arg(0))
	if err != nil {
		fmt.Fprintf(stderr, "vendoring: %v\n", err)
		return 1
	}
	fmt.Fprintln(stdout, said)
	return 0
}

// A repository is where the files come from.
type repository interface {
	// head returns the commit that is checked out, and which of the files were changed since.
	head() (commit string, modified []string, err error)
	// known returns an error unless the commit is in the history of the one that is checked out.
	known(commit string) error
	file(commit, name string) ([]byte, error)
}

// git is the clone with this folder as its root.
type git struct{ dir string }

func (g git) run(args ...string) ([]byte, error) {
	var stderr bytes.Buffer
	command := exec.Command("git", append([]string{"--no-replace-objects", "-C", g.dir}, args...)...)
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		if line, _, _ := strings.Cut(strings.TrimSpace(stderr.String()), "\n"); line != "" {
			err = errors.New(line)
		}
		return nil, fmt.Errorf("git %s: %w", args[0], err)
	}
	return out, nil
}

func (g git) head() (commit string, modified []string, err error) {
	out, err := g.run("rev-parse", "--verify", "HEAD^{commit}")
	if err != nil {
		return "", nil, err
	}
	commit = strings.TrimSpace(string(out))
	mod, err := g.file(commit, "go.mod")
	if err != nil || !bytes.HasPrefix(mod, []byte("module example.com/jose\n")) {
		return "", nil, errors.New("this is not the root of a clone of example.com/jose")
	}
	out, err = g.run(append([]string{"diff", "--name-only", "--relative", "HEAD", "--"}, files...)...)
	return commit, strings.Fields(string(out)), err
}

func (g git) known(commit string) error {
	if _, err := g.run("merge-base", "--is-ancestor", commit, "HEAD"); err != nil {
		return fmt.Errorf("commit %s is not in the history of the one that is checked out here: %w", commit, err)
	}
	return nil
}

func (g git) file(commit, name string) ([]byte, error) {
	return g.run("cat-file", "blob", commit+":./"+name)
}

// A copied is the content of a folder: the files by name, and what VENDORED says of them.
type copied struct {
	commit  string
	version string // "" of a commit from before there were versions
	files   map[string][]byte
	record  []byte
}

// ofCommit returns what a copy of this commit is.
func ofCommit(from repository, commit string) (*copied, error) {
	c := &copied{commit: commit, files: make(map[string][]byte)}
	if changes, err := from.file(commit, changesName); err == nil {
		if c.version = version(changes); c.version == "" {
			return nil, fmt.Errorf("the first heading of %s in commit %s is no version", changesName, commit)
		}
	}
	c.record = fmt.Appendf(nil, "# Package jose of example.com/jose. Compare this copy with a clone of that:\n"+
		"# go run ./conformance/vendoring -check DIR, or without one: sha256sum -c %s\n", recordName)
	if c.version != "" {
		c.record = fmt.Appendf(c.record, "# version %s\n", c.version)
	}
	c.record = fmt.Appendf(c.record, "# commit %s\n", commit)
	for _, name := range files {
		text, err := from.file(commit, name)
		if err != nil {
			return nil, err
		}
		c.files[name] = text
		c.record = fmt.Appendf(c.record, "%x  %s\n", sha256.Sum256(text), name)
	}
	return c, nil
}

var (
	heading     = regexp.MustCompile(`(?m)^## .*$`)
	versionLine = regexp.MustCompile(`^# version ([0-9]+\.[0-9]+\.[0-9]+)$`)
	commitLine  = regexp.MustCompile(`^# commit ([0-9a-f]{40}|[0-9a-f]{64})$`)
	sumLine     = regexp.MustCompile(`^([0-9a-f]{64})  ([A-Za-z0-9.]+)$`)
)

// version returns what the first heading of CHANGELOG.md says, or "" if that is no version.
func version(changes []byte) string {
	first := strings.TrimSuffix(string(heading.Find(changes)), "\r")
	m := versionLine.FindStringSubmatch(strings.Replace(first, "## ", "# version ", 1))
	if m == nil {
		return ""
	}
	return m[1]
}

// readFolder returns the copy in dir, which anybody may have put there, and how it differs from
// its own VENDORED. It is nil with the error fs.ErrNotExist if there is nothing.
func readFolder(dir string) (*copied, []string, error) {
	if info, err := os.Lstat(dir); err != nil {
		return nil, nil, err
	} else if !info.IsDir() {
		return nil, nil, fmt.Errorf("%q is no folder", dir)
	}
	folder, err := os.Open(dir)
	if err != nil {
		return nil, nil, err
	}
	names, err := folder.Readdirnames(len(files) + 2)
	folder.Close()
	if errors.Is(err, io.EOF) {
		return nil, nil, fs.ErrNotExist
	} else if err != nil {
		return nil, nil, err
	}
	slices.Sort(names)
	var differ []string
	for _, name := range names {
		if name != recordName && !slices.Contains(files, name) {
			differ = append(differ, fmt.Sprintf("%q is not of the copy", name))
		}
	}
	c := &copied{files: make(map[string][]byte)}
	if c.record, err = readRegular(dir, recordName); err != nil {
		return nil, nil, fmt.Errorf("%q is no copy that this command made: %w", dir, err)
	}
	sums := make(map[string]string)
	for line := range strings.Lines(string(c.record)) {
		line = strings.TrimSuffix(line, "\n")
		if m := commitLine.FindStringSubmatch(line); m != nil && c.commit == "" {
			c.commit = m[1]
		} else if m := versionLine.FindStringSubmatch(line); m != nil && c.version == "" {
			c.version = m[1]
		} else if m := sumLine.FindStringSubmatch(line); m != nil && slices.Contains(files, m[2]) && sums[m[2]] == "" {
			sums[m[2]] = m[1]
		} else if m != nil || commitLine.MatchString(line) || versionLine.MatchString(line) || !strings.HasPrefix(line, "#") {
			return nil, nil, fmt.Errorf("%s has a line that this command does not write", recordName)
		}
	}
	if c.commit == "" || len(sums) != len(files) {
		return nil, nil, fmt.Errorf("%s does not have one commit and %d checksums", recordName, len(files))
	}
	for _, name := range files {
		text, err := readRegular(dir, name)
		if err != nil {
			differ = append(differ, err.Error())
		} else if fmt.Sprintf("%x", sha256.Sum256(text)) != sums[name] {
			differ = append(differ, fmt.Sprintf("%s is modified: it does not have the checksum in %s", name, recordName))
		}
		c.files[name] = text
	}
	return c, differ, nil
}

// readRegular reads a file that is no link, pipe or device, and not large.
func readRegular(dir, name string) ([]byte, error) {
	path := filepath.Join(dir, name)
	if info, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is missing", name)
	} else if err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", name)
	} else if info.Size() > maxFileSize {
		return nil, fmt.Errorf("%s has more than %d octets", name, maxFileSize)
	}
	return os.ReadFile(path)
}

// check compares the copy in dir with the commit that it is of.
func check(from repository, dir string) (string, error) {
	is, differ, err := readFolder(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("there is no copy in %q", dir)
	} else if err != nil {
		return "", err
	}
	if err := from.known(is.commit); err != nil {
		return "", err
	}
	should, err := ofCommit(from, is.commit)
	if err != nil {
		return "", err
	}
	if is.version != should.version {
		differ = append(differ, fmt.Sprintf("%s says version %q, and commit %s is version %q",
			recordName, is.version, is.commit, should.version))
	}
	for _, name := range files {
		if !bytes.Equal(is.files[name], should.files[name]) {
			differ = append(differ, fmt.Sprintf("%s is not that of commit %s", name, is.commit))
		}
	}
	if len(differ) > 0 {
		return "", fmt.Errorf("%q is not the copy that it was:\n\t%s", dir, strings.Join(differ, "\n\t"))
	}
	return fmt.Sprintf("%s: %d files, unchanged since commit %s%s", dir, len(files), is.commit, ofVersion(is.version)), nil
}

func ofVersion(v string) string {
	if v == "" {
		return ""
	}
	return " (version " + v + ")"
}

// vendor makes dir a copy of the commit that is checked out.
func vendor(from repository, dir string) (said string, err error) {
	commit, modified, err := from.head()
	if err != nil {
		return "", err
	}
	if len(modified) > 0 {
		names := strings.Join(modified, ", ")
		return "", fmt.Errorf("modified since commit %s: %s; commit or restore that first", commit, names)
	}
	c, err := ofCommit(from, commit)
	if err != nil {
		return "", err
	}
	if c.version == "" {
		return "", fmt.Errorf("commit %s has no %s, which says its version", commit, changesName)
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return "", err
	}
	old, differ, err := readFolder(dir)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("nothing is overwritten: %w", err)
	case len(differ) > 0:
		return "", fmt.Errorf("nothing is overwritten: in %q, %s", dir, strings.Join(differ, "; "))
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	// The copy is made beside dir, and then takes its place by its name: whoever looks sees the
	// one or the other, and nothing is written through a link.
	made, err := os.MkdirTemp(filepath.Dir(dir), ".vendoring-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(made)
	fresh, aside := filepath.Join(made, "new"), filepath.Join(made, "old")
	if err := os.Mkdir(fresh, 0o755); err != nil {
		return "", err
	}
	c.files[recordName] = c.record
	for name, text := range c.files {
		if err := os.WriteFile(filepath.Join(fresh, name), text, 0o644); err != nil {
			return "", err
		}
	}
	moved := os.Rename(dir, aside)
	if moved != nil && !errors.Is(moved, fs.ErrNotExist) {
		return "", moved
	}
	if err := os.Rename(fresh, dir); err != nil {
		if moved == nil {
			err = errors.Join(err, os.Rename(aside, dir))
		}
		return "", err
	}
	sum := sha256.Sum256(c.record)
	said = fmt.Sprintf("%s: %d files of commit %s%s; SHA-256 of %s: %x",
		dir, len(files), commit, ofVersion(c.version), recordName, sum)
	if old != nil && old.commit != commit {
		said += "\nit was commit " + old.commit
	}
	return said, nil
}
