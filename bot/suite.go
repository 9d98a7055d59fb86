package bot

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wecombot/wecombot/crypto"
	"github.com/wecombot/wecombot/message"
)

// Suite is a third-party app (第三方应用) of a service provider: one callback URL for the platform's commands and for what
// members of all corps send that installed it.
type Suite struct {
	Name string // the {suite} of /suite/{suite}
	// Crypter opens what is addressed to the provider (URL verification), to the suite (commands) and to the corps.
	Crypter *crypto.Crypter
	// Command takes an event of the platform (InfoType). It must keep what it needs before it returns nil: then the
	// platform is told success and does not send the event again. It has commandTime, less than the platform's 5 s.
	Command func(ctx context.Context, m *message.Message) error
	// App names the app that a corp's callbacks are for; "" where the corp has none.
	App func(corpID string) string
}

// commandTime is what a suite's command may take.
const commandTime = 4 * time.Second

var errNoCommand = errors.New("bot: a suite needs a name, a crypter, Command and App")

var refuseSuite = refusal{status: http.StatusNotFound, body: "unknown app\n", reason: "unknown_suite"}

// SetSuite adds or replaces a suite.
func (b *Bot) SetSuite(s Suite) error {
	if s.Name == "" || s.Crypter == nil || s.Command == nil || s.App == nil {
		return errNoCommand
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.suites[s.Name] = &s
	return nil
}

// suiteRoutes are those of suites. The platform may be given one URL for commands and data, or two.
func (b *Bot) suiteRoutes(e *echo.Echo) {
	for _, path := range []string{"/suite/:suite", "/suite/:suite/data"} {
		e.GET(path, b.verifySuite)
		e.POST(path, b.receiveSuite)
	}
}

// suite is the suite of a callback, and an app without rules that refusals and metrics are counted for.
func (b *Bot) suite(c echo.Context) (*Suite, *app) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	s := b.suites[c.Param("suite")]
	if s == nil {
		return nil, nil
	}
	return s, &app{App: App{Name: s.Name, Crypter: s.Crypter}}
}

// verifySuite answers the URL verification, which is addressed to the provider.
func (b *Bot) verifySuite(c echo.Context) error {
	s, a := b.suite(c)
	if s == nil {
		return b.refuse(c, nil, &refuseSuite)
	}
	return b.verifyFor(c, a)
}

// receiveSuite takes a command, or a message that a corp's member sent.
func (b *Bot) receiveSuite(c echo.Context) error {
	start := time.Now()
	s, a := b.suite(c)
	if s == nil {
		return b.refuse(c, nil, &refuseSuite)
	}
	at, ref := b.open(c, a)
	if ref != nil {
		return b.refuse(c, a, ref)
	}
	at.start = start
	if at.msg.InfoType != "" {
		return b.command(c, s, a, at)
	}
	if at.app = b.app(s.App(at.opened.Receiver)); at.app == nil {
		return b.refuse(c, a, &refuseApp)
	}
	return b.answer(c, at)
}

// command hands an event over and answers the one word that the platform wants.
func (b *Bot) command(c echo.Context, s *Suite, a *app, at *attempt) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), commandTime)
	defer cancel()
	if err := s.Command(ctx, at.msg); err != nil {
		return b.refuse(c, a, refuseStore.because(err))
	}
	b.metrics.exits.WithLabelValues(a.Name, "answered").Inc()
	b.metrics.took.WithLabelValues(a.Name).Observe(time.Since(at.start).Seconds())
	b.log.Info("suite event", "suite", s.Name, "event", at.msg.InfoType, "corp", at.msg.Field("AuthCorpId"))
	return c.String(http.StatusOK, "success")
}
