#!/usr/bin/python3
"""Reproduces the deviations of the libraries and the command in Debian's
packages for Python and of José, with nothing but them: each row makes tokens or keys
with Python's standard library (and cryptography, for encryption), gives them to
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
EC_PEM = EC.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def sealed(header, plaintext=b"text", iv_size=12):
    """Returns the JWE of this text as first segment, with RSA-OAEP and A256GCM."""
    cek, iv = os.urandom(32), os.urandom(iv_size)
    key = RSA.public_key().encrypt(cek, padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None))
    out = AESGCM(cek).encrypt(iv, plaintext, header.encode())
    return ".".join([header, enc(key), enc(iv), enc(out[:-16]), enc(out[-16:])])


def encrypted(header, plaintext=b"text", iv_size=12):
    return sealed(enc(header.encode()), plaintext, iv_size)


def signed_text(header, payload):
    """Returns the JWS of these texts as its first two segments."""
    return f"{header}.{payload}.{mac(header + '.' + payload)}"


def change(t, i, f):
    parts = t.split(".")
    return ".".join(f(part) if n == i else part for n, part in enumerate(parts))


def where(make, i):
    """Returns the first of many tokens whose segment i has a letter that the two
    alphabets of base64 do not share."""
    while True:
        t = make()
        if set(t.split(".")[i]) & set("-_"):
            return t


def pad(text):
    return text + "=" * (-len(text) % 4)


def standard(text):
    return text.translate(str.maketrans("-_", "+/"))


def inside(s):
    return lambda text: text[:4] + s + text[4:]


# Texts that have padding, and letters that the alphabets do not share.
HEADER = enc(b'{"alg":"HS512","x":"???>>>~~~"}')
PAYLOAD = enc(b'{"x":"???>>>~~~"}')
JWE_HEADER = enc(b'{"alg":"RSA-OAEP","enc":"A256GCM","x":"???>>>~~~"}')


def odd_signatures(*changes):
    return [change(where(lambda: signed_text(HEADER, enc(os.urandom(8))), 2), 2, f) for f in changes]


def odd_text():
    """Returns tokens with padding or the other alphabet in what is signed."""
    return [signed_text(f(HEADER), PAYLOAD) for f in (pad, standard)] + [signed_text(HEADER, f(PAYLOAD)) for f in (pad, standard)]


def odd_jwe():
    """Returns JWEs with padding or the other alphabet in what is not signed."""
    return [change(where(lambda: encrypted(OAEP, bytes(1000)), i), i, f) for i in (1, 3, 4) for f in (pad, standard)]


def odd_jwe_header():
    return [sealed(f(JWE_HEADER)) for f in (pad, standard)]


def odd_es512():
    """Returns ES512 tokens, whose signature fills whole groups of base64, with
    characters inside and after it that are none of its alphabet."""
    signing_input = enc(b'{"alg":"ES512"}') + "." + enc(b"{}")
    r, s = decode_dss_signature(EC.sign(signing_input.encode(), ec.ECDSA(hashes.SHA512())))
    t = signing_input + "." + enc(r.to_bytes(66, "big") + s.to_bytes(66, "big"))
    return [change(t, 2, inside(c)) for c in " \n\r\t!\0\u00a0"] + [t + "\n"]


def odd_iv():
    return [change(encrypted(OAEP), 2, inside(c)) for c in " \n"]


# -- keys with numbers that are not those of a key ---------------------------

def octets(n):
    return n.to_bytes((n.bit_length() + 7) // 8 or 1, "big")


def rsa_jwk(key):
    private = key.private_numbers()
    n = {"n": private.public_numbers.n, "e": private.public_numbers.e, "d": private.d, "p": private.p, "q": private.q,
         "dp": private.dmp1, "dq": private.dmq1, "qi": private.iqmp}
    return {"kty": "RSA", **{name: enc(octets(value)) for name, value in n.items()}}


def public(jwk):
    return {name: jwk[name] for name in ("kty", "crv", "n", "e", "x", "y") if name in jwk}


def number(text):
    return int.from_bytes(base64.urlsafe_b64decode(text + "=="), "big")


def with_number(name, n, jwk=None):
    return {**(jwk or RSA_JWK), name: enc(octets(n))}


def rsa_of(bits):
    return rsa_jwk(rsa.generate_private_key(65537, bits))


def from_primes(p, q):
    """Returns the key that p and q would make, were they two primes."""
    d = pow(65537, -1, (p - 1) * (q - 1))
    qi = pow(q, -1, p) if p != q else 1
    numbers = {"n": p * q, "e": 65537, "d": d, "p": p, "q": q, "dp": d % (p - 1), "dq": d % (q - 1), "qi": qi}
    return {"kty": "RSA", **{name: enc(octets(value)) for name, value in numbers.items()}}


def wrong_numbers():
    key, other = RSA_JWK, rsa_of(2048)
    out = [{**key, "d": other["d"]}, {**key, "q": other["q"]}, {**key, "n": other["n"]}, {**key, "e": "Aw"},
           {**key, "d": "AQ"}, {**key, "d": "AA"}, {**key, "p": "AQ", "q": key["n"]},
           with_number("d", number(key["d"]) + (number(key["p"]) - 1) * (number(key["q"]) - 1)),
           {**key, "p": key["q"], "q": key["p"], "dp": key["dq"], "dq": key["dp"]}]
    out += [with_number(name, number(key[name]) + more) for name, more in (("d", 2), ("p", 2), ("dp", 2), ("dq", 2), ("qi", 1))]
    q = number(key["q"])
    out.append(from_primes(q, q))
    while True:  # until 65537 has an inverse
        factor, large = rsa_of(1040), rsa_of(2080)
        try:
            return [*out, from_primes(number(factor["p"]) * number(factor["q"]), number(large["q"]))]
        except ValueError:
            continue


RSA_JWK = rsa_jwk(RSA)
RSA_PUBLIC = public(RSA_JWK)
EVEN = number(RSA_JWK["n"]) ^ 1
EXPONENTS = [with_number("e", e, RSA_PUBLIC) for e in (0, 1, 2, 65536, number(RSA_JWK["n"]))]


def ec_jwk():
    """Returns a key on P-521 whose numbers all begin with a zero octet."""
    while True:
        private = ec.generate_private_key(ec.SECP521R1()).private_numbers()
        numbers = [private.public_numbers.x, private.public_numbers.y, private.private_value]
        if all(n < 1 << 520 for n in numbers):
            return {"kty": "EC", "crv": "P-521", **{name: enc(n.to_bytes(66, "big")) for name, n in zip("xyd", numbers)}}


EC_JWK = ec_jwk()
EC_PUBLIC = public(EC_JWK)


def ec_number(name, size, jwk):
    return {**jwk, name: enc(number(jwk[name]).to_bytes(size, "big"))}


def ec_lengths():
    return [ec_number("x", 65, EC_PUBLIC), ec_number("y", 65, EC_PUBLIC), ec_number("x", 67, EC_PUBLIC)]


def ec_d_lengths():
    return [ec_number("d", 65, EC_JWK), ec_number("d", 67, EC_JWK)]


def oct(k):
    return {"kty": "oct", "k": k}


OTHER_PUBLIC_USES = [{**RSA_PUBLIC, "use": "enc"}, {**RSA_PUBLIC, "key_ops": ["sign"]}]
OTHER_USES = [{**oct(enc(SECRET)), "use": "enc"}, {**oct(enc(SECRET)), "key_ops": ["sign"]}]
K = enc(b"\xfb" * 64)
OCTS = [oct(pad(K)), oct(standard(K))]
MODULI = [{**RSA_PUBLIC, "n": f(RSA_JWK["n"])} for f in (pad, standard)]
# Values that are none of a JWK: with a quotation mark, which the input of a
# thumbprint's hash must not have, with padding, and a number.
ODD_VALUES = [{**RSA_PUBLIC, "n": '","x":"' + RSA_JWK["n"]}, {**RSA_PUBLIC, "n": pad(RSA_JWK["n"])}, {**RSA_PUBLIC, "e": 65537}]
LINE_FEEDS = [{**RSA_PUBLIC, "n": inside("\n")(RSA_JWK["n"])}, {**EC_PUBLIC, "x": inside("\n")(EC_JWK["x"])}]


def der(tag, *content):
    content = b"".join(content)
    n = octets(len(content))
    return bytes([tag]) + (n if len(content) < 128 else bytes([0x80 + len(n)]) + n) + content


def certificate(n, e):
    """Returns a certificate of an RSA key in PEM; its signature is none."""
    algorithm = der(0x30, der(6, bytes.fromhex("2a864886f70d01010b")), der(5))
    key = der(0x30, der(2, b"\0", octets(n)), der(2, octets(e)))
    spki = der(0x30, der(0x30, der(6, bytes.fromhex("2a864886f70d010101")), der(5)), der(3, b"\0", key))
    time = der(0x17, b"230101000000Z")
    tbs = der(0x30, der(0xA0, der(2, b"\2")), der(2, b"\1"), algorithm, der(0x30), der(0x30, time, time), der(0x30), spki)
    out = der(0x30, tbs, algorithm, der(3, bytes(257)))
    return f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(out).decode()}-----END CERTIFICATE-----\n"


def certificate_1024():
    return certificate(number(rsa_of(1024)["n"]), 65537)


def each(run, *items):
    """Runs for each of a list: all of it has to be accepted."""
    for item in items:
        run(item)


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


def jwcrypto_reads(key):
    from jwcrypto import jwk
    k = jwk.JWK.from_pem(key.encode()) if isinstance(key, str) else jwk.JWK.from_json(json.dumps(key))
    k.get_op_key("verify")


def is_thumbprint(text, members):
    """Expects the hash of these members of a JWK, in the order of RFC 7638."""
    if text != enc(hashlib.sha256(json.dumps(members, sort_keys=True, separators=(",", ":")).encode()).digest()):
        raise ValueError("another thumbprint")


def jwcrypto_thumbprint(key):
    from jwcrypto import jwk
    is_thumbprint(jwk.JWK.from_json(json.dumps(key)).thumbprint(), key)


def jwcrypto_signs(key):
    from jwcrypto import jwk, jws
    jws.JWS(b"text").add_signature(jwk.JWK.from_json(json.dumps(key)), {"RSA": "RS256", "EC": "ES512", "oct": "HS512"}[key["kty"]])


def jwcrypto_crit(kind, t):
    """Declares x as a name in crit that the caller understands."""
    from jwcrypto import jwe, jwk, jws
    from jwcrypto.common import JWSEHeaderParameter
    registry = {"x": JWSEHeaderParameter("x", True, True, lambda message: True)}
    if kind == "jws":
        m = jws.JWS(header_registry=registry)
        m.allowed_algs = ["HS512"]
        m.deserialize(t, jwk.JWK(kty="oct", k=enc(SECRET)))
    else:
        jwe.JWE(algs=["RSA-OAEP", "A256GCM"], header_registry=registry).deserialize(t, jwk.JWK.from_pem(RSA_PEM))


def jwcrypto_ec(t):
    from jwcrypto import jwk
    jwcrypto_jws(t, jwk.JWK.from_pyca(EC.public_key()), "ES512")


def flattened(header, payload):
    h = enc(header.encode())
    return json.dumps({"protected": h, "payload": payload, "signature": mac(h + "." + payload)})


def jwcrypto_detached(header, payload):
    jwcrypto_jws(flattened(header, payload))


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


def pyjwt_b64(header, head=None):
    head = head or enc(header.encode())
    pyjwt(head + ".." + mac(head + ".text"), detached=b"text")


def pyjwt_es512(t):
    pyjwt(t, EC.public_key(), "ES512")


def pyjwt_claims(claims):
    from jwt import api_jwt

    class Clock(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls.fromtimestamp(NOW, tz)

    api_jwt.datetime = Clock
    api_jwt.decode(token(HS512, claims), SECRET, algorithms=["HS512"])


def pyjwt_reads(key):
    """Expects that a signature is refused that no key has made, and that only."""
    import jwt
    alg, size = ("ES512", 132) if key["kty"] == "EC" else ("RS256", 256)
    t = ".".join([enc(f'{{"alg":"{alg}"}}'.encode()), enc(b"{}"), enc(b"\1" * size)])
    try:
        jwt.PyJWS().decode(t, jwt.PyJWK(key, alg).key, algorithms=[alg])
    except jwt.InvalidSignatureError:
        return
    raise ValueError("accepted")


def pyjwt_verifies(key):
    import jwt
    pyjwt(token(HS512), jwt.PyJWK(key, "HS512").key)


def pyjwt_signs(key):
    import jwt
    alg = {"RSA": "RS256", "oct": "HS512"}[key["kty"]]
    jwt.PyJWS().encode(b"text", jwt.PyJWK(key, alg).key, alg)


def pyjwt_p256():
    import jwt
    key = ec.generate_private_key(ec.SECP256R1())
    pyjwt(jwt.PyJWS().encode(b"{}", key, "ES512"), key.public_key(), "ES512")


def python_jose(t, key=SECRET):
    from jose import jws
    jws.verify(t, key, ["HS512"])


def python_jose_es512(t):
    from jose import jws
    jws.verify(t, EC_PEM, ["ES512"])


def python_jose_reads(key):
    from jose import jwk
    alg = "ES512" if isinstance(key, dict) and key["kty"] == "EC" else "RS256"
    if jwk.construct(key, alg).verify(b"text", b"\1" * (132 if alg == "ES512" else 256)):
        raise ValueError("accepted")


def python_jose_signs(key):
    from jose import jwk
    jwk.construct(key, {"RSA": "RS256", "EC": "ES512", "oct": "HS512"}[key["kty"]]).sign(b"text")


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


def authlib_es512(t):
    from authlib.jose import JsonWebSignature
    JsonWebSignature(["ES512"]).deserialize_compact(t, EC_PEM)


def authlib_reads(key):
    from authlib.jose import JsonWebKey
    k = JsonWebKey.import_key(key, {"kty": "RSA"}) if isinstance(key, str) else JsonWebKey.import_key(key)
    k.get_op_key("verify")


def authlib_thumbprint(key):
    from authlib.jose import JsonWebKey
    is_thumbprint(JsonWebKey.import_key(key).thumbprint(), key)


def authlib_signs(key):
    from authlib.jose import JsonWebKey, JsonWebSignature
    alg = {"RSA": "RS256", "EC": "ES512", "oct": "HS512"}[key["kty"]]
    JsonWebSignature([alg]).serialize_compact({"alg": alg}, b"text", JsonWebKey.import_key(key))


def authlib_claims(claims, **options):
    from authlib.jose import JsonWebToken
    JsonWebToken(["HS512"]).decode(token(HS512, claims), SECRET, claims_options=options).validate(now=NOW, leeway=0)


def authlib_jwe(t):
    from authlib.jose import JsonWebEncryption
    JsonWebEncryption(["RSA-OAEP", "A256GCM"]).deserialize_compact(t, RSA_PEM)


def jose(*args, **files):
    """Runs the command with files, and returns what it says. It raises an error
    where the command fails."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            with open(os.path.join(folder, name), "w") as f:
                f.write(text if isinstance(text, str) else json.dumps(text))
        p = subprocess.run(["jose", *args], cwd=folder, capture_output=True)
    if p.returncode != 0:
        raise ValueError(p.stderr.decode(errors="replace"))
    return p.stdout


