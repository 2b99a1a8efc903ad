package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/jose"
	"example.com/jose/vectors"
)

var update = flag.Bool("update", false, "write the files in testdata")

// fips140only reports whether this mode of crypto has no RSA-OAEP with SHA-1
// (GODEBUG=fips140=only).
func fips140only() bool {
	files, err := vectors.Load()
	if err != nil {
		panic(err)
	}
	f, name := privateKeyFor(files, "RSA-OAEP")
	priv, err := jose.ParsePrivateKey(f.Keys[name].JWK)
	if err != nil {
		panic(err)
	}
	_, err = priv.Decrypter(jose.RSAOAEP)
	return err != nil
}

// refusedByFIPS140 returns the ids of the cases whose key this mode of crypto
// refuses: none but under GODEBUG=fips140=only, and there those of RSA-OAEP
// with SHA-1, of RSA keys with the public exponent 3, of those whose primes
// have different lengths, and secrets of fewer than 14 octets.
func refusedByFIPS140(t *testing.T) map[string]bool {
	t.Helper()
	ids := make(map[string]bool)
	if !fips140only() {
		return ids
	}
	tasks, _, err := (&options{}).tasks(true)
	if err != nil {
		t.Fatal(err)
	}
	short := regexp.MustCompile(`"k": ?"[A-Za-z0-9_-]{1,18}"`)
	exponent3 := regexp.MustCompile(`"e": ?"Aw"`)
	for _, x := range tasks {
		text := x.request.Input
		if x.request.Key != nil {
			text += string(x.request.Key.JWK)
		}
		if x.Alg == "RSA-OAEP" || exponent3.MatchString(text) || strings.Contains(x.ID, "prime-512-bits") ||
			x.request.Key != nil && x.request.Key.ShortSecret && short.MatchString(text) {
			ids[x.ID] = true
		}
	}
	return ids
}

// TestThisLibrary is the purpose of the command: no deviation, and no case
// whose outcome means nothing.
func TestThisLibrary(t *testing.T) {
	status, report := runJSON(t)
	im := &report.Implementations[0]
	n := report.Count(im, everyCase)
	if n.Total() < 100 || len(report.Sources()) < 5 || n[Accepted] < 50 || n[Refused] < 50 {
		t.Fatalf("only %v", n)
	}
	only := fips140only()
	if only != strings.Contains(os.Getenv("GODEBUG"), "fips140=only") {
		t.Fatalf("RSA-OAEP is refused: %v", only)
	}
	excused := refusedByFIPS140(t)
	for _, r := range im.Results {
		switch {
		case excused[r.Case] && (r.Outcome == RefusedValid || r.Outcome == WrongClass):
			// The constructor refuses the key, whatever the token is.
			if r.Class != "unsupported" {
				t.Errorf("%s: class %q under fips140=only: %s", r.Case, r.Class, r.Detail)
			}
		case excused[r.Case]:
			// Refused before that, or because of that and rightly.
			if r.Outcome < firstGood || r.Outcome == Accepted {
				t.Errorf("%s: %v under fips140=only: %s", r.Case, r.Outcome, r.Detail)
			}
		case r.Outcome < firstGood || r.Outcome == Void || r.Outcome == Unsupported:
			t.Errorf("%s: %v: %s", r.Case, r.Outcome, r.Detail)
		}
	}
	if want := map[bool]int{false: exitOK, true: exitDeviations}[only]; status != want {
		t.Errorf("status %d, want %d", status, want)
	}
	for _, op := range []string{"verify", "verify-jwt", "decrypt", "nested", "nested-jwt", "key", "keyset", "thumbprint", "sign", "encrypt"} {
		if !slices.ContainsFunc(report.Cases, func(c Case) bool { return c.Op == op }) {
			t.Errorf("no case of %s", op)
		}
	}
}

