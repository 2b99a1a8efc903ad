package protocol

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// groupMemory returns how much memory the processes of a process group have
// resident, in octets.
func groupMemory(group int) int64 {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0
	}
	var pages int64
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue // it is gone
		}
		// "pid (comm) state ppid pgrp …", and comm may contain anything, also
		// spaces and parentheses. The resident set is the 24th of the fields.
		fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
		if len(fields) < 22 || string(fields[2]) != fmt.Sprint(group) {
			continue
		}
		n, _ := strconv.ParseInt(string(fields[21]), 10, 64)
		pages += n
	}
	return pages * int64(os.Getpagesize())
}
