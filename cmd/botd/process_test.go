package main_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/wecombot/wecombot/simulator"
)

// built is the botd under test, made once by TestMain.
var built string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "botd")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	built = filepath.Join(dir, "botd")
	if out, err := exec.Command("go", "build", "-o", built, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build botd: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// secrets of the test app: none of them may appear in any output.
const (
	appSecret = "SECRETsecretSECRETsecretSECRETsecretSECRET0"
	appToken  = "TOKENtokenTOKENtoken"
	appKey    = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
)

// daemon is a running botd and the platform it serves on.
type daemon struct {
	t        *testing.T
	name     string // of the app
	dir      string
	binary   string
	sim      *simulator.Server
	app      simulator.App
	cmd      *exec.Cmd
	callback string // base URL
	admin    string
	mu       sync.Mutex
	log      bytes.Buffer
	ctx      context.Context
	done     chan struct{}
}

// newDaemon lays a configuration out; files are name → content, bot.yaml gets %[1]s for the platform's URL.
func newDaemon(t *testing.T, rules string, more ...string) *daemon {
	t.Helper()
	return newDaemonOn(t, simulator.New(), rules, more...)
}

// newDaemonOn is newDaemon on a given platform, which it closes.
func newDaemonOn(t *testing.T, sim *simulator.Server, rules string, more ...string) *daemon {
	t.Helper()
	d := &daemon{t: t, name: "hr", dir: t.TempDir(), binary: built, sim: sim}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	d.ctx = ctx
	simulator.Demo(d.sim)
	d.app = d.sim.AddApp(simulator.App{CorpID: "ww0123456789abcdef", AgentID: 1000002, Secret: appSecret, Token: appToken, EncodingAESKey: appKey})
	t.Cleanup(func() {
		d.kill()
		d.sim.Close()
		cancel()
	})
	d.write("bot.yaml", fmt.Sprintf(`
server: {listen: "127.0.0.1:0", admin: "%s"}
storage: bolt:data/botd.db
log: {level: debug, format: json}
%s
apps:
  - name: hr
    corp_id: ww0123456789abcdef
    agent_id: 1000002
    secret: ${HR_SECRET}
    token: ${HR_TOKEN}
    encoding_aes_key: ${HR_AES_KEY}
    api_base: %s
    rules: [rules/*.yaml]
`, freeAddress(t), strings.Join(more, "\n"), d.sim.URL))
	d.write("rules/a.yaml", rules)
	return d
}

// file reads a file of the daemon's folder.
func (d *daemon) file(name string) string {
	d.t.Helper()
	b, err := os.ReadFile(filepath.Join(d.dir, name))
	if err != nil {
		d.t.Fatal(err)
	}
	return string(b)
}

// freeAddress is an address for the admin listener, which the commands have to find.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (d *daemon) write(name, content string) {
	d.t.Helper()
	path := filepath.Join(d.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		d.t.Fatal(err)
	}
}

func environment() []string {
	return append(os.Environ(), "HR_SECRET="+appSecret, "HR_TOKEN="+appToken, "HR_AES_KEY="+appKey)
}

// run runs one botd command in the daemon's folder.
func (d *daemon) run(args ...string) (stdout string, code int) {
	d.t.Helper()
	cmd := exec.Command(built, args...)
	cmd.Dir, cmd.Env = d.dir, environment()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		d.t.Fatal(err)
	}
	return out.String() + errs.String(), cmd.ProcessState.ExitCode()
}

var serves = regexp.MustCompile(`"callback":"([^"]+)","admin":"([^"]+)"`)

// start starts botd run, with more environment, and waits until it serves.
func (d *daemon) start(env ...string) *daemon {
	d.t.Helper()
	ready, err := d.boot(env...)
	if err != nil {
		d.t.Fatal(err)
	}
	select {
	case m := <-ready:
		d.callback, d.admin = "http://"+m[1], "http://"+m[2]
	case <-d.done:
		d.t.Fatalf("botd ended: %s", d.output())
	case <-d.ctx.Done():
		d.t.Fatalf("botd does not serve: %s", d.output())
	}
	d.sim.SetCallbackURL(d.app, d.callback+"/callback/"+d.name)
	return d
}

// boot starts the process. ready gets the addresses once it serves.
func (d *daemon) boot(env ...string) (ready <-chan []string, err error) {
	d.cmd = exec.Command(d.binary, "run", "-c", "bot.yaml")
	d.cmd.Dir, d.cmd.Env = d.dir, append(environment(), env...)
	pipe, err := d.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	addresses := make(chan []string, 1)
	d.done = make(chan struct{})
	go d.follow(pipe, addresses, d.done)
	return addresses, nil
}

func (d *daemon) follow(r io.Reader, ready chan<- []string, done chan<- struct{}) {
	defer close(done)
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		d.mu.Lock()
		d.log.WriteString(s.Text() + "\n")
		d.mu.Unlock()
		if m := serves.FindStringSubmatch(s.Text()); m != nil {
			ready <- m
		}
	}
}

func (d *daemon) output() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.log.String()
}

// stop sends SIGTERM and returns the exit code.
func (d *daemon) stop() int {
	d.t.Helper()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		d.t.Fatal(err)
	}
	<-d.done
	_ = d.cmd.Wait()
	code := d.cmd.ProcessState.ExitCode()
	d.cmd = nil
	return code
}

// kill ends the process as a power failure does.
func (d *daemon) kill() {
	if d.cmd == nil {
		return
	}
	_ = d.cmd.Process.Kill()
	<-d.done
	_ = d.cmd.Wait()
	d.cmd = nil
}

// reap tidies up after a process that ended by itself.
func (d *daemon) reap() {
	<-d.done
	_ = d.cmd.Wait()
	d.cmd = nil
}

// get reads a page of the admin listener.
func (d *daemon) get(path string) (int, string) {
	d.t.Helper()
	res, err := http.Get(d.admin + path)
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// says sends a text and returns the passive answer, or "".
func (d *daemon) says(user, text string) string {
	d.t.Helper()
	del := d.sim.Say(d.ctx, d.app, user, text)
	if del.Problem != "" {
		d.t.Errorf("%q: %s", text, del.Problem)
	}
	if del.Reply == nil {
		return ""
	}
	return del.Reply.Text
}
