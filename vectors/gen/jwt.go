package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"example.com/jose/vectors"
)

// now is the time of all JWTs: 2026-01-01T00:00:00Z.
const now = 1767225600

// goodObject satisfies basePolicy at now.
var goodObject = object{
	{"iss", `"https://issuer.example"`},
	{"sub", `"alice"`},
	{"aud", `"https://api.example"`},
	{"exp", strconv.Itoa(now + 300)},
	{"nbf", strconv.Itoa(now - 60)},
	{"iat", strconv.Itoa(now - 60)},
	{"jti", `"1f2e"`},
}

var goodClaims = goodObject.String()

func basePolicy() vectors.Policy {
	return vectors.Policy{
		Issuer:     "https://issuer.example",
		AnySubject: true,
		Audience:   []string{"https://api.example"},
		Type:       "JWT",
	}
}

// jwt signs claims, with typ JWT.
func jwt(alg, claims string) string { return jws(alg, header(alg, `"typ":"JWT"`), claims) }

// at returns the NumericDate so many seconds after now.
func at(seconds int) string { return strconv.Itoa(now + seconds) }

func jwtRows() []row {
	return slices.Concat(jwtControls(), jwtTimes(), jwtWithoutExp(), jwtAge(), jwtStrings(), jwtAudience(), jwtTypes(),
		jwtClaimTypes(), jwtDuplicates(), jwtJSON(), jwtKinds())
}

// claimsRow is a JWT with HS512 whose signature and header are right.
func claimsRow(fault, class, req, tags, claims, why string) row {
	r := row{id: "jwt/" + fault + "/HS512", class: class, req: req, tags: tags, why: why, token: jwt("HS512", claims), payload: claims}
	var v any
	if class != "" && (len(claims) > 16<<10 || json.Unmarshal([]byte(claims), &v) != nil) {
		r.payload = noPayload // if somebody accepts it, who knows what it is then
	}
	if class == "" && tags != "" && !strings.Contains(tags, "control") {
		r.tags = "control " + tags
	}
	return r
}

func jwtControls() []row {
	rows := []row{
		{id: "jwt/valid-claims/RS256", req: "7519-7.2-11 7519-7.2-8 8725-3.1-2 8725-3.1-5", why: "A plain JWT.", token: jwt("RS256", goodClaims)},
		{id: "jwt/valid-claims/ES512", req: "7519-7.2-11 7519-7.2-8 7515-10.7-1 8725-3.2-6", why: "A plain JWT.", token: jwt("ES512", goodClaims)},
		{id: "jwt/valid-claims/HS512", req: "7519-7.2-11 7519-7.2-8 7519-7.2-2 7519-7.2-7", why: "A plain JWT.", token: jwt("HS512", goodClaims)},
	}
	for _, c := range []struct{ fault, req, claims, why string }{
		{"claims-unknown", "7519-4-4 8259-3-1", goodObject.with("scope", `"pay"`).with("nested", `{"a":[1,null]}`).String(), "Claims that are not understood are ignored."},
		{"claims-white-space", "8259-2-1 7519-3-1", " \r\n\t" + strings.ReplaceAll(goodClaims, ",", " ,\r\n ") + "\n", "White space around JSON tokens is insignificant; the example of RFC 7519 has line breaks."},
		{"claims-escaped-name", "7519-7.3-1 7515-10.13-2 7519-11-3", strings.Replace(goodClaims, `"iss"`, `"\u0069ss"`, 1), "An escaped name is the same name."},
		{"claims-escaped-value", "7519-7.3-1 8259-7-2 7519-4.1.1-1 8725-3.8-2", strings.Replace(goodClaims, `https:`, `\u0068ttps:`, 1), "An escaped value is the same value."},
		{"claims-escaped-slash", "7519-7.3-1 8259-7-2 8259-7-1 8259-9-1", strings.Replace(goodClaims, `https://issuer`, `https:\/\/issuer`, 1), "An escaped slash is a slash."},
		{"claims-upper-case-beside", "7519-7.3-2 7515-10.13-3 7519-4-4 7519-4-2", goodObject.with("ISS", `"https://other.example"`).with("Exp", "1").String(), "ISS and Exp are other claims, and are ignored."},
		{"claims-large-integer", "7519-4-4 8259-6-2 8259-6-1", goodObject.with("account", "9007199254740993").String(), "An integer that no float64 holds, in another claim."},
		{"claims-non-ascii", "8725-3.7-1 8259-7-3 8725-3.7-2", goodObject.with("sub", `"Zürich 𝄞 \uD834\uDD1E"`).String(), "Claims are UTF-8, beyond the basic plane too."},
		{"claims-null-unknown", "7519-4-4 8259-3-2", goodObject.with("act", "null").String(), "A claim that is not understood may be null."},
		{"claims-nesting-32", "7519-4-4 8259-9-3", goodObject.with("x", nest(31)).String(), "Claims that are ignored may be nested; 32 levels with the claims set itself."},
	} {
		rows = append(rows, claimsRow(c.fault, "", c.req, "control", c.claims, c.why))
	}
	for i := range rows {
		rows[i].tags = "control"
	}
	return rows
}

