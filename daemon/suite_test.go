package daemon

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/internal/secret"
	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/storage/memstore"
	"github.com/wecombot/wecombot/wecom"
	"github.com/wecombot/wecombot/wecom/spec"
)

func TestVault(t *testing.T) {
	t.Parallel()
	open := func(s Suite) vault {
		t.Helper()
		v, err := newVault(&s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	own := Suite{SuiteID: "ww1", SuiteSecret: secret.New("s3cret")}
	sealed := open(own).seal("corp/ww1/ww2", "permanent")
	if bytes.Contains(sealed, []byte("permanent")) || bytes.Equal(sealed, open(own).seal("corp/ww1/ww2", "permanent")) {
		t.Error("what is sealed can be read, or compared")
	}
	if got, err := open(own).open("corp/ww1/ww2", sealed); err != nil || got != "permanent" {
		t.Errorf("open = %q, %v", got, err)
	}
	for name, tt := range map[string]struct {
		suite Suite
		place string
	}{
		"another corp":    {own, "corp/ww1/ww3"},
		"another suite":   {Suite{SuiteID: "ww9", SuiteSecret: secret.New("s3cret")}, "corp/ww1/ww2"},
		"another secret":  {Suite{SuiteID: "ww1", SuiteSecret: secret.New("other")}, "corp/ww1/ww2"},
		"a key, not none": {Suite{SuiteID: "ww1", SuiteSecret: secret.New("s3cret"), StorageKey: secret.New("k")}, "corp/ww1/ww2"},
	} {
		if got, err := open(tt.suite).open(tt.place, sealed); !errors.Is(err, errSealed) {
			t.Errorf("%s: open = %q, %v", name, got, err)
		}
	}
	keyed := Suite{SuiteID: "ww1", SuiteSecret: secret.New("s3cret"), StorageKey: secret.New("k")}
	sealed = open(keyed).seal("x", "permanent")
	keyed.SuiteSecret = secret.New("rotated")
	if got, err := open(keyed).open("x", sealed); err != nil || got != "permanent" {
		t.Errorf("with a storage key, after the suite's secret changed: %q, %v", got, err)
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := open(keyed).open("x", sealed); !errors.Is(err, errSealed) {
		t.Errorf("changed bytes: %v", err)
	}
}

func TestQueuedCodesAreSealed(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	queue, err := store.Queue("suites", 0)
	if err != nil {
		t.Fatal(err)
	}
	s := &suite{Suite: &Suite{Name: "sales", SuiteID: "ww1", SuiteSecret: secret.New("s3cret")}, suites: &suites{queue: queue}}
	if s.vault, err = newVault(s.Suite); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the platform sends an event again that was answered late
		if err := s.queueExchange(t.Context(), "the-auth-code-of-a-corp"); err != nil {
			t.Fatal(err)
		}
	}
	items, err := queue.Pending(t.Context(), 0)
	if err != nil || len(items) != 1 {
		t.Fatalf("%d jobs, %v; want one", len(items), err)
	}
	encoded := base64.StdEncoding.EncodeToString([]byte("the-auth-code-of-a-corp"))
	if body := string(items[0].Body); strings.Contains(body, "auth-code") || strings.Contains(body, encoded[:20]) || strings.Contains(items[0].ID, "auth-code") {
		t.Errorf("the queue holds %s as %s", items[0].ID, body)
	}
}

func TestNamesOfCorpsApps(t *testing.T) {
	t.Parallel()
	s := &suite{Suite: &Suite{Name: "sales"}}
	seen := map[string]string{}
	for _, id := range []string{"ww0123456789abcdef", "wpAbc", "wpabc", "wpaBC", "wp_abc", "wp-abc"} {
		name := s.appName(id)
		if other, twice := seen[name]; twice {
			t.Errorf("%s and %s are both %s", id, other, name)
		}
		seen[name] = id
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" || !strings.HasPrefix(name, "sales.") {
			t.Errorf("%s is named %s", id, name)
		}
	}
	if s.appName("ww0123456789abcdef") != "sales.ww0123456789abcdef" {
		t.Errorf("a plain id is named %s", s.appName("ww0123456789abcdef"))
	}
}

func TestWhatMayBeDifferentLater(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]bool{
		&wecom.Error{Code: wecom.ErrBusy}:               true,
		&wecom.Error{Code: wecom.ErrRateLimited}:        true,
		&wecom.Error{Code: wecom.ErrInvalidSuiteTicket}: true,
		&wecom.Error{Code: wecom.ErrSuiteTokenExpired}:  true,
		&wecom.TransportError{Err: errors.New("reset")}: true,
		fmt.Errorf("op: %w", errNoTicket):               true,
		&wecom.Error{Code: 40078}:                       false,
		&wecom.Error{Code: wecom.ErrInvalidPermanent}:   false,
		&wecom.Error{Code: wecom.ErrAuthCancelled}:      false,
		errSealed: false,
	} {
		if got := passes(err); got != want {
			t.Errorf("passes(%v) = %v", err, got)
		}
	}
}

func TestEveryOperationIsDescribed(t *testing.T) {
	t.Parallel()
	for op := range spec.Operations() {
		var out, errs bytes.Buffer
		code := Run(t.Context(), plugins.NewRegistry(), []string{"api", "--describe", op.Method, op.Path}, strings.NewReader(""), &out, &errs)
		if code != 0 || !strings.Contains(out.String(), "EXAMPLE\n  botd api") {
			t.Errorf("%s: exit %d, %s%s", op.Path, code, &out, &errs)
		}
		for _, f := range op.Body {
			if !strings.Contains(out.String(), "\n  "+f.Name) && op.Answers != spec.URL && op.Path != "/connect/oauth2/authorize" {
				t.Errorf("%s: %s is not described", op.Path, f.Name)
			}
		}
	}
}
