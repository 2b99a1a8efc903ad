package vectors

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// ptr returns a pointer to v.
func ptr[T any](v T) *T { return &v }

// valid returns a file that Parse accepts, with a case of each kind. The
// tests below break one thing in it.
func valid() *File {
	raw := func(s string) json.RawMessage { return json.RawMessage(s) }
	token := func(kind, form, alg string) Case {
		return Case{ID: kind, Kind: kind, Section: "RFC 7515, Section 3", Requirements: []string{"7515-3-1"}, Level: "must",
			Comment: "why", Alg: alg, Key: "k", Token: "a.b.c", Payload: ptr("p"), Expect: "accept", Form: form}
	}
	input := func(kind, form, alg, role string) Case {
		return Case{ID: kind, Kind: kind, Section: "RFC 7517, Section 4", Level: "feature", Comment: "why", Alg: alg, Role: role,
			Input: "{}", Expect: "accept", Form: form}
	}
	jws, jwt, jwe := token("jws", "compact", "RS256"), token("jwt", "compact", "HS512"), token("jwe", "compact", "RSA-OAEP")
	nested, nestedJWT := token("nested", "nested", "RSA-OAEP"), token("nested-jwt", "nested", "RSA-OAEP-256")
	jws.Header, jws.Reproduce = "{}", true
	jwt.Policy, jwt.At = &Policy{AnyIssuer: true}, ptr(int64(0))
	jwe.Header, jwe.CEK, jwe.IV = "{}", strings.Repeat("A", 43), strings.Repeat("A", 16)
	nestedJWT.Policy, nestedJWT.At = &Policy{AnyIssuer: true}, ptr(int64(0))
	for _, c := range []*Case{&nested, &nestedJWT} {
		c.InnerAlg, c.InnerKey = "ES512", "k"
	}
	thumbprint, text := input("thumbprint", "thumbprint", "", ""), input("base64url", "base64url", "", "")
	thumbprint.Output, text.Output = ptr("o"), ptr("00")
	return &File{
		Schema: Schema, Source: "s", Title: "t", Provenance: []string{"p"}, Licence: "l",
		Keys: map[string]Key{"k": {JWK: raw(`{"kty":"oct"}`)}},
		Cases: []Case{jws, jwt, jwe, nested, nestedJWT,
			input("key", "pem", "ES512", "public"), input("jwk", "jwk", "HS512", "private"),
			input("jwkset", "jwk-set", "RS256", "public"), thumbprint, text},
	}
}

// find returns the case of valid whose kind (and id) is k.
func (f *File) find(k string) *Case {
	for i := range f.Cases {
		if f.Cases[i].ID == k {
			return &f.Cases[i]
		}
	}
	panic("no case " + k)
}

