package jose

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// A PrivateKey is the private key, or the HS512 secret, of one key file. What a JWK says
// of its use travels with it and is checked when a Signer, Verifier or Decrypter is made.
// It is immutable; the zero PrivateKey is good for nothing and returns [ErrKey].
type PrivateKey struct {
	info   keyInfo
	rsa    *rsa.PrivateKey // one of these three
	ec     *ecdsa.PrivateKey
	secret func() []byte // fmt shows no more of it than an address, where it asks no Format method (D22)
}

// A PublicKey is the public key of one key file. What a JWK says of its use travels with
// it and is checked when a Verifier or Encrypter is made. It is immutable; the zero
// PublicKey is good for nothing and returns [ErrKey].
type PublicKey struct {
	info keyInfo
	rsa  *rsa.PublicKey // one of these two
	ec   *ecdsa.PublicKey
}

// keyInfo is what a JWK says of its use (RFC 7517, Sections 4.2 to 4.5).
type keyInfo struct {
	kid, alg, use string
	ops           []string
	hasKid        bool
}

// ParsePrivateKey reads a file with exactly one private key: PEM or DER of PKCS #1, PKCS
// #8 or SEC 1, the base64 of that DER, or a JWK (RSA, EC P-521, or oct with at least 64
// octets). It has at most 1 MiB. The error is [ErrKey] (RFC 7517, Section 4; RFC 7518,
// Section 6; RFC 7468, Sections 10 and 11).
func ParsePrivateKey(file []byte) (*PrivateKey, error) {
	private, public, err := parseKey(file)
	if err != nil {
		return nil, err
	}
	if public != nil {
		return nil, fmt.Errorf("%w: a public key where a private one is expected", ErrKey)
	}
	return private, nil
}

// ParsePublicKey reads a file with exactly one public key: PEM or DER of SPKI or PKCS #1,
// an X.509 certificate (only its key is looked at), the base64 of that DER, or a JWK. It
// has at most 1 MiB. A private key is refused. The error is [ErrKey] (RFC 7517, Section 4;
// RFC 7518, Section 6; RFC 7468, Sections 5 and 13).
func ParsePublicKey(file []byte) (*PublicKey, error) {
	private, public, err := parseKey(file)
	if err != nil {
		return nil, err
	}
	if private != nil {
		return nil, fmt.Errorf("%w: a private or secret key where a public one is expected", ErrKey)
	}
	return public, nil
}

// NewRSAPublicKey returns the PublicKey of a Go key, to write it as JWK or PEM (RFC 7518,
// Section 6.3). The error is [ErrKey].
func NewRSAPublicKey(key *rsa.PublicKey) (*PublicKey, error) {
	key, err := copyRSAPublicKey(key)
	if err != nil {
		return nil, err
	}
	return &PublicKey{rsa: key}, nil
}

// NewECPublicKey returns the PublicKey of a Go key on P-521, to write it as JWK or PEM
// (RFC 7518, Section 6.2). The error is [ErrKey].
func NewECPublicKey(key *ecdsa.PublicKey) (*PublicKey, error) {
	key, err := copyECPublicKey(key)
	if err != nil {
		return nil, err
	}
	return &PublicKey{ec: key}, nil
}

// orZero returns k, or the zero key for nil, which is good for no more.
func (k *PrivateKey) orZero() *PrivateKey {
	if k == nil {
		return new(PrivateKey)
	}
	return k
}

func (k *PublicKey) orZero() *PublicKey {
	if k == nil {
		return new(PublicKey)
	}
	return k
}

// KeyID returns the JWK's "kid" (RFC 7517, Section 4.5), or "".
func (k *PrivateKey) KeyID() string { return k.orZero().info.kid }

// KeyID returns the JWK's "kid" (RFC 7517, Section 4.5), or "".
func (k *PublicKey) KeyID() string { return k.orZero().info.kid }

// Algorithm returns the JWK's "alg" (RFC 7517, Section 4.4), or "".
func (k *PrivateKey) Algorithm() string { return k.orZero().info.alg }

// Algorithm returns the JWK's "alg" (RFC 7517, Section 4.4), or "".
func (k *PublicKey) Algorithm() string { return k.orZero().info.alg }

// Use returns the JWK's "use" (RFC 7517, Section 4.2), or "".
func (k *PrivateKey) Use() string { return k.orZero().info.use }

// Use returns the JWK's "use" (RFC 7517, Section 4.2), or "".
func (k *PublicKey) Use() string { return k.orZero().info.use }

// KeyOps returns the JWK's "key_ops" (RFC 7517, Section 4.3), or nil.
func (k *PrivateKey) KeyOps() []string { return slices.Clone(k.orZero().info.ops) }

// KeyOps returns the JWK's "key_ops" (RFC 7517, Section 4.3), or nil.
func (k *PublicKey) KeyOps() []string { return slices.Clone(k.orZero().info.ops) }

// Public returns the public key of k, with "kid", "alg", "use" and the "key_ops" that
// correspond. The error is [ErrKey] for a secret, which has none (RFC 7518, Section 6.4).
func (k *PrivateKey) Public() (*PublicKey, error) {
	k = k.orZero()
	info := k.info
	info.ops = nil
	for _, op := range k.info.ops {
		switch op {
		case "sign":
			op = "verify"
		case "decrypt":
			op = "encrypt"
		case "unwrapKey":
			op = "wrapKey"
		}
		if !contains(info.ops, op) {
			info.ops = append(info.ops, op)
		}
	}
	if k.info.ops != nil && info.ops == nil {
		info.ops = []string{} // still permits nothing
	}
	switch {
	case k.rsa != nil:
		return &PublicKey{info: info, rsa: &k.rsa.PublicKey}, nil
	case k.ec != nil:
		return &PublicKey{info: info, ec: &k.ec.PublicKey}, nil
	}
	return nil, fmt.Errorf("%w: no public key belongs to it", ErrKey)
}

// WithKeyID returns a copy of k with this "kid", to be published (RFC 7517, Section 4.5).
// The error is [ErrKey] if kid is empty or not UTF-8, and for the zero PublicKey.
func (k *PublicKey) WithKeyID(kid string) (*PublicKey, error) {
	if _, err := appendValue(nil, kid); err != nil || kid == "" || k.required() == nil {
		return nil, fmt.Errorf(`%w: no key, or "kid" is empty or not UTF-8 (RFC 7517, Section 4.5)`, ErrKey)
	}
	copied := *k
	copied.info.kid, copied.info.hasKid = kid, true
	return &copied, nil
}

// WithAlgorithm returns a copy of k that is for the algorithm with this registered name
// only, with the "use" that follows, and without the "key_ops" that do not (RFC 7517,
// Sections 4.2 to 4.4). The error is [ErrKey]
// if k is not a key for it, or is for another one.
func (k *PublicKey) WithAlgorithm(alg string) (*PublicKey, error) {
	op := "verify"
	if alg == algRSAOAEP || alg == algRSAOAEP256 {
		op = "encrypt"
	}
	if err := k.fits(alg, op); err != nil {
		return nil, err
	}
	copied := *k
	copied.info.alg, copied.info.use = alg, useOf(op)
	copied.info.ops = slices.DeleteFunc(slices.Clone(k.info.ops), func(op string) bool {
		use := useOf(op)
		return use != "" && use != copied.info.use
	})
	return &copied, nil
}

