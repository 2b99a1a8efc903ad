package main

import (
	"fmt"
	"math/big"
	"strings"
)

// noPrimeBound is the choice of who is handed an RSA key whose factors are
// small enough to be found.
const noPrimeBound = "RFC 8017, Section 3.1 has a product of odd primes, and no RFC says how large each of them has to be"

// rsaFactors are RSA keys whose numbers are an RSA key's, and protect nothing:
// one prime is short enough to be found.
func rsaFactors() []row {
	var rows []row
	add := func(prefix, fault, class, role, req, why, input string) {
		rows = append(rows, row{id: prefix + "/" + fault + "/RS256", class: class, role: role, req: req, tags: "key-validation", why: why, choice: noPrimeBound, input: input})
	}
	times := func(factor int64) rsaKey {
		return rsaKey{N: new(big.Int).Mul(rsaMain.N, big.NewInt(factor)), E: rsaMain.E}
	}
	for _, factor := range []int64{3, 5, 17, 751} {
		add("jwk", fmt.Sprintf("rsa-n-factor-%d", factor), badKey, "public", "8017-3.1-1",
			fmt.Sprintf("%d is a factor of the modulus, which a division by the small primes finds. What is left may be as easy: such a modulus comes from octets that were damaged or made up.", factor), times(factor).publicJWK().String())
	}
	add("jwk", "rsa-n-factor-757", "", "public", "8017-3.1-1", "757 is a factor of the modulus, the first prime beyond those below 752 that certification authorities are required to look for; where to stop is nobody's to say.", times(757).publicJWK().String())
	add("der", "spki-n-factor-3", badKey, "public", "8017-3.1-1", "3 is a factor of the modulus.", string(times(3).spki()))
	add("pem", "spki-n-factor-5", badKey, "public", "8017-3.1-1", "5 is a factor of the modulus.", armor("PUBLIC KEY", times(5).spki()))
	add("certificate", "n-factor-17", badKey, "public", "8017-3.1-1", "17 is a factor of the modulus.", armor("CERTIFICATE", certificate(times(17).spki())))

	for _, c := range []struct {
		fault, class, why string
		p, q              *big.Int
	}{
		{"rsa-prime-65539", badKey, "A prime of 17 bits and one of 2034: the modulus is long enough, and trial division finds its factors.", big.NewInt(65539), number16(prime2034)},
		{"rsa-prime-511-bits", badKey, "A prime of 511 bits and one of 1538: the modulus is as long as the product of two good primes, and easier to factor.", number16(prime511), number16(prime1538)},
		{"rsa-prime-512-bits", "", "A prime of 512 bits and one of 1538: primes need not have one length.", number16(prime512), number16(prime1538)},
	} {
		k := consistent(c.p, c.q)
		add("jwk", c.fault, c.class, "private", "8017-3.2-2", c.why, k.privateJWK().String())
		add("der", strings.Replace(c.fault, "rsa", "pkcs8", 1), c.class, "private", "8017-3.2-2", c.why, string(k.pkcs8()))
		swapped := consistent(c.q, c.p)
		add("jwk", c.fault+"-second", c.class, "private", "8017-3.2-2", c.why+" It is the second of the two.", swapped.privateJWK().String())
	}
	return rows
}

// pkcs8Attributes are PrivateKeyInfo whose attributes are not what they have to
// be, while the key is: attributes [0] IMPLICIT SET OF SEQUENCE of an OBJECT
// IDENTIFIER and a SET OF values (RFC 5958, Section 2).
func pkcs8Attributes() []row {
	var rows []row
	add := func(fault, class, tags, why string, content ...[]byte) *row {
		rows = append(rows, row{id: "der/pkcs8-attribute" + fault + "/RS256", class: class, role: "private", req: "5958 2", tags: tags, why: why, input: string(attributed(content...))})
		return &rows[len(rows)-1]
	}
	localKeyID := oid(1, 2, 840, 113549, 1, 9, 21)
	value := tlv(0x04, []byte{1})
	good := seq(localKeyID, tlv(0x31, value))
	nested := func(n int) []byte {
		v := null
		for range n {
			v = seq(v)
		}
		return v
	}
	const e, t = "encoding", "type-confusion"
	add("-local-key-id", "", "control", "The attribute that tools write into a PKCS #12 file and leave there: an identifier of the key.", good)
	add("s-two", "", "control", "Two attributes.", good, seq(oid(2, 5, 4, 13), tlv(0x31, tlv(0x0c, []byte("signer")))))
	add("s-no-element", badKey, e, "The attributes are three octets that are no element of DER.", []byte{0xff, 0xff, 0xff})
	add("s-null", badKey, t, "NULL where an attribute has to be.", null)
	add("s-octets", badKey, t, "An OCTET STRING where an attribute has to be.", value)
	add("s-set-around", badKey, t, "The attributes are in a SET inside of [0], whose tag is implicit and stands for it.", tlv(0x31, good))
	add("-set", badKey, t, "An attribute is a SET.", tlv(0x31, localKeyID, tlv(0x31, value)))
	add("-without-type", badKey, t, "An attribute without an OBJECT IDENTIFIER.", seq(tlv(0x31, value)))
	add("-type-number", badKey, t, "An attribute whose type is an INTEGER.", seq(small(1), tlv(0x31, value)))
	add("-without-values", badKey, t, "An attribute without its SET of values.", seq(localKeyID))
	add("-values-sequence", badKey, t, "The values of an attribute are in a SEQUENCE.", seq(localKeyID, seq(value)))
	add("-third-field", badKey, e, "A third field in an attribute.", seq(localKeyID, tlv(0x31, value), null))
	add("-truncated-value", badKey, "framing", "The value of an attribute says that it has five octets, and one is there.", seq(localKeyID, tlv(0x31, []byte{0x04, 5, 1})))
	add("-value-no-element", badKey, e, "In a value that is a SEQUENCE there is something that is no element of DER.", seq(localKeyID, tlv(0x31, seq([]byte{0x04, 5, 1}))))
	add("-value-long-length", badKey, e, "The length of a value in more octets than needed, BER and not DER.", seq(localKeyID, tlv(0x31, []byte{0x04, 0x81, 1, 1}))).
		choice = "RFC 7468, Section 10: the encoding is BER, and DER preferred"
	add("-value-indefinite", badKey, e, "An indefinite length of a value that is a SEQUENCE, BER and not DER.", seq(localKeyID, tlv(0x31, []byte{0x30, 0x80, 0x05, 0, 0, 0}))).
		choice = "RFC 7468, Section 10: the encoding is BER, and DER preferred"
	add("-value-16-deep", "", "control", "A value that nests 16 deep.", seq(localKeyID, tlv(0x31, nested(16))))
	add("-value-1000-deep", badKey, "resource-exhaustion", "A value that nests a thousand deep, which a recursive parser pays for with its stack.", seq(localKeyID, tlv(0x31, nested(1000)))).
		choice = "no RFC states a bound on the nesting of a value"
	return rows
}
