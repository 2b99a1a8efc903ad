package main

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// A jweParts is a JWE before it is written, so that each part can be wrong.
type jweParts struct {
	header                            string // the segment, encoded
	cek                               []byte
	encryptedKey, iv, ciphertext, tag []byte
}

// newJWE encrypts plaintext to the key rsa, with A256GCM, whatever the header
// says (RFC 7516, Section 5.1).
func newJWE(alg, header string, plaintext string) jweParts {
	return seal(jweParts{header: b64(header)}, alg, rsaMain, []byte(plaintext))
}

// seal fills in all that is missing in j. The CEK, the IV and the seed of OAEP
// are derived from the content, so that no two tokens share them unless they
// are equal.
func seal(j jweParts, alg string, to rsaKey, plaintext []byte) jweParts {
	label := sealLabel(alg, j.header, plaintext)
	if j.cek == nil {
		j.cek = derive("CEK", label, 32)
	}
	if j.iv == nil {
		j.iv = derive("IV", label, 12)
	}
	if j.encryptedKey == nil {
		j.encryptedKey = to.encrypt(oaep{hash: oaepHash(alg), mgf: oaepHash(alg)}.pad(to, j.cek, label))
	}
	sealed := gcm(j.cek, j.iv).Seal(nil, j.iv, plaintext, []byte(j.header))
	j.ciphertext, j.tag = sealed[:len(plaintext)], sealed[len(plaintext):]
	return j
}

// sealLabel is the content that the randomness of a token is derived from.
func sealLabel(alg, header string, plaintext []byte) string {
	return alg + "\x00" + header + "\x00" + string(plaintext)
}

func gcm(cek, iv []byte) cipher.AEAD {
	return must(cipher.NewGCMWithNonceSize(must(aes.NewCipher(cek)), len(iv)))
}

// derive returns n octets, at most 32, for the purpose.
func derive(purpose, label string, n int) []byte {
	sum := sha256.Sum256([]byte(purpose + "\x00" + label))
	return sum[:n]
}

func (j jweParts) token() string {
	return strings.Join([]string{j.header, b64(j.encryptedKey), b64(j.iv), b64(j.ciphertext), b64(j.tag)}, ".")
}

// jweHeader returns a header of alg, A256GCM and more members.
func jweHeader(alg string, more ...string) string {
	return header(alg, append([]string{`"enc":"A256GCM"`}, more...)...)
}

func oaepHash(alg string) crypto.Hash {
	switch alg {
	case "RSA-OAEP-256":
		return crypto.SHA256
	case "RSA-OAEP-384":
		return crypto.SHA384
	case "RSA-OAEP-512":
		return crypto.SHA512
	}
	return crypto.SHA1
}

// encrypt is RSAEP (RFC 8017, Section 5.1.1), at the length of the modulus.
func (k rsaKey) encrypt(em []byte) []byte {
	m := new(big.Int).SetBytes(em)
	return k.octets(m.Exp(m, k.E, k.N))
}

// An oaep is EME-OAEP (RFC 8017, Section 7.1.1) with what can be wrong in it.
type oaep struct {
	hash, mgf crypto.Hash
	label     string
	db        func(db []byte) // changes DB = lHash || PS || 01 || M
	y         byte            // the first octet
}

func (o oaep) pad(k rsaKey, message []byte, label string) []byte {
	size := o.hash.Size()
	em := make([]byte, k.size())
	seed, db := em[1:1+size], em[1+size:]
	copy(seed, derive("seed", label, 32))
	if size > 32 {
		copy(seed[32:], derive("more seed", label, 32))
	}
	copy(db, digest(o.hash, o.label))
	db[len(db)-len(message)-1] = 1
	copy(db[len(db)-len(message):], message)
	if o.db != nil {
		o.db(db)
	}
	mask(o.mgf, db, seed)
	mask(o.mgf, seed, db)
	em[0] = o.y
	return em
}

func jweRows() []row {
	return slices.Concat(jweControls(), jweAlgorithm(), jweEncryptedKey(), jweContent(), jweTampering(),
		jweEncoding(), jweFraming(), jweHeaderRules(), jweResources(), jweLookups())
}

var jweAlgs = []string{"RSA-OAEP", "RSA-OAEP-256"}

// oaepReq are the statements about the hashes of each algorithm.
var oaepReq = map[string]string{"RSA-OAEP": "7518-4.3-1", "RSA-OAEP-256": "7518-4.3-2"}

func jweControls() []row {
	var rows []row
	add := func(fault, alg, req, header, plaintext, why string) {
		r := row{id: "jwe/" + fault + "/" + alg, req: req, tags: "control", why: why, token: newJWE(alg, header, plaintext).token(), payload: plaintext}
		if plaintext == "" {
			r.payload = emptyPayload
		}
		rows = append(rows, r)
	}
	for _, alg := range jweAlgs {
		add("valid", alg, oaepReq[alg]+" 7516-5.2-14 7516-5.2-22 8017-7.1.2-4", jweHeader(alg), text, "A plain token.")
		add("valid-empty-plaintext", alg, "7516-5.2-25 7515-2-2 7516-5.2-23 7516-5.2-5", jweHeader(alg), "", "The plaintext may be any octets, also none; the ciphertext segment is empty then.")
		add("valid-binary-plaintext", alg, "7516-5.2-25 7518-5.3-1 7518-5.3-2 7518-5.3-3", jweHeader(alg), "\x00\xff\xfe\x80", "The plaintext is any sequence of octets, not text.")
	}
	const a = "RSA-OAEP-256"
	add("valid-enc-first", a, "8259-4-3 7516-4.1.1-1 7516-4.1.2-2 7516-4.1.11-1", `{"enc":"A256GCM","typ":"JOSE","cty":"json","alg":"RSA-OAEP-256"}`, text, "The order of the members means nothing.")
	add("valid-white-space", a, "8259-2-1 7516-3-1 7516-5.2-6 7516-5.2-21", " {\r\n\t\"alg\" : \"RSA-OAEP-256\",\n \"enc\" : \"A256GCM\"\n} \n", text, "White space around JSON tokens is insignificant, and authenticated as it stands.")
	add("valid-exp-null", a, "7516-4-2 7515-4-5 7516-4.1.2-1", jweHeader(a, `"exp":null`, `"iat":1767225600`), text, "Members that are not understood are ignored, also when null, as Juspay's exp is.")
	add("valid-kid-unused", a, "7516-4.1.6-1 7515-4.1.4-1 7516-5.2-4", jweHeader(a, `"kid":"any"`), text, "kid is a hint; a decrypter that has one key needs none.")
	add("valid-iv-and-tag-members", a, "7516-4-2 7515-4-4 7516-4.1.1-2", jweHeader(a, `"iv":"AA"`, `"tag":"AA"`), text, "iv and tag belong to key wrapping with AES GCM, and mean nothing here.")
	add("valid-epk-member", a, "7516-4-2 7515-4-4 7516-9-4 7516-3.1-1", jweHeader(a, `"epk":`+p256.publicJWK().String()), text, "epk belongs to ECDH-ES, and means nothing here.")
	add("valid-p2c-member", a, "7516-4-2 7515-4-4", jweHeader(a, `"p2c":2147483647`), text, "p2c belongs to PBES2: no iteration is done for it here.")
	add("valid-jwk-member", a, "7516-4-2 7515-4-4 7516-3.1-2 7516-9-2", jweHeader(a, `"jwk":`+rsaMain.publicJWK().String()), text, "A jwk in the header is a hint.")
	add("valid-b64-ignored", a, "7516-4-2 7515-4-5 7516-4.1.3-3", jweHeader(a, `"b64":false`), text, "b64 is for JWS; a JWE does not know it, and ignores it.")
	add("valid-upper-case-zip", a, "7516-5.3-1 7515-10.13-3 7516-4.1.3-2 7516-4.1.3-7", jweHeader(a, `"ZIP":"DEF"`), text, "Names are case-sensitive: ZIP is another member, and is ignored.")
	add("valid-escaped-value", a, "7516-5.3-1 7515-10.13-1 7516-4.1.2-4", `{"alg":"RSA-OAEP-256","enc":"A256\u0047CM"}`, text, "An escaped value is the same value.")
	add("valid-nesting-32", a, "7516-4-2 7515-4-5 8259-9-3", jweHeader(a, `"x":`+nest(31)), text, "A member that is ignored may be nested; 32 levels with the header itself.")
	rows = append(rows, row{id: "jwe/valid-crit-understood/" + a, req: "7516-4.1.13-1 7515-4.1.11-1 7516-5.2-10", tags: "control crit", check: `{"x":1}`,
		why: "The application understands the extension, and its value is right.", token: newJWE(a, jweHeader(a, `"x":1`, `"crit":["x"]`), text).token()})
	leading := found(func(p string) bool { return newJWE(a, jweHeader(a), p).encryptedKey[0] == 0 })
	add("valid-leading-zero-encrypted-key", a, "8017-7.1.2-1 7516-5.2-15 7516-11.5-1 8017-7.1.2-2", jweHeader(a), leading, "An encrypted key that begins with a zero octet keeps it.")
	j := newJWE(a, jweHeader(a), leading)
	j.encryptedKey = j.encryptedKey[1:]
	return append(rows, row{id: "jwe/encrypted-key-leading-zero-stripped/" + a, class: decryption, req: "8017-7.1.2-1 7516-11.5-1", tags: "padding-oracle",
		why: "A leading zero octet is taken away; Go's rsa.DecryptOAEP takes it.", token: j.token()})
}

