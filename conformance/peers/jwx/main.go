// Command jwx is the adapter of github.com/lestrrat-go/jwx, version 3.
//
// Done by the library: parsing (compact serialization only is asked for), the
// algorithm (it is part of jws.WithKey and jwe.WithKey), crit (checking is off
// by default; it is switched on here, with the names that the caller
// understands), key checks (jws.WithValidateKey), choice of a key in a set by
// kid and alg, all cryptography, PEM, and the claims that jwt has options for.
// Its stricter settings are on: pedantic dates and nesting, no null for string
// claims, and nothing compressed.
//
// Not to be had: an allow-list for enc; typ of a JWT; any of several
// audiences; crit names for jwt.Parse.
//
// Done here: calling it, and comparing nothing.
package main

import (
	"crypto"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwe"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jwt"

	"example.com/jose/conformance/peers/internal/wire"
)

func main() {
	jwt.Settings(jwt.WithNumericDateParsePedantic(true))
	jwe.Settings(jwe.WithMaxDecompressBufferSize(0))
	(&wire.Adapter{
		Name:   "jwx",
		Module: "github.com/lestrrat-go/jwx/v3",
		Supports: wire.Supports{
			Alg:   []string{"RS256", "ES512", "HS512", "RSA-OAEP", "RSA-OAEP-256"},
			Forms: []string{"compact", "detached", "unencoded", "unencoded-detached"},
		},
		Covers: []string{"issuer", "subject", "one_audience", "exp", "max_age", "leeway"},

		Verify:     verify,
		VerifyJWT:  verifyJWT,
		Decrypt:    decrypt,
		ReadKey:    readKey,
		ReadSet:    readSet,
		Thumbprint: thumbprint,
		Sign:       sign,
		Encrypt:    encrypt,
	}).Serve()
}

func key(k wire.Key) (jwk.Key, error) {
	switch {
	case k.JWK != nil:
		return jwk.ParseKey(k.JWK)
	case k.PEM != "":
		return jwk.ParseKey([]byte(k.PEM), jwk.WithPEM(true))
	}
	return nil, wire.Unsupported("no key form that the library reads")
}

// keySet reads a set. The library chooses by kid and alg, so the keys that
// have no alg are given the one that is expected, if the library says that it
// is one of theirs.
func keySet(r *wire.Request) (jwk.Set, error) {
	set, err := jwk.Parse(r.Key.Set)
	if err != nil {
		return nil, err
	}
	for i := range set.Len() {
		k, _ := set.Key(i)
		algs, _ := jws.AlgorithmsForKey(k)
		fits := slices.Contains(algs, sigAlg(r.Alg)) || strings.HasPrefix(r.Alg, "RSA") && k.KeyType() == jwa.RSA()
		if fits && !k.Has(jwk.AlgorithmKey) {
			if err := k.Set(jwk.AlgorithmKey, r.Alg); err != nil {
				return nil, err
			}
		}
	}
	return set, nil
}

func sigAlg(name string) jwa.SignatureAlgorithm {
	alg, _ := jwa.LookupSignatureAlgorithm(name)
	return alg
}

func encAlg(name string) jwa.KeyEncryptionAlgorithm {
	alg, _ := jwa.LookupKeyEncryptionAlgorithm(name)
	return alg
}

func verify(r *wire.Request) ([]byte, error) {
	opts := []jws.VerifyOption{
		jws.WithCompact(),
		jws.WithCritValidation(true),
		jws.WithCritExtension("b64"),
		jws.WithValidateKey(true),
	}
	for name := range r.Check {
		opts = append(opts, jws.WithCritExtension(name))
	}
	if r.Key.Set != nil {
		set, err := keySet(r)
		if err != nil {
			return nil, err
		}
		opts = append(opts, jws.WithKeySet(set))
	} else {
		k, err := key(r.Key)
		if err != nil {
			return nil, err
		}
		opts = append(opts, jws.WithKey(sigAlg(r.Alg), k))
	}
	if r.DetachedPayload != nil {
		opts = append(opts, jws.WithDetachedPayload(r.Detached()))
	}
	return jws.Verify([]byte(r.Token), opts...)
}

func verifyJWT(r *wire.Request) ([]byte, error) {
	if len(r.Check) > 0 {
		return nil, wire.Unsupported("jwt.Parse cannot be told names in crit")
	}
	p := r.Policy
	opts := []jwt.ParseOption{
		jwt.WithPedantic(true),
		jwt.WithStrictStringClaims(true),
		jwt.WithClock(jwt.ClockFunc(r.Now)),
		jwt.WithAcceptableSkew(time.Duration(p.Leeway) * time.Second),
	}
	if r.Key.Set != nil {
		set, err := keySet(r)
		if err != nil {
			return nil, err
		}
		opts = append(opts, jwt.WithKeySet(set))
	} else {
		k, err := key(r.Key)
		if err != nil {
			return nil, err
		}
		if err := k.Validate(); err != nil {
			return nil, err
		}
		opts = append(opts, jwt.WithKey(sigAlg(r.Alg), k))
	}
	if p.Issuer != "" {
		opts = append(opts, jwt.WithIssuer(p.Issuer))
	}
	if p.Subject != "" {
		opts = append(opts, jwt.WithSubject(p.Subject))
	}
	for _, aud := range p.Audience { // one: see Covers
		opts = append(opts, jwt.WithAudience(aud))
	}
	if !p.AllowNoExp {
		opts = append(opts, jwt.WithRequiredClaim(jwt.ExpirationKey))
	}
	if p.MaxAge != 0 {
		opts = append(opts, jwt.WithMaxDelta(time.Duration(p.MaxAge)*time.Second, "", jwt.IssuedAtKey))
	}
	if _, err := jwt.Parse([]byte(r.Token), opts...); err != nil {
		return nil, err
	}
	// jwt.Token does not keep the octets of the claims set: read them again.
	msg, err := jws.Parse([]byte(r.Token), jws.WithCompact())
	if err != nil {
		return nil, err
	}
	return msg.Payload(), nil
}

