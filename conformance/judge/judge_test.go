package judge

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/jose/conformance/library"
	"example.com/jose/conformance/protocol"
	"example.com/jose/conformance/report"
	"example.com/jose/vectors"
)

// TestCorpusBounds: a small file can describe large tokens.
func TestCorpusBounds(t *testing.T) {
	payload := ""
	f := vectors.File{Keys: map[string]vectors.Key{"k": {JWK: hs512JWK()}}}
	for range 5 {
		f.Cases = append(f.Cases, vectors.Case{Kind: "jws", Key: "k", Payload: &payload, TokenParts: []vectors.Part{{Text: "a", Repeat: 60 << 20}}})
	}
	if _, err := CorpusTasks([]vectors.File{f}); err == nil || !strings.Contains(err.Error(), "octets of tokens") {
		t.Errorf("tokens: %v", err)
	}
	f.Cases = []vectors.Case{{Kind: "jws", Key: "k", Token: "a"}}
	for i := range maxTags + 1 {
		f.Cases[0].Tags = append(f.Cases[0].Tags, strings.Repeat("t", i%30)+string(rune('a'+i/30)))
	}
	if _, err := CorpusTasks([]vectors.File{f}); err == nil || !strings.Contains(err.Error(), "tags") {
		t.Errorf("tags: %v", err)
	}
}

