package explain

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha512"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// keyFiles has the files of testdata/keyfiles, by name.
func keyFiles(t *testing.T) (names []string, files map[string][]byte) {
	t.Helper()
	list, err := filepath.Glob("../../testdata/keyfiles/*")
	if err != nil || len(list) < 100 {
		t.Fatalf("%d key files, %v", len(list), err)
	}
	files = map[string][]byte{}
	for _, name := range list {
		if base := filepath.Base(name); base != "README.txt" {
			names, files[base] = append(names, base), []byte(read(t, name))
		}
	}
	return names, files
}

// secretsIn lists the secret octets of the files, numbers of private keys, secrets
// and passwords, in the forms in which they could be printed, in lower case.
func secretsIn(t *testing.T, files map[string][]byte) (forms []string) {
	list := [][]byte{files["secret.bin"], files["secret.bin"][:20], []byte("correct-horse-battery"), []byte("changeit")}
	for name, file := range files {
		block, _ := pem.Decode(file)
		if block == nil {
			continue
		}
		k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			if k, err = x509.ParsePKCS1PrivateKey(block.Bytes); err != nil {
				k, _ = x509.ParseECPrivateKey(block.Bytes)
			}
		}
		switch k := k.(type) {
		case *rsa.PrivateKey:
			k.Precompute()
			list = append(list, k.D.Bytes(), k.Precomputed.Dp.Bytes(), k.Precomputed.Dq.Bytes(), k.Precomputed.Qinv.Bytes())
			for _, p := range k.Primes {
				list = append(list, p.Bytes())
			}
		case *ecdsa.PrivateKey:
			if k != nil {
				list = append(list, k.D.Bytes(), k.D.FillBytes(make([]byte, curveOctets(&k.PublicKey))))
			}
		case ed25519.PrivateKey:
			list = append(list, k.Seed())
		case *ecdh.PrivateKey:
			list = append(list, k.Bytes())
		default:
			t.Fatalf("%s: %T", name, k)
		}
	}
	if len(list) < 50 {
		t.Fatalf("%d secrets", len(list))
	}
	for _, secret := range list {
		hexText := hex.EncodeToString(secret)
		for _, form := range []string{string(secret), hexText, std(secret), b64u(secret),
			new(big.Int).SetBytes(secret).String(), strings.Trim(quoteLines("", secret, len(secret)), "\"\n")} {
			forms = append(forms, strings.ToLower(strings.TrimRight(form, "=")))
		}
	}
	return forms
}

// foreign are words of the messages of packages that parse for us.
var foreign = regexp.MustCompile(`asn1:|x509:|crypto/|illegal base64|tls:|pem:|rsa:|ecdsa:|elliptic:|` +
	`invalid character|strconv|%!`)

var encodedRun = regexp.MustCompile(`[A-Za-z0-9+/_=-]{24,}`)

