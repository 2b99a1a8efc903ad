package providers

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"example.com/jose"
)

// Juspay: a JWS inside of a JWE, whose five parts are members of a JSON object.
// Requests are encrypted with RSA-OAEP, which is with SHA-1, and answers and
// webhooks with RSA-OAEP-256; an answer has "iat", an "exp" that is null, and no
// "cty". Both sides name each other's keys by "kid", and change them without a
// JWK Set.

// juspayEnvelope is what is on the wire.
type juspayEnvelope struct {
	Header           string `json:"header"`
	EncryptedKey     string `json:"encryptedKey"`
	IV               string `json:"iv"`
	EncryptedPayload string `json:"encryptedPayload"`
	Tag              string `json:"tag"`
}

// A JuspayReceiver reads what Juspay sends: answers and webhooks. It is safe for
// concurrent use. It needs no SHA-1, so that it is there also where the mode of
// crypto refuses RSA-OAEP with it.
type JuspayReceiver struct {
	decrypter *jose.Decrypter
	verifier  *jose.Verifier
}

// NewJuspayReceiver returns a receiver with these keys: Juspay's public ones and
// the merchant's own, each of a pair under one "kid". While keys are changed
// there are two of each.
func NewJuspayReceiver(juspay map[string]*jose.PublicKey, own map[string]*jose.PrivateKey) (*JuspayReceiver, error) {
	if err := cmp.Or(noEmptyKeyID("juspay", juspay), noEmptyKeyID("juspay", own)); err != nil {
		return nil, err
	}
	verifiers, decrypters := make(map[string]*jose.Verifier), make(map[string]*jose.Decrypter)
	for kid, key := range juspay {
		var err error
		if verifiers[kid], err = key.Verifier(jose.RS256); err != nil {
			return nil, err
		}
	}
	for kid, key := range own {
		var err error
		if decrypters[kid], err = key.Decrypter(jose.RSAOAEP256); err != nil {
			return nil, err
		}
	}
	verifier, err := jose.VerifierByKeyID(verifiers)
	if err != nil {
		return nil, err
	}
	decrypter, err := jose.DecrypterByKeyID(decrypters)
	if err != nil {
		return nil, err
	}
	return &JuspayReceiver{decrypter: decrypter, verifier: verifier}, nil
}

// Read reads an answer or a webhook. The error wraps jose.ErrUnknownKey where
// either key has changed and is not here yet. How old it is, "iat" in its
// OuterHeader says to the caller, and for which order it is, and that it is no
// earlier one sent again, its payload does.
func (m *JuspayReceiver) Read(envelope []byte) (*jose.Message, error) {
	token, err := openJuspay(envelope)
	if err != nil {
		return nil, fmt.Errorf("juspay: %w", err)
	}
	message, err := jose.DecryptThenVerify(m.decrypter, m.verifier, token)
	if err != nil {
		return nil, fmt.Errorf("juspay: %w", err)
	}
	return message, nil
}

// Webhook returns a server for webhooks, which hands on what comes from Juspay.
// Whoever sends something else learns no more than whether the keys are known.
func (m *JuspayReceiver) Webhook(receive func(http.ResponseWriter, *jose.Message) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serve(w, r, func(w http.ResponseWriter, _ *http.Request, body []byte) error {
			message, err := m.Read(body)
			switch {
			case errors.Is(err, jose.ErrUnknownKey):
				return refusal("unknown key")
			case err != nil:
				return refusal("not for us, or not from Juspay")
			}
			return receive(w, message)
		})
	})
}

// A JuspayClient signs and encrypts requests, and reads the answers. It is safe
// for concurrent use.
type JuspayClient struct {
	*JuspayReceiver
	http       *http.Client
	address    string
	merchantID string
	signer     *jose.Signer
	encrypter  *jose.Encrypter
}

// NewJuspayClient returns a client of the API at address. Its requests are
// signed with the merchant's own key and encrypted to Juspay's, both of which go
// by kid; the answers are for the receiver.
func NewJuspayClient(client *http.Client, address, merchantID, kid string, own *jose.PrivateKey, juspay *jose.PublicKey, receiver *JuspayReceiver) (*JuspayClient, error) {
	if receiver == nil {
		return nil, errors.New("juspay: no receiver")
	}
	if err := nonempty("juspay", "the merchant", merchantID); err != nil {
		return nil, err
	}
	signer, err := own.Signer(jose.RS256, jose.KeyID(kid))
	if err != nil {
		return nil, err
	}
	// "cty" stands before "kid" in a request. SignThenEncrypt would put it last.
	encrypter, err := juspay.Encrypter(jose.RSAOAEP, jose.ContentType("JWT"), jose.KeyID(kid))
	if err != nil {
		return nil, err
	}
	return &JuspayClient{receiver, client, address, merchantID, signer, encrypter}, nil
}

