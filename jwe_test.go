package jose

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/jose/vectors"
)

// encKeys are the RSA private keys of corpus files about JWE, by "file/name". They are
// read without the code under test.
var encKeys = sync.OnceValue(func() map[string]*rsa.PrivateKey {
	files, err := vectors.Load()
	if err != nil {
		panic(err)
	}
	keys := make(map[string]*rsa.PrivateKey)
	for _, f := range files {
		if !slices.Contains([]string{"rfc7516.json", "rfc7520.json", "supplement.json"}, f.Name) {
			continue // keys of other files may be broken on purpose
		}
		for name, k := range f.Keys {
			var jwk struct{ Kty, N, E, D, P, Q string }
			if json.Unmarshal(k.JWK, &jwk) != nil || jwk.Kty != "RSA" || jwk.P == "" {
				continue
			}
			number := func(s string) *big.Int {
				b, err := base64.RawURLEncoding.DecodeString(s)
				if err != nil {
					panic(err)
				}
				return new(big.Int).SetBytes(b)
			}
			key := &rsa.PrivateKey{
				PublicKey: rsa.PublicKey{N: number(jwk.N), E: int(number(jwk.E).Int64())},
				D:         number(jwk.D),
				Primes:    []*big.Int{number(jwk.P), number(jwk.Q)},
			}
			key.Precompute()
			keys[f.Name+"/"+name] = key
		}
	}
	return keys
})

func encKey(t testing.TB, name string) *rsa.PrivateKey {
	t.Helper()
	key := encKeys()[name]
	if key == nil {
		t.Fatalf("no key %q in the corpus", name)
	}
	return key
}

// encOurs and encTheirs are two keys of 2048 bits.
func encOurs(t testing.TB) *rsa.PrivateKey   { return encKey(t, "rfc7516.json/own-rsa") }
func encTheirs(t testing.TB) *rsa.PrivateKey { return encKey(t, "rfc7516.json/A.1") }

// encSecret is a secret for HS512.
var encSecret = bytes.Repeat([]byte("sixteen octets. "), 4)

// encAlg is an algorithm of RFC 7518, Section 4.3.
type encAlg struct {
	alg  KeyEncryptionAlgorithm
	name string
	hash crypto.Hash
}

var (
	encSHA1   = encAlg{RSAOAEP, "RSA-OAEP", crypto.SHA1}
	encSHA256 = encAlg{RSAOAEP256, "RSA-OAEP-256", crypto.SHA256}
)

func (a encAlg) newEncrypter(key *rsa.PublicKey, opts ...HeaderOption) (*Encrypter, error) {
	k, err := NewPublicKey(key)
	if err != nil {
		return nil, err
	}
	return k.Encrypter(a.alg, opts...)
}

func (a encAlg) newDecrypter(key *rsa.PrivateKey, checks ...CheckOption) (*Decrypter, error) {
	return a.fromHandle(key, checks...)
}

// fromHandle returns a Decrypter of whatever NewPrivateKey takes for one.
func (a encAlg) fromHandle(handle crypto.PrivateKey, checks ...CheckOption) (*Decrypter, error) {
	k, err := NewPrivateKey(handle)
	if err != nil {
		return nil, err
	}
	return k.Decrypter(a.alg, checks...)
}

// encSigner and encVerifier are for HS512 with encSecret.
func encSigner(t testing.TB, opts ...HeaderOption) *Signer {
	t.Helper()
	return encMust[*Signer](t)(encMust[*PrivateKey](t)(NewSecret(encSecret)).Signer(HS512, opts...))
}

func encVerifier(t testing.TB, checks ...CheckOption) *Verifier {
	t.Helper()
	return encMust[*Verifier](t)(encMust[*PrivateKey](t)(NewSecret(encSecret)).Verifier(HS512, checks...))
}

// encAlgs returns the algorithms that this mode of crypto has. That it has no SHA-1 under
// fips140=only is asserted in TestFIPS140.
func encAlgs() []encAlg {
	if fipsOnly() {
		return []encAlg{encSHA256}
	}
	return []encAlg{encSHA1, encSHA256}
}

func encMust[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

var encClasses = []error{ErrMalformed, ErrUnsupported, ErrAlgorithm, ErrKey, ErrOption, ErrUnknownKey, ErrSignature,
	ErrSigner, ErrDecryption, ErrInner, ErrClaims, ErrExpired, ErrNotYetValid}

// encWant checks that err is of these classes, and of no other; ErrExpired and
// ErrNotYetValid are ErrClaims as well. No class at all is no error.
func encWant(t testing.TB, err error, want ...error) {
	t.Helper()
	if len(want) == 0 {
		if err != nil {
			t.Errorf("got %v, want no error", err)
		}
		return
	}
	if slices.Contains(want, ErrExpired) || slices.Contains(want, ErrNotYetValid) {
		want = append(want, ErrClaims)
	}
	for _, class := range encClasses {
		if errors.Is(err, class) != slices.Contains(want, class) {
			t.Errorf("got %v, want it to be exactly %v", err, want)
			return
		}
	}
}

// encParts is a JWE that is made by crypto and encoding/base64 alone.
type encParts struct {
	header                   string
	key, iv, ciphertext, tag []byte
}

func (p encParts) segments() []string {
	b64 := base64.RawURLEncoding.EncodeToString
	return []string{b64([]byte(p.header)), b64(p.key), b64(p.iv), b64(p.ciphertext), b64(p.tag)}
}

func (p encParts) token() string { return strings.Join(p.segments(), ".") }

// encHeader returns the text of a header.
func encHeader(alg, more string) string { return `{"alg":"` + alg + `","enc":"A256GCM"` + more + `}` }

// encSeal encrypts as RFC 7516, Section 5.1 says, with a CEK that may have a wrong length: what
// is missing is zero in the content encryption, and what is too much is left out there.
func encSeal(t testing.TB, a encAlg, key *rsa.PublicKey, header string, cek, plaintext []byte) encParts {
	t.Helper()
	encryptedKey := encMust[[]byte](t)(rsa.EncryptOAEP(a.hash.New(), rand.Reader, key, cek, nil))
	return encContent(t, header, encryptedKey, cek, plaintext)
}

func encContent(t testing.TB, header string, encryptedKey, cek, plaintext []byte) encParts {
	t.Helper()
	var aesKey [32]byte
	copy(aesKey[:], cek)
	block := encMust[cipher.Block](t)(aes.NewCipher(aesKey[:]))
	gcm := encMust[cipher.AEAD](t)(cipher.NewGCMWithRandomNonce(block))
	sealed := gcm.Seal(nil, nil, plaintext, []byte(base64.RawURLEncoding.EncodeToString([]byte(header))))
	n := len(sealed)
	return encParts{header, encryptedKey, sealed[:12:12], sealed[12 : n-16 : n-16], sealed[n-16:]}
}

// encOpen decrypts with crypto and encoding/base64 alone.
func encOpen(t testing.TB, a encAlg, key *rsa.PrivateKey, token string) (header string, cek, iv, plaintext []byte) {
	t.Helper()
	segments := strings.Split(token, ".")
	if len(segments) != 5 {
		t.Fatalf("%d segments", len(segments))
	}
	var octets [5][]byte
	for i, s := range segments {
		octets[i] = encMust[[]byte](t)(base64.RawURLEncoding.Strict().DecodeString(s))
	}
	if len(octets[1]) != key.Size() || len(octets[2]) != 12 || len(octets[4]) != 16 {
		t.Fatalf("an encrypted key of %d, an IV of %d, a tag of %d octets", len(octets[1]), len(octets[2]), len(octets[4]))
	}
	cek = encMust[[]byte](t)(rsa.DecryptOAEP(a.hash.New(), nil, key, octets[1], nil))
	block := encMust[cipher.Block](t)(aes.NewCipher(cek))
	gcm := encMust[cipher.AEAD](t)(cipher.NewGCMWithRandomNonce(block))
	plaintext = encMust[[]byte](t)(gcm.Open(nil, nil, slices.Concat(octets[2], octets[3], octets[4]), []byte(segments[0])))
	return string(octets[0]), cek, octets[2], plaintext
}

// encUses is what a Decrypter did with its private key and the content cipher.
type encUses struct {
	encryptedKeys  [][]byte
	ceks           [][]byte
	sealed, header []byte // of the last one
}

func (u *encUses) String() string {
	return fmt.Sprintf("%d uses of the private key, %d of the content cipher", len(u.encryptedKeys), len(u.ceks))
}

// encWatch records the uses. If unwrapped is not nil, it is what the private key returns,
// whatever was encrypted.
func encWatch(d *Decrypter, unwrapped []byte) *encUses {
	u := new(encUses)
	unwrap, open := d.key.unwrap, d.key.open
	d.key.unwrap = func(encryptedKey []byte) ([]byte, error) {
		u.encryptedKeys = append(u.encryptedKeys, bytes.Clone(encryptedKey))
		if unwrapped != nil {
			return bytes.Clone(unwrapped), nil
		}
		return unwrap(encryptedKey)
	}
	d.key.open = func(cek, sealed, aad []byte) ([]byte, error) {
		u.ceks = append(u.ceks, bytes.Clone(cek))
		u.sealed, u.header = bytes.Clone(sealed), bytes.Clone(aad)
		return open(cek, sealed, aad)
	}
	return u
}

// encHandle is a crypto.Decrypter as an HSM would have one.
type encHandle struct {
	public  crypto.PublicKey
	decrypt func(random io.Reader, msg []byte, opts crypto.DecrypterOpts) ([]byte, error)
}

func (h *encHandle) Public() crypto.PublicKey { return h.public }

func (h *encHandle) Decrypt(random io.Reader, msg []byte, opts crypto.DecrypterOpts) ([]byte, error) {
	return h.decrypt(random, msg, opts)
}

// encFlip returns b with one bit changed, at position i, from the end if i is negative.
func encFlip(b []byte, i int) []byte {
	b = bytes.Clone(b)
	if i < 0 {
		i += len(b)
	}
	b[i] ^= 1
	return b
}

// TestRFC7516_Section11_5 checks that whatever is wrong from the private key on has one answer,
// after one use of the private key and one of the content cipher (D15).
func TestRFC7516_Section11_5(t *testing.T) {
	t.Parallel()
	ours, theirs := encOurs(t), encTheirs(t)
	size := ours.Size()
	plaintext := []byte("The true sign of intelligence is not knowledge but imagination.")
	cek := bytes.Repeat([]byte{0xce}, 32)
	fill := func(n *big.Int) []byte { return n.FillBytes(make([]byte, size)) }

	for _, a := range encAlgs() {
		header := encHeader(a.name, "")
		good := encSeal(t, a, &ours.PublicKey, header, cek, plaintext)
		with := func(change func(p *encParts)) encParts {
			p := good
			change(&p)
			return p
		}
		encryptedKey := func(octets []byte) encParts {
			return with(func(p *encParts) { p.key = octets })
		}
		ofLength := func(n int) encParts {
			long := make([]byte, n)
			rand.Read(long)
			return encSeal(t, a, &ours.PublicKey, header, long, plaintext)
		}
		// One whose first octet is zero, and one that stays below 2^2048 with the modulus added.
		var zero, above []byte
		for zero == nil || above == nil {
			c := encSeal(t, a, &ours.PublicKey, header, cek, nil).key
			if c[0] == 0 {
				zero = c
			}
			if sum := new(big.Int).Add(new(big.Int).SetBytes(c), ours.N); sum.BitLen() <= 8*size {
				above = fill(sum)
			}
		}
		oaepWith := func(h crypto.Hash, label string) []byte {
			return encMust[[]byte](t)(rsa.EncryptOAEP(h.New(), rand.Reader, &ours.PublicKey, cek, []byte(label)))
		}
		rows := []struct {
			name   string
			p      encParts
			accept bool
		}{
			{"good", good, true},
			{"first octet of the encrypted key is zero", encryptedKey(zero), true},
			{"RFC 8017, Section 7.1.2: zero octet left out", encryptedKey(zero[1:]), false},
			{"RFC 8017, Section 7.1.2: zero octet put before", encryptedKey(append([]byte{0}, good.key...)), false},
			{"one octet cut off the end", encryptedKey(good.key[:size-1]), false},
			{"one octet put after", encryptedKey(append(bytes.Clone(good.key), 0)), false},
			{"encrypted key: empty", encryptedKey(nil), false},
			{"encrypted key: one octet", encryptedKey([]byte{2}), false},
			{"encrypted key: 8 KiB", encryptedKey(bytes.Repeat([]byte{0x5a}, 8<<10)), false},
			{"encrypted key: 0", encryptedKey(make([]byte, size)), false},
			{"encrypted key: 1", encryptedKey(fill(big.NewInt(1))), false},
			{"encrypted key: the substitute", encryptedKey(fill(big.NewInt(2))), false},
			{"encrypted key: modulus - 1", encryptedKey(fill(new(big.Int).Sub(ours.N, big.NewInt(1)))), false},
			{"encrypted key: the modulus", encryptedKey(fill(ours.N)), false},
			{"encrypted key: modulus + 1", encryptedKey(fill(new(big.Int).Add(ours.N, big.NewInt(1)))), false},
			{"encrypted key: a good one plus the modulus", encryptedKey(above), false},
			{"encrypted key: all ones", encryptedKey(bytes.Repeat([]byte{0xff}, size)), false},
			{"encrypted key: a bit changed", encryptedKey(encFlip(good.key, -1)), false},
			{"encrypted key: to somebody else", encryptedKey(encSeal(t, a, &theirs.PublicKey, header, cek, nil).key), false},
			{"encrypted key: another hash", encryptedKey(oaepWith(crypto.SHA512, "")), false},
			{"encrypted key: another label", encryptedKey(oaepWith(a.hash, "label")), false},
			{"CEK of no octets", ofLength(0), false},
			{"CEK of 16 octets", ofLength(16), false},
			{"CEK of 31 octets", ofLength(31), false},
			{"CEK of 33 octets", ofLength(33), false},
			{"CEK of 64 octets", ofLength(64), false},
			{"another CEK", with(func(p *encParts) { p.key = encSeal(t, a, &ours.PublicKey, header, make([]byte, 32), nil).key }), false},
			{"tag: first bit", with(func(p *encParts) { p.tag = encFlip(p.tag, 0) }), false},
			{"tag: last octet", with(func(p *encParts) { p.tag = encFlip(p.tag, -1) }), false},
			{"tag: zero", with(func(p *encParts) { p.tag = make([]byte, 16) }), false},
			{"IV: first octet", with(func(p *encParts) { p.iv = encFlip(p.iv, 0) }), false},
			{"IV: last octet", with(func(p *encParts) { p.iv = encFlip(p.iv, -1) }), false},
			{"ciphertext: first octet", with(func(p *encParts) { p.ciphertext = encFlip(p.ciphertext, 0) }), false},
			{"ciphertext: last octet", with(func(p *encParts) { p.ciphertext = encFlip(p.ciphertext, -1) }), false},
			{"ciphertext: cut", with(func(p *encParts) { p.ciphertext = p.ciphertext[1:] }), false},
			{"ciphertext: empty", with(func(p *encParts) { p.ciphertext = nil }), false},
			{"ciphertext: longer", with(func(p *encParts) { p.ciphertext = append(bytes.Clone(p.ciphertext), 0) }), false},
			{"AAD: a space in the header", with(func(p *encParts) { p.header += " " }), false},
			{"AAD: an escape in the header", with(func(p *encParts) { p.header = strings.Replace(p.header, "A256GCM", `A256GC\u004d`, 1) }), false},
			{"AAD: one member more", with(func(p *encParts) { p.header = encHeader(a.name, `,"typ":"JWT"`) }), false},
		}
		handle := &encHandle{public: &ours.PublicKey, decrypt: ours.Decrypt}
		for kind, key := range map[string]crypto.PrivateKey{"key": ours, "handle": handle} {
			ceks := make(map[string]bool)
			d := encMust[*Decrypter](t)(a.fromHandle(key))
			uses := encWatch(d, nil)
			for _, row := range rows {
				*uses = encUses{}
				got, err := d.Decrypt(row.p.token())
				if row.accept {
					if err != nil || !bytes.Equal(got.Plaintext, plaintext) {
						t.Errorf("%s, %s, %s: %v", a.name, kind, row.name, err)
					}
				} else {
					if err != ErrDecryption || errors.Unwrap(err) != nil {
						t.Errorf("%s, %s, %s: got %v, want the one value ErrDecryption", a.name, kind, row.name, err)
					}
					encWant(t, err, ErrDecryption)
					if got != nil {
						t.Errorf("%s, %s, %s: something came back beside an error", a.name, kind, row.name)
					}
				}
				if len(uses.encryptedKeys) != 1 || len(uses.ceks) != 1 {
					t.Fatalf("%s, %s, %s: %v", a.name, kind, row.name, uses)
				}
				// The private key has the work of any number in its range to do.
				c := new(big.Int).SetBytes(uses.encryptedKeys[0])
				trivial := c.Cmp(big.NewInt(1)) <= 0 && !strings.HasSuffix(row.name, ": 0") && !strings.HasSuffix(row.name, ": 1")
				if len(uses.encryptedKeys[0]) != size || c.Cmp(ours.N) >= 0 || trivial {
					t.Errorf("%s, %s, %s: the private key was given %x", a.name, kind, row.name, uses.encryptedKeys[0])
				}
				if len(uses.ceks[0]) != 32 {
					t.Errorf("%s, %s, %s: the content cipher was given a CEK of %d octets", a.name, kind, row.name, len(uses.ceks[0]))
				}
				if !bytes.Equal(uses.sealed, slices.Concat(row.p.iv, row.p.ciphertext, row.p.tag)) || string(uses.header) != row.p.segments()[0] {
					t.Errorf("%s, %s, %s: the content cipher was not given the content and header as received", a.name, kind, row.name)
				}
				if strings.Contains(row.name, "ncrypted key:") || strings.Contains(row.name, "CEK of") || strings.Contains(row.name, "octet ") {
					switch k := string(uses.ceks[0]); {
					case row.accept:
					case k == string(cek), k == string(make([]byte, 32)), ceks[k]:
						t.Errorf("%s, %s, %s: the CEK that was substituted is not random", a.name, kind, row.name)
					default:
						ceks[k] = true
					}
				}
			}
			if len(ceks) < 15 {
				t.Errorf("%s, %s: %d substitutions were seen", a.name, kind, len(ceks))
			}
		}

		// What is not in range is an error whatever the private key makes of the substitute.
		d := encMust[*Decrypter](t)(a.newDecrypter(ours))
		uses := encWatch(d, cek)
		for _, row := range rows {
			*uses = encUses{}
			_, err := d.Decrypt(row.p.token())
			inRange := len(row.p.key) == size && new(big.Int).SetBytes(row.p.key).Cmp(ours.N) < 0
			if !inRange && err != ErrDecryption || len(uses.encryptedKeys) != 1 || len(uses.ceks) != 1 {
				t.Errorf("%s, %s, with a private key that always returns the CEK: %v, %v", a.name, row.name, err, uses)
			}
		}
	}
}

// TestD15_Handle checks what a handle is given, and that whatever it does the token is
// answered with the same value (D15).
func TestD15_Handle(t *testing.T) {
	t.Parallel()
	ours := encOurs(t)
	cek := bytes.Repeat([]byte{0xce}, 32)
	for _, a := range encAlgs() {
		good := encSeal(t, a, &ours.PublicKey, encHeader(a.name, ""), cek, []byte("plaintext")).token()
		for _, row := range []struct {
			name    string
			decrypt func() ([]byte, error)
			accept  bool
		}{
			{"the CEK", func() ([]byte, error) { return cek, nil }, true},
			{"an error", func() ([]byte, error) { return nil, errors.New("outage") }, false},
			{"an error of a class of ours", func() ([]byte, error) { return nil, ErrUnknownKey }, false},
			{"an error, and the CEK", func() ([]byte, error) { return cek, rsa.ErrDecryption }, false},
			{"nil", func() ([]byte, error) { return nil, nil }, false},
			{"31 octets", func() ([]byte, error) { return cek[:31], nil }, false},
			{"33 octets, the CEK first", func() ([]byte, error) { return append(bytes.Clone(cek), 0), nil }, false},
			{"33 octets, the CEK last", func() ([]byte, error) { return append([]byte{0}, cek...), nil }, false},
			{"64 octets, the CEK first", func() ([]byte, error) { return append(bytes.Clone(cek), cek...), nil }, false},
			{"no octets", func() ([]byte, error) { return []byte{}, nil }, false},
			{"no octets, and an error", func() ([]byte, error) { return []byte{}, rsa.ErrDecryption }, false},
			{"32 other octets", func() ([]byte, error) { return make([]byte, 32), nil }, false},
		} {
			d := encMust[*Decrypter](t)(a.fromHandle(&encHandle{&ours.PublicKey, func(io.Reader, []byte, crypto.DecrypterOpts) ([]byte, error) {
				return row.decrypt()
			}}))
			uses := encWatch(d, nil)
			got, err := d.Decrypt(good)
			if row.accept != (err == nil) || !row.accept && (err != ErrDecryption || got != nil) {
				t.Errorf("%s, a handle that returns %s: %v", a.name, row.name, err)
			}
			if len(uses.encryptedKeys) != 1 || len(uses.ceks) != 1 {
				t.Errorf("%s, a handle that returns %s: %v", a.name, row.name, uses)
				continue
			}
			// What is no CEK is replaced by a random one.
			returned, failed := row.decrypt()
			asReturned := failed == nil && len(returned) == 32
			if used := uses.ceks[0]; len(used) != 32 || bytes.Equal(used, returned) != asReturned ||
				!asReturned && (bytes.Equal(used, cek) || bytes.Equal(used, make([]byte, 32))) {
				t.Errorf("%s, a handle that returns %s: the content cipher was given %x", a.name, row.name, used)
			}
		}

		// What it returned it may keep, and write to before it is used; and the CEK of one token is not
		// that of the next one.
		var held []byte
		outage := error(nil)
		shared := encMust[*Decrypter](t)(a.fromHandle(&encHandle{&ours.PublicKey, func(io.Reader, []byte, crypto.DecrypterOpts) ([]byte, error) {
			held = bytes.Clone(cek)
			return held, outage
		}}))
		open := shared.key.open
		shared.key.open = func(cek, sealed, aad []byte) ([]byte, error) {
			clear(held)
			return open(cek, sealed, aad)
		}
		for turn := range 4 {
			outage = nil
			if got, err := shared.Decrypt(good); err != nil || string(got.Plaintext) != "plaintext" {
				t.Errorf("%s, turn %d: a handle that writes to what it returned: %v", a.name, turn, err)
			}
			if !bytes.Equal(held, make([]byte, 32)) {
				t.Errorf("%s, turn %d: what the handle returned was written to", a.name, turn)
			}
			outage = errors.New("outage")
			if got, err := shared.Decrypt(good); err != ErrDecryption || got != nil {
				t.Errorf("%s, turn %d: after a CEK, a handle that fails: %v", a.name, turn, err)
			}
		}

		// Its public key may be a value, which is not what crypto.Decrypter's doc has.
		for _, public := range []crypto.PublicKey{&ours.PublicKey, ours.PublicKey} {
			d := encMust[*Decrypter](t)(a.fromHandle(&encHandle{public, ours.Decrypt}))
			if got, err := d.Decrypt(good); err != nil || string(got.Plaintext) != "plaintext" {
				t.Errorf("%s, a handle whose public key is a %T: %v", a.name, public, err)
			}
		}

		// It may write to what it is given, and keep it.
		var kept [][]byte
		calls := 0
		d := encMust[*Decrypter](t)(a.fromHandle(&encHandle{&ours.PublicKey, func(random io.Reader, msg []byte, opts crypto.DecrypterOpts) ([]byte, error) {
			calls++
			o, ok := opts.(*rsa.OAEPOptions)
			if !ok || o.Hash != a.hash || o.MGFHash != 0 || o.Label != nil || len(msg) != ours.Size() || random == nil {
				t.Errorf("%s: the handle was given %d octets and %+v", a.name, len(msg), opts)
			}
			out, err := ours.Decrypt(random, bytes.Clone(msg), opts)
			copy(msg, bytes.Repeat([]byte{byte(calls)}, len(msg)))
			if ok {
				*o = rsa.OAEPOptions{Hash: crypto.MD5, Label: []byte("x")}
			}
			kept = append(kept, msg, out)
			return out, err
		}}))
		for range 3 {
			got, err := d.Decrypt(good)
			if err != nil || string(got.Plaintext) != "plaintext" {
				t.Errorf("%s: a handle that writes to its arguments: %v", a.name, err)
			}
		}
		if calls != 3 {
			t.Errorf("%s: %d uses of the handle for 3 tokens and a constructor, want 3", a.name, calls)
		}
		for i, k := range kept {
			if i%2 == 0 && !bytes.Equal(k, bytes.Repeat([]byte{byte(i/2 + 1)}, len(k))) {
				t.Errorf("%s: what the handle was given is used again", a.name)
			}
			if i%2 == 1 && !bytes.Equal(k, cek) {
				t.Errorf("%s: what the handle returned was overwritten", a.name)
			}
		}

		// A panic is the caller's own; the Decrypter is good afterwards.
		broken := true
		d = encMust[*Decrypter](t)(a.fromHandle(&encHandle{&ours.PublicKey, func(random io.Reader, msg []byte, opts crypto.DecrypterOpts) ([]byte, error) {
			if broken {
				panic("broken handle")
			}
			return ours.Decrypt(random, msg, opts)
		}}))
		func() {
			defer func() {
				if r := recover(); r != "broken handle" {
					t.Errorf("%s: recovered %v", a.name, r)
				}
			}()
			d.Decrypt(good)
		}()
		broken = false
		if got, err := d.Decrypt(good); err != nil || string(got.Plaintext) != "plaintext" {
			t.Errorf("%s: after a panic of the handle: %v", a.name, err)
		}

		// One handle may be a crypto.Signer as well.
		both := encMust[*PrivateKey](t)(NewPrivateKey(struct{ *rsa.PrivateKey }{ours}))
		s, d := encMust[*Signer](t)(both.Signer(RS256)), encMust[*Decrypter](t)(both.Decrypter(a.alg))
		v := encMust[*Verifier](t)(encMust[*PublicKey](t)(both.Public()).Verifier(RS256))
		nested := encMust[string](t)(SignThenEncrypt(s, encMust[*Encrypter](t)(a.newEncrypter(&ours.PublicKey)), []byte("payload")))
		if got, err := DecryptThenVerify(d, v, nested); err != nil || string(got.Payload) != "payload" {
			t.Errorf("%s: a handle that signs and decrypts: %v", a.name, err)
		}
	}
}

// TestD3_DecryptionKeys checks what keys and handles are refused, without a use of any handle.
func TestD3_DecryptionKeys(t *testing.T) {
	t.Parallel()
	ours, theirs := encOurs(t), encTheirs(t)
	public, private := encMust[*PublicKey](t)(NewPublicKey(&ours.PublicKey)), encMust[*PrivateKey](t)(NewPrivateKey(ours))
	small := &rsa.PublicKey{N: new(big.Int).SetBit(new(big.Int).Rsh(ours.N, 8), 0, 1), E: 65537}
	mixed := &rsa.PrivateKey{PublicKey: theirs.PublicKey, D: ours.D, Primes: ours.Primes}
	ec := encEC(t)
	never := func(io.Reader, []byte, crypto.DecrypterOpts) ([]byte, error) {
		t.Error("the handle was used")
		return nil, nil
	}
	for _, a := range encAlgs() {
		for name, key := range map[string]*rsa.PublicKey{"nil": nil, "zero": {}, "2040 bits": small} {
			e, err := a.newEncrypter(key)
			encWant(t, err, ErrKey)
			d, err := a.fromHandle(&encHandle{key, never})
			if !errors.Is(err, ErrKey) || e != nil || d != nil {
				t.Errorf("%s: a handle of a public key that is %s: %v", a.name, name, err)
			}
		}
		for name, key := range map[string]*rsa.PrivateKey{"nil": nil, "zero": {}, "of another public key": mixed} {
			d, err := a.newDecrypter(key)
			if encWant(t, err, ErrKey); d != nil {
				t.Errorf("%s: a Decrypter of a key that is %s", a.name, name)
			}
		}
		for _, handle := range []crypto.PrivateKey{
			nil,
			(*encHandle)(nil),
			&encHandle{nil, never},
			&encHandle{ours, never},
			&encHandle{"a string", never},
			&encHandle{&ec.PublicKey, never},
			ec,
			&nestSigner{&ours.PublicKey, nil}, // that can't decrypt
			&ours.PublicKey,
			*ours,
			"a string",
			encSecret,
		} {
			d, err := a.fromHandle(handle)
			encWant(t, err, ErrKey)
			if d != nil {
				t.Errorf("%s: a Decrypter of the handle %T", a.name, handle)
			}
		}
		for _, key := range []*PublicKey{nil, {}, encMust[*PublicKey](t)(NewPublicKey(&ec.PublicKey))} {
			e, err := key.Encrypter(a.alg)
			if encWant(t, err, ErrKey); e != nil {
				t.Errorf("%s: an Encrypter of %v", a.name, key)
			}
		}
		for _, key := range []*PrivateKey{nil, {}, encMust[*PrivateKey](t)(NewSecret(encSecret))} {
			d, err := key.Decrypter(a.alg)
			if encWant(t, err, ErrKey); d != nil {
				t.Errorf("%s: a Decrypter of %v", a.name, key)
			}
		}
		_, err := a.newEncrypter(&ours.PublicKey, Member("zip", "DEF"))
		encWant(t, err, ErrOption)
		_, err = a.newDecrypter(ours, MaxTokenSize(0))
		encWant(t, err, ErrOption)
		_, err = a.fromHandle(&encHandle{&ours.PublicKey, never}, MaxTokenSize(-1))
		encWant(t, err, ErrOption)
		_, err = a.newDecrypter(ours, CheckMember[string]("x", nil))
		encWant(t, err, ErrOption)

		// Keys are copied.
		copied := &rsa.PrivateKey{
			PublicKey: rsa.PublicKey{N: new(big.Int).Set(ours.N), E: ours.E},
			D:         new(big.Int).Set(ours.D),
			Primes:    []*big.Int{new(big.Int).Set(ours.Primes[0]), new(big.Int).Set(ours.Primes[1])},
		}
		copied.Precompute()
		e := encMust[*Encrypter](t)(a.newEncrypter(&copied.PublicKey))
		d := encMust[*Decrypter](t)(a.newDecrypter(copied))
		later := encMust[*PrivateKey](t)(NewPrivateKey(copied))
		checks := []CheckOption{CheckMember("kid", Equal("k"))}
		c := encMust[*Decrypter](t)(a.newDecrypter(copied, checks...))
		checks[0] = CheckOption{}
		for _, n := range []*big.Int{copied.N, copied.D, copied.Primes[0], copied.Primes[1]} {
			n.SetInt64(1)
		}
		copied.E = 1
		token := encMust[string](t)(e.Encrypt([]byte("plaintext")))
		for _, d := range []*Decrypter{d, encMust[*Decrypter](t)(later.Decrypter(a.alg))} {
			if got, err := d.Decrypt(token); err != nil || string(got.Plaintext) != "plaintext" {
				t.Errorf("%s: with a key that has changed meanwhile: %v", a.name, err)
			}
		}
		_, err = c.Decrypt(token)
		encWant(t, err, ErrClaims)
	}
	for _, alg := range []KeyEncryptionAlgorithm{0, RSAOAEP256 + 1, 255} {
		e, err := public.Encrypter(alg)
		encWant(t, err, ErrOption)
		d, err := private.Decrypter(alg)
		if encWant(t, err, ErrOption); e != nil || d != nil || alg.String() != "" {
			t.Errorf("%d is an algorithm, with the name %q", alg, alg)
		}
	}
}

// TestRFC7518_Section5_3 checks that an IV has 96 bits and a tag 128, and that others are
// refused before the private key is used (D16).
func TestRFC7518_Section5_3(t *testing.T) {
	t.Parallel()
	ours := encOurs(t)
	d := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours))
	uses := encWatch(d, nil)
	good := encSeal(t, encSHA256, &ours.PublicKey, encHeader("RSA-OAEP-256", ""), make([]byte, 32), []byte("plaintext"))
	for _, n := range []int{0, 1, 8, 11, 13, 15, 16, 17, 32, 8192} {
		iv, tag := good, good
		if n != 12 {
			iv.iv = make([]byte, n)
			_, err := d.Decrypt(iv.token())
			encWant(t, err, ErrMalformed)
		}
		if n != 16 {
			tag.tag = make([]byte, n)
			_, err := d.Decrypt(tag.token())
			encWant(t, err, ErrMalformed)
		}
	}
	// The same octets, cut up differently.
	for _, cut := range []int{-1, 1} {
		p := good
		sealed := slices.Concat(p.iv, p.ciphertext, p.tag)
		p.iv, p.ciphertext = sealed[:12+cut], sealed[12+cut:len(sealed)-16]
		_, err := d.Decrypt(p.token())
		encWant(t, err, ErrMalformed)
		p = good
		p.ciphertext, p.tag = sealed[12:len(sealed)-16+cut], sealed[len(sealed)-16+cut:]
		_, err = d.Decrypt(p.token())
		encWant(t, err, ErrMalformed)
	}
	if len(uses.encryptedKeys) != 0 || len(uses.ceks) != 0 {
		t.Errorf("%v for tokens that are malformed", uses)
	}
	if got, err := d.Decrypt(good.token()); err != nil || string(got.Plaintext) != "plaintext" {
		t.Errorf("the good one: %v", err)
	}
	// The content cipher takes no other sizes either, and does not panic.
	for _, n := range []int{0, 1, 15, 31, 33, 64} {
		if _, err := openA256GCM(make([]byte, n), make([]byte, 28), nil); err == nil {
			t.Errorf("a CEK of %d octets: no error", n)
		}
	}
	for _, n := range []int{0, 1, 12, 27} {
		if _, err := openA256GCM(make([]byte, 32), make([]byte, n), nil); err == nil {
			t.Errorf("IV, ciphertext and tag of %d octets: no error", n)
		}
	}
}

