// Package jose is compact JOSE on the standard library alone: JSON Web
// Signatures, JSON Web Encryption, signatures nested in encryption, and JSON
// Web Token claims, as RFC 7515 to 7519, RFC 7797 and RFC 8725 describe them.
//
// # Scope
//
// JWS: RS256, ES512 and HS512 in the compact serialization, also with detached
// content (RFC 7515, Appendix F) and with an unencoded payload (RFC 7797). JWE:
// RSA-OAEP and RSA-OAEP-256 with A256GCM in the compact serialization. Keys: PEM,
// DER, JWK and JWK Set. Everything else is refused with an error that says so:
// all other algorithms, "none" and HS256 among them, although RFC 7519, Section 8
// requires both of a JWT library; the JSON serializations; compression.
//
// # Use
//
// A key is bound to one algorithm and one role before any token is seen, and the
// header of a token never chooses anything (RFC 8725, Section 3.1):
//
//	key, err := jose.ParsePrivateKey(file) // PEM, DER, base64 of DER, or JWK
//	signer, err := key.Signer(jose.RS256, jose.KeyID("2496611953"))
//	token, err := signer.Sign(payload)
//
//	pub, err := jose.ParsePublicKey(file)
//	verifier, err := pub.Verifier(jose.RS256)
//	message, err := verifier.Verify(token) // message.Payload, message.Header
//
// A [Signer], [Verifier], [Encrypter] or [Decrypter] is immutable and safe for concurrent use, and
// shares no memory with what it was made of, except for the handle of a key that is kept elsewhere,
// and what the functions of a [CheckMember] or a clock refer to. A JWT is verified by a [Policy],
// which says what its claims have to be.
//
// # Errors
//
// Every error wraps one of these values, by what a caller would do next:
//
//	ErrMalformed    the grammar of the RFCs is violated; also a signature, IV or tag of impossible length
//	ErrUnsupported  alg, enc, crit, zip or serialization out of scope; or refused by this build or mode of crypto
//	ErrAlgorithm    an algorithm of this package, but not the one the key is bound to
//	ErrKey          key material, its size, curve or permitted use; also a token whose kid names a key of
//	                the set that was passed over, or two different ones: only the set's owner can mend it
//	ErrUnknownKey   the token's kid is missing or names none of the keys: fetch the key set again, but
//	                not more often than a limit of yours, since anybody can send one
//	ErrSignature    the signature does not match
//	ErrSigner       a crypto.Signer failed, or returned what is no signature by its key
//	ErrDecryption   the token does not decrypt; it never says why (RFC 7516, Section 11.5)
//	ErrInner        beside one of the others: it is about the token inside of a nested one
//	ErrClaims       authentic, but a claim or a checked header member is not accepted
//	ErrExpired      an ErrClaims: expired, or older than the policy allows
//	ErrNotYetValid  an ErrClaims: not valid yet, or issued in the future
//	ErrOption       a mistake in the program: an option, a header, a policy, or a payload or claim to be
//	                written, that can't be meant
//
// Messages say what was found, where, and the section that refuses it. They carry no secret, and of
// the text of a token or a key no more than registered names.
//
// # Bounds
//
// A token that is read has at most 16 MiB (16,777,216 bytes), settable with
// [MaxTokenSize]; a payload or plaintext that is written 1 GiB (1,073,741,824 bytes). A
// header has at most 16 KiB (16,384 bytes) decoded. JSON nests at most 32 deep, and a NumericDate
// has at most 64 characters. A key file, a JWK Set or an HS512 secret has at most 1 MiB (1,048,576
// bytes), and a set 256 keys, of which private RSA keys have at most 32,768 bits together. An RSA
// modulus has 2048 to 8192 bits. What is over a bound is refused before the work that it bounds;
// reading takes time and memory in proportion to the input.
//
// RSA keys that protect nothing are refused: a modulus with a prime factor below 752, a private key
// with a prime of fewer than 512 bits. A public modulus with a larger small factor, a power or a
// prime is not looked for, nor is a composite that passes for a prime of a private key.
//
// # What a token's text is not
//
// Each segment has one accepted spelling, but an ES512 signature has two valid
// values, and RSA-OAEP and ES512 are randomized: never use a token's text as a
// replay or revocation key. Use "jti" (RFC 7519, Section 4.1.7).
package jose

// This package is written to be reviewed. Names, order of steps and file
// layout follow RFC 7515 to 7519, so that each function can be held against
// the section named in its comment. Where an RFC leaves a choice, the comment
// says "We choose". Decisions that hold in several places have a number (D1,
// D2, …), listed in the README.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// The errors that all others wrap, one for each thing that a caller would do next. The package doc
// says when each is returned.
var (
	ErrMalformed   = errors.New("jose: malformed token")
	ErrUnsupported = errors.New("jose: not supported")
	ErrAlgorithm   = errors.New("jose: algorithm does not match the key")
	ErrKey         = errors.New("jose: invalid key")
	ErrOption      = errors.New("jose: option, header or policy that can't be meant")
	ErrUnknownKey  = errors.New("jose: no key for this token")
	ErrSignature   = errors.New("jose: signature not valid")
	ErrSigner      = errors.New("jose: signing failed")
	ErrDecryption  = errors.New("jose: decryption failed")
	ErrInner       = errors.New("jose: inner token")
	ErrClaims      = errors.New("jose: claims not accepted")
	ErrExpired     = fmt.Errorf("%w: expired", ErrClaims)
	ErrNotYetValid = fmt.Errorf("%w: not yet valid", ErrClaims)
)

// A SignatureAlgorithm is an "alg" of RFC 7518, Section 3.1. There are three; every other value
// is [ErrOption] where one is asked for.
type SignatureAlgorithm uint8

const (
	RS256 SignatureAlgorithm = iota + 1 // RSASSA-PKCS1-v1_5 using SHA-256 (RFC 7518, Section 3.3)
	ES512                               // ECDSA using P-521 and SHA-512 (RFC 7518, Section 3.4)
	HS512                               // HMAC using SHA-512 (RFC 7518, Section 3.2)
)

// A KeyEncryptionAlgorithm is an "alg" of RFC 7518, Section 4.1; the "enc" that goes with it is
// A256GCM. There are two; every other value is [ErrOption] where one is asked for.
type KeyEncryptionAlgorithm uint8

const (
	RSAOAEP    KeyEncryptionAlgorithm = iota + 1 // RSAES-OAEP with SHA-1 (RFC 7518, Section 4.3)
	RSAOAEP256                                   // RSAES-OAEP with SHA-256 (RFC 7518, Section 4.3)
)

// The bounds that the package doc states (D8).
const (
	maxToken    = 16 << 20
	maxContent  = 1 << 30 // of what is signed or encrypted
	maxHeader   = 16 << 10
	maxDepth    = 32
	maxKeyFile  = 1 << 20
	maxSetKeys  = 256
	maxSetBits  = 32768 // of all private RSA keys: checking one is cubic in its primes
	maxRSAOctet = 8192 / 8
	minPrime    = 512 // bits of the smaller prime of a private RSA key
)

// A Header is the JOSE header of a token (RFC 7515, Section 4; RFC 7516, Section
// 4). It is read-only; the zero Header has no members.
type Header struct {
	notJSON
	text    string
	members []member
}

// Algorithm returns "alg" (RFC 7515, Section 4.1.1), or "".
func (h Header) Algorithm() string { return h.textMember("alg") }

// Encryption returns "enc" (RFC 7516, Section 4.1.2), or "".
func (h Header) Encryption() string { return h.textMember("enc") }

