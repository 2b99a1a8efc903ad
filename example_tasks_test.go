package jose_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/jose"
)

// publishedKey returns the public key in a file with what a JWK Set says of it.
func publishedKey(file, kid string, alg jose.Algorithm) *jose.PublicKey {
	text, err := keyFile(file)
	if err != nil {
		log.Fatal(err)
	}
	key, err := jose.ParsePublicKey(text)
	if err != nil {
		log.Fatal(err)
	}
	if key, err = key.WithKeyID(kid); err != nil {
		log.Fatal(err)
	}
	if key, err = key.WithAlgorithm(alg); err != nil {
		log.Fatal(err)
	}
	return key
}

// signedBy returns a token by the private key in a file.
func signedBy(file string, alg jose.SignatureAlgorithm, payload string, opts ...jose.HeaderOption) string {
	text, err := keyFile(file)
	if err != nil {
		log.Fatal(err)
	}
	key, err := jose.ParsePrivateKey(text)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := key.Signer(alg)
	if err != nil {
		log.Fatal(err)
	}
	token, err := signer.Sign([]byte(payload), opts...)
	if err != nil {
		log.Fatal(err)
	}
	return token
}

// A fetchedSet verifies with the JWK Set that is published at an address. It is safe for
// concurrent use. A key that was withdrawn is good until the next fetch: a program that runs for
// long calls newer from time to time as well.
type fetchedSet struct {
	url    string           // of https
	client *http.Client     // with a time limit
	every  time.Duration    // the shortest time between two fetches
	now    func() time.Time // time.Now

	verifier atomic.Pointer[jose.Verifier] // of the last set that could be used
	fetching sync.Mutex
	tried    time.Time // when the set was last asked for
}

// Verify verifies a token with the set at hand, and if that has no key for it, with a newer one.
// A token whose key is at hand never waits.
func (f *fetchedSet) Verify(token string) (*jose.Message, error) {
	verifier := f.verifier.Load()
	if verifier != nil {
		message, err := verifier.Verify(token)
		if !errors.Is(err, jose.ErrUnknownKey) {
			return message, err
		}
	}
	verifier, err := f.newer(verifier)
	if err != nil {
		return nil, err
	}
	return verifier.Verify(token)
}

// newer returns a Verifier other than this one. Anybody can send a token with an unknown "kid",
// so it fetches at most so often, whether that succeeds or not.
func (f *fetchedSet) newer(than *jose.Verifier) (*jose.Verifier, error) {
	f.fetching.Lock()
	defer f.fetching.Unlock()
	if verifier := f.verifier.Load(); verifier != than {
		return verifier, nil // fetched while this call waited
	}
	now := f.now()
	if !f.tried.IsZero() && now.Sub(f.tried) < f.every {
		return nil, fmt.Errorf("%w, and it is too early to fetch the keys again", jose.ErrUnknownKey)
	}
	f.tried = now
	response, err := f.client.Get(f.url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the keys were not sent: %s", response.Status)
	}
	// One octet more than ParseKeySet takes, so that a longer set is refused, and not cut off.
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20+1))
	if err != nil {
		return nil, err
	}
	set, err := jose.ParseKeySet(body)
	if err != nil {
		return nil, err
	}
	verifier, err := set.Verifier(jose.RS256)
	if err != nil {
		return nil, err
	}
	f.verifier.Store(verifier)
	return verifier, nil
}

