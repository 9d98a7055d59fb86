package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/wecombot/wecombot/internal/assembly"
)

// shutdownTime is what running handlers get after SIGTERM; the rest is in the inbox.
const shutdownTime = 20 * time.Second

func (c *cli) runCommand() *cobra.Command {
	return c.withConfig(&cobra.Command{
		Use:     "run",
		Short:   "Serve the bots of a configuration",
		Example: "  botd run -c bot.yaml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			return c.serve(cmd.Context(), cfg, nil)
		},
	})
}

// serve runs a node until ctx ends. started, if not nil, is told the callback address once it listens.
func (c *cli) serve(ctx context.Context, cfg *Config, started func(n *node, listen, admin net.Addr)) error {
	log := newLogger(c.stderr, cfg.Log)
	n, err := newNode(cfg, c.registry, log, c.stderr)
	if err != nil {
		return err
	}
	callback, err := net.Listen("tcp", cfg.Server.Listen)
	if err != nil {
		n.close(context.Background())
		return fmt.Errorf("server.listen: %w", err)
	}
	admin, err := net.Listen("tcp", cfg.Server.Admin)
	if err != nil {
		callback.Close()
		n.close(context.Background())
		return fmt.Errorf("server.admin: %w", err)
	}
	n.start()
	failed := make(chan error, 2)
	servers := []*http.Server{
		listen(callback, assembly.Handler(n.bot, n.app), log, failed),
		listen(admin, n.admin(admin.Addr()), log, failed),
	}
	log.Info("botd serves", "callback", callback.Addr().String(), "admin", admin.Addr().String(), "apps", len(cfg.Apps), "version", version())
	if started != nil {
		started(n, callback.Addr(), admin.Addr())
	}
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	n.shutdown(servers, log)
	return err
}

func listen(l net.Listener, h http.Handler, log *slog.Logger, failed chan<- error) *http.Server {
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	go func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	}()
	return s
}

// shutdown stops accepting first, so that a load balancer sees it; then drains.
func (n *node) shutdown(servers []*http.Server, log *slog.Logger) {
	log.Info("botd stops", "grace", shutdownTime)
	n.bot.Drain()
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	if err := servers[0].Shutdown(ctx); err != nil {
		servers[0].Close()
	}
	n.close(ctx)
	servers[1].Close()
	log.Info("botd stopped")
}
