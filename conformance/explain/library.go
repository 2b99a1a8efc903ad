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
	if r.keys == nil {
		if _, err := jose.UnverifiedHeader(token); err != nil {
			return refusal(err), false
		}
		return "not asked, for want of a key", false
	}
	var checks []jose.CheckOption
	var understood []string
	for _, name := range h.crit() {
		if name != "b64" { // the application's part
			understood = append(understood, quote(name))
			checks = append(checks, jose.CheckMember(name, func(json.RawMessage) error { return nil }))
		}
	}
	verdict := func(err error) (string, bool) {
		switch {
		case err != nil:
			return refusal(err), false
		case understood != nil:
			return "accepts it from a caller who understands " + strings.Join(understood, ", "), true
		}
		return "accepts it", true
	}
	if r.checks[0].section == jweChecks[0].section {
		if r.in.detached {
			return "not asked: -payload is given with a JWE", false
		}
		d, err := decrypter(r, h)
		if err == nil {
			_, err = d.Decrypt(token, checks...)
		}
		return verdict(err)
	}
	v, prefix, err := verifier(r)
	if err != nil {
		return verdict(err)
	}
	var m *jose.Message
	if r.in.detached {
		m, err = v.VerifyDetached(token, r.in.payload, checks...)
	} else {
		m, err = v.Verify(token, checks...)
	}
	if err == nil && r.timed {
		_, err = timesOnly(r.in.at, m.Payload).Verify(v, token, checks...)
	}
	answer, accepts = verdict(err)
	return prefix + answer, accepts
}

// verifier binds the key to the algorithm of its kind, whatever the token says.
func verifier(r *report) (v *jose.Verifier, prefix string, err error) {
	file, family := r.in.keyFile, r.keys[0].family()
	if r.key != nil {
		family = r.key.family()
	}
	alg := jose.RS256
	switch family {
	case "EC":
		alg = jose.ES512
	case "secret":
		alg = jose.HS512
	}
	var pub *jose.PublicKey
	switch {
	case r.isSet:
		set, err := jose.ParseKeySet(file)
		if err != nil {
			return nil, "", err
		}
		v, err = set.Verifier(alg)
		return v, "", err
	case r.keys[0].raw:
		secret, err := jose.NewSecret(file)
		if err != nil {
			short, err2 := jose.NewInsecureShortSecret(file)
			if err2 != nil {
				return nil, "", err
			}
			secret, prefix = short, "only with NewInsecureShortSecret: "
		}
		v, err = secret.Verifier(alg)
		return v, prefix, err
	case r.keys[0].isPriv || family == "secret":
		priv, err := jose.ParsePrivateKey(file)
		if err != nil {
			return nil, "", err
		}
		if family == "secret" {
			v, err = priv.Verifier(alg)
			return v, "", err
		}
		if pub, err = priv.Public(); err != nil {
			return nil, "", err
		}
	default:
		if pub, err = jose.ParsePublicKey(file); err != nil {
			return nil, "", err
		}
	}
	v, err = pub.Verifier(alg)
	return v, "", err
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

// timesOnly is a policy that looks at exp and nbf and waives the rest.
func timesOnly(at time.Time, payload []byte) *jose.Policy {
	p := &jose.Policy{AnyIssuer: true, AnySubject: true, AnyType: true, AllowNoExp: true, NoAudience: true,
		Now: func() time.Time { return at }}
	members, _ := parseObject(payload)
	aud := (&header{members: members}).get("aud")
	var one string
	if json.Unmarshal(aud, &one) == nil {
		p.Audience = []string{one}
	} else {
		json.Unmarshal(aud, &p.Audience)
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
			return "refuses it, " + s.name + ": " + strings.Trim(strconv.QuoteToASCII(err.Error()), `"`)
		}
	}
	return "refuses it"
}
