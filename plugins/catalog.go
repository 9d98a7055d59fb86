package plugins

import (
	"context"

	"github.com/wecombot/wecombot/handlers/command"
	"github.com/wecombot/wecombot/router"
)

// Catalog is everything that the sender can do: commands first, then what plugins say of themselves, then the examples
// of the rules.
func (a *App) Catalog(ctx context.Context, q *router.Request) ([]Help, error) {
	commands, err := a.commands.Visible(ctx, q)
	if err != nil {
		return nil, err
	}
	var all []Help
	for _, c := range commands {
		all = append(all, Help{Say: c.Usage(), Does: c.Summary()})
	}
	for _, in := range a.all() {
		h, ok := in.plugin.(Helper)
		if !ok || !in.serves() {
			continue
		}
		for _, entry := range h.Help() {
			may := len(entry.Roles) == 0
			if !may {
				if may, err = a.host.Roles.Has(ctx, q, entry.Roles...); err != nil {
					return nil, err
				}
			}
			if may {
				all = append(all, entry)
			}
		}
	}
	if a.host.Examples == nil {
		return all, nil
	}
	more, err := a.host.Examples(ctx, q)
	return append(all, more...), err
}

// command finds a command that the sender may use.
func (a *App) command(ctx context.Context, q *router.Request, name string) (command.Command, bool, error) {
	visible, err := a.commands.Visible(ctx, q)
	for _, c := range visible {
		if router.Fold(c.Name()) == router.Fold(name) {
			return c, true, nil
		}
	}
	return command.Command{}, false, err
}
