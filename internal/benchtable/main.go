// Command benchtable reads what go test -bench prints and writes one Markdown table of it:
//
//	go test -run '^$' -bench . -benchmem ./... | go run ./internal/benchtable
//
// The last column is what counts: absolute times belong to a machine, ratios to the code. A ratio is what a benchmark
// reports itself (x-floor, ratio), or, where names differ only in a number (route/10/index, route/10000/index), the
// time over that of the smallest number.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "benchtable:", err)
		os.Exit(1)
	}
}

// run copies nothing of a run that failed but its failure.
func run(in io.Reader, out io.Writer) error {
	var t table
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if err := t.line(lines.Text()); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	if len(t.rows) == 0 {
		return fmt.Errorf("no benchmark in the input")
	}
	return t.write(out)
}
