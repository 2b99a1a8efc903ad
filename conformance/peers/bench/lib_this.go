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

func thisSigner(k *keys, alg string) *jose.Signer {
	switch alg {
	case "HS512":
		return must(jose.NewHS512Signer(k.secret))
	case "ES512":
		return must(jose.NewES512Signer(k.ec))
	}
	return must(jose.NewRS256Signer(k.rsa))
}

func thisVerifier(k *keys, alg string) *jose.Verifier {
	switch alg {
	case "HS512":
		return must(jose.NewHS512Verifier(k.secret))
	case "ES512":
		return must(jose.NewES512Verifier(&k.ec.PublicKey))
	}
	return must(jose.NewRS256Verifier(&k.rsa.PublicKey))
}

func thisEncrypter(k *keys, alg string) *jose.Encrypter {
	if alg == "RSA-OAEP" {
		return must(jose.NewRSAOAEPEncrypter(&k.rsa.PublicKey))
	}
	return must(jose.NewRSAOAEP256Encrypter(&k.rsa.PublicKey))
}

func thisDecrypter(k *keys, alg string) *jose.Decrypter {
	if alg == "RSA-OAEP" {
		return must(jose.NewRSAOAEPDecrypter(k.rsa))
	}
	return must(jose.NewRSAOAEP256Decrypter(k.rsa))
}