// KeyID returns "kid" (RFC 7515, Section 4.1.4), or "" where there is none.
func (h Header) KeyID() string { return h.textMember("kid") }

// Type returns "typ" (RFC 7515, Section 4.1.9), or "".
func (h Header) Type() string { return h.textMember("typ") }

// ContentType returns "cty" (RFC 7515, Section 4.1.10), or "".
func (h Header) ContentType() string { return h.textMember("cty") }

// Critical returns the names in "crit" (RFC 7515, Section 4.1.11), or nil.
func (h Header) Critical() []string {
	value, ok := find(h.members, "crit")
	if !ok {
		return nil
	}
	names, _ := textArray(value) // was read as one when the header was
	return names
}

// Has reports whether the header has the member name, spelled exactly so.
func (h Header) Has(name string) bool {
	_, ok := find(h.members, name)
	return ok
}

// Get stores the member with exactly this name in v, a non-nil pointer to one of
// the types of [Value]. It returns [ErrClaims] if there is no such member or it is
// of another JSON type, and [ErrOption] if v is of another Go type (RFC 7515, Section 4).
func (h Header) Get(name string, v any) error { return getMember("header", h.members, name, v) }

// Bytes returns a copy of the header's exact octets, as they were in the token
// after base64url decoding.
func (h Header) Bytes() []byte { return []byte(h.text) }

// textMember returns the string that the named member is, or "" (RFC 7515, Section 2).
func (h Header) textMember(name string) string {
	if value, ok := find(h.members, name); ok && value[0] == '"' {
		return unquote(value)
	}
	return ""
}

// sameMediaType compares "typ" or "cty" values: in any case, and "application/" is there where no
// other slash is (RFC 7515, Section 4.1.9; RFC 7515, Section 4.1.10; RFC 7515, Section 5.3; RFC
// 7516, Section 4.1.12; RFC 7519, Sections 5.1, 5.2 and 7.3).
func sameMediaType(a, b string) bool { return sameFold(trimApplication(a), trimApplication(b)) }

// trimApplication returns a media type without the "application/" that can be left out (RFC 7515,
// Sections 4.1.9 and 4.1.10; RFC 7516, Section 4.1.12).
func trimApplication(s string) string {
	const application = "application/"
	rest := s[min(len(s), len(application)):]
	if rest != "" && sameFold(s[:len(s)-len(rest)], application) && !strings.Contains(rest, "/") {
		return rest
	}
	return s
}

// sameFold compares in any case of ASCII; Unicode would have more letters fold to these.
func sameFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		x, y := a[i], b[i]
		if x != y && (x|0x20 != y|0x20 || x|0x20 < 'a' || x|0x20 > 'z') {
			return false
		}
	}
	return true
}

// UnverifiedHeader returns the header of a JWS or JWE that nobody has verified:
// whoever sent the token can have written anything there. It is meant for logs and
// for finding out which party to ask; keys are better chosen by [VerifierByKeyID].
// It returns [ErrMalformed] or [ErrUnsupported] (RFC 7515, Section 3.1; RFC 7516,
// Section 3.1).
func UnverifiedHeader(token string) (Header, error) {
	if err := checkToken(token, 0, nil); err != nil {
		return Header{}, err
	}
	first, _, _ := cut(token)
	dots := strings.Count(token, ".")
	if dots != 2 && dots != 4 {
		return Header{}, errSegments(token, "3 or 5")
	}
	h, err := readHeader(first, dots == 4)
	if err != nil {
		return Header{}, err
	}
	return h.Header, nil
}

// headerInfo is a header that was read, and what of it decides the processing. Its exact octets are
// kept: what was signed is what was received, never a re-encoding (D9).
type headerInfo struct {
	Header
	encoded   []byte   // the segment as received: signing input and AAD start with it
	critical  []string // the names in "crit"
	unencoded bool     // "b64" is false (RFC 7797, Section 3)
	jwe       bool     // it is the header of a JWE
	nested    bool     // "cty" says that there is a JWT inside (RFC 7519, Section 5.2)
}

// readHeader reads the first segment of a token: RFC 7515, Section 5.2, steps 2 to 4, and RFC 7516,
// Section 5.2, steps 2 to 4 (RFC 7519, Section 7.2).
func readHeader[T string | []byte](segment T, jwe bool) (*headerInfo, error) {
	if len(segment) > encodedLen(maxHeader) {
		return nil, fmt.Errorf("%w: header: %d characters, for more than %d octets", ErrMalformed, len(segment), maxHeader)
	}
	octets, err := appendDecode(nil, segment)
	if err != nil {
		return nil, fmt.Errorf("%w: header: %v", ErrMalformed, err)
	}
	h, err := parseHeader(string(octets), jwe)
	if err != nil {
		return nil, fmt.Errorf("%w: header: %v", ErrMalformed, err)
	}
	h.encoded = append([]byte(nil), segment...) // a copy, of either type
	return h, nil
}

// parseHeader reads the text of a header and checks all of it that needs no key: names, types, and
// the rules of "crit" and "b64" (RFC 7515, Section 5.2; RFC 7516, Sections 4.1.1, 4.1.13, 5.2 and
// 9; RFC 7519, Section 7.2; RFC 7797, Sections 3 and 8; RFC 8259, Section 9).
func parseHeader(text string, jwe bool) (*headerInfo, error) {
	if len(text) > maxHeader {
		return nil, fmt.Errorf("%d octets, more than %d", len(text), maxHeader)
	}
	members, err := readMembers(text)
	if err != nil {
		return nil, fmt.Errorf("%v (RFC 7515, Section 4)", err)
	}
	h := &headerInfo{Header: Header{text: text, members: members}, jwe: jwe}
	var names nameSet
	for _, m := range members {
		names.add(m.name)
		if err := checkHeaderMember(m, jwe); err != nil {
			return nil, err
		}
	}
	if !h.Has("alg") {
		return nil, errors.New(`no "alg" (RFC 7515, Section 4.1.1)`)
	}
	if jwe && !h.Has("enc") {
		return nil, errors.New(`no "enc" (RFC 7516, Section 4.1.2)`)
	}
	h.nested = sameMediaType(h.ContentType(), "JWT")
	h.critical = h.Critical()
	for i, name := range h.critical {
		switch {
		case registered(name):
			return nil, fmt.Errorf("crit: %q is a registered name (RFC 7515, Section 4.1.11)", name)
		case names.add(name): // is new: those in "crit" are distinct
			return nil, fmt.Errorf("crit: name %d is no member of the header (RFC 7515, Section 4.1.11)", i+1)
		}
	}
	if value, ok := find(members, "b64"); ok && !jwe && value == "false" {
		h.unencoded = true
		if !slices.Contains(h.critical, "b64") {
			return nil, errors.New(`"b64" is false and "crit" does not name it (RFC 7797, Section 6)`)
		}
	}
	return h, nil
}

