package message_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/internal/golden"
	"github.com/wecombot/wecombot/message"
)

var update = flag.Bool("update", false, "rewrite golden files and docs/events.md")

// documented reads the list of everything that the platform documents.
func documented(t *testing.T) (kinds []string) {
	t.Helper()
	raw, err := os.ReadFile("testdata/kinds.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			kinds = append(kinds, line)
		}
	}
	return kinds
}

func sampleOf(e message.Entry) string {
	return filepath.Join("testdata", e.Doc, strings.ReplaceAll(e.Kind, "/", ".")+".xml")
}

func TestEveryDocumentedKindHasTypeSampleAndGolden(t *testing.T) {
	t.Parallel()
	table := map[string]message.Entry{}
	for _, e := range message.Table() {
		if _, twice := table[e.Kind]; twice {
			t.Errorf("%s stands twice in the table", e.Kind)
		}
		table[e.Kind] = e
	}
	kinds := documented(t)
	if len(kinds) < 250 {
		t.Fatalf("kinds.txt has only %d kinds", len(kinds))
	}
	for _, kind := range kinds {
		e, ok := table[kind]
		if !ok {
			t.Errorf("%s has no type", kind)
			continue
		}
		delete(table, kind)
		checkSample(t, e)
	}
	for kind := range table {
		t.Errorf("%s is in the table, but not in kinds.txt", kind)
	}
}

func checkSample(t *testing.T, e message.Entry) {
	t.Helper()
	path := sampleOf(e)
	m := parseFile(t, path)
	if m.Kind() != e.Kind {
		t.Errorf("%s is a sample of %q, want %q", path, m.Kind(), e.Kind)
	}
	if got := reflect.TypeOf(m.Body()); got != e.Body {
		t.Errorf("the body of %s is a %v, want %v", path, got, e.Body)
	}
	if _, err := os.Stat(strings.TrimSuffix(path, ".xml") + ".golden"); err != nil && !*update { // written by TestSamples
		t.Error(err)
	}
}

func parseFile(t *testing.T, path string) *message.Message {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := message.Parse(raw)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return m
}

func samples(t testing.TB) []string {
	t.Helper()
	xml, err := filepath.Glob("testdata/[0-9]*/*.xml")
	if err != nil {
		t.Fatal(err)
	}
	json, err := filepath.Glob("testdata/[0-9]*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	return append(xml, json...)
}

func TestNoGoldenWithoutSample(t *testing.T) {
	t.Parallel()
	goldens, err := filepath.Glob("testdata/*/*.golden")
	if err != nil || len(goldens) != len(samples(t)) && !*update {
		t.Errorf("%d golden files, %d samples, %v", len(goldens), len(samples(t)), err)
	}
}

func TestSamples(t *testing.T) {
	t.Parallel()
	docs := map[string]string{}
	for _, e := range message.Table() {
		docs[e.Kind] = e.Doc
	}
	for _, path := range samples(t) {
		t.Run(strings.TrimPrefix(path, "testdata/"), func(t *testing.T) {
			t.Parallel()
			m := parseFile(t, path)
			if dir := filepath.Base(filepath.Dir(path)); dir != docs[m.Kind()] {
				t.Errorf("a sample of doc %s holds %s, which doc %q describes", dir, m.Kind(), docs[m.Kind()])
			}
			if extra := m.Extra(); extra != nil {
				t.Errorf("elements that no field reads: %+v", extra)
			}
			got, err := json.MarshalIndent(map[string]any{
				"kind": m.Kind(), "header": plain(reflect.ValueOf(headerOf(m))),
				"type": reflect.TypeOf(m.Body()).String(), "body": plain(reflect.ValueOf(m.Body())),
			}, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden.Check(t, *update, strings.TrimSuffix(path, filepath.Ext(path))+".golden", append(got, '\n'))
		})
	}
}

// plain is a value for JSON: without what is zero, and with secrets as they are.
func plain(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Struct:
		out := map[string]any{}
		for i := range v.NumField() {
			if f := v.Type().Field(i); !v.Field(i).IsZero() {
				out[f.Name] = plain(v.Field(i))
			}
		}
		return out
	case reflect.Slice:
		out := []any{}
		for i := range v.Len() {
			out = append(out, plain(v.Index(i)))
		}
		return out
	case reflect.String:
		return v.String()
	case reflect.Int, reflect.Int64:
		return v.Int()
	default:
		return v.Interface()
	}
}

// Every field of every type must be filled by some sample, or its name may be wrong.
func TestSamplesFillEveryField(t *testing.T) {
	t.Parallel()
	filled := map[string]bool{}
	for _, path := range samples(t) {
		note(filled, reflect.ValueOf(parseFile(t, path).Body()))
	}
	var empty []string
	seen := map[reflect.Type]bool{}
	for _, e := range message.Table() {
		fields(e.Body, seen, func(name string) {
			if !filled[name] {
				empty = append(empty, name)
			}
		})
	}
	slices.Sort(empty)
	if len(empty) > 0 {
		t.Errorf("no sample fills %q", empty)
	}
}

func note(filled map[string]bool, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); !v.Field(i).IsZero() {
				filled[v.Type().Name()+"."+f.Name] = true
				note(filled, v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			note(filled, v.Index(i))
		}
	}
}

func fields(t reflect.Type, seen map[reflect.Type]bool, visit func(name string)) {
	if t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] {
		return
	}
	seen[t] = true
	for i := range t.NumField() {
		visit(t.Name() + "." + t.Field(i).Name)
		fields(t.Field(i).Type, seen, visit)
	}
}
