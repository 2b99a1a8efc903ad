package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var testKeys = sync.OnceValue(func() *keys { return must(must(newKeyFile()).parse()) })

// TestQuick builds both binaries and has them make every check of every row.
func TestQuick(t *testing.T) {
	var out bytes.Buffer
	if err := run(options{quick: true, pairs: minPairs}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	if want := "25 rows, 1280 checks, all passed\n"; out.String() != want {
		t.Errorf("%q, want %q", &out, want)
	}
}

// TestMeasured goes all the way for one row: both binaries, all turns, the table.
func TestMeasured(t *testing.T) {
	var out bytes.Buffer
	if err := run(options{rows: "^VerifyHS512/128B$", pairs: 4, command: "the command"}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"by `the command` in",
		"- jose: example.com/jose of this tree",
		"- jwx: github.com/lestrrat-go/jwx/v3 v3.",
		"jwx_goccy,jwx_asmbase64, github.com/goccy/go-json v0.", // which only these tags bring in
		", github.com/segmentio/asm v1.",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	cells := strings.Split(lines[len(lines)-1], "|")
	if len(cells) != 2+2+len(titles) || strings.TrimSpace(cells[1]) != "VerifyHS512/128B" {
		t.Fatalf("last line: %q", cells)
	}
	for i, title := range titles {
		if has := strings.Contains(cells[3+i], ", "); has != (title != "golang-jwt") {
			t.Errorf("%s: %q", title, cells[3+i])
		}
	}
}

// TestRows holds which library has which row, so that an empty cell is meant.
func TestRows(t *testing.T) {
	signers := []string{"cristalhq", "go-jose", "jose", "jose2go", "jwx", "kataras", "raw"}
	encrypters := []string{"go-jose", "jose", "jose2go", "jwx", "raw"}
	for _, r := range rows() {
		if !r.small {
			continue // the same code, and TestQuick runs it
		}
		want := encrypters
		switch {
		case strings.HasPrefix(r.name, "VerifyJWT"):
			want = []string{"cristalhq", "go-jose", "golang-jwt", "jose", "jwx", "kataras", "raw"}
		case strings.HasSuffix(r.name, "S512/128B"), strings.HasSuffix(r.name, "RS256/128B"):
			want = signers
		}
		ops, checks, err := r.build(testKeys(), libraries)
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Sorted(maps.Keys(ops)); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", r.name, got, want)
		}
		if checks < 2*len(want) {
			t.Errorf("%s: %d checks", r.name, checks)
		}
	}
	if got := len(jwtClaims); got != 130 {
		t.Errorf("claims of %d bytes", got)
	}
}

func reads(f func(token string) ([]byte, error)) func(*keys, string) consumer {
	return func(*keys, string) consumer {
		return func(token string) operation {
			return measured(func() ([]byte, error) { return f(token) })
		}
	}
}

// TestProducersAreChecked shows that a token that is wrong, or that nobody else has read, is not
// measured.
func TestProducersAreChecked(t *testing.T) {
	k, payload, f := testKeys(), newPayload(128), jwsFamily("HS512")
	other := library{name: "other", sign: func(k *keys, alg string) producer {
		return func(payload []byte) operation { return raw.sign(k, alg)(payload[1:]) }
	}}
	failing := library{name: "failing", sign: func(k *keys, alg string) producer {
		return func(payload []byte) operation {
			return measured(func() (string, error) { return "", errors.New("no") })
		}
	}}
	for name, all := range map[string][]library{
		"another payload": {this, other},
		"an error":        {this, failing},
		"nobody else":     {},
	} {
		if _, _, err := f.buildProducers(k, all, payload); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, _, err := f.buildProducers(k, []library{this}, payload); err != nil {
		t.Error(err)
	}
}

// TestConsumersAreChecked shows that a library is not measured that gives something else, or
// leaves out what it is measured for.
func TestConsumersAreChecked(t *testing.T) {
	k, payload := testKeys(), newPayload(128)
	segment := func(token string, i int) ([]byte, error) { return enc.DecodeString(strings.Split(token, ".")[i]) }
	trusting := library{name: "trusting", verify: reads(func(token string) ([]byte, error) { return segment(token, 1) })}
	constant := library{name: "constant", verify: reads(func(token string) ([]byte, error) { return []byte("x"), nil })}
	// The payload has to be looked at as well as the signature.
	known := library{name: "known", verify: reads(func(token string) ([]byte, error) {
		if sig, err := segment(token, 2); err != nil || !bytes.Equal(sig, must(segment(string(must(raw.sign(k, "HS512")(payload).once())), 2))) {
			return nil, errRaw
		}
		return payload, nil
	})}
	for _, l := range []library{trusting, constant, known} {
		if _, _, err := jwsFamily("HS512").buildConsumers(k, []library{l}, payload); err == nil {
			t.Errorf("%s: no error", l.name)
		}
	}
	// One that decrypts, and does not verify what is inside.
	half := library{name: "half", decryptThenVerify: func(k *keys) consumer {
		d := raw.decrypt(k, nestedEnc)
		return func(token string) operation {
			return measured(func() ([]byte, error) {
				inner, err := d(token).once()
				if err != nil {
					return nil, err
				}
				return segment(string(inner), 1)
			})
		}
	}}
	if _, _, err := nested.buildConsumers(k, []library{half}, payload); err == nil {
		t.Error("half: no error")
	}
	if _, _, err := nested.buildConsumers(k, []library{this}, payload); err != nil {
		t.Error(err)
	}
	// One that takes the plaintext from somewhere else.
	plain := library{name: "plain", decrypt: reads(func(token string) ([]byte, error) { return payload, nil })}
	if _, _, err := jweFamily("RSA-OAEP").buildConsumers(k, []library{plain}, payload); err == nil {
		t.Error("plain: no error")
	}
}

// TestClaimsAreChecked shows that a library is not measured that leaves out one of the signature,
// iss, aud and exp.
func TestClaimsAreChecked(t *testing.T) {
	without := func(skip string) library {
		return library{name: "without " + skip, verifyJWT: func(k *keys) consumer {
			v := raw.verify(k, "HS512")
			return func(token string) operation {
				return measured(func() (string, error) {
					payload, err := v(token).once()
					if err != nil && skip == "signature" {
						payload, err = enc.DecodeString(strings.Split(token, ".")[1])
					}
					if err != nil {
						return "", err
					}
					var c struct {
						Iss, Sub, Aud string
						Exp           int64
					}
					if err := json.Unmarshal(payload, &c); err != nil {
						return "", err
					}
					if c.Iss != jwtIssuer && skip != "iss" || c.Aud != jwtAudience && skip != "aud" || c.Exp < time.Now().Unix() && skip != "exp" {
						return "", errClaims
					}
					return c.Sub, nil
				})
			}
		}}
	}
	for _, skip := range []string{"signature", "iss", "aud", "exp"} {
		if _, _, err := buildJWT(testKeys(), []library{without(skip)}); err == nil {
			t.Errorf("without %s: no error", skip)
		}
	}
	if _, _, err := buildJWT(testKeys(), []library{without("")}); err != nil {
		t.Error(err)
	}
}

// TestPairs measures operations of known time and allocations.
func TestPairs(t *testing.T) {
	busy := func(d time.Duration) operation {
		return measured(func() ([]byte, error) {
			for start := time.Now(); time.Since(start) < d; {
			}
			return make([]byte, 100), nil
		})
	}
	lib, floor := busy(300*time.Microsecond), busy(100*time.Microsecond)
	turn, err := newTurn(lib, floor)
	if err != nil {
		t.Fatal(err)
	}
	if turn.n < 2 || turn.allocs != 1 {
		t.Errorf("%+v", turn)
	}
	s, err := pairs(lib, floor, 21, turn.n)
	if err != nil {
		t.Fatal(err)
	}
	// Wide, because the machine may have other things to do.
	if m := median(s.Ratios); len(s.Ratios) != 21 || m < 1.5 || m > 6 {
		t.Errorf("%d ratios, median %v", len(s.Ratios), m)
	}
	if m := median(s.Raw); m < 100e-6 {
		t.Errorf("raw takes %v s", m)
	}
	failing := measured(func() ([]byte, error) { return nil, errRaw })
	if _, err := newTurn(failing, floor); err == nil {
		t.Error("an operation that fails is measured")
	}
	if _, err := newTurn(lib, failing); err == nil {
		t.Error("raw fails and is measured")
	}
	if _, err := pairs(failing, floor, 1, 1); err == nil {
		t.Error("an operation that fails is timed")
	}
	if _, err := pairs(lib, failing, 1, 1); err == nil {
		t.Error("raw fails and is timed")
	}
}

func TestMarkdown(t *testing.T) {
	got := markdown([]row{{name: "Row"}}, map[string]map[string]sample{"Row": {
		"raw":     {Ratios: []float64{1}, Raw: []float64{3e-6, 1e-6, 2e-6}},
		"jwx":     {Ratios: []float64{9, 1.125, 0.5}, Allocs: 7},
		"jose2go": {Ratios: []float64{12}, Allocs: 1},
	}})
	lines := strings.Split(got, "\n")
	if want := "| Row | 2.0 | 1.00, 0 | | | 1.12, 7 | | | | | 12.00, 1 |"; len(lines) != 4 || lines[2] != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, o := range []options{{rows: "("}, {rows: "no such row", pairs: 1}, {pairs: 0}} {
		o.quick = true
		if err := run(o, io.Discard, io.Discard); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
	if err := new(worker).answer(request{Row: "no such row"}, new(reply)); err == nil {
		t.Error("no such row: no error")
	}
}

// TestDER puts R and S of all lengths into DER and back.
func TestDER(t *testing.T) {
	one := big.NewInt(1)
	for _, bits := range []uint{1, 7, 8, 255, 256, 464, 480, 504, 512, 519, 520, 521} {
		var rs, back [sizeES512]byte
		new(big.Int).Sub(new(big.Int).Lsh(one, bits), one).FillBytes(rs[:sizeES512/2])
		new(big.Int).Lsh(one, bits-1).FillBytes(rs[sizeES512/2:])
		der := appendDER(nil, rs[:])
		readDER(&back, der)
		if back != rs {
			t.Errorf("%d bits: %x became %x by way of %x", bits, rs, back, der)
		}
		if n := len(der); der[0] != 0x30 || der[1] < 0x80 && int(der[1]) != n-2 || der[1] >= 0x80 && (der[1] != 0x81 || int(der[2]) != n-3) {
			t.Errorf("%d bits: length of %x", bits, der)
		}
	}
}
