package providers

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"example.com/jose"
)

// TrueLayer: a detached ES512 JWS in the header Tl-Signature. What is signed is
// no body, but a text: the method and the path on a line, a line for each header
// that "tl_headers" names, in its order and its letters, and then the octets of
// the body. Webhooks are signed in the same way, with a key of the JWK Set that
// is named by "jku", which the receiver compares with the address that it knows.
// "crit" names none of this; a receiver checks it all the same. A request is done
// once for each Idempotency-Key, which is signed and counts for 30 days. A webhook
// comes again for up to 72 hours, until it is answered with success.

const (
	trueLayerKeyLife = 30 * 24 * time.Hour // of an idempotency key
	trueLayerMaxAge  = 72 * time.Hour      // of a webhook
	trueLayerSkew    = time.Minute         // how far TrueLayer's clock may be ahead

	trueLayerTimestamp = "X-Tl-Webhook-Timestamp" // the header with the time of a webhook
)

// trueLayerPayload writes the text that is signed. The headers are pairs.
func trueLayerPayload(method, path string, headers [][2]string, body []byte) []byte {
	var text strings.Builder
	text.WriteString(method + " " + path + "\n")
	for _, header := range headers {
		text.WriteString(header[0] + ": " + header[1] + "\n")
	}
	text.Write(body)
	return []byte(text.String())
}

// trueLayerHeaders returns those headers of a request that names lists, with
// commas between them. One that the request does not have, or has twice, is an
// error, and so is a name that is listed twice, and one of required that is not.
func trueLayerHeaders(names string, r *http.Request, required ...string) ([][2]string, error) {
	var headers [][2]string
	var listed []string
	if names != "" {
		listed = strings.Split(names, ",")
	}
	for i, name := range listed {
		values := r.Header.Values(name)
		again := slices.ContainsFunc(listed[:i], func(other string) bool { return strings.EqualFold(name, other) })
		if len(values) != 1 || again {
			return nil, refusal("tl_headers")
		}
		headers = append(headers, [2]string{name, values[0]})
	}
	for _, name := range required {
		if !slices.ContainsFunc(listed, func(other string) bool { return strings.EqualFold(name, other) }) {
			return nil, refusal("tl_headers")
		}
	}
	return headers, nil
}

// A TrueLayerClient signs requests and sends them. It is safe for concurrent
// use.
type TrueLayerClient struct {
	http   *http.Client
	base   string
	token  string
	signer *jose.Signer
}

// NewTrueLayerClient returns a client of the API at base, "https://" and a host,
// with an access token. The file has the private key whose public half TrueLayer
// knows as kid.
func NewTrueLayerClient(client *http.Client, base, token, kid string, file []byte) (*TrueLayerClient, error) {
	if err := nonempty("truelayer", "the access token", token); err != nil {
		return nil, err
	}
	key, err := jose.ParsePrivateKey(file)
	if err != nil {
		return nil, err
	}
	signer, err := key.Signer(jose.ES512, jose.KeyID(kid),
		jose.Member("tl_version", "2"), jose.Member("tl_headers", "Idempotency-Key"))
	if err != nil {
		return nil, err
	}
	return &TrueLayerClient{http: client, base: base, token: token, signer: signer}, nil
}

// Post sends a signed request to path, and returns the answer, which is not
// signed. The octets of the body are signed as they are, so nothing on the way
// may write the JSON anew.
func (c *TrueLayerClient) Post(ctx context.Context, path, idempotencyKey string, body []byte) ([]byte, error) {
	// What is signed has to be what the server sees, as with Wise; and without a
	// slash at the end, as the page has it.
	u, err := url.ParseRequestURI(path)
	if err != nil || u.Host != "" || u.RequestURI() != path || strings.HasSuffix(path, "/") {
		return nil, errors.New("truelayer: not a path as it stands in a request")
	}
	trimmed := strings.TrimSpace(idempotencyKey) // as net/http does
	if trimmed != idempotencyKey || trimmed == "" || strings.ContainsAny(trimmed, "\r\n") {
		return nil, errors.New("truelayer: not a key as it stands in a header")
	}
	headers := [][2]string{{"Idempotency-Key", idempotencyKey}}
	signature, err := c.signer.SignDetached(trueLayerPayload(http.MethodPost, path, headers, body))
	if err != nil {
		return nil, fmt.Errorf("truelayer: %w", err)
	}
	answer, err := c.send(ctx, path, signature, string(body), "Idempotency-Key", idempotencyKey)
	if err == nil {
		err = answer.expect(http.StatusAccepted, "")
	}
	if err != nil {
		return nil, fmt.Errorf("truelayer: %w", err)
	}
	return []byte(answer.body), nil
}

