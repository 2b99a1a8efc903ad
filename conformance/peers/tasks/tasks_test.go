package tasks_test

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/jose/conformance/peers/tasks"
	"example.com/jose/conformance/peers/tasks/gojose"
	"example.com/jose/conformance/peers/tasks/golangjwt"
	"example.com/jose/conformance/peers/tasks/jwx"
	"example.com/jose/conformance/peers/tasks/this"
)

// A library is the functions of one folder.
type library struct {
	name, folder, module string

	SignRS256         func(privatePEM, payload []byte) (string, error)
	SignHandle        func(handle crypto.Signer, payload []byte) (string, error)
	VerifyES512       func(publicPEM []byte, token string) ([]byte, error)
	VerifyByKeyID     func(set []byte, token string) ([]byte, error)
	VerifyMixedSet    func(set []byte, token string) ([]byte, error)
	VerifyFetched     func(url, token string) ([]byte, error)
	SignDetached      func(privatePEM, payload []byte) (string, error)
	VerifyDetached    func(publicPEM []byte, token string, payload []byte) error
	Encrypt           func(publicPEM, plaintext []byte) (string, error)
	Decrypt           func(privatePEM []byte, token string) ([]byte, error)
	SignThenEncrypt   func(senderPEM, recipientPEM, payload []byte) (string, error)
	DecryptThenVerify func(recipientPEM, senderPEM []byte, token string) ([]byte, error)
	IssueJWT          func(privatePEM []byte, amount string, now time.Time) (string, error)
	ValidateJWT       func(publicPEM []byte, token string, now time.Time) (string, error)
	ReadPayment       func(publicPEM []byte, token string) (tasks.Payment, error)
	VerifyShortSecret func(secret []byte, token string) ([]byte, error)
	VerifyCritical    func(publicPEM []byte, tenant, token string) ([]byte, error)
	SignOpenBanking   func(privatePEM []byte, issuer string, body []byte, now time.Time) (string, error)
	VerifyOpenBanking func(publicPEM []byte, issuer, token string, body []byte, now time.Time) error
	VerifyPS256       func(publicPEM []byte, token string) ([]byte, error)
	SignJSON          func(rsaPEM, ecPEM, payload []byte) (string, error)
}

var libraries = []*library{
	{"this", "this", "example.com/jose",
		this.SignRS256, this.SignHandle, this.VerifyES512, this.VerifyByKeyID, this.VerifyMixedSet,
		this.VerifyFetched, this.SignDetached, this.VerifyDetached, this.Encrypt, this.Decrypt,
		this.SignThenEncrypt, this.DecryptThenVerify, this.IssueJWT, this.ValidateJWT, this.ReadPayment,
		this.VerifyShortSecret, this.VerifyCritical, this.SignOpenBanking, this.VerifyOpenBanking, this.VerifyPS256,
		this.SignJSON},
	{"go-jose", "gojose", "github.com/go-jose/go-jose/v4",
		gojose.SignRS256, gojose.SignHandle, gojose.VerifyES512, gojose.VerifyByKeyID, gojose.VerifyMixedSet,
		gojose.VerifyFetched, gojose.SignDetached, gojose.VerifyDetached, gojose.Encrypt, gojose.Decrypt,
		gojose.SignThenEncrypt, gojose.DecryptThenVerify, gojose.IssueJWT, gojose.ValidateJWT, gojose.ReadPayment,
		gojose.VerifyShortSecret, gojose.VerifyCritical, gojose.SignOpenBanking, gojose.VerifyOpenBanking,
		gojose.VerifyPS256, gojose.SignJSON},
	{"jwx", "jwx", "github.com/lestrrat-go/jwx/v3",
		jwx.SignRS256, jwx.SignHandle, jwx.VerifyES512, jwx.VerifyByKeyID, jwx.VerifyMixedSet, jwx.VerifyFetched,
		jwx.SignDetached, jwx.VerifyDetached, jwx.Encrypt, jwx.Decrypt, jwx.SignThenEncrypt, jwx.DecryptThenVerify,
		jwx.IssueJWT, jwx.ValidateJWT, jwx.ReadPayment, jwx.VerifyShortSecret, jwx.VerifyCritical,
		jwx.SignOpenBanking, jwx.VerifyOpenBanking, jwx.VerifyPS256, jwx.SignJSON},
	{"golang-jwt", "golangjwt", "github.com/golang-jwt/jwt/v5",
		golangjwt.SignRS256, golangjwt.SignHandle, golangjwt.VerifyES512, golangjwt.VerifyByKeyID,
		golangjwt.VerifyMixedSet, golangjwt.VerifyFetched, golangjwt.SignDetached, golangjwt.VerifyDetached,
		golangjwt.Encrypt, golangjwt.Decrypt, golangjwt.SignThenEncrypt, golangjwt.DecryptThenVerify,
		golangjwt.IssueJWT, golangjwt.ValidateJWT, golangjwt.ReadPayment, golangjwt.VerifyShortSecret,
		golangjwt.VerifyCritical, golangjwt.SignOpenBanking, golangjwt.VerifyOpenBanking, golangjwt.VerifyPS256,
		golangjwt.SignJSON},
}

