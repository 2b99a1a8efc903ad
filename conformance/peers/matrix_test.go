package peers_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The matrix in ../README.md is what matrix.sh printed. Where a machine has not all of the
// peers, the columns of the Go libraries and of this one are made again, and every cell of
// them is compared: a change of the corpus, an adapter or a version shows here.
func TestMatrix(t *testing.T) {
	dir := t.TempDir()
	build := func(from, what string) string {
		t.Helper()
		program := filepath.Join(dir, filepath.Base(what)+".exe")
		cmd := exec.Command("go", "build", "-o", program, what)
		cmd.Dir = from
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go build %s: %v\n%s", what, err, out)
		}
		return program
	}
	report := filepath.Join(dir, "report.json")
	args := []string{"-self", "-markdown", "-", "-json", report}
	for _, adapter := range []string{"./go-jose", "./jwx", "./golang-jwt"} {
		args = append(args, "-adapter", "'"+build(".", adapter)+"'")
	}
	cmd := exec.Command(build("../..", "./conformance"), args...)
	var log bytes.Buffer
	cmd.Stderr = &log
	out, err := cmd.Output() // deviations are an exit status of 1
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() > 1 {
		t.Fatalf("conformance: %v\n%s", err, log.Bytes())
	}
	t.Run("cells", func(t *testing.T) { testCells(t, matrix(string(out))) })

	// What the Go libraries accept and must not is reproduced with the library alone.
	t.Run("reproductions", func(t *testing.T) {
		rows, err := exec.Command(build(".", "./repro")).Output()
		if err != nil {
			t.Fatalf("repro: %v", err)
		}
		file := filepath.Join(dir, "rows.txt")
		if err := os.WriteFile(file, rows, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(build(".", "./repro/covers"), "-rows", file, report).CombinedOutput()
		if err != nil {
			t.Errorf("covers: %v\n%s", err, out)
		}
		if !strings.Contains(string(out), "\"golang-jwt\"") {
			t.Errorf("covers looked at something else:\n%s", out)
		}
	})
}

func testCells(t *testing.T, now map[[2]string]string) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok1 := strings.Cut(string(readme), "<!-- matrix -->\n")
	published, _, ok2 := strings.Cut(rest, "<!-- /matrix -->")
	if !ok1 || !ok2 {
		t.Fatal("../README.md has no matrix")
	}
	then := matrix(published)

	for _, name := range []string{"this library", "go-jose", "jwx", "golang-jwt", "cases"} {
		cells := 0
		for key, cell := range now {
			if key[1] != name && !strings.HasPrefix(key[1], name+" ") {
				continue
			}
			cells++
			if then[key] != cell {
				t.Errorf("%s, %s: %q, but ../README.md has %q: run conformance/peers/readme.sh", key[0], key[1], cell, then[key])
			}
		}
		if cells < 20 {
			t.Errorf("%s: only %d cells", name, cells)
		}
	}
}

// matrix returns the cells of the Markdown tables of sources and attack classes, by row and
// column.
func matrix(text string) map[[2]string]string {
	cells := make(map[[2]string]string)
	var head []string
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "## ") {
			break // what follows is about one implementation
		}
		if !strings.HasPrefix(line, "|") {
			head = nil
			continue
		}
		row := strings.Split(strings.Trim(line, "|"), "|")
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
		switch {
		case head == nil:
			head = row
		case strings.HasPrefix(row[0], "---"):
		default:
			for i := 1; i < min(len(row), len(head)); i++ {
				cells[[2]string{row[0], head[i]}] = row[i]
			}
		}
	}
	return cells
}
