package explain

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	_ "embed"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/big"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"example.com/jose"
)

//go:embed formats.txt
var formatsText string

// A format is a line of formats.txt.
type format struct {
	name string
	has  *regexp.Regexp
	with string // what replaces it
}

var formats, oidNames = func() (list map[string][]format, names map[string]string) {
	list, names = map[string][]format{}, map[string]string{}
	for line := range strings.SplitSeq(formatsText, "\n") {
		column := append(strings.Split(line, "\t"), "")
		if len(column) > 3 && column[0] == "oid" {
			names[column[2]] = column[1]
		} else if len(column) > 3 {
			with, _ := strconv.Unquote(`"` + column[3] + `"`)
			list[column[0]] = append(list[column[0]], format{column[1], regexp.MustCompile(column[2]), with})
		}
	}
	return list, names
}()

// match names the first format that the octets have, "" if it is none.
func match(of string, octets []byte) string {
	text := make([]rune, min(len(octets), 1<<16))
	for i := range text {
		text[i] = rune(octets[i]) // so that a pattern can name any octet
	}
	i := slices.IndexFunc(formats[of], func(f format) bool { return f.has.MatchString(string(text)) })
	if i < 0 {
		return ""
	}
	return formats[of][i].name
}

// A keyFile is what a key file is: the format and what stands around it, what is
// wrong, and the keys; and what the three functions of package jose make of it.
type keyFile struct {
	steps []step
	keys  []*key // the one that is meant first
	isSet bool

	private                       *jose.PrivateKey
	public                        *jose.PublicKey
	set                           *jose.KeySet
	privateErr, publicErr, setErr error
}

// refusal is why package jose does not take the file for what it is, nil if it does.
func (f *keyFile) refusal() error {
	switch {
	case f.privateErr == nil || f.publicErr == nil || f.setErr == nil:
		return nil
	case f.isSet:
		return f.setErr
	case f.isPrivate():
		return f.privateErr
	}
	return f.publicErr
}

func (f *keyFile) isPrivate() bool {
	return slices.ContainsFunc(f.keys, func(k *key) bool { return k.isPriv || k.secret != nil })
}

// A step is one fact of knows.txt about the file.
type step struct {
	id, text string
	wrong    bool
	with     []string // what stands for the placeholders of its commands, in pairs
}

func (f *keyFile) add(id string, wrong bool, args ...any) {
	if !f.has(id) {
		f.steps = append(f.steps, step{id: id, text: known[id].text(args...), wrong: wrong})
	}
}

func (f *keyFile) has(id string) bool {
	return slices.ContainsFunc(f.steps, func(s step) bool { return s.id == id })
}

// with says what stands for the placeholders of the last fact's commands.
func (f *keyFile) with(pairs ...string) { f.steps[len(f.steps)-1].with = pairs }

// isJWK reports whether the step says that the file is right as it is.
func isJWK(s step) bool { return s.id == "jwk" || s.id == "jwks" }

// hopeless are the facts that no command helps against: a new key, or the file again, is needed.
var hopeless = []string{"other-kind", "curve", "rsa-pss", "rsa-short", "jwk-purpose", "jwk-incomplete", "cut-off",
	"not-base64", "pem-unknown", "rsa-numbers"}

// problem is the worst or first thing that is wrong with the file, "" if nothing is.
func (f *keyFile) problem() (text string) {
	for _, s := range f.steps {
		if s.wrong && (text == "" || slices.Contains(hopeless, s.id)) {
			text = s.text
		}
	}
	return text
}

