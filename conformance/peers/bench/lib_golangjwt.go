package main

import "github.com/golang-jwt/jwt/v5"

// golangJWT signs and verifies claims only, so it has no other cell. The Parser is made once.
var golangJWT = library{
	name:   "golang-jwt",
	module: "github.com/golang-jwt/jwt/v5",
	verifyJWT: func(k *keys) consumer {
		p := jwt.NewParser(jwt.WithValidMethods([]string{"HS512"}),
			jwt.WithIssuer(jwtIssuer), jwt.WithAudience(jwtAudience), jwt.WithExpirationRequired())
		secret := k.public("HS512")
		key := func(*jwt.Token) (any, error) { return secret, nil }
		return func(token string) operation {
			return measured(func() (string, error) {
				var c jwt.RegisteredClaims
				if _, err := p.ParseWithClaims(token, &c, key); err != nil {
					return "", err
				}
				return c.Subject, nil
			})
		}
	},
}
