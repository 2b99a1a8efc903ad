package jose_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.com/jose"
	"example.com/jose/vectors"
)

// exampleCorpus reads the corpus once.
var exampleCorpus = sync.OnceValues(vectors.Load)

// keyFile stands for os.ReadFile in the examples. The files are the published and throw-away
// test keys of package vectors.
func keyFile(name string) ([]byte, error) {
	corpus, err := exampleCorpus()
	if err != nil {
		return nil, err
	}
	key := func(source, name string) vectors.Key {
		for _, f := range corpus {
			if f.Source == source {
				return f.Keys[name]
			}
		}
		return vectors.Key{}
	}
	file := map[string]string{
		"signer.pem":    key("Juspay", "merchant").PEM, // PKCS #1
		"signer.pub":    key("Juspay", "merchant").PublicPEM,
		"recipient.pem": key("Juspay", "juspay").PEM,
		"recipient.pub": key("Juspay", "juspay").PublicPEM,
		"next.pem":      key("J.P. Morgan", "client").PEM, // PKCS #8
		"next.pub":      key("J.P. Morgan", "client").PublicPEM,
		"secret.jwk":    string(key("HS512", "A.1").JWK),
		"nuapay.key":    key("Nuapay", "nuapay").PEM,
		"nuapay.crt":    key("Nuapay", "nuapay").Certificate,
		"jpmorgan.crt":  key("J.P. Morgan", "client").Certificate,
		"wise.key":      key("Wise", "signer").PEM,
		"wise.base64":   key("Wise", "signer").DER,

		// The connection has a key of its own; here it is that of another provider's sample.
		"transport.crt":   key("Nuapay", "nuapay").Certificate,
		"transport.key":   key("Nuapay", "nuapay").PEM,
		"openbanking.key": key("UK Open Banking", "own-tpp").PEM,
		"openbanking.pub": key("UK Open Banking", "own-tpp").PublicPEM,
		"truelayer.key":   key("TrueLayer", "own-client").PEM,
		"truelayer.pub":   key("TrueLayer", "own-client").PublicPEM,
		"unionpay.key":    key("UnionPay", "own-institution").PEM,
		"unionpay.pub":    key("UnionPay", "own-institution").PublicPEM,
	}
	if name == "jpmorgan.der" {
		return base64.StdEncoding.DecodeString(key("J.P. Morgan", "client").DER)
	}
	if file[name] == "" {
		return nil, os.ErrNotExist
	}
	return []byte(file[name]), nil
}

// Sign with the private key in a file, and verify with the public one.
func Example() {
	file, err := keyFile("signer.pem") // PEM, DER, base64 of DER, or JWK
	if err != nil {
		log.Fatal(err)
	}
	key, err := jose.ParsePrivateKey(file)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := key.Signer(jose.RS256, jose.KeyID("2026-11"))
	if err != nil {
		log.Fatal(err)
	}
	token, err := signer.Sign([]byte(`{"amount":"10.00"}`))
	if err != nil {
		log.Fatal(err)
	}

	file, err = keyFile("signer.pub") // or a certificate
	if err != nil {
		log.Fatal(err)
	}
	public, err := jose.ParsePublicKey(file)
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := public.Verifier(jose.RS256)
	if err != nil {
		log.Fatal(err)
	}
	message, err := verifier.Verify(token)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n%s\n", message.Header.Bytes(), message.Payload)
	// Output:
	// {"alg":"RS256","kid":"2026-11"}
	// {"amount":"10.00"}
}

// What a receiver does next depends on the class of the error.
func ExampleVerifier_Verify() {
	file, err := keyFile("signer.pub")
	if err != nil {
		log.Fatal(err)
	}
	public, err := jose.ParsePublicKey(file)
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := public.Verifier(jose.RS256, jose.MaxTokenSize(64<<10))
	if err != nil {
		log.Fatal(err)
	}
	for _, token := range []string{
		"eyJhbGciOiJub25lIn0.e30.",
		"eyJhbGciOiJFUzUxMiJ9.e30.AA",
		"eyJhbGciOiJSUzI1NiJ9.e30.AA==",
		"eyJhbGciOiJSUzI1NiJ9.e30." + strings.Repeat("A", 342),
	} {
		message, err := verifier.Verify(token)
		switch {
		case err == nil:
			fmt.Printf("%s\n", message.Payload)
		case errors.Is(err, jose.ErrUnknownKey):
			fmt.Println("fetch the keys again:", err)
		case errors.Is(err, jose.ErrSignature):
			fmt.Println("forged, changed, or signed with another key:", err)
		default:
			fmt.Println(err)
		}
	}
	// Output:
	// jose: not supported: "alg" is none of RS256, ES512 and HS512 (RFC 7518, Section 3.1)
	// jose: algorithm does not match the key: the token says ES512, the key is for RS256 (RFC 8725, Section 3.1)
	// jose: malformed token: signature: padding at byte 2 (RFC 7515, Section 2)
	// forged, changed, or signed with another key: jose: signature not valid
}

// A detached JWS travels beside its payload.
func ExampleSigner_SignDetached() {
	file, err := keyFile("signer.pem")
	if err != nil {
		log.Fatal(err)
	}
	key, err := jose.ParsePrivateKey(file)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := key.Signer(jose.RS256)
	if err != nil {
		log.Fatal(err)
	}
	body := []byte(`{"amount":"10.00"}`)
	token, err := signer.SignDetached(body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.HasPrefix(token, "eyJhbGciOiJSUzI1NiJ9.."))

	public, err := key.Public()
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := public.Verifier(jose.RS256)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := verifier.VerifyDetached(token, body); err != nil {
		log.Fatal(err)
	}
	_, err = verifier.VerifyDetached(token, []byte(`{"amount":"99.00"}`))
	fmt.Println(err)
	// Output:
	// true
	// jose: signature not valid
}

// With an unencoded payload the octets themselves are signed. Attached, they stand in the
// token as they are, so they must be printable and without a period; detached, they may be any.
func ExampleUnencoded() {
	file, err := keyFile("secret.jwk")
	if err != nil {
		log.Fatal(err)
	}
	secret, err := jose.ParsePrivateKey(file)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := secret.Signer(jose.HS512, jose.Unencoded())
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := secret.Verifier(jose.HS512)
	if err != nil {
		log.Fatal(err)
	}

	token, err := signer.Sign([]byte("EUR 10,00"))
	if err != nil {
		log.Fatal(err)
	}
	message, err := verifier.Verify(token)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.Split(token, ".")[1])
	fmt.Printf("%s\n", message.Header.Bytes())

	body := []byte("EUR 10.00\r\n")
	token, err = signer.SignDetached(body)
	if err != nil {
		log.Fatal(err)
	}
	message, err = verifier.VerifyDetached(token, body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q\n", message.Payload)
	// Output:
	// EUR 10,00
	// {"alg":"HS512","b64":false,"crit":["b64"]}
	// "EUR 10.00\r\n"
}

// ES512 with a key that Go made. Two signatures of one payload differ.
func ExampleNewPrivateKey() {
	generated, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	key, err := jose.NewPrivateKey(generated)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := key.Signer(jose.ES512, jose.Type("JOSE"))
	if err != nil {
		log.Fatal(err)
	}
	token, err := signer.Sign([]byte("a payload"))
	if err != nil {
		log.Fatal(err)
	}

	public, err := key.Public()
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := public.Verifier(jose.ES512)
	if err != nil {
		log.Fatal(err)
	}
	message, err := verifier.Verify(token)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(message.Header.Algorithm(), message.Header.Type(), string(message.Payload))
	// Output: ES512 JOSE a payload
}

