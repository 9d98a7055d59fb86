package bot

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wecombot/wecombot/crypto"
	"github.com/wecombot/wecombot/internal/failpoint"
	"github.com/wecombot/wecombot/message"
)

// refusal is a callback that reaches no handler.
type refusal struct {
	status int
	body   string
	reason string // label of the metric
	err    error  // for the log
}

// The bodies say no more than the status: an attacker learns nothing, and all 403 look alike.
var (
	refuseApp      = refusal{status: http.StatusNotFound, body: "unknown app\n", reason: "unknown_app"}
	refuseParams   = refusal{status: http.StatusBadRequest, body: "bad request\n", reason: "missing_parameter"}
	refuseXML      = refusal{status: http.StatusBadRequest, body: "bad request\n", reason: "not_xml"}
	refuseRead     = refusal{status: http.StatusBadRequest, body: "bad request\n", reason: "unreadable_body"}
	refuseSize     = refusal{status: http.StatusRequestEntityTooLarge, body: "too large\n", reason: "too_large"}
	refuseOverload = refusal{status: http.StatusServiceUnavailable, body: "busy\n", reason: "overload"}
	refuseDraining = refusal{status: http.StatusServiceUnavailable, body: "busy\n", reason: "shutting_down"}
	refuseStore    = refusal{status: http.StatusInternalServerError, body: "error\n", reason: "store"}
)

func (r refusal) because(err error) *refusal { r.err = err; return &r }

func refuseCrypto(err error) *refusal {
	r := &refusal{status: http.StatusForbidden, body: "refused\n", reason: "undecryptable", err: err}
	var precise *crypto.Refusal
	if errors.As(err, &precise) {
		r.reason = string(precise.Reason)
	}
	return r
}

func (b *Bot) routes() http.Handler {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.GET("/callback/:app", b.verify)
	e.POST("/callback/:app", b.receive)
	b.suiteRoutes(e)
	return e
}

// verify answers the URL verification of doc 90930 with the decrypted echostr and nothing else.
func (b *Bot) verify(c echo.Context) error {
	a := b.app(c.Param("app"))
	if a == nil {
		return b.refuse(c, nil, &refuseApp)
	}
	return b.verifyFor(c, a)
}

func (b *Bot) verifyFor(c echo.Context, a *app) error {
	q := c.QueryParams()
	echostr := q.Get("echostr")
	if q.Get("msg_signature") == "" || q.Get("timestamp") == "" || q.Get("nonce") == "" || echostr == "" {
		return b.refuse(c, a, &refuseParams)
	}
	opened, err := a.Crypter.Open(q.Get("msg_signature"), q.Get("timestamp"), q.Get("nonce"), []byte(echostr))
	if err != nil {
		return b.refuse(c, a, refuseCrypto(err))
	}
	b.metrics.verified.WithLabelValues(a.Name).Inc()
	b.log.Info("callback url verified", "app", a.Name, "corp", a.CorpID)
	return c.Blob(http.StatusOK, "text/plain; charset=utf-8", opened.Message)
}

// receive takes one attempt of one callback.
func (b *Bot) receive(c echo.Context) error {
	start := time.Now()
	a := b.app(c.Param("app"))
	if a == nil {
		return b.refuse(c, nil, &refuseApp)
	}
	at, ref := b.open(c, a)
	if ref != nil {
		return b.refuse(c, a, ref)
	}
	at.start = start
	failpoint.Hit(failpoint.CallbackOpened)
	return b.answer(c, at)
}

// attempt is one opened delivery of a message.
type attempt struct {
	app    *app
	msg    *message.Message
	opened crypto.Opened
	nonce  string
	json   bool // the envelope's edition, which the reply repeats
	start  time.Time
}

func (b *Bot) open(c echo.Context, a *app) (*attempt, *refusal) {
	if b.draining.Load() {
		return nil, &refuseDraining
	}
	buf := bodies.Get().(*bytes.Buffer)
	defer func() {
		if buf.Cap() <= maxKept {
			buf.Reset()
			bodies.Put(buf)
		}
	}()
	if ref := b.read(c.Request(), buf); ref != nil {
		return nil, ref
	}
	env, err := message.ParseEnvelope(buf.Bytes())
	if err != nil {
		return nil, refuseXML.because(err)
	}
	q := c.QueryParams()
	signature, timestamp, nonce := q.Get("msg_signature"), q.Get("timestamp"), q.Get("nonce")
	if signature == "" || timestamp == "" || nonce == "" || len(env.Encrypt) == 0 {
		return nil, &refuseParams
	}
	opened, err := a.Crypter.Open(signature, timestamp, nonce, env.Encrypt)
	if err != nil {
		return nil, refuseCrypto(err)
	}
	msg, err := message.Parse(opened.Message)
	if err != nil {
		return nil, refuseXML.because(err)
	}
	return &attempt{app: a, msg: msg, opened: opened, nonce: nonce, json: env.JSON}, nil
}

