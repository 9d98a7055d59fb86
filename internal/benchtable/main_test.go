package main

import (
	"strings"
	"testing"
)

const input = `goos: linux
pkg: example.org/bot/crypto
cpu: Some CPU
BenchmarkOpen/floor-2         	  400000	      3100 ns/op	       0 B/op	       0 allocs/op
BenchmarkOpen/floor-2         	  400000	      9100 ns/op	       0 B/op	       0 allocs/op
BenchmarkOpen/ours-2          	  300000	      3720 ns/op	         0.410 x-floor	     704 B/op	       1 allocs/op
BenchmarkOpen/ours-2          	  300000	      9999 ns/op	         3.200 x-floor	     704 B/op	       1 allocs/op
PASS
ok  	example.org/bot/crypto	3.1s
pkg: example.org/bot/router
BenchmarkRoute/a|b/10/index-2    	 1000000	      1000 ns/op
BenchmarkRoute/a|b/10000/index-2 	  400000	      2500 ns/op
BenchmarkPush/writers=64-2     	   1000	     15000 ns/op	        64.00 group	         0.9100 ratio
BenchmarkPush/writers=64-2     	   1000	     14000 ns/op	        50.00 group	         3.9000 ratio
BenchmarkPush/writers=64-2     	   1000	     19000 ns/op	        50.00 group	         0.1000 ratio
BenchmarkLoud
    a line of a log
BenchmarkLoud-2 	       2	 1500000000 ns/op
PASS
`

const want = `Some CPU

| benchmark | time | memory | allocations | ratio |
| --- | ---: | ---: | ---: | --- |
| crypto Open/floor | 3.1 µs | 0 B | 0 |  |
| crypto Open/ours | 3.72 µs | 704 B | 1 | **1.2×** floor |
| router Route/a\|b/10/index | 1 µs |  |  |  |
| router Route/a\|b/10000/index | 2.5 µs |  |  | 2.5× that of 10 |
| router Push/writers=64 | 14 µs |  |  | 50 group, **0.91** of the engine alone |
| router Loud | 1.5 s |  |  |  |
`

func TestTable(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(strings.NewReader(input), &out); err != nil {
		t.Fatal(err)
	}
	if out.String() != want {
		t.Errorf("the table is\n%s\nwant\n%s", out.String(), want)
	}
}

func TestFailedRunsMakeNoTable(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"", "PASS\n", input + "FAIL\texample.org/bot/bot [build failed]\n", input + "panic: oops\n"} {
		var out strings.Builder
		if err := run(strings.NewReader(in), &out); err == nil {
			t.Errorf("run(%q) wrote a table:\n%s", in, out.String())
		}
	}
}