// RS256Signer is [NewRS256Signer] with this key (RFC 7518, Section 3.3). It returns
// [ErrKey] if k is no RSA key or not for this use, and the errors of NewRS256Signer.
func (k *PrivateKey) RS256Signer(opts ...HeaderOption) (*Signer, error) {
	if err := k.fits(algRS256, "sign"); err != nil {
		return nil, err
	}
	return newRS256Signer(k.rsa, opts)
}

// ES512Signer is [NewES512Signer] with this key (RFC 7518, Section 3.4). It returns
// [ErrKey] if k is no P-521 key or not for this use, and the errors of NewES512Signer.
func (k *PrivateKey) ES512Signer(opts ...HeaderOption) (*Signer, error) {
	if err := k.fits(algES512, "sign"); err != nil {
		return nil, err
	}
	return newES512Signer(k.ec, opts)
}

// HS512Signer is [NewHS512Signer] with this secret (RFC 7518, Section 3.2). It returns
// [ErrKey] if k is no secret or not for this use, and the errors of NewHS512Signer.
func (k *PrivateKey) HS512Signer(opts ...HeaderOption) (*Signer, error) {
	if err := k.fits(algHS512, "sign"); err != nil {
		return nil, err
	}
	return newHS512Signer(k.secret(), opts)
}

// HS512Verifier is [NewHS512Verifier] with this secret (RFC 7518, Section 3.2). It returns
// [ErrKey] if k is no secret or not for this use, and the errors of NewHS512Verifier.
func (k *PrivateKey) HS512Verifier(checks ...CheckOption) (*Verifier, error) {
	if err := k.fits(algHS512, "verify"); err != nil {
		return nil, err
	}
	return newHS512Verifier(k.secret(), k.info.kid, checks)
}

// RS256Verifier is [NewRS256Verifier] with this key (RFC 7518, Section 3.3). It returns
// [ErrKey] if k is no RSA key or not for this use, and the errors of NewRS256Verifier.
func (k *PublicKey) RS256Verifier(checks ...CheckOption) (*Verifier, error) {
	if err := k.fits(algRS256, "verify"); err != nil {
		return nil, err
	}
	return newRS256Verifier(k.rsa, k.info.kid, checks)
}

// ES512Verifier is [NewES512Verifier] with this key (RFC 7518, Section 3.4). It returns
// [ErrKey] if k is no P-521 key or not for this use, and the errors of NewES512Verifier.
func (k *PublicKey) ES512Verifier(checks ...CheckOption) (*Verifier, error) {
	if err := k.fits(algES512, "verify"); err != nil {
		return nil, err
	}
	return newES512Verifier(k.ec, k.info.kid, checks)
}

// RSAOAEPEncrypter is [NewRSAOAEPEncrypter] with this key (RFC 7518, Section 4.3). It returns
// [ErrKey] if k is no RSA key or not for this use, and the errors of NewRSAOAEPEncrypter.
func (k *PublicKey) RSAOAEPEncrypter(opts ...HeaderOption) (*Encrypter, error) {
	if err := k.fits(algRSAOAEP, "encrypt"); err != nil {
		return nil, err
	}
	return newEncrypter(k.rsa, oaepSHA1, opts)
}

// RSAOAEP256Encrypter is [NewRSAOAEP256Encrypter] with this key (RFC 7518, Section 4.3). It
// returns [ErrKey] if k is no RSA key or not for this use, and the errors of
// NewRSAOAEP256Encrypter.
func (k *PublicKey) RSAOAEP256Encrypter(opts ...HeaderOption) (*Encrypter, error) {
	if err := k.fits(algRSAOAEP256, "encrypt"); err != nil {
		return nil, err
	}
	return newEncrypter(k.rsa, oaepSHA256, opts)
}

// RSAOAEPDecrypter is [NewRSAOAEPDecrypter] with this key (RFC 7518, Section 4.3). It returns
// [ErrKey] if k is no RSA key or not for this use, and the errors of NewRSAOAEPDecrypter.
func (k *PrivateKey) RSAOAEPDecrypter(checks ...CheckOption) (*Decrypter, error) {
	if err := k.fits(algRSAOAEP, "decrypt"); err != nil {
		return nil, err
	}
	return newRSADecrypter(k.rsa, oaepSHA1, k.info.kid, checks)
}

// RSAOAEP256Decrypter is [NewRSAOAEP256Decrypter] with this key (RFC 7518, Section 4.3). It
// returns [ErrKey] if k is no RSA key or not for this use, and the errors of
// NewRSAOAEP256Decrypter.
func (k *PrivateKey) RSAOAEP256Decrypter(checks ...CheckOption) (*Decrypter, error) {
	if err := k.fits(algRSAOAEP256, "decrypt"); err != nil {
		return nil, err
	}
	return newRSADecrypter(k.rsa, oaepSHA256, k.info.kid, checks)
}

// fits returns the error that k is no key for alg, or not for this use.
func (k *PrivateKey) fits(alg, op string) error {
	k = k.orZero()
	return k.info.fits(alg, op, keyType(k.rsa != nil, k.ec != nil, k.secret != nil))
}

// fits returns the error that k is no key for alg, or not for this use.
func (k *PublicKey) fits(alg, op string) error {
	k = k.orZero()
	return k.info.fits(alg, op, keyType(k.rsa != nil, k.ec != nil, false))
}

// keyType returns the "kty" (RFC 7518, Section 6.1).
func keyType(rsa, ec, oct bool) string {
	switch {
	case rsa:
		return "RSA"
	case ec:
		return "EC"
	case oct:
		return "oct"
	}
	return "none"
}

// useOf returns the "use" that an operation falls under (RFC 7517, Section 4.2).
func useOf(op string) string {
	switch op {
	case "sign", "verify":
		return "sig"
	case "encrypt", "decrypt", "wrapKey", "unwrapKey", "deriveKey", "deriveBits":
		return "enc"
	}
	return ""
}

// fits checks a key of this type against the algorithm and operation that it is asked
// for (D1, D4). An RSA key without "alg" takes the algorithm that is asked for.
func (i *keyInfo) fits(alg, op, kty string) error {
	needs := ""
	switch alg {
	case algRS256, algRSAOAEP, algRSAOAEP256:
		needs = "RSA"
	case algES512:
		needs = "EC"
	case algHS512:
		needs = "oct"
	}
	switch {
	case kty != needs:
		return fmt.Errorf("%w: a key of type %s is asked for %s (RFC 7518, Section 3.1; RFC 7518, Section 4.1)", ErrKey, kty, alg)
	case i.alg != "" && i.alg != alg:
		return fmt.Errorf(`%w: its "alg" is not %s (RFC 7517, Section 4.4)`, ErrKey, alg)
	case i.use != "" && i.use != useOf(op):
		return fmt.Errorf(`%w: its "use" is not %q (RFC 7517, Section 4.2)`, ErrKey, useOf(op))
	}
	// The CEK is encrypted with the key, which is "wrapKey"; many keys for it say
	// "encrypt" (RFC 7517, Section 4.3). We choose to take both.
	other := map[string]string{"encrypt": "wrapKey", "decrypt": "unwrapKey"}[op]
	if i.ops != nil && !contains(i.ops, op) && (other == "" || !contains(i.ops, other)) {
		return fmt.Errorf(`%w: its "key_ops" has no %q (RFC 7517, Section 4.3)`, ErrKey, op)
	}
	return nil
}

