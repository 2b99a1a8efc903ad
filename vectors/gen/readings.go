package main

import "strings"

// Files that can be read in two ways. Each has an RSA key outside and a P-521
// key inside, or the other way round, and is asked for both: the algorithm that
// it serves tells which of the two was taken.

// textBeside is the choice of who finds something beside a block of PEM.
const textBeside = "RFC 7468, Section 2 permits data before a block, whatever it is, and RFC 7468, Section 5.2 knows text behind one; a reader may refuse what is a key by itself"

// inner is the PEM of a public P-521 key, on lines of its own.
func inner() string { return "\n" + armor("PUBLIC KEY", ecMain.spki()) }

// description is the attribute or the value of this text (RFC 4519, Section 2.5).
func description(text string) []byte { return seq(oid(2, 5, 4, 13), tlv(0x0c, []byte(text))) }

// certificateWith is a certificate of rsaMain with this text as an attribute of its
// subject, and as the comment in an extension, where there is one.
func certificateWith(subject, comment string) []byte {
	name := hostileName
	if subject != "" {
		name = seq(tlv(0x31, description(subject)))
	}
	var extensions []byte
	if comment != "" {
		netscapeComment := oid(2, 16, 840, 1, 113730, 1, 13)
		extensions = tlv(0xa3, seq(seq(netscapeComment, tlv(0x04, tlv(0x16, []byte(comment))))))
	}
	return certificateOf("21260101000000Z", name, rsaMain.spki(), extensions)
}

// attributed is PrivateKeyInfo with rsaMain and the content of its attributes.
func attributed(attributes ...[]byte) []byte {
	return seq(small(0), rsaAlgorithm, tlv(0x04, rsaMain.pkcs1()), tlv(0xa0, attributes...))
}

