#!/usr/bin/ruby
# Adapter of json-jwt, of Debian's ruby-json-jwt.
#
# Done by the library: parsing, the allow-lists of alg and enc, JWK, the key of
# a set by kid, cryptography.
#
# Not to be had: claims (the library's README leaves them to the caller), a
# payload that is no JSON object, crit, b64, RSA-OAEP-256.
#
# Done here: an HMAC secret is octets, and PEM is read by OpenSSL. A payload
# that is no JSON object is answered as unsupported, after the library's
# refusal. The library returns the payload as a Hash only; the octets in the
# reply are those of the token's payload segment, decoded after it was accepted.
require 'json/jwt'
require 'openssl'
require_relative 'wire'

module Adapter
  module_function

  def name = 'json-jwt'
  def package = 'ruby-json-jwt'
  def algs = %w[RS256 ES512 HS512 RSA-OAEP]
  def covers = []

  def key(r)
    k = r['key']
    return JSON::JWK::Set.new(k['set']) if k['set']
    return Wire.secret(k['jwk']) if r['alg'] == 'HS512'

    k['jwk'] ? JSON::JWK.new(k['jwk']) : OpenSSL::PKey.read(k['pem'])
  end

  def verify(r)
    Wire.claims_only(r) do
      JSON::JWT.decode_compact_serialized(r['token'], key(r), [r['alg'].to_sym])
      Wire.decode(r['token'].split('.')[1])
    end
  end

  def decrypt(r)
    message = JSON::JWE.decode_compact_serialized(r['token'], key(r), [r['alg']], ['A256GCM'])
    message.plain_text
  end

  def sign(r)
    claims = Wire.object(Wire.decode(r['payload']))
    raise Wire::Unsupported, 'the library signs JSON objects, compact' if r['form'] != 'compact' || claims.empty?

    jwt = JSON::JWT.new(claims)
    jwt.header.update(r['header'] || {})
    jwt.sign(key(r), r['alg'].to_sym).to_s
  end
end

Wire.serve(Adapter)
