// Package golden compares what a test got with a file that was reviewed. Each test package has its own flag:
//
//	var update = flag.Bool("update", false, "rewrite the golden files")
//
//	golden.Check(t, *update, "testdata/schema.golden", got)
//
// go test -update then writes the files, and the review reads the diff.
package golden

import (
	"os"
	"path/filepath"
	"testing"
)

// Check fails the test unless file holds got. With update it writes the file first.
func Check[T string | []byte](t *testing.T, update bool, file string, got T) {
	t.Helper()
	if update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; run go test -update", err)
	}
	if string(got) != string(want) {
		t.Errorf("%s differs; run go test -update and read the diff. Got:\n%s\nwant:\n%s", file, got, want)
	}
}
