package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/jose/conformance/report"
)

func TestMemoryLimit(t *testing.T) {
	status, found := runJSON(t, "-corpus", miniCorpus(t), "-run", "valid", "-adapter", fakeCommand(t, "eats memory"), "-memory", "200", "-timeout", "1m")
	r := found.Implementations[0].Results[0]
	if status != exitDeviations || r.Outcome != report.Crashed || !strings.Contains(r.Detail, "memory") {
		t.Errorf("status %d, %+v", status, r)
	}
}

func init() {
	leaveGroup = func(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
}

// TestChildren: a child that outlives the adapter, and keeps its output and
// log open, is not waited for, and not left behind unless it has seen to that.
func TestChildren(t *testing.T) {
	for _, mode := range []string{"has a child", "has a child that leaves"} {
		marker := filepath.Join(t.TempDir(), "pid")
		t.Setenv("CONFORMANCE_TEST_MARKER", marker)
		start := time.Now()
		status, found := runJSON(t, "-corpus", miniCorpus(t), "-run", "valid", "-adapter", fakeCommand(t, mode), "-timeout", "2s")
		if r := found.Implementations[0].Results[0]; status != exitDeviations || r.Outcome != report.Hung || time.Since(start) > time.Minute {
			t.Errorf("%s: status %d after %v, %+v", mode, status, time.Since(start), r)
		}
		text, err := os.ReadFile(marker)
		if err != nil {
			t.Fatal(err)
		}
		pid, err := strconv.Atoi(string(text))
		if err != nil {
			t.Fatal(err)
		}
		gone := false
		for i := 0; i < 100 && mode == "has a child" && !gone; i++ {
			// A dead process stays visible until somebody waits for it.
			stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
			gone = err != nil || strings.Contains(string(stat), ") Z ")
			time.Sleep(20 * time.Millisecond)
		}
		if gone != (mode == "has a child") {
			t.Errorf("%s: gone is %v", mode, gone)
		}
		if !gone {
			syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}
