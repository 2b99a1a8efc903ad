#!/usr/bin/python3
"""Reproduces the deviations of the libraries and the command in Debian's
packages for Python and of José, with nothing but them: each row makes a token
with Python's standard library (and cryptography, for encryption), gives it to
the library as its documentation says to, and looks at what it says.

The rows of refused are tokens that the RFCs take and the library refuses; all
others are tokens that the RFCs refuse and the library takes.
"""
import base64
import datetime
import hashlib
import hmac
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

warnings.simplefilter("ignore")
NOW = 1700000000
SECRET = b"k" * 64
HS512 = '{"alg":"HS512"}'
CRIT = '{"alg":"HS512","crit":["x"],"x":1}'


def enc(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def mac(signing_input, key=SECRET):
    return enc(hmac.new(key, signing_input.encode(), hashlib.sha512).digest())


def token(header, payload="{}", key=SECRET, pad=""):
    """Returns the JWS of exactly these octets, by HMAC with SHA-512."""
    octets = [s.encode() if isinstance(s, str) else s for s in (header, payload)]
    signing_input = enc(octets[0]) + "." + enc(octets[1]) + pad
    return signing_input + "." + mac(signing_input, key)


RSA = rsa.generate_private_key(65537, 2048)
RSA_PEM = RSA.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
EC = ec.generate_private_key(ec.SECP521R1())


def encrypted(header, plaintext=b"text", iv_size=12):
    """Returns a JWE of exactly this header, with RSA-OAEP and A256GCM."""
    cek, iv = os.urandom(32), os.urandom(iv_size)
    key = RSA.public_key().encrypt(cek, padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None))
    aad = enc(header.encode())
    out = AESGCM(cek).encrypt(iv, plaintext, aad.encode())
    return ".".join([aad, enc(key), enc(iv), enc(out[:-16]), enc(out[-16:])])


OAEP = '{"alg":"RSA-OAEP","enc":"A256GCM"}'
OAEP_CRIT = '{"alg":"RSA-OAEP","enc":"A256GCM","crit":["x"],"x":1}'


def with_padded_signature():
    """Returns a token whose ES512 signature has a zero octet before r and s."""
    signing_input = enc(b'{"alg":"ES512"}') + "." + enc(b"{}")
    r, s = decode_dss_signature(EC.sign(signing_input.encode(), ec.ECDSA(hashes.SHA512())))
    return signing_input + "." + enc(r.to_bytes(67, "big") + s.to_bytes(67, "big"))


# -- the libraries, as their documentation says to use them ------------------

def jwcrypto_jws(t, key=None, alg="HS512"):
    from jwcrypto import jwk, jws
    m = jws.JWS()
    m.allowed_algs = [alg]
    m.deserialize(t, key or jwk.JWK(kty="oct", k=enc(SECRET)))


def jwcrypto_short(key):
    from jwcrypto import jwk
    jwcrypto_jws(token(HS512, key=key), jwk.JWK(kty="oct", k=enc(key)))


def jwcrypto_ec(t):
    from jwcrypto import jwk
    jwcrypto_jws(t, jwk.JWK.from_pyca(EC.public_key()), "ES512")


def jwcrypto_detached(header, payload):
    h = enc(header.encode())
    jwcrypto_jws(json.dumps({"protected": h, "payload": payload, "signature": mac(h + "." + payload)}))


def jwcrypto_jwt(claims, **options):
    from jwcrypto import jwk, jwt
    now, time.time = time.time, lambda: NOW
    try:
        t = jwt.JWT(algs=["HS512"], **options)
        t.leeway = 0
        t.deserialize(token(HS512, claims), jwk.JWK(kty="oct", k=enc(SECRET)))
    finally:
        time.time = now


def jwcrypto_jwe(t):
    from jwcrypto import jwe, jwk
    m = jwe.JWE(algs=["RSA-OAEP", "A256GCM"])
    m.deserialize(t, jwk.JWK.from_pem(RSA_PEM))


