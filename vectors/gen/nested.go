package main

import (
	"crypto"
	"slices"
	"strings"

	"example.com/jose/vectors"
)

// Nested tokens are encrypted to the key rsa-other, so that RS256 inside has
// another key.
var innerKeys = map[string]string{"RS256": "rsa", "ES512": "ec", "HS512": "oct"}

// nested encrypts a JWS (RFC 7519, Section 7.1, step 5).
func nested(alg, header, inner string) string {
	return seal(jweParts{header: b64(header)}, alg, rsaOther, []byte(inner)).token()
}

// nestedHeader is a header with the outer cty of a nested JWT (RFC 7519,
// Section 5.2), and more members.
func nestedHeader(alg string, more ...string) string {
	return jweHeader(alg, append([]string{`"cty":"JWT"`}, more...)...)
}

func nestedRows() []row {
	rows := slices.Concat(nestedControls(), nestedPlain(), nestedJWT())
	for i := range rows {
		if rows[i].key == "" {
			rows[i].key = "rsa-other"
		}
	}
	return rows
}

func nestedControls() []row {
	var rows []row
	for _, alg := range jweAlgs {
		for _, inner := range []string{"RS256", "ES512", "HS512"} {
			rows = append(rows,
				row{id: "nested/valid-" + strings.ToLower(inner) + "/" + alg, req: "7516-5.2-25 7515-5.2-13", why: inner + " signed, then encrypted.",
					token: nested(alg, jweHeader(alg), jws(inner, header(inner), text)), innerAlg: inner},
				row{id: "nested-jwt/valid-jwt-" + strings.ToLower(inner) + "/" + alg, req: "7519-7.2-9 8725-3.3-3", why: "A nested JWT: " + inner + " signed, then encrypted.",
					token: nested(alg, nestedHeader(alg), jwt(inner, goodClaims)), innerAlg: inner})
		}
	}
	const a = "RSA-OAEP-256"
	inner := jws("RS256", header("RS256"), text)
	rows = append(rows,
		row{id: "nested/valid-cty/" + a, req: "7515-4.1.10-1 7516-4.1.12-1", why: "cty may be JWT where the application expects no claims.", token: nested(a, nestedHeader(a), inner)},
		row{id: "nested/valid-cty-of-application/" + a, req: "7515-4.1.10-1 7516-4.1.12-1", why: "cty may be JOSE, or anything that the applications agree on.", token: nested(a, jweHeader(a, `"cty":"JOSE"`), inner)},
		row{id: "nested/valid-juspay-header/" + a, req: "7516-4-2 7515-4-5", why: "The header of Juspay's answers: no cty, exp null, alg last.",
			token: nested(a, `{"enc":"A256GCM","exp":null,"iat":1767225600,"alg":"RSA-OAEP-256"}`, inner)},
		row{id: "nested/valid-empty-payload/" + a, req: "7515-2-4 7515-F-1", why: "The signed payload is empty.", choice: emptyOrDetached, token: nested(a, jweHeader(a), jws("RS256", header("RS256"), "")), payload: emptyPayload},
		row{id: "nested-jwt/valid-cty-lower-case/" + a, req: "7519-7.2-9 7515-4.1.10-3", why: "cty is compared as a media type, without regard to case; upper case is recommended.",
			token: nested(a, jweHeader(a, `"cty":"jwt"`), jwt("RS256", goodClaims))},
		row{id: "nested-jwt/valid-replicated-claims/" + a, req: "7519-5.3-1 7519-11.1-1", why: "Claims replicated in the header, equal to the signed ones.",
			token: nested(a, nestedHeader(a, `"iss":"https://issuer.example"`, `"sub":"alice"`, `"aud":"https://api.example"`), jwt("RS256", goodClaims))},
		row{id: "nested-jwt/valid-replicated-claim-escaped/" + a, req: "7519-7.3-1 7519-5.3-1", why: "A replicated claim is equal with an escape too.",
			token: nested(a, nestedHeader(a, `"sub":"\u0061lice"`), jwt("RS256", goodClaims))},
	)
	for i := range rows {
		rows[i].tags = "control"
	}
	return rows
}