// checkHeaderMember checks that a registered member has the type that its section gives it. Members
// of other names may be anything (RFC 7515, Section 4). See also RFC 7515, Sections 4.1.4, 4.1.7,
// 4.1.8 and 5.2; RFC 7516, Sections 4.1.1 to 4.1.3, 4.1.6, 4.1.11 to 4.1.13 and 5.2; RFC 7519,
// Section 7.2.
func checkHeaderMember(m member, jwe bool) error {
	ok, what, section := true, "a string", ""
	switch m.name {
	case "alg":
		ok, section = m.value[0] == '"', "RFC 7515, Section 4.1.1"
	case "jku", "kid", "x5u", "x5t", "x5t#S256", "typ", "cty":
		ok, section = m.value[0] == '"', "RFC 7515, Section 4.1"
	case "jwk":
		ok, what, section = m.value[0] == '{', "an object", "RFC 7515, Section 4.1.3"
	case "x5c":
		_, ok = textArray(m.value)
		what, section = "an array of strings", "RFC 7515, Section 4.1.6"
	case "crit":
		var names []string
		names, ok = textArray(m.value)
		ok = ok && len(names) > 0 && distinct(names)
		what, section = "a non-empty array of distinct strings", "RFC 7515, Section 4.1.11"
	case "b64":
		if !jwe { // nothing defines it there
			ok, what, section = m.value == "true" || m.value == "false", "a boolean", "RFC 7797, Section 3"
		}
	case "enc", "zip":
		if jwe {
			ok, section = m.value[0] == '"', "RFC 7516, Section 4.1"
		}
	}
	if !ok {
		return fmt.Errorf("%q is not %s (%s)", m.name, what, section)
	}
	return nil
}

// registered reports whether name is a header parameter that RFC 7515, RFC 7516 or
// RFC 7518 defines, which "crit" must not name (RFC 7515, Section 4.1.11).
func registered(name string) bool {
	return slices.Contains([]string{
		"alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit", // RFC 7515, Section 4.1
		"enc", "zip", "epk", "apu", "apv", "iv", "tag", "p2s", "p2c"}, name) // RFC 7516, Section 4.1; RFC 7518, Section 4
}

// checkCritical implements the MUST of RFC 7515, Section 4.1.11: every name in "crit" is
// understood, that is, it has a check, or it is "b64" in a JWS (RFC 7515, Sections 4 and 5.2; RFC
// 7515, Appendix E; RFC 7516, Sections 4.1.13 and 5.2; RFC 7519, Section 7.2).
func (h *headerInfo) checkCritical(lists ...[]CheckOption) error {
	for i, name := range h.critical {
		understands := func(c CheckOption) bool { return c.check != nil && c.name == name }
		checked := func(checks []CheckOption) bool { return slices.ContainsFunc(checks, understands) }
		switch {
		case name == "b64" && h.jwe:
			return fmt.Errorf(`%w: crit: "b64" is not for a JWE (RFC 7797, Section 3)`, ErrUnsupported)
		case name != "b64" && !slices.ContainsFunc(lists, checked):
			return fmt.Errorf("%w: crit: name %d has no CheckMember, by which a program says that it understands it "+
				"(RFC 7515, Section 4.1.11)", ErrUnsupported, i+1)
		}
	}
	return nil
}

// A CheckOption says what a [Verifier] or [Decrypter] accepts, always or in one call.
type CheckOption struct {
	name    string
	check   func(value string) error
	maxSize int
	err     error
}

// CheckMember requires that the header has the member name, that it is a T, and
// that check returns nil for it; this also makes name understood in "crit" (RFC
// 7515, Section 4.1.11). The check is called when the token has proved authentic. Where
// it fails, the error wraps both [ErrClaims] and what check returned.
func CheckMember[T Value](name string, check func(T) error) CheckOption {
	if check == nil {
		return CheckOption{err: fmt.Errorf("%w: CheckMember: the check is nil", ErrOption)}
	}
	return CheckOption{name: name, check: func(value string) error {
		var v T
		if err := decodeValue(value, &v); err != nil {
			return err
		}
		return check(v)
	}}
}

// Equal returns a check for [CheckMember] that accepts only the value want. The
// error that the check returns does not show the values. Strings are compared as RFC
// 7515, Section 10.13 has it: code point by code point, escapes removed.
func Equal[T string | bool | int | int64](want T) func(T) error {
	return func(got T) error {
		if got != want {
			return errors.New("not the value that is required")
		}
		return nil
	}
}

// MaxTokenSize sets the largest token that is looked at, in bytes; 16 MiB unless set. It goes with
// the constructor of a Verifier or Decrypter, not with one call, and where several are put together
// by "kid", with that.
func MaxTokenSize(bytes int) CheckOption {
	if bytes <= 0 {
		return CheckOption{err: fmt.Errorf("%w: MaxTokenSize: %d bytes", ErrOption, bytes)}
	}
	return CheckOption{maxSize: bytes}
}

// checkOptions returns the error of an option that can't be, or the size limit that is set, which
// is 0 if none is.
func checkOptions(checks []CheckOption) (limit int, err error) {
	for _, c := range checks {
		switch {
		case c.err != nil:
			return 0, c.err
		case c.maxSize == 0 && c.check == nil:
			return 0, fmt.Errorf("%w: a check that no function made", ErrOption)
		case c.maxSize > 0 && limit > 0:
			return 0, fmt.Errorf("%w: MaxTokenSize is set twice", ErrOption)
		}
		limit = max(limit, c.maxSize)
	}
	return limit, nil
}

// checkCall returns the error of the options of one call that can't be.
func checkCall(checks []CheckOption) error {
	size, err := checkOptions(checks)
	if err == nil && size > 0 {
		err = fmt.Errorf("%w: MaxTokenSize is for a constructor, not for one call", ErrOption)
	}
	return err
}

// runChecks calls the member checks on the header of a token that is authentic (D10).
func runChecks(h Header, lists ...[]CheckOption) error {
	for _, checks := range lists {
		for _, c := range checks {
			if c.check == nil {
				continue
			}
			value, ok := find(h.members, c.name)
			if !ok {
				return fmt.Errorf("%w: header: no member %q", ErrClaims, c.name)
			}
			if err := c.check(value); err != nil {
				return fmt.Errorf("%w: header: %q: %w", ErrClaims, c.name, err)
			}
		}
	}
	return nil
}

// A receiver is what a [Verifier] and a [Decrypter] have in common: a key, or several, one of
// which the "kid" of a token names; and the checks. But for the header that it remembers, it
// never changes.
type receiver[K boundKey] struct {
	key     K
	choice  *keyChoice[*receiver[K]] // instead of key
	checks  []CheckOption
	maxSize int // of a token in bytes, or 0 for 16 MiB

	// The header that was accepted last. Tokens of one sender mostly have the
	// same one; only a token that is authentic gets its header in here.
	last atomic.Pointer[acceptedHeader[K]]
}

// A boundKey is a key for one algorithm.
type boundKey interface {
	algorithm() string
	jwe() bool                    // also of the nil key
	checkScope(*headerInfo) error // likewise
}

// An acceptedHeader is a header that was read, and the key that it goes with.
type acceptedHeader[K any] struct {
	*headerInfo
	key    K
	checks []CheckOption // of the one chosen by "kid"
}

// newReceiver returns the receiver of one key, or of several.
func newReceiver[K boundKey](key K, choice *keyChoice[*receiver[K]], checks []CheckOption) (*receiver[K], error) {
	limit, err := checkOptions(checks)
	if err != nil {
		return nil, err
	}
	return &receiver[K]{key: key, choice: choice, checks: slices.Clone(checks), maxSize: limit}, nil
}

// newChoice returns the receiver of several keys, unless there is an error or no key.
func newChoice[K boundKey](choice *keyChoice[*receiver[K]], checks []CheckOption, err error) (*receiver[K], error) {
	var none K
	switch {
	case err != nil:
		return nil, err
	case choice.n == 0:
		return nil, fmt.Errorf("%w: no key (RFC 7517, Section 5)", ErrKey)
	}
	return newReceiver(none, choice, checks)
}

// describe returns what formatting a receiver prints.
func (r *receiver[K]) describe(kid string) label {
	if r.choice != nil {
		return label{text: fmt.Sprintf("keys by kid: %d", r.choice.n)}
	}
	return newLabel(r.key.algorithm(), kid)
}

