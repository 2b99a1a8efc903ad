package jose

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha256" // for crypto.SHA256
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
	"math/big"
	"slices"
	"strings"
	"sync"
)

// String returns the registered name, or "" for a value that is none of the three.
func (a SignatureAlgorithm) String() string { return a.row().name }

func (a SignatureAlgorithm) needs() (kty, use string) { return a.row().kty, "sig" }

// A signatureRow is all that differs between the algorithms of RFC 7518, Section 3.1.
type signatureRow struct {
	name, kty string
	hash      crypto.Hash
	size      func(*material) int // of a signature, in octets
	section   string              // that says so
	try       func(*material) error
	sign      func(*material, *hasher) ([]byte, error)
	verify    func(*material, *hasher, []byte) bool
}

// row returns all that differs between the three (RFC 7515, Section 4.1.1; RFC 7518, Section 3.1;
// RFC 7519, Section 8).
func (a SignatureAlgorithm) row() signatureRow {
	switch a {
	case RS256:
		return signatureRow{name: "RS256", kty: "RSA", hash: crypto.SHA256,
			size: func(m *material) int { return m.rsa.Size() }, section: "RFC 8017, Section 8.2.2",
			try: tryRS256, sign: signRS256, verify: verifyRS256}
	case ES512:
		return signatureRow{name: "ES512", kty: "EC", hash: crypto.SHA512,
			size: func(*material) int { return sizeES512 }, section: "RFC 7518, Section 3.4",
			try: func(m *material) error { return m.refused }, sign: signES512, verify: verifyES512}
	case HS512:
		return signatureRow{name: "HS512", kty: "oct", hash: crypto.SHA512,
			size: func(*material) int { return sha512.Size }, section: "RFC 7518, Section 3.2",
			try: (*material).trySecret, sign: signHS512, verify: verifyHS512}
	}
	return signatureRow{}
}

// A signatureKey is a key that is bound to one algorithm (D1).
type signatureKey struct {
	signatureRow
	*material
	octets  int        // of a signature
	hashers *sync.Pool // of *hasher
}

// bind binds a key to the algorithm for one operation, "sign" or "verify", if it is for that and if
// this build and mode of crypto does it (D3; RFC 8725, Section 3.1).
func (a SignatureAlgorithm) bind(m *material, op string) (*signatureKey, error) {
	if err := m.fits(a, op); err != nil {
		return nil, err
	}
	row := a.row()
	if err := row.try(m); err != nil {
		return nil, fmt.Errorf("%w: %s with this key, in this mode of crypto", ErrUnsupported, row.name)
	}
	newHash := row.hash.New
	if m.secret != nil {
		// RFC 2104, Section 2 appends zeros to the block's length. Done before, they keep hmac.New from
		// its panic for a short key where the mode of crypto has changed.
		secret := m.secret()
		padded := append(bytes.Clone(secret), make([]byte, max(0, sha512.BlockSize-len(secret)))...)
		newHash = func() hash.Hash { return hmac.New(row.hash.New, padded) }
	}
	pool := &sync.Pool{New: func() any { return &hasher{Hash: newHash()} }}
	return &signatureKey{row, m, row.size(m), pool}, nil
}

func (k *signatureKey) algorithm() string { return k.name }

func (k *signatureKey) jwe() bool { return false }

// checkScope refuses all algorithms that are not in scope (RFC 7515, Sections 2, 4, 4.1.1 and 5.2;
// RFC 7515, Appendix E; RFC 7516, Section 9; RFC 7518, Section 3.6; RFC 8725, Section 3.2).
func (k *signatureKey) checkScope(h *headerInfo) error {
	for a := RS256; a <= HS512; a++ {
		if h.Algorithm() == a.String() {
			return nil
		}
	}
	return fmt.Errorf(`%w: "alg" is none of RS256, ES512 and HS512 (RFC 7518, Section 3.1)`, ErrUnsupported)
}

// tryRS256 verifies what is no signature: anything but a verification error is this build and
// mode of crypto refusing the key.
func tryRS256(m *material) error {
	digest := [32]byte{}
	err := rsa.VerifyPKCS1v15(m.rsa, crypto.SHA256, digest[:], make([]byte, m.rsa.Size()))
	if errors.Is(err, rsa.ErrVerification) {
		return m.refused
	}
	return err
}

