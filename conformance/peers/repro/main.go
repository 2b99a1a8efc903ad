// Command repro reproduces the deviations of the Go libraries, with nothing
// but the libraries: each row makes tokens or keys with the standard library, gives
// them to the library as its documentation says to, and looks at what it says.
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	gojwt "github.com/go-jose/go-jose/v4/jwt"
	"github.com/golang-jwt/jwt/v5"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwe"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	jwxjwt "github.com/lestrrat-go/jwx/v3/jwt"
)

var (
	secret = bytes.Repeat([]byte("k"), 64)
	short  = []byte("short")
	now    = time.Unix(1700000000, 0)
	at     = func() time.Time { return now }

	encoding = base64.RawURLEncoding
	enc      = encoding.EncodeToString
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

// manyDigits is 1700000400 in 801 digits, and an exponent that takes most of them back.
var manyDigits = "1700000400" + strings.Repeat("0", 791) + "e-791"

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

func jwxDetached(token, payload string) error {
	_, err := jws.Verify([]byte(token), jws.WithCompact(), jws.WithKey(jwa.HS512(), secret), jws.WithCritValidation(true),
		jws.WithCritExtension("b64"), jws.WithDetachedPayload([]byte(payload)))
	return err
}

func jwxJWT(claims string) error { return jwxToken(token(secret, hs512, claims)) }

func jwxToken(token string) error {
	_, err := jwxjwt.Parse([]byte(token), jwxjwt.WithKey(jwa.HS512(), secret),
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
	{"go-jose/nbf-digits", "RFC 7519, Section 4.1.5", "of an nbf of 801 digits one is lost: accepted 400 seconds early",
		func() error { return goJoseJWT(`{"nbf":` + manyDigits + `}`) }},
	{"go-jose/date-null", "RFC 7519, Section 4.1.4", "exp null counts as no exp",
		func() error { return goJoseJWT(`{"exp":null}`) }},
	{"go-jose/b64-without-crit", "RFC 7797, Section 6", "b64 false is obeyed although no crit names it",
		func() error {
			h := enc([]byte(`{"alg":"HS512","b64":false}`))
			return goJoseDetached(h+".."+mac(secret, h+".text"), "text")
		}},
	{"go-jose/detached-white-space", "RFC 7515, Section 7.1", "white space anywhere in a detached JWS is ignored, also where the payload was",
		func() error {
			h := enc([]byte(hs512))
			m := mac(secret, h+"."+enc([]byte("text")))
			return errors.Join(goJoseDetached(h+". ."+m, "text"), goJoseDetached(h+".."+m+"\n", "text"))
		}},
	{"go-jose/crit-null", "RFC 7515, Section 4.1.11", "crit that is null counts as no crit",
		func() error { return goJose(token(secret, `{"alg":"HS512","crit":null}`, "{}")) }},
	{"go-jose/line-feed", "RFC 7515, Section 2", "line feeds and carriage returns in the signature are ignored, and those in the payload are not signed",
		func() error {
			t := token(secret, hs512, "a text")
			return errors.Join(goJose(inside(t, 2, "\n")), goJose(inside(t, 2, "\r")), goJose(t+"\n"), goJose(inside(t, 1, "\n")))
		}},
	{"go-jose/jwe-line-feed", "RFC 7516, Section 7.1", "and in all segments of a JWE but the header",
		func() (err error) {
			for i := 1; i < 5; i++ {
				t := sealed(oaep)
				err = errors.Join(err, goJoseJWE(inside(t, i, "\n")), goJoseJWE(inside(t, i, "\r")), goJoseJWE(after(t, i, "\n")))
			}
			return err
		}},
	{"go-jose/oaep-leading-zero", "RFC 8017, Section 7.1.2", "an encrypted key without its leading zero octet",
		func() error { return goJoseJWE(withoutZero()) }},
	{"go-jose/zip-type", "RFC 7516, Section 4.1.3", "zip that is null, false or empty counts as no zip",
		func() (err error) {
			for _, zip := range []string{`null`, `false`, `""`} {
				err = errors.Join(err, goJoseJWE(sealed(`{"alg":"RSA-OAEP-256","enc":"A256GCM","zip":`+zip+`}`)))
			}
			return err
		}},
	{"go-jose/set-alg", "RFC 7517, Section 4.4", "a key of a set whose alg is RSA-OAEP decrypts RSA-OAEP-256, and one whose alg is PS256 verifies RS256",
		func() error { return errors.Join(goJoseSet(), goJoseSetVerifies(rsaPublic().with("alg", "PS256"))) }},
	{"go-jose/header-utf8", "RFC 7515, Section 5.2", "a header that is not UTF-8 is read, of a JWS and of a JWE",
		func() error {
			return errors.Join(goJose(token(secret, "{\"alg\":\"HS512\",\"x\":\"\xff\"}", "{}")),
				goJoseJWE(sealed("{\"alg\":\"RSA-OAEP-256\",\"enc\":\"A256GCM\",\"x\":\"\xff\"}")))
		}},
	{"go-jose/claims-utf8", "RFC 7519, Section 7.2", "a claims set that is not UTF-8 is read",
		func() error { return goJoseJWT("{\"x\":\"\xff\"}") }},
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
	{"go-jose/rsa-modulus", "RFC 8017, Section 3.1", "an RSA public key whose modulus is even, 0 or empty is read",
		func() error {
			k := rsaPublic()
			return errors.Join(goJoseReads(k.with("n", evenModulus())), goJoseReads(k.with("n", "AA")), goJoseReads(k.with("n", "")))
		}},
	{"go-jose/rsa-exponent-even", "RFC 8017, Section 3.1", "an RSA public key whose exponent is 2 or 65536 is read",
		func() error {
			return errors.Join(goJoseReads(rsaPublic().with("e", "Ag")), goJoseReads(rsaPublic().with("e", "AQAA")))
		}},
	{"go-jose/jwk-line-feed", "RFC 7515, Section 2", "a line feed in n or x is ignored",
		func() error {
			k := ecPublic()
			return errors.Join(goJoseReads(rsaPublic().with("n", "\n"+number(rsaKey.N))), goJoseReads(k.with("x", k["x"].(string)+"\n")))
		}},
	{"go-jose/rsa-crt-missing", "RFC 7518, Section 6.3.2", "an RSA private key without dp or qi, which have to be there with p and q",
		func() error {
			return errors.Join(goJoseSigns(rsaPrivate().without("dp")), goJoseSigns(rsaPrivate().without("qi")))
		}},
	{"go-jose/rsa-oth", "RFC 7518, Section 6.3.2.7", "oth of an RSA private key is ignored",
		func() error { return goJoseSigns(rsaPrivate().with("oth", []any{})) }},
	{"go-jose/ec-d", "RFC 7518, Section 6.2.2.1", "an EC private key whose d does not belong to x and y signs",
		func() error { return errors.Join(goJoseSigns(ecOther()), goJoseSigns(ecNegated())) }},
	{"go-jose/jwk-alg", "RFC 7517, Section 4.4", "alg of a JWK that is null or empty counts as no alg",
		func() error {
			return errors.Join(goJoseReads(rsaPublic().with("alg", nil)), goJoseReads(rsaPublic().with("alg", "")))
		}},
	{"go-jose/key-ops", "RFC 7517, Section 4.3", "key_ops is ignored, even if it is no array or has numbers",
		func() error {
			return errors.Join(goJoseReads(rsaPublic().with("key_ops", "verify")), goJoseReads(rsaPublic().with("key_ops", []any{1})))
		}},
	{"go-jose/use-ignored", "RFC 7517, Section 4.2", "a secret or a public key whose use is enc, or whose key_ops are sign alone, verifies",
		func() error {
			return errors.Join(goJoseVerifies(octSecret().with("use", "enc")), goJoseVerifies(octSecret().with("key_ops", []string{"sign"})),
				goJoseSetVerifies(rsaPublic().with("use", "enc")), goJoseSetVerifies(rsaPublic().with("key_ops", []string{"sign"})))
		}},
	{"go-jose/set-member-case", "RFC 7517, Section 5", "KEYS counts as keys of a JWK Set", goJoseSetCase},

	{"jwx/alg-not-compared", "RFC 7515, Section 4.1.1", "the header says none, another alg, two, or nothing; verified with the algorithm given to WithKey",
		func() error {
			for _, h := range []string{`{"alg":"none"}`, `{"alg":"RS256"}`, `{"alg":"EdDSA"}`, `{}`, `{"ALG":"HS512"}`, `{"alg":"HS512","alg":"none"}`} {
				if err := jwx(secret, token(secret, h, "{}")); err != nil {
					return err
				}
			}
			return nil
		}},
	{"jwx/short-hmac-key", "RFC 7518, Section 3.2", "an HS512 secret of 5 octets, although WithValidateKey is set",
		func() error { return jwx(short, token(short, hs512, "{}")) }},
	{"jwx/crit-null", "RFC 7515, Section 4.1.11", "crit that is null counts as no crit, in a JWS and in a JWE",
		func() error {
			return errors.Join(jwx(secret, token(secret, `{"alg":"HS512","crit":null}`, "{}")),
				jwxJWE(sealed(`{"alg":"RSA-OAEP-256","enc":"A256GCM","crit":null}`)))
		}},
	{"jwx/base64", "RFC 7515, Section 2", "the signature may be padded or in the other alphabet; line feeds in it are ignored, and those in the payload are not signed",
		func() error {
			t := token(secret, hs512, "a text")
			for i := 0; !strings.ContainsAny(t[len(t)-86:], "-_"); i++ {
				t = token(secret, hs512, fmt.Sprint("a text", i))
			}
			return errors.Join(jwx(secret, t+"=="), jwx(secret, inside(t, 2, "\n")), jwx(secret, inside(t, 2, "\r")), jwx(secret, t+"\n"),
				jwx(secret, standard(t, 2)), jwx(secret, inside(t, 1, "\n")))
		}},
	{"jwx/detached-line-feed", "RFC 7515, Section 2", "and of a detached JWS with an unencoded payload",
		func() error {
			h := enc([]byte(`{"alg":"HS512","b64":false,"crit":["b64"]}`))
			return jwxDetached(h+".."+mac(secret, h+".text")+"\n", "text")
		}},
	{"jwx/jwe-base64", "RFC 7516, Section 7.1", "and so may the segments of a JWE (the header only in its own alphabet)",
		func() error {
			h := enc([]byte(oaep + "  ")) // its padding would be ==
			err := errors.Join(jwxJWE(seal(padded(h))), jwxJWE(seal(inside(h, 0, "\n"))), jwxJWE(seal(inside(h, 0, "\r"))), jwxJWE(seal(h+"\n")))
			for i := 1; i < 5; i++ {
				t := sealedWhere(func(s []string) bool { return strings.ContainsAny(s[i], "-_") })
				err = errors.Join(err, jwxJWE(inside(t, i, "\n")), jwxJWE(inside(t, i, "\r")), jwxJWE(after(t, i, "\n")), jwxJWE(standard(t, i)))
				if i != 2 { // 12 octets need no padding
					err = errors.Join(err, jwxJWE(changed(t, i, padded)))
				}
			}
			return err
		}},
	{"jwx/oaep-leading-zero", "RFC 8017, Section 7.1.2", "an encrypted key without its leading zero octet",
		func() error { return jwxJWE(withoutZero()) }},
	{"jwx/zip-type", "RFC 7516, Section 4.1.3", "zip that is null or empty counts as no zip",
		func() error {
			return errors.Join(jwxJWE(sealed(`{"alg":"RSA-OAEP-256","enc":"A256GCM","zip":null}`)),
				jwxJWE(sealed(`{"alg":"RSA-OAEP-256","enc":"A256GCM","zip":""}`)))
		}},
	{"jwx/b64-null", "RFC 7797, Section 3", "b64 that is null counts as false",
		func() error {
			h := enc([]byte(`{"alg":"HS512","b64":null,"crit":["b64"]}`))
			return jwxDetached(h+".."+mac(secret, h+".text"), "text")
		}},
	{"jwx/header-utf8", "RFC 7515, Section 5.2", "a header that is not UTF-8 is read, of a JWS and of a JWE",
		func() error {
			return errors.Join(jwx(secret, token(secret, "{\"alg\":\"HS512\",\"x\":\"\xff\"}", "{}")),
				jwxJWE(sealed("{\"alg\":\"RSA-OAEP-256\",\"enc\":\"A256GCM\",\"x\":\"\xff\"}")))
		}},
	{"jwx/claims-utf8", "RFC 7519, Section 7.2", "a claims set that is not UTF-8 is read",
		func() error { return jwxJWT("{\"iss\":\"a\",\"x\":\"\xff\"}") }},
	{"jwx/nested-signature", "RFC 7519, Section 7.2", "a signed JWT inside of a signed JWT is opened, and its claims count",
		func() error {
			return jwxToken(token(secret, `{"alg":"HS512","cty":"JWT"}`, token(secret, hs512, `{"iss":"a"}`)))
		}},
	{"jwx/date-string", "RFC 7519, Section 2", "exp may be a string",
		func() error { return jwxJWT(`{"iss":"a","exp":"1700000001"}`) }},
	{"jwx/nbf-fraction", "RFC 7519, Section 4.1.5", "the fraction of nbf is cut off: accepted half a second early",
		func() error { return jwxJWT(`{"iss":"a","nbf":1700000000.5}`) }},
	{"jwx/nbf-digits", "RFC 7519, Section 4.1.5", "of an nbf of 801 digits one is lost: accepted 400 seconds early",
		func() error { return jwxJWT(`{"iss":"a","nbf":` + manyDigits + `}`) }},
	{"jwx/claims-trailing", "RFC 7519, Section 7.2", "text and a second object may follow the claims set",
		func() error { return jwxJWT(`{"iss":"a"}{"iss":"b"} and more`) }},
	{"jwx/rsa-modulus-even", "RFC 8017, Section 3.1", "an RSA public key whose modulus is even is read and valid, as JWK and in a certificate",
		func() error {
			even := new(big.Int).Xor(rsaKey.N, big.NewInt(1))
			return errors.Join(jwxReads(rsaPublic().with("n", evenModulus()).json()), jwxReads(certificate(even, 65537), jwk.WithPEM(true)))
		}},
	{"jwx/jwk-base64", "RFC 7515, Section 2", "n, x and k of a JWK may be padded, have line feeds, or be in the other alphabet",
		func() error {
			ec, n := ecPublic(), number(rsaKey.N)
			k := bytes.Repeat([]byte{0xfb}, 64)
			return errors.Join(jwxReads(rsaPublic().with("n", padded(n)).json()), jwxReads(rsaPublic().with("n", standard(n, 0)).json()),
				jwxReads(rsaPublic().with("n", inside(n, 0, "\n")).json()), jwxReads(ec.with("x", ec["x"].(string)+"\n").json()),
				jwxSigns(oct(padded(enc(k)))), jwxSigns(oct(standard(enc(k), 0))),
				jwxThumbprint(rsaPublic().with("n", padded(n)).json()))
		}},
	{"jwx/jwk-trailing", "RFC 7515, Section 10.12", "text may follow a JWK, which verifies and has a thumbprint",
		func() error {
			k := append(rsaPublic().json(), 'x')
			return errors.Join(jwxReads(k), jwxThumbprint(k))
		}},
	{"jwx/use-ignored", "RFC 7517, Section 4.2", "a secret whose use is enc, or a secret or a public key whose key_ops are sign alone, verifies",
		func() error {
			return errors.Join(jwxVerifies(octSecret().with("use", "enc")), jwxVerifies(octSecret().with("key_ops", []string{"sign"})),
				jwxSetVerifies(rsaPublic().with("key_ops", []string{"sign"})))
		}},
	{"jwx/pkcs1-version", "RFC 8017, Appendix A.1.2", "a PKCS #1 key of version 1, which has more than two primes, with two",
		func() error { return jwxSignsPEM(pkcs1(1)) }},
	{"jwx/certificate-fields", "RFC 5280, Section 4.1", "a fourth field of a certificate is ignored",
		func() error { return jwxReads(fourthField(), jwk.WithPEM(true)) }},
	{"jwx/rsa-crt-missing", "RFC 7518, Section 6.3.2", "an RSA private key without dp or qi, which have to be there with p and q",
		func() error {
			return errors.Join(jwxSigns(rsaPrivate().without("dp")), jwxSigns(rsaPrivate().without("qi")))
		}},
	{"jwx/rsa-oth", "RFC 7518, Section 6.3.2.7", "oth of an RSA private key is ignored",
		func() error { return jwxSigns(rsaPrivate().with("oth", []any{})) }},
	{"jwx/ec-d", "RFC 7518, Section 6.2.2.1", "an EC private key whose d does not belong to x and y is valid and signs",
		func() error { return errors.Join(jwxSigns(ecOther()), jwxSigns(ecNegated())) }},

	{"golang-jwt/crit-ignored", "RFC 7515, Section 4.1.11", "a critical extension that nobody understands is ignored, and so is a crit that is no array",
		func() error {
			return errors.Join(golangJWT(secret, token(secret, `{"alg":"HS512","crit":["x"],"x":1}`, `{"iss":"a"}`)),
				golangJWT(secret, token(secret, `{"alg":"HS512","crit":["b64"],"b64":false}`, `{"iss":"a"}`)),
				golangJWT(secret, token(secret, `{"alg":"HS512","crit":null}`, `{"iss":"a"}`)))
		}},
	{"golang-jwt/claim-case", "RFC 7519, Section 7.3", "ISS, and ISS after another iss, count as iss (RegisteredClaims; MapClaims are exact)",
		func() error { return golangJWT(secret, token(secret, hs512, `{"iss":"b","ISS":"a"}`)) }},
	{"golang-jwt/line-feed", "RFC 7515, Section 2", "line feeds and carriage returns in every segment are ignored, strict decoding or not",
		func() (err error) {
			for _, s := range []string{"\n", "\r"} {
				h, p := inside(enc([]byte(hs512)), 0, s)+s, inside(enc([]byte(`{"iss":"a"}`)), 0, s)+s
				t := h + "." + p + "." + mac(secret, h+"."+p)
				err = errors.Join(err, golangJWT(secret, inside(t, 2, s)+s))
			}
			return err
		}},
	{"golang-jwt/date-string", "RFC 7519, Section 2", "exp may be a string",
		func() error { return golangJWT(secret, token(secret, hs512, `{"iss":"a","exp":"1700000001"}`)) }},
	{"golang-jwt/date-null", "RFC 7519, Section 4.1.5", "nbf null counts as no nbf",
		func() error { return golangJWT(secret, token(secret, hs512, `{"iss":"a","nbf":null}`)) }},
	{"golang-jwt/nbf-fraction", "RFC 7519, Section 4.1.5", "the fraction of nbf is cut off: accepted half a second early",
		func() error { return golangJWT(secret, token(secret, hs512, `{"iss":"a","nbf":1700000000.5}`)) }},
	{"golang-jwt/nbf-digits", "RFC 7519, Section 4.1.5", "of an nbf of 801 digits one is lost: accepted 400 seconds early",
		func() error { return golangJWT(secret, token(secret, hs512, `{"iss":"a","nbf":`+manyDigits+`}`)) }},
	{"golang-jwt/short-hmac-key", "RFC 7518, Section 3.2", "an HS512 secret of 5 octets",
		func() error { return golangJWT(short, token(short, hs512, `{"iss":"a"}`)) }},
	{"golang-jwt/header-utf8", "RFC 7515, Section 5.2", "a header that is not UTF-8 is read",
		func() error {
			return golangJWT(secret, token(secret, "{\"alg\":\"HS512\",\"x\":\"\xff\"}", `{"iss":"a"}`))
		}},
	{"golang-jwt/claims-utf8", "RFC 7519, Section 7.2", "a claims set that is not UTF-8 is read",
		func() error { return golangJWT(secret, token(secret, hs512, "{\"iss\":\"a\",\"x\":\"\xff\"}")) }},
	{"golang-jwt/pem-label", "RFC 7468, Section 2", "the label of a PEM file is ignored: a certificate as a certificate request",
		func() error {
			return golangJWTReads(bytes.ReplaceAll(certificate(rsaKey.N, 65537), []byte("CERTIFICATE"), []byte("CERTIFICATE REQUEST")))
		}},
	{"golang-jwt/pkcs1-version", "RFC 8017, Appendix A.1.2", "a PKCS #1 key of version 1, which has more than two primes, with two",
		func() error { return golangJWTSigns(pkcs1(1)) }},
	{"golang-jwt/certificate-fields", "RFC 5280, Section 4.1", "a fourth field of a certificate is ignored",
		func() error { return golangJWTReads(fourthField()) }},
	{"golang-jwt/certificate-rsa", "RFC 8017, Section 3.1", "a certificate of an RSA key with an exponent of 1 or 2, an even modulus, or 1024 bits",
		func() error {
			even := new(big.Int).Xor(rsaKey.N, big.NewInt(1))
			short := new(big.Int).Rsh(rsaKey.N, 1024)
			short.SetBit(short, 0, 1)
			return errors.Join(golangJWTReads(certificate(rsaKey.N, 1)), golangJWTReads(certificate(rsaKey.N, 2)),
				golangJWTReads(certificate(even, 65537)), golangJWTReads(certificate(short, 65537)))
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

// controls returns what has to be refused and is accepted, or the other way
// around: then the rows above would show nothing.
func controls() string {
	input := enc([]byte(hs512)) + "." + enc([]byte(`{"iss":"a"}`)) + "."
	forged := input + mac(secret, input+"other")
	tampered := changed(sealed(oaep), 4, func(string) string { return enc(make([]byte, 16)) })
	for _, c := range []struct {
		name string
		err  error
		bad  bool
	}{
		{"go-jose, forged", goJose(forged), true},
		{"jwx, forged", jwx(secret, forged), true},
		{"golang-jwt, forged", golangJWT(secret, forged), true},
		{"go-jose, tampered", goJoseJWE(tampered), true},
		{"jwx, tampered", jwxJWE(tampered), true},
		{"go-jose, no key", goJoseReads(object{"kty": "RSA"}), true},
		{"jwx, no key", jwxReads(object{"kty": "RSA"}.json()), true},
		{"golang-jwt, no key", golangJWTReads([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")), true},
		{"go-jose, public key", goJoseSigns(rsaPublic()), true},
		{"jwx, public key", jwxSigns(rsaPublic()), true},
		{"go-jose, set", goJoseSetVerifies(rsaPublic()), false},
		{"jwx, set", jwxSetVerifies(rsaPublic()), false},
		{"go-jose, other key", goJoseSetVerifies(rsaPublic().with("n", evenModulus())), true},
		{"jwx, other key", jwxSetVerifies(rsaPublic().with("n", evenModulus())), true},
		{"go-jose, nbf", goJoseJWT(`{"nbf":1700000400}`), true},
		{"jwx, nbf", jwxJWT(`{"iss":"a","nbf":1700000400}`), true},
		{"golang-jwt, nbf", golangJWT(secret, token(secret, hs512, `{"iss":"a","nbf":1700000400}`)), true},
		{"go-jose, JWE", goJoseJWE(sealed(oaep)), false},
		{"jwx, JWE", jwxJWE(sealed(oaep)), false},
		{"go-jose, keys", errors.Join(goJoseReads(rsaPublic()), goJoseReads(ecPublic()), goJoseSigns(rsaPrivate())), false},
		{"jwx, keys", errors.Join(jwxReads(rsaPublic().json()), jwxReads(ecPublic().json()), jwxSigns(rsaPrivate())), false},
		{"jwx, thumbprint", jwxThumbprint(rsaPublic().json()), false},
		{"jwx, no thumbprint", jwxThumbprint(rsaPublic().without("n").json()), true},
		{"jwx, other thumbprint", jwxThumbprint(rsaPublic().with("n", evenModulus()).json()), true},
		{"golang-jwt, certificate", golangJWTReads(certificate(rsaKey.N, 65537)), false},
	} {
		if (c.err != nil) != c.bad {
			return fmt.Sprintf("%s: %v", c.name, c.err)
		}
	}
	return ""
}

func main() {
	if wrong := controls(); wrong != "" {
		panic("the controls fail: " + wrong)
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
