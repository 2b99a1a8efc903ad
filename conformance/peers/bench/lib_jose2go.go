package main

import jose "github.com/dvsekhvalnov/jose2go"

// jose2go has functions; the helpers that its documentation has for strict validation, Alg and
// Enc, bind a key to its algorithm once. It validates no claims. Nested content is signed, then
// encrypted with cty.
var jose2go = library{
	name:   "jose2go",
	module: "github.com/dvsekhvalnov/jose2go",
	sign: func(k *keys, alg string) producer {
		key := k.private(alg)
		return func(payload []byte) operation {
			return measured(func() (string, error) { return jose.SignBytes(payload, alg, key) })
		}
	},
	verify: func(k *keys, alg string) consumer {
		key := jose.Alg(k.public(alg), alg)
		return func(token string) operation {
			return measured(func() ([]byte, error) {
				payload, _, err := jose.DecodeBytes(token, key)
				return payload, err
			})
		}
	},
	encrypt: func(k *keys, alg string) producer {
		return func(payload []byte) operation {
			return measured(func() (string, error) {
				return jose.EncryptBytes(payload, alg, jose.A256GCM, &k.rsa.PublicKey)
			})
		}
	},
	decrypt: func(k *keys, alg string) consumer {
		key := jose.Enc(k.rsa, alg, jose.A256GCM)
		return func(token string) operation {
			return measured(func() ([]byte, error) {
				plaintext, _, err := jose.DecodeBytes(token, key)
				return plaintext, err
			})
		}
	},
	signThenEncrypt: func(k *keys) producer {
		cty := jose.Header("cty", "JWT")
		return func(payload []byte) operation {
			return measured(func() (string, error) {
				inner, err := jose.SignBytes(payload, nestedSig, k.rsa)
				if err != nil {
					return "", err
				}
				return jose.Encrypt(inner, nestedEnc, jose.A256GCM, &k.rsa.PublicKey, cty)
			})
		}
	},
	decryptThenVerify: func(k *keys) consumer {
		outer, inner := jose.Enc(k.rsa, nestedEnc, jose.A256GCM), jose.Alg(&k.rsa.PublicKey, nestedSig)
		return func(token string) operation {
			return measured(func() ([]byte, error) {
				signed, _, err := jose.Decode(token, outer)
				if err != nil {
					return nil, err
				}
				payload, _, err := jose.DecodeBytes(signed, inner)
				return payload, err
			})
		}
	},
}
