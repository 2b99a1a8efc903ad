// Reproduces the deviations of the libraries for Node.js, with nothing but the
// libraries: each row makes a token with node:crypto, gives it to the library
// as its documentation says to, and looks at what it says. All are tokens that
// the RFCs refuse and the library takes.
import { createHmac, constants, createCipheriv, generateKeyPairSync, publicEncrypt, randomBytes, sign } from 'node:crypto'
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

// encrypted returns a JWE of exactly this header, with RSA-OAEP and A256GCM.
function encrypted(header) {
  const cek = randomBytes(32), iv = randomBytes(12)
  const key = publicEncrypt({ key: RSA.publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING }, cek)
  const c = createCipheriv('aes-256-gcm', cek, iv).setAAD(Buffer.from(enc(header)))
  const text = Buffer.concat([c.update('text'), c.final()])
  return [header, key, iv, text, c.getAuthTag()].map(enc).join('.')
}

// es512 returns an ES512 token with octets after its signature.
function es512(more) {
  const input = `${enc('{"alg":"ES512"}')}.${enc('{}')}`
  const signature = sign('sha512', Buffer.from(input), { key: EC.privateKey, dsaEncoding: 'ieee-p1363' })
  return `${input}.${enc(Buffer.concat([signature, more]))}`
}

const panva = (t, key = SECRET) => jose.compactVerify(t, key, { algorithms: ['HS512'] })
const panvaJwt = (claims) => jose.jwtVerify(token(HS512, claims), SECRET, { algorithms: ['HS512'], currentDate: new Date(NOW * 1000) })
const auth0 = (t, key = SECRET) => jsonwebtoken.verify(t, key, { algorithms: ['HS512'], clockTimestamp: NOW })
const fast = (t, key = SECRET) => createVerifier({ key, algorithms: ['HS512'], clockTimestamp: NOW * 1000 })(t)

async function cisco(t, alg = 'HS512', key = { kty: 'oct', k: enc(SECRET) }) {
  return nodeJose.JWS.createVerify(await nodeJose.JWK.asKey(key)).verify(t, { algorithms: [alg] })
}
async function ciscoDecrypt(t) {
  const key = await nodeJose.JWK.asKey(RSA.privateKey.export({ format: 'jwk' }))
  return nodeJose.JWE.createDecrypt(key).decrypt(t, { algorithms: ['RSA-OAEP', 'A256GCM'] })
}

const t = token(HS512)
const inside = (s) => t.slice(0, -4) + s + t.slice(-4)
const short = Buffer.from('short')
const notUtf8 = Buffer.from('{"alg":"HS512","x":"\xff"}', 'latin1')
const rows = [
  ['jose/base64', 'RFC 7515, Section 2', 'white space inside of the signature, and padding after it', () => panva(inside(' \n\t') + '==')],
  ['jose/short-hmac-key', 'RFC 7518, Section 3.2', 'an HS512 secret of 5 octets', () => panva(token(HS512, '{}', short), short)],
  ['jose/kid-type', 'RFC 7515, Section 4.1.4', 'kid may be an object', () => panva(token('{"alg":"HS512","kid":{}}'))],
  ['jose/sub-type', 'RFC 7519, Section 4.1.2', 'sub may be an array', () => panvaJwt('{"sub":[]}')],

  ['jsonwebtoken/crit-ignored', 'RFC 7515, Section 4.1.11', 'a critical extension that nobody understands is ignored',
    () => auth0(token('{"alg":"HS512","crit":["x"],"x":1}'))],
  ['jsonwebtoken/header-utf8', 'RFC 7515, Section 5.2', 'a header that is not UTF-8 is read', () => auth0(token(notUtf8))],
  ['jsonwebtoken/sub-type', 'RFC 7519, Section 4.1.2', 'sub may be an array', () => auth0(token(HS512, '{"sub":[]}'))],
  ['jsonwebtoken/iat-type', 'RFC 7519, Section 4.1.6', 'iat may be an object', () => auth0(token(HS512, '{"iat":{}}'))],
  ['jsonwebtoken/short-hmac-key', 'RFC 7518, Section 3.2', 'an HS512 secret of 5 octets', () => auth0(token(HS512, '{}', short), short)],

  ['fast-jwt/exp-on-time', 'RFC 7519, Section 4.1.4', 'a JWT is accepted in the second of exp, tolerance 0',
    () => fast(token(HS512, `{"exp":${NOW}}`))],
  ['fast-jwt/crit-falsy', 'RFC 7515, Section 4.1.11', 'crit that is null or false counts as no crit',
    () => fast(token('{"alg":"HS512","crit":false}'))],
  ['fast-jwt/header-utf8', 'RFC 7515, Section 5.2', 'a header that is not UTF-8 is read', () => fast(token(notUtf8))],
  ['fast-jwt/sub-type', 'RFC 7519, Section 4.1.2', 'sub may be an array', () => fast(token(HS512, '{"sub":[]}'))],
  ['fast-jwt/short-hmac-key', 'RFC 7518, Section 3.2', 'an HS512 secret of 5 octets', () => fast(token(HS512, '{}', short), short)],

  ['node-jose/segments', 'RFC 7515, Section 7.1', 'segments after the signature are ignored', () => cisco(t + '.AA.AA')],
  ['node-jose/base64', 'RFC 7515, Section 2', 'any other character inside of the signature is ignored', () => cisco(inside(' !\0'))],
  ['node-jose/mac-length', 'RFC 7518, Section 3.2', 'octets after the MAC are ignored',
    () => cisco(t.replace(/[^.]*$/, (s) => enc(Buffer.concat([Buffer.from(s, 'base64url'), short]))))],
  ['node-jose/es512-length', 'RFC 7518, Section 3.4', 'octets after an ES512 signature are ignored',
    () => cisco(es512(short), 'ES512', EC.publicKey.export({ format: 'jwk' }))],
  ['node-jose/crit-falsy', 'RFC 7515, Section 4.1.11', 'crit that is null or false counts as no crit', () => cisco(token('{"alg":"HS512","crit":false}'))],
  ['node-jose/header-utf8', 'RFC 7515, Section 5.2', 'a header that is not UTF-8 is read', () => cisco(token(notUtf8))],
  ['node-jose/kid-type', 'RFC 7515, Section 4.1.4', 'kid may be an object', () => cisco(token('{"alg":"HS512","kid":{}}'))],
  ['node-jose/zip-unknown', 'RFC 7516, Section 4.1.3', 'a zip that is not known is ignored',
    () => ciscoDecrypt(encrypted('{"alg":"RSA-OAEP","enc":"A256GCM","zip":"X"}'))],
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
if (!await accepts(() => ciscoDecrypt(encrypted('{"alg":"RSA-OAEP","enc":"A256GCM"}')))) throw new Error('the control of JWE fails')
for (const [id, section, text, run] of rows) {
  console.log(`${(await accepts(run) ? 'reproduced' : 'not reproduced').padEnd(14)}  ${id.padEnd(32)} ${section.padEnd(26)} ${text}`)
}