// jwtTimes are exp and nbf (RFC 7519, Sections 2, 4.1.4 and 4.1.5). Each one
// that is refused has a twin that is not.
func jwtTimes() []row {
	var rows []row
	add := func(fault, class, claim, req, value, why string) *row {
		r := claimsRow(fault, class, req, "time", goodObject.with(claim, value).String(), why)
		rows = append(rows, r)
		return &rows[len(rows)-1]
	}
	add("exp-one-second-before", expired, "exp", "7519-4.1.4-2 7519-4.1.4-1", at(-1), "It has expired one second ago.")
	add("exp-now", expired, "exp", "7519-4.1.4-2 7519-4.1.4-1", at(0), "On the time of exp it is too late.")
	add("exp-one-second-after", "", "exp", "7519-4.1.4-2 7519-4.1.4-1 7519-4.1.4-4", at(1), "It expires in one second.")
	add("exp-half-second-before", expired, "exp", "7519-4.1.4-2 7519-2-5", at(-1)+".5", "It has expired half a second ago; a number that is cut to seconds makes no difference here.")
	add("exp-half-second-after", "", "exp", "7519-4.1.4-2 7519-2-5", at(0)+".5", "It expires in half a second: NumericDate may have a fraction, which must not be cut off.")
	add("exp-fraction-zero", expired, "exp", "7519-4.1.4-2 7519-2-5", at(0)+".000", "A fraction of zero adds nothing.")
	add("exp-nanosecond-after", "", "exp", "7519-2-5 8259-6-2", at(0)+".000000001", "It expires in a nanosecond; a float64 does not hold it.").
		choice = "RFC 7519, Section 2 allows fractions; RFC 8259, Section 6 allows a parser to limit the precision of numbers"
	add("exp-exponent-past", expired, "exp", "7519-4.1.4-2 7519-2-5", "1.30081938e+09", "A NumericDate with an exponent, in 2011.")
	add("exp-exponent-future", "", "exp", "7519-4.1.4-2 7519-2-5", "17.672256010e8", "A NumericDate with an exponent, in one second.")
	add("exp-capital-exponent", "", "exp", "7519-4.1.4-2 7519-2-5", "2E9", "A NumericDate with a capital E.")
	add("exp-exponent-negative", "", "exp", "7519-4.1.4-2 7519-2-5", "17672256010000e-4", "A NumericDate with a negative exponent, in one second.")
	add("exp-zero", expired, "exp", "7519-4.1.4-2 7519-2-4", "0", "0 is a time like any other, and does not stand for never.")
	add("exp-minus-zero", expired, "exp", "7519-4.1.4-2 7519-2-4", "-0", "-0 is 0.")
	add("exp-minus-one", expired, "exp", "7519-4.1.4-2 7519-2-4", "-1", "-1 is a time like any other, and does not stand for never.")
	add("exp-negative-large", malformed, "exp", "7519-2-4 8259-6-2", "-99999999999", "A time before the year 0.").
		choice = "RFC 7519, Section 2: any number is a NumericDate; a representation of time has its limits"
	add("exp-year-9999", "", "exp", "7519-4.1.4-2 7519-2-4", "253402300799", "The last second of the year 9999.")
	add("exp-year-10000", malformed, "exp", "7519-2-4 8259-6-2", "253402300800", "The first second of the year 10000.").
		choice = "RFC 7519, Section 2: any number is a NumericDate; a representation of time has its limits"
	add("exp-milliseconds", malformed, "exp", "7519-2-4 8259-6-2", at(300)+"000", "Milliseconds instead of seconds: a token for 56,000 years.").
		choice = "RFC 7519, Section 2: any number is a NumericDate; a representation of time has its limits"
	add("exp-2-to-the-63", malformed, "exp", "7519-2-4 8259-6-2", "9223372036854775808", "One more than an int64 holds, where it wraps to the past, or past it.").
		choice = "RFC 7519, Section 2: any number is a NumericDate; a representation of time has its limits"
	add("exp-2-to-the-64-plus-now", malformed, "exp", "7519-2-4 8259-6-2", "18446744075476777515", "The time wraps to the future in 64 bits.").
		choice = "RFC 7519, Section 2: any number is a NumericDate; a representation of time has its limits"
	add("exp-1e400", malformed, "exp", "8259-6-2 7519-2-5", "1e400", "No float64 holds it: infinity, or an error that is taken for no exp.").
		choice = "RFC 7519, Section 2: any number is a NumericDate; RFC 8259, Section 6 allows limits"
	add("exp-1e1000000000", malformed, "exp", "8259-6-2 7519-2-5", "1e1000000000", "Twelve characters that a big integer writes out as a gigabyte.").
		choice = "RFC 7519, Section 2: any number is a NumericDate; RFC 8259, Section 6 allows limits"
	add("exp-exponent-overflow", malformed, "exp", "8259-6-2 7519-2-5", "1e99999999999999999999", "The exponent itself overflows an integer.").
		choice = "RFC 7519, Section 2: any number is a NumericDate; RFC 8259, Section 6 allows limits"
	add("exp-1e-1000000000", expired, "exp", "7519-4.1.4-2 7519-2-5", "1e-1000000000", "A number that is almost 0, and as long to write out.")
	add("exp-minus-1e-1000000000", expired, "exp", "7519-4.1.4-2 7519-2-5", "-1e-1000000000", "A number that is almost 0, from below.")
	add("exp-zero-with-fraction", expired, "exp", "7519-4.1.4-2 7519-2-5", "0.0", "0.0 is 0: a time like any other, and not the absence of one.")
	add("exp-zero-with-exponent", expired, "exp", "7519-4.1.4-2 7519-2-5", "0e10", "0 times a power of ten is 0: a time like any other, and not the absence of one.")
	add("exp-zero-with-negative-exponent", expired, "exp", "7519-4.1.4-2 7519-2-5", "0E-5", "0 divided by a power of ten is 0: a time like any other, and not the absence of one.")
	add("exp-0e1000000000", expired, "exp", "7519-4.1.4-2 7519-2-5", "0e1000000000", "0, and a thousand million zeros for who writes them out.")
	add("exp-0e-exponent-overflow", expired, "exp", "7519-4.1.4-2 7519-2-5", "0e-99999999999999999999", "0, and the exponent itself overflows an integer.")
	add("exp-exponent-leading-zeros", "", "exp", "7519-4.1.4-2 7519-2-5", "17672256010e-0000000001", "Zeros before the exponent are JSON, and mean nothing: it expires in one second.")
	add("exp-exponent-plus", "", "exp", "7519-4.1.4-2 7519-2-5", "1.767225601E+09", "An exponent with its sign: it expires in one second.")

	// Long numbers. Where one is the time that it has to be, a reader may still refuse it.
	const length = "RFC 8259, Section 9: a parser may set limits on the range and the precision of numbers"
	digits := func(text string, n int) string { return text + strings.Repeat("0", n-len(text)) }
	add("exp-64-characters", "", "exp", "8259-9-3 8259-6-2 7519-2-5", digits(at(300)+".", 64), "A number of 64 characters, of which most are zeros of its fraction.").choice = length
	add("exp-65-characters", malformed, "exp", "8259-9-3 8259-6-2 7519-2-5", digits(at(300)+".", 65), "A number of 65 characters, of which most are zeros of its fraction.").choice = length
	add("exp-65-characters-past", malformed, "exp", "7519-4.1.4-2 8259-9-3", digits(at(-300)+".", 65), "A number of 65 characters, and in the past: whether its length is a fault or not, it must be refused.")
	add("exp-1000000-characters", malformed, "exp", "8259-9-3 8259-6-2 7519-2-5", digits(at(300)+".", 1_000_000), "A number of a million characters, which takes the square of its length for who is careless.").choice = length
	add("exp-1000000-digits-past", malformed, "exp", "7519-4.1.4-2 8259-9-3", "-1"+strings.Repeat("0", 999_998), "A time in the past of a million digits: whether its length is a fault or not, it must be refused.")
	add("iat-65-characters", malformed, "iat", "8259-9-3 8259-6-2 7519-2-5", digits(at(-60)+".", 65), "A number of 65 characters in a claim that the policy does not look at.").choice = length
	add("nbf-801-digits-with-exponent", malformed, "nbf", "8259-9-3 8259-6-2 7519-2-5", digits(at(-60), 801)+"e-791", "801 digits and an exponent that takes most of them back: it has been valid for a minute.").choice = length
	add("nbf-801-digits-with-exponent-future", malformed, "nbf", "7519-4.1.5-2 7519-2-5 8259-9-3", digits(at(400), 801)+"e-791", "801 digits and an exponent that takes most of them back: it becomes valid in 400 seconds; who cuts the digits reads another time.")
	add("nbf-801-digits-after-zeros", malformed, "nbf", "7519-4.1.5-2 7519-2-5 8259-9-3", "0."+strings.Repeat("0", 801)+at(400)+"e811", "A fraction that begins with 801 zeros, and an exponent that takes them back: it becomes valid in 400 seconds; who cuts the digits reads 1970.")
	for _, fault := range []string{"1e1000000000", "1e-1000000000", "minus-1e-1000000000", "exponent-overflow", "0e1000000000", "0e-exponent-overflow", "1000000-characters", "1000000-digits-past"} {
		for i := range rows {
			if rows[i].id == "jwt/exp-"+fault+"/HS512" {
				rows[i].tags = "time resource-exhaustion"
			}
		}
	}

	add("nbf-now", "", "nbf", "7519-4.1.5-2 7519-4.1.5-1 7519-4.1.5-4", at(0), "On the time of nbf it is valid.")
	add("nbf-one-second-after", notYetValid, "nbf", "7519-4.1.5-2 7519-4.1.5-1", at(1), "It becomes valid in one second.")
	add("nbf-half-second-after", notYetValid, "nbf", "7519-4.1.5-2 7519-2-5", at(0)+".5", "It becomes valid in half a second: a fraction must not be cut off.")
	add("nbf-half-second-before", "", "nbf", "7519-4.1.5-2 7519-2-5", at(-1)+".5", "It has become valid half a second ago.")
	add("nbf-negative", "", "nbf", "7519-4.1.5-2 7519-2-4", "-1", "A time before 1970 is a time.")
	add("nbf-after-exp", notYetValid, "nbf", "7519-4.1.5-2 7519-4.1.5-1", at(400), "nbf is later than exp: there is no time at which it is valid.")
	add("nbf-year-10000", malformed, "nbf", "7519-4.1.5-2 7519-2-4", "253402300800", "nbf beyond the year 9999; with wrapping numbers it may be in the past.")
	add("iat-in-the-future", "", "iat", "7519-4.1.6-1 7519-4-3", at(1000), "iat in the future is no fault where age does not matter.").
		choice = "RFC 7519, Section 4.1.6 has no rule for the value"
	add("iat-fraction", "", "iat", "7519-4.1.6-1 7519-2-5", at(-60)+".123456789", "iat may have a fraction.")

	leeway := func(r *row, seconds int64) { r.policy = policy(func(p *vectors.Policy) { p.Leeway = seconds }) }
	leeway(add("leeway-exp-within", "", "exp", "7519-4.1.4-3", at(-59), "Expired 59 seconds ago, with a leeway of 60."), 60)
	leeway(add("leeway-exp-on", expired, "exp", "7519-4.1.4-3", at(-60), "Expired 60 seconds ago, with a leeway of 60."), 60)
	rows[len(rows)-1].choice = "RFC 7519, Section 4.1.4: leeway is for the implementer to define"
	leeway(add("leeway-exp-beyond", expired, "exp", "7519-4.1.4-1 7519-4.1.4-3", at(-61), "Expired 61 seconds ago, with a leeway of 60."), 60)
	leeway(add("leeway-nbf-on", "", "nbf", "7519-4.1.5-3", at(60), "Valid in 60 seconds, with a leeway of 60."), 60)
	leeway(add("leeway-nbf-beyond", notYetValid, "nbf", "7519-4.1.5-1 7519-4.1.5-3", at(61), "Valid in 61 seconds, with a leeway of 60."), 60)
	leeway(add("leeway-nbf-fraction-beyond", notYetValid, "nbf", "7519-4.1.5-1 7519-2-5 7519-4.1.5-3", at(60)+".5", "Valid in 60.5 seconds, with a leeway of 60."), 60)

	for i := range rows {
		if rows[i].class == "" && rows[i].choice == "" {
			rows[i].tags = "control time"
		}
	}
	return rows
}

