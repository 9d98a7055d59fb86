// Command gen writes the client's services and types, the table of operations in wecom/spec and the page docs/api.md from
// wecom/spec/*.yaml. It is run by go generate in wecom.
package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run writes what is generated; dir is the folder of package wecom.
func run(dir string) error {
	files, err := generate(dir)
	if err != nil {
		return err
	}
	stale, err := generated(dir)
	if err != nil {
		return err
	}
	for _, name := range stale {
		if _, ok := files[name]; !ok {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				return err
			}
		}
	}
	for name, want := range files {
		path := filepath.Join(dir, name)
		if have, err := os.ReadFile(path); err == nil && bytes.Equal(have, want) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, want, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// generate returns the contents of all files by their path relative to package wecom.
func generate(dir string) (map[string][]byte, error) {
	s, err := load(filepath.Join(dir, "spec"))
	if err != nil {
		return nil, err
	}
	wanted, err := parity(s, filepath.Join(dir, "testdata", "seeds.json"))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"../docs/api.md": []byte(coverage(s)), "../docs/api-coverage.md": []byte(wanted)}
	maps.Copy(files, clientFiles(s))
	maps.Copy(files, tableFiles(s))
	for name, src := range files {
		if filepath.Ext(name) != ".go" {
			continue
		}
		if files[name], err = formatted(src); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return files, nil
}

// generated lists the generated Go files that exist.
func generated(dir string) ([]string, error) {
	var names []string
	for _, pattern := range []string{"zz_*.go", "spec/zz_*.go"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			rel, err := filepath.Rel(dir, f)
			if err != nil {
				return nil, err
			}
			names = append(names, filepath.ToSlash(rel))
		}
	}
	return names, nil
}
