package main

import (
	"crypto"
	"crypto/sha512"
	"slices"
	"strings"
)

// unencoded returns a token whose payload is signed as it is (RFC 7797,
// Section 3), and stands in the token as it is if attached.
func unencoded(alg, header, payload string, attached bool) string {
	h := b64(header)
	sig := "." + b64(sign(alg, h+"."+payload))
	if attached {
		return h + "." + payload + sig
	}
	return h + "." + sig
}

// detach takes the payload out of a token (RFC 7515, Appendix F).
func detach(token string) string {
	p := strings.Split(token, ".")
	return p[0] + ".." + p[2]
}

// b64False is a header with the members of RFC 7797, Section 6.
func b64False(alg string, more ...string) string {
	return header(alg, append([]string{`"b64":false`, `"crit":["b64"]`}, more...)...)
}

// safeText is a payload that may be attached without being encoded (RFC 7797,
// Section 5.2): %x20-2D / %x2F-7E.
const safeText = `{"amount":"10,00","currency":"EUR"}`

func unencodedRows() []row {
	return slices.Concat(unencodedControls(), b64Rules(), detachedConfusion(), unencodedCharacters(), contentConfusion())
}

func unencodedControls() []row {
	var rows []row
	add := func(prefix, fault, alg, req, payload, token, why string) {
		rows = append(rows, row{id: prefix + "/" + fault + "/" + alg, req: req, tags: "control", why: why, token: token, payload: payload})
	}
	for _, alg := range []string{"RS256", "ES512", "HS512"} {
		add("detached", "valid", alg, "7515-F-1", text, detach(jws(alg, header(alg), text)), "The payload is left out of the token and handed over beside it.")
		add("unencoded", "valid", alg, "7797-3-7 7797-5.2-3 7797-8-3", safeText, unencoded(alg, b64False(alg), safeText, true), "The payload stands in the token as it is.")
		add("unencoded-detached", "valid", alg, "7797-3-7 7797-5.1-1", text, unencoded(alg, b64False(alg), text, false), "The payload is signed as it is and handed over beside the token.")
		add("detached", "valid-b64-true", alg, "7797-3-2 7515-F-1", text, detach(jws(alg, header(alg, `"b64":true`), text)), "b64 true is the default, and need not be in crit.")
		add("detached", "valid-b64-true-in-crit", alg, "7797-6-1 7797-3-2 7515-F-1", text, detach(jws(alg, header(alg, `"b64":true`, `"crit":["b64"]`), text)), "b64 true may be in crit.")
	}
	add("jws", "valid-b64-true", "RS256", "7797-3-2", text, jws("RS256", header("RS256", `"b64":true`), text), "b64 true is the default, and need not be in crit.")
	add("jws", "valid-b64-true-in-crit", "RS256", "7797-6-1 7797-3-2", text, jws("RS256", header("RS256", `"b64":true`, `"crit":["b64"]`), text), "b64 true may be in crit.")
	add("detached", "valid-empty-payload", "RS256", "7515-F-1 7515-2-4", emptyPayload, detach(jws("RS256", header("RS256"), "")), "A detached payload of no octets.")
	add("unencoded-detached", "valid-empty-payload", "ES512", "7797-5.1-1", emptyPayload, unencoded("ES512", b64False("ES512"), "", false), "A detached payload of no octets.")
	add("unencoded-detached", "valid-full-stop", "HS512", "7797-5.1-1", "$.02", unencoded("HS512", b64False("HS512"), "$.02", false), "A detached payload may contain a full stop.")
	add("unencoded-detached", "valid-binary", "RS256", "7797-5.1-1", "\x00.\xff\r\n", unencoded("RS256", b64False("RS256"), "\x00.\xff\r\n", false), "A detached payload is any octets.")
	add("detached", "valid-binary", "HS512", "7515-F-1 7515-2-4", "\x00.\xff\r\n", detach(jws("HS512", header("HS512"), "\x00.\xff\r\n")), "A detached payload is any octets.")
	add("unencoded", "valid-looks-like-base64url", "HS512", "7797-3-1 7797-5.2-5", "eyJhIjoxfQ", unencoded("HS512", b64False("HS512"), "eyJhIjoxfQ", true), "The payload is the text eyJhIjoxfQ, and is not decoded.")
	add("unencoded", "valid-all-characters", "HS512", "7797-5.2-4 7797-5.2-3", printable(), unencoded("HS512", b64False("HS512"), printable(), true), "Every character that an attached payload may have.")
	add("unencoded", "valid-crit-before-b64", "RS256", "8259-4-3 7797-3-7", safeText, unencoded("RS256", `{"crit":["b64"],"alg":"RS256","b64":false}`, safeText, true), "The order of the members means nothing.")
	add("unencoded-detached", "valid-crit-escaped", "RS256", "7515-5.3-1 7515-10.13-2 7797-3-7", text, unencoded("RS256", `{"alg":"RS256","b64":false,"crit":["\u0062\u0036\u0034"]}`, text, false), "b64 in crit, written with escapes.")
	rows = append(rows, row{id: "unencoded-detached/valid-crit-understood/RS256", req: "7515-4.1.11-1 7797-3-7", tags: "control crit", check: `{"iat":0,"iss":"C=GB, O=Example"}`,
		why: "Other members in crit that the application understands, as Nuapay has them.", payload: text,
		token: unencoded("RS256", header("RS256", `"iat":0`, `"iss":"C=GB, O=Example"`, `"b64":false`, `"crit":["iat","iss","b64"]`), text, false)})
	for i := range rows {
		if strings.Contains(rows[i].id, "b64-true-in-crit") { // who does not know RFC 7797 has to refuse it
			rows[i].level = feature
		}
	}
	return rows
}