def jose_command(t, key=None):
    jose("jws", "ver", "-i", "jws", "-k", "jwk", jws=t, jwk=key or {"kty": "oct", "k": enc(SECRET), "alg": "HS512"})


def jose_command_detached(t, text):
    key = {"kty": "oct", "k": enc(SECRET), "alg": "HS512"}
    jose("jws", "ver", "-i", "jws", "-I", "text", "-k", "jwk", jws=t, jwk=key, text=text)


def jose_command_reads(key):
    """Expects that a signature is refused that no key has made, and that only."""
    alg, size = ("ES512", 132) if key["kty"] == "EC" else ("RS256", 256)
    try:
        jose_command(".".join([enc(f'{{"alg":"{alg}"}}'.encode()), enc(b"{}"), enc(b"\1" * size)]), {**key, "alg": alg})
    except ValueError as e:
        if "Signature validation failed" in str(e):
            return
        raise
    raise ValueError("accepted")


def jose_command_thumbprint(key, members=None):
    """Expects the hash of the key's members, or of these."""
    is_thumbprint(jose("jwk", "thp", "-i", "jwk", "-a", "S256", jwk=key).decode(), members or key)


def jose_command_any_thumbprint(key):
    """Expects 32 octets."""
    if len(base64.urlsafe_b64decode(jose("jwk", "thp", "-i", "jwk", "-a", "S256", jwk=key) + b"=")) != 32:
        raise ValueError("no thumbprint")


