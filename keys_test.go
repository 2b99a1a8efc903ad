package jose

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math"
	"math/big"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

// The private keys that the RFCs publish, so that nothing is generated and all runs are alike.
const (
	// RFC 7517, Appendix A.2; its public half is the key of RFC 7638, Section 3.1.
	ktRSA1JWK = `{"kty":"RSA",
"n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
"e":"AQAB",
"d":"X4cTteJY_gn4FYPsXB8rdXix5vwsg1FLN5E3EaG6RJoVH-HLLKD9M7dx5oo7GURknchnrRweUkC7hT5fJLM0WbFAKNLWY2vv7B6NqXSzUvxT0_YSfqijwp3RTzlBaCxWp4doFk5N2o8Gy_nHNKroADIkJ46pRUohsXywbReAdYaMwFs9tv8d_cPVY3i07a3t8MN6TNwm0dSawm9v47UiCl3Sk5ZiG7xojPLu4sbg1U2jx4IBTNBznbJSzFHK66jT8bgkuqsk0GjskDJk19Z4qwjwbsnn4j2WBii3RL-Us2lGVkY8fkFzme1z0HbIkfz0Y6mqnOYtqc0X4jfcKoAC8Q",
"p":"83i-7IvMGXoMXCskv73TKr8637FiO7Z27zv8oj6pbWUQyLPQBQxtPVnwD20R-60eTDmD2ujnMt5PoqMrm8RfmNhVWDtjjMmCMjOpSXicFHj7XOuVIYQyqVWlWEh6dN36GVZYk93N8Bc9vY41xy8B9RzzOGVQzXvNEvn7O0nVbfs",
"q":"3dfOR9cuYq-0S-mkFLzgItgMEfFzB2q3hWehMuG0oCuqnb3vobLyumqjVZQO1dIrdwgTnCdpYzBcOfW5r370AFXjiWft_NGEiovonizhKpo9VVS78TzFgxkIdrecRezsZ-1kYd_s1qDbxtkDEgfAITAG9LUnADun4vIcb6yelxk",
"dp":"G4sPXkc6Ya9y8oJW9_ILj4xuppu0lzi_H7VTkS8xj5SdX3coE0oimYwxIi2emTAue0UOa5dpgFGyBJ4c8tQ2VF402XRugKDTP8akYhFo5tAA77Qe_NmtuYZc3C3m3I24G2GvR5sSDxUyAN2zq8Lfn9EUms6rY3Ob8YeiKkTiBj0",
"dq":"s9lAH9fggBsoFR8Oac2R_E2gw282rT2kGOAhvIllETE1efrA6huUUvMfBcMpn8lqeW6vzznYY5SSQF7pMdC_agI3nG8Ibp1BUb0JUiraRNqUfLhcQb_d9GF4Dh7e74WbRsobRonujTYN1xCaP6TO61jvWrX-L18txXw494Q_cgk",
"qi":"GyM_p6JrXySiz1toFgKbWV-JdI3jQ4ypu9rbMWx3rQJBfmt0FoYzgUIZEVFEcOqwemRN81zoDAaa-Bk0KWNGDjJHZDdDmFhW3AN7lI-puxk_mHZGJ11rxyR8O55XLSe3SPmRfKwZI6yU24ZxvQKFYItdldUKGzO6Ia6zTKhAVRU"}`

	// RFC 7515, Appendix A.2.
	ktRSA2JWK = `{"kty":"RSA",
"n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
"e":"AQAB",
"d":"Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ",
"p":"4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc",
"q":"uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc",
"dp":"BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0",
"dq":"h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0ajaHF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU",
"qi":"IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U"}`

	// RFC 7515, Appendix A.4.
	ktEC1JWK = `{"kty":"EC",
"crv":"P-521",
"x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
"y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2",
"d":"AY5pb7A0UFiB3RELSD64fTLOSV_jazdF7fLYyuTw8lOfRhWg6Y6rUrPAxerEzgdRhajnu0ferB0d53vM9mE15j2C"}`

	// RFC 7520, Section 3.2; its x starts with a zero octet, and so does d.
	ktEC2JWK = `{"kty":"EC",
"crv":"P-521",
"x":"AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt",
"y":"AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1",
"d":"AAhRON2r9cqXX1hg-RoI6R1tX5p2rUAYdmpHZoC1XNM56KtscrX6zbKipQrCW9CGZH3T4ubpnoTKLDYJ_fF3_rJt"}`

	// Public keys that are out of scope: RFC 7517, Appendix A.1, and RFC 8037, Appendix A.2.
	ktP256JWK = `{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}`
	ktOKPJWK  = `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
)

// ktMembers returns the members of a JWK that are strings, read by encoding/json.
func ktMembers(jwk string) map[string]string {
	var all map[string]any
	if err := json.Unmarshal([]byte(jwk), &all); err != nil {
		panic(err)
	}
	members := make(map[string]string)
	for name, value := range all {
		if s, ok := value.(string); ok {
			members[name] = s
		}
	}
	return members
}

// ktNumber returns the number that is the base64url text of a JWK.
func ktNumber(text string) *big.Int {
	octets, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return new(big.Int).SetBytes(octets)
}

// ktB64 is base64url by encoding/base64.
func ktB64(octets []byte) string { return base64.RawURLEncoding.EncodeToString(octets) }

// ktRSANumbers is an RSA private key as numbers, to be spoiled and offered in any form.
type ktRSANumbers struct{ n, e, d, p, q, dp, dq, qi *big.Int }

func ktRSA(jwk string) ktRSANumbers {
	m := ktMembers(jwk)
	return ktRSANumbers{ktNumber(m["n"]), ktNumber(m["e"]), ktNumber(m["d"]), ktNumber(m["p"]),
		ktNumber(m["q"]), ktNumber(m["dp"]), ktNumber(m["dq"]), ktNumber(m["qi"])}
}

// ktRSAFrom returns the key of two numbers that should be primes, and an exponent. It is
// computed with math/big alone.
func ktRSAFrom(p, q *big.Int, e int64) ktRSANumbers {
	one := big.NewInt(1)
	p1, q1 := new(big.Int).Sub(p, one), new(big.Int).Sub(q, one)
	lambda := new(big.Int).Mul(p1, q1)
	lambda.Div(lambda, new(big.Int).GCD(nil, nil, p1, q1))
	k := ktRSANumbers{n: new(big.Int).Mul(p, q), e: big.NewInt(e), p: p, q: q, d: new(big.Int), qi: new(big.Int)}
	if k.d.ModInverse(k.e, lambda) == nil || k.qi.ModInverse(q, p) == nil {
		panic("no such key")
	}
	k.dp, k.dq = new(big.Int).Mod(k.d, p1), new(big.Int).Mod(k.d, q1)
	return k
}

// goKey returns the numbers as a Go key; nil where e is no int.
func (k ktRSANumbers) goKey() *rsa.PrivateKey {
	e := k.e.Int64()
	if !k.e.IsInt64() || int64(int(e)) != e {
		return nil
	}
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: k.n, E: int(e)}, D: k.d, Primes: []*big.Int{k.p, k.q}}
	key.Precomputed.Dp, key.Precomputed.Dq, key.Precomputed.Qinv = k.dp, k.dq, k.qi
	return key
}

// jwk returns the numbers as a JWK; nil where one is negative, which a JWK can't say.
func (k ktRSANumbers) jwk() []byte {
	members := map[string]string{"kty": "RSA"}
	for name, number := range map[string]*big.Int{"n": k.n, "e": k.e, "d": k.d, "p": k.p, "q": k.q, "dp": k.dp, "dq": k.dq, "qi": k.qi} {
		if number.Sign() < 0 {
			return nil
		}
		members[name] = ktB64(number.Bytes())
	}
	jwk, _ := json.Marshal(members)
	return jwk
}

// pkcs1 returns the numbers as an RSAPrivateKey of RFC 8017, Appendix A.1.2.
func (k ktRSANumbers) pkcs1() []byte {
	return ktSeq(ktInt(0), ktBig(k.n), ktBig(k.e), ktBig(k.d), ktBig(k.p), ktBig(k.q), ktBig(k.dp), ktBig(k.dq), ktBig(k.qi))
}

// ktRSAKey and ktRSAPublic return a fresh Go key, for the caller to change.
func ktRSAKey(jwk string) *rsa.PrivateKey {
	key := ktRSA(jwk).goKey()
	key.Precompute()
	return key
}

func ktRSAPublic(jwk string) *rsa.PublicKey {
	k := ktRSA(jwk)
	return &rsa.PublicKey{N: k.n, E: int(k.e.Int64())}
}

// ktEC returns a fresh Go key, for the caller to change.
func ktEC(jwk string) *ecdsa.PrivateKey {
	m := ktMembers(jwk)
	return &ecdsa.PrivateKey{PublicKey: ecdsa.PublicKey{Curve: elliptic.P521(), X: ktNumber(m["x"]), Y: ktNumber(m["y"])}, D: ktNumber(m["d"])}
}

// ktSecret returns so many octets, always the same.
func ktSecret(size int) []byte {
	var secret []byte
	for i := byte(0); len(secret) < size; i++ {
		block := sha512.Sum512([]byte{'k', 't', i})
		secret = append(secret, block[:]...)
	}
	return secret[:size]
}

// ktOct returns the JWK of a secret.
func ktOct(secret []byte) string { return `{"kty":"oct","k":"` + ktB64(secret) + `"}` }

// ktWith returns the JWK with members set to JSON text, or without them where it is "".
func ktWith(jwk string, edits ...string) string {
	members := make(map[string]json.RawMessage)
	if err := json.Unmarshal([]byte(jwk), &members); err != nil {
		panic(err)
	}
	for i := 0; i < len(edits); i += 2 {
		delete(members, edits[i])
		if edits[i+1] != "" {
			members[edits[i]] = json.RawMessage(edits[i+1])
		}
	}
	out, err := json.Marshal(members)
	if err != nil {
		panic(err)
	}
	return string(out)
}

// ktPublic returns the JWK without its private members.
func ktPublic(jwk string) string {
	return ktWith(jwk, "d", "", "p", "", "q", "", "dp", "", "dq", "", "qi", "")
}

// ktSet returns the JWK Set of these keys.
func ktSet(keys ...string) string { return `{"keys":[` + strings.Join(keys, ",") + `]}` }

// DER, written here octet by octet so that it can be wrong in one place.
func ktTLV(tag byte, content ...[]byte) []byte {
	body := slices.Concat(content...)
	switch n := len(body); {
	case n < 0x80:
		return append([]byte{tag, byte(n)}, body...)
	case n < 0x100:
		return append([]byte{tag, 0x81, byte(n)}, body...)
	case n < 0x10000:
		return append([]byte{tag, 0x82, byte(n >> 8), byte(n)}, body...)
	default:
		return append([]byte{tag, 0x83, byte(n >> 16), byte(n >> 8), byte(n)}, body...)
	}
}

func ktSeq(content ...[]byte) []byte { return ktTLV(0x30, content...) }
func ktOctets(octets []byte) []byte  { return ktTLV(0x04, octets) }
func ktBits(octets []byte) []byte    { return ktTLV(0x03, []byte{0}, octets) }
func ktInt(n int64) []byte           { return ktBig(big.NewInt(n)) }

func ktBig(n *big.Int) []byte {
	der, err := asn1.Marshal(n)
	if err != nil {
		panic(err)
	}
	return der
}

var (
	ktNull     = []byte{5, 0}
	ktOIDRSA   = []byte{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1}  // rsaEncryption: RFC 8017, Appendix C
	ktOIDPSS   = []byte{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10} // id-RSASSA-PSS: RFC 8017, Appendix C
	ktOIDOAEP  = []byte{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 7}  // id-RSAES-OAEP: RFC 8017, Appendix C
	ktOIDEC    = []byte{6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1}           // id-ecPublicKey: RFC 5480, Section 2.1.1
	ktOIDECDH  = []byte{6, 5, 0x2b, 0x81, 4, 1, 12}                         // id-ecDH: RFC 5480, Section 2.1.2
	ktOIDP521  = []byte{6, 5, 0x2b, 0x81, 4, 0, 35}                         // secp521r1: RFC 5480, Section 2.1.1.1
	ktOIDP384  = []byte{6, 5, 0x2b, 0x81, 4, 0, 34}                         // secp384r1
	ktAlgRSA   = ktSeq(ktOIDRSA, ktNull)
	ktAlgEC    = ktSeq(ktOIDEC, ktOIDP521)
	ktVersion0 = ktInt(0)
	ktVersion1 = ktInt(1)
)

// ktPoint returns the uncompressed point of a key (SEC 1, Section 2.3.3).
func ktPoint(key *ecdsa.PublicKey) []byte {
	point := make([]byte, 133)
	point[0] = 4
	key.X.FillBytes(point[1:67])
	key.Y.FillBytes(point[67:])
	return point
}

func ktPEM(label string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der})
}

// ktMust returns v, or panics with err.
func ktMust[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// ktKey and ktPub return the key of a JWK that is private or secret, and its public half.
func ktKey(jwk string) *PrivateKey { return ktMust(ParsePrivateKey([]byte(jwk))) }

func ktPub(jwk string) *PublicKey { return ktMust(ktKey(jwk).Public()) }

// ktHMAC returns the key of so many octets of ktSecret.
func ktHMAC(size int) *PrivateKey {
	if size < 64 {
		return ktMust(NewInsecureShortSecret(ktSecret(size)))
	}
	return ktMust(NewSecret(ktSecret(size)))
}

// ktKidOpts returns the option that writes this "kid", or none for "-".
func ktKidOpts(kid string) []HeaderOption {
	if kid == "-" {
		return nil
	}
	return []HeaderOption{Member("kid", kid)} // which may be empty
}

// ktKty is the type of key that each algorithm takes (RFC 7518, Sections 3.1, 4.1 and 6.1).
var ktKty = map[Algorithm]string{RS256: "RSA", ES512: "EC", HS512: "oct", RSAOAEP: "RSA", RSAOAEP256: "RSA"}

// A ktRole is what came of one way from a key to a role.
type ktRole struct {
	name string
	alg  Algorithm
	use  string
	ops  []string // any of these in "key_ops" permits it
	role any      // a nil pointer where there is an error
	err  error
}

// ktRoles goes each way that there is from a *PrivateKey, *PublicKey or *KeySet, with each
// algorithm.
func ktRoles(key any) []ktRole {
	return ktRolesFor(key, []SignatureAlgorithm{RS256, ES512, HS512}, []KeyEncryptionAlgorithm{RSAOAEP, RSAOAEP256})
}

func ktRolesFor(key any, signatures []SignatureAlgorithm, encryptions []KeyEncryptionAlgorithm) (roles []ktRole) {
	add := func(method string, alg Algorithm, use string, ops []string, role any, err error) {
		roles = append(roles, ktRole{fmt.Sprintf("%T.%s(%d %s)", key, method, alg, alg), alg, use, ops, role, err})
	}
	for _, alg := range signatures {
		if k, ok := key.(interface {
			Signer(SignatureAlgorithm, ...HeaderOption) (*Signer, error)
		}); ok {
			s, err := k.Signer(alg)
			add("Signer", alg, "sig", []string{"sign"}, s, err)
		}
		if k, ok := key.(interface {
			Verifier(SignatureAlgorithm, ...CheckOption) (*Verifier, error)
		}); ok {
			v, err := k.Verifier(alg)
			add("Verifier", alg, "sig", []string{"verify"}, v, err)
		}
	}
	for _, alg := range encryptions {
		if k, ok := key.(interface {
			Encrypter(KeyEncryptionAlgorithm, ...HeaderOption) (*Encrypter, error)
		}); ok {
			e, err := k.Encrypter(alg)
			add("Encrypter", alg, "enc", []string{"encrypt", "wrapKey"}, e, err)
		}
		if k, ok := key.(interface {
			Decrypter(KeyEncryptionAlgorithm, ...CheckOption) (*Decrypter, error)
		}); ok {
			d, err := k.Decrypter(alg)
			add("Decrypter", alg, "enc", []string{"decrypt", "unwrapKey"}, d, err)
		}
	}
	return roles
}

// of reports whether a key of this type, private or public, has the role: only a secret signs
// and verifies.
func (r *ktRole) of(kty string, private bool) bool {
	return ktKty[r.alg] == kty && (!private || kty == "oct" || r.ops[0] != "verify")
}

// ktHasRoles checks that a *PrivateKey or *PublicKey of this type has all roles that it can
// have, or, if this mode of crypto refuses it, that they are ErrUnsupported; and no others.
func ktHasRoles(t *testing.T, why string, key any, kty string, unsupported bool) {
	t.Helper()
	_, private := key.(*PrivateKey)
	for _, r := range ktRoles(key) {
		switch why := why + ": " + r.name; {
		case !r.of(kty, private):
			ktRefused(t, why, r.role, r.err, ErrKey)
		case unsupported:
			ktRefused(t, why, r.role, r.err, ErrUnsupported)
		case r.alg == RSAOAEP:
			ktSHA1(t, why, r.role, r.err)
		default:
			ktAccepted(t, why, r.role, r.err)
		}
	}
}

// ktNil reports whether got, a pointer of any type, is nil.
func ktNil(got any) bool { return got == nil || reflect.ValueOf(got).IsNil() }

// ktClasses are all classes of errors, of which an error has exactly one.
var ktClasses = []error{ErrMalformed, ErrUnsupported, ErrAlgorithm, ErrKey, ErrOption, ErrUnknownKey,
	ErrSignature, ErrSigner, ErrDecryption, ErrInner, ErrClaims}

// ktRefused checks that there is an error of this class alone, without a secret of a test
// key in its text, and nothing beside it: got is a nil pointer.
func ktRefused(t *testing.T, why string, got any, err, class error) {
	t.Helper()
	if !ktNil(got) {
		t.Errorf("%s: a %T beside the error %v", why, got, err)
	}
	ktClass(t, why, err, class)
}

func ktClass(t *testing.T, why string, err, class error) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error, want %v", why, class)
		return
	}
	for _, c := range ktClasses {
		if errors.Is(err, c) != (c == class) {
			t.Errorf("%s: error %q, want %v alone", why, err, class)
			return
		}
	}
	if secret := ktLeak(err.Error()); secret != "" {
		t.Errorf("%s: the error has %s in it", why, secret)
	}
}

// ktAccepted checks that there is a result, got, and no error.
func ktAccepted(t *testing.T, why string, got any, err error) {
	t.Helper()
	if err != nil || ktNil(got) {
		t.Errorf("%s: refused: %v", why, err)
	}
}

// ktOutcome checks that there is a result, or, where an error is wanted, that one alone.
func ktOutcome(t *testing.T, why string, got any, err, want error) {
	t.Helper()
	if want == nil {
		ktAccepted(t, why, got, err)
	} else {
		ktRefused(t, why, got, err, want)
	}
}

// ktOK returns the error that is wanted where a key is in order, or not.
func ktOK(ok bool) error {
	if ok {
		return nil
	}
	return ErrKey
}

// What a file is.
const (
	ktIsPrivate = "private" // or secret
	ktIsPublic  = "public"
	ktIsNone    = "none"
)

// ktReads checks that ParsePrivateKey and ParsePublicKey take a file for what it is, and returns
// the key.
func ktReads(t *testing.T, why string, file []byte, is string) (*PrivateKey, *PublicKey) {
	t.Helper()
	private, err := ParsePrivateKey(file)
	ktOutcome(t, why+": as a private key", private, err, ktOK(is == ktIsPrivate))
	public, err := ParsePublicKey(file)
	ktOutcome(t, why+": as a public key", public, err, ktOK(is == ktIsPublic))
	return private, public
}

// ktRefusedKey checks that ParsePrivateKey and ParsePublicKey both refuse the file.
func ktRefusedKey(t *testing.T, why string, file []byte) {
	t.Helper()
	ktReads(t, why, file, ktIsNone)
}

// A ktNeedle is a text that shows key material of the test keys.
type ktNeedle struct{ text, what string }

// ktNeedles are each secret as fmt prints octets and numbers with every verb, and in base64
// at each alignment, by their first eight octets.
var ktNeedles = sync.OnceValue(func() map[[8]byte][]ktNeedle {
	needles := make(map[[8]byte][]ktNeedle)
	add := func(what, text string) {
		if len(text) >= 8 {
			prefix := [8]byte([]byte(text))
			needles[prefix] = append(needles[prefix], ktNeedle{text, what})
		}
	}
	secrets := map[string][]byte{"the secret": ktSecret(64), "the short secret": ktSecret(32)}
	for i, jwk := range []string{ktRSA1JWK, ktRSA2JWK, ktEC1JWK, ktEC2JWK} {
		members := ktMembers(jwk)
		for _, name := range []string{"d", "p", "q", "dp", "dq", "qi"} {
			if text, ok := members[name]; ok {
				secrets[fmt.Sprintf("%s of key %d", name, i)] = ktNumber(text).Bytes()
			}
		}
	}
	for what, secret := range secrets {
		part := secret[6:14]
		for _, verb := range ktVerbs {
			if verb == "p" || verb == "T" { // the address and the type
				continue
			}
			octets := strings.TrimPrefix(fmt.Sprintf("%"+verb, part), "[]byte")
			add(what+" by %"+verb, strings.Trim(octets, "[]{}()\"`'"))
			add(what+" by % "+verb, strings.Trim(fmt.Sprintf("% "+verb, part), "[]{}()\"`'"))
		}
		add(what+" with commas", strings.ReplaceAll(strings.Trim(fmt.Sprint(part), "[]"), " ", ","))
		number := new(big.Int).SetBytes(secret)
		add(what+" as a number", number.String())
		for _, word := range number.Bits() {
			add(what+" as words", fmt.Sprint(uint(word)))
			add(what+" as words in hex", fmt.Sprintf("%x", uint(word)))
		}
		for shift := range 3 {
			add(what+" in base64", base64.RawStdEncoding.EncodeToString(secret[shift:shift+12]))
			add(what+" in base64url", ktB64(secret[shift:shift+12]))
		}
	}
	return needles
})

var ktVerbs = []string{"v", "+v", "#v", "s", "q", "d", "x", "X", "#x", "o", "b", "c", "U", "e", "g", "t", "p", "T"}

// ktLeak returns which secret of the test keys is in text, or "".
func ktLeak(text string) string {
	needles := ktNeedles()
	for i := 0; i+8 <= len(text); i++ {
		for _, n := range needles[[8]byte([]byte(text[i:i+8]))] {
			if strings.HasPrefix(text[i:], n.text) {
				return n.what
			}
		}
	}
	return ""
}

// ktFIPSOnly tells the mode GODEBUG=fips140=only by what crypto/rsa itself refuses there
// (DESIGN: fips140.Enabled is also true in the mode "on").
var ktFIPSOnly = sync.OnceValue(func() bool {
	_, err := rsa.EncryptOAEP(sha1.New(), rand.Reader, ktRSAPublic(ktRSA1JWK), make([]byte, 32), nil)
	return err != nil
})

// ktSHA1 checks the result of a constructor that uses SHA-1: it is there, or, in a mode
// that has no SHA-1, the error is ErrUnsupported (D17).
func ktSHA1(t *testing.T, why string, got any, err error) {
	t.Helper()
	if ktFIPSOnly() {
		ktRefused(t, why+" without SHA-1", got, err, ErrUnsupported)
	} else {
		ktAccepted(t, why, got, err)
	}
}

// ktSignsAs checks that s signs with the private half of pub, by crypto alone.
func ktSignsAs(t *testing.T, why string, s *Signer, pub crypto.PublicKey) {
	t.Helper()
	token, err := s.Sign([]byte("payload"))
	if err != nil {
		t.Errorf("%s: %v", why, err)
		return
	}
	dot := strings.LastIndexByte(token, '.')
	signature, err := base64.RawURLEncoding.DecodeString(token[dot+1:])
	if err != nil {
		t.Fatal(err)
	}
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		digest := sha256.Sum256([]byte(token[:dot]))
		if err := rsa.VerifyPKCS1v15(pub, crypto.SHA256, digest[:], signature); err != nil {
			t.Errorf("%s: %v", why, err)
		}
	case *ecdsa.PublicKey:
		digest := sha512.Sum512([]byte(token[:dot]))
		r, s := new(big.Int).SetBytes(signature[:66]), new(big.Int).SetBytes(signature[66:])
		if len(signature) != 132 || !ecdsa.Verify(pub, digest[:], r, s) {
			t.Errorf("%s: the signature does not hold", why)
		}
	default:
		t.Fatalf("%s: a %T", why, pub)
	}
}

// A ktHandle is a crypto.Signer and crypto.Decrypter, as an HSM or a KMS has one. It hides
// its private key, and can lie.
type ktHandle struct {
	public  crypto.PublicKey
	sign    func(digest []byte, opts crypto.SignerOpts) ([]byte, error)
	decrypt func(encrypted []byte, opts crypto.DecrypterOpts) ([]byte, error)
}

func (h *ktHandle) Public() crypto.PublicKey { return h.public }

func (h *ktHandle) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return h.sign(digest, opts)
}

func (h *ktHandle) Decrypt(_ io.Reader, encrypted []byte, opts crypto.DecrypterOpts) ([]byte, error) {
	return h.decrypt(encrypted, opts)
}

// ktHide returns a handle that works, and shows no private key.
func ktHide(key crypto.Signer) *ktHandle {
	h := &ktHandle{public: key.Public()}
	h.sign = func(digest []byte, opts crypto.SignerOpts) ([]byte, error) {
		return key.Sign(rand.Reader, digest, opts)
	}
	h.decrypt = func(encrypted []byte, opts crypto.DecrypterOpts) ([]byte, error) {
		return key.(crypto.Decrypter).Decrypt(rand.Reader, encrypted, opts)
	}
	return h
}

// DESIGN D3: nil, typed nil and zero structs are errors, not panics.
func TestD3_NilAndZero(t *testing.T) {
	t.Parallel()
	k := ktRSA(ktRSA1JWK)
	rsaPublic := ktRSAPublic(ktRSA1JWK)
	for why, key := range map[string]crypto.PrivateKey{
		"nil":                               nil,
		"typed nil, RSA":                    (*rsa.PrivateKey)(nil),
		"typed nil, EC":                     (*ecdsa.PrivateKey)(nil),
		"zero RSA key":                      new(rsa.PrivateKey),
		"RSA key without a private half":    &rsa.PrivateKey{PublicKey: *rsaPublic},
		"RSA key of nil primes alone":       &rsa.PrivateKey{Primes: []*big.Int{nil, nil}},
		"RSA key with nil primes":           &rsa.PrivateKey{PublicKey: *rsaPublic, D: k.d, Primes: []*big.Int{nil, nil}},
		"RSA key with one nil prime":        &rsa.PrivateKey{PublicKey: *rsaPublic, D: k.d, Primes: []*big.Int{k.p, nil}},
		"RSA key without d":                 &rsa.PrivateKey{PublicKey: *rsaPublic, Primes: []*big.Int{k.p, k.q}},
		"zero EC key":                       new(ecdsa.PrivateKey),
		"EC key of a curve alone":           &ecdsa.PrivateKey{PublicKey: ecdsa.PublicKey{Curve: elliptic.P521()}},
		"EC key of d alone":                 &ecdsa.PrivateKey{D: big.NewInt(1)},
		"typed nil handle":                  (*ktHandle)(nil),
		"zero handle":                       new(ktHandle),
		"handle around nil":                 struct{ crypto.Signer }{},
		"handle around nil, of a Decrypter": struct{ crypto.Decrypter }{},
		"public key is a typed nil, RSA":    &ktHandle{public: (*rsa.PublicKey)(nil)},
		"public key is a typed nil, EC":     &ktHandle{public: (*ecdsa.PublicKey)(nil)},
		"public key is zero, RSA":           &ktHandle{public: new(rsa.PublicKey)},
		"public key is zero, EC":            &ktHandle{public: new(ecdsa.PublicKey)},
		"public key is zero by value, RSA":  &ktHandle{public: rsa.PublicKey{}},
		"public key is zero by value, EC":   &ktHandle{public: ecdsa.PublicKey{}},
		"public key is Ed25519":             &ktHandle{public: make(ed25519.PublicKey, 32)},
		"public key is a private one":       &ktHandle{public: ktRSAKey(ktRSA1JWK)},
		"RSA handle of 1024 bits":           &ktHandle{public: &rsa.PublicKey{N: ktOdd(1024), E: 65537}},
		"P-256 handle":                      ktHide(ktMust(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))),
		"Ed25519 key":                       ed25519.NewKeyFromSeed(make([]byte, 32)),
		"RSA key, no pointer":               *ktRSAKey(ktRSA1JWK),
		"public RSA key":                    rsaPublic,
		"octets":                            ktSecret(64),
		"a string":                          ktRSA1JWK,
	} {
		func() {
			defer ktNoPanic(t, why)
			p, err := NewPrivateKey(key)
			ktRefused(t, "NewPrivateKey: "+why, p, err, ErrKey)
		}()
	}
	for why, key := range map[string]crypto.PublicKey{
		"nil": nil, "zero by value, RSA": rsa.PublicKey{}, "zero by value, EC": ecdsa.PublicKey{}, "Ed25519": make(ed25519.PublicKey, 32),
		"a private RSA key": ktRSAKey(ktRSA1JWK), "a private EC key": ktEC(ktEC1JWK), "octets": ktSecret(64), "a string": ktPublic(ktRSA1JWK),
	} {
		p, err := NewPublicKey(key)
		ktRefused(t, "NewPublicKey: "+why, p, err, ErrKey)
	}
	for _, key := range []*rsa.PublicKey{nil, {}, {E: 65537}, {N: ktOdd(2048)}} {
		ktRefusedPublic(t, "nil or zero", key)
	}
	for _, key := range []*ecdsa.PublicKey{nil, {}, {Curve: elliptic.P521()}} {
		ktRefusedPublic(t, "nil or zero", key)
	}
	for _, secret := range [][]byte{nil, {}} {
		ktRefusedSecret(t, "nil or empty", secret)
	}

	for _, key := range []any{(*PrivateKey)(nil), new(PrivateKey), (*PublicKey)(nil), new(PublicKey), (*KeySet)(nil), new(KeySet)} {
		func() {
			defer ktNoPanic(t, fmt.Sprintf("a role of %T", key))
			for _, r := range ktRoles(key) {
				ktRefused(t, r.name+" of none", r.role, r.err, ErrKey)
			}
		}()
	}
	func() {
		defer ktNoPanic(t, "a method of no key")
		for _, k := range []*PrivateKey{nil, {}} {
			p, err := k.Public()
			ktRefused(t, "PrivateKey.Public", p, err, ErrKey)
			if k.KeyID() != "" {
				t.Errorf("%v has something to write", k)
			}
		}
		for _, k := range []*PublicKey{nil, {}} {
			p, err := k.WithAlgorithm(RS256)
			ktRefused(t, "PublicKey.WithAlgorithm", p, err, ErrKey)
			p, err = k.WithKeyID("a")
			ktRefused(t, "PublicKey.WithKeyID", p, err, ErrKey)
			text, err := k.Thumbprint()
			ktClass(t, "PublicKey.Thumbprint", err, ErrKey)
			set, err := MarshalKeySet(k)
			ktClass(t, "MarshalKeySet", err, ErrKey)
			if text != "" || set != nil {
				t.Errorf("%q and %q of no key", text, set)
			}
			if k.JWK() != nil || k.PEM() != nil || k.KeyID() != "" {
				t.Errorf("%v has something to write", k)
			}
		}
		for _, s := range []*KeySet{nil, {}} {
			if len(s.PublicKeys())+len(s.PrivateKeys())+len(s.Skipped()) != 0 {
				t.Errorf("%v has something in it", s)
			}
		}
	}()

	for _, m := range []map[string]*Verifier{nil, {}, {"a": nil}, {"a": {}}} {
		v, err := VerifierByKeyID(m)
		ktRefused(t, "VerifierByKeyID", v, err, ErrKey)
	}
	for _, m := range []map[string]*Decrypter{nil, {}, {"a": nil}, {"a": {}}} {
		d, err := DecrypterByKeyID(m)
		ktRefused(t, "DecrypterByKeyID", d, err, ErrKey)
	}
}

// ktRefusedPublic checks that a public key of Go's is refused, also as that of a handle.
func ktRefusedPublic(t *testing.T, why string, key crypto.PublicKey) {
	t.Helper()
	p, err := NewPublicKey(key)
	ktRefused(t, why+": NewPublicKey", p, err, ErrKey)
	k, err := NewPrivateKey(&ktHandle{public: key})
	ktRefused(t, why+": NewPrivateKey of a handle", k, err, ErrKey)
}

// ktNoPanic is deferred to make a panic a failure of this test, and of no other.
func ktNoPanic(t *testing.T, why string) {
	t.Helper()
	if p := recover(); p != nil {
		t.Errorf("%s: panic: %v", why, p)
	}
}

// ktOdd returns an odd number of exactly so many bits. It is the modulus of nothing, which
// no check of a public key can tell.
func ktOdd(bits int) *big.Int {
	n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	return ktWithoutSmallFactor(n.Add(n, new(big.Int).SetBytes(append(ktSecret(min(100, bits/8-2)), 1))))
}

// ktWithoutSmallFactor returns the first number from an odd one on that no prime below 752 divides.
func ktWithoutSmallFactor(n *big.Int) *big.Int {
	for small := new(big.Int).MulRange(2, 751); new(big.Int).GCD(nil, nil, n, small).BitLen() > 1; {
		n.Add(n, big.NewInt(2))
	}
	return n
}