// Call sends a request, which is JSON, and returns the answer. When Juspay made
// it is "iat" in its OuterHeader.
func (c *JuspayClient) Call(ctx context.Context, request []byte) (*jose.Message, error) {
	token, err := jose.SignThenEncrypt(c.signer, c.encrypter, request)
	if err != nil {
		return nil, fmt.Errorf("juspay: %w", err)
	}
	envelope, err := sealJuspay(token)
	if err != nil {
		return nil, fmt.Errorf("juspay: %w", err)
	}
	answer, err := c.send(ctx, envelope)
	if err == nil {
		err = answer.expect(http.StatusOK, "application/json")
	}
	if err != nil {
		return nil, fmt.Errorf("juspay: %w", err)
	}
	return c.Read([]byte(answer.body))
}

// send sends an envelope.
func (c *JuspayClient) send(ctx context.Context, envelope []byte, headers ...string) (*answer, error) {
	return send(ctx, c.http, http.MethodPost, c.address, string(envelope), append([]string{
		"Content-Type", "application/json", "X-Merchantid", c.merchantID}, headers...)...)
}

// sealJuspay puts the five parts of a JWE into an envelope.
func sealJuspay(token string) ([]byte, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 5 {
		return nil, errors.New("not the five parts of a JWE")
	}
	return json.Marshal(juspayEnvelope{parts[0], parts[1], parts[2], parts[3], parts[4]})
}

// openJuspay joins the members of an envelope to a JWE. A period inside of one
// makes it too many parts, which is for the decrypter to refuse.
func openJuspay(envelope []byte) (string, error) {
	var e juspayEnvelope
	if err := readJSON(envelope, &e); err != nil {
		return "", fmt.Errorf("envelope: %w", err)
	}
	return strings.Join([]string{e.Header, e.EncryptedKey, e.IV, e.EncryptedPayload, e.Tag}, "."), nil
}

// JuspayKeys are the keys on Juspay's side.
type JuspayKeys struct {
	RequestKey *rsa.PrivateKey           // that requests are encrypted to
	RequestID  string                    // its "kid"
	Merchants  map[string]*rsa.PublicKey // that requests are signed with, by "kid"

	SigningKey *rsa.PrivateKey // that signs answers
	Merchant   *rsa.PublicKey  // that answers are encrypted to
	AnswerID   string          // the "kid" of both
}

// A JuspayServer is Juspay's side: every order is charged.
type JuspayServer struct {
	merchantID string
	keys       JuspayKeys
	now        func() time.Time
}

// NewJuspayServer returns a server that knows one merchant.
func NewJuspayServer(merchantID string, keys JuspayKeys) (*JuspayServer, error) {
	if err := cmp.Or(noEmptyKeyID("juspay", keys.Merchants),
		nonempty("juspay", "RequestID", keys.RequestID, "AnswerID", keys.AnswerID)); err != nil {
		return nil, err
	}
	for _, key := range keys.Merchants {
		if key == nil {
			return nil, errors.New("juspay: a merchant's key is missing")
		}
	}
	if merchantID == "" || keys.RequestKey == nil || keys.SigningKey == nil || keys.Merchant == nil {
		return nil, errors.New("juspay: the merchant's name or a key is missing")
	}
	return &JuspayServer{merchantID: merchantID, keys: keys, now: time.Now}, nil
}

func (s *JuspayServer) ServeHTTP(w http.ResponseWriter, r *http.Request) { serve(w, r, s.handle) }

