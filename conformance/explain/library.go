package explain

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/jose"
)

// library asks package jose about the token as it was given (but for a line
// break at its end), and reports whether it accepts it.
func library(r *report, token string, h *header) (answer string, accepts bool) {
	var checks []jose.CheckOption
	by := ""
	for _, name := range h.crit() {
		if name != "b64" { // the application's part
			by = strings.TrimPrefix(by+", "+quote(name), ", ")
			checks = append(checks, jose.CheckMember(name, func(json.RawMessage) error { return nil }))
		}
	}
	if by != "" {
		by = " from a caller who understands " + by
	}
	prefix, err := "", error(nil)
	switch {
	case r.in.keyFile == nil:
		if _, err = jose.UnverifiedHeader(token); err == nil {
			return "not asked, for want of a key", false
		}
	case r.isJWE && r.in.detached:
		return "not asked: -payload is given with a JWE", false
	case r.isJWE:
		var d *jose.Decrypter
		if d, err = decrypter(r, h); err == nil {
			_, err = d.Decrypt(token, checks...)
		}
	default:
		var v *jose.Verifier
		var m *jose.Message
		if v, prefix, err = verifier(r); err != nil {
			prefix = ""
		} else if r.in.detached {
			_, err = v.VerifyDetached(token, r.in.payload, checks...)
		} else if m, err = v.Verify(token, checks...); err == nil && (r.timed || len(r.in.want) > 0) {
			_, err = policyOf(r.in, m.Payload).Verify(v, token, checks...)
		}
	}
	if err != nil {
		return prefix + refusal(err), false
	}
	return prefix + "accepts it" + by, true
}

// verifier binds the key to the algorithm of its kind, whatever the token says.
func verifier(r *report) (v *jose.Verifier, prefix string, err error) {
	k := r.keys[0]
	if r.key != nil {
		k = r.key
	}
	alg := map[string]jose.SignatureAlgorithm{"EC": jose.ES512, "secret": jose.HS512}[k.family()]
	if alg == 0 {
		alg = jose.RS256
	}
	var from interface {
		Verifier(jose.SignatureAlgorithm, ...jose.CheckOption) (*jose.Verifier, error)
	}
	switch {
	case r.isSet:
		from, err = jose.ParseKeySet(r.in.keyFile)
	case k.raw || k.secret != nil && len(k.secret) < 64:
		if from, err = jose.NewSecret(k.secret); err != nil {
			if short, err2 := jose.NewInsecureShortSecret(k.secret); err2 == nil {
				from, prefix, err = short, "only with NewInsecureShortSecret: ", nil
			}
		}
	case k.isPriv || k.secret != nil:
		var priv *jose.PrivateKey
		if priv, err = jose.ParsePrivateKey(r.in.keyFile); err == nil && k.secret == nil {
			from, err = priv.Public()
		} else {
			from = priv
		}
	default:
		from, err = jose.ParsePublicKey(r.in.keyFile)
	}
	if err == nil {
		v, err = from.Verifier(alg)
	}
	return v, prefix, err
}

func decrypter(r *report, h *header) (*jose.Decrypter, error) {
	alg := jose.RSAOAEP256
	if h.str("alg") == "RSA-OAEP" {
		alg = jose.RSAOAEP
	}
	if r.isSet {
		set, err := jose.ParseKeySet(r.in.keyFile)
		if err != nil {
			return nil, err
		}
		return set.Decrypter(alg)
	}
	key, err := jose.ParsePrivateKey(r.in.keyFile)
	if err != nil {
		return nil, err
	}
	return key.Decrypter(alg)
}

// policyOf is a policy that looks at exp, nbf and what was asked for, and
// waives the rest.
func policyOf(in input, payload []byte) *jose.Policy {
	p := &jose.Policy{Issuer: in.want["iss"], Subject: in.want["sub"], Type: in.want["typ"], AllowNoExp: true}
	p.Now = func() time.Time { return in.at }
	p.AnyIssuer, p.AnySubject, p.AnyType = p.Issuer == "", p.Subject == "", p.Type == ""
	if want, asked := in.want["aud"]; asked {
		p.Audience = []string{want}
		return p
	}
	members, _ := parseObject(payload)
	o := &header{members: members}
	if json.Unmarshal(o.get("aud"), &p.Audience) != nil {
		p.Audience = []string{o.str("aud")}
	}
	p.Audience = slices.DeleteFunc(p.Audience, func(s string) bool { return s == "" }) // no policy can name it
	p.NoAudience = len(p.Audience) == 0
	return p
}

// sentinels are those of package jose, the more specific first.
var sentinels = []struct {
	name string
	err  error
}{
	{"ErrExpired", jose.ErrExpired}, {"ErrNotYetValid", jose.ErrNotYetValid}, {"ErrClaims", jose.ErrClaims},
	{"ErrMalformed", jose.ErrMalformed}, {"ErrUnsupported", jose.ErrUnsupported}, {"ErrAlgorithm", jose.ErrAlgorithm},
	{"ErrKey", jose.ErrKey}, {"ErrOption", jose.ErrOption}, {"ErrUnknownKey", jose.ErrUnknownKey},
	{"ErrSignature", jose.ErrSignature}, {"ErrDecryption", jose.ErrDecryption},
}

func refusal(err error) string {
	for _, s := range sentinels {
		if errors.Is(err, s.err) {
			return "refuses it, " + s.name + ": " + plainText(err.Error())
		}
	}
	return "refuses it"
}

// plainText escapes what is not printable ASCII, and leaves quotes as they are.
func plainText(s string) string {
	return strings.ReplaceAll(strings.Trim(strconv.QuoteToASCII(s), `"`), `\"`, `"`)
}
