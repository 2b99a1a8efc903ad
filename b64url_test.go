package jose

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// b64Oracle is the readable base64url of RFC 7515, Section 2: what encoding/base64 takes in its
// strict mode, less the line breaks that it passes over.
func b64Oracle(s string) ([]byte, bool) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return b, err == nil
}

// b64Bytes returns n octets, the same every time, among them every value.
func b64Bytes(n int) []byte {
	b := make([]byte, n)
	x := uint32(n + 1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

// b64Check decodes s in every way there is, and compares with the oracle and with each other.
func b64Check(t testing.TB, s string) {
	t.Helper()
	want, ok := b64Oracle(s)
	// The octets before and behind the result are not to be touched.
	n := decodedLen(len(s))
	for _, room := range []int{0, n, n + 19} {
		dst := append(make([]byte, 0, 5+room), "start"...)
		spare := dst[len(dst):cap(dst)]
		for i := range spare {
			spare[i] = 0xa5
		}
		for form, decode := range map[string]func() ([]byte, error){
			"string": func() ([]byte, error) { return appendDecode(dst, s) },
			"[]byte": func() ([]byte, error) { return appendDecode(dst, []byte(s)) },
		} {
			got, err := decode()
			switch {
			case (err == nil) != ok:
				t.Fatalf("%s %q: error %v; encoding/base64 accepts it: %v", form, s, err, ok)
			case ok && string(got) != "start"+string(want):
				t.Fatalf("%s %q: %x, want %x", form, s, got[5:], want)
			case !ok && string(got) != "start":
				t.Fatalf("%s %q: %q beside an error", form, s, got)
			}
			if room > n && !bytes.Equal(spare[n:], bytes.Repeat([]byte{0xa5}, len(spare)-n)) {
				t.Fatalf("%s %q: octets behind the result were written to", form, s)
			}
		}
	}
	errString, errBytes := checkSegment(s), checkSegment([]byte(s))
	_, err := appendDecode(nil, s)
	if fmt.Sprint(errString) != fmt.Sprint(err) || fmt.Sprint(errBytes) != fmt.Sprint(err) {
		t.Fatalf("%q: checkSegment %v and %v, appendDecode %v", s, errString, errBytes, err)
	}
	for _, size := range []int{3, 24, 4095} {
		text, errText := decodeText(make([]byte, size), s)
		octets, errOctets := decodeText(make([]byte, size), []byte(s))
		if text != string(want) && ok || octets != text || fmt.Sprint(errText) != fmt.Sprint(err) || fmt.Sprint(errOctets) != fmt.Sprint(err) || !ok && text != "" {
			t.Fatalf("%q, by %d octets: %q, %v, and %q, %v; appendDecode %v", s, size, text, errText, octets, errOctets, err)
		}
	}
	if ok {
		if again := string(appendEncode(nil, want)); again != s {
			t.Fatalf("accepted %q, which we would write as %q", s, again)
		}
	}
}

func TestRFC7515_AppendixC(t *testing.T) {
	octets := []byte{3, 236, 255, 224, 193}
	if got := string(appendEncode(nil, octets)); got != "A-z_4ME" {
		t.Errorf("encoded as %q", got)
	}
	if got, err := appendDecode(nil, "A-z_4ME"); err != nil || !bytes.Equal(got, octets) {
		t.Errorf("decoded to %v, %v", got, err)
	}
}

func TestBase64url_Lengths(t *testing.T) {
	for n := range 301 {
		octets := b64Bytes(n)
		want := base64.RawURLEncoding.EncodeToString(octets)
		if got := encodedLen(n); got != len(want) {
			t.Fatalf("encodedLen(%d) is %d, not %d", n, got, len(want))
		}
		if got := decodedLen(len(want)); got != n {
			t.Fatalf("decodedLen(%d) is %d, not %d", len(want), got, n)
		}
		if got := decodedLen(n); got != base64.RawURLEncoding.DecodedLen(n) {
			t.Fatalf("decodedLen(%d) is %d", n, got)
		}
		for _, room := range []int{0, len(want), len(want) + 19} {
			dst := append(make([]byte, 0, 5+room), "start"...)
			spare := dst[len(dst):cap(dst)]
			for i := range spare {
				spare[i] = 0xa5
			}
			if got := appendEncode(dst, octets); string(got) != "start"+want {
				t.Fatalf("%d octets: %q, want %q", n, got[5:], want)
			}
			if room > len(want) && !bytes.Equal(spare[len(want):], bytes.Repeat([]byte{0xa5}, len(spare)-len(want))) {
				t.Fatalf("%d octets: characters behind the result were written to", n)
			}
		}
		b64Check(t, want)
		b64Check(t, want+"A") // another length, three of four times one that can't be
		b64Check(t, want+"B")
		b64Check(t, want+"=")
		b64Check(t, want+"\n")
	}
}

// Every value of every group of 12 bits, in every place that the encoder and the decoder treat
// apart.
func TestBase64url_EveryPair(t *testing.T) {
	for v := range 1 << 12 {
		octets := make([]byte, 0, 16)
		for range 4 {
			w := v<<12 | v ^ 0x5a3 // two groups
			octets = append(octets, byte(w>>16), byte(w>>8), byte(w))
		}
		for n := range len(octets) + 1 {
			want := base64.RawURLEncoding.EncodeToString(octets[:n])
			got := appendEncode(nil, octets[:n])
			if string(got) != want {
				t.Fatalf("%x: %q, want %q", octets[:n], got, want)
			}
			if back, err := appendDecode(nil, got); err != nil || !bytes.Equal(back, octets[:n]) {
				t.Fatalf("%q: %x, %v, want %x", got, back, err, octets[:n])
			}
		}
	}
}

// RFC 7515, Section 2 and RFC 4648, Sections 3.3 and 3.5: every byte in every place of a block,
// of the last block, and of blocks before it, is taken exactly where the oracle takes it.
func TestBase64url_EveryByteInEveryPlace(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 24, 25, 26, 27, 31} {
		// Octets of every kind, and zeros, of which no bit hides that of a wrong character.
		for _, octets := range [][]byte{b64Bytes(n), make([]byte, n)} {
			valid := []byte(base64.RawURLEncoding.EncodeToString(octets))
			for i := range valid {
				for c := range 256 {
					s := bytes.Clone(valid)
					s[i] = byte(c)
					b64Check(t, string(s))
				}
			}
		}
	}
}

// All strings of two characters, and of three of which the first is fixed: each octet sequence
// has one spelling (D6).
func TestD6_OneSpelling(t *testing.T) {
	for _, prefix := range []string{"", "x"} {
		accepted := make(map[string]string)
		for _, a := range []byte(alphabet) {
			for _, b := range []byte(alphabet) {
				s := prefix + string([]byte{a, b})
				want, ok := b64Oracle(s)
				got, err := appendDecode(nil, s)
				if (err == nil) != ok || !bytes.Equal(got, want) {
					t.Fatalf("%q: %x, %v; want %x, %v", s, got, err, want, ok)
				}
				if other, again := accepted[string(got)]; again && ok {
					t.Fatalf("%q and %q are the same octets", s, other)
				}
				if ok {
					accepted[string(got)] = s
				}
			}
		}
		// 8 bits in 12; 4 bits beside the x, since its other 2 are given, and 2 unused.
		if want := map[string]int{"": 256, "x": 1024}[prefix]; len(accepted) != want {
			t.Errorf("%d strings are accepted after %q, want %d", len(accepted), prefix, want)
		}
	}
}

// D21: no character of a segment, which may be of a secret, is in the message: it is the same for all
// that have the same fault.
func TestD21_SegmentErrorShowsNothing(t *testing.T) {
	for _, n := range []int{1, 4, 5, 100, 5000} {
		for _, at := range []int{0, n / 2, n - 1} {
			messages := make(map[string][]byte)
			for c := range 256 {
				segment := bytes.Repeat([]byte("A"), n)
				segment[at] = byte(c)
				err := checkSegment(segment)
				if strings.IndexByte(alphabet, byte(c)) < 0 && err == nil {
					t.Fatalf("%q is accepted", segment)
				}
				message := fmt.Sprint(err)
				messages[message] = append(messages[message], byte(c))
			}
			for message, characters := range messages {
				if len(characters) < 2 && !strings.Contains(message, "padding") {
					t.Errorf("%q is for %q alone", message, characters)
				}
			}
			if len(messages) > 7 {
				t.Errorf("%d messages", len(messages))
			}
		}
	}
}

// D21: the message says which byte, what is wrong, and the section.
func TestD21_SegmentError(t *testing.T) {
	for _, c := range []struct{ segment, at, reason, section string }{
		{"AAAA=", "byte 4", "padding", "RFC 7515, Section 2"},
		{"QQ==", "byte 2", "padding", "RFC 7515, Section 2"},
		{"\rAAAA", "byte 0", "line break", "RFC 7515, Section 2"},
		{"AAAA\n", "byte 4", "line break", "RFC 7515, Section 2"},
		{"AAAAAAA AAAAAAAA", "byte 7", "white space", "RFC 7515, Section 2"},
		{"AA\tAA", "byte 2", "white space", "RFC 7515, Section 2"},
		{"AAA+", "byte 3", "standard alphabet", "RFC 4648, Section 5"},
		{"A/AA", "byte 1", "standard alphabet", "RFC 4648, Section 5"},
		{"AAAAAAAAAAAAA.AA", "byte 13", "is not of the alphabet", "RFC 4648, Section 5"},
		{"AAAA\x00AAA", "byte 4", "is not of the alphabet", "RFC 4648, Section 5"},
		{"AAAAAAAA\xffA", "byte 8", "is not of the alphabet", "RFC 4648, Section 5"},
		{"A", "its length, 1,", "octets", "RFC 4648, Section 4"},
		{"AAAAA", "its length, 5,", "octets", "RFC 4648, Section 4"},
		{"AB", "byte 1", "unused bits", "RFC 4648, Section 3.5"},
		{"AAAAAAB", "byte 6", "unused bits", "RFC 4648, Section 3.5"},
		{"+AAAA=", "byte 0", "standard alphabet", "RFC 4648, Section 5"}, // the first of two faults
	} {
		err := checkSegment(c.segment)
		if err == nil {
			t.Errorf("%q is accepted", c.segment)
			continue
		}
		for _, want := range []string{c.at, c.reason, c.section} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %q does not say %q", c.segment, err, want)
			}
		}
	}
}
