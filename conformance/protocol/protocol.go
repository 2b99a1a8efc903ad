// Package protocol is how the runner talks to an implementation of JOSE: the
// requests and replies, a line of JSON each, and the processes of adapters,
// which are taken to be hostile. It knows nothing of package jose, of what a
// case expects, or of reports, and imports the corpus alone, for its types.
package protocol

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"example.com/jose/vectors"
)

// protocolVersion is what the hello request carries. README.md describes the
// protocol for those who write an adapter.
const protocolVersion = 1

// A Hello is an adapter's answer to the first request.
type Hello struct {
	Name     string   `json:"name"`
	Version  string   `json:"version"`
	Origin   string   `json:"origin,omitempty"` // where this build comes from: "Debian 12 package"
	Supports Supports `json:"supports"`
}

// Supports says which requests are worth sending. A list that is left out
// excludes nothing.
type Supports struct {
	Alg   []string `json:"alg,omitempty"`
	Forms []string `json:"forms,omitempty"`
	Ops   []string `json:"ops,omitempty"`
}

// Missing returns what of r is not in the lists, or "".
func (s Supports) Missing(r *Request) string {
	for _, m := range []struct {
		name, value string
		list        []string
	}{{"op", r.Op, s.Ops}, {"alg", r.Alg, s.Alg}, {"alg", r.InnerAlg, s.Alg}, {"form", r.Form, s.Forms}} {
		if m.value != "" && m.list != nil && !slices.Contains(m.list, m.value) {
			return m.name + " " + m.value
		}
	}
	return ""
}

// A Request is one thing to do. It is one line of JSON.
type Request struct {
	ID       string `json:"id,omitempty"`
	Op       string `json:"op"` // hello verify verify-jwt decrypt nested nested-jwt key keyset thumbprint sign encrypt
	Protocol int    `json:"protocol,omitempty"`
	Form     string `json:"form,omitempty"` // verify, verify-jwt, sign: compact detached unencoded unencoded-detached
	Alg      string `json:"alg,omitempty"`
	Key      *Key   `json:"key,omitempty"`
	InnerAlg string `json:"inner_alg,omitempty"`
	InnerKey *Key   `json:"inner_key,omitempty"`
	Role     string `json:"role,omitempty"` // key, keyset: public or private

	Token           string                     `json:"token,omitempty"`
	DetachedPayload *string                    `json:"detached_payload,omitempty"` // base64url
	Check           map[string]json.RawMessage `json:"check,omitempty"`
	Policy          *vectors.Policy            `json:"policy,omitempty"`
	At              *int64                     `json:"at,omitempty"`

	KeyForm   string `json:"key_form,omitempty"`   // key: pem der base64-der certificate jwk
	Input     string `json:"input,omitempty"`      // key, keyset, thumbprint: what to read
	InputB64u string `json:"input_b64u,omitempty"` // the same, where it is not UTF-8

	Header    map[string]json.RawMessage `json:"header,omitempty"`    // sign, encrypt: the members beside alg and enc
	Payload   *string                    `json:"payload,omitempty"`   // sign: base64url
	Plaintext *string                    `json:"plaintext,omitempty"` // encrypt: base64url

	ExactHeader string `json:"-"` // instead of Header; this library only
}

// A Key is one key, in each form that is available. JWK is there whenever
// this library can make one.
type Key struct {
	JWK         json.RawMessage `json:"jwk,omitempty"`
	PEM         string          `json:"pem,omitempty"` // a certificate where that is what is published
	DER         string          `json:"der,omitempty"` // standard base64
	Set         json.RawMessage `json:"set,omitempty"` // a JWK Set: the token's kid chooses
	ShortSecret bool            `json:"short_secret,omitempty"`
}

