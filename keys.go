package jose

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// A PrivateKey is a private key, the handle of one that is kept elsewhere, or an HS512 secret.
// What a JWK says of its use travels with it and is checked when a Signer, Verifier or Decrypter
// is made. It is immutable; the zero PrivateKey is good for nothing and returns [ErrKey].
type PrivateKey struct {
	label
	*material
}

// A PublicKey is a public key. What a JWK says of its use travels with it and is checked when a
// Verifier or Encrypter is made. It is immutable; the zero PublicKey is good for nothing and
// returns [ErrKey].
type PublicKey struct {
	label
	*material
}

// material is the key of a PrivateKey or PublicKey. It never changes once it is proved.
type material struct {
	// What a JWK says of its use (RFC 7517, Sections 4.2 to 4.5).
	kid, alg, use string
	ops           []string // nil without "key_ops"
	hasKid        bool

	// The public half: one of these, or neither for a secret.
	rsa *rsa.PublicKey
	ec  *ecdsa.PublicKey

	// The private half, if it is there: a key of Go's, whatever a handle can do, or a secret.
	signer    crypto.Signer
	decrypter crypto.Decrypter
	secret    func() []byte // fmt shows no more of a func than its address, where it calls no Format method (D22)
	foreign   bool          // it is a handle
	refused   error         // what this mode of crypto says of a first signature
}

// An Algorithm is a [SignatureAlgorithm] or a [KeyEncryptionAlgorithm].
type Algorithm interface {
	String() string
	// needs returns the "kty" that the algorithm needs and the "use" that it is, or "".
	needs() (kty, use string)
}

// ParsePrivateKey reads a file with exactly one private key: PEM or DER of PKCS #1, PKCS #8 or SEC 1,
// the base64 of that DER, or a JWK (RSA, EC P-521, or oct with at least 64 octets). Its beginning tells
// which, and then all of it has to be that; around the one block of PEM there may be
// text, and before it the EC PARAMETERS that openssl writes. It has at most 1 MiB. The error
// is [ErrKey] (RFC 7517, Section 4; RFC 7518, Section 6; RFC 7468, Section 10).
func ParsePrivateKey(file []byte) (*PrivateKey, error) {
	m, err := parseKey(file)
	if err == nil && !m.private() {
		err = errors.New("a public key or certificate, and no private key: that is in another file")
	}
	return m.provedPrivate(err)
}

// ParsePublicKey reads a file with exactly one public key: PEM or DER of SPKI or PKCS #1,
// an X.509 certificate (all of which has to be well-formed, and only its key is used), the base64 of
// that DER, or a JWK. Otherwise it is as [ParsePrivateKey], and refuses a private key. The error is
// [ErrKey] (RFC 7517, Section 4; RFC 7518, Section 6; RFC 7468, Sections 5 and 13).
func ParsePublicKey(file []byte) (*PublicKey, error) {
	// See RFC 7517, Section 9.2.
	m, err := parseKey(file)
	if err == nil && m.private() {
		err = errors.New("a private or secret key where a public one is expected: ParsePrivateKey reads it")
	}
	return m.asPublic(err)
}

// NewPrivateKey returns the PrivateKey of an [*rsa.PrivateKey] or [*ecdsa.PrivateKey], which is
// checked and copied, or of the handle of a key that is kept elsewhere, in an HSM or a KMS: a
// [crypto.Signer], for RS256 and ES512, a [crypto.Decrypter], for RSA-OAEP and RSA-OAEP-256, or
// both. A handle's Public is an [*rsa.PublicKey] or an [*ecdsa.PublicKey] on P-521. Its Sign is
// given a digest, and returns ASN.1 DER with ES512; its Decrypt is given an encrypted key of the
// modulus' length and [*rsa.OAEPOptions]. It is kept, not copied, and has to be safe for concurrent
// use if what is made of it is used so; a panic in it reaches the caller. The error is [ErrKey] (RFC
// 7518, Sections 3.3, 3.4 and 4.3).
func NewPrivateKey(key crypto.PrivateKey) (*PrivateKey, error) {
	m, err := goPrivate(key)
	return m.provedPrivate(err)
}

// goPrivate returns a copy of a Go key, or the key of a handle (RFC 8017, Section 3.2).
func goPrivate(key crypto.PrivateKey) (m *material, err error) {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		if key == nil || len(key.Primes) != 2 {
			return nil, errors.New("RSA: a key that is nil or has not two primes")
		}
		c, e := &key.Precomputed, big.NewInt(int64(key.E))
		return rsaPrivate(key.N, e, key.D, key.Primes[0], key.Primes[1], c.Dp, c.Dq, c.Qinv)
	case *ecdsa.PrivateKey:
		if key == nil || key.D == nil || key.D.Sign() <= 0 || key.D.BitLen() > 8*sizeP521 {
			return nil, errors.New("EC: a key that is nil or has no private key of P-521 (RFC 7518, Section 6.2.2.1)")
		}
		point, err := ecPoint(&key.PublicKey)
		if err != nil {
			return nil, err
		}
		return ecPrivate(key.D.FillBytes(make([]byte, sizeP521)), point)
	}
	defer func() {
		if recover() != nil { // a nil inside of the interface panics in Public
			m, err = nil, errors.New("the handle is nil, or has no public key")
		}
	}()
	signer, _ := key.(crypto.Signer)
	decrypter, _ := key.(crypto.Decrypter)
	switch {
	case signer != nil:
		m, err = goPublic(signer.Public())
	case decrypter != nil:
		m, err = goPublic(decrypter.Public())
	default:
		return nil, fmt.Errorf("a %T is no private key and no handle of one", key)
	}
	if err != nil {
		return nil, err
	}
	m.signer, m.decrypter, m.foreign = signer, decrypter, true
	return m, nil
}

// NewPublicKey returns the PublicKey of an [*rsa.PublicKey] or [*ecdsa.PublicKey], which is
// checked and copied. The error is [ErrKey] (RFC 7518, Sections 6.2 and 6.3).
func NewPublicKey(key crypto.PublicKey) (*PublicKey, error) {
	m, err := goPublic(key)
	return m.asPublic(err)
}

// goPublic returns a checked copy of a Go key.
func goPublic(key crypto.PublicKey) (*material, error) {
	switch key := key.(type) {
	case *rsa.PublicKey:
		if key == nil {
			return nil, errors.New("RSA: the key is nil")
		}
		return rsaPublic(key.N, big.NewInt(int64(key.E)))
	case rsa.PublicKey: // as some handles return it
		return goPublic(&key)
	case ecdsa.PublicKey:
		return goPublic(&key)
	case *ecdsa.PublicKey:
		point, err := ecPoint(key)
		if err != nil {
			return nil, err
		}
		return ecPublic(point)
	}
	return nil, fmt.Errorf("a %T is neither an RSA nor an EC public key (RFC 7518, Section 3.1)", key)
}

// NewSecret returns the PrivateKey of an HS512 secret of at least 64 octets, which is copied. It
// is [ErrKey] if it is shorter (RFC 7518, Section 3.2), and if it is a key in disguise, which others
// may have (RFC 8725, Section 3.1): if "-----BEGIN " is in it, or if [ParsePublicKey],
// [ParsePrivateKey] or [ParseKeySet] reads it, with or without the white space around it. Other
// disguises are not looked for.
func NewSecret(octets []byte) (*PrivateKey, error) {
	if len(octets) < minSecret {
		return nil, fmt.Errorf("%w: HS512: not %d octets, but %d; NewInsecureShortSecret takes fewer (RFC 7518, Section 3.2)",
			ErrKey, minSecret, len(octets))
	}
	return NewInsecureShortSecret(octets)
}

// NewInsecureShortSecret is [NewSecret] for a secret of any length, of 1 octet to 1 MiB: for a
// counterpart that issues shorter ones than the 64 octets that RFC 7518, Section 3.2 demands. Whoever
// has one token can try secrets at leisure. It is [ErrKey] if it is empty, longer, or a key in
// disguise, and [ErrUnsupported] where this mode of crypto refuses it for its length.
func NewInsecureShortSecret(octets []byte) (*PrivateKey, error) {
	if len(octets) == 0 || len(octets) > maxKeyFile {
		return nil, fmt.Errorf("%w: HS512: a secret of length %d, not of 1 to %d octets", ErrKey, len(octets), maxKeyFile)
	}
	m := secretKey(bytes.Clone(octets))
	if err := m.trySecret(); err != nil {
		return nil, fmt.Errorf("%w: HS512 with a secret of length %d, in this mode of crypto", ErrUnsupported, len(octets))
	}
	return m.provedPrivate(nil)
}

