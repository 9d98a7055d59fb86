package daemon

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"text/template"

	"github.com/spf13/cobra"
)

//go:embed all:scaffold
var scaffolds embed.FS

const modulePath = "github.com/wecombot/wecombot"

var (
	botName    = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)
	pluginName = regexp.MustCompile(`^[a-z][a-z0-9]{0,31}$`)
)

// scaffoldData fills the templates in.
type scaffoldData struct{ Name, Import string }

func (c *cli) initCommand() *cobra.Command {
	return &cobra.Command{
		Use: "init DIR", Short: "Write a small bot with rules and tests that pass", Args: cobra.ExactArgs(1), Example: "  botd init helpdesk",
		RunE: func(_ *cobra.Command, args []string) error {
			dir := args[0]
			abs, err := filepath.Abs(dir)
			if err != nil {
				return err
			}
			name := strings.ToLower(filepath.Base(abs))
			if !botName.MatchString(name) {
				name = "bot"
			}
			if err := unpack("scaffold/bot", dir, scaffoldData{Name: name}); err != nil {
				return err
			}
			fmt.Fprintf(c.stdout, "%s is ready:\n  cd %s\n  botd dev -c bot.yaml     在浏览器里试 / try it in the browser\n  botd test -c bot.yaml    对话测试 / conversation tests\n", dir, dir)
			return nil
		},
	}
}

func (c *cli) newCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "new", Short: "Write the beginning of something", Example: "  botd new plugin leave"}
	cmd.AddCommand(&cobra.Command{
		Use: "plugin NAME", Short: "A plugin in Go with tests that pass", Args: cobra.ExactArgs(1), Example: "  mkdir leavebot && cd leavebot && botd new plugin leave && go test ./...",
		Long: "Writes NAME/ with a plugin, its test and README. In a folder without go.mod it writes a module around it too, with a\n" +
			"botd of your own that has the plugin.",
		RunE: func(cmd *cobra.Command, args []string) error { return c.newPlugin(cmd.Context(), args[0]) },
	})
	return cmd
}

func (c *cli) newPlugin(ctx context.Context, name string) error {
	if !pluginName.MatchString(name) {
		return usagef("%q cannot be a plugin's name: it is a Go package, small letters and digits", name)
	}
	module, err := moduleOf(ctx)
	if err != nil {
		return err
	}
	fresh := module == ""
	if fresh {
		module = name + "bot"
	}
	d := scaffoldData{Name: name, Import: path.Join(module, name)}
	for from, to := range map[string]string{
		"plugin.go.txt": name + ".go", "plugin_test.go.txt": name + "_test.go", "README.md": "README.md",
	} {
		if err := unpackFile("scaffold/plugin/"+from, filepath.Join(name, to), d); err != nil {
			return err
		}
	}
	fmt.Fprintf(c.stdout, "%s/ is written\n", name)
	if !fresh {
		return nil
	}
	for from, to := range map[string]string{"main.go.txt": "main.go", "bot.yaml": "bot.yaml"} {
		if err := unpackFile("scaffold/plugin/"+from, to, d); err != nil {
			return err
		}
	}
	if err := c.newModule(ctx, module); err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "  go test ./...\n  go run . dev -c bot.yaml\n")
	return nil
}

// moduleOf is the import path of the current folder; "" outside of a module.
func moduleOf(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", errors.New("botd new plugin needs Go: see https://go.dev/doc/install")
	}
	mod := strings.TrimSpace(string(out))
	if mod == "" || mod == os.DevNull {
		return "", nil
	}
	b, err := os.ReadFile(mod)
	if err != nil {
		return "", err
	}
	wd, err := os.Getwd()
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(filepath.Dir(mod), wd)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(b)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "module "); ok {
			return path.Join(strings.TrimSpace(name), filepath.ToSlash(rel)), nil
		}
	}
	return "", fmt.Errorf("%s names no module", mod)
}

// newModule writes a module that requires this version of wecombot; a botd built from a checkout uses the checkout.
func (c *cli) newModule(ctx context.Context, module string) error {
	steps := [][]string{{"mod", "init", module}}
	if source := checkout(); source != "" {
		steps = append(steps, []string{"mod", "edit", "-require=" + modulePath + "@v0.0.0", "-replace=" + modulePath + "=" + source})
		if sum, err := os.ReadFile(filepath.Join(source, "go.sum")); err == nil {
			if err := os.WriteFile("go.sum", sum, 0o644); err != nil {
				return err
			}
		}
	} else {
		steps = append(steps, []string{"get", modulePath + "@" + version()})
	}
	steps = append(steps, []string{"mod", "tidy"})
	for _, args := range steps {
		cmd := exec.CommandContext(ctx, "go", args...)
		var log bytes.Buffer
		cmd.Stdout, cmd.Stderr = &log, &log
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, log.Bytes())
		}
	}
	return nil
}

// checkout is the source that this botd was built from, if it is still there.
func checkout() string {
	if v := version(); !strings.HasPrefix(v, "devel") && !strings.Contains(v, "-0.") && !strings.Contains(v, "+dirty") {
		return ""
	}
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		return ""
	}
	dir := filepath.Dir(filepath.Dir(file))
	if b, err := os.ReadFile(filepath.Join(dir, "go.mod")); err != nil || !bytes.Contains(b, []byte("module "+modulePath)) {
		return ""
	}
	return dir
}

// unpack fills a folder of templates in; what is there already is never overwritten.
func unpack(from, to string, d scaffoldData) error {
	return fs.WalkDir(scaffolds, from, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		return unpackFile(p, filepath.Join(to, filepath.FromSlash(strings.TrimPrefix(p, from+"/"))), d)
	})
}

func unpackFile(from, to string, d scaffoldData) error {
	b, err := scaffolds.ReadFile(from)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if strings.HasPrefix(from, "scaffold/bot/rules/") { // {{ }} is the rules' own
		out.Write(b)
	} else {
		t, err := template.New(from).Parse(string(b))
		if err != nil {
			return err
		}
		if err := t.Execute(&out, d); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already: nothing is overwritten", to)
	}
	if err != nil {
		return err
	}
	if _, err := f.Write(out.Bytes()); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
