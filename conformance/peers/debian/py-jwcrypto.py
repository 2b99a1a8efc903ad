#!/usr/bin/python3
"""Adapter of jwcrypto, of Debian's python3-jwcrypto.

Done by the library: parsing, the allow-list of algorithms (allowed_algs; for
JWE one list for alg and enc), crit with the names it was given (the header
registry, whose check functions also compare the value), key checks (use,
key_ops), choice of a key in a set for a JWT, all cryptography, and the claims
that check_claims has.

Not to be had: typ of the header, any of several audiences, detached compact
tokens, a switch that turns decompression off, a clock: time.time is replaced.

Done here: a detached token is put into the flattened JSON form, which the
library reads. Its check_claims, when given, replace its default checks of exp
and nbf, as its documentation says, and naming nbf there would require it: so a
JWT is read twice, once with the default checks and once with check_claims.
"""
import time

from jwcrypto import jwe, jwk, jws, jwt
from jwcrypto.common import JWSEHeaderParameter, json_encode

import wire


def header_registry(check, known):
    """Declares the names that the caller understands. The library lets nobody
    declare again those that it supports itself."""
    def compare(name):
        return lambda message: message.jose_header.get(name) == check[name]
    return {name: JWSEHeaderParameter(name, True, True, compare(name))
            for name in check if name not in known or not known[name].supported}


def key(k):
    if "set" in k:
        return jwk.JWKSet.from_json(json_encode(k["set"]))
    if "jwk" in k:
        return jwk.JWK.from_json(json_encode(k["jwk"]))
    return jwk.JWK.from_pem(k["pem"].encode())


class Adapter(wire.Adapter):
    name, package = "jwcrypto", "python3-jwcrypto"
    forms = ["compact", "detached", "unencoded-detached"]
    covers = ["issuer", "subject", "one_audience", "leeway", "alg", "enc"]

    def verify(self, r):
        if "set" in r["key"]:
            raise wire.Unsupported("JWS takes one key")
        message = jws.JWS(header_registry=header_registry(r["check"], jws.JWSHeaderRegistry))
        message.allowed_algs = [r["alg"]]
        token = r["token"]
        if "detached_payload" in r:
            parts = token.split(".")
            if len(parts) != 3 or parts[1]:
                raise wire.Unsupported("cutting a detached JWS is left to the caller")
            payload = r["detached_payload"]
            if r["form"] == "unencoded-detached":
                try:
                    payload = wire.decode(payload).decode()
                except UnicodeDecodeError:
                    raise wire.Unsupported("an unencoded payload has to be text")
            token = json_encode({"protected": parts[0], "payload": payload, "signature": parts[2]})
        message.deserialize(token, key(r["key"]))
        payload = message.payload
        return payload.encode() if isinstance(payload, str) else payload

    def verify_jwt(self, r):
        if r["check"]:
            raise wire.Unsupported("JWT cannot be told names in crit")
        p = r["policy"]
        claims = {"iss": p.get("issuer"), "sub": p.get("subject"), "aud": (p.get("audience") or [None])[0]}
        claims = {name: value for name, value in claims.items() if value}
        if not p.get("allow_no_exp"):
            claims["exp"] = None
        now, time.time = time.time, (lambda: r["at"]) if "at" in r else time.time
        try:
            for check_claims in None, claims:
                token = jwt.JWT(algs=[r["alg"]], check_claims=check_claims)
                token.leeway = p.get("leeway", 0)
                token.deserialize(r["token"], key(r["key"]))
        finally:
            time.time = now
        return token.claims.encode()

    def decrypt(self, r):
        if "set" in r["key"]:
            raise wire.Unsupported("JWE takes one key")
        message = jwe.JWE(algs=[r["alg"], "A256GCM"], header_registry=header_registry(r["check"], jwe.JWEHeaderRegistry))
        message.deserialize(r["token"], key(r["key"]))
        return message.payload

    def key(self, r):
        """Reads a key and does with it what can be done without a token."""
        if r["key_form"] == "jwk":
            k = jwk.JWK.from_json(wire.key_file(r))
        elif r["key_form"] in ("pem", "certificate"):
            k = jwk.JWK.from_pem(wire.key_file(r))
        else:
            raise wire.Unsupported("the library does not read bare DER")
        if r["alg"].startswith("RSA"):
            message = jwe.JWE(b"test", json_encode({"alg": r["alg"], "enc": "A256GCM"}))
            message.add_recipient(k)
            if r["role"] == "private":
                jwe.JWE().deserialize(message.serialize(True), k)
        elif r["role"] == "private":
            jws.JWS(b"test").add_signature(k, r["alg"])
        else:
            k.get_op_key("verify")

    def keyset(self, r):
        jwk.JWKSet.from_json(wire.key_file(r))

    def thumbprint(self, r):
        return wire.decode(jwk.JWK.from_json(wire.key_file(r)).thumbprint())

    def sign(self, r):
        message = jws.JWS(wire.decode(r["payload"]))
        message.add_signature(key(r["key"]), None, json_encode({"alg": r["alg"], **r.get("header", {})}))
        if "detached" in r["form"]:
            message.detach_payload()
        return message.serialize(compact=True)

    def encrypt(self, r):
        header = {"alg": r["alg"], "enc": "A256GCM", **r.get("header", {})}
        message = jwe.JWE(wire.decode(r["plaintext"]), json_encode(header))
        message.add_recipient(key(r["key"]))
        return message.serialize(compact=True)


Adapter().serve()
