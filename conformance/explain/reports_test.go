package explain_test

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"hash"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/jose/conformance/explain"
)

// A report is a token that somebody could not verify or decrypt, in the words of Main.
type report struct {
	about   string
	key     []byte
	payload string // of -payload, if any
	token   string
	first   string // has to be in the verdict, which comes first
}

// TestReportsByKind has variants of what users of other libraries have reported, by kind: as other providers and the
// libraries of other languages have them. Each is explained in the verdict.
func TestReportsByKind(t *testing.T) {
	read := func(name string) []byte {
		return must(os.ReadFile(filepath.Join("..", "..", "testdata", "keyfiles", name)))
	}
	parse := func(name string) any {
		block, _ := pem.Decode(read(name))
		return must(x509.ParsePKCS8PrivateKey(block.Bytes))
	}
	rsaKey, ecKey := parse("rsa-private.pem").(*rsa.PrivateKey), parse("ec-private.pem").(*ecdsa.PrivateKey)
	rsaPriv, rsaPub, ecPub := read("rsa-private.pem"), read("rsa-public.pem"), read("ec-public.pem")
	p12, jks := read("pkcs12.p12"), read("keystore.jks")
	modulus := rsaKey.N.Bytes()
	b64u, b64s, hx := base64.RawURLEncoding.EncodeToString, base64.StdEncoding.EncodeToString, hex.EncodeToString
	sum := func(h func() hash.Hash, text string) []byte { x := h(); x.Write([]byte(text)); return x.Sum(nil) }
	sha := func(text string) []byte { return sum(sha256.New, text) }
	type signs func(input string) []byte
	pkcs1 := func(h crypto.Hash, of func() hash.Hash) signs {
		return func(input string) []byte { return must(rsa.SignPKCS1v15(nil, rsaKey, h, sum(of, input))) }
	}
	pss := func(h crypto.Hash, of func() hash.Hash, salt int) signs {
		return func(input string) []byte {
			return must(rsa.SignPSS(rand.Reader, rsaKey, h, sum(of, input), &rsa.PSSOptions{SaltLength: salt}))
		}
	}
	rs := pkcs1(crypto.SHA256, sha256.New)
	es := func(input string) []byte {
		r, s, err := ecdsa.Sign(rand.Reader, ecKey, sum(sha512.New, input))
		return append(must(r, err).FillBytes(make([]byte, 66)), s.FillBytes(make([]byte, 66))...)
	}
	hs := func(secret string) signs {
		return func(input string) []byte {
			m := hmac.New(sha512.New, []byte(secret))
			m.Write([]byte(input))
			return m.Sum(nil)
		}
	}
	jws := func(header, payload string, sign signs) string {
		input := b64u([]byte(header)) + "." + b64u([]byte(payload))
		return input + "." + b64u(sign(input))
	}
	detached := func(header string, sign signs, signed string) string { // signed is the second part of the signing input
		head := b64u([]byte(header))
		return head + ".." + b64u(sign(head+"."+signed))
	}
	jwe := func(header, plaintext string) string {
		cek, iv := sha("a content encryption key of the tests"), make([]byte, 12)
		encrypted := must(rsa.EncryptOAEP(sha256.New(), rand.Reader, &rsaKey.PublicKey, cek, nil))
		sealed := must(cipher.NewGCM(must(aes.NewCipher(cek)))).Seal(nil, iv, []byte(plaintext), []byte(b64u([]byte(header))))
		n := len(sealed) - 16
		parts := []string{b64u([]byte(header)), b64u(encrypted), b64u(iv), b64u(sealed[:n]), b64u(sealed[n:])}
		return strings.Join(parts, ".")
	}

	const rsaHeader, ecHeader, hsHeader = `{"alg":"RS256"}`, `{"alg":"ES512"}`, `{"alg":"HS512"}`
	const oaepHeader = `{"alg":"RSA-OAEP-256","enc":"A256GCM"}`
	const nestedHeader = `{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT"}`
	const body = `{"amount":"25.00","currency":"GBP"}`
	encrypted, signed := jwe(oaepHeader, "text"), jws(rsaHeader, body, rs)
	withKid := jws(`{"alg":"RS256","kid":"k1"}`, body, rs)
	jwk := func(more string) []byte {
		return []byte(`{"kty":"RSA","n":"` + b64u(modulus) + `","e":"AQAB"` + more + `}`)
	}
	set := func(members string) []byte { // and another key, which is in order
		return []byte(`{"keys":[{"kty":"RSA","kid":"k1",` + members + `},` + string(read("ec-public.jwk")) + `]}`)
	}
	of := func(name, breaks string) []byte { return bytes.ReplaceAll(read(name), []byte("\n"), []byte(breaks)) }
	over := func(about, signed, here, first string) report {
		return report{about, rsaPub, here, detached(rsaHeader, rs, b64u([]byte(signed))), first}
	}
	const lines = "POST /hook\nX-Webhook-Timestamp: 2026-01-02T08:43:12Z\n"
	below := func(about, signed, here, first string) report {
		return report{about, ecPub, lines + here, detached(ecHeader, es, b64u([]byte(lines+signed))), first}
	}
	crit := func(about, names, members, first string) report {
		header := `{"alg":"RS256","crit":[` + names + `],` + members + `}`
		return report{about, rsaPub, body, detached(header, rs, b64u([]byte(body))), first}
	}
	digest := func(about, payload string) report {
		return report{about, rsaPub, body, jws(rsaHeader, payload, rs), "the token carries the hash of the file of -payload"}
	}
	pasted := func(before, after, first string) report {
		return report{before, rsaPub, "", before + signed + after, first}
	}
	by := func(about string, sign signs, first string) report {
		return report{about, rsaPub, "", jws(rsaHeader, body, sign), first}
	}
	secret := strings.Repeat("correct-horse_battery/staple+", 3)
	keyed := func(about, given, used, first string) report {
		return report{about, []byte(given), "", jws(hsHeader, body, hs(used)), first}
	}
	spelled := func(alg, want string) report {
		first := " is no registered name; " + want + " is, and the checks go on with that"
		switch want[:2] {
		case "RS":
			if !strings.Contains(want, "OAEP") {
				return report{alg, rsaPub, "", jws(`{"alg":"`+alg+`"}`, body, rs), first}
			}
			return report{alg, rsaPriv, "", jwe(`{"alg":"`+alg+`","enc":"A256GCM"}`, "text"), first}
		case "A2":
			return report{alg, rsaPriv, "", jwe(`{"alg":"RSA-OAEP-256","enc":"`+alg+`"}`, "text"), first}
		case "ES":
			return report{alg, ecPub, "", jws(`{"alg":"`+alg+`"}`, body, es), first}
		}
		return report{alg, []byte(secret), "", jws(`{"alg":"`+alg+`"}`, body, hs(secret)), first}
	}

	const breaks, stands = `the line breaks of the PEM text are the two characters \n`, "Before the token stands "
	const rewritten, kind = "The signature is over another spelling of the payload: ", "the key file: "
	const nested = `which promises a nested token (RFC 7519, Section 5.2), and the plaintext is `
	for name, reports := range map[string][]report{
		"line breaks as backslash and n": {
			{"as they are", of("rsa-private.pem", `\n`), "", encrypted, breaks},
			{"CR LF", of("rsa-private.pem", `\r\n`), "", encrypted, breaks},
			{"escaped twice", of("rsa-private.pem", `\\n`), "", encrypted, breaks},
			{"a public key", of("rsa-public.pem", `\n`), "", signed, breaks},
			{"in YAML", slices.Concat([]byte(`key: "`), of("rsa-private.pem", `\n`), []byte("\"\n")), "", encrypted, breaks},
			{"beside real ones", of("rsa-private.pem", "\\n\n"), "", encrypted, breaks},
			{"in JSON", slices.Concat([]byte(`{"private_key":"`), of("rsa-private.pem", `\n`), []byte(`"}`)), "", encrypted,
				`a JSON object that has the key in its member "private_key"`},
		},
		"keystores with a password": {
			{"PKCS #12", p12, "", encrypted, "The file is PKCS #12"},
			{"PKCS #12, to verify", p12, "", signed, "The file is PKCS #12"},
			{"PKCS #12 in base64", []byte(b64s(p12)), "", encrypted, "The file is PKCS #12"},
			{"PKCS #12 in PEM", pem.EncodeToMemory(&pem.Block{Type: "PKCS12", Bytes: p12}), "", encrypted,
				"The file is PKCS #12"},
			{"JKS", jks, "", encrypted, "The file is a Java keystore (JKS)"},
			{"JKS in base64", []byte(b64s(jks)), "", encrypted, "The file is a Java keystore (JKS)"},
			{"JKS as a secret", jks, "", jws(hsHeader, body, hs("s")), "The file is a Java keystore (JKS)"},
		},
		"a kid of a key that was passed over": {
			{"zero before n", set(`"e":"AQAB","n":"` + b64u(append([]byte{0}, modulus...)) + `"`), "", withKid,
				"start with a zero octet (n of keys[0])"},
			{"zero before e", set(`"e":"AAEAAQ","n":"` + b64u(modulus) + `"`), "", withKid,
				"start with a zero octet (e of keys[0])"},
			{"padded", set(`"e":"AQAB","n":"` + b64s(modulus) + `"`), "", withKid,
				"in the standard base64 alphabet or with padding (n of keys[0])"},
			{"hexadecimal", set(`"e":"AQAB","n":"` + hx(modulus) + `"`), "", withKid, "(n of keys[0])"},
			{"null", set(`"d":null,"e":"AQAB","n":"` + b64u(modulus) + `"`), "", withKid, "members that are null"},
			{"a description of the server", []byte(`{"issuer":"https://a.example","jwks_uri":"https://a.example/jwks"}`),
				"", withKid, "jwks_uri"},
		},
		"members that are null": {
			{"d to qi", jwk(`,"d":null,"p":null,"q":null,"dp":null,"dq":null,"qi":null`), "", signed,
				kind + "The JWK has members that are null"},
			{"oth", jwk(`,"oth":null`), "", signed, kind + `The JWK has members that are null ("oth")`},
			{"kid", jwk(`,"kid":null`), "", signed, kind + `The JWK has members that are null ("kid")`},
			{"key_ops and x5c", jwk(`,"key_ops":null,"x5c":null`), "", signed,
				kind + `The JWK has members that are null ("key_ops", "x5c")`},
			{"of an EC key", bytes.Replace(read("ec-public.jwk"), []byte("{"), []byte(`{"d":null,"k":null,`), 1), "",
				jws(ecHeader, body, es), kind + `The JWK has members that are null ("d", "k")`},
		},
		"cty without a JWT inside": {
			{"claims", rsaPriv, "", jwe(nestedHeader, body), nested + "JSON"},
			{"a media type", rsaPriv, "", jwe(strings.Replace(nestedHeader, "JWT", "application/Jwt", 1), body), nested + "JSON"},
			{"in lower case", rsaPriv, "", jwe(strings.Replace(nestedHeader, "JWT", "jwt", 1), body), nested + "JSON"},
			{"a JSON serialization", rsaPriv, "", jwe(nestedHeader, `{"payload":"e30","protected":"e30","signature":"AA"}`),
				nested + "JSON"},
			{"text", rsaPriv, "", jwe(nestedHeader, "text"), nested + "neither JSON nor a token"},
			{"nothing", rsaPriv, "", jwe(nestedHeader, ""), nested + "empty"},
		},
		"crit with names in another spelling": {
			crit("a space in front", `"UPI-UUID"," UPI-APPID"`, `"UPI-UUID":"1","UPI-APPID":"2"`,
				`crit names " UPI-APPID", and the header has "UPI-APPID"`),
			crit("a space in the member", `"UPI-UUID"`, `" UPI-UUID":"1"`,
				`crit names "UPI-UUID", and the header has " UPI-UUID"`),
			crit("another case", `"upi-uuid"`, `"UPI-UUID":"1"`, `crit names "upi-uuid", and the header has "UPI-UUID"`),
			crit("a tab", `"UPI-UUID\t"`, `"UPI-UUID":"1"`, `crit names "UPI-UUID\t", and the header has "UPI-UUID"`),
			crit("a space that does not break", `"UPI-UUID\u00a0"`, `"UPI-UUID":"1"`,
				`crit names "UPI-UUID\u00a0", and the header has`),
		},
		"lines above the JSON": {
			below("escaped as Go does", `{"a":"J \u0026+ S"}`, `{"a":"J &+ S"}`, rewritten+"compact JSON, <, > and & escaped, the JSON below its first lines"),
			below("members in another order", `{"b":1,"a":"x"}`, `{"a":"x","b":1}`,
				rewritten+"compact, its members in another order, the JSON below its first lines"),
			below("escaped as .NET does", `{"a":"J \u0026\u002B S\u0027s"}`, `{"a":"J &+ S's"}`,
				rewritten+"compact JSON, escaped as System.Text.Json does"),
			below("indented", "{\n  \"a\": 2\n}", `{"a":2}`, rewritten+"JSON indented by two spaces"),
			below("escaped as PHP does", `{"a":"x\/y"}`, `{"a":"x/y"}`, rewritten+"compact JSON, '/' escaped"),
			below("ASCII", `{"a":"\u00e9"}`, `{"a":"é"}`, rewritten+`compact JSON, all but ASCII escaped as \u00e9`),
			below("two decimals", `{"a":10.00}`, `{"a":10}`, rewritten+"compact JSON, numbers with two decimals"),
			below("a line break at the end", body+"\n", body, rewritten+"with LF at the end"),
		},
		"white space around the payload": {
			over("LF on both sides", "\n"+body+"\n", body, rewritten+"with LF in front and at the end"),
			over("LF in front", "\n"+body, body, rewritten+"with LF in front"),
			over("a space at the end", body+" ", body, rewritten+"with a space at the end"),
			over("CR LF on both sides", "\r\n"+body+"\r\n", body, rewritten+"with CR LF in front and at the end"),
			over("a space on both sides", " "+body+" ", body, rewritten+"with a space in front and at the end"),
			over("all of it here", body, "\n\n  "+body+" \n", rewritten+"without the white space around it"),
		},
		"escapes and strings": {
			over("undone", `{"n":"café"}`, `{"n":"caf\u00e9"}`, rewritten+"compact JSON"),
			over("capital letters", `{"n":"caf\u00E9"}`, `{"n":"café"}`,
				rewritten+`compact JSON, all but ASCII escaped as \u00E9`),
			over("a surrogate pair", `{"n":"\ud83d\ude00"}`, `{"n":"😀"}`,
				rewritten+`compact JSON, all but ASCII escaped as \u00e9`),
			over("as Python writes it", `{"n": "caf\u00e9", "m": 1}`, `{"n":"café","m":1}`,
				rewritten+`JSON spaced, all but ASCII escaped as \u00e9`),
			over("as PHP writes it", `{"u":"a\/b","n":"caf\u00e9"}`, `{"u":"a/b","n":"café"}`,
				rewritten+"compact JSON, '/' and all but ASCII escaped"),
			over("numbers of Java", `{"a":10.0,"b":1.0E7}`, `{"a":10.00,"b":10000000.00}`,
				rewritten+"compact JSON, numbers as Java writes them"),
			over("stringified three times", `"\"{\\\"a\\\":1}\""`, `{"a":1}`, "it was stringified three times"),
			over("percent-encoded", `%7B%7D`, `{}`, rewritten+"percent-encoded"),
			over("& as an entity", `{"a":"x&amp;y"}`, `{"a":"x&y"}`, rewritten+"with &amp; for &"),
			over("UTF-8 twice", "{\"n\":\"Ã©\"}", `{"n":"é"}`, "read as Latin-1 and written as UTF-8"),
			over("a zero octet at the end", body+"\x00", body, rewritten+"with a zero octet at the end"),
			over("a Content-Digest", "sha-256=:"+b64s(sha(body))+":", body, "the Content-Digest field"),
			over("stringified twice", `"{\"a\":1}"`, `{"a":1}`,
				rewritten+"a JSON string of the JSON: it was stringified twice"),
			over("stringified twice here", `{"a":1}`, `"{\"a\":1}"`, rewritten+"the text inside of the JSON string"),
			over("Latin-1", "{\"n\":\"caf\xe9\"}", `{"n":"café"}`, "in another charset: in Latin-1"),
			over("percent-encoded here", `{"a":"x y"}`, `%7B%22a%22%3A%22x+y%22%7D`, rewritten+"percent-decoded"),
		},
		"the payload is a hash": {
			digest("hexadecimal", hx(sha(body))), digest("capital letters", strings.ToUpper(hx(sha(body)))),
			digest("base64", b64s(sha(body))), digest("base64url", b64u(sha(body))), digest("octets", string(sha(body))),
			digest("SHA-512", hx(sum(sha512.New, body))), digest("a member", `{"request_body_sha256":"`+hx(sha(body))+`"}`),
			digest("a Digest field", "SHA-256="+b64s(sha(body))), digest("with its name",
				`{"digest":"sha256:`+hx(sha(body))+`"}`),
			{"without the line break of the file", rsaPub, body + "\n", jws(rsaHeader, hx(sha(body)), rs),
				"the token carries the hash of the file of -payload, but for the line break at its end"},
			{"with a line break", rsaPub, body, jws(rsaHeader, hx(sha(body+"\n")), rs),
				"the token carries the hash of the file of -payload, but for the line break at its end"},
			{"in a detached token", rsaPub, body, detached(rsaHeader, rs, b64u([]byte(hx(sha(body))))),
				"the SHA-256 of the payload in hexadecimal in the payload's place"},
		},
		"a scheme before the token": {
			pasted("JWS ", "", stands+`"JWS "`), pasted("Authorization: JWS ", "", stands+`"Authorization: JWS "`),
			pasted("jwt ", "", stands+`"jwt "`), pasted("JWE ", "", stands+`"JWE "`), pasted("token ", "", stands+`"token "`),
			pasted("SSO ", "", stands+`"SSO "`), pasted("Signature ", "", stands+`"Signature "`), pasted("DPoP ", "", stands+`"DPoP "`), pasted("BEARER ",
				"", stands+`"BEARER "`),
			pasted("authorization: bearer ", "", stands+`"authorization: bearer "`),
			pasted("x-jws-signature: ", "", stands+`"x-jws-signature: "`), pasted("Bearer Bearer ", "", stands),
			pasted("client_assertion=", "", `as the value of "client_assertion"`),
			pasted("Bearer%20", "", "percent-encoded"), pasted(`{"jws":"`, `"}`, `the member "jws"`),
		},
		"an RSA signature in another form": {
			by("PSS, longest salt", pss(crypto.SHA256, sha256.New, 222),
				"RSASSA-PSS with SHA-256 and a salt of 222 octets, the longest that fits"),
			by("PSS, salt of SHA-1", pss(crypto.SHA256, sha256.New, 20), "RSASSA-PSS with SHA-256 and a salt of 20 octets"),
			by("PS256", pss(crypto.SHA256, sha256.New, 32), "the signature is valid as PS256"),
			by("PS512", pss(crypto.SHA512, sha512.New, 64), "the signature is valid as PS512"),
			by("PSS with SHA-1", pss(crypto.SHA1, sha1.New, 20), "RSASSA-PSS with SHA-1 and a salt of 20 octets"),
			by("RS512", pkcs1(crypto.SHA512, sha512.New), "the signature is valid as RS512"),
			by("SHA-1", pkcs1(crypto.SHA1, sha1.New), "RSASSA-PKCS1-v1_5 with SHA-1"),
			by("no DigestInfo", func(s string) []byte { return must(rsa.SignPKCS1v15(nil, rsaKey, 0, sha(s))) },
				"a SHA-256 without its DigestInfo"),
			by("reversed", func(s string) []byte { b := rs(s); slices.Reverse(b); return b },
				"in reverse order of its octets"),
			by("hashed twice", func(s string) []byte { return rs(string(sha(s))) },
				"the SHA-256 of the signing input: it was hashed before"),
			by("hexadecimal", func(s string) []byte { return []byte(hx(rs(s))) }, "hexadecimal text, as base64url"),
			by("base64", func(s string) []byte { return []byte(b64s(rs(s))) },
				"base64 text, as base64url: it was encoded twice"),
			by("hexadecimal of the hash", func(s string) []byte { return must(rsa.SignPKCS1v15(nil, rsaKey, 0, []byte(hx(sha(s))))) },
				"around the hexadecimal text of a SHA-256 without its DigestInfo"),
			by("BigInteger", func(s string) []byte { return append([]byte{0}, rs(s)...) }, "with a zero octet in front"),
			by("OCTET STRING", func(s string) []byte { return append([]byte{4, 0x82, 1, 0}, rs(s)...) }, "in an ASN.1 OCTET STRING"),
			by("UTF-8", func(s string) []byte {
				var w []byte
				for _, c := range rs(s) {
					w = append(w, string(rune(c))...)
				}
				return w
			}, "written as UTF-8, a character for each octet"),
			by("another message", func(string) []byte { return rs("another") },
				"So the key is the right one and the signature is whole, but another message was signed"),
		},
		"nothing that was tried": {
			{"another EC key", ecPub, "", jws(ecHeader, body, func(string) []byte { return es("another") }),
				"What is left: another key than the signer's, or a header, payload or signature that was changed"},
			{"another secret", []byte(secret), "", jws(hsHeader, body, hs("another")),
				"What is left: another secret than the signer's, or a header, payload or signature that was changed"},
			{"a signature that was cut", rsaPub, "", signed[:len(signed)-42],
				"The signature has 225 octets, and one by this key of 2048 bits has 256: it was cut off"},
			{"a public key as the secret", rsaPub, "", jws(hsHeader, body, hs(string(rsaPub))),
				"FAILED: The signature is an HMAC with the public key as secret. Anyone can make that"},
			{"two segments", rsaPub, "", "eyJhbGciOiJSUzI1NiJ9", "The token has 1 of the 3 segments that it needs"},
		},
		"a secret in another form": {
			keyed("lenient base64",
				"my-secret-word-to-change", string(must(base64.StdEncoding.DecodeString("mysecretwordtochange"))),
				"by a decoder that passes over what is not of the standard alphabet"),
			keyed("base64 twice", b64s([]byte(b64s([]byte(secret)))), secret, "base64 text of, encoded twice"),
			keyed("hexadecimal after 0x", "0x"+hx([]byte(secret)), secret, "the hexadecimal text after 0x"),
			keyed("a UUID", "00112233-4455-6677-8899-aabbccddeeff", string(must(hex.DecodeString("00112233445566778899aabbccddeeff"))),
				"the octets of a UUID, without its hyphens"),
			keyed("colons", strings.Join(strings.SplitAfter("00112233", "22"), ":")+":44", "\x00\x11\x22\x33\x44", "between the colons"),
			keyed("a name before it", "client-secret="+secret, secret, "without the name and '=' before it"),
			keyed("cut to 32 octets", secret, secret[:32], "the first 32 octets of the secret"),
			keyed("cut to 64 octets", secret, secret[:64], "the first 64 octets of the secret"),
			keyed("its hash in base64", secret, b64s(sha(secret)), "the SHA-256 of the secret in base64"),
			keyed("escaped line breaks", `-a\nb`+secret, "-a\nb"+secret, "with real line breaks"),
			keyed("hexadecimal", hx([]byte(secret)), secret, "the octets that the secret is the hexadecimal text of"),
			keyed("base64 and a line break", b64s([]byte(secret))+"\n", secret,
				"the octets that the secret is the base64 text of"),
			keyed("the text of base64", secret, b64s([]byte(secret)), "text of the secret, not the octets it stands for"),
			keyed("a line break", secret+"\n", secret, "the secret without the line break at its end"),
			keyed("quotes", `"`+secret+`"`, secret, "the secret without the quotes around it"),
			keyed("its hash", secret, string(sha(secret)), "the SHA-256 of the secret"),
			keyed("UTF-16", secret, strings.Join(strings.Split(secret, ""), "\x00")+"\x00", "the secret in UTF-16"),
			keyed("Latin-1", secret+"é", secret+"\xe9", "the secret in Latin-1"),
		},
		"an algorithm almost spelled right": {
			spelled("RSA_OAEP_256", "RSA-OAEP-256"), spelled("rsa-oaep-256", "RSA-OAEP-256"), spelled("RSAOAEP256",
				"RSA-OAEP-256"),
			spelled("RSAES_OAEP_SHA_256", "RSA-OAEP-256"), spelled("RSA/ECB/OAEPWithSHA-256AndMGF1Padding", "RSA-OAEP-256"),
			spelled("RSASSA_PKCS1_V1_5_SHA_256", "RS256"), spelled("RSASSA-PKCS1-v1_5", "RS256"), spelled("RSA256", "RS256"),
			spelled("ECDSA512", "ES512"), spelled("ES521", "ES512"), spelled("HMAC512", "HS512"),
			spelled("RSA-OAEP-SHA256", "RSA-OAEP-256"), spelled("RSA_OAEP_SHA_256", "RSA-OAEP-256"),
			spelled("A256_GCM", "A256GCM"), spelled("AES-256-GCM", "A256GCM"), spelled("a256gcm", "A256GCM"),
			spelled("SHA256withRSA", "RS256"), spelled("RS-256", "RS256"), spelled("Es512", "ES512"),
			spelled("SHA512withECDSA", "ES512"), spelled("HmacSHA512", "HS512"), spelled("HS_512", "HS512"),
		},
		"b64 that is not what was signed": {
			{"unencoded, and not said", rsaPub, body, detached(rsaHeader, rs, body),
				"over the payload as it is, though the header does not say"},
			{"unencoded with crit", rsaPub, body,
				detached(`{"alg":"RS256","http://a.example/iat":1,"crit":["http://a.example/iat"]}`, rs, body),
				"over the payload as it is, though the header does not say"},
			{"encoded, and b64 is false", rsaPub, body,
				detached(`{"alg":"RS256","b64":false,"crit":["b64"]}`, rs, b64u([]byte(body))),
				`over the base64url payload, though the header says "b64": false`},
			{"b64 is not in crit", rsaPub, body, detached(`{"alg":"RS256","b64":false}`, rs, body),
				"b64 is false, and crit does not name it"},
			{"unencoded, and a line break", rsaPub, body, detached(rsaHeader, rs, body+"\n"),
				"the payload as it is, though the header does not say"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range reports {
				verdict, whole := r.run(t)
				if !strings.Contains(strings.ToLower(verdict), strings.ToLower(r.first)) {
					t.Errorf("%s: the verdict is %q, want %q in it", r.about, verdict, r.first)
				}
				if strings.Contains(whole, secret) || strings.Contains(whole, "A private key was given") {
					t.Errorf("%s: the secret is there, or a public key counts as private:\n%s", r.about, whole)
				}
			}
		})
	}
}

// run returns what Main prints first, with its lines joined, and the whole.
func (r report) run(t *testing.T) (verdict, whole string) {
	t.Helper()
	key, payload := filepath.Join(t.TempDir(), "key"), filepath.Join(t.TempDir(), "payload")
	if err := os.WriteFile(key, r.key, 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-key", key, "-at", "2026-01-02T08:43:12Z"}
	if r.payload != "" {
		if err := os.WriteFile(payload, []byte(r.payload), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "-payload", payload)
	}
	var out, errs bytes.Buffer
	if status := explain.Main(append(args, "-"), strings.NewReader(r.token), &out, &errs); status > 1 || errs.Len() > 0 {
		t.Fatalf("%s: status %d, %s", r.about, status, errs.String())
	}
	verdict, _, _ = strings.Cut(strings.ReplaceAll(out.String(), "\n  ", " "), "\n")
	return verdict, out.String()
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