func marshal(t testing.TB, f *File) []byte {
	t.Helper()
	data, err := Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestParse(t *testing.T) {
	data := marshal(t, valid())
	f, err := Parse("ok.json", data)
	if err != nil {
		t.Fatal(err)
	}
	if f.Name != "ok.json" || len(f.Cases) != len(kinds) {
		t.Errorf("name %q with %d cases, want ok.json with one of each of the %d kinds", f.Name, len(f.Cases), len(kinds))
	}
	if again := marshal(t, f); !bytes.Equal(again, data) {
		t.Errorf("written again it is\n%s\nwant\n%s", again, data)
	}
}

// TestParse_Refused breaks one thing at a time. Each row names a word of the
// message, so that a row cannot pass because of something else.
func TestParse_Refused(t *testing.T) {
	k := func(name string, f func(*Case)) func(*File) { return func(file *File) { f(file.find(name)) } }
	key := func(k Key) func(*File) { return func(f *File) { f.Keys["k"] = k } }
	for _, tt := range []struct {
		name, want string
		edit       func(*File)
	}{
		{"schema", "schema is", func(f *File) { f.Schema = "jose-corpus/2" }},
		{"source", "licence is missing", func(f *File) { f.Source = "" }},
		{"title", "licence is missing", func(f *File) { f.Title = "" }},
		{"licence", "licence is missing", func(f *File) { f.Licence = "" }},
		{"provenance", "provenance", func(f *File) { f.Provenance = nil }},
		{"provenance line", "provenance", func(f *File) { f.Provenance = []string{"p", ""} }},
		{"no case", "no case", func(f *File) { f.Cases = nil }},

		{"key without a form", "no form", key(Key{Comment: "c"})},
		{"jwk that is no object", "jwk is not", key(Key{JWK: json.RawMessage("[]")})},
		{"public_jwk null", "public_jwk is not", key(Key{PEM: "p", PublicJWK: json.RawMessage("null")})},
		{"set that is no object", "set is not", key(Key{Set: json.RawMessage("[]")})},
		{"short_secret without secret", "short_secret", key(Key{PEM: "p", ShortSecret: true})},

		{"no id", "id", k("jws", func(c *Case) { c.ID = "" })},
		{"space in id", "id", k("jws", func(c *Case) { c.ID = "a b" })},
		{"id not ASCII", "id", k("jws", func(c *Case) { c.ID = "é" })},
		{"long id", "id", k("jws", func(c *Case) { c.ID = strings.Repeat("a", maxID+1) })},
		{"id twice", "twice", k("jws", func(c *Case) { c.ID = "jwt" })},
		{"kind", "unknown kind", k("jws", func(c *Case) { c.Kind = "JWS" })},
		{"section", "section", k("jws", func(c *Case) { c.Section = "" })},
		{"comment", "comment", k("jws", func(c *Case) { c.Comment = "" })},
		{"empty tag", "tag", k("jws", func(c *Case) { c.Tags = []string{""} })},
		{"unknown form", "form", k("jws", func(c *Case) { c.Form = "json" })},
		{"form of another kind", "form", k("jwk", func(c *Case) { c.Form = "jwk-set" })},

		{"no level", "unknown level", k("jws", func(c *Case) { c.Level = "" })},
		{"level", "unknown level", k("jws", func(c *Case) { c.Level = "MUST" })},
		{"must without requirement", "requirements", k("jws", func(c *Case) { c.Requirements = nil })},
		{"should without requirement", "requirements", k("jwk", func(c *Case) { c.Level = "should" })},
		{"five requirements", "requirements", k("jws", func(c *Case) {
			c.Requirements = []string{"7515-3-1", "7515-3-2", "7515-3-3", "7515-3-4", "7515-3-5"}
		})},
		{"requirement that is no id", "is no id", k("jws", func(c *Case) { c.Requirements = []string{"7515-3-1", "7515-3"} })},
		{"empty requirement", "is no id", k("jws", func(c *Case) { c.Requirements = []string{"7515-3-1", ""} })},
		{"requirement twice", "is no id", k("jws", func(c *Case) { c.Requirements = []string{"7515-3-1", "7515-3-1"} })},
		{"section of no requirement", "that of no requirement", k("jws", func(c *Case) { c.Section = "RFC 7515, Section 3.1" })},

		{"expect", "unknown expect", k("jws", func(c *Case) { c.Expect = "" })},
		{"class", "unknown class", k("jws", func(c *Case) { c.Expect, c.Class = "reject", "invalid" })},
		{"reject without class", "class", k("jws", func(c *Case) { c.Expect = "reject" })},
		{"accept with class", "class", k("jws", func(c *Case) { c.Class = "malformed" })},
		{"accept with choice", "choice", k("jws", func(c *Case) { c.Choice = "c" })},
		{"either without choice", "choice", k("jws", func(c *Case) { c.Expect = "either" })},

		{"unknown alg", "unknown alg", k("jws", func(c *Case) { c.Alg = "HS256" })},
		{"no alg", "with alg", k("jws", func(c *Case) { c.Alg = "" })},
		{"JWE alg for a JWS", "with alg", k("jws", func(c *Case) { c.Alg = "RSA-OAEP" })},
		{"JWS alg for a JWE", "with alg", k("jwe", func(c *Case) { c.Alg = "RS256" })},
		{"alg for a thumbprint", "with alg", k("thumbprint", func(c *Case) { c.Alg = "RS256" })},
		{"no key", "another set of key", k("jws", func(c *Case) { c.Key = "" })},
		{"key that is not there", "no key", k("jws", func(c *Case) { c.Key = "K" })},
		{"key for a jwk", "another set of key", k("jwk", func(c *Case) { c.Key = "k" })},
		{"no inner key", "another set of key", k("nested", func(c *Case) { c.InnerKey = "" })},
		{"no inner alg", "another set of key", k("nested-jwt", func(c *Case) { c.InnerAlg = "" })},
		{"inner key that is not there", "no key", k("nested", func(c *Case) { c.InnerKey = "K" })},
		{"inner alg of a JWE", "unknown inner_alg", k("nested", func(c *Case) { c.InnerAlg = "RSA-OAEP" })},
		{"inner key for a JWS", "another set of key", k("jws", func(c *Case) { c.InnerKey = "k" })},
		{"no role", "role", k("jwk", func(c *Case) { c.Role = "" })},
		{"unknown role", "role", k("jwk", func(c *Case) { c.Role = "secret" })},
		{"role for a JWS", "role", k("jws", func(c *Case) { c.Role = "public" })},

		{"no token", "want one of token", k("jws", func(c *Case) { c.Token = "" })},
		{"token and parts", "want one of token", k("jws", func(c *Case) { c.TokenParts = []Part{{Text: "a"}} })},
		{"token and input", "want one of token", k("jws", func(c *Case) { c.Input = "a" })},
		{"no input", "want one of input", k("jwk", func(c *Case) { c.Input = "" })},
		{"input and input_b64u", "want one of input", k("jwk", func(c *Case) { c.InputB64u = "AA" })},
		{"input and token", "want one of input", k("jwk", func(c *Case) { c.Token = "a" })},
		{"negative repeat", "negative", k("jws", func(c *Case) { c.Token, c.TokenParts = "", []Part{{"a", -1}} })},
		{"parts too long", "more than", k("jws", func(c *Case) { c.Token, c.TokenParts = "", []Part{{"a", maxText}, {"b", 1}} })},
		{"part too long", "more than", k("jwk", func(c *Case) { c.Input, c.InputParts = "", []Part{{"ab", 1<<31 - 1}} })},
		{"input_b64u", "input_b64u", k("jwk", func(c *Case) { c.Input, c.InputB64u = "", "AB" })},
		{"no output", "output", k("thumbprint", func(c *Case) { c.Output = nil })},
		{"output for a jwk", "output", k("jwk", func(c *Case) { c.Output = ptr("o") })},
		{"output of a refusal", "output", k("base64url", func(c *Case) { c.Expect, c.Class = "reject", "malformed" })},

		{"no payload", "payload is missing", k("jws", func(c *Case) { c.Payload, c.Reproduce = nil, false })},
		{"detached without payload", "payload is missing", k("jws", func(c *Case) {
			c.Payload, c.Reproduce, c.Detached, c.Form, c.Expect, c.Class = nil, false, true, "detached", "reject", "malformed"
		})},
		{"payload of a key", "no use", k("jwk", func(c *Case) { c.Payload = ptr("p") })},
		{"payload twice", "payload and", k("jws", func(c *Case) { c.PayloadB64u = ptr("gA") })},
		{"payload_b64u padded", "not base64url", k("jws", func(c *Case) { c.Payload, c.PayloadB64u = nil, ptr("gA==") })},
		{"payload_b64u with line break", "not base64url", k("jws", func(c *Case) { c.Payload, c.PayloadB64u = nil, ptr("gA\n") })},
		{"payload_b64u of text", "is UTF-8", k("jws", func(c *Case) { c.Payload, c.PayloadB64u = nil, ptr("YQ") })},
		{"detached by form only", "detached", k("jws", func(c *Case) { c.Form = "detached" })},
		{"detached by field only", "detached", k("jws", func(c *Case) { c.Detached = true })},
		{"no policy", "policy", k("jwt", func(c *Case) { c.Policy = nil })},
		{"no time", "policy", k("nested-jwt", func(c *Case) { c.At = nil })},
		{"policy for a JWS", "policy", k("jws", func(c *Case) { c.Policy = &Policy{} })},
		{"check without token", "check", k("jwk", func(c *Case) { c.Check = map[string]json.RawMessage{"a": json.RawMessage("1")} })},
		{"reproduce without header", "reproduce", k("jws", func(c *Case) { c.Header = "" })},
		{"reproduce a refusal", "reproduce", k("jws", func(c *Case) { c.Expect, c.Class = "reject", "malformed" })},
		{"reproduce ES512", "reproduce", k("jws", func(c *Case) { c.Alg = "ES512" })},
		{"cek without iv", "cek", k("jwe", func(c *Case) { c.IV = "" })},
		{"short cek", "cek", k("jwe", func(c *Case) { c.CEK = "AAAA" })},
		{"long iv", "cek", k("jwe", func(c *Case) { c.IV = strings.Repeat("A", 20) })},
		{"cek without header", "cek", k("jwe", func(c *Case) { c.Header = "" })},
		{"cek of a JWS", "cek", k("jws", func(c *Case) { c.CEK, c.IV = strings.Repeat("A", 43), strings.Repeat("A", 16) })},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := valid()
			tt.edit(f)
			refused(t, marshal(t, f), tt.want)
		})
	}
}

