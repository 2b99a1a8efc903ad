// Package library is package jose as an implementation that requests can be
// sent to, without a process between. It knows the protocol and package jose,
// and nothing of what a case expects. It writes the one form of a key that the
// library does not: a private JWK, for adapters.
package library

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"example.com/jose"
	"example.com/jose/conformance/protocol"
	"example.com/jose/vectors"
)

// b64 is how octets are written in requests and replies.
var b64 = base64.RawURLEncoding.Strict()

// Self is this library, called directly.
type Self struct{}

func (Self) Hello() protocol.Hello { return protocol.Hello{Name: "this library"} }
func (Self) Close()                {}

func (Self) Do(_ context.Context, r *protocol.Request) (reply protocol.Reply, f *protocol.Fault) {
	defer func() {
		if v := recover(); v != nil {
			f = &protocol.Fault{Kind: protocol.Crashed, Detail: protocol.Printable(fmt.Sprint("panic: ", v), 200)}
		}
	}()
	return Do(r), nil
}

// Do does what r says. Of a key it takes the set, else the JWK, else PEM
// or DER.
func Do(r *protocol.Request) protocol.Reply {
	out, err := selfCall(r)
	ok := err == nil
	reply := protocol.Reply{ID: &r.ID, OK: &ok}
	switch {
	case !ok:
		reply.Class, reply.Error = errorClass(err), err.Error()
	case r.Op == "sign" || r.Op == "encrypt":
		reply.Token = string(out)
	default:
		reply.Payload = b64.EncodeToString(out)
	}
	return reply
}

func selfCall(r *protocol.Request) ([]byte, error) {
	switch r.Op {
	case "verify", "verify-jwt":
		return verify(r)
	case "decrypt", "nested", "nested-jwt":
		return decrypt(r)
	case "key":
		if r.Role == "private" {
			priv, err := jose.ParsePrivateKey(input(r))
			if err != nil {
				return nil, err
			}
			return nil, bindPrivate(r.Alg, priv)
		}
		pub, err := jose.ParsePublicKey(input(r))
		if err != nil {
			return nil, err
		}
		return nil, bindPublic(r.Alg, pub)
	case "keyset":
		set, err := jose.ParseKeySet(input(r))
		if err != nil {
			return nil, err
		}
		return nil, bindSet(r.Alg, r.Role, set)
	case "thumbprint":
		pub, err := publicOf(input(r))
		if err != nil {
			return nil, err
		}
		text, err := pub.Thumbprint()
		if err != nil {
			return nil, err
		}
		return b64.DecodeString(text)
	case "sign":
		token, err := sign(r)
		return []byte(token), err
	case "encrypt":
		token, err := encrypt(r)
		return []byte(token), err
	}
	return nil, fmt.Errorf("unknown op %q", r.Op)
}

func verify(r *protocol.Request) ([]byte, error) {
	v, err := verifier(r.Alg, r.Key)
	if err != nil {
		return nil, err
	}
	if r.Op == "verify-jwt" {
		return claims(policy(r).Verify(v, r.Token, checks(r)...))
	}
	if r.DetachedPayload == nil {
		return message(v.Verify(r.Token, checks(r)...))
	}
	payload, err := b64.DecodeString(*r.DetachedPayload)
	if err != nil {
		return nil, err
	}
	return message(v.VerifyDetached(r.Token, payload, checks(r)...))
}

func decrypt(r *protocol.Request) ([]byte, error) {
	d, err := decrypter(r.Alg, r.Key)
	if err != nil {
		return nil, err
	}
	if r.Op == "decrypt" {
		decrypted, err := d.Decrypt(r.Token, checks(r)...)
		if err != nil {
			return nil, err
		}
		return decrypted.Plaintext, nil
	}
	v, err := verifier(r.InnerAlg, r.InnerKey)
	if err != nil {
		return nil, err
	}
	if r.Op == "nested-jwt" {
		return claims(policy(r).VerifyNested(d, v, r.Token, checks(r)...))
	}
	return message(jose.DecryptThenVerify(d, v, r.Token, checks(r)...))
}

func message(m *jose.Message, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	return m.Payload, nil
}

func claims(c *jose.Claims, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	return c.Payload(), nil
}