// A task is what a library is asked for. What run does first is the task with an input that
// has to work; the library's tasks.Cannot, if that is its answer, is what run returns.
// A library that can do it has to refuse the other inputs of run.
type task struct {
	name, text string
	run        func(l *library) error
}

var (
	payload = []byte(`{"amount":"10.00","currency":"EUR"}`)
	body    = []byte(`{"Risk":{},"Data":{"Amount":"10.00"}}`) // its members are in no alphabetical order
	short   = []byte("sixteen octets!!")
	long    = bytes.Repeat([]byte("k"), 64)
	now     = time.Unix(1_700_000_000, 0)
)

const (
	rs256 = `{"alg":"RS256"}`
	es512 = `{"alg":"ES512"}`
	hs512 = `{"alg":"HS512"}`
	oaep  = `{"alg":"RSA-OAEP-256","enc":"A256GCM"}`
	b64   = `{"alg":"RS256","b64":false,"crit":["b64"]}`
	typed = `{"alg":"RS256","typ":"payment+jwt"}`
	good  = `{"iss":"https://shop.example","aud":"https://bank.example","exp":1700000300,"amount":"10.00"}`
	bank  = "http://openbanking.org.uk/"
)

var all = []task{
	{"SignRS256", "sign with RS256 and a PEM key", func(l *library) error {
		token, err := l.SignRS256(sender.private, payload)
		return expect(token, err, read(rs256Holds, payload))
	}},
	{"SignHandle", "sign with ES512 and the handle of a KMS (`crypto.Signer`)", func(l *library) error {
		token, err := l.SignHandle(handle{curve.key}, payload)
		return expect(token, err, read(es512Holds, payload))
	}},
	{"VerifyES512", "verify ES512 and nothing else", func(l *library) error {
		verify := func(token string) ([]byte, error) { return l.VerifyES512(curve.public, token) }
		return accepts(verify, signES512(es512, payload), payload, map[string]string{
			"another payload":          swapped(signES512(es512, payload), `{"amount":"99.00"}`),
			"HS512 with the PEM file":  signHS512(curve.public, hs512, payload),
			"RS256 with another key":   signRS256(rs256, payload),
			"none":                     enc([]byte(`{"alg":"none"}`)) + "." + enc(payload) + ".",
			"the JSON serialization":   flattened(signES512(es512, payload)),
			"a name in crit":           signES512(`{"alg":"ES512","crit":["x"],"x":1}`, payload),
			"a signature cut in half":  signES512(es512, payload)[:120],
			"a signature of 132 zeros": unsigned(es512, payload) + "." + enc(make([]byte, 132)),
		})
	}},
	{"VerifyByKeyID", "verify RS256 with the key of a JWK Set that `kid` names", func(l *library) error {
		verify := func(token string) ([]byte, error) { return l.VerifyByKeyID(keySet(), token) }
		return accepts(verify, signRS256(`{"alg":"RS256","kid":"one"}`, payload), payload, setRefuses())
	}},
	{"VerifyMixedSet", "the same, where the set has an entry of an unknown type and one without `n`", func(l *library) error {
		mixed := keySet(`{"kty":"UNKNOWN","kid":"three"}`, `{"kty":"RSA","kid":"four","alg":"RS256","e":"AQAB"}`)
		verify := func(token string) ([]byte, error) { return l.VerifyMixedSet(mixed, token) }
		return accepts(verify, signRS256(`{"alg":"RS256","kid":"one"}`, payload), payload, setRefuses())
	}},
	{"VerifyFetched", "the same, where the set is fetched from a URL", func(l *library) error {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if _, err := w.Write(keySet()); err != nil {
				panic(err)
			}
		}))
		defer server.Close()
		verify := func(token string) ([]byte, error) { return l.VerifyFetched(server.URL, token) }
		return accepts(verify, signRS256(`{"alg":"RS256","kid":"one"}`, payload), payload, setRefuses())
	}},
	{"SignDetached", "sign a payload that is unencoded and detached (RFC 7797)", func(l *library) error {
		token, err := l.SignDetached(sender.private, body)
		return expect(token, err, func(token string) error {
			header, signature, found := strings.Cut(token, "..")
			if !found || !jsonHas(header, "b64", false) || !jsonHas(header, "crit", []any{"b64"}) {
				return errors.New("not b64 false, or not detached")
			}
			return rs256Holds(header+"."+string(body), signature)
		})
	}},
	{"VerifyDetached", "verify such a one", func(l *library) error {
		const critical = `{"alg":"RS256","b64":false,"crit":["b64","x"],"x":1}`
		token := detach(b64, enc([]byte(b64))+"."+string(body))
		verify := func(token string) ([]byte, error) { return body, l.VerifyDetached(sender.public, token, body) }
		return accepts(verify, token, body, map[string]string{
			"another payload":   detach(b64, enc([]byte(b64))+".{}"),
			"PS256":             detachPS256(`{"alg":"PS256","b64":false,"crit":["b64"]}`, string(body)),
			"a payload in it":   signRS256(rs256, body),
			"another alg":       signHS512(sender.public, hs512, body),
			"no signature":      enc([]byte(b64)) + "..",
			"a name in crit":    detach(critical, enc([]byte(critical))+"."+string(body)),
			"another signature": strings.Replace(token, "..", "..AAAA", 1),
			"encoded, not raw":  detach(b64, enc([]byte(b64))+"."+enc(body)),
		})
	}},
	{"Encrypt", "encrypt by RSA-OAEP-256 and A256GCM with a PEM key", func(l *library) error {
		token, err := l.Encrypt(recipient.public, payload)
		return expect(token, err, func(token string) error {
			_, plaintext, err := open(token)
			return same(plaintext, err, payload)
		})
	}},
	{"Decrypt", "decrypt those two algorithms and no others", func(l *library) error {
		decrypt := func(token string) ([]byte, error) { return l.Decrypt(recipient.private, token) }
		return accepts(decrypt, seal(oaep, 32, sha256.New(), payload), payload, map[string]string{
			"RSA-OAEP":         seal(`{"alg":"RSA-OAEP","enc":"A256GCM"}`, 32, sha1.New(), payload),
			"A128GCM":          seal(`{"alg":"RSA-OAEP-256","enc":"A128GCM"}`, 16, sha256.New(), payload),
			"a changed tag":    sealChanged(payload),
			"a name in crit":   seal(`{"alg":"RSA-OAEP-256","enc":"A256GCM","crit":["x"],"x":1}`, 32, sha256.New(), payload),
			"a signed payload": signRS256(rs256, payload),
		})
	}},
	{"SignThenEncrypt", "sign, then encrypt", func(l *library) error {
		token, err := l.SignThenEncrypt(sender.private, recipient.public, payload)
		return expect(token, err, func(token string) error {
			header, inner, err := open(token)
			if err != nil {
				return err
			}
			if !jsonHas(header, "cty", "JWT") {
				return errors.New("no cty")
			}
			return read(rs256Holds, payload)(string(inner))
		})
	}},
	{"DecryptThenVerify", "decrypt, then verify", func(l *library) error {
		const nested = `{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT"}`
		wrap := func(inner string) string { return seal(nested, 32, sha256.New(), []byte(inner)) }
		take := func(token string) ([]byte, error) {
			return l.DecryptThenVerify(recipient.private, sender.public, token)
		}
		signed := signRS256(rs256, payload)
		return accepts(take, wrap(signed), payload, map[string]string{
			"not signed":      wrap(string(payload)),
			"not encrypted":   signed,
			"another payload": wrap(swapped(signed, `{"amount":"99.00"}`)),
			"another alg":     wrap(signHS512(sender.public, hs512, payload)),
			"PS256":           wrap(signPS256(`{"alg":"PS256"}`, payload)),
			"JSON":            wrap(flattened(signed)),
			"a name in crit":  wrap(signRS256(`{"alg":"RS256","crit":["x"],"x":1}`, payload)),
			"a name outside":  seal(strings.Replace(nested, "}", `,"crit":["x"],"x":1}`, 1), 32, sha256.New(), []byte(signed)),
			"RSA-OAEP":        seal(`{"alg":"RSA-OAEP","enc":"A256GCM","cty":"JWT"}`, 32, sha1.New(), []byte(signed)),
			"A128GCM":         seal(`{"alg":"RSA-OAEP-256","enc":"A128GCM","cty":"JWT"}`, 16, sha256.New(), []byte(signed)),
		})
	}},
	{"IssueJWT", "issue a JWT with `typ`, `iss`, `aud`, `exp` and a claim of one's own", func(l *library) error {
		token, err := l.IssueJWT(sender.private, "10.00", now)
		return expect(token, err, func(token string) error {
			parts := strings.Split(token, ".")
			const us = "https://bank.example"
			aud := jsonHas(parts[1], "aud", us) || jsonHas(parts[1], "aud", []any{us})
			if !aud || !jsonHas(parts[0], "typ", "payment+jwt") || !jsonHas(parts[1], "iss", "https://shop.example") ||
				!jsonHas(parts[1], "exp", 1700000300.0) || !jsonHas(parts[1], "amount", "10.00") {
				return fmt.Errorf("not what was asked for: %s", token)
			}
			return rs256Holds(parts[0]+"."+parts[1], parts[2])
		})
	}},
	{"ValidateJWT", "validate its `typ`, `iss`, `aud` and `exp`", func(l *library) error {
		validate := func(token string) ([]byte, error) {
			amount, err := l.ValidateJWT(sender.public, token, now)
			return []byte(amount), err
		}
		jwt := func(old, new string) string {
			if !strings.Contains(good, old) {
				panic(old)
			}
			return signRS256(typed, []byte(strings.Replace(good, old, new, 1)))
		}
		return accepts(validate, jwt("{", "{"), []byte("10.00"), map[string]string{
			"another issuer":    jwt("shop", "ship"),
			"no issuer":         jwt(`"iss"`, `"x"`),
			"another audience":  jwt("bank", "tank"),
			"no audience":       jwt(`"aud"`, `"x"`),
			"expired":           jwt("1700000300", "1699999999"),
			"never expires":     jwt(`"exp"`, `"x"`),
			"not yet valid":     jwt("{", `{"nbf":1700000200,`),
			"another type":      signRS256(`{"alg":"RS256","typ":"JWT"}`, []byte(good)),
			"no type":           signRS256(rs256, []byte(good)),
			"a name in crit":    signRS256(`{"alg":"RS256","typ":"payment+jwt","crit":["x"],"x":1}`, []byte(good)),
			"another signature": swapped(jwt("{", "{"), good+" "),
			"another alg":       signHS512(sender.public, `{"alg":"HS512","typ":"payment+jwt"}`, []byte(good)),
			"PS256":             signPS256(`{"alg":"PS256","typ":"payment+jwt"}`, []byte(good)),
			"JSON":              flattened(jwt("{", "{")),
		})
	}},
	{"ReadPayment", "read claims of a JWT into a struct of one's own", func(l *library) error {
		claims := func(lifetime time.Duration) []byte {
			return fmt.Appendf(nil, `{"exp":%d,"amount":"10.00","currency":"EUR","order":7}`, time.Now().Add(lifetime).Unix())
		}
		readPayment := func(token string) ([]byte, error) {
			payment, err := l.ReadPayment(sender.public, token)
			return fmt.Append(nil, payment), err
		}
		return accepts(readPayment, signRS256(rs256, claims(time.Hour)), []byte("{10.00 EUR 7}"), map[string]string{
			"expired":           signRS256(rs256, claims(-time.Hour)),
			"never expires":     signRS256(rs256, []byte(`{"amount":"10.00","currency":"EUR","order":7}`)),
			"PS256":             signPS256(`{"alg":"PS256"}`, claims(time.Hour)),
			"a claim's type":    signRS256(rs256, bytes.Replace(claims(time.Hour), []byte(`"EUR"`), []byte("978"), 1)),
			"a name in crit":    signRS256(`{"alg":"RS256","crit":["x"],"x":1}`, claims(time.Hour)),
			"another signature": swapped(signRS256(rs256, claims(time.Hour)), string(claims(2*time.Hour))),
		})
	}},
	{"VerifyShortSecret", "verify HS512 with a provider's secret of 16 octets", func(l *library) error {
		verify := func(token string) ([]byte, error) { return l.VerifyShortSecret(short, token) }
		return accepts(verify, signHS512(short, hs512, payload), payload, map[string]string{
			"HS256":           hmacToken(hmac.New(sha256.New, short), `{"alg":"HS256"}`, payload),
			"JSON":            flattened(signHS512(short, hs512, payload)),
			"another secret":  signHS512(long, hs512, payload),
			"another payload": swapped(signHS512(short, hs512, payload), `{"amount":"99.00"}`),
			"none":            enc([]byte(`{"alg":"none"}`)) + "." + enc(payload) + ".",
			"a name in crit":  signHS512(short, `{"alg":"HS512","crit":["x"],"x":1}`, payload),
		})
	}},
	{"VerifyCritical", "verify RS256 with a member of one's own in `crit`, and check it", func(l *library) error {
		verify := func(token string) ([]byte, error) { return l.VerifyCritical(sender.public, "blue", token) }
		blue := signRS256(`{"alg":"RS256","tenant":"blue","crit":["tenant"]}`, payload)
		return accepts(verify, blue, payload, map[string]string{
			"PS256":           signPS256(`{"alg":"PS256","tenant":"blue","crit":["tenant"]}`, payload),
			"JSON":            flattened(blue),
			"another value":   signRS256(`{"alg":"RS256","tenant":"red","crit":["tenant"]}`, payload),
			"another type":    signRS256(`{"alg":"RS256","tenant":["blue"],"crit":["tenant"]}`, payload),
			"another name":    signRS256(`{"alg":"RS256","tenant":"blue","x":1,"crit":["tenant","x"]}`, payload),
			"no such member":  signRS256(rs256, payload),
			"crit a string":   signRS256(`{"alg":"RS256","tenant":"blue","crit":"tenant"}`, payload),
			"another payload": swapped(blue, "{}"),
		})
	}},
	{"SignOpenBanking", "sign in the way of UK Open Banking, by RS256: detached, three URLs in `crit`", func(l *library) error {
		token, err := l.SignOpenBanking(sender.private, "the issuer", body, now)
		return expect(token, err, func(token string) error {
			header, signature, found := strings.Cut(token, "..")
			crit := []any{bank + "iat", bank + "iss", bank + "tan"}
			if !found || !jsonHas(header, bank+"iat", 1.7e9) || !jsonHas(header, bank+"iss", "the issuer") ||
				!jsonHas(header, bank+"tan", "openbanking.org.uk") || !jsonHas(header, "crit", crit) {
				return fmt.Errorf("not what was asked for: %s", token)
			}
			return rs256Holds(header+"."+enc(body), signature)
		})
	}},
	{"VerifyOpenBanking", "verify such a one, and check all three", func(l *library) error {
		const header = `{"alg":"RS256","` + bank + `iat":1700000000,"` + bank + `iss":"the issuer","` + bank +
			`tan":"openbanking.org.uk","crit":["` + bank + `iat","` + bank + `iss","` + bank + `tan"]}`
		with := func(old, new string) string {
			if !strings.Contains(header, old) {
				panic(old)
			}
			return detach(strings.Replace(header, old, new, 1), "")
		}
		verify := func(token string) ([]byte, error) {
			return body, l.VerifyOpenBanking(sender.public, "the issuer", token, body, now)
		}
		return accepts(verify, with("{", "{"), body, map[string]string{
			"PS256":                detachPS256(strings.Replace(header, "RS256", "PS256", 1), enc(body)),
			"another issuer":       with("the issuer", "an issuer"),
			"issued in the future": with("1700000000", "1700000001"),
			"iat a string":         with("1700000000", `"1700000000"`),
			"another trust anchor": with(`"openbanking.org.uk"`, `"example.org"`),
			"no trust anchor":      detach(strings.NewReplacer(`,"`+bank+`tan"]`, "]", `tan"`, `x"`).Replace(header), ""),
			"a fourth name":        with(`"crit":[`, `"x":1,"crit":["x",`),
			"crit a string":        with(`"crit":[`, `"crit":"x","y":[`),
			"another body":         detach(header, enc([]byte(header))+"."+enc([]byte("{}"))),
			"a body in it":         signRS256(header, body),
		})
	}},
	{"VerifyPS256", "verify PS256 and nothing else", func(l *library) error {
		verify := func(token string) ([]byte, error) { return l.VerifyPS256(sender.public, token) }
		return accepts(verify, signPS256(`{"alg":"PS256"}`, payload), payload, map[string]string{
			"RS256":           signRS256(rs256, payload),
			"another payload": swapped(signPS256(`{"alg":"PS256"}`, payload), "{}"),
			"JSON":            flattened(signPS256(`{"alg":"PS256"}`, payload)),
			"a name in crit":  signPS256(`{"alg":"PS256","crit":["x"],"x":1}`, payload),
		})
	}},
	{"SignJSON", "sign with two keys in the JSON serialization", func(l *library) error {
		token, err := l.SignJSON(sender.private, curve.private, payload)
		return expect(token, err, func(token string) error {
			var got struct {
				Payload    string
				Signatures []struct{ Protected, Signature string }
			}
			if err := json.Unmarshal([]byte(token), &got); err != nil {
				return err
			}
			if len(got.Signatures) != 2 || got.Payload != enc(payload) {
				return errors.New("not two signatures of the payload")
			}
			first, second := got.Signatures[0], got.Signatures[1]
			return errors.Join(rs256Holds(first.Protected+"."+got.Payload, first.Signature),
				es512Holds(second.Protected+"."+got.Payload, second.Signature))
		})
	}},
}

