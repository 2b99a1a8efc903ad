package jose

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"hash"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// The sizes of A256GCM, in octets (RFC 7518, Section 5.3).
const (
	sizeCEK = 32
	sizeIV  = 12
	sizeTag = 16
)

// oaep is an algorithm of RFC 7518, Section 4.3. Its hash is that of the label and of MGF1.
type oaep struct {
	alg     string
	hash    crypto.Hash
	newHash func() hash.Hash
}

var (
	oaepSHA1   = &oaep{algRSAOAEP, crypto.SHA1, sha1.New}
	oaepSHA256 = &oaep{algRSAOAEP256, crypto.SHA256, sha256.New}
)

// An Encrypter encrypts with one algorithm to one key, the content with A256GCM. It is
// immutable and safe for concurrent use. Only a constructor makes one; the zero Encrypter
// returns [ErrKey].
type Encrypter struct {
	key     *rsa.PublicKey
	oaep    *oaep
	header  *headerWriter
	nested  *headerWriter // with "cty" as in a nested JWT, or nil if that does not fit
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

// NewRSAOAEPEncrypter returns an Encrypter for RSA-OAEP, which is with SHA-1, and A256GCM
// (RFC 7518, Sections 4.3 and 5.3). The key has 2048 to 8192 bits, and is copied; if it is
// not valid the error is [ErrKey]. It returns [ErrMalformed], [ErrAlgorithm] or
// [ErrUnsupported] for a header that can't be, and ErrUnsupported if this build and mode of
// crypto refuses the key, SHA-1, or this AES-GCM.
func NewRSAOAEPEncrypter(key *rsa.PublicKey, opts ...HeaderOption) (*Encrypter, error) {
	key, err := copyRSAPublicKey(key)
	if err != nil {
		return nil, err
	}
	return newEncrypter(key, oaepSHA1, opts)
}

// NewRSAOAEP256Encrypter returns an Encrypter for RSA-OAEP-256, which is with SHA-256, and
// A256GCM (RFC 7518, Sections 4.3 and 5.3). The errors are those of [NewRSAOAEPEncrypter]:
// [ErrKey], [ErrMalformed], [ErrAlgorithm] and [ErrUnsupported].
func NewRSAOAEP256Encrypter(key *rsa.PublicKey, opts ...HeaderOption) (*Encrypter, error) {
	key, err := copyRSAPublicKey(key)
	if err != nil {
		return nil, err
	}
	return newEncrypter(key, oaepSHA256, opts)
}

func newEncrypter(key *rsa.PublicKey, o *oaep, opts []HeaderOption) (*Encrypter, error) {
	if _, err := o.try(key); err != nil {
		return nil, err
	}
	header, err := newHeaderWriter(o.alg, encA256GCM, opts)
	if err != nil {
		return nil, err
	}
	e := &Encrypter{key: key, oaep: o, header: header, nested: header, scratch: new(scratch)}
	plain := slices.ContainsFunc(opts, func(o HeaderOption) bool { return o.noCty })
	if !plain && !header.exact && !contains(header.names, "cty") {
		e.nested, _ = header.with([]HeaderOption{ContentType("JWT")})
	}
	return e, nil
}

// try encrypts a CEK, and content, so that what this build and mode of crypto refuses is
// refused here (D3, D17).
func (o *oaep) try(key *rsa.PublicKey) (encryptedKey []byte, err error) {
	cek := make([]byte, sizeCEK)
	if encryptedKey, err = rsa.EncryptOAEP(o.newHash(), rand.Reader, key, cek, nil); err == nil {
		_, err = newA256GCM(cek)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s and A256GCM with this key: %w", ErrUnsupported, o.alg, err)
	}
	return encryptedKey, nil
}

// newA256GCM returns AES-256-GCM whose output, IV || ciphertext || tag, is in the order of
// a token, and that makes the IV itself: there is no way to give one (D17).
func newA256GCM(cek []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(cek)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// Encrypt returns the JWE of plaintext in the compact serialization (RFC 7516, Section
// 7.1). The plaintext may be empty. It returns [ErrMalformed], [ErrAlgorithm] or
// [ErrUnsupported] for a header that can't be, and [ErrKey] from the zero Encrypter.
func (e *Encrypter) Encrypt(plaintext []byte, opts ...HeaderOption) (string, error) {
	if e == nil || e.key == nil {
		return "", fmt.Errorf("%w: an Encrypter that no constructor made", ErrKey)
	}
	return e.encrypt(e.header, plaintext, opts)
}

// encrypt implements RFC 7516, Section 5.1. Steps 3, 5, 6, 8, 10 and 11 are about other
// key management modes, and compression, which we do not do.
func (e *Encrypter) encrypt(header *headerWriter, plaintext []byte, opts []HeaderOption) (string, error) {
	if len(plaintext) > maxContent {
		return "", fmt.Errorf("%w: plaintext: %d bytes, more than %d (D8)", ErrMalformed, len(plaintext), maxContent)
	}
	// 12, 13. The header, encoded.
	if len(opts) > 0 {
		var err error
		if header, err = header.with(opts); err != nil {
			return "", err
		}
	}
	// 1, 2. A random CEK for this token alone.
	cek := make([]byte, sizeCEK)
	rand.Read(cek) // never fails (Go 1.24)
	// 4, 7. The encrypted key.
	encryptedKey, err := rsa.EncryptOAEP(e.oaep.newHash(), rand.Reader, e.key, cek, nil)
	if err != nil {
		return "", fmt.Errorf("%w: %s: %w", ErrUnsupported, e.oaep.alg, err)
	}
	gcm, err := newA256GCM(cek)
	if err != nil {
		return "", fmt.Errorf("%w: A256GCM: %w", ErrUnsupported, err)
	}
	// 9, 14, 15. The AAD is the encoded header; the IV is random.
	buf := e.scratch.take()
	defer e.scratch.put(buf)
	aad := header.encoded[:len(header.encoded)-1] // without its period
	*buf = gcm.Seal((*buf)[:0], nil, plaintext, aad)
	sealed := *buf
	iv, ciphertext, tag := sealed[:sizeIV], sealed[sizeIV:len(sealed)-sizeTag], sealed[len(sealed)-sizeTag:]

	// 16 to 19. The compact serialization.
	var t strings.Builder
	t.Grow(len(header.encoded) + encodedLen(len(encryptedKey)) + encodedLen(sizeIV) + encodedLen(len(ciphertext)) + encodedLen(sizeTag) + 3)
	t.Write(header.encoded)
	for i, part := range [][]byte{encryptedKey, iv, ciphertext, tag} {
		if i > 0 {
			t.WriteByte('.')
		}
		var chunk [4096]byte
		for len(part) > 0 {
			n := min(len(part), decodedLen(len(chunk)))
			out := chunk[:encodedLen(n)]
			encode(out, part[:n])
			t.Write(out)
			part = part[n:]
		}
	}
	return t.String(), nil
}

// A Decrypted is the content of a JWE. Anybody can encrypt to a public key: nobody vouches
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
	decryptReceiver
	scratch *scratch
}

type decryptReceiver = receiver[*decryptKey]

// decryptKey is a private key for one algorithm of RFC 7518, Section 4.3.
type decryptKey struct {
	alg     string
	modulus []byte
	buffers *sync.Pool // of *keyBuffer
	// unwrap returns the CEK that was encrypted. The tests count calls of it and of open.
	unwrap func(encryptedKey []byte) ([]byte, error)
	open   func(cek, sealed, aad []byte) ([]byte, error)
}

func (k *decryptKey) algorithm() string { return k.alg }

// A keyBuffer is for one encrypted key, and the CEK to go on with if it is none.
type keyBuffer struct {
	encryptedKey []byte
	randomCEK    [sizeCEK]byte
}

// NewRSAOAEPDecrypter returns a Decrypter for RSA-OAEP, which is with SHA-1, and A256GCM
// (RFC 7518, Sections 4.3 and 5.3). The key has 2048 to 8192 bits and two primes, and is
// copied; if it is not valid the error is [ErrKey]. It returns [ErrUnsupported] for an
// option that can't be, and if this build and mode of crypto refuses the key, SHA-1, or
// this AES-GCM.
func NewRSAOAEPDecrypter(key *rsa.PrivateKey, checks ...CheckOption) (*Decrypter, error) {
	key, err := copyRSAPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return newRSADecrypter(key, oaepSHA1, "", checks)
}

// NewRSAOAEP256Decrypter returns a Decrypter for RSA-OAEP-256, which is with SHA-256, and
// A256GCM (RFC 7518, Sections 4.3 and 5.3). The errors are those of [NewRSAOAEPDecrypter]:
// [ErrKey] and [ErrUnsupported].
func NewRSAOAEP256Decrypter(key *rsa.PrivateKey, checks ...CheckOption) (*Decrypter, error) {
	key, err := copyRSAPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return newRSADecrypter(key, oaepSHA256, "", checks)
}

// newRSADecrypter returns a Decrypter after one encrypted key has made its way back.
func newRSADecrypter(key *rsa.PrivateKey, o *oaep, kid string, checks []CheckOption) (*Decrypter, error) {
	unwrap := func(encryptedKey []byte) ([]byte, error) {
		return rsa.DecryptOAEP(o.newHash(), nil, key, encryptedKey, nil)
	}
	encryptedKey, err := o.try(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	if cek, err := unwrap(encryptedKey); err != nil || !bytes.Equal(cek, make([]byte, sizeCEK)) {
		return nil, fmt.Errorf("%w: RSA: the private key is not that of the public key (RFC 8017, Section 3.2)", ErrKey)
	}
	return newDecrypter(&key.PublicKey, o, unwrap, kid, checks)
}

// NewRSAOAEPDecrypterFromHandle is [NewRSAOAEPDecrypter] for a key that is kept elsewhere, in
// an HSM or a KMS (RFC 7518, Section 4.3). The handle's Public is an [*rsa.PublicKey]; its
// Decrypt is given an encrypted key of the modulus' length and [*rsa.OAEPOptions] with SHA-1.
// The handle is kept, and has to be safe for concurrent use if the Decrypter is used so. It
// returns [ErrKey] or [ErrUnsupported].
//
// Whatever the handle's error, the token is answered with [ErrDecryption] alone. To see its
// outages, wrap it in a [crypto.Decrypter] that reports those to you.
func NewRSAOAEPDecrypterFromHandle(handle crypto.Decrypter, checks ...CheckOption) (*Decrypter, error) {
	return newHandleDecrypter(handle, oaepSHA1, checks)
}

// NewRSAOAEP256DecrypterFromHandle is [NewRSAOAEPDecrypterFromHandle] for RSA-OAEP-256, with
// SHA-256 (RFC 7518, Section 4.3). It returns [ErrKey] or [ErrUnsupported].
func NewRSAOAEP256DecrypterFromHandle(handle crypto.Decrypter, checks ...CheckOption) (*Decrypter, error) {
	return newHandleDecrypter(handle, oaepSHA256, checks)
}

func newHandleDecrypter(handle crypto.Decrypter, o *oaep, checks []CheckOption) (*Decrypter, error) {
	if key, ok := handle.(*rsa.PrivateKey); ok {
		key, err := copyRSAPrivateKey(key)
		if err != nil {
			return nil, err
		}
		return newRSADecrypter(key, o, "", checks)
	}
	public, err := handlePublic(handle)
	if err != nil {
		return nil, err
	}
	key, ok := public.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%w: the handle's public key is a %T, not RSA (RFC 7518, Section 4.3)", ErrKey, public)
	}
	if key, err = copyRSAPublicKey(key); err != nil {
		return nil, err
	}
	if _, err := o.try(key); err != nil {
		return nil, err
	}
	opts := rsa.OAEPOptions{Hash: o.hash}
	return newDecrypter(key, o, func(encryptedKey []byte) ([]byte, error) {
		opts := opts // the handle may write to it, and to what it is given
		return handle.Decrypt(rand.Reader, bytes.Clone(encryptedKey), &opts)
	}, "", checks)
}

func newDecrypter(key *rsa.PublicKey, o *oaep, unwrap func([]byte) ([]byte, error), kid string, checks []CheckOption) (*Decrypter, error) {
	size := key.Size()
	return decrypterOf(&decryptKey{
		alg:     o.alg,
		modulus: key.N.FillBytes(make([]byte, size)),
		buffers: &sync.Pool{New: func() any { return &keyBuffer{encryptedKey: make([]byte, size)} }},
		unwrap:  unwrap,
		open:    openA256GCM,
	}, nil, kid, checks)
}

// decrypterOf returns the Decrypter of one key, or of several.
func decrypterOf(key *decryptKey, choice *keyChoice[*decryptKey], kid string, checks []CheckOption) (*Decrypter, error) {
	r, err := newReceiver(key, choice, kid, checks)
	if err != nil {
		return nil, err
	}
	return &Decrypter{r, new(scratch)}, nil
}

// openA256GCM returns the plaintext of IV || ciphertext || tag.
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
// is nil, and [ErrUnsupported] for an option that can't be. The map is copied.
func DecrypterByKeyID(decrypters map[string]*Decrypter, checks ...CheckOption) (*Decrypter, error) {
	choice := new(keyChoice[*decryptKey])
	for kid, d := range decrypters {
		if !d.made() || d.choice != nil {
			return nil, fmt.Errorf("%w: not a Decrypter of one key (RFC 7516, Section 4.1.6)", ErrKey)
		}
		choice.add(keyInfo{kid: kid, hasKid: true}, &d.decryptReceiver)
	}
	return decrypterOf(nil, choice, "", checks)
}

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

// decrypt implements RFC 7516, Section 5.2. Steps 6, 8, 10, 11 and 13 are about direct
// encryption and the JSON serializations, which we refuse, as we do "zip" of step 17.
func (d *Decrypter) decrypt(token string, nestedJWT bool, checks []CheckOption) ([]byte, *headerInfo, error) {
	if !d.made() {
		return nil, nil, fmt.Errorf("%w: a Decrypter that no constructor made", ErrKey)
	}
	if err := checkToken(token, d.maxSize, checks); err != nil {
		return nil, nil, err
	}
	// 1. Split at four periods, no more and no fewer.
	parts, err := splitJWE(token)
	if err != nil {
		return nil, nil, err
	}
	// 2 to 5. The header, and the key.
	h, err := acceptHeader(&d.decryptReceiver, token, parts.Header, checks)
	if err != nil {
		return nil, nil, err
	}
	if nestedJWT && !h.nested {
		return nil, nil, fmt.Errorf(`%w: header: "cty" of a nested JWT is not "JWT" (RFC 7519, Section 5.2)`, ErrMalformed)
	}
	// 2, 16. The other segments. The length of IV and tag is public, that of the
	// encrypted key is looked at below (Section 11.5).
	buf := d.scratch.take()
	defer d.scratch.put(buf)
	sealed := slices.Grow((*buf)[:0], decodedLen(len(parts.IV))+decodedLen(len(parts.Ciphertext))+decodedLen(len(parts.Tag)))
	for _, part := range []struct {
		name, text string
		size       int
	}{{"IV", parts.IV, sizeIV}, {"ciphertext", parts.Ciphertext, -1}, {"tag", parts.Tag, sizeTag}} {
		start := len(sealed)
		if sealed, err = appendDecode(sealed, part.text); err != nil {
			return nil, nil, fmt.Errorf("%w: %s: %v", ErrMalformed, part.name, err)
		}
		if n := len(sealed) - start; part.size >= 0 && n != part.size {
			return nil, nil, fmt.Errorf("%w: %s: %d octets where A256GCM has %d (RFC 7518, Section 5.3)", ErrMalformed, part.name, n, part.size)
		}
	}
	*buf = sealed
	if err := checkSegment(parts.EncryptedKey); err != nil {
		return nil, nil, fmt.Errorf("%w: encrypted key: %v", ErrMalformed, err)
	}

	// 7, 9, 12. From here on everything is one error after the same work: one use
	// of the private key and one of the content cipher, whatever was sent. What is
	// not the encryption of 32 octets is replaced by a random CEK, which fails in
	// step 16 like any wrong one, so that format, padding and length errors can't
	// be told apart (Section 11.5).
	keys := h.key.buffers.Get().(*keyBuffer)
	defer h.key.buffers.Put(keys)
	cek := keys.randomCEK[:]
	rand.Read(cek)
	inRange := h.key.readEncryptedKey(keys.encryptedKey, parts.EncryptedKey)
	unwrapped, err := h.key.unwrap(keys.encryptedKey)
	if err == nil && inRange && len(unwrapped) == sizeCEK {
		cek = unwrapped
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

// made reports whether a constructor made d.
func (d *Decrypter) made() bool { return d != nil && d.last != nil }

// readEncryptedKey decodes an encrypted key into octets, which have the modulus' length. One
// of another length, or not below the modulus, is not in range (RFC 8017, Section 7.1.2, step
// 1): what octets then have is to be decrypted all the same, for the same work.
func (k *decryptKey) readEncryptedKey(octets []byte, segment string) (inRange bool) {
	if len(segment) == encodedLen(len(octets)) && decode(octets, segment) && bytes.Compare(octets, k.modulus) < 0 {
		return true
	}
	clear(octets)
	octets[len(octets)-1] = 2 // neither 0 nor 1, which are their own powers
	return false
}

// JWEParts are the five segments of a JWE, in base64url as in the token: for counterparts that
// send them as members of a JSON object of their own (RFC 7516, Section 7.1).
type JWEParts struct {
	Header       string
	EncryptedKey string
	IV           string
	Ciphertext   string
	Tag          string
}

// SplitJWE takes a token apart. It returns [ErrMalformed] if it has not five segments of
// base64url or more than 16 MiB, and [ErrUnsupported] for a JSON serialization (RFC 7516,
// Section 7.1).
func SplitJWE(token string) (JWEParts, error) {
	if err := checkToken(token, 0, nil); err != nil {
		return JWEParts{}, err
	}
	p, err := splitJWE(token)
	if err != nil {
		return JWEParts{}, err
	}
	return p, p.check()
}

// Token puts a token together. It returns [ErrMalformed] if a part is not base64url, or the
// parts have more than 16 MiB (RFC 7516, Section 7.1).
func (p JWEParts) Token() (string, error) {
	if err := p.check(); err != nil {
		return "", err
	}
	return strings.Join([]string{p.Header, p.EncryptedKey, p.IV, p.Ciphertext, p.Tag}, "."), nil
}

// splitJWE splits a token at its four periods.
func splitJWE(token string) (p JWEParts, err error) {
	rest, found := token, true
	for _, part := range []*string{&p.Header, &p.EncryptedKey, &p.IV, &p.Ciphertext} {
		ok := false
		*part, rest, ok = cut(rest)
		found = found && ok
	}
	if p.Tag = rest; !found || strings.IndexByte(rest, '.') >= 0 {
		return JWEParts{}, errSegments(token, "5")
	}
	return p, nil
}

// check checks that every part is base64url.
func (p JWEParts) check() error {
	size := 4
	for _, part := range []struct{ name, text string }{
		{"header", p.Header}, {"encrypted key", p.EncryptedKey}, {"IV", p.IV}, {"ciphertext", p.Ciphertext}, {"tag", p.Tag},
	} {
		if size += len(part.text); size > maxToken {
			return fmt.Errorf("%w: more than %d bytes (D8)", ErrMalformed, maxToken)
		}
		if err := checkSegment(part.text); err != nil {
			return fmt.Errorf("%w: %s: %v", ErrMalformed, part.name, err)
		}
	}
	return nil
}

// SignThenEncrypt returns a JWE around the JWS of payload (RFC 7519, Section 11.2). The
// outer header has "cty" "JWT", as RFC 7519, Section 5.2 asks of a nested JWT, unless the
// Encrypter or outer says otherwise: another [ContentType], or [WithoutContentType]. The
// errors are those of [Signer.Sign] and [Encrypter.Encrypt]: [ErrKey], [ErrMalformed],
// [ErrAlgorithm], [ErrUnsupported] and [ErrSigner].
//
// The signature does not say whom the token was encrypted for: the recipient can encrypt it
// again to somebody else. Claims need an "aud" (RFC 7519, Section 4.1.3).
func SignThenEncrypt(s *Signer, e *Encrypter, payload []byte, outer ...HeaderOption) (string, error) {
	if e == nil || e.key == nil {
		return "", fmt.Errorf("%w: an Encrypter that no constructor made", ErrKey)
	}
	token, err := s.AppendSign(nil, payload)
	if err != nil {
		return "", err
	}
	header := e.nested
	for _, o := range outer {
		if o.noCty || o.exact != "" || o.member.name == "cty" {
			header = e.header
		}
	}
	if header == nil {
		return "", fmt.Errorf(`%w: header: with "cty" it has more than %d octets (D8)`, ErrMalformed, maxHeader)
	}
	return e.encrypt(header, token, outer)
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

func decryptThenVerify(d *Decrypter, v *Verifier, token string, form jwsForm, checks []CheckOption) (payload []byte, text string, h, outer *headerInfo, err error) {
	if !v.made() {
		return nil, "", nil, nil, fmt.Errorf("%w: a Verifier that no constructor made", ErrKey)
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

// Format prints the algorithm and "kid" that the Encrypter writes, with any verb (D22).
func (e Encrypter) Format(f fmt.State, _ rune) {
	if e.key == nil {
		fmt.Fprint(f, "jose.Encrypter{}")
		return
	}
	fmt.Fprintf(f, "jose.Encrypter{%s kid=%q}", e.oaep.alg, e.header.kid)
}

// Format prints the algorithm and "kid" of the key, with any verb (D22).
func (d Decrypter) Format(f fmt.State, _ rune) { d.format(f, "jose.Decrypter") }
