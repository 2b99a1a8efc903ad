// The line protocol of the conformance command, for adapters written in
// JavaScript: one JSON request a line on standard input, one JSON reply a
// line on standard output. Like ../internal/wire, it holds what no adapter
// may do for its library: nested tokens are two calls, and what a policy
// demands that the library has no setting for is never checked for it (see
// leftOver).
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'

// Unsupported is thrown for what the library cannot do or cannot be told.
export class Unsupported extends Error {}

export const octets = (text) => Buffer.from(text ?? '', 'base64url')

// The adapter is { name, alg, forms, covers, and functions verify, verifyJwt,
// decrypt, key, keyset, thumbprint, sign, encrypt }: each takes the request,
// and returns octets or, for the last two, a token. `covers` names the parts
// of a policy that the library is given and checks: issuer, subject,
// audience, no_audience, type, exp, max_age, leeway, check (values of header
// members), enc, key and keyset (whether a key fits when it is read).
export async function serve(adapter) {
  console.log = console.info = console.debug = console.error // standard output is for replies
  let pending = []
  for await (const chunk of process.stdin) {
    let rest = chunk
    for (let end; (end = rest.indexOf(10)) >= 0; rest = rest.subarray(end + 1)) {
      const line = Buffer.concat([...pending, rest.subarray(0, end)]).toString()
      pending = []
      if (line) process.stdout.write(JSON.stringify(await answer(adapter, line)) + '\n')
    }
    pending.push(rest)
  }
}

async function answer(adapter, line) {
  const r = JSON.parse(line)
  if (r.op === 'hello') return hello(adapter)
  try {
    const out = await run(adapter, r)
    return typeof out === 'string' ? { id: r.id, ok: true, token: out }
      : { id: r.id, ok: true, payload: Buffer.from(out ?? '').toString('base64url') }
  } catch (e) {
    if (e instanceof Unsupported) return { id: r.id, unsupported: e.message }
    return { id: r.id, ok: false, error: String(e?.stack?.split('\n')[0] ?? e).toWellFormed() }
  }
}

function hello({ name, alg, forms, ...a }) {
  const file = new URL(`./node_modules/${name}/package.json`, import.meta.url)
  const has = {
    verify: a.verify, 'verify-jwt': a.verifyJwt, decrypt: a.decrypt,
    nested: a.decrypt && a.verify, 'nested-jwt': a.decrypt && a.verifyJwt,
    key: a.key, keyset: a.keyset, thumbprint: a.thumbprint, sign: a.sign, encrypt: a.encrypt,
  }
  const ops = Object.keys(has).filter((op) => has[op])
  return { name, version: JSON.parse(readFileSync(file)).version, supports: { alg, forms, ops } }
}

async function run(a, r) {
  const missing = () => { throw new Unsupported(`the library has no ${r.op}`) }
  r.policy ??= {}
  switch (r.op) {
    case 'verify': return verify(a, a.verify ? r : missing())
    case 'verify-jwt': return verifyJwt(a, a.verifyJwt ? r : missing())
    case 'decrypt': return decrypt(a, a.decrypt ? r : missing())
    case 'nested': case 'nested-jwt': return nested(a, a.decrypt ? r : missing(), missing)
    case 'key': case 'keyset': {
      if (r.alg === 'HS512' && r.role === 'public') throw new Unsupported('a secret has no public half')
      await (a[r.op] ?? missing)(r)
      const keys = r.op === 'key' ? [r.input] : object(r.input).keys ?? []
      if (!a.covers.includes(r.op) && !keys.some((k) => fits(r, k))) throw new Unsupported('whether a key fits is told only when a token comes')
      return
    }
    case 'thumbprint': case 'sign': case 'encrypt':
      return (a[r.op] ?? missing)(r)
  }
  missing()
}

async function verify(a, r) {
  const out = await a.verify(r)
  leftOverHeader(a, r)
  return out
}

async function decrypt(a, r) {
  const out = await a.decrypt(r)
  leftOverHeader(a, r)
  if (!a.covers.includes('enc') && header(r.token).enc !== 'A256GCM') throw new Unsupported('which enc is allowed is left to the caller')
  return out
}

async function verifyJwt(a, r) {
  const p = r.policy
  if (p.no_exp_lifetime) throw new Unsupported('no lifetime for a token without exp')
  if (p.max_age && !a.covers.includes('max_age')) throw new Unsupported('no maximum age')
  if (p.leeway && !a.covers.includes('leeway')) throw new Unsupported('no leeway')
  if (r.at === 0 && !a.covers.includes('epoch')) throw new Unsupported('a clock at 0 is taken as no clock')
  const out = await a.verifyJwt(r)
  leftOverHeader(a, r)
  leftOver(a, r, object(out))
  return out
}

