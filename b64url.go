package jose

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// This file is base64url as RFC 7515, Section 2 defines it: the alphabet of
// RFC 4648, Section 5, no padding, no line breaks, no white space and no other
// characters. We choose to refuse non-zero trailing bits (RFC 4648, Section
// 3.5), so that each octet sequence has exactly one spelling (D6).

// alphabet is the URL and filename safe one of RFC 4648, Section 5, Table 2.
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// encodeTable maps 12 bits to their two characters, the first in the low byte.
// decodeTable maps the character in each place of a block of four to its six
// bits, shifted to where they belong in the block's 24, or to invalid. Both are
// constants that Go cannot spell as such: nothing writes to them.
var (
	encodeTable = makeEncodeTable()
	decodeTable = makeDecodeTable()
)

// invalid is above every sum of valid characters, also when it is or-ed to one.
const invalid = 1 << 31

func makeEncodeTable() (table [1 << 12]uint16) {
	for i := range table {
		table[i] = uint16(alphabet[i>>6]) | uint16(alphabet[i&63])<<8
	}
	return table
}

// makeDecodeTable returns the decodeTable (RFC 4648, Section 5).
func makeDecodeTable() (table [4][256]uint32) {
	for place := range table {
		for c := range table[place] {
			table[place][c] = invalid
		}
		for i := range len(alphabet) {
			table[place][alphabet[i]] = uint32(i) << (18 - 6*place)
		}
	}
	return table
}

// encodedLen returns the number of characters that n octets take.
func encodedLen(n int) int { return n/3*4 + (n%3*8+5)/6 }

// decodedLen returns the number of octets that n characters hold.
func decodedLen(n int) int { return n/4*3 + n%4*6/8 }

// appendEncode appends the base64url encoding of src to dst.
func appendEncode(dst, src []byte) []byte {
	start, n := len(dst), encodedLen(len(src))
	dst = slices.Grow(dst, n)[:start+n]
	encode(dst[start:], src)
	return dst
}

// encode writes the base64url encoding of src to dst, which has exactly its length (RFC 7515,
// Section 2; RFC 4648, Sections 3.1, 3.2, 3.5 and 5).
func encode(dst, src []byte) {
	// 24 octets are 32 characters. Octets are read eight at a time, the last two
	// of them to be read again. The sizes being known leaves no bounds to check.
	for len(src) >= 26 && len(dst) >= 32 {
		octets, chars := (*[26]byte)(src), (*[32]byte)(dst)
		binary.LittleEndian.PutUint64(chars[0:], encode6(binary.BigEndian.Uint64(octets[0:])))
		binary.LittleEndian.PutUint64(chars[8:], encode6(binary.BigEndian.Uint64(octets[6:])))
		binary.LittleEndian.PutUint64(chars[16:], encode6(binary.BigEndian.Uint64(octets[12:])))
		binary.LittleEndian.PutUint64(chars[24:], encode6(binary.BigEndian.Uint64(octets[18:])))
		src, dst = src[24:], dst[32:]
	}
	for len(src) >= 3 && len(dst) >= 4 {
		v := uint32(src[0])<<16 | uint32(src[1])<<8 | uint32(src[2])
		binary.LittleEndian.PutUint32(dst, uint32(encodeTable[v>>12])|uint32(encodeTable[v&0xfff])<<16)
		src, dst = src[3:], dst[4:]
	}
	switch len(src) {
	case 1: // 8 bits and 4 zero bits
		binary.LittleEndian.PutUint16(dst, encodeTable[uint32(src[0])<<4])
	case 2: // 16 bits and 2 zero bits
		v := uint32(src[0])<<10 | uint32(src[1])<<2
		binary.LittleEndian.PutUint16(dst, encodeTable[v>>6])
		dst[2] = alphabet[v&63]
	}
}

// encode6 returns the eight characters, the first in the low byte, of the first six
// octets of v, the first in the high byte.
func encode6(v uint64) uint64 {
	return uint64(encodeTable[v>>52]) |
		uint64(encodeTable[v>>40&0xfff])<<16 |
		uint64(encodeTable[v>>28&0xfff])<<32 |
		uint64(encodeTable[v>>16&0xfff])<<48
}

// appendDecode appends the octets that s encodes to dst. The error says which
// byte of s is wrong, and why; dst is then unchanged, but for its capacity.
func appendDecode[T string | []byte](dst []byte, s T) ([]byte, error) {
	start, n := len(dst), decodedLen(len(s))
	dst = slices.Grow(dst, n)[:start+n]
	if !decode(dst[start:], s) {
		return dst[:start], segmentError(s)
	}
	return dst, nil
}

