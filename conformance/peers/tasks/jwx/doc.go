// Package jwx has the tasks as they are done with github.com/lestrrat-go/jwx,
// version 3: jws and jwe for octets, jwt for claims sets, jwk for keys.
package jwx