// jwtWithoutExp are tokens that never expire by themselves.
func jwtWithoutExp() []row {
	noExp := func(iat string) string { return goodObject.without("exp").with("iat", iat).String() }
	lifetime := policy(func(p *vectors.Policy) { p.NoExpLifetime = 1800 })
	allowed := policy(func(p *vectors.Policy) { p.AllowNoExp = true })
	rows := []row{
		claimsRow("exp-absent", claims, "7519-4-3 7519-4.1.4-5", "time", goodObject.without("exp").String(), "The policy requires exp."),
		claimsRow("exp-other-case", claims, "7519-7.3-2 7515-10.13-3 7519-4-3", "claim-confusion time", goodObject.without("exp").with("Exp", at(300)).String(), "Exp is not exp: names are case-sensitive."),
		claimsRow("exp-absent-allowed", "", "7519-4.1.4-5", "time", goodObject.without("exp").String(), "exp is optional, and the policy allows its absence."),
		claimsRow("exp-absent-allowed-but-expired", expired, "7519-4.1.4-2", "time", goodObject.with("exp", at(-1)).String(), "The policy allows the absence of exp, not an exp in the past."),
		claimsRow("exp-absent-within-lifetime", "", "7519-4-3 7519-4.1.4-5 7519-4.1.6-1", "time", noExp(at(-1799)), "Without exp it lives 30 minutes from iat, as 2Checkout has it: 29:59 are over."),
		claimsRow("exp-absent-on-lifetime", expired, "7519-4-3 7519-4.1.4-5 7519-4.1.6-1", "time", noExp(at(-1800)), "Without exp it lives 30 minutes from iat: they are over."),
		claimsRow("exp-absent-beyond-lifetime", expired, "7519-4-3 7519-4.1.4-5 7519-4.1.6-1", "time", noExp(at(-1801)), "Without exp it lives 30 minutes from iat: they have been over for a second."),
		claimsRow("exp-absent-without-iat", claims, "7519-4-3 7519-4.1.4-5 7519-4.1.6-1", "time", goodObject.without("exp", "iat").String(), "Without exp it lives 30 minutes from iat, and there is no iat."),
		claimsRow("exp-present-beyond-lifetime", "", "7519-4.1.4-2", "time", goodObject.with("iat", at(-3000)).String(), "With exp, the lifetime of tokens without it does not count."),
		claimsRow("exp-present-within-lifetime", expired, "7519-4.1.4-2", "time", goodObject.with("exp", at(-1)).with("iat", at(-100)).String(), "With exp, the lifetime of tokens without it does not make it live longer."),
	}
	for i := range rows {
		switch {
		case strings.Contains(rows[i].id, "allowed"):
			rows[i].policy = allowed
		case strings.Contains(rows[i].id, "lifetime"), strings.Contains(rows[i].id, "without-iat"):
			rows[i].policy = lifetime
		}
	}
	return rows
}