// A public key that Go has, such as that of a certificate which Go verified, gets its thumbprint
// as "kid".
func ExampleNewPublicKey() {
	file, err := keyFile("nuapay.crt")
	if err != nil {
		log.Fatal(err)
	}
	block, _ := pem.Decode(file)
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		log.Fatal(err)
	}
	public, err := jose.NewPublicKey(certificate.PublicKey)
	if err != nil {
		log.Fatal(err)
	}
	thumbprint, err := public.Thumbprint()
	if err != nil {
		log.Fatal(err)
	}
	if public, err = public.WithKeyID(thumbprint); err != nil {
		log.Fatal(err)
	}
	fmt.Println(public.KeyID())
	// Output: QhiN3DS-7jwbLf4iSbdKiVQbvaRpECQTqDb5nQlI-2Q
}

// HS512 needs a secret of at least 64 random octets: a password is none. Whoever has the secret
// can both sign and verify.
func ExampleNewSecret() {
	octets := make([]byte, 64)
	if _, err := rand.Read(octets); err != nil {
		log.Fatal(err)
	}
	secret, err := jose.NewSecret(octets)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := secret.Signer(jose.HS512)
	if err != nil {
		log.Fatal(err)
	}
	token, err := signer.Sign([]byte("a payload"))
	if err != nil {
		log.Fatal(err)
	}

	verifier, err := secret.Verifier(jose.HS512)
	if err != nil {
		log.Fatal(err)
	}
	message, err := verifier.Verify(token)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(message.Payload))

	_, err = jose.NewSecret([]byte("a password"))
	fmt.Println(errors.Is(err, jose.ErrKey))
	// Output:
	// a payload
	// true
}

// A member that one token carries is given with that token, and checked with it. The check is
// what binds the token to the path: the header names it, but nothing in "crit" does.
func ExampleMember() {
	file, err := keyFile("signer.pem")
	if err != nil {
		log.Fatal(err)
	}
	key, err := jose.ParsePrivateKey(file)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := key.Signer(jose.RS256, jose.KeyID("2026-11")) // in every token
	if err != nil {
		log.Fatal(err)
	}
	token, err := signer.Sign([]byte(`{}`), jose.Member("url", "/payments/1")) // in this one
	if err != nil {
		log.Fatal(err)
	}

	public, err := key.Public()
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := public.Verifier(jose.RS256)
	if err != nil {
		log.Fatal(err)
	}
	for _, called := range []string{"/payments/1", "/payments/2"} {
		_, err := verifier.Verify(token, jose.CheckMember("url", jose.Equal(called)))
		fmt.Println(called, err == nil, errors.Is(err, jose.ErrClaims))
	}
	// Output:
	// /payments/1 true false
	// /payments/2 false true
}