// keyChoice is what was made of several keys, one of which a token's "kid" names.
type keyChoice[V any] struct {
	byKeyID map[string]V
	broken  map[string]error // why no key can be had for these "kid"
	only    V                // the one key, where one is all there are
	n       int              // different keys, also without "kid"
}

// chooseByKeyID returns the choice among the receivers that others have, by key id.
func chooseByKeyID[K boundKey, V any](of map[string]V, receiverOf func(V) *receiver[K]) (
	*keyChoice[*receiver[K]], error) {
	c := &keyChoice[*receiver[K]]{byKeyID: make(map[string]*receiver[K]), n: len(of)}
	for kid, v := range of {
		r := receiverOf(v)
		switch {
		case r == nil || r.choice != nil:
			return nil, fmt.Errorf("%w: by key id: not one of one key (RFC 7515, Section 4.1.4)", ErrKey)
		case r.maxSize > 0:
			return nil, fmt.Errorf("%w: MaxTokenSize is for the choice by key id, not for one of them", ErrOption)
		}
		c.byKeyID[kid], c.only = r, r
	}
	return c, nil
}

// find returns what there is for a token with this header (RFC 7515, Section 6; RFC 7515, Appendix
// D; RFC 7516, Sections 4.1.6, 5.2 and 6; RFC 7517, Section 4.5; RFC 8725, Section 3.10).
func (c *keyChoice[V]) find(h Header) (v V, err error) {
	if !h.Has("kid") {
		if c.n != 1 {
			return v, fmt.Errorf(`%w: it has no "kid", and there are %d keys (RFC 7515, Section 4.1.4)`, ErrUnknownKey, c.n)
		}
		return c.only, nil
	}
	kid := h.KeyID()
	if why := c.broken[kid]; why != nil {
		return v, fmt.Errorf(`%w: its "kid" names a key that can't be used: %v`, ErrKey, why)
	}
	v, ok := c.byKeyID[kid]
	if !ok {
		return v, fmt.Errorf(`%w: its "kid" is none of the %d here (RFC 7515, Section 4.1.4)`, ErrUnknownKey, len(c.byKeyID))
	}
	return v, nil
}

