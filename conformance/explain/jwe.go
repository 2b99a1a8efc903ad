package explain

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1" // RSA-OAEP
	"fmt"
	"slices"
	"strings"
)

var jweChecks = []check{
	{id: "form", name: "nothing stands around the token", section: "RFC 7516, Section 7.1", state: notReached},
	{id: "segments", name: "five segments", section: "RFC 7516, Section 7.1", state: notReached},
	{id: "header-b64", name: "the header is base64url", section: "RFC 7515, Section 2", state: notReached},
	{id: "header", name: "the header is one JSON object, no name twice", section: "RFC 7516, Section 4", state: notReached},
	{id: "alg", name: "alg is RSA-OAEP or RSA-OAEP-256", section: "RFC 7516, Section 4.1.1", state: notReached},
	{id: "enc", name: "enc is A256GCM, and there is no zip", section: "RFC 7516, Section 4.1.2", state: notReached},
	{id: "crit", name: "crit is well-formed and understood", section: "RFC 7516, Section 4.1.13", state: notReached},
	{id: "key", name: "the key is a private RSA key of 2048 bits or more", section: "RFC 7518, Section 4.3", state: notReached},
	{id: "payload", name: "no -payload beside it", section: "RFC 7516, Section 3.1", state: notReached},
	{id: "parts-b64", name: "the other segments are base64url", section: "RFC 7515, Section 2", state: notReached},
	{id: "sizes", name: "12 octets of IV, 16 of tag", section: "RFC 7518, Section 5.3", state: notReached},
	{id: "unwrap", name: "the encrypted key decrypts to 32 octets", section: "RFC 7518, Section 4.3", state: notReached},
	{id: "tag", name: "the tag holds over header and ciphertext", section: "RFC 7516, Section 5.2", state: notReached},
}

// jwe follows RFC 7516, Section 5.2. Unlike any server, it tells its steps
// apart (Section 11.5): the private key is the caller's own.
func (r *report) jwe(h *header, seg []string, n int) {
	r.title = fmt.Sprintf("token: JWE, %d characters, %d segments", len(strings.Join(seg, ".")), n)
	if n != 5 {
		r.set("segments", failed, fmt.Sprintf("The token has %d.", n))
	} else {
		r.set("segments", ok, "")
	}
	if !r.checkHeader(h) {
		return
	}
	alg, enc := h.str("alg"), h.str("enc")
	problem := ""
	switch {
	case !h.has("alg"):
		problem = "The header has no alg."
	case family(alg) != "":
		problem = "alg is " + quote(alg) + ", which signs"
		r.hint("jws-in-five", "alg is one of a JWS, but the token is cut like a JWE.")
	case alg != "RSA-OAEP" && alg != "RSA-OAEP-256":
		problem = "alg is " + quote(alg) + ", out of scope"
		r.hint("alg-scope", "alg is %s, which package jose refuses whatever the key. Names are case-sensitive.", quote(alg))
	}
	r.judge("alg", problem)
	problem = ""
	switch {
	case enc != "A256GCM":
		problem = "enc is " + quote(enc) + ", out of scope"
		if h.has("enc") {
			r.hint("enc-scope", "enc is %s; package jose has A256GCM alone.", quote(enc))
		} else {
			problem = "The header has no enc."
		}
	case h.has("zip"):
		problem = "zip: compressed content is refused (RFC 8725, Section 3.6)"
	}
	r.judge("enc", problem)
	problem, section := h.checkCrit()
	if slices.Contains(h.crit(), "b64") {
		problem = "crit names b64, which is of JWS alone"
	} else if strings.HasPrefix(section, "RFC 7797") {
		problem = "" // here b64 is a member like any other
	}
	r.judge("crit", problem)
	for _, name := range h.crit() {
		r.open = append(r.open, "crit names "+quote(name)+": that the application understands it and accepts its value")
	}
	r.jweKey(h, alg)
	problem = ""
	if r.in.detached {
		problem = "-payload is of a detached JWS."
		r.hint("jwe-given", "A payload was given, as for a detached JWS, but this is a JWE: encrypted, with the content inside.")
	}
	r.judge("payload", problem)
	if n != 5 {
		return
	}
	var parts []segment
	var bad []string
	usable := true
	for i, name := range []string{"encrypted key", "IV", "ciphertext", "tag"} {
		s := decode(seg[i+1])
		r.part(name, s.text, s.octets)
		if parts = append(parts, s); s.err != nil {
			bad = append(bad, name+": "+s.err.Error())
		}
		usable = usable && s.usable
	}
	r.segmentHints(parts...)
	r.judge("parts-b64", strings.Join(bad, "; "))
	if !usable {
		return
	}
	key, iv, ciphertext, tag := parts[0].octets, parts[1].octets, parts[2].octets, parts[3].octets
	problem = ""
	if len(iv) != 12 || len(tag) != 16 {
		problem = fmt.Sprintf("The IV has %d octets, the tag %d.", len(iv), len(tag))
	}
	r.judge("sizes", problem)
	r.octets("AAD", []byte(h.text), !h.private)
	if r.key == nil || r.key.private == nil {
		r.set("unwrap", notChecked, "There is no private key to do it with.")
		r.set("tag", notChecked, "")
		r.open = append(r.open, "decryption: no private key is given")
		return
	}
	cek := r.unwrapKey(alg, key)
	if cek == nil || len(iv) != 12 || len(tag) < 16 {
		return
	}
	r.openContent(h, cek, iv, ciphertext, tag)
}

