package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/wecombot/wecombot/crypto"
	"github.com/wecombot/wecombot/examples/quickstart"
	"github.com/wecombot/wecombot/internal/secret"
	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/simulator"
	"github.com/wecombot/wecombot/simulator/web"
)

// devOptions are the choices of dev and chat.
type devOptions struct {
	address string
	faults  []string
	given   bool // -c was given
}

func (c *cli) devCommand() *cobra.Command {
	var o devOptions
	cmd := c.withConfig(&cobra.Command{
		Use: "dev", Short: "Serve against the simulator and open a chat page: no WeCom account needed", Args: cobra.NoArgs,
		Long: "Starts the WeCom platform in memory, a bot on it, and a chat page where you are a member of a small company.\n" +
			"Without -c the quickstart bot is served. With -c your own is: its credentials are replaced by the simulator's,\n" +
			"its store by one in memory, and unset ${VARIABLES} are no error.\n\nFaults (--fault, repeatable):\n" + simulator.FaultHelp(),
		Example: "  botd dev\n  botd dev -c bot.yaml --fault message/send:45009@2",
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.given = cmd.Flags().Changed("config")
			return c.dev(cmd.Context(), o)
		},
	})
	cmd.Flags().StringVar(&o.address, "address", "127.0.0.1:8787", "`host:port` of the chat page")
	cmd.Flags().StringArrayVar(&o.faults, "fault", nil, "something that goes `wrong` on purpose")
	return cmd
}

func (c *cli) dev(ctx context.Context, o devOptions) error {
	cfg, sim, err := c.simulated(o)
	if err != nil {
		return err
	}
	defer sim.Close()
	page, err := net.Listen("tcp", o.address)
	if err != nil {
		return fmt.Errorf("chat page: %w (choose another with --address)", err)
	}
	server := &http.Server{Handler: web.Handler(sim, web.WithLanguage(cfg.Language), web.WithHints("你好", "年假", "现在上班吗", "订单 20261121")), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(page) }()
	defer server.Close()
	return c.serve(ctx, cfg, func(_ *node, listen, admin net.Addr) {
		connect(sim, cfg, listen)
		installSuites(ctx, cfg, sim, listen)
		fmt.Fprintf(c.stdout, "聊天页面  chat page  http://%s\n", page.Addr())
		fmt.Fprintf(c.stdout, "控制台    console    http://%s/console\n", admin)
		fmt.Fprintf(c.stdout, "规则      rules      %s\n", strings.Join(ruleFiles(cfg), ", "))
		fmt.Fprintln(c.stdout, "Ctrl-C 结束 ends it")
	})
}

// connect tells the platform where each app receives its callbacks.
func connect(sim *simulator.Server, cfg *Config, listen net.Addr) {
	_, port, _ := net.SplitHostPort(listen.String())
	for _, a := range sim.Apps() {
		for _, own := range cfg.Apps {
			if int64(own.AgentID) == a.AgentID && own.CorpID == a.CorpID {
				sim.SetCallbackURL(a, "http://127.0.0.1:"+port+"/callback/"+own.Name)
			}
		}
	}
}

// simulated loads a configuration (the quickstart's, if none is given) and a platform that fits it.
func (c *cli) simulated(o devOptions) (*Config, *simulator.Server, error) {
	if !o.given {
		dir, err := unpackQuickstart()
		if err != nil {
			return nil, nil, err
		}
		c.config = filepath.Join(dir, "bot.yaml")
	}
	cfg, err := c.loadForDev()
	if err != nil {
		return nil, nil, err
	}
	sim, err := simulator.Open()
	if err != nil {
		return nil, nil, fmt.Errorf("simulator: %w", err)
	}
	simulator.Demo(sim)
	for _, text := range o.faults {
		f, err := simulator.ParseFault(text)
		if err != nil {
			sim.Close()
			return nil, nil, usageError{err}
		}
		sim.Inject(f)
	}
	for i := range cfg.Apps {
		a := &cfg.Apps[i]
		a.Token, a.EncodingAESKey = secret.New(crypto.GenerateToken()), []secret.Secret{secret.New(crypto.GenerateAESKey())}
		a.Secret, a.APIBase = secret.New(crypto.GenerateAESKey()), sim.URL
		sim.AddApp(simulator.App{
			CorpID: a.CorpID, AgentID: int64(a.AgentID), Name: a.Name, Secret: a.Secret.Reveal(), Token: a.Token.Reveal(),
			EncodingAESKey: a.EncodingAESKey[0].Reveal(),
		})
	}
	simulateSuites(cfg, sim)
	cfg.dev = true
	cfg.Storage, cfg.Server.Listen = "memory:", "127.0.0.1:0"
	if _, _, err := net.SplitHostPort(cfg.Server.Admin); err == nil && !free(cfg.Server.Admin) {
		cfg.Server.Admin = "127.0.0.1:0"
	}
	return cfg, sim, nil
}

func free(addr string) bool {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return false
	}
	l.Close()
	return true
}

// loadForDev reads the configuration without its credentials: dev makes its own.
func (c *cli) loadForDev() (*Config, error) {
	if err := c.exists(); err != nil {
		return nil, err
	}
	cfg, problems := loadDev(c.config)
	if len(problems) > 0 {
		printProblems(c.stderr, problems)
		return nil, errFound
	}
	return cfg, nil
}

func loadDev(path string) (*Config, []strictyaml.Problem) {
	cfg, problems := loadConfig(path, func(name string) (string, bool) {
		v, ok := os.LookupEnv(name)
		if !ok {
			return "unset", true
		}
		return v, true
	})
	return cfg, withoutCredentials(cfg, problems)
}

// withoutCredentials leaves out the problems of values that dev replaces.
func withoutCredentials(cfg *Config, ps []strictyaml.Problem) []strictyaml.Problem {
	ignored := map[strictyaml.Pos]bool{}
	for _, a := range cfg.Apps {
		for _, key := range []string{"secret", "token", "encoding_aes_key"} {
			ignored[a.Where.Of(key)] = true
		}
		for i := range a.EncodingAESKey {
			ignored[a.Where.Item("encoding_aes_key", i)] = true
		}
	}
	ignoreSuites(cfg, ignored)
	out := ps[:0]
	for _, p := range ps {
		if !ignored[strictyaml.Pos{File: p.File, Line: p.Line, Col: p.Col}] {
			out = append(out, p)
		}
	}
	return out
}

// unpackQuickstart writes the embedded bot where its rules can be edited; what was edited before is kept.
func unpackQuickstart() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	dir := filepath.Join(cache, "wecombot", "quickstart-"+quickstart.Version())
	err = fs.WalkDir(quickstart.Files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(path))
		if d.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		b, err := quickstart.Files.ReadFile(path)
		if err != nil {
			return err
		}
		if _, err := os.Stat(to); err == nil {
			return nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return os.WriteFile(to, b, 0o644)
	})
	if err != nil {
		return "", fmt.Errorf("unpack the quickstart: %w", err)
	}
	return dir, nil
}

func ruleFiles(cfg *Config) []string {
	var files []string
	for _, a := range cfg.templates() {
		files = append(files, a.RuleFiles...)
	}
	return files
}
