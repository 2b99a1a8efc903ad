package providers

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/jose"
	"example.com/jose/vectors"
)

// What the tests of the eight providers have in common.

// corpus returns the corpus by source.
var corpus = sync.OnceValues(func() (map[string]vectors.File, error) {
	files, err := vectors.Load()
	bySource := make(map[string]vectors.File)
	for _, f := range files {
		bySource[f.Source] = f
	}
	return bySource, err
})

// keyOf returns a key of the corpus.
func keyOf(t testing.TB, source, name string) vectors.Key {
	t.Helper()
	files, err := corpus()
	if err != nil {
		t.Fatal(err)
	}
	key, ok := files[source].Keys[name]
	if !ok {
		t.Fatalf("the corpus has no key %q of %s", name, source)
	}
	return key
}

// caseOf returns a case of the corpus, which has a token.
func caseOf(t testing.TB, source, id string) vectors.Case {
	t.Helper()
	files, err := corpus()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range files[source].Cases {
		if c.ID == id && c.Token != "" {
			return c
		}
	}
	t.Fatalf("the corpus has no token %q of %s", id, source)
	return vectors.Case{}
}

// must returns v where there is no error.
func must[T any](t testing.TB, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// privateKey reads a private key file in the form in which the provider has it.
func privateKey(t testing.TB, file string) *jose.PrivateKey {
	t.Helper()
	key, err := jose.ParsePrivateKey([]byte(file))
	return must(t, key, err)
}

// publicKey reads a public key file.
func publicKey(t testing.TB, file string) *jose.PublicKey {
	t.Helper()
	key, err := jose.ParsePublicKey([]byte(file))
	return must(t, key, err)
}

// signerOf returns a signer with a key.
func signerOf(t testing.TB, key *jose.PrivateKey, alg jose.SignatureAlgorithm, opts ...jose.HeaderOption) *jose.Signer {
	t.Helper()
	signer, err := key.Signer(alg, opts...)
	return must(t, signer, err)
}

// verifierOf returns a verifier with a key.
func verifierOf(t testing.TB, key *jose.PublicKey, alg jose.SignatureAlgorithm) *jose.Verifier {
	t.Helper()
	verifier, err := key.Verifier(alg)
	return must(t, verifier, err)
}

// rsaKey returns a private RSA key as Go has it, read by crypto/x509: the other side's.
func rsaKey(t testing.TB, file string) *rsa.PrivateKey {
	t.Helper()
	block, _ := pem.Decode([]byte(file))
	if block == nil {
		t.Fatal("not PEM")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	return must(t, key, err).(*rsa.PrivateKey)
}

// certificateOf returns the certificate in a PEM file, read by crypto/x509.
func certificateOf(t testing.TB, file string) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode([]byte(file))
	if block == nil {
		t.Fatal("not PEM")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	return must(t, certificate, err)
}

// withoutSHA1 reports whether this mode of crypto refuses RSA-OAEP with SHA-1,
// as fips140=only does; crypto/rsa is asked, and not package jose.
func withoutSHA1(t testing.TB) bool {
	key := rsaKey(t, keyOf(t, "Juspay", "juspay").PEM)
	_, err := rsa.EncryptOAEP(sha1.New(), rand.Reader, &key.PublicKey, []byte("a key"), nil)
	return err != nil
}

// at returns a clock that stands.
func at(now time.Time) func() time.Time { return func() time.Time { return now } }

// start starts a server on loopback.
func start(t testing.TB, handler http.Handler) *httptest.Server {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

// A request is what a server was sent.
type request struct {
	method, path, body string
	header             http.Header
}

// A recorder keeps the requests on their way to a server.
type recorder struct {
	http.Handler
	mu       sync.Mutex
	requests []request
}

func (c *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	c.requests = append(c.requests, request{r.Method, r.URL.Path, string(body), r.Header.Clone()})
	c.mu.Unlock()
	r.Body = io.NopCloser(bytes.NewReader(body))
	c.Handler.ServeHTTP(w, r)
}

// count returns the number of requests, and of those by this method.
func (c *recorder) count(method string) (all, by int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.requests {
		if r.method == method {
			by++
		}
	}
	return len(c.requests), by
}

// last returns the request that came last by this method.
func (c *recorder) last(method string) (last request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.requests {
		if r.method == method {
			last = r
		}
	}
	return last
}

// isRefused checks that the server refused a request for this reason and no other.
func isRefused(t testing.TB, a *answer, err error, reason string) {
	t.Helper()
	isAnswer(t, a, err, http.StatusUnauthorized, reason)
}

// isAnswer checks what the server answered.
func isAnswer(t testing.TB, a *answer, err error, status int, body string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSuffix(a.body, "\n"); a.status != status || got != body {
		t.Errorf("answered %d %q, want %d %q", a.status, got, status, body)
	}
}

// saysRefused checks that a client's error says what the server refused.
func saysRefused(t testing.TB, err error, reason string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), "401") || !strings.Contains(err.Error(), `"`+reason+`\n"`) {
		t.Errorf("got error %v, want one that says 401 and %q", err, reason)
	}
}

// A proxy is a client whose requests and answers are changed on the way.
type proxy struct {
	request func([]byte) []byte
	answer  func([]byte) []byte
}

func (p proxy) client() *http.Client { return &http.Client{Transport: p} }

func (p proxy) RoundTrip(r *http.Request) (*http.Response, error) {
	change := func(body io.ReadCloser, change func([]byte) []byte) (io.ReadCloser, int64, error) {
		defer body.Close()
		content, err := io.ReadAll(body)
		if change != nil {
			content = change(content)
		}
		return io.NopCloser(bytes.NewReader(content)), int64(len(content)), err
	}
	r = r.Clone(r.Context())
	var err error
	if r.Body, r.ContentLength, err = change(r.Body, p.request); err != nil {
		return nil, err
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	response.Body, response.ContentLength, err = change(response.Body, p.answer)
	return response, err
}

// classes are the classes of errors. ErrExpired and ErrNotYetValid are ErrClaims too.
var classes = []error{
	jose.ErrMalformed, jose.ErrUnsupported, jose.ErrAlgorithm, jose.ErrKey, jose.ErrOption, jose.ErrUnknownKey, jose.ErrSignature,
	jose.ErrSigner, jose.ErrDecryption, jose.ErrInner, jose.ErrClaims, jose.ErrExpired, jose.ErrNotYetValid,
}

// isClass checks that err is of the classes that want is of, and of no other.
func isClass(t testing.TB, err, want error) {
	t.Helper()
	wrong := (err == nil) != (want == nil)
	for _, class := range classes {
		wrong = wrong || errors.Is(err, class) != errors.Is(want, class)
	}
	if wrong {
		t.Errorf("got error %v, want %v", err, want)
	}
}

// areErrors checks that each of these returns an error. What they return beside it is of no use.
func areErrors(t *testing.T, makes map[string]func() error) {
	t.Helper()
	for name, make := range makes {
		if make() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// A key file that is none, or of the wrong kind, is found where it is given.
func TestClientKeys(t *testing.T) {
	t.Parallel()
	rsaFile, ecFile := keyOf(t, "Nuapay", "nuapay").PEM, keyOf(t, "Wise", "signer").PEM
	merchant := certificateOf(t, keyOf(t, "Nuapay", "nuapay").Certificate)
	rsaPrivate, ecPrivate := privateKey(t, rsaFile), privateKey(t, ecFile)
	rsaPublic, err := rsaPrivate.Public()
	must(t, rsaPublic, err)
	ecPublic, err := ecPrivate.Public()
	must(t, ecPublic, err)
	receiver, err := NewJuspayReceiver(map[string]*jose.PublicKey{"1": rsaPublic}, map[string]*jose.PrivateKey{"1": rsaPrivate})
	must(t, receiver, err)
	bank, err := NewUKOpenBankingVerifier(map[string]UKOpenBankingParty{"1": {"a bank", &rsaKey(t, rsaFile).PublicKey}}, nil)
	must(t, bank, err)
	for _, test := range []struct {
		name string
		err  func() error
	}{
		{"Nuapay, none", func() error { _, err := NewNuapayClient(nil, "", "key", merchant, nil); return err }},
		{"Nuapay, EC", func() error { _, err := NewNuapayClient(nil, "", "key", merchant, []byte(ecFile)); return err }},
		{"J.P. Morgan, none", func() error { _, err := NewJPMorganClient("", tls.Certificate{}, nil, nil); return err }},
		{"J.P. Morgan, EC", func() error { _, err := NewJPMorganClient("", tls.Certificate{}, nil, []byte(ecFile)); return err }},
		{"2Checkout, none", func() error { _, err := NewTwoCheckoutClient(nil, "", "merchant", nil); return err }},
		{"Wise, none", func() error { _, err := NewWiseClient(nil, "", "token", "kid", nil); return err }},
		{"Wise, RSA", func() error { _, err := NewWiseClient(nil, "", "token", "kid", []byte(rsaFile)); return err }},
		{"Juspay, none of ours", func() error { _, err := NewJuspayClient(nil, "", "m", "kid", nil, rsaPublic, receiver); return err }},
		{"Juspay, EC of ours", func() error {
			_, err := NewJuspayClient(nil, "", "m", "kid", ecPrivate, rsaPublic, receiver)
			return err
		}},
		{"Juspay, none of theirs", func() error { _, err := NewJuspayClient(nil, "", "m", "kid", rsaPrivate, nil, receiver); return err }},
		{"Juspay, EC of theirs", func() error {
			_, err := NewJuspayClient(nil, "", "m", "kid", rsaPrivate, ecPublic, receiver)
			return err
		}},
		{"UK Open Banking, none", func() error { _, err := NewUKOpenBankingClient(nil, "", "t", "k", "i", nil, bank); return err }},
		{"UK Open Banking, EC", func() error {
			_, err := NewUKOpenBankingClient(nil, "", "t", "k", "i", []byte(ecFile), bank)
			return err
		}},
		{"UK Open Banking, none of theirs", func() error {
			_, err := NewUKOpenBankingVerifier(map[string]UKOpenBankingParty{"1": {Issuer: "i"}}, nil)
			return err
		}},
		{"TrueLayer, none", func() error { _, err := NewTrueLayerClient(nil, "", "t", "k", nil); return err }},
		{"TrueLayer, RSA", func() error { _, err := NewTrueLayerClient(nil, "", "t", "k", []byte(rsaFile)); return err }},
		{"TrueLayer, none of theirs", func() error { _, err := NewTrueLayerReceiver("https://localhost", nil, nil); return err }},
		{"UnionPay, none", func() error { _, err := NewUnionPayClient(nil, "", "app", "k", nil); return err }},
		{"UnionPay, EC", func() error { _, err := NewUnionPayClient(nil, "", "app", "k", []byte(ecFile)); return err }},
		{"UnionPay, none of ours", func() error {
			_, err := NewUnionPayVerifier("app", map[string]*jose.PublicKey{"1": nil}, nil)
			return err
		}},
		{"UnionPay, EC of ours", func() error {
			_, err := NewUnionPayVerifier("app", map[string]*jose.PublicKey{"1": ecPublic}, nil)
			return err
		}},
	} {
		t.Run(test.name, func(t *testing.T) { isClass(t, test.err(), jose.ErrKey) })
	}
}