// ktRSAPublicForms are the files that a modulus and an exponent can come in.
func ktRSAPublicForms(n, e *big.Int) map[string][]byte {
	pkcs1 := ktSeq(ktBig(n), ktBig(e))
	spki := ktSeq(ktAlgRSA, ktBits(pkcs1))
	forms := map[string][]byte{
		"PKCS #1 DER": pkcs1, "PKCS #1 PEM": ktPEM("RSA PUBLIC KEY", pkcs1), "SPKI DER": spki, "SPKI PEM": ktPEM("PUBLIC KEY", spki),
		"base64 DER": []byte(base64.StdEncoding.EncodeToString(spki)),
	}
	if n.Sign() >= 0 && e.Sign() >= 0 {
		forms["JWK"] = []byte(`{"kty":"RSA","n":"` + ktB64(n.Bytes()) + `","e":"` + ktB64(e.Bytes()) + `"}`)
	}
	return forms
}

// ktRefusedSecret checks that both constructors with a secret refuse it, and, where a JWK can
// say it, the one from a JWK.
func ktRefusedSecret(t *testing.T, why string, secret []byte) {
	t.Helper()
	k, err := NewSecret(secret)
	ktRefused(t, why+": NewSecret", k, err, ErrKey)
	k, err = NewInsecureShortSecret(secret)
	ktRefused(t, why+": NewInsecureShortSecret", k, err, ErrKey)
	k, err = ParsePrivateKey([]byte(ktOct(secret)))
	ktRefused(t, why+": JWK", k, err, ErrKey)
}

// RFC 7518, Sections 3.3 and 4.3: 2048 bits or more; D3: 8192 at most, positive and odd.
func TestD3_RSAModulus(t *testing.T) {
	t.Parallel()
	even := ktOdd(2048)
	even.Add(even, big.NewInt(1))
	for _, row := range []struct {
		why string
		n   *big.Int
		ok  bool
	}{
		{"0", new(big.Int), false},
		{"1", big.NewInt(1), false},
		{"1024 bits", ktOdd(1024), false},
		{"2047 bits", ktOdd(2047), false},
		{"2048 bits", ktOdd(2048), true},
		{"2048 bits, even: x509 takes it", even, false},
		{"2048 bits, negative", new(big.Int).Neg(ktOdd(2048)), false},
		{"2049 bits", ktOdd(2049), true},
		{"3072 bits", ktOdd(3072), true},
		{"8192 bits", ktOdd(8192), true},
		{"8193 bits", ktOdd(8193), false},
		{"8200 bits", ktOdd(8200), false},
		{"100,000 bits", ktOdd(100_000), false},
	} {
		e := big.NewInt(65537)
		for form, file := range ktRSAPublicForms(row.n, e) {
			k, err := ParsePublicKey(file)
			if ktOutcome(t, row.why+": "+form, k, err, ktOK(row.ok)); err == nil && (k.rsa.N.Cmp(row.n) != 0 || k.rsa.E != 65537) {
				t.Errorf("%s: %s: another key", row.why, form)
			}
		}
		key := &rsa.PublicKey{N: row.n, E: 65537}
		if !row.ok {
			ktRefusedPublic(t, row.why, key)
			continue
		}
		p, err := NewPublicKey(key)
		if ktAccepted(t, row.why, p, err); err == nil {
			ktHasRoles(t, row.why, p, "RSA", ktFIPSOnly() && row.n.BitLen()%2 == 1) // FIPS 186-5, Section 5.1
		}
	}
}

// RFC 8017, Section 3.1: e is odd and 3 or more; D3: below 2³¹. x509 takes 1, 2 and 2³¹.
func TestD3_RSAExponent(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		why string
		e   *big.Int
		ok  bool
	}{
		{"0", new(big.Int), false},
		{"1: every message is its own signature", big.NewInt(1), false},
		{"2", big.NewInt(2), false},
		{"3", big.NewInt(3), true},
		{"4", big.NewInt(4), false},
		{"65536", big.NewInt(65536), false},
		{"65537", big.NewInt(65537), true},
		{"2³¹-2", big.NewInt(1<<31 - 2), false},
		{"2³¹-1", big.NewInt(1<<31 - 1), true},
		{"2³¹", big.NewInt(1 << 31), false},
		{"2³¹+1", big.NewInt(1<<31 + 1), false},
		{"2³²+3, which is 3 in 32 bits", big.NewInt(1<<32 + 3), false},
		{"2⁶⁴+3, which is 3 in 64 bits", new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), 64), big.NewInt(3)), false},
		{"of 2000 bits", ktOdd(2000), false},
		{"-1", big.NewInt(-1), false},
		{"-3", big.NewInt(-3), false},
		{"-65537", big.NewInt(-65537), false},
	} {
		n := ktOdd(2048)
		for form, file := range ktRSAPublicForms(n, row.e) {
			k, err := ParsePublicKey(file)
			if ktOutcome(t, row.why+": "+form, k, err, ktOK(row.ok)); err == nil && int64(k.rsa.E) != row.e.Int64() {
				t.Errorf("%s: %s: another exponent", row.why, form)
			}
		}
		small := row.e.Int64()
		if !row.e.IsInt64() || int64(int(small)) != small {
			continue // no int here
		}
		key := &rsa.PublicKey{N: n, E: int(small)}
		if !row.ok {
			ktRefusedPublic(t, row.why, key)
			continue
		}
		p, err := NewPublicKey(key)
		if ktAccepted(t, row.why, p, err); err == nil {
			ktHasRoles(t, row.why, p, "RSA", ktFIPSOnly() && small <= 1<<16) // FIPS 186-5, Section 5.5
		}
	}
}

// ktPrime returns the first prime from start on.
func ktPrime(start *big.Int) *big.Int {
	p := new(big.Int).SetBit(start, 0, 1)
	for !p.ProbablyPrime(20) {
		p.Add(p, big.NewInt(2))
	}
	return p
}

// D3: private keys have two primes, and all numbers belong together. Whatever form the key
// comes in, it is refused when it is made, and as ErrKey.
func TestD3_RSAPrivate(t *testing.T) {
	t.Parallel()
	one, two := big.NewInt(1), big.NewInt(2)
	add := func(a, b *big.Int) *big.Int { return new(big.Int).Add(a, b) }
	sub := func(a, b *big.Int) *big.Int { return new(big.Int).Sub(a, b) }
	neg := func(a *big.Int) *big.Int { return new(big.Int).Neg(a) }
	lambda := func(k ktRSANumbers) *big.Int {
		p1, q1 := sub(k.p, one), sub(k.q, one)
		l := new(big.Int).Mul(p1, q1)
		return l.Div(l, new(big.Int).GCD(nil, nil, p1, q1))
	}
	// composite returns a key as good as one can be with a factor that is no prime: e·d is
	// 1 modulo p-1 and q-1, which is all that rsa.Validate looks at.
	composite := func(k ktRSANumbers, swap bool) ktRSANumbers {
		q := add(k.q, two)
		for q.ProbablyPrime(20) || new(big.Int).GCD(nil, nil, sub(q, one), k.e).Cmp(one) != 0 || new(big.Int).GCD(nil, nil, q, k.p).Cmp(one) != 0 {
			q.Add(q, two)
		}
		if swap {
			return ktRSAFrom(q, k.p, 65537)
		}
		return ktRSAFrom(k.p, q, 65537)
	}
	small := func() ktRSANumbers { // a true key of 1024 bits
		p, q := ktOdd(512), ktOdd(512)
		p.SetBit(p, 510, 1)
		q.SetBit(q, 510, 1).SetBit(q, 509, 1)
		return ktRSAFrom(ktPrime(p), ktPrime(q), 65537)
	}
	for _, row := range []struct {
		why   string
		spoil func(k *ktRSANumbers, other ktRSANumbers)
		ok    bool
	}{
		{"as published (RFC 7517, Appendix A.2)", func(k *ktRSANumbers, _ ktRSANumbers) {}, true},
		{"primes and CRT members exchanged throughout", func(k *ktRSANumbers, _ ktRSANumbers) { *k = ktRSAFrom(k.q, k.p, 65537) }, true},
		{"another d that is 1/e, as RFC 8017, Section 3.2 allows", func(k *ktRSANumbers, _ ktRSANumbers) {
			l := lambda(*k)
			if k.d = new(big.Int).Mod(k.d, l); add(k.d, l).Cmp(k.n) < 0 {
				k.d = add(k.d, l)
			}
		}, true},
		{"e is 2³¹-1", func(k *ktRSANumbers, _ ktRSANumbers) { *k = ktRSAFrom(k.p, k.q, 1<<31-1) }, true},
		{"1024 bits, a true key", func(k *ktRSANumbers, _ ktRSANumbers) { *k = small() }, false},
		{"n is another key's", func(k *ktRSANumbers, o ktRSANumbers) { k.n = o.n }, false},
		{"n is 3·p·q", func(k *ktRSANumbers, _ ktRSANumbers) { k.n = new(big.Int).Mul(k.n, big.NewInt(3)) }, false},
		{"n is even", func(k *ktRSANumbers, _ ktRSANumbers) { k.n = add(k.n, one) }, false},
		{"n is negative", func(k *ktRSANumbers, _ ktRSANumbers) { k.n = neg(k.n) }, false},
		{"n is 0", func(k *ktRSANumbers, _ ktRSANumbers) { k.n = new(big.Int) }, false},
		{"e is another", func(k *ktRSANumbers, _ ktRSANumbers) { k.e = big.NewInt(257) }, false},
		{"e is 1 and d too", func(k *ktRSANumbers, _ ktRSANumbers) { *k = ktRSAFrom(k.p, k.q, 1) }, false},
		{"e and d exchanged", func(k *ktRSANumbers, _ ktRSANumbers) { k.e, k.d = k.d, k.e }, false},
		{"d is 0", func(k *ktRSANumbers, _ ktRSANumbers) { k.d = new(big.Int) }, false},
		{"d is negative", func(k *ktRSANumbers, _ ktRSANumbers) { k.d = neg(k.d) }, false},
		{"d is off by one", func(k *ktRSANumbers, _ ktRSANumbers) { k.d = add(k.d, one) }, false},
		{"d is off by two", func(k *ktRSANumbers, _ ktRSANumbers) { k.d = add(k.d, two) }, false},
		{"d is another key's", func(k *ktRSANumbers, o ktRSANumbers) { k.d = o.d }, false},
		{"d is above n, though it is 1/e", func(k *ktRSANumbers, _ ktRSANumbers) {
			for l := lambda(*k); k.d.Cmp(k.n) < 0; {
				k.d = add(k.d, l)
			}
		}, false},
		{"d is n", func(k *ktRSANumbers, _ ktRSANumbers) { k.d = k.n }, false},
		{"primes exchanged, CRT members not", func(k *ktRSANumbers, _ ktRSANumbers) { k.p, k.q = k.q, k.p }, false},
		{"primes of another key", func(k *ktRSANumbers, o ktRSANumbers) { k.p, k.q = o.p, o.q }, false},
		{"one prime of another key", func(k *ktRSANumbers, o ktRSANumbers) { k.q = o.q }, false},
		{"p is 1 and q is n", func(k *ktRSANumbers, _ ktRSANumbers) { k.p, k.q = one, k.n }, false},
		{"p is n and q is 1", func(k *ktRSANumbers, _ ktRSANumbers) { k.p, k.q = k.n, one }, false},
		{"p is 0", func(k *ktRSANumbers, _ ktRSANumbers) { k.p = new(big.Int) }, false},
		{"p and q negative: their product is n", func(k *ktRSANumbers, _ ktRSANumbers) { k.p, k.q = neg(k.p), neg(k.q) }, false},
		{"p and q equal", func(k *ktRSANumbers, _ ktRSANumbers) { k.q = k.p }, false},
		{"p and q equal, n is their product", func(k *ktRSANumbers, _ ktRSANumbers) { k.q, k.n = k.p, new(big.Int).Mul(k.p, k.p) }, false},
		{"p is no prime", func(k *ktRSANumbers, _ ktRSANumbers) { *k = composite(*k, true) }, false},
		{"q is no prime", func(k *ktRSANumbers, _ ktRSANumbers) { *k = composite(*k, false) }, false},
		{"p and q close together: n can be factored", func(k *ktRSANumbers, _ ktRSANumbers) {
			q := ktPrime(add(k.p, two))
			for new(big.Int).GCD(nil, nil, sub(q, one), big.NewInt(65537)).Cmp(one) != 0 {
				q = ktPrime(add(q, two))
			}
			*k = ktRSAFrom(k.p, q, 65537)
		}, false},
		{"dp is another key's", func(k *ktRSANumbers, o ktRSANumbers) { k.dp = o.dp }, false},
		{"dq is another key's", func(k *ktRSANumbers, o ktRSANumbers) { k.dq = o.dq }, false},
		{"qi is another key's", func(k *ktRSANumbers, o ktRSANumbers) { k.qi = o.qi }, false},
		{"all CRT members are another key's", func(k *ktRSANumbers, o ktRSANumbers) { k.dp, k.dq, k.qi = o.dp, o.dq, o.qi }, false},
		{"dp and dq exchanged", func(k *ktRSANumbers, _ ktRSANumbers) { k.dp, k.dq = k.dq, k.dp }, false},
		{"dp is not reduced", func(k *ktRSANumbers, _ ktRSANumbers) { k.dp = add(k.dp, sub(k.p, one)) }, false},
		{"dq is not reduced", func(k *ktRSANumbers, _ ktRSANumbers) { k.dq = add(k.dq, sub(k.q, one)) }, false},
		{"qi is not reduced", func(k *ktRSANumbers, _ ktRSANumbers) { k.qi = add(k.qi, k.p) }, false},
		{"dp is negative", func(k *ktRSANumbers, _ ktRSANumbers) { k.dp = neg(k.dp) }, false},
		{"qi is negative", func(k *ktRSANumbers, _ ktRSANumbers) { k.qi = sub(k.qi, k.p) }, false},
		{"dp is 0", func(k *ktRSANumbers, _ ktRSANumbers) { k.dp = new(big.Int) }, false},
		{"dq is 0", func(k *ktRSANumbers, _ ktRSANumbers) { k.dq = new(big.Int) }, false},
		{"qi is 0", func(k *ktRSANumbers, _ ktRSANumbers) { k.qi = new(big.Int) }, false},
	} {
		k := ktRSA(ktRSA1JWK)
		row.spoil(&k, ktRSA(ktRSA2JWK))
		files := map[string][]byte{
			"PKCS #1": k.pkcs1(),
			"PKCS #8": ktPEM("PRIVATE KEY", ktSeq(ktVersion0, ktAlgRSA, ktOctets(k.pkcs1()))),
		}
		if jwk := k.jwk(); jwk != nil {
			files["JWK"] = jwk
		}
		for form, file := range files {
			key, err := ParsePrivateKey(file)
			if ktOutcome(t, row.why+": "+form, key, err, ktOK(row.ok)); err != nil {
				continue
			}
			s, err := key.Signer(RS256)
			if ktAccepted(t, row.why+": "+form, s, err); err == nil {
				ktSignsAs(t, row.why+": "+form, s, &rsa.PublicKey{N: k.n, E: int(k.e.Int64())})
			}
		}
		key := k.goKey()
		if key == nil {
			continue
		}
		private, err := NewPrivateKey(key)
		if ktOutcome(t, row.why+": NewPrivateKey", private, err, ktOK(row.ok)); err == nil {
			ktHasRoles(t, row.why, private, "RSA", false)
		}
	}
}

// D3: keys that pass all that and protect nothing. A modulus with a prime factor below 752 is one, which
// CAs refuse, and a private key whose smaller prime has fewer than 512 bits. In a public key, larger
// factors are not looked for.
func TestD3_RSAWeak(t *testing.T) {
	t.Parallel()
	e := big.NewInt(65537)
	cofactor := ktOdd(2047)
	for factor := int64(3); factor < 760; factor += 2 {
		if !big.NewInt(factor).ProbablyPrime(0) {
			continue
		}
		n, why := new(big.Int).Mul(cofactor, big.NewInt(factor)), fmt.Sprintf("a factor of %d", factor)
		key := &rsa.PublicKey{N: n, E: 65537}
		if factor < 752 {
			ktRefusedPublic(t, why, key)
		} else {
			k, err := NewPublicKey(key)
			ktAccepted(t, why, k, err)
			p, err := NewPrivateKey(&ktHandle{public: key})
			ktAccepted(t, why, p, err)
		}
		if !slices.Contains([]int64{3, 5, 17, 751, 757}, factor) {
			continue
		}
		forms := ktRSAPublicForms(n, e)
		forms["certificate"] = ktCertificate(key)
		for form, file := range forms {
			k, err := ParsePublicKey(file)
			ktOutcome(t, why+": "+form, k, err, ktOK(factor > 752))
		}
		set, err := ParseKeySet([]byte(ktSet(string(forms["JWK"]), ktPublic(ktEC1JWK))))
		if ktAccepted(t, why+": JWK Set", set, err); err == nil && (len(set.Skipped()) == 0) != (factor > 752) {
			t.Errorf("%s: JWK Set: %d keys", why, len(set.PublicKeys()))
		}
	}

	mersenne := func(bits uint) *big.Int { // 2²²⁰³-1 is prime
		return new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), bits), big.NewInt(1))
	}
	first := func(bits uint) *big.Int { return ktPrime(new(big.Int).Lsh(big.NewInt(1), bits-1)) }
	for why, row := range map[string]struct {
		small *big.Int
		ok    bool
	}{
		"a prime of 17 bits": {big.NewInt(65539), false}, "a prime of 256 bits": {first(256), false},
		"a prime of 511 bits": {first(511), false}, "the largest prime of 511 bits": {ktPrimeBelow(511), false},
		"a prime of 512 bits": {first(512), true}, "a prime of 521 bits": {mersenne(521), true},
	} {
		for order, k := range map[string]ktRSANumbers{"p": ktRSAFrom(row.small, mersenne(2203), 65537), "q": ktRSAFrom(mersenne(2203), row.small, 65537)} {
			pkcs8 := ktSeq(ktVersion0, ktAlgRSA, ktOctets(k.pkcs1()))
			for form, file := range map[string][]byte{
				"PKCS #1 DER": k.pkcs1(), "PKCS #1 PEM": ktPEM("RSA PRIVATE KEY", k.pkcs1()), "PKCS #8 DER": pkcs8, "PKCS #8 PEM": ktPEM("PRIVATE KEY", pkcs8),
				"base64 DER": []byte(base64.StdEncoding.EncodeToString(pkcs8)), "JWK": k.jwk(),
			} {
				key, err := ParsePrivateKey(file)
				ktOutcome(t, why+" for "+order+": "+form, key, err, ktOK(row.ok))
			}
			set, err := ParseKeySet([]byte(ktSet(string(k.jwk()), ktEC1JWK)))
			if ktAccepted(t, why+": JWK Set", set, err); err == nil && (len(set.Skipped()) == 0) != row.ok {
				t.Errorf("%s: JWK Set: %d keys", why, len(set.PrivateKeys()))
			}
			key, err := NewPrivateKey(k.goKey())
			if ktOutcome(t, why+" for "+order+": Go key", key, err, ktOK(row.ok)); err == nil && !ktFIPSOnly() { // which wants primes of equal length
				ktSignsAs(t, why, ktMust(key.Signer(RS256)), &k.goKey().PublicKey)
			}
			public, err := NewPublicKey(&k.goKey().PublicKey)
			ktAccepted(t, why+" for "+order+": public", public, err)
		}
	}
}

// ktPrimeBelow returns the largest prime of so many bits.
func ktPrimeBelow(bits uint) *big.Int {
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), bits), big.NewInt(1))
	for !p.ProbablyPrime(20) {
		p.Sub(p, big.NewInt(2))
	}
	return p
}

// A Go key also has what no file has: any number of primes, and values precomputed from
// other numbers, which Validate and the operations of crypto/rsa go by.
func TestD3_RSAGoKey(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		why   string
		spoil func(k *rsa.PrivateKey)
		ok    bool
	}{
		{"precomputed", func(k *rsa.PrivateKey) {}, true},
		{"not precomputed", func(k *rsa.PrivateKey) { k.Precomputed = rsa.PrecomputedValues{} }, true},
		{"partly precomputed", func(k *rsa.PrivateKey) { k.Precomputed = rsa.PrecomputedValues{Dp: k.Precomputed.Dp} }, true},
		{"no prime", func(k *rsa.PrivateKey) { k.Primes = nil }, false},
		{"one prime", func(k *rsa.PrivateKey) { k.Primes = k.Primes[:1] }, false},
		{"n as the one prime", func(k *rsa.PrivateKey) { k.Primes = []*big.Int{k.N} }, false},
		{"1 as a third prime", func(k *rsa.PrivateKey) { k.Primes = append(k.Primes, big.NewInt(1)) }, false},
		{"three primes", func(k *rsa.PrivateKey) { k.Primes = append(k.Primes, big.NewInt(65537)) }, false},
		{"precomputed for another key", func(k *rsa.PrivateKey) { k.Precomputed = ktRSAKey(ktRSA2JWK).Precomputed }, false},
		{"all but the precomputed values of another key", func(k *rsa.PrivateKey) {
			o := ktRSAKey(ktRSA2JWK)
			k.N, k.D, k.Primes = o.N, o.D, o.Primes
		}, false},
		{"d changed after it was precomputed", func(k *rsa.PrivateKey) { k.D = big.NewInt(3) }, false},
		{"n and primes changed after it was precomputed", func(k *rsa.PrivateKey) {
			o := ktRSAKey(ktRSA2JWK)
			k.N, k.Primes = o.N, o.Primes
		}, false},
		{"Dp changed", func(k *rsa.PrivateKey) { k.Precomputed.Dp.Add(k.Precomputed.Dp, big.NewInt(1)) }, false},
		{"Dq changed", func(k *rsa.PrivateKey) { k.Precomputed.Dq.Add(k.Precomputed.Dq, big.NewInt(1)) }, false},
		{"Qinv changed", func(k *rsa.PrivateKey) { k.Precomputed.Qinv.Add(k.Precomputed.Qinv, big.NewInt(1)) }, false},
	} {
		key := ktRSAKey(ktRSA1JWK)
		row.spoil(key)
		k, err := NewPrivateKey(key)
		if ktOutcome(t, row.why, k, err, ktOK(row.ok)); err != nil {
			continue
		}
		ktHasRoles(t, row.why, k, "RSA", false)
		ktSignsAs(t, row.why, ktMust(k.Signer(RS256)), ktRSAPublic(ktRSA1JWK))
	}
	// A key that was never precomputed signs two to three times slower: ours is.
	key := ktRSAKey(ktRSA1JWK)
	key.Precomputed = rsa.PrecomputedValues{}
	ours := ktMust(NewPrivateKey(key)).signer.(*rsa.PrivateKey)
	again := *ours
	again.Precompute()
	if !reflect.DeepEqual(again.Precomputed, ours.Precomputed) || ours.Precomputed.Dp == nil {
		t.Error("the copied key is not precomputed")
	}
	if key.Precomputed.Dp != nil {
		t.Error("the caller's key was changed")
	}
}

type ktCurve struct{ elliptic.Curve }

// RFC 7518, Section 6.2.1; RFC 8725, Section 3.4: a point, on P-521 itself.
func TestD3_ECPublic(t *testing.T) {
	t.Parallel()
	prime, good := elliptic.P521().Params().P, func() *ecdsa.PublicKey { return &ktEC(ktEC1JWK).PublicKey }
	for _, row := range []struct {
		why   string
		spoil func(k *ecdsa.PublicKey)
		ok    bool
	}{
		{"as published (RFC 7515, Appendix A.4)", func(k *ecdsa.PublicKey) {}, true},
		{"y negated", func(k *ecdsa.PublicKey) { k.Y.Sub(prime, k.Y) }, true},
		{"no curve", func(k *ecdsa.PublicKey) { k.Curve = nil }, false},
		{"P-256 in name", func(k *ecdsa.PublicKey) { k.Curve = elliptic.P256() }, false},
		{"a key of P-384", func(k *ecdsa.PublicKey) {
			*k = ktMust(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)).PublicKey
		}, false},
		{"CurveParams of P-521", func(k *ecdsa.PublicKey) { k.Curve = elliptic.P521().Params() }, false},
		{"a curve of the caller's own that says it is P-521", func(k *ecdsa.PublicKey) { k.Curve = ktCurve{elliptic.P521()} }, false},
		{"a pointer to a curve of the caller's own", func(k *ecdsa.PublicKey) { k.Curve = &ktCurve{elliptic.P521()} }, false},
		{"no x", func(k *ecdsa.PublicKey) { k.X = nil }, false},
		{"no y", func(k *ecdsa.PublicKey) { k.Y = nil }, false},
		{"x negative", func(k *ecdsa.PublicKey) { k.X.Neg(k.X) }, false},
		{"y negative", func(k *ecdsa.PublicKey) { k.Y.Neg(k.Y) }, false},
		{"x not reduced", func(k *ecdsa.PublicKey) { k.X.Add(k.X, prime) }, false},
		{"y not reduced", func(k *ecdsa.PublicKey) { k.Y.Add(k.Y, prime) }, false},
		{"x of 67 octets: FillBytes panics", func(k *ecdsa.PublicKey) { k.X.SetBit(k.X, 528, 1) }, false},
		{"y of 67 octets: FillBytes panics", func(k *ecdsa.PublicKey) { k.Y.SetBit(k.Y, 528, 1) }, false},
		{"off the curve", func(k *ecdsa.PublicKey) { k.Y.Add(k.Y, big.NewInt(1)) }, false},
		{"x and y exchanged", func(k *ecdsa.PublicKey) { k.X, k.Y = k.Y, k.X }, false},
		{"(0, 0), which some take for infinity", func(k *ecdsa.PublicKey) { k.X, k.Y = new(big.Int), new(big.Int) }, false},
	} {
		k := good()
		row.spoil(k)
		if !row.ok {
			ktRefusedPublic(t, row.why, k)
			private, err := NewPrivateKey(&ecdsa.PrivateKey{PublicKey: *k, D: ktEC(ktEC1JWK).D})
			ktRefused(t, row.why+": NewPrivateKey", private, err, ErrKey)
			continue
		}
		p, err := NewPublicKey(k)
		if ktAccepted(t, row.why, p, err); err == nil {
			ktHasRoles(t, row.why, p, "EC", false)
		}
		handle, err := NewPrivateKey(&ktHandle{public: k})
		if ktAccepted(t, row.why+": handle", handle, err); err == nil {
			ktHasRoles(t, row.why+": handle", handle, "EC", false)
		}
	}
}

// RFC 7518, Section 6.2.2; D3: 0 < d < n, and d·G is the public key.
func TestD3_ECPrivate(t *testing.T) {
	t.Parallel()
	order := elliptic.P521().Params().N
	generator := ecdsa.PublicKey{Curve: elliptic.P521(), X: elliptic.P521().Params().Gx, Y: elliptic.P521().Params().Gy}
	for _, row := range []struct {
		why   string
		spoil func(k *ecdsa.PrivateKey)
		ok    bool
	}{
		{"as published (RFC 7515, Appendix A.4)", func(k *ecdsa.PrivateKey) {}, true},
		{"d = 1", func(k *ecdsa.PrivateKey) { k.D, k.PublicKey = big.NewInt(1), generator }, true},
		{"d = n-1, whose point is -G", func(k *ecdsa.PrivateKey) {
			k.D, k.PublicKey = new(big.Int).Sub(order, big.NewInt(1)), generator
			k.Y = new(big.Int).Sub(elliptic.P521().Params().P, generator.Y)
		}, true},
		{"no d", func(k *ecdsa.PrivateKey) { k.D = nil }, false},
		{"d = 0", func(k *ecdsa.PrivateKey) { k.D = new(big.Int) }, false},
		{"d negative", func(k *ecdsa.PrivateKey) { k.D.Neg(k.D) }, false},
		{"d negative, with the point of -d", func(k *ecdsa.PrivateKey) { k.D, k.PublicKey = big.NewInt(-1), generator }, false},
		{"d = n", func(k *ecdsa.PrivateKey) { k.D = order }, false},
		{"d = n+1, with the point of 1", func(k *ecdsa.PrivateKey) {
			k.D, k.PublicKey = new(big.Int).Add(order, big.NewInt(1)), generator
		}, false},
		{"d of 67 octets: FillBytes panics", func(k *ecdsa.PrivateKey) { k.D.SetBit(k.D, 528, 1) }, false},
		{"d of another key", func(k *ecdsa.PrivateKey) { k.D = ktEC(ktEC2JWK).D }, false},
		{"point of another key: SEC 1 of x509 takes it", func(k *ecdsa.PrivateKey) { k.PublicKey = ktEC(ktEC2JWK).PublicKey }, false},
		{"d negated, so that only the sign of y differs", func(k *ecdsa.PrivateKey) { k.D.Sub(order, k.D) }, false},
	} {
		k := ktEC(ktEC1JWK)
		row.spoil(k)
		private, err := NewPrivateKey(k)
		if ktOutcome(t, row.why, private, err, ktOK(row.ok)); err == nil {
			ktHasRoles(t, row.why, private, "EC", false)
			ktSignsAs(t, row.why, ktMust(private.Signer(ES512)), &k.PublicKey)
		}
		if k.D == nil || k.D.Sign() < 0 || k.D.BitLen() > 528 {
			continue
		}
		d := k.D.FillBytes(make([]byte, 66))
		for form, file := range map[string][]byte{
			"JWK": []byte(`{"kty":"EC","crv":"P-521","x":"` + ktB64(ktPoint(&k.PublicKey)[1:67]) + `","y":"` +
				ktB64(ktPoint(&k.PublicKey)[67:]) + `","d":"` + ktB64(d) + `"}`),
			"SEC 1": ktSEC1(d, ktOIDP521, ktPoint(&k.PublicKey)),
		} {
			key, err := ParsePrivateKey(file)
			ktOutcome(t, row.why+": "+form, key, err, ktOK(row.ok))
		}
	}
}

// ktSEC1 returns an ECPrivateKey (RFC 5915, Section 3); curve and point may be nil.
func ktSEC1(d, curve, point []byte) []byte {
	fields := [][]byte{ktVersion1, ktOctets(d)}
	if curve != nil {
		fields = append(fields, ktTLV(0xa0, curve))
	}
	if point != nil {
		fields = append(fields, ktTLV(0xa1, ktBits(point)))
	}
	return ktSeq(fields...)
}

