package jose

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var jwtVerifier = sync.OnceValue(func() *Verifier {
	secret, err1 := NewSecret(encSecret)
	v, err2 := secret.Verifier(HS512)
	if err := errors.Join(err1, err2); err != nil {
		panic(err)
	}
	return v
})

// jwtWant fails unless the error is of these classes alone, where none is no error, and there are
// claims or an error.
func jwtWant(t testing.TB, about string, c *Claims, err error, want ...error) {
	t.Helper()
	switch {
	case err == nil && len(want) > 0:
		t.Errorf("%s: accepted, want %v", about, want)
	case (c == nil) != (err != nil):
		t.Errorf("%s: claims %v beside error %v", about, c, err)
	case err != nil:
		encWant(t, fmt.Errorf("%s: %w", about, err), want...)
	}
}

// jwtNow is the time in most of the tests.
const jwtNow = 1_700_000_000

// at returns p with this clock.
func (p Policy) at(t time.Time) *Policy {
	p.Now = func() time.Time { return t }
	return &p
}

// jwtAt returns the time of a number of seconds and a decimal fraction of up to 9 digits.
func jwtAt(seconds int64, fraction string) time.Time {
	nanos, ok := new(big.Int).SetString((fraction + "000000000")[:9], 10)
	if !ok {
		panic(fraction)
	}
	return time.Unix(seconds, nanos.Int64())
}

// TestRFC7519_Section4_1 checks the type of every registered claim, also where the policy does
// not look at it.
func TestRFC7519_Section4_1(t *testing.T) {
	t.Parallel()
	values := map[string]string{ // of each JSON type
		"string": `"s"`, "empty string": `""`, "digits in a string": `"1"`,
		"integer": `1`, "fraction": `1.5`, "exponent": `1e3`, "negative": `-1`,
		"true": `true`, "false": `false`, "null": `null`,
		"object": `{}`, "object with a member": `{"iss":"s"}`,
		"empty array": `[]`, "array of a string": `["s"]`, "array of strings": `["s","t"]`,
		"array of a number": `[1]`, "array of a string and null": `["s",null]`, "array of an array": `[["s"]]`,
	}
	texts := []string{"string", "empty string", "digits in a string"}
	numbers := []string{"integer", "fraction", "exponent", "negative"}
	for claim, types := range map[string][]string{
		"iss": texts,
		"sub": texts,
		"jti": texts,
		"aud": append([]string{"empty array", "array of a string", "array of strings"}, texts...),
		"exp": numbers,
		"nbf": numbers,
		"iat": numbers,
	} {
		for name, value := range values {
			text := `{"x":1,"` + claim + `":` + value + `}`
			accept := slices.Contains(types, name)
			var c Claims
			err := c.read(text)
			if accept != (err == nil) {
				t.Errorf("%s: %v", text, err)
			}
			// Through the whole, with a policy that looks at none of these.
			policy := jwtAny.at(time.Unix(0, 0))
			got, err := policy.Verify(jwtVerifier(), jwtHS512(jwtHeader, text))
			if !accept {
				jwtWant(t, text, got, err, ErrMalformed)
			} else if errors.Is(err, ErrMalformed) {
				t.Errorf("%s: %v", text, err)
			}
			// The same under a name that is not registered may be anything.
			for _, other := range []string{strings.ToUpper(claim), claim + " ", " " + claim, "x" + claim} {
				if _, err := policy.Verify(jwtVerifier(), jwtHS512(jwtHeader, `{"`+other+`":`+value+`}`)); err != nil {
					t.Errorf("%q as %s: %v", other, value, err)
				}
			}
		}
	}

	c := encMust[*Claims](t)(Policy{AnyIssuer: true, AnySubject: true, Audience: []string{"b"}, AnyType: true}.at(time.Unix(5, 0)).
		Verify(jwtVerifier(), jwtHS512(jwtHeader, `{"jti":"j","aud":["a","\u0062"],"nbf":1,"exp":6.5,"iat":-2,"sub":"s\n","iss":"\ud83d\ude00"}`)))
	if c.Issuer != "😀" || c.Subject != "s\n" || !slices.Equal(c.Audience, []string{"a", "b"}) || c.ID != "j" ||
		!c.ExpiresAt.Time().Equal(time.Unix(6, 5e8)) || !c.NotBefore.Time().Equal(time.Unix(1, 0)) || !c.IssuedAt.Time().Equal(time.Unix(-2, 0)) {
		t.Errorf("%+v", c)
	}
	c = encMust[*Claims](t)(jwtAny.Verify(jwtVerifier(), jwtHS512(jwtHeader, `{}`)))
	if c.Issuer != "" || c.Subject != "" || c.Audience != nil || c.ID != "" || !c.ExpiresAt.IsZero() || !c.NotBefore.IsZero() || !c.IssuedAt.IsZero() {
		t.Errorf("no claims: %+v", c)
	}
	// The string and the array of one string are the same.
	for _, aud := range []string{`"a"`, `["a"]`} {
		var c Claims
		if err := c.read(`{"aud":` + aud + `}`); err != nil || !slices.Equal(c.Audience, []string{"a"}) {
			t.Errorf("%s: %q, %v", aud, c.Audience, err)
		}
	}
}

// TestRFC7519_Section2 checks how a NumericDate is read: exactly, and of the years 0 to 9999.
func TestRFC7519_Section2(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		text    string
		seconds int64
		nanos   int
		more    bool
	}{
		{"0", 0, 0, false},
		{"-0", 0, 0, false},
		{"0.0", 0, 0, false},
		{"-0.0e5", 0, 0, false},
		{"1", 1, 0, false},
		{"-1", -1, 0, false},
		{"1.5", 1, 5e8, false},
		{"-1.5", -2, 5e8, false},
		{"-0.5", -1, 5e8, false},
		{"1e9", 1e9, 0, false},
		{"1E+9", 1e9, 0, false},
		{"1.30081938e+09", 1300819380, 0, false},
		{"1300819380", 1300819380, 0, false},
		{"12345678901.5", 12345678901, 5e8, false},
		{"17000000005e-1", 1700000000, 5e8, false},
		{"0.00000000017e19", 1700000000, 0, false},
		{"1700000000.123456789", 1700000000, 123456789, false},
		{"1700000000.999999999", 1700000000, 999999999, false},
		{"1700000000.9999999999", 1700000000, 999999999, true},
		{"1700000000.1234567890", 1700000000, 123456789, false},
		{"1700000000.12345678900000000000000000000000001", 1700000000, 123456789, true},
		{"0.0000000001", 0, 0, true},
		{"-0.0000000001", -1, 999999999, true},
		{"-0.9999999995", -1, 0, true},
		{"-1.9999999995", -2, 0, true},
		{"-0.000000001", -1, 999999999, false},
		{"1e-9", 0, 1, false},
		{"1e-10", 0, 0, true},
		{"1e-400", 0, 0, true},
		{"-1e-400", -1, 999999999, true},
		{"1e-99999999999999999999", 0, 0, true},
		{"0.001e-99999999999999999999", 0, 0, true},
		{"0.001e-9223372036854775808", 0, 0, true},
		{"0.001e-2147483648", 0, 0, true},
		{"-0.001e-9223372036854775808", -1, 999999999, true},
		{"1e00000000000000000000000000000003", 1000, 0, false},
		{"1e-0", 1, 0, false},
		{"0e999999999", 0, 0, false},
		{"0e99999999999999999999999999", 0, 0, false},
		{"0.000e-999999999", 0, 0, false},
		{"1e-1000000000", 0, 0, true},
		{"-1e-1000000000", -1, 999999999, true},
		{"1e-99", 0, 0, true},
		{"1e-100", 0, 0, true},
		{"1e-0100", 0, 0, true},
		{"1e+0000000000000000000000000000000000000000000000000000000000003", 1000, 0, false},
		{"-1e-000000000000000000000000000000000000000000000000000000000001", -1, 900000000, false},
		{"1" + strings.Repeat("0", 59) + "e-59", 1, 0, false}, // 64 characters, which is the most
		{"0." + strings.Repeat("0", 58) + "1e59", 1, 0, false},
		{"0." + strings.Repeat("0", 57) + "1e-99", 0, 0, true},
		{"1." + strings.Repeat("0", 62), 1, 0, false},
		{"1." + strings.Repeat("0", 61) + "1", 1, 0, true},
		{"-" + strings.Repeat("9", 58) + "e-057", -10, 0, true},
		{"253402300799", 253402300799, 0, false}, // 9999-12-31T23:59:59Z
		{"253402300799.9999999999999", 253402300799, 999999999, true},
		{"2.53402300799e11", 253402300799, 0, false},
		{"-62167219200", -62167219200, 0, false}, // 0000-01-01T00:00:00Z
		{"-62167219199.9", -62167219200, 1e8, false},
	} {
		d, ok := parseNumericDate(row.text)
		if !ok {
			t.Errorf("%.40s: refused", row.text)
			continue
		}
		if d.seconds != row.seconds || int(d.nanos) != row.nanos || d.more != row.more {
			t.Errorf("%.40s: %d seconds, %d nanoseconds, more: %v", row.text, d.seconds, d.nanos, d.more)
		}
		if d.IsZero() || !d.Time().Equal(time.Unix(row.seconds, int64(row.nanos))) || d.Time().Location() != time.UTC {
			t.Errorf("%.40s: %v, %s, %v", row.text, d.IsZero(), d, d.Time())
		}
	}
	for _, text := range []string{
		"253402300800", "253402300800.0", "2.534023008e11", "999999999999", "1e12", "1000000000000",
		"9223372036854775807", "9223372036854775808", "18446744073709551616", "18446744073709551617", "1e400", "1e99999999999999999999", "123456789e999999999",
		"10e99999999999999999999", "10e9223372036854775807", "10e2147483647", "12e99999999999999999999", "12e9223372036854775807", "12.5E+9223372036854775807", "12e2147483647",
		"1" + strings.Repeat("0", 63), strings.Repeat("9", 64), "253402300800" + strings.Repeat("0", 1), "300000000000", strings.Repeat("9", 61) + "e99", "-" + strings.Repeat("9", 60) + "e99", "1e99", "1e100",
		// 65 characters and more, whatever the number is.
		"1" + strings.Repeat("0", 60) + "e-60", "0." + strings.Repeat("0", 59) + "1e60", "1." + strings.Repeat("0", 63), "1e" + strings.Repeat("0", 62) + "3", "-0." + strings.Repeat("0", 62),
		"1" + strings.Repeat("0", 400) + "e-400", "0." + strings.Repeat("0", 400) + "1e401", "1." + strings.Repeat("0", 4000), "1" + strings.Repeat("0", 400), strings.Repeat("9", 4000),
		strings.Repeat("9", 1<<20), "0." + strings.Repeat("0", 1<<20) + "e1048576", "1e" + strings.Repeat("9", 1<<20), "1e-" + strings.Repeat("9", 1<<20), strings.Repeat("9", 1<<20) + "e-1048570",
		"-62167219201", "-62167219200.1", "-62167219200.0000000001", "-62167219200.0000000000000000000001", "-1e11", "-1e12", "-1e400", "-9223372036854775808", "-9223372036854775809",
		`"1700000000"`, `""`, `null`, `true`, `false`, `[]`, `[1700000000]`, `{}`,
	} {
		if d, ok := parseNumericDate(text); ok {
			t.Errorf("%.40s: accepted as %v", text, d)
		}
		for _, claim := range []string{"exp", "nbf", "iat"} {
			c, err := jwtAny.Verify(jwtVerifier(), jwtHS512(jwtHeader, `{"`+claim+`":`+text+`}`))
			jwtWant(t, fmt.Sprintf("%s of %.40s", claim, text), c, err, ErrMalformed)
		}
		var d NumericDate
		c := Claims{}
		if err := c.read(`{"x":` + text + `}`); err != nil {
			t.Errorf("%.40s: %v", text, err)
		}
		err := c.Get("x", &d)
		if encWant(t, err, ErrClaims); !d.IsZero() {
			t.Errorf("%.40s: Get stored %v beside an error", text, d)
		}
	}
	// RFC 8259, Section 6: what is no number in JSON.
	for _, text := range []string{"01", "+1", ".5", "1.", "1e", "0x10", "1_000", "Infinity", "NaN", "-", "--1", "1e1.5", "1,5"} {
		c, err := jwtAny.Verify(jwtVerifier(), jwtHS512(jwtHeader, `{"exp":`+text+`}`))
		jwtWant(t, text, c, err, ErrMalformed)
	}
	// Where a token may be as large as that, no number of digits is misread either.
	large := encMust[*Verifier](t)(encMust[*PrivateKey](t)(NewSecret(encSecret)).Verifier(HS512, MaxTokenSize(1<<26)))
	zeros := strings.Repeat("0", 33<<20)
	for _, text := range []string{"0." + zeros + "1e34603018", "18" + zeros + "e-34603000"} {
		c, err := jwtAny.Verify(large, jwtHS512(jwtHeader, `{"exp":`+text+`}`))
		jwtWant(t, "33 Mi zeros", c, err, ErrMalformed)
	}

	if d := (NumericDate{}); !d.IsZero() || d.String() != "" || !d.Time().IsZero() {
		t.Errorf("the zero NumericDate: %v, %q, %v", d.IsZero(), d, d.Time())
	}
	for _, row := range []struct {
		t    time.Time
		want string
	}{
		{time.Unix(0, 0), "0"},
		{time.Unix(1_700_000_000, 999_999_999), "1700000000"},
		{time.Unix(-1, 500_000_000), "-1"},
		{time.Date(1969, 12, 31, 23, 59, 59, 1, time.UTC), "-1"},
		{time.Date(9999, 12, 31, 23, 59, 59, 1, time.FixedZone("", 0)), "253402300799"},
		{time.Date(2001, 9, 9, 3, 46, 40, 0, time.FixedZone("CEST", 7200)), "1000000000"},
	} {
		d := NewNumericDate(row.t)
		if d.IsZero() || d.String() != row.want || !d.Time().Equal(row.t.Truncate(time.Second)) && row.t.Unix() != d.Time().Unix() {
			t.Errorf("%v: %s, %v", row.t, d, d.Time())
		}
	}
}

