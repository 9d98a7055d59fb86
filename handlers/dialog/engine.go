package dialog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/storage"
)

// Func is a conversation written as straight code. It is run again from its beginning at every message, with the
// recorded answers and results, so it must do the same again when given the same: no clock, no randomness and no reading
// of the outside world but through D. What changes the world goes through Do.
type Func func(d *D) (reply.Reply, error)

// Engine runs the dialogs of one or more apps. It is safe for concurrent use.
type Engine struct {
	store storage.KV
	options
	owner uint32

	mu   sync.RWMutex
	defs map[version]*Definition

	timers timers
}

// version is what a running dialog is bound to.
type version struct{ name, version string }

type options struct {
	clock    func() time.Time
	location *time.Location
	lang     string
	log      *slog.Logger
	members  func(ctx context.Context, name string) ([]router.User, error)
	notify   func(ctx context.Context, n Notice) error
	command  router.Matcher
	replicas bool
}

// Option sets one choice of New; the last one wins.
type Option func(*options)

// WithClock sets where the time comes from. Default time.Now.
func WithClock(now func() time.Time) Option { return func(o *options) { o.clock = now } }

// WithLocation sets the time zone of dates. Default time.Local.
func WithLocation(l *time.Location) Option { return func(o *options) { o.location = l } }

// WithLanguage sets the language of the engine's own sentences, "zh-CN" or "en". Default zh-CN.
func WithLanguage(lang string) Option { return func(o *options) { o.lang = lang } }

// WithLogger sets where failures of dialogs are logged. Default: silence.
func WithLogger(l *slog.Logger) Option { return func(o *options) { o.log = l } }

// WithMembers sets how AskMember finds members by account or name. Default: what is typed is taken as the account.
func WithMembers(find func(ctx context.Context, name string) ([]router.User, error)) Option {
	return func(o *options) { o.members = find }
}

// WithNotifier sets how a member is told that a dialog waits for him in vain. Default: he is told when he writes next.
func WithNotifier(send func(ctx context.Context, n Notice) error) Option {
	return func(o *options) { o.notify = send }
}

// WithCommands sets which messages are commands, to which a dialog's Interrupt policy applies, and not answers.
// Default: text that begins with a slash, and clicks on the app's menu.
func WithCommands(m router.Matcher) Option { return func(o *options) { o.command = m } }

// WithReplicas says that other processes use the same store: a turn that another one has begun is left alone for
// 30 seconds. Default: a turn that was begun and is not running here was ended by a crash, and is run again at once.
func WithReplicas() Option { return func(o *options) { o.replicas = true } }

// Notice is a message to a member that no message of his asked for.
type Notice struct {
	ID    string // the same for the same notice: a second one with it must not be sent
	App   string
	User  string
	Reply reply.Reply
}

// New returns an engine that keeps its dialogs in store.
func New(store storage.KV, opts ...Option) *Engine {
	o := options{clock: time.Now, location: time.Local, lang: "zh-CN", log: slog.New(slog.DiscardHandler), command: isCommand{}}
	for _, set := range opts {
		set(&o)
	}
	e := &Engine{store: store, options: o, owner: rand.Uint32(), defs: map[version]*Definition{}}
	e.timers.wake = make(chan struct{}, 1)
	return e
}

// Define names a dialog and returns the handler that starts it. Several versions of a name may be defined: a dialog goes on
// with the one it was started with, until that is removed. Defining a name and version twice panics: a mistake in code.
func (e *Engine) Define(name string, f Func, opts ...DefineOption) *Definition {
	def := newDefinition(e, name, f, opts)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.defs[def.version] != nil {
		panic(fmt.Sprintf("dialog: %s is defined twice in version %q", name, def.version.version))
	}
	e.defs[def.version] = def
	return def
}

// lookup returns the definition a running dialog was started with; nil when it is gone.
func (e *Engine) lookup(v version) *Definition {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.defs[v]
}

func (e *Engine) remove(def *Definition) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.defs[def.version] == def {
		delete(e.defs, def.version)
	}
}

func (e *Engine) say(s sentence, args ...any) reply.Reply { return reply.Text(s.In(e.lang, args...)) }

// Waiting names the dialog that would take the member's next message; "" when none does.
func (e *Engine) Waiting(ctx context.Context, app, user string) (string, error) {
	rec, err := e.load(ctx, recordKey(app, user))
	if err != nil || rec.state == nil || rec.phase.over() || rec.phase == phasePaused {
		return "", err
	}
	return rec.version.name, nil
}

// Drop forgets a member's dialog, in whatever state it is.
func (e *Engine) Drop(ctx context.Context, app, user string) error {
	return e.store.Delete(ctx, recordKey(app, user))
}

// recordKey is the one key of a member with an app. User ids are compared without case (doc 90238).
func recordKey(app, user string) string { return app + "/" + strings.ToLower(user) }

// splitKey is recordKey reversed. An app's name has no slash.
func splitKey(key string) (app, user string) {
	app, user, _ = strings.Cut(key, "/")
	return app, user
}

// record is a state as it was loaded.
type record struct {
	*state // nil: there is none
	key    string
	rev    uint64 // 0: there is none
}

func (e *Engine) load(ctx context.Context, key string) (record, error) {
	got, err := e.store.Get(ctx, key)
	if errors.Is(err, storage.ErrNotFound) {
		return record{key: key}, nil
	}
	if err != nil {
		return record{}, fmt.Errorf("load dialog: %w", err)
	}
	st, err := parseState(got.Value)
	if err != nil {
		// It cannot be gone on with, whatever it was: as if it were over.
		e.log.ErrorContext(ctx, "dialog record dropped", "key", key, "error", err)
		return record{key: key, rev: got.Rev}, nil
	}
	return record{state: st, key: key, rev: got.Rev}, nil
}

// errStale says that another message of the same member changed the record since it was loaded.
var errStale = errors.New("dialog: changed meanwhile")

// save writes the record, if nobody else did since it was loaded, so that two messages cannot fork a dialog.
func (e *Engine) save(ctx context.Context, r *record, ttl time.Duration) error {
	value := r.state.append(make([]byte, 0, 256))
	if len(value) > maxState {
		return errTooLong
	}
	write := func() (uint64, error) { return e.store.Update(ctx, r.key, value, ttl, r.rev) }
	if r.rev == 0 {
		write = func() (uint64, error) { return e.store.Create(ctx, r.key, value, ttl) }
	}
	rev, err := write()
	switch {
	case errors.Is(err, storage.ErrConflict), errors.Is(err, storage.ErrExists):
		return errStale
	case err != nil:
		return fmt.Errorf("save dialog: %w", err)
	}
	r.rev = rev
	return nil
}

var errTooLong = errors.New("dialog: record is too long")