// outcomes are what run returned, by library and task.
var outcomes = make(map[string]error)

// outcome runs a task with a library, once.
func outcome(l *library, task task) error {
	name := l.folder + "/" + task.name
	if _, ok := outcomes[name]; !ok {
		outcomes[name] = task.run(l)
	}
	return outcomes[name]
}

// TestTasks runs every task with every library.
func TestTasks(t *testing.T) {
	for _, l := range libraries {
		for _, task := range all {
			t.Run(l.folder+"/"+task.name, func(t *testing.T) {
				var cannot tasks.Cannot
				if err := outcome(l, task); err != nil && !errors.As(err, &cannot) {
					t.Error(err)
				}
			})
		}
	}
}

// expect returns err, or what is wrong with the token.
func expect(token string, err error, check func(string) error) error {
	if err != nil {
		return err
	}
	return check(token)
}

// accepts returns what is wrong with f, which has to return want for one token and to refuse the others.
func accepts(f func(string) ([]byte, error), token string, want []byte, refused map[string]string) error {
	got, err := f(token)
	if err := same(got, err, want); err != nil {
		return err
	}
	for why, token := range refused {
		if got, err := f(token); err == nil {
			return fmt.Errorf("%s: accepted, with %q", why, got)
		}
	}
	return nil
}