// TestBothWays runs this library as an adapter, beside itself, and compares.
func TestBothWays(t *testing.T) {
	_, report := runJSON(t, "-self", "-adapter", fakeCommand(t, "honest"), "-timeout", "1m")
	self, fake := report.Implementations[0], report.Implementations[1]
	for i := range self.Results {
		a, b := self.Results[i], fake.Results[i]
		if strings.HasSuffix(a.Case, "/again") {
			if b.Outcome != Unsupported {
				t.Errorf("%s: %v", b.Case, b.Outcome)
			}
			continue
		}
		if a.Outcome == WrongClass { // only under fips140=only; an adapter's class is its own business
			a.Outcome = b.Outcome
		}
		if a.Outcome != b.Outcome || a.Class != b.Class {
			t.Errorf("%s: %v %s, as an adapter %v %s (%s)", a.Case, a.Outcome, a.Class, b.Outcome, b.Class, b.Detail)
		}
	}
	if fake.Restarts > 0 || fake.Command == nil {
		t.Errorf("%d restarts, command %q", fake.Restarts, fake.Command)
	}
}

// TestExample compares the adapter in README.md with the one in its folder,
// and runs that.
func TestExample(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("example-adapter/main.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(readme, []byte("\n```go\n"+string(source)+"```\n")) {
		t.Error("README.md does not show example-adapter/main.go as it is")
	}
	exe := filepath.Join(t.TempDir(), "example.exe")
	if out, err := exec.Command("go", "build", "-o", exe, "./example-adapter").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, report := runJSON(t, "-adapter", "'"+exe+"'", "-timeout", "1m")
	excused := refusedByFIPS140(t)
	for _, r := range report.Implementations[0].Results {
		if r.Outcome < firstGood && !excused[r.Case] {
			t.Errorf("%s: %v: %s", r.Case, r.Outcome, r.Detail)
		}
	}
	n := report.Count(&report.Implementations[0], everyCase)
	if n[Void] > 0 || n[Accepted] < 8 || n[Refused] < 8 || n[Unsupported] == 0 {
		t.Errorf("%v", n)
	}
}

// TestReadmeNamesEverything: each flag, outcome and operation is explained.
func TestReadmeNamesEverything(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, _, usage := runCommand(t, "-h")
	words := regexp.MustCompile(`(?m)^  -\w+`).FindAllString(usage, -1)
	if len(words) < 11 {
		t.Fatalf("flags %q", words)
	}
	for i := range words {
		words[i] = strings.TrimSpace(words[i])
	}
	for o := range outcomes {
		words = append(words, o.String())
	}
	for _, op := range ops {
		words = append(words, "`"+op+"`")
	}
	request := reflect.TypeFor[Request]()
	for i := range request.NumField() {
		if name, _, _ := strings.Cut(request.Field(i).Tag.Get("json"), ","); name != "" && name != "protocol" {
			words = append(words, "`"+name+"`")
		}
	}
	for _, word := range words {
		if !bytes.Contains(readme, []byte(word)) {
			t.Errorf("README.md does not mention %s", word)
		}
	}
}

