package explain

import (
	"bytes"
	"cmp"
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
func library(r *report, token string) (answer string, accepts bool) {
	var checks []jose.CheckOption
	by := ""
	for _, name := range r.header.crit() {
		if name != "b64" { // the application's part
			by = joined(by, quote(name))
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
		err = r.decrypt(token, checks)
	default:
		prefix, err = r.verify(token, checks)
	}
	if err != nil {
		return prefix + refusal(err), false
	}
	return prefix + "accepts it" + by, true
}

// verify binds the key to the algorithm of its kind, whatever the token says.
func (r *report) verify(token string, checks []jose.CheckOption) (prefix string, err error) {
	k, f := r.keys[0], r.file
	if r.key != nil {
		k = r.key
	}
	var from interface {
		Verifier(jose.SignatureAlgorithm, ...jose.CheckOption) (*jose.Verifier, error)
	}
	switch {
	case r.isSet:
		from, err = f.set, f.setErr
	case k.raw || k.secret != nil && len(k.secret) < 64:
		if from, err = jose.NewSecret(k.secret); err != nil {
			if short, shortErr := jose.NewInsecureShortSecret(k.secret); shortErr == nil {
				from, prefix, err = short, "only with NewInsecureShortSecret: ", nil
			}
		}
	case k.secret != nil:
		from, err = f.private, f.privateErr
	case f.private != nil:
		from, err = f.private.Public()
	default:
		from, err = f.public, cmp.Or(f.refusal(), f.publicErr)
	}
	if err != nil {
		return "", err
	}
	alg := jose.RS256
	if named, has := map[string]jose.SignatureAlgorithm{"EC": jose.ES512, "secret": jose.HS512}[k.family()]; has {
		alg = named
	}
	v, err := from.Verifier(alg)
	if err != nil {
		return "", err
	} else if r.in.detached {
		_, err = v.VerifyDetached(token, r.in.payload, checks...)
	} else if _, err = v.Verify(token, checks...); err == nil && (r.timed || len(r.in.want) > 0) {
		_, err = r.policy().Verify(v, token, checks...)
	}
	return prefix, err
}

func (r *report) decrypt(token string, checks []jose.CheckOption) error {
	var from interface {
		Decrypter(jose.KeyEncryptionAlgorithm, ...jose.CheckOption) (*jose.Decrypter, error)
	}
	alg, err := jose.RSAOAEP256, r.file.privateErr
	if r.header.str("alg") == "RSA-OAEP" {
		alg = jose.RSAOAEP
	}
	if from = r.file.private; r.isSet {
		from, err = r.file.set, r.file.setErr
	}
	if err != nil {
		return err
	}
	d, err := from.Decrypter(alg)
	if err == nil {
		_, err = d.Decrypt(token, checks...)
	}
	return err
}

// policy is one that looks at exp, nbf and what was asked for, and waives the rest.
func (r *report) policy() *jose.Policy {
	want := r.in.want
	p := &jose.Policy{Issuer: want["iss"], Subject: want["sub"], Type: want["typ"], AllowNoExp: true}
	p.Now = func() time.Time { return r.in.at }
	p.AnyIssuer, p.AnySubject, p.AnyType = p.Issuer == "", p.Subject == "", p.Type == ""
	if p.Audience = r.claims.list("aud"); want["aud"] != "" {
		p.Audience = []string{want["aud"]}
	}
	p.Audience = slices.DeleteFunc(p.Audience, func(s string) bool { return s == "" }) // no policy can name it
	p.NoAudience = len(p.Audience) == 0
	return p
}

// claimsFault is what package jose says against the JSON of claims, whoever signed or encrypted them.
func claimsFault(claims []byte) string {
	secret, _ := jose.NewSecret(make([]byte, 64)) // HMAC with so many octets is refused by no mode of crypto
	s, _ := secret.Signer(jose.HS512)
	v, _ := secret.Verifier(jose.HS512)
	token, _ := s.Sign(claims)
	p := jose.Policy{AnyIssuer: true, AnySubject: true, NoAudience: true, AnyType: true, AllowNoExp: true}
	_, err := p.Verify(v, token)
	isObject := bytes.HasPrefix(bytes.TrimPrefix(claims, []byte("\ufeff")), []byte("{"))
	if !isObject || !errors.Is(err, jose.ErrMalformed) {
		return ""
	}
	return strings.TrimPrefix(plainText(err.Error()), "jose: malformed token: ")
}

func refusal(err error) string { return "refuses it: " + plainText(err.Error()) }

// plainText escapes what is not printable ASCII, and leaves quotes as they are.
func plainText(s string) string {
	return strings.ReplaceAll(strings.Trim(strconv.QuoteToASCII(s), `"`), `\"`, `"`)
}
