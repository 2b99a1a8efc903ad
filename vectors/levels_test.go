package vectors

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// requirementRows returns the statements by their ids.
func requirementRows(t *testing.T) map[string]Requirement {
	t.Helper()
	list, err := Requirements()
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]Requirement{}
	for _, r := range list {
		rows[r.ID] = r
	}
	return rows
}

// otherLevels are the cases whose level is not what their first requirement
// makes it, by the beginning of their ids, with the reason.
var otherLevels = func() []struct{ ids, level, reason string } {
	const (
		short   = "the secret is short: who holds it to RFC 7518, Section 3.2 makes no verifier of it"
		deflate = "who has DEFLATE reads it: support for zip is optional"
		b64     = "who does not know RFC 7797 has to refuse b64 in crit"
		d       = "the statement asks for d, and none says that a reader compares it with the point or the order"
		sec1    = "RFC 5915 does not say that a reader compares the private key with the point or the order"
	)
	return []struct{ ids, level, reason string }{
		{"2checkout/with-exp", "feature", short},
		{"2checkout/without-exp", "feature", short},
		{"rfc4231/", "feature", short},
		{"hs512/short-key/short-secret", "feature", short},
		{"jwe/zip-", "feature", deflate},
		{"nested/outer-zip", "feature", deflate},
		{"jws/crit-understood-with-b64", "feature", b64},
		{"jws/valid-b64-true-in-crit", "feature", b64},
		{"detached/valid-b64-true-in-crit", "feature", b64},
		{"jwk/rsa-oth/", "feature", "who has more than two primes uses the key: support for them is optional"},
		{"jwk/ec-d-", "hardening", d},
		{"der/sec1-d-", "hardening", sec1},
		{"der/pkcs8-d-", "hardening", sec1},
	}
}()

// TestLevels holds each case of the corpus against the statements that it names.
func TestLevels(t *testing.T) {
	rows := requirementRows(t)
	files, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]bool{}
	for _, r := range rows {
		sections[r.Section] = true
	}
	used := make([]int, len(otherLevels))
	first := map[string]bool{}
	for _, f := range files {
		for i := range f.Cases {
			c := &f.Cases[i]
			for _, id := range c.Requirements {
				if _, ok := rows[id]; !ok {
					t.Errorf("%s: there is no requirement %s", c.ID, id)
				}
			}
			if len(c.Requirements) > 0 {
				first[c.Requirements[0]] = true
			} else if sections[c.Section] {
				t.Errorf("%s: %s has statements, and the case names none", c.ID, c.Section)
			}
			level, err := c.LevelByRequirements(rows)
			if err != nil {
				t.Error(err)
				continue
			}
			other := slices.IndexFunc(otherLevels, func(o struct{ ids, level, reason string }) bool {
				return strings.HasPrefix(c.ID, o.ids) && c.Level == o.level
			})
			switch {
			case level == c.Level:
			case other < 0:
				t.Errorf("%s: level %s, and by %q it is %s", c.ID, c.Level, c.Requirements, level)
			default:
				used[other]++
			}
		}
	}
	for i, o := range otherLevels {
		if used[i] == 0 || o.reason == "" {
			t.Errorf("no case %s needs another level, or there is no reason", o.ids)
		}
	}
	for _, table := range []map[string]string{describes, permits} {
		for id, reason := range table {
			if !first[id] || reason == "" {
				t.Errorf("%s decides about no case, or there is no reason", id)
			}
		}
	}
}

// TestLevelByRequirements goes through the rules one by one.
func TestLevelByRequirements(t *testing.T) {
	rows := map[string]Requirement{}
	for i, r := range []struct{ level, who string }{
		{"MUST", "recipient"}, {"DECL", "both"}, {"STEP", "recipient"}, {"REF", "both"}, {"must (lc)", "recipient"}, // 1 to 5
		{"SHOULD", "recipient"}, {"recommended (lc)", "both"}, {"RECOMMENDED", "both"}, // 6 to 8
		{"MAY", "recipient"}, {"OPTIONAL", "both"}, {"may (lc)", "recipient"}, // 9 to 11
		{"MUST", "producer"}, {"MUST NOT", "key owner"}, {"MUST", "application"}, {"SHOULD", "application"}, // 12 to 15
	} {
		id := "7515-1-" + strconv.Itoa(i+1)
		rows[id] = Requirement{ID: id, Level: r.level, Who: r.who}
	}
	for id, r := range requirementRows(t) {
		rows[id] = r
	}
	policy, check := &Policy{}, map[string]json.RawMessage{"x": nil}
	for _, tt := range []struct {
		id   string
		c    Case   // without expect
		want string // the levels of accept, reject and either
	}{
		{"7515-1-1", Case{}, "must must hardening"},
		{"7515-1-2", Case{}, "must must hardening"},
		{"7515-1-3", Case{}, "must must hardening"},
		{"7515-1-4", Case{}, "must must hardening"},
		{"7515-1-5", Case{}, "must must hardening"},
		{"7515-1-6", Case{}, "should should should"},
		{"7515-1-7", Case{}, "should should should"},
		{"7515-1-8", Case{}, "should should should"},
		{"7515-1-9", Case{}, "must hardening hardening"},
		{"7515-1-10", Case{}, "must hardening hardening"},
		{"7515-1-11", Case{}, "must hardening hardening"},
		{"7515-1-12", Case{}, "hardening hardening hardening"},
		{"7515-1-13", Case{}, "hardening hardening hardening"},
		{"7515-1-14", Case{}, "hardening hardening hardening"},
		{"7515-1-14", Case{Policy: policy}, "must must hardening"},
		{"7515-1-14", Case{Check: check}, "must must hardening"},
		{"7515-1-15", Case{Policy: policy}, "should should should"},
		{"7515-1-12", Case{Policy: policy}, "hardening hardening hardening"},
		{"7515-1-1", Case{Form: "pem"}, "feature must hardening"},
		{"7515-1-1", Case{Form: "certificate"}, "feature must hardening"},
		{"7515-1-1", Case{Form: "unencoded"}, "feature must hardening"},
		{"7515-1-1", Case{Form: "unencoded-detached"}, "feature must hardening"},
		{"7515-1-1", Case{Form: "detached"}, "must must hardening"},
		{"7468-2-3", Case{Form: "pem"}, "feature feature feature"},
		{"8017-A.1-1", Case{Form: "der"}, "feature feature feature"},
		{"4648-3.3-1", Case{Form: "base64-der"}, "feature feature feature"},
		{"4648-3.3-1", Case{Form: "compact"}, "must must hardening"},
		{"7515-7-2", Case{}, "feature feature feature"},
		{"7517-4.2-1", Case{}, "must hardening hardening"},
		{"", Case{Form: "der"}, "feature feature feature"},
		{"", Case{Form: "jwk"}, "error error error"},
		{"7515-1-99", Case{}, "error error error"},
	} {
		var got []string
		for _, tt.c.Expect = range expects {
			tt.c.Requirements = slices.DeleteFunc([]string{tt.id}, func(id string) bool { return id == "" })
			level, err := tt.c.LevelByRequirements(rows)
			if err != nil {
				level = "error"
			}
			got = append(got, level)
		}
		if got := strings.Join(got, " "); got != tt.want {
			t.Errorf("%s in form %q: %s, want %s", tt.id, tt.c.Form, got, tt.want)
		}
	}
}
