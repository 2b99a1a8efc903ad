package explain

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"slices"
	"strings"
)

var contentEncryptions = []string{"A256GCM", "A128GCM", "A192GCM", "A128CBC-HS256", "A256CBC-HS512"}

// jwe follows RFC 7516, Section 5.2. Unlike any server, it tells its steps
// apart (Section 11.5): the private key is the caller's own.
func (r *report) jwe(h *header, seg []string, n int) {
	if !r.begin(h, seg, n) {
		return
	}
	enc, problem := h.str("enc"), ""
	near := r.nearName(enc, contentEncryptions)
	switch {
	case !h.has("enc"):
		problem = "The header has no enc."
	case near == "A256GCM" && near != enc:
		problem = "enc is " + quote(enc) + ", not A256GCM"
	case near != "A256GCM":
		problem = "enc is " + quote(enc) + ", out of scope"
		r.hint("enc-scope", quote(enc))
	case h.has("zip"):
		problem = "zip: compressed content is refused (RFC 8725, Section 3.6)"
	}
	r.judge("enc", problem)
	r.judgeKey(h)
	problem = ""
	if r.in.detached {
		problem = "-payload is of a detached JWS."
		r.hint("jwe-given", "A payload was given, as for a detached JWS")
	}
	r.judge("payload", problem)
	if n == 4 {
		seg = append(seg, "") // the tag may be in the ciphertext
	} else if n != 5 {
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
	iv, tag := parts[1].octets, parts[3].octets
	problem = ""
	if len(iv) != 12 || len(tag) != 16 {
		problem = fmt.Sprintf("The IV has %d octets, the tag %d.", len(iv), len(tag))
	}
	r.judge("sizes", problem)
	r.octets("AAD", []byte(h.text), !h.private)
	if r.key == nil || r.key.private == nil {
		r.set("unwrap", notChecked, "There is no private key to do it with.")
		r.set("tag", notChecked, "")
		r.leave("decryption: no private key is given")
	} else if cek := r.unwrapKey(parts[0].octets); len(cek) == 32 && len(iv) == 12 {
		r.openContent(h, cek, iv, parts[2].octets, tag)
	}
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
func (r *report) unwrapKey(encrypted []byte) (cek []byte) {
	priv, refused := r.key.private, ""
	for _, o := range oaeps {
		if !usableOAEP(priv, o.opts) {
			if o.alg == r.alg {
				refused = o.name
			}
			continue
		}
		var err error
		if cek, err = priv.Decrypt(nil, encrypted, &o.opts); err != nil {
			continue
		}
		var problems []string
		if o.alg != r.alg {
			problems = append(problems, "The header says "+quote(r.alg)+"; it decrypts as "+o.name)
			if o.alg == "" {
				r.hint("oaep-mgf1", o.name)
			} else if strings.HasPrefix(r.alg, "RSA-OAEP") {
				r.hint("oaep-hash", quote(r.alg), o.name)
			}
		}
		for form, from := range map[string]func([]byte) []byte{"base64": fromBase64, "hexadecimal": fromHex} {
			if b := from(cek); len(cek) != 32 && len(b) == 32 {
				problems = append(problems, "it decrypts to the "+form+" text of 32 octets")
				r.hint("cek-text", form)
				cek = b
			}
		}
		if len(cek) != 32 {
			problems = append(problems, fmt.Sprintf("it decrypts to %d octets, A256GCM needs 32", len(cek)))
			r.hint("cek-size", len(cek))
		}
		r.judge("unwrap", strings.Join(problems, "; "))
		return cek
	}
	switch {
	case len(encrypted) != priv.Size():
		sizes := fmt.Sprintf("The encrypted key has %d octets, the modulus of the key %d.", len(encrypted), priv.Size())
		r.set("unwrap", failed, sizes)
		r.hint("other-recipient")
	case refused != "":
		r.set("unwrap", notChecked, "This build's or mode's crypto refuses "+refused+".")
		r.leave("decryption: this build or mode of crypto (GODEBUG=fips140) refuses " + refused)
	default:
		r.set("unwrap", failed, "It does not decrypt with this key.")
		r.hint("other-recipient")
	}
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
	gcm, err := cipher.NewGCMWithRandomNonce(block) // its Open takes IV || ciphertext || tag
	if err != nil {
		r.set("tag", notChecked, "This build has no such GCM.")
		return
	}
	var plaintext []byte
	opens := func(t trial) (opens bool) {
		aad := t.whole
		if aad == nil {
			aad = []byte(t.head)
		}
		plaintext, err = gcm.Open(nil, nil, slices.Concat(iv, t.payload, t.sig), aad)
		return err == nil && len(t.sig) == 16
	}
	t := trial{head: h.text, header: h.octets, payload: ciphertext, sig: tag}
	if opens(t) {
		r.set("tag", ok, "")
		r.line("  ", "\nplaintext: %d octets, %s", len(plaintext), lookOf(plaintext))
		r.leave("what is inside: anyone can encrypt to a public key, so decryption proves no sender")
		r.content(h, plaintext)
		return
	}
	r.set("tag", failed, "The key is right, the content, IV, tag or header is not what was encrypted.")
	s := &search{of: func(on string) bool { return on == "aad" || on == "tag" || on == "header" }, holds: opens}
	if found, guess, ok := s.run(t); ok {
		r.hint(found.id, guess.note)
	} else {
		r.note("%d other spellings of the header and places of the tag were tried, and none fits.", s.tries)
	}
}

// content checks what cty promises (RFC 7519, Section 5.2), and describes claims,
// also those of a nested JWS, whose signature is not verified here.
func (r *report) content(h *header, plaintext []byte) {
	nested := strings.Split(strings.TrimSpace(string(plaintext[:min(len(plaintext), maxKeyFile)])), ".")
	isNested := bytes.HasPrefix(plaintext, []byte("ey")) && (len(nested) == 3 || len(nested) == 5)
	r.set("content", ok, "")
	if strings.EqualFold(h.str("cty"), "JWT") && !isNested {
		r.set("content", failed, "cty is "+quote(h.str("cty"))+", and the plaintext is "+lookOf(plaintext)+".")
		r.hint("cty", quote(h.str("cty")), lookOf(plaintext))
	}
	if isNested && len(nested) == 3 {
		r.leave("the signature of the nested JWS: take the JWS out with DecryptThenVerify, or Decrypt, and explain " +
			"it with the signer's key")
		plaintext = decode(nested[1]).octets
	}
	r.claims(h, plaintext, true)
}

// lookOf says in a word what octets look like, without showing one.
func lookOf(b []byte) string {
	text := bytes.TrimSpace(b)
	switch {
	case len(b) == 0:
		return "empty"
	case bytes.HasPrefix(text, []byte("eyJ")) && bytes.Count(text, []byte(".")) == 2:
		return "a compact JWS: a nested token"
	case bytes.HasPrefix(text, []byte("{")):
		return "JSON"
	}
	return "neither JSON nor a token"
}
