package daemon

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/wecombot/wecombot/simulator"
)

func (c *cli) chatCommand() *cobra.Command {
	var user, app string
	var o devOptions
	cmd := c.withConfig(&cobra.Command{
		Use: "chat", Short: "Talk to the bot in the terminal, on the simulator", Args: cobra.NoArgs,
		Long:    "Each line is a message of the member; /click KEY and /enter are events; an empty line waits for what is still under way.\nWithout a bot.yaml the quickstart bot answers.",
		Example: "  botd chat -c bot.yaml --as lisi\n  echo 年假 | botd chat",
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.given = cmd.Flags().Changed("config") || c.exists() == nil
			return c.chat(cmd.Context(), o, app, user)
		},
	})
	cmd.Flags().StringVar(&user, "as", "zhangsan", "the `member` you are")
	cmd.Flags().StringVar(&app, "app", "", "the app's `name`; may be left out when there is only one")
	cmd.Flags().StringArrayVar(&o.faults, "fault", nil, "something that goes `wrong` on purpose, see botd dev --help")
	return cmd
}

func (c *cli) chat(ctx context.Context, o devOptions, name, user string) error {
	cfg, sim, err := c.simulated(o)
	if err != nil {
		return err
	}
	defer sim.Close()
	own, err := cfg.pick(name)
	if err != nil {
		return err
	}
	cfg.Log.Level, cfg.Server.Admin = "warn", "127.0.0.1:0"
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	return c.serve(ctx, cfg, func(n *node, listen, _ net.Addr) {
		connect(sim, cfg, listen)
		go func() {
			defer stop()
			t := &talk{cli: c, node: n, sim: sim, user: user}
			for _, a := range sim.Apps() {
				if a.AgentID == int64(own.AgentID) && a.CorpID == own.CorpID {
					t.app = a
				}
			}
			t.run(ctx)
		}()
	})
}

// talk is one conversation in the terminal.
type talk struct {
	*cli
	node *node
	sim  *simulator.Server
	app  simulator.App
	user string
	last int64 // number of the last event shown
}

func (t *talk) run(ctx context.Context) {
	watching, stop := context.WithCancel(ctx)
	var shown sync.WaitGroup
	shown.Go(func() { t.show(watching) })
	lines := bufio.NewScanner(t.stdin)
	for t.prompt(); lines.Scan() && ctx.Err() == nil; t.prompt() {
		line := strings.TrimSpace(lines.Text())
		switch word, rest, _ := strings.Cut(line, " "); {
		case line == "":
			t.settle(ctx)
		case word == "/click":
			t.sim.Send(ctx, t.app, t.user, simulator.Click(strings.TrimSpace(rest)))
		case word == "/enter":
			t.sim.Send(ctx, t.app, t.user, simulator.Enter())
		default:
			t.sim.Say(ctx, t.app, t.user, line)
		}
		if !terminal(t.stdout) { // a script wants each answer after its question
			t.settle(ctx)
		}
	}
	t.settle(ctx)
	stop()
	shown.Wait()
	t.print(t.sim.Inbox(t.user))
}

// settle waits until nothing is under way.
func (t *talk) settle(ctx context.Context) {
	_ = t.sim.Quiet(ctx)
	for !t.node.idle(ctx) && ctx.Err() == nil {
		time.Sleep(10 * time.Millisecond)
	}
}

// show prints what the member sees, as it comes.
func (t *talk) show(ctx context.Context) {
	for e := range t.sim.Events(ctx, 0) {
		if e.Seen != nil && e.Seen.User == t.user {
			t.print([]simulator.Seen{*e.Seen})
		}
		if e.Delivery != nil && e.Delivery.Done && e.Delivery.Problem != "" && e.Delivery.User == t.user {
			fmt.Fprintf(t.stdout, "! %s\n", e.Delivery.Problem)
		}
	}
}

func (t *talk) print(seen []simulator.Seen) {
	for _, s := range seen {
		if s.Seq > t.last {
			t.last = s.Seq
			fmt.Fprintf(t.stdout, "%s: %s\n", t.app.Name, s.Text)
		}
	}
}

func (t *talk) prompt() {
	if terminal(t.stdout) {
		fmt.Fprintf(t.stdout, "%s> ", t.user)
	}
}