// A JWK Set that is fetched when it is first needed, and again when a token names a key that it
// does not have, but at most once a minute.
func Example_fetchKeySet() {
	published, fetches := []*jose.PublicKey{publishedKey("signer.pub", "2026-11", jose.RS256)}, 0
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fetches++
		body, err := jose.MarshalKeySet(published...)
		if err != nil {
			log.Fatal(err)
		}
		w.Header().Set("Content-Type", "application/jwk-set+json")
		w.Write(body)
	}))
	defer server.Close()
	client := server.Client()
	client.Timeout = 10 * time.Second
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	clock := time.Date(2026, time.November, 30, 12, 0, 0, 0, time.UTC)
	keys := &fetchedSet{url: server.URL, client: client, every: time.Minute, now: func() time.Time { return clock }}

	november := signedBy("signer.pem", jose.RS256, "a payload", jose.KeyID("2026-11"))
	december := signedBy("next.pem", jose.RS256, "another payload", jose.KeyID("2026-12"))
	for range 2 {
		message, err := keys.Verify(november)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(string(message.Payload), fetches)
	}

	// The owner of the keys adds one. It is found, but not before a minute is over.
	published = append(published, publishedKey("next.pub", "2026-12", jose.RS256))
	_, err := keys.Verify(december)
	fmt.Println(errors.Is(err, jose.ErrUnknownKey), fetches)
	clock = clock.Add(time.Minute)
	var group sync.WaitGroup
	for range 10 {
		group.Add(1)
		go func() {
			defer group.Done()
			if _, err := keys.Verify(december); err != nil {
				log.Fatal(err)
			}
		}()
	}
	group.Wait()
	fmt.Println("ten at once", fetches)
	// Output:
	// a payload 1
	// a payload 1
	// true 1
	// ten at once 2
}

// verifyChain verifies a token whose header has the certificate of its signer, and those that
// lead from there to a root, in "x5c" (RFC 7515, Section 4.1.6). This package never uses that member:
// which roots to trust, and which of the many names that they vouch for, only the caller knows.
func verifyChain(token string, roots *x509.CertPool, name string, at time.Time) (*jose.Message, error) {
	if roots == nil {
		return nil, errors.New("no roots") // crypto/x509 would take those of the system
	}
	header, err := jose.UnverifiedHeader(token)
	if err != nil {
		return nil, err
	}
	var x5c []string
	if err := header.Get("x5c", &x5c); err != nil {
		return nil, err
	}
	if len(x5c) == 0 || len(x5c) > 5 {
		return nil, fmt.Errorf("%d certificates in x5c", len(x5c))
	}
	chain, intermediates := make([]*x509.Certificate, len(x5c)), x509.NewCertPool()
	for i, text := range x5c {
		der, err := base64.StdEncoding.Strict().DecodeString(text) // padded, and not base64url
		if err != nil {
			return nil, err
		}
		if chain[i], err = x509.ParseCertificate(der); err != nil {
			return nil, err
		}
		if i > 0 {
			intermediates.AddCert(chain[i])
		}
	}
	// This builds the path and checks names, dates and constraints. Whether a certificate was
	// revoked, it does not ask.
	if _, err := chain[0].Verify(x509.VerifyOptions{
		Roots:         roots,
		Intermediates: intermediates,
		DNSName:       name,
		CurrentTime:   at,
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	}); err != nil {
		return nil, err
	}
	if chain[0].KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		return nil, errors.New("the certificate is not for signatures")
	}
	public, err := jose.NewPublicKey(chain[0].PublicKey)
	if err != nil {
		return nil, err
	}
	verifier, err := public.Verifier(jose.ES512)
	if err != nil {
		return nil, err
	}
	return verifier.Verify(token)
}

// An authority issues certificates of one year, here for the Example.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// issue returns an authority, or who signs tokens under this name. A nil authority issues to itself.
func (a *authority) issue(name string, isAuthority bool) *authority {
	if isAuthority {
		return a.issueFor(name, x509.KeyUsageCertSign)
	}
	return a.issueFor(name, x509.KeyUsageDigitalSignature)
}

func (a *authority) issueFor(name string, usage x509.KeyUsage) *authority {
	key, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:              time.Date(2027, time.January, 1, 0, 0, 0, 0, time.UTC),
		BasicConstraintsValid: true,
		KeyUsage:              usage,
		DNSNames:              []string{name},
		IsCA:                  usage == x509.KeyUsageCertSign,
		SubjectKeyId:          []byte(name),
	}
	if a == nil {
		a = &authority{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		log.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		log.Fatal(err)
	}
	return &authority{certificate, key}
}