// jweAlgorithm are headers whose alg or enc is not ours, or not the key's. The
// content is encrypted as they say, where it can be.
func jweAlgorithm() []row {
	var rows []row
	add := func(fault, alg, class, req, tags, why string, j jweParts) {
		rows = append(rows, row{id: "jwe/" + fault + "/" + alg, class: class, req: req, tags: tags, why: why, token: j.token()})
	}
	// The right padding of the header's algorithm to the key of the other one.
	add("alg-of-other-hash", "RSA-OAEP", algorithm, "8725-3.1-2 8725-3.1-4", "algorithm-confusion", "The key is for RSA-OAEP, the token is made with RSA-OAEP-256 and says so.", newJWE("RSA-OAEP-256", jweHeader("RSA-OAEP-256"), text))
	add("alg-of-other-hash", "RSA-OAEP-256", algorithm, "8725-3.1-2 8725-3.1-4", "algorithm-confusion", "The key is for RSA-OAEP-256, the token is made with RSA-OAEP and says so.", newJWE("RSA-OAEP", jweHeader("RSA-OAEP"), text))
	for _, alg := range []string{"RSA-OAEP-384", "RSA-OAEP-512"} {
		add("alg-"+alg, "RSA-OAEP", unsupported, "8725-3.1-2 7516-4.1.1-2", "algorithm-confusion", "OAEP with a hash that is out of scope.", newJWE(alg, jweHeader(alg), text))
	}
	v15 := func(h string, cek []byte) jweParts { return pkcs1v15(h, cek, nil) }
	add("alg-RSA1_5", "RSA-OAEP", unsupported, "8725-3.1-2 7516-11.4-4 8725-3.2-7", "algorithm-confusion padding-oracle", "RSAES-PKCS1-v1_5, whose padding Bleichenbacher's attack of 1998 reads (CVE-2016-6298, CVE-2026-28490).", v15(jweHeader("RSA1_5"), nil))
	add("alg-RSA1_5", "RSA-OAEP-256", unsupported, "8725-3.1-2 7516-11.4-4 8725-3.2-7", "algorithm-confusion padding-oracle", "RSAES-PKCS1-v1_5, whose padding Bleichenbacher's attack of 1998 reads.", v15(jweHeader("RSA1_5"), nil))

	// Symmetric algorithms, keyed with what an attacker knows of the key.
	known := sha256.Sum256(rsaMain.spki())
	shared := func(h string, cek []byte, encryptedKey []byte) jweParts {
		return seal(jweParts{header: b64(h), cek: cek, encryptedKey: encryptedKey}, "", rsaMain, []byte(text))
	}
	cek := derive("CEK", "shared", 32)
	add("alg-dir", "RSA-OAEP", unsupported, "8725-3.1-2 7516-4.1.1-2", "algorithm-confusion key-confusion", "dir, with a hash of the public key for the CEK.", shared(jweHeader("dir"), known[:], []byte{}))
	add("alg-dir-zero-key", "RSA-OAEP-256", unsupported, "8725-3.1-2 7516-4.1.1-2", "algorithm-confusion key-confusion", "dir, with zeros for the CEK.", shared(jweHeader("dir"), make([]byte, 32), []byte{}))
	for alg, n := range map[string]int{"A128KW": 16, "A192KW": 24, "A256KW": 32} {
		add("alg-"+alg, "RSA-OAEP", unsupported, "8725-3.1-2 7516-4.1.1-2", "algorithm-confusion key-confusion", "AES key wrap, keyed with a hash of the public key.", shared(jweHeader(alg), cek, wrapKey(known[:n], cek)))
	}
	add("alg-A256KW-empty-encrypted-key", "RSA-OAEP", unsupported, "8725-3.1-2 7516-4.1.1-2", "algorithm-confusion", "CVE-2026-34986: AES key wrap with nothing to unwrap.", shared(jweHeader("A256KW"), cek, []byte{}))
	for alg, n := range map[string]int{"A128GCMKW": 16, "A256GCMKW": 32} {
		iv := derive("IV", alg, 12)
		sealed := gcm(known[:n], iv).Seal(nil, iv, cek, nil)
		h := jweHeader(alg, `"iv":"`+b64(iv)+`"`, `"tag":"`+b64(sealed[32:])+`"`)
		add("alg-"+alg, "RSA-OAEP-256", unsupported, "8725-3.1-2 7516-4.1.1-2", "algorithm-confusion key-confusion", "Key wrapping with AES GCM, keyed with a hash of the public key.", shared(h, cek, sealed[:32]))
	}
	epk := `"epk":` + p256.publicJWK().String()
	add("alg-ECDH-ES", "RSA-OAEP", unsupported, "8725-3.1-2 7516-4.1.1-2", "algorithm-confusion", "ECDH-ES is for EC keys.", shared(jweHeader("ECDH-ES", epk), cek, []byte{}))
	add("alg-ECDH-ES-invalid-curve", "RSA-OAEP", unsupported, "8725-3.1-2 7516-4.1.1-2 8725-3.4-2", "algorithm-confusion key-validation", "The invalid curve attack (CVE-2016-9121): epk is no point of its curve.",
		shared(jweHeader("ECDH-ES+A256KW", `"epk":`+p256.publicJWK().with("y", p256.coordinate(big.NewInt(1))).String()), cek, wrapKey(known[:], cek)))
	add("alg-PBES2-huge-p2c", "RSA-OAEP", unsupported, "8725-3.1-2 7516-4.1.1-2", "resource-exhaustion", "The billion hashes attack (CVE-2023-6681, CVE-2023-50658, CVE-2023-51775): the header asks for 2,147,483,647 iterations.",
		shared(jweHeader("PBES2-HS512+A256KW", `"p2s":"AAAAAAAAAAA"`, `"p2c":2147483647`), cek, wrapKey(known[:], cek)))
	add("alg-PBES2", "RSA-OAEP-256", unsupported, "8725-3.1-2 7516-4.1.1-2", "algorithm-confusion", "A password instead of a key.",
		shared(jweHeader("PBES2-HS256+A128KW", `"p2s":"AAAAAAAAAAA"`, `"p2c":1000`), cek, wrapKey(known[:16], cek)))
	add("alg-none", "RSA-OAEP", unsupported, "7516-4.1.1-2 7516-9-4", "algorithm-confusion", "none is no algorithm for keys; the content is encrypted with a key of zeros.", shared(jweHeader("none"), make([]byte, 32), []byte{}))
	add("alg-of-signature", "RSA-OAEP-256", unsupported, "7516-4.1.1-2 7516-9-4", "algorithm-confusion", "An algorithm for signatures encrypts nothing.", newJWE("RSA-OAEP-256", jweHeader("RS256"), text))
	add("alg-empty", "RSA-OAEP", unsupported, "7516-4.1.1-2", "algorithm-confusion", "alg is the empty string.", newJWE("RSA-OAEP", jweHeader(""), text))
	add("alg-lower-case", "RSA-OAEP", unsupported, "7516-4.1.1-1 7515-4.1.1-4", "algorithm-confusion", "alg is case-sensitive.", newJWE("RSA-OAEP", jweHeader("rsa-oaep"), text))
	add("alg-lower-case", "RSA-OAEP-256", unsupported, "7516-4.1.1-1 7515-4.1.1-4", "algorithm-confusion", "alg is case-sensitive.", newJWE("RSA-OAEP-256", jweHeader("rsa-oaep-256"), text))
	add("alg-underscores", "RSA-OAEP-256", unsupported, "7516-4.1.1-2 7516-5.3-1", "algorithm-confusion", "The name has hyphens, though some key endpoints write underscores.", newJWE("RSA-OAEP-256", jweHeader("RSA_OAEP_256"), text))
	add("alg-trailing-space", "RSA-OAEP", unsupported, "7516-4.1.1-2 7516-5.3-1", "algorithm-confusion", "alg with a space after it is another string.", newJWE("RSA-OAEP", jweHeader("RSA-OAEP "), text))
	add("alg-missing", "RSA-OAEP", malformed, "7516-4.1.1-1 7515-4.1.1-5", "algorithm-confusion", "alg must be present.", newJWE("RSA-OAEP", `{"enc":"A256GCM"}`, text))
	add("alg-missing", "RSA-OAEP-256", malformed, "7516-4.1.1-1 7515-4.1.1-5", "algorithm-confusion", "alg must be present.", newJWE("RSA-OAEP-256", `{"enc":"A256GCM"}`, text))

	// Content encryption out of scope, with a CEK of its length.
	for enc, n := range map[string]int{"A128GCM": 16, "A192GCM": 24} {
		add("enc-"+enc, "RSA-OAEP", unsupported, "7516-4.1.2-2 8725-3.1-2", "algorithm-confusion", "The content is rightly encrypted, with an algorithm that is out of scope.",
			sealedWith(header("RSA-OAEP", `"enc":"`+enc+`"`), n))
	}
	for enc, h := range map[string]crypto.Hash{"A128CBC-HS256": crypto.SHA256, "A192CBC-HS384": crypto.SHA384, "A256CBC-HS512": crypto.SHA512} {
		add("enc-"+enc, "RSA-OAEP", unsupported, "7516-4.1.2-2 8725-3.1-2", "algorithm-confusion", "The content is rightly encrypted, with an algorithm that is out of scope.",
			cbcHMAC(header("RSA-OAEP", `"enc":"`+enc+`"`), h))
	}
	for _, enc := range [][3]string{
		{"C20P", "C20P", "7516-4.1.2-2"}, {"empty", "", "7516-4.1.2-2"}, {"unknown", "A512GCM", "7516-4.1.2-2"}, {"lower-case", "a256gcm", "7516-4.1.2-4 7516-5.3-1"},
		{"none", "none", "7516-4.1.2-2 7516-4.1.2-1"}, {"key-wrap-name", "A256GCMKW", "7516-4.1.2-2 7516-4.1.2-1"}, {"trailing-nul", `A256GCM\u0000`, "7516-4.1.2-2 7516-5.3-1"},
	} {
		add("enc-"+enc[0], "RSA-OAEP-256", unsupported, enc[2], "algorithm-confusion", fmt.Sprintf("enc is %q, over content that is encrypted with A256GCM.", enc[1]),
			newJWE("RSA-OAEP-256", header("RSA-OAEP-256", `"enc":"`+enc[1]+`"`), text))
	}
	for _, alg := range jweAlgs {
		add("enc-missing", alg, malformed, "7516-4.1.2-6 7516-4.1.2-5 7516-9-5", "algorithm-confusion", "enc must be present.", newJWE(alg, header(alg), text))
	}
	add("enc-upper-case-name", "RSA-OAEP", malformed, "7516-4.1.2-6 7516-5.3-1 7515-10.13-3", "parser-differential", "Names are case-sensitive: with ENC there is no enc.", newJWE("RSA-OAEP", header("RSA-OAEP", `"ENC":"A256GCM"`), text))
	slices.SortStableFunc(rows, func(a, b row) int { return strings.Compare(a.id, b.id) }) // maps were walked
	return rows
}

