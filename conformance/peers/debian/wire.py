"""The line protocol of the conformance command, for adapters in Python.

One JSON request a line on standard input, one JSON reply a line on standard
output. Like ../internal/wire, it holds what no adapter may do for its
library: nested tokens are two calls, and what a policy demands that the
library has no setting for is never checked for it (see left_over).
"""
import base64
import json
import subprocess
import sys


class Unsupported(Exception):
    """Raised for what the library cannot do or cannot be told."""


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encode(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


class Adapter:
    """One library. A subclass has the methods verify, verify_jwt, decrypt,
    key, keyset, thumbprint, sign and encrypt, or those of them that its
    library can do: each takes the request, and returns octets or, for the
    last two, a token.

    covers names the parts of a policy that the library is given and checks:
    issuer, subject, audience, one_audience (instead of audience: takes a
    single value only), no_audience, type, exp, max_age, leeway, check (values
    of header members), alg and enc (of a JWE), key and keyset (whether a key
    fits when it is read).
    """

    name = package = ""
    algs = ["RS256", "ES512", "HS512", "RSA-OAEP", "RSA-OAEP-256"]
    forms = ["compact"]
    covers = ()

    def serve(self):
        out, sys.stdout = sys.stdout, sys.stderr  # for replies only
        for line in sys.stdin.buffer:
            out.write(json.dumps(self.answer(json.loads(line))) + "\n")
            out.flush()

    def answer(self, r):
        if r["op"] == "hello":
            return self.hello()
        try:
            r.setdefault("policy", {})
            r.setdefault("check", {})
            result = self.run(r)
        except Unsupported as e:
            return {"id": r["id"], "unsupported": str(e) or "unsupported"}
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as e:  # pyo3's PanicException is no Exception
            text = f"{type(e).__name__}: {e}"
            return {"id": r["id"], "ok": False, "error": text[:500].encode("utf-8", "replace").decode()}
        if isinstance(result, str):
            return {"id": r["id"], "ok": True, "token": result}
        return {"id": r["id"], "ok": True, "payload": encode(result or b"")}

    def has(self, *methods):
        return all(hasattr(self, m) for m in methods)

    def hello(self):
        ops = {
            "verify": ["verify"], "verify-jwt": ["verify_jwt"], "decrypt": ["decrypt"],
            "nested": ["decrypt", "verify"], "nested-jwt": ["decrypt", "verify_jwt"],
            "key": ["key"], "keyset": ["keyset"], "thumbprint": ["thumbprint"],
            "sign": ["sign"], "encrypt": ["encrypt"],
        }
        query = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", self.package],
                               capture_output=True, text=True, check=True)
        return {
            "name": self.name, "version": query.stdout, "origin": "Debian 12 package",
            "supports": {"alg": self.algs, "forms": self.forms,
                         "ops": [op for op, methods in ops.items() if self.has(*methods)]},
        }

    def run(self, r):
        op = r["op"]
        if op in ("nested", "nested-jwt"):
            return self.run_nested(r)
        method = op.replace("-", "_")
        if not self.has(method):
            raise Unsupported(f"the library has no {op}")
        if op == "verify":
            return self.run_verify(r)
        if op == "verify-jwt":
            return self.run_verify_jwt(r)
        if op == "decrypt":
            return self.run_decrypt(r)
        if op in ("key", "keyset"):
            return self.run_key(r)
        return getattr(self, method)(r)

    def run_verify(self, r):
        out = self.verify(r)
        self.left_over_header(r)
        return out

    def run_decrypt(self, r):
        out = self.decrypt(r)
        self.left_over_header(r)
        header = header_of(r["token"])
        for name, want in ("alg", r["alg"]), ("enc", "A256GCM"):
            if name not in self.covers and header.get(name) != want:
                raise Unsupported(f"which {name} is allowed is left to the caller")
        return out

    def run_verify_jwt(self, r):
        p = r["policy"]
        if p.get("no_exp_lifetime"):
            raise Unsupported("no lifetime for a token without exp")
        if p.get("max_age") and "max_age" not in self.covers:
            raise Unsupported("no maximum age")
        if p.get("leeway") and "leeway" not in self.covers:
            raise Unsupported("no leeway")
        if len(p.get("audience", ())) > 1 and "audience" not in self.covers:
            raise Unsupported("no choice of audiences")
        out = self.verify_jwt(r)
        self.left_over_header(r)
        self.left_over(r, object_of(out))
        return out

    def run_nested(self, r):
        """Decrypts, then verifies what came out: two calls of the library, as
        an application writes them."""
        jwt = r["op"] == "nested-jwt"
        if not self.has("decrypt", "verify_jwt" if jwt else "verify"):
            raise Unsupported(f"the library has no {r['op']}")
        token = self.run_decrypt({**r, "check": {}})
        inner = {**r, "alg": r["inner_alg"], "key": r["inner_key"], "token": token.decode("utf-8")}
        if not jwt:
            return self.run_verify(inner)
        out = self.run_verify_jwt(inner)
        outer, claims = header_of(r["token"]), object_of(out)
        if str(outer.get("cty")).upper() != "JWT":
            raise Unsupported("cty of a nested JWT is left to the caller")
        for name in ("iss", "sub", "aud"):
            if name in outer and outer[name] != claims.get(name):
                raise Unsupported("claims replicated in the header are left to the caller")
        return out

    def run_key(self, r):
        """Reads a key or a set. Where the library says only when a token comes
        whether a key fits, one that does not fit is unsupported."""
        if r["alg"] == "HS512" and r["role"] == "public":
            raise Unsupported("a secret has no public half")
        getattr(self, r["op"])(r)
        file = key_file(r)
        keys = [file] if r["op"] == "key" else object_of(file).get("keys", [])
        if r["op"] not in self.covers and not any(fits(r, k) for k in keys):
            raise Unsupported("whether a key fits is told only when a token comes")

    def left_over(self, r, claims):
        """Looks at a token that the library has accepted for demands of the
        policy that the library has no setting for. One that is not met makes
        the case unsupported: neither the library's merit nor its fault. It
        never turns an acceptance into a refusal."""
        p = r["policy"]

        def media(t):
            return str(t).lower().removeprefix("application/")

        aud = claims.get("aud")
        aud = aud if isinstance(aud, list) else [aud]
        for name, met in {
            "issuer": not p.get("issuer") or claims.get("iss") == p["issuer"],
            "subject": not p.get("subject") or claims.get("sub") == p["subject"],
            "audience": not p.get("audience") or any(a in aud for a in p["audience"]),
            "no_audience": not p.get("no_audience") or "aud" not in claims,
            "type": not p.get("type") or media(header_of(r["token"]).get("typ")) == media(p["type"]),
            "exp": p.get("allow_no_exp") or claims.get("exp") is not None,
        }.items():
            if not met and name not in self.covers and "one_" + name not in self.covers:
                raise Unsupported(f"{name} is left to the caller")

    def left_over_header(self, r):
        """Does the same for header members that the caller has to compare, and
        for a token in a JSON serialization."""
        if r["token"].strip().startswith("{"):
            raise Unsupported("which serialization is read is left to the caller")
        header = header_of(r["token"])
        if "check" not in self.covers and any(header.get(n) != v for n, v in r["check"].items()):
            raise Unsupported("the value of a header member is left to the caller")


