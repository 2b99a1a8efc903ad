package jose

import (
	"errors"
	"flag"
	"fmt"
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