def jose_command_trailing():
    key = {"kty": "oct", "k": enc(SECRET), "alg": "HS512"}
    jose("jws", "ver", "-i", "jws", "-k", "jwk", jws=token(HS512), jwk=json.dumps(key) + "x")
    jose_command_thumbprint(json.dumps(RSA_PUBLIC) + "x", RSA_PUBLIC)


def jose_command_signs(key):
    alg = "ES512" if key["kty"] == "EC" else "RS256"
    jose("jws", "sig", "-I", "text", "-k", "jwk", "-s", json.dumps({"protected": {"alg": alg}}), "-c", jwk=key, text="text")


def jose_command_set():
    """Verifies a token by the second key of a set, with the kid of the first."""
    for kid in "ab":
        t, key = jose_command_es512(kid)
        jose_command(t, {"keys": [{**RSA_PUBLIC, "kid": "a", "alg": "RS256"}, {**key, "kid": "b", "alg": "ES512"}]})


def jose_command_es512(kid):
    """Returns a token by the key on P-521, and this key as JWK."""
    number = EC.public_key().public_numbers()
    signing_input = enc(f'{{"alg":"ES512","kid":"{kid}"}}'.encode()) + "." + enc(b"{}")
    r, s = decode_dss_signature(EC.sign(signing_input.encode(), ec.ECDSA(hashes.SHA512())))
    return (signing_input + "." + enc(r.to_bytes(66, "big") + s.to_bytes(66, "big")),
            {"kty": "EC", "crv": "P-521", "x": enc(number.x.to_bytes(66, "big")), "y": enc(number.y.to_bytes(66, "big"))})


