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

func (r *report) checkEnc() result {
	enc := r.header.str("enc")
	switch near := r.nearName(enc, "enc"); {
	case !r.header.has("enc"):
		return judge("The header has no enc.")
	case near == "A256GCM" && near != enc:
		return judge(r.hint("alg-spelling"))
	case near != "A256GCM":
		return judge(r.hint("enc-scope", quote(enc)))
	case r.header.has("zip"):
		return judge("The header has zip, and compressed content is refused (RFC 8725, Section 3.6).")
	}
	return fine("")
}

func (r *report) checkSizes() result {
	if r.ended = !r.usable; r.ended {
		return result{}
	}
	r.octets("AAD", []byte(r.header.text), !r.header.private)
	if iv, tag := r.segments[2].octets, r.segments[4].octets; len(iv) != 12 || len(tag) != 16 {
		return judge(fmt.Sprintf("The IV has %d octets and the tag %d, where A256GCM has 12 and 16.", len(iv), len(tag)))
	}
	return fine("")
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

// checkUnwrap decrypts the encrypted key, with alg or else with what it really
// is. Unlike any server, it tells its steps apart (RFC 7516, Section 11.5): the
// private key is the caller's own.
func (r *report) checkUnwrap() result {
	if r.key == nil || r.key.private == nil {
		r.leave("decryption: no private key is given")
		return result{notChecked, "There is no private key to do it with.", ""}
	}
	priv, refused, encrypted := r.key.private, "", r.segments[1].octets
	for _, o := range oaeps {
		if !usableOAEP(priv, o.opts) {
			if o.alg == r.alg {
				refused = o.name
			}
			continue
		}
		cek, err := priv.Decrypt(nil, encrypted, &o.opts)
		if err != nil {
			continue
		}
		var problems []string
		if o.alg == "" {
			problems = append(problems, r.hint("oaep-mgf1", o.name))
		} else if o.alg != r.alg && strings.HasPrefix(r.alg, "RSA-OAEP") {
			problems = append(problems, r.hint("oaep-hash", quote(r.alg), o.name))
		} else if o.alg != r.alg {
			problems = append(problems, "The encrypted key decrypts as "+o.name+".")
		}
		for form, from := range map[string]func([]byte) []byte{"base64": fromBase64, "hexadecimal": fromHex} {
			if b := from(cek); len(cek) != 32 && len(b) == 32 {
				problems, cek = append(problems, r.hint("cek-text", form)), b
			}
		}
		if r.cek = cek; len(cek) != 32 {
			problems = append(problems, r.hint("cek-size", len(cek)))
		}
		return judge(strings.Join(problems, " "))
	}
	switch {
	case len(encrypted) != priv.Size():
		sizes := fmt.Sprintf("The encrypted key has %d octets, the modulus of the key %d.", len(encrypted), priv.Size())
		r.hint("other-recipient")
		return judge(sizes)
	case refused != "":
		r.leave("decryption: this build or mode of crypto (GODEBUG=fips140) refuses " + refused)
		return result{notChecked, "This build's or mode's crypto refuses " + refused + ".", ""}
	}
	return judge(r.hint("other-recipient"))
}

// usableOAEP tries the parameters, since a mode of crypto may refuse them.
func usableOAEP(priv *rsa.PrivateKey, o rsa.OAEPOptions) bool {
	if o.MGFHash != 0 { // not to be had for encryption before Go 1.26
		o.Hash = o.MGFHash
	}
	_, err := rsa.EncryptOAEP(o.Hash.New(), rand.Reader, &priv.PublicKey, []byte{0}, nil)
	return err == nil
}

// checkTag opens the content. Of the plaintext only length and form are told.
func (r *report) checkTag() result {
	iv := r.segments[2].octets
	if r.key == nil || r.key.private == nil {
		return result{notChecked, "", ""}
	} else if len(r.cek) != 32 || len(iv) != 12 {
		return result{}
	}
	block, err := aes.NewCipher(r.cek)
	if err != nil {
		return result{notChecked, "This build has no AES-256.", ""}
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block) // its Open takes IV || ciphertext || tag
	if err != nil {
		return result{notChecked, "This build has no such GCM.", ""}
	}
	opens := func(t trial) (opens bool) {
		aad := t.whole
		if aad == nil {
			aad = []byte(t.head)
		}
		r.payload, err = gcm.Open([]byte{}, nil, slices.Concat(iv, t.payload, t.sig), aad)
		return err == nil && len(t.sig) == 16
	}
	h := r.header
	t := trial{head: h.text, header: h.octets, payload: r.segments[3].octets, sig: r.segments[4].octets}
	if opens(t) {
		r.line("  ", "\nplaintext: %d octets, %s", len(r.payload), lookOf(r.payload))
		r.leave("what is inside: anyone can encrypt to a public key, so decryption proves no sender")
		return fine("")
	}
	s := &search{of: func(on string) bool { return on == "aad" || on == "tag" || on == "header" }, holds: opens}
	if found, guess, ok := s.run(t); ok {
		r.hint(found.id, guess.note)
	} else {
		r.note("%d other spellings of the header and places of the tag were tried, and none fits.", s.tries)
	}
	r.payload = nil
	return judge("The private key is right, but the ciphertext, IV, tag or header is not what was encrypted.")
}

// checkContent checks what cty promises (RFC 7519, Section 5.2). Of a nested JWS
// the claims are described, and the signature is not verified here.
func (r *report) checkContent() result {
	if r.payload == nil {
		return result{}
	}
	look, cty := lookOf(r.payload), r.header.str("cty")
	nested := strings.Split(strings.TrimSpace(string(r.payload[:min(len(r.payload), maxKeyFile)])), ".")
	isNested := bytes.HasPrefix(r.payload, []byte("ey")) && (len(nested) == 3 || len(nested) == 5)
	if isNested && len(nested) == 3 {
		r.leave("the signature of the nested JWS: take the JWS out with DecryptThenVerify, or Decrypt, and explain " +
			"it with the signer's key")
		r.payload = append([]byte{}, decode(nested[1]).octets...)
	}
	if mediaType(cty) == "jwt" && !isNested {
		return judge(r.hint("cty", quote(cty), look))
	}
	return fine("")
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