// layers take off what stands around a key, where that is more than the pattern
// of formats.txt; nil where it is not there.
var layers = map[string]func([]byte) []byte{
	"utf-16": func(b []byte) []byte { // only ASCII is of interest
		text := bytes.TrimPrefix(bytes.ReplaceAll(b, []byte{0}, nil), []byte("\xff\xfe"))
		return when(match("utf-16", b) != "", bytes.TrimPrefix(text, []byte("\xfe\xff")))
	},
	"bom":           func(b []byte) []byte { return bytes.TrimPrefix(b, []byte("\ufeff")) },
	"base64-of-pem": func(b []byte) []byte { return ifText(fromBase64(unspaced(b))) },
	"base64-der": func(b []byte) []byte {
		return ifOctets(orNil(base64.StdEncoding.DecodeString(string(unspaced(b)))))
	},
	"octets-list": func(b []byte) []byte {
		var list []int16
		var octets []byte
		err := json.Unmarshal(b, &list)
		for _, n := range list {
			octets = append(octets, byte(n))
		}
		return ifKey(orNil(octets, err))
	},
	"base64url-der": func(b []byte) []byte { return ifOctets(fromBase64(unspaced(b))) },
	"hexadecimal": func(b []byte) []byte {
		return ifKey(fromHex(bytes.TrimPrefix(bytes.ReplaceAll(unspaced(b), []byte(":"), nil), []byte("0x"))))
	},
	"percent-encoded": func(b []byte) []byte {
		if bytes.Contains(b, []byte("-----BEGIN+")) {
			b = bytes.ReplaceAll(b, []byte("+"), []byte(" "))
		}
		s, _ := url.PathUnescape(string(b))
		return ifText([]byte(s))
	},
	"json-string": func(b []byte) []byte {
		text := unquoted(b)
		return when(ifText(text) != nil || ifOctets(fromBase64(text)) != nil, text)
	},
}

// ifText returns a text that begins as a key file does, and nil for another.
func ifText(text []byte) []byte {
	begin := bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff")))
	isJSON := bytes.HasPrefix(begin, []byte("{")) && json.Valid(begin)
	return when(isJSON || bytes.HasPrefix(begin, []byte("-----BEGIN ")), text)
}

// ifOctets returns octets that may be a key file, and nil for others.
func ifOctets(b []byte) []byte {
	id := match("text", b)
	return when(outline(b, 5) != "" || id == "jks" || id == "jceks", b)
}

// ifKey is either.
func ifKey(b []byte) []byte { return slices.Concat(ifOctets(b), ifText(b)) }

func unspaced(b []byte) []byte { return bytes.Join(bytes.Fields(b), nil) }

// replace replaces the pattern in what may be a PEM file.
func (f format) replace(b []byte) []byte {
	if len(b) > 1<<16 || f.name != "quoted" && !bytes.Contains(b, []byte("BEGIN")) ||
		bytes.Contains(b, []byte("BEGIN SSH2")) || bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")) {
		return nil
	}
	return f.has.ReplaceAll(b, []byte(f.with))
}

// readFileOf never fails: a file that is nothing else may be a secret.
func readFileOf(file []byte) *keyFile {
	f := &keyFile{}
	f.private, f.privateErr = jose.ParsePrivateKey(file)
	f.public, f.publicErr = jose.ParsePublicKey(file)
	f.set, f.setErr = jose.ParseKeySet(file)
	f.read(file)
	if !f.isSet { // a set may have keys for others
		f.order()
		f.fitness()
	}
	return f
}

// read reads what is the file or in it.
func (f *keyFile) read(b []byte) {
	file := b
	for again := true; again; {
		again = false
		for _, layer := range formats["layer"] {
			take := layers[layer.name]
			if take == nil {
				take = layer.replace
			}
			if off := take(b); len(off) > 0 && !bytes.Equal(off, b) && !f.has(layer.name) {
				b, again = off, true
				f.add(layer.name, layer.name != "base64-der")
				break
			}
		}
	}
	text := bytes.TrimSpace(b)
	switch id := match("text", text); {
	case id == "json" && utf8.Valid(text):
		f.readJSON(text)
	case id == "pem":
		f.readPEM(text)
	case id == "cut-begin":
		f.add("cut-off", true, "its BEGIN line is missing")
	case known[id].id == "" || id == "json":
		form := map[bool]string{true: "base64 of DER", false: "DER"}[f.has("base64-der")]
		if !f.readDER(b, form, "") {
			f.readSecret(file)
		}
	default:
		f.add(id, true)
		f.readOther(id, text)
	}
}

