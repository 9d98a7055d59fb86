package poll

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/wecombot/wecombot/plugins"
	"github.com/wecombot/wecombot/storage"
)

// poll is one question and whom it was put to.
type poll struct {
	Number   int           `json:"number"`
	From     string        `json:"from"`
	Question string        `json:"question"`
	Options  []string      `json:"options"`
	Multiple bool          `json:"multiple,omitempty"`
	To       plugins.To    `json:"to"`
	Open     time.Duration `json:"open"`
	Until    time.Time     `json:"until"`
	Closed   bool          `json:"closed,omitempty"`
	Key      string        `json:"key"` // of the dialog that made it: made twice, it is one
}

// keep is for how long polls and votes are kept after the end of the poll.
const keep = 90 * 24 * time.Hour

// book is the polls and votes in the store.
type book struct{ kv storage.KV }

func pollKey(number int) string { return fmt.Sprintf("p/%08d", number) }

func votesOf(number int) string { return fmt.Sprintf("v/%08d/", number) }

func (b book) polls(ctx context.Context) ([]poll, error) {
	var all []poll
	for e, err := range b.kv.Scan(ctx, "p/") {
		if err != nil {
			return nil, fmt.Errorf("list polls: %w", err)
		}
		var one poll
		if err := json.Unmarshal(e.Value, &one); err != nil {
			return nil, fmt.Errorf("poll %s: %w", e.Key, err)
		}
		all = append(all, one)
	}
	return all, nil
}

// poll is nil when there is none of that number.
func (b book) poll(ctx context.Context, number int) (*poll, error) {
	e, err := b.kv.Get(ctx, pollKey(number))
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	var one poll
	if err == nil {
		err = json.Unmarshal(e.Value, &one)
	}
	if err != nil {
		return nil, fmt.Errorf("poll %d: %w", number, err)
	}
	return &one, nil
}

// create gives the poll the next number.
func (b book) create(ctx context.Context, one poll) (int, error) {
	all, err := b.polls(ctx)
	if err != nil {
		return 0, err
	}
	for _, other := range all {
		if other.Key == one.Key {
			return other.Number, nil
		}
		one.Number = other.Number
	}
	for {
		one.Number++
		value, err := json.Marshal(one)
		if err != nil {
			return 0, err
		}
		_, err = b.kv.Create(ctx, pollKey(one.Number), value, one.Open+keep)
		if !errors.Is(err, storage.ErrExists) {
			return one.Number, err
		}
	}
}

// close marks a poll as over; false when it was already.
func (b book) close(ctx context.Context, number int) (bool, error) {
	e, err := b.kv.Get(ctx, pollKey(number))
	if err != nil {
		return false, fmt.Errorf("close poll %d: %w", number, err)
	}
	var one poll
	if err := json.Unmarshal(e.Value, &one); err != nil || one.Closed {
		return false, err
	}
	one.Closed = true
	value, err := json.Marshal(one)
	if err != nil {
		return false, err
	}
	_, err = b.kv.Update(ctx, pollKey(number), value, keep, e.Rev)
	if errors.Is(err, storage.ErrConflict) {
		return false, nil // somebody else did
	}
	return err == nil, err
}

func (b book) vote(ctx context.Context, number int, user string, chosen []int) error {
	value, err := json.Marshal(chosen)
	if err != nil {
		return err
	}
	if _, err := b.kv.Put(ctx, votesOf(number)+user, value, keep); err != nil {
		return fmt.Errorf("vote: %w", err)
	}
	return nil
}

// votes counts the options, and the members who have voted.
func (b book) votes(ctx context.Context, one poll) (counts []int, members int, err error) {
	counts = make([]int, len(one.Options))
	for e, err := range b.kv.Scan(ctx, votesOf(one.Number)) {
		if err != nil {
			return nil, 0, fmt.Errorf("count votes: %w", err)
		}
		var chosen []int
		if err := json.Unmarshal(e.Value, &chosen); err != nil {
			return nil, 0, fmt.Errorf("vote %s: %w", e.Key, err)
		}
		members++
		for _, c := range chosen {
			if c >= 0 && c < len(counts) {
				counts[c]++
			}
		}
	}
	return counts, members, nil
}
