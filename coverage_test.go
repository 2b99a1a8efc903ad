package jose

import (
	"errors"
	"math/big"
	"strings"
	"testing"
)

// The tests of this file reach statements that the others do not: what another mode or build of crypto would refuse,
// and what a caller within the package would have to break a promise for. The command conformance/coverage lists
// what no test reaches.

// coverRefused returns the key with the error that a mode of crypto could have had for its first signature.
func coverRefused(m *material, kid string) *material {
	refused := *m
	refused.kid, refused.hasKid = kid, kid != ""
	refused.refused = errors.New("refused for this test")
	return &refused
}

// coverTiny returns the public RSA key with an exponent that crypto refuses in every mode, and that no constructor
// here lets through.
func coverTiny(m *material, kid string) *material {
	tiny := *m
	tiny.kid, tiny.hasKid = kid, kid != ""
	key := *m.rsa
	key.E = 1
	tiny.rsa = &key
	return &tiny
}

// D3, D5, D17: a key that this build and mode of crypto refuses is ErrUnsupported in each role that it could have,
// alone and as the only one of a set, and the message has nothing of what crypto said. Beside a good key in a set,
// its "kid" is ErrKey.
func TestD17_RefusedKey(t *testing.T) {
	t.Parallel()
	check := func(name string, role any, err error) {
		t.Helper()
		ktRefused(t, name, role, err, ErrUnsupported)
		if err != nil && (!strings.Contains(err.Error(), "mode of crypto") ||
			strings.Contains(err.Error(), "for this test") || strings.Contains(err.Error(), "crypto/")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	rsaKey, ecKey := ktKey(ktRSA1JWK).material, ktKey(ktEC1JWK).material
	rsaPublic := ktPub(ktRSA1JWK).material
	for _, kid := range []string{"", "k"} {
		refused, tiny := coverRefused(rsaKey, kid), coverTiny(rsaPublic, kid)
		s, err := refused.asPrivate().Signer(RS256)
		check("Signer, RS256", s, err)
		s, err = coverRefused(ecKey, kid).asPrivate().Signer(ES512)
		check("Signer, ES512", s, err)
		d, err := refused.asPrivate().Decrypter(RSAOAEP256)
		check("Decrypter", d, err)
		d, err = (&KeySet{keys: []*material{refused}}).Decrypter(RSAOAEP256)
		check("Decrypter of a set", d, err)
		public, err := tiny.asPublic(nil)
		if err != nil {
			t.Fatal(err)
		}
		v, err := public.Verifier(RS256)
		check("Verifier", v, err)
		v, err = (&KeySet{keys: []*material{tiny}}).Verifier(RS256)
		check("Verifier of a set", v, err)
		e, err := public.Encrypter(RSAOAEP256)
		check("Encrypter", e, err)
		e, err = (&KeySet{keys: []*material{tiny}}).Encrypter(RSAOAEP256)
		check("Encrypter of a set", e, err)
	}
	good := *rsaPublic
	good.kid, good.hasKid = "good", true
	for _, keys := range [][]*material{{coverTiny(rsaPublic, "bad"), &good}, {&good, coverTiny(rsaPublic, "bad")}} {
		v, err := (&KeySet{keys: keys}).Verifier(RS256)
		if err != nil {
			t.Fatal(err)
		}
		for kid, want := range map[string]error{"good": nil, "bad": ErrKey, "other": ErrUnknownKey} {
			token := ktMust(ktMust(ktKey(ktRSA1JWK).Signer(RS256, KeyID(kid))).Sign([]byte("x")))
			if _, err := v.Verify(token); !errors.Is(err, want) || (err == nil) != (want == nil) {
				t.Errorf("kid %q: %v, want %v", kid, err, want)
			}
		}
	}
}

// D17: where crypto refuses at the time of Encrypt what it took at that of the constructor, as after a change of mode,
// there is an error and no token.
func TestD17_RefusedLater(t *testing.T) {
	t.Parallel()
	e := ktMust(ktPub(ktRSA1JWK).Encrypter(RSAOAEP256))
	e.key = coverTiny(ktPub(ktRSA1JWK).material, "").rsa
	token, err := e.Encrypt([]byte("x"))
	if !errors.Is(err, ErrUnsupported) || token != "" || strings.Contains(err.Error(), "crypto/") {
		t.Errorf("%q, error %v", token, err)
	}
}

// coverComposite returns a number that is as good as a q for the key as one can be that is no prime: e is prime to
// one less, and it has no factor that is looked for.
func coverComposite(k ktRSANumbers) *big.Int {
	one, two := big.NewInt(1), big.NewInt(2)
	gcd := func(a, b *big.Int) *big.Int { return new(big.Int).GCD(nil, nil, a, b) }
	q := new(big.Int).Add(k.q, two)
	for q.ProbablyPrime(20) || gcd(new(big.Int).Sub(q, one), k.e).Cmp(one) != 0 || gcd(q, smallPrimes).Cmp(one) != 0 {
		q.Add(q, two)
	}
	return q
}

// D3: a factor q that is no prime is found by the first signature, where the exponents fit it and it has no factor
// that is looked for. Go finds a p that is none before, since it computes qInv by an exponentiation.
func TestD3_CompositeFactor(t *testing.T) {
	t.Parallel()
	k := ktRSA(ktRSA1JWK)
	q := coverComposite(k)
	for why, numbers := range map[string]ktRSANumbers{"q": ktRSAFrom(k.p, q, 65537), "p": ktRSAFrom(q, k.p, 65537)} {
		for form, file := range map[string][]byte{"JWK": numbers.jwk(), "PKCS #1": numbers.pkcs1()} {
			got, err := ParsePrivateKey(file)
			ktRefused(t, why+" in a "+form, got, err, ErrKey)
			if err != nil && why == "q" && !strings.Contains(err.Error(), "the private key is not that of the public key") {
				t.Errorf("%s in a %s: %v", why, form, err)
			}
		}
		got, err := NewPrivateKey(numbers.goKey())
		ktRefused(t, why+" in a Go key", got, err, ErrKey)
	}
}

// textArray is given the text of values that were read. Of other text it makes no array either.
func TestTextArray_NotJSON(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`[`, `["a"`, `["a",]`, `["a" "b"]`, `[01]`} {
		if names, ok := textArray(text); ok || names != nil {
			t.Errorf("%s: %q", text, names)
		}
	}
}
