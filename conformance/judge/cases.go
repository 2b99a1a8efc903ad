// Package judge makes the requests from the cases of a corpus, runs them on an
// implementation and says how each ended. Of package jose it knows what
// package library says: a token that an implementation makes is given to it.
package judge

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"example.com/jose/conformance/library"
	"example.com/jose/conformance/protocol"
	"example.com/jose/conformance/report"
	"example.com/jose/vectors"
)

// Bounds on what is run, for corpora that come from somebody else.
const (
	maxCases = 100_000
	maxTags  = 500
	maxText  = 256 << 20 // octets of all tokens and inputs, written out
)

// b64 is how octets are written in requests and replies.
var b64 = base64.RawURLEncoding.Strict()

// anyClass is the class of a refusal that nobody has classified.
const anyClass = "any"

// A task is a case with what it takes to run it.
type Task struct {
	report.Case
	Request  protocol.Request
	want     []byte                         // what is returned when it is accepted
	stated   bool                           // want is known
	SelfOnly bool                           // adapters cannot do it
	readBack func(token string) (err error) // sign, encrypt: looks at what came out
}

var Ops = map[string]string{
	"jws": "verify", "jwt": "verify-jwt", "jwe": "decrypt", "nested": "nested", "nested-jwt": "nested-jwt",
	"key": "key", "jwk": "key", "jwkset": "keyset", "thumbprint": "thumbprint", "base64url": "verify",
}

// CorpusTasks returns a task for each case of the corpus, and one more for
// each case that states a header and a private key: signing or encrypting
// the payload again.
func CorpusTasks(files []vectors.File) ([]Task, error) {
	var tasks []Task
	tags := make(map[string]bool)
	if n := textSize(files); n > maxText {
		return nil, fmt.Errorf("corpus has %d octets of tokens and inputs; at most %d are run", n, maxText)
	}
	for i := range files {
		f := &files[i]
		keys := make(map[[2]string]*protocol.Key) // by name and half
		key := func(name, half string) *protocol.Key {
			k, ok := keys[[2]string{name, half}]
			if !ok {
				file := f.Keys[name]
				k = MakeKey(&file, half == "private")
				keys[[2]string{name, half}] = k
			}
			return k
		}
		for j := range f.Cases {
			t := newTask(f.Source, &f.Cases[j], key)
			tasks = append(tasks, t)
			if again, ok := againTask(&t, &f.Cases[j], key); ok {
				tasks = append(tasks, again)
			}
			for _, tag := range t.Tags {
				tags[tag] = true
			}
		}
	}
	if len(tasks) > maxCases || len(tags) > maxTags {
		return nil, fmt.Errorf("corpus has %d cases and %d tags; at most %d and %d are run", len(tasks), len(tags), maxCases, maxTags)
	}
	return tasks, nil
}

// textSize returns how much corpusTasks writes out. The loader has bounded
// each of the cases, and their number by the size of the files.
func textSize(files []vectors.File) (n int64) {
	for i := range files {
		for j := range files[i].Cases {
			c := &files[i].Cases[j]
			n += int64(len(c.Token) + len(c.Input) + len(c.InputB64u))
			for _, p := range slices.Concat(c.TokenParts, c.InputParts) {
				n += int64(len(p.Text)) * int64(max(p.Repeat, 1))
			}
		}
	}
	return n
}

func newTask(source string, c *vectors.Case, key func(name, half string) *protocol.Key) Task {
	t := Task{Case: report.Case{
		ID: c.ID, Source: protocol.Printable(source, 60), Section: protocol.Printable(c.Section, 100),
		Level: c.Level, Requirements: c.Requirements, Comment: protocol.Printable(c.Comment, 400),
		Op: Ops[c.Kind], Alg: c.Alg, Form: c.Form, Expect: c.Expect, Class: c.Class, Choice: protocol.Printable(c.Choice, 400),
	}}
	for _, tag := range c.Tags {
		t.Tags = append(t.Tags, protocol.Printable(tag, 40))
	}
	t.want, t.stated = c.PayloadBytes()
	r := &t.Request
	*r = protocol.Request{ID: c.ID, Op: t.Op, Alg: c.Alg, Token: c.TokenText(), Check: c.Check, Policy: c.Policy, At: c.At}
	switch c.Kind {
	case "jws", "jwt":
		r.Form, r.Key = c.Form, key(c.Key, "public")
		if c.Detached {
			payload := b64.EncodeToString(t.want)
			r.DetachedPayload = &payload
		}
	case "jwe":
		r.Key = key(c.Key, "private")
	case "nested", "nested-jwt":
		r.Key, r.InnerAlg, r.InnerKey = key(c.Key, "private"), c.InnerAlg, key(c.InnerKey, "public")
	case "base64url":
		// The text is the payload of a token, which is otherwise all right.
		t.Alg = "HS512"
		r.Alg, r.Form, r.Token, r.Key = "HS512", "compact", hs512Token(c.InputText()), &protocol.Key{JWK: hs512JWK()}
		if c.Output != nil {
			t.want, _ = hex.DecodeString(*c.Output)
			t.stated = true
		}
	default:
		r.Role = c.Role
		if t.Op == "key" {
			r.KeyForm = c.Form
		}
		if text := c.InputText(); utf8.ValidString(text) && c.InputB64u == "" {
			r.Input = text
		} else {
			r.InputB64u = b64.EncodeToString([]byte(text))
		}
		if c.Output != nil {
			t.want, _ = b64.DecodeString(*c.Output)
			t.stated = true
		}
	}
	return t
}

