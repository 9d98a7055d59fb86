package simulator_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/wecombot/wecombot/simulator"
)

func Example() {
	srv := simulator.New()
	defer srv.Close()
	simulator.Demo(srv)

	app := srv.AddApp(simulator.App{Name: "小助手"})
	bot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A bot that says nothing at once. Yours gets app.Token, app.EncodingAESKey, app.Secret and srv.URL.
	}))
	defer bot.Close()
	srv.SetCallbackURL(app, bot.URL)

	d := srv.Say(context.Background(), app, "zhangsan", "你好")
	fmt.Println("received:", d.Received, "answered at once:", d.Seen, "attempts:", len(d.Attempts))

	srv.SetCallbackURL(app, "http://127.0.0.1:1/nobody")
	d = srv.Say(context.Background(), app, "zhangsan", "在吗")
	fmt.Println("received:", d.Received, "attempts:", len(d.Attempts))
	// Output:
	// received: true answered at once: false attempts: 1
	// received: false attempts: 3
}

func ExampleParseFault() {
	f, err := simulator.ParseFault("message/send:timeout-after@1")
	fmt.Println(f, err)
	_, err = simulator.ParseFault("message/send:tiemout@1")
	fmt.Println(err != nil)
	// Output:
	// message/send:timeout-after@1 <nil>
	// true
}
