// Reproduces the deviations of the libraries for Node.js, with nothing but the
// libraries: each row makes tokens or keys with node:crypto, gives them to the library
// as its documentation says to, and looks at what it says. All are tokens that
// the RFCs refuse and the library takes.
import { createHash, createHmac, constants, createCipheriv, generateKeyPairSync, generatePrimeSync, publicEncrypt, randomBytes, sign } from 'node:crypto'
import { createRequire } from 'node:module'

const require = createRequire(new URL('../node/', import.meta.url))
const jose = await import(new URL('../node/node_modules/jose/dist/webapi/index.js', import.meta.url))
const jsonwebtoken = require('jsonwebtoken')
const { createVerifier } = require('fast-jwt')
const nodeJose = require('node-jose')

const NOW = 1700000000
const SECRET = Buffer.alloc(64, 'k')
const HS512 = '{"alg":"HS512"}'
const enc = (octets) => Buffer.from(octets).toString('base64url')
const mac = (input, key = SECRET) => createHmac('sha512', key).update(input).digest('base64url')

// token returns the JWS of exactly these octets, by HMAC with SHA-512.
function token(header, payload = '{}', key = SECRET) {
  const input = `${enc(header)}.${enc(payload)}`
  return `${input}.${mac(input, key)}`
}

const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 })
const EC = generateKeyPairSync('ec', { namedCurve: 'P-521' })
const OAEP = '{"alg":"RSA-OAEP","enc":"A256GCM"}'

// sealed returns the JWE of this text as first segment, with RSA-OAEP and
// A256GCM. The plaintext is long enough to have every letter of base64.
function sealed(header) {
  const cek = randomBytes(32), iv = randomBytes(12)
  const key = publicEncrypt({ key: RSA.publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING }, cek)
  const c = createCipheriv('aes-256-gcm', cek, iv).setAAD(Buffer.from(header))
  const text = Buffer.concat([c.update(Buffer.alloc(1000)), c.final()])
  return [header, ...[key, iv, text, c.getAuthTag()].map(enc)].join('.')
}

const encrypted = (header) => sealed(enc(header))

// where returns the first of many tokens for which ok is true.
function where(make, ok) {
  for (;;) {
    const token = make()
    if (ok(token.split('.'))) return token
  }
}

const change = (token, i, f) => token.split('.').map((s, n) => n === i ? f(s) : s).join('.')
const middle = (s) => (text) => text.slice(0, 4) + s + text.slice(4)
const last = (s) => (text) => text + s
const pad = (text) => text + '='.repeat((4 - text.length % 4) % 4)
const standard = (text) => text.replaceAll('-', '+').replaceAll('_', '/')
const letters = (text) => /[-_]/.test(text)

// signedText is the JWS of these texts as its first two segments.
const signedText = (header, payload) => `${header}.${payload}.${mac(`${header}.${payload}`)}`

// oddJws are tokens that have each change in each segment, and oddJwe the same
// for JWE. The texts have padding, and letters that the alphabets do not share.
const HEADER = enc('{"alg":"HS512","x":"???>>>~~~"}'), PAYLOAD = enc('{"x":"???>>>~~~"}')
const JWE_HEADER = enc('{"alg":"RSA-OAEP","enc":"A256GCM","x":"???>>>~~~"}')
function oddJws(...changes) {
  return changes.flatMap((f) => [signedText(f(HEADER), PAYLOAD), signedText(HEADER, f(PAYLOAD)),
    change(where(() => signedText(HEADER, enc(`{"x":"${Math.random()}"}`)), (s) => letters(s[2])), 2, f)])
}
function oddJwe(...changes) {
  return changes.flatMap((f) => [sealed(f(JWE_HEADER)),
    ...[1, 2, 3, 4].map((i) => change(where(() => encrypted(OAEP), (s) => letters(s[i])), i, f))])
}
const leadingZero = () => change(where(() => encrypted(OAEP), (s) => Buffer.from(s[1], 'base64url')[0] === 0), 1,
  (s) => enc(Buffer.from(s, 'base64url').subarray(1)))

