package assembly

import (
	"net/http"

	"github.com/wecombot/wecombot/bot"
)

// Handler serves the callbacks, and what plugins show to the world under /plugins/{app}/{plugin}/.
func Handler(b *bot.Bot, find func(name string) *App) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", b.Handler())
	mux.HandleFunc("/plugins/{app}/{plugin}/", func(w http.ResponseWriter, r *http.Request) {
		app, id := find(r.PathValue("app")), r.PathValue("plugin")
		if app == nil {
			http.NotFound(w, r)
			return
		}
		web := app.Plugins.Web(id)
		if web == nil {
			http.NotFound(w, r)
			return
		}
		http.StripPrefix("/plugins/"+app.Name+"/"+id, web).ServeHTTP(w, r)
	})
	return mux
}
