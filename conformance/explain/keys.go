package explain

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// A key is what was found in the file of -key. Unlike package jose, this
// reader takes keys that no algorithm in scope may use, to say so, and to see
// whether the token was made with them.
type key struct {
	what    string // kind and size, never key material
	rsa     *rsa.PublicKey
	ec      *ecdsa.PublicKey
	private *rsa.PrivateKey // complete and consistent, for decryption
	secret  []byte          // HMAC
	raw     bool            // the secret is the file as it is
	isPriv  bool            // a private key: verifying needs its public half only
	kid     string          // of a JWK
	alg     string
	use     string
	serial  *big.Int // of a certificate
}

// readKeys never fails: a file that is nothing else is a secret.
func readKeys(file []byte) (keys []*key, isSet bool) {
	text := bytes.TrimSpace(bytes.TrimPrefix(file, []byte("\ufeff")))
	switch {
	case bytes.HasPrefix(text, []byte("{")):
		return readJWKs(text)
	case bytes.Contains(text, []byte("-----BEGIN ")):
		return []*key{readPEM(text)}, false
	}
	for _, der := range [][]byte{file, text} {
		if k := readDER(der, "DER"); k != nil {
			return []*key{k}, false
		}
	}
	if len(text) < 1<<16 {
		if der, err := anyBase64(strings.Join(strings.Fields(string(text)), "")); err == nil {
			if k := readDER(der, "base64 of DER"); k != nil {
				return []*key{k}, false
			}
		}
	}
	return []*key{{what: fmt.Sprintf("a file of %d octets that is no PEM, DER or JWK: a raw secret", len(file)),
		secret: file, raw: true}}, false
}

func readPEM(text []byte) *key {
	if len(text) > 1<<16 {
		return &key{what: "PEM of more than 64 KiB"}
	}
	for range 8 {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if strings.Contains(block.Type, "ENCRYPTED") || block.Headers["DEK-Info"] != "" {
			return &key{what: "an encrypted PEM key: decrypt it first (openssl pkey -in FILE)", isPriv: true}
		}
		if k := readDER(block.Bytes, "PEM"); k != nil {
			return k
		}
	}
	return &key{what: "PEM without a key that could be read"}
}

// readDER tries what DER may hold, and returns nil if it is none of it.
func readDER(der []byte, form string) *key {
	if cert, err := x509.ParseCertificate(der); err == nil {
		return newKey(cert.PublicKey, form+", certificate", cert.SerialNumber)
	}
	if pub, err := x509.ParsePKIXPublicKey(der); err == nil {
		return newKey(pub, form, nil)
	}
	if pub, err := x509.ParsePKCS1PublicKey(der); err == nil {
		return newKey(pub, form, nil)
	}
	if len(der) > maxHeader { // checking a private key is slow for a large one
		return nil
	}
	if priv, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return newKey(priv, form, nil)
	}
	if priv, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return newKey(priv, form, nil)
	}
	if priv, err := x509.ParseECPrivateKey(der); err == nil {
		return newKey(priv, form, nil)
	}
	return nil
}

func newKey(k any, form string, serial *big.Int) *key {
	out := &key{serial: serial}
	half := "public"
	switch priv := k.(type) {
	case *rsa.PrivateKey:
		if len(priv.Primes) == 2 && priv.Validate() == nil {
			out.private = priv
		}
		out.isPriv, half, k = true, "private", &priv.PublicKey
	case *ecdsa.PrivateKey:
		out.isPriv, half, k = true, "private", &priv.PublicKey
	case interface{ Public() crypto.PublicKey }:
		out.isPriv, half = true, "private"
	}
	switch pub := k.(type) {
	case *rsa.PublicKey:
		out.what = fmt.Sprintf("RSA %s key of %d bits (%s)", half, pub.N.BitLen(), form)
		switch {
		case pub.N.BitLen() > 8192 || pub.N.Sign() <= 0 || pub.N.Bit(0) == 0 || pub.E < 3 || pub.E&1 == 0:
			out.what += ", with numbers that cannot be used"
			out.private = nil
		default:
			out.rsa = pub
		}
	case *ecdsa.PublicKey:
		out.what = fmt.Sprintf("EC %s key on %s (%s)", half, pub.Curve.Params().Name, form)
		out.ec = pub
	default:
		out.what = fmt.Sprintf("a %s key of another kind, %T (%s)", half, k, form)
	}
	return out
}

// readJWKs reads a JWK (RFC 7517, Section 4) or a JWK Set (Section 5).
func readJWKs(text []byte) (keys []*key, isSet bool) {
	members, err := parseObject(text)
	if err != nil {
		return []*key{{what: "JSON that is not a JWK: " + err.Error()}}, false
	}
	o := &header{members: members}
	if !o.has("keys") {
		return []*key{readJWK(o)}, false
	}
	var list []json.RawMessage
	json.Unmarshal(o.get("keys"), &list)
	for _, text := range list[:min(len(list), 256)] {
		if members, err := parseObject(text); err == nil {
			keys = append(keys, readJWK(&header{members: members}))
		}
	}
	if len(keys) == 0 {
		return []*key{{what: "a JWK Set without a key"}}, true
	}
	return keys, true
}