func (r *report) jweKey(h *header, alg string) {
	if r.keys == nil {
		r.set("key", notChecked, "No -key is given.")
		return
	}
	problem, section := r.pickKey(alg, h.str("kid"), h.has("kid")), "RFC 7516, Section 4.1.6"
	k := r.key
	r.line("  ", "\nkey: %s", k.what)
	switch {
	case problem != "":
	case k.rsa == nil:
		problem, section = "Given: "+k.what, "RFC 7518, Section 4.3"
		if k.ec != nil || k.secret != nil {
			r.hint("jwe-given", "The key is one that verifies, and this is a JWE: encrypted, to be decrypted with the recipient's "+
				"private RSA key. Was a JWS expected?")
		}
		r.hint("key-type", "alg is %s, which needs a private RSA key. The key given is %s.", quote(alg), k.what)
	case !k.isPriv:
		problem, section = "Given: "+k.what, "RFC 7516, Section 5.2"
		r.hint("jwe-given", "The key is public, and this is a JWE: it decrypts with the recipient's private key alone. Was a JWS "+
			"expected, or the signer's key given instead of your own?")
	case k.private == nil:
		problem, section = "The private key is not usable: its numbers do not fit together, or its primes are missing", "RFC 7518, Section 6.3.2"
	default:
		if problem, section = k.checkSize("RSA-OAEP"); problem != "" {
			r.hint("key-size", "%s.", problem)
		} else if k.use == "sig" || family(k.alg) != "" {
			problem, section = "The JWK is for signatures (use or alg).", "RFC 7517, Section 4.2"
		} else if k.alg != "" && k.alg != alg {
			problem, section = "The JWK says it is for another alg: "+quote(k.alg), "RFC 7517, Section 4.4"
		}
	}
	r.judge("key", problem, section)
}

// oaeps are the parameters in use: those of RFC 7518, Section 4.3, and the
// mixture that is the default of Java's "OAEPWithSHA-256AndMGF1Padding".
var oaeps = []struct {
	alg, name string
	opts      rsa.OAEPOptions
}{
	{"RSA-OAEP", "RSA-OAEP (SHA-1)", rsa.OAEPOptions{Hash: crypto.SHA1}},
	{"RSA-OAEP-256", "RSA-OAEP-256 (SHA-256)", rsa.OAEPOptions{Hash: crypto.SHA256}},
	{"", "OAEP with SHA-256, but MGF1 with SHA-1", rsa.OAEPOptions{Hash: crypto.SHA256, MGFHash: crypto.SHA1}},
}

