#!/usr/bin/perl
# Reproduces the deviations of Crypt::JWT in Debian's package, with nothing but
# the library (and CryptX, on which it is built, to make keys): each row makes
# tokens or keys, gives them to the library as its documentation says to, and looks at what
# it says. The last one is a token that the RFCs take and the library refuses;
# all others are tokens that the RFCs refuse and the library takes.
use strict;
use warnings;

BEGIN { *CORE::GLOBAL::time = sub () { 1_700_000_000 } }

use Crypt::AuthEnc::GCM qw(gcm_encrypt_authenticate);
use Crypt::JWT qw(decode_jwt encode_jwt);
use Crypt::PK::ECC;
use Crypt::PK::RSA;
use Crypt::PRNG qw(random_bytes);
use Digest::SHA qw(hmac_sha512 sha256);
use JSON ();
use Math::BigInt;
use MIME::Base64 qw(decode_base64url encode_base64 encode_base64url);

my $secret = 'k' x 64;
my $now = 1_700_000_000;
my $hs512 = '{"alg":"HS512"}';
my $rsa = Crypt::PK::RSA->new;
$rsa->generate_key(256, 65537);

# token returns the JWS of exactly these octets, by HMAC with SHA-512.
sub token {
    my ($header, $payload, $key) = @_;
    my $input = join '.', map { encode_base64url($_) } $header, $payload // '{}';
    return $input . '.' . encode_base64url(hmac_sha512($input, $key // $secret));
}

# encrypted returns a JWE of exactly this header, with RSA-OAEP (or with the
# hash that is named) and A256GCM.
sub encrypted {
    my ($header, %other) = @_;
    my ($cek, $iv) = (random_bytes(32), random_bytes($other{iv_size} // 12));
    my ($text, $tag) = gcm_encrypt_authenticate('AES', $cek, $iv, encode_base64url($header), $other{text} // 'text');
    return join '.', map { encode_base64url($_) } $header, $rsa->encrypt($cek, 'oaep', $other{hash} // 'SHA1'), $iv, $text, $tag;
}

sub padded { my $text = shift; return $text . '=' x (-length($text) % 4) }

# change returns the token with another text for a segment.
sub change {
    my ($token, $i, $f) = @_;
    my @parts = split /\./, $token;
    $parts[$i] = $f->($parts[$i]);
    return join '.', @parts;
}

sub verify {
    my ($token, $key) = @_;
    return decode_jwt(token => $token, key => $key // $secret, accepted_alg => ['HS512'], decode_payload => 0);
}

sub claims {
    my ($claims, %options) = @_;
    return decode_jwt(token => token($hs512, $claims), key => $secret, accepted_alg => ['HS512'], %options);
}

sub decrypt {
    return decode_jwt(token => shift, key => $rsa, accepted_alg => ['RSA-OAEP'], accepted_enc => ['A256GCM'], decode_payload => 0);
}

# each_of runs for each of a list: all of it has to be accepted.
sub each_of {
    my ($run, @items) = @_;
    defined $run->($_) or return for @items;
    return 1;
}

# -- keys with numbers that are not those of a key ---------------------------

sub jwk { return shift->export_key_jwk('private', 1) }

sub rsa_of {
    my ($key, $bits) = (Crypt::PK::RSA->new, shift);
    $key->generate_key($bits >> 3, 65537);
    return jwk($key);
}

sub with { my ($key, %other) = @_; return { %$key, %other } }
sub without { my ($key, $name) = @_; my %out = %$key; delete $out{$name}; return \%out }
sub public { my $key = shift; return { map { exists $key->{$_} ? ($_ => $key->{$_}) : () } qw(kty crv n e x y) } }
sub number { return Math::BigInt->from_bytes(decode_base64url(shift)) }
sub octets { return shift->to_bytes }
sub text { return encode_base64url(octets(shift)) }

my $rsa_key = jwk($rsa);
my $rsa_public = public($rsa_key);
my $n = number($rsa_key->{n});
my $even = $n->copy->bdec;
my $es512 = Crypt::PK::ECC->new;
$es512->generate_key('secp521r1');
my $ec_key = jwk($es512);

# readable expects that a signature is refused that no key has made, and that
# only: the key is taken.
sub readable {
    my ($key, $alg) = @_;
    my %size = (RS256 => 256, ES512 => 132);
    my $token = join '.', map { encode_base64url($_) } qq({"alg":"$alg"}), '{}', "\1" x $size{$alg};
    eval { decode_jwt(token => $token, key => $key) };
    return $@ =~ /invalid signature/ ? 1 : undef;
}

sub json { return JSON->new->canonical->encode(shift) }
sub reads { my $key = shift; return readable(\json($key), $key->{kty} eq 'EC' ? 'ES512' : 'RS256') }
sub file { my $file = shift; return readable(\$file, 'RS256') }

sub signs {
    my $key = shift;
    my $alg = { RSA => 'RS256', EC => 'ES512', oct => 'HS512' }->{ $key->{kty} };
    return encode_jwt(payload => 'text', key => $alg eq 'HS512' ? $key : \json($key), alg => $alg);
}

sub der {
    my ($tag, @content) = @_;
    my $content = join '', @content;
    my $size = length $content;
    my $octets = $size < 256 ? pack('C', $size) : pack('n', $size);
    return pack('C', $tag) . ($size < 128 ? '' : pack('C', 0x80 + length $octets)) . $octets . $content;
}

# spki is an RSA key in DER, of the octets of its numbers; certificate has it
# in a certificate, whose signature is none.
sub spki {
    my ($n, $e, $tag) = @_;
    my $key = der(0x30, der(2, $n), der(2, $e));
    return der($tag // 0x30, der(0x30, der(6, pack 'H*', '2a864886f70d010101'), der(5)), der(3, "\0", $key));
}

sub certificate {
    my ($n, $e, $field, $after) = @_;
    my $alg = der(0x30, der(6, pack 'H*', '2a864886f70d01010b'), der(5));
    my $time = der(0x17, '230101000000Z');
    my $tbs = der(0x30, der(0xa0, der(2, "\2")), der(2, "\1"), $alg, der(0x30), der(0x30, $time, $time), der(0x30), spki($n, $e));
    my $out = der(0x30, $tbs, $alg, der(3, "\0" x 257), $field // '') . ($after // '');
    return "-----BEGIN CERTIFICATE-----\n" . encode_base64($out) . "-----END CERTIFICATE-----\n";
}

my $sign = "\0"; # of a number whose first bit is set
my @n = map { $sign . octets($_) } $n, $even, number(rsa_of(1024)->{n});
my $e = "\1\0\1";

# rs256 is a token whose DigestInfo is this text and the hash.
sub rs256 {
    my $input = join '.', map { encode_base64url($_) } '{"alg":"RS256"}', '{}';
    my $info = pack('H*', shift) . sha256($input);
    my $padded = "\0\1" . "\xff" x (253 - length $info) . "\0" . $info;
    return $input . '.' . encode_base64url($rsa->decrypt($padded, 'none'));
}

sub verify_rs256 { return decode_jwt(token => shift, key => $rsa, accepted_alg => ['RS256'], decode_payload => 0) }

# decrypt_set decrypts with the key of a set that kid names, whose alg is another.
sub decrypt_set {
    my $token = encrypted('{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"a"}', hash => 'SHA256');
    my $set = { keys => [with($rsa_key, kid => 'a', alg => 'RSA-OAEP')] };
    return decode_jwt(token => $token, kid_keys => $set, accepted_alg => ['RSA-OAEP-256'], accepted_enc => ['A256GCM'], decode_payload => 0);
}

# verify_set verifies a token by the RSA key with a set that has this key.
sub verify_set {
    my $input = join '.', map { encode_base64url($_) } '{"alg":"RS256","kid":"a"}', '{}';
    my $token = $input . '.' . encode_base64url($rsa->sign_message($input, 'SHA256', 'v1.5'));
    return decode_jwt(token => $token, kid_keys => { keys => [with(shift, kid => 'a')] }, accepted_alg => ['RS256'], decode_payload => 0);
}

# es512_of_attribute signs with PrivateKeyInfo of the RSA key, which has the PEM
# of a P-521 key in an attribute.
sub es512_of_attribute {
    my $type = der(6, pack 'H*', '55040d');
    my $attribute = der(0x30, $type, der(0x31, der(12, "\n" . $es512->export_key_pem('private'))));
    my $key = der(0x30, der(2, "\0"), der(0x30, der(6, pack 'H*', '2a864886f70d010101'), der(5)),
        der(4, $rsa->export_key_der('private')), der(0xa0, $attribute));
    return encode_jwt(payload => 'text', key => \$key, alg => 'ES512');
}

sub es512_with_p256 {
    my $key = Crypt::PK::ECC->new;
    $key->generate_key('secp256r1');
    my $token = encode_jwt(payload => '{}', key => $key, alg => 'ES512');
    return decode_jwt(token => $token, key => $key, accepted_alg => ['ES512'], decode_payload => 0);
}

sub inside { my ($text, $more) = @_; return substr($text, 0, 4) . $more . substr($text, 4) }

my $order = Math::BigInt->new(2)**521 - Math::BigInt->from_hex('5ae79787c40d069948033feb708f65a2fc44a36477663b851449048e16ec79bf7');
my $oaep = '{"alg":"RSA-OAEP","enc":"A256GCM"}';
my $good = token($hs512);
my @accepted = (
    ['crit-ignored', 'RFC 7515, Section 4.1.11', 'a critical extension that nobody understands is ignored',
        sub { verify(token('{"alg":"HS512","crit":["x"],"x":1}')) }],
    ['crit-type', 'RFC 7515, Section 4.1.11', 'and so is a crit that is no array, or names b64',
        sub { each_of(sub { verify(token(qq({"alg":"HS512","crit":$_[0]}))) }, 'null', '1', 'false', '["b64"],"b64":false') }],
    ['jwe-crit-ignored', 'RFC 7516, Section 4.1.13', 'and in a JWE',
        sub { each_of(sub { decrypt(encrypted(qq({"alg":"RSA-OAEP","enc":"A256GCM","x":1,"crit":$_[0]}))) },
            '["x"]', 'null', '["b64"],"b64":false', '["p2c"],"p2c":1') }],
    ['date-string', 'RFC 7519, Section 2', 'exp and nbf may be strings',
        sub { each_of(\&claims, qq({"exp":"@{[$now + 1]}"}), qq({"nbf":"@{[$now - 1]}"})) }],
    ['date-array', 'RFC 7519, Section 2', 'exp may be an array or object, which counts as a time far away',
        sub { each_of(sub { claims(shift, verify_exp => 1) }, '{"exp":[]}', '{"exp":{}}') }],
    ['nbf-false', 'RFC 7519, Section 4.1.5', 'nbf that is null or false counts as a time long ago, or as none',
        sub { each_of(\&claims, '{"nbf":null}', '{"nbf":false}') }],
    ['date-exponent', 'RFC 7519, Section 2', '0e1000000000, or 801 zeros that an exponent takes back, count as NaN: neither exp in the past nor nbf in the future',
        sub { each_of(\&claims, '{"exp":0e1000000000}', '{"nbf":0.' . '0' x 801 . '1700000400e811}') }],
    ['aud-elements', 'RFC 7519, Section 4.1.3', 'aud may have numbers or null beside the audience that is expected',
        sub { each_of(sub { claims(qq({"aud":["a",$_[0]]}), verify_aud => sub { grep { ($_ // '') eq 'a' } @{ $_[0] } }) }, '1', 'null') }],
    ['padding', 'RFC 7515, Section 2', 'the signature may be padded, and a line feed may follow',
        sub { each_of(\&verify, padded($good), "$good\n", padded($good) . "\n") }],
    ['jwe-padding', 'RFC 7516, Section 7.1', 'and so may the segments of a JWE after the header, with a line feed after the last',
        sub { each_of(\&decrypt, (map { change(encrypted($oaep), $_, \&padded) } 1, 3, 4), encrypted($oaep) . "\n") }],
    ['zip-falsy', 'RFC 7516, Section 4.1.3', 'zip that is null, false or empty counts as no zip',
        sub { each_of(sub { decrypt(encrypted(qq({"alg":"RSA-OAEP","enc":"A256GCM","zip":$_[0]}))) }, 'null', 'false', '""') }],
    ['zip-partial', 'RFC 7516, Section 4.1.3', 'what is not compressed is inflated as far as that goes, and that is the plaintext',
        sub { decrypt(encrypted('{"alg":"RSA-OAEP","enc":"A256GCM","zip":"DEF"}', text => '{"amount":"10.00","currency":"EUR"}')) }],
    ['set-alg', 'RFC 7517, Section 4.4', 'a key of a set whose alg is RSA-OAEP decrypts RSA-OAEP-256, and one whose alg is PS256 verifies RS256',
        sub { decrypt_set() && verify_set(with($rsa_public, alg => 'PS256')) }],
    ['digestinfo-null', 'RFC 8017, Section 8.2.2', 'RS256 without the NULL of its DigestInfo',
        sub { verify_rs256(rs256('302f300b0609608648016503040201' . '0420')) }],
    ['surrogates', 'RFC 7515, Section 5.2', 'surrogates, and what is above U+10FFFF, in the UTF-8 of a header, and surrogates in a claims set',
        sub { each_of(sub { verify(token(qq({"alg":"HS512","x":"$_[0]"}))) }, "\xed\xa0\x80", "\xed\xa0\xbd\xed\xb8\x80", "\xf4\x90\x80\x80")
            && claims(qq({"x":"\xed\xa0\x80"})) }],
    ['es512-with-p256', 'RFC 7518, Section 3.4', 'ES512 signs and verifies with a key on P-256', \&es512_with_p256],
    ['short-hmac-key', 'RFC 7518, Section 3.2', 'an HS512 secret of 5 octets', sub { verify(token($hs512, '{}', 'short'), 'short') }],
    ['short-hmac-jwk', 'RFC 7518, Section 3.2', 'and so as a JWK', sub { signs({ kty => 'oct', k => encode_base64url('short') }) }],
    ['iv-length', 'RFC 7518, Section 5.3', 'a JWE with A256GCM whose IV has 8, 11, 13 or 16 octets',
        sub { each_of(sub { decrypt(encrypted($oaep, iv_size => shift)) }, 8, 11, 13, 16) }],
    ['rsa-short', 'RFC 7518, Section 3.3', 'an RSA key of 1024 or 2040 bits, as JWK, in DER and in a certificate',
        sub { my @keys = (rsa_of(1024), rsa_of(2040));
            each_of(\&signs, @keys) && each_of(\&reads, map { public($_) } @keys) && each_of(\&file, spki($n[2], $e), certificate($n[2], $e)) }],
    ['rsa-modulus', 'RFC 8017, Section 3.1', 'an RSA public key whose modulus is even, 0 (as JWK) or negative (in DER)',
        sub { each_of(\&reads, with($rsa_public, n => text($even)), with($rsa_public, n => 'AA'))
            && each_of(\&file, spki($n[1], $e), certificate($n[1], $e), spki(octets($n), $e)) }],
    ['rsa-exponent', 'RFC 8017, Section 3.1', 'an RSA public key whose exponent is 0, 1, 2 or 65536, or negative (in DER)',
        sub { each_of(\&reads, map { with($rsa_public, e => $_) } 'AA', 'AQ', 'Ag', 'AQAA')
            && each_of(\&file, (map { spki($n[0], $_) } "\0", "\1", "\2", "\xff"), map { certificate($n[0], $_) } "\1", "\2") }],
    ['use-ignored', 'RFC 7517, Section 4.2', 'a secret or a public key whose use is enc, or whose key_ops are sign alone, verifies',
        sub { my @uses = ([use => 'enc'], [key_ops => ['sign']]);
            each_of(sub { verify($good, { kty => 'oct', k => encode_base64url($secret), @{ $_[0] } }) }, @uses)
                && each_of(sub { verify_set(with($rsa_public, @{ $_[0] })) }, @uses) }],
    ['pem-in-attribute', 'RFC 5958, Section 2', 'the PEM of another key, in an attribute of a private key in DER, is the key that signs', \&es512_of_attribute],
    ['der-strictness', 'RFC 5280, Section 4.1', 'a key with a SET for a SEQUENCE or a length in too many octets; a certificate with more behind',
        sub { my $long = spki($n[0], $e);
            substr($long, 1, 1) = "\x83\0";
            my $set = "-----BEGIN PUBLIC KEY-----\n" . encode_base64(spki($n[0], $e, 0x31)) . "-----END PUBLIC KEY-----\n";
            each_of(\&file, spki($n[0], $e, 0x31), $set, $long, certificate($n[0], $e, '', "\0"), certificate($n[0], $e, der(5))) }],
    ['jwk-base64', 'RFC 7515, Section 2', 'numbers of a JWK may be padded or have white space',
        sub { each_of(\&reads, (map { with($rsa_public, n => $_) } padded($rsa_key->{n}), inside($rsa_key->{n}, "\n")),
                with(public($ec_key), x => inside($ec_key->{x}, "\n")))
            && each_of(\&signs, map { { kty => 'oct', k => $_ } } padded(encode_base64url($secret)), inside(encode_base64url($secret), ' ')) }],
    ['rsa-d', 'RFC 7518, Section 6.3.2', 'an RSA private key signs although d does not belong to it or is above n',
        sub { my $d = number($rsa_key->{d});
            my $phi = (number($rsa_key->{p}) - 1) * (number($rsa_key->{q}) - 1);
            each_of(\&signs, map { with($rsa_key, d => $_) } text($d + 2), rsa_of(2048)->{d}, 'AQ', text($d + $phi)) }],
    ['rsa-crt-missing', 'RFC 7518, Section 6.3.2', 'an RSA private key without p, dp or qi signs although the others are there',
        sub { each_of(\&signs, map { without($rsa_key, $_) } qw(p dp qi)) }],
    ['rsa-oth', 'RFC 7518, Section 6.3.2.7', 'oth of an RSA private key is ignored', sub { signs(with($rsa_key, oth => [])) }],
    ['ec-d', 'RFC 7518, Section 6.2.2.1', 'an EC private key signs although d does not belong to x and y',
        sub { my $other = Crypt::PK::ECC->new;
            $other->generate_key('secp521r1');
            my $negated = ($order - number($ec_key->{d}))->to_bytes;
            each_of(\&signs, map { with($ec_key, d => $_) } jwk($other)->{d}, encode_base64url("\0" x (66 - length $negated) . $negated)) }],
    ['jwk-alg-null', 'RFC 7517, Section 4.4', 'alg of a JWK that is null counts as no alg', sub { reads(with($rsa_public, alg => undef)) }],
    ['key-ops', 'RFC 7517, Section 4.3', 'key_ops may have elements that are no strings', sub { reads(with($rsa_public, key_ops => [1, 'verify'])) }],
    ['kid-type', 'RFC 7515, Section 4.1.4', 'kid may be an object', sub { verify(token('{"alg":"HS512","kid":{}}')) }],
);
my @refused = (
    ['empty-payload', 'RFC 7515, Section 5.1', 'a JWS of an empty payload is refused', sub { verify(token($hs512, '')) }],
);

sub accepts { my $run = shift; return defined(eval { $run->() }) ? 1 : 0 }

accepts(sub { verify($good) }) && !accepts(sub { verify(substr($good, 0, -4) . 'AAAA') })
    && accepts(sub { decrypt(encrypted($oaep)) }) && !accepts(sub { claims(qq({"exp":$now})) })
    && accepts(sub { verify_rs256(rs256('3031300d060960864801650304020105000420')) }) && !accepts(sub { verify_rs256(rs256('')) })
    && accepts(sub { each_of(\&reads, $rsa_public, public($ec_key)) && each_of(\&file, spki($n[0], $e), certificate($n[0], $e)) })
    && accepts(sub { verify_set($rsa_public) }) && !accepts(sub { verify_set(with($rsa_public, n => text($even))) })
    && !accepts(sub { claims(qq({"nbf":@{[$now + 400]}})) }) && !accepts(sub { claims('{"exp":0}') })
    && !accepts(sub { reads({ kty => 'RSA' }) }) && !accepts(sub { file('no key') })
    && accepts(sub { each_of(\&signs, $rsa_key, $ec_key) }) && !accepts(sub { signs($rsa_public) }) or die 'the controls fail';
for ((map { [1, @$_] } @accepted), map { [0, @$_] } @refused) {
    my ($outcome, $id, $section, $text, $run) = @$_;
    my $reproduced = accepts($run) == $outcome;
    printf "%-14s  %-32s %-26s %s\n", $reproduced ? 'reproduced' : 'not reproduced', "Crypt::JWT/$id", $section, $text;
}
