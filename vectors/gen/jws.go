package main

import (
	"crypto"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"hash"
	"math/big"
	"slices"
	"strings"
)

func jwsRows() []row {
	return slices.Concat(
		jwsControls(), jwsAlgorithm(), jwsKeyConfusion(), jwsKeyInjection(),
		jwsRSA(), jwsECDSA(), jwsHMAC(), jwsTampering(),
		jwsEncoding(), jwsFraming(), jwsHeaderJSON(), jwsHeaderTypes(),
		jwsCrit(), jwsDuplicates(), jwsResources(),
	)
}

// header returns a header of alg and more members, which are JSON text.
func header(alg string, more ...string) string {
	return `{"alg":"` + alg + `"` + strings.Join(append([]string{""}, more...), ",") + "}"
}

// jwsControls are tokens that have to be accepted.
func jwsControls() []row {
	rows := []row{
		{id: "jws/valid/RS256", req: "7518-3.3-3 7515-5.2-4 7515-10.6-1 7515-2-3", why: "A plain RS256 token.", token: jws("RS256", header("RS256"), text)},
		{id: "jws/valid/ES512", req: "7518-3.4-9 7518-3.4-1 7518-3.4-8 7515-5.2-12", why: "A plain ES512 token.", token: jws("ES512", header("ES512"), text)},
		{id: "jws/valid/HS512", req: "7518-3.2-2 7518-3.2-5 7515-5.2-14 7515-4.1.1-1", why: "A plain HS512 token.", token: jws("HS512", header("HS512"), text)},
		{id: "jws/valid-empty-payload/RS256", req: "7515-2-4 7515-F-1", why: "The payload may be any octets, also none.",
			token: jws("RS256", header("RS256"), ""), payload: emptyPayload},
		{id: "jws/valid-empty-payload/ES512", req: "7515-2-4 7515-F-1", why: "The payload may be any octets, also none.",
			token: jws("ES512", header("ES512"), ""), payload: emptyPayload},
		{id: "jws/valid-empty-payload/HS512", req: "7515-2-4 7515-F-1", why: "The payload may be any octets, also none.",
			token: jws("HS512", header("HS512"), ""), payload: emptyPayload},
		{id: "jws/valid-binary-payload/RS256", req: "7515-2-4 7515-5.2-11", why: "The payload is any sequence of octets, not text.",
			token: jws("RS256", header("RS256"), "\x00\xff\xfe\x80"), payload: "\x00\xff\xfe\x80"},
		{id: "jws/valid-exponent-3/RS256", req: "8017-3.1-2 8017-8.2.2-5", why: "A public exponent of 3 is legal; the forgeries with this key are not.",
			token: e3Token(rsaE3.raw(rsaE3.pad(digestInfo(crypto.SHA256, e3Input)))), key: "rsa-e3"},
	}
	for _, h := range []struct{ fault, header, why, req string }{
		{"valid-typ-and-cty", `{"typ":"JOSE","alg":"HS512","cty":"json"}`, "alg need not be first, and typ and cty are the application's.", "7515-4.1.9-1 7515-4.1.10-1 7515-4.1.1-5"},
		{"valid-unknown-member", `{"alg":"HS512","nonce":"n-0S6_WzA2Mj","http://example.com/x":{"a":[1,2]}}`, "Members that are not understood are ignored.", "7515-4-5 8259-3-1 7515-5.2-5"},
		{"valid-white-space", " {\r\n\t\"alg\" : \"HS512\"\n} \n", "White space around JSON tokens is insignificant, and signed as it stands.", "8259-2-1 7515-3-1 7515-10.12-4"},
		{"valid-escaped-name", `{"\u0061lg":"HS512"}`, "An escaped name is the same name: comparison is after unescaping.", "7515-5.3-1 7515-10.13-2"},
		{"valid-escaped-value", `{"alg":"\u0048S512"}`, "An escaped value is the same value.", "7515-5.3-1 7515-10.13-1 7515-4.1.1-4"},
		{"valid-non-ascii", `{"alg":"HS512","note":"Zürich € 𝄞 \uD834\uDD1E"}`, "A header is UTF-8, beyond the basic plane too, also as a pair of surrogates.", "7515-5.2-6 8259-7-3 7515-10.13-4 8259-8.1-1"},
		{"valid-kid-unused", `{"alg":"HS512","kid":"any"}`, "kid is a hint; a verifier that has one key needs none.", "7515-4.1.4-1 7515-4.1.4-2"},
		{"valid-upper-case-alg-beside", `{"alg":"HS512","ALG":"none"}`, "Names are case-sensitive: ALG is another member, and is ignored.", "7515-5.3-2 7515-10.13-3 7515-4-5 7518-3.6-5"},
		{"valid-upper-case-alg-before", `{"Alg":"none","alg":"HS512"}`, "Names are case-sensitive: Alg is another member, and is ignored.", "7515-5.3-2 7515-10.13-3 7515-4-5 7515-4-2"},
		{"valid-null-member", `{"alg":"HS512","exp":null}`, "A member that is not understood may be null.", "7515-4-5 8259-3-2"},
		{"valid-prototype-names", `{"alg":"HS512","__proto__":{"crit":["x"]},"constructor":1,"":2}`, "Names that a language may treat as special are ordinary members.", "7515-4-5 8259-9-1 8259-7-1"},
		{"valid-nesting-32", `{"alg":"HS512","x":` + nest(31) + `}`, "A member that is ignored may be nested; 32 levels with the header itself.", "7515-4-5 8259-9-3"},
		{"valid-nesting-32-objects", `{"alg":"HS512","x":` + nestObjects(31) + `}`, "A member that is ignored may be nested, in objects; 32 levels with the header itself.", "7515-4-5 8259-9-3 7515-10.12-1"},
		{"valid-hints", header("HS512", `"jku":"https://a.example/k"`, `"x5u":"https://a.example/c"`, `"x5c":["`+std64(dearmor(rsaCertPEM))+`"]`,
			`"x5t":"`+b64(digest(crypto.SHA1, string(dearmor(rsaCertPEM))))+`"`, `"x5t#S256":"`+b64(digest(crypto.SHA256, string(dearmor(rsaCertPEM))))+`"`,
			`"jwk":`+rsaMain.publicJWK().String()),
			"Key hints in the header are no fault, as long as the verifier's own key is used.", "7515-4-4 7515-6-1"},
		{"valid-header-16384", fillHeader(16384), "A header of 16,384 octets is the largest that package jose reads.", "8259-9-3 7515-4-5"},
	} {
		rows = append(rows, row{id: "jws/" + h.fault + "/HS512", req: h.req, why: h.why, token: jws("HS512", h.header, text)})
	}
	rows = append(rows,
		row{id: "jws/valid-embedded-jwk/RS256", req: "7515-4-4 7515-4.1.3-1", why: "A jwk that happens to be the verifier's key is no fault.",
			token: jws("RS256", header("RS256", `"jwk":`+rsaMain.publicJWK().String()), text)},
		row{id: "jws/valid-embedded-foreign-jwk/ES512", req: "7515-4-4 7515-4.1.3-1", why: "A jwk that is somebody else's is a hint that is ignored: the signature is by the verifier's key.",
			token: jws("ES512", header("ES512", `"jwk":`+ecOther.publicJWK().String()), text)},
	)
	for i := range rows {
		rows[i].tags = "control"
		switch {
		case strings.Contains(rows[i].id, "16384"):
			rows[i].choice = noBound
		case strings.Contains(rows[i].id, "empty-payload"):
			rows[i].choice = emptyOrDetached
		}
	}
	return rows
}

// noBound is the choice of who is handed something large.
const noBound = "no RFC states a bound on size or nesting; RFC 8259, Section 9 allows one"

// emptyOrDetached is the choice of who is handed a compact token whose payload
// segment is empty, and no payload beside it.
const emptyOrDetached = "RFC 7515, Section 2 allows an empty payload, and Appendix F writes the token of a detached one in the same form: a verifier may take the segment for either"

