package wecom_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wecombot/wecombot/internal/testclock"
	"github.com/wecombot/wecombot/wecom"
)

const (
	getToken = "/cgi-bin/gettoken"
	getUser  = "/cgi-bin/user/get"
)

// TestTokenBehaviour is the table that clients of this platform are compared by: what each of them has to stand.
func TestTokenBehaviour(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		run  func(t *testing.T, p *platform)
	}{
		{"50 concurrent first calls make one token request", func(t *testing.T, p *platform) {
			c := p.client(t, "s3cret")
			var wg sync.WaitGroup
			for range 50 {
				wg.Go(func() { mustGet(t, c) })
			}
			wg.Wait()
			wantCount(t, p, getToken, 1)
			wantCount(t, p, getUser, 50)
		}},
		{"42001 on a live token is renewed and repeated once", func(t *testing.T, p *platform) {
			c := p.client(t, "s3cret")
			mustGet(t, c)
			p.revoke()
			p.queue(getUser, refuse(42001))
			mustGet(t, c)
			wantCount(t, p, getToken, 2)
			wantCount(t, p, getUser, 3)
		}},
		{"40014 is renewed and repeated once, with the body intact", func(t *testing.T, p *platform) {
			c := p.client(t, "s3cret")
			mustGet(t, c)
			p.revoke()
			_, err := c.Messages.Send(t.Context(), &wecom.SendRequest{ToUser: "zhangsan", MsgType: "text",
				Body: map[string]string{"content": "你好"}})
			if err != nil {
				t.Fatal(err)
			}
			wantCount(t, p, getToken, 2)
			if got := p.lastBody(); !strings.Contains(got, `"content":"你好"`) {
				t.Errorf("the repeated body is %s", got)
			}
		}},
		{"40001 outside gettoken is renewed and repeated once", func(t *testing.T, p *platform) {
			c := p.client(t, "s3cret")
			mustGet(t, c)
			p.revoke()
			p.queue(getUser, refuse(40001))
			mustGet(t, c)
			wantCount(t, p, getToken, 2)
		}},
		{"-1 backs off and repeats", func(t *testing.T, p *platform) {
			p.queue(getUser, refuse(-1), refuse(-1))
			mustGet(t, p.client(t, "s3cret"))
			wantCount(t, p, getUser, 3)
		}},
		{"45009 stops the calls of that API, and of no other, until the ban ends", func(t *testing.T, p *platform) {
			now := testclock.New()
			c := p.client(t, "s3cret", wecom.WithClock(now.Now), wecom.WithRateBan(time.Minute))
			p.queue(getUser, refuse(45009))
			for range 3 {
				if _, err := c.Users.Get(t.Context(), "zhangsan"); !errors.Is(err, wecom.ErrRateLimited) {
					t.Errorf("Get = %v, want 45009", err)
				}
			}
			wantCount(t, p, getUser, 1)
			if err := c.Do(t.Context(), "GET", "/cgi-bin/tag/list", nil, nil, nil); err != nil {
				t.Errorf("another API: %v", err)
			}
			now.Advance(time.Minute)
			mustGet(t, c)
		}},
		{"natural expiry", func(t *testing.T, p *platform) {
			now := testclock.New()
			c := p.client(t, "s3cret", wecom.WithClock(now.Now))
			mustGet(t, c)
			p.revoke()
			now.Advance(2*time.Hour + time.Second)
			mustGet(t, c)
			wantCount(t, p, getToken, 2)
			wantCount(t, p, getUser, 2)
		}},
		{"two apps of one corp share a cache and keep their own tokens", func(t *testing.T, p *platform) {
			store := &memory{}
			for range 2 {
				for _, secret := range []string{"s3cret", "other-s3cret"} {
					u, err := p.client(t, secret, wecom.WithTokenStore(store)).Users.Get(t.Context(), "zhangsan")
					if err != nil || u.Name != secret {
						t.Errorf("app %s was served as %v, %v", secret, u, err)
					}
				}
			}
			wantCount(t, p, getToken, 2)
			for key := range store.tokens {
				if strings.Contains(key, "s3cret") || !strings.Contains(key, "ww1") {
					t.Errorf("cache key %q", key)
				}
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.run(t, newPlatform(t))
		})
	}
}