// DESIGN D3, D22: what a constructor is given is copied, so that a caller who changes or
// clears it afterwards changes nothing.
func TestD22_KeysAreCopied(t *testing.T) {
	t.Parallel()
	payload := []byte("payload")
	wipe := func(numbers ...*big.Int) {
		for _, n := range numbers {
			for i := range n.Bits() {
				n.Bits()[i] = 0x55
			}
		}
	}
	rsaKey, rsaPublic, rsaHandle := ktRSAKey(ktRSA1JWK), ktRSAPublic(ktRSA1JWK), ktHide(ktRSAKey(ktRSA1JWK))
	ecKey, ecPublic, ecHandle := ktEC(ktEC1JWK), &ktEC(ktEC1JWK).PublicKey, ktHide(ktEC(ktEC1JWK))
	ofRSAHandle, ofECHandle := ktRSAPublic(ktRSA1JWK), &ktEC(ktEC1JWK).PublicKey
	rsaHandle.public, ecHandle.public = ofRSAHandle, ofECHandle
	secret, short := ktSecret(64), ktSecret(32)
	files := [][]byte{ktRSA(ktRSA1JWK).pkcs1(), ktSEC1(ktEC(ktEC1JWK).D.FillBytes(make([]byte, 66)), ktOIDP521, nil),
		[]byte(ktOct(ktSecret(64))), []byte(ktPublic(ktRSA1JWK)), []byte(ktPublic(ktEC1JWK))}
	keys := []struct {
		why, kty string
		key      any
		size     int // of the secret
	}{
		{"RSA", "RSA", ktMust(NewPrivateKey(rsaKey)), 0}, {"RSA handle", "RSA", ktMust(NewPrivateKey(rsaHandle)), 0},
		{"RSA file", "RSA", ktMust(ParsePrivateKey(files[0])), 0},
		{"EC", "EC", ktMust(NewPrivateKey(ecKey)), 0}, {"EC handle", "EC", ktMust(NewPrivateKey(ecHandle)), 0},
		{"EC file", "EC", ktMust(ParsePrivateKey(files[1])), 0},
		{"secret", "oct", ktMust(NewSecret(secret)), 64}, {"short secret", "oct", ktMust(NewInsecureShortSecret(short)), 32},
		{"secret file", "oct", ktMust(ParsePrivateKey(files[2])), 64},
		{"public RSA", "RSA", ktMust(NewPublicKey(rsaPublic)), 0}, {"public RSA file", "RSA", ktMust(ParsePublicKey(files[3])), 0},
		{"public EC", "EC", ktMust(NewPublicKey(ecPublic)), 0}, {"public EC file", "EC", ktMust(ParsePublicKey(files[4])), 0},
	}
	before := make([][]ktRole, len(keys))
	for i, k := range keys {
		before[i] = ktRoles(k.key)
	}
	rv, dec := ktMust(ktPub(ktRSA1JWK).Verifier(RS256)), ktMust(ktKey(ktRSA1JWK).Decrypter(RSAOAEP256))
	verifiers, decrypters := map[string]*Verifier{"a": rv}, map[string]*Decrypter{"a": dec}
	byKeyID, decByKeyID := ktMust(VerifierByKeyID(verifiers)), ktMust(DecrypterByKeyID(decrypters))

	// Everything that was handed over is destroyed.
	c := &rsaKey.Precomputed
	wipe(rsaKey.N, rsaKey.D, rsaKey.Primes[0], rsaKey.Primes[1], c.Dp, c.Dq, c.Qinv, rsaPublic.N, ofRSAHandle.N)
	rsaKey.E, rsaPublic.E, ofRSAHandle.E = 3, 3, 3
	wipe(ecKey.X, ecKey.Y, ecKey.D, ecPublic.X, ecPublic.Y, ofECHandle.X, ofECHandle.Y)
	clear(secret)
	clear(short)
	for _, file := range files {
		clear(file)
	}
	clear(verifiers)
	clear(decrypters)
	verifiers["b"], decrypters["b"] = rv, dec

	// Whether a role was made of the key before or after, its counterpart understands it.
	verifies := func(why string, v *Verifier, s *Signer) {
		t.Helper()
		m, err := v.Verify(ktMust(s.Sign(payload, KeyID("a"))))
		ktAccepted(t, why, m, err)
	}
	decrypts := func(why string, d *Decrypter, e *Encrypter) {
		t.Helper()
		plain, err := d.Decrypt(ktMust(e.Encrypt(payload, KeyID("a"))))
		if err != nil || !bytes.Equal(plain.Plaintext, payload) {
			t.Errorf("%s: %v", why, err)
		}
	}
	for i, k := range keys {
		ktHasRoles(t, k.why, k.key, k.kty, false)
		var fresh *PrivateKey
		var public crypto.PublicKey
		switch k.kty {
		case "RSA":
			fresh, public = ktKey(ktRSA1JWK), ktRSAPublic(ktRSA1JWK)
		case "EC":
			fresh, public = ktKey(ktEC1JWK), &ktEC(ktEC1JWK).PublicKey
		case "oct":
			fresh = ktHMAC(k.size)
		}
		for _, r := range append(before[i], ktRoles(k.key)...) {
			if r.err != nil {
				continue // as ktHasRoles has seen
			}
			why := k.why + ": " + r.name
			switch role := r.role.(type) {
			case *Signer:
				if k.kty == "oct" {
					verifies(why, ktMust(fresh.Verifier(HS512)), role)
				} else {
					ktSignsAs(t, why, role, public)
				}
			case *Verifier:
				verifies(why, role, ktMust(fresh.Signer(r.alg.(SignatureAlgorithm))))
			case *Encrypter:
				decrypts(why, ktMust(fresh.Decrypter(r.alg.(KeyEncryptionAlgorithm))), role)
			case *Decrypter:
				decrypts(why, role, ktMust(ktMust(fresh.Public()).Encrypter(r.alg.(KeyEncryptionAlgorithm))))
			}
		}
	}

	s, e := ktMust(ktKey(ktRSA1JWK).Signer(RS256)), ktMust(ktPub(ktRSA1JWK).Encrypter(RSAOAEP256))
	verifies("by kid", byKeyID, s)
	m, err := byKeyID.Verify(ktMust(s.Sign(payload, KeyID("b"))))
	ktRefused(t, "a key id added to the map afterwards", m, err, ErrUnknownKey)
	decrypts("by kid", decByKeyID, e)
	plain, err := decByKeyID.Decrypt(ktMust(e.Encrypt(payload, KeyID("b"))))
	ktRefused(t, "a key id added to the map afterwards", plain, err, ErrUnknownKey)

	// What is handed out is a copy as well.
	k := ktMust(ParsePublicKey([]byte(ktWith(ktPublic(ktEC1JWK), "kid", `"a"`, "key_ops", `["verify"]`))))
	want := string(k.JWK())
	clear(k.JWK())
	clear(k.PEM())
	if string(k.JWK()) != want {
		t.Error("a PublicKey changes with what it returned")
	}
	set := ktMust(ParseKeySet([]byte(ktSet(want, `{}`))))
	set.PublicKeys()[0], set.Skipped()[0] = nil, nil
	if set.PublicKeys()[0] == nil || set.Skipped()[0] == nil {
		t.Error("a KeySet changes with what it returned")
	}
	privateSet := ktMust(ParseKeySet([]byte(ktSet(ktEC1JWK))))
	if privateSet.PrivateKeys()[0] = nil; privateSet.PrivateKeys()[0] == nil {
		t.Error("a KeySet changes with what it returned")
	}
}

// DESIGN D22: a program that overwrites a set, or a key of one, whether it was handed out or in, changes
// nothing in what was made of it.
func TestD22_Overwritten(t *testing.T) {
	t.Parallel()
	payload := []byte("payload")
	public := ktMust(ParseKeySet([]byte(ktSet(ktWith(ktPublic(ktRSA1JWK), "kid", `"a"`), ktWith(ktPublic(ktEC1JWK), "kid", `"a"`)))))
	private := ktMust(ParseKeySet([]byte(ktSet(ktWith(ktRSA1JWK, "kid", `"a"`), ktWith(ktEC1JWK, "kid", `"a"`), ktWith(ktOct(ktSecret(64)), "kid", `"a"`)))))
	other := ktMust(ParseKeySet([]byte(ktSet(ktWith(ktPublic(ktRSA2JWK), "kid", `"b"`)))))
	otherPrivate := ktMust(ParseKeySet([]byte(ktSet(ktWith(ktRSA2JWK, "kid", `"b"`)))))

	var roles []ktRole
	var before []string
	describe := func() (all []string) {
		for _, k := range public.PublicKeys() {
			all = append(all, string(k.JWK()))
		}
		for _, k := range private.PrivateKeys() {
			p, _ := k.Public()
			all = append(all, fmt.Sprint(k, k.KeyID(), string(p.JWK())))
		}
		return all
	}
	before = describe()
	publicKeys, privateKeys := public.PublicKeys(), private.PrivateKeys()
	var derived []*PublicKey
	for _, k := range publicKeys {
		derived = append(derived, ktMust(k.WithKeyID("c")))
		roles = append(roles, ktRoles(k)...)
	}
	for _, k := range privateKeys {
		if p, err := k.Public(); err == nil {
			derived = append(derived, p)
		}
		roles = append(roles, ktRoles(k)...)
	}
	want := make([]string, len(derived))
	for i, k := range derived {
		want[i] = string(k.JWK())
		roles = append(roles, ktRoles(k)...)
	}
	roles = append(append(roles, ktRoles(public)...), ktRoles(private)...)
	file := ktMust(MarshalKeySet(publicKeys...))

	for i, k := range publicKeys {
		if *k = *other.PublicKeys()[0]; i == 0 {
			*k = PublicKey{}
		}
	}
	for i, k := range privateKeys {
		if *k = *otherPrivate.PrivateKeys()[0]; i == 0 {
			*k = PrivateKey{}
		}
	}
	if got := describe(); !slices.Equal(got, before) {
		t.Errorf("the sets' keys are %q, and were %q", got, before)
	}
	for i, k := range derived {
		if got := string(k.JWK()); got != want[i] {
			t.Errorf("a key made of another is %s, and was %s", got, want[i])
		}
	}
	if again := ktMust(ParseKeySet(file)); !ktSamePublic(again.PublicKeys()[0], ktRSAPublic(ktRSA1JWK)) {
		t.Error("the written set changed")
	}
	*public, *private = *other, KeySet{}
	fresh := map[string]*PrivateKey{"RSA": ktKey(ktRSA1JWK), "EC": ktKey(ktEC1JWK), "oct": ktHMAC(64)}
	for _, r := range roles {
		if r.err != nil {
			continue
		}
		key := fresh[ktKty[r.alg]]
		var err error
		switch role := r.role.(type) {
		case *Signer:
			var v *Verifier
			if v, err = key.Verifier(HS512); r.alg != HS512 {
				v, err = ktMust(key.Public()).Verifier(r.alg.(SignatureAlgorithm))
			}
			if err == nil {
				_, err = v.Verify(ktMust(role.Sign(payload)))
			}
		case *Verifier:
			_, err = role.Verify(ktMust(ktMust(key.Signer(r.alg.(SignatureAlgorithm))).Sign(payload, KeyID("a"))))
		case *Encrypter:
			_, err = ktMust(key.Decrypter(r.alg.(KeyEncryptionAlgorithm))).Decrypt(ktMust(role.Encrypt(payload)))
		case *Decrypter:
			_, err = role.Decrypt(ktMust(ktMust(ktMust(key.Public()).Encrypter(r.alg.(KeyEncryptionAlgorithm))).Encrypt(payload, KeyID("a"))))
		}
		if err != nil {
			t.Errorf("%s: %v", r.name, err)
		}
	}
}

// ktContents are the structures that a PEM label can promise, with that label.
func ktContents() map[string][]byte { return ktContentsOf(ktRSA1JWK, ktEC1JWK) }

func ktContentsOf(rsaJWK, ecJWK string) map[string][]byte {
	ec := ktEC(ecJWK)
	sec1 := ktSEC1(ec.D.FillBytes(make([]byte, 66)), ktOIDP521, ktPoint(&ec.PublicKey))
	return map[string][]byte{
		"PRIVATE KEY":     ktSeq(ktVersion0, ktAlgEC, ktOctets(sec1)),
		"RSA PRIVATE KEY": ktRSA(rsaJWK).pkcs1(),
		"EC PRIVATE KEY":  sec1,
		"PUBLIC KEY":      ktSeq(ktAlgEC, ktBits(ktPoint(&ec.PublicKey))),
		"RSA PUBLIC KEY":  ktSeq(ktBig(ktRSA(rsaJWK).n), ktInt(65537)),
		"CERTIFICATE":     ktCertificate(&ec.PublicKey),
	}
}

// ktCertificate returns a certificate for the key, whoever may have issued it.
func ktCertificate(key crypto.PublicKey, edits ...func(*x509.Certificate)) []byte {
	template := &x509.Certificate{SerialNumber: big.NewInt(2496611953), Subject: pkix.Name{CommonName: "kt"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1, 0)} // expired long ago
	for _, edit := range edits {
		edit(template)
	}
	return ktMust(x509.CreateCertificate(rand.Reader, template, template, key, ktEC(ktEC1JWK)))
}

// RFC 7468: the label says what the content is, and each content goes under its label only.
func TestRFC7468_Labels(t *testing.T) {
	t.Parallel()
	contents := ktContents()
	labels := slices.Sorted(maps.Keys(contents))
	for _, label := range append(labels, "ENCRYPTED PRIVATE KEY", "EC PARAMETERS", "X509 CERTIFICATE", "TRUSTED CERTIFICATE",
		"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST", "DSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "EC PUBLIC KEY", "private key", "ANY PRIVATE KEY", "") {
		for content, der := range contents {
			is := ktIsNone
			switch {
			case label == content && strings.Contains(label, "PRIVATE"):
				is = ktIsPrivate
			case label == content:
				is = ktIsPublic
			}
			ktReads(t, fmt.Sprintf("%q around %s", label, content), ktPEM(label, der), is)
		}
	}
}

// RFC 7468, Section 2, and what openssl, editors and mail make of a PEM file. What comes
// out is the one key that is in it, or an error: never one of two.
func TestRFC7468_Files(t *testing.T) {
	t.Parallel()
	contents := ktContents()
	sec1, spki := string(ktPEM("EC PRIVATE KEY", contents["EC PRIVATE KEY"])), string(ktPEM("PUBLIC KEY", contents["PUBLIC KEY"]))
	parameters := string(ktPEM("EC PARAMETERS", ktOIDP521))
	withHeaders := func(headers map[string]string) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Headers: headers, Bytes: contents["EC PRIVATE KEY"]}))
	}
	long := "-----BEGIN EC PRIVATE KEY-----\n" + base64.StdEncoding.EncodeToString(contents["EC PRIVATE KEY"]) + "\n-----END EC PRIVATE KEY-----\n"
	lines := strings.SplitAfter(sec1, "\n")
	broken := "-----BEGIN EC PRIVATE KEY-----\n!!!!\n-----END EC PRIVATE KEY-----\n"
	last := len(lines) - 3 // of the lines of base64
	edit := func(i int, line string) string {
		edited := slices.Clone(lines)
		edited[i] = line
		return strings.Join(edited, "")
	}
	if !strings.HasSuffix(lines[last], "==\n") {
		t.Fatal("the key does not show what it should")
	}
	twoPads := strings.Replace(lines[last], "==", "= \n=", 1)
	padLine := strings.Replace(lines[last], "==", "\n==", 1)
	spareBits := func(line string) string { // RFC 4648, Section 3.5
		i := strings.IndexByte(line, '=') - 1
		return line[:i] + string(line[i]+1) + line[i+1:]
	}
	whole := func(end string) string { // the base64 ends without base64pads
		der := contents["PRIVATE KEY"]
		for i := 0; len(der)%3 > 0; i++ {
			der = ktSeq(ktVersion0, ktAlgEC, ktOctets(contents["EC PRIVATE KEY"]), ktTLV(0xa0, ktSeq(ktOIDEC, ktTLV(0x31, ktOctets(make([]byte, i))))))
		}
		return strings.Replace(string(ktPEM("PRIVATE KEY", der)), "-----END", end+"-----END", 1)
	}
	for _, row := range []struct {
		why, file string
		is        string
	}{
		{"as it is", sec1, ktIsPrivate},
		{"with CRLF", strings.ReplaceAll(sec1, "\n", "\r\n"), ktIsPrivate},
		{"in one long line", long, ktIsPrivate},
		{"without the last line break", strings.TrimSuffix(sec1, "\n"), ktIsPrivate},
		{"blank lines around", "\n\n" + sec1 + "\n\n", ktIsPrivate},
		{"text around (RFC 7468, Section 5.2)", "Subject: CN=kt\n" + sec1 + "that was it\n", ktIsPrivate},
		{"text around that starts with a brace", "{ my key }\n" + sec1, ktIsPrivate},
		{"text around that starts with a zero, as a DER SEQUENCE does", "0 of 1\n" + sec1, ktIsPrivate},
		{"EC PARAMETERS first, as openssl writes it", parameters + sec1, ktIsPrivate},
		{"EC PARAMETERS after the key", sec1 + parameters, ktIsNone},
		{"EC PARAMETERS alone", parameters, ktIsNone},
		{"a byte order mark", "\xef\xbb\xbf" + sec1, ktIsNone},
		{"a byte order mark before text", "\xef\xbb\xbftext\n" + sec1, ktIsNone},
		{"a byte order mark after a line break", "\n\xef\xbb\xbf" + sec1, ktIsNone},
		{"UTF-16", strings.ReplaceAll(sec1, "", "\x00"), ktIsNone},
		{"the same key twice", sec1 + sec1, ktIsNone},
		{"the same key three times", sec1 + sec1 + sec1, ktIsNone},
		{"three BEGIN lines", strings.Repeat(lines[0], 3), ktIsNone},
		{"its public key after it", sec1 + spki, ktIsNone},
		{"its public key before it", spki + sec1, ktIsNone},
		{"its certificate after it", sec1 + string(ktPEM("CERTIFICATE", contents["CERTIFICATE"])), ktIsNone},
		{"something else after it", sec1 + string(ktPEM("X", nil)), ktIsNone},
		{"something else before it", string(ktPEM("X", nil)) + sec1, ktIsNone},
		{"a broken block before it", broken + sec1, ktIsNone},
		{"a broken block after it", sec1 + broken, ktIsNone},
		{"a block without END before it", lines[0] + lines[1] + sec1, ktIsNone},
		{"a block without END after it", sec1 + lines[0] + lines[1], ktIsNone},
		{"a BEGIN line alone before it", "-----BEGIN EC PRIVATE KEY-----\n" + sec1, ktIsNone},
		{"BEGIN in the text after it", sec1 + "see -----BEGIN above", ktIsPrivate},
		{"BEGIN in the text before it", "see -----BEGIN EC PRIVATE KEY----- below\n" + sec1, ktIsPrivate},
		{"more BEGINs in the text than blocks are allowed", strings.Repeat("-----BEGIN \n>-----BEGIN X-----\n-----BEGIN X-----.\n", 3) + sec1, ktIsPrivate},
		{"openssl's lines before it", "Bag Attributes\n    localKeyID: 01\nKey Attributes: <No Attributes>\n" + sec1, ktIsPrivate},
		{"openssl's lines before a certificate", "0 s:CN=x\n   i:CN=x\n" + string(ktPEM("CERTIFICATE", contents["CERTIFICATE"])), ktIsPublic},

		// RFC 7468, Figure 1, rule by rule.
		{"eol is CR", strings.ReplaceAll(sec1, "\n", "\r"), ktIsPrivate},
		{"eol is CR, with EC PARAMETERS", strings.ReplaceAll(parameters+sec1, "\n", "\r"), ktIsPrivate},
		{"eol is CR, the same key twice", strings.ReplaceAll(sec1+sec1, "\n", "\r"), ktIsNone},
		{"eol of each kind", lines[0] + strings.TrimRight(lines[1], "\n") + "\r" + strings.TrimRight(lines[2], "\n") + "\r\n" + strings.Join(lines[3:], ""), ktIsPrivate},
		{"eol is a form feed", strings.ReplaceAll(sec1, "\n", "\f"), ktIsNone},
		{"eol is U+2028", strings.ReplaceAll(sec1, "\n", "\u2028"), ktIsNone},
		{"preeb *WSP", edit(0, "-----BEGIN EC PRIVATE KEY----- \t\n"), ktIsPrivate},
		{"*eolWSP after it", edit(0, lines[0]+"\n \t\r\n\n\t "), ktIsPrivate},
		{"base64line *WSP", edit(1, strings.TrimRight(lines[1], "\n")+" \t\n"), ktIsPrivate},
		{"lines of other lengths", edit(1, lines[1][:1]+"\n"+lines[1][1:40]+"\n"+lines[1][40:]), ktIsPrivate},
		{"base64finl *WSP", edit(last, strings.TrimRight(lines[last], "\n")+" \t\n"), ktIsPrivate},
		{"base64finl with a line break between the base64pads", edit(last, twoPads), ktIsPrivate},
		{"base64finl of base64pads alone", edit(last, padLine), ktIsPrivate},
		{"base64finl is empty after whole lines", whole("\n"), ktIsPrivate},
		{"base64finl is white space after whole lines", whole(" \t\n"), ktIsPrivate},
		{"two empty lines after whole lines", whole("\n\n"), ktIsNone},
		{"an empty line after base64pads", edit(last, lines[last]+"\n"), ktIsNone},
		{"an empty line between base64pads", edit(last, strings.Replace(lines[last], "==", "=\n\n=", 1)), ktIsNone},
		{"posteb *WSP", strings.TrimRight(sec1, "\n") + " \t", ktIsPrivate},
		{"white space before preeb", " " + sec1, ktIsNone},
		{"a tabulator before preeb", "\t" + sec1, ktIsNone},
		{"white space before posteb", edit(len(lines)-2, " "+lines[len(lines)-2]), ktIsNone},
		{"white space before a line of base64", edit(2, " "+lines[2]), ktIsNone},
		{"white space in a line of base64", edit(1, lines[1][:20]+" "+lines[1][20:]), ktIsNone},
		{"an empty line between lines of base64", edit(2, "\n"+lines[2]), ktIsNone},
		{"white space between lines of base64", edit(2, " \t\n"+lines[2]), ktIsNone},
		{"base64pads between lines of base64", edit(1, "MA==\n"+lines[1]), ktIsNone},
		{"a base64pad too many", edit(last, strings.TrimRight(lines[last], "\n")+"=\n"), ktIsNone},
		{"without base64pads", edit(last, strings.TrimRight(lines[last], "=\n")+"\n"), ktIsNone},
		{"unused bits that are not zero", edit(last, spareBits(lines[last])), ktIsNone},
		{"text in the block", edit(2, "text\n"+lines[2]), ktIsNone},
		{"text after preeb, in its line", edit(0, "-----BEGIN EC PRIVATE KEY-----x\n"), ktIsNone},
		{"text after posteb, in its line", strings.TrimRight(sec1, "\n") + "x", ktIsNone},
		{"base64 in the line of preeb", edit(0, "-----BEGIN EC PRIVATE KEY-----"), ktIsNone},
		{"base64 in the line of posteb", edit(last, strings.TrimRight(lines[last], "\n")), ktIsNone},
		{"four hyphens", strings.ReplaceAll(sec1, "-----", "----"), ktIsNone},
		{"six hyphens", strings.ReplaceAll(sec1, "-----", "------"), ktIsNone},
		{"BEGIN in lower case", strings.Replace(sec1, "BEGIN", "begin", 1), ktIsNone},
		{"a blank more after BEGIN", strings.Replace(sec1, "BEGIN EC", "BEGIN  EC", 1), ktIsNone},
		{"END of a longer label", strings.Replace(sec1, "END EC PRIVATE KEY", "END EC PRIVATE KEYS", 1), ktIsNone},
		{"a label that has BEGIN in it", strings.ReplaceAll(sec1, "EC PRIVATE KEY", "-----BEGIN EC PRIVATE KEY"), ktIsNone},

		{"EC PARAMETERS and text between", parameters + "text\n" + sec1, ktIsPrivate},
		{"EC PARAMETERS twice", parameters + parameters + sec1, ktIsNone},
		{"EC PARAMETERS that name P-384", string(ktPEM("EC PARAMETERS", ktOIDP384)) + sec1, ktIsNone},
		{"EC PARAMETERS that name P-521 and more", string(ktPEM("EC PARAMETERS", append(slices.Clone(ktOIDP521), 5, 0))) + sec1, ktIsNone},
		{"EC PARAMETERS that name nothing", string(ktPEM("EC PARAMETERS", nil)) + sec1, ktIsNone},
		{"EC PARAMETERS with a key in them", string(ktPEM("EC PARAMETERS", contents["EC PRIVATE KEY"])) + sec1, ktIsNone},
		{"EC PARAMETERS with more than base64", "-----BEGIN EC PARAMETERS-----\nBgUrgQQAIw==\n!\n-----END EC PARAMETERS-----\n" + sec1, ktIsNone},
		{"EC PARAMETERS that are no base64", "-----BEGIN EC PARAMETERS-----\n!\n-----END EC PARAMETERS-----\n" + sec1, ktIsNone},
		{"EC PARAMETERS without END", "-----BEGIN EC PARAMETERS-----\n" + sec1, ktIsNone},
		{"without END", strings.Join(lines[:len(lines)-2], ""), ktIsNone},
		{"without BEGIN", strings.Join(lines[1:], ""), ktIsNone},
		{"END of another label", strings.Replace(sec1, "END EC", "END RSA", 1), ktIsNone},
		{"BEGIN of another label", strings.Replace(sec1, "BEGIN EC", "BEGIN RSA", 1), ktIsNone},
		{"truncated in a line", sec1[:len(sec1)/2], ktIsNone},
		{"a line left out", lines[0] + strings.Join(lines[2:], ""), ktIsNone},
		{"a character of base64url", strings.Replace(sec1, lines[1][:1], "_", 1), ktIsNone},
		{"empty", string(ktPEM("EC PRIVATE KEY", nil)), ktIsNone},
		{"encrypted in the traditional way (RFC 1421)", withHeaders(map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-128-CBC,00112233445566778899AABBCCDDEEFF"}), ktIsNone},
		{"any header", withHeaders(map[string]string{"Comment": "mine"}), ktIsNone},
		{"encrypted PKCS #8 (RFC 7468, Section 11)", string(ktPEM("ENCRYPTED PRIVATE KEY", ktSeq(ktSeq(ktOIDRSA, ktNull), ktOctets(ktSecret(64))))), ktIsNone},
		{"a trailing byte in the content", string(ktPEM("EC PRIVATE KEY", append(slices.Clone(contents["EC PRIVATE KEY"]), 0))), ktIsNone},
	} {
		k, _ := ktReads(t, row.why, []byte(row.file), row.is)
		if k != nil && !ktSamePrivate(k, ktEC(ktEC1JWK)) {
			t.Errorf("%s: another key", row.why)
		}
	}
	for i := range len(sec1) - 1 {
		if i < len(sec1)-len("-----END EC PRIVATE KEY-----\n") || sec1[i] == '-' {
			ktRefusedKey(t, fmt.Sprintf("cut after %d bytes", i), []byte(sec1[:i]))
		}
	}
}

// A file is what its beginning says. A key in another container, wherever the file has room for
// octets of anybody's choice, never comes out of it: what does is the outer key, or an error.
func TestRFC7468_Containers(t *testing.T) {
	t.Parallel()
	inners := make(map[string]string)
	der := ktContentsOf(ktRSA2JWK, ktEC2JWK)
	d := ktEC(ktEC2JWK).D.FillBytes(make([]byte, 66))
	der["short EC PRIVATE KEY"] = ktSEC1(d, ktOIDP521, nil) // of fewer than 128 octets
	der["short PRIVATE KEY"] = ktSeq(ktVersion0, ktAlgEC, ktOctets(ktSEC1(d, nil, nil)))
	for label, der := range der {
		inners[label+" in DER"], inners[label+" in PEM"] = string(der), string(ktPEM(strings.TrimPrefix(label, "short "), der))
		inners[label+" in base64"] = base64.StdEncoding.EncodeToString(der)
	}
	for what, jwk := range map[string]string{"EC": ktEC2JWK, "public EC": ktPublic(ktEC2JWK), "RSA": ktRSA2JWK, "oct": ktOct(ktSecret(65))} {
		inners[what+" JWK"], inners[what+" JWK Set"], inners[what+" JWK with white space"] = jwk, ktSet(jwk), strings.Replace(jwk, "{", "{\r\n\t ", 1)
		inners[what+" JWK with a name twice"] = strings.Replace(jwk, "{", `{"a":1,"a":2,`, 1)
		inners[what+" JWK that nests too deep"] = strings.Replace(jwk, "{", `{"a":`+strings.Repeat("[", 40)+strings.Repeat("]", 40)+",", 1)
	}
	ec := ktEC(ktEC1JWK)
	contents, publicJWK := ktContents(), ktPublic(ktEC1JWK)
	spki := contents["PUBLIC KEY"]
	lines, base64Text := strings.SplitAfter(string(ktPEM("PUBLIC KEY", spki)), "\n"), base64.StdEncoding.EncodeToString(spki)
	for name, text := range inners {
		for _, eol := range []string{"", "\n", "\r"} { // it is in the middle of a line, or has lines of its own
			in := eol + text + eol
			reads := func(place, file, is string) {
				t.Helper()
				place = fmt.Sprintf("%s between %q in %s", name, eol, place)
				k, p := ktReads(t, place, []byte(file), is)
				if k != nil && !ktSamePrivate(k, ec) || p != nil && !ktSamePublic(p, &ec.PublicKey) {
					t.Errorf("%s: another key", place)
				}
				set, err := ParseKeySet([]byte(file))
				ktRefused(t, place+": as a set", set, err, ErrKey)
			}
			for _, outer := range []struct {
				place, label string
				der          []byte
				is           string
			}{
				{"a subject", "CERTIFICATE", ktCertificate(&ec.PublicKey, func(c *x509.Certificate) {
					c.RawSubject = ktSeq(ktTLV(0x31, ktSeq([]byte{6, 3, 0x55, 4, 3}, ktTLV(20, []byte(in))))) // a T61String
				}), ktIsPublic},
				{"an extension", "CERTIFICATE", ktCertificate(&ec.PublicKey, func(c *x509.Certificate) {
					c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Value: []byte(in)}}
				}), ktIsPublic},
				{"an attribute of PKCS #8", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgEC, ktOctets(contents["EC PRIVATE KEY"]),
					ktTLV(0xa0, ktSeq(ktOIDEC, ktTLV(0x31, ktOctets([]byte(in)))))), ktIsPrivate},
				{"what follows DER", "PUBLIC KEY", slices.Concat(spki, []byte(in)), ktIsNone},
			} {
				reads(outer.place+", DER", string(outer.der), outer.is)
				reads(outer.place+", PEM", string(ktPEM(outer.label, outer.der)), outer.is)
				reads(outer.place+", base64", base64.StdEncoding.EncodeToString(outer.der), outer.is)
			}

			if utf8.ValidString(in) {
				quoted := ktQuote(in)
				for _, member := range []string{`"kid":` + quoted, `"x-mine":` + quoted, `"x5c":[` + quoted + `]`, `"x-mine":{` + quoted + `:[` + quoted + `]}`, quoted + `:1`} {
					reads("a JWK", `{`+member+`,`+publicJWK[1:], ktIsPublic)
					for _, file := range []string{`{` + member + `,` + ktSet(publicJWK)[1:], ktSet(`{` + member + `,` + publicJWK[1:])} {
						ktReads(t, name+" in a JWK Set", []byte(file), ktIsNone)
						set, err := ParseKeySet([]byte(file))
						if ktAccepted(t, name+" in a JWK Set", set, err); err == nil && (len(set.keys) != 1 || !ktSamePublic(set.PublicKeys()[0], &ec.PublicKey)) {
							t.Errorf("%s in a JWK Set: another key", name)
						}
					}
				}
				reads("a string with a line break that JSON does not allow", `{"x-mine":"`+in+"\n\","+publicJWK[1:], ktIsNone)
				if text[0] == '{' {
					is := ktIsPublic
					if strings.Contains(name, " with a name twice") || strings.Contains(name, " too deep") {
						is = ktIsNone
					}
					reads("a member of a JWK", `{"x-mine":`+text+`,`+publicJWK[1:], is)
				}
			}

			// The text around a block is not looked at, unless the file begins as another container.
			before, after := ktIsPublic, ktIsPublic
			switch {
			case strings.HasSuffix(name, "in PEM"):
				before, after = ktIsNone, ktIsNone
			case text[0] == '{', text[0] == '\x30' && eol == "":
				before = ktIsNone
			}
			block := strings.Join(lines, "")
			reads("the text before a block", in+"\n"+block, before)
			reads("the text after a block", block+in, after)
			reads("the lines of a block", lines[0]+lines[1]+in+strings.Join(lines[2:], ""), ktIsNone)
			if !strings.HasSuffix(name, "in DER") || eol != "" { // which belongs there
				reads("a block instead of DER", string(ktPEM("PUBLIC KEY", []byte(in))), ktIsNone)
				reads("base64 instead of DER", base64.StdEncoding.EncodeToString([]byte(in)), ktIsNone)
			}
			if !strings.HasSuffix(name, "in PEM") { // then the base64 is the text around that
				reads("the lines of base64", base64Text[:64]+"\n"+in+"\n"+base64Text[64:], ktIsNone)
				reads("what follows base64", base64Text+"\n"+in, ktIsNone)
			}
		}
	}
}

// What looks like PEM in the octets of DER is part of them, as it is in a JWK's.
func TestRFC7468_BeginInDER(t *testing.T) {
	t.Parallel()
	const begin = "\n-----BEGIN PUBLIC KEY-----\n"
	n := ktOdd(2048)
	n = ktWithoutSmallFactor(n.SetBytes(slices.Concat(n.Bytes()[:100], []byte(begin), n.Bytes()[100+len(begin):])))
	for form, file := range ktRSAPublicForms(n, big.NewInt(65537)) {
		if raw := bytes.Contains(file, []byte(begin)); raw != strings.HasSuffix(form, " DER") && form != "base64 DER" {
			t.Errorf("%s: does not show what it should", form)
		}
		k, err := ParsePublicKey(file)
		if ktAccepted(t, form, k, err); err == nil && !ktSamePublic(k, &rsa.PublicKey{N: n, E: 65537}) {
			t.Errorf("%s: another key", form)
		}
	}
}

