// Package timing measures whether the time of a decryption that fails tells
// why it failed (RFC 7516, Section 11.5). It knows package jose and the ways in
// which an encrypted key can be bad, which it makes by itself.
//
// The classes are measured one after the other in random order, so that what
// else the machine does falls on all of them alike. Each is compared with the
// class of a good key and a bad tag by Welch's t, of the samples below the 90th
// percentile of all; a |t| of 4.5 or more is the threshold that is usual for
// leakage (a chance of about 1 in 100,000 for one comparison). The class of
// the good key is there twice, under two names: what differs between these two
// is noise, and a run whose noise is over the threshold says nothing.
package timing

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"math/big"
	mathrand "math/rand/v2"
	"slices"
	"time"

	"example.com/jose"
)

// Exit status.
const (
	exitOK      = 0
	exitDiffers = 1
	exitUsage   = 2
	exitNothing = 3
)

const (
	threshold  = 4.5
	percentile = 0.90
	variants   = 16 // tokens of each class, which are used in turn
	maxSamples = 1_000_000
)

// Main is the command. It returns the exit status: 0 when no difference was
// found, 1 when there is one, 2 for a mistake in the arguments, and 3 when the
// noise is over the threshold, or nothing could be measured.
func Main(args []string, stdout, stderr io.Writer) int {
	f := flag.NewFlagSet("timing", flag.ContinueOnError)
	f.SetOutput(stderr)
	samples := f.Int("samples", 3000, "decryptions of each class")
	seed := f.Uint64("seed", 1, "of the order in which the classes are measured")
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage
	case f.NArg() > 0 || *samples < 100 || *samples > maxSamples:
		fmt.Fprintf(stderr, "timing: no arguments, and -samples of 100 to %d\n", maxSamples)
		return exitUsage
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		fmt.Fprintf(stderr, "timing: %v\n", err)
		return exitNothing
	}
	start := time.Now()
	status := exitOK
	for _, target := range []struct {
		name string
		key  crypto.PrivateKey
	}{{"a key", key}, {"a handle", handle{key}}} {
		decrypt, err := decrypter(target.key)
		if err != nil {
			fmt.Fprintf(stderr, "timing: %s: %v\n", target.name, err)
			return exitNothing
		}
		classes := newClasses(&key.PublicKey)
		times, err := measure(classes, decrypt, func() time.Duration { return time.Since(start) }, *samples, *seed)
		if err != nil {
			fmt.Fprintf(stderr, "timing: %s: %v\n", target.name, err)
			return exitNothing
		}
		fmt.Fprintf(stdout, "RSA-OAEP-256 with %s of 2048 bits, %d decryptions of each class\n", target.name, *samples)
		status = max(status, compare(stdout, classes, times))
	}
	return status
}

// A handle is a private key behind crypto.Decrypter, as one in an HSM is.
type handle struct{ key *rsa.PrivateKey }

func (h handle) Public() crypto.PublicKey { return &h.key.PublicKey }

func (h handle) Decrypt(r io.Reader, c []byte, opts crypto.DecrypterOpts) ([]byte, error) {
	return h.key.Decrypt(r, c, opts)
}

func decrypter(key crypto.PrivateKey) (func(token string) error, error) {
	private, err := jose.NewPrivateKey(key)
	if err != nil {
		return nil, err
	}
	d, err := private.Decrypter(jose.RSAOAEP256)
	if err != nil {
		return nil, err
	}
	return func(token string) error {
		_, err := d.Decrypt(token)
		return err
	}, nil
}

// A class is tokens that fail for one reason.
type class struct {
	name   string
	tokens []string
}

const (
	reference = "good key, bad tag"
	again     = "the same again"
)

// newClasses makes the tokens. The first two classes are of the same kind.
func newClasses(key *rsa.PublicKey) []class {
	size := key.Size()
	random := func(n int) []byte {
		b := make([]byte, n)
		rand.Read(b)
		return b
	}
	exp := func(em []byte) []byte {
		m := new(big.Int).SetBytes(em)
		return m.Exp(m, big.NewInt(int64(key.E)), key.N).FillBytes(make([]byte, size))
	}
	oaep := func(n int) func() []byte {
		return func() []byte { return exp(pad(size, random(n), 0, sha256.Sum256(nil))) }
	}
	var list []class
	for _, c := range []struct {
		name         string
		encryptedKey func() []byte
	}{
		{reference, oaep(32)},
		{again, oaep(32)},
		{"random", func() []byte {
			c, err := rand.Int(rand.Reader, key.N)
			if err != nil {
				panic(err) // crypto/rand does not fail
			}
			return c.FillBytes(make([]byte, size))
		}},
		{"first octet not zero", func() []byte { return exp(pad(size, random(32), 1, sha256.Sum256(nil))) }},
		{"hash of another label", func() []byte { return exp(pad(size, random(32), 0, sha256.Sum256([]byte("label")))) }},
		{"key of 0 octets", oaep(0)},
		{"key of 16 octets", oaep(16)},
		{"key of 31 octets", oaep(31)},
		{"key of 33 octets", oaep(33)},
		{"not below the modulus", func() []byte {
			c := new(big.Int).Add(key.N, big.NewInt(1+int64(random(1)[0])))
			return c.Bytes() // as long as the modulus unless that is all ones
		}},
		{"zero", func() []byte { return make([]byte, size) }},
		{"an octet short", func() []byte { return oaep(32)()[1:] }},
	} {
		one := class{name: c.name}
		for range variants {
			one.tokens = append(one.tokens, token(c.encryptedKey(), random(12), random(100), random(16)))
		}
		list = append(list, one)
	}
	return list
}