// nest returns n arrays in each other, nestObjects n objects.
func nest(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

func nestObjects(n int) string {
	return strings.Repeat(`{"":`, n-1) + "{}" + strings.Repeat("}", n-1)
}

// fillHeader returns an HS512 header of n octets.
func fillHeader(n int) string {
	h := header("HS512", `"x":""`)
	return strings.Replace(h, `"x":"`, `"x":"`+strings.Repeat("a", n-len(h)), 1)
}

// e3Input is what the tokens of the key with exponent 3 sign.
var e3Input = b64(header("RS256")) + "." + b64(text)

func e3Token(sig []byte) string { return e3Input + "." + b64(sig) }

// jwsAlgorithm are headers whose alg is not one of ours, or no algorithm. The
// signature is right in all of them, by what alg says where that exists.
func jwsAlgorithm() []row {
	var rows []row
	add := func(fault, alg, class, req, why, token string) {
		rows = append(rows, row{id: "jws/" + fault + "/" + alg, class: class, req: req, why: why, tags: "algorithm-confusion", token: token})
	}
	unsecured := func(h string) string { return b64(h) + "." + b64(text) + "." }
	for _, alg := range []string{"RS256", "ES512", "HS512"} {
		add("alg-none", alg, unsupported, "7518-3.6-5 8725-3.2-6", "The attack known as alg none (CVE-2020-15957, CVE-2026-28802): an unsecured token is offered where a signed one is expected.", unsecured(header("none")))
	}
	for _, spelling := range []string{"None", "NONE", "nOnE"} {
		add("alg-none-spelled-"+spelling, "RS256", unsupported, "7515-4.1.1-1 7515-4.1.1-4", "alg none in another case, past a filter for the lower-case name.", unsecured(header(spelling)))
	}
	add("alg-none-escaped", "RS256", unsupported, "7518-3.6-5 7515-5.3-1", "alg none with an escape, past a filter for the text.", unsecured(`{"alg":"\u006eone"}`))
	add("alg-none-with-space", "RS256", unsupported, "7515-4.1.1-1 7515-4.1.1-4", "alg none with a space after it, past a filter for the name.", unsecured(header("none ")))
	add("alg-none-with-signature", "RS256", unsupported, "7518-3.6-5 7518-3.6-3", "alg none over a signature that would be right for RS256.", jws("RS256", header("none"), text))
	add("alg-none-with-signature", "HS512", unsupported, "7518-3.6-5 7518-3.6-3", "alg none over a MAC that would be right for HS512.", jws("HS512", header("none"), text))
	add("alg-empty", "RS256", unsupported, "7515-4.1.1-1", "alg is the empty string, the zero value of a variable.", jws("RS256", header(""), text))
	add("alg-empty-unsigned", "HS512", unsupported, "7515-4.1.1-1", "alg is the empty string and there is no signature: a look-up without a result must not verify.", unsecured(header("")))
	add("alg-unknown-unsigned", "ES512", unsupported, "7515-4.1.1-1", "alg is unknown and there is no signature.", unsecured(header("XX512")))
	add("alg-missing", "RS256", malformed, "7515-4.1.1-5 7515-5.2-15", "alg must be present.", jws("RS256", `{"typ":"JWT"}`, text))
	add("alg-missing", "ES512", malformed, "7515-4.1.1-5 7515-5.2-15", "alg must be present.", jws("ES512", `{"typ":"JWT"}`, text))
	add("alg-missing", "HS512", malformed, "7515-4.1.1-5 7515-5.2-15", "alg must be present.", jws("HS512", `{"typ":"JWT"}`, text))
	add("alg-upper-case-name", "RS256", malformed, "7515-4.1.1-5 7515-5.3-2 7515-10.13-3", "Names are case-sensitive: with ALG there is no alg. Go's encoding/json folds case.", jws("RS256", `{"ALG":"RS256"}`, text))
	add("alg-mixed-case-name", "HS512", malformed, "7515-4.1.1-5 7515-5.3-2 7515-10.13-3", "Names are case-sensitive: with Alg there is no alg.", jws("HS512", `{"Alg":"HS512"}`, text))
	add("alg-lower-case", "RS256", unsupported, "7515-4.1.1-4 7515-5.3-2", "alg is case-sensitive.", jws("RS256", header("rs256"), text))
	add("alg-lower-case", "ES512", unsupported, "7515-4.1.1-4 7515-5.3-2", "alg is case-sensitive.", jws("ES512", header("es512"), text))
	add("alg-lower-case", "HS512", unsupported, "7515-4.1.1-4 7515-5.3-2", "alg is case-sensitive.", jws("HS512", header("hs512"), text))
	add("alg-trailing-space", "RS256", unsupported, "7515-4.1.1-1 7515-5.3-2", "alg with a space after it is another string.", jws("RS256", header("RS256 "), text))
	add("alg-leading-space", "HS512", unsupported, "7515-4.1.1-1 7515-5.3-2", "alg with a space before it is another string.", jws("HS512", header(" HS512"), text))
	add("alg-trailing-nul", "RS256", unsupported, "7515-4.1.1-1 7515-5.3-2", "alg with a NUL after it, where a C string would end, is another string.", jws("RS256", header(`RS256\u0000`), text))
	add("alg-prefix", "RS256", unsupported, "7515-4.1.1-1 7515-5.3-2", "alg is compared whole, not by its beginning.", jws("RS256", header("RS"), text))
	add("alg-longer", "RS256", unsupported, "7515-4.1.1-1 7515-5.3-2", "alg is compared whole, not by its beginning.", jws("RS256", header("RS256K"), text))
	add("alg-lookalike", "RS256", unsupported, "7515-5.3-2 7515-10.13-1 7515-4.1.1-1", "The R of alg is a full-width letter: strings are compared by code points, without normalization.", jws("RS256", header("ＲS256"), text))
	add("alg-object-identifier", "RS256", unsupported, "7515-4.1.1-1", "alg is a registered name and no object identifier, nor a name of Java or W3C.", jws("RS256", header("1.2.840.113549.1.1.11"), text))
	add("alg-jca-name", "RS256", unsupported, "7515-4.1.1-1", "The name of the algorithm in Java's JCA is no alg.", jws("RS256", header("SHA256withRSA"), text))
	add("alg-of-encryption", "RS256", unsupported, "7515-4.1.1-1 7516-9-4", "An algorithm for encrypting keys signs nothing.", jws("RS256", header("RSA-OAEP"), text))
	add("alg-of-encryption-256", "RS256", unsupported, "7515-4.1.1-1 7516-9-4", "An algorithm for encrypting keys signs nothing.", jws("RS256", header("RSA-OAEP-256"), text))

	// Algorithms out of scope, each rightly made with the verifier's own key.
	outOfScope := "The signature is right, but the key is for one algorithm and this is another one."
	with := func(h string, sign func(input string) []byte) string {
		token := b64(h) + "." + b64(text)
		return token + "." + b64(sign(token))
	}
	for alg, h := range map[string]crypto.Hash{"RS384": crypto.SHA384, "RS512": crypto.SHA512, "RS1": crypto.SHA1} {
		add("alg-"+alg, "RS256", unsupported, "8725-3.1-2 8725-3.1-4", outOfScope, with(header(alg), func(in string) []byte { return rsaMain.sign(h, in) }))
	}
	for alg, h := range map[string]crypto.Hash{"PS256": crypto.SHA256, "PS384": crypto.SHA384, "PS512": crypto.SHA512} {
		add("alg-"+alg, "RS256", unsupported, "8725-3.1-2 8725-3.1-4", outOfScope, with(header(alg), func(in string) []byte { return rsaMain.signPSS(h, in) }))
	}
	for alg, h := range map[string]crypto.Hash{"ES256": crypto.SHA256, "ES384": crypto.SHA384, "ES256K": crypto.SHA256} {
		add("alg-"+alg, "ES512", unsupported, "8725-3.1-2 8725-3.1-4", "The key signed, with the hash of another algorithm.", with(header(alg), func(in string) []byte { return ecMain.sign(h, in) }))
	}
	add("alg-EdDSA", "ES512", unsupported, "8725-3.1-2 7515-4.1.1-2", "EdDSA is no algorithm of a P-521 key.", jws("ES512", header("EdDSA"), text))
	add("alg-ES521", "ES512", unsupported, "7515-4.1.1-1", "The algorithm is named after SHA-512, not after the curve P-521.", jws("ES512", header("ES521"), text))
	for alg, h := range map[string]func() hash.Hash{"HS256": sha256.New, "HS384": sha512.New384} {
		add("alg-"+alg, "HS512", unsupported, "8725-3.1-2 8725-3.1-4", "The MAC is right for "+alg+", but the secret is for HS512.", with(header(alg), func(in string) []byte { return mac(h, secret, in) }))
	}
	add("alg-HS512-256", "HS512", unsupported, "7515-4.1.1-1", "A truncated HMAC under a name that is not registered.", with(header("HS512/256"), func(in string) []byte { return mac(sha512.New512_256, secret, in) }))
	slices.SortStableFunc(rows, func(a, b row) int { return strings.Compare(a.id, b.id) }) // maps were walked

	// Algorithms in scope, but not the key's.
	other := "The algorithm is supported, but not the one that the key is bound to."
	add("alg-ES512-for-rsa-key", "RS256", algorithm, "8725-3.1-2 8725-3.1-5 7515-4.1.1-2", other, jws("ES512", header("ES512"), text))
	add("alg-RS256-for-ec-key", "ES512", algorithm, "8725-3.1-2 8725-3.1-5 7515-4.1.1-2", other, jws("RS256", header("RS256"), text))
	add("alg-RS256-for-secret", "HS512", algorithm, "8725-3.1-2 8725-3.1-5 7515-4.1.1-2", other, jws("RS256", header("RS256"), text))
	add("alg-ES512-for-secret", "HS512", algorithm, "8725-3.1-2 8725-3.1-5 7515-4.1.1-2", other, jws("ES512", header("ES512"), text))
	add("alg-HS512-over-rs256", "RS256", algorithm, "8725-3.1-2 8725-3.1-5 7515-4.1.1-2", "The header says HS512 over a signature that is right for RS256.", jws("RS256", header("HS512"), text))
	return rows
}

// jwsKeyConfusion are HS512 tokens whose secret is a form of the verifier's
// public key.
func jwsKeyConfusion() []row {
	trim := func(s string) string { return strings.TrimSuffix(s, "\n") }
	confusions := map[string]string{ // where a form of the key has an advisory of its own
		"pkcs1-pem":                  "CVE-2017-11424, CVE-2023-48223",
		"spki-pem-after-white-space": "CVE-2026-34950",
		"openssh":                    "CVE-2022-29217, CVE-2024-33663",
		"jwk":                        "CVE-2026-48526",
	}
	var rows []row
	for _, k := range []struct {
		alg   string
		forms [][2]string
	}{
		{"RS256", [][2]string{
			{"spki-pem", armor("PUBLIC KEY", rsaMain.spki())},
			{"spki-pem-without-line-end", trim(armor("PUBLIC KEY", rsaMain.spki()))},
			{"spki-pem-after-white-space", "\n " + armor("PUBLIC KEY", rsaMain.spki())},
			{"spki-pem-one-line", strings.ReplaceAll(armor("PUBLIC KEY", rsaMain.spki()), "\n", "")},
			{"spki-der", string(rsaMain.spki())},
			{"spki-base64", std64(rsaMain.spki())},
			{"pkcs1-pem", armor("RSA PUBLIC KEY", rsaMain.pkcs1Public())},
			{"pkcs1-der", string(rsaMain.pkcs1Public())},
			{"jwk", rsaMain.publicJWK().String()},
			{"modulus", string(rsaMain.N.Bytes())},
			{"modulus-base64url", b64(rsaMain.N.Bytes())},
			{"certificate-pem", rsaCertPEM},
			{"certificate-der", string(dearmor(rsaCertPEM))},
			{"openssh", "ssh-rsa " + std64(sshRSA()) + " user@host"},
		}},
		{"ES512", [][2]string{
			{"spki-pem", armor("PUBLIC KEY", ecMain.spki())},
			{"spki-der", string(ecMain.spki())},
			{"spki-base64", std64(ecMain.spki())},
			{"jwk", ecMain.publicJWK().String()},
			{"point", string(ecMain.point())},
			{"x", string(ecMain.octets(ecMain.X))},
			{"certificate-pem", ecCertPEM},
			{"openssh", "ecdsa-sha2-nistp521 " + std64(sshECDSA()) + " user@host"},
		}},
	} {
		for _, form := range k.forms {
			named := confusions[form[0]]
			if named == "" || form[0] == "openssh" && k.alg == "RS256" { // those two had refused ssh-rsa before
				named = "CVE-2015-2951, CVE-2015-9235, CVE-2016-5431, CVE-2016-10555, CVE-2023-48238"
			}
			rows = append(rows, row{
				id: "jws/key-confusion-" + form[0] + "/" + k.alg, class: algorithm, req: "8725-3.1-2 8725-3.1-5 7515-10.7-1", tags: "algorithm-confusion key-confusion",
				why:   "Key confusion, " + k.alg + " to HS512 (" + named + "): the MAC is keyed with the public key, as " + form[0] + ".",
				token: hs512([]byte(form[1]), header("HS512"), text),
			})
		}
	}
	// The same for a verifier that has a secret: an attacker guesses it.
	for _, s := range []struct{ fault, secret, why string }{
		{"empty-secret", "", "The MAC is keyed with nothing, or with zeros, which is the same to HMAC: the blank secret of CVE-2019-20933 and CVE-2026-45363."},
		{"secret-is-its-path", "/etc/keys/hs512.key", "The MAC is keyed with the path of a key file, not with its content (CVE-2021-41106)."},
		{"guessed-secret", "secret", "The MAC is keyed with the word of the tutorials."},
		{"secret-in-base64url", b64(secret), "The MAC is keyed with the text of k, not with the octets that it encodes."},
		{"secret-as-jwk", octJWK(secret).String(), "The MAC is keyed with the whole JWK."},
		{"secret-in-hexadecimal", secretHex, "The MAC is keyed with the secret in hexadecimal."},
		{"secret-first-half", string(secret[:32]), "The MAC is keyed with the first half of the secret."},
	} {
		rows = append(rows, row{id: "jws/" + s.fault + "/HS512", class: signature, req: "7515-5.2-13 7518-3.2-2", tags: "key-confusion signature-forgery",
			why: s.why, token: hs512([]byte(s.secret), header("HS512"), text)})
	}
	return rows
}

// jwsKeyInjection are tokens by the attacker that bring their own key, or say
// where it is.
func jwsKeyInjection() []row {
	certificate := std64(dearmor(rsaOtherCertPEM))
	rs := func(member string) string {
		input := b64(header("RS256", member)) + "." + b64(text)
		return input + "." + b64(rsaOther.sign(crypto.SHA256, input))
	}
	es := func(member string) string {
		input := b64(header("ES512", member)) + "." + b64(text)
		return input + "." + b64(ecOther.sign(crypto.SHA512, input))
	}
	hs := func(key, member string) string { return hs512([]byte(key), header("HS512", member), text) }
	rows := []row{
		{id: "jws/other-key/RS256", why: "Signed by another key of the right kind.", req: "7515-5.2-13", token: rs(`"typ":"JWT"`)},
		{id: "jws/other-key/ES512", why: "Signed by another key of the right kind.", req: "7515-5.2-13", token: es(`"typ":"JWT"`)},
		{id: "jws/other-key/HS512", why: "The MAC is by another secret.", req: "7515-5.2-13", token: hs(string(secret2), `"typ":"JWT"`)},
		{id: "jws/embedded-jwk/RS256", why: "CVE-2018-0114, and CVE-2026-27962: the token brings the key that verifies it.", req: "7515-5.2-13 7515-4-4 7515-4.1.3-1",
			token: rs(`"jwk":` + rsaOther.publicJWK().String())},
		{id: "jws/embedded-jwk/ES512", why: "CVE-2018-0114: the token brings the key that verifies it.", req: "7515-5.2-13 7515-4-4 7515-4.1.3-1",
			token: es(`"jwk":` + ecOther.publicJWK().String())},
		{id: "jws/embedded-jwk/HS512", why: "CVE-2018-0114 with a secret: the token brings the key of its MAC.", req: "7515-5.2-13 7515-4-4 7515-4.1.3-1",
			token: hs(string(secret2), `"jwk":`+octJWK(secret2).String())},
		{id: "jws/embedded-jwk-with-kid/RS256", why: "The embedded key carries the kid that the verifier may know.", req: "7515-5.2-13 7515-4-4 7515-4.1.3-1",
			token: rs(`"kid":"a","jwk":` + rsaOther.publicJWK().id("a").String())},
		{id: "jws/embedded-private-jwk/RS256", why: "The token brings a whole private key.", req: "7515-5.2-13 7515-4-4 7515-4.1.3-1",
			token: rs(`"jwk":` + rsaOther.privateJWK().String())},
		{id: "jws/jku-injected/RS256", why: "The token says where the key set is that verifies it.", req: "7515-5.2-13 7515-4-4 8725-3.10-2",
			token: rs(`"kid":"a","jku":"https://attacker.example/jwks.json"`)},
		{id: "jws/jku-file/RS256", why: "jku names a file of the verifier.", req: "7515-5.2-13 7515-4-4 8725-3.10-2", token: rs(`"jku":"file:///etc/passwd"`)},
		{id: "jws/x5u-injected/RS256", why: "The token says where the certificate is that verifies it.", req: "7515-5.2-13 7515-4-4 8725-3.10-2",
			token: rs(`"x5u":"https://attacker.example/cert.pem"`)},
		{id: "jws/x5c-injected/RS256", why: "The token brings a certificate, self-signed, that verifies it.", req: "7515-5.2-13 7515-4-4 7515-4.1.6-4",
			token: rs(`"x5c":["` + certificate + `"]`)},
		{id: "jws/x5t-injected/RS256", why: "The token names the attacker's certificate by its SHA-1 thumbprint.", req: "7515-5.2-13 7515-4-4 7515-4.1.7-1",
			token: rs(`"x5t":"` + b64(digest(crypto.SHA1, string(dearmor(rsaOtherCertPEM)))) + `"`)},
		{id: "jws/x5t-s256-injected/RS256", why: "The token names the attacker's certificate by its SHA-256 thumbprint.", req: "7515-5.2-13 7515-4-4 7515-4.1.8-1",
			token: rs(`"x5t#S256":"` + b64(digest(crypto.SHA256, string(dearmor(rsaOtherCertPEM)))) + `"`)},
		{id: "jws/kid-path-traversal/HS512", why: "kid leads to an empty file, and the MAC is keyed with nothing.", req: "7515-5.2-13 7515-4.1.4-1 8725-3.10-1",
			token: hs("", `"kid":"../../../../../../dev/null"`)},
		{id: "jws/kid-file-of-known-content/HS512", why: "kid leads to a file whose content everybody knows.", req: "7515-5.2-13 7515-4.1.4-1 8725-3.10-1",
			token: hs("2\n", `"kid":"/proc/sys/kernel/randomize_va_space"`)},
		{id: "jws/kid-sql-injection/HS512", why: "kid makes a query return the attacker's secret.", req: "7515-5.2-13 7515-4.1.4-1 8725-3.10-1",
			token: hs("attacker", `"kid":"x' UNION SELECT 'attacker' -- "`)},
		{id: "jws/kid-command-injection/HS512", why: "kid would run a command, were it handed to a shell.", req: "7515-5.2-13 7515-4.1.4-1 8725-3.10-1",
			token: hs("", `"kid":"key; cat /dev/null |"`)},
		{id: "jws/kid-ldap-injection/HS512", why: "kid would widen an LDAP search to any entry (RFC 8725 names LDAP).", req: "7515-5.2-13 7515-4.1.4-1 8725-3.10-1",
			token: hs("attacker", `"kid":"*)(uid=*"`)},
		{id: "jws/kid-url/HS512", why: "kid looks like the place of a key.", req: "7515-5.2-13 7515-4.1.4-1 8725-3.10-1",
			token: hs("attacker", `"kid":"https://attacker.example/secret.txt"`)},
		{id: "jws/kid-nul/HS512", why: "kid ends early for code that uses C strings.", req: "7515-5.2-13 7515-4.1.4-1 8725-3.10-1",
			token: hs("", `"kid":"a\u0000.pem"`)},
	}
	for i := range rows {
		rows[i].class, rows[i].tags = signature, "key-injection"
		if strings.Contains(rows[i].id, "other-key") {
			rows[i].tags = "signature-forgery"
		}
	}
	return rows
}

// found returns the first of the numbered texts that ok likes.
func found(ok func(payload string) bool) string {
	for i := 0; ; i++ {
		if payload := fmt.Sprintf("payload %d", i); ok(payload) {
			return payload
		}
	}
}

// jwsRSA are RS256 signatures (RFC 8017, Section 8.2.2).
func jwsRSA() []row {
	good := jws("RS256", header("RS256"), text)
	input := signingInput(good)
	sig := rsaMain.sign(crypto.SHA256, input)
	n := rsaMain.N

	// A signature that begins with a zero octet, and so has room for n too.
	signed := func(payload string) *big.Int {
		return new(big.Int).SetBytes(rsaMain.sign(crypto.SHA256, b64(header("RS256"))+"."+b64(payload)))
	}
	short := found(func(p string) bool { return signed(p).BitLen() <= 2040 })
	shortToken := jws("RS256", header("RS256"), short)

	rows := []row{
		{id: "jws/valid-leading-zero-signature/RS256", req: "8017-8.2.2-1 7518-3.3-3 8017-8.2.2-2", tags: "control", why: "A signature that begins with a zero octet keeps it.",
			token: shortToken, payload: short},
		{id: "jws/signature-plus-modulus/RS256", class: signature, req: "8017-8.2.2-2", tags: "signature-malleability",
			why:   "The modulus is added to the signature: the same residue, but not below the modulus.",
			token: withSignature(shortToken, new(big.Int).Add(signed(short), n).Bytes())},
		{id: "jws/signature-leading-zero-stripped/RS256", class: malformed, req: "8017-8.2.2-1 7518-3.3-3", tags: "signature-malleability",
			why:   "A leading zero octet is taken away: 255 octets for a modulus of 256.",
			token: withSignature(shortToken, signed(short).Bytes())},
		{id: "jws/signature-leading-zero-added/RS256", class: malformed, req: "8017-8.2.2-1 7518-3.3-3", tags: "signature-malleability",
			why:   "A zero octet is put before the signature: 257 octets for a modulus of 256.",
			token: withSignature(good, append([]byte{0}, sig...))},
		{id: "jws/signature-trailing-zero/RS256", class: malformed, req: "8017-8.2.2-1 7518-3.3-3", tags: "signature-malleability",
			why: "A zero octet is put after the signature.", token: withSignature(good, append(slices.Clone(sig), 0))},
		{id: "jws/signature-empty/RS256", class: malformed, req: "8017-8.2.2-1 7518-3.3-3", tags: "signature-forgery",
			why: "No signature: alg none under another name (CVE-2020-28042).", token: withSignature(good, nil)},
		{id: "jws/signature-one-octet/RS256", class: malformed, req: "8017-8.2.2-1 7518-3.3-3", tags: "signature-forgery",
			why: "A signature of one octet.", token: withSignature(good, []byte{1})},
		{id: "jws/signature-truncated/RS256", class: malformed, req: "8017-8.2.2-1 7518-3.3-3", tags: "signature-forgery",
			why: "The last octet of the signature is missing.", token: withSignature(good, sig[:255])},
		{id: "jws/signature-twice/RS256", class: malformed, req: "8017-8.2.2-1 7518-3.3-3", tags: "signature-malleability",
			why: "The signature stands there twice.", token: withSignature(good, append(slices.Clone(sig), sig...))},
		{id: "jws/signature-hash-only/RS256", class: malformed, req: "8017-8.2.2-1 7518-3.3-3", tags: "signature-forgery",
			why: "The signature is the hash, which anyone can make.", token: withSignature(good, digest(crypto.SHA256, input))},
		{id: "jws/signature-of-other-payload/RS256", class: signature, req: "7515-5.2-13 7518-3.3-3", tags: "tampering",
			why: "The signature of another token by the same key.", token: withSignature(good, rsaMain.sign(crypto.SHA256, shortToken))},
		{id: "jws/signature-of-payload-only/RS256", class: signature, req: "7515-5.2-13 7515-2-3", tags: "content-confusion",
			why: "The signature is over the payload without the header.", token: withSignature(good, rsaMain.sign(crypto.SHA256, text))},
		{id: "jws/signature-of-decoded-input/RS256", class: signature, req: "7515-5.2-13 7515-2-3", tags: "content-confusion",
			why: "The signature is over header and payload before they are encoded.", token: withSignature(good, rsaMain.sign(crypto.SHA256, header("RS256")+"."+text))},
	}
	for _, s := range []struct {
		fault, req, why string
		value           *big.Int
	}{
		{"signature-zero", "8017-8.2.2-5", "s = 0, which verifies where the encoded message is not looked at.", new(big.Int)},
		{"signature-one", "8017-8.2.2-5", "s = 1, its own power.", big.NewInt(1)},
		{"signature-modulus-minus-one", "8017-8.2.2-5", "s = n - 1, whose odd powers are itself.", new(big.Int).Sub(n, big.NewInt(1))},
		{"signature-modulus", "8017-8.2.2-2", "s = n is out of range.", n},
		{"signature-all-ones", "8017-8.2.2-2", "s = 2^2048 - 1 is out of range.", new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 2048), big.NewInt(1))},
		{"signature-negated", "8017-8.2.2-5", "n - s instead of s.", new(big.Int).Sub(n, new(big.Int).SetBytes(sig))},
	} {
		rows = append(rows, row{id: "jws/" + s.fault + "/RS256", class: signature, req: s.req, tags: "signature-forgery",
			why: s.why, token: withSignature(good, rsaMain.octets(s.value))})
	}

	// Encoded messages that a verification which parses, instead of comparing,
	// may take (RFC 8017, Section 8.2.2, step 4; Bleichenbacher 2006). They are
	// made with the private key, to have one fault each.
	hashed := digest(crypto.SHA256, input)
	sha256OID := oid(2, 16, 840, 1, 101, 3, 4, 2, 1)
	octets := tlv(0x04, hashed)
	right := digestInfo(crypto.SHA256, input)
	ff := func(t []byte, edit func(em []byte)) []byte {
		em := rsaMain.pad(t)
		edit(em)
		return em
	}
	garbage := func(ffs int, t []byte) []byte { // 00 01 ff.. 00 t garbage
		em := slices.Concat([]byte{0, 1}, slices.Repeat([]byte{0xff}, ffs), []byte{0}, t)
		return append(em, slices.Repeat([]byte{0xa5}, rsaMain.size()-len(em))...)
	}
	for _, em := range []struct {
		fault, req, why string
		em              []byte
	}{
		{"bleichenbacher-2006-garbage-after-hash", "8017-8.2.2-5", "Eight octets ff, and the rest of the message is garbage after the hash (CVE-2006-4339, CVE-2022-24772).", garbage(8, right)},
		{"padding-too-short", "8017-8.2.2-5", "No octet ff at all, and garbage after the hash.", garbage(0, right)},
		{"padding-seven-octets", "8017-8.2.2-5", "Seven octets ff, one less than the least, and garbage after the hash.", garbage(7, right)},
		{"padding-shifted", "8017-8.2.2-5", "Zero octets before the padding, which is shorter for it, and ends where it should (CVE-2021-30246).",
			slices.Concat(make([]byte, rsaMain.size()-len(right)-10), []byte{1}, slices.Repeat([]byte{0xff}, 8), []byte{0}, right)},
		{"padding-not-ff", "8017-8.2.2-5", "One octet of the padding is not ff.", ff(right, func(em []byte) { em[100] = 0xfe })},
		{"padding-random", "8017-8.2.2-5", "The padding is random, as for encryption, with block type 1.", ff(right, func(em []byte) {
			for i := range em[2 : len(em)-len(right)-1] {
				em[2+i] = byte(i)%255 + 1
			}
		})},
		{"padding-block-type-0", "8017-8.2.2-5", "Block type 0.", ff(right, func(em []byte) { em[1] = 0 })},
		{"padding-block-type-2", "8017-8.2.2-5", "Block type 2, which is for encryption.", ff(right, func(em []byte) { em[1] = 2 })},
		{"padding-first-octet-1", "8017-8.2.2-5", "The first octet of the encoded message is not zero.", ff(right, func(em []byte) { em[0], em[1] = 1, 1 })},
		{"padding-no-separator", "8017-8.2.2-5", "There is no zero octet before the hash.", ff(right, func(em []byte) { em[len(em)-len(right)-1] = 0xff })},
		{"digestinfo-missing", "8017-8.2.2-5", "The hash stands there without DigestInfo.", rsaMain.pad(hashed)},
		{"digestinfo-missing-null", "8017-8.2.2-5", "The parameters of the hash algorithm are absent; RSASSA-PKCS1-v1_5 has NULL there.", rsaMain.pad(seq(seq(sha256OID), octets))},
		{"digestinfo-parameters-garbage", "8017-8.2.2-5", "The parameters of the hash algorithm hide octets that are free to choose (CVE-2022-24771).", rsaMain.pad(seq(seq(sha256OID, tlv(0x04, make([]byte, 32))), octets))},
		{"digestinfo-extra-element", "8017-8.2.2-5", "Something follows the hash inside DigestInfo.", rsaMain.pad(seq(seq(sha256OID, null), octets, null))},
		{"digestinfo-trailing-octet", "8017-8.2.2-5", "An octet follows DigestInfo (CVE-2022-24772).", rsaMain.pad(append(slices.Clone(right), 0))},
		{"digestinfo-ber-length", "8017-8.2.2-5", "A length in DigestInfo is written in two octets, BER and not DER.", rsaMain.pad(slices.Concat([]byte{0x30, 0x81}, right[1:]))},
		{"digestinfo-ber-indefinite", "8017-8.2.2-5", "DigestInfo has an indefinite length, BER and not DER.", rsaMain.pad(slices.Concat([]byte{0x30, 0x80}, right[2:], []byte{0, 0}))},
		{"digestinfo-sha1", "7515-10.6-1 8017-8.2.2-5", "SHA-1 under RS256.", rsaMain.pad(digestInfo(crypto.SHA1, input))},
		{"digestinfo-sha512", "7515-10.6-1 8017-8.2.2-5", "SHA-512 under RS256.", rsaMain.pad(digestInfo(crypto.SHA512, input))},
		{"digestinfo-oid-of-sha512", "7515-10.6-1 8017-8.2.2-5", "A SHA-256 hash that says it is SHA-512.", rsaMain.pad(seq(seq(oid(2, 16, 840, 1, 101, 3, 4, 2, 3), null), octets))},
		{"digestinfo-oid-unknown", "7515-10.6-1 8017-8.2.2-5", "A hash algorithm that does not exist.", rsaMain.pad(seq(seq(oid(2, 16, 840, 1, 101, 3, 4, 2, 99), null), octets))},
		{"digestinfo-hash-truncated", "8017-8.2.2-5", "The last octet of the hash is missing.", rsaMain.pad(seq(seq(sha256OID, null), tlv(0x04, hashed[:31])))},
		{"digestinfo-hash-empty", "8017-8.2.2-5", "There is no hash in DigestInfo.", rsaMain.pad(seq(seq(sha256OID, null), tlv(0x04)))},
		{"digestinfo-hash-reversed", "8017-8.2.2-5", "The hash stands there in reverse.", rsaMain.pad(seq(seq(sha256OID, null), tlv(0x04, reversed(hashed))))},
		{"digestinfo-hash-as-text", "8017-8.2.2-5", "The hash stands there in hexadecimal.", rsaMain.pad(seq(seq(sha256OID, null), tlv(0x04, fmt.Appendf(nil, "%x", hashed))))},
	} {
		rows = append(rows, row{id: "jws/" + em.fault + "/RS256", class: signature, req: em.req, tags: "signature-forgery",
			why: em.why, token: withSignature(good, rsaMain.raw(em.em))})
	}
	var suffixInput string
	found(func(p string) bool { // an even number has no odd root modulo a power of two
		suffixInput = b64(header("RS256")) + "." + b64(p)
		return digest(crypto.SHA256, suffixInput)[31]&1 == 1
	})
	rows = append(rows,
		row{id: "jws/signature-pss/RS256", class: signature, req: "7518-3.3-3 8017-8.2.2-5", tags: "algorithm-confusion",
			why: "An RSASSA-PSS signature under RS256.", token: withSignature(good, rsaMain.signPSS(crypto.SHA256, input))},
		row{id: "jws/bleichenbacher-2006-cube-root/RS256", class: signature, req: "8017-8.2.2-5", tags: "signature-forgery", key: "rsa-e3",
			why:   "Bleichenbacher's forgery of 2006 as it was done (CVE-2006-4339): a cube root, made without the private key, of a message that begins rightly and ends in garbage.",
			token: e3Token(cubeRoot(garbage(8, digestInfo(crypto.SHA256, e3Input))))},
		row{id: "jws/bleichenbacher-2006-cube-root-suffix/RS256", class: signature, req: "8017-8.2.2-5", tags: "signature-forgery", key: "rsa-e3",
			why:   "The forgery of 2006 turned round (Kühn, Pyshkin, Tews, Weinmann 2008): only the end of the message is right, the padding is not looked at.",
			token: suffixInput + "." + b64(cubeRootSuffix(digestInfo(crypto.SHA256, suffixInput)))},
	)
	return rows
}