// D3: DER has nothing after it, at no level; x509 lets some of it pass. What is not the one
// structure that the RFCs give is refused in every armour that DER comes in.
func TestD3_DER(t *testing.T) {
	t.Parallel()
	rsaKey, ec, ec2 := ktRSA(ktRSA1JWK), ktEC(ktEC1JWK), ktEC(ktEC2JWK)
	prime := elliptic.P521().Params().P
	d := ec.D.FillBytes(make([]byte, 66))
	point, otherPoint := ktPoint(&ec.PublicKey), ktPoint(&ec2.PublicKey)
	if point[132]%2 == 1 { // unused bits have to be zero, so take the even one of ±point
		d = new(big.Int).Sub(elliptic.P521().Params().N, ec.D).FillBytes(d)
		new(big.Int).Sub(prime, ec.Y).FillBytes(point[67:])
	}
	compressed := append([]byte{2}, point[1:67]...)
	hybrid := append([]byte{6}, point[1:]...)
	pkcs1, pkcs1Public := rsaKey.pkcs1(), ktSeq(ktBig(rsaKey.n), ktBig(rsaKey.e))
	sec1 := ktSEC1(d, ktOIDP521, point)
	zero, extra := []byte{0}, ktInt(0)
	cat := func(parts ...[]byte) []byte { return slices.Concat(parts...) }
	inner := func(der []byte, more ...byte) []byte { // more at the end of a SEQUENCE with a long length
		return ktSeq(der[len(der)-ktBodyLen(der):], more)
	}
	attributes := ktTLV(0xa0, ktSeq(ktOIDEC, ktTLV(0x31, ktNull)))
	withAttributes := func(attributes ...[]byte) []byte {
		return ktSeq(ktVersion0, ktAlgEC, ktOctets(sec1), ktTLV(0xa0, attributes...))
	}
	pkcs9 := func(number byte) []byte { return []byte{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, number} }
	friendlyName := ktSeq(pkcs9(20), ktTLV(0x31, ktTLV(30, []byte{0, 'k', 0, 't'})))
	localKeyID := ktSeq(pkcs9(21), ktTLV(0x31, ktOctets([]byte("Time 1600000000000"))))
	cspName := ktSeq([]byte{6, 9, 0x2b, 6, 1, 4, 1, 0x82, 0x37, 0x11, 1}, ktTLV(0x31, ktTLV(30, []byte{0, 'C', 0, 'S', 0, 'P'})))
	nested := func(depth int) []byte {
		der := ktNull
		for range depth {
			der = ktSeq(der)
		}
		return der
	}
	fields := func(numbers ...*big.Int) []byte {
		var out [][]byte
		for _, n := range numbers {
			out = append(out, ktBig(n))
		}
		return slices.Concat(out...)
	}
	eight := fields(rsaKey.n, rsaKey.e, rsaKey.d, rsaKey.p, rsaKey.q, rsaKey.dp, rsaKey.dq, rsaKey.qi)
	third := ktSeq(ktSeq(ktInt(65537), ktInt(3), ktInt(5))) // OtherPrimeInfos: RFC 8017, Appendix A.1.2
	indefinite := cat([]byte{0x30, 0x80}, ktBig(rsaKey.n), ktBig(rsaKey.e), []byte{0, 0})
	longLength := cat([]byte{0x30, 0x83, 0}, pkcs1Public[2:])
	padded := ktSeq(ktTLV(2, []byte{0, 0}, rsaKey.n.Bytes()), ktBig(rsaKey.e))

	const private, public, none = ktIsPrivate, ktIsPublic, ktIsNone
	for _, row := range []struct {
		why, label string
		der        []byte
		is         string
	}{
		// PKCS #1: RFC 8017, Appendix A.1.
		{"RSAPrivateKey", "RSA PRIVATE KEY", pkcs1, private},
		{"RSAPrivateKey, a byte after it", "RSA PRIVATE KEY", cat(pkcs1, zero), none},
		{"RSAPrivateKey, a byte at its end", "RSA PRIVATE KEY", inner(pkcs1, 0), none},
		{"RSAPrivateKey, a field more", "RSA PRIVATE KEY", inner(pkcs1, extra...), none},
		{"RSAPrivateKey of version 0 with other primes", "RSA PRIVATE KEY", inner(pkcs1, third...), none},
		{"RSAPrivateKey of version 1 with other primes: multi-prime", "RSA PRIVATE KEY", ktSeq(ktVersion1, eight, third), none},
		{"RSAPrivateKey of version 1 without", "RSA PRIVATE KEY", ktSeq(ktVersion1, eight), none},
		{"RSAPrivateKey of version 2", "RSA PRIVATE KEY", ktSeq(ktInt(2), eight), none},
		{"RSAPrivateKey of version -1", "RSA PRIVATE KEY", ktSeq(ktInt(-1), eight), none},
		{"RSAPrivateKey without version", "RSA PRIVATE KEY", ktSeq(eight), none},
		{"RSAPrivateKey without qInv", "RSA PRIVATE KEY", ktSeq(ktVersion0, fields(rsaKey.n, rsaKey.e, rsaKey.d, rsaKey.p, rsaKey.q, rsaKey.dp, rsaKey.dq)), none},
		{"RSAPrivateKey without primes", "RSA PRIVATE KEY", ktSeq(ktVersion0, fields(rsaKey.n, rsaKey.e, rsaKey.d)), none},
		{"RSAPublicKey", "RSA PUBLIC KEY", pkcs1Public, public},
		{"RSAPublicKey, a byte after it", "RSA PUBLIC KEY", cat(pkcs1Public, zero), none},
		{"RSAPublicKey, a field more", "RSA PUBLIC KEY", inner(pkcs1Public, extra...), none},
		{"RSAPublicKey without e", "RSA PUBLIC KEY", ktSeq(ktBig(rsaKey.n)), none},
		{"RSAPublicKey, n without its sign octet: negative", "RSA PUBLIC KEY", ktSeq(ktTLV(2, rsaKey.n.Bytes()), ktBig(rsaKey.e)), none},
		{"RSAPublicKey, n with an octet too many: no DER", "RSA PUBLIC KEY", padded, none},
		{"RSAPublicKey of indefinite length: BER", "RSA PUBLIC KEY", indefinite, none},
		{"RSAPublicKey with an overlong length: BER", "RSA PUBLIC KEY", longLength, none},
		{"RSAPublicKey as a SET", "RSA PUBLIC KEY", cat([]byte{0x31}, pkcs1Public[1:]), none},
		{"RSAPublicKey as a primitive SEQUENCE", "RSA PUBLIC KEY", cat([]byte{0x10}, pkcs1Public[1:]), none},
		{"RSAPublicKey of another class", "RSA PUBLIC KEY", cat([]byte{0x70}, pkcs1Public[1:]), none},
		{"an empty SEQUENCE", "RSA PUBLIC KEY", ktSeq(), none},

		// PKCS #8: RFC 5208, Section 5.
		{"PrivateKeyInfo, RSA", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgRSA, ktOctets(pkcs1)), private},
		{"PrivateKeyInfo, EC", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgEC, ktOctets(sec1)), private},
		{"PrivateKeyInfo, EC without curve and point inside", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgEC, ktOctets(ktSEC1(d, nil, nil))), private},
		{"PrivateKeyInfo, EC without curve inside", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgEC, ktOctets(ktSEC1(d, nil, point))), private},
		{"PrivateKeyInfo, EC without point inside", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgEC, ktOctets(ktSEC1(d, ktOIDP521, nil))), private},
		{"PrivateKeyInfo with attributes", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgEC, ktOctets(sec1), attributes), private},
		{"PrivateKeyInfo with empty attributes", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgEC, ktOctets(sec1), ktTLV(0xa0)), private},
		{"PrivateKeyInfo with a friendlyName and a localKeyId (RFC 2985, Sections 5.5.1 and 5.5.2)", "PRIVATE KEY", withAttributes(friendlyName, localKeyID), private},
		{"PrivateKeyInfo with both the other way round, as some write a SET OF", "PRIVATE KEY", withAttributes(localKeyID, friendlyName), private},
		{"PrivateKeyInfo with a Microsoft CSP name and keyUsage", "PRIVATE KEY", withAttributes(cspName, ktSeq([]byte{6, 3, 0x55, 0x1d, 15}, ktTLV(0x31, ktTLV(3, []byte{7, 0x80})))), private},
		{"PrivateKeyInfo with an attribute of two values", "PRIVATE KEY", withAttributes(ktSeq(ktOIDEC, ktTLV(0x31, ktNull, ktSeq(ktInt(1), ktSeq())))), private},
		{"PrivateKeyInfo with an attribute that nests 20 deep", "PRIVATE KEY", withAttributes(ktSeq(ktOIDEC, ktTLV(0x31, nested(20)))), private},
		{"PrivateKeyInfo with an attribute that nests 33 deep (D8)", "PRIVATE KEY", withAttributes(ktSeq(ktOIDEC, ktTLV(0x31, nested(33)))), none},
		{"PrivateKeyInfo with an attribute that nests 10,000 deep (D8)", "PRIVATE KEY", withAttributes(ktSeq(ktOIDEC, ktTLV(0x31, nested(10_000)))), none},
		{"PrivateKeyInfo with octets instead of attributes", "PRIVATE KEY", withAttributes([]byte{0xff, 0xff, 0xff}), none},
		{"PrivateKeyInfo with zeros instead of attributes", "PRIVATE KEY", withAttributes(make([]byte, 4)), none},
		{"PrivateKeyInfo with text instead of attributes", "PRIVATE KEY", withAttributes([]byte("-----BEGIN")), none},
		{"PrivateKeyInfo with a NULL instead of an attribute", "PRIVATE KEY", withAttributes(ktNull), none},
		{"PrivateKeyInfo with an OID instead of an attribute", "PRIVATE KEY", withAttributes(ktOIDEC), none},
		{"PrivateKeyInfo with a SET instead of an attribute", "PRIVATE KEY", withAttributes(ktTLV(0x31, ktOIDEC, ktTLV(0x31, ktNull))), none},
		{"PrivateKeyInfo with a SET of attributes in [0]", "PRIVATE KEY", withAttributes(ktTLV(0x31, friendlyName)), none},
		{"PrivateKeyInfo with an empty attribute", "PRIVATE KEY", withAttributes(ktSeq()), none},
		{"PrivateKeyInfo with an attribute without values", "PRIVATE KEY", withAttributes(ktSeq(ktOIDEC)), none},
		{"PrivateKeyInfo with an attribute without type", "PRIVATE KEY", withAttributes(ktSeq(ktTLV(0x31, ktNull))), none},
		{"PrivateKeyInfo with an attribute whose type is an INTEGER", "PRIVATE KEY", withAttributes(ktSeq(ktInt(1), ktTLV(0x31, ktNull))), none},
		{"PrivateKeyInfo with an attribute whose type is an empty OID", "PRIVATE KEY", withAttributes(ktSeq([]byte{6, 0}, ktTLV(0x31, ktNull))), none},
		{"PrivateKeyInfo with an attribute whose values are a SEQUENCE", "PRIVATE KEY", withAttributes(ktSeq(ktOIDEC, ktSeq(ktNull))), none},
		{"PrivateKeyInfo with an attribute whose values are one value", "PRIVATE KEY", withAttributes(ktSeq(ktOIDEC, ktNull)), none},
		{"PrivateKeyInfo with an attribute, a field more", "PRIVATE KEY", withAttributes(ktSeq(ktOIDEC, ktTLV(0x31, ktNull), ktNull)), none},
		{"PrivateKeyInfo with an attribute and octets after it", "PRIVATE KEY", withAttributes(friendlyName, []byte{0}), none},
		{"PrivateKeyInfo with an attribute cut off", "PRIVATE KEY", withAttributes(friendlyName[:len(friendlyName)-1]), none},
		{"PrivateKeyInfo with values that are no DER", "PRIVATE KEY", withAttributes(ktSeq(ktOIDEC, ktTLV(0x31, []byte{0xff, 0xff}))), none},
		{"PrivateKeyInfo with a value cut off", "PRIVATE KEY", withAttributes(ktSeq(ktOIDEC, ktTLV(0x31, []byte{4, 9, 0}))), none},
		{"PrivateKeyInfo with a value that has no DER in it", "PRIVATE KEY", withAttributes(ktSeq(ktOIDEC, ktTLV(0x31, ktSeq([]byte{0xff})))), none},
		{"PrivateKeyInfo with a value that has no DER deep in it", "PRIVATE KEY", withAttributes(ktSeq(ktOIDEC, ktTLV(0x31, ktSeq(ktNull, ktTLV(0xa1, ktSeq(ktNull, []byte{2, 5, 1})))))), none},
		{"PrivateKeyInfo with a value of indefinite length", "PRIVATE KEY", withAttributes(ktSeq(ktOIDEC, ktTLV(0x31, []byte{0x30, 0x80, 0, 0}))), none},
		{"PrivateKeyInfo with a value of an overlong length", "PRIVATE KEY", withAttributes(ktSeq(ktOIDEC, ktTLV(0x31, []byte{4, 0x81, 1, 0}))), none},
		{"PrivateKeyInfo with a value of an overlong length in it", "PRIVATE KEY", withAttributes(ktSeq(ktOIDEC, ktTLV(0x31, ktSeq([]byte{4, 0x82, 0, 1, 0})))), none},
		{"PrivateKeyInfo with a constructed OCTET STRING: BER", "PRIVATE KEY", withAttributes(ktSeq(ktOIDEC, ktTLV(0x31, ktTLV(0x24, ktOctets(nil))))), none},
		{"PrivateKeyInfo with a constructed INTEGER", "PRIVATE KEY", withAttributes(ktSeq(ktOIDEC, ktTLV(0x31, ktSeq(ktTLV(0x22, ktInt(1)))))), none},
		{"PrivateKeyInfo with a primitive SEQUENCE", "PRIVATE KEY", withAttributes(ktSeq(ktOIDEC, ktTLV(0x31, []byte{0x10, 0}))), none},
		{"PrivateKeyInfo with a primitive SET", "PRIVATE KEY", withAttributes(ktSeq(ktOIDEC, ktTLV(0x31, []byte{0x11, 0}))), none},
		{"PrivateKeyInfo with an end-of-contents in a value", "PRIVATE KEY", withAttributes(ktSeq(ktOIDEC, ktTLV(0x31, []byte{0, 0}))), none},
		{"PrivateKeyInfo with context-specific elements in a value", "PRIVATE KEY", withAttributes(ktSeq(ktOIDEC, ktTLV(0x31, ktSeq(ktTLV(0x80), ktTLV(0xa1, ktNull))))), private},
		{"PrivateKeyInfo with an attribute of an overlong length", "PRIVATE KEY", withAttributes(slices.Concat([]byte{0x30, 0x81}, friendlyName[1:])), none},
		{"PrivateKeyInfo with attributes of an overlong length", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgEC, ktOctets(sec1), []byte{0xa0, 0x81, 0}), none},
		{"PrivateKeyInfo, RSA, with octets instead of attributes", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgRSA, ktOctets(pkcs1), ktTLV(0xa0, []byte{0xff, 0xff, 0xff})), none},
		{"PrivateKeyInfo with attributes twice", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgEC, ktOctets(sec1), attributes, attributes), none},
		{"PrivateKeyInfo with primitive attributes", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgEC, ktOctets(sec1), ktTLV(0x80, ktNull)), none},
		{"PrivateKeyInfo with attributes of another number", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgEC, ktOctets(sec1), ktTLV(0xa1)), none},
		{"PrivateKeyInfo with attributes of another class", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgEC, ktOctets(sec1), ktTLV(0x60)), none},
		{"PrivateKeyInfo with attributes cut off", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgEC, ktOctets(sec1), []byte{0xa0, 9}), none},
		{"PrivateKeyInfo, a field more", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgEC, ktOctets(sec1), extra), none},
		{"PrivateKeyInfo, a SET more", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgEC, ktOctets(sec1), ktTLV(0x31)), none},
		{"PrivateKeyInfo, an end-of-contents more", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgEC, ktOctets(sec1), []byte{0, 0}), none},
		{"PrivateKeyInfo with a public key, but of version 0", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgEC, ktOctets(sec1), ktTLV(0x81, zero, point)), none},
		{"OneAsymmetricKey of version 1 (RFC 5958)", "PRIVATE KEY", ktSeq(ktVersion1, ktAlgEC, ktOctets(sec1)), none},
		{"OneAsymmetricKey of version 1 with its public key", "PRIVATE KEY", ktSeq(ktVersion1, ktAlgEC, ktOctets(sec1), ktTLV(0x81, zero, point)), none},
		{"PrivateKeyInfo of version -1", "PRIVATE KEY", ktSeq(ktInt(-1), ktAlgEC, ktOctets(sec1)), none},
		{"PrivateKeyInfo, a byte after it", "PRIVATE KEY", cat(ktSeq(ktVersion0, ktAlgRSA, ktOctets(pkcs1)), zero), none},
		{"PrivateKeyInfo, EC, a byte after it", "PRIVATE KEY", cat(ktSeq(ktVersion0, ktAlgEC, ktOctets(sec1)), zero), none},
		{"PrivateKeyInfo, RSA, a byte inside of the OCTET STRING", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgRSA, ktOctets(cat(pkcs1, zero))), none},
		{"PrivateKeyInfo, EC, a byte inside of the OCTET STRING", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgEC, ktOctets(cat(sec1, zero))), none},
		{"PrivateKeyInfo, a field more in the RSAPrivateKey", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgRSA, ktOctets(inner(pkcs1, extra...))), none},
		{"PrivateKeyInfo, no key", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgRSA), none},
		{"PrivateKeyInfo, key not in an OCTET STRING", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgRSA, pkcs1), none},
		{"PrivateKeyInfo, RSA algorithm, EC key", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgRSA, ktOctets(sec1)), none},
		{"PrivateKeyInfo, EC algorithm, RSA key", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgEC, ktOctets(pkcs1)), none},
		{"PrivateKeyInfo, public key inside", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgRSA, ktOctets(pkcs1Public)), none},
		{"PrivateKeyInfo, rsaEncryption without NULL", "PRIVATE KEY", ktSeq(ktVersion0, ktSeq(ktOIDRSA), ktOctets(pkcs1)), none},
		{"PrivateKeyInfo, rsaEncryption with a NULL that is none", "PRIVATE KEY", ktSeq(ktVersion0, ktSeq(ktOIDRSA, ktInt(0)), ktOctets(pkcs1)), none},
		{"PrivateKeyInfo, rsaEncryption with a NULL that has content", "PRIVATE KEY", ktSeq(ktVersion0, ktSeq(ktOIDRSA, []byte{5, 1, 0}), ktOctets(pkcs1)), none},
		{"PrivateKeyInfo, rsaEncryption and more than NULL", "PRIVATE KEY", ktSeq(ktVersion0, ktSeq(ktOIDRSA, ktNull, ktNull), ktOctets(pkcs1)), none},
		{"PrivateKeyInfo, rsaPSS: a key for another algorithm", "PRIVATE KEY", ktSeq(ktVersion0, ktSeq(ktOIDPSS), ktOctets(pkcs1)), none},
		{"PrivateKeyInfo, rsaPSS with NULL", "PRIVATE KEY", ktSeq(ktVersion0, ktSeq(ktOIDPSS, ktNull), ktOctets(pkcs1)), none},
		{"PrivateKeyInfo, rsaOAEP", "PRIVATE KEY", ktSeq(ktVersion0, ktSeq(ktOIDOAEP, ktNull), ktOctets(pkcs1)), none},
		{"PrivateKeyInfo, ecDH", "PRIVATE KEY", ktSeq(ktVersion0, ktSeq(ktOIDECDH, ktOIDP521), ktOctets(sec1)), none},
		{"PrivateKeyInfo, EC without curve", "PRIVATE KEY", ktSeq(ktVersion0, ktSeq(ktOIDEC), ktOctets(sec1)), none},
		{"PrivateKeyInfo, EC with NULL", "PRIVATE KEY", ktSeq(ktVersion0, ktSeq(ktOIDEC, ktNull), ktOctets(sec1)), none},
		{"PrivateKeyInfo, EC with P-384", "PRIVATE KEY", ktSeq(ktVersion0, ktSeq(ktOIDEC, ktOIDP384), ktOctets(sec1)), none},
		{"PrivateKeyInfo, EC with P-384 inside", "PRIVATE KEY", ktSeq(ktVersion0, ktAlgEC, ktOctets(ktSEC1(d, ktOIDP384, point))), none},
		{"PrivateKeyInfo, EC and more than the curve", "PRIVATE KEY", ktSeq(ktVersion0, ktSeq(ktOIDEC, ktOIDP521, ktNull), ktOctets(sec1)), none},
		{"PrivateKeyInfo, EC with parameters in full", "PRIVATE KEY", ktSeq(ktVersion0, ktSeq(ktOIDEC, ktSeq(ktVersion1)), ktOctets(sec1)), none},
		{"PrivateKeyInfo, algorithm is no SEQUENCE", "PRIVATE KEY", ktSeq(ktVersion0, ktTLV(0x31, ktOIDEC, ktOIDP521), ktOctets(sec1)), none},
		{"PrivateKeyInfo, algorithm is empty", "PRIVATE KEY", ktSeq(ktVersion0, ktSeq(), ktOctets(sec1)), none},

		// SEC 1: RFC 5915, Section 3.
		{"ECPrivateKey", "EC PRIVATE KEY", sec1, private},
		{"ECPrivateKey without point", "EC PRIVATE KEY", ktSEC1(d, ktOIDP521, nil), private},
		{"ECPrivateKey without curve, which nothing else names", "EC PRIVATE KEY", ktSEC1(d, nil, point), none},
		{"ECPrivateKey without both", "EC PRIVATE KEY", ktSEC1(d, nil, nil), none},
		{"ECPrivateKey, a byte after it", "EC PRIVATE KEY", cat(sec1, zero), none},
		{"ECPrivateKey, a byte at its end", "EC PRIVATE KEY", inner(sec1, 0), none},
		{"ECPrivateKey, a field more", "EC PRIVATE KEY", inner(sec1, extra...), none},
		{"ECPrivateKey, [2] more", "EC PRIVATE KEY", inner(sec1, ktTLV(0xa2, ktNull)...), none},
		{"ECPrivateKey, the point in [2]", "EC PRIVATE KEY", ktSeq(ktVersion1, ktOctets(d), ktTLV(0xa0, ktOIDP521), ktTLV(0xa2, ktBits(point))), none},
		{"ECPrivateKey, of another class", "EC PRIVATE KEY", ktSeq(ktVersion1, ktOctets(d), ktTLV(0x60, ktOIDP521)), none},
		{"ECPrivateKey of version 0", "EC PRIVATE KEY", ktSeq(ktVersion0, ktOctets(d), ktTLV(0xa0, ktOIDP521)), none},
		{"ECPrivateKey of version 2", "EC PRIVATE KEY", ktSeq(ktInt(2), ktOctets(d), ktTLV(0xa0, ktOIDP521)), none},
		{"ECPrivateKey, P-384 in name", "EC PRIVATE KEY", ktSEC1(d, ktOIDP384, point), none},
		{"ECPrivateKey, curve is no name", "EC PRIVATE KEY", ktSEC1(d, ktNull, point), none},
		{"ECPrivateKey, curve is empty", "EC PRIVATE KEY", ktSEC1(d, []byte{}, point), none},
		{"ECPrivateKey, more than the curve", "EC PRIVATE KEY", ktSEC1(d, cat(ktOIDP521, zero), point), none},
		{"ECPrivateKey, more than the curve, another element", "EC PRIVATE KEY", ktSEC1(d, cat(ktOIDP521, ktNull), point), none},
		{"ECPrivateKey, curve twice", "EC PRIVATE KEY", ktSeq(ktVersion1, ktOctets(d), ktTLV(0xa0, ktOIDP521), ktTLV(0xa0, ktOIDP521)), none},
		{"ECPrivateKey, point twice", "EC PRIVATE KEY", ktSeq(ktVersion1, ktOctets(d), ktTLV(0xa0, ktOIDP521), ktTLV(0xa1, ktBits(point)), ktTLV(0xa1, ktBits(point))), none},
		{"ECPrivateKey, point before curve", "EC PRIVATE KEY", ktSeq(ktVersion1, ktOctets(d), ktTLV(0xa1, ktBits(point)), ktTLV(0xa0, ktOIDP521)), none},
		{"ECPrivateKey, curve tag primitive", "EC PRIVATE KEY", ktSeq(ktVersion1, ktOctets(d), ktTLV(0x80, ktOIDP521), ktTLV(0xa1, ktBits(point))), none},
		{"ECPrivateKey, point tag primitive", "EC PRIVATE KEY", ktSeq(ktVersion1, ktOctets(d), ktTLV(0xa0, ktOIDP521), ktTLV(0x81, ktBits(point))), none},
		{"ECPrivateKey, more than the point", "EC PRIVATE KEY", ktSeq(ktVersion1, ktOctets(d), ktTLV(0xa0, ktOIDP521), ktTLV(0xa1, ktBits(point), ktNull)), none},
		{"ECPrivateKey, point has unused bits", "EC PRIVATE KEY", ktSeq(ktVersion1, ktOctets(d), ktTLV(0xa0, ktOIDP521), ktTLV(0xa1, ktTLV(3, []byte{1}, point))), none},
		{"ECPrivateKey, point is empty", "EC PRIVATE KEY", ktSEC1(d, ktOIDP521, []byte{}), none},
		{"ECPrivateKey, point is no BIT STRING", "EC PRIVATE KEY", ktSeq(ktVersion1, ktOctets(d), ktTLV(0xa0, ktOIDP521), ktTLV(0xa1, ktOctets(point))), none},
		{"ECPrivateKey, point tag is empty", "EC PRIVATE KEY", ktSeq(ktVersion1, ktOctets(d), ktTLV(0xa0, ktOIDP521), ktTLV(0xa1)), none},
		{"ECPrivateKey, point of another key: x509 takes it", "EC PRIVATE KEY", ktSEC1(d, ktOIDP521, otherPoint), none},
		{"ECPrivateKey, compressed point", "EC PRIVATE KEY", ktSEC1(d, ktOIDP521, compressed), none},
		{"ECPrivateKey, point with a byte after it", "EC PRIVATE KEY", ktSEC1(d, ktOIDP521, cat(point, zero)), none},
		{"ECPrivateKey, d of 65 octets", "EC PRIVATE KEY", ktSEC1(d[1:], ktOIDP521, nil), none},
		{"ECPrivateKey, d of 67 octets", "EC PRIVATE KEY", ktSEC1(cat(zero, d), ktOIDP521, point), none},
		{"ECPrivateKey, d = 0", "EC PRIVATE KEY", ktSEC1(make([]byte, 66), ktOIDP521, nil), none},
		{"ECPrivateKey, d = n", "EC PRIVATE KEY", ktSEC1(elliptic.P521().Params().N.FillBytes(make([]byte, 66)), ktOIDP521, nil), none},
		{"ECPrivateKey without d", "EC PRIVATE KEY", ktSeq(ktVersion1), none},

		// SPKI: RFC 5280, Section 4.1.2.7.
		{"SubjectPublicKeyInfo, RSA", "PUBLIC KEY", ktSeq(ktAlgRSA, ktBits(pkcs1Public)), public},
		{"SubjectPublicKeyInfo, EC", "PUBLIC KEY", ktSeq(ktAlgEC, ktBits(point)), public},
		{"SubjectPublicKeyInfo, RSA, a byte after it", "PUBLIC KEY", cat(ktSeq(ktAlgRSA, ktBits(pkcs1Public)), zero), none},
		{"SubjectPublicKeyInfo, EC, a byte after it", "PUBLIC KEY", cat(ktSeq(ktAlgEC, ktBits(point)), zero), none},
		{"SubjectPublicKeyInfo, a field more", "PUBLIC KEY", ktSeq(ktAlgEC, ktBits(point), ktNull), none},
		{"SubjectPublicKeyInfo, RSA, a byte inside of the BIT STRING", "PUBLIC KEY", ktSeq(ktAlgRSA, ktBits(cat(pkcs1Public, zero))), none},
		{"SubjectPublicKeyInfo, EC, a byte inside of the BIT STRING", "PUBLIC KEY", ktSeq(ktAlgEC, ktBits(cat(point, zero))), none},
		{"SubjectPublicKeyInfo, EC, unused bits", "PUBLIC KEY", ktSeq(ktAlgEC, ktTLV(3, []byte{1}, point)), none},
		{"SubjectPublicKeyInfo, BIT STRING empty", "PUBLIC KEY", ktSeq(ktAlgEC, ktBits(nil)), none},
		{"SubjectPublicKeyInfo, BIT STRING without even the count of unused bits", "PUBLIC KEY", ktSeq(ktAlgEC, ktTLV(3)), none},
		{"SubjectPublicKeyInfo, OCTET STRING", "PUBLIC KEY", ktSeq(ktAlgEC, ktOctets(point)), none},
		{"SubjectPublicKeyInfo, RSA without NULL", "PUBLIC KEY", ktSeq(ktSeq(ktOIDRSA), ktBits(pkcs1Public)), none},
		{"SubjectPublicKeyInfo, rsaPSS", "PUBLIC KEY", ktSeq(ktSeq(ktOIDPSS), ktBits(pkcs1Public)), none},
		{"SubjectPublicKeyInfo, rsaPSS with NULL", "PUBLIC KEY", ktSeq(ktSeq(ktOIDPSS, ktNull), ktBits(pkcs1Public)), none},
		{"SubjectPublicKeyInfo, RSA algorithm, EC key", "PUBLIC KEY", ktSeq(ktAlgRSA, ktBits(point)), none},
		{"SubjectPublicKeyInfo, EC algorithm, RSA key", "PUBLIC KEY", ktSeq(ktAlgEC, ktBits(pkcs1Public)), none},
		{"SubjectPublicKeyInfo, EC with P-384 in name", "PUBLIC KEY", ktSeq(ktSeq(ktOIDEC, ktOIDP384), ktBits(point)), none},
		{"SubjectPublicKeyInfo, EC without curve", "PUBLIC KEY", ktSeq(ktSeq(ktOIDEC), ktBits(point)), none},
		{"SubjectPublicKeyInfo, EC and more than the curve", "PUBLIC KEY", ktSeq(ktSeq(ktOIDEC, ktOIDP521, ktNull), ktBits(point)), none},
		{"SubjectPublicKeyInfo, compressed point", "PUBLIC KEY", ktSeq(ktAlgEC, ktBits(compressed)), none},
		{"SubjectPublicKeyInfo, hybrid point", "PUBLIC KEY", ktSeq(ktAlgEC, ktBits(hybrid)), none},
		{"SubjectPublicKeyInfo, point at infinity", "PUBLIC KEY", ktSeq(ktAlgEC, ktBits(zero)), none},
		{"SubjectPublicKeyInfo, point off the curve", "PUBLIC KEY", ktSeq(ktAlgEC, ktBits(cat(point[:132], []byte{point[132] ^ 1}))), none},
		{"SubjectPublicKeyInfo, private key inside", "PUBLIC KEY", ktSeq(ktAlgRSA, ktBits(pkcs1)), none},
		{"SubjectPublicKeyInfo, no key", "PUBLIC KEY", ktSeq(ktAlgEC), none},

		// X.509, of which only the key counts (D2).
		{"certificate, RSA", "CERTIFICATE", ktCertificate(ktRSAPublic(ktRSA1JWK)), public},
		{"certificate, P-521", "CERTIFICATE", ktCertificate(&ec.PublicKey), public},
		{"certificate, P-256", "CERTIFICATE", ktCertificate(&ktMust(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)).PublicKey), none},
		{"certificate, Ed25519", "CERTIFICATE", ktCertificate(make(ed25519.PublicKey, 32)), none},
		{"certificate, RSA of 1024 bits", "CERTIFICATE", ktCertificate(&rsa.PublicKey{N: ktOdd(1024), E: 65537}), none},
		{"certificate, RSA with e = 1", "CERTIFICATE", ktCertificate(&rsa.PublicKey{N: ktOdd(2048), E: 1}), none},
		{"certificate, a byte after it", "CERTIFICATE", cat(ktCertificate(&ec.PublicKey), zero), none},
		{"certificate, a field more", "CERTIFICATE", inner(ktCertificate(&ec.PublicKey), ktNull...), none},
		{"certificate request", "CERTIFICATE", ktMust(x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, ec)), none},
	} {
		base64DER := base64.StdEncoding.EncodeToString(row.der)
		for form, file := range map[string][]byte{"DER": row.der, "PEM": ktPEM(row.label, row.der), "base64": []byte(base64DER)} {
			ktReads(t, row.why+": "+form, file, row.is)
		}
		if row.is != none { // cut short anywhere, it is nothing any more
			for i := 0; i < len(row.der); i += 1 + len(row.der)/64 {
				ktRefusedKey(t, fmt.Sprintf("%s, cut after %d bytes", row.why, i), row.der[:i])
			}
		}
	}
}

// ktBodyLen returns the number of content octets of one DER element.
func ktBodyLen(der []byte) int {
	var v asn1.RawValue
	if _, err := asn1.Unmarshal(der, &v); err != nil {
		panic(err)
	}
	return len(v.Bytes)
}

// The keys that come out of a file are those that x509 writes into it.
func TestD3_DERIsX509(t *testing.T) {
	t.Parallel()
	rsaKey, ec := ktRSAKey(ktRSA1JWK), ktEC(ktEC1JWK)
	for why, row := range map[string]struct {
		file []byte
		key  crypto.PrivateKey
	}{
		"RSA, PKCS #1":     {x509.MarshalPKCS1PrivateKey(rsaKey), rsaKey},
		"RSA, PKCS #8":     {ktMust(x509.MarshalPKCS8PrivateKey(rsaKey)), rsaKey},
		"RSA, PKCS #8 PEM": {ktPEM("PRIVATE KEY", ktMust(x509.MarshalPKCS8PrivateKey(rsaKey))), rsaKey},
		"EC, SEC 1":        {ktMust(x509.MarshalECPrivateKey(ec)), ec},
		"EC, PKCS #8":      {ktMust(x509.MarshalPKCS8PrivateKey(ec)), ec},
		"EC, PKCS #8 PEM":  {ktPEM("PRIVATE KEY", ktMust(x509.MarshalPKCS8PrivateKey(ec))), ec},
	} {
		if k, err := ParsePrivateKey(row.file); err != nil || !ktSamePrivate(k, row.key) {
			t.Errorf("%s: %v", why, err)
		}
	}
	for why, row := range map[string]struct {
		file []byte
		key  crypto.PublicKey
	}{
		"RSA, PKCS #1":     {x509.MarshalPKCS1PublicKey(&rsaKey.PublicKey), &rsaKey.PublicKey},
		"RSA, SPKI":        {ktMust(x509.MarshalPKIXPublicKey(&rsaKey.PublicKey)), &rsaKey.PublicKey},
		"RSA, certificate": {ktCertificate(&rsaKey.PublicKey), &rsaKey.PublicKey},
		"EC, SPKI":         {ktMust(x509.MarshalPKIXPublicKey(&ec.PublicKey)), &ec.PublicKey},
		"EC, certificate":  {ktCertificate(&ec.PublicKey), &ec.PublicKey},
	} {
		if k, err := ParsePublicKey(row.file); err != nil || !ktSamePublic(k, row.key) {
			t.Errorf("%s: %v", why, err)
		}
	}
}

// ktSamePrivate reports whether k is this key of Go's, or this secret, with its public half.
func ktSamePrivate(k *PrivateKey, want crypto.PrivateKey) bool {
	switch want := want.(type) {
	case *rsa.PrivateKey:
		got, ok := k.signer.(*rsa.PrivateKey)
		return ok && got.Equal(want) && k.decrypter == crypto.Decrypter(got) && ktSameMaterial(k.material, &want.PublicKey)
	case *ecdsa.PrivateKey:
		got, ok := k.signer.(*ecdsa.PrivateKey)
		return ok && got.Equal(want) && k.decrypter == nil && ktSameMaterial(k.material, &want.PublicKey)
	case []byte:
		return k.secret != nil && bytes.Equal(k.secret(), want) && ktSameMaterial(k.material, nil)
	}
	return false
}

