package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A fake is a repository in memory.
type fake struct {
	commits  map[string]map[string][]byte
	now      string
	modified []string
}

func (f *fake) head() (string, []string, error) { return f.now, f.modified, nil }

func (f *fake) known(commit string) error {
	if f.commits[commit] == nil {
		return errors.New("no commit " + commit)
	}
	return nil
}

func (f *fake) file(commit, name string) ([]byte, error) {
	text, ok := f.commits[commit][name]
	if !ok {
		return nil, errors.New("no file " + name)
	}
	return text, nil
}

var first, second = strings.Repeat("1", 40), strings.Repeat("2", 40)

// newFake returns a repository with the files of this tree as its first commit, which is checked
// out, and a second one of which jose.go differs.
func newFake(t *testing.T) *fake {
	t.Helper()
	one := make(map[string][]byte)
	for _, name := range files {
		text, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		one[name] = text
	}
	one[changesName] = []byte("# Changes\n\n## 1.2.3\n\nText.\n\n## 1.2.2\n")
	two := maps.Clone(one)
	two["jose.go"] = append(bytes.Clone(one["jose.go"]), "\n// More.\n"...)
	return &fake{commits: map[string]map[string][]byte{first: one, second: two}, now: first}
}

// run runs the command, compares its exit status, and returns what it said.
func run(t *testing.T, from repository, status int, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if got := command(from, args, &stdout, &stderr); got != status {
		t.Fatalf("%q: exit status %d, not %d\n%s%s", args, got, status, &stdout, &stderr)
	}
	if (status == 0) != (stderr.Len() == 0) || (status == 0) == (stdout.Len() == 0) {
		t.Errorf("%q: exit status %d, with %q and %q", args, status, &stdout, &stderr)
	}
	return stdout.String() + stderr.String()
}

func says(t *testing.T, got string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("%q does not say %q", got, w)
		}
	}
}

