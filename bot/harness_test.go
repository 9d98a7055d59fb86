package bot_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/wecombot/wecombot/bot"
	"github.com/wecombot/wecombot/crypto"
	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/simulator"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/memstore"
	"github.com/wecombot/wecombot/trace"
	"github.com/wecombot/wecombot/wecom"
)

// bench is a platform and a bot that serves one app of it.
type bench struct {
	t     *testing.T
	sim   *simulator.Server
	app   simulator.App
	store storage.Store
	reg   *prometheus.Registry
	rec   *trace.Recorder
	box   *outbox.Outbox
	bot   *bot.Bot
	http  *httptest.Server
	ctx   context.Context
	conf  config
}

type config struct {
	replyWithin time.Duration
	timeout     time.Duration
	ride        bool
	notice      string
	opts        []bot.Option
	sim         []simulator.Option
	store       storage.Store
	routes      func(r *router.Router)
}

func setup(t *testing.T, c config) *bench {
	t.Helper()
	b := &bench{t: t, conf: c, store: c.store}
	if c.replyWithin == 0 {
		b.conf.replyWithin = 400 * time.Millisecond
	}
	b.sim = simulator.New(append([]simulator.Option{simulator.WithCallbackTimeout(b.conf.replyWithin + 600*time.Millisecond)}, c.sim...)...)
	simulator.Demo(b.sim)
	b.app = b.sim.AddApp(simulator.App{})
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	b.ctx = ctx
	if b.store == nil {
		b.store = memstore.New()
	}
	b.boot()
	t.Cleanup(func() {
		b.stop()
		b.sim.Close()
		b.store.Close()
		cancel()
	})
	return b
}

// boot starts a process over the store.
func (b *bench) boot() {
	t := b.t
	t.Helper()
	kv, err := b.store.KV("traces")
	must(t, err)
	b.rec = trace.NewRecorder(kv)
	b.reg = prometheus.NewRegistry()
	b.box, err = outbox.New(b.store, outbox.WithBackoff(time.Millisecond, 10*time.Millisecond), outbox.WithRecorder(b.rec))
	must(t, err)
	client, err := wecom.NewClient(b.app.CorpID, b.app.Secret, wecom.WithBaseURL(b.sim.URL), wecom.WithRetry(0))
	must(t, err)
	b.box.SetApp("hr", outbox.App{Client: client, AgentID: b.app.AgentID})
	opts := []bot.Option{bot.WithReplyWithin(b.conf.replyWithin), bot.WithMetrics(b.reg), bot.WithRecorder(b.rec), bot.WithLogger(slog.New(slog.DiscardHandler))}
	if b.conf.timeout > 0 {
		opts = append(opts, bot.WithHandlerTimeout(b.conf.timeout))
	}
	b.bot, err = bot.New(b.store, b.box, append(opts, b.conf.opts...)...)
	must(t, err)
	crypter, err := crypto.New(b.app.Token, []string{b.app.EncodingAESKey}, b.app.CorpID)
	must(t, err)
	dir, err := bot.NewDirectory(b.store, "hr", client, time.Hour, false, slog.New(slog.DiscardHandler))
	must(t, err)
	must(t, b.bot.SetApp(bot.App{Name: "hr", CorpID: b.app.CorpID, AgentID: b.app.AgentID, Crypter: crypter, Ride: b.conf.ride, Notice: b.conf.notice, Directory: dir, Client: client}))
	r := router.New()
	r.Use(b.bot.Guard())
	b.conf.routes(r)
	table, err := r.Build()
	must(t, err)
	must(t, b.bot.SetTable("hr", table, "r1"))
	b.box.Start()
	b.bot.Start()
	b.http = httptest.NewServer(b.bot.Handler())
	b.sim.SetCallbackURL(b.app, b.http.URL+"/callback/hr")
}

// stop ends the process gracefully; the store stays.
func (b *bench) stop() {
	if b.http == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	b.bot.Drain()
	b.bot.Close(ctx)
	b.http.Close()
	b.box.Close(ctx)
	b.rec.Close()
	b.http = nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sees waits until the member sees exactly these texts, and a moment longer whether there are more.
func (b *bench) sees(user string, want ...string) {
	b.t.Helper()
	if _, err := b.sim.WaitFor(b.ctx, user, len(want)); err != nil {
		b.t.Fatalf("%s sees %q, want %q: %v", user, b.texts(user), want, err)
	}
	for b.ctx.Err() == nil {
		if es, err := b.box.List(b.ctx, 10); err == nil && len(es) == 0 {
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	if got := b.texts(user); !slices.Equal(got, want) {
		b.t.Errorf("%s sees %q, want %q", user, got, want)
	}
}

func (b *bench) texts(user string) []string {
	var got []string
	for _, s := range b.sim.Inbox(user) {
		got = append(got, s.Text)
	}
	return got
}

// counter reads a metric by its labels, "name{a=b,c=d}" style given as pairs.
func (b *bench) counter(name string, labels ...string) float64 {
	b.t.Helper()
	families, err := b.reg.Gather()
	must(b.t, err)
	sum := 0.0
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
	metrics:
		for _, m := range f.GetMetric() {
			have := map[string]string{}
			for _, l := range m.GetLabel() {
				have[l.GetName()] = l.GetValue()
			}
			for i := 0; i < len(labels); i += 2 {
				if have[labels[i]] != labels[i+1] {
					continue metrics
				}
			}
			sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return sum
}

// echo answers after a while and counts its runs.
func echo(runs *atomic.Int64, wait time.Duration) func(*router.Router) {
	return func(r *router.Router) {
		r.HandleFunc(router.Any(), func(ctx context.Context, q *router.Request) (reply.Reply, error) {
			runs.Add(1)
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			return reply.Text("re: " + q.Text), nil
		})
	}
}

func fault(t *testing.T, b *bench, text string) {
	t.Helper()
	f, err := simulator.ParseFault(text)
	must(t, err)
	b.sim.Inject(f)
}
