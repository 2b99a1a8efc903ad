package jose_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"testing"

	"example.com/jose"
)

// Wise: request and answer are ES512 JWS. "url" in the header of a request is the path that
// is called, which Wise compares although "crit" does not name it. Keys are handed out, both
// ways, as base64 of a SubjectPublicKeyInfo; an answer's header says by "version" which key
// it is for, and a client whose key does not verify an answer fetches Wise's key once more.

// A compact token goes by this type at Wise; RFC 7515, Section 9.2.1 has application/jose.
const provWiseType = "application/jose+json"

// provWise is Wise's side.
type provWise struct {
	clients map[string]string // "kid" to public key

	mu      sync.Mutex
	key     *ecdsa.PrivateKey
	version int
	fetches int
	path    string // called last, with a good request
}

// rotate takes a new key into use, or the same one under a new version.
func (w *provWise) rotate(key *ecdsa.PrivateKey) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if key != nil {
		w.key = key
	}
	w.version++
}

// seen returns how often the key was fetched, and the path of the last good call.
func (w *provWise) seen() (fetches int, path string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.fetches, w.path
}

// provWiseKey is the answer to a request for Wise's public key.
type provWiseKey struct {
	Version     int `json:"version"`
	KeyMaterial struct {
		Algorithm   string `json:"algorithm"`
		KeyMaterial string `json:"keyMaterial"`
	} `json:"keyMaterial"`
	Scope string `json:"scope"`
}

func (w *provWise) handle(rw http.ResponseWriter, r *http.Request, body []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer token" {
		return provRefusal("authorization")
	}
	if r.Method == http.MethodGet {
		if r.URL.RequestURI() != "/v1/auth/jose/response/public-keys?algorithm=ES512&scope=PAYLOAD_SIGNING" {
			return provRefusal("endpoint")
		}
		der, err := x509.MarshalPKIXPublicKey(&w.key.PublicKey)
		if err != nil {
			return err
		}
		answer := provWiseKey{Version: w.version, Scope: "PAYLOAD_SIGNING"}
		answer.KeyMaterial.Algorithm = "ES512"
		answer.KeyMaterial.KeyMaterial = base64.StdEncoding.EncodeToString(der)
		w.fetches++
		return json.NewEncoder(rw).Encode(answer)
	}
	switch {
	case r.Header.Get("Content-Type") != provWiseType || r.Header.Get("Accept") != provWiseType:
		return provRefusal("media type")
	case r.Header.Get("X-TW-JOSE-Method") != "jws":
		return provRefusal("method")
	}
	payload, err := w.verify(string(body), r.URL.RequestURI())
	if err != nil {
		return err
	}
	var request struct{ Type string }
	if err := json.Unmarshal(payload, &request); err != nil || request.Type != "BALANCE" {
		return provRefusal("payload")
	}
	w.path = r.URL.Path
	token, err := w.sign([]byte(`{"type":"BALANCE","status":"COMPLETED","errorCode":null}`))
	if err != nil {
		return err
	}
	rw.Header().Set("Content-Type", provWiseType)
	_, err = io.WriteString(rw, token)
	return err
}

// verify checks a request by hand.
func (w *provWise) verify(token, path string) ([]byte, error) {
	header, payload, signature, err := provSegments(token)
	if err != nil {
		return nil, err
	}
	var h struct{ Alg, Typ, Kid, URL string }
	d := json.NewDecoder(bytes.NewReader(header))
	d.DisallowUnknownFields()
	if err := d.Decode(&h); err != nil || h.Alg != "ES512" || h.Typ != "JWT" {
		return nil, provRefusal("header")
	}
	der, err := base64.StdEncoding.DecodeString(w.clients[h.Kid])
	if err != nil || len(der) == 0 {
		return nil, provRefusal("kid")
	}
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, err
	}
	if len(signature) != 132 {
		return nil, provRefusal("signature length")
	}
	digest := sha512.Sum512(provSigningInput(token))
	r, s := new(big.Int).SetBytes(signature[:66]), new(big.Int).SetBytes(signature[66:])
	if !ecdsa.Verify(key.(*ecdsa.PublicKey), digest[:], r, s) {
		return nil, provRefusal("signature")
	}
	if h.URL != path {
		return nil, provRefusal("url")
	}
	return payload, nil
}