func same(got []byte, err error, want []byte) error {
	if err == nil && !bytes.Equal(got, want) {
		return fmt.Errorf("%q is not %q", got, want)
	}
	return err
}

// setRefuses is what no key set accepts.
func setRefuses() map[string]string {
	const kid = `{"alg":"RS256","kid":"one"}`
	return map[string]string{
		"another kid":       signRS256(`{"alg":"RS256","kid":"five"}`, payload),
		"the other key":     signRS256(`{"alg":"RS256","kid":"two"}`, payload),
		"another payload":   swapped(signRS256(kid, payload), "{}"),
		"another algorithm": signPS256(`{"alg":"PS256","kid":"one"}`, payload),
		"a name in crit":    signRS256(`{"alg":"RS256","kid":"one","crit":["x"],"x":1}`, payload),
		"JSON":              flattened(signRS256(kid, payload)),
	}
}

// The rest makes and reads tokens with nothing but the standard library.

var enc = base64.RawURLEncoding.EncodeToString

type pair struct {
	key             crypto.Signer
	private, public []byte
}

// A handle hides which type of key it is, as that of a KMS does.
type handle struct{ key crypto.Signer }

func (h handle) Public() crypto.PublicKey { return h.key.Public() }
func (h handle) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return h.key.Sign(r, digest, opts)
}

