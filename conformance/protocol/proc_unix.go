//go:build unix

package protocol

import (
	"os/exec"
	"syscall"
)

// ownGroup makes cmd the leader of a process group, so that killGroup reaches
// its children too.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func killGroup(cmd *exec.Cmd) { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