// Keys with numbers that are not those of a key.
const number = (text) => BigInt('0x' + Buffer.from(text, 'base64url').toString('hex'))
const octets = (n) => Buffer.from(n.toString(16).replace(/^(..)*.$/, '0$&'), 'hex')
const text = (n) => enc(octets(n))
const jwk = (bits) => generateKeyPairSync('rsa', { modulusLength: bits }).privateKey.export({ format: 'jwk' })
const KEY = RSA.privateKey.export({ format: 'jwk' }), OTHER = jwk(2048)
const half = ({ kty, crv, n, e, x, y }) => ({ kty, crv, n, e, x, y })
const PUB = half(KEY)
const plus = (name, n) => ({ ...KEY, [name]: text(number(KEY[name]) + n) })

function inverse(a, m) {
  let [r, s, x, y] = [m, a % m, 0n, 1n]
  while (s) [r, s, x, y] = [s, r % s, y, x - r / s * y]
  return r === 1n ? (x + m) % m : 0n
}

// fromPrimes returns the key that p and q would make, were they two primes.
function fromPrimes(p, q) {
  const d = inverse(65537n, (p - 1n) * (q - 1n))
  const numbers = { n: p * q, e: 65537n, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) || 1n }
  return { kty: 'RSA', ...Object.fromEntries(Object.entries(numbers).map(([name, n]) => [name, text(n)])) }
}

const prime = (bits) => generatePrimeSync(bits, { bigint: true, add: 65537n * 2n, rem: 3n }) // fits 65537
const wrongNumbers = () => [
  plus('d', 2n), { ...KEY, d: OTHER.d }, { ...KEY, d: 'AQ' }, { ...KEY, d: 'AA' },
  plus('d', (number(KEY.p) - 1n) * (number(KEY.q) - 1n)),
  plus('p', 2n), { ...KEY, q: OTHER.q }, { ...KEY, p: 'AQ', q: KEY.n },
  plus('dp', 2n), plus('dq', 2n), plus('qi', 1n), { ...KEY, p: KEY.q, q: KEY.p, dp: KEY.dq, dq: KEY.dp },
  { ...KEY, n: OTHER.n }, { ...KEY, e: 'Aw' },
  fromPrimes(number(KEY.q), number(KEY.q)), fromPrimes(prime(520) * prime(520), prime(1030)),
]
const exponents = (e) => e.map((e) => ({ ...PUB, e }))
const even = (n) => text(number(n) ^ 1n)

// EC0 is a key whose numbers all begin with a zero octet.
const first = (s) => Buffer.from(s, 'base64url')[0]
let EC0
do EC0 = generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey.export({ format: 'jwk' })
while (first(EC0.x) || first(EC0.y) || first(EC0.d))
const shorter = (s) => enc(Buffer.from(s, 'base64url').subarray(1))
const longer = (s) => enc(Buffer.concat([Buffer.alloc(1), Buffer.from(s, 'base64url')]))
const ORDER = 2n ** 521n - 0x5ae79787c40d069948033feb708f65a2fc44a36477663b851449048e16ec79bf7n
const ecNumber = (n) => ({ ...EC0, d: enc(Buffer.from(n.toString(16).padStart(132, '0'), 'hex')) })

function der(tag, ...content) {
  const c = Buffer.concat(content)
  const n = octets(c.length)
  return Buffer.concat([Buffer.from([tag, ...c.length < 128 ? [] : [0x80 + n.length]]), n, c])
}
const RS256_OID = der(0x30, der(6, Buffer.from('2a864886f70d01010b', 'hex')), der(5))
const RSA_OID = der(0x30, der(6, Buffer.from('2a864886f70d010101', 'hex')), der(5))

// certificate returns a certificate of an RSA key in PEM; its signature is none.
function certificate(n, e, field = '', after = '') {
  const numbers = der(0x30, der(2, Buffer.alloc(1), octets(n)), der(2, octets(e))) // n with an octet for its sign
  const spki = der(0x30, RSA_OID, der(3, Buffer.alloc(1), numbers))
  const time = der(0x17, Buffer.from('230101000000Z'))
  const tbs = der(0x30, der(0xa0, der(2, Buffer.from([2]))), der(2, Buffer.from([1])), RS256_OID, der(0x30), der(0x30, time, time), der(0x30), spki)
  const all = Buffer.concat([der(0x30, tbs, RS256_OID, der(3, Buffer.alloc(257)), Buffer.from(field)), Buffer.from(after)])
  return `-----BEGIN CERTIFICATE-----\n${all.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`
}