// pkcs1v15 is a JWE whose CEK is encrypted by RSAES-PKCS1-v1_5 (RFC 8017,
// Section 7.2.1).
func pkcs1v15(h string, cek []byte, edit func(em []byte)) jweParts {
	if cek == nil {
		cek = derive("CEK", h, 32)
	}
	em := slices.Repeat([]byte{0xa5}, rsaMain.size())
	em[0], em[1] = 0, 2
	em[len(em)-len(cek)-1] = 0
	copy(em[len(em)-len(cek):], cek)
	if edit != nil {
		edit(em)
	}
	return seal(jweParts{header: b64(h), cek: cek, encryptedKey: rsaMain.encrypt(em)}, "", rsaMain, []byte(text))
}

// sealedWith is a JWE with RSA-OAEP and AES GCM whose CEK has n octets.
func sealedWith(h string, n int) jweParts {
	return seal(jweParts{header: b64(h), cek: derive("CEK", h, n)}, "RSA-OAEP", rsaMain, []byte(text))
}

// cbcHMAC is AES_CBC_HMAC_SHA2 (RFC 7518, Section 5.2.2.1), to the key rsa
// with RSA-OAEP.
func cbcHMAC(h string, hash crypto.Hash) jweParts {
	n := hash.Size() / 2
	cek := slices.Concat(derive("MAC", h, n), derive("AES", h, n))
	j := jweParts{header: b64(h), cek: cek, iv: derive("IV", h, 16)}
	j.encryptedKey = rsaMain.encrypt(oaep{hash: crypto.SHA1, mgf: crypto.SHA1}.pad(rsaMain, cek, h))
	fill := 16 - len(text)%16
	padded := append([]byte(text), slices.Repeat([]byte{byte(fill)}, fill)...)
	cipher.NewCBCEncrypter(must(aes.NewCipher(cek[n:])), j.iv).CryptBlocks(padded, padded)
	j.ciphertext = padded
	input := slices.Concat([]byte(j.header), j.iv, j.ciphertext, binary.BigEndian.AppendUint64(nil, uint64(8*len(j.header))))
	j.tag = mac(hash.New, cek[:n], string(input))[:n]
	return j
}

