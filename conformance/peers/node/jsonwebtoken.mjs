// Adapter of jsonwebtoken, version 9.
//
// Done by the library: parsing, the allow-list of algorithms, signatures, and
// the claims that verify has options for. Keys are PEM, or octets for HS512.
//
// Not to be had: payloads that are no claims set (of a JWS the claims are not
// validated), crit, b64, JWE, JWK, typ, a demand that exp is there.
//
// Done here: calling it, and comparing nothing. The library returns the claims
// as an object only; the octets in the reply are those of the token's payload
// segment, decoded after it was accepted.
import jwt from 'jsonwebtoken'
import { serve, claimsOnly, octets, pem, Unsupported } from './wire.mjs'

function decode(r, options) {
  if (Object.keys(r.check ?? {}).length) throw new Unsupported('the library does not look at crit')
  jwt.verify(r.token, pem(r), { algorithms: [r.alg], ...options })
  return octets(r.token.split('.')[1])
}

const verify = (r) => claimsOnly(r, () => decode(r, { ignoreExpiration: true, ignoreNotBefore: true }))

function verifyJwt(r) {
  const p = r.policy
  return decode(r, {
    issuer: p.issuer || undefined,
    subject: p.subject || undefined,
    audience: p.audience?.length ? p.audience : undefined,
    clockTolerance: p.leeway || 0,
    clockTimestamp: r.at,
    maxAge: p.max_age || undefined,
  })
}

function sign(r) {
  let claims
  try { claims = JSON.parse(octets(r.payload)) } catch { }
  if (r.form !== 'compact' || claims === null || typeof claims !== 'object') throw new Unsupported('the library signs claims sets, compact')
  return jwt.sign(claims, pem(r), { algorithm: r.alg, header: { alg: r.alg, ...r.header }, noTimestamp: true })
}

serve({
  name: 'jsonwebtoken',
  alg: ['RS256', 'ES512', 'HS512'],
  forms: ['compact'],
  covers: ['issuer', 'subject', 'audience', 'max_age', 'leeway'],
  verify, verifyJwt, sign,
})
