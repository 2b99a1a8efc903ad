package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// A family is an operation and its inverse: what one makes, the other takes.
type family struct {
	produce, consume string // names of the rows
	producer         func(l *library, k *keys) producer
	consumer         func(l *library, k *keys) consumer
	spoil            func(k *keys, payload []byte, token string) []string // tokens that must be refused
}

func jwsFamily(alg string) family {
	return family{
		produce: "Sign" + alg,
		consume: "Verify" + alg,
		producer: func(l *library, k *keys) producer {
			if l.sign == nil {
				return nil
			}
			return l.sign(k, alg)
		},
		consumer: func(l *library, k *keys) consumer {
			if l.verify == nil {
				return nil
			}
			return l.verify(k, alg)
		},
		spoil: func(_ *keys, _ []byte, token string) []string {
			return []string{flip(token, 1), flip(token, 2)}
		},
	}
}

func jweFamily(alg string) family {
	return family{
		produce: "Encrypt" + alg,
		consume: "Decrypt" + alg,
		producer: func(l *library, k *keys) producer {
			if l.encrypt == nil {
				return nil
			}
			return l.encrypt(k, alg)
		},
		consumer: func(l *library, k *keys) consumer {
			if l.decrypt == nil {
				return nil
			}
			return l.decrypt(k, alg)
		},
		spoil: func(_ *keys, _ []byte, token string) []string {
			return []string{flip(token, 1), flip(token, 3), flip(token, 4)}
		},
	}
}

var nested = family{
	produce: "SignThenEncrypt",
	consume: "DecryptThenVerify",
	producer: func(l *library, k *keys) producer {
		if l.signThenEncrypt == nil {
			return nil
		}
		return l.signThenEncrypt(k)
	},
	consumer: func(l *library, k *keys) consumer {
		if l.decryptThenVerify == nil {
			return nil
		}
		return l.decryptThenVerify(k)
	},
	// The second one is encrypted as it has to be, with a signature inside that is not right.
	spoil: func(k *keys, payload []byte, token string) []string {
		signed := string(must(raw.sign(k, nestedSig)(payload).once()))
		return []string{flip(token, 3), string(must(raw.encrypt(k, nestedEnc)([]byte(flip(signed, 2))).once()))}
	},
}

var families = []family{
	jwsFamily("HS512"), jwsFamily("RS256"), jwsFamily("ES512"),
	jweFamily("RSA-OAEP-256"), jweFamily("RSA-OAEP"), nested,
}

// The claims of the JWT, 130 bytes, and what is demanded of them.
const (
	jwtClaims   = `{"iss":"https://issuer.example","sub":"merchant-4711","aud":"https://api.example","exp":4102444800,"iat":1700000000,"jti":"a1b2c"}`
	jwtIssuer   = "https://issuer.example"
	jwtAudience = "https://api.example"
	jwtSubject  = "merchant-4711"
)

// otherClaims are each refused for one reason.
var otherClaims = []string{
	strings.Replace(jwtClaims, jwtIssuer, "https://another.example", 1),
	strings.Replace(jwtClaims, jwtAudience, "https://another.example", 1),
	strings.Replace(jwtClaims, `"exp":4102444800`, `"exp":1700000001`, 1),
}

// A row is one operation of all libraries that have it.
type row struct {
	name  string
	small bool // fast enough for more turns
	build func(k *keys, all []library) (ops map[string]operation, checks int, err error)
}

// rows are the lines of the table in their order, the small ones first, so that they are not
// measured in the heap that the large ones leave.
func rows() []row {
	all := []row{{"VerifyJWT/HS512", true, buildJWT}}
	for _, size := range []struct {
		name string
		n    int
	}{{"128B", 128}, {"1MiB", 1 << 20}} {
		payload := newPayload(size.n)
		for _, f := range families {
			small := size.n < freshSize
			all = append(all,
				row{f.produce + "/" + size.name, small, func(k *keys, all []library) (map[string]operation, int, error) {
					return f.buildProducers(k, all, payload)
				}},
				row{f.consume + "/" + size.name, small, func(k *keys, all []library) (map[string]operation, int, error) {
					return f.buildConsumers(k, all, payload)
				}})
		}
	}
	return all
}

// newPayload is the same bytes every time, not too regular, and no JSON.
func newPayload(n int) []byte {
	p := make([]byte, n)
	x := uint32(1)
	for i := range p {
		x = x*1664525 + 1013904223
		p[i] = byte(x >> 24)
	}
	return p
}

