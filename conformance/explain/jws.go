package explain

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

// steps are the checks of rfc.txt, which run in its order. Where one fails and
// what was meant is plain, the later ones go on with that (RFC 7515, Section
// 5.2; RFC 7516, Section 5.2).
var steps = map[string]func(*report) result{
	"segments": (*report).checkSegments, "b64": (*report).checkBase64, "header": (*report).checkHeader,
	"crit": (*report).checkCrit, "alg": (*report).checkAlg, "enc": (*report).checkEnc, "key": (*report).checkKey,
	"sig-length": (*report).checkLength, "signature": (*report).checkSignature, "payload": (*report).checkPayload,
	"sizes": (*report).checkSizes, "unwrap": (*report).checkUnwrap, "tag": (*report).checkTag,
	"content": (*report).checkContent, "times": (*report).checkTimes,
	"iss": wanted("iss"), "sub": wanted("sub"), "aud": wanted("aud"), "typ": wanted("typ"),
}

// split takes the token apart.
func (r *report) split(token string) {
	text := strings.SplitN(token, ".", 6) // no more than needed to tell
	r.token, r.n = token, strings.Count(token, ".")+1
	r.header = r.readHeader(text[0], r.n)
	kind, names := "JWS", []string{"header", "payload", "signature"}
	if r.isJWE {
		kind, names = "JWE", []string{"header", "encrypted key", "IV", "ciphertext", "tag"}
	}
	if r.isJWE && r.n == 4 {
		text = append(text, "") // the tag may be in the ciphertext
	}
	r.names, r.usable = names, len(text) == len(names)
	r.title = fmt.Sprintf("token: %s, %d characters, %d segments", kind, len(token), r.n)
	for i, name := range names[:min(len(names), len(text))] {
		s := decode(text[i])
		if i == 0 {
			s = r.header.segment
		} else if i == 1 && !r.isJWE && r.header.unencoded() {
			s = segment{text: text[i], octets: []byte(text[i]), usable: true}
			at := strings.IndexFunc(text[i], func(c rune) bool { return c < ' ' || c > '~' })
			if at >= 0 {
				s.fault = fmt.Sprintf("is unencoded, and its octet %d is outside of %%x20-7E: it must be detached", at)
			}
		}
		r.segments = append(r.segments, s)
		r.usable = r.usable && s.usable
		r.parts += fmt.Sprintf("  %-13s %8d characters %8d octets\n", name, len(s.text), len(s.octets))
	}
}

func (r *report) checkSegments() result {
	problem := ""
	if r.n != len(r.names) {
		problem = fmt.Sprintf("The token has %d of the %d segments that it needs.", r.n, len(r.names))
	}
	for _, m := range membersOf(r.token) {
		switch m.name {
		case "encryptedKey", "encryptedPayload":
			problem = r.hint("five-members")
		case "signature", "signatures", "ciphertext":
			problem = r.hint("json-serialization")
		}
	}
	if r.n > 3 && !r.isJWE && r.header.unencoded() {
		problem = r.hint("unencoded-dot")
	} else if r.n == 2 && !r.isJWE {
		problem = r.hint("signature-missing")
	}
	return judge(problem)
}

func (r *report) checkBase64() result {
	problem := ""
	for i, s := range r.segments {
		name := r.names[i]
		if s.fault != "" {
			problem = cmp.Or(problem, "The "+name+" "+s.fault+".")
		}
		for _, id := range s.ids {
			problem = cmp.Or(problem, r.hint(id, map[bool]string{true: "in the "}[id == "white-space"]+name))
		}
	}
	return judge(problem)
}

func (r *report) checkHeader() result {
	if r.header.object == nil && r.header.err == "" {
		r.ended = true
		return result{}
	} else if r.ended = r.header.object == nil; !r.ended {
		r.describe(r.header)
	}
	if r.header.private {
		r.hint("private-key-in-token")
	}
	return judge(r.header.err)
}

func (r *report) checkCrit() result {
	problem := r.header.critErr
	if r.header.unencoded() && !slices.Contains(r.header.crit(), "b64") && !r.isJWE {
		problem = "b64 is false, and crit does not name it (RFC 7797, Section 6)."
	}
	plain := func(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), "")) }
	for _, name := range r.header.crit() {
		for _, m := range r.header.object {
			if !r.header.has(name) && plain(m.name) == plain(name) {
				problem = r.hint("crit-spelling", quote(name), quote(m.name))
			}
		}
		if name != "b64" || r.isJWE {
			r.leave("crit names " + quote(name) + ": that the application understands it and accepts its value")
		}
	}
	return judge(problem)
}