// unsigned is a token with a signature that no key has made: a key with which
// it can be looked at fails on the signature, not before.
const unsigned = (alg, size) => `${enc(`{"alg":"${alg}"}`)}.${enc('{}')}.${enc(Buffer.alloc(size, 1))}`

// es512 returns an ES512 token with octets after its signature.
function es512(more) {
  const input = `${enc('{"alg":"ES512"}')}.${enc('{}')}`
  const signature = sign('sha512', Buffer.from(input), { key: EC.privateKey, dsaEncoding: 'ieee-p1363' })
  return `${input}.${enc(Buffer.concat([signature, Buffer.from(more)]))}`
}

const panva = (t, key = SECRET) => jose.compactVerify(t, key, { algorithms: ['HS512'] })
const panvaJwt = (claims, more) => jose.jwtVerify(token(HS512, claims), SECRET, { algorithms: ['HS512'], currentDate: new Date(NOW * 1000), ...more })
const auth0 = (t, key = SECRET) => jsonwebtoken.verify(t, key, { algorithms: ['HS512'], clockTimestamp: NOW })
const fast = (t, key = SECRET) => createVerifier({ key, algorithms: ['HS512'], clockTimestamp: NOW * 1000 })(t)

async function cisco(t, alg = 'HS512', key = { kty: 'oct', k: enc(SECRET) }) {
  return nodeJose.JWS.createVerify(await nodeJose.JWK.asKey(key)).verify(t, { algorithms: [alg] })
}
// What follows takes a list, and all of it has to be accepted.
const each = async (list, run) => { for (const item of list) await run(item) }

async function panvaDecrypt(t) {
  return jose.compactDecrypt(t, KEY, { keyManagementAlgorithms: ['RSA-OAEP'], contentEncryptionAlgorithms: ['A256GCM'] })
}
function panvaDetached(header, signature) {
  const jws = { protected: header, payload: Buffer.from('text'), signature }
  return jose.flattenedVerify(jws, SECRET, { algorithms: ['HS512'] })
}
async function panvaReads(key) {
  const [alg, size] = key.kty === 'EC' ? ['ES512', 132] : ['RS256', 256]
  await refusedAtSignature(jose.compactVerify(unsigned(alg, size), key, { algorithms: [alg] }),
    (e) => e instanceof jose.errors.JWSSignatureVerificationFailed)
}
async function panvaSigns(key) {
  const alg = { RSA: 'RS256', EC: 'ES512', oct: 'HS512' }[key.kty]
  await new jose.CompactSign(Buffer.from('text')).setProtectedHeader({ alg }).sign(key)
}
async function panvaCertificate(pem) {
  await panvaReads(await jose.importX509(pem, 'RS256'))
}
async function refusedAtSignature(promise, right) {
  const e = await promise.then(() => new Error('a signature that no key has made'), (e) => e)
  if (!right(e)) throw e
}

// hash is what RFC 7638 makes of members that are in its order.
const hash = (members) => createHash('sha256').update(members).digest('base64url')
const members = ({ e, kty, n }) => JSON.stringify({ e, kty, n })
// oddValues are keys whose members are none of a JWK: with a quotation mark,
// which the input of the hash must not have, or with padding.
const oddValues = [{ ...PUB, n: `","x":"${KEY.n}` }, { ...PUB, n: pad(KEY.n) }]

// panvaThumbprint and ciscoThumbprint expect this input of the hash.
async function panvaThumbprint(jwk, input = members(jwk)) {
  if (await jose.calculateJwkThumbprint(jwk, 'sha256') !== hash(input)) throw new Error('another thumbprint')
}
async function ciscoThumbprint(jwk, input = members(jwk)) {
  if (enc(await (await nodeJose.JWK.asKey(jwk)).thumbprint('SHA-256')) !== hash(input)) throw new Error('another thumbprint')
}

