// Command weblogin is a page that only members of a corp see, because a page needs to know who reads it: opened in the
// WeCom client it knows at once, in any other browser the member scans a QR code.
//
//	SITE=https://app.example.com CORP_ID=ww… AGENT_ID=1000002 SECRET=… KEY=$(openssl rand -hex 32) go run ./examples/weblogin
//
// Without CORP_ID it runs against the platform in memory, where zhangsan opens every page.
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"html/template"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"time"

	"github.com/wecombot/wecombot/simulator"
	"github.com/wecombot/wecombot/weblogin"
	"github.com/wecombot/wecombot/wecom"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Getenv); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, env func(string) string) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cmp.Or(env("LISTEN"), "127.0.0.1:8089"))
	if err != nil {
		return err
	}
	site := cmp.Or(env("SITE"), "http://"+l.Addr().String())
	corp, secret, api := env("CORP_ID"), env("SECRET"), wecom.DefaultBaseURL
	agent, _ := strconv.ParseInt(env("AGENT_ID"), 10, 64) // New says what is wrong with 0
	key := []byte(env("KEY"))
	if corp == "" {
		sim := simulator.New()
		defer sim.Close()
		simulator.Demo(sim)
		app := sim.AddApp(simulator.App{})
		corp, secret, api, agent, key = app.CorpID, app.Secret, sim.URL, app.AgentID, []byte(rand.Text()+rand.Text())
	}
	client, err := wecom.NewClient(corp, secret, wecom.WithBaseURL(api))
	if err != nil {
		return err
	}
	defer client.Close()
	login, err := weblogin.New(client, agent, site, key)
	if err != nil {
		return err
	}
	s := &http.Server{Handler: pages(login), ReadHeaderTimeout: 5 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = s.Close() })()
	fmt.Println(site)
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

var page = template.Must(template.New("").Parse(`<!doctype html><meta charset="utf-8"><title>我的页面</title>
<p>你好，{{.UserID}}。 Hello, {{.UserID}}.
<form method="post" action="/login/logout"><button>退出 Log out</button></form>
`))

// pages is the application: everything behind the login, but the login itself.
func pages(login *weblogin.Login) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/login/", login.Handler())
	mux.Handle("/", login.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _ := weblogin.UserFrom(r.Context())
		if err := page.Execute(w, user); err != nil {
			log.Print(err)
		}
	})))
	return mux
}