var (
	sender    = newPair(rsa.GenerateKey(rand.Reader, 2048))
	recipient = newPair(rsa.GenerateKey(rand.Reader, 2048))
	curve     = newPair(ecdsa.GenerateKey(elliptic.P521(), rand.Reader))
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newPair[K crypto.Signer](key K, err error) pair {
	private := must(x509.MarshalPKCS8PrivateKey(must(key, err)))
	public := must(x509.MarshalPKIXPublicKey(key.Public()))
	return pair{key,
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
		pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})}
}

// keySet returns a JWK Set of sender as "one", recipient as "two", and more.
func keySet(more ...string) []byte {
	for i, p := range []pair{sender, recipient} {
		n := p.key.Public().(*rsa.PublicKey).N.Bytes()
		more = append(more, fmt.Sprintf(`{"kty":"RSA","kid":%q,"use":"sig","alg":"RS256","n":%q,"e":"AQAB"}`,
			[]string{"one", "two"}[i], enc(n)))
	}
	return []byte(`{"keys":[` + strings.Join(more, ",") + `]}`)
}

func unsigned(header string, payload []byte) string { return enc([]byte(header)) + "." + enc(payload) }

func digest(h hash.Hash, input string) []byte {
	h.Write([]byte(input))
	return h.Sum(nil)
}

