package daemon

import (
	_ "embed"
	"html/template"
	"net/http"
	"time"

	"github.com/wecombot/wecombot/outbox"
	"github.com/wecombot/wecombot/rules"
	"github.com/wecombot/wecombot/trace"
)

//go:embed console.html
var consolePage string

var consoleTemplate = template.Must(template.New("console").Funcs(template.FuncMap{
	"moment": moment,
}).Parse(consolePage))

// consoleData is what the operator's page shows; never message text.
type consoleData struct {
	Version string
	Uptime  time.Duration
	Ready   bool
	Apps    []consoleApp
	Traces  []trace.Record
	Dead    []outbox.Entry
	Waiting []outbox.Entry

	Problems []string // of the last reload
}

type consoleApp struct {
	Name, CorpID, Revision string
	AgentID                int
	Rules                  int
	Files                  []string
}

func (n *node) console(w http.ResponseWriter, r *http.Request) {
	d := consoleData{Version: version(), Uptime: time.Since(n.began).Round(time.Second), Ready: n.bot.Ready()}
	for _, a := range n.running() {
		set := n.set(a.Name)
		d.Apps = append(d.Apps, consoleApp{a.Name, a.CorpID, set.Revision, a.AgentID, len(set.Rules), set.Files})
	}
	n.mu.RLock()
	for _, p := range n.problems {
		d.Problems = append(d.Problems, p.String())
	}
	n.mu.RUnlock()
	var err error
	if d.Traces, err = n.rec.Last(r.Context(), r.FormValue("user"), 50); err != nil {
		n.log.Error("console traces", "err", err)
	}
	if d.Dead, err = n.box.Dead(r.Context(), 50); err != nil {
		n.log.Error("console dead letters", "err", err)
	}
	if d.Waiting, err = n.box.List(r.Context(), 50); err != nil {
		n.log.Error("console outbox", "err", err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'")
	if err := consoleTemplate.Execute(w, d); err != nil {
		n.log.Error("console", "err", err)
	}
}

func (n *node) set(app string) *ruleSet {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if s := n.sets[app]; s != nil {
		return s
	}
	return &ruleSet{Set: &rules.Set{}}
}
