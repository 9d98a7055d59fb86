package simulator

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"
)

const (
	callbackLimit = 5 * time.Second // for one attempt (doc 90930)
	maxAttempts   = 3               // of one callback
	verifyLimit   = time.Second     // for the URL verification
	maxReply      = 1 << 20         // bytes that are read of an answer
	firstMsgID    = 7000000000000000000
)

// Delivery is a callback and what became of it.
type Delivery struct {
	ID        int64     `json:"id"`
	Seq       int64     `json:"seq"` // its place among the messages of all inboxes
	Time      time.Time `json:"time"`
	CorpID    string    `json:"corp_id"`
	AgentID   int64     `json:"agent_id"`
	User      string    `json:"user"`
	Type      string    `json:"type"`            // MsgType
	Event     string    `json:"event,omitempty"` // of an event
	Note      string    `json:"note"`            // how the member's own conversation shows it
	MsgID     uint64    `json:"msg_id,string,omitempty"`
	Plaintext string    `json:"plaintext"` // what was encrypted; the same in every attempt
	Attempts  []Attempt `json:"attempts"`
	Reply     *Reply    `json:"reply,omitempty"`   // the passive reply that was accepted
	Problem   string    `json:"problem,omitempty"` // why a reply was not accepted, or nothing could be delivered
	Seen      bool      `json:"seen"`              // the member sees the reply
	Received  bool      `json:"received"`          // an attempt was answered with 200
	Done      bool      `json:"done"`
}

// Attempt is one POST of a callback.
type Attempt struct {
	Number   int           `json:"number"`         // 1 to 3
	Copy     int           `json:"copy,omitempty"` // 2 in the second copy of an injected duplicate
	Start    time.Time     `json:"start"`
	Took     time.Duration `json:"took"`             // nanoseconds
	Status   int           `json:"status,omitempty"` // of HTTP; 0 without an answer
	Err      string        `json:"err,omitempty"`
	TimedOut bool          `json:"timed_out,omitempty"`
	Done     bool          `json:"done"`

	Request  string `json:"request,omitempty"`  // the encrypted body
	Query    string `json:"query,omitempty"`    // the signature, time and nonce
	Response string `json:"response,omitempty"` // the body of the answer, still encrypted
}

// delivery is a Delivery under way. Its fields are guarded by the server's lock.
type delivery struct {
	Delivery
	message Message
	shown   []string // replies that were shown, without their time
}

func (d *delivery) snapshot() Delivery {
	c := d.Delivery
	c.Attempts = slices.Clone(d.Attempts)
	if d.Reply != nil {
		r := *d.Reply
		c.Reply = &r
	}
	return c
}

// Say lets a member write to an app and waits until the callback is answered or given up.
func (s *Server) Say(ctx context.Context, a App, user, text string) *Delivery {
	return s.Send(ctx, a, user, Text(text))
}

// Send delivers a message or event of a member to an app's callback URL and waits until it is answered or given up:
// at most three attempts of five seconds, each encrypted anew. An app is found by its CorpID and AgentID.
func (s *Server) Send(ctx context.Context, a App, user string, m Message) *Delivery {
	d, target, problem := s.begin(a, user, m)
	if problem != "" {
		return &Delivery{User: user, Type: m.Type, Note: m.Note, Problem: problem, Done: true}
	}
	return s.run(ctx, d, target)
}

// Start is Send that does not wait: the delivery is the platform's own affair, and Events tells how it goes on.
func (s *Server) Start(a App, user string, m Message) *Delivery {
	d, target, problem := s.begin(a, user, m)
	if problem != "" {
		return &Delivery{User: user, Type: m.Type, Note: m.Note, Problem: problem, Done: true}
	}
	s.mu.Lock()
	out := d.snapshot()
	closed := s.stop.Err() != nil
	if !closed {
		s.serving.Add(1) // under the lock: Close waits only after it has locked
	}
	s.mu.Unlock()
	if !closed {
		go func() {
			defer s.serving.Done()
			s.run(s.stop, d, target)
		}()
	}
	return &out
}

