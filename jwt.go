package jose

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Claims is the claims set of a JWT (RFC 7519, Section 4): the registered claims as fields,
// each absent where it is its zero value, and any others by name. One that a [Policy] returned
// is what an authentic and accepted token says. The strings share the memory of the whole payload:
// who keeps one, an ID to tell replays perhaps, keeps a [strings.Clone] of it.
type Claims struct {
	notJSON
	Issuer    string      // "iss" (RFC 7519, Section 4.1.1)
	Subject   string      // "sub" (Section 4.1.2)
	Audience  []string    // "aud" (Section 4.1.3), also where it is one string
	ExpiresAt NumericDate // "exp" (Section 4.1.4)
	NotBefore NumericDate // "nbf" (Section 4.1.5)
	IssuedAt  NumericDate // "iat" (Section 4.1.6)
	ID        string      // "jti" (Section 4.1.7)

	header, outer Header
	text          string   // as received
	members       []member // as set
	aud           bool     // there is an "aud"
}

// Get stores the claim with exactly this name, as received or as set by Set, in v, a non-nil
// pointer to one of the types of [Value]. It returns [ErrClaims] if there is no such claim or it is
// of another JSON type, and [ErrOption] if v is of another Go type (RFC 7519, Section 4). It reads
// all that was received, at every call. See also RFC 7519, Section 4.3.
func (c *Claims) Get(name string, v any) error { return getMember("claims", c.all(), name, v) }

// GetAll is [Claims.Get] for many claims at once, of which the map has the names, and the pointers to
// where their values go: the fields of a struct of the caller's, for example. It returns [ErrClaims]
// or [ErrOption] for the first name in alphabetical order that Get returns it for; some of the
// others may have been stored.
func (c *Claims) GetAll(values map[string]any) error {
	members := c.all()
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := getMember("claims", members, name, values[name]); err != nil {
			return err
		}
	}
	return nil
}

// Has reports whether there is a claim with exactly this name, as received or as set by Set.
func (c *Claims) Has(name string) bool { return Header{members: c.all()}.Has(name) }

// all returns the claims that were set, and then those received, which were read before.
func (c *Claims) all() []member {
	if c == nil || c.text == "" {
		return cmp.Or(c, new(Claims)).members
	}
	received, _ := readMembers(c.text)
	return append(c.members[:len(c.members):len(c.members)], received...)
}

// Set sets a claim that is to be signed. The value is of one of the types of [Value], or nil. It
// returns [ErrOption] if name is that of a field, or the value can't be written as it is (RFC 7519,
// Section 4).
func (c *Claims) Set(name string, v any) error {
	// See RFC 7519, Section 4.3.
	if c == nil {
		return fmt.Errorf("%w: claims: nil", ErrOption)
	}
	if registeredClaim(name) {
		return fmt.Errorf("%w: claims: %q is set by its field (RFC 7519, Section 4.1)", ErrOption, name)
	}
	text, err := appendValue(nil, v)
	if err == nil && !utf8.ValidString(name) {
		err = errors.New("the name is not UTF-8")
	}
	if err != nil {
		return fmt.Errorf("%w: claims: %w (RFC 7519, Section 4)", ErrOption, err)
	}
	others := slices.DeleteFunc(slices.Clone(c.members), func(m member) bool { return m.name == name })
	c.members = append(others, member{name, string(text)}) // those of a copy of c stay
	return nil
}

// Payload returns a copy of the exact octets that were signed, or nil if c was not received. They are
// not for [json.Unmarshal], which takes a name in any case ("ADMIN" for "admin") and of two the
// last: [Claims.GetAll] reads claims into a struct.
func (c *Claims) Payload() []byte {
	if c == nil || c.text == "" {
		return nil
	}
	return []byte(c.text)
}

// Header returns the header of the JWS that the claims came in.
func (c *Claims) Header() Header { return cmp.Or(c, new(Claims)).header }

// OuterHeader returns the header of the JWE around it, if there was one.
func (c *Claims) OuterHeader() Header { return cmp.Or(c, new(Claims)).outer }