// jwtExact is the oracle for NumericDate: the exact number of a text that is a JSON number of a
// bounded exponent, and whether it has at most 64 characters and its year is 0 to 9999.
func jwtExact(text string) (exact *big.Rat, ok bool) {
	exact, ok = new(big.Rat).SetString(text)
	if !ok {
		panic(text)
	}
	first := big.NewRat(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), 1)
	end := big.NewRat(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), 1)
	return exact, len(text) <= 64 && exact.Cmp(first) >= 0 && exact.Cmp(end) < 0
}

// jwtRat returns the exact number of seconds of t.
func jwtRat(t time.Time) *big.Rat {
	r := big.NewRat(int64(t.Nanosecond()), 1e9)
	return r.Add(r, big.NewRat(t.Unix(), 1))
}

// checkNumericDate compares what is read with the oracle, and both comparisons with a clock.
func checkNumericDate(t *testing.T, text string, times ...time.Time) {
	t.Helper()
	d, got := parseNumericDate(text)
	exact, ok := jwtExact(text)
	if ok != got {
		t.Fatalf("%s: %v, and math/big says %v", text, got, ok)
	}
	if !ok {
		return
	}
	// Rounded down to a nanosecond.
	scaled := new(big.Rat).Mul(exact, big.NewRat(1e9, 1))
	floor, rest := new(big.Int).DivMod(scaled.Num(), scaled.Denom(), new(big.Int))
	seconds, nanos := new(big.Int).DivMod(floor, big.NewInt(1e9), new(big.Int))
	if d.seconds != seconds.Int64() || int64(d.nanos) != nanos.Int64() || d.more != (rest.Sign() != 0) {
		t.Fatalf("%s: %d seconds, %d nanoseconds, more %v; math/big says %v, %v, %v", text, d.seconds, d.nanos, d.more, seconds, nanos, rest)
	}
	// Written so, it is the same, without an exponent or a zero too many.
	down := new(big.Rat).SetFrac(floor, big.NewInt(1e9))
	written := d.String()
	if r, ok := new(big.Rat).SetString(written); !ok || r.Cmp(down) != 0 || strings.ContainsAny(written, "eE+") ||
		strings.Contains(written, ".") && strings.HasSuffix(written, "0") || written == "-0" {
		t.Fatalf("%s: written as %s", text, written)
	}
	if again, ok := parseNumericDate(written); !ok || again.seconds != d.seconds || again.nanos != d.nanos || again.more {
		t.Fatalf("%s: written as %s and read again as %+v", text, written, again)
	}
	near := d.Time()
	for _, at := range append(times, near, near.Add(1), near.Add(-1), near.Add(time.Second), near.Add(-time.Second)) {
		cmp := exact.Cmp(jwtRat(at))
		if d.after(at) != (cmp > 0) || d.before(at) != (cmp < 0) {
			t.Fatalf("%s and %d.%09d: after %v, before %v; math/big says %d", text, at.Unix(), at.Nanosecond(), d.after(at), d.before(at), cmp)
		}
	}
}

// TestNumericDateOracle compares random decimals with math/big.
func TestNumericDateOracle(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	digits := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteByte("00000123456789999"[random.IntN(17)])
		}
		return b.String()
	}
	accepted := 0
	for i := range 20_000 {
		text, most := "", 14
		if i%4 == 0 { // to 64 characters, and beyond
			most = 40
		}
		if random.IntN(3) == 0 {
			text = "-"
		}
		if n := random.IntN(most); n == 0 {
			text += "0"
		} else {
			text += string("123456789"[random.IntN(9)]) + digits(n-1)
		}
		if random.IntN(2) == 0 {
			text += "." + digits(1+random.IntN(most))
		}
		if random.IntN(3) == 0 {
			text += string("eE"[random.IntN(2)]) + []string{"", "+", "-"}[random.IntN(3)] + []string{"", "0", "000"}[random.IntN(3)] + fmt.Sprint(random.IntN(most*most/8))
		}
		checkNumericDate(t, text, time.Unix(jwtNow, 0))
		if _, ok := jwtExact(text); ok {
			accepted++
		}
	}
	if accepted < 5_000 || accepted > 19_000 {
		t.Errorf("%d of 20000 are accepted", accepted)
	}
	for _, text := range []string{"253402300799", "253402300800", "-62167219200", "-62167219201", "1700000000"} {
		for _, fraction := range []string{"", ".0", ".000000001", ".0000000001", ".9999999999"} {
			checkNumericDate(t, text+fraction)
		}
	}
}