func TestExitStatus(t *testing.T) {
	mini, empty := miniCorpus(t), t.TempDir()
	bad := t.TempDir()
	if err := os.WriteFile(filepath.Join(bad, "x.json"), []byte(`{"schema":"jose-corpus/1"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args   []string
		status int
		last   string // in the last line; "" for none
	}{
		{[]string{"-corpus", mini}, exitOK, "exit status 0: no deviation"},
		{[]string{"-corpus", mini, "-json", "-"}, exitOK, "exit status 0: no deviation"},
		{[]string{"-corpus", mini, "-markdown", filepath.Join(empty, "a.md"), "-json", filepath.Join(empty, "a.js")}, exitOK, "exit status 0"},
		{[]string{"-corpus", mini, "-list"}, exitOK, ""},
		{[]string{"-h"}, exitOK, ""},
		{[]string{"-nosuchflag"}, exitUsage, "exit status 2: usage"},
		{[]string{"argument"}, exitUsage, "exit status 2"},
		{[]string{"-adapter", "'"}, exitUsage, "exit status 2"},
		{[]string{"-adapter", " "}, exitUsage, "exit status 2"},
		{[]string{"-run", "("}, exitUsage, "exit status 2"},
		{[]string{"-run", "no such case"}, exitUsage, "exit status 2"},
		{[]string{"-json", "-", "-markdown", "-"}, exitUsage, "exit status 2"},
		{[]string{"-timeout", "0"}, exitUsage, "exit status 2"},
		{[]string{"-timeout", "1000h"}, exitUsage, "exit status 2"},
		{[]string{"-memory", "0"}, exitUsage, "exit status 2"},
		{[]string{"-corpus", empty + "/nothing"}, exitHarness, "exit status 3"},
		{[]string{"-corpus", empty}, exitHarness, "exit status 3"},
		{[]string{"-corpus", bad}, exitHarness, "exit status 3"},
		{[]string{"-corpus", mini, "-corpus", mini}, exitHarness, "exit status 3"},
		{[]string{"-corpus", mini, "-adapter", empty + "/nothing"}, exitHarness, "exit status 3"},
		{[]string{"-corpus", mini, "-json", empty + "/no/file"}, exitHarness, "exit status 3"},
	} {
		status, stdout, stderr := runCommand(t, tt.args...)
		if status != tt.status {
			t.Errorf("%q: status %d, want %d\n%s%s", tt.args, status, tt.status, stdout, stderr)
		}
		lines := strings.Split(strings.TrimSuffix(stdout+stderr, "\n"), "\n")
		if last := lines[len(lines)-1]; tt.last != "" && !strings.HasPrefix(last, tt.last) {
			t.Errorf("%q: the last line is %q", tt.args, last)
		}
	}
}

// TestExplain: the first argument chooses the other command.
func TestExplain(t *testing.T) {
	if status, stdout, _ := runCommand(t, "explain", "-h"); status != 0 || !strings.Contains(stdout, "usage: explain") {
		t.Errorf("status %d, %s", status, stdout)
	}
	if status, _, stderr := runCommand(t, "explain"); status != 2 || !strings.Contains(stderr, "explain") {
		t.Errorf("status %d, %s", status, stderr)
	}
}

// TestCorpusBounds: a small file can describe large tokens.
func TestCorpusBounds(t *testing.T) {
	payload := ""
	f := vectors.File{Keys: map[string]vectors.Key{"k": {JWK: hs512JWK()}}}
	for range 5 {
		f.Cases = append(f.Cases, vectors.Case{Kind: "jws", Key: "k", Payload: &payload, TokenParts: []vectors.Part{{Text: "a", Repeat: 60 << 20}}})
	}
	if _, err := corpusTasks([]vectors.File{f}); err == nil || !strings.Contains(err.Error(), "octets of tokens") {
		t.Errorf("tokens: %v", err)
	}
	f.Cases = []vectors.Case{{Kind: "jws", Key: "k", Token: "a"}}
	for i := range maxTags + 1 {
		f.Cases[0].Tags = append(f.Cases[0].Tags, strings.Repeat("t", i%30)+string(rune('a'+i/30)))
	}
	if _, err := corpusTasks([]vectors.File{f}); err == nil || !strings.Contains(err.Error(), "tags") {
		t.Errorf("tags: %v", err)
	}
}

// TestPrivateSets: a JWK Set over the bound on private RSA keys is too large for the corpus, and no RFC has a
// bound. It counts the keys that are passed over like those that are used.
func TestPrivateSets(t *testing.T) {
	files, err := vectors.Load()
	if err != nil {
		t.Fatal(err)
	}
	file, name := privateKeyFor(files, "RS256")
	good := file.Keys[name].JWK
	var members map[string]any
	if err := json.Unmarshal(good, &members); err != nil || len(members["n"].(string)) != 342 { // 256 octets
		t.Fatalf("%s is no private key of 2048 bits: %v", name, err)
	}
	members["qi"] = "AQ"
	bad, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		good, bad int
		class     string
	}{{1, 0, ""}, {1, 15, ""}, {1, 16, "key"}, {16, 0, ""}, {17, 0, "key"}, {0, 1, "key"}} {
		keys := slices.Concat(slices.Repeat([]string{string(good)}, tt.good), slices.Repeat([]string{string(bad)}, tt.bad))
		for i, k := range keys { // each with a kid of its own
			keys[i] = fmt.Sprintf(`{"kid":"%d",`, i) + strings.TrimPrefix(k, "{")
		}
		r := &Request{Op: "keyset", Alg: "RS256", Role: "private", Input: `{"keys":[` + strings.Join(keys, ",") + "]}"}
		if reply := selfDo(r); reply.Class != tt.class || *reply.OK != (tt.class == "") {
			t.Errorf("%d good keys and %d bad ones: class %q, %s; want %q", tt.good, tt.bad, reply.Class, reply.Error, tt.class)
		}
	}
}

// TestSelect: what is to be refused brings a positive control along.
func TestSelect(t *testing.T) {
	mini := miniCorpus(t)
	for pattern, want := range map[string]string{
		"mini/crit":       "mini/valid mini/crit",
		"crit|large":      "mini/crit mini/large",
		"mini/valid":      "mini/valid",
		"^mini/signature": "mini/valid mini/signature",
	} {
		_, report := runJSON(t, "-corpus", mini, "-run", pattern)
		var ids []string
		for _, c := range report.Cases {
			ids = append(ids, c.ID)
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("-run %q: %s, want %s", pattern, got, want)
		}
	}
}

// TestVoid: the narrowest group that has a positive control decides.
func TestVoid(t *testing.T) {
	type c struct {
		op, alg, form, expect string
		outcome, want         Outcome
	}
	for name, cases := range map[string][]c{
		"same group":    {{"verify", "a", "f", "accept", Accepted, Accepted}, {"verify", "a", "f", "reject", Refused, Refused}},
		"control fails": {{"verify", "a", "f", "accept", RefusedValid, RefusedValid}, {"verify", "a", "f", "reject", Refused, Void}},
		"unsupported":   {{"verify", "a", "f", "accept", Unsupported, Unsupported}, {"verify", "a", "f", "reject", Refused, Void}},
		"another form is no excuse": {{"verify", "a", "f", "accept", RefusedValid, RefusedValid},
			{"verify", "a", "g", "accept", Accepted, Accepted}, {"verify", "a", "f", "reject", Refused, Void}},
		"wider group":      {{"verify", "a", "g", "accept", Accepted, Accepted}, {"verify", "a", "f", "reject", Refused, Refused}},
		"widest group":     {{"verify", "b", "g", "accept", Accepted, Accepted}, {"verify", "a", "f", "reject", Refused, Refused}},
		"no control":       {{"key", "a", "f", "accept", Accepted, Accepted}, {"verify", "a", "f", "reject", Refused, Void}},
		"accepted is not":  {{"verify", "a", "f", "accept", RefusedValid, RefusedValid}, {"verify", "a", "f", "reject", AcceptedInvalid, AcceptedInvalid}},
		"choice is no one": {{"verify", "a", "f", "either", Choice, Choice}, {"verify", "a", "f", "reject", Refused, Void}},
	} {
		var tasks []task
		var results []Result
		for _, x := range cases {
			tasks = append(tasks, task{Case: Case{Op: x.op, Alg: x.alg, Form: x.form, Expect: x.expect}})
			results = append(results, Result{Outcome: x.outcome})
		}
		voidUncontrolled(tasks, results)
		for i, x := range cases {
			if results[i].Outcome != x.want {
				t.Errorf("%s: case %d is %v, want %v", name, i, results[i].Outcome, x.want)
			}
		}
	}
}

func TestJudge(t *testing.T) {
	yes, no, why := true, false, "why"
	payload := b64.EncodeToString([]byte(`{"a":1}`))
	spaced := b64.EncodeToString([]byte(`{ "a" : 1.0 }`))
	accept := task{Case: Case{Op: "verify", Expect: "accept"}, want: []byte(`{"a":1}`), stated: true}
	detached, jwt := accept, accept
	detached.request.DetachedPayload = &payload
	jwt.Op = "verify-jwt"
	reject := task{Case: Case{Op: "verify", Expect: "reject", Class: "signature"}}
	either := task{Case: Case{Op: "verify", Expect: "either", Class: "malformed", Choice: "x"}}
	for _, tt := range []struct {
		name   string
		task   task
		reply  Reply
		strict bool
		want   Outcome
	}{
		{"accepted", accept, Reply{OK: &yes, Payload: payload}, true, Accepted},
		{"refused", accept, Reply{OK: &no}, true, RefusedValid},
		{"no payload", accept, Reply{OK: &yes}, false, WrongPayload},
		{"payload spelled otherwise", accept, Reply{OK: &yes, Payload: spaced}, false, WrongPayload},
		{"claims spelled otherwise", jwt, Reply{OK: &yes, Payload: spaced}, false, Accepted},
		{"claims spelled otherwise, this library", jwt, Reply{OK: &yes, Payload: spaced}, true, WrongPayload},
		{"detached, not repeated", detached, Reply{OK: &yes}, false, Accepted},
		{"detached, not repeated, this library", detached, Reply{OK: &yes}, true, WrongPayload},
		{"padding", accept, Reply{OK: &yes, Payload: "AA=="}, false, BrokenReply},
		{"line break", accept, Reply{OK: &yes, Payload: payload + "\n"}, false, BrokenReply},
		{"rightly refused", reject, Reply{OK: &no, Class: "signature"}, true, Refused},
		{"other class", reject, Reply{OK: &no, Class: "malformed"}, true, WrongClass},
		{"other class, adapter", reject, Reply{OK: &no, Class: "malformed"}, false, Refused},
		{"wrongly accepted", reject, Reply{OK: &yes}, false, AcceptedInvalid},
		{"unsupported", reject, Reply{Unsupported: &why}, false, Unsupported},
		{"choice: refused", either, Reply{OK: &no, Class: "malformed"}, true, Choice},
		{"choice: accepted", either, Reply{OK: &yes}, false, Choice},
		{"choice: not this library's", either, Reply{OK: &yes}, true, WrongClass},
	} {
		if got := tt.task.judge(tt.reply, tt.strict); got.Outcome != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got.Outcome, tt.want)
		}
	}
}

// TestMadeTokens: what is signed or encrypted is read back, header included,
// and what is made again is compared.
func TestMadeTokens(t *testing.T) {
	files, err := vectors.Load()
	if err != nil {
		t.Fatal(err)
	}
	made, err := makerTasks(files)
	if err != nil {
		t.Fatal(err)
	}
	corpus, err := corpusTasks(files)
	if err != nil {
		t.Fatal(err)
	}
	find := func(id string) *task {
		for _, list := range [][]task{made, corpus} {
			for i := range list {
				if list[i].ID == id {
					return &list[i]
				}
			}
		}
		t.Fatalf("no task %s", id)
		return nil
	}
	token := func(id string) string { return selfDo(&find(id).request).Token }
	for _, tt := range []struct {
		id, token string
		want      Outcome
	}{
		{"sign/RS256/compact/1", token("sign/RS256/compact/1"), Accepted},
		{"sign/RS256/compact/1", token("sign/RS256/compact/3"), WrongOutput}, // another payload
		{"sign/RS256/compact/1", token("sign/HS512/compact/1"), WrongOutput}, // another algorithm
		{"sign/RS256/compact/1", "", WrongOutput},
		{"sign/HS512/compact/2", hs512Token(""), WrongOutput},                 // another key
		{"sign/ES512/detached/1", token("sign/ES512/compact/1"), WrongOutput}, // not detached
		{"rfc7515/A.2/again", find("rfc7515/A.2").request.Token, Accepted},
		{"rfc7515/A.2/again", find("rfc7520/4.1").request.Token, WrongOutput},
		{"rfc7515/A.4/again", find("rfc7515/A.4").request.Token, Accepted}, // ES512 need not be the same
	} {
		yes := true
		if got := find(tt.id).judge(Reply{OK: &yes, Token: tt.token}, false); got.Outcome != tt.want {
			t.Errorf("%s: %v (%s), want %v", tt.id, got.Outcome, got.Detail, tt.want)
		}
	}
	// The same but for a space, which the header must not have gained.
	spaced := find("rfc7515/A.2/again").request
	spaced.exactHeader = " " + spaced.exactHeader
	yes := true
	if got := find("rfc7515/A.2/again").judge(Reply{OK: &yes, Token: selfDo(&spaced).Token}, true); got.Outcome != WrongOutput || got.Detail != "not the same token" {
		t.Errorf("other header: %v (%s)", got.Outcome, got.Detail)
	}
	// Header members that were asked for are looked at, too.
	var withoutHeader = find("sign/HS512/compact/2").request
	withoutHeader.Header = nil
	if got := find("sign/HS512/compact/2").judge(Reply{OK: &yes, Token: selfDo(&withoutHeader).Token}, false); got.Outcome != WrongOutput || !strings.Contains(got.Detail, "header member") {
		t.Errorf("without header: %v (%s)", got.Outcome, got.Detail)
	}
}

func TestSplitCommand(t *testing.T) {
	for in, want := range map[string][]string{
		`a`:                        {"a"},
		"  a\tb\nc  ":              {"a", "b", "c"},
		`'a b' "c d" e\ f`:         {"a b", "c d", "e f"},
		`a'b'"c"d`:                 {"abcd"},
		`'' ""`:                    {"", ""},
		`"a\"b\\c\$d\e"`:           {`a"b\c$d\e`},
		`'a\b"c'`:                  {`a\b"c`},
		`"it's"`:                   {"it's"},
		`\\ \'`:                    {`\`, `'`},
		`$HOME * ; | && > x # y ~`: {"$HOME", "*", ";", "|", "&&", ">", "x", "#", "y", "~"},
		`é`:                        {"é"},
	} {
		if got, err := splitCommand(in); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", "  ", `'`, `a'b`, `"`, `"a\"`, `a\`, "a\x00"} {
		if got, err := splitCommand(in); err == nil {
			t.Errorf("%q: no error, %q", in, got)
		}
	}
}

func FuzzSplitCommand(f *testing.F) {
	f.Add(`a 'b c' "d\"e" \f`)
	f.Fuzz(func(t *testing.T, s string) {
		words, err := splitCommand(s)
		if err != nil {
			return
		}
		var quoted []string
		for _, w := range words {
			quoted = append(quoted, `'`+strings.ReplaceAll(w, `'`, `'\''`)+`'`)
		}
		if again, err := splitCommand(strings.Join(quoted, " ")); err != nil || !slices.Equal(again, words) {
			t.Errorf("%q: %q, quoted %q, %v", s, words, again, err)
		}
	})
}

func FuzzReplies(f *testing.F) {
	for _, s := range []string{`{"id":"x","ok":true,"payload":"e30"}`, `{"id":"x","unsupported":"y"}`, `{"name":"a","supports":{"alg":null}}`, "[", "\x1b"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		if r, err := parseReply(line, "x"); err == nil {
			res := (&task{Case: Case{ID: "x", Expect: "reject", Op: "verify"}}).judge(r, false)
			if res.Detail != printable(res.Detail, 1000) || res.Reply != printable(res.Reply, 1000) {
				t.Errorf("not printable: %q", res)
			}
		} else if err.Error() != printable(err.Error(), 10000) {
			t.Errorf("not printable: %q", err)
		}
		if h, err := parseHello(line); err == nil && (h.Name == "" || h.Name != printable(h.Name, 200)) {
			t.Errorf("hello %+v", h)
		}
	})
}

// sample is a small report with an outcome of each kind.
func sample(implementations int) *Report {
	r := &Report{Schema: reportSchema, Date: "2026-11-22", Corpus: "Built-in corpus"}
	for o := range outcomes {
		source := "RFC 7515"
		if o > Crashed {
			source = "hostile | JWS"
		}
		r.Cases = append(r.Cases, Case{ID: "case/" + o.String(), Source: source, Section: "RFC 7515, Section 2", Comment: "why", Op: "verify", Expect: "reject", Tags: []string{"tag " + source}})
	}
	for i := range implementations {
		im := Implementation{Name: "library", Version: strings.Repeat("1", i+1), Origin: "a <b>package</b>", Command: []string{"./a", "*b*"}}
		for o := range outcomes {
			if i > 0 {
				o = Accepted
			}
			im.Results = append(im.Results, Result{Case: r.Cases[len(im.Results)].ID, Outcome: o, Detail: "detail `of` _" + o.String() + "_"})
		}
		r.Implementations = append(r.Implementations, im)
	}
	return r
}

func TestRender(t *testing.T) {
	for name, write := range map[string]func(*bytes.Buffer) error{
		"one.txt":     func(b *bytes.Buffer) error { return sample(1).writeText(b, false) },
		"verbose.txt": func(b *bytes.Buffer) error { return sample(1).writeText(b, true) },
		"two.txt":     func(b *bytes.Buffer) error { return sample(2).writeText(b, false) },
		"two.md":      func(b *bytes.Buffer) error { return sample(2).writeMarkdown(b, true) },
		"one.json":    func(b *bytes.Buffer) error { return sample(1).writeJSON(b) },
	} {
		var got bytes.Buffer
		if err := write(&got); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, got.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s is not what it was; -update writes it, for review:\n%s", name, &got)
		}
	}
	data, err := json.Marshal(sample(2))
	if err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(data, &back); err != nil || !reflect.DeepEqual(&back, sample(2)) {
		t.Errorf("JSON: %v, %+v", err, back)
	}
	if err := new(Outcome).UnmarshalText([]byte("fine")); err == nil {
		t.Error("an unknown outcome is read")
	}
}

func TestOutcomesHaveNames(t *testing.T) {
	letters := make(map[string]bool)
	for o := range outcomes {
		n := outcomeNames[o]
		if n.name == "" || n.text == "" || (n.letter == "") != (o >= Accepted) || letters[n.letter] && n.letter != "" {
			t.Errorf("outcome %d: %+v", o, n)
		}
		letters[n.letter] = true
	}
}

func TestSecondsDoNotOverflow(t *testing.T) {
	for n, want := range map[int64]time.Duration{60: time.Minute, 1 << 62: 1 << 32 * time.Second, -1 << 62: -1 << 32 * time.Second} {
		if got := seconds(n); got != want {
			t.Errorf("%d: %v, want %v", n, got, want)
		}
	}
}

func TestPrintable(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"plain é 漢", "plain é 漢"},
		{"\x1b[2J\r\n\t\x00\x7f", `\x1b[2J\r\n\t\x00\x7f`},
		{"\u202e\u009b\ufeff", `\u202e\u009b\ufeff`},
		{"a\xffb", `a\xffb`},
		{strings.Repeat("0123456789", 5), strings.Repeat("0123456789", 4) + "… (50 octets)"},
	} {
		if got := printable(tt.in, 40); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.in, got, tt.want)
		}
	}
}
