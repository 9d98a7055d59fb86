package rules

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/adhocore/gronx"

	"github.com/wecombot/wecombot/internal/strictyaml"
	"github.com/wecombot/wecombot/message"
	"github.com/wecombot/wecombot/router"
	"github.com/wecombot/wecombot/storage"
)

// scheduleSpec is what happens at certain times.
type scheduleSpec struct {
	Where  strictyaml.Where
	Name   string            `yaml:"name,required" doc:"unique in the app"`
	Cron   strictyaml.Text   `yaml:"cron,required" doc:"minute hour day month weekday, or @daily, @hourly …"`
	Zone   strictyaml.Text   `yaml:"zone" doc:"time zone; default: the daemon's"`
	Days   []strictyaml.Text `yaml:"days" doc:"and only on these days: mon … sun, mon-fri, workday, holiday"`
	Missed string            `yaml:"missed" enum:"once|skip|all" default:"once" doc:"what to do about times at which the daemon was down: make up for them once, not at all, or for each (up to 24)"`
	HTTP   *httpSpec         `yaml:"http" doc:"call a URL first; response holds the answer"`
	Run    *runSpec          `yaml:"run" doc:"run a local command first"`
	Send   sendSpecs         `yaml:"send" doc:"a message to members, departments, tags or a chat"`
}

// Schedule is a compiled schedule.
type Schedule struct {
	Name   string
	Source string
	Cron   string
	Zone   *time.Location
	Missed string // once, skip or all

	days  *window
	steps []step
}

// Next is the first time after t at which the schedule is due; zero when there is none within ten years.
func (s *Schedule) Next(t time.Time) time.Time {
	t = t.In(s.Zone)
	for end := t.AddDate(10, 0, 0); t.Before(end); {
		next, err := gronx.NextTickAfter(s.Cron, t, false)
		if err != nil || !next.After(t) {
			return time.Time{}
		}
		if s.days == nil || s.days.holds(next) {
			return next
		}
		t = next
	}
	return time.Time{}
}

func (l *loader) schedule(x *scheduleSpec) {
	l.subject = "schedule " + x.Name
	if x.Name != "" {
		l.once("schedule", x.Name, x.Where.Of("name"))
	}
	s := Schedule{Name: x.Name, Source: x.Where.Pos.String(), Cron: strings.TrimSpace(x.Cron.Value), Zone: l.zone(x.Zone), Missed: x.Missed}
	if s.Cron != "" && (!gronx.IsValid(s.Cron) || len(strings.Fields(s.Cron)) > 5) {
		l.report(x.Cron.Pos, `write "minute hour day month weekday": "0 17 * * 5" is Fridays at 17:00`, "%q is not a cron expression", s.Cron)
		return
	}
	if len(x.Days) > 0 {
		s.days = l.window(&timeSpec{Days: x.Days, Zone: x.Zone})
	}
	if s.Cron != "" && s.Next(l.now()).IsZero() {
		l.report(x.Cron.Pos, "look at the day and the month", "%q is never due", s.Cron)
	}
	for _, r := range append(x.HTTP.replies(), x.Run.replies()...) {
		l.report(r.pos, "use send, which sees response; a failure is logged", "a schedule has nobody to reply to")
	}
	if x.HTTP == nil && x.Run == nil && x.Send == nil {
		l.report(x.Where.Pos, "add send: …", "the schedule %q does nothing", x.Name)
	}
	s.steps = l.steps(&action{HTTP: x.HTTP, Run: x.Run, Send: x.Send}, l.base)
	l.schedules = append(l.schedules, s)
}

func (h *httpSpec) replies() []*replySpec {
	if h == nil {
		return nil
	}
	return given(h.Reply, h.OnError)
}

func (x *runSpec) replies() []*replySpec {
	if x == nil {
		return nil
	}
	return given(x.Reply, x.OnError)
}

func given(rs ...*replySpec) []*replySpec {
	return slices.DeleteFunc(rs, func(r *replySpec) bool { return r == nil })
}

const (
	maxMissed  = 24               // runs that `missed: all` makes up for
	punctual   = 2 * time.Minute  // later than this a run counts as missed
	claimLease = 10 * time.Minute // a run that a crash ended is run again after it
	retryAfter = time.Minute      // of a run that failed
)

// scheduleState is what is kept of a schedule.
type scheduleState struct {
	Done  int64 `json:"done"`            // unix seconds: everything due until then is dealt with
	Claim int64 `json:"claim,omitempty"` // the run at hand is somebody's until then
}