var hs512Secret = bytes.Repeat([]byte("jose"), 16)

func hs512JWK() json.RawMessage {
	return json.RawMessage(`{"kty":"oct","k":"` + b64.EncodeToString(hs512Secret) + `"}`)
}

func hs512Token(payloadSegment string) string { return hs512Sign(`{"alg":"HS512"}`, payloadSegment) }

func hs512Sign(header, payloadSegment string) string {
	input := b64.EncodeToString([]byte(header)) + "." + payloadSegment
	mac := hmac.New(sha512.New, hs512Secret)
	mac.Write([]byte(input))
	return input + "." + b64.EncodeToString(mac.Sum(nil))
}

// againTask makes the token of an accepted case anew, with its exact header.
// Where the case says so it must come out the same; else it has to be
// readable again. Adapters cannot set a header octet by octet.
func againTask(t *Task, c *vectors.Case, key func(name, half string) *protocol.Key) (Task, bool) {
	if c.Expect != "accept" || c.Header == "" || t.Op != "verify" && t.Op != "decrypt" {
		return Task{}, false
	}
	private := key(c.Key, "private")
	if !protocol.IsPrivate(private.JWK) {
		return Task{}, false
	}
	again := Task{Case: t.Case, SelfOnly: true}
	payload := b64.EncodeToString(t.want)
	again.Request = protocol.Request{ID: c.ID + "/again", Alg: c.Alg, Key: private, ExactHeader: c.Header}
	if t.Op == "verify" {
		again.Request.Op, again.Request.Form, again.Request.Payload = "sign", c.Form, &payload
	} else {
		again.Request.Op, again.Request.Plaintext, again.Request.Key = "encrypt", &payload, key(c.Key, "public")
	}
	again.ID, again.Op, again.Comment = again.Request.ID, again.Request.Op, "The same header and payload again."
	var header map[string]json.RawMessage
	json.Unmarshal([]byte(c.Header), &header)
	if t.Op == "verify" && header["b64"] != nil && header["crit"] == nil { // a reader takes "b64" true without it; it may not be written
		again.Expect, again.Class, again.Comment = "reject", "option", `A header with "b64", which "crit" has to name (RFC 7797, Section 6).`
	}
	again.readBack = func(token string) error {
		if c.Reproduce && token != t.Request.Token {
			return errors.New("not the same token")
		}
		back := *t
		back.Request.Token = token
		return back.readable()
	}
	return again, true
}

// readable runs t on this library and returns an error unless the result is
// what it must be.
func (t *Task) readable() error {
	reply := library.Do(&t.Request)
	if result := t.Judge(reply, true); result.Outcome != report.Accepted {
		return fmt.Errorf("this library reads it as %v: %s", result.Outcome, result.Detail)
	}
	return nil
}

// MakeKey returns the half of k that a request needs.
func MakeKey(k *vectors.Key, private bool) *protocol.Key {
	out := &protocol.Key{JWK: k.PublicJWK, PEM: k.PublicPEM, Set: k.Set, ShortSecret: k.ShortSecret}
	if out.PEM == "" {
		out.PEM = k.Certificate
	}
	if private {
		out.JWK, out.PEM = k.JWK, k.PEM
	} else if out.JWK == nil {
		out.JWK = library.PublicJWK(k.JWK)
	}
	if out.JWK == nil && out.PEM == "" {
		out.DER = k.DER
	}
	if out.JWK == nil && out.Set == nil {
		out.JWK = library.ToJWK([]byte(out.PEM+out.DER), private)
	}
	return out
}

