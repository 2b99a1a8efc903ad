package tasks_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	gojwt "github.com/go-jose/go-jose/v4/jwt"
	"github.com/golang-jwt/jwt/v5"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwe"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	jwxjwt "github.com/lestrrat-go/jwx/v3/jwt"

	ours "example.com/jose"
	"example.com/jose/conformance/peers/tasks"
)

// A fact is what a caller of a library has to know about it. What shown returns
// is nil if the library does what the text says.
type fact struct {
	library, text, section string // section: of the RFC that says otherwise, or ""
	shown                  func() error
}

const (
	otherIssuer = `{"iss":"https://other.example"}` // and no exp
	secretCrit  = `{"alg":"HS512","crit":["x"],"x":1}`
)

var (
	token       = signHS512(long, hs512, []byte(otherIssuer))
	goJoseHS512 = []jose.SignatureAlgorithm{jose.HS512}

	seconds = func(n int64) []byte { return fmt.Appendf(nil, `{"exp":%d}`, time.Now().Unix()+n) }
)

var facts = []fact{
	{"this", "A `Verifier` verifies, and looks at no claim: the claims set of an expired JWT is a payload as any other. " +
		"It is a `Policy` that looks at them.", "",
		func() error {
			expired := signHS512(long, hs512, seconds(-100))
			_, err := must(must(ours.NewSecret(long)).Verifier(ours.HS512)).Verify(expired)
			return both(err, oursJWT(waiving(), expired))
		}},
	{"this", "A `Policy` states or waives each check, so the shortest one has four lines to waive what is not looked at, " +
		"and a token without `exp` is refused until one of two fields says what then.", "",
		func() error {
			policy := waiving()
			refused := errors.Join(both(nil, oursJWT(new(ours.Policy), token)), both(nil, oursJWT(policy, token)))
			policy.AllowNoExp = true
			return errors.Join(refused, oursJWT(policy, token))
		}},
	{"this", "A secret of fewer than 64 octets has a constructor of its own, and a JWK with one is not read.", "",
		func() error {
			_, refused := ours.NewSecret(short)
			_, read := ours.ParsePrivateKey([]byte(`{"kty":"oct","k":"` + enc(short) + `"}`))
			_, err := ours.NewInsecureShortSecret(short)
			return errors.Join(both(err, refused), both(err, read))
		}},
	{"this", "`kid` decides: where no key of the set has it, no other one is tried, " +
		"although RFC 7515, Section 4.1.4 calls it a hint.", "",
		func() error {
			verifier := must(must(ours.ParseKeySet(keySet())).Verifier(ours.RS256))
			_, refused := verifier.Verify(signRS256(`{"alg":"RS256","kid":"five"}`, payload))
			_, err := verifier.Verify(signRS256(`{"alg":"RS256","kid":"one"}`, payload))
			return both(err, refused)
		}},
	{"this", "A name twice in a JSON object is refused; jwx and golang-jwt take the last.", "",
		func() error {
			twice := signHS512(long, hs512, []byte(`{"a":1,"a":2}`))
			_, refused := must(must(ours.NewSecret(long)).Verifier(ours.HS512)).Verify(
				signHS512(long, `{"alg":"HS512","a":1,"a":2}`, nil))
			policy := waiving()
			policy.AllowNoExp = true
			golang, err := jwt.Parse(twice, keyfunc(long))
			var a any
			parsed, jwx := jwxjwt.Parse([]byte(twice), jwxjwt.WithKey(jwa.HS512(), long))
			if err := errors.Join(err, jwx); err != nil {
				return err
			}
			if err := parsed.Get("a", &a); err != nil || a != 2.0 || golang.Claims.(jwt.MapClaims)["a"] != 2.0 {
				return fmt.Errorf("%v, %v", a, golang.Claims)
			}
			return errors.Join(both(nil, oursJWT(policy, twice)), both(nil, refused))
		}},

	{"go-jose", "`JSONWebToken.Claims` hands out the claims of an expired JWT: " +
		"`Validate` is a second call, and nothing fails where it is forgotten.", "",
		func() error {
			var claims gojwt.Claims
			expired := must(gojwt.ParseSigned(signHS512(long, hs512, seconds(-100)), goJoseHS512))
			err := expired.Claims(long, &claims)
			return both(err, claims.Validate(gojwt.Expected{}))
		}},
	{"go-jose", "A field of `jwt.Expected` that is empty is a check that is off, " +
		"and a token without `exp` never expires.", "",
		func() error {
			return both(goJoseJWT(token, gojwt.Expected{}),
				goJoseJWT(token, gojwt.Expected{Issuer: "https://shop.example"}))
		}},
	{"go-jose", "`Validate` has a leeway of a minute; `ValidateWithLeeway` has the one it is given.", "",
		func() error {
			var claims gojwt.Claims
			expired := must(gojwt.ParseSigned(signHS512(long, hs512, seconds(-20)), goJoseHS512))
			err := expired.Claims(long, &claims)
			return both(errors.Join(err, claims.Validate(gojwt.Expected{Time: time.Now()})),
				claims.ValidateWithLeeway(gojwt.Expected{Time: time.Now()}, 0))
		}},
	{"go-jose", "In the second of `exp` the token is still taken.",
		"RFC 7519, Section 4.1.4: \"the expiration time on or after which the JWT MUST NOT be accepted for processing\"",
		func() error {
			claims := gojwt.Claims{Expiry: gojwt.NewNumericDate(now)}
			return both(claims.ValidateWithLeeway(gojwt.Expected{Time: now}, 0),
				claims.ValidateWithLeeway(gojwt.Expected{Time: now.Add(time.Second)}, 0))
		}},
	{"go-jose", "`b64` of false is obeyed where `crit` does not name it.",
		"RFC 7797, Section 6: \"The 'crit' Header Parameter MUST be included with 'b64' in its set of values\"",
		func() error {
			const header = `{"alg":"RS256","b64":false}`
			message, err := jose.ParseDetached(detach(header, enc([]byte(header))+"."+string(body)), body,
				[]jose.SignatureAlgorithm{jose.RS256})
			if err == nil {
				_, err = message.Verify(sender.key.Public())
			}
			return err
		}},
	{"go-jose", "An RSA key of 1024 bits signs and verifies RS256.",
		"RFC 7518, Section 3.3: \"A key of size 2048 bits or larger MUST be used with these algorithms.\"",
		func() error {
			small := must(rsa.GenerateKey(rand.Reader, 1024))
			signer := must(jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: small}, nil))
			_, err := must(signer.Sign(payload)).Verify(&small.PublicKey)
			return err
		}},
	{"go-jose", "A secret that is shorter than the hash is refused, and no option takes one. A provider's short one can " +
		"be used all the same: with zero octets up to 64 it is the same key of HMAC (RFC 2104, Section 2). Its " +
		"documentation does not say so.", "",
		func() error {
			message := must(jose.ParseSignedCompact(signHS512(short, hs512, payload), goJoseHS512))
			_, refused := message.Verify(short)
			_, err := message.Verify(append(append([]byte(nil), short...), make([]byte, 64-len(short))...))
			return both(err, refused)
		}},

	{"jwx", "`jws.Verify` ignores `crit` unless `WithCritValidation` is given. With `WithCritExtension` a name is " +
		"taken, and its check is code after the verification, which nothing asks for.",
		"RFC 7515, Section 4.1.11: \"If any of the listed extension Header Parameters are not understood and " +
			"supported by the recipient, then the JWS is invalid.\"",
		func() error {
			critical := []byte(signHS512(long, secretCrit, payload))
			key, validate := jws.WithKey(jwa.HS512(), long), jws.WithCritValidation(true)
			_, err := jws.Verify(critical, key)
			_, unchecked := jws.Verify(critical, key, validate, jws.WithCritExtension("x"))
			_, refused := jws.Verify(critical, key, validate)
			return errors.Join(both(err, refused), unchecked)
		}},
	{"jwx", "`jwt.Parse` refuses every name in `crit`, and has no option for one: " +
		"a JWT with a critical member of one's own is read by `jws.Verify`.", "",
		func() error {
			key := jwxjwt.WithKey(jwa.HS512(), long)
			_, err := jwxjwt.Parse([]byte(token), key)
			_, refused := jwxjwt.Parse([]byte(signHS512(long, secretCrit, payload)), key)
			return both(err, refused)
		}},
	{"jwx", "With `WithKey` the `alg` of the header is not compared: a token of the key's owner that says `none` " +
		"or RS256 is verified as HS512.",
		"RFC 7515, Section 5.2: \"the algorithm being used, which MUST be accurately represented by the value of the " +
			"'alg' (algorithm) Header Parameter\"",
		func() error {
			_, none := jws.Verify([]byte(signHS512(long, `{"alg":"none"}`, payload)), jws.WithKey(jwa.HS512(), long))
			_, other := jws.Verify([]byte(signHS512(long, rs256, payload)), jws.WithKey(jwa.HS512(), long))
			return errors.Join(none, other)
		}},
	{"jwx", "A secret of one octet signs and verifies HS512; no option refuses it.",
		"RFC 7518, Section 3.2: \"A key of the same size as the hash output (for instance, 256 bits for 'HS256') or " +
			"larger MUST be used with this algorithm.\"",
		func() error {
			signed, err := jws.Sign(payload, jws.WithKey(jwa.HS512(), []byte("k")), jws.WithValidateKey(true))
			if err == nil {
				_, err = jws.Verify(signed, jws.WithKey(jwa.HS512(), []byte("k")), jws.WithValidateKey(true))
			}
			return err
		}},
	{"jwx", "`jwe.Decrypt` takes any `enc`, and no option says which: the caller looks at the header afterwards.",
		"RFC 8725, Section 3.1: \"Libraries MUST enable the caller to specify a supported set of algorithms\"",
		func() error {
			other := seal(`{"alg":"RSA-OAEP-256","enc":"A128GCM"}`, 16, sha256.New(), payload)
			_, err := jwe.Decrypt([]byte(other), jwe.WithKey(jwa.RSA_OAEP_256(), recipient.key))
			return err
		}},
	{"jwx", "`jwt.Parse` looks at no issuer and no audience unless it is told to, " +
		"and a token without `exp` never expires.", "",
		func() error {
			key := jwxjwt.WithKey(jwa.HS512(), long)
			_, err := jwxjwt.Parse([]byte(token), key)
			_, refused := jwxjwt.Parse([]byte(token), key, jwxjwt.WithIssuer("https://shop.example"))
			return both(err, refused)
		}},
	{"jwx", "`jws.Verify` takes the JSON serialization too, unless `WithCompact` is given.", "",
		func() error {
			signed := must(jws.Sign(payload, jws.WithJSON(), jws.WithKey(jwa.HS512(), long)))
			_, err := jws.Verify(signed, jws.WithKey(jwa.HS512(), long))
			_, refused := jws.Verify(signed, jws.WithKey(jwa.HS512(), long), jws.WithCompact())
			return both(err, refused)
		}},
	{"jwx", "A key of a set that has no `alg` is not used. The option for such sets, `WithInferAlgorithmFromKey`, " +
		"lets the token choose among the algorithms of the key's type.", "",
		func() error {
			set := must(jwk.Parse([]byte(strings.ReplaceAll(string(keySet()), `"alg":"RS256",`, ""))))
			asked := []byte(signRS256(`{"alg":"RS256","kid":"one"}`, payload))
			other := []byte(signPS256(`{"alg":"PS256","kid":"one"}`, payload))
			_, refused := jws.Verify(asked, jws.WithKeySet(set))
			_, err := jws.Verify(asked, jws.WithKeySet(set, jws.WithInferAlgorithmFromKey(true)))
			_, chosen := jws.Verify(other, jws.WithKeySet(set, jws.WithInferAlgorithmFromKey(true)))
			return errors.Join(both(err, refused), chosen)
		}},
	{"jwx", "A set that has one entry of an unknown type is not read, unless `WithStrictKeySetParsing(false)` is given.",
		"RFC 7517, Section 5: \"Implementations SHOULD ignore JWKs within a JWK Set that use 'kty' (key type) " +
			"values that are not understood by them\"",
		func() error {
			set := keySet(`{"kty":"UNKNOWN"}`)
			_, refused := jwk.Parse(set)
			_, err := jwk.Parse(set, jwk.WithStrictKeySetParsing(false))
			return both(err, refused)
		}},

	{"golang-jwt", "`crit` is ignored, and no option changes that: the caller reads it from `Token.Header`.",
		"RFC 7515, Section 4.1.11: \"If any of the listed extension Header Parameters are not understood and " +
			"supported by the recipient, then the JWS is invalid.\"",
		func() error {
			_, err := jwt.Parse(signHS512(long, secretCrit, payload), keyfunc(long),
				jwt.WithValidMethods([]string{"HS512"}), jwt.WithStrictDecoding())
			return err
		}},
	{"golang-jwt", "A secret of one octet signs and verifies HS512; no option refuses it.",
		"RFC 7518, Section 3.2: \"A key of the same size as the hash output (for instance, 256 bits for 'HS256') or " +
			"larger MUST be used with this algorithm.\"",
		func() error {
			signed, err := jwt.New(jwt.SigningMethodHS512).SignedString([]byte("k"))
			if err == nil {
				_, err = jwt.Parse(signed, keyfunc([]byte("k")))
			}
			return err
		}},
	{"golang-jwt", "Without `WithValidMethods` the token chooses among the algorithms of the key's type: HS256 with the " +
		"secret of HS512. (Its `none` and a public key as a secret are refused all the same.)", "",
		func() error {
			weaker := hmacToken(hmac.New(sha256.New, long), `{"alg":"HS256"}`, payload)
			_, err := jwt.Parse(weaker, keyfunc(long))
			_, refused := jwt.Parse(weaker, keyfunc(long), jwt.WithValidMethods([]string{"HS512"}))
			none := enc([]byte(`{"alg":"none"}`)) + "." + enc(payload) + "."
			_, unsecured := jwt.Parse(none, keyfunc(long))
			_, confused := jwt.Parse(signHS512(sender.public, hs512, payload),
				func(*jwt.Token) (any, error) { return sender.key.Public(), nil })
			return errors.Join(both(err, refused), both(nil, unsecured), both(nil, confused))
		}},
	{"golang-jwt", "A token without `exp` never expires, unless `WithExpirationRequired` is given; issuer and audience " +
		"are looked at if there is an option for them, and `WithIssuer(\"\")` is none.", "",
		func() error {
			_, err := jwt.Parse(token, keyfunc(long), jwt.WithIssuer(""))
			_, noExp := jwt.Parse(token, keyfunc(long), jwt.WithExpirationRequired())
			_, issuer := jwt.Parse(token, keyfunc(long), jwt.WithIssuer("https://shop.example"))
			return errors.Join(both(err, noExp), both(err, issuer))
		}},
	{"golang-jwt", "Beside an error, `Parse` returns the token with the claims that are not to be believed.", "",
		func() error {
			parsed, err := jwt.Parse(swapped(token, `{"iss":"a forger"}`), keyfunc(long))
			if err == nil || parsed.Claims.(jwt.MapClaims)["iss"] != "a forger" {
				return fmt.Errorf("%v, %v", parsed, err)
			}
			return nil
		}},
	{"golang-jwt", "`Parse` hands out claims: the octets of the payload are in `Token.Raw` alone, encoded. A number in " +
		"`MapClaims` is a float64: 9007199254740993 becomes 9007199254740992, unless `WithJSONNumber` is given.", "",
		func() error {
			parsed, err := jwt.Parse(signHS512(long, hs512, []byte(`{"n":9007199254740993}`)), keyfunc(long))
			if err == nil && strings.Split(parsed.Raw, ".")[1] != enc([]byte(`{"n":9007199254740993}`)) {
				err = errors.New("not in Raw")
			}
			if err == nil && fmt.Sprintf("%.0f", parsed.Claims.(jwt.MapClaims)["n"]) != "9007199254740992" {
				err = fmt.Errorf("%v", parsed.Claims)
			}
			return err
		}},
	{"golang-jwt", "A struct of claims takes a name in any case, `AMOUNT` for `amount`, as encoding/json does.",
		"RFC 7519, Section 7.3: \"Since the only string comparison operations that are performed are equality and " +
			"inequality, the same rules can be used for comparing both member names and member values\"",
		func() error {
			var claims struct {
				jwt.RegisteredClaims
				Amount string `json:"amount"`
			}
			_, err := jwt.ParseWithClaims(signHS512(long, hs512, []byte(`{"AMOUNT":"99.00"}`)), &claims, keyfunc(long))
			if err == nil && claims.Amount != "99.00" {
				err = errors.New("not taken")
			}
			return err
		}},
	{"golang-jwt", "It knows no `b64`: a token is signed, and parsed, as if its payload were encoded. The `Sign` and " +
		"`Verify` of a `SigningMethod` take any octets, so that an unencoded payload, a detached one or one in JSON is " +
		"for the caller to put together, with the header and its checks.", "",
		func() error {
			unencoded := jwt.New(jwt.SigningMethodHS512)
			unencoded.Header["b64"], unencoded.Header["crit"] = false, []string{"b64"}
			if parts := strings.Split(must(unencoded.SignedString(long)), "."); parts[1] != enc([]byte("{}")) {
				return errors.New("not encoded")
			}
			header := enc([]byte(b64))
			_, refused := jwt.Parse(strings.Replace(detach(b64, header+"."+string(body)), "..", "."+string(body)+".", 1),
				keyfunc(sender.key.Public()))
			_, err := jwt.SigningMethodHS512.Sign(header+"."+string(body), long)
			return both(err, refused)
		}},
	{"golang-jwt", "ES512 and RS256 sign with the private keys of crypto/ecdsa and crypto/rsa alone. With the handle of a " +
		"KMS the caller signs what `SigningString` returns, and turns the DER of ES512 into the two numbers of " +
		"RFC 7518, Section 3.4, or has a `SigningMethod` of one's own or of another module.", "",
		func() error {
			_, es512 := jwt.New(jwt.SigningMethodES512).SignedString(handle{curve.key})
			_, rs256 := jwt.New(jwt.SigningMethodRS256).SignedString(handle{sender.key})
			return errors.Join(both(nil, only(es512, jwt.ErrInvalidKeyType)), both(nil, only(rs256, jwt.ErrInvalidKeyType)))
		}},
	{"golang-jwt", "What `SignedString` signs is a claims set that it writes, with the members in another order and `typ` " +
		"of `JWT`, not octets of the caller's.", "",
		func() error {
			var claims jwt.MapClaims
			if err := json.Unmarshal(body, &claims); err != nil {
				return err
			}
			parts := strings.Split(must(jwt.NewWithClaims(jwt.SigningMethodHS512, claims).SignedString(long)), ".")
			if parts[1] == enc(body) || !jsonHas(parts[0], "typ", "JWT") {
				return errors.New("not another order")
			}
			return nil
		}},
}

