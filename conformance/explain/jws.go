package explain

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

var jwsChecks = []check{
	{id: "form", name: "nothing stands around the token", section: "RFC 7515, Section 7.1", state: notReached},
	{id: "segments", name: "three segments", section: "RFC 7515, Section 7.1", state: notReached},
	{id: "header-b64", name: "the header is base64url", section: "RFC 7515, Section 2", state: notReached},
	{id: "header", name: "the header is one JSON object, no name twice", section: "RFC 7515, Section 4", state: notReached},
	{id: "crit", name: "crit and b64 are well-formed", section: "RFC 7515, Section 4.1.11", state: notReached},
	{id: "alg", name: "alg is RS256, ES512 or HS512", section: "RFC 7515, Section 4.1.1", state: notReached},
	{id: "key", name: "the key is one for alg", section: "RFC 7518, Section 3.1", state: notReached},
	{id: "payload", name: "the payload is where it belongs", section: "RFC 7515, Appendix F", state: notReached},
	{id: "payload-b64", name: "the payload is base64url", section: "RFC 7515, Section 2", state: notReached},
	{id: "sig-b64", name: "the signature is base64url", section: "RFC 7515, Section 2", state: notReached},
	{id: "sig-length", name: "the signature has the length of alg", section: "RFC 7518, Section 3.1", state: notReached},
	{id: "signature", name: "the signature holds", section: "RFC 7515, Section 5.2", state: notReached},
	{id: "times", name: "exp and nbf hold", section: "RFC 7519, Section 4.1.4", state: notReached},
}

// jws follows RFC 7515, Section 5.2. Where a step fails and what was meant is
// plain, the later steps go on with that.
func (r *report) jws(h *header, seg []string, n int) {
	r.title = fmt.Sprintf("token: JWS, %d characters, %d segments", len(strings.Join(seg, ".")), n)
	if n > 3 && h.unencoded() && !h.has("enc") {
		r.hint("unencoded-dot", "The payload is not encoded (b64 is false) and has a '.' in it. Such a payload must be "+
			"detached (RFC 7797, Section 5.2).")
	}
	if n != 3 {
		r.set("segments", failed, fmt.Sprintf("The token has %d.", n))
		if n == 2 {
			r.hint("signature-missing", "Header and payload only: the signature is missing, or was cut off with its '.'.")
		}
	} else {
		r.set("segments", ok, "")
	}
	if !r.checkHeader(h) {
		return
	}
	alg := h.str("alg")
	if family(alg) == "" && strings.HasPrefix(alg, "RSA") {
		r.hint("jwe-cut", "alg is one of a JWE, but the token has not its five segments and no enc.")
	}
	problem, section := h.checkCrit()
	r.judge("crit", problem, section)
	for _, name := range h.crit() {
		if name != "b64" {
			r.open = append(r.open, "crit names "+quote(name)+": that the application understands it and accepts its value")
		}
	}
	algOK := alg == "RS256" || alg == "ES512" || alg == "HS512"
	switch {
	case algOK:
		r.set("alg", ok, alg)
	case !h.has("alg"):
		r.set("alg", failed, "The header has no alg.")
	default:
		r.hint("alg-scope", "alg is %s, which package jose refuses whatever the key. Names are case-sensitive.", quote(alg))
		r.set("alg", failed, "alg is "+quote(alg)+", out of scope")
	}
	if n != 3 {
		return
	}
	pay, sig := decode(seg[1]), decode(seg[2])
	payload := r.jwsPayload(h, pay)
	r.judge("sig-b64", errText(sig.err))
	r.segmentHints(sig)
	size := map[string]int{"ES512": 132, "HS512": 64}[alg]
	r.jwsKey(h, alg)
	if r.key != nil && r.key.rsa != nil && alg == "RS256" {
		size = r.key.rsa.Size()
	}
	r.part("signature", sig.text, sig.octets)
	if !sig.usable {
		return
	}
	lengthOK := size == 0 || len(sig.octets) == size
	detail := ""
	if !lengthOK {
		detail = fmt.Sprintf("It has %d octets, %s has %d", len(sig.octets), alg, size)
	}
	r.judge("sig-length", detail, lengthSection(alg))
	r.signatureShape(alg, sig.octets)
	if payload == nil {
		return
	}
	r.jwsSignature(h, alg, pay, payload, sig.octets)
	r.times(payload)
}

