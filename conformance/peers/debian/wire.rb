# The line protocol of the conformance command, for adapters in Ruby: one JSON
# request a line on standard input, one JSON reply a line on standard output.
# Like ../internal/wire, it holds what no adapter may do for its library: what
# a policy demands that the library has no setting for is never checked for it
# (see left_over).
require 'json'

module Wire
  # Raised for what the library cannot do or cannot be told.
  class Unsupported < StandardError; end

  module_function

  def decode(text)
    text.tr('-_', '+/').unpack1('m')
  end

  def encode(octets)
    [octets.to_s].pack('m0').tr('+/', '-_').delete('=')
  end

  # secret returns the octets of a JWK, for libraries that take octets: they say
  # nothing of what they are for.
  def secret(jwk)
    fits = (jwk['use'] || 'sig') == 'sig' && (jwk['key_ops'] || ['verify']).include?('verify')
    raise Unsupported, 'what a secret is for is left to the caller' unless fits

    decode(jwk['k'])
  end

  # serve answers requests with the adapter's methods verify, verify_jwt,
  # decrypt and sign, or those of them that it has. Its method covers names the
  # parts of a policy that the library is given and checks.
  def serve(adapter)
    $stdin.each_line do |line|
      r = ::JSON.parse(line, max_nesting: 1000)
      $stdout.write(::JSON.generate(r['op'] == 'hello' ? hello(adapter) : answer(adapter, r)) + "\n")
      $stdout.flush
    end
  end

  def hello(adapter)
    ops = { 'verify' => :verify, 'verify-jwt' => :verify_jwt, 'decrypt' => :decrypt, 'sign' => :sign }
    ops.select! { |_, method| adapter.respond_to?(method) }
    version = IO.popen(['dpkg-query', '-W', '-f', '${Version}', adapter.package], &:read)
    { name: adapter.name, version: version, origin: 'Debian 12 package',
      supports: { alg: adapter.algs, forms: ['compact'], ops: ops.keys } }
  end

  def answer(adapter, r)
    r['policy'] ||= {}
    out = run(adapter, r)
    r['op'] == 'sign' ? { id: r['id'], ok: true, token: out } : { id: r['id'], ok: true, payload: encode(out) }
  rescue Unsupported => e
    { id: r['id'], unsupported: e.message }
  rescue StandardError, ScriptError, SystemStackError, NoMemoryError => e
    { id: r['id'], ok: false, error: "#{e.class}: #{e.message}".dup.force_encoding('UTF-8').scrub[0, 500] }
  end

  def run(adapter, r)
    method = r['op'].tr('-', '_')
    raise Unsupported, "the library has no #{r['op']}" unless %w[verify verify_jwt decrypt sign].include?(method) && adapter.respond_to?(method)
    raise Unsupported, 'the library does not look at crit' unless (r['check'] || {}).empty?
    return adapter.public_send(method, r) unless method == 'verify_jwt'

    p = r['policy']
    raise Unsupported, 'no lifetime for a token without exp' if p['no_exp_lifetime']
    raise Unsupported, 'no maximum age' if p['max_age']

    out = adapter.verify_jwt(r)
    left_over(adapter, r, object(out))
    out
  end

  # left_over looks at a token that the library has accepted for demands of the
  # policy that the library has no setting for. One that is not met makes the
  # case unsupported: neither the library's merit nor its fault. It never turns
  # an acceptance into a refusal.
  def left_over(adapter, r, claims)
    p = r['policy']
    media = ->(type) { type.to_s.downcase.delete_prefix('application/') }
    typ = object(decode(r['token'].split('.').first.to_s))['typ']
    {
      'no_audience' => !p['no_audience'] || !claims.key?('aud'),
      'type' => !p['type'] || media.(typ) == media.(p['type']),
      'exp' => p['allow_no_exp'] || claims['exp']
    }.each do |name, met|
      raise Unsupported, "#{name} is left to the caller" unless met || adapter.covers.include?(name)
    end
  end

  # claims_only is for libraries whose payloads are JSON objects only: what such
  # a library refuses although, or because, the payload is another is unsupported.
  def claims_only(r)
    yield
  rescue StandardError
    raise if decode(r['token'].split('.')[1].to_s).lstrip.start_with?('{')

    raise Unsupported, 'the payload is no JSON object'
  end

  def object(text)
    value = ::JSON.parse(text)
    value.is_a?(Hash) ? value : {}
  rescue ::JSON::ParserError
    {}
  end
end