// A more is what a library has and this package has not.
type more struct {
	libraries, text string
	there, here     func() error // here returns what this package says to it, or is nil where there is nothing to ask
}

var beyond = []more{
	{"go-jose, jwx, golang-jwt", "HS256, ES256, EdDSA and others of RFC 7518, Section 3.1 and RFC 8037, Section 3.1. " +
		"RFC 7519, Section 8 demands HS256 of a JWT implementation.",
		func() error {
			hs256 := hmacToken(hmac.New(sha256.New, long), `{"alg":"HS256"}`, payload)
			message := must(jose.ParseSignedCompact(hs256, []jose.SignatureAlgorithm{jose.HS256}))
			_, goJose := message.Verify(long)
			_, jwx := jws.Verify([]byte(hs256), jws.WithKey(jwa.HS256(), long))
			_, golang := jwt.Parse(hs256, keyfunc(long), jwt.WithValidMethods([]string{"HS256"}))
			return errors.Join(goJose, jwx, golang)
		},
		func() error {
			_, err := must(must(ours.NewSecret(long)).Verifier(ours.HS512)).Verify(
				hmacToken(hmac.New(sha256.New, long), `{"alg":"HS256"}`, payload))
			return err
		}},
	{"go-jose, jwx", "Other algorithms of JWE, such as ECDH-ES with A128CBC-HS256, and compression.",
		func() error { _, err := elsewhereJWE(); return err },
		func() error {
			token, err := elsewhereJWE()
			if err != nil {
				return nil
			}
			_, err = must(must(ours.ParsePrivateKey(recipient.private)).Decrypter(ours.RSAOAEP256)).Decrypt(token)
			return err
		}},
	{"go-jose, jwx", "The JSON serialization of RFC 7515, Section 7.2, which this package refuses, and writes nowhere.",
		func() error {
			message, err := jose.ParseSignedJSON(flattened(token), goJoseHS512)
			if err == nil {
				_, err = message.Verify(long)
			}
			_, jwx := jws.Verify([]byte(flattened(token)), jws.WithKey(jwa.HS512(), long))
			return errors.Join(err, jwx)
		},
		func() error {
			_, err := must(must(ours.NewSecret(long)).Verifier(ours.HS512)).Verify(flattened(token))
			return only(err, ours.ErrUnsupported)
		}},
	{"go-jose, jwx", "A private key written as a JWK.",
		func() error {
			_, goJose := json.Marshal(jose.JSONWebKey{Key: curve.key})
			_, jwx := json.Marshal(must(jwk.Import(curve.key)))
			return errors.Join(goJose, jwx)
		},
		func() error {
			_, err := json.Marshal(must(ours.ParsePrivateKey(curve.private)))
			return err
		}},
	{"go-jose, jwx, golang-jwt", "Algorithms of one's own behind an interface: `OpaqueSigner`, `jws.Signer2`, " +
		"`SigningMethod`.",
		func() error {
			var _ jose.OpaqueSigner
			var _ jws.Signer2
			var _ jwt.SigningMethod
			return nil
		}, nil},
	{"golang-jwt", "A method `Validate` of one's own claims, which `ParseWithClaims` calls.",
		func() error {
			_, err := jwt.ParseWithClaims(token, new(choosy), keyfunc(long))
			if !errors.Is(err, errChoosy) {
				return fmt.Errorf("not called: %v", err)
			}
			return nil
		}, nil},
}