// A member that "crit" names must be understood by the receiver, or the token is refused. A
// check is what makes it understood.
func ExampleCriticalMember() {
	file, err := keyFile("signer.pem")
	if err != nil {
		log.Fatal(err)
	}
	key, err := jose.ParsePrivateKey(file)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := key.Signer(jose.RS256, jose.CriticalMember("iat", jose.NewNumericDate(time.Unix(1795305600, 0))))
	if err != nil {
		log.Fatal(err)
	}
	token, err := signer.Sign([]byte(`{}`))
	if err != nil {
		log.Fatal(err)
	}

	public, err := key.Public()
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := public.Verifier(jose.RS256)
	if err != nil {
		log.Fatal(err)
	}
	_, err = verifier.Verify(token)
	fmt.Println(errors.Is(err, jose.ErrUnsupported))

	message, err := verifier.Verify(token, jose.CheckMember("iat", func(iat jose.NumericDate) error {
		if iat.Time().Year() < 2026 {
			return errors.New("too old")
		}
		return nil
	}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", message.Header.Bytes())
	// Output:
	// true
	// {"alg":"RS256","iat":1795305600,"crit":["iat"]}
}

// Several keys, of which "kid" chooses, are one Verifier. Each is for its own algorithm,
// whatever a token says.
func ExampleVerifierByKeyID() {
	verifiers := make(map[string]*jose.Verifier)
	for kid, name := range map[string]string{"2026-11": "signer.pub", "2026-12": "next.pub"} {
		file, err := keyFile(name)
		if err != nil {
			log.Fatal(err)
		}
		public, err := jose.ParsePublicKey(file)
		if err != nil {
			log.Fatal(err)
		}
		if verifiers[kid], err = public.Verifier(jose.RS256); err != nil {
			log.Fatal(err)
		}
	}
	verifier, err := jose.VerifierByKeyID(verifiers)
	if err != nil {
		log.Fatal(err)
	}

	file, err := keyFile("next.pem")
	if err != nil {
		log.Fatal(err)
	}
	key, err := jose.ParsePrivateKey(file)
	if err != nil {
		log.Fatal(err)
	}
	for _, kid := range []string{"2026-12", "2026-11", "2027-01"} {
		signer, err := key.Signer(jose.RS256, jose.KeyID(kid))
		if err != nil {
			log.Fatal(err)
		}
		token, err := signer.Sign([]byte(`{}`))
		if err != nil {
			log.Fatal(err)
		}
		switch _, err := verifier.Verify(token); {
		case errors.Is(err, jose.ErrUnknownKey):
			fmt.Println(kid, "is unknown: load the keys again")
		case err != nil:
			fmt.Println(kid, err)
		default:
			fmt.Println(kid, "verifies")
		}
	}
	// Output:
	// 2026-12 verifies
	// 2026-11 jose: signature not valid
	// 2027-01 is unknown: load the keys again
}

// Publish keys as a JWK Set, and read one. Keys that are of no use here are passed over.
func ExampleParseKeySet() {
	var keys []*jose.PublicKey
	for _, kid := range []string{"signer", "next"} {
		file, err := keyFile(kid + ".pub")
		if err != nil {
			log.Fatal(err)
		}
		public, err := jose.ParsePublicKey(file)
		if err != nil {
			log.Fatal(err)
		}
		if public, err = public.WithKeyID(kid); err != nil {
			log.Fatal(err)
		}
		if public, err = public.WithAlgorithm(jose.RS256); err != nil {
			log.Fatal(err)
		}
		keys = append(keys, public)
	}
	published, err := jose.MarshalKeySet(keys...)
	if err != nil {
		log.Fatal(err)
	}

	set, err := jose.ParseKeySet(published)
	if err != nil {
		log.Fatal(err)
	}
	for _, public := range set.PublicKeys() {
		var jwk struct{ Kid, Alg, Use string }
		if err := json.Unmarshal(public.JWK(), &jwk); err != nil {
			log.Fatal(err)
		}
		fmt.Println(jwk.Kid, jwk.Alg, jwk.Use)
	}
	fmt.Println(len(set.Skipped()), "passed over")
	verifier, err := set.Verifier(jose.RS256)
	if err != nil {
		log.Fatal(err)
	}

	file, err := keyFile("next.pem")
	if err != nil {
		log.Fatal(err)
	}
	key, err := jose.ParsePrivateKey(file)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := key.Signer(jose.RS256, jose.KeyID("next"))
	if err != nil {
		log.Fatal(err)
	}
	token, err := signer.Sign([]byte("a payload"))
	if err != nil {
		log.Fatal(err)
	}
	message, err := verifier.Verify(token)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(message.Payload))
	// Output:
	// signer RS256 sig
	// next RS256 sig
	// 0 passed over
	// a payload
}

// A JWK Set is one Verifier, for one algorithm: "kid" chooses the key. Where it names none of
// them, it is time to fetch the set again, but no more often than a limit allows: anybody can
// send such a token. The set and the first token are those of RFC 7520, Sections 3.1 and 4.3.
func ExampleKeySet_Verifier() {
	set, err := jose.ParseKeySet([]byte(`{"keys":[{
		"kty": "EC",
		"kid": "bilbo.baggins@hobbiton.example",
		"use": "sig",
		"crv": "P-521",
		"x": "AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt",
		"y": "AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1"
	}]}`))
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := set.Verifier(jose.ES512)
	if err != nil {
		log.Fatal(err)
	}
	for _, token := range []string{
		"eyJhbGciOiJFUzUxMiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9." +
			"SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4." +
			"AE_R_YZCChjn4791jSQCrdPZCNYqHXCTZH0-JZGYNlaAjP2kqaluUIIUnC9qvbu9Plon7KRTzoNEuT4Va2cmL1eJAQy3mtPBu_u_sDDyYjnAMDxXPn7XrT0lw-kvAD890jl8e2puQens_IEKBpHABlsbEPX6sFY8OcGDqoRuBomu9xQ2",
		"eyJhbGciOiJFUzUxMiIsImtpZCI6IjIifQ.e30." + strings.Repeat("A", 176),
	} {
		message, err := verifier.Verify(token)
		switch {
		case errors.Is(err, jose.ErrUnknownKey):
			fmt.Println("fetch the keys again")
		case err != nil:
			log.Fatal(err)
		default:
			fmt.Printf("%s: %s\n", message.Header.KeyID(), message.Payload)
		}
	}
	// Output:
	// bilbo.baggins@hobbiton.example: It’s a dangerous business, Frodo, going out your door. You step onto the road, and if you don't keep your feet, there’s no knowing where you might be swept off to.
	// fetch the keys again
}

// A JWK Set that a recipient publishes has the key to encrypt to. Without KeyID it would have to have
// just one for the algorithm; a key of another use is passed over.
func ExampleKeySet_Encrypter() {
	file, err := keyFile("recipient.pub")
	if err != nil {
		log.Fatal(err)
	}
	public, err := jose.ParsePublicKey(file)
	if err != nil {
		log.Fatal(err)
	}
	var keys []*jose.PublicKey
	for kid, alg := range map[string]jose.Algorithm{"sig-1": jose.RS256, "enc-1": jose.RSAOAEP, "enc-2": jose.RSAOAEP256} {
		key, err := public.WithKeyID(kid)
		if err != nil {
			log.Fatal(err)
		}
		if key, err = key.WithAlgorithm(alg); err != nil {
			log.Fatal(err)
		}
		keys = append(keys, key)
	}
	published, err := jose.MarshalKeySet(keys...)
	if err != nil {
		log.Fatal(err)
	}

	set, err := jose.ParseKeySet(published)
	if err != nil {
		log.Fatal(err)
	}
	encrypter, err := set.Encrypter(jose.RSAOAEP256, jose.KeyID("enc-2"))
	if err != nil {
		log.Fatal(err)
	}
	token, err := encrypter.Encrypt([]byte("a plaintext"))
	if err != nil {
		log.Fatal(err)
	}
	header, err := jose.UnverifiedHeader(token)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", header.Bytes())

	_, err = set.Encrypter(jose.RSAOAEP256, jose.KeyID("sig-1"))
	fmt.Println(errors.Is(err, jose.ErrUnknownKey))
	// Output:
	// {"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"enc-2"}
	// true
}

// A key of which nothing says what it is for is good for all that its type allows. One that is
// published should say it.
func ExamplePublicKey_WithAlgorithm() {
	file, err := keyFile("recipient.pub")
	if err != nil {
		log.Fatal(err)
	}
	public, err := jose.ParsePublicKey(file)
	if err != nil {
		log.Fatal(err)
	}
	if public, err = public.WithAlgorithm(jose.RSAOAEP256); err != nil {
		log.Fatal(err)
	}
	var jwk struct{ Alg, Use string }
	if err := json.Unmarshal(public.JWK(), &jwk); err != nil {
		log.Fatal(err)
	}
	fmt.Println(jwk.Alg, jwk.Use)
	_, err = public.Encrypter(jose.RSAOAEP256)
	fmt.Println(err)
	_, err = public.Verifier(jose.RS256)
	fmt.Println(errors.Is(err, jose.ErrKey))
	// Output:
	// RSA-OAEP-256 enc
	// <nil>
	// true
}

// Encrypt to a public key and decrypt. Anybody can encrypt to it: what comes out is
// confidential, and from nobody in particular.
func ExampleEncrypter_Encrypt() {
	file, err := keyFile("recipient.pub")
	if err != nil {
		log.Fatal(err)
	}
	public, err := jose.ParsePublicKey(file)
	if err != nil {
		log.Fatal(err)
	}
	encrypter, err := public.Encrypter(jose.RSAOAEP256, jose.KeyID("2026-11"))
	if err != nil {
		log.Fatal(err)
	}
	token, err := encrypter.Encrypt([]byte("a plaintext"))
	if err != nil {
		log.Fatal(err)
	}

	if file, err = keyFile("recipient.pem"); err != nil {
		log.Fatal(err)
	}
	key, err := jose.ParsePrivateKey(file)
	if err != nil {
		log.Fatal(err)
	}
	decrypter, err := key.Decrypter(jose.RSAOAEP256)
	if err != nil {
		log.Fatal(err)
	}
	decrypted, err := decrypter.Decrypt(token)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n%s\n", decrypted.Header.Bytes(), decrypted.Plaintext)
	// Output:
	// {"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"2026-11"}
	// a plaintext
}

// Sign, then encrypt; decrypt, then verify.
func ExampleSignThenEncrypt() {
	file, err := keyFile("signer.pem")
	if err != nil {
		log.Fatal(err)
	}
	ours, err := jose.ParsePrivateKey(file)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := ours.Signer(jose.RS256)
	if err != nil {
		log.Fatal(err)
	}
	if file, err = keyFile("recipient.pem"); err != nil {
		log.Fatal(err)
	}
	theirs, err := jose.ParsePrivateKey(file)
	if err != nil {
		log.Fatal(err)
	}
	theirPublic, err := theirs.Public()
	if err != nil {
		log.Fatal(err)
	}
	encrypter, err := theirPublic.Encrypter(jose.RSAOAEP256)
	if err != nil {
		log.Fatal(err)
	}
	token, err := jose.SignThenEncrypt(signer, encrypter, []byte(`{"amount":"10.00"}`))
	if err != nil {
		log.Fatal(err)
	}

	// The recipient's side.
	decrypter, err := theirs.Decrypter(jose.RSAOAEP256)
	if err != nil {
		log.Fatal(err)
	}
	ourPublic, err := ours.Public()
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := ourPublic.Verifier(jose.RS256)
	if err != nil {
		log.Fatal(err)
	}
	message, err := jose.DecryptThenVerify(decrypter, verifier, token)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n%s\n%s\n", message.OuterHeader.Bytes(), message.Header.Bytes(), message.Payload)
	// Output:
	// {"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"JWT"}
	// {"alg":"RS256"}
	// {"amount":"10.00"}
}

// Issue a JWT, and accept it under a policy.
func ExamplePolicy_Verify() {
	file, err := keyFile("signer.pem")
	if err != nil {
		log.Fatal(err)
	}
	key, err := jose.ParsePrivateKey(file)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := key.Signer(jose.RS256, jose.Type("payment+jwt"))
	if err != nil {
		log.Fatal(err)
	}
	now := time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)
	claims := &jose.Claims{
		Issuer:    "https://shop.example",
		Audience:  []string{"https://bank.example"},
		ExpiresAt: jose.NewNumericDate(now.Add(5 * time.Minute)),
		ID:        "7d3c6f",
	}
	if err := claims.Set("amount", "10.00"); err != nil {
		log.Fatal(err)
	}
	token, err := signer.SignClaims(claims)
	if err != nil {
		log.Fatal(err)
	}

	public, err := key.Public()
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := public.Verifier(jose.RS256)
	if err != nil {
		log.Fatal(err)
	}
	policy := jose.Policy{
		Issuer:     "https://shop.example",
		AnySubject: true,
		Audience:   []string{"https://bank.example"},
		Type:       "payment+jwt",
		Leeway:     30 * time.Second,
		Now:        func() time.Time { return now }, // left out: time.Now
	}
	accepted, err := policy.Verify(verifier, token)
	if err != nil {
		log.Fatal(err)
	}
	var amount string
	if err := accepted.Get("amount", &amount); err != nil {
		log.Fatal(err)
	}
	fmt.Println(accepted.ID, amount)

	now = now.Add(time.Hour)
	_, err = policy.Verify(verifier, token)
	fmt.Println(errors.Is(err, jose.ErrExpired))
	// Output:
	// 7d3c6f 10.00
	// true
}

