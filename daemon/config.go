package daemon

import (
	"path/filepath"
	"time"

	"github.com/wecombot/wecombot/internal/secret"
	"github.com/wecombot/wecombot/internal/strictyaml"
)

// Config is bot.yaml, read and checked by LoadConfig.
type Config struct {
	Where     strictyaml.Where
	Server    Server          `yaml:"server" doc:"the two HTTP listeners and their limits"`
	Storage   string          `yaml:"storage" default:"bolt:data/botd.db" doc:"bolt:FILE, redis://…, nats://… or memory:"`
	Log       Log             `yaml:"log" doc:"what is logged, to stderr"`
	Tracing   Tracing         `yaml:"tracing" doc:"where OpenTelemetry spans go"`
	Language  string          `yaml:"language" enum:"zh-CN|en" default:"zh-CN" doc:"of the framework's own sentences"`
	Timezone  string          `yaml:"timezone" default:"Asia/Shanghai" doc:"of now, schedules and dates in forms"`
	Apps      []App           `yaml:"apps" doc:"the WeCom apps that this daemon serves"`
	Suites    []Suite         `yaml:"suites" doc:"third-party apps (第三方应用) of a service provider, which corps install"`
	Roles     map[string]Role `yaml:"roles" doc:"names for groups of members, for who: in rules and for commands"`
	HTTPAllow []string        `yaml:"http_allow" doc:"hosts that http: in rules may call; absent: any but link-local and cloud-metadata addresses"`
	AllowRun  bool            `yaml:"allow_run" default:"false" doc:"whether rules may run local commands (run:)"`

	Path     string         `yaml:"-"` // of the file itself
	Files    []string       `yaml:"-"` // that were read or matched: this one, those of ${file:…}, the rules; for a watcher
	Location *time.Location `yaml:"-"` // of Timezone
	dev      bool           // served by botd dev: credentials, listeners and store are its own
}

// Server is the part of the listeners.
type Server struct {
	Where       strictyaml.Where
	Listen      string          `yaml:"listen" default:":8080" doc:"address of the callback endpoint, host:port"`
	Admin       string          `yaml:"admin" default:"127.0.0.1:8081" doc:"address of health, metrics and console; beyond loopback it needs admin_token"`
	AdminToken  secret.Secret   `yaml:"admin_token" doc:"what the admin listener asks for; at least 16 characters"`
	ReplyWithin time.Duration   `yaml:"reply_within" default:"4s" min:"1ms" max:"4900ms" doc:"how long a callback may wait for its answer; the platform waits 5s"`
	MaxBody     strictyaml.Size `yaml:"max_body" default:"1MiB" min:"1KiB" max:"64MiB" doc:"largest accepted callback"`
}

// Log is what is logged.
type Log struct {
	Level  string `yaml:"level" enum:"debug|info|warn|error" default:"info"`
	Format string `yaml:"format" enum:"auto|text|json" default:"auto" doc:"auto: text on a terminal, JSON otherwise"`
}

// Tracing is where spans go.
type Tracing struct {
	Where    strictyaml.Where
	Endpoint string `yaml:"endpoint" doc:"OTLP over HTTP, as http://127.0.0.1:4318/v1/traces; absent: nowhere"`
}

// App is one WeCom app (应用).
type App struct {
	Where          strictyaml.Where
	Name           string          `yaml:"name,required" doc:"the {app} of its callback path: a-z, 0-9 and -"`
	CorpID         string          `yaml:"corp_id,required" doc:"企业ID, starts with ww"`
	AgentID        int             `yaml:"agent_id,required" min:"1" doc:"AgentId of the app's page"`
	Secret         secret.Secret   `yaml:"secret,required" doc:"Secret of the app's page"`
	Token          secret.Secret   `yaml:"token,required" doc:"Token of 接收消息 (receive messages), up to 32 letters and digits"`
	EncodingAESKey []secret.Secret `yaml:"encoding_aes_key,required" doc:"EncodingAESKey of 接收消息, 43 characters; a list of two while it is being changed"`
	APIBase        string          `yaml:"api_base" default:"https://qyapi.weixin.qq.com" doc:"where the platform's API is"`
	ReplyMode      string          `yaml:"reply_mode" enum:"normal|ride" default:"normal" doc:"ride: answer on the platform's third attempt, for an app that may not call the API"`
	Notice         string          `yaml:"notice" doc:"sentence for a callback whose answer takes longer than reply_within; absent: none"`
	Rules          []string        `yaml:"rules" doc:"rules files, patterns relative to this file"`
	Vars           map[string]any  `yaml:"vars" doc:"given to the rules as vars, beside those of the rules files; the place for ${…}"`
	WeChatReaders  Role            `yaml:"wechat_readers" doc:"members who read in WeChat (微信), where markdown and cards are not shown: they get text"`
	Plugins        Plugins         `yaml:"plugins" doc:"plugin id → that plugin's own configuration"`

	RuleFiles []string `yaml:"-"` // what Rules matched, sorted, without *.test.yaml
}

// Role is a group of members (成员).
type Role struct {
	Users       []string `yaml:"users" doc:"user ids"`
	Departments []int    `yaml:"departments" doc:"department ids; members of their sub-departments belong too"`
	Tags        []int    `yaml:"tags" doc:"tag ids"`
}

// UnmarshalYAML takes a list of user ids, or a mapping.
func (r *Role) UnmarshalYAML(n *strictyaml.Node) {
	type plain Role
	if n.Kind() == strictyaml.Mapping {
		n.Into((*plain)(r))
		return
	}
	n.Into(&r.Users)
}

// JSONSchema describes both forms.
func (r *Role) JSONSchema(b *strictyaml.SchemaBuilder) strictyaml.Schema {
	return strictyaml.Schema{"anyOf": []strictyaml.Schema{b.Of(&r.Users), b.Struct(r)}}
}

// Plugin is one entry of `plugins`. Config is decoded by the plugin's registry; nil is an empty configuration.
type Plugin struct {
	ID     string
	Pos    strictyaml.Pos
	Config *strictyaml.Node
}

// Plugins are the entries in the order of the file.
type Plugins []Plugin

// UnmarshalYAML takes a mapping by id.
func (ps *Plugins) UnmarshalYAML(n *strictyaml.Node) {
	switch n.Kind() {
	case strictyaml.Null:
		return
	case strictyaml.Mapping:
	default:
		n.Mismatch("a mapping of plugin ids to their configurations")
		return
	}
	for id, node := range n.Entries() {
		p := Plugin{ID: id.Value, Pos: id.Pos}
		if node.Into(&p.Config) {
			*ps = append(*ps, p)
		}
	}
}

// JSONSchema allows anything in a plugin's own configuration.
func (ps *Plugins) JSONSchema(*strictyaml.SchemaBuilder) strictyaml.Schema {
	return strictyaml.Schema{"type": []string{"object", "null"}}
}

// Resolve makes a path of the file relative to the file's folder, not to the working directory.
func (c *Config) Resolve(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(c.Path), path)
}

// App returns the app of a name. One that a suite became has neither corp nor agent: the store knows them.
func (c *Config) App(name string) (App, bool) {
	for _, a := range c.Apps {
		if a.Name == name {
			return a, true
		}
	}
	if s, ok := c.suiteOf(name); ok {
		return s.template(name), true
	}
	return App{}, false
}