func (s *JuspayServer) handle(w http.ResponseWriter, r *http.Request, body []byte) error {
	if r.Header.Get("Content-Type") != "application/json" || r.Header.Get("X-Merchantid") != s.merchantID {
		return refusal("headers")
	}
	payload, err := s.open(body)
	if err != nil {
		return err
	}
	var request struct {
		OrderID string `json:"order_id"`
	}
	if err := json.Unmarshal(payload, &request); err != nil || request.OrderID == "" {
		return refusal("order_id")
	}
	content, err := json.Marshal(struct {
		OrderID string          `json:"order_id"`
		Status  string          `json:"status"`
		Amount  json.RawMessage `json:"amount"`
	}{request.OrderID, "CHARGED", json.RawMessage("100.0")})
	if err != nil {
		return err
	}
	answer, err := s.seal(content)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write(answer)
	return err
}

// open decrypts and verifies a request by hand: RFC 7516, Section 5.2, and RFC
// 7515, Section 5.2.
func (s *JuspayServer) open(body []byte) ([]byte, error) {
	var e juspayEnvelope
	if err := readJSON(body, &e); err != nil {
		return nil, refusal("envelope")
	}
	var parts [5][]byte
	for i, text := range []string{e.Header, e.EncryptedKey, e.IV, e.EncryptedPayload, e.Tag} {
		var err error
		if parts[i], err = decodeSegment(text); err != nil {
			return nil, err
		}
	}
	if want := `{"alg":"RSA-OAEP","enc":"A256GCM","cty":"JWT","kid":"` + s.keys.RequestID + `"}`; string(parts[0]) != want {
		return nil, refusal("JWE header")
	}
	cek, err := rsa.DecryptOAEP(sha1.New(), nil, s.keys.RequestKey, parts[1], nil)
	if err != nil || len(cek) != 32 || len(parts[2]) != 12 || len(parts[4]) != 16 {
		return nil, refusal("encrypted key")
	}
	gcm, err := juspayGCM(cek)
	if err != nil {
		return nil, err
	}
	token, err := gcm.Open(nil, nil, bytes.Join(parts[2:], nil), []byte(e.Header))
	if err != nil {
		return nil, refusal("tag")
	}
	header, payload, signature, err := segments(string(token))
	if err != nil {
		return nil, err
	}
	var h struct{ Alg, Kid string }
	if err := json.Unmarshal(header, &h); err != nil || string(header) != `{"alg":"RS256","kid":"`+h.Kid+`"}` {
		return nil, refusal("JWS header")
	}
	key, ok := s.keys.Merchants[h.Kid]
	if !ok {
		return nil, refusal("kid")
	}
	digest := sha256.Sum256(signingInput(string(token)))
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) != nil {
		return nil, refusal("signature")
	}
	return payload, nil
}

// seal signs and encrypts an answer or a webhook by hand: RFC 7515, Section 5.1,
// and RFC 7516, Section 5.1.
func (s *JuspayServer) seal(payload []byte) ([]byte, error) {
	b64 := base64.RawURLEncoding.EncodeToString
	jws, err := json.Marshal(struct {
		Alg string `json:"alg"`
		Kid string `json:"kid"`
	}{"RS256", s.keys.AnswerID})
	if err != nil {
		return nil, err
	}
	input := b64(jws) + "." + b64(payload)
	digest := sha256.Sum256([]byte(input))
	signature, err := rsa.SignPKCS1v15(nil, s.keys.SigningKey, crypto.SHA256, digest[:])
	if err != nil {
		return nil, err
	}
	jwe, err := json.Marshal(struct {
		Enc string `json:"enc"`
		Iat int64  `json:"iat"`
		Kid string `json:"kid"`
		Alg string `json:"alg"`
		Exp *int64 `json:"exp"`
	}{"A256GCM", s.now().Unix(), s.keys.AnswerID, "RSA-OAEP-256", nil})
	if err != nil {
		return nil, err
	}
	cek := make([]byte, 32)
	rand.Read(cek)
	encryptedKey, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, s.keys.Merchant, cek, nil)
	if err != nil {
		return nil, err
	}
	gcm, err := juspayGCM(cek)
	if err != nil {
		return nil, err
	}
	header := b64(jwe)
	sealed := gcm.Seal(nil, nil, []byte(input+"."+b64(signature)), []byte(header))
	tag := len(sealed) - 16
	return json.Marshal(juspayEnvelope{header, b64(encryptedKey), b64(sealed[:12]), b64(sealed[12:tag]), b64(sealed[tag:])})
}

// juspayGCM returns A256GCM, whose output is IV || ciphertext || tag.
func juspayGCM(cek []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(cek)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
