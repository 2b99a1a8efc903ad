#!/usr/bin/python3
"""Adapter of Authlib, of Debian's python3-authlib.

Done by the library: parsing, the allow-list of algorithms (for JWE one list
for alg, enc and zip, so that nothing is decompressed), crit of a JWS with the
names it was given (private_headers), JWK and PEM, the key of a set by kid,
cryptography, and the claims that claims_options has, with the clock and
leeway given to it.

Not to be had: b64, detached content, typ.

Done here: calling it, and comparing nothing. The library takes a JWK as a dict,
so its JSON is read by Python's json.
"""
from authlib.common.encoding import to_bytes
from authlib.jose.errors import InvalidCritHeaderParameterNameError
from authlib.jose import JsonWebEncryption, JsonWebKey, JsonWebSignature, JsonWebToken

import wire

KTY = {"RS256": "RSA", "ES512": "EC", "HS512": "oct", "RSA-OAEP": "RSA", "RSA-OAEP-256": "RSA"}


def key(r):
    k = r["key"]
    if "set" in k:
        return JsonWebKey.import_key_set(k["set"])
    if "jwk" in k:
        return JsonWebKey.import_key(k["jwk"])
    return JsonWebKey.import_key(k["pem"], {"kty": KTY[r["alg"]]})


class Adapter(wire.Adapter):
    name, package = "Authlib", "python3-authlib"
    covers = ["issuer", "subject", "audience", "exp", "leeway", "alg", "enc"]

    def jws(self, r):
        k = key(r)
        if "set" in r["key"]:
            keys, k = k, lambda header, payload: keys.find_by_kid(header.get("kid"))
        names = list(r["check"]) or None
        try:
            return JsonWebSignature([r["alg"]], private_headers=names).deserialize_compact(r["token"], k)["payload"]
        except InvalidCritHeaderParameterNameError as e:
            raise wire.Unsupported("b64") if "b64" in str(e) else e

    def verify(self, r):
        return self.jws(r)

    def verify_jwt(self, r):
        p = r["policy"]
        options = {}
        if p.get("issuer"):
            options["iss"] = {"essential": True, "value": p["issuer"]}
        if p.get("subject"):
            options["sub"] = {"essential": True, "value": p["subject"]}
        if p.get("audience"):
            options["aud"] = {"essential": True, "values": p["audience"]}
        if not p.get("allow_no_exp"):
            options["exp"] = {"essential": True}
        names = list(r["check"]) or None
        claims = JsonWebToken([r["alg"]], private_headers=names).decode(r["token"], key(r), claims_options=options)
        claims.validate(now=r.get("at"), leeway=p.get("leeway", 0))
        # decode returns a dict: the octets come from a second call.
        return self.jws(r)

    def decrypt(self, r):
        if "set" in r["key"]:
            raise wire.Unsupported("one key")
        names = list(r["check"]) or None
        message = JsonWebEncryption([r["alg"], "A256GCM"], private_headers=names).deserialize_compact(r["token"], key(r))
        return to_bytes(message["payload"])

    def key(self, r):
        """Reads a key and does with it what can be done without a token."""
        if r["key_form"] == "jwk":
            k = JsonWebKey.import_key(wire.object_of(wire.key_file(r)))
        elif r["key_form"] in ("pem", "certificate"):
            k = JsonWebKey.import_key(wire.key_file(r), {"kty": KTY[r["alg"]]})
        else:
            raise wire.Unsupported("the library does not read bare DER")
        if r["alg"].startswith("RSA"):
            jwe = JsonWebEncryption([r["alg"], "A256GCM"])
            token = jwe.serialize_compact({"alg": r["alg"], "enc": "A256GCM"}, b"test", k)
            if r["role"] == "private":
                jwe.deserialize_compact(token, k)
        elif r["role"] == "private":
            JsonWebSignature([r["alg"]]).serialize_compact({"alg": r["alg"]}, b"test", k)
        else:
            k.get_op_key("verify")

    def keyset(self, r):
        JsonWebKey.import_key_set(wire.object_of(wire.key_file(r)))

    def thumbprint(self, r):
        return wire.decode(JsonWebKey.import_key(wire.object_of(wire.key_file(r))).thumbprint())

    def sign(self, r):
        if r["form"] != "compact":
            raise wire.Unsupported("form " + r["form"])
        header = {"alg": r["alg"], **r.get("header", {})}
        return JsonWebSignature([r["alg"]]).serialize_compact(header, wire.decode(r["payload"]), key(r)).decode()

    def encrypt(self, r):
        header = {"alg": r["alg"], "enc": "A256GCM", **r.get("header", {})}
        return JsonWebEncryption([r["alg"], "A256GCM"]).serialize_compact(header, wire.decode(r["plaintext"]), key(r)).decode()


Adapter().serve()