// TestParse_JSON is about what encoding/json alone would let pass.
func TestParse_JSON(t *testing.T) {
	data := string(marshal(t, valid()))
	replace := func(old, new string) string {
		if !strings.Contains(data, old) {
			t.Fatalf("the valid file has no %s", old)
		}
		return strings.Replace(data, old, new, 1)
	}
	for _, tt := range []struct{ name, want, data string }{
		{"empty", "unexpected end", ""},
		{"null", "schema is", "null"},
		{"an array", "cannot unmarshal", "[]"},
		{"cut off", "unexpected end", data[:len(data)/2]},
		{"a second value", "after top-level value", data + "{}"},
		{"text behind", "after top-level value", data + "x"},
		{"unknown member", "unknown member", replace(`"title"`, `"titel"`)},
		{"member in another case", "unknown member", replace(`"title"`, `"Title"`)},
		{"the name of the file", "unknown member", replace(`"title": "t"`, `"title": "t", "-": "n"`)},
		{"unknown member of a case", "unknown member", replace(`"id"`, `"positive": "p", "id"`)},
		{"unknown member of a key", "unknown member", replace(`"jwk":`, `"jku": "u", "jwk":`)},
		{"unknown member of a policy", "unknown member", replace(`"any_issuer"`, `"any_Issuer"`)},
		{"member twice", "twice", replace(`"title"`, `"source": "s", "title"`)},
		{"member twice, escaped", "twice", replace(`"title"`, `"\u0073ource": "s", "title"`)},
		{"member of a jwk twice", "twice", replace(`"kty": "oct"`, `"kty": "oct", "kty": "oct"`)},
		{"key twice", "twice", replace(`"keys": {`, `"keys": {"k": {"pem": "p"},`)},
		{"string for a number", "cannot unmarshal", replace(`"at": 0`, `"at": "0"`)},
		{"number out of range", "cannot unmarshal", replace(`"at": 0`, `"at": 9223372036854775808`)},
		{"not UTF-8", "UTF-8", replace(`"title": "t"`, "\"title\": \"\xff\"")},
		{"lone surrogate", "surrogate", replace(`"title": "t"`, `"title": "\ud800"`)},
		{"low surrogate first", "surrogate", replace(`"title": "t"`, `"title": "\udc00\ud800"`)},
		{"nested too deep", "depth", replace(`"kty": "oct"`, `"a": `+strings.Repeat("[", 20000)+strings.Repeat("]", 20000))},
	} {
		t.Run(tt.name, func(t *testing.T) { refused(t, []byte(tt.data), tt.want) })
	}
	for _, title := range []string{`\ud83d\ude00`, `\\ud800`, `\"\u00e9`} {
		if _, err := Parse("f", []byte(replace(`"title": "t"`, `"title": "`+title+`"`))); err != nil {
			t.Errorf("title %s: %v", title, err)
		}
	}
	refused(t, append([]byte(data), bytes.Repeat([]byte(" "), maxFileSize+1-len(data))...), "more than")
	if _, err := Parse("f", append([]byte(data), bytes.Repeat([]byte(" "), maxFileSize-len(data))...)); err != nil {
		t.Errorf("a file of the greatest size: %v", err)
	}
}

