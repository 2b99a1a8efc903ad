package jose

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"
	"sync"
)

// A Signer signs with one algorithm and one key. It is immutable and safe for
// concurrent use. Only a constructor makes one; the zero Signer returns [ErrKey].
type Signer struct {
	key    *signKey
	header *headerWriter
}

// signKey is a key for one algorithm of RFC 7518, Section 3.1.
type signKey struct {
	alg     string
	size    int        // of a signature, in octets
	hashers *sync.Pool // of *hasher
	// sign returns the signature over what was written to the hasher. It may be
	// overwritten by the next use of the hasher.
	sign func(*hasher) ([]byte, error)
}

// A hasher computes the digest or the MAC of one signing input at a time.
type hasher struct {
	hash.Hash
	chunk     [4096]byte // of the signing input
	digest    [sha512.Size]byte
	signature [maxRSAOctet]byte
}

func newHashers(newHash func() hash.Hash) *sync.Pool {
	return &sync.Pool{New: func() any { return &hasher{Hash: newHash()} }}
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

// Sign returns the JWS of payload in the compact serialization (RFC 7515, Section
// 7.1), or with [Unencoded] the one of RFC 7797, Section 5.2, where the payload must
// be characters in %x20-2D / %x2F-7E. It returns [ErrMalformed] for a header or payload
// that can't be, [ErrAlgorithm] if an exact header says another algorithm, [ErrSigner]
// where a handle fails, and [ErrKey] from the zero Signer.
func (s *Signer) Sign(payload []byte, opts ...HeaderOption) (string, error) {
	var t tokenWriter
	if err := s.sign(&t, payload, false, opts); err != nil {
		return "", err
	}
	return t.text, nil
}

// AppendSign is [Signer.Sign], appending the token to dst, with the same errors (RFC
// 7515, Section 7.1). With HS512 it allocates nothing if dst has room, which must not overlap
// payload. On an error it returns dst.
func (s *Signer) AppendSign(dst, payload []byte, opts ...HeaderOption) ([]byte, error) {
	t := tokenWriter{dst: dst, appends: true}
	if err := s.sign(&t, payload, false, opts); err != nil {
		return dst, err
	}
	return t.dst, nil
}

// SignDetached returns the JWS of payload with the payload left out: header..signature
// (RFC 7515, Appendix F). With [Unencoded] the payload's octets are signed as they are
// (RFC 7797, Section 5.1) and may be any. The errors are those of [Signer.Sign].
func (s *Signer) SignDetached(payload []byte, opts ...HeaderOption) (string, error) {
	var t tokenWriter
	if err := s.sign(&t, payload, true, opts); err != nil {
		return "", err
	}
	return t.text, nil
}

// sign implements RFC 7515, Section 5.1, with RFC 7797, Section 3 in step 5.
func (s *Signer) sign(t *tokenWriter, payload []byte, detached bool, opts []HeaderOption) error {
	if s == nil || s.key == nil {
		return fmt.Errorf("%w: a Signer that no constructor made", ErrKey)
	}
	if len(payload) > maxContent {
		return fmt.Errorf("%w: payload: %d bytes, more than %d (D8)", ErrMalformed, len(payload), maxContent)
	}
	// 3, 4. The header, encoded; steps 1 and 6 are the caller's and for JSON.
	header := s.header
	if len(opts) > 0 {
		var err error
		if header, err = s.header.with(opts); err != nil {
			return err
		}
	}
	if header.unencoded && !detached {
		if err := checkUnencoded(payload); err != nil {
			return fmt.Errorf("%w: payload: %v", ErrMalformed, err)
		}
	}
	t.size = len(header.encoded) + 1 + encodedLen(s.key.size)
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
	signature, err := s.key.sign(h)
	if err != nil {
		return err
	}
	// 7, 8. The compact serialization.
	if 1+encodedLen(len(signature)) > cap(chunk)-len(chunk) {
		t.write(chunk)
		chunk = chunk[:0]
	}
	t.end(appendEncode(append(chunk, '.'), signature))
	return nil
}

// checkUnencoded checks a payload that goes unencoded into a token. RFC 7797, Section
// 5.2 leaves the characters to the application, but for the period; we choose those
// that it recommends.
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
type Verifier struct{ verifyReceiver }

type verifyReceiver = receiver[*verifyKey]

// verifyKey is a key for one algorithm of RFC 7518, Section 3.1.
type verifyKey struct {
	alg     string
	size    int // of a signature, in octets
	section string
	hashers *sync.Pool // of *hasher
	// verify reports whether signature is the one over what was written to the hasher.
	verify func(h *hasher, signature []byte) bool
}

func (k *verifyKey) algorithm() string { return k.alg }

// newVerifier returns the Verifier of one key, or of several.
func newVerifier(key *verifyKey, choice *keyChoice[*verifyKey], kid string, checks []CheckOption) (*Verifier, error) {
	r, err := newReceiver(key, choice, kid, checks)
	if err != nil {
		return nil, err
	}
	return &Verifier{r}, nil
}

// VerifierByKeyID returns a Verifier that chooses among verifiers by the "kid" of the
// token (RFC 7515, Section 4.1.4); each keeps its own algorithm and checks. A token
// without "kid" is verified only if there is exactly one; a [CheckMember] for "kid" makes
// it required even then. It returns [ErrKey] if there is none or one is nil, and
// [ErrUnsupported] for an option that can't be. The map is copied.
func VerifierByKeyID(verifiers map[string]*Verifier, checks ...CheckOption) (*Verifier, error) {
	choice := new(keyChoice[*verifyKey])
	for kid, v := range verifiers {
		if !v.made() || v.choice != nil {
			return nil, fmt.Errorf("%w: not a Verifier of one key (RFC 7515, Section 4.1.4)", ErrKey)
		}
		choice.add(keyInfo{kid: kid, hasKid: true}, &v.verifyReceiver)
	}
	return newVerifier(nil, choice, "", checks)
}

// Verify verifies a JWS in the compact serialization with its payload inside (RFC
// 7515, Section 5.2), encoded or not (RFC 7797, Section 5.2), and returns the payload.
// "header..signature" is a JWS with an empty payload. The checks are added to those
// of the Verifier. It returns [ErrMalformed], [ErrUnsupported], [ErrAlgorithm],
// [ErrUnknownKey], [ErrSignature], [ErrClaims] if a check of a header member fails, and
// [ErrKey] from the zero Verifier; a message is never returned beside an error.
func (v *Verifier) Verify(token string, checks ...CheckOption) (*Message, error) {
	return v.verify(new(Message), token, checks)
}

// verify fills m and returns it. Verify is small enough to be inlined, and then a message that
// its caller does not keep needs no memory but the payload's.
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

// made reports whether a constructor made v.
func (v *Verifier) made() bool { return v != nil && v.last != nil }

// The forms of a JWS that a caller can ask for.
type jwsForm int

const (
	attached jwsForm = iota
	detached
	jwt // attached, and "b64" is not false
)

// verify implements RFC 7515, Section 5.2 and RFC 7797, Sections 3 and 5. What depends
// on public octets alone comes first and fails in detail; the payload is decoded
// only when the signature holds (D14). That of a JWT is returned as a string.
func verify[T string | []byte](v *Verifier, token T, content []byte, form jwsForm, checks []CheckOption) (octets []byte, text string, _ *headerInfo, err error) {
	if !v.made() {
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
	h, err := acceptHeader(&v.verifyReceiver, token, header, checks)
	if err != nil {
		return nil, "", nil, err
	}
	switch {
	case form == jwt && h.unencoded:
		return nil, "", nil, fmt.Errorf(`%w: header: "b64" is false in a JWT (RFC 7797, Section 7)`, ErrMalformed)
	case form == jwt && h.nested:
		return nil, "", nil, fmt.Errorf(`%w: header: "cty" says that there is one more JWT inside (RFC 7519, Section 7.2)`, ErrMalformed)
	case form == detached && len(payload) > 0:
		return nil, "", nil, fmt.Errorf("%w: payload: attached, where it should be detached (RFC 7515, Appendix F)", ErrMalformed)
	}
	// 7. The signature; step 6, the payload, comes last.
	key := h.key
	input := key.hashers.Get().(*hasher)
	sig := input.signature[:key.size]
	if len(signature) != encodedLen(key.size) || !decode(sig, signature) {
		key.hashers.Put(input)
		if err := checkSegment(signature); err != nil {
			return nil, "", nil, fmt.Errorf("%w: signature: %v", ErrMalformed, err)
		}
		wrong := fmt.Errorf("signature: %d octets where %s has %d (%s)", decodedLen(len(signature)), key.alg, key.size, key.section)
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
			chunk := input.chunk[:encodedLen(n)]
			encode(chunk, rest[:n])
			input.Write(chunk)
			rest = rest[n:]
		}
	}
	holds := key.verify(input, sig)
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
	case !holds:
		return nil, "", nil, ErrSignature
	}
	if err := v.authentic(h, checks); err != nil {
		return nil, "", nil, err
	}
	return octets, text, h.headerInfo, nil
}