// TestRFC7516_Section4 checks each class of header, and that none that is refused costs a use
// of the private key.
func TestRFC7516_Section4(t *testing.T) {
	t.Parallel()
	ours := encOurs(t)
	d := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours))
	uses := encWatch(d, nil)
	understood := []CheckOption{CheckMember("exp", func(int64) error { return nil })}
	large := func(n int) string { // a header of n octets
		h := encHeader("RSA-OAEP-256", `,"x":""`)
		return strings.Replace(h, `"x":""`, `"x":"`+strings.Repeat("x", n-len(h))+`"`, 1)
	}
	for _, row := range []struct {
		section, header string
		want            error
	}{
		{"RFC 7516, Section 4: as it should be", encHeader("RSA-OAEP-256", ""), nil},
		{"RFC 7516, Section 4: the order means nothing, and white space is legal", "\n{ \"enc\" : \"A256GCM\" ,\t\"alg\":\"RSA-OAEP-256\" }\r\n", nil},
		{"RFC 7515, Section 10.13: escapes are removed first", `{"\u0061lg":"RSA\u002dOAEP-256","enc":"A256GCM"}`, nil},
		{"RFC 7516, Section 4: unknown members are ignored", encHeader("RSA-OAEP-256", `,"exp":null,"iat":1,"x":{"y":[1,{}]},"epk":1,"p2c":-1`), nil},
		{"RFC 7516, Section 4.1.5: key references are not followed", encHeader("RSA-OAEP-256", `,"jku":"https://example.com/","jwk":{},"x5u":"x","x5c":[]`), nil},
		{"RFC 7797: not for a JWE, and so of no meaning there", encHeader("RSA-OAEP-256", `,"b64":false`), nil},
		{"D8: a header of 16 KiB", large(16 << 10), nil},
		{"D8: one octet more", large(16<<10 + 1), ErrMalformed},
		{"D8: JSON that nests too deep", encHeader("RSA-OAEP-256", `,"x":`+strings.Repeat("[", 32)+strings.Repeat("]", 32)), ErrMalformed},

		{"RFC 7518, Section 4.2: RSA1_5", `{"alg":"RSA1_5","enc":"A256GCM"}`, ErrUnsupported},
		{"RFC 7518, Section 4.5: dir", `{"alg":"dir","enc":"A256GCM"}`, ErrUnsupported},
		{"RFC 7518, Section 4.4: A256KW", `{"alg":"A256KW","enc":"A256GCM"}`, ErrUnsupported},
		{"RFC 7518, Section 4.6: ECDH-ES", `{"alg":"ECDH-ES","enc":"A256GCM"}`, ErrUnsupported},
		{"RFC 7518, Section 4.8: PBES2", `{"alg":"PBES2-HS512+A256KW","enc":"A256GCM","p2c":1000000000,"p2s":"AA"}`, ErrUnsupported},
		{"registered elsewhere: RSA-OAEP-384", `{"alg":"RSA-OAEP-384","enc":"A256GCM"}`, ErrUnsupported},
		{"registered elsewhere: RSA-OAEP-512", `{"alg":"RSA-OAEP-512","enc":"A256GCM"}`, ErrUnsupported},
		{"RFC 7518, Section 3.6: none", `{"alg":"none","enc":"A256GCM"}`, ErrUnsupported},
		{"RFC 7518, Section 3.3: of a JWS", `{"alg":"RS256","enc":"A256GCM"}`, ErrUnsupported},
		{"RFC 7515, Section 4.1.1: case-sensitive", `{"alg":"rsa-oaep-256","enc":"A256GCM"}`, ErrUnsupported},
		{"RFC 7515, Section 4.1.1: empty", `{"alg":"","enc":"A256GCM"}`, ErrUnsupported},
		{"RFC 8725, Section 3.1: an algorithm of another key", `{"alg":"RSA-OAEP","enc":"A256GCM"}`, ErrAlgorithm},
		{"RFC 7516, Section 4.1.1: no alg", `{"enc":"A256GCM"}`, ErrMalformed},
		{"RFC 7515, Section 4: names are case-sensitive", `{"Alg":"RSA-OAEP-256","enc":"A256GCM"}`, ErrMalformed},
		{"RFC 7515, Section 4.1.1: a number", `{"alg":1,"enc":"A256GCM"}`, ErrMalformed},

		{"RFC 7518, Section 5.3: A128GCM", `{"alg":"RSA-OAEP-256","enc":"A128GCM"}`, ErrUnsupported},
		{"RFC 7518, Section 5.3: A192GCM", `{"alg":"RSA-OAEP-256","enc":"A192GCM"}`, ErrUnsupported},
		{"RFC 7518, Section 5.2.5: A256CBC-HS512", `{"alg":"RSA-OAEP-256","enc":"A256CBC-HS512"}`, ErrUnsupported},
		{"RFC 7516, Section 4.1.2: case-sensitive", `{"alg":"RSA-OAEP-256","enc":"a256gcm"}`, ErrUnsupported},
		{"RFC 7516, Section 4.1.2: empty", `{"alg":"RSA-OAEP-256","enc":""}`, ErrUnsupported},
		{"RFC 7516, Section 4.1.2: no enc", `{"alg":"RSA-OAEP-256"}`, ErrMalformed},
		{"RFC 7516, Section 4.1.2: null", `{"alg":"RSA-OAEP-256","enc":null}`, ErrMalformed},
		{"RFC 7516, Section 4.1.2: the first of two", `{"alg":"RSA-OAEP-256","enc":"A256GCM","enc":"A256GCM"}`, ErrMalformed},

		{"RFC 7516, Section 4.1.3: DEF", encHeader("RSA-OAEP-256", `,"zip":"DEF"`), ErrUnsupported},
		{"RFC 7516, Section 4.1.3: any", encHeader("RSA-OAEP-256", `,"zip":""`), ErrUnsupported},
		{"RFC 7516, Section 4.1.3: any", encHeader("RSA-OAEP-256", `,"zip":"none"`), ErrUnsupported},
		{"RFC 7516, Section 4.1.3: a string", encHeader("RSA-OAEP-256", `,"zip":null`), ErrMalformed},

		{"RFC 7516, Section 4.1.13: understood", encHeader("RSA-OAEP-256", `,"exp":1,"crit":["exp"]`), nil},
		{"RFC 7516, Section 4.1.13: not understood", encHeader("RSA-OAEP-256", `,"nbf":1,"exp":1,"crit":["exp","nbf"]`), ErrUnsupported},
		{"RFC 7797, Section 6: not understood in a JWE", encHeader("RSA-OAEP-256", `,"b64":true,"crit":["b64"]`), ErrUnsupported},
		{"RFC 7797, Section 6: not understood in a JWE", encHeader("RSA-OAEP-256", `,"b64":false,"crit":["b64"]`), ErrUnsupported},
		{"RFC 7797, Section 6: not understood in a JWE", encHeader("RSA-OAEP-256", `,"b64":false,"exp":1,"crit":["exp","b64"]`), ErrUnsupported},
		{"RFC 7515, Section 4.1.11: not a member", encHeader("RSA-OAEP-256", `,"crit":["exp"]`), ErrMalformed},
		{"RFC 7515, Section 4.1.11: empty", encHeader("RSA-OAEP-256", `,"crit":[]`), ErrMalformed},
		{"RFC 7515, Section 4.1.11: twice", encHeader("RSA-OAEP-256", `,"exp":1,"crit":["exp","exp"]`), ErrMalformed},
		{"RFC 7515, Section 4.1.11: registered", encHeader("RSA-OAEP-256", `,"crit":["enc"]`), ErrMalformed},
		{"RFC 7515, Section 4.1.11: registered", encHeader("RSA-OAEP-256", `,"zip":"DEF","crit":["zip"]`), ErrMalformed},
		{"RFC 7515, Section 4.1.11: no array", encHeader("RSA-OAEP-256", `,"exp":1,"crit":"exp"`), ErrMalformed},

		{"RFC 7515, Section 4.1.4: kid is a string", encHeader("RSA-OAEP-256", `,"kid":1`), ErrMalformed},
		{"RFC 7515, Section 4.1.9: typ is a string", encHeader("RSA-OAEP-256", `,"typ":null`), ErrMalformed},
		{"RFC 7515, Section 4.1.10: cty is a string", encHeader("RSA-OAEP-256", `,"cty":["JWT"]`), ErrMalformed},
		{"RFC 7515, Section 4: no object", `["alg"]`, ErrMalformed},
		{"RFC 7515, Section 4: nothing", ``, ErrMalformed},
		{"RFC 7515, Section 4: more than an object", encHeader("RSA-OAEP-256", "") + "{}", ErrMalformed},
		{"RFC 7515, Section 4: a name twice", encHeader("RSA-OAEP-256", `,"x":1,"\u0078":1`), ErrMalformed},
		{"RFC 8259, Section 8.1: a byte order mark", "\ufeff" + encHeader("RSA-OAEP-256", ""), ErrMalformed},
		{"RFC 7515, Section 5.2: not UTF-8", encHeader("RSA-OAEP-256", ",\"x\":\"\xff\""), ErrMalformed},
	} {
		p := encSeal(t, encSHA256, &ours.PublicKey, row.header, make([]byte, 32), []byte("plaintext"))
		checks := understood
		if !strings.Contains(row.header, `"crit"`) {
			checks = nil
		}
		if strings.Contains(row.header, `"b64"`) && strings.Contains(row.header, `"exp"`) {
			checks = append(checks[:1:1], CheckMember("b64", Equal(false)))
		}
		*uses = encUses{}
		got, err := d.Decrypt(p.token(), checks...)
		if row.want == nil {
			if err != nil || string(got.Plaintext) != "plaintext" || string(got.Header.Bytes()) != row.header {
				t.Errorf("%s: %v", row.section, err)
			}
			continue
		}
		if !errors.Is(err, row.want) || got != nil {
			t.Errorf("%s: got %v, want %v", row.section, err, row.want)
		}
		encWant(t, err, row.want)
		if len(uses.encryptedKeys)+len(uses.ceks) != 0 {
			t.Errorf("%s: %v", row.section, uses)
		}
	}
}