// jwtAge are tokens under a policy that says how old one may be.
func jwtAge() []row {
	iat := func(value string) string { return goodObject.with("iat", value).String() }
	rows := []row{
		claimsRow("age-within", "", "7519-4-3 7519-4.1.6-1", "time", iat(at(-299)), "Issued 299 seconds ago; 300 are allowed."),
		claimsRow("age-beyond", expired, "7519-4-3 7519-4.1.6-1", "time", iat(at(-301)), "Issued 301 seconds ago; 300 are allowed."),
		claimsRow("age-exact", "", "7519-4-3 7519-4.1.6-1", "time", iat(at(-300)), "Issued 300 seconds ago; 300 are allowed."),
		claimsRow("age-negative", notYetValid, "7519-4-3 7519-4.1.6-1", "time", iat(at(1)), "Issued in one second: where age matters, it would be young forever."),
		claimsRow("age-unknown", claims, "7519-4-3 7519-4.1.6-2", "time", goodObject.without("iat").String(), "There is no iat, and age matters."),
		claimsRow("age-fraction-beyond", expired, "7519-4-3 7519-4.1.6-1 7519-2-5", "time", iat(at(-301)+".5"), "Issued 300.5 seconds ago; 300 are allowed."),
	}
	for i := range rows {
		rows[i].policy = policy(func(p *vectors.Policy) { p.MaxAge = 300 })
		if strings.Contains(rows[i].id, "exact") || strings.Contains(rows[i].id, "negative") {
			rows[i].choice = "RFC 7519, Section 4.1.6 has no rule for the value"
		}
	}
	return rows
}