// Claims go into a struct by their exact names. In json.Unmarshal, "ADMIN" would be "admin", and win.
func ExampleClaims_GetAll() {
	secret, err := jose.NewSecret([]byte(strings.Repeat("of 64 random octets in real life", 2)))
	if err != nil {
		log.Fatal(err)
	}
	signer, err := secret.Signer(jose.HS512)
	if err != nil {
		log.Fatal(err)
	}
	token, err := signer.Sign([]byte(`{"sub":"4711","amount":"10.00","items":3,"admin":false,"ADMIN":true}`))
	if err != nil {
		log.Fatal(err)
	}

	verifier, err := secret.Verifier(jose.HS512)
	if err != nil {
		log.Fatal(err)
	}
	policy := jose.Policy{AnyIssuer: true, Subject: "4711", NoAudience: true, AnyType: true, AllowNoExp: true}
	claims, err := policy.Verify(verifier, token)
	if err != nil {
		log.Fatal(err)
	}
	var order struct {
		Amount string
		Items  int
		Admin  bool
	}
	err = claims.GetAll(map[string]any{"amount": &order.Amount, "items": &order.Items, "admin": &order.Admin})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", order)

	var currency string
	err = claims.GetAll(map[string]any{"amount": &order.Amount, "currency": &currency})
	fmt.Println(err)
	// Output:
	// {Amount:10.00 Items:3 Admin:false}
	// jose: claims not accepted: claims: no member "currency"
}

// A JWT that is signed and then encrypted. The signature does not say whom it was encrypted
// for, so the policy asks for an audience.
func ExamplePolicy_VerifyNested() {
	file, err := keyFile("wise.key")
	if err != nil {
		log.Fatal(err)
	}
	ours, err := jose.ParsePrivateKey(file)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := ours.Signer(jose.ES512)
	if err != nil {
		log.Fatal(err)
	}
	if file, err = keyFile("recipient.pem"); err != nil {
		log.Fatal(err)
	}
	theirs, err := jose.ParsePrivateKey(file)
	if err != nil {
		log.Fatal(err)
	}
	theirPublic, err := theirs.Public()
	if err != nil {
		log.Fatal(err)
	}
	encrypter, err := theirPublic.Encrypter(jose.RSAOAEP256, jose.ContentType("JWT"))
	if err != nil {
		log.Fatal(err)
	}
	inner, err := signer.SignClaims(&jose.Claims{
		Issuer:    "https://shop.example",
		Audience:  []string{"https://bank.example"},
		ExpiresAt: jose.NewNumericDate(time.Now().Add(5 * time.Minute)),
	})
	if err != nil {
		log.Fatal(err)
	}
	token, err := encrypter.Encrypt([]byte(inner))
	if err != nil {
		log.Fatal(err)
	}

	decrypter, err := theirs.Decrypter(jose.RSAOAEP256)
	if err != nil {
		log.Fatal(err)
	}
	ourPublic, err := ours.Public()
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := ourPublic.Verifier(jose.ES512)
	if err != nil {
		log.Fatal(err)
	}
	policy := jose.Policy{
		Issuer:     "https://shop.example",
		AnySubject: true,
		Audience:   []string{"https://bank.example"},
		AnyType:    true,
	}
	claims, err := policy.VerifyNested(decrypter, verifier, token)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(claims.Issuer, claims.Audience)
	// Output: https://shop.example [https://bank.example]
}

// hsm stands for a key that is kept elsewhere: it signs, and does not come out.
type hsm struct{ key *rsa.PrivateKey }

func (h hsm) Public() crypto.PublicKey { return &h.key.PublicKey }

func (h hsm) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return h.key.Sign(rand, digest, opts)
}

func openHSM() (crypto.Signer, error) {
	file, err := keyFile("signer.pem")
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(file)
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	return hsm{key}, err
}

// A key in an HSM or a KMS signs through its crypto.Signer. One that decrypts does so through
// its crypto.Decrypter.
func ExampleNewPrivateKey_handle() {
	handle, err := openHSM()
	if err != nil {
		log.Fatal(err)
	}
	key, err := jose.NewPrivateKey(handle)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := key.Signer(jose.RS256, jose.KeyID("hsm-1"))
	if err != nil {
		log.Fatal(err)
	}
	token, err := signer.Sign([]byte("a payload"))
	if errors.Is(err, jose.ErrSigner) {
		log.Fatal("the HSM is out of order: ", err)
	} else if err != nil {
		log.Fatal(err)
	}

	public, err := key.Public()
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := public.Verifier(jose.RS256)
	if err != nil {
		log.Fatal(err)
	}
	message, err := verifier.Verify(token)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(message.Header.KeyID(), string(message.Payload))
	// Output: hsm-1 a payload
}

