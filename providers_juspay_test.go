package jose_test

import (
	"bytes"
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
	"testing"
	"time"

	"example.com/jose"
)

// Juspay: a JWS inside of a JWE, whose five parts are members of a JSON object. Requests are
// encrypted with RSA-OAEP, which is with SHA-1, and answers and webhooks with RSA-OAEP-256;
// an answer has "iat", an "exp" that is null, and no "cty". Both sides name each other's keys
// by "kid", and change them without a JWK Set.

// provEnvelope is what is on the wire.
type provEnvelope struct {
	Header           string `json:"header"`
	EncryptedKey     string `json:"encryptedKey"`
	IV               string `json:"iv"`
	EncryptedPayload string `json:"encryptedPayload"`
	Tag              string `json:"tag"`
}

// provSeal splits a JWE of ours into an envelope.
func provSeal(token string) ([]byte, error) {
	p, err := jose.SplitJWE(token)
	if err != nil {
		return nil, err
	}
	return json.Marshal(provEnvelope{p.Header, p.EncryptedKey, p.IV, p.Ciphertext, p.Tag})
}

// provOpen joins an envelope to a JWE for us.
func provOpen(envelope []byte) (string, error) {
	var e provEnvelope
	d := json.NewDecoder(bytes.NewReader(envelope))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return "", err
	}
	return jose.JWEParts{Header: e.Header, EncryptedKey: e.EncryptedKey, IV: e.IV, Ciphertext: e.EncryptedPayload, Tag: e.Tag}.Token()
}

// provGCM returns A256GCM, whose output is IV || ciphertext || tag.
func provGCM(cek []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(cek)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// provJuspay is Juspay's side.
type provJuspay struct {
	requestKey *rsa.PrivateKey           // that requests are encrypted to
	requestID  string                    // its "kid"
	merchants  map[string]*rsa.PublicKey // that requests are signed with, by "kid"

	signingKey *rsa.PrivateKey // that signs answers
	merchant   *rsa.PublicKey  // that answers are encrypted to
	answerID   string          // the "kid" of both
}

func (j *provJuspay) handle(w http.ResponseWriter, r *http.Request, body []byte) error {
	if r.Header.Get("Content-Type") != "application/json" || r.Header.Get("X-Merchantid") != "merchant" {
		return provRefusal("headers")
	}
	payload, err := j.open(body)
	if err != nil {
		return err
	}
	var request struct {
		OrderID string `json:"order_id"`
	}
	if err := json.Unmarshal(payload, &request); err != nil || request.OrderID == "" {
		return provRefusal("order_id")
	}
	answer, err := j.seal(fmt.Appendf(nil, `{"order_id":%q,"status":"CHARGED","amount":100.0}`, request.OrderID), time.Now())
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write(answer)
	return err
}

// open decrypts and verifies a request by hand.
func (j *provJuspay) open(body []byte) ([]byte, error) {
	var e provEnvelope
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return nil, provRefusal("envelope")
	}
	var parts [5][]byte
	for i, text := range []string{e.Header, e.EncryptedKey, e.IV, e.EncryptedPayload, e.Tag} {
		var err error
		if parts[i], err = base64.RawURLEncoding.Strict().DecodeString(text); err != nil {
			return nil, provRefusal("base64url")
		}
	}
	if want := `{"alg":"RSA-OAEP","enc":"A256GCM","cty":"JWT","kid":"` + j.requestID + `"}`; string(parts[0]) != want {
		return nil, provRefusal("JWE header")
	}
	cek, err := rsa.DecryptOAEP(sha1.New(), nil, j.requestKey, parts[1], nil)
	if err != nil || len(cek) != 32 || len(parts[2]) != 12 || len(parts[4]) != 16 {
		return nil, provRefusal("encrypted key")
	}
	gcm, err := provGCM(cek)
	if err != nil {
		return nil, err
	}
	token, err := gcm.Open(nil, nil, bytes.Join(parts[2:], nil), []byte(e.Header))
	if err != nil {
		return nil, provRefusal("tag")
	}
	header, payload, signature, err := provSegments(string(token))
	if err != nil {
		return nil, err
	}
	var h struct{ Alg, Kid string }
	if err := json.Unmarshal(header, &h); err != nil || string(header) != `{"alg":"RS256","kid":"`+h.Kid+`"}` {
		return nil, provRefusal("JWS header")
	}
	key, ok := j.merchants[h.Kid]
	if !ok {
		return nil, provRefusal("kid")
	}
	digest := sha256.Sum256(provSigningInput(string(token)))
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) != nil {
		return nil, provRefusal("signature")
	}
	return payload, nil
}