// nearName finds the registered name that was meant, name if it is one or none is near.
func (r *report) nearName(name, of string) string {
	plain := strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' {
			return c
		}
		return -1
	}, strings.ToUpper(name[strings.LastIndexAny(name, "#/")+1:]))
	near := match(of, []byte(plain))
	if near == "" || near == name || len(name) > 100 {
		return name
	}
	r.hint("alg-spelling", quote(name), near)
	return near
}

func (r *report) checkAlg() result {
	given, scope := r.header.str("alg"), []string{"RS256", "ES512", "HS512"}
	if r.isJWE {
		scope = []string{"RSA-OAEP", "RSA-OAEP-256"}
	}
	r.alg = r.nearName(given, "alg")
	inScope := slices.Contains(scope, r.alg)
	r.ended = !r.usable && len(r.segments) != len(r.names)
	switch {
	case inScope && r.alg != given:
		return judge(r.hint("alg-spelling"))
	case inScope:
		return fine(r.alg)
	case !r.header.has("alg"):
		return judge("The header has no alg.")
	case r.isJWE && family(r.alg) != "":
		return judge(r.hint("jws-in-five"))
	case strings.HasPrefix(r.alg, "RSA-"):
		r.hint("alg-scope", quote(given))
		return judge(r.hint("jwe-cut"))
	}
	return judge(r.hint("alg-scope", quote(given)))
}

// checkKey chooses the key and compares it with alg (RFC 7515, Section 4.1.1;
// RFC 8725, Section 3.1). A key file that is at fault fails here.
func (r *report) checkKey() result {
	if r.keys == nil {
		return result{notChecked, "No -key is given.", ""}
	}
	problem, want := r.pickKey(), family(r.alg)
	k := r.key
	r.line("  ", "\nkey: %s", k.what)
	need := map[string]string{"RSA": "an RSA key", "EC": "an EC key on P-521", "secret": "a secret"}[want]
	wrongUse := k.use == "enc" || strings.HasPrefix(k.alg, "RSA-OAEP")
	if r.isJWE {
		want, need, wrongUse = "RSA", "a private RSA key", k.use == "sig" || family(k.alg) != ""
	}
	id, size := k.unfit()
	warns := false
	switch {
	case wrongUse && !r.isJWE:
		problem = r.hint("jws-given")
	case wrongUse:
		problem = "The JWK is for signatures, by its use or alg (RFC 7517, Section 4.2)."
	case problem != "":
	case k.family() == "other" && r.file.problem() != "":
		problem = "The file of -key is no key: " + k.what + "."
	case want != "" && k.family() != want:
		problem = r.hint("key-type", quote(r.alg), need, k.what)
		if r.isJWE && k.family() != "other" {
			r.hint("jwe-given", "The key is one that verifies")
		}
	case r.isJWE && !k.isPriv:
		problem = r.hint("jwe-given", "The key is public")
	case r.isJWE && k.private == nil:
		problem = "The private key is not usable: its numbers do not fit together, or its primes are missing."
	case r.isBad("alg") && r.alg == r.header.str("alg"): // nothing in scope is to be compared
	case id != "":
		problem = r.hint("key-size", known[id].text(size))
		warns = id == "secret-short" // package jose takes it from who asks for NewInsecureShortSecret
	case k.alg != "" && k.alg != r.alg:
		problem = "The JWK says it is for another alg: " + quote(k.alg) + " (RFC 7517, Section 4.4)"
	}
	// What is said above better, and faults of other keys of the set.
	better := []string{"curve", "other-kind", "rsa-short", "rsa-pss", "secret-short", "secret-word"}
	for _, s := range r.file.steps {
		otherKey := r.isSet && k.skipped == "" && strings.HasPrefix(s.id, "jwk-") && s.id != "jwk-array"
		if s.wrong && !slices.Contains(better, s.id) && !otherKey {
			return result{failed, "The key file: " + s.text, "RFC 7517 and RFC 7468"}
		}
	}
	if warns {
		return result{warned, problem, ""}
	}
	return judge(problem)
}

