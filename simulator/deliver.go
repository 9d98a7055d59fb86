package simulator

import (
	"context"
	"fmt"
	"slices"
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
