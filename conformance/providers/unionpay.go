package providers

import (
	"cmp"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/jose"
)

// UnionPay International: a detached JWS over the raw body, in the header
// UPI-JWS. "crit" names four members, which are strings: a number that no other
// message of the day has, the time in seconds, the application and the path
// that is called. The page refers to RFC 7797, but its header has no "b64", so
// the payload is encoded when it is signed. In the published sample three of the
// names in "crit", the "kid" and the name of a member have a space too many,
// which whoever copies it has to take out. Fields of a body that are encrypted
// are so with RSA1_5 and A128CBC-HS256, which are out of scope here.

// unionPayCritical are the names that "crit" has, sorted.
var unionPayCritical = []string{"UPI-APPID", "UPI-REQPATH", "UPI-TIMESTAMP", "UPI-UUID"}

// unionPayWindow is how far the time of a message may be away.
const unionPayWindow = 300 * time.Second

// unionPayTime compares a UPI-TIMESTAMP with the time that it is, and returns
// from when on it is too old. The time that it is counts in whole seconds, as the
// timestamp does, so that is a second after the window.
func unionPayTime(text string, now time.Time) (tooOld time.Time, err error) {
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || strconv.FormatInt(seconds, 10) != text {
		return time.Time{}, errors.New("not a number of seconds")
	}
	if limit := int64(unionPayWindow / time.Second); seconds < now.Unix()-limit || seconds > now.Unix()+limit {
		return time.Time{}, errors.New("more than 300 seconds away")
	}
	return time.Unix(seconds, 0).Add(unionPayWindow + time.Second), nil
}

// A UnionPayClient signs requests and sends them. It is safe for concurrent use.
type UnionPayClient struct {
	http   *http.Client
	base   string
	appID  string
	signer *jose.Signer
	now    func() time.Time
}

// NewUnionPayClient returns a client of the API at base, "https://" and a host,
// for an application. The file has the private key of the certificate that
// UnionPay knows as kid.
func NewUnionPayClient(client *http.Client, base, appID, kid string, file []byte) (*UnionPayClient, error) {
	if err := nonempty("unionpay", "the application", appID); err != nil {
		return nil, err
	}
	key, err := jose.ParsePrivateKey(file)
	if err != nil {
		return nil, err
	}
	signer, err := key.Signer(jose.RS256, jose.KeyID(kid))
	if err != nil {
		return nil, err
	}
	return &UnionPayClient{http: client, base: base, appID: appID, signer: signer, now: time.Now}, nil
}

// Call sends a signed request to path, and returns the answer, whose signature
// the page says nothing about.
func (c *UnionPayClient) Call(ctx context.Context, path string, body []byte) ([]byte, error) {
	// What is signed has to be what the server sees, as with Wise.
	if u, err := url.ParseRequestURI(path); err != nil || u.Host != "" || u.RequestURI() != path {
		return nil, errors.New("unionpay: not a path as it stands in a request")
	}
	number := make([]byte, 16)
	rand.Read(number)
	token, err := c.signer.SignDetached(body,
		jose.CriticalMember("UPI-UUID", hex.EncodeToString(number)),
		jose.CriticalMember("UPI-TIMESTAMP", strconv.FormatInt(c.now().Unix(), 10)),
		jose.CriticalMember("UPI-APPID", c.appID),
		jose.CriticalMember("UPI-REQPATH", path))
	if err != nil {
		return nil, fmt.Errorf("unionpay: %w", err)
	}
	answer, err := c.send(ctx, path, token, string(body))
	if err == nil {
		err = answer.expect(http.StatusOK, "")
	}
	if err != nil {
		return nil, fmt.Errorf("unionpay: %w", err)
	}
	return []byte(answer.body), nil
}

// send sends a signed request.
func (c *UnionPayClient) send(ctx context.Context, path, token, body string, headers ...string) (*answer, error) {
	return send(ctx, c.http, http.MethodPost, c.base+path, body, append([]string{
		"Content-Type", "application/json", "UPI-JWS", token}, headers...)...)
}

// A UnionPayVerifier is UnionPay's side on package jose. It is safe for
// concurrent use.
type UnionPayVerifier struct {
	verifier *jose.Verifier
	now      func() time.Time
	numbers  onceOnly
}

// NewUnionPayVerifier returns a verifier for requests of one application under
// these keys, by "kid". Without now it is time.Now.
func NewUnionPayVerifier(
	appID string, keys map[string]*jose.PublicKey, now func() time.Time,
) (*UnionPayVerifier, error) {
	if now == nil {
		now = time.Now
	}
	if err := cmp.Or(nonempty("unionpay", "the application", appID), noEmptyKeyID("unionpay", keys)); err != nil {
		return nil, err
	}
	byKeyID := make(map[string]*jose.Verifier)
	for kid, key := range keys {
		var err error
		if byKeyID[kid], err = key.Verifier(jose.RS256); err != nil {
			return nil, err
		}
	}
	verifier, err := jose.VerifierByKeyID(byKeyID,
		jose.CheckMember("crit", func(names []string) error {
			if slices.Sort(names); !slices.Equal(names, unionPayCritical) {
				return errors.New("not the four that are agreed on")
			}
			return nil
		}),
		jose.CheckMember("UPI-UUID", func(number string) error {
			if number == "" {
				return errors.New("empty")
			}
			return nil
		}),
		jose.CheckMember("UPI-TIMESTAMP", func(text string) error {
			_, err := unionPayTime(text, now())
			return err
		}),
		jose.CheckMember("UPI-APPID", jose.Equal(appID)))
	if err != nil {
		return nil, err
	}
	return &UnionPayVerifier{verifier: verifier, now: now}, nil
}

