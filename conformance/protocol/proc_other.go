//go:build !unix

package protocol

import (
	"os/exec"
)

func ownGroup(*exec.Cmd) {}

// killGroup kills the process alone: there are no groups here.
func killGroup(cmd *exec.Cmd) { cmd.Process.Kill() }
