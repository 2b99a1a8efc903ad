package main

import (
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwe"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

// jwx: options are made once; keys are Go's, which spares it an export from jwk.Key at each call.
// Signatures are verified by jws.VerifyCompactFast, which its documentation names for where
// speed matters; jwt.Parse takes the same path by itself. Nested content is signed, then
// encrypted with cty, because jwt.Serializer takes claims only.
//
// Its build tags jwx_goccy and jwx_asmbase64 make the second binary.
var jwx = library{
	name:   "jwx",
	module: "github.com/lestrrat-go/jwx/v3",
	sign: func(k *keys, alg string) producer {
		opts := []jws.SignOption{jws.WithKey(jwxSig(alg), k.private(alg))}
		return func(payload []byte) operation {
			return measured(func() ([]byte, error) { return jws.Sign(payload, opts...) })
		}
	},
	verify: func(k *keys, alg string) consumer {
		a, key := jwxSig(alg), k.public(alg)
		return func(token string) operation {
			text := []byte(token)
			return measured(func() ([]byte, error) { return jws.VerifyCompactFast(key, text, a) })
		}
	},
	encrypt: func(k *keys, alg string) producer {
		opts := []jwe.EncryptOption{jwe.WithKey(jwxEnc(alg), &k.rsa.PublicKey), jwe.WithContentEncryption(jwa.A256GCM())}
		return func(payload []byte) operation {
			return measured(func() ([]byte, error) { return jwe.Encrypt(payload, opts...) })
		}
	},
	decrypt: func(k *keys, alg string) consumer {
		opts := []jwe.DecryptOption{jwe.WithKey(jwxEnc(alg), k.rsa)}
		return func(token string) operation {
			text := []byte(token)
			return measured(func() ([]byte, error) { return jwe.Decrypt(text, opts...) })
		}
	},
	signThenEncrypt: func(k *keys) producer {
		header := jwe.NewHeaders()
		if err := header.Set(jwe.ContentTypeKey, "JWT"); err != nil {
			panic(err)
		}
		sign := []jws.SignOption{jws.WithKey(jwxSig(nestedSig), k.rsa)}
		encrypt := []jwe.EncryptOption{
			jwe.WithKey(jwxEnc(nestedEnc), &k.rsa.PublicKey),
			jwe.WithContentEncryption(jwa.A256GCM()),
			jwe.WithProtectedHeaders(header),
		}
		return func(payload []byte) operation {
			return measured(func() ([]byte, error) {
				inner, err := jws.Sign(payload, sign...)
				if err != nil {
					return nil, err
				}
				return jwe.Encrypt(inner, encrypt...)
			})
		}
	},
	decryptThenVerify: func(k *keys) consumer {
		a, opts := jwxSig(nestedSig), []jwe.DecryptOption{jwe.WithKey(jwxEnc(nestedEnc), k.rsa)}
		return func(token string) operation {
			text := []byte(token)
			return measured(func() ([]byte, error) {
				inner, err := jwe.Decrypt(text, opts...)
				if err != nil {
					return nil, err
				}
				return jws.VerifyCompactFast(&k.rsa.PublicKey, inner, a)
			})
		}
	},
	verifyJWT: func(k *keys) consumer {
		opts := []jwt.ParseOption{jwt.WithKey(jwa.HS512(), k.secret), jwt.WithIssuer(jwtIssuer), jwt.WithAudience(jwtAudience)}
		return func(token string) operation {
			text := []byte(token)
			return measured(func() (string, error) {
				t, err := jwt.Parse(text, opts...)
				if err != nil {
					return "", err
				}
				sub, _ := t.Subject()
				return sub, nil
			})
		}
	},
}

func jwxSig(name string) jwa.SignatureAlgorithm {
	alg, _ := jwa.LookupSignatureAlgorithm(name)
	return alg
}

func jwxEnc(name string) jwa.KeyEncryptionAlgorithm {
	alg, _ := jwa.LookupKeyEncryptionAlgorithm(name)
	return alg
}