func sign(r *protocol.Request) (string, error) {
	key, err := private(r.Key)
	if err != nil {
		return "", err
	}
	s, err := key.Signer(signatureAlgs[r.Alg], headerOptions(r)...)
	if err != nil {
		return "", err
	}
	payload, err := b64.DecodeString(*r.Payload)
	if err != nil {
		return "", err
	}
	if strings.HasSuffix(r.Form, "detached") {
		return s.SignDetached(payload)
	}
	return s.Sign(payload)
}

func encrypt(r *protocol.Request) (string, error) {
	key, err := publicOf(keyFile(r.Key))
	if err != nil {
		return "", err
	}
	e, err := key.Encrypter(encryptionAlgs[r.Alg], headerOptions(r)...)
	if err != nil {
		return "", err
	}
	plaintext, err := b64.DecodeString(*r.Plaintext)
	if err != nil {
		return "", err
	}
	return e.Encrypt(plaintext)
}

// errorClass names the value that err wraps, as the corpus does.
func errorClass(err error) string {
	for _, c := range []struct {
		err  error
		name string
	}{
		{jose.ErrExpired, "expired"}, {jose.ErrNotYetValid, "not-yet-valid"}, {jose.ErrClaims, "claims"},
		{jose.ErrMalformed, "malformed"}, {jose.ErrUnsupported, "unsupported"}, {jose.ErrAlgorithm, "algorithm"},
		{jose.ErrKey, "key"}, {jose.ErrOption, "option"}, {jose.ErrUnknownKey, "unknown-key"}, {jose.ErrSignature, "signature"},
		{jose.ErrSigner, "signer"}, {jose.ErrDecryption, "decryption"},
	} {
		if errors.Is(err, c.err) {
			return c.name
		}
	}
	return "none"
}

// checks are the header members that the caller of the case understands.
func checks(r *protocol.Request) (opts []jose.CheckOption) {
	for name, want := range r.Check {
		opts = append(opts, jose.CheckMember(name, func(got json.RawMessage) error {
			if !protocol.SameJSON(got, want) {
				return errors.New("not the value that was expected")
			}
			return nil
		}))
	}
	return opts
}

func policy(r *protocol.Request) *jose.Policy {
	var p vectors.Policy
	if r.Policy != nil {
		p = *r.Policy
	}
	out := &jose.Policy{
		Issuer: p.Issuer, AnyIssuer: p.AnyIssuer, Subject: p.Subject, AnySubject: p.AnySubject,
		Audience: p.Audience, NoAudience: p.NoAudience, Type: p.Type, AnyType: p.AnyType, AllowNoExp: p.AllowNoExp,
		NoExpLifetime: seconds(p.NoExpLifetime), MaxAge: seconds(p.MaxAge), Leeway: seconds(p.Leeway),
	}
	if r.At != nil {
		out.Now = func() time.Time { return time.Unix(*r.At, 0) }
	}
	return out
}

// seconds does not overflow: a corpus may contain any number.
func seconds(n int64) time.Duration {
	const most = 1 << 32
	return time.Duration(min(max(n, -most), most)) * time.Second
}

// input is what the operations on keys read.
func input(r *protocol.Request) []byte {
	if r.InputB64u != "" {
		b, _ := b64.DecodeString(r.InputB64u) // newTask has encoded it
		return b
	}
	return []byte(r.Input)
}

// headerOptions are the members of the header that r asks for.
func headerOptions(r *protocol.Request) (opts []jose.HeaderOption) {
	if r.ExactHeader != "" {
		return []jose.HeaderOption{jose.ExactHeader([]byte(r.ExactHeader))}
	}
	for name, value := range r.Header {
		if name != "b64" && name != "crit" {
			opts = append(opts, jose.Member(name, value))
		}
	}
	if strings.HasPrefix(r.Form, "unencoded") {
		opts = append(opts, jose.Unencoded())
	}
	return opts
}

// file is the key as a file that ParsePrivateKey or ParsePublicKey reads.
func keyFile(k *protocol.Key) []byte {
	if k.JWK != nil {
		return k.JWK
	}
	return []byte(k.PEM + k.DER)
}

