package main

import (
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// goJose: the Signer and Encrypter are made once; a token is parsed with its one allowed
// algorithm, then verified or decrypted. Nested content is signed, then encrypted with cty,
// because jwt.NestedBuilder takes claims only.
var goJose = library{
	name:   "go-jose",
	module: "github.com/go-jose/go-jose/v4",
	sign: func(k *keys, alg string) producer {
		s := goJoseSigner(k, alg)
		return func(payload []byte) operation {
			return measured(func() (string, error) { return goJoseSign(s, payload) })
		}
	},
	verify: func(k *keys, alg string) consumer {
		algs, key := []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)}, k.public(alg)
		return func(token string) operation {
			return measured(func() ([]byte, error) { return goJoseVerify(token, algs, key) })
		}
	},
	encrypt: func(k *keys, alg string) producer {
		e := goJoseEncrypter(k, alg, nil)
		return func(payload []byte) operation {
			return measured(func() (string, error) { return goJoseEncrypt(e, payload) })
		}
	},
	decrypt: func(k *keys, alg string) consumer {
		algs := []jose.KeyAlgorithm{jose.KeyAlgorithm(alg)}
		return func(token string) operation {
			return measured(func() ([]byte, error) { return goJoseDecrypt(token, algs, k) })
		}
	},
	signThenEncrypt: func(k *keys) producer {
		s := goJoseSigner(k, nestedSig)
		e := goJoseEncrypter(k, nestedEnc, new(jose.EncrypterOptions).WithContentType("JWT"))
		return func(payload []byte) operation {
			return measured(func() (string, error) {
				inner, err := goJoseSign(s, payload)
				if err != nil {
					return "", err
				}
				return goJoseEncrypt(e, []byte(inner))
			})
		}
	},
	decryptThenVerify: func(k *keys) consumer {
		algs, key := []jose.SignatureAlgorithm{nestedSig}, k.public(nestedSig)
		keyAlgs := []jose.KeyAlgorithm{nestedEnc}
		return func(token string) operation {
			return measured(func() ([]byte, error) {
				inner, err := goJoseDecrypt(token, keyAlgs, k)
				if err != nil {
					return nil, err
				}
				return goJoseVerify(string(inner), algs, key)
			})
		}
	},
	verifyJWT: func(k *keys) consumer {
		algs := []jose.SignatureAlgorithm{jose.HS512}
		key := k.public("HS512")
		expected := jwt.Expected{Issuer: jwtIssuer, AnyAudience: jwt.Audience{jwtAudience}}
		return func(token string) operation {
			return measured(func() (string, error) {
				t, err := jwt.ParseSigned(token, algs)
				if err != nil {
					return "", err
				}
				var c jwt.Claims
				if err := t.Claims(key, &c); err != nil {
					return "", err
				}
				return c.Subject, c.ValidateWithLeeway(expected, 0)
			})
		}
	},
}

var goJoseEncs = []jose.ContentEncryption{jose.A256GCM}

func goJoseSigner(k *keys, alg string) jose.Signer {
	return must(jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(alg), Key: k.private(alg)}, nil))
}

func goJoseEncrypter(k *keys, alg string, opts *jose.EncrypterOptions) jose.Encrypter {
	return must(jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: jose.KeyAlgorithm(alg), Key: &k.rsa.PublicKey}, opts))
}

func goJoseSign(s jose.Signer, payload []byte) (string, error) {
	jws, err := s.Sign(payload)
	if err != nil {
		return "", err
	}
	return jws.CompactSerialize()
}

func goJoseVerify(token string, algs []jose.SignatureAlgorithm, key any) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(token, algs)
	if err != nil {
		return nil, err
	}
	return jws.Verify(key)
}

func goJoseEncrypt(e jose.Encrypter, plaintext []byte) (string, error) {
	jwe, err := e.Encrypt(plaintext)
	if err != nil {
		return "", err
	}
	return jwe.CompactSerialize()
}

func goJoseDecrypt(token string, algs []jose.KeyAlgorithm, k *keys) ([]byte, error) {
	jwe, err := jose.ParseEncryptedCompact(token, algs, goJoseEncs)
	if err != nil {
		return nil, err
	}
	return jwe.Decrypt(k.rsa)
}