func lengthSection(alg string) string {
	switch family(alg) {
	case "secret":
		return "RFC 7518, Section 3.2"
	case "EC":
		return "RFC 7518, Section 3.4"
	}
	return "RFC 7518, Section 3.3"
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// checkHeader is common to JWS and JWE. It reports whether to go on.
func (r *report) checkHeader(h *header) bool {
	r.part("header", h.text, h.octets)
	r.describe(h)
	r.judge("header-b64", errText(h.segment.err))
	r.segmentHints(h.segment)
	r.judge("header", errText(h.err))
	if !h.usable || h.members == nil {
		return false
	}
	if h.private {
		r.hint("private-key-in-token", "The header carries a private or secret JWK. Whoever has seen the token has the key: replace it.")
	}
	return true
}

// jwsPayload finds the payload: attached, unencoded or detached. nil means
// that there is none to verify.
func (r *report) jwsPayload(h *header, pay segment) []byte {
	attached := pay.octets
	if h.unencoded() {
		attached = []byte(pay.text)
		pay.err, pay.usable, pay.ids = nil, true, nil
		if i := strings.IndexFunc(pay.text, func(c rune) bool { return c < ' ' || c > '~' }); i >= 0 {
			pay.err = fmt.Errorf("b64 is false, and octet %d of the payload is outside of %%x20-7E: it must be detached", i)
		}
		r.judge("payload-b64", errText(pay.err), "RFC 7797, Section 5.2")
		if pay.err == nil {
			r.set("payload-b64", ok, "not encoded: b64 is false", "RFC 7797, Section 5.2")
		}
	} else {
		r.judge("payload-b64", errText(pay.err))
	}
	r.segmentHints(pay)
	r.part("payload", pay.text, attached)
	switch {
	case r.in.detached && pay.text != "":
		same := "the same as"
		if !pay.usable || !bytes.Equal(attached, r.in.payload) {
			same = "not the same as"
		}
		r.set("payload", failed, "The token has a payload, and -payload is given: one of them is too many.")
		r.hint("attached-with-payload", "The token carries its payload (%s the file of -payload). "+
			"Verify it without -payload, or ask the signer to detach it.", same)
		if !pay.usable {
			return r.in.payload
		}
		return attached
	case r.in.detached:
		r.set("payload", ok, fmt.Sprintf("detached: %d octets from -payload", len(r.in.payload)))
		return append([]byte{}, r.in.payload...)
	case pay.text == "":
		r.set("payload", notChecked, "It is empty, or detached.")
		return []byte{}
	}
	r.set("payload", ok, "attached")
	if !pay.usable {
		return nil
	}
	return attached
}

// jwsKey chooses the key and compares it with alg (RFC 7515, Section 4.1.1;
// RFC 8725, Section 3.1).
func (r *report) jwsKey(h *header, alg string) {
	if r.keys == nil {
		r.set("key", notChecked, "No -key is given.")
		r.open = append(r.open, "the signature: no -key is given")
		return
	}
	unknown := r.pickKey(alg, h.str("kid"), h.has("kid"))
	k := r.key
	r.line("  ", "\nkey: %s", k.what)
	problem, section := unknown, "RFC 7515, Section 4.1.4"
	if problem == "" {
		problem, section = r.keyProblem(alg)
	}
	r.judge("key", problem, section)
	if k.use == "enc" || strings.HasPrefix(k.alg, "RSA-OAEP") {
		r.set("key", failed, "The JWK is for encryption (use or alg), and a JWS is signed", "RFC 7517, Section 4.2")
		r.hint("jws-given", "The key is for decryption, and this is a JWS: signed, not encrypted. Was a JWE expected?")
	} else if k.isPriv {
		r.note("A private key was given; verifying uses its public half. Nobody else should have the private one.")
	}
	if k.serial != nil {
		r.open = append(r.open, "the certificate's dates and issuer: only its key is used")
	}
}

func (r *report) keyProblem(alg string) (problem, section string) {
	k, want := r.key, family(alg)
	section = "RFC 7515, Section 4.1.1"
	if want != "" && k.family() != want {
		need := map[string]string{"RSA": "an RSA key", "EC": "an EC key on P-521", "secret": "a secret"}[want]
		r.hint("key-type", "alg is %s, which needs %s. The key given is %s. Is it the right file, and the right environment?",
			alg, need, k.what)
		return fmt.Sprintf("%s needs %s; given: %s", alg, need, k.what), section
	}
	if alg != "RS256" && alg != "ES512" && alg != "HS512" {
		return "", section // nothing in scope is to be compared
	}
	problem, section = k.checkSize(alg)
	if problem != "" {
		r.hint("key-size", "%s.", problem)
	} else if k.alg != "" && k.alg != alg {
		return "The JWK says it is for another alg: " + quote(k.alg), "RFC 7517, Section 4.4"
	}
	return problem, section
}

// signatureShape looks at a signature that cannot be one of alg.
func (r *report) signatureShape(alg string, sig []byte) {
	if _, isDER := fromDER(sig); isDER && family(alg) == "EC" {
		r.hint("der-signature", "The signature is ASN.1 DER, %d octets. JOSE wants R || S, each left-padded with zeros to "+
			"the size of the curve (66 octets for ES512; RFC 7518, Section 3.4): convert it.", len(sig))
	}
	long := family(alg) == "RSA" || alg == "ES512" || alg == "ES384"
	if n := len(sig); long && (n == 32 || n == 48 || n == 64) {
		name := map[int]string{32: "an HMAC-SHA-256 (HS256)", 48: "an HMAC-SHA-384 (HS384)",
			64: "an HMAC-SHA-512 (HS512), or of an ES256 signature"}[n]
		r.hint("mac-size", "The signature has %d octets, the size of %s. No %s signature is so short: it was made with "+
			"another algorithm, or is a placeholder.", n, name, quote(alg))
	}
}

// jwsSignature verifies and, when that fails, looks for what was signed.
func (r *report) jwsSignature(h *header, alg string, pay segment, payload, sig []byte) {
	received := pay.text
	if r.in.detached && pay.text == "" {
		received = encodePayload(h, payload)
	}
	input := []byte(h.text + "." + received)
	r.octets("signing input", input, !h.private && (len(payload) > maxKeyFile || !holdsPrivateKey(payload)))
	if len(payload) > maxKeyFile {
		r.note("The payload is too long to look for a JWK in it.")
	}
	missing := pay.text == "" && !r.in.detached
	if missing {
		defer func() {
			if r.state("payload") != ok {
				r.hint("detached", "The token is detached (header..signature): its payload travels beside it, as the HTTP body "+
					"for example. Give that file, octet for octet, as -payload.")
				r.open = append(r.open, "the signature: the payload is not at hand")
			}
		}()
	}
	if r.key == nil {
		r.set("signature", notChecked, "No -key is given.")
		return
	}
	s := &search{key: r.key, alg: alg, sig: sig}
	if rs, isDER := fromDER(sig); isDER && r.key.ec != nil {
		s.sig = rs.fixed(r.key.ec)
	}
	switch {
	case s.try(input):
		if missing {
			r.set("payload", ok, "It is empty.")
		}
		switch {
		case len(s.sig) != len(sig) || !bytes.Equal(s.sig, sig):
			r.set("signature", failed, "It is not R || S. Converted to that, it verifies with this key.")
		case h.segment.err != nil || pay.err != nil && !h.unencoded():
			r.set("signature", ok, "over the segments as they are in the token, faults included")
		default:
			r.set("signature", ok, "")
		}
	case missing:
		r.set("signature", notChecked, "The payload is not in the token.")
		r.set("payload", failed, "The payload is empty, and no -payload is given.")
	case len(sig) == 0:
		r.set("signature", failed, "There is none.")
		r.hint("signature-missing", "The signature is empty: an unsecured token, or one that was cut off.")
	default:
		r.set("signature", failed, "It does not match this key and signing input.")
		r.look(s, h, payload, input)
	}
}

func encodePayload(h *header, payload []byte) string {
	if h.unencoded() {
		return string(payload)
	}
	return base64.RawURLEncoding.EncodeToString(payload)
}

// maxDate is the end of the year 9999, the last that package jose takes (D18).
const maxDate = 253402300799

// times checks exp and nbf of a payload that is a claims set (RFC 7519,
// Sections 4.1.4 and 4.1.5), without leeway.
func (r *report) times(payload []byte) {
	r.set("times", ok, "The payload has neither.")
	if len(payload) > maxKeyFile {
		r.set("times", ok, "The payload is too long to be looked at for claims.")
		return
	}
	members, err := parseObject(payload)
	if err != nil {
		r.set("times", ok, "The payload is no claims set: "+err.Error()+".")
		return
	}
	o := &header{members: members}
	now := float64(r.in.at.Unix())
	var good, bad []string
	for _, name := range []string{"exp", "nbf", "iat"} {
		v := string(o.get(name))
		if v == "" {
			continue
		}
		r.timed = r.timed || name != "iat"
		t, err := strconv.ParseFloat(v, 64)
		switch {
		case v[0] == '"' || err != nil:
			if name != "iat" {
				bad = append(bad, name+" is not a JSON number (RFC 7519, Section 2)")
			}
			r.hint("time-not-number", "%s is not a JSON number. A NumericDate is seconds since 1970, without quotes.", name)
		case t > 1e11 && t < 1e14:
			r.hint("time-milliseconds", "%s looks like milliseconds. A NumericDate is in seconds (RFC 7519, Section 2).", name)
			fallthrough
		case t > maxDate || t < -maxDate:
			if name != "iat" {
				bad = append(bad, name+" is after the year 9999")
			}
		case name == "exp" && now >= t:
			bad = append(bad, fmt.Sprintf("exp was %s, %s before %s", date(t), span(now-t), date(now)))
			r.hint("expired", "The token expired %s ago (exp %s, clock %s).", span(now-t), date(t), date(now))
		case name == "nbf" && now < t:
			bad = append(bad, fmt.Sprintf("nbf is %s, %s after %s", date(t), span(t-now), date(now)))
			r.hint("not-yet-valid", "The token is valid only in %s (nbf %s, clock %s).", span(t-now), date(t), date(now))
		case name != "iat":
			good = append(good, fmt.Sprintf("%s is %s", name, date(t)))
		}
	}
	switch {
	case len(bad) > 0:
		section := "RFC 7519, Section 4.1.4"
		if !strings.HasPrefix(bad[0], "exp") {
			section = "RFC 7519, Section 4.1.5"
		}
		r.set("times", failed, strings.Join(bad, "; "), section)
	case len(good) > 0:
		r.set("times", ok, strings.Join(good, "; ")+"; clock "+date(now))
	}
	if o.has("iss") || o.has("aud") || o.has("exp") {
		r.open = append(r.open, "iss, sub, aud, typ and the other claims: the application's policy")
	}
}

func date(t float64) string { return time.Unix(int64(t), 0).UTC().Format(time.RFC3339) }

// span writes seconds as days, hours, minutes and seconds.
func span(seconds float64) string {
	s := int64(seconds)
	if s == 0 {
		return "0 s"
	}
	var parts []string
	for _, unit := range []struct {
		size int64
		name string
	}{{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}} {
		if n := s / unit.size; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, unit.name))
			s %= unit.size
		}
	}
	return strings.Join(parts, " ")
}