// NewRS256Signer returns a Signer for RS256 (RFC 7518, Section 3.3). The key has 2048
// to 8192 bits and two primes, and is copied; if it is not valid the error is [ErrKey].
// It returns [ErrMalformed] or [ErrAlgorithm] for a header that can't be, and
// [ErrUnsupported] if this mode of crypto refuses the key.
func NewRS256Signer(key *rsa.PrivateKey, opts ...HeaderOption) (*Signer, error) {
	key, err := copyRSAPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return newRS256Signer(key, opts)
}

func newRS256Signer(key *rsa.PrivateKey, opts []HeaderOption) (*Signer, error) {
	if err := tryRS256(key); err != nil {
		return nil, err
	}
	return newSigner(&signKey{
		alg:     algRS256,
		size:    key.Size(),
		hashers: newHashers(sha256.New),
		sign: func(h *hasher) ([]byte, error) {
			signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, h.sum())
			if err != nil {
				return nil, fmt.Errorf("%w: RS256: %w", ErrSigner, err)
			}
			return signature, nil
		},
	}, opts)
}

// tryRS256 makes and verifies one signature, so that a key that does not belong to its
// public half, or that this build and mode of crypto refuses, fails here (D3).
func tryRS256(key *rsa.PrivateKey) error {
	digest := sha256.Sum256(nil)
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
	if err != nil && !errors.Is(err, rsa.ErrDecryption) { // which it verifies what it signed by
		return fmt.Errorf("%w: RS256 with this key: %w", ErrUnsupported, err)
	}
	if rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], signature) != nil {
		return fmt.Errorf("%w: RSA: the private key is not that of the public key (RFC 8017, Section 3.2)", ErrKey)
	}
	return nil
}

