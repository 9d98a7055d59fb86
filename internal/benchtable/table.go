package main

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// table is one run of go test -bench over several packages.
type table struct {
	cpu  string
	pkg  string // of the lines that follow
	rows []row
}

// row is one benchmark. Of a name that comes again (-count) the fastest run counts: the others were disturbed. What it
// reports itself is compared within a run, and disturbed on both sides: there the run in the middle counts.
type row struct {
	name    string             // package and benchmark, without "Benchmark" and without -GOMAXPROCS
	metrics map[string]float64 // by unit
	own     []string           // units that are not standard
	runs    map[string][]float64
}

// procs is the GOMAXPROCS suffix of a name.
var procs = regexp.MustCompile(`-\d+$`)

// line takes one line of the input. A test that failed fails the table.
func (t *table) line(s string) error {
	switch {
	case strings.HasPrefix(s, "pkg: "):
		t.pkg = s[strings.LastIndexByte(s, '/')+1:]
	case strings.HasPrefix(s, "cpu: "):
		t.cpu = strings.TrimPrefix(s, "cpu: ")
	case strings.HasPrefix(s, "FAIL"), strings.HasPrefix(s, "--- FAIL"), strings.HasPrefix(s, "panic: "):
		return fmt.Errorf("the run failed: %s", s)
	case strings.HasPrefix(s, "Benchmark"):
		t.benchmark(strings.Fields(s))
	}
	return nil
}

// benchmark takes name, iterations, and pairs of value and unit.
func (t *table) benchmark(f []string) {
	if len(f) < 4 {
		return // a name alone: its result follows its log
	}
	name := procs.ReplaceAllString(strings.TrimPrefix(f[0], "Benchmark"), "")
	r := row{name: t.pkg + " " + name, metrics: map[string]float64{}, runs: map[string][]float64{}}
	for i := 2; i+1 < len(f); i += 2 {
		v, err := strconv.ParseFloat(f[i], 64)
		if err != nil {
			return // a line of a log that looks like a result
		}
		r.metrics[f[i+1]] = v
		if !standard[f[i+1]] {
			r.own = append(r.own, f[i+1])
			r.runs[f[i+1]] = []float64{v}
		}
	}
	for i := range t.rows {
		if t.rows[i].name == r.name {
			t.rows[i].again(r)
			return
		}
	}
	t.rows = append(t.rows, r)
}

func (r *row) again(other row) {
	if other.metrics["ns/op"] < r.metrics["ns/op"] {
		r.metrics = other.metrics
	}
	for unit, vs := range other.runs {
		r.runs[unit] = append(r.runs[unit], vs...)
	}
}

func (r row) middle(unit string) float64 {
	vs := slices.Sorted(slices.Values(r.runs[unit]))
	return vs[len(vs)/2]
}

// standard are the units with columns of their own.
var standard = map[string]bool{"ns/op": true, "B/op": true, "allocs/op": true}

func (t *table) write(w io.Writer) error {
	b := bufio.NewWriter(w)
	if t.cpu != "" {
		fmt.Fprintf(b, "%s\n\n", t.cpu)
	}
	fmt.Fprintf(b, "| benchmark | time | memory | allocations | ratio |\n| --- | ---: | ---: | ---: | --- |\n")
	for _, r := range t.rows {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", strings.ReplaceAll(r.name, "|", `\|`), duration(r.metrics["ns/op"]),
			r.plain("B/op", " B"), r.plain("allocs/op", ""), strings.Join(t.ratios(r), ", "))
	}
	return b.Flush()
}

// ratios are what the benchmark reported itself, then its growth. Over several runs the fastest of both sides are
// compared: a floor that was disturbed would flatter us.
func (t *table) ratios(r row) []string {
	var out []string
	for _, unit := range r.own {
		v := strconv.FormatFloat(r.middle(unit), 'g', 3, 64)
		switch unit {
		case "x-floor":
			if f := t.floor(r); f > 0 {
				v = strconv.FormatFloat(r.metrics["ns/op"]/f, 'g', 3, 64)
			}
			out = append(out, "**"+v+"×** floor")
		case "ratio":
			out = append(out, "**"+v+"** of the engine alone")
		default:
			out = append(out, strconv.FormatFloat(r.middle(unit), 'f', -1, 64)+" "+unit)
		}
	}
	if base, n, ok := t.smallest(r); ok {
		out = append(out, fmt.Sprintf("%.3g× that of %d", r.metrics["ns/op"]/base.metrics["ns/op"], n))
	}
	return out
}

// floor is the time of the benchmark named floor beside r, or 0.
func (t *table) floor(r row) float64 {
	beside := r.name[:strings.LastIndexByte(r.name, '/')+1]
	for _, other := range t.rows {
		if other.name == beside+"floor" {
			return other.metrics["ns/op"]
		}
	}
	return 0
}

// smallest is the benchmark with the smallest number among those whose names differ from r's only in it.
func (t *table) smallest(r row) (base row, n int, ok bool) {
	before, mine, after, found := number(r.name)
	if !found {
		return row{}, 0, false
	}
	n = mine
	for _, other := range t.rows {
		if b, m, a, found := number(other.name); found && b == before && a == after && m < n {
			base, n, ok = other, m, true
		}
	}
	return base, n, ok
}

// number splits a name at its path element that is a number.
func number(name string) (before string, n int, after string, ok bool) {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		if n, err := strconv.Atoi(p); err == nil {
			return strings.Join(parts[:i], "/"), n, strings.Join(parts[i+1:], "/"), true
		}
	}
	return "", 0, "", false
}

func (r row) plain(unit, suffix string) string {
	v, ok := r.metrics[unit]
	if !ok {
		return ""
	}
	return strconv.FormatFloat(v, 'f', -1, 64) + suffix
}

// duration shows three digits.
func duration(ns float64) string {
	d := time.Duration(ns)
	switch {
	case ns < 100:
		return strconv.FormatFloat(ns, 'g', 3, 64) + " ns"
	case d < time.Microsecond:
		return strconv.FormatFloat(ns, 'f', 0, 64) + " ns"
	case d < time.Millisecond:
		return strconv.FormatFloat(ns/1e3, 'g', 3, 64) + " µs"
	case d < time.Second:
		return strconv.FormatFloat(ns/1e6, 'g', 3, 64) + " ms"
	default:
		return strconv.FormatFloat(ns/1e9, 'g', 3, 64) + " s"
	}
}
