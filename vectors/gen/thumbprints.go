package main

import (
	"crypto"
	"strings"
)

// thumbprints are keys of which the SHA-256 thumbprint is asked (RFC 7638). The
// last part of their ids is the type of the key.
func thumbprints() []row {
	rsaKey, ecKey := rsaMain.publicJWK(), ecMain.publicJWK()
	member := func(o object, name string) string { return strings.Trim(o.get(name), `"`) }
	of := func(canonical string) string { return b64(digest(crypto.SHA256, canonical)) }
	rsaPrint := of(`{"e":"` + member(rsaKey, "e") + `","kty":"RSA","n":"` + member(rsaKey, "n") + `"}`)
	ecPrint := of(`{"crv":"P-521","kty":"EC","x":"` + member(ecKey, "x") + `","y":"` + member(ecKey, "y") + `"}`)

	var rows []row
	add := func(fault, kty, req, output, choice, why, input string) {
		r := row{id: "thumbprint/" + fault + "/" + kty, req: req, why: why, choice: choice, input: input, output: output, tags: "parser-differential"}
		if output == "" {
			r.class = badKey
		} else {
			r.tags = "control"
		}
		rows = append(rows, r)
	}
	add("valid-rsa", "RSA", "7638-3.2-3 7638-3-2", rsaPrint, "", "e, kty and n count, in this order.", rsaKey.String())
	add("valid-ec", "EC", "7638-3.2-2 7638-3-2", ecPrint, "", "crv, kty, x and y count, in this order; x and y begin with a zero octet, which stays.", ecKey.String())
	add("valid-members-in-other-order", "EC", "7638-3.3-1 7638-3-1", ecPrint, "", "The order of the members and the white space between them mean nothing: the input of the hash has an order of its own.",
		"{ \"y\" : "+ecKey.get("y")+",\n \"kty\":\"EC\", \"x\":"+ecKey.get("x")+", \"crv\":\"P-521\" }\n")
	add("valid-optional-members", "RSA", "7638-3.2-1 7638-3-1", rsaPrint, "", "Members that are not required do not count, whatever they sort before.",
		rsaKey.with("alg", `"RS256"`).with("use", `"sig"`).with("kid", `"a"`).with("f", "1").with("a", `{"kty":"EC"}`).String())
	add("valid-private-rsa", "RSA", "7638-3.2.1-1 7638-3.2-1", rsaPrint, "", "A private key has the thumbprint of its public key.", rsaMain.privateJWK().String())
	add("valid-private-ec", "EC", "7638-3.2.1-1 7638-3.2-1", ecPrint, "", "A private key has the thumbprint of its public key.", ecMain.privateJWK().String())
	add("valid-escapes", "RSA", "7638-3.3-2 7638-4-2 7638-7-1", rsaPrint, "", "Names and values are written with escapes, and none is in the input of the hash.",
		strings.NewReplacer(`"kty"`, `"\u006bty"`, `"RSA"`, `"\u0052SA"`, `"AQAB"`, `"AQA\u0042"`).Replace(rsaKey.String()))

	add("n-missing", "RSA", "7638-3.2-3 7518-6.3.1-1", "", "", "n is missing, which is required.", rsaKey.without("n").String())
	add("n-in-certificate-only", "RSA", "7638-3.2-1 7518-6.3.1-1", "", "", "n is missing, and x5c has it: a member that is not required stands for none that is.",
		rsaKey.without("n").with("x5c", `["`+std64(dearmor(rsaCertPEM))+`"]`).String())
	add("y-missing", "EC", "7638-3.2-2 7518-6.2.1-2", "", "", "y is missing, which is required: there are no compressed points in JWK.", ecKey.without("y").String())
	add("kty-missing-in-thumbprint", "EC", "7517-4.1-3 7638-3.2-2", "", "", "kty is missing: what the required members are is not known.", ecKey.without("kty").String())
	add("e-as-number", "RSA", "7518-6.3.1.2-1 7638-3.2-3", "", "", "e is a JSON number, of which there are several spellings.", rsaKey.with("e", "65537").String())
	add("value-that-needs-an-escape", "RSA", "7638-3.3-2 7518-6.3.1.1-1", "", "", "n has a quotation mark, which would stand in the input of the hash with an escape, or as the end of n.",
		rsaKey.with("n", str(`\",\"x\":\"`+member(rsaKey, "n"))).String())
	add("n-with-padding", "RSA", "7518-6.3.1.1-1 7515-2-1 7638-7-3", "", "", "n has padding: a second thumbprint for the same key.", rsaKey.with("n", str(member(rsaKey, "n")+"==")).String())
	add("e-with-leading-zero", "RSA", "7638-7-3 7518-2-1", "", "RFC 7518, Section 2: Base64urlUInt has the minimum number of octets; a reader may be lenient",
		"e has a leading zero octet: a second thumbprint for the same key.", rsaKey.with("e", `"AAEAAQ"`).String())
	add("text-behind", "RSA", "7638-7-1 8259-2-1", "", "", "Text follows the JWK.", rsaKey.String()+"x")
	add("duplicate-kty", "RSA", "7517-4-3 7638-7-1", "", "", "kty is there twice, and the last one is no type: both choices of RFC 7517, Section 4 refuse the key.",
		strings.TrimSuffix(rsaKey.String(), "}")+`,"kty":"none"}`)
	add("secret", "oct", "7638-3.2-4 7638-7-2", "", "RFC 7638, Section 7: the thumbprint of a secret is not for parties that do not have it; package jose computes none",
		"A secret, of which k and kty count: its thumbprint lets who has guessed it know.", octJWK(secret).String())
	return rows
}