// sign returns a token with the certificates of its signer.
func (a *authority) sign(payload string, chain ...*authority) string {
	x5c := []string{base64.StdEncoding.EncodeToString(a.certificate.Raw)}
	for _, c := range chain {
		x5c = append(x5c, base64.StdEncoding.EncodeToString(c.certificate.Raw))
	}
	key, err := jose.NewPrivateKey(a.key)
	if err != nil {
		log.Fatal(err)
	}
	signer, err := key.Signer(jose.ES512, jose.Member("x5c", x5c))
	if err != nil {
		log.Fatal(err)
	}
	token, err := signer.Sign([]byte(payload))
	if err != nil {
		log.Fatal(err)
	}
	return token
}

// A token brings its chain of certificates in "x5c". The chain is verified against roots of the
// caller's choice, and for one name, and the key of its first certificate verifies the token.
func Example_certificateChain() {
	root := (*authority)(nil).issue("Root", true)
	intermediate := root.issue("Intermediate", true)
	shop := intermediate.issue("shop.example", false)
	roots := x509.NewCertPool()
	roots.AddCert(root.certificate)
	at := time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)

	message, err := verifyChain(shop.sign("a payload", intermediate), roots, "shop.example", at)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n", message.Payload)

	// Another root of the same name, another name under the same root, the certificate of the
	// right signer before a signature by another, and the right one a year later.
	other := (*authority)(nil).issue("Root", true).issue("shop.example", false)
	_, err = verifyChain(other.sign("a payload"), roots, "shop.example", at)
	fmt.Println(errors.As(err, new(x509.UnknownAuthorityError)))
	other = intermediate.issue("other.example", false)
	_, err = verifyChain(other.sign("a payload", intermediate), roots, "shop.example", at)
	fmt.Println(errors.As(err, new(x509.HostnameError)))
	forged := &authority{shop.certificate, other.key}
	_, err = verifyChain(forged.sign("a payload", intermediate), roots, "shop.example", at)
	fmt.Println(errors.Is(err, jose.ErrSignature))
	_, err = verifyChain(shop.sign("a payload", intermediate), roots, "shop.example", at.AddDate(1, 0, 0))
	fmt.Println(errors.As(err, new(x509.CertificateInvalidError)))
	// Output:
	// a payload
	// true
	// true
	// true
	// true
}

