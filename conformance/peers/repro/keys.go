package main

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/json"
	"encoding/pem"
	"errors"
	"maps"
	"math/big"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwe"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
)

var (
	rsaKey = must(rsa.GenerateKey(rand.Reader, 2048))
	ecKey  = must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader))
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

const oaep = `{"alg":"RSA-OAEP-256","enc":"A256GCM"}`

// seal returns the JWE of this text as first segment, with RSA-OAEP-256 and
// A256GCM. The plaintext is long enough to have every letter of base64.
func seal(header string) string {
	cek, iv := make([]byte, 32), make([]byte, 12)
	rand.Read(cek)
	rand.Read(iv)
	key := must(rsa.EncryptOAEP(sha256.New(), rand.Reader, &rsaKey.PublicKey, cek, nil))
	gcm := must(cipher.NewGCM(must(aes.NewCipher(cek))))
	out := gcm.Seal(nil, iv, make([]byte, 1000), []byte(header))
	return strings.Join([]string{header, enc(key), enc(iv), enc(out[:1000]), enc(out[1000:])}, ".")
}

func sealed(header string) string { return seal(enc([]byte(header))) }

// sealedWhere returns the first of many JWEs for which ok is true.
func sealedWhere(ok func(segments []string) bool) string {
	for range 100000 {
		if t := sealed(oaep); ok(strings.Split(t, ".")) {
			return t
		}
	}
	panic("no such JWE")
}

// changed returns the token with another text for a segment.
func changed(token string, i int, change func(string) string) string {
	s := strings.Split(token, ".")
	s[i] = change(s[i])
	return strings.Join(s, ".")
}

// inside puts s into a segment, and after behind it.
func inside(token string, i int, s string) string {
	return changed(token, i, func(text string) string { return text[:4] + s + text[4:] })
}

func after(token string, i int, s string) string {
	return changed(token, i, func(text string) string { return text + s })
}

// standard returns the token with a segment in the alphabet of base64.
func standard(token string, i int) string {
	return changed(token, i, strings.NewReplacer("-", "+", "_", "/").Replace)
}

// padded returns a text of base64url with its padding.
func padded(s string) string { return s + strings.Repeat("=", (4-len(s)%4)%4) }

// withoutZero is a JWE whose encrypted key began with a zero octet, without it.
func withoutZero() string {
	t := sealedWhere(func(s []string) bool { return strings.HasPrefix(s[1], "AA") && s[1][2] < 'g' })
	return changed(t, 1, func(s string) string { return enc(must(encoding.DecodeString(s))[1:]) })
}

func goJoseJWE(token string) error {
	m, err := jose.ParseEncryptedCompact(token, []jose.KeyAlgorithm{jose.RSA_OAEP_256}, []jose.ContentEncryption{jose.A256GCM})
	if err == nil {
		_, err = m.Decrypt(rsaKey)
	}
	return err
}

func jwxJWE(token string) error {
	_, err := jwe.Decrypt([]byte(token), jwe.WithKey(jwa.RSA_OAEP_256(), rsaKey), jwe.WithCritValidation(true))
	return err
}

// object is a JWK.
type object map[string]any

func (o object) with(name string, value any) object {
	o = maps.Clone(o)
	o[name] = value
	return o
}

func (o object) without(name string) object {
	o = maps.Clone(o)
	delete(o, name)
	return o
}

func (o object) json() []byte { return must(json.Marshal(o)) }

func number(n *big.Int) string { return enc(n.Bytes()) }

func rsaPublic() object {
	return object{"kty": "RSA", "n": number(rsaKey.N), "e": "AQAB"}
}

func rsaPrivate() object {
	return rsaPublic().with("d", number(rsaKey.D)).with("p", number(rsaKey.Primes[0])).with("q", number(rsaKey.Primes[1])).
		with("dp", number(rsaKey.Precomputed.Dp)).with("dq", number(rsaKey.Precomputed.Dq)).with("qi", number(rsaKey.Precomputed.Qinv))
}

func evenModulus() string { return number(new(big.Int).Xor(rsaKey.N, big.NewInt(1))) }

func ecPublic() object {
	point := must(ecKey.PublicKey.Bytes())
	return object{"kty": "EC", "crv": "P-521", "x": enc(point[1:67]), "y": enc(point[67:])}
}

