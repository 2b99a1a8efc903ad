package main

import (
	"errors"
	"time"

	"github.com/cristalhq/jwt/v5"
)

// cristalhq: signers, builders and verifiers are made once. Build takes a []byte as it is.
// Claims are checked by the methods of RegisteredClaims, as its README does. It has no JWE.
var cristalhq = library{
	name:   "cristalhq",
	module: "github.com/cristalhq/jwt/v5",
	sign: func(k *keys, alg string) producer {
		var s jwt.Signer
		switch alg {
		case "HS512":
			s = must(jwt.NewSignerHS(jwt.HS512, k.secret))
		case "ES512":
			s = must(jwt.NewSignerES(jwt.ES512, k.ec))
		default:
			s = must(jwt.NewSignerRS(jwt.RS256, k.rsa))
		}
		b := jwt.NewBuilder(s)
		return func(payload []byte) operation {
			return measured(func() ([]byte, error) {
				t, err := b.Build(payload)
				if err != nil {
					return nil, err
				}
				return t.Bytes(), nil
			})
		}
	},
	verify: func(k *keys, alg string) consumer {
		v := cristalhqVerifier(k, alg)
		return func(token string) operation {
			text := []byte(token)
			return measured(func() ([]byte, error) {
				t, err := jwt.Parse(text, v)
				if err != nil {
					return nil, err
				}
				return t.Claims(), nil
			})
		}
	},
	verifyJWT: func(k *keys) consumer {
		v := cristalhqVerifier(k, "HS512")
		return func(token string) operation {
			text := []byte(token)
			return measured(func() (string, error) {
				var c jwt.RegisteredClaims
				if err := jwt.ParseClaims(text, v, &c); err != nil {
					return "", err
				}
				if !c.IsIssuer(jwtIssuer) || !c.IsForAudience(jwtAudience) || !c.IsValidAt(time.Now()) {
					return "", errClaims
				}
				return c.Subject, nil
			})
		}
	},
}

var errClaims = errors.New("claims not accepted")

func cristalhqVerifier(k *keys, alg string) jwt.Verifier {
	switch alg {
	case "HS512":
		return must(jwt.NewVerifierHS(jwt.HS512, k.secret))
	case "ES512":
		return must(jwt.NewVerifierES(jwt.ES512, &k.ec.PublicKey))
	}
	return must(jwt.NewVerifierRS(jwt.RS256, &k.rsa.PublicKey))
}
