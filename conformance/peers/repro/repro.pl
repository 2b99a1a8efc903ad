#!/usr/bin/perl
# Reproduces the deviations of Crypt::JWT in Debian's package, with nothing but
# the library (and CryptX, on which it is built, to make keys): each row makes a
# token, gives it to the library as its documentation says to, and looks at what
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
use Digest::SHA qw(hmac_sha512);
use MIME::Base64 qw(encode_base64url);

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

# encrypted returns a JWE of exactly this header, with RSA-OAEP and A256GCM.
sub encrypted {
    my ($header, $iv_size) = @_;
    my ($cek, $iv) = (random_bytes(32), random_bytes($iv_size // 12));
    my ($text, $tag) = gcm_encrypt_authenticate('AES', $cek, $iv, encode_base64url($header), 'text');
    return join '.', map { encode_base64url($_) } $header, $rsa->encrypt($cek, 'oaep', 'SHA1'), $iv, $text, $tag;
}

sub verify {
    my ($token, $key) = @_;
    return decode_jwt(token => $token, key => $key // $secret, accepted_alg => ['HS512'], decode_payload => 0);
}

sub claims { return decode_jwt(token => token($hs512, shift), key => $secret, accepted_alg => ['HS512'], verify_exp => 1) }

sub decrypt {
    return decode_jwt(token => shift, key => $rsa, accepted_alg => ['RSA-OAEP'], accepted_enc => ['A256GCM'], decode_payload => 0);
}

sub es512_with_p256 {
    my $key = Crypt::PK::ECC->new;
    $key->generate_key('secp256r1');
    my $token = encode_jwt(payload => '{}', key => $key, alg => 'ES512');
    return decode_jwt(token => $token, key => $key, accepted_alg => ['ES512'], decode_payload => 0);
}

my $oaep = '{"alg":"RSA-OAEP","enc":"A256GCM"}';
my $good = token($hs512);
my @accepted = (
    ['crit-ignored', 'RFC 7515, Section 4.1.11', 'a critical extension that nobody understands is ignored',
        sub { verify(token('{"alg":"HS512","crit":["x"],"x":1}')) }],
    ['jwe-crit-ignored', 'RFC 7516, Section 4.1.13', 'and in a JWE',
        sub { decrypt(encrypted('{"alg":"RSA-OAEP","enc":"A256GCM","crit":["x"],"x":1}')) }],
    ['date-string', 'RFC 7519, Section 2', 'exp may be a string', sub { claims(qq({"exp":"@{[$now + 1]}"})) }],
    ['date-array', 'RFC 7519, Section 2', 'exp may be an array, which counts as a time far away', sub { claims('{"exp":[]}') }],
    ['padding', 'RFC 7515, Section 2', 'the signature may be padded, and a line feed may follow', sub { verify("$good==\n") }],
    ['es512-with-p256', 'RFC 7518, Section 3.4', 'ES512 signs and verifies with a key on P-256', \&es512_with_p256],
    ['short-hmac-key', 'RFC 7518, Section 3.2', 'an HS512 secret of 5 octets', sub { verify(token($hs512, '{}', 'short'), 'short') }],
    ['iv-length', 'RFC 7518, Section 5.3', 'a JWE with A256GCM whose IV has 16 octets', sub { decrypt(encrypted($oaep, 16)) }],
    ['kid-type', 'RFC 7515, Section 4.1.4', 'kid may be an object', sub { verify(token('{"alg":"HS512","kid":{}}')) }],
);
my @refused = (
    ['empty-payload', 'RFC 7515, Section 5.1', 'a JWS of an empty payload is refused', sub { verify(token($hs512, '')) }],
);

sub accepts { my $run = shift; return defined(eval { $run->() }) ? 1 : 0 }

accepts(sub { verify($good) }) && !accepts(sub { verify(substr($good, 0, -4) . 'AAAA') })
    && accepts(sub { decrypt(encrypted($oaep)) }) && !accepts(sub { claims(qq({"exp":$now})) }) or die 'the controls fail';
for ((map { [1, @$_] } @accepted), map { [0, @$_] } @refused) {
    my ($outcome, $id, $section, $text, $run) = @$_;
    my $reproduced = accepts($run) == $outcome;
    printf "%-14s  %-32s %-26s %s\n", $reproduced ? 'reproduced' : 'not reproduced', "Crypt::JWT/$id", $section, $text;
}
