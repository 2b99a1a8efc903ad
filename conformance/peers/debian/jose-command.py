#!/usr/bin/python3
"""Adapter of the command jose (José, latchset), of Debian's package jose.

Done by the command: parsing, crit, b64 where it knows it, key checks (alg,
use and key_ops of the JWK), all cryptography. Its one allow-list is the alg
of the JWK: a JWK that has none is given the one that is expected, and A256GCM
is no member of a key, so enc is left to the caller. A JWK Set is tried key by
key.

Not to be had: JWT claims, names in crit, a switch that turns decompression
off.

Done here: one process for each request, in a directory of its own; what it
writes counts only when it exits with 0, as its manual says.
"""
import json
import os
import subprocess
import tempfile

import wire


def jose(*args, files=()):
    """Runs jose with files in its working directory and returns its output."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files:
            with open(os.path.join(folder, name), "wb") as f:
                f.write(content if isinstance(content, bytes) else content.encode())
        p = subprocess.run(["jose", *args], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    if p.returncode != 0:
        raise ValueError(f"exit status {p.returncode}: {p.stderr.decode(errors='replace')}")
    return p.stdout


def key(r):
    k = r["key"]
    if k.get("short_secret"):
        raise wire.Unsupported("the command refuses short secrets and has no switch for it")
    if "set" in k:
        return json.dumps(k["set"])
    if "jwk" not in k:
        raise wire.Unsupported("the command reads JWK only")
    return json.dumps({"alg": r["alg"], **k["jwk"]})


class Adapter(wire.Adapter):
    name, package = "jose-command", "jose"
    # Which algorithms there are depends on how the package was built.
    algs = [alg for alg in wire.Adapter.algs if alg in jose("alg").decode().split()]
    forms = ["compact", "detached"]
    covers = ["alg"]

    def verify(self, r):
        files = [("jws", r["token"]), ("jwk", key(r))]
        if "detached_payload" in r:
            payload = wire.decode(r["detached_payload"])
            jose("jws", "ver", "-i", "jws", "-I", "payload", "-k", "jwk", files=[*files, ("payload", payload)])
            return payload
        return jose("jws", "ver", "-i", "jws", "-k", "jwk", "-O", "-", files=files)

    def decrypt(self, r):
        return jose("jwe", "dec", "-i", "jwe", "-k", "jwk", "-O", "-", files=[("jwe", r["token"]), ("jwk", key(r))])

    def key(self, r):
        """Reads a key and does with it what can be done without a token."""
        if r["key_form"] != "jwk":
            raise wire.Unsupported("the command reads JWK only")
        files = [("jwk", wire.key_file(r)), ("text", b"test")]
        if r["alg"].startswith("RSA"):
            header = json.dumps({"protected": {"alg": r["alg"], "enc": "A256GCM"}})
            token = jose("jwe", "enc", "-i", header, "-I", "text", "-k", "jwk", "-c", files=files)
            if r["role"] == "private":
                jose("jwe", "dec", "-i", "jwe", "-k", "jwk", files=[*files, ("jwe", token)])
        elif r["role"] == "private":
            header = json.dumps({"protected": {"alg": r["alg"]}})
            jose("jws", "sig", "-I", "text", "-k", "jwk", "-s", header, "-c", files=files)
        else:
            # A key that can be used fails on the signature, not before.
            try:
                jose("jws", "ver", "-i", "jws", "-k", "jwk", files=[*files, ("jws", wire.unsigned(r["alg"]))])
            except ValueError as e:
                if "Signature validation failed" not in str(e):
                    raise

    def thumbprint(self, r):
        return wire.decode(jose("jwk", "thp", "-i", "jwk", "-a", "S256", files=[("jwk", wire.key_file(r))]).decode().strip())

    def sign(self, r):
        if r["form"] not in self.forms:
            raise wire.Unsupported("form " + r["form"])
        header = json.dumps({"protected": {"alg": r["alg"], **r.get("header", {})}})
        detach = ["-O", "out"] if r["form"] == "detached" else []
        return jose("jws", "sig", "-I", "text", "-k", "jwk", "-s", header, "-c", *detach,
                    files=[("jwk", key(r)), ("text", wire.decode(r["payload"]))]).decode().strip()

    def encrypt(self, r):
        header = json.dumps({"protected": {"alg": r["alg"], "enc": "A256GCM", **r.get("header", {})}})
        return jose("jwe", "enc", "-i", header, "-I", "text", "-k", "jwk", "-c",
                    files=[("jwk", key(r)), ("text", wire.decode(r["plaintext"]))]).decode().strip()


Adapter().serve()
