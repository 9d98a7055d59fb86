package rules

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/wecombot/wecombot/internal/strictyaml"
)

const maxOutput = 64 << 10 // bytes of a command's output

// runSpec is a local command. There is no shell: every argument arrives as it is.
type runSpec struct {
	Where   strictyaml.Where
	Argv    []strictyaml.Text `yaml:"argv,required" doc:"the program, which cannot be a template, and its arguments, which can"`
	Stdin   *strictyaml.Text  `yaml:"stdin" doc:"what the program reads"`
	Timeout time.Duration     `yaml:"timeout" default:"10s" min:"100ms" max:"5m"`
	Reply   *replySpec        `yaml:"reply" doc:"from the output: response.status (exit code), response.text, response.json"`
	OnError *replySpec        `yaml:"on_error" doc:"when the program fails, takes too long or says too much"`
}

type command struct {
	path    string
	dir     string
	args    []text
	guarded []bool // the argument begins with an inserted value, which may not make it an option
	stdin   text
	timeout time.Duration
}

func (c *compiler) run(spec *runSpec, s *sight) step {
	if !c.options.AllowRun {
		c.report(spec.Where.Pos, "set allow_run: true in bot.yaml, if you trust everyone who may change the rules", "run is not allowed")
	}
	cmd := &command{dir: filepath.Dir(spec.Where.Pos.File), timeout: spec.Timeout, stdin: c.text(spec.Stdin, s)}
	for i := range spec.Argv {
		arg := spec.Argv[i]
		switch {
		case i > 0:
			cmd.args = append(cmd.args, c.text(&arg, s))
			cmd.guarded = append(cmd.guarded, strings.HasPrefix(arg.Value, "{{"))
		case strings.Contains(arg.Value, "{{"):
			c.report(arg.Pos, "name the program", "a message must not choose the program")
		default:
			cmd.path = c.program(arg)
		}
	}
	return c.outcome(step{name: "run", effect: cmd.do}, spec.Reply, spec.OnError, s)
}

// program finds the program: by its name in PATH, or by its path, relative to the rules file.
func (c *compiler) program(arg strictyaml.Text) string {
	path := arg.Value
	if strings.ContainsRune(path, '/') && !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(arg.Pos.File), path)
	}
	found, err := exec.LookPath(path)
	if err != nil && c.options.AllowRun {
		c.report(arg.Pos, "", "there is no program %q", arg.Value)
	}
	return found
}

func (cmd *command) do(ctx context.Context, t *turn) (map[string]any, error) {
	ctx, cancel := context.WithTimeout(ctx, cmd.timeout)
	defer cancel()
	args := t.texts(cmd.args)
	for i, a := range args {
		if cmd.guarded[i] && strings.HasPrefix(a, "-") {
			return nil, &callError{what: "a value that looks like an option"}
		}
	}
	stdin := t.text(cmd.stdin)
	if t.err != nil {
		return nil, t.err
	}
	run := exec.CommandContext(ctx, cmd.path, args...)
	run.Dir = cmd.dir
	run.Env = []string{"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8"} // none of ours: it may hold secrets
	run.Stdin = strings.NewReader(stdin)
	run.WaitDelay = time.Second
	out := &cappedBuffer{limit: maxOutput}
	run.Stdout = out
	err := run.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, &callError{"no end in time", ctx.Err()}
	case out.over:
		return nil, &callError{what: "the output is larger than 64 KiB"}
	case errors.As(err, &exit):
		return response(exit.ExitCode(), out.buf.Bytes()), &callError{what: fmt.Sprintf("exit code %d", exit.ExitCode())}
	case err != nil:
		return nil, &callError{"the program cannot be started", err}
	}
	return response(0, out.buf.Bytes()), nil
}

// cappedBuffer refuses more than its limit, which ends the program.
type cappedBuffer struct {
	buf   bytes.Buffer
	limit int
	over  bool
}

func (l *cappedBuffer) Write(p []byte) (int, error) {
	if l.buf.Len()+len(p) > l.limit {
		l.over = true
		return 0, errors.New("too much output")
	}
	return l.buf.Write(p)
}