// nested decrypts, then verifies what came out: two calls of the library, as
// an application writes them.
async function nested(a, r, missing) {
  const token = (await decrypt(a, { ...r, check: undefined })).toString()
  const inner = { ...r, alg: r.inner_alg, key: r.inner_key, token }
  if (r.op === 'nested') return verify(a, a.verify ? inner : missing())
  const out = await verifyJwt(a, a.verifyJwt ? inner : missing())
  const outer = header(r.token), claims = object(out)
  if (String(outer.cty).toUpperCase() !== 'JWT') throw new Unsupported('cty of a nested JWT is left to the caller')
  for (const name of ['iss', 'sub', 'aud']) {
    if (name in outer && !same(outer[name], claims[name])) throw new Unsupported('claims replicated in the header are left to the caller')
  }
  return out
}

// leftOver looks at a token that the library has accepted for demands of the
// policy that the library has no setting for. One that is not met makes the
// case unsupported: neither the library's merit nor its fault. It never turns
// an acceptance into a refusal.
function leftOver(a, r, claims) {
  const p = r.policy
  const media = (t) => String(t).toLowerCase().replace(/^application\//, '')
  const met = {
    issuer: !p.issuer || claims.iss === p.issuer,
    subject: !p.subject || claims.sub === p.subject,
    audience: !p.audience?.length || [claims.aud].flat().some((s) => p.audience.includes(s)),
    no_audience: !p.no_audience || !('aud' in claims),
    type: !p.type || media(header(r.token).typ) === media(p.type),
    exp: p.allow_no_exp || claims.exp != null,
  }
  for (const name in met) {
    if (!met[name] && !a.covers.includes(name)) throw new Unsupported(`${name} is left to the caller`)
  }
}

// fits says whether a key that the library has read is of the kind, and for
// the use, that is asked for. Where the library says so only when a token
// comes, one that does not fit is unsupported.
function fits(r, file) {
  if (typeof file === 'string' && !file.trim().startsWith('{')) {
    return file.includes('PRIVATE KEY') === (r.role === 'private') && !(r.alg === 'ES512' && r.role === 'public')
  }
  const k = typeof file === 'string' ? object(file) : Object(file)
  const enc = r.alg.startsWith('RSA')
  const kty = { R: 'RSA', E: 'EC', H: 'oct' }[r.alg[0]]
  const ops = enc ? { public: ['encrypt', 'wrapKey'], private: ['decrypt', 'unwrapKey'] } : { public: ['verify'], private: ['sign'] }
  return k.kty === kty && (kty !== 'EC' || k.crv === 'P-521') && (kty === 'oct' || 'd' in k === (r.role === 'private')) &&
    (k.use ?? (enc ? 'enc' : 'sig')) === (enc ? 'enc' : 'sig') && (k.alg ?? r.alg) === r.alg &&
    (k.key_ops ?? ops[r.role]).some((op) => ops[r.role].includes(op))
}

// leftOverHeader does the same as leftOver for header members that the caller
// has to compare, and for a token in a JSON serialization.
function leftOverHeader(a, r) {
  if (r.token.trim().startsWith('{')) throw new Unsupported('which serialization is read is left to the caller')
  if (a.covers.includes('check')) return
  for (const name in r.check ?? {}) {
    if (!same(header(r.token)[name], r.check[name])) throw new Unsupported('the value of a header member is left to the caller')
  }
}

export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b)

// header reads the header of a token that the library has accepted.
const header = (token) => object(octets(token.split('.')[0]))

function object(text) {
  try {
    return Object(JSON.parse(Buffer.from(text ?? '')))
  } catch {
    return {}
  }
}

// claimsOnly is for libraries whose payloads are claims sets only: what such a
// library refuses although, or because, the payload is another is unsupported.
export function claimsOnly(r, verify) {
  try {
    return verify()
  } catch (e) {
    const payload = octets(r.token.split('.')[1]).toString()
    if (/^\s*\{/.test(payload)) throw e
    throw new Unsupported('the payload is no claims set')
  }
}

// pem gives a key as PEM, for libraries that know no JWK. Node makes one of a
// JWK where there is no PEM; an HMAC secret is octets.
export function pem(r) {
  const { jwk, pem } = r.key
  if (r.alg === 'HS512') {
    if (jwk?.kty !== 'oct') throw new Unsupported('keys of a set')
    if ((jwk.use ?? 'sig') !== 'sig' || !(jwk.key_ops ?? ['verify']).includes('verify')) throw new Unsupported('what a secret is for is left to the caller')
    return octets(jwk.k)
  }
  if (pem) return pem
  if (!jwk) throw new Unsupported('the library knows no JWK Set')
  return jwk.d ? createPrivateKey({ key: jwk, format: 'jwk' }).export({ type: 'pkcs8', format: 'pem' })
    : createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
}

// unsigned is a well-formed token of alg with a signature of the right length
// (for RSA: of 2048 bits) that no key has made.
export function unsigned(alg) {
  const size = { RS256: 256, ES512: 132, HS512: 64 }[alg]
  const enc = (s) => Buffer.from(s).toString('base64url')
  return `${enc(JSON.stringify({ alg }))}.${enc('{}')}.${enc(Buffer.alloc(size, 1))}`
}