def jose_command_other_alg():
    numbers = RSA.public_key().public_numbers()
    key = {"kty": "RSA", "n": enc(numbers.n.to_bytes(256, "big")), "e": "AQAB", "alg": "RS256"}
    signing_input = enc(b'{"alg":"RS512"}') + "." + enc(b"{}")
    signature = RSA.sign(signing_input.encode(), padding.PKCS1v15(), hashes.SHA512())
    jose_command(signing_input + "." + enc(signature), key)
    jose_command(rs256(), {"keys": [{**key, "alg": "PS256", "kid": "a"}]})
    t, ec_key = jose_command_es512("a")
    jose_command(t, {"keys": [{**ec_key, "alg": "ECDH-ES", "kid": "a"}]})


def rs256():
    """Returns a token by the RSA key, with the kid a."""
    signing_input = enc(b'{"alg":"RS256","kid":"a"}') + "." + enc(b"{}")
    return signing_input + "." + enc(RSA.sign(signing_input.encode(), padding.PKCS1v15(), hashes.SHA256()))


def python_jose_set(key):
    from jose import jws
    jws.verify(rs256(), {"keys": [{**key, "kid": "a"}]}, ["RS256"])


def authlib_set(key):
    from authlib.jose import JsonWebKey, JsonWebSignature
    keys = JsonWebKey.import_key_set({"keys": [{**key, "kid": "a"}]})
    JsonWebSignature(["RS256"]).deserialize_compact(rs256(), lambda header, payload: keys.find_by_kid(header["kid"]))


FORGED = token(HS512)[:-4] + "AAAA"
B64 = '{"alg":"HS512","b64":false}'
# Headers that nobody understands, and where crit is no array of names.
CRITS = [token(f'{{"alg":"HS512","x":1,"crit":{crit}}}') for crit in ("null", "1", "false", '["b64","x"]')]
OTHER_CRITS = [token(f'{{"alg":"HS512","x":1,"crit":{crit}}}') for crit in ('"x"', '{"x":true}', "[1]", "[null]", "[[]]", '["x"],"crit":["y"],"y":1')]
JWE_CRITS = [encrypted(f'{{"alg":"RSA-OAEP","enc":"A256GCM","x":1,"crit":{crit}}}') for crit in ("null", '"x"', '["b64"],"b64":false', '["p2c"],"p2c":1')]
CERTIFICATES = [certificate(number(RSA_JWK["n"]), e) for e in (1, 2)]
X5C = "".join(certificate(number(RSA_JWK["n"]), 65537).splitlines()[1:-1])
TAMPERED = encrypted(OAEP)[:-4] + "AAAA"
controls = [jwcrypto_jws, pyjwt, python_jose, authlib, jose_command]
key_controls = [(jwcrypto_reads, jwcrypto_signs), (pyjwt_reads, pyjwt_signs), (python_jose_reads, python_jose_signs),
                (authlib_reads, authlib_signs), (jose_command_reads, jose_command_signs)]

refused = {"jwcrypto/empty-plaintext": lambda: jwcrypto_jwe(encrypted(OAEP))}  # with their positive control