// readSecret is of a file that is nothing else.
func (f *keyFile) readSecret(file []byte) {
	text, what := bytes.TrimSpace(file), plural(len(file), "octet")
	constructor := "NewSecret"
	if len(file) < 64 {
		constructor = "NewInsecureShortSecret (RFC 7518, Section 3.2 wants 64 or more)"
	}
	if looks := match("word", text); looks != "" {
		f.add("secret-word", true, what+", which look like "+looks)
		return
	} else if len(text) == 0 {
		f.add("secret-word", true, "it is empty, or there is only white space in it")
		return
	} else if !mayBeSecret(text) {
		f.add("secret-word", true, what+", and no secret either: that is a word, or a few octets, as they are or encoded")
		return
	}
	f.add("secret-word", true, what+". If they are a secret, give them to "+constructor)
	what = "a file of " + what + " that is no key file known here: a raw secret, if it is one"
	f.keys = []*key{{what: what, secret: file, raw: true}}
	if len(text) != len(file) {
		f.add("secret-spaced", false)
	}
	if b := fromHex(text); len(b) > 15 {
		f.add("secret-in-hex", false, len(b))
	} else if b := orNil(base64.StdEncoding.DecodeString(string(text))); len(b) > 15 {
		f.add("secret-in-base64", false, len(b))
	}
}

// mayBeSecret reports whether the file is a word, a line, or encoded or random octets, as short as secrets are, and
// neither it nor what it is the encoding of is of other data or of a key, which others may have.
func mayBeSecret(text []byte) bool {
	for _, b := range [][]byte{text, fromHex(text), fromBase64(unspaced(text))} {
		isText := utf8.Valid(b) && !slices.ContainsFunc(b, func(c byte) bool { return c < ' ' && c != '\n' && c != '\r' })
		if len(b) > 1024 || isText && match("data", b) != "" || bytes.HasPrefix(b, []byte("0")) && outline(b, 5) != "" {
			return false
		}
	}
	return len(bytes.Fields(text)) == 1 || !bytes.ContainsAny(text, "\r\n") || fromBase64(unspaced(text)) != nil
}

// maxBlocks bounds what is read of a PEM file.
const maxBlocks = 4096

var blocks = regexp.MustCompile(`(?s)-----BEGIN ([^-\r\n]{0,100})-----(.*?)-----END ([^-\r\n]{0,100})-----`)

// readPEM reads the blocks of a PEM file (RFC 7468, Section 3).
func (f *keyFile) readPEM(text []byte) {
	list := blocks.FindAllSubmatch(text, maxBlocks)
	f.add("pem", false)
	if len(list) < min(bytes.Count(text, []byte("-----BEGIN ")), maxBlocks) {
		f.add("cut-off", true, "a BEGIN line has no END line")
	}
	for _, block := range list {
		label, body := string(block[1]), unspaced(block[2])
		der, err := base64.StdEncoding.DecodeString(string(body))
		switch id := match("pem", block[0][len("-----BEGIN "):]); {
		case id == "parameters" && len(list) > 1: // of the key that follows
		case id != "":
			f.add(id, true)
			f.readOther(id, block[0])
		case err != nil && len(body)%4 != 0:
			f.add("cut-off", true, "the base64 of a PEM block does not end")
		case err != nil:
			f.add("not-base64", true)
		case !f.readDER(der, "PEM", label):
			f.add("pem-unknown", true, named(capitals, label))
		}
	}
}

// readDER tries what DER may hold, and reports whether it is any of it. label is
// that of PEM, and is compared with what is in the block.
func (f *keyFile) readDER(der []byte, form, label string) bool {
	var v asn1.RawValue
	rest, err := asn1.Unmarshal(der, &v)
	if len(der) < 4 || der[0] != 0x30 || err != nil {
		cut := len(der) > 64 && der[0] == 0x30 && der[1] == 0x82 && int(binary.BigEndian.Uint16(der[2:])) > len(der)-4
		if cut {
			f.add("cut-off", true, "its DER says that it has more octets than are there")
		}
		return cut
	}
	k, right := readStructure(v.FullBytes, form)
	shape := match("der", []byte(outline(v.Bytes, 5)))
	if id := cmp.Or(known[right].id, known[shape].id); k == nil && id != "" {
		if label != "" && len(known[id].commands) > 0 && match("label", []byte(label)) != id {
			f.add("pem-octets", false)
		}
		f.add(id, true)
		return true
	} else if k == nil && shape == "" {
		return false
	} else if k == nil {
		k = otherKind(v.FullBytes, shape, form)
	} else if label != "" && label != right {
		f.add("label", true, named(capitals, label), quote(right))
		if capitals.MatchString(label) { // it goes into a command
			f.with("LABEL", " "+label+"-", "RIGHT", " "+right+"-")
		}
	}
	if label == "" && len(f.steps) == 0 {
		f.add("der", false)
	}
	if len(rest) > 0 {
		f.add("trailing", true, plural(len(rest), "octet"))
		f.with("LENGTH", strconv.Itoa(len(v.FullBytes)))
	}
	f.keys = append(f.keys, k)
	return true
}