// registeredClaim reports whether name is one of RFC 7519, Section 4.1.
func registeredClaim(name string) bool {
	return slices.Contains([]string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti"}, name)
}

// SignClaims returns the JWT of these claims (RFC 7519, Section 7.1): registered claims in the
// order of RFC 7519, Section 4.1, then the others in the order in which they were set. One
// audience is written as a string. It returns [ErrOption] for claims or a header that can't
// be, "b64" of false (RFC 7797, Section 7) and "cty" of "JWT" among them, and the errors of [Signer.Sign]:
// [ErrSigner] and [ErrKey].
func (s *Signer) SignClaims(c *Claims, opts ...HeaderOption) (string, error) {
	header, err := s.headerWith(opts)
	if err != nil {
		return "", err
	}
	payload, err := c.appendJSON(nil)
	switch {
	case err != nil:
		return "", err
	case header.unencoded:
		return "", fmt.Errorf(`%w: header: "b64" is false in a JWT (RFC 7797, Section 7)`, ErrOption)
	case sameMediaType(header.header().ContentType(), "JWT"):
		return "", fmt.Errorf(`%w: header: "cty" says that there is one more JWT inside (RFC 7519, Section 5.2)`, ErrOption)
	}
	var t tokenWriter
	err = s.sign(&t, payload, false, header)
	return t.text, err
}

// appendJSON appends the claims set (RFC 7519, Sections 4, 4.1.3 and 7.1; RFC 8259, Section 4).
func (c *Claims) appendJSON(dst []byte) ([]byte, error) {
	if c == nil {
		return dst, fmt.Errorf("%w: claims: nil", ErrOption)
	}
	audience := any(c.Audience)
	if len(c.Audience) == 1 {
		audience = c.Audience[0]
	}
	var members []member
	for _, claim := range []struct {
		name    string
		present bool
		value   any
	}{
		{"iss", c.Issuer != "", c.Issuer},
		{"sub", c.Subject != "", c.Subject},
		{"aud", len(c.Audience) > 0, audience},
		{"exp", !c.ExpiresAt.IsZero(), c.ExpiresAt},
		{"nbf", !c.NotBefore.IsZero(), c.NotBefore},
		{"iat", !c.IssuedAt.IsZero(), c.IssuedAt},
		{"jti", c.ID != "", c.ID},
	} {
		if !claim.present {
			continue
		}
		text, err := appendValue(nil, claim.value)
		if err != nil {
			return dst, fmt.Errorf("%w: claims: %q: %w (RFC 7519, Section 4.1)", ErrOption, claim.name, err)
		}
		members = append(members, member{claim.name, string(text)})
	}
	var seen nameSet // what was set goes before what was received
	for _, m := range c.all() {
		if !registeredClaim(m.name) && seen.add(m.name) {
			members = append(members, m)
		}
	}
	return appendObject(dst, members), nil
}

// read reads a claims set and the type of every registered claim (RFC 7519, Section 7.2, step 10),
// also of those that nobody asks for. Unknown claims are ignored (Section 4). See also RFC 7519,
// Section 11.
func (c *Claims) read(text string) error {
	c.text = text
	var wrong error
	if err := readObject(text, func(m member, escaped bool) error {
		wrong = c.readRegistered(m, escaped)
		return wrong
	}); err != nil && wrong == nil {
		return fmt.Errorf("%w: claims: %v (RFC 7519, Section 4)", ErrMalformed, err)
	}
	return wrong
}

// readRegistered stores a claim in its field, if it has one. If it is a string, it may have escapes
// only if escaped is set. See also RFC 7519, Sections 4.1.1 to 4.1.7.
func (c *Claims) readRegistered(m member, escaped bool) error {
	ok := true
	switch m.name {
	case "iss":
		c.Issuer, ok = textOf(m.value, escaped)
	case "sub":
		c.Subject, ok = textOf(m.value, escaped)
	case "aud":
		var one string
		if one, ok = textOf(m.value, escaped); ok {
			c.Audience = []string{one}
		} else {
			c.Audience, ok = textArray(m.value)
		}
		c.aud = true
	case "exp":
		c.ExpiresAt, ok = parseNumericDate(m.value)
	case "nbf":
		c.NotBefore, ok = parseNumericDate(m.value)
	case "iat":
		c.IssuedAt, ok = parseNumericDate(m.value)
	case "jti":
		c.ID, ok = textOf(m.value, escaped)
	}
	switch {
	case ok:
		return nil
	case m.name == "exp" || m.name == "nbf" || m.name == "iat":
		return fmt.Errorf("%w: claims: %q is not a NumericDate in seconds (not milliseconds), of years 0 to 9999, in at "+
			"most %d characters (RFC 7519, Section 2)", ErrMalformed, m.name, maxDateText)
	}
	return fmt.Errorf("%w: claims: %q is of another JSON type (RFC 7519, Section 4.1)", ErrMalformed, m.name)
}

// Policy is what a JWT has to satisfy. What it is to be checked for is stated or waived: of
// each pair of fields below exactly one is set, and an empty string states nothing. The zero
// Policy accepts no token.
//
// Leeway, for clocks that differ, applies to every comparison with the clock: "exp", "nbf",
// NoExpLifetime, MaxAge, and an "iat" in the future.
type Policy struct {
	Issuer    string // "iss" to require (RFC 7519, Section 4.1.1), or
	AnyIssuer bool   // accept any issuer, or none

	Subject    string // "sub" to require (RFC 7519, Section 4.1.2), or
	AnySubject bool   // accept any subject, or none

	Audience   []string // one of these must be in "aud" (RFC 7519, Section 4.1.3), or
	NoAudience bool     // we are no audience: a token that names one is refused

	Type    string // "typ" to require (RFC 8725, Section 3.11), without "application/", in any case, or
	AnyType bool   // accept any type, or none

	// A token without "exp" is refused, unless one of these is set.
	AllowNoExp    bool          // accept one that never expires (RFC 7519, Section 4.1.4), or
	NoExpLifetime time.Duration // let one expire so long after its "iat", which it then has to have

	MaxAge time.Duration    // 0, or how long ago "iat" may be, which then has to be there and not in the future
	Leeway time.Duration    // 0 to 10 minutes: "no more than a few minutes" (RFC 7519, Section 4.1.4)
	Now    func() time.Time // the clock; nil is time.Now
}

// maxLeeway is our reading of "no more than a few minutes".
const maxLeeway = 10 * time.Minute

// check returns the error of a policy that can't be meant, with all that is wrong with it (D18; RFC
// 7519, Sections 4 and 4.1.5; RFC 8725, Section 3.9).
func (p *Policy) check() error {
	if p == nil {
		return fmt.Errorf("%w: the policy is nil", ErrOption)
	}
	var wrong []string
	require := func(ok bool, what string) {
		if !ok {
			wrong = append(wrong, what)
		}
	}
	require(p.Issuer != "" || p.AnyIssuer, "set Issuer or AnyIssuer")
	require(p.Issuer == "" || !p.AnyIssuer, "Issuer and AnyIssuer are both set")
	require(p.Subject != "" || p.AnySubject, "set Subject or AnySubject")
	require(p.Subject == "" || !p.AnySubject, "Subject and AnySubject are both set")
	require(len(p.Audience) > 0 || p.NoAudience, "set Audience or NoAudience")
	require(len(p.Audience) == 0 || !p.NoAudience, "Audience and NoAudience are both set")
	require(p.Type != "" || p.AnyType, "set Type or AnyType")
	require(p.Type == "" || !p.AnyType, "Type and AnyType are both set")
	require(!slices.Contains(p.Audience, ""), "Audience has an empty one")
	require(p.NoExpLifetime >= 0, "NoExpLifetime is negative")
	require(p.NoExpLifetime <= 0 || !p.AllowNoExp, "AllowNoExp and NoExpLifetime are both set")
	require(p.MaxAge >= 0, "MaxAge is negative")
	require(p.Leeway >= 0 && p.Leeway <= maxLeeway, "Leeway is not 0 to 10 minutes (RFC 7519, Section 4.1.4)")
	if wrong == nil {
		return nil
	}
	return fmt.Errorf("%w: the policy: %s", ErrOption, strings.Join(wrong, "; "))
}

// Verify verifies a JWT that is a JWS, and returns its claims if they satisfy the policy (RFC
// 7519, Section 7.2). The errors are those of [Verifier.Verify]: [ErrMalformed], also for
// claims that are no JSON object or of a wrong type, [ErrUnsupported], [ErrAlgorithm],
// [ErrUnknownKey], [ErrSignature] and [ErrKey]; then [ErrClaims] where the policy or a check is
// not satisfied, with [ErrExpired] and [ErrNotYetValid] for its times. A policy that can't be
// meant is [ErrOption], whatever the token. Claims are never returned beside an error.
func (p *Policy) Verify(v *Verifier, token string, checks ...CheckOption) (*Claims, error) {
	return p.verify(new(Claims), v, token, checks)
}

// verify fills c and returns it. Verify is small enough to be inlined, and then claims that its
// caller does not keep need no memory of their own. See also RFC 7519, Sections 7.2, 11 and 11.1.
func (p *Policy) verify(c *Claims, v *Verifier, token string, checks []CheckOption) (*Claims, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	_, text, h, err := verify(v, token, nil, jwt, checks)
	if err != nil {
		return nil, err
	}
	c.header = h.Header
	if err := c.read(text); err != nil {
		return nil, err
	}
	if err := p.accept(c); err != nil {
		return nil, err
	}
	return c, nil
}

// VerifyNested decrypts and verifies a nested JWT, and returns its claims if they satisfy the
// policy (RFC 7519, Section 7.2). The outer header says "cty" "JWT" (Section 5.2), and claims
// that it repeats are the signed ones (Section 5.3). The checks are for the inner header, and
// the policy's Type is for its "typ". The errors are those of [DecryptThenVerify], [ErrInner]
// with what is about the inner token, [ErrDecryption], and those of [Policy.Verify]:
// [ErrMalformed], [ErrUnsupported], [ErrAlgorithm], [ErrUnknownKey], [ErrSignature], [ErrKey],
// [ErrOption], [ErrClaims], [ErrExpired] and [ErrNotYetValid].
func (p *Policy) VerifyNested(d *Decrypter, v *Verifier, token string, checks ...CheckOption) (*Claims, error) {
	// See RFC 7519, Sections 8, 11 and 11.1.
	if err := p.check(); err != nil {
		return nil, err
	}
	_, text, h, outer, err := decryptThenVerify(d, v, token, jwt, checks)
	if err != nil {
		return nil, err
	}
	c := &Claims{header: h.Header, outer: outer.Header}
	if err := c.read(text); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInner, err)
	}
	if err := c.checkReplicated(); err != nil {
		return nil, err
	}
	if err := p.accept(c); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInner, err)
	}
	return c, nil
}