rows = [
    ("jwcrypto/exp-on-time", "RFC 7519, Section 4.1.4", "a JWT is accepted in the second of exp, leeway 0",
     lambda: jwcrypto_jwt(f'{{"exp":{NOW}}}')),
    ("jwcrypto/check-claims-only", "RFC 7519, Section 4.1.5",
     "with check_claims, exp and nbf that are not named there are not checked (as documented)",
     lambda: jwcrypto_jwt(f'{{"iss":"a","exp":{NOW - 1},"nbf":{NOW + 1}}}', check_claims={"iss": "a"})),
    ("jwcrypto/b64-without-crit", "RFC 7797, Section 6", "b64 false is obeyed although no crit names it",
     lambda: jwcrypto_detached(B64, "text")),
    ("jwcrypto/b64-without-its-name", "RFC 7797, Section 6", "and so it is if crit is empty or names another member",
     lambda: (jwcrypto_detached('{"alg":"HS512","b64":false,"crit":[]}', "text"),
              jwcrypto_crit("jws", flattened('{"alg":"HS512","b64":false,"crit":["x"],"x":1}', "text")))),
    ("jwcrypto/crit-string", "RFC 7515, Section 4.1.11", "crit may be a string or an object, whose letters or names have to be understood",
     lambda: (jwcrypto_jws(token('{"alg":"HS512","crit":""}')), jwcrypto_jws(token('{"alg":"HS512","crit":{"b64":1},"b64":true}')),
              jwcrypto_crit("jws", token('{"alg":"HS512","crit":"x","x":1}')), jwcrypto_crit("jws", token('{"alg":"HS512","crit":{"x":true},"x":1}')),
              jwcrypto_crit("jwe", encrypted('{"alg":"RSA-OAEP","enc":"A256GCM","crit":"x","x":1}')))),
    ("jwcrypto/es512-length", "RFC 7518, Section 3.4", "an ES512 signature of 134 octets",
     lambda: jwcrypto_ec(with_padded_signature())),
    ("jwcrypto/nan", "RFC 8259, Section 6", "NaN or Infinity in a header of a JWS or JWE, and in a claims set",
     lambda: (each(jwcrypto_jws, token('{"alg":"HS512","x":NaN}'), token('{"alg":"HS512","x":Infinity}')),
              jwcrypto_jwe(encrypted('{"alg":"RSA-OAEP","enc":"A256GCM","x":NaN}')), jwcrypto_jwt('{"x":NaN}'))),
    ("jwcrypto/padding", "RFC 7515, Section 2", "the signature may be padded, or in the other alphabet",
     lambda: each(jwcrypto_jws, *odd_signatures(pad, standard))),
    ("jwcrypto/jwe-base64", "RFC 7516, Section 7.1", "and so may the segments of a JWE after the header",
     lambda: each(jwcrypto_jwe, *odd_jwe())),
    ("jwcrypto/zip-null", "RFC 7516, Section 4.1.3", "zip that is null counts as no zip",
     lambda: jwcrypto_jwe(encrypted('{"alg":"RSA-OAEP","enc":"A256GCM","zip":null}'))),
    ("jwcrypto/nbf-false", "RFC 7519, Section 2", "nbf that is false counts as no nbf", lambda: jwcrypto_jwt('{"nbf":false}')),
    ("jwcrypto/aud-elements", "RFC 7519, Section 4.1.3", "aud may have numbers or null beside the audience that is expected",
     lambda: each(lambda v: jwcrypto_jwt(f'{{"aud":["a",{v}]}}', check_claims={"aud": "a"}), "1", "null")),
    ("jwcrypto/short-hmac-key", "RFC 7518, Section 3.2", "an HS512 secret of 5 octets, or of none",
     lambda: each(jwcrypto_short, b"short", b"")),
    ("jwcrypto/rsa-short", "RFC 7518, Section 3.3", "an RSA key of 1024 or 2047 bits, as JWK and in a certificate",
     lambda: (each(jwcrypto_signs, rsa_of(1024), rsa_of(2047)), each(jwcrypto_reads, public(rsa_of(1024)), public(rsa_of(2047)), certificate_1024()))),
    ("jwcrypto/rsa-modulus-even", "RFC 8017, Section 3.1", "an RSA public key whose modulus is even, as JWK and in a certificate",
     lambda: each(jwcrypto_reads, with_number("n", EVEN, RSA_PUBLIC), certificate(EVEN, 65537))),
    ("jwcrypto/jwk-base64", "RFC 7515, Section 2",
     "n and k of a JWK may be padded, or in the other alphabet; n has another thumbprint then",
     lambda: (each(jwcrypto_reads, *MODULI), each(jwcrypto_signs, *OCTS), each(jwcrypto_thumbprint, *MODULI))),
    ("jwcrypto/ec-length", "RFC 7518, Section 6.2.1.2", "x, y and d of a P-521 key may have 65 octets, and x and d 67",
     lambda: (each(jwcrypto_reads, *ec_lengths()), each(jwcrypto_signs, *ec_d_lengths()))),
    ("jwcrypto/key-ops", "RFC 7517, Section 4.3", "key_ops may have elements that are no strings",
     lambda: jwcrypto_reads({**RSA_PUBLIC, "key_ops": [1, "verify"]})),
    ("jwcrypto/iv-length", "RFC 7518, Section 5.3", "a JWE with A256GCM whose IV has 8, 11, 13 or 16 octets",
     lambda: each(lambda size: jwcrypto_jwe(encrypted(OAEP, iv_size=size)), 8, 11, 13, 16)),
    ("jwcrypto/empty-plaintext", "RFC 7516, Section 5.2", "a JWE of an empty plaintext is refused",
     lambda: jwcrypto_jwe(encrypted(OAEP, b""))),

    ("PyJWT/crit-ignored", "RFC 7515, Section 4.1.11", "a critical extension that nobody understands is ignored, and so is a crit that is no array",
     lambda: (each(pyjwt, token(CRIT), *CRITS, *OTHER_CRITS),
              each(pyjwt_b64, *['{"alg":"HS512","b64":false,"crit":["b64",%s],"x":1}' % crit for crit in ('"x"', '"y"', '"y","x"')]))),
    ("PyJWT/b64-without-crit", "RFC 7797, Section 6", "b64 false is obeyed although no crit names it, or one names other members",
     lambda: each(pyjwt_b64, B64, *['{"alg":"HS512","b64":false,"crit":%s}' % crit for crit in ("[]", '["x"]', '["B64"]')])),
    ("PyJWT/nbf-fraction", "RFC 7519, Section 4.1.5", "the fraction of nbf is cut off: accepted half a second early",
     lambda: pyjwt_claims(f'{{"nbf":{NOW}.5}}')),
    ("PyJWT/date-string", "RFC 7519, Section 2", "exp may be a string", lambda: pyjwt_claims(f'{{"exp":"{NOW + 1}"}}')),
    ("PyJWT/sub-type", "RFC 7519, Section 4.1.2", "sub may be an array", lambda: pyjwt_claims('{"sub":[]}')),
    ("PyJWT/nbf-false", "RFC 7519, Section 2", "nbf may be false", lambda: pyjwt_claims('{"nbf":false}')),
    ("PyJWT/base64", "RFC 7515, Section 2", "padding and the other alphabet in each segment, and other characters in the signature",
     lambda: (each(pyjwt, *odd_text(), *odd_signatures(pad, standard)), each(pyjwt_es512, *odd_es512()))),
    ("PyJWT/detached-base64", "RFC 7515, Section 2", "padding after the header of an unencoded detached JWS",
     lambda: pyjwt_b64("", pad(enc(b'{"alg":"HS512","b64":false,"crit":["b64"]} ')))),
    ("PyJWT/surrogates", "RFC 7515, Section 5.2", "surrogates in the UTF-8 of a header or a claims set",
     lambda: (each(lambda x: pyjwt(token(b'{"alg":"HS512","x":"' + x + b'"}')), b"\xed\xa0\x80", b"\xed\xa0\xbd\xed\xb8\x80"),
              pyjwt_claims(b'{"x":"\xed\xa0\x80"}'))),
    ("PyJWT/nan", "RFC 8259, Section 6", "NaN or Infinity in a header, and in a claims set",
     lambda: (each(pyjwt, token('{"alg":"HS512","x":NaN}'), token('{"alg":"HS512","x":Infinity}')), pyjwt_claims('{"x":NaN}'))),
    ("PyJWT/utf16", "RFC 7515, Section 2", "a header in UTF-16", lambda: pyjwt(token(HS512.encode("utf-16")))),
    ("PyJWT/es512-with-p256", "RFC 7518, Section 3.4", "ES512 signs and verifies with a key on P-256", pyjwt_p256),
    ("PyJWT/short-hmac-key", "RFC 7518, Section 3.2", "an HS512 secret of 5 octets, or of none",
     lambda: each(lambda key: pyjwt(token(HS512, key=key), key), b"short", b"")),
    ("PyJWT/rsa-short", "RFC 7518, Section 3.3", "an RSA key of 1024 or 2047 bits",
     lambda: (each(pyjwt_signs, rsa_of(1024), rsa_of(2047)), each(pyjwt_reads, public(rsa_of(1024)), public(rsa_of(2047))))),
    ("PyJWT/rsa-modulus-even", "RFC 8017, Section 3.1", "an RSA public key whose modulus is even",
     lambda: pyjwt_reads(with_number("n", EVEN, RSA_PUBLIC))),
    ("PyJWT/jwk-base64", "RFC 7515, Section 2", "numbers of a JWK may be padded, in the other alphabet, or have a line feed",
     lambda: (each(pyjwt_reads, *MODULI, LINE_FEEDS[1]), each(pyjwt_signs, *OCTS))),
    ("PyJWT/use-ignored", "RFC 7517, Section 4.2", "a secret whose use is enc, or whose key_ops are sign alone, verifies",
     lambda: each(pyjwt_verifies, *OTHER_USES)),
    ("PyJWT/key-ops", "RFC 7517, Section 4.3", "key_ops may have elements that are no strings",
     lambda: pyjwt_reads({**RSA_PUBLIC, "key_ops": [1, "verify"]})),

    ("python-jose/crit-ignored", "RFC 7515, Section 4.1.11", "a critical extension that nobody understands is ignored, and so is a crit that is no array",
     lambda: each(python_jose, token(CRIT), *CRITS)),
    ("python-jose/jwe-crit-ignored", "RFC 7516, Section 4.1.13", "and in a JWE",
     lambda: each(python_jose_jwe, encrypted(OAEP_CRIT), *JWE_CRITS)),
    ("python-jose/exp-on-time", "RFC 7519, Section 4.1.4", "a JWT is accepted in the second of exp, leeway 0",
     lambda: python_jose_claims(f'{{"exp":{NOW}}}')),
    ("python-jose/nbf-fraction", "RFC 7519, Section 4.1.5", "the fraction of nbf is cut off: accepted half a second early",
     lambda: python_jose_claims(f'{{"nbf":{NOW}.5}}')),
    ("python-jose/date-string", "RFC 7519, Section 2", "exp may be a string", lambda: python_jose_claims(f'{{"exp":"{NOW + 1}"}}')),
    ("python-jose/nbf-false", "RFC 7519, Section 2", "nbf may be false", lambda: python_jose_claims('{"nbf":false}')),
    ("python-jose/base64", "RFC 7515, Section 2", "padding and the other alphabet in each segment, and other characters in the signature",
     lambda: (each(python_jose, *odd_text(), *odd_signatures(pad, standard)), each(python_jose_es512, *odd_es512()))),
    ("python-jose/jwe-base64", "RFC 7516, Section 7.1", "padding and the other alphabet in a JWE, and white space in its IV",
     lambda: each(python_jose_jwe, *odd_jwe_header(), *odd_jwe(), *odd_iv())),
    ("python-jose/jwe-dots", "RFC 7516, Section 7.1", "dots after the tag are ignored",
     lambda: python_jose_jwe(encrypted(OAEP) + "." * 1000)),
    ("python-jose/zip-null", "RFC 7516, Section 4.1.3", "zip that is null counts as no zip",
     lambda: python_jose_jwe(encrypted('{"alg":"RSA-OAEP","enc":"A256GCM","zip":null}'))),
    ("python-jose/nan", "RFC 8259, Section 6", "NaN or Infinity in a header of a JWS or JWE, and in a claims set",
     lambda: (each(python_jose, token('{"alg":"HS512","x":NaN}'), token('{"alg":"HS512","x":Infinity}')),
              python_jose_jwe(encrypted('{"alg":"RSA-OAEP","enc":"A256GCM","x":NaN}')), python_jose_claims('{"x":NaN}'))),
    ("python-jose/short-hmac-key", "RFC 7518, Section 3.2", "an HS512 secret of 5 octets, or of none",
     lambda: (python_jose(token(HS512, key=b"short"), b"short"), python_jose(token(HS512, key=b""), oct("")))),
    ("python-jose/rsa-short", "RFC 7518, Section 3.3", "an RSA key of 1024 or 2047 bits, as JWK and in a certificate",
     lambda: (each(python_jose_signs, rsa_of(1024), rsa_of(2047)),
              each(python_jose_reads, public(rsa_of(1024)), public(rsa_of(2047)), certificate_1024()))),
    ("python-jose/rsa-modulus-even", "RFC 8017, Section 3.1", "an RSA public key whose modulus is even, as JWK and in a certificate",
     lambda: each(python_jose_reads, with_number("n", EVEN, RSA_PUBLIC), certificate(EVEN, 65537))),
    ("python-jose/certificate-exponent", "RFC 8017, Section 3.1", "an RSA public key whose exponent is 1 or 2, in a certificate",
     lambda: each(python_jose_reads, *CERTIFICATES)),
    ("python-jose/jwk-base64", "RFC 7515, Section 2", "numbers of a JWK may be padded, in the other alphabet, or have a line feed",
     lambda: (each(python_jose_reads, *MODULI, *LINE_FEEDS), each(python_jose_signs, *OCTS))),
    ("python-jose/rsa-oth", "RFC 7518, Section 6.3.2.7", "oth of an RSA private key is ignored",
     lambda: python_jose_signs({**RSA_JWK, "oth": []})),
    ("python-jose/ec-length", "RFC 7518, Section 6.2.1.2", "x, y and d of a P-521 key may have 65 octets, and x and d 67",
     lambda: (each(python_jose_reads, *ec_lengths()), each(python_jose_signs, *ec_d_lengths()))),
    ("python-jose/use-ignored", "RFC 7517, Section 4.2", "a secret or a public key whose use is enc, or whose key_ops are sign alone, verifies",
     lambda: (each(lambda key: python_jose(token(HS512), key), *OTHER_USES), each(python_jose_set, *OTHER_PUBLIC_USES))),
    ("python-jose/set-alg", "RFC 7517, Section 4.4", "a key of a set whose alg is PS256 verifies RS256",
     lambda: python_jose_set({**RSA_PUBLIC, "alg": "PS256"})),
    ("python-jose/key-ops", "RFC 7517, Section 4.3", "key_ops may have elements that are no strings",
     lambda: python_jose_reads({**RSA_PUBLIC, "key_ops": [1, "verify"]})),
    ("python-jose/iv-read", "RFC 7518, Section 5.3", "a JWE with A256GCM whose IV has 8, 11, 13 or 16 octets",
     lambda: each(lambda size: python_jose_jwe(encrypted(OAEP, iv_size=size)), 8, 11, 13, 16)),
    ("python-jose/iv-length", "RFC 7518, Section 5.3", "it encrypts with A256GCM and an IV of 16 octets", python_jose_iv),

    ("Authlib/jwe-crit-ignored", "RFC 7516, Section 4.1.13", "a critical extension that nobody understands is ignored in a JWE",
     lambda: each(authlib_jwe, encrypted(OAEP_CRIT), *JWE_CRITS)),
    ("Authlib/exp-on-time", "RFC 7519, Section 4.1.4", "a JWT is accepted in the second of exp, leeway 0",
     lambda: authlib_claims(f'{{"exp":{NOW}}}')),
    ("Authlib/nbf-boolean", "RFC 7519, Section 2", "nbf may be a boolean", lambda: authlib_claims('{"nbf":false}')),
    ("Authlib/sub-type", "RFC 7519, Section 4.1.2", "sub may be an array", lambda: authlib_claims('{"sub":[]}')),
    ("Authlib/aud-elements", "RFC 7519, Section 4.1.3", "aud may have numbers or null beside the audience that is expected",
     lambda: each(lambda v: authlib_claims(f'{{"aud":["a",{v}]}}', aud={"essential": True, "values": ["a"]}), "1", "null")),
    ("Authlib/base64", "RFC 7515, Section 2", "padding and the other alphabet in each segment, and other characters in the signature",
     lambda: (each(authlib, *odd_text(), *odd_signatures(pad, standard)), each(authlib_es512, *odd_es512()))),
    ("Authlib/jwe-base64", "RFC 7516, Section 7.1", "padding and the other alphabet in a JWE, and white space in its IV",
     lambda: each(authlib_jwe, *odd_jwe_header(), *odd_jwe(), *odd_iv())),
    ("Authlib/nan", "RFC 8259, Section 6", "NaN or Infinity in a header of a JWS or JWE, and in a claims set",
     lambda: (each(authlib, token('{"alg":"HS512","x":NaN}'), token('{"alg":"HS512","x":Infinity}')),
              authlib_jwe(encrypted('{"alg":"RSA-OAEP","enc":"A256GCM","x":NaN}')), authlib_claims('{"x":NaN}'))),
    ("Authlib/short-hmac-key", "RFC 7518, Section 3.2", "an HS512 secret of 5 octets, or of none",
     lambda: (authlib(token(HS512, key=b"short"), b"short"), authlib_signs(oct("")))),
    ("Authlib/rsa-short", "RFC 7518, Section 3.3", "an RSA key of 1024 or 2047 bits, as JWK and in a certificate",
     lambda: (each(authlib_signs, rsa_of(1024), rsa_of(2047)), each(authlib_reads, public(rsa_of(1024)), public(rsa_of(2047)), certificate_1024()))),
    ("Authlib/rsa-modulus-even", "RFC 8017, Section 3.1", "an RSA public key whose modulus is even, as JWK and in a certificate",
     lambda: each(authlib_reads, with_number("n", EVEN, RSA_PUBLIC), certificate(EVEN, 65537))),
    ("Authlib/certificate-exponent", "RFC 8017, Section 3.1", "an RSA public key whose exponent is 1 or 2, in a certificate",
     lambda: each(authlib_reads, *CERTIFICATES)),
    ("Authlib/jwk-base64", "RFC 7515, Section 2", "numbers of a JWK may be padded, in the other alphabet, or have a line feed",
     lambda: (each(authlib_reads, *MODULI, LINE_FEEDS[1]), each(authlib_signs, *OCTS))),
    ("Authlib/thumbprint-values", "RFC 7638, Section 3",
     "a thumbprint of an RSA key whose e is a number, or whose n has a quotation mark, which is hashed with an escape, or padding",
     lambda: each(authlib_thumbprint, *ODD_VALUES)),
    ("Authlib/ec-length", "RFC 7518, Section 6.2.1.2", "x, y and d of a P-521 key may have 65 octets, and x and d 67",
     lambda: (each(authlib_reads, *ec_lengths()), each(authlib_signs, *ec_d_lengths()))),
    ("Authlib/set-alg", "RFC 7517, Section 4.4", "a key of a set whose alg is PS256 verifies RS256",
     lambda: authlib_set({**RSA_PUBLIC, "alg": "PS256"})),
    ("Authlib/key-ops", "RFC 7517, Section 4.3", "key_ops may have elements that are no strings",
     lambda: authlib_reads({**RSA_PUBLIC, "key_ops": [1, "verify"]})),

    ("jose-command/crit-ignored", "RFC 7515, Section 4.1.11", "a critical extension that nobody understands is ignored, and so is a crit that is no array",
     lambda: (each(jose_command, token(CRIT), *CRITS, *OTHER_CRITS),
              jose_command_detached(change(token(CRIT, "text"), 1, lambda _: ""), "text"))),
    ("jose-command/alg-of-the-key", "RFC 8725, Section 3.1", "a JWK whose alg is RS256 verifies an RS512 token, one of PS256 RS256, and one of ECDH-ES ES512",
     jose_command_other_alg),
    ("jose-command/alg-missing", "RFC 7515, Section 4.1.1", "a header without alg", lambda: each(jose_command, token("{}"), token('{"ALG":"HS512"}'))),
    ("jose-command/set-alg", "RFC 8725, Section 3.1", "any key of a JWK Set verifies, whatever its kid, and alg cannot be chosen",
     jose_command_set),
    ("jose-command/segments", "RFC 7515, Section 7.1", "segments after the signature are ignored, empty or not",
     lambda: each(lambda s: jose_command(token(HS512) + s), ".AA", ".AA.AA", ".", "." * 1000, ".AA" * 1000)),
    ("jose-command/space", "RFC 7515, Section 7.1", "white space before the token, and where a detached payload was",
     lambda: (jose_command(" " + token(HS512)), jose_command_detached(change(token(HS512, "text"), 1, lambda _: " "), "text"))),
    ("jose-command/detached-and-attached", "RFC 7515, Appendix F", "a detached payload is taken beside a token that has it inside",
     lambda: jose_command_detached(token(HS512, "text"), "text")),
    ("jose-command/rsa-short", "RFC 7518, Section 3.3", "an RSA key of 2047 bits",
     lambda: (jose_command_signs(rsa_of(2047)), jose_command_reads(public(rsa_of(2047))))),
    ("jose-command/rsa-modulus-even", "RFC 8017, Section 3.1", "an RSA public key whose modulus is even",
     lambda: jose_command_reads(with_number("n", EVEN, RSA_PUBLIC))),
    ("jose-command/rsa-exponent", "RFC 8017, Section 3.1", "an RSA public key whose exponent is 0, 1, 2, 65536 or the modulus",
     lambda: each(jose_command_reads, *EXPONENTS)),
    ("jose-command/rsa-private-numbers", "RFC 7518, Section 6.3.2", "an RSA private key signs whose numbers do not belong to each other",
     lambda: each(jose_command_signs, *wrong_numbers())),
    ("jose-command/rsa-oth", "RFC 7518, Section 6.3.2.7", "oth of an RSA private key is ignored",
     lambda: jose_command_signs({**RSA_JWK, "oth": []})),
    ("jose-command/ec-length", "RFC 7518, Section 6.2.1.2", "x, y and d of a P-521 key may have 65 octets, and x and d 67",
     lambda: (each(jose_command_reads, *ec_lengths()), each(jose_command_signs, *ec_d_lengths()))),
    ("jose-command/jwk-trailing", "RFC 7515, Section 10.12", "text may follow a JWK, which verifies and has a thumbprint", jose_command_trailing),
    ("jose-command/thumbprint-missing", "RFC 7638, Section 3.2",
     "a thumbprint of a JWK without n, y or kty, or whose last kty does not exist (known and mended: pull request 171 of latchset/jose)",
     lambda: each(jose_command_any_thumbprint, {"kty": "RSA", "e": "AQAB"}, {"kty": "RSA", "e": "AQAB", "x5c": [X5C]},
                  {name: EC_PUBLIC[name] for name in ("kty", "crv", "x")}, {name: EC_PUBLIC[name] for name in ("crv", "x", "y")},
                  json.dumps(RSA_PUBLIC)[:-1] + ',"kty":"none"}')),
    ("jose-command/thumbprint-values", "RFC 7638, Section 3",
     "and of an RSA key whose e is a number, or whose n has a quotation mark, which is hashed with an escape, or padding",
     lambda: each(jose_command_thumbprint, *ODD_VALUES)),
    ("jose-command/ec-x-above-p", "RFC 7518, Section 6.2.1.2", "x of a P-521 key may be above the prime of its field",
     lambda: jose_command_reads({**EC_PUBLIC, "x": enc((number(EC_JWK["x"]) + 2**521 - 1).to_bytes(66, "big"))})),
    ("jose-command/key-ops", "RFC 7517, Section 4.3", "key_ops may have elements that are no strings",
     lambda: jose_command_reads({**RSA_PUBLIC, "key_ops": [1, "verify"]})),
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
    for decrypt in jwcrypto_jwe, python_jose_jwe, authlib_jwe:
        if not accepts(lambda: decrypt(encrypted(OAEP))) or accepts(lambda: decrypt(TAMPERED)):
            sys.exit(f"{decrypt.__name__}: the controls fail")
    for reads, signs in key_controls:
        if not accepts(lambda: each(reads, RSA_PUBLIC, EC_PUBLIC)) or accepts(lambda: reads({"kty": "RSA"})):
            sys.exit(f"{reads.__name__}: the controls fail")
        if not accepts(lambda: signs(RSA_JWK)) or accepts(lambda: signs(RSA_PUBLIC)):
            sys.exit(f"{signs.__name__}: the controls fail")
    for thumbprint in jwcrypto_thumbprint, authlib_thumbprint, jose_command_thumbprint:
        if not accepts(lambda: each(thumbprint, RSA_PUBLIC, EC_PUBLIC)) or accepts(lambda: thumbprint({**RSA_PUBLIC, "x": "AQ"})):
            sys.exit(f"{thumbprint.__name__}: the controls fail")
    if not accepts(lambda: jose_command_any_thumbprint(RSA_PUBLIC)) or accepts(lambda: jose_command_any_thumbprint("no key")):
        sys.exit("jose_command_any_thumbprint: the controls fail")
    for verify in python_jose_set, authlib_set:
        if not accepts(lambda: verify(RSA_PUBLIC)) or accepts(lambda: verify(with_number("n", EVEN, RSA_PUBLIC))):
            sys.exit(f"{verify.__name__}: the controls fail")
    for name, section, text, run in rows:
        if name in refused:
            reproduced = accepts(refused[name]) and not accepts(run)
        else:
            reproduced = accepts(run)
        print(f"{'reproduced' if reproduced else 'not reproduced':14}  {name:32} {section:26} {text}")


main()
