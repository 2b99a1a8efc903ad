package golangjwt

import (
	"crypto"
	"crypto/rand"
	"crypto/sha512"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"math/big"

	"github.com/golang-jwt/jwt/v5"
)

// SignHandle signs payload, which has to be a claims set, by ES512 with a key that is kept elsewhere.
func SignHandle(handle crypto.Signer, payload []byte) (string, error) {
	var claims jwt.MapClaims
	if err := json.Unmarshal(payload, &claims); err != nil {
		return "", err
	}
	input, err := jwt.NewWithClaims(jwt.SigningMethodES512, claims).SigningString()
	if err != nil {
		return "", err
	}
	digest := sha512.Sum512([]byte(input))
	der, err := handle.Sign(rand.Reader, digest[:], crypto.SHA512)
	if err != nil {
		return "", err
	}
	var numbers struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &numbers); err != nil {
		return "", err
	}
	signature := make([]byte, 132)
	numbers.R.FillBytes(signature[:66])
	numbers.S.FillBytes(signature[66:])
	return input + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}