// TestRFC7519_Section4_1_4 checks "exp", "nbf" and the leeway at their borders.
func TestRFC7519_Section4_1_4(t *testing.T) {
	t.Parallel()
	const minute = time.Minute
	for _, row := range []struct {
		name, claims string
		at           time.Time
		leeway       time.Duration
		want         []error
	}{
		{"a second left", `{"exp":1700000001}`, jwtAt(jwtNow, ""), 0, nil},
		{"on it", `{"exp":1700000000}`, jwtAt(jwtNow, ""), 0, []error{ErrExpired}},
		{"a second over", `{"exp":1699999999}`, jwtAt(jwtNow, ""), 0, []error{ErrExpired}},
		{"a nanosecond left of the clock", `{"exp":1700000000}`, jwtAt(jwtNow-1, "999999999"), 0, nil},
		{"a nanosecond over of the clock", `{"exp":1700000000}`, jwtAt(jwtNow, "000000001"), 0, []error{ErrExpired}},
		{"a nanosecond left", `{"exp":1700000000.000000001}`, jwtAt(jwtNow, ""), 0, nil},
		{"on it, to a nanosecond", `{"exp":1700000000.000000001}`, jwtAt(jwtNow, "000000001"), 0, []error{ErrExpired}},
		{"a tenth of a nanosecond left", `{"exp":1700000000.0000000001}`, jwtAt(jwtNow, ""), 0, nil},
		{"a tenth of a nanosecond left", `{"exp":1700000000.0000000011}`, jwtAt(jwtNow, "000000001"), 0, nil},
		{"a tenth of a nanosecond over", `{"exp":1700000000.0000000009}`, jwtAt(jwtNow, "000000001"), 0, []error{ErrExpired}},
		{"long ago", `{"exp":0}`, jwtAt(jwtNow, ""), 0, []error{ErrExpired}},
		{"long ago, a long exponent", `{"exp":1e-1000000000}`, jwtAt(jwtNow, ""), 0, []error{ErrExpired}},
		{"before the epoch, a long exponent", `{"exp":-1e-1000000000}`, jwtAt(0, ""), 0, []error{ErrExpired}},
		{"before the epoch", `{"exp":-1}`, jwtAt(-2, ""), 0, nil},
		{"before the epoch, over", `{"exp":-1.5}`, jwtAt(-2, "5"), 0, []error{ErrExpired}},
		{"the last second that can be", `{"exp":253402300799}`, jwtAt(253402300798, "999999999"), 0, nil},
		{"leeway, a second left", `{"exp":1700000000}`, jwtAt(jwtNow+59, ""), minute, nil},
		{"leeway, a nanosecond left", `{"exp":1700000000}`, jwtAt(jwtNow+59, "999999999"), minute, nil},
		{"leeway, on it", `{"exp":1700000000}`, jwtAt(jwtNow+60, ""), minute, []error{ErrExpired}},
		{"leeway of a nanosecond", `{"exp":1700000000}`, jwtAt(jwtNow, ""), 1, nil},
		{"largest leeway, a second left", `{"exp":1700000000}`, jwtAt(jwtNow+599, ""), 10 * minute, nil},
		{"largest leeway, on it", `{"exp":1700000000}`, jwtAt(jwtNow+600, ""), 10 * minute, []error{ErrExpired}},

		{"nbf: on it", `{"exp":1800000000,"nbf":1700000000}`, jwtAt(jwtNow, ""), 0, nil},
		{"nbf: a second over", `{"exp":1800000000,"nbf":1699999999}`, jwtAt(jwtNow, ""), 0, nil},
		{"nbf: a second left", `{"exp":1800000000,"nbf":1700000001}`, jwtAt(jwtNow, ""), 0, []error{ErrNotYetValid}},
		{"nbf: a nanosecond left", `{"exp":1800000000,"nbf":1700000000.000000001}`, jwtAt(jwtNow, ""), 0, []error{ErrNotYetValid}},
		{"nbf: a tenth of a nanosecond left", `{"exp":1800000000,"nbf":1700000000.0000000001}`, jwtAt(jwtNow, ""), 0, []error{ErrNotYetValid}},
		{"nbf: on it, to a nanosecond", `{"exp":1800000000,"nbf":1700000000.000000001}`, jwtAt(jwtNow, "000000001"), 0, nil},
		{"nbf: leeway, on it", `{"exp":1800000000,"nbf":1700000060}`, jwtAt(jwtNow, ""), minute, nil},
		{"nbf: leeway, a second left", `{"exp":1800000000,"nbf":1700000061}`, jwtAt(jwtNow, ""), minute, []error{ErrNotYetValid}},
		{"nbf: largest leeway, on it", `{"exp":1800000000,"nbf":1700000600}`, jwtAt(jwtNow, ""), 10 * minute, nil},
		{"nbf: largest leeway, a second left", `{"exp":1800000000,"nbf":1700000601}`, jwtAt(jwtNow, ""), 10 * minute, []error{ErrNotYetValid}},
		{"nbf after exp, before both", `{"exp":1700000001,"nbf":1700000002}`, jwtAt(jwtNow, ""), 0, []error{ErrNotYetValid}},
		{"nbf after exp, between", `{"exp":1700000000,"nbf":1700000002}`, jwtAt(jwtNow+1, ""), 0, []error{ErrExpired}},

		{"no exp", `{}`, jwtAt(jwtNow, ""), 0, []error{ErrClaims}},
		{"no exp, another case", `{"EXP":1800000000,"Exp":1800000000}`, jwtAt(jwtNow, ""), 0, []error{ErrClaims}},
		{"iat in the future is no matter", `{"exp":1800000000,"iat":1750000000}`, jwtAt(jwtNow, ""), 0, nil},
		{"iat after exp is no matter", `{"exp":1800000000,"iat":1900000000}`, jwtAt(jwtNow, ""), 0, nil},
	} {
		policy := jwtAny
		policy.AllowNoExp, policy.Leeway = false, row.leeway
		c, err := policy.at(row.at).Verify(jwtVerifier(), jwtHS512(jwtHeader, row.claims))
		jwtWant(t, row.name, c, err, row.want...)
		// AllowNoExp is about no "exp" alone.
		policy.AllowNoExp = true
		c, err = policy.at(row.at).Verify(jwtVerifier(), jwtHS512(jwtHeader, row.claims))
		if strings.HasPrefix(row.name, "no exp") {
			row.want = nil
		}
		jwtWant(t, row.name+", and exp is waived", c, err, row.want...)
	}
}

// TestRFC7519_Section4_1_6 checks the two rules for which "iat" matters.
func TestRFC7519_Section4_1_6(t *testing.T) {
	t.Parallel()
	const minute = time.Minute
	half := Policy{NoExpLifetime: 30 * minute}
	age := Policy{MaxAge: 30 * minute}
	with := func(p Policy, change func(*Policy)) Policy {
		change(&p)
		return p
	}
	leeway := func(p *Policy) { p.Leeway = minute }
	noExp := func(p *Policy) { p.AllowNoExp = true }
	for _, row := range []struct {
		name, claims string
		policy       Policy
		at           time.Time
		want         []error
	}{
		{"2Checkout: 29:59", `{"iat":1700000000}`, half, jwtAt(jwtNow+1799, ""), nil},
		{"2Checkout: a nanosecond before 30:00", `{"iat":1700000000}`, half, jwtAt(jwtNow+1799, "999999999"), nil},
		{"2Checkout: 30:00", `{"iat":1700000000}`, half, jwtAt(jwtNow+1800, ""), []error{ErrExpired}},
		{"2Checkout: a nanosecond after 30:00", `{"iat":1700000000}`, half, jwtAt(jwtNow+1800, "000000001"), []error{ErrExpired}},
		{"2Checkout: a nanosecond in iat", `{"iat":1700000000.000000001}`, half, jwtAt(jwtNow+1800, ""), nil},
		{"2Checkout: less than that", `{"iat":1700000000.0000000001}`, half, jwtAt(jwtNow+1800, ""), nil},
		{"2Checkout: with exp it is exp", `{"iat":1700000000,"exp":1700003420}`, half, jwtAt(jwtNow+31*60, ""), nil},
		{"2Checkout: with exp it is exp", `{"iat":1700000000,"exp":1700003420}`, half, jwtAt(jwtNow+3420, ""), []error{ErrExpired}},
		{"2Checkout: with exp it is exp", `{"iat":1700000000,"exp":1700000060}`, half, jwtAt(jwtNow+60, ""), []error{ErrExpired}},
		{"2Checkout: exp alone", `{"exp":1700003420}`, half, jwtAt(jwtNow+31*60, ""), nil},
		{"2Checkout: exp, and iat in the future", `{"exp":1700003420,"iat":1800000000}`, half, jwtAt(jwtNow, ""), nil},
		{"neither exp nor iat", `{}`, half, jwtAt(jwtNow, ""), []error{ErrClaims}},
		{"iat as another name", `{"IAT":1700000000}`, half, jwtAt(jwtNow, ""), []error{ErrClaims}},
		{"issued now", `{"iat":1700000000}`, half, jwtAt(jwtNow, ""), nil},
		{"issued in a second", `{"iat":1700000001}`, half, jwtAt(jwtNow, ""), []error{ErrNotYetValid}},
		{"issued in a nanosecond", `{"iat":1700000000.000000001}`, half, jwtAt(jwtNow, ""), []error{ErrNotYetValid}},
		{"leeway, 30:59", `{"iat":1700000000}`, with(half, leeway), jwtAt(jwtNow+1859, ""), nil},
		{"leeway, 31:00", `{"iat":1700000000}`, with(half, leeway), jwtAt(jwtNow+1860, ""), []error{ErrExpired}},
		{"leeway, issued in a minute", `{"iat":1700000060}`, with(half, leeway), jwtAt(jwtNow, ""), nil},
		{"leeway, issued in more than that", `{"iat":1700000061}`, with(half, leeway), jwtAt(jwtNow, ""), []error{ErrNotYetValid}},
		{"nbf counts, too", `{"iat":1700000000,"nbf":1700000001}`, half, jwtAt(jwtNow, ""), []error{ErrNotYetValid}},

		{"age 30:00", `{"exp":1800000000,"iat":1700000000}`, age, jwtAt(jwtNow+1800, ""), nil},
		{"age a nanosecond more", `{"exp":1800000000,"iat":1700000000}`, age, jwtAt(jwtNow+1800, "000000001"), []error{ErrExpired}},
		{"age less than a nanosecond more", `{"exp":1800000000,"iat":1699999999.9999999999}`, age, jwtAt(jwtNow+1800, ""), []error{ErrExpired}},
		{"age 30:01", `{"exp":1800000000,"iat":1700000000}`, age, jwtAt(jwtNow+1801, ""), []error{ErrExpired}},
		{"age of none", `{"exp":1800000000}`, age, jwtAt(jwtNow, ""), []error{ErrClaims}},
		{"age in the future", `{"exp":1800000000,"iat":1700000001}`, age, jwtAt(jwtNow, ""), []error{ErrNotYetValid}},
		{"age and leeway", `{"exp":1800000000,"iat":1700000000}`, with(age, leeway), jwtAt(jwtNow+1860, ""), nil},
		{"age and leeway, a nanosecond more", `{"exp":1800000000,"iat":1700000000}`, with(age, leeway), jwtAt(jwtNow+1860, "000000001"), []error{ErrExpired}},
		{"age and leeway, in the future", `{"exp":1800000000,"iat":1700000060}`, with(age, leeway), jwtAt(jwtNow, ""), nil},
		{"age and leeway, too far in the future", `{"exp":1800000000,"iat":1700000060.5}`, with(age, leeway), jwtAt(jwtNow, ""), []error{ErrNotYetValid}},
		{"age is no exp", `{"iat":1700000000}`, age, jwtAt(jwtNow, ""), []error{ErrClaims}},
		{"age, and exp is waived", `{"iat":1700000000}`, with(age, noExp), jwtAt(jwtNow+1800, ""), nil},
		{"age, and exp is waived", `{"iat":1700000000}`, with(age, noExp), jwtAt(jwtNow+1801, ""), []error{ErrExpired}},
		{"age, and expired", `{"exp":1700000060,"iat":1700000000}`, age, jwtAt(jwtNow+60, ""), []error{ErrExpired}},
		{"both, the age is less", `{"iat":1700000000}`, Policy{MaxAge: minute, NoExpLifetime: 2 * minute}, jwtAt(jwtNow+61, ""), []error{ErrExpired}},
		{"both, the lifetime is less", `{"iat":1700000000}`, Policy{MaxAge: 2 * minute, NoExpLifetime: minute}, jwtAt(jwtNow+60, ""), []error{ErrExpired}},
		{"both, in time", `{"iat":1700000000}`, Policy{MaxAge: 2 * minute, NoExpLifetime: minute}, jwtAt(jwtNow+59, ""), nil},
		{"both, with exp the age alone", `{"exp":1800000000,"iat":1700000000}`, Policy{MaxAge: 2 * minute, NoExpLifetime: minute}, jwtAt(jwtNow+120, ""), nil},
		{"neither, and iat is no matter", `{"exp":1800000000,"iat":0}`, Policy{}, jwtAt(jwtNow, ""), nil},
		{"a long lifetime", `{"iat":0}`, Policy{NoExpLifetime: 1<<63 - 1}, jwtAt(jwtNow, ""), nil},
		{"a great age", `{"iat":0}`, Policy{AllowNoExp: true, MaxAge: 1<<63 - 1}, jwtAt(jwtNow, ""), nil},
		{"the greatest age, and older", `{"iat":-62167219200}`, Policy{AllowNoExp: true, MaxAge: 1<<63 - 1}, jwtAt(jwtNow, ""), []error{ErrExpired}},
	} {
		policy := row.policy
		policy.AnyIssuer, policy.AnySubject, policy.NoAudience, policy.AnyType = true, true, true, true
		c, err := policy.at(row.at).Verify(jwtVerifier(), jwtHS512(jwtHeader, row.claims))
		jwtWant(t, row.name+": "+row.claims, c, err, row.want...)
	}
}