func signRS256(header string, payload []byte) string {
	input := unsigned(header, payload)
	return input + "." + enc(must(sender.key.Sign(rand.Reader, digest(sha256.New(), input), crypto.SHA256)))
}

// detach returns the detached RS256 token of this signing input; if that is empty, of the body, encoded.
func detach(header, input string) string {
	if input == "" {
		input = unsigned(header, body)
	}
	return enc([]byte(header)) + ".." + enc(must(sender.key.Sign(rand.Reader, digest(sha256.New(), input), crypto.SHA256)))
}

func signPS256(header string, payload []byte) string {
	input := unsigned(header, payload)
	options := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
	return input + "." + enc(must(sender.key.Sign(rand.Reader, digest(sha256.New(), input), options)))
}

// detachPS256 returns the detached token of a payload that is as it is signed.
func detachPS256(header, payload string) string {
	input := enc([]byte(header)) + "." + payload
	options := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
	return enc([]byte(header)) + ".." + enc(must(sender.key.Sign(rand.Reader, digest(sha256.New(), input), options)))
}

func signES512(header string, payload []byte) string {
	input := unsigned(header, payload)
	r, s, err := ecdsa.Sign(rand.Reader, curve.key.(*ecdsa.PrivateKey), digest(sha512.New(), input))
	must(r, err)
	signature := make([]byte, 132)
	r.FillBytes(signature[:66])
	s.FillBytes(signature[66:])
	return input + "." + enc(signature)
}

