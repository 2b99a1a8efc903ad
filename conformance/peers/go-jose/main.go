// Command go-jose is the adapter of github.com/go-jose/go-jose, version 4.
//
// Done by the library: parsing, the allow-lists of alg and enc (mandatory
// arguments), crit (b64 is the only name it understands and it cannot be told
// more), choice of a key in a set by kid, all cryptography, and the claims
// that jwt.Expected has fields for, with the clock and leeway given to it.
// Keys are JWKs: the library reads no PEM. An encrypted JWT it only takes with
// symmetric keys, so a nested one is decrypted and verified in two calls.
//
// Done here: calling it, and comparing nothing.
package main

import (
	"crypto"
	"encoding/json"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"example.com/jose/conformance/peers/internal/wire"
)

func main() {
	(&wire.Adapter{
		Name:   "go-jose",
		Module: "github.com/go-jose/go-jose/v4",
		Supports: wire.Supports{
			Alg:   []string{"RS256", "ES512", "HS512", "RSA-OAEP", "RSA-OAEP-256"},
			Forms: []string{"compact", "detached", "unencoded-detached"},
		},
		Covers: []string{"issuer", "subject", "audience", "leeway", "enc"},

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

func key(k wire.Key) (any, error) {
	if k.Set != nil {
		set := new(jose.JSONWebKeySet)
		return set, json.Unmarshal(k.Set, set)
	}
	if k.JWK == nil {
		return nil, wire.Unsupported("the library reads keys as JWK only")
	}
	if k.ShortSecret {
		return nil, wire.Unsupported("the library refuses short secrets and has no switch for it")
	}
	jwk := new(jose.JSONWebKey)
	return jwk, jwk.UnmarshalJSON(k.JWK)
}

func algs(name string) []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.SignatureAlgorithm(name)}
}

func verify(r *wire.Request) ([]byte, error) {
	k, err := key(r.Key)
	if err != nil {
		return nil, err
	}
	var jws *jose.JSONWebSignature
	if r.DetachedPayload != nil {
		jws, err = jose.ParseDetached(r.Token, r.Detached(), algs(r.Alg))
	} else {
		jws, err = jose.ParseSignedCompact(r.Token, algs(r.Alg))
	}
	if err != nil {
		return nil, err
	}
	payload, err := jws.Verify(k)
	return payload, undeclared(r, err)
}

// undeclared turns the refusal of crit into unsupported where the caller
// would have declared a name.
func undeclared(r *wire.Request, err error) error {
	if len(r.Check) > 0 && errors.Is(err, jose.ErrUnsupportedCriticalHeader) {
		return wire.Unsupported("names in crit cannot be declared")
	}
	return err
}

// raw receives the claims set as the library hands it out.
type raw struct{ json.RawMessage }

func verifyJWT(r *wire.Request) ([]byte, error) {
	k, err := key(r.Key)
	if err != nil {
		return nil, err
	}
	token, err := jwt.ParseSigned(r.Token, algs(r.Alg))
	if err != nil {
		return nil, err
	}
	var claims jwt.Claims
	var all raw
	if err := token.Claims(k, &claims, &all); err != nil {
		return nil, undeclared(r, err)
	}
	return all.RawMessage, claims.ValidateWithLeeway(jwt.Expected{
		Issuer:      r.Policy.Issuer,
		Subject:     r.Policy.Subject,
		AnyAudience: r.Policy.Audience,
		Time:        r.Now(),
	}, time.Duration(r.Policy.Leeway)*time.Second)
}

func decrypt(r *wire.Request) ([]byte, error) {
	k, err := key(r.Key)
	if err != nil {
		return nil, err
	}
	jwe, err := jose.ParseEncryptedCompact(r.Token, []jose.KeyAlgorithm{jose.KeyAlgorithm(r.Alg)}, []jose.ContentEncryption{jose.A256GCM})
	if err != nil {
		return nil, err
	}
	plaintext, err := jwe.Decrypt(k)
	return plaintext, undeclared(r, err)
}

// readKey reads a key and does with it what can be done without a token.
func readKey(r *wire.Request) error {
	if r.KeyForm != "jwk" {
		return wire.Unsupported("the library reads keys as JWK only")
	}
	jwk := new(jose.JSONWebKey)
	if err := jwk.UnmarshalJSON(r.KeyFile()); err != nil {
		return err
	}
	switch enc := r.Alg == "RSA-OAEP" || r.Alg == "RSA-OAEP-256"; {
	case enc && r.Role == "public":
		_, err := encryptTo(r.Alg, jwk, nil, []byte("test"))
		return err
	case enc:
		jwe, err := encryptTo(r.Alg, jwk.Public(), nil, []byte("test"))
		if err == nil {
			_, err = jwe.Decrypt(jwk)
		}
		return err
	case r.Role == "public":
		// A key that can be used fails on the signature, not before.
		jws, err := jose.ParseSignedCompact(wire.Unsigned(r.Alg), algs(r.Alg))
		if err == nil {
			_, err = jws.Verify(jwk)
		}
		if err == jose.ErrCryptoFailure {
			err = nil
		}
		return err
	}
	_, err := signWith(r.Alg, jwk, nil, []byte("test"))
	return err
}

func readSet(r *wire.Request) error {
	return json.Unmarshal(r.KeyFile(), new(jose.JSONWebKeySet))
}

func thumbprint(r *wire.Request) ([]byte, error) {
	jwk := new(jose.JSONWebKey)
	if err := jwk.UnmarshalJSON(r.KeyFile()); err != nil {
		return nil, err
	}
	return jwk.Thumbprint(crypto.SHA256)
}

func signWith(alg string, k any, header map[string]any, payload []byte) (*jose.JSONWebSignature, error) {
	opts := new(jose.SignerOptions)
	for name, v := range header {
		opts.WithHeader(jose.HeaderKey(name), v)
	}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(alg), Key: k}, opts)
	if err != nil {
		return nil, err
	}
	return s.Sign(payload)
}

func sign(r *wire.Request, payload []byte) (string, error) {
	k, err := key(r.Key)
	if err != nil {
		return "", err
	}
	jws, err := signWith(r.Alg, k, r.Header, payload)
	if err != nil {
		return "", err
	}
	switch r.Form {
	case "detached", "unencoded-detached":
		return jws.DetachedCompactSerialize()
	case "", "compact":
		return jws.CompactSerialize()
	}
	return "", wire.Unsupported("form " + r.Form)
}

func encryptTo(alg string, k any, header map[string]any, plaintext []byte) (*jose.JSONWebEncryption, error) {
	opts := new(jose.EncrypterOptions)
	for name, v := range header {
		opts.WithHeader(jose.HeaderKey(name), v)
	}
	e, err := jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: jose.KeyAlgorithm(alg), Key: k}, opts)
	if err != nil {
		return nil, err
	}
	return e.Encrypt(plaintext)
}

func encrypt(r *wire.Request, plaintext []byte) (string, error) {
	k, err := key(r.Key)
	if err != nil {
		return "", err
	}
	jwe, err := encryptTo(r.Alg, k, r.Header, plaintext)
	if err != nil {
		return "", err
	}
	return jwe.CompactSerialize()
}
