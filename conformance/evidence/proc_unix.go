//go:build unix

package evidence

import (
	"os/exec"
	"syscall"
)

// ownGroup makes the command the first of a group of processes, with its children.
func ownGroup(command *exec.Cmd) { command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func killGroup(command *exec.Cmd) { syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
