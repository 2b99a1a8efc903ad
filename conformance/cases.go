package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"example.com/jose/vectors"
)

// Bounds on what is run, for corpora that come from somebody else.
const (
	maxCases = 100_000
	maxTags  = 500
	maxText  = 256 << 20 // octets of all tokens and inputs, written out
)

var b64 = base64.RawURLEncoding.Strict()

// anyClass is the class of a refusal that nobody has classified.
const anyClass = "any"

// A task is a case with what it takes to run it.
type task struct {
	Case
	request  Request
	want     []byte                         // what is returned when it is accepted
	stated   bool                           // want is known
	selfOnly bool                           // adapters cannot do it
	readBack func(token string) (err error) // sign, encrypt: looks at what came out
}

var ops = map[string]string{
	"jws": "verify", "jwt": "verify-jwt", "jwe": "decrypt", "nested": "nested", "nested-jwt": "nested-jwt",
	"key": "key", "jwk": "key", "jwkset": "keyset", "thumbprint": "thumbprint", "base64url": "verify",
}

// corpusTasks returns a task for each case of the corpus, and one more for
// each case that states a header and a private key: signing or encrypting
// the payload again.
func corpusTasks(files []vectors.File) ([]task, error) {
	var tasks []task
	tags := make(map[string]bool)
	if n := textSize(files); n > maxText {
		return nil, fmt.Errorf("corpus has %d octets of tokens and inputs; at most %d are run", n, maxText)
	}
	for i := range files {
		f := &files[i]
		keys := make(map[[2]string]*Key) // by name and half
		key := func(name, half string) *Key {
			k, ok := keys[[2]string{name, half}]
			if !ok {
				file := f.Keys[name]
				k = makeKey(&file, half == "private")
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

func newTask(source string, c *vectors.Case, key func(name, half string) *Key) task {
	t := task{Case: Case{
		ID: c.ID, Source: printable(source, 60), Section: printable(c.Section, 100), Comment: printable(c.Comment, 400),
		Op: ops[c.Kind], Alg: c.Alg, Form: c.Form, Expect: c.Expect, Class: c.Class, Choice: printable(c.Choice, 400),
	}}
	for _, tag := range c.Tags {
		t.Tags = append(t.Tags, printable(tag, 40))
	}
	t.want, t.stated = c.PayloadBytes()
	r := &t.request
	*r = Request{ID: c.ID, Op: t.Op, Alg: c.Alg, Token: c.TokenText(), Check: c.Check, Policy: c.Policy, At: c.At}
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
		r.Alg, r.Form, r.Token, r.Key = "HS512", "compact", hs512Token(c.InputText()), &Key{JWK: hs512JWK()}
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
func againTask(t *task, c *vectors.Case, key func(name, half string) *Key) (task, bool) {
	if c.Expect != "accept" || c.Header == "" || t.Op != "verify" && t.Op != "decrypt" {
		return task{}, false
	}
	private := key(c.Key, "private")
	if !isPrivate(private.JWK) {
		return task{}, false
	}
	again := task{Case: t.Case, selfOnly: true}
	payload := b64.EncodeToString(t.want)
	again.request = Request{ID: c.ID + "/again", Alg: c.Alg, Key: private, exactHeader: c.Header}
	if t.Op == "verify" {
		again.request.Op, again.request.Form, again.request.Payload = "sign", c.Form, &payload
	} else {
		again.request.Op, again.request.Plaintext = "encrypt", &payload
	}
	again.ID, again.Op, again.Comment = again.request.ID, again.request.Op, "The same header and payload again."
	again.readBack = func(token string) error {
		if c.Reproduce && token != t.request.Token {
			return errors.New("not the same token")
		}
		back := *t
		back.request.Token = token
		return back.readable()
	}
	return again, true
}

// readable runs t on this library and returns an error unless the result is
// what it must be.
func (t *task) readable() error {
	reply := selfDo(&t.request)
	if result := t.judge(reply, true); result.Outcome != Accepted {
		return fmt.Errorf("this library reads it as %v: %s", result.Outcome, result.Detail)
	}
	return nil
}

// isPrivate reports whether a JWK has a private or secret part.
func isPrivate(jwk json.RawMessage) bool {
	var members struct{ D, K string }
	json.Unmarshal(jwk, &members)
	return members.D != "" || members.K != ""
}

// makeKey returns the half of k that a request needs.
func makeKey(k *vectors.Key, private bool) *Key {
	out := &Key{JWK: k.PublicJWK, PEM: k.PublicPEM, Set: k.Set, ShortSecret: k.ShortSecret}
	if out.PEM == "" {
		out.PEM = k.Certificate
	}
	if private {
		out.JWK, out.PEM = k.JWK, k.PEM
	} else if out.JWK == nil {
		out.JWK = publicJWK(k.JWK)
	}
	if out.JWK == nil && out.PEM == "" {
		out.DER = k.DER
	}
	if out.JWK == nil && out.Set == nil {
		out.JWK = toJWK([]byte(out.PEM+out.DER), private)
	}
	return out
}

// makerTasks are the other direction: the implementation signs and encrypts,
// this library verifies and decrypts. The keys are those of the corpus.
func makerTasks(files []vectors.File) ([]task, error) {
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
	var tasks []task
	for _, alg := range []string{"RS256", "ES512", "HS512", "RSA-OAEP", "RSA-OAEP-256"} {
		op, back := "sign", "verify"
		forms := []string{"compact", "detached", "unencoded", "unencoded-detached"}
		if encrypts(alg) {
			op, back, forms = "encrypt", "decrypt", forms[:1]
		}
		file, name := privateKeyFor(files, alg)
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
				t := task{Case: Case{
					ID: fmt.Sprintf("%s/%s/%s/%d", op, alg, form, i+1), Source: op + " and read back", Section: sections[form],
					Comment: fmt.Sprintf("A payload of %d octets and a header of %d members beside alg.", len(payload), len(header)),
					Op:      op, Alg: alg, Form: form, Expect: "accept",
				}}
				encoded := b64.EncodeToString(payload)
				t.request = Request{ID: t.ID, Op: op, Alg: alg, Key: makeKey(&key, op == "sign"), Header: header}
				reader := task{want: payload, stated: true}
				reader.request = Request{Op: back, Alg: alg, Key: makeKey(&key, op == "encrypt")}
				if op == "encrypt" {
					t.Section, t.request.Plaintext = "RFC 7516, Section 5.1", &encoded
				} else {
					t.request.Form, t.request.Payload, reader.request.Form = form, &encoded, form
					if strings.HasSuffix(form, "detached") {
						reader.request.DetachedPayload = &encoded
					}
				}
				reader.Expect, reader.Op = "accept", back
				t.readBack = func(token string) error {
					reader := reader
					reader.request.Token = token
					return errors.Join(reader.readable(), checkHeader(token, header))
				}
				tasks = append(tasks, t)
			}
		}
	}
	return tasks, nil
}

// privateKeyFor returns the key of the first accepted token of alg in compact
// form whose private half is known.
func privateKeyFor(files []vectors.File, alg string) (*vectors.File, string) {
	for i := range files {
		for _, c := range files[i].Cases {
			k := files[i].Keys[c.Key]
			if (c.Kind == "jws" || c.Kind == "jwe") && c.Form == "compact" && c.Expect == "accept" && c.Alg == alg &&
				isPrivate(k.JWK) && !k.ShortSecret && k.Set == nil {
				return &files[i], c.Key
			}
		}
	}
	return nil, ""
}

// judge compares a reply with what is expected. With strict, for this
// library, the class of a refusal and the octets of claims have to be right.
func (t *task) judge(r Reply, strict bool) Result {
	out := Result{Case: t.ID, Class: printable(r.Class, 40), Reply: replyText(r)}
	set := func(o Outcome, format string, args ...any) Result {
		out.Outcome, out.Detail = o, printable(fmt.Sprintf(format, args...), 400)
		return out
	}
	if r.Unsupported != nil {
		return set(Unsupported, "%s", *r.Unsupported)
	}
	payload, err := b64.DecodeString(r.Payload)
	if err != nil || strings.ContainsAny(r.Payload, "\r\n") {
		return set(BrokenReply, "payload is not base64url")
	}
	accepted := *r.OK
	detail := "accepted"
	if !accepted {
		detail = strings.TrimSpace(fmt.Sprintf("refused: %s %s", r.Class, r.Error))
	}
	switch {
	case t.Expect == "reject" && accepted:
		return set(AcceptedInvalid, "accepted; %s", t.Comment)
	case t.Expect == "accept" && !accepted:
		return set(RefusedValid, "%s", detail)
	case accepted && t.readBack != nil:
		if err := t.readBack(r.Token); err != nil {
			return set(WrongOutput, "%v", err)
		}
	case accepted && t.stated && !t.samePayload(payload, strict):
		return set(WrongPayload, "returned %q, not %q", clip(payload), clip(t.want))
	}
	switch {
	case strict && r.Class != t.Class && t.Class != anyClass:
		return set(WrongClass, "%s; want class %q", detail, t.Class)
	case t.Expect == "either":
		return set(Choice, "%s; %s", detail, t.Choice)
	case accepted:
		return set(Accepted, "")
	}
	return set(Refused, "%s", detail)
}

// samePayload compares what was returned with what is right. An adapter need
// not repeat a payload that it was given, and may have read claims into a map
// and written them again.
func (t *task) samePayload(got []byte, strict bool) bool {
	if bytes.Equal(got, t.want) {
		return true
	}
	if strict {
		return false
	}
	if t.request.DetachedPayload != nil && len(got) == 0 {
		return true
	}
	return (t.Op == "verify-jwt" || t.Op == "nested-jwt") && sameJSON(got, t.want)
}

// sameJSON compares two JSON texts, numbers by their value as float64.
func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// replyText is the reply as JSON, shortened member by member.
func replyText(r Reply) string {
	r.ID = nil
	text, _ := json.Marshal(r)
	return printable(strings.Replace(string(text), `"id":null,`, "", 1), 300)
}

func clip(b []byte) string {
	if len(b) > 60 {
		return string(b[:60]) + "… " + strconv.Itoa(len(b)) + " octets"
	}
	return string(b)
}

// selectTasks returns the tasks whose id matches, and for those that are to be
// refused a positive control, without which their outcome would be void.
func selectTasks(tasks []task, pattern *regexp.Regexp) (selected []task) {
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
func (t *task) groups() [3]string {
	return [3]string{t.Op + " " + t.Alg + " " + t.Form, t.Op + " " + t.Alg, t.Op}
}

// voidUncontrolled turns Refused into Void where no positive control of the
// narrowest group that has one was accepted.
func voidUncontrolled(tasks []task, results []Result) {
	const present, accepted = 1, 2
	controls := make(map[string]int)
	for i := range tasks {
		for _, g := range tasks[i].groups() {
			if tasks[i].Expect == "accept" {
				controls[g] |= present
				if results[i].Outcome == Accepted {
					controls[g] |= accepted
				}
			}
		}
	}
	for i := range tasks {
		if results[i].Outcome != Refused {
			continue
		}
		state, group := 0, ""
		for _, group = range tasks[i].groups() {
			if state = controls[group]; state != 0 {
				break
			}
		}
		if state&accepted == 0 {
			results[i].Outcome = Void
			results[i].Detail = "no positive control of " + group + " was accepted; " + results[i].Detail
		}
	}
}
