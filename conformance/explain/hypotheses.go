package explain

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"iter"
	"math/big"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A trial is one guess at what was signed, or encrypted: the parts of a token
// and the key. In a JWE, payload is the ciphertext and sig the tag.
type trial struct {
	head, body      string // header and payload as they stand in the signing input
	header, payload []byte // the same, decoded
	plain           bool   // body is payload as it is (b64 is false)
	whole           []byte // the signing input or AAD, where it is not made of head and body
	key             *key
	alg             string
	sig             []byte
	sigText         string // the segment of sig
	keyFile         []byte
	others          []*key // of the JWK Set
	note            string // the names of the hypotheses that made it
}

func (t trial) input() []byte {
	if t.whole != nil {
		return t.whole
	}
	return []byte(t.head + "." + t.body)
}

func (t trial) encode(payload []byte) string {
	if t.plain {
		return string(payload)
	}
	return string(urlText(payload))
}

// A hypothesis is one thing that may have gone wrong. It is a line of
// knows.txt below the sentence of its id: "~ part steps: name", with "~~" where
// it is tried after all others. The steps change that part of the token; each
// is a source, an operation, a move, or one of these with characters escaped as
// in Go: +X appends X, X+ puts it in front, -X and X- take it off, X>Y replaces.
type hypothesis struct {
	id, on, name string
	steps        []operation
	move         func(trial) []trial
	rare         bool
}

// An operation makes other octets of some; where there are several to try,
// each may have a name. None, or nil, ends the hypothesis.
type operation func(t trial, b []byte) []form

type form struct {
	octets []byte
	name   string
}

// sources are parts of a token, which a step adds to what the steps before made.
var sources = map[string]func(trial) []byte{
	"head":      func(t trial) []byte { return []byte(t.head) },
	"body":      func(t trial) []byte { return []byte(t.body) },
	"header":    func(t trial) []byte { return t.header },
	"payload":   func(t trial) []byte { return t.payload },
	"input":     trial.input,
	"secret":    func(t trial) []byte { return t.key.secret },
	"signature": func(t trial) []byte { return t.sig },
	"segment":   func(t trial) []byte { return []byte(t.sigText) },
	"keyfile":   func(t trial) []byte { return t.keyFile },
	"aad":       func(trial) []byte { return []byte{} },
	".":         func(trial) []byte { return []byte(".") },
	"payload64": func(t trial) []byte { return when(t.plain, urlText(t.payload)) },
	"header64":  func(t trial) []byte { return urlText(t.header) },
	"encoded":   func(t trial) []byte { return []byte(t.encode(t.payload)) },
	"head=":     func(t trial) []byte { return []byte(padded(t.head)) },
	"payload=":  func(t trial) []byte { return when(!t.plain, []byte(padded(string(urlText(t.payload))))) },
	"header+":   func(t trial) []byte { return stdText(t.header) },
	"payload+":  func(t trial) []byte { return stdText(t.payload) },
}

// operations, besides those of rewritings.
var operations = map[string]operation{
	"trim":         one(bytes.TrimSpace),
	"trim-left":    one(func(b []byte) []byte { return bytes.TrimLeft(b, " \t\r\n") }),
	"trim-right":   one(func(b []byte) []byte { return bytes.TrimRight(b, " \t\r\n") }),
	"trim-breaks":  one(func(b []byte) []byte { return bytes.TrimRight(b, "\r\n") }),
	"trim-quotes":  one(func(b []byte) []byte { return bytes.Trim(bytes.TrimSpace(b), `"'`) }),
	"base64":       one(stdText),
	"base64url":    one(urlText),
	"hex":          one(hexText),
	"capitals":     one(bytes.ToUpper),
	"from-base64":  one(fromBase64),
	"from-hex":     one(fromHex),
	"lenient":      one(lenient(standardAlphabet)),
	"lenient-both": one(lenient(bothAlphabets)),
	"whole-threes": one(func(b []byte) []byte { return b[:len(b)-len(b)%3] }),
	"sha256":       one(hash256),
	"sha512":       one(hash512),
	"latin1":       one(charset(nil, 255)),
	"windows1252":  one(charset(windows1252, 255)),
	"ascii":        one(charset(nil, '~')),
	"utf16le":      one(utf16Text(false)),
	"utf16be":      one(utf16Text(true)),
	"unescape-url": one(func(b []byte) []byte { s, err := url.QueryUnescape(string(b)); return orNil([]byte(s), err) }),
	"escape-url":   one(func(b []byte) []byte { return []byte(url.QueryEscape(string(b))) }),
	"from-latin1":  one(fromLatin1),
	"after-name": one(func(b []byte) []byte {
		_, b, found := bytes.Cut(b, []byte("="))
		return when(found, bytes.TrimSpace(b))
	}),
	"first-32":    one(func(b []byte) []byte { return b[:min(len(b), 32)] }),
	"first-64":    one(func(b []byte) []byte { return b[:min(len(b), 64)] }),
	"reverse":     one(reversed),
	"json-string": one(func(b []byte) []byte { return jsonText(string(b)) }),
	"from-json":   one(unquoted),
	"last-json":   one(func(b []byte) []byte { _, text := jsonPart(b); return text }),
	"members":     several(memberValues),
	"orders":      several(reordered),
	"without-one": several(withoutOne),
	"from-der":    ofECDSA(fromDER),
	"swap":        ofHalves(func(r, s []byte) []byte { return slices.Concat(s, r) }),
	"halves":      ofHalves(func(r, s []byte) []byte { return slices.Concat(reversed(r), reversed(s)) }),
	"add-first":   ofECDSA(cut65),
	"add-zeros":   ofECDSA(unpadded),
}

