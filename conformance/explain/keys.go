package explain

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"example.com/jose"
)

// A key is what was found in the file of -key. Unlike package jose, this
// reader takes keys that no algorithm in scope may use, to say so, and to see
// whether the token was made with them.
type key struct {
	what    string // kind and size, never key material
	rsa     *rsa.PublicKey
	ec      *ecdsa.PublicKey
	okp     ed25519.PublicKey
	private *rsa.PrivateKey // complete and consistent, for decryption
	secret  []byte          // HMAC
	raw     bool            // the secret is the file as it is
	isPriv  bool            // a private key: verifying needs its public half only
	kid     string          // of a JWK
	alg     string
	use     string
	cert    *x509.Certificate
	skipped string // why package jose passes it over, of a JWK Set
	index   int    // in the JWK Set
}

// unusable ends the description of an RSA key whose numbers are missing or do not fit.
const unusable = ", with numbers that cannot be used"

func newKey(k any, form string) *key {
	out, half := &key{}, "public"
	if priv, is := k.(*rsa.PrivateKey); is && len(priv.Primes) == 2 && priv.Validate() == nil {
		out.private = priv
	}
	if priv, is := k.(interface{ Public() crypto.PublicKey }); is {
		out.isPriv, half, k = true, "private", priv.Public()
	}
	switch pub := k.(type) {
	case *rsa.PublicKey:
		out.what = fmt.Sprintf("RSA %s key of %d bits (%s)", half, pub.N.BitLen(), form)
		if pub.N.BitLen() > 8192 || pub.N.Sign() <= 0 || pub.N.Bit(0) == 0 || pub.E < 3 || pub.E&1 == 0 {
			out.private = nil
		} else {
			out.rsa = pub
		}
		if out.rsa == nil || out.isPriv && out.private == nil {
			out.what += unusable
		}
	case *ecdsa.PublicKey:
		out.what, out.ec = fmt.Sprintf("EC %s key on %s (%s)", half, pub.Curve.Params().Name, form), pub
	case ed25519.PublicKey:
		out.what, out.okp = fmt.Sprintf("Ed25519 %s key (%s)", half, form), pub
	case *ecdh.PublicKey:
		out.what = fmt.Sprintf("%v %s key (%s)", pub.Curve(), half, form)
	default:
		kind := strings.ToUpper(strings.Trim(fmt.Sprintf("%T", k), "*.PublicKey")) // DSA
		out.what = fmt.Sprintf("%s %s key (%s)", kind, half, form)
	}
	return out
}

// thumbprint is that of the public half (RFC 7638); of a secret there is none.
func (k *key) thumbprint() string {
	m := map[string]string{}
	switch {
	case k.rsa != nil:
		m["kty"], m["n"] = "RSA", string(urlText(k.rsa.N.Bytes()))
		m["e"] = string(urlText(big.NewInt(int64(k.rsa.E)).Bytes()))
	case k.ec != nil:
		x, y := make([]byte, curveOctets(k.ec)), make([]byte, curveOctets(k.ec))
		m["kty"], m["crv"] = "EC", k.ec.Curve.Params().Name
		m["x"], m["y"] = string(urlText(k.ec.X.FillBytes(x))), string(urlText(k.ec.Y.FillBytes(y)))
	case k.okp != nil:
		m["kty"], m["crv"], m["x"] = "OKP", "Ed25519", string(urlText(k.okp))
	default:
		return ""
	}
	text, _ := json.Marshal(m) // in the order of their names
	return string(urlText(hash256(text)))
}