// signRS256 implements RFC 7518, Section 3.3 by RFC 8017, Section 8.2.1. It returns a copy: a handle
// may keep what it returns, and write to it.
func signRS256(m *material, h *hasher) ([]byte, error) {
	signature, err := m.signDigest(h, crypto.SHA256)
	if err == nil && len(signature) != m.rsa.Size() {
		err = fmt.Errorf("%d octets where the modulus has %d (RFC 8017, Section 8.2.1)", len(signature), m.rsa.Size())
	}
	if err != nil {
		return nil, err
	}
	return h.signature[:copy(h.signature[:], signature)], nil
}

// verifyRS256 implements RFC 7518, Section 3.3 by RFC 8017, Section 8.2.2 (RFC 7515, Section 10.6).
func verifyRS256(m *material, h *hasher, signature []byte) bool {
	return rsa.VerifyPKCS1v15(m.rsa, crypto.SHA256, h.sum(), signature) == nil
}

// sizeES512 is the number of octets in an ES512 signature: R || S, each of sizeP521 (RFC 7518, Section
// 3.4).
const sizeES512 = 2 * sizeP521

// signES512 implements RFC 7518, Section 3.4. Signatures are hedged: made from the key, the
// message and randomness, which has what RFC 8725, Section 3.2 wants of deterministic ECDSA
// without its fault attacks (D12).
func signES512(m *material, h *hasher) ([]byte, error) {
	der, err := m.signDigest(h, crypto.SHA512)
	if err != nil {
		return nil, err
	}
	v, err := readDER[struct{ R, S *big.Int }](der) // RFC 3279, Section 2.2.3
	if err != nil || v.R.Sign() < 0 || v.S.Sign() < 0 || v.R.BitLen() > 8*sizeP521 || v.S.BitLen() > 8*sizeP521 {
		return nil, errors.New("not the DER of R and S of P-521 (RFC 7518, Section 3.4)")
	}
	signature := h.signature[:sizeES512]
	v.R.FillBytes(signature[:sizeP521])
	v.S.FillBytes(signature[sizeP521:])
	return signature, nil
}

// verifyES512 implements RFC 7518, Section 3.4. S may be in the upper half of its range.
func verifyES512(m *material, h *hasher, signature []byte) bool {
	r, s := new(big.Int).SetBytes(signature[:sizeP521]), new(big.Int).SetBytes(signature[sizeP521:])
	return ecdsa.Verify(m.ec, h.sum(), r, s)
}

// signHS512 implements RFC 7518, Section 3.2.
func signHS512(_ *material, h *hasher) ([]byte, error) { return h.sum(), nil }

// verifyHS512 implements RFC 7518, Section 3.2: in constant time, and never on a part of the MAC
// (D13; RFC 7515, Section 10.9; RFC 7518, Section 8.13).
func verifyHS512(_ *material, h *hasher, mac []byte) bool { return hmac.Equal(h.sum(), mac) }

// signDigest signs what was written to h with the private key. What a handle is given is a copy.
func (m *material) signDigest(h *hasher, hash crypto.Hash) ([]byte, error) {
	digest := h.sum()
	if m.foreign {
		digest = bytes.Clone(digest)
	}
	return m.signer.Sign(rand.Reader, digest, hash)
}

// A hasher computes the digest or the MAC of one signing input at a time.
type hasher struct {
	hash.Hash
	chunk     [4096]byte // of the signing input
	digest    [sha512.Size]byte
	signature [maxRSAOctet]byte
}

// sum returns the digest or MAC. It is valid until the hasher's next use.
func (h *hasher) sum() []byte { return h.Sum(h.digest[:0]) }

// write writes s to h. A string is copied a chunk at a time, and not as a whole.
func write[T string | []byte](h *hasher, s T) {
	for len(s) > 0 {
		n := copy(h.chunk[:], s)
		h.Write(h.chunk[:n])
		s = s[n:]
	}
}

// A Signer signs with one algorithm and one key. It is immutable and safe for concurrent use.
// [PrivateKey.Signer] makes one; the zero Signer returns [ErrKey].
type Signer struct {
	label
	key    *signatureKey
	header *headerWriter
}