// send sends a signed request.
func (c *TrueLayerClient) send(ctx context.Context, path, signature, body string, headers ...string) (*answer, error) {
	return send(ctx, c.http, http.MethodPost, c.base+path, body, append([]string{
		"Authorization", "Bearer " + c.token, "Content-Type", "application/json", "Tl-Signature", signature}, headers...)...)
}

// A TrueLayerReceiver verifies webhooks. It is safe for concurrent use.
type TrueLayerReceiver struct {
	// MaxAge is how long ago a webhook may have been sent, and 0 is 72 hours: that
	// is how long TrueLayer tries again. It is set before the first webhook.
	MaxAge time.Duration

	verifier *jose.Verifier
	now      func() time.Time
}

// NewTrueLayerReceiver returns a receiver of webhooks with the keys that are to
// be had at jku. The caller fetches them, once and again where the error of
// Verify is jose.ErrUnknownKey. Without now it is time.Now.
func NewTrueLayerReceiver(jku string, keys *jose.KeySet, now func() time.Time) (*TrueLayerReceiver, error) {
	if now == nil {
		now = time.Now
	}
	if err := nonempty("truelayer", "jku", jku); err != nil {
		return nil, err
	}
	verifier, err := keys.Verifier(jose.ES512,
		jose.CheckMember("tl_version", jose.Equal("2")),
		jose.CheckMember("jku", jose.Equal(jku)))
	if err != nil {
		return nil, err
	}
	return &TrueLayerReceiver{verifier: verifier, now: now}, nil
}

// Verify verifies a webhook, and returns when it was sent. One that is older than
// MaxAge is jose.ErrClaims. Within that time the same webhook is taken again, and
// TrueLayer itself sends one more than once: that an event is handled once is for
// the caller, who keeps its number, event_id in the body, for that long.
func (t *TrueLayerReceiver) Verify(r *http.Request, body []byte) (message *jose.Message, sent time.Time, err error) {
	signature := r.Header.Get("Tl-Signature")
	// The header says what the payload is made of. Whoever lies there changes
	// what the signature is for: the header is signed as well.
	header, err := jose.UnverifiedHeader(signature)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("truelayer: %w", err)
	}
	var names string
	if err := header.Get("tl_headers", &names); err != nil {
		return nil, time.Time{}, fmt.Errorf("truelayer: %w", err)
	}
	headers, err := trueLayerHeaders(names, r, trueLayerTimestamp)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("truelayer: %w: %w", jose.ErrClaims, err)
	}
	message, err = t.verifier.VerifyDetached(signature, trueLayerPayload(r.Method, r.URL.RequestURI(), headers, body))
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("truelayer: %w", err)
	}
	now := t.now()
	sent, err = time.Parse(time.RFC3339, r.Header.Get(trueLayerTimestamp))
	switch {
	case err != nil:
		return nil, time.Time{}, fmt.Errorf("truelayer: %w: %s: %w", jose.ErrClaims, trueLayerTimestamp, err)
	case sent.After(now.Add(trueLayerSkew)):
		return nil, time.Time{}, fmt.Errorf("truelayer: %w: %s: in the future", jose.ErrClaims, trueLayerTimestamp)
	case sent.Before(now.Add(-cmp.Or(t.MaxAge, trueLayerMaxAge))):
		return nil, time.Time{}, fmt.Errorf("truelayer: %w: %s: too long ago", jose.ErrClaims, trueLayerTimestamp)
	}
	return message, sent, nil
}

// Webhook returns a server for webhooks, which hands on those that come from
// TrueLayer: when one was sent, and its body. As Verify says, the same one may be
// handed on again. An error of receive makes TrueLayer send it later.
func (t *TrueLayerReceiver) Webhook(receive func(sent time.Time, body []byte) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serve(w, r, func(w http.ResponseWriter, r *http.Request, body []byte) error {
			_, sent, err := t.Verify(r, body)
			switch {
			case errors.Is(err, jose.ErrUnknownKey):
				return refusal("unknown key")
			case err != nil:
				return refusal("not from TrueLayer, or an old one")
			}
			return receive(sent, body)
		})
	})
}

// A TrueLayerServer is TrueLayer's side. It answers with the payout's currency and
// number. A request that comes again under its idempotency key gets the answer
// that it got before.
type TrueLayerServer struct {
	token   string
	clients map[string]*ecdsa.PublicKey // by "kid"
	kid     string
	key     *ecdsa.PrivateKey
	now     func() time.Time

	payouts idempotency
	last    atomic.Int64 // the number of the last payout
}