// Deliver sends any elements: Deliver(ctx, app, user, CDATA("MsgType", "text"), CDATA("Content", "hi")).
func (s *Server) Deliver(ctx context.Context, a App, user string, elements ...Element) *Delivery {
	m := Message{Note: "[xml]"}
	for _, e := range elements {
		if e.name == "MsgType" {
			m.Type = e.text
			continue
		}
		m.Elements = append(m.Elements, e)
	}
	return s.Send(ctx, a, user, m)
}

// DeliverXML sends a plaintext as it is, well-formed or not, in a proper envelope.
func (s *Server) DeliverXML(ctx context.Context, a App, user, plaintext string) *Delivery {
	d, target, problem := s.begin(a, user, Message{Type: "xml", Note: "[xml]"})
	if problem != "" {
		return &Delivery{User: user, Type: "xml", Problem: problem, Done: true}
	}
	s.mu.Lock()
	d.Plaintext = plaintext
	s.mu.Unlock()
	return s.run(ctx, d, target)
}

// target is where a callback goes: the app's settings at the time it began.
type target struct {
	app      App
	envelope envelope
}

// begin registers a delivery.
func (s *Server) begin(a App, user string, m Message) (*delivery, target, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.findApp(a)
	if found == nil {
		return nil, target{}, fmt.Sprintf("no app %d", a.AgentID)
	}
	c, id := s.locate(user)
	if c.id != found.CorpID {
		c = s.corps[found.CorpID]
	}
	from := user
	if member := c.members[id]; member != nil {
		from = member.UserID
	} else if user != "sys" {
		return nil, target{}, fmt.Sprintf("no member %q", user)
	}
	env, err := newEnvelope(found.Token, found.EncodingAESKey)
	if err != nil {
		return nil, target{}, err.Error()
	}
	now := s.opt.now()
	if m.CreateTime == 0 {
		m.CreateTime = now.Unix()
	}
	if m.MsgID == 0 && m.Type != "event" {
		s.msgSeq++
		m.MsgID = s.msgSeq
	}
	s.deliverSeq++
	s.seq++
	d := &delivery{message: m, Delivery: Delivery{
		ID: s.deliverSeq, Seq: s.seq, Time: now, CorpID: c.id, AgentID: found.AgentID, User: from, Type: m.Type, Event: m.event(),
		Note: m.Note, MsgID: m.MsgID, Plaintext: m.plaintext(c.id, from, found.AgentID),
	}}
	s.deliveries.add(d)
	s.busy++
	s.publishDelivery(d)
	return d, target{app: found.App, envelope: env}, ""
}

func (s *Server) publishDelivery(d *delivery) {
	c := d.snapshot()
	s.publish(Event{Kind: EventDelivery, Delivery: &c})
}

// run makes the attempts, in two copies where a fault says so, and returns the outcome.
func (s *Server) run(ctx context.Context, d *delivery, t target) *Delivery {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.stop, cancel)()

	f := s.takeFault(callbackPath)
	copies := 1
	if f.kind == faultDuplicate {
		copies = 2
	}
	var wg sync.WaitGroup
	for n := 2; n <= copies; n++ {
		wg.Go(func() { s.attempts(ctx, d, t, n, fault{}) })
	}
	s.attempts(ctx, d, t, 1, f)
	wg.Wait()

	s.mu.Lock()
	defer s.mu.Unlock()
	d.Done = true
	s.busy--
	s.publishDelivery(d)
	out := d.snapshot()
	return &out
}