// acceptHeader reads the header of a token, unless it is the one that was accepted last, and finds
// the key that it goes with: steps 2 to 5 of RFC 7515, Section 5.2 and of RFC 7516, Section 5.2.
// What "crit" names has to be understood at each call. See also RFC 7519, Sections 5 and 7.2.
func acceptHeader[K boundKey, T string | []byte](
	r *receiver[K], segment T, checks []CheckOption) (*acceptedHeader[K], error) {
	h := r.last.Load()
	if h == nil || string(h.encoded) != string(segment) {
		info, err := readHeader(segment, r.key.jwe())
		if err != nil {
			return nil, err
		}
		if h, err = r.accept(info); err != nil {
			return nil, err
		}
	}
	if h.critical != nil {
		if err := h.checkCritical(r.checks, h.checks, checks); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// accept finds the key that a header goes with: the only one, or the one that "kid" names. Then its
// "alg" has to be the key's (RFC 7515, Section 4.1.1; RFC 8725, Section 3.1). See also RFC 7515,
// Sections 2, 5.2 and 10.7; RFC 7516, Sections 4.1.1, 5.2 and 11.4; RFC 7519, Section 7.2; RFC
// 8725, Section 3.2.
func (r *receiver[K]) accept(h *headerInfo) (*acceptedHeader[K], error) {
	if err := r.key.checkScope(h); err != nil {
		return nil, err
	}
	a := &acceptedHeader[K]{headerInfo: h, key: r.key}
	if r.choice != nil {
		chosen, err := r.choice.find(h.Header)
		if err != nil {
			return nil, err
		}
		a.key, a.checks = chosen.key, chosen.checks
	}
	if alg := h.Algorithm(); a.key.algorithm() != alg {
		return nil, fmt.Errorf("%w: the token says %s, the key is for %s (RFC 8725, Section 3.1)",
			ErrAlgorithm, alg, a.key.algorithm())
	}
	return a, nil
}

// authentic is called when a token has proved authentic: it makes the checks of its header
// (D10), and remembers it.
func (r *receiver[K]) authentic(h *acceptedHeader[K], checks []CheckOption) error {
	if len(r.checks)+len(h.checks)+len(checks) > 0 {
		if err := runChecks(h.Header, r.checks, h.checks, checks); err != nil {
			return err
		}
	}
	if r.last.Load() != h {
		r.last.Store(h)
	}
	return nil
}

// A label is what formatting a key or one of its roles prints, with any verb: what it is for,
// and its "kid", and nothing of the key (D22).
type label struct {
	notJSON
	text string
}

func newLabel(what, kid string) label { return label{text: fmt.Sprintf("%s kid=%q", what, kid)} }

// Format implements [fmt.Formatter]: it prints the algorithm or type and the key id, with any
// verb, and never key material.
func (l label) Format(f fmt.State, _ rune) {
	// See RFC 7515, Section 10.2; RFC 7516, Section 11.2; RFC 7517, Sections 7 and 9.2.
	if l.text == "" {
		l.text = "none"
	}
	fmt.Fprintf(f, "jose{%s}", l.text)
}

// notJSON is in the types that encoding/json can't read or write as they have to be: it would fold
// the case of names, take duplicates, or leave out what is not a field (D19).
type notJSON struct{}

var errNotJSON = fmt.Errorf("%w: a type of this package is not for encoding/json", ErrOption)

// MarshalJSON returns [ErrOption]: the type has methods of its own for what can be written (RFC
// 7515, Section 10.12; RFC 7515, Section 10.2; RFC 7516, Section 11.2; RFC 7517, Sections 7 and
// 9.2).
func (notJSON) MarshalJSON() ([]byte, error) { return nil, errNotJSON }

// UnmarshalJSON returns [ErrOption]: the type has methods of its own for what can be read (RFC 7515,
// Section 10.12).
func (notJSON) UnmarshalJSON([]byte) error { return errNotJSON }

// A HeaderOption is what a [Signer] or [Encrypter] writes into the header, always or
// in one token. Members stand in the order of the options, after "alg" (and "enc")
// and before "crit"; options of one token come after those of its Signer.
type HeaderOption struct {
	member   member
	critical bool   // the name goes into "crit"
	exact    string // the whole header
	noCty    bool
	err      error
}

// KeyID sets "kid" (RFC 7515, Section 4.1.4), which is not empty.
func KeyID(kid string) HeaderOption {
	if kid == "" {
		return HeaderOption{err: fmt.Errorf("%w: header: KeyID: empty", ErrOption)}
	}
	return Member("kid", kid)
}

// Type sets "typ", a media type without "application/", unless a slash follows (RFC 7515, Section
// 4.1.9).
func Type(typ string) HeaderOption { return mediaType("typ", typ) }

// ContentType sets "cty", a media type without "application/", unless a slash follows (RFC 7515,
// Section 4.1.10).
func ContentType(cty string) HeaderOption { return mediaType("cty", cty) }

// mediaType sets a member that is a media type, in its short form (RFC 7515, Section 4.1.10; RFC
// 7516, Sections 4.1.11 and 4.1.12; RFC 8725, Section 3.11).
func mediaType(name, value string) HeaderOption {
	if value == "" || trimApplication(value) != value {
		return HeaderOption{err: fmt.Errorf(`%w: header: %q: empty, or with "application/" (RFC 7515, Section 4.1.9)`,
			ErrOption, name)}
	}
	return Member(name, value)
}

// Member adds a member. The value is of one of the types of [Value], or nil; a
// [json.RawMessage] is checked and written as it is. The names "alg", "enc", "zip",
// "crit" and "b64" have other ways to be set, or none.
func Member(name string, value any) HeaderOption {
	// See RFC 7516, Section 4.1.3; RFC 7797, Section 7.
	switch name {
	case "alg", "enc", "zip", "crit", "b64":
		return HeaderOption{err: fmt.Errorf("%w: header: %q is not set with Member", ErrOption, name)}
	}
	text, err := appendValue(nil, value)
	m := member{name, string(text)}
	switch {
	case err != nil:
	case name == "" || !utf8.ValidString(name):
		err = errors.New("a name that is empty or not UTF-8")
	default:
		err = checkHeaderMember(m, false)
	}
	if err != nil {
		err = fmt.Errorf("%w: header: %w", ErrOption, err)
	}
	return HeaderOption{member: m, err: err}
}

// CriticalMember is [Member], and names the member in "crit": a recipient that does
// not understand it must refuse the token (RFC 7515, Section 4.1.11).
func CriticalMember(name string, value any) HeaderOption {
	// See RFC 7516, Section 4.1.13.
	o := Member(name, value)
	o.critical = true
	if o.err == nil && registered(name) {
		o.err = fmt.Errorf("%w: header: crit: %q is a registered name (RFC 7515, Section 4.1.11)", ErrOption, name)
	}
	return o
}

// Unencoded sets "b64" to false and names it in "crit": the payload is signed, and
// unless it is detached also sent, as it is (RFC 7797, Sections 3 and 6).
func Unencoded() HeaderOption {
	// See RFC 7797, Section 7.
	return HeaderOption{member: member{"b64", "false"}, critical: true}
}

// ExactHeader makes these octets the whole header, to the letter. They have to pass
// the same strict reader as a header received, and to carry the "alg" (and "enc") of
// the key. It goes with no other option but [WithoutContentType].
func ExactHeader(header []byte) HeaderOption {
	if len(header) == 0 {
		return HeaderOption{err: fmt.Errorf("%w: header: empty (RFC 7515, Section 4)", ErrOption)}
	}
	return HeaderOption{exact: string(header)}
}

// WithoutContentType keeps [SignThenEncrypt] from writing "cty", or from asking for one in an exact
// header: the payload is not the claims set of a JWT, and the recipient knows that there is a JWS
// inside (RFC 7516, Section 4.1.12). It is [ErrOption] beside a "cty", for a Signer, and for Encrypt.
func WithoutContentType() HeaderOption { return HeaderOption{noCty: true} }

// A headerWriter writes the headers of one Signer or Encrypter. What is the same in every token
// is encoded once.
type headerWriter struct {
	alg, enc  string
	members   []member // "alg" (and "enc") and what was asked for, without "crit"
	critical  []string
	asked     bool // there is more than "alg" (and "enc")
	exact     bool // the members are all there is, as they stand in encoded
	noCty     bool
	unencoded bool
	encoded   []byte // the whole header in base64url, and the period after it
}

// newHeaderWriter returns the writer of headers for alg (and enc) with these options (RFC 7515,
// Sections 4.1.1 and 5.1; RFC 7516, Section 4.1.2; RFC 7518, Section 5.1; RFC 7519, Section 8; RFC
// 8725, Section 3.1).
func newHeaderWriter(alg, enc string, opts []HeaderOption) (*headerWriter, error) {
	w := headerWriter{alg: alg, enc: enc, members: []member{{"alg", `"` + alg + `"`}}}
	if enc != "" {
		w.members = append(w.members, member{"enc", `"` + enc + `"`})
	}
	return w.with(opts)
}

// with returns a writer that adds opts to w, with its header encoded (RFC 7515, Sections 4.1.11,
// 5.1 and 10.12; RFC 7516, Sections 4 and 5.1; RFC 7519, Section 7.1; RFC 8259, Section 4).
func (w headerWriter) with(opts []HeaderOption) (*headerWriter, error) {
	w.members, w.critical = slices.Clip(w.members), slices.Clip(w.critical) // an append copies
	for _, o := range opts {
		_, twice := find(w.members, o.member.name)
		switch {
		case o.err != nil:
			return nil, o.err
		case o.noCty && (w.noCty || w.enc == ""):
			return nil, fmt.Errorf("%w: header: WithoutContentType twice, or not for a JWE", ErrOption)
		case o.noCty:
			w.noCty = true
			continue
		case w.exact || o.exact != "" && w.asked:
			return nil, fmt.Errorf("%w: header: ExactHeader goes with no other option", ErrOption)
		case o.exact != "":
			if err := w.readExact(o.exact); err != nil {
				return nil, err
			}
			continue
		case o.member.name == "":
			return nil, fmt.Errorf("%w: header: an option that no function made", ErrOption)
		case twice:
			return nil, fmt.Errorf("%w: header: %q is set twice (RFC 7515, Section 4)", ErrOption, o.member.name)
		case o.member.name == "b64" && w.enc != "":
			return nil, fmt.Errorf(`%w: header: "b64" is not for a JWE (RFC 7797, Section 3)`, ErrOption)
		}
		w.asked, w.members = true, append(w.members, o.member)
		if o.critical {
			w.critical = append(w.critical, o.member.name)
		}
		w.unencoded = w.unencoded || o.member.name == "b64"
	}
	if w.noCty && w.header().Has("cty") {
		return nil, fmt.Errorf(`%w: header: "cty" beside WithoutContentType (RFC 7516, Section 4.1.12)`, ErrOption)
	}
	if w.exact {
		return &w, nil
	}
	members := w.members
	if w.critical != nil {
		names, _ := appendValue(nil, w.critical) // are UTF-8: Member has looked
		members = append(members, member{"crit", string(names)})
	}
	text := appendObject(nil, members)
	if len(text) > maxHeader {
		return nil, fmt.Errorf("%w: header: %d octets, more than %d", ErrOption, len(text), maxHeader)
	}
	w.encoded = append(appendEncode(nil, text), '.')
	return &w, nil
}

// readExact makes text the whole header (RFC 7515, Sections 4, 5.1 and 10.12; RFC 7516, Section
// 4.1.3; RFC 8725, Section 3.1).
func (w *headerWriter) readExact(text string) error {
	h, err := parseHeader(text, w.enc != "")
	switch {
	case err != nil:
		return fmt.Errorf("%w: header: %v", ErrOption, err)
	case h.Algorithm() != w.alg || w.enc != "" && h.Encryption() != w.enc:
		return fmt.Errorf("%w: header: the exact header does not say %s", ErrOption, strings.TrimSpace(w.alg+" "+w.enc))
	case w.enc != "" && h.Has("zip"), h.Has("b64") && slices.Contains(h.critical, "b64") == (w.enc != ""):
		return fmt.Errorf(`%w: header: "zip" in a JWE, or "b64": "crit" names it, in a JWS (RFC 7797, Section 6)`, ErrOption)
	}
	w.members, w.exact, w.unencoded = h.members, true, h.unencoded
	w.encoded = append(appendEncode(nil, []byte(text)), '.')
	return nil
}

// header returns what is written.
func (w *headerWriter) header() Header { return Header{members: w.members} }

// label returns what formatting the Signer or Encrypter prints.
func (w *headerWriter) label() label { return newLabel(w.alg, w.header().KeyID()) }

// appendObject appends the JSON object of members, without white space (RFC 7638, Section 3; RFC
// 8259, Sections 8.1 and 10).
func appendObject(dst []byte, members []member) []byte {
	dst = append(dst, '{')
	for i, m := range members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(appendText(dst, m.name), ':'), m.value...)
	}
	return append(dst, '}')
}

