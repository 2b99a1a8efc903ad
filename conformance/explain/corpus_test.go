package explain

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"os"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"example.com/jose/vectors"
)

// TestMain collects garbage seldom: what the tests of large tokens leave behind
// would take as long as they do.
func TestMain(m *testing.M) {
	debug.SetGCPercent(800)
	os.Exit(m.Run())
}

// TestCorpus runs the explainer over every token of the corpus with the keys of
// its file: it must not say that a token is fine which the
// corpus refuses, must find no fault in one that it accepts, and must never
// print a secret.
func TestCorpus(t *testing.T) {
	files, err := vectors.Load()
	if err != nil {
		t.Fatal(err)
	}
	fewTries(t)
	seen := map[string]bool{}
	var fine, refused, explained int
	for _, f := range files {
		for _, c := range f.Cases {
			switch c.Kind {
			case "jws", "jwt", "jwe", "nested", "nested-jwt":
			default:
				continue
			}
			in := input{token: c.TokenText(), at: mustTime(clock)}
			if c.At != nil {
				in.at = time.Unix(*c.At, 0).UTC()
			}
			if len(in.token) > maxToken {
				continue // Main refuses it
			}
			payload, _ := c.PayloadBytes()
			in.payload, in.detached = payload, c.Detached
			for name, key := range f.Keys {
				secrets := secretsOf(t, key)
				if c.Kind == "jwe" || c.Kind == "nested" || c.Kind == "nested-jwt" {
					if len(payload) >= 16 {
						secrets = append(secrets, payload) // the plaintext
					}
				}
				if cek, err := base64.RawURLEncoding.DecodeString(c.CEK); err == nil {
					secrets = append(secrets, cek)
				}
				// The token's own key in every form, once, then in the first; of
				// other keys the first form, once: a search that finds nothing
				// is slow where P-521 is.
				forms, first := formsOf(t, key), !seen[f.Source+name]
				switch {
				case name == c.Key && !first:
					forms = forms[:1]
				case name != c.Key && seen["other "+f.Source+name]:
					continue
				case name != c.Key:
					forms = forms[:1]
					seen["other "+f.Source+name] = true
				}
				if name == c.Key {
					seen[f.Source+name] = true
				}
				for _, file := range forms {
					in.keyFile = file
					r := explain(in)
					explained++
					checkText(t, r.text())
					for _, s := range secrets {
						checkSecret(t, r.text(), s)
					}
					if name != c.Key || c.Policy != nil || len(c.Check) > 0 || c.Kind != "jws" && c.Kind != "jwe" {
						continue // the corpus has no answer, or one that depends on more
					}
					ownFault := r.firstFailure() != nil || r.stateOf("signature") == notChecked || r.stateOf("unwrap") == notChecked
					// Four faults are not the token's: it names in crit what the
					// corpus's caller does not know, has an alg that the caller did
					// not ask for, or ends in a line break, as a file does; or the
					// use of the key stands in its JWK, and the file is the bare secret.
					others := c.Class == "unsupported" && strings.Contains(strings.Join(r.open, ""), "crit names") ||
						algOf(in.token) != c.Alg || strings.HasSuffix(in.token, "\n") ||
						c.Class == "key" && !bytes.HasPrefix(file, []byte("{"))
					if c.Expect == "reject" && r.status() == 0 && !others {
						t.Errorf("%s: status 0\n%s", c.ID, r.text())
					} else if c.Expect == "reject" {
						refused++
					}
					if c.Expect == "accept" && r.agrees && ownFault && !key.ShortSecret {
						t.Errorf("%s: the library accepts it\n%s", c.ID, r.text())
					}
					if c.Expect == "accept" && r.status() == 0 {
						fine++
					}
				}
			}
		}
	}
	if fine < 5 || refused < 5 || explained < 100 {
		t.Errorf("%d fine, %d refused, %d explained: the corpus was not read", fine, refused, explained)
	}
	t.Logf("%d fine, %d refused, %d explained", fine, refused, explained)
}

// fewTries makes searches short, where many are made that find nothing.
func fewTries(t testing.TB) {
	tries, octets := maxTries, maxOctets
	maxTries, maxOctets = 20, 256<<10
	t.Cleanup(func() { maxTries, maxOctets = tries, octets })
}

func algOf(token string) string {
	first, _, _ := strings.Cut(token, ".")
	o, _ := parseObject(decode(first).octets)
	return o.str("alg")
}

// TestKeyFiles: a key is described, never shown.
func TestKeyFiles(t *testing.T) {
	files, err := vectors.Load()
	if err != nil {
		t.Fatal(err)
	}
	fewTries(t)
	n := 0
	for _, f := range files {
		for _, key := range f.Keys {
			for _, file := range formsOf(t, key) {
				n++
				for _, token := range []string{string(file), jws(rsHeader, body, rs256)} {
					out := explain(input{token: token, keyFile: file, at: mustTime(clock)}).text()
					checkText(t, out)
					for _, s := range secretsOf(t, key) {
						checkSecret(t, out, s)
					}
				}
			}
		}
	}
	if n < 10 {
		t.Errorf("%d key files", n)
	}
}

func formsOf(t *testing.T, k vectors.Key) (files [][]byte) {
	for _, b := range [][]byte{k.JWK, k.PublicJWK, k.Set, []byte(k.PEM), []byte(k.PublicPEM), []byte(k.Certificate), []byte(k.DER)} {
		if len(b) > 0 {
			files = append(files, b)
		}
	}
	for _, s := range secretsOf(t, k) {
		if len(k.JWK) > 0 && len(k.PublicJWK) == 0 && len(s) > 0 {
			files = append(files, s) // an oct key as a raw file
		}
	}
	return files
}

// secretsOf returns the private and secret numbers and octets of a key.
func secretsOf(t *testing.T, k vectors.Key) (secrets [][]byte) {
	t.Helper()
	var list []map[string]json.RawMessage
	var one map[string]json.RawMessage
	if json.Unmarshal(k.JWK, &one) == nil {
		list = append(list, one)
	}
	var set struct{ Keys []map[string]json.RawMessage }
	if json.Unmarshal(k.Set, &set) == nil {
		list = append(list, set.Keys...)
	}
	for _, jwk := range list {
		for _, name := range []string{"k", "d", "p", "q", "dp", "dq", "qi"} {
			var s string
			json.Unmarshal(jwk[name], &s)
			b, err := base64.RawURLEncoding.DecodeString(s)
			if err != nil {
				continue
			}
			secrets = append(secrets, b)
			if n := new(big.Int).SetBytes(b).Bytes(); len(n) != len(b) {
				secrets = append(secrets, n)
			}
		}
	}
	return secrets
}
