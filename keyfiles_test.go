package jose

import (
	"encoding/base64"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/keyfiles.txt anew, to be read by a person")

// keyFilesHeader says what testdata/keyfiles.txt is.
const keyFilesHeader = `What ParsePrivateKey, ParsePublicKey and ParseKeySet say of each file in testdata/keyfiles:
"key", which is ErrKey, and the text after "jose: invalid key: ", or "ok" and what was read. Where all
three say the same, ParseKeySet with "JWK Set: " before it, there is one line. Written by
go test -run TestKeyFiles -update .
`

// TestKeyFiles compares what is said of each file that people have with testdata/keyfiles.txt, which
// a person has read.
func TestKeyFiles(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join("testdata", "keyfiles", "*"))
	if err != nil || len(paths) < 100 {
		t.Fatalf("%d key files, want 100 or more: %v", len(paths), err)
	}
	var got strings.Builder
	got.WriteString(keyFilesHeader)
	for _, path := range paths {
		name := filepath.Base(path)
		if name == "README.txt" {
			continue
		}
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&got, "\n%s\n", name)
		private, err := ParsePrivateKey(file)
		says := []string{keyFileSays(t, file, private, err)}
		public, err := ParsePublicKey(file)
		says = append(says, keyFileSays(t, file, public, err))
		set, err := ParseKeySet(file)
		says = append(says, keyFileSays(t, file, set, err))
		if says[0] == says[1] && says[1] == strings.Replace(says[2], "JWK Set: ", "", 1) {
			fmt.Fprintf(&got, "  each     %s\n", says[0])
			continue
		}
		for i, asked := range []string{"private", "public", "set"} {
			fmt.Fprintf(&got, "  %-7s  %s\n", asked, says[i])
		}
	}
	golden := filepath.Join("testdata", "keyfiles.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	file := ""
	gotLines, wantLines := strings.Split(got.String(), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(gotLines), len(wantLines)) {
		if gotLines[i] != wantLines[i] {
			t.Fatalf("%s, line %d of %s:\n%s\nwant:\n%s", file, i+1, golden, gotLines[i], wantLines[i])
		}
		if !strings.HasPrefix(gotLines[i], " ") && gotLines[i] != "" {
			file = gotLines[i]
		}
	}
	if len(gotLines) != len(wantLines) {
		t.Errorf("%d lines, want %d", len(gotLines), len(wantLines))
	}
}

// foreignTexts are what messages of the standard library have in them.
var foreignTexts = []string{"asn1:", "x509:", "crypto/", "illegal base64", "tls:", "pem:", "rsa:", "ecdsa:", "ecdh:",
	"elliptic:", "encoding/", "json:", "hex:", "invalid character", "%!", "<nil>"}

// keyFileSays returns what is said of a file, and checks what is the same for every message: the
// class, no text of the standard library, no octets of the file, the prefix once.
func keyFileSays(t *testing.T, file []byte, key any, err error) string {
	t.Helper()
	if err == nil {
		return fmt.Sprintf("ok   %v", key)
	}
	text := err.Error()
	if !errors.Is(err, ErrKey) || errors.Is(err, ErrUnsupported) || strings.Count(text, "jose: ") != 1 {
		t.Errorf("not ErrKey, or with its prefix twice: %v", err)
	}
	for _, foreign := range foreignTexts {
		if strings.Contains(text, foreign) {
			t.Errorf("%q is in %q", foreign, text)
		}
	}
	for at := 0; at+20 <= len(file); at++ { // a label is no secret, and may be named
		if part := string(file[at : at+20]); strings.Contains(text, part) && !strings.Contains(part, " KEY") {
			t.Errorf("octets %d to %d of the file are in %q", at, at+20, text)
		}
	}
	return "key  " + strings.TrimPrefix(text, "jose: invalid key: ")
}