// Nuapay: the published sample, reproduced to the octet and then verified. The JWS is detached
// and unencoded; it goes into the header JWS-Signature, beside the body that it signs.
func Example_nuapay() {
	file, err := keyFile("nuapay.key")
	if err != nil {
		log.Fatal(err)
	}
	key, err := jose.ParsePrivateKey(file)
	if err != nil {
		log.Fatal(err)
	}
	// The header is signed as it stands, line breaks and all: another spelling of the same
	// JSON has another signature. In a program of your own, let the Signer write it:
	//
	//	key.Signer(jose.RS256, jose.KeyID(serialNumber), jose.CriticalMember("iat", 0),
	//		jose.CriticalMember("iss", subject), jose.Unencoded())
	signer, err := key.Signer(jose.RS256, jose.ExactHeader([]byte(`{
  "alg": "RS256",
  "kid": "133747141255",
  "iat": 0,
  "iss": "C=GB, L=London, OU=Nuapay API, O=Nuapay, CN=yboqyay92q",
  "b64": false,
  "crit": [
    "iat",
    "iss",
    "b64"
  ]
}`)))
	if err != nil {
		log.Fatal(err)
	}
	body := []byte(`{}`)
	token, err := signer.SignDetached(body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token)

	// The other side. "kid" is the certificate's serial number in decimal; "iat" is 0, or in
	// milliseconds; both "iat" and "iss" are critical, and understood by being checked.
	if file, err = keyFile("nuapay.crt"); err != nil {
		log.Fatal(err)
	}
	public, err := jose.ParsePublicKey(file)
	if err != nil {
		log.Fatal(err)
	}
	block, _ := pem.Decode(file)
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := public.Verifier(jose.RS256,
		jose.CheckMember("kid", jose.Equal(certificate.SerialNumber.String())),
		jose.CheckMember("iss", jose.Equal("C=GB, L=London, OU=Nuapay API, O=Nuapay, CN=yboqyay92q")),
		jose.CheckMember("b64", jose.Equal(false)),
		jose.CheckMember("iat", func(iat int64) error {
			if iat > time.Now().UnixMilli() {
				return errors.New("in the future")
			}
			return nil
		}))
	if err != nil {
		log.Fatal(err)
	}
	message, err := verifier.VerifyDetached(token, body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("signed by", message.Header.KeyID())
	_, err = verifier.VerifyDetached(token, []byte(`{ }`))
	fmt.Println(err)
	// Output:
	// ewogICJhbGciOiAiUlMyNTYiLAogICJraWQiOiAiMTMzNzQ3MTQxMjU1IiwKICAiaWF0IjogMCwKICAiaXNzIjogIkM9R0IsIEw9TG9uZG9uLCBPVT1OdWFwYXkgQVBJLCBPPU51YXBheSwgQ049eWJvcXlheTkycSIsCiAgImI2NCI6IGZhbHNlLAogICJjcml0IjogWwogICAgImlhdCIsCiAgICAiaXNzIiwKICAgICJiNjQiCiAgXQp9..d_cZ46lwNiaFHAu_saC-Zz4rSzNbevWirO94EmBlbOwkB1L78vGbAnNjUsmFSU7t_HhL-cyMiQUDyRWswsEnlDljJsRi8s8ft48ipy2SMuZrjPpyYYMgink8nZZK7l-eFJcTiS9ZWezAAXF_IJFXSTO5ax9z6xty3zTNPNMV9W7aH8fEAvbUIiueOhH5xNHcsuqlOGygKdFz2rbjTGffoE_6zS4Dry-uX5mts2duLorobUimGsdlUcSM6P6vZEtcXaJCdjrT9tuFMh4CkX9nqk19Bq2z3i-SX4JCPvhD2r3ghRmX0gG08UcvyFVbrnVZJnpl4MU8V4Nr3-2M5URZOg
	// signed by 133747141255
	// jose: signature not valid
}

// Nuapay: "kid" and "iss" from the certificate, and whether the key is that of the certificate. Go
// writes a subject in another order and without spaces, so "iss" is put together by hand.
func Example_nuapayCertificate() {
	file, err := keyFile("nuapay.crt")
	if err != nil {
		log.Fatal(err)
	}
	block, _ := pem.Decode(file)
	if block == nil {
		log.Fatal("nuapay.crt is not PEM")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		log.Fatal(err)
	}
	certified, err := jose.ParsePublicKey(file)
	if err != nil {
		log.Fatal(err)
	}
	if file, err = keyFile("nuapay.key"); err != nil {
		log.Fatal(err)
	}
	key, err := jose.ParsePrivateKey(file)
	if err != nil {
		log.Fatal(err)
	}

	// The two belong together if the public half of the key is the key of the certificate. A
	// signature under another key would be refused only by Nuapay.
	public, err := key.Public()
	if err != nil {
		log.Fatal(err)
	}
	if !bytes.Equal(public.PEM(), certified.PEM()) {
		log.Fatal("the key is not that of the certificate")
	}

	// The attributes in Nuapay's order. One that is not listed here, is there twice, or has a
	// comma in its value has no form in "iss" that Nuapay documents.
	var attributes []string
	for _, a := range []struct{ oid, label string }{
		{"2.5.4.6", "C"}, {"2.5.4.7", "L"}, {"2.5.4.8", "ST"}, {"2.5.4.11", "OU"}, {"2.5.4.10", "O"}, {"2.5.4.3", "CN"},
	} {
		for _, name := range certificate.Subject.Names {
			if value, ok := name.Value.(string); ok && name.Type.String() == a.oid && !strings.Contains(value, ",") {
				attributes = append(attributes, a.label+"="+value)
			}
		}
	}
	if len(attributes) != len(certificate.Subject.Names) {
		log.Fatal("the subject has an attribute that can't be written")
	}
	iss := strings.Join(attributes, ", ")
	kid := certificate.SerialNumber.String() // in decimal; most programs show it in hexadecimal
	fmt.Println(certificate.Subject)
	fmt.Println(iss)
	fmt.Println(kid)

	signer, err := key.Signer(jose.RS256, jose.KeyID(kid))
	if err != nil {
		log.Fatal(err)
	}
	body := []byte(`{"Beneficiary":{"Name":"Zoë"}}`)
	token, err := signer.SignDetached(body, // for the header JWS-Signature
		jose.CriticalMember("iat", time.Now().UnixMilli()), // in milliseconds
		jose.CriticalMember("iss", iss),
		jose.Unencoded())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.Count(token, "."), "periods, and nothing between them")
	// Output:
	// CN=yboqyay92q,OU=Nuapay API,O=Nuapay,L=London,C=GB
	// C=GB, L=London, OU=Nuapay API, O=Nuapay, CN=yboqyay92q
	// 133747141255
	// 2 periods, and nothing between them
}

// J.P. Morgan: the body is a JWS of the JSON, and its header has "alg" alone. The key file is
// PKCS #8 in DER. The request goes over TLS with a certificate on both sides: the client's is for
// the connection alone, and has a key of its own.
func Example_jpmorgan() {
	file, err := keyFile("jpmorgan.der") // signs payments
	if err != nil {
		log.Fatal(err)
	}
	key, err := jose.ParsePrivateKey(file)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := key.Signer(jose.RS256) // and no option, so that the header has "alg" alone
	if err != nil {
		log.Fatal(err)
	}
	token, err := signer.Sign([]byte(`{"payments":{"requestedExecutionDate":"2026-11-22","value":{"currency":"USD","amount":"10.00"}}}`))
	if err != nil {
		log.Fatal(err)
	}

	// The certificate of the connection, with the chain behind it if there is one, and its key,
	// both in PEM. X509KeyPair refuses a key that is not that of the certificate.
	certificate, err := keyFile("transport.crt")
	if err != nil {
		log.Fatal(err)
	}
	if file, err = keyFile("transport.key"); err != nil {
		log.Fatal(err)
	}
	connection, err := tls.X509KeyPair(certificate, file)
	if err != nil {
		log.Fatal(err)
	}
	client := &http.Client{
		Timeout: 30 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{
			Certificates: []tls.Certificate{connection}, // shown when the bank asks for one
			MinVersion:   tls.VersionTLS12,
			// Without RootCAs the bank's certificate is checked against the system's roots.
		}},
	}
	fmt.Println("shows itself as", connection.Leaf.Subject.CommonName)

	request, err := http.NewRequest("POST", "https://bank.example/payments", strings.NewReader(token))
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/jose")
	// The answer is not signed. There is no bank here, so this is not called.
	pay := func() (*http.Response, error) { return client.Do(request) }
	_ = pay

	// The bank has the certificate for signatures, and compares the header to the letter.
	if file, err = keyFile("jpmorgan.crt"); err != nil {
		log.Fatal(err)
	}
	public, err := jose.ParsePublicKey(file)
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := public.Verifier(jose.RS256)
	if err != nil {
		log.Fatal(err)
	}
	body, err := io.ReadAll(io.LimitReader(request.Body, 1<<20))
	if err != nil {
		log.Fatal(err)
	}
	message, err := verifier.Verify(string(body))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(bytes.Equal(message.Header.Bytes(), []byte(`{"alg":"RS256"}`)))
	fmt.Printf("%s\n", message.Payload)
	// Output:
	// shows itself as yboqyay92q
	// true
	// {"payments":{"requestedExecutionDate":"2026-11-22","value":{"currency":"USD","amount":"10.00"}}}
}

