// Package gojose has the tasks as they are done with github.com/go-jose/go-jose,
// version 4. It takes the keys of package crypto, so PEM is read by crypto/x509.
package gojose
