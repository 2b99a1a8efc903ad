// Package golangjwt has the tasks as they are done with github.com/golang-jwt/jwt,
// version 5: claims sets, signed, with keys in PEM.
package golangjwt