func reversed(b []byte) []byte {
	b = slices.Clone(b)
	slices.Reverse(b)
	return b
}

// cubeRoot returns the signature whose cube is em or a little more, which
// needs no modulus: the difference is in the low octets.
func cubeRoot(em []byte) []byte {
	want := new(big.Int).SetBytes(em)
	low, high := new(big.Int), new(big.Int).Lsh(big.NewInt(1), 700)
	for one := big.NewInt(1); new(big.Int).Sub(high, low).Cmp(one) > 0; {
		mid := new(big.Int).Add(low, high)
		mid.Rsh(mid, 1)
		if new(big.Int).Exp(mid, big.NewInt(3), nil).Cmp(want) < 0 {
			low = mid
		} else {
			high = mid
		}
	}
	return rsaE3.octets(high)
}

// cubeRootSuffix returns a signature whose cube ends in 00 and t, which is an
// odd number. The root modulo a power of two is found bit by bit.
func cubeRootSuffix(t []byte) []byte {
	suffix := append([]byte{0}, t...)
	want := new(big.Int).SetBytes(suffix)
	root := big.NewInt(1)
	for bit := 1; bit < 8*len(suffix); bit++ {
		cube := new(big.Int).Exp(root, big.NewInt(3), nil)
		if cube.Bit(bit) != want.Bit(bit) {
			root.SetBit(root, bit, 1)
		}
	}
	return rsaE3.octets(root)
}