// 2Checkout: an HS512 JWT under a secret word that is too short for RFC 7518, Section 3.2, as
// they are issued, so it takes the constructor that says so: NewInsecureShortSecret. The claims are the published ones,
// in their order. A token without "exp" is good for 30 minutes, one with "exp" until then.
func Example_twoCheckout() {
	word, err := jose.NewInsecureShortSecret([]byte("tnY4xb?BX=28fDM*Cu8y"))
	if err != nil {
		log.Fatal(err)
	}
	signer, err := word.Signer(jose.HS512, jose.Type("JWT"))
	if err != nil {
		log.Fatal(err)
	}
	token, err := signer.Sign([]byte(`{"sub":"MERCH_CODE","iat":1580912768,"exp":1580916205}`))
	if err != nil {
		log.Fatal(err)
	}
	withoutExp, err := signer.Sign([]byte(`{"sub":"MERCH_CODE","iat":1580912768}`))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(token)

	verifier, err := word.Verifier(jose.HS512)
	if err != nil {
		log.Fatal(err)
	}
	later := time.Unix(1580912768, 0).Add(31 * time.Minute)
	policy := jose.Policy{
		AnyIssuer:     true,
		Subject:       "MERCH_CODE",
		NoAudience:    true,
		Type:          "JWT",
		NoExpLifetime: 30 * time.Minute,
		Now:           func() time.Time { return later },
	}
	claims, err := policy.Verify(verifier, token)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(claims.Subject, "until", claims.ExpiresAt.Time())
	_, err = policy.Verify(verifier, withoutExp)
	fmt.Println(errors.Is(err, jose.ErrExpired))
	// Output:
	// eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJNRVJDSF9DT0RFIiwiaWF0IjoxNTgwOTEyNzY4LCJleHAiOjE1ODA5MTYyMDV9.tmFBol-C1InfW2zhoIRFnZhBwBzr95qklpFRyS8aAuo8BK8TJ4DbpMVuh7P1Qbaj19sdOaUbEqAcGnxd_DC5AA
	// MERCH_CODE until 2020-02-05 15:23:25 +0000 UTC
	// true
}

// Wise: ES512, and "url" is the path that is called. Keys are base64 of DER, without PEM
// lines. The answer is a JWS too, and is verified in the same way with Wise's key.
func Example_wise() {
	file, err := keyFile("wise.key")
	if err != nil {
		log.Fatal(err)
	}
	key, err := jose.ParsePrivateKey(file)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := key.Signer(jose.ES512, jose.Type("JWT"), jose.KeyID("663a0e44-aa4a-4ff0-a9f8-cd99f5fbad71"))
	if err != nil {
		log.Fatal(err)
	}
	const path = "/v3/profiles/12345/transfers/12345/payments"
	token, err := signer.Sign([]byte(`{"type":"BALANCE"}`), jose.Member("url", path))
	if err != nil {
		log.Fatal(err)
	}

	if file, err = keyFile("wise.base64"); err != nil {
		log.Fatal(err)
	}
	public, err := jose.ParsePublicKey(file)
	if err != nil {
		log.Fatal(err)
	}
	// To hand one over in this form, take the armour off.
	block, _ := pem.Decode(public.PEM())
	fmt.Println(base64.StdEncoding.EncodeToString(block.Bytes) == string(file))
	verifier, err := public.Verifier(jose.ES512)
	if err != nil {
		log.Fatal(err)
	}
	for _, called := range []string{path, "/v3/profiles/12345/transfers/12346/payments"} {
		_, err := verifier.Verify(token, jose.CheckMember("url", jose.Equal(called)))
		fmt.Println(called, err == nil, errors.Is(err, jose.ErrClaims))
	}

	// The sample that Wise publishes: its payload is padded, and its signature has 32 octets.
	_, err = verifier.Verify("ewogICJhbGciOiAiRVM1MTIiLAogICJ0eXAiOiAiSldUIiwKICAia2lkIjogIjY2M2EwZTQ0LWFhNGEtNGZmMC1hOWY4LWNkOTlmNWZiYWQ3MSIsCiAgInVybCI6ICIvdjMvcHJvZmlsZXMvMTIzNDUvdHJhbnNmZXJzLzEyMzQ1L3BheW1lbnRzIgp9." +
		"ewogICJ0eXBlIjogIkJBTEFOQ0UiCn0=." +
		"Z-B7ScaZ37U_0CKrv03LTi0O0GWR2Hm5shzoEj8xRmM")
	fmt.Println(err)
	// Output:
	// true
	// /v3/profiles/12345/transfers/12345/payments true false
	// /v3/profiles/12345/transfers/12346/payments false true
	// jose: malformed token: payload: padding at byte 31 (RFC 7515, Section 2); signature: 32 octets where ES512 has 132 (RFC 7518, Section 3.4)
}

// Wise: what is sent to have one's public key registered. The key material is base64 of DER: PEM
// without its lines. "keyId" is a UUID of one's own, and is "kid" in what is signed later.
func Example_wisePublicKey() {
	file, err := keyFile("wise.key") // as openssl ecparam -name secp521r1 -genkey makes one
	if err != nil {
		log.Fatal(err)
	}
	key, err := jose.ParsePrivateKey(file)
	if err != nil {
		log.Fatal(err)
	}
	public, err := key.Public()
	if err != nil {
		log.Fatal(err)
	}
	block, _ := pem.Decode(public.PEM())
	material := base64.StdEncoding.EncodeToString(block.Bytes)

	var request struct {
		KeyID             string `json:"keyId"`
		Scope             string `json:"scope"`
		PublicKeyMaterial struct {
			Algorithm   string `json:"algorithm"`
			KeyMaterial string `json:"keyMaterial"`
		} `json:"publicKeyMaterial"`
	}
	request.KeyID = "663a0e44-aa4a-4ff0-a9f8-cd99f5fbad71"
	request.Scope = "PAYLOAD_SIGNING"
	request.PublicKeyMaterial.Algorithm = jose.ES512.String()
	request.PublicKeyMaterial.KeyMaterial = material
	body, err := json.MarshalIndent(request, "", "  ")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", body)

	// What is handed over is read as a public key of P-521, and as nothing else.
	handedOver, err := jose.ParsePublicKey([]byte(material))
	if err != nil {
		log.Fatal(err)
	}
	if _, err = handedOver.Verifier(jose.ES512); err != nil {
		log.Fatal(err)
	}
	_, err = jose.ParsePrivateKey([]byte(material))
	fmt.Println(errors.Is(err, jose.ErrKey))
	// Output:
	// {
	//   "keyId": "663a0e44-aa4a-4ff0-a9f8-cd99f5fbad71",
	//   "scope": "PAYLOAD_SIGNING",
	//   "publicKeyMaterial": {
	//     "algorithm": "ES512",
	//     "keyMaterial": "MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQAZ0CbQHuTx/2eHTE2kRw3jfn1DSMRZEWW/9KRWczQhmnilpr6Ie7ESXc20PBDWi3JGLxc9f8kYFfuvhOnRL99lt8A+gZW+qln8G9syvGyPkI/24nKxaAyOlFL/tNTvssaEE7iFncB6xYw01HglC9lRw1q8TSdgP/EpFUghhaCEvFjyaY="
	//   }
	// }
	// true
}

