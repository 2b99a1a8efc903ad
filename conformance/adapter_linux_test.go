package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestMemoryLimit(t *testing.T) {
	status, report := runJSON(t, "-corpus", miniCorpus(t), "-run", "valid", "-adapter", fakeCommand(t, "eats memory"), "-memory", "200", "-timeout", "1m")
	r := report.Implementations[0].Results[0]
	if status != exitDeviations || r.Outcome != Crashed || !strings.Contains(r.Detail, "memory") {
		t.Errorf("status %d, %+v", status, r)
	}
}

// TestChildrenAreKilled: a child that outlives the adapter, and keeps its
// output open, is neither waited for nor left behind.
func TestChildrenAreKilled(t *testing.T) {
	marker := filepath.Join(t.TempDir(), "pid")
	t.Setenv("CONFORMANCE_TEST_MARKER", marker)
	status, report := runJSON(t, "-corpus", miniCorpus(t), "-run", "valid", "-adapter", fakeCommand(t, "has a child"), "-timeout", "2s")
	if r := report.Implementations[0].Results[0]; status != exitDeviations || r.Outcome != Hung {
		t.Errorf("status %d, %+v", status, r)
	}
	text, err := os.ReadFile(marker)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(text))
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		// A dead process stays visible until somebody waits for it.
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	syscall.Kill(pid, syscall.SIGKILL)
	t.Errorf("process %d is still there", pid)
}
