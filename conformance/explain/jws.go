package explain

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

var algorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
	"HS256", "HS384", "HS512", "RSA-OAEP", "RSA-OAEP-256"}

// otherNames are what other libraries call them.
var otherNames = map[string]string{"SHA256WITHRSA": "RS256", "RSASHA256": "RS256", "SHA512WITHECDSA": "ES512",
	"ECDSASHA512": "ES512", "HMACSHA512": "HS512", "RSAOAEPWITHSHA256ANDMGF1PADDING": "RSA-OAEP-256",
	"AES256GCM": "A256GCM", "AESGCM256": "A256GCM", "A256": "A256GCM", "RSAOAEPSHA256": "RSA-OAEP-256"}

// nearName finds the registered name that was meant, name if it is one or none is near.
func (r *report) nearName(name string, registered []string) string {
	plain := func(s string) string {
		s = strings.ToUpper(s[strings.LastIndexAny(s, "#/")+1:])
		return strings.Map(func(c rune) rune {
			if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' {
				return c
			}
			return -1
		}, s)
	}
	if len(name) > 100 || slices.Contains(registered, name) {
		return name
	}
	for _, near := range registered {
		if p := plain(name); p == plain(near) || otherNames[p] == near {
			r.hint("alg-spelling", quote(name), near)
			return near
		}
	}
	return name
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// begin makes the checks that JWS and JWE have in common, up to the key. It
// reports whether to go on.
func (r *report) begin(h *header, seg []string, n int) bool {
	kind, want, scope := "JWS", 3, []string{"RS256", "ES512", "HS512"}
	if r.isJWE {
		kind, want, scope = "JWE", 5, []string{"RSA-OAEP", "RSA-OAEP-256"}
	}
	r.title = fmt.Sprintf("token: %s, %d characters, %d segments", kind, len(strings.Join(seg, ".")), n)
	problem := ""
	if n != want {
		problem = fmt.Sprintf("The token has %d.", n)
	}
	r.judge("segments", problem)
	r.part("header", h.text, h.octets)
	r.describe(h)
	r.judge("header-b64", errText(h.segment.err))
	r.segmentHints(h.segment)
	r.judge("header", errText(h.err))
	if !h.usable || h.members == nil {
		return false
	}
	if h.private {
		r.hint("private-key-in-token")
	}
	given := h.str("alg")
	r.alg = r.nearName(given, algorithms)
	inScope := slices.Contains(scope, r.alg)
	switch {
	case inScope && r.alg != given:
		r.set("alg", failed, "alg is "+quote(given)+", not "+r.alg)
	case inScope:
		r.set("alg", ok, r.alg)
	case !h.has("alg"):
		r.set("alg", failed, "The header has no alg.")
	case r.isJWE && family(r.alg) != "":
		r.set("alg", failed, "alg is "+quote(given)+", which signs")
		r.hint("jws-in-five")
	default:
		r.set("alg", failed, "alg is "+quote(given)+", out of scope")
		r.hint("alg-scope", quote(given))
	}
	problem, section := h.checkCrit(r.isJWE)
	r.judge("crit", problem, section)
	for _, name := range h.crit() {
		plain := func(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), "")) }
		for _, m := range h.members {
			if !h.has(name) && plain(m.name) == plain(name) {
				r.hint("crit-spelling", quote(name), quote(m.name))
			}
		}
		if name != "b64" || r.isJWE {
			r.leave("crit names " + quote(name) + ": that the application understands it and accepts its value")
		}
	}
	return true
}

// checkCrit is the grammar of crit and b64: RFC 7515, Section 4.1.11 and
// RFC 7797, Section 6.
func (h *header) checkCrit(isJWE bool) (problem, section string) {
	crit, section := h.crit(), "RFC 7515, Section 4.1.11"
	if isJWE {
		section = "RFC 7516, Section 4.1.13"
	}
	if h.has("crit") && len(crit) == 0 {
		return "crit is not a list of one or more names", section
	}
	for i, name := range crit {
		switch {
		case slices.Contains(crit[:i], name):
			return "crit has a name twice", section
		case !h.has(name):
			return "crit names " + quote(name) + ", which is not in the header", section
		case isJWE && name == "b64":
			return "crit names b64, which is of JWS alone", section
		case rules[name] != "" && name != "b64":
			return "crit names " + quote(name) + ", which the RFCs define: such names must not be there", section
		}
	}
	switch v := string(h.get("b64")); {
	case isJWE: // there b64 is a member like any other
	case v != "" && v != "true" && v != "false":
		return "b64 is not true or false", "RFC 7797, Section 3"
	case v == "false" && !slices.Contains(crit, "b64"):
		return "b64 is false, and crit does not name it: a verifier that knows no b64 would take the token " +
			"for another one", "RFC 7797, Section 6"
	}
	return "", section
}