// NewTrueLayerServer returns a server that takes requests with this access token,
// signed with these keys, by "kid". Its webhooks are signed with key, which goes
// by kid.
func NewTrueLayerServer(
	token string, clients map[string]*ecdsa.PublicKey, kid string, key *ecdsa.PrivateKey,
) (*TrueLayerServer, error) {
	if err := cmp.Or(nonempty("truelayer", "kid", kid), noEmptyKeyID("truelayer", clients)); err != nil {
		return nil, err
	}
	for _, client := range clients {
		if client == nil || client.Curve != elliptic.P521() {
			return nil, errors.New("truelayer: a client's key is missing, or not of P-521")
		}
	}
	if token == "" || key == nil || key.Curve != elliptic.P521() {
		return nil, errors.New("truelayer: no access token, or no key of P-521")
	}
	return &TrueLayerServer{token: token, clients: clients, kid: kid, key: key, now: time.Now}, nil
}

func (s *TrueLayerServer) ServeHTTP(w http.ResponseWriter, r *http.Request) { serve(w, r, s.handle) }

func (s *TrueLayerServer) handle(w http.ResponseWriter, r *http.Request, body []byte) error {
	if !sameSecret(r.Header.Get("Authorization"), "Bearer "+s.token) {
		return refusal("authorization")
	}
	if err := s.verify(r, body); err != nil {
		return err
	}
	// There is one client, so a key needs no name of whose it is.
	request := trueLayerPayload(r.Method, r.URL.RequestURI(), nil, body)
	key, now := r.Header.Get("Idempotency-Key"), s.now()
	content, err := s.payouts.do("", key, request, now.Add(trueLayerKeyLife), now, func() ([]byte, error) {
		var payout struct{ Currency string }
		if err := json.Unmarshal(body, &payout); err != nil || payout.Currency == "" {
			return nil, refusal("body")
		}
		return fmt.Appendf(nil, "%s %d", payout.Currency, s.last.Add(1)), nil
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusAccepted)
	_, err = w.Write(content)
	return err
}

// verify checks a request by hand: RFC 7515, Appendix F, and RFC 7518, Section
// 3.4.
func (s *TrueLayerServer) verify(r *http.Request, body []byte) error {
	token := r.Header.Get("Tl-Signature")
	header, payload, signature, err := segments(token)
	if err != nil {
		return err
	}
	if len(payload) > 0 {
		return refusal("not detached")
	}
	var h struct {
		Alg, Kid string
		Version  string `json:"tl_version"`
		Headers  string `json:"tl_headers"`
	}
	if err := readJSON(header, &h); err != nil {
		return refusal("header")
	}
	key, known := s.clients[h.Kid]
	switch {
	case h.Alg != "ES512":
		return refusal("alg")
	case h.Version != "2":
		return refusal("tl_version")
	case !known:
		return refusal("kid")
	case len(signature) != 132:
		return refusal("signature length")
	}
	headers, err := trueLayerHeaders(h.Headers, r, "Idempotency-Key")
	if err != nil {
		return err
	}
	text := trueLayerPayload(r.Method, r.URL.RequestURI(), headers, body)
	encodedHeader, _, _ := strings.Cut(token, ".")
	digest := sha512.Sum512([]byte(encodedHeader + "." + base64.RawURLEncoding.EncodeToString(text)))
	if !ecdsa.Verify(key, digest[:], new(big.Int).SetBytes(signature[:66]), new(big.Int).SetBytes(signature[66:])) {
		return refusal("signature")
	}
	return nil
}

// Notify sends a webhook to path at base, "http://" and a host.
func (s *TrueLayerServer) Notify(ctx context.Context, base, path, jku, timestamp string, body []byte) (*answer, error) {
	headers := [][2]string{{trueLayerTimestamp, timestamp}, {"Content-Type", "application/json"}}
	header := `{"alg":"ES512","kid":"` + s.kid + `","tl_version":"2",` +
		`"tl_headers":"X-Tl-Webhook-Timestamp,Content-Type","jku":"` + jku + `"}`
	signature, err := s.sign(header, trueLayerPayload(http.MethodPost, path, headers, body))
	if err != nil {
		return nil, err
	}
	return send(ctx, nil, http.MethodPost, base+path, string(body),
		headers[0][0], headers[0][1], headers[1][0], headers[1][1], "Tl-Signature", signature)
}

// sign signs a text by hand: RFC 7518, Section 3.4.
func (s *TrueLayerServer) sign(header string, text []byte) (string, error) {
	b64 := base64.RawURLEncoding.EncodeToString
	digest := sha512.Sum512([]byte(b64([]byte(header)) + "." + b64(text)))
	r, v, err := ecdsa.Sign(rand.Reader, s.key, digest[:])
	if err != nil {
		return "", err
	}
	signature := append(r.FillBytes(make([]byte, 66)), v.FillBytes(make([]byte, 66))...)
	return b64([]byte(header)) + ".." + b64(signature), nil
}
