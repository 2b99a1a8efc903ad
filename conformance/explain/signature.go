package explain

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	_ "crypto/sha1" // RSA-OAEP, and to name what is in a signature
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
)

func hash256(b []byte) []byte { d := sha256.Sum256(b); return d[:] }
func hash512(b []byte) []byte { d := sha512.Sum512(b); return d[:] }

func digest(h crypto.Hash, b []byte) []byte {
	d := h.New()
	d.Write(b)
	return d.Sum(nil)
}

// usable reports whether a hash is to be had: fips140=only panics for SHA-1.
func usable(h crypto.Hash) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return h.Available() && digest(h, nil) != nil
}

// hashOf is the hash of an algorithm of RFC 7518, Section 3.1; 0 for any other.
func hashOf(alg string) crypto.Hash {
	if family(alg) == "" {
		return 0
	}
	return map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[alg[2:]]
}

// mac is HMAC, which pads its key with zeros (RFC 2104, Section 2). Padding a
// short one here changes nothing, except that hmac.New does not panic under
// fips140=only, where it wants 14 octets.
func (k *key) mac(h crypto.Hash, input []byte) []byte {
	mac := hmac.New(h.New, append(slices.Clone(k.secret), make([]byte, max(64-len(k.secret), 0))...))
	mac.Write(input)
	return mac.Sum(nil)
}

func curveOctets(pub *ecdsa.PublicKey) int { return (pub.Curve.Params().BitSize + 7) / 8 }

type ecSignature struct{ R, S *big.Int }

// signatureOf reads R || S.
func signatureOf(sig []byte) ecSignature {
	n := len(sig) / 2
	return ecSignature{new(big.Int).SetBytes(sig[:n]), new(big.Int).SetBytes(sig[n:])}
}

// fixed writes R || S of n octets each, or nil if they are too long.
func (rs ecSignature) fixed(n int) []byte {
	if rs.R.BitLen() > 8*n || rs.S.BitLen() > 8*n || rs.R.Sign() < 0 || rs.S.Sign() < 0 {
		return nil
	}
	return append(rs.R.FillBytes(make([]byte, n)), rs.S.FillBytes(make([]byte, n))...)
}

// An encoded is what a public RSA key opens a signature to (RFC 8017, Sections
// 5.2.2 and 9). The hash is the signed one, of PSS the one with the salt.
type encoded struct {
	alg      string // RS256 and so on; "" if JOSE has no such algorithm
	name     string
	hash     crypto.Hash
	digest   []byte
	salt     []byte
	isPSS    bool
	isChance bool // random octets may look so: only a message that fits makes it sure
}

// fits reports whether input is the message that was signed.
func (e encoded) fits(input []byte) bool {
	if e.hash == 0 {
		return bytes.Equal(e.digest, input)
	} else if !usable(e.hash) {
		return false
	}
	d := digest(e.hash, input)
	if e.isPSS { // RFC 8017, Section 9.1.2, step 12
		d = digest(e.hash, slices.Concat(make([]byte, 8), d, e.salt))
	}
	return bytes.Equal(d, e.digest)
}

// comparison sets the signed hash beside that of the message at hand.
func (e encoded) comparison(input []byte) string {
	if e.isPSS || e.hash == 0 || !usable(e.hash) {
		return ""
	}
	return fmt.Sprintf(" Its %v is %x, that of the signing input here %x.", e.hash, e.digest, digest(e.hash, input))
}

var digestInfos = []struct {
	hash   crypto.Hash
	oid    string
	suffix string // of RS and PS
}{
	{crypto.SHA256, "2.16.840.1.101.3.4.2.1", "256"}, {crypto.SHA384, "2.16.840.1.101.3.4.2.2", "384"},
	{crypto.SHA512, "2.16.840.1.101.3.4.2.3", "512"}, {crypto.SHA1, "1.3.14.3.2.26", ""},
	{crypto.SHA224, "2.16.840.1.101.3.4.2.4", ""}, {crypto.MD5, "1.2.840.113549.2.5", ""},
}

