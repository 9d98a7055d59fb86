package bot

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/wecombot/wecombot/crypto"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/wecom"
)

// App is one WeCom app (应用) that the bot answers for.
type App struct {
	Name    string // the {app} of /callback/{app}
	CorpID  string
	AgentID int64
	Crypter *crypto.Crypter
	// Ride holds the first two attempts of the platform and answers the third, about 14 s in all: for apps that may not
	// call the API, so that nothing can be sent actively.
	Ride bool
	// Notice is a sentence for a callback whose answer takes longer than reply_within; empty for an empty 200.
	Notice string
	// Directory loads members' records; nil when no rule needs them.
	Directory *Directory
	// Client downloads the files that members send; nil: handlers cannot.
	Client *wecom.Client
	// Options are choices of rendering.
	Options reply.Options
}

// app is an App with what changes while it runs.
type app struct {
	App
	table atomic.Pointer[revision]
}

// revision is a rule table and its name. A run reads it once, so no message sees two.
type revision struct {
	table *router.Table
	name  string
}

// SetApp adds or replaces an app. Its rules are kept when it is replaced.
func (b *Bot) SetApp(a App) error {
	if a.Name == "" || a.CorpID == "" || a.Crypter == nil {
		return errors.New("bot: an app needs a name, a corp id and a crypter")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	n := &app{App: a}
	if old := b.apps[a.Name]; old != nil {
		n.table.Store(old.table.Load())
	} else {
		empty, err := router.NewTable(nil, nil)
		if err != nil {
			return fmt.Errorf("bot: empty table: %w", err)
		}
		n.table.Store(&revision{table: empty})
	}
	b.apps[a.Name] = n
	return nil
}

// RemoveApp takes an app away; its callbacks are unknown from now on.
func (b *Bot) RemoveApp(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.apps, name)
}

// SetTable swaps the rules of an app at once; messages under way finish with the rules they began with.
func (b *Bot) SetTable(name string, t *router.Table, rev string) error {
	a := b.app(name)
	if a == nil {
		return fmt.Errorf("bot: no app %q", name)
	}
	a.table.Store(&revision{t, rev})
	return nil
}

func (b *Bot) app(name string) *app {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.apps[name]
}