// moves change more than one part.
var moves = map[string]func(trial) []trial{
	"other-alg":         otherECDSA,
	"other-key":         otherKeys,
	"mac-of-public-key": macOfPublicKey,
	"cut-tag":           func(t trial) []trial { t.sig = t.sig[:min(len(t.sig), 16)]; return []trial{t} },
	"tag-at-end":        func(t trial) []trial { return splitTag(t, len(t.payload)-16, false) },
	"tag-in-front":      func(t trial) []trial { return splitTag(t, 16, true) },
}

func one(f func([]byte) []byte) operation {
	return func(_ trial, b []byte) []form { return []form{{f(b), ""}} }
}

func several(f func(trial, []byte) [][]byte) operation {
	return func(t trial, b []byte) (list []form) {
		for _, out := range f(t, b) {
			list = append(list, form{out, ""})
		}
		return list
	}
}

// ofECDSA is of a signature of ECDSA on a curve of n octets.
func ofECDSA(f func(n int, b []byte) [][]byte) operation {
	return several(func(t trial, b []byte) [][]byte {
		if t.key.ec == nil {
			return nil
		}
		return f(curveOctets(t.key.ec), b)
	})
}

func ofHalves(f func(r, s []byte) []byte) operation {
	return ofECDSA(func(n int, b []byte) [][]byte {
		if len(b) != 2*n {
			return nil
		}
		return [][]byte{f(b[:n], b[n:])}
	})
}

// readHypothesis reads a line of knows.txt.
func readHypothesis(id, line string) hypothesis {
	line, rare := strings.CutPrefix(strings.TrimPrefix(line, "~"), "~")
	what, name, _ := strings.Cut(line, ": ")
	words := strings.Fields(what)
	second := words[min(1, len(words)-1)]
	h := hypothesis{id: id, on: words[0], name: name, rare: rare, move: moves[second]}
	if h.move != nil {
		return h
	} else if sources[second] != nil { // otherwise the part is what the steps begin with
		words = words[min(1, len(words)-1):]
	}
	for _, word := range words {
		h.steps = append(h.steps, readStep(word))
	}
	return h
}

func readStep(word string) operation {
	if source := sources[word]; source != nil {
		return func(t trial, b []byte) []form {
			if s := source(t); s != nil {
				return []form{{append(slices.Clip(b), s...), ""}}
			}
			return nil
		}
	} else if operations[word] != nil {
		return operations[word]
	} else if rewritings[word] != nil {
		return rewritten(rewritings[word])
	}
	unquoted, err := strconv.Unquote(`"` + word + `"`)
	text := []byte(unquoted)
	n := len(text) - 1
	before, after, replaces := bytes.Cut(text, []byte(">"))
	switch {
	case err != nil || n < 1:
	case replaces:
		return one(func(b []byte) []byte { return bytes.ReplaceAll(b, before, after) })
	case text[0] == '+':
		return one(func(b []byte) []byte { return slices.Concat(b, text[1:]) })
	case text[0] == '-':
		return one(func(b []byte) []byte { return bytes.TrimSuffix(b, text[1:]) })
	case text[n] == '+':
		return one(func(b []byte) []byte { return slices.Concat(text[:n], b) })
	case text[n] == '-':
		return one(func(b []byte) []byte { return bytes.TrimPrefix(b, text[:n]) })
	}
	panic("explain: knows.txt has no step " + word) // which every test would meet
}

