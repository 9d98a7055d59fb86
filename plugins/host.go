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

	Dialogs *dialog.Engine // of this app. Default: one of its own, in Store, that finds no members by name
	Roles   handlers.Roles
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
	if h.Dialogs == nil {
		kv, err := h.Store.KV(space("dialogs", h.App))
		if err != nil {
			return nil, fmt.Errorf("open dialogs: %w", err)
		}
		h.Dialogs = dialog.New(kv, dialog.WithClock(h.Clock), dialog.WithLocation(h.Location), dialog.WithLanguage(h.Language), dialog.WithLogger(h.Log))
	}
	return &h, nil
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