// jwtStrings are iss and sub, compared code point by code point (RFC 7519,
// Section 7.3).
func jwtStrings() []row {
	subject := policy(func(p *vectors.Policy) { p.AnySubject, p.Subject = false, "alice" })
	anyIssuer := policy(func(p *vectors.Policy) { p.AnyIssuer, p.Issuer = true, "" })
	accent := policy(func(p *vectors.Policy) { p.AnySubject, p.Subject = false, "jos\u00e9" })
	clef := policy(func(p *vectors.Policy) { p.AnySubject, p.Subject = false, "\U0001D11E" })
	iss := func(value string) string { return goodObject.with("iss", value).String() }
	sub := func(value string) string { return goodObject.with("sub", value).String() }
	rows := []row{
		claimsRow("iss-absent", claims, "7519-4-3 7519-4.1.1-2", "claim-confusion", goodObject.without("iss").String(), "The policy requires an issuer."),
		claimsRow("iss-other", claims, "8725-3.8-2 7519-7.3-2", "claim-confusion", iss(`"https://other.example"`), "Another issuer."),
		claimsRow("iss-case", claims, "7519-4.1.1-1 8725-3.8-2", "claim-confusion", iss(`"https://Issuer.example"`), "iss is case-sensitive."),
		claimsRow("iss-trailing-slash", claims, "7519-7.3-2 7519-2-3 8725-3.8-2", "claim-confusion", iss(`"https://issuer.example/"`), "iss is a string, and not compared as a URL."),
		claimsRow("iss-longer", claims, "7519-7.3-2 8725-3.8-2", "claim-confusion", iss(`"https://issuer.example.attacker.example"`), "iss begins with what is required."),
		claimsRow("iss-part", claims, "7519-7.3-2 8725-3.8-2", "claim-confusion", iss(`"https://issuer"`), "iss is a part of what is required (CVE-2024-53861: in, between strings)."),
		claimsRow("iss-empty", claims, "7519-7.3-2 8725-3.8-2", "claim-confusion", iss(`""`), "iss is empty."),
		claimsRow("iss-trailing-nul", claims, "7519-7.3-2 8725-3.8-2", "claim-confusion", iss(`"https://issuer.example\u0000"`), "iss has a NUL at its end, where a C string would end."),
		claimsRow("iss-name-upper-case", claims, "7519-7.3-2 7515-10.13-3", "claim-confusion parser-differential", goodObject.without("iss").with("ISS", `"https://issuer.example"`).String(), "ISS is not iss: Go's encoding/json folds case."),
		claimsRow("iss-name-long-s", claims, "7519-7.3-2 7515-10.13-3", "claim-confusion parser-differential", goodObject.without("iss").with("iſs", `"https://issuer.example"`).String(), "The name has U+017F, the long s, which folds to s: Go's encoding/json takes it."),
		claimsRow("iss-name-upper-case-after", claims, "7519-7.3-2 7515-10.13-3", "claim-confusion parser-differential", iss(`"https://other.example"`)[:len(iss(`"https://other.example"`))-1]+`,"ISS":"https://issuer.example"}`, "iss is another, and ISS after it is right: a struct that is filled without regard to case has the last."),
		claimsRow("sub-right", "", "8725-3.8-3 7519-4.1.2-2 8725-3.8-4", "claim-confusion", goodClaims, "The subject that the policy requires."),
		claimsRow("sub-absent", claims, "7519-4-3 7519-4.1.2-3", "claim-confusion", goodObject.without("sub").String(), "The policy requires a subject."),
		claimsRow("sub-case", claims, "7519-4.1.2-2 8725-3.8-4", "claim-confusion", sub(`"Alice"`), "sub is case-sensitive."),
		claimsRow("sub-other", claims, "8725-3.8-4 7519-7.3-2", "claim-confusion", sub(`"mallory"`), "Another subject."),
		claimsRow("sub-trailing-space", claims, "7519-7.3-2 8725-3.8-4", "claim-confusion", sub(`"alice "`), "A space after the subject."),
		claimsRow("sub-name-upper-case", claims, "7519-7.3-2 7515-10.13-3", "claim-confusion parser-differential", goodObject.without("sub").with("SUB", `"alice"`).String(), "SUB is not sub."),
		claimsRow("sub-composed", "", "7519-7.3-1 7519-2-3", "claim-confusion", sub("\"jos\u00e9\""), "A letter with an accent, in one code point."),
		claimsRow("sub-decomposed", claims, "7519-7.3-2 7519-2-3", "claim-confusion", sub("\"jose\u0301\""), "The same letter in two code points: strings are not normalized."),
		claimsRow("sub-clef", "", "7519-7.3-1 7515-10.13-4 8259-7-3", "claim-confusion", sub(`"\uD834\uDD1E"`), "A character beyond U+FFFF, as a pair of escapes, equals itself."),
		claimsRow("sub-clef-other", claims, "7519-7.3-2 7515-10.13-4 8259-7-3", "claim-confusion", sub(`"\uD834\uDD22"`), "Another character beyond U+FFFF, whose first escape is the same."),
		claimsRow("sub-clef-cut-to-16-bits", claims, "7519-7.3-2 7515-10.13-4", "claim-confusion", sub(`"\uD11E"`), "The character below U+FFFF that is left of it in 16 bits."),
		claimsRow("issuer-waived", "", "7519-4.1.1-2", "claim-confusion", goodObject.without("iss").String(), "iss is optional, and the policy waives it."),
	}
	for i := range rows {
		switch id := rows[i].id; {
		case strings.Contains(id, "composed"):
			rows[i].policy = accent
		case strings.Contains(id, "clef"):
			rows[i].policy = clef
		case strings.Contains(id, "/sub-"):
			rows[i].policy = subject
		case strings.Contains(id, "waived"):
			rows[i].policy = anyIssuer
		}
	}
	return rows
}

// jwtAudience is RFC 7519, Section 4.1.3.
func jwtAudience() []row {
	aud := func(value string) string { return goodObject.with("aud", value).String() }
	two := policy(func(p *vectors.Policy) { p.Audience = []string{"https://api.example", "https://www.example"} })
	none := policy(func(p *vectors.Policy) { p.Audience, p.NoAudience = nil, true })
	rows := []row{
		claimsRow("aud-array-of-one", "", "7519-4.1.3-3 8725-3.9-3", "claim-confusion", aud(`["https://api.example"]`), "An array of one."),
		claimsRow("aud-array-of-two", "", "7519-4.1.3-1 7519-4.1.3-3 7519-4.1.3-2", "claim-confusion", aud(`["https://other.example","https://api.example"]`), "One of two is us."),
		claimsRow("aud-of-two-names", "", "7519-4.1.3-1 7519-4.1.3-4", "claim-confusion", aud(`"https://www.example"`), "We have two names, and one of them is there."),
		claimsRow("aud-absent", claims, "8725-3.9-3", "claim-confusion", goodObject.without("aud").String(), "The policy requires an audience."),
		claimsRow("aud-other", claims, "7519-4.1.3-2 7519-4.1.3-1", "claim-confusion", aud(`"https://other.example"`), "For somebody else: substitution of a token (RFC 8725, Section 2.7)."),
		claimsRow("aud-array-of-others", claims, "7519-4.1.3-2 7519-4.1.3-1", "claim-confusion", aud(`["https://other.example","https://www.example"]`), "For others (CVE-2020-26160: aud was not checked where it is an array)."),
		claimsRow("aud-array-empty", claims, "7519-4.1.3-2 7519-4.1.3-1", "claim-confusion", aud(`[]`), "For nobody: an empty array."),
		claimsRow("aud-array-with-empty-string", claims, "7519-4.1.3-2 7519-4.1.3-1", "claim-confusion", aud(`[""]`), "For the empty string."),
		claimsRow("aud-empty", claims, "7519-4.1.3-2 7519-4.1.3-1", "claim-confusion", aud(`""`), "For the empty string."),
		claimsRow("aud-case", claims, "7519-4.1.3-3 7519-4.1.3-2", "claim-confusion", aud(`"https://API.example"`), "aud is case-sensitive."),
		claimsRow("aud-longer", claims, "7519-4.1.3-2 7519-7.3-2", "claim-confusion", aud(`"https://api.example.attacker.example"`), "aud begins with what is required."),
		claimsRow("aud-part", claims, "7519-4.1.3-2 7519-7.3-2", "claim-confusion", aud(`"https://api"`), "aud is a part of what is required."),
		claimsRow("aud-list-in-string", claims, "7519-4.1.3-2 7519-7.3-2", "claim-confusion", aud(`"https://other.example https://api.example"`), "Two names in one string."),
		claimsRow("aud-name-upper-case", claims, "7519-7.3-2 7515-10.13-3 8725-3.9-3", "claim-confusion parser-differential", goodObject.without("aud").with("Aud", `"https://api.example"`).String(), "Aud is not aud."),
		claimsRow("no-audience", "", "7519-4.1.3-5", "claim-confusion", goodObject.without("aud").String(), "aud is optional, and we are no audience."),
		claimsRow("no-audience-but-aud", claims, "7519-4.1.3-2", "claim-confusion", goodClaims, "A token that names an audience, for a recipient that is none: it must be refused."),
		claimsRow("no-audience-but-empty-aud", claims, "7519-4.1.3-2", "claim-confusion", aud(`[]`), "An empty aud is an aud in which the recipient is not."),
	}
	for i := range rows {
		switch id := rows[i].id; {
		case strings.Contains(id, "two-names"):
			rows[i].policy = two
		case strings.Contains(id, "/no-audience"):
			rows[i].policy = none
		}
	}
	i := slices.IndexFunc(rows, func(r row) bool { return strings.Contains(r.id, "but-empty-aud") })
	rows[i].choice = "RFC 7519, Section 4.1.3 speaks of a recipient that is not in aud when the claim is present; an empty array is a border case of that"
	return rows
}

