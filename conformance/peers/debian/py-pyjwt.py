#!/usr/bin/python3
"""Adapter of PyJWT, of Debian's python3-jwt.

Done by the library: parsing, the allow-list of algorithms, crit (b64 is the
only name it understands and it cannot be told more), JWK and PEM, signatures,
and the claims that decode has arguments for. A token with an audience that
nobody asked for is refused.

Not to be had: sub, typ, JWE, a clock (the class datetime is replaced in the
module), detached content unless unencoded.

Done here: calling it, and comparing nothing.
"""
import datetime

import jwt
from jwt import api_jwt
from jwt.algorithms import get_default_algorithms

import wire

now = None


class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return super().now(tz) if now is None else cls.fromtimestamp(now, tz)


api_jwt.datetime = Clock


def key(r):
    k = r["key"]
    if "jwk" in k:
        return jwt.PyJWK(k["jwk"], r["alg"]).key
    if "pem" in k:
        return k["pem"]
    raise wire.Unsupported("choosing a key of a set is left to the caller")


def refusal(r, e):
    """A name in crit that the caller would understand cannot be declared."""
    if r["check"] and "critical extension" in str(e):
        return wire.Unsupported("names in crit cannot be declared")
    return e


class Adapter(wire.Adapter):
    name, package = "PyJWT", "python3-jwt"
    algs = ["RS256", "ES512", "HS512"]
    forms = ["compact", "unencoded-detached"]
    covers = ["issuer", "audience", "no_audience", "exp", "leeway"]

    def verify(self, r):
        detached = wire.decode(r["detached_payload"]) if "detached_payload" in r else None
        try:
            return jwt.PyJWS().decode(r["token"], key(r), algorithms=[r["alg"]], detached_payload=detached)
        except jwt.InvalidTokenError as e:
            raise refusal(r, e)

    def verify_jwt(self, r):
        global now
        p, now = r["policy"], r.get("at")
        required = ["exp"] if not p.get("allow_no_exp") else []
        try:
            jwt.decode(r["token"], key(r), algorithms=[r["alg"]],
                       issuer=p.get("issuer") or None, audience=p.get("audience") or None,
                       leeway=p.get("leeway", 0), options={"require": required})
        except jwt.InvalidTokenError as e:
            raise refusal(r, e)
        # decode returns a dict: the octets come from a second call.
        return jwt.PyJWS().decode(r["token"], key(r), algorithms=[r["alg"]])

    def key(self, r):
        """Reads a key and does with it what can be done without a token."""
        if r["alg"] not in self.algs:
            raise wire.Unsupported("no JWE")
        alg = get_default_algorithms()[r["alg"]]
        if r["key_form"] == "jwk":
            k = alg.from_jwk(wire.key_file(r).decode())
        elif r["key_form"] == "pem" and r["alg"] != "HS512":
            k = alg.prepare_key(wire.key_file(r))
        else:
            raise wire.Unsupported("the library does not read " + r["key_form"])
        if r["role"] == "private":
            alg.sign(b"test", k)
        else:
            alg.verify(b"test", k, wire.decode(wire.unsigned(r["alg"]).split(".")[2]))

    def keyset(self, r):
        jwt.PyJWKSet.from_json(wire.key_file(r).decode())

    def sign(self, r):
        if r["form"] not in self.forms:
            raise wire.Unsupported("form " + r["form"])
        return jwt.PyJWS().encode(wire.decode(r["payload"]), key(r), r["alg"], {"typ": None, **r.get("header", {})})


Adapter().serve()
