//go:build !js && !wasip1 && !openbsd && !aix && !(windows && 386)

package jose

import (
	"bytes"
	"os"
	"os/exec"
	"testing"
)

// TestFIPS140Only runs the tests of this file's neighbour under fips140=only, so that a plain
// "go test" shows both modes. The whole of the tests runs in that mode with
// GODEBUG=fips140=only. The platforms left out have no such mode, or no processes to start.
func TestFIPS140Only(t *testing.T) {
	t.Parallel()
	program := encMust[string](t)(os.Executable())
	command := exec.Command(program, "-test.run=^TestFIPS140(Mode)?$", "-test.v", "-test.count=1")
	command.Env = append(os.Environ(), "GODEBUG="+os.Getenv("GODEBUG")+",fips140=only", fipsVariable+"=1")
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for _, name := range []string{"TestFIPS140Mode", "TestFIPS140"} {
		if !bytes.Contains(output, []byte("--- PASS: "+name+" ")) {
			t.Errorf("%s did not pass:\n%s", name, output)
		}
	}
}
