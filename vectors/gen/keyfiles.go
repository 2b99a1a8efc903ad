package main

import (
	"crypto"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

func keyRows() []row {
	return slices.Concat(keyControls(), jwkRSA(), jwkEC(), jwkOct(), jwkMembers(), jwkSets(), lookups(), pemFiles(), derFiles(), certificates(),
		twoReadings(), pemGrammar(), rsaFactors(), pkcs8Attributes(), setsES512(), lookupsInSets(), thumbprints())
}

var one = big.NewInt(1)

// noKeyBound is the choice of who is handed a large RSA key.
const noKeyBound = "no RFC states an upper bound; RFC 7518, Section 8.6 asks for one"

func plus(a *big.Int, b int64) *big.Int { return new(big.Int).Add(a, big.NewInt(b)) }

// keyControls are the keys of each kind in each form.
func keyControls() []row {
	var rows []row
	add := func(id, role, req, input, why string) {
		rows = append(rows, row{id: id, role: role, req: req, input: input, why: why, tags: "control"})
	}
	for _, alg := range []string{"RS256", "RSA-OAEP", "RSA-OAEP-256"} {
		add("jwk/valid-private/"+alg, "private", "7518-6.3.2-1 8017-3.2-1 8017-3.2-2 8017-3.2-3", rsaMain.privateJWK().String(), "A private RSA key as JWK.")
		add("jwk/valid-public/"+alg, "public", "7518-6.3.1-1 7518-6.3.1.1-1 7518-6.3.1.2-1 7517-4.1-3", rsaMain.publicJWK().String(), "A public RSA key as JWK.")
		add("jwk-set/valid/"+alg, "private", "7517-5-1", set(rsaMain.privateJWK().id("a")).String(), "A JWK Set with one private key.")
	}
	add("jwk/valid-private/ES512", "private", "7518-6.2.2-1 7518-6.2.2.1-1", ecMain.privateJWK().String(), "A private P-521 key as JWK; x, y and d begin with a zero octet.")
	add("jwk/valid-public/ES512", "public", "7518-6.2.1-2 7518-6.2.1.2-1 7518-6.2.1.3-1 8725-3.4-1", ecMain.publicJWK().String(), "A public P-521 key as JWK; x and y begin with a zero octet.")
	add("jwk/valid-secret/HS512", "private", "7518-6.4.1-1 7518-3.2-1", octJWK(secret).String(), "A secret of 64 octets as JWK.")
	add("jwk/valid-long-secret/HS512", "private", "7518-3.2-1", octJWK(slices.Concat(secret, secret2, secret)).String(), "A secret longer than the block of SHA-512 is legal.")
	add("jwk-set/valid/ES512", "public", "7517-5-1", set(ecMain.publicJWK().id("a")).String(), "A JWK Set with one public key.")
	add("jwk-set/valid/HS512", "private", "7517-5-1", set(octJWK(secret).id("a")).String(), "A JWK Set with one secret.")

	for _, k := range []struct {
		fault, alg, role, pem, der, label, why string
		octets                                 []byte
	}{
		{"valid-pkcs1", "RS256", "private", "8017-A.1.2-1", "8017-A.1.2-1", "RSA PRIVATE KEY", "RSAPrivateKey of PKCS#1.", rsaMain.pkcs1()},
		{"valid-pkcs8", "RS256", "private", "7468-10-1", "5958 2", "PRIVATE KEY", "PrivateKeyInfo of PKCS#8 with an RSA key.", rsaMain.pkcs8()},
		{"valid-pkcs8", "RSA-OAEP", "private", "7468-10-1", "5958 2", "PRIVATE KEY", "PrivateKeyInfo of PKCS#8 with an RSA key.", rsaMain.pkcs8()},
		{"valid-pkcs8", "ES512", "private", "7468-10-1", "5958 2", "PRIVATE KEY", "PrivateKeyInfo of PKCS#8 with a P-521 key.", ecMain.pkcs8()},
		{"valid-sec1", "ES512", "private", "5915 3", "5915 3", "EC PRIVATE KEY", "ECPrivateKey of SEC 1, with its curve.", ecMain.sec1(oidP521)},
		{"valid-pkcs1-public", "RS256", "public", "8017 A.1.1", "8017 A.1.1", "RSA PUBLIC KEY", "RSAPublicKey of PKCS#1.", rsaMain.pkcs1Public()},
		{"valid-spki", "RS256", "public", "7468-13-1 8017-A.1-1", "5280 4.1.2.7", "PUBLIC KEY", "SubjectPublicKeyInfo with an RSA key.", rsaMain.spki()},
		{"valid-spki", "RSA-OAEP-256", "public", "7468-13-1", "5280 4.1.2.7", "PUBLIC KEY", "SubjectPublicKeyInfo with an RSA key.", rsaMain.spki()},
		{"valid-spki", "ES512", "public", "7468-13-1", "5280 4.1.2.7", "PUBLIC KEY", "SubjectPublicKeyInfo with a P-521 key.", ecMain.spki()},
	} {
		add("pem/"+k.fault+"/"+k.alg, k.role, k.pem, armor(k.label, k.octets), "In PEM: "+k.why)
		add("der/"+k.fault+"/"+k.alg, k.role, k.der, string(k.octets), "In DER: "+k.why)
		add("base64-der/"+k.fault+"/"+k.alg, k.role, k.der, std64(k.octets), "As base64 of DER: "+k.why)
	}
	for _, c := range []struct{ alg, pem, why string }{
		{"RS256", rsaCertPEM, "An RSA key in a certificate, of which nothing but the key is taken."},
		{"RSA-OAEP", rsaCertPEM, "An RSA key in a certificate, of which nothing but the key is taken."},
		{"ES512", ecCertPEM, "A P-521 key in a certificate, of which nothing but the key is taken."},
	} {
		add("certificate/valid/"+c.alg, "public", "7468-5.1-1", c.pem, c.why)
	}
	add("der/valid-certificate/RS256", "public", "5280 4.1", string(dearmor(rsaCertPEM)), "A certificate in DER.")
	add("base64-der/valid-certificate/ES512", "public", "5280 4.1", std64(dearmor(ecCertPEM)), "A certificate as base64 of DER.")

	// PEM as it comes.
	private := armor("PRIVATE KEY", rsaMain.pkcs8())
	public := armor("PUBLIC KEY", ecMain.spki())
	lines := strings.Split(strings.TrimSpace(private), "\n")
	add("pem/valid-ec-parameters-first/ES512", "private", "7468-2-14", armor("EC PARAMETERS", oidP521)+armor("EC PRIVATE KEY", ecMain.sec1(oidP521)),
		"openssl ecparam -genkey writes the curve first, in a block of its own.")
	add("pem/valid-one-long-line/RS256", "private", "7468-2-13", lines[0]+"\n"+strings.Join(lines[1:len(lines)-1], "")+"\n"+lines[len(lines)-1]+"\n",
		"The base64 in one long line, as it comes out of an environment variable.")
	add("pem/valid-crlf/RS256", "private", "7468-2-3", strings.ReplaceAll(private, "\n", "\r\n"), "Lines end in CRLF.")
	add("pem/valid-no-final-line-end/ES512", "public", "7468-3-1 7468-2-6", strings.TrimSuffix(public, "\n"), "The last line has no end.")
	add("pem/valid-text-before/ES512", "public", "7468-2-1", "Key of the test signer, 2026\n"+public, "Explanatory text before the block, as openssl writes it.")
	add("pem/valid-text-after/ES512", "public", "7468-2-2 7468-2-9", public+"\n", "An empty line after the block.")
	add("base64-der/valid-line-end/ES512", "public", "4648-3.1-1", std64(ecMain.spki())+"\n", "The line end of a file after the base64.")
	add("jwk/valid-white-space/ES512", "public", "8259-2-1 7517-4-1", " "+strings.ReplaceAll(ecMain.publicJWK().String(), ",", ",\n  ")+"\n", "White space in and around a JWK.")

	// Boundaries of RSA.
	big8192 := rsaKey{N: number16(rsa8192N), E: big.NewInt(65537)}
	add("jwk/valid-rsa-8192/RS256", "public", "7518-8.6-2", big8192.publicJWK().String(), "8192 bits, the most that package jose takes.")
	rows[len(rows)-1].choice = noKeyBound
	add("jwk/valid-rsa-exponent-3/RS256", "public", "8017-3.1-2", rsaE3.publicJWK().String(), "The least public exponent.")
	add("jwk/valid-rsa-exponent-3-private/RS256", "private", "8017-3.1-2 8017-3.2-4 7518-6.3.2.4-1 7518-6.3.2.5-1", rsaE3.privateJWK().String(), "A private key with the least public exponent.")
	add("jwk/valid-rsa-exponent-2147483647/RS256", "public", "8017-3.1-2", rsaMain.publicJWK().with("e", number(big.NewInt(1<<31-1))).String(), "The greatest public exponent that package jose takes.")
	rows[len(rows)-1].choice = noKeyBound
	return rows
}

func number16(hexadecimal string) *big.Int { return new(big.Int).SetBytes(unhex(hexadecimal)) }

// jwkRSA are RSA keys that must not be used (RFC 7518, Section 6.3; RFC 8017,
// Section 3).
func jwkRSA() []row {
	var rows []row
	add := func(fault, role, req, why string, k object) {
		rows = append(rows, row{id: "jwk/" + fault + "/RS256", class: badKey, role: role, req: req, tags: "key-validation", why: why, input: k.String()})
	}
	pub, priv := rsaMain.publicJWK(), rsaMain.privateJWK()
	raw := func(x *big.Int, before string) string { return str(b64(before + string(x.Bytes()))) }

	add("rsa-1024", "public", "7518-3.3-1", "1024 bits; 2048 are the least.", rsa1024.publicJWK())
	add("rsa-1024-private", "private", "7518-3.3-1", "1024 bits; 2048 are the least.", rsa1024.privateJWK())
	add("rsa-2047", "public", "7518-3.3-1", "2047 bits, one less than the least.", rsa2047.publicJWK())
	add("rsa-2047-private", "private", "7518-3.3-1", "2047 bits, one less than the least.", rsa2047.privateJWK())
	add("rsa-8200", "public", "7518-8.6-2 7518-8.6-1", "8200 bits: the work of a verification grows with the square.", rsaKey{N: number16(rsa8200N), E: big.NewInt(65537)}.publicJWK())
	rows[len(rows)-1].choice = noKeyBound
	huge := rsaKey{N: plus(new(big.Int).Lsh(one, 131071), 1), E: big.NewInt(65537)}
	add("rsa-131072", "public", "7518-8.6-2 7518-8.6-1", "131,072 bits: minutes for each verification.", huge.publicJWK())
	rows[len(rows)-1].choice, rows[len(rows)-1].tags = noKeyBound, "key-validation resource-exhaustion"
	add("rsa-n-even", "public", "8017-3.1-1 8725-3.4-1", "An even modulus.", pub.with("n", number(plus(rsaMain.N, 1))))
	add("rsa-n-zero", "public", "8017-3.1-1 8725-3.4-1 7518-3.3-1", "The modulus is 0.", pub.with("n", `"AA"`))
	add("rsa-n-empty", "public", "7518-2-2 7518-6.3.1.1-1", "The modulus is the empty string.", pub.with("n", `""`))
	add("rsa-n-leading-zero", "public", "7518-2-1 7518-6.3.1.1-2", "The modulus has a leading zero octet, as libraries for signed numbers write it.", pub.with("n", raw(rsaMain.N, "\x00")))
	rows[len(rows)-1].choice = "RFC 7518, Section 6.3.1.1 warns that implementers have found it so, and that producers must not write it"
	add("rsa-n-padded", "public", "7518-6.3.1.1-1 7515-2-1", "The modulus has padding.", pub.with("n", strings.TrimSuffix(number(rsaMain.N), `"`)+`=="`))
	add("rsa-n-standard-alphabet", "public", "7518-6.3.1.1-1 7515-2-1", "The modulus is in base64 with + and /.", pub.with("n", strings.NewReplacer("-", "+", "_", "/").Replace(number(rsaMain.N))))
	add("rsa-n-line-feed", "public", "7518-6.3.1.1-1 7515-2-1", "The modulus has a line feed.", pub.with("n", strings.Replace(number(rsaMain.N), number(rsaMain.N)[:5], number(rsaMain.N)[:5]+`\n`, 1)))
	add("rsa-n-spare-bits", "public", "4648-3.5-2 7518-6.3.1.1-1", "The last character of the modulus has bits that encode nothing and are not zero.", pub.with("n", str(spareBits(b64(rsaMain.N.Bytes())))))
	rows[len(rows)-1].choice = "RFC 4648, Section 3.5: a decoder may refuse bits after the last octet that are not zero, or ignore them"
	add("rsa-n-number", "public", "7518-6.3.1.1-1", "The modulus as a JSON number.", pub.with("n", rsaMain.N.String()))
	add("rsa-n-missing", "public", "7518-6.3.1-1", "n is missing.", pub.without("n"))
	add("rsa-e-missing", "public", "7518-6.3.1-1", "e is missing.", pub.without("e"))
	add("rsa-e-zero", "public", "8017-3.1-2 8725-3.4-1", "The public exponent is 0: every signature is right for the message 1.", pub.with("e", `"AA"`))
	add("rsa-e-one", "public", "8017-3.1-2 8725-3.4-1", "The public exponent is 1: a signature is its own message.", pub.with("e", `"AQ"`))
	add("rsa-e-two", "public", "8017-3.1-2 8725-3.4-1", "The public exponent is 2, which is even.", pub.with("e", `"Ag"`))
	add("rsa-e-even", "public", "8017-3.1-2 8725-3.4-1", "The public exponent is 65536.", pub.with("e", number(big.NewInt(65536))))
	add("rsa-e-leading-zero", "public", "7518-2-1 7518-6.3.1.2-2", "The public exponent has a leading zero octet.", pub.with("e", `"AAEAAQ"`))
	rows[len(rows)-1].choice = "RFC 7518, Section 2: Base64urlUInt has the minimum number of octets; a reader may be lenient"
	add("rsa-e-2-to-the-31-plus-11", "public", "8017-3.1-2", "The public exponent is above 2^31: above the bound of package jose, and of an int32.", pub.with("e", number(big.NewInt(1<<31+11))))
	rows[len(rows)-1].choice = "RFC 8017, Section 3.1 bounds the exponent by the modulus only"
	add("rsa-e-2-to-the-64-plus-3", "public", "8017-3.1-2", "The public exponent is 2^64 + 3, which is 3 for who cuts it.", pub.with("e", number(plus(new(big.Int).Lsh(one, 64), 3))))
	rows[len(rows)-1].choice = "RFC 8017, Section 3.1 bounds the exponent by the modulus only"
	add("rsa-e-as-large-as-n", "public", "8017-3.1-2 8725-3.4-1", "The public exponent is the modulus: verification costs as much as signing.", pub.with("e", number(rsaMain.N)))
	add("rsa-e-number", "public", "7518-6.3.1.2-1", "The public exponent as a JSON number.", pub.with("e", "65537"))
	add("rsa-secret", "public", "7518-6.3.1-1 7518-3.3-3", "A secret where a public key is expected.", octJWK(secret))
	add("rsa-public-for-private", "private", "7518-6.3.2-1", "A public key where a private one is needed.", pub)
	add("rsa-private-for-public", "public", "7517-9.2-1", "A private key where a public one is expected.", priv)
	rows[len(rows)-1].choice = "no RFC forbids it; package jose refuses it, since the key is then somewhere it should not be"

	// Private keys whose numbers do not belong together.
	for _, c := range []struct {
		fault, req, why string
		k               object
	}{
		{"rsa-d-wrong", "8017-3.2-1", "d is another number.", priv.with("d", number(plus(rsaMain.D, 2)))},
		{"rsa-d-of-other-key", "8017-3.2-1", "d is of another key.", priv.with("d", number(rsaOther.D))},
		{"rsa-d-one", "8017-3.2-1", "d is 1.", priv.with("d", `"AQ"`)},
		{"rsa-d-zero", "8017-3.2-1", "d is 0.", priv.with("d", `"AA"`)},
		{"rsa-d-above-n", "8017-3.2-1", "d is above n, and has the right residue.", priv.with("d", number(new(big.Int).Add(rsaMain.D, rsaMain.phi())))},
		{"rsa-p-wrong", "8017-3.2-2", "p times q is not n.", priv.with("p", number(plus(rsaMain.P, 2)))},
		{"rsa-q-of-other-key", "8017-3.2-2", "p times q is not n: q is of another key.", priv.with("q", number(rsaOther.Q))},
		{"rsa-p-one", "8017-3.2-2", "p is 1 and q is n: the product is right, the numbers are no primes.", priv.with("p", `"AQ"`).with("q", number(rsaMain.N))},
		{"rsa-dp-wrong", "8017-3.2-3 7518-6.3.2.4-1", "dp is another number: one faulty signature reveals the key (Boneh, DeMillo, Lipton).", priv.with("dp", number(plus(rsaMain.DP, 2)))},
		{"rsa-dq-wrong", "8017-3.2-3 7518-6.3.2.5-1", "dq is another number: one faulty signature reveals the key.", priv.with("dq", number(plus(rsaMain.DQ, 2)))},
		{"rsa-qi-wrong", "8017-3.2-4 7518-6.3.2.6-1", "qi is another number: one faulty signature reveals the key.", priv.with("qi", number(plus(rsaMain.QI, 1)))},
		{"rsa-qi-for-swapped-primes", "8017-3.2-4 7518-6.3.2.6-1", "p and q are swapped, with dp and dq, and qi is not.", priv.with("p", number(rsaMain.Q)).with("q", number(rsaMain.P)).with("dp", number(rsaMain.DQ)).with("dq", number(rsaMain.DP))},
		{"rsa-n-of-other-key", "8017-3.2-2", "n is of another key.", priv.with("n", number(rsaOther.N))},
		{"rsa-e-of-other-exponent", "8017-3.2-1", "e does not belong to d.", priv.with("e", `"Aw"`)},
		{"rsa-p-leading-zero", "7518-2-1 7518-6.3.2.2-1", "p has a leading zero octet.", priv.with("p", raw(rsaMain.P, "\x00"))},
		{"rsa-p-missing", "7518-6.3.2-3", "p is missing and the others are there.", priv.without("p")},
		{"rsa-dp-missing", "7518-6.3.2-3", "dp is missing and the others are there.", priv.without("dp")},
		{"rsa-qi-missing", "7518-6.3.2-3", "qi is missing and the others are there.", priv.without("qi")},
		{"rsa-d-missing", "7518-6.3.2-1", "d is missing and the primes are there.", priv.without("d")},
		{"rsa-primes-missing", "7518-6.3.2-2", "d alone, without the primes.", priv.without("p", "q", "dp", "dq", "qi")},
		{"rsa-oth", "7518-6.3.2.7-3", "A third prime in oth.", multiJWK()},
		{"rsa-oth-empty", "7518-6.3.2.7-3", "oth is there, and empty.", priv.with("oth", "[]")},
	} {
		add(c.fault, "private", c.req, c.why, c.k)
		r := &rows[len(rows)-1]
		switch c.fault {
		case "rsa-primes-missing":
			r.choice = "RFC 7518, Section 6.3.2: producers should include the primes; package jose requires them"
		case "rsa-p-leading-zero":
			r.choice = "RFC 7518, Section 2: Base64urlUInt has the minimum number of octets; a reader may be lenient"
		case "rsa-oth":
			r.level, r.choice = feature, "RFC 7518, Section 6.3.2.7: a consumer that does not support it must not use the key"
		}
	}
	square := rsaMain.P // the larger prime, so that n has its length
	if rsaMain.Q.Cmp(square) > 0 {
		square = rsaMain.Q
	}
	add("rsa-p-equals-q", "private", "8017-3.2-2 8017-3.1-1", "p and q are one prime, and n is its square.", consistent(square, square).privateJWK())
	multi, third := multiPrime()
	add("rsa-p-composite", "private", "8017-3.2-2 8017-3.1-1", "p is the product of two primes; all numbers fit each other, and signatures are wrong.",
		consistent(new(big.Int).Mul(multi.P, multi.Q), third[0]).privateJWK())
	return rows
}

// phi is a number that can be added to d: a multiple of the order of every
// residue, and about as large as n.
func (k rsaKey) phi() *big.Int { return new(big.Int).Mul(plus(k.P, -1), plus(k.Q, -1)) }

// consistent returns the key that p and q would make, were they two primes.
func consistent(p, q *big.Int) rsaKey {
	k := rsaKey{N: new(big.Int).Mul(p, q), E: rsaMain.E, P: p, Q: q}
	k.D = new(big.Int).ModInverse(k.E, k.phi())
	k.DP, k.DQ = new(big.Int).Mod(k.D, plus(p, -1)), new(big.Int).Mod(k.D, plus(q, -1))
	k.QI = new(big.Int).ModInverse(q, p)
	if k.QI == nil {
		k.QI = one // there is none
	}
	return k
}

// multiJWK is a key of three primes as RFC 7518, Section 6.3.2.7 writes it.
func multiJWK() object {
	k, r := multiPrime()
	third := object{{"r", number(r[0])}, {"d", number(r[1])}, {"t", number(r[2])}}
	return k.privateJWK().with("oth", "["+third.String()+"]")
}

// jwkEC are P-521 keys that must not be used, and other curves (RFC 7518,
// Section 6.2).
func jwkEC() []row {
	var rows []row
	add := func(fault, role, req, tags, why string, k object) {
		rows = append(rows, row{id: "jwk/" + fault + "/ES512", class: badKey, role: role, req: req, tags: tags, why: why, input: k.String()})
	}
	const v = "key-validation"
	pub, priv := ecMain.publicJWK(), ecMain.privateJWK()
	params := ecMain.curve.Params()
	octets := func(b []byte) string { return str(b64(b)) }
	x, y, d := ecMain.octets(ecMain.X), ecMain.octets(ecMain.Y), ecMain.octets(ecMain.D)

	add("ec-p256", "public", "7518-3.4-1", v, "ES512 is P-521, and this is a key of P-256.", p256.publicJWK())
	add("ec-p384", "public", "7518-3.4-1", v, "ES512 is P-521, and this is a key of P-384.", p384.publicJWK())
	add("ec-p256-private", "private", "7518-3.4-1", v, "ES512 is P-521, and this is a key of P-256.", p256.privateJWK())
	add("ec-crv-secp256k1", "public", "7518-3.4-1", v, "A curve that is out of scope.", pub.with("crv", `"secp256k1"`))
	add("ec-crv-lower-case", "public", "7518-6.2.1.1-2 7517-6-1", v, "crv is case-sensitive.", pub.with("crv", `"p-521"`))
	add("ec-crv-p512", "public", "7518-3.4-1 7518-6.2.1.1-2", v, "The curve is P-521, after its prime, not P-512.", pub.with("crv", `"P-512"`))
	add("ec-crv-other", "public", "7518-3.4-1", v, "A point of P-521 that says it is of P-256.", pub.with("crv", `"P-256"`))
	add("ec-crv-of-p256-point", "public", "7518-6.2.1.2-1 8725-3.4-1", v, "A point of P-256 that says it is of P-521.", p256.publicJWK().with("crv", `"P-521"`))
	add("ec-crv-missing", "public", "7518-6.2.1-1", v, "crv is missing.", pub.without("crv"))
	add("ec-x-missing", "public", "7518-6.2.1-1", v, "x is missing.", pub.without("x"))
	add("ec-y-missing", "public", "7518-6.2.1-2 7518-6.2.1.1-3", v, "y is missing: there are no compressed points in JWK.", pub.without("y"))
	add("ec-not-on-curve", "public", "8725-3.4-1", v, "The invalid curve attack: the point is not on the curve.", pub.with("y", ecMain.coordinate(plus(ecMain.Y, 1))))
	add("ec-x-and-y-swapped", "public", "8725-3.4-1", v, "x and y in each other's place.", pub.with("x", octets(y)).with("y", octets(x)))
	add("ec-infinity", "public", "8725-3.4-1", v, "x = y = 0, as some write the point at infinity.", pub.with("x", octets(make([]byte, 66))).with("y", octets(make([]byte, 66))))
	add("ec-x-field-prime", "public", "8725-3.4-1", v, "x is the prime of the field: out of range.", pub.with("x", ecMain.coordinate(params.P)))
	small := pointWithSmallX()
	add("ec-x-plus-field-prime", "public", "8725-3.4-1", v, "x is above the prime of the field, where its residue is on the curve.",
		object{{"kty", `"EC"`}, {"crv", `"P-521"`}, {"x", ecMain.coordinate(new(big.Int).Add(small.X, params.P))}, {"y", ecMain.coordinate(small.Y)}})
	add("ec-y-negated", "public", "7518-6.2.1-2 7518-6.2.1.1-3", "control "+v, "-y is on the curve too: another key, and a good one.", pub.with("y", ecMain.coordinate(new(big.Int).Sub(params.P, ecMain.Y))))
	rows[len(rows)-1].class = ""
	add("ec-x-65-octets", "public", "7518-6.2.1.2-1", v, "x without its leading zero octet.", pub.with("x", octets(x[1:])))
	add("ec-y-65-octets", "public", "7518-6.2.1.3-1", v, "y without its leading zero octet.", pub.with("y", octets(y[1:])))
	add("ec-x-67-octets", "public", "7518-6.2.1.2-1", v, "x with one more zero octet.", pub.with("x", octets(append([]byte{0}, x...))))
	add("ec-d-65-octets", "private", "7518-6.2.2.1-1", v, "d without its leading zero octet.", priv.with("d", octets(d[1:])))
	add("ec-d-67-octets", "private", "7518-6.2.2.1-1", v, "d with one more zero octet.", priv.with("d", octets(append([]byte{0}, d...))))
	add("ec-x-empty", "public", "7518-6.2.1.2-1", v, "x is the empty string.", pub.with("x", `""`))
	add("ec-x-number", "public", "7518-6.2.1.2-1", v, "x as a JSON number.", pub.with("x", ecMain.X.String()))
	add("ec-x-line-feed", "public", "7518-6.2.1.2-1 7515-2-1", v, "x has a line feed.", pub.with("x", str(b64(x)[:8]+`\n`+b64(x)[8:])))
	add("ec-x-hexadecimal", "public", "7518-6.2.1.2-1", "encoding", "x in hexadecimal, which reads as base64url of 99 octets.", pub.with("x", str(fmt.Sprintf("%x", x))))
	add("ec-x-full-point", "public", "7518-6.2.1.2-1", v, "x is the whole point in the form of SEC 1.", pub.with("x", octets(ecMain.point())))
	add("ec-d-zero", "private", "7518-6.2.2-1", v, "d is 0.", priv.with("d", octets(make([]byte, 66))))
	add("ec-d-order", "private", "7518-6.2.2-1", v, "d is the order of the group.", priv.with("d", ecMain.coordinate(params.N)))
	add("ec-d-plus-order", "private", "7518-6.2.2-1", v, "d is above the order, and has the right residue.", priv.with("d", ecMain.coordinate(new(big.Int).Add(ecMain.D, params.N))))
	add("ec-d-of-other-key", "private", "7518-6.2.2-1", v, "d belongs to another point.", priv.with("d", ecOther.coordinate(ecOther.D)))
	add("ec-d-negated", "private", "7518-6.2.2-1", v, "n - d belongs to the point with -y.", priv.with("d", ecMain.coordinate(new(big.Int).Sub(params.N, ecMain.D))))
	add("ec-public-for-private", "private", "7518-6.2.2-1", v, "A public key where a private one is needed.", pub)
	add("ec-private-for-public", "public", "7517-9.2-1", v, "A private key where a public one is expected.", priv)
	rows[len(rows)-1].choice = "no RFC forbids it; package jose refuses it, since the key is then somewhere it should not be"
	add("ec-d-null-in-public", "public", "7517-4-4 7518-6.2.2.1-1", "type-confusion", "A public key with d null.", pub.with("d", "null"))
	rows[len(rows)-1].choice = "RFC 7517, Section 4: a reader of public keys need not know d"
	add("ec-kty-rsa", "public", "7518-3.4-1 7517-4.1-2", "type-confusion", "A P-521 key that says it is RSA.", pub.with("kty", `"RSA"`))
	add("ec-kty-okp", "public", "7518-3.4-1 7517-4.1-2", "type-confusion", "A P-521 key that says it is an OKP.", pub.with("kty", `"OKP"`))
	add("ec-rsa-key", "public", "7518-3.4-1", "key-confusion", "An RSA key for ES512.", rsaMain.publicJWK())
	add("ec-secret", "private", "7518-3.4-1", "key-confusion", "A secret for ES512.", octJWK(secret))
	add("ec-okp", "public", "7518-3.4-1", "key-confusion", "An Ed25519 key for ES512.", object{{"kty", `"OKP"`}, {"crv", `"Ed25519"`}, {"x", octets(secret[:32])}})
	for i, r := range rows {
		switch strings.Split(r.id, "/")[1] { // the statement has d, and none has its range
		case "ec-d-zero", "ec-d-order", "ec-d-plus-order", "ec-d-of-other-key", "ec-d-negated":
			rows[i].level = hardening
		}
	}
	return rows
}

// pointWithSmallX returns a point of P-521 whose x is so small that x + p has
// 66 octets.
func pointWithSmallX() ecKey {
	params := ecMain.curve.Params()
	for x := big.NewInt(1); ; x = plus(x, 1) { // y^2 = x^3 - 3x + b
		y := new(big.Int).Exp(x, big.NewInt(3), nil)
		y.Sub(y, new(big.Int).Mul(big.NewInt(3), x)).Add(y, params.B).Mod(y, params.P)
		if y.ModSqrt(y, params.P) != nil {
			return ecKey{curve: ecMain.curve, X: x, Y: y}
		}
	}
}

// jwkOct are secrets (RFC 7518, Section 6.4).
func jwkOct() []row {
	var rows []row
	add := func(fault, role, req, tags, why string, k object) {
		rows = append(rows, row{id: "jwk/" + fault + "/HS512", class: badKey, role: role, req: req, tags: tags, why: why, input: k.String()})
	}
	k := octJWK(secret)
	add("oct-63-octets", "private", "7518-3.2-1", "key-validation", "63 octets, one less than HS512 must have.", octJWK(secret[:63]))
	add("oct-32-octets", "private", "7518-3.2-1", "key-validation", "32 octets: a secret for HS256.", octJWK(secret[:32]))
	add("oct-0-octets", "private", "7518-3.2-1", "key-validation", "The blank secret.", octJWK(nil))
	add("oct-k-missing", "private", "7518-6.4.1-1", "key-validation", "k is missing.", k.without("k"))
	add("oct-k-number", "private", "7518-6.4.1-1", "type-confusion", "k as a JSON number.", k.with("k", "1"))
	add("oct-k-null", "private", "7518-6.4.1-1", "type-confusion", "k is null.", k.with("k", "null"))
	add("oct-k-padded", "private", "7518-6.4.1-1 7515-2-1", "encoding", "k has padding.", k.with("k", str(b64(secret)+"==")))
	add("oct-k-standard-alphabet", "private", "7518-6.4.1-1 7515-2-1", "encoding", "k is in base64 with + and /.", octJWK(slices.Repeat([]byte{0xfb, 0xff}, 32)).with("k", str(strings.NewReplacer("-", "+", "_", "/").Replace(b64(slices.Repeat([]byte{0xfb, 0xff}, 32))))))
	add("oct-k-space", "private", "7518-6.4.1-1 7515-2-1", "encoding", "k has a space.", k.with("k", str(b64(secret)[:8]+" "+b64(secret)[8:])))
	add("oct-private-of-pair", "private", "7518-6.4.1-1", "key-confusion", "An RSA key for HS512.", rsaMain.privateJWK())
	add("oct-public-key-pem", "private", "8725-3.1-4", "key-confusion", "The secret is the PEM of a public key: a key confusion prepared in a key store.", octJWK([]byte(armor("PUBLIC KEY", rsaMain.spki()))))
	add("oct-public-key-der", "private", "8725-3.1-4", "key-confusion", "The secret is the DER of a public key: a key confusion prepared in a key store.", octJWK(rsaMain.spki()))
	add("oct-public-key-jwk", "private", "8725-3.1-4", "key-confusion", "The secret is the JWK of a public key: a key confusion prepared in a key store.", octJWK([]byte(rsaMain.publicJWK().String())))
	for i := range rows {
		if strings.Contains(rows[i].id, "oct-public-key") {
			rows[i].choice = "no RFC forbids these octets; package jose refuses them as a secret"
		}
	}
	return rows
}

// jwkMembers are the members that all kinds of keys have (RFC 7517, Section 4),
// and the JSON around them.
func jwkMembers() []row {
	var rows []row
	add := func(fault, alg, class, role, req, tags, why, input string) *row {
		rows = append(rows, row{id: "jwk/" + fault + "/" + alg, class: class, role: role, req: req, tags: tags, why: why, input: input})
		return &rows[len(rows)-1]
	}
	pub, priv := rsaMain.publicJWK(), rsaMain.privateJWK()
	add("kty-missing", "RS256", badKey, "public", "7517-4.1-3", "key-validation", "kty must be present.", pub.without("kty").String())
	add("kty-lower-case", "RS256", badKey, "public", "7517-4.1-2 7517-6-1", "key-validation", "kty is case-sensitive.", pub.with("kty", `"rsa"`).String())
	add("kty-unknown", "RS256", badKey, "public", "7517-4.1-2 7517-6-1", "key-validation", "A kind of key that does not exist.", pub.with("kty", `"RSA2"`).String())
	add("kty-array", "RS256", badKey, "public", "7517-4.1-2", "type-confusion", "kty is a string.", pub.with("kty", `["RSA"]`).String())
	add("kty-ec-members", "RS256", badKey, "public", "7518-6.2.1-1 7517-4.1-2", "type-confusion", "An RSA key that says it is EC.", pub.with("kty", `"EC"`).String())
	add("kty-name-upper-case", "RS256", badKey, "public", "7517-4.1-3 7517-6-1 7515-10.13-3", "parser-differential", "KTY is not kty.", pub.without("kty").with("KTY", `"RSA"`).String())

	add("alg-equal", "RS256", "", "public", "7517-4.4-1 8725-3.1-4 7517-4.4-3", "control", "alg is what the key is used for.", pub.with("alg", `"RS256"`).String())
	add("alg-other", "RS256", badKey, "public", "7517-4.4-1 8725-3.1-4", "key-confusion", "The key is for PS256.", pub.with("alg", `"PS256"`).String())
	add("alg-of-encryption-key", "RS256", badKey, "public", "7517-4.4-1 8725-3.1-4", "key-confusion", "The key is for RSA-OAEP.", pub.with("alg", `"RSA-OAEP"`).String())
	add("alg-of-signature-key", "RSA-OAEP", badKey, "private", "7517-4.4-1 8725-3.1-4", "key-confusion", "The key is for RS256.", priv.with("alg", `"RS256"`).String())
	add("alg-of-other-hash-key", "RSA-OAEP-256", badKey, "private", "7517-4.4-1 8725-3.1-4", "key-confusion", "The key is for RSA-OAEP.", priv.with("alg", `"RSA-OAEP"`).String())
	add("alg-es256", "ES512", badKey, "public", "7517-4.4-1 8725-3.1-4", "key-confusion", "A P-521 key that is for ES256.", ecMain.publicJWK().with("alg", `"ES256"`).String())
	add("alg-es521", "ES512", badKey, "public", "7517-4.4-1 8725-3.1-4", "key-confusion", "The algorithm of a P-521 key is ES512; ES521 is a mistake that test data has.", ecMain.publicJWK().with("alg", `"ES521"`).String())
	add("alg-hs256", "HS512", badKey, "private", "7517-4.4-1 8725-3.1-4", "key-confusion", "A secret that is for HS256.", octJWK(secret).with("alg", `"HS256"`).String())
	add("alg-null", "RS256", badKey, "public", "7517-4.4-3", "type-confusion", "alg is a string, not null.", pub.with("alg", "null").String())
	add("alg-empty", "RS256", badKey, "public", "7517-4.4-1 8725-3.1-4", "key-validation", "alg is the empty string.", pub.with("alg", `""`).String())

	add("use-sig", "RS256", "", "public", "7517-4.2-1 7517-4.2-3", "control", "A key for signatures.", pub.with("use", `"sig"`).String())
	add("use-enc", "RSA-OAEP-256", "", "private", "7517-4.2-1", "control", "A key for encryption.", priv.with("use", `"enc"`).String())
	add("use-enc-for-verify", "RS256", badKey, "public", "7517-4.2-1", "key-confusion", "A key for encryption, asked to verify.", pub.with("use", `"enc"`).String())
	add("use-sig-for-decrypt", "RSA-OAEP", badKey, "private", "7517-4.2-1", "key-confusion", "A key for signatures, asked to decrypt.", priv.with("use", `"sig"`).String())
	add("use-other", "RS256", badKey, "public", "7517-4.2-2", "key-confusion", "A use that nobody knows.", pub.with("use", `"tls"`).String()).
		choice = "RFC 7517, Section 4.2: other values may be used"
	add("use-upper-case", "RS256", badKey, "public", "7517-4.2-2 7517-4.2-3", "key-confusion", "use is case-sensitive.", pub.with("use", `"SIG"`).String()).
		choice = "RFC 7517, Section 4.2: other values may be used"
	add("use-number", "RS256", badKey, "public", "7517-4.2-3", "type-confusion", "use is a string.", pub.with("use", "1").String())

	add("key-ops-verify", "RS256", "", "public", "7517-4.3-1 7517-4.3-2", "control", "A key for verifying.", pub.with("key_ops", `["verify"]`).String())
	add("key-ops-sign-and-verify", "HS512", "", "private", "7517-4.3-1", "control", "A secret for both.", octJWK(secret).with("key_ops", `["sign","verify"]`).String())
	add("key-ops-with-use", "RS256", "", "public", "7517-4.3-10", "control", "use and key_ops that say the same.", pub.with("use", `"sig"`).with("key_ops", `["verify"]`).String())
	add("key-ops-sign-for-verify", "RS256", badKey, "public", "7517-4.3-1", "key-confusion", "A key for signing, asked to verify.", pub.with("key_ops", `["sign"]`).String())
	add("key-ops-encrypt-for-verify", "RS256", badKey, "public", "7517-4.3-1", "key-confusion", "A key for encryption, asked to verify.", pub.with("key_ops", `["encrypt","wrapKey"]`).String())
	add("key-ops-verify-for-decrypt", "RSA-OAEP", badKey, "private", "7517-4.3-1", "key-confusion", "A key for verifying, asked to decrypt.", priv.with("key_ops", `["verify"]`).String())
	add("key-ops-empty", "RS256", badKey, "public", "7517-4.3-1", "key-confusion", "No operation is permitted.", pub.with("key_ops", `[]`).String())
	add("key-ops-duplicate", "RS256", badKey, "public", "7517-4.3-5", "key-validation", "Duplicate operations must not be there.", pub.with("key_ops", `["verify","verify"]`).String()).
		choice = "RFC 7517, Section 4.3: duplicates must not be present; what a reader does with them is not said"
	add("key-ops-duplicate-other", "RS256", badKey, "public", "7517-4.3-5", "key-validation", "Duplicate operations must not be there, also of a name that nobody knows.", pub.with("key_ops", `["verify","x","x"]`).String()).
		choice = "RFC 7517, Section 4.3: duplicates must not be present; what a reader does with them is not said"
	add("key-ops-contradicts-use", "RS256", badKey, "public", "7517-4.3-10 7517-4.3-9", "key-confusion", "use is sig, and key_ops has wrapKey too.", pub.with("use", `"sig"`).with("key_ops", `["verify","wrapKey"]`).String()).
		choice = "RFC 7517, Section 4.3: use and key_ops should not be used together, and must be consistent if they are"
	add("key-ops-string", "RS256", badKey, "public", "7517-4.3-2", "type-confusion", "key_ops is an array.", pub.with("key_ops", `"verify"`).String())
	add("key-ops-bracket", "RS256", badKey, "public", "7517-4.3-2", "type-confusion", "key_ops is an array, and not a string that ends as an empty one does.", pub.with("key_ops", `"]"`).String())
	add("key-ops-joined", "HS512", badKey, "private", "7517-4.3-1 7517-4.3-3", "type-confusion", "Two operations in one string, as test data has it.", octJWK(secret).with("key_ops", `["sign, verify"]`).String())
	add("key-ops-element", "RS256", badKey, "public", "7517-4.3-2", "type-confusion", "key_ops is an array of strings.", pub.with("key_ops", `["verify",1]`).String())

	add("kid-string", "RS256", "", "public", "7517-4.5-2", "control", "A kid, and an empty one is one.", pub.with("kid", `""`).String())
	add("kid-number", "RS256", badKey, "public", "7517-4.5-2", "type-confusion", "kid is a string.", pub.with("kid", "1").String()).
		choice = "RFC 7517, Section 4.5: kid is optional; who does not use it need not look at it"
	add("x5c-string", "RS256", badKey, "public", "7517-4-4 7517-4.7-1", "type-confusion", "x5c is an array.", pub.with("x5c", `"AA"`).String()).
		choice = "RFC 7517, Section 4: members that are not understood are ignored; a reader may not know x5c"
	add("x5c-of-the-key", "RS256", "", "public", "7517-4-4 7517-4.7-4", "control", "x5c is the certificate of the key.", pub.with("x5c", `["`+std64(dearmor(rsaCertPEM))+`"]`).String())
	add("x5c-of-other-key", "RS256", "", "public", "7517-4.7-4 7517-4-4", "key-confusion", "x5c is the certificate of another key: two readers may use two keys.", pub.with("x5c", `["`+std64(dearmor(rsaOtherCertPEM))+`"]`).String()).
		choice = "RFC 7517, Section 4.7: the key in the certificate must match; who does not use x5c need not look at it, and package jose uses the other members"
	add("unknown-members", "RS256", "", "public", "7517-4-4 7517-4.1-2", "control", "Members that are not understood are ignored.", pub.with("iat", "1767225600").with("ext", "true").with("note", "null").String())
	add("duplicate-n", "RS256", badKey, "public", "7517-4-3", "parser-differential", "n is there twice, and the last is the attacker's.",
		strings.TrimSuffix(pub.String(), "}")+`,"n":`+number(rsaOther.N)+"}").choice = "RFC 7517, Section 4: a parser refuses duplicate names, or takes the last"
	add("duplicate-kty-escaped", "RS256", badKey, "public", "7517-4-3 7515-10.13-2", "parser-differential", "kty is there twice, once with an escape, and the last is oct.",
		strings.TrimSuffix(pub.String(), "}")+`,"\u006bty":"oct","k":"`+b64(secret)+`"}`)
	add("duplicate-use", "RS256", badKey, "public", "7517-4.2-1 7517-4-3", "parser-differential", "use is there twice, and the last is enc.",
		strings.TrimSuffix(pub.String(), "}")+`,"use":"sig","use":"enc"}`)
	add("symmetric-member", "RS256", badKey, "public", "7517-4-4 7517-9.2-1", "key-confusion", "A public RSA key that has a secret in k as well.", pub.with("k", str(b64(secret))).String()).
		choice = "RFC 7517, Section 4: members that are not understood are ignored, and k is not one of an RSA key"

	for _, f := range jsonFaults {
		switch f.fault { // the whole list is in hostile-jws.json
		case "json-array", "json-string", "json-truncated", "json-trailing-text", "json-two-objects", "json-byte-order-mark", "json-comment",
			"json-trailing-comma", "json-single-quotes", "json-lone-high-surrogate", "utf8-invalid", "utf8-overlong", "json-leading-zero":
			r := add("jwk-"+f.fault, "ES512", badKey, "public", jsonReq("7517-4.1-3", f.req), "parser-differential", "The JWK: "+f.why, jsonFault(f.text, strings.Trim(ecMain.publicJWK().String(), "{}")))
			r.choice = f.choice
		}
	}
	add("jwk-nesting-32", "ES512", "", "public", "7517-4-4 8259-9-3", "control", "Members that are ignored may be nested; 32 levels with the JWK itself.", ecMain.publicJWK().with("note", nest(31)).String())
	add("jwk-nesting-33", "ES512", badKey, "public", "8259-9-3 7517-4-4", "resource-exhaustion", "One level more than package jose reads.", ecMain.publicJWK().with("note", nest(32)).String()).choice = noBound
	add("jwk-nesting-100000", "ES512", badKey, "public", "8259-9-3 7517-4-4", "resource-exhaustion", "A hundred thousand levels, which a recursive parser pays for with its stack.", ecMain.publicJWK().with("note", nest(100_000)).String()).choice = noBound
	add("jwk-2-mib", "ES512", badKey, "public", "8259-9-3 7517-4-4", "resource-exhaustion", "A member that is ignored and has two MiB.", ecMain.publicJWK().with("note", str(strings.Repeat("abcd", 2<<20/4))).String()).choice = noBound
	add("jwk-for-set", "ES512", badKey, "public", "7517-4.1-3", "framing", "A JWK Set where one key is expected.", set(ecMain.publicJWK()).String())
	return rows
}

// jwkSets are RFC 7517, Section 5.
func jwkSets() []row {
	var rows []row
	add := func(fault, class, req, tags, why, input string) *row {
		rows = append(rows, row{id: "jwk-set/" + fault + "/RS256", class: class, req: req, tags: tags, why: why, input: input})
		return &rows[len(rows)-1]
	}
	a, b := rsaMain.publicJWK().id("a"), rsaOther.publicJWK().id("b")
	list := func(more ...string) string { return `{"keys":[` + strings.Join(append(more, a.String()), ",") + `]}` }
	add("set-valid-two-keys", "", "7517-5-1 7517-5.1-1", "control", "Two keys with two kids.", set(a, b).String())
	add("set-valid-unknown-members", "", "7517-5-5", "control", "Members of a set that are not understood are ignored.", `{"ttl":300,"keys":[`+a.String()+`],"x":{"keys":[]}}`)
	add("set-same-kid-other-alg", "", "7517-4.5-1", "control", "One kid for an RSA and an EC key: keys for different algorithms may share it.", set(a, ecMain.publicJWK().id("a")).String()).choice = sharedKid
	add("set-no-kid", "", "7517-4.5-3", "control", "One key without a kid.", set(rsaMain.publicJWK()).String())
	add("set-use-mixed", "", "7517-4.2-1", "control", "A key for signatures beside one for encryption.", set(a.with("use", `"sig"`), b.with("use", `"enc"`)).String())
	for _, s := range []struct{ fault, req, key, why string }{
		{"set-skips-okp", "7517-5-7", `{"kty":"OKP","crv":"Ed25519","kid":"x","x":"` + b64(secret[:32]) + `"}`, "A kind of key that is not understood is skipped."},
		{"set-skips-unknown-kty", "7517-5-7", `{"kty":"XYZ","kid":"x"}`, "A kind of key that does not exist yet is skipped."},
		{"set-skips-p256", "7517-5-9", p256.publicJWK().id("x").String(), "A curve that is not supported is skipped."},
		{"set-skips-missing-member", "7517-5-8", `{"kty":"RSA","kid":"x","e":"AQAB"}`, "A key without a member that it must have is skipped."},
		{"set-skips-small-key", "7517-5-9", rsa1024.publicJWK().id("x").String(), "A key that is too small is skipped."},
		{"set-skips-point-not-on-curve", "7517-5-9", ecMain.publicJWK().with("y", ecMain.coordinate(one)).id("x").String(), "A point that is not on its curve is skipped."},
		{"set-skips-no-kty", "7517-5-8", `{"kid":"x"}`, "A key without kty is skipped."},
		{"set-skips-out-of-range", "7517-5-9", rsaMain.publicJWK().with("e", `"AQ"`).id("x").String(), "A public exponent out of range is skipped."},
		{"set-skips-unusable-same-kid", "7517-5-9 7517-4.5-1", rsa1024.publicJWK().id("a").String(), "A key that cannot be used does not collide with one that can."},
	} {
		add(s.fault, "", s.req, "control key-validation", s.why, list(s.key)).choice = maySkip
	}

	add("set-keys-missing", badKey, "7517-5-1", "framing", "keys must be there.", `{"ttl":300}`)
	add("set-keys-object", badKey, "7517-5-1", "type-confusion", "keys is an array.", `{"keys":`+a.String()+`}`)
	add("set-keys-null", badKey, "7517-5-1", "type-confusion", "keys is an array, not null.", `{"keys":null}`)
	add("set-keys-string", badKey, "7517-5-1", "type-confusion", "keys is an array, not a string.", `{"keys":"[]"}`)
	add("set-keys-empty", badKey, "7515-6-3 7517-5-1", "key-validation", "There is no key.", `{"keys":[]}`)
	add("set-keys-upper-case", badKey, "7517-5-1 7517-6-1", "parser-differential", "KEYS is not keys.", `{"KEYS":[`+a.String()+`]}`)
	add("set-all-unusable", badKey, "7515-6-3 7517-5-9", "key-validation", "No key is left.", `{"keys":[{"kty":"XYZ"},`+rsa1024.publicJWK().String()+`]}`)
	add("set-wrong-algorithm-only", badKey, "7515-6-3 7518-3.3-3", "key-validation", "There is no key for RS256.", set(ecMain.publicJWK().id("a")).String())
	add("set-element-number", badKey, "7517-5-1 7517-5-8", "type-confusion", "An element of keys is a number.", list("1")).choice = maySkip
	add("set-element-null", badKey, "7517-5-1 7517-5-8", "type-confusion", "An element of keys is null.", list("null")).choice = maySkip
	add("set-element-array", badKey, "7517-5-1 7517-5-8", "type-confusion", "An element of keys is an array of keys.", list("["+b.String()+"]")).choice = maySkip
	add("set-nested-set", "", "7517-5-8", "control framing", "An element of keys is a set itself, which has no kty: it is skipped.", list(set(b).String())).choice = maySkip
	add("set-array", badKey, "7517-5-1", "framing", "An array of keys without the object around it.", "["+a.String()+"]")
	add("set-single-jwk", badKey, "7517-5-1", "framing", "A key where a set is expected.", a.String())
	add("set-duplicate-kid", "", "7517-4.5-1", "key-confusion", "Two different keys for one algorithm have one kid: which of them it names is not said.", set(a, rsaOther.publicJWK().id("a")).String()).
		choice = distinctKids
	add("set-duplicate-key", "", "7517-4.5-1", "key-confusion", "A key is there twice, with its kid: there is one key.", set(a, a).String()).
		choice = distinctKids
	add("set-duplicate-no-kid", "", "7517-4.5-3", "key-confusion", "Two different keys for one algorithm have no kid.", set(rsaMain.publicJWK(), rsaOther.publicJWK()).String()).
		choice = "RFC 7517, Section 4.5: kid is optional"
	add("set-duplicate-kid-escaped", "", "7517-4.5-1 7515-10.13-1", "key-confusion parser-differential", "Two different keys have one kid, once with an escape.", set(a, rsaOther.publicJWK().with("kid", `"\u0061"`)).String()).
		choice = distinctKids
	add("set-private-and-public", badKey, "7517-9.2-1", "key-validation", "A private key beside a public one: it has been published.", set(a, rsaOther.privateJWK().id("b")).String()).
		choice = "no RFC forbids it; package jose refuses it"
	add("set-secret-and-public", badKey, "7517-9.2-1", "key-confusion", "A secret beside a public key: one of them is not what it should be.", set(a, octJWK(secret).id("b")).String()).
		choice = "no RFC forbids it; package jose refuses it"
	add("set-duplicate-keys-member", badKey, "7517-5-4", "parser-differential", "keys is there twice, and the last is the attacker's.", `{"keys":[`+a.String()+`],"keys":[`+b.String()+`]}`).
		choice = "RFC 7517, Section 5: a parser refuses duplicate names, or takes the last"
	add("set-duplicate-member-in-key", badKey, "7517-4-3", "parser-differential", "A key has e twice.", `{"keys":[`+strings.TrimSuffix(a.String(), "}")+`,"e":"AQAB"}]}`).
		choice = "RFC 7517, Section 4: a parser refuses duplicate names, or takes the last"
	add("set-trailing-text", badKey, "8259-2-1", "parser-differential", "Text follows the set.", set(a).String()+"x")
	add("set-trailing-comma", badKey, "8259-3-1", "parser-differential", "A comma after the last key.", `{"keys":[`+a.String()+`,]}`)
	add("set-truncated", badKey, "8259-3-1", "framing", "The end of the set is missing.", `{"keys":[`+a.String())
	add("set-byte-order-mark", badKey, "8259-8.1-3", "encoding", "A byte order mark before the set.", "\ufeff"+set(a).String()).
		choice = "RFC 8259, Section 8.1: a parser may ignore a byte order mark rather than treat it as an error"

	const bound = "no RFC states a bound on the number of keys"
	many := func(n int) string {
		return `{"keys":[` + a.String() + strings.Repeat(`,{"kty":"X"}`, n-1) + `]}`
	}
	add("set-256-keys", "", "8259-9-3", "control resource-exhaustion", "256 keys, the most that package jose reads; one can be used.", many(256)).choice = bound
	add("set-257-keys", badKey, "8259-9-3", "resource-exhaustion", "257 keys, one more than package jose reads.", many(257)).choice = bound
	add("set-2-mib", badKey, "8259-9-3", "resource-exhaustion", "A member of the set that is ignored and has two MiB.", a2mib(a)).choice = noBound
	add("set-50000-keys", badKey, "8259-9-3", "resource-exhaustion", "50,000 keys.", many(50_000)).choice = bound
	return rows
}

// sharedKid is the choice of who finds one kid on keys of two types.
const sharedKid = "RFC 7517, Section 4.5: different keys of a set should have different kids, and those of two types may share one where they are alternatives; a reader may refuse that"

// mayRequireKid is the choice of who finds a key without kid.
const mayRequireKid = "RFC 7515, Section 6: how a key is found is for the application to say; it may require kid"

func a2mib(k object) string {
	return set(k).with("x", str(strings.Repeat("abcd", 2<<20/4))).String()
}

// lookups are tokens whose key is looked up in a set, by their kid.
func lookups() []row {
	token := func(k rsaKey, members ...string) string {
		input := b64(header("RS256", members...)) + "." + b64(text)
		return input + "." + b64(k.sign(crypto.SHA256, input))
	}
	es := func(members ...string) string { return jws("ES512", header("ES512", members...), text) }
	return []row{
		{id: "lookup/kid-in-set/RS256", req: "7515-4.1.4-4 7517-4.5-4 7515-6-3 7515-4.1.1-2", tags: "control", why: "kid names the first of two keys.", key: "set-two", token: token(rsaMain, `"kid":"a"`)},
		{id: "lookup/kid-of-second-key/RS256", req: "7515-4.1.4-4 7517-4.5-4 8725-3.10-1", tags: "control", why: "kid names the second of two keys.", key: "set-two", token: token(rsaOther, `"kid":"b"`)},
		{id: "lookup/kid-escaped/RS256", req: "7515-5.3-1 7515-4.1.4-4", tags: "control", why: "kid is written with an escape.", key: "set-two", token: token(rsaMain, `"kid":"\u0061"`)},
		{id: "lookup/kid-missing-one-key/RS256", req: "7515-4.1.4-3 7515-6-2", tags: "key-confusion", choice: mayRequireKid, why: "Without kid there is only one key that fits.", key: "set-one", token: token(rsaMain)},
		{id: "lookup/kid-missing-one-of-mixed/RS256", req: "7515-4.1.4-3 7515-6-2", tags: "key-confusion", choice: mayRequireKid, why: "Without kid there is only one key that fits: the other is for another algorithm.", key: "set-mixed", token: token(rsaMain)},
		{id: "lookup/kid-shared/ES512", choice: sharedKid, req: "7517-4.5-1 7515-4.1.4-4", tags: "control", why: "The kid names an RSA and an EC key, of which one fits.", key: "set-same-kid", token: es(`"kid":"a"`)},
		{id: "lookup/kid-shared/RS256", choice: sharedKid, req: "7517-4.5-1 7515-4.1.4-4", tags: "control", why: "The kid names an RSA and an EC key, of which one fits.", key: "set-same-kid", token: token(rsaMain, `"kid":"a"`)},
		{id: "lookup/kid-missing-key-without-kid/RS256", req: "7515-4.1.4-3 7515-6-2", tags: "key-confusion", choice: mayRequireKid, why: "Neither the token nor the only key has a kid.", key: "set-no-kid", token: token(rsaMain)},
		{id: "lookup/kid-in-set/HS512", req: "7515-4.1.4-4 7517-4.5-4 7515-6-3 7515-4.1.1-2", tags: "control", why: "kid names the first of two secrets.", key: "set-secrets", token: jws("HS512", header("HS512", `"kid":"a"`), text)},
		{id: "lookup/secret-for-encryption/HS512", class: badKey, req: "7517-4.2-1", tags: "key-confusion", why: "The use of the secret is enc, and it is asked to verify.", key: "oct-use-enc", token: jws("HS512", header("HS512"), text)},
		{id: "lookup/secret-for-signing-alone/HS512", class: badKey, req: "7517-4.3-1", tags: "key-confusion", why: "The secret has key_ops without verify, and is asked to.", key: "oct-sign-only", token: jws("HS512", header("HS512"), text)},
		{id: "lookup/kid-missing-two-keys/HS512", class: unknownKey, req: "7515-6-3 7515-D-2", tags: "key-confusion", why: "Without kid, two secrets fit.", key: "set-secrets", token: jws("HS512", header("HS512"), text),
			choice: "RFC 7515, Section 6 and Appendix D: a recipient may try all keys that fit"},
		{id: "lookup/kid-not-in-set-blank-secret/HS512", class: unknownKey, req: "7515-6-3 7515-4.1.4-4 7515-5.2-13", tags: "key-injection", why: "No secret has this kid, and the MAC is keyed with nothing: a look-up without a result must not verify (CVE-2026-44351, CVE-2025-65945).", key: "set-secrets",
			token: hs512(nil, header("HS512", `"kid":"c"`), text)},
		{id: "lookup/kid-missing-two-keys/RS256", class: unknownKey, req: "7515-6-3 7515-D-2", tags: "key-confusion", why: "Without kid, two keys fit.", key: "set-two", token: token(rsaMain),
			choice: "RFC 7515, Section 6 and Appendix D: a recipient may try all keys that fit"},
		{id: "lookup/kid-not-in-set/RS256", class: unknownKey, req: "7515-4.1.4-1 7515-4.1.4-4", tags: "key-confusion", why: "No key has this kid; one that has another must not be tried.", key: "set-two", token: token(rsaMain, `"kid":"c"`),
			choice: mayTryAll},
		{id: "lookup/kid-not-in-set-of-one/RS256", class: unknownKey, req: "7515-4.1.4-1 7515-4.1.4-4", tags: "key-confusion", why: "The only key has another kid.", key: "set-one", token: token(rsaMain, `"kid":"c"`),
			choice: mayTryAll},
		{id: "lookup/kid-not-in-set-forged/RS256", class: unknownKey, req: "7515-5.2-13 7515-4.1.4-4 7515-6-3", tags: "key-injection", why: "No key has this kid, and the token is the attacker's.", key: "set-one", token: token(rsaOther, `"kid":"c"`)},
		{id: "lookup/kid-other-case/RS256", class: unknownKey, req: "7515-4.1.4-1 7515-4.1.4-2", tags: "key-confusion", why: "kid is case-sensitive.", key: "set-two", token: token(rsaMain, `"kid":"A"`),
			choice: mayTryAll},
		{id: "lookup/kid-empty/RS256", class: unknownKey, req: "7515-4.1.4-1 7515-4.1.4-4", tags: "key-confusion", why: "The empty kid is a kid, and no key has it.", key: "set-two", token: token(rsaMain, `"kid":""`),
			choice: mayTryAll},
		{id: "lookup/kid-of-other-key/RS256", class: signature, req: "7515-4.1.4-1 7515-4.1.4-4", tags: "key-confusion", why: "kid names one key, and the other has signed: only the named one counts.", key: "set-two", token: token(rsaOther, `"kid":"a"`),
			choice: mayTryAll},
		{id: "lookup/kid-of-other-algorithm/RS256", class: unknownKey, req: "7515-4.1.4-1 7515-4.1.1-2", tags: "key-confusion", why: "kid names a key for another algorithm.", key: "set-mixed", token: token(rsaMain, `"kid":"b"`),
			choice: mayTryAll},
		{id: "lookup/alg-of-other-key/RS256", class: algorithm, req: "8725-3.1-2 8725-3.1-5", tags: "algorithm-confusion", why: "A token by the ES512 key of the set, with the kid of the RS256 key, for who expects RS256.", key: "set-mixed", token: es(`"kid":"a"`)},
		{id: "lookup/alg-switched-by-kid/RS256", class: unknownKey, req: "8725-3.1-2 8725-3.1-5", tags: "algorithm-confusion", why: "A good token by the ES512 key of the set, for who expects RS256.", key: "set-mixed", token: es(`"kid":"b"`)},
		{id: "lookup/kid-path-traversal/RS256", class: unknownKey, req: "7515-5.2-13 7515-4.1.4-4 8725-3.10-1", tags: "key-injection", why: "kid leads to a file.", key: "set-one", token: token(rsaOther, `"kid":"../../../../../../dev/null"`)},
		{id: "lookup/kid-sql-injection/RS256", class: unknownKey, req: "7515-5.2-13 7515-4.1.4-4 8725-3.10-1", tags: "key-injection", why: "kid is part of a query.", key: "set-one", token: token(rsaOther, `"kid":"a' OR '1'='1"`)},
		{id: "lookup/kid-prototype/RS256", class: unknownKey, req: "7515-5.2-13 7515-4.1.4-4 8725-3.10-1", tags: "key-injection", why: "kid is the name of something that every object of JavaScript has.", key: "set-one", token: token(rsaOther, `"kid":"__proto__"`)},
		{id: "lookup/kid-trailing-nul/RS256", class: unknownKey, req: "7515-5.2-13 7515-4.1.4-2 8725-3.10-1", tags: "key-injection", why: "kid is that of the key up to a NUL, where a C string ends.", key: "set-one", token: token(rsaOther, `"kid":"a\u0000"`)},
		{id: "lookup/kid-with-embedded-jwk/RS256", class: signature, req: "7515-5.2-13 7515-4-4 7515-4.1.3-1", tags: "key-injection", why: "kid is that of the key, and the token brings another key with this kid (CVE-2018-0114).", key: "set-one",
			token: token(rsaOther, `"kid":"a"`, `"jwk":`+rsaOther.publicJWK().id("a").String())},
	}
}

// pemFiles are PEM files (RFC 7468).
func pemFiles() []row {
	var rows []row
	add := func(fault, alg, role, req, tags, why, input string) *row {
		rows = append(rows, row{id: "pem/" + fault + "/" + alg, class: badKey, role: role, req: req, tags: tags, why: why, input: input})
		return &rows[len(rows)-1]
	}
	private, public := armor("PRIVATE KEY", rsaMain.pkcs8()), armor("PUBLIC KEY", rsaMain.spki())
	const lenient = "RFC 7468, Section 2: a parser may be lenient"
	add("encrypted-pkcs8", "RS256", "private", "7468-11-1", "key-validation", "A key that is encrypted with a passphrase.", encryptedPKCS8PEM)
	add("encrypted-pkcs1", "RS256", "private", "7468-2-9", "key-validation", "A key that is encrypted in the old way of openssl.", encryptedPKCS1PEM)
	add("headers", "RS256", "private", "7468-2-9", "key-validation", "PEM with headers, as it was before RFC 7468; the key is not encrypted.",
		strings.Replace(private, "\n", "\nComment: none\n\n", 1)).choice = lenient
	add("headers-of-encryption", "RS256", "private", "7468-2-9", "key-validation", "Headers that say the key is encrypted, and it is not.",
		strings.Replace(private, "\n", "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00000000000000000000000000000000\n\n", 1)).choice = lenient
	add("two-private-keys", "RS256", "private", "7468-2-14", "key-confusion", "Two keys in one file: which one?", private+armor("PRIVATE KEY", rsaOther.pkcs8())).
		choice = "RFC 7468, Section 2 allows several blocks in a file; what they mean is for the application to say"
	add("two-public-keys", "RS256", "public", "7468-2-14", "key-confusion", "Two keys in one file: which one?", public+armor("PUBLIC KEY", rsaOther.spki())).
		choice = "RFC 7468, Section 2 allows several blocks in a file; what they mean is for the application to say"
	add("public-before-private", "RS256", "private", "7468-2-14", "key-confusion", "A public key of somebody else before the private one.", armor("PUBLIC KEY", rsaOther.spki())+private).
		choice = "RFC 7468, Section 2 allows several blocks in a file; what they mean is for the application to say"
	add("broken-block-before", "RS256", "public", "7468-2-7 7468-2-14", "parser-differential", "A block that is not base64 before a good one: releases of Go differ in which one they return.",
		"-----BEGIN PUBLIC KEY-----\n%%%%\n-----END PUBLIC KEY-----\n"+public).choice = lenient
	add("unclosed-block-before", "RS256", "public", "7468-2-7 7468-2-14", "parser-differential", "A block without an end before a good one.", "-----BEGIN PUBLIC KEY-----\n"+public).choice = lenient
	add("byte-order-mark", "RS256", "public", "7468-2-1", "encoding", "A byte order mark before the block.", "\ufeff"+public).choice = lenient
	add("label-of-pkcs1-body", "RS256", "public", "7468-13-1 7468-2-8", "parser-differential", "PUBLIC KEY around RSAPublicKey: the label says SubjectPublicKeyInfo.", armor("PUBLIC KEY", rsaMain.pkcs1Public())).choice = lenient
	add("label-of-spki-body", "RS256", "public", "7468-2-8", "parser-differential", "RSA PUBLIC KEY around SubjectPublicKeyInfo.", armor("RSA PUBLIC KEY", rsaMain.spki())).choice = lenient
	add("label-of-pkcs8-body", "RS256", "private", "7468-2-8", "parser-differential", "RSA PRIVATE KEY around PrivateKeyInfo.", armor("RSA PRIVATE KEY", rsaMain.pkcs8())).choice = lenient
	add("label-private-around-pkcs1", "RS256", "private", "7468-10-1 7468-2-8", "parser-differential", "PRIVATE KEY around RSAPrivateKey.", armor("PRIVATE KEY", rsaMain.pkcs1())).choice = lenient
	add("label-private-around-sec1", "ES512", "private", "7468-10-1 7468-2-8", "parser-differential", "PRIVATE KEY around ECPrivateKey.", armor("PRIVATE KEY", ecMain.sec1(oidP521))).choice = lenient
	add("label-ec-around-pkcs8", "ES512", "private", "7468-2-8", "parser-differential", "EC PRIVATE KEY around PrivateKeyInfo.", armor("EC PRIVATE KEY", ecMain.pkcs8())).choice = lenient
	add("label-rsa-around-ec", "ES512", "private", "7468-2-8", "parser-differential", "RSA PRIVATE KEY around ECPrivateKey.", armor("RSA PRIVATE KEY", ecMain.sec1(oidP521))).choice = lenient
	add("label-certificate-around-key", "RS256", "public", "7468-5.1-1 7468-2-8", "parser-differential", "CERTIFICATE around SubjectPublicKeyInfo.", armor("CERTIFICATE", rsaMain.spki())).choice = lenient
	add("label-unknown", "RS256", "public", "7468-2-8", "key-validation", "A label that nobody knows.", armor("SSH PUBLIC KEY", rsaMain.spki())).choice = lenient
	add("label-lower-case", "RS256", "public", "7468-2-6", "key-validation", "Labels are upper case.", strings.ReplaceAll(public, "PUBLIC KEY", "public key")).choice = lenient
	add("label-end-differs", "RS256", "public", "7468-2-5 7468-2-4", "parser-differential", "The label at the end is another one.", strings.Replace(public, "END PUBLIC", "END RSA PUBLIC", 1)).
		choice = "RFC 7468, Section 2: a parser may disregard the label at the end"
	add("certificate-request", "RS256", "public", "7468-2-8", "key-validation", "A certificate request is no certificate.", armor("CERTIFICATE REQUEST", dearmor(rsaCertPEM)))
	add("truncated", "RS256", "private", "7468-2-7", "framing", "The end of the file is missing.", private[:800])
	add("pkcs1-version-1-two-primes", "RS256", "private", "8017-A.1.2-1 8017-A.1.2-4", "key-validation", "The version of keys with more than two primes, and no more are there.", armor("RSA PRIVATE KEY", seq(small(1), rsaMain.pkcs1()[7:])))
	add("spki-set-for-sequence", "RS256", "public", "7468-13-1", "type-confusion", "A SET where a SEQUENCE has to be.", armor("PUBLIC KEY", append([]byte{0x31}, rsaMain.spki()[1:]...)))
	add("truncated-body", "RS256", "private", "7468-2-7", "framing", "A line in the middle of the base64 is missing.", removeLine(private, 5))
	add("body-empty", "RS256", "private", "7468-2-7", "framing", "Nothing between the two lines.", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n")
	add("private-for-public", "RS256", "public", "7468-13-1 7517-9.2-1", "key-confusion", "A private key where a public one is expected.", private).
		choice = "no RFC forbids it; package jose refuses it, since the key is then somewhere it should not be"
	add("public-for-private", "RS256", "private", "7468-10-1", "key-confusion", "A public key where a private one is needed.", public)
	add("certificate-for-private", "RS256", "private", "7468-10-1", "key-confusion", "A certificate where a private key is needed.", rsaCertPEM)
	add("pem-in-jwk", "RS256", "public", "7468-2-6", "framing", "PEM as a JSON string.", str(strings.ReplaceAll(public, "\n", `\n`)))
	add("ec-parameters-only", "ES512", "private", "7468-2-7", "framing", "The block that openssl writes before the key, without the key.", armor("EC PARAMETERS", oidP521))
	add("openssh", "RS256", "public", "7468-2-8", "key-validation", "A public key as OpenSSH writes it.", "ssh-rsa "+std64(sshRSA())+" user@host\n").
		choice = "no RFC says which key files a JOSE library reads"
	return rows
}

// sshRSA is a public key in the format of RFC 4253, Section 6.6, sshECDSA in
// that of RFC 5656, Section 3.1.
func sshRSA() []byte {
	return sshFields("ssh-rsa", string(rsaMain.E.Bytes()), "\x00"+string(rsaMain.N.Bytes()))
}

func sshECDSA() []byte {
	return sshFields("ecdsa-sha2-nistp521", "nistp521", string(ecMain.point()))
}

func sshFields(fields ...string) []byte {
	var out []byte
	for _, f := range fields {
		out = append(out, 0, 0, byte(len(f)>>8), byte(len(f)))
		out = append(out, f...)
	}
	return out
}

func removeLine(file string, n int) string {
	lines := strings.Split(file, "\n")
	return strings.Join(slices.Delete(lines, n, n+1), "\n")
}

// derFiles are DER files, and what is inside of PEM.
func derFiles() []row {
	var rows []row
	add := func(form, fault, alg, role, req, tags, why string, der []byte) *row {
		input := string(der)
		if form == "base64-der" {
			input = std64(der)
		}
		rows = append(rows, row{id: form + "/" + fault + "/" + alg, class: badKey, role: role, req: req, tags: tags, why: why, input: input})
		return &rows[len(rows)-1]
	}
	trail := func(der []byte) []byte { return append(slices.Clone(der), 0) }
	const e, v = "encoding", "key-validation"
	add("der", "trailing-octet-pkcs1", "RS256", "private", "8017-A.1.2-1", e, "An octet follows RSAPrivateKey.", trail(rsaMain.pkcs1()))
	add("der", "trailing-octet-pkcs8", "RS256", "private", "5958 2", e, "An octet follows PrivateKeyInfo; Go's crypto/x509 lets it pass.", trail(rsaMain.pkcs8()))
	add("der", "trailing-octet-pkcs8", "ES512", "private", "5958 2", e, "An octet follows PrivateKeyInfo; Go's crypto/x509 lets it pass.", trail(ecMain.pkcs8()))
	add("der", "trailing-octet-in-pkcs8", "RS256", "private", "5958 2", e, "An octet follows RSAPrivateKey inside of PrivateKeyInfo.", pkcs8(rsaAlgorithm, trail(rsaMain.pkcs1())))
	add("der", "trailing-octet-in-pkcs8", "ES512", "private", "5958 2", e, "An octet follows ECPrivateKey inside of PrivateKeyInfo; Go's crypto/x509 lets it pass.", pkcs8(ecAlgorithm, trail(ecMain.sec1(nil))))
	add("der", "trailing-octet-sec1", "ES512", "private", "5915 3", e, "An octet follows ECPrivateKey; Go's crypto/x509 lets it pass.", trail(ecMain.sec1(oidP521)))
	add("der", "trailing-octet-spki", "RS256", "public", "5280 4.1.2.7", e, "An octet follows SubjectPublicKeyInfo.", trail(rsaMain.spki()))
	add("der", "trailing-octet-in-spki", "RS256", "public", "5280 4.1.2.7", e, "An octet follows RSAPublicKey inside of SubjectPublicKeyInfo.", spki(rsaAlgorithm, trail(rsaMain.pkcs1Public())))
	add("der", "trailing-octet-in-spki", "ES512", "public", "5280 4.1.2.7", e, "An octet follows the point inside of SubjectPublicKeyInfo.", spki(ecAlgorithm, trail(ecMain.point())))
	add("der", "trailing-octet-pkcs1-public", "RS256", "public", "8017 A.1.1", e, "An octet follows RSAPublicKey.", trail(rsaMain.pkcs1Public()))
	add("base64-der", "trailing-octet-spki", "ES512", "public", "5280 4.1.2.7", e, "An octet follows SubjectPublicKeyInfo.", trail(ecMain.spki()))
	add("der", "truncated", "RS256", "private", "5958 2", "framing", "The last octet is missing.", rsaMain.pkcs8()[:len(rsaMain.pkcs8())-1])
	add("der", "spki-e-one", "RS256", "public", "8017-3.1-2 8725-3.4-1", v, "A public exponent of 1, which Go's crypto/x509 lets pass.", rsaKey{N: rsaMain.N, E: one}.spki())
	add("der", "spki-e-even", "RS256", "public", "8017-3.1-2 8725-3.4-1", v, "A public exponent of 2, which Go's crypto/x509 lets pass.", rsaKey{N: rsaMain.N, E: big.NewInt(2)}.spki())
	add("der", "spki-n-even", "RS256", "public", "8017-3.1-1 8725-3.4-1", v, "An even modulus.", rsaKey{N: plus(rsaMain.N, 1), E: rsaMain.E}.spki())
	add("der", "spki-n-negative", "RS256", "public", "8017-3.1-1 8725-3.4-1", v, "A negative modulus, which DER can express.", rsaKey{N: new(big.Int).Neg(rsaMain.N), E: rsaMain.E}.spki())
	add("der", "spki-e-negative", "RS256", "public", "8017-3.1-2 8725-3.4-1", v, "A negative public exponent, which DER can express.", rsaKey{N: rsaMain.N, E: big.NewInt(-3)}.spki())
	add("der", "spki-rsa-1024", "RS256", "public", "7518-3.3-1", v, "1024 bits; 2048 are the least.", rsa1024.spki())
	add("der", "spki-rsa-pss", "RS256", "public", "8725-3.1-4", "key-confusion", "An RSA key that is restricted to RSASSA-PSS.", spki(seq(oid(1, 2, 840, 113549, 1, 1, 10)), rsaMain.pkcs1Public()))
	add("der", "spki-rsa-oaep", "RS256", "public", "8725-3.1-4", "key-confusion", "An RSA key that is restricted to RSAES-OAEP.", spki(seq(oid(1, 2, 840, 113549, 1, 1, 7)), rsaMain.pkcs1Public()))
	add("der", "spki-e-zero", "RS256", "public", "8017-3.1-2 8725-3.4-1", v, "The public exponent is 0.", rsaKey{N: rsaMain.N, E: new(big.Int)}.spki())
	even := evenKey()
	add("der", "spki-unused-bits", "ES512", "public", "5280 4.1.2.7", e, "The last bit of the point, which is zero, is said not to be used.", seq(ecAlgorithm, tlv(0x03, []byte{1}, even.point())))
	add("der", "spki-set-for-sequence", "RS256", "public", "5280 4.1.2.7", "type-confusion", "A SET where a SEQUENCE has to be.", append([]byte{0x31}, rsaMain.spki()[1:]...))
	add("der", "spki-algorithm-set", "RS256", "public", "5280 4.1.1.2", "type-confusion", "AlgorithmIdentifier is a SET.", spki(tlv(0x31, oidRSA, null), rsaMain.pkcs1Public()))
	add("der", "spki-third-field", "RS256", "public", "5280 4.1.2.7", e, "A third field in SubjectPublicKeyInfo.", seq(rsaAlgorithm, bitString(rsaMain.pkcs1Public()), null))
	add("der", "pkcs1-public-third-number", "RS256", "public", "8017 A.1.1", e, "A third number in RSAPublicKey.", seq(integer(rsaMain.N), integer(rsaMain.E), small(1)))
	add("der", "spki-rsa-no-parameters", "RS256", "public", "8017-A.1-1", e, "The parameters of rsaEncryption are absent; RFC 3279, Section 2.3.1 demands NULL.", spki(seq(oidRSA), rsaMain.pkcs1Public())).
		choice = "RFC 5280, Section 4.1.1.2: whether there are parameters depends on the algorithm; a reader may do without"
	add("der", "spki-rsa-parameters", "RS256", "public", "8017-A.1-1", e, "rsaEncryption has parameters that are not NULL.", spki(seq(oidRSA, oidP521), rsaMain.pkcs1Public()))
	add("der", "spki-p256", "ES512", "public", "7518-3.4-1", v, "A P-256 key for ES512.", spki(seq(oidECKey, oidP256), p256.point()))
	add("der", "spki-curve-of-other-point", "ES512", "public", "8725-3.4-1", v, "A point of P-256 that says it is of P-521.", spki(ecAlgorithm, p256.point()))
	add("der", "spki-not-on-curve", "ES512", "public", "8725-3.4-1", v, "The point is not on the curve.", spki(ecAlgorithm, ecKey{ecMain.curve, nil, ecMain.X, plus(ecMain.Y, 1)}.point()))
	add("der", "spki-infinity", "ES512", "public", "8725-3.4-1", v, "The point at infinity.", spki(ecAlgorithm, []byte{0}))
	add("der", "spki-compressed-point", "ES512", "public", "5280 4.1.2.7", e, "A compressed point.", spki(ecAlgorithm, append([]byte{2 + byte(ecMain.Y.Bit(0))}, ecMain.octets(ecMain.X)...))).
		choice = "RFC 5480, Section 2.2: support for compressed points is optional"
	add("der", "spki-explicit-curve", "ES512", "public", "7518-3.4-1", v, "The curve is given by its parameters: with another generator, signatures can be forged (CVE-2020-0601).", spki(seq(oidECKey, explicitP521()), ecMain.point()))
	add("der", "spki-ed25519", "ES512", "public", "7518-3.4-1", "key-confusion", "An Ed25519 key for ES512.", spki(seq(oidEd25519), secret[:32]))
	add("der", "spki-rsa-for-es512", "ES512", "public", "7518-3.4-1", "key-confusion", "An RSA key for ES512.", rsaMain.spki())
	add("der", "spki-ec-for-rs256", "RS256", "public", "7518-3.3-3", "key-confusion", "A P-521 key for RS256.", ecMain.spki())
	add("der", "sec1-d-of-other-key", "ES512", "private", "5915 3", v, "The public point is another key's; Go's crypto/x509 lets it pass.", ecKey{ecMain.curve, ecMain.D, ecOther.X, ecOther.Y}.sec1(oidP521)).
		level = hardening
	add("der", "pkcs8-d-of-other-key", "ES512", "private", "5958 2", v, "The public point is another key's; Go's crypto/x509 lets it pass.", ecKey{ecMain.curve, ecMain.D, ecOther.X, ecOther.Y}.pkcs8()).
		level = hardening
	add("der", "sec1-d-zero", "ES512", "private", "5915 3", v, "d is 0.", ecKey{ecMain.curve, new(big.Int), ecMain.X, ecMain.Y}.sec1(oidP521)).
		level = hardening
	add("der", "sec1-d-order", "ES512", "private", "5915 3", v, "d is the order of the group.", ecKey{ecMain.curve, ecMain.curve.Params().N, ecMain.X, ecMain.Y}.sec1(oidP521)).
		level = hardening
	add("der", "sec1-d-negative", "ES512", "private", "5915 3", v, "d is an INTEGER, and negative; it has to be an OCTET STRING.",
		seq(small(1), integer(new(big.Int).Neg(ecMain.D)), tlv(0xa0, oidP521), tlv(0xa1, bitString(ecMain.point()))))
	add("der", "sec1-version-2", "ES512", "private", "5915 3", v, "A version that does not exist.",
		seq(small(2), tlv(0x04, ecMain.octets(ecMain.D)), tlv(0xa0, oidP521), tlv(0xa1, bitString(ecMain.point()))))
	add("der", "sec1-fields-swapped", "ES512", "private", "5915 3", e, "The public key stands before the curve.",
		seq(small(1), tlv(0x04, ecMain.octets(ecMain.D)), tlv(0xa1, bitString(ecMain.point())), tlv(0xa0, oidP521)))
	add("der", "sec1-unknown-field", "ES512", "private", "5915 3", e, "A field that does not exist follows the public key.",
		seq(small(1), tlv(0x04, ecMain.octets(ecMain.D)), tlv(0xa0, oidP521), tlv(0xa1, bitString(ecMain.point())), tlv(0xa2, null)))
	add("der", "sec1-curve-twice", "ES512", "private", "5915 3", e, "The curve is there twice, P-256 first.",
		seq(small(1), tlv(0x04, ecMain.octets(ecMain.D)), tlv(0xa0, oidP256), tlv(0xa0, oidP521), tlv(0xa1, bitString(ecMain.point()))))
	add("der", "sec1-other-curve", "ES512", "private", "5915 3", v, "A key of P-521 that says it is of P-256.", ecMain.sec1(oidP256))
	add("der", "sec1-trailing-octet-in-curve", "ES512", "private", "5915 3", e, "Something follows the curve inside of its field.", ecMain.sec1(append(slices.Clone(oidP521), null...)))
	add("der", "sec1-empty-public-key", "ES512", "private", "5915 3", v, "The public key is there, and has no octets.",
		seq(small(1), tlv(0x04, ecMain.octets(ecMain.D)), tlv(0xa0, oidP521), tlv(0xa1, bitString(nil))))
	add("der", "sec1-public-key-unused-bits", "ES512", "private", "5915 3", e, "The last bit of the public key, which is zero, is said not to be used.",
		seq(small(1), tlv(0x04, even.octets(even.D)), tlv(0xa0, oidP521), tlv(0xa1, tlv(0x03, []byte{1}, even.point()))))
	add("der", "sec1-short-d", "ES512", "private", "5915 3", e, "d without its leading zero octet; its length has to be that of the order.",
		seq(small(1), tlv(0x04, ecMain.octets(ecMain.D)[1:]), tlv(0xa0, oidP521), tlv(0xa1, bitString(ecMain.point())))).
		choice = "RFC 5915, Section 3 fixes the length; old versions of libraries wrote fewer octets, and readers took them"
	add("der", "sec1-no-public-key", "ES512", "private", "5915 3", "control", "The public key is optional.",
		seq(small(1), tlv(0x04, ecMain.octets(ecMain.D)), tlv(0xa0, oidP521)))
	rows[len(rows)-1].class = ""
	add("der", "pkcs8-version-7", "RS256", "private", "5958 2", v, "A version that does not exist.", seq(small(7), rsaAlgorithm, tlv(0x04, rsaMain.pkcs1())))
	add("der", "pkcs8-version-2", "RS256", "private", "5958 2", v, "OneAsymmetricKey: version 2 with the public key behind the private one.",
		seq(small(1), rsaAlgorithm, tlv(0x04, rsaMain.pkcs1()), tlv(0x81, []byte{0}, rsaMain.pkcs1Public()))).
		choice = "RFC 5958, Section 2 has this version, RFC 5208 before it has not"
	add("der", "pkcs8-attributes", "RS256", "private", "5958 2", "control", "Attributes behind the key are allowed.",
		seq(small(0), rsaAlgorithm, tlv(0x04, rsaMain.pkcs1()), tlv(0xa0)))
	rows[len(rows)-1].class = ""
	add("der", "pkcs8-null-after-key", "RS256", "private", "5958 2", e, "NULL where only attributes may be.", seq(small(0), rsaAlgorithm, tlv(0x04, rsaMain.pkcs1()), null))
	add("der", "pkcs8-attributes-twice", "RS256", "private", "5958 2", e, "Attributes are there twice.", seq(small(0), rsaAlgorithm, tlv(0x04, rsaMain.pkcs1()), tlv(0xa0), tlv(0xa0)))
	add("der", "pkcs1-version-2", "RS256", "private", "8017-A.1.2-1", v, "A version that does not exist.", seq(small(2), rsaMain.pkcs1()[7:]))
	add("der", "pkcs1-version-1-two-primes", "RS256", "private", "8017-A.1.2-1 8017-A.1.2-4", v, "The version of keys with more than two primes, and no more are there.", seq(small(1), rsaMain.pkcs1()[7:]))
	add("der", "pkcs1-primes-negative", "RS256", "private", "8017-3.2-2", v, "p and q are negative, and their product is n.",
		with(rsaMain, func(k *rsaKey) { k.P, k.Q = new(big.Int).Neg(k.P), new(big.Int).Neg(k.Q) }).pkcs1())
	add("der", "pkcs1-d-negative", "RS256", "private", "8017-3.2-1", v, "d is negative, with the right residue.",
		with(rsaMain, func(k *rsaKey) { k.D = new(big.Int).Sub(k.D, k.phi()) }).pkcs1())
	add("der", "pkcs1-missing-coefficient", "RS256", "private", "8017-A.1.2-1", "framing", "The last number is missing.", seq(rsaMain.pkcs1()[4:len(rsaMain.pkcs1())-len(integer(rsaMain.QI))]))
	add("der", "sec1-p256", "ES512", "private", "7518-3.4-1", v, "A P-256 key for ES512.", p256.sec1(oidP256))
	add("der", "sec1-no-curve", "ES512", "private", "5915 3", v, "The curve is not stated.", ecMain.sec1(nil))
	add("der", "pkcs1-d-wrong", "RS256", "private", "8017-3.2-1", v, "d is another number.", with(rsaMain, func(k *rsaKey) { k.D = plus(k.D, 2) }).pkcs1())
	add("der", "pkcs1-dp-wrong", "RS256", "private", "8017-3.2-3", v, "dP is another number: one faulty signature reveals the key.", with(rsaMain, func(k *rsaKey) { k.DP = plus(k.DP, 2) }).pkcs1())
	add("der", "pkcs1-dq-wrong", "RS256", "private", "8017-3.2-3", v, "dQ is another number: one faulty signature reveals the key.", with(rsaMain, func(k *rsaKey) { k.DQ = plus(k.DQ, 2) }).pkcs1())
	add("der", "pkcs1-qinv-wrong", "RS256", "private", "8017-3.2-4", v, "qInv is another number: one faulty signature reveals the key.", with(rsaMain, func(k *rsaKey) { k.QI = plus(k.QI, 1) }).pkcs1())
	add("der", "pkcs1-p-wrong", "RS256", "private", "8017-3.2-2", v, "p times q is not n.", with(rsaMain, func(k *rsaKey) { k.P = plus(k.P, 2) }).pkcs1())
	add("der", "pkcs1-rsa-1024", "RS256", "private", "7518-3.3-1", v, "1024 bits; 2048 are the least.", rsa1024.pkcs1())
	add("der", "pkcs1-multi-prime", "RS256", "private", "8017-3.2-5 8017-A.1.2-2", v, "A key of three primes.", dearmor(rsaMultiPEM)).
		choice = "RFC 8017, Section 3.2 allows more than two primes; RFC 7518, Section 6.3.2.7 makes support for them optional"
	add("der", "pkcs1-for-decrypt-rsa-2047", "RSA-OAEP", "private", "7518-4.3-3", v, "2047 bits, one less than the least.", rsa2047.pkcs1())
	add("der", "pkcs8-ed25519", "ES512", "private", "7518-3.4-1", "key-confusion", "An Ed25519 key for ES512.", pkcs8(seq(oidEd25519), tlv(0x04, secret[:32])))
	add("der", "pkcs8-rsa-algorithm-of-ec", "ES512", "private", "5958 2", "type-confusion", "PrivateKeyInfo says RSA, and ECPrivateKey is inside.", pkcs8(rsaAlgorithm, ecMain.sec1(oidP521)))
	add("der", "ber-indefinite-length", "RS256", "public", "5280 4.1", e, "An indefinite length, BER and not DER.", slices.Concat([]byte{0x30, 0x80}, rsaMain.spki()[4:], []byte{0, 0}))
	add("der", "ber-long-length", "RS256", "public", "5280 4.1", e, "A length in more octets than needed, BER and not DER.", slices.Concat([]byte{0x30, 0x83, 0}, rsaMain.spki()[2:]))
	add("der", "integer-padded", "RS256", "public", "5280 4.1", e, "An integer with a zero octet more than needed, BER and not DER.", spki(rsaAlgorithm, seq(tlv(0x02, []byte{0, 0}, rsaMain.N.Bytes()), integer(rsaMain.E))))
	add("der", "length-claims-4-gib", "RS256", "public", "5280 4.1", "resource-exhaustion", "A length of four GiB, and a few octets.", append([]byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff}, rsaMain.spki()[4:]...))
	add("der", "nothing-known", "RS256", "public", "5280 4.1", "framing", "Octets that are no key.", secret)
	wrapped := std64(rsaMain.spki())
	rows = append(rows, row{id: "base64-der/wrapped-lines/RS256", req: "4648-3.1-1", tags: "encoding", why: "The base64 in lines of 64 characters, PEM without its first and last line.",
		choice: "RFC 4648, Section 3.1: line feeds only where the referring specification allows them, and none speaks of this form",
		input:  strings.Join([]string{wrapped[:64], wrapped[64:128], wrapped[128:]}, "\n") + "\n"})
	for _, f := range []struct{ fault, req, why, input string }{
		{"standard-alphabet-expected", "4648-5-2", "base64url where base64 is: it has - and _.", b64(rsaMain.spki())},
		{"character-outside", "4648-3.3-1", "A character that base64 does not have.", strings.Replace(std64(rsaMain.spki()), "M", "*", 1)},
		{"truncated-text", "4648-3.2-1", "The last group of four is missing.", std64(rsaMain.spki())[:len(std64(rsaMain.spki()))-4]},
		{"hexadecimal", "4648-3.3-1 4648-3.2-1", "Hexadecimal instead of base64.", fmt.Sprintf("%x", rsaMain.spki())},
	} {
		rows = append(rows, row{id: "base64-der/" + f.fault + "/RS256", class: badKey, req: f.req, tags: "encoding", why: f.why, input: f.input})
	}
	return rows
}

// evenKey returns the key ec, or its negative, whichever has an even y.
func evenKey() ecKey {
	k := ecMain
	if k.Y.Bit(0) == 1 {
		k.D = new(big.Int).Sub(k.curve.Params().N, k.D)
		k.Y = new(big.Int).Sub(k.curve.Params().P, k.Y)
	}
	return k
}

// with returns k with one number changed.
func with(k rsaKey, edit func(k *rsaKey)) rsaKey {
	edit(&k)
	return k
}

// explicitP521 is ECParameters of P-521, with twice the generator for the
// generator (RFC 3279, Section 2.3.5).
func explicitP521() []byte {
	p := ecMain.curve.Params()
	a := new(big.Int).Sub(p.P, big.NewInt(3))
	g := ecKey{curve: ecMain.curve}
	g.X, g.Y = double(p.P, a, p.Gx, p.Gy)
	return seq(small(1), seq(oid(1, 2, 840, 10045, 1, 1), integer(p.P)),
		seq(tlv(0x04, g.octets(a)), tlv(0x04, g.octets(p.B))), tlv(0x04, g.point()), integer(p.N), small(1))
}

// double doubles a point of y^2 = x^3 + ax + b modulo p.
func double(p, a, x, y *big.Int) (x2, y2 *big.Int) {
	slope := new(big.Int).Mul(x, x)
	slope.Mul(slope, big.NewInt(3)).Add(slope, a)
	slope.Mul(slope, new(big.Int).ModInverse(new(big.Int).Lsh(y, 1), p))
	x2 = new(big.Int).Mul(slope, slope)
	x2.Sub(x2, x).Sub(x2, x).Mod(x2, p)
	y2 = new(big.Int).Sub(x, x2)
	y2.Mul(y2, slope).Sub(y2, y).Mod(y2, p)
	return x2, y2
}

// certificates are X.509 certificates, of which only the key is taken.
func certificates() []row {
	var rows []row
	add := func(fault, alg, req, tags, why, input string) {
		rows = append(rows, row{id: "certificate/" + fault + "/" + alg, class: badKey, req: req, tags: tags, why: why, input: input})
	}
	der := dearmor(rsaCertPEM)
	add("p256", "ES512", "7518-3.4-1", "key-validation", "A P-256 key for ES512.", p256CertPEM)
	add("rsa-for-es512", "ES512", "7518-3.4-1", "key-confusion", "An RSA key for ES512.", rsaCertPEM)
	add("trailing-octet", "RS256", "5280 4.1", "encoding", "An octet follows the certificate.", armor("CERTIFICATE", append(slices.Clone(der), 0)))
	add("fourth-field", "RS256", "5280 4.1", "encoding", "A fourth field in Certificate.", armor("CERTIFICATE", seq(append(slices.Clone(der[4:]), null...))))
	add("truncated-certificate", "RS256", "5280 4.1", "framing", "The last octet is missing.", armor("CERTIFICATE", der[:len(der)-1]))
	for _, k := range []struct {
		fault, req, why string
		key             rsaKey
	}{
		{"exponent-one", "8017-3.1-2 8725-3.4-1", "A public exponent of 1.", rsaKey{N: rsaMain.N, E: one}},
		{"exponent-even", "8017-3.1-2 8725-3.4-1", "A public exponent of 2.", rsaKey{N: rsaMain.N, E: big.NewInt(2)}},
		{"modulus-even", "8017-3.1-1 8725-3.4-1", "An even modulus.", rsaKey{N: plus(rsaMain.N, 1), E: rsaMain.E}},
		{"rsa-1024", "7518-3.3-1", "1024 bits; 2048 are the least.", rsa1024},
	} {
		add(k.fault, "RS256", k.req, "key-validation", k.why, armor("CERTIFICATE", certificate(k.key.spki())))
	}
	rows = append(rows, row{id: "certificate/valid-other-issuer/RS256", req: "5280 4.1", tags: "control",
		why:   "The relative of the certificates with bad keys, signed by another key: a certificate is read for its key, and nothing is said of its chain.",
		input: armor("CERTIFICATE", certificate(rsaMain.spki()))})
	rows = append(rows, row{id: "certificate/expired/RS256", req: "5280 4.1.2.5", tags: "key-validation", why: "The validity of the certificate has ended.",
		choice: "no JOSE RFC says that a key from a certificate is to be checked with it; package jose takes the key, and leaves path validation to crypto/x509",
		input:  armor("CERTIFICATE", expiredCertificate())})
	rows = append(rows, row{id: "certificate/chain-of-two/RS256", class: badKey, req: "7468-2-14", tags: "key-confusion", why: "Two certificates in one file: which one?",
		choice: "RFC 7468, Section 2 allows several blocks in a file; what they mean is for the application to say", input: rsaCertPEM + rsaOtherCertPEM})
	return rows
}

// certificate is a certificate of the key (RFC 5280, Section 4.1), issued by
// the key rsa-other.
func certificate(spki []byte) []byte {
	return certificateUntil("21260101000000Z", spki)
}

func expiredCertificate() []byte { return certificateUntil("20260102000000Z", rsaMain.spki()) }

func certificateUntil(notAfter string, spki []byte) []byte {
	return certificateOf(notAfter, hostileName, spki, nil)
}

var hostileName = seq(tlv(0x31, seq(oid(2, 5, 4, 3), tlv(0x0c, []byte("Hostile corpus")))))

// certificateOf is a certificate with this subject, and with extensions unless
// they are nil.
func certificateOf(notAfter string, subject, spki, extensions []byte) []byte {
	sha256WithRSA := seq(oid(1, 2, 840, 113549, 1, 1, 11), null)
	validity := seq(tlv(0x17, []byte("260101000000Z")), tlv(0x18, []byte(notAfter)))
	tbs := seq(tlv(0xa0, small(2)), small(1), sha256WithRSA, hostileName, validity, subject, spki, extensions)
	return seq(tbs, sha256WithRSA, bitString(rsaOther.sign(crypto.SHA256, string(tbs))))
}