// jwtTypes is typ (RFC 7519, Section 5.1; RFC 8725, Section 3.11).
func jwtTypes() []row {
	var rows []row
	for _, c := range []struct{ fault, req, class, want, members, why string }{
		{"typ-lower-case", "7515-4.1.9-3 7515-5.3-3 7519-7.3-3", "", "JWT", `"typ":"jwt"`, "Media types have no case."},
		{"typ-application", "7515-4.1.9-5", "", "JWT", `"typ":"application/JWT"`, "The prefix application/ may be there."},
		{"typ-application-upper-case", "7515-4.1.9-5 7515-4.1.9-3", "", "JWT", `"typ":"Application/jwt"`, "Media types have no case, their prefix neither."},
		{"typ-at-jwt", "8725-3.12-1 8725-3.11-3", "", "at+jwt", `"typ":"at+jwt"`, "The type that the policy requires."},
		{"typ-application-at-jwt", "7515-4.1.9-5", "", "at+jwt", `"typ":"application/at+jwt"`, "The type that the policy requires, with its prefix."},
		{"typ-any", "7515-4.1.9-1", "", "", `"typ":"anything"`, "The policy waives the type."},
		{"typ-none-needed", "7515-4.1.9-2", "", "", ``, "The policy waives the type, and there is none."},
		{"typ-absent", "8725-3.12-1 7515-4.1.9-1", claims, "JWT", ``, "The policy requires a type."},
		{"typ-at-jwt-for-jwt", "8725-3.12-1 7515-4.1.9-1", claims, "JWT", `"typ":"at+jwt"`, "An access token where another JWT is expected: cross-JWT confusion."},
		{"typ-jwt-for-at-jwt", "8725-3.12-1 7515-4.1.9-1", claims, "at+jwt", `"typ":"JWT"`, "A JWT of no special type where an access token is expected: cross-JWT confusion."},
		{"typ-empty", "8725-3.12-1 7515-4.1.9-1", claims, "JWT", `"typ":""`, "typ is empty."},
		{"typ-prefix-only", "8725-3.12-1 7515-4.1.9-5", claims, "JWT", `"typ":"application/"`, "typ is nothing but the prefix."},
		{"typ-prefix-twice", "8725-3.12-1 7515-4.1.9-5", claims, "JWT", `"typ":"application/application/jwt"`, "The prefix twice."},
		{"typ-other-tree", "8725-3.12-1 7515-4.1.9-5 7519-7.3-3", claims, "JWT", `"typ":"text/jwt"`, "Another top-level type."},
		{"typ-parameter", "8725-3.12-1 7515-4.1.9-3 7515-5.3-3", claims, "JWT", `"typ":"JWT;v=1"`, "A media type with a parameter is another string."},
		{"typ-longer", "8725-3.12-1 7515-4.1.9-1", claims, "JWT", `"typ":"JWTS"`, "typ begins with what is required."},
		{"typ-space", "8725-3.12-1 7515-4.1.9-1", claims, "JWT", `"typ":"JWT "`, "A space after the type."},
		{"typ-name-upper-case", "7515-5.3-2 7515-10.13-3 8725-3.12-1", claims, "JWT", `"TYP":"JWT"`, "TYP is not typ."},
	} {
		h := header("HS512")
		if c.members != "" {
			h = header("HS512", c.members)
		}
		r := row{id: "jwt/" + c.fault + "/HS512", class: c.class, req: c.req, tags: "claim-confusion", why: c.why, token: jws("HS512", h, goodClaims),
			policy: policy(func(p *vectors.Policy) { p.Type, p.AnyType = c.want, c.want == "" })}
		if c.class == "" {
			r.tags = "control claim-confusion"
		}
		rows = append(rows, r)
	}
	return rows
}