func token(encryptedKey, iv, ciphertext, tag []byte) string {
	t := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"RSA-OAEP-256","enc":"A256GCM"}`))
	for _, part := range [][]byte{encryptedKey, iv, ciphertext, tag} {
		t += "." + base64.RawURLEncoding.EncodeToString(part)
	}
	return t
}

// pad is EME-OAEP with SHA-256 (RFC 8017, Section 7.1.1, step 2), with a first
// octet and a hash of the label that need not be the right ones. A first octet
// of 1 stays below a modulus whose first octet is at least 0x80.
func pad(size int, message []byte, first byte, label [32]byte) []byte {
	em := make([]byte, size)
	em[0] = first
	seed, db := em[1:33], em[33:]
	rand.Read(seed)
	copy(db, label[:])
	copy(db[len(db)-len(message):], message)
	db[len(db)-len(message)-1] = 1
	mask(db, seed)
	mask(seed, db)
	return em
}

// mask is MGF1 (RFC 8017, Appendix B.2.1) onto out.
func mask(out, seed []byte) {
	for i := 0; i*sha256.Size < len(out); i++ {
		block := sha256.Sum256(append(slices.Clone(seed), byte(i>>24), byte(i>>16), byte(i>>8), byte(i)))
		part := out[i*sha256.Size:]
		for j := range min(len(part), len(block)) {
			part[j] ^= block[j]
		}
	}
}

// measure returns the time of each decryption, in nanoseconds, by class. Each
// has to fail as all do.
func measure(classes []class, decrypt func(string) error, now func() time.Duration, samples int, seed uint64) ([][]float64, error) {
	order := make([]int, len(classes))
	for i := range order {
		order[i] = i
	}
	times := make([][]float64, len(classes))
	random := mathrand.New(mathrand.NewPCG(seed, 0))
	const warm = 3 // rounds that are not counted
	for n := range samples + warm {
		random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			t := classes[i].tokens[random.IntN(len(classes[i].tokens))]
			before := now()
			err := decrypt(t)
			took := now() - before
			if err != jose.ErrDecryption {
				return nil, fmt.Errorf("%s: the error is %v, not ErrDecryption alone", classes[i].name, err)
			}
			if n >= warm {
				times[i] = append(times[i], float64(took.Nanoseconds()))
			}
		}
	}
	return times, nil
}

// compare writes the table and returns the exit status that it means.
func compare(w io.Writer, classes []class, times [][]float64) int {
	all := slices.Sorted(slices.Values(slices.Concat(times...)))
	limit := all[int(percentile*float64(len(all)-1))]
	kept := make([][]float64, len(times))
	for i := range times {
		for _, x := range times[i] {
			if x <= limit {
				kept[i] = append(kept[i], x)
			}
		}
	}
	fmt.Fprintf(w, "  %-24s %12s %12s %12s %8s\n", "class", "median ns", "quartiles", "kept", "t")
	noise, largest, worst := 0.0, 0.0, ""
	for i, c := range classes {
		sorted := slices.Sorted(slices.Values(times[i]))
		at := func(q float64) float64 { return sorted[int(q*float64(len(sorted)-1))] }
		t, shown := welch(kept[i], kept[0]), ""
		switch {
		case i == 0:
			shown = "-"
		case c.name == again:
			noise = math.Abs(t)
		case math.Abs(t) > largest || math.IsNaN(t):
			largest, worst = math.Abs(t), c.name
		}
		if shown == "" {
			shown = fmt.Sprintf("%.1f", t)
		}
		fmt.Fprintf(w, "  %-24s %12.0f %12.0f %12d %8s\n", c.name, at(0.5), at(0.75)-at(0.25), len(kept[i]), shown)
	}
	switch {
	case !(noise < threshold):
		fmt.Fprintf(w, "verdict: none. The same class differs from itself by |t| = %.1f: this machine is too noisy.\n\n", noise)
		return exitNothing
	case !(largest < threshold):
		fmt.Fprintf(w, "verdict: a difference. |t| of %q is %.1f, the threshold %.1f, the noise %.1f.\n\n", worst, largest, threshold, noise)
		return exitDiffers
	}
	fmt.Fprintf(w, "verdict: no difference found. The largest |t| is %.1f (%s), the threshold %.1f, the noise %.1f.\n\n",
		largest, worst, threshold, noise)
	return exitOK
}

// welch is Welch's t of two samples; infinite where only one of them is empty
// or neither varies and they differ.
func welch(a, b []float64) float64 {
	if len(a) < 2 || len(b) < 2 {
		return math.Inf(1)
	}
	meanA, varA := moments(a)
	meanB, varB := moments(b)
	d := meanA - meanB
	if d == 0 {
		return 0
	}
	return d / math.Sqrt(varA/float64(len(a))+varB/float64(len(b)))
}

func moments(x []float64) (mean, variance float64) {
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	for _, v := range x {
		variance += (v - mean) * (v - mean)
	}
	return mean, variance / float64(len(x)-1)
}
