package providers

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"sync"

	"example.com/jose"
)

// Wise: request and answer are ES512 JWS. "url" in the header of a request is
// the path that is called, which Wise compares although "crit" does not name
// it. Keys are handed out, both ways, as base64 of a SubjectPublicKeyInfo; an
// answer's header says by "version" which key it is for, and a client whose key
// does not verify an answer fetches Wise's key once more. Nothing says when either
// was signed, nor which request an answer is to: a caller tells an answer by what
// it says of the transfer.

const (
	// A compact token goes by this type at Wise; RFC 7515, Section 9.2.1 has
	// application/jose.
	wiseType = "application/jose+json"

	wiseKeyPath = "/v1/auth/jose/response/public-keys?algorithm=ES512&scope=PAYLOAD_SIGNING"
)

// wiseKey is the answer to a request for Wise's public key.
type wiseKey struct {
	Version     int64 `json:"version"`
	KeyMaterial struct {
		Algorithm   string `json:"algorithm"`
		KeyMaterial string `json:"keyMaterial"`
	} `json:"keyMaterial"`
	Scope string `json:"scope"`
}

// A WiseClient signs requests to Wise and verifies the answers. It is safe for
// concurrent use.
type WiseClient struct {
	http   *http.Client
	base   string
	token  string
	public *jose.PublicKey
	signer *jose.Signer

	mu       sync.Mutex
	verifier *jose.Verifier // with the key that was fetched last, or nil
}

// NewWiseClient returns a client of the API at base, "https://" and a host. The
// token is the one that Wise issued; the file has the private key whose public
// half Wise knows as kid.
func NewWiseClient(client *http.Client, base, token, kid string, file []byte) (*WiseClient, error) {
	if err := nonempty("wise", "the token", token); err != nil {
		return nil, err
	}
	key, err := jose.ParsePrivateKey(file)
	if err != nil {
		return nil, err
	}
	public, err := key.Public()
	if err != nil {
		return nil, err
	}
	signer, err := key.Signer(jose.ES512, jose.Type("JWT"), jose.KeyID(kid))
	if err != nil {
		return nil, err
	}
	return &WiseClient{http: client, base: base, token: token, public: public, signer: signer}, nil
}

// PublicKey returns the client's public key in the form in which Wise takes it
// in, and hands out its own: base64 of DER, without PEM lines.
func (c *WiseClient) PublicKey() (string, error) {
	block, _ := pem.Decode(c.public.PEM())
	if block == nil {
		return "", errors.New("wise: no public key")
	}
	return base64.StdEncoding.EncodeToString(block.Bytes), nil
}

// Call sends a signed request to path, "/" and what follows in the address, and
// returns the payload of the signed answer.
func (c *WiseClient) Call(ctx context.Context, path string, body []byte) ([]byte, error) {
	// What is signed has to be what the server sees: a path that net/http would
	// spell differently, or that would change the host, is not sent.
	if u, err := url.ParseRequestURI(path); err != nil || u.Host != "" || u.RequestURI() != path {
		return nil, errors.New("wise: not a path as it stands in a request")
	}
	token, err := c.signer.Sign(body, jose.Member("url", path))
	if err != nil {
		return nil, fmt.Errorf("wise: %w", err)
	}
	answer, err := c.send(ctx, path, token)
	if err == nil {
		err = answer.expect(http.StatusOK, wiseType)
	}
	if err != nil {
		return nil, fmt.Errorf("wise: %w", err)
	}
	message, err := c.verify(ctx, answer.body)
	if err != nil {
		return nil, fmt.Errorf("wise: the answer: %w", err)
	}
	return message.Payload, nil
}

// verify verifies an answer, if need be with the key that Wise has now. It
// fetches that once: an answer that is forged does not get better by it.
func (c *WiseClient) verify(ctx context.Context, token string) (*jose.Message, error) {
	c.mu.Lock()
	verifier := c.verifier
	c.mu.Unlock()
	if verifier != nil {
		message, err := verifier.Verify(token)
		if !errors.Is(err, jose.ErrSignature) {
			return message, err
		}
	}
	verifier, err := c.FetchKey(ctx)
	if err != nil {
		return nil, err
	}
	return verifier.Verify(token)
}

// FetchKey fetches Wise's public key, and returns what verifies answers with
// it. Call does so by itself when it has none, or one that is out of date.
func (c *WiseClient) FetchKey(ctx context.Context) (*jose.Verifier, error) {
	answer, err := send(ctx, c.http, http.MethodGet, c.base+wiseKeyPath, "", "Authorization", "Bearer "+c.token)
	if err == nil {
		err = answer.expect(http.StatusOK, "application/json")
	}
	if err != nil {
		return nil, fmt.Errorf("wise: public key: %w", err)
	}
	var key wiseKey
	if err := json.Unmarshal([]byte(answer.body), &key); err != nil {
		return nil, fmt.Errorf("wise: public key: %w", err)
	}
	if key.KeyMaterial.Algorithm != "ES512" || key.Scope != "PAYLOAD_SIGNING" {
		return nil, errors.New("wise: public key: not one for ES512 and signatures of payloads")
	}
	public, err := jose.ParsePublicKey([]byte(key.KeyMaterial.KeyMaterial))
	if err != nil {
		return nil, fmt.Errorf("wise: public key: %w", err)
	}
	verifier, err := public.Verifier(jose.ES512, jose.CheckMember("version", jose.Equal(key.Version)))
	if err != nil {
		return nil, fmt.Errorf("wise: public key: %w", err)
	}
	c.mu.Lock()
	c.verifier = verifier
	c.mu.Unlock()
	return verifier, nil
}

