#!/usr/bin/python3
"""Adapter of python-jose, of Debian's python3-jose.

Done by the library: parsing, the allow-list of algorithms for signatures, JWK
and PEM, cryptography, and the claims that jwt.decode has arguments and
options for (a claim that is expected is required too, by its option). A token
with an audience that nobody asked for is refused. A JWK Set is tried key by
key, whatever the kid.

Not to be had: crit, b64, detached content, typ, an allow-list for alg and enc
of a JWE, any of several audiences, a clock (the class datetime is replaced in
the module).

Done here: calling it, and comparing nothing. A JWK is read by Python's json.
"""
import datetime

from jose import jwe, jwk, jws, jwt

import wire

now = None


class Clock(datetime.datetime):
    @classmethod
    def utcnow(cls):
        return super().utcnow() if now is None else cls.utcfromtimestamp(now)


jwt.datetime = Clock


def key(k):
    return k.get("set") or k.get("jwk") or k["pem"]


class Adapter(wire.Adapter):
    name, package = "python-jose", "python3-jose"
    covers = ["issuer", "subject", "one_audience", "no_audience", "exp", "leeway"]

    def verify(self, r):
        if r["check"]:
            raise wire.Unsupported("the library does not look at crit")
        return jws.verify(r["token"], key(r["key"]), [r["alg"]])

    def verify_jwt(self, r):
        global now
        if r["check"]:
            raise wire.Unsupported("the library does not look at crit")
        p, now = r["policy"], r.get("at")
        audience = (p.get("audience") or [None])[0]
        jwt.decode(r["token"], key(r["key"]), algorithms=[r["alg"]],
                   issuer=p.get("issuer") or None, subject=p.get("subject") or None, audience=audience,
                   options={"require_exp": not p.get("allow_no_exp"), "require_iss": bool(p.get("issuer")),
                            "require_sub": bool(p.get("subject")), "require_aud": bool(audience),
                            "leeway": p.get("leeway", 0)})
        # decode returns a dict: the octets come from a second call.
        return jws.verify(r["token"], key(r["key"]), [r["alg"]])

    def decrypt(self, r):
        if "set" in r["key"]:
            raise wire.Unsupported("one key")
        return jwe.decrypt(r["token"], key(r["key"]))

    def key(self, r):
        """Reads a key and does with it what can be done without a token."""
        if r["key_form"] == "jwk":
            k = jwk.construct(wire.object_of(wire.key_file(r)), r["alg"])
        elif r["key_form"] in ("pem", "certificate"):
            k = jwk.construct(wire.key_file(r).decode(), r["alg"])
        else:
            raise wire.Unsupported("the library does not read bare DER")
        if r["alg"].startswith("RSA"):
            pub = k if r["role"] == "public" else k.public_key()
            wrapped = pub.wrap_key(b"0" * 32)
            if r["role"] == "private":
                k.unwrap_key(wrapped)
        elif r["role"] == "private":
            k.sign(b"test")
        else:
            k.verify(b"test", wire.decode(wire.unsigned(r["alg"]).split(".")[2]))

    def sign(self, r):
        if r["form"] != "compact":
            raise wire.Unsupported("form " + r["form"])
        return jws.sign(wire.decode(r["payload"]), key(r["key"]), r.get("header"), r["alg"])

    def encrypt(self, r):
        header = r.get("header", {})
        if set(header) - {"cty", "kid"}:
            raise wire.Unsupported("header members beside cty and kid")
        return jwe.encrypt(wire.decode(r["plaintext"]), key(r["key"]), "A256GCM", r["alg"],
                           cty=header.get("cty"), kid=header.get("kid")).decode()


Adapter().serve()