// attempts tries up to three times. f is the fault of the first attempt; later ones ask for their own.
func (s *Server) attempts(ctx context.Context, d *delivery, t target, copyNumber int, f fault) {
	if t.app.CallbackURL == "" {
		s.problem(d, "the app has no callback URL")
		return
	}
	for n := 1; n <= maxAttempts; n++ {
		if n > 1 {
			if copyNumber == 1 {
				f = s.takeFault(callbackPath)
			}
			if !sleep(ctx, s.opt.retryDelay) {
				return
			}
		}
		if !sleep(ctx, f.pause()) {
			return
		}
		if s.attempt(ctx, d, t, n, copyNumber, f) || ctx.Err() != nil {
			return
		}
	}
}

func (s *Server) problem(d *delivery, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d.Problem = text
	s.publishDelivery(d)
}

// attempt posts once and reports whether the platform takes the callback as received.
func (s *Server) attempt(ctx context.Context, d *delivery, t target, n, copyNumber int, f fault) bool {
	s.mu.Lock()
	now := s.opt.now()
	i := len(d.Attempts)
	d.Attempts = append(d.Attempts, Attempt{Number: n, Start: now})
	att := &d.Attempts[i]
	if copyNumber > 1 {
		att.Copy = copyNumber
	}
	plaintext := d.Plaintext
	s.publishDelivery(d)
	s.mu.Unlock()

	began := time.Now()
	out := s.post(ctx, t, plaintext, now, f)
	took := time.Since(began)

	s.mu.Lock()
	defer s.mu.Unlock()
	att = &d.Attempts[i]
	att.Took, att.Status, att.TimedOut, att.Done = took, out.status, out.timedOut, true
	att.Request, att.Query, att.Response = out.request, out.query, out.response
	if out.err != nil {
		att.Err = out.err.Error()
	}
	ok := out.err == nil && out.status == http.StatusOK
	if ok {
		d.Received = true
		s.acceptReply(d, t, []byte(out.response))
	}
	s.publishDelivery(d)
	return ok
}

// posted is what came of one POST.
type posted struct {
	query, request, response string
	status                   int
	timedOut                 bool
	err                      error
}

// post encrypts with fresh random bytes, nonce and time, and sends.
func (s *Server) post(ctx context.Context, t target, plaintext string, now time.Time, f fault) (out posted) {
	body, query, err := t.request(plaintext, now)
	if err != nil {
		return posted{err: err}
	}
	out.request, out.query = body, query.Encode()
	if f.kind != "" && !f.after && (f.kind == faultTimeout || f.kind == faultReset) {
		out.err, out.timedOut = errors.New("injected fault: "+f.text()), f.kind == faultTimeout
		return out
	}
	ctx, cancel := context.WithTimeout(ctx, s.opt.callbackFor)
	defer cancel()
	out.status, out.response, out.err = s.exchange(ctx, t.app.CallbackURL, query, body)
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		out.timedOut, out.err = true, fmt.Errorf("no answer within %v", s.opt.callbackFor)
		out.status, out.response = 0, ""
	case f.after && (f.kind == faultTimeout || f.kind == faultReset):
		out.err, out.timedOut = errors.New("injected fault: "+f.text()), f.kind == faultTimeout
		out.status, out.response = 0, ""
	case out.err == nil && out.status != http.StatusOK:
		out.err = fmt.Errorf("HTTP status %d", out.status)
	}
	return out
}

// request builds the encrypted body and the query of one attempt.
func (t target) request(plaintext string, now time.Time) (string, url.Values, error) {
	encrypted, err := t.envelope.seal(randomBytes(randomSize), []byte(plaintext), t.app.CorpID)
	if err != nil {
		return "", nil, err
	}
	body := document(
		CDATA("ToUserName", t.app.CorpID),
		CDATA("Encrypt", encrypted),
		CDATA("AgentID", strconv.FormatInt(t.app.AgentID, 10)),
	)
	return body, t.signed(encrypted, now), nil
}