// printable returns %x20-2D / %x2F-7E.
func printable() string {
	var b strings.Builder
	for c := byte(0x20); c < 0x7f; c++ {
		if c != '.' {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// b64Rules are headers in which b64 is not as RFC 7797, Sections 3 and 6 want
// it. Where b64 seems to be false, the payload is signed as it is, so that the
// header alone is wrong.
func b64Rules() []row {
	var rows []row
	for _, c := range []struct{ fault, req, class, choice, members, why string }{
		{"b64-false-without-crit", "7797-8-3 7797-6-1", malformed, "", `"b64":false`, "Without crit, a recipient that does not know b64 would verify other octets."},
		{"b64-false-crit-names-other", "7797-8-3 7797-6-1", malformed, "", `"b64":false,"x":1,"crit":["x"]`, "crit is there and does not name b64."},
		{"b64-false-crit-empty", "7797-8-3 7515-4.1.11-7", malformed, "", `"b64":false,"crit":[]`, "crit is there and empty."},
		{"b64-false-crit-other-case", "7797-8-3 7515-10.13-3", malformed, "", `"b64":false,"B64":false,"crit":["B64"]`, "crit names B64, which is another member."},
		{"b64-string-false", "7797-3-2", malformed, "", `"b64":"false","crit":["b64"]`, "b64 is a boolean: the string false is true in many languages."},
		{"b64-string-empty", "7797-3-2", malformed, "", `"b64":"","crit":["b64"]`, "b64 is a boolean, not an empty string."},
		{"b64-zero", "7797-3-2", malformed, "", `"b64":0,"crit":["b64"]`, "b64 is a boolean, not a number."},
		{"b64-null", "7797-3-2", malformed, "", `"b64":null,"crit":["b64"]`, "b64 is a boolean, not null."},
		{"b64-array", "7797-3-2", malformed, "", `"b64":[],"crit":["b64"]`, "b64 is a boolean, not an array."},
		{"b64-duplicate-last-true", "7515-4-2 7515-5.2-8", malformed, "", `"b64":false,"b64":true,"crit":["b64"]`, "The first b64 is false, as the payload has it, and the last is true."},
		{"b64-duplicate-last-false", "7515-4-2 7515-5.2-8", malformed, lastWins, `"b64":true,"b64":false,"crit":["b64"]`, "The first b64 is true, and the last is false, as the payload has it."},
		{"b64-false-crit-unknown-too", "7515-4.1.11-3 7515-4.1.11-1", unsupported, "", `"b64":false,"bork":1,"crit":["b64","bork"]`, "crit names b64 and an extension that nobody understands."},
		{"b64-false-crit-twice", "7515-4.1.11-9 7515-4.1.11-5", malformed, "RFC 7515, Section 4.1.11: producers must not write it, recipients may consider the JWS invalid",
			`"b64":false,"crit":["b64","b64"]`, "crit names b64 twice."},
	} {
		rows = append(rows,
			row{id: "unencoded-detached/" + c.fault + "/HS512", class: c.class, choice: c.choice, req: c.req, tags: "crit content-confusion",
				why: c.why, token: unencoded("HS512", header("HS512", c.members), text, false), check: `{"x":1}`, payload: text})
		if !strings.Contains(c.members, `"x"`) {
			rows[len(rows)-1].check = ""
		}
	}
	for i, r := range rows {
		if strings.Contains(r.id, "b64-string") || strings.Contains(r.id, "b64-zero") || strings.Contains(r.id, "b64-null") || strings.Contains(r.id, "b64-array") {
			rows[i].tags = "type-confusion content-confusion"
		}
		if strings.Contains(r.id, "duplicate-last") {
			rows[i].tags = "parser-differential content-confusion"
		}
	}
	const mayNotKnow = "RFC 7515, Section 4: who does not know RFC 7797 ignores b64, and the payload is encoded; who does refuses it (RFC 7797, Section 6)"
	mayRefuse := "RFC 7515, Section 4.1.11: a name in crit must be in the header; recipients may consider the JWS invalid"
	return append(rows,
		row{id: "jws/crit-b64-absent/RS256", class: malformed, choice: mayRefuse, req: "7515-4.1.11-9 7515-4.1.11-6", tags: "crit",
			why: "crit names b64, which is not there; its default is true.", token: jws("RS256", header("RS256", `"crit":["b64"]`), text)},
		row{id: "detached/crit-b64-absent/ES512", class: malformed, choice: mayRefuse, req: "7515-4.1.11-9 7515-4.1.11-6", tags: "crit",
			why: "crit names b64, which is not there; its default is true.", token: detach(jws("ES512", header("ES512", `"crit":["b64"]`), text)), payload: text},
		row{id: "unencoded/b64-false-without-crit/RS256", class: malformed, req: "7797-8-3 7797-6-1", tags: "crit content-confusion",
			why: "Without crit, a recipient that does not know b64 would verify other octets.", token: unencoded("RS256", header("RS256", `"b64":false`), safeText, true)},
		row{id: "jws/b64-false-without-crit/RS256", class: malformed, choice: mayNotKnow, req: "7797-8-3 7515-4-5", tags: "crit content-confusion",
			why: "b64 is false without crit, over a payload that is encoded after all.", token: jws("RS256", header("RS256", `"b64":false`), text)},
		row{id: "jws/b64-name-escaped/RS256", class: malformed, choice: mayNotKnow, req: "7797-8-3 7515-4-5 7515-10.13-2", tags: "crit content-confusion",
			why: "The name b64 is written with escapes, past a search for the text.", token: jws("RS256", `{"alg":"RS256","\u0062\u0036\u0034":false}`, text)},
		row{id: "jws/b64-other-case/RS256", req: "7515-4-5 7515-10.13-3", tags: "control",
			why: "B64 is another member, and is ignored.", token: jws("RS256", header("RS256", `"B64":false`), text)},
	)
}

// detachedConfusion hands tokens with a payload to who expects none, and the
// reverse.
func detachedConfusion() []row {
	var rows []row
	for _, alg := range []string{"RS256", "ES512", "HS512"} {
		attached := jws(alg, header(alg), text)
		rows = append(rows,
			row{id: "detached/attached-payload/" + alg, class: malformed, req: "7515-F-1", tags: "content-confusion",
				why: "The token has the payload inside, and the same is handed over beside it.", token: attached, payload: text},
			row{id: "detached/attached-other-payload/" + alg, class: malformed, req: "7515-F-1 7515-5.2-13", tags: "content-confusion",
				why: "The token is good for the payload inside; the one beside it is another.", token: attached, payload: strings.Replace(text, "10.00", "90.00", 1)},
			row{id: "unencoded-detached/attached-payload/" + alg, class: malformed, req: "7515-F-1 7797-3-7", tags: "content-confusion",
				why:   "The token has the unencoded payload inside, and the same is handed over beside it.",
				token: unencoded(alg, b64False(alg), safeText, true), payload: safeText},
			row{id: "jws/detached-for-attached/" + alg, class: signature, req: "7515-5.2-13 7515-F-1", tags: "content-confusion",
				why: "The payload is detached, and none is handed over: it is not the empty one.", token: detach(attached)},
			row{id: "unencoded/detached-for-attached/" + alg, class: signature, req: "7515-5.2-13 7797-3-7", tags: "content-confusion",
				why: "The unencoded payload is detached, and none is handed over: it is not the empty one.", token: unencoded(alg, b64False(alg), text, false)},
		)
	}
	good := detach(jws("RS256", header("RS256"), text))
	raw := unencoded("RS256", b64False("RS256"), text, false)
	for _, c := range []struct{ fault, payload, why string }{
		{"payload-trailing-line-feed", text + "\n", "A line feed was added to the payload under way."},
		{"payload-trailing-crlf", text + "\r\n", "A line break was added to the payload under way."},
		{"payload-trailing-space", text + " ", "A space was added to the payload under way."},
		{"payload-trailing-nul", text + "\x00", "A NUL was added to the payload."},
		{"payload-byte-order-mark", "\ufeff" + text, "A byte order mark was added to the payload under way."},
		{"payload-reformatted", strings.ReplaceAll(text, ":", ": "), "The same JSON with other white space."},
		{"payload-changed", strings.Replace(text, "10.00", "90.00", 1), "Another amount."},
		{"payload-truncated", text[:len(text)-1], "The last octet of the payload is missing."},
		{"payload-empty", emptyPayload, "The payload is gone."},
		{"payload-encoded", b64(text), "What is handed over is the base64url of the payload."},
		{"payload-escaped", strings.ReplaceAll(text, "E", `\u0045`), "The same JSON with an escape."},
	} {
		rows = append(rows,
			row{id: "detached/" + c.fault + "/RS256", class: signature, req: "7515-F-1 7515-5.2-13", tags: "tampering", why: c.why, token: good, payload: c.payload},
			row{id: "unencoded-detached/" + c.fault + "/RS256", class: signature, req: "7797-3-7 7515-5.2-13 7797-5.1-1", tags: "tampering", why: c.why, token: raw, payload: c.payload})
	}
	rows = append(rows,
		row{id: "detached/segments-2/RS256", class: malformed, req: "7515-5.2-4 7515-3.1-2", tags: "framing", why: "One dot between header and signature instead of two.",
			token: strings.Replace(good, "..", ".", 1), payload: text},
		row{id: "detached/segments-4/RS256", class: malformed, req: "7515-5.2-4 7515-3.1-2", tags: "framing", why: "Three dots instead of two.",
			token: strings.Replace(good, "..", "...", 1), payload: text},
		row{id: "detached/space-for-payload/RS256", class: malformed, req: "7515-5.2-11 7515-F-1", tags: "framing", why: "A space where the payload was taken out.",
			token: strings.Replace(good, "..", ". .", 1), payload: text},
		row{id: "detached/alg-none/RS256", class: unsupported, req: "7518-3.6-5 8725-3.2-6", tags: "algorithm-confusion", why: "alg none over detached content.",
			token: b64(header("none")) + "..", payload: text},
		row{id: "unencoded-detached/alg-none/HS512", class: unsupported, req: "7518-3.6-5 8725-3.2-6", tags: "algorithm-confusion", why: "alg none over unencoded detached content.",
			token: b64(b64False("none")) + "..", payload: text},
		row{id: "detached/signature-empty/HS512", class: malformed, req: "7518-3.2-2 7518-3.2-5", tags: "signature-forgery", why: "Neither payload nor signature.",
			token: b64(header("HS512")) + "..", payload: text},
		row{id: "unencoded-detached/signature-line-feed/HS512", class: malformed, req: "7515-5.2-12 7515-2-1 4648-3.1-1", tags: "encoding", why: "A line feed after the signature.",
			token: unencoded("HS512", b64False("HS512"), text, false) + "\n", payload: text},
		row{id: "unencoded-detached/header-padded/HS512", class: malformed, req: "7515-5.2-5 7515-2-1", tags: "encoding", why: "Padding after the header, which is signed with it.",
			token: paddedHeader(), payload: text},
		row{id: "detached/other-key/ES512", class: signature, req: "7515-5.2-13", tags: "signature-forgery", why: "Signed by another key.",
			token: b64(header("ES512")) + ".." + b64(ecOther.sign(crypto.SHA512, b64(header("ES512"))+"."+b64(text))), payload: text},
		row{id: "detached/key-confusion-spki-pem/RS256", class: algorithm, req: "8725-3.1-2 8725-3.1-5", tags: "algorithm-confusion key-confusion", why: "Key confusion over detached content: the MAC is keyed with the public key.",
			token: detach(hs512([]byte(armor("PUBLIC KEY", rsaMain.spki())), header("HS512"), text)), payload: text},
		row{id: "detached/psychic-signature/ES512", class: signature, req: "7518-3.4-9", tags: "signature-forgery", why: "The psychic signature (CVE-2022-21449) over detached content.",
			token: b64(header("ES512")) + ".." + b64(make([]byte, 132)), payload: text},
	)
	return rows
}

func paddedHeader() string {
	h := b64(b64False("HS512") + " ")
	h += strings.Repeat("=", (4-len(h)%4)%4)
	if !strings.HasSuffix(h, "=") {
		panic("no padding")
	}
	return h + ".." + b64(mac(sha512.New, secret, h+"."+text))
}

// unencodedCharacters are attached payloads with characters that RFC 7797,
// Section 5.2 excludes. The signature is over the payload as it is.
func unencodedCharacters() []row {
	var rows []row
	for _, c := range []struct{ fault, req, payload, why string }{
		{"full-stop", "7515-5.2-4 7797-5.2-1", "$.02", "A full stop in the payload would be a fourth segment."},
		{"full-stop-last", "7515-5.2-4 7797-5.2-1", "The end.", "A full stop at the end of the payload."},
		{"full-stop-first", "7515-5.2-4 7797-5.2-1", ".02", "A full stop at the beginning of the payload."},
		{"line-feed", "7797-5.2-3", "a\nb", "A line feed is not of the characters allowed."},
		{"carriage-return", "7797-5.2-3", "a\rb", "A carriage return is not of the characters allowed."},
		{"tab", "7797-5.2-3", "a\tb", "A tab is not of the characters allowed."},
		{"nul", "7797-5.2-3", "a\x00b", "A NUL is not of the characters allowed."},
		{"delete", "7797-5.2-3", "a\x7fb", "DEL, the character after the last one allowed."},
		{"unit-separator", "7797-5.2-3", "a\x1fb", "U+001F, the character before the first one allowed."},
		{"non-ascii", "7797-5.2-3", "Zürich", "A letter outside of ASCII."},
		{"c1-control", "7797-5.2-3", "a\u0085b", "A control character outside of ASCII, a line break for some."},
	} {
		r := row{id: "unencoded/character-" + c.fault + "/HS512", payload: c.payload, class: malformed, req: c.req, tags: "content-confusion", why: c.why,
			token: unencoded("HS512", b64False("HS512"), c.payload, true)}
		if !strings.Contains(c.payload, ".") {
			r.choice = "RFC 7797, Section 5.2: which characters an attached payload may have is for the application to say; package jose takes the set that the RFC proposes"
		}
		rows = append(rows, r)
	}
	return rows
}

// contentConfusion are signatures that are right for the other value of b64
// (RFC 7797, Section 8).
func contentConfusion() []row {
	h, raw := b64(header("HS512")), b64(b64False("HS512"))
	sig := func(input string) string { return b64(mac(sha512.New, secret, input)) }
	encoded := b64(text)
	rows := []row{
		{id: "unencoded-detached/signed-encoded/HS512", req: "7797-3-7 7515-5.2-13", why: "b64 is false, and the signature is over the encoded payload.",
			token: raw + ".." + sig(raw+"."+encoded), payload: text},
		{id: "detached/signed-unencoded/HS512", req: "7515-2-3 7515-5.2-13 7797-3-1", why: "b64 is true, and the signature is over the payload as it is.",
			token: h + ".." + sig(h+"."+text), payload: text},
		{id: "jws/signed-unencoded/HS512", req: "7515-2-3 7515-5.2-13 7797-3-1", why: "b64 is true, and the signature is over the payload as it is.",
			token: h + "." + encoded + "." + sig(h+"."+text)},
		{id: "unencoded/signed-encoded/HS512", req: "7797-3-7 7515-5.2-13", why: "b64 is false, and the signature is over the encoded payload.",
			token: raw + "." + safeText + "." + sig(raw+"."+b64(safeText))},
		{id: "unencoded-detached/b64-removed/HS512", req: "7797-3-7 7515-5.2-13", why: "A token without b64 whose header was replaced by one with it: the payloads look alike, the headers differ.",
			token: raw + ".." + sig(h+"."+text), payload: text},
		{id: "detached/b64-added/HS512", req: "7515-2-3 7515-5.2-13", why: "A token with b64 false whose header was replaced by one without: its payload is the text that the other one encodes to.",
			token: h + ".." + sig(raw+"."+encoded), payload: text},
		{id: "unencoded-detached/payload-is-encoding/HS512", req: "7797-3-7 7515-5.2-13", why: "The payload handed over is the text that was signed, encoded once more.",
			token: raw + ".." + sig(raw+"."+text), payload: encoded},
		{id: "detached/signature-of-dot-payload/HS512", req: "7515-2-3 7515-5.2-13", why: "The signature is over the payload alone, after a dot.",
			token: h + ".." + sig("."+encoded), payload: text},
		{id: "unencoded-detached/separator-missing/HS512", req: "7797-3-7 7515-5.2-13", why: "The signature is over header and payload without the dot between them.",
			token: raw + ".." + sig(raw+text), payload: text},
	}
	for i := range rows {
		rows[i].class, rows[i].tags = signature, "content-confusion"
	}
	return rows
}