// Encrypt, then sign: a JWE inside of a JWS, for a counterpart that asks for this order. RFC
// 7519, Section 11.2 recommends the other one, which is SignThenEncrypt: here anybody can take the
// signature off and put one of their own in its place, and sees who signed. So the plaintext has
// to name its signer, and the recipient has to compare. A Policy accepts no such token.
func Example_encryptThenSign() {
	public := publishedKey("recipient.pub", "enc-1", jose.RSAOAEP256)
	encrypter, err := public.Encrypter(jose.RSAOAEP256)
	if err != nil {
		log.Fatal(err)
	}
	encrypted, err := encrypter.Encrypt([]byte(`{"iss":"https://shop.example","amount":"10.00"}`))
	if err != nil {
		log.Fatal(err)
	}
	// "cty" says that there is a JWT inside (RFC 7519, Section 5.2); leave it out if there is none.
	token := signedBy("signer.pem", jose.RS256, encrypted, jose.ContentType("JWT"))

	// The recipient verifies what was signed, which is the JWE, and decrypts it only then.
	verifier, err := publishedKey("signer.pub", "sig-1", jose.RS256).Verifier(jose.RS256,
		jose.CheckMember("cty", jose.Equal("JWT")))
	if err != nil {
		log.Fatal(err)
	}
	file, err := keyFile("recipient.pem")
	if err != nil {
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
	message, err := verifier.Verify(token)
	if err != nil {
		log.Fatal(err)
	}
	decrypted, err := decrypter.Decrypt(string(message.Payload))
	if err != nil {
		log.Fatal(err)
	}
	var claims map[string]string // by exact name, as a struct would not be
	if err := json.Unmarshal(decrypted.Plaintext, &claims); err != nil {
		log.Fatal(err)
	}
	fmt.Println(claims["iss"] == "https://shop.example", claims["amount"])

	policy := jose.Policy{AnyIssuer: true, AnySubject: true, NoAudience: true, AnyType: true, AllowNoExp: true}
	_, err = policy.Verify(verifier, token)
	fmt.Println(errors.Is(err, jose.ErrMalformed))
	// Output:
	// true 10.00
	// true
}

// verifierOfAll returns one Verifier over the keys of a set, each for its own algorithm. The type
// of the key decides which that is; the "alg" of a token never does (RFC 8725, Section 3.1).
func verifierOfAll(set *jose.KeySet) (*jose.Verifier, error) {
	verifiers := make(map[string]*jose.Verifier)
	for _, key := range set.PublicKeys() {
		for _, alg := range []jose.SignatureAlgorithm{jose.RS256, jose.ES512} {
			verifier, err := key.Verifier(alg)
			if errors.Is(err, jose.ErrKey) {
				continue // a key of another type, or for encryption
			} else if err != nil {
				return nil, err
			}
			if verifiers[key.KeyID()] != nil {
				return nil, fmt.Errorf("two keys have the key id %q", key.KeyID())
			}
			verifiers[key.KeyID()] = verifier
		}
	}
	return jose.VerifierByKeyID(verifiers)
}

// One Verifier over all algorithms of a JWK Set: the "kid" of a token chooses the key, and the
// key has the algorithm.
func Example_allAlgorithms() {
	published, err := jose.MarshalKeySet(
		publishedKey("signer.pub", "rsa-1", jose.RS256),
		publishedKey("wise.base64", "ec-1", jose.ES512),
		publishedKey("recipient.pub", "enc-1", jose.RSAOAEP256),
	)
	if err != nil {
		log.Fatal(err)
	}
	set, err := jose.ParseKeySet(published)
	if err != nil {
		log.Fatal(err)
	}
	verifier, err := verifierOfAll(set)
	if err != nil {
		log.Fatal(err)
	}
	for _, token := range []string{
		signedBy("signer.pem", jose.RS256, "a payload", jose.KeyID("rsa-1")),
		signedBy("wise.key", jose.ES512, "another payload", jose.KeyID("ec-1")),
		signedBy("signer.pem", jose.RS256, "a payload", jose.KeyID("ec-1")),
		signedBy("recipient.pem", jose.RS256, "a payload", jose.KeyID("enc-1")),
	} {
		message, err := verifier.Verify(token)
		switch {
		case errors.Is(err, jose.ErrAlgorithm):
			fmt.Println("the key is for another algorithm")
		case errors.Is(err, jose.ErrUnknownKey):
			fmt.Println("no key of this name verifies")
		case err != nil:
			log.Fatal(err)
		default:
			fmt.Println(message.Header.Algorithm(), string(message.Payload))
		}
	}
	// Output:
	// RS256 a payload
	// ES512 another payload
	// the key is for another algorithm
	// no key of this name verifies
}

// A recipient publishes several keys, and has not said which one to encrypt to: this takes the
// first that is for the algorithm, and names it, so that the recipient finds it.
func Example_chooseRecipient() {
	published, err := jose.MarshalKeySet(
		publishedKey("signer.pub", "sig-1", jose.RS256),
		publishedKey("recipient.pub", "enc-2026", jose.RSAOAEP256),
		publishedKey("next.pub", "enc-2025", jose.RSAOAEP256),
	)
	if err != nil {
		log.Fatal(err)
	}
	set, err := jose.ParseKeySet(published)
	if err != nil {
		log.Fatal(err)
	}
	var encrypter *jose.Encrypter
	for _, key := range set.PublicKeys() {
		encrypter, err = key.Encrypter(jose.RSAOAEP256, jose.KeyID(key.KeyID()))
		if err == nil {
			break
		} else if !errors.Is(err, jose.ErrKey) { // ErrKey: of another type, or for something else
			log.Fatal(err)
		}
	}
	if encrypter == nil {
		log.Fatal("no key to encrypt to")
	}
	token, err := encrypter.Encrypt([]byte("a plaintext"))
	if err != nil {
		log.Fatal(err)
	}
	header, err := jose.UnverifiedHeader(token)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(header.KeyID())
	// Output: enc-2026
}

// member reads a member of a JSON object by its exact name. A map has the names as they are
// written; the fields of a struct are found in any case, whatever the options of a json.Decoder.
// So v is not a pointer to a struct, nor to an interface, where a number would lose digits.
func member(object json.RawMessage, name string, v any) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(object, &members); err != nil {
		return err
	}
	value, ok := members[name]
	if !ok || string(value) == "null" {
		return fmt.Errorf("no member %q", name)
	}
	return json.Unmarshal(value, v)
}