// checkToken refuses a token of more than limit bytes, or than 16 MiB where limit is 0 (D8), or
// that is of a JSON serialization; and options of one call that can't be (RFC 7515, Section 7; RFC
// 7516, Section 7).
func checkToken[T string | []byte](token T, limit int, checks []CheckOption) error {
	if err := checkCall(checks); err != nil {
		return err
	}
	if limit == 0 {
		limit = maxToken
	}
	if len(token) > limit {
		return fmt.Errorf("%w: %d bytes, more than the %d of MaxTokenSize, an option", ErrMalformed, len(token), limit)
	}
	first := 0
	for first < len(token) && strings.IndexByte(" \t\r\n", token[first]) >= 0 {
		first++
	}
	if first == len(token) || token[first] != '{' {
		return nil
	}
	members, _ := readMembers(string(token))
	if h := (Header{members: members}); !h.Has("signature") && !h.Has("signatures") && !h.Has("ciphertext") {
		return fmt.Errorf("%w: JSON and no JWS or JWE: unsigned claims, perhaps (RFC 7519, Section 3), or a token in it",
			ErrUnsupported)
	}
	return fmt.Errorf("%w: a JSON serialization (RFC 7515, Section 7.2; RFC 7516, Section 7.2)", ErrUnsupported)
}

// cut splits s around its first dot.
func cut[T string | []byte](s T) (before, after T, found bool) {
	i := -1
	switch s := any(s).(type) { // both search many bytes at a time
	case string:
		i = strings.IndexByte(s, '.')
	case []byte:
		i = bytes.IndexByte(s, '.')
	}
	if i < 0 {
		return s, s[:0], false
	}
	return s[:i], s[i+1:], true
}

// errSegments is the error for a token that has not the number of segments that it
// should have.
func errSegments[T string | []byte](token T, want string) error {
	return fmt.Errorf("%w: %d segments where there should be %s (RFC 7515, Section 7.1; RFC 7516, Section 7.1)",
		ErrMalformed, strings.Count(string(token), ".")+1, want)
}

// A member is one name and value of a JSON object: the name with its escapes
// removed, the value as it stands in the text.
type member struct{ name, value string }

// find returns the value of the member with exactly this name (RFC 7515, Sections 5.3 and 10.13;
// RFC 7516, Section 5.3; RFC 7517, Section 6; RFC 7519, Section 7.3).
func find(members []member, name string) (value string, ok bool) {
	for i := range members {
		if members[i].name == name {
			return members[i].value, true
		}
	}
	return "", false
}

// readMembers returns the members of the JSON object that text is, read by readObject.
func readMembers(text string) (members []member, err error) {
	err = readObject(text, func(m member, _ bool) error {
		members = append(members, m)
		return nil
	})
	return members, err
}

// readObject calls each for the members of the JSON object that text is, until it returns
// an error, and says whether the value is a string with escapes. Text that is not
// well-formed may be found out only afterwards: what each has kept is then not to be used.
//
// It is the one reader of headers, claims sets and JWKs. RFC 7515, Sections 4 and 10.12, RFC 7519,
// Section 4 and RFC 7517, Section 4 let a parser take the last of duplicate names; we choose to
// refuse them, at any depth, compared with their escapes removed. Text that is not UTF-8, or that
// goes on after the object, is refused too (D7). See also RFC 7515, Section 5.2; RFC 7516, Sections
// 5.2 and 11; RFC 7519, Sections 7.2 and 11; RFC 7638, Section 7; RFC 8725, Section 3.7; RFC 8259,
// Sections 2 and 8.1.
func readObject(text string, each func(m member, escaped bool) error) error {
	r := jsonReader{text: text}
	if r.skip() != '{' {
		return fmt.Errorf("no JSON object at byte %d", r.pos)
	}
	if err := r.object(1, each); err != nil {
		return err
	}
	if r.skip(); r.pos != len(text) {
		return fmt.Errorf("text after the JSON object at byte %d", r.pos)
	}
	return nil
}

// A jsonReader reads JSON as RFC 8259 defines it. It looks at each byte once.
type jsonReader struct {
	text string
	pos  int
}

// next returns the byte at the position, or 0 at the end; a NUL is no JSON either.
func (r *jsonReader) next() byte {
	if r.pos < len(r.text) {
		return r.text[r.pos]
	}
	return 0
}

// skip skips white space (RFC 8259, Section 2) and returns the byte after it, as next does (RFC
// 7515, Section 3; RFC 7516, Section 3; RFC 7517, Sections 4 and 5; RFC 7519, Section 3; RFC 8259,
// Section 9).
func (r *jsonReader) skip() byte {
	for {
		c := r.next()
		if c > ' ' || c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return c
		}
		r.pos++
	}
}

func (r *jsonReader) errUnexpected() error {
	if r.pos >= len(r.text) {
		return fmt.Errorf("JSON ends at byte %d, where it should go on", r.pos)
	}
	return fmt.Errorf("not JSON at byte %d", r.pos)
}

// object reads the object at the position, and calls each for its members unless it is nil (RFC
// 7515, Sections 4, 5.2, 10.12 and 10.13; RFC 7516, Sections 4 and 5.2; RFC 7517, Sections 4 and 5;
// RFC 7519, Sections 4 and 11; RFC 7638, Section 7; RFC 8259, Sections 4, 8.3 and 9).
func (r *jsonReader) object(depth int, each func(m member, escaped bool) error) error {
	if depth > maxDepth {
		return fmt.Errorf("JSON nests more than %d deep at byte %d", maxDepth, r.pos)
	}
	r.pos++ // {
	c := r.skip()
	if c == '}' {
		r.pos++
		return nil
	}
	var seen nameSet
	for {
		at := r.pos
		if c != '"' {
			return r.errUnexpected()
		}
		escaped, err := r.string()
		if err != nil {
			return err
		}
		m := member{name: r.text[at+1 : r.pos-1]}
		if escaped {
			m.name = unquote(r.text[at:r.pos])
		}
		if !seen.add(m.name) {
			return fmt.Errorf("duplicate name at byte %d", at)
		}
		if r.skip() != ':' {
			return r.errUnexpected()
		}
		r.pos++
		c = r.skip()
		at = r.pos
		if c == '"' { // as value would, which most of them are
			escaped, err = r.string()
		} else {
			escaped, err = false, r.value(depth)
		}
		if err != nil {
			return err
		}
		if m.value = r.text[at:r.pos]; each != nil {
			if err := each(m, escaped); err != nil {
				return err
			}
		}
		switch r.skip() {
		case '}':
			r.pos++
			return nil
		case ',':
			r.pos++
			c = r.skip()
		default:
			return r.errUnexpected()
		}
	}
}

// array reads the array at the position and, if keep is set, returns its elements.
func (r *jsonReader) array(depth int, keep bool) (elements []string, err error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("JSON nests more than %d deep at byte %d", maxDepth, r.pos)
	}
	r.pos++ // [
	if r.skip() == ']' {
		r.pos++
		return nil, nil
	}
	for {
		at := r.pos
		if err := r.value(depth); err != nil {
			return nil, err
		}
		if keep {
			elements = append(elements, r.text[at:r.pos])
		}
		switch r.skip() {
		case ']':
			r.pos++
			return elements, nil
		case ',':
			r.pos++
			r.skip()
		default:
			return nil, r.errUnexpected()
		}
	}
}

