package evidence

// A claim is what README.md says of this project, and the command that shows it.
type claim struct {
	text string   // in Markdown, without a line break or a bar
	env  []string // variables that the command has beside those of this process
	args []string // the program and its arguments: no shell reads them
	long bool     // minutes or more: run by -all alone

	// figure is a regular expression for one line of the command's standard output. If count is
	// empty, what its group matched in the last such line is the figure; otherwise the number of
	// lines that match is, after count, which says of what. Where no line matches, nothing was shown.
	figure, count string

	only bool // every line of the output has to match
}

// tests is a claim that the tests show whose name this pattern matches, of one package.
func tests(text, pattern, folder string) claim {
	return claim{
		text: text, args: []string{"go", "test", "-count=1", "-v", "-run", pattern, folder},
		figure: `^--- PASS: `, count: "tests that pass",
	}
}

// peers is a claim about other libraries. The command compares them in the same run, names them,
// and fails if the claim does not hold.
func peers(text, what string) claim {
	return claim{
		text: text, args: []string{"go", "-C", "conformance/peers", "run", "./compare", what}, long: what != "size",
		figure: `^holds: (.+)$`,
	}
}

const thisLibrary = `^this library: (\d+ cases, .*)$`

// claims are the rows of the table in README.md, in its order.
var claims = []claim{
	// What it is.
	{
		text:   "The package is on the standard library alone",
		args:   []string{"go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "."},
		figure: `^(example\.com/jose)$`, only: true,
	},
	{
		text: "The module requires no other", args: []string{"go", "list", "-m", "all"},
		figure: `^(example\.com/jose)$`, only: true,
	},
	tests("Six files, which can be read in one order; no goroutine, unsafe, panic or reflection of their own, no network",
		"^(TestD22_Source|TestFilesPointDown)$", "."),
	{
		text: "Go 1.24 suffices", env: []string{"GOTOOLCHAIN=go1.24.9"},
		args: []string{"go", "run", "./conformance"}, figure: thisLibrary,
	},
	compiledFor("386", "It is compiled for 32-bit machines"),
	compiledFor("s390x", "It is compiled for big-endian machines"),
	{
		text: "All tests pass", args: []string{"go", "test", "-count=1", "./..."}, long: true,
		figure: `^ok `, count: "packages that pass",
	},

	// What it does with the RFCs.
	{
		text: "No case of the corpus deviates from its RFC", args: []string{"go", "run", "./conformance"},
		figure: thisLibrary,
	},
	tests("Each case of the corpus names its RFC section; published ones hold by the standard library alone",
		"^(TestLoad|TestPublished.*|TestSources)$", "./vectors"),
	{
		text:   "The command runs the corpus on an adapter, of which README.md of conformance shows one",
		args:   []string{"go", "run", "./conformance", "-adapter", "go run ./conformance/example-adapter"},
		figure: `^example 1: (\d+ cases, .*)$`,
	},
	{
		text: "Each check of the package is missed by a case of the corpus, or has a reason",
		args: []string{"go", "run", "./conformance/teeth"}, long: true, figure: `^(\d+ checks switched off .*[^,])$`,
	},
	peers("Of go-jose, jwx, golang-jwt and itself it is the strictest: it accepts less than each of what must be refused",
		"strictness"),

	// The threat model.
	{
		text: "No panic and no hang: the inputs that fuzzing has kept, for every reader", long: true,
		args:   []string{"go", "test", "-count=1", "-v", "-run", "^Fuzz", "."},
		figure: `^ +--- PASS: Fuzz`, count: "inputs that pass",
	},
	tests("Everything is bounded before the work, which is linear in the input", "^TestD8_", "."),
	tests("No oracle: one answer to every failure of decryption, after the same work",
		"^(TestRFC7516_Section11_5|TestD15_.*)$", "."),
	tests("No token chooses its algorithm", "^TestD1_", "."),
	tests("No key of a header is ever used", "^TestD2_", "."),
	tests("Keys are checked, copied and tried when they are made", "^TestD3_", "."),
	tests("A sequence of octets has one base64url encoding, and JSON no duplicate names at any depth", "^TestD[67]_", "."),
	tests("JWK is read strictly, and a key of a set that is ambiguous or can't be used takes down its own tokens alone",
		"^TestD[45]_", "."),
	tests("Exact bytes are verified, kept, and can be given", "^TestD9_", "."),
	tests("Nothing is guessed from a token that is not verified", "^TestD14_", "."),
	tests("No signature that does not hold leaves, whatever the handle returns", "^TestD12_", "."),
	tests("The zero policy accepts no token, and what cannot be meant is `ErrOption`", "^TestD18_", "."),
	tests("Every function says which errors it returns; no message shows a secret or a token", "^TestD21_", "."),
	tests("No global state that is written to; formatting shows no key; concurrent use", "^TestD22_", "."),
	tests("An adapter that hangs or takes too much memory is killed, with its children",
		"^(TestMemoryLimit|TestChildren|TestAdapters)$", "./conformance"),
	tests("The explainer never shows a secret", "^(TestCorpus|TestPastedSecret)$", "./conformance/explain"),
	tests("The page for a browser is one file that loads nothing, and escapes hostile text",
		"^TestHTML", "./conformance/report"),

	// FIPS 140-3.
	{
		text: "The tests of the package pass where only FIPS 140-3 is approved", env: []string{"GODEBUG=fips140=only"},
		args: []string{"go", "test", "-count=1", "-v", "."}, long: true, figure: `^--- PASS: `, count: "tests that pass",
	},
	peers("In that mode it encrypts, and go-jose and jwx do not", "fips"),

	// How it is used.
	tests("The code in README.md compiles and is that of the Examples; every Example is linked", "^TestReadme", "."),
	{
		text: "All Examples run", args: []string{"go", "test", "-count=1", "-v", "-run", "^Example", "."},
		figure: `^--- PASS: `, count: "Examples that pass",
	},
	{
		text: "Nuapay's published JWS is made again, octet by octet", figure: `^--- PASS: (Example_nuapay) `,
		args: []string{"go", "test", "-count=1", "-v", "-run", "^Example_nuapay$", "."},
	},
	tests("Each provider's client and server talk to each other", "^Test", "./conformance/providers"),
	tests("A vendored copy is unchanged, or the command says so", "^Test", "./conformance/vendoring"),
	tests("Every arrow between the packages points one way", "^TestRooms$", "./conformance"),

	// Size and speed.
	{
		text: "The matrix comes out again for the Go libraries, and what they accept wrongly is reproduced without adapters",
		args: []string{"go", "-C", "conformance/peers", "test", "-count=1", "-v", "-run", "^TestMatrix$", "."}, long: true,
		figure: `^ *--- PASS: TestMatrix`, count: "tests that pass",
	},
	peers("It is less code than go-jose and jwx", "size"),
	{
		text: "The same tasks with four libraries, as TASKS.md counts them", long: true,
		args:   []string{"go", "-C", "conformance/peers", "test", "-count=1", "-v", "./tasks"},
		figure: `^--- PASS: `, count: "tests that pass",
	},
	{
		text: "What it costs above the bare primitive: the table of times", long: true,
		args:   []string{"go", "test", "-run", "^$", "-bench", "Ratio|Scaling", "-benchtime", "200x", "."},
		figure: `^Benchmark`, count: "measurements",
	},
	peers("It is the fastest of the libraries in the table with HS512 at any size, and with every algorithm at 1 MiB",
		"speed"),
}

// compiledFor is a claim that the package is compiled for an architecture.
func compiledFor(arch, text string) claim {
	return claim{
		text: text, env: []string{"GOOS=linux", "GOARCH=" + arch},
		args: []string{"go", "list", "-export", "-f",
			"{{.Name}} for {{context.GOARCH}}: {{len .GoFiles}} files, {{if .Export}}compiled{{end}}", "."},
		figure: `^(.*, compiled)$`,
	}
}
