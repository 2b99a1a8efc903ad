#!/usr/bin/ruby
# Reproduces the deviations of the libraries in Debian's packages for Ruby, with
# nothing but the libraries: each row makes tokens with Ruby's standard library,
# gives them to the library as its documentation says to, and looks at what it
# says. The last ones are tokens that the RFCs take and the library refuses; all
# others are tokens that the RFCs refuse and the library takes.
require 'jwt'
require 'json/jwt'
require 'openssl'

NOW = 1_700_000_000
SECRET = 'k' * 64
HS512 = '{"alg":"HS512"}'.freeze
CRIT = '{"alg":"HS512","crit":["x"],"x":1}'.freeze

module Clock
  def now = at(NOW)
end
Time.singleton_class.prepend(Clock)

def enc(octets)
  [octets].pack('m0').tr('+/', '-_').delete('=')
end

# token returns the JWS of exactly these octets, by HMAC with SHA-512.
def token(header, payload = '{}', key = SECRET)
  input = "#{enc(header)}.#{enc(payload)}"
  "#{input}.#{enc(OpenSSL::HMAC.digest('SHA512', key, input))}"
end

# signed returns the JWS of these texts as its first two segments.
def signed(header, payload)
  input = "#{header}.#{payload}"
  "#{input}.#{enc(OpenSSL::HMAC.digest('SHA512', SECRET, input))}"
end

def jwt(token, key = SECRET, alg = 'HS512', options = {})
  JWT.decode(token, key, true, { algorithms: [alg] }.merge(options))
end

def json_jwt(token, key = SECRET)
  JSON::JWT.decode_compact_serialized(token, key, [:HS512])
end

