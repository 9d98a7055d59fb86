package rules

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/storage"
)

// Options are what a rule set works with. The zero value is enough to check files that use nothing of it.
type Options struct {
	App       string                    // the app's name, for messages and stored state
	Language  string                    // of our own sentences, "zh-CN" (default) or "en"
	Location  *time.Location            // of now, time and schedules; default time.Local
	Now       func() time.Time          // default time.Now
	Rand      func() float64            // in [0, 1), for one_of; default math/rand
	Vars      map[string]any            // of bot.yaml; a file may not name them again
	Roles     map[string]Audience       // of bot.yaml
	HTTPAllow []string                  // hosts that http may call; see netguard.Client
	HTTP      http.RoundTripper         // instead of the network, for conversation tests
	AllowRun  bool                      // whether run is allowed
	Routes    []router.Rule             // in code (plugins); they come after the rules of the same priority
	Handlers  map[string]router.Handler // that rules may name
	Sender    Sender                    // nil: sending fails
	Forms     *Forms                    // nil: starting a form fails
	// Tree gives the departments above one, for who. nil: members of sub-departments do not count.
	Tree func(ctx context.Context, department int) ([]int, error)
	// Departments finds departments by name, for forms. nil: members enter the number.
	Departments func(ctx context.Context, name string) ([]Department, error)
	State       storage.KV // of limits, transfers and schedules; default: memory, kept over Previous
	Previous    *Set       // of the same app: what did not change is not compiled again

	ReadFile func(name string) ([]byte, error) // default os.ReadFile
	Off      map[string]bool                   // names of rules that are switched off: checked, but not routed to

	// Middleware goes around the handler of every rule and route, and around the fallback. nil is none.
	Middleware router.Middleware
}

// Set is the rules of one app, compiled. It does not change.
type Set struct {
	Table     *router.Table
	Rules     []Info         // in order of appearance
	Revision  string         // 12 hexadecimal digits of the files' content
	Vars      map[string]any // of the files and of bot.yaml
	Files     []string
	Menu      []MenuItem // of the app; nil: the files have none
	Schedules []Schedule

	app        string
	options    Options // without Previous
	sources    []source
	forms      map[string]*form
	calendar   calendar
	state      storage.KV
	sights     map[string]*sight
	patterns   map[string]*regexp.Regexp
	httpClient *http.Client
	httpAllow  []string
}

// Info describes a rule for lists.
type Info struct {
	Name     string
	Source   string // "rules/faq.yaml:12:5"
	Priority int
	Continue bool
	Off      bool // switched off
	Silent   bool // it only answers: trying it has no consequences
	Examples []string
}

// Load reads and compiles the rules files of one app. It returns every problem of every file, in order of place; the
// Set may only be used when there is none.
func Load(files []string, o Options) (*Set, []strictyaml.Problem) {
	l := loader{compiler: newCompiler(o), hash: sha256.New(), places: map[string]strictyaml.Pos{}, fileVars: map[string]any{}, keys: map[string]bool{},
		restricted: map[string][]router.Matcher{}}
	parsed := make([]file, len(files))
	for i, name := range files {
		l.read(name, &parsed[i])
	}
	for i := range parsed {
		l.vars(&parsed[i])
		l.days(l.calendar.off, parsed[i].Calendar.Holidays)
		l.days(l.calendar.on, parsed[i].Calendar.Workdays)
	}
	l.base = l.sight("", nil)
	l.forms(parsed)
	for i := range parsed {
		l.file(&parsed[i])
	}
	set := l.set(files)
	strictyaml.Sort(l.problems, files...)
	return set, l.problems
}

// loader puts the files of an app together.
type loader struct {
	*compiler
	hash       hasher
	places     map[string]strictyaml.Pos // where each var, rule, … was named first
	rules      []router.Rule
	infos      []Info
	sources    []source
	fileVars   map[string]any
	keys       map[string]bool             // that rules match
	restricted map[string][]router.Matcher // by rule: who may use it, and when
	phrases    suggestions
	wanted     bool // suggestions are
	menuItem   []MenuItem
	menuKeys   []named[string]
	schedules  []Schedule
	notFound   router.Handler
}

type hasher interface {
	Write([]byte) (int, error)
	Sum([]byte) []byte
}

func (l *loader) read(name string, f *file) {
	raw, err := l.options.ReadFile(name)
	if err != nil {
		l.report(strictyaml.Pos{File: name}, "", "cannot be read: %v", pathless(err))
		return
	}
	l.hash.Write([]byte(filepath.Base(name) + "\x00"))
	l.hash.Write(raw)
	l.wanted = l.wanted || wantsSuggestions(raw)
	l.problems = append(l.problems, strictyaml.Decode(name, raw, f, strictyaml.Options{})...)
}

func pathless(err error) error {
	var e *os.PathError
	if errors.As(err, &e) {
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
			l.values[v.name], l.fileVars[v.name] = v.value, v.value
		}
	}
}

