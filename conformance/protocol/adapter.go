package protocol

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// An implementation does what a request says.
type Implementation interface {
	Hello() Hello
	Do(context.Context, *Request) (Reply, *Fault)
	Close()
}

// Bounds on an adapter, beside the flags -timeout and -memory.
const (
	maxReply    = 32 << 20 // octets of one line; the payload of a token of 16 MiB fits
	maxLog      = 2 << 10  // octets of its log that are kept for messages
	maxRestarts = 100      // after that the remaining cases are not run
	maxHangs    = 10       // the same, because each of these takes the whole time limit
	startFactor = 3        // hello may take this many times the time limit
)

// A fault is what went wrong with an implementation itself.
type Fault struct {
	Kind   FaultKind
	Detail string
}

// A faultKind is how an implementation failed to reply.
type FaultKind string

const (
	Crashed     FaultKind = "crashed"
	Hung        FaultKind = "hung"
	BrokenReply FaultKind = "broken-reply"
	NotRun      FaultKind = "not-run" // given up, or interrupted
)

func (f *Fault) Error() string { return string(f.Kind) + ": " + f.Detail }

// An adapter is another implementation, in a process of its own that is
// started again when it has crashed or hung.
type Adapter struct {
	Args     []string
	timeout  time.Duration
	memory   int64 // octets
	proc     *process
	greeting Hello
	Restarts int
	hangs    int
}

// Start starts the command and says hello.
func Start(ctx context.Context, args []string, timeout time.Duration, memory int64) (*Adapter, error) {
	a := &Adapter{Args: args, timeout: timeout, memory: memory}
	if f := a.start(ctx); f != nil {
		return nil, f
	}
	return a, nil
}

func (a *Adapter) Hello() Hello { return a.greeting }

func (a *Adapter) start(ctx context.Context) *Fault {
	p, err := startProcess(a.Args, a.memory)
	if err != nil {
		return &Fault{Crashed, "cannot be started: " + Printable(err.Error(), 200)}
	}
	line, f := p.exchange(ctx, Request{Op: "hello", Protocol: protocolVersion}, startFactor*a.timeout)
	if f == nil {
		h, err := ParseHello(line)
		if err == nil {
			if a.greeting.Name == "" {
				a.greeting = h
			}
			a.proc = p
			return nil
		}
		f = &Fault{BrokenReply, err.Error()}
	}
	p.stop(f)
	f.Detail = "hello: " + f.Detail
	return f
}

// Do sends one request and returns the reply to it.
func (a *Adapter) Do(ctx context.Context, r *Request) (Reply, *Fault) {
	if a.proc == nil {
		if a.Restarts >= maxRestarts || a.hangs >= maxHangs {
			return Reply{}, &Fault{NotRun, fmt.Sprintf("given up after %d restarts, %d of them after a hang", a.Restarts, a.hangs)}
		}
		a.Restarts++
		if f := a.start(ctx); f != nil {
			a.count(f)
			return Reply{}, f
		}
	}
	line, f := a.proc.exchange(ctx, *r, a.timeout)
	if f == nil {
		reply, err := ParseReply(line, r.ID)
		if err == nil {
			return reply, nil
		}
		f = &Fault{BrokenReply, err.Error()}
	}
	// Whatever it still has to say is not for the next request.
	a.proc.stop(f)
	a.proc = nil
	a.count(f)
	return Reply{}, f
}

func (a *Adapter) count(f *Fault) {
	if f.Kind == Hung {
		a.hangs++
	}
}

// Close ends the process, which may take a second to do so by itself.
func (a *Adapter) Close() {
	if a.proc != nil {
		a.proc.end(time.Second)
		a.proc = nil
	}
}

// A process is one run of an adapter's command.
type process struct {
	cmd        *exec.Cmd
	stdin      io.WriteCloser
	lines      chan []byte   // what it says, closed at the end of it
	readErr    error         // why lines was closed
	done       chan struct{} // closed by stop and end
	log        tail
	overMemory atomic.Bool
}