// Signer returns a Signer for alg with this key, and what it writes into every header (RFC 7518,
// Section 3.1). It returns [ErrKey] if k is of another type or not for this use, [ErrOption] for
// an algorithm or a header that can't be, and [ErrUnsupported] if this mode of crypto refuses
// the key.
//
// What a handle returns is verified with its public key before it leaves: a signature that does not
// hold can give away the key. That costs as much as [Verifier.Verify], which with RS256 is little
// beside the signature and with ES512 several times as much.
func (k *PrivateKey) Signer(alg SignatureAlgorithm, opts ...HeaderOption) (*Signer, error) {
	bound, err := alg.bind(k.get(), "sign")
	if err != nil {
		return nil, err
	}
	header, err := newHeaderWriter(alg.String(), "", opts)
	if err != nil {
		return nil, err
	}
	return &Signer{header.label(), bound, header}, nil
}

// Sign returns the JWS of payload in the compact serialization (RFC 7515, Section
// 7.1), or with [Unencoded] the one of RFC 7797, Section 5.2, where the payload must
// be characters in %x20-2D / %x2F-7E. It returns [ErrOption] for a header or payload
// that can't be, [ErrSigner] where a handle fails, and [ErrKey] from the zero Signer.
func (s *Signer) Sign(payload []byte, opts ...HeaderOption) (string, error) {
	var t tokenWriter
	err := s.signWith(&t, payload, false, opts)
	return t.text, err
}

// AppendSign is [Signer.Sign], appending the token to dst, with the same errors (RFC
// 7515, Section 7.1). With HS512, without options and with a header of at most 3,000 octets, it
// allocates nothing if dst has room. On an error it returns dst, and has cleared what it wrote behind
// it. The room behind dst, up to its capacity, must not overlap payload: once header and payload are more
// than some 3 KiB together, what is signed would not be the payload.
func (s *Signer) AppendSign(dst, payload []byte, opts ...HeaderOption) ([]byte, error) {
	t := tokenWriter{dst: dst, appends: true}
	if err := s.signWith(&t, payload, false, opts); err != nil {
		clear(t.dst[len(dst):])
		return dst, err
	}
	return t.dst, nil
}

// SignDetached returns the JWS of payload with the payload left out: header..signature
// (RFC 7515, Appendix F). With [Unencoded] the payload's octets are signed as they are
// (RFC 7797, Section 5.1) and may be any. The errors are those of [Signer.Sign].
func (s *Signer) SignDetached(payload []byte, opts ...HeaderOption) (string, error) {
	var t tokenWriter
	err := s.signWith(&t, payload, true, opts)
	return t.text, err
}

func (s *Signer) signWith(t *tokenWriter, payload []byte, detached bool, opts []HeaderOption) error {
	header, err := s.headerWith(opts)
	if err != nil {
		return err
	}
	return s.sign(t, payload, detached, header)
}

// headerWith returns the header of one token.
func (s *Signer) headerWith(opts []HeaderOption) (*headerWriter, error) {
	if s == nil || s.key == nil {
		return nil, fmt.Errorf("%w: a Signer that no constructor made", ErrKey)
	}
	if len(opts) == 0 {
		return s.header, nil
	}
	return s.header.with(opts)
}