// value reads the value at the position, inside of something of this depth (RFC 8259, Sections 3
// and 9).
func (r *jsonReader) value(depth int) error {
	switch c := r.next(); c {
	case '"':
		_, err := r.string()
		return err
	case '{':
		return r.object(depth+1, nil)
	case '[':
		_, err := r.array(depth+1, false)
		return err
	case 't':
		return r.literal("true")
	case 'f':
		return r.literal("false")
	case 'n':
		return r.literal("null")
	}
	return r.number()
}

// literal reads this word, in lower case (RFC 8259, Section 3).
func (r *jsonReader) literal(word string) error {
	if !strings.HasPrefix(r.text[r.pos:], word) {
		return r.errUnexpected()
	}
	r.pos += len(word)
	return nil
}

// string reads the string at the position, where its first quote is (RFC 8259, Section 7). Escaped
// surrogates come in pairs, since nothing else is a character (Section 8.2). See also RFC 7515,
// Section 10.13; RFC 8725, Section 3.7; RFC 8259, Section 8.1.
func (r *jsonReader) string() (escaped bool, err error) {
	text, i := r.text, r.pos+1
	for {
		for i < len(text) && plain[text[i]] {
			i++
		}
		r.pos = i
		switch c := r.next(); {
		case c == '"':
			r.pos++
			return escaped, nil
		case c < ' ':
			return escaped, r.errUnexpected()
		case c >= utf8.RuneSelf:
			char, size := utf8.DecodeRuneInString(text[i:])
			if char == utf8.RuneError && size == 1 {
				return escaped, fmt.Errorf("not UTF-8 at byte %d", i)
			}
			i += size
			continue
		}
		escaped = true
		char, size := unescape(text[i:])
		if utf16.IsSurrogate(char) {
			low, more := unescape(text[i+size:])
			if utf16.DecodeRune(char, low) == utf8.RuneError {
				return escaped, fmt.Errorf("lone surrogate at byte %d", i)
			}
			size += more
		}
		if size == 0 {
			return escaped, r.errUnexpected()
		}
		i += size
	}
}

// plain are the bytes of a string that need no second look: ASCII but for control characters,
// the quote and the backslash (RFC 8259, Section 7).
var plain = func() (plain [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		plain[c] = c != '"' && c != '\\'
	}
	return plain
}()

// unescape returns the UTF-16 code unit that the escape at the start of s stands for, and how many
// bytes it takes: 0 if there is no escape (RFC 8259, Sections 7 and 9).
func unescape(s string) (char rune, size int) {
	if len(s) < 2 || s[0] != '\\' {
		return 0, 0
	}
	if i := strings.IndexByte(`"\/bfnrt`, s[1]); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), 2
	}
	if s[1] != 'u' || len(s) < 6 {
		return 0, 0
	}
	unit, err := strconv.ParseUint(s[2:6], 16, 16)
	if err != nil {
		return 0, 0
	}
	return rune(unit), 6
}

// unquote returns what the JSON string stands for. It was read before. See also RFC 7515, Sections
// 5.3 and 10.13; RFC 7516, Section 5.3; RFC 7517, Section 6; RFC 7519, Section 7.3; RFC 8259,
// Section 7.
func unquote(quoted string) string {
	s := quoted[1 : len(quoted)-1]
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for len(s) > 0 {
		if s[0] != '\\' {
			out, s = append(out, s[0]), s[1:]
			continue
		}
		char, size := unescape(s)
		s = s[size:]
		if utf16.IsSurrogate(char) {
			low, size := unescape(s)
			char, s = utf16.DecodeRune(char, low), s[size:]
		}
		out = utf8.AppendRune(out, char)
	}
	return string(out)
}

// number reads the number at the position (RFC 8259, Section 6; RFC 8259, Section 9).
func (r *jsonReader) number() error {
	if r.next() == '-' {
		r.pos++
	}
	if r.next() == '0' {
		r.pos++
	} else if err := r.digits(); err != nil {
		return err
	}
	if r.next() == '.' {
		r.pos++
		if err := r.digits(); err != nil {
			return err
		}
	}
	if c := r.next(); c == 'e' || c == 'E' {
		r.pos++
		if c := r.next(); c == '+' || c == '-' {
			r.pos++
		}
		return r.digits()
	}
	return nil
}

// digits reads one digit or more (RFC 8259, Sections 3 and 6).
func (r *jsonReader) digits() error {
	text, i := r.text, r.pos
	for i < len(text) && '0' <= text[i] && text[i] <= '9' {
		i++
	}
	if i == r.pos {
		return r.errUnexpected()
	}
	r.pos = i
	return nil
}

// A nameSet is the names of one object so far: a few in place, many in a map, so that
// the work stays linear (D8).
type nameSet struct {
	hints uint64 // a bit for the looks of each of the few
	n     int
	few   [8]string
	many  map[string]struct{}
}

// add adds name and reports whether it is new.
func (s *nameSet) add(name string) bool {
	if s.many != nil {
		_, ok := s.many[name]
		s.many[name] = struct{}{}
		return !ok
	}
	hint := uint64(1) << (len(name) & 63)
	if len(name) > 0 {
		hint = 1 << ((name[0] ^ name[len(name)-1]<<1) & 63)
	}
	if s.hints&hint != 0 {
		for i := range s.few[:s.n] {
			if s.few[i] == name {
				return false
			}
		}
	}
	if s.hints |= hint; s.n < len(s.few) {
		s.few[s.n] = name
		s.n++
		return true
	}
	s.many = make(map[string]struct{}, 2*len(s.few))
	for _, old := range s.few {
		s.many[old] = struct{}{}
	}
	s.many[name] = struct{}{}
	return true
}

// textArray returns the elements of the JSON array that value is, if all are strings.
func textArray(value string) ([]string, bool) {
	if value[0] != '[' {
		return nil, false
	}
	r := jsonReader{text: value}
	elements, err := r.array(1, true)
	if err != nil {
		return nil, false
	}
	for i, e := range elements {
		if e[0] != '"' {
			return nil, false
		}
		elements[i] = unquote(e)
	}
	return elements, true
}

// distinct reports whether no two names are the same.
func distinct(names []string) bool {
	var seen nameSet
	for _, name := range names {
		if !seen.add(name) {
			return false
		}
	}
	return true
}

// Value is what the value of a JSON member is read as. An int or int64 is a number written
// as an integer that fits; a [json.Number] is the text of any number; a [json.RawMessage] is the
// text of any value.
type Value interface {
	string | bool | int | int64 | json.Number | NumericDate | []string | json.RawMessage
}

// valueTypes are those of Value, for messages.
const valueTypes = "string, bool, int, int64, json.Number, NumericDate, []string or json.RawMessage"

// getMember stores the named member in v.
func getMember(where string, members []member, name string, v any) error {
	value, ok := find(members, name)
	if !ok {
		return fmt.Errorf("%w: %s: no member %q", ErrClaims, where, name)
	}
	err := decodeValue(value, v)
	if err != nil && !errors.Is(err, ErrOption) {
		return fmt.Errorf("%w: %s: %q: %w", ErrClaims, where, name, err)
	}
	return err
}

// decodeValue stores value, which is valid JSON, in v, a pointer to a Value (RFC 8259, Section 6).
func decodeValue(value string, v any) error {
	switch v := v.(type) {
	case *string:
		text, ok := textOf(value, true)
		return store(v, text, ok, "a string")
	case *bool:
		return store(v, value == "true", value == "true" || value == "false", "a boolean")
	case *int:
		n, err := strconv.Atoi(value)
		return store(v, n, err == nil, "an integer that fits an int")
	case *int64:
		n, err := strconv.ParseInt(value, 10, 64)
		return store(v, n, err == nil, "an integer of 64 bits")
	case *json.Number:
		return store(v, json.Number(value), isNumber(value), "a number")
	case *NumericDate:
		d, ok := parseNumericDate(value)
		return store(v, d, ok, "a NumericDate in seconds")
	case *[]string:
		list, ok := textArray(value)
		return store(v, list, ok, "an array of strings")
	case *json.RawMessage:
		return store(v, json.RawMessage(value), true, "a value")
	}
	into := strings.Trim(fmt.Sprintf("%T", v), "<>") // of nil it is <nil>
	return fmt.Errorf("%w: no value can be stored in %s; a pointer can be to %s", ErrOption, into, valueTypes)
}

