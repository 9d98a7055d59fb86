package bottest

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/rules"
)

// Start is when a conversation begins by default: a Wednesday.
var start = time.Date(2026, 3, 4, 10, 0, 0, 0, time.FixedZone("CST", 8*3600))

// options are what a bot is made of.
type options struct {
	begin    time.Time
	registry *plugins.Registry
	wanted   []plugins.Wanted
	rules    rules.Options
	patterns []string
	texts    map[string]string
	hosts    map[string]http.Handler
	mayCall  map[string]bool
	dir      string
}

// Option is one choice of New.
type Option func(*options)

func newOptions(opts []Option) *options {
	o := &options{
		begin: start, registry: plugins.NewRegistry(), texts: map[string]string{}, hosts: map[string]http.Handler{}, mayCall: map[string]bool{},
		rules: rules.Options{App: "bot", Language: "zh-CN", Location: start.Location(), Roles: map[string]rules.Audience{}},
	}
	for _, opt := range opts {
		opt(o)
	}
	return o
}

// Plugin adds a plugin, with its configuration in YAML.
func Plugin[C any](id string, make func(plugins.Env, C) (plugins.Plugin, error), config ...string) Option {
	return func(o *options) {
		plugins.Add(o.registry, id, make)
		w := plugins.Wanted{ID: id}
		for _, c := range config {
			w.Config = plugins.YAML(c)
		}
		o.wanted = append(o.wanted, w)
	}
}

// Plugins adds plugins of a registry.
func Plugins(reg *plugins.Registry, wanted ...plugins.Wanted) Option {
	return func(o *options) { o.registry, o.wanted = reg, append(o.wanted, wanted...) }
}

// Rules adds rules files; patterns are relative to the test's folder.
func Rules(patterns ...string) Option {
	return func(o *options) { o.patterns = append(o.patterns, patterns...) }
}

// RulesText adds a rules file that is written in the test.
func RulesText(yaml string) Option {
	return func(o *options) { o.texts[fmt.Sprintf("text-%d.yaml", len(o.texts)+1)] = yaml }
}

// RuleOptions sets what the rules are given: vars, roles, hosts that http may call. What a bot itself provides (clock,
// handlers, sender, forms, state) is the bot's.
func RuleOptions(r rules.Options) Option {
	return func(o *options) {
		roles := o.rules.Roles
		o.rules, o.rules.Roles = r, roles
		maps.Copy(roles, r.Roles)
		if r.App == "" {
			o.rules.App = "bot"
		}
		if r.Language == "" {
			o.rules.Language = "zh-CN"
		}
		if r.Location == nil {
			o.rules.Location = start.Location()
		}
	}
}

// Role gives members a role.
func Role(name string, users ...string) Option {
	return func(o *options) { o.rules.Roles[name] = rules.Audience{Users: users} }
}

// At sets when the conversation begins. Default: Wednesday, 2026-03-04 at 10:00 in China.
func At(t time.Time) Option { return func(o *options) { o.begin = t } }

// Language sets the language of the bot's own sentences, "zh-CN" or "en". Default zh-CN.
func Language(lang string) Option { return func(o *options) { o.rules.Language = lang } }

// Dir sets the folder that paths in plugins' configurations are relative to. Default: the test's.
func Dir(path string) Option { return func(o *options) { o.dir = path } }

// Host serves a host of the outside world, which plugins and rules reach by http and https. Others but this machine are
// not reached, and calling them fails the test.
func Host(name string, h http.Handler) Option { return func(o *options) { o.hosts[name] = h } }

// MayCall allows calls of the platform's API, "media/get", beside those that every bot makes; others fail the test unless
// ExpectCall takes them.
func MayCall(paths ...string) Option {
	return func(o *options) {
		for _, p := range paths {
			o.mayCall[p] = true
		}
	}
}

// files are the rules files, and how they are read.
func (o *options) files() ([]string, func(string) ([]byte, error), error) {
	var files []string
	for _, p := range o.patterns {
		found, err := filepath.Glob(p)
		if err != nil {
			return nil, nil, fmt.Errorf("rules %s: %w", p, err)
		}
		n := 0
		for _, f := range found {
			if !strings.HasSuffix(f, ".test.yaml") {
				files = append(files, f)
				n++
			}
		}
		if n == 0 {
			return nil, nil, fmt.Errorf("rules %s: no such file", p)
		}
	}
	for i := range len(o.texts) {
		files = append(files, fmt.Sprintf("text-%d.yaml", i+1))
	}
	return files, func(name string) ([]byte, error) {
		if text, ok := o.texts[name]; ok {
			return []byte(text), nil
		}
		return os.ReadFile(name)
	}, nil
}