func signHS512(secret []byte, header string, payload []byte) string {
	return hmacToken(hmac.New(sha512.New, secret), header, payload)
}

func hmacToken(mac hash.Hash, header string, payload []byte) string {
	input := unsigned(header, payload)
	return input + "." + enc(digest(mac, input))
}

// flattened returns the token in the flattened JSON serialization.
func flattened(token string) string {
	parts := strings.Split(token, ".")
	return fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, parts[0], parts[1], parts[2])
}

// swapped returns the token with another payload and its old signature.
func swapped(token, payload string) string {
	parts := strings.Split(token, ".")
	return parts[0] + "." + enc([]byte(payload)) + "." + parts[2]
}

func rs256Holds(input, signature string) error {
	s, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		return err
	}
	return rsa.VerifyPKCS1v15(sender.key.Public().(*rsa.PublicKey), crypto.SHA256, digest(sha256.New(), input), s)
}

func es512Holds(input, signature string) error {
	s, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		return err
	}
	if len(s) != 132 || !ecdsa.Verify(curve.key.Public().(*ecdsa.PublicKey), digest(sha512.New(), input),
		new(big.Int).SetBytes(s[:66]), new(big.Int).SetBytes(s[66:])) {
		return errors.New("the ES512 signature does not hold")
	}
	return nil
}