// jwtClaimTypes are registered claims of another type than theirs, whether the
// policy looks at them or not (RFC 7519, Section 4.1).
func jwtClaimTypes() []row {
	var rows []row
	for _, c := range []struct{ claim, req, values string }{
		{"iss", "7519-4.1.1-1", `null true 1 ["https://other.example","https://issuer.example"] {}`},
		{"sub", "7519-4.1.2-2", `null 1 ["alice"]`},
		{"aud", "7519-4.1.3-3", `null true 1 {} ["https://api.example",1] ["https://api.example",null] [["https://api.example"]]`},
		{"exp", "7519-4.1.4-4", `null true "1767225900" [1767225900] {}`},
		{"nbf", "7519-4.1.5-4", `null "1767225540" false`},
		{"iat", "7519-4.1.6-1", `null "1767225540" {}`},
		{"jti", "7519-4.1.7-3", `null 1 ["1f2e"]`},
	} {
		for _, value := range strings.Fields(c.values) {
			fault := map[byte]string{'n': "null", 't': "true", 'f': "false", '"': "string", '[': "array", '{': "object"}[value[0]]
			switch {
			case fault == "":
				fault = "number"
			case strings.HasSuffix(value, ",1]"):
				fault = "array-with-number"
			case strings.HasSuffix(value, ",null]"):
				fault = "array-with-null"
			case strings.HasPrefix(value, "[["):
				fault = "array-in-array"
			}
			rows = append(rows, claimsRow("type-"+c.claim+"-"+fault, malformed, c.req, "type-confusion", goodObject.with(c.claim, value).String(),
				fmt.Sprintf("%s must not be a JSON %s.", c.claim, strings.ReplaceAll(fault, "-", " "))))
			switch c.claim {
			case "sub", "iat", "jti": // which basePolicy does not look at
				rows[len(rows)-1].choice = "RFC 7519, Section 4: claims are ignored by who does not understand them; these are optional"
			}
			if c.claim == "iss" && fault == "array" {
				rows[len(rows)-1].why = "iss is a string, not an array in which one may be right (CVE-2025-30144)."
			}
		}
	}
	return rows
}

// jwtDuplicates are claims that two parsers read differently. Where the last
// value is the wrong one, both choices of the RFC refuse the token.
func jwtDuplicates() []row {
	const lastWins = "RFC 7519, Section 4: a parser refuses duplicate claim names, or takes the last"
	var rows []row
	for _, c := range []struct{ fault, req, choice, claims, why string }{
		{"duplicate-iss-last-wrong", "7519-4-2 7519-11-3", "", strings.Replace(goodClaims, `}`, `,"iss":"https://other.example"}`, 1), "The first iss is right and the last is not."},
		{"duplicate-iss-last-right", "7519-4-2 7519-11-3", lastWins, strings.Replace(goodClaims, `{`, `{"iss":"https://other.example",`, 1), "The first iss is not right and the last is."},
		{"duplicate-iss-escaped", "7519-4-2 7519-11-3 7515-10.13-2 7519-7.3-1", "", strings.Replace(goodClaims, `}`, `,"\u0069ss":"https://other.example"}`, 1), "The second iss is written with an escape, past a comparison of the text."},
		{"duplicate-exp-last-past", "7519-4-2 7519-11-3", "", strings.Replace(goodClaims, `}`, `,"exp":1}`, 1), "The first exp is in the future and the last in the past."},
		{"duplicate-exp-last-future", "7519-4-2 7519-11-3", lastWins, strings.Replace(goodClaims, `{`, `{"exp":1,`, 1), "The first exp is in the past and the last in the future."},
		{"duplicate-aud-last-wrong", "7519-4-2 7519-11-3", "", strings.Replace(goodClaims, `}`, `,"aud":"https://other.example"}`, 1), "The first aud is right and the last is not."},
		{"duplicate-ignored-claim", "7519-4-2 7519-11-3", lastWins, strings.Replace(goodClaims, `}`, `,"scope":"read","scope":"pay"}`, 1), "A claim that the application reads is there twice."},
		{"duplicate-nested-claim", "8259-4-1 8259-4-2", "RFC 8259, Section 4: names should be unique, and RFC 7519, Section 4 speaks of claim names only",
			strings.Replace(goodClaims, `}`, `,"act":{"sub":"a","sub":"b"}}`, 1), "A name is there twice inside of a claim."},
	} {
		r := claimsRow(c.fault, malformed, c.req, "parser-differential claim-confusion", c.claims, c.why)
		r.choice = c.choice
		rows = append(rows, r)
	}
	return rows
}

// jwtJSON are claims sets that are no JSON object, or not in UTF-8.
func jwtJSON() []row {
	var rows []row
	for _, f := range jsonFaults {
		switch f.fault { // the whole list is in hostile-jws.json
		case "json-array", "json-string", "json-null", "json-number", "json-truncated", "json-trailing-text", "json-two-objects", "json-byte-order-mark",
			"json-comment", "json-trailing-comma", "json-leading-zero", "json-nan", "json-single-quotes", "json-lone-high-surrogate",
			"utf8-invalid", "utf8-overlong", "utf8-surrogate", "utf8-invalid-in-name":
			req := jsonReq("7519-7.2-11", f.req)
			if strings.HasPrefix(f.fault, "utf8") {
				req += " 8725-3.7-1"
			}
			r := claimsRow("claims-"+f.fault, malformed, req, "parser-differential", jsonFault(f.text, strings.Trim(goodClaims, "{}")), "The claims set: "+f.why)
			r.choice = f.choice
			rows = append(rows, r)
		}
	}
	more := []row{
		claimsRow("claims-no-octets", malformed, "7519-7.2-11", "parser-differential", "", "The payload is empty, which is no claims set."),
		claimsRow("claims-no-members", claims, "8725-3.9-3 7519-4-3", "claim-confusion", "{}", "A claims set without claims is one, and does not satisfy the policy."),
		claimsRow("claims-encoded-twice", malformed, "7519-7.2-11 7519-7.2-10", "encoding", b64(goodClaims), "The claims set was encoded in base64url twice."),
		claimsRow("claims-nesting-33", malformed, "8259-9-3 7519-4-4", "resource-exhaustion", goodObject.with("x", nest(32)).String(), "One level more than package jose reads."),
		claimsRow("claims-nesting-100000", malformed, "8259-9-3 7519-4-4", "resource-exhaustion", goodObject.with("x", nest(100_000)).String(), "A hundred thousand levels, which a recursive parser pays for with its stack."),
		claimsRow("claims-nesting-unclosed", malformed, "7519-7.2-11 8259-3-1", "resource-exhaustion", `{"x":`+strings.Repeat("[", 100_000), "A hundred thousand levels that are never closed."),
		claimsRow("claims-string-32-kib", "", "8259-9-3 7519-4-4", "resource-exhaustion", goodObject.with("x", str(strings.Repeat("abcd", 32<<10/4))).String(), "A claim of 32 KiB that is ignored: twice what a header may have."),
	}
	more[3].choice, more[4].choice, more[6].choice = noBound, noBound, noBound
	more[6].tags = "resource-exhaustion"
	return append(rows, more...)
}

