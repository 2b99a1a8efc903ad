package providers

import (
	"bytes"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/jose"
)

func TestJuspay(t *testing.T) {
	t.Parallel()
	const requestID, answerID = "key_26b1a82e16cf4c6e850325c3d98368cb", "key_b2ba63947be443fbafa9f662457c0fda"
	juspayFiles, merchantFiles := keyOf(t, "Juspay", "juspay"), keyOf(t, "Juspay", "merchant")
	request, response := caseOf(t, "Juspay", "juspay/request"), caseOf(t, "Juspay", "juspay/response")
	own := privateKey(t, merchantFiles.PEM)
	public := publicKey(t, juspayFiles.PublicPEM)
	j, err := NewJuspayServer("merchant", JuspayKeys{
		RequestKey: rsaKey(t, juspayFiles.PEM), RequestID: requestID,
		Merchants:  map[string]*rsa.PublicKey{requestID: &rsaKey(t, merchantFiles.PEM).PublicKey},
		SigningKey: rsaKey(t, juspayFiles.PEM), Merchant: &rsaKey(t, merchantFiles.PEM).PublicKey, AnswerID: answerID,
	})
	juspay := must(t, j, err)
	newReceiver := func(t *testing.T, juspay map[string]*jose.PublicKey, own map[string]*jose.PrivateKey) *JuspayReceiver {
		t.Helper()
		m, err := NewJuspayReceiver(juspay, own)
		return must(t, m, err)
	}
	merchant := newReceiver(t, map[string]*jose.PublicKey{answerID: public}, map[string]*jose.PrivateKey{answerID: own})

	// An answer of the published shape, which Juspay's published code reads.
	t.Run("published answer", func(t *testing.T) {
		envelope, err := sealJuspay(response.Token)
		message, err := merchant.Read(must(t, envelope, err))
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
	// What the server seals has the headers of that answer.
	t.Run("headers of an answer", func(t *testing.T) {
		clock := *juspay
		clock.now = at(time.Unix(1771236393, 0))
		envelope, err := clock.seal([]byte(`{}`))
		message, err := merchant.Read(must(t, envelope, err))
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := sealJuspay(response.Token)
		published, err := merchant.Read(must(t, sealed, err))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(message.OuterHeader.Bytes(), published.OuterHeader.Bytes()) || !bytes.Equal(message.Header.Bytes(), published.Header.Bytes()) {
			t.Errorf("got %s and %s", message.OuterHeader.Bytes(), message.Header.Bytes())
		}
	})

	// Webhooks come encrypted as answers do, to a server of the merchant's.
	t.Run("webhook", func(t *testing.T) {
		webhook := start(t, merchant.Webhook(func(w http.ResponseWriter, message *jose.Message) error {
			_, err := w.Write(message.Payload)
			return err
		}))
		post := func(envelope []byte, err error) (*answer, error) {
			t.Helper()
			return send(t.Context(), nil, "POST", webhook.URL, string(must(t, envelope, err)))
		}
		const event = `{"event_name":"ORDER_SUCCEEDED"}`
		answer, err := post(juspay.seal([]byte(event)))
		isAnswer(t, answer, err, http.StatusOK, event)

		fake := *juspay
		fake.keys.SigningKey = rsaKey(t, keyOf(t, "Nuapay", "nuapay").PEM)
		answer, err = post(fake.seal([]byte(event)))
		isRefused(t, answer, err, "not for us, or not from Juspay")
		astray := *juspay
		astray.keys.Merchant = &juspay.keys.RequestKey.PublicKey
		answer, err = post(astray.seal([]byte(event)))
		isRefused(t, answer, err, "not for us, or not from Juspay")
		rotated := *juspay
		rotated.keys.AnswerID = "key_7"
		answer, err = post(rotated.seal([]byte(event)))
		isRefused(t, answer, err, "unknown key")
		for _, body := range []string{"", "null", "{}", "<html>", `{"header":7}`, event} {
			answer, err = post([]byte(body), nil)
			isRefused(t, answer, err, "not for us, or not from Juspay")
		}
	})

	// Both sides take new keys into use. Who does not have them yet learns that by the error
	// and, with both in the maps, reads what was sent before and what is sent from now on.
	t.Run("key rotation", func(t *testing.T) {
		const newID = "key_497e75f4b69b45f0811f3e5235be0d8e"
		juspayNext, ownNext := keyOf(t, "Nuapay", "nuapay").PEM, keyOf(t, "J.P. Morgan", "client").PEM
		next := *juspay
		next.keys.SigningKey, next.keys.Merchant, next.keys.AnswerID = rsaKey(t, juspayNext), &rsaKey(t, ownNext).PublicKey, newID
		const payload = `{"order_id":"after"}`
		envelope, err := next.seal([]byte(payload))
		must(t, envelope, err)
		before, err := juspay.seal([]byte(`{"order_id":"before"}`))
		must(t, before, err)

		nextPublic, err := privateKey(t, juspayNext).Public()
		must(t, nextPublic, err)
		publics := map[string]*jose.PublicKey{answerID: public}
		owns := map[string]*jose.PrivateKey{answerID: own}
		_, err = newReceiver(t, publics, owns).Read(envelope)
		isClass(t, err, jose.ErrUnknownKey) // of the outer token

		owns[newID] = privateKey(t, ownNext)
		_, err = newReceiver(t, publics, owns).Read(envelope)
		isClass(t, err, errors.Join(jose.ErrUnknownKey, jose.ErrInner))

		publics[newID] = nextPublic
		both := newReceiver(t, publics, owns)
		for envelope, want := range map[string]string{string(envelope): payload, string(before): `{"order_id":"before"}`} {
			message, err := both.Read([]byte(envelope))
			if err != nil || string(message.Payload) != want {
				t.Errorf("want %s, got error %v", want, err)
			}
		}

		delete(publics, answerID)
		delete(owns, answerID)
		_, err = newReceiver(t, publics, owns).Read(before)
		isClass(t, err, jose.ErrUnknownKey)

		// The right "kid" and another key is no unknown key.
		wrong := newReceiver(t, map[string]*jose.PublicKey{newID: public}, map[string]*jose.PrivateKey{newID: privateKey(t, ownNext)})
		_, err = wrong.Read(envelope)
		isClass(t, err, errors.Join(jose.ErrSignature, jose.ErrInner))
		wrong = newReceiver(t, map[string]*jose.PublicKey{newID: nextPublic}, map[string]*jose.PrivateKey{newID: own})
		_, err = wrong.Read(envelope)
		isClass(t, err, jose.ErrDecryption)
	})

	// An envelope that was changed on the way.
	t.Run("changed on the way", func(t *testing.T) {
		content, err := juspay.seal([]byte(`{}`))
		must(t, content, err)
		iat := base64.RawURLEncoding.EncodeToString([]byte(`{"enc":"A256GCM","iat":1,"kid":"` + answerID + `","alg":"RSA-OAEP-256","exp":null}`))
		other, err := juspay.seal([]byte(`{}`))
		must(t, other, err)
		for _, test := range []struct {
			name   string
			change func(e, other *juspayEnvelope)
			want   error
		}{
			{"header", func(e, _ *juspayEnvelope) { e.Header = iat }, jose.ErrDecryption},
			{"encryptedKey", func(e, o *juspayEnvelope) { e.EncryptedKey = o.EncryptedKey }, jose.ErrDecryption},
			{"encryptedKey of another length", func(e, _ *juspayEnvelope) { e.EncryptedKey = e.EncryptedKey[4:] }, jose.ErrDecryption},
			{"iv", func(e, o *juspayEnvelope) { e.IV = o.IV }, jose.ErrDecryption},
			{"encryptedPayload", func(e, o *juspayEnvelope) { e.EncryptedPayload = o.EncryptedPayload }, jose.ErrDecryption},
			{"tag", func(e, o *juspayEnvelope) { e.Tag = o.Tag }, jose.ErrDecryption},
			{"tag cut", func(e, _ *juspayEnvelope) { e.Tag = e.Tag[:16] }, jose.ErrMalformed},
			{"tag padded", func(e, _ *juspayEnvelope) { e.Tag += "==" }, jose.ErrMalformed},
			{"no iv", func(e, _ *juspayEnvelope) { e.IV = "" }, jose.ErrMalformed},
			{"segments in a member", func(e, _ *juspayEnvelope) { e.Header += "." + e.EncryptedKey; e.EncryptedKey = "" }, jose.ErrMalformed},
		} {
			var e, o juspayEnvelope
			if err := errors.Join(json.Unmarshal(content, &e), json.Unmarshal(other, &o)); err != nil {
				t.Fatal(err)
			}
			test.change(&e, &o)
			changed, err := json.Marshal(e)
			_, err = merchant.Read(must(t, changed, err))
			t.Run(test.name, func(t *testing.T) { isClass(t, err, test.want) })
		}
		for _, envelope := range []string{string(content) + "{}", strings.Replace(string(content), `"iv"`, `"nonce"`, 1), string(content[1:])} {
			if _, err := merchant.Read([]byte(envelope)); err == nil {
				t.Errorf("no error for %.40s", envelope)
			}
		}
	})
	t.Run("not five parts", func(t *testing.T) {
		for _, token := range []string{"", "a.b.c", "a.b.c.d", "a.b.c.d.e.f"} {
			if envelope, err := sealJuspay(token); err == nil {
				t.Errorf("%q gives %s", token, envelope)
			}
		}
	})
	t.Run("keys that are missing", func(t *testing.T) {
		for _, keys := range []JuspayKeys{
			{},
			{SigningKey: juspay.keys.SigningKey, Merchant: juspay.keys.Merchant},
			{RequestKey: juspay.keys.RequestKey, Merchant: juspay.keys.Merchant},
			{RequestKey: juspay.keys.RequestKey, SigningKey: juspay.keys.SigningKey},
			{RequestKey: juspay.keys.RequestKey, SigningKey: juspay.keys.SigningKey, Merchant: juspay.keys.Merchant,
				Merchants: map[string]*rsa.PublicKey{requestID: nil}},
		} {
			if _, err := NewJuspayServer("merchant", keys); err == nil {
				t.Error("the server does without a key")
			}
		}
		if _, err := NewJuspayServer("", juspay.keys); err == nil {
			t.Error("the server does without the merchant's name")
		}
		full := juspay.keys
		newServer := func(change func(*JuspayKeys)) func() error {
			return func() error {
				keys := full
				change(&keys)
				_, err := NewJuspayServer("merchant", keys)
				return err
			}
		}
		areErrors(t, map[string]func() error{
			"a server without RequestID": newServer(func(keys *JuspayKeys) { keys.RequestID = "" }),
			"a server without AnswerID":  newServer(func(keys *JuspayKeys) { keys.AnswerID = "" }),
			"a server with a key without a kid": newServer(func(keys *JuspayKeys) {
				keys.Merchants = map[string]*rsa.PublicKey{"": full.Merchant}
			}),
			"a receiver with a key of theirs without a kid": func() error {
				_, err := NewJuspayReceiver(map[string]*jose.PublicKey{"": public}, map[string]*jose.PrivateKey{answerID: own})
				return err
			},
			"a receiver with a key of ours without a kid": func() error {
				_, err := NewJuspayReceiver(map[string]*jose.PublicKey{answerID: public}, map[string]*jose.PrivateKey{"": own})
				return err
			},
			"a client without a merchant": func() error {
				_, err := NewJuspayClient(nil, "", "", requestID, own, public, merchant)
				return err
			},
		})
		_, err := NewJuspayReceiver(nil, map[string]*jose.PrivateKey{answerID: own})
		isClass(t, err, jose.ErrKey)
		_, err = NewJuspayReceiver(map[string]*jose.PublicKey{answerID: public}, nil)
		isClass(t, err, jose.ErrKey)
		_, err = NewJuspayReceiver(map[string]*jose.PublicKey{answerID: nil}, map[string]*jose.PrivateKey{answerID: own})
		isClass(t, err, jose.ErrKey)
		_, err = NewJuspayReceiver(map[string]*jose.PublicKey{answerID: public}, map[string]*jose.PrivateKey{answerID: nil})
		isClass(t, err, jose.ErrKey)
		if _, err := NewJuspayClient(nil, "", "merchant", requestID, own, public, nil); err == nil {
			t.Error("the client does without a receiver")
		}
	})

	// From here on requests are encrypted, with SHA-1.
	signer := signerOf(t, own, jose.RS256, jose.KeyID(requestID))
	calls := &recorder{Handler: juspay}
	server := start(t, calls)
	newClient := func(address string) (*JuspayClient, error) {
		return NewJuspayClient(nil, address, "merchant", requestID, own, public, merchant)
	}
	client, err := newClient(server.URL)
	encrypter, err2 := public.Encrypter(jose.RSAOAEP, jose.ContentType("JWT"), jose.KeyID(requestID))
	decrypter, err3 := privateKey(t, juspayFiles.PEM).Decrypter(jose.RSAOAEP)
	if withoutSHA1(t) {
		isClass(t, err, jose.ErrUnsupported)
		isClass(t, err2, jose.ErrUnsupported)
		isClass(t, err3, jose.ErrUnsupported)
		return
	}
	must(t, client, err)
	must(t, encrypter, err2)
	must(t, decrypter, err3)
	verifier := verifierOf(t, publicKey(t, merchantFiles.PublicPEM), jose.RS256)

	// post sends what others than the client have signed and encrypted.
	post := func(s *jose.Signer, e *jose.Encrypter, body string) (*answer, error) {
		t.Helper()
		token, err := jose.SignThenEncrypt(s, e, []byte(body))
		envelope, err := sealJuspay(must(t, token, err))
		return client.send(t.Context(), must(t, envelope, err))
	}
	isResponse := func(t *testing.T, message *jose.Message, err error) {
		t.Helper()
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
	reads := func(t *testing.T, answer *answer, err error) {
		t.Helper()
		if err != nil || answer.status != http.StatusOK {
			t.Fatalf("got %v, error %v", answer, err)
		}
		message, err := merchant.Read([]byte(answer.body))
		isResponse(t, message, err)
	}
	t.Run("client", func(t *testing.T) {
		message, err := client.Call(t.Context(), []byte(*request.Payload))
		isResponse(t, message, err)
		token, err := openJuspay([]byte(calls.last("POST").body))
		sent, err := jose.DecryptThenVerify(decrypter, verifier, must(t, token, err))
		if err != nil {
			t.Fatal(err)
		}
		published, err := jose.DecryptThenVerify(decrypter, verifier, request.Token)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(sent.OuterHeader.Bytes(), published.OuterHeader.Bytes()) || !bytes.Equal(sent.Header.Bytes(), published.Header.Bytes()) {
			t.Errorf("sent %s and %s", sent.OuterHeader.Bytes(), sent.Header.Bytes())
		}
		_, err = client.Call(t.Context(), []byte(`{}`))
		saysRefused(t, err, "order_id")
	})
	t.Run("request", func(t *testing.T) {
		answer, err := post(signer, encrypter, *request.Payload)
		reads(t, answer, err)
	})
	t.Run("published request", func(t *testing.T) {
		envelope, err := sealJuspay(request.Token)
		answer, err := client.send(t.Context(), must(t, envelope, err))
		reads(t, answer, err)
		message, err := jose.DecryptThenVerify(decrypter, verifier, request.Token)
		if err != nil || string(message.Payload) != *request.Payload {
			t.Errorf("error %v", err)
		}
	})
	// The order's name is the merchant's, and comes back whatever it is made of.
	t.Run("a name that JSON escapes", func(t *testing.T) {
		message, err := client.Call(t.Context(), []byte("{\"order_id\":\"a\\u0000\\\"\\\\\u00e9\"}"))
		if err != nil {
			t.Fatal(err)
		}
		var content struct {
			OrderID string `json:"order_id"`
		}
		if err := json.Unmarshal(message.Payload, &content); err != nil || content.OrderID != "a\x00\"\\\u00e9" {
			t.Errorf("got %s, error %v", message.Payload, err)
		}
	})
	t.Run("refused requests", func(t *testing.T) {
		nuapay := privateKey(t, keyOf(t, "Nuapay", "nuapay").PEM)
		forger := signerOf(t, nuapay, jose.RS256, jose.KeyID(requestID))
		stranger := signerOf(t, nuapay, jose.RS256, jose.KeyID("key_7"))
		astray, err := publicKey(t, merchantFiles.PublicPEM).Encrypter(jose.RSAOAEP, jose.ContentType("JWT"), jose.KeyID(requestID))
		must(t, astray, err)
		plain, err := public.Encrypter(jose.RSAOAEP, jose.KeyID(requestID)) // SignThenEncrypt puts "cty" last
		must(t, plain, err)
		as256, err := public.Encrypter(jose.RSAOAEP256, jose.ContentType("JWT"), jose.KeyID(requestID))
		must(t, as256, err)
		extra := signerOf(t, own, jose.RS256, jose.KeyID(requestID), jose.Type("JWT"))
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
			isRefused(t, answer, err, test.reason)
		}
		unsigned, err := encrypter.Encrypt([]byte(*request.Payload)) // that is no JWS
		envelope, err := sealJuspay(must(t, unsigned, err))
		answer, err := client.send(t.Context(), must(t, envelope, err))
		isRefused(t, answer, err, "segments")

		sealed, err := sealJuspay(request.Token)
		must(t, sealed, err)
		answer, err = client.send(t.Context(), sealed, "X-Merchantid", "another")
		isRefused(t, answer, err, "headers")
		answer, err = client.send(t.Context(), []byte(`{"JWT":"`+request.Token+`"}`))
		isRefused(t, answer, err, "envelope")
		for reason, change := range map[string]func(*juspayEnvelope){
			"base64url": func(e *juspayEnvelope) { e.Tag += "==" },
			"tag":       func(e *juspayEnvelope) { e.Tag = strings.Repeat("A", 22) },
		} {
			var e juspayEnvelope
			err := json.Unmarshal(sealed, &e)
			change(&e)
			changed, err2 := json.Marshal(e)
			answer, err := client.send(t.Context(), must(t, changed, errors.Join(err, err2)))
			isRefused(t, answer, err, reason)
		}
	})
	t.Run("hostile answers", func(t *testing.T) {
		envelope, err := juspay.seal([]byte(*response.Payload))
		must(t, envelope, err)
		for _, test := range []struct {
			name, mediaType, body string
			status                int
		}{
			{"an error", "application/json", string(envelope), http.StatusInternalServerError},
			{"another media type", "text/html", string(envelope), http.StatusOK},
			{"not encrypted", "application/json", *response.Payload, http.StatusOK},
			{"nothing", "application/json", "", http.StatusOK},
		} {
			client, err := newClient(answering(t, test.status, test.mediaType, test.body).URL)
			if message, err := must(t, client, err).Call(t.Context(), []byte(*request.Payload)); err == nil {
				t.Errorf("%s: got %s", test.name, message.Payload)
			}
		}
	})
	// The two hashes are not interchangeable.
	t.Run("RSA-OAEP to a decrypter of answers", func(t *testing.T) {
		token, err := jose.SignThenEncrypt(signer, encrypter, []byte(`{}`))
		d, err2 := privateKey(t, juspayFiles.PEM).Decrypter(jose.RSAOAEP256)
		_, err = jose.DecryptThenVerify(must(t, d, err2), verifier, must(t, token, err))
		isClass(t, err, jose.ErrAlgorithm)
	})
}
