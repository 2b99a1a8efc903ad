package judge

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"example.com/jose/conformance/protocol"
	"example.com/jose/conformance/report"
	"example.com/jose/vectors"
)

const (
	MaxWycheproofFile  = 16 << 20
	maxWycheproofFiles = 64
)

// Where the files are in a copy of Wycheproof, or they are what DIR names.
var wycheproofDirs = []string{".", "testvectors_v1", "testvectors"}

// What this project reads of a file json_web_*.json. The other members, and
// those to come, are ignored: the format is not ours.
type wycheproofFile struct {
	NumberOfTests int               `json:"numberOfTests"`
	TestGroups    []wycheproofGroup `json:"testGroups"`
}

type wycheproofGroup struct {
	Comment string           `json:"comment"`
	Private json.RawMessage  `json:"private"` // a JWK or a JWK Set, secret keys too
	Public  json.RawMessage  `json:"public"`
	Tests   []wycheproofTest `json:"tests"`
}

type wycheproofTest struct {
	TcID    int             `json:"tcId"`
	Comment string          `json:"comment"`
	Flags   []string        `json:"flags"`
	JWS     json.RawMessage `json:"jws"` // a string, or an object: the JSON Serialization
	JWE     json.RawMessage `json:"jwe"`
	Pt      *string         `json:"pt"` // hexadecimal
	Result  string          `json:"result"`
}

// WycheproofTasks reads the files json_web_*.json. What is out of this
// project's scope stays in, as tokens that have to be refused by a key of the
// project's own corpus.
func WycheproofTasks(fsys fs.FS, own []vectors.File) (tasks []Task, err error) {
	var names []string
	for _, dir := range wycheproofDirs {
		if names, err = fs.Glob(fsys, path.Join(dir, "json_web_*.json")); err != nil {
			return nil, err
		}
		if len(names) > 0 {
			break
		}
	}
	if len(names) == 0 || len(names) > maxWycheproofFiles {
		return nil, fmt.Errorf("%d files json_web_*.json here, in testvectors_v1 or in testvectors; want 1 to %d", len(names), maxWycheproofFiles)
	}
	for _, name := range names {
		f, err := readWycheproof(fsys, name)
		if err == nil {
			tasks, err = f.tasks(tasks, path.Base(name), own)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return tasks, nil
}

func readWycheproof(fsys fs.FS, name string) (*wycheproofFile, error) {
	// Opening something that is no regular file could wait forever.
	if info, err := fs.Stat(fsys, name); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, errors.New("not a regular file"))
	}
	r, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, MaxWycheproofFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxWycheproofFile {
		return nil, fmt.Errorf("more than %d octets", MaxWycheproofFile)
	}
	var f wycheproofFile
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, err
	}
	n := 0
	for _, g := range f.TestGroups {
		n += len(g.Tests)
	}
	if n == 0 || n > maxCases || n != f.NumberOfTests {
		return nil, fmt.Errorf("%d tests, and numberOfTests is %d; want as many, and 1 to %d", n, f.NumberOfTests, maxCases)
	}
	return &f, nil
}

func (f *wycheproofFile) tasks(tasks []Task, file string, own []vectors.File) ([]Task, error) {
	seen := make(map[int]bool)
	for i := range f.TestGroups {
		g := &f.TestGroups[i]
		for j := range g.Tests {
			w := &g.Tests[j]
			if seen[w.TcID] {
				return nil, fmt.Errorf("test %d is there twice", w.TcID)
			}
			seen[w.TcID] = true
			t, err := g.task(w, file, own)
			if err != nil {
				return nil, fmt.Errorf("test %d: %w", w.TcID, err)
			}
			tasks = append(tasks, t)
		}
	}
	return tasks, nil
}