func startProcess(args []string, memory int64) (*process, error) {
	p := &process{cmd: exec.Command(args[0], args[1:]...), lines: make(chan []byte), done: make(chan struct{})}
	p.cmd.Stderr = &p.log
	p.cmd.WaitDelay = time.Second // for grandchildren that keep the log open
	ownGroup(p.cmd)
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	p.stdin = stdin
	go p.read(stdout)
	go p.watch(memory)
	return p, nil
}

// read passes on the lines, one at a time: a process that floods its output
// is stopped by the full pipe.
func (p *process) read(stdout io.Reader) {
	defer close(p.lines)
	r := bufio.NewReaderSize(stdout, 64<<10)
	for {
		line, err := readLine(r, maxReply)
		if err != nil {
			p.readErr = err
			return
		}
		select {
		case p.lines <- line:
		case <-p.done:
			return
		}
	}
}

var errTooLong = fmt.Errorf("line of more than %d octets", maxReply)

// readLine returns the next line that has its line feed.
func readLine(r *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if line = append(line, part...); len(line) > limit {
			return nil, errTooLong
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// watch kills the process when it and its children use more memory than they
// may. A limit on address space would be simpler, but some runtimes reserve
// far more of that than they use.
func (p *process) watch(limit int64) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-p.done:
			return
		case <-tick.C:
			if groupMemory(p.cmd.Process.Pid) > limit {
				p.overMemory.Store(true)
				killGroup(p.cmd)
				return
			}
		}
	}
}

// exchange writes a request and reads one line. It returns no later than
// after timeout, also when the process neither reads nor writes.
func (p *process) exchange(ctx context.Context, r Request, timeout time.Duration) ([]byte, *Fault) {
	request, err := json.Marshal(r)
	if err != nil {
		return nil, &Fault{NotRun, "request: " + Printable(err.Error(), 200)}
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		p.stdin.Write(append(request, '\n')) // an error shows as a missing reply
	}()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	var reply []byte
	for written != nil || reply == nil {
		select {
		case <-written:
			written = nil
		case line, open := <-p.lines:
			switch {
			case open && reply == nil:
				reply = line
			case open: // it talks without listening
				return nil, &Fault{BrokenReply, "a second line: " + Printable(string(line), 100)}
			case errors.Is(p.readErr, errTooLong):
				return nil, &Fault{BrokenReply, p.readErr.Error()}
			default:
				return nil, &Fault{Crashed, "end of output"}
			}
		case <-timer.C:
			return nil, &Fault{Hung, fmt.Sprintf("no reply within %v", timeout)}
		case <-ctx.Done():
			return nil, &Fault{NotRun, "interrupted"}
		}
	}
	return reply, nil
}

// stop kills the process and everything that it has started, and adds to f
// what is known about its end.
func (p *process) stop(f *Fault) {
	if f.Kind == Crashed {
		time.Sleep(50 * time.Millisecond) // it has closed its output: let it end, for its exit status
	}
	err := p.kill()
	if p.overMemory.Load() {
		f.Kind, f.Detail = Crashed, "killed: used more memory than it may"
	} else if f.Kind == Crashed && err != nil {
		f.Detail += ", " + err.Error()
	}
	if text := p.log.String(); text != "" && f.Kind != NotRun {
		f.Detail += "; log: " + Printable(text, 200)
	}
}

// end closes the process's input, waits for the end of its output, no longer
// than patience, and then kills what is left.
func (p *process) end(patience time.Duration) {
	p.stdin.Close()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for open := true; open; {
		select {
		case _, open = <-p.lines:
		case <-timer.C:
			open = false
		}
	}
	p.kill()
}

// kill comes before Wait: until then the system does not give the number to
// another process. Wait closes the pipes, which ends the goroutines.
func (p *process) kill() error {
	close(p.done)
	killGroup(p.cmd)
	return p.cmd.Wait()
}

// A tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p[max(0, len(p)-maxLog):]...)
	t.text = t.text[max(0, len(t.text)-maxLog):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}