// NewRS256SignerFromHandle is [NewRS256Signer] for a key that is kept elsewhere, in an
// HSM or a KMS (RFC 7518, Section 3.3). The handle's Public is an [*rsa.PublicKey]; its
// Sign is given a SHA-256 digest. The handle is kept, and has to be safe for concurrent
// use if the Signer is used so. It returns [ErrKey], [ErrMalformed], [ErrAlgorithm] or
// [ErrUnsupported].
func NewRS256SignerFromHandle(handle crypto.Signer, opts ...HeaderOption) (*Signer, error) {
	if key, ok := handle.(*rsa.PrivateKey); ok {
		return NewRS256Signer(key, opts...)
	}
	public, err := handlePublic(handle)
	if err != nil {
		return nil, err
	}
	key, ok := public.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%w: the handle's public key is a %T, not RSA (RFC 7518, Section 3.3)", ErrKey, public)
	}
	if key, err = copyRSAPublicKey(key); err != nil {
		return nil, err
	}
	if err := tryRS256Public(key); err != nil {
		return nil, err
	}
	return newSigner(&signKey{
		alg:     algRS256,
		size:    key.Size(),
		hashers: newHashers(sha256.New),
		sign: func(h *hasher) ([]byte, error) {
			signature, err := handle.Sign(rand.Reader, slices.Clone(h.sum()), crypto.SHA256)
			if err != nil {
				return nil, fmt.Errorf("%w: RS256: %w", ErrSigner, err)
			}
			if len(signature) != key.Size() {
				return nil, fmt.Errorf("%w: RS256: the handle returned %d octets where the modulus has %d (RFC 8017, Section 8.2.1)", ErrSigner, len(signature), key.Size())
			}
			return signature, nil
		},
	}, opts)
}

// NewRS256Verifier returns a Verifier for RS256 (RFC 7518, Section 3.3). The key has
// 2048 to 8192 bits and an odd exponent of 3 to 2³¹-1, and is copied; if it is not
// valid the error is [ErrKey]. It returns [ErrUnsupported] for an option that can't be,
// or if this mode of crypto refuses the key.
func NewRS256Verifier(key *rsa.PublicKey, checks ...CheckOption) (*Verifier, error) {
	key, err := copyRSAPublicKey(key)
	if err != nil {
		return nil, err
	}
	return newRS256Verifier(key, "", checks)
}