// jwsECDSA are ES512 signatures (RFC 7518, Section 3.4).
func jwsECDSA() []row {
	good := jws("ES512", header("ES512"), text)
	input := signingInput(good)
	r, s := ecMain.signRS(crypto.SHA512, input)
	params := ecMain.curve.Params()
	n, zero, one := params.N, new(big.Int), big.NewInt(1)
	plus := func(a, b *big.Int) *big.Int { return new(big.Int).Add(a, b) }
	minus := func(a, b *big.Int) *big.Int { return new(big.Int).Sub(a, b) }
	with := func(r, s *big.Int) string { return withSignature(good, ecMain.rs(r, s)) }
	sig := ecMain.rs(r, s)
	const twoTexts = "has two texts"
	twoR, high := ecMain.signRS(crypto.SHA512, b64(header("ES512"))+"."+b64(twoTexts))
	low := minus(n, high)
	if high.Cmp(low) < 0 {
		high, low = low, high
	}
	two := func(s *big.Int) string {
		return withSignature(jws("ES512", header("ES512"), twoTexts), ecMain.rs(twoR, s))
	}
	type intPair struct{ R, S *big.Int }
	der := must(asn1.Marshal(intPair{r, s}))

	rows := []row{
		{id: "jws/valid-high-s/ES512", req: "7518-3.4-9", tags: "control signature-malleability",
			why: "s above half the order is legal: an ES512 token has two valid texts, so its text must not identify it.", token: two(high), payload: twoTexts},
		{id: "jws/valid-low-s/ES512", req: "7518-3.4-9", tags: "control signature-malleability",
			why: "The other valid text of the same token.", token: two(low), payload: twoTexts},
	}
	shortR := found(func(p string) bool {
		r, _ := ecMain.signRS(crypto.SHA512, b64(header("ES512"))+"."+b64(p))
		return r.BitLen() <= 512
	})
	rows = append(rows, row{id: "jws/valid-short-r/ES512", req: "7518-3.4-10 7518-3.4-7", tags: "control",
		why: "r begins with zero octets, which stay.", token: jws("ES512", header("ES512"), shortR), payload: shortR})

	for _, c := range []struct {
		fault, req, class, why string
		r, s                   *big.Int
	}{
		{"psychic-signature", "7518-3.4-9", signature, "The psychic signature (CVE-2022-21449): r = s = 0 verifies for any message and key where the range is not checked.", zero, zero},
		{"r-zero", "7518-3.4-9", signature, "r must not be 0.", zero, s},
		{"s-zero", "7518-3.4-9", signature, "s must not be 0.", r, zero},
		{"r-order", "7518-3.4-9", signature, "r = n, which is 0 modulo the order: the psychic signature past a check for zero.", n, s},
		{"s-order", "7518-3.4-9", signature, "s = n, which is 0 modulo the order: the psychic signature past a check for zero.", r, n},
		{"r-and-s-order", "7518-3.4-9", signature, "r = s = n: the psychic signature past a check for zero.", n, n},
		{"r-plus-order", "7518-3.4-9", signature, "r + n has the same residue and another text.", plus(r, n), s},
		{"s-plus-order", "7518-3.4-9", signature, "s + n has the same residue and another text.", r, plus(s, n)},
		{"r-field-prime", "7518-3.4-9", signature, "r = p is out of range.", params.P, s},
		{"s-field-prime", "7518-3.4-9", signature, "s = p is out of range.", r, params.P},
		{"r-and-s-one", "7518-3.4-9", signature, "r = s = 1.", one, one},
		{"r-and-s-order-minus-one", "7518-3.4-9", signature, "r = s = n - 1.", minus(n, one), minus(n, one)},
		{"r-and-s-swapped", "7518-3.4-8", signature, "s stands before r.", s, r},
		{"r-negated", "7518-3.4-9", signature, "n - r instead of r; only s may be negated.", minus(n, r), s},
	} {
		tags := "signature-forgery"
		if strings.Contains(c.fault, "plus") || strings.Contains(c.fault, "negated") || strings.Contains(c.fault, "swapped") {
			tags = "signature-malleability"
		}
		rows = append(rows, row{id: "jws/" + c.fault + "/ES512", class: c.class, req: c.req, tags: tags, why: c.why, token: with(c.r, c.s)})
	}
	ones := slices.Repeat([]byte{0xff}, 132)
	for _, c := range []struct {
		fault, req, class, why string
		sig                    []byte
	}{
		{"signature-empty", "7518-3.4-7", malformed, "No signature: alg none under another name.", nil},
		{"signature-64-octets", "7518-3.4-7", malformed, "64 octets: a signature of the size of ES256.", append(sig[2:34:34], sig[68:100]...)},
		{"signature-96-octets", "7518-3.4-7", malformed, "96 octets: a signature of the size of ES384.", append(sig[2:50:50], sig[68:116]...)},
		{"signature-128-octets", "7518-3.4-7", malformed, "128 octets: a curve of 512 bits was expected.", append(sig[2:66:66], sig[68:]...)},
		{"signature-130-octets", "7518-3.4-7 7518-3.4-10", malformed, "The zero octet that r and s begin with is taken away.", minimal(sig)},
		{"signature-131-octets", "7518-3.4-7", malformed, "The last octet is missing.", sig[:131]},
		{"signature-133-octets", "7518-3.4-7", malformed, "A zero octet is put after the signature.", append(slices.Clone(sig), 0)},
		{"signature-134-octets", "7518-3.4-7", malformed, "r and s have a zero octet more than a coordinate.", slices.Concat([]byte{0}, sig[:66], []byte{0}, sig[66:])},
		{"signature-r-only", "7518-3.4-7", malformed, "s is missing.", sig[:66]},
		{"signature-twice", "7518-3.4-7", malformed, "The signature stands there twice.", append(slices.Clone(sig), sig...)},
		{"signature-der", "7518-3.4-7 7518-3.4-6", malformed, "ASN.1 DER, as X.509 and TLS have it, instead of r and s.", der},
		{"psychic-signature-der", "7518-3.4-7", malformed, "The psychic signature (CVE-2022-21449) as it went round for ES256, MAYCAQACAQA: r = s = 0 in ASN.1 DER.", []byte{0x30, 6, 2, 1, 0, 2, 1, 0}},
		{"signature-der-padded", "7518-3.4-9 7518-3.4-8", signature, "ASN.1 DER of r = s = 0, filled up to 132 octets.", append([]byte{0x30, 6, 2, 1, 0, 2, 1, 0}, make([]byte, 124)...)},
		{"signature-zeros-64-octets", "7518-3.4-7", malformed, "64 zero octets: the psychic signature at the size of ES256 (CVE-2022-21449).", make([]byte, 64)},
		{"signature-zeros-0-to-8", "7518-3.4-7", malformed, "Eight zero octets: the psychic signature, shortened.", make([]byte, 8)},
		{"signature-all-ones", "7518-3.4-9 7518-3.4-8", signature, "All bits are set.", ones},
		{"signature-little-endian", "7518-3.4-8 7518-3.4-10", signature, "r and s with the least octet first.", append(reversed(sig[:66]), reversed(sig[66:])...)},
		{"signature-of-sha256", "7518-3.4-1 7518-3.4-9", signature, "ECDSA by the right key over SHA-256: ES256 with the wrong curve.", ecMain.sign(crypto.SHA256, input)},
		{"signature-of-sha384", "7518-3.4-1 7518-3.4-9", signature, "ECDSA by the right key over SHA-384.", ecMain.sign(crypto.SHA384, input)},
		{"signature-of-payload-only", "7515-5.2-13 7515-2-3", signature, "The signature is over the payload without the header.", ecMain.sign(crypto.SHA512, text)},
		{"signature-of-other-payload", "7515-5.2-13 7518-3.4-9", signature, "The signature of another token by the same key.", ecMain.sign(crypto.SHA512, b64(header("ES512"))+"."+b64("other"))},
		{"signature-text-encoded-twice", "7518-3.4-7", malformed, "The signature was encoded in base64url twice.", []byte(b64(sig))},
	} {
		tags := "signature-malleability"
		switch {
		case c.class == signature, strings.Contains(c.fault, "zeros"), strings.Contains(c.fault, "psychic"), strings.Contains(c.fault, "empty"), strings.Contains(c.fault, "only"):
			tags = "signature-forgery"
		}
		rows = append(rows, row{id: "jws/" + c.fault + "/ES512", class: c.class, req: c.req, tags: tags, why: c.why, token: withSignature(good, c.sig)})
	}
	return rows
}