// sign implements RFC 7515, Section 5.1, with RFC 7797, Section 3 in step 5. Steps 3 and 4, the
// header, were done by the headerWriter; step 1 is the caller's, and step 7 is for JSON. See also
// RFC 7515, Sections 2 and 3.1; RFC 7515, Appendix F; RFC 7519, Section 7.1; RFC 7797, Section 5.1.
func (s *Signer) sign(t *tokenWriter, payload []byte, detached bool, header *headerWriter) error {
	if len(payload) > maxContent {
		return fmt.Errorf("%w: payload: %d bytes, more than %d", ErrOption, len(payload), maxContent)
	}
	if header.unencoded && !detached {
		if err := checkUnencoded(payload); err != nil {
			return fmt.Errorf("%w: payload: %v", ErrOption, err)
		}
	}
	t.size = len(header.encoded) + 1 + encodedLen(s.key.octets)
	switch {
	case detached:
	case header.unencoded:
		t.size += len(payload)
	default:
		t.size += encodedLen(len(payload))
	}

	// 2, 5. The signing input is encoded header, period, payload. A chunk at a time
	// is encoded, hashed, and added to the token; small tokens are one chunk.
	h := s.key.hashers.Get().(*hasher)
	defer s.key.hashers.Put(h)
	h.Reset()
	chunk := append(h.chunk[:0], header.encoded...)
	if detached {
		h.Write(chunk)
		t.write(chunk)
		chunk = chunk[:0]
	}
	for {
		room := cap(chunk) - len(chunk)
		if header.unencoded {
			n := min(len(payload), room)
			chunk, payload = append(chunk, payload[:n]...), payload[n:]
		} else {
			n := min(len(payload), room/4*3)
			chunk, payload = appendEncode(chunk, payload[:n]), payload[n:]
		}
		h.Write(chunk)
		if detached {
			chunk = chunk[:0]
		}
		if len(payload) == 0 {
			break
		}
		t.write(chunk)
		chunk = chunk[:0]
	}
	signature, err := s.key.sign(s.key.material, h)
	// What a handle returned may be no signature, and give away its key (D12).
	if err == nil && s.key.foreign && !s.key.verify(s.key.material, h, signature) {
		err = errors.New("what the handle returned is not a signature by its key")
	}
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrSigner, s.key.name, err)
	}
	// 6, 8. The signature, encoded, and the compact serialization.
	if 1+encodedLen(len(signature)) > cap(chunk)-len(chunk) {
		t.write(chunk)
		chunk = chunk[:0]
	}
	t.end(appendEncode(append(chunk, '.'), signature))
	return nil
}

// checkUnencoded checks a payload that goes unencoded into a token (D11). RFC 7797, Section 5.2
// leaves the characters to the application, but for the period. We choose %x20-2D / %x2F-7E, those
// that it recommends. See also RFC 7797, Section 8.
func checkUnencoded[T string | []byte](payload T) error {
	for i := range len(payload) {
		if c := payload[i]; c < ' ' || c > '~' || c == '.' {
			return fmt.Errorf("byte %d is not in %%x20-2D / %%x2F-7E (RFC 7797, Section 5.2)", i)
		}
	}
	return nil
}

// A tokenWriter collects a token of this size: as a string that is not copied once more,
// or appended to a slice.
type tokenWriter struct {
	size    int
	text    string
	builder strings.Builder
	dst     []byte
	appends bool
}

// write adds part of the token, of which more follows.
func (t *tokenWriter) write(part []byte) {
	if t.appends {
		t.dst = append(slices.Grow(t.dst, t.size), part...)
		t.size -= len(part)
		return
	}
	if t.builder.Len() == 0 {
		t.builder.Grow(t.size)
	}
	t.builder.Write(part)
}

// end adds the rest of the token, which may be all of it.
func (t *tokenWriter) end(rest []byte) {
	if t.appends || t.builder.Len() > 0 {
		t.write(rest)
		t.text = t.builder.String()
		return
	}
	t.text = string(rest)
}

// A Message is the content of a JWS that has been verified.
type Message struct {
	Payload     []byte
	Header      Header // of the JWS
	OuterHeader Header // of the JWE around it, if [DecryptThenVerify] took it out of one
}

// A Verifier verifies tokens of one algorithm with one key, or with one of several
// keys that is chosen by "kid". It is immutable and safe for concurrent use. Only a
// constructor makes one; the zero Verifier returns [ErrKey].
type Verifier struct {
	label
	*receiver[*signatureKey]
}

// newVerifier returns the Verifier of one key, or of several, unless there is an error.
func newVerifier(r *receiver[*signatureKey], kid string, err error) (*Verifier, error) {
	if err != nil {
		return nil, err
	}
	return &Verifier{r.describe(kid), r}, nil
}

// verifying binds a key to alg.
func verifying(m *material, alg SignatureAlgorithm, checks []CheckOption) (*receiver[*signatureKey], error) {
	bound, err := alg.bind(m, "verify")
	if err != nil {
		return nil, err
	}
	return newReceiver(bound, nil, checks)
}

// Verifier returns a Verifier for alg with this key, and the checks that it makes of every token
// (RFC 7518, Section 3.1). It returns [ErrKey] if k is of another type or not for this use,
// [ErrOption] for an algorithm or a check that can't be, and [ErrUnsupported] if this mode of
// crypto refuses the key.
func (k *PublicKey) Verifier(alg SignatureAlgorithm, checks ...CheckOption) (*Verifier, error) {
	m := k.get()
	r, err := verifying(m, alg, checks)
	return newVerifier(r, m.kid, err)
}