// Verify verifies a UPI-JWS beside the path that was called and the body as it
// was received. It takes each UPI-UUID once: a request that is sent again is
// jose.ErrClaims. The numbers are in memory, so of several verifiers each takes a
// request once, and so does one that was started anew: between those it is for
// the caller to keep them, until 301 seconds after UPI-TIMESTAMP.
func (v *UnionPayVerifier) Verify(token, path string, body []byte) (*jose.Message, error) {
	message, err := v.verifier.VerifyDetached(token, body, jose.CheckMember("UPI-REQPATH", jose.Equal(path)))
	if err != nil {
		return nil, fmt.Errorf("unionpay: %w", err)
	}
	// Nothing was kept before the signature and the path were right, or whoever
	// sees a request could use up its number.
	var number, timestamp string
	err = cmp.Or(message.Header.Get("UPI-UUID", &number), message.Header.Get("UPI-TIMESTAMP", &timestamp))
	if err != nil {
		return nil, fmt.Errorf("unionpay: %w", err)
	}
	now := v.now()
	tooOld, err := unionPayTime(timestamp, now)
	if err != nil {
		return nil, fmt.Errorf("unionpay: %w: UPI-TIMESTAMP: %w", jose.ErrClaims, err)
	}
	if !v.numbers.take(number, tooOld, now) {
		return nil, fmt.Errorf("unionpay: %w: UPI-UUID: this request has come before", jose.ErrClaims)
	}
	return message, nil
}

// A UnionPayServer is UnionPay's side, of one application.
type UnionPayServer struct {
	appID string
	keys  map[string]*rsa.PublicKey
	now   func() time.Time

	numbers onceOnly // UPI-UUID
}

// NewUnionPayServer returns a server that takes requests of this application,
// signed with these keys, by "kid".
func NewUnionPayServer(appID string, keys map[string]*rsa.PublicKey) (*UnionPayServer, error) {
	for _, key := range keys {
		if key == nil {
			return nil, errors.New("unionpay: a key is missing")
		}
	}
	if err := cmp.Or(nonempty("unionpay", "the application", appID), noEmptyKeyID("unionpay", keys)); err != nil {
		return nil, err
	}
	return &UnionPayServer{appID: appID, keys: keys, now: time.Now}, nil
}

func (s *UnionPayServer) ServeHTTP(w http.ResponseWriter, r *http.Request) { serve(w, r, s.handle) }

func (s *UnionPayServer) handle(w http.ResponseWriter, r *http.Request, body []byte) error {
	if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
		return refusal("endpoint")
	}
	if err := s.verify(r.Header.Get("UPI-JWS"), r.URL.RequestURI(), body); err != nil {
		return err
	}
	_, err := io.WriteString(w, `{"msgResponse":{"responseCode":"00","responseMsg":"Approved"}}`)
	return err
}

// verify checks a request by hand: RFC 7515, Appendix F.
func (s *UnionPayServer) verify(token, path string, body []byte) error {
	header, payload, signature, err := segments(token)
	if err != nil {
		return err
	}
	if len(payload) > 0 {
		return refusal("not detached")
	}
	var h struct {
		Alg, Kid  string
		Crit      []string
		UUID      string `json:"UPI-UUID"`
		Timestamp string `json:"UPI-TIMESTAMP"`
		AppID     string `json:"UPI-APPID"`
		Path      string `json:"UPI-REQPATH"`
	}
	if err := readJSON(header, &h); err != nil {
		return refusal("header")
	}
	slices.Sort(h.Crit)
	now := s.now()
	tooOld, timeErr := unionPayTime(h.Timestamp, now)
	key, known := s.keys[h.Kid]
	switch {
	case h.Alg != "RS256":
		return refusal("alg")
	case !slices.Equal(h.Crit, unionPayCritical):
		return refusal("crit")
	case !known:
		return refusal("kid")
	case h.AppID != s.appID:
		return refusal("UPI-APPID")
	case h.Path != path:
		return refusal("UPI-REQPATH")
	case timeErr != nil:
		return refusal("UPI-TIMESTAMP")
	}
	encodedHeader, _, _ := strings.Cut(token, ".")
	digest := sha256.Sum256([]byte(encodedHeader + "." + base64.RawURLEncoding.EncodeToString(body)))
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) != nil {
		return refusal("signature")
	}
	if h.UUID == "" || !s.numbers.take(h.UUID, tooOld, now) {
		return refusal("UPI-UUID")
	}
	return nil
}