// apply yields what h makes of t, one after the other, so that a search that
// stops has not made the rest. What changes nothing does not count.
func (h hypothesis) apply(t trial) iter.Seq[trial] {
	return func(yield func(trial) bool) {
		if h.move != nil {
			for _, g := range h.move(t) {
				if g.note = cmp.Or(g.note, h.name); !yield(g) {
					return
				}
			}
			return
		}
		var walk func(f form, steps []operation) bool
		walk = func(f form, steps []operation) bool {
			if len(steps) == 0 {
				g, changes := h.put(t, f.octets)
				g.note = joined(t.note, cmp.Or(f.name, h.name))
				return !changes || yield(g)
			}
			for _, next := range steps[0](t, f.octets) {
				if next.octets != nil && !walk(form{next.octets, joined(f.name, next.name)}, steps[1:]) {
					return false
				}
			}
			return true
		}
		walk(form{octets: []byte{}}, h.steps)
	}
}

func joined(a, b string) string { return strings.Trim(a+", "+b, ", ") }

// put makes b the part of t that h is about, and reports whether that changes it.
func (h hypothesis) put(t trial, b []byte) (g trial, changes bool) {
	var now []byte
	switch g = t; h.on {
	case "payload":
		now, g.payload, g.body = t.payload, b, t.encode(b)
	case "header":
		now, g.header, g.head = t.header, b, string(urlText(b))
	case "secret":
		now, g.key = t.key.secret, &key{secret: b}
	case "signature":
		now, g.sig = t.sig, b
	default:
		g.whole = b
	}
	return g, h.on == "aad" || !bytes.Equal(b, now) && (len(b) > 0 || h.on == "payload")
}

func stdText(b []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(b)) }
func urlText(b []byte) []byte { return []byte(base64.RawURLEncoding.EncodeToString(b)) }
func hexText(b []byte) []byte { return []byte(hex.EncodeToString(b)) }

func when(is bool, b []byte) []byte {
	if !is {
		return nil
	}
	return b
}

func padded(s string) string { return s + strings.Repeat("=", (4-len(s)%4)%4) }

func reversed(b []byte) []byte { b = slices.Clone(b); slices.Reverse(b); return b }

// orNil is b, or nil, which ends a hypothesis.
func orNil(b []byte, err error) []byte { return when(err == nil, b) }

func fromBase64(b []byte) []byte { return orNil(anyBase64(string(bytes.TrimSpace(b)))) }

func fromHex(b []byte) []byte { return orNil(hex.DecodeString(string(bytes.TrimSpace(b)))) }

// unquoted is the text that b is a JSON string of.
func unquoted(b []byte) []byte {
	var s string
	err := json.Unmarshal(b, &s)
	return orNil([]byte(s), err)
}

const (
	letters          = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	standardAlphabet = letters + "+/"
	bothAlphabets    = standardAlphabet + letters + "-_"
)

// lenient decodes what is left of a text when the characters that alphabet has
// not are passed over, as lenient decoders do: up to the first '='.
func lenient(alphabet string) func([]byte) []byte {
	return func(b []byte) []byte {
		text, _, _ := strings.Cut(string(b), "=")
		text = strings.Map(func(c rune) rune {
			if i := strings.IndexRune(alphabet, c); i >= 0 {
				return rune(standardAlphabet[i%64])
			}
			return -1
		}, text)
		if len(text)%4 == 1 {
			text = text[:len(text)-1]
		}
		out, _ := base64.RawStdEncoding.DecodeString(text)
		return out
	}
}

// windows1252 has these at 0x80 to 0x9F.
var windows1252 = []rune("€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ")

// charset writes UTF-8 in a charset of single octets, which has the table at
// 0x80 and otherwise what Unicode has up to last; '?' stands for the rest.
func charset(table []rune, last rune) func([]byte) []byte {
	return func(b []byte) []byte {
		out := []byte{}
		for _, c := range string(b) {
			if i := slices.Index(table, c); i >= 0 {
				c = rune(0x80 + i)
			} else if c > last {
				c = '?'
			}
			out = append(out, byte(c))
		}
		return out
	}
}

func fromLatin1(b []byte) (out []byte) {
	for _, c := range b {
		out = utf8.AppendRune(out, rune(c))
	}
	return out
}

func utf16Text(big bool) func([]byte) []byte {
	return func(b []byte) []byte {
		out := []byte{}
		for _, u := range utf16.Encode([]rune(string(b))) {
			if big {
				u = u>>8 | u<<8
			}
			out = append(out, byte(u), byte(u>>8))
		}
		return out
	}
}

