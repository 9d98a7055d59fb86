package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/router"
)

// Options are what a rule set works with. The zero value is enough to check a file.
type Options struct {
	App    string         // the app's name, for messages and stored state
	Vars   map[string]any // of bot.yaml; a file may not name them again
	Routes []router.Rule  // in code (plugins); they come after the rules of the same priority
	// Middleware goes around every rule's handler and the fallback; nil is none.
	Middleware router.Middleware
	Location   *time.Location   // of `now`; default time.Local
	Now        func() time.Time // default time.Now
	Previous   *Set             // of the same app: what did not change is not compiled again
}

// Set is the rules of one app, compiled. It does not change.
type Set struct {
	Table    *router.Table
	Rules    []Info         // in order of appearance
	Revision string         // 12 hexadecimal digits of the files' content
	Vars     map[string]any // of the files and of bot.yaml
	Files    []string

	scopes   map[string]*router.Scope
	patterns map[string]*regexp.Regexp
}

// Info describes a rule for lists.
type Info struct {
	Name     string
	Source   string // "rules/faq.yaml:12:5"
	Priority int
	Continue bool
	Examples []string
}

// Load reads and compiles the rules files of one app. It returns every problem of every file, in order of place; the
// Set may only be used when there is none.
func Load(files []string, o Options) (*Set, []strictyaml.Problem) {
	l := loader{compiler: newCompiler(o), hash: sha256.New(), places: map[string]strictyaml.Pos{}}
	parsed := make([]file, len(files))
	for i, name := range files {
		l.read(name, &parsed[i])
	}
	for i := range parsed {
		l.vars(&parsed[i])
	}
	l.base = l.scope("", nil)
	for i := range parsed {
		l.file(&parsed[i])
	}
	set := l.set(files)
	strictyaml.Sort(l.problems)
	return set, l.problems
}

// loader puts the files of an app together.
type loader struct {
	*compiler
	hash     hasher
	places   map[string]strictyaml.Pos // where each var, rule, … was named first
	rules    []router.Rule
	infos    []Info
	notFound router.Handler
}

type hasher interface {
	Write([]byte) (int, error)
	Sum([]byte) []byte
}

func (l *loader) read(name string, f *file) {
	raw, err := os.ReadFile(name)
	if err != nil {
		l.report(strictyaml.Pos{File: name}, "", "cannot be read: %v", pathless(err))
		return
	}
	l.hash.Write([]byte(filepath.Base(name) + "\x00"))
	l.hash.Write(raw)
	l.problems = append(l.problems, strictyaml.Decode(name, raw, f, strictyaml.Options{})...)
}

func pathless(err error) error {
	if e, ok := err.(*os.PathError); ok {
		return e.Err
	}
	return err
}

// once reports a name of a kind that stands twice, with both places.
func (l *loader) once(kind, name string, at strictyaml.Pos) bool {
	key := kind + "\x00" + name
	if first, twice := l.places[key]; twice {
		if name == "" {
			l.report(at, "an app has one", "a %s is already at %s", kind, first)
		} else {
			l.report(at, "rename one", "the %s %q is already at %s", kind, name, first)
		}
		return false
	}
	l.places[key] = at
	return true
}

var varName = regexp.MustCompile(`^[\pL_][\pL\pN_]*$`)

func (l *loader) vars(f *file) {
	for _, v := range f.Vars {
		switch {
		case !varName.MatchString(v.name):
			l.report(v.pos, "use letters, digits and _", "vars.%s cannot be a name", v.name)
		case l.options.Vars[v.name] != nil:
			l.report(v.pos, "rename it", "the var %q is already in the app's vars of bot.yaml", v.name)
		case l.once("var", v.name, v.pos):
			l.values[v.name] = v.value
		}
	}
}

func (l *loader) file(f *file) {
	for i := range f.Rules {
		l.rule(&f.Rules[i])
	}
	if f.Fallback != nil && l.once("fallback", "", f.Fallback.Where.Pos) {
		l.notFound = l.fallback(f.Fallback)
	}
}

const maxNameLength = 100 // bytes; names stand in keys of the store

func (l *loader) rule(r *rule) {
	at := r.Where.Of("name")
	if r.Name == "" { // reported while decoding
		l.match(&r.Match)
		l.action(&r.action, l.base)
		return
	}
	if len(r.Name) > maxNameLength {
		l.report(at, "", "the name is longer than %d bytes", maxNameLength)
	}
	l.once("rule", r.Name, at)
	matcher := l.match(&r.Match)
	handler := l.action(&r.action, l.base)
	if handler == nil {
		if !r.does() {
			l.report(r.Where.Pos, "add reply: …", "the rule %q does nothing", r.Name)
		}
		return
	}
	if matcher == nil {
		return
	}
	l.rules = append(l.rules, router.Rule{
		Name: r.Name, Match: matcher, Handler: handler, Priority: r.Priority, Continue: r.Continue, Source: r.Where.Pos.String(),
	})
	info := Info{Name: r.Name, Source: r.Where.Pos.String(), Priority: r.Priority, Continue: r.Continue}
	for _, e := range r.Examples {
		info.Examples = append(info.Examples, e.Say.Value)
	}
	l.infos = append(l.infos, info)
}

// set builds the table. Problems found so far make a table impossible, or pointless.
func (l *loader) set(files []string) *Set {
	s := &Set{
		Rules: l.infos, Revision: hex.EncodeToString(l.hash.Sum(nil))[:12], Vars: l.values, Files: files,
		scopes: l.scopes, patterns: l.patterns,
	}
	if len(l.problems) > 0 {
		return s
	}
	all := append(l.rules, l.options.Routes...)
	if around := l.options.Middleware; around != nil {
		for i := range all {
			all[i].Handler = around(all[i].Handler)
		}
		if l.notFound != nil {
			l.notFound = around(l.notFound)
		}
	}
	table, err := router.NewTable(all, l.notFound)
	if err != nil { // a route in code with the name of a rule
		l.problems = append(l.problems, strictyaml.Problem{File: strings.Join(files, ", "), Message: err.Error()})
	}
	s.Table = table
	return s
}