// parseKey reads the one key in file, private or public.
func parseKey(file []byte) (*PrivateKey, *PublicKey, error) {
	private, public, err := parseKeyFile(file)
	if err != nil && !errors.Is(err, ErrKey) {
		err = fmt.Errorf("%w: %w", ErrKey, err)
	}
	return private, public, err
}

func parseKeyFile(file []byte) (*PrivateKey, *PublicKey, error) {
	if len(file) > maxKeyFile {
		return nil, nil, fmt.Errorf("%d bytes, more than %d (D8)", len(file), maxKeyFile)
	}
	text := bytes.TrimSpace(file)
	switch {
	case len(text) == 0:
		return nil, nil, errors.New("the file is empty")
	case bytes.HasPrefix(file, []byte("\xef\xbb\xbf")):
		return nil, nil, errors.New("the file starts with a byte order mark")
	case bytes.Contains(file, []byte("-----BEGIN")) && !isObject(file): // a JWK can have it in a string
		return parsePEM(file)
	case text[0] == '{':
		return parseJWK(string(file))
	case file[0] == 0x30: // SEQUENCE; base64 of one starts with an M
		return parseDER(file)
	}
	der, err := base64.StdEncoding.Strict().DecodeString(string(text)) // takes line breaks
	if err != nil {
		return nil, nil, errors.New("not PEM, DER, base64 of DER, or JWK")
	}
	return parseDER(der)
}

// isObject reports whether text is a JSON object.
func isObject(text []byte) bool {
	_, err := readMembers(string(text))
	return err == nil
}

// parsePEM reads the one block in file (RFC 7468). A label that does not match the content
// is refused. What [pem.Decode] passes over as no block is found by counting.
func parsePEM(file []byte) (private *PrivateKey, public *PublicKey, err error) {
	begins, blocks := bytes.Count(file, []byte("-----BEGIN")), 0
	if begins > 2 { // one may be EC PARAMETERS; no more are worth a search
		return nil, nil, fmt.Errorf("PEM: %d blocks", begins)
	}
	found := false
	for rest := file; ; blocks++ {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type == "EC PARAMETERS" && !found { // openssl writes it first
			continue
		}
		if found {
			return nil, nil, errors.New("PEM: more than one block")
		}
		found = true
		if len(block.Headers) > 0 {
			return nil, nil, errors.New("PEM: a block with headers, as encrypted keys have")
		}
		switch block.Type {
		case "PRIVATE KEY": // RFC 7468, Section 10
			private, err = parsePKCS8(block.Bytes)
		case "RSA PRIVATE KEY":
			private, err = parsePKCS1Private(block.Bytes)
		case "EC PRIVATE KEY":
			private, err = parseSEC1(block.Bytes, false)
		case "PUBLIC KEY": // RFC 7468, Section 13
			public, err = parseSPKI(block.Bytes)
		case "RSA PUBLIC KEY":
			public, err = parsePKCS1Public(block.Bytes)
		case "CERTIFICATE": // RFC 7468, Section 5
			public, err = parseCertificate(block.Bytes)
		case "ENCRYPTED PRIVATE KEY":
			err = errors.New("PEM: the key is encrypted")
		default:
			err = errors.New("PEM: the label is none of a key in scope")
		}
		if err != nil {
			return nil, nil, err
		}
	}
	if !found || blocks != begins {
		return nil, nil, fmt.Errorf("PEM: %d lines with BEGIN, but %d blocks can be read", begins, blocks)
	}
	return private, public, nil
}

// parseDER reads one structure of DER, which tells by its form what it is.
func parseDER(der []byte) (*PrivateKey, *PublicKey, error) {
	var version int
	var first, second asn1.RawValue
	if _, err := readSequence(der, &version, &second); err == nil {
		var private *PrivateKey
		switch {
		case second.Tag == asn1.TagSequence:
			private, err = parsePKCS8(der)
		case second.Tag == asn1.TagOctetString:
			private, err = parseSEC1(der, false)
		case version == 0:
			private, err = parsePKCS1Private(der)
		default: // a version of 1 is that of a multi-prime key
			err = errors.New("PKCS #1: a version other than 0, as multi-prime keys have (RFC 8017, Appendix A.1.2)")
		}
		return private, nil, err
	}
	if _, err := readSequence(der, &first, &second); err != nil {
		return nil, nil, err
	}
	var public *PublicKey
	var err error
	switch {
	case first.Tag == asn1.TagInteger:
		public, err = parsePKCS1Public(der)
	case second.Tag == asn1.TagSequence:
		public, err = parseCertificate(der)
	default:
		public, err = parseSPKI(der)
	}
	return nil, public, err
}

// readSequence reads the first fields of the DER SEQUENCE that der is, with nothing after
// it, and returns the rest of the fields. asn1 alone ignores both kinds of rest.
func readSequence(der []byte, fields ...any) (rest []byte, err error) {
	var sequence asn1.RawValue
	after, err := asn1.Unmarshal(der, &sequence)
	if err != nil {
		return nil, fmt.Errorf("DER: %w", err)
	}
	if sequence.Class != asn1.ClassUniversal || sequence.Tag != asn1.TagSequence || !sequence.IsCompound {
		return nil, errors.New("DER: no SEQUENCE")
	}
	if len(after) > 0 {
		return nil, fmt.Errorf("DER: %d bytes after the key", len(after))
	}
	rest = sequence.Bytes
	for _, field := range fields {
		if rest, err = asn1.Unmarshal(rest, field); err != nil {
			return nil, fmt.Errorf("DER: %w", err)
		}
	}
	return rest, nil
}

// readAll is readSequence where no other field may follow.
func readAll(der []byte, fields ...any) error {
	rest, err := readSequence(der, fields...)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("DER: %d bytes after the last field", len(rest))
	}
	return err
}

// parsePKCS8 reads a PrivateKeyInfo (RFC 5208, Section 5), with or without attributes.
func parsePKCS8(der []byte) (*PrivateKey, error) {
	var version int
	var algorithm asn1.RawValue
	var key []byte
	rest, err := readSequence(der, &version, &algorithm, &key)
	if err != nil {
		return nil, err
	}
	if version != 0 {
		return nil, errors.New("PKCS #8: the version is not 0 (RFC 5208, Section 5)")
	}
	if len(rest) > 0 {
		var attributes asn1.RawValue
		if rest, err = asn1.Unmarshal(rest, &attributes); err != nil || len(rest) > 0 ||
			attributes.Class != asn1.ClassContextSpecific || attributes.Tag != 0 || !attributes.IsCompound {
			return nil, errors.New("PKCS #8: bytes after the key that are not attributes (RFC 5208, Section 5)")
		}
	}
	ec, err := readAlgorithm(algorithm.FullBytes)
	if err != nil {
		return nil, err
	}
	if ec {
		return parseSEC1(key, true)
	}
	return parsePKCS1Private(key)
}

// The object identifiers of the keys in scope (RFC 8017, Appendix C; RFC 5480, Section 2.1.1).
var (
	oidRSA  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidEC   = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidP521 = asn1.ObjectIdentifier{1, 3, 132, 0, 35}
)