// checkReplicated compares the registered claims that the outer header repeats with the
// signed ones. RFC 7519, Section 5.3 says that an application should; we choose to.
func (c *Claims) checkReplicated() error {
	var claims []member
	for _, m := range c.outer.members {
		if !registeredClaim(m.name) {
			continue
		}
		if claims == nil {
			claims = c.all()
		}
		value, ok := find(claims, m.name)
		if !ok || !sameClaim(m.name, m.value, value) {
			return fmt.Errorf("%w: header: %q is not the signed claim (RFC 7519, Section 5.3)", ErrClaims, m.name)
		}
	}
	return nil
}

// sameClaim reports whether two values of a registered claim say the same (RFC 7519, Section 5.3).
func sameClaim(name, a, b string) bool {
	if a == b {
		return true
	}
	var x, y Claims
	if x.readRegistered(member{name, a}, true) != nil || y.readRegistered(member{name, b}, true) != nil {
		return false
	}
	return x.Issuer == y.Issuer && x.Subject == y.Subject && x.ID == y.ID &&
		slices.Equal(x.Audience, y.Audience) &&
		x.ExpiresAt.equal(y.ExpiresAt) && x.NotBefore.equal(y.NotBefore) && x.IssuedAt.equal(y.IssuedAt)
}

// equal reports whether d and o are the same number, as far as they are known.
func (d NumericDate) equal(o NumericDate) bool {
	return d.seconds == o.seconds && d.nanos == o.nanos && !d.more && !o.more
}