// minimal drops the first octet of r and of s.
func minimal(sig []byte) []byte { return append(sig[1:66:66], sig[67:]...) }

// jwsHMAC are HS512 MACs (RFC 7518, Section 3.2).
func jwsHMAC() []row {
	good := jws("HS512", header("HS512"), text)
	input := signingInput(good)
	tag := mac(sha512.New, secret, input)
	sha3mac := hmac.New(func() hash.Hash { return sha3.New512() }, secret)
	sha3mac.Write([]byte(input))
	plain := digest(crypto.SHA512, string(secret)+input)
	flip := func(i int) []byte {
		t := slices.Clone(tag)
		t[i] ^= 1
		return t
	}
	var rows []row
	for _, c := range []struct {
		fault, req, class, tags, why string
		mac                          []byte
	}{
		{"mac-empty", "7518-3.2-2 7518-3.2-5", malformed, "signature-forgery", "No MAC: a comparison over its length finds no difference.", nil},
		{"mac-1-octet", "7518-3.2-2 7518-3.2-5", malformed, "signature-forgery", "One octet, right with probability 1/256 where truncation is allowed.", tag[:1]},
		{"mac-16-octets", "7518-3.2-2 7518-3.2-5", malformed, "signature-forgery", "Truncated to 16 octets, which HMAC allows in general and HS512 does not.", tag[:16]},
		{"mac-32-octets", "7518-3.2-2 7518-3.2-5", malformed, "signature-forgery", "Truncated to half, as RFC 2104 has it and RFC 7518 does not.", tag[:32]},
		{"mac-63-octets", "7518-3.2-2 7518-3.2-5", malformed, "signature-forgery", "The last octet is missing.", tag[:63]},
		{"mac-65-octets", "7518-3.2-2 7518-3.2-5", malformed, "signature-malleability", "An octet follows the MAC.", append(slices.Clone(tag), 0)},
		{"mac-twice", "7518-3.2-2 7518-3.2-5", malformed, "signature-malleability", "The MAC stands there twice.", append(slices.Clone(tag), tag...)},
		{"mac-zeros", "7515-5.2-13 7518-3.2-2", signature, "signature-forgery", "64 zero octets.", make([]byte, 64)},
		{"mac-first-bit", "7515-5.2-13 7518-3.2-2", signature, "tampering", "One bit of the first octet differs.", flip(0)},
		{"mac-last-bit", "7515-5.2-13 7518-3.2-2", signature, "tampering", "One bit of the last octet differs.", flip(63)},
		{"mac-middle-bit", "7515-5.2-13 7518-3.2-2", signature, "tampering", "One bit in the middle differs.", flip(32)},
		{"mac-hs256", "7518-3.2-2 7515-5.2-14", malformed, "algorithm-confusion", "HMAC SHA-256 under HS512.", mac(sha256.New, secret, input)},
		{"mac-hs384", "7518-3.2-2 7515-5.2-14", malformed, "algorithm-confusion", "HMAC SHA-384 under HS512.", mac(sha512.New384, secret, input)},
		{"mac-sha3", "7518-3.2-2 7515-5.2-13", signature, "algorithm-confusion", "HMAC SHA3-512, which has the same length.", sha3mac.Sum(nil)},
		{"mac-plain-hash", "7518-3.2-2 7515-5.2-13", signature, "signature-forgery", "A hash of secret and message, which length extension forges.", plain},
		{"mac-unkeyed-hash", "7518-3.2-2 7515-5.2-13", signature, "signature-forgery", "A hash of the message, which anyone makes.", digest(crypto.SHA512, input)},
		{"mac-hexadecimal", "7518-3.2-2 7518-3.2-5", malformed, "encoding", "The MAC in hexadecimal, then in base64url.", fmt.Appendf(nil, "%x", tag)},
		{"mac-reversed", "7515-5.2-13 7518-3.2-2", signature, "signature-forgery", "The MAC with its last octet first.", reversed(tag)},
		{"mac-of-payload-only", "7515-5.2-13 7515-2-3", signature, "content-confusion", "The MAC is over the payload without the header.", mac(sha512.New, secret, text)},
		{"mac-of-decoded-input", "7515-5.2-13 7515-2-3", signature, "content-confusion", "The MAC is over header and payload before they are encoded.", mac(sha512.New, secret, header("HS512")+"."+text)},
		{"mac-of-other-payload", "7515-5.2-13 7518-3.2-2", signature, "tampering", "The MAC of another token by the same secret.", mac(sha512.New, secret, b64(header("HS512"))+"."+b64("other"))},
	} {
		rows = append(rows, row{id: "jws/" + c.fault + "/HS512", class: c.class, req: c.req, tags: c.tags, why: c.why, token: withSignature(good, c.mac)})
	}
	return rows
}

// jwsTampering are tokens that were changed under way.
func jwsTampering() []row {
	var rows []row
	for _, alg := range []string{"RS256", "ES512", "HS512"} {
		good := jws(alg, header(alg), text)
		p := strings.Split(good, ".")
		flipped := sign(alg, signingInput(good))
		flipped[20] ^= 0x10
		for _, c := range []struct{ fault, why, token string }{
			{"payload-changed", "Another amount under the same signature.",
				p[0] + "." + b64(strings.Replace(text, "10.00", "90.00", 1)) + "." + p[2]},
			{"payload-re-encoded", "The same JSON with other white space: the octets as received are signed.",
				p[0] + "." + b64(strings.Replace(text, ",", ", ", 1)) + "." + p[2]},
			{"payload-bit", "One bit of the payload differs.", p[0] + "." + b64(strings.Replace(text, "E", "D", 1)) + "." + p[2]},
			{"header-re-encoded", "The same header with other white space: the octets as received are signed.",
				b64(strings.Replace(header(alg), ":", ": ", 1)) + "." + p[1] + "." + p[2]},
			{"header-member-added", "A member was added to the header.", b64(header(alg, `"kid":"1"`)) + "." + p[1] + "." + p[2]},
			{"signature-bit", "One bit of the signature differs.", withSignature(good, flipped)},
		} {
			rows = append(rows, row{id: "jws/" + c.fault + "/" + alg, class: signature, req: "7515-5.2-13", tags: "tampering", why: c.why, token: c.token})
		}
		rows = append(rows, row{id: "jws/payload-broken-in-transit/" + alg, class: malformed, req: "7515-5.2-11 7515-2-1 4648-3.1-1", tags: "tampering encoding",
			why: "A line break got into the payload after it was signed: the token is malformed, whatever the signature says.", token: p[0] + "." + p[1][:4] + "\n" + p[1][4:] + "." + p[2]})
	}
	return rows
}

// encodingFaults are ways to write base64url that RFC 7515, Section 2 does not
// allow; encodingReq adds the step of a reader to req. The two texts that they change have a length of 4k+2 and 4k
// characters, and the first contains both - and _.
var encodingFaults = []struct {
	fault, req, choice, why string
	edit                    func(uneven, even string) string
}{
	{"padded", "7515-2-1 4648-3.3-1", "", "Padding is omitted in JOSE.", func(s, _ string) string { return s + "==" }},
	{"padded-percent", "7515-2-1 4648-3.3-1", "", "Padding is omitted, also where it was made fit for a URL.", func(s, _ string) string { return s + "%3D%3D" }},
	{"standard-alphabet", "7515-2-1 4648-3.3-1", "", "The alphabet has - and _ instead of + and /.", func(s, _ string) string {
		return strings.NewReplacer("-", "+", "_", "/").Replace(s)
	}},
	{"space", "7515-2-1 4648-3.3-1", "", "No white space is allowed.", func(s, _ string) string { return s[:4] + " " + s[4:] }},
	{"line-feed", "7515-2-1 4648-3.1-1", "", "No line break is allowed; Go's encoding/base64 skips it even when strict.", func(s, _ string) string { return s[:4] + "\n" + s[4:] }},
	{"line-feed-last", "7515-2-1 4648-3.1-1", "", "No line break is allowed, at the end neither.", func(s, _ string) string { return s + "\n" }},
	{"carriage-return", "7515-2-1 4648-3.1-1", "", "No line break is allowed; Go's encoding/base64 skips it even when strict.", func(s, _ string) string { return s[:4] + "\r" + s[4:] }},
	{"tab", "7515-2-1 4648-3.3-1", "", "No white space is allowed.", func(s, _ string) string { return s[:4] + "\t" + s[4:] }},
	{"other-character", "7515-2-1 4648-3.3-1", "", "A character outside of the alphabet is not skipped (CVE-2022-25898).", func(s, _ string) string { return s[:4] + "*" + s[4:] }},
	{"nul", "7515-2-1 4648-3.3-1", "", "A NUL is no character of the alphabet and ends nothing.", func(s, _ string) string { return s + "\x00" }},
	{"no-break-space", "7515-2-1 4648-3.3-1", "", "A no-break space is white space for some decoders.", func(s, _ string) string { return s[:4] + "\u00a0" + s[4:] }},
	{"full-width-letter", "7515-2-1 4648-3.3-1", "", "Letters outside of ASCII are not of the alphabet, whatever they fold to.", func(s, _ string) string {
		return s[:4] + string(rune(s[4])-'!'+'！') + s[5:]
	}},
	{"spare-bits", "4648-3.5-2", "RFC 4648, Section 3.5: a decoder may refuse bits after the last octet that are not zero, or ignore them",
		"The last character has bits that encode nothing and are not zero: a second text of the same octets.", func(s, _ string) string { return spareBits(s) }},
	{"impossible-length", "7515-2-1", "", "A length of 4k+1 characters encodes no whole octets.", func(_, s string) string { return s + "A" }},
}

// encodingReq returns the statements that decide about a fault of encodingFaults
// in the segment that this step of a reader decodes.
func encodingReq(step, fault string) string {
	if strings.HasPrefix(fault, "4648-3.5-") { // a decoder may refuse it
		return fault + " " + step
	}
	return step + " " + fault
}

// spareBits sets the lowest of the bits of the last character that encode
// nothing.
func spareBits(s string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return s[:len(s)-1] + string(alphabet[strings.IndexByte(alphabet, s[len(s)-1])|1])
}

// jwsEncoding puts each of encodingFaults in each segment. The signature is
// over the text as it stands, so that nothing else is wrong.
func jwsEncoding() []row {
	var rows []row
	steps := map[string]string{"header": "7515-5.2-5", "payload": "7515-5.2-11", "signature": "7515-5.2-12"}
	for _, f := range encodingFaults {
		add := func(segment, alg, token string) {
			rows = append(rows, row{id: "jws/" + segment + "-" + f.fault + "/" + alg, class: malformed, choice: f.choice, req: encodingReq(steps[segment], f.req),
				tags: "encoding", why: "In the " + segment + ": " + f.why, token: token})
		}
		uneven, even := fitted(header("HS512", `"x":"???>>>~~~"`))
		add("header", "HS512", signed("HS512", changed(f.edit(uneven, even), uneven, even), b64(text)))
		uneven, even = fitted(`{"x":"???>>>~~~"}`)
		add("payload", "HS512", signed("HS512", b64(header("HS512")), changed(f.edit(uneven, even), uneven, even)))
		rows[len(rows)-1].payload = string(must(base64.RawURLEncoding.DecodeString(uneven))) // where spare bits are ignored
		for _, alg := range []string{"RS256", "ES512"} {
			input := b64(header(alg)) + "." + b64(text)
			sig := sign(alg, input)
			uneven, even = b64(sig), b64(sig)
			if alg == "RS256" {
				even += "AA" // 342 characters: the fault is at 345
			} else if f.fault == "spare-bits" || strings.HasPrefix(f.fault, "padded") {
				continue // 176 characters have no spare bits and no padding
			}
			add("signature", alg, input+"."+changed(f.edit(uneven, even), uneven, even))
		}
	}
	return rows
}