// Verifier returns a Verifier for HS512 with this secret (RFC 7518, Section 3.2). It returns
// [ErrKey] if k is no secret (the [PrivateKey.Public] of another key verifies) or not for this
// use, and [ErrOption] for an algorithm or a check that can't be.
func (k *PrivateKey) Verifier(alg SignatureAlgorithm, checks ...CheckOption) (*Verifier, error) {
	m := k.get()
	if m.secret == nil && m.kty() != "" && alg.String() != "" {
		return nil, fmt.Errorf("%w: a private key does not verify; its Public does", ErrKey)
	}
	r, err := verifying(m, alg, checks)
	return newVerifier(r, m.kid, err)
}

// Verifier returns a Verifier for alg that chooses among the keys of the set by "kid" as
// [VerifierByKeyID] does (RFC 7517, Section 5). It returns [ErrKey] if the set has no key for
// alg, [ErrOption] for an algorithm or a check that can't be, and [ErrUnsupported] if this mode
// of crypto refuses a key.
func (s *KeySet) Verifier(alg SignatureAlgorithm, checks ...CheckOption) (*Verifier, error) {
	choice, err := choose(s, alg, "verify", func(m *material) (*receiver[*signatureKey], error) {
		return verifying(m, alg, nil)
	})
	r, err := newChoice(choice, checks, err)
	return newVerifier(r, "", err)
}

// VerifierByKeyID returns a Verifier that chooses among verifiers by the "kid" of the
// token (RFC 7515, Section 4.1.4); each keeps its own algorithm and checks. A token
// without "kid" is verified only if there is exactly one; a [CheckMember] for "kid" makes
// it required even then. It returns [ErrKey] if there is none or one is nil, and
// [ErrOption] for an option that can't be. The map is copied.
func VerifierByKeyID(verifiers map[string]*Verifier, checks ...CheckOption) (*Verifier, error) {
	choice, err := chooseByKeyID(verifiers, (*Verifier).get)
	r, err := newChoice(choice, checks, err)
	return newVerifier(r, "", err)
}

// get returns the receiver of a Verifier that may be nil or zero, or nil.
func (v *Verifier) get() *receiver[*signatureKey] { return cmp.Or(v, new(Verifier)).receiver }

// Verify verifies a JWS in the compact serialization with its payload inside (RFC
// 7515, Section 5.2), encoded or not (RFC 7797, Section 5.2), and returns the payload.
// "header..signature" is a JWS with an empty payload. The checks are added to those
// of the Verifier. It returns [ErrMalformed], [ErrUnsupported], [ErrAlgorithm],
// [ErrUnknownKey], [ErrSignature], [ErrClaims] if a check of a header member fails, and
// [ErrKey] from the zero Verifier; a message is never returned beside an error.
func (v *Verifier) Verify(token string, checks ...CheckOption) (*Message, error) {
	return v.verify(new(Message), token, checks)
}

// verify fills m and returns it. Verify is small enough to be inlined, and then a message that its
// caller does not keep needs no memory but the payload's. See also RFC 7515, Section 5.2.
func (v *Verifier) verify(m *Message, token string, checks []CheckOption) (*Message, error) {
	payload, _, h, err := verify(v, token, nil, attached, checks)
	if err != nil {
		return nil, err
	}
	m.Payload, m.Header = payload, h.Header
	return m, nil
}

// VerifyDetached verifies a JWS whose payload was left out of it, "header..signature",
// with the payload from elsewhere (RFC 7515, Appendix F; RFC 7797, Section 5.1). A token
// that has a payload is [ErrMalformed]; the other errors are those of [Verifier.Verify].
// The message's Payload is payload itself, not a copy.
func (v *Verifier) VerifyDetached(token string, payload []byte, checks ...CheckOption) (*Message, error) {
	_, _, h, err := verify(v, token, payload, detached, checks)
	if err != nil {
		return nil, err
	}
	return &Message{Payload: payload, Header: h.Header}, nil
}

// The forms of a JWS that a caller can ask for.
type jwsForm int

const (
	attached jwsForm = iota
	detached
	jwt // attached, and "b64" is not false
)

