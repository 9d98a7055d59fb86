package plugins

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"time"

	"github.com/wecombot/wecombot/handlers/command"
	"github.com/wecombot/wecombot/handlers/dialog"
	"github.com/wecombot/wecombot/internal/secret"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/wecom"
)

// Env is what a plugin is given. All of it ends with the plugin.
type Env struct {
	ID       string // the plugin's
	App      string // the app's name
	Log      *slog.Logger
	Language string         // of what members read: "zh-CN" or "en"
	Location *time.Location // of dates and schedules
	Clock    func() time.Time
	KV       storage.KV    // the plugin's own, for this app
	Client   *wecom.Client // makes the calls of Needs.API; nil when it names none
	HTTP     *http.Client  // reaches Needs.Hosts

	host  *Host
	scope *scope
	needs Needs
	app   *App
}

// Secret is a configuration value that is never printed.
type Secret = secret.Secret

// ClientWith is Client with another secret of the corp; nil when Needs.API is empty or the bot has no API.
func (e Env) ClientWith(s Secret) (*wecom.Client, error) {
	if len(e.needs.API) == 0 || e.host.Client == nil {
		return nil, nil
	}
	c, err := e.host.Client(s.Reveal(), func(next http.RoundTripper) http.RoundTripper {
		if next == nil {
			next = http.DefaultTransport
		}
		return apiGuard{e.needs.API, next}
	})
	if err != nil {
		return nil, fmt.Errorf("make a client: %w", err)
	}
	return c, nil
}

// Path is a path of the configuration: relative to bot.yaml, not to the working directory.
func (e Env) Path(p string) string {
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(e.host.Dir, p)
}

// English reports whether members read English; else it is Chinese.
func (e Env) English() bool { return e.Language == "en" }

// Say is the sentence of the two that is in the members' language.
func (e Env) Say(zh, en string) string {
	if e.English() {
		return en
	}
	return zh
}

// Has reports whether the sender has one of the roles of bot.yaml.
func (e Env) Has(ctx context.Context, q *router.Request, roles ...string) (bool, error) {
	return e.host.Roles.Has(ctx, q, roles...)
}

// Members finds members by account or name; nobody when the daemon has no directory.
func (e Env) Members(ctx context.Context, name string) ([]router.User, error) {
	if e.host.Members == nil {
		return nil, nil
	}
	return e.host.Members(ctx, name)
}

// AskRule tells one rule of the rules files a text, as q's sender would, and returns what he would read.
func (e Env) AskRule(ctx context.Context, q *router.Request, rule, text string) (string, error) {
	if e.host.AskRule == nil {
		return "", errors.New("there are no rules")
	}
	return e.host.AskRule(ctx, q, rule, text)
}

// Catalog is everything that the sender can do with the app: commands first, then what plugins and rules say of
// themselves.
func (e Env) Catalog(ctx context.Context, q *router.Request) ([]Help, error) {
	return e.app.Catalog(ctx, q)
}

// Command explains one command that the sender may use.
func (e Env) Command(ctx context.Context, q *router.Request, name string) (command.Command, bool, error) {
	return e.app.command(ctx, q, name)
}

// Go runs f in a goroutine until it returns or the plugin is taken out, which ends ctx. A panic is logged under name.
func (e Env) Go(name string, f func(ctx context.Context)) { e.scope.run(name, f) }

// Define defines a dialog, whose name needs to be unique within the plugin only.
func (e Env) Define(name string, f dialog.Func, opts ...dialog.DefineOption) *dialog.Definition {
	def := e.host.Dialogs.Define(e.ID+"."+name, f, opts...)
	e.scope.atEnd(def.Remove)
	return def
}