func refused(t *testing.T, data []byte, want string) {
	t.Helper()
	f, err := Parse("f.json", data)
	if err == nil {
		t.Fatal("accepted")
	}
	if f != nil {
		t.Error("a file beside the error")
	}
	if msg := err.Error(); !strings.HasPrefix(msg, "vectors: f.json: ") || !strings.Contains(msg, want) {
		t.Errorf("error %q, want one about %q", msg, want)
	}
}

func TestLoadFS(t *testing.T) {
	one := marshal(t, valid())
	other := valid()
	for i := range other.Cases {
		other.Cases[i].ID = "other/" + other.Cases[i].ID
	}
	two := marshal(t, other)
	dir := func(files ...*fstest.MapFile) fstest.MapFS {
		m := fstest.MapFS{"README.md": {Data: []byte("#")}, "sub/c.json": {Data: []byte("not read")}}
		for i, f := range files {
			m[fmt.Sprintf("f%04d.json", i)] = f
		}
		return m
	}
	file := func(data []byte) *fstest.MapFile { return &fstest.MapFile{Data: data} }

	files, err := LoadFS(dir(file(one), file(two)))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 2 || files[0].Name != "f0000.json" || files[1].Name != "f0001.json" {
		t.Errorf("got %d files, want f0000.json and f0001.json", len(files))
	}

	many := make([]*fstest.MapFile, maxFiles+1)
	for i := range many {
		many[i] = file(nil)
	}
	for _, tt := range []struct {
		name, want string
		fsys       fs.FS
	}{
		{"no file", "no file", dir()},
		{"too many files", "at most", dir(many...)},
		{"no case", "no case", dir(file([]byte(`{"schema":"jose-corpus/1","source":"s","title":"t","provenance":["p"],"licence":"l","cases":[]}`)))},
		{"a bad file after a good one", "unexpected end", dir(file(one), file(nil))},
		{"an id in two files", "is also in", dir(file(one), file(one))},
		{"a folder", "not a regular file", dir(&fstest.MapFile{Mode: fs.ModeDir})},
		{"a named pipe", "not a regular file", dir(&fstest.MapFile{Mode: fs.ModeNamedPipe, Data: one})},
		{"a file too big", "more than", dir(file(make([]byte, maxFileSize+1)))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files, err := LoadFS(tt.fsys)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one about %q", err, tt.want)
			}
			if files != nil {
				t.Error("files beside the error")
			}
		})
	}
}