func twoReadings() []row {
	var rows []row
	// add adds what the file is for RS256 and for ES512; "" is that it is accepted.
	add := func(prefix, fault, role, req, input, rs256, es512, why string) {
		for _, alg := range []string{"RS256", "ES512"} {
			r := row{id: prefix + "/" + fault + "/" + alg, role: role, req: req, why: why, input: input,
				class: map[string]string{"RS256": rs256, "ES512": es512}[alg], tags: "key-confusion parser-differential"}
			if r.class == "" {
				r.tags = "control " + r.tags
			}
			rows = append(rows, r)
		}
	}
	add("der", "certificate-with-pem-in-subject", "public", "5280 4.1", string(certificateWith(inner(), "")), "", badKey,
		"A certificate of an RSA key in DER, with the PEM of a P-521 key in an attribute of its subject: who searches for PEM before looking at the first octet takes a key that whoever asked for the certificate has chosen.")
	add("der", "certificate-with-pem-in-extension", "public", "5280 4.1", string(certificateWith("", inner())), "", badKey,
		"A certificate of an RSA key in DER, with the PEM of a P-521 key in an extension: its key is in subjectPublicKeyInfo and nowhere else.")
	add("base64-der", "certificate-with-pem-in-subject", "public", "5280 4.1", std64(certificateWith(inner(), "")), "", badKey,
		"The same certificate as base64 of DER: its key is the same one in each form.")
	add("certificate", "certificate-with-pem-in-subject", "public", "7468-5.1-1", armor("CERTIFICATE", certificateWith(inner(), "")), "", badKey,
		"The same certificate in PEM: its key is the same one in each form.")
	add("der", "pkcs8-with-pem-in-attribute", "private", "5958 2",
		string(attributed(seq(oid(2, 5, 4, 13), tlv(0x31, tlv(0x0c, []byte("\n"+armor("PRIVATE KEY", ecMain.pkcs8()))))))), "", badKey,
		"PrivateKeyInfo with an RSA key, and the PEM of a P-521 key in an attribute: the key is in privateKey, and attributes are no keys.")
	add("der", "followed-by-pem", "public", "5280 4.1.2.7", string(rsaMain.spki())+inner(), badKey, badKey,
		"PEM of a P-521 key follows a SubjectPublicKeyInfo with an RSA key: DER has one value, and nothing is behind it.")
	add("jwk", "jwk-followed-by-pem", "public", "8259-2-1", rsaMain.publicJWK().String()+inner(), badKey, badKey,
		"PEM of a P-521 key follows an RSA key: a JWK is one JSON object, with white space around it and nothing else.")
	add("jwk-set", "set-followed-by-pem", "public", "8259-2-1", set(rsaMain.publicJWK().id("a")).String()+inner(), badKey, badKey,
		"PEM of a P-521 key follows a set with an RSA key: a JWK Set is one JSON object, with white space around it and nothing else.")
	add("jwk", "jwk-with-pem-in-member", "public", "7517-4-4", rsaMain.publicJWK().with("note", str(strings.ReplaceAll(inner(), "\n", `\n`))).String(), "", badKey,
		"An RSA key with the PEM of a P-521 key in a member that is not understood, and so ignored.")
	add("jwk", "jwk-with-pem-in-name", "public", "7517-4-4", rsaMain.publicJWK().with(strings.ReplaceAll(inner(), "\n", `\n`), "1").String(), "", badKey,
		"An RSA key with the PEM of a P-521 key as the name of a member, which is not understood, and so ignored.")
	add("jwk", "jwk-with-jwk-in-member", "public", "7517-4-4", rsaMain.publicJWK().with("jwk", ecMain.publicJWK().String()).String(), "", badKey,
		"An RSA key with a P-521 key in a member that is not understood, and so ignored.")
	add("jwk-set", "set-with-pem-in-member", "public", "7517-5-5", set(rsaMain.publicJWK().id("a")).with("note", str(strings.ReplaceAll(inner(), "\n", `\n`))).String(), "", badKey,
		"A set with an RSA key, and the PEM of a P-521 key in a member that is not understood, and so ignored.")

	// The same files as PEM, where there may be text around a block.
	for _, c := range []struct{ fault, class, why, input string }{
		{"jwk-before-block", badKey, "An RSA key as JWK before the PEM of a P-521 key: the file is a JWK that something follows, or PEM with text before it.", rsaMain.publicJWK().String() + inner()},
		{"der-before-block", badKey, "An RSA key in DER before the PEM of a P-521 key: the file is DER that something follows, or PEM with data before it.", string(rsaMain.spki()) + inner()},
		{"jwk-after-block", "", "An RSA key as JWK after the PEM of a P-521 key: text behind a block.", inner() + rsaMain.publicJWK().String()},
	} {
		rows = append(rows, row{id: "pem/" + c.fault + "/ES512", class: c.class, req: "7468-2-1", tags: "key-confusion parser-differential", why: c.why, choice: textBeside, input: c.input})
	}
	return rows
}