// Claims that are objects, in a struct of one's own. The Policy has read the whole claims set: no
// name is there twice, at any depth. What remains is to read each member by its exact name.
func Example_claimsIntoStruct() {
	token := signedBy("signer.pem", jose.RS256, `{"sub":"4711","amount":10.00,
		"payee":{"name":"Shop","iban":"DE02120300000000202051","IBAN":"DE02500105170137075030"}}`)
	verifier, err := publishedKey("signer.pub", "sig-1", jose.RS256).Verifier(jose.RS256)
	if err != nil {
		log.Fatal(err)
	}
	policy := jose.Policy{AnyIssuer: true, Subject: "4711", NoAudience: true, AnyType: true, AllowNoExp: true}
	claims, err := policy.Verify(verifier, token)
	if err != nil {
		log.Fatal(err)
	}

	var payment struct {
		Amount json.Number // a float64 would be 10
		Payee  struct{ Name, IBAN string }
	}
	var payee json.RawMessage
	if err := claims.GetAll(map[string]any{"amount": &payment.Amount, "payee": &payee}); err != nil {
		log.Fatal(err)
	}
	if err := member(payee, "name", &payment.Payee.Name); err != nil {
		log.Fatal(err)
	}
	if err := member(payee, "iban", &payment.Payee.IBAN); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", payment)

	// What this avoids: the members of a struct, even where no others are allowed.
	var wrong struct {
		Name string `json:"name"`
		IBAN string `json:"iban"`
	}
	decoder := json.NewDecoder(bytes.NewReader(payee))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&wrong); err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.HasSuffix(wrong.IBAN, "7075030"))
	// Output:
	// {Amount:10.00 Payee:{Name:Shop IBAN:DE02120300000000202051}}
	// true
}