// readAlgorithm reads an AlgorithmIdentifier: rsaEncryption with NULL, or ecPublicKey
// with P-521 (RFC 3279, Section 2.3.1; RFC 5480, Section 2.1.1).
func readAlgorithm(der []byte) (ec bool, err error) {
	var oid, curve asn1.ObjectIdentifier
	var null asn1.RawValue
	if _, err := readSequence(der, &oid); err != nil {
		return false, err
	}
	switch {
	case oid.Equal(oidRSA):
		if readAll(der, &oid, &null) != nil || !bytes.Equal(null.FullBytes, asn1.NullBytes) {
			return false, errors.New("DER: rsaEncryption without NULL (RFC 3279, Section 2.3.1)")
		}
		return false, nil
	case oid.Equal(oidEC):
		if readAll(der, &oid, &curve) != nil || !curve.Equal(oidP521) {
			return false, errors.New("DER: not the named curve P-521 (RFC 7518, Section 3.4)")
		}
		return true, nil
	}
	return false, errors.New("DER: neither rsaEncryption nor ecPublicKey")
}

// parsePKCS1Private reads an RSAPrivateKey (RFC 8017, Appendix A.1.2).
func parsePKCS1Private(der []byte) (*PrivateKey, error) {
	var version int
	var n, e, d, p, q, dp, dq, qi *big.Int
	if err := readAll(der, &version, &n, &e, &d, &p, &q, &dp, &dq, &qi); err != nil {
		return nil, err
	}
	if version != 0 {
		return nil, errors.New("PKCS #1: the version is not 0, as of multi-prime keys (RFC 8017, Appendix A.1.2)")
	}
	key, err := rsaPrivateKey(n, e, d, p, q, dp, dq, qi)
	return &PrivateKey{rsa: key}, err
}

// parsePKCS1Public reads an RSAPublicKey (RFC 8017, Appendix A.1.1).
func parsePKCS1Public(der []byte) (*PublicKey, error) {
	var n, e *big.Int
	if err := readAll(der, &n, &e); err != nil {
		return nil, err
	}
	key, err := rsaPublicKey(n, e)
	return &PublicKey{rsa: key}, err
}

// parseSEC1 reads an ECPrivateKey (RFC 5915, Section 3). The curve has to be named in it,
// unless PKCS #8 around it has named it; the public key may be left out.
func parseSEC1(der []byte, named bool) (*PrivateKey, error) {
	var version int
	var d []byte
	rest, err := readSequence(der, &version, &d)
	if err != nil {
		return nil, err
	}
	if version != 1 {
		return nil, errors.New("SEC 1: the version is not 1 (RFC 5915, Section 3)")
	}
	var point []byte
	for tag := 0; len(rest) > 0; tag++ {
		var field asn1.RawValue
		if rest, err = asn1.Unmarshal(rest, &field); err != nil {
			return nil, fmt.Errorf("SEC 1: %w", err)
		}
		if field.Class != asn1.ClassContextSpecific || !field.IsCompound || field.Tag < tag || field.Tag > 1 {
			return nil, errors.New("SEC 1: bytes after the key (RFC 5915, Section 3)")
		}
		if tag = field.Tag; tag == 0 {
			var curve asn1.ObjectIdentifier
			if after, err := asn1.Unmarshal(field.Bytes, &curve); err != nil || len(after) > 0 || !curve.Equal(oidP521) {
				return nil, errors.New("SEC 1: not the named curve P-521 (RFC 7518, Section 3.4)")
			}
			named = true
			continue
		}
		var bits asn1.BitString
		if after, err := asn1.Unmarshal(field.Bytes, &bits); err != nil || len(after) > 0 || bits.BitLength%8 != 0 || len(bits.Bytes) == 0 {
			return nil, errors.New("SEC 1: no public key where there should be one (RFC 5915, Section 3)")
		}
		point = bits.Bytes
	}
	if !named {
		return nil, errors.New("SEC 1: no curve (RFC 5915, Section 3)")
	}
	key, err := ecPrivateKey(d, point)
	return &PrivateKey{ec: key}, err
}

// parseSPKI reads a SubjectPublicKeyInfo (RFC 5280, Section 4.1.2.7).
func parseSPKI(der []byte) (*PublicKey, error) {
	var algorithm asn1.RawValue
	var bits asn1.BitString
	if err := readAll(der, &algorithm, &bits); err != nil {
		return nil, err
	}
	if bits.BitLength%8 != 0 {
		return nil, errors.New("SPKI: the key has no whole number of octets")
	}
	ec, err := readAlgorithm(algorithm.FullBytes)
	if err != nil {
		return nil, err
	}
	if ec {
		key, err := ecPublicKey(bits.Bytes)
		return &PublicKey{ec: key}, err
	}
	return parsePKCS1Public(bits.Bytes)
}

// parseCertificate reads the public key of an X.509 certificate, and nothing else: who
// issued it and whether it is still valid is for the caller (D2).
func parseCertificate(der []byte) (*PublicKey, error) {
	var tbs, algorithm asn1.RawValue
	var signature asn1.BitString
	if err := readAll(der, &tbs, &algorithm, &signature); err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return parseSPKI(certificate.RawSubjectPublicKeyInfo)
}

// parseJWK reads a JWK (RFC 7517, Section 4; RFC 7518, Section 6). Members that are not
// known are ignored, "x5c" and the like among them (D2).
func parseJWK(text string) (*PrivateKey, *PublicKey, error) {
	members, err := readMembers(text)
	if err != nil {
		return nil, nil, fmt.Errorf("JWK: %w (RFC 7517, Section 4)", err)
	}
	j := jwkReader{members: members}
	kty := j.text("kty")
	info := j.info()
	switch kty {
	case "RSA":
		j.noSecret()
		n, e := j.number("n"), j.number("e")
		private := false
		for _, name := range []string{"d", "p", "q", "dp", "dq", "qi"} {
			private = private || j.has(name)
		}
		if j.has("oth") {
			return nil, nil, errors.New(`JWK: "oth": a multi-prime key (RFC 7518, Section 6.3.2.7)`)
		}
		if !private {
			if j.err != nil {
				return nil, nil, j.err
			}
			key, err := rsaPublicKey(n, e)
			return nil, &PublicKey{info: info, rsa: key}, err
		}
		d, p, q, dp, dq, qi := j.number("d"), j.number("p"), j.number("q"), j.number("dp"), j.number("dq"), j.number("qi")
		if j.err != nil {
			return nil, nil, j.err
		}
		key, err := rsaPrivateKey(n, e, d, p, q, dp, dq, qi)
		return &PrivateKey{info: info, rsa: key}, nil, err
	case "EC":
		j.noSecret()
		if crv := j.text("crv"); j.err == nil && crv != "P-521" {
			return nil, nil, errors.New(`JWK: "crv" is not "P-521" (RFC 7518, Section 6.2.1.1)`)
		}
		point := slices.Concat([]byte{4}, j.octets("x", sizeP521), j.octets("y", sizeP521))
		if !j.has("d") {
			if j.err != nil {
				return nil, nil, j.err
			}
			key, err := ecPublicKey(point)
			return nil, &PublicKey{info: info, ec: key}, err
		}
		d := j.octets("d", sizeP521)
		if j.err != nil {
			return nil, nil, j.err
		}
		key, err := ecPrivateKey(d, point)
		return &PrivateKey{info: info, ec: key}, nil, err
	case "oct":
		k := j.octets("k", 0)
		if j.err != nil {
			return nil, nil, j.err
		}
		if err := checkSecret(k, minSecret); err != nil {
			return nil, nil, err
		}
		return &PrivateKey{info: info, secret: func() []byte { return k }}, nil, nil
	}
	if j.err != nil {
		return nil, nil, j.err
	}
	return nil, nil, errors.New(`JWK: "kty" is none of RSA, EC and oct (RFC 7518, Section 6.1)`)
}