type choosy struct{ jwt.RegisteredClaims }

var errChoosy = errors.New("refused by the caller's own method")

func (choosy) Validate() error { return errChoosy }

// elsewhereJWE returns a token of ECDH-ES and A128CBC-HS256, compressed, of go-jose's, which go-jose and jwx decrypt.
func elsewhereJWE() (string, error) {
	recipient := jose.Recipient{Algorithm: jose.ECDH_ES, Key: curve.key.Public()}
	encrypter, err := jose.NewEncrypter(jose.A128CBC_HS256, recipient, &jose.EncrypterOptions{Compression: jose.DEFLATE})
	if err != nil {
		return "", err
	}
	token := must(must(encrypter.Encrypt(payload)).CompactSerialize())
	parsed, err := jose.ParseEncryptedCompact(token,
		[]jose.KeyAlgorithm{jose.ECDH_ES}, []jose.ContentEncryption{jose.A128CBC_HS256})
	if err == nil {
		_, err = parsed.Decrypt(curve.key)
	}
	_, jwx := jwe.Decrypt([]byte(token), jwe.WithKey(jwa.ECDH_ES(), curve.key))
	return token, errors.Join(err, jwx)
}

// refusals shows, for a library that can't do a task, what it says to one who tries.
var refusals = []struct {
	library string
	tasks   []string
	run     func() error // an error, or nil if the library does it after all
}{
	{"this", []string{"VerifyPS256"}, func() error {
		verifier := must(must(ours.ParsePublicKey(sender.public)).Verifier(ours.RS256))
		_, err := verifier.Verify(signPS256(`{"alg":"PS256"}`, payload))
		return only(err, ours.ErrUnsupported)
	}},
	{"go-jose", []string{"VerifyCritical", "VerifyOpenBanking"}, func() error {
		message := must(jose.ParseSignedCompact(signHS512(long, secretCrit, payload), goJoseHS512))
		_, err := message.Verify(long)
		_, _, _, multi := message.VerifyMulti(long)
		_, _, detachedMulti := message.DetachedVerifyMulti(payload, long)
		claims := must(gojwt.ParseSigned(signHS512(long, secretCrit, payload), goJoseHS512)).Claims(long, new(gojwt.Claims))
		for _, other := range []error{multi, detachedMulti, message.DetachedVerify(payload, long), claims} {
			if other == nil {
				return nil
			}
		}
		return only(err, jose.ErrUnsupportedCriticalHeader)
	}},
	{"golang-jwt", []string{"VerifyByKeyID", "VerifyMixedSet", "VerifyFetched"}, func() error {
		_, set := jwt.ParseRSAPublicKeyFromPEM(keySet())
		if set == nil {
			return nil
		}
		_, err := jwt.Parse(signRS256(rs256, payload), keyfunc(json.RawMessage(keySet())))
		return only(err, jwt.ErrInvalidKeyType)
	}},
	{"golang-jwt", []string{"Encrypt", "Decrypt", "SignThenEncrypt", "DecryptThenVerify"}, func() error {
		_, err := jwt.Parse(seal(oaep, 32, sha256.New(), payload), keyfunc(recipient.key))
		return only(err, jwt.ErrTokenMalformed)
	}},
}