async function ciscoReads(jwk) {
  const key = await nodeJose.JWK.asKey(jwk)
  const [alg, size] = jwk.kty === 'EC' ? ['ES512', 132] : ['RS256', 256]
  await refusedAtSignature(key.verify(alg, Buffer.from('text'), Buffer.alloc(size, 1)), (e) => e.message === 'verification failed')
}
async function ciscoSigns(jwk) {
  const alg = { RSA: 'RS256', EC: 'ES512', oct: 'HS512' }[jwk.kty]
  await nodeJose.JWS.createSign({ format: 'compact', fields: { alg } }, await nodeJose.JWK.asKey(jwk)).update('text').final()
}
async function ciscoDecrypt(t) {
  const key = await nodeJose.JWK.asKey(RSA.privateKey.export({ format: 'jwk' }))
  return nodeJose.JWE.createDecrypt(key).decrypt(t, { algorithms: ['RSA-OAEP', 'A256GCM'] })
}

const t = token(HS512)
const short = Buffer.from('short')
const notUtf8 = Buffer.from('{"alg":"HS512","x":"\xff"}', 'latin1')
const notUtf8Jwe = Buffer.from('{"alg":"RSA-OAEP","enc":"A256GCM","x":"\xff"}', 'latin1')
const notUtf8Claims = Buffer.from('{"x":"\xff"}', 'latin1')
const lonely = [signedText(enc(HS512) + 'A', PAYLOAD), signedText(enc(HS512), enc('{"x":"??>>~"}  ') + 'A')]
const lonelyEs512 = () => es512('') + 'A'
const white = [' ', '\n', '\r', '\t'].map(middle).concat(last('\n'))
const crits = ['["x"]', 'null', '1', 'false', '["b64"],"b64":false'].map((crit) => token(`{"alg":"HS512","x":1,"crit":${crit}}`))
const rows = [
  ['jose/base64', 'RFC 7515, Section 2', 'white space inside of each segment, and padding after it', () => each(oddJws(pad, ...white), panva)],
  ['jose/detached-base64', 'RFC 7515, Section 2', 'and in a detached JWS with an unencoded payload', async () => {
    const h = enc('{"alg":"HS512","b64":false,"crit":["b64"]}'), padded = pad(enc('{"alg":"HS512","b64":false,"crit":["b64"]} '))
    await panvaDetached(h, mac(h + '.text') + '\n')
    await panvaDetached(padded, mac(padded + '.text'))
  }],
  ['jose/jwe-base64', 'RFC 7516, Section 7.1', 'and in each segment of a JWE', () => each(oddJwe(pad, ...white), panvaDecrypt)],
  ['jose/oaep-leading-zero', 'RFC 8017, Section 7.1.2', 'an encrypted key without its leading zero octet', () => panvaDecrypt(leadingZero())],
  ['jose/short-hmac-key', 'RFC 7518, Section 3.2', 'an HS512 secret of 5 octets', () => panva(token(HS512, '{}', short), short)],
  ['jose/kid-type', 'RFC 7515, Section 4.1.4', 'kid may be an object', () => panva(token('{"alg":"HS512","kid":{}}'))],
  ['jose/sub-type', 'RFC 7519, Section 4.1.2', 'sub may be an array', () => panvaJwt('{"sub":[]}')],
  ['jose/aud-elements', 'RFC 7519, Section 4.1.3', 'aud may have numbers or null beside the audience that is expected',
    () => each(['1', 'null'], (v) => panvaJwt(`{"aud":["a",${v}]}`, { audience: 'a' }))],
  ['jose/rsa-modulus-even', 'RFC 8017, Section 3.1', 'an RSA public key whose modulus is even, as JWK and in a certificate', async () => {
    await panvaReads({ ...PUB, n: even(KEY.n) })
    await panvaCertificate(certificate(number(KEY.n) ^ 1n, 65537n))
  }],
  ['jose/rsa-exponent', 'RFC 8017, Section 3.1', 'an RSA public key whose exponent is 0, 1, 2, 65536 or the modulus',
    () => each(exponents(['AA', 'AQ', 'Ag', 'AQAA', KEY.n]), panvaReads)],
  ['jose/certificate-exponent', 'RFC 8017, Section 3.1', 'and one of 1 or 2 in a certificate',
    () => each([1n, 2n], (e) => panvaCertificate(certificate(number(KEY.n), e)))],
  ['jose/certificate-trailing', 'RFC 5280, Section 4.1', 'an octet after a certificate, and a fourth field in it', async () => {
    await panvaCertificate(certificate(number(KEY.n), 65537n, '', '\0'))
    await panvaCertificate(certificate(number(KEY.n), 65537n, der(5)))
  }],
  ['jose/jwk-number', 'RFC 7518, Section 6.3.1.2', 'e of an RSA key may be a number', () => panvaReads({ ...PUB, e: 65537 })],
  ['jose/jwk-base64', 'RFC 7515, Section 2', 'numbers of a JWK may be padded or have white space, and n the other alphabet', async () => {
    await each([pad, standard, middle('\n')].map((f) => ({ ...PUB, n: f(KEY.n) })), panvaReads)
    await panvaReads({ ...half(EC0), x: middle('\n')(EC0.x) })
    await each([pad, middle(' ')].map((f) => ({ kty: 'oct', k: f(enc(SECRET)) })), panvaSigns)
  }],
  ['jose/rsa-private-numbers', 'RFC 7518, Section 6.3.2', 'an RSA private key signs whose numbers do not belong to each other',
    () => each(wrongNumbers(), panvaSigns)],
  ['jose/rsa-oth', 'RFC 7518, Section 6.3.2.7', 'oth of an RSA private key is ignored if it is empty', () => panvaSigns({ ...KEY, oth: [] })],
  ['jose/ec-length', 'RFC 7518, Section 6.2.1.2', 'x, y and d of a P-521 key may have 65 octets, and x and d 67', async () => {
    const pub = half(EC0)
    await each([{ ...pub, x: shorter(pub.x) }, { ...pub, y: shorter(pub.y) }, { ...pub, x: longer(pub.x) }], panvaReads)
    await each([{ ...EC0, d: shorter(EC0.d) }, { ...EC0, d: longer(EC0.d) }], panvaSigns)
  }],
  ['jose/thumbprint-values', 'RFC 7638, Section 3', 'a thumbprint of an RSA key whose n has a quotation mark, which is hashed with an escape, or padding',
    () => each(oddValues, (k) => panvaThumbprint(k))],
  ['jose/pem-end', 'RFC 7468, Section 2', 'a public key in PEM without the line that ends it', async () => {
    const pem = RSA.publicKey.export({ type: 'spki', format: 'pem' })
    await panvaReads(await jose.importSPKI(pem.slice(0, pem.indexOf('-----END')), 'RS256'))
  }],

  ['jsonwebtoken/crit-ignored', 'RFC 7515, Section 4.1.11', 'a critical extension that nobody understands is ignored, and a crit that is no array',
    () => each(crits, (t) => auth0(t))],
  ['jsonwebtoken/base64-length', 'RFC 7515, Section 2', 'a character that encodes no octet after each segment', async () => {
    await each(lonely, (t) => auth0(t))
    jsonwebtoken.verify(lonelyEs512(), EC.publicKey, { algorithms: ['ES512'] })
  }],
  ['jsonwebtoken/header-utf8', 'RFC 7515, Section 5.2', 'a header that is not UTF-8 is read', () => auth0(token(notUtf8))],
  ['jsonwebtoken/sub-type', 'RFC 7519, Section 4.1.2', 'sub may be an array', () => auth0(token(HS512, '{"sub":[]}'))],
  ['jsonwebtoken/claims-utf8', 'RFC 7519, Section 7.2', 'a claims set that is not UTF-8 is read', () => auth0(token(HS512, notUtf8Claims))],
  ['jsonwebtoken/aud-elements', 'RFC 7519, Section 4.1.3', 'aud may have numbers or null beside the audience that is expected',
    () => each(['1', 'null'], (v) => jsonwebtoken.verify(token(HS512, `{"aud":["a",${v}]}`), SECRET, { algorithms: ['HS512'], audience: 'a' }))],
  ['jsonwebtoken/iat-type', 'RFC 7519, Section 4.1.6', 'iat may be an object', () => auth0(token(HS512, '{"iat":{}}'))],
  ['jsonwebtoken/short-hmac-key', 'RFC 7518, Section 3.2', 'an HS512 secret of 5 octets', () => auth0(token(HS512, '{}', short), short)],

  ['fast-jwt/exp-on-time', 'RFC 7519, Section 4.1.4', 'a JWT is accepted in the second of exp, tolerance 0',
    () => fast(token(HS512, `{"exp":${NOW}}`))],
  ['fast-jwt/crit-falsy', 'RFC 7515, Section 4.1.11', 'crit that is null or false counts as no crit',
    () => each(['false', 'null'], (crit) => fast(token(`{"alg":"HS512","crit":${crit}}`)))],
  ['fast-jwt/base64-length', 'RFC 7515, Section 2', 'a character that encodes no octet after each segment', async () => {
    await each(lonely, (t) => fast(t))
    createVerifier({ key: EC.publicKey.export({ type: 'spki', format: 'pem' }), algorithms: ['ES512'] })(lonelyEs512())
  }],
  ['fast-jwt/claims-utf8', 'RFC 7519, Section 7.2', 'a claims set that is not UTF-8 is read', () => fast(token(HS512, notUtf8Claims))],
  ['fast-jwt/header-utf8', 'RFC 7515, Section 5.2', 'a header that is not UTF-8 is read', () => fast(token(notUtf8))],
  ['fast-jwt/sub-type', 'RFC 7519, Section 4.1.2', 'sub may be an array', () => fast(token(HS512, '{"sub":[]}'))],
  ['fast-jwt/short-hmac-key', 'RFC 7518, Section 3.2', 'an HS512 secret of 5 octets', () => fast(token(HS512, '{}', short), short)],

  ['node-jose/segments', 'RFC 7515, Section 7.1', 'segments after the signature are ignored, empty or not',
    () => each(['.AA', '.AA.AA', '.', '.'.repeat(1000), '.AA'.repeat(1000)], (s) => cisco(t + s))],
  ['node-jose/jwe-segments', 'RFC 7516, Section 7.1', 'segments after the tag are ignored, empty or not',
    () => each(['.AA', '.', '.'.repeat(1000)], (s) => ciscoDecrypt(encrypted(OAEP) + s))],
  ['node-jose/base64', 'RFC 7515, Section 2', 'any other character inside of a segment is ignored, and padding, and one that encodes no octet', async () => {
    await each(oddJws(pad, standard, ...white, middle('!'), middle('\0')), (t) => cisco(t))
    await each(lonely, (t) => cisco(t))
    await cisco(lonelyEs512(), 'ES512', EC.publicKey.export({ format: 'jwk' }))
    await cisco(signedText(enc(HS512), PAYLOAD + '%3D%3D'))
  }],
  ['node-jose/jwe-base64', 'RFC 7516, Section 7.1', 'and in a JWE', async () => {
    await each(oddJwe(pad, standard, ...white, middle('!'), middle('\0')), ciscoDecrypt)
    await each([sealed(middle('\u00a0')(JWE_HEADER)), sealed(enc(OAEP + '  ') + 'A'), change(encrypted(OAEP), 2, last('A'))], ciscoDecrypt)
  }],
  ['node-jose/oaep-leading-zero', 'RFC 8017, Section 7.1.2', 'an encrypted key without its leading zero octet', () => ciscoDecrypt(leadingZero())],
  ['node-jose/mac-length', 'RFC 7518, Section 3.2', 'octets after the MAC are ignored',
    () => cisco(t.replace(/[^.]*$/, (s) => enc(Buffer.concat([Buffer.from(s, 'base64url'), short]))))],
  ['node-jose/es512-length', 'RFC 7518, Section 3.4', 'octets after an ES512 signature are ignored',
    () => cisco(es512(short), 'ES512', EC.publicKey.export({ format: 'jwk' }))],
  ['node-jose/crit-falsy', 'RFC 7515, Section 4.1.11', 'crit that is null or false counts as no crit, null also in a JWE', async () => {
    await each(['false', 'null'], (crit) => cisco(token(`{"alg":"HS512","crit":${crit}}`)))
    await ciscoDecrypt(encrypted('{"alg":"RSA-OAEP","enc":"A256GCM","crit":null}'))
  }],
  ['node-jose/header-utf8', 'RFC 7515, Section 5.2', 'a header that is not UTF-8 is read, of a JWS and of a JWE', async () => {
    await cisco(token(notUtf8))
    await ciscoDecrypt(encrypted(notUtf8Jwe))
  }],
  ['node-jose/kid-type', 'RFC 7515, Section 4.1.4', 'kid may be an object', () => cisco(token('{"alg":"HS512","kid":{}}'))],
  ['node-jose/zip-unknown', 'RFC 7516, Section 4.1.3', 'a zip that is not known is ignored',
    () => each(['X', 'def'], (zip) => ciscoDecrypt(encrypted(`{"alg":"RSA-OAEP","enc":"A256GCM","zip":"${zip}"}`)))],
  ['node-jose/zip-type', 'RFC 7516, Section 4.1.3', 'zip that is null, false or empty counts as no zip',
    () => each(['null', 'false', '""'], (zip) => ciscoDecrypt(encrypted(`{"alg":"RSA-OAEP","enc":"A256GCM","zip":${zip}}`)))],
  ['node-jose/rsa-short', 'RFC 7518, Section 3.3', 'an RSA key of 1024 or 2047 bits is read and signs', () => each([1024, 2047], async (bits) => {
    const key = jwk(bits)
    await ciscoSigns(key)
    await ciscoReads(half(key))
  })],
  ['node-jose/rsa-modulus', 'RFC 8017, Section 3.1', 'an RSA public key whose modulus is even, 0 or empty',
    () => each([even(KEY.n), 'AA', ''], (n) => ciscoReads({ ...PUB, n }))],
  ['node-jose/rsa-exponent', 'RFC 8017, Section 3.1', 'an RSA public key whose exponent is 0, 1, 2, 65536 or the modulus',
    () => each(exponents(['AA', 'AQ', 'Ag', 'AQAA', KEY.n]), ciscoReads)],
  ['node-jose/jwk-number', 'RFC 7518, Section 6.3.1.1', 'n and e of an RSA key may be numbers',
    () => each([{ ...PUB, n: Number(number(KEY.n) >> 1100n) }, { ...PUB, e: 65537 }], ciscoReads)],
  ['node-jose/jwk-base64', 'RFC 7515, Section 2', 'numbers of a JWK may be padded, in the other alphabet, or have white space', async () => {
    await each([pad, standard, middle('\n')].map((f) => ({ ...PUB, n: f(KEY.n) })), ciscoReads)
    await ciscoReads({ ...half(EC0), x: middle('\n')(EC0.x) })
    await each([pad, standard, middle(' ')].map((f) => ({ kty: 'oct', k: f(enc(Buffer.alloc(64, 0xfb))) })), ciscoSigns)
  }],
  ['node-jose/thumbprint-missing', 'RFC 7638, Section 3.2', 'a thumbprint of a key without n or y, of which undefined is hashed, also where x5c has it', async () => {
    const { crv, x } = EC0
    const x5c = [certificate(number(KEY.n), 65537n).replace(/-----.*-----|\n/g, '')]
    await each([{ kty: 'RSA', e: 'AQAB' }, { kty: 'RSA', e: 'AQAB', x5c }], (k) => ciscoThumbprint(k, '{"e":"AQAB","kty":"RSA","n":undefined}'))
    await ciscoThumbprint({ kty: 'EC', crv, x }, `{"crv":"P-521","kty":"EC","x":"${x}","y":undefined}`)
  }],
  ['node-jose/thumbprint-values', 'RFC 7638, Section 3', 'and of an RSA key whose e is a number, or whose n has a quotation mark, which is hashed with an escape, or padding',
    () => each([{ ...PUB, e: 65537 }, ...oddValues], (k) => ciscoThumbprint(k))],
  ['node-jose/rsa-private-numbers', 'RFC 7518, Section 6.3.2', 'an RSA private key signs whose numbers do not belong to each other',
    () => each(wrongNumbers(), ciscoSigns)],
  ['node-jose/rsa-oth', 'RFC 7518, Section 6.3.2.7', 'oth of an RSA private key is ignored', () => ciscoSigns({ ...KEY, oth: [] })],
  ['node-jose/ec-d', 'RFC 7518, Section 6.2.2.1', 'an EC private key signs whose d is of another length, out of range, or of another point', async () => {
    const d = number(EC0.d)
    await each([{ ...EC0, d: shorter(EC0.d) }, { ...EC0, d: longer(EC0.d) }], ciscoSigns)
    await each([0n, ORDER, d + ORDER, d + 1n, ORDER - d].map(ecNumber), ciscoSigns)
  }],
  ['node-jose/jwk-alg-null', 'RFC 7517, Section 4.4', 'alg of a JWK that is null counts as no alg', () => ciscoReads({ ...PUB, alg: null })],
  ['node-jose/key-ops-sign', 'RFC 7517, Section 4.3', 'a secret or a public key verifies whose key_ops are sign alone', async () => {
    await cisco(t, 'HS512', { kty: 'oct', k: enc(SECRET), key_ops: ['sign'] })
    const input = `${enc('{"alg":"RS256"}')}.${enc('{}')}`
    await cisco(`${input}.${enc(sign('sha256', Buffer.from(input), RSA.privateKey))}`, 'RS256', { ...PUB, key_ops: ['sign'] })
  }],
  ['node-jose/pkcs1-version', 'RFC 8017, Appendix A.1.2', 'a PKCS #1 key of version 1, which has more than two primes, with two', async () => {
    const b = RSA.privateKey.export({ type: 'pkcs1', format: 'der' })
    if (b.subarray(4, 7).toString('hex') !== '020100') throw new Error('no version after the head of a long SEQUENCE')
    b[6] = 1
    const pem = `-----BEGIN RSA PRIVATE KEY-----\n${b.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END RSA PRIVATE KEY-----\n`
    await nodeJose.JWS.createSign({ format: 'compact', fields: { alg: 'RS256' } }, await nodeJose.JWK.asKey(pem, 'pem')).update('text').final()
  }],
  ['node-jose/key-ops', 'RFC 7517, Section 4.3', 'key_ops may have elements that are no strings', () => ciscoReads({ ...PUB, key_ops: [1, 'verify'] })],
]