// TestD21_Order checks that of two faults the one that is looked for first is the answer.
func TestD21_Order(t *testing.T) {
	t.Parallel()
	ours := encOurs(t)
	one := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours))
	d := encMust[*Decrypter](t)(DecrypterByKeyID(map[string]*Decrypter{"a": one}))
	refuse := CheckMember("x", func(string) error { return errors.New("no") })
	for _, row := range []struct {
		name, header string
		change       func(segments []string)
		want         error
	}{
		{"header before alg", `{"alg":"dir","enc":"A256GCM","kid":1}`, nil, ErrMalformed},
		{"grammar of crit before alg", `{"alg":"dir","enc":"A256GCM","crit":[]}`, nil, ErrMalformed},
		{"alg before kid", `{"alg":"dir","enc":"A256GCM","kid":"b"}`, nil, ErrUnsupported},
		{"enc before kid", `{"alg":"RSA-OAEP","enc":"A128GCM","kid":"b"}`, nil, ErrUnsupported},
		{"zip before kid", `{"alg":"RSA-OAEP","enc":"A256GCM","zip":"DEF","kid":"b"}`, nil, ErrUnsupported},
		{"kid before the algorithm of the key", encHeader("RSA-OAEP", `,"kid":"b"`), nil, ErrUnknownKey},
		{"algorithm of the key before crit", encHeader("RSA-OAEP", `,"kid":"a","y":1,"crit":["y"]`), nil, ErrAlgorithm},
		{"crit before base64url", encHeader("RSA-OAEP-256", `,"kid":"a","y":1,"crit":["y"]`), func(s []string) { s[3] = "=" }, ErrUnsupported},
		{"length of the IV before the private key", encHeader("RSA-OAEP-256", `,"kid":"a"`), func(s []string) { s[1], s[2] = "", "AAAA" }, ErrMalformed},
		{"encrypted key in base64url before the private key", encHeader("RSA-OAEP-256", `,"kid":"a"`), func(s []string) { s[1], s[4] = "A", "AAAAAAAAAAAAAAAAAAAAAA" }, ErrMalformed},
		{"decryption before the checks", encHeader("RSA-OAEP-256", `,"kid":"a"`), func(s []string) { s[1] = "" }, ErrDecryption},
		{"checks", encHeader("RSA-OAEP-256", `,"kid":"a"`), nil, ErrClaims},
	} {
		p := encSeal(t, encSHA256, &ours.PublicKey, row.header, make([]byte, 32), []byte("plaintext"))
		segments := p.segments()
		if row.change != nil {
			row.change(segments)
		}
		_, err := d.Decrypt(strings.Join(segments, "."), refuse)
		if !errors.Is(err, row.want) {
			t.Errorf("%s: got %v, want %v", row.name, err, row.want)
		}
		encWant(t, err, row.want)
	}
}

// TestRFC7518_Section4_3 checks that an algorithm is bound to the key, and that each
// interoperates with crypto/rsa: the hash is that of the label and of MGF1.
func TestRFC7518_Section4_3(t *testing.T) {
	t.Parallel()
	ours := encOurs(t)
	algs := encAlgs()
	for _, a := range algs {
		e := encMust[*Encrypter](t)(a.newEncrypter(&ours.PublicKey))
		token := encMust[string](t)(e.Encrypt([]byte("plaintext")))
		header, cek, _, plaintext := encOpen(t, a, ours, token)
		if a.alg.String() != a.name || header != encHeader(a.name, "") || len(cek) != 32 || string(plaintext) != "plaintext" {
			t.Errorf("%s: header %s, CEK of %d octets, plaintext %q", a.name, header, len(cek), plaintext)
		}
		for _, b := range algs {
			d := encMust[*Decrypter](t)(b.newDecrypter(ours))
			uses := encWatch(d, nil)
			got, err := d.Decrypt(token)
			if a.name == b.name {
				if err != nil || string(got.Plaintext) != "plaintext" || got.Header.Algorithm() != a.name || got.Header.Encryption() != "A256GCM" {
					t.Errorf("%s: %v", a.name, err)
				}
				continue
			}
			encWant(t, err, ErrAlgorithm)
			if len(uses.encryptedKeys) != 0 {
				t.Errorf("a token for %s and a key for %s: %v", a.name, b.name, uses)
			}
			// The header says the right algorithm, the encrypted key is the other's.
			p := encSeal(t, b, &ours.PublicKey, encHeader(a.name, ""), make([]byte, 32), nil)
			_, err = encMust[*Decrypter](t)(a.newDecrypter(ours)).Decrypt(p.token())
			if err != ErrDecryption {
				t.Errorf("%s, with an encrypted key of %s: %v", a.name, b.name, err)
			}
		}
	}
}

// TestRFC7516_Section5 checks that both directions agree with crypto, for every length around
// the blocks that are encoded at a time.
func TestRFC7516_Section5(t *testing.T) {
	t.Parallel()
	ours := encOurs(t)
	e := encMust[*Encrypter](t)(encSHA256.newEncrypter(&ours.PublicKey))
	d := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours))
	long := make([]byte, 6145)
	rand.Read(long)
	cek := bytes.Repeat([]byte{0xce}, 32)
	fixed := encSeal(t, encSHA256, &ours.PublicKey, "", cek, nil).key
	header := encHeader("RSA-OAEP-256", "")
	for _, n := range []int{0, 1, 2, 3, 15, 16, 17, 63, 3071, 3072, 3073, 6143, 6144, 6145} {
		input := bytes.Clone(long[:n])
		token := encMust[string](t)(e.Encrypt(input[:n:n]))
		if !bytes.Equal(input, long[:n]) {
			t.Fatalf("%d octets: the plaintext that was given has changed", n)
		}
		if _, _, _, got := encOpen(t, encSHA256, ours, token); !bytes.Equal(got, input) {
			t.Errorf("%d octets: crypto opens something else than was encrypted", n)
		}
		got, err := d.Decrypt(encContent(t, header, fixed, cek, input).token())
		if err != nil || !bytes.Equal(got.Plaintext, input) {
			t.Errorf("%d octets: %v", n, err)
		}
	}
	if got, err := d.Decrypt(encMust[string](t)(e.Encrypt(nil))); err != nil || len(got.Plaintext) != 0 {
		t.Errorf("an empty plaintext: %v", err)
	}
}

// TestD17_Random checks that nothing is used twice: tokens of the same arguments have another
// CEK and another IV.
func TestD17_Random(t *testing.T) {
	t.Parallel()
	ours := encOurs(t)
	for _, a := range encAlgs() {
		e := encMust[*Encrypter](t)(a.newEncrypter(&ours.PublicKey))
		seen := make(map[string]bool)
		const turns = 4
		for range turns {
			token := encMust[string](t)(e.Encrypt([]byte("plaintext")))
			_, cek, iv, _ := encOpen(t, a, ours, token)
			for _, s := range append(strings.Split(token, ".")[1:], string(cek), string(iv)) {
				seen[s] = true
			}
		}
		if len(seen) != 6*turns {
			t.Errorf("%s: %d different values of %d", a.name, len(seen), 6*turns)
		}
	}
}

// TestRFC7516_Section7_1 checks how a JWE is taken apart and put together.
func TestRFC7516_Section7_1(t *testing.T) {
	t.Parallel()
	ours := encOurs(t)
	d := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours))
	uses := encWatch(d, nil)
	// Each segment but the IV ends in a character with unused bits.
	good := encSeal(t, encSHA256, &ours.PublicKey, encHeader("RSA-OAEP-256", `,"x":1`), make([]byte, 32), []byte("plaintext."))
	segments := good.segments()
	for i, s := range segments {
		if i != 2 && len(s)%4 == 0 {
			t.Fatalf("segment %d of the good token has %d characters", i, len(s))
		}
	}
	for i := range segments {
		s := segments[i]
		for _, row := range []struct{ section, text string }{
			{"RFC 7515, Section 2: padding", s + "="},
			{"RFC 7515, Section 2: padding", s + "=="},
			{"RFC 7515, Section 2: line break at the end", s + "\n"},
			{"RFC 7515, Section 2: line break inside", s[:3] + "\r\n" + s[3:]},
			{"RFC 7515, Section 2: white space before", " " + s},
			{"RFC 7515, Section 2: white space inside", s[:4] + "\t" + s[4:]},
			{"RFC 4648, Section 5: the standard alphabet", "+" + s[1:]},
			{"RFC 4648, Section 5: the standard alphabet", s[:1] + "/" + s[2:]},
			{"RFC 7515, Section 2: NUL", s[:1] + "\x00" + s[2:]},
			{"RFC 7515, Section 2: not ASCII", s[:4] + "é" + s[6:]},
			{"RFC 7515, Section 2: not UTF-8", s[:4] + "\xff" + s[5:]},
			{"RFC 4648, Section 4: an impossible length", s[:len(s)/4*4] + "A"},
			{"RFC 4648, Section 3.5: unused bits", s[:len(s)-1] + string(alphabet[strings.IndexByte(alphabet, s[len(s)-1])|1])},
		} {
			if i == 2 && strings.HasSuffix(row.section, "unused bits") {
				continue // an IV has none
			}
			changed := slices.Clone(segments)
			changed[i] = row.text
			_, err := d.Decrypt(strings.Join(changed, "."))
			if !errors.Is(err, ErrMalformed) {
				t.Errorf("segment %d, %s: %v", i, row.section, err)
			}
			encWant(t, err, ErrMalformed)
		}
		// A segment that is two.
		changed := slices.Clone(segments)
		changed[i] += ".AAAA"
		_, err := d.Decrypt(strings.Join(changed, "."))
		encWant(t, err, ErrMalformed)
		// None at all is base64url, too, and malformed as a header, IV or tag.
		changed[i] = ""
		if i != 1 && i != 3 {
			_, err = d.Decrypt(strings.Join(changed, "."))
			encWant(t, err, ErrMalformed)
		}
	}

	for _, token := range []string{
		"", ".", "..", "...", strings.Join(segments[:4], "."), good.token() + ".", good.token() + ".AAAA", "." + good.token(),
		strings.Repeat(".", 1<<20), strings.Repeat("A.", 1<<20), strings.Repeat("AAAA", 1<<20),
	} {
		_, err := d.Decrypt(token)
		encWant(t, err, ErrMalformed)
	}
	for _, token := range []string{`{"protected":""}`, `{`, " \r\n\t{"} {
		_, err := d.Decrypt(token)
		encWant(t, err, ErrUnsupported)
	}
	if len(uses.encryptedKeys)+len(uses.ceks) != 0 {
		t.Errorf("%v for tokens that are malformed", uses)
	}
}

// TestD8_JWESize checks the bounds of tokens.
func TestD8_JWESize(t *testing.T) {
	t.Parallel()
	ours := encOurs(t)
	e := encMust[*Encrypter](t)(encSHA256.newEncrypter(&ours.PublicKey, KeyID("a")))
	token := encMust[string](t)(e.Encrypt([]byte("plaintext")))
	n := len(token)
	plain := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours))
	exact := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours, MaxTokenSize(n)))
	less := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours, MaxTokenSize(n-1)))
	byKid := func(d *Decrypter, checks ...CheckOption) *Decrypter {
		return encMust[*Decrypter](t)(DecrypterByKeyID(map[string]*Decrypter{"a": d}, checks...))
	}
	for _, row := range []struct {
		name   string
		d      *Decrypter
		checks []CheckOption
		want   []error
	}{
		{"just as large", exact, nil, nil},
		{"one byte too large", less, nil, []error{ErrMalformed}},
		{"of those that choose", byKid(plain, MaxTokenSize(n)), nil, nil},
		{"of those that choose, one byte too large", byKid(plain, MaxTokenSize(n-1)), nil, []error{ErrMalformed}},
		{"set for the call", plain, []CheckOption{MaxTokenSize(n)}, []error{ErrOption}},
		{"set for the call, one byte too large", plain, []CheckOption{MaxTokenSize(n - 1)}, []error{ErrOption}},
		{"set for the call, in place of the Decrypter's", less, []CheckOption{MaxTokenSize(n)}, []error{ErrOption}},
		{"set for the call, as the Decrypter's", exact, []CheckOption{MaxTokenSize(n)}, []error{ErrOption}},
		{"set for the call of one that chooses", byKid(plain), []CheckOption{MaxTokenSize(n)}, []error{ErrOption}},
		{"set twice", plain, []CheckOption{MaxTokenSize(1), MaxTokenSize(n)}, []error{ErrOption}},
		{"impossible", plain, []CheckOption{MaxTokenSize(0)}, []error{ErrOption}},
	} {
		for turn := range 2 { // the second one has the header of the first
			got, err := row.d.Decrypt(token, row.checks...)
			if (err == nil) != (row.want == nil) || (got == nil) != (err != nil) {
				t.Errorf("%s, turn %d: %v", row.name, turn, err)
			}
			encWant(t, err, row.want...)
		}
	}

	for name, checks := range map[string][]CheckOption{
		"twice":          {MaxTokenSize(n), MaxTokenSize(n + 1)},
		"twice the same": {MaxTokenSize(n), MaxTokenSize(n)},
		"zero":           {MaxTokenSize(0)},
		"negative":       {MaxTokenSize(-1)},
	} {
		d, err := encSHA256.newDecrypter(ours, checks...)
		encWant(t, err, ErrOption)
		choice, err := DecrypterByKeyID(map[string]*Decrypter{"a": plain}, checks...)
		if encWant(t, err, ErrOption); d != nil || choice != nil {
			t.Errorf("%s: a Decrypter beside an error", name)
		}
	}
	// Those that are chosen have no bound of their own: it would be another one for each "kid".
	for _, d := range []*Decrypter{exact, less} {
		choice, err := DecrypterByKeyID(map[string]*Decrypter{"a": d, "b": plain})
		encWant(t, err, ErrOption)
		same, err := DecrypterByKeyID(map[string]*Decrypter{"a": d}, MaxTokenSize(n))
		if encWant(t, err, ErrOption); choice != nil || same != nil {
			t.Error("a Decrypter beside an error")
		}
	}

	// A bound above the default one.
	segments := strings.Split(token, ".")
	segments[3] = strings.Repeat("A", 17<<20)
	large := strings.Join(segments, ".")
	above := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours, MaxTokenSize(18<<20)))
	for _, d := range []*Decrypter{plain, above} {
		d.key.open = func(cek, sealed, aad []byte) ([]byte, error) { return nil, nil }
	}
	for _, row := range []struct {
		name   string
		d      *Decrypter
		checks []CheckOption
		want   []error
	}{
		{"the default", plain, nil, []error{ErrMalformed}},
		{"the default of one that chooses", byKid(plain), nil, []error{ErrMalformed}},
		{"set", above, nil, nil},
		{"set for the call", plain, []CheckOption{MaxTokenSize(18 << 20)}, []error{ErrOption}},
		{"set for the call of one that chooses", byKid(plain), []CheckOption{MaxTokenSize(18 << 20)}, []error{ErrOption}},
		{"set for those that choose", byKid(plain, MaxTokenSize(18<<20)), nil, nil},
	} {
		_, err := row.d.Decrypt(large, row.checks...)
		if (err == nil) != (row.want == nil) {
			t.Errorf("17 MiB, %s: %v", row.name, err)
		}
		encWant(t, err, row.want...)
	}
	plain = encMust[*Decrypter](t)(encSHA256.newDecrypter(ours))

	const most = 16 << 20
	token = strings.Join([]string{"AAAA", "", "", strings.Repeat("A", most-8), ""}, ".")
	if _, err := plain.Decrypt(token); len(token) != most || err == nil || strings.Contains(err.Error(), "more than") {
		t.Errorf("a token of 16 MiB: %v", err)
	}
	_, err := plain.Decrypt(token + "A")
	if encWant(t, err, ErrMalformed); !strings.Contains(err.Error(), "more than") {
		t.Errorf("a token of one byte more: %v", err)
	}
}

