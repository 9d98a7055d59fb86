package message_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/internal/golden"
	"github.com/wecombot/wecombot/message"
)

// docs/events.md is made from the table; go test -update writes it.
func TestEventsPage(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "docs", "events.md")
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	golden.Check(t, *update, path, eventsPage())
}

const eventsIntro = `# Messages and events

<!-- Made by go test ./message -update. Do not edit. -->

Everything that the platform sends to an app, by its kind. ` + "`m.Kind()`" + ` returns the kind, ` + "`m.Body()`" + ` a value of the type, and

` + "```go" + `
if click, ok := message.As[message.MenuClick](m); ok {
	log.Print(click.Key)
}
` + "```" + `

asks for one type. What has no type here arrives as ` + "`message.Unknown`" + ` and is routed like anything else; ` + "`m.Field(\"A/B\")`" + `
reaches every element of every kind. An event whose ChangeType is new has the type of its siblings if they have one in common.

## Kinds

| kind | what it is | type | page |
| --- | --- | --- | --- |
`

func eventsPage() []byte {
	var b strings.Builder
	b.WriteString(eventsIntro)
	var order []reflect.Type
	seen := map[reflect.Type]bool{}
	for _, e := range message.Table() {
		fmt.Fprintf(&b, "| `%s` | %s | [%s](#%s) | [%s](https://developer.work.weixin.qq.com/document/path/%s) |\n",
			e.Kind, e.Title, e.Body.Name(), strings.ToLower(e.Body.Name()), e.Doc, e.Doc)
		order = appendTypes(order, e.Body, seen)
	}
	b.WriteString("\n## Types\n\nThe second column is the element on the wire; `A > B` is B within A, `a,b` is one text joined by commas.\n")
	for _, t := range order {
		fmt.Fprintf(&b, "\n### %s\n\n", t.Name())
		if t.NumField() == 0 {
			b.WriteString("No fields beyond the header.\n")
			continue
		}
		b.WriteString("| field | element | Go |\n| --- | --- | --- |\n")
		typeRows(&b, t)
	}
	return []byte(b.String())
}

func appendTypes(order []reflect.Type, t reflect.Type, seen map[reflect.Type]bool) []reflect.Type {
	if t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] {
		return order
	}
	seen[t] = true
	order = append(order, t)
	for i := range t.NumField() {
		if !t.Field(i).Anonymous {
			order = appendTypes(order, t.Field(i).Type, seen)
		}
	}
	return order
}

func typeRows(b *strings.Builder, t reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			typeRows(b, f.Type)
			continue
		}
		paths, option, _ := strings.Cut(f.Tag.Get("wire"), ",")
		if paths == "" {
			paths = f.Name
		}
		paths = "`" + strings.NewReplacer(">", " > ", "|", "` or `").Replace(paths) + "`"
		if option == "list" {
			paths += " a,b"
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", f.Name, paths, strings.ReplaceAll(f.Type.String(), "message.", ""))
	}
}