// secretKey keeps a secret where no formatting finds it (RFC 7515, Section 10.2).
func secretKey(octets []byte) *material { return &material{secret: func() []byte { return octets }} }

// trySecret extracts a key from the secret, since that has an error where hmac.New panics for what this
// mode of crypto refuses.
func (m *material) trySecret() error {
	_, err := hkdf.Extract(sha512.New, m.secret(), nil)
	return err
}

// provedPrivate returns the PrivateKey, if there is no error and its numbers prove to be a key.
func (m *material) provedPrivate(err error) (*PrivateKey, error) {
	if err == nil {
		err = m.prove()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return m.asPrivate(), nil
}

func (m *material) asPrivate() *PrivateKey { return &PrivateKey{newLabel(m.kty(), m.kid), m} }

func (m *material) asPublic(err error) (*PublicKey, error) {
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return &PublicKey{newLabel(m.kty(), m.kid), m}, nil
}

// get returns the material of a key that may be nil or zero.
func (k *PrivateKey) get() *material { return (*PublicKey)(k).get() }

func (k *PublicKey) get() *material {
	if k == nil || k.material == nil {
		return new(material)
	}
	return k.material
}

// private reports whether there is a private half, or a secret.
func (m *material) private() bool { return m.signer != nil || m.decrypter != nil || m.secret != nil }

// kty returns the "kty" (RFC 7518, Section 6.1), or "" for no key.
func (m *material) kty() string {
	switch {
	case m.rsa != nil:
		return "RSA"
	case m.ec != nil:
		return "EC"
	case m.secret != nil:
		return "oct"
	}
	return ""
}

// KeyID returns the JWK's "kid" (RFC 7517, Section 4.5), or "".
func (k *PrivateKey) KeyID() string { return k.get().kid }

// KeyID returns the JWK's "kid" (RFC 7517, Section 4.5), or "".
func (k *PublicKey) KeyID() string { return k.get().kid }

// Public returns the public key of k, with "kid", "alg", "use" and the "key_ops" that
// correspond. The error is [ErrKey] for a secret, which has none (RFC 7518, Section 6.4).
func (k *PrivateKey) Public() (*PublicKey, error) {
	// See RFC 7517, Section 4.3; RFC 7638, Sections 3.2.1 and 7.
	m := k.get()
	if m.rsa == nil && m.ec == nil {
		return nil, fmt.Errorf("%w: no public key belongs to it", ErrKey)
	}
	public := material{kid: m.kid, alg: m.alg, use: m.use, hasKid: m.hasKid, rsa: m.rsa, ec: m.ec}
	if m.ops != nil {
		public.ops = []string{} // if none is left, it still permits nothing
	}
	var seen nameSet
	for _, op := range m.ops {
		op = cmp.Or(map[string]string{"sign": "verify", "decrypt": "encrypt", "unwrapKey": "wrapKey"}[op], op)
		if seen.add(op) {
			public.ops = append(public.ops, op)
		}
	}
	return public.asPublic(nil)
}

// WithKeyID returns a copy of k with this "kid", to be published (RFC 7517, Section 4.5).
// The error is [ErrOption] if kid is empty or not UTF-8, and [ErrKey] for the zero PublicKey.
func (k *PublicKey) WithKeyID(kid string) (*PublicKey, error) {
	// See RFC 7517, Section 8.5.1.
	m := *k.get()
	if m.kty() == "" {
		return nil, fmt.Errorf("%w: a key that no constructor made", ErrKey)
	}
	if _, err := appendValue(nil, kid); err != nil || kid == "" {
		return nil, fmt.Errorf(`%w: "kid" is empty or not UTF-8 (RFC 7517, Section 4.5)`, ErrOption)
	}
	m.kid, m.hasKid = kid, true
	return m.asPublic(nil)
}

// WithAlgorithm returns a copy of k that is for alg only, with the "use" that follows, and without
// the "key_ops" that do not (RFC 7517, Sections 4.2 to 4.4). The error is [ErrKey] if k is not a
// key for it, or is for another one, and [ErrOption] if there is no such algorithm.
func (k *PublicKey) WithAlgorithm(alg Algorithm) (*PublicKey, error) {
	switch alg.(type) {
	case SignatureAlgorithm, KeyEncryptionAlgorithm:
	default: // nil, or a type of the caller's around one of them
		return nil, fmt.Errorf("%w: an algorithm that is none of this package's constants", ErrOption)
	}
	m, op := *k.get(), "verify"
	_, use := alg.needs()
	if use == "enc" {
		op = "encrypt"
	}
	if err := m.fits(alg, op); err != nil {
		return nil, err
	}
	m.alg, m.use = alg.String(), use
	m.ops = slices.DeleteFunc(slices.Clone(m.ops), func(op string) bool { return useOf(op) != "" && useOf(op) != use })
	return m.asPublic(nil)
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

// fits returns the error that this is no key for alg, or not for this operation (D1, D4). An RSA
// key without "alg" takes the algorithm that is asked for. See also RFC 7515, Section 10.7; RFC
// 7515, Appendix D; RFC 8725, Section 3.1; RFC 8017, Sections 6 and 7.1.
func (m *material) fits(alg Algorithm, op string) error {
	// The CEK is encrypted with the key, which is "wrapKey"; many keys for it say
	// "encrypt" (RFC 7517, Section 4.3). We choose to take both.
	other := map[string]string{"encrypt": "wrapKey", "decrypt": "unwrapKey"}[op]
	kty, use := alg.needs()
	switch {
	case kty == "":
		return fmt.Errorf("%w: an algorithm that is none of this package's constants", ErrOption)
	case m.kty() == "":
		return fmt.Errorf("%w: a key that no constructor made", ErrKey)
	case m.kty() != kty:
		return fmt.Errorf("%w: a key of type %s is asked for %s (RFC 7518, Sections 3.1 and 4.1)", ErrKey, m.kty(), alg)
	case m.alg != "" && m.alg != alg.String():
		return fmt.Errorf(`%w: its "alg" is not %s (RFC 7517, Section 4.4)`, ErrKey, alg)
	case m.use != "" && m.use != use:
		return fmt.Errorf(`%w: its "use" is not %q (RFC 7517, Section 4.2)`, ErrKey, use)
	case m.ops != nil && !slices.Contains(m.ops, op) && (other == "" || !slices.Contains(m.ops, other)):
		return fmt.Errorf(`%w: its "key_ops" has no %q (RFC 7517, Section 4.3)`, ErrKey, op)
	case op == "sign" && kty != "oct" && m.signer == nil, op == "decrypt" && m.decrypter == nil:
		return fmt.Errorf("%w: the handle can't %s", ErrKey, op)
	}
	return nil
}

// parseKey reads the one key in file, private or public. It tells by the beginning what the file
// is; then all of it has to be just that. A private key is still to be proved. See also RFC 7468,
// Sections 2 and 14; RFC 8259, Section 8.1; RFC 4648, Section 3.5.
func parseKey(file []byte) (*material, error) {
	switch {
	case len(file) > maxKeyFile:
		return nil, fmt.Errorf("%d bytes, more than %d", len(file), maxKeyFile)
	case bytes.HasPrefix(file, []byte("\xef\xbb\xbf")):
		return nil, errors.New("it starts with a byte order mark: save it as UTF-8 without one")
	case len(file) > 2 && file[0] == 0x30 &&
		(file[1] >= 0x80 && file[1] <= 0x84 || file[2] == 0x02 || int(file[1])+2 == len(file)):
		return parseDER(file, "") // a SEQUENCE and its length, or an INTEGER in it: no text starts so
	}
	// An eol is CRLF, CR or LF (RFC 7468, Section 3): from here on, LF.
	text := strings.ReplaceAll(strings.ReplaceAll(string(file), "\r\n", "\n"), "\r", "\n")
	var begins []int
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if _, ok := beginLabel(line); ok {
			begins = append(begins, i)
		}
	}
	text = strings.Trim(text, " \t\n")
	object := strings.HasPrefix(text, "{")
	members, err := readMembers(string(file))
	names := []string{"kty", "keys", "n", "e", "crv", "x", "y", "d", "k"} // one of which a JWK or JWK Set has
	switch {
	case text == "":
		return nil, errors.New("the file is empty")
	case err == nil && begins == nil && slices.ContainsFunc(names, Header{members: members}.Has):
		return parseJWK(members)
	case object && begins == nil && err != nil && strings.Contains(text, "kty"):
		return nil, fmt.Errorf("JWK: %w (RFC 7517, Section 4)", err)
	case object && begins != nil && strings.IndexAny(strings.TrimLeft(text[1:], " \t\n"), `"}`) == 0: // no text
		return nil, errors.New("a JSON object and PEM in one file")
	case begins != nil:
		return parsePEM(lines, begins)
	}
	der, err := base64.StdEncoding.Strict().DecodeString(text) // which passes over line breaks
	if err == nil && text[0] == 'M' {                          // as all do that start with a SEQUENCE, 0x30
		m, err := parseDER(der, "")
		if err != nil && err != errNoKeyFile {
			err = fmt.Errorf("base64, which base64 -d FILE >NEW decodes: %w", err)
		}
		return m, err
	}
	if err = errNoKeyFile; !object && strings.Contains(text, "BEGIN ") &&
		(strings.Contains(text, "--") || strings.Contains(text, "END ")) {
		err = pemFault(text, "a line that begins or ends a block is not alone, or has not five dashes on each side")
	}
	return nil, cmp.Or(knownFormat(text), err)
}

var errNoKeyFile = errors.New("no key file that is known here: in a checkout of the library, " +
	"go run ./conformance explain -key FILE tells more; NewSecret takes a shared secret")

// formats are files that people have and that are no key file here: a sentence, and how each begins, in any case; ? is
// any octet. After a NUL it is the octets of hexadecimal or base64, or what parseDER has found.
var formats = [][]string{
	{"UTF-16: save it as UTF-8 without a byte order mark", "\xff\xfe?\x00?\x00", "\xfe\xff\x00?\x00?",
		"-\x00-\x00-\x00", "\x00-\x00-\x00-", "{\x00?\x00?\x00", "\x00{\x00?\x00?", "M\x00I\x00I\x00", "\x00M\x00I\x00I"},
	{"hexadecimal: xxd -r -p FILE >NEW writes the octets",
		"\x00hex 0\x81?0", "\x00hex 0\x81?\x02", "\x00hex 0\x82??0", "\x00hex 0\x82??\x02", "\x00hex -----BEGIN "},
	{"base64 of a whole file, PEM or a Java keystore: base64 -d FILE >NEW decodes it",
		"\x00b64 -----BEGIN ", "\x00b64 \xfe\xed\xfe\xed", "\x00b64 \xce\xce\xce\xce"},
	{"base64url, base64 without padding, or base64 that is cut off: write all of it with padding (RFC 4648, Section 4)",
		"\x00b64 0\x81?0", "\x00b64 0\x81?\x02", "\x00b64 0\x82??0", "\x00b64 0\x82??\x02"},
	{"XML or HTML: ask for the key in PEM, or as a JWK", "<?xml", "<RSAKeyValue", "<html", "<!DOCTYPE"},
	{"PKCS #12: openssl pkcs12 -in FILE -nodes -nocerts writes its private key, if there is one, unencrypted, and with " +
		"-nokeys instead of -nocerts its certificates", "\x00DER PKCS12", "\x30\x80\x02\x01\x03"},
	{"PKCS #12 in PEM: grep -v -e ----- FILE | base64 -d >NEW makes a file that openssl pkcs12 reads", "-BEGIN PKCS12-"},
	{"a Java keystore: keytool -importkeystore -srckeystore FILE -destkeystore NEW -deststoretype PKCS12 converts it",
		"\xfe\xed\xfe\xed", "\xce\xce\xce\xce"},
	{"PKCS #7: openssl pkcs7 -in FILE -print_certs writes its certificates", "-BEGIN PKCS7-"},
	{"PKCS #7: openssl pkcs7 -inform DER -in FILE -print_certs writes its certificates", "\x00DER PKCS7"},
	{"CMS, a message and no key: ask for the key or certificate in PEM", "-BEGIN CMS-"},
	{"a certificate request, which its label in PEM has to say (DER needs -inform DER): openssl req -in FILE -noout " +
		"-pubkey writes its public key", "-BEGIN CERTIFICATE REQUEST-", "-BEGIN NEW CERTIFICATE REQUEST-"},
	{"a certificate with additions of OpenSSL: openssl x509 -in FILE -out NEW drops them", "-BEGIN TRUSTED CERTIFICATE-"},
	{"an encrypted private key: openssl pkey -in FILE -out NEW writes it unencrypted",
		"-BEGIN ENCRYPTED PRIVATE KEY-", "\x00DER ENCRYPTED PRIVATE KEY"},
	{`an OpenSSH private key: ssh-keygen -p -N "" -m PKCS8 -f COPY rewrites a copy unencrypted, if it is of RSA or ` +
		"P-521; another is of no use here", "-BEGIN OPENSSH PRIVATE KEY-"},
	{"an OpenSSH public key: ssh-keygen -e -m PKCS8 -f FILE >NEW writes PEM", "ssh-rsa AAAA", "ecdsa-sha2-nistp521 AAAA"},
	{"an OpenSSH key, not of RSA or P-521: ask for one of these", "ssh-ed25519 A", "ssh-dss A", "ecdsa-sha2-nistp??? A"},
	{"an SSH2 public key: ssh-keygen -i -f FILE >NEW writes it as OpenSSH does", "- BEGIN SSH2 PUBLIC KEY -"},
	{"OpenPGP, which is not read: ask for a key in PEM", "-BEGIN PGP P", "-BEGIN PGP MESSAGE-",
		// Of version 4 (RFC 9580, Section 5.5.2): a tag and a length, 4, a time, and RSA, ECDSA or EdDSA.
		"\x98?\x04????\x13", "\x98?\x04????\x16", "\x99??\x04????\x01", "\x94?\x04????\x13", "\x94?\x04????\x16",
		"\x95??\x04????\x01", "\x95??\x04????\x13", "\x95??\x04????\x16"},
}

// undo takes out of base64 and hexadecimal what differs from one to the next.
var undo = strings.NewReplacer("\n", "", " ", "", "\t", "", ":", "", "=", "", "+", "-", "/", "_")

// knownFormat returns the error that a file, or a block of PEM, that begins so is one of formats, or nil.
func knownFormat(text string) error {
	text = text[max(0, len(text)-len(strings.TrimLeft(text, "-"))-1):] // one dash of them
	within, spelled := "\x00hex ", undo.Replace(text)
	octets, err := hex.DecodeString(spelled[:len(spelled)&^1])
	if err != nil {
		within = "\x00b64 "
		octets, _ = appendDecode(nil, spelled[:len(spelled)&^3])
	}
	within += string(octets)
	for _, f := range formats {
		if slices.ContainsFunc(f[1:], func(begin string) bool { return begins(text, begin) || begins(within, begin) }) {
			return errors.New(f[0])
		}
	}
	return nil
}

// begins reports whether text begins as one of formats.
func begins(text, begin string) bool {
	for i := range len(begin) {
		if i >= len(text) || begin[i] != '?' && !sameFold(begin[i:i+1], text[i:i+1]) {
			return false
		}
	}
	return true
}

// pemFault says what is wrong with text that is almost PEM: this, if nothing else is found.
func pemFault(text, what string) error {
	if strings.Contains(text, `\n`) {
		what = `the line breaks are the two characters \n, and have to be real ones`
	} else if !strings.Contains(strings.TrimSpace(text), "\n") {
		what = "there are no line breaks"
	}
	return fmt.Errorf("PEM: %s (RFC 7468, Section 3)", what)
}

// beginLabel returns the label of a line that begins a block. Nothing else begins one, least of all
// in the middle of a line. See also RFC 7468, Section 2.
func beginLabel(line string) (label string, ok bool) {
	if label, ok = strings.CutPrefix(strings.Trim(line, " \t"), "-----BEGIN "); ok {
		label, ok = strings.CutSuffix(label, "-----")
	}
	return label, ok
}

// parsePEM reads the one block that begins at one of these lines (RFC 7468), or at the second of
// two: openssl writes EC PARAMETERS first. The text around it is not looked at. See also RFC 7468,
// Section 2.
func parsePEM(lines []string, begins []int) (*material, error) {
	label, der, err := readBlock(lines[begins[len(begins)-1]:])
	if len(begins) > 1 && err == nil {
		first, parameters, err := readBlock(lines[begins[0]:begins[1]])
		switch {
		case len(begins) > 2 || first != "EC PARAMETERS":
			return nil, fmt.Errorf("PEM: %d blocks, not one: keep only that of the key, or of the certificate it is in",
				len(begins))
		case err != nil || string(parameters) != derP521:
			return nil, cmp.Or(err, otherKey(parameters))
		}
	}
	if err != nil {
		return nil, cmp.Or(knownFormat(lines[begins[0]]), err)
	}
	return parseDER(der, cmp.Or(label, "no label"))
}

// readBlock reads the block that begins at the first of lines, by the grammar of RFC 7468, Figure
// 1. We choose to refuse what the lax one allows, and characters that are not base64. See also RFC
// 7468, Section 2; RFC 4648, Sections 3.3 and 3.5.
func readBlock(lines []string) (label string, der []byte, err error) {
	label, _ = beginLabel(lines[0])
	if lines[0][0] != '-' {
		return label, nil, errors.New("PEM: white space before the line that begins the block (RFC 7468, Section 3)")
	}
	end := "-----END " + label + "-----" // made once: a label can be long (D8)
	var body strings.Builder
	final := false // no line of base64 can follow
	for _, line := range lines[1:] {
		line = strings.TrimRight(line, " \t")
		if body.Len() == 0 {
			line = strings.TrimLeft(line, " \t")
		}
		switch {
		case line == end:
			if der, err = base64.StdEncoding.Strict().DecodeString(body.String()); err != nil {
				err = pemFault(strings.Join(lines, "\n"), "not base64, indented, or cut off")
			}
			return label, der, err
		case strings.HasPrefix(line, "Proc-Type:"): // RFC 1421, Section 4.6.1.1
			return label, nil, knownFormat("-BEGIN ENCRYPTED PRIVATE KEY-")
		case final || line == "" && strings.HasSuffix(body.String(), "="):
			return label, nil, errors.New("PEM: an empty line in the middle (RFC 7468, Section 3)")
		case line == "":
			final = body.Len() > 0
		}
		body.WriteString(line)
	}
	return label, nil, pemFault(strings.Join(lines, "\n"), "no line ends the block as it began: cut off, or indented")
}

type kind struct {
	label, first, second string
	parse                func([]byte) (*material, error)
}

// kinds are the structures of DER that are told apart here: the label in PEM, how the first two fields begin, and
// what reads it. Of those that fit, it is the last.
var kinds = []kind{
	{"PRIVATE KEY", "\x02", "\x30", parsePKCS8},                // INTEGER, SEQUENCE (RFC 7468, Section 10)
	{"PKCS12", "\x02\x01\x03", "\x30", nil},                    // INTEGER 3, SEQUENCE (RFC 7292, Section 4)
	{"EC PRIVATE KEY", "\x02", "\x04", parseSEC1},              // INTEGER, OCTET STRING
	{"RSA PUBLIC KEY", "\x02", "\x02", parsePKCS1Public},       // INTEGER, the modulus, and INTEGER
	{"RSA PRIVATE KEY", "\x02\x01", "\x02", parsePKCS1Private}, // INTEGER of one octet, the version, and INTEGER
	{"CERTIFICATE", "\x30", "\x30", parseCertificate},          // two SEQUENCEs (RFC 7468, Section 5)
	{"PUBLIC KEY", "\x30", "\x03", parseSPKI},                  // SEQUENCE, BIT STRING (RFC 7468, Section 13)
	{"ENCRYPTED PRIVATE KEY", "\x30", "\x04", nil},             // SEQUENCE, OCTET STRING (RFC 7468, Section 11)
	{"PKCS7", derSignedData, "\xa0", nil},                      // its OBJECT IDENTIFIER, [0] (RFC 2315, Section 7)
}

// parseDER reads one structure of DER with this label (RFC 7468), or where there is none, with the
// label that the kinds of its first two fields tell (RFC 7468, Sections 2, 5.1 and 11).
func parseDER(der []byte, label string) (*material, error) {
	var fields struct{ First, Second asn1.RawValue }
	asn1.Unmarshal(der, &fields) // are empty if der is something else
	first, second := string(fields.First.FullBytes), string(fields.Second.FullBytes)
	var content, named kind
	for _, k := range kinds {
		if strings.HasPrefix(first, k.first) && strings.HasPrefix(second, k.second) {
			content = k
		}
		if k.label == label {
			named = k
		}
	}
	format := "-BEGIN " + label + "-"
	if label == "" {
		named, format = content, "\x00DER "+content.label
	}
	read := func(k kind) (*material, error) {
		if k.parse == nil {
			return nil, cmp.Or(knownFormat(format), knownFormat(string(der)), errNoKeyFile)
		}
		return k.parse(der)
	}
	m, err := read(named)
	if err != nil && content.label != named.label && content.label != "" {
		if _, other := read(content); other == nil || named.label != "" { // of a label that is not known, all has to fit
			err = fmt.Errorf("PEM: the label does not fit the content, which looks like %s: change the label", content.label)
		}
	}
	return m, err
}

// readDER reads the structure T that der is. Whatever it leaves out or spells in its own way, what
// follows it among it, shows when it is written again.
func readDER[T any](der []byte) (v T, err error) {
	if _, err := asn1.Unmarshal(der, &v); err != nil {
		return v, errors.New("not its structure")
	}
	if again, err := asn1.Marshal(v); err != nil || !bytes.Equal(again, der) {
		return v, errors.New("not all of it is its structure, in the one spelling of DER")
	}
	return v, nil
}

// wellFormed reports whether der is elements of DER at every depth, up to this one: also where
// nobody looks at them (RFC 7468, Section 14).
func wellFormed(der []byte, depth int) bool {
	for len(der) > 0 {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(der, &v)
		// In DER a SEQUENCE and a SET are constructed, and nothing else that is universal is.
		constructed := v.Tag == asn1.TagSequence || v.Tag == asn1.TagSet
		if err != nil || depth == 0 || v.IsCompound && !wellFormed(v.Bytes, depth-1) ||
			v.Class == asn1.ClassUniversal && (v.Tag == 0 || v.IsCompound != constructed) {
			return false
		}
		der = rest
	}
	return true
}

// An algorithmIdentifier is rsaEncryption with NULL, or ecPublicKey with a named curve (RFC 3279,
// Section 2.3.1; RFC 5480, Section 2.1.1).
type algorithmIdentifier struct {
	Algorithm  asn1.RawValue
	Parameters asn1.RawValue `asn1:"optional"`
}

// The parts of AlgorithmIdentifiers in scope (RFC 8017, Appendix C; RFC 5480, Section 2.1.1).
const (
	derRSA  = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01" // the OBJECT IDENTIFIER 1.2.840.113549.1.1.1
	derEC   = "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"         // 1.2.840.10045.2.1
	derP521 = "\x06\x05\x2b\x81\x04\x00\x23"                 // 1.3.132.0.35
	derNull = "\x05\x00"

	derSignedData = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" // 1.2.840.113549.1.7.2 (RFC 2315, Section 14)
)

// isEC tells the two kinds of key apart (RFC 7518, Section 3.4; RFC 8017, Appendix A.1).
func (a *algorithmIdentifier) isEC() (bool, error) {
	ec := string(a.Algorithm.FullBytes) == derEC
	switch parameters := string(a.Parameters.FullBytes); {
	case !ec && string(a.Algorithm.FullBytes) != derRSA:
		return false, otherKey(a.Algorithm.FullBytes)
	case ec && parameters != derP521:
		return false, otherKey(a.Parameters.FullBytes)
	case !ec && parameters != derNull:
		return false, errors.New("DER: rsaEncryption without NULL (RFC 3279, Section 2.3.1)")
	}
	return ec, nil
}

// otherKeys are the names of algorithms and curves for which there are keys, but not here.
var otherKeys = map[string]string{
	"1.2.840.113549.1.1.10": "RSA-PSS", "1.3.101.112": "Ed25519", "1.3.101.113": "Ed448", "1.3.101.110": "X25519",
	"P-256": "P-256", "P-384": "P-384", "secp256k1": "secp256k1", // as "crv"
	"1.3.132.0.10": "secp256k1", "1.3.132.0.33": "P-224", "1.2.840.10045.3.1.7": "P-256", "1.3.132.0.34": "P-384",
}

// otherKey returns the error of a key for the algorithm or curve that der identifies.
func otherKey(der []byte) error {
	var id asn1.ObjectIdentifier
	asn1.Unmarshal(der, &id) // is none where a curve is spelled out
	name := cmp.Or(otherKeys[id.String()], "another algorithm or curve, or one that is not named")
	return fmt.Errorf("a key for %s, where rsaEncryption and P-521 are read (RFC 7518, Section 3.1)", name)
}

// An attribute is one of PKCS #8 (RFC 5208, Section 5).
type attribute struct {
	Type   asn1.ObjectIdentifier
	Values asn1.RawValue
}

// wrong reports whether the values are not a SET.
func (a attribute) wrong() bool { return a.Values.FullBytes[0] != 0x31 }

// parsePKCS8 reads a PrivateKeyInfo (RFC 5208, Section 5), with or without attributes (RFC 7468,
// Section 10).
func parsePKCS8(der []byte) (*material, error) {
	v, err := readDER[struct {
		Version    int
		Algorithm  algorithmIdentifier
		Key        []byte
		Attributes []attribute `asn1:"optional,tag:0"` // a SET OF, which Go would sort
	}](der)
	if err != nil || v.Version != 0 || slices.ContainsFunc(v.Attributes, attribute.wrong) || !wellFormed(der, maxDepth) {
		return nil, errors.New("PKCS #8: no PrivateKeyInfo of version 0 in DER (RFC 5208, Section 5)")
	}
	ec, err := v.Algorithm.isEC()
	switch {
	case err != nil:
		return nil, err
	case ec:
		return parseECPrivate(v.Key, true)
	}
	return parsePKCS1Private(v.Key)
}

// parsePKCS1Private reads an RSAPrivateKey (RFC 8017, Appendix A.1.2; RFC 8017, Section 3.2).
func parsePKCS1Private(der []byte) (*material, error) {
	v, err := readDER[struct {
		Version                   int
		N, E, D, P, Q, DP, DQ, QI *big.Int
	}](der)
	switch {
	case v.Version == 1:
		return nil, errors.New("PKCS #1: a multi-prime key (RFC 8017, Appendix A.1.2)")
	case err != nil || v.Version != 0:
		return nil, errors.New("PKCS #1: no RSAPrivateKey of version 0 in DER (RFC 8017, Appendix A.1.2)")
	}
	return rsaPrivate(v.N, v.E, v.D, v.P, v.Q, v.DP, v.DQ, v.QI)
}

// parsePKCS1Public reads an RSAPublicKey (RFC 8017, Appendix A.1.1).
func parsePKCS1Public(der []byte) (*material, error) {
	v, err := readDER[struct{ N, E *big.Int }](der)
	if err != nil {
		return nil, errors.New("PKCS #1: no RSAPublicKey in DER (RFC 8017, Appendix A.1.1)")
	}
	return rsaPublic(v.N, v.E)
}

// parseSEC1 reads an ECPrivateKey that stands alone (RFC 7518, Section 3.4).
func parseSEC1(der []byte) (*material, error) { return parseECPrivate(der, false) }

// parseECPrivate reads an ECPrivateKey (RFC 5915, Section 3). The curve has to be named in it,
// unless PKCS #8 around it has named it; the public key may be left out.
func parseECPrivate(der []byte, named bool) (*material, error) {
	v, err := readDER[struct {
		Version    int
		PrivateKey []byte
		Parameters asn1.RawValue  `asn1:"optional,explicit,tag:0"`
		PublicKey  asn1.BitString `asn1:"optional,explicit,tag:1"`
	}](der)
	curve := string(v.Parameters.FullBytes)
	switch {
	case err != nil || v.Version != 1 || v.PublicKey.BitLength%8 != 0:
		return nil, errors.New("SEC 1: no ECPrivateKey of version 1 in DER (RFC 5915, Section 3)")
	case curve == "" && !named:
		return nil, errors.New("SEC 1: no curve (RFC 5915, Section 3)")
	case curve != "" && curve != "\xa0\x07"+derP521:
		return nil, otherKey(v.Parameters.FullBytes[2:])
	}
	return ecPrivate(v.PrivateKey, v.PublicKey.Bytes)
}

// parseSPKI reads a SubjectPublicKeyInfo (RFC 5280, Section 4.1.2.7; RFC 7468, Section 13).
func parseSPKI(der []byte) (*material, error) {
	v, err := readDER[struct {
		Algorithm algorithmIdentifier
		Key       asn1.BitString
	}](der)
	if err != nil || v.Key.BitLength%8 != 0 {
		return nil, errors.New("SPKI: no SubjectPublicKeyInfo in DER (RFC 5280, Section 4.1.2.7)")
	}
	ec, err := v.Algorithm.isEC()
	switch {
	case err != nil:
		return nil, err
	case ec:
		return ecPublic(v.Key.Bytes)
	}
	return parsePKCS1Public(v.Key.Bytes)
}

// parseCertificate reads the public key of an X.509 certificate, and nothing else: who issued it
// and whether it is still valid is for the caller (D2; RFC 7468, Section 5.1).
func parseCertificate(der []byte) (*material, error) {
	v, err := readDER[struct {
		TBS, Algorithm asn1.RawValue
		Signature      asn1.BitString
	}](der)
	if err != nil {
		return nil, errors.New("X.509: no Certificate in DER (RFC 5280, Section 4.1)")
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil && bytes.HasPrefix(v.TBS.Bytes, []byte("\x02\x01\x00\x30")) { // version 0 (RFC 2986, Section 4.1)
		return nil, knownFormat("-BEGIN CERTIFICATE REQUEST-")
	}
	if err != nil {
		return nil, errors.New("X.509: no certificate that Go reads (RFC 5280, Section 4.1)")
	}
	return parseSPKI(certificate.RawSubjectPublicKeyInfo)
}

// parseJWK reads a JWK (RFC 7517, Section 4; RFC 7518, Section 6). Members that are not known are
// ignored, "x5c" and the like among them (D2). See also RFC 7517, Sections 4.1 and 9.3; RFC 7518,
// Sections 3.4, 6.2.1, 6.2.2, 6.3.1, 6.3.2, 6.4.1 and 8.14; RFC 8017, Section 3.2.
func parseJWK(members []member) (m *material, err error) {
	j := jwkReader{members: members}
	if !j.has("kty") && j.has("keys") {
		return nil, errors.New("a JWK Set where one key is expected: ParseKeySet reads it")
	}
	kty := j.text("kty")
	info := j.info()
	if kty != "oct" && j.has("k") { // a secret has no place in a key of another type (D4)
		j.wrong("k", "has no place in a key that is not symmetric (RFC 7518, Section 6.4)")
	}
	switch {
	case kty == "RSA" && j.has("oth"):
		j.wrong("oth", "is of a multi-prime key, of which none is read (RFC 7518, Section 6.3.2.7)")
	case kty == "RSA":
		n, e := j.number("n"), j.number("e")
		var rest [6]*big.Int
		private := slices.ContainsFunc(rsaMembers(), j.has)
		for i := 0; private && i < len(rest); i++ {
			rest[i] = j.number(rsaMembers()[i])
		}
		if m, err = rsaPublic(n, e); private && err == nil {
			m, err = rsaPrivate(n, e, rest[0], rest[1], rest[2], rest[3], rest[4], rest[5])
		}
	case kty == "EC":
		if crv := j.text("crv"); j.err == nil && crv != "P-521" {
			j.wrong("crv", "is "+cmp.Or(otherKeys[crv], "another curve or spelling")+", not P-521 (RFC 7518, Section 6.2.1.1)")
		}
		point := slices.Concat([]byte{4}, j.octets("x", sizeP521), j.octets("y", sizeP521))
		if j.has("d") {
			m, err = ecPrivate(j.octets("d", sizeP521), point)
		} else {
			m, err = ecPublic(point)
		}
	case kty == "oct":
		k := j.octets("k", 0)
		if len(k) < minSecret {
			j.fail(`"k" has not %d octets, but %d; NewInsecureShortSecret takes it (RFC 7518, Section 3.2)`, minSecret, len(k))
		}
		m = secretKey(k)
	default:
		j.wrong("kty", "is not RSA, EC or oct, spelled so; OKP, as of Ed25519, is not read (RFC 7518, Section 6.1)")
	}
	if err := cmp.Or(j.err, err); err != nil {
		return nil, err
	}
	m.kid, m.hasKid, m.alg, m.use, m.ops = info.kid, info.hasKid, info.alg, info.use, info.ops
	return m, nil
}

// rsaMembers returns the members of a private RSA key (RFC 7518, Section 6.3.2).
func rsaMembers() []string { return []string{"d", "p", "q", "dp", "dq", "qi"} }

// A jwkReader reads the members of a JWK and keeps the first error.
type jwkReader struct {
	members []member
	err     error
}

// has reports whether there is a member. That one is null is said before what is missing beside it.
func (j *jwkReader) has(name string) bool {
	value, ok := find(j.members, name)
	if value == "null" {
		j.wrong(name, "")
	}
	return ok
}

func (j *jwkReader) fail(format string, args ...any) {
	if j.err == nil {
		j.err = fmt.Errorf("JWK: "+format, args...)
	}
}

// wrong fails with what is wrong with a member. Some write null for one that is absent.
func (j *jwkReader) wrong(name, what string) {
	if value, _ := find(j.members, name); value == "null" {
		what = "is null: leave it out, if the key has none (RFC 7517, Section 4)"
		switch {
		case slices.Contains([]string{"kty", "n", "e", "crv", "x", "y"}, name):
			what = "is null, and no key is without it: ask for the whole key (RFC 7518, Section 6)"
		case slices.Contains(rsaMembers()[1:], name):
			what += `; a key with "d" needs it (RFC 7518, Section 6.3.2)`
		}
	}
	j.fail("%q %s", name, what)
}

// text returns a member that has to be there and to be a string (RFC 7517, Sections 4.1, 4.2, 4.4,
// 4.5 and 9.3; RFC 7518, Sections 6.2.1, 6.2.2, 6.3.1, 6.3.2, 6.4.1 and 8.14).
func (j *jwkReader) text(name string) string {
	value, ok := find(j.members, name)
	if !ok || value[0] != '"' {
		j.wrong(name, "is missing or not a string (RFC 7517, Section 4; RFC 7518, Section 6)")
		return ""
	}
	return unquote(value)
}

// octets returns a member of so many octets in base64url, or of any number but 0 (RFC 7518,
// Sections 2, 6.2.1.2, 6.2.1.3 and 6.2.2.1).
func (j *jwkReader) octets(name string, size int) []byte {
	text := j.text(name)
	octets, err := appendDecode(nil, text)
	switch {
	case j.err != nil:
	case err != nil:
		j.fail("%q: %w", name, err)
	case size > 0 && len(octets) != size:
		j.fail("%q has not %d octets, but %d (RFC 7518, Section 6.2)", name, size, len(octets))
	case len(octets) == 0:
		j.fail("%q is empty (RFC 7518, Section 6)", name)
	}
	return octets
}

// number returns a member that is a Base64urlUInt: with no more octets than it takes (RFC 7518,
// Section 2; RFC 7518, Sections 6.3.1.2 and 6.3.2.1 to 6.3.2.6; RFC 7638, Section 7).
func (j *jwkReader) number(name string) *big.Int {
	octets := j.octets(name, 0)
	if name == "n" && strings.Trim(j.text(name), "0123456789abcdefABCDEF") == "" {
		j.fail("%q is hexadecimal, and has to be base64url (RFC 7518, Section 6.3.1.1)", name)
	}
	if len(octets) > 0 && octets[0] == 0 {
		j.fail("%q starts with a zero octet, as of a signed number: encode it without (RFC 7518, Section 2)", name)
	}
	return new(big.Int).SetBytes(octets)
}

// info returns what the JWK says of its use (D4; RFC 7517, Sections 4.8 and 4.9).
func (j *jwkReader) info() (i material) {
	text := func(name string) string { // of a member that need not be there
		if !j.has(name) {
			return ""
		}
		return j.text(name)
	}
	i = material{kid: text("kid"), hasKid: j.has("kid"), alg: text("alg"), use: text("use")}
	if j.has("alg") && i.alg == "" || j.has("use") && i.use == "" {
		j.fail(`"alg" or "use" is empty (RFC 7517, Section 4)`)
	}
	for _, name := range []string{"x5u", "x5t", "x5t#S256"} { // not used, but no less typed
		text(name)
	}
	if value, ok := find(j.members, "x5c"); ok {
		if _, ok := textArray(value); !ok {
			j.wrong("x5c", "is no array of strings (RFC 7517, Section 4.7)")
		}
	}
	value, ok := find(j.members, "key_ops")
	if !ok {
		return i
	}
	if i.ops, ok = textArray(value); !ok || !distinct(i.ops) {
		j.wrong("key_ops", "is no array of distinct strings (RFC 7517, Section 4.3)")
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

// rsaPublic returns the key of these numbers, after the checks of D3: RFC 7518, Sections 3.3 and
// 4.3 ask for 2048 bits or more, RFC 8017, Section 3.1 for an odd e of 3 or more. We choose a
// modulus of 8192 bits at most (RFC 7518, Section 8.6), and e < 2³¹, which is what crypto/rsa takes
// on every machine. See also RFC 7518, Section 8.3.
func rsaPublic(n, e *big.Int) (*material, error) {
	switch {
	case n == nil || e == nil:
		return nil, errors.New("RSA: no modulus or no exponent")
	case n.Sign() <= 0 || n.Bit(0) == 0:
		return nil, errors.New("RSA: the modulus is not positive and odd (RFC 8017, Section 3.1)")
	case n.BitLen() < 2048:
		return nil, fmt.Errorf("RSA: the modulus has %d bits, not 2048 or more (RFC 7518, Sections 3.3 and 4.3)", n.BitLen())
	case n.BitLen() > maxRSAOctet*8:
		return nil, fmt.Errorf("RSA: the modulus has %d bits, more than 8192 (RFC 7518, Section 8.6)", n.BitLen())
	case e.Sign() <= 0 || e.Bit(0) == 0 || e.BitLen() < 2 || e.BitLen() > 31:
		return nil, errors.New("RSA: the exponent is not odd, 3 or more, and below 2³¹ (RFC 8017, Section 3.1)")
	}
	// Larger factors, and a modulus that is a power or a prime, are not looked for.
	rest := new(big.Int).Mod(n, smallPrimes)
	if rest.GCD(nil, nil, rest, smallPrimes).BitLen() > 1 {
		return nil, errors.New("RSA: the modulus has a prime factor below 752, which no CA certifies")
	}
	return &material{rsa: &rsa.PublicKey{N: new(big.Int).Set(n), E: int(e.Int64())}}, nil
}

// smallPrimes is the product of the odd primes below 752, none of which may be a factor of a modulus
// that a CA certifies (CA/Browser Forum, Baseline Requirements, Section 6.1.6). Nothing writes to it.
var smallPrimes = func() *big.Int {
	product := big.NewInt(1)
	for i := int64(3); i < 752; i += 2 {
		if p := big.NewInt(i); p.ProbablyPrime(0) {
			product.Mul(product, p)
		}
	}
	return product
}()

// rsaPrivate returns the key of these numbers, after the checks of D3 that take no exponentiation;
// prove makes the others. The members for the Chinese remainder theorem are nil in a Go key that
// was not precomputed.
func rsaPrivate(n, e, d, p, q, dp, dq, qi *big.Int) (*material, error) {
	m, err := rsaPublic(n, e)
	if err != nil {
		return nil, err
	}
	switch {
	case d == nil || p == nil || q == nil:
		return nil, errors.New("RSA: the private exponent or a prime is missing")
	case d.Sign() <= 0 || d.Cmp(n) >= 0:
		return nil, errors.New("RSA: the private exponent is not between 0 and the modulus (RFC 8017, Section 3.2)")
	case p.Sign() <= 0 || q.Sign() <= 0 || p.Cmp(q) == 0 || p.Cmp(n) >= 0 || q.Cmp(n) >= 0 ||
		new(big.Int).Mul(p, q).Cmp(n) != 0:
		return nil, errors.New("RSA: the modulus is not the product of the two primes (RFC 8017, Section 3.1)")
	case min(p.BitLen(), q.BitLen()) < minPrime:
		return nil, fmt.Errorf("RSA: a prime of fewer than %d bits protects nothing", minPrime)
	}
	key := &rsa.PrivateKey{
		PublicKey:   *m.rsa,
		D:           new(big.Int).Set(d),
		Primes:      []*big.Int{new(big.Int).Set(p), new(big.Int).Set(q)},
		Precomputed: rsa.PrecomputedValues{Dp: dp, Dq: dq, Qinv: qi}, // for prove to compare
	}
	m.signer, m.decrypter = key, key
	return m, nil
}

// prove makes the checks of a private key that are dear, each once. What this mode of crypto
// refuses is for the roles' constructors to say. See also RFC 7518, Sections 6.3.2.4 to 6.3.2.6;
// RFC 8017, Section 3.1.
func (m *material) prove() error {
	switch key := m.signer.(type) {
	case *rsa.PrivateKey:
		given := key.Precomputed
		key.Precomputed = rsa.PrecomputedValues{}
		key.Precompute() // before Validate, which then has less to do
		if err := key.Validate(); err != nil {
			return errors.New("RSA: the private exponent or a prime does not belong to the modulus (RFC 8017, Section 3.2)")
		}
		computed := &key.Precomputed
		for _, c := range [][2]*big.Int{{given.Dp, computed.Dp}, {given.Dq, computed.Dq}, {given.Qinv, computed.Qinv}} {
			if c[1] == nil || c[0] != nil && c[0].Cmp(c[1]) != 0 {
				return errors.New("RSA: dP, dQ or qInv does not belong to the key (RFC 8017, Section 3.2)")
			}
		}
		// Nothing above has seen that the factors are prime. A signature tells most composites.
		digest := [32]byte{}
		signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
		if err != nil && !errors.Is(err, rsa.ErrDecryption) { // its error where what it signed does not hold
			m.refused = err
			return nil
		}
		if rsa.VerifyPKCS1v15(m.rsa, crypto.SHA256, digest[:], signature) != nil {
			return errors.New("RSA: the private key is not that of the public key (RFC 8017, Section 3.2)")
		}
	case *ecdsa.PrivateKey:
		scalar, err := ecdh.P521().NewPrivateKey(key.D.FillBytes(make([]byte, sizeP521)))
		if err != nil {
			return errors.New("EC: the private key is not above 0 and below the order (RFC 7518, Section 6.2.2.1)")
		}
		computed, err := ecPublic(scalar.PublicKey().Bytes())
		if err != nil {
			return err
		}
		if m.ec != nil && !m.ec.Equal(computed.ec) {
			return errors.New("EC: the public key is not that of the private key (RFC 7518, Section 6.2.2)")
		}
		m.ec, key.PublicKey = computed.ec, *computed.ec
		_, m.refused = ecdsa.SignASN1(rand.Reader, key, make([]byte, 64))
	}
	if m.secret != nil {
		return checkSecret(m.secret())
	}
	return nil
}

// sizeP521 is the number of octets in a coordinate and in a scalar of P-521 (RFC 7518, Section 6.2).
const sizeP521 = 66

// ecPublic returns the key of an uncompressed point (SEC 1, Section 2.3.3), which has to be on
// P-521 (RFC 7518, Section 6.2.1; RFC 8725, Section 3.4; RFC 7518, Section 6.2.1.1).
func ecPublic(point []byte) (*material, error) {
	if len(point) == 1+sizeP521 {
		return nil, errors.New("EC: a compressed point: see -ec_conv_form of openssl pkey (RFC 5480, Section 2.2)")
	}
	if _, err := ecdh.P521().NewPublicKey(point); err != nil {
		return nil, errors.New("EC: the point is not on P-521 (RFC 7518, Section 6.2.1)")
	}
	x, y := point[1:1+sizeP521], point[1+sizeP521:]
	key := &ecdsa.PublicKey{Curve: elliptic.P521(), X: new(big.Int).SetBytes(x), Y: new(big.Int).SetBytes(y)}
	return &material{ec: key}, nil
}

// ecPrivate returns the key of a scalar, of which point has to be the public key, as prove finds
// out; nil is any (RFC 7518, Section 6.2.2; RFC 7518, Section 6.2.2.1).
func ecPrivate(d, point []byte) (*material, error) {
	if len(d) != sizeP521 {
		return nil, fmt.Errorf("SEC 1: the private key has not %d octets, but %d (RFC 5915, Section 3)", sizeP521, len(d))
	}
	m := new(material)
	if point != nil {
		var err error
		if m, err = ecPublic(point); err != nil {
			return nil, err
		}
	}
	m.signer = &ecdsa.PrivateKey{D: new(big.Int).SetBytes(d)}
	return m, nil
}

// ecPoint returns the uncompressed point of a Go key (RFC 8725, Section 3.4).
func ecPoint(key *ecdsa.PublicKey) ([]byte, error) {
	if key == nil || key.Curve != elliptic.P521() || key.X == nil || key.Y == nil {
		return nil, errors.New("EC: no key on P-521 (RFC 7518, Section 3.4)")
	}
	point, err := key.ECDH()
	if err != nil {
		return nil, errors.New("EC: not a point on P-521 (RFC 7518, Section 6.2.1)")
	}
	return point.Bytes(), nil
}

// minSecret is the size of the hash output, in octets: a MUST of RFC 7518, Section 3.2.
const minSecret = 64

// checkSecret refuses a key in the place of a secret: a public one is a secret that everybody has
// (RFC 8725, Sections 2.1 and 3.1).
func checkSecret(secret []byte) error {
	for _, text := range slices.CompactFunc([][]byte{secret, bytes.TrimSpace(secret)}, bytes.Equal) {
		_, err := parseKey(text)
		_, setErr := readKeySet(text, false)
		if err == nil || setErr == nil || bytes.Contains(text, []byte("-----BEGIN ")) {
			return errors.New("HS512: the secret is a key file in PEM, DER or JWK (RFC 8725, Section 3.1)")
		}
	}
	return nil
}

// A KeySet is the keys of a JWK Set that can be used here: either all public, or all
// private or secret (RFC 7517, Section 5). The zero KeySet has none.
type KeySet struct {
	label
	keys    []*material
	skipped []error
	passed  map[string]error // why the keys with these "kid" were passed over
}

// ParseKeySet reads a JWK Set of at most 1 MiB and 256 keys, private RSA keys of at most 32,768
// bits together, which are slow to check (RFC 7517, Section 5). Keys that can't be used, for their
// type, curve, size or use, or for members that are missing or wrong, are passed over, as that
// section says; [KeySet.Skipped] has the reasons. The same key twice is one key. The error is
// [ErrKey] if the set is not well-formed, no key is left, or private or secret keys are mixed with
// public ones.
func ParseKeySet(file []byte) (*KeySet, error) {
	s, err := readKeySet(file, true)
	if err != nil {
		return nil, fmt.Errorf("%w: JWK Set: %w", ErrKey, err)
	}
	return s, nil
}

// readKeySet reads a JWK Set, and proves its private keys if it is told so (RFC 7517, Sections 5
// and 9.2; RFC 7518, Section 8.6).
func readKeySet(file []byte, prove bool) (*KeySet, error) {
	if len(file) > maxKeyFile {
		return nil, fmt.Errorf("%d bytes, more than %d", len(file), maxKeyFile)
	}
	members, err := readMembers(string(file))
	value, ok := find(members, "keys")
	if err != nil || !ok {
		_, err := parseKey(bytes.Clone(file)) // a copy, for the key that it may be: a set keeps none
		return nil, cmp.Or(err, errors.New("one key, and no set: ParsePublicKey or ParsePrivateKey reads it"))
	}
	if value[0] != '[' {
		return nil, errors.New(`no array "keys" (RFC 7517, Section 5.1)`)
	}
	texts, _ := (&jsonReader{text: value}).array(1, true) // were read before
	if len(texts) == 0 || len(texts) > maxSetKeys {
		return nil, fmt.Errorf("%d keys, not 1 to %d", len(texts), maxSetKeys)
	}
	jwks := make([]Header, len(texts))
	secrets, publics, bits := false, false, 0
	for i, text := range texts { // what is bounded is counted in the text, before any arithmetic (D8)
		if text[0] != '{' {
			return nil, fmt.Errorf("key %d is no JSON object (RFC 7517, Section 5.1)", i)
		}
		jwks[i].members, _ = readMembers(text) // was read before
		private := []string{"d", "k"}
		if jwks[i].textMember("kty") == "RSA" {
			private = append(rsaMembers(), "oth", "k")
		}
		isThere := func(name string) bool { v, _ := find(jwks[i].members, name); return cmp.Or(v, "null") != "null" }
		if !slices.ContainsFunc(private, isThere) {
			continue
		}
		secrets = true
		if n := 8 * decodedLen(len(jwks[i].textMember("n"))); n <= 8*maxRSAOctet { // others are refused without
			bits += n
		}
	}
	if bits > maxSetBits {
		return nil, fmt.Errorf("private RSA keys of more than %d bits together", maxSetBits)
	}
	var first error
	s := &KeySet{passed: make(map[string]error)}
	for i, jwk := range jwks {
		m, err := parseJWK(jwk.members)
		if err == nil && prove {
			err = m.prove()
		}
		if err == nil {
			err = m.useful()
		}
		switch {
		case err != nil:
			err = fmt.Errorf("key %d of the JWK Set: %w", i, err)
			s.skipped, first = append(s.skipped, fmt.Errorf("%w: %w", ErrKey, err)), cmp.Or(first, err)
			if _, twice := s.passed[jwk.KeyID()]; jwk.Has("kid") && !twice {
				s.passed[jwk.KeyID()] = err
			}
			continue
		case !m.private():
			publics = true
		}
		s.keys = append(s.keys, m)
	}
	switch {
	case secrets && publics:
		return nil, errors.New("private or secret keys mixed with public ones")
	case len(s.keys) == 0:
		return nil, fmt.Errorf("none of its keys can be used: %w", first)
	}
	s.label = label{text: fmt.Sprintf("keys: %d", len(s.keys))}
	return s, nil
}

// useful returns the error that nothing here can be done with the key.
func (m *material) useful() error {
	for _, alg := range []Algorithm{RS256, ES512, HS512, RSAOAEP, RSAOAEP256} {
		ops := []string{"verify", "sign"}
		if _, use := alg.needs(); use == "enc" {
			ops = []string{"encrypt", "decrypt"}
		}
		for _, op := range ops {
			if m.fits(alg, op) == nil {
				return nil
			}
		}
	}
	return errors.New(`its "alg", "use" or "key_ops" is for nothing that is done here (RFC 7517, Sections 4.2 to 4.4)`)
}

// same reports whether two keys are of the same numbers, or octets.
func (m *material) same(o *material) bool {
	switch {
	case m.rsa != nil:
		return m.rsa.Equal(o.rsa)
	case m.ec != nil:
		return m.ec.Equal(o.ec)
	}
	return bytes.Equal(m.secret(), o.secret())
}

// choose makes what bind makes of a key, for each key of the set that does this operation with alg.
// The same key twice counts once; a "kid" of two different ones is good for neither (D5). See also
// RFC 7517, Section 4.5.
func choose[V any](s *KeySet, alg Algorithm, op string, bind func(*material) (V, error)) (*keyChoice[V], error) {
	kty, _ := alg.needs()
	if kty == "" {
		return nil, new(material).fits(alg, op)
	}
	var keys []*material
	var refused error
	byKeyID := make(map[string]*material)
	choice := &keyChoice[V]{byKeyID: make(map[string]V), broken: make(map[string]error)}
	for _, m := range s.all() {
		if m.private() != (kty == "oct" || op == "decrypt") || m.fits(alg, op) != nil {
			continue
		}
		v, err := bind(m)
		if err != nil { // this build or mode of crypto refuses this key
			refused = err
			if m.hasKid {
				choice.broken[m.kid] = err
			}
			continue
		}
		if !slices.ContainsFunc(keys, m.same) {
			keys = append(keys, m)
			choice.only, choice.n = v, len(keys)
		}
		other, twice := byKeyID[m.kid]
		switch {
		case !m.hasKid:
		case !twice:
			byKeyID[m.kid], choice.byKeyID[m.kid] = m, v
		case !m.same(other):
			delete(choice.byKeyID, m.kid)
			choice.broken[m.kid] = errors.New("two different keys have it")
		}
	}
	switch {
	case len(keys) == 0 && refused != nil:
		return nil, refused
	case len(keys) == 0:
		return nil, fmt.Errorf("%w: the set has no key to %s with %s", ErrKey, op, alg)
	}
	for kid, err := range s.passed {
		if byKeyID[kid] == nil {
			choice.broken[kid] = err
		}
	}
	return choice, nil
}

// all returns the keys of a set that may be nil.
func (s *KeySet) all() []*material { return cmp.Or(s, new(KeySet)).keys }

// PublicKeys returns the public keys of the set, in its order.
func (s *KeySet) PublicKeys() (keys []*PublicKey) {
	for _, m := range s.all() {
		if !m.private() {
			keys = append(keys, &PublicKey{newLabel(m.kty(), m.kid), m})
		}
	}
	return keys
}

// PrivateKeys returns the private and secret keys of the set, in its order.
func (s *KeySet) PrivateKeys() (keys []*PrivateKey) {
	for _, m := range s.all() {
		if m.private() {
			keys = append(keys, m.asPrivate())
		}
	}
	return keys
}

// Skipped returns why keys of the set were passed over, an [ErrKey] for each, in its order (RFC
// 7517, Section 5).
func (s *KeySet) Skipped() []error { return slices.Clone(cmp.Or(s, new(KeySet)).skipped) }

// JWK returns the key as a JWK (RFC 7517, Section 4), with its "kid", "alg", "use" and
// "key_ops". It is nil for the zero PublicKey.
func (k *PublicKey) JWK() []byte {
	// See RFC 7517, Sections 4.3 and 8.5.1.
	m := k.get()
	members := m.required()
	if members == nil {
		return nil
	}
	add := func(present bool, name string, value any) {
		if present {
			text, _ := appendValue(nil, value) // is UTF-8
			members = append(members, member{name, string(text)})
		}
	}
	add(m.hasKid, "kid", m.kid)
	add(m.alg != "", "alg", m.alg)
	add(m.use != "", "use", m.use)
	add(m.ops != nil, "key_ops", m.ops)
	return appendObject(nil, members)
}

// required returns the members that a public JWK has to have, in the order of RFC 7638, Section 3
// (RFC 7517, Section 4.1; RFC 7518, Sections 2, 6.2.1, 6.2.1.2, 6.2.1.3, 6.3.1, 6.3.1.1 and
// 6.3.1.2; RFC 7638, Sections 3.2, 3.2.1, 3.3 and 4).
func (m *material) required() []member {
	octets := func(name string, v []byte) member { return member{name, `"` + string(appendEncode(nil, v)) + `"`} }
	switch {
	case m.rsa != nil:
		e := big.NewInt(int64(m.rsa.E))
		return []member{octets("e", e.Bytes()), {"kty", `"RSA"`}, octets("n", m.rsa.N.Bytes())}
	case m.ec != nil:
		return []member{{"crv", `"P-521"`}, {"kty", `"EC"`},
			octets("x", m.ec.X.FillBytes(make([]byte, sizeP521))), octets("y", m.ec.Y.FillBytes(make([]byte, sizeP521)))}
	}
	return nil
}

// MarshalKeySet returns the JWK Set of public keys (RFC 7517, Section 5). The error is
// [ErrKey] if there is no key or one is the zero PublicKey.
func MarshalKeySet(keys ...*PublicKey) ([]byte, error) {
	// See RFC 7517, Sections 2 and 8.5.1.
	jwks := make([][]byte, len(keys))
	for i, k := range keys {
		if jwks[i] = k.JWK(); jwks[i] == nil {
			return nil, fmt.Errorf("%w: JWK Set: key %d is none (RFC 7517, Section 5)", ErrKey, i)
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%w: JWK Set: no key (RFC 7517, Section 5)", ErrKey)
	}
	return slices.Concat([]byte(`{"keys":[`), bytes.Join(jwks, []byte(",")), []byte("]}")), nil
}

// Thumbprint returns the base64url of the key's SHA-256 JWK thumbprint (RFC 7638, Section
// 3). The error is [ErrKey] for the zero PublicKey.
func (k *PublicKey) Thumbprint() (string, error) {
	// See RFC 7638, Section 3.4.
	required := k.get().required()
	if required == nil {
		return "", fmt.Errorf("%w: a key that no constructor made", ErrKey)
	}
	digest := sha256.Sum256(appendObject(nil, required))
	return string(appendEncode(nil, digest[:])), nil
}

// PEM returns the key as a SubjectPublicKeyInfo in PEM (RFC 7468, Section 13). It is nil for
// the zero PublicKey.
func (k *PublicKey) PEM() []byte {
	// See RFC 7468, Sections 2 and 3; RFC 4648, Section 3.2.
	m := k.get()
	var key crypto.PublicKey = m.rsa
	if m.ec != nil {
		key = m.ec
	}
	if m.kty() == "" {
		return nil
	}
	der, _ := x509.MarshalPKIXPublicKey(key) // has an error only for keys of other types
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}