func (l *loader) file(f *file) {
	for i := range f.Rules {
		l.rule(&f.Rules[i])
	}
	for i := range f.Schedules {
		l.schedule(&f.Schedules[i])
	}
	for _, m := range f.Menus {
		if l.options.App == "" || m.name == l.options.App {
			if l.once("menu of", m.name, m.pos) {
				l.menuItem = l.menu(m.pos, m.value)
			}
		}
	}
	if f.Fallback != nil && l.once("fallback", "", f.Fallback.Where.Pos) {
		l.notFound = l.fallback(f.Fallback, l.wanted)
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
	if len(r.Name) > maxNameLength || strings.ContainsFunc(r.Name, unicode.IsControl) {
		l.report(at, "", "a name has at most %d bytes, in one line", maxNameLength)
	}
	l.once("rule", r.Name, at)
	l.subject = r.Name
	before := len(l.problems)
	src := source{name: r.Name, where: r.Where, match: &r.Match, raw: r.Raw, set: r.Set, form: r.Form.Value, priority: r.Priority, goOn: r.Continue, yes: r.Examples, no: r.NotExamples}
	matcher, allowed := l.match(&r.Match), l.allowed(r, &src)
	handler := l.action(&r.action, l.base)
	if !r.does() && r.Where.Sound() {
		l.report(r.Where.Pos, "add reply: …", "the rule %q does nothing", r.Name)
	}
	if r.Limit != nil && handler != nil {
		handler = l.limited(r.Name, r.Limit, handler)
	}
	if len(l.problems) > before || handler == nil || !r.Where.Sound() {
		return
	}
	info := Info{Name: r.Name, Source: r.Where.Pos.String(), Priority: r.Priority, Continue: r.Continue, Off: l.options.Off[r.Name],
		Silent: r.silent() && r.Limit == nil}
	for _, e := range r.Examples {
		info.Examples = append(info.Examples, e.Say.Value)
	}
	l.infos = append(l.infos, info)
	if info.Off {
		return
	}
	l.suggest(r, allowed)
	if allowed != nil {
		matcher = router.And(matcher, allowed)
		l.restricted[r.Name] = append(l.restricted[r.Name], allowed)
	}
	if !r.Match.When.IsZero() {
		l.restricted[r.Name] = append(l.restricted[r.Name], l.condition(r.Match.When, l.base).Matcher())
	}
	for _, k := range r.Match.Key {
		l.keys[k] = true
	}
	l.rules = append(l.rules, router.Rule{
		Name: r.Name, Match: matcher, Handler: handler, Priority: r.Priority, Continue: r.Continue, Source: info.Source,
	})
	l.sources = append(l.sources, src)
}

// allowed is who may use a rule, and when; nil is everybody, always.
func (l *loader) allowed(r *rule, src *source) router.Matcher {
	var all []router.Matcher
	if r.Who != nil {
		a := l.audience(r.Who)
		src.audience = &a
		all = append(all, l.who(a))
	}
	if r.Time != nil {
		src.window = l.window(r.Time)
		all = append(all, src.window)
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return router.And(all...)
}

// set builds the table. Problems found so far make a table impossible, or pointless.
func (l *loader) set(files []string) *Set {
	s := &Set{
		Rules: l.infos, Revision: hex.EncodeToString(l.hash.Sum(nil))[:12], Vars: l.values, Files: files,
		Menu: l.menuItem, Schedules: l.schedules,
		app: l.options.App, options: l.options, sources: l.sources, forms: l.formsByName, calendar: l.calendar, state: l.options.State, sights: l.sights, patterns: l.patterns,
		httpClient: l.httpClient, httpAllow: l.options.HTTPAllow,
	}
	s.options.Previous = nil // or every set would hold all before it
	rules := l.rules
	if l.transfers {
		rules = append(l.handovers().rules(), rules...)
	}
	rules = l.bindKeys(append(rules, l.options.Routes...))
	if len(l.problems) > 0 {
		return s
	}
	rules = l.around(rules)
	if l.options.Forms != nil {
		if err := l.defineForms(); err != nil {
			l.problems = append(l.problems, strictyaml.Problem{File: strings.Join(files, ", "), Message: err.Error()})
			return s
		}
		first := l.options.Forms.rule(s)
		if !slices.ContainsFunc(rules, func(r router.Rule) bool { return r.Name == first.Name }) {
			rules = append([]router.Rule{first}, rules...)
		}
	}
	table, err := router.NewTable(rules, l.notFound)
	if err != nil { // a route in code with the name of a rule
		l.problems = append(l.problems, strictyaml.Problem{File: strings.Join(files, ", "), Message: err.Error()})
	}
	s.Table = table
	return s
}

// defineForms makes the forms known to the engine, and those that members may still be in the middle of.
func (l *loader) defineForms() error {
	for _, f := range l.formsByName {
		l.options.Forms.define(l.options.App, f)
	}
	return l.options.Forms.restore(l.options)
}

// around puts the options' middleware around everything that acts.
func (l *loader) around(rules []router.Rule) []router.Rule {
	wrap := l.options.Middleware
	if wrap == nil {
		return rules
	}
	for i := range rules {
		rules[i].Handler = wrap(rules[i].Handler)
	}
	if l.notFound != nil {
		l.notFound = wrap(l.notFound)
	}
	return rules
}