// pemGrammar is the grammar of PEM (RFC 7468, Sections 2 and 3).
func pemGrammar() []row {
	var rows []row
	public := armor("PUBLIC KEY", rsaMain.spki())
	begin, rest, _ := strings.Cut(public, "\n")
	first, others, _ := strings.Cut(rest, "\n")
	ends := strings.LastIndex(strings.TrimSuffix(others, "\n"), "\n") + 1
	body, end := others[:ends], others[ends:]
	file := func(parts ...string) string { return strings.Join(parts, "") }
	padded := armor("PRIVATE KEY", ecMain.pkcs8()) // with two characters of padding

	const parsing = "RFC 7468, Section 3: which of the grammars of Figures 1 to 3 a parser follows depends on the context of use"
	const ignores = "RFC 7468, Section 2: parsers should ignore white space and other characters that are not base64, of which lax parsing runs the risk of accepting what was not meant"
	add := func(fault, alg, class, req, why, choice, input string) {
		r := row{id: "pem/" + fault + "/" + alg, class: class, req: req, tags: "encoding parser-differential", why: why, choice: choice, input: input}
		if class == "" && choice == "" {
			r.tags = "control encoding"
		}
		rows = append(rows, r)
	}
	// Line ends, and lines.
	add("valid-cr", "RS256", "", "7468-2-3", "Lines end in CR alone: different newline conventions must be handled.", "", strings.ReplaceAll(public, "\n", "\r"))
	add("valid-mixed-line-ends", "RS256", "", "7468-2-3", "Lines end in LF, CRLF and CR: different newline conventions must be handled.", "", file(begin, "\r\n", first, "\r", body, end))
	add("valid-begin-in-text", "RS256", "", "7468-2-1 7468-2-7", "Text before the block has the words of its first line in the middle of a line: a block begins with a line that is nothing else.", "",
		"The key is what follows -----BEGIN PUBLIC KEY----- below.\n"+public)
	add("spaces-at-line-ends", "RS256", "", "7468-2-12 7468-2-2", "Blanks at the ends of lines, which most parsers ignore.", parsing, strings.ReplaceAll(public, "\n", " \t\n"))
	add("blank-lines-before-base64", "RS256", "", "7468-2-10 7468-2-2", "Empty lines and blanks between the first line and the base64.", parsing, file(begin, "\n\n \n\t", first, "\n", body, end))
	add("lines-of-76", "RS256", "", "7468-2-13 7468-2-11", "Lines of base64 with 76 characters, as MIME has them.", "RFC 7468, Section 2: parsers may handle other line sizes than 64", rewrap(public, 76))
	add("padding-on-next-line", "ES512", "", "7468-2-12 7468-2-2", "A line break between the two characters of padding, which is not good, but valid.", parsing, strings.Replace(padded, "==\n", "=\n=\n", 1))
	rows[len(rows)-1].role = "private"
	add("blank-line-in-base64", "RS256", badKey, "7468-2-10 7468-2-2", "An empty line in the middle of the base64, which only the lax grammar has.", parsing, file(begin, "\n", first, "\n\n", body, end))
	add("space-before-begin", "RS256", badKey, "7468-2-12 7468-2-2", "A blank before the first line, which only the lax grammar has.", parsing, file(" ", public))
	add("space-before-base64-line", "RS256", badKey, "7468-2-12 7468-2-2", "A blank at the beginning of a line of base64, which only the lax grammar has.", parsing, file(begin, "\n", first, "\n ", body, end))
	add("space-in-base64", "RS256", badKey, "7468-2-2 7468-2-12", "A blank in the middle of a line of base64, which only the lax grammar has.", parsing, file(begin, "\n", first[:8], " ", first[8:], "\n", body, end))
	add("space-before-end", "RS256", badKey, "7468-2-12 7468-2-2", "A blank before the last line, which only the lax grammar has.", parsing, file(begin, "\n", first, "\n", body, " ", end))
	add("character-outside-base64", "RS256", badKey, "7468-2-2 7468-2-12", "A character in the middle of a line that base64 does not have.", ignores, file(begin, "\n", first[:8], "*", first[8:], "\n", body, end))
	add("non-breaking-space", "RS256", badKey, "7468-2-2 7468-2-12", "A no-break space of two octets at the end of a line, as word processors leave it.", ignores, file(begin, "\n", first, "\u00a0\n", body, end))

	const bits = "RFC 4648, Section 3.5: a decoder may refuse bits after the last octet that are not zero, or ignore them"
	spare := func(text string) string { // of the key whose base64 ends so
		return strings.Replace(text, "SrE=", "SrF=", 1)
	}
	add("spare-bits", "ES512", badKey, "4648-3.5-2", "The last character of the base64 has bits that encode nothing and are not zero.", bits, spare(armor("PUBLIC KEY", ecMain.spki())))
	rows = append(rows, row{id: "base64-der/spare-bits/ES512", class: badKey, req: "4648-3.5-2", tags: "encoding", choice: bits, input: spare(std64(ecMain.spki())),
		why: "The last character has bits that encode nothing and are not zero."})

	// Boundaries that are none.
	for _, c := range []struct{ fault, req, why, input string }{
		{"begin-four-hyphens", "7468-2-6", "The first line ends in four hyphens; there are exactly five.", file(strings.TrimSuffix(begin, "-"), "\n", rest)},
		{"begin-six-hyphens", "7468-2-6", "The first line begins with six hyphens; there are exactly five.", file("-", public)},
		{"begin-two-spaces", "7468-2-6", "Two spaces between BEGIN and the label; there is exactly one.", strings.Replace(public, "BEGIN ", "BEGIN  ", 1)},
		{"begin-lower-case", "7468-2-6", "The word BEGIN in lower case.", strings.Replace(public, "BEGIN", "begin", 1)},
		{"begin-in-the-middle-of-a-line", "7468-2-6", "The only first line of a block has text before it, and is no line by itself.", file("key: ", public)},
		{"begin-with-text-behind", "7468-2-6", "The first line of the block has text behind it.", file(begin, " of the signer\n", rest)},
		{"begin-escaped-line-ends", "7468-2-6", `Line ends are written as \n, two characters, as they come out of a configuration file.`, strings.ReplaceAll(public, "\n", `\n`)},
		{"end-four-hyphens", "7468-2-6", "The last line ends in four hyphens; there are exactly five.", file(begin, "\n", first, "\n", body, strings.TrimSuffix(end, "-\n"), "\n")},
		{"end-missing", "7468-2-6", "The last line is missing.", file(begin, "\n", first, "\n", body)},
		{"end-in-base64-line", "7468-2-6", "The last line of base64 and the line that ends the block are one.", file(begin, "\n", first, "\n", strings.TrimSuffix(body, "\n"), end)},
		{"begin-missing", "7468-2-6", "The first line is missing.", rest},
	} {
		rows = append(rows, row{id: "pem/" + c.fault + "/RS256", class: badKey, req: c.req, tags: "framing", why: c.why, input: c.input})
	}
	for i := range rows {
		if strings.Contains(rows[i].id, "end-in-base64-line") || strings.Contains(rows[i].id, "begin-in-the-middle") || strings.Contains(rows[i].id, "begin-six-hyphens") {
			rows[i].choice = "RFC 7468, Section 2: the most lax parsers do not look for lines"
		}
	}

	// Around a block.
	sent := armor("CERTIFICATE", dearmor(rsaCertPEM))
	rows = append(rows, row{id: "certificate/valid-openssl-lines/RS256", req: "7468-5.2-1 7468-2-1", tags: "control", why: "The lines that openssl s_client writes around a certificate; the first octet is 0x30, as that of a SEQUENCE.",
		input: "0 s:CN = Hostile corpus RSA\n   i:CN = Hostile corpus RSA\n" + sent + "---\n"})
	add("ec-parameters-of-other-curve", "ES512", badKey, "7468-2-14", "The block of EC PARAMETERS before the key names P-256, and the key is of P-521.", "no RFC describes this block, which openssl writes before a key",
		armor("EC PARAMETERS", oidP256)+armor("EC PRIVATE KEY", ecMain.sec1(oidP521)))
	rows[len(rows)-1].role = "private"
	add("ec-parameters-after", "ES512", badKey, "7468-2-14", "The block of EC PARAMETERS stands behind the key.", "no RFC describes this block, which openssl writes before a key",
		armor("EC PRIVATE KEY", ecMain.sec1(oidP521))+armor("EC PARAMETERS", oidP521))
	rows[len(rows)-1].role = "private"
	rows = append(rows,
		row{id: "der/spki-begin-in-modulus/RS256", req: "5280 4.1.2.7", tags: "control parser-differential", input: string(rsaText.spki()),
			why: "The octets of the modulus happen to be, in part, the first line of a block of PEM: a file of DER is read as DER."},
		row{id: "base64-der/spki-begin-in-modulus/RS256", req: "5280 4.1.2.7", tags: "control parser-differential", input: std64(rsaText.spki()),
			why: "The octets of the modulus happen to be, in part, the first line of a block of PEM."},
		row{id: "jwk/valid-line-breaks-before/ES512", req: "8259-2-1 7517-4-1", tags: "control", input: "\r\n\n\t" + ecMain.publicJWK().String() + "\r\n", why: "Line breaks before and behind a JWK are white space."},
	)
	return rows
}

// rewrap returns a PEM file with lines of base64 of n characters.
func rewrap(file string, n int) string {
	lines := strings.Split(strings.TrimSpace(file), "\n")
	text := strings.Join(lines[1:len(lines)-1], "")
	out := lines[0] + "\n"
	for ; len(text) > n; text = text[n:] {
		out += text[:n] + "\n"
	}
	return out + text + "\n" + lines[len(lines)-1] + "\n"
}