// TestD10_JWEHeaderChecks checks the checks of header members: of a Decrypter, of those that
// choose by "kid", and of one call.
func TestD10_JWEHeaderChecks(t *testing.T) {
	t.Parallel()
	ours := encOurs(t)
	e := encMust[*Encrypter](t)(encSHA256.newEncrypter(&ours.PublicKey,
		KeyID("a"), Type("JOSE"), CriticalMember("iat", 1700000000), Member("exp", nil)))
	token := encMust[string](t)(e.Encrypt([]byte("plaintext")))
	const text = `{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"a","typ":"JOSE","iat":1700000000,"exp":null,"crit":["iat"]}`
	if header, _, _, _ := encOpen(t, encSHA256, ours, token); header != text {
		t.Fatalf("header %s", header)
	}
	mine := errors.New("mine")
	iat, bad := CheckMember("iat", Equal(int64(1700000000))), CheckMember("iat", func(int64) error { return mine })
	absent := CheckMember("nbf", func(int64) error { return nil })
	kid, typ := CheckMember("kid", Equal("a")), CheckMember("typ", Equal("other"))
	null := CheckMember("exp", func(v json.RawMessage) error {
		if string(v) != "null" {
			return mine
		}
		return nil
	})
	number := CheckMember("exp", func(int64) error { return nil })
	for _, row := range []struct {
		name                string
		own, choosing, call []CheckOption
		want                []error
	}{
		{"not understood", nil, nil, nil, []error{ErrUnsupported}},
		{"another is understood", []CheckOption{kid}, []CheckOption{null}, nil, []error{ErrUnsupported}},
		{"understood by the Decrypter", []CheckOption{iat}, nil, nil, nil},
		{"understood by those that choose", nil, []CheckOption{iat}, nil, nil},
		{"understood in the call", nil, nil, []CheckOption{iat}, nil},
		{"understood, and null as it should be", nil, []CheckOption{null}, []CheckOption{iat}, nil},
		{"fails in the Decrypter", []CheckOption{bad}, nil, []CheckOption{iat}, []error{ErrClaims}},
		{"fails in those that choose", []CheckOption{iat}, []CheckOption{bad}, nil, []error{ErrClaims}},
		{"fails in the call", nil, []CheckOption{iat}, []CheckOption{bad}, []error{ErrClaims}},
		{"no such member, Decrypter", []CheckOption{iat, absent}, nil, nil, []error{ErrClaims}},
		{"no such member, those that choose", []CheckOption{iat}, []CheckOption{absent}, nil, []error{ErrClaims}},
		{"no such member, call", []CheckOption{iat}, nil, []CheckOption{absent}, []error{ErrClaims}},
		{"another value", []CheckOption{iat}, nil, []CheckOption{typ}, []error{ErrClaims}},
		{"another type", []CheckOption{iat}, nil, []CheckOption{number}, []error{ErrClaims}},
		{"impossible, call", []CheckOption{iat}, nil, []CheckOption{CheckMember[bool]("x", nil)}, []error{ErrOption}},
	} {
		one := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours, row.own...))
		d := encMust[*Decrypter](t)(DecrypterByKeyID(map[string]*Decrypter{"a": one}, row.choosing...))
		alone := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours, append(slices.Clone(row.own), row.choosing...)...))
		for _, d := range []*Decrypter{d, alone} {
			got, err := d.Decrypt(token, row.call...)
			if (err == nil) != (row.want == nil) || (got == nil) != (err != nil) {
				t.Errorf("%s: %v", row.name, err)
			}
			encWant(t, err, row.want...)
			if strings.HasPrefix(row.name, "fails") && !errors.Is(err, mine) {
				t.Errorf("%s: %v does not wrap what the check returned", row.name, err)
			}
		}
	}

	// An option that is no check of a member does not make a name understood, not even "".
	nameless := encSeal(t, encSHA256, &ours.PublicKey, encHeader("RSA-OAEP-256", `,"":1,"crit":[""]`), make([]byte, 32), nil).token()
	_, err := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours, MaxTokenSize(1<<20))).Decrypt(nameless)
	encWant(t, err, ErrUnsupported)
	one := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours))
	_, err = one.Decrypt(nameless)
	encWant(t, err, ErrUnsupported)
	_, err = one.Decrypt(nameless, CheckMember("", Equal(int64(1))))
	encWant(t, err)
	// An option that no function made says nothing.
	none, err := encSHA256.newDecrypter(ours, CheckOption{})
	encWant(t, err, ErrOption)
	choice, err := DecrypterByKeyID(map[string]*Decrypter{"a": one}, CheckOption{})
	if encWant(t, err, ErrOption); none != nil || choice != nil {
		t.Error("a Decrypter beside an error")
	}
	for _, checks := range [][]CheckOption{{{}}, {MaxTokenSize(1 << 20)}, {CheckMember("", Equal(int64(1))), {}}} {
		_, err = one.Decrypt(nameless, checks...)
		encWant(t, err, ErrOption)
	}

	// A check is called with a header that is authentic, and not before.
	called := 0
	count := CheckMember("iat", func(int64) error { called++; return nil })
	d := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours, count))
	forged := token[:len(token)-22] + "AAAAAAAAAAAAAAAAAAAAAA"
	if _, err := d.Decrypt(forged); err != ErrDecryption || called != 0 {
		t.Errorf("a token that is forged: %v after %d calls of the check", err, called)
	}
	if _, err := d.Decrypt(token); err != nil || called != 1 {
		t.Errorf("the token: %v after %d calls of the check", err, called)
	}
}

// TestRFC7516_Section4_1_6 checks the choice of a key by "kid".
func TestRFC7516_Section4_1_6(t *testing.T) {
	t.Parallel()
	ours, theirs := encOurs(t), encTheirs(t)
	a := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours, CheckMember("typ", Equal("a"))))
	b := encMust[*Decrypter](t)(encSHA256.newDecrypter(theirs))
	from := map[string]*Decrypter{"a": a, "b": b, "": b}
	d := encMust[*Decrypter](t)(DecrypterByKeyID(from))
	delete(from, "a") // the map was copied
	from["c"] = b
	uses := encWatch(a, nil)
	seal := func(key *rsa.PublicKey, more string) string {
		return encSeal(t, encSHA256, key, encHeader("RSA-OAEP-256", more), make([]byte, 32), []byte(more)).token()
	}
	for _, row := range []struct {
		name, more string
		key        *rsa.PublicKey
		want       []error
	}{
		{"a", `,"kid":"a","typ":"a"`, &ours.PublicKey, nil},
		{"a, and its check fails", `,"kid":"a","typ":"b"`, &ours.PublicKey, []error{ErrClaims}},
		{"b, which has no check", `,"kid":"b"`, &theirs.PublicKey, nil},
		{"an empty kid is one", `,"kid":""`, &theirs.PublicKey, nil},
		{"an escape is removed", `,"kid":"\u0062"`, &theirs.PublicKey, nil},
		{"encrypted to another than it says", `,"kid":"b"`, &ours.PublicKey, []error{ErrDecryption}},
		{"no such kid", `,"kid":"c"`, &theirs.PublicKey, []error{ErrUnknownKey}},
		{"case-sensitive", `,"kid":"A","typ":"a"`, &ours.PublicKey, []error{ErrUnknownKey}},
		{"no kid, and several keys", ``, &ours.PublicKey, []error{ErrUnknownKey}},
	} {
		for range 2 { // the second one has the header of the first
			uses.encryptedKeys = nil
			got, err := d.Decrypt(seal(row.key, row.more))
			if (err == nil) != (row.want == nil) || err == nil && string(got.Plaintext) != row.more {
				t.Errorf("%s: %v", row.name, err)
			}
			encWant(t, err, row.want...)
			if used := len(uses.encryptedKeys) != 0; used != strings.HasPrefix(row.name, "a,") && row.name != "a" {
				t.Errorf("%s: %v", row.name, uses)
			}
		}
	}

	one := encMust[*Decrypter](t)(DecrypterByKeyID(map[string]*Decrypter{"b": b}))
	if got, err := one.Decrypt(seal(&theirs.PublicKey, "")); err != nil || string(got.Plaintext) != "" {
		t.Errorf("no kid, and one key: %v", err)
	}
	_, err := one.Decrypt(seal(&theirs.PublicKey, `,"kid":"c"`))
	encWant(t, err, ErrUnknownKey)

	for name, bad := range map[string]map[string]*Decrypter{
		"nil map": nil, "none": {}, "nil": {"a": nil}, "zero": {"a": {}}, "itself a choice": {"a": d},
	} {
		d, err := DecrypterByKeyID(bad)
		if encWant(t, err, ErrKey); d != nil {
			t.Errorf("%s: a Decrypter beside an error", name)
		}
	}
	_, err = DecrypterByKeyID(map[string]*Decrypter{"a": a}, MaxTokenSize(0))
	encWant(t, err, ErrOption)

	if fipsOnly() {
		return // no RSA-OAEP there: TestFIPS140
	}
	sha1 := encMust[*Decrypter](t)(encSHA1.newDecrypter(ours))
	mixed := encMust[*Decrypter](t)(DecrypterByKeyID(map[string]*Decrypter{"1": sha1, "256": b}))
	_, err = mixed.Decrypt(seal(&ours.PublicKey, `,"kid":"1"`))
	encWant(t, err, ErrAlgorithm)
	_, err = mixed.Decrypt(encSeal(t, encSHA1, &ours.PublicKey, encHeader("RSA-OAEP", `,"kid":"1"`), make([]byte, 32), nil).token())
	encWant(t, err)
}

