// Command repro reproduces the deviations of the Go libraries, with nothing
// but the libraries: each row makes a token with the standard library, gives
// it to the library as its documentation says to, and looks at what it says.
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	gojwt "github.com/go-jose/go-jose/v4/jwt"
	"github.com/golang-jwt/jwt/v5"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwe"
	"github.com/lestrrat-go/jwx/v3/jws"
	jwxjwt "github.com/lestrrat-go/jwx/v3/jwt"
)

var (
	secret = bytes.Repeat([]byte("k"), 64)
	short  = []byte("short")
	now    = time.Unix(1700000000, 0)
	at     = func() time.Time { return now }
	enc    = base64.RawURLEncoding.EncodeToString
)

// token returns the JWS of exactly these octets, by HMAC with SHA-512.
func token(key []byte, header, payload string) string {
	input := enc([]byte(header)) + "." + enc([]byte(payload))
	return input + "." + mac(key, input)
}

func mac(key []byte, input string) string {
	m := hmac.New(sha512.New, key)
	m.Write([]byte(input))
	return enc(m.Sum(nil))
}

const hs512 = `{"alg":"HS512"}`

func goJose(token string) error {
	m, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.HS512})
	if err == nil {
		_, err = m.Verify(secret)
	}
	return err
}

func goJoseDetached(token, payload string) error {
	m, err := jose.ParseDetached(token, []byte(payload), []jose.SignatureAlgorithm{jose.HS512})
	if err == nil {
		_, err = m.Verify(secret)
	}
	return err
}

func goJoseJWT(claims string) error {
	t, err := gojwt.ParseSigned(token(secret, hs512, claims), []jose.SignatureAlgorithm{jose.HS512})
	if err != nil {
		return err
	}
	var c gojwt.Claims
	if err := t.Claims(secret, &c); err != nil {
		return err
	}
	return c.ValidateWithLeeway(gojwt.Expected{Time: now}, 0)
}

func jwx(key []byte, token string) error {
	_, err := jws.Verify([]byte(token), jws.WithCompact(), jws.WithKey(jwa.HS512(), key), jws.WithCritValidation(true), jws.WithValidateKey(true))
	return err
}

func jwxJWT(claims string) error {
	_, err := jwxjwt.Parse([]byte(token(secret, hs512, claims)), jwxjwt.WithKey(jwa.HS512(), secret),
		jwxjwt.WithClock(jwxjwt.ClockFunc(at)), jwxjwt.WithPedantic(true), jwxjwt.WithIssuer("a"))
	return err
}

// golangJWT has the library's own RegisteredClaims, and its strict decoding.
func golangJWT(key []byte, token string) error {
	_, err := jwt.ParseWithClaims(token, new(jwt.RegisteredClaims), func(*jwt.Token) (any, error) { return key, nil },
		jwt.WithValidMethods([]string{"HS512"}), jwt.WithStrictDecoding(), jwt.WithTimeFunc(at), jwt.WithIssuer("a"))
	return err
}