async function accepts(run) {
  try {
    await run()
    return true
  } catch {
    return false
  }
}

for (const verify of [panva, auth0, fast, cisco]) {
  if (!await accepts(() => verify(t)) || await accepts(() => verify(t.slice(0, -4) + 'AAAA'))) throw new Error(`${verify}: the controls fail`)
}
for (const decrypt of [panvaDecrypt, ciscoDecrypt]) {
  const good = encrypted(OAEP)
  const tampered = change(good, 4, () => enc(Buffer.alloc(16)))
  if (!await accepts(() => decrypt(good)) || await accepts(() => decrypt(tampered))) throw new Error(`${decrypt}: the controls fail`)
}
for (const [reads, signs] of [[panvaReads, panvaSigns], [ciscoReads, ciscoSigns]]) {
  if (!await accepts(() => each([PUB, half(EC0)], reads)) || await accepts(() => reads({ kty: 'RSA' })) ||
    !await accepts(() => each([KEY, EC0], signs)) || await accepts(() => signs(PUB))) throw new Error(`${reads}: the controls fail`)
}
for (const thumbprint of [panvaThumbprint, ciscoThumbprint]) {
  if (!await accepts(() => thumbprint(PUB)) || await accepts(() => thumbprint(PUB, members({ ...PUB, n: pad(KEY.n) }))) ||
    await accepts(() => thumbprint({ ...PUB, kty: 'none' }))) throw new Error(`${thumbprint}: the controls fail`)
}
for (const [id, section, text, run] of rows) {
  console.log(`${(await accepts(run) ? 'reproduced' : 'not reproduced').padEnd(14)}  ${id.padEnd(32)} ${section.padEnd(26)} ${text}`)
}