// TestKeyFormats gives every key file to the command: what it prints is that of
// testdata/keyfiles.txt, and has no octet of a secret and no control character.
func TestKeyFormats(t *testing.T) {
	names, files := keyFiles(t)
	secrets := secretsIn(t, files)
	tested := map[string]bool{}
	var golden strings.Builder
	for i, name := range names {
		file := files[name]
		f := readFileOf(file)
		for _, s := range f.steps {
			tested[s.id] = true
		}
		var stdout, stderr bytes.Buffer
		status := Main([]string{"-key", filepath.Join("../../testdata/keyfiles", name)}, nil, &stdout, &stderr)
		out := stdout.String()
		if len(file) == 0 {
			if status != 2 || !strings.HasPrefix(stderr.String(), "explain: -key: the file is empty\n") {
				t.Errorf("%s: status %d, %s", name, status, stderr.String())
			}
			out, status = f.describe()
		}
		if (status == 0) != strings.HasPrefix(out, "OK: ") {
			t.Errorf("%s: status %d\n%s", name, status, out)
		}
		checkText(t, out)
		if s := foreign.FindString(out); s != "" {
			t.Errorf("%s: %q is printed\n%s", name, s, out)
		}
		text := out
		if i%8 == 0 { // of a token with a key file, the corpus has more
			token := jws(hsHeader, body, hs(sha512.New, keys.secret))
			text += explain(input{token: token, keyFile: file, at: mustTime(clock)}).text()
		}
		lower, joined := strings.ToLower(text), strings.Join(strings.Fields(text), "")
		for _, secret := range secrets {
			if strings.Contains(lower, secret) {
				t.Errorf("%s: a secret is printed\n%s", name, text)
			}
		}
		for _, run := range encodedRun.FindAllString(string(file), -1) {
			for at := 0; at+24 <= len(run); at += 8 {
				if strings.Contains(joined, run[at:at+24]) {
					t.Errorf("%s: %q of the file is printed", name, run[at:at+24])
				}
			}
		}
		if t.Failed() {
			t.Fatal(name)
		}
		what, _, _ := strings.Cut(out, "\nthis library\n")
		golden.WriteString("== " + name + "\n" + what + "\n")
	}
	checkGolden(t, "testdata/keyfiles.txt", golden.String())
	for _, f := range facts {
		if f.isFile && !tested[f.id] {
			t.Errorf("%s is not tested", f.id)
		}
	}
}

func checkGolden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := strings.Split(read(t, name), "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(want) || line != want[i] {
			t.Fatalf("%s: line %d is not what the command prints: %s", name, i+1, line)
		}
	}
	if len(got) != len(read(t, name)) {
		t.Fatalf("%s is longer than what the command prints", name)
	}
}

var (
	commandLine = regexp.MustCompile(`(?m)^  ([a-z].*(?:OUT|>OUT)[.a-z0-9]*.*)$`)
	// asks matches commands that ask for a password or a name, and what few machines have.
	asks = regexp.MustCompile(`keytool|openssl pkcs12|openssl pkcs8|ssh-keygen -p|pwsh|puttygen|KID|ALIAS`)
)

// TestKeyCommands runs the commands that are printed, as far as this machine has
// what they need and nothing is asked: package jose takes what they make, or it is
// a step on the way.
func TestKeyCommands(t *testing.T) {
	names, files := keyFiles(t)
	ran, done, last := 0, map[string]bool{}, map[string][]byte{}
	for _, name := range names {
		f := readFileOf(files[name])
		out, _ := f.describe()
		_, commands, _ := strings.Cut(out, "\nwhat makes it usable\n")
		commands, _, _ = strings.Cut(commands, "\nthis library\n")
		if asks.MatchString(commands) || strings.HasPrefix(name, "encrypted-") || done[commands] {
			continue // each once, for a public and for a private key
		}
		done[commands] = true
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "FILE"), files[name], 0o600); err != nil {
			t.Fatal(err)
		}
		for _, line := range commandLine.FindAllStringSubmatch(commands, -1) {
			if _, err := exec.LookPath(strings.Fields(line[1])[0]); err != nil {
				t.Logf("not on this machine: %s", line[1])
				break
			}
			cmd := exec.Command("sh", "-c", line[1])
			if cmd.Dir = dir; strings.Contains(line[1], "jq ") {
				if _, err := exec.LookPath("jq"); err != nil {
					break
				}
			}
			if text, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %s: %v: %s", name, line[1], err, text)
				continue
			}
			ran++
			made := regexp.MustCompile(`OUT[0-9]*$`).FindString(line[1])
			b, err := os.ReadFile(filepath.Join(dir, made))
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			last[name] = b
			left := readFileOf(b)
			switch id := f.steps[len(f.steps)-1].id; {
			case left.refusal() == nil:
			case strings.HasPrefix(id, "secret-") || id == "chain" || id == "pkcs7":
			case slices.ContainsFunc(left.steps, func(s step) bool { return s.wrong && len(known[s.id].commands) > 0 }):
				// a step on the way
			default:
				t.Errorf("%s: %s makes %q", name, line[1], left.problem())
			}
		}
	}
	t.Logf("%d commands", ran)
	for _, name := range []string{"secret-hexadecimal.txt", "secret-base64.txt"} { // one alternative after the other
		if b, has := last[name]; has && !bytes.Equal(b, files["secret.bin"]) {
			t.Errorf("%s: the secret has %d octets in the end", name, len(b))
		}
	}
}

