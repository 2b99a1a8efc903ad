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
	"encoding/json"
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
	kind, more, fault := strings.ToUpper(strings.Trim(fmt.Sprintf("%T", k), "*.PublicKey")), "", "" // DSA
	switch pub := k.(type) {
	case *rsa.PublicKey:
		kind, more = "RSA", fmt.Sprintf(" of %d bits", pub.N.BitLen())
		if pub.N.BitLen() > 8192 || pub.N.Sign() <= 0 || pub.N.Bit(0) == 0 || pub.E < 3 || pub.E&1 == 0 {
			out.private = nil
		} else {
			out.rsa = pub
		}
		if out.rsa == nil || out.isPriv && out.private == nil {
			fault = unusable
		}
	case *ecdsa.PublicKey:
		kind, more, out.ec = "EC", " on "+pub.Curve.Params().Name, pub
	case ed25519.PublicKey:
		kind, out.okp = "Ed25519", pub
	case *ecdh.PublicKey:
		kind = fmt.Sprint(pub.Curve())
	}
	out.what = kind + " " + half + " key" + more + " (" + form + ")" + fault
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
		xy := ecSignature{k.ec.X, k.ec.Y}.fixed(curveOctets(k.ec))
		m["kty"], m["crv"] = "EC", k.ec.Curve.Params().Name
		m["x"], m["y"] = string(urlText(xy[:len(xy)/2])), string(urlText(xy[len(xy)/2:]))
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
	o, err := parseObject(text)
	var list []json.RawMessage
	switch {
	case json.Unmarshal(text, &list) == nil:
		f.add("jwk-array", true)
	case err != nil:
		f.add("json-broken", true, err)
		return
	case o.has("keys"):
		f.add("jwks", false)
		if json.Unmarshal(o.get("keys"), &list) != nil {
			f.add("json", true, "its member keys is no array, as RFC 7517, Section 5.1 has it")
			return
		}
	case o.has("kty"):
		f.add("jwk", false)
		k := f.readJWK(o, 0)
		_, err := jose.ParseKeySet(slices.Concat([]byte(`{"keys":[`), text, []byte("]}")))
		if err != nil && f.problem() == "" {
			k.skipped = err.Error()
		}
		f.keys = []*key{k}
		return
	default:
		f.readMembers(o)
		return
	}
	f.isSet = true
	for i, text := range list[:min(len(list), 256)] {
		if o, err := parseObject(text); err == nil {
			f.keys = append(f.keys, f.readJWK(o, i))
		}
	}
	if len(f.keys) == 0 {
		f.add("jwks-empty", true)
	}
	for _, err := range f.set.Skipped() {
		var i int
		text := strings.TrimPrefix(err.Error(), "jose: invalid key: ")
		fmt.Sscanf(text, "key %d of the JWK Set", &i)
		for _, k := range f.keys {
			if k.index == i {
				k.skipped = plainText(text)
			}
		}
	}
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,40}$`)

// readMembers looks for the key in the members of an object that is no JWK.
func (f *keyFile) readMembers(o object) {
	found := slices.DeleteFunc(slices.Clone(o), func(m member) bool { return !holdsKey(m) })
	switch {
	case len(found) == 0 && o.has("jwks_uri"):
		f.add("json", true, "it describes a server, whose JWK Set is at the address in its member jwks_uri")
	case len(found) == 0 || f.has("json-member"): // it is not looked for any deeper
		f.add("json", true, "it has no kty, and no key in any member")
	case len(found) == 1:
		m, path := found[0], named(plainName, found[0].name)
		for range 8 { // of several members, the first that has a key
			inner, _ := parseObject(m.value)
			i := slices.IndexFunc(inner, holdsKey)
			if inner.has("kty") || inner.has("keys") || i < 0 {
				break
			}
			m = inner[i]
			path += "][" + named(plainName, m.name)
		}
		f.add("json-member", true, strings.ReplaceAll(path, `"]["`, "."))
		if f.with("NAME", path); strings.Contains(path, "(") {
			f.with(".[NAME]", `[.. | select((strings | test("-----BEGIN|^MI")), (objects | has("kty")))][0]`)
		}
		if text := unquoted(m.value); len(text) > 0 {
			f.read(text)
		} else {
			f.readJSON(m.value)
		}
	default:
		f.add(map[bool]string{true: "jwk-map", false: "certificate-map"}[found[0].value[0] == '{'], true)
		f.isSet = true
		for _, m := range found[:min(len(found), 256)] {
			n := len(f.keys)
			if jwk, err := parseObject(m.value); err == nil {
				f.keys = append(f.keys, f.readJWK(jwk, n))
			} else {
				f.readPEM(unquoted(m.value))
			}
			for ; n < len(f.keys); n++ {
				f.keys[n].kid, f.keys[n].index = strings.Trim(named(plainName, m.name), `"`), n
			}
		}
	}
}