// TestLoad checks that the embedded files are in the form that Marshal writes,
// so that a change shows as a small difference.
func TestLoad(t *testing.T) {
	files, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		f := &files[i]
		data, err := embedded.ReadFile(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(marshal(t, f), data) {
			t.Errorf("%s is not as Marshal writes it", f.Name)
		}
	}
}

// TestREADME checks that the README knows each member and each value.
func TestREADME(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	words := slices.Concat(classes, expects, allAlgs)
	for name, k := range kinds {
		words = append(append(words, name), k.forms...)
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[File](), reflect.TypeFor[Key](), reflect.TypeFor[Case](), reflect.TypeFor[Policy]()} {
		for i := range typ.NumField() {
			if name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ","); name != "-" {
				words = append(words, name)
			}
		}
	}
	for _, w := range words {
		if !strings.Contains(string(readme), "`"+w+"`") && !slices.Contains(allAlgs, w) || !strings.Contains(string(readme), w) {
			t.Errorf("README.md does not have %s", w)
		}
	}
	for _, f := range published(t) {
		if !strings.Contains(string(readme), "| "+f.Name+" |") {
			t.Errorf("README.md does not have %s", f.Name)
		}
	}
}

func TestCase_Text(t *testing.T) {
	parts := []Part{{Text: "a."}, {"b", 3}, {"", 1<<31 - 1}, {".c", 1}}
	if got := (&Case{TokenParts: parts}).TokenText(); got != "a.bbb.c" {
		t.Errorf("token %q", got)
	}
	if got := (&Case{Token: "a.b.c"}).TokenText(); got != "a.b.c" {
		t.Errorf("token %q", got)
	}
	if got := (&Case{InputParts: parts}).InputText(); got != "a.bbb.c" {
		t.Errorf("input %q", got)
	}
	if got := (&Case{Input: "{}"}).InputText(); got != "{}" {
		t.Errorf("input %q", got)
	}
	if got := (&Case{InputB64u: "MIL_"}).InputText(); got != "\x30\x82\xff" {
		t.Errorf("input %q", got)
	}
	if got := (&Case{TokenParts: []Part{{"a", maxText}}}).TokenText(); len(got) != maxText {
		t.Errorf("the longest token has %d octets", len(got))
	}
	// Parse refuses these; a Case made by hand must not exhaust memory either.
	for _, parts := range [][]Part{{{"a", maxText + 1}}, {{"abc", 1<<31 - 1}, {"abc", 1<<31 - 1}, {"abc", 1<<31 - 1}}} {
		if got := (&Case{TokenParts: parts}).TokenText(); got != "" {
			t.Errorf("a token of %d octets", len(got))
		}
	}
}