// TestKeyOrder: several keys of one file, of which the file does not say which is meant.
func TestKeyOrder(t *testing.T) {
	_, files := keyFiles(t)
	leaf, ec := files["rsa-certificate.pem"], files["ec-certificate.pem"]
	for _, tt := range []struct{ name, file, id, says string }{
		{"two leaves", string(leaf) + string(ec), "two-keys", "no private key, no public key and 2 certificates"},
		{"certificate of another key", string(files["ec-private.pem"]) + string(leaf), "key-and-certificate", "(the leaf)"},
		{"chain of a key", string(files["rsa-private.pem"]) + string(files["chain.pem"]), "key-and-certificate",
			"2 certificates"},
		{"public key and certificate", string(files["rsa-public.pem"]) + string(leaf), "two-keys",
			"one public key and one certificate"},
	} {
		f := readFileOf([]byte(tt.file))
		if !f.has(tt.id) || !strings.Contains(f.problem(), tt.says) {
			t.Errorf("%s: %q", tt.name, f.problem())
		}
	}
}

// TestKeyMembers: an object with as many members as a file can have is read in one pass, of a name that comes twice
// each value counts, and no more keys are kept than are of use.
func TestKeyMembers(t *testing.T) {
	_, files := keyFiles(t)
	certificate := string(jsonText(string(files["ec-certificate.pem"])))
	for _, tt := range []struct {
		name, id  string
		member    string
		n, atMost int
	}{
		{"numbers", "json", `"m%d":1`, 80000, 0},
		{"blocks", "certificate-map", `"m%d":"-----BEGIN A-----"`, 35000, 0},
		{"certificates", "certificate-map", `"m%d":` + certificate, 900, 256},
		{"one name", "json-member", `"m":1,"m":` + certificate, 1, 1},
		{"nested", "json-member",
			`"m":` + strings.Repeat(`{"m":`, 9000) + `"-----BEGIN A-----"` + strings.Repeat("}", 9000), 1, 0},
		{"JWKs", "jwk-map", `"m%d":` + string(files["ec-public.jwk"]), 2000, 256},
	} {
		members := make([]string, tt.n)
		for i := range members {
			members[i] = strings.ReplaceAll(tt.member, "%d", strconv.Itoa(i))
		}
		file := []byte("{" + strings.Join(members, ",") + "}")
		allocs := testing.AllocsPerRun(1, func() { readFileOf(file) })
		f := readFileOf(file)
		if !f.has(tt.id) || len(f.keys) != tt.atMost || allocs > 500000+float64(tt.n)*1000 {
			t.Errorf("%s: %d keys, %.0f allocations, %q", tt.name, len(f.keys), allocs, f.problem())
		}
	}
}

// TestSecretsThatLookLikeKeys: octets and text that begin as a key file would.
func TestSecretsThatLookLikeKeys(t *testing.T) {
	random := sha512.Sum512([]byte("octets"))
	for _, begin := range []string{"{", "[", "\x30\x3e", "\xef\xbb\xbf", "\x00", "\x99\x01\x00", "-", "{{", "ey"} {
		secret := append([]byte(begin), random[:]...)
		for form, file := range map[string][]byte{
			"raw": secret, "base64": stdText(secret), "base64url": urlText(secret), "hex": hexText(secret)} {
			f := readFileOf(file)
			if len(f.keys) != 1 || !f.keys[0].raw || !bytes.Equal(f.keys[0].secret, file) {
				t.Errorf("%q, %s: %q", begin, form, f.problem())
			}
		}
	}
}
