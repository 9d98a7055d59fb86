package daemon

import (
	"slices"
	"strconv"
	"strings"

	"github.com/wecombot/wecombot/internal/secret"
	"github.com/wecombot/wecombot/internal/strictyaml"
)

// Suite is a third-party app (第三方应用, 代开发应用模板) of a service provider: every corp that installs it becomes an app.
type Suite struct {
	Where          strictyaml.Where
	Name           string          `yaml:"name,required" doc:"the {suite} of its callback path: a-z, 0-9 and -"`
	SuiteID        string          `yaml:"suite_id,required" doc:"SuiteID of the app's page; of a template (代开发) it starts with dk"`
	SuiteSecret    secret.Secret   `yaml:"suite_secret,required" doc:"Secret of the app's page"`
	Token          secret.Secret   `yaml:"token,required" doc:"Token of the callback settings, up to 32 letters and digits"`
	EncodingAESKey []secret.Secret `yaml:"encoding_aes_key,required" doc:"EncodingAESKey of the callback settings, 43 characters; a list of two while it is being changed"`
	ProviderCorpID string          `yaml:"provider_corp_id,required" doc:"the provider's own 企业ID, which URL verifications are addressed to"`
	ProviderSecret secret.Secret   `yaml:"provider_secret" doc:"the provider's secret, for botd api only"`
	StorageKey     secret.Secret   `yaml:"storage_key" doc:"what permanent codes are encrypted with in the store, at least 32 characters; absent: made from suite_secret, so set it before that changes"`
	APIBase        string          `yaml:"api_base" default:"https://qyapi.weixin.qq.com" doc:"where the platform's API is"`
	Notice         string          `yaml:"notice" doc:"sentence for a callback whose answer takes longer than reply_within; absent: none"`
	Rules          []string        `yaml:"rules" doc:"rules files of the apps it becomes, patterns relative to this file"`
	Vars           map[string]any  `yaml:"vars" doc:"given to the rules as vars"`
	WeChatReaders  Role            `yaml:"wechat_readers" doc:"members who read in WeChat (微信), where markdown and cards are not shown: they get text"`
	Plugins        Plugins         `yaml:"plugins" doc:"plugin id → that plugin's own configuration"`

	RuleFiles []string `yaml:"-"` // as of App
}

// minStorageKey is the length of a storage key, in characters: a passphrase would be guessed from a stolen store.
const minStorageKey = 32

// suiteApp separates a suite from a corp in an app's name; configured names do not have it.
const suiteApp = "."

// template is the app that the suite becomes at a corp, without corp and agent.
func (s *Suite) template(name string) App {
	return App{
		Where: s.Where, Name: name, Token: s.Token, EncodingAESKey: s.EncodingAESKey, APIBase: s.APIBase, ReplyMode: "normal", Notice: s.Notice,
		Rules: s.Rules, Vars: s.Vars, WeChatReaders: s.WeChatReaders, Plugins: s.Plugins, RuleFiles: s.RuleFiles,
	}
}

// suiteOf is the suite that an app's name belongs to.
func (c *Config) suiteOf(app string) (*Suite, bool) {
	name, _, ok := strings.Cut(app, suiteApp)
	if !ok {
		return nil, false
	}
	return c.suite(name)
}

func (c *Config) suite(name string) (*Suite, bool) {
	for i := range c.Suites {
		if c.Suites[i].Name == name {
			return &c.Suites[i], true
		}
	}
	return nil, false
}

// templates are the configured apps, and those that the suites become: what rules and plugins are checked for.
func (c *Config) templates() []App {
	apps := append([]App(nil), c.Apps...)
	for i := range c.Suites {
		apps = append(apps, c.Suites[i].template(c.Suites[i].Name))
	}
	return apps
}

func (c *checker) suites() {
	c.somethingToServe()
	names, ids := map[string]strictyaml.Pos{}, map[string]strictyaml.Pos{}
	for i := range c.config.Suites {
		s := &c.config.Suites[i]
		c.suite(s)
		if first, twice := names[s.Name]; twice && s.Name != "" {
			c.report(s.Where.Of("name"), "give every suite a name of its own", "the suite %q is already at %s", s.Name, first)
		} else {
			names[s.Name] = s.Where.Of("name")
		}
		if first, twice := ids[s.SuiteID]; twice && s.SuiteID != "" {
			c.report(s.Where.Of("suite_id"), "one entry per suite", "the suite %s is already at %s", s.SuiteID, first)
		} else {
			ids[s.SuiteID] = s.Where.Of("suite_id")
		}
	}
}

// somethingToServe wants an app or a suite, unless what stands there is wrong anyway.
func (c *checker) somethingToServe() {
	where := c.config.Where
	broken := slices.ContainsFunc(c.problems, func(p strictyaml.Problem) bool {
		at := strictyaml.Pos{File: p.File, Line: p.Line, Col: p.Col}
		return where.Has("apps") && at == where.Of("apps") || where.Has("suites") && at == where.Of("suites")
	})
	switch {
	case len(c.config.Apps)+len(c.config.Suites) > 0, broken, where.Pos == strictyaml.Pos{}: // the last: it is no YAML
	case where.Has("apps"):
		c.report(where.Of("apps"), "", "apps is empty")
	default:
		c.report(where.Pos, "", "missing key %q", "apps")
	}
}

func (c *checker) suite(s *Suite) {
	if s.Name != "" && (!appName.MatchString(s.Name) || len(s.Name) > maxNameLength) {
		c.report(s.Where.Of("name"), "it is part of the callback URL: use a-z, 0-9 and -", "the suite name %q cannot be used", s.Name)
	}
	if s.ProviderCorpID != "" && !corpID.MatchString(s.ProviderCorpID) {
		c.report(s.Where.Of("provider_corp_id"), "copy it from 服务商信息; it starts with ww", "%q is not a corp id", s.ProviderCorpID)
	}
	if key := s.StorageKey.Reveal(); key != "" && len(key) < minStorageKey {
		c.report(s.Where.Of("storage_key"), "make one with openssl rand -hex 32", "storage_key has %s characters, needs %d", strconv.Itoa(len(key)), minStorageKey)
	}
	a := s.template(s.Name)
	c.credentials(&a)
	c.ruleFiles(&a)
	s.APIBase, s.RuleFiles = a.APIBase, a.RuleFiles
}