// A search tries signatures until its budget is spent.
type search struct {
	key    *key
	alg    string
	sig    []byte
	tries  int
	octets int
}

// The budget keeps a hostile token from costing more than some seconds.
const (
	maxTries  = 500
	maxOctets = 256 << 20
)

func (s *search) try(input []byte) bool { return s.with(s.key, s.alg, input, s.sig) }

func (s *search) with(k *key, alg string, input, sig []byte) bool {
	s.tries++
	s.octets += len(input)
	return s.tries <= maxTries && s.octets <= maxOctets && k.verify(alg, input, sig)
}

// verify reports whether sig is the alg signature of input. It knows all of
// RFC 7518, Section 3.1, to recognize what is out of scope.
func (k *key) verify(alg string, input, sig []byte) bool {
	if len(alg) < 3 || family(alg) != k.family() {
		return false
	}
	var h crypto.Hash
	switch alg[2:] {
	case "256":
		h = crypto.SHA256
	case "384":
		h = crypto.SHA384
	case "512":
		h = crypto.SHA512
	default:
		return false
	}
	if alg[:2] == "HS" {
		// HMAC pads its key with zeros (RFC 2104, Section 2). Padding a short
		// one here changes nothing, except that hmac.New does not panic under
		// fips140=only, where it wants 14 octets.
		secret := k.secret
		if len(secret) < 64 {
			secret = append(slices.Clone(secret), make([]byte, 64-len(secret))...)
		}
		mac := hmac.New(h.New, secret)
		mac.Write(input)
		return hmac.Equal(mac.Sum(nil), sig)
	}
	d := h.New()
	d.Write(input)
	digest := d.Sum(nil)
	switch alg[:2] {
	case "RS":
		return rsa.VerifyPKCS1v15(k.rsa, h, digest, sig) == nil
	case "PS":
		return rsa.VerifyPSS(k.rsa, h, digest, sig, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
	case "ES":
		n := curveOctets(k.ec)
		if len(sig) != 2*n {
			return false
		}
		der, err := asn1.Marshal(ecSignature{new(big.Int).SetBytes(sig[:n]), new(big.Int).SetBytes(sig[n:])})
		return err == nil && ecdsa.VerifyASN1(k.ec, digest, der)
	}
	return false
}

func curveOctets(pub *ecdsa.PublicKey) int { return (pub.Curve.Params().BitSize + 7) / 8 }

type ecSignature struct{ R, S *big.Int }

// fromDER reads an ECDSA-Sig-Value with nothing after it.
func fromDER(sig []byte) (rs ecSignature, isDER bool) {
	if len(sig) < 8 || len(sig) > 150 || sig[0] != 0x30 {
		return rs, false
	}
	rest, err := asn1.Unmarshal(sig, &rs)
	return rs, err == nil && len(rest) == 0 && rs.R.Sign() > 0 && rs.S.Sign() > 0 && rs.R.BitLen() <= 521 && rs.S.BitLen() <= 521
}

// fixed writes R || S for the curve of pub, or nil if they are too long.
func (rs ecSignature) fixed(pub *ecdsa.PublicKey) []byte {
	n := curveOctets(pub)
	if rs.R.BitLen() > 8*n || rs.S.BitLen() > 8*n {
		return nil
	}
	return append(rs.R.FillBytes(make([]byte, n)), rs.S.FillBytes(make([]byte, n))...)
}

// look searches for what the signature is of. It stops at the first find,
// since a signature that verifies is no coincidence.
func (r *report) look(s *search, h *header, payload, input []byte) {
	if r.lookAlg(s, input) || r.lookSecret(s, input) || r.lookSignature(s, input) || r.lookKeys(s, h, input) {
		return
	}
	b64 := !h.unencoded()
	raw, encoded := h.text+"."+string(payload), h.text+"."+base64.RawURLEncoding.EncodeToString(payload)
	std := base64.StdEncoding.EncodeToString
	for _, v := range []struct {
		id, text string
		input    string
		when     bool
	}{
		{"payload-unencoded", "The signature is over the payload as it is, but the header does not say \"b64\": false (RFC 7797): " +
			"encode the payload before signing, or say so.", raw, b64},
		{"payload-encoded", "The signature is over the base64url payload, though the header says \"b64\": false (RFC 7797, Section 3): " +
			"sign the payload as it is, or drop b64.", encoded, !b64},
		{"payload-only", "The signature is over the payload alone. The signing input is header '.' payload (RFC 7515, Section 5.1).",
			string(payload), true},
		{"payload-only", "The signature is over the encoded payload alone. The signing input is header '.' payload " +
			"(RFC 7515, Section 5.1).", encodePayload(&header{}, payload), true},
		{"header-only", "The signature is over the header and an empty payload.", h.text + ".", true},
		{"signed-spelling", "The signature is over segments with '=' padding, which the token itself does not have.",
			padded(h.text) + "." + padded(encodePayload(h, payload)), b64},
		{"signed-spelling", "The signature is over segments in the standard base64 alphabet, which the token itself does not have.",
			std(h.octets) + "." + std(payload), b64},
		{"signed-spelling", "The signature is over the segments without the faults they have in the token.",
			base64.RawURLEncoding.EncodeToString(h.octets) + "." + encodePayload(h, payload), true},
		{"signed-spelling", "The signature is over the decoded header and payload, not over their base64url.",
			string(h.octets) + "." + string(payload), true},
		{"hashed-twice", "The signature is over the SHA-256 of the signing input: it was hashed before a function that hashes.",
			string(hash256(input)), true},
		{"hashed-twice", "The signature is over the SHA-512 of the signing input: it was hashed before a function that hashes.",
			string(hash512(input)), true},
		{"hashed-twice", "The signature is over the SHA-256 of the signing input in hexadecimal.", hex.EncodeToString(hash256(input)), true},
	} {
		if v.when && s.try([]byte(v.input)) {
			r.hint(v.id, "%s", v.text)
			return
		}
	}
	for v := range payloadSpellings(payload) {
		if s.try([]byte(h.text + "." + encodePayload(h, v.octets))) {
			r.hint(v.id, "The signature is over another spelling of the payload: %s (%d octets, here %d). Sign and verify the "+
				"octets that travel; nothing between may parse and write them again.", v.label, len(v.octets), len(payload))
			return
		}
	}
	tail := input[len(h.text):]
	for v := range headerSpellings(h.octets) {
		if s.try(append([]byte(base64.RawURLEncoding.EncodeToString(v.octets)), tail...)) {
			r.hint("header-rewritten", "The signature is over another spelling of the header: %s. The header must travel in "+
				"the octets that were signed (RFC 7515, Section 5.1); something parsed and wrote it again.", v.label)
			return
		}
	}
	if s.tries > maxTries || s.octets > maxOctets {
		r.note("The search for other spellings stopped at its limit.")
	}
	r.note("%d other signing inputs, algorithms and forms were tried, and none verifies. What is left: another key "+
		"than the signer's, or a header, payload or signature that was changed.", min(s.tries, maxTries))
}

func hash256(b []byte) []byte { d := sha256.Sum256(b); return d[:] }
func hash512(b []byte) []byte { d := sha512.Sum512(b); return d[:] }

func padded(s string) string { return s + strings.Repeat("=", (4-len(s)%4)%4) }

var algorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "HS256", "HS384", "HS512"}

