#!/usr/bin/ruby
# Adapter of ruby-jwt, of Debian's ruby-jwt.
#
# Done by the library: parsing, the allow-list of algorithms, the key of a set
# by kid, signatures, and the claims that decode has options for.
#
# Not to be had: payloads that are no JSON (of a JWS the claims are not
# validated), crit, b64, JWE, typ, a clock (Time.now is replaced).
#
# Done here: keys are read by OpenSSL, as the library's README does; an HMAC
# secret is octets. The library returns the claims as a Hash only; the octets
# in the reply are those of the token's payload segment, decoded after it was
# accepted.
require 'jwt'
require 'openssl'
require_relative 'wire'

module Clock
  class << self
    attr_accessor :at
  end

  def now
    Clock.at ? at(Clock.at) : super
  end
end
Time.singleton_class.prepend(Clock)

module Adapter
  module_function

  def name = 'ruby-jwt'
  def package = 'ruby-jwt'
  def algs = %w[RS256 ES512 HS512]
  def covers = %w[exp]

  def key(r)
    return Wire.secret(r['key']['jwk']) if r['alg'] == 'HS512' && r['key']['jwk']
    return OpenSSL::PKey.read(r['key']['pem']) if r['key']['pem']
    raise Wire::Unsupported, 'no key that is read' unless r['key']['jwk']

    JWT::JWK.import(r['key']['jwk']).keypair
  end

  def decode(r, options)
    options[:algorithms] = [r['alg']]
    options[:jwks] = r['key']['set'] if r['key']['set']
    JWT.decode(r['token'], r['key']['set'] ? nil : key(r), true, options)
    Wire.decode(r['token'].split('.')[1])
  end

  def verify(r)
    Wire.claims_only(r) { decode(r, verify_expiration: false, verify_not_before: false) }
  end

  def verify_jwt(r)
    p = r['policy']
    options = { leeway: p['leeway'] || 0, required_claims: [] }
    options.update(iss: p['issuer'], verify_iss: true) if p['issuer']
    options.update(sub: p['subject'], verify_sub: true) if p['subject']
    options.update(aud: p['audience'], verify_aud: true) if p['audience']
    options[:required_claims] << 'exp' unless p['allow_no_exp']
    Clock.at = r['at']
    decode(r, options)
  ensure
    Clock.at = nil
  end

  def sign(r)
    claims = Wire.object(Wire.decode(r['payload']))
    raise Wire::Unsupported, 'the library signs claims sets, compact' if r['form'] != 'compact' || claims.empty?

    JWT.encode(claims, key(r), r['alg'], r['header'] || {})
  end
end

Wire.serve(Adapter)
