package wecom_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wecombot/wecombot/wecom/spec"
)

// TestWhatOtherSDKsOfferIsHere goes through everything that the documents of five other SDKs list, function by function,
// type by type, line by line: each item names what offers it here, and the test that shows it.
func TestWhatOtherSDKsOfferIsHere(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("testdata/seeds.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Seed, Item, Test    string
		Operations, Symbols []string
	}
	if err := json.Unmarshal(src, &rows); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for op := range spec.Operations() {
		ids[op.ID] = true
	}
	tree := newSources(t)
	count := map[string]int{}
	for _, r := range rows {
		count[r.Seed]++
		if len(r.Symbols) == 0 {
			t.Errorf("%s %s: nothing offers it", r.Seed, r.Item)
		}
		for _, id := range r.Operations {
			if !ids[id] {
				t.Errorf("%s %s: no operation %s", r.Seed, r.Item, id)
			}
		}
		for _, s := range r.Symbols {
			if !tree.has(s, false) {
				t.Errorf("%s %s: no %s", r.Seed, r.Item, s)
			}
		}
		if !tree.has(r.Test, true) {
			t.Errorf("%s %s: no test %s", r.Seed, r.Item, r.Test)
		}
	}
	if diff := cmp.Diff(map[string]int{"000": 8, "001": 51, "002": 13, "003": 266, "004": 5}, count); diff != "" {
		t.Errorf("items by document (-want +got):\n%s", diff)
	}
}

// sources are the declarations of this module's packages, read when first asked for.
type sources struct {
	t     *testing.T
	decls map[string][]string // by folder, and by folder with "_test"
}

func newSources(t *testing.T) *sources { return &sources{t, map[string][]string{}} }

// has reports whether "wecom.UsersService.Get" or "storage/boltstore.Open" is declared, in tests or outside.
func (s *sources) has(symbol string, test bool) bool {
	s.t.Helper()
	dir, name, _ := strings.Cut(symbol, ".")
	key := dir
	if test {
		key += "_test"
	}
	if _, ok := s.decls[key]; !ok {
		s.decls[key] = s.read(dir, test)
	}
	return slices.Contains(s.decls[key], name)
}

func (s *sources) read(dir string, test bool) []string {
	s.t.Helper()
	files, err := filepath.Glob(filepath.Join("..", dir, "*.go"))
	if err != nil || len(files) == 0 {
		s.t.Fatalf("%s: no Go files, %v", dir, err)
	}
	var names []string
	fset := token.NewFileSet()
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") != test {
			continue
		}
		tree, err := parser.ParseFile(fset, f, nil, parser.SkipObjectResolution)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, d := range tree.Decls {
			names = append(names, declared(d)...)
		}
	}
	return names
}

func declared(d ast.Decl) []string {
	var names []string
	switch d := d.(type) {
	case *ast.FuncDecl:
		name := d.Name.Name
		if d.Recv != nil {
			recv := d.Recv.List[0].Type
			if star, ok := recv.(*ast.StarExpr); ok {
				recv = star.X
			}
			if id, ok := recv.(*ast.Ident); ok {
				name = id.Name + "." + name
			}
		}
		names = append(names, name)
	case *ast.GenDecl:
		for _, sp := range d.Specs {
			switch sp := sp.(type) {
			case *ast.TypeSpec:
				names = append(names, sp.Name.Name)
			case *ast.ValueSpec:
				for _, n := range sp.Names {
					names = append(names, n.Name)
				}
			}
		}
	}
	return names
}