// signed is the query that goes with a ciphertext.
func (t target) signed(encrypted string, now time.Time) url.Values {
	timestamp, nonce := strconv.FormatInt(now.Unix(), 10), hex.EncodeToString(randomBytes(8))
	return url.Values{
		"msg_signature": {t.envelope.signature(timestamp, nonce, encrypted)},
		"timestamp":     {timestamp},
		"nonce":         {nonce},
	}
}

// exchange posts and reads the answer. Redirects are answers like any other status.
func (s *Server) exchange(ctx context.Context, callback string, query url.Values, body string) (int, string, error) {
	method := http.MethodPost
	if body == "" {
		method = http.MethodGet
	}
	where, err := withQuery(callback, query)
	if err != nil {
		return 0, "", err
	}
	req, err := http.NewRequestWithContext(ctx, method, where, bytes.NewReader([]byte(body)))
	if err != nil {
		return 0, "", errors.New("the callback URL is not valid")
	}
	req.Header.Set("Content-Type", "text/xml")
	req.Header.Set("User-Agent", "Mozilla/4.0")
	res, err := s.client.Do(req)
	if err != nil {
		return 0, "", plainError(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxReply+1))
	if err != nil {
		return 0, "", fmt.Errorf("connection broken within the answer: %w", plainError(err))
	}
	if len(answer) > maxReply {
		return 0, "", errors.New("answer is over 1 MiB")
	}
	return res.StatusCode, string(answer), nil
}

// withQuery adds the platform's parameters to those of the configured URL.
func withQuery(callback string, query url.Values) (string, error) {
	u, err := url.Parse(callback)
	if err != nil {
		return "", errors.New("the callback URL is not valid")
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += query.Encode()
	return u.String(), nil
}

// plainError drops the URL that net/http puts in front: it carries the signature.
func plainError(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// callbackClient neither follows redirects nor uses a proxy.
func callbackClient(rt http.RoundTripper) *http.Client {
	if rt == nil {
		rt = &http.Transport{
			DialContext:         (&net.Dialer{}).DialContext,
			MaxIdleConnsPerHost: 64,
			IdleConnTimeout:     30 * time.Second,
			DisableCompression:  true,
		}
	}
	return &http.Client{
		Transport:     rt,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Deliveries returns the callbacks so far, oldest first.
func (s *Server) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Delivery
	for _, d := range s.deliveries.last() {
		out = append(out, d.snapshot())
	}
	return out
}

// VerifyURL does what the save button of the admin console does: it asks the callback URL to decrypt an echostr,
// within a second (doc 90930).
func (s *Server) VerifyURL(ctx context.Context, a App) error {
	s.mu.Lock()
	found := s.findApp(a)
	if found == nil {
		s.mu.Unlock()
		return fmt.Errorf("simulator: no app %d", a.AgentID)
	}
	t := target{app: found.App}
	s.mu.Unlock()
	var err error
	if t.envelope, err = newEnvelope(t.app.Token, t.app.EncodingAESKey); err != nil {
		return fmt.Errorf("simulator: %w", err)
	}
	want := strconv.FormatUint(uint64(s.opt.now().UnixNano()), 10)
	echo, err := t.envelope.seal(randomBytes(randomSize), []byte(want), t.app.CorpID)
	if err != nil {
		return fmt.Errorf("simulator: %w", err)
	}
	query := t.signed(echo, s.opt.now())
	query.Set("echostr", echo)
	ctx, cancel := context.WithTimeout(ctx, verifyLimit)
	defer cancel()
	status, answer, err := s.exchange(ctx, t.app.CallbackURL, query, "")
	switch {
	case err != nil:
		return fmt.Errorf("simulator: URL verification: %w", err)
	case status != http.StatusOK:
		return fmt.Errorf("simulator: URL verification: HTTP status %d", status)
	case answer != want:
		return errors.New("simulator: URL verification: the answer is not the decrypted echostr")
	}
	return nil
}

// sleep waits and reports whether ctx still holds.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