func readJWK(o *header) *key {
	num := func(name string) *big.Int {
		b, _ := anyBase64(o.str(name))
		return new(big.Int).SetBytes(b[:min(len(b), 4096)])
	}
	var k *key
	switch o.str("kty") {
	case "oct":
		b, err := anyBase64(o.str("k"))
		if err != nil || len(b) == 0 {
			k = &key{what: "a JWK of kty oct without a readable k"}
			break
		}
		k = &key{secret: b, what: fmt.Sprintf("a secret of %d octets (JWK)", len(b))}
	case "RSA":
		pub := rsa.PublicKey{N: num("n")}
		if e := num("e"); e.BitLen() <= 31 {
			pub.E = int(e.Int64())
		}
		if !o.has("d") {
			k = newKey(&pub, "JWK", nil)
			break
		}
		priv := &rsa.PrivateKey{PublicKey: pub, D: num("d"), Primes: []*big.Int{num("p"), num("q")}}
		if p := new(big.Int).Mul(priv.Primes[0], priv.Primes[1]); p.Cmp(pub.N) != 0 || pub.N.BitLen() > 8192 ||
			priv.D.BitLen() > pub.N.BitLen() {
			priv.Primes = nil // not usable, the public half is
		} else {
			priv.Precompute()
		}
		k = newKey(priv, "JWK", nil)
	case "EC":
		curve := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}[o.str("crv")]
		if curve == nil {
			k = &key{what: "an EC JWK on the curve " + quote(o.str("crv"))}
			break
		}
		pub := &ecdsa.PublicKey{Curve: curve, X: num("x"), Y: num("y")}
		if _, err := pub.ECDH(); err != nil {
			k = &key{what: "an EC JWK whose x and y are not on " + curve.Params().Name}
			break
		}
		if o.has("d") {
			k = newKey(&ecdsa.PrivateKey{PublicKey: *pub}, "JWK", nil)
		} else {
			k = newKey(pub, "JWK", nil)
		}
	default:
		k = &key{what: "a JWK of kty " + quote(o.str("kty"))}
	}
	k.kid, k.alg, k.use = o.str("kid"), o.str("alg"), o.str("use")
	return k
}

// family is the kind of key that an algorithm needs.
func family(alg string) string {
	switch {
	case len(alg) != len("RS256"):
	case strings.HasPrefix(alg, "RS"), strings.HasPrefix(alg, "PS"):
		return "RSA"
	case strings.HasPrefix(alg, "ES"):
		return "EC"
	case strings.HasPrefix(alg, "HS"):
		return "secret"
	}
	return ""
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
	switch {
	case k.rsa != nil && o.rsa != nil:
		return k.rsa.Equal(o.rsa)
	case k.ec != nil && o.ec != nil:
		return k.ec.Equal(o.ec)
	}
	return k.secret != nil && bytes.Equal(k.secret, o.secret)
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
			problem = fmt.Sprintf("The secret has %d octets; HS512 needs 64 or more "+
				"(package jose takes 1 octet to 1 MiB by NewInsecureShortSecret)", len(k.secret))
		}
	}
	return problem, section
}

// pickKey chooses by kid, as RFC 7515, Section 4.1.4 has it, and reports
// problems through the returned text. r.key is set even then, to go on. alg is
// one that signs; any other stands for RSA-OAEP.
func (r *report) pickKey(alg, kid string, hasKid bool) (problem string) {
	if !r.isSet {
		r.key = r.keys[0]
		r.compareKid(r.key, kid)
		return ""
	}
	r.key = r.keys[0]
	var hits []*key // D5: by kid among the keys for alg; without kid the only one
	for _, k := range r.keys {
		fits := k.family() == cmp.Or(family(alg), "RSA") && (k.alg == "" || k.alg == alg) &&
			!(k.use == "enc" && family(alg) != "") && !(k.use == "sig" && family(alg) == "")
		if fits && (!hasKid || k.kid == kid) && !slices.ContainsFunc(hits, k.same) {
			hits = append(hits, k)
		}
	}
	// One that is too small, or on another curve, counts only where there is no other.
	weak := func(k *key) bool { problem, _ := k.checkSize(alg); return problem != "" }
	if usable := slices.DeleteFunc(slices.Clone(hits), weak); len(usable) > 0 {
		hits = usable
	}
	if len(hits) > 0 {
		r.key = hits[0]
	}
	switch {
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

// compareKid finds a kid that is one number written in two bases: certificate
// serial numbers are shown in hexadecimal, and providers ask for decimal.
func (r *report) compareKid(k *key, kid string) {
	if len(kid) > 100 || kid == "" {
		return
	}
	hex := strings.NewReplacer(":", "", " ", "").Replace(strings.ToLower(kid))
	n, isHex := new(big.Int).SetString(strings.TrimPrefix(hex, "0x"), 16)
	own := k.serial
	if own == nil && len(k.kid) <= 100 && kid != k.kid {
		own, _ = new(big.Int).SetString(k.kid, 10)
	}
	switch {
	case own == nil:
	case own.String() == kid:
		r.note("kid is the certificate's serial number in decimal.")
	case isHex && n.Cmp(own) == 0:
		r.hint("kid-hex", "kid is the key's number in hexadecimal. In decimal it is %s. A kid is compared as text "+
			"(RFC 7515, Section 4.1.4), so write it the way the provider does.", own)
	}
	if k.kid != "" && k.kid != kid {
		r.note("The JWK's kid is %s, the token's is another.", quote(k.kid))
	}
}

// fileAsSecret is what a confused verifier would use as HMAC secret: the file itself.
func (r *report) fileAsSecret() []*key {
	var keys []*key
	for _, b := range [][]byte{r.in.keyFile, bytes.TrimSpace(r.in.keyFile)} {
		keys = append(keys, &key{secret: b})
	}
	if k := r.key; k.rsa != nil {
		if der, err := x509.MarshalPKIXPublicKey(k.rsa); err == nil {
			keys = append(keys, &key{secret: der}, &key{secret: []byte(base64.StdEncoding.EncodeToString(der))})
		}
	}
	return keys
}
