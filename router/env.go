package router

import (
	"context"
	"strconv"
	"time"

	"github.com/wecombot/wecombot/message"
)

// env is what an expression sees: a flat struct of plain values, filled with what the expression needs and nothing else.
type env struct {
	Msg     msgEnv            `expr:"msg"`
	Args    map[string]string `expr:"args"`
	User    userEnv           `expr:"user"`
	Session map[string]any    `expr:"session"`
	Vars    map[string]any    `expr:"vars"`
	Now     time.Time         `expr:"now"`
	App     string            `expr:"app"`

	budget
	q     *Request
	extra map[string]any
	scope *Scope
}

type msgEnv struct {
	ID        int       `expr:"id"` // 0 for events
	Type      string    `expr:"type"`
	Text      string    `expr:"text"` // as it was typed
	From      string    `expr:"from"`
	Event     string    `expr:"event"`
	Key       string    `expr:"key"`
	Chat      string    `expr:"chat"`
	Time      time.Time `expr:"time"`
	MediaID   string    `expr:"media_id"`
	URL       string    `expr:"url"` // of a link; of a picture where there is no link
	Title     string    `expr:"title"`
	Label     string    `expr:"label"`
	Latitude  float64   `expr:"latitude"`
	Longitude float64   `expr:"longitude"`
}

type userEnv struct {
	ID          string `expr:"id"` // the sender's, known without his record
	Name        string `expr:"name"`
	Department  int    `expr:"department"` // the first of departments; 0 where there is none
	Departments []int  `expr:"departments"`
	Tags        []int  `expr:"tags"`
	Leader      string `expr:"leader"`
	Position    string `expr:"position"`
}

// needs are the parts of the environment that cost something to fill.
type needs uint16

const (
	needUser needs = 1 << iota
	needSession
	needNow
	needTime
	needChat
	needMedia
	needURL
	needTitle
	needLabel
	needPlace
	needVars
)

// msgNames and userNames are the names after "msg." and "user." with what they need.
var msgNames = map[string]needs{
	"id": 0, "type": 0, "text": 0, "from": 0, "event": 0, "key": 0,
	"chat": needChat, "time": needTime, "media_id": needMedia, "url": needURL, "title": needTitle, "label": needLabel,
	"latitude": needPlace, "longitude": needPlace,
	"field": 0, // a function
}

var userNames = map[string]needs{
	"id": 0, "name": needUser, "department": needUser, "departments": needUser, "tags": needUser, "leader": needUser,
	"position": needUser,
}

// fill loads what want asks for and the environment does not have yet.
func (m *machine) fill(ctx context.Context, want needs) error {
	if want&needUser != 0 {
		if err := m.loadUser(ctx); err != nil {
			return err
		}
	}
	if want&needSession != 0 {
		if err := m.loadSession(ctx); err != nil {
			return err
		}
	}
	if missing := want &^ m.have; missing != 0 {
		m.fillFields(missing)
	}
	return nil
}

// loadUser asks for the sender's record once a turn, be there an answer or not.
func (m *machine) loadUser(ctx context.Context) error {
	if m.have&needUser == 0 && m.env.q.User != nil {
		u, err := m.env.q.User(ctx)
		if err != nil {
			m.userErr = &EvalError{Message: "the member's record cannot be read: " + err.Error(), cause: err}
		} else if u != nil {
			m.env.User.set(u)
		}
	}
	m.have |= needUser
	return m.userErr
}

// loadSession reads the session once, until a handler may have changed it.
func (m *machine) loadSession(ctx context.Context) error {
	if m.have&needSession != 0 {
		return m.sessionErr
	}
	m.have |= needSession
	m.env.Session, m.sessionErr = nil, nil
	if m.env.q.Session == nil {
		return nil
	}
	all, err := m.env.q.Session.All(ctx)
	if err != nil {
		m.sessionErr = &EvalError{Message: "the session cannot be read: " + err.Error(), cause: err}
	}
	m.env.Session = all
	return m.sessionErr
}

func (e *userEnv) set(u *User) {
	e.Name, e.Leader, e.Position, e.Departments, e.Tags = u.Name, u.Leader, u.Position, u.Departments, u.Tags
	if len(u.Departments) > 0 {
		e.Department = u.Departments[0]
	}
}

func (m *machine) fillFields(missing needs) {
	e, msg := &m.env, m.env.q.Message
	if missing&needNow != 0 {
		e.Now = e.scope.now()
	}
	if missing&needTime != 0 {
		e.Msg.Time = msg.Time().In(e.scope.location())
	}
	if missing&needVars != 0 {
		e.Vars = e.scope.Vars
	}
	if missing&needChat != 0 {
		e.Msg.Chat = msg.Field("ChatId")
	}
	if missing&needMedia != 0 {
		e.Msg.MediaID = msg.Field("MediaId")
	}
	if missing&needURL != 0 {
		e.Msg.URL = firstField(msg, "Url", "PicUrl")
	}
	if missing&needTitle != 0 {
		e.Msg.Title = msg.Field("Title")
	}
	if missing&needLabel != 0 {
		e.Msg.Label = firstField(msg, "Label", "SendLocationInfo/Label")
	}
	if missing&needPlace != 0 {
		e.Msg.Latitude = degrees(firstField(msg, "Location_X", "Latitude", "SendLocationInfo/Location_X"))
		e.Msg.Longitude = degrees(firstField(msg, "Location_Y", "Longitude", "SendLocationInfo/Location_Y"))
	}
	m.have |= missing
}

// firstField is the first of these elements that is there: messages and events name the same thing differently.
func firstField(m *message.Message, paths ...string) string {
	for _, p := range paths {
		if v := m.Field(p); v != "" {
			return v
		}
	}
	return ""
}

func degrees(s string) float64 {
	f, _ := strconv.ParseFloat(s, 64) // an empty or odd element is 0, as a missing one
	return f
}