// ecOther has the number d of another key.
func ecOther() object {
	other := must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader))
	return ecPublic().with("d", enc(must(other.Bytes())))
}

// ecNegated has the number that belongs to the point with -y.
func ecNegated() object {
	d := new(big.Int).SetBytes(must(ecKey.Bytes()))
	d.Sub(elliptic.P521().Params().N, d)
	return ecPublic().with("d", enc(d.FillBytes(make([]byte, 66))))
}

func oct(k string) object { return object{"kty": "oct", "k": k} }

// unsigned is a token with a signature that no key has made: it fails with the error
// of a wrong signature once the key was read, whether or not crypto/rsa would use it.
func unsigned(alg string, size int) string {
	return enc([]byte(`{"alg":"`+alg+`"}`)) + "." + enc([]byte("{}")) + "." + enc(bytes.Repeat([]byte{1}, size))
}

func goJoseReads(o object) error {
	k := new(jose.JSONWebKey)
	if err := k.UnmarshalJSON(o.json()); err != nil {
		return err
	}
	t, alg := unsigned("RS256", 256), jose.RS256
	if o["kty"] == "EC" {
		t, alg = unsigned("ES512", 132), jose.ES512
	}
	m, err := jose.ParseSignedCompact(t, []jose.SignatureAlgorithm{alg})
	if err == nil {
		_, err = m.Verify(k)
	}
	if errors.Is(err, jose.ErrCryptoFailure) {
		return nil
	}
	return err
}

func goJoseSigns(o object) error {
	k := new(jose.JSONWebKey)
	if err := k.UnmarshalJSON(o.json()); err != nil {
		return err
	}
	alg := jose.RS256
	if o["kty"] == "EC" {
		alg = jose.ES512
	}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: k}, nil)
	if err == nil {
		_, err = s.Sign([]byte("text"))
	}
	return err
}

// goJoseSet decrypts with the key of a set that kid names, whose alg is another.
func goJoseSet() error {
	set := new(jose.JSONWebKeySet)
	k := rsaPrivate().with("kid", "a").with("alg", "RSA-OAEP")
	if err := json.Unmarshal(object{"keys": []object{k}}.json(), set); err != nil {
		return err
	}
	t := sealed(`{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"a"}`)
	m, err := jose.ParseEncryptedCompact(t, []jose.KeyAlgorithm{jose.RSA_OAEP_256}, []jose.ContentEncryption{jose.A256GCM})
	if err == nil {
		_, err = m.Decrypt(set)
	}
	return err
}

// goJoseSetCase reads a set whose member has another name, and expects its key.
func goJoseSetCase() error {
	set := new(jose.JSONWebKeySet)
	if err := json.Unmarshal(object{"KEYS": []object{rsaPublic().with("kid", "a")}}.json(), set); err != nil {
		return err
	}
	if len(set.Key("a")) != 1 {
		return errors.New("no key in the set")
	}
	return nil
}

func jwxKey(b []byte, options ...jwk.ParseOption) (jwk.Key, error) {
	k, err := jwk.ParseKey(b, options...)
	if err == nil {
		err = k.Validate()
	}
	return k, err
}

func jwxReads(b []byte, options ...jwk.ParseOption) error {
	k, err := jwxKey(b, options...)
	if err != nil {
		return err
	}
	t, alg := unsigned("RS256", 256), jwa.RS256()
	if k.KeyType() == jwa.EC() {
		t, alg = unsigned("ES512", 132), jwa.ES512()
	}
	_, err = jws.Verify([]byte(t), jws.WithKey(alg, k), jws.WithValidateKey(true))
	if errors.Is(err, jws.VerificationError()) {
		return nil
	}
	return err
}

// jwxThumbprint expects the thumbprint of the RSA public key.
func jwxThumbprint(b []byte) error {
	k, err := jwxKey(b)
	if err != nil {
		return err
	}
	have, err := k.Thumbprint(crypto.SHA256)
	want := sha256.Sum256([]byte(`{"e":"AQAB","kty":"RSA","n":"` + number(rsaKey.N) + `"}`))
	if err == nil && !bytes.Equal(have, want[:]) {
		err = errors.New("another thumbprint")
	}
	return err
}