// Juspay: an answer, which is a JWS inside of a JWE with RSA-OAEP-256. On the wire its five
// parts are members of a JSON object. Both sides have several keys, and name them by "kid".
func Example_juspay() {
	answer := []byte(`{
		"header": "eyJlbmMiOiJBMjU2R0NNIiwiaWF0IjoxNzcxMjM2MzkzLCJraWQiOiJrZXlfYjJiYTYzOTQ3YmU0NDNmYmFmYTlmNjYyNDU3YzBmZGEiLCJhbGciOiJSU0EtT0FFUC0yNTYiLCJleHAiOm51bGx9",
		"encryptedKey": "PnkWmYBLXeIl0DzDtZYq_u5qMqZ1G-YqC6Y-9SqqrxwPNj4cmGG49yiziVaVXZYu03iDcnsLcJzJXms_sbeQHYUBcL5KtlzhyV9uQxbXvW805q1lxKP1-sWW1WOos4TgzUuyRcxG5MO1tWD8EqXHI3bWEk3ygv-CjULb4oraLez_xbioI1QL8OtbYREspgwxhu0tpAkLlcGtulBJJMQC8noDmnpUSw20_1kpYnCKQRRw68OuLf8TfS4jmpeoz5RlLSwUKMv-xEwvZzpsq7BA0lzQj7LKpiEj5qjotDWOKtOIl-aR_IOSlynBV9pUgWUnjvsMpvWKq5LZLY0PGiHfJw",
		"iv": "PiznC87-RdqRcLmQ",
		"encryptedPayload": "fcJwZf5W5-zP2dydsXPhLr5_sy6c3IlBub8CPhsEPjBQ3DlrBsceYkZMQn-xbGZuG1YNknOvWMprya9dkSDbaimilydMfRUmX1INxaBP9HRvM24rIrGbwC-TEJaPeuvvOruN39vPp5h8rlQ-M8q3oBwMynsGZmjf2CBqidHIt7tlm8MI_TEp-Q9bOsUP8YDjtmwG44sAkmj4mdEpBtCPIEflYjpCtBeQicQqMVTrUDUrFcCaiR2ZGDPbzaLAloAcqpcIMzXRCM6ITweHHBzvEJotDutkVTI1pQA1JPqf7dO7rffOG4DrtfJ7QpMegao8JKzBCiDrphpU2pM2c1grpEcytCXds_isBzlGf8oU-W9Ixwk1gKweRSfc6DEdPo4re7Legu__D8cvWWZugFTJinNwDGDEFBKrt3wjYJBqhj9ZN8jy7zA2EIdpTEL4t0fLCktlcYY8WZ4s5phUBp7yLIjDn4rz3orPf3QbMWfjD0jAo2z5gmB3Pmn3BfZ7wb4qvr_dFoNMHM1p3bT1PCSZorOTRe3rqiBMTU3DNJdqYyKNnVOuNHCC8RCTHDIBLwpbBwwf-X-biY3Q_pd549dJNStCVEcMI4fNyEmdTgT-snXN8AyNQ_zBv5-SlO8gVxU2aKoU8TNbbrHEoxG7L309-NmJjRFhbw",
		"tag": "biab5oPIMKDyBW877L4YYw"
	}`)

	juspay, err := keyFile("recipient.pub") // Juspay's
	if err != nil {
		log.Fatal(err)
	}
	public, err := jose.ParsePublicKey(juspay)
	if err != nil {
		log.Fatal(err)
	}
	signedBy, err := public.Verifier(jose.RS256)
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := jose.VerifierByKeyID(map[string]*jose.Verifier{"key_b2ba63947be443fbafa9f662457c0fda": signedBy})
	if err != nil {
		log.Fatal(err)
	}
	file, err := keyFile("signer.pem") // ours, PKCS #1
	if err != nil {
		log.Fatal(err)
	}
	key, err := jose.ParsePrivateKey(file)
	if err != nil {
		log.Fatal(err)
	}
	encryptedTo, err := key.Decrypter(jose.RSAOAEP256)
	if err != nil {
		log.Fatal(err)
	}
	decrypter, err := jose.DecrypterByKeyID(map[string]*jose.Decrypter{"key_b2ba63947be443fbafa9f662457c0fda": encryptedTo})
	if err != nil {
		log.Fatal(err)
	}

	var envelope struct{ Header, EncryptedKey, IV, EncryptedPayload, Tag string }
	if err := json.Unmarshal(answer, &envelope); err != nil {
		log.Fatal(err)
	}
	token := strings.Join([]string{
		envelope.Header,
		envelope.EncryptedKey,
		envelope.IV,
		envelope.EncryptedPayload,
		envelope.Tag,
	}, ".")
	// A period in a member would make more of them.
	if parts := strings.Split(token, "."); len(parts) != 5 {
		log.Fatalf("%d parts", len(parts))
	}
	message, err := jose.DecryptThenVerify(decrypter, verifier, token)
	if err != nil {
		log.Fatal(err) // ErrUnknownKey: time to load a new key
	}
	fmt.Printf("%s\n%s\n", message.OuterHeader.Bytes(), message.Payload)
	// Output:
	// {"enc":"A256GCM","iat":1771236393,"kid":"key_b2ba63947be443fbafa9f662457c0fda","alg":"RSA-OAEP-256","exp":null}
	// {"order_id":"test_2340","status":"CHARGED","amount":100.0}
}