def pyjwt(t, key=SECRET, alg="HS512", detached=None):
    import jwt
    jwt.PyJWS().decode(t, key, algorithms=[alg], detached_payload=detached)


def pyjwt_claims(claims):
    from jwt import api_jwt

    class Clock(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls.fromtimestamp(NOW, tz)

    api_jwt.datetime = Clock
    api_jwt.decode(token(HS512, claims), SECRET, algorithms=["HS512"])


def pyjwt_p256():
    import jwt
    key = ec.generate_private_key(ec.SECP256R1())
    pyjwt(jwt.PyJWS().encode(b"{}", key, "ES512"), key.public_key(), "ES512")


def python_jose(t, key=SECRET):
    from jose import jws
    jws.verify(t, key, ["HS512"])


def python_jose_claims(claims):
    from jose import jwt

    class Clock(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return cls.utcfromtimestamp(NOW)

    jwt.datetime = Clock
    jwt.decode(token(HS512, claims), SECRET, ["HS512"])


def python_jose_jwe(t):
    from jose import jwe
    jwe.decrypt(t, RSA_PEM)


def python_jose_iv():
    from jose import jwe
    pem = RSA.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    iv = jwe.encrypt("text", pem, "A256GCM", "RSA-OAEP").split(b".")[2]
    if len(base64.urlsafe_b64decode(iv + b"==")) != 16:
        raise ValueError("another IV")


def authlib(t, key=SECRET):
    from authlib.jose import JsonWebSignature
    JsonWebSignature(["HS512"]).deserialize_compact(t, key)


def authlib_claims(claims):
    from authlib.jose import JsonWebToken
    JsonWebToken(["HS512"]).decode(token(HS512, claims), SECRET).validate(now=NOW, leeway=0)


def authlib_jwe(t):
    from authlib.jose import JsonWebEncryption
    JsonWebEncryption(["RSA-OAEP", "A256GCM"]).deserialize_compact(t, RSA_PEM)


def jose_command(t, key=None):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in ("jws", t), ("jwk", json.dumps(key or {"kty": "oct", "k": enc(SECRET), "alg": "HS512"})):
            with open(os.path.join(folder, name), "w") as f:
                f.write(text)
        subprocess.run(["jose", "jws", "ver", "-i", "jws", "-k", "jwk"], cwd=folder, check=True, capture_output=True)


def jose_command_other_alg():
    numbers = RSA.public_key().public_numbers()
    key = {"kty": "RSA", "n": enc(numbers.n.to_bytes(256, "big")), "e": "AQAB", "alg": "RS256"}
    signing_input = enc(b'{"alg":"RS512"}') + "." + enc(b"{}")
    signature = RSA.sign(signing_input.encode(), padding.PKCS1v15(), hashes.SHA512())
    jose_command(signing_input + "." + enc(signature), key)


FORGED = token(HS512)[:-4] + "AAAA"
B64 = '{"alg":"HS512","b64":false}'
TAMPERED = encrypted(OAEP)[:-4] + "AAAA"
controls = [jwcrypto_jws, pyjwt, python_jose, authlib, jose_command]

refused = {"jwcrypto/empty-plaintext": lambda: jwcrypto_jwe(encrypted(OAEP))}  # with their positive control

rows = [
    ("jwcrypto/exp-on-time", "RFC 7519, Section 4.1.4", "a JWT is accepted in the second of exp, leeway 0",
     lambda: jwcrypto_jwt(f'{{"exp":{NOW}}}')),
    ("jwcrypto/check-claims-only", "RFC 7519, Section 4.1.5",
     "with check_claims, exp and nbf that are not named there are not checked (as documented)",
     lambda: jwcrypto_jwt(f'{{"iss":"a","exp":{NOW - 1},"nbf":{NOW + 1}}}', check_claims={"iss": "a"})),
    ("jwcrypto/b64-without-crit", "RFC 7797, Section 6", "b64 false is obeyed although no crit names it",
     lambda: jwcrypto_detached(B64, "text")),
    ("jwcrypto/crit-string", "RFC 7515, Section 4.1.11", "crit may be an empty string or an object",
     lambda: (jwcrypto_jws(token('{"alg":"HS512","crit":""}')), jwcrypto_jws(token('{"alg":"HS512","crit":{"b64":1},"b64":true}')))),
    ("jwcrypto/es512-length", "RFC 7518, Section 3.4", "an ES512 signature of 134 octets",
     lambda: jwcrypto_ec(with_padded_signature())),
    ("jwcrypto/nan", "RFC 8259, Section 6", "NaN in a header", lambda: jwcrypto_jws(token('{"alg":"HS512","x":NaN}'))),
    ("jwcrypto/padding", "RFC 7515, Section 2", "the signature may be padded", lambda: jwcrypto_jws(token(HS512) + "==")),
    ("jwcrypto/short-hmac-key", "RFC 7518, Section 3.2", "an HS512 secret of 5 octets", lambda: jwcrypto_short(b"short")),
    ("jwcrypto/iv-length", "RFC 7518, Section 5.3", "a JWE with A256GCM whose IV has 16 octets",
     lambda: jwcrypto_jwe(encrypted(OAEP, iv_size=16))),
    ("jwcrypto/empty-plaintext", "RFC 7516, Section 5.2", "a JWE of an empty plaintext is refused",
     lambda: jwcrypto_jwe(encrypted(OAEP, b""))),

    ("PyJWT/b64-without-crit", "RFC 7797, Section 6", "b64 false is obeyed although no crit names it",
     lambda: pyjwt(enc(B64.encode()) + ".." + mac(enc(B64.encode()) + ".text"), detached=b"text")),
    ("PyJWT/nbf-fraction", "RFC 7519, Section 4.1.5", "the fraction of nbf is cut off: accepted half a second early",
     lambda: pyjwt_claims(f'{{"nbf":{NOW}.5}}')),
    ("PyJWT/date-string", "RFC 7519, Section 2", "exp may be a string", lambda: pyjwt_claims(f'{{"exp":"{NOW + 1}"}}')),
    ("PyJWT/sub-type", "RFC 7519, Section 4.1.2", "sub may be an array", lambda: pyjwt_claims('{"sub":[]}')),
    ("PyJWT/base64", "RFC 7515, Section 2", "padding, and characters outside of the alphabet, in the signature",
     lambda: pyjwt(token(HS512)[:-4] + "!\n" + token(HS512)[-4:] + "==")),
    ("PyJWT/nan", "RFC 8259, Section 6", "NaN in a header", lambda: pyjwt(token('{"alg":"HS512","x":NaN}'))),
    ("PyJWT/utf16", "RFC 7515, Section 2", "a header in UTF-16", lambda: pyjwt(token(HS512.encode("utf-16")))),
    ("PyJWT/es512-with-p256", "RFC 7518, Section 3.4", "ES512 signs and verifies with a key on P-256", pyjwt_p256),
    ("PyJWT/short-hmac-key", "RFC 7518, Section 3.2", "an HS512 secret of 5 octets",
     lambda: pyjwt(token(HS512, key=b"short"), b"short")),

    ("python-jose/crit-ignored", "RFC 7515, Section 4.1.11", "a critical extension that nobody understands is ignored",
     lambda: python_jose(token(CRIT))),
    ("python-jose/jwe-crit-ignored", "RFC 7516, Section 4.1.13", "and in a JWE", lambda: python_jose_jwe(encrypted(OAEP_CRIT))),
    ("python-jose/exp-on-time", "RFC 7519, Section 4.1.4", "a JWT is accepted in the second of exp, leeway 0",
     lambda: python_jose_claims(f'{{"exp":{NOW}}}')),
    ("python-jose/nbf-fraction", "RFC 7519, Section 4.1.5", "the fraction of nbf is cut off: accepted half a second early",
     lambda: python_jose_claims(f'{{"nbf":{NOW}.5}}')),
    ("python-jose/date-string", "RFC 7519, Section 2", "exp may be a string", lambda: python_jose_claims(f'{{"exp":"{NOW + 1}"}}')),
    ("python-jose/base64", "RFC 7515, Section 2", "padding, and characters outside of the alphabet, in the signature",
     lambda: python_jose(token(HS512)[:-4] + "!\n" + token(HS512)[-4:] + "==")),
    ("python-jose/nan", "RFC 8259, Section 6", "NaN in a header", lambda: python_jose(token('{"alg":"HS512","x":NaN}'))),
    ("python-jose/short-hmac-key", "RFC 7518, Section 3.2", "an HS512 secret of 5 octets",
     lambda: python_jose(token(HS512, key=b"short"), b"short")),
    ("python-jose/iv-length", "RFC 7518, Section 5.3", "it encrypts with A256GCM and an IV of 16 octets", python_jose_iv),

    ("Authlib/jwe-crit-ignored", "RFC 7516, Section 4.1.13", "a critical extension that nobody understands is ignored in a JWE",
     lambda: authlib_jwe(encrypted(OAEP_CRIT))),
    ("Authlib/exp-on-time", "RFC 7519, Section 4.1.4", "a JWT is accepted in the second of exp, leeway 0",
     lambda: authlib_claims(f'{{"exp":{NOW}}}')),
    ("Authlib/nbf-boolean", "RFC 7519, Section 2", "nbf may be a boolean", lambda: authlib_claims('{"nbf":false}')),
    ("Authlib/sub-type", "RFC 7519, Section 4.1.2", "sub may be an array", lambda: authlib_claims('{"sub":[]}')),
    ("Authlib/base64", "RFC 7515, Section 2", "padding, and characters outside of the alphabet, in the signature",
     lambda: authlib(token(HS512)[:-4] + "!\n" + token(HS512)[-4:] + "==")),
    ("Authlib/nan", "RFC 8259, Section 6", "NaN in a header", lambda: authlib(token('{"alg":"HS512","x":NaN}'))),
    ("Authlib/short-hmac-key", "RFC 7518, Section 3.2", "an HS512 secret of 5 octets",
     lambda: authlib(token(HS512, key=b"short"), b"short")),

    ("jose-command/crit-ignored", "RFC 7515, Section 4.1.11", "a critical extension that nobody understands is ignored",
     lambda: jose_command(token(CRIT))),
    ("jose-command/alg-of-the-key", "RFC 8725, Section 3.1", "a JWK whose alg is RS256 verifies an RS512 token",
     jose_command_other_alg),
    ("jose-command/alg-missing", "RFC 7515, Section 4.1.1", "a header without alg", lambda: jose_command(token("{}"))),
    ("jose-command/segments", "RFC 7515, Section 7.1", "segments after the signature are ignored",
     lambda: jose_command(token(HS512) + ".AA.AA")),
    ("jose-command/kid-type", "RFC 7515, Section 4.1.4", "kid may be an object", lambda: jose_command(token('{"alg":"HS512","kid":{}}'))),
]


def accepts(run):
    try:
        run()
        return True
    except ImportError:
        raise
    except Exception:
        return False


def main():
    for control in controls:
        if accepts(lambda: control(token(HS512))) is accepts(lambda: control(FORGED)):
            sys.exit(f"{control.__name__}: the controls fail")
    if not accepts(lambda: jwcrypto_jwe(encrypted(OAEP))) or accepts(lambda: jwcrypto_jwe(TAMPERED)):
        sys.exit("jwcrypto: the controls of JWE fail")
    for name, section, text, run in rows:
        if name in refused:
            reproduced = accepts(refused[name]) and not accepts(run)
        else:
            reproduced = accepts(run)
        print(f"{'reproduced' if reproduced else 'not reproduced':14}  {name:32} {section:26} {text}")


main()
