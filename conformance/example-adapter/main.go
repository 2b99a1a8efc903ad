// Command example-adapter is a complete adapter for the conformance command,
// here of package jose itself: it verifies and signs compact JWS, and says
// that it supports nothing else.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"os"

	"example.com/jose"
)

type request struct {
	ID      string `json:"id"`
	Op      string `json:"op"`
	Alg     string `json:"alg"`
	Key     struct{ JWK, Set json.RawMessage }
	Token   string                     `json:"token"`
	Check   map[string]json.RawMessage `json:"check"`
	Header  map[string]json.RawMessage `json:"header"`
	Payload string                     `json:"payload"`
}

type object = map[string]any

func main() {
	in, out := bufio.NewReader(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return // the runner has closed our input: the end
		}
		var r request
		if err := json.Unmarshal(line, &r); err != nil {
			panic(err) // to standard error, which the runner keeps for its report
		}
		out.Encode(answer(&r))
	}
}

func answer(r *request) object {
	switch {
	case r.Op == "hello":
		return object{"name": "example", "version": "1", "supports": object{
			"alg": []string{"RS256"}, "forms": []string{"compact"}, "ops": []string{"verify", "sign"}}}
	case r.Key.Set != nil || r.Check != nil:
		return object{"id": r.ID, "unsupported": "JWK Sets and extensions"}
	case r.Op == "verify":
		payload, err := verify(r)
		if err != nil {
			return object{"id": r.ID, "ok": false, "error": err.Error()}
		}
		return object{"id": r.ID, "ok": true, "payload": base64.RawURLEncoding.EncodeToString(payload)}
	default:
		token, err := sign(r)
		if err != nil {
			return object{"id": r.ID, "ok": false, "error": err.Error()}
		}
		return object{"id": r.ID, "ok": true, "token": token}
	}
}

func verify(r *request) ([]byte, error) {
	key, err := jose.ParsePublicKey(r.Key.JWK)
	if err != nil {
		return nil, err
	}
	v, err := key.Verifier(jose.RS256)
	if err != nil {
		return nil, err
	}
	m, err := v.Verify(r.Token)
	if err != nil {
		return nil, err
	}
	return m.Payload, nil
}

func sign(r *request) (string, error) {
	key, err := jose.ParsePrivateKey(r.Key.JWK)
	if err != nil {
		return "", err
	}
	var opts []jose.HeaderOption
	for name, value := range r.Header {
		opts = append(opts, jose.Member(name, value))
	}
	s, err := key.Signer(jose.RS256, opts...)
	if err != nil {
		return "", err
	}
	payload, err := base64.RawURLEncoding.DecodeString(r.Payload)
	if err != nil {
		return "", err
	}
	return s.Sign(payload)
}
