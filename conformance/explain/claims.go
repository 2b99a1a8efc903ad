package explain

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxDate is the end of the year 9999, the last that package jose takes.
const maxDate = 253402300799

// dates are the claims that are a NumericDate; the first three are judged.
var dates = []string{"exp", "nbf", "iat", "auth_time", "updated_at"}

// checkTimes describes a payload that is a claims set, and checks exp and nbf
// (RFC 7519, Sections 4.1.4 and 4.1.5), without leeway. Of a payload that was
// encrypted it shows names, types and dates, unless all is to be shown.
func (r *report) checkTimes() result {
	claims, err := object(nil), error(nil)
	switch {
	case r.payload == nil:
		return result{}
	case len(r.payload) > maxKeyFile:
		err = errors.New("it is too long to be looked at")
	default:
		claims, err = parseObject(r.payload)
		if fault := claimsFault(r.payload); fault != "" {
			r.leave("the payload as claims, which package jose refuses: " + fault)
		}
	}
	if err != nil {
		r.unasked(nil)
		return fine("The payload is no claims set: " + err.Error() + ".")
	}
	r.claims = claims
	r.line("  ", "\nclaims: %d octets, %d members", len(r.payload), len(claims))
	private := holdsPrivateKey(r.payload)
	r.members(claims, func(m member) (string, string) {
		value := showJSON(m.value)
		if r.isJWE && !r.in.show {
			value = jsonType(m.value)
		} else if private {
			value = "(not shown: private)"
		}
		t, err := strconv.ParseFloat(string(m.value), 64)
		if slices.Contains(dates, m.name) && err == nil && t > -maxDate && t < maxDate {
			value += "  " + date(t) + ", " + ago(float64(r.in.at.Unix())-t)
		}
		return value, ""
	})
	problem, good := r.times()
	if r.unasked(claims); problem != "" {
		return judge(problem)
	}
	return fine(good)
}

func jsonType(v json.RawMessage) string {
	names := map[byte]string{'"': "a string", '{': "an object", '[': "an array", 't': "true or false",
		'f': "true or false", 'n': "null"}
	return "(" + cmp.Or(names[v[0]], "a number") + ")"
}

func (r *report) times() (problem, good string) {
	now := float64(r.in.at.Unix())
	for _, name := range dates[:3] {
		v, bad := string(r.claims.get(name)), ""
		t, err := strconv.ParseFloat(v, 64)
		switch {
		case v == "":
			continue
		case err != nil:
			bad = r.hint("time-not-number", name)
		case t > 1e11 && t < 1e14:
			bad = r.hint("time-milliseconds", name)
		case t > maxDate || t < -maxDate:
			bad = name + " is after the year 9999."
		case name == "exp" && now >= t:
			bad = r.hint("expired", span(now-t), date(t), date(now))
		case name == "nbf" && now < t:
			bad = r.hint("not-yet-valid", span(t-now), date(t), date(now))
		}
		if name != "iat" { // on which nothing depends
			problem, good, r.timed = cmp.Or(problem, bad), good+name+" is "+date(t)+"; ", true
		}
	}
	if good == "" {
		return problem, "The payload has neither."
	}
	return problem, good + "the clock is at " + date(now)
}

// mediaType is a typ or cty as they are compared (RFC 7515, Section 4.1.9).
func mediaType(s string) string { return strings.TrimPrefix(strings.ToLower(s), "application/") }

// wanted checks a claim, or the header's typ, as a policy has it.
func wanted(name string) func(*report) result {
	return func(r *report) result {
		in, want := r.claims, r.in.want[name]
		if name == "typ" {
			in = r.header.object
		}
		list := []string{in.str(name)}
		if name == "aud" {
			list = in.list(name)
		}
		if slices.Contains(list, want) || name == "typ" && mediaType(list[0]) == mediaType(want) {
			return fine("")
		}
		is := map[bool]string{true: "another", false: "missing"}[in.has(name)]
		r.hint("claim", name, is)
		return judge(known["claim"].text(name, is)) // of more than one, the hint has the first
	}
}

// unasked leaves to the application what is there and was not asked for.
func (r *report) unasked(claims object) {
	var left []string
	for _, name := range []string{"iss", "sub", "aud", "typ"} {
		_, asked := r.in.want[name]
		if !asked && (claims.has(name) || name == "typ" && r.header.has(name)) {
			left = append(left, name)
		}
	}
	if len(left) > 0 || claims.has("exp") {
		r.leave(strings.Join(append(left, "the other claims"), ", ") +
			": the application's policy (-iss, -sub, -aud and -typ check them)")
	}
}

func ago(seconds float64) string {
	if seconds < 0 {
		return "in " + span(-seconds)
	}
	return span(seconds) + " ago"
}

func date(t float64) string { return time.Unix(int64(t), 0).UTC().Format(time.RFC3339) }

// span writes seconds as days, hours, minutes and seconds.
func span(seconds float64) string {
	s, sizes := int64(seconds), []int64{86400, 3600, 60, 1}
	var parts []string
	for i, unit := range []string{"d", "h", "min", "s"} {
		if n := s / sizes[i]; n > 0 || i == 3 && len(parts) == 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, unit))
			s %= sizes[i]
		}
	}
	return strings.Join(parts, " ")
}