// judgeKey chooses the key and compares it with alg (RFC 7515, Section 4.1.1;
// RFC 8725, Section 3.1). A key file that is at fault fails here.
func (r *report) judgeKey(h *header) {
	if r.keys == nil {
		r.set("key", notChecked, "No -key is given.")
		return
	}
	problem, section := r.pickKey(r.alg, h.str("kid"), h.has("kid")), "RFC 7515, Section 4.1.4"
	k, want, isShort := r.key, family(r.alg), false
	r.line("  ", "\nkey: %s", k.what)
	need := map[string]string{"RSA": "an RSA key", "EC": "an EC key on P-521", "secret": "a secret"}[want]
	if r.isJWE {
		want, need = "RSA", "a private RSA key"
	}
	wrongUse := k.use == "enc" || strings.HasPrefix(k.alg, "RSA-OAEP")
	if r.isJWE {
		wrongUse = k.use == "sig" || family(k.alg) != ""
	}
	switch {
	case wrongUse && !r.isJWE:
		problem, section = "The JWK is for encryption (use or alg), and a JWS is signed", "RFC 7517, Section 4.2"
		r.hint("jws-given")
	case wrongUse:
		problem, section = "The JWK is for signatures (use or alg)", "RFC 7517, Section 4.2"
	case problem != "":
	case k.family() == "other" && r.file.problem() != "":
		problem = "Given: " + k.what
	case want != "" && k.family() != want:
		problem, section = fmt.Sprintf("%s needs %s; given: %s", quote(r.alg), need, k.what), "RFC 7515, Section 4.1.1"
		r.hint("key-type", quote(r.alg), need, k.what)
		if r.isJWE && k.family() != "other" {
			r.hint("jwe-given", "The key is one that verifies")
		}
	case r.isJWE && !k.isPriv:
		problem, section = "Given: "+k.what, "RFC 7516, Section 5.2"
		r.hint("jwe-given", "The key is public")
	case r.isJWE && k.private == nil:
		problem = "The private key is not usable: its numbers do not fit together, or its primes are missing"
		section = "RFC 7518, Section 6.3.2"
	case r.state("alg") == failed && r.alg == h.str("alg"): // nothing in scope is to be compared
	default:
		if problem, section = k.checkSize(r.alg); problem != "" {
			r.hint("key-size", problem)
			isShort = want == "secret"
		} else if k.alg != "" && k.alg != r.alg {
			problem, section = "The JWK says it is for another alg: "+quote(k.alg), "RFC 7517, Section 4.4"
		}
	}
	r.judge("key", problem, section)
	// What the check of the key says better, and faults of other keys of the set.
	better := []string{"curve", "other-kind", "rsa-short", "secret-short", "secret-word"}
	for _, s := range r.file.steps {
		otherKey := r.isSet && k.skipped == "" && strings.HasPrefix(s.id, "jwk-") && s.id != "jwk-array"
		if s.wrong && !slices.Contains(better, s.id) && !otherKey {
			r.set("key", failed, "The key file: "+s.text, "RFC 7517 and RFC 7468")
			return
		}
	}
	if isShort { // package jose takes it from who asks for NewInsecureShortSecret
		r.set("key", warned, problem, section)
	}
}

// chainOrder compares the key with the certificates of x5c, of which the first
// has to be the signer's (RFC 7515, Section 4.1.6).
func (r *report) chainOrder(h *header) {
	var chain []string
	json.Unmarshal(h.get("x5c"), &chain)
	for i, text := range chain[:min(len(chain), 10)] {
		der, _ := base64.StdEncoding.DecodeString(text)
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			r.hint("x5c-order", fmt.Sprintf("the certificate %d can't be read: it has to be standard base64 of DER, "+
				"without PEM lines", i+1))
			return
		}
		if i > 0 && newKey(cert.PublicKey, "").same(r.key) {
			r.hint("x5c-order", fmt.Sprintf("the certificate of this key is number %d, and has to be the first", i+1))
		}
	}
}