// wrapKey is AES Key Wrap (RFC 3394, Section 2.2.1).
func wrapKey(kek, key []byte) []byte {
	block := must(aes.NewCipher(kek))
	a := slices.Repeat([]byte{0xa6}, 8)
	r := slices.Clone(key)
	for j := range 6 {
		for i := 0; i < len(r); i += 8 {
			b := slices.Concat(a, r[i:i+8])
			block.Encrypt(b, b)
			t := uint64(j*len(r)/8 + i/8 + 1)
			a = binary.BigEndian.AppendUint64(nil, binary.BigEndian.Uint64(b)^t)
			copy(r[i:], b[8:])
		}
	}
	return append(a, r...)
}

// jweEncryptedKey are encrypted keys that do not decrypt, or to no CEK. All of
// them must fail alike (RFC 7516, Section 11.5).
func jweEncryptedKey() []row {
	var rows []row
	for _, alg := range jweAlgs {
		h := oaepHash(alg)
		otherHash := crypto.SHA1 + crypto.SHA256 - h
		good := newJWE(alg, jweHeader(alg), text)
		ek := good.encryptedKey
		add := func(fault, req, why string, j jweParts) {
			rows = append(rows, row{id: "jwe/" + fault + "/" + alg, class: decryption, req: req, tags: "padding-oracle", why: why, token: j.token()})
		}
		with := func(ek []byte) jweParts { j := good; j.encryptedKey = ek; return j }
		padded := func(o oaep) jweParts { return with(rsaMain.encrypt(o.pad(rsaMain, good.cek, "padded"))) }
		value := func(x *big.Int) jweParts { return with(rsaMain.octets(x)) }

		add("encrypted-key-empty", "8017-7.1.2-1 7516-11.5-1", "There is no encrypted key (with AES key wrap, that was CVE-2026-34986).", with([]byte{}))
		add("encrypted-key-short", "8017-7.1.2-1 7516-11.5-1", "The last octet of the encrypted key is missing.", with(ek[:255]))
		add("encrypted-key-long", "8017-7.1.2-1 7516-11.5-1", "A zero octet stands before the encrypted key: 257 octets for a modulus of 256.", with(append([]byte{0}, ek...)))
		add("encrypted-key-trailing-octet", "8017-7.1.2-1 7516-11.5-1", "An octet follows the encrypted key.", with(append(slices.Clone(ek), 0)))
		add("encrypted-key-zero", "8017-7.1.2-4 7516-11.5-1", "The encrypted key is the number 0.", value(new(big.Int)))
		add("encrypted-key-one", "8017-7.1.2-4 7516-11.5-1", "The encrypted key is the number 1.", value(big.NewInt(1)))
		add("encrypted-key-modulus", "8017-7.1.2-2 7516-11.5-1", "The encrypted key is the modulus, out of range.", value(rsaMain.N))
		add("encrypted-key-modulus-minus-one", "8017-7.1.2-4 7516-11.5-1", "The encrypted key is the modulus less 1.", value(new(big.Int).Sub(rsaMain.N, big.NewInt(1))))
		add("encrypted-key-all-ones", "8017-7.1.2-2 7516-11.5-1", "The encrypted key is above the modulus.", with(slices.Repeat([]byte{0xff}, 256)))
		add("encrypted-key-reversed", "7516-5.2-14 7516-11.5-1", "The encrypted key has its last octet first.", with(reversed(ek)))
		add("encrypted-key-bit", "8017-7.1.2-4 7516-11.5-1", "One bit of the encrypted key differs.", with(flipBit(ek)))
		add("encrypted-key-of-other-recipient", "8017-7.1.2-4 7516-11.5-1", "The CEK is encrypted to another key.", with(rsaOther.encrypt(oaep{hash: h, mgf: h}.pad(rsaOther, good.cek, "other"))))
		add("encrypted-key-of-other-token", "7516-5.2-23", "The encrypted key of another token.", with(newJWE(alg, jweHeader(alg), "other").encryptedKey))
		add("encrypted-key-unpadded", "8017-7.1.2-4 7516-11.5-1", "The CEK is encrypted without padding.", with(rsaMain.encrypt(good.cek)))
		add("encrypted-key-plain", "8017-7.1.2-1 7516-11.5-1", "The CEK is not encrypted at all.", with(good.cek))
		add("encrypted-key-pkcs1v15", "8017-7.1.2-4 7516-11.5-1", "RSAES-PKCS1-v1_5 padding under a header of OAEP.", pkcs1v15(jweHeader(alg), nil, nil))
		add("oaep-other-hash", oaepReq[alg]+" 8017-7.1.2-4", "OAEP with the hash of the other algorithm, under the right header.", padded(oaep{hash: otherHash, mgf: otherHash}))
		add("oaep-mgf1-mismatch", oaepReq[alg]+" 8017-7.1.2-4", "MGF1 with another hash than OAEP: what Java does under the name of OAEP with SHA-256.", padded(oaep{hash: h, mgf: otherHash}))
		add("oaep-label", oaepReq[alg]+" 8017-7.1-1 8017-7.1.2-4", "OAEP with a label that is not empty.", padded(oaep{hash: h, mgf: h, label: "JOSE"}))
		add("oaep-first-octet", "8017-7.1.2-4 8017-7.1.2-6 7516-11.5-1", "The first octet of the encoded message is not zero: Manger's oracle.", padded(oaep{hash: h, mgf: h, y: 1}))
		add("oaep-padding-not-zero", "8017-7.1.2-4 7516-11.5-1", "An octet of the padding is not zero.", padded(oaep{hash: h, mgf: h, db: func(db []byte) { db[h.Size()+5] = 2 }}))
		add("oaep-no-separator", "8017-7.1.2-4 7516-11.5-1", "The octet 01 before the message is missing: nothing but zeros stands before the CEK.", padded(oaep{hash: h, mgf: h, db: func(db []byte) { db[len(db)-33] = 0 }}))
		for _, n := range []int{0, 16, 24, 31, 33, 64} {
			cek := slices.Concat(derive("CEK", alg, 32), derive("more", alg, 32))[:n]
			j := jweParts{header: good.header, encryptedKey: rsaMain.encrypt(oaep{hash: h, mgf: h}.pad(rsaMain, cek, "length"))}
			why := fmt.Sprintf("The CEK has %d octets; the content is encrypted with ", n)
			switch n { // what a lenient recipient would decrypt with
			case 16, 24:
				j.cek, why = cek, why+"a cipher of that key size."
			case 0, 31:
				j.cek, why = append(cek, make([]byte, 32-n)...), why+"it and zeros up to 32."
			default:
				j.cek, why = cek[:32], why+"its first 32."
			}
			add(fmt.Sprintf("cek-%d-octets", n), "7516-5.2-15 7518-5.3-1 7516-11.5-1", why, seal(j, alg, rsaMain, []byte(text)))
		}
	}
	return rows
}