// ktSamePublic reports whether k is this key of Go's, and nothing else.
func ktSamePublic(k *PublicKey, want crypto.PublicKey) bool {
	return k.signer == nil && k.decrypter == nil && k.secret == nil && ktSameMaterial(k.material, want)
}

func ktSameMaterial(m *material, want crypto.PublicKey) bool {
	wantRSA, _ := want.(*rsa.PublicKey)
	wantEC, _ := want.(*ecdsa.PublicKey)
	return (m.rsa == nil) == (wantRSA == nil) && (m.ec == nil) == (wantEC == nil) &&
		(m.rsa == nil || m.rsa.Equal(wantRSA)) && (m.ec == nil || m.ec.Equal(wantEC))
}

// A ktInfo is what a JWK says of its use.
type ktInfo struct {
	kid, alg, use string
	ops           []string
}

// The base64 of DER without armour, as Wise hands out its keys (RFC 4648, Section 4).
func TestBase64DER(t *testing.T) {
	t.Parallel()
	// Keys whose base64 has + and / and padding, so that the other alphabet differs.
	der := ktSeq(ktAlgRSA, ktBits(ktSeq(ktBig(ktRSA(ktRSA1JWK).n), ktInt(65537))))
	text := base64.StdEncoding.EncodeToString(der)
	pkcs1 := ktSeq(ktBig(ktRSA(ktRSA1JWK).n), ktInt(3))
	padded := base64.StdEncoding.EncodeToString(pkcs1)
	if !strings.ContainsAny(text, "+/") || !strings.HasSuffix(padded, "=") {
		t.Fatal("the keys do not show what they should")
	}
	spare := strings.TrimRight(padded, "=")
	spare = spare[:len(spare)-1] + string(spare[len(spare)-1]+1) + strings.Repeat("=", len(padded)-len(spare)) // RFC 4648, Section 3.5
	var wrapped strings.Builder
	for i := 0; i < len(text); i += 64 {
		wrapped.WriteString(text[i:min(i+64, len(text))] + "\r\n")
	}
	for _, row := range []struct {
		why, file string
		is        string
	}{
		{"in one line", text, ktIsPublic},
		{"with padding", padded, ktIsPublic},
		{"with a line break at the end", text + "\n", ktIsPublic},
		{"with white space around", " \t\r\n" + text + " \t\r\n", ktIsPublic},
		{"in lines of 64 characters", wrapped.String(), ktIsPublic},
		{"without padding", strings.TrimRight(padded, "="), ktIsNone},
		{"with unused bits that are not zero", spare, ktIsNone},
		{"with more padding", padded + "=", ktIsNone},
		{"in the URL-safe alphabet (RFC 4648, Section 5)", strings.NewReplacer("+", "-", "/", "_").Replace(text), ktIsNone},
		{"with a blank inside", text[:64] + " " + text[64:], ktIsNone},
		{"with a byte order mark", "\xef\xbb\xbf" + text, ktIsNone},
		{"with something after it", text + "\n.", ktIsNone},
		{"twice", text + text, ktIsNone},
		{"cut short", text[:len(text)-4], ktIsNone},
		{"in base64 again", base64.StdEncoding.EncodeToString([]byte(text)), ktIsNone},
		{"of PEM", base64.StdEncoding.EncodeToString(ktPEM("PUBLIC KEY", der)), ktIsNone},
		{"of JWK", base64.StdEncoding.EncodeToString([]byte(ktPublic(ktEC1JWK))), ktIsNone},
		{"of DER and a byte", base64.StdEncoding.EncodeToString(append(slices.Clone(der), 0)), ktIsNone},
		{"in hexadecimal", fmt.Sprintf("%x", der), ktIsNone},
		{"DER with a line break after it", string(der) + "\n", ktIsNone},
		{"DER with a line break before it", "\n" + string(der), ktIsNone},
		{"nothing", "", ktIsNone},
		{"white space", " \r\n\t", ktIsNone},
		{"a word", "key", ktIsNone},
		{"a number", "0", ktIsNone},
		{"NUL", "\x00", ktIsNone},
	} {
		ktReads(t, row.why, []byte(row.file), row.is)
	}
}

// RFC 7517, Section 4; RFC 7518, Section 6; DESIGN D4: each member of each kind of key, and
// each way to get it wrong. No other member is touched, so that one reason is left to refuse.
func TestD4_EachMember(t *testing.T) {
	t.Parallel()
	oct := ktOct(ktSecret(65)) // of 65 octets, so that there are unused bits
	for _, key := range []struct {
		jwk     string
		numbers []string // Base64urlUInt: RFC 7518, Section 2
		octets  []string // of a fixed length, or any
		texts   []string
	}{
		{ktPublic(ktRSA1JWK), []string{"n", "e"}, nil, []string{"kty"}},
		{ktRSA1JWK, []string{"n", "e", "d", "p", "q", "dp", "dq", "qi"}, nil, []string{"kty"}},
		{ktPublic(ktEC2JWK), nil, []string{"x", "y"}, []string{"kty", "crv"}},
		{ktEC2JWK, nil, []string{"x", "y", "d"}, []string{"kty", "crv"}},
		{oct, nil, []string{"k"}, []string{"kty"}},
	} {
		_, err := ParsePrivateKey([]byte(key.jwk))
		_, err2 := ParsePublicKey([]byte(key.jwk))
		if (err == nil) == (err2 == nil) {
			t.Fatal("the key without a fault is neither private nor public:", err, err2)
		}
		members := ktMembers(key.jwk)
		for _, name := range slices.Concat(key.numbers, key.octets, key.texts) {
			text := members[name]
			quoted, _ := json.Marshal(text)
			faults := map[string]string{
				"missing": "", "null": "null", "true": "true", "a number": "5", "an array": "[" + string(quoted) + "]",
				"an object": `{"a":` + string(quoted) + `}`, "empty": `""`,
			}
			if !slices.Contains(key.texts, name) {
				octets, _ := base64.RawURLEncoding.DecodeString(text)
				faults["padded"] = `"` + text + strings.Repeat("=", (4-len(text)%4)%4) + `"`
				if len(text)%4 == 0 {
					faults["padded"] = `"` + text + `="`
				} else {
					last := text[:len(text)-1] + string(ktNext(text[len(text)-1]))
					faults["unused bits are not zero"] = `"` + last + `"`
				}
				faults["a line break"] = `"` + text[:2] + `\n` + text[2:] + `"`
				faults["a line break after it"] = `"` + text + `\r\n"`
				faults["a blank"] = `" ` + text + `"`
				faults["the standard alphabet"] = `"` + text[:len(text)-1] + `+"`
				faults["of impossible length"] = `"` + text[:(len(text)-1)/4*4+1] + `"`
				faults["in hexadecimal, with a colon"] = `"` + fmt.Sprintf("%x:", octets) + `"`
				if name != "k" {
					faults["a leading zero octet (RFC 7518, Section 2)"] = `"` + ktB64(append([]byte{0}, octets...)) + `"`
				}
				if slices.Contains(key.octets, name) && name != "k" {
					// RFC 7518, Section 6.2.1.2: the length of the octet string MUST be the full size.
					faults["an octet too short"] = `"` + ktB64(octets[1:]) + `"`
					faults["an octet too long"] = `"` + ktB64(append(octets, 0)) + `"`
					faults["all zero"] = `"` + ktB64(make([]byte, 66)) + `"`
					faults["all ones"] = `"` + ktB64(bytes.Repeat([]byte{255}, 66)) + `"`
					other := slices.Clone(octets)
					other[65] ^= 2
					faults["another"] = `"` + ktB64(other) + `"`
				}
			}
			for fault, value := range faults {
				if name == "d" && fault == "missing" && key.texts[len(key.texts)-1] == "crv" {
					continue // then it is the public key
				}
				ktRefusedKey(t, fmt.Sprintf("%s: %s: %s", members["kty"], name, fault), []byte(ktWith(key.jwk, name, value)))
			}
		}
	}
}

// ktNext returns the character after c in the alphabet of RFC 4648, Section 5.
func ktNext(c byte) byte {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return alphabet[strings.IndexByte(alphabet, c)+1]
}

// RFC 7517, Section 4; RFC 7518, Section 6; DESIGN D4: the other rules of a JWK.
func TestD4_JWK(t *testing.T) {
	t.Parallel()
	const private, public, none = ktIsPrivate, ktIsPublic, ktIsNone
	rsaPublic, ecPublic, oct := ktPublic(ktRSA1JWK), ktPublic(ktEC1JWK), ktOct(ktSecret(64))
	p256 := ktP256JWK
	other := ktMembers(ktRSA2JWK)
	otherEC := ktMembers(ktEC2JWK)
	point := ktPoint(&ktEC(ktEC1JWK).PublicKey)
	quote := func(s string) string { return `"` + s + `"` }
	for _, row := range []struct{ why, jwk, is string }{
		{"RSA", rsaPublic, public},
		{"RSA private", ktRSA1JWK, private},
		{"EC", ecPublic, public},
		{"EC private", ktEC1JWK, private},
		{"EC with leading zero octets, which belong there (RFC 7518, Section 6.2.1.2)", ktEC2JWK, private},
		{"oct", oct, private},
		{"oct with a leading zero octet, which is one of the secret's", ktOct(append([]byte{0}, ktSecret(63)...)), private},

		// RFC 7518, Section 6.1: kty; RFC 7517, Section 4.1: case-sensitive.
		{"kty in lower case", ktWith(rsaPublic, "kty", `"rsa"`), none},
		{"kty with a blank", ktWith(rsaPublic, "kty", `"RSA "`), none},
		{"kty of another kind: EC", ktWith(rsaPublic, "kty", `"EC"`), none},
		{"kty of another kind: RSA", ktWith(ecPublic, "kty", `"RSA"`), none},
		{"kty of another kind: oct", ktWith(ktEC1JWK, "kty", `"oct"`), none},
		{"kty OKP (RFC 8037)", ktOKPJWK, none},
		{"kty AKP", ktWith(ecPublic, "kty", `"AKP"`), none},
		{"member KTY", ktWith(rsaPublic, "kty", "", "KTY", `"RSA"`), none},

		// RFC 7518, Section 6.2.1.1: crv.
		{"crv P-256, and a key of it", p256, none},
		{"crv P-521, and a key of P-256", ktWith(p256, "crv", `"P-521"`), none},
		{"crv P-384", ktWith(ecPublic, "crv", `"P-384"`), none},
		{"crv p-521", ktWith(ecPublic, "crv", `"p-521"`), none},
		{"crv secp521r1", ktWith(ecPublic, "crv", `"secp521r1"`), none},
		{"crv of the private key P-384", ktWith(ktEC1JWK, "crv", `"P-384"`), none},
		{"x and y of 67 and 65 octets, which together are the point", ktWith(ecPublic, "x", quote(ktB64(point[1:68])), "y", quote(ktB64(point[68:]))), none},
		{"x and y of 65 and 67 octets, which together are the point", ktWith(ecPublic, "x", quote(ktB64(point[1:66])), "y", quote(ktB64(point[66:]))), none},
		{"x of another key", ktWith(ecPublic, "x", quote(otherEC["x"])), none},
		{"x and y of another key than d", ktWith(ktEC1JWK, "x", quote(otherEC["x"]), "y", quote(otherEC["y"])), none},
		{"d of another key than x and y", ktWith(ktEC1JWK, "d", quote(otherEC["d"])), none},
		{"d alone", ktWith(ktEC1JWK, "x", "", "y", ""), none},

		// RFC 7518, Section 6.3.2: a private key has all of them here.
		{"RSA with d alone", ktWith(rsaPublic, "d", quote(ktMembers(ktRSA1JWK)["d"])), none},
		{"RSA with d and primes", ktWith(ktRSA1JWK, "dp", "", "dq", "", "qi", ""), none},
		{"RSA with primes, without d", ktWith(ktRSA1JWK, "d", ""), none},
		{"RSA with p alone", ktWith(rsaPublic, "p", quote(other["p"])), none},
		{"RSA with q alone", ktWith(rsaPublic, "q", quote(other["q"])), none},
		{"RSA with dp alone", ktWith(rsaPublic, "dp", quote(other["dp"])), none},
		{"RSA with dq alone", ktWith(rsaPublic, "dq", quote(other["dq"])), none},
		{"RSA with qi alone", ktWith(rsaPublic, "qi", quote(other["qi"])), none},
		{"RSA with d null", ktWith(rsaPublic, "d", "null"), none},
		{"RSA with d of another key", ktWith(ktRSA1JWK, "d", quote(other["d"])), none},
		{"RSA with oth (RFC 7518, Section 6.3.2.7)", ktWith(ktRSA1JWK, "oth", `[{"r":"AQAB","d":"Aw","t":"BQ"}]`), none},
		{"RSA with oth empty", ktWith(ktRSA1JWK, "oth", `[]`), none},
		{"RSA with oth null", ktWith(ktRSA1JWK, "oth", `null`), none},
		{"RSA public with oth", ktWith(rsaPublic, "oth", `[]`), none},

		// RFC 7518, Section 3.2, in a JWK.
		{"oct of 63 octets", ktOct(ktSecret(63)), none},
		{"oct of 65 octets", ktOct(ktSecret(65)), private},
		{"oct of 4,096 octets", ktOct(ktSecret(4096)), private},

		{"RSA with a secret beside it", ktWith(rsaPublic, "k", `"AAAA"`), none},
		{"RSA private with a secret beside it", ktWith(ktRSA1JWK, "k", `"AAAA"`), none},
		{"EC with a secret beside it", ktWith(ecPublic, "k", `null`), none},
		{"EC private with a secret beside it", ktWith(ktEC1JWK, "k", `"AAAA"`), none},

		// RFC 7517, Section 4: members not understood are ignored.
		{"unknown members", ktWith(rsaPublic, "x-mine", `{"a":[1,2,{"b":null}]}`, "K", `"x"`, "D", "5", "exp", "1"), public},
		{"members of other kinds", ktWith(ecPublic, "n", "5", "e", `null`, "p", `"x"`, "oth", `[]`), public},
		{"members of other kinds, RSA", ktWith(rsaPublic, "crv", "5", "x", `[]`, "y", `null`), public},
		{"an unknown member that names PEM", ktWith(rsaPublic, "pem", `"-----BEGIN PUBLIC KEY-----"`), public},
		{"a key id that looks like PEM", ktWith(rsaPublic, "kid", `"-----BEGIN"`), public},
		// RFC 7517, Sections 4.6 to 4.9: hints about certificates, which are never used (D2).
		{"x5c, x5t, x5u", ktWith(rsaPublic, "x5c", `["`+base64.StdEncoding.EncodeToString(ktCertificate(ktRSAPublic(ktRSA2JWK)))+`"]`,
			"x5u", `"https://example.com/"`, "x5t", `"AAAA"`, "x5t#S256", `"AAAA"`), public},
		{"x5c a string", ktWith(rsaPublic, "x5c", `"AAAA"`), none},
		{"x5c of numbers", ktWith(rsaPublic, "x5c", `[5]`), none},
		{"x5c null", ktWith(rsaPublic, "x5c", `null`), none},
		{"x5u a number", ktWith(rsaPublic, "x5u", `5`), none},
		{"x5t null", ktWith(rsaPublic, "x5t", `null`), none},
		{"x5t#S256 an array", ktWith(ktEC1JWK, "x5t#S256", `["AAAA"]`), none},

		// RFC 7517, Sections 4.2 to 4.5: types, and what contradicts itself.
		{"kid empty", ktWith(rsaPublic, "kid", `""`), public},
		{"kid null", ktWith(rsaPublic, "kid", `null`), none},
		{"kid a number", ktWith(rsaPublic, "kid", `5`), none},
		{"alg of another package", ktWith(rsaPublic, "alg", `"PS256"`), public},
		{"alg empty", ktWith(rsaPublic, "alg", `""`), none},
		{"alg null", ktWith(rsaPublic, "alg", `null`), none},
		{"alg an array", ktWith(rsaPublic, "alg", `["RS256"]`), none},
		{"use of another package", ktWith(rsaPublic, "use", `"tls"`), public},
		{"use empty", ktWith(rsaPublic, "use", `""`), none},
		{"use null", ktWith(rsaPublic, "use", `null`), none},
		{"use an array", ktWith(rsaPublic, "use", `["sig"]`), none},
		{"key_ops empty", ktWith(rsaPublic, "key_ops", `[]`), public},
		{"key_ops unknown", ktWith(rsaPublic, "key_ops", `["x-mine","verify"]`), public},
		{"key_ops a string", ktWith(rsaPublic, "key_ops", `"verify"`), none},
		{"key_ops null", ktWith(rsaPublic, "key_ops", `null`), none},
		{"key_ops an object", ktWith(rsaPublic, "key_ops", `{"verify":true}`), none},
		{"key_ops of numbers", ktWith(rsaPublic, "key_ops", `["verify",5]`), none},
		{"key_ops twice the same", ktWith(rsaPublic, "key_ops", `["verify","wrapKey","verify"]`), none},
		{"key_ops twice the same, in another spelling", ktWith(rsaPublic, "key_ops", `["verify","\u0076erify"]`), none},
		{"key_ops unknown, twice the same", ktWith(rsaPublic, "key_ops", `["x","x"]`), none},
		{"use sig, key_ops verify", ktWith(rsaPublic, "use", `"sig"`, "key_ops", `["verify"]`), public},
		{"use sig, key_ops encrypt", ktWith(rsaPublic, "use", `"sig"`, "key_ops", `["encrypt"]`), none},
		{"use sig, key_ops verify and wrapKey", ktWith(rsaPublic, "use", `"sig"`, "key_ops", `["verify","wrapKey"]`), none},
		{"use sig, key_ops decrypt", ktWith(ktRSA1JWK, "use", `"sig"`, "key_ops", `["decrypt"]`), none},
		{"use sig, key_ops unwrapKey", ktWith(ktRSA1JWK, "use", `"sig"`, "key_ops", `["unwrapKey"]`), none},
		{"use sig, key_ops deriveKey", ktWith(ecPublic, "use", `"sig"`, "key_ops", `["deriveKey"]`), none},
		{"use sig, key_ops deriveBits", ktWith(ecPublic, "use", `"sig"`, "key_ops", `["deriveBits"]`), none},
		{"use enc, key_ops wrapKey", ktWith(rsaPublic, "use", `"enc"`, "key_ops", `["wrapKey","encrypt","deriveKey","deriveBits"]`), public},
		{"use enc, key_ops verify", ktWith(rsaPublic, "use", `"enc"`, "key_ops", `["verify"]`), none},
		{"use enc, key_ops sign", ktWith(ktRSA1JWK, "use", `"enc"`, "key_ops", `["sign"]`), none},
		{"use sig, key_ops unknown", ktWith(rsaPublic, "use", `"sig"`, "key_ops", `["x-mine"]`), public},
		{"private key with a contradiction", ktWith(ktRSA1JWK, "use", `"enc"`, "key_ops", `["sign"]`), none},
		{"EC key with a contradiction", ktWith(ktEC1JWK, "use", `"enc"`, "key_ops", `["sign"]`), none},
		{"EC public key with kid null", ktWith(ecPublic, "kid", `null`), none},
		{"EC private key with kid null", ktWith(ktEC1JWK, "kid", `null`), none},
		{"RSA private key with kid null", ktWith(ktRSA1JWK, "kid", `null`), none},
		{"secret with kid null", ktWith(oct, "kid", `null`), none},

		// DESIGN D7: one strict JSON reader.
		{"white space", " \t\r\n" + rsaPublic + " \t\r\n", public},
		{"names in another spelling", strings.Replace(rsaPublic, `"kty"`, `"\u006bty"`, 1), public},
		{"a name twice", strings.Replace(rsaPublic, `{`, `{"e":"AQAB",`, 1), none},
		{"a name twice, in another spelling", strings.Replace(rsaPublic, `{`, `{"\u0065":"AQAB",`, 1), none},
		{"an unknown name twice", strings.Replace(rsaPublic, `{`, `{"a":1,"a":1,`, 1), none},
		{"an unknown name twice, inside", strings.Replace(rsaPublic, `{`, `{"a":{"b":1,"b":1},`, 1), none},
		{"something after it", rsaPublic + "x", none},
		{"another after it", rsaPublic + rsaPublic, none},
		{"in an array", "[" + rsaPublic + "]", none},
		{"in a string", ktQuote(rsaPublic), none},
		{"a byte order mark", "\xef\xbb\xbf" + rsaPublic, none},
		{"not UTF-8", strings.Replace(rsaPublic, `{`, "{\"a\":\"\xff\",", 1), none},
		{"a lone surrogate", strings.Replace(rsaPublic, `{`, `{"a":"\ud800",`, 1), none},
		{"a comment", strings.Replace(rsaPublic, `{`, `{/**/`, 1), none},
		{"a comma too many", strings.Replace(rsaPublic, `}`, `,}`, 1), none},
		{"single quotes", strings.ReplaceAll(rsaPublic, `"`, `'`), none},
		{"nested 32 deep", strings.Replace(rsaPublic, `{`, `{"a":`+strings.Repeat("[", 31)+strings.Repeat("]", 31)+`,`, 1), public},
		{"nested 33 deep (D8)", strings.Replace(rsaPublic, `{`, `{"a":`+strings.Repeat("[", 32)+strings.Repeat("]", 32)+`,`, 1), none},
		{"empty", "{}", none},
		{"not closed", strings.TrimSuffix(rsaPublic, "}"), none},
		{"a JWK Set", ktSet(rsaPublic), none},
	} {
		_, pub := ktReads(t, row.why, []byte(row.jwk), row.is)
		if pub != nil && pub.rsa != nil && !ktSamePublic(pub, ktRSAPublic(ktRSA1JWK)) {
			t.Errorf("%s: another key", row.why)
		}
	}
}

func ktQuote(s string) string {
	quoted, _ := json.Marshal(s)
	return string(quoted)
}

// DESIGN D4: "kid", "alg", "use" and "key_ops" travel with the key, to its public half too.
func TestD4_InfoTravels(t *testing.T) {
	t.Parallel()
	same := func(why string, m *material, kid string, want ktInfo) {
		t.Helper()
		if got := (ktInfo{m.kid, m.alg, m.use, m.ops}); !reflect.DeepEqual(got, want) || kid != want.kid {
			t.Errorf("%s: %q, want %q", why, got, want)
		}
	}
	for _, row := range []struct {
		edits           []string
		private, public ktInfo
	}{
		{nil, ktInfo{}, ktInfo{}},
		{[]string{"kid", `"\u0061\""`}, ktInfo{kid: `a"`}, ktInfo{kid: `a"`}},
		{[]string{"alg", `"X"`}, ktInfo{alg: "X"}, ktInfo{alg: "X"}},
		{[]string{"use", `"sig"`, "key_ops", `["sign"]`}, ktInfo{use: "sig", ops: []string{"sign"}}, ktInfo{use: "sig", ops: []string{"verify"}}},
		{[]string{"key_ops", `["decrypt"]`}, ktInfo{ops: []string{"decrypt"}}, ktInfo{ops: []string{"encrypt"}}},
		{[]string{"key_ops", `["unwrapKey","x"]`}, ktInfo{ops: []string{"unwrapKey", "x"}}, ktInfo{ops: []string{"wrapKey", "x"}}},
		{[]string{"key_ops", `[]`}, ktInfo{ops: []string{}}, ktInfo{ops: []string{}}},
		{[]string{"key_ops", `["sign","verify"]`}, ktInfo{ops: []string{"sign", "verify"}}, ktInfo{ops: []string{"verify"}}},
		{[]string{"key_ops", `["wrapKey","unwrapKey"]`}, ktInfo{ops: []string{"wrapKey", "unwrapKey"}}, ktInfo{ops: []string{"wrapKey"}}},
		{[]string{"key_ops", `["encrypt","decrypt"]`}, ktInfo{ops: []string{"encrypt", "decrypt"}}, ktInfo{ops: []string{"encrypt"}}},
	} {
		for _, jwk := range []string{ktEC1JWK, ktRSA1JWK, ktOct(ktSecret(64))} {
			k, err := ParsePrivateKey([]byte(ktWith(jwk, row.edits...)))
			if err != nil {
				t.Errorf("%q: %v", row.edits, err)
				continue
			}
			same("private", k.material, k.KeyID(), row.private)
			if k.secret != nil {
				continue
			}
			public, err := k.Public()
			if err != nil {
				t.Errorf("%q: %v", row.edits, err)
				continue
			}
			same("public", public.material, public.KeyID(), row.public)
			again, err := ParsePublicKey(public.JWK())
			if err != nil {
				t.Errorf("%q: the public key is written as what is refused: %v", row.edits, err)
				continue
			}
			same("public, read again", again.material, again.KeyID(), row.public)
		}
		for _, jwk := range []string{ktPublic(ktEC1JWK), ktPublic(ktRSA1JWK)} {
			k := ktMust(ParsePublicKey([]byte(ktWith(jwk, row.edits...))))
			same("parsed as public", k.material, k.KeyID(), row.private)
		}
	}
	// What has no JWK has none of it.
	k := ktMust(ParsePrivateKey(ktRSA(ktRSA1JWK).pkcs1()))
	same("DER", k.material, k.KeyID(), ktInfo{})
}

// RFC 7517, Sections 4.2 to 4.4; RFC 8725, Section 3.1; DESIGN D1, D4: a role asks for one
// algorithm and one operation. The key has to be of the type that the algorithm takes, whatever
// its "alg" says, and to permit both. All combinations.
func TestD4_Use(t *testing.T) {
	t.Parallel()
	var infos []ktInfo
	for _, ops := range [][]string{nil, {}, {"sign"}, {"verify"}, {"encrypt"}, {"decrypt"}, {"wrapKey"}, {"unwrapKey"},
		{""}, {"deriveKey"}, {"deriveBits"}, {"x-mine"}, {"Sign"}, {"sign", "verify", "encrypt", "decrypt"}} {
		infos = append(infos, ktInfo{ops: ops})
	}
	for _, alg := range []string{"", "RS256", "ES512", "HS512", "RSA-OAEP", "RSA-OAEP-256", "PS256", "none", "rs256", "A256GCM"} {
		for _, use := range []string{"", "sig", "enc", "tls", "SIG"} {
			infos = append(infos, ktInfo{alg: alg, use: use})
		}
	}
	for kty, jwk := range map[string]string{"RSA": ktRSA1JWK, "EC": ktEC1JWK, "oct": ktOct(ktSecret(64))} {
		k := ktKey(jwk)
		p, err := k.Public()
		if kty == "oct" {
			ktRefused(t, "Public of a secret", p, err, ErrKey)
		}
		for _, i := range infos {
			with := func(m material) *material {
				m.alg, m.use, m.ops = i.alg, i.use, i.ops
				return &m
			}
			keys := []any{with(*k.material).asPrivate()}
			if p != nil {
				keys = append(keys, ktMust(with(*p.material).asPublic(nil)))
			}
			for _, key := range keys {
				_, private := key.(*PrivateKey)
				for _, r := range ktRoles(key) {
					why := fmt.Sprintf("%s: %s with alg %q, use %q, key_ops %q", kty, r.name, i.alg, i.use, i.ops)
					switch {
					case !r.of(kty, private), i.alg != "" && i.alg != r.alg.String(), i.use != "" && i.use != r.use,
						i.ops != nil && !slices.ContainsFunc(i.ops, func(op string) bool { return slices.Contains(r.ops, op) }):
						ktRefused(t, why, r.role, r.err, ErrKey)
					case r.alg == RSAOAEP:
						ktSHA1(t, why, r.role, r.err)
					default:
						ktAccepted(t, why, r.role, r.err)
					}
				}
			}
		}
	}
}

// RFC 7518, Sections 3.1 and 4.1: an algorithm that is none of the constants is a mistake of
// the program, of whatever key it is asked.
func TestD1_NoAlgorithm(t *testing.T) {
	t.Parallel()
	signatures, encryptions := []SignatureAlgorithm{0, 4, 255}, []KeyEncryptionAlgorithm{0, 3, 255}
	for _, alg := range signatures {
		if alg.String() != "" {
			t.Errorf("SignatureAlgorithm(%d) is %q", alg, alg)
		}
	}
	for _, alg := range encryptions {
		if alg.String() != "" {
			t.Errorf("KeyEncryptionAlgorithm(%d) is %q", alg, alg)
		}
	}
	for alg, name := range map[Algorithm]string{RS256: "RS256", ES512: "ES512", HS512: "HS512", RSAOAEP: "RSA-OAEP", RSAOAEP256: "RSA-OAEP-256"} {
		if alg.String() != name {
			t.Errorf("%q, want %q", alg, name)
		}
	}
	for _, key := range []any{new(PrivateKey), new(PublicKey), new(KeySet), ktKey(ktRSA1JWK), ktKey(ktEC1JWK), ktHMAC(64), ktPub(ktRSA1JWK), ktPub(ktEC1JWK),
		ktMust(ParseKeySet([]byte(ktSet(ktPublic(ktRSA1JWK), ktPublic(ktEC1JWK))))), ktMust(ParseKeySet([]byte(ktSet(ktOct(ktSecret(64)), ktRSA1JWK))))} {
		for _, r := range ktRolesFor(key, signatures, encryptions) {
			ktRefused(t, fmt.Sprintf("%s of %v", r.name, key), r.role, r.err, ErrOption)
		}
		if k, ok := key.(*PublicKey); ok {
			for _, alg := range []Algorithm{nil, signatures[0], signatures[1], signatures[2], encryptions[0], encryptions[1], encryptions[2]} {
				n, err := k.WithAlgorithm(alg)
				ktRefused(t, fmt.Sprintf("%v.WithAlgorithm(%v)", key, alg), n, err, ErrOption)
			}
		}
	}
}

// DESIGN D2: keys come from the caller only. Neither what a header names or carries, nor
// what stands beside the key in a JWK, takes the place of the key.
func TestD2_KeysFromTheCallerOnly(t *testing.T) {
	t.Parallel()
	attacker := ktMust(ktKey(ktRSA2JWK).Signer(RS256))
	chain := json.RawMessage(`["` + base64.StdEncoding.EncodeToString(ktCertificate(ktRSAPublic(ktRSA2JWK))) + `"]`)
	v := ktMust(ktPub(ktRSA1JWK).Verifier(RS256))
	for name, value := range map[string]any{
		"jwk": json.RawMessage(ktPublic(ktRSA2JWK)), "x5c": chain, "jku": "https://example.com/jwks", "x5u": "https://example.com/cert",
		"x5t": "AAAA", "x5t#S256": "AAAA", "kid": "a",
	} {
		m, err := v.Verify(ktMust(attacker.Sign(nil, Member(name, value))))
		ktRefused(t, "another key in "+name, m, err, ErrSignature)
	}
	k := ktMust(ParsePublicKey([]byte(ktWith(ktPublic(ktRSA1JWK), "x5c", string(chain)))))
	m, err := ktMust(k.Verifier(RS256)).Verify(ktMust(attacker.Sign(nil)))
	ktRefused(t, "another key in x5c of the JWK", m, err, ErrSignature)
}

// ktVerdict is what a choice by "kid" makes of a token.
type ktVerdict struct {
	why  string
	kid  string // "-" is none
	want error
}