// fitted returns the base64url of s with white space after it, so that it has
// 4k+2 characters with both - and _, and 4k.
func fitted(s string) (uneven, even string) {
	for len(s)%3 != 0 {
		s += " "
	}
	uneven, even = b64(s+" "), b64(s)
	if !strings.Contains(uneven, "-") || !strings.Contains(uneven, "_") {
		panic("not both - and _ in " + uneven)
	}
	return uneven, even
}

// changed returns s, which must not be one of the others.
func changed(s string, others ...string) string {
	if slices.Contains(others, s) {
		panic("nothing has changed in " + s)
	}
	return s
}

// bothSerializations is the choice of who is handed a JSON serialization.
const bothSerializations = "RFC 7515, Section 9 and RFC 7516, Section 9: an application may take the JSON serializations too, and tell them by their first character"

// jwsFraming are tokens with other segments than three, or with something
// around them.
func jwsFraming() []row {
	good := jws("RS256", header("RS256"), text)
	p := strings.Split(good, ".")
	flattened := fmt.Sprintf(`{"payload":%q,"protected":%q,"signature":%q}`, p[1], p[0], p[2])
	general := fmt.Sprintf(`{"payload":%q,"signatures":[{"protected":%q,"signature":%q}]}`, p[1], p[0], p[2])
	rows := []row{
		{id: "jws/segments-0/RS256", req: "7515-5.2-4 7515-3.1-2", why: "An empty token.", token: ""},
		{id: "jws/segments-1/RS256", req: "7515-5.2-4 7515-3.1-2", why: "One segment.", token: p[0]},
		{id: "jws/segments-2/RS256", req: "7515-5.2-4 7515-3.1-2", why: "Two segments: the dot before an empty signature is missing too.", token: p[0] + "." + p[1]},
		{id: "jws/segments-2-payload-and-signature/RS256", req: "7515-5.2-4 7515-3.1-2", why: "The header is missing.", token: p[1] + "." + p[2]},
		{id: "jws/segments-4/RS256", req: "7515-5.2-4 7515-3.1-2", why: "Four segments; what follows the signature must not be ignored.", token: good + "." + p[2]},
		{id: "jws/segments-5/RS256", req: "7515-5.2-4 7516-9-2", why: "Five segments, as a JWE has.", token: good + ".AA.AA"},
		{id: "jws/segments-6/RS256", req: "7515-5.2-4 7515-3.1-2", why: "Six segments.", token: good + ".AA.AA.AA"},
		{id: "jws/dot-after/RS256", req: "7515-5.2-4 7515-3.1-2", why: "A dot after the token is a fourth, empty segment.", token: good + "."},
		{id: "jws/dot-before/RS256", req: "7515-5.2-4 7515-3.1-2", why: "A dot before the token is an empty segment.", token: "." + good},
		{id: "jws/dots-only/RS256", req: "7515-5.2-6", why: "Three empty segments.", token: ".."},
		{id: "jws/header-empty/RS256", req: "7515-5.2-6", why: "The header is empty, which is no JSON object.", token: signed("RS256", "", p[1])},
		{id: "jws/space-before/RS256", req: "7515-5.2-5 7515-2-1", why: "White space before the token.", token: " " + good},
		{id: "jws/line-feed-after/HS512", req: "7515-5.2-12 7515-2-1", why: "A line feed after the token, as a file has it.", token: jws("HS512", header("HS512"), text) + "\n"},
		{id: "jws/byte-order-mark-before/RS256", req: "7515-5.2-5 7515-2-1", why: "A byte order mark before the token.", token: "\ufeff" + good},
		{id: "jws/bearer-before/RS256", req: "7515-5.2-5 7515-2-1", why: "The scheme of an Authorization header is not part of the token.", token: "Bearer " + good},
		{id: "jws/quotes-around/RS256", req: "7515-5.2-5 7515-2-1", why: "The token as a JSON string.", token: `"` + good + `"`},
		{id: "jws/two-tokens/RS256", req: "7515-5.2-4 7515-3.1-2", why: "Two tokens with a comma between them, as in a header field that came twice.", token: good + "," + good},
		{id: "jws/other-separator/RS256", req: "7515-5.2-4 7515-3.1-2", why: "The segments are separated by dots.", token: strings.Join(p, ":")},
		{id: "jws/ideographic-full-stop/RS256", req: "7515-5.2-4 7515-3.1-2", why: "The segments are separated by ASCII dots, not by what normalizes to them.", token: strings.Join(p, "。")},
		{id: "jws/json-flattened/RS256", choice: bothSerializations, class: unsupported, req: "7515-7-2 7516-9-3", why: "The flattened JSON serialization where the compact one is expected.", token: flattened},
		{id: "jws/json-general/RS256", choice: bothSerializations, class: unsupported, req: "7515-7-2 7516-9-3", why: "The general JSON serialization where the compact one is expected.", token: general},
		{id: "jws/json-flattened-indented/RS256", choice: bothSerializations, class: unsupported, req: "7515-7-2 7516-9-3", why: "The flattened JSON serialization after white space.", token: "\n " + flattened},
		{id: "jws/json-and-compact/RS256", choice: bothSerializations, class: unsupported, tags: "parser-differential", req: "7515-7-2 7516-9-1",
			why: "The polyglot of CVE-2022-39227: a compact token with other claims for who splits at dots, and a JSON serialization with a good signature for who reads JSON.",
			token: fmt.Sprintf(`{"  %s.%s.":"","protected":%q,"payload":%q,"signature":%q}`,
				p[0], b64(`{"amount":"90.00"}`), p[0], p[1], p[2])},
		{id: "jws/jwe-for-jws/RS256", tags: "nesting", req: "7515-5.2-4 7516-9-2",
			why:   "Sign/encrypt confusion (CVE-2023-51774, CVE-2022-3102): anyone can encrypt to the public key that verifies signatures.",
			token: newJWE("RSA-OAEP", jweHeader("RSA-OAEP"), text).token()},
	}
	for i := range rows {
		if rows[i].class == "" {
			rows[i].class = malformed
		}
		if rows[i].tags == "" {
			rows[i].tags = "framing"
		}
	}
	return rows
}

// jsonFaults are texts that are no JSON object, or not in UTF-8. %s is where
// the members stand. The statements are about JSON; jsonReq adds those about who
// reads it.
var jsonFaults = []struct{ fault, req, choice, why, text string }{
	{"json-array", "", "", "It is an array.", `[{%s}]`},
	{"json-string", "", "", "It is a string.", `"{%s}"`},
	{"json-null", "", "", "It is null.", `null`},
	{"json-number", "", "", "It is a number.", `512`},
	{"json-true", "", "", "It is true.", `true`},
	{"json-truncated", "8259-3-1 7515-10.12-1", "", "The last brace is missing.", `{%s`},
	{"json-trailing-text", "8259-2-1 7515-10.12-4", "", "Text follows the object.", `{%s}x`},
	{"json-trailing-brace", "8259-2-1 7515-10.12-4", "", "A brace follows the object.", `{%s}}`},
	{"json-trailing-comma-after", "8259-2-1 7515-10.12-4", "", "A comma follows the object.", `{%s},`},
	{"json-two-objects", "8259-2-1 7515-10.12-4", "", "A second object follows; a decoder of streams would leave it.", `{%s}{"alg":"none"}`},
	{"json-opening-bracket", "8259-3-1 7515-10.12-1", "", "A bracket where the opening brace has to be.", `[%s}`},
	{"json-closing-bracket", "8259-3-1 7515-10.12-1", "", "A bracket where the closing brace has to be.", `{%s]`},
	{"json-trailing-nul", "8259-2-1 7515-10.12-4", "", "A NUL follows the object.", "{%s}\x00"},
	{"json-leading-text", "8259-3-1 7515-10.12-1", "", "Text stands before the object.", `x{%s}`},
	{"json-byte-order-mark", "8259-8.1-3", "RFC 8259, Section 8.1: a parser may ignore a byte order mark rather than treat it as an error", "A byte order mark before the object.", "\ufeff{%s}"},
	{"json-utf16", "8259-8.1-1 8725-3.7-2", "", "UTF-16 instead of UTF-8.", "UTF-16"},
	{"json-comment", "8259-2-1 7515-10.12-1", "", "JSON has no comments.", `{%s/* comment */}`},
	{"json-line-comment", "8259-2-1 7515-10.12-1", "", "JSON has no comments.", "{%s}// comment"},
	{"json-trailing-comma", "8259-3-1 7515-10.12-1", "", "A comma before the closing brace.", `{%s,}`},
	{"json-leading-comma", "8259-3-1 7515-10.12-1", "", "A comma after the opening brace.", `{,%s}`},
	{"json-missing-comma", "8259-3-1 7515-10.12-1", "", "No comma between two members.", `{%s "x":1}`},
	{"json-missing-colon", "8259-3-1 7515-10.12-1", "", "No colon between name and value.", `{%s,"x" 1}`},
	{"json-equals-sign", "8259-3-1 7515-10.12-1", "", "An equals sign instead of a colon.", `{%s,"x"=1}`},
	{"json-single-quotes", "8259-7-1 7515-10.12-1", "", "Single quotes.", `{%s,'x':1}`},
	{"json-mixed-quotes", "8259-7-1 7515-10.12-1", "", "A name that begins with a single quote and ends with a double one.", `{%s,'x":1}`},
	{"json-unquoted-name", "8259-3-1 7515-10.12-1", "", "A name without quotes.", `{%s,x:1}`},
	{"json-unquoted-value", "8259-3-1 7515-10.12-1", "", "A value without quotes.", `{%s,"x":y}`},
	{"json-upper-case-literal", "8259-3-2 7515-10.12-1", "", "The literals are lower case.", `{%s,"x":TRUE}`},
	{"json-misspelled-literal", "8259-3-2 7515-10.12-1", "", "A literal whose first letter alone is right.", `{%s,"x":nil_}`},
	{"json-nan", "8259-6-1 7515-10.12-1", "", "NaN is no number.", `{%s,"x":NaN}`},
	{"json-infinity", "8259-6-1 7515-10.12-1", "", "Infinity is no number.", `{%s,"x":-Infinity}`},
	{"json-leading-zero", "8259-6-1 7515-10.12-1", "", "A number with a leading zero.", `{%s,"x":01}`},
	{"json-plus-sign", "8259-6-1 7515-10.12-1", "", "A number with a plus sign.", `{%s,"x":+1}`},
	{"json-hexadecimal", "8259-6-1 7515-10.12-1", "", "A number in hexadecimal.", `{%s,"x":0x1F}`},
	{"json-no-fraction", "8259-6-1 7515-10.12-1", "", "A number that ends in its decimal point.", `{%s,"x":1.}`},
	{"json-no-integer", "8259-6-1 7515-10.12-1", "", "A number that begins with its decimal point.", `{%s,"x":.5}`},
	{"json-no-exponent", "8259-6-1 7515-10.12-1", "", "A number that ends in e.", `{%s,"x":1e}`},
	{"json-grouped-digits", "8259-6-1 7515-10.12-1", "", "A number with a separator between digits.", `{%s,"x":1_000}`},
	{"json-minus-only", "8259-6-1 7515-10.12-1", "", "A minus sign without digits.", `{%s,"x":-}`},
	{"json-control-character", "8259-7-1 7515-10.12-1", "", "A line feed in a string must be escaped.", "{%s,\"x\":\"a\nb\"}"},
	{"json-control-after-escape", "8259-7-1 7515-10.12-1", "", "A line feed in a string must be escaped, after an escape too.", "{%s,\"x\":\"\\t\n\"}"},
	{"json-unterminated-after-escape", "8259-7-1 7515-10.12-1", "", "A string without an end, after an escape.", `{%s,"x":"\t`},
	{"json-escaped-end", "8259-7-1 7515-10.12-1", "", "The last quote is escaped.", `{%s,"x":"y\"}`},
	{"json-nul-in-string", "8259-7-1 7515-10.12-1", "", "A NUL in a string must be escaped.", "{%s,\"x\":\"a\x00b\"}"},
	{"json-bad-escape", "8259-7-2 7515-10.12-1", "", "An escape that does not exist.", `{%s,"x":"\x41"}`},
	{"json-escaped-quote", "8259-7-2 7515-10.12-1", "", "An escape of a single quote does not exist.", `{%s,"x":"\'"}`},
	{"json-short-unicode-escape", "8259-7-2 7515-10.12-1", "", "An escape with three hexadecimal digits.", `{%s,"x":"\u041"}`},
	{"json-unterminated-string", "8259-7-1 7515-10.12-1", "", "A string without an end.", `{%s,"x":"y}`},
	{"json-form-feed", "8259-2-1 7515-10.12-1", "", "A form feed is no white space of JSON.", "{%s\f}"},
	{"json-no-break-space", "8259-2-1 7515-10.12-1", "", "A no-break space is no white space of JSON.", "{%s\u00a0}"},
	{"json-line-separator", "8259-2-1 7515-10.12-1", "", "U+2028 is no white space of JSON.", "{%s\u2028}"},
	{"json-lone-high-surrogate", "8259-8.2-1", "RFC 8259, Section 8.2: the grammar allows escapes that are no character, and what software does with them is unpredictable", "An escaped surrogate without its partner: two parsers may read two things.", `{%s,"x":"\uD834"}`},
	{"json-lone-low-surrogate", "8259-8.2-1", "RFC 8259, Section 8.2: the grammar allows escapes that are no character, and what software does with them is unpredictable", "An escaped surrogate without its partner: two parsers may read two things.", `{%s,"x":"\uDD1E"}`},
	{"json-surrogates-reversed", "8259-8.2-1", "RFC 8259, Section 8.2: the grammar allows escapes that are no character, and what software does with them is unpredictable", "A pair of surrogates in the wrong order.", `{%s,"x":"\uDD1E\uD834"}`},
	{"utf8-invalid", "8259-8.1-1", "", "An octet that UTF-8 never has. Go's encoding/json replaces it.", "{%s,\"x\":\"\xff\"}"},
	{"utf8-latin1", "8259-8.1-1", "", "A letter in Latin-1.", "{%s,\"x\":\"Z\xfcrich\"}"},
	{"utf8-truncated", "8259-8.1-1", "", "A sequence without its last octet.", "{%s,\"x\":\"\xe2\x82\"}"},
	{"utf8-overlong", "8259-8.1-1", "", "A slash in two octets.", "{%s,\"x\":\"\xc0\xaf\"}"},
	{"utf8-overlong-nul", "8259-8.1-1", "", "A NUL in two octets, as Java writes it.", "{%s,\"x\":\"\xc0\x80\"}"},
	{"utf8-surrogate", "8259-8.1-1", "", "A surrogate in three octets.", "{%s,\"x\":\"\xed\xa0\x80\"}"},
	{"utf8-surrogate-pair", "8259-8.1-1", "", "A pair of surrogates in six octets, CESU-8.", "{%s,\"x\":\"\xed\xa0\xb4\xed\xb4\x9e\"}"},
	{"utf8-above-10ffff", "8259-8.1-1", "", "Beyond the last code point.", "{%s,\"x\":\"\xf4\x90\x80\x80\"}"},
	{"utf8-invalid-in-name", "8259-8.1-1", "", "A name that is not UTF-8; where bad octets are replaced, names may become equal.", "{%s,\"\xff\":1}"},
}