func flipBit(octets []byte) []byte {
	b := slices.Clone(octets)
	b[len(b)/2] ^= 1
	return b
}

// jweContent are IVs, tags and ciphertexts that A256GCM does not have.
func jweContent() []row {
	const alg = "RSA-OAEP"
	good := newJWE(alg, jweHeader(alg), text)
	var rows []row
	add := func(fault, class, req, tags, why string, j jweParts) {
		rows = append(rows, row{id: "jwe/" + fault + "/" + alg, class: class, req: req, tags: tags, why: why, token: j.token()})
	}
	tag := func(t []byte) jweParts { j := good; j.tag = t; return j }
	add("tag-empty", malformed, "7518-5.3-3", "signature-forgery", "There is no tag.", tag(nil))
	for _, n := range []int{1, 4, 8, 12, 15} {
		add(fmt.Sprintf("tag-%d-octets", n), malformed, "7518-5.3-3", "signature-forgery",
			fmt.Sprintf("The tag is truncated to %d octets, all of them right (CVE-2018-1000539, CVE-2023-37464, CVE-2025-54887).", n), tag(good.tag[:n]))
	}
	add("tag-17-octets", malformed, "7518-5.3-3", "signature-malleability", "An octet follows the tag.", tag(append(slices.Clone(good.tag), 0)))
	add("tag-18-octets", malformed, "7518-5.3-3", "signature-malleability", "Two octets follow the tag, as in a sample that Wise has published.", tag(append(slices.Clone(good.tag), 0, 0)))
	add("tag-32-octets", malformed, "7518-5.3-3", "signature-malleability", "The tag stands there twice.", tag(append(slices.Clone(good.tag), good.tag...)))
	iv := func(iv []byte) jweParts {
		return seal(jweParts{header: good.header, iv: iv}, alg, rsaMain, []byte(text))
	}
	long := derive("IV", "long", 32)
	for _, n := range []int{8, 11, 13, 16} {
		add(fmt.Sprintf("iv-%d-octets", n), malformed, "7518-5.3-2", "type-confusion", fmt.Sprintf("An IV of %d octets, with which GCM works too, and A256GCM does not.", n), iv(long[:n]))
	}
	j := good
	j.iv = nil
	add("iv-empty", malformed, "7518-5.3-2", "type-confusion", "There is no IV.", j)
	j = good
	j.iv = append(slices.Clone(good.iv), 0)
	add("iv-trailing-octet", malformed, "7518-5.3-2", "signature-malleability", "An octet follows the IV.", j)

	change := func(edit func(j *jweParts)) jweParts { j := good; edit(&j); return j }
	add("tag-zero", decryption, "7516-5.2-23 7516-5.2-22", "signature-forgery", "The tag is 16 zero octets.", tag(make([]byte, 16)))
	add("ciphertext-empty", decryption, "7516-5.2-23 7516-5.2-22", "tampering", "The ciphertext is gone.", change(func(j *jweParts) { j.ciphertext = nil }))
	add("ciphertext-truncated", decryption, "7516-5.2-23 7516-5.2-22", "tampering", "The last octet of the ciphertext is missing.", change(func(j *jweParts) { j.ciphertext = j.ciphertext[:len(j.ciphertext)-1] }))
	add("ciphertext-longer", decryption, "7516-5.2-23 7516-5.2-22", "tampering", "An octet follows the ciphertext.", change(func(j *jweParts) { j.ciphertext = append(slices.Clone(j.ciphertext), 0) }))
	add("ciphertext-with-tag", decryption, "7516-5.2-23 7516-5.1-16", "framing", "The ciphertext has the tag behind it, as libraries return it, and the tag is there again.", change(func(j *jweParts) { j.ciphertext = append(slices.Clone(j.ciphertext), j.tag...) }))
	add("iv-and-tag-of-other-token", decryption, "7516-5.2-23 7516-5.2-22", "tampering", "IV and tag of another token.", change(func(j *jweParts) {
		o := newJWE(alg, jweHeader(alg), "other")
		j.iv, j.tag = o.iv, o.tag
	}))
	sealed := func(aad string) jweParts {
		j := good
		s := gcm(j.cek, j.iv).Seal(nil, j.iv, []byte(text), []byte(aad))
		j.ciphertext, j.tag = s[:len(text)], s[len(text):]
		return j
	}
	add("aad-empty", decryption, "7516-5.2-21 7516-5.2-23", "content-confusion", "The header is not authenticated: the AAD is empty.", sealed(""))
	add("aad-decoded-header", decryption, "7516-5.2-21 7516-5.2-23", "content-confusion", "The AAD is the header as JSON, not its encoding.", sealed(jweHeader(alg)))
	add("aad-header-and-dot", decryption, "7516-5.2-21 7516-5.2-23", "content-confusion", "The AAD is the encoded header with the dot of the JSON serialization's AAD.", sealed(good.header+"."))
	return rows
}

// jweTampering are tokens that were changed under way.
func jweTampering() []row {
	var rows []row
	for _, alg := range jweAlgs {
		good := newJWE(alg, jweHeader(alg), text)
		change := func(edit func(j *jweParts)) string { j := good; edit(&j); return j.token() }
		for _, c := range []struct{ fault, req, why, token string }{
			{"header-re-encoded", "7516-5.2-21 7516-5.2-23", "The same header with other white space: the octets as received are authenticated.", change(func(j *jweParts) { j.header = b64(strings.Replace(jweHeader(alg), ":", ": ", 1)) })},
			{"header-member-added", "7516-5.2-21 7516-5.2-23", "A member was added to the header.", change(func(j *jweParts) { j.header = b64(jweHeader(alg, `"kid":"1"`)) })},
			{"header-members-swapped", "7516-5.2-21 7516-5.2-23", "The members of the header in another order.", change(func(j *jweParts) { j.header = b64(`{"enc":"A256GCM","alg":"` + alg + `"}`) })},
			{"iv-bit", "7516-5.2-23 7516-5.2-22", "One bit of the IV differs.", change(func(j *jweParts) { j.iv = flipBit(j.iv) })},
			{"ciphertext-bit", "7516-5.2-23 7516-5.2-22", "One bit of the ciphertext differs.", change(func(j *jweParts) { j.ciphertext = flipBit(j.ciphertext) })},
			{"tag-bit", "7516-5.2-23 7516-5.2-22", "One bit of the tag differs.", change(func(j *jweParts) { j.tag = flipBit(j.tag) })},
		} {
			rows = append(rows, row{id: "jwe/" + c.fault + "/" + alg, class: decryption, req: c.req, tags: "tampering", why: c.why, token: c.token})
		}
	}
	return rows
}