// TestPolicyOracle compares random claims and policies with the same rules in math/big.
func TestPolicyOracle(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	near := func() string { // a date near the others, or none
		switch random.IntN(5) {
		case 0:
			return ""
		case 1:
			return fmt.Sprint(1000 + random.IntN(7))
		case 2:
			return fmt.Sprintf("%d.%09d", 1000+random.IntN(7), random.IntN(3))
		case 3:
			return fmt.Sprintf("%d.999999999%d", 1000+random.IntN(7), random.IntN(3))
		}
		return fmt.Sprintf("%d.000000000%d", 1000+random.IntN(7), random.IntN(3))
	}
	span := func() time.Duration {
		return time.Duration(random.IntN(4))*time.Second + time.Duration(random.IntN(3)-1)*time.Nanosecond
	}
	counts := make(map[string]int)
	for range 30_000 {
		exp, nbf, iat := near(), near(), near()
		p := jwtAny
		p.AllowNoExp = false
		p.Leeway = max(span(), 0)
		switch random.IntN(3) {
		case 0:
			p.AllowNoExp = true
		case 1:
			p.NoExpLifetime = max(span(), 0)
		}
		if random.IntN(2) == 0 {
			p.MaxAge = max(span(), 0)
		}
		now := time.Unix(int64(1000+random.IntN(7)), int64([]int{0, 1, 999999999}[random.IntN(3)]))

		text := `{"x":0`
		for name, value := range map[string]string{"exp": exp, "nbf": nbf, "iat": iat} {
			if value != "" {
				text += `,"` + name + `":` + value
			}
		}
		var c Claims
		if err := c.read(text + "}"); err != nil {
			t.Fatal(err)
		}
		p = *p.at(now)
		if err := p.check(); err != nil {
			t.Fatal(err)
		}
		err := p.accept(&c)

		number := func(s string) *big.Rat { r, _ := new(big.Rat).SetString(s); return r }
		plus := func(r *big.Rat, d time.Duration) *big.Rat { return new(big.Rat).Add(r, big.NewRat(int64(d), 1e9)) }
		n := jwtRat(now)
		expired, early, missing := false, false, false
		if exp != "" {
			expired = n.Cmp(plus(number(exp), p.Leeway)) >= 0
		} else if p.NoExpLifetime > 0 && iat != "" {
			expired = n.Cmp(plus(plus(number(iat), p.NoExpLifetime), p.Leeway)) >= 0
		} else {
			missing = !p.AllowNoExp
		}
		if nbf != "" {
			early = plus(n, p.Leeway).Cmp(number(nbf)) < 0
		}
		if p.MaxAge > 0 || p.NoExpLifetime > 0 && exp == "" {
			if iat == "" {
				missing = true
			} else {
				early = early || plus(n, p.Leeway).Cmp(number(iat)) < 0
				if p.MaxAge > 0 {
					expired = expired || n.Cmp(plus(plus(number(iat), p.MaxAge), p.Leeway)) > 0
				}
			}
		}
		about := fmt.Sprintf("%s}, leeway %v, lifetime %v, age %v, at %d.%09d", text, p.Leeway, p.NoExpLifetime, p.MaxAge, now.Unix(), now.Nanosecond())
		if (err == nil) != (!expired && !early && !missing) {
			t.Fatalf("%s: %v; math/big says expired %v, early %v, missing %v", about, err, expired, early, missing)
		}
		switch {
		case err == nil:
			counts["accepted"]++
		case errors.Is(err, ErrExpired):
			if counts["expired"]++; !expired {
				t.Fatalf("%s: %v", about, err)
			}
		case errors.Is(err, ErrNotYetValid):
			if counts["early"]++; !early {
				t.Fatalf("%s: %v", about, err)
			}
		default:
			if counts["missing"]++; !missing {
				t.Fatalf("%s: %v", about, err)
			}
		}
	}
	for _, name := range []string{"accepted", "expired", "early", "missing"} {
		if counts[name] < 500 {
			t.Errorf("%s: %d times", name, counts[name])
		}
	}
}