// MakerTasks are the other direction: the implementation signs and encrypts,
// this library verifies and decrypts. The keys are those of the corpus.
func MakerTasks(files []vectors.File) ([]Task, error) {
	var octets [256]byte
	for i := range octets {
		octets[i] = byte(i)
	}
	text := []byte(`{"amount":"12,50","currency":"EUR"}`)
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<12)
	payloads := map[string][][]byte{
		"compact":            {text, {}, octets[:], large},
		"detached":           {text, octets[:], large},
		"unencoded":          {text, []byte("~ !")},
		"unencoded-detached": {text, octets[:], large},
	}
	sections := map[string]string{"compact": "RFC 7515, Section 5.1", "detached": "RFC 7515, Appendix F",
		"unencoded": "RFC 7797, Section 5.2", "unencoded-detached": "RFC 7797, Section 5.1"}
	var tasks []Task
	for _, alg := range []string{"RS256", "ES512", "HS512", "RSA-OAEP", "RSA-OAEP-256"} {
		op, back := "sign", "verify"
		forms := []string{"compact", "detached", "unencoded", "unencoded-detached"}
		if library.Encrypts(alg) {
			op, back, forms = "encrypt", "decrypt", forms[:1]
		}
		file, name := PrivateKeyFor(files, alg)
		if file == nil {
			return nil, fmt.Errorf("corpus has no private key for %s", alg)
		}
		key := file.Keys[name]
		for _, form := range forms {
			for i, payload := range payloads[form] {
				// Every second token has header members beside alg.
				header := map[string]json.RawMessage{}
				if i%2 == 1 {
					header["kid"], header["typ"] = json.RawMessage(`"key/1"`), json.RawMessage(`"JOSE"`)
				}
				if strings.HasPrefix(form, "unencoded") {
					header["b64"], header["crit"] = json.RawMessage(`false`), json.RawMessage(`["b64"]`)
				}
				t := Task{Case: report.Case{
					ID: fmt.Sprintf("%s/%s/%s/%d", op, alg, form, i+1), Source: op + " and read back", Section: sections[form],
					Comment: fmt.Sprintf("A payload of %d octets and a header of %d members beside alg.", len(payload), len(header)),
					Op:      op, Alg: alg, Form: form, Expect: "accept",
				}}
				encoded := b64.EncodeToString(payload)
				t.Request = protocol.Request{ID: t.ID, Op: op, Alg: alg, Key: MakeKey(&key, op == "sign"), Header: header}
				reader := Task{want: payload, stated: true}
				reader.Request = protocol.Request{Op: back, Alg: alg, Key: MakeKey(&key, op == "encrypt")}
				if op == "encrypt" {
					t.Section, t.Request.Plaintext = "RFC 7516, Section 5.1", &encoded
				} else {
					t.Request.Form, t.Request.Payload, reader.Request.Form = form, &encoded, form
					if strings.HasSuffix(form, "detached") {
						reader.Request.DetachedPayload = &encoded
					}
				}
				reader.Expect, reader.Op = "accept", back
				t.readBack = func(token string) error {
					reader := reader
					reader.Request.Token = token
					return errors.Join(reader.readable(), library.CheckHeader(token, header))
				}
				tasks = append(tasks, t)
			}
		}
	}
	return tasks, nil
}

// PrivateKeyFor returns the key of the first accepted token of alg in compact
// form whose private half is known.
func PrivateKeyFor(files []vectors.File, alg string) (*vectors.File, string) {
	for i := range files {
		for _, c := range files[i].Cases {
			k := files[i].Keys[c.Key]
			if (c.Kind == "jws" || c.Kind == "jwe") && c.Form == "compact" && c.Expect == "accept" && c.Alg == alg &&
				protocol.IsPrivate(k.JWK) && !k.ShortSecret && k.Set == nil {
				return &files[i], c.Key
			}
		}
	}
	return nil, ""
}