// nameEncoded says what an encoded message of a modulus of so many bits may be.
func nameEncoded(em []byte, bits int) (list []encoded) {
	// 00 01 FF ... 00 and a DigestInfo (RFC 8017, Section 9.2).
	if rest, isSigned := bytes.CutPrefix(em, []byte{0, 1}); isSigned {
		inside := bytes.TrimLeft(rest, "\xff")
		if len(rest)-len(inside) >= 8 && len(inside) > 0 && inside[0] == 0 {
			return []encoded{namePKCS1(inside[1:])}
		}
	}
	// PSS (Section 9.1.2). Its length is that of a modulus without its first bit.
	if bits%8 == 1 && em[0] == 0 {
		em = em[1:]
	}
	if em[len(em)-1] != 0xbc || 8*len(em) > bits+6 {
		return nil
	}
	for _, info := range digestInfos {
		for i, mgf := range []crypto.Hash{info.hash, crypto.SHA1} {
			n := info.hash.Size()
			if len(em) < n+2 || info.suffix == "" && (i > 0 || mgf != crypto.SHA1) || !usable(info.hash) || !usable(mgf) {
				continue
			}
			db, h := slices.Clone(em[:len(em)-n-1]), em[len(em)-n-1:len(em)-1]
			unmask(db, h, mgf)
			db[0] &= 0xff >> (8*len(em) - (bits - 1))
			salt := bytes.TrimLeft(db, "\x00")
			if len(salt) == 0 || salt[0] != 1 {
				continue
			}
			zeros := len(db) - len(salt)
			e := encoded{hash: info.hash, digest: h, salt: salt[1:], isPSS: true, isChance: zeros < 8}
			e.name = fmt.Sprintf("RSASSA-PSS with %v and a salt of %d octets", info.hash, len(e.salt))
			switch {
			case mgf != info.hash:
				e.name += ", but MGF1 with SHA-1"
			case info.suffix != "" && len(e.salt) == n:
				e.alg, e.name = "PS"+info.suffix, "PS"+info.suffix
			case zeros == 0:
				e.name += fmt.Sprintf(", the longest that fits, where RFC 7518, Section 3.5 wants %d", n)
			default:
				e.name += fmt.Sprintf(", where RFC 7518, Section 3.5 wants %d", n)
			}
			list = append(list, e)
		}
	}
	return list
}

// namePKCS1 names what follows the padding.
func namePKCS1(inside []byte) encoded {
	var info struct {
		Algorithm struct {
			OID    asn1.ObjectIdentifier
			Params asn1.RawValue `asn1:"optional"`
		}
		Digest []byte
	}
	if d := fromHex(inside); len(d) == sha256.Size && len(inside) == 2*len(d) {
		return encoded{hash: crypto.SHA256, digest: d, name: "PKCS #1 padding around the hexadecimal text of a SHA-256 " +
			"without its DigestInfo (RFC 8017, Section 9.2): the signer used a function for a hash that is encoded already"}
	}
	rest, err := asn1.Unmarshal(inside, &info)
	isInfo, oid := err == nil && len(rest) == 0, info.Algorithm.OID.String()
	for _, known := range digestInfos {
		switch {
		case isInfo && known.oid == oid && len(info.Digest) == known.hash.Size():
			e := encoded{hash: known.hash, digest: info.Digest, name: "RSASSA-PKCS1-v1_5 with " + known.hash.String()}
			if known.suffix != "" {
				e.alg, e.name = "RS"+known.suffix, "RS"+known.suffix
			}
			if !bytes.Equal(info.Algorithm.Params.FullBytes, asn1.NullBytes) {
				e.alg, e.name = "", e.name+" whose DigestInfo has no NULL, which verifiers refuse"
			}
			return e
		case !isInfo && len(inside) == known.hash.Size():
			return encoded{hash: known.hash, digest: inside, name: "PKCS #1 padding around a " + known.hash.String() +
				" without its DigestInfo (RFC 8017, Section 9.2): the signer used a function for a hash that is encoded already"}
		}
	}
	if isInfo {
		return encoded{digest: info.Digest, name: "RSASSA-PKCS1-v1_5 with a hash that is not known here, " + oid}
	}
	name := fmt.Sprintf("PKCS #1 padding around %d octets that are no hash (RFC 8017, Section 9.2)", len(inside))
	return encoded{digest: inside, name: name}
}

// unmask takes the mask of MGF1 off (RFC 8017, Appendix B.2.1).
func unmask(db, seed []byte, h crypto.Hash) {
	for i := 0; len(db) > 0; i++ {
		d := digest(h, append(slices.Clone(seed), 0, 0, byte(i>>8), byte(i)))
		for j := range min(len(d), len(db)) {
			db[j] ^= d[j]
		}
		db = db[min(len(d), len(db)):]
	}
}

// A matcher compares many messages with one signature. What depends on key and
// signature alone is computed once: an RSA signature is opened, and an ECDSA
// signature tells the points that a message would have to come out at.
type matcher struct {
	known   map[keyAndSignature]*prepared
	points  int // multiplied so far
	stopped bool
}

type keyAndSignature struct {
	key *key
	sig string
}

type prepared struct {
	opened []encoded
	points [][2]*big.Int
	tried  map[string]bool // hashes
}