func decrypt(r *wire.Request) ([]byte, error) {
	opts := []jwe.DecryptOption{jwe.WithCritValidation(true)}
	for name := range r.Check {
		opts = append(opts, jwe.WithCritExtension(name))
	}
	if r.Key.Set != nil {
		set, err := keySet(r)
		if err != nil {
			return nil, err
		}
		opts = append(opts, jwe.WithKeySet(set))
	} else {
		k, err := key(r.Key)
		if err != nil {
			return nil, err
		}
		if err := k.Validate(); err != nil {
			return nil, err
		}
		opts = append(opts, jwe.WithKey(encAlg(r.Alg), k))
	}
	return jwe.Decrypt([]byte(r.Token), opts...)
}

// readKey reads and validates a key, and does with it what can be done
// without a token.
func readKey(r *wire.Request) error {
	var k jwk.Key
	var err error
	switch r.KeyForm {
	case "jwk":
		k, err = jwk.ParseKey(r.KeyFile())
	case "pem", "certificate":
		k, err = jwk.ParseKey(r.KeyFile(), jwk.WithPEM(true))
	default:
		return wire.Unsupported("the library does not read bare DER")
	}
	if err != nil {
		return err
	}
	if err := k.Validate(); err != nil {
		return err
	}
	switch enc := r.Alg == "RSA-OAEP" || r.Alg == "RSA-OAEP-256"; {
	case enc && r.Role == "public":
		_, err = jwe.Encrypt([]byte("test"), jwe.WithKey(encAlg(r.Alg), k), jwe.WithContentEncryption(jwa.A256GCM()))
	case enc:
		var pub jwk.Key
		var token []byte
		if pub, err = k.PublicKey(); err == nil {
			if token, err = jwe.Encrypt([]byte("test"), jwe.WithKey(encAlg(r.Alg), pub), jwe.WithContentEncryption(jwa.A256GCM())); err == nil {
				_, err = jwe.Decrypt(token, jwe.WithKey(encAlg(r.Alg), k))
			}
		}
	case r.Role == "public":
		// A key that can be used fails on the signature, not before.
		_, err = jws.Verify([]byte(wire.Unsigned(r.Alg)), jws.WithKey(sigAlg(r.Alg), k), jws.WithValidateKey(true))
		if errors.Is(err, jws.VerificationError()) {
			err = nil
		}
	default:
		_, err = jws.Sign([]byte("test"), jws.WithKey(sigAlg(r.Alg), k), jws.WithValidateKey(true), jws.WithStrictECDSA(true))
	}
	return err
}

func readSet(r *wire.Request) error {
	_, err := jwk.Parse(r.KeyFile())
	return err
}

func thumbprint(r *wire.Request) ([]byte, error) {
	k, err := jwk.ParseKey(r.KeyFile())
	if err != nil {
		return nil, err
	}
	return k.Thumbprint(crypto.SHA256)
}

func sign(r *wire.Request, payload []byte) (string, error) {
	k, err := key(r.Key)
	if err != nil {
		return "", err
	}
	h := jws.NewHeaders()
	for name, v := range r.Header {
		if err := set(h, name, v); err != nil {
			return "", err
		}
	}
	opts := []jws.SignOption{
		jws.WithKey(sigAlg(r.Alg), k, jws.WithProtectedHeaders(h)),
		jws.WithValidateKey(true),
		jws.WithStrictECDSA(true),
	}
	if slices.Contains([]string{"detached", "unencoded-detached"}, r.Form) {
		opts = append(opts, jws.WithDetachedPayload(payload))
		payload = nil
	}
	token, err := jws.Sign(payload, opts...)
	return string(token), err
}

func encrypt(r *wire.Request, plaintext []byte) (string, error) {
	k, err := key(r.Key)
	if err != nil {
		return "", err
	}
	h := jwe.NewHeaders()
	for name, v := range r.Header {
		if err := set(h, name, v); err != nil {
			return "", err
		}
	}
	token, err := jwe.Encrypt(plaintext,
		jwe.WithKey(encAlg(r.Alg), k),
		jwe.WithContentEncryption(jwa.A256GCM()),
		jwe.WithProtectedHeaders(h))
	return string(token), err
}

// set sets a header member. The typed ones want their Go type, which crit's
// []string is not in JSON read as any.
func set(h interface{ Set(string, any) error }, name string, v any) error {
	if list, ok := v.([]any); ok {
		var names []string
		b, _ := json.Marshal(list)
		if json.Unmarshal(b, &names) == nil {
			v = names
		}
	}
	return h.Set(name, v)
}
