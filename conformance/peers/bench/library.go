package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"runtime"
)

// A library is one column: the operations that it has, nil where it has none. Each is made in two
// steps, so that what its documentation says to do once (parse a key, make a signer) is done once,
// for a key first and then for the content or token. Only the operation is timed.
type library struct {
	name   string
	module string

	sign, encrypt     func(k *keys, alg string) producer
	verify, decrypt   func(k *keys, alg string) consumer
	signThenEncrypt   func(k *keys) producer
	decryptThenVerify func(k *keys) consumer
	// verifyJWT verifies an HS512 JWT and validates iss, aud and exp; it returns sub.
	verifyJWT func(k *keys) consumer
}

type (
	producer func(payload []byte) operation // payload or plaintext to token
	consumer func(token string) operation   // token to payload or plaintext
)

// libraries are the columns in their order.
var libraries = []library{this, goJose, jwx, golangJWT, cristalhq, kataras, jose2go}

// An operation can be run once, for its result, or n times, for the clock.
type operation struct {
	once func() ([]byte, error)
	loop func(n int) error
}

// measured makes an operation of a call. The call is through a function value and its result is
// kept alive, so that the compiler can leave out nothing; there is no conversion of the result
// in the loop, as libraries differ in what they return.
func measured[T string | []byte](call func() (T, error)) operation {
	return operation{
		once: func() ([]byte, error) {
			result, err := call()
			return append([]byte(nil), result...), err
		},
		loop: func(n int) error {
			var result T
			var err error
			for range n {
				if result, err = call(); err != nil {
					return err
				}
			}
			runtime.KeepAlive(result)
			return nil
		},
	}
}

// keys are those that all libraries use, as Go has them.
type keys struct {
	rsa    *rsa.PrivateKey
	ec     *ecdsa.PrivateKey
	secret []byte
}

// private is the key that alg signs with, public the one that it verifies with.
func (k *keys) private(alg string) any {
	switch alg {
	case "HS512":
		return k.secret
	case "ES512":
		return k.ec
	}
	return k.rsa
}

func (k *keys) public(alg string) any {
	switch alg {
	case "HS512":
		return k.secret
	case "ES512":
		return &k.ec.PublicKey
	}
	return &k.rsa.PublicKey
}

// keyFile is how keys are handed from one process to another, to be parsed there once.
type keyFile struct{ RSA, EC, Secret []byte }

// newKeyFile makes a key of each kind: RSA of 2048 bits, P-521, 64 octets.
func newKeyFile() (f keyFile, err error) {
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return f, err
	}
	e, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		return f, err
	}
	if f.RSA, err = x509.MarshalPKCS8PrivateKey(r); err != nil {
		return f, err
	}
	if f.EC, err = x509.MarshalPKCS8PrivateKey(e); err != nil {
		return f, err
	}
	f.Secret = make([]byte, 64)
	rand.Read(f.Secret)
	return f, nil
}

func (f keyFile) parse() (*keys, error) {
	r, err := x509.ParsePKCS8PrivateKey(f.RSA)
	if err != nil {
		return nil, err
	}
	e, err := x509.ParsePKCS8PrivateKey(f.EC)
	if err != nil {
		return nil, err
	}
	k := &keys{secret: f.Secret}
	var ok1, ok2 bool
	k.rsa, ok1 = r.(*rsa.PrivateKey)
	k.ec, ok2 = e.(*ecdsa.PrivateKey)
	if !ok1 || !ok2 || len(k.secret) != 64 {
		return nil, fmt.Errorf("keys of another kind")
	}
	return k, nil
}

// must is for what is done once: a library that does not take our keys is a defect here.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