// TestRFC7517_Section5_JWE checks which key of a set is chosen, for a token and for an Encrypter.
func TestRFC7517_Section5_JWE(t *testing.T) {
	t.Parallel()
	ours, theirs := encOurs(t), encTheirs(t)
	type jwk struct {
		key  *rsa.PrivateKey
		more string
	}
	const a, b = `,"kid":"a"`, `,"kid":"b"`
	for _, row := range []struct {
		name string
		keys []jwk
		kid  string // of the token, as in a header
		to   *rsa.PrivateKey
		want error
	}{
		{"one key, and no kid at all", []jwk{{ours, ""}}, "", ours, nil},
		{"one key without kid", []jwk{{ours, ""}}, a, nil, ErrUnknownKey},
		{"one key", []jwk{{ours, a}}, a, ours, nil},
		{"one key, for a token without kid", []jwk{{ours, a}}, "", ours, nil},
		{"another kid", []jwk{{ours, a}}, b, nil, ErrUnknownKey},
		{"another case", []jwk{{ours, a}}, `,"kid":"A"`, nil, ErrUnknownKey},
		{"an empty kid is one", []jwk{{ours, a}, {theirs, `,"kid":""`}}, `,"kid":""`, theirs, nil},
		{"escapes are removed", []jwk{{ours, `,"kid":"\u0061"`}, {theirs, b}}, `,"kid":"a"`, ours, nil},
		{"first of two", []jwk{{ours, a}, {theirs, b}}, a, ours, nil},
		{"second of two", []jwk{{ours, a}, {theirs, b}}, b, theirs, nil},
		{"one of two has no kid", []jwk{{ours, a}, {theirs, ""}}, a, ours, nil},
		{"two keys, for a token without kid", []jwk{{ours, a}, {theirs, b}}, "", nil, ErrUnknownKey},
		{"two keys, one without kid, for a token without", []jwk{{ours, a}, {theirs, ""}}, "", nil, ErrUnknownKey},

		{"the same key twice", []jwk{{ours, a}, {ours, a}}, a, ours, nil},
		{"the same key twice, for a token without kid", []jwk{{ours, a}, {ours, a}}, "", ours, nil},
		{"the same key without kid", []jwk{{ours, ""}, {ours, ""}}, "", ours, nil},
		{"the same key, once without kid", []jwk{{ours, a}, {ours, ""}}, "", ours, nil},
		{"the same key by two kid", []jwk{{ours, a}, {ours, b}}, b, ours, nil},
		{"the same key by two kid, for a token without", []jwk{{ours, a}, {ours, b}}, "", ours, nil},

		{"two keys with one kid", []jwk{{ours, a}, {theirs, a}}, a, nil, ErrKey},
		{"two keys with one kid, twice", []jwk{{ours, a}, {theirs, a}, {ours, a}, {theirs, a}}, a, nil, ErrKey},
		{"two keys with one kid, and another kid", []jwk{{ours, a}, {theirs, a}, {theirs, b}}, b, theirs, nil},
		{"two keys with one kid, for a token without", []jwk{{ours, a}, {theirs, a}}, "", nil, ErrUnknownKey},
		{"two keys with one kid, for another", []jwk{{ours, a}, {theirs, a}}, b, nil, ErrUnknownKey},

		{"passed over for its alg", []jwk{{ours, a + `,"alg":"RSA1_5"`}, {theirs, b}}, a, nil, ErrKey},
		{"passed over for its use", []jwk{{ours, a + `,"use":"tls"`}, {theirs, b}}, a, nil, ErrKey},
		{"passed over for its key_ops", []jwk{{ours, a + `,"key_ops":["deriveKey"]`}, {theirs, b}}, a, nil, ErrKey},
		{"passed over for a member of another type", []jwk{{ours, a + `,"use":1`}, {theirs, b}}, a, nil, ErrKey},
		{"passed over, the other one", []jwk{{ours, a + `,"alg":"RSA1_5"`}, {theirs, b}}, b, theirs, nil},
		{"passed over, for a token without kid", []jwk{{ours, a + `,"alg":"RSA1_5"`}, {theirs, b}}, "", theirs, nil},
		{"passed over, and a good one with its kid", []jwk{{ours, a + `,"alg":"RSA1_5"`}, {theirs, a}}, a, theirs, nil},
		{"a good one, and passed over with its kid", []jwk{{theirs, a}, {ours, a + `,"alg":"RSA1_5"`}}, a, theirs, nil},

		{"for signatures", []jwk{{ours, a + `,"use":"sig"`}, {theirs, b}}, a, nil, ErrUnknownKey},
		{"for signatures, and the other one", []jwk{{ours, a + `,"use":"sig"`}, {theirs, a + `,"use":"enc"`}}, a, theirs, nil},
		{"for signatures, for a token without kid", []jwk{{ours, a + `,"alg":"RS256"`}, {theirs, ""}}, "", theirs, nil},
		{"for another hash", []jwk{{ours, a + `,"alg":"RSA-OAEP"`}, {theirs, a + `,"alg":"RSA-OAEP-256"`}}, a, theirs, nil},
	} {
		var private, public []string
		for _, k := range row.keys {
			private = append(private, encJWK(k.key, k.more))
			public = append(public, encPublicJWK(&k.key.PublicKey, k.more))
		}
		privateSet, err := ParseKeySet([]byte(`{"keys":[` + strings.Join(private, ",") + `]}`))
		publicSet, err2 := ParseKeySet([]byte(`{"keys":[` + strings.Join(public, ",") + `]}`))
		if err != nil || err2 != nil {
			t.Fatalf("%s: %v, %v", row.name, err, err2)
		}
		passed := strings.Contains(row.name, "passed over")
		if n := len(privateSet.Skipped()); n != len(publicSet.Skipped()) || passed != (n == 1) {
			t.Errorf("%s: %d keys were passed over", row.name, n)
		}

		d := encMust[*Decrypter](t)(privateSet.Decrypter(RSAOAEP256))
		for _, to := range []*rsa.PrivateKey{ours, theirs} {
			token := encSeal(t, encSHA256, &to.PublicKey, encHeader("RSA-OAEP-256", row.kid), make([]byte, 32), []byte("plaintext")).token()
			for range 2 { // the second one has the header of the first
				got, err := d.Decrypt(token)
				switch {
				case to == row.to:
					if err != nil || string(got.Plaintext) != "plaintext" {
						t.Errorf("%s: Decrypt: %v", row.name, err)
					}
				case row.to != nil:
					if err != ErrDecryption || got != nil {
						t.Errorf("%s: Decrypt with another key: %v", row.name, err)
					}
				default:
					if encWant(t, err, row.want); !errors.Is(err, row.want) || got != nil {
						t.Errorf("%s: Decrypt: %v, want %v", row.name, err, row.want)
					}
				}
			}
		}

		header := encHeader("RSA-OAEP-256", row.kid)
		e, err := publicSet.Encrypter(RSAOAEP256, ExactHeader([]byte(header)))
		encs := []*Encrypter{e}
		if kid := encMust[Header](t)(UnverifiedHeader(encParts{header: header}.token())); !kid.Has("kid") {
			e, err2 = publicSet.Encrypter(RSAOAEP256)
			encs = append(encs, e)
		} else {
			e, err2 = publicSet.Encrypter(RSAOAEP256, Type("x"), Member("kid", kid.KeyID()))
			encs = append(encs, e)
		}
		for i, err := range []error{err, err2} {
			if row.to == nil {
				if encWant(t, err, row.want); !errors.Is(err, row.want) || encs[i] != nil {
					t.Errorf("%s: Encrypter: %v, want %v", row.name, err, row.want)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: Encrypter: %v", row.name, err)
				continue
			}
			token := encMust[string](t)(encs[i].Encrypt([]byte("plaintext")))
			if _, _, _, plaintext := encOpen(t, encSHA256, row.to, token); string(plaintext) != "plaintext" {
				t.Errorf("%s: Encrypter: %q", row.name, plaintext)
			}
			if got, err := d.Decrypt(token); err != nil || string(got.Plaintext) != "plaintext" {
				t.Errorf("%s: from one set to the other: %v", row.name, err)
			}
		}
	}

	// KeyID names the key, and is written.
	const both = `{"keys":[%s,%s]}`
	public := encMust[*KeySet](t)(ParseKeySet(fmt.Appendf(nil, both, encPublicJWK(&ours.PublicKey, a), encPublicJWK(&theirs.PublicKey, b))))
	private := encMust[*KeySet](t)(ParseKeySet(fmt.Appendf(nil, both, encJWK(ours, a), encJWK(theirs, b))))
	e := encMust[*Encrypter](t)(public.Encrypter(RSAOAEP256, KeyID("b"), Type("JOSE")))
	header, _, _, _ := encOpen(t, encSHA256, theirs, encMust[string](t)(e.Encrypt(nil)))
	if want := encHeader("RSA-OAEP-256", b+`,"typ":"JOSE"`); header != want {
		t.Errorf("header %s, want %s", header, want)
	}

	// What can't be.
	signing := encMust[*KeySet](t)(ParseKeySet(fmt.Appendf(nil, both, encJWK(ours, a+`,"use":"sig"`), encJWK(theirs, b+`,"use":"sig"`))))
	verifying := encMust[*KeySet](t)(ParseKeySet(fmt.Appendf(nil, both, encPublicJWK(&ours.PublicKey, a+`,"use":"sig"`), encPublicJWK(&theirs.PublicKey, b+`,"use":"sig"`))))
	for name, set := range map[string]*KeySet{"nil": nil, "zero": {}, "public": public, "for signatures": signing} {
		d, err := set.Decrypter(RSAOAEP256)
		if encWant(t, err, ErrKey); d != nil {
			t.Errorf("a set that is %s: a Decrypter", name)
		}
	}
	for name, set := range map[string]*KeySet{"nil": nil, "zero": {}, "private": private, "for signatures": verifying} {
		e, err := set.Encrypter(RSAOAEP256, KeyID("a"))
		if encWant(t, err, ErrKey); e != nil {
			t.Errorf("a set that is %s: an Encrypter", name)
		}
		if err != nil && (!strings.Contains(err.Error(), "encrypt") || !strings.Contains(err.Error(), "RSA-OAEP-256")) {
			t.Errorf("a set that is %s: the error does not say what for: %v", name, err)
		}
	}
	for _, opts := range [][]HeaderOption{
		{KeyID("")}, {{}}, {KeyID("a"), KeyID("a")}, {Unencoded()}, {ExactHeader([]byte("{}"))}, {KeyID("a"), Member("zip", "DEF")},
		{KeyID("c"), Type("")}, // which is wrong whatever the set
	} {
		e, err := public.Encrypter(RSAOAEP256, opts...)
		if encWant(t, err, ErrOption); e != nil {
			t.Error("an Encrypter beside an error")
		}
	}
	for _, check := range []CheckOption{{}, MaxTokenSize(0), CheckMember[string]("kid", nil)} {
		d, err := private.Decrypter(RSAOAEP256, check)
		if encWant(t, err, ErrOption); d != nil {
			t.Error("a Decrypter beside an error")
		}
	}
	for _, alg := range []KeyEncryptionAlgorithm{0, RSAOAEP256 + 1} {
		for _, set := range []*KeySet{nil, public, private} {
			e, err := set.Encrypter(alg)
			encWant(t, err, ErrOption)
			d, err := set.Decrypter(alg)
			if encWant(t, err, ErrOption); e != nil || d != nil {
				t.Errorf("%d is an algorithm", alg)
			}
		}
	}
	// Its checks are those of every token.
	d := encMust[*Decrypter](t)(private.Decrypter(RSAOAEP256, CheckMember("typ", Equal("JOSE"))))
	for _, to := range []string{"a", "b"} {
		e := encMust[*Encrypter](t)(public.Encrypter(RSAOAEP256, KeyID(to)))
		encMust[*Decrypted](t)(d.Decrypt(encMust[string](t)(e.Encrypt(nil, Type("JOSE")))))
		_, err := d.Decrypt(encMust[string](t)(e.Encrypt(nil)))
		encWant(t, err, ErrClaims)
	}
	if fipsOnly() {
		return
	}
	_, err := d.Decrypt(encSeal(t, encSHA1, &ours.PublicKey, encHeader("RSA-OAEP", a), make([]byte, 32), nil).token())
	encWant(t, err, ErrAlgorithm)
}

// TestRFC7517_Section5_Reason checks that the error about a key that was passed over names the member
// that is wrong, and shows nothing of the key.
func TestRFC7517_Section5_Reason(t *testing.T) {
	t.Parallel()
	ours, theirs := encOurs(t), encTheirs(t)
	token := encSeal(t, encSHA256, &ours.PublicKey, encHeader("RSA-OAEP-256", `,"kid":"a"`), make([]byte, 32), nil).token()
	good := encJWK(ours, `,"kid":"a"`)
	value := func(name string) string {
		_, after, _ := strings.Cut(good, `"`+name+`":"`)
		text, _, _ := strings.Cut(after, `"`)
		return text
	}
	for _, name := range []string{"n", "e", "d", "p", "q", "dp", "dq", "qi"} {
		text := value(name)
		for how, bad := range map[string]string{
			"a character that is none": `"` + text[:len(text)-1] + `*"`,
			"padding":                  `"` + text + `="`,
			"empty":                    `""`,
			"no string":                `["` + text + `"]`,
			"null":                     "null",
		} {
			jwk := strings.Replace(good, `"`+name+`":"`+text+`"`, `"`+name+`":`+bad, 1)
			set, err := ParseKeySet([]byte(`{"keys":[` + jwk + `,` + encJWK(theirs, `,"kid":"b"`) + `]}`))
			if err != nil || len(set.Skipped()) != 1 {
				t.Errorf("%q is %s: %v", name, how, err)
				continue
			}
			d := encMust[*Decrypter](t)(set.Decrypter(RSAOAEP256))
			got, err := d.Decrypt(token)
			if encWant(t, err, ErrKey); err == nil || got != nil {
				t.Errorf("%q is %s: accepted", name, how)
				continue
			}
			for _, err := range []error{err, set.Skipped()[0]} {
				if !strings.Contains(err.Error(), `"`+name+`"`) {
					t.Errorf("%q is %s: the error does not name it: %v", name, how, err)
				}
				for _, member := range []string{"n", "d", "p", "q", "dp", "dq", "qi"} {
					for text := value(member); len(text) >= 6; text = text[6:] {
						if strings.Contains(err.Error(), text[:6]) {
							t.Errorf("%q is %s: the error shows %q", name, how, member)
						}
					}
				}
			}
		}
	}
}

// TestJWEHeaderOptions checks the headers that are written.
func TestJWEHeaderOptions(t *testing.T) {
	t.Parallel()
	ours := encOurs(t)
	const start = `{"alg":"RSA-OAEP-256","enc":"A256GCM"`
	const exact = `{ "enc":"A256GCM", "alg":"RSA-OAEP-256", "kid":"b" }`
	opts := func(o ...HeaderOption) []HeaderOption { return o }
	for _, row := range []struct {
		name       string
		made, call []HeaderOption
		header     string // "" if it is refused
	}{
		{"nothing is added", nil, nil, start + `}`},
		{"in order", opts(KeyID("a"), Type("JOSE")), opts(Member("x", []string{"y"}), ContentType("text/plain")), start + `,"kid":"a","typ":"JOSE","x":["y"],"cty":"text/plain"}`},
		{"crit comes last", opts(CriticalMember("x", true)), opts(KeyID("a"), CriticalMember("y", 1)), start + `,"x":true,"kid":"a","y":1,"crit":["x","y"]}`},
		{"WithoutContentType is for nested tokens", opts(WithoutContentType()), nil, start + `}`},
		{"WithoutContentType, and more", opts(WithoutContentType()), opts(KeyID("a")), start + `,"kid":"a"}`},
		{"WithoutContentType twice", opts(WithoutContentType()), opts(WithoutContentType()), ""},
		{"WithoutContentType twice", nil, opts(WithoutContentType(), WithoutContentType()), ""},
		{"WithoutContentType of the call", opts(KeyID("a")), opts(WithoutContentType()), ""},
		{"WithoutContentType of the call, exact", opts(ExactHeader([]byte(exact))), opts(WithoutContentType()), ""},
		{"WithoutContentType, exact", opts(WithoutContentType(), ExactHeader([]byte(exact))), nil, exact},
		{"WithoutContentType beside one", nil, opts(ContentType("JWT"), WithoutContentType()), ""},
		{"WithoutContentType beside one", nil, opts(WithoutContentType(), ContentType("JWT")), ""},
		{"WithoutContentType beside an empty one", nil, opts(WithoutContentType(), Member("cty", "")), ""},
		{"WithoutContentType beside one of the call", opts(WithoutContentType()), opts(ContentType("x")), ""},
		{"WithoutContentType of the call, beside one", opts(ContentType("x")), opts(WithoutContentType()), ""},
		{"WithoutContentType beside an exact one", nil, opts(WithoutContentType(), ExactHeader([]byte(start+`,"cty":"x"}`))), ""},
		{"KeyID of nothing", nil, opts(KeyID("")), ""},
		{"Type of nothing", nil, opts(Type("")), ""},
		{"ContentType of nothing", nil, opts(ContentType("")), ""},
		{"RFC 7515, Section 4.1.9: application/ is left out", nil, opts(Type("application/jose")), ""},
		{"RFC 7515, Section 4.1.9: in any case", nil, opts(Type("Application/JOSE")), ""},
		{"RFC 7515, Section 4.1.10: application/ is left out", nil, opts(ContentType("application/jwt")), ""},
		{"RFC 7515, Section 4.1.10: in any case", nil, opts(ContentType("APPLICATION/jwt")), ""},
		{"RFC 7515, Section 4.1.9: unless a slash follows", opts(Type("application/a/b"), ContentType("text/plain")), nil, start + `,"typ":"application/a/b","cty":"text/plain"}`},
		{"an option that no function made", nil, opts(HeaderOption{}), ""},
		{"an option that no function made", nil, opts(KeyID("a"), HeaderOption{}), ""},
		{"exact", opts(ExactHeader([]byte(exact))), nil, exact},
		{"exact in the call", nil, opts(ExactHeader([]byte(exact))), exact},
		{"exact and another", nil, opts(ExactHeader([]byte(exact)), KeyID("a")), ""},
		{"exact and another", opts(KeyID("a")), opts(ExactHeader([]byte(exact))), ""},
		{"another and exact", opts(ExactHeader([]byte(exact))), opts(KeyID("a")), ""},
		{"exact, another alg", nil, opts(ExactHeader([]byte(encHeader("RSA-OAEP", "")))), ""},
		{"exact, another enc", nil, opts(ExactHeader([]byte(`{"alg":"RSA-OAEP-256","enc":"A128GCM"}`))), ""},
		{"exact, no enc", nil, opts(ExactHeader([]byte(`{"alg":"RSA-OAEP-256"}`))), ""},
		{"exact, zip", nil, opts(ExactHeader([]byte(start + `,"zip":"DEF"}`))), ""},
		{"exact, b64", nil, opts(ExactHeader([]byte(start + `,"b64":false,"crit":["b64"]}`))), ""},
		{"exact, not JSON", nil, opts(ExactHeader([]byte(start))), ""},
		{"exact, empty", nil, opts(ExactHeader(nil)), ""},
		{"twice", opts(KeyID("a")), opts(KeyID("a")), ""},
		{"b64 is not for a JWE", nil, opts(Unencoded()), ""},
		{"alg is the key's", nil, opts(Member("alg", "RSA-OAEP")), ""},
		{"enc is A256GCM", nil, opts(Member("enc", "A128GCM")), ""},
		{"zip is refused", nil, opts(Member("zip", "DEF")), ""},
		{"too large", nil, opts(KeyID(strings.Repeat("k", 16<<10))), ""},
	} {
		token := ""
		e, err := encSHA256.newEncrypter(&ours.PublicKey, row.made...)
		if err == nil {
			token, err = e.Encrypt([]byte("plaintext"), row.call...)
		}
		if row.header == "" {
			if !errors.Is(err, ErrOption) || token != "" {
				t.Errorf("%s: %q, %v", row.name, token, err)
			}
			encWant(t, err, ErrOption)
			// And as a constructor's own error.
			if row.made == nil {
				e, err := encSHA256.newEncrypter(&ours.PublicKey, row.call...)
				if encWant(t, err, ErrOption); e != nil {
					t.Errorf("%s: an Encrypter beside an error", row.name)
				}
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		header, _, _, plaintext := encOpen(t, encSHA256, ours, token)
		if header != row.header || string(plaintext) != "plaintext" {
			t.Errorf("%s: header %s", row.name, header)
		}
	}
	// The bound is that of the header itself.
	const most = 16 << 10
	kid := strings.Repeat("k", most-len(start+`,"kid":""}`))
	e := encMust[*Encrypter](t)(encSHA256.newEncrypter(&ours.PublicKey))
	if _, err := e.Encrypt(nil, KeyID(kid)); err != nil {
		t.Errorf("a header of 16 KiB: %v", err)
	}
	_, err := e.Encrypt(nil, KeyID(kid+"k"))
	encWant(t, err, ErrOption)
}

// encHostile calls f with each proper prefix of the token, and with each byte of it changed in
// several ways.
func encHostile(token string, f func(name, token string)) {
	for i := range token {
		f(fmt.Sprintf("prefix of %d bytes", i), token[:i])
	}
	for i := range token {
		c := token[i]
		other := alphabet[(strings.IndexByte(alphabet, c)+33)%64]
		neighbour := c // the last bit of six
		if at := strings.IndexByte(alphabet, c); at >= 0 {
			neighbour = alphabet[at^1]
		}
		for _, b := range []byte{other, neighbour, c ^ 0x80, '.', '=', '\n', 0} {
			if b != c {
				f(fmt.Sprintf("byte %d changed to %q", i, b), token[:i]+string([]byte{b})+token[i+1:])
			}
		}
	}
	for i := range len(token) + 1 {
		for _, b := range []byte{'.', 'A', '\n'} {
			f(fmt.Sprintf("%q at byte %d", b, i), token[:i]+string([]byte{b})+token[i:])
		}
	}
}

// encStub makes d's private key know one encrypted key, so that tokens can be tried by the
// thousand. The count is that of its uses.
func encStub(d *Decrypter, encryptedKey, cek []byte) *int {
	uses := new(int)
	d.key.unwrap = func(octets []byte) ([]byte, error) {
		if *uses++; bytes.Equal(octets, encryptedKey) {
			return cek, nil
		}
		return nil, rsa.ErrDecryption
	}
	return uses
}

// TestD7_JWEEveryByte checks that a JWE has one spelling: none of its prefixes is one, and
// neither is what a changed byte makes of it.
func TestD7_JWEEveryByte(t *testing.T) {
	t.Parallel()
	ours := encOurs(t)
	e := encMust[*Encrypter](t)(encSHA256.newEncrypter(&ours.PublicKey, KeyID("a")))
	token := encMust[string](t)(e.Encrypt([]byte("plaintext")))
	real := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours))
	d := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours))
	_, cek, _, _ := encOpen(t, encSHA256, ours, token)
	encryptedKey := encMust[[]byte](t)(base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1]))
	uses := encStub(d, encryptedKey, cek)
	for range 2 { // with and without the header in the cache
		failed := map[error]int{}
		encHostile(token, func(name, token string) {
			before := *uses
			got, err := d.Decrypt(token)
			if err == nil || got != nil {
				t.Fatalf("%s: accepted", name)
			}
			class := err
			for _, c := range []error{ErrMalformed, ErrUnsupported, ErrAlgorithm} {
				if errors.Is(err, c) {
					class = c
				}
			}
			want := 0
			if class == ErrDecryption {
				want = 1
			}
			if *uses-before != want {
				t.Fatalf("%s: %v after %d uses of the private key", name, err, *uses-before)
			}
			failed[class]++
		})
		if failed[ErrMalformed] == 0 || failed[ErrDecryption] == 0 || failed[ErrUnsupported] == 0 || len(failed) > 4 {
			t.Errorf("by class: %v", failed)
		}
		if _, err := d.Decrypt(token); err != nil {
			t.Error(err)
		}
	}
	// The same with the real private key, where one was used.
	segments := strings.Split(token, ".")
	for i := 0; i < len(segments[1]); i += 37 {
		changed := slices.Clone(segments)
		at := strings.IndexByte(alphabet, segments[1][i])
		changed[1] = segments[1][:i] + string(alphabet[at^32]) + segments[1][i+1:]
		if _, err := real.Decrypt(strings.Join(changed, ".")); err != ErrDecryption {
			t.Errorf("byte %d of the encrypted key: %v", i, err)
		}
	}
	// Segments in another order.
	for i := range segments {
		for j := range i {
			changed := slices.Clone(segments)
			changed[i], changed[j] = changed[j], changed[i]
			if _, err := d.Decrypt(strings.Join(changed, ".")); err == nil {
				t.Errorf("segments %d and %d exchanged: accepted", i, j)
			}
		}
	}
}

// TestJWEHeaderCache checks that a header that was accepted is no reason to accept a token:
// what depends on the call or the token is checked each time.
func TestJWEHeaderCache(t *testing.T) {
	t.Parallel()
	ours, theirs := encOurs(t), encTheirs(t)
	d := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours))
	iat := CheckMember("iat", Equal(int64(1)))
	seal := func(more, plaintext string) encParts {
		return encSeal(t, encSHA256, &ours.PublicKey, encHeader("RSA-OAEP-256", more), make([]byte, 32), []byte(plaintext))
	}
	const more = `,"iat":1,"crit":["iat"]`
	first, second := seal(more, "first"), seal(more, "second")

	forged := seal(more, "forged")
	forged.tag = make([]byte, 16)
	if _, err := d.Decrypt(forged.token(), iat); err != ErrDecryption || d.last.Load() != nil {
		t.Errorf("a token that is forged: %v, and its header is kept: %v", err, d.last.Load() != nil)
	}
	_, err := d.Decrypt(first.token(), iat, CheckMember("x", Equal("y")))
	if encWant(t, err, ErrClaims); d.last.Load() != nil {
		t.Error("the header of a token that was not accepted is kept")
	}
	got := encMust[*Decrypted](t)(d.Decrypt(first.token(), iat))
	kept := d.last.Load()
	if kept == nil {
		t.Fatal("the header of a token that was accepted is not kept")
	}
	again := encMust[*Decrypted](t)(d.Decrypt(second.token(), iat))
	if string(got.Plaintext) != "first" || string(again.Plaintext) != "second" || d.last.Load() != kept {
		t.Errorf("%q, %q, header kept: %v", got.Plaintext, again.Plaintext, d.last.Load() == kept)
	}
	if string(again.Header.Bytes()) != second.header {
		t.Errorf("header %s", again.Header.Bytes())
	}
	_, err = d.Decrypt(second.token()) // crit, without the check that understands it
	encWant(t, err, ErrUnsupported)
	_, err = d.Decrypt(second.token(), CheckMember("iat", Equal(int64(2))))
	encWant(t, err, ErrClaims)
	_, err = d.Decrypt(second.token(), iat, MaxTokenSize(10))
	encWant(t, err, ErrOption)
	if _, err = d.Decrypt(forged.token(), iat); err != ErrDecryption {
		t.Error(err)
	}
	// Other headers: a longer one, and a prefix of it.
	third := encMust[*Decrypted](t)(d.Decrypt(seal(more+`,"x":1`, "third").token(), iat))
	if !third.Header.Has("x") || got.Header.Has("x") {
		t.Error("the header is that of another token")
	}
	short := seal(more, "short")
	short.header = short.header[:len(short.header)-1]
	_, err = d.Decrypt(short.token(), iat)
	encWant(t, err, ErrMalformed)
	// Octets that a caller got are the caller's.
	clear(third.Header.Bytes())
	if _, err := d.Decrypt(seal(more+`,"x":1`, "third").token(), iat); err != nil {
		t.Error(err)
	}

	// The same kid and header, other Decrypters: the key is that of the Decrypter.
	other := encMust[*Decrypter](t)(encSHA256.newDecrypter(theirs))
	if _, err := other.Decrypt(second.token(), iat); err != ErrDecryption {
		t.Error(err)
	}
	// "cty" is asked for each time.
	v := encVerifier(t)
	_, err = jwtAny.VerifyNested(d, v, seal("", "x").token())
	encWant(t, err, ErrMalformed)
	encMust[*Decrypted](t)(d.Decrypt(seal("", "x").token()))
	_, err = jwtAny.VerifyNested(d, v, seal("", "x").token())
	encWant(t, err, ErrMalformed)
}

// TestJWEScratch checks that buffers that are used again show in no result, hold no secret, and
// are kept only up to a bound.
func TestJWEScratch(t *testing.T) {
	t.Parallel()
	ours := encOurs(t)
	e := encMust[*Encrypter](t)(encSHA256.newEncrypter(&ours.PublicKey))
	d := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours))
	var tokens, plaintexts []string
	var results [][]byte
	for i, n := range []int{5000, 100, 5000, 0, 9000, 4999} {
		plaintext := strings.Repeat(string(rune('a'+i)), n)
		token := encMust[string](t)(e.Encrypt([]byte(plaintext)))
		tokens, plaintexts = append(tokens, strings.Clone(token)), append(plaintexts, plaintext)
		results = append(results, encMust[*Decrypted](t)(d.Decrypt(token)).Plaintext)
	}
	for i := range tokens {
		if string(results[i]) != plaintexts[i] {
			t.Errorf("plaintext %d was overwritten", i)
		}
		if got := encMust[*Decrypted](t)(d.Decrypt(tokens[i])).Plaintext; string(got) != plaintexts[i] {
			t.Errorf("token %d was overwritten", i)
		}
	}
	for name, s := range map[string]*scratch{"Encrypter": e.scratch, "Decrypter": d.scratch} {
		buf := s.Load()
		if buf == nil {
			t.Errorf("%s: no buffer is kept", name)
			continue
		}
		for i := range plaintexts {
			if n := len(plaintexts[i]); n > 0 && bytes.Contains((*buf)[:cap(*buf)], []byte(plaintexts[i][:min(n, 32)])) {
				t.Errorf("%s: the buffer holds plaintext", name)
			}
		}
	}
	// Results do not share memory with the buffer: write to one, and use the buffer.
	token := encMust[string](t)(e.Encrypt([]byte(plaintexts[0])))
	got := encMust[*Decrypted](t)(d.Decrypt(token)).Plaintext
	buf := *d.scratch.Load()
	clear(buf[:cap(buf)])
	if string(got) != plaintexts[0] {
		t.Error("a plaintext is in the buffer")
	}

	large := make([]byte, maxScratch+1)
	token = encMust[string](t)(e.Encrypt(large))
	if got := encMust[*Decrypted](t)(d.Decrypt(token)).Plaintext; !bytes.Equal(got, large) {
		t.Error("a large plaintext has changed")
	}
	for name, s := range map[string]*scratch{"Encrypter": e.scratch, "Decrypter": d.scratch} {
		if buf := s.Load(); buf != nil && cap(*buf) > maxScratch {
			t.Errorf("%s: a buffer of %d bytes is kept", name, cap(*buf))
		}
	}
	for _, n := range []int{maxScratch, maxScratch + 1} {
		var s scratch
		buf := make([]byte, n)
		if s.put(&buf); (s.Load() != nil) != (n <= maxScratch) {
			t.Errorf("a buffer of %d bytes: kept %v", n, s.Load() != nil)
		}
	}
	// Errors give the buffer back.
	d = encMust[*Decrypter](t)(encSHA256.newDecrypter(ours))
	d.scratch.put(new([]byte))
	kept := d.scratch.Load()
	segments := strings.Split(tokens[1], ".")
	segments[4] = "AAAA"
	_, err := d.Decrypt(strings.Join(segments, "."))
	if encWant(t, err, ErrMalformed); d.scratch.Load() != kept {
		t.Error("the buffer is lost after an error")
	}
}