// RFC 7517, Section 5; DESIGN D5: which keys a set has, and which key a token means.
func TestD5_Lookup(t *testing.T) {
	t.Parallel()
	rsa1, rsa2 := ktPublic(ktRSA1JWK), ktPublic(ktRSA2JWK)
	ec1, ec2 := ktPublic(ktEC1JWK), ktPublic(ktEC2JWK)
	kid := func(jwk, kid string, more ...string) string {
		return ktWith(jwk, append([]string{"kid", ktQuote(kid)}, more...)...)
	}
	signers := map[SignatureAlgorithm]*Signer{RS256: ktMust(ktKey(ktRSA1JWK).Signer(RS256)), ES512: ktMust(ktKey(ktEC1JWK).Signer(ES512))}
	passed := []ktVerdict{{"kid", "a", nil}, {"no kid, one key", "-", nil}, {"kid of what was passed over", "b", ErrKey}, {"neither", "c", ErrUnknownKey}}
	for _, row := range []struct {
		why, set string
		rs256    []ktVerdict // of tokens by key 1; nil: no verifier
		es512    []ktVerdict
	}{
		{"one key with kid", ktSet(kid(rsa1, "a")), []ktVerdict{
			{"its kid", "a", nil}, {"no kid, one key", "-", nil}, {"another kid", "b", ErrUnknownKey},
			{"kid in upper case", "A", ErrUnknownKey}, {"kid with a blank", "a ", ErrUnknownKey}, {"kid empty", "", ErrUnknownKey}}, nil},
		{"one key without kid", ktSet(rsa1), []ktVerdict{{"no kid", "-", nil}, {"a kid that is not there", "a", ErrUnknownKey}, {"kid empty", "", ErrUnknownKey}}, nil},
		{"one key with an empty kid", ktSet(kid(rsa1, "")), []ktVerdict{{"kid empty", "", nil}, {"no kid", "-", nil}, {"another", "a", ErrUnknownKey}}, nil},
		{"two keys", ktSet(kid(rsa2, "b"), kid(rsa1, "a")), []ktVerdict{{"the right one", "a", nil}, {"the wrong one", "b", ErrSignature},
			{"none", "-", ErrUnknownKey}, {"neither", "c", ErrUnknownKey}}, nil},
		{"two keys, one without kid", ktSet(rsa2, kid(rsa1, "a")), []ktVerdict{{"its kid", "a", nil}, {"no kid", "-", ErrUnknownKey}, {"kid empty", "", ErrUnknownKey}}, nil},
		{"an empty kid and none", ktSet(kid(rsa1, ""), rsa2), []ktVerdict{{"kid empty", "", nil}, {"no kid", "-", ErrUnknownKey}}, nil},
		{"one kid for two algorithms", ktSet(kid(rsa1, "a"), kid(ec1, "a")), []ktVerdict{{"kid", "a", nil}, {"no kid, one key fits", "-", nil}}, []ktVerdict{{"kid", "a", nil}, {"no kid, one key fits", "-", nil}}},
		{"no kid for two algorithms", ktSet(rsa1, ec1), []ktVerdict{{"no kid", "-", nil}}, []ktVerdict{{"no kid", "-", nil}}},
		{"a key for another use does not count", ktSet(kid(rsa1, "a", "use", `"sig"`), kid(rsa2, "b", "use", `"enc"`)),
			[]ktVerdict{{"kid", "a", nil}, {"no kid", "-", nil}, {"kid of the other", "b", ErrUnknownKey}}, nil},
		{"one kid for two uses", ktSet(kid(rsa1, "a", "use", `"sig"`), kid(rsa2, "a", "use", `"enc"`)), []ktVerdict{{"kid", "a", nil}}, nil},
		{"one kid for two algorithms by alg", ktSet(kid(rsa2, "a", "alg", `"RSA-OAEP"`), kid(rsa1, "a", "alg", `"RS256"`)), []ktVerdict{{"kid", "a", nil}}, nil},
		{"one kid for two operations", ktSet(kid(rsa2, "a", "key_ops", `["wrapKey"]`), kid(rsa1, "a", "key_ops", `["verify"]`)), []ktVerdict{{"kid", "a", nil}}, nil},
		{"one kid twice, out of scope the second time", ktSet(kid(rsa1, "a"), kid(rsa2, "a", "alg", `"PS256"`)), []ktVerdict{{"kid", "a", nil}}, nil},
		{"one kid twice, not usable the second time", ktSet(kid(rsa1, "a"), kid(rsa2, "a", "e", `"AQ"`)), []ktVerdict{{"kid", "a", nil}, {"no kid", "-", nil}}, nil},
		{"EC keys", ktSet(kid(ec2, "b"), kid(ec1, "a"), kid(rsa1, "c")), []ktVerdict{{"kid", "c", nil}, {"an EC key's kid", "a", ErrUnknownKey}},
			[]ktVerdict{{"kid", "a", nil}, {"the other", "b", ErrSignature}, {"an RSA key's kid", "c", ErrUnknownKey}, {"no kid", "-", ErrUnknownKey}}},
		{"no key for any algorithm but ES512", ktSet(kid(rsa1, "a", "alg", `"PS256"`), ktWith(rsa2, "use", `"tls"`), ktWith(rsa1, "key_ops", `["sign"]`), kid(ec1, "b")),
			nil, []ktVerdict{{"kid", "b", nil}, {"no kid", "-", nil}, {"kid of what was passed over", "a", ErrKey}}},

		// A key that was passed over takes down its own tokens, with its own error.
		{"a kid for an alg of another package", ktSet(kid(rsa1, "a"), kid(rsa2, "b", "alg", `"PS256"`)), passed, nil},
		{"a kid for a use of another package", ktSet(kid(rsa2, "b", "use", `"tls"`), kid(rsa1, "a")), passed, nil},
		{"a kid for operations of another package", ktSet(kid(rsa1, "a"), kid(rsa2, "b", "key_ops", `["x-mine"]`)), passed, nil},
		{"a kid of a wrong key", ktSet(kid(rsa1, "a"), kid(rsa2, "b", "e", `"AQ"`)), passed, nil},
		{"a kid of another curve", ktSet(kid(ktP256JWK, "b"), kid(rsa1, "a")), passed, nil},
		{"a kid of another kty", ktSet(kid(ktOKPJWK, "b"), kid(rsa1, "a")), passed, nil},
		{"a kid of no kty", ktSet(kid(`{}`, "b"), kid(rsa1, "a")), passed, nil},
		{"a kid of two wrong keys", ktSet(kid(`{}`, "b"), kid(rsa1, "a"), kid(ktOKPJWK, "b")), passed, nil},
		{"a wrong key without kid", ktSet(`{}`, kid(rsa1, "a")), []ktVerdict{{"kid", "a", nil}, {"no kid", "-", nil}, {"kid empty", "", ErrUnknownKey}, {"neither", "c", ErrUnknownKey}}, nil},
		{"a kid of a wrong key and of a right one", ktSet(kid(rsa2, "a", "e", `"AQ"`), kid(rsa1, "a")), []ktVerdict{{"kid", "a", nil}, {"no kid", "-", nil}}, nil},

		// The same key twice is one, and two keys under one kid are good for neither.
		{"the same key twice", ktSet(kid(rsa1, "a"), kid(rsa1, "a")), []ktVerdict{{"kid", "a", nil}, {"no kid, one key", "-", nil}}, nil},
		{"the same key under two kids", ktSet(kid(rsa1, "a"), kid(rsa1, "b")), []ktVerdict{{"kid", "a", nil}, {"the other kid", "b", nil}, {"no kid, one key", "-", nil}}, nil},
		{"the same key with and without kid", ktSet(rsa1, kid(rsa1, "a"), rsa1), []ktVerdict{{"kid", "a", nil}, {"no kid, one key", "-", nil}, {"another", "b", ErrUnknownKey}}, nil},
		{"the same key twice, once with alg", ktSet(kid(rsa1, "a"), kid(rsa1, "a", "alg", `"RS256"`)), []ktVerdict{{"kid", "a", nil}, {"no kid, one key", "-", nil}}, nil},
		{"the same EC key twice", ktSet(kid(ec1, "a"), kid(ec1, "a")), nil, []ktVerdict{{"kid", "a", nil}, {"no kid, one key", "-", nil}}},
		{"two keys under one kid", ktSet(kid(rsa1, "a"), kid(rsa2, "a"), kid(rsa1, "b")), []ktVerdict{
			{"kid of both", "a", ErrKey}, {"another kid", "b", nil}, {"no kid", "-", ErrUnknownKey}, {"neither", "c", ErrUnknownKey}}, nil},
		{"two keys under one kid, in another spelling", ktSet(kid(rsa1, "a"), strings.Replace(kid(rsa2, "a"), `"kid":"a"`, `"kid":"\u0061"`, 1)), []ktVerdict{{"kid of both", "a", ErrKey}}, nil},
		{"two keys under one kid, the first again", ktSet(kid(rsa1, "a"), kid(rsa2, "a"), kid(rsa1, "a")), []ktVerdict{{"kid of both", "a", ErrKey}}, nil},
		{"two keys under one kid, once with alg", ktSet(kid(rsa1, "a", "alg", `"RS256"`), kid(rsa2, "a")), []ktVerdict{{"kid of both", "a", ErrKey}}, nil},
		{"two keys under one kid, and a wrong one", ktSet(kid(rsa1, "a"), kid(`{}`, "a"), kid(rsa2, "a")), []ktVerdict{{"kid of both", "a", ErrKey}}, nil},
		{"two keys under the empty kid", ktSet(kid(rsa1, ""), kid(rsa2, ""), kid(rsa1, "a")), []ktVerdict{{"kid empty", "", ErrKey}, {"kid", "a", nil}}, nil},
		{"two EC keys under one kid", ktSet(kid(ec1, "a"), kid(ktPublic(ktEC2JWK), "a"), kid(rsa1, "a")),
			[]ktVerdict{{"kid of both, another algorithm", "a", nil}, {"no kid, one key fits", "-", nil}}, []ktVerdict{{"kid of both", "a", ErrKey}, {"no kid", "-", ErrUnknownKey}}},
		{"two keys without kid", ktSet(rsa1, rsa2, kid(rsa1, "a")), []ktVerdict{{"no kid", "-", ErrUnknownKey}, {"kid", "a", nil}}, nil},
	} {
		set, err := ParseKeySet([]byte(row.set))
		if err != nil {
			t.Errorf("%s: %v", row.why, err)
			continue
		}
		for alg, verdicts := range map[SignatureAlgorithm][]ktVerdict{RS256: row.rs256, ES512: row.es512} {
			why := row.why + ": " + alg.String()
			v, err := set.Verifier(alg)
			if verdicts == nil {
				ktRefused(t, why, v, err, ErrKey)
				continue
			}
			if ktAccepted(t, why, v, err); err != nil {
				continue
			}
			for _, verdict := range verdicts {
				for signer, s := range signers {
					m, err := v.Verify(ktMust(s.Sign([]byte("x"), ktKidOpts(verdict.kid)...)))
					switch why := why + ": " + verdict.why; {
					case signer == alg:
						ktOutcome(t, why, m, err, verdict.want)
					case verdict.want == nil: // RFC 8725, Section 3.1: the same header with another algorithm
						ktRefused(t, why+", another alg", m, err, ErrAlgorithm)
					}
				}
			}
		}
		v, err := set.Verifier(HS512)
		ktRefused(t, row.why+": HS512 of a public set", v, err, ErrKey)
		for _, alg := range []KeyEncryptionAlgorithm{RSAOAEP, RSAOAEP256} {
			d, err := set.Decrypter(alg)
			ktRefused(t, row.why+": "+alg.String()+" of a public set", d, err, ErrKey)
		}
	}
}

// The same for sets of private and secret keys, which verify HS512 and decrypt.
func TestD5_LookupPrivate(t *testing.T) {
	t.Parallel()
	set := ktMust(ParseKeySet([]byte(ktSet(
		ktWith(ktRSA1JWK, "kid", `"a"`, "alg", `"RSA-OAEP-256"`),
		ktWith(ktRSA2JWK, "kid", `"b"`, "use", `"enc"`),
		ktWith(ktRSA2JWK, "kid", `"a"`, "alg", `"RSA-OAEP"`),
		ktWith(ktRSA2JWK, "kid", `"sig"`, "use", `"sig"`),
		ktWith(ktOct(ktSecret(64)), "kid", `"a"`),
		ktWith(ktOct(ktSecret(65)), "kid", `"b"`, "key_ops", `["verify"]`),
		ktWith(ktOct(ktSecret(66)), "kid", `"c"`, "key_ops", `["sign"]`),
		ktWith(ktEC1JWK, "kid", `"a"`),
	))))
	if len(set.PrivateKeys()) != 8 || len(set.PublicKeys()) != 0 || len(set.Skipped()) != 0 {
		t.Errorf("%d private, %d public, %d skipped", len(set.PrivateKeys()), len(set.PublicKeys()), len(set.Skipped()))
	}
	for i, id := range []string{"a", "b", "a", "sig", "a", "b", "c", "a"} {
		if got := set.PrivateKeys()[i].KeyID(); got != id {
			t.Errorf("key %d is %q, want %q (RFC 7517, Section 5.1)", i, got, id)
		}
	}
	for _, alg := range []SignatureAlgorithm{RS256, ES512} {
		v, err := set.Verifier(alg)
		ktRefused(t, alg.String()+" of a private set", v, err, ErrKey)
	}

	v := ktMust(set.Verifier(HS512))
	for _, row := range []struct {
		size int
		kid  string
		want error
	}{{64, "a", nil}, {65, "b", nil}, {64, "b", ErrSignature}, {66, "c", ErrUnknownKey}, {64, "sig", ErrUnknownKey}, {64, "-", ErrUnknownKey}} {
		m, err := v.Verify(ktMust(ktMust(ktHMAC(row.size).Signer(HS512)).Sign(nil, ktKidOpts(row.kid)...)))
		ktOutcome(t, "HS512 "+row.kid, m, err, row.want)
	}

	for alg, rows := range map[KeyEncryptionAlgorithm][]struct {
		jwk, kid string
		want     error
	}{
		RSAOAEP256: {{ktRSA1JWK, "a", nil}, {ktRSA2JWK, "b", nil}, {ktRSA1JWK, "b", ErrDecryption}, {ktRSA2JWK, "sig", ErrUnknownKey}, {ktRSA1JWK, "-", ErrUnknownKey}},
		RSAOAEP:    {{ktRSA2JWK, "a", nil}},
	} {
		d, err := set.Decrypter(alg)
		if alg == RSAOAEP {
			if ktSHA1(t, "RSA-OAEP", d, err); err != nil {
				continue
			}
			plain, err := d.Decrypt(ktMust(ktMust(ktPub(ktRSA1JWK).Encrypter(RSAOAEP256)).Encrypt(nil, KeyID("a"))))
			ktRefused(t, "RSA-OAEP a, another alg", plain, err, ErrAlgorithm)
		}
		if err != nil {
			t.Fatal(alg, err)
		}
		for _, row := range rows {
			plain, err := d.Decrypt(ktMust(ktMust(ktPub(row.jwk).Encrypter(alg)).Encrypt(nil, ktKidOpts(row.kid)...)))
			ktOutcome(t, alg.String()+" "+row.kid, plain, err, row.want)
		}
	}
}

// DESIGN D5, D21: the error for a token whose key was passed over or is ambiguous says why, and for a
// private set nothing of what is in it but the member's name.
func TestD5_Reasons(t *testing.T) {
	t.Parallel()
	with := func(jwk string, edits ...string) string {
		return ktWith(jwk, append([]string{"kid", `"b"`}, edits...)...)
	}
	const content = "s3cr3t"
	good := []string{ktWith(ktRSA1JWK, "kid", `"a"`), ktWith(ktOct(ktSecret(65)), "kid", `"a"`)}
	token := ktMust(ktMust(ktHMAC(64).Signer(HS512, KeyID("b"))).Sign(nil))
	encrypted := ktMust(ktMust(ktPub(ktRSA2JWK).Encrypter(RSAOAEP256, KeyID("b"))).Encrypt(nil))
	for _, row := range []struct {
		names string // what the error names
		keys  []string
	}{
		{`"k"`, []string{with(ktOct(ktSecret(32)))}},
		{`"k"`, []string{with(ktOct(ktSecret(64)), "k", ktQuote(content+"+"))}},
		{`"k"`, []string{with(ktOct(ktSecret(64)), "k", `5`)}},
		{`"k"`, []string{with(ktRSA2JWK, "k", ktQuote(content))}},
		{`"alg"`, []string{with(ktOct(ktSecret(64)), "alg", ktQuote(content))}},
		{`"use"`, []string{with(ktRSA2JWK, "use", ktQuote(content))}},
		{`"key_ops"`, []string{with(ktEC1JWK, "key_ops", `[`+ktQuote(content)+`]`)}},
		{`"key_ops"`, []string{with(ktEC1JWK, "key_ops", `[`+ktQuote(content)+`,`+ktQuote(content)+`]`)}},
		{`"kty"`, []string{with(ktEC1JWK, "kty", ktQuote(content))}},
		{`"crv"`, []string{with(ktEC1JWK, "crv", ktQuote(content))}},
		{`"d"`, []string{with(ktEC1JWK, "d", ktQuote(content+"="))}},
		{`"d"`, []string{with(ktRSA2JWK, "d", "")}},
		{`"oth"`, []string{with(ktRSA2JWK, "oth", ktQuote(content))}},
		{`qInv`, []string{with(ktRSA2JWK, "qi", `"AQ"`)}},
		{`"x5t"`, []string{with(ktRSA2JWK, "x5t", `[`+ktQuote(content)+`]`)}},
		{"two different keys", []string{with(ktRSA2JWK), with(ktRSA1JWK), with(ktOct(ktSecret(66))), with(ktOct(ktSecret(67)))}},
	} {
		set, err := ParseKeySet([]byte(ktSet(append(row.keys, good...)...)))
		if ktAccepted(t, row.names, set, err); err != nil {
			continue
		}
		m, err := ktMust(set.Verifier(HS512)).Verify(token)
		ktRefused(t, row.names, m, err, ErrKey)
		plain, err2 := ktMust(set.Decrypter(RSAOAEP256)).Decrypt(encrypted)
		ktRefused(t, row.names, plain, err2, ErrKey)
		errs := []error{err, err2}
		if len(row.keys) == 1 {
			if errs = append(errs, set.Skipped()...); len(errs) != 3 {
				t.Errorf("%s: %d skipped", row.names, len(errs)-2)
			}
			set, err := ParseKeySet([]byte(ktSet(row.keys...)))
			ktRefused(t, row.names+" alone", set, err, ErrKey)
			errs = append(errs, err)
		}
		for _, err := range errs {
			if text := err.Error(); !strings.Contains(text, row.names) || strings.Contains(text, content) {
				t.Errorf("%s: %v", row.names, err)
			}
		}
	}
	for file, want := range map[string]string{`{"keys":[]}`: "0 keys", ktSet(ktPublic(ktRSA1JWK)): ""} {
		set, err := ParseKeySet([]byte(file))
		if want != "" {
			if ktRefused(t, file, set, err, ErrKey); err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", file, err)
			}
			continue
		}
		for _, r := range ktRoles(set) { // what there is no key for
			if r.err != nil && r.alg != RSAOAEP && (!errors.Is(r.err, ErrKey) || !strings.Contains(r.err.Error(), r.alg.String())) {
				t.Errorf("%s: %v", r.name, r.err)
			}
		}
	}
}

// RFC 7517, Section 5; DESIGN D5: an Encrypter to one key of a set.
func TestD5_Encrypter(t *testing.T) {
	t.Parallel()
	rsa1, rsa2 := ktPublic(ktRSA1JWK), ktPublic(ktRSA2JWK)
	kid := func(jwk, kid string, more ...string) string {
		return ktWith(jwk, append([]string{"kid", ktQuote(kid)}, more...)...)
	}
	several := []string{kid(rsa1, "a"), kid(rsa2, "b"), kid(rsa2, "sig", "use", `"sig"`), kid(rsa2, "wrong", "e", `"AQ"`), kid(rsa1, "two"), kid(rsa2, "two"), kid(ktPublic(ktEC1JWK), "ec"),
		kid(rsa2, "verify", "key_ops", `["verify"]`), kid(rsa1, "wrap", "key_ops", `["wrapKey"]`)}
	for _, row := range []struct {
		why  string
		keys []string
		opts []HeaderOption
		to   string // the key's other half
		want error
	}{
		{"one key", several, []HeaderOption{KeyID("a")}, ktRSA1JWK, nil},
		{"the other key", several, []HeaderOption{KeyID("b")}, ktRSA2JWK, nil},
		{"a key for it by key_ops", several, []HeaderOption{KeyID("wrap")}, ktRSA1JWK, nil},
		{"other members too", several, []HeaderOption{Type("x"), KeyID("b"), Member("y", 1)}, ktRSA2JWK, nil},
		{"kid as any member", several, []HeaderOption{Member("kid", "b")}, ktRSA2JWK, nil},
		{"kid in an exact header", several, []HeaderOption{ExactHeader([]byte(`{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"b"}`))}, ktRSA2JWK, nil},
		{"a kid that is not there", several, []HeaderOption{KeyID("c")}, "", ErrUnknownKey},
		{"kid of a key for signatures", several, []HeaderOption{KeyID("sig")}, "", ErrUnknownKey},
		{"kid of a key for another operation", several, []HeaderOption{KeyID("verify")}, "", ErrUnknownKey},
		{"kid of an EC key", several, []HeaderOption{KeyID("ec")}, "", ErrUnknownKey},
		{"kid of a key that was passed over", several, []HeaderOption{KeyID("wrong")}, "", ErrKey},
		{"kid of two keys", several, []HeaderOption{KeyID("two")}, "", ErrKey},
		{"no kid, two keys", several, nil, "", ErrUnknownKey},
		{"no kid, one key", []string{kid(rsa1, "a"), kid(rsa2, "sig", "use", `"sig"`)}, nil, ktRSA1JWK, nil},
		{"no kid, the same key twice", []string{kid(rsa1, "a"), rsa1}, nil, ktRSA1JWK, nil},
		{"no key", []string{ktPublic(ktEC1JWK)}, nil, "", ErrKey},
		{"no key of that alg", []string{ktWith(rsa1, "alg", `"RSA-OAEP"`)}, nil, "", ErrKey},
		{"a private set", []string{ktRSA1JWK}, nil, "", ErrKey},
		{"an option that can't be", several, []HeaderOption{KeyID("a"), Member("alg", "none")}, "", ErrOption},
		{"a kid that can't be", several, []HeaderOption{KeyID("\xff")}, "", ErrOption},
	} {
		e, err := ktMust(ParseKeySet([]byte(ktSet(row.keys...)))).Encrypter(RSAOAEP256, row.opts...)
		if ktOutcome(t, row.why, e, err, row.want); err != nil || row.want != nil {
			continue
		}
		token := ktMust(e.Encrypt([]byte("x")))
		plain, err := ktMust(ktKey(row.to).Decrypter(RSAOAEP256)).Decrypt(token)
		if ktAccepted(t, row.why, plain, err); err == nil && (string(plain.Plaintext) != "x" || plain.Header.Has("kid") != (row.opts != nil)) {
			t.Errorf("%s: %q", row.why, token)
		}
	}
	e, err := ktMust(ParseKeySet([]byte(ktSet(rsa1)))).Encrypter(RSAOAEP)
	ktSHA1(t, "RSA-OAEP", e, err)
}

// RFC 7517, Section 5; DESIGN D5: when a set as a whole is refused, and what is passed over.
func TestD5_KeySet(t *testing.T) {
	t.Parallel()
	rsa1, rsa2, ec1 := ktPublic(ktRSA1JWK), ktPublic(ktRSA2JWK), ktPublic(ktEC1JWK)
	p256, okp := ktP256JWK, ktOKPJWK
	p256Private := ktWith(p256, "d", `"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"`) // RFC 7517, Appendix A.2
	oct, octShort := ktOct(ktSecret(64)), ktOct(ktSecret(32))
	small := `{"kty":"RSA","n":"` + ktB64(ktOdd(1024).Bytes()) + `","e":"AQAB"}`
	member := func(jwk, name string) string { return `"` + ktMembers(jwk)[name] + `"` }
	many := func(n int) string { return ktSet(append([]string{rsa1}, slices.Repeat([]string{"{}"}, n-1)...)...) }
	manyPrivate := func(n int) string { // whatever their names
		keys := make([]string, n)
		for i := range keys {
			keys[i] = ktWith(ktRSA1JWK, "kid", ktQuote(fmt.Sprint(i)))
		}
		return ktSet(keys...)
	}
	for _, row := range []struct {
		why, set                 string
		public, private, skipped int // all 0: refused
	}{
		{"one key", ktSet(rsa1), 1, 0, 0},
		{"two keys", ktSet(rsa1, ec1), 2, 0, 0},
		{"unknown members of the set (RFC 7517, Section 5)", `{"a":1,"keys":[` + rsa1 + `],"b":{"c":[]}}`, 1, 0, 0},
		{"white space", " {\n\"keys\" : [ " + rsa1 + " , " + ec1 + " ] }\n", 2, 0, 0},
		{"private and secret keys", ktSet(ktRSA1JWK, ktEC1JWK, oct), 0, 3, 0},
		{"a secret alone", ktSet(oct), 0, 1, 0},

		// Passed over, as RFC 7517, Section 5 says.
		{"an unknown kty", ktSet(okp, rsa1), 1, 0, 1},
		{"no kty", ktSet(rsa1, `{}`), 1, 0, 1},
		{"another curve", ktSet(rsa1, p256), 1, 0, 1},
		{"a size out of range", ktSet(rsa1, small), 1, 0, 1},
		{"a member that is missing", ktSet(rsa1, ktWith(ec1, "y", "")), 1, 0, 1},
		{"a member that is wrong", ktSet(rsa1, ktWith(ec1, "y", `"AAAA"`)), 1, 0, 1},
		{"a member of another type", ktSet(rsa1, ktWith(ec1, "kid", `5`)), 1, 0, 1},
		{"use and key_ops in contradiction", ktSet(rsa1, ktWith(ec1, "use", `"enc"`, "key_ops", `["verify"]`)), 1, 0, 1},
		{"many", ktSet(okp, p256, rsa1, small, `{}`), 1, 0, 4},
		{"an alg of another package", ktSet(rsa1, ktWith(rsa2, "alg", `"PS256"`)), 1, 0, 1},
		{"an alg for another kty", ktSet(rsa1, ktWith(ec1, "alg", `"RS256"`)), 1, 0, 1},
		{"a use of another package", ktSet(rsa1, ktWith(rsa2, "use", `"tls"`)), 1, 0, 1},
		{"a use for another kty", ktSet(rsa1, ktWith(ec1, "use", `"enc"`)), 1, 0, 1},
		{"alg and use in contradiction", ktSet(rsa1, ktWith(rsa2, "alg", `"RS256"`, "use", `"enc"`)), 1, 0, 1},
		{"key_ops empty", ktSet(rsa1, ktWith(rsa2, "key_ops", `[]`)), 1, 0, 1},
		{"key_ops of another package", ktSet(rsa1, ktWith(ec1, "key_ops", `["deriveKey","x-mine"]`)), 1, 0, 1},
		{"key_ops of a private key in a public one", ktSet(rsa1, ktWith(rsa2, "key_ops", `["sign","decrypt"]`)), 1, 0, 1},
		{"a private key for an alg of another package", ktSet(ktRSA1JWK, ktWith(ktEC1JWK, "alg", `"ECDH-ES"`)), 0, 1, 1},
		{"a secret for a use of another package", ktSet(ktRSA1JWK, ktWith(oct, "use", `"enc"`)), 0, 1, 1},
		{"a secret that is too short, among secrets", ktSet(oct, octShort), 0, 1, 1},
		{"a private key of another curve, among private ones", ktSet(ktRSA1JWK, p256Private), 0, 1, 1},
		{"256 keys (D8)", many(256), 1, 0, 255},
		{"16 private RSA keys, which cost far more to check than to write down (D8)", manyPrivate(16), 0, 16, 0},

		// Refused.
		{"257 keys (D8)", many(257), 0, 0, 0},
		{"17 private RSA keys (D8)", manyPrivate(17), 0, 0, 0},
		{"no key", `{"keys":[]}`, 0, 0, 0},
		{"no key that can be used", ktSet(okp, p256, small), 0, 0, 0},
		{"no key for any algorithm", ktSet(ktWith(rsa1, "alg", `"PS256"`)), 0, 0, 0},
		{"no key for any use", ktSet(ktWith(rsa1, "use", `"tls"`), ktWith(ec1, "key_ops", `[]`)), 0, 0, 0},
		{"keys that may sign, and can't", ktSet(ktWith(rsa1, "key_ops", `["sign"]`), ktWith(ec1, "key_ops", `["sign"]`)), 0, 0, 0},
		{"no keys", `{}`, 0, 0, 0},
		{"KEYS", `{"KEYS":[` + rsa1 + `]}`, 0, 0, 0},
		{"keys null", `{"keys":null}`, 0, 0, 0},
		{"keys an object", `{"keys":{"0":` + rsa1 + `}}`, 0, 0, 0},
		{"keys a string", `{"keys":"` + `x` + `"}`, 0, 0, 0},
		{"a key, no set", rsa1, 0, 0, 0},
		{"an array", `[` + rsa1 + `]`, 0, 0, 0},
		{"a key that is null", ktSet(rsa1, `null`), 0, 0, 0},
		{"a key that is a number", ktSet(rsa1, `5`), 0, 0, 0},
		{"a key that is a string", ktSet(rsa1, ktQuote(ec1)), 0, 0, 0},
		{"a key that is an array", ktSet(rsa1, `[]`), 0, 0, 0},
		{"a key in an array", ktSet(rsa1, "["+ec1+"]"), 0, 0, 0},
		{"keys twice", `{"keys":[` + rsa1 + `],"keys":[` + ec1 + `]}`, 0, 0, 0},
		{"keys twice, in another spelling", `{"keys":[` + rsa1 + `],"\u006beys":[]}`, 0, 0, 0},
		{"a name twice in a key", ktSet(rsa1, `{"a":1,"a":1}`), 0, 0, 0},
		{"not UTF-8", ktSet(rsa1, "\"\xff\""), 0, 0, 0},
		{"a byte order mark", "\xef\xbb\xbf" + ktSet(rsa1), 0, 0, 0},
		{"something after it", ktSet(rsa1) + "x", 0, 0, 0},
		{"a comma too many", ktSet(rsa1, ""), 0, 0, 0},
		{"cut short", strings.TrimSuffix(ktSet(rsa1), "}"), 0, 0, 0},
		{"nested too deep", ktSet(rsa1, strings.Repeat("[", 31)+strings.Repeat("]", 31)), 0, 0, 0},
		{"PEM", string(ktPEM("PUBLIC KEY", ktContents()["PUBLIC KEY"])), 0, 0, 0},
		{"empty", "", 0, 0, 0},

		// Mixed: whoever published this has published too much.
		{"public and private", ktSet(rsa1, ktRSA2JWK), 0, 0, 0},
		{"private and public", ktSet(ktRSA2JWK, rsa1), 0, 0, 0},
		{"public and EC private", ktSet(rsa1, ktEC1JWK), 0, 0, 0},
		{"public and secret", ktSet(rsa1, oct), 0, 0, 0},
		{"public and a short secret", ktSet(rsa1, octShort), 0, 0, 0},
		{"public and a secret that is none", ktSet(rsa1, `{"kty":"oct","k":5}`), 0, 0, 0},
		{"public and a private key of another curve", ktSet(rsa1, p256Private), 0, 0, 0},
		{"public and a private key of another kind", ktSet(rsa1, ktWith(okp, "d", `"AAAA"`)), 0, 0, 0},
		{"public and a private key that is wrong", ktSet(rsa1, ktWith(ktRSA2JWK, "d", `"AQ"`)), 0, 0, 0},
		{"public and a private key without d", ktSet(rsa1, ktWith(ktRSA2JWK, "d", "")), 0, 0, 0},
		{"public and a prime of a key", ktSet(rsa1, ktWith(rsa2, "p", member(ktRSA2JWK, "p"))), 0, 0, 0},
		{"public and a prime of a key, the other", ktSet(rsa1, ktWith(rsa2, "q", member(ktRSA2JWK, "q"))), 0, 0, 0},
		{"public and a CRT exponent of a key, from which a prime follows", ktSet(rsa1, ktWith(rsa2, "dp", member(ktRSA2JWK, "dp"))), 0, 0, 0},
		{"public and the other CRT exponent", ktSet(rsa1, ktWith(rsa2, "dq", member(ktRSA2JWK, "dq"))), 0, 0, 0},
		{"public and a multi-prime key", ktSet(rsa1, ktWith(rsa2, "oth", `[{"r":"AQAB","d":"AQAB","t":"AQAB"}]`)), 0, 0, 0},

		// Two keys for the same lookup, which are for the tokens to fail by: see D5_Lookup.
		{"one kid twice", ktSet(ktWith(rsa1, "kid", `"a"`), ktWith(rsa2, "kid", `"a"`)), 2, 0, 0},
		{"one kid twice, in another spelling", ktSet(ktWith(rsa1, "kid", `"a"`), strings.Replace(ktWith(rsa2, "kid", `"a"`), `"kid":"a"`, `"kid":"\u0061"`, 1)), 2, 0, 0},
		{"one kid twice, EC", ktSet(ktWith(ec1, "kid", `"a"`), ktWith(ktPublic(ktEC2JWK), "kid", `"a"`)), 2, 0, 0},
		{"one kid twice, once with alg", ktSet(ktWith(rsa1, "kid", `"a"`, "alg", `"RS256"`), ktWith(rsa2, "kid", `"a"`)), 2, 0, 0},
		{"one kid twice, the same key", ktSet(ktWith(rsa1, "kid", `"a"`), ktWith(rsa1, "kid", `"a"`)), 2, 0, 0},
		{"an empty kid twice", ktSet(ktWith(rsa1, "kid", `""`), ktWith(rsa2, "kid", `""`)), 2, 0, 0},
		{"no kid twice", ktSet(rsa1, rsa2), 2, 0, 0},
		{"one kid twice, secrets", ktSet(ktWith(oct, "kid", `"a"`), ktWith(ktOct(ktSecret(65)), "kid", `"a"`)), 0, 2, 0},
		{"one kid twice, RSA-OAEP", ktSet(ktWith(ktRSA1JWK, "kid", `"a"`, "alg", `"RSA-OAEP"`), ktWith(ktRSA2JWK, "kid", `"a"`, "alg", `"RSA-OAEP"`)), 0, 2, 0},
		{"one kid twice, RSA-OAEP-256", ktSet(ktWith(ktRSA1JWK, "kid", `"a"`, "alg", `"RSA-OAEP-256"`), ktWith(ktRSA2JWK, "kid", `"a"`, "use", `"enc"`)), 0, 2, 0},
		{"one kid twice, RSA-OAEP and RSA-OAEP-256", ktSet(ktWith(ktRSA1JWK, "kid", `"a"`, "alg", `"RSA-OAEP"`), ktWith(ktRSA2JWK, "kid", `"a"`, "alg", `"RSA-OAEP-256"`)), 0, 2, 0},
		{"no kid and an empty one", ktSet(rsa1, ktWith(rsa2, "kid", `""`)), 2, 0, 0},
		{"no kid and the kid false", ktSet(rsa1, ktWith(rsa2, "kid", `"false"`)), 2, 0, 0},
	} {
		set, err := ParseKeySet([]byte(row.set))
		if row.public+row.private == 0 {
			ktRefused(t, row.why, set, err, ErrKey)
			continue
		}
		if ktAccepted(t, row.why, set, err); err != nil {
			continue
		}
		if got := [3]int{len(set.PublicKeys()), len(set.PrivateKeys()), len(set.Skipped())}; got != [3]int{row.public, row.private, row.skipped} {
			t.Errorf("%s: %v public, private and skipped keys, want %v", row.why, got, [3]int{row.public, row.private, row.skipped})
		}
		for _, err := range set.Skipped() {
			ktClass(t, row.why+": skipped", err, ErrKey)
		}
	}

	// The keys stand in the order of the set (RFC 7517, Section 5.1), as they are in it.
	set := ktMust(ParseKeySet([]byte(ktSet(okp, ktWith(rsa2, "kid", `"b"`, "alg", `"RS256"`), ktWith(ec1, "kid", `"a"`)))))
	keys := set.PublicKeys()
	if !ktSamePublic(keys[0], ktRSAPublic(ktRSA2JWK)) || keys[0].KeyID() != "b" || keys[0].alg != "RS256" ||
		!ktSamePublic(keys[1], &ktEC(ktEC1JWK).PublicKey) || keys[1].KeyID() != "a" {
		t.Error("the keys are not those of the set")
	}
}