// RunDue runs the schedules that are due at now and were not run yet, by whomever, and returns when to call it again.
// Several processes with one store run each once. A run that fails is tried again until its next time. Failures of
// single schedules are logged; the error is the store's.
func (s *Set) RunDue(ctx context.Context, now time.Time, log *slog.Logger) (next time.Time, err error) {
	next = now.Add(time.Hour)
	var errs []error
	for i := range s.Schedules {
		at, err := s.runDue(ctx, &s.Schedules[i], now, log)
		if err != nil {
			errs = append(errs, fmt.Errorf("schedule %s: %w", s.Schedules[i].Name, err))
			at = now.Add(retryAfter)
		}
		if !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	return next, errors.Join(errs...)
}

func (s *Set) runDue(ctx context.Context, x *Schedule, now time.Time, log *slog.Logger) (time.Time, error) {
	key := "schedule/" + s.app + "/" + x.Name
	e, err := s.state.Get(ctx, key)
	if errors.Is(err, storage.ErrNotFound) { // new: due from now on
		_, err := s.save(ctx, key, scheduleState{Done: now.Unix()}, 0)
		return x.Next(now), err
	}
	if err != nil {
		return time.Time{}, err
	}
	var st scheduleState
	_ = json.Unmarshal(e.Value, &st) // what cannot be read is as new
	if st.Done == 0 {
		st.Done = now.Unix()
	}
	due, last := x.due(time.Unix(st.Done, 0), now)
	if len(due) == 0 {
		if last.After(time.Unix(st.Done, 0)) { // missed, and left at that
			_, err = s.save(ctx, key, scheduleState{Done: last.Unix()}, e.Rev)
		}
		return x.Next(now), err
	}
	if claimed := time.Unix(st.Claim, 0); now.Before(claimed) {
		return claimed, nil
	}
	st.Claim = now.Add(claimLease).Unix()
	rev, err := s.save(ctx, key, st, e.Rev)
	if errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrExists) {
		return now.Add(retryAfter), nil // another process has it
	}
	if err != nil {
		return time.Time{}, err
	}
	for _, at := range due {
		if err := s.runSchedule(ctx, x, at, log); err != nil {
			if log != nil {
				log.ErrorContext(ctx, "schedule failed", "app", s.app, "route", x.Name, "err", err)
			}
			_, err = s.save(ctx, key, scheduleState{Done: st.Done, Claim: now.Add(retryAfter).Unix()}, rev)
			return now.Add(retryAfter), err
		}
		st.Done = at.Unix()
	}
	_, err = s.save(ctx, key, scheduleState{Done: last.Unix()}, rev)
	return x.Next(now), err
}

// due are the times after done, until now, that are to be run by the policy; last is the last of all.
func (s *Schedule) due(done, now time.Time) (due []time.Time, last time.Time) {
	if week := now.AddDate(0, 0, -7); done.Before(week) { // after a long absence only the last week is walked through
		if at := s.Next(week); !at.IsZero() && !at.After(now) {
			done = week
		}
	}
	for at := s.Next(done); !at.IsZero() && !at.After(now); at = s.Next(at) {
		last = at
		if due = append(due, at); len(due) > maxMissed {
			due = due[1:]
		}
	}
	switch {
	case len(due) == 0:
	case s.Missed == "once":
		due = due[len(due)-1:]
	case s.Missed == "skip":
		due = due[len(due)-1:]
		if now.Sub(last) > punctual {
			due = nil
		}
	}
	return due, last
}

func (s *Set) save(ctx context.Context, key string, st scheduleState, rev uint64) (uint64, error) {
	value, err := json.Marshal(st)
	if err != nil {
		return 0, err
	}
	if rev == 0 {
		return s.state.Create(ctx, key, value, 0)
	}
	return s.state.Update(ctx, key, value, 0, rev)
}

func (s *Set) runSchedule(ctx context.Context, x *Schedule, at time.Time, log *slog.Logger) error {
	q := &router.Request{Message: &message.Message{CreateTime: at.Unix()}, App: s.app, Route: x.Name, Log: log}
	t := &turn{ctx: ctx, q: q, app: s.app, key: fmt.Sprintf("schedule/%s/%s/%d", s.app, x.Name, at.Unix())}
	_, err := t.perform(x.steps)
	return err
}