// otherECDSA has the hashes for the curve; an RSA signature and a MAC tell theirs.
func otherECDSA(t trial) (list []trial) {
	for _, alg := range []string{"ES256", "ES384", "ES512"} {
		if g := t; t.key.ec != nil && alg != t.alg {
			g.alg, g.note = alg, "ECDSA on "+t.key.ec.Curve.Params().Name+" with SHA-"+alg[2:]
			list = append(list, g)
		}
	}
	return list
}

func otherKeys(t trial) (list []trial) {
	for _, k := range t.others[:min(len(t.others), 64)] {
		if g := t; k != t.key {
			g.key, g.note = k, quote(k.kid)
			list = append(list, g)
		}
	}
	return list
}

// macOfPublicKey has what a confused verifier would use as HMAC secret: the
// file of the public key, or its DER.
func macOfPublicKey(t trial) (list []trial) {
	texts := [][]byte{t.keyFile, bytes.TrimSpace(t.keyFile)}
	var pub any = t.key.ec
	if t.key.rsa != nil {
		pub = t.key.rsa
	} else if t.key.ec == nil {
		return nil
	}
	if der, err := x509.MarshalPKIXPublicKey(pub); err == nil {
		texts = append(texts, der, stdText(der), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	}
	for _, b := range texts {
		t.key = &key{secret: b}
		list = append(list, t)
	}
	return list
}

// splitTag takes the tag from the ciphertext, in which it was left.
func splitTag(t trial, at int, isFirst bool) []trial {
	if at < 0 || len(t.payload) < 16 {
		return nil
	}
	if t.payload, t.sig = t.payload[:at], t.payload[at:]; isFirst {
		t.payload, t.sig = t.sig, t.payload
	}
	return []trial{t}
}

func fromDER(n int, b []byte) [][]byte {
	var rs ecSignature
	if rest, err := asn1.Unmarshal(b, &rs); err != nil || len(rest) > 0 {
		return nil
	}
	return [][]byte{rs.fixed(n)}
}

func unpadded(n int, b []byte) (list [][]byte) {
	for split := max(n-4, len(b)-n); split <= min(n, len(b)-n+4) && len(b) < 2*n; split++ {
		list = append(list, ecSignature{new(big.Int).SetBytes(b[:split]), new(big.Int).SetBytes(b[split:])}.fixed(n))
	}
	return list
}

// cut65 puts back the first octets of P-521, which are 0 or 1.
func cut65(n int, b []byte) (list [][]byte) {
	for i := byte(0); i < 4 && len(b) == 130 && n == 66; i++ {
		list = append(list, slices.Concat([]byte{i & 1}, b[:65], []byte{i >> 1}, b[65:]))
	}
	return list
}

// The budget of a search keeps a hostile token from costing more than two seconds.
var maxTries, maxOctets = 12000, 32 << 20

// A search runs the hypotheses of some parts: each alone, then each with white
// space. holds says whether a trial is what was signed.
type search struct {
	of      func(on string) bool
	holds   func(trial) bool
	tries   int
	octets  int
	stopped bool
}

// run returns the hypothesis that holds, and its trial; ok is false when none does.
func (s *search) run(t trial) (h hypothesis, found trial, ok bool) {
	var spaces []hypothesis
	for _, h := range hypotheses {
		if s.of(h.on) && !h.rare && (h.id == "payload-newline" || h.id == "payload-white-space") {
			spaces = append(spaces, h)
		}
	}
	for round := range 4 { // single ones, with white space; then the same of rare ones
		for _, h := range hypotheses {
			isSpace := slices.ContainsFunc(spaces, func(o hypothesis) bool { return o.id == h.id })
			switch {
			case !s.of(h.on) || h.rare != (round > 1) || round%2 == 1 && isSpace:
			case round%2 == 0:
				found, ok = s.try(t, h)
			default:
				for _, space := range spaces {
					first, then := h, space
					if h.on == "input" { // which is made of a payload with white space
						first, then = space, h
					}
					if found, ok = s.try(t, first, then); ok {
						break
					}
				}
			}
			if ok || s.stopped {
				return h, found, ok
			}
		}
	}
	return h, found, false
}

// try tries what the hypotheses make of t, one after the other.
func (s *search) try(t trial, list ...hypothesis) (found trial, ok bool) {
	for g := range list[0].apply(t) {
		if s.stopped {
			return found, false
		} else if len(list) > 1 {
			if found, ok = s.try(g, list[1:]...); ok {
				return found, true
			}
			continue
		}
		s.tries++
		s.octets += len(g.payload) + 64
		s.stopped = s.tries >= maxTries || s.octets > maxOctets
		if s.holds(g) {
			return g, true
		}
	}
	return found, false
}