// maxKept is the buffer size, in bytes, beyond which it is not reused: a few huge callbacks must not pin memory.
const maxKept = 64 << 10

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (b *Bot) read(r *http.Request, buf *bytes.Buffer) *refusal {
	if r.ContentLength > b.maxBody {
		return &refuseSize
	}
	n, err := buf.ReadFrom(io.LimitReader(r.Body, b.maxBody+1))
	if err != nil {
		return refuseRead.because(err)
	}
	if n > b.maxBody {
		return &refuseSize
	}
	return nil
}

// refuse answers with the refusal's status, counts it by reason, and logs precisely why.
func (b *Bot) refuse(c echo.Context, a *app, r *refusal) error {
	name := ""
	if a != nil {
		name = a.Name
	}
	b.metrics.refused.WithLabelValues(name, r.reason).Inc()
	b.metrics.exits.WithLabelValues(name, "refused").Inc()
	b.log.Warn("callback refused", "app", name, "reason", r.reason, "status", r.status, "err", r.err, "remote", c.RealIP())
	if r.status == http.StatusServiceUnavailable {
		c.Response().Header().Set("Retry-After", "1")
	}
	return c.Blob(r.status, "text/plain; charset=utf-8", []byte(r.body))
}

// answer joins the attempt to its run, waits for what it may say, and says it.
func (b *Bot) answer(c echo.Context, at *attempt) error {
	key := messageKey(at)
	r, fresh := b.ledger.claim(key, func() *run { return b.newRun(at.app, at.msg, key) })
	n := r.join()
	failpoint.Hit(failpoint.ClaimMade)
	b.metrics.attempts.WithLabelValues(at.app.Name, attemptLabel(n)).Inc()
	if fresh && b.replicas {
		mine, out, err := b.claimShared(c.Request().Context(), r)
		if err != nil || out.err != nil {
			b.ledger.forget(r)
			return b.refuse(c, at.app, refuseStore.because(errors.Join(err, out.err)))
		}
		if !mine {
			b.ledger.forget(r)
			b.count(at, out, false)
			return b.write(c, at, out.passive)
		}
	}
	if fresh {
		if err := b.begin(r); err != nil {
			b.ledger.forget(r)
			r.unclaim()
			r.refuse(err) // also those that joined meanwhile
		}
	} else {
		r.noteDuplicate(n)
	}
	defer r.attend()()
	out := r.await(c.Request().Context(), n)
	switch {
	case errors.Is(out.err, errBusy):
		return b.refuse(c, at.app, refuseOverload.because(out.err))
	case errors.Is(out.err, errDraining):
		return b.refuse(c, at.app, refuseDraining.because(out.err))
	case out.err != nil:
		return b.refuse(c, at.app, refuseStore.because(out.err))
	case out.gone: // the platform hung up; a retry gets the answer. Whoever reads this all the same must not take it for a 200.
		return c.NoContent(http.StatusServiceUnavailable)
	}
	err := b.write(c, at, out.passive)
	if out.passive != nil {
		failpoint.Hit(failpoint.AfterPassive)
	}
	r.written(out, err == nil && c.Request().Context().Err() == nil)
	b.count(at, out, fresh)
	return err
}

func attemptLabel(n int) string {
	if n > 3 {
		return "more"
	}
	return strconv.Itoa(n)
}

func (b *Bot) count(at *attempt, out outcome, fresh bool) {
	exit := "answered"
	switch {
	case !fresh:
		exit = "duplicate"
	case out.deferred:
		exit = "deferred"
	}
	took := time.Since(at.start)
	b.metrics.exits.WithLabelValues(at.app.Name, exit).Inc()
	b.metrics.took.WithLabelValues(at.app.Name).Observe(took.Seconds())
	b.metrics.remaining.Observe((platformTimeout - took).Seconds())
}

// write sends the encrypted passive reply, or an empty 200.
func (b *Bot) write(c echo.Context, at *attempt, passive []byte) error {
	if len(passive) == 0 {
		failpoint.Hit(failpoint.BeforeEarly200)
		return c.NoContent(http.StatusOK)
	}
	sealed, err := at.app.Crypter.Seal(passive, at.opened.Receiver, at.opened.Key, b.now().Unix(), at.nonce)
	if err != nil {
		return fmt.Errorf("seal reply: %w", err)
	}
	failpoint.Hit(failpoint.BeforePassive)
	if at.json {
		return c.Blob(http.StatusOK, "application/json; charset=utf-8", sealed.AppendJSON(nil))
	}
	return c.Blob(http.StatusOK, "application/xml; charset=utf-8", sealed.AppendXML(nil))
}

// outcome is what one attempt may answer.
type outcome struct {
	passive  []byte // plaintext XML; nil: empty 200
	deferred bool   // the answer goes active
	offered  bool   // passive is on offer: tell whether it was written
	gone     bool   // the platform hung up
	err      error  // nothing can be promised
}
