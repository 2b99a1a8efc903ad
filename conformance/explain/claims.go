package explain

import (
	"cmp"
	"encoding/json"
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

// claims describes a payload that is a claims set, and checks exp and nbf (RFC
// 7519, Sections 4.1.4 and 4.1.5), without leeway, and what was asked for. Of a
// payload that was encrypted it shows names, types and dates, unless all is
// to be shown.
func (r *report) claims(h *header, payload []byte, encrypted bool) {
	r.set("times", ok, "The payload has neither.")
	o := &header{}
	if len(payload) > maxKeyFile {
		r.set("times", ok, "The payload is too long to be looked at for claims.")
	} else if members, err := parseObject(payload); err != nil {
		r.set("times", ok, "The payload is no claims set: "+err.Error()+".")
	} else {
		o.members = members
		r.line("  ", "\nclaims: %d octets, %d members", len(payload), len(members))
		private := holdsPrivateKey(payload)
		r.members(members, func(m member) (string, string) {
			value := showJSON(m.value)
			if encrypted && !r.in.show {
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
		r.times(o)
	}
	r.wanted(h, o)
}

func jsonType(v json.RawMessage) string {
	names := map[byte]string{'"': "a string", '{': "an object", '[': "an array", 't': "true or false",
		'f': "true or false", 'n': "null"}
	return "(" + cmp.Or(names[v[0]], "a number") + ")"
}

func (r *report) times(o *header) {
	now := float64(r.in.at.Unix())
	state, section, details := ok, "RFC 7519, Section 4.1.4", []string{}
	for _, name := range dates[:3] {
		v := string(o.get(name))
		t, err := strconv.ParseFloat(v, 64)
		bad := ""
		switch {
		case v == "":
			continue
		case err != nil:
			bad = name + " is not a JSON number (RFC 7519, Section 2)"
			r.hint("time-not-number", name)
		case t > maxDate || t < -maxDate || t > 1e11 && t < 1e14:
			bad = name + " is after the year 9999"
			if t > 1e11 && t < 1e14 {
				bad = name + " is in milliseconds"
				r.hint("time-milliseconds", name)
			}
		case name == "exp" && now >= t:
			bad = fmt.Sprintf("exp was %s, %s before %s", date(t), span(now-t), date(now))
			r.hint("expired", span(now-t), date(t), date(now))
		case name == "nbf" && now < t:
			bad = fmt.Sprintf("nbf is %s, %s after %s", date(t), span(t-now), date(now))
			r.hint("not-yet-valid", span(t-now), date(t), date(now))
		}
		if name == "iat" {
			continue // nothing depends on it
		}
		r.timed = true
		if bad != "" && state == ok && name == "nbf" {
			section = "RFC 7519, Section 4.1.5"
		}
		if bad != "" && state == ok {
			state, details = failed, nil
		}
		if bad != "" {
			details = append(details, bad)
		} else if state == ok {
			details = append(details, fmt.Sprintf("%s is %s", name, date(t)))
		}
	}
	if state == ok && len(details) > 0 {
		details = append(details, "clock "+date(now))
	}
	if len(details) > 0 {
		r.set("times", state, strings.Join(details, "; "), section)
	}
}

// wanted adds a check for each of -iss, -sub, -aud and -typ, as a policy has
// it; what was not asked for and is there is left to the application.
func (r *report) wanted(h, o *header) {
	mediaType := func(s string) string { return strings.TrimPrefix(strings.ToLower(s), "application/") }
	var left []string
	for _, c := range []check{{id: "iss", section: "RFC 7519, Section 4.1.1"},
		{id: "sub", section: "RFC 7519, Section 4.1.2"},
		{id: "aud", section: "RFC 7519, Section 4.1.3"}, {id: "typ", section: "RFC 8725, Section 3.11"}} {
		in, name := o, c.id
		want, asked := r.in.want[name]
		if name == "typ" {
			in = h
		}
		list := []string{in.str(name)}
		if name == "aud" && in.has(name) && in.get(name)[0] == '[' {
			json.Unmarshal(in.get(name), &list)
		}
		holds := slices.Contains(list, want) || name == "typ" && mediaType(list[0]) == mediaType(want)
		if asked {
			c.name = name + " is what -" + name + " says"
			r.checks = append(r.checks, c)
			problem := map[bool]string{true: "It is another.", false: "It is missing."}[in.has(name)]
			if holds {
				problem = ""
			} else {
				r.hint("claim", name)
			}
			r.judge(name, problem)
		} else if in.has(name) {
			left = append(left, name)
		}
	}
	if left = append(left, "the other claims"); len(left) > 1 || o.has("exp") {
		r.leave(strings.Join(left, ", ") + ": the application's policy (-iss, -sub, -aud and -typ check them)")
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