func newRS256Verifier(key *rsa.PublicKey, kid string, checks []CheckOption) (*Verifier, error) {
	if err := tryRS256Public(key); err != nil {
		return nil, err
	}
	return newVerifier(&verifyKey{
		alg:     algRS256,
		size:    key.Size(),
		section: "RFC 8017, Section 8.2.2",
		hashers: newHashers(sha256.New),
		verify: func(h *hasher, signature []byte) bool {
			return rsa.VerifyPKCS1v15(key, crypto.SHA256, h.sum(), signature) == nil
		},
	}, nil, kid, checks)
}

// tryRS256Public verifies what is no signature: anything but a verification error is
// this build and mode of crypto refusing the key (D3).
func tryRS256Public(key *rsa.PublicKey) error {
	digest := sha256.Sum256(nil)
	err := rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], make([]byte, key.Size()))
	if !errors.Is(err, rsa.ErrVerification) {
		return fmt.Errorf("%w: RS256 with this key: %v", ErrUnsupported, err)
	}
	return nil
}

// NewES512Signer returns a Signer for ES512 (RFC 7518, Section 3.4). The key is on P-521
// and is copied; if it is not valid the error is [ErrKey]. Signatures are hedged: made
// from the key, the message and randomness, which has what RFC 8725, Section 3.2 wants
// of deterministic ECDSA without its fault attacks (D12). It returns [ErrMalformed] or
// [ErrAlgorithm] for a header that can't be, and [ErrUnsupported] if this mode of crypto
// refuses the key.
func NewES512Signer(key *ecdsa.PrivateKey, opts ...HeaderOption) (*Signer, error) {
	key, err := copyECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return newES512Signer(key, opts)
}

func newES512Signer(key *ecdsa.PrivateKey, opts []HeaderOption) (*Signer, error) {
	digest := sha512.Sum512(nil)
	if _, err := ecdsa.SignASN1(rand.Reader, key, digest[:]); err != nil {
		return nil, fmt.Errorf("%w: ES512 with this key: %w", ErrUnsupported, err)
	}
	return newES512SignerFrom(func(digest []byte) ([]byte, error) {
		return ecdsa.SignASN1(rand.Reader, key, digest)
	}, opts)
}

// NewES512SignerFromHandle is [NewES512Signer] for a key that is kept elsewhere, in an
// HSM or a KMS (RFC 7518, Section 3.4). The handle's Public is an [*ecdsa.PublicKey] on
// P-521; its Sign is given a SHA-512 digest and returns ASN.1 DER. The handle is kept,
// and has to be safe for concurrent use if the Signer is used so. It returns [ErrKey],
// [ErrMalformed], [ErrAlgorithm] or [ErrUnsupported].
func NewES512SignerFromHandle(handle crypto.Signer, opts ...HeaderOption) (*Signer, error) {
	if key, ok := handle.(*ecdsa.PrivateKey); ok {
		return NewES512Signer(key, opts...)
	}
	public, err := handlePublic(handle)
	if err != nil {
		return nil, err
	}
	key, ok := public.(*ecdsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%w: the handle's public key is a %T, not ECDSA (RFC 7518, Section 3.4)", ErrKey, public)
	}
	if _, err := copyECPublicKey(key); err != nil {
		return nil, err
	}
	return newES512SignerFrom(func(digest []byte) ([]byte, error) {
		return handle.Sign(rand.Reader, slices.Clone(digest), crypto.SHA512)
	}, opts)
}

// newES512SignerFrom returns a Signer by a function that returns ASN.1 DER.
func newES512SignerFrom(signASN1 func(digest []byte) ([]byte, error), opts []HeaderOption) (*Signer, error) {
	return newSigner(&signKey{
		alg:     algES512,
		size:    sizeES512,
		hashers: newHashers(sha512.New),
		sign: func(h *hasher) ([]byte, error) {
			der, err := signASN1(h.sum())
			if err != nil {
				return nil, fmt.Errorf("%w: ES512: %w", ErrSigner, err)
			}
			signature := (*[sizeES512]byte)(h.signature[:])
			if err := readDER(signature, der); err != nil {
				return nil, fmt.Errorf("%w: ES512: %w", ErrSigner, err)
			}
			return signature[:], nil
		},
	}, opts)
}

// sizeES512 is the number of octets in an ES512 signature: R || S (RFC 7518, Section
// 3.4), each of sizeP521.
const (
	sizeP521  = 66
	sizeES512 = 2 * sizeP521
)

// orderP521 is the order of the curve, which R and S are below.
var orderP521 = elliptic.P521().Params().N.FillBytes(make([]byte, sizeP521))