// The structures that crypto/x509 reads, each with the label that it has in PEM
// (RFC 7468), or the id of what is no key.
var structures = []struct {
	label string
	parse func([]byte) (any, error)
}{
	{"CERTIFICATE", of(x509.ParseCertificate)}, {"PUBLIC KEY", x509.ParsePKIXPublicKey},
	{"RSA PUBLIC KEY", of(x509.ParsePKCS1PublicKey)}, {"PRIVATE KEY", x509.ParsePKCS8PrivateKey},
	{"RSA PRIVATE KEY", of(x509.ParsePKCS1PrivateKey)}, {"EC PRIVATE KEY", of(x509.ParseECPrivateKey)},
	{"csr", of(x509.ParseCertificateRequest)}, {"crl", of(x509.ParseRevocationList)},
}

func of[T any](parse func([]byte) (T, error)) func([]byte) (any, error) {
	return func(der []byte) (any, error) { return parse(der) }
}

// readStructure returns the key, if it is one, and the label.
func readStructure(der []byte, form string) (k *key, label string) {
	for _, s := range structures {
		if len(der) > maxHeader && strings.HasSuffix(s.label, "PRIVATE KEY") {
			continue // checking a large one is slow
		}
		v, err := s.parse(der)
		if err != nil {
			continue
		} else if known[s.label].id != "" {
			return nil, s.label
		} else if cert, is := v.(*x509.Certificate); is {
			if k = otherKind(cert.RawSubjectPublicKeyInfo, "public", form+", certificate"); cert.PublicKey != nil {
				k = newKey(cert.PublicKey, form+", certificate")
			}
			k.cert = cert
			return k, s.label
		}
		return newKey(v, form), s.label
	}
	return nil, ""
}

// outline writes the structure of DER, as "int {1.3.101.112} octets" for PKCS #8,
// and "" for what is not DER.
func outline(der []byte, depth int) string {
	var parts []string
	for len(der) > 0 && len(parts) < 12 {
		var v asn1.RawValue
		rest, err := asn1.Unmarshal(der, &v)
		if err != nil || depth == 0 {
			return ""
		}
		der = rest
		var id asn1.ObjectIdentifier
		switch _, err := asn1.Unmarshal(v.FullBytes, &id); {
		case err == nil:
			parts = append(parts, id.String())
		case v.IsCompound && v.Class == asn1.ClassUniversal:
			parts = append(parts, "{"+outline(v.Bytes, depth-1)+"}")
		case v.IsCompound:
			parts = append(parts, "["+outline(v.Bytes, depth-1)+"]")
		default:
			name := map[int]string{asn1.TagInteger: "int", asn1.TagOctetString: "octets", asn1.TagBitString: "bits"}[v.Tag]
			parts = append(parts, cmp.Or(name, "other"))
		}
	}
	return strings.Join(parts, " ")
}

// named quotes a name of this pattern. Of another nothing is printed: it may be a part of a key.
func named(pattern *regexp.Regexp, name string) string {
	if !pattern.MatchString(name) {
		return "(not printed here)"
	}
	return quote(name)
}

var dotted, capitals = regexp.MustCompile(`[0-9]+(?:\.[0-9]+)+`), regexp.MustCompile(`^[A-Z0-9 ]{1,40}$`)