// jws follows RFC 7515, Section 5.2. Where a step fails and what was meant is
// plain, the later steps go on with that.
func (r *report) jws(h *header, seg []string, n int) {
	if n > 3 && h.unencoded() {
		r.hint("unencoded-dot")
	} else if n == 2 {
		r.hint("signature-missing")
	}
	if r.begin(h, seg, n); family(r.alg) == "" && strings.HasPrefix(r.alg, "RSA") {
		r.hint("jwe-cut")
	}
	if n != 3 || !h.usable || h.members == nil {
		return
	}
	pay, sig := decode(seg[1]), decode(seg[2])
	payload := r.jwsPayload(h, &pay)
	r.judge("sig-b64", errText(sig.err))
	r.segmentHints(sig)
	if r.judgeKey(h); r.key == nil {
		r.leave("the signature: no -key is given")
	} else {
		r.chainOrder(h)
		if r.key.isPriv && r.state("key") != failed {
			r.note("A private key was given; verifying uses its public half. Nobody else should have the private one.")
		}
		if r.key.cert != nil {
			r.leave("the certificate's dates and issuer: only its key is used")
		}
	}
	r.part("signature", sig.text, sig.octets)
	if !sig.usable {
		return
	}
	size, section := 0, "RFC 7518, Section 3.3"
	switch {
	case family(r.alg) == "secret":
		size, section = hashOf(r.alg).Size(), "RFC 7518, Section 3.2"
	case family(r.alg) == "EC":
		size, section = map[string]int{"ES256": 64, "ES384": 96, "ES512": 132}[r.alg], "RFC 7518, Section 3.4"
	case family(r.alg) == "RSA" && r.key != nil && r.key.rsa != nil:
		size = r.key.rsa.Size()
	}
	problem := ""
	if len(sig.octets) != size && size > 0 {
		problem = fmt.Sprintf("It has %d octets, %s has %d", len(sig.octets), r.alg, size)
	}
	r.judge("sig-length", problem, section)
	name := map[int]string{32: "an HMAC-SHA-256 (HS256)", 48: "an HMAC-SHA-384 (HS384)",
		64: "an HMAC-SHA-512 (HS512), or of an ES256 signature"}[len(sig.octets)]
	if name != "" && (family(r.alg) == "RSA" || family(r.alg) == "EC" && r.alg != "ES256") {
		r.hint("mac-size", len(sig.octets), name, quote(r.alg))
	}
	if payload != nil {
		r.jwsSignature(h, pay, sig, payload)
		r.claims(h, payload, false)
	}
}

// jwsPayload finds the payload: attached, unencoded or detached. nil means
// that there is none to verify.
func (r *report) jwsPayload(h *header, pay *segment) []byte {
	if h.unencoded() {
		*pay = segment{text: pay.text, octets: []byte(pay.text), usable: true}
		r.set("payload-b64", ok, "not encoded: b64 is false", "RFC 7797, Section 5.2")
		if i := strings.IndexFunc(pay.text, func(c rune) bool { return c < ' ' || c > '~' }); i >= 0 {
			r.judge("payload-b64", fmt.Sprintf("b64 is false, and octet %d of the payload is outside of %%x20-7E: it "+
				"must be detached", i))
		}
	} else {
		r.judge("payload-b64", errText(pay.err))
	}
	r.segmentHints(*pay)
	r.part("payload", pay.text, pay.octets)
	switch {
	case r.in.detached && pay.text == "":
		r.set("payload", ok, fmt.Sprintf("detached: %d octets from -payload", len(r.in.payload)))
		return append([]byte{}, r.in.payload...)
	case pay.text == "":
		r.set("payload", notChecked, "It is empty, or detached.")
		return []byte{}
	case r.in.detached && pay.usable && r.digestOf(pay.octets) != "":
		r.set("payload", ok, "attached: it has "+r.digestOf(pay.octets)+" of the file of -payload")
		r.hint("payload-digest", r.digestOf(pay.octets))
		r.in.detached = false
	case r.in.detached:
		same := "the same as"
		if !bytes.Equal(pay.octets, r.in.payload) {
			same = "not the same as"
		}
		r.set("payload", failed, "The token has a payload, and -payload is given: one of them is too many.")
		r.hint("attached-with-payload", same)
	default:
		r.set("payload", ok, "attached")
	}
	if !pay.usable {
		return nil
	}
	return pay.octets
}