// chainOrder compares the key with the certificates of x5c, of which the first
// has to be the signer's (RFC 7515, Section 4.1.6).
func (r *report) chainOrder() {
	chain := r.header.list("x5c")
	for i, text := range chain[:min(len(chain), 10)] {
		k, _ := readStructure(orNil(base64.StdEncoding.DecodeString(text)), "")
		if text != "" && (k == nil || k.cert == nil) {
			r.hint("x5c-order", fmt.Sprintf("the certificate %d can't be read: it has to be standard base64 of DER, "+
				"without PEM lines", i+1))
		} else if i > 0 && k.same(r.key) {
			r.hint("x5c-order", fmt.Sprintf("the certificate of this key is number %d, and has to be the first", i+1))
		}
	}
}

func (r *report) checkLength() result {
	if r.key == nil {
		r.leave("the signature: no -key is given")
	} else {
		r.chainOrder()
		if r.key.isPriv && !r.isBad("key") {
			r.note("A private key was given; verifying uses its public half. Nobody else should have the private one.")
		}
		if r.key.cert != nil {
			r.leave("the certificate's dates and issuer: only its key is used")
		}
	}
	sig, size := r.segments[2].octets, map[string]int{"ES256": 64, "ES384": 96, "ES512": 132}[r.alg]
	by := "of " + r.alg
	if !r.segments[2].usable {
		return result{}
	} else if family(r.alg) == "secret" {
		size = hashOf(r.alg).Size()
	} else if family(r.alg) == "RSA" && r.key != nil && r.key.rsa != nil {
		size, by = r.key.rsa.Size(), fmt.Sprintf("by this key of %d bits", r.key.rsa.N.BitLen())
	}
	name := map[int]string{32: "an HMAC-SHA-256 (HS256)", 48: "an HMAC-SHA-384 (HS384)",
		64: "an HMAC-SHA-512 (HS512), or of an ES256 signature"}[len(sig)]
	switch problem := fmt.Sprintf("The signature has %d octets, and one %s has %d: it was cut off, changed, or "+
		"made with a key of another size.", len(sig), by, size); {
	case name != "" && (family(r.alg) == "RSA" || family(r.alg) == "EC" && r.alg != "ES256"):
		return judge(r.hint("mac-size", len(sig), name, quote(r.alg)))
	case len(sig) == 0 && size > 0:
		return judge(r.hint("signature-missing"))
	case len(sig) != size && size > 0:
		return judge(problem)
	}
	return fine("")
}

// isDetached reports whether the payload is that of -payload, and isMissing
// whether there is none.
func (r *report) isDetached() bool { return r.in.detached && r.segments[1].text == "" }
func (r *report) isMissing() bool  { return !r.in.detached && r.segments[1].text == "" }

// checkPayload: attached, unencoded or detached. It comes after the signature,
// which tells whether a payload that is not there is empty.
func (r *report) checkPayload() result {
	switch digest := ""; {
	case r.isJWE && r.in.detached:
		return judge(r.hint("jwe-given", "A payload was given, as for a detached JWS"))
	case r.isJWE:
	case r.isDetached():
		return fine(fmt.Sprintf("detached: %d octets from -payload", len(r.in.payload)))
	case r.isMissing() && r.stateOf("signature") == ok:
		return fine("It is empty.")
	case r.isMissing():
		r.leave("the signature: the payload is not at hand")
		if text := r.hint("detached"); r.key != nil {
			return judge(text)
		}
		return result{notChecked, "It is empty, or detached.", ""}
	case r.in.detached && r.segments[1].usable:
		if digest = r.digestOf(r.segments[1].octets); digest != "" {
			r.hint("payload-digest", digest)
			r.in.detached = false
			return fine("attached: it has " + digest + " of the file of -payload")
		}
		fallthrough
	case r.in.detached:
		same := map[bool]string{true: "the same as", false: "not the same as"}
		return judge(r.hint("attached-with-payload", same[bytes.Equal(r.segments[1].octets, r.in.payload)]))
	}
	return fine("attached")
}

// digestOf names the hash of -payload that a payload is, or has in it: the
// hypotheses of payload-hashed, the other way round, also but for a line break.
func (r *report) digestOf(attached []byte) string {
	file := r.in.payload
	body := bytes.TrimSuffix(bytes.TrimSuffix(file, []byte("\n")), []byte("\r"))
	return cmp.Or(hashIn(attached, file, ""), hashIn(attached, body, " (without the line break at its end)"),
		hashIn(attached, slices.Concat(file, []byte("\n")), " (with a line break at its end)"))
}

func hashIn(attached, file []byte, more string) string {
	for _, h := range hypotheses {
		if h.id != "payload-hashed" || h.on != "payload" {
			continue
		}
		for guess := range h.apply(trial{payload: file}) {
			if bytes.Contains(attached, guess.payload) {
				name, _, _ := strings.Cut(h.name, " in the payload's place")
				return strings.Replace(name, " of the payload", "", 1) + more
			}
		}
	}
	return ""
}

