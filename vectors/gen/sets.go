package main

import (
	"crypto"
	"math/big"
)

// The choices of who is handed a JWK Set in which something is wrong.
const (
	distinctKids = "RFC 7517, Section 4.5: different keys of a set should have different kids; what a reader does with others is not said"
	mayTryAll    = "RFC 7515, Section 6 and Appendix D: kid is a hint, and a recipient may try all keys that fit"
	maySkip      = "RFC 7517, Section 5: keys that cannot be used should be ignored; a reader may refuse the set"
)

// A setAlgorithm is what the sets for one algorithm are made of.
type setAlgorithm struct {
	alg, names      string                       // names is what those of its sets end in
	one, two, three object                       // public keys
	weak            object                       // that must not be used
	otherAlg        string                       // that such a key is good for
	sign            [2]func(input string) []byte // with the first two
}

func setAlgorithms() []setAlgorithm {
	rs := func(k rsaKey) func(string) []byte {
		return func(input string) []byte { return k.sign(crypto.SHA256, input) }
	}
	es := func(k ecKey) func(string) []byte {
		return func(input string) []byte { return k.sign(crypto.SHA512, input) }
	}
	negated := ecMain // -y is on the curve too
	negated.Y = new(big.Int).Sub(ecMain.curve.Params().P, ecMain.Y)
	return []setAlgorithm{
		{"RS256", "rsa", rsaMain.publicJWK(), rsaOther.publicJWK(), rsaText.publicJWK(), rsa1024.publicJWK(), "PS256",
			[2]func(string) []byte{rs(rsaMain), rs(rsaOther)}},
		{"ES512", "ec", ecMain.publicJWK(), ecOther.publicJWK(), negated.publicJWK(), p256.publicJWK(), "ECDH-ES",
			[2]func(string) []byte{es(ecMain), es(ecOther)}},
	}
}

// A namedSet is a JWK Set as a key that cases name.
type namedSet struct {
	name, comment string
	set           object
}

// sets are those that tokens are looked up in by lookupsInSets.
func (a setAlgorithm) sets() []namedSet {
	return []namedSet{
		{"set-ambiguous-" + a.names, "Two different " + a.alg + " keys with one kid, and a third one with another.", set(a.one.id("a"), a.three.id("a"), a.two.id("b"))},
		{"set-twice-" + a.names, "One " + a.alg + " key, twice.", set(a.one.id("a"), a.one.id("a"))},
		{"set-two-names-" + a.names, "One " + a.alg + " key under two kids.", set(a.one.id("a"), a.one.id("b"))},
		{"set-skipped-" + a.names, "A key that is too small for " + a.alg + ", or of another curve, and one that can be used.", set(a.weak.id("x"), a.one.id("a"))},
		{"set-for-encryption-" + a.names, "A key that is for encryption, and one for " + a.alg + ".", set(a.two.id("x").with("use", `"enc"`), a.one.id("a"))},
		{"set-other-alg-" + a.names, "A key that is for " + a.otherAlg + ", and one for " + a.alg + ".", set(a.two.id("x").with("alg", str(a.otherAlg)), a.one.id("a"))},
		{"set-other-ops-" + a.names, "A public key whose key_ops has sign alone, and one for " + a.alg + ".", set(a.two.id("x").with("key_ops", `["sign"]`), a.one.id("a"))},
	}
}

// setNames returns the names of all sets.
func setNames() (names []string) {
	for _, a := range setAlgorithms() {
		for _, s := range a.sets() {
			names = append(names, s.name)
		}
	}
	return names
}

