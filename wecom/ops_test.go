package wecom_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/wecom/spec"
)

// The lines //wecom:op in this package are exactly the operations of the specification, each at its method.
func TestMethodsNameTheirOperation(t *testing.T) {
	t.Parallel()
	want := map[string]string{} // "GET /cgi-bin/user/get 90196" → "Users.Get"
	for op := range spec.Operations() {
		want[op.Method+" "+op.Path+" "+strings.Join(op.Docs, " ")+" "+op.Client] = op.Go
	}
	for line, at := range opLines(t) {
		goName, ok := want[line]
		if !ok {
			t.Errorf("%s names %q, which is not in the specification", at, line)
			continue
		}
		if goName != at {
			t.Errorf("%q stands at %s, want %s", line, at, goName)
		}
		delete(want, line)
	}
	for line, at := range want {
		t.Errorf("no method names %q, want it at %s", line, at)
	}
}

// opLines are the comments with their method, which is named as from its client, whose name ends the line.
func opLines(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	lines := map[string]string{}
	homes := map[string][2]string{} // UsersService → Client, Users
	var trees []*ast.File
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		trees = append(trees, tree)
		if name == "zz_clients.go" {
			clients(tree, homes)
		}
	}
	for _, tree := range trees {
		for _, d := range tree.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Doc == nil || f.Recv == nil {
				continue
			}
			for _, c := range f.Doc.List {
				line, ok := strings.CutPrefix(c.Text, "//wecom:op ")
				if !ok {
					continue
				}
				recv := f.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name
				if home, ok := homes[recv]; ok {
					lines[line+" "+home[0]] = home[1] + "." + f.Name.Name
				} else {
					lines[line+" "+recv] = f.Name.Name
				}
			}
		}
	}
	return lines
}

// clients finds out which field of which client holds a service.
func clients(tree *ast.File, homes map[string][2]string) {
	for _, d := range tree.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.TYPE {
			continue
		}
		spec := g.Specs[0].(*ast.TypeSpec)
		for _, f := range spec.Type.(*ast.StructType).Fields.List {
			service := f.Type.(*ast.StarExpr).X.(*ast.Ident).Name
			homes[service] = [2]string{spec.Name.Name, f.Names[0].Name}
		}
	}
}