// TestD18_Policy checks which policies can be meant: of each pair one is stated. One that can't
// be meant accepts nothing, whatever the token.
func TestD18_Policy(t *testing.T) {
	t.Parallel()
	good := jwtHS512(`{"alg":"HS512","typ":"JWT"}`, `{"iss":"i","sub":"s","aud":"a","exp":1800000000}`)
	stated := *Policy{Issuer: "i", Subject: "s", Audience: []string{"a"}, Type: "JWT"}.at(time.Unix(jwtNow, 0))
	if _, err := stated.Verify(jwtVerifier(), good); err != nil {
		t.Fatal(err)
	}
	k := newNestKit(t)
	nested := k.seal(`,"cty":"JWT"`, good).token()
	if _, err := stated.VerifyNested(k.d, k.v, nested); err != nil {
		t.Fatal(err)
	}
	uses := *k.uses
	pairs := []func(p *Policy, state, waive bool){
		func(p *Policy, state, waive bool) {
			if p.AnyIssuer = waive; !state {
				p.Issuer = ""
			}
		},
		func(p *Policy, state, waive bool) {
			if p.AnySubject = waive; !state {
				p.Subject = ""
			}
		},
		func(p *Policy, state, waive bool) {
			if p.NoAudience = waive; !state {
				p.Audience = nil
			}
		},
		func(p *Policy, state, waive bool) {
			if p.AnyType = waive; !state {
				p.Type = ""
			}
		},
	}
	bad := map[string]Policy{"the zero Policy": {}}
	for choice := range 1 << (2 * len(pairs)) { // two bits for each: stated, waived
		p, meant := stated, true
		for i, set := range pairs {
			state, waive := choice>>(2*i)&1 == 1, choice>>(2*i+1)&1 == 1
			set(&p, state, waive)
			meant = meant && state != waive
		}
		if !meant {
			bad[fmt.Sprintf("%08b", choice)] = p
			continue
		}
		_, err := p.Verify(jwtVerifier(), good)
		if p.NoAudience { // the token has one
			encWant(t, err, ErrClaims)
		} else {
			encWant(t, err)
		}
	}
	if len(bad) != 1+256-16 {
		t.Fatalf("%d policies", len(bad))
	}
	change := func(f func(p *Policy)) Policy {
		p := stated
		f(&p)
		return p
	}
	bad["an empty audience"] = change(func(p *Policy) { p.Audience = []string{""} })
	bad["an empty audience beside another"] = change(func(p *Policy) { p.Audience = []string{"a", ""} })
	bad["no audiences"] = change(func(p *Policy) { p.Audience = []string{} })
	bad["AllowNoExp and NoExpLifetime"] = change(func(p *Policy) { p.AllowNoExp, p.NoExpLifetime = true, time.Hour })
	bad["negative NoExpLifetime"] = change(func(p *Policy) { p.NoExpLifetime = -1 })
	bad["negative NoExpLifetime and AllowNoExp"] = change(func(p *Policy) { p.AllowNoExp, p.NoExpLifetime = true, -1 })
	bad["negative MaxAge"] = change(func(p *Policy) { p.MaxAge = -1 })
	bad["negative Leeway"] = change(func(p *Policy) { p.Leeway = -1 })
	bad["Leeway above 10 minutes"] = change(func(p *Policy) { p.Leeway = 10*time.Minute + 1 })
	for name, p := range bad {
		p.Now = func() time.Time {
			t.Errorf("%s: the clock was asked", name)
			return time.Unix(jwtNow, 0)
		}
		for _, token := range []string{good, "", "garbage", jwtHS512(jwtHeader, "{}")} {
			c, err := p.Verify(jwtVerifier(), token)
			jwtWant(t, name, c, err, ErrOption)
		}
		c, err := p.VerifyNested(k.d, k.v, nested)
		jwtWant(t, name+", nested", c, err, ErrOption)
	}
	for _, token := range []string{good, nested, "", "garbage"} { // no policy is no panic
		c, err := (*Policy)(nil).Verify(jwtVerifier(), token)
		jwtWant(t, "a nil Policy", c, err, ErrOption)
		c, err = (*Policy)(nil).VerifyNested(k.d, k.v, token)
		jwtWant(t, "a nil Policy, nested", c, err, ErrOption)
		c, err = (*Policy)(nil).Verify(nil, token)
		jwtWant(t, "nothing at all", c, err, ErrOption)
	}
	if *k.uses != uses {
		t.Error("the private key was used for a policy that can't be meant")
	}
	for name, p := range map[string]Policy{
		"no audiences, and NoAudience":     change(func(p *Policy) { p.Audience, p.NoAudience = []string{}, true }),
		"Leeway of 10 minutes":             change(func(p *Policy) { p.Leeway = 10 * time.Minute }),
		"AllowNoExp":                       change(func(p *Policy) { p.AllowNoExp = true }),
		"NoExpLifetime of next to nothing": change(func(p *Policy) { p.NoExpLifetime = 1 }),
	} {
		_, err := p.Verify(jwtVerifier(), good)
		if p.NoAudience {
			encWant(t, err, ErrClaims)
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := p.check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The policy is a record: verifying changes nothing in it, nor in what it refers to.
	audience := []string{"x", "a"}
	p := change(func(p *Policy) { p.Audience = audience })
	before := p
	encMust[*Claims](t)(p.Verify(jwtVerifier(), good))
	p.Now, before.Now = nil, nil
	if !reflect.DeepEqual(p, before) || !slices.Equal(audience, []string{"x", "a"}) {
		t.Errorf("the policy has changed: %+v", p)
	}
}

// TestRFC8725_Section3 checks issuer, subject, audience and type.
func TestRFC8725_Section3(t *testing.T) {
	t.Parallel()
	issuer := func(p *Policy) { p.AnyIssuer, p.Issuer = false, "https://issuer.example" }
	subject := func(p *Policy) { p.AnySubject, p.Subject = false, "s" }
	audience := func(names ...string) func(p *Policy) {
		return func(p *Policy) { p.NoAudience, p.Audience = false, names }
	}
	typed := func(name string) func(p *Policy) {
		return func(p *Policy) { p.AnyType, p.Type = false, name }
	}
	waived := func(*Policy) {}
	for _, row := range []struct {
		section string
		policy  func(*Policy)
		typ     string // members of the header
		claims  string
		accept  bool
	}{
		{"3.8: the issuer", issuer, ``, `{"iss":"https://issuer.example"}`, true},
		{"RFC 7519, Section 7.3: escapes are removed", issuer, ``, `{"\u0069ss":"https:\/\/issuer\u002eexample"}`, true},
		{"3.8: no issuer", issuer, ``, `{}`, false},
		{"3.8: another issuer", issuer, ``, `{"iss":"https://issuer.example/"}`, false},
		{"3.8: a prefix of the issuer", issuer, ``, `{"iss":"https://issuer.exampl"}`, false},
		{"RFC 7519, Section 7.3: code points, not case", issuer, ``, `{"iss":"https://ISSUER.example"}`, false},
		{"RFC 7519, Section 4: names are case-sensitive", issuer, ``, `{"ISS":"https://issuer.example"}`, false},
		{"RFC 7519, Section 4: names are case-sensitive", issuer, ``, `{"Iss":"https://issuer.example"}`, false},
		{"RFC 7519, Section 4: names do not fold", issuer, ``, `{"iſs":"https://issuer.example"}`, false},
		{"RFC 7519, Section 4: another name does not override", issuer, ``, `{"iss":"https://issuer.example","ISS":"x","isſ":1}`, true},
		{"RFC 7519, Section 4: nor does a member of a member", issuer, ``, `{"x":{"iss":"https://issuer.example"}}`, false},
		{"3.8: issuer as subject", issuer, ``, `{"sub":"https://issuer.example"}`, false},
		{"3.8: any issuer", waived, ``, `{"iss":"anybody"}`, true},

		{"3.8: the subject", subject, ``, `{"sub":"s"}`, true},
		{"3.8: no subject", subject, ``, `{}`, false},
		{"3.8: an empty subject", subject, ``, `{"sub":""}`, false},
		{"3.8: another subject", subject, ``, `{"sub":"t"}`, false},
		{"RFC 7519, Section 4: names are case-sensitive", subject, ``, `{"SUB":"s"}`, false},
		{"RFC 7519, Section 4: names do not fold", subject, ``, `{"ſub":"s"}`, false},
		{"RFC 7519, Section 7.3: values do not fold", subject, ``, `{"sub":"ſ"}`, false},
		{"3.8: any subject", waived, ``, `{"sub":"anybody"}`, true},

		{"3.9: the audience", audience("a"), ``, `{"aud":"a"}`, true},
		{"3.9: the audience in an array", audience("a"), ``, `{"aud":["a"]}`, true},
		{"3.9: the last of several", audience("a"), ``, `{"aud":["x","y","a"]}`, true},
		{"3.9: one of ours", audience("b", "a"), ``, `{"aud":"a"}`, true},
		{"3.9: one of several and several", audience("b", "a"), ``, `{"aud":["x","b"]}`, true},
		{"3.9: none of several", audience("b", "a"), ``, `{"aud":["x","y"]}`, false},
		{"3.9: no audience", audience("a"), ``, `{}`, false},
		{"3.9: an empty list", audience("a"), ``, `{"aud":[]}`, false},
		{"3.9: an empty audience", audience("a"), ``, `{"aud":""}`, false},
		{"3.9: another case", audience("a"), ``, `{"aud":"A"}`, false},
		{"3.9: a part of one", audience("a"), ``, `{"aud":"ab"}`, false},
		{"3.9: a list in a string", audience("a"), ``, `{"aud":"a,b"}`, false},
		{"3.9: names are case-sensitive", audience("a"), ``, `{"AUD":"a"}`, false},
		{"RFC 7519, Section 4.1.3: we are no audience", waived, ``, `{}`, true},
		{"RFC 7519, Section 4.1.3: we are no audience", waived, ``, `{"aud":"a"}`, false},
		{"RFC 7519, Section 4.1.3: we are no audience", waived, ``, `{"aud":""}`, false},
		{"RFC 7519, Section 4.1.3: we are no audience", waived, ``, `{"aud":[]}`, false},
		{"RFC 7519, Section 4.1.3: we are no audience", waived, ``, `{"Aud":"a"}`, true},

		{"3.11: the type", typed("at+jwt"), `,"typ":"at+jwt"`, `{}`, true},
		{"RFC 7515, Section 4.1.9: in any case", typed("at+jwt"), `,"typ":"AT+JWT"`, `{}`, true},
		{"RFC 7515, Section 4.1.9: in any case", typed("AT+JWT"), `,"typ":"at+jwt"`, `{}`, true},
		{"RFC 7515, Section 4.1.9: application/", typed("at+jwt"), `,"typ":"application/at+jwt"`, `{}`, true},
		{"RFC 7515, Section 4.1.9: application/", typed("application/at+jwt"), `,"typ":"at+jwt"`, `{}`, true},
		{"RFC 7515, Section 4.1.9: application/", typed("Application/At+jwt"), `,"typ":"aPPLICATION/at+jWT"`, `{}`, true},
		{"RFC 7515, Section 4.1.9: another slash", typed("at+jwt"), `,"typ":"application/at+jwt/x"`, `{}`, false},
		{"RFC 7515, Section 4.1.9: another slash", typed("at/jwt"), `,"typ":"application/at/jwt"`, `{}`, false},
		{"RFC 7515, Section 4.1.9: another slash", typed("at/jwt"), `,"typ":"AT/JWT"`, `{}`, true},
		{"3.11: no type", typed("at+jwt"), ``, `{}`, false},
		{"3.11: another type", typed("at+jwt"), `,"typ":"JWT"`, `{}`, false},
		{"3.11: an empty type", typed("at+jwt"), `,"typ":""`, `{}`, false},
		{"3.11: a prefix", typed("at+jwt"), `,"typ":"at+jw"`, `{}`, false},
		{"3.11: application/ alone", typed("at+jwt"), `,"typ":"application/"`, `{}`, false},
		{"3.11: letters alone have a case", typed("a[+jwt"), `,"typ":"a{+jwt"`, `{}`, false},
		{"3.11: letters alone have a case", typed("a@+jwt"), `,"typ":"a` + "`" + `+jwt"`, `{}`, false},
		{"3.11: ASCII alone has a case", typed("k+jwt"), `,"typ":"\u212a+jwt"`, `{}`, false},
		{"3.11: ASCII alone has a case", typed("s+jwt"), `,"typ":"ſ+jwt"`, `{}`, false},
		{"3.11: nor a type in the claims", typed("at+jwt"), ``, `{"typ":"at+jwt"}`, false},
		{"3.11: \u212a folds to k in Unicode", typed("\u212a+jwt"), `,"typ":"k+jwt"`, `{}`, false},
		{"D18: nothing is no type", typed("application/"), ``, `{}`, false},
		{"D18: nothing is no type", typed("application/"), `,"typ":""`, `{}`, false},
		{"3.11: any type", waived, `,"typ":"JOSE+JSON"`, `{}`, true},
	} {
		policy := jwtAny
		row.policy(&policy)
		var want []error
		if !row.accept {
			want = []error{ErrClaims}
		}
		c, err := policy.Verify(jwtVerifier(), jwtHS512(`{"alg":"HS512"`+row.typ+`}`, row.claims))
		jwtWant(t, row.section+": "+row.typ+" "+row.claims, c, err, want...)
	}
}

// TestRFC7519_Section7_2 checks what else is refused, and that nothing of a token is looked at
// before its signature.
func TestRFC7519_Section7_2(t *testing.T) {
	t.Parallel()
	asked := 0
	policy := jwtAny
	policy.Now = func() time.Time { asked++; return time.Unix(jwtNow, 0) }
	good := jwtHS512(jwtHeader, `{"sub":"s"}`)
	for _, row := range []struct {
		section, token string
		want           []error
	}{
		{"Section 7.2: good", good, nil},
		{"RFC 8259, Section 2: white space is legal", jwtHS512(jwtHeader, " {\r\n\t\"sub\" : \"s\" } "), nil},
		{"Section 4: claims not understood are ignored", jwtHS512(jwtHeader, `{"":1,"alg":2,"crit":[],"x":{"exp":"never"}}`), nil},
		{"Section 6: unsecured", "eyJhbGciOiJub25lIn0.e30.", []error{ErrUnsupported}},
		{"Section 6: unsecured, another case", base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"None"}`)) + ".e30.", []error{ErrUnsupported}},
		{"Section 8: HS256", jwtHS512(`{"alg":"HS256"}`, `{}`), []error{ErrUnsupported}},
		{"RFC 8725, Section 3.1: RS256", jwtHS512(`{"alg":"RS256"}`, `{}`), []error{ErrAlgorithm}},
		{"RFC 7797, Section 7: b64", nestUnencoded(t, `{}`), []error{ErrMalformed}},
		{"RFC 7797, Section 3: b64 of true", jwtHS512(`{"alg":"HS512","b64":true}`, `{"sub":"s"}`), nil},
		{"Section 7.2: one more JWT inside", jwtHS512(`{"alg":"HS512","cty":"JWT"}`, `{}`), []error{ErrMalformed}},
		{"Section 7.2: one more JWT inside", jwtHS512(`{"alg":"HS512","cty":"application/jwt"}`, `{}`), []error{ErrMalformed}},
		{"RFC 7515, Section 4.1.10: another content", jwtHS512(`{"alg":"HS512","cty":"application/json"}`, `{"sub":"s"}`), nil},
		{"RFC 7515, Section 4.1.11: crit", jwtHS512(`{"alg":"HS512","x":1,"crit":["x"]}`, `{}`), []error{ErrUnsupported}},
		{"the signature, also where the claims are none", good[:len(good)-86] + strings.Repeat("A", 86), []error{ErrSignature}},
		{"the signature, also where the claims are none", jwtHS512(jwtHeader, `{"exp":`)[:60] + "." + strings.Repeat("A", 86), []error{ErrMalformed}},
		{"RFC 7515, Section 7.1: two segments", strings.Join(strings.Split(good, ".")[:2], "."), []error{ErrMalformed}},
		{"RFC 7515, Section 7.2: JSON", `{"payload":""}`, []error{ErrUnsupported}},
		{"Section 7.2: no payload", jwtHS512(jwtHeader, ``), []error{ErrMalformed}},
		{"Section 7.2: an array", jwtHS512(jwtHeader, `[{}]`), []error{ErrMalformed}},
		{"Section 7.2: a string", jwtHS512(jwtHeader, `"{}"`), []error{ErrMalformed}},
		{"Section 7.2: null", jwtHS512(jwtHeader, `null`), []error{ErrMalformed}},
		{"Section 7.2: text after it", jwtHS512(jwtHeader, `{}x`), []error{ErrMalformed}},
		{"Section 7.2: two", jwtHS512(jwtHeader, `{}{}`), []error{ErrMalformed}},
		{"Section 7.2: cut", jwtHS512(jwtHeader, `{"sub":"s"`), []error{ErrMalformed}},
		{"Section 7.2: a comma", jwtHS512(jwtHeader, `{"sub":"s",}`), []error{ErrMalformed}},
		{"Section 7.2: not UTF-8", jwtHS512(jwtHeader, "{\"x\":\"\xff\"}"), []error{ErrMalformed}},
		{"Section 7.2: UTF-16", jwtHS512(jwtHeader, "\xff\xfe{\x00}\x00"), []error{ErrMalformed}},
		{"RFC 8259, Section 8.1: a byte order mark", jwtHS512(jwtHeader, "\ufeff{}"), []error{ErrMalformed}},
		{"D7: a lone surrogate", jwtHS512(jwtHeader, `{"x":"\ud800"}`), []error{ErrMalformed}},
		{"D8: too deep", jwtHS512(jwtHeader, `{"x":`+strings.Repeat("[", 32)+strings.Repeat("]", 32)+`}`), []error{ErrMalformed}},
		{"D8: just so deep", jwtHS512(jwtHeader, `{"sub":"s","x":`+strings.Repeat("[", 31)+strings.Repeat("]", 31)+`}`), nil},
		{"Section 4: a claim twice", jwtHS512(jwtHeader, `{"sub":"s","sub":"s"}`), []error{ErrMalformed}},
		{"Section 4: a claim twice, escaped", jwtHS512(jwtHeader, `{"sub":"s","s\u0075b":"t"}`), []error{ErrMalformed}},
		{"Section 4: a claim twice, not registered", jwtHS512(jwtHeader, `{"x":1,"x":1}`), []error{ErrMalformed}},
		{"D7: a name twice, inside", jwtHS512(jwtHeader, `{"x":[{"a":1,"b":2,"a":3}]}`), []error{ErrMalformed}},
	} {
		before := asked
		c, err := policy.Verify(jwtVerifier(), row.token)
		jwtWant(t, row.section, c, err, row.want...)
		if (asked != before) != (err == nil) {
			t.Errorf("%s: the clock was asked %d times", row.section, asked-before)
		}
	}
	// Checks of header members, and options that can't be.
	_, err := policy.Verify(jwtVerifier(), good, CheckMember("typ", Equal("JWT")))
	encWant(t, err, ErrClaims)
	for size, class := range map[int][]error{len(good) - 1: {ErrMalformed}, len(good): nil, 10: {ErrMalformed}} {
		_, err = policy.Verify(encVerifier(t, MaxTokenSize(size)), good)
		encWant(t, err, class...)
		_, err = policy.Verify(jwtVerifier(), good, MaxTokenSize(size))
		encWant(t, err, ErrOption)
	}
	for _, check := range []CheckOption{{}, MaxTokenSize(0)} {
		_, err = policy.Verify(jwtVerifier(), good, check)
		encWant(t, err, ErrOption)
	}
	for _, v := range []*Verifier{nil, {}} {
		_, err = policy.Verify(v, good)
		encWant(t, err, ErrKey)
	}
	// None of its prefixes, and nothing that a changed byte makes of it, is the token.
	encHostile(good, func(name, token string) {
		if c, err := policy.Verify(jwtVerifier(), token); err == nil || c != nil {
			t.Fatalf("%s: accepted", name)
		}
	})
}

// TestPolicyClock checks that the clock is the injected one, or the real one.
func TestPolicyClock(t *testing.T) {
	t.Parallel()
	policy := jwtAny
	at := func(d time.Duration) string {
		return jwtHS512(jwtHeader, fmt.Sprintf(`{"exp":%d}`, time.Now().Add(d).Unix()))
	}
	_, err := policy.Verify(jwtVerifier(), at(time.Hour))
	encWant(t, err)
	_, err = policy.Verify(jwtVerifier(), at(-time.Hour))
	encWant(t, err, ErrExpired)
	_, err = policy.at(time.Now().Add(2*time.Hour)).Verify(jwtVerifier(), at(time.Hour))
	encWant(t, err, ErrExpired)
	_, err = policy.at(time.Now().Add(-2*time.Hour)).Verify(jwtVerifier(), at(-time.Hour))
	encWant(t, err)
	// The zone is no matter, and neither is the zero Time.
	_, err = policy.at(time.Unix(jwtNow, 0).In(time.FixedZone("x", 14*3600))).Verify(jwtVerifier(), jwtHS512(jwtHeader, `{"exp":1700000001,"nbf":1700000000}`))
	encWant(t, err)
	_, err = policy.at(time.Time{}).Verify(jwtVerifier(), jwtHS512(jwtHeader, `{"exp":-62135596800}`))
	encWant(t, err, ErrExpired)
	_, err = policy.at(time.Time{}).Verify(jwtVerifier(), jwtHS512(jwtHeader, `{"exp":-62135596799}`))
	encWant(t, err)
}

// TestClaimsGet checks the reading of claims by name (D19).
func TestClaimsGet(t *testing.T) {
	t.Parallel()
	const text = `{"s":"a\u00e9\"","e":"","t":true,"f":false,"n":null,"i":9007199254740993,"max":9223372036854775807,"over":9223372036854775808,` +
		`"min":-9223372036854775808,"small":-2147483648,"z":-0,"d":1.50,"x":1e3,"a":["p","\u0071"],"none":[],"mixed":["p",1],"o":{ "k" : [1] },"num":"1",` +
		`"big":123456789012345678901234567890.5,"iss":"i","aud":"one","exp":1800000000.25}`
	c := encMust[*Claims](t)(Policy{AnyIssuer: true, AnySubject: true, Audience: []string{"one"}, AnyType: true}.at(time.Unix(jwtNow, 0)).
		Verify(jwtVerifier(), jwtHS512(jwtHeader, text)))
	for _, row := range []struct {
		name string
		v    any // a pointer to a value that is not the result
		want any // nil: another JSON type, or no such claim
	}{
		{"s", new(string), `aé"`}, {"e", jwtPtr("old"), ""}, {"num", new(string), "1"}, {"iss", new(string), "i"}, {"aud", new(string), "one"},
		{"t", new(string), nil}, {"n", new(string), nil}, {"i", new(string), nil}, {"a", new(string), nil}, {"o", new(string), nil},
		{"t", new(bool), true}, {"f", jwtPtr(true), false}, {"n", new(bool), nil}, {"s", new(bool), nil}, {"i", new(bool), nil},
		{"i", new(int64), int64(9007199254740993)}, {"max", new(int64), int64(9223372036854775807)}, {"min", new(int64), int64(-9223372036854775808)},
		{"z", jwtPtr(int64(1)), int64(0)}, {"over", new(int64), nil}, {"d", new(int64), nil}, {"x", new(int64), nil}, {"num", new(int64), nil}, {"n", new(int64), nil}, {"t", new(int64), nil},
		{"num", new(int), nil}, {"d", new(int), nil}, {"over", new(int), nil}, {"x", new(int), nil}, {"t", new(int), nil}, {"n", new(int), nil},
		{"z", jwtPtr(1), 0}, {"small", new(int), -2147483648}, {"max", jwtPtr(5), jwtInt(math.MaxInt64)}, {"min", jwtPtr(5), jwtInt(math.MinInt64)},
		{"i", new(json.Number), json.Number("9007199254740993")}, {"over", new(json.Number), json.Number("9223372036854775808")}, {"d", new(json.Number), json.Number("1.50")},
		{"x", new(json.Number), json.Number("1e3")}, {"big", new(json.Number), json.Number("123456789012345678901234567890.5")}, {"z", new(json.Number), json.Number("-0")},
		{"num", new(json.Number), nil}, {"n", new(json.Number), nil}, {"o", new(json.Number), nil},
		{"a", new([]string), []string{"p", "q"}}, {"none", jwtPtr([]string{"old"}), []string(nil)}, {"mixed", new([]string), nil}, {"s", new([]string), nil}, {"aud", new([]string), nil}, {"n", new([]string), nil}, {"o", new([]string), nil},
		{"o", new(json.RawMessage), json.RawMessage(`{ "k" : [1] }`)}, {"n", new(json.RawMessage), json.RawMessage("null")}, {"s", new(json.RawMessage), json.RawMessage(`"a\u00e9\""`)}, {"big", new(json.RawMessage), json.RawMessage("123456789012345678901234567890.5")},
		{"big", new(NumericDate), nil}, {"s", new(NumericDate), nil}, {"n", new(NumericDate), nil}, {"num", new(NumericDate), nil},
		{"S", new(string), nil}, {"absent", new(string), nil}, {"", new(string), nil}, {"k", new(json.RawMessage), nil}, {"o.k", new(json.RawMessage), nil}, {"ISS", new(string), nil}, {"sub", new(string), nil},
	} {
		before := reflect.ValueOf(row.v).Elem().Interface()
		also := reflect.New(reflect.TypeOf(before))
		also.Elem().Set(reflect.ValueOf(before))
		err := c.Get(row.name, row.v)
		got := reflect.ValueOf(row.v).Elem().Interface()
		// GetAll of one is Get.
		errAll := c.GetAll(map[string]any{row.name: also.Interface()})
		if fmt.Sprint(errAll) != fmt.Sprint(err) || !reflect.DeepEqual(also.Elem().Interface(), got) {
			t.Errorf("%q into %T: GetAll stores %v, %v; Get %v, %v", row.name, row.v, also.Elem(), errAll, got, err)
		}
		if row.want == nil {
			if encWant(t, err, ErrClaims); !reflect.DeepEqual(got, before) {
				t.Errorf("%q into %T: %v, %v", row.name, row.v, got, err)
			}
		} else if err != nil || !reflect.DeepEqual(got, row.want) {
			t.Errorf("%q into %T: %#v, %v", row.name, row.v, got, err)
		}
	}
	for name, want := range map[string]time.Time{"exp": time.Unix(1800000000, 25e7), "x": time.Unix(1000, 0), "z": time.Unix(0, 0)} {
		var d NumericDate
		if err := c.Get(name, &d); err != nil || d.IsZero() || !d.Time().Equal(want) {
			t.Errorf("%s: %v, %v", name, d, err)
		}
	}

	// Go types that it can't be stored in.
	for _, v := range []any{nil, "", 1, new(int8), new(int32), new(uint), new(any), new(float64), new(uint64), new([]byte), new([]any), new(map[string]any), new(time.Time),
		new(*string), struct{}{}, new(error), func(*string) {}, json.RawMessage{}, NumericDate{}} {
		jwtWant(t, fmt.Sprintf("into a %T", v), nil, c.Get("s", v), ErrOption)
		jwtWant(t, fmt.Sprintf("all into a %T", v), nil, c.GetAll(map[string]any{"s": v}), ErrOption)
	}
	// Nil pointers are an error, and no panic.
	for _, v := range []any{(*string)(nil), (*bool)(nil), (*int)(nil), (*int64)(nil), (*json.Number)(nil), (*NumericDate)(nil), (*[]string)(nil), (*json.RawMessage)(nil)} {
		for _, name := range []string{"s", "t", "i", "a"} {
			if c.Get(name, v) == nil || c.GetAll(map[string]any{name: v}) == nil {
				t.Errorf("%q into a nil %T: no error", name, v)
			}
		}
	}
	for name, want := range map[string]bool{"s": true, "n": true, "iss": true, "S": false, "Iss": false, "sub": false, "": false, "k": false} {
		if c.Has(name) != want {
			t.Errorf("Has(%q) is %v", name, !want)
		}
	}
	// What was stored is the caller's: it does not change the claims.
	var raw json.RawMessage
	var list []string
	if err := errors.Join(c.Get("o", &raw), c.Get("a", &list)); err != nil {
		t.Fatal(err)
	}
	clear(raw)
	clear(list)
	if err := c.Get("o", &raw); err != nil || string(raw) != `{ "k" : [1] }` {
		t.Errorf("after a change to what was stored: %s, %v", raw, err)
	}
	// The same for what a Policy returned, and the exact octets of it.
	payload := c.Payload()
	if string(payload) != text {
		t.Errorf("Payload: %s", payload)
	}
	clear(payload)
	if string(c.Payload()) != text {
		t.Error("Payload is no copy")
	}
	if (&Claims{Issuer: "i"}).Payload() != nil {
		t.Error("claims that were not received have a payload")
	}
}

func jwtPtr[T any](v T) *T { return &v }

// jwtInt returns n as an int, or nil where an int can't hold it.
func jwtInt(n int64) any {
	if int64(int(n)) != n {
		return nil
	}
	return int(n)
}

// TestClaimsGetAll checks that many claims are read at once, by exact name, and that what is not there
// or of another type is an error that says which claim it is, and nothing of a value (D19, D21).
func TestClaimsGetAll(t *testing.T) {
	t.Parallel()
	type payment struct {
		amount, currency, escaped string
		admin                     bool
		count                     int
		large                     int64
		rate                      json.Number
		due                       NumericDate
		tags                      []string
		address                   json.RawMessage
	}
	var p payment
	into := func() map[string]any {
		return map[string]any{"amount": &p.amount, "currency": &p.currency, "\u00e9\"": &p.escaped, "admin": &p.admin, "count": &p.count,
			"large": &p.large, "rate": &p.rate, "due": &p.due, "tags": &p.tags, "address": &p.address, "iss": new(string), "exp": new(NumericDate)}
	}
	const text = `{"iss":"i","exp":1800000000,"AMOUNT":"MARKER","Amount":1,"amount":"10.00","currency":"EUR","curr\u0065ncy ":"MARKER","\u00e9\"":"e","admin":false,` +
		`"ADMIN":true,"adm\u0131n":true,"count":3,"count.":4,"large":9007199254740993,"rate":1.50,"due":1.5,"tags":["a","b"],"tagſ":["c"],"address":{"zip":"1"},"zip":"2"}`
	received := encMust[*Claims](t)(jwtAny.at(time.Unix(jwtNow, 0)).Verify(jwtVerifier(), jwtHS512(jwtHeader, text)))
	due, _ := parseNumericDate("1.5")
	want := payment{"10.00", "EUR", "e", false, 3, 9007199254740993, "1.50", due, []string{"a", "b"}, json.RawMessage(`{"zip":"1"}`)}
	p.admin = true
	if err := received.GetAll(into()); err != nil || !reflect.DeepEqual(p, want) {
		t.Errorf("%+v, %v", p, err)
	}
	// Claims that were set are read the same, and a claim that was set goes before the received one.
	set := new(Claims)
	for name, v := range map[string]any{"amount": "1", "count": -7, "due": due} {
		if err := errors.Join(set.Set(name, v), received.Set(name, v)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []*Claims{set, received} {
		p = payment{}
		if err := c.GetAll(map[string]any{"amount": &p.amount, "count": &p.count, "due": &p.due}); err != nil || p.amount != "1" || p.count != -7 || p.due != due {
			t.Errorf("%+v, %v", p, err)
		}
	}
	// Nothing to read is no error, and nothing is there for names.
	for _, c := range []*Claims{nil, {}, set, received} {
		encWant(t, errors.Join(c.GetAll(nil), c.GetAll(map[string]any{})))
		for _, name := range []string{"absent", "COUNT", ""} {
			encWant(t, c.GetAll(map[string]any{name: new(string)}), ErrClaims)
		}
	}
	for _, row := range []struct {
		values map[string]any
		class  error
		name   string // in the message
	}{
		{map[string]any{"amount": new(string), "Currency": new(string)}, ErrClaims, "Currency"},
		{map[string]any{"amount": new(string), "aDMIN": new(bool)}, ErrClaims, "aDMIN"},
		{map[string]any{"b": new(string), "a": new(string), "c": new(string)}, ErrClaims, "a"}, // the first, every time
		{map[string]any{"AMOUNT": new(int), "amount": new(string)}, ErrClaims, "AMOUNT"},
		{map[string]any{"admin": new(string)}, ErrClaims, "admin"},
		{map[string]any{"large": new([]string)}, ErrClaims, "large"},
		{map[string]any{"iss": new(bool), "exp": new(string)}, ErrClaims, "exp"},
		{map[string]any{"iss": new(bool)}, ErrClaims, "iss"},
		{map[string]any{"admin": new(float64), "zzz": new(string)}, ErrOption, "float64"},
		{map[string]any{"admin": p.admin}, ErrOption, "bool"},
	} {
		for range 20 {
			err := received.GetAll(row.values)
			if encWant(t, err, row.class); !strings.Contains(err.Error(), row.name) || strings.Contains(err.Error(), "MARKER") {
				t.Fatalf("%v does not name %q", err, row.name)
			}
		}
	}
}

// TestRFC7519_Section7_1 checks what is signed: in order, to the letter, or not at all.
func TestRFC7519_Section7_1(t *testing.T) {
	t.Parallel()
	s := encSigner(t, Type("JWT"))
	date := func(text string) NumericDate {
		d, ok := parseNumericDate(text)
		if !ok {
			t.Fatal(text)
		}
		return d
	}
	set := func(c *Claims, pairs ...any) *Claims {
		for i := 0; i < len(pairs); i += 2 {
			if err := c.Set(pairs[i].(string), pairs[i+1]); err != nil {
				t.Fatal(err)
			}
		}
		return c
	}
	for _, row := range []struct {
		claims *Claims
		want   string
	}{
		{&Claims{}, `{}`},
		{&Claims{ID: "j", IssuedAt: date("3"), NotBefore: date("2"), ExpiresAt: date("1"), Audience: []string{"a", "b"}, Subject: "s", Issuer: "i"},
			`{"iss":"i","sub":"s","aud":["a","b"],"exp":1,"nbf":2,"iat":3,"jti":"j"}`},
		{&Claims{Audience: []string{"a"}}, `{"aud":"a"}`},
		{&Claims{Audience: []string{""}}, `{"aud":""}`},
		{&Claims{Audience: []string{"a", "a"}}, `{"aud":["a","a"]}`},
		{&Claims{Audience: []string{}}, `{}`},
		{&Claims{ExpiresAt: NewNumericDate(time.Unix(0, 5)), NotBefore: NewNumericDate(time.Unix(-1, 0)), IssuedAt: date("1.30081938e+09")}, `{"exp":0,"nbf":-1,"iat":1300819380}`},
		{&Claims{ExpiresAt: date("1700000000.500"), NotBefore: date("-0.000000001"), IssuedAt: date("-1.5e0")}, `{"exp":1700000000.5,"nbf":-0.000000001,"iat":-1.5}`},
		{&Claims{Issuer: "<&>\u2028é😀\"\\/\x00\n\x1f\x7f"}, `{"iss":"<&>` + "\u2028" + `é😀\"\\/\u0000\u000a\u001f` + "\x7f" + `"}`},
		{set(&Claims{Issuer: "i"}, "b", "y", "a", 1, "c", nil), `{"iss":"i","b":"y","a":1,"c":null}`},
		{set(&Claims{}, "i", int64(9007199254740993), "j", int64(-1<<63), "n", json.Number("1.50e3"), "t", true, "f", false, "l", []string{"p", "q"}, "e", []string{}, "d", date("1.5")),
			`{"i":9007199254740993,"j":-9223372036854775808,"n":1.50e3,"t":true,"f":false,"l":["p","q"],"e":[],"d":1.5}`},
		{set(&Claims{}, "r", json.RawMessage(` { "k" : [ 1 , "\u00e9" ] } `)), `{"r":{ "k" : [ 1 , "\u00e9" ] }}`},
		{set(&Claims{}, "a", 1, "b", 2, "a", 3), `{"b":2,"a":3}`},
		{set(&Claims{}, "", 1, "Iss", 2, "é\"", 3), `{"":1,"Iss":2,"é\"":3}`},
	} {
		token, err := s.SignClaims(row.claims)
		if err != nil {
			t.Errorf("%s: %v", row.want, err)
			continue
		}
		if want := jwtHS512(`{"alg":"HS512","typ":"JWT"}`, row.want); token != want {
			payload, _ := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
			t.Errorf("signed %s, want %s", payload, row.want)
		}
		var again Claims
		if err := again.read(row.want); err != nil {
			t.Errorf("%s: %v", row.want, err)
		}
		same := func(a, b NumericDate) bool { return a.IsZero() == b.IsZero() && a.String() == b.String() }
		if again.Issuer != row.claims.Issuer || again.Subject != row.claims.Subject || again.ID != row.claims.ID || !slices.Equal(again.Audience, row.claims.Audience) ||
			!same(again.ExpiresAt, row.claims.ExpiresAt) || !same(again.NotBefore, row.claims.NotBefore) || !same(again.IssuedAt, row.claims.IssuedAt) {
			t.Errorf("%s: read again as %+v", row.want, again)
		}
	}
	// Options of the token.
	if token := encMust[string](t)(s.SignClaims(&Claims{}, KeyID("k"))); token != jwtHS512(`{"alg":"HS512","typ":"JWT","kid":"k"}`, `{}`) {
		t.Errorf("with an option: %s", token)
	}

	// Claims that were received can be signed again, with changes.
	const received = `{"x":1,"iss":"i","exp":1.8e9,"y":{ "z":0.10 },"aud":["a"],"sub":""}`
	c := encMust[*Claims](t)(Policy{AnyIssuer: true, AnySubject: true, Audience: []string{"a"}, AnyType: true}.at(time.Unix(jwtNow, 0)).Verify(jwtVerifier(), jwtHS512(jwtHeader, received)))
	c.Issuer = "j"
	set(c, "x", 2)
	if token := encMust[string](t)(s.SignClaims(c)); token != jwtHS512(`{"alg":"HS512","typ":"JWT"}`, `{"iss":"j","aud":"a","exp":1800000000,"x":2,"y":{ "z":0.10 }}`) {
		payload, _ := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
		t.Errorf("signed again: %s", payload)
	}
	if string(c.Payload()) != received {
		t.Errorf("Payload after a change: %s", c.Payload())
	}

	bad := "\xff"
	for name, c := range map[string]*Claims{
		"nil": nil, "iss": {Issuer: bad}, "sub": {Subject: bad}, "jti": {ID: bad}, "aud": {Audience: []string{bad}}, "the second aud": {Audience: []string{"a", "b\xc3"}},
		"exp finer than a nanosecond": {ExpiresAt: date("1700000000.0000000001")},
		"exp of year 10000":           {ExpiresAt: NewNumericDate(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))},
		"nbf before year 0":           {NotBefore: NewNumericDate(time.Date(-1, 12, 31, 23, 59, 59, 0, time.UTC))},
		"iat of year 1000000":         {IssuedAt: NewNumericDate(time.Unix(1<<45, 0))},
	} {
		token, err := s.SignClaims(c)
		if encWant(t, err, ErrOption); token != "" {
			t.Errorf("%s: %q, %v", name, token, err)
		}
	}
	for _, opts := range [][]HeaderOption{
		{Unencoded()}, {KeyID("k"), Unencoded()}, {Type("JWT")}, {Member("alg", "x")}, {ExactHeader([]byte(`{"alg":"HS512"}`))},
	} {
		token, err := s.SignClaims(&Claims{}, opts...)
		if encWant(t, err, ErrOption); token != "" {
			t.Errorf("a token beside an error: %s", token)
		}
	}
	const b64 = `{"alg":"HS512","b64":false,"crit":["b64"]}`
	for _, opt := range []HeaderOption{Unencoded(), ExactHeader([]byte(b64))} {
		unencoded := encSigner(t, opt)
		encMust[string](t)(unencoded.Sign([]byte("{}")))
		_, err := unencoded.SignClaims(&Claims{})
		encWant(t, err, ErrOption)
	}
	bare := encSigner(t)
	for _, header := range []string{b64, `{"alg":"HS256"}`} {
		_, err := bare.SignClaims(&Claims{}, ExactHeader([]byte(header)))
		encWant(t, err, ErrOption)
	}
	const named = `{ "alg":"HS512","b64":true,"crit":["b64"]}`
	if token := encMust[string](t)(bare.SignClaims(&Claims{}, ExactHeader([]byte(named)))); token != jwtHS512(named, `{}`) {
		t.Errorf("with an exact header: %s", token)
	}
	for _, s := range []*Signer{nil, {}} {
		for _, c := range []*Claims{nil, {}} {
			_, err := s.SignClaims(c)
			encWant(t, err, ErrKey)
		}
	}

	// "cty" of JWT says that there is one more JWT inside (RFC 7519, Section 5.2), which claims are not:
	// no Policy accepts such a token. Section 5.2 and RFC 7515, Section 4.1.10 have its spellings.
	for _, row := range []struct {
		opt    HeaderOption
		accept bool
	}{
		{ContentType("JWT"), false}, {ContentType("jwt"), false}, {ContentType("jWt"), false},
		{Member("cty", "JWT"), false}, {Member("cty", "application/jwt"), false}, {Member("cty", "APPLICATION/JWT"), false},
		{ExactHeader([]byte(`{"alg":"HS512","cty":"JWT"}`)), false}, {ExactHeader([]byte(`{"cty":"Application\/\u006awt","alg":"HS512"}`)), false},
		{ContentType("json"), true}, {Member("cty", "application/json"), true}, {Member("cty", "JWTs"), true}, {ContentType("x/JWT"), true},
		{Member("cty", "application/x/jwt"), true}, {Member("cty", "\u212awt"), true}, {ExactHeader([]byte(`{"alg":"HS512","CTY":"JWT"}`)), true},
	} {
		always := encSigner(t, row.opt)
		encMust[string](t)(always.Sign([]byte("{}"))) // what is no JWT may have it
		encMust[string](t)(bare.Sign([]byte("{}"), row.opt))
		for _, sign := range []func() (string, error){
			func() (string, error) { return always.SignClaims(&Claims{ID: "j"}) },
			func() (string, error) { return bare.SignClaims(&Claims{ID: "j"}, row.opt) },
		} {
			token, err := sign()
			if !row.accept {
				if encWant(t, err, ErrOption); token != "" {
					t.Errorf("a token beside an error: %s", token)
				}
				continue
			}
			if c, err := jwtAny.Verify(jwtVerifier(), token); err != nil || c.ID != "j" {
				t.Errorf("%s: %v", token, err)
			}
		}
	}
	// Options that can't be meant, here too.
	for _, opt := range []HeaderOption{{}, KeyID(""), Type(""), ContentType(""), Type("application/jwt"), ContentType("application/json"), WithoutContentType(), ExactHeader(nil)} {
		token, err := bare.SignClaims(&Claims{}, opt)
		if encWant(t, err, ErrOption); token != "" {
			t.Errorf("a token beside an error: %s", token)
		}
	}
}

// TestClaimsSet checks which claims can be set.
func TestClaimsSet(t *testing.T) {
	t.Parallel()
	var c Claims
	for _, name := range []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti"} {
		for _, v := range []any{"x", 1, nil} {
			encWant(t, c.Set(name, v), ErrOption)
		}
	}
	for _, v := range []any{
		"\xff", "a\xc3", []string{"a", "\xff"}, NumericDate{}, NewNumericDate(time.Unix(1<<45, 0)), json.Number(""), json.Number("x"), json.Number("1 "), json.Number(" 1"), json.Number("01"), json.Number("1,2"), json.Number(`"1"`), json.Number("-"),
		json.RawMessage(nil), json.RawMessage(""), json.RawMessage(" "), json.RawMessage(`1,"exp":2`), json.RawMessage(`1}`), json.RawMessage(`{"a":1,"a":2}`), json.RawMessage("1 2"), json.RawMessage("\"\xff\""),
		json.RawMessage(`"\ud800"`), json.RawMessage(strings.Repeat("[", 32) + strings.Repeat("]", 32)), json.RawMessage("tru"),
		1.5, float32(1), int8(1), uint(1), uint64(1), []int{1}, []any{"a"}, map[string]any{}, struct{}{}, new(string), []byte("x"), time.Unix(0, 0), errors.New("x"), json.Delim('{'),
	} {
		jwtWant(t, fmt.Sprintf("%T %v", v, v), nil, c.Set("x", v), ErrOption)
	}
	for _, name := range []string{"\xff", "a\xc3"} {
		encWant(t, c.Set(name, 1), ErrOption)
	}
	if got := string(encMust[[]byte](t)(c.appendJSON(nil))); got != "{}" {
		t.Errorf("after errors only: %s", got)
	}

	// A copy of a Claims value is one: neither changes the other.
	for name, value := range map[string]any{"a": 1, "b": "2"} {
		if err := c.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	first := c
	second := c
	if err := errors.Join(first.Set("x", "first"), second.Set("x", "second"), second.Set("a", 3), c.Set("y", "c")); err != nil {
		t.Fatal(err)
	}
	var x string
	var a int64
	if err := errors.Join(first.Get("x", &x), first.Get("a", &a)); err != nil || x != "first" || a != 1 || first.Has("y") {
		t.Errorf("first copy: %q, %d, %v", x, a, err)
	}
	if err := errors.Join(second.Get("x", &x), second.Get("a", &a)); err != nil || x != "second" || a != 3 || second.Has("y") {
		t.Errorf("second copy: %q, %d, %v", x, a, err)
	}
	if err := c.Get("a", &a); err != nil || a != 1 || c.Has("x") || !c.Has("y") {
		t.Errorf("the original: %d, %v", a, err)
	}
	// The same for claims that were received, which have few members in place.
	received := encMust[*Claims](t)(jwtAny.Verify(jwtVerifier(), jwtHS512(jwtHeader, `{"a":1,"b":"2"}`)))
	other := *received
	if err := errors.Join(other.Set("a", 2), other.Set("z", 1)); err != nil {
		t.Fatal(err)
	}
	if err := received.Get("a", &a); err != nil || a != 1 || received.Has("z") {
		t.Errorf("the original that was received: %d, %v", a, err)
	}
	if err := other.Get("a", &a); err != nil || a != 2 || !other.Has("z") || !other.Has("b") {
		t.Errorf("the copy of what was received: %d, %v", a, err)
	}
}

// TestD21_JWTMessages checks that no error shows a claim.
func TestD21_JWTMessages(t *testing.T) {
	t.Parallel()
	const marker = "MARKER"
	stated := Policy{Issuer: "i", Subject: "s", Audience: []string{"a"}, Type: "JWT"}.at(time.Unix(jwtNow, 0))
	for _, claims := range []string{
		`{"iss":"MARKER"}`, `{"iss":"i","sub":"MARKER"}`, `{"iss":"i","sub":"s","aud":"MARKER"}`, `{"iss":["MARKER"]}`, `{"exp":"MARKER"}`,
		`{"MARKER":1,"MARKER":2}`, `{"iss":MARKER}`, `MARKER`, `{"iss":"i","sub":"s","aud":"a","MARKER":1}`, `{"iss":"i","sub":"s","aud":"a","exp":1,"jti":"MARKER"}`,
	} {
		for _, header := range []string{`{"alg":"HS512","typ":"JWT"}`, `{"alg":"HS512","typ":"MARKER"}`} {
			_, err := stated.Verify(jwtVerifier(), jwtHS512(header, claims))
			if err == nil || strings.Contains(err.Error(), marker) {
				t.Errorf("%s: %v", claims, err)
			}
		}
	}
}

// D22: a nil *Claims, as there is beside an error, is an absent one and not a panic.
func TestD22_NilClaims(t *testing.T) {
	var c *Claims
	var text string
	encWant(t, c.Get("a", &text), ErrClaims)
	encWant(t, c.Set("a", "b"), ErrOption)
	if c.Has("a") || c.Payload() != nil || c.Header().Has("alg") || c.OuterHeader().Has("alg") {
		t.Error("a nil *Claims has something")
	}
}
