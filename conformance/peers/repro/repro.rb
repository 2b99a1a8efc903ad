#!/usr/bin/ruby
# Reproduces the deviations of the libraries in Debian's packages for Ruby, with
# nothing but the libraries: each row makes a token with Ruby's standard library,
# gives it to the library as its documentation says to, and looks at what it
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

def jwt(token, key = SECRET)
  JWT.decode(token, key, true, algorithms: ['HS512'])
end

def json_jwt(token, key = SECRET)
  JSON::JWT.decode_compact_serialized(token, key, [:HS512])
end

SET = { 'keys' => [{ 'kty' => 'oct', 'kid' => 'a', 'k' => enc(SECRET) }] }.freeze
KID = '{"alg":"HS512","kid":"a"}'.freeze
GOOD = token(HS512).freeze
NOT_UTF8 = "{\"alg\":\"HS512\",\"x\":\"\xff\"}".freeze

accepted = [
  ['ruby-jwt/crit-ignored', 'RFC 7515, Section 4.1.11', 'a critical extension that nobody understands is ignored', -> { jwt(token(CRIT)) }],
  ['ruby-jwt/alg-case', 'RFC 7515, Section 4.1.1', 'alg may be hs512', -> { jwt(token('{"alg":"hs512"}')) }],
  ['ruby-jwt/base64', 'RFC 7515, Section 2', 'any other character inside of the signature is ignored', -> { jwt(GOOD.dup.insert(-5, " !\n")) }],
  ['ruby-jwt/dots', 'RFC 7515, Section 7.1', 'dots after the token are ignored', -> { jwt("#{GOOD}...") }],
  ['ruby-jwt/json-comment', 'RFC 8259, Section 2', 'a comment in the header', -> { jwt(token('{/**/"alg":"HS512"}')) }],
  ['ruby-jwt/header-utf8', 'RFC 7515, Section 5.2', 'a header that is not UTF-8 is read', -> { jwt(token(NOT_UTF8)) }],
  ['ruby-jwt/date-string', 'RFC 7519, Section 2', 'exp may be a string', -> { jwt(token(HS512, %({"exp":"#{NOW + 1}"}))) }],
  ['ruby-jwt/nbf-fraction', 'RFC 7519, Section 4.1.5', 'the fraction of nbf is cut off: accepted half a second early',
   -> { jwt(token(HS512, %({"nbf":#{NOW}.5}))) }],
  ['ruby-jwt/short-hmac-key', 'RFC 7518, Section 3.2', 'an HS512 secret of 5 octets', -> { jwt(token(HS512, '{}', 'short'), 'short') }],
  ['json-jwt/crit-ignored', 'RFC 7515, Section 4.1.11', 'a critical extension that nobody understands is ignored', -> { json_jwt(token(CRIT)) }],
  ['json-jwt/json-comment', 'RFC 8259, Section 2', 'a comment in the header', -> { json_jwt(token('{/**/"alg":"HS512"}')) }],
  ['json-jwt/padding', 'RFC 7515, Section 2', 'the signature may be padded', -> { json_jwt("#{GOOD}==") }],
  ['json-jwt/header-utf8', 'RFC 7515, Section 5.2', 'a header that is not UTF-8 is read', -> { json_jwt(token(NOT_UTF8)) }],
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
accepted.map { |row| [row, true] }.concat(refused.map { |row| [row, false] }).each do |(id, section, text, run), outcome|
  result = accepts?(run) == outcome ? 'reproduced' : 'not reproduced'
  puts format('%-14s  %-32s %-26s %s', result, id, section, text)
end
