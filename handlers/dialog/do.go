package dialog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// EffectError is a failed Do or Fetch. It holds no more than the text of the cause, because a replay knows no more: a
// function that has to tell causes apart returns them in its result.
type EffectError struct {
	Name    string
	Message string
}

func (e *EffectError) Error() string { return e.Name + ": " + e.Message }

// DoOption sets one choice of Do.
type DoOption func(*doOptions)

type doOptions struct{ atMostOnce bool }

// AtMostOnce says that the effect must never run twice. One that a crash interrupted returns ErrInterrupted.
// Default: it runs again, with the same Key.
func AtMostOnce() DoOption { return func(o *doOptions) { o.atMostOnce = true } }

// Do changes the world, once: f runs, its result is recorded as JSON, and every replay returns the record. A name
// is used once in a dialog. When f fails, a function that returns the error leaves the dialog at this step, which is tried
// again when the member says "continue"; one that goes on has the failure recorded as the step's result.
func Do[T any](d *D, name string, f func(ctx context.Context) (T, error), opts ...DoOption) (T, error) {
	var o doOptions
	for _, set := range opts {
		set(&o)
	}
	return decode[T](d.do(name, o, encode(f)))
}

// Fetch reads from the outside, as Do changes it: what f returned is recorded as JSON with the next step, and a replay
// returns the record. After a crash it may read again.
func Fetch[T any](d *D, name string, f func(ctx context.Context) (T, error)) (T, error) {
	return decode[T](d.fetch(name, encode(f)))
}

func encode[T any](f func(ctx context.Context) (T, error)) func(ctx context.Context) ([]byte, error) {
	return func(ctx context.Context) ([]byte, error) {
		v, err := f(ctx)
		if err != nil {
			return nil, err
		}
		return json.Marshal(v)
	}
}

// decode reads a recorded result; the first run reads it too, so that it sees what a replay will see.
func decode[T any](data []byte, err error) (T, error) {
	var v T
	if err == nil {
		err = json.Unmarshal(data, &v)
	}
	return v, err
}

func (d *D) do(name string, o doOptions, f func(ctx context.Context) ([]byte, error)) ([]byte, error) {
	mark := markOf("do", name)
	p, err := d.next(mark)
	if err != nil {
		return nil, err
	}
	i := d.pos - 1
	switch {
	case p == nil:
		if err := d.unused(name, mark); err != nil {
			return nil, err
		}
		i = d.add(step{kind: kindIntent, mark: mark})
	case p.kind == kindEffect:
		return p.data, nil
	case p.kind == kindFailed:
		return nil, &EffectError{Name: name, Message: string(p.data)}
	case o.atMostOnce:
		return nil, fmt.Errorf("%s: %w", name, ErrInterrupted)
	case d.sealed:
		return nil, d.halt(errChanged)
	}
	if err := d.flush(); err != nil {
		return nil, err
	}
	data, err := f(d.ctx)
	if err != nil {
		err = d.fail(failure{index: i, mark: mark, name: name, err: err})
		if o.atMostOnce && d.failed != nil {
			d.settle()
			if err := d.flush(); err != nil {
				return nil, err
			}
		}
		return nil, err
	}
	d.rec.steps[i] = step{kind: kindEffect, mark: mark, data: data}
	return data, d.flush()
}

func (d *D) fetch(name string, f func(ctx context.Context) ([]byte, error)) ([]byte, error) {
	mark := markOf("fetch", name)
	p, err := d.next(mark)
	switch {
	case err != nil:
		return nil, err
	case p != nil && p.kind == kindFailed:
		return nil, &EffectError{Name: name, Message: string(p.data)}
	case p != nil:
		return p.data, nil
	}
	data, err := f(d.ctx)
	if err != nil {
		return nil, d.fail(failure{index: -1, mark: mark, name: name, err: err})
	}
	d.add(step{kind: kindFetched, mark: mark, data: data})
	return data, nil
}

// fail keeps a failure until it is known what the function makes of it. When the turn itself is over, no result is known.
func (d *D) fail(f failure) error {
	if d.ctx.Err() != nil || errors.Is(f.err, context.Canceled) {
		return d.halt(fmt.Errorf("%s: %w", f.name, f.err))
	}
	d.failed = &f
	return &EffectError{Name: f.name, Message: f.err.Error()}
}

// unused refuses a second effect of the same name: its idempotency key would be the first one's.
func (d *D) unused(name string, mark uint32) error {
	for i := range d.rec.steps {
		if d.rec.steps[i].mark == mark {
			return d.halt(fmt.Errorf("dialog %s: two effects are named %s", d.def.version.name, name))
		}
	}
	return nil
}