// DESIGN D5: a map from key id to Verifier or Decrypter works the same way.
func TestD5_ByKeyID(t *testing.T) {
	t.Parallel()
	rs, es := ktMust(ktKey(ktRSA1JWK).Signer(RS256)), ktMust(ktKey(ktEC1JWK).Signer(ES512))
	rv, ev := ktMust(ktPub(ktRSA1JWK).Verifier(RS256)), ktMust(ktPub(ktEC1JWK).Verifier(ES512))
	v := ktMust(VerifierByKeyID(map[string]*Verifier{"r": rv, "e": ev, "": ev}))
	for _, row := range []struct {
		why  string
		s    *Signer
		kid  string
		want error
	}{
		{"RS256", rs, "r", nil},
		{"ES512", es, "e", nil},
		{"kid empty", es, "", nil},
		{"the key of another algorithm", es, "r", ErrAlgorithm},
		{"no kid", rs, "-", ErrUnknownKey},
		{"another kid", rs, "R", ErrUnknownKey},
	} {
		m, err := v.Verify(ktMust(row.s.Sign(nil, ktKidOpts(row.kid)...)))
		ktOutcome(t, row.why, m, err, row.want)
	}
	one := ktMust(VerifierByKeyID(map[string]*Verifier{"r": rv}))
	m, err := one.Verify(ktMust(rs.Sign(nil)))
	ktAccepted(t, "no kid, one key", m, err)

	// One of several keys is not one key: no verifier within verifiers.
	nested, err := VerifierByKeyID(map[string]*Verifier{"a": v})
	ktRefused(t, "a Verifier by kid inside of another", nested, err, ErrKey)
	dec := ktMust(ktKey(ktRSA1JWK).Decrypter(RSAOAEP256))
	d := ktMust(DecrypterByKeyID(map[string]*Decrypter{"a": dec, "b": ktMust(ktKey(ktRSA2JWK).Decrypter(RSAOAEP256))}))
	nestedDecrypter, err := DecrypterByKeyID(map[string]*Decrypter{"a": d})
	ktRefused(t, "a Decrypter by kid inside of another", nestedDecrypter, err, ErrKey)

	e := ktMust(ktPub(ktRSA1JWK).Encrypter(RSAOAEP256))
	for kid, want := range map[string]error{"a": nil, "b": ErrDecryption, "c": ErrUnknownKey, "-": ErrUnknownKey} {
		plain, err := d.Decrypt(ktMust(e.Encrypt(nil, ktKidOpts(kid)...)))
		ktOutcome(t, kid, plain, err, want)
	}

	// An option that can't be is the constructor's error, and one that can is in force.
	bad, token := MaxTokenSize(0), ktMust(rs.Sign(nil))
	set := ktMust(ParseKeySet([]byte(ktSet(ktPublic(ktRSA1JWK), ktPublic(ktEC1JWK)))))
	private := ktMust(ParseKeySet([]byte(ktSet(ktOct(ktSecret(64)), ktRSA1JWK))))
	for why, newVerifier := range map[string]func(...CheckOption) (*Verifier, error){
		"VerifierByKeyID":          func(c ...CheckOption) (*Verifier, error) { return VerifierByKeyID(map[string]*Verifier{"r": rv}, c...) },
		"KeySet.Verifier of RS256": func(c ...CheckOption) (*Verifier, error) { return set.Verifier(RS256, c...) },
		"KeySet.Verifier of ES512": func(c ...CheckOption) (*Verifier, error) { return set.Verifier(ES512, c...) },
		"KeySet.Verifier of HS512": func(c ...CheckOption) (*Verifier, error) { return private.Verifier(HS512, c...) },
	} {
		v, err := newVerifier(bad)
		ktRefused(t, why, v, err, ErrOption)
		m, err := ktMust(newVerifier(MaxTokenSize(len(token) - 1))).Verify(token)
		ktRefused(t, why, m, err, ErrMalformed)
	}
	for why, newDecrypter := range map[string]func(...CheckOption) (*Decrypter, error){
		"DecrypterByKeyID": func(c ...CheckOption) (*Decrypter, error) {
			return DecrypterByKeyID(map[string]*Decrypter{"r": dec}, c...)
		},
		"KeySet.Decrypter": func(c ...CheckOption) (*Decrypter, error) { return private.Decrypter(RSAOAEP256, c...) },
	} {
		d, err := newDecrypter(bad)
		ktRefused(t, why, d, err, ErrOption)
		token := ktMust(e.Encrypt(nil))
		plain, err := ktMust(newDecrypter()).Decrypt(token)
		ktAccepted(t, why, plain, err)
		plain, err = ktMust(newDecrypter(MaxTokenSize(len(token) - 1))).Decrypt(token)
		ktRefused(t, why, plain, err, ErrMalformed)
	}
	want := ErrOption
	if ktFIPSOnly() {
		want = ErrUnsupported // of the two, what the key can't do comes first
	}
	d, err = private.Decrypter(RSAOAEP, bad)
	ktRefused(t, "KeySet.Decrypter of RSA-OAEP", d, err, want)
}

// DESIGN D8: a file has at most 1 MiB, whichever form it has.
func TestD8_FileSize(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	pad := func(s string, size int) []byte { return append([]byte(s), bytes.Repeat([]byte{'\n'}, size-len(s))...) }
	contents := ktContents()
	for is, jwk := range map[string]string{ktIsPrivate: ktEC1JWK, ktIsPublic: ktPublic(ktEC1JWK)} {
		label := strings.ToUpper(is) + " KEY"
		for form, file := range map[string]string{
			"JWK": jwk, "PEM": string(ktPEM(label, contents[label])), "base64 DER": base64.StdEncoding.EncodeToString(contents[label]),
		} {
			ktReads(t, is+" key, "+form+" of 1 MiB", pad(file, limit), is)
			ktRefusedKey(t, is+" key, "+form+" of 1 MiB and a byte", pad(file, limit+1))
		}
	}
	// DER that is a key: attributes may be of any length.
	fill := func(size int) []byte {
		return ktSeq(ktVersion0, ktAlgEC, ktOctets(contents["EC PRIVATE KEY"]), ktTLV(0xa0, ktSeq(ktOIDEC, ktTLV(0x31, ktOctets(make([]byte, size))))))
	}
	overhead := len(fill(70_000)) - 70_000
	ktReads(t, "DER of 1 MiB", fill(limit-overhead), ktIsPrivate)
	ktRefusedKey(t, "DER of 1 MiB and a byte", fill(limit-overhead+1))

	set, err := ParseKeySet(pad(ktSet(ktPublic(ktEC1JWK)), limit))
	ktAccepted(t, "JWK Set of 1 MiB", set, err)
	set, err = ParseKeySet(pad(ktSet(ktPublic(ktEC1JWK)), limit+1))
	ktRefused(t, "JWK Set of 1 MiB and a byte", set, err, ErrKey)
}

// ktAllocated returns how many bytes f allocates. A test that asks for it does not run in parallel.
func ktAllocated(f func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

// DESIGN D8: memory is linear in the input, whatever becomes of it. Some of these took quadratic time
// in pem.Decode of the first releases of Go 1.24, and multiplying two numbers as long as the file does:
// none is searched or computed with.
func TestD8_Work(t *testing.T) { // not in parallel: it looks at what is allocated
	fill := func(s string) string { return strings.Repeat(s, 1<<20/len(s)) }
	huge := ktB64(bytes.Repeat([]byte{255}, 700<<10))
	half := ktB64(bytes.Repeat([]byte{255}, 300<<10))
	for why, file := range map[string]string{
		"BEGIN":                 fill("-----BEGIN "),
		"BEGIN lines":           fill("-----BEGIN A-----\n"),
		"BEGIN in lines":        fill("\n-----BEGIN -"),
		"END":                   "-----BEGIN A-----\n" + fill("-----END ")[18:],
		"END lines":             "-----BEGIN A-----\n" + fill("\n-----END B-----")[18:],
		"blocks":                fill("-----BEGIN EC PARAMETERS-----\n-----END EC PARAMETERS-----\n"),
		"blocks that don't end": fill("-----BEGIN A-----\n-----END B-----\n"),
		"headers":               "-----BEGIN A-----\n" + fill("a:b\n")[18:],
		"a modulus":             `{"kty":"RSA","e":"AQAB","n":"` + huge + `"}`,
		"an exponent":           `{"kty":"RSA","n":"` + ktMembers(ktRSA1JWK)["n"] + `","e":"` + huge + `"}`,
		"primes":                ktWith(ktRSA1JWK, "p", `"`+half+`"`, "q", `"`+half+`"`),
		"a private exponent":    ktWith(ktRSA1JWK, "d", `"`+huge+`"`),
		"a CRT exponent":        ktWith(ktRSA1JWK, "dp", `"`+huge+`"`),
		"names":                 "{" + ktNames(40_000) + `"kty":5}`,
		"key_ops":               ktWith(ktPublic(ktRSA1JWK), "key_ops", "["+strings.ReplaceAll(ktNames(40_000), ":0", "")+`""]`, "use", "5"),
		"nesting":               fill("["),
		"objects":               fill(`{"":`),
		"SEQUENCEs":             fill("\x30\x80"),
		"base64":                fill("MIIB"),
		"line breaks":           "M" + fill("\n")[1:],
	} {
		set := `{"keys":[` + strings.TrimSpace(file[:min(len(file), 1<<20-12)]) + `]}`
		for form, read := range map[string]func() (any, error){
			"ParsePrivateKey":          func() (any, error) { return ParsePrivateKey([]byte(file)) },
			"ParsePublicKey":           func() (any, error) { return ParsePublicKey([]byte(file)) },
			"ParseKeySet":              func() (any, error) { return ParseKeySet([]byte(file)) },
			"ParseKeySet of it as key": func() (any, error) { return ParseKeySet([]byte(set)) },
		} {
			var got any
			var err error
			allocated := ktAllocated(func() { got, err = read() })
			ktRefused(t, why+": "+form, got, err, ErrKey)
			if allocated > 32<<20 {
				t.Errorf("%s: %s of %d bytes allocated %d", why, form, len(file), allocated)
			}
		}
	}
}

// DESIGN D8: the private RSA moduli of a set have at most 32,768 bits together. They are counted in the
// text before anything is computed, whatever becomes of the keys.
func TestD8_KeySetBits(t *testing.T) { // not in parallel: it looks at what is allocated
	n := ktMembers(ktRSA1JWK)["n"]
	escaped := func(s string) string { // each character
		var b strings.Builder
		for _, c := range []byte(s) {
			fmt.Fprintf(&b, `\u%04x`, c)
		}
		return b.String()
	}
	keys := func(count int, edits ...string) (keys []string) {
		for i := range count {
			keys = append(keys, ktWith(ktRSA1JWK, append([]string{"kid", ktQuote(fmt.Sprint(i))}, edits...)...))
		}
		return keys
	}
	wrong := []string{"qi", ktQuote(ktMembers(ktRSA2JWK)["qi"])}
	p, q := ktOdd(4096), ktOdd(4096)
	p.SetBit(p, 4094, 1)
	q.SetBit(q, 4094, 1).SetBit(q, 4093, 1)
	large := ktRSANumbers{new(big.Int).Mul(p, q), big.NewInt(65537), new(big.Int).Mul(p, p), p, q, q, p, p}
	if large.n.BitLen() != 8192 {
		t.Fatal("the key is not what it should be")
	}
	tooLarge := large
	tooLarge.n = ktOdd(8200)
	anOctetMore := large
	anOctetMore.n = ktOdd(2056)
	for _, row := range []struct {
		why              string
		keys             []string
		private, skipped int // all 0: refused
	}{
		{"16 of 2048 bits", keys(16), 16, 0},
		{"17 of 2048 bits", keys(17), 0, 0},
		{"15 of 2048 bits, and one of an octet more", append(keys(15), string(anOctetMore.jwk())), 0, 0},
		{"17 of 2048 bits, one key", slices.Repeat([]string{ktRSA1JWK}, 17), 0, 0},
		{"17 of 2048 bits, with escapes", slices.Concat(keys(16), []string{strings.Replace(ktRSA1JWK, n, escaped(n), 1)}), 0, 0},
		{"17 of 2048 bits, with an escaped name", slices.Concat(keys(16), []string{strings.Replace(ktRSA1JWK, `"n"`, `"\u006e"`, 1)}), 0, 0},
		{"15 of 2048 bits, and one that can't be used", slices.Concat(keys(15), keys(1, wrong...)), 15, 1},
		{"16 of 2048 bits, and one that can't be used", slices.Concat(keys(16), keys(1, wrong...)), 0, 0},
		{"one that can't be used, and 16 of 2048 bits", slices.Concat(keys(1, wrong...), keys(16)), 0, 0},
		{"16 of 2048 bits, and one without d", slices.Concat(keys(16), keys(1, "d", "")), 0, 0},
		{"16 of 2048 bits, and one for another algorithm", slices.Concat(keys(16), keys(1, "alg", `"PS256"`)), 0, 0},
		{"16 of 2048 bits, and one without n", slices.Concat(keys(16), keys(1, "n", "")), 16, 1},
		{"16 of 2048 bits, and one whose n is no string", slices.Concat(keys(16), keys(1, "n", `5`)), 16, 1},
		{"16 of 2048 bits, and one of more than 8192, which nothing is computed with", slices.Concat(keys(16), []string{string(tooLarge.jwk())}), 16, 1},
		{"16 of 2048 bits, EC and a secret", slices.Concat(keys(16), []string{ktEC1JWK, ktOct(ktSecret(64))}), 18, 0},
		{"4 of 8192 bits that can't be used, and EC", append(slices.Repeat([]string{string(large.jwk())}, 4), ktEC1JWK), 1, 4},
		{"5 of 8192 bits that can't be used, and EC", append(slices.Repeat([]string{string(large.jwk())}, 5), ktEC1JWK), 0, 0},
		{"167 of 8192 bits that can't be used", slices.Repeat([]string{string(large.jwk())}, 167), 0, 0},
	} {
		file := []byte(ktSet(row.keys...))
		var set *KeySet
		var err error
		allocated := ktAllocated(func() { set, err = ParseKeySet(file) })
		if row.private == 0 {
			if ktRefused(t, row.why, set, err, ErrKey); err != nil && !strings.Contains(err.Error(), "32768 bits together") {
				t.Errorf("%s: %v", row.why, err)
			}
			if allocated > 4*len(file)+64<<10 { // proving one of the keys of 8192 bits takes 16 MiB
				t.Errorf("%s: %d bytes for a file of %d", row.why, allocated, len(file))
			}
			continue
		}
		if ktAccepted(t, row.why, set, err); err == nil && (len(set.PrivateKeys()) != row.private || len(set.Skipped()) != row.skipped) {
			t.Errorf("%s: %d keys, %d skipped", row.why, len(set.PrivateKeys()), len(set.Skipped()))
		}
	}
}

// DESIGN D8: an RSA key is computed once, and proved by a signature. What is beside that is less than
// what computing it again takes.
func TestD8_ProvedOnce(t *testing.T) { // not in parallel: it looks at what is allocated
	key := ktRSAKey(ktRSA1JWK)
	key.Precomputed = rsa.PrecomputedValues{}
	digest := make([]byte, 32)
	allocated, once := math.MaxInt, math.MaxInt
	for range 10 { // the least, since some of it is kept
		allocated = min(allocated, ktAllocated(func() { ktMust(NewPrivateKey(key)) }))
		once = min(once, ktAllocated(func() {
			again := *key
			again.Precompute()
			signature := ktMust(rsa.SignPKCS1v15(nil, &again, crypto.SHA256, digest))
			if again.Validate() != nil || rsa.VerifyPKCS1v15(&again.PublicKey, crypto.SHA256, digest, signature) != nil {
				t.Error("no key")
			}
		}))
	}
	if allocated > once+4<<10 {
		t.Errorf("%d bytes, where crypto alone takes %d", allocated, once)
	}

	// Nor is a list of 100,000 operations searched for each of them.
	ops := make([]string, 100_000)
	for i := range ops {
		ops[i] = fmt.Sprintf("%05d", i)
	}
	k := ktMust(ParsePrivateKey([]byte(ktWith(ktEC1JWK, "key_ops", string(ktMust(json.Marshal(append(ops, "sign", "verify"))))))))
	if p := ktMust(k.Public()); !slices.Equal(p.ops, append(ops, "verify")) {
		t.Errorf("%d operations", len(p.ops))
	}
}

// ktNames returns so many JSON members of different names.
func ktNames(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%q:0,", fmt.Sprint("a", i))
	}
	return b.String()
}

// RFC 7518, Section 6; RFC 7517, Section 4: what is read is the key that the members give, by
// the account of encoding/json and math/big; what is written of it has the members that the RFCs
// give, and is read as the same key again.
func TestRFC7517_Written(t *testing.T) {
	t.Parallel()
	info := []string{"kid", `"\u0000\"\\<é\u2028😀"`, "alg", `"X\"y"`, "use", `"x-mine"`, "key_ops", `["x-\"mine\"","\u0001"]`}
	one := ktWith(ktEC1JWK, "d", ktQuote(ktB64(append(make([]byte, 65), 1))),
		"x", ktQuote(ktB64(elliptic.P521().Params().Gx.FillBytes(make([]byte, 66)))),
		"y", ktQuote(ktB64(elliptic.P521().Params().Gy.FillBytes(make([]byte, 66)))))
	long := append([]byte{0}, ktSecret(80)...)
	for _, row := range []struct {
		jwk string
		key crypto.PrivateKey
	}{
		{ktRSA1JWK, ktRSAKey(ktRSA1JWK)}, {ktRSA2JWK, ktRSAKey(ktRSA2JWK)}, {ktEC1JWK, ktEC(ktEC1JWK)}, {ktEC2JWK, ktEC(ktEC2JWK)}, {one, ktEC(one)},
		{ktOct(ktSecret(64)), ktSecret(64)}, {ktOct(long), long},
	} {
		for _, jwk := range []string{row.jwk, ktWith(row.jwk, info...), ktWith(row.jwk, "kid", `""`), ktWith(row.jwk, "key_ops", `[]`)} {
			k, err := ParsePrivateKey([]byte(jwk))
			if err != nil {
				t.Error(err)
				continue
			}
			if !ktSamePrivate(k, row.key) {
				t.Errorf("another key than that of %s", jwk)
			}
			var said struct {
				Kid, Alg, Use string
				Ops           []string `json:"key_ops"`
			}
			if err := json.Unmarshal([]byte(jwk), &said); err != nil {
				t.Fatal(err)
			}
			if said.Kid != k.kid || said.Alg != k.alg || said.Use != k.use || !reflect.DeepEqual(said.Ops, k.ops) || k.hasKid != strings.Contains(jwk, `"kid"`) {
				t.Errorf("%q, %q, %q, %q of %s", k.kid, k.alg, k.use, k.ops, jwk)
			}
			if k.secret != nil {
				continue
			}
			jwk = ktPublic(jwk)
			public, err := ParsePublicKey([]byte(jwk))
			if err != nil {
				t.Error(err)
				continue
			}
			ktSameJSON(t, public.JWK(), jwk)
			if again, err := ParsePublicKey(public.JWK()); err != nil || !reflect.DeepEqual(again, public) {
				t.Errorf("read again: %v", err)
			}
			var goPublic crypto.PublicKey = public.rsa
			if public.ec != nil {
				goPublic = public.ec
			}
			if half := ktMust(k.Public()); !ktSamePublic(half, goPublic) {
				t.Error("Public is another key")
			}
			// RFC 7468, Section 13; RFC 5280, Section 4.1.2.7.
			spki := ktMust(x509.MarshalPKIXPublicKey(goPublic))
			block, rest := pem.Decode(public.PEM())
			if block == nil || block.Type != "PUBLIC KEY" || len(rest) > 0 || !bytes.Equal(block.Bytes, spki) {
				t.Errorf("PEM: %s", public.PEM())
			}
			for _, file := range [][]byte{public.PEM(), []byte(base64.StdEncoding.EncodeToString(spki))} {
				again, err := ParsePublicKey(file)
				if err != nil || again.KeyID() != "" || !bytes.Equal(again.PEM(), public.PEM()) {
					t.Errorf("read again: %v", err)
				}
			}
		}
	}
	// A public key has no private member, and a Go key no more members than it needs.
	for _, k := range []*PublicKey{ktPub(ktRSA1JWK), ktMust(NewPublicKey(ktRSAPublic(ktRSA1JWK)))} {
		ktSameJSON(t, k.JWK(), ktPublic(ktRSA1JWK))
	}
	for _, k := range []*PublicKey{ktPub(ktEC2JWK), ktMust(NewPublicKey(&ktEC(ktEC2JWK).PublicKey))} {
		ktSameJSON(t, k.JWK(), ktPublic(ktEC2JWK))
	}
	// RFC 7518, Section 6.3.1.2: "AQAB" for 65537; and others, in the fewest octets.
	for e, want := range map[int]string{3: "Aw", 257: "AQE", 65537: "AQAB", 1<<31 - 1: "f____w"} {
		k := ktMust(NewPublicKey(&rsa.PublicKey{N: ktOdd(2048), E: e}))
		if got := ktMembers(string(k.JWK()))["e"]; got != want {
			t.Errorf("e = %d: %q, want %q", e, got, want)
		}
	}
}

// ktSameJSON checks that both are the same JSON value, by encoding/json.
func ktSameJSON(t *testing.T, got []byte, want string) {
	t.Helper()
	var a, b any
	err, err2 := json.Unmarshal(got, &a), json.Unmarshal([]byte(want), &b)
	if err != nil || err2 != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("written %s, want %s (%v, %v)", got, want, err, err2)
	}
}

