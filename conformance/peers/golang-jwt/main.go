// Command golang-jwt is the adapter of github.com/golang-jwt/jwt, version 5.
//
// Done by the library: parsing, in strict base64 (jwt.WithStrictDecoding), the
// allow-list of algorithms (jwt.WithValidMethods), signatures, PEM, and the
// claims that the parser has options for. The keyfunc returns the one key,
// whatever the token says, typed by the library's reader of PEM.
//
// Not to be had: payloads that are no claims set (of a JWS the claims are not
// validated), crit, b64, JWE, JWK, typ, a maximum age.
//
// Done here: calling it, and comparing nothing.
package main

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"example.com/jose/conformance/peers/internal/wire"
)

func main() {
	(&wire.Adapter{
		Name:   "golang-jwt",
		Module: "github.com/golang-jwt/jwt/v5",
		Supports: wire.Supports{
			Alg:   []string{"RS256", "ES512", "HS512"},
			Forms: []string{"compact"},
		},
		Covers: []string{"issuer", "subject", "audience", "exp", "leeway"},

		Verify:    verify,
		VerifyJWT: verifyJWT,
		ReadKey:   readKey,
		Sign:      sign,
	}).Serve()
}

// claims are the registered claims as the library types them, and the octets
// that they were read from.
type claims struct {
	jwt.RegisteredClaims
	octets []byte
}

func (c *claims) UnmarshalJSON(b []byte) error {
	c.octets = slices.Clone(b)
	return json.Unmarshal(b, &c.RegisteredClaims)
}

// secret is the one thing about JWK done here, for HS512: the library takes
// octets, which say nothing of what they are for.
func secret(k wire.Key) ([]byte, error) {
	var oct struct {
		K   string   `json:"k"`
		Use string   `json:"use"`
		Ops []string `json:"key_ops"`
	}
	if err := json.Unmarshal(k.JWK, &oct); err != nil {
		return nil, wire.Unsupported("keys of a set")
	}
	if oct.Use != "" && oct.Use != "sig" || oct.Ops != nil && !slices.Contains(oct.Ops, "verify") {
		return nil, wire.Unsupported("what a secret is for is left to the caller")
	}
	return base64.RawURLEncoding.DecodeString(oct.K)
}

func public(alg string, k wire.Key) (any, error) {
	if alg == "HS512" {
		return secret(k)
	}
	if k.PEM == "" {
		return nil, wire.Unsupported("the library reads PEM only")
	}
	if alg == "RS256" {
		return jwt.ParseRSAPublicKeyFromPEM([]byte(k.PEM))
	}
	return jwt.ParseECPublicKeyFromPEM([]byte(k.PEM))
}

func private(alg string, k wire.Key) (any, error) {
	if alg == "HS512" {
		return secret(k)
	}
	if k.PEM == "" {
		return nil, wire.Unsupported("the library reads PEM only")
	}
	if alg == "RS256" {
		return jwt.ParseRSAPrivateKeyFromPEM([]byte(k.PEM))
	}
	return jwt.ParseECPrivateKeyFromPEM([]byte(k.PEM))
}

func parse(r *wire.Request, opts ...jwt.ParserOption) ([]byte, error) {
	if len(r.Check) > 0 {
		return nil, wire.Unsupported("the library does not look at crit")
	}
	k, err := public(r.Alg, r.Key)
	if err != nil {
		return nil, err
	}
	opts = append(opts, jwt.WithValidMethods([]string{r.Alg}), jwt.WithStrictDecoding())
	var c claims
	_, err = jwt.ParseWithClaims(r.Token, &c, func(*jwt.Token) (any, error) { return k, nil }, opts...)
	return c.octets, err
}

func verify(r *wire.Request) ([]byte, error) {
	payload, err := parse(r, jwt.WithoutClaimsValidation())
	return payload, wire.ClaimsOnly(r, err)
}

func verifyJWT(r *wire.Request) ([]byte, error) {
	p := r.Policy
	opts := []jwt.ParserOption{
		jwt.WithTimeFunc(r.Now),
		jwt.WithLeeway(time.Duration(p.Leeway) * time.Second),
		jwt.WithIssuer(p.Issuer),
		jwt.WithSubject(p.Subject),
		jwt.WithAudience(p.Audience...),
	}
	if !p.AllowNoExp {
		opts = append(opts, jwt.WithExpirationRequired())
	}
	return parse(r, opts...)
}

func readKey(r *wire.Request) error {
	if (r.KeyForm != "pem" && r.KeyForm != "certificate") || (r.Alg != "RS256" && r.Alg != "ES512") {
		return wire.Unsupported("the library reads RSA and EC keys in PEM only")
	}
	k := wire.Key{PEM: string(r.KeyFile())}
	if r.Role == "public" {
		_, err := public(r.Alg, k)
		return err
	}
	p, err := private(r.Alg, k)
	if err == nil {
		_, err = jwt.New(jwt.GetSigningMethod(r.Alg)).SignedString(p)
	}
	return err
}

func sign(r *wire.Request, payload []byte) (string, error) {
	var c jwt.MapClaims
	if r.Form != "" && r.Form != "compact" || json.Unmarshal(payload, &c) != nil {
		return "", wire.Unsupported("the library signs claims sets, compact")
	}
	k, err := private(r.Alg, r.Key)
	if err != nil {
		return "", err
	}
	token := jwt.NewWithClaims(jwt.GetSigningMethod(r.Alg), c)
	for name, v := range r.Header {
		token.Header[name] = v
	}
	return token.SignedString(k)
}