func TestLateRefusalKeepsANewerToken(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c := p.client(t, "s3cret")
	mustGet(t, c)
	p.revoke()

	// Twenty calls leave with the old token; all are refused, and the refusals arrive while others renewed already.
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { mustGet(t, c) })
	}
	wg.Wait()
	wantCount(t, p, getToken, 2)
}

func TestSecondTokenErrorIsFinal(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c := p.client(t, "s3cret")
	for range 5 {
		p.queue(getUser, refuse(42001), refuse(42001))
	}
	_, err := c.Users.Get(t.Context(), "zhangsan")
	if !errors.Is(err, wecom.ErrTokenExpired) {
		t.Errorf("Get = %v, want 42001", err)
	}
	wantCount(t, p, getUser, 2)

	// The platform handed out the same token again: it is of the wrong kind for this call. Calling on must not cost a
	// token request each.
	for range 3 {
		if _, err := c.Users.Get(t.Context(), "zhangsan"); !errors.Is(err, wecom.ErrTokenExpired) {
			t.Errorf("Get = %v, want 42001", err)
		}
	}
	wantCount(t, p, getToken, 2)
	wantCount(t, p, getUser, 5)
}

// The platform hands out one token until it ends. A refusal that a renewal mended says nothing about the next one.
func TestEveryTokenErrorThatARenewalMendsIsMended(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c := p.client(t, "s3cret")
	for i, code := range []int{40014, 42001, 40001} {
		p.queue(getUser, refuse(code))
		if _, err := c.Users.Get(t.Context(), "zhangsan"); err != nil {
			t.Errorf("Get after one %d = %v, want the record", code, err)
		}
		wantCount(t, p, getToken, i+2)
	}
}

func TestWrongSecretIsNotAskedAgainForAMinute(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	now, log := testclock.New(), &logs{}
	c := p.client(t, "wr0ng", wecom.WithClock(now.Now), wecom.WithLogger(log.logger()))
	for range 10 {
		_, err := c.Users.Get(t.Context(), "zhangsan")
		var refused *wecom.Error
		if !errors.As(err, &refused) || refused.Class() != wecom.ClassAdmin {
			t.Fatalf("Get = %v, want 40001 for an administrator", err)
		}
		if strings.Contains(err.Error(), "wr0ng") {
			t.Errorf("the error holds the secret: %v", err)
		}
	}
	wantCount(t, p, getToken, 1)
	now.Advance(time.Minute)
	_, _ = c.Users.Get(t.Context(), "zhangsan")
	wantCount(t, p, getToken, 2)
	if strings.Contains(log.String(), "wr0ng") {
		t.Errorf("the log holds the secret:\n%s", log)
	}
}

func TestACallerThatGivesUpLeavesTheTokenToTheOthers(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.slowMint = make(chan struct{})
	c := p.client(t, "s3cret")
	first, cancel := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() {
		_, err := c.Users.Get(first, "zhangsan")
		gone <- err
	}()
	for p.count(getToken) == 0 {
		time.Sleep(time.Millisecond)
	}
	stayed := make(chan error)
	go func() {
		_, err := c.Users.Get(t.Context(), "zhangsan")
		stayed <- err
	}()
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("the first caller got %v", err)
	}
	close(p.slowMint)
	if err := <-stayed; err != nil {
		t.Errorf("the second caller got %v", err)
	}
	wantCount(t, p, getToken, 1)
}

func TestTokenIsRenewedEarlyWhileTheOldOneServes(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	now := testclock.New()
	c := p.client(t, "s3cret", wecom.WithClock(now.Now))
	mustGet(t, c)
	now.Advance(2*time.Hour*17/20 - time.Second)
	mustGet(t, c)
	wantCount(t, p, getToken, 1) // not before 85 % of its life

	p.mu.Lock()
	p.slowMint = make(chan struct{})
	p.mu.Unlock()
	now.Advance(2 * time.Hour / 10)
	mustGet(t, c) // served although the renewal has not been answered
	mustGet(t, c)
	for p.count(getToken) < 2 {
		time.Sleep(time.Millisecond)
	}
	close(p.slowMint)
	_ = c.Close() // waits for the renewal
	wantCount(t, p, getToken, 2)
}