// jsonReq returns the statements that decide about a fault of jsonFaults where
// this step of a reader wants a JSON object in UTF-8. A JWK has no such step:
// what is no JSON object lacks the member that it must have.
func jsonReq(step, fault string) string {
	switch {
	case strings.HasPrefix(fault, "8259-8.1-3"), strings.HasPrefix(fault, "8259-8.2-"): // a reader may refuse it, or not
		return fault
	case step == "7517-4.1-3" && fault != "":
		return fault
	}
	return strings.TrimSpace(step + " " + fault)
}

// jsonFault puts members into a text of jsonFaults.
func jsonFault(text, members string) string {
	if text == "UTF-16" {
		var b strings.Builder
		for _, c := range "{" + members + "}" {
			b.WriteString(string([]byte{0, byte(c)}))
		}
		return b.String()
	}
	return strings.Replace(text, "%s", members, 1)
}

func jwsHeaderJSON() []row {
	var rows []row
	for _, f := range jsonFaults {
		rows = append(rows, row{id: "jws/header-" + f.fault + "/HS512", class: malformed, choice: f.choice, req: jsonReq("7515-5.2-6", f.req), tags: "parser-differential",
			why: "The header: " + f.why, token: jws("HS512", jsonFault(f.text, `"alg":"HS512"`), text)})
	}
	rows = append(rows,
		row{id: "jws/header-no-members/HS512", class: malformed, req: "7515-4.1.1-5", tags: "parser-differential",
			why: "The header is an object without members.", token: jws("HS512", "{}", text)},
		row{id: "jws/header-json-encoded-twice/HS512", class: malformed, req: "7515-5.2-6", tags: "encoding",
			why: "The header was encoded in base64url twice.", token: jws("HS512", b64(header("HS512")), text)},
		row{id: "jws/header-number-1e400/HS512", req: "8259-6-2 7515-4-5", tags: "parser-differential",
			choice: "RFC 8259, Section 6: a parser may limit the range of the numbers it accepts",
			why:    "A number that no float64 holds, in a member that is ignored.", token: jws("HS512", header("HS512", `"x":1e400`), text)},
	)
	return rows
}

// needNotUnderstand is the choice with all registered members but alg, enc,
// zip and crit.
const needNotUnderstand = "RFC 7515, Section 4: members that need not be understood are ignored by who does not understand them, and refused by who does (Section 5.2, step 4)"

// jwsHeaderTypes are registered members of another type than theirs (RFC 7515,
// Section 5.2, step 4: values whose syntax is understood).
func jwsHeaderTypes() []row {
	var rows []row
	for _, c := range []struct{ fault, members, req, why string }{
		{"type-alg-null", `"alg":null`, "7515-4.1.1-4 7515-5.2-10", "alg is a string, not null."},
		{"type-alg-number", `"alg":512`, "7515-4.1.1-4 7515-5.2-10", "alg is a string, not a number."},
		{"type-alg-boolean", `"alg":true`, "7515-4.1.1-4 7515-5.2-10", "alg is a string, not a boolean: true equals any name in languages that convert."},
		{"type-alg-array", `"alg":["HS512"]`, "7515-4.1.1-4 7515-5.2-10", "alg is a string, not an array."},
		{"type-alg-object", `"alg":{"name":"HS512"}`, "7515-4.1.1-4 7515-5.2-10", "alg is a string, not an object."},
		{"type-kid-number", `"alg":"HS512","kid":1`, "7515-4.1.4-2 7515-5.2-10", "kid is a string, not a number."},
		{"type-kid-null", `"alg":"HS512","kid":null`, "7515-4.1.4-2 7515-5.2-10", "kid is a string, not null."},
		{"type-kid-array", `"alg":"HS512","kid":["a"]`, "7515-4.1.4-2 7515-5.2-10", "kid is a string, not an array."},
		{"type-kid-object", `"alg":"HS512","kid":{"$ne":""}`, "7515-4.1.4-2 7515-5.2-10", "kid is a string, not an object that a database takes for an operator."},
		{"type-typ-number", `"alg":"HS512","typ":1`, "7515-4.1.9-1 7515-5.2-10", "typ is a string."},
		{"type-typ-array", `"alg":"HS512","typ":["JWT"]`, "7515-4.1.9-1 7515-5.2-10", "typ is a string, not an array."},
		{"type-cty-boolean", `"alg":"HS512","cty":false`, "7515-4.1.10-1 7515-5.2-10", "cty is a string."},
		{"type-jku-array", `"alg":"HS512","jku":["https://a.example/"]`, "7515-4-4 7515-5.2-10", "jku is a string."},
		{"type-jku-null", `"alg":"HS512","jku":null`, "7515-4-4 7515-5.2-10", "jku is a string, not null."},
		{"type-jwk-string", `"alg":"HS512","jwk":"{}"`, "7515-4-4 7515-4.1.3-1", "jwk is an object, not a string."},
		{"type-jwk-array", `"alg":"HS512","jwk":[]`, "7515-4-4 7515-4.1.3-1", "jwk is an object, not an array."},
		{"type-x5u-number", `"alg":"HS512","x5u":1`, "7515-4-4 7515-5.2-10", "x5u is a string."},
		{"type-x5c-string", `"alg":"HS512","x5c":"AA"`, "7515-4-4 7515-4.1.6-1", "x5c is an array, also for one certificate."},
		{"type-x5c-bracket", `"alg":"HS512","x5c":"]"`, "7515-4-4 7515-4.1.6-1", "x5c is an array, and not a string that ends as an empty one does."},
		{"type-x5c-element", `"alg":"HS512","x5c":["AA",1]`, "7515-4-4 7515-4.1.6-1", "x5c is an array of strings."},
		{"type-x5t-object", `"alg":"HS512","x5t":{}`, "7515-4-4 7515-4.1.7-1", "x5t is a string."},
		{"type-x5t-s256-null", `"alg":"HS512","x5t#S256":null`, "7515-4-4 7515-4.1.8-1", "x5t#S256 is a string."},
	} {
		r := row{id: "jws/" + c.fault + "/HS512", class: malformed, req: c.req, tags: "type-confusion", why: c.why,
			token: jws("HS512", "{"+c.members+"}", text)}
		if strings.HasPrefix(c.members, `"alg":"HS512",`) {
			r.choice = needNotUnderstand
		}
		rows = append(rows, r)
	}
	return rows
}