// RFC 7517, Sections 4.4 and 4.5: what is published with a key.
func TestRFC7517_WithKeyIDWithAlgorithm(t *testing.T) {
	t.Parallel()
	for _, jwk := range []string{ktPublic(ktRSA1JWK), ktPublic(ktEC1JWK)} {
		k := ktMust(ParsePublicKey([]byte(ktWith(jwk, "kid", `"old"`))))
		for _, kid := range []string{"a", `"`, `\`, "</script>", "\x00\x1f\x7f", "é\u2028😀", "-----BEGIN PUBLIC KEY-----", strings.Repeat("x", 10_000)} {
			n, err := k.WithKeyID(kid)
			if err != nil || n.KeyID() != kid || k.KeyID() != "old" {
				t.Errorf("%q: %v", kid, err)
				continue
			}
			if got := ktMembers(string(n.JWK()))["kid"]; got != kid {
				t.Errorf("%q is written as %q", kid, got)
			}
			again, err := ParsePublicKey(n.JWK())
			if err != nil || again.KeyID() != kid {
				t.Errorf("%q: read again: %v", kid, err)
			}
		}
		for _, kid := range []string{"", "\xff", "a\xc3"} {
			n, err := k.WithKeyID(kid)
			ktRefused(t, ktQuote(kid), n, err, ErrOption)
		}
		plain := ktMust(ParsePublicKey([]byte(jwk)))
		if n := ktMust(plain.WithKeyID("a")); n.KeyID() != "a" || plain.KeyID() != "" || ktMembers(string(plain.JWK()))["kid"] != "" {
			t.Error("WithKeyID changed the key")
		}
	}

	uses := map[Algorithm]string{RS256: "sig", ES512: "sig", HS512: "sig", RSAOAEP: "enc", RSAOAEP256: "enc"}
	for _, row := range []struct {
		jwk     string
		allowed []Algorithm
	}{
		{ktPublic(ktRSA1JWK), []Algorithm{RS256, RSAOAEP, RSAOAEP256}},
		{ktPublic(ktEC1JWK), []Algorithm{ES512}},
		{ktWith(ktPublic(ktRSA1JWK), "alg", `"RS256"`), []Algorithm{RS256}},
		{ktWith(ktPublic(ktRSA1JWK), "alg", `"RSA-OAEP"`), []Algorithm{RSAOAEP}},
		{ktWith(ktPublic(ktRSA1JWK), "alg", `"PS256"`), nil},
		{ktWith(ktPublic(ktRSA1JWK), "use", `"enc"`), []Algorithm{RSAOAEP, RSAOAEP256}},
		{ktWith(ktPublic(ktRSA1JWK), "use", `"sig"`), []Algorithm{RS256}},
		{ktWith(ktPublic(ktRSA1JWK), "use", `"tls"`), nil},
		{ktWith(ktPublic(ktRSA1JWK), "key_ops", `["verify"]`), []Algorithm{RS256}},
		{ktWith(ktPublic(ktRSA1JWK), "key_ops", `["wrapKey"]`), []Algorithm{RSAOAEP, RSAOAEP256}},
		{ktWith(ktPublic(ktRSA1JWK), "key_ops", `["encrypt","x-mine"]`), []Algorithm{RSAOAEP, RSAOAEP256}},
		{ktWith(ktPublic(ktRSA1JWK), "key_ops", `[]`), nil},
		{ktWith(ktPublic(ktEC1JWK), "use", `"enc"`), nil},
		{ktWith(ktPublic(ktEC1JWK), "key_ops", `["deriveKey"]`), nil},
	} {
		k := ktMust(ParsePublicKey([]byte(row.jwk)))
		before := string(k.JWK())
		for alg, use := range uses {
			n, err := k.WithAlgorithm(alg)
			why := row.jwk[:20] + " " + alg.String()
			if !slices.Contains(row.allowed, alg) {
				ktRefused(t, why, n, err, ErrKey)
				continue
			}
			if err != nil || n.alg != alg.String() || n.use != use || string(k.JWK()) != before || !reflect.DeepEqual(n.ops, k.ops) {
				t.Errorf("%s: %v", why, err)
				continue
			}
			again, err := ParsePublicKey(n.JWK())
			if err != nil || again.alg != alg.String() || again.use != use {
				t.Errorf("%s: read again: %v", why, err)
			}
		}
	}
	// Operations that are not the algorithm's would contradict its "use" (RFC 7517, Section 4.3).
	both := ktMust(ParsePublicKey([]byte(ktWith(ktPublic(ktRSA1JWK), "key_ops", `["verify","encrypt"]`))))
	for _, alg := range []Algorithm{RS256, RSAOAEP256} {
		if n, err := both.WithAlgorithm(alg); err == nil {
			if _, err := ParsePublicKey(n.JWK()); err != nil {
				t.Errorf("key_ops for both uses, %s: written as what is refused: %v", alg, err)
			}
		} else {
			ktClass(t, "key_ops for both uses", err, ErrKey)
		}
	}
}

// RFC 7517, Section 5.
func TestRFC7517_MarshalKeySet(t *testing.T) {
	t.Parallel()
	a := ktMust(ktMust(NewPublicKey(ktRSAPublic(ktRSA1JWK))).WithKeyID("a"))
	b := ktMust(ktMust(NewPublicKey(&ktEC(ktEC1JWK).PublicKey)).WithAlgorithm(ES512))
	file, err := MarshalKeySet(a, b)
	if err != nil {
		t.Fatal(err)
	}
	ktSameJSON(t, file, ktSet(ktWith(ktPublic(ktRSA1JWK), "kid", `"a"`), ktWith(ktPublic(ktEC1JWK), "alg", `"ES512"`, "use", `"sig"`)))
	set, err := ParseKeySet(file)
	if err != nil || !reflect.DeepEqual(set.PublicKeys(), []*PublicKey{a, b}) {
		t.Errorf("read again: %v", err)
	}
	for why, keys := range map[string][]*PublicKey{"no key": {}, "nil": {nil}, "the zero key": {a, {}}, "nil after a key": {a, nil}} {
		file, err := MarshalKeySet(keys...)
		ktClass(t, why, err, ErrKey)
		if file != nil {
			t.Errorf("%s: %q", why, file)
		}
	}
}

// RFC 7638, Sections 3 and 3.1.
func TestRFC7638_Thumbprint(t *testing.T) {
	t.Parallel()
	published := ktMust(ParsePublicKey([]byte(ktWith(ktPublic(ktRSA1JWK), "alg", `"RS256"`, "kid", `"2011-04-29"`))))
	if got, err := published.Thumbprint(); got != "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	for _, jwk := range []string{ktPublic(ktRSA1JWK), ktPublic(ktRSA2JWK), ktPublic(ktEC1JWK), ktPublic(ktEC2JWK)} {
		required, _ := json.Marshal(ktMembers(jwk)) // in the order of the names, without white space
		digest := sha256.Sum256(required)
		for _, jwk := range []string{jwk, ktWith(jwk, "kid", `"a"`, "use", `"sig"`, "x5t", `"a"`, "key_ops", `["verify"]`)} {
			got, err := ktMust(ParsePublicKey([]byte(jwk))).Thumbprint()
			if want := ktB64(digest[:]); got != want || err != nil {
				t.Errorf("%q, want %q: %v", got, want, err)
			}
		}
	}
}

// RFC 7518, Section 3.2: as long as the hash output, 64 octets, or longer. D3: the one exception has
// its own name, and takes any length up to that of a key file, which this mode of crypto does not refuse.
func TestRFC7518_Section3_2(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 2, 13, 14, 15, 32, 63, 64, 65, 127, 128, 129, 1000, 1 << 20, 1<<20 + 1} {
		why, secret := fmt.Sprintf("%d octets", size), ktSecret(size)
		k, err := NewSecret(secret)
		ktOutcome(t, why, k, err, ktOK(size >= 64 && size <= 1<<20))
		parsed, err := ParsePrivateKey([]byte(ktOct(secret)))
		ktOutcome(t, why+": JWK", parsed, err, ktOK(size >= 64 && size <= 1000))
		short, err := NewInsecureShortSecret(secret)
		switch want := ktOK(size >= 1 && size <= 1<<20); {
		case want == nil && size < 14 && ktFIPSOnly(): // SP 800-131A: 112 bits
			ktRefused(t, why+": short", short, err, ErrUnsupported)
		default:
			ktOutcome(t, why+": short", short, err, want)
		}
		for why, k := range map[string]*PrivateKey{why: k, why + ": JWK": parsed, why + ": short": short} {
			if k == nil {
				continue
			}
			if !ktSamePrivate(k, secret) {
				t.Errorf("%s: another secret", why)
			}
			ktHasRoles(t, why, k, "oct", false)
			mac := hmac.New(sha512.New, secret) // by crypto alone
			token := ktMust(ktMust(k.Signer(HS512)).Sign(nil))
			mac.Write([]byte(token[:strings.LastIndexByte(token, '.')]))
			if !strings.HasSuffix(token, "."+ktB64(mac.Sum(nil))) {
				t.Errorf("%s: another MAC", why)
			}
			v := ktMust(k.Verifier(HS512))
			m, err := v.Verify(token)
			ktAccepted(t, why, m, err)
			other := ktSecret(size + 1)
			if size == 1<<20 {
				other = secret[1:]
			}
			m, err = v.Verify(ktMust(ktMust(ktMust(NewInsecureShortSecret(other)).Signer(HS512)).Sign(nil)))
			ktRefused(t, why+": another secret", m, err, ErrSignature)
		}
	}
}

// RFC 8725, Sections 2.1 and 3.1: a public key as the secret makes every reader of the key a signer.
// What one of this package's functions would read, with or without white space around, is refused by
// both constructors, and as the "k" of a JWK; so is what has a line that begins PEM. Nothing else is.
func TestRFC8725_Section3_1_SecretIsAKey(t *testing.T) {
	t.Parallel()
	contents := ktContents()
	pemText := string(ktPEM("PUBLIC KEY", contents["PUBLIC KEY"]))
	secrets := map[string]string{
		"JWK": ktPublic(ktRSA1JWK), "private JWK": ktEC1JWK, "oct JWK": ktOct(ktSecret(64)), "JWK Set": ktSet(ktPublic(ktEC1JWK)),
		"private JWK Set": ktSet(ktRSA1JWK, ktOct(ktSecret(64))), "JWK Set with keys that are passed over": ktSet(ktOKPJWK, ktPublic(ktEC1JWK)),
		"JWK with an escaped name": strings.Replace(ktPublic(ktEC1JWK), `"kty"`, `"\u006bty"`, 1),
		"PEM of another package":   string(ktPEM("OPENSSH PRIVATE KEY", ktSecret(64))), "short PEM": "-----BEGIN X-----\n-----END X-----",
		"PEM with text around": "text\n" + pemText + "text", "PEM with CRLF": strings.ReplaceAll(pemText, "\n", "\r\n"),
		"PEM with a byte order mark": "\xef\xbb\xbf" + pemText, "PEM in one line": strings.ReplaceAll(pemText, "\n", ""), "PEM in octets": "\xff\x00-----BEGIN \xff" + string(ktSecret(64)),
		"PEM in a JSON string": ktQuote(pemText),
	}
	contents["SPKI, RSA"] = ktSeq(ktAlgRSA, ktBits(contents["RSA PUBLIC KEY"]))
	contents["certificate, RSA"] = ktCertificate(ktRSAPublic(ktRSA1JWK))
	contents["PKCS #8, RSA"] = ktSeq(ktVersion0, ktAlgRSA, ktOctets(contents["RSA PRIVATE KEY"]))
	for label, der := range contents {
		text := base64.StdEncoding.EncodeToString(der)
		pemText := string(ktPEM(label, der))
		secrets[label+" in PEM"] = pemText
		secrets[label+" in DER"] = string(der)
		secrets[label+" in base64"] = text
		secrets[label+" in base64 in lines"] = text[:40] + "\r\n" + text[40:] + "\n"
		secrets[label+" in PEM without BEGIN and END"] = strings.Join(strings.SplitAfter(pemText, "\n")[1:strings.Count(pemText, "\n")-1], "")
	}
	for why, secret := range secrets {
		for _, space := range []string{"", " ", "\r\n", "\t\n \v\f"} {
			if space == "" || strings.TrimSpace(secret) == secret { // DER may end with an octet that is white space
				ktRefusedSecret(t, fmt.Sprintf("%s between %q", why, space), []byte(space+secret+space))
			}
		}
	}
	// What no function here reads is a secret, whatever it looks like.
	ed25519DER := ktSeq(ktSeq([]byte{6, 3, 0x2b, 0x65, 0x70}), ktBits(ktSecret(32)))
	for why, secret := range map[string]string{
		"random":                       string(ktSecret(64)),
		"text":                         "correct horse battery staple, and again correct horse battery staple",
		"a short word":                 "secret",
		"one octet":                    "0",
		"white space":                  " ",
		"base64":                       base64.StdEncoding.EncodeToString(ktSecret(66)),
		"hexadecimal":                  fmt.Sprintf("%x", ktSecret(64)),
		"JSON without kty":             `{"a":"` + fmt.Sprintf("%x", ktSecret(64)) + `"}`,
		"JWK of another package":       ktOKPJWK,
		"JWK Set of another package":   ktSet(ktOKPJWK, ktP256JWK),
		"JWK Set without keys":         `{"keys":[]}`,
		"short JWK":                    `{"kty":"oct","k":"AAAA"}`,
		"JWK and something after it":   ktPublic(ktEC1JWK) + ".",
		"BEGIN with fewer hyphens":     "----BEGIN PUBLIC KEY-----",
		"BEGIN of nothing":             "-----BEGIN",
		"SEQUENCE with a wrong length": "\x30\x70" + string(ktSecret(64)),
		"SEQUENCE of OCTET STRINGs":    string(ktSeq(ktOctets(ktSecret(32)), ktOctets(ktSecret(32)))),
		"DER of another package":       string(ed25519DER),
		"DER and an octet":             string(contents["PUBLIC KEY"]) + "x",
	} {
		k, err := NewInsecureShortSecret([]byte(secret))
		if len(secret) < 14 && ktFIPSOnly() {
			ktRefused(t, why, k, err, ErrUnsupported)
			continue
		}
		if ktAccepted(t, why, k, err); err == nil {
			ktHasRoles(t, why, k, "oct", false)
		}
		if len(secret) >= 64 {
			k, err := NewSecret([]byte(secret))
			ktAccepted(t, why+": NewSecret", k, err)
		}
	}
}

// DESIGN D8: a secret that is a JWK, whose secret is a JWK, and so on, is not read to its end.
func TestD8_SecretInSecrets(t *testing.T) { // not in parallel: it looks at what is allocated
	chain := []string{ktOct(ktSecret(64))}
	for size := 0; size < 500<<10; size = len(chain[len(chain)-1]) {
		chain = append(chain, ktOct([]byte(chain[len(chain)-1])))
	}
	if len(chain) < 20 {
		t.Fatalf("%d deep", len(chain))
	}
	for depth, jwk := range chain {
		var key *PrivateKey
		var err error
		allocated := ktAllocated(func() { key, err = ParsePrivateKey([]byte(jwk)) })
		ktOutcome(t, fmt.Sprintf("%d deep", depth), key, err, ktOK(depth == 0))
		if allocated > 64*len(jwk)+64<<10 {
			t.Errorf("%d deep: %d bytes for %d", depth, allocated, len(jwk))
		}
		allocated = ktAllocated(func() { key, err = NewSecret([]byte(jwk)) })
		ktRefused(t, fmt.Sprintf("%d deep: NewSecret", depth), key, err, ErrKey)
		if allocated > 64*len(jwk)+64<<10 {
			t.Errorf("%d deep: NewSecret: %d bytes for %d", depth, allocated, len(jwk))
		}
	}
}

// DESIGN D3, D17: what GODEBUG=fips140=only refuses is the constructor's error, before any
// token is seen; everything else works there as it does elsewhere.
func TestD3_FIPS140Only(t *testing.T) {
	t.Parallel()
	p, q := ktRSA(ktRSA1JWK).p, ktRSA(ktRSA1JWK).q
	smallE := int64(3) // the first that has an inverse
	for ; new(big.Int).GCD(nil, nil, big.NewInt(smallE), new(big.Int).Mul(new(big.Int).Sub(p, big.NewInt(1)), new(big.Int).Sub(q, big.NewInt(1)))).Int64() != 1; smallE += 2 {
	}
	// Reading a key with a small exponent is no use of it (FIPS 186-5, Section 5.5: 2¹⁶ < e).
	// RSA-OAEP is with SHA-1, which the mode has not.
	for why, numbers := range map[string]ktRSANumbers{"small exponent": ktRSAFrom(p, q, smallE), "as published": ktRSA(ktRSA1JWK)} {
		unsupported := ktFIPSOnly() && why == "small exponent"
		parsed, err := ParsePrivateKey(numbers.jwk())
		if ktAccepted(t, why+": reading it", parsed, err); err != nil {
			continue
		}
		for form, key := range map[string]any{
			"file": parsed, "Go key": ktMust(NewPrivateKey(numbers.goKey())), "handle": ktMust(NewPrivateKey(ktHide(numbers.goKey()))),
			"public": ktMust(parsed.Public()), "public Go key": ktMust(NewPublicKey(&numbers.goKey().PublicKey)),
		} {
			ktHasRoles(t, why+": "+form, key, "RSA", unsupported)
		}
		v, err := ktMust(ParseKeySet([]byte(ktSet(ktPublic(string(numbers.jwk())))))).Verifier(RS256)
		set := ktMust(ParseKeySet([]byte(ktSet(string(numbers.jwk())))))
		d, err2 := set.Decrypter(RSAOAEP256)
		dSHA1, err3 := set.Decrypter(RSAOAEP)
		if unsupported {
			ktRefused(t, why+": KeySet.Verifier", v, err, ErrUnsupported)
			ktRefused(t, why+": KeySet.Decrypter", d, err2, ErrUnsupported)
			ktRefused(t, why+": KeySet.Decrypter of RSA-OAEP", dSHA1, err3, ErrUnsupported)
		} else {
			ktAccepted(t, why+": KeySet.Verifier", v, err)
			ktAccepted(t, why+": KeySet.Decrypter", d, err2)
			ktSHA1(t, why+": KeySet.Decrypter of RSA-OAEP", dSHA1, err3)
		}
	}

	// Short secrets begin where crypto/hmac does not panic in this mode.
	for _, size := range []int{14, 63} {
		m, err := ktMust(ktHMAC(size).Verifier(HS512)).Verify(ktMust(ktMust(ktHMAC(size).Signer(HS512)).Sign(nil)))
		ktAccepted(t, "short secret", m, err)
	}
}

// DESIGN D1: a crypto.Signer that hides its private key works, and is handed what the
// algorithm says: a digest of its own, the hash, and a source of randomness.
func TestD1_SignerHandle(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		alg  SignatureAlgorithm
		key  crypto.Signer
		hash crypto.Hash
	}{{RS256, ktRSAKey(ktRSA1JWK), crypto.SHA256}, {ES512, ktEC(ktEC1JWK), crypto.SHA512}} {
		h := ktHide(row.key)
		sign := h.sign
		calls := 0
		h.sign = func(digest []byte, opts crypto.SignerOpts) ([]byte, error) {
			calls++
			if len(digest) != row.hash.Size() || opts.HashFunc() != row.hash {
				t.Errorf("%s: %d octets for %v", row.alg, len(digest), opts.HashFunc())
			}
			signature, err := sign(digest, opts)
			clear(digest[:cap(digest)]) // it is the handle's
			return signature, err
		}
		k, err := NewPrivateKey(h)
		if err != nil {
			t.Fatal(row.alg, err)
		}
		s, err := k.Signer(row.alg, KeyID("a"))
		if err != nil {
			t.Fatal(row.alg, err)
		}
		if calls != 0 {
			t.Errorf("%s: the constructor signed something", row.alg)
		}
		ktSignsAs(t, row.alg.String(), s, row.key.Public())
		ktSignsAs(t, row.alg.String(), s, row.key.Public())
		if calls != 2 {
			t.Errorf("%s: %d signatures", row.alg, calls)
		}
		// A header that can't be, though the key is good.
		for _, k := range []*PrivateKey{k, ktMust(NewPrivateKey(row.key))} {
			for _, opt := range []HeaderOption{Member("alg", "none"), ExactHeader([]byte(`{"alg":"HS512"}`))} {
				s, err = k.Signer(row.alg, opt)
				ktRefused(t, row.alg.String(), s, err, ErrOption)
			}
		}
	}
}

// DESIGN D1: a handle has the roles that it can have, of its type of key and of what it can do.
func TestD1_HandleRoles(t *testing.T) {
	t.Parallel()
	for kty, h := range map[string]*ktHandle{"RSA": ktHide(ktRSAKey(ktRSA1JWK)), "EC": ktHide(ktEC(ktEC1JWK))} {
		for why, handle := range map[string]crypto.PrivateKey{"both": h, "a Signer": struct{ crypto.Signer }{h}, "a Decrypter": struct{ crypto.Decrypter }{h}} {
			k, err := NewPrivateKey(handle)
			if ktAccepted(t, kty+": "+why, k, err); err != nil {
				continue
			}
			for _, r := range ktRoles(k) {
				why := kty + ": " + why + ": " + r.name
				_, signs := handle.(crypto.Signer)
				_, decrypts := handle.(crypto.Decrypter)
				switch able := r.use == "sig" && signs || r.use == "enc" && decrypts; {
				case !able || !r.of(kty, true):
					ktRefused(t, why, r.role, r.err, ErrKey)
				case r.alg == RSAOAEP:
					ktSHA1(t, why, r.role, r.err)
				default:
					ktAccepted(t, why, r.role, r.err)
				}
			}
			ktHasRoles(t, kty+": "+why+": its public key", ktMust(k.Public()), kty, false)
		}
	}
}

// Some handles return their public key by value. It is the same key, and checked and copied as such.
func TestD3_PublicByValue(t *testing.T) {
	t.Parallel()
	rsaKey, ecKey := ktRSAKey(ktRSA1JWK), ktEC(ktEC1JWK)
	for kty, row := range map[string]struct {
		key    crypto.Signer
		public crypto.PublicKey
	}{"RSA": {rsaKey, rsaKey.PublicKey}, "EC": {ecKey, ecKey.PublicKey}} {
		h := ktHide(row.key)
		h.public = row.public
		k, err := NewPrivateKey(h)
		if ktAccepted(t, kty+": handle", k, err); err != nil {
			continue
		}
		ktHasRoles(t, kty+": handle", k, kty, false)
		for _, r := range ktRoles(k) {
			if s, ok := r.role.(*Signer); ok && r.err == nil {
				ktSignsAs(t, r.name, s, row.key.Public())
			}
		}
		p, err := NewPublicKey(row.public)
		if ktAccepted(t, kty+": NewPublicKey", p, err); err == nil && !ktSamePublic(p, row.key.Public()) {
			t.Errorf("%s: another key", kty)
		}
	}
	for why, key := range map[string]crypto.PublicKey{
		"RSA of 1024 bits": rsa.PublicKey{N: ktOdd(1024), E: 65537}, "RSA with e = 1": rsa.PublicKey{N: ktOdd(2048), E: 1},
		"P-256": ktMust(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)).PublicKey, "off the curve": ecdsa.PublicKey{Curve: elliptic.P521(), X: big.NewInt(1), Y: big.NewInt(1)},
	} {
		ktRefusedPublic(t, why, key)
	}
	n := ktRSAPublic(ktRSA1JWK)
	p := ktMust(NewPublicKey(*n))
	n.N.SetInt64(1)
	if !ktSamePublic(p, ktRSAPublic(ktRSA1JWK)) {
		t.Error("the key changes with what was handed over")
	}
}

// DESIGN D12: what a foreign crypto.Signer returns is hostile input.
func TestD12_SignerHandleLies(t *testing.T) {
	t.Parallel()
	cause := errors.New("the HSM is on fire")
	expect := func(why string, s *Signer, wantCause bool) {
		t.Helper()
		token, err := s.Sign([]byte("x"))
		ktClass(t, why, err, ErrSigner)
		detached, err2 := s.SignDetached([]byte("x"))
		ktClass(t, why, err2, ErrSigner)
		dst, err3 := s.AppendSign([]byte("dst"), []byte("x"))
		ktClass(t, why, err3, ErrSigner)
		if token != "" || detached != "" || string(dst) != "dst" {
			t.Errorf("%s: a token beside the error: %q %q %q", why, token, detached, dst)
		}
		if errors.Is(err, cause) != wantCause {
			t.Errorf("%s: the cause is not as expected in %v", why, err)
		}
	}
	rsaHandle := &ktHandle{public: ktRSAPublic(ktRSA1JWK)}
	rs := ktMust(ktMust(NewPrivateKey(rsaHandle)).Signer(RS256))
	rsaHandle.sign = func([]byte, crypto.SignerOpts) ([]byte, error) { return make([]byte, 256), cause }
	expect("RS256: an error, and a signature beside it", rs, true)
	for _, size := range []int{0, 1, 32, 255, 257, 512, 1 << 20} {
		rsaHandle.sign = func([]byte, crypto.SignerOpts) ([]byte, error) { return make([]byte, size), nil }
		expect(fmt.Sprintf("RS256: %d octets (RFC 8017, Section 8.2.1)", size), rs, false)
	}
	rsaHandle.sign = func([]byte, crypto.SignerOpts) ([]byte, error) { return nil, nil }
	expect("RS256: nothing", rs, false)

	ecHandle := &ktHandle{public: &ktEC(ktEC1JWK).PublicKey}
	es := ktMust(ktMust(NewPrivateKey(ecHandle)).Signer(ES512))
	ecHandle.sign = func([]byte, crypto.SignerOpts) ([]byte, error) { return ktSeq(ktInt(1), ktInt(1)), cause }
	expect("ES512: an error, and a signature beside it", es, true)
	n := elliptic.P521().Params().N
	good := ktMust(ktEC(ktEC1JWK).Sign(rand.Reader, ktSecret(64), crypto.SHA512))
	var parsed struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(good, &parsed); err != nil {
		t.Fatal(err)
	}
	r, s := ktBig(parsed.R), ktBig(parsed.S)
	big67 := new(big.Int).Lsh(big.NewInt(1), 528)
	raw := make([]byte, 132)
	parsed.R.FillBytes(raw[:66])
	parsed.S.FillBytes(raw[66:])
	body := slices.Concat(r, s)
	lies := map[string][]byte{
		"nothing":                          nil,
		"empty":                            {},
		"R || S and not DER":               raw,
		"R || S in base64url":              []byte(ktB64(raw)),
		"a byte after it":                  append(slices.Clone(good), 0),
		"another after it":                 slices.Concat(good, good),
		"a byte inside, at the end":        ktSeq(r, s, []byte{0}),
		"a third INTEGER":                  ktSeq(r, s, ktInt(1)),
		"R alone":                          ktSeq(r),
		"an empty SEQUENCE":                ktSeq(),
		"R = 0":                            ktSeq(ktInt(0), s),
		"S = 0":                            ktSeq(r, ktInt(0)),
		"R = n":                            ktSeq(ktBig(n), s),
		"S = n":                            ktSeq(r, ktBig(n)),
		"R = n+1":                          ktSeq(ktBig(new(big.Int).Add(n, big.NewInt(1))), s),
		"S = n+1":                          ktSeq(r, ktBig(new(big.Int).Add(n, big.NewInt(1)))),
		"S = S+n":                          ktSeq(r, ktBig(new(big.Int).Add(n, parsed.S))),
		"R of 66 octets, all ones":         ktSeq(ktTLV(2, []byte{0}, bytes.Repeat([]byte{255}, 66)), s),
		"R of 67 octets: FillBytes panics": ktSeq(ktBig(big67), s),
		"S of 67 octets: FillBytes panics": ktSeq(r, ktBig(big67)),
		"R negative":                       ktSeq(ktBig(new(big.Int).Neg(parsed.R)), s),
		"S negative":                       ktSeq(r, ktBig(new(big.Int).Neg(parsed.S))),
		"R = -1":                           ktSeq(ktInt(-1), s),
		"R with a zero octet too many":     ktSeq(ktTLV(2, []byte{0}, parsed.R.FillBytes(make([]byte, 66))), s),
		"R with two zero octets":           ktSeq(ktTLV(2, []byte{0, 0, 1}), s),
		"R = 0 with a zero octet too many": ktSeq(ktTLV(2, []byte{0, 0}), s),
		"R without octets":                 ktSeq(ktTLV(2), s),
		"S without octets":                 ktSeq(r, ktTLV(2)),
		"R as an OCTET STRING":             ktSeq(ktTLV(4, r[2:]), s),
		"S as a BIT STRING":                ktSeq(r, ktTLV(3, s[2:])),
		"a SET":                            ktTLV(0x31, body),
		"in an OCTET STRING":               ktOctets(good),
		"in a SEQUENCE":                    ktSeq(good),
		"of indefinite length":             slices.Concat([]byte{0x30, 0x80}, body, []byte{0, 0}),
		"a length of two octets":           slices.Concat([]byte{0x30, 0x82, 0, byte(len(body))}, body),
		"a length of one octet too many":   slices.Concat([]byte{0x30, 0x81, 6}, ktInt(1), ktInt(1)),
		"a long length for R":              ktSeq([]byte{2, 0x81, 1, 1}, s),
		"a length beyond the end":          {0x30, 7, 2, 1, 1, 2, 1, 1},
		"a length short of the end":        {0x30, 5, 2, 1, 1, 2, 1, 1},
		"R beyond the end":                 {0x30, 6, 2, 5, 1, 2, 1, 1},
		"S beyond the end":                 {0x30, 6, 2, 1, 1, 2, 2, 1},
		"R of 200 octets":                  ktSeq(ktTLV(2, ktSecret(200)[:199], []byte{1}), s),
		"a megabyte":                       make([]byte, 1<<20),
	}
	for i := range good {
		lies[fmt.Sprintf("cut after %d octets", i)] = good[:i]
	}
	for why, der := range lies {
		ecHandle.sign = func([]byte, crypto.SignerOpts) ([]byte, error) { return der, nil }
		expect("ES512: "+why, es, false)
	}

	// And what is no lie: any R and S in range, written with their zero octets (RFC 7518, Section 3.4), S
	// in the upper half of its range as well. They are a signature by the key that follows from them.
	digest := sha512.Sum512([]byte(ktB64([]byte(`{"alg":"ES512"}`)) + "."))
	curve, e := elliptic.P521(), new(big.Int).SetBytes(digest[:])
	one, two := big.NewInt(1), big.NewInt(2)
	for _, x := range []*big.Int{big.NewInt(1), big.NewInt(127), big.NewInt(128), big.NewInt(255), big.NewInt(256), new(big.Int).Rsh(n, 9), new(big.Int).Rsh(n, 1),
		new(big.Int).Sub(n, big.NewInt(1000)), parsed.R, new(big.Int).Exp(two, big.NewInt(519), nil), new(big.Int).Exp(two, big.NewInt(511), nil)} {
		var y *big.Int
		for x = new(big.Int).Sub(x, one); y == nil; { // y² = x³ - 3x + b, from x on
			x.Add(x, one)
			y = new(big.Int).Sub(new(big.Int).Exp(x, big.NewInt(3), nil), new(big.Int).Mul(x, big.NewInt(3)))
			y = y.ModSqrt(y.Mod(y.Add(y, curve.Params().B), curve.Params().P), curve.Params().P)
		}
		inverse := new(big.Int).ModInverse(x, n)
		for _, s := range []*big.Int{one, big.NewInt(128), new(big.Int).Sub(n, one), parsed.S, new(big.Int).Sub(n, parsed.S)} {
			u1, u2 := new(big.Int).Mul(new(big.Int).Neg(e), inverse), new(big.Int).Mul(s, inverse)
			gx, gy := curve.ScalarBaseMult(u1.Mod(u1, n).Bytes())
			rx, ry := curve.ScalarMult(x, y, u2.Mod(u2, n).Bytes())
			qx, qy := curve.Add(gx, gy, rx, ry)
			handle := &ktHandle{public: &ecdsa.PublicKey{Curve: curve, X: qx, Y: qy}}
			handle.sign = func([]byte, crypto.SignerOpts) ([]byte, error) { return asn1.Marshal(struct{ R, S *big.Int }{x, s}) }
			token, err := ktMust(ktMust(NewPrivateKey(handle)).Signer(ES512)).Sign(nil)
			want := append(x.FillBytes(make([]byte, 66)), s.FillBytes(make([]byte, 66))...)
			if err != nil || !strings.HasSuffix(token, "."+ktB64(want)) {
				t.Errorf("R of %d bits, S of %d: %v", x.BitLen(), s.BitLen(), err)
			}
		}
	}
}

// The same of a crypto.Decrypter: whatever it returns that is not 32 octets, the answer is
// ErrDecryption alone (RFC 7516, Section 11.5; DESIGN D15), and its cause is not shown.
func TestD15_DecrypterHandle(t *testing.T) {
	t.Parallel()
	cause := errors.New("the HSM is on fire")
	plaintext := []byte("plaintext")
	for alg, hash := range map[KeyEncryptionAlgorithm]crypto.Hash{RSAOAEP: crypto.SHA1, RSAOAEP256: crypto.SHA256} {
		h := ktHide(ktRSAKey(ktRSA1JWK))
		honest := h.decrypt
		d, err := ktMust(NewPrivateKey(h)).Decrypter(alg)
		if alg == RSAOAEP {
			if ktSHA1(t, alg.String(), d, err); err != nil {
				continue
			}
		}
		if err != nil {
			t.Fatal(alg, err)
		}
		token := ktMust(ktMust(ktPub(ktRSA1JWK).Encrypter(alg)).Encrypt(plaintext))
		calls := 0
		h.decrypt = func(encrypted []byte, opts crypto.DecrypterOpts) ([]byte, error) {
			calls++
			o, ok := opts.(*rsa.OAEPOptions)
			if !ok || o.Hash != hash || o.MGFHash != 0 && o.MGFHash != hash || len(o.Label) > 0 || len(encrypted) != 256 {
				t.Errorf("%s: %d octets with %#v", alg, len(encrypted), opts)
			}
			cek, err := honest(encrypted, opts)
			clear(encrypted[:cap(encrypted)]) // they are the handle's
			o.Hash = crypto.MD5
			return cek, err
		}
		for range 2 {
			plain, err := d.Decrypt(token)
			if ktAccepted(t, alg.String(), plain, err); err == nil && !bytes.Equal(plain.Plaintext, plaintext) {
				t.Errorf("%s: %q", alg, plain.Plaintext)
			}
		}
		if calls != 2 {
			t.Errorf("%s: %d decryptions", alg, calls)
		}
		for why, lie := range map[string]func(cek []byte) ([]byte, error){
			"an error":             func([]byte) ([]byte, error) { return nil, cause },
			"the CEK and an error": func(cek []byte) ([]byte, error) { return cek, cause },
			"nothing":              func([]byte) ([]byte, error) { return nil, nil },
			"31 octets":            func(cek []byte) ([]byte, error) { return cek[:31], nil },
			"33 octets":            func(cek []byte) ([]byte, error) { return append(cek, 0), nil },
			"16 octets":            func(cek []byte) ([]byte, error) { return cek[:16], nil },
			"64 octets":            func(cek []byte) ([]byte, error) { return append(cek, cek...), nil },
			"another CEK":          func(cek []byte) ([]byte, error) { return make([]byte, 32), nil },
			"a megabyte":           func([]byte) ([]byte, error) { return make([]byte, 1<<20), nil },
		} {
			h.decrypt = func(encrypted []byte, opts crypto.DecrypterOpts) ([]byte, error) {
				cek, err := honest(encrypted, opts)
				if err != nil {
					return nil, err
				}
				return lie(cek)
			}
			plain, err := d.Decrypt(token)
			ktRefused(t, alg.String()+": "+why, plain, err, ErrDecryption)
			if err != ErrDecryption {
				t.Errorf("%s: %s: %v says more", alg, why, err)
			}
		}
	}
}

// DESIGN D22: with any verb, through any pointer, struct, map or interface, exported or not,
// through encoding/json and log/slog, what is shown has no key material in it.
func TestD22_Formatting(t *testing.T) {
	t.Parallel()
	rsaKey, ecKey, octKey := ktKey(ktWith(ktRSA1JWK, "kid", `"key-1"`)), ktKey(ktWith(ktEC1JWK, "kid", `"key-1"`)), ktKey(ktWith(ktOct(ktSecret(64)), "kid", `"key-1"`))
	rsaPublic, ecPublic := ktMust(rsaKey.Public()), ktMust(ecKey.Public())
	secrets := ktMust(ParseKeySet([]byte(ktSet(ktRSA1JWK, ktEC1JWK, ktOct(ktSecret(64))))))
	rs, es, hs := ktMust(rsaKey.Signer(RS256)), ktMust(ecKey.Signer(ES512, KeyID("key-1"))), ktMust(ktHMAC(64).Signer(HS512, KeyID("key-1")))
	rv, ev, hv := ktMust(rsaPublic.Verifier(RS256)), ktMust(ecPublic.Verifier(ES512)), ktMust(octKey.Verifier(HS512))
	enc, dec := ktMust(rsaPublic.Encrypter(RSAOAEP256, KeyID("key-1"))), ktMust(rsaKey.Decrypter(RSAOAEP256))
	byKeyID, decByKeyID := ktMust(VerifierByKeyID(map[string]*Verifier{"a": hv})), ktMust(DecrypterByKeyID(map[string]*Decrypter{"a": dec}))
	handle := ktMust(NewPrivateKey(ktHide(ktRSAKey(ktRSA1JWK))))
	token := ktMust(hs.Sign([]byte("x"))) // so that there is an HMAC with the secret in the pool
	m, err := hv.Verify(token)
	ktAccepted(t, "HS512", m, err)

	// Each names its algorithm or type, and its key id, and nothing else, with every verb.
	for _, row := range []struct {
		value any
		want  string
	}{
		{rsaKey, `jose{RSA kid="key-1"}`}, {*ecKey, `jose{EC kid="key-1"}`}, {octKey, `jose{oct kid="key-1"}`}, {rsaPublic, `jose{RSA kid="key-1"}`},
		{*ecPublic, `jose{EC kid="key-1"}`}, {handle, `jose{RSA kid=""}`},
		{hs, `jose{HS512 kid="key-1"}`}, {*hs, `jose{HS512 kid="key-1"}`}, {rs, `jose{RS256 kid=""}`}, {es, `jose{ES512 kid="key-1"}`},
		{hv, `jose{HS512 kid="key-1"}`}, {*rv, `jose{RS256 kid="key-1"}`}, {ev, `jose{ES512 kid="key-1"}`},
		{enc, `jose{RSA-OAEP-256 kid="key-1"}`}, {*dec, `jose{RSA-OAEP-256 kid="key-1"}`},
		{secrets, "jose{keys: 3}"}, {byKeyID, "jose{keys by kid: 1}"}, {decByKeyID, "jose{keys by kid: 1}"},
		{PrivateKey{}, "jose{none}"}, {PublicKey{}, "jose{none}"}, {KeySet{}, "jose{none}"},
		{Signer{}, "jose{none}"}, {Verifier{}, "jose{none}"}, {Encrypter{}, "jose{none}"}, {Decrypter{}, "jose{none}"},
	} {
		for _, verb := range ktVerbs {
			if verb == "T" || verb == "p" {
				continue // not the value's to answer
			}
			if text := fmt.Sprintf("%"+verb, row.value); text != row.want {
				t.Errorf("%%%s of %T prints %q, want %q", verb, row.value, text, row.want)
			}
		}
	}

	for _, k := range []*PrivateKey{rsaKey, ecKey, octKey, ktHMAC(32), handle} {
		ktNoLeak(t, *k)
	}
	ktNoLeak(t, *rsaPublic)
	ktNoLeak(t, *secrets)
	for _, s := range []*Signer{rs, es, hs, ktMust(ktHMAC(32).Signer(HS512))} {
		ktNoLeak(t, *s)
	}
	for _, v := range []*Verifier{hv, byKeyID, ktMust(ktHMAC(32).Verifier(HS512)), ktMust(secrets.Verifier(HS512))} {
		ktNoLeak(t, *v)
	}
	for _, d := range []*Decrypter{dec, decByKeyID, ktMust(secrets.Decrypter(RSAOAEP256))} {
		ktNoLeak(t, *d)
	}
	ktNoLeak(t, *enc)

	// The search would find what it looks for.
	for _, leak := range []string{fmt.Sprint(ktSecret(64)), fmt.Sprintf("%#v", ktSecret(64)), fmt.Sprintf("%X", ktSecret(64)), fmt.Sprintf("%q", ktSecret(64)),
		string(ktSecret(64)), ktOct(ktSecret(64)), ktRSA1JWK, ktEC2JWK, fmt.Sprint(ktEC(ktEC1JWK).D), fmt.Sprint(ktRSAKey(ktRSA2JWK)), fmt.Sprintf("%x", ktRSA(ktRSA1JWK).p.Bytes()),
		fmt.Sprintf("%v", ktEC(ktEC1JWK).D.Bits()), base64.StdEncoding.EncodeToString(ktSecret(64))} {
		if ktLeak(leak) == "" {
			t.Errorf("no leak is found in %q", leak)
		}
	}
}

// DESIGN D21: no message shows a character of a key. It is the same, whatever character is wrong.
func TestD21_NoCharacter(t *testing.T) {
	t.Parallel()
	contents := ktContents()
	for why, file := range map[string]string{
		"RSA": ktRSA1JWK, "EC": ktEC1JWK, "oct": ktOct(ktSecret(64)), "set": ktSet(ktOct(ktSecret(64)), ktEC1JWK), "a set of one": ktSet(ktRSA1JWK),
		"PEM": string(ktPEM("EC PRIVATE KEY", contents["EC PRIVATE KEY"])), "base64": base64.StdEncoding.EncodeToString(contents["RSA PRIVATE KEY"]),
	} {
		text := func(i int, c string) string { // of all errors there are
			spoiled := file[:i] + c + file[i+1:]
			_, err := ParsePrivateKey([]byte(spoiled))
			_, err2 := ParsePublicKey([]byte(spoiled))
			set, err3 := ParseKeySet([]byte(spoiled))
			return fmt.Sprint(err, err2, err3, set.Skipped())
		}
		for i := 0; i < len(file); i += 1 + len(file)/300 {
			want := text(i, "%")
			for _, c := range []string{"&", "~", "#"} {
				if got := text(i, c); got != want {
					t.Errorf("%s, byte %d: %s, and with another character: %s", why, i, got, want)
				}
			}
		}
	}
	// Nor what stands where no string begins, though each character of it is one of a key.
	for _, name := range []string{"k", "d"} {
		messages := make(map[string]bool)
		for _, c := range "AZaz_" {
			_, err := ParsePrivateKey([]byte(fmt.Sprintf(`{"kty":"oct","%s":%cAAA"}`, name, c)))
			messages[fmt.Sprint(err)] = true
		}
		if len(messages) != 1 {
			t.Errorf("%s: %q", name, slices.Collect(maps.Keys(messages)))
		}
	}
}

// ktNoLeak checks every way to show v, which is of an exported type.
func ktNoLeak[T any](t *testing.T, v T) {
	t.Helper()
	type exported struct {
		V T
		P *T
	}
	type hidden struct { // fmt calls no method on what is in here
		v T
		p *T
		i any
		s []T
		m map[string]T
	}
	e, h := exported{v, &v}, hidden{v, &v, v, []T{v}, map[string]T{"a": v}}
	forms := []any{v, &v, e, &e, h, &h, []T{v}, []*T{&v}, [1]T{v}, map[string]T{"a": v}, map[string]*T{"a": &v}, []any{v, &v}, any(&h), struct{ hidden }{h}}
	for i, form := range forms {
		for _, verb := range ktVerbs {
			for _, format := range []string{"%" + verb, "% " + strings.TrimLeft(verb, "+#"), "%+" + strings.TrimLeft(verb, "+#"), "%#" + strings.TrimLeft(verb, "+#"), "%010" + strings.TrimLeft(verb, "+#")} {
				if secret := ktLeak(fmt.Sprintf(format, form)); secret != "" {
					t.Errorf("%s of %T, form %d, shows %s", format, v, i, secret)
					return
				}
			}
		}
		for name, text := range map[string]string{"Sprint": fmt.Sprint(form), "Sprintln": fmt.Sprintln(form), "Errorf": fmt.Errorf("%v", form).Error()} {
			if secret := ktLeak(text); secret != "" {
				t.Errorf("%s of %T, form %d, shows %s", name, v, i, secret)
				return
			}
		}
		octets, _ := json.Marshal(form) // an error shows nothing either
		if secret := ktLeak(string(octets)); secret != "" {
			t.Errorf("encoding/json of %T, form %d, shows %s", v, i, secret)
		}
		var log bytes.Buffer
		for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
			slog.New(handler).Info("x", "form", form, slog.Group("g", "form", form))
		}
		if secret := ktLeak(log.String()); secret != "" {
			t.Errorf("log/slog of %T, form %d, shows %s", v, i, secret)
		}
	}
}
