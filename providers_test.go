package jose_test

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"example.com/jose"
	"example.com/jose/vectors"
)

// The tests in providers_*_test.go hold each payment API's exchange over HTTP on loopback.
// The client is built on this package. The server plays the provider by its published rules,
// on crypto/... and encoding/... alone, so that no mistake of ours meets itself on the other
// side; it checks all that the provider checks, and a refusal names the check. The tokens
// that the providers' own sample code made go through the same servers and clients.

// provCorpus returns the corpus by source.
var provCorpus = sync.OnceValues(func() (map[string]vectors.File, error) {
	files, err := vectors.Load()
	bySource := make(map[string]vectors.File)
	for _, f := range files {
		bySource[f.Source] = f
	}
	return bySource, err
})

// provKey returns a key of the corpus.
func provKey(t testing.TB, source, name string) vectors.Key {
	t.Helper()
	corpus, err := provCorpus()
	if err != nil {
		t.Fatal(err)
	}
	key, ok := corpus[source].Keys[name]
	if !ok {
		t.Fatalf("the corpus has no key %q of %s", name, source)
	}
	return key
}

// provCase returns a case of the corpus, which has a token.
func provCase(t testing.TB, source, id string) vectors.Case {
	t.Helper()
	corpus, err := provCorpus()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range corpus[source].Cases {
		if c.ID == id && c.Token != "" {
			return c
		}
	}
	t.Fatalf("the corpus has no token %q of %s", id, source)
	return vectors.Case{}
}

// provPrivate reads a private key file in the form in which the provider has it.
func provPrivate(t testing.TB, file string) *jose.PrivateKey {
	t.Helper()
	key, err := jose.ParsePrivateKey([]byte(file))
	return provMust(t, key, err)
}

// provPublic reads a public key file.
func provPublic(t testing.TB, file string) *jose.PublicKey {
	t.Helper()
	key, err := jose.ParsePublicKey([]byte(file))
	return provMust(t, key, err)
}

// provMust returns v where there is no error.
func provMust[T any](t testing.TB, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// provRSA returns a private RSA key as Go has it, read by crypto/x509: the other side's.
func provRSA(t testing.TB, file string) *rsa.PrivateKey {
	t.Helper()
	block, _ := pem.Decode([]byte(file))
	if block == nil {
		t.Fatal("not PEM")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	return provMust(t, key, err).(*rsa.PrivateKey)
}

// provCertificate returns the certificate in a PEM file, read by crypto/x509.
func provCertificate(t testing.TB, file string) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode([]byte(file))
	if block == nil {
		t.Fatal("not PEM")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	return provMust(t, cert, err)
}

// provWithoutSHA1 reports whether this mode of crypto refuses RSA-OAEP with SHA-1, as
// fips140=only does; crypto/rsa is asked, and not this package.
func provWithoutSHA1(t testing.TB) bool {
	key := provRSA(t, provKey(t, "Juspay", "juspay").PEM)
	_, err := rsa.EncryptOAEP(sha1.New(), rand.Reader, &key.PublicKey, []byte("a key"), nil)
	return err != nil
}

// A provRefusal is why a provider refuses a request: it is the body of the answer.
type provRefusal string

func (r provRefusal) Error() string { return string(r) }

// provServe starts a server on loopback. What handle returns as an error is answered with
// 401 where it is a provRefusal, and with 500 where it is none and the test is at fault.
func provServe(t testing.TB, handle func(w http.ResponseWriter, r *http.Request, body []byte) error) *httptest.Server {
	server := httptest.NewServer(provHandler(handle))
	t.Cleanup(server.Close)
	return server
}

func provHandler(handle func(w http.ResponseWriter, r *http.Request, body []byte) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err == nil {
			err = handle(w, r, body)
		}
		var refusal provRefusal
		switch {
		case errors.As(err, &refusal):
			http.Error(w, string(refusal), http.StatusUnauthorized)
		case err != nil:
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
}

// A provAnswer is what a server answered.
type provAnswer struct {
	status int
	header http.Header
	body   string
}

// provSend sends a request with these headers, given in pairs.
func provSend(client *http.Client, method, url, body string, headers ...string) (*provAnswer, error) {
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	return &provAnswer{answer.StatusCode, answer.Header, strings.TrimSuffix(string(content), "\n")}, nil
}

// provRefused checks that the server refused a request for this reason and no other.
func provRefused(t testing.TB, answer *provAnswer, err error, reason string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if answer.status != http.StatusUnauthorized || answer.body != reason {
		t.Errorf("answered %d %q, want it refused for %q", answer.status, answer.body, reason)
	}
}

// provAccepted checks that the server took the request, and what it answered.
func provAccepted(t testing.TB, answer *provAnswer, err error, status int, body string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if answer.status != status || answer.body != body {
		t.Errorf("answered %d %q, want %d %q", answer.status, answer.body, status, body)
	}
}

// A provProxy is a client whose requests and answers are changed on the way.
type provProxy struct {
	request func([]byte) []byte
	answer  func([]byte) []byte
}

func (p provProxy) client() *http.Client { return &http.Client{Transport: p} }

func (p provProxy) RoundTrip(r *http.Request) (*http.Response, error) {
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
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer.Body, answer.ContentLength, err = change(answer.Body, p.answer)
	return answer, err
}

// provSegments splits a token by hand and decodes what of it is encoded. An ES512 or RS256
// signature is not looked at.
func provSegments(token string) (header, payload, signature []byte, err error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, nil, nil, provRefusal("segments")
	}
	header, err1 := base64.RawURLEncoding.Strict().DecodeString(parts[0])
	payload, err2 := base64.RawURLEncoding.Strict().DecodeString(parts[1])
	signature, err3 := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	if cmp.Or(err1, err2, err3) != nil {
		return nil, nil, nil, provRefusal("base64url")
	}
	return header, payload, signature, nil
}

// provSigningInput returns the octets that the signature of a token is for.
func provSigningInput(token string) []byte { return []byte(token[:strings.LastIndexByte(token, '.')]) }

// provClasses are the classes of errors. ErrExpired and ErrNotYetValid are ErrClaims too.
var provClasses = []error{
	jose.ErrMalformed, jose.ErrUnsupported, jose.ErrAlgorithm, jose.ErrKey, jose.ErrUnknownKey, jose.ErrSignature,
	jose.ErrSigner, jose.ErrDecryption, jose.ErrInner, jose.ErrClaims, jose.ErrExpired, jose.ErrNotYetValid,
}

// provClass checks that err is of the classes that want is of, and of no other.
func provClass(t testing.TB, err, want error) {
	t.Helper()
	wrong := (err == nil) != (want == nil)
	for _, class := range provClasses {
		wrong = wrong || errors.Is(err, class) != errors.Is(want, class)
	}
	if wrong {
		t.Errorf("got error %v, want %v", err, want)
	}
}