// verify implements RFC 7515, Section 5.2 and RFC 7797, Sections 3 and 5. What depends on public
// octets alone comes first and fails in detail; the payload is decoded only when the signature
// holds (D14). That of a JWT is returned as a string. See also RFC 7515, Sections 2, 3.1 and 7.1;
// RFC 7515, Appendix F; RFC 7516, Section 9; RFC 7518, Section 3.4; RFC 7519, Sections 3 and 5.2;
// RFC 7797, Section 5.1; RFC 8725, Section 3.3; RFC 8017, Section 8.2.2.
func verify[T string | []byte](v *Verifier, token T, content []byte, form jwsForm, checks []CheckOption) (
	octets []byte, text string, _ *headerInfo, err error) {
	if v.get() == nil {
		return nil, "", nil, fmt.Errorf("%w: a Verifier that no constructor made", ErrKey)
	}
	if err := checkToken(token, v.maxSize, checks); err != nil {
		return nil, "", nil, err
	}
	// 1. Split at two periods, no more and no fewer.
	header, rest, ok1 := cut(token)
	payload, signature, ok2 := cut(rest)
	if _, _, more := cut(signature); !ok1 || !ok2 || more {
		return nil, "", nil, errSegments(token, "3")
	}
	// 2 to 5. The header, and the key.
	h, err := acceptHeader(v.receiver, header, checks)
	if err != nil {
		return nil, "", nil, err
	}
	switch {
	case form == jwt && h.unencoded:
		return nil, "", nil, fmt.Errorf(`%w: header: "b64" is false in a JWT (RFC 7797, Section 7)`, ErrMalformed)
	case form == jwt && h.nested:
		return nil, "", nil, fmt.Errorf(`%w: header: "cty" says that there is one more JWT inside (RFC 7519, Section 7.2)`,
			ErrMalformed)
	case form == detached && len(payload) > 0:
		return nil, "", nil, fmt.Errorf("%w: a payload that is not detached: Verify is for it", ErrMalformed)
	}
	// 7. The signature; step 6, the payload, comes last.
	key := h.key
	input := key.hashers.Get().(*hasher)
	sig := input.signature[:key.octets]
	if len(signature) != encodedLen(key.octets) || !decode(sig, signature) {
		key.hashers.Put(input)
		if err := checkSegment(signature); err != nil {
			return nil, "", nil, fmt.Errorf("%w: signature: %v", ErrMalformed, err)
		}
		wrong := fmt.Errorf("signature: %d octets where %s has %d (%s)",
			decodedLen(len(signature)), key.name, key.octets, key.section)
		if err := checkSegment(payload); err != nil && !h.unencoded { // say both, as a sample may have both faults
			wrong = fmt.Errorf("payload: %v; %w", err, wrong)
		}
		return nil, "", nil, fmt.Errorf("%w: %w", ErrMalformed, wrong)
	}
	// 8. Verify the signature over the octets as received.
	input.Reset()
	switch {
	case form != detached:
		write(input, token[:len(header)+1+len(payload)])
	case h.unencoded:
		write(input, token[:len(header)+1])
		input.Write(content)
	default:
		write(input, token[:len(header)+1])
		for rest := content; len(rest) > 0; {
			n := min(len(rest), decodedLen(len(input.chunk)))
			input.Write(appendEncode(input.chunk[:0], rest[:n]))
			rest = rest[n:]
		}
	}
	holds := key.verify(key.material, input, sig)
	// 6. The payload. What is not base64url is malformed also if the signature
	// does not hold, so that a fault has one answer.
	switch {
	case form == detached:
	case h.unencoded:
		if err = checkUnencoded(payload); err == nil && holds {
			octets = append(octets, payload...)
		}
	case !holds:
		err = checkSegment(payload)
	case form == jwt:
		text, err = decodeText(input.chunk[:len(input.chunk)/3*3], payload)
	default:
		octets, err = appendDecode(nil, payload)
	}
	key.hashers.Put(input)
	switch {
	case err != nil:
		return nil, "", nil, fmt.Errorf("%w: payload: %v", ErrMalformed, err)
	case !holds && form != detached && len(payload) == 0:
		return nil, "", nil, fmt.Errorf("%w: the payload is empty; VerifyDetached takes one beside the token", ErrSignature)
	case !holds:
		return nil, "", nil, ErrSignature
	}
	if err := v.authentic(h, checks); err != nil {
		return nil, "", nil, err
	}
	return octets, text, h.headerInfo, nil
}
