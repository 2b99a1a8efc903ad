package main

import "example.com/jose"

// this is the library of this repository: signers, verifiers, encrypters, decrypters and the
// policy are made once.
var this = library{
	name:   "jose",
	module: "example.com/jose",
	sign: func(k *keys, alg string) producer {
		s := thisSigner(k, alg)
		return func(payload []byte) operation {
			return measured(func() (string, error) { return s.Sign(payload) })
		}
	},
	verify: func(k *keys, alg string) consumer {
		v := thisVerifier(k, alg)
		return func(token string) operation {
			return measured(func() ([]byte, error) {
				m, err := v.Verify(token)
				if err != nil {
					return nil, err
				}
				return m.Payload, nil
			})
		}
	},
	encrypt: func(k *keys, alg string) producer {
		e := thisEncrypter(k, alg)
		return func(payload []byte) operation {
			return measured(func() (string, error) { return e.Encrypt(payload) })
		}
	},
	decrypt: func(k *keys, alg string) consumer {
		d := thisDecrypter(k, alg)
		return func(token string) operation {
			return measured(func() ([]byte, error) {
				m, err := d.Decrypt(token)
				if err != nil {
					return nil, err
				}
				return m.Plaintext, nil
			})
		}
	},
	signThenEncrypt: func(k *keys) producer {
		s, e := thisSigner(k, nestedSig), thisEncrypter(k, nestedEnc)
		return func(payload []byte) operation {
			return measured(func() (string, error) { return jose.SignThenEncrypt(s, e, payload) })
		}
	},
	decryptThenVerify: func(k *keys) consumer {
		d, v := thisDecrypter(k, nestedEnc), thisVerifier(k, nestedSig)
		return func(token string) operation {
			return measured(func() ([]byte, error) {
				m, err := jose.DecryptThenVerify(d, v, token)
				if err != nil {
					return nil, err
				}
				return m.Payload, nil
			})
		}
	},
	verifyJWT: func(k *keys) consumer {
		v := thisVerifier(k, "HS512")
		p := jose.Policy{Issuer: jwtIssuer, Audience: []string{jwtAudience}, AnySubject: true, AnyType: true}
		return func(token string) operation {
			return measured(func() (string, error) {
				c, err := p.Verify(v, token)
				if err != nil {
					return "", err
				}
				return c.Subject, nil
			})
		}
	},
}

// The algorithms by their names. Of the zero that any other name stands for, nothing can be made.
var (
	thisSig = map[string]jose.SignatureAlgorithm{"RS256": jose.RS256, "ES512": jose.ES512, "HS512": jose.HS512}
	thisEnc = map[string]jose.KeyEncryptionAlgorithm{"RSA-OAEP": jose.RSAOAEP, "RSA-OAEP-256": jose.RSAOAEP256}
)

// thisKey is the private key or secret for alg.
func thisKey(k *keys, alg string) *jose.PrivateKey {
	if alg == "HS512" {
		return must(jose.NewSecret(k.secret))
	}
	return must(jose.NewPrivateKey(k.private(alg)))
}

func thisSigner(k *keys, alg string) *jose.Signer { return must(thisKey(k, alg).Signer(thisSig[alg])) }

func thisVerifier(k *keys, alg string) *jose.Verifier {
	if alg == "HS512" {
		return must(thisKey(k, alg).Verifier(jose.HS512))
	}
	return must(must(jose.NewPublicKey(k.public(alg))).Verifier(thisSig[alg]))
}

func thisEncrypter(k *keys, alg string) *jose.Encrypter {
	return must(must(jose.NewPublicKey(k.public(alg))).Encrypter(thisEnc[alg]))
}

func thisDecrypter(k *keys, alg string) *jose.Decrypter {
	return must(thisKey(k, alg).Decrypter(thisEnc[alg]))
}