// jweEncoding puts the encodingFaults in the segments. The header is
// authenticated as it stands, so that nothing else is wrong.
func jweEncoding() []row {
	const alg = "RSA-OAEP-256"
	var rows []row
	for _, f := range encodingFaults {
		add := func(segment, token string) {
			rows = append(rows, row{id: "jwe/" + segment + "-" + f.fault + "/" + alg, class: malformed, choice: f.choice, req: encodingReq("7516-5.2-5", f.req),
				tags: "encoding", why: "In the " + segment + ": " + f.why, token: token})
		}
		uneven, even := fitted(jweHeader(alg, `"x":"???>>>~~~"`))
		h := changed(f.edit(uneven, even), uneven, even)
		add("header", seal(jweParts{header: h}, alg, rsaMain, []byte(text)).token())
		plaintext := strings.Repeat("plaintext ", 10) // 100 octets: 4k+2 characters
		good := newJWE(alg, jweHeader(alg), plaintext)
		p := strings.Split(good.token(), ".")
		for i, name := range []string{1: "encrypted-key", 3: "ciphertext", 4: "tag"} {
			switch {
			case name == "", f.fault == "standard-alphabet" && !strings.ContainsAny(p[i], "-_"), f.fault == "full-width-letter" && i != 4:
				continue
			}
			q := slices.Clone(p)
			q[i] = f.edit(p[i], p[i]+"AA")
			add(name, strings.Join(q, "."))
			rows[len(rows)-1].payload = plaintext // where spare bits are ignored
		}
		if f.fault == "line-feed" || f.fault == "space" || f.fault == "impossible-length" {
			q := slices.Clone(p)
			q[2] = f.edit(p[2], p[2]) // 16 characters: no padding and no spare bits
			add("iv", strings.Join(q, "."))
		}
	}
	return rows
}

// jweFraming are tokens with other segments than five, or in another order.
func jweFraming() []row {
	good := newJWE("RSA-OAEP", jweHeader("RSA-OAEP"), text).token()
	p := strings.Split(good, ".")
	swap := func(i, j int) string {
		q := slices.Clone(p)
		q[i], q[j] = q[j], q[i]
		return strings.Join(q, ".")
	}
	flattened := fmt.Sprintf(`{"protected":%q,"encrypted_key":%q,"iv":%q,"ciphertext":%q,"tag":%q}`, p[0], p[1], p[2], p[3], p[4])
	general := fmt.Sprintf(`{"protected":%q,"recipients":[{"encrypted_key":%q}],"iv":%q,"ciphertext":%q,"tag":%q}`, p[0], p[1], p[2], p[3], p[4])
	rows := []row{
		{id: "jwe/segments-0/RSA-OAEP", req: "7516-5.2-4 7516-3.1-2", why: "An empty token.", token: ""},
		{id: "jwe/segments-1/RSA-OAEP", req: "7516-5.2-4 7516-3.1-2", why: "One segment.", token: p[0]},
		{id: "jwe/segments-4/RSA-OAEP", req: "7516-5.2-4 7516-3.1-2", why: "Four segments: the tag is missing, and its dot.", token: strings.Join(p[:4], ".")},
		{id: "jwe/segments-6/RSA-OAEP", req: "7516-5.2-4 7516-3.1-2", why: "Six segments; what follows the tag must not be ignored.", token: good + ".AA"},
		{id: "jwe/dot-after/RSA-OAEP", req: "7516-5.2-4 7516-3.1-2", why: "A dot after the token is a sixth, empty segment.", token: good + "."},
		{id: "jwe/dots-only/RSA-OAEP", req: "7516-5.2-6", why: "Five empty segments.", token: "...."},
		{id: "jwe/header-empty/RSA-OAEP", req: "7516-5.2-6", why: "The header is empty, which is no JSON object.", token: seal(jweParts{}, "RSA-OAEP", rsaMain, []byte(text)).token()},
		{id: "jwe/line-feed-after/RSA-OAEP", req: "7516-5.2-5 7515-2-1", why: "A line feed after the token, as a file has it.", token: good + "\n"},
		{id: "jwe/space-before/RSA-OAEP", req: "7516-5.2-5 7515-2-1", why: "White space before the token.", token: " " + good},
		{id: "jwe/jws-for-jwe/RSA-OAEP", tags: "nesting", why: "A JWS where a JWE is expected: signed is not encrypted.", req: "7516-5.2-4 7516-9-2", token: jws("RS256", header("RS256"), text)},
		{id: "jwe/jws-of-jwe-header/RSA-OAEP", tags: "nesting", why: "Three segments whose header is that of a JWE.", req: "7516-5.2-4 7516-9-2", token: jws("RS256", jweHeader("RSA-OAEP"), text)},
		{id: "jwe/iv-and-tag-swapped/RSA-OAEP", req: "7518-5.3-2 7516-3.1-2", why: "IV and tag in each other's place.", token: swap(2, 4)},
		{id: "jwe/ciphertext-and-iv-swapped/RSA-OAEP", req: "7518-5.3-2 7516-3.1-2", why: "Ciphertext and IV in each other's place.", token: swap(2, 3)},
		{id: "jwe/encrypted-key-and-ciphertext-swapped/RSA-OAEP", req: "8017-7.1.2-1 7516-11.5-1 7516-3.1-2", class: decryption, why: "Encrypted key and ciphertext in each other's place.", token: swap(1, 3)},
		{id: "jwe/json-flattened/RSA-OAEP", choice: bothSerializations, class: unsupported, req: "7516-7-2 7516-9-3", why: "The flattened JSON serialization where the compact one is expected.", token: flattened},
		{id: "jwe/json-general/RSA-OAEP", choice: bothSerializations, class: unsupported, req: "7516-7-2 7516-9-3", why: "The general JSON serialization where the compact one is expected.", token: general},
	}
	for i := range rows {
		if rows[i].class == "" {
			rows[i].class = malformed
		}
		if rows[i].tags == "" {
			rows[i].tags = "framing"
		}
	}
	return rows
}