// jwtKinds are tokens that are no signed JWT.
func jwtKinds() []row {
	anyType := policy(func(p *vectors.Policy) { p.Type, p.AnyType = "", true })
	rows := []row{
		{id: "jwt/unsecured-jwt/RS256", class: unsupported, req: "7518-3.6-5 8725-3.2-6", tags: "algorithm-confusion", why: "An unsecured JWT, alg none.", token: b64(`{"typ":"JWT","alg":"none"}`) + "." + b64(goodClaims) + "."},
		{id: "jwt/unsecured-jwt/HS512", class: unsupported, req: "7518-3.6-5 8725-3.2-6", tags: "algorithm-confusion", why: "An unsecured JWT, alg none.", token: b64(`{"typ":"JWT","alg":"none"}`) + "." + b64(goodClaims) + "."},
		{id: "jwt/jwt-key-confusion/RS256", class: algorithm, req: "8725-3.1-2 8725-3.1-5", tags: "algorithm-confusion key-confusion", why: "Key confusion: the MAC of an HS512 JWT is keyed with the public key.",
			token: hs512([]byte(armor("PUBLIC KEY", rsaMain.spki())), `{"alg":"HS512","typ":"JWT"}`, goodClaims)},
		{id: "jwt/jwt-claims-changed/RS256", class: signature, req: "7519-7.2-8 7515-5.2-13", tags: "tampering", why: "Another subject under the same signature.",
			token: strings.Replace(jwt("RS256", goodClaims), b64(goodClaims), b64(goodObject.with("sub", `"mallory"`).String()), 1)},
		{id: "jwt/jwt-expired-and-forged/HS512", class: signature, req: "7519-7.2-8 7515-5.2-13 7519-7.2-1", tags: "tampering", why: "Expired, and the MAC is wrong: nothing is said of claims that nobody vouches for.",
			token: withSignature(jwt("HS512", goodObject.with("exp", "1").String()), make([]byte, 64))},
		{id: "jwt/jwt-b64-false-encoded/HS512", class: malformed, req: "7797-7-4", tags: "content-confusion crit", why: "b64 must not be used in a JWT: the payload is base64url, and signed as the text it is.", policy: anyType,
			token: unencoded("HS512", b64False("HS512"), b64(goodClaims), true)},
		{id: "jwt-unencoded/jwt-b64-false/HS512", class: malformed, req: "7797-7-4", tags: "content-confusion crit", why: "b64 must not be used in a JWT: the claims stand in the token as they are.", policy: anyType,
			token: unencoded("HS512", b64False("HS512"), strings.NewReplacer("https://api.example", "api", "https://issuer.example", "issuer").Replace(goodClaims), true)},
		{id: "jwt/jwt-b64-true/HS512", req: "7797-3-2 7797-7-4", tags: "control", why: "b64 true says nothing new.", token: jws("HS512", header("HS512", `"typ":"JWT"`, `"b64":true`), goodClaims)},
		{id: "jwt/jwt-crit-unknown/HS512", class: unsupported, req: "7515-4.1.11-3 7515-4.1.11-1", tags: "crit", why: "An extension that must be understood, and nobody does (CVE-2025-59420).",
			token: jws("HS512", header("HS512", `"typ":"JWT"`, `"bork":1`, `"crit":["bork"]`), goodClaims)},
		{id: "jwt/jwt-crit-exp/HS512", class: unsupported, req: "7515-4.1.11-3 7515-4.1.11-1", tags: "crit claim-confusion", why: "crit names exp, which is understood as a claim, not as a header member.",
			token: jws("HS512", header("HS512", `"typ":"JWT"`, `"exp":2000000000`, `"crit":["exp"]`), goodClaims)},
		{id: "jwt/jwt-claims-in-header/HS512", class: claims, req: "7519-4-3 7519-11.1-1", tags: "claim-confusion", why: "iss stands in the header and not in the claims.",
			token: jws("HS512", header("HS512", `"typ":"JWT"`, `"iss":"https://issuer.example"`), goodObject.without("iss").String())},
		{id: "jwt/jwt-sign-encrypt-confusion/RS256", class: malformed, req: "7519-7.2-7 7515-5.2-4 7516-9-2", tags: "nesting", why: "Sign/encrypt confusion (CVE-2023-51774): claims encrypted to the public key that verifies signatures.",
			token: newJWE("RSA-OAEP", jweHeader("RSA-OAEP", `"typ":"JWT"`), goodClaims).token()},
		{id: "jwt/jwt-detached/HS512", class: signature, req: "7515-5.2-13 7515-F-1", tags: "content-confusion", why: "The claims are detached, and there are no others.", token: detach(jwt("HS512", goodClaims))},
		{id: "jwt/jwt-no-dots/HS512", class: malformed, req: "7519-7.2-2 7515-5.2-4", tags: "framing", why: "A JWT has at least one period.", token: b64(goodClaims)},
		{id: "jwt/jwt-zip-in-signature/HS512", req: "7515-4-5 7516-4.1.3-7", tags: "compression", why: "zip is a member of JWE; in a JWS it is not understood, and ignored.",
			token:  jws("HS512", header("HS512", `"typ":"JWT"`, `"zip":"DEF"`), goodClaims),
			choice: "RFC 7515, Section 4: a member that is not understood is ignored; a recipient may know zip as a member of JWE that has no place here"},
		{id: "jwt/jwt-cty-jwt/HS512", class: malformed, req: "7519-7.2-9 7519-5.2-1", tags: "nesting", why: "cty JWT says that a JWT is inside, and claims are.",
			choice: "RFC 7519, Section 5.2: cty is not recommended where nothing is nested, and Section 7.2, step 8 takes the payload for a JWT where it is",
			token:  jws("HS512", header("HS512", `"typ":"JWT"`, `"cty":"JWT"`), goodClaims)},
		{id: "jwt/jwt-nested-signature/HS512", class: malformed, req: "8725-3.3-3 7519-7.2-9", tags: "nesting", why: "A signed JWT inside of a signed JWT.",
			token: jws("HS512", header("HS512", `"typ":"JWT"`, `"cty":"JWT"`), jwt("HS512", goodClaims))},
	}
	return rows
}