// TestVoid: the narrowest group that has a positive control decides.
func TestVoid(t *testing.T) {
	type c struct {
		op, alg, form, expect string
		outcome, want         report.Outcome
	}
	for name, cases := range map[string][]c{
		"same group":    {{"verify", "a", "f", "accept", report.Accepted, report.Accepted}, {"verify", "a", "f", "reject", report.Refused, report.Refused}},
		"control fails": {{"verify", "a", "f", "accept", report.RefusedValid, report.RefusedValid}, {"verify", "a", "f", "reject", report.Refused, report.Void}},
		"unsupported":   {{"verify", "a", "f", "accept", report.Unsupported, report.Unsupported}, {"verify", "a", "f", "reject", report.Refused, report.Void}},
		"another form is no excuse": {{"verify", "a", "f", "accept", report.RefusedValid, report.RefusedValid},
			{"verify", "a", "g", "accept", report.Accepted, report.Accepted}, {"verify", "a", "f", "reject", report.Refused, report.Void}},
		"wider group":      {{"verify", "a", "g", "accept", report.Accepted, report.Accepted}, {"verify", "a", "f", "reject", report.Refused, report.Refused}},
		"widest group":     {{"verify", "b", "g", "accept", report.Accepted, report.Accepted}, {"verify", "a", "f", "reject", report.Refused, report.Refused}},
		"no control":       {{"key", "a", "f", "accept", report.Accepted, report.Accepted}, {"verify", "a", "f", "reject", report.Refused, report.Void}},
		"accepted is not":  {{"verify", "a", "f", "accept", report.RefusedValid, report.RefusedValid}, {"verify", "a", "f", "reject", report.AcceptedInvalid, report.AcceptedInvalid}},
		"choice is no one": {{"verify", "a", "f", "either", report.Choice, report.Choice}, {"verify", "a", "f", "reject", report.Refused, report.Void}},
	} {
		var tasks []Task
		var results []report.Result
		for _, x := range cases {
			tasks = append(tasks, Task{Case: report.Case{Op: x.op, Alg: x.alg, Form: x.form, Expect: x.expect}})
			results = append(results, report.Result{Outcome: x.outcome})
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
	accept := Task{Case: report.Case{Op: "verify", Expect: "accept"}, want: []byte(`{"a":1}`), stated: true}
	detached, jwt := accept, accept
	detached.Request.DetachedPayload = &payload
	jwt.Op = "verify-jwt"
	reject := Task{Case: report.Case{Op: "verify", Expect: "reject", Class: "signature"}}
	either := Task{Case: report.Case{Op: "verify", Expect: "either", Class: "malformed", Choice: "x"}}
	for _, tt := range []struct {
		name   string
		task   Task
		reply  protocol.Reply
		strict bool
		want   report.Outcome
	}{
		{"accepted", accept, protocol.Reply{OK: &yes, Payload: payload}, true, report.Accepted},
		{"refused", accept, protocol.Reply{OK: &no}, true, report.RefusedValid},
		{"no payload", accept, protocol.Reply{OK: &yes}, false, report.WrongPayload},
		{"payload spelled otherwise", accept, protocol.Reply{OK: &yes, Payload: spaced}, false, report.WrongPayload},
		{"claims spelled otherwise", jwt, protocol.Reply{OK: &yes, Payload: spaced}, false, report.Accepted},
		{"claims spelled otherwise, this library", jwt, protocol.Reply{OK: &yes, Payload: spaced}, true, report.WrongPayload},
		{"detached, not repeated", detached, protocol.Reply{OK: &yes}, false, report.Accepted},
		{"detached, not repeated, this library", detached, protocol.Reply{OK: &yes}, true, report.WrongPayload},
		{"padding", accept, protocol.Reply{OK: &yes, Payload: "AA=="}, false, report.BrokenReply},
		{"line break", accept, protocol.Reply{OK: &yes, Payload: payload + "\n"}, false, report.BrokenReply},
		{"rightly refused", reject, protocol.Reply{OK: &no, Class: "signature"}, true, report.Refused},
		{"other class", reject, protocol.Reply{OK: &no, Class: "malformed"}, true, report.WrongClass},
		{"other class, adapter", reject, protocol.Reply{OK: &no, Class: "malformed"}, false, report.Refused},
		{"wrongly accepted", reject, protocol.Reply{OK: &yes}, false, report.AcceptedInvalid},
		{"unsupported", reject, protocol.Reply{Unsupported: &why}, false, report.Unsupported},
		{"choice: refused", either, protocol.Reply{OK: &no, Class: "malformed"}, true, report.Choice},
		{"choice: accepted", either, protocol.Reply{OK: &yes}, false, report.Choice},
		{"choice: not this library's", either, protocol.Reply{OK: &yes}, true, report.WrongClass},
	} {
		if got := tt.task.Judge(tt.reply, tt.strict); got.Outcome != tt.want {
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
	made, err := MakerTasks(files)
	if err != nil {
		t.Fatal(err)
	}
	corpus, err := CorpusTasks(files)
	if err != nil {
		t.Fatal(err)
	}
	find := func(id string) *Task {
		for _, list := range [][]Task{made, corpus} {
			for i := range list {
				if list[i].ID == id {
					return &list[i]
				}
			}
		}
		t.Fatalf("no task %s", id)
		return nil
	}
	token := func(id string) string { return library.Do(&find(id).Request).Token }
	for _, tt := range []struct {
		id, token string
		want      report.Outcome
	}{
		{"sign/RS256/compact/1", token("sign/RS256/compact/1"), report.Accepted},
		{"sign/RS256/compact/1", token("sign/RS256/compact/3"), report.WrongOutput}, // another payload
		{"sign/RS256/compact/1", token("sign/HS512/compact/1"), report.WrongOutput}, // another algorithm
		{"sign/RS256/compact/1", "", report.WrongOutput},
		{"sign/HS512/compact/2", hs512Token(""), report.WrongOutput},                 // another key
		{"sign/ES512/detached/1", token("sign/ES512/compact/1"), report.WrongOutput}, // not detached
		{"rfc7515/A.2/again", find("rfc7515/A.2").Request.Token, report.Accepted},
		{"rfc7515/A.2/again", find("rfc7520/4.1").Request.Token, report.WrongOutput},
		{"rfc7515/A.4/again", find("rfc7515/A.4").Request.Token, report.Accepted}, // ES512 need not be the same
	} {
		yes := true
		if got := find(tt.id).Judge(protocol.Reply{OK: &yes, Token: tt.token}, false); got.Outcome != tt.want {
			t.Errorf("%s: %v (%s), want %v", tt.id, got.Outcome, got.Detail, tt.want)
		}
	}
	// The same but for a space, which the header must not have gained.
	spaced := find("rfc7515/A.2/again").Request
	spaced.ExactHeader = " " + spaced.ExactHeader
	yes := true
	if got := find("rfc7515/A.2/again").Judge(protocol.Reply{OK: &yes, Token: library.Do(&spaced).Token}, true); got.Outcome != report.WrongOutput || got.Detail != "not the same token" {
		t.Errorf("other header: %v (%s)", got.Outcome, got.Detail)
	}
	// Header members that were asked for are looked at, too.
	var withoutHeader = find("sign/HS512/compact/2").Request
	withoutHeader.Header = nil
	if got := find("sign/HS512/compact/2").Judge(protocol.Reply{OK: &yes, Token: library.Do(&withoutHeader).Token}, false); got.Outcome != report.WrongOutput || !strings.Contains(got.Detail, "header member") {
		t.Errorf("without header: %v (%s)", got.Outcome, got.Detail)
	}
}

func FuzzReplies(f *testing.F) {
	for _, s := range []string{`{"id":"x","ok":true,"payload":"e30"}`, `{"id":"x","unsupported":"y"}`, `{"name":"a","supports":{"alg":null}}`, "[", "\x1b"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		if r, err := protocol.ParseReply(line, "x"); err == nil {
			res := (&Task{Case: report.Case{ID: "x", Expect: "reject", Op: "verify"}}).Judge(r, false)
			if res.Detail != protocol.Printable(res.Detail, 1000) || res.Reply != protocol.Printable(res.Reply, 1000) {
				t.Errorf("not printable: %q", res)
			}
		} else if err.Error() != protocol.Printable(err.Error(), 10000) {
			t.Errorf("not printable: %q", err)
		}
		if h, err := protocol.ParseHello(line); err == nil && (h.Name == "" || h.Name != protocol.Printable(h.Name, 200)) {
			t.Errorf("hello %+v", h)
		}
	})
}

// TestPrivateSets: a JWK Set over the bound on private RSA keys is too large for the corpus, and no RFC has a
// bound. It counts the keys that are passed over like those that are used.
func TestPrivateSets(t *testing.T) {
	files, err := vectors.Load()
	if err != nil {
		t.Fatal(err)
	}
	file, name := PrivateKeyFor(files, "RS256")
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
		r := &protocol.Request{Op: "keyset", Alg: "RS256", Role: "private", Input: `{"keys":[` + strings.Join(keys, ",") + "]}"}
		if reply := library.Do(r); reply.Class != tt.class || *reply.OK != (tt.class == "") {
			t.Errorf("%d good keys and %d bad ones: class %q, %s; want %q", tt.good, tt.bad, reply.Class, reply.Error, tt.class)
		}
	}
}