// jweHeaderRules are headers that are no JSON, or break a rule of RFC 7516,
// Section 4.
func jweHeaderRules() []row {
	const alg = "RSA-OAEP-256"
	const mayRefuse = "RFC 7515, Section 4.1.11: producers must not write it, recipients may consider it invalid"
	var rows []row
	add := func(r row, h string) {
		r.id, r.token = "jwe/"+r.id+"/"+alg, newJWE(alg, h, text).token()
		rows = append(rows, r)
	}
	for _, c := range []struct{ fault, class, choice, req, tags, members, check, why string }{
		{"type-enc-null", malformed, "", "7516-4.1.2-4 7516-5.2-10", "type-confusion", `"enc":null`, "", "enc is a string, not null."},
		{"type-enc-array", malformed, "", "7516-4.1.2-4 7516-5.2-10", "type-confusion", `"enc":["A256GCM"]`, "", "enc is a string, not an array."},
		{"type-enc-number", malformed, "", "7516-4.1.2-4 7516-5.2-10", "type-confusion", `"enc":256`, "", "enc is a string, not a number."},
		{"type-kid-number", malformed, "", "7516-4.1.6-1 7515-4.1.4-2", "type-confusion", `"enc":"A256GCM","kid":1`, "", "kid is a string."},
		{"type-cty-array", malformed, "", "7516-4.1.12-1 7515-4.1.10-1", "type-confusion", `"enc":"A256GCM","cty":["JWT"]`, "", "cty is a string."},
		{"type-zip-null", malformed, "", "7516-4.1.3-7 7516-4.1.3-2", "type-confusion", `"enc":"A256GCM","zip":null`, "", "zip is a string, not null."},
		{"type-zip-boolean", malformed, "", "7516-4.1.3-7 7516-4.1.3-2", "type-confusion", `"enc":"A256GCM","zip":false`, "", "zip is a string, not a boolean."},
		{"zip-empty", unsupported, "", "7516-4.1.3-7", "compression", `"enc":"A256GCM","zip":""`, "", "zip is the empty string, which is no compression algorithm."},
		{"zip-unknown", unsupported, "", "7516-4.1.3-7", "compression", `"enc":"A256GCM","zip":"GZIP"`, "", "A compression algorithm that is not registered, over content that is not compressed."},
		{"zip-lower-case", unsupported, "", "7516-4.1.3-7 7516-4.1.3-2", "compression", `"enc":"A256GCM","zip":"def"`, "", "zip is case-sensitive, over content that is not compressed."},
		{"duplicate-enc-last-wrong", malformed, "", "7516-4-1 7516-5.2-8", "parser-differential", `"enc":"A256GCM","enc":"A128CBC-HS256"`, "", "The first enc is right and the last is not."},
		{"duplicate-enc-last-right", malformed, lastWins, "7516-4-1 7516-5.2-8", "parser-differential", `"enc":"A128CBC-HS256","enc":"A256GCM"`, "", "The first enc is not right and the last is."},
		{"duplicate-enc-escaped", malformed, "", "7516-4-1 7516-5.2-8 7515-10.13-2", "parser-differential", `"enc":"A256GCM","\u0065nc":"none"`, "", "The second enc is written with an escape, past a comparison of the text."},
		{"duplicate-alg-last-wrong", malformed, "", "7516-4-1 7516-5.2-8", "parser-differential", `"enc":"A256GCM","alg":"dir"`, "", "The first alg is right and the last is dir."},
		{"duplicate-zip", malformed, "", "7516-4-1 7516-5.2-8 7516-4.1.3-7", "parser-differential", `"enc":"A256GCM","zip":"DEF","zip":"DEF"`, "", "zip is there twice."},
		{"duplicate-ignored", malformed, lastWins, "7516-4-1 7516-5.2-8", "parser-differential", `"enc":"A256GCM","x":1,"x":2`, "", "A member that is ignored is there twice."},
		{"crit-unknown", unsupported, "", "7516-4.1.13-1 7515-4.1.11-3", "crit", `"enc":"A256GCM","bork":1,"crit":["bork"]`, "", "An extension that must be understood, and nobody does."},
		{"crit-b64-false", unsupported, "", "7516-4.1.13-1 7515-4.1.11-3", "crit", `"enc":"A256GCM","b64":false,"crit":["b64"]`, "", "b64 is an extension of JWS; a JWE does not understand it."},
		{"crit-b64-true", unsupported, "", "7516-4.1.13-1 7515-4.1.11-3", "crit", `"enc":"A256GCM","b64":true,"crit":["b64"]`, "", "b64 is an extension of JWS; a JWE does not understand it, with its default neither."},
		{"crit-exp", unsupported, "", "7516-4.1.13-1 7515-4.1.11-3", "crit", `"enc":"A256GCM","exp":2000000000,"crit":["exp"]`, "", "exp is a claim; as a header member it is an extension that nobody understands."},
		{"crit-empty-array", malformed, mayRefuse, "7515-4.1.11-9 7516-4.1.13-1 7515-4.1.11-7", "crit", `"enc":"A256GCM","crit":[]`, "", "crit must not be empty."},
		{"crit-string", malformed, "", "7516-4.1.13-1 7515-4.1.11-2", "crit", `"enc":"A256GCM","x":1,"crit":"x"`, `{"x":1}`, "crit is an array, also for one name."},
		{"crit-null", malformed, "", "7516-4.1.13-1 7515-4.1.11-2", "crit", `"enc":"A256GCM","crit":null`, "", "crit is an array, not null."},
		{"crit-names-enc", malformed, mayRefuse, "7515-4.1.11-8 7516-4.1.13-1 7515-4.1.11-4", "crit", `"enc":"A256GCM","crit":["enc"]`, "", "crit names enc, which RFC 7516 defines."},
		{"crit-names-zip", malformed, "", "7516-4.1.3-7 7516-4.1.13-1 7515-4.1.11-4", "crit", `"enc":"A256GCM","zip":"DEF","crit":["zip"]`, "", "crit names zip, which RFC 7516 defines."},
		{"crit-names-p2c", malformed, "", "7516-4.1.13-1 7515-4.1.11-3 7515-4.1.11-4", "crit", `"enc":"A256GCM","p2c":1,"crit":["p2c"]`, "", "crit names p2c, which RFC 7518 defines and RSA-OAEP does not understand."},
		{"crit-understood-wrong-value", claims, "", "7516-5.2-10 7516-4.1.13-1", "crit", `"enc":"A256GCM","x":2,"crit":["x"]`, `{"x":1}`, "The application understands the extension, and its value is wrong."},
		{"crit-understood-not-in-header", malformed, "", "7516-4.1.13-1 7515-4.1.11-2 7515-4.1.11-6", "crit", `"enc":"A256GCM","crit":["x"]`, `{"x":1}`, "A name in crit must be in the header."},
		{"checked-member-absent", claims, "", "7515-4.1.11-12", "claim-confusion", `"enc":"A256GCM"`, `{"x":1}`, "The application requires a member that is not there."},
		{"checked-member-wrong", claims, "", "7515-4.1.11-12", "claim-confusion", `"enc":"A256GCM","x":2`, `{"x":1}`, "The application requires another value."},
	} {
		if c.fault == "type-kid-number" || c.fault == "type-cty-array" {
			c.choice = needNotUnderstand
		}
		add(row{id: c.fault, class: c.class, choice: c.choice, req: c.req, tags: c.tags, why: c.why, check: c.check}, header(alg, c.members))
	}
	for _, f := range jsonFaults {
		switch f.fault { // the whole list is in hostile-jws.json
		case "json-array", "json-null", "json-truncated", "json-trailing-text", "json-two-objects", "json-byte-order-mark", "json-comment",
			"json-trailing-comma", "json-leading-zero", "json-nan", "json-lone-high-surrogate", "utf8-invalid", "utf8-overlong":
			add(row{id: "header-" + f.fault, class: malformed, choice: f.choice, req: jsonReq("7516-5.2-6", f.req), tags: "parser-differential", why: "The header: " + f.why},
				jsonFault(f.text, `"alg":"RSA-OAEP-256","enc":"A256GCM"`))
		}
	}
	return rows
}