// task maps one test. The algorithm that the key is bound to is that of the
// key, or of the token where the key names none of this project's.
func (g *wycheproofGroup) task(w *wycheproofTest, file string, own []vectors.File) (Task, error) {
	short := strings.TrimSuffix(strings.TrimPrefix(file, "json_web_"), "_test.json")
	t := Task{Case: report.Case{
		ID:      protocol.Printable(fmt.Sprintf("wycheproof/%s/%d", strings.TrimSuffix(short, ".json"), w.TcID), 100),
		Source:  protocol.Printable("Wycheproof "+short, 60),
		Section: protocol.Printable(fmt.Sprintf("%s, test %d", file, w.TcID), 100),
		Comment: protocol.Printable(g.Comment+": "+w.Comment, 200),
		Op:      "verify", Form: "compact", Expect: "reject", Class: anyClass,
	}}
	for _, flag := range w.Flags[:min(len(w.Flags), 8)] {
		t.Tags = append(t.Tags, protocol.Printable("wycheproof "+flag, 40))
	}
	key, token, inScope := g.Public, w.JWS, []string{"RS256", "ES512", "HS512"}
	if key == nil {
		key = g.Private
	}
	if w.JWE != nil {
		t.Op, key, token, inScope = "decrypt", g.Private, w.JWE, []string{"RSA-OAEP", "RSA-OAEP-256"}
	}
	if key == nil || token == nil || w.JWS != nil && w.JWE != nil {
		return Task{}, errors.New("want a key, and one of jws and jwe")
	}
	keyAlg, k, err := wycheproofKey(key, inScope)
	if err != nil {
		return Task{}, err
	}
	r := &t.Request
	if json.Unmarshal(token, &r.Token) != nil {
		r.Token = string(token)
	}
	var header struct{ Alg, Enc, Zip string }
	first, rest, _ := strings.Cut(r.Token, ".")
	text, _ := b64.DecodeString(first)
	json.Unmarshal(text, &header) // or it stays empty
	*r = protocol.Request{ID: t.ID, Op: t.Op, Token: r.Token, Key: k}
	if t.Op == "verify" {
		r.Form = "compact"
	}

	// A valid token of an alg, enc or zip out of scope has to be refused.
	outOfScope := w.Result == "valid" && header.Alg != "" &&
		(!slices.Contains(inScope, header.Alg) || t.Op == "decrypt" && header.Enc != "A256GCM" || header.Zip != "")
	switch {
	case slices.Contains(inScope, keyAlg):
		r.Alg = keyAlg
	case slices.Contains(inScope, header.Alg):
		r.Alg = header.Alg
	default: // to a key of ours
		outOfScope = true
		r.Alg = map[string]string{"HS": "HS512", "ES": "ES512"}[header.Alg[:min(2, len(header.Alg))]]
		if t.Op == "decrypt" {
			r.Alg = "RSA-OAEP-256"
		} else if r.Alg == "" {
			r.Alg = "RS256"
		}
		f, name := PrivateKeyFor(own, r.Alg)
		if f == nil {
			return Task{}, fmt.Errorf("corpus has no private key for %s", r.Alg)
		}
		other := f.Keys[name]
		r.Key = MakeKey(&other, t.Op == "decrypt")
	}
	t.Alg = r.Alg

	switch {
	case outOfScope:
		t.Source += ", out of scope"
		switch {
		case w.Result != "valid":
		case header.Alg == "": // there is a "valid" token with a question mark in the header
			t.Class = "malformed"
		default:
			t.Class = "unsupported"
		}
	case w.Result == "valid" && keyAlg != "" && keyAlg != r.Alg:
		t.Expect, t.Class = "either", "key"
		t.Choice = protocol.Printable(fmt.Sprintf("the JWK's alg is %q; this library takes no key for another algorithm than its own (RFC 7517, Section 4.4)", keyAlg), 300)
	case w.Result == "invalid" && strings.Contains(strings.ToLower(g.Comment), "roca"):
		t.Expect, t.Class = "either", ""
		t.Choice = "the modulus has the ROCA weakness; no RFC asks to look for it, and this library does not"
	case w.Result == "valid":
		t.Expect, t.Class = "accept", ""
	case w.Result == "acceptable":
		t.Expect, t.Choice = "either", "acceptable, says Wycheproof"
	case w.Result != "invalid":
		return Task{}, fmt.Errorf("unknown result %q", protocol.Printable(w.Result, 40))
	}
	if t.Expect == "reject" {
		return t, nil
	}
	if t.Op == "verify" {
		payload, _, _ := strings.Cut(rest, ".")
		t.want, err = b64.DecodeString(payload)
		t.stated = err == nil
	} else if w.Pt != nil {
		if t.want, err = hex.DecodeString(*w.Pt); err != nil {
			return Task{}, fmt.Errorf("pt: %w", err)
		}
		t.stated = true
	}
	return t, nil
}

// wycheproofKey reads a JWK or a JWK Set. Its algorithm is the first that is
// in scope, or else the first.
func wycheproofKey(raw json.RawMessage, inScope []string) (alg string, k *protocol.Key, err error) {
	type jwk struct{ Alg string }
	var members struct {
		jwk
		Keys []jwk
	}
	if err := json.Unmarshal(raw, &members); err != nil {
		return "", nil, fmt.Errorf("key: %w", err)
	}
	if members.Keys == nil {
		return members.Alg, &protocol.Key{JWK: raw}, nil
	}
	for _, m := range members.Keys {
		if alg == "" || slices.Contains(inScope, m.Alg) && !slices.Contains(inScope, alg) {
			alg = m.Alg
		}
	}
	return alg, &protocol.Key{Set: raw}, nil
}
