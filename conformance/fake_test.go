package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/jose/conformance/library"
	"example.com/jose/conformance/protocol"
)

// The test binary is the adapter too, with a behaviour that this variable names.
const fakeVariable = "CONFORMANCE_TEST_ADAPTER"

// leaveGroup makes the command no member of this process's group, where the
// system has those.
var leaveGroup = func(*exec.Cmd) {}

func TestMain(m *testing.M) {
	if mode := os.Getenv(fakeVariable); mode == "sleeps" {
		time.Sleep(2 * time.Minute)
	} else if mode != "" {
		fakeAdapter(mode)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// fakeCommand returns the -adapter argument for the test binary.
func fakeCommand(t *testing.T, mode string) string {
	t.Helper()
	t.Setenv(fakeVariable, mode)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return "'" + exe + "'"
}

// fakeAdapter answers like this library, but for what mode says.
func fakeAdapter(mode string) {
	in := bufio.NewReader(os.Stdin)
	say := func(v any) {
		line, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		os.Stdout.Write(append(line, '\n'))
	}
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		var r protocol.Request
		if err := json.Unmarshal(line, &r); err != nil {
			panic(err)
		}
		if r.Op == "hello" {
			switch mode {
			case "dies at hello":
				fmt.Fprint(os.Stderr, "no such module")
				os.Exit(5)
			case "hangs at hello":
				time.Sleep(time.Hour)
			case "garbage at hello":
				fmt.Println(`["hello"]`)
				continue
			case "no name":
				fmt.Println(`{}`)
				continue
			}
			h := protocol.Hello{Name: "fake", Version: "1"}
			switch mode {
			case "control characters":
				h = protocol.Hello{Name: "\x1b[2Jfake\r\n", Version: "\u202e1|<b>", Origin: "\u009b31m"}
			case "declares nothing":
				h.Supports.Ops = []string{"sign"}
			case "declares RS256":
				h.Supports.Alg = []string{"RS256"}
			}
			say(h)
			if mode == "never reads" {
				time.Sleep(time.Hour)
			}
			if mode == "closes its output" {
				os.Stdout.Close()
				time.Sleep(time.Hour)
			}
			continue
		}
		reply := library.Do(&r)
		yes, segments := true, strings.Split(r.Token+"..", ".")
		switch mode {
		case "accepts everything":
			reply = protocol.Reply{ID: &r.ID, OK: &yes, Payload: segments[1]}
		case "refuses everything":
			no := false
			reply = protocol.Reply{ID: &r.ID, OK: &no}
		case "supports nothing":
			why := "nothing"
			reply = protocol.Reply{ID: &r.ID, Unsupported: &why}
		case "ignores crit":
			if reply.Class == "unsupported" {
				reply = protocol.Reply{ID: &r.ID, OK: &yes, Payload: segments[1]}
			}
		case "lies about the payload":
			reply.Payload = b64.EncodeToString([]byte("something else"))
		case "payload is not base64url":
			reply.Payload = "="
		case "hangs":
			time.Sleep(time.Hour)
		case "late":
			if r.ID == "mini/signature" {
				time.Sleep(2 * time.Second)
			}
		case "crashes":
			if r.ID == "mini/signature" {
				fmt.Fprint(os.Stderr, "panic: \x1b[31mnil")
				os.Exit(3)
			}
		case "crashes always", "dies at the second hello":
			os.Exit(3)
		case "floods":
			for {
				say(reply)
			}
		case "floods a line":
			for {
				os.Stdout.Write(bytes.Repeat([]byte("a"), 1<<16))
			}
		case "floods its log":
			os.Stderr.Write(bytes.Repeat([]byte("log\n"), 1<<20))
		case "garbage":
			fmt.Println("Segmentation fault")
			continue
		case "wrong id":
			id := r.ID + "x"
			reply.ID = &id
		case "no id":
			reply.ID = nil
		case "neither":
			reply.OK = nil
		case "both":
			why := "and unsupported"
			reply.Unsupported = &why
		case "says it twice":
			say(reply)
		case "control characters":
			no := false
			reply = protocol.Reply{ID: &r.ID, OK: &no, Class: "\x1b[2J", Error: "\x1b]0;title\x07 \u202e \u009b31m | <script> \xff"}
		case "eats memory":
			var keep [][]byte
			for {
				b := make([]byte, 16<<20)
				for i := range b {
					b[i] = byte(i)
				}
				keep = append(keep, b)
				time.Sleep(10 * time.Millisecond)
			}
		case "has a child", "has a child that leaves":
			child := exec.Command(os.Args[0])
			child.Env = append(os.Environ(), fakeVariable+"=sleeps")
			child.Stdout, child.Stderr = os.Stdout, os.Stderr
			if mode == "has a child that leaves" {
				leaveGroup(child)
			}
			if err := child.Start(); err != nil {
				panic(err)
			}
			os.WriteFile(os.Getenv("CONFORMANCE_TEST_MARKER"), []byte(strconv.Itoa(child.Process.Pid)), 0o600)
			os.Exit(4)
		case "honest", "declares nothing", "declares RS256":
		default:
			panic("unknown mode " + mode)
		}
		say(reply)
	}
}
