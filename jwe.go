package jose

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1"   // for crypto.SHA1
	_ "crypto/sha256" // for crypto.SHA256
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// row returns all that differs between the two: the hash is that of the label and of MGF1 (RFC
// 7516, Section 5.1; RFC 7518, Sections 4.1 and 4.3; RFC 7519, Section 8; RFC 8017, Section 7).
func (a KeyEncryptionAlgorithm) row() (name string, hash crypto.Hash) {
	switch a {
	case RSAOAEP:
		return "RSA-OAEP", crypto.SHA1
	case RSAOAEP256:
		return "RSA-OAEP-256", crypto.SHA256
	}
	return "", 0
}

// String returns the registered name, or "" for a value that is none of the two.
func (a KeyEncryptionAlgorithm) String() string {
	name, _ := a.row()
	return name
}

func (a KeyEncryptionAlgorithm) needs() (kty, use string) {
	if a.String() == "" {
		return "", ""
	}
	return "RSA", "enc"
}

// encA256GCM is the "enc" in scope, and these are its sizes in octets (RFC 7518, Section 5.3).
const (
	encA256GCM = "A256GCM"
	sizeCEK    = 32
	sizeIV     = 12
	sizeTag    = 16
)

// An Encrypter encrypts with one algorithm to one key, the content with A256GCM. It is immutable
// and safe for concurrent use. [PublicKey.Encrypter] makes one; the zero Encrypter returns
// [ErrKey].
type Encrypter struct {
	label
	key     *rsa.PublicKey
	hash    crypto.Hash
	header  *headerWriter
	nested  *headerWriter // of [SignThenEncrypt], or nil if there can be none
	scratch *scratch
}

// scratch keeps one buffer for ciphertext from call to call, so that a large token costs
// no memory but its own. It holds what is in the token, and nothing secret.
type scratch struct{ atomic.Pointer[[]byte] }

// maxScratch is the largest buffer that is kept, in bytes.
const maxScratch = 4 << 20

// take returns the buffer, or a new one if it is in use.
func (s *scratch) take() *[]byte {
	if buf := s.Swap(nil); buf != nil {
		return buf
	}
	return new([]byte)
}

// put returns a buffer.
func (s *scratch) put(buf *[]byte) {
	if cap(*buf) <= maxScratch {
		s.Store(buf)
	}
}

// Encrypter returns an Encrypter for alg and A256GCM to this key, and what it writes into every
// header (RFC 7518, Sections 4.3 and 5.3). It returns [ErrKey] if k is no RSA key or not for this
// use, [ErrOption] for an algorithm or a header that can't be, and [ErrUnsupported] if this build
// and mode of crypto refuses the key, SHA-1, or this AES-GCM.
func (k *PublicKey) Encrypter(alg KeyEncryptionAlgorithm, opts ...HeaderOption) (*Encrypter, error) {
	m := k.get()
	if err := m.fits(alg, "encrypt"); err != nil {
		return nil, err
	}
	name, hash := alg.row()
	if err := tryOAEP(m, alg); err != nil {
		return nil, err
	}
	header, err := newHeaderWriter(name, encA256GCM, opts)
	if err != nil {
		return nil, err
	}
	e := &Encrypter{header.label(), m.rsa, hash, header, nil, new(scratch)}
	e.nested, _ = e.wrapping(nil)
	return e, nil
}

// Encrypter returns an Encrypter for alg and A256GCM to one key of the set: the one that [KeyID] among
// the options names, or without it the only one for alg (RFC 7517, Section 5). It returns
// [ErrUnknownKey] if there is none with that name, [ErrKey] if the set has no key for alg or can't use
// the one that is named, and the other errors of [PublicKey.Encrypter]: [ErrOption] and
// [ErrUnsupported].
func (s *KeySet) Encrypter(alg KeyEncryptionAlgorithm, opts ...HeaderOption) (*Encrypter, error) {
	choice, err := choose(s, alg, "encrypt", func(m *material) (*material, error) { return m, nil })
	if err != nil {
		return nil, err
	}
	header, err := newHeaderWriter(alg.String(), encA256GCM, opts)
	if err != nil {
		return nil, err
	}
	m, err := choice.find(header.header())
	if err != nil {
		return nil, err
	}
	return (&PublicKey{material: m}).Encrypter(alg, opts...)
}