// A Reply is the answer to a Request.
type Reply struct {
	ID          *string `json:"id"`
	OK          *bool   `json:"ok,omitempty"`
	Payload     string  `json:"payload,omitempty"` // base64url: what was verified or decrypted, the thumbprint
	Token       string  `json:"token,omitempty"`   // sign, encrypt
	Class       string  `json:"class,omitempty"`
	Error       string  `json:"error,omitempty"`
	Unsupported *string `json:"unsupported,omitempty"`
}

// ParseReply reads the reply to the request called id.
func ParseReply(line []byte, id string) (Reply, error) {
	var r Reply
	if err := json.Unmarshal(line, &r); err != nil {
		return Reply{}, fmt.Errorf("not a reply: %s: %s", Printable(err.Error(), 100), Printable(string(line), 100))
	}
	switch {
	case r.ID == nil:
		return Reply{}, errors.New("reply without id")
	case *r.ID != id:
		return Reply{}, fmt.Errorf("reply to %q", Printable(*r.ID, 100))
	case (r.OK == nil) == (r.Unsupported == nil):
		return Reply{}, errors.New("reply needs one of ok and unsupported")
	}
	return r, nil
}

// ParseHello reads the answer to hello.
func ParseHello(line []byte) (Hello, error) {
	var h Hello
	if err := json.Unmarshal(line, &h); err != nil {
		return Hello{}, fmt.Errorf("not a hello: %s: %s", Printable(err.Error(), 100), Printable(string(line), 100))
	}
	h.Name, h.Version, h.Origin = Printable(h.Name, 40), Printable(h.Version, 40), Printable(h.Origin, 80)
	if h.Name == "" {
		return Hello{}, errors.New("hello without name")
	}
	return h, nil
}

// b64 is how octets are written in requests and replies.
var b64 = base64.RawURLEncoding.Strict()

// IsPrivate reports whether a JWK has a private or secret part.
func IsPrivate(jwk json.RawMessage) bool {
	var members struct{ D, K string }
	json.Unmarshal(jwk, &members)
	return members.D != "" || members.K != ""
}

// SameJSON compares two JSON texts, numbers by their value as float64.
func SameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// Printable returns s without anything that a terminal or a table would act
// on, and shortened to about limit octets. Text from adapters and from corpus
// files goes through it before it is stored in a Report.
func Printable(s string, limit int) string {
	var b strings.Builder
	for i, r := range s {
		if b.Len() >= limit {
			fmt.Fprintf(&b, "… (%d octets)", len(s))
			return b.String()
		}
		switch {
		case strconv.IsPrint(r) && r != '\uFFFD':
			b.WriteRune(r)
		case r == '\uFFFD':
			fmt.Fprintf(&b, `\x%02x`, s[i])
		default:
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
		}
	}
	return b.String()
}

// SplitCommand splits a command line into words as a POSIX shell does, with
// its quotes and backslashes, and nothing else: there are no variables,
// patterns or pipes, and no shell is started.
func SplitCommand(s string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case ' ', '\t', '\n':
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
			continue
		case '\'':
			n := strings.IndexByte(s[i+1:], '\'')
			if n < 0 {
				return nil, errors.New("single quote is not closed")
			}
			word.WriteString(s[i+1 : i+1+n])
			i += n + 1
		case '"':
			for i++; i < len(s) && s[i] != '"'; i++ {
				// Within double quotes a backslash escapes these four only.
				if s[i] == '\\' && i+1 < len(s) && strings.IndexByte("\"\\$`", s[i+1]) >= 0 {
					i++
				}
				word.WriteByte(s[i])
			}
			if i == len(s) {
				return nil, errors.New("double quote is not closed")
			}
		case '\\':
			if i++; i == len(s) {
				return nil, errors.New("backslash at the end")
			}
			word.WriteByte(s[i])
		case 0:
			return nil, errors.New("zero octet")
		default:
			word.WriteByte(c)
		}
		inWord = true
	}
	if inWord {
		words = append(words, word.String())
	}
	if len(words) == 0 {
		return nil, errors.New("empty command")
	}
	return words, nil
}