// jweResources are tokens that are large, or would be when decompressed.
func jweResources() []row {
	const alg = "RSA-OAEP-256"
	zip := jweHeader(alg, `"zip":"DEF"`)
	good := newJWE(alg, jweHeader(alg), text)
	ivOnly := strings.Join([]string{good.header, b64(good.encryptedKey), b64(good.iv)}, ".")
	rows := []row{
		{id: "jwe/zip-small/" + alg, level: feature, class: unsupported, req: "7516-4.1.3-7", tags: "compression",
			why: "A few octets, compressed rightly; nothing is ever decompressed (RFC 8725, Section 3.6).", choice: "RFC 7516, Section 4.1.3: support for zip is optional",
			token: newJWE(alg, zip, string(stored(text))).token(), payload: text},
		{id: "jwe/zip-not-compressed/" + alg, class: unsupported, req: "7516-4.1.3-7 7516-4.1.3-3", tags: "compression",
			why: "zip over content that is not compressed.", token: newJWE(alg, zip, text).token()},
		{id: "jwe/zip-bomb/" + alg, level: feature, class: unsupported, req: "7516-4.1.3-7", tags: "compression resource-exhaustion",
			why:    "The zip bomb of CVE-2024-28180, CVE-2024-28176, CVE-2024-28102 and CVE-2024-33664: 26 KiB that decompress to 4 MiB of zeros.",
			choice: "RFC 7516, Section 4.1.3: support for zip is optional, and no RFC states a bound on size",
			token:  newJWE(alg, zip, string(bomb(4<<20))).token(), payload: noPayload},
		{id: "jwe/dots-1000000/" + alg, req: "7516-5.2-4", why: "A million dots (CVE-2025-27144).", token: strings.Repeat(".", 1<<20)},
		{id: "jwe/dots-after-token/" + alg, req: "7516-5.2-4", why: "A good token, and a million dots after it.", token: good.token() + strings.Repeat(".", 1<<20)},
		{id: "jwe/header-10-mib/" + alg, req: "8259-9-3 7516-4-2", choice: noBound, why: "A header of ten MiB that is in order otherwise.",
			token: newJWE(alg, jweHeader(alg, `"x":"`+strings.Repeat("a", 10<<20)+`"`), text).token()},
		{id: "jwe/header-nesting-33/" + alg, req: "8259-9-3 7516-4-2", choice: noBound, why: "One level more than package jose reads.",
			token: newJWE(alg, jweHeader(alg, `"x":`+nest(32)), text).token()},
		{id: "jwe/header-nesting-100000/" + alg, req: "8259-9-3 7516-4-2", choice: noBound, why: "A hundred thousand levels, which a recursive parser pays for with its stack.",
			token: newJWE(alg, jweHeader(alg, `"x":`+nest(100_000)), text).token()},
		{id: "jwe/ciphertext-17-mib/" + alg, req: "7516-5.2-23", why: "A token of more than 16 MiB, whose tag is wrong as well: no ciphertext of a repeated text has a right one.",
			token: ivOnly + "." + strings.Repeat("AAAA", 17<<20/4) + "." + b64(good.tag)},
		{id: "jwe/encrypted-key-1-mib/" + alg, class: decryption, req: "8017-7.1.2-1 7516-11.5-1", why: "An encrypted key of a MiB: no arithmetic on it, and the answer to any bad key.",
			token: strings.Join([]string{good.header, strings.Repeat("AAAA", 1<<20/4), b64(good.iv), b64(good.ciphertext), b64(good.tag)}, ".")},
	}
	for i := range rows {
		if rows[i].class == "" {
			rows[i].class = malformed
		}
		if rows[i].tags == "" {
			rows[i].tags = "resource-exhaustion"
		}
	}
	return rows
}

// jweLookups are tokens whose key is looked up in a set of private keys, by
// their kid.
func jweLookups() []row {
	const alg = "RSA-OAEP-256"
	const mayTry = "RFC 7516, Section 6 and RFC 7515, Appendix D: a recipient may try all keys that fit"
	token := func(to rsaKey, members ...string) string {
		return seal(jweParts{header: b64(jweHeader(alg, members...))}, alg, to, []byte(text)).token()
	}
	rows := []row{
		{id: "kid-in-set", req: "7516-4.1.6-1 7517-4.5-4", tags: "control", why: "kid names the first of two keys.", token: token(rsaMain, `"kid":"a"`)},
		{id: "kid-of-second-key", req: "7516-4.1.6-1 7517-4.5-4", tags: "control", why: "kid names the second of two keys.", token: token(rsaOther, `"kid":"b"`)},
		{id: "kid-missing-one-of-two", req: "7515-4.1.4-3 7516-6-1", tags: "key-confusion", choice: mayRequireKid, why: "Without kid there is only one key that fits: the other is for another algorithm.", key: "set-by-alg", token: token(rsaMain)},
		{id: "kid-missing-two-keys", class: unknownKey, choice: mayTry, req: "7516-6-1 7515-6-3 7515-D-2", tags: "key-confusion", why: "Without kid, two keys fit.", token: token(rsaMain)},
		{id: "kid-not-in-set", class: unknownKey, choice: mayTry, req: "7516-4.1.6-1 7515-4.1.4-1 7515-4.1.4-4", tags: "key-confusion", why: "No key has this kid.", token: token(rsaMain, `"kid":"c"`)},
		{id: "kid-of-other-key", class: decryption, choice: mayTry, req: "7516-4.1.6-1 7515-4.1.4-1 7515-4.1.4-4", tags: "key-confusion", why: "kid names one key, and the token is encrypted to the other: only the named one counts.", token: token(rsaOther, `"kid":"a"`)},
		{id: "kid-of-other-algorithm", class: unknownKey, req: "7517-4.4-1 8725-3.1-5", tags: "key-confusion", why: "kid names a key that is for another algorithm, and the token is encrypted to it.", key: "set-by-alg", token: token(rsaOther, `"kid":"b"`)},
	}
	for i := range rows {
		rows[i].id = "jwe-lookup/" + rows[i].id + "/" + alg
		if rows[i].key == "" {
			rows[i].key = "set-private"
		}
	}
	return rows
}

// stored is a DEFLATE stream of one block that is not compressed (RFC 1951,
// Section 3.2.4).
func stored(s string) []byte {
	n := uint16(len(s))
	out := []byte{1} // final, stored
	out = binary.LittleEndian.AppendUint16(out, n)
	out = binary.LittleEndian.AppendUint16(out, ^n)
	return append(out, s...)
}

// bomb is a DEFLATE stream of zeros, at least n of them: one literal, and
// matches of 258 octets at distance 1, in the fixed Huffman code (RFC 1951,
// Sections 3.2.5 and 3.2.6).
func bomb(n int) []byte {
	var out bytes.Buffer
	var acc uint32
	var bits uint
	put := func(code uint32, size uint) { // Huffman codes go from their first bit on
		for i := size; i > 0; i-- {
			acc |= code >> (i - 1) & 1 << bits
			if bits++; bits == 8 {
				out.WriteByte(byte(acc))
				acc, bits = 0, 0
			}
		}
	}
	put(1, 1)          // final
	put(0b10, 2)       // type 1, least bit first
	put(0b00110000, 8) // literal 0
	for range (n + 257) / 258 {
		put(0b11000101, 8) // length 258
		put(0, 5)          // distance 1
	}
	put(0, 7) // end of block
	put(0, 7) // fill the last octet
	return out.Bytes()
}