// only returns err if it is this one, and nil if not.
func only(err, want error) error {
	if !errors.Is(err, want) {
		return nil
	}
	return err
}

// TestRefusals holds each function that returns tasks.Cannot to what the library itself says.
func TestRefusals(t *testing.T) {
	shown := make(map[string]bool)
	for _, r := range refusals {
		if r.run() == nil {
			t.Errorf("%s can do %q", r.library, r.tasks)
		}
		for _, name := range r.tasks {
			shown[r.library+" "+name] = true
		}
	}
	for _, l := range libraries {
		for _, task := range all {
			var cannot tasks.Cannot
			name := l.name + " " + task.name
			if errors.As(outcome(l, task), &cannot) != shown[name] {
				t.Errorf("%s: of the function and what is shown here, one says that it can't", name)
			}
			delete(shown, name)
		}
	}
	for name := range shown {
		t.Errorf("there is no %s", name)
	}
}

// TestFacts shows each of them.
func TestFacts(t *testing.T) {
	for _, f := range facts {
		if err := f.shown(); err != nil {
			t.Errorf("%s: %s\n%v", f.library, f.text, err)
		}
	}
	for _, m := range beyond {
		if err := m.there(); err != nil {
			t.Errorf("%s\n%v", m.text, err)
		}
		if m.here != nil && m.here() == nil {
			t.Errorf("%s\nThis package takes it as well.", m.text)
		}
	}
}

// both returns nil if err is nil and refused is not.
func both(err, refused error) error {
	if err == nil && refused == nil {
		return errors.New("not refused")
	}
	return err
}

func keyfunc(key any) jwt.Keyfunc { return func(*jwt.Token) (any, error) { return key, nil } }

func goJoseJWT(token string, expected gojwt.Expected) error {
	parsed, err := gojwt.ParseSigned(token, goJoseHS512)
	if err != nil {
		return err
	}
	var claims gojwt.Claims
	if err := parsed.Claims(long, &claims); err != nil {
		return err
	}
	return claims.Validate(expected)
}

// waiving returns a Policy that asks for nothing but exp.
func waiving() *ours.Policy {
	return &ours.Policy{AnyIssuer: true, AnySubject: true, NoAudience: true, AnyType: true}
}

func oursJWT(policy *ours.Policy, token string) error {
	_, err := policy.Verify(must(must(ours.NewSecret(long)).Verifier(ours.HS512)), token)
	return err
}
