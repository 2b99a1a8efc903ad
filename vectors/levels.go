package vectors

import (
	"fmt"
	"slices"
	"strings"
)

// The levels of a case: how much the RFCs have to say about its outcome.
const (
	LevelMust      = "must"      // a statement that binds the reader decides
	LevelShould    = "should"    // one that recommends does
	LevelHardening = "hardening" // no RFC binds the reader
	LevelFeature   = "feature"   // about something that an implementation may lack
)

var caseLevels = []string{LevelMust, LevelShould, LevelHardening, LevelFeature}

// maxRequirements is how many statements a case may name.
const maxRequirements = 4

// describes are statements that read as if they bound the reader, and leave the
// outcome of a hostile case to it, with the reason. Who refuses by them does so
// to be safe.
var describes = map[string]string{
	"7517-4.2-1": "use is optional, and says what a key is meant for; an application need not look at it",
	"7517-4.2-3": "use is optional, and an application need not look at it",
	"7517-4.3-1": "key_ops is optional, and says what a key is meant for; an application need not look at it",
	"7517-4.3-2": "key_ops is optional, and an application need not look at it",
	"7517-4.5-2": "kid is optional; who finds its keys otherwise need not look at it",
	"7519-4-3":   "RFC 7519 leaves to the application which claims it requires, and how old a token may be",
	"8017-3.2-1": "it says what a valid key is, and not that a reader tries",
	"8017-3.2-2": "it says what a valid key is, and not that a reader tries",
	"8017-3.2-3": "it says what a valid key is, and not that a reader tries",
	"8017-3.2-4": "it says what a valid key is, and not that a reader tries",
	"8259-6-2":   "it permits a limit, and sets none",
	"8259-8.2-1": "it says that behaviour is unpredictable, and does not choose one",
}

// permits are statements by which an implementation may have something or lack
// it, with what that is.
var permits = map[string]string{
	"7515-7-2":     "the JSON serializations: an implementation may leave out what its users do not need",
	"7516-7-2":     "the JSON serializations: an implementation may leave out what its users do not need",
	"7519-4.1.4-3": "leeway: the implementer may provide for some",
	"7519-4.1.5-3": "leeway: the implementer may provide for some",
}

// containers are the forms of keys that no JOSE RFC asks for.
var containers = []string{"pem", "der", "base64-der", "certificate"}

// LevelByRequirements returns the level that a case has by the first of its
// requirements, which are looked up in rows. Without one it is a case about a
// container, or an error.
//
// A file may say another level where the statement does not fit the case
// exactly; the tests of this package hold a list of those, with reasons.
func (c *Case) LevelByRequirements(rows map[string]Requirement) (string, error) {
	container := slices.Contains(containers, c.Form)
	if len(c.Requirements) == 0 {
		if container {
			return LevelFeature, nil
		}
		return "", fmt.Errorf("case %s names no requirement, and is not about a container", c.ID)
	}
	id := c.Requirements[0]
	r, ok := rows[id]
	if !ok {
		return "", fmt.Errorf("case %s: no requirement %s", c.ID, id)
	}
	accept, either := c.Expect == "accept", c.Expect == "either"
	unencoded := c.Form == "unencoded" || c.Form == "unencoded-detached"
	switch {
	case strings.HasPrefix(id, "7468-"), strings.HasPrefix(id, "8017-A"), strings.HasPrefix(id, "4648-") && container:
		return LevelFeature, nil // PEM, and DER in it
	case accept && (container || unencoded), permits[id] != "":
		return LevelFeature, nil // who does not know RFC 7797 has to refuse what is not encoded
	case describes[id] != "" && !accept:
		return LevelHardening, nil
	}
	// The application's duties are those of a reader that has been told what it
	// wants.
	told := c.Policy != nil || c.Check != nil
	if r.Who != "recipient" && r.Who != "both" && (r.Who != "application" || !told) {
		return LevelHardening, nil
	}
	switch r.Level {
	case "SHOULD", "SHOULD NOT", "RECOMMENDED", "NOT RECOMMENDED", "should (lc)", "recommended (lc)":
		return LevelShould, nil
	case "MAY", "OPTIONAL", "may (lc)": // what a producer may write, a reader has to take
		if accept {
			return LevelMust, nil
		}
		return LevelHardening, nil
	}
	if either { // whatever binds here leaves both outcomes open
		return LevelHardening, nil
	}
	return LevelMust, nil
}

// checkRequirements looks at requirements, level and section.
func (c *Case) checkRequirements() error {
	if !slices.Contains(caseLevels, c.Level) {
		return fmt.Errorf("unknown level %q", c.Level)
	}
	bound := c.Level == LevelMust || c.Level == LevelShould
	if n := len(c.Requirements); n > maxRequirements || n == 0 && bound {
		return fmt.Errorf("level %s with %d requirements: at most %d, one where an RFC binds", c.Level, n, maxRequirements)
	}
	found := len(c.Requirements) == 0
	for i, id := range c.Requirements {
		rfc, section, _, ok := cutID(id)
		if !ok || slices.Contains(c.Requirements[:i], id) {
			return fmt.Errorf("requirement %.40q is no id, or is there twice", id)
		}
		found = found || c.Section == sectionName(rfc, section)
	}
	if !found {
		return fmt.Errorf("section %q is that of no requirement", c.Section)
	}
	return nil
}