// readDER writes R || S of the DER signature (RFC 3279, Section 2.2.3) to signature.
// The DER may come from a foreign crypto.Signer: it has to be all there is, and 0 < R, S < n.
func readDER(signature *[sizeES512]byte, der []byte) error {
	body, rest, ok := derElement(der, 0x30) // SEQUENCE
	if !ok || len(rest) != 0 {
		return errors.New("the signature is not one DER SEQUENCE")
	}
	clear(signature[:])
	for _, out := range [][]byte{signature[:sizeP521], signature[sizeP521:]} {
		var n []byte
		if n, body, ok = derElement(body, 0x02); !ok || len(n) == 0 { // INTEGER
			return errors.New("the signature is not DER of two INTEGERs")
		}
		if n[0] >= 0x80 || len(n) > 1 && n[0] == 0 && n[1] < 0x80 {
			return errors.New("R or S is negative or not minimal DER")
		}
		if n[0] == 0 {
			n = n[1:]
		}
		if len(n) == 0 || len(n) > len(out) {
			return errors.New("R or S is not between 0 and the order of P-521")
		}
		copy(out[len(out)-len(n):], n)
		if bytes.Compare(out, orderP521) >= 0 {
			return errors.New("R or S is not between 0 and the order of P-521")
		}
	}
	if len(body) != 0 {
		return errors.New("the signature is DER of more than two INTEGERs")
	}
	return nil
}

// derElement returns the content of the DER element that der starts with, if it has the
// tag, and what follows it. Lengths are those of a signature: up to 255.
func derElement(der []byte, tag byte) (content, rest []byte, ok bool) {
	if len(der) < 2 || der[0] != tag {
		return nil, nil, false
	}
	n, rest := int(der[1]), der[2:]
	if n == 0x81 && len(rest) > 0 && rest[0] >= 0x80 {
		n, rest = int(rest[0]), rest[1:]
	} else if n >= 0x80 {
		return nil, nil, false
	}
	if n > len(rest) {
		return nil, nil, false
	}
	return rest[:n], rest[n:], true
}

// appendDER appends the DER of a signature R || S: the reverse of readDER, but for
// the range of R and S, which ecdsa.VerifyASN1 checks.
func appendDER(dst []byte, signature *[sizeES512]byte) []byte {
	r := bytes.TrimLeft(signature[:sizeP521], "\x00")
	s := bytes.TrimLeft(signature[sizeP521:], "\x00")
	padR, padS := derPad(r), derPad(s)
	n := 2 + padR + len(r) + 2 + padS + len(s)
	if dst = append(dst, 0x30); n >= 0x80 {
		dst = append(dst, 0x81)
	}
	dst = append(dst, byte(n), 0x02, byte(padR+len(r)))
	dst = append(append(dst, make([]byte, padR)...), r...)
	dst = append(dst, 0x02, byte(padS+len(s)))
	return append(append(dst, make([]byte, padS)...), s...)
}

// derPad returns how many zero octets go before n, so that it is an INTEGER and not negative.
func derPad(n []byte) int {
	if len(n) == 0 || n[0] >= 0x80 {
		return 1
	}
	return 0
}

// NewES512Verifier returns a Verifier for ES512 (RFC 7518, Section 3.4). If key is not a
// point on P-521, the error is [ErrKey]; the key is copied. It returns [ErrUnsupported]
// for an option that can't be. A signature has R and S of 66 octets each; S may be in the
// upper half of its range.
func NewES512Verifier(key *ecdsa.PublicKey, checks ...CheckOption) (*Verifier, error) {
	key, err := copyECPublicKey(key)
	if err != nil {
		return nil, err
	}
	return newES512Verifier(key, "", checks)
}

func newES512Verifier(key *ecdsa.PublicKey, kid string, checks []CheckOption) (*Verifier, error) {
	return newVerifier(&verifyKey{
		alg:     algES512,
		size:    sizeES512,
		section: "RFC 7518, Section 3.4",
		hashers: newHashers(sha512.New),
		verify: func(h *hasher, signature []byte) bool {
			return ecdsa.VerifyASN1(key, h.sum(), appendDER(h.chunk[:0], (*[sizeES512]byte)(signature)))
		},
	}, nil, kid, checks)
}

// The sizes of an HS512 secret, in octets.
const (
	minSecret      = 64 // the size of the hash output: a MUST of RFC 7518, Section 3.2
	minShortSecret = 14 // where crypto/hmac panics below, under fips140=only (D3)
)