// A jwkReader reads the members of a JWK and keeps the first error.
type jwkReader struct {
	members []member
	err     error
}

func (j *jwkReader) has(name string) bool {
	_, ok := find(j.members, name)
	return ok
}

func (j *jwkReader) fail(format string, args ...any) {
	if j.err == nil {
		j.err = fmt.Errorf("JWK: "+format, args...)
	}
}

// text returns a member that has to be there and to be a string.
func (j *jwkReader) text(name string) string {
	value, ok := find(j.members, name)
	if !ok || value[0] != '"' {
		j.fail("%q is missing or not a string (RFC 7517, Section 4; RFC 7518, Section 6)", name)
		return ""
	}
	return unquote(value)
}

// noSecret refuses the secret of another type of key, which has no place in this one (D4).
func (j *jwkReader) noSecret() {
	if j.has("k") {
		j.fail(`"k" in a key that is not symmetric (RFC 7518, Section 6.4)`)
	}
}

// octets returns a member of so many octets in base64url, or of any number but 0.
func (j *jwkReader) octets(name string, size int) []byte {
	text := j.text(name)
	octets, err := appendDecode(nil, text)
	switch {
	case j.err != nil:
	case err != nil:
		j.fail("%q: %w", name, err)
	case size > 0 && len(octets) != size:
		j.fail("%q has %d octets, not %d (RFC 7518, Section 6.2)", name, len(octets), size)
	case len(octets) == 0:
		j.fail("%q is empty (RFC 7518, Section 6)", name)
	}
	return octets
}

// number returns a member that is a Base64urlUInt: with no more octets than it takes
// (RFC 7518, Section 2).
func (j *jwkReader) number(name string) *big.Int {
	octets := j.octets(name, 0)
	if len(octets) > 0 && octets[0] == 0 {
		j.fail("%q starts with a zero octet (RFC 7518, Section 6.3.1.1)", name)
	}
	return new(big.Int).SetBytes(octets)
}

// info returns what the JWK says of its use (D4).
func (j *jwkReader) info() (i keyInfo) {
	if i.hasKid = j.has("kid"); i.hasKid {
		i.kid = j.text("kid")
	}
	if j.has("alg") {
		if i.alg = j.text("alg"); i.alg == "" {
			j.fail(`"alg" is empty (RFC 7517, Section 4.4)`)
		}
	}
	if j.has("use") {
		if i.use = j.text("use"); i.use == "" {
			j.fail(`"use" is empty (RFC 7517, Section 4.2)`)
		}
	}
	for _, name := range []string{"x5u", "x5t", "x5t#S256"} { // not used, but no less typed
		if j.has(name) {
			j.text(name)
		}
	}
	if value, ok := find(j.members, "x5c"); ok {
		if _, ok := textArray(value); !ok {
			j.fail(`"x5c" is no array of strings (RFC 7517, Section 4.7)`)
		}
	}
	value, ok := find(j.members, "key_ops")
	if !ok {
		return i
	}
	if i.ops, ok = textArray(value); !ok || !distinct(i.ops) {
		j.fail(`"key_ops" is no array of distinct strings (RFC 7517, Section 4.3)`)
	}
	if i.ops == nil {
		i.ops = []string{} // there, and nothing is permitted
	}
	for _, op := range i.ops {
		if use := useOf(op); i.use != "" && use != "" && use != i.use {
			j.fail(`"key_ops" contradicts "use" (RFC 7517, Section 4.3)`)
		}
	}
	return i
}

// rsaPublicKey returns the key of these numbers, after the checks of D3: RFC 7518,
// Sections 3.3 and 4.3 ask for 2048 bits or more, RFC 8017, Section 3.1 for an odd e of 3
// or more. We choose a modulus of 8192 bits at most (RFC 7518, Section 8.6), and e < 2³¹,
// which is what crypto/rsa takes on every machine.
func rsaPublicKey(n, e *big.Int) (*rsa.PublicKey, error) {
	switch {
	case n == nil || e == nil:
		return nil, fmt.Errorf("%w: RSA: no modulus or no exponent", ErrKey)
	case n.Sign() <= 0 || n.Bit(0) == 0:
		return nil, fmt.Errorf("%w: RSA: the modulus is not positive and odd (RFC 8017, Section 3.1)", ErrKey)
	case n.BitLen() < 2048:
		return nil, fmt.Errorf("%w: RSA: the modulus has %d bits, not 2048 or more (RFC 7518, Section 3.3; RFC 7518, Section 4.3)", ErrKey, n.BitLen())
	case n.BitLen() > maxRSAOctet*8:
		return nil, fmt.Errorf("%w: RSA: the modulus has %d bits, more than %d (RFC 7518, Section 8.6)", ErrKey, n.BitLen(), maxRSAOctet*8)
	case e.Sign() <= 0 || e.Bit(0) == 0 || e.BitLen() < 2 || e.BitLen() > 31:
		return nil, fmt.Errorf("%w: RSA: the exponent is not odd, 3 or more, and below 2³¹ (RFC 8017, Section 3.1)", ErrKey)
	}
	return &rsa.PublicKey{N: new(big.Int).Set(n), E: int(e.Int64())}, nil
}

// rsaPrivateKey returns the key of these numbers, after the checks of D3. The members for
// the Chinese remainder theorem are nil in a Go key that was not precomputed; those that
// are given have to be the computed ones (RFC 8017, Section 3.2).
func rsaPrivateKey(n, e, d, p, q, dp, dq, qi *big.Int) (*rsa.PrivateKey, error) {
	public, err := rsaPublicKey(n, e)
	if err != nil {
		return nil, err
	}
	switch {
	case d == nil || p == nil || q == nil:
		return nil, fmt.Errorf("%w: RSA: the private exponent or a prime is missing", ErrKey)
	case d.Sign() <= 0 || d.Cmp(n) >= 0:
		return nil, fmt.Errorf("%w: RSA: the private exponent is not between 0 and the modulus (RFC 8017, Section 3.2)", ErrKey)
	case p.Cmp(big.NewInt(1)) <= 0 || q.Cmp(big.NewInt(1)) <= 0 || p.Cmp(q) == 0 || p.Cmp(n) >= 0 || q.Cmp(n) >= 0 ||
		new(big.Int).Mul(p, q).Cmp(n) != 0:
		return nil, fmt.Errorf("%w: RSA: the modulus is not the product of the two primes (RFC 8017, Section 3.1)", ErrKey)
	}
	key := &rsa.PrivateKey{
		PublicKey: *public,
		D:         new(big.Int).Set(d),
		Primes:    []*big.Int{new(big.Int).Set(p), new(big.Int).Set(q)},
	}
	if err := key.Validate(); err != nil {
		return nil, fmt.Errorf("%w: RSA: %w", ErrKey, err)
	}
	key.Precompute()
	computed := &key.Precomputed
	for _, c := range []struct{ given, computed *big.Int }{{dp, computed.Dp}, {dq, computed.Dq}, {qi, computed.Qinv}} {
		if c.computed == nil || c.given != nil && c.given.Cmp(c.computed) != 0 {
			return nil, fmt.Errorf("%w: RSA: dP, dQ or qInv does not belong to the key (RFC 8017, Section 3.2)", ErrKey)
		}
	}
	// Nothing above has seen that the factors are prime. A signature shows it; whether
	// this mode of crypto makes one with the key is for the constructors to say.
	if err := tryRS256(key); errors.Is(err, ErrKey) {
		return nil, err
	}
	return key, nil
}