def key_file(r):
    """Returns the octets of the file that the operation key reads."""
    return decode(r["input_b64u"]) if r.get("input_b64u") else r.get("input", "").encode()


def fits(r, file):
    """Reports whether a key is of the kind, and for the use, that is asked for."""
    private = r["role"] == "private"
    if isinstance(file, bytes) and not file.strip().startswith(b"{"):
        return (b"PRIVATE KEY" in file) == private and (private or r["alg"] != "ES512")
    k = object_of(file) if isinstance(file, bytes) else file if isinstance(file, dict) else {}
    enc = r["alg"].startswith("RSA")
    kty = {"R": "RSA", "E": "EC", "H": "oct"}[r["alg"][0]]
    use, ops = ("enc", ["unwrapKey", "decrypt"] if private else ["wrapKey", "encrypt"]) if enc \
        else ("sig", ["sign"] if private else ["verify"])
    return (k.get("kty") == kty and (kty != "EC" or k.get("crv") == "P-521")
            and (kty == "oct" or ("d" in k) == private)
            and k.get("use", use) == use and k.get("alg", r["alg"]) == r["alg"]
            and any(op in ops for op in k.get("key_ops", ops)))


def header_of(token):
    """Reads the header of a token that the library has accepted."""
    try:
        return object_of(decode(token.split(".")[0]))
    except ValueError:
        return {}


def object_of(text):
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def unsigned(alg):
    """Returns a well-formed token of alg with a signature of the right length
    (for RSA: of 2048 bits) that no key has made."""
    size = {"RS256": 256, "ES512": 132, "HS512": 64}[alg]
    return ".".join(encode(part) for part in (json.dumps({"alg": alg}).encode(), b"{}", b"\1" * size))