// notNamed are secrets that begin as a key file does and are none, as people type them.
var notNamed = []string{
	"MISSISSIPPI-secret-2026", "MIIsissippi is my secret",
	"MIICHAEL-and-a-long-secret-of-his-own-0123456789", "ssh-hh-be-quiet",
	"ssh-rsa is what I use", "3081secret", "3082",
	"30:8am-password", "30 8 is my number", "2d2d2d2d", "BEGIN CMS is my secret",
	"BEGIN PGP", "BEGIN the day", "<secret>", "<my secret", "{secret}",
	"{my \"secret\"", "{", "[secret]", "-", "-----", "LS0tLS1C",
	"\x00", "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
	"{\x00secret", "\xff\xfe is a mark", "password\x00\x00\x00\x00",
	"\x99\x01\x02\x03\x04\x05\x06\x07\x08\x09", "\x98\x33\x04", "\x30\x82\x01\x02 secret", "hex 0\x81secret", "UTF-16",
}

// TestSecretsAreNotNamed checks that neither a random secret nor a typed one is said to be a file of a format.
func TestSecretsAreNotNamed(t *testing.T) {
	t.Parallel()
	random := rand.NewChaCha8([32]byte([]byte("secrets that are not misnamed...")))
	for range 100_000 {
		secret := make([]byte, 64)
		random.Read(secret)
		if _, err := parseKey(secret); err != errNoKeyFile {
			t.Errorf("%x: %v", secret, err)
		}
	}
	for _, secret := range notNamed {
		if _, err := parseKey([]byte(secret)); err != errNoKeyFile {
			t.Errorf("%q: %v", secret, err)
		}
	}
}