// Juspay: a request, which is signed and then encrypted with RSA-OAEP, that is with SHA-1, while
// answers and webhooks have RSA-OAEP-256. Both go by one "kid", so whoever reads either has a
// decrypter for each. Some endpoints take the token as the one member "JWT" of a JSON object, others
// its five parts as five members, as in the example above.
func Example_juspayRequest() {
	const kid = "key_b2ba63947be443fbafa9f662457c0fda"
	file, err := keyFile("signer.pem") // ours
	if err != nil {
		log.Fatal(err)
	}
	key, err := jose.ParsePrivateKey(file)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := key.Signer(jose.RS256, jose.KeyID(kid))
	if err != nil {
		log.Fatal(err)
	}
	if file, err = keyFile("recipient.pub"); err != nil { // Juspay's
		log.Fatal(err)
	}
	juspay, err := jose.ParsePublicKey(file)
	if err != nil {
		log.Fatal(err)
	}
	encrypter, err := juspay.Encrypter(jose.RSAOAEP, jose.ContentType("JWT"), jose.KeyID(kid))
	if errors.Is(err, jose.ErrUnsupported) { // in its FIPS 140-only mode, Go has no SHA-1
		encrypter, err = juspay.Encrypter(jose.RSAOAEP256, jose.ContentType("JWT"), jose.KeyID(kid))
	}
	if err != nil {
		log.Fatal(err)
	}
	token, err := jose.SignThenEncrypt(signer, encrypter, []byte(`{"order_id":"test_2340"}`))
	if err != nil {
		log.Fatal(err)
	}
	body, err := json.Marshal(map[string]string{"JWT": token})
	if err != nil {
		log.Fatal(err)
	}

	// The other side. Each of the two decrypters is for one algorithm, whatever a token says.
	if file, err = keyFile("recipient.pem"); err != nil {
		log.Fatal(err)
	}
	theirs, err := jose.ParsePrivateKey(file)
	if err != nil {
		log.Fatal(err)
	}
	var decrypters []*jose.Decrypter
	for _, alg := range []jose.KeyEncryptionAlgorithm{jose.RSAOAEP256, jose.RSAOAEP} {
		one, err := theirs.Decrypter(alg)
		if errors.Is(err, jose.ErrUnsupported) {
			continue
		} else if err != nil {
			log.Fatal(err)
		}
		decrypter, err := jose.DecrypterByKeyID(map[string]*jose.Decrypter{kid: one})
		if err != nil {
			log.Fatal(err)
		}
		decrypters = append(decrypters, decrypter)
	}
	public, err := key.Public()
	if err != nil {
		log.Fatal(err)
	}
	signedBy, err := public.Verifier(jose.RS256)
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := jose.VerifierByKeyID(map[string]*jose.Verifier{kid: signedBy})
	if err != nil {
		log.Fatal(err)
	}
	var received struct{ JWT string }
	if err := json.Unmarshal(body, &received); err != nil {
		log.Fatal(err)
	}
	var message *jose.Message
	for _, decrypter := range decrypters {
		message, err = jose.DecryptThenVerify(decrypter, verifier, received.JWT)
		if !errors.Is(err, jose.ErrAlgorithm) {
			break // read, or refused for another reason
		}
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(message.OuterHeader.KeyID(), message.Header.KeyID(), message.OuterHeader.ContentType())
	fmt.Printf("%s\n", message.Payload)
	// Output:
	// key_b2ba63947be443fbafa9f662457c0fda key_b2ba63947be443fbafa9f662457c0fda JWT
	// {"order_id":"test_2340"}
}

// UK Open Banking: a detached JWS over the raw body, in the header x-jws-signature. "crit" names three
// members whose names are URLs, and the receiver checks each of them. Later versions of the
// specification leave b64 out, and Unencoded with it.
func Example_ukOpenBanking() {
	const (
		iat = "http://openbanking.org.uk/iat"
		iss = "http://openbanking.org.uk/iss"
		tan = "http://openbanking.org.uk/tan"
	)
	file, err := keyFile("openbanking.key")
	if err != nil {
		log.Fatal(err)
	}
	key, err := jose.ParsePrivateKey(file)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := key.Signer(jose.RS256, jose.Type("JOSE"), jose.ContentType("json"), jose.KeyID("tpp-2026-11"))
	if err != nil {
		log.Fatal(err)
	}
	body := []byte(`{"Data":{"Initiation":{"InstructedAmount":{"Amount":"10.00","Currency":"GBP"}}},"Risk":{}}`)
	token, err := signer.SignDetached(body, jose.Unencoded(),
		jose.CriticalMember(iat, 1795305600),                                  // time.Now().Unix()
		jose.CriticalMember(iss, "001580000000001AAA/4Qs7nVd0mFbXk2TzW1pLrC"), // organisation and software statement
		jose.CriticalMember(tan, "openbanking.org.uk"))
	if err != nil {
		log.Fatal(err)
	}

	// The bank's side. The key comes from the trust anchor, by "kid"; whose it is, is known there.
	if file, err = keyFile("openbanking.pub"); err != nil {
		log.Fatal(err)
	}
	public, err := jose.ParsePublicKey(file)
	if err != nil {
		log.Fatal(err)
	}
	now := func() int64 { return 1795305605 } // time.Now().Unix()
	verifier, err := public.Verifier(jose.RS256,
		jose.CheckMember("b64", jose.Equal(false)),
		jose.CheckMember(iat, func(made int64) error {
			if made > now() {
				return errors.New("in the future")
			}
			return nil
		}),
		jose.CheckMember(iss, jose.Equal("001580000000001AAA/4Qs7nVd0mFbXk2TzW1pLrC")),
		jose.CheckMember(tan, jose.Equal("openbanking.org.uk")))
	if err != nil {
		log.Fatal(err)
	}
	message, err := verifier.VerifyDetached(token, body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(message.Header.KeyID(), len(message.Header.Critical()), "critical members")

	// A caller without the three checks refuses the token: "crit" says that it has to understand them.
	careless, err := public.Verifier(jose.RS256)
	if err != nil {
		log.Fatal(err)
	}
	_, err = careless.VerifyDetached(token, body)
	fmt.Println(errors.Is(err, jose.ErrUnsupported))
	// Output:
	// tpp-2026-11 4 critical members
	// true
}

// TrueLayer: what is signed is a text of method and path, headers and body, detached, in the header
// Tl-Signature. Webhooks are made in the same way, with X-Tl-Webhook-Timestamp among the headers.
func Example_trueLayer() {
	const path, idempotencyKey = "/v3/payouts", "5b6a1f50-9d07-4a86-a3c5-0c7f9ad3a1fd"
	body := []byte(`{"currency":"GBP","amount_in_minor":1000,"reference":"Smith \u0026 Sons"}`)
	// The octets of the body as they are sent; the name of the header as in tl_headers.
	text := func(method, path, idempotencyKey string, body []byte) []byte {
		return fmt.Appendf(nil, "%s %s\nIdempotency-Key: %s\n%s", method, path, idempotencyKey, body)
	}

	file, err := keyFile("truelayer.key")
	if err != nil {
		log.Fatal(err)
	}
	key, err := jose.ParsePrivateKey(file)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := key.Signer(jose.ES512, jose.KeyID("client-2026-11"),
		jose.Member("tl_version", "2"), jose.Member("tl_headers", "Idempotency-Key"))
	if err != nil {
		log.Fatal(err)
	}
	signature, err := signer.SignDetached(text("POST", path, idempotencyKey, body))
	if err != nil {
		log.Fatal(err)
	}

	// The other side, with what it received.
	if file, err = keyFile("truelayer.pub"); err != nil {
		log.Fatal(err)
	}
	public, err := jose.ParsePublicKey(file)
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := public.Verifier(jose.ES512,
		jose.CheckMember("tl_version", jose.Equal("2")), jose.CheckMember("tl_headers", jose.Equal("Idempotency-Key")))
	if err != nil {
		log.Fatal(err)
	}
	message, err := verifier.VerifyDetached(signature, text("POST", path, idempotencyKey, body))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", message.Header.Bytes())

	// Whoever reads the JSON and writes it again may change its octets.
	again := bytes.ReplaceAll(body, []byte(`\u0026`), []byte("&"))
	_, err = verifier.VerifyDetached(signature, text("POST", path, idempotencyKey, again))
	fmt.Println(err)
	_, err = verifier.VerifyDetached(signature, text("POST", "/v3/refunds", idempotencyKey, body))
	fmt.Println(err)
	// Output:
	// {"alg":"ES512","kid":"client-2026-11","tl_version":"2","tl_headers":"Idempotency-Key"}
	// jose: signature not valid
	// jose: signature not valid
}

// UnionPay International: a detached JWS over the body, in the header UPI-JWS. "crit" names four
// members, which are strings. In the published sample three of the names begin with a space: a token
// with them is refused, since no member has such a name.
func Example_unionPay() {
	const path = "/uais/mpqrc/v1/void"
	file, err := keyFile("unionpay.key")
	if err != nil {
		log.Fatal(err)
	}
	key, err := jose.ParsePrivateKey(file)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := key.Signer(jose.RS256, jose.KeyID("1555570302"))
	if err != nil {
		log.Fatal(err)
	}
	body := []byte(`{"trxInfo":{"trxAmt":"10.00","trxCurrency":"840"}}`)
	token, err := signer.SignDetached(body,
		jose.CriticalMember("UPI-UUID", "5ba10d46d5d148dfbcc2119c08e01015"), // another one in each message
		jose.CriticalMember("UPI-TIMESTAMP", "1562232686"),                  // strconv.FormatInt(time.Now().Unix(), 10)
		jose.CriticalMember("UPI-APPID", "00520446"),
		jose.CriticalMember("UPI-REQPATH", path))
	if err != nil {
		log.Fatal(err)
	}

	// The other side.
	if file, err = keyFile("unionpay.pub"); err != nil {
		log.Fatal(err)
	}
	public, err := jose.ParsePublicKey(file)
	if err != nil {
		log.Fatal(err)
	}
	now := time.Unix(1562232700, 0) // time.Now()
	verifier, err := public.Verifier(jose.RS256,
		jose.CheckMember("UPI-UUID", func(number string) error { return nil }), // look it up among those of the day
		jose.CheckMember("UPI-TIMESTAMP", func(text string) error {
			seconds, err := strconv.ParseInt(text, 10, 64)
			if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > 300*time.Second {
				return errors.New("more than 300 seconds away")
			}
			return nil
		}),
		jose.CheckMember("UPI-APPID", jose.Equal("00520446")))
	if err != nil {
		log.Fatal(err)
	}
	for _, called := range []string{path, "/uais/mpqrc/v1/refund"} {
		_, err := verifier.VerifyDetached(token, body, jose.CheckMember("UPI-REQPATH", jose.Equal(called)))
		fmt.Println(called, err == nil, errors.Is(err, jose.ErrClaims))
	}
	// Output:
	// /uais/mpqrc/v1/void true false
	// /uais/mpqrc/v1/refund false true
}
