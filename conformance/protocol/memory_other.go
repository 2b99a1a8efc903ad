//go:build !linux

package protocol

import ()

import ()

// groupMemory is not available here, so there is no limit on memory.
func groupMemory(int) int64 { return 0 }