func jwxSigns(o object) error {
	k, err := jwxKey(o.json())
	if err != nil {
		return err
	}
	alg := map[jwa.KeyType]jwa.SignatureAlgorithm{jwa.RSA(): jwa.RS256(), jwa.EC(): jwa.ES512(), jwa.OctetSeq(): jwa.HS512()}[k.KeyType()]
	_, err = jws.Sign([]byte("text"), jws.WithKey(alg, k), jws.WithValidateKey(true), jws.WithStrictECDSA(true))
	return err
}

// certificate returns a certificate of an RSA key, by another one, in PEM.
func certificate(n *big.Int, e int) []byte {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), SignatureAlgorithm: x509.ECDSAWithSHA512}
	der := must(x509.CreateCertificate(rand.Reader, template, template, &rsa.PublicKey{N: n, E: e}, crypto.Signer(ecKey)))
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// fourthField returns a certificate with a NULL after its signature.
func fourthField() []byte {
	block, _ := pem.Decode(certificate(rsaKey.N, 65537))
	var raw asn1.RawValue
	must(asn1.Unmarshal(block.Bytes, &raw))
	raw.FullBytes, raw.Bytes = nil, append(raw.Bytes, 5, 0)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: must(asn1.Marshal(raw))})
}

// pkcs1 returns the RSA key in PEM with this version.
func pkcs1(version byte) []byte {
	b := x509.MarshalPKCS1PrivateKey(rsaKey)
	if !bytes.Equal(b[4:7], []byte{2, 1, 0}) { // after the head of a long SEQUENCE
		panic("no version")
	}
	b[6] = version
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: b})
}

func jwxSignsPEM(file []byte) error {
	k, err := jwxKey(file, jwk.WithPEM(true))
	if err == nil {
		_, err = jws.Sign([]byte("text"), jws.WithKey(jwa.RS256(), k), jws.WithValidateKey(true))
	}
	return err
}

func golangJWTSigns(file []byte) error {
	k, err := jwt.ParseRSAPrivateKeyFromPEM(file)
	if err == nil {
		_, err = jwt.New(jwt.SigningMethodRS256).SignedString(k)
	}
	return err
}

func octSecret() object { return oct(enc(secret)) }

// goJoseVerifies and jwxVerifies verify a token with the JWK of a secret.
func goJoseVerifies(o object) error {
	k := new(jose.JSONWebKey)
	if err := k.UnmarshalJSON(o.json()); err != nil {
		return err
	}
	m, err := jose.ParseSignedCompact(token(secret, hs512, "{}"), []jose.SignatureAlgorithm{jose.HS512})
	if err == nil {
		_, err = m.Verify(k)
	}
	return err
}

func jwxVerifies(o object) error {
	k, err := jwxKey(o.json())
	if err == nil {
		_, err = jws.Verify([]byte(token(secret, hs512, "{}")), jws.WithCompact(), jws.WithKey(jwa.HS512(), k), jws.WithValidateKey(true))
	}
	return err
}

// rs256 is a token by the RSA key, with the kid a.
func rs256() string {
	input := enc([]byte(`{"alg":"RS256","kid":"a"}`)) + "." + enc([]byte("{}"))
	hash := sha256.Sum256([]byte(input))
	return input + "." + enc(must(rsa.SignPKCS1v15(rand.Reader, rsaKey, crypto.SHA256, hash[:])))
}

// goJoseSetVerifies and jwxSetVerifies verify it with this key in a set.
func goJoseSetVerifies(o object) error {
	set := new(jose.JSONWebKeySet)
	if err := json.Unmarshal(object{"keys": []object{o.with("kid", "a")}}.json(), set); err != nil {
		return err
	}
	m, err := jose.ParseSignedCompact(rs256(), []jose.SignatureAlgorithm{jose.RS256})
	if err == nil {
		_, err = m.Verify(set)
	}
	return err
}

func jwxSetVerifies(o object) error {
	set, err := jwk.Parse(object{"keys": []object{o.with("kid", "a").with("alg", "RS256")}}.json())
	if err == nil {
		_, err = jws.Verify([]byte(rs256()), jws.WithCompact(), jws.WithKeySet(set), jws.WithValidateKey(true))
	}
	return err
}

func golangJWTReads(file []byte) error {
	_, err := jwt.ParseRSAPublicKeyFromPEM(file)
	return err
}
