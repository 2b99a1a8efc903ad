package golangjwt

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// VerifyDetached verifies a token of SignDetached together with its payload.
func VerifyDetached(publicPEM []byte, token string, payload []byte) error {
	key, err := jwt.ParseRSAPublicKeyFromPEM(publicPEM)
	if err != nil {
		return err
	}
	encodedHeader, encodedSignature, found := strings.Cut(token, "..")
	if !found {
		return errors.New("not detached")
	}
	octets, err := base64.RawURLEncoding.Strict().DecodeString(encodedHeader)
	if err != nil {
		return err
	}
	var header map[string]any
	if err := json.Unmarshal(octets, &header); err != nil {
		return err
	}
	crit, _ := header["crit"].([]any)
	if header["alg"] != "RS256" || header["b64"] != false || len(crit) != 1 || crit[0] != "b64" {
		return errors.New("another alg, b64 or crit")
	}
	signature, err := base64.RawURLEncoding.Strict().DecodeString(encodedSignature)
	if err != nil {
		return err
	}
	return jwt.SigningMethodRS256.Verify(encodedHeader+"."+string(payload), signature, key)
}
