package plugins

import (
	"context"
	"net/http"

	"github.com/wecombot/wecombot/handlers/command"
	"github.com/wecombot/wecombot/router"
)

// Fallback is the priority of a rule that answers what nobody else does.
const Fallback = -1 << 24

// Plugin is one plugin of one app. It may also be a Commander, Helper, Named, Web, Starter and an io.Closer.
type Plugin interface {
	// Mount adds the plugin's routes. It is called once, before Start.
	Mount(r *router.Router)
}

// Commander has commands. A command that another plugin has too is an error that names both.
type Commander interface{ Commands() []command.Command }

// Helper says what members can do with the plugin beside its commands.
type Helper interface{ Help() []Help }

// Help is one thing that a member can do.
type Help struct {
	Say   string   // "提醒我 明天9点 开会"
	Does  string   // "到时间发消息给你"
	Roles []string // who may; empty: everybody
}

// Named has handlers that rules files refer to, as PLUGIN.NAME.
type Named interface {
	Handlers() map[string]router.Handler
}

// Web answers HTTP requests under /plugins/APP/PLUGIN/ of the callback listener; the handler sees the path after it. It is
// open to the world, so it has to know its callers itself.
type Web interface{ Web() http.Handler }

// Starter has something to do before it serves: opening, loading, resuming what a restart interrupted. A plugin whose
// Start fails answers that it is not available; the others serve.
type Starter interface {
	Start(ctx context.Context) error
}