// lookupsInSets are tokens whose key is looked up in a set that has a key twice,
// or one that is not fit for them.
func lookupsInSets() []row {
	var rows []row
	for _, a := range setAlgorithms() {
		// add adds a token with this kid, or without any, by the first or the second key.
		add := func(fault, class, req, set, kid string, signer int, choice, why string) {
			h := header(a.alg)
			if kid != "" {
				h = header(a.alg, `"kid":`+str(kid))
			}
			input := b64(h) + "." + b64(text)
			r := row{id: "lookup/" + fault + "/" + a.alg, class: class, req: req, tags: "key-confusion", why: why, choice: choice,
				key: set + "-" + a.names, token: input + "." + b64(a.sign[signer](input))}
			if class == "" && choice == "" {
				r.tags = "control key-confusion"
			}
			rows = append(rows, r)
		}
		add("kid-ambiguous", badKey, "7517-4.5-1 7515-4.1.4-1", "set-ambiguous", "a", 0, mayTryAll, "kid names two different keys, of which one has signed: which one its sender means is not to be found out from the set.")
		add("kid-beside-ambiguous", "", "7517-4.5-1 7517-4.5-4", "set-ambiguous", "b", 1, distinctKids, "kid names one key; that two others share a kid is no fault of this token.")
		add("kid-missing-ambiguous", unknownKey, "7515-6-3 7515-D-2", "set-ambiguous", "", 1, mayTryAll, "Without kid, three keys fit.")
		add("kid-of-key-twice", "", "7517-4.5-1 7517-4.5-4", "set-twice", "a", 0, distinctKids, "kid names a key that is there twice, and both are the same one.")
		add("kid-missing-key-twice", "", "7515-4.1.4-3 7515-6-2", "set-twice", "", 0, mayRequireKid, "Without kid there is only one key that fits, though it is there twice.")
		add("kid-first-of-two-names", "", "7517-4.5-4 7515-4.1.4-4", "set-two-names", "a", 0, "", "kid is the first of the two that a key has in the set.")
		add("kid-second-of-two-names", "", "7517-4.5-4 7515-4.1.4-4", "set-two-names", "b", 0, "", "kid is the second of the two that a key has in the set.")
		add("kid-missing-two-names", "", "7515-4.1.4-3 7515-6-2", "set-two-names", "", 0, mayRequireKid, "Without kid there is only one key that fits, though it has two names.")
		add("kid-of-skipped-key", badKey, "7515-4.1.4-1 7517-5-9", "set-skipped", "x", 0, mayTryAll, "kid names a key that must not be used, and another one of the set has signed.")
		add("kid-beside-skipped", "", "7517-5-9 7517-4.5-4", "set-skipped", "a", 0, maySkip, "kid names a key that can be used, beside one that cannot.")
		add("kid-missing-beside-skipped", "", "7515-4.1.4-3 7515-6-2", "set-skipped", "", 0, mayRequireKid, "Without kid there is only one key that fits: the other one must not be used.")
		// What is for encryption is for another algorithm of RSA, and for none in scope on P-521.
		class := map[string]string{"RS256": unknownKey, "ES512": badKey}[a.alg]
		add("kid-of-key-for-encryption", class, "7517-4.2-1", "set-for-encryption", "x", 1, "", "kid names the key that has signed, and its use is enc: it must not verify.")
		add("kid-of-key-for-other-alg", badKey, "7517-4.4-1 8725-3.1-4", "set-other-alg", "x", 1, "", "kid names the key that has signed, and its alg is "+a.otherAlg+": it must not verify "+a.alg+".")
		add("kid-of-key-with-other-ops", badKey, "7517-4.3-1", "set-other-ops", "x", 1, "", "kid names the key that has signed, and its key_ops does not have verify.")
	}
	forged := func(fault, req, set, kid, why string, k rsaKey) {
		input := b64(header("RS256", `"kid":`+str(kid))) + "." + b64(text)
		rows = append(rows, row{id: "lookup/" + fault + "/RS256", class: badKey, req: req, tags: "key-injection", why: why, key: set, token: input + "." + b64(k.sign(crypto.SHA256, input))})
	}
	forged("kid-ambiguous-forged", "7515-5.2-13 7515-4.1.4-1", "set-ambiguous-rsa", "a", "kid names two different keys, and neither has signed.", rsaE3)
	forged("kid-of-skipped-key-that-signed", "7518-3.3-1", "set-skipped-rsa", "x", "kid names a key of 1024 bits, which must not be used and has signed: whoever has factored it sends such tokens.", rsa1024)
	return rows
}

// setsES512 are the duplicates of jwkSets for ES512.
func setsES512() []row {
	var rows []row
	add := func(fault, class, req, choice, why string, keys ...object) {
		r := row{id: "jwk-set/" + fault + "/ES512", class: class, req: req, tags: "key-confusion", why: why, choice: choice, input: set(keys...).String()}
		rows = append(rows, r)
	}
	a := setAlgorithms()[1]
	one, two := a.one, a.two
	add("set-duplicate-kid", "", "7517-4.5-1", distinctKids, "Two different keys for one algorithm have one kid: which of them it names is not said.", one.id("a"), two.id("a"))
	add("set-duplicate-key", "", "7517-4.5-1", distinctKids, "A key is there twice, with its kid: there is one key.", one.id("a"), one.id("a"))
	add("set-duplicate-no-kid", "", "7517-4.5-3", "RFC 7517, Section 4.5: kid is optional", "Two different keys for one algorithm have no kid.", one, two)
	add("set-duplicate-kid-escaped", "", "7517-4.5-1 7515-10.13-1", distinctKids, "Two different keys have one kid, once with an escape.", one.id("a"), two.with("kid", `"\u0061"`))
	add("set-skips-other-curve", "", "7517-5-9", maySkip, "A key of another curve is skipped.", a.weak.id("x"), one.id("a"))
	add("set-skips-unusable-same-kid", "", "7517-5-9 7517-4.5-1", maySkip, "A key that cannot be used does not collide with one that can.", a.weak.id("a"), one.id("a"))
	add("set-all-for-other-algorithms", badKey, "7517-4.4-1 8725-3.1-4", "", "The only key is for ECDH-ES.", one.with("alg", `"ECDH-ES"`))
	add("set-all-for-encryption", badKey, "7517-4.2-1", "", "The only key is for encryption.", one.with("use", `"enc"`))
	return rows
}