// seal signs and encrypts an answer by hand.
func (j *provJuspay) seal(payload []byte, now time.Time) ([]byte, error) {
	b64 := base64.RawURLEncoding.EncodeToString
	input := b64([]byte(`{"alg":"RS256","kid":"`+j.answerID+`"}`)) + "." + b64(payload)
	digest := sha256.Sum256([]byte(input))
	signature, err := rsa.SignPKCS1v15(nil, j.signingKey, crypto.SHA256, digest[:])
	if err != nil {
		return nil, err
	}
	cek := make([]byte, 32)
	rand.Read(cek)
	encryptedKey, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, j.merchant, cek, nil)
	if err != nil {
		return nil, err
	}
	gcm, err := provGCM(cek)
	if err != nil {
		return nil, err
	}
	header := b64(fmt.Appendf(nil, `{"enc":"A256GCM","iat":%d,"kid":%q,"alg":"RSA-OAEP-256","exp":null}`, now.Unix(), j.answerID))
	sealed := gcm.Seal(nil, nil, []byte(input+"."+b64(signature)), []byte(header))
	tag := len(sealed) - 16
	return json.Marshal(provEnvelope{header, b64(encryptedKey), b64(sealed[:12]), b64(sealed[12:tag]), b64(sealed[tag:])})
}

// provMerchant is the merchant's side.
type provMerchant struct {
	decrypter *jose.Decrypter
	verifier  *jose.Verifier
}

// newProvMerchant returns a merchant with these keys: Juspay's public ones and its own, each
// pair under one "kid".
func newProvMerchant(t *testing.T, juspay map[string]*jose.PublicKey, own map[string]*jose.PrivateKey) *provMerchant {
	t.Helper()
	verifiers, decrypters := make(map[string]*jose.Verifier), make(map[string]*jose.Decrypter)
	for kid, key := range juspay {
		v, err := key.RS256Verifier()
		verifiers[kid] = provMust(t, v, err)
	}
	for kid, key := range own {
		d, err := key.RSAOAEP256Decrypter()
		decrypters[kid] = provMust(t, d, err)
	}
	v, err := jose.VerifierByKeyID(verifiers)
	verifier := provMust(t, v, err)
	d, err := jose.DecrypterByKeyID(decrypters)
	return &provMerchant{provMust(t, d, err), verifier}
}

// read reads an answer or a webhook.
func (m *provMerchant) read(envelope string) (*jose.Message, error) {
	token, err := provOpen([]byte(envelope))
	if err != nil {
		return nil, err
	}
	return jose.DecryptThenVerify(m.decrypter, m.verifier, token)
}

// webhook is the merchant's server.
func (m *provMerchant) webhook(w http.ResponseWriter, r *http.Request, body []byte) error {
	message, err := m.read(string(body))
	switch {
	case errors.Is(err, jose.ErrUnknownKey):
		return provRefusal("unknown key")
	case err != nil:
		return provRefusal("not for us, or not from Juspay")
	}
	_, err = w.Write(message.Payload)
	return err
}