// Judge compares a reply with what is expected. With strict, for this
// library, the class of a refusal and the octets of claims have to be right.
func (t *Task) Judge(r protocol.Reply, strict bool) report.Result {
	out := report.Result{Case: t.ID, Class: protocol.Printable(r.Class, 40), Reply: replyText(r)}
	set := func(o report.Outcome, format string, args ...any) report.Result {
		out.Outcome, out.Detail = o, protocol.Printable(fmt.Sprintf(format, args...), 400)
		return out
	}
	if r.Unsupported != nil {
		return set(report.Unsupported, "%s", *r.Unsupported)
	}
	payload, err := b64.DecodeString(r.Payload)
	if err != nil || strings.ContainsAny(r.Payload, "\r\n") {
		return set(report.BrokenReply, "payload is not base64url")
	}
	accepted := *r.OK
	detail := "accepted"
	if !accepted {
		detail = strings.TrimSpace(fmt.Sprintf("refused: %s %s", r.Class, r.Error))
	}
	switch {
	case t.Expect == "reject" && accepted:
		return set(report.AcceptedInvalid, "accepted; %s", t.Comment)
	case t.Expect == "accept" && !accepted:
		return set(report.RefusedValid, "%s", detail)
	case accepted && t.readBack != nil:
		if err := t.readBack(r.Token); err != nil {
			return set(report.WrongOutput, "%v", err)
		}
	case accepted && t.stated && !t.samePayload(payload, strict):
		return set(report.WrongPayload, "returned %q, not %q", clip(payload), clip(t.want))
	}
	switch {
	case strict && r.Class != t.Class && t.Class != anyClass:
		return set(report.WrongClass, "%s; want class %q", detail, t.Class)
	case t.Expect == "either":
		return set(report.Choice, "%s; %s", detail, t.Choice)
	case accepted:
		return set(report.Accepted, "")
	}
	return set(report.Refused, "%s", detail)
}

// samePayload compares what was returned with what is right. An adapter need
// not repeat a payload that it was given, and may have read claims into a map
// and written them again.
func (t *Task) samePayload(got []byte, strict bool) bool {
	if bytes.Equal(got, t.want) {
		return true
	}
	if strict {
		return false
	}
	if t.Request.DetachedPayload != nil && len(got) == 0 {
		return true
	}
	return (t.Op == "verify-jwt" || t.Op == "nested-jwt") && protocol.SameJSON(got, t.want)
}

// replyText is the reply as JSON, shortened member by member.
func replyText(r protocol.Reply) string {
	r.ID = nil
	text, _ := json.Marshal(r)
	return protocol.Printable(strings.Replace(string(text), `"id":null,`, "", 1), 300)
}

func clip(b []byte) string {
	if len(b) > 60 {
		return string(b[:60]) + "… " + strconv.Itoa(len(b)) + " octets"
	}
	return string(b)
}

// Select returns the tasks whose id matches, and for those that are to be
// refused a positive control, without which their outcome would be void.
func Select(tasks []Task, pattern *regexp.Regexp) (selected []Task) {
	chosen := make([]bool, len(tasks))
	controls := make(map[string]int) // index of a control of the group, a chosen one if there is one
	for i := range tasks {
		chosen[i] = pattern.MatchString(tasks[i].ID)
		for _, group := range tasks[i].groups() {
			if first, ok := controls[group]; tasks[i].Expect == "accept" && (!ok || chosen[i] && !chosen[first]) {
				controls[group] = i
			}
		}
	}
	for i := range tasks {
		if !chosen[i] || tasks[i].Expect != "reject" {
			continue
		}
		for _, group := range tasks[i].groups() {
			if control, ok := controls[group]; ok {
				chosen[control] = true
				break
			}
		}
	}
	for i := range tasks {
		if chosen[i] {
			selected = append(selected, tasks[i])
		}
	}
	return selected
}

// groups returns the sets of cases that t is compared within, the narrowest
// first: refusing counts for nothing where everything is refused.
func (t *Task) groups() [3]string {
	return [3]string{t.Op + " " + t.Alg + " " + t.Form, t.Op + " " + t.Alg, t.Op}
}

// voidUncontrolled turns Refused into Void where no positive control of the
// narrowest group that has one was accepted.
func voidUncontrolled(tasks []Task, results []report.Result) {
	const present, accepted = 1, 2
	controls := make(map[string]int)
	for i := range tasks {
		for _, g := range tasks[i].groups() {
			if tasks[i].Expect == "accept" {
				controls[g] |= present
				if results[i].Outcome == report.Accepted {
					controls[g] |= accepted
				}
			}
		}
	}
	for i := range tasks {
		if results[i].Outcome != report.Refused {
			continue
		}
		state, group := 0, ""
		for _, group = range tasks[i].groups() {
			if state = controls[group]; state != 0 {
				break
			}
		}
		if state&accepted == 0 {
			results[i].Outcome = report.Void
			results[i].Detail = "no positive control of " + group + " was accepted; " + results[i].Detail
		}
	}
}