// decodeText is appendDecode to a string, which is not copied once more: its octets pass
// through chunk, which has room for some and a length that is a multiple of 3.
func decodeText[T string | []byte](chunk []byte, s T) (string, error) {
	if n := decodedLen(len(s)); n <= len(chunk) && decode(chunk[:n], s) { // as most are
		return string(chunk[:n]), nil
	}
	var text strings.Builder
	text.Grow(decodedLen(len(s)))
	for rest := s; len(rest) > 0; {
		n := min(len(rest), encodedLen(len(chunk)))
		if !decode(chunk[:decodedLen(n)], rest[:n]) {
			return "", segmentError(s)
		}
		text.Write(chunk[:decodedLen(n)])
		rest = rest[n:]
	}
	return text.String(), nil
}

// checkSegment returns the error that appendDecode would, and keeps nothing.
func checkSegment[T string | []byte](s T) error {
	var chunk [96]byte
	for rest := s; len(rest) > 0; {
		n := min(len(rest), encodedLen(len(chunk)))
		if !decode(chunk[:decodedLen(n)], rest[:n]) {
			return segmentError(s)
		}
		rest = rest[n:]
	}
	return nil
}

// decode writes the octets that s encodes to dst, which has exactly their number, and reports
// whether s is base64url (RFC 7515, Sections 2 and 5.2; RFC 7516, Section 5.2; RFC 7519, Section
// 7.2; RFC 7638, Section 7; RFC 4648, Sections 3.1, 3.3, 3.5, 5 and 12).
func decode[T string | []byte](dst []byte, s T) bool {
	t := &decodeTable
	for len(s) >= 16 && len(dst) >= 12 {
		w := t[0][s[0]] | t[1][s[1]] | t[2][s[2]] | t[3][s[3]]
		x := t[0][s[4]] | t[1][s[5]] | t[2][s[6]] | t[3][s[7]]
		y := t[0][s[8]] | t[1][s[9]] | t[2][s[10]] | t[3][s[11]]
		z := t[0][s[12]] | t[1][s[13]] | t[2][s[14]] | t[3][s[15]]
		if w|x|y|z >= invalid {
			return false
		}
		octets := (*[12]byte)(dst)
		binary.BigEndian.PutUint64(octets[0:], uint64(w)<<40|uint64(x)<<16|uint64(y)>>8)
		binary.BigEndian.PutUint32(octets[8:], y<<24|z)
		s, dst = s[16:], dst[12:]
	}
	for len(s) >= 4 && len(dst) >= 3 {
		v := t[0][s[0]] | t[1][s[1]] | t[2][s[2]] | t[3][s[3]]
		if v >= invalid {
			return false
		}
		dst[0], dst[1], dst[2] = byte(v>>16), byte(v>>8), byte(v)
		s, dst = s[4:], dst[3:]
	}
	switch len(s) {
	case 0:
		return true
	case 2: // 8 bits; the other 4 must be zero
		v := t[0][s[0]] | t[1][s[1]]
		dst[0] = byte(v >> 16)
		return v&(invalid|0xffff) == 0
	case 3: // 16 bits; the other 2 must be zero
		v := t[0][s[0]] | t[1][s[1]] | t[2][s[2]]
		dst[0], dst[1] = byte(v>>16), byte(v>>8)
		return v&(invalid|0xff) == 0
	}
	return false // a single character has not even 8 bits
}

// segmentError says what is wrong with s, which is not base64url.
func segmentError[T string | []byte](s T) error {
	for i := range len(s) {
		switch c := s[i]; {
		case decodeTable[3][c] != invalid:
		case c == '=':
			return fmt.Errorf("padding at byte %d (RFC 7515, Section 2)", i)
		case strings.IndexByte(" \t\r\n", c) >= 0:
			return fmt.Errorf("white space or a line break at byte %d (RFC 7515, Section 2)", i)
		case c == '+' || c == '/':
			return fmt.Errorf("byte %d is of the standard alphabet, not the URL-safe one (RFC 4648, Section 5)", i)
		default: // which is not shown: it may be of a secret
			return fmt.Errorf("byte %d is not of the alphabet (RFC 4648, Section 5)", i)
		}
	}
	if len(s)%4 == 1 {
		return fmt.Errorf("its length, %d, is that of no whole number of octets (RFC 4648, Section 4)", len(s))
	}
	return fmt.Errorf("unused bits at byte %d are not zero (RFC 4648, Section 3.5)", len(s)-1)
}