// copyRSAPublicKey returns a checked copy of a Go key.
func copyRSAPublicKey(key *rsa.PublicKey) (*rsa.PublicKey, error) {
	if key == nil {
		return nil, fmt.Errorf("%w: RSA: the key is nil", ErrKey)
	}
	return rsaPublicKey(key.N, big.NewInt(int64(key.E)))
}

// copyRSAPrivateKey returns a checked copy of a Go key.
func copyRSAPrivateKey(key *rsa.PrivateKey) (*rsa.PrivateKey, error) {
	if key == nil {
		return nil, fmt.Errorf("%w: RSA: the key is nil", ErrKey)
	}
	if len(key.Primes) != 2 {
		return nil, fmt.Errorf("%w: RSA: %d primes, not two", ErrKey, len(key.Primes))
	}
	c := &key.Precomputed
	return rsaPrivateKey(key.N, big.NewInt(int64(key.E)), key.D, key.Primes[0], key.Primes[1], c.Dp, c.Dq, c.Qinv)
}

// ecPublicKey returns the key of an uncompressed point (SEC 1, Section 2.3.3), which has to
// be on P-521 (RFC 7518, Section 6.2.1; RFC 8725, Section 3.4).
func ecPublicKey(point []byte) (*ecdsa.PublicKey, error) {
	if _, err := ecdh.P521().NewPublicKey(point); err != nil {
		return nil, fmt.Errorf("%w: EC: not an uncompressed point on P-521 (RFC 7518, Section 6.2.1)", ErrKey)
	}
	x, y := point[1:1+sizeP521], point[1+sizeP521:]
	return &ecdsa.PublicKey{Curve: elliptic.P521(), X: new(big.Int).SetBytes(x), Y: new(big.Int).SetBytes(y)}, nil
}

// ecPrivateKey returns the key of a scalar, of which point has to be the public key; nil is
// any (RFC 7518, Section 6.2.2).
func ecPrivateKey(d, point []byte) (*ecdsa.PrivateKey, error) {
	key, err := ecdh.P521().NewPrivateKey(d)
	if err != nil {
		return nil, fmt.Errorf("%w: EC: the private key is not %d octets between 0 and the order of P-521 (RFC 7518, Section 6.2.2.1)", ErrKey, sizeP521)
	}
	computed := key.PublicKey().Bytes()
	if point != nil && !bytes.Equal(point, computed) {
		return nil, fmt.Errorf("%w: EC: the public key is not that of the private key (RFC 7518, Section 6.2.2)", ErrKey)
	}
	public, err := ecPublicKey(computed)
	if err != nil {
		return nil, err
	}
	return &ecdsa.PrivateKey{PublicKey: *public, D: new(big.Int).SetBytes(d)}, nil
}

// copyECPublicKey returns a checked copy of a Go key.
func copyECPublicKey(key *ecdsa.PublicKey) (*ecdsa.PublicKey, error) {
	point, err := ecPoint(key)
	if err != nil {
		return nil, err
	}
	return ecPublicKey(point)
}

// copyECPrivateKey returns a checked copy of a Go key.
func copyECPrivateKey(key *ecdsa.PrivateKey) (*ecdsa.PrivateKey, error) {
	if key == nil {
		return nil, fmt.Errorf("%w: EC: the key is nil", ErrKey)
	}
	point, err := ecPoint(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	if key.D == nil || key.D.Sign() <= 0 || key.D.BitLen() > 8*sizeP521 {
		return nil, fmt.Errorf("%w: EC: no private key of P-521 (RFC 7518, Section 6.2.2.1)", ErrKey)
	}
	return ecPrivateKey(key.D.FillBytes(make([]byte, sizeP521)), point)
}

// ecPoint returns the uncompressed point of a Go key, with the lengths checked that
// FillBytes panics for.
func ecPoint(key *ecdsa.PublicKey) ([]byte, error) {
	if key == nil || key.Curve != elliptic.P521() || key.X == nil || key.Y == nil ||
		key.X.Sign() < 0 || key.Y.Sign() < 0 || key.X.BitLen() > 8*sizeP521 || key.Y.BitLen() > 8*sizeP521 {
		return nil, fmt.Errorf("%w: EC: no key on P-521 (RFC 7518, Section 3.4)", ErrKey)
	}
	point := make([]byte, 1+2*sizeP521)
	point[0] = 4
	key.X.FillBytes(point[1 : 1+sizeP521])
	key.Y.FillBytes(point[1+sizeP521:])
	return point, nil
}

// checkSecret checks an HS512 secret of at least so many octets. A public key in its
// place is how one becomes a MAC key that everybody has (RFC 8725, Sections 2.1 and 3.1).
func checkSecret(secret []byte, atLeast int) error {
	if len(secret) < atLeast {
		return fmt.Errorf("%w: HS512: a secret of %d octets, not %d or more (RFC 7518, Section 3.2)", ErrKey, len(secret), atLeast)
	}
	text := bytes.TrimSpace(secret)
	standard := strings.NewReplacer("-", "+", "_", "/", "=", "") // base64 of any kind
	der, err := base64.RawStdEncoding.DecodeString(standard.Replace(string(text)))
	if err != nil {
		der = nil
	}
	members, _ := readMembers(string(text))
	_, isJWK := find(members, "kty")
	_, isSet := find(members, "keys")
	if bytes.Contains(secret, []byte("-----BEGIN ")) || isJWK || isSet || looksLikeDER(secret) || looksLikeDER(der) {
		return fmt.Errorf("%w: HS512: the secret is a key file in PEM, DER or JWK (RFC 8725, Section 3.1)", ErrKey)
	}
	return nil
}

// checkShortSecret checks a secret for the constructors with "Insecure" in the name.
func checkShortSecret(secret []byte) error {
	if len(secret) >= minSecret {
		return fmt.Errorf("%w: HS512: a secret of %d octets is not short (RFC 7518, Section 3.2)", ErrKey, len(secret))
	}
	return checkSecret(secret, minShortSecret)
}

// looksLikeDER reports whether der is one SEQUENCE of two elements or more, the first an
// INTEGER or a SEQUENCE, as every DER key and certificate is.
func looksLikeDER(der []byte) bool {
	var first, next asn1.RawValue
	rest, err := readSequence(der, &first, &next)
	for err == nil && len(rest) > 0 {
		rest, err = asn1.Unmarshal(rest, &next)
	}
	return err == nil && (first.Tag == asn1.TagInteger || first.Tag == asn1.TagSequence)
}

// A KeySet is the keys of a JWK Set that can be used here: either all public, or all
// private or secret (RFC 7517, Section 5).
type KeySet struct {
	public  []*PublicKey
	private []*PrivateKey
	skipped []error
}

// ParseKeySet reads a JWK Set of at most 1 MiB and 256 keys, private RSA keys of at most 65,536
// bits together, which are slow to check (RFC 7517, Section 5). Keys that
// can't be used, for their type, curve, size, or members that are missing or wrong, are
// passed over, as that section says; [KeySet.Skipped] has the reasons. The error is [ErrKey]
// if the set is not well-formed, no key is left, private or secret keys are mixed with public
// ones, or two keys could both be meant by the same "kid" and algorithm.
func ParseKeySet(file []byte) (*KeySet, error) {
	if len(file) > maxKeyFile {
		return nil, fmt.Errorf("%w: JWK Set: %d bytes, more than %d (D8)", ErrKey, len(file), maxKeyFile)
	}
	members, err := readMembers(string(file))
	if err != nil {
		return nil, fmt.Errorf("%w: JWK Set: %w (RFC 7517, Section 5)", ErrKey, err)
	}
	value, ok := find(members, "keys")
	if !ok || value[0] != '[' {
		return nil, fmt.Errorf(`%w: JWK Set: no array "keys" (RFC 7517, Section 5.1)`, ErrKey)
	}
	keys, err := (&jsonReader{text: value}).array(1, true)
	if err != nil {
		return nil, fmt.Errorf("%w: JWK Set: %w (RFC 7517, Section 5)", ErrKey, err)
	}
	if len(keys) > maxSetKeys {
		return nil, fmt.Errorf("%w: JWK Set: %d keys, more than %d (D8)", ErrKey, len(keys), maxSetKeys)
	}
	s, secrets, privateBits := new(KeySet), false, 0
	for i, key := range keys {
		if key[0] != '{' {
			return nil, fmt.Errorf("%w: JWK Set: key %d is no JSON object (RFC 7517, Section 5.1)", ErrKey, i)
		}
		secrets = secrets || secretJWK(key)
		private, public, err := parseJWK(key)
		switch {
		case err != nil:
			if !errors.Is(err, ErrKey) {
				err = fmt.Errorf("%w: %w", ErrKey, err)
			}
			s.skipped = append(s.skipped, fmt.Errorf("key %d: %w", i, err))
		case private != nil:
			s.private = append(s.private, private)
			if private.rsa != nil {
				privateBits += private.rsa.N.BitLen()
			}
			if privateBits > maxSetBits {
				return nil, fmt.Errorf("%w: JWK Set: private RSA keys of more than %d bits together (D8)", ErrKey, maxSetBits)
			}
		default:
			s.public = append(s.public, public)
		}
	}
	switch {
	case secrets && len(s.public) > 0:
		return nil, fmt.Errorf("%w: JWK Set: private or secret keys mixed with public ones (D5)", ErrKey)
	case len(s.private)+len(s.public) == 0:
		return nil, fmt.Errorf("%w: JWK Set: none of %d keys can be used: %w", ErrKey, len(keys), errors.Join(s.skipped...))
	}
	if err := s.checkLookups(); err != nil {
		return nil, err
	}
	return s, nil
}

// secretJWK reports whether a JWK, well-formed or not, has something to hide.
func secretJWK(text string) bool {
	members, _ := readMembers(text)
	for _, name := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
		if _, ok := find(members, name); ok {
			return true
		}
	}
	return false
}