// TestKeyFileSentences checks what is said of forms of key files that testdata/keyfiles has not.
func TestKeyFileSentences(t *testing.T) {
	t.Parallel()
	file := func(name string) string {
		text, err := os.ReadFile(filepath.Join("testdata", "keyfiles", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	block := func(label, content string) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: []byte(content)}))
	}
	b64 := base64.StdEncoding.EncodeToString
	p12, cms, certificate := file("pkcs12.p12"), file("pkcs7.p7c"), file("rsa-certificate.der")
	enveloped := strings.Replace(cms, "\x01\x07\x02", "\x01\x07\x03", 1)
	ecPublic, ecPrivate := "\x30\x81\x9b\x30\x10"+certificate[:128], "\x30\x81\xdc\x02\x01"+certificate[:128]
	gpg := "\x05\x06\x07\x08"
	for _, row := range []struct{ about, text, has, not string }{
		{"another label of a certificate", block("X509 CERTIFICATE", certificate), "which looks like CERTIFICATE", "X509"},
		{"another label of a public key", block("EC PUBLIC KEY", file("rsa-public.der")),
			"which looks like PUBLIC KEY", "EC PUBLIC"},
		{"a label that is no secret of the file's", block("MC4CAQAw", file("rsa-private.der")),
			"looks like PRIVATE KEY", "MC4CAQAw"},
		{"an unknown label, and a key that is not read", block("FOO", file("trailing-newline.der")),
			"no key file that is known", "looks"},
		{"a trusted certificate", block("TRUSTED CERTIFICATE", certificate+"\x30\x00"),
			"openssl x509 -in FILE -out NEW", "looks"},
		{"encrypted, and not", block("ENCRYPTED PRIVATE KEY", file("rsa-private.der")),
			"looks like PRIVATE KEY", "an encrypted"},
		{"not encrypted, and so", block("PRIVATE KEY", file("encrypted-pkcs8.der")),
			"looks like ENCRYPTED PRIVATE KEY", ""},
		{"a certificate request", block("CERTIFICATE", file("csr.der")), "its label in PEM has to say", "(" + "-inform"},
		{"PKCS #12 in PEM", block("PKCS12", p12), "grep -v -e ----- FILE | base64 -d >NEW makes", "-nodes"},
		{"PKCS #12 in base64", b64([]byte(p12)), "base64, which base64 -d FILE >NEW decodes: PKCS #12: openssl pkcs12", ""},
		{"PKCS #7 in base64", b64([]byte(cms)),
			"base64, which base64 -d FILE >NEW decodes: PKCS #7: openssl pkcs7 -inform DER", ""},
		{"a Java keystore in base64", b64([]byte(file("keystore.jks"))), "a Java keystore: base64 -d FILE >NEW", ""},
		{"base64 of anything else", "MTIz" + b64(make([]byte, 63)), "no key file", "base64"},
		{"CMS", block("CMS", cms), "CMS, a message and no key", "pkcs7"},
		{"CMS that is not signed", enveloped, "no key file", "pkcs7"},
		{"four dashes", "----BEGIN PKCS7-----\nMII", "PKCS #7: openssl pkcs7 -in FILE", ""},
		{"no dashes", "BEGIN PRIVATE KEY\nMIIE\nEND PRIVATE KEY\n", "has not five dashes", ""},
		{"OpenSSH, DSA", "ssh-dss AAAAB3NzaC1kc3MAAACB", "not of RSA or P-521", "ssh-keygen"},
		{"OpenSSH, P-256", "ecdsa-sha2-nistp256 AAAAE2VjZHNh", "not of RSA or P-521", "ssh-keygen"},
		{"gpg, RSA", "\x99\x01\x0d\x04" + gpg + "\x01", "OpenPGP", ""},
		{"gpg, P-521", "\x98\x93\x04" + gpg + "\x13", "OpenPGP", ""},
		{"gpg, Ed25519", "\x98\x33\x04" + gpg + "\x16", "OpenPGP", ""},
		{"gpg, RSA, private", "\x95\x03\x98\x04" + gpg + "\x01", "OpenPGP", ""},
		{"gpg, P-521, private", "\x94\xd8\x04" + gpg + "\x13", "OpenPGP", ""},
		{"gpg, Ed25519, private", "\x94\x58\x04" + gpg + "\x16", "OpenPGP", ""},
		{"gpg, P-521, encrypted", "\x95\x01\x07\x04" + gpg + "\x13", "OpenPGP", ""},
		{"gpg, EdDSA, encrypted", "\x95\x01\x07\x04" + gpg + "\x16", "OpenPGP", ""},
		{"UTF-16 of a JWK", "{\x00\"\x00k\x00", "UTF-16", "JWK"},
		{"UTF-16 of base64", "\x00M\x00I\x00I", "UTF-16", "base64"},
		{"UTF-16 of a JWK, the other way round", "\x00{\x00\"\x00k", "UTF-16", "JWK"},
		{"UTF-16 of base64, the other way round", "M\x00I\x00I\x00", "UTF-16", "base64"},
		{"an EC key in base64url", strings.TrimRight(base64.URLEncoding.EncodeToString([]byte(ecPublic)), "=")[:43],
			"base64url", ""},
		{"an EC private key in base64, cut off", b64([]byte(ecPrivate))[:43], "base64url", ""},
		{"an EC public key in hexadecimal", fmt.Sprintf("%x", ecPublic), "hexadecimal: xxd -r -p FILE >NEW", ""},
		{"an EC private key in hexadecimal", fmt.Sprintf("%X", ecPrivate), "hexadecimal: xxd -r -p FILE >NEW", ""},
		{"a JCEKS keystore in base64", b64([]byte(file("keystore.jceks"))), "a Java keystore: base64 -d FILE >NEW", ""},
		{"another label of a request", block("NEW CERTIFICATE REQUEST", file("csr.der")), "a certificate request", ""},
		{"PKCS #12 in BER", "\x30\x80\x02\x01\x03\x30\x80", "PKCS #12: openssl pkcs12 -in FILE -nodes -nocerts", ""},
		{"HTML", "<HTML lang=en>", "XML or HTML", ""},
		{"HTML 5", "<!doctype html>", "XML or HTML", ""},
		{"JSON of another kind", `{"issuer":"https://as.example"}`, "no key file", "kty"},
		{"JSON with a key in it", `{"private_key":"-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\n"}`,
			"no key file", "PEM"},
		{"JSON with nothing in it", `{}`, "no key file", "kty"},
		{"a JWK without kty", `{"n":"AQAB"}`, `"kty" is missing`, "no key file"},
		{"two blocks", block("CERTIFICATE", certificate) + block("CERTIFICATE", certificate), "or of the certificate", ""},
		{"no key file", "something", "in a checkout of the library, go run ./conformance explain -key FILE", ""},
	} {
		_, err := parseKey([]byte(row.text))
		if err == nil || !strings.Contains(err.Error(), row.has) || row.not != "" && strings.Contains(err.Error(), row.not) {
			t.Errorf("%s: %v, want %q and not %q", row.about, err, row.has, row.not)
		}
	}
}
