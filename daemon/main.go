package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/wecombot/wecombot/plugins"
)

// Exit codes of botd.
const (
	exitFine  = 0
	exitWrong = 1 // it found something wrong
	exitUsage = 2 // it was called wrong
)

// errFound ends a command that printed what it found; nothing more is said.
var errFound = errors.New("found something wrong")

// usageError is a command that was called wrong.
type usageError struct{ err error }

func (u usageError) Error() string { return u.err.Error() }
func (u usageError) Unwrap() error { return u.err }

func usagef(format string, a ...any) error { return usageError{fmt.Errorf(format, a...)} }

// Main runs botd's command line, with the plugins of reg, with the process's arguments and streams, and returns its exit
// code. The first SIGINT or
// SIGTERM ends it gracefully, a second one at once.
func Main(reg *plugins.Registry) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return Run(ctx, reg, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}

// Run runs one command and returns its exit code. ctx ends a serving command gracefully.
func Run(ctx context.Context, reg *plugins.Registry, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	c := &cli{registry: reg, stdin: stdin, stdout: stdout, stderr: stderr}
	root := c.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitFine
	case errors.Is(err, errFound):
		return exitWrong
	}
	fmt.Fprintf(stderr, "botd: %s\n", err)
	var usage usageError
	if errors.As(err, &usage) || strings.HasPrefix(err.Error(), "unknown command") || strings.HasPrefix(err.Error(), "required flag") {
		fmt.Fprintln(stderr, `Run "botd --help" for the commands.`)
		return exitUsage
	}
	return exitWrong
}

// cli is one invocation.
type cli struct {
	registry       *plugins.Registry
	stdin          io.Reader
	stdout, stderr io.Writer
	config         string // -c
	json           bool   // --json
}

func (c *cli) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "botd",
		Short:         "A chatbot daemon for WeCom (企业微信) apps",
		SilenceUsage:  true,
		SilenceErrors: true,
		Example:       "  botd dev                     # try the quickstart bot, no account needed\n  botd run -c bot.yaml         # serve",
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(
		c.initCommand(), c.newCommand(), c.runCommand(), c.devCommand(), c.checkCommand(), c.testCommand(), c.explainCommand(), c.chatCommand(), c.sendCommand(),
		c.outboxCommand(), c.traceCommand(), c.doctorCommand(), c.menuCommand(), c.rulesCommand(), c.keygenCommand(), c.schemaCommand(), c.versionCommand(),
		c.apiCommand(), c.suitesCommand(),
	)
	for _, sub := range root.Commands() {
		strict(sub)
	}
	return root
}

// strict makes wrong arguments a usage error, in every command.
func strict(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usagef("%s: %w", cmd.CommandPath(), err)
			}
			return nil
		}
	}
	if cmd.HasSubCommands() {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown command %q for %q", args[0], cmd.CommandPath())
			}
			return usagef("%s needs one of: %s", cmd.CommandPath(), strings.Join(names(cmd.Commands()), ", "))
		}
	}
	for _, sub := range cmd.Commands() {
		strict(sub)
	}
}

func names(cmds []*cobra.Command) []string {
	var all []string
	for _, c := range cmds {
		all = append(all, c.Name())
	}
	return all
}

// withConfig adds -c.
func (c *cli) withConfig(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().StringVarP(&c.config, "config", "c", "bot.yaml", "configuration `file`")
	return cmd
}

// withJSON adds --json.
func (c *cli) withJSON(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&c.json, "json", false, "print JSON, for scripts")
	return cmd
}

// load reads the configuration, or prints every problem to stderr.
func (c *cli) load() (*Config, error) {
	if err := c.exists(); err != nil {
		return nil, err
	}
	cfg, problems := LoadConfig(c.config)
	if len(problems) == 0 {
		return cfg, nil
	}
	printProblems(c.stderr, problems)
	return nil, errFound
}

func (c *cli) exists() error {
	if _, err := os.Stat(c.config); err != nil {
		return usagef("no configuration at %s: write one with \"botd init DIR\", or name it with -c", c.config)
	}
	return nil
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}