// sign signs an answer by hand: RFC 7518, Section 3.4.
func (w *provWise) sign(payload []byte) (string, error) {
	input := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"version":%d,"alg":"ES512"}`, w.version)) +
		"." + base64.RawURLEncoding.EncodeToString(payload)
	digest := sha512.Sum512([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, w.key, digest[:])
	if err != nil {
		return "", err
	}
	signature := append(r.FillBytes(make([]byte, 66)), s.FillBytes(make([]byte, 66))...)
	return input + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// provWiseClient is the client's side.
type provWiseClient struct {
	base     string
	signer   *jose.Signer
	verifier *jose.Verifier // with the key that was fetched last
}

// fetchKey fetches Wise's public key.
func (c *provWiseClient) fetchKey(client *http.Client) error {
	answer, err := provSend(client, "GET", c.base+"/v1/auth/jose/response/public-keys?algorithm=ES512&scope=PAYLOAD_SIGNING", "",
		"Authorization", "Bearer token")
	if err != nil {
		return err
	}
	var key provWiseKey
	if err := json.Unmarshal([]byte(answer.body), &key); err != nil {
		return err
	}
	public, err := jose.ParsePublicKey([]byte(key.KeyMaterial.KeyMaterial))
	if err != nil {
		return err
	}
	c.verifier, err = public.ES512Verifier(jose.CheckMember("version", jose.Equal(int64(key.Version))))
	return err
}

// call signs a request for a path, and returns the payload of the signed answer.
func (c *provWiseClient) call(client *http.Client, path, body string) ([]byte, error) {
	token, err := c.signer.Sign([]byte(body), jose.Member("url", path))
	if err != nil {
		return nil, err
	}
	answer, err := c.send(client, path, token)
	if err != nil {
		return nil, err
	}
	if answer.status != http.StatusOK || answer.header.Get("Content-Type") != provWiseType {
		return nil, fmt.Errorf("answered %d %s: %s", answer.status, answer.header.Get("Content-Type"), answer.body)
	}
	message, err := c.verifier.Verify(answer.body)
	if errors.Is(err, jose.ErrSignature) {
		if err := c.fetchKey(client); err != nil {
			return nil, err
		}
		message, err = c.verifier.Verify(answer.body)
	}
	if err != nil {
		return nil, err
	}
	return message.Payload, nil
}

func (c *provWiseClient) send(client *http.Client, path, token string, headers ...string) (*provAnswer, error) {
	return provSend(client, "POST", c.base+path, token, append([]string{"Authorization", "Bearer token",
		"Content-Type", provWiseType, "Accept", provWiseType, "X-TW-JOSE-Method", "jws"}, headers...)...)
}

func TestWise(t *testing.T) {
	t.Parallel()
	const path, kid = "/v3/profiles/12345/transfers/12345/payments", "663a0e44-aa4a-4ff0-a9f8-cd99f5fbad71"
	const body = `{"type":"BALANCE"}`
	published := provKey(t, "Wise", "signer")
	sample := provCase(t, "Wise", "wise/es512")

	key := provPrivate(t, published.PEM)
	public, err := key.Public()
	registered := provMust(t, public, err).Base64DER()
	if registered != published.DER {
		t.Errorf("the key to hand over is %s", registered)
	}
	s, err := key.ES512Signer(jose.Type("JWT"), jose.KeyID(kid))
	signer := provMust(t, s, err)

	wise := &provWise{clients: map[string]string{kid: registered}}
	newKey := func() *ecdsa.PrivateKey {
		key, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
		return provMust(t, key, err)
	}
	wise.rotate(newKey())
	client := &provWiseClient{base: provServe(t, wise.handle).URL, signer: signer}
	if err := client.fetchKey(http.DefaultClient); err != nil {
		t.Fatal(err)
	}

	called := func(t *testing.T, client *provWiseClient, fetches int) {
		t.Helper()
		before, _ := wise.seen()
		payload, err := client.call(http.DefaultClient, path, body)
		if err != nil {
			t.Fatal(err)
		}
		if want := `{"type":"BALANCE","status":"COMPLETED","errorCode":null}`; string(payload) != want {
			t.Errorf("got %s", payload)
		}
		if after, last := wise.seen(); last != path || after-before != fetches {
			t.Errorf("called %s, and fetched %d keys", last, after-before)
		}
	}
	t.Run("call", func(t *testing.T) { called(t, client, 0) })
	t.Run("key rotation", func(t *testing.T) {
		wise.rotate(newKey())
		called(t, client, 1)
		called(t, client, 0)
	})
	t.Run("another version in the answer", func(t *testing.T) {
		wise.rotate(nil)
		_, err := client.call(http.DefaultClient, path, body)
		provClass(t, err, jose.ErrClaims)
	})
	t.Run("answer changed on the way", func(t *testing.T) {
		if err := client.fetchKey(http.DefaultClient); err != nil {
			t.Fatal(err)
		}
		before, _ := wise.seen()
		proxy := provProxy{answer: func(content []byte) []byte {
			parts := strings.Split(string(content), ".")
			if len(parts) == 3 { // the answer, and not the key
				parts[1] = base64.RawURLEncoding.EncodeToString([]byte(`{"type":"BALANCE","status":"REJECTED","errorCode":null}`))
			}
			return []byte(strings.Join(parts, "."))
		}}
		_, err := client.call(proxy.client(), path, body)
		provClass(t, err, jose.ErrSignature)
		if after, _ := wise.seen(); after-before != 1 {
			t.Errorf("fetched %d keys", after-before)
		}
	})

	// The token made from the published octets, to the path that it is for and to another.
	t.Run("sample", func(t *testing.T) {
		answer, err := client.send(http.DefaultClient, path, sample.Token)
		if err != nil || answer.status != http.StatusOK {
			t.Errorf("got %v, error %v", answer, err)
		}
		token, err := signer.Sign([]byte(*sample.Payload), jose.Member("url", path))
		header, err := jose.UnverifiedHeader(provMust(t, token, err))
		if want := `{"alg":"ES512","typ":"JWT","kid":"` + kid + `","url":"` + path + `"}`; err != nil || string(header.Bytes()) != want {
			t.Errorf("our header is %s, error %v", header.Bytes(), err)
		}
	})
	v, err := provPublic(t, published.DER).ES512Verifier()
	verifier := provMust(t, v, err)
	t.Run("replay to another path", func(t *testing.T) {
		const otherPath = "/v3/profiles/12345/transfers/12346/payments"
		answer, err := client.send(http.DefaultClient, otherPath, sample.Token)
		provRefused(t, answer, err, "url")
		answer, err = client.send(http.DefaultClient, path+"?again=1", sample.Token)
		provRefused(t, answer, err, "url")
		_, err = verifier.Verify(sample.Token, jose.CheckMember("url", jose.Equal(path)))
		provClass(t, err, nil)
		_, err = verifier.Verify(sample.Token, jose.CheckMember("url", jose.Equal(otherPath)))
		provClass(t, err, jose.ErrClaims)
		token, err := signer.Sign([]byte(body)) // that has no "url"
		_, err = verifier.Verify(provMust(t, token, err), jose.CheckMember("url", jose.Equal(path)))
		provClass(t, err, jose.ErrClaims)
	})
	for _, test := range []struct {
		name, reason, body string
		signer             func(...jose.HeaderOption) (*jose.Signer, error)
		opts               []jose.HeaderOption
	}{
		{"another key", "signature", body, func(opts ...jose.HeaderOption) (*jose.Signer, error) { return jose.NewES512Signer(newKey(), opts...) }, []jose.HeaderOption{jose.Type("JWT"), jose.KeyID(kid)}},
		{"unknown kid", "kid", body, key.ES512Signer, []jose.HeaderOption{jose.Type("JWT"), jose.KeyID("00000000-0000-4000-8000-000000000000")}},
		{"no type", "header", body, key.ES512Signer, []jose.HeaderOption{jose.KeyID(kid)}},
		{"another type of payment", "payload", `{"type":"CARD"}`, key.ES512Signer, []jose.HeaderOption{jose.Type("JWT"), jose.KeyID(kid)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := test.signer(test.opts...)
			token, err := provMust(t, s, err).Sign([]byte(test.body), jose.Member("url", path))
			answer, err := client.send(http.DefaultClient, path, provMust(t, token, err))
			provRefused(t, answer, err, test.reason)
		})
	}
	t.Run("around the token", func(t *testing.T) {
		for _, test := range []struct{ header, value, reason string }{
			{"Authorization", "Bearer other", "authorization"},
			{"Content-Type", "application/json", "media type"},
			{"Accept", "application/json", "media type"},
			{"X-TW-JOSE-Method", "jwe", "method"},
		} {
			answer, err := client.send(http.DefaultClient, path, sample.Token, test.header, test.value)
			provRefused(t, answer, err, test.reason)
		}
		answer, err := provSend(http.DefaultClient, "GET", client.base+"/v1/auth/jose/response/public-keys", "", "Authorization", "Bearer token")
		provRefused(t, answer, err, "endpoint")
	})

	// The published sample has two faults, and an integrator who meets it has to be told.
	segments := strings.Split(provCase(t, "Wise", "wise/sample-token").Token, ".")
	for _, test := range []struct {
		name, token string
		names       []string // what the message says
		reason      string   // of the server's refusal, which is by other code
	}{
		{"sample as published", strings.Join(segments, "."), []string{"padding", "32 octets", "132"}, "base64url"},
		{"sample without padding", segments[0] + "." + strings.TrimRight(segments[1], "=") + "." + segments[2], []string{"32 octets", "132"}, "signature length"},
		{"sample with a signature of the right length", segments[0] + "." + segments[1] + "." + strings.Repeat("A", 176), []string{"payload", "padding"}, "base64url"},
		{"padded and signed so", provCase(t, "Wise", "wise/es512-padded").Token, []string{"payload", "padding"}, "base64url"},
		{"signature in DER", provCase(t, "Wise", "wise/es512-der").Token, []string{"octets", "132"}, "signature length"},
		{"sample as printed", provCase(t, "Wise", "wise/sample-token/as-printed").Token, []string{"line break"}, "base64url"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := verifier.Verify(test.token)
			provClass(t, err, jose.ErrMalformed)
			for _, name := range test.names {
				if err != nil && !strings.Contains(err.Error(), name) {
					t.Errorf("%q does not name %s", err, name)
				}
			}
			answer, err := client.send(http.DefaultClient, path, test.token)
			provRefused(t, answer, err, test.reason)
		})
	}
}