// accepted are rows of tokens that the RFCs refuse and the library takes.
var accepted = []struct {
	id, section, text string
	run               func() error
}{
	{"go-jose/exp-on-time", "RFC 7519, Section 4.1.4", "a JWT is accepted in the second of exp, leeway 0",
		func() error { return goJoseJWT(`{"exp":1700000000}`) }},
	{"go-jose/nbf-fraction", "RFC 7519, Section 4.1.5", "the fraction of nbf is cut off: accepted half a second early",
		func() error { return goJoseJWT(`{"nbf":1700000000.5}`) }},
	{"go-jose/date-null", "RFC 7519, Section 4.1.4", "exp null counts as no exp",
		func() error { return goJoseJWT(`{"exp":null}`) }},
	{"go-jose/b64-without-crit", "RFC 7797, Section 6", "b64 false is obeyed although no crit names it",
		func() error {
			h := enc([]byte(`{"alg":"HS512","b64":false}`))
			return goJoseDetached(h+".."+mac(secret, h+".text"), "text")
		}},
	{"go-jose/crit-null", "RFC 7515, Section 4.1.11", "crit that is null counts as no crit",
		func() error { return goJose(token(secret, `{"alg":"HS512","crit":null}`, "{}")) }},
	{"go-jose/line-feed", "RFC 7515, Section 2", "a line feed inside and after the signature is ignored",
		func() error {
			t := token(secret, hs512, "{}")
			return goJose(t[:len(t)-4] + "\n" + t[len(t)-4:] + "\n")
		}},
	{"go-jose/header-utf8", "RFC 7515, Section 5.2", "a header that is not UTF-8 is read",
		func() error { return goJose(token(secret, "{\"alg\":\"HS512\",\"x\":\"\xff\"}", "{}")) }},
	{"go-jose/rsa-1024", "RFC 7518, Section 3.3", "an RSA key of 1024 bits is read and used for RS256",
		func() error {
			k, err := rsa.GenerateKey(rand.Reader, 1024)
			if err != nil {
				return err
			}
			s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: k}, nil)
			if err != nil {
				return err
			}
			m, err := s.Sign([]byte("text"))
			if err == nil {
				_, err = m.Verify(&k.PublicKey)
			}
			return err
		}},

	{"jwx/alg-not-compared", "RFC 7515, Section 4.1.1", "the header says none, RS256 or nothing; verified with the algorithm given to WithKey",
		func() error {
			for _, h := range []string{`{"alg":"none"}`, `{"alg":"RS256"}`, `{}`} {
				if err := jwx(secret, token(secret, h, "{}")); err != nil {
					return err
				}
			}
			return nil
		}},
	{"jwx/short-hmac-key", "RFC 7518, Section 3.2", "an HS512 secret of 5 octets, although WithValidateKey is set",
		func() error { return jwx(short, token(short, hs512, "{}")) }},
	{"jwx/crit-null", "RFC 7515, Section 4.1.11", "crit that is null counts as no crit",
		func() error { return jwx(secret, token(secret, `{"alg":"HS512","crit":null}`, "{}")) }},
	{"jwx/base64", "RFC 7515, Section 2", "the signature may be padded, and have line feeds",
		func() error { t := token(secret, hs512, "{}"); return jwx(secret, t[:len(t)-4]+"\n"+t[len(t)-4:]+"==") }},
	{"jwx/header-utf8", "RFC 7515, Section 5.2", "a header that is not UTF-8 is read",
		func() error { return jwx(secret, token(secret, "{\"alg\":\"HS512\",\"x\":\"\xff\"}", "{}")) }},
	{"jwx/date-string", "RFC 7519, Section 2", "exp may be a string",
		func() error { return jwxJWT(`{"iss":"a","exp":"1700000001"}`) }},
	{"jwx/nbf-fraction", "RFC 7519, Section 4.1.5", "the fraction of nbf is cut off: accepted half a second early",
		func() error { return jwxJWT(`{"iss":"a","nbf":1700000000.5}`) }},
	{"jwx/claims-trailing", "RFC 7519, Section 7.2", "text and a second object may follow the claims set",
		func() error { return jwxJWT(`{"iss":"a"}{"iss":"b"} and more`) }},

	{"golang-jwt/crit-ignored", "RFC 7515, Section 4.1.11", "a critical extension that nobody understands is ignored",
		func() error {
			return golangJWT(secret, token(secret, `{"alg":"HS512","crit":["x"],"x":1}`, `{"iss":"a"}`))
		}},
	{"golang-jwt/claim-case", "RFC 7519, Section 7.3", "ISS, and ISS after another iss, count as iss (RegisteredClaims; MapClaims are exact)",
		func() error { return golangJWT(secret, token(secret, hs512, `{"iss":"b","ISS":"a"}`)) }},
	{"golang-jwt/line-feed", "RFC 7515, Section 2", "line feeds in every segment are ignored, strict decoding or not",
		func() error {
			t := token(secret, hs512, `{"iss":"a"}`)
			return golangJWT(secret, t+"\n")
		}},
	{"golang-jwt/date-string", "RFC 7519, Section 2", "exp may be a string",
		func() error { return golangJWT(secret, token(secret, hs512, `{"iss":"a","exp":"1700000001"}`)) }},
	{"golang-jwt/nbf-fraction", "RFC 7519, Section 4.1.5", "the fraction of nbf is cut off: accepted half a second early",
		func() error { return golangJWT(secret, token(secret, hs512, `{"iss":"a","nbf":1700000000.5}`)) }},
	{"golang-jwt/short-hmac-key", "RFC 7518, Section 3.2", "an HS512 secret of 5 octets",
		func() error { return golangJWT(short, token(short, hs512, `{"iss":"a"}`)) }},
	{"golang-jwt/header-utf8", "RFC 7515, Section 5.2", "a header that is not UTF-8 is read",
		func() error {
			return golangJWT(secret, token(secret, "{\"alg\":\"HS512\",\"x\":\"\xff\"}", `{"iss":"a"}`))
		}},
	{"golang-jwt/kid-type", "RFC 7515, Section 4.1.4", "kid may be an object",
		func() error { return golangJWT(secret, token(secret, `{"alg":"HS512","kid":{}}`, `{"iss":"a"}`)) }},
}

