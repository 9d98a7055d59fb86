package reply

import (
	"flag"
	"testing"

	"github.com/wecombot/wecombot/internal/golden"
)

var update = flag.Bool("update", false, "rewrite testdata/**/*.golden")

// checkGolden compares got with testdata/<name>.golden.
func checkGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	golden.Check(t, *update, "testdata/"+name+".golden", got)
}