func TestCase_PayloadBytes(t *testing.T) {
	for _, tt := range []struct {
		name string
		c    Case
		want string
		ok   bool
	}{
		{"none", Case{}, "", false},
		{"empty", Case{Payload: ptr("")}, "", true},
		{"text", Case{Payload: ptr("é")}, "é", true},
		{"octets", Case{PayloadB64u: ptr("_w")}, "\xff", true},
		{"not base64url", Case{PayloadB64u: ptr("_x")}, "", false},
	} {
		got, ok := tt.c.PayloadBytes()
		if string(got) != tt.want && ok || ok != tt.ok {
			t.Errorf("%s: %q, %v", tt.name, got, ok)
		}
	}
}

// FuzzParse checks that what parses is written back so that it parses to the
// same, and that its texts are bounded.
func FuzzParse(f *testing.F) {
	files, err := Load()
	if err != nil {
		f.Fatal(err)
	}
	for i := range files {
		small := files[i]
		small.Cases = small.Cases[:1]
		f.Add(marshal(f, &small))
	}
	f.Add(marshal(f, valid()))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse("f", data)
		if err != nil {
			return
		}
		again, err := Parse("f", marshal(t, file))
		if err != nil {
			t.Fatalf("written again: %v", err)
		}
		if !bytes.Equal(marshal(t, again), marshal(t, file)) {
			t.Fatal("written again it is another file")
		}
		for i := range file.Cases {
			c := &file.Cases[i]
			if len(c.TokenText()) > maxText || len(c.InputText()) > maxText {
				t.Fatalf("case %s: a text beyond the bound", c.ID)
			}
			if c.InputB64u != "" && base64.RawURLEncoding.EncodeToString([]byte(c.InputText())) != c.InputB64u {
				t.Fatalf("case %s: input_b64u is not what was decoded", c.ID)
			}
		}
	})
}
