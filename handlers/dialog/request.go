package dialog

import (
	"maps"

	"github.com/wecombot/wecombot/router"
)

// Request is the message of this turn as a handler sees it, with the captures of the route that started the dialog. It
// is another one in every turn: what a replay must do again may depend on its sender and app only.
func (d *D) Request() *router.Request {
	q := *d.q
	q.Vars = maps.Clone(q.Vars)
	if q.Vars == nil {
		q.Vars = make(map[string]string, len(d.rec.vars))
	}
	for _, v := range d.rec.vars {
		q.Vars[v.key] = v.value
	}
	return &q
}
