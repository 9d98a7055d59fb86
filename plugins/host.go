package plugins

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/wecombot/wecombot/handlers"
	"github.com/wecombot/wecombot/handlers/dialog"
	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/wecom"
)

// Host is what an app has for its plugins. App and Store must be set.
type Host struct {
	App   string
	Store storage.Store

	Dir      string         // that paths in configurations are relative to; default: the working directory
	Log      *slog.Logger   // default: silence
	Language string         // default zh-CN
	Location *time.Location // default time.Local
	Clock    func() time.Time
	// Timer calls f at a time, in a goroutine of its own, unless stop is called before. Default: by the machine's clock.
	Timer func(at time.Time, f func()) (stop func())

	Outbox Outbox // nil: nothing can be sent
	// Client makes a client whose transport is wrapped: with the app's secret where secret is "", else with another secret
	// of the corp, that of contact sync (通讯录同步), say. nil: there is no API.
	Client func(secret string, wrap func(http.RoundTripper) http.RoundTripper) (*wecom.Client, error)
	// Transport reaches the hosts that plugins need. Default: one that refuses link-local addresses.
	Transport http.RoundTripper

	// Dialogs is the engine of the app's dialogs, that the host runs. Default: one of the plugins' own, in Store, that tells
	// members through Outbox that a dialog waits for them.
	Replicas bool // other machines serve the app over the same store

	Dialogs *dialog.Engine
	Roles   handlers.Roles
	// Members finds members by account or name; nil: there is no directory.
	Members func(ctx context.Context, name string) ([]router.User, error)
	// AskRule tells one rule of the rules files a text, as q's sender, and returns what he would read. nil: there are none.
	AskRule func(ctx context.Context, q *router.Request, rule, text string) (string, error)
	// Examples says what else a member can do: what the rules files answer. May be nil.
	Examples func(ctx context.Context, q *router.Request) ([]Help, error)
}

// withDefaults fills in what was left out.
func (h Host) withDefaults() (*Host, error) {
	if h.App == "" || h.Store == nil {
		return nil, fmt.Errorf("plugins: a host needs an app and a store")
	}
	h.Language = cmp.Or(h.Language, "zh-CN")
	if h.Log == nil {
		h.Log = slog.New(slog.DiscardHandler)
	}
	if h.Location == nil {
		h.Location = time.Local
	}
	if h.Clock == nil {
		h.Clock = time.Now
	}
	if h.Timer == nil {
		h.Timer = func(at time.Time, f func()) func() {
			t := time.AfterFunc(at.Sub(h.Clock()), f)
			return func() { t.Stop() }
		}
	}
	if h.Transport == nil {
		h.Transport = safeTransport()
	}
	return &h, nil
}

// newEngine is the default of Dialogs.
func (h *Host) newEngine() (*dialog.Engine, error) {
	kv, err := h.Store.KV(space("dialogs", h.App))
	if err != nil {
		return nil, fmt.Errorf("open dialogs: %w", err)
	}
	opts := []dialog.Option{
		dialog.WithClock(h.Clock), dialog.WithLocation(h.Location), dialog.WithLanguage(h.Language), dialog.WithLogger(h.Log),
		dialog.WithMembers(h.Members),
	}
	if h.Outbox != nil {
		opts = append(opts, dialog.WithNotifier(h.notify))
	}
	if h.Replicas {
		opts = append(opts, dialog.WithReplicas())
	}
	return dialog.New(kv, opts...), nil
}

// notify tells a member that a dialog waits for him.
func (h *Host) notify(ctx context.Context, n dialog.Notice) error {
	units, err := n.Reply.Units(reply.Options{})
	if err != nil {
		return err
	}
	return h.Outbox.Push(ctx, outbox.Delivery{ID: n.ID, App: n.App, To: outbox.To{User: n.User}, Units: units})
}

// env is a plugin's share of the host.
func (h *Host) env(a *App, id string, needs Needs, s *scope) (Env, error) {
	kv, err := h.Store.KV(space("plugin."+id, h.App))
	if err != nil {
		return Env{}, fmt.Errorf("open key space: %w", err)
	}
	e := Env{
		ID: id, App: h.App, Log: s.log, Language: h.Language, Location: h.Location, Clock: h.Clock, KV: kv,
		HTTP: &http.Client{Transport: hostGuard{needs.Hosts, h.Transport}},
		host: h, scope: s, needs: needs, app: a,
	}
	e.Client, err = e.ClientWith(Secret{})
	return e, err
}

// space is the name of a key space, shortened where a store would not take it (64 bytes).
func space(kind, app string) string {
	name := kind + "." + app
	if len(name) <= 64 {
		return name
	}
	sum := sha256.Sum256([]byte(app))
	return kind + "." + hex.EncodeToString(sum[:10])
}
