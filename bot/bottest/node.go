package bottest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing/synctest"
	"time"

	"github.com/wecombot/wecombot/bot"
	"github.com/wecombot/wecombot/internal/assembly"
	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/trace"
)

// closing is what handlers get to end.
const closing = 20 * time.Second

// node is the bot between two starts, put together as botd does it.
type node struct {
	rec    *trace.Recorder
	box    *outbox.Outbox
	bot    *bot.Bot
	app    *assembly.App
	http   *http.Server
	client *http.Transport // of the world outside, to the bot
	api    *http.Transport
}

// boot starts a process over the store.
func (b *Bot) boot() (*node, error) {
	o, log := b.opt, slog.New(b.log.handler())
	traces, err := b.store.KV("traces")
	if err != nil {
		return nil, err
	}
	n := &node{rec: trace.NewRecorder(traces), client: b.net.transport(), api: b.net.transport()}
	if err := n.assemble(b, o, log); err != nil {
		return n, errors.Join(err, n.stop())
	}
	n.box.Start()
	if err := n.app.Start(context.Background()); err != nil {
		return n, errors.Join(err, n.stop())
	}
	n.bot.Start()
	n.http = &http.Server{Handler: assembly.Handler(n.bot, n.find), ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	go func() { _ = n.http.Serve(b.net.listen("bot.example")) }() // until it is closed
	synctest.Wait()
	return n, nil
}

func (n *node) assemble(b *Bot, o *options, log *slog.Logger) (err error) {
	if n.box, err = outbox.New(b.store, outbox.WithLogger(log), outbox.WithRecorder(n.rec)); err != nil {
		return err
	}
	if n.bot, err = bot.New(b.store, n.box, bot.WithLogger(log), bot.WithRecorder(n.rec), bot.WithLanguage(o.rules.Language)); err != nil {
		return err
	}
	n.app, err = assembly.Open(assembly.Host{
		Store: b.store, Outbox: n.box, Bot: n.bot, Registry: o.registry, Log: log, Language: o.rules.Language, Location: o.rules.Location, Dir: o.dir,
		Roles: o.rules.Roles, API: n.api, Outside: b.out,
	}, assembly.Settings{
		Name: o.rules.App, CorpID: b.app.CorpID, AgentID: b.app.AgentID, Secret: b.app.Secret, Token: b.app.Token, Keys: []string{b.app.EncodingAESKey},
		APIBase: b.sim.URL, Tags: true, Plugins: o.wanted,
	})
	if err != nil {
		return err
	}
	r := o.rules
	r.HTTP = b.out
	files, read, err := o.files()
	if err != nil {
		return err
	}
	r.ReadFile = read
	set, problems := n.app.Load(files, r)
	if len(problems) > 0 {
		return errors.Join(asErrors(problems)...)
	}
	return n.app.Use(set)
}

// find is the app of a path.
func (n *node) find(name string) *assembly.App {
	if name == n.app.Name {
		return n.app
	}
	return nil
}

// stop ends the process as SIGTERM does. What it leaves running is in the error.
func (n *node) stop() error {
	if n == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	if n.app != nil {
		n.app.StopSchedules()
	}
	if n.bot != nil {
		n.bot.Drain()
		n.bot.Close(ctx)
	}
	var err error
	if n.app != nil {
		err = n.app.Close(ctx)
	}
	if n.box != nil {
		n.box.Close(ctx)
	}
	if n.http != nil {
		_ = n.http.Close() // callbacks under way were answered or are in the inbox
	}
	n.rec.Close()
	n.client.CloseIdleConnections()
	n.api.CloseIdleConnections()
	return err
}

// request calls the bot's own HTTP.
func (n *node) request(r *http.Request) (*http.Response, error) {
	r = r.Clone(context.Background())
	r.URL.Scheme, r.URL.Host, r.RequestURI = "http", "bot.example", ""
	res, err := (&http.Client{Transport: n.client}).Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}

// busy reports whether a message is being handled or an answer waits to be sent.
func (n *node) busy() bool {
	waiting, err := n.box.List(context.Background(), 1)
	return err != nil || len(waiting) > 0 || n.bot.InFlight() > 0
}
