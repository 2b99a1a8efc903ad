package timing

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	mathrand "math/rand/v2"
	"strings"
	"testing"
	"time"

	"example.com/jose"
)

// countingHandle counts private-key operations. It is the clock of the tests:
// an operation takes a millisecond, and nothing else takes time but noise.
type countingHandle struct {
	handle
	operations int
}

func (h *countingHandle) Decrypt(r io.Reader, c []byte, opts crypto.DecrypterOpts) ([]byte, error) {
	h.operations++
	return h.handle.Decrypt(r, c, opts)
}

// TestPlantedOperation: where one class costs a private-key operation more, or
// one less, it is named. Where all cost the same, no difference is found.
func TestPlantedOperation(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	h := &countingHandle{handle: handle{key}}
	decrypt, err := decrypter(h)
	if err != nil {
		t.Fatal(err)
	}
	classes := newClasses(&key.PublicKey)
	classOf := make(map[string]string)
	for _, c := range classes {
		if len(c.tokens) != variants {
			t.Fatalf("%s has %d tokens", c.name, len(c.tokens))
		}
		for _, token := range c.tokens {
			classOf[token] = c.name
		}
	}
	random := mathrand.New(mathrand.NewPCG(1, 2))
	now := func() time.Duration {
		return time.Duration(h.operations)*time.Millisecond + time.Duration(random.IntN(int(100*time.Microsecond)))
	}
	for _, planted := range []string{"", "random", "an octet short", "key of 31 octets", "zero", "not below the modulus"} {
		for _, change := range []int{-1, 1} {
			target := func(token string) error {
				err := decrypt(token)
				if planted != "" && classOf[token] == planted {
					h.operations += change
				}
				return err
			}
			times, err := measure(classes, target, now, 20, 1)
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			status := compare(&out, classes, times)
			if planted == "" && (status != exitOK || !strings.Contains(out.String(), "verdict: no difference found")) {
				t.Errorf("nothing planted: status %d\n%s", status, &out)
			}
			if planted != "" && (status != exitDiffers || !strings.Contains(out.String(), `|t| of "`+planted+`" is`)) {
				t.Errorf("%q planted: status %d\n%s", planted, status, &out)
			}
		}
	}
}

// TestSmallDifferences: of samples with the spread of a recorded run, a difference of 5 parts in 1,000
// in one class is found, and none where nothing was added. A noise over the
// threshold is no verdict.
func TestSmallDifferences(t *testing.T) {
	classes := []class{{name: reference}, {name: again}, {name: "x"}, {name: "y"}}
	recorded := func(shift map[int]float64) [][]float64 {
		random := mathrand.New(mathrand.NewPCG(3, 4))
		times := make([][]float64, len(classes))
		for range 3000 {
			for i := range classes {
				// A decryption by a key of 2048 bits takes about this long: 950 µs with a spread of
				// 20 µs, and one in 20 interrupted.
				x := 950_000 + 20_000*random.NormFloat64() + shift[i]
				if random.IntN(20) == 0 {
					x += 500_000 * random.ExpFloat64()
				}
				times[i] = append(times[i], x)
			}
		}
		return times
	}
	for _, tt := range []struct {
		shift  map[int]float64
		status int
		text   string
	}{
		{nil, exitOK, "no difference found"},
		{map[int]float64{3: 5000}, exitDiffers, `of "y" is`},
		{map[int]float64{2: -5000}, exitDiffers, `of "x" is`},
		{map[int]float64{1: 5000}, exitNothing, "too noisy"},
	} {
		var out bytes.Buffer
		if status := compare(&out, classes, recorded(tt.shift)); status != tt.status || !strings.Contains(out.String(), tt.text) {
			t.Errorf("%v: status %d, want %d\n%s", tt.shift, status, tt.status, &out)
		}
	}
}

// TestErrors: an error that is not the one value is the end of the run.
func TestErrors(t *testing.T) {
	classes := []class{{reference, []string{"a"}}}
	for _, err := range []error{nil, errors.New("x"), jose.ErrMalformed, errors.Join(jose.ErrDecryption)} {
		if _, got := measure(classes, func(string) error { return err }, func() time.Duration { return 0 }, 1, 1); got == nil {
			t.Errorf("%v is taken for a failed decryption", err)
		}
	}
}

// TestGoodKey: the padding that the classes are made with is the right one
// where nothing is changed, so that the reference reaches the tag.
func TestGoodKey(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	h := &recorder{handle: handle{key}}
	decrypt, err := decrypter(h)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range newClasses(&key.PublicKey) {
		h.failed, h.lengths = 0, nil
		for _, token := range c.tokens {
			if err := decrypt(token); err != jose.ErrDecryption {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		want := map[string]int{reference: 32, again: 32, "key of 0 octets": 0, "key of 16 octets": 16, "key of 31 octets": 31, "key of 33 octets": 33}
		if n, good := want[c.name]; good {
			if h.failed > 0 || len(h.lengths) != variants {
				t.Errorf("%s: %d of %d are no OAEP", c.name, h.failed, variants)
			}
			for _, got := range h.lengths {
				if got != n {
					t.Errorf("%s: a key of %d octets", c.name, got)
				}
			}
		} else if len(h.lengths) > 0 && c.name != "an octet short" {
			t.Errorf("%s: %d are good", c.name, len(h.lengths))
		}
	}
}

type recorder struct {
	handle
	failed  int
	lengths []int
}

func (h *recorder) Decrypt(r io.Reader, c []byte, opts crypto.DecrypterOpts) ([]byte, error) {
	out, err := h.handle.Decrypt(r, c, opts)
	if err != nil {
		h.failed++
	} else {
		h.lengths = append(h.lengths, len(out))
	}
	return out, err
}

func TestCommand(t *testing.T) {
	var out, log bytes.Buffer
	for _, args := range [][]string{{"-samples", "99"}, {"-samples", "x"}, {"argument"}, {"-nosuchflag"}} {
		if status := Main(args, &out, &log); status != exitUsage || log.Len() == 0 {
			t.Errorf("%q: status %d", args, status)
		}
	}
	if status := Main([]string{"-h"}, &out, &log); status != exitOK {
		t.Errorf("-h: status %d", status)
	}
	out.Reset()
	Main([]string{"-samples", "100"}, &out, &log)
	for _, want := range []string{"with a key of 2048 bits, 100 decryptions", "with a handle", "verdict: ", "an octet short"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
}