// tryOAEP encrypts a CEK of zeros, and content, so that what this build and mode of crypto refuses
// is refused when a key is bound to its algorithm (D3, D17). That a private key is the one of its
// public key was proved before.
func tryOAEP(m *material, alg KeyEncryptionAlgorithm) error {
	name, hash := alg.row()
	cek := make([]byte, sizeCEK)
	_, err := rsa.EncryptOAEP(hash.New(), rand.Reader, m.rsa, cek, nil)
	if err == nil {
		_, err = newA256GCM(cek)
	}
	if err = cmp.Or(err, m.refused); err != nil {
		return fmt.Errorf("%w: %s and A256GCM with this key, in this build and mode of crypto", ErrUnsupported, name)
	}
	return nil
}

// newA256GCM returns AES-256-GCM whose output, IV || ciphertext || tag, is in the order of a token,
// and that makes the IV itself: there is no way to give one (D17; RFC 7516, Sections 5.1 and 11.1;
// RFC 7518, Sections 5.3, 8.4 and 8.7).
func newA256GCM(cek []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(cek)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// Encrypt returns the JWE of plaintext in the compact serialization (RFC 7516, Section
// 7.1). The plaintext may be empty. It returns [ErrOption] for a header
// or plaintext that can't be, and [ErrKey] from the zero Encrypter.
func (e *Encrypter) Encrypt(plaintext []byte, opts ...HeaderOption) (string, error) {
	header, err := e.headerWith(opts)
	if err != nil {
		return "", err
	}
	if header.noCty && !e.header.noCty {
		return "", fmt.Errorf("%w: header: WithoutContentType is for SignThenEncrypt", ErrOption)
	}
	return e.encrypt(header, plaintext)
}

// headerWith returns the header of one token.
func (e *Encrypter) headerWith(opts []HeaderOption) (*headerWriter, error) {
	if e == nil || e.key == nil {
		return nil, fmt.Errorf("%w: an Encrypter that no constructor made", ErrKey)
	}
	if len(opts) == 0 {
		return e.header, nil
	}
	return e.header.with(opts)
}

// encrypt implements RFC 7516, Section 5.1. Steps 3, 5, 6, 8, 11 and 18 are about other key
// management modes, the JSON serialization and compression, which we do not do; 12 and 13, the
// header, were done by the headerWriter. See also RFC 7515, Section 10.1; RFC 7516, Sections 3.1
// and 11.1; RFC 7518, Sections 8.4, 8.7 and 8.9; RFC 7519, Section 7.1; RFC 8017, Sections 7.1 and
// 7.1.1.
func (e *Encrypter) encrypt(header *headerWriter, plaintext []byte) (string, error) {
	if len(plaintext) > maxContent {
		return "", fmt.Errorf("%w: plaintext: %d bytes, more than %d", ErrOption, len(plaintext), maxContent)
	}
	// 1, 2. A random CEK for this token alone.
	cek := make([]byte, sizeCEK)
	rand.Read(cek) // never fails (Go 1.24)
	// 4. The encrypted key.
	encryptedKey, err := rsa.EncryptOAEP(e.hash.New(), rand.Reader, e.key, cek, nil)
	if err != nil {
		return "", fmt.Errorf("%w: %s, in this build and mode of crypto", ErrUnsupported, header.alg)
	}
	gcm, err := newA256GCM(cek)
	if err != nil {
		return "", fmt.Errorf("%w: A256GCM, in this build and mode of crypto", ErrUnsupported)
	}
	// 9, 14, 15. The AAD is the encoded header; the IV is random.
	buf := e.scratch.take()
	defer e.scratch.put(buf)
	aad := header.encoded[:len(header.encoded)-1] // without its period
	*buf = gcm.Seal((*buf)[:0], nil, plaintext, aad)
	sealed := *buf
	iv, ciphertext, tag := sealed[:sizeIV], sealed[sizeIV:len(sealed)-sizeTag], sealed[len(sealed)-sizeTag:]

	// 7, 10, 16, 17, 19. All of it, encoded, and the compact serialization.
	var t strings.Builder
	parts := [...][]byte{encryptedKey, iv, ciphertext, tag}
	size := len(header.encoded) + len(parts) - 1
	for _, part := range parts {
		size += encodedLen(len(part))
	}
	t.Grow(size)
	t.Write(header.encoded)
	for i, part := range parts {
		if i > 0 {
			t.WriteByte('.')
		}
		var chunk [4096]byte
		for len(part) > 0 {
			n := min(len(part), decodedLen(len(chunk)))
			t.Write(appendEncode(chunk[:0], part[:n]))
			part = part[n:]
		}
	}
	return t.String(), nil
}

// A Decrypted is the content of a JWE, and no [Message]. Anybody can encrypt to a public key: nobody vouches
// for it, and what it says is to be treated as unauthenticated. [DecryptThenVerify] and
// [Policy.VerifyNested] are for content that is signed.
type Decrypted struct {
	Plaintext []byte
	Header    Header
}

// A Decrypter decrypts tokens of one algorithm with one key, or with one of several keys
// that is chosen by "kid". It is immutable and safe for concurrent use. Only a constructor
// makes one; the zero Decrypter returns [ErrKey].
type Decrypter struct {
	label
	*receiver[*decryptKey]
	scratch *scratch
}

// decryptKey is a private key that is bound to one algorithm of RFC 7518, Section 4.3 (D1).
type decryptKey struct {
	alg     string
	modulus []byte
	buffers *sync.Pool // of *keyBuffer
	// unwrap returns the CEK that was encrypted. The tests count calls of it and of open.
	unwrap func(encryptedKey []byte) ([]byte, error)
	open   func(cek, sealed, aad []byte) ([]byte, error)
}

func (k *decryptKey) algorithm() string { return k.alg }

func (k *decryptKey) jwe() bool { return true }

// checkScope refuses all algorithms that are not in scope, and "zip": nothing is ever decompressed
// (RFC 7515, Section 4; RFC 7516, Sections 4.1.1, 4.1.2, 5.2, 9 and 11.4; RFC 7519, Section 8; RFC
// 8725, Section 3.2).
func (k *decryptKey) checkScope(h *headerInfo) error {
	alg := h.Algorithm()
	switch {
	case alg != RSAOAEP.String() && alg != RSAOAEP256.String():
		return fmt.Errorf(`%w: "alg" is neither RSA-OAEP nor RSA-OAEP-256 (RFC 7518, Section 4.1)`, ErrUnsupported)
	case h.Encryption() != encA256GCM:
		return fmt.Errorf(`%w: "enc" is not A256GCM (RFC 7518, Section 5.1)`, ErrUnsupported)
	case h.Has("zip"):
		return fmt.Errorf(`%w: "zip" (RFC 7516, Section 4.1.3; RFC 8725, Section 3.6)`, ErrUnsupported)
	}
	return nil
}

// A keyBuffer is for one encrypted key, and the CEK: a random one unless it is that of one.
type keyBuffer struct {
	encryptedKey []byte
	cek          [sizeCEK]byte
}

// Decrypter returns a Decrypter for alg and A256GCM with this key, and the checks that it makes
// of every token (RFC 7518, Sections 4.3 and 5.3). It returns [ErrKey] if k is no RSA key or not
// for this use, [ErrOption] for an algorithm or a check that can't be, and [ErrUnsupported] if
// this build and mode of crypto refuses the key, SHA-1, or this AES-GCM.
//
// Whatever the error of a handle, the token is answered with [ErrDecryption] alone. To see its
// outages, wrap it in a [crypto.Decrypter] that reports those to you.
func (k *PrivateKey) Decrypter(alg KeyEncryptionAlgorithm, checks ...CheckOption) (*Decrypter, error) {
	m := k.get()
	r, err := decrypting(m, alg, checks)
	return newDecrypter(r, m.kid, err)
}

// decrypting binds a key to alg (RFC 8017, Sections 7.1 and 7.1.2).
func decrypting(m *material, alg KeyEncryptionAlgorithm, checks []CheckOption) (*receiver[*decryptKey], error) {
	if err := m.fits(alg, "decrypt"); err != nil {
		return nil, err
	}
	name, hash := alg.row()
	if err := tryOAEP(m, alg); err != nil {
		return nil, err
	}
	unwrap := func(encryptedKey []byte) ([]byte, error) {
		// A handle may write to what it is given.
		return m.decrypter.Decrypt(rand.Reader, bytes.Clone(encryptedKey), &rsa.OAEPOptions{Hash: hash})
	}
	if key, ok := m.decrypter.(*rsa.PrivateKey); ok {
		unwrap = func(encryptedKey []byte) ([]byte, error) {
			return rsa.DecryptOAEP(hash.New(), nil, key, encryptedKey, nil)
		}
	}
	size := m.rsa.Size()
	return newReceiver(&decryptKey{
		alg:     name,
		modulus: m.rsa.N.FillBytes(make([]byte, size)),
		buffers: &sync.Pool{New: func() any { return &keyBuffer{encryptedKey: make([]byte, size)} }},
		unwrap:  unwrap,
		open:    openA256GCM,
	}, nil, checks)
}

// newDecrypter returns the Decrypter of one key, or of several, unless there is an error.
func newDecrypter(r *receiver[*decryptKey], kid string, err error) (*Decrypter, error) {
	if err != nil {
		return nil, err
	}
	return &Decrypter{r.describe(kid), r, new(scratch)}, nil
}

// Decrypter returns a Decrypter for alg that chooses among the keys of the set by "kid" as
// [DecrypterByKeyID] does (RFC 7517, Section 5). It returns [ErrKey] if the set has no private key
// for alg, [ErrOption] for an algorithm or a check that can't be, and [ErrUnsupported] if this
// build and mode of crypto refuses a key, SHA-1, or this AES-GCM.
func (s *KeySet) Decrypter(alg KeyEncryptionAlgorithm, checks ...CheckOption) (*Decrypter, error) {
	choice, err := choose(s, alg, "decrypt", func(m *material) (*receiver[*decryptKey], error) {
		return decrypting(m, alg, nil)
	})
	r, err := newChoice(choice, checks, err)
	return newDecrypter(r, "", err)
}

// openA256GCM returns the plaintext of IV || ciphertext || tag (RFC 7516, Section 5.2).
func openA256GCM(cek, sealed, aad []byte) ([]byte, error) {
	gcm, err := newA256GCM(cek)
	if err != nil {
		return nil, err
	}
	return gcm.Open(nil, nil, sealed, aad)
}

// DecrypterByKeyID returns a Decrypter that chooses among decrypters by the "kid" of the
// token (RFC 7516, Section 4.1.6); each keeps its own algorithm and checks. A token without
// "kid" is decrypted only if there is exactly one. It returns [ErrKey] if there is none or one
// is nil, and [ErrOption] for an option that can't be. The map is copied.
func DecrypterByKeyID(decrypters map[string]*Decrypter, checks ...CheckOption) (*Decrypter, error) {
	choice, err := chooseByKeyID(decrypters, (*Decrypter).get)
	r, err := newChoice(choice, checks, err)
	return newDecrypter(r, "", err)
}

// get returns the receiver of a Decrypter that may be nil or zero, or nil.
func (d *Decrypter) get() *receiver[*decryptKey] { return cmp.Or(d, new(Decrypter)).receiver }

// Decrypt decrypts a JWE in the compact serialization (RFC 7516, Section 5.2). The checks
// are added to those of the Decrypter. It returns [ErrMalformed], [ErrUnsupported],
// [ErrAlgorithm], [ErrUnknownKey], [ErrClaims] if a check of a header member fails, and
// [ErrKey] from the zero Decrypter. Whatever goes wrong from the private key on is one and
// the same value, [ErrDecryption], after the same work. Plaintext is never returned beside
// an error.
func (d *Decrypter) Decrypt(token string, checks ...CheckOption) (*Decrypted, error) {
	plaintext, h, err := d.decrypt(token, false, checks)
	if err != nil {
		return nil, err
	}
	return &Decrypted{Plaintext: plaintext, Header: h.Header}, nil
}

// decrypt implements RFC 7516, Section 5.2. Steps 6, 8, 10, 11 and 13 are about direct encryption
// and the JSON serializations, which we refuse, as we do "zip" of step 17. See also RFC 7515,
// Section 10.9; RFC 7516, Sections 3.1, 7.1, 9, 11 and 11.4; RFC 7518, Sections 8.12 and 8.13; RFC
// 7519, Section 7.2; RFC 8725, Section 3.3; RFC 8017, Section 7.1.2.
func (d *Decrypter) decrypt(token string, nestedJWT bool, checks []CheckOption) ([]byte, *headerInfo, error) {
	if d.get() == nil {
		return nil, nil, fmt.Errorf("%w: a Decrypter that no constructor made", ErrKey)
	}
	if err := checkToken(token, d.maxSize, checks); err != nil {
		return nil, nil, err
	}
	// 1. Split at four periods, no more and no fewer.
	header, rest, ok1 := cut(token)
	encrypted, rest, ok2 := cut(rest)
	iv, rest, ok3 := cut(rest)
	ciphertext, tag, ok4 := cut(rest)
	if _, _, more := cut(tag); !ok1 || !ok2 || !ok3 || !ok4 || more {
		return nil, nil, errSegments(token, "5")
	}
	// 2 to 5. The header, and the key.
	h, err := acceptHeader(d.receiver, header, checks)
	if err != nil {
		return nil, nil, err
	}
	if nestedJWT && !h.nested {
		return nil, nil, fmt.Errorf(`%w: header: "cty" of a nested JWT is not "JWT" (RFC 7519, Section 5.2)`, ErrMalformed)
	}
	// 2, 16. The other segments. The length of IV and tag is public (D16), that of the
	// encrypted key is looked at below (Section 11.5).
	buf := d.scratch.take()
	defer d.scratch.put(buf)
	sealed := slices.Grow((*buf)[:0], decodedLen(len(iv))+decodedLen(len(ciphertext))+decodedLen(len(tag)))
	for _, p := range []struct {
		name, text string
		size       int
	}{{"IV", iv, sizeIV}, {"ciphertext", ciphertext, -1}, {"tag", tag, sizeTag}} {
		start := len(sealed)
		if sealed, err = appendDecode(sealed, p.text); err != nil {
			return nil, nil, fmt.Errorf("%w: %s: %v", ErrMalformed, p.name, err)
		}
		if n := len(sealed) - start; p.size >= 0 && n != p.size {
			return nil, nil, fmt.Errorf("%w: %s: %d octets, not %d (RFC 7518, Section 5.3)", ErrMalformed, p.name, n, p.size)
		}
	}
	*buf = sealed
	if err := checkSegment(encrypted); err != nil {
		return nil, nil, fmt.Errorf("%w: encrypted key: %v", ErrMalformed, err)
	}

	// 7, 9, 12. From here on everything is one error after the same work (D15): one use
	// of the private key and one of the content cipher, whatever was sent. What is
	// not the encryption of 32 octets is replaced by a random CEK, which fails in
	// step 16 like any wrong one, so that format, padding and length errors can't
	// be told apart (Section 11.5).
	keys := h.key.buffers.Get().(*keyBuffer)
	defer h.key.buffers.Put(keys)
	cek := keys.cek[:]
	rand.Read(cek)
	inRange := h.key.readEncryptedKey(keys.encryptedKey, encrypted)
	unwrapped, err := h.key.unwrap(keys.encryptedKey)
	if err == nil && inRange && len(unwrapped) == sizeCEK {
		copy(cek, unwrapped) // a handle may keep what it returns, and write to it
	}
	// 14 to 16. The AAD is the encoded header as received, never a re-encoding.
	plaintext, err := h.key.open(cek, sealed, h.encoded)
	if err != nil {
		return nil, nil, ErrDecryption
	}
	if err := d.authentic(h, checks); err != nil {
		return nil, nil, err
	}
	return plaintext, h.headerInfo, nil
}

// readEncryptedKey decodes an encrypted key into octets, which have the modulus' length. One of
// another length, or not below the modulus, is not in range (RFC 8017, Section 7.1.2, steps 1b and
// 2b): what octets then have is to be decrypted all the same, for the same work. See also RFC 7516,
// Section 11.5.
func (k *decryptKey) readEncryptedKey(octets []byte, segment string) (inRange bool) {
	if len(segment) == encodedLen(len(octets)) && decode(octets, segment) && bytes.Compare(octets, k.modulus) < 0 {
		return true
	}
	clear(octets)
	octets[len(octets)-1] = 2 // neither 0 nor 1, which are their own powers
	return false
}

// SignThenEncrypt returns a JWE around the JWS of payload (RFC 7519, Section 11.2). The
// outer header has "cty" "JWT", as RFC 7519, Section 5.2 asks of a nested JWT, unless the
// Encrypter or outer says otherwise: another [ContentType], or [WithoutContentType]. It returns
// [ErrOption] also for an exact header that has none and no WithoutContentType beside it, and for
// "cty" "JWT" around an unencoded payload (RFC 7797, Section 7). The other errors are those of
// [Signer.Sign] and [Encrypter.Encrypt]: [ErrKey] and [ErrSigner].
//
// The signature does not say whom the token was encrypted for: the recipient can encrypt it
// again to somebody else. Claims need an "aud" (RFC 7519, Section 4.1.3).
func SignThenEncrypt(s *Signer, e *Encrypter, payload []byte, outer ...HeaderOption) (string, error) {
	// See RFC 7519, Sections 7.1 and 8.
	header, err := e.wrapping(outer)
	if err != nil {
		return "", err
	}
	token, err := s.AppendSign(nil, payload)
	if err != nil {
		return "", err
	}
	if s.header.unencoded && sameMediaType(header.header().ContentType(), "JWT") {
		return "", fmt.Errorf(`%w: header: "cty" is "JWT", and "b64" is false inside (RFC 7797, Section 7)`, ErrOption)
	}
	return e.encrypt(header, token)
}

// wrapping returns the header of a JWE around a JWS (RFC 7519, Sections 5.2 and 7.1).
func (e *Encrypter) wrapping(outer []HeaderOption) (*headerWriter, error) {
	header, err := e.headerWith(outer)
	switch {
	case err != nil:
		return nil, err
	case len(outer) == 0 && e.nested != nil:
		return e.nested, nil
	case header.noCty || header.header().Has("cty"):
		return header, nil
	case header.exact:
		return nil, fmt.Errorf(`%w: header: no "cty" in the exact header, and no WithoutContentType`, ErrOption)
	}
	return header.with([]HeaderOption{ContentType("JWT")})
}

// DecryptThenVerify returns the payload of the JWS that is inside of a JWE, and both headers.
// The "cty" of the outer one is not asked for; [Policy.VerifyNested] does, for a JWT. The
// checks are for the inner header; those of the outer one are the Decrypter's. The errors
// about the outer token are those of [Decrypter.Decrypt]: [ErrMalformed], [ErrUnsupported],
// [ErrAlgorithm], [ErrUnknownKey], [ErrDecryption], [ErrClaims] and [ErrKey]; those about the
// inner one are those of [Verifier.Verify], with [ErrSignature], and wrap [ErrInner] as well
// (RFC 7519, Section 7.2). Content that is not signed is never returned.
func DecryptThenVerify(d *Decrypter, v *Verifier, token string, inner ...CheckOption) (*Message, error) {
	payload, _, h, outer, err := decryptThenVerify(d, v, token, attached, inner)
	if err != nil {
		return nil, err
	}
	return &Message{Payload: payload, Header: h.Header, OuterHeader: outer.Header}, nil
}

// decryptThenVerify is DecryptThenVerify for every form of the inner token (RFC 8725, Section 3.3).
func decryptThenVerify(d *Decrypter, v *Verifier, token string, form jwsForm, checks []CheckOption) (
	payload []byte, text string, h, outer *headerInfo, err error) {
	if v.get() == nil {
		return nil, "", nil, nil, fmt.Errorf("%w: a Verifier that no constructor made", ErrKey)
	}
	if err := checkCall(checks); err != nil { // which is no matter of the inner token
		return nil, "", nil, nil, err
	}
	plaintext, outer, err := d.decrypt(token, form == jwt, nil)
	if err != nil {
		return nil, "", nil, nil, err
	}
	if payload, text, h, err = verify(v, plaintext, nil, form, checks); err != nil {
		return nil, "", nil, nil, fmt.Errorf("%w: %w", ErrInner, err)
	}
	return payload, text, h, outer, nil
}