// otherKind names a key that crypto/x509 does not read. shape is "public" or
// "private", with the name before it where DER does not have it.
func otherKind(der []byte, shape, form string) *key {
	names := strings.Fields(shape)
	half := names[len(names)-1]
	names = names[:len(names)-1]
	ids := dotted.FindAllString(outline(der, 5), 8)
	for _, id := range ids {
		if name := oidNames[id]; name != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		names = []string{"unknown (" + strings.Join(ids, ", ") + ")"}
	}
	if i := bytes.Index(der[4:], []byte{0x30, 0x82}); names[0] == "RSA-PSS" && i > 0 { // PKCS #1 is the last in it
		if inside, _ := readStructure(der[4+i:], form); inside != nil && inside.rsa != nil {
			inside.what = strings.Replace(inside.what, "RSA", "RSA-PSS", 1)
			return inside
		}
	}
	what := names[0] + " " + half + " key"
	if len(names) > 1 {
		what += " on " + names[1]
	}
	return &key{isPriv: half == "private", what: what + " (" + form + ")"}
}

// order finds out which of several keys is meant, and puts it first.
func (f *keyFile) order() {
	var certs, private, public, leaves []*key
	for _, k := range f.keys {
		switch {
		case k.cert != nil:
			certs = append(certs, k)
		case k.isPriv:
			private = append(private, k)
		default:
			public = append(public, k)
		}
	}
	var names []string
	for i, k := range certs {
		role := "an authority's"
		if !slices.ContainsFunc(certs, k.issued) {
			role, leaves = "the leaf", append(leaves, k)
		}
		if len(private) == 1 && k.thumbprint() == private[0].thumbprint() {
			role += ", of the private key"
		}
		names = append(names, fmt.Sprintf("%d. %s (%s)", i+1, quote(k.cert.Subject.String()), role))
	}
	list := strings.Join(names[:min(len(names), 20)], ", ")
	switch {
	case len(private) == 1 && len(public) == 0 && len(certs) > 0:
		f.add("key-and-certificate", true, plural(len(certs), "certificate"), list)
	case len(private)+len(public) > 1 || len(f.keys) > 1 && len(leaves) != 1 || len(public) > 0 && len(certs) > 0:
		f.add("two-keys", true, plural(len(private), "private key"), plural(len(public), "public key"),
			plural(len(certs), "certificate"))
	case len(certs) > 1:
		f.add("chain", true, len(certs), list)
		f.with("==N", fmt.Sprintf("==%d", slices.Index(certs, leaves[0])+1))
	}
	isLeaf := func(k *key) bool { return slices.Contains(leaves, k) }
	f.keys = slices.Concat(private, public, leaves, slices.DeleteFunc(certs, isLeaf))
}

// issued reports whether the certificate of k issued another.
func (k *key) issued(o *key) bool {
	return bytes.Equal(o.cert.RawIssuer, k.cert.RawSubject) && !bytes.Equal(o.cert.RawSubject, k.cert.RawSubject)
}

