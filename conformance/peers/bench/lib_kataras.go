package main

import "github.com/kataras/jwt"

// kataras has functions and nothing to be made once. Sign takes a []byte as it is, and Plain
// lets Verify accept a payload that is no claims set. It has no JWE.
var kataras = library{
	name:   "kataras",
	module: "github.com/kataras/jwt",
	sign: func(k *keys, alg string) producer {
		a, key := katarasAlg(alg), k.private(alg)
		return func(payload []byte) operation {
			return measured(func() ([]byte, error) { return jwt.Sign(a, key, payload) })
		}
	},
	verify: func(k *keys, alg string) consumer {
		a, key, opts := katarasAlg(alg), k.public(alg), []jwt.TokenValidator{jwt.Plain}
		return func(token string) operation {
			text := []byte(token)
			return measured(func() ([]byte, error) {
				t, err := jwt.Verify(a, key, text, opts...)
				if err != nil {
					return nil, err
				}
				return t.Payload, nil
			})
		}
	},
	verifyJWT: func(k *keys) consumer {
		opts := []jwt.TokenValidator{jwt.Expected{Issuer: jwtIssuer, Audience: []string{jwtAudience}}}
		key := k.public("HS512")
		return func(token string) operation {
			text := []byte(token)
			return measured(func() (string, error) {
				t, err := jwt.Verify(jwt.HS512, key, text, opts...)
				if err != nil {
					return "", err
				}
				return t.StandardClaims.Subject, nil
			})
		}
	},
}

func katarasAlg(alg string) jwt.Alg {
	switch alg {
	case "HS512":
		return jwt.HS512
	case "ES512":
		return jwt.ES512
	}
	return jwt.RS256
}
