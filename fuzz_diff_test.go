package jose

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

// The targets of this file predict, by other means than the code under test, both whether something is accepted and
// what it then says. Those of fuzz_test.go for base64url, JSON, headers and files of two containers do so too.

// diffMax is the most octets of an input that these targets look at.
const diffMax = 1 << 16

// --- Options, and what is written ---

// A diffMember is a member that a header has to have: its name, the JSON text of its value, and what encoding/json with
// UseNumber has to make of that.
type diffMember struct {
	name, text string
	value      any
	critical   bool
}

// diffQuote is the JSON string of s: RFC 8259, Section 7 demands these escapes and no others.
func diffQuote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c < ' ':
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String() + `"`
}

// diffDecode returns what encoding/json makes of a text that is known to be JSON.
func diffDecode(text string) (value any) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		panic(err)
	}
	return value
}

var (
	diffNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`) // RFC 8259, Section 6
	diffSlash  = regexp.MustCompile(`^(?i:application)/[^/]+$`)
	// The names that RFC 7515, RFC 7516 and RFC 7518 register for headers.
	diffRegistered = strings.Fields("alg jku jwk kid x5u x5c x5t x5t#S256 typ cty crit enc zip epk apu apv iv tag p2s p2c")
	// Those whose values are strings, of the ones that an option can set.
	diffStrings = strings.Fields("jku kid x5u x5t x5t#S256 typ cty")
)

// diffStringArray reports whether a value of encoding/json is an array of strings.
func diffStringArray(value any) bool {
	list, ok := value.([]any)
	return ok && !slices.ContainsFunc(list, func(e any) bool { _, ok := e.(string); return !ok })
}

// diffOption is the option that a byte stands for, with these texts and this number, and whether it can be meant.
func diffOption(code byte, a, b string, n int64) (o HeaderOption, m diffMember, ok bool) {
	m.name, ok = a, true
	text := func(s string) { m.text, m.value, ok = diffQuote(s), s, utf8.ValidString(s) }
	raw := func() { // one JSON value, as strict as a header
		members := make(map[string]json.RawMessage)
		ok = josOracle(`{"":`+b+`}`) && json.Unmarshal([]byte(`{"":`+b+`}`), &members) == nil && len(members) == 1
		if m.text = strings.Trim(b, " \t\r\n"); ok {
			m.value = diffDecode(m.text)
		}
	}
	switch code % 16 {
	case 0:
		o, m.name = KeyID(a), "kid"
		text(a)
		ok = ok && a != ""
	case 1:
		o, m.name = Type(a), "typ"
		text(a)
		ok = ok && a != "" && !diffSlash.MatchString(a)
	case 2:
		o, m.name = ContentType(a), "cty"
		text(a)
		ok = ok && a != "" && !diffSlash.MatchString(a)
	case 3:
		o = Member(a, b)
		text(b)
	case 4:
		o, m.critical = CriticalMember(a, b), true
		text(b)
	case 5:
		return Unencoded(), diffMember{"b64", "false", false, true}, true
	case 6:
		o = Member(a, json.RawMessage(b))
		raw()
	case 7:
		o, m.critical = CriticalMember(a, json.RawMessage(b)), true
		raw()
	case 8:
		o, m.text = Member(a, n), strconv.FormatInt(n, 10)
		m.value = json.Number(m.text)
	case 9:
		o, m.text, m.value = Member(a, []string{a, b}), "["+diffQuote(a)+","+diffQuote(b)+"]", []any{a, b}
		ok = utf8.ValidString(a) && utf8.ValidString(b)
	case 10:
		o, m.text, m.value, ok = Member(a, json.Number(b)), b, json.Number(b), diffNumber.MatchString(b)
	case 11:
		o, m.text, m.value = Member(a, n%2 == 0), strconv.FormatBool(n%2 == 0), n%2 == 0
	case 12:
		o, m.text = Member(a, nil), "null"
	case 13: // a registered name, with any value
		m.name = diffRegistered[uint64(n)%uint64(len(diffRegistered))]
		o = Member(m.name, json.RawMessage(b))
		raw()
	case 14: // one that RFC 8259 allows and that some read as another
		m.name = a + "\u2028\x00<" + b
		o, m.text, m.value = Member(m.name, int(n)), strconv.Itoa(int(n)), json.Number(strconv.Itoa(int(n)))
	default:
		return HeaderOption{}, m, false
	}
	switch m.name {
	case "":
		ok = false
	case "alg", "enc", "zip", "crit", "b64":
		ok = false
	case "jwk":
		_, object := m.value.(map[string]any)
		ok = ok && object
	case "x5c":
		ok = ok && diffStringArray(m.value)
	default:
		_, isText := m.value.(string)
		ok = ok && (isText || !slices.Contains(diffStrings, m.name))
	}
	ok = ok && utf8.ValidString(m.name) && !(m.critical && slices.Contains(diffRegistered, m.name))
	return o, m, ok
}

// A diffHeader is the header that options make.
type diffHeader struct {
	alg     []diffMember // and "enc"
	members []diffMember
	ok      bool // it can be meant
}

// text returns the header, which has "crit" last.
func (h *diffHeader) text() string {
	var members, critical []string
	for _, m := range append(slices.Clone(h.alg), h.members...) {
		members = append(members, diffQuote(m.name)+":"+m.text)
		if m.critical {
			critical = append(critical, diffQuote(m.name))
		}
	}
	if critical != nil {
		members = append(members, `"crit":[`+strings.Join(critical, ",")+"]")
	}
	return "{" + strings.Join(members, ",") + "}"
}

// add adds a member that can be meant or not.
func (h *diffHeader) add(m diffMember, ok bool) {
	twice := slices.ContainsFunc(h.members, func(o diffMember) bool { return o.name == m.name })
	h.ok = h.ok && ok && !twice && !(m.name == "b64" && len(h.alg) == 2)
	h.members = append(h.members, m)
}

func (h *diffHeader) unencoded() bool {
	return slices.ContainsFunc(h.members, func(m diffMember) bool { return m.name == "b64" })
}

// diffProgram returns the options that the bytes stand for: always, and in one call; and the headers that the first
// alone and both together make.
func diffProgram(program []byte, a, b string, n int64, alg ...diffMember) (
	options [2][]HeaderOption, headers [2]diffHeader) {
	headers[0] = diffHeader{alg: alg, ok: true}
	headers[1] = headers[0]
	for _, call := range []int{0, 1} {
		for _, code := range program[:min(len(program), 10)] {
			if int(code>>7) != call {
				continue
			}
			if code&64 != 0 {
				a, b = b, a
			}
			o, m, ok := diffOption(code, a, b, n)
			options[call] = append(options[call], o)
			headers[1].add(m, ok)
			if call == 0 {
				headers[0].add(m, ok)
			}
		}
	}
	for i := range headers {
		headers[i].ok = headers[i].ok && len(headers[i].text()) <= 16<<10
	}
	return options, headers
}

// diffRead checks that a segment is the header, by encoding/base64 and encoding/json.
func (h *diffHeader) diffRead(t *testing.T, segment string) {
	t.Helper()
	text, err := base64.RawURLEncoding.Strict().DecodeString(segment)
	if err != nil || string(text) != h.text() || strings.ContainsAny(segment, "\r\n") {
		t.Fatalf("header %q, want %q: %v", text, h.text(), err)
	}
	if !josOracle(string(text)) {
		t.Fatalf("header %q is not strict JSON", text)
	}
	want := make(map[string]any)
	for _, m := range append(slices.Clone(h.alg), h.members...) {
		want[m.name] = m.value
		if m.critical {
			names, _ := want["crit"].([]any)
			want["crit"] = append(names, m.name)
		}
	}
	if got := diffDecode(string(text)); !reflect.DeepEqual(got, any(want)) {
		t.Fatalf("header %q is read as %v, want %v", text, got, want)
	}
}

// diffChecks are the checks that make every critical member understood.
func (h *diffHeader) diffChecks() (checks []CheckOption) {
	for _, m := range h.members {
		if m.critical && m.name != "b64" {
			checks = append(checks, CheckMember(m.name, func(raw json.RawMessage) error {
				if string(raw) != m.text {
					return fmt.Errorf("%q", raw)
				}
				return nil
			}))
		}
	}
	return checks
}

// diffOptionSeeds are programs for each option, alone, twice, and with another one.
func diffOptionSeeds(add func(program []byte, a, b string, n int64, payload []byte)) {
	for code := range byte(16) {
		for _, text := range []string{`"b"`, "1e5", `["b"]`, `{"b":{"c":null}}`, "x.y", "\xff"} {
			add([]byte{code}, "a", text, int64(code)*7, []byte(text))
			add([]byte{code | 64}, "application/jwt", text, int64(code)*11-3, nil)
		}
		add([]byte{code, code}, "a", "b", 1, nil)
		add([]byte{code, code | 128}, "a", "b", 1, []byte("x"))
		add([]byte{5, code, code | 64 | 128}, "a", `"b"`, 2, []byte("x y"))
	}
	add([]byte{5 | 128}, "", "", 0, []byte("a.b"))
	add([]byte{5 | 128}, "", "", 0, []byte("$.02"))
	add([]byte{13}, "", `"x"`, 3, []byte("\x00"))
	add([]byte{0}, strings.Repeat("k", 16<<10-len(`{"alg":"HS512","kid":""}`)), "", 0, nil)
	add([]byte{0}, strings.Repeat("k", 16<<10-len(`{"alg":"HS512","kid":""}`)+1), "", 0, nil)
}

// Whatever the options, a token is written exactly where each of them can be meant and all together: then the header
// has those members, in their order, and it, the payload and the MAC are there by encoding/json, encoding/base64 and
// crypto/hmac, and by this package. Everything else is ErrOption.
func FuzzSignOptions(f *testing.F) {
	diffOptionSeeds(func(program []byte, a, b string, n int64, payload []byte) { f.Add(program, a, b, n, payload) })
	secret := ktSecret(64)
	key := ktMust(NewSecret(secret))
	f.Fuzz(func(t *testing.T, program []byte, a, b string, n int64, payload []byte) {
		if len(a)+len(b)+len(payload) > diffMax {
			return
		}
		options, headers := diffProgram(program, a, b, n, diffMember{name: "alg", text: `"HS512"`, value: "HS512"})
		s, err := key.Signer(HS512, options[0]...)
		if headers[0].ok != (err == nil) {
			t.Fatalf("%x, %s: a Signer: %v, want %v", program, headers[0].text(), err, headers[0].ok)
		}
		if err != nil {
			ktRefused(t, "Signer", s, err, ErrOption)
			return
		}
		h := &headers[1]
		if len(options[1]) == 0 {
			h = &headers[0]
		}
		plain := !bytes.ContainsFunc(payload, func(c rune) bool { return c < ' ' || c > '~' || c == '.' })
		for _, detached := range []bool{false, true} {
			sign := s.Sign
			if detached {
				sign = s.SignDetached
			}
			token, err := sign(payload, options[1]...)
			if want := h.ok && (plain || detached || !h.unencoded()); want != (err == nil) {
				t.Fatalf("%x, %s, payload %q, detached %v: %v, want %v", program, h.text(), payload, detached, err, want)
			}
			if err != nil {
				if ktClass(t, "Sign", err, ErrOption); token != "" {
					t.Fatalf("%q beside %v", token, err)
				}
				continue
			}
			segments := strings.Split(token, ".")
			if len(segments) != 3 {
				t.Fatalf("%q: %d segments", token, len(segments))
			}
			h.diffRead(t, segments[0])
			signed := string(payload)
			if !h.unencoded() {
				signed = base64.RawURLEncoding.EncodeToString(payload)
			}
			mac := hmac.New(sha512.New, secret)
			mac.Write([]byte(segments[0] + "." + signed))
			if detached {
				signed = ""
			}
			if segments[1] != signed || segments[2] != base64.RawURLEncoding.EncodeToString(mac.Sum(nil)) {
				t.Fatalf("%q, of %q", token, payload)
			}
			v := ktMust(key.Verifier(HS512, h.diffChecks()...))
			var m *Message
			if detached {
				m, err = v.VerifyDetached(token, payload)
			} else {
				m, err = v.Verify(token)
			}
			if err != nil || !bytes.Equal(m.Payload, payload) || string(m.Header.Bytes()) != h.text() {
				t.Fatalf("%q, of %q, is read as %v: %v", token, payload, m, err)
			}
		}
	})
}

// The same for Encrypt, where crypto/rsa and crypto/cipher decrypt.
func FuzzEncryptOptions(f *testing.F) {
	diffOptionSeeds(func(program []byte, a, b string, n int64, payload []byte) { f.Add(program, a, b, n, payload) })
	private := encOurs(f)
	public := ktMust(NewPublicKey(&private.PublicKey))
	key := ktMust(NewPrivateKey(private))
	f.Fuzz(func(t *testing.T, program []byte, a, b string, n int64, plaintext []byte) {
		if len(a)+len(b)+len(plaintext) > diffMax {
			return
		}
		options, headers := diffProgram(program, a, b, n,
			diffMember{name: "alg", text: `"RSA-OAEP-256"`, value: "RSA-OAEP-256"},
			diffMember{name: "enc", text: `"A256GCM"`, value: "A256GCM"})
		e, err := public.Encrypter(RSAOAEP256, options[0]...)
		if headers[0].ok != (err == nil) {
			t.Fatalf("%x, %s: an Encrypter: %v, want %v", program, headers[0].text(), err, headers[0].ok)
		}
		if err != nil {
			ktRefused(t, "Encrypter", e, err, ErrOption)
			return
		}
		h := &headers[1]
		token, err := e.Encrypt(plaintext, options[1]...)
		if h.ok != (err == nil) {
			t.Fatalf("%x, %s: %v, want %v", program, h.text(), err, h.ok)
		}
		if err != nil {
			if ktClass(t, "Encrypt", err, ErrOption); token != "" {
				t.Fatalf("%q beside %v", token, err)
			}
			return
		}
		segments, ok := fuzzSplit(token)
		if !ok {
			t.Fatalf("no five segments of base64url: %s", token)
		}
		h.diffRead(t, segments[0])
		octets := make([][]byte, len(segments))
		for i, s := range segments {
			octets[i] = ktMust(base64.RawURLEncoding.Strict().DecodeString(s))
		}
		cek, err := rsa.DecryptOAEP(sha256.New(), nil, private, octets[1], nil)
		if err != nil || len(cek) != 32 || len(octets[2]) != 12 || len(octets[4]) != 16 || len(octets[3]) != len(plaintext) {
			t.Fatalf("%s: a CEK of %d octets: %v", token, len(cek), err)
		}
		gcm := ktMust(cipher.NewGCMWithRandomNonce(ktMust(aes.NewCipher(cek))))
		opened, err := gcm.Open(nil, nil, slices.Concat(octets[2:]...), []byte(segments[0]))
		if err != nil || !bytes.Equal(opened, plaintext) {
			t.Fatalf("%s: crypto decrypts %q: %v", token, opened, err)
		}
		d, err := ktMust(key.Decrypter(RSAOAEP256, h.diffChecks()...)).Decrypt(token)
		if err != nil || !bytes.Equal(d.Plaintext, plaintext) || string(d.Header.Bytes()) != h.text() {
			t.Fatalf("%s: %v: %v", token, d, err)
		}
	})
}

// --- JWK ---

// diffOctets returns the octets of a member in base64url, which has to be a string of the one spelling.
func diffOctets(members map[string]any, name string) ([]byte, bool) {
	text, ok := members[name].(string)
	octets, decoded := b64Oracle(text)
	return octets, ok && decoded && len(octets) > 0
}

var diffHex = regexp.MustCompile(`^[0-9a-fA-F]*$`)

// diffUInt returns the number of a member that is a Base64urlUInt (RFC 7518, Section 2).
func diffUInt(members map[string]any, name string) (*big.Int, bool) {
	octets, ok := diffOctets(members, name)
	return new(big.Int).SetBytes(octets), ok && octets[0] != 0
}

// diffSmallPrimes are the odd primes below 752, by the sieve of Eratosthenes.
var diffSmallPrimes = sync.OnceValue(func() (primes []*big.Int) {
	var composite [752]bool
	for i := 3; i < len(composite); i += 2 {
		if composite[i] {
			continue
		}
		primes = append(primes, big.NewInt(int64(i)))
		for j := i * i; j < len(composite); j += i {
			composite[j] = true
		}
	}
	return primes
})

// diffRSAPublic reports whether these are the numbers of a key that is read here.
func diffRSAPublic(n, e *big.Int) bool {
	for _, p := range diffSmallPrimes() {
		if new(big.Int).Mod(n, p).Sign() == 0 {
			return false
		}
	}
	return n.Bit(0) == 1 && n.BitLen() >= 2048 && n.BitLen() <= 8192 &&
		e.Bit(0) == 1 && e.BitLen() >= 2 && e.BitLen() <= 31
}

// diffRSAPrivate reports whether these are the numbers of one key, by math/big.
func diffRSAPrivate(n, e, d, p, q, dp, dq, qi *big.Int) bool {
	one := big.NewInt(1)
	less := func(a *big.Int) *big.Int { return new(big.Int).Sub(a, one) }
	if !diffRSAPublic(n, e) || d.Cmp(n) >= 0 || new(big.Int).Mul(p, q).Cmp(n) != 0 || min(p.BitLen(), q.BitLen()) < 512 {
		return false
	}
	inverse := new(big.Int).ModInverse(q, p)
	mod := func(a, m *big.Int) *big.Int { return new(big.Int).Mod(a, m) }
	ed := new(big.Int).Mul(e, d)
	gap := new(big.Int).Sub(p, q)
	return inverse != nil && qi.Cmp(inverse) == 0 && dp.Cmp(mod(d, less(p))) == 0 && dq.Cmp(mod(d, less(q))) == 0 &&
		mod(ed, less(p)).Cmp(one) == 0 && mod(ed, less(q)).Cmp(one) == 0 &&
		d.BitLen() > n.BitLen()/2 && gap.BitLen() > n.BitLen()/2-100 && // as crypto/rsa demands
		p.ProbablyPrime(1) && q.ProbablyPrime(1)
}

// diffOnCurve reports whether y² = x³ - 3x + b in the field of P-521, of which both are elements.
func diffOnCurve(x, y *big.Int) bool {
	c := elliptic.P521().Params()
	left := new(big.Int).Mul(y, y)
	right := new(big.Int).Mul(x, x)
	right.Sub(right, big.NewInt(3)).Mul(right, x).Add(right, c.B)
	return x.Cmp(c.P) < 0 && y.Cmp(c.P) < 0 && left.Sub(left, right).Mod(left, c.P).Sign() == 0
}

// diffJWK predicts what a text is read as: "public", "private", or "" where it is refused, and "?" where it is not for
// this to say.
func diffJWK(text string) (is string, members map[string]any) {
	if !josOracle(text) {
		return "", nil
	}
	members, _ = diffDecode(text).(map[string]any)
	has := func(name string) bool { _, ok := members[name]; return ok }
	for _, name := range strings.Fields("kid alg use x5u x5t x5t#S256") {
		if s, ok := members[name].(string); has(name) && (!ok || s == "" && (name == "alg" || name == "use")) {
			return "", nil
		}
	}
	if has("x5c") && !diffStringArray(members["x5c"]) || has("key_ops") && !diffStringArray(members["key_ops"]) {
		return "", nil
	}
	ops, _ := members["key_ops"].([]any)
	for i, op := range ops {
		if slices.Contains(ops[:i], op) {
			return "", nil
		}
		use := "enc"
		switch op {
		case "sign", "verify":
			use = "sig"
		case "encrypt", "decrypt", "wrapKey", "unwrapKey", "deriveKey", "deriveBits":
		default:
			continue
		}
		if has("use") && members["use"] != use {
			return "", nil
		}
	}
	if has("k") && members["kty"] != "oct" {
		return "", nil
	}
	switch members["kty"] {
	case "oct":
		octets, ok := diffOctets(members, "k")
		switch {
		case !ok || len(octets) < 64:
			return "", nil
		case bytes.Contains(octets, []byte("-----BEGIN ")):
			return "", nil // D2
		case bytes.ContainsAny(bytes.TrimLeft(octets, " \t\r\n\v\f\u0085\u00a0")[:1], "{M0"):
			return "?", nil // it may be a key in disguise
		}
		return "private", members
	case "RSA":
		n, okN := diffUInt(members, "n")
		e, okE := diffUInt(members, "e")
		hex, _ := members["n"].(string)
		if !okN || !okE || diffHex.MatchString(hex) || has("oth") {
			return "", nil
		}
		private := strings.Fields("d p q dp dq qi")
		if !slices.ContainsFunc(private, has) {
			if !diffRSAPublic(n, e) {
				return "", nil
			}
			return "public", members
		}
		numbers := make([]*big.Int, len(private))
		for i, name := range private {
			var ok bool
			if numbers[i], ok = diffUInt(members, name); !ok {
				return "", nil
			}
		}
		if !diffRSAPrivate(n, e, numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]) {
			return "", nil
		}
		return "private", members
	case "EC":
		x, okX := diffOctets(members, "x")
		y, okY := diffOctets(members, "y")
		point := [2]*big.Int{new(big.Int).SetBytes(x), new(big.Int).SetBytes(y)}
		if members["crv"] != "P-521" || !okX || !okY || len(x) != 66 || len(y) != 66 || !diffOnCurve(point[0], point[1]) {
			return "", nil
		}
		if !has("d") {
			return "public", members
		}
		d, ok := diffOctets(members, "d")
		scalar := new(big.Int).SetBytes(d)
		if !ok || len(d) != 66 || scalar.Sign() == 0 || scalar.Cmp(elliptic.P521().Params().N) >= 0 {
			return "", nil
		}
		bx, by := elliptic.P521().ScalarBaseMult(d)
		if bx.Cmp(point[0]) != 0 || by.Cmp(point[1]) != 0 {
			return "", nil
		}
		return "private", members
	}
	return "", nil
}

// A text that begins as a JSON object is a key exactly where encoding/json, encoding/base64 and math/big say so, and is
// the key of the same numbers and the same "kid".
func FuzzPublicJWK(f *testing.F) {
	for _, jwk := range []string{ktPublic(ktRSA1JWK), ktPublic(ktRSA2JWK), ktPublic(ktEC1JWK), ktPublic(ktEC2JWK),
		ktP256JWK, ktOKPJWK, ktOct(ktSecret(64)), ktOct(ktSecret(63)), `{}`, `{"keys":[]}`} {
		diffEdits(jwk, func(text string) { f.Add(text) })
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !strings.Contains(text, `"d"`) { // the private ones are slow to check
			diffCheckJWK(t, text)
		}
	})
}

// The same for private keys.
func FuzzPrivateJWK(f *testing.F) {
	for _, jwk := range []string{ktRSA1JWK, ktRSA2JWK, ktEC1JWK, ktEC2JWK} {
		diffEdits(jwk, func(text string) { f.Add(text) })
	}
	f.Fuzz(diffCheckJWK)
}

// diffEdits calls add with the JWK as it is, and with members that fit it or do not.
func diffEdits(jwk string, add func(text string)) {
	for _, edits := range [][]string{nil, {"kid", `"\u0061"`}, {"kid", "1"}, {"alg", `""`},
		{"use", `"sig"`, "key_ops", `["sign","verify"]`}, {"use", `"enc"`, "key_ops", `["sign"]`},
		{"key_ops", `["x","x"]`}, {"key_ops", `[]`}, {"x5c", `[1]`}, {"x5c", `null`}, {"x5t#S256", `null`},
		{"k", `"AA"`}, {"d", ""}, {"e", `"AQAC"`}, {"e", `"AAEAAQ"`}, {"oth", `[]`}, {"kty", `"oct"`}, {"n", `"AQAB"`},
		{"q", `"AQ"`}, {"y", `"AA"`}, {"x", `"` + strings.Repeat("A", 88) + `"`}, {"keys", `[]`}} {
		add(ktWith(jwk, edits...))
	}
}

func diffCheckJWK(t *testing.T, text string) {
	if len(text) > diffMax || !strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{") {
		return
	}
	is, members := diffJWK(text)
	private, privateErr := ParsePrivateKey([]byte(text))
	public, publicErr := ParsePublicKey([]byte(text))
	if is == "?" {
		return
	}
	if (is == "private") != (privateErr == nil) || (is == "public") != (publicErr == nil) {
		t.Fatalf("%s: private: %v; public: %v; want %q", text, privateErr, publicErr, is)
	}
	if privateErr != nil {
		ktRefused(t, "private", private, privateErr, ErrKey)
	}
	if publicErr != nil {
		ktRefused(t, "public", public, publicErr, ErrKey)
	}
	if is == "" {
		return
	}
	var m *material
	if is == "private" {
		m = private.material
	} else {
		m = public.material
	}
	number := func(name string) *big.Int {
		octets, _ := diffOctets(members, name)
		return new(big.Int).SetBytes(octets)
	}
	same := true
	switch members["kty"] {
	case "oct":
		octets, _ := diffOctets(members, "k")
		same = bytes.Equal(m.secret(), octets)
	case "RSA":
		same = m.rsa.Equal(&rsa.PublicKey{N: number("n"), E: int(number("e").Int64())})
		if key, ok := m.signer.(*rsa.PrivateKey); ok {
			same = same && key.D.Cmp(number("d")) == 0 &&
				key.Primes[0].Cmp(number("p")) == 0 && key.Primes[1].Cmp(number("q")) == 0
		}
	case "EC":
		same = m.ec.Equal(&ecdsa.PublicKey{Curve: elliptic.P521(), X: number("x"), Y: number("y")})
		if key, ok := m.signer.(*ecdsa.PrivateKey); ok {
			same = same && key.D.Cmp(number("d")) == 0
		}
	}
	kid, _ := members["kid"].(string)
	if !same || m.kid != kid {
		t.Fatalf("%s: read as another key, or with kid %q", text, m.kid)
	}
}

// --- DER ---

// diffReasons are why a file is read by one of this package and crypto/x509, and refused by the other.
var diffReasons = []string{
	"neither RSA nor P-521",
	"an RSA key of other sizes, or with a small factor",
	"more than two primes",
	"a prime of fewer than 512 bits, or none, or a private exponent of other primes", // which Go 1.24 reads
	"x509 writes the key otherwise",
}

// diffDER reads DER of this label with this package and with crypto/x509. It returns what either makes of it, and where
// this package alone refuses it, why.
func diffDER(label string, der []byte) (ours *material, oursErr error, theirs any, theirsErr error, why string) {
	file := ktPEM(label, der)
	if strings.Contains(label, "PRIVATE") {
		k, err := ParsePrivateKey(file)
		if oursErr = err; err == nil {
			ours = k.material
		}
	} else {
		k, err := ParsePublicKey(file)
		if oursErr = err; err == nil {
			ours = k.material
		}
	}
	inner := der
	switch label {
	case "PRIVATE KEY":
		theirs, theirsErr = x509.ParsePKCS8PrivateKey(der)
	case "RSA PRIVATE KEY":
		theirs, theirsErr = x509.ParsePKCS1PrivateKey(der)
	case "EC PRIVATE KEY":
		theirs, theirsErr = x509.ParseECPrivateKey(der)
	case "PUBLIC KEY":
		theirs, theirsErr = x509.ParsePKIXPublicKey(der)
	case "RSA PUBLIC KEY":
		theirs, theirsErr = x509.ParsePKCS1PublicKey(der)
	case "CERTIFICATE":
		certificate, err := x509.ParseCertificate(der)
		if theirsErr = err; err == nil {
			theirs, inner = certificate.PublicKey, certificate.RawSubjectPublicKeyInfo
		}
	}
	if oursErr == nil || theirsErr != nil {
		return ours, oursErr, theirs, theirsErr, ""
	}
	var again []byte
	var err error
	switch key := theirs.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey:
		if again, err = x509.MarshalPKIXPublicKey(key); label == "RSA PUBLIC KEY" {
			again, err = x509.MarshalPKCS1PublicKey(key.(*rsa.PublicKey)), nil
		}
	case *rsa.PrivateKey, *ecdsa.PrivateKey:
		switch label {
		case "RSA PRIVATE KEY":
			again = x509.MarshalPKCS1PrivateKey(key.(*rsa.PrivateKey))
		case "EC PRIVATE KEY":
			again, err = x509.MarshalECPrivateKey(key.(*ecdsa.PrivateKey))
		default:
			again, err = x509.MarshalPKCS8PrivateKey(key)
		}
	}
	public := theirs
	if private, ok := theirs.(crypto.Signer); ok {
		public = private.Public()
	}
	private, _ := theirs.(*rsa.PrivateKey)
	n, isRSA := public.(*rsa.PublicKey)
	ec, isEC := public.(*ecdsa.PublicKey)
	switch {
	case !isRSA && (!isEC || ec.Curve != elliptic.P521()):
		why = diffReasons[0]
	case isRSA && !diffRSAPublic(n.N, big.NewInt(int64(n.E))):
		why = diffReasons[1]
	case private != nil && len(private.Primes) != 2:
		why = diffReasons[2]
	case private != nil && slices.ContainsFunc(private.Primes, func(p *big.Int) bool {
		order := new(big.Int).Sub(p, big.NewInt(1))
		product := new(big.Int).Mul(private.D, big.NewInt(int64(private.E)))
		return p.BitLen() < 512 || !p.ProbablyPrime(1) || product.Mod(product, order).Cmp(big.NewInt(1)) != 0
	}):
		why = diffReasons[3]
	case err != nil || !bytes.Equal(again, inner):
		why = diffReasons[4]
	}
	return ours, oursErr, theirs, theirsErr, why
}

// diffSame reports whether both have the same numbers.
func diffSame(ours *material, theirs any) bool {
	switch key := theirs.(type) {
	case *rsa.PublicKey:
		return ours.rsa != nil && !ours.private() && ours.rsa.Equal(key)
	case *ecdsa.PublicKey:
		return ours.ec != nil && !ours.private() && ours.ec.Equal(key)
	case *rsa.PrivateKey:
		private, ok := ours.signer.(*rsa.PrivateKey)
		return ok && private.Equal(key) && ours.rsa.Equal(key.Public())
	case *ecdsa.PrivateKey:
		private, ok := ours.signer.(*ecdsa.PrivateKey)
		return ok && private.Equal(key) && ours.ec.Equal(key.Public())
	}
	return false
}

// diffSeeds calls add with the DER of each label, good and with every kind of fault that diffReasons has.
func diffSeeds(add func(label string, der []byte)) {
	for _, contents := range []map[string][]byte{ktContentsOf(ktRSA1JWK, ktEC1JWK), ktContentsOf(ktRSA2JWK, ktEC2JWK)} {
		for label, der := range contents {
			add(label, der)
			add(label, append(slices.Clone(der), 0))
			add(label, der[:len(der)-1])
			add(label, append([]byte{der[0], 0x83, 0}, der[2:]...))
			other := map[string]string{"PRIVATE KEY": "EC PRIVATE KEY", "EC PRIVATE KEY": "RSA PRIVATE KEY",
				"PUBLIC KEY": "CERTIFICATE"}[label]
			if other != "" {
				add(other, der)
			}
		}
	}
	k, o := ktRSA(ktRSA1JWK), ktRSA(ktRSA2JWK)
	ec := ktEC(ktEC1JWK)
	scalar := ec.D.FillBytes(make([]byte, 66))
	add("PRIVATE KEY", ktSeq(ktVersion0, ktAlgRSA, ktOctets(k.pkcs1())))
	add("PRIVATE KEY", ktSeq(ktVersion1, ktAlgRSA, ktOctets(k.pkcs1())))
	add("PRIVATE KEY", ktSeq(ktVersion0, ktSeq(ktOIDRSA), ktOctets(k.pkcs1())))
	add("PRIVATE KEY", ktSeq(ktVersion0, ktAlgRSA, ktOctets(k.pkcs1()), ktTLV(0xa0)))
	add("PRIVATE KEY", ktSeq(ktVersion0, ktAlgEC, ktOctets(ktSEC1(scalar, nil, nil))))
	add("PRIVATE KEY", ktSeq(ktVersion0, ktAlgEC, ktOctets(ktSEC1(scalar, ktOIDP521, nil))))
	add("PRIVATE KEY", ktSeq(ktVersion0, ktAlgEC, ktOctets(ktSEC1(scalar, nil, ktPoint(&ktEC(ktEC2JWK).PublicKey)))))
	add("EC PRIVATE KEY", ktSEC1(scalar[1:], ktOIDP521, nil))
	add("EC PRIVATE KEY", ktSEC1(scalar, ktOIDP521, nil))
	add("EC PRIVATE KEY", ktSEC1(append([]byte{0}, scalar...), ktOIDP521, nil))
	p384 := &ecdsa.PrivateKey{PublicKey: ecdsa.PublicKey{Curve: elliptic.P384()}, D: big.NewInt(2496611953)}
	p384.X, p384.Y = p384.Curve.ScalarBaseMult(p384.D.Bytes())
	add("EC PRIVATE KEY", ktMust(x509.MarshalECPrivateKey(p384)))
	add("PUBLIC KEY", ktMust(x509.MarshalPKIXPublicKey(&p384.PublicKey)))
	add("PUBLIC KEY", ktSeq(ktAlgRSA, ktBits(ktSeq(ktBig(k.n), ktInt(65537)))))
	add("PUBLIC KEY", ktSeq(ktSeq(ktOIDRSA), ktBits(ktSeq(ktBig(k.n), ktInt(65537)))))
	for _, n := range []*big.Int{o.p, new(big.Int).Mul(k.n, big.NewInt(751)), new(big.Int).Lsh(k.n, 1)} {
		add("RSA PUBLIC KEY", ktSeq(ktBig(n), ktInt(65537)))
	}
	for _, e := range []int64{-3, 0, 1, 2, 3, 1<<31 - 1, 1<<31 + 1} {
		add("RSA PUBLIC KEY", ktSeq(ktBig(k.n), ktInt(e)))
	}
	for _, numbers := range []ktRSANumbers{
		ktRSAFrom(k.q, k.p, 65537), ktRSAFrom(k.p, k.q, 1<<31-1),
		ktRSAFrom(k.p, ktPrime(ktOdd(480)), 65537), ktRSAFrom(k.p, coverComposite(k), 65537),
		{k.n, k.e, k.d, k.p, k.q, k.dq, k.dp, k.qi}, {k.n, k.e, o.d, k.p, k.q, k.dp, k.dq, k.qi},
	} {
		add("RSA PRIVATE KEY", numbers.pkcs1())
		add("PRIVATE KEY", ktSeq(ktVersion0, ktAlgRSA, ktOctets(numbers.pkcs1())))
	}
	three := ktPrime(ktOdd(700))
	multi := ktSeq(ktInt(1), ktBig(new(big.Int).Mul(k.n, three)), ktBig(k.e), ktBig(k.d),
		ktBig(k.p), ktBig(k.q), ktBig(k.dp), ktBig(k.dq), ktBig(k.qi),
		ktSeq(ktSeq(ktBig(three), ktInt(1), ktInt(1))))
	add("RSA PRIVATE KEY", multi)
}

// diffCheckDER checks that DER is read as crypto/x509 reads it, or refused for one of diffReasons; and that what this
// package reads, crypto/x509 does too. It returns the reason.
func diffCheckDER(t *testing.T, label string, der []byte) (why string) {
	t.Helper()
	ours, oursErr, theirs, theirsErr, why := diffDER(label, der)
	switch {
	case oursErr != nil && !ktNil(ours):
		t.Fatalf("%s, %x: a key beside %v", label, der, oursErr)
	case oursErr != nil && theirsErr == nil && why == "":
		t.Fatalf("%s, %x: crypto/x509 reads it, and here: %v", label, der, oursErr)
	case oursErr == nil && theirsErr != nil:
		t.Fatalf("%s, %x: crypto/x509 says: %v", label, der, theirsErr)
	case oursErr == nil && !diffSame(ours, theirs):
		t.Fatalf("%s, %x: another key than that of crypto/x509", label, der)
	}
	if oursErr != nil {
		ktClass(t, label, oursErr, ErrKey)
	}
	return why
}

// Of public keys and certificates, see diffCheckDER.
func FuzzPublicDER(f *testing.F) { diffFuzzDER(f, "PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE") }

// Of private keys.
func FuzzPrivateDER(f *testing.F) {
	diffFuzzDER(f, "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY")
}

func diffFuzzDER(f *testing.F, labels ...string) {
	diffSeeds(func(label string, der []byte) {
		if i := slices.Index(labels, label); i >= 0 {
			f.Add(uint8(i), der)
		}
	})
	f.Fuzz(func(t *testing.T, i uint8, der []byte) {
		if len(der) < diffMax {
			diffCheckDER(t, labels[int(i)%len(labels)], der)
		}
	})
}

// Each of the reasons is that of a seed, so that the list has none too many.
func TestDiffReasons(t *testing.T) {
	t.Parallel()
	missing := slices.Clone(diffReasons)
	diffSeeds(func(label string, der []byte) {
		why := diffCheckDER(t, label, der)
		missing = slices.DeleteFunc(missing, func(reason string) bool { return reason == why })
	})
	for _, reason := range missing {
		t.Errorf("no seed is refused here alone since it is %s", reason)
	}
}

// --- NumericDate ---

// diffDate is the exact number of a JSON number, and whether it is a NumericDate. A number of 64 characters whose
// exponent is beyond a thousand is nothing, or far outside of the years 0 to 9999, or next to nothing.
func diffDate(text string) (exact *big.Rat, ok bool) {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	zero := strings.Trim(mantissa, "-0.") == ""
	power, err := strconv.Atoi(exponent)
	switch {
	case len(text) > 64:
		return nil, false
	case exponent == "" || zero:
		exact, _ = new(big.Rat).SetString(mantissa)
	case err != nil && !strings.HasPrefix(exponent, "-") || power > 1000:
		return nil, false
	case err != nil || power < -1000:
		little := new(big.Int).Exp(big.NewInt(10), big.NewInt(900), nil)
		if exact = new(big.Rat).SetFrac(big.NewInt(1), little); mantissa[0] == '-' {
			exact.Neg(exact)
		}
	default:
		exact, _ = new(big.Rat).SetString(mantissa)
		scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(power, -power))), nil))
		if power < 0 {
			scale.Inv(scale)
		}
		exact.Mul(exact, scale)
	}
	first := big.NewRat(-62167219200, 1) // 0000-01-01T00:00:00Z
	after := big.NewRat(253402300800, 1) // 10000-01-01T00:00:00Z
	return exact, exact.Cmp(first) >= 0 && exact.Cmp(after) < 0
}

// A policy accepts claims exactly where math/big says that each time is right, with every exponent.
func FuzzPolicyTimes(f *testing.F) {
	for _, text := range []string{"", "0", "1800000000", "1799999999.999999999", "1800000000.0000000001", "18e8",
		"180000000000000000000e-11", "1e999999", "-1e-999999", "1e-99999999999999999999", "0e99999999999999999999",
		"253402300799.9", "253402300800", "-62167219200", "-62167219201e0", "\"1\"", "null", "1.", "01", "1e",
		"0." + strings.Repeat("0", 61) + "1"} {
		f.Add(text, text, "1800000000", int64(1800000000), int64(0), uint32(0), uint32(0), uint32(0))
		f.Add("", "", text, int64(1800000000), int64(999999999), uint32(600), uint32(1), uint32(3600))
		f.Add("1800000001", text, text, int64(1800000000), int64(1), uint32(60), uint32(60), uint32(0))
	}
	f.Fuzz(func(t *testing.T, exp, nbf, iat string, seconds, nanos int64, leeway, age, lifetime uint32) {
		if len(exp)+len(nbf)+len(iat) > 300 {
			return
		}
		claims := map[string]string{"exp": exp, "nbf": nbf, "iat": iat}
		dates, typed, text := make(map[string]*big.Rat), true, `{"x":0`
		for _, name := range []string{"exp", "nbf", "iat"} {
			value := claims[name]
			if value == "" {
				continue
			}
			if !json.Valid([]byte(value)) || strings.Trim(value, " \t\r\n") != value || !josOracle(`{"a":`+value+`}`) {
				return // no value of an object
			}
			text += `,"` + name + `":` + value
			if !diffNumber.MatchString(value) {
				typed = false
				continue
			}
			exact, ok := diffDate(value)
			dates[name], typed = exact, typed && ok
		}
		var c Claims
		err := c.read(text + "}")
		if typed != (err == nil) {
			t.Fatalf("%s}: %v, want %v", text, err, typed)
		}
		if err != nil {
			josWant(t, err, ErrMalformed)
			return
		}
		now := time.Unix(seconds%260_000_000_000, nanos%1e9)
		p := Policy{AnyIssuer: true, AnySubject: true, NoAudience: true, AnyType: true, Now: func() time.Time { return now },
			Leeway: time.Duration(leeway%600) * time.Second, MaxAge: time.Duration(age) * time.Second,
			NoExpLifetime: time.Duration(lifetime) * time.Second}
		p.AllowNoExp = lifetime == 0 && age%2 == 0
		if err := p.check(); err != nil {
			t.Fatal(err)
		}
		err = p.accept(&c)
		about := fmt.Sprintf("%s}, %+v, at %v", text, p, now)
		n := jwtRat(now)
		sum := func(r *big.Rat, ds ...time.Duration) *big.Rat {
			for _, d := range ds {
				r = new(big.Rat).Add(r, big.NewRat(int64(d), 1e9))
			}
			return r
		}
		counts := p.NoExpLifetime > 0 && dates["exp"] == nil // the lifetime does
		expired := dates["exp"] != nil && n.Cmp(sum(dates["exp"], p.Leeway)) >= 0
		missing := dates["exp"] == nil && !p.AllowNoExp && !counts
		early := dates["nbf"] != nil && sum(n, p.Leeway).Cmp(dates["nbf"]) < 0
		if issued := dates["iat"]; counts || p.MaxAge > 0 {
			missing = missing || issued == nil
			early = early || issued != nil && sum(n, p.Leeway).Cmp(issued) < 0
			expired = expired || issued != nil && counts && n.Cmp(sum(issued, p.NoExpLifetime, p.Leeway)) >= 0 ||
				issued != nil && p.MaxAge > 0 && n.Cmp(sum(issued, p.MaxAge, p.Leeway)) > 0
		}
		if (err == nil) == (expired || early || missing) {
			t.Fatalf("%s: %v; math/big says expired %v, early %v, missing %v", about, err, expired, early, missing)
		}
		if err == nil {
			return
		}
		switch fuzzClass(t, err, false, ErrExpired, ErrNotYetValid, ErrClaims) {
		case ErrExpired:
			missing = expired
		case ErrNotYetValid:
			missing = early
		}
		if !missing {
			t.Fatalf("%s: %v; math/big says expired %v, early %v, missing %v", about, err, expired, early, missing)
		}
	})
}

// --- The inputs that are kept ---

// Every "go test" runs the inputs in testdata/fuzz, so there are few, and each is of a target that there is.
func TestFuzzInputs(t *testing.T) {
	t.Parallel()
	total := int64(0)
	targets := make(map[string]bool)
	sources := ktMust(filepath.Glob("*_test.go"))
	for _, file := range sources {
		for _, m := range regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`).FindAllSubmatch(ktMust(os.ReadFile(file)), -1) {
			targets[string(m[1])] = true
		}
	}
	err := filepath.WalkDir(filepath.Join("testdata", "fuzz"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		total += ktMust(entry.Info()).Size()
		if target := filepath.Base(filepath.Dir(path)); !targets[target] {
			t.Errorf("%s: there is no target %s", path, target)
		}
		return nil
	})
	if err != nil || total == 0 || total > 1<<20 {
		t.Errorf("%d octets, of 1 to %d: %v", total, 1<<20, err)
	}
}