// jwsCrit are the rules of RFC 7515, Section 4.1.11.
func jwsCrit() []row {
	const mayRefuse = "RFC 7515, Section 4.1.11: producers must not write it, recipients may consider the JWS invalid"
	const understood = `{"x":1}`
	bork := `"bork":"x","crit":["bork"]`
	rows := []row{
		{id: "jws/crit-unknown/RS256", req: "7515-4.1.11-3 7515-4.1.11-1 7515-4-5", class: unsupported, why: "The bypass of CVE-2025-59420 and CVE-2026-32597: an extension that must be understood, and nobody does.",
			token: jws("RS256", header("RS256", bork), text)},
		{id: "jws/crit-unknown/ES512", req: "7515-4.1.11-3 7515-4.1.11-1 7515-4-5", class: unsupported, why: "The bypass of CVE-2025-59420: an extension that must be understood, and nobody does.",
			token: jws("ES512", header("ES512", bork), text)},
		{id: "jws/crit-unknown/HS512", req: "7515-4.1.11-3 7515-4.1.11-1 7515-4-5", class: unsupported, why: "The bypass of CVE-2025-59420: an extension that must be understood, and nobody does.",
			token: jws("HS512", header("HS512", bork), text)},
	}
	for _, c := range []struct{ fault, req, class, choice, members, check, why string }{
		{"crit-unknown-url", "7515-4.1.11-3 7515-E-3", unsupported, "", `"http://example.invalid/UNDEFINED":true,"crit":["http://example.invalid/UNDEFINED"]`, "", "The extension of RFC 7515, Appendix E."},
		{"crit-unknown-before-crit", "7515-4.1.11-3 8259-4-3", unsupported, "", `"crit":["bork"],"bork":"x"`, "", "crit may stand before what it names."},
		{"crit-claim-name", "7515-4.1.11-3 7515-4.1.11-1", unsupported, "", `"exp":2000000000,"crit":["exp"]`, "", "exp is a claim; as a header member it is an extension that nobody understands."},
		{"crit-other-case", "7515-4.1.11-3 7515-10.13-3", unsupported, "", `"B64":true,"crit":["B64"]`, "", "Names are case-sensitive: B64 is not b64."},
		{"crit-escaped-name", "7515-4.1.11-3 7515-10.13-2", unsupported, "", `"bork":1,"crit":["\u0062ork"]`, "", "A name in crit may be escaped."},
		{"crit-one-of-two-unknown", "7515-4.1.11-3 7515-4.1.11-1", unsupported, "", `"x":1,"bork":2,"crit":["x","bork"]`, understood, "One name is understood and the other is not."},
		{"crit-empty-name", "7515-4.1.11-3 7515-4.1.11-1", unsupported, "", `"":1,"crit":[""]`, "", "An extension whose name is empty is not understood either."},
		{"crit-understood", "7515-4.1.11-1 7515-4.1.11-2 7515-5.2-10", "", "", `"x":1,"crit":["x"]`, understood, "The application understands the extension, and its value is right."},
		{"crit-understood-with-b64", "7515-4.1.11-1 7797-6-1", "", "", `"x":1,"b64":true,"crit":["b64","x"]`, understood, "b64 and an extension of the application, in any order."},
		{"crit-understood-wrong-value", "7515-5.2-10 7515-4.1.11-1", claims, "", `"x":2,"crit":["x"]`, understood, "The application understands the extension, and its value is wrong."},
		{"crit-understood-other-type", "7515-5.2-10 7515-4.1.11-1", claims, "", `"x":"1","crit":["x"]`, understood, "The application understands the extension, which has the type of another value."},
		{"crit-absent-member-required", "7515-4.1.11-12", claims, "", `"y":1`, understood, "The application requires a member that is not there, and crit does not name it."},
		{"crit-not-needed", "7515-4.1.11-12 7515-4-5", "", "", `"x":1`, understood, "What the application understands need not be in crit."},
		{"crit-understood-not-in-header", "7515-4.1.11-2 7515-4.1.11-6", malformed, "", `"crit":["x"]`, understood, "A name in crit must be in the header."},
		{"crit-empty-array", "7515-4.1.11-9 7515-4.1.11-7", malformed, mayRefuse, `"crit":[]`, "", "crit must not be empty."},
		{"crit-duplicate-name", "7515-4.1.11-9 7515-4.1.11-5", malformed, mayRefuse, `"x":1,"crit":["x","x"]`, understood, "A name must not be in crit twice."},
		{"crit-duplicate-name-escaped", "7515-4.1.11-9 7515-4.1.11-5 7515-10.13-2", malformed, mayRefuse, `"x":1,"crit":["x","\u0078"]`, understood, "A name must not be in crit twice, however it is written."},
		{"crit-null", "7515-4.1.11-2 7515-4.1.11-13", malformed, "", `"crit":null`, "", "crit is an array, not null."},
		{"crit-string", "7515-4.1.11-2 7515-4.1.11-13", malformed, "", `"x":1,"crit":"x"`, understood, "crit is an array, also for one name: includes or in finds letters in a string."},
		{"crit-object", "7515-4.1.11-2 7515-4.1.11-13", malformed, "", `"x":1,"crit":{"x":true}`, understood, "crit is an array, not an object."},
		{"crit-number", "7515-4.1.11-2 7515-4.1.11-13", malformed, "", `"crit":1`, "", "crit is an array, not a number."},
		{"crit-boolean", "7515-4.1.11-2 7515-4.1.11-13", malformed, "", `"crit":false`, "", "crit is an array, not a boolean."},
		{"crit-element-number", "7515-4.1.11-2 7515-4.1.11-13", malformed, "", `"x":1,"crit":["x",1]`, understood, "crit is an array of strings, not of numbers."},
		{"crit-element-null", "7515-4.1.11-2 7515-4.1.11-13", malformed, "", `"x":1,"crit":["x",null]`, understood, "crit is an array of strings, not null."},
		{"crit-element-array", "7515-4.1.11-2 7515-4.1.11-13", malformed, "", `"x":1,"crit":[["x"]]`, understood, "crit is an array of strings, not of arrays."},
	} {
		r := row{id: "jws/" + c.fault + "/HS512", req: c.req, class: c.class, choice: c.choice, why: c.why, check: c.check,
			token: jws("HS512", header("HS512", c.members), text)}
		if r.class == "" {
			r.tags = "control crit"
		}
		if c.fault == "crit-understood-with-b64" { // who does not know RFC 7797 has to refuse it
			r.level = feature
		}
		rows = append(rows, r)
	}
	// Registered names: those that a JWS defines are understood, so a
	// recipient may let them pass; those of encryption are not.
	for _, m := range []struct{ name, member string }{
		{"alg", ""}, {"crit", ""}, {"kid", `"kid":"a"`}, {"typ", `"typ":"JWT"`}, {"cty", `"cty":"json"`}, {"jku", `"jku":"https://a.example/"`},
		{"jwk", `"jwk":{"kty":"oct","k":"AA"}`}, {"x5u", `"x5u":"https://a.example/"`}, {"x5c", `"x5c":["AA"]`}, {"x5t", `"x5t":"AA"`}, {"x5t#S256", `"x5t#S256":"AA"`},
		{"zip", `"zip":"DEF"`}, {"epk", `"epk":{"kty":"EC"}`}, {"apu", `"apu":"AA"`}, {"apv", `"apv":"AA"`},
		{"iv", `"iv":"AA"`}, {"tag", `"tag":"AA"`}, {"p2s", `"p2s":"AA"`}, {"p2c", `"p2c":1000`},
	} {
		members := []string{m.member, `"crit":["` + m.name + `"]`}
		if m.member == "" {
			members = members[1:]
		}
		r := row{id: "jws/crit-names-" + strings.ToLower(strings.ReplaceAll(m.name, "#", "-")) + "/HS512", req: "7515-4.1.11-8 7515-4.1.11-4", class: malformed, choice: mayRefuse,
			why:   "crit names " + m.name + ", which RFC 7515 defines.",
			token: jws("HS512", header("HS512", members...), text)}
		switch m.name {
		case "zip", "epk", "apu", "apv", "iv", "tag", "p2s", "p2c":
			r.req, r.choice = "7515-4.1.11-3 7515-4.1.11-4", ""
			r.why = "crit names " + m.name + ", which JWE or JWA defines and no JWS understands."
		}
		rows = append(rows, r)
	}
	for i := range rows {
		if rows[i].tags == "" {
			rows[i].tags = "crit"
		}
	}
	return rows
}

// lastWins is the choice that a parser has with duplicate names.
const lastWins = "RFC 7515, Section 4: a parser refuses duplicate names, or takes the last"

// jwsDuplicates are headers that two parsers read differently. Where the last
// value is the wrong one, both choices of the RFC refuse the token.
func jwsDuplicates() []row {
	var rows []row
	for _, c := range []struct{ fault, req, choice, header, check, why string }{
		{"duplicate-alg-first-right", "7515-4-2 7515-5.2-8", "", `{"alg":"HS512","alg":"none"}`, "", "The first alg is right and the last is none."},
		{"duplicate-alg-last-right", "7515-4-2 7515-5.2-8", lastWins, `{"alg":"none","alg":"HS512"}`, "", "The first alg is none and the last is right."},
		{"duplicate-alg-equal", "7515-4-2 7515-5.2-8", lastWins, `{"alg":"HS512","alg":"HS512"}`, "", "alg is there twice, with one value."},
		{"duplicate-alg-escaped-first-right", "7515-4-2 7515-5.2-8 7515-10.13-2", "", `{"alg":"HS512","\u0061lg":"none"}`, "", "The second alg is written with an escape, past a comparison of the text."},
		{"duplicate-alg-escaped-last-right", "7515-4-2 7515-5.2-8 7515-10.13-2", lastWins, `{"\u0061lg":"none","alg":"HS512"}`, "", "The first alg is written with an escape, past a comparison of the text."},
		{"duplicate-crit-last-unknown", "7515-4-2 7515-5.2-8", "", `{"alg":"HS512","x":1,"bork":1,"crit":["x"],"crit":["bork"]}`, `{"x":1}`, "The first crit is understood and the last is not."},
		{"duplicate-crit-last-understood", "7515-4-2 7515-5.2-8", lastWins, `{"alg":"HS512","x":1,"bork":1,"crit":["bork"],"crit":["x"]}`, `{"x":1}`, "The first crit is not understood and the last is."},
		{"duplicate-checked-last-wrong", "7515-4-2 7515-5.2-8", "", `{"alg":"HS512","x":1,"x":2}`, `{"x":1}`, "A member that the application requires is there twice, and the last is wrong."},
		{"duplicate-checked-last-right", "7515-4-2 7515-5.2-8", lastWins, `{"alg":"HS512","x":2,"x":1}`, `{"x":1}`, "A member that the application requires is there twice, and the last is right."},
		{"duplicate-kid", "7515-4-2 7515-5.2-8", lastWins, `{"alg":"HS512","kid":"a","kid":"b"}`, "", "kid is there twice, with two values."},
		{"duplicate-typ", "7515-4-2 7515-5.2-8", lastWins, `{"alg":"HS512","typ":"JWT","typ":"JOSE"}`, "", "typ is there twice, with two values."},
		{"duplicate-ignored", "7515-4-2 7515-5.2-8", lastWins, `{"alg":"HS512","y":1,"y":1}`, "", "A member that is ignored is there twice."},
		{"duplicate-nested", "8259-4-1 8259-4-2", "RFC 8259, Section 4: names should be unique, and RFC 7515, Section 4 speaks of header parameter names only",
			`{"alg":"HS512","y":{"a":1,"a":2}}`, "", "A name is there twice inside of a member that is ignored."},
	} {
		rows = append(rows, row{id: "jws/" + c.fault + "/HS512", class: malformed, choice: c.choice, req: c.req, tags: "parser-differential",
			why: c.why, check: c.check, token: jws("HS512", c.header, text)})
	}
	return rows
}

// jwsResources are tokens that are large, or make a lenient reader large.
func jwsResources() []row {
	good := jws("HS512", header("HS512"), text)
	rows := []row{
		{id: "jws/dots-1000000/HS512", req: "7515-5.2-4", why: "CVE-2025-27144 and CVE-2025-30204: a million dots, and a list of a million segments for who collects them.",
			token: strings.Repeat(".", 1<<20)},
		{id: "jws/dots-after-token/HS512", req: "7515-5.2-4", why: "CVE-2025-27144: a good token, and a million dots after it.",
			token: good + strings.Repeat(".", 1<<20)},
		{id: "jws/segments-1000000/HS512", req: "7515-5.2-4", why: "CVE-2025-27144: half a million segments that are not empty.",
			token: good + strings.Repeat(".AA.", 1<<18)},
		{id: "jws/header-16385/HS512", req: "8259-9-3 7515-4-5", choice: noBound, why: "One octet more than the largest header that package jose reads.",
			token: jws("HS512", fillHeader(16385), text)},
		{id: "jws/header-10-mib/HS512", req: "8259-9-3 7515-4-5", choice: noBound, why: "CVE-2025-61920: a header of ten MiB that is in order otherwise.",
			token: jws("HS512", fillHeader(10<<20), text)},
		{id: "jws/header-nesting-33/HS512", req: "8259-9-3 7515-4-5", choice: noBound, why: "One level more than package jose reads.",
			token: jws("HS512", header("HS512", `"x":`+nest(32)), text)},
		{id: "jws/header-nesting-33-objects/HS512", req: "8259-9-3 7515-4-5", choice: noBound, why: "One level of objects more than package jose reads.",
			token: jws("HS512", header("HS512", `"x":`+nestObjects(32)), text)},
		{id: "jws/header-nesting-6000/HS512", req: "8259-9-3 7515-4-5", choice: noBound, why: "Six thousand levels in a header that is within the bound of size.",
			token: jws("HS512", header("HS512", `"x":`+nest(6000)), text)},
		{id: "jws/header-nesting-100000/HS512", req: "8259-9-3 7515-4-5", choice: noBound, why: "A hundred thousand levels, which a recursive parser pays for with its stack.",
			token: jws("HS512", header("HS512", `"x":`+nest(100_000)), text)},
		{id: "jws/header-nesting-unclosed/HS512", req: "7515-5.2-6 7515-10.12-1", why: "A hundred thousand levels that are never closed.",
			token: jws("HS512", `{"alg":"HS512","x":`+strings.Repeat("[", 100_000), text)},
		{id: "jws/payload-17-mib/HS512", req: "7515-2-4", choice: noBound, why: "A good token of more than 16 MiB.", payload: noPayload,
			token: jws("HS512", header("HS512"), strings.Repeat("aaa", 17<<20/4))},
		{id: "jws/signature-10-mib/HS512", req: "7518-3.2-2 7518-3.2-5", why: "CVE-2025-61920: a signature of ten MiB.", token: signingInput(good) + "." + strings.Repeat("AAAA", 10<<20/4)},
		{id: "jws/header-not-closed-10-mib/HS512", req: "7515-5.2-4", why: "Ten MiB without a dot.", token: strings.Repeat("eyJh", 10<<20/4)},
	}
	for i := range rows {
		rows[i].class, rows[i].tags = malformed, "resource-exhaustion"
	}
	return rows
}
