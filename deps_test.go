package wecombot_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/wecombot/wecombot"

// line is the level of each package: it may import only packages of lower lines. The longest matching prefix counts;
// internal/ is below everything.
var line = map[string]int{
	"crypto": 0, "message": 0, "wecom": 0, "storage": 0,
	"reply": 1, "trace": 1, "weblogin": 1,
	"router": 2, "outbox": 2,
	"bot": 3, "handlers": 3, "storage/": 3, "simulator": 3,
	"plugins":  4, // above handlers: what a plugin is given includes dialogs, commands and roles
	"plugins/": 5, "rules": 5,
	"plugins/standard": 6, "simulator/web": 6, "internal/assembly": 6, "rules/ruletest": 6,
	"daemon": 7, "bot/bottest": 7,
	"cmd/": 8, "examples": 8, "examples/": 8,
	"examples/quickstart":          0, // only data: what botd dev serves when it is given no bot
	"examples/it-helpdesk/tickets": 0, // what the example calls
	"internal/":                    -1,
}

// door is the one package (or tree) that may import a dependency, by the dependency's path prefix.
var door = map[string][]string{
	"github.com/labstack/echo/v4": {"bot"},
	"go.etcd.io/bbolt":            {"storage/boltstore"},
	"github.com/redis/go-redis":   {"storage/redisstore"},
	"github.com/nats-io/nats.go":  {"storage/natsstore"},
	"go.yaml.in/yaml":             {"internal/strictyaml"},
	"github.com/expr-lang/expr":   {"router"},
	"github.com/yuin/goldmark":    {"reply"},
	"github.com/spf13/cobra":      {"daemon"},
}

type pkg struct {
	ImportPath string
	Imports    []string
}

func TestImportsPointDown(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		from, ok := strings.CutPrefix(p.ImportPath, module+"/")
		if !ok {
			continue
		}
		fromLine, known := lineOf(from)
		if !known {
			t.Errorf("%s stands on no line: add it to the table", from)
			continue
		}
		for _, imp := range p.Imports {
			if to, ours := strings.CutPrefix(imp, module+"/"); ours {
				toLine, known := lineOf(to)
				if !known || toLine < 0 && strings.HasPrefix(to, "internal/") {
					continue
				}
				if toLine >= fromLine {
					t.Errorf("%s (line %d) imports %s (line %d): imports point down", from, fromLine, to, toLine)
				}
				continue
			}
			checkDoor(t, from, imp)
		}
	}
}

func checkDoor(t *testing.T, from, imp string) {
	for dep, doors := range door {
		if imp != dep && !strings.HasPrefix(imp, dep+"/") {
			continue
		}
		for _, d := range doors {
			if from == d || strings.HasPrefix(from, d+"/") {
				return
			}
		}
		t.Errorf("%s imports %s, whose door is %v", from, imp, doors)
	}
}

func lineOf(p string) (int, bool) {
	best, n := -1, 0
	found := false
	for prefix, l := range line {
		if p != prefix && (!strings.HasSuffix(prefix, "/") || !strings.HasPrefix(p, prefix)) {
			continue
		}
		if len(prefix) >= n {
			best, n, found = l, len(prefix), true
		}
	}
	if !found { // a sub-package stands where its parent stands
		if i := strings.LastIndexByte(p, '/'); i > 0 {
			return lineOf(p[:i])
		}
	}
	return best, found
}

func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var ps []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return ps
		} else if err != nil {
			t.Fatal(err)
		}
		ps = append(ps, p)
	}
}