// holdsKey reports whether a member has a key in it, or is one.
func holdsKey(m member) bool {
	return bytes.Contains(m.value, []byte(`"kty"`)) || bytes.Contains(m.value, []byte("-----BEGIN ")) ||
		ifOctets(fromBase64(unquoted(m.value))) != nil
}

// readJWK reads the JWK with this index in its set.
func (f *keyFile) readJWK(o object, index int) *key {
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
		text := fromHex([]byte(s))
		switch {
		case !o.has(name) || string(o.get(name)) == "null":
		case err != nil || len(b) == 0:
			fault("jwk-incomplete", name+" is no text in base64url")
		case text != nil && size == 0 && name != "k" && (name == "n" || faults["jwk-hex"] != nil):
			fault("jwk-hex", name)
			b = text
		case strings.ContainsAny(s, "+/="):
			fault("jwk-base64", name)
		case size == 0 && b[0] == 0 && name != "k":
			fault("jwk-zero", name)
		case size > 0 && (len(b) < size || len(b) > size && b[0] == 0):
			fault("jwk-short", name)
		}
		return b[:min(len(b), 4096)]
	}
	num := func(name string, size int) *big.Int { return new(big.Int).SetBytes(octets(name, size)) }
	registered := func(name string) string { // nothing else is printed: it may be a part of a key
		value := match(name, []byte(o.str(name)))
		if value != "" && value != o.str(name) {
			fault("jwk-spelling", name)
		}
		return value
	}
	kty, crv, isPriv := registered("kty"), registered("crv"), o.str("d") != ""
	needs := map[string]string{"RSA": " n e ", "RSAd": " n e p q dp dq qi ", "EC": " x y ", "ECd": " x y ", "oct": " k "}
	need := needs[kty+map[bool]string{true: "d"}[isPriv]]
	for _, m := range o {
		if string(m.value) == "null" && strings.Contains(need, " "+m.name+" ") {
			fault("jwk-incomplete", m.name+" is null, and the key can't be without it")
		} else if string(m.value) == "null" {
			fault("jwk-null", named(plainName, m.name))
		}
	}
	what := "JWK of kty " + named(plainName, kty)
	if o.has("crv") {
		what += ", crv " + named(plainName, crv)
	}
	k := &key{what: what, isPriv: isPriv}
	curve := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}[crv]
	switch {
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
		lacks := num("dp", 0).Sign() == 0 || num("dq", 0).Sign() == 0 || num("qi", 0).Sign() == 0
		if p := new(big.Int).Mul(priv.Primes[0], priv.Primes[1]); p.Sign() == 0 {
			fault("jwk-incomplete", "its primes are missing: whoever made it has p, q, dp, dq and qi")
			priv.Primes = nil // not usable, the public half is
		} else if p.Cmp(pub.N) != 0 || pub.N.BitLen() > 8192 || priv.D.BitLen() > pub.N.BitLen() {
			fault("jwk-incomplete", "its numbers do not fit together")
			priv.Primes = nil
		} else if priv.Precompute(); lacks {
			fault("jwk-incomplete", "dp, dq or qi is missing (RFC 7518, Section 6.3.2)")
		}
		k = newKey(priv, "JWK")
	case kty == "EC" && curve != nil:
		pub := &ecdsa.PublicKey{Curve: curve}
		n := curveOctets(pub)
		pub.X, pub.Y = num("x", n), num("y", n)
		if point, err := pub.ECDH(); err != nil {
			fault("jwk-incomplete", "x and y are not a point of "+curve.Params().Name)
		} else if k = newKey(pub, "JWK"); isPriv {
			priv := &ecdsa.PrivateKey{PublicKey: *pub, D: num("d", n)}
			k = newKey(priv, "JWK")
			if d, err := priv.ECDH(); err != nil || !d.PublicKey().Equal(point) {
				fault("jwk-incomplete", "d is not the private key of x and y")
			}
		}
	}
	k.kid, k.alg, k.use, k.index = o.str("kid"), o.str("alg"), o.str("use"), index
	for _, value := range []*string{&k.alg, &k.use} {
		if *value != "" && match("purpose", []byte(*value)) == "" {
			*value = "not a registered one"
		}
	}
	if faults["jwk-incomplete"] != nil { // the first says it
		faults = map[string][]string{"jwk-incomplete": faults["jwk-incomplete"][:1]}
	}
	for _, id := range []string{
		"jwk-null", "jwk-spelling", "jwk-hex", "jwk-base64", "jwk-zero", "jwk-short", "jwk-incomplete"} {
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

// unfit is the id in knows.txt of what keeps a key from every algorithm in
// scope, "" if nothing does, and what its sentence names.
func (k *key) unfit() (id string, arg any) {
	switch {
	case strings.HasPrefix(k.what, "RSA-PSS"):
		return "rsa-pss", nil
	case k.ec != nil && k.ec.Curve != elliptic.P521():
		return "curve", k.ec.Curve.Params().Name
	case k.rsa != nil && k.rsa.N.BitLen() < 2048:
		return "rsa-short", k.rsa.N.BitLen()
	case k.secret != nil && len(k.secret) < 64:
		return "secret-short", len(k.secret)
	}
	return "", nil
}

// pickKey chooses by kid, as RFC 7515, Section 4.1.4 has it. r.key is set even
// where there is a problem, to go on.
func (r *report) pickKey() (problem string) {
	kid, hasKid := r.header.str("kid"), r.header.has("kid")
	if r.key = r.keys[0]; !r.isSet {
		if r.compareKid(r.key, kid); r.key.kid != "" && r.key.kid != kid {
			r.note("The JWK's kid is %s, the token's is another.", quote(r.key.kid))
		}
		return ""
	}
	var hits, passedOver []*key // D5: by kid among the keys for alg; without kid the only one
	for _, k := range r.keys {
		fits := k.family() == cmp.Or(family(r.alg), "RSA") && (k.alg == "" || k.alg == r.alg) &&
			!(k.use == "enc" && family(r.alg) != "") && !(k.use == "sig" && family(r.alg) == "")
		switch {
		case !fits || hasKid && k.kid != kid || slices.ContainsFunc(slices.Concat(hits, passedOver), k.same):
		case k.skipped != "":
			passedOver = append(passedOver, k)
		default:
			hits = append(hits, k)
		}
	}
	if len(hits) == 0 {
		hits = passedOver
	}
	if len(hits) > 0 {
		r.key = hits[0]
	}
	switch {
	case len(hits) == 1 && r.key.skipped != "":
		return r.hint("key-skipped", r.key.skipped)
	case len(hits) == 1:
		return ""
	case hasKid && len(hits) > 1:
		return fmt.Sprintf("%d different keys of the JWK Set have the token's kid", len(hits))
	case !hasKid:
		return fmt.Sprintf("the token has no kid, and the JWK Set has %d keys for it", len(hits))
	}
	for _, k := range r.keys {
		if r.compareKid(k, kid); r.hinted("kid-hex") {
			r.key = k
			return r.hint("kid-hex")
		}
	}
	return fmt.Sprintf("none of the %d keys of the JWK Set has the token's kid", len(r.keys))
}

// compareKid finds a kid that is one number written in two bases: certificate
// serial numbers are shown in hexadecimal, and providers ask for decimal.
func (r *report) compareKid(k *key, kid string) {
	hex := strings.TrimPrefix(strings.NewReplacer(":", "", " ", "").Replace(strings.ToLower(kid)), "0x")
	own, isDecimal := new(big.Int).SetString(k.kid, 10)
	if k.cert != nil {
		own, isDecimal = k.cert.SerialNumber, true
	}
	if !isDecimal || kid == k.kid || len(kid) > 100 || len(k.kid) > 100 {
		return
	}
	if n, isHex := new(big.Int).SetString(hex, 16); own.String() == kid {
		r.note("kid is the certificate's serial number in decimal.")
	} else if isHex && n.Cmp(own) == 0 {
		r.hint("kid-hex", own)
	}
}