func TestJuspay(t *testing.T) {
	t.Parallel()
	const requestID, answerID = "key_26b1a82e16cf4c6e850325c3d98368cb", "key_b2ba63947be443fbafa9f662457c0fda"
	juspayFiles, merchantFiles := provKey(t, "Juspay", "juspay"), provKey(t, "Juspay", "merchant")
	request, response := provCase(t, "Juspay", "juspay/request"), provCase(t, "Juspay", "juspay/response")
	own := provPrivate(t, merchantFiles.PEM)
	public := provPublic(t, juspayFiles.PublicPEM)
	juspay := &provJuspay{
		requestKey: provRSA(t, juspayFiles.PEM), requestID: requestID,
		merchants:  map[string]*rsa.PublicKey{requestID: &provRSA(t, merchantFiles.PEM).PublicKey},
		signingKey: provRSA(t, juspayFiles.PEM), merchant: &provRSA(t, merchantFiles.PEM).PublicKey, answerID: answerID,
	}
	merchant := newProvMerchant(t, map[string]*jose.PublicKey{answerID: public}, map[string]*jose.PrivateKey{answerID: own})

	// An answer of the published shape, which Juspay's published code reads.
	t.Run("published answer", func(t *testing.T) {
		envelope, err := provSeal(response.Token)
		message, err := merchant.read(string(provMust(t, envelope, err)))
		if err != nil {
			t.Fatal(err)
		}
		if string(message.Payload) != *response.Payload {
			t.Errorf("got %s", message.Payload)
		}
		outer := message.OuterHeader
		var iat int64
		var exp json.RawMessage
		err1, err2 := outer.Get("iat", &iat), outer.Get("exp", &exp)
		if err1 != nil || err2 != nil || iat != 1771236393 || string(exp) != "null" || outer.Has("cty") || outer.KeyID() != answerID {
			t.Errorf("the outer header is %s", outer.Bytes())
		}
		if message.Header.KeyID() != answerID {
			t.Errorf("the inner header is %s", message.Header.Bytes())
		}
	})

	// Webhooks come encrypted as answers do, to a server of the merchant's.
	t.Run("webhook", func(t *testing.T) {
		webhook := provServe(t, merchant.webhook)
		post := func(envelope []byte, err error) (*provAnswer, error) {
			return provSend(http.DefaultClient, "POST", webhook.URL, string(provMust(t, envelope, err)))
		}
		const event = `{"event_name":"ORDER_SUCCEEDED"}`
		answer, err := post(juspay.seal([]byte(event), time.Now()))
		provAccepted(t, answer, err, http.StatusOK, event)

		fake := *juspay
		fake.signingKey = provRSA(t, provKey(t, "Nuapay", "nuapay").PEM)
		answer, err = post(fake.seal([]byte(event), time.Now()))
		provRefused(t, answer, err, "not for us, or not from Juspay")
		astray := *juspay
		astray.merchant = &juspay.requestKey.PublicKey
		answer, err = post(astray.seal([]byte(event), time.Now()))
		provRefused(t, answer, err, "not for us, or not from Juspay")
		rotated := *juspay
		rotated.answerID = "key_7"
		answer, err = post(rotated.seal([]byte(event), time.Now()))
		provRefused(t, answer, err, "unknown key")
	})

	// Both sides take new keys into use. Who does not have them yet learns that by the error
	// and, with both in the maps, reads what was sent before and what is sent from now on.
	t.Run("key rotation", func(t *testing.T) {
		const newID = "key_497e75f4b69b45f0811f3e5235be0d8e"
		juspayNext, ownNext := provKey(t, "Nuapay", "nuapay").PEM, provKey(t, "J.P. Morgan", "client").PEM
		next := &provJuspay{signingKey: provRSA(t, juspayNext), merchant: &provRSA(t, ownNext).PublicKey, answerID: newID}
		const payload = `{"order_id":"after"}`
		envelope, err := next.seal([]byte(payload), time.Now())
		provMust(t, envelope, err)
		before, err := juspay.seal([]byte(`{"order_id":"before"}`), time.Now())
		provMust(t, before, err)

		nextPublic, err := provPrivate(t, juspayNext).Public()
		provMust(t, nextPublic, err)
		publics := map[string]*jose.PublicKey{answerID: public}
		owns := map[string]*jose.PrivateKey{answerID: own}
		_, err = newProvMerchant(t, publics, owns).read(string(envelope))
		provClass(t, err, jose.ErrUnknownKey) // of the outer token

		owns[newID] = provPrivate(t, ownNext)
		_, err = newProvMerchant(t, publics, owns).read(string(envelope))
		provClass(t, err, errors.Join(jose.ErrUnknownKey, jose.ErrInner))

		publics[newID] = nextPublic
		both := newProvMerchant(t, publics, owns)
		for envelope, want := range map[string]string{string(envelope): payload, string(before): `{"order_id":"before"}`} {
			message, err := both.read(envelope)
			if err != nil || string(message.Payload) != want {
				t.Errorf("want %s, got error %v", want, err)
			}
		}

		delete(publics, answerID)
		delete(owns, answerID)
		_, err = newProvMerchant(t, publics, owns).read(string(before))
		provClass(t, err, jose.ErrUnknownKey)

		// The right "kid" and another key is no unknown key.
		wrong := newProvMerchant(t, map[string]*jose.PublicKey{newID: public}, map[string]*jose.PrivateKey{newID: provPrivate(t, ownNext)})
		_, err = wrong.read(string(envelope))
		provClass(t, err, errors.Join(jose.ErrSignature, jose.ErrInner))
		wrong = newProvMerchant(t, map[string]*jose.PublicKey{newID: nextPublic}, map[string]*jose.PrivateKey{newID: own})
		_, err = wrong.read(string(envelope))
		provClass(t, err, jose.ErrDecryption)
	})

	// An envelope that was changed on the way.
	t.Run("changed on the way", func(t *testing.T) {
		content, err := juspay.seal([]byte(`{}`), time.Now())
		provMust(t, content, err)
		iat := base64.RawURLEncoding.EncodeToString([]byte(`{"enc":"A256GCM","iat":1,"kid":"` + answerID + `","alg":"RSA-OAEP-256","exp":null}`))
		other, err := juspay.seal([]byte(`{}`), time.Now())
		provMust(t, other, err)
		for _, test := range []struct {
			name   string
			change func(e, other *provEnvelope)
			want   error
		}{
			{"header", func(e, _ *provEnvelope) { e.Header = iat }, jose.ErrDecryption},
			{"encryptedKey", func(e, o *provEnvelope) { e.EncryptedKey = o.EncryptedKey }, jose.ErrDecryption},
			{"encryptedKey of another length", func(e, _ *provEnvelope) { e.EncryptedKey = e.EncryptedKey[4:] }, jose.ErrDecryption},
			{"iv", func(e, o *provEnvelope) { e.IV = o.IV }, jose.ErrDecryption},
			{"encryptedPayload", func(e, o *provEnvelope) { e.EncryptedPayload = o.EncryptedPayload }, jose.ErrDecryption},
			{"tag", func(e, o *provEnvelope) { e.Tag = o.Tag }, jose.ErrDecryption},
			{"tag cut", func(e, _ *provEnvelope) { e.Tag = e.Tag[:16] }, jose.ErrMalformed},
			{"tag padded", func(e, _ *provEnvelope) { e.Tag += "==" }, jose.ErrMalformed},
			{"no iv", func(e, _ *provEnvelope) { e.IV = "" }, jose.ErrMalformed},
			{"segments in a member", func(e, _ *provEnvelope) { e.Header += "." + e.EncryptedKey; e.EncryptedKey = "" }, jose.ErrMalformed},
		} {
			var e, o provEnvelope
			if err := errors.Join(json.Unmarshal(content, &e), json.Unmarshal(other, &o)); err != nil {
				t.Fatal(err)
			}
			test.change(&e, &o)
			changed, err := json.Marshal(e)
			_, err = merchant.read(string(provMust(t, changed, err)))
			t.Run(test.name, func(t *testing.T) { provClass(t, err, test.want) })
		}
	})

	// From here on requests are encrypted, with SHA-1.
	signer, err := own.RS256Signer(jose.KeyID(requestID))
	provMust(t, signer, err)
	encrypter, err := public.RSAOAEPEncrypter(jose.ContentType("JWT"), jose.KeyID(requestID))
	decrypter, err2 := provPrivate(t, juspayFiles.PEM).RSAOAEPDecrypter()
	if provWithoutSHA1(t) {
		provClass(t, err, jose.ErrUnsupported)
		provClass(t, err2, jose.ErrUnsupported)
		return
	}
	provMust(t, encrypter, err)
	provMust(t, decrypter, err2)
	v, err := provPublic(t, merchantFiles.PublicPEM).RS256Verifier()
	verifier := provMust(t, v, err)

	server := provServe(t, juspay.handle)
	send := func(envelope []byte, headers ...string) (*provAnswer, error) {
		return provSend(http.DefaultClient, "POST", server.URL, string(envelope),
			append([]string{"Content-Type", "application/json", "X-Merchantid", "merchant"}, headers...)...)
	}
	post := func(s *jose.Signer, e *jose.Encrypter, body string) (*provAnswer, error) {
		t.Helper()
		token, err := jose.SignThenEncrypt(s, e, []byte(body))
		envelope, err := provSeal(provMust(t, token, err))
		return send(provMust(t, envelope, err))
	}
	reads := func(t *testing.T, answer *provAnswer, err error) {
		t.Helper()
		if err != nil || answer.status != http.StatusOK {
			t.Fatalf("got %v, error %v", answer, err)
		}
		message, err := merchant.read(answer.body)
		if err != nil {
			t.Fatal(err)
		}
		var iat int64
		if err := message.OuterHeader.Get("iat", &iat); err != nil || time.Since(time.Unix(iat, 0)).Abs() > time.Minute {
			t.Errorf("iat is %d, error %v", iat, err)
		}
		if string(message.Payload) != *response.Payload {
			t.Errorf("got %s", message.Payload)
		}
	}
	t.Run("request", func(t *testing.T) {
		answer, err := post(signer, encrypter, *request.Payload)
		reads(t, answer, err)
	})
	t.Run("published request", func(t *testing.T) {
		envelope, err := provSeal(request.Token)
		answer, err := send(provMust(t, envelope, err))
		reads(t, answer, err)
		message, err := jose.DecryptThenVerify(decrypter, verifier, request.Token)
		if err != nil || string(message.Payload) != *request.Payload {
			t.Errorf("error %v", err)
		}
	})
	t.Run("refused requests", func(t *testing.T) {
		nuapay := provPrivate(t, provKey(t, "Nuapay", "nuapay").PEM)
		forger, err := nuapay.RS256Signer(jose.KeyID(requestID))
		provMust(t, forger, err)
		stranger, err := nuapay.RS256Signer(jose.KeyID("key_7"))
		provMust(t, stranger, err)
		astray, err := provPublic(t, merchantFiles.PublicPEM).RSAOAEPEncrypter(jose.ContentType("JWT"), jose.KeyID(requestID))
		provMust(t, astray, err)
		plain, err := public.RSAOAEPEncrypter(jose.KeyID(requestID)) // SignThenEncrypt puts "cty" last
		provMust(t, plain, err)
		as256, err := public.RSAOAEP256Encrypter(jose.ContentType("JWT"), jose.KeyID(requestID))
		provMust(t, as256, err)
		extra, err := own.RS256Signer(jose.KeyID(requestID), jose.Type("JWT"))
		provMust(t, extra, err)
		for _, test := range []struct {
			reason string
			s      *jose.Signer
			e      *jose.Encrypter
			body   string
		}{
			{"signature", forger, encrypter, *request.Payload},
			{"kid", stranger, encrypter, *request.Payload},
			{"encrypted key", signer, astray, *request.Payload},
			{"JWE header", signer, plain, *request.Payload},
			{"JWE header", signer, as256, *request.Payload},
			{"JWS header", extra, encrypter, *request.Payload},
			{"order_id", signer, encrypter, `{}`},
		} {
			answer, err := post(test.s, test.e, test.body)
			provRefused(t, answer, err, test.reason)
		}
		sealed, err := provSeal(request.Token)
		provMust(t, sealed, err)
		answer, err := send(sealed, "X-Merchantid", "another")
		provRefused(t, answer, err, "headers")
		answer, err = send([]byte(`{"JWT":"` + request.Token + `"}`))
		provRefused(t, answer, err, "envelope")
		for reason, change := range map[string]func(*provEnvelope){
			"base64url": func(e *provEnvelope) { e.Tag += "==" },
			"tag":       func(e *provEnvelope) { e.Tag = strings.Repeat("A", 22) },
		} {
			var e provEnvelope
			err := json.Unmarshal(sealed, &e)
			change(&e)
			changed, err2 := json.Marshal(e)
			answer, err := send(provMust(t, changed, errors.Join(err, err2)))
			provRefused(t, answer, err, reason)
		}
	})
	// The two hashes are not interchangeable.
	t.Run("RSA-OAEP to a decrypter of answers", func(t *testing.T) {
		token, err := jose.SignThenEncrypt(signer, encrypter, []byte(`{}`))
		d, err2 := provPrivate(t, juspayFiles.PEM).RSAOAEP256Decrypter()
		_, err = jose.DecryptThenVerify(provMust(t, d, err2), verifier, provMust(t, token, err))
		provClass(t, err, jose.ErrAlgorithm)
	})
}