// nestedPlain are faults of nesting as such.
func nestedPlain() []row {
	const a = "RSA-OAEP-256"
	good := jws("RS256", header("RS256"), text)
	otherInput := b64(header("RS256")) + "." + b64(text)
	tampered := seal(jweParts{header: b64(jweHeader(a))}, a, rsaOther, []byte(good))
	tampered.tag = flipBit(tampered.tag)
	rows := []row{
		{id: "nested/inner-alg-none", class: unsupported, req: "7518-3.6-5 8725-3.2-6", tags: "algorithm-confusion nesting",
			why:   "An unsecured JWS inside: encryption to a public key vouches for nothing (CVE-2026-29000).",
			token: nested(a, jweHeader(a), b64(header("none"))+"."+b64(text)+".")},
		{id: "nested/inner-key-confusion", class: algorithm, req: "8725-3.1-2 8725-3.1-5", tags: "algorithm-confusion key-confusion",
			why: "Inside is an HS512 token whose secret is the public key of the signer.", token: nested(a, jweHeader(a), hs512([]byte(armor("PUBLIC KEY", rsaMain.spki())), header("HS512"), text))},
		{id: "nested/inner-key-confusion-recipient", class: algorithm, req: "8725-3.1-2 8725-3.1-5", tags: "algorithm-confusion key-confusion",
			why: "Inside is an HS512 token whose secret is the public key of the recipient.", token: nested(a, jweHeader(a), hs512([]byte(armor("PUBLIC KEY", rsaOther.spki())), header("HS512"), text))},
		{id: "nested/inner-other-key", class: signature, req: "7515-5.2-13", tags: "signature-forgery nesting",
			why: "The JWS inside is signed by another key: the recipient's own.", token: nested(a, jweHeader(a), otherInput+"."+b64(rsaOther.sign(crypto.SHA256, otherInput)))},
		{id: "nested/inner-embedded-jwk", class: signature, req: "7515-5.2-13 7515-4-4 7515-4.1.3-1", tags: "key-injection",
			why: "The JWS inside brings the key that verifies it (CVE-2018-0114).", token: nested(a, jweHeader(a), foreignRS256(header("RS256", `"jwk":`+rsaOther.publicJWK().String())))},
		{id: "nested/inner-payload-changed", class: signature, req: "7515-5.2-13", tags: "tampering",
			why: "The payload inside was changed, and encrypted anew.", token: nested(a, jweHeader(a), strings.Replace(good, b64(text), b64(strings.Replace(text, "10", "90", 1)), 1))},
		{id: "nested/inner-signature-stripped", class: malformed, req: "8017-8.2.2-1", tags: "signature-forgery",
			why: "The signature inside was taken away.", token: nested(a, jweHeader(a), signingInput(good)+".")},
		{id: "nested/inner-two-segments", class: malformed, req: "7515-5.2-4", tags: "framing",
			why: "Two segments inside.", token: nested(a, jweHeader(a), signingInput(good))},
		{id: "nested/inner-line-feed", class: malformed, req: "7515-5.2-12 7515-2-1", tags: "framing",
			why: "A line feed after the JWS inside.", token: nested(a, jweHeader(a), good+"\n")},
		{id: "nested/inner-space", class: malformed, req: "7515-5.2-5 7515-2-1", tags: "framing",
			why: "A space before the JWS inside.", token: nested(a, jweHeader(a), " "+good)},
		{id: "nested/inner-empty", class: malformed, req: "7515-5.2-4", tags: "nesting",
			why: "Nothing inside.", token: nested(a, jweHeader(a), "")},
		{id: "nested/inner-is-jwe", class: malformed, req: "7515-5.2-4 7516-9-2", tags: "nesting",
			why: "A JWE inside: encrypted twice, signed by nobody.", token: nested(a, jweHeader(a), nested(a, jweHeader(a), good))},
		{id: "nested/inner-is-payload", class: unsupported, req: "7515-5.2-4", tags: "nesting",
			why: "The payload itself inside, JSON without a signature: decrypted is not verified.", token: nested(a, jweHeader(a), text)},
		{id: "nested/inner-is-text", class: malformed, req: "7515-5.2-4", tags: "nesting",
			why: "Text without a signature inside.", token: nested(a, jweHeader(a), "pay 10.00 EUR")},
		{id: "nested/inner-json-flattened", class: unsupported, choice: bothSerializations, req: "7515-7-2 7516-9-3", tags: "framing",
			why: "The flattened JSON serialization inside.", token: nested(a, jweHeader(a), flattenedJWS(good))},
		{id: "nested/inner-crit-unknown", class: unsupported, req: "7515-4.1.11-3 7515-4.1.11-1", tags: "crit",
			why: "An extension inside that must be understood, and nobody does.", token: nested(a, jweHeader(a), jws("RS256", header("RS256", `"bork":1`, `"crit":["bork"]`), text))},
		{id: "nested/inner-detached", class: signature, req: "7515-5.2-13 7515-F-1", tags: "content-confusion",
			why: "The payload of the JWS inside is detached, and there is no other.", token: nested(a, jweHeader(a), detach(good))},
		{id: "nested/inner-header-padded", class: malformed, req: "7515-5.2-5 7515-2-1", tags: "encoding",
			why: "Padding after the header inside, which is signed with it.", token: nested(a, jweHeader(a), signed("RS256", b64(header("RS256")+" ")+"==", b64(text)))},
		{id: "nested/not-encrypted", class: malformed, req: "7516-5.2-4 7516-9-2", tags: "nesting",
			why: "A good JWS that is not encrypted.", token: good},
		{id: "nested/encrypted-then-signed", class: malformed, req: "7516-5.2-4 7516-9-2 7519-11.2-1", tags: "nesting",
			why: "A JWE inside of a JWS: the layers in the wrong order.", token: jws("RS256", header("RS256"), nested(a, jweHeader(a), text))},
		{id: "nested/outer-tag-bit", class: decryption, req: "7516-5.2-23", tags: "tampering",
			why: "One bit of the outer tag differs.", token: tampered.token()},
		{id: "nested/outer-other-recipient", class: decryption, req: "7516-5.2-14 7516-11.5-1", tags: "padding-oracle",
			why: "Encrypted to another key.", token: newJWE(a, jweHeader(a), good).token()},
		{id: "nested/outer-alg-of-other-hash", class: algorithm, req: "8725-3.1-2 8725-3.1-5", tags: "algorithm-confusion",
			why: "Encrypted with RSA-OAEP, as the header says, for a key of RSA-OAEP-256.", token: nested("RSA-OAEP", jweHeader("RSA-OAEP"), good)},
		{id: "nested/outer-alg-dir", class: unsupported, req: "8725-3.1-2 7516-4.1.1-2", tags: "algorithm-confusion",
			why: "Encrypted with zeros for the CEK.", token: seal(jweParts{header: b64(jweHeader("dir")), cek: make([]byte, 32), encryptedKey: []byte{}}, "", rsaOther, []byte(good)).token()},
		{id: "nested/outer-zip", level: feature, class: unsupported, req: "7516-4.1.3-7", tags: "compression",
			choice: "RFC 7516, Section 4.1.3: support for zip is optional",
			why:    "Signed, compressed and encrypted.", token: nested(a, jweHeader(a, `"zip":"DEF"`), string(stored(good)))},
		{id: "nested/outer-crit-unknown", class: unsupported, req: "7516-4.1.13-1 7515-4.1.11-3", tags: "crit",
			why: "An extension outside that must be understood, and nobody does.", token: nested(a, jweHeader(a, `"bork":1`, `"crit":["bork"]`), good)},
	}
	for i := range rows {
		rows[i].id += "/" + a
	}
	return rows
}