// send sends a signed request.
func (c *WiseClient) send(ctx context.Context, path, token string, headers ...string) (*answer, error) {
	return send(ctx, c.http, http.MethodPost, c.base+path, token, append([]string{
		"Authorization", "Bearer " + c.token, "Content-Type", wiseType, "Accept", wiseType, "X-TW-JOSE-Method", "jws"},
		headers...)...)
}

// A WiseServer is Wise's side: it pays from the balance, whatever the transfer.
type WiseServer struct {
	token   string
	clients map[string]*ecdsa.PublicKey

	mu      sync.Mutex
	key     *ecdsa.PrivateKey
	version int64
}

// NewWiseServer returns a server that signs answers with key. It knows a client
// by its token, and the client's public keys by "kid", as the client handed
// them in.
func NewWiseServer(key *ecdsa.PrivateKey, token string, clients map[string]string) (*WiseServer, error) {
	s := &WiseServer{token: token, clients: make(map[string]*ecdsa.PublicKey)}
	if err := cmp.Or(nonempty("wise", "the token", token), noEmptyKeyID("wise", clients)); err != nil {
		return nil, err
	}
	for kid, text := range clients {
		der, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, fmt.Errorf("wise: a client's key: %w", err)
		}
		key, err := x509.ParsePKIXPublicKey(der)
		if err != nil {
			return nil, fmt.Errorf("wise: a client's key: %w", err)
		}
		public, ok := key.(*ecdsa.PublicKey)
		if !ok || public.Curve != elliptic.P521() {
			return nil, errors.New("wise: a client's key is not of P-521")
		}
		s.clients[kid] = public
	}
	return s, s.Rotate(key)
}

// Rotate takes a key into use, under the next version.
func (s *WiseServer) Rotate(key *ecdsa.PrivateKey) error {
	if key == nil || key.Curve != elliptic.P521() {
		return errors.New("wise: the key is not of P-521")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key = key
	s.version++
	return nil
}

// current returns the key in use and its version.
func (s *WiseServer) current() (*ecdsa.PrivateKey, int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.key, s.version
}

func (s *WiseServer) ServeHTTP(w http.ResponseWriter, r *http.Request) { serve(w, r, s.handle) }

func (s *WiseServer) handle(w http.ResponseWriter, r *http.Request, body []byte) error {
	if !sameSecret(r.Header.Get("Authorization"), "Bearer "+s.token) {
		return refusal("authorization")
	}
	if r.Method == http.MethodGet {
		return s.publicKey(w, r)
	}
	switch {
	case r.Header.Get("Content-Type") != wiseType || r.Header.Get("Accept") != wiseType:
		return refusal("media type")
	case r.Header.Get("X-TW-JOSE-Method") != "jws":
		return refusal("method")
	}
	payload, err := s.verify(string(body), r.URL.RequestURI())
	if err != nil {
		return err
	}
	var request struct{ Type string }
	if err := json.Unmarshal(payload, &request); err != nil || request.Type != "BALANCE" {
		return refusal("payload")
	}
	token, err := s.sign([]byte(`{"type":"BALANCE","status":"COMPLETED","errorCode":null}`))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", wiseType)
	_, err = io.WriteString(w, token)
	return err
}

// publicKey answers with the public key that is in use.
func (s *WiseServer) publicKey(w http.ResponseWriter, r *http.Request) error {
	if r.URL.RequestURI() != wiseKeyPath {
		return refusal("endpoint")
	}
	key, version := s.current()
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return err
	}
	answer := wiseKey{Version: version, Scope: "PAYLOAD_SIGNING"}
	answer.KeyMaterial.Algorithm = "ES512"
	answer.KeyMaterial.KeyMaterial = base64.StdEncoding.EncodeToString(der)
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(answer)
}

// verify checks a request by hand: RFC 7518, Section 3.4.
func (s *WiseServer) verify(token, path string) ([]byte, error) {
	header, payload, signature, err := segments(token)
	if err != nil {
		return nil, err
	}
	var h struct{ Alg, Typ, Kid, URL string }
	if err := readJSON(header, &h); err != nil || h.Alg != "ES512" || h.Typ != "JWT" {
		return nil, refusal("header")
	}
	key, ok := s.clients[h.Kid]
	if !ok {
		return nil, refusal("kid")
	}
	if len(signature) != 132 {
		return nil, refusal("signature length")
	}
	digest := sha512.Sum512(signingInput(token))
	if !ecdsa.Verify(key, digest[:], new(big.Int).SetBytes(signature[:66]), new(big.Int).SetBytes(signature[66:])) {
		return nil, refusal("signature")
	}
	if h.URL != path {
		return nil, refusal("url")
	}
	return payload, nil
}

// sign signs an answer by hand: RFC 7518, Section 3.4.
func (s *WiseServer) sign(payload []byte) (string, error) {
	key, version := s.current()
	b64 := base64.RawURLEncoding.EncodeToString
	input := b64(fmt.Appendf(nil, `{"version":%d,"alg":"ES512"}`, version)) + "." + b64(payload)
	digest := sha512.Sum512([]byte(input))
	r, v, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		return "", err
	}
	signature := append(r.FillBytes(make([]byte, 66)), v.FillBytes(make([]byte, 66))...)
	return input + "." + b64(signature), nil
}