// unwrapKey decrypts the encrypted key, with alg or else with what it really
// is. nil means that it could not.
func (r *report) unwrapKey(alg string, encrypted []byte) []byte {
	priv := r.key.private
	if len(encrypted) != priv.Size() {
		r.set("unwrap", failed, fmt.Sprintf("The encrypted key has %d octets, the modulus of the key %d.", len(encrypted), priv.Size()))
		r.hint("other-recipient", "The encrypted key has not the length of this key's modulus: it was encrypted for another key.")
		return nil
	}
	refused := ""
	for _, o := range oaeps {
		if !usableOAEP(priv, o.opts) {
			if o.alg == alg {
				refused = o.name
			}
			continue
		}
		cek, err := priv.Decrypt(nil, encrypted, &o.opts)
		if err != nil {
			continue
		}
		problem := ""
		if o.alg != alg {
			problem = "The header says " + quote(alg) + "; it decrypts as " + o.name
			if o.alg == "" {
				r.hint("oaep-mgf1", "The key was encrypted by %s, as Java does by default. RFC 7518, Section 4.3 has one hash for "+
					"both: give the encrypter OAEPParameterSpec(\"SHA-256\", \"MGF1\", MGF1ParameterSpec.SHA256, ...).", o.name)
			} else if strings.HasPrefix(alg, "RSA-OAEP") {
				r.hint("oaep-hash", "The header says %s, but the key was encrypted with %s: the other hash (RFC 7518, "+
					"Section 4.3).", quote(alg), o.name)
			}
		}
		if len(cek) != 32 {
			problem = strings.TrimPrefix(problem+fmt.Sprintf("; it decrypts to %d octets, A256GCM needs 32", len(cek)), "; ")
			r.hint("cek-size", "The content encryption key has %d octets: the sender used another enc than A256GCM.", len(cek))
		}
		r.judge("unwrap", problem)
		if len(cek) != 32 {
			return nil
		}
		return cek
	}
	if refused != "" {
		r.set("unwrap", notChecked, "This build's or mode's crypto refuses "+refused+".")
		r.open = append(r.open, "decryption: this build or mode of crypto (GODEBUG=fips140) refuses "+refused)
		return nil
	}
	r.set("unwrap", failed, "It does not decrypt with this key.")
	r.hint("other-recipient", "The encrypted key decrypts neither with SHA-1 nor with SHA-256: it was most likely encrypted for another "+
		"public key than this private one's, or changed on the way.")
	return nil
}

// usableOAEP tries the parameters, since a mode of crypto may refuse them.
func usableOAEP(priv *rsa.PrivateKey, o rsa.OAEPOptions) bool {
	if o.MGFHash != 0 { // not to be had for encryption before Go 1.26
		o.Hash = o.MGFHash
	}
	_, err := rsa.EncryptOAEP(o.Hash.New(), rand.Reader, &priv.PublicKey, []byte{0}, nil)
	return err == nil
}

// openContent checks the tag. Of the plaintext only length and form are told.
func (r *report) openContent(h *header, cek, iv, ciphertext, tag []byte) {
	block, err := aes.NewCipher(cek)
	if err != nil {
		r.set("tag", notChecked, "This build has no AES-256.")
		return
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block) // its Open takes IV || ciphertext || tag (D17)
	if err != nil {
		r.set("tag", notChecked, "This build has no such GCM.")
		return
	}
	tries, octets := 0, 0
	open := func(aad, tag []byte) []byte {
		tries++
		octets += len(ciphertext) + len(aad)
		if tries > maxTries || octets > maxOctets {
			return nil
		}
		if b, err := gcm.Open(nil, nil, bytes.Join([][]byte{iv, ciphertext, tag}, nil), aad); err == nil {
			return append(make([]byte, 0, len(b)+1), b...) // not nil, also when empty
		}
		return nil
	}
	if b := open([]byte(h.text), tag); b != nil && len(tag) == 16 {
		r.set("tag", ok, "")
		r.line("  ", "\nplaintext: %d octets, %s (never shown)", len(b), form(b))
		r.open = append(r.open, "what is inside: anyone can encrypt to a public key, so decryption proves no sender")
		return
	}
	r.set("tag", failed, "The key is right, the content, IV, tag or header is not what was encrypted.")
	if len(tag) > 16 && open([]byte(h.text), tag[:16]) != nil {
		r.hint("tag-too-long", "With the first 16 octets of the tag the token decrypts: %d more were added after it.", len(tag)-16)
		return
	}
	for _, aad := range []struct{ text, label string }{
		{"", "nothing"}, {string(h.octets), "the decoded header"}, {padded(h.text), "the header with '=' padding"},
	} {
		if open([]byte(aad.text), tag) != nil {
			r.hint("aad", "The tag is over %s as AAD. The AAD is the header's base64url text (RFC 7516, Section 5.1).", aad.label)
			return
		}
	}
	for v := range headerSpellings(h.octets) {
		if open([]byte(encodePayload(&header{}, v.octets)), tag) != nil {
			r.hint("header-rewritten", "The tag is over another spelling of the header: %s. The header must travel in the octets "+
				"that were encrypted with (RFC 7516, Section 5.1).", v.label)
			return
		}
	}
	r.note("%d other spellings of the header were tried as AAD, and none fits.", min(tries, maxTries))
}

// form says in a word what octets look like, without showing one.
func form(b []byte) string {
	text := bytes.TrimSpace(b)
	switch {
	case len(b) == 0:
		return "empty"
	case bytes.HasPrefix(text, []byte("eyJ")) && bytes.Count(text, []byte(".")) == 2:
		return "which look like a compact JWS: a nested token"
	case bytes.HasPrefix(text, []byte("{")):
		return "which look like JSON"
	}
	return "neither JSON nor a token"
}