// tree returns all that is below a folder: the content of files, where links lead, and folders.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := make(map[string]string)
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		switch {
		case err != nil:
			return err
		case info.IsDir():
			all[path] = "folder"
		case info.Mode().IsRegular():
			text, err := os.ReadFile(path)
			all[path] = string(text)
			return err
		default:
			all[path], err = os.Readlink(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// A copy is part of a module of somebody else's: it is built there, and checked.
func TestVendor(t *testing.T) {
	t.Parallel()
	from, module := newFake(t), t.TempDir()
	dir := filepath.Join(module, "internal", "crypto", "jose")
	said := run(t, from, 0, dir)
	record, err := os.ReadFile(filepath.Join(dir, recordName))
	if err != nil {
		t.Fatal(err)
	}
	says(t, said, "7 files of commit "+first, fmt.Sprintf("%x", sha256.Sum256(record)))
	all := tree(t, dir)
	if len(all) != 1+len(files)+1 {
		t.Errorf("%d files", len(all))
	}
	for _, name := range files {
		if all[filepath.Join(dir, name)] != string(from.commits[first][name]) {
			t.Errorf("%s is not as it was", name)
		}
		// The lines that sha256sum -c reads.
		says(t, string(record), fmt.Sprintf("\n%x  %s\n", sha256.Sum256(from.commits[first][name]), name))
	}
	says(t, string(record), "\n# version 1.2.3\n# commit "+first+"\n")

	write(t, filepath.Join(module, "go.mod"), []byte("module bank.example\n\ngo 1.24\n"))
	write(t, filepath.Join(module, "main.go"), []byte(`package main

import (
	"fmt"

	"bank.example/internal/crypto/jose"
)

func main() { fmt.Println(jose.RS256) }
`))
	build := exec.Command("go", "run", ".")
	build.Dir = module
	build.Env = append(os.Environ(), "GOWORK=off", "GOPROXY=off", "GOFLAGS=", "GOTOOLCHAIN=local")
	if out, err := build.CombinedOutput(); err != nil || string(out) != "RS256\n" {
		t.Errorf("the module with the copy: %v, %s", err, out)
	}
	says(t, run(t, from, 0, "-check", dir), "unchanged since commit "+first+" (version 1.2.3)")

	// The same again changes nothing, and another commit replaces the copy as a whole.
	run(t, from, 0, dir)
	if !maps.Equal(all, tree(t, dir)) {
		t.Error("a second copy of the same commit differs")
	}
	from.now = second
	says(t, run(t, from, 0, dir), "commit "+second, "it was commit "+first)
	says(t, run(t, from, 0, "-check", dir), "unchanged since commit "+second)
	if entries, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(entries) != 1 {
		t.Errorf("%d entries beside the copy: %v", len(entries), err)
	}
}

// What is no longer the copy is noticed, and neither replaced nor touched.
func TestChanged(t *testing.T) {
	t.Parallel()
	const record, otherLine = recordName, "a line that this command does not write"
	type change struct {
		name   string
		change func(t *testing.T, dir string)
		want   string
		kept   bool // what VENDORED says still holds: a new copy may replace it
	}
	flip := func(name string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, name)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			text[len(text)/2] ^= 1
			write(t, path, text)
		}
	}
	edit := func(name, old, new string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, name)
			text, err := os.ReadFile(path)
			if err != nil || !bytes.Contains(text, []byte(old)) {
				t.Fatalf("%s has no %q: %v", name, old, err)
			}
			write(t, path, bytes.Replace(text, []byte(old), []byte(new), 1))
		}
	}
	remove := func(name string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	changes := []change{
		{"a file more", func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "more.go"), nil)
		}, `"more.go" is not of the copy`, false},
		{"a folder more", func(t *testing.T, dir string) {
			if err := os.Mkdir(filepath.Join(dir, ".git"), 0o755); err != nil {
				t.Fatal(err)
			}
		}, `".git" is not of the copy`, false},
		{"many files more", func(t *testing.T, dir string) {
			for i := range 100 {
				write(t, filepath.Join(dir, fmt.Sprint("\x1b", i)), nil)
			}
		}, `"\x1b`, false},
		{"a file less", remove("jwe.go"), "jwe.go is missing", false},
		{"no record", remove(record), "VENDORED is missing", false},
		{"a link", func(t *testing.T, dir string) {
			path := filepath.Join(dir, "jwt.go")
			if err := errors.Join(os.Rename(path, dir+".elsewhere"), os.Symlink(dir+".elsewhere", path)); err != nil {
				t.Fatal(err)
			}
		}, "jwt.go is no regular file", false},
		{"a folder for a file", func(t *testing.T, dir string) {
			path := filepath.Join(dir, record)
			if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o755)); err != nil {
				t.Fatal(err)
			}
		}, "VENDORED is no regular file", false},
		{"a large file", func(t *testing.T, dir string) {
			if err := os.Truncate(filepath.Join(dir, "keys.go"), maxFileSize+1); err != nil {
				t.Fatal(err)
			}
		}, "keys.go has more than", false},
		{"a large record", func(t *testing.T, dir string) {
			if err := os.Truncate(filepath.Join(dir, record), maxFileSize+1); err != nil {
				t.Fatal(err)
			}
		}, "VENDORED has more than", false},
		{"file and record", func(t *testing.T, dir string) {
			text, err := os.ReadFile(filepath.Join(dir, "jws.go"))
			if err != nil {
				t.Fatal(err)
			}
			flip("jws.go")(t, dir)
			other, err := os.ReadFile(filepath.Join(dir, "jws.go"))
			if err != nil {
				t.Fatal(err)
			}
			hex := func(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b)) }
			edit(record, hex(text), hex(other))(t, dir)
		}, "jws.go is not that of commit " + first, true},
		{"commit of another copy", edit(record, first, second), "jose.go is not that of commit " + second, true},
		{"commit of nowhere", edit(record, first, strings.Repeat("3", 40)), "no commit 333", true},
		{"no commit", edit(record, "# commit ", "# a commit "), "does not have one commit", false},
		{"commit that is none", edit(record, first, "--help"), "does not have one commit", false},
		{"a second commit", edit(record, "\n", "\n# commit "+second+"\n"), otherLine, false},
		{"another version", edit(record, "# version 1.2.3", "# version 1.2.4"), `says version "1.2.4", and commit ` + first + ` is version "1.2.3"`, true},
		{"no version", edit(record, "# version 1.2.3\n", ""), `says version ""`, true},
		{"a second version", edit(record, "\n", "\n# version 1.2.3\n"), otherLine, false},
		{"a checksum less", edit(record, "  keys.go\n", "  keys.go\x00"), otherLine, false},
		{"a checksum twice", edit(record, "  keys.go", "  jwt.go"), otherLine, false},
		{"a checksum of another file", edit(record, "  LICENSE", "  go.mod"), otherLine, false},
		{"checksums are gone", func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, record), []byte("# commit "+first+"\n"))
		}, "and 7 checksums", false},
	}
	for _, name := range files {
		changes = append(changes, change{"an octet of " + name, flip(name), name + " is modified", false})
	}
	from := newFake(t)
	for _, c := range changes {
		t.Run(c.name, func(t *testing.T) {
			parent := t.TempDir()
			dir := filepath.Join(parent, "jose")
			run(t, from, 0, dir)
			c.change(t, dir)
			stat := func() (infos []string) {
				entries, err := os.ReadDir(parent)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range entries {
					infos = append(infos, e.Name())
				}
				inside, err := os.ReadDir(dir)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range inside {
					info, err := e.Info()
					if err != nil {
						t.Fatal(err)
					}
					infos = append(infos, fmt.Sprint(e.Name(), info.Mode(), info.Size(), info.ModTime()))
				}
				return infos
			}
			before := stat()
			says(t, run(t, from, 1, "-check", dir), c.want)
			if c.kept {
				run(t, from, 0, dir)
				run(t, from, 0, "-check", dir)
				return
			}
			says(t, run(t, from, 1, dir), "nothing is overwritten", c.want)
			if after := stat(); !slices.Equal(before, after) {
				t.Errorf("was %q, and is %q", before, after)
			}
		})
	}
}