// TestD22_JWEConcurrent uses one Encrypter and one Decrypter from several goroutines.
func TestD22_JWEConcurrent(t *testing.T) {
	t.Parallel()
	ours := encOurs(t)
	e := encMust[*Encrypter](t)(encSHA256.newEncrypter(&ours.PublicKey))
	one := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours))
	d := encMust[*Decrypter](t)(DecrypterByKeyID(map[string]*Decrypter{"0": one, "1": one}))
	s := encSigner(t)
	v := encVerifier(t)
	var group sync.WaitGroup
	for i := range 6 {
		group.Add(1)
		go func() {
			defer group.Done()
			for turn := range 4 {
				plaintext := bytes.Repeat([]byte{byte('a' + i)}, 100+1000*turn)
				token, err := e.Encrypt(plaintext, KeyID(fmt.Sprint(i%2)))
				if err != nil {
					t.Error(err)
					return
				}
				got, err := d.Decrypt(token)
				if err != nil || !bytes.Equal(got.Plaintext, plaintext) || got.Header.KeyID() != fmt.Sprint(i%2) {
					t.Errorf("goroutine %d: %v", i, err)
				}
				nested, err := SignThenEncrypt(s, e, plaintext, KeyID(fmt.Sprint(turn%2)))
				if err != nil {
					t.Error(err)
					return
				}
				message, err := DecryptThenVerify(d, v, nested)
				if err != nil || !bytes.Equal(message.Payload, plaintext) {
					t.Errorf("goroutine %d, nested: %v", i, err)
				}
			}
		}()
	}
	group.Wait()
}

// encHeld is what a program may hold of one key, and of what was made of it.
type encHeld struct {
	Private, OfPrivateSet      *PrivateKey
	Public, Named, OfPublicSet *PublicKey
	PrivateSet, PublicSet      *KeySet
	Encrypter                  *Encrypter
	Decrypter                  *Decrypter
	Signer                     *Signer
	Verifier                   *Verifier
	Decrypted                  *Decrypted
	Message                    *Message
	Header                     *Header
	Claims                     *Claims
	Check                      *CheckOption
	Option                     *HeaderOption

	checks     []CheckOption
	options    []HeaderOption
	exact      []byte
	privates   []*PrivateKey
	publics    []*PublicKey
	decrypters map[string]*Decrypter
}

func newEncHeld(t *testing.T, key *rsa.PrivateKey) *encHeld {
	t.Helper()
	h := &encHeld{
		Private:    encMust[*PrivateKey](t)(NewPrivateKey(key)),
		PrivateSet: encMust[*KeySet](t)(ParseKeySet([]byte(`{"keys":[` + encJWK(key, `,"kid":"k"`) + `]}`))),
		checks:     []CheckOption{CheckMember("kid", Equal("k"))},
		options:    []HeaderOption{KeyID("k")},
		exact:      []byte(encHeader("RSA-OAEP-256", `,"kid":"k","cty":"JWT"`)),
	}
	h.Public = encMust[*PublicKey](t)(h.Private.Public())
	h.Named = encMust[*PublicKey](t)(h.Public.WithKeyID("k"))
	h.PublicSet = encMust[*KeySet](t)(ParseKeySet(encMust[[]byte](t)(MarshalKeySet(h.Named))))
	h.privates, h.publics = h.PrivateSet.PrivateKeys(), h.PublicSet.PublicKeys()
	h.OfPrivateSet, h.OfPublicSet = h.privates[0], h.publics[0]
	h.Encrypter = encMust[*Encrypter](t)(h.Public.Encrypter(RSAOAEP256, h.options...))
	h.Decrypter = encMust[*Decrypter](t)(h.Private.Decrypter(RSAOAEP256, h.checks...))
	h.Signer = encMust[*Signer](t)(h.Private.Signer(RS256))
	h.Verifier = encMust[*Verifier](t)(h.Public.Verifier(RS256))
	nested := encMust[string](t)(SignThenEncrypt(h.Signer, h.Encrypter, []byte("{}")))
	h.Decrypted = encMust[*Decrypted](t)(h.Decrypter.Decrypt(nested))
	h.Message = encMust[*Message](t)(DecryptThenVerify(h.Decrypter, h.Verifier, nested))
	h.Claims = encMust[*Claims](t)(jwtAny.VerifyNested(h.Decrypter, h.Verifier, nested))
	header := encMust[Header](t)(UnverifiedHeader(nested))
	h.Header, h.Check, h.Option = &header, &h.checks[0], &h.options[0]
	h.decrypters = map[string]*Decrypter{"k": h.Decrypter}
	return h
}

// overwrite overwrites all of it by what another holds, or with zero values, and returns the types.
func (h *encHeld) overwrite(by *encHeld) map[reflect.Type]bool {
	types := make(map[reflect.Type]bool)
	clear(h.Header.Bytes())
	clear(h.Decrypted.Plaintext)
	clear(h.Message.Payload)
	clear(h.exact)
	v := reflect.ValueOf(h).Elem()
	for i := range v.NumField() {
		if !v.Type().Field(i).IsExported() {
			continue
		}
		value := v.Field(i).Elem()
		if types[value.Type()] = true; by == nil {
			value.SetZero()
		} else {
			value.Set(reflect.ValueOf(by).Elem().Field(i).Elem())
		}
	}
	clear(h.privates)
	clear(h.publics)
	h.decrypters["k"], h.decrypters["l"] = &Decrypter{}, nil
	return types
}

// encReachable adds to found the structs of this package that t has to do with: itself, its
// elements, and what its functions and methods take and return.
func encReachable(t reflect.Type, found map[reflect.Type]bool) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		encReachable(t.Elem(), found)
	case reflect.Map:
		encReachable(t.Key(), found)
		encReachable(t.Elem(), found)
	case reflect.Func:
		for i := range t.NumIn() {
			encReachable(t.In(i), found)
		}
		for i := range t.NumOut() {
			encReachable(t.Out(i), found)
		}
	case reflect.Struct:
		if t.PkgPath() != reflect.TypeFor[Decrypter]().PkgPath() || found[t] {
			return
		}
		found[t] = true
		for i := range t.NumField() {
			if t.Field(i).IsExported() {
				encReachable(t.Field(i).Type, found)
			}
		}
		for i := range reflect.PointerTo(t).NumMethod() {
			encReachable(reflect.PointerTo(t).Method(i).Type, found)
		}
	}
}

// TestD22_JWEOverwritten checks that nothing changes for the overwriting of what was handed in or out:
// of every struct that the functions of this file have to do with, of slices and of maps.
func TestD22_JWEOverwritten(t *testing.T) {
	t.Parallel()
	ours := encOurs(t)
	nameless := encSeal(t, encSHA256, &ours.PublicKey, encHeader("RSA-OAEP-256", ""), make([]byte, 32), nil).token()
	for name, by := range map[string]*encHeld{"zero values": nil, "those of another key": newEncHeld(t, encTheirs(t))} {
		h := newEncHeld(t, ours)
		encrypterCopy, decrypterCopy, signerCopy, verifierCopy := *h.Encrypter, *h.Decrypter, *h.Signer, *h.Verifier
		claims := *h.Claims
		encrypters := map[string]*Encrypter{
			"a copy":           &encrypterCopy,
			"of its public":    encMust[*Encrypter](t)(h.Public.Encrypter(RSAOAEP256, h.options...)),
			"of one named":     encMust[*Encrypter](t)(h.Named.Encrypter(RSAOAEP256, h.options...)),
			"of one of a set":  encMust[*Encrypter](t)(h.OfPublicSet.Encrypter(RSAOAEP256, h.options...)),
			"an exact header":  encMust[*Encrypter](t)(h.Public.Encrypter(RSAOAEP256, ExactHeader(h.exact))),
			"of a named later": nil,
			"of the set later": nil,
		}
		decrypters := map[string]*Decrypter{
			"a copy":           &decrypterCopy,
			"of its private":   encMust[*Decrypter](t)(h.Private.Decrypter(RSAOAEP256, h.checks...)),
			"of one of a set":  encMust[*Decrypter](t)(h.OfPrivateSet.Decrypter(RSAOAEP256, h.checks...)),
			"of the set":       encMust[*Decrypter](t)(h.PrivateSet.Decrypter(RSAOAEP256, h.checks...)),
			"by key id":        encMust[*Decrypter](t)(DecrypterByKeyID(h.decrypters)),
			"by key id, again": encMust[*Decrypter](t)(DecrypterByKeyID(map[string]*Decrypter{"k": h.Decrypter}, h.checks...)),
			"of the set later": nil,
		}
		privateSet, publicSet, public := *h.PrivateSet, *h.PublicSet, *h.Public

		found := make(map[reflect.Type]bool)
		for _, root := range []any{&PublicKey{}, &PrivateKey{}, &KeySet{}, &Encrypter{}, &Decrypter{}, DecrypterByKeyID, SignThenEncrypt, DecryptThenVerify, (*Policy).VerifyNested} {
			encReachable(reflect.TypeOf(root), found)
		}
		delete(found, reflect.TypeFor[Policy]())      // which a call only looks at
		delete(found, reflect.TypeFor[NumericDate]()) // a value
		for kind := range h.overwrite(by) {
			delete(found, kind)
		}
		for kind := range found {
			t.Errorf("no %v was overwritten", kind)
		}

		again := []HeaderOption{KeyID("k")}
		encrypters["of a named later"] = encMust[*Encrypter](t)(encMust[*PublicKey](t)(public.WithKeyID("l")).Encrypter(RSAOAEP256, again...))
		encrypters["of the set later"] = encMust[*Encrypter](t)(publicSet.PublicKeys()[0].Encrypter(RSAOAEP256, again...))
		decrypters["of the set later"] = encMust[*Decrypter](t)(privateSet.Decrypter(RSAOAEP256, CheckMember("kid", Equal("k"))))
		for from, e := range encrypters {
			token := encMust[string](t)(SignThenEncrypt(&signerCopy, e, []byte("{}")))
			for to, d := range decrypters {
				m, err := DecryptThenVerify(d, &verifierCopy, token)
				if err != nil || string(m.Payload) != "{}" || m.OuterHeader.KeyID() != "k" || m.Header.Algorithm() != "RS256" {
					t.Errorf("overwritten with %s, from %s to %s: %v", name, from, to, err)
				}
			}
		}
		for to, d := range decrypters {
			if _, err := d.Decrypt(nameless); !errors.Is(err, ErrClaims) {
				t.Errorf("overwritten with %s, %s, a token without the kid that is checked: %v", name, to, err)
			}
		}
		if string(claims.Payload()) != "{}" || claims.OuterHeader().KeyID() != "k" {
			t.Errorf("overwritten with %s: the claims have changed", name)
		}
	}
}

// TestD22_JWEZeroValues checks that what no constructor made returns ErrKey and does not panic.
func TestD22_JWEZeroValues(t *testing.T) {
	t.Parallel()
	ours := encOurs(t)
	e := encMust[*Encrypter](t)(encSHA256.newEncrypter(&ours.PublicKey))
	d := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours))
	s := encSigner(t)
	v := encVerifier(t)
	token := encMust[string](t)(SignThenEncrypt(s, e, []byte("{}")))
	if _, err := jwtAny.VerifyNested(d, v, token); err != nil {
		t.Fatal(err)
	}
	for _, e := range []*Encrypter{nil, {}} {
		_, err := e.Encrypt(nil)
		encWant(t, err, ErrKey)
		_, err = SignThenEncrypt(s, e, nil)
		encWant(t, err, ErrKey)
	}
	for _, d := range []*Decrypter{nil, {}} {
		_, err := d.Decrypt(token)
		encWant(t, err, ErrKey)
		_, err = DecryptThenVerify(d, v, token)
		encWant(t, err, ErrKey)
		_, err = jwtAny.VerifyNested(d, v, token)
		encWant(t, err, ErrKey)
	}
	for _, s := range []*Signer{nil, {}} {
		_, err := SignThenEncrypt(s, e, nil)
		encWant(t, err, ErrKey)
	}
	uses := encWatch(d, nil)
	for _, v := range []*Verifier{nil, {}} {
		_, err := DecryptThenVerify(d, v, token)
		encWant(t, err, ErrKey)
		_, err = jwtAny.VerifyNested(d, v, token)
		encWant(t, err, ErrKey)
	}
	if len(uses.encryptedKeys) != 0 {
		t.Errorf("%v without a Verifier", uses)
	}
	var zero Decrypted
	if zero.Header.Algorithm() != "" || zero.Header.Has("alg") || len(zero.Header.Bytes()) != 0 || zero.Header.Critical() != nil {
		t.Error("the zero Header has members")
	}
}

// TestD22_JWEFormat checks that no verb prints key material, and that algorithm and key id are
// all there is.
func TestD22_JWEFormat(t *testing.T) {
	t.Parallel()
	ours := encOurs(t)
	e := encMust[*Encrypter](t)(encSHA256.newEncrypter(&ours.PublicKey, KeyID("key-1")))
	d := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours))
	choice := encMust[*Decrypter](t)(DecrypterByKeyID(map[string]*Decrypter{"a": d, "b": d}))
	set := encMust[*KeySet](t)(ParseKeySet([]byte(`{"keys":[` + encJWK(ours, "") + "," + encJWK(encTheirs(t), "") + `]}`)))
	ofSet := encMust[*Decrypter](t)(set.Decrypter(RSAOAEP256))
	key := encMust[*PrivateKey](t)(ParsePrivateKey([]byte(encJWK(ours, `,"kid":"key-2"`))))
	parsed := encMust[*Decrypter](t)(key.Decrypter(RSAOAEP256))
	token := encMust[string](t)(e.Encrypt(nil))
	encMust[*Decrypted](t)(d.Decrypt(token))
	encMust[*Decrypted](t)(parsed.Decrypt(token))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		for want, values := range map[string][]any{
			`jose{RSA-OAEP-256 kid=""}`:      {d, *d},
			`jose{RSA-OAEP-256 kid="key-1"}`: {e, *e},
			`jose{RSA-OAEP-256 kid="key-2"}`: {parsed, *parsed},
			`jose{keys by kid: 2}`:           {choice, *choice, ofSet, *ofSet},
			`jose{keys: 2}`:                  {set, *set},
			`jose{none}`:                     {Encrypter{}, &Encrypter{}, Decrypter{}, &Decrypter{}},
		} {
			for _, value := range values {
				if got := fmt.Sprintf(verb, value); got != want {
					t.Errorf("%s of a %T: %q, want %q", verb, value, got, want)
				}
			}
		}
		nested := fmt.Sprintf(verb, struct {
			e  *Encrypter
			d  *Decrypter
			dd Decrypter
			ee Encrypter
		}{e, d, *d, *e})
		for _, n := range []*big.Int{ours.D, ours.Primes[0], ours.Primes[1], ours.Precomputed.Dp} {
			for _, secret := range []string{n.String()[:20], fmt.Sprintf("%x", n)[:16], fmt.Sprintf("%X", n)[:16]} {
				if strings.Contains(nested, secret) {
					t.Errorf("%s of a struct with them prints the private key", verb)
				}
			}
		}
	}
	if got := fmt.Sprint((*Decrypter)(nil), (*Encrypter)(nil)); got == "" {
		t.Error("nil prints as nothing")
	}
}

// encPublicJWK returns the JWK of a public key, with further members.
func encPublicJWK(key *rsa.PublicKey, more string) string {
	return fmt.Sprintf(`{"kty":"RSA","e":"AQAB"%s,"n":%q}`, more, base64.RawURLEncoding.EncodeToString(key.N.Bytes()))
}

// encJWK returns the JWK of a private key, with further members.
func encJWK(key *rsa.PrivateKey, more string) string {
	for i, n := range []*big.Int{key.D, key.Primes[0], key.Primes[1], key.Precomputed.Dp, key.Precomputed.Dq, key.Precomputed.Qinv} {
		name := []string{"d", "p", "q", "dp", "dq", "qi"}[i]
		more += fmt.Sprintf(`,%q:%q`, name, base64.RawURLEncoding.EncodeToString(n.Bytes()))
	}
	return encPublicJWK(&key.PublicKey, more)
}

// TestD21_JWEMessages checks that no error shows the plaintext, the CEK, or a character of what an
// attacker put into a token.
func TestD21_JWEMessages(t *testing.T) {
	t.Parallel()
	ours := encOurs(t)
	d := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours))
	const marker = "MARKER"
	for _, header := range []string{
		`{"alg":"MARKER","enc":"A256GCM"}`,
		`{"alg":"RSA-OAEP-256","enc":"MARKER"}`,
		encHeader("RSA-OAEP-256", `,"zip":"MARKER"`),
		encHeader("RSA-OAEP-256", `,"MARKER":1,"crit":["MARKER"]`),
		encHeader("RSA-OAEP-256", `,"crit":["MARKER"]`),
		encHeader("RSA-OAEP-256", `,"MARKER":1,"MARKER":2`),
		encHeader("RSA-OAEP-256", `,"kid":MARKER`),
		encHeader("RSA-OAEP-256", `,"kid":"MARKER"`),
	} {
		p := encSeal(t, encSHA256, &ours.PublicKey, header, make([]byte, 32), []byte(marker))
		p.tag = p.tag[1:]
		_, err := d.Decrypt(p.token())
		if err == nil || strings.Contains(err.Error(), marker) {
			t.Errorf("%s: %v", header, err)
		}
		choice := encMust[*Decrypter](t)(DecrypterByKeyID(map[string]*Decrypter{"a": d}))
		if _, err := choice.Decrypt(p.token()); err == nil || strings.Contains(err.Error(), marker) {
			t.Errorf("%s: %v", header, err)
		}
	}
	// Whatever the octets that are not base64url, the message is the same.
	segments := encSeal(t, encSHA256, &ours.PublicKey, encHeader("RSA-OAEP-256", ""), make([]byte, 32), []byte("plaintext")).segments()
	for i, segment := range segments {
		for _, alike := range [][]string{{"~~", "$~", "\x00~", "\xff~", "é", "\u0085"}, {"+A", "/A"}, {"A+", "A/"}, {"\n\n", "\r\r"}} {
			messages := make(map[string]bool)
			for _, octets := range alike {
				changed := slices.Clone(segments)
				changed[i] = segment[:3] + octets + segment[5:]
				_, err := d.Decrypt(strings.Join(changed, "."))
				if encWant(t, err, ErrMalformed); err != nil {
					messages[err.Error()] = true
				}
			}
			if len(messages) != 1 {
				t.Errorf("segment %d: several messages: %v", i, messages)
			}
		}
	}
}

