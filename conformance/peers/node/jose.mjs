// Adapter of jose (panva), version 6.
//
// Done by the library: parsing, the allow-lists of alg and enc, crit (b64
// built in, other names declared), key checks (it is given the JWK itself, so
// that it sees alg, use and key_ops), choice of a key in a set, all
// cryptography, and every claim that jwtVerify has an option for.
// Decompression is switched off.
//
// Done here: a detached JWS is cut into its parts, as the documentation says
// to do for its flattened form; one that cannot be cut is answered as
// unsupported. Values of header members are compared by nobody (the library
// returns the header).
import * as jose from 'jose'
import { serve, octets, unsigned, Unsupported } from './wire.mjs'

const crit = (r) => Object.fromEntries(Object.keys(r.check ?? {}).map((name) => [name, true]))
const options = (r) => ({ algorithms: [r.alg], crit: crit(r) })
const bytes = (k) => k?.jwk ?? (() => { throw new Unsupported('no JWK') })()

function resolve(r) {
  if (!r.key.set) return bytes(r.key)
  if (r.alg === 'HS512') throw new Unsupported('a JWK Set is for public keys')
  return jose.createLocalJWKSet(r.key.set)
}

async function verify(r) {
  if (r.detached_payload === undefined) return (await jose.compactVerify(r.token, resolve(r), options(r))).payload
  const [head, middle, signature, ...more] = r.token.split('.')
  if (middle !== '' || signature === undefined || more.length) throw new Unsupported('cutting a detached JWS is left to the caller')
  const payload = octets(r.detached_payload)
  const jws = { protected: head, signature, payload: r.form === 'detached' ? payload.toString('base64url') : payload }
  return (await jose.flattenedVerify(jws, resolve(r), options(r))).payload
}

async function verifyJwt(r) {
  const p = r.policy
  await jose.jwtVerify(r.token, resolve(r), {
    ...options(r),
    issuer: p.issuer || undefined,
    subject: p.subject || undefined,
    audience: p.audience?.length ? p.audience : undefined,
    typ: p.type || undefined,
    clockTolerance: p.leeway || 0,
    maxTokenAge: p.max_age || undefined,
    requiredClaims: p.allow_no_exp ? [] : ['exp'],
    currentDate: r.at === undefined ? undefined : new Date(r.at * 1000),
  })
  // jwtVerify returns an object: the octets come from a second call.
  return (await jose.compactVerify(r.token, resolve(r), options(r))).payload
}

async function decrypt(r) {
  const { plaintext } = await jose.compactDecrypt(r.token, await jose.importJWK(bytes(r.key), r.alg), {
    keyManagementAlgorithms: [r.alg],
    contentEncryptionAlgorithms: ['A256GCM'],
    maxDecompressedLength: 0,
    crit: crit(r),
  })
  return Buffer.from(plaintext)
}

// key reads a key and does with it what can be done without a token.
async function key(r) {
  let k
  const text = r.input_b64u ? octets(r.input_b64u).toString('latin1') : r.input
  switch (r.key_form) {
    case 'jwk': k = JSON.parse(text); break
    case 'certificate': k = await jose.importX509(text, r.alg); break
    case 'pem':
      if (/BEGIN (RSA|EC) /.test(text)) throw new Unsupported('of private keys in PEM the library reads PKCS #8 only')
      k = await (r.role === 'private' ? jose.importPKCS8 : jose.importSPKI)(text, r.alg)
      break
    default: throw new Unsupported('the library does not read bare DER')
  }
  if (r.alg.startsWith('RSA')) {
    const pub = r.role === 'public' ? k : await publicHalf(k)
    const token = await new jose.CompactEncrypt(octets('dGVzdA')).setProtectedHeader({ alg: r.alg, enc: 'A256GCM' }).encrypt(pub)
    if (r.role === 'private') await jose.compactDecrypt(token, k)
  } else if (r.role === 'private') {
    await new jose.CompactSign(octets('dGVzdA')).setProtectedHeader({ alg: r.alg }).sign(k)
  } else {
    await use(r, k)
  }
}

// use verifies with a key, or with a set. What can be used fails on the
// signature, not before.
async function use(r, k) {
  await jose.compactVerify(unsigned(r.alg), k, { algorithms: [r.alg] }).catch((e) => {
    if (!(e instanceof jose.errors.JWSSignatureVerificationFailed)) throw e
  })
}

// keyset reads a set and verifies with it: what the library says of a key, it
// says only then. Sets are for public keys. Where several match, the library
// hands them out, and it is enough if one can be used.
async function keyset(r) {
  const set = jose.createLocalJWKSet(JSON.parse(r.input))
  if (r.role !== 'public') return
  try {
    await use(r, set)
  } catch (e) {
    if (e instanceof jose.errors.JWKSNoMatchingKey) return
    if (!(e instanceof jose.errors.JWKSMultipleMatchingKeys)) throw e
    let error
    for await (const k of e) {
      try {
        return await use(r, k)
      } catch (e) {
        error = e
      }
    }
    if (error) throw error
  }
}

async function publicHalf(k) {
  if (!k.kty) throw new Unsupported('no public half of a PEM key')
  const { d, p, q, dp, dq, qi, oth, key_ops, ...pub } = k
  return pub
}

async function sign(r) {
  const payload = octets(r.payload)
  const header = { alg: r.alg, ...r.header }
  if (r.form === 'compact') return new jose.CompactSign(payload).setProtectedHeader(header).sign(bytes(r.key))
  const jws = await new jose.FlattenedSign(payload).setProtectedHeader(header).sign(bytes(r.key), { crit: crit({ check: r.header }) })
  return `${jws.protected}.${r.form === 'unencoded' ? payload : ''}.${jws.signature}`
}

async function encrypt(r) {
  const { d, p, q, dp, dq, qi, ...pub } = bytes(r.key)
  return new jose.CompactEncrypt(octets(r.plaintext)).setProtectedHeader({ alg: r.alg, enc: 'A256GCM', ...r.header }).encrypt(pub)
}

serve({
  name: 'jose',
  alg: ['RS256', 'ES512', 'HS512', 'RSA-OAEP', 'RSA-OAEP-256'],
  forms: ['compact', 'detached', 'unencoded', 'unencoded-detached'],
  covers: ['issuer', 'subject', 'audience', 'type', 'exp', 'max_age', 'leeway', 'enc', 'epoch', 'key'],
  verify, verifyJwt, decrypt, key, keyset, sign, encrypt,
  thumbprint: async (r) => octets(await jose.calculateJwkThumbprint(JSON.parse(r.input), 'sha256')),
})