// The version is what the first heading of CHANGELOG.md says, which is one in this tree.
func TestVersion(t *testing.T) {
	t.Parallel()
	for changes, want := range map[string]string{
		"# Changes\n\n## 10.0.12\n\n## 9.0.0\n": "10.0.12",
		"## 1.2.3\r\n":                          "1.2.3",
		"":                                      "",
		"# 1.2.3\n":                             "",
		"## Next\n\n## 1.2.3\n":                 "",
		"## 1.2\n":                              "",
		"## 1.2.3 and more\n":                   "",
		"## version 1.2.3\n":                    "",
		"### 1.2.3\n":                           "",
	} {
		if got := version([]byte(changes)); got != want {
			t.Errorf("%q: version %q, not %q", changes, got, want)
		}
	}
	changes, err := os.ReadFile(filepath.Join("../..", changesName))
	if err != nil || version(changes) == "" {
		t.Errorf("%s of this tree: version %q, %v", changesName, version(changes), err)
	}

	// A commit without a version is not copied; a copy from before there were versions is still checked.
	from, dir := newFake(t), filepath.Join(t.TempDir(), "jose")
	run(t, from, 0, dir)
	from.commits[first][changesName] = []byte("# Changes\n\n## Next\n")
	says(t, run(t, from, 1, dir), "CHANGELOG.md in commit "+first+" is no version")
	delete(from.commits[first], changesName)
	says(t, run(t, from, 1, dir), "commit "+first+" has no CHANGELOG.md")
	says(t, run(t, from, 1, "-check", dir), `says version "1.2.3"`)
	record, err := os.ReadFile(filepath.Join(dir, recordName))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, recordName), bytes.Replace(record, []byte("# version 1.2.3\n"), nil, 1))
	if said := run(t, from, 0, "-check", dir); strings.Contains(said, "version") {
		t.Errorf("says %q", said)
	}
}