// store stores value where p points, if it is ok.
func store[T any](p *T, value T, ok bool, what string) error {
	switch {
	case p == nil:
		return fmt.Errorf("%w: a value can't be stored in a nil pointer", ErrOption)
	case !ok:
		return fmt.Errorf("not %s", what)
	}
	*p = value
	return nil
}

// textOf returns the string that a JSON value is, if it is one.
func textOf(value string, escaped bool) (string, bool) {
	if value[0] != '"' {
		return "", false
	}
	if escaped {
		return unquote(value), true
	}
	return value[1 : len(value)-1], true
}

// isNumber reports whether value, which is valid JSON, is a number.
func isNumber(value string) bool { return value[0] == '-' || '0' <= value[0] && value[0] <= '9' }

// A NumericDate is a number of seconds since 1970-01-01T00:00:00Z, leap seconds ignored, of
// the years 0 to 9999 (RFC 7519, Section 2). The zero NumericDate is an absent one. A number has at
// most 64 characters, and may have a fraction or an exponent, which is not rounded.
type NumericDate struct {
	notJSON
	seconds int64 // rounded down
	nanos   int32 // after seconds, rounded down
	more    bool  // and a fraction of a nanosecond
	set     bool  // also where all others are zero
}

// NewNumericDate returns the NumericDate of t, rounded down to a whole second, which every
// recipient reads (RFC 7519, Section 2).
func NewNumericDate(t time.Time) NumericDate { return NumericDate{seconds: t.Unix(), set: true} }

// IsZero reports whether d is absent. The number 0 is not.
func (d NumericDate) IsZero() bool { return !d.set }

// Time returns the time in UTC, rounded down to a nanosecond, or the zero Time if d is absent.
func (d NumericDate) Time() time.Time {
	if !d.set {
		return time.Time{}
	}
	return time.Unix(d.seconds, int64(d.nanos)).UTC()
}

// String returns the number in decimal, to a nanosecond, or "" if d is absent.
func (d NumericDate) String() string {
	if !d.set {
		return ""
	}
	seconds, nanos, sign := d.seconds, int64(d.nanos), ""
	if seconds < 0 && nanos > 0 { // rounded down: -0.5 is -1 second and 500,000,000 nanoseconds
		seconds, nanos, sign = -(seconds + 1), 1e9-nanos, "-"
	}
	text := sign + strconv.FormatInt(seconds, 10)
	if nanos > 0 {
		text += strings.TrimRight(fmt.Sprintf(".%09d", nanos), "0")
	}
	return text
}

// after reports whether d is later than t (RFC 7519, Sections 4.1.4 and 4.1.5).
func (d NumericDate) after(t time.Time) bool {
	if s := t.Unix(); d.seconds != s {
		return d.seconds > s
	}
	n := int32(t.Nanosecond())
	return d.nanos > n || d.nanos == n && d.more
}

// before reports whether d is earlier than t.
func (d NumericDate) before(t time.Time) bool {
	s, n := t.Unix(), int32(t.Nanosecond())
	return d.seconds < s || d.seconds == s && d.nanos < n
}

// The first and the last second of the years 0 to 9999.
const (
	minSeconds = -62167219200
	maxSeconds = 253402300799
)

// maxDateText is the most characters that a NumericDate has.
const maxDateText = 64

// parseNumericDate reads a JSON value as a NumericDate, without rounding it. It reports whether it
// is one, of the years 0 to 9999. See also RFC 7519, Sections 2 and 4.1.4 to 4.1.6.
func parseNumericDate(text string) (d NumericDate, ok bool) {
	if !isNumber(text) || len(text) > maxDateText {
		return NumericDate{}, false
	}
	d.set = true
	if len(text) <= 12 && text[0] != '-' { // maxSeconds has 12 digits
		i := 0
		for ; i < len(text) && '0' <= text[i] && text[i] <= '9'; i++ {
			d.seconds = d.seconds*10 + int64(text[i]-'0')
		}
		if i == len(text) { // as most are: neither fraction nor exponent
			return d, d.inYears()
		}
	}
	// An exponent beyond what the digits can make up for is as good as one of 99: the number is zero,
	// too large, or nothing but a fraction of a nanosecond.
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		digits := strings.TrimLeft(strings.TrimLeft(text[i+1:], "+-"), "0")
		if len(digits) > 2 {
			digits = "99"
		}
		text = text[:i+1] + strings.Repeat("-", strings.Count(text[i:], "-")) + "0" + digits
	}
	number, _ := new(big.Rat).SetString(text) // is a number, by RFC 8259, Section 6
	nanos, rest := number.Num(), new(big.Int)
	nanos.DivMod(nanos.Mul(nanos, big.NewInt(1e9)), number.Denom(), rest) // rounded down
	d.more = rest.Sign() != 0
	seconds, _ := new(big.Int).DivMod(nanos, big.NewInt(1e9), rest)
	if !seconds.IsInt64() {
		return NumericDate{}, false
	}
	d.seconds, d.nanos = seconds.Int64(), int32(rest.Int64())
	return d, d.inYears()
}

// inYears reports whether d is of the years 0 to 9999.
func (d NumericDate) inYears() bool { return d.seconds >= minSeconds && d.seconds <= maxSeconds }

// appendValue appends the JSON text of v, a Value or nil. What can't be written as it is, is an
// error (D7). See also RFC 7519, Section 7.1; RFC 8725, Section 3.7; RFC 8259, Sections 4, 8.1 and
// 10.
func appendValue(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case int:
		return strconv.AppendInt(dst, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(dst, v, 10), nil
	case NumericDate:
		if v.IsZero() || v.more || !v.inYears() {
			return dst, errors.New("a NumericDate that is not set, finer than a nanosecond, or not of years 0 to 9999")
		}
		return append(dst, v.String()...), nil
	case string:
		if !utf8.ValidString(v) {
			return dst, errors.New("a string is not UTF-8")
		}
		return appendText(dst, v), nil
	case []string:
		quoted := make([]string, len(v))
		for i, s := range v {
			text, err := appendValue(nil, s)
			if err != nil {
				return dst, err
			}
			quoted[i] = string(text)
		}
		return append(dst, "["+strings.Join(quoted, ",")+"]"...), nil
	case json.Number:
		r := jsonReader{text: string(v)}
		if err := r.number(); err != nil || r.pos != len(v) {
			return dst, errors.New("a json.Number is not a number")
		}
		return append(dst, v...), nil
	case json.RawMessage:
		// Read as the only member of an object, at the depth that it will have.
		members, err := readMembers(`{"":` + string(v) + `}`)
		if err != nil || len(members) != 1 {
			return dst, errors.New("a json.RawMessage is not one JSON value")
		}
		return append(dst, members[0].value...), nil
	}
	return dst, fmt.Errorf("a %T can't be written; what can is %s", v, valueTypes)
}

// appendText appends s, which is UTF-8, as a JSON string. Only what has to be is escaped (RFC 8259,
// Section 7). See also RFC 8259, Section 10.
func appendText(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = fmt.Appendf(dst, `\u%04x`, c)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