// NewHS512Signer returns a Signer for HS512 (RFC 7518, Section 3.2). The secret has at
// least 64 octets, is no key in PEM, DER or JWK, and is copied; otherwise the error is
// [ErrKey]. It returns [ErrMalformed] or [ErrAlgorithm] for a header that can't be.
func NewHS512Signer(secret []byte, opts ...HeaderOption) (*Signer, error) {
	if err := checkSecret(secret, minSecret); err != nil {
		return nil, err
	}
	return newHS512Signer(secret, opts)
}

// NewHS512SignerInsecureShortSecret is [NewHS512Signer] for a secret of 14 to 63 octets,
// which RFC 7518, Section 3.2 forbids: for a counterpart that issues no longer one. Whoever
// has one token can try secrets at leisure. A secret that is long enough is [ErrKey] here,
// as is one that is too short; the other errors are those of NewHS512Signer.
func NewHS512SignerInsecureShortSecret(secret []byte, opts ...HeaderOption) (*Signer, error) {
	if err := checkShortSecret(secret); err != nil {
		return nil, err
	}
	return newHS512Signer(secret, opts)
}

func newHS512Signer(secret []byte, opts []HeaderOption) (*Signer, error) {
	return newSigner(&signKey{
		alg:     algHS512,
		size:    sha512.Size,
		hashers: newMACs(secret),
		sign:    func(h *hasher) ([]byte, error) { return h.sum(), nil },
	}, opts)
}

// newMACs returns hashers that compute HMAC-SHA-512 with a copy of secret.
func newMACs(secret []byte) *sync.Pool {
	secret = bytes.Clone(secret)
	return newHashers(func() hash.Hash { return hmac.New(sha512.New, secret) })
}

// NewHS512Verifier returns a Verifier for HS512 (RFC 7518, Section 3.2), with the rules for
// the secret, and [ErrKey], of [NewHS512Signer]. It returns [ErrUnsupported] for an option
// that can't be.
func NewHS512Verifier(secret []byte, checks ...CheckOption) (*Verifier, error) {
	if err := checkSecret(secret, minSecret); err != nil {
		return nil, err
	}
	return newHS512Verifier(secret, "", checks)
}

// NewHS512VerifierInsecureShortSecret is [NewHS512Verifier] for a secret of 14 to 63 octets
// (RFC 7518, Section 3.2), with the rules and [ErrKey] of [NewHS512SignerInsecureShortSecret].
func NewHS512VerifierInsecureShortSecret(secret []byte, checks ...CheckOption) (*Verifier, error) {
	if err := checkShortSecret(secret); err != nil {
		return nil, err
	}
	return newHS512Verifier(secret, "", checks)
}

func newHS512Verifier(secret []byte, kid string, checks []CheckOption) (*Verifier, error) {
	return newVerifier(&verifyKey{
		alg:     algHS512,
		size:    sha512.Size,
		section: "RFC 7518, Section 3.2",
		hashers: newMACs(secret),
		// In constant time, and never on a part of the MAC (D13).
		verify: func(h *hasher, signature []byte) bool { return hmac.Equal(h.sum(), signature) },
	}, nil, kid, checks)
}

// newSigner returns the Signer of key.
func newSigner(key *signKey, opts []HeaderOption) (*Signer, error) {
	header, err := newHeaderWriter(key.alg, "", opts)
	if err != nil {
		return nil, err
	}
	return &Signer{key: key, header: header}, nil
}

// handlePublic returns the public key of a handle. A nil inside of the interface
// panics there, and is an error here.
func handlePublic(handle interface{ Public() crypto.PublicKey }) (public crypto.PublicKey, err error) {
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("%w: the handle is nil, or has no public key (D3)", ErrKey)
		}
	}()
	if handle == nil {
		return nil, fmt.Errorf("%w: the handle is nil (D3)", ErrKey)
	}
	return handle.Public(), nil
}

// Format prints the algorithm and "kid" that the Signer writes, with any verb (D22).
func (s Signer) Format(f fmt.State, _ rune) {
	if s.key == nil {
		fmt.Fprint(f, "jose.Signer{}")
		return
	}
	fmt.Fprintf(f, "jose.Signer{%s kid=%q}", s.key.alg, s.header.kid)
}

// Format prints the algorithm and "kid" of the key, with any verb (D22).
func (v Verifier) Format(f fmt.State, _ rune) { v.format(f, "jose.Verifier") }