// readJSON reads a JWK (RFC 7517, Section 4), those of a JWK Set (Section 5) or of
// an array, and what is a member of another object.
func (f *keyFile) readJSON(text []byte) {
	members, err := parseObject(text)
	o := &header{members: members}
	var list []json.RawMessage
	f.isSet = true
	switch {
	case json.Unmarshal(text, &list) == nil:
		f.add("jwk-array", true)
	case err != nil:
		f.add("json-broken", true, err)
		return
	case o.has("keys"):
		f.add("jwks", false)
		json.Unmarshal(o.get("keys"), &list)
	case o.has("kty"):
		f.isSet = false
		f.add("jwk", false)
		f.keys = []*key{f.readJWK(o, 0)}
		return
	default:
		f.isSet = false
		f.readMembers(o)
		return
	}
	for i, text := range list[:min(len(list), 256)] {
		if members, err := parseObject(text); err == nil {
			f.keys = append(f.keys, f.readJWK(&header{members: members}, i))
		}
	}
	if len(f.keys) == 0 {
		f.add("jwks-empty", true)
	}
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// readMembers looks for the key in the members of an object that is no JWK.
func (f *keyFile) readMembers(o *header) {
	found := slices.DeleteFunc(slices.Clone(o.members), func(m member) bool {
		return !strings.Contains(o.str(m.name), "-----BEGIN ") && !bytes.Contains(m.value, []byte(`"kty"`))
	})
	switch {
	case len(found) == 0 && o.has("jwks_uri"):
		f.add("json", true, "it describes a server, whose JWK Set is at the address in its member jwks_uri")
	case len(found) == 0:
		f.add("json", true, "it has no kty, and no key in any member")
	case len(found) == 1:
		f.add("json-member", true, quote(found[0].name))
		if plainName.MatchString(found[0].name) { // it goes into a command
			f.with("NAME", found[0].name)
		}
		if text := o.str(found[0].name); text != "" {
			f.readPEM([]byte(text))
		} else if _, err := parseObject(found[0].value); err == nil {
			f.readJSON(found[0].value)
		}
	default:
		f.add("certificate-map", true)
		f.isSet = true
		for _, m := range found {
			n := len(f.keys)
			f.readPEM([]byte(o.str(m.name)))
			for ; n < len(f.keys); n++ {
				f.keys[n].kid, f.keys[n].index = m.name, n
			}
		}
	}
}

// readJWK reads the JWK with this index in its set.
func (f *keyFile) readJWK(o *header, index int) *key {
	faults := map[string][]string{}
	fault := func(id, name string) {
		if f.isSet {
			name += fmt.Sprintf(" of keys[%d]", index)
		}
		faults[id] = append(faults[id], name)
	}
	octets := func(name string, size int) []byte {
		s := o.str(name)
		b, err := anyBase64(s)
		text, notHex := hex.DecodeString(s)
		switch {
		case !o.has(name) || string(o.get(name)) == "null":
		case err != nil || len(b) == 0:
			fault("jwk-incomplete", name+" is no text in base64url")
		case name == "n" && notHex == nil:
			fault("jwk-hex", name)
			b = text
		case strings.ContainsAny(s, "+/="):
			fault("jwk-base64", name)
		case size == 0 && b[0] == 0 && name != "k":
			fault("jwk-zero", name)
		case len(b) < size:
			fault("jwk-short", name)
		}
		return b[:min(len(b), 4096)]
	}
	num := func(name string, size int) *big.Int { return new(big.Int).SetBytes(octets(name, size)) }
	for _, m := range o.members {
		if string(m.value) == "null" {
			fault("jwk-null", quote(m.name))
		}
	}
	isPriv := o.str("d") != ""
	what := "JWK of kty " + quote(o.str("kty")) + ", crv " + quote(o.str("crv"))
	k := &key{what: strings.TrimSuffix(what, `, crv ""`), isPriv: isPriv}
	curve := map[string]elliptic.Curve{
		"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}[o.str("crv")]
	switch kty := o.str("kty"); {
	case kty == "oct":
		if secret := octets("k", 0); len(secret) > 0 {
			k = &key{secret: secret, what: fmt.Sprintf("a secret of %d octets (JWK)", len(secret))}
		} else {
			fault("jwk-incomplete", "a secret is in k, and there is none")
		}
	case kty == "RSA" && o.has("x5c") && !o.has("n"):
		f.add("jwk-x5c", true)
	case kty == "RSA":
		pub, e := rsa.PublicKey{N: num("n", 0)}, num("e", 0)
		if pub.E = int(e.Int64()); pub.N.Sign() == 0 || e.Sign() == 0 || e.BitLen() > 31 {
			fault("jwk-incomplete", `no n or e can be read (the usual e is "AQAB")`)
			break
		} else if !isPriv {
			k = newKey(&pub, "JWK")
			break
		}
		priv := &rsa.PrivateKey{PublicKey: pub, D: num("d", 0), Primes: []*big.Int{num("p", 0), num("q", 0)}}
		if p := new(big.Int).Mul(priv.Primes[0], priv.Primes[1]); p.Sign() == 0 {
			fault("jwk-incomplete", "its primes are missing: whoever made it has p, q, dp, dq and qi")
			priv.Primes = nil // not usable, the public half is
		} else if p.Cmp(pub.N) != 0 || pub.N.BitLen() > 8192 || priv.D.BitLen() > pub.N.BitLen() {
			fault("jwk-incomplete", "its numbers do not fit together")
			priv.Primes = nil
		} else {
			priv.Precompute()
		}
		k = newKey(priv, "JWK")
	case kty == "EC" && curve != nil:
		pub := &ecdsa.PublicKey{Curve: curve}
		n := curveOctets(pub)
		pub.X, pub.Y = num("x", n), num("y", n)
		if _, err := pub.ECDH(); err != nil {
			fault("jwk-incomplete", "x and y are not a point of "+curve.Params().Name)
		} else if k = newKey(pub, "JWK"); isPriv {
			k = newKey(&ecdsa.PrivateKey{PublicKey: *pub, D: num("d", n)}, "JWK")
		}
	}
	k.kid, k.alg, k.use, k.index = o.str("kid"), o.str("alg"), o.str("use"), index
	for _, id := range []string{"jwk-null", "jwk-hex", "jwk-base64", "jwk-zero", "jwk-short", "jwk-incomplete"} {
		if faults[id] != nil {
			f.add(id, true, strings.Join(faults[id][:min(len(faults[id]), 20)], ", "))
		}
	}
	return k
}

// family is the kind of key that an algorithm needs.
func family(alg string) string {
	if len(alg) != len("RS256") {
		return ""
	}
	return map[string]string{"RS": "RSA", "PS": "RSA", "ES": "EC", "HS": "secret"}[alg[:2]]
}

func (k *key) family() string {
	switch {
	case k.rsa != nil:
		return "RSA"
	case k.ec != nil:
		return "EC"
	case k.secret != nil:
		return "secret"
	}
	return "other"
}

// same reports whether two keys are of the same numbers, or octets.
func (k *key) same(o *key) bool {
	return k.thumbprint() == o.thumbprint() && bytes.Equal(k.secret, o.secret) && k.family() != "other"
}

// checkSize is what the algorithms in scope demand of their key.
func (k *key) checkSize(alg string) (problem, section string) {
	switch k.family() {
	case "RSA":
		if section = "RFC 7518, Section 3.3"; strings.HasPrefix(alg, "RSA") {
			section = "RFC 7518, Section 4.3"
		}
		if k.rsa.N.BitLen() < 2048 {
			problem = fmt.Sprintf("The RSA key has %d bits; %s needs 2048 or more", k.rsa.N.BitLen(), alg)
		}
	case "EC":
		section = "RFC 7518, Section 3.4"
		if k.ec.Curve != elliptic.P521() {
			problem = "The EC key is on " + k.ec.Curve.Params().Name + "; ES512 needs P-521 (the 512 is of SHA-512)"
		}
	case "secret":
		section = "RFC 7518, Section 3.2"
		if len(k.secret) < 64 {
			problem = fmt.Sprintf("The secret has %d octets, and RFC 7518, Section 3.2 wants 64 or more for HS512: "+
				"if your provider issued it, NewInsecureShortSecret takes it", len(k.secret))
		}
	}
	return problem, section
}

// pickKey chooses by kid, as RFC 7515, Section 4.1.4 has it, and reports
// problems through the returned text. r.key is set even then, to go on. alg is
// one that signs; any other stands for RSA-OAEP.
func (r *report) pickKey(alg, kid string, hasKid bool) (problem string) {
	if r.key = r.keys[0]; !r.isSet {
		r.compareKid(r.key, kid)
		return ""
	}
	var hits, weak []*key // D5: by kid among the keys for alg; without kid the only one
	for _, k := range r.keys {
		fits := k.family() == cmp.Or(family(alg), "RSA") && (k.alg == "" || k.alg == alg) &&
			!(k.use == "enc" && family(alg) != "") && !(k.use == "sig" && family(alg) == "")
		problem, _ := k.checkSize(alg)
		switch {
		case !fits || hasKid && k.kid != kid || slices.ContainsFunc(slices.Concat(hits, weak), k.same):
		case problem != "":
			weak = append(weak, k)
		default:
			hits = append(hits, k)
		}
	}
	// One that is too small, or on another curve, counts only where there is no other.
	if len(hits) == 0 {
		hits = weak
	}
	if len(hits) > 0 {
		r.key = hits[0]
	}
	switch {
	case len(hits) == 1 && r.key.skipped != "":
		r.hint("key-skipped", r.key.skipped)
		return r.key.skipped
	case len(hits) == 1:
		return ""
	case hasKid && len(hits) > 1:
		return fmt.Sprintf("%d different keys of the JWK Set have the token's kid", len(hits))
	case !hasKid:
		return fmt.Sprintf("the token has no kid, and the JWK Set has %d keys for it", len(hits))
	}
	for _, k := range r.keys {
		if r.compareKid(k, kid); len(r.hints) > 0 && r.hints[len(r.hints)-1].id == "kid-hex" {
			r.key = k
			break
		}
	}
	return fmt.Sprintf("none of the %d keys of the JWK Set has the token's kid", len(r.keys))
}

// passedOver notes which keys of the set package jose passes over, and why.
func (r *report) passedOver() {
	set, err := jose.ParseKeySet(r.in.keyFile)
	if !r.isSet || err != nil {
		return
	}
	for _, err := range set.Skipped() {
		var i int
		text := strings.TrimPrefix(err.Error(), "jose: invalid key: ")
		if n, _ := fmt.Sscanf(text, "key %d of the JWK Set", &i); n == 1 {
			for _, k := range r.keys {
				if k.index == i {
					k.skipped = plainText(text)
				}
			}
		}
	}
}

// compareKid finds a kid that is one number written in two bases: certificate
// serial numbers are shown in hexadecimal, and providers ask for decimal.
func (r *report) compareKid(k *key, kid string) {
	if len(kid) > 100 || kid == "" {
		return
	}
	hex := strings.NewReplacer(":", "", " ", "").Replace(strings.ToLower(kid))
	n, isHex := new(big.Int).SetString(strings.TrimPrefix(hex, "0x"), 16)
	var own *big.Int
	if k.cert != nil {
		own = k.cert.SerialNumber
	} else if len(k.kid) <= 100 && kid != k.kid {
		own, _ = new(big.Int).SetString(k.kid, 10)
	}
	switch {
	case own == nil:
	case own.String() == kid:
		r.note("kid is the certificate's serial number in decimal.")
	case isHex && n.Cmp(own) == 0:
		r.hint("kid-hex", own)
	}
	if k.kid != "" && k.kid != kid {
		r.note("The JWK's kid is %s, the token's is another.", quote(k.kid))
	}
}

// publicTexts is what a confused verifier would use as HMAC secret: the file of
// the public key, or its DER.
func publicTexts(k *key, file []byte) [][]byte {
	texts := [][]byte{file, bytes.TrimSpace(file)}
	var pub any = k.ec
	if k.rsa != nil {
		pub = k.rsa
	}
	if der, err := x509.MarshalPKIXPublicKey(pub); err == nil {
		texts = append(texts, der, stdText(der), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	}
	return texts
}