func (r *report) lookAlg(s *search, input []byte) bool {
	for _, alg := range algorithms {
		if alg != s.alg && s.with(s.key, alg, input, s.sig) {
			name := alg
			if s.key.ec != nil {
				name = "ECDSA on " + s.key.ec.Curve.Params().Name + " with SHA-" + alg[2:]
			}
			r.hint("other-alg", "With this key the signature is valid as %s, and the header says %s: the signer's code and "+
				"its header disagree.", name, quote(s.alg))
			return true
		}
	}
	return false
}

// lookSecret tries what a secret may have been before it became a file.
func (r *report) lookSecret(s *search, input []byte) bool {
	if s.key.secret == nil {
		return false
	}
	file := s.key.secret
	text := strings.TrimSpace(string(file))
	variants := []variant{
		{"secret-newline", "the secret without the line break at the end of the key file", bytes.TrimRight(file, "\r\n")},
		{"secret-newline", "the secret without the white space around it", []byte(text)},
		{"secret-newline", "the secret with a line feed after it", append(slices.Clone(file), '\n')},
		{"secret-text", "the base64url text of the secret, not the octets it stands for", []byte(base64.RawURLEncoding.EncodeToString(file))},
		{"secret-text", "the base64 text of the secret, not the octets it stands for", []byte(base64.StdEncoding.EncodeToString(file))},
		{"secret-text", "the hexadecimal text of the secret, not the octets it stands for", []byte(hex.EncodeToString(file))},
	}
	if b, err := hex.DecodeString(text); err == nil {
		variants = append(variants, variant{"secret-hex", "the octets that the secret is the hexadecimal text of", b})
	}
	if b, err := anyBase64(text); err == nil {
		variants = append(variants, variant{"secret-base64", "the octets that the secret is the base64 text of", b})
	}
	for _, v := range variants {
		if len(v.octets) > 0 && !bytes.Equal(v.octets, file) && s.with(&key{secret: v.octets}, s.alg, input, s.sig) {
			r.hint(v.id, "The signature is valid with %s (%d octets, the key as given has %d).", v.label, len(v.octets), len(file))
			return true
		}
	}
	return false
}