// digestOf names the hash of -payload that a payload is, or has in it: the
// hypotheses of payload-hashed, the other way round.
func (r *report) digestOf(attached []byte) string {
	for _, h := range hypotheses {
		if h.id != "payload-hashed" || h.on != "payload" {
			continue
		}
		for _, guess := range h.apply(trial{payload: r.in.payload}) {
			if bytes.Contains(attached, guess.payload) {
				name, _, _ := strings.Cut(h.name, " in the payload's place")
				return strings.Replace(name, " of the payload", "", 1)
			}
		}
	}
	return ""
}

// jwsSignature verifies and, when that fails, looks for what was signed.
func (r *report) jwsSignature(h *header, pay, sig segment, payload []byte) {
	t := trial{head: h.text, body: pay.text, header: h.octets, payload: payload, plain: h.unencoded(),
		key: r.key, alg: r.alg, sig: sig.octets, sigText: sig.text, keyFile: r.in.keyFile, others: r.keys}
	missing := pay.text == "" && !r.in.detached
	if r.in.detached && pay.text == "" {
		t.body = t.encode(payload)
	}
	r.octets("signing input", t.input(), !h.private && (len(payload) > maxKeyFile || !holdsPrivateKey(payload)))
	if len(payload) > maxKeyFile {
		r.note("The payload is too long to look for a JWK in it.")
	}
	m := newMatcher()
	holds, other := false, ""
	if r.key != nil {
		holds, other = m.holds(t)
	}
	switch {
	case r.key == nil:
		r.set("signature", notChecked, "No -key is given.")
	case holds && other == "":
		detail := ""
		if h.segment.err != nil || pay.err != nil {
			detail = "over the segments as they are in the token, faults included"
		}
		if r.set("signature", ok, detail); missing {
			r.set("payload", ok, "It is empty.")
		}
		return
	case missing:
		r.set("signature", notChecked, "The payload is not in the token.")
		r.set("payload", failed, "The payload is empty, and no -payload is given.")
	case len(t.sig) == 0:
		r.set("signature", failed, "There is none.")
		r.hint("signature-missing")
	default:
		r.set("signature", failed, "It does not match this key and signing input.")
		if r.otherAlg(other); !holds {
			r.look(t, m)
		}
	}
	if missing {
		r.hint("detached")
		r.leave("the signature: the payload is not at hand")
	}
}

// look searches for what the signature is of. It stops at the first find,
// since a signature that verifies is no coincidence.
func (r *report) look(t trial, m *matcher) {
	other := ""
	s := &search{of: func(on string) bool { return on != "aad" && on != "tag" }}
	s.holds = func(t trial) (holds bool) {
		holds, other = m.holds(t)
		s.stopped = s.stopped || m.stopped
		return holds
	}
	isRSA := t.key.rsa != nil
	if isRSA && len(m.open(t.key, t.sig)) == 0 { // no message will do
		s.of = func(on string) bool { return on == "key" || on == "signature" }
	}
	h, found, ok := s.run(t)
	if ok {
		switch h.on {
		case "secret":
			found.note += fmt.Sprintf(" (%d octets, the key as given has %d)", len(found.key.secret), len(r.key.secret))
		case "payload":
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
		r.note("What is left: another key than the signer's, or a header, payload or signature that was changed.")
		return
	}
	// What opens is of the right key, whatever the message.
	s = &search{of: func(on string) bool { return on == "key" || on == "signature" }, holds: func(t trial) bool {
		return t.key.rsa != nil && m.signatureName(t.key, t.sig) != nil
	}}
	if !s.holds(t) {
		if h, found, ok = s.run(t); ok {
			r.hint(h.id, found.note)
			t = found
		}
	}
	if e := m.signatureName(t.key, t.sig); e != nil {
		r.hint("other-message", e.name, e.comparison(t.input()))
	} else if !r.hinted("mac-size") {
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