func plural(n int, what string) string {
	switch n {
	case 0:
		return "no " + what
	case 1:
		return "one " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// fitness says what keeps the key that is meant from being used by the algorithms in scope.
func (f *keyFile) fitness() {
	if len(f.keys) == 0 || f.keys[0].raw {
		return
	}
	k := f.keys[0]
	switch id, arg := k.unfit(); {
	case id != "":
		f.add(id, true, arg)
	case f.problem() != "":
	case f.has("pem") && f.refusal() != nil && strings.Contains(f.refusal().Error(), " PEM: "):
		_, why, _ := strings.Cut(f.refusal().Error(), " PEM: ")
		f.add("pem-form", true, plainText(why))
	case strings.HasSuffix(k.what, unusable):
		f.add("rsa-numbers", true)
	case k.skipped != "" && f.refusal() == nil:
		f.add("jwk-purpose", true)
	case f.has("jwk") && k.family() != "other" || k.secret != nil:
	case !f.has("jwk") && strings.Contains(k.what, "P-521") || strings.Contains(k.what, "parameters"):
		if f.refusal() != nil {
			f.add("unusual-form", true)
		}
	case k.family() == "other":
		f.add("other-kind", true, k.what)
	}
}

var (
	sshText = regexp.MustCompile(`(?:AAAA|b3BlbnNzaC1rZXkt)[A-Za-z0-9+/=\r\n]+`)
	sshBlob = regexp.MustCompile(`\x00\x00\x00[\x07-\x40](?:ssh-|ecdsa-sha2-|sk-)`)
)

// readOther takes the public key out of a file in the format of another program.
func (f *keyFile) readOther(id string, text []byte) {
	isPriv := strings.HasSuffix(id, "private") || id == "putty"
	element := func(name string) []byte {
		_, rest, _ := bytes.Cut(text, []byte(name+">"))
		value, _, _ := bytes.Cut(rest, []byte("<"))
		return fromBase64(unspaced(value[:min(len(value), 1<<14)]))
	}
	switch {
	case id == "xml-certificate":
		f.readDER(element("X509Certificate"), "XML", "CERTIFICATE")
	case strings.HasPrefix(id, "xml-"):
		f.keepNumbers(element("Modulus"), element("Exponent"), "XML", isPriv)
	default:
		for _, blob := range sshText.FindAll(text, 64) {
			blob = unspaced(blob)
			n, _ := base64.StdEncoding.Decode(blob, blob[:len(blob)/4*4]) // other text may follow
			if at := sshBlob.FindIndex(blob[:n]); at != nil {
				f.readSSH(blob[at[0]:n], isPriv)
			}
		}
		if i := slices.IndexFunc(f.keys, func(k *key) bool { return k.family() != "other" }); i < 0 && len(f.keys) > 0 {
			f.add("other-kind", true, f.keys[0].what)
		}
	}
}

// readSSH reads a public key (RFC 4253, Section 6.6; RFC 5656, Section 3.1).
func (f *keyFile) readSSH(blob []byte, isPriv bool) {
	var parts [3][]byte
	for i := range parts {
		if len(blob) < 4 || int64(binary.BigEndian.Uint32(blob)) > int64(len(blob)-4) {
			break
		}
		n := binary.BigEndian.Uint32(blob)
		parts[i], blob = blob[4:4+n], blob[4+n:]
	}
	switch name := string(parts[0]); name {
	case "ssh-rsa":
		f.keepNumbers(parts[2], parts[1], "SSH", isPriv)
	case "ecdsa-sha2-nistp521":
		if x, y := elliptic.Unmarshal(elliptic.P521(), parts[2]); x != nil {
			f.keepPublic(&ecdsa.PublicKey{Curve: elliptic.P521(), X: x, Y: y}, "SSH", isPriv)
		}
	default:
		f.keys = append(f.keys, &key{what: "SSH key of the type " + named(plainName, name), isPriv: isPriv})
	}
}

func (f *keyFile) keepNumbers(n, e []byte, form string, isPriv bool) {
	if exponent := new(big.Int).SetBytes(e); exponent.BitLen() <= 31 && len(n) <= 2048 {
		f.keepPublic(&rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent.Int64())}, form, isPriv)
	}
}

// keepPublic keeps the public half of a key whose private half is not read.
func (f *keyFile) keepPublic(pub any, form string, isPriv bool) {
	k := newKey(pub, form)
	if k.isPriv = isPriv; isPriv {
		k.what = strings.Replace(k.what, "public", "private", 1)
	}
	f.keys = append(f.keys, k)
}