// buildProducers makes the operations that make tokens. What each library makes is read by
// every other library and by raw, before anything is timed.
func (f family) buildProducers(k *keys, all []library, payload []byte) (map[string]operation, int, error) {
	ops, consumers := map[string]operation{}, map[string]consumer{}
	for _, l := range withRaw(all) {
		if p := f.producer(&l, k); p != nil {
			ops[l.name] = p(payload)
		}
		if c := f.consumer(&l, k); c != nil {
			consumers[l.name] = c
		}
	}
	checks := 0
	for name, op := range ops {
		token, err := op.once()
		if err != nil {
			return nil, checks, fmt.Errorf("%s: %s: %w", f.produce, name, err)
		}
		others := 0
		for other, c := range consumers {
			if other == name {
				continue
			}
			if err := gives(c(string(token)), payload); err != nil {
				return nil, checks, fmt.Errorf("%s: %s does not read the token of %s: %w", f.produce, other, name, err)
			}
			others++
		}
		if others == 0 {
			return nil, checks, fmt.Errorf("%s: nobody else reads the token of %s", f.produce, name)
		}
		checks += others
	}
	return ops, checks, nil
}

// buildConsumers makes the operations that read tokens. All read the same token, which raw made;
// what they read has to be what raw was given, and they have to refuse what is spoiled.
func (f family) buildConsumers(k *keys, all []library, payload []byte) (map[string]operation, int, error) {
	token, err := f.producer(&raw, k)(payload).once()
	if err != nil {
		return nil, 0, err
	}
	spoiled := f.spoil(k, payload, string(token))
	consumers := map[string]consumer{}
	for _, l := range withRaw(all) {
		if c := f.consumer(&l, k); c != nil {
			consumers[l.name] = c
		}
	}
	return checkConsumers(f.consume, consumers, string(token), payload, spoiled, nil)
}

// buildJWT does that for a JWT, where raw need not refuse the claims, which it does not read.
func buildJWT(k *keys, all []library) (map[string]operation, int, error) {
	sign := func(claims string) (string, error) {
		s, r := newRawJWS(k, "HS512"), []byte(nil)
		token, err := s.appendToken(r, encodedHeader(`{"alg":"HS512","typ":"JWT"}`), []byte(claims))
		return string(token), err
	}
	token, err := sign(jwtClaims)
	if err != nil {
		return nil, 0, err
	}
	var others []string
	for _, claims := range otherClaims {
		t, err := sign(claims)
		if err != nil {
			return nil, 0, err
		}
		others = append(others, t)
	}
	consumers := map[string]consumer{}
	for _, l := range all {
		if l.verifyJWT != nil {
			consumers[l.name] = l.verifyJWT(k)
		}
	}
	spoiled := []string{flip(token, 2)}
	ops, checks, err := checkConsumers("VerifyJWT", consumers, token, []byte(jwtSubject), spoiled, others)
	if err != nil {
		return nil, checks, err
	}
	rawOps, n, err := checkConsumers("VerifyJWT", map[string]consumer{raw.name: raw.verifyJWT(k)}, token, []byte(jwtClaims), spoiled, nil)
	if err != nil {
		return nil, checks, err
	}
	ops[raw.name] = rawOps[raw.name]
	return ops, checks + n, nil
}

func checkConsumers(name string, consumers map[string]consumer, token string, want []byte, spoiled, unwanted []string) (map[string]operation, int, error) {
	ops, checks := map[string]operation{}, 0
	for library, c := range consumers {
		op := c(token)
		if err := gives(op, want); err != nil {
			return nil, checks, fmt.Errorf("%s: %s does not read raw's token: %w", name, library, err)
		}
		for i, t := range spoiled {
			if _, err := c(t).once(); err == nil {
				return nil, checks, fmt.Errorf("%s: %s accepts spoiled token %d", name, library, i)
			}
		}
		for i, t := range unwanted {
			if _, err := c(t).once(); err == nil {
				return nil, checks, fmt.Errorf("%s: %s accepts unwanted claims %d", name, library, i)
			}
		}
		checks += 1 + len(spoiled) + len(unwanted)
		ops[library] = op
	}
	return ops, checks, nil
}

func gives(op operation, want []byte) error {
	got, err := op.once()
	if err == nil && !bytes.Equal(got, want) {
		err = errors.New("it gives something else")
	}
	return err
}

func withRaw(all []library) []library { return append([]library{raw}, all...) }

// flip changes the character in the middle of a segment to another one of base64url.
func flip(token string, segment int) string {
	parts := strings.Split(token, ".")
	s := []byte(parts[segment])
	if i := len(s) / 2; s[i] == 'A' {
		s[i] = 'B'
	} else {
		s[i] = 'A'
	}
	parts[segment] = string(s)
	return strings.Join(parts, ".")
}