// What the Examples' own functions refuse, each for its reason.
func TestExampleFunctions(t *testing.T) {
	t.Run("fetchedSet", func(t *testing.T) {
		set, err := jose.MarshalKeySet(publishedKey("signer.pub", "1", jose.RS256))
		if err != nil {
			t.Fatal(err)
		}
		asked, written, answer := 0, 0, http.HandlerFunc(nil)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			answer(w, r)
		}))
		defer server.Close()
		token := signedBy("signer.pem", jose.RS256, "a payload", jose.KeyID("1"))
		clock := time.Unix(1_800_000_000, 0)
		f := &fetchedSet{url: server.URL, client: server.Client(), every: time.Minute, now: func() time.Time { return clock }}
		for i, bad := range []http.HandlerFunc{
			func(w http.ResponseWriter, r *http.Request) { http.Error(w, string(set), http.StatusBadGateway) },
			func(w http.ResponseWriter, r *http.Request) { w.Write(nil) },
			func(w http.ResponseWriter, r *http.Request) { // a set, and white space
				for _, err := w.Write(set); err == nil && written < 64<<20; written += 1 << 16 {
					_, err = w.Write(bytes.Repeat([]byte(" "), 1<<16))
				}
			},
		} {
			answer = bad
			// A second one at once is refused without another fetch, although there are no keys.
			for range 2 {
				if message, err := f.Verify(token); err == nil || message != nil || asked != i+1 {
					t.Errorf("%d: %v, asked %d times: %v", i, message, asked, err)
				}
			}
			clock = clock.Add(time.Minute)
		}
		answer = func(w http.ResponseWriter, r *http.Request) { w.Write(set) }
		if _, err := f.Verify(token); err != nil || asked != 4 {
			t.Errorf("asked %d times: %v", asked, err)
		}
		// Keys that can't be fetched again are good still.
		answer = http.NotFound
		clock = clock.Add(time.Minute)
		if _, err := f.Verify(signedBy("signer.pem", jose.RS256, "", jose.KeyID("2"))); err == nil || asked != 5 {
			t.Errorf("asked %d times: %v", asked, err)
		}
		if _, err := f.Verify(token); err != nil || asked != 5 {
			t.Errorf("asked %d times: %v", asked, err)
		}
		server.Close() // waits for the handlers
		if written == 0 || written > 16<<20 {
			t.Errorf("%d octets of a set were read", written)
		}
	})
	t.Run("verifyChain", func(t *testing.T) {
		root := (*authority)(nil).issue("Root", true)
		shop := root.issue("shop.example", false)
		roots, at := x509.NewCertPool(), time.Date(2026, time.July, 1, 0, 0, 0, 0, time.UTC)
		roots.AddCert(root.certificate)
		key, err := jose.NewPrivateKey(shop.key)
		if err != nil {
			t.Fatal(err)
		}
		signer, err := key.Signer(jose.ES512)
		if err != nil {
			t.Fatal(err)
		}
		der := shop.certificate.Raw
		for name, x5c := range map[string][]string{
			"":                       {base64.StdEncoding.EncodeToString(der)},
			"0 certificates in x5c":  {},
			"6 certificates in x5c":  make([]string, 6),
			"illegal base64 data":    {base64.RawURLEncoding.EncodeToString(der)},
			"x509: malformed":        {base64.StdEncoding.EncodeToString(der[:100])},
			"x509: trailing data":    {base64.StdEncoding.EncodeToString(append(der[:len(der):len(der)], 0))},
			"no roots":               {base64.StdEncoding.EncodeToString(der)},
			"jose: malformed token":  nil,
			"jose: claims not accep": {"-"},
		} {
			option, pool := jose.Member("x5c", x5c), roots
			switch name {
			case "no roots":
				pool = nil
			case "jose: claims not accep":
				option = jose.Type("JWT")
			}
			token, err := signer.Sign([]byte("a payload"), option)
			if err != nil {
				t.Fatal(err)
			}
			if name == "jose: malformed token" {
				token = "a token"
			}
			message, err := verifyChain(token, pool, "shop.example", at)
			if (err == nil) != (name == "") || err != nil && (message != nil || !strings.Contains(err.Error(), name)) {
				t.Errorf("%q: %v", name, err)
			}
		}
		wrong := root.issueFor("shop.example", x509.KeyUsageKeyEncipherment)
		_, err = verifyChain(wrong.sign("a payload"), roots, "shop.example", at)
		if err == nil || !strings.Contains(err.Error(), "not for signatures") {
			t.Errorf("a certificate for something else: %v", err)
		}
	})
	t.Run("verifierOfAll", func(t *testing.T) {
		published, err := jose.MarshalKeySet(
			publishedKey("signer.pub", "1", jose.RS256),
			publishedKey("wise.base64", "1", jose.ES512),
		)
		if err != nil {
			t.Fatal(err)
		}
		set, err := jose.ParseKeySet(published)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := verifierOfAll(set); err == nil {
			t.Error("one key id for two keys")
		}
	})
	t.Run("member", func(t *testing.T) {
		for _, object := range []string{`{}`, `{"A":"1"}`, `{"a":null}`, `{"a":1}`, `["a"]`} {
			var v string
			if err := member(json.RawMessage(object), "a", &v); err == nil || v != "" {
				t.Errorf("%s: %q, %v", object, v, err)
			}
		}
	})
}