// describe is the report on a key file, and its exit status.
func (f *keyFile) describe() (text string, status int) {
	var w strings.Builder
	var answers []string
	takes := ""
	for _, p := range []struct {
		name string
		err  error
	}{{"ParsePrivateKey", f.privateErr}, {"ParsePublicKey", f.publicErr}, {"ParseKeySet", f.setErr}} {
		if p.err != nil {
			answers = append(answers, p.name+" "+refusal(p.err))
		} else {
			answers, takes = append(answers, p.name+" takes it"), p.name
		}
	}
	for _, err := range f.set.Skipped() {
		answers = append(answers, "  it passes over "+plainText(strings.TrimPrefix(err.Error(), "jose: invalid key: ")))
	}
	problem, verdict := f.problem(), "FAILED: "+f.problem()
	switch status = 1; {
	case takes != "" && problem == "":
		verdict, status = "OK: "+takes+" takes the file", 0
		if len(answers) > 3 {
			verdict += ", but " + strings.TrimSpace(answers[3])
		}
	case takes != "" && f.isSet:
		verdict = "WARNING: " + takes + " takes the file, but not all of its keys. " + problem
	case problem == "":
		verdict = "REFUSED: package jose " + refusal(f.refusal())
	}
	w.WriteString(fold("  ", verdict) + "\nwhat it is\n")
	for _, s := range f.steps {
		w.WriteString("  [" + s.id + "] " + known[s.id].looks + "\n")
		said := s.text == problem || s.text == "The file is "+known[s.id].looks+"."
		if !said && (status == 0 || !isJWK(s)) {
			w.WriteString(fold("    ", "    "+s.text))
		}
	}
	for i, k := range f.keys[:min(len(f.keys), 20)] {
		name := "key"
		if f.isSet {
			name = fmt.Sprintf("keys[%d]", k.index)
		} else if len(f.keys) > 1 {
			name = fmt.Sprintf("key %d", i+1)
		}
		list(&w, name+": "+k.what, "  ", k.lines())
	}
	if len(f.keys) > 20 {
		fmt.Fprintf(&w, "\n... and %d keys more\n", len(f.keys)-20)
	}
	if !slices.ContainsFunc(hopeless, f.has) && (status == 0 || problem != "") {
		f.writeCommands(&w)
	}
	list(&w, "this library", "  ", answers)
	return w.String(), status
}

// lines describe a key.
func (k *key) lines() (lines []string) {
	for _, m := range [][2]string{{"kid", k.kid}, {"alg", k.alg}, {"use", k.use}} {
		if m[1] != "" {
			lines = append(lines, m[0]+" "+quote(m[1]))
		}
	}
	if t := k.thumbprint(); t != "" {
		lines = append(lines, "thumbprint of the public half (RFC 7638): "+t)
	}
	if c := k.cert; c != nil {
		lines = append(lines, fmt.Sprintf("certificate of %s, issued by %s, serial number %d (%#x), valid from %s to %s",
			quote(c.Subject.String()), quote(c.Issuer.String()), c.SerialNumber, c.SerialNumber,
			c.NotBefore.UTC().Format(time.RFC3339), c.NotAfter.UTC().Format(time.RFC3339)))
	}
	use := match("use", []byte(k.what))
	if id, _ := k.unfit(); id == "" && strings.HasPrefix(use, "it ") && k.skipped != "" {
		use = "package jose does not take it as it is"
	}
	return append(lines, use)
}

var publicCommand = regexp.MustCompile(`-pubkey|-pubin|-nokeys|x509|-exportcert`)

// writeCommands lists what makes the file usable, a step after the other; the
// commands of one step are alternatives.
func (f *keyFile) writeCommands(w *strings.Builder) {
	title, in, n, note := "\nwhat makes it usable\n", "FILE", 1, "an unencrypted private key"
	if len(f.keys) > 0 && f.keys[0].secret != nil {
		note = "the secret"
	}
	for _, s := range f.steps {
		commands := slices.Clone(known[s.id].commands)
		for flag, on := range map[string]bool{"-inform DER": !f.has("pem") || f.has("pem-octets"), "-pubin": !f.isPrivate()} {
			// Of two variants, the one that fits.
			if has := func(c string) bool { return strings.Contains(c, flag) }; slices.ContainsFunc(commands, has) {
				commands = slices.DeleteFunc(commands, func(c string) bool { return has(c) != on })
			}
		}
		if len(commands) == 0 || isJWK(s) != (f.problem() == "") {
			continue
		}
		out := "OUT"
		if n > 1 {
			out += strconv.Itoa(n)
		}
		for _, c := range commands {
			w.WriteString(title)
			title = "  or:\n"
			c, secret := strings.CutPrefix(strings.TrimPrefix(c, "$"), "!")
			secret = secret || f.isPrivate() && !publicCommand.MatchString(c)
			w.WriteString(" " + strings.NewReplacer(append(s.with, "OUT", out, "FILE", in)...).Replace(c) + "\n")
			if secret {
				w.WriteString("    its output is " + note + ": let nobody else read it, and delete it afterwards\n")
			}
		}
		if !strings.HasPrefix(s.id, "secret-") {
			title, in, n = "  then, with what that made:\n", out, n+1
		}
	}
}