// checkSignature verifies and, when that fails, looks for what was signed.
func (r *report) checkSignature() result {
	if !r.usable {
		return result{}
	}
	h, pay, sig := r.header, r.segments[1], r.segments[2]
	t := trial{head: h.text, body: pay.text, header: h.octets, payload: pay.octets, plain: h.unencoded(),
		key: r.key, alg: r.alg, sig: sig.octets, sigText: sig.text, keyFile: r.in.keyFile, others: r.keys}
	if r.isDetached() {
		t.payload = append([]byte{}, r.in.payload...)
		t.body = t.encode(t.payload)
	}
	r.payload = t.payload
	r.octets("signing input", t.input(), !h.private && (len(t.payload) > maxKeyFile || !holdsPrivateKey(t.payload)))
	if len(t.payload) > maxKeyFile {
		r.note("The payload is too long to look for a JWK in it.")
	}
	if r.key == nil {
		return result{notChecked, "No -key is given.", ""}
	}
	m := newMatcher()
	holds, other := m.holds(t)
	switch {
	case holds && other == "" && (h.isFaulty() || pay.isFaulty()):
		return fine("over the segments as they are in the token, faults included")
	case holds && other == "":
		return fine("")
	case r.isMissing():
		return result{notChecked, "The payload is not in the token.", ""}
	case len(t.sig) == 0:
		return judge(r.hint("signature-missing"))
	}
	r.unmatched = "The signature is not one of this key over this header and payload."
	if r.otherAlg(other); !holds {
		r.look(t, m)
	}
	return judge(r.unmatched)
}

// look searches for what the signature is of. It stops at the first find,
// since a signature that verifies is no coincidence.
func (r *report) look(t trial, m *matcher) {
	other := ""
	s := &search{of: func(on string) bool { return on != "aad" && on != "tag" }}
	s.holds = func(t trial) (holds bool) {
		before := m.points
		holds, other = m.holds(t)
		s.octets += (m.points - before) * pointOctets
		s.stopped = s.stopped || m.stopped
		return holds
	}
	isRSA, formOnly := t.key.rsa != nil, func(on string) bool { return on == "key" || on == "signature" }
	if isRSA && len(m.of(t).opened) == 0 { // no message will do
		s.of = formOnly
	}
	h, found, ok := s.run(t)
	if ok {
		switch h.on {
		case "secret":
			found.note += fmt.Sprintf(" (%d octets, the key as given has %d)", len(found.key.secret), len(r.key.secret))
		case "payload":
			if above, _ := jsonPart(found.payload); len(above) > 0 && h.id == "payload-rewritten" {
				found.note += ", the JSON below its first lines"
			}
			found.note += fmt.Sprintf(" (%d octets, here %d)", len(found.payload), len(t.payload))
		}
		if r.hint(h.id, found.note); h.id != "mac-of-public-key" {
			r.otherAlg(other)
		}
		return
	}
	tried := fmt.Sprintf("%d other signing inputs, algorithms and forms were tried, and none verifies.", s.tries)
	if s.stopped {
		tried += " The search stopped at its limit."
	}
	if r.note("%s", tried); !isRSA {
		r.unmatched = "The signature is not one of this key over this header and payload, nor over any other spelling that " +
			"was tried. What is left: " + map[bool]string{true: "another secret", false: "another key"}[t.key.secret != nil] +
			" than the signer's, or a header, payload or signature that was changed."
		return
	}
	// What opens is of the right key, whatever the message.
	s = &search{of: formOnly, holds: func(t trial) bool { return t.key.rsa != nil && m.signatureName(t) != nil }}
	if !s.holds(t) {
		if h, found, ok = s.run(t); ok {
			r.hint(h.id, found.note)
			t = found
		}
	}
	if e := m.signatureName(t); e != nil {
		r.hint("other-message", e.name, e.comparison(t.input()))
	} else if !r.isBad("sig-length") {
		r.hint("not-opened")
	}
}

// otherAlg reports a signature that holds as something else than alg.
func (r *report) otherAlg(name string) {
	if strings.Contains(name, "PKCS #1 padding") || strings.Contains(name, "NULL") {
		r.hint("no-digestinfo", name, quote(r.alg))
	} else if name != "" {
		r.hint("other-alg", name, quote(r.alg))
	}
}