// TestPublishedJWE reproduces the published JWEs of which the CEK and IV are known, without a
// way to give an IV (D17): the published token opens, its content opens with the published CEK,
// the ciphertext is that of AES in counter mode, and header and IV are where they belong.
func TestPublishedJWE(t *testing.T) {
	t.Parallel()
	files := encMust[[]vectors.File](t)(vectors.Load())
	found := map[string]bool{"rfc7516/A.1": false, "rfc7520/5.2": false, "wycheproof/jwe-84": false, "wycheproof/jwe-90": false}
	for _, f := range files {
		for _, c := range f.Cases {
			if _, ok := found[c.ID]; !ok {
				continue
			}
			found[c.ID] = true
			t.Run(c.ID, func(t *testing.T) {
				b64 := base64.RawURLEncoding.Strict()
				cek, iv := encMust[[]byte](t)(b64.DecodeString(c.CEK)), encMust[[]byte](t)(b64.DecodeString(c.IV))
				plaintext, ok := c.PayloadBytes()
				if !ok || len(cek) != 32 || len(iv) != 12 {
					t.Fatalf("the case has no payload, a CEK of %d or an IV of %d octets", len(cek), len(iv))
				}
				segments := strings.Split(c.TokenText(), ".")
				if len(segments) != 5 || segments[0] != b64.EncodeToString([]byte(c.Header)) || segments[2] != c.IV {
					t.Fatal("header or IV are not the published ones")
				}
				ciphertext := encMust[[]byte](t)(b64.DecodeString(segments[3]))
				tag := encMust[[]byte](t)(b64.DecodeString(segments[4]))
				opened, err := openA256GCM(cek, slices.Concat(iv, ciphertext, tag), []byte(segments[0]))
				if err != nil || !bytes.Equal(opened, plaintext) {
					t.Errorf("with the published CEK: %q, %v", opened, err)
				}
				// NIST SP 800-38D, Section 7.1: the counter starts at 2 for the plaintext.
				block := encMust[cipher.Block](t)(aes.NewCipher(cek))
				counted := make([]byte, len(plaintext))
				cipher.NewCTR(block, append(bytes.Clone(iv), 0, 0, 0, 2)).XORKeyStream(counted, plaintext)
				if !bytes.Equal(counted, ciphertext) {
					t.Error("the ciphertext is not the published one")
				}

				a := encSHA256
				if c.Alg == "RSA-OAEP" {
					a = encSHA1
				}
				d, err := a.newDecrypter(encKey(t, f.Name+"/"+c.Key))
				if fipsOnly() && a.hash == crypto.SHA1 {
					encWant(t, err, ErrUnsupported)
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				uses := encWatch(d, nil)
				got, err := d.Decrypt(c.TokenText())
				if err != nil || !bytes.Equal(got.Plaintext, plaintext) || string(got.Header.Bytes()) != c.Header {
					t.Fatalf("decrypting: %v", err)
				}
				if !bytes.Equal(uses.ceks[0], cek) {
					t.Error("the CEK is not the published one")
				}
			})
		}
	}
	for id, ok := range found {
		if !ok {
			t.Errorf("the corpus has no case %s", id)
		}
	}
}

// encEC is a key on P-521.
func encEC(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// jwtHS512 returns the JWS of payload with this header, made by crypto/hmac alone.
func jwtHS512(header, payload string) string {
	return nestMAC(header, base64.RawURLEncoding.EncodeToString([]byte(payload)))
}

// nestUnencoded returns a JWS with an unencoded payload (RFC 7797, Section 5.2).
func nestUnencoded(t testing.TB, payload string) string {
	t.Helper()
	return nestMAC(`{"alg":"HS512","b64":false,"crit":["b64"]}`, payload)
}

// nestMAC returns the JWS with this header whose second segment stands as it is.
func nestMAC(header, segment string) string {
	input := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + segment
	mac := hmac.New(sha512.New, encSecret)
	mac.Write([]byte(input))
	return input + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

const jwtHeader = `{"alg":"HS512"}`

// jwtAny is a policy that waives all there is to waive; a token with an audience is still refused.
var jwtAny = Policy{AnyIssuer: true, AnySubject: true, NoAudience: true, AnyType: true, AllowNoExp: true}

// nestKit is the objects of a sender and a recipient, whose private key is stubbed: it knows the
// encrypted key of nestKit.seal.
type nestKit struct {
	t            testing.TB
	s            *Signer
	v            *Verifier
	e            *Encrypter
	d            *Decrypter
	encryptedKey []byte
	uses         *int
}

func newNestKit(t testing.TB, checks ...CheckOption) *nestKit {
	t.Helper()
	ours := encOurs(t)
	k := &nestKit{
		t: t,
		s: encSigner(t),
		v: encVerifier(t),
		e: encMust[*Encrypter](t)(encSHA256.newEncrypter(&ours.PublicKey)),
		d: encMust[*Decrypter](t)(encSHA256.newDecrypter(ours, checks...)),
	}
	k.encryptedKey = encSeal(t, encSHA256, &ours.PublicKey, "", make([]byte, 32), nil).key
	k.uses = encStub(k.d, k.encryptedKey, make([]byte, 32))
	return k
}

// seal encrypts content under a header with these further members.
func (k *nestKit) seal(more, content string) encParts {
	k.t.Helper()
	return encContent(k.t, encHeader("RSA-OAEP-256", more), k.encryptedKey, make([]byte, 32), []byte(content))
}

// TestRFC7519_Section5_2_Read checks "cty" of a nested JWT: it has to be there, and a nested JWS
// that is no JWT needs none (D20).
func TestRFC7519_Section5_2_Read(t *testing.T) {
	t.Parallel()
	k := newNestKit(t)
	inner := jwtHS512(jwtHeader, `{"sub":"a"}`)
	for _, row := range []struct {
		more   string
		accept bool
	}{
		{`,"cty":"JWT"`, true},
		{`,"cty":"jwt"`, true},
		{`,"cty":"Jwt"`, true},
		{`,"cty":"\u004aWT"`, true},
		{`,"cty":"application/jwt"`, true},
		{`,"cty":"application/JWT"`, true},
		{`,"cty":"APPLICATION/jwt"`, true},
		{``, false},
		{`,"cty":""`, false},
		{`,"Cty":"JWT"`, false},
		{`,"typ":"JWT"`, false},
		{`,"cty":"JOSE"`, false},
		{`,"cty":"JWT "`, false},
		{`,"cty":"JWTs"`, false},
		{`,"cty":"JW"`, false},
		{`,"cty":"text/jwt"`, false},
		{`,"cty":"application/"`, false},
		{`,"cty":"application/application/jwt"`, false},
		{`,"cty":"application/jwt/"`, false},
		{`,"cty":"applicationXjwt"`, false},
		{`,"cty":"/jwt"`, false},
		{`,"cty":"jwt; charset=utf-8"`, false},
		{`,"cty":"at+jwt"`, false},
	} {
		token := k.seal(row.more, inner).token()
		before := *k.uses
		claims, err := jwtAny.VerifyNested(k.d, k.v, token)
		if row.accept {
			if err != nil || claims.Subject != "a" {
				t.Errorf("%s: %v", row.more, err)
			}
		} else {
			if !errors.Is(err, ErrMalformed) || claims != nil {
				t.Errorf("%s: got %v, want ErrMalformed", row.more, err)
			}
			encWant(t, err, ErrMalformed)
			if *k.uses != before {
				t.Errorf("%s: the private key was used", row.more)
			}
		}
		message, err := DecryptThenVerify(k.d, k.v, token)
		if err != nil || string(message.Payload) != `{"sub":"a"}` {
			t.Errorf("%s: as a JWS that is no JWT: %v", row.more, err)
		}
	}
}

// TestRFC7519_Section5_2_Write checks the "cty" that is written, and what else is.
func TestRFC7519_Section5_2_Write(t *testing.T) {
	t.Parallel()
	k := newNestKit(t)
	ours := encOurs(t)
	fine := func(json.RawMessage) error { return nil }
	const start = `{"alg":"RSA-OAEP-256","enc":"A256GCM"`
	const exact, exactJWT = `{ "enc":"A256GCM","alg":"RSA-OAEP-256" }`, `{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP-256"}`
	opts := func(o ...HeaderOption) []HeaderOption { return o }
	for _, row := range []struct {
		name       string
		made, call []HeaderOption
		header     string // "" if it is refused
	}{
		{"alone", nil, nil, start + `,"cty":"JWT"}`},
		{"with others", opts(KeyID("a")), opts(Member("x", 1)), start + `,"kid":"a","x":1,"cty":"JWT"}`},
		{"with crit", opts(CriticalMember("x", 1)), opts(CriticalMember("y", 2)), start + `,"x":1,"y":2,"cty":"JWT","crit":["x","y"]}`},
		{"none, of the Encrypter", opts(KeyID("a"), WithoutContentType()), nil, start + `,"kid":"a"}`},
		{"none, of the Encrypter, and more", opts(WithoutContentType()), opts(KeyID("a")), start + `,"kid":"a"}`},
		{"none, of the call", opts(KeyID("a")), opts(Member("x", 1), WithoutContentType()), start + `,"kid":"a","x":1}`},
		{"none, of both", opts(WithoutContentType()), opts(WithoutContentType()), ""},
		{"none, twice", nil, opts(WithoutContentType(), WithoutContentType()), ""},
		{"another, of the Encrypter", opts(ContentType("JOSE")), nil, start + `,"cty":"JOSE"}`},
		{"another, of the Encrypter, and more", opts(ContentType("JOSE")), opts(KeyID("a")), start + `,"cty":"JOSE","kid":"a"}`},
		{"another, of the call", nil, opts(KeyID("a"), ContentType("at+jwt")), start + `,"kid":"a","cty":"at+jwt"}`},
		{"another, of the call, long", nil, opts(KeyID("a"), ContentType("application/jwt")), ""},
		{"another, of the call, long, as a member", nil, opts(KeyID("a"), Member("cty", "application/jwt")), start + `,"kid":"a","cty":"application/jwt"}`},
		{"another, of the call, empty", nil, opts(ContentType("")), ""},
		{"another, as a member", nil, opts(Member("cty", "x")), start + `,"cty":"x"}`},
		{"the same, of the call", nil, opts(ContentType("JWT")), start + `,"cty":"JWT"}`},
		{"none of the Encrypter, one of the call", opts(WithoutContentType()), opts(ContentType("JWT")), ""},
		{"one of the Encrypter, none of the call", opts(ContentType("JWT")), opts(WithoutContentType()), ""},
		{"one and none, of the Encrypter", opts(ContentType("JWT"), WithoutContentType()), nil, ""},
		{"one and none, of the call", nil, opts(WithoutContentType(), ContentType("JWT")), ""},
		{"none, and another member that is empty", opts(WithoutContentType()), opts(Member("cty", "")), ""},
		{"two", opts(ContentType("JWT")), opts(ContentType("JWT")), ""},
		{"exact, of the Encrypter", opts(ExactHeader([]byte(exact))), nil, ""},
		{"exact, of the Encrypter, and none", opts(ExactHeader([]byte(exact)), WithoutContentType()), nil, exact},
		{"exact, of the Encrypter, and none of the call", opts(ExactHeader([]byte(exact))), opts(WithoutContentType()), exact},
		{"exact, of the call, and none of the Encrypter", opts(WithoutContentType()), opts(ExactHeader([]byte(exact))), exact},
		{"exact, of the Encrypter, with cty, and none", opts(ExactHeader([]byte(exactJWT)), WithoutContentType()), nil, ""},
		{"exact, of the Encrypter, with cty, and none of the call", opts(ExactHeader([]byte(exactJWT))), opts(WithoutContentType()), ""},
		{"exact, of the call, with cty", nil, opts(ExactHeader([]byte(exactJWT))), exactJWT},
		{"exact, of the Encrypter, with cty", opts(ExactHeader([]byte(exactJWT))), nil, exactJWT},
		{"exact, of the call", nil, opts(ExactHeader([]byte(exact))), ""},
		{"empty, as a member", nil, opts(Member("cty", "")), start + `,"cty":""}`},
		{"empty, of the Encrypter, as a member", opts(Member("cty", "")), nil, start + `,"cty":""}`},
		{"exact, of the call, with an empty cty", nil, opts(ExactHeader([]byte(start + `,"cty":""}`))), start + `,"cty":""}`},
		{"exact, of the call, and none", nil, opts(ExactHeader([]byte(exact)), WithoutContentType()), exact},
		{"exact, and another", nil, opts(ExactHeader([]byte(exactJWT)), KeyID("a")), ""},
		{"none made it", nil, opts(HeaderOption{}), ""},
		{"exact, and another", opts(ExactHeader([]byte(exact))), opts(KeyID("a")), ""},
		{"exact, twice", opts(ExactHeader([]byte(exact))), opts(ExactHeader([]byte(exact))), ""},
		{"set twice", opts(KeyID("a")), opts(KeyID("a")), ""},
		{"b64 is not for a JWE", nil, opts(Unencoded()), ""},
		{"exact, another alg", nil, opts(ExactHeader([]byte(encHeader("RSA-OAEP", "")))), ""},
		{"alg is the key's", nil, opts(Member("alg", "x")), ""},
	} {
		token := ""
		e, err := encSHA256.newEncrypter(&ours.PublicKey, row.made...)
		if err == nil {
			token, err = SignThenEncrypt(k.s, e, []byte("payload"), row.call...)
		}
		if row.header == "" {
			if encWant(t, err, ErrOption); err == nil || token != "" {
				t.Errorf("%s: %q, %v", row.name, token, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		header, _, _, plaintext := encOpen(t, encSHA256, ours, token)
		if header != row.header {
			t.Errorf("%s: header %s, want %s", row.name, header, row.header)
		}
		if string(plaintext) != jwtHS512(jwtHeader, "payload") {
			t.Errorf("%s: the content is %s", row.name, plaintext)
		}
		var checks []CheckOption
		if strings.Contains(header, "crit") {
			checks = []CheckOption{CheckMember("x", fine), CheckMember("y", fine)}
		}
		d := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours, checks...))
		if message, err := DecryptThenVerify(d, k.v, token); err != nil || string(message.Payload) != "payload" {
			t.Errorf("%s: %v", row.name, err)
		}
		// What is not nested has a "cty" only if the Encrypter was given one.
		given := slices.ContainsFunc(row.made, func(o HeaderOption) bool {
			return o.member.name == "cty" || strings.Contains(o.exact, "cty")
		})
		plain := encMust[string](t)(e.Encrypt(nil))
		if h := encMust[Header](t)(UnverifiedHeader(plain)); h.Has("cty") != given {
			t.Errorf("%s: without nesting, the header is %s", row.name, h.Bytes())
		}
	}

	// A header that has just room is not refused for a "cty" that nobody asked for.
	const most = 16 << 10
	kid := strings.Repeat("k", most-len(start+`,"kid":""}`))
	for _, kid := range []string{kid, kid[:len(kid)-len(`,"cty":"JWT"`)]} {
		e, err := encSHA256.newEncrypter(&ours.PublicKey, KeyID(kid))
		if err != nil {
			t.Errorf("a kid of %d octets: %v", len(kid), err)
			continue
		}
		if _, err := e.Encrypt(nil); err != nil {
			t.Errorf("a kid of %d octets: %v", len(kid), err)
		}
		token, err := SignThenEncrypt(k.s, e, nil)
		if fits := len(start+`,"kid":"","cty":"JWT"}`)+len(kid) <= most; fits {
			encWant(t, err)
		} else if encWant(t, err, ErrOption); token != "" {
			t.Error("a token beside an error")
		}
		if _, err := SignThenEncrypt(k.s, e, nil, WithoutContentType()); err != nil {
			t.Errorf("a kid of %d octets, without cty: %v", len(kid), err)
		}
	}
}

// TestRFC7519_Section11_2 checks the errors of signing and then encrypting: what is no signature
// by the handle's key does not go into a token (D12).
func TestRFC7519_Section11_2(t *testing.T) {
	t.Parallel()
	k := newNestKit(t)
	rsaKey, ecKey := encOurs(t), encEC(t)
	outage := errors.New("outage")
	for alg, key := range map[SignatureAlgorithm]crypto.Signer{RS256: rsaKey, ES512: ecKey} {
		hash := map[SignatureAlgorithm]crypto.Hash{RS256: crypto.SHA256, ES512: crypto.SHA512}[alg]
		for _, row := range []struct {
			name string
			sign func(digest []byte) ([]byte, error)
			want []error
		}{
			{"a signature", func(digest []byte) ([]byte, error) { return key.Sign(rand.Reader, digest, hash) }, nil},
			{"an error", func([]byte) ([]byte, error) { return nil, outage }, []error{ErrSigner}},
			{"an error, and a signature", func(digest []byte) ([]byte, error) {
				signature := encMust[[]byte](t)(key.Sign(rand.Reader, digest, hash))
				return signature, outage
			}, []error{ErrSigner}},
			{"nil", func([]byte) ([]byte, error) { return nil, nil }, []error{ErrSigner}},
			{"256 zero octets", func([]byte) ([]byte, error) { return make([]byte, 256), nil }, []error{ErrSigner}},
			{"R = S = 1", func([]byte) ([]byte, error) { return []byte{0x30, 6, 2, 1, 1, 2, 1, 1}, nil }, []error{ErrSigner}},
			{"another message's signature", func(digest []byte) ([]byte, error) {
				return key.Sign(rand.Reader, encFlip(digest, 0), hash)
			}, []error{ErrSigner}},
			{"a signature of PSS", func(digest []byte) ([]byte, error) {
				return rsaKey.Sign(rand.Reader, digest[:32], &rsa.PSSOptions{Hash: crypto.SHA256, SaltLength: 32})
			}, []error{ErrSigner}},
			{"another key's signature", func(digest []byte) ([]byte, error) {
				if alg == RS256 {
					return encTheirs(t).Sign(rand.Reader, digest, hash)
				}
				return encEC(t).Sign(rand.Reader, digest, hash)
			}, []error{ErrSigner}},
		} {
			handle := encMust[*PrivateKey](t)(NewPrivateKey(&nestSigner{key.Public(), row.sign}))
			token, err := SignThenEncrypt(encMust[*Signer](t)(handle.Signer(alg)), k.e, nil)
			encWant(t, err, row.want...)
			if (err == nil) != (row.want == nil) || (token == "") != (err != nil) {
				t.Errorf("%s, a handle that returns %s: %q, %v", alg, row.name, token, err)
			}
			if strings.HasPrefix(row.name, "an error") && !errors.Is(err, outage) {
				t.Errorf("%s, %s: %v does not wrap what the handle returned", alg, row.name, err)
			}
		}
	}
	unencoded := encSigner(t, Unencoded())
	_, err := SignThenEncrypt(unencoded, k.e, []byte("a.b"))
	encWant(t, err, ErrOption)
}

// nestSigner is a crypto.Signer that returns what sign does.
type nestSigner struct {
	public crypto.PublicKey
	sign   func(digest []byte) ([]byte, error)
}

func (s *nestSigner) Public() crypto.PublicKey { return s.public }
func (s *nestSigner) Sign(_ io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	return s.sign(digest)
}

// TestErrInner checks that errors about the inner token wrap ErrInner beside their class, that
// those about the outer one do not, and that nothing comes back beside either.
func TestErrInner(t *testing.T) {
	t.Parallel()
	const good = `{"sub":"a","exp":2000000000}`
	k := newNestKit(t, CheckMember("outer", Equal("o")))
	k.v = encMust[*Verifier](t)(VerifierByKeyID(map[string]*Verifier{"": k.v}, MaxTokenSize(10_000)))
	policy := jwtAny
	policy.AllowNoExp, policy.Now = false, func() time.Time { return time.Unix(1_900_000_000, 0) }
	signed := jwtHS512(jwtHeader, good)
	outer := `,"outer":"o","cty":"JWT"`
	edit := func(change func(s []string)) string {
		s := k.seal(outer, signed).segments()
		change(s)
		return strings.Join(s, ".")
	}
	inner := func(content string) string { return k.seal(outer, content).token() }
	for _, row := range []struct {
		name, token string
		jwt         bool // only as a JWT
		want        []error
	}{
		{"good", inner(signed), false, nil},
		{"outer: segments", signed, false, []error{ErrMalformed}},
		{"outer: base64url", edit(func(s []string) { s[4] = "=" + s[4] }), false, []error{ErrMalformed}},
		{"outer: alg", edit(func(s []string) { s[0] = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"dir","enc":"A256GCM"}`)) }), false, []error{ErrUnsupported}},
		{"outer: algorithm", edit(func(s []string) { s[0] = base64.RawURLEncoding.EncodeToString([]byte(encHeader("RSA-OAEP", ""))) }), false, []error{ErrAlgorithm}},
		{"outer: tag", edit(func(s []string) { s[4] = strings.Repeat("A", 22) }), false, []error{ErrDecryption}},
		{"outer: encrypted key", edit(func(s []string) { s[1] = "" }), false, []error{ErrDecryption}},
		{"outer: header check", k.seal(`,"outer":"i","cty":"JWT"`, signed).token(), false, []error{ErrClaims}},
		{"outer: no header member", k.seal(`,"cty":"JWT"`, signed).token(), false, []error{ErrClaims}},
		{"outer: JSON serialization", "{}", false, []error{ErrUnsupported}},
		{"outer: no cty", k.seal(`,"outer":"o"`, signed).token(), true, []error{ErrMalformed}},

		{"inner: empty", inner(""), false, []error{ErrMalformed, ErrInner}},
		{"inner: not a JWS", inner(good), false, []error{ErrUnsupported, ErrInner}}, // a JSON object
		{"inner: text", inner("plaintext"), false, []error{ErrMalformed, ErrInner}},
		{"inner: a JWE", inner(k.seal("", signed).token()), false, []error{ErrMalformed, ErrInner}},
		{"inner: cut", inner(signed[:len(signed)-1]), false, []error{ErrMalformed, ErrInner}},
		{"inner: a line break after it", inner(signed + "\n"), false, []error{ErrMalformed, ErrInner}},
		{"inner: none", inner("eyJhbGciOiJub25lIn0.e30."), false, []error{ErrUnsupported, ErrInner}},
		{"inner: algorithm", inner(jwtHS512(`{"alg":"RS256"}`, good)), false, []error{ErrAlgorithm, ErrInner}},
		{"inner: kid", inner(jwtHS512(`{"alg":"HS512","kid":"b"}`, good)), false, []error{ErrUnknownKey, ErrInner}},
		{"inner: crit", inner(jwtHS512(`{"alg":"HS512","x":1,"crit":["x"]}`, good)), false, []error{ErrUnsupported, ErrInner}},
		{"inner: signature", inner(signed[:len(signed)-86] + strings.Repeat("A", 86)), false, []error{ErrSignature, ErrInner}},
		{"inner: too large", inner(jwtHS512(jwtHeader, `{"x":"`+strings.Repeat("x", 10_000)+`"}`)), false, []error{ErrMalformed, ErrInner}},
		{"inner: b64", inner(nestUnencoded(t, "{}")), true, []error{ErrMalformed, ErrInner}},
		{"inner: one more inside", inner(jwtHS512(`{"alg":"HS512","cty":"JWT"}`, "{}")), true, []error{ErrMalformed, ErrInner}},
		{"inner: no claims", inner(jwtHS512(jwtHeader, "claims")), true, []error{ErrMalformed, ErrInner}},
		{"inner: type of a claim", inner(jwtHS512(jwtHeader, `{"iss":1}`)), true, []error{ErrMalformed, ErrInner}},
		{"inner: no exp", inner(jwtHS512(jwtHeader, `{}`)), true, []error{ErrClaims, ErrInner}},
		{"inner: an audience", inner(jwtHS512(jwtHeader, `{"aud":"a","exp":2000000000}`)), true, []error{ErrClaims, ErrInner}},
		{"inner: expired", inner(jwtHS512(jwtHeader, `{"exp":1900000000}`)), true, []error{ErrExpired, ErrInner}},
		{"inner: not yet valid", inner(jwtHS512(jwtHeader, `{"exp":2000000000,"nbf":1900000001}`)), true, []error{ErrNotYetValid, ErrInner}},
	} {
		claims, err := policy.VerifyNested(k.d, k.v, row.token)
		if (err == nil) != (row.want == nil) || (claims == nil) != (err != nil) {
			t.Errorf("%s, as a JWT: %v", row.name, err)
		}
		encWant(t, err, row.want...)
		message, err := DecryptThenVerify(k.d, k.v, row.token)
		if row.jwt {
			if err != nil {
				t.Errorf("%s, as a JWS: %v", row.name, err)
			}
			continue
		}
		if (err == nil) != (row.want == nil) || (message == nil) != (err != nil) {
			t.Errorf("%s, as a JWS: %v", row.name, err)
		}
		encWant(t, err, row.want...)
	}

	// Whose checks are whose: those of the call are for the inner header.
	token := k.seal(outer, jwtHS512(`{"alg":"HS512","inner":"i"}`, good)).token()
	for _, row := range []struct {
		check CheckOption
		want  []error
	}{
		{CheckMember("inner", Equal("i")), nil},
		{CheckMember("inner", Equal("o")), []error{ErrClaims, ErrInner}},
		{CheckMember("outer", Equal("o")), []error{ErrClaims, ErrInner}},
		{CheckMember("cty", Equal("JWT")), []error{ErrClaims, ErrInner}},
	} {
		_, err := DecryptThenVerify(k.d, k.v, token, row.check)
		encWant(t, err, row.want...)
		_, err = policy.VerifyNested(k.d, k.v, token, row.check)
		encWant(t, err, row.want...)
	}
	// The Verifier's bound is that of the inner token, the Decrypter's that of the outer one.
	for n, want := range map[int][]error{len(signed): nil, len(signed) - 1: {ErrMalformed, ErrInner}} {
		_, err := DecryptThenVerify(k.d, encVerifier(t, MaxTokenSize(n)), inner(signed))
		encWant(t, err, want...)
	}
	// Checks that can't be meant are no matter of a token, whatever it is: the inner one, or the outer one.
	for _, check := range []CheckOption{MaxTokenSize(len(signed)), MaxTokenSize(0), CheckMember[string]("inner", nil), {}} {
		for _, token := range []string{inner(signed), inner(""), signed, ""} {
			before := *k.uses
			message, err := DecryptThenVerify(k.d, k.v, token, check)
			encWant(t, err, ErrOption)
			claims, err := policy.VerifyNested(k.d, k.v, token, check)
			if encWant(t, err, ErrOption); message != nil || claims != nil || *k.uses != before {
				t.Error("a check that can't be meant: something beside an error, or the private key was used")
			}
		}
	}
	// A policy that can't be meant is no matter of a token either.
	for _, policy := range []*Policy{nil, {}} {
		for _, token := range []string{inner(signed), inner(""), ""} {
			before := *k.uses
			claims, err := policy.VerifyNested(k.d, k.v, token)
			if encWant(t, err, ErrOption); claims != nil || *k.uses != before {
				t.Error("a policy that can't be meant: claims beside an error, or the private key was used")
			}
		}
	}
}

// TestNestedHeaders checks that both headers are visible, and which is which.
func TestNestedHeaders(t *testing.T) {
	t.Parallel()
	k := newNestKit(t)
	in := `{"alg":"HS512","typ":"JWT","kid":"inner"}`
	token := k.seal(`,"kid":"outer","cty":"JWT","iat":1,"exp":null`, jwtHS512(in, "payload")).token()
	for range 2 { // with and without the headers in the caches
		m := encMust[*Message](t)(DecryptThenVerify(k.d, k.v, token))
		if string(m.Header.Bytes()) != in || m.Header.KeyID() != "inner" || m.Header.Encryption() != "" {
			t.Errorf("Header: %s", m.Header.Bytes())
		}
		var iat int64
		if m.OuterHeader.KeyID() != "outer" || m.OuterHeader.Algorithm() != "RSA-OAEP-256" || m.OuterHeader.Get("iat", &iat) != nil || iat != 1 {
			t.Errorf("OuterHeader: %s", m.OuterHeader.Bytes())
		}
	}
	token = k.seal(`,"kid":"outer","cty":"JWT"`, jwtHS512(in, "{}")).token()
	c := encMust[*Claims](t)(jwtAny.VerifyNested(k.d, k.v, token))
	if c.Header().KeyID() != "inner" || c.OuterHeader().KeyID() != "outer" || string(c.Payload()) != "{}" {
		t.Errorf("%s, %s, %s", c.Header().Bytes(), c.OuterHeader().Bytes(), c.Payload())
	}
	c = encMust[*Claims](t)(jwtAny.Verify(k.v, jwtHS512(in, "{}")))
	if c.Header().KeyID() != "inner" || c.OuterHeader().Has("alg") || len(c.OuterHeader().Bytes()) != 0 {
		t.Errorf("not nested: %s, %s", c.Header().Bytes(), c.OuterHeader().Bytes())
	}
	m := encMust[*Message](t)(k.v.Verify(jwtHS512(in, "{}")))
	if m.OuterHeader.Has("alg") {
		t.Errorf("not nested: %s", m.OuterHeader.Bytes())
	}

	// The policy's type is that of the inner header.
	typed := jwtAny
	typed.AnyType, typed.Type = false, "JWT"
	encMust[*Claims](t)(typed.VerifyNested(k.d, k.v, token))
	_, err := typed.VerifyNested(k.d, k.v, k.seal(`,"typ":"JWT","cty":"JWT"`, jwtHS512(jwtHeader, "{}")).token())
	encWant(t, err, ErrClaims, ErrInner)
}

// TestRFC7519_Section5_3 checks that claims replicated as header members are the signed ones.
func TestRFC7519_Section5_3(t *testing.T) {
	t.Parallel()
	k := newNestKit(t)
	policy := jwtAny
	policy.NoAudience, policy.Audience = false, []string{"a", "b", "a\x00b"}
	for _, row := range []struct {
		name, outer, claims string
		accept              bool
	}{
		{"none", ``, `{"aud":"a"}`, true},
		{"not a registered claim", `,"x":1,"scope":"y"`, `{"aud":"a","x":2}`, true},

		{"iss", `,"iss":"i"`, `{"aud":"a","iss":"i"}`, true},
		{"iss, escaped", `,"iss":"i\u00e9\/"`, `{"aud":"a","iss":"\u0069é/"}`, true},
		{"iss, another", `,"iss":"j"`, `{"aud":"a","iss":"i"}`, false},
		{"iss, another case", `,"iss":"I"`, `{"aud":"a","iss":"i"}`, false},
		{"iss, not signed", `,"iss":"i"`, `{"aud":"a"}`, false},
		{"iss, empty and not signed", `,"iss":""`, `{"aud":"a"}`, false},
		{"iss, null and not signed", `,"iss":null`, `{"aud":"a"}`, false},
		{"iss, null", `,"iss":null`, `{"aud":"a","iss":"i"}`, false},
		{"iss, a number", `,"iss":1`, `{"aud":"a","iss":"1"}`, false},
		{"iss, another name", `,"Iss":"j"`, `{"aud":"a","iss":"i"}`, true},
		{"sub", `,"sub":"i"`, `{"aud":"a","sub":"i"}`, true},
		{"sub, another", `,"sub":"j"`, `{"aud":"a","sub":"i"}`, false},
		{"sub, signed as iss", `,"sub":"i"`, `{"aud":"a","iss":"i"}`, false},
		{"jti", `,"jti":"i"`, `{"aud":"a","jti":"i"}`, true},
		{"jti, another", `,"jti":"j"`, `{"aud":"a","jti":"i"}`, false},

		{"aud", `,"aud":"a"`, `{"aud":"a"}`, true},
		{"aud, the same in an array", `,"aud":["a"]`, `{"aud":"a"}`, true},
		{"aud, the same out of an array", `,"aud":"a"`, `{"aud":["a"]}`, true},
		{"aud, white space", `,"aud":["a","b"]`, `{"aud":[ "a", "\u0062" ]}`, true},
		{"aud, another", `,"aud":"b"`, `{"aud":"a"}`, false},
		{"aud, one more", `,"aud":["a","b"]`, `{"aud":"a"}`, false},
		{"aud, one less", `,"aud":"a"`, `{"aud":["a","b"]}`, false},
		{"aud, another order", `,"aud":["b","a"]`, `{"aud":["a","b"]}`, false},
		{"aud, none", `,"aud":[]`, `{"aud":["a"]}`, false},
		{"aud, one empty", `,"aud":["a",""]`, `{"aud":["a"]}`, false},
		{"aud, no strings", `,"aud":[1]`, `{"aud":"a"}`, false},
		{"aud, cut at another place", `,"aud":["a\u0000b","c"]`, `{"aud":["a","b\u0000c"]}`, false},
		{"aud, joined", `,"aud":"a\u0000b"`, `{"aud":["a","b"]}`, false},

		{"exp", `,"exp":4000000000`, `{"aud":"a","exp":4000000000}`, true},
		{"exp, 1.0 is 1", `,"exp":4000000000.0`, `{"aud":"a","exp":4000000000}`, true},
		{"exp, an exponent", `,"exp":4e9`, `{"aud":"a","exp":4000000000}`, true},
		{"exp, another", `,"exp":4000000001`, `{"aud":"a","exp":4000000000}`, false},
		{"exp, a fraction", `,"exp":4000000000.5`, `{"aud":"a","exp":4000000000}`, false},
		{"exp, a nanosecond", `,"exp":4000000000.000000001`, `{"aud":"a","exp":4000000000}`, false},
		{"exp, less than a nanosecond", `,"exp":4000000000.0000000001`, `{"aud":"a","exp":4000000000}`, false},
		{"exp, less than a nanosecond in both", `,"exp":4000000000.0000000001`, `{"aud":"a","exp":4000000000.0000000002}`, false},
		{"exp, less than a nanosecond, to the letter", `,"exp":4000000000.0000000001`, `{"aud":"a","exp":4000000000.0000000001}`, true},
		{"exp, less than a nanosecond in one", `,"exp":4000000000`, `{"aud":"a","exp":4000000000.0000000001}`, false},
		{"exp, a string", `,"exp":"4000000000"`, `{"aud":"a","exp":4000000000}`, false},
		{"exp, null", `,"exp":null`, `{"aud":"a","exp":4000000000}`, false},
		{"exp, null and not signed", `,"exp":null`, `{"aud":"a"}`, false},
		{"nbf", `,"nbf":0`, `{"aud":"a","nbf":-0}`, true},
		{"nbf, another", `,"nbf":1`, `{"aud":"a","nbf":0}`, false},
		{"nbf, not signed", `,"nbf":0`, `{"aud":"a"}`, false},
		{"iat", `,"iat":1.50`, `{"aud":"a","iat":1.5}`, true},
		{"iat, another", `,"iat":1.25`, `{"aud":"a","iat":1.5}`, false},
		{"iat, signed as nbf", `,"iat":1`, `{"aud":"a","nbf":1}`, false},

		{"all", `,"iss":"i","sub":"s","aud":"a","exp":4e9,"nbf":1,"iat":2,"jti":"j"`, `{"jti":"j","iat":2,"nbf":1,"exp":4e9,"aud":"a","sub":"s","iss":"i"}`, true},
		{"the last of all", `,"iss":"i","sub":"s","aud":"a","exp":4e9,"nbf":1,"iat":2,"jti":"j"`, `{"jti":"k","iat":2,"nbf":1,"exp":4e9,"aud":"a","sub":"s","iss":"i"}`, false},
	} {
		token := k.seal(row.outer+`,"cty":"JWT"`, jwtHS512(jwtHeader, row.claims)).token()
		claims, err := policy.VerifyNested(k.d, k.v, token)
		if (err == nil) != row.accept || (claims == nil) != (err != nil) {
			t.Errorf("%s: %v", row.name, err)
		}
		if !row.accept { // it is about the outer header
			encWant(t, err, ErrClaims)
		}
		// Nobody asked for claims.
		if _, err := DecryptThenVerify(k.d, k.v, token); err != nil {
			t.Errorf("%s, as a JWS: %v", row.name, err)
		}
	}
}

// TestD7_NestedEveryByte checks that a nested token has one spelling, inside and outside.
func TestD7_NestedEveryByte(t *testing.T) {
	t.Parallel()
	k := newNestKit(t)
	inner := jwtHS512(jwtHeader, `{"sub":"a"}`)
	outer := k.seal(`,"cty":"JWT"`, inner).token()
	seen := make(map[error]int)
	try := func(name, token string, inside bool) {
		message, err := DecryptThenVerify(k.d, k.v, token)
		if err == nil || message != nil {
			t.Fatalf("%s: accepted", name)
		}
		claims, err := jwtAny.VerifyNested(k.d, k.v, token)
		if err == nil || claims != nil {
			t.Fatalf("%s: accepted as a JWT", name)
		}
		if errors.Is(err, ErrInner) != inside {
			t.Fatalf("%s: %v", name, err)
		}
		for _, c := range []error{ErrMalformed, ErrUnsupported, ErrSignature, ErrDecryption} {
			if errors.Is(err, c) {
				seen[c]++
				return
			}
		}
		t.Fatalf("%s: %v", name, err)
	}
	encHostile(outer, func(name, token string) { try("outer, "+name, token, false) })
	encHostile(inner, func(name, token string) {
		try("inner, "+name, k.seal(`,"cty":"JWT"`, token).token(), true)
	})
	if len(seen) != 4 {
		t.Errorf("by class: %v", seen)
	}
	encMust[*Claims](t)(jwtAny.VerifyNested(k.d, k.v, outer))
}

// TestRFC7516_NestedUnencoded checks that what is inside of a JWE may be a JWS of RFC 7797, if it
// is no JWT and the "cty" does not say that it is one (RFC 7797, Section 7).
func TestRFC7516_NestedUnencoded(t *testing.T) {
	t.Parallel()
	k := newNestKit(t)
	ours := encOurs(t)
	d := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours))
	exact := func(more string) HeaderOption { return ExactHeader([]byte(encHeader("RSA-OAEP-256", more))) }
	for _, row := range []struct {
		outer  []HeaderOption
		accept bool
	}{
		{[]HeaderOption{WithoutContentType()}, true},
		{[]HeaderOption{ContentType("JOSE")}, true},
		{[]HeaderOption{ContentType("JWTs")}, true},
		{[]HeaderOption{exact(`,"cty":"x"`)}, true},
		{[]HeaderOption{exact(""), WithoutContentType()}, true},
		{nil, false},
		{[]HeaderOption{KeyID("a")}, false},
		{[]HeaderOption{ContentType("JWT")}, false},
		{[]HeaderOption{ContentType("jwt")}, false},
		{[]HeaderOption{Member("cty", "application/Jwt")}, false},
		{[]HeaderOption{exact(`,"cty":"\u004aWT"`)}, false},
		{[]HeaderOption{exact(`,"cty":"APPLICATION/JWT"`)}, false},
	} {
		of := encMust[*Encrypter](t)(encSHA256.newEncrypter(&ours.PublicKey, row.outer...))
		for name, inner := range map[string]HeaderOption{
			"Unencoded":    Unencoded(),
			"exact header": ExactHeader([]byte(`{"alg":"HS512","b64":false,"crit":["b64"]}`)),
		} {
			s := encSigner(t, inner)
			for _, seal := range []func() (string, error){
				func() (string, error) { return SignThenEncrypt(s, k.e, []byte(`{"a":1}`), row.outer...) },
				func() (string, error) { return SignThenEncrypt(s, of, []byte(`{"a":1}`)) },
			} {
				token, err := seal()
				if !row.accept {
					if encWant(t, err, ErrOption); token != "" {
						t.Errorf("%s, %v: %q", name, row.outer, token)
					}
					continue
				}
				if err != nil {
					t.Errorf("%s, %v: %v", name, row.outer, err)
					continue
				}
				m := encMust[*Message](t)(DecryptThenVerify(d, k.v, token))
				if string(m.Payload) != `{"a":1}` {
					t.Errorf("payload %s", m.Payload)
				}
			}
		}
	}
	// "b64" true is a JWS like any other (RFC 7797, Section 3).
	encoded := encSigner(t, ExactHeader([]byte(`{"alg":"HS512","b64":true,"crit":["b64"]}`)))
	token := encMust[string](t)(SignThenEncrypt(encoded, k.e, []byte(`{}`)))
	encMust[*Claims](t)(jwtAny.VerifyNested(d, k.v, token))
	// One that another sender wrote is refused as a JWT.
	token = k.seal(`,"cty":"JWT"`, nestUnencoded(t, `{"a":1}`)).token()
	_, err := jwtAny.VerifyNested(k.d, k.v, token)
	encWant(t, err, ErrMalformed, ErrInner)
	if m, err := DecryptThenVerify(k.d, k.v, token); err != nil || string(m.Payload) != `{"a":1}` {
		t.Errorf("as a JWS: %v", err)
	}
}

// TestNestedAlgorithms checks that all signatures go into all encryptions, and come back.
func TestNestedAlgorithms(t *testing.T) {
	t.Parallel()
	ours, theirs := encOurs(t), encTheirs(t)
	signers, verifiers := map[string]*Signer{"HS512": encSigner(t)}, map[string]*Verifier{"HS512": encVerifier(t)}
	for alg, key := range map[SignatureAlgorithm]crypto.PrivateKey{RS256: theirs, ES512: encEC(t)} {
		k := encMust[*PrivateKey](t)(NewPrivateKey(key))
		signers[alg.String()] = encMust[*Signer](t)(k.Signer(alg))
		verifiers[alg.String()] = encMust[*Verifier](t)(encMust[*PublicKey](t)(k.Public()).Verifier(alg))
	}
	for _, a := range encAlgs() {
		e := encMust[*Encrypter](t)(a.newEncrypter(&ours.PublicKey))
		d := encMust[*Decrypter](t)(a.newDecrypter(ours))
		stranger := encMust[*Decrypter](t)(a.newDecrypter(theirs))
		for name, s := range signers {
			for _, payload := range []string{"", "{}", strings.Repeat("payload ", 2000)} {
				token := encMust[string](t)(SignThenEncrypt(s, e, []byte(payload)))
				m, err := DecryptThenVerify(d, verifiers[name], token)
				if err != nil || string(m.Payload) != payload || m.Header.Algorithm() != name || m.OuterHeader.Algorithm() != a.name {
					t.Errorf("%s in %s: %v", name, a.name, err)
				}
				if _, err := DecryptThenVerify(stranger, verifiers[name], token); err != ErrDecryption {
					t.Errorf("%s in %s, to another recipient: %v", name, a.name, err)
				}
				for other, v := range verifiers {
					if other != name {
						_, err := DecryptThenVerify(d, v, token)
						encWant(t, err, ErrAlgorithm, ErrInner)
					}
				}
			}
		}
	}
	// Results of earlier calls stay.
	e := encMust[*Encrypter](t)(encSHA256.newEncrypter(&ours.PublicKey))
	d := encMust[*Decrypter](t)(encSHA256.newDecrypter(ours))
	var payloads [][]byte
	for i := range 4 {
		token := encMust[string](t)(SignThenEncrypt(signers["HS512"], e, bytes.Repeat([]byte{byte('0' + i)}, 100)))
		payloads = append(payloads, encMust[*Message](t)(DecryptThenVerify(d, verifiers["HS512"], token)).Payload)
	}
	for i, p := range payloads {
		if string(p) != strings.Repeat(fmt.Sprint(i), 100) {
			t.Errorf("payload %d was overwritten: %s", i, p)
		}
	}
}