// private is the private key or the secret.
func private(k *protocol.Key) (*jose.PrivateKey, error) {
	if !k.ShortSecret {
		return jose.ParsePrivateKey(keyFile(k))
	}
	var members struct{ K string }
	json.Unmarshal(k.JWK, &members)
	secret, _ := b64.DecodeString(members.K)
	return jose.NewInsecureShortSecret(secret) // which refuses no octets, if there is no secret
}

// A receiver is a private key, a secret or a set.
type receiver interface {
	Verifier(jose.SignatureAlgorithm, ...jose.CheckOption) (*jose.Verifier, error)
	Decrypter(jose.KeyEncryptionAlgorithm, ...jose.CheckOption) (*jose.Decrypter, error)
}

func receiverOf(k *protocol.Key) (receiver, error) {
	if k.Set != nil {
		return jose.ParseKeySet(k.Set)
	}
	return private(k)
}

// The algorithms by their names in the corpus. Of the zero that any other name
// stands for, the library makes nothing.
var (
	signatureAlgs = map[string]jose.SignatureAlgorithm{
		"RS256": jose.RS256, "ES512": jose.ES512, "HS512": jose.HS512}
	encryptionAlgs = map[string]jose.KeyEncryptionAlgorithm{
		"RSA-OAEP": jose.RSAOAEP, "RSA-OAEP-256": jose.RSAOAEP256}
)

func Encrypts(alg string) bool { return encryptionAlgs[alg] != 0 }

func verifier(alg string, k *protocol.Key) (*jose.Verifier, error) {
	if k.Set != nil || k.ShortSecret || alg == "HS512" {
		key, err := receiverOf(k)
		if err != nil {
			return nil, err
		}
		return key.Verifier(signatureAlgs[alg])
	}
	pub, err := jose.ParsePublicKey(keyFile(k))
	if err != nil {
		return nil, err
	}
	return pub.Verifier(signatureAlgs[alg])
}

func decrypter(alg string, k *protocol.Key) (*jose.Decrypter, error) {
	key, err := receiverOf(k)
	if err != nil {
		return nil, err
	}
	return key.Decrypter(encryptionAlgs[alg])
}

// bindPrivate binds a key to alg, to sign or to decrypt.
func bindPrivate(alg string, priv *jose.PrivateKey) (err error) {
	if Encrypts(alg) {
		_, err = priv.Decrypter(encryptionAlgs[alg])
	} else {
		_, err = priv.Signer(signatureAlgs[alg])
	}
	return err
}

// bindPublic binds a key to alg, to verify or to encrypt.
func bindPublic(alg string, pub *jose.PublicKey) (err error) {
	if Encrypts(alg) {
		_, err = pub.Encrypter(encryptionAlgs[alg])
	} else {
		_, err = pub.Verifier(signatureAlgs[alg])
	}
	return err
}

// bindSet binds the keys of a set to alg. What a set cannot be asked for as a
// whole, to sign or to encrypt, one of its keys has to do.
func bindSet(alg, role string, set *jose.KeySet) (err error) {
	switch {
	case alg == "HS512" || role == "public" && !Encrypts(alg):
		_, err = set.Verifier(signatureAlgs[alg])
		return err
	case role == "private" && Encrypts(alg):
		_, err = set.Decrypter(encryptionAlgs[alg])
		return err
	}
	err = fmt.Errorf("%w: no %s key in the set", jose.ErrKey, role)
	for _, k := range set.PrivateKeys() {
		if role == "private" && err != nil {
			err = bindPrivate(alg, k)
		}
	}
	for _, k := range set.PublicKeys() {
		if role == "public" && err != nil {
			err = bindPublic(alg, k)
		}
	}
	return err
}

// publicOf returns the public key of either half.
func publicOf(file []byte) (*jose.PublicKey, error) {
	if priv, err := jose.ParsePrivateKey(file); err == nil {
		return priv.Public()
	}
	return jose.ParsePublicKey(file)
}

// CheckHeader reports which member of want is missing in a token's header, or is
// there with another value.
func CheckHeader(token string, want map[string]json.RawMessage) error {
	h, err := jose.UnverifiedHeader(token)
	if err != nil {
		return err
	}
	for name, value := range want {
		var got json.RawMessage
		if err := h.Get(name, &got); err != nil || !protocol.SameJSON(got, value) {
			return fmt.Errorf("header member %q is not as requested", name)
		}
	}
	return nil
}