// accept checks the claims of an authentic token, and its "typ" (RFC 7519, Sections 2, 4 and 5.1;
// RFC 8725, Sections 3.8, 3.9 and 3.12).
func (p *Policy) accept(c *Claims) error {
	switch { // exact comparison, escapes removed (RFC 7519, Section 7.3)
	case !p.AnyType && !sameMediaType(c.header.Type(), p.Type):
		return fmt.Errorf(`%w: header: "typ" is not the type that is required (RFC 8725, Section 3.11)`, ErrClaims)
	case !p.AnyIssuer && c.Issuer != p.Issuer:
		return fmt.Errorf(`%w: "iss" is not the issuer that is required (RFC 7519, Section 4.1.1)`, ErrClaims)
	case !p.AnySubject && c.Subject != p.Subject:
		return fmt.Errorf(`%w: "sub" is not the subject that is required (RFC 7519, Section 4.1.2)`, ErrClaims)
	case p.NoAudience && c.aud:
		return fmt.Errorf(`%w: "aud" is for somebody else (RFC 7519, Section 4.1.3)`, ErrClaims)
	case !p.NoAudience && !overlap(c.Audience, p.Audience):
		return fmt.Errorf(`%w: "aud" does not name us (RFC 7519, Section 4.1.3)`, ErrClaims)
	}
	now := time.Now
	if p.Now != nil {
		now = p.Now
	}
	at := now()
	early, late := at.Add(-p.Leeway), at.Add(p.Leeway)
	lifetime := p.NoExpLifetime > 0 && c.ExpiresAt.IsZero()
	switch {
	case !c.ExpiresAt.IsZero() && !c.ExpiresAt.after(early): // "on or after"
		return fmt.Errorf(`%w: "exp" (RFC 7519, Section 4.1.4)`, ErrExpired)
	case c.ExpiresAt.IsZero() && !p.AllowNoExp && !lifetime:
		return fmt.Errorf(`%w: no "exp" (RFC 7519, Section 4.1.4)`, ErrClaims)
	case !c.NotBefore.IsZero() && c.NotBefore.after(late):
		return fmt.Errorf(`%w: "nbf" (RFC 7519, Section 4.1.5)`, ErrNotYetValid)
	case !lifetime && p.MaxAge == 0:
		return nil // no rule for "iat" (RFC 7519, Section 4.1.6)
	case c.IssuedAt.IsZero():
		return fmt.Errorf(`%w: no "iat", and the age matters (RFC 7519, Section 4.1.6)`, ErrClaims)
	case c.IssuedAt.after(late):
		return fmt.Errorf(`%w: "iat" is in the future (RFC 7519, Section 4.1.6)`, ErrNotYetValid)
	case lifetime && !c.IssuedAt.after(early.Add(-p.NoExpLifetime)):
		return fmt.Errorf(`%w: no "exp", and the lifetime from "iat" is over (RFC 7519, Section 4.1.6)`, ErrExpired)
	case p.MaxAge > 0 && c.IssuedAt.before(early.Add(-p.MaxAge)):
		return fmt.Errorf(`%w: "iat" is longer ago than the maximum age (RFC 7519, Section 4.1.6)`, ErrExpired)
	}
	return nil
}

// overlap reports whether a name is in both.
func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(name string) bool { return slices.Contains(b, name) })
}