SET = { 'keys' => [{ 'kty' => 'oct', 'kid' => 'a', 'k' => enc(SECRET) }] }.freeze
KID = '{"alg":"HS512","kid":"a"}'.freeze
GOOD = token(HS512).freeze
NOT_UTF8 = "{\"alg\":\"HS512\",\"x\":\"\xff\"}".freeze
NO_ESCAPES = ['{"alg":"HS512","x":"\\x41"}', %q({"alg":"HS512","x":"\\'"})].freeze
CRITS = ['["x"]', 'null', '1', 'false', '["b64"],"b64":false'].map { |crit| token(%({"alg":"HS512","x":1,"crit":#{crit}})) }.freeze
RSA = OpenSSL::PKey::RSA.new(2048)
EC = OpenSSL::PKey::EC.generate('secp521r1')

# es512 is a token whose signature fills whole groups of base64.
def es512(alg = 'ES512')
  input = "#{enc(%({"alg":"#{alg}"}))}.#{enc('{}')}"
  numbers = OpenSSL::ASN1.decode(EC.sign('SHA512', input)).value.map { |n| n.value.to_s(16).rjust(132, '0') }
  "#{input}.#{enc([numbers.join].pack('H*'))}"
end

def rs256(header, key = RSA)
  input = "#{enc(header)}.#{enc('{}')}"
  "#{input}.#{enc(key.sign('SHA256', input))}"
end

# rsa_set has the public key, with more members.
def rsa_set(key, more)
  { 'keys' => [{ 'kty' => 'RSA', 'kid' => 'a', 'n' => enc(key.n.to_s(2)), 'e' => enc(key.e.to_s(2)) }.merge(more)] }
end

# jwt_set and json_jwt_set verify a token by the key with a set that has it.
def jwt_set(key, more = {}, token = rs256('{"alg":"RS256","kid":"a"}', key))
  JWT.decode(token, nil, true, algorithms: ['RS256'], jwks: rsa_set(key, more))
end

def json_jwt_set(key, more = {}, token = rs256('{"alg":"RS256","kid":"a"}', key))
  JSON::JWT.decode_compact_serialized(token, JSON::JWK::Set.new(rsa_set(key, more)), [:RS256])
end

OTHER_USES = [{ 'use' => 'enc' }, { 'key_ops' => ['sign'] }].freeze

# Texts that have padding, and letters that the two alphabets do not share.
HEADER = enc('{"alg":"HS512","x":"???>>>~~~"}').freeze
PAYLOAD = enc('{"x":"???>>>~~~"}').freeze
PAD = ->(text) { text + '=' * (-text.length % 4) }
STANDARD = ->(text) { text.tr('-_', '+/') }
INSIDE = [' ', "\n", "\r", "\t", '!', "\0", "\u00a0"].map { |s| ->(text) { text.dup.insert(4, s) } }.push(->(text) { "#{text}\n" }).freeze

# odd returns tokens that have each change in each segment.
def odd(changes)
  changes.flat_map do |change|
    n = 0
    head, payload, signature = signed(HEADER, enc(%({"x":#{n += 1}}))).split('.') until signature&.match?(/[-_]/)
    [signed(change.(HEADER), PAYLOAD), signed(HEADER, change.(PAYLOAD)), "#{head}.#{payload}.#{change.(signature)}"]
  end
end

# LONELY have a character more than whole groups of base64.
LONELY = [signed("#{enc(HS512)}A", PAYLOAD), signed(HEADER, "#{enc('{"x":"??>>~"}  ')}A")].freeze

accepted = [
  ['ruby-jwt/crit-ignored', 'RFC 7515, Section 4.1.11', 'a critical extension that nobody understands is ignored', -> { jwt(token(CRIT)) }],
  ['ruby-jwt/crit-type', 'RFC 7515, Section 4.1.11', 'and so is a crit that is no array, or names b64', -> { CRITS.each { |t| jwt(t) } }],
  ['ruby-jwt/alg-case', 'RFC 7515, Section 4.1.1', 'alg may be hs512, rs256 or es512', lambda {
    jwt(token('{"alg":"hs512"}'))
    jwt(rs256('{"alg":"rs256"}'), RSA, 'RS256')
    jwt(es512('es512'), EC, 'ES512')
  }],
  ['ruby-jwt/base64', 'RFC 7515, Section 2', 'any other character inside of a segment is ignored, and so are padding and one that encodes no octet', lambda {
    odd([PAD, STANDARD, *INSIDE]).each { |t| jwt(t) }
    LONELY.each { |t| jwt(t) }
    INSIDE.each { |change| jwt(es512.sub(/[^.]*\z/, &change), EC, 'ES512') }
    jwt("#{es512}A", EC, 'ES512')
  }],
  ['ruby-jwt/dots', 'RFC 7515, Section 7.1', 'dots after the token are ignored', -> { jwt("#{GOOD}...") }],
  ['ruby-jwt/json-comment', 'RFC 8259, Section 2', 'a comment in the header, or in the claims set',
   -> { jwt(token('{/**/"alg":"HS512"}')) && jwt(token(HS512, '{/**/"x":1}')) }],
  ['ruby-jwt/json-escape', 'RFC 8259, Section 7', 'an escape that does not exist', -> { NO_ESCAPES.each { |header| jwt(token(header)) } }],
  ['ruby-jwt/claims-utf8', 'RFC 7519, Section 7.2', 'a claims set that is not UTF-8 is read', -> { jwt(token(HS512, "{\"x\":\"\xff\"}")) }],
  ['ruby-jwt/aud-elements', 'RFC 7519, Section 4.1.3', 'aud may have numbers or null beside the audience that is expected',
   -> { %w[1 null].each { |v| jwt(token(HS512, %({"aud":["a",#{v}]})), SECRET, 'HS512', aud: ['a'], verify_aud: true) } }],
  ['ruby-jwt/date-null', 'RFC 7519, Section 4.1.5', 'nbf that is null counts as a time long ago', -> { jwt(token(HS512, '{"nbf":null}')) }],
  ['ruby-jwt/header-utf8', 'RFC 7515, Section 5.2', 'a header that is not UTF-8 is read', -> { jwt(token(NOT_UTF8)) }],
  ['ruby-jwt/date-string', 'RFC 7519, Section 2', 'exp may be a string', -> { jwt(token(HS512, %({"exp":"#{NOW + 1}"}))) }],
  ['ruby-jwt/nbf-fraction', 'RFC 7519, Section 4.1.5', 'the fraction of nbf is cut off: accepted half a second early',
   -> { jwt(token(HS512, %({"nbf":#{NOW}.5}))) }],
  ['ruby-jwt/short-hmac-key', 'RFC 7518, Section 3.2', 'an HS512 secret of 5 octets', -> { jwt(token(HS512, '{}', 'short'), 'short') }],
  ['ruby-jwt/use-ignored', 'RFC 7517, Section 4.2', 'a key of a set whose use is enc, or whose key_ops are sign alone, verifies',
   -> { OTHER_USES.each { |more| jwt_set(RSA, more) } }],
  ['ruby-jwt/set-alg', 'RFC 7517, Section 4.4', 'a key of a set whose alg is PS256 verifies RS256', -> { jwt_set(RSA, 'alg' => 'PS256') }],
  ['ruby-jwt/rsa-short', 'RFC 7518, Section 3.3', 'an RSA key of 1024 bits in a set', -> { jwt_set(OpenSSL::PKey::RSA.new(1024)) }],
  ['json-jwt/crit-ignored', 'RFC 7515, Section 4.1.11', 'a critical extension that nobody understands is ignored', -> { json_jwt(token(CRIT)) }],
  ['json-jwt/crit-type', 'RFC 7515, Section 4.1.11', 'and so is a crit that is no array', -> { CRITS.each { |t| json_jwt(t) } }],
  ['json-jwt/json-comment', 'RFC 8259, Section 2', 'a comment in the header', -> { json_jwt(token('{/**/"alg":"HS512"}')) }],
  ['json-jwt/json-escape', 'RFC 8259, Section 7', 'an escape that does not exist', -> { NO_ESCAPES.each { |header| json_jwt(token(header)) } }],
  ['json-jwt/padding', 'RFC 7515, Section 2', 'each segment may be padded, or in the other alphabet', -> { odd([PAD, STANDARD]).each { |t| json_jwt(t) } }],
  ['json-jwt/header-utf8', 'RFC 7515, Section 5.2', 'a header that is not UTF-8 is read', -> { json_jwt(token(NOT_UTF8)) }],
  ['json-jwt/use-ignored', 'RFC 7517, Section 4.2', 'a key of a set whose use is enc, or whose key_ops are sign alone, verifies',
   -> { OTHER_USES.each { |more| json_jwt_set(RSA, more) } }],
  ['json-jwt/set-alg', 'RFC 7517, Section 4.4', 'a key of a set whose alg is PS256 verifies RS256', -> { json_jwt_set(RSA, 'alg' => 'PS256') }],
  ['json-jwt/rsa-short', 'RFC 7518, Section 3.3', 'an RSA key of 1024 bits in a set', -> { json_jwt_set(OpenSSL::PKey::RSA.new(1024)) }],
  ['json-jwt/short-hmac-key', 'RFC 7518, Section 3.2', 'an HS512 secret of 5 octets', -> { json_jwt(token(HS512, '{}', 'short'), 'short') }]
]

refused = [
  ['ruby-jwt/oct-jwk', 'RFC 7518, Section 6.4.1', 'k of an HMAC key in a JWK Set is not decoded',
   -> { JWT.decode(token(KID), nil, true, algorithms: ['HS512'], jwks: SET) }],
  ['ruby-jwt/exp-fraction', 'RFC 7519, Section 4.1.4', 'the fraction of exp is cut off: refused half a second early',
   -> { jwt(token(HS512, %({"exp":#{NOW}.5}))) }],
  ['json-jwt/oct-jwk', 'RFC 7518, Section 6.4.1', 'k of an HMAC key in a JWK Set is not decoded',
   -> { json_jwt(token(KID), JSON::JWK::Set.new(SET)) }]
]

def accepts?(run)
  run.call
  true
rescue StandardError
  false
end

[method(:jwt), method(:json_jwt)].each do |verify|
  raise "#{verify}: the controls fail" if !accepts?(-> { verify.call(GOOD) }) || accepts?(-> { verify.call("#{GOOD[0..-5]}AAAA") })
end
[method(:jwt_set), method(:json_jwt_set)].each do |verify|
  other = rs256('{"alg":"RS256","kid":"a"}', OpenSSL::PKey::RSA.new(2048))
  raise "#{verify}: the controls fail" if !accepts?(-> { verify.call(RSA) }) || accepts?(-> { verify.call(RSA, {}, other) })
end
accepted.map { |row| [row, true] }.concat(refused.map { |row| [row, false] }).each do |(id, section, text, run), outcome|
  result = accepts?(run) == outcome ? 'reproduced' : 'not reproduced'
  puts format('%-14s  %-32s %-26s %s', result, id, section, text)
end
