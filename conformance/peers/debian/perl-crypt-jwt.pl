#!/usr/bin/perl
# Adapter of Crypt::JWT, of Debian's libcrypt-jwt-perl.
#
# Done by the library: parsing, the allow-lists of alg and enc, JWK, PEM and
# DER, the key of a set by kid, cryptography, and the claims that decode_jwt
# has options for (verify_aud is a sub that finds one of the audiences, because
# the scalar form does not look into arrays; verify_exp => 1 asks for the claim).
#
# Not to be had: crit, b64, detached content, typ, a switch that turns
# decompression off, a clock (time is replaced).
#
# Done here: calling it. What a policy demands that the library has no setting
# for is never checked for it: see left_over.
use strict;
use warnings;

our $at;
BEGIN { *CORE::GLOBAL::time = sub () { $at // CORE::time } }

use Crypt::JWT qw(decode_jwt encode_jwt);
use JSON ();
use MIME::Base64 qw(encode_base64url decode_base64url);

my $json = JSON->new->utf8->canonical->allow_nonref;
my %ops = (
    'verify' => \&verify, 'verify-jwt' => \&verify_jwt, 'decrypt' => \&decrypt,
    'nested' => \&nested, 'nested-jwt' => \&nested,
    'key' => \&key_op, 'sign' => \&sign, 'encrypt' => \&encrypt,
);

$| = 1;
binmode STDIN;
binmode STDOUT;
while (my $line = <STDIN>) {
    my $r = $json->decode($line);
    print $json->encode($r->{op} eq 'hello' ? hello() : answer($r)), "\n";
}

sub hello {
    my $version = `dpkg-query -W -f '\${Version}' libcrypt-jwt-perl`;
    return {
        name => 'Crypt::JWT', version => $version, origin => 'Debian 12 package',
        supports => { alg => [qw(RS256 ES512 HS512 RSA-OAEP RSA-OAEP-256)], forms => ['compact'], ops => [sort keys %ops] },
    };
}

sub unsupported { die { unsupported => shift } }

sub answer {
    my $r = shift;
    my ($payload, $token) = eval {
        my $op = $ops{ $r->{op} } or unsupported("the library has no $r->{op}");
        unsupported('the library does not look at crit') if %{ $r->{check} // {} };
        my @out = $op->($r);
        unsupported('which serialization is read is left to the caller') if ($r->{token} // '') =~ /^\s*\{/;
        @out;
    };
    if (ref $@ eq 'HASH') { return { id => $r->{id}, %{$@} } }
    if ($@) { return { id => $r->{id}, ok => JSON::false, error => substr("$@", 0, 500) } }
    return { id => $r->{id}, ok => JSON::true, defined $token ? (token => $token) : (payload => encode_base64url($payload // '')) };
}

sub key {
    my ($k) = @_;
    return (kid_keys => $k->{set}) if $k->{set};
    return (key => $k->{jwk}) if $k->{jwk};
    return (key => \$k->{pem});
}

sub decode { return decode_jwt(@_) // die "no payload\n" }

sub verify {
    my $r = shift;
    return decode(token => $r->{token}, key($r->{key}), accepted_alg => [$r->{alg}], decode_payload => 0);
}

sub decrypt {
    my $r = shift;
    return decode(token => $r->{token}, key($r->{key}), accepted_alg => [$r->{alg}], accepted_enc => ['A256GCM'], decode_payload => 0);
}

sub verify_jwt {
    my $r = shift;
    my $p = $r->{policy} // {};
    unsupported('no lifetime for a token without exp') if $p->{no_exp_lifetime};
    unsupported('no maximum age') if $p->{max_age};
    my %options = (token => $r->{token}, key($r->{key}), accepted_alg => [$r->{alg}], leeway => $p->{leeway} // 0);
    $options{verify_exp} = 1 unless $p->{allow_no_exp};
    $options{verify_iss} = $p->{issuer} if defined $p->{issuer};
    $options{verify_sub} = $p->{subject} if defined $p->{subject};
    if ($p->{audience}) {
        my %known = map { $_ => 1 } @{ $p->{audience} };
        $options{verify_aud} = sub { grep { defined && $known{$_} } ref $_[0] eq 'ARRAY' ? @{ $_[0] } : $_[0] };
    }
    local $at = $r->{at};
    my $claims = decode(%options, decode_payload => 1);
    left_over($r, $claims);
    return verify($r); # the octets: decode_jwt returns them or a hash, not both
}

# left_over looks at a token that the library has accepted for demands of the
# policy that the library has no setting for. One that is not met makes the
# case unsupported: neither the library's merit nor its fault.
sub left_over {
    my ($r, $claims) = @_;
    my $p = $r->{policy};
    unsupported('no_audience is left to the caller') if $p->{no_audience} && ref $claims eq 'HASH' && exists $claims->{aud};
    return unless defined $p->{type};
    my $typ = header($r->{token})->{typ} // '';
    s{^application/}{} for my ($have, $want) = (lc $typ, lc $p->{type});
    unsupported('type is left to the caller') if $have ne $want;
}

# header reads the header of a token that the library has accepted.
sub header {
    my $header = eval { $json->decode(decode_base64url((split /\./, shift)[0])) };
    return ref $header eq 'HASH' ? $header : {};
}

# nested decrypts, then verifies what came out: two calls of the library, as
# an application writes them.
sub nested {
    my $r = shift;
    my $token = decrypt($r);
    my %inner = (%$r, alg => $r->{inner_alg}, key => $r->{inner_key}, token => $token);
    return verify(\%inner) if $r->{op} eq 'nested';
    my $payload = verify_jwt(\%inner);
    my ($outer, $claims) = (header($r->{token}), $json->decode($payload));
    unsupported('cty of a nested JWT is left to the caller') if uc($outer->{cty} // '') ne 'JWT';
    for (grep { exists $outer->{$_} } qw(iss sub aud)) {
        unsupported('claims replicated in the header are left to the caller')
            if $json->encode($outer->{$_}) ne $json->encode($claims->{$_});
    }
    return $payload;
}

# key_op reads a key and does with it what can be done without a token.
# Where the library says only when a token comes whether a key fits, one that
# does not fit is unsupported.
sub key_op {
    my $r = shift;
    unsupported('a secret has no public half') if $r->{alg} eq 'HS512' && $r->{role} eq 'public';
    my $file = read_key($r);
    unsupported('whether a key fits is told only when a token comes') if !fits($r, $file);
    return;
}

sub fits {
    my ($r, $file) = @_;
    my $private = $r->{role} eq 'private';
    return (($file =~ /PRIVATE KEY/) xor !$private) && ($private || $r->{alg} ne 'ES512') if $file !~ /^\s*\{/;
    my $k = $json->decode($file);
    my $enc = $r->{alg} =~ /^RSA/;
    my $kty = { R => 'RSA', E => 'EC', H => 'oct' }->{ substr $r->{alg}, 0, 1 };
    my $use = $enc ? 'enc' : 'sig';
    my @ops = $enc ? ($private ? qw(unwrapKey decrypt) : qw(wrapKey encrypt)) : $private ? 'sign' : 'verify';
    my %have = map { $_ => 1 } @{ $k->{key_ops} // \@ops };
    return $k->{kty} eq $kty && ($kty ne 'EC' || $k->{crv} eq 'P-521') && ($kty eq 'oct' || !exists $k->{d} == !$private)
        && ($k->{use} // $use) eq $use && ($k->{alg} // $r->{alg}) eq $r->{alg} && grep { $have{$_} } @ops;
}

sub read_key {
    my $r = shift;
    my $file = defined $r->{input_b64u} ? decode_base64url($r->{input_b64u}) : $r->{input};
    unsupported("key form $r->{key_form}") unless $r->{key_form} =~ /^(jwk|pem|der|certificate)$/;
    my $k = $r->{alg} eq 'HS512' ? $json->decode($file) : \$file;
    if ($r->{alg} =~ /^RSA/) {
        my $token = encode_jwt(payload => 'test', key => $k, alg => $r->{alg}, enc => 'A256GCM');
        decode(token => $token, key => $k, decode_payload => 0) if $r->{role} eq 'private';
        return $file;
    }
    if ($r->{role} eq 'private') {
        encode_jwt(payload => 'test', key => $k, alg => $r->{alg});
        return $file;
    }
    # A key that can be used fails on the signature, not before.
    my %size = (RS256 => 256, ES512 => 132, HS512 => 64);
    my $token = join '.', map { encode_base64url($_) } qq({"alg":"$r->{alg}"}), '{}', "\1" x $size{ $r->{alg} };
    eval { decode_jwt(token => $token, key => $k) };
    die $@ if $@ !~ /invalid signature/;
    return $file;
}

sub sign {
    my $r = shift;
    unsupported("form $r->{form}") if $r->{form} ne 'compact';
    return (undef, encode_jwt(payload => decode_base64url($r->{payload}), key($r->{key}), alg => $r->{alg}, extra_headers => $r->{header} // {}));
}

sub encrypt {
    my $r = shift;
    return (undef, encode_jwt(payload => decode_base64url($r->{plaintext}), key($r->{key}), alg => $r->{alg}, enc => 'A256GCM', extra_headers => $r->{header} // {}));
}