// A renewal asks, gets the token that is still alive, and is slow to bring it. Meanwhile the platform revokes that token.
func TestRenewalThatAskedBeforeARefusalIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	now := testclock.New()
	c := p.client(t, "s3cret", wecom.WithClock(now.Now))
	mustGet(t, c)
	asked, release := make(chan struct{}), make(chan struct{})
	p.queue(getToken, func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-release
		fmt.Fprint(w, `{"access_token":"token-1","expires_in":600}`)
	})
	now.Advance(2*time.Hour - time.Minute)
	mustGet(t, c)
	<-asked
	p.revoke()
	mustGet(t, c)
	close(release)
	_ = c.Close() // waits for the renewal
	mustGet(t, c)
	wantCount(t, p, getToken, 3)
}

func TestTokenStore(t *testing.T) {
	t.Parallel()
	t.Run("a second process takes the token from the store", func(t *testing.T) {
		t.Parallel()
		p, store := newPlatform(t), &memory{}
		mustGet(t, p.client(t, "s3cret", wecom.WithTokenStore(store)))
		mustGet(t, p.client(t, "s3cret", wecom.WithTokenStore(store)))
		wantCount(t, p, getToken, 1)
	})
	t.Run("a token revoked is not taken from the store again", func(t *testing.T) {
		t.Parallel()
		p, store := newPlatform(t), &memory{}
		c := p.client(t, "s3cret", wecom.WithTokenStore(store))
		mustGet(t, c)
		p.revoke()
		mustGet(t, c)
		wantCount(t, p, getToken, 2)
	})
	t.Run("a failing store costs nothing but the sharing", func(t *testing.T) {
		t.Parallel()
		p, log := newPlatform(t), &logs{}
		c := p.client(t, "s3cret", wecom.WithTokenStore(&memory{err: errors.New("disk full")}), wecom.WithLogger(log.logger()))
		mustGet(t, c)
		mustGet(t, c)
		wantCount(t, p, getToken, 1)
		if !strings.Contains(log.String(), "disk full") || strings.Contains(log.String(), "token-1") {
			t.Errorf("log:\n%s", log)
		}
	})
}

func TestClosedClientStartsNothing(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c := p.client(t, "s3cret")
	_ = c.Close()
	if _, err := c.Users.Get(t.Context(), "zhangsan"); err == nil {
		t.Error("a closed client fetched a token")
	}
}

func TestTokenDoesNotPrint(t *testing.T) {
	t.Parallel()
	log := &logs{}
	tok := wecom.Token{Value: "t0ken", Expires: time.Unix(0, 0)}
	log.logger().Info("got", "token", tok)
	if s := fmt.Sprintf("%v %+v %#v %s", tok, tok, tok, log); strings.Contains(s, "t0ken") {
		t.Errorf("it prints: %s", s)
	}
}

func mustGet(t *testing.T, c *wecom.Client) {
	t.Helper()
	if u, err := c.Users.Get(t.Context(), "zhangsan"); err != nil || u.UserID != "zhangsan" {
		t.Errorf("Get = %v, %v", u, err)
	}
}

func wantCount(t *testing.T, p *platform, path string, want int) {
	t.Helper()
	if got := p.count(path); got != want {
		t.Errorf("%d calls of %s, want %d", got, path, want)
	}
}

// memory is a TokenStore.
type memory struct {
	mu     sync.Mutex
	tokens map[string]wecom.Token
	err    error
}

func (m *memory) LoadToken(_ context.Context, key string) (wecom.Token, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	tok, ok := m.tokens[key]
	return tok, ok, m.err
}

func (m *memory) SaveToken(_ context.Context, key string, tok wecom.Token) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tokens == nil {
		m.tokens = map[string]wecom.Token{}
	}
	m.tokens[key] = tok
	return m.err
}
