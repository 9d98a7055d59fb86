package dialog

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/storage/boltstore"
)

// killedEnv makes the test binary the process that TestKill kills: FOLDER|FIRST MESSAGE|POINT.
const killedEnv = "WECOMBOT_DIALOG_KILL"

func TestMain(m *testing.M) {
	if job := os.Getenv(killedEnv); job != "" {
		os.Exit(runToBeKilled(job))
	}
	os.Exit(m.Run())
}

var killScript = []string{"开始", "3", "x", "返回", "5", "年", "是", "加急"}

const killWant = "完成 5 年假 R-5 加急"

// killer ends the process, as kill -9 does, at the n-th point it comes to.
type killer struct{ left int }

func (k *killer) point() {
	if k.left--; k.left == 0 {
		p, err := os.FindProcess(os.Getpid())
		if err == nil {
			_ = p.Kill()
		}
		select {} // the signal is on its way
	}
}

// killKV has a point before and after every write.
type killKV struct {
	storage.KV
	*killer
}

func (k killKV) Create(ctx context.Context, key string, value []byte, ttl time.Duration) (uint64, error) {
	k.point()
	rev, err := k.KV.Create(ctx, key, value, ttl)
	k.point()
	return rev, err
}

func (k killKV) Update(ctx context.Context, key string, value []byte, ttl time.Duration, rev uint64) (uint64, error) {
	k.point()
	rev, err := k.KV.Update(ctx, key, value, ttl, rev)
	k.point()
	return rev, err
}

// runToBeKilled takes messages from the first on, and notes in files which it has answered and what it has done.
func runToBeKilled(job string) int {
	parts := strings.Split(job, "|")
	folder := parts[0]
	first, _ := strconv.Atoi(parts[1])
	point, _ := strconv.Atoi(parts[2])
	note := func(file, line string) {
		f, err := os.OpenFile(filepath.Join(folder, file), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			panic(err)
		}
		defer f.Close()
		fmt.Fprintln(f, line)
	}
	store, err := boltstore.Open(filepath.Join(folder, "botd.db"))
	if err != nil {
		panic(err)
	}
	defer store.Close()
	kv, err := store.KV("dialogs")
	if err != nil {
		panic(err)
	}
	k := &killer{left: point}
	e := New(killKV{kv, k})
	def := e.Define("order", func(d *D) (reply.Reply, error) {
		n, err := d.AskInt("几？")
		if err != nil {
			return nil, err
		}
		kind, err := d.AskChoice("哪种？", []string{"年假", "病假"})
		if err != nil {
			return nil, err
		}
		if err := d.Confirm("行吗？"); err != nil {
			return nil, err
		}
		id, err := Do(d, "reserve", func(context.Context) (string, error) {
			k.point()
			note("effects", d.Key("reserve"))
			k.point()
			return fmt.Sprint("R-", n), nil
		})
		if err != nil {
			return nil, err
		}
		text, err := d.Ask("备注？")
		if err != nil {
			return nil, err
		}
		_, err = Do(d, "pay", func(context.Context) (bool, error) {
			note("effects", d.Key("pay"))
			return true, nil
		}, AtMostOnce())
		if errors.Is(err, ErrInterrupted) {
			text += "?"
		} else if err != nil {
			return nil, err
		}
		return reply.Text(fmt.Sprintf("完成 %d %s %s %s", n, kind, id, text)), nil
	}, Timeout(2*time.Hour))
	handler := e.Middleware()(router.HandlerFunc(func(ctx context.Context, q *router.Request) (reply.Reply, error) {
		if q.Text == "开始" {
			return def.Handle(ctx, q)
		}
		return reply.Text("router: " + q.Text), nil
	}))
	for i := first; i < len(killScript); i++ {
		m := &message.Message{To: "ww1", From: "zhangsan", Type: message.TypeText, ID: uint64(i + 1), Text: killScript[i], CreateTime: time.Now().Unix()}
		m.CreateTime -= m.CreateTime % 3600 // the same when it is delivered again; the dialog waits two hours
		r, err := handler.Handle(context.Background(), &router.Request{Message: m, App: "hr"})
		if err != nil {
			panic(err)
		}
		units, err := r.Units(reply.Options{})
		if err != nil {
			panic(err)
		}
		note("answers", fmt.Sprintf("%d %q", i, units[len(units)-1].Plain))
	}
	return 0
}

// TestKill kills a real process at every point around its writes and effects, starts it again with the message that
// had no answer, and finds the conversation where it was. Every fourth point is a sample; WECOMBOT_TORTURE=1 takes all.
func TestKill(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts many processes")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	run := func(folder string, first, point int) error {
		cmd := exec.CommandContext(t.Context(), self)
		cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", fmt.Sprintf("%s=%s|%d|%d", killedEnv, folder, first, point))
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.ExitCode() > 0 {
			t.Fatalf("point %d: %v\n%s", point, err, out)
		}
		return err
	}
	step := 4
	if os.Getenv("WECOMBOT_TORTURE") != "" {
		step = 1
	}
	for point := 1; ; point += step {
		folder := t.TempDir()
		killed := run(folder, 0, point)
		if killed != nil {
			if err := run(folder, len(lines(t, folder, "answers")), 0); err != nil {
				t.Fatalf("point %d: the second process: %v", point, err)
			}
		}
		answers := lines(t, folder, "answers")
		last := answers[len(answers)-1]
		effects := strings.Join(lines(t, folder, "effects"), " ")
		doubtful := strings.HasSuffix(last, `加急?"`) // killed while pay ran, or before it was recorded
		if len(answers) != len(killScript) || !strings.HasPrefix(last, `7 "`+killWant) {
			t.Errorf("point %d: answers %q", point, answers)
		}
		if n := strings.Count(effects, "-pay"); n > 1 || n == 0 && !doubtful {
			t.Errorf("point %d: effects %s: pay ran %d times", point, effects, n)
		}
		if n := strings.Count(effects, "-reserve"); n < 1 || n > 2 || !sameWords(effects, "-reserve") {
			t.Errorf("point %d: effects %s: reserve must run once, or again with the same key", point, effects)
		}
		if killed == nil {
			if point < 20 {
				t.Errorf("only %d points were come to", point)
			}
			return
		}
	}
}

// sameWords reports whether the words with an ending are all the same.
func sameWords(s, ending string) bool {
	seen := ""
	for w := range strings.FieldsSeq(s) {
		if strings.HasSuffix(w, ending) {
			if seen != "" && w != seen {
				return false
			}
			seen = w
		}
	}
	return true
}

func lines(t *testing.T, folder, file string) []string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(folder, file))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return strings.FieldsFunc(string(raw), func(r rune) bool { return r == '\n' })
}