func newMatcher() *matcher { return &matcher{known: map[keyAndSignature]*prepared{}} }

// of prepares a trial's key and signature.
func (m *matcher) of(t trial) *prepared {
	id := keyAndSignature{t.key, string(t.sig)}
	p := m.known[id]
	if p != nil {
		return p
	}
	p = &prepared{tried: map[string]bool{}}
	m.known[id] = p
	if pub := t.key.rsa; pub != nil && len(t.sig) <= pub.Size() {
		if s := new(big.Int).SetBytes(t.sig); s.Cmp(pub.N) < 0 {
			em := s.Exp(s, big.NewInt(int64(pub.E)), pub.N).FillBytes(make([]byte, pub.Size()))
			p.opened = nameEncoded(em, pub.N.BitLen())
		}
	} else if pub := t.key.ec; pub != nil && len(t.sig) == 2*curveOctets(pub) {
		p.points = pointsOf(pub, signatureOf(t.sig))
	}
	return p
}

// holds reports whether the trial's signature is one of its input. Of an RSA
// signature and a MAC it finds the algorithm too, and returns its name where it
// is not the trial's.
func (m *matcher) holds(t trial) (holds bool, other string) {
	name := t.alg
	switch t.key.family() {
	case "RSA":
		for _, e := range m.of(t).opened {
			if holds = e.fits(t.input()); holds {
				if name = e.name; e.alg != "" {
					name = e.alg
				}
				break
			}
		}
	case "secret":
		for _, alg := range []string{"HS256", "HS384", "HS512"} {
			if h := hashOf(alg); len(t.sig) == h.Size() {
				holds, name = hmac.Equal(t.key.mac(h, t.input()), t.sig), alg
			}
		}
	case "EC":
		holds = m.ecdsa(t)
	}
	if !holds || name == t.alg {
		name = ""
	}
	return holds, name
}

// signatureName is what the signature opens to, whatever the message; nil if
// that may be chance.
func (m *matcher) signatureName(t trial) *encoded {
	for _, e := range m.of(t).opened {
		if !e.isChance {
			return &e
		}
	}
	return nil
}

// maxPoints bounds the multiplications of a point, of which each takes a third
// of a millisecond on P-521, as long as pointOctets take to be written and hashed.
const maxPoints, pointOctets = 2500, 6 << 10

// ecdsa compares points; what it takes is verified by crypto/ecdsa.
func (m *matcher) ecdsa(t trial) bool {
	pub, h, p := t.key.ec, hashOf(t.alg), m.of(t)
	if h == 0 || family(t.alg) != "EC" || len(p.points) == 0 {
		return false
	}
	d := digest(h, t.input())
	if p.tried[string(d)] {
		return false
	}
	p.tried[string(d)] = true
	if m.points++; m.points > maxPoints {
		m.stopped = true
		return false
	}
	x, y := pub.Curve.ScalarBaseMult(d[:min(len(d), curveOctets(pub))])
	is := func(p [2]*big.Int) bool { return p[0].Cmp(x) == 0 && p[1].Cmp(y) == 0 }
	rs := signatureOf(t.sig)
	return slices.ContainsFunc(p.points, is) && ecdsa.Verify(pub, d, rs.R, rs.S)
}

// pointsOf returns s*R - r*Q for the two points R whose abscissa is r: a
// message verifies if its hash times the base point is one of them (SEC 1,
// Section 4.1.4). So each message costs one multiplication and not two.
func pointsOf(pub *ecdsa.PublicKey, rs ecSignature) (list [][2]*big.Int) {
	curve := pub.Curve.Params()
	if rs.R.Sign() <= 0 || rs.S.Sign() <= 0 || rs.R.Cmp(curve.N) >= 0 || rs.S.Cmp(curve.N) >= 0 {
		return nil
	}
	// y² = x³ - 3x + b
	y := new(big.Int).Mul(rs.R, rs.R)
	y.Sub(y, big.NewInt(3)).Mul(y, rs.R).Add(y, curve.B).Mod(y, curve.P)
	if y.ModSqrt(y, curve.P) == nil {
		return nil
	}
	qx, qy := pub.Curve.ScalarMult(pub.X, pub.Y, new(big.Int).Sub(curve.N, rs.R).Bytes())
	for range 2 {
		sx, sy := pub.Curve.ScalarMult(rs.R, y, rs.S.Bytes())
		x, y2 := pub.Curve.Add(qx, qy, sx, sy)
		list = append(list, [2]*big.Int{x, y2})
		y = new(big.Int).Sub(curve.P, y)
	}
	return list
}