// lookSignature tries other forms of the same signature.
func (r *report) lookSignature(s *search, input []byte) bool {
	if b, err := hex.DecodeString(string(s.sig)); err == nil && s.with(s.key, s.alg, input, b) {
		r.hint("signature-text", "The signature segment is base64url of the signature's hexadecimal text: encode its octets instead.")
		return true
	}
	if b, err := anyBase64(string(s.sig)); err == nil && s.with(s.key, s.alg, input, b) {
		r.hint("signature-text", "The signature segment is base64url of the signature's base64 text: it was encoded twice.")
		return true
	}
	if s.key.rsa != nil || s.key.ec != nil {
		if n := len(s.sig); n == 32 || n == 48 || n == 64 {
			for _, k := range r.fileAsSecret() {
				if alg := "HS" + strconv.Itoa(n*8); s.with(k, alg, input, s.sig) {
					r.hint("mac-of-public-key", "The signature is an HMAC (%s) with the public key as secret. Anyone can make that: "+
						"a mistake, or an attack on verifiers that let the header choose the algorithm (RFC 8725, Section 2.1).", alg)
					return true
				}
			}
		}
	}
	if s.key.ec == nil {
		return false
	}
	n := curveOctets(s.key.ec)
	var forms []variant
	if len(s.sig) == 2*n {
		rr, ss := slices.Clone(s.sig[:n]), slices.Clone(s.sig[n:])
		forms = append(forms, variant{"signature-swapped", "S || R", append(slices.Clone(ss), rr...)})
		slices.Reverse(rr)
		slices.Reverse(ss)
		forms = append(forms, variant{"signature-little-endian", "R || S with the octets of each in reverse order", append(rr, ss...)})
	}
	for split := max(n-4, len(s.sig)-n); split <= min(n, len(s.sig)-n+4) && len(s.sig) < 2*n; split++ {
		rs := ecSignature{new(big.Int).SetBytes(s.sig[:split]), new(big.Int).SetBytes(s.sig[split:])}
		forms = append(forms, variant{"signature-unpadded", "R || S without the zeros on the left that make each as long as the curve", rs.fixed(s.key.ec)})
	}
	for _, f := range forms {
		if s.with(s.key, s.alg, input, f.octets) {
			r.hint(f.id, "The signature is %s, %d octets: the right one in a wrong form (RFC 7518, Section 3.4).", f.label, len(s.sig))
			return true
		}
	}
	return false
}

// lookKeys tries the other keys of a JWK Set.
func (r *report) lookKeys(s *search, h *header, input []byte) bool {
	for _, k := range r.keys[:min(len(r.keys), 64)] {
		if k != s.key && s.with(k, s.alg, input, s.sig) {
			r.hint("other-key", "The signature is valid with another key of the JWK Set, whose kid is %s.", quote(k.kid))
			return true
		}
	}
	return false
}