// checkLookups refuses two keys that the same token could mean (D5).
func (s *KeySet) checkLookups() error {
	for _, alg := range []string{algRS256, algES512, algHS512, algRSAOAEP, algRSAOAEP256} {
		seen := make(map[string]bool)
		public, private := s.fitting(alg)
		infos := make([]keyInfo, 0, len(public)+len(private))
		for _, k := range public {
			infos = append(infos, k.info)
		}
		for _, k := range private {
			infos = append(infos, k.info)
		}
		for _, info := range infos {
			lookup := fmt.Sprint(info.hasKid, info.kid)
			if seen[lookup] {
				return fmt.Errorf(`%w: JWK Set: two keys for %s with the same "kid", or with none (RFC 7517, Section 4.5)`, ErrKey, alg)
			}
			seen[lookup] = true
		}
	}
	return nil
}

// fitting returns the keys that verify or decrypt tokens of alg.
func (s *KeySet) fitting(alg string) (public []*PublicKey, private []*PrivateKey) {
	s = s.orZero()
	switch alg {
	case algRS256, algES512:
		for _, k := range s.public {
			if k.fits(alg, "verify") == nil {
				public = append(public, k)
			}
		}
	default:
		op := "decrypt"
		if alg == algHS512 {
			op = "verify"
		}
		for _, k := range s.private {
			if k.fits(alg, op) == nil {
				private = append(private, k)
			}
		}
	}
	return public, private
}

// orZero returns s, or a set without keys for nil.
func (s *KeySet) orZero() *KeySet {
	if s == nil {
		return new(KeySet)
	}
	return s
}

// PublicKeys returns the public keys of the set, in its order.
func (s *KeySet) PublicKeys() []*PublicKey { return slices.Clone(s.orZero().public) }

// PrivateKeys returns the private and secret keys of the set, in its order.
func (s *KeySet) PrivateKeys() []*PrivateKey { return slices.Clone(s.orZero().private) }

// Skipped returns why keys of the set were passed over, an [ErrKey] each (RFC 7517,
// Section 5).
func (s *KeySet) Skipped() []error { return slices.Clone(s.orZero().skipped) }

// RS256Verifier returns a Verifier for RS256 that chooses among the keys of the set by "kid"
// as [VerifierByKeyID] does (RFC 7517, Section 5). It returns [ErrKey] if the set has no key
// for RS256, and [ErrUnsupported] as [NewRS256Verifier] does.
func (s *KeySet) RS256Verifier(checks ...CheckOption) (*Verifier, error) {
	return s.verifier(algRS256, checks)
}

// ES512Verifier returns a Verifier for ES512 that chooses among the keys of the set by "kid"
// as [VerifierByKeyID] does (RFC 7517, Section 5). It returns [ErrKey] if the set has no key
// for ES512, and [ErrUnsupported] for an option that can't be.
func (s *KeySet) ES512Verifier(checks ...CheckOption) (*Verifier, error) {
	return s.verifier(algES512, checks)
}

// HS512Verifier returns a Verifier for HS512 that chooses among the secrets of the set by
// "kid" as [VerifierByKeyID] does (RFC 7517, Section 5). It returns [ErrKey] if the set has
// no secret for HS512, and [ErrUnsupported] for an option that can't be.
func (s *KeySet) HS512Verifier(checks ...CheckOption) (*Verifier, error) {
	return s.verifier(algHS512, checks)
}

func (s *KeySet) verifier(alg string, checks []CheckOption) (*Verifier, error) {
	choice := new(keyChoice[*verifyKey])
	public, private := s.fitting(alg)
	for _, k := range public {
		newOne := k.RS256Verifier
		if alg == algES512 {
			newOne = k.ES512Verifier
		}
		v, err := newOne()
		if err != nil {
			return nil, err
		}
		choice.add(k.info, &v.verifyReceiver)
	}
	for _, k := range private {
		v, err := k.HS512Verifier()
		if err != nil {
			return nil, err
		}
		choice.add(k.info, &v.verifyReceiver)
	}
	return newVerifier(nil, choice, "", checks)
}