// refused are rows of tokens that the RFCs take and the library refuses.
var refused = []struct {
	id, section, text string
	run, control      func() error // the control is accepted
}{
	{"jwx/exp-null-in-header", "RFC 7516, Section 4", "a JWE with a header member that is null (as a provider sends exp) is refused",
		func() error { return jwxEncrypted("text", map[string]any{"exp": nil}) },
		func() error { return jwxEncrypted("text", nil) }},
	{"jwx/empty-plaintext", "RFC 7516, Section 5.2", "a JWE of an empty plaintext is refused",
		func() error { return jwxEncrypted("", nil) },
		func() error { return jwxEncrypted("text", nil) }},
	{"jwx/header-white-space", "RFC 7515, Section 5.2", "white space around the header's object is dropped before the signature is checked",
		func() error { return jwx(secret, token(secret, hs512+"\n", "{}")) },
		func() error { return jwx(secret, token(secret, hs512, "{}")) }},
	{"golang-jwt/exp-fraction", "RFC 7519, Section 4.1.4", "the fraction of exp is cut off: refused half a second early",
		func() error { return golangJWT(secret, token(secret, hs512, `{"iss":"a","exp":1700000000.5}`)) },
		func() error { return golangJWT(secret, token(secret, hs512, `{"iss":"a","exp":1700000001}`)) }},
}

// jwxEncrypted encrypts with go-jose and decrypts with jwx.
func jwxEncrypted(plaintext string, header map[string]any) error {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	opts := new(jose.EncrypterOptions)
	for name, v := range header {
		b, _ := json.Marshal(v)
		opts.WithHeader(jose.HeaderKey(name), json.RawMessage(b))
	}
	e, err := jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: jose.RSA_OAEP_256, Key: &k.PublicKey}, opts)
	if err != nil {
		panic(err)
	}
	m, err := e.Encrypt([]byte(plaintext))
	if err != nil {
		panic(err)
	}
	t, err := m.CompactSerialize()
	if err != nil {
		panic(err)
	}
	_, err = jwe.Decrypt([]byte(t), jwe.WithKey(jwa.RSA_OAEP_256(), k))
	return err
}

// forged has the MAC of another token: where it is accepted, the rows above
// would show nothing.
func forged() bool {
	input := enc([]byte(hs512)) + "." + enc([]byte(`{"iss":"a"}`)) + "."
	t := input + mac(secret, input+"other")
	return goJose(t) == nil || jwx(secret, t) == nil || golangJWT(secret, t) == nil
}

func main() {
	if forged() {
		panic("a forged token was accepted")
	}
	print := func(reproduced bool, id, section, text string) {
		result := "not reproduced"
		if reproduced {
			result = "reproduced"
		}
		fmt.Printf("%-14s  %-32s %-26s %s\n", result, id, section, text)
	}
	for _, r := range accepted {
		print(r.run() == nil, r.id, r.section, r.text)
	}
	for _, r := range refused {
		print(r.control() == nil && r.run() != nil, r.id, r.section, r.text)
	}
}
