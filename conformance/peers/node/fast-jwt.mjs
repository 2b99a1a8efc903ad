// Adapter of fast-jwt, version 6.
//
// Done by the library: parsing, the allow-list of algorithms, crit with the
// names it was given (allowedCritHeaders), typ (checkTyp), signatures, and the
// claims that createVerifier has options for. It skips such an option when the
// claim is not there, so the claims are named in requiredClaims too, as its
// documentation says. Keys are PEM, or octets for HS512. The cache is off.
//
// Not to be had: payloads that are no claims set (of a JWS the claims are not
// validated), b64, JWE, JWK.
//
// Done here: calling it, and comparing nothing. The library returns the claims
// as an object only; the octets in the reply are those of the token's payload
// segment, decoded after it was accepted.
import { createSigner, createVerifier } from 'fast-jwt'
import { serve, claimsOnly, octets, pem, Unsupported } from './wire.mjs'

function decode(r, options) {
  const allowedCritHeaders = Object.keys(r.check ?? {})
  try {
    createVerifier({ key: pem(r), algorithms: [r.alg], cache: false, allowedCritHeaders, ...options })(r.token)
  } catch (e) {
    if (e.message.includes('extension "b64"')) throw new Unsupported('b64')
    throw e
  }
  return octets(r.token.split('.')[1])
}

const verify = (r) => claimsOnly(r, () => decode(r, { ignoreExpiration: true, ignoreNotBefore: true }))

function verifyJwt(r) {
  const p = r.policy
  const required = []
  if (p.issuer) required.push('iss')
  if (p.subject) required.push('sub')
  if (p.audience?.length) required.push('aud')
  if (p.max_age) required.push('iat')
  if (!p.allow_no_exp) required.push('exp')
  return decode(r, {
    checkTyp: p.type || undefined,
    allowedIss: p.issuer || undefined,
    allowedSub: p.subject || undefined,
    allowedAud: p.audience?.length ? p.audience : undefined,
    requiredClaims: required,
    maxAge: p.max_age ? p.max_age * 1000 : undefined,
    clockTolerance: (p.leeway || 0) * 1000,
    clockTimestamp: r.at === undefined ? undefined : r.at * 1000,
  })
}

function sign(r) {
  let claims
  try { claims = JSON.parse(octets(r.payload)) } catch { }
  if (r.form !== 'compact' || claims === null || typeof claims !== 'object') throw new Unsupported('the library signs claims sets, compact')
  return createSigner({ key: pem(r), algorithm: r.alg, header: r.header, noTimestamp: true })(claims)
}

serve({
  name: 'fast-jwt',
  alg: ['RS256', 'ES512', 'HS512'],
  forms: ['compact'],
  covers: ['issuer', 'subject', 'audience', 'type', 'exp', 'max_age', 'leeway'],
  verify, verifyJwt, sign,
})