// What is in the place of a copy and is none stays as it is.
func TestRefused(t *testing.T) {
	t.Parallel()
	from, parent := newFake(t), t.TempDir()
	at := func(name string) string { return filepath.Join(parent, name) }
	for _, name := range []string{"empty", "full", "target"} {
		if err := os.Mkdir(at(name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, at("file"), []byte("a file"))
	write(t, at("full/jose.go"), []byte("package mine\n"))
	if err := os.Symlink(at("target"), at("link")); err != nil {
		t.Fatal(err)
	}
	before := tree(t, parent)
	says(t, run(t, from, 1, at("file")), "is no folder")
	says(t, run(t, from, 1, at("file/jose")), "vendoring: ")
	says(t, run(t, from, 1, at("link")), "is no folder")
	says(t, run(t, from, 1, at("full")), "nothing is overwritten", "VENDORED is missing")
	for _, name := range []string{"nothing", "empty"} {
		says(t, run(t, from, 1, "-check", at(name)), "there is no copy in")
	}
	says(t, run(t, from, 1, "-check", at("link")), "is no folder")
	from.modified = []string{"jws.go", "keys.go"}
	says(t, run(t, from, 1, at("new")), "modified since commit "+first, "jws.go, keys.go")
	from.modified, from.now = nil, second
	delete(from.commits[second], "LICENSE")
	says(t, run(t, from, 1, at("new")), "no file LICENSE")
	for _, args := range [][]string{{}, {""}, {"a", "b"}, {"-check"}, {"-other", "a"}} {
		run(t, from, 2, args...)
	}
	if after := tree(t, parent); !maps.Equal(before, after) {
		t.Errorf("was %q, and is %q", before, after)
	}
	from.now = first
	run(t, from, 0, at("empty"))
	run(t, from, 0, "-check", at("empty"))
}

// The commits come from git; where there is none, the command says so.
func TestGit(t *testing.T) {
	dir, copied := t.TempDir(), filepath.Join(t.TempDir(), "jose")
	from := git{dir}
	for _, name := range os.Environ() {
		if name, _, _ = strings.Cut(name, "="); strings.HasPrefix(name, "GIT_") {
			t.Setenv(name, "") // restored afterwards
			os.Unsetenv(name)
		}
	}
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(dir))
	if _, err := exec.LookPath("git"); err != nil {
		says(t, run(t, from, 1, copied), "git")
		return
	}
	says(t, run(t, from, 1, copied), "git rev-parse: ")
	do := func(args ...string) string {
		t.Helper()
		out, err := from.run(append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}
	do("init", "-q")
	write(t, filepath.Join(dir, "go.mod"), []byte("module example.com/jose/v2\n"))
	do("add", ".")
	do("commit", "-q", "-m", "Another module")
	says(t, run(t, from, 1, copied), "not the root of a clone of example.com/jose")
	write(t, filepath.Join(dir, "go.mod"), []byte("module example.com/jose\n"))
	for _, name := range files {
		write(t, filepath.Join(dir, name), []byte("// "+name+"\r\n"))
	}
	write(t, filepath.Join(dir, changesName), []byte("## 2.0.1\n"))
	do("add", ".")
	do("commit", "-q", "-m", "One")
	one := do("rev-parse", "HEAD")
	says(t, run(t, from, 0, copied), "7 files of commit "+one+" (version 2.0.1)")
	says(t, run(t, from, 0, "-check", copied), "unchanged since commit "+one)
	if text, err := os.ReadFile(filepath.Join(copied, "jwe.go")); err != nil || string(text) != "// jwe.go\r\n" {
		t.Errorf("jwe.go: %q, %v", text, err)
	}

	// A change that is not committed is refused, staged or not; the copy is still that of its commit.
	write(t, filepath.Join(dir, "jwe.go"), []byte("// Changed.\n"))
	says(t, run(t, from, 1, copied), "modified since commit "+one+": jwe.go;")
	do("add", ".")
	says(t, run(t, from, 1, copied), "modified since commit "+one+": jwe.go;")
	do("rm", "-q", "-f", "jwt.go")
	says(t, run(t, from, 1, copied), "jwe.go, jwt.go;")
	says(t, run(t, from, 0, "-check", copied), one)
	do("checkout", "-q", "HEAD", "--", ".")

	// A commit that the one checked out does not come from, such as a pull request, is not known.
	do("checkout", "-q", "-b", "other")
	write(t, filepath.Join(dir, "jwe.go"), []byte("// Other.\n"))
	do("commit", "-q", "-a", "-m", "Other")
	other := do("rev-parse", "HEAD")
	says(t, run(t, from, 0, copied), "commit "+other)
	do("checkout", "-q", one)
	says(t, run(t, from, 1, "-check", copied), "commit "+other+" is not in the history")
	says(t, run(t, from, 0, copied), "commit "+one, "it was commit "+other)
}