// read returns a check that a token has this payload and a signature that holds.
func read(holds func(input, signature string) error, payload []byte) func(string) error {
	return func(token string) error {
		parts := strings.Split(token, ".")
		if len(parts) != 3 || parts[1] != enc(payload) {
			return fmt.Errorf("%q is no token of the payload", token)
		}
		return holds(parts[0]+"."+parts[1], parts[2])
	}
}

// jsonHas reports whether the base64url of an object has this member.
func jsonHas(encoded, name string, want any) bool {
	text, err := base64.RawURLEncoding.DecodeString(encoded)
	var object map[string]any
	return err == nil && json.Unmarshal(text, &object) == nil &&
		object[name] != nil && fmt.Sprintf("%T%v", object[name], object[name]) == fmt.Sprintf("%T%v", want, want)
}

// seal encrypts to recipient with a key of so many octets.
func seal(header string, keySize int, oaep hash.Hash, plaintext []byte) string {
	key, iv := make([]byte, keySize), make([]byte, 12)
	must(rand.Read(key))
	must(rand.Read(iv))
	encrypted := must(rsa.EncryptOAEP(oaep, rand.Reader, recipient.key.Public().(*rsa.PublicKey), key, nil))
	gcm := must(cipher.NewGCM(must(aes.NewCipher(key))))
	protected := enc([]byte(header))
	sealed := gcm.Seal(nil, iv, plaintext, []byte(protected))
	tag := len(sealed) - 16
	return strings.Join([]string{protected, enc(encrypted), enc(iv), enc(sealed[:tag]), enc(sealed[tag:])}, ".")
}

func sealChanged(plaintext []byte) string {
	token := seal(oaep, 32, sha256.New(), plaintext)
	return token[:strings.LastIndex(token, ".")+1] + enc(make([]byte, 16))
}

// open decrypts RSA-OAEP-256 and A256GCM, and returns the header as it is encoded.
func open(token string) (header string, plaintext []byte, err error) {
	parts := strings.Split(token, ".")
	if len(parts) != 5 || !jsonHas(parts[0], "alg", "RSA-OAEP-256") || !jsonHas(parts[0], "enc", "A256GCM") {
		return "", nil, errors.New("not RSA-OAEP-256 and A256GCM")
	}
	var octets [5][]byte
	for i, part := range parts {
		if octets[i], err = base64.RawURLEncoding.DecodeString(part); err != nil {
			return "", nil, err
		}
	}
	key, err := rsa.DecryptOAEP(sha256.New(), nil, recipient.key.(*rsa.PrivateKey), octets[1], nil)
	if err != nil {
		return "", nil, err
	}
	gcm := must(cipher.NewGCM(must(aes.NewCipher(key))))
	plaintext, err = gcm.Open(nil, octets[2], append(octets[3], octets[4]...), []byte(parts[0]))
	return parts[0], plaintext, err
}
