package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/jose/conformance/judge"
	"example.com/jose/conformance/report"
	"example.com/jose/vectors"
)

// wycheproofDir writes files in the shape of Wycheproof's, with keys of the
// built-in corpus and tokens made here.
func wycheproofDir(t *testing.T) string {
	t.Helper()
	own, err := vectors.Load()
	if err != nil {
		t.Fatal(err)
	}
	es512 := caseOf(t, own, "rfc7515/A.4")
	var ec map[string]any
	if err := json.Unmarshal(judge.MakeKey(keyOf(t, own, "rfc7515/A.4"), false).JWK, &ec); err != nil {
		t.Fatal(err)
	}
	ec["alg"] = "ES521"
	hs256 := map[string]any{"kty": "oct", "alg": "HS256", "kid": "h", "k": b64.EncodeToString(hs512Secret[:32])}
	hs512 := map[string]any{"kty": "oct", "alg": "HS512", "kid": "k", "k": b64.EncodeToString(hs512Secret)}
	oaep := caseOf(t, own, "rfc7516/A.1")
	flag := []string{"Modified"}
	hs256Token := func(header string) string {
		input := b64.EncodeToString([]byte(header)) + ".e30"
		mac := hmac.New(sha256.New, hs512Secret[:32])
		mac.Write([]byte(input))
		return input + "." + b64.EncodeToString(mac.Sum(nil))
	}
	type m = map[string]any
	test := func(id int, member string, token any, result string, more ...any) m {
		out := m{"tcId": id, "comment": "c", "flags": []string{}, member: token, "result": result}
		for i := 0; i < len(more); i += 2 {
			out[more[i].(string)] = more[i+1]
		}
		return out
	}
	dir := t.TempDir()
	write := func(name string, groups ...m) {
		n := 0
		for _, g := range groups {
			n += len(g["tests"].([]m))
		}
		data, err := json.Marshal(m{"numberOfTests": n, "schema": "x", "notes": m{}, "testGroups": groups})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(dir, "testvectors_v1"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "testvectors_v1", name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("json_web_signature_test.json",
		m{"comment": "hs512", "private": hs512, "tests": []m{
			test(1, "jws", hs512Token("e30"), "valid"),
			test(2, "jws", hs512Token("e30")[:20], "invalid", "flags", flag),
			test(3, "jws", m{"payload": "e30", "signatures": []m{}}, "invalid"),
			test(4, "jws", hs512Sign(`{"alg":"HS512","zip":"DEF"}`, "e30"), "acceptable"),
		}},
		m{"comment": "hs256", "private": hs256, "tests": []m{
			test(5, "jws", hs256Token(`{"alg":"HS256"}`), "valid"),
			test(6, "jws", "x", "invalid"),
			test(7, "jws", "?"+hs256Token(`{"alg":"HS256"}`), "valid"),
		}},
		m{"comment": "rfc7520", "private": ec, "public": ec, "tests": []m{test(8, "jws", es512.Token, "valid")}},
		m{"comment": "jws_rsa_roca_key", "private": hs512, "tests": []m{test(9, "jws", hs512Token("e30"), "invalid")}},
	)
	write("json_web_key_test.json", m{"comment": "set", "private": m{"keys": []m{hs512}}, "tests": []m{
		test(1, "jws", hs512Sign(`{"alg":"HS512","kid":"k"}`, "e30"), "valid"),
		test(2, "jws", hs512Sign(`{"alg":"HS512","kid":"x"}`, "e30"), "invalid"),
	}})
	plaintext, _ := oaep.PayloadBytes()
	private := keyOf(t, own, "rfc7516/A.1").JWK
	write("json_web_encryption_test.json", m{"comment": "oaep", "private": private, "tests": []m{
		test(1, "jwe", oaep.Token, "valid", "pt", fmt.Sprintf("%x", plaintext)),
		test(2, "jwe", oaep.Token+"AA", "invalid"),
		test(3, "jwe", b64.EncodeToString([]byte(`{"alg":"RSA-OAEP","enc":"A128GCM"}`))+oaep.Token[strings.Index(oaep.Token, "."):], "valid", "pt", ""),
		test(4, "jwe", b64.EncodeToString([]byte(`{"alg":"dir","enc":"A256GCM"}`))+oaep.Token[strings.Index(oaep.Token, "."):], "valid"),
	}})
	return dir
}

func caseOf(t *testing.T, files []vectors.File, id string) *vectors.Case {
	t.Helper()
	for i := range files {
		for j := range files[i].Cases {
			if files[i].Cases[j].ID == id {
				return &files[i].Cases[j]
			}
		}
	}
	t.Fatalf("no case %s", id)
	return nil
}

func keyOf(t *testing.T, files []vectors.File, id string) *vectors.Key {
	t.Helper()
	c := caseOf(t, files, id)
	for i := range files {
		for j := range files[i].Cases {
			if &files[i].Cases[j] == c {
				k := files[i].Keys[c.Key]
				return &k
			}
		}
	}
	return nil
}

func TestWycheproof(t *testing.T) {
	dir := wycheproofDir(t)
	status, found := runJSON(t, "-wycheproof", dir)
	want := map[string]report.Outcome{
		"signature/1": report.Accepted, "signature/2": report.Refused, "signature/3": report.Refused,
		"signature/4": report.Choice, "signature/5": report.Refused, "signature/6": report.Refused, "signature/7": report.Refused,
		"signature/8": report.Choice, "signature/9": report.Choice, "key/1": report.Accepted, "key/2": report.Refused,
		"encryption/1": report.Accepted, "encryption/2": report.Refused, "encryption/3": report.Refused, "encryption/4": report.Refused,
	}
	wantStatus := exitOK
	if fips140only() {
		// Without RSA-OAEP there is no positive control for what is to be refused.
		want["encryption/1"], want["encryption/2"], want["encryption/3"], want["encryption/4"] = report.RefusedValid, report.Void, report.Void, report.Void
		wantStatus = exitDeviations
	}
	im := &found.Implementations[0]
	if status != wantStatus || len(im.Results) != len(want) {
		t.Errorf("status %d, %d results", status, len(im.Results))
	}
	for i, r := range im.Results {
		id := strings.TrimPrefix(r.Case, "wycheproof/")
		if want[id] != r.Outcome {
			t.Errorf("%s: %v (%s), want %v", id, r.Outcome, r.Detail, want[id])
		}
		if scope := strings.HasSuffix(found.Cases[i].Source, "out of scope"); scope != strings.Contains(" signature/5 signature/6 signature/7 encryption/3 encryption/4 ", " "+id+" ") {
			t.Errorf("%s: source %q", id, found.Cases[i].Source)
		}
	}
	for id, text := range map[string]string{"wycheproof/signature/8": `alg is "ES521"`, "wycheproof/signature/9": "ROCA"} {
		for _, c := range found.Cases {
			if c.ID == id && !strings.Contains(c.Choice, text) {
				t.Errorf("%s: the reason %q does not say %q", id, c.Choice, text)
			}
		}
	}
	// The folder of the files themselves is as good.
	if _, again := runJSON(t, "-wycheproof", filepath.Join(dir, "testvectors_v1"), "-run", "key/1"); len(again.Cases) != 1 {
		t.Errorf("%d cases", len(again.Cases))
	}
	// An adapter is run on the same cases, and held to all but the class.
	status, found = runJSON(t, "-wycheproof", dir, "-run", "signature", "-adapter", fakeCommand(t, "accepts everything"))
	n := found.Count(&found.Implementations[0], report.EveryCase)
	if status != exitDeviations || n[report.AcceptedInvalid] != 5 || n[report.Choice] != 3 || n[report.Accepted] != 1 {
		t.Errorf("accepts everything: status %d, %v", status, n)
	}
}

// TestWycheproofHostile: a folder from somebody else is no reason to crash or
// to report success.
func TestWycheproofHostile(t *testing.T) {
	const key = `"private":{"kty":"oct","alg":"HS512","k":"AA"}`
	test := func(s string) string {
		return `{"numberOfTests":1,"testGroups":[{` + key + `,"tests":[` + s + `]}]}`
	}
	for name, text := range map[string]string{
		"empty":          ``,
		"not JSON":       `{`,
		"other JSON":     `[]`,
		"no tests":       `{"numberOfTests":0,"testGroups":[]}`,
		"wrong number":   `{"numberOfTests":2,"testGroups":[{` + key + `,"tests":[{"tcId":1,"jws":"x","result":"valid"}]}]}`,
		"deep":           strings.Repeat("[", 1<<20),
		"no key":         `{"numberOfTests":1,"testGroups":[{"tests":[{"tcId":1,"jws":"x","result":"valid"}]}]}`,
		"key of no type": `{"numberOfTests":1,"testGroups":[{"private":7,"tests":[{"tcId":1,"jws":"x","result":"valid"}]}]}`,
		"no token":       test(`{"tcId":1,"result":"valid"}`),
		"two tokens":     test(`{"tcId":1,"jws":"x","jwe":"x","result":"valid"}`),
		"unknown result": test(`{"tcId":1,"jws":"x","result":"\u001b[2J"}`),
		"bad plaintext":  `{"numberOfTests":1,"testGroups":[{"private":{"alg":"RSA-OAEP"},"tests":[{"tcId":1,"jwe":"eyJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ","result":"valid","pt":"xyz"}]}]}`,
		"null":           `{"numberOfTests":1,"testGroups":[null]}`,
		"twice":          `{"numberOfTests":2,"testGroups":[{` + key + `,"tests":[{"tcId":1,"jws":"x","result":"invalid"},{"tcId":1,"jws":"x","result":"invalid"}]}]}`,
		"huge":           test(`{"tcId":1,"jws":"x","result":"invalid"}`) + strings.Repeat(" ", judge.MaxWycheproofFile),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "json_web_x_test.json"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			status, stdout, stderr := runCommand(t, "-wycheproof", dir)
			if status != exitHarness || stdout != "" || !strings.Contains(stderr, "json_web_x_test.json") || strings.Contains(stderr, "\x1b") || len(stderr) > 3000 {
				t.Errorf("status %d, stdout %q, stderr %.300q", status, stdout, stderr)
			}
		})
	}
	dir := t.TempDir()
	for _, f := range []func() error{
		func() error { return nil }, // no file
		func() error { return os.Mkdir(filepath.Join(dir, "json_web_a.json"), 0o700) },
		func() error { return os.RemoveAll(dir) },
	} {
		if err := f(); err != nil {
			t.Fatal(err)
		}
		if status, _, stderr := runCommand(t, "-wycheproof", dir); status != exitHarness || !strings.Contains(stderr, "json_web_") {
			t.Errorf("status %d, %s", status, stderr)
		}
	}
}
