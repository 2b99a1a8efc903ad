// Adapter of node-jose, version 2.
//
// Done by the library: parsing, the allow-list of algorithms (for JWE one list
// for alg and enc), crit with the names it was given, choice of a key in a
// store by kid, use and alg, all cryptography. The handlers that declare a
// name in crit also compare the member's value: the library calls them.
//
// Not to be had: b64, detached content, JWT claims, a switch that turns
// decompression off.
//
// Done here: calling it. Options are given with each token.
import jose from 'node-jose'
import { serve, octets, same, unsigned, Unsupported } from './wire.mjs'

function store(r) {
  if (r.key.short_secret) throw new Unsupported('the library refuses short secrets and has no switch for it')
  return r.key.set ? jose.JWK.asKeyStore(r.key.set)
    : jose.JWK.asKey(r.key.jwk ?? r.key.pem, r.key.jwk ? undefined : 'pem')
}

function handlers(r) {
  const out = {}
  for (const name in r.check ?? {}) {
    out[name] = {
      complete(message) {
        if (!same(message.header[name], r.check[name])) throw new Error(`header member ${name}`)
      },
    }
  }
  return out
}

async function verify(r) {
  const options = { algorithms: [r.alg], handlers: handlers(r) }
  try {
    return (await jose.JWS.createVerify(await store(r)).verify(r.token, options)).payload
  } catch (e) {
    if (e.message.endsWith('not supported: b64')) throw new Unsupported('b64')
    throw e
  }
}

async function decrypt(r) {
  const options = { algorithms: [r.alg, 'A256GCM'], handlers: handlers(r) }
  return (await jose.JWE.createDecrypt(await store(r)).decrypt(r.token, options)).plaintext
}

// key reads a key and does with it what can be done without a token.
async function key(r) {
  if (r.key_form !== 'jwk' && r.key_form !== 'pem') throw new Unsupported(`key form ${r.key_form}`)
  await use(r, await jose.JWK.asKey(r.key_form === 'jwk' ? JSON.parse(r.input) : r.input, r.key_form === 'jwk' ? undefined : 'pem'))
}

async function use(r, k) {
  if (r.alg.startsWith('RSA')) {
    const token = await jose.JWE.createEncrypt({ format: 'compact', fields: { alg: r.alg }, contentAlg: 'A256GCM' }, k).update('test').final()
    if (r.role === 'private') await jose.JWE.createDecrypt(k).decrypt(token)
  } else if (r.role === 'private') {
    await jose.JWS.createSign({ format: 'compact', fields: { alg: r.alg } }, k).update('test').final()
  } else {
    // A key that can be used fails on the signature, not before.
    const [input, signature] = [Buffer.from('test'), octets(unsigned(r.alg).split('.')[2])]
    await k.verify(r.alg, input, signature).catch((e) => { if (e.message !== 'verification failed') throw e })
  }
}

// keyset reads a set and uses the keys that the library finds in it for the
// algorithm, until one can be used: what it says of a key, it says only then.
async function keyset(r) {
  const found = (await jose.JWK.asKeyStore(JSON.parse(r.input))).all({ alg: r.alg, use: r.alg.startsWith('RSA') ? 'enc' : 'sig' })
  let error
  for (const k of found) {
    try {
      return await use(r, k)
    } catch (e) {
      error = e
    }
  }
  if (error) throw error
}

async function sign(r) {
  if (r.form !== 'compact') throw new Unsupported(`form ${r.form}`)
  return jose.JWS.createSign({ format: 'compact', fields: { alg: r.alg, ...r.header } }, { key: await store(r), reference: false })
    .update(octets(r.payload)).final()
}

async function encrypt(r) {
  return jose.JWE.createEncrypt({ format: 'compact', contentAlg: 'A256GCM', fields: { alg: r.alg, ...r.header } },
    { key: await store(r), reference: false }).update(octets(r.plaintext)).final()
}

serve({
  name: 'node-jose',
  alg: ['RS256', 'ES512', 'HS512', 'RSA-OAEP', 'RSA-OAEP-256'],
  forms: ['compact'],
  covers: ['check', 'enc'],
  verify, decrypt, key, keyset, sign, encrypt,
  thumbprint: async (r) => (await jose.JWK.asKey(JSON.parse(r.input))).thumbprint('SHA-256'),
})
