package library

import (
	"context"
	"strings"
	"testing"
	"time"

	"example.com/jose/conformance/protocol"
)

func TestSecondsDoNotOverflow(t *testing.T) {
	for n, want := range map[int64]time.Duration{60: time.Minute, 1 << 62: 1 << 32 * time.Second, -1 << 62: -1 << 32 * time.Second} {
		if got := seconds(n); got != want {
			t.Errorf("%d: %v, want %v", n, got, want)
		}
	}
}

func TestPanicOfThisLibrary(t *testing.T) {
	if _, f := (Self{}).Do(context.Background(), &protocol.Request{Op: "verify"}); f == nil || f.Kind != protocol.Crashed || !strings.Contains(f.Detail, "panic: ") {
		t.Errorf("no key: %v", f)
	}
}