// RSAOAEPDecrypter returns a Decrypter for RSA-OAEP that chooses among the keys of the set
// by "kid" as [DecrypterByKeyID] does (RFC 7517, Section 5). It returns [ErrKey] if the set
// has no private key for it, and [ErrUnsupported] as [NewRSAOAEPDecrypter] does.
func (s *KeySet) RSAOAEPDecrypter(checks ...CheckOption) (*Decrypter, error) {
	return s.decrypter(algRSAOAEP, checks)
}

// RSAOAEP256Decrypter returns a Decrypter for RSA-OAEP-256 that chooses among the keys of
// the set by "kid" as [DecrypterByKeyID] does (RFC 7517, Section 5). It returns [ErrKey] if
// the set has no private key for it, and [ErrUnsupported] as [NewRSAOAEP256Decrypter] does.
func (s *KeySet) RSAOAEP256Decrypter(checks ...CheckOption) (*Decrypter, error) {
	return s.decrypter(algRSAOAEP256, checks)
}

func (s *KeySet) decrypter(alg string, checks []CheckOption) (*Decrypter, error) {
	choice := new(keyChoice[*decryptKey])
	_, private := s.fitting(alg)
	for _, k := range private {
		newOne := k.RSAOAEPDecrypter
		if alg == algRSAOAEP256 {
			newOne = k.RSAOAEP256Decrypter
		}
		d, err := newOne()
		if err != nil {
			return nil, err
		}
		choice.add(k.info, &d.decryptReceiver)
	}
	return decrypterOf(nil, choice, "", checks)
}

// JWK returns the key as a JWK (RFC 7517, Section 4), with its "kid", "alg", "use" and
// "key_ops". It is nil for the zero PublicKey.
func (k *PublicKey) JWK() []byte { return k.orZero().info.jwk(k.required()) }

// PrivateJWK returns the private or secret key as a JWK (RFC 7517, Section 4), with its
// "kid", "alg", "use" and "key_ops": keep it as safe as the key (RFC 7517, Section 9.2).
// It is nil for the zero PrivateKey.
func (k *PrivateKey) PrivateJWK() []byte {
	switch k = k.orZero(); {
	case k.rsa != nil:
		c := &k.rsa.Precomputed
		return k.info.jwk(append((&PublicKey{rsa: &k.rsa.PublicKey}).required(),
			octetMember("d", k.rsa.D.Bytes()), octetMember("p", k.rsa.Primes[0].Bytes()), octetMember("q", k.rsa.Primes[1].Bytes()),
			octetMember("dp", c.Dp.Bytes()), octetMember("dq", c.Dq.Bytes()), octetMember("qi", c.Qinv.Bytes())))
	case k.ec != nil:
		return k.info.jwk(append((&PublicKey{ec: &k.ec.PublicKey}).required(),
			octetMember("d", k.ec.D.FillBytes(make([]byte, sizeP521)))))
	case k.secret != nil:
		return k.info.jwk([]member{octetMember("k", k.secret()), {"kty", `"oct"`}})
	}
	return nil
}

// required returns the members that a public JWK has to have, in the order of RFC 7638,
// Section 3.
func (k *PublicKey) required() []member {
	switch k = k.orZero(); {
	case k.rsa != nil:
		return []member{octetMember("e", big.NewInt(int64(k.rsa.E)).Bytes()), {"kty", `"RSA"`}, octetMember("n", k.rsa.N.Bytes())}
	case k.ec != nil:
		x, y := make([]byte, sizeP521), make([]byte, sizeP521)
		return []member{{"crv", `"P-521"`}, {"kty", `"EC"`},
			octetMember("x", k.ec.X.FillBytes(x)), octetMember("y", k.ec.Y.FillBytes(y))}
	}
	return nil
}

// octetMember returns a member whose value is base64url.
func octetMember(name string, octets []byte) member {
	return member{name, `"` + string(appendEncode(nil, octets)) + `"`}
}

// jwk returns the JWK of these members and what i says.
func (i *keyInfo) jwk(members []member) []byte {
	if members == nil {
		return nil
	}
	if i.hasKid {
		members = append(members, member{"kid", string(appendText(nil, i.kid))})
	}
	if i.alg != "" {
		members = append(members, member{"alg", string(appendText(nil, i.alg))})
	}
	if i.use != "" {
		members = append(members, member{"use", string(appendText(nil, i.use))})
	}
	if i.ops != nil {
		ops, _ := appendValue(nil, i.ops) // were read from JSON
		members = append(members, member{"key_ops", string(ops)})
	}
	return appendObject(nil, members)
}

// appendObject appends the JSON object of members, without white space.
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

// MarshalKeySet returns the JWK Set of public keys (RFC 7517, Section 5). The error is
// [ErrKey] if there is no key or one is the zero PublicKey.
func MarshalKeySet(keys ...*PublicKey) ([]byte, error) {
	set := []byte(`{"keys":[`)
	for i, k := range keys {
		if k == nil || k.required() == nil {
			return nil, fmt.Errorf("%w: JWK Set: key %d is none (RFC 7517, Section 5)", ErrKey, i)
		}
		if i > 0 {
			set = append(set, ',')
		}
		set = append(set, k.JWK()...)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%w: JWK Set: no key (RFC 7517, Section 5)", ErrKey)
	}
	return append(set, "]}"...), nil
}

// Thumbprint returns the base64url of the key's SHA-256 JWK thumbprint (RFC 7638, Section
// 3). The error is [ErrKey] for the zero PublicKey.
func (k *PublicKey) Thumbprint() (string, error) {
	required := k.required()
	if required == nil {
		return "", fmt.Errorf("%w: none", ErrKey)
	}
	digest := sha256.Sum256(appendObject(nil, required))
	return string(appendEncode(nil, digest[:])), nil
}

// PEM returns the key as a SubjectPublicKeyInfo in PEM (RFC 7468, Section 13). It is nil for
// the zero PublicKey.
func (k *PublicKey) PEM() []byte {
	der := k.spki()
	if der == nil {
		return nil
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// Base64DER returns the standard base64 of the key's SubjectPublicKeyInfo in DER, padded and
// without line breaks (RFC 4648, Section 4; RFC 5280, Section 4.1.2.7). It is empty for the
// zero PublicKey.
func (k *PublicKey) Base64DER() string { return base64.StdEncoding.EncodeToString(k.spki()) }

// spki returns the DER of the SubjectPublicKeyInfo.
func (k *PublicKey) spki() (der []byte) {
	switch k = k.orZero(); { // x509 has an error only for keys of other types
	case k.rsa != nil:
		der, _ = x509.MarshalPKIXPublicKey(k.rsa)
	case k.ec != nil:
		der, _ = x509.MarshalPKIXPublicKey(k.ec)
	}
	return der
}

// Format prints the type and "kid" of the key, with any verb (D22).
func (k PrivateKey) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "jose.PrivateKey{%s kid=%q}", keyType(k.rsa != nil, k.ec != nil, k.secret != nil), k.info.kid)
}

// Format prints the type and "kid" of the key, with any verb (D22).
func (k PublicKey) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "jose.PublicKey{%s kid=%q}", keyType(k.rsa != nil, k.ec != nil, false), k.info.kid)
}

// Format prints the number of keys, with any verb (D22).
func (s KeySet) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "jose.KeySet{%d public, %d private}", len(s.public), len(s.private))
}