// foreignRS256 is signed by the attacker.
func foreignRS256(header string) string {
	input := b64(header) + "." + b64(text)
	return input + "." + b64(rsaOther.sign(crypto.SHA256, input))
}

func flattenedJWS(token string) string {
	p := strings.Split(token, ".")
	return `{"payload":"` + p[1] + `","protected":"` + p[0] + `","signature":"` + p[2] + `"}`
}

// nestedJWT are faults of nested JWTs (RFC 7519, Sections 5.2, 5.3 and 7.2).
func nestedJWT() []row {
	const a = "RSA-OAEP"
	inner := jwt("RS256", goodClaims)
	anyType := basePolicy()
	anyType.Type, anyType.AnyType = "", true
	rows := []row{
		{id: "nested-jwt/cty-absent", class: malformed, req: "7519-7.2-11 7519-7.2-9 7519-5.2-2", tags: "nesting", why: "cty must be there in a nested JWT.",
			token: nested(a, jweHeader(a), inner)},
		{id: "nested-jwt/cty-jwe", class: malformed, req: "7519-7.2-11 7519-7.2-9 7519-5.2-3 7516-4.1.12-1", tags: "nesting", why: "cty must be JWT, not JWE.",
			token: nested(a, jweHeader(a, `"cty":"JWE"`), inner)},
		{id: "nested-jwt/cty-empty", class: malformed, req: "7519-7.2-11 7519-7.2-9 7519-5.2-3", tags: "nesting", why: "cty must be JWT, not empty.",
			token: nested(a, jweHeader(a, `"cty":""`), inner)},
		{id: "nested-jwt/cty-prefix", class: malformed, req: "7519-7.2-11 7519-7.2-9 7519-5.2-3", tags: "nesting", why: "cty must be JWT, not begin with it.",
			token: nested(a, jweHeader(a, `"cty":"JWTS"`), inner)},
		{id: "nested-jwt/cty-media-type", req: "7515-4.1.10-5 7519-5.2-3", tags: "nesting", choice: "RFC 7519, Section 5.2 demands the value JWT; RFC 7515, Section 4.1.10 makes application/JWT the same media type",
			why: "cty with the prefix that is recommended to be left out.", token: nested(a, jweHeader(a, `"cty":"application/jwt"`), inner)},
		{id: "nested-jwt/typ-for-cty", class: malformed, req: "7519-7.2-11 7519-7.2-9 7519-5.2-2", tags: "nesting", why: "typ JWT in the outer header is not cty.",
			token: nested(a, jweHeader(a, `"typ":"JWT"`), inner)},
		{id: "nested-jwt/encrypted-claims", class: unsupported, req: "8725-3.3-3 7519-7.2-9", tags: "nesting",
			why: "Claims that are encrypted and not signed: anyone can make them who has the public key.", token: nested(a, nestedHeader(a), goodClaims)},
		{id: "nested-jwt/encrypted-claims-without-cty", class: malformed, req: "8725-3.3-3 7519-7.2-9", tags: "nesting",
			why: "Claims that are encrypted and not signed, with the header of an encrypted JWT.", token: nested(a, jweHeader(a, `"typ":"JWT"`), goodClaims)},
		{id: "nested-jwt/inner-unsecured", class: unsupported, req: "7518-3.6-5 8725-3.2-6", tags: "algorithm-confusion nesting",
			why: "An unsecured JWT inside.", token: nested(a, nestedHeader(a), b64(`{"alg":"none"}`)+"."+b64(goodClaims)+".")},
		{id: "nested-jwt/inner-not-nested", class: malformed, req: "7516-5.2-4 7516-9-2", tags: "nesting",
			why: "A good signed JWT that is not encrypted.", token: inner},
		{id: "nested-jwt/inner-nested-twice", class: malformed, req: "7515-5.2-4 7516-9-2", tags: "nesting",
			why: "A nested JWT inside of a JWE.", token: nested(a, nestedHeader(a), nested(a, nestedHeader(a), inner))},
		{id: "nested-jwt/inner-b64-false", class: malformed, req: "7797-7-4", tags: "content-confusion", policy: &anyType,
			why: "b64 must not be used in a JWT.", token: nested(a, nestedHeader(a), jws("RS256", b64False("RS256"), goodClaims))},
		{id: "nested-jwt/inner-expired", class: expired, req: "7519-4.1.4-2 7519-4.1.4-1", tags: "time",
			why: "The signed claims have expired.", token: nested(a, nestedHeader(a), jwt("RS256", goodObject.with("exp", "1767225599").String()))},
		{id: "nested-jwt/inner-exp-string", class: malformed, req: "7519-4.1.4-4", tags: "type-confusion",
			why: "The signed exp is a string.", token: nested(a, nestedHeader(a), jwt("RS256", goodObject.with("exp", str(at(300))).String()))},
		{id: "nested-jwt/inner-array", class: malformed, req: "7519-7.2-11", tags: "type-confusion",
			why: "What is signed is an array around a claims set.", token: nested(a, nestedHeader(a), jwt("RS256", "["+goodClaims+"]"))},
		{id: "nested-jwt/inner-issuer", class: claims, req: "8725-3.8-2 7519-7.3-2", tags: "claim-confusion",
			why: "The signed claims are by another issuer.", token: nested(a, nestedHeader(a), jwt("RS256", goodObject.with("iss", `"https://other.example"`).String()))},
		{id: "nested-jwt/inner-audience", class: claims, req: "7519-4.1.3-2", tags: "claim-confusion",
			why:   "Surreptitious forwarding: the recipient of a token has encrypted it anew to us. Only aud tells.",
			token: nested(a, nestedHeader(a), jwt("RS256", goodObject.with("aud", `"https://first.example"`).String()))},
		{id: "nested-jwt/inner-type", class: claims, req: "8725-3.12-1 8725-3.11-4", tags: "claim-confusion",
			why: "typ JWT stands outside only.", token: nested(a, nestedHeader(a, `"typ":"JWT"`), jws("RS256", header("RS256"), goodClaims))},
		{id: "nested-jwt/replicated-iss-differs", class: claims, req: "7519-5.3-1", tags: "claim-confusion",
			why: "The replicated iss is another than the signed one.", token: nested(a, nestedHeader(a, `"iss":"https://other.example"`), inner)},
		{id: "nested-jwt/replicated-sub-differs", class: claims, req: "7519-5.3-1", tags: "claim-confusion",
			why: "The replicated sub is another than the signed one.", token: nested(a, nestedHeader(a, `"sub":"Alice"`), inner)},
		{id: "nested-jwt/replicated-aud-differs", class: claims, req: "7519-5.3-1", tags: "claim-confusion",
			why: "The replicated aud is another than the signed one.", token: nested(a, nestedHeader(a, `"aud":["https://api.example","https://other.example"]`), inner)},
		{id: "nested-jwt/replicated-exp-null", class: claims, req: "7519-5.3-1", tags: "claim-confusion",
			why: "The replicated exp is null, and the signed one is not.", token: nested(a, nestedHeader(a, `"exp":null`), inner)},
		{id: "nested-jwt/replicated-aud-other-type", req: "7519-5.3-1", tags: "claim-confusion",
			why: "The replicated aud is an array of the one string that the signed one is.", token: nested(a, nestedHeader(a, `"aud":["https://api.example"]`), inner)},
		{id: "nested-jwt/replicated-exp-fraction", req: "7519-5.3-1", tags: "claim-confusion",
			why: "The replicated exp is the signed number, with a fraction of zero.", token: nested(a, nestedHeader(a, `"exp":`+at(300)+".0"), inner)},
		{id: "nested-jwt/replicated-exp-differs", class: claims, req: "7519-5.3-1", tags: "claim-confusion",
			why: "The replicated exp is another than the signed one.", token: nested(a, nestedHeader(a, `"exp":`+at(301)), inner)},
		{id: "nested-jwt/replicated-iss-only", class: claims, req: "7519-11.1-1 7519-5.3-1", tags: "claim-confusion",
			why: "iss stands in the header only, where nobody has signed it.", token: nested(a, nestedHeader(a, `"iss":"https://issuer.example"`), jwt("RS256", goodObject.without("iss").String()))},
	}
	for i := range rows {
		if strings.Contains(rows[i].id, "replicated") && !strings.Contains(rows[i].id, "only") {
			rows[i].choice = "RFC 7519, Section 5.3: the application should verify that replicated claims are identical"
		}
		rows[i].id += "/" + a
	}
	return rows
}

// policy is basePolicy with changes.
func policy(edit func(p *vectors.Policy)) *vectors.Policy {
	p := basePolicy()
	edit(&p)
	return &p
}
