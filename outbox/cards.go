package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/wecombot/wecombot/storage"
)

// cardLife is how long a card can be changed after it was sent or clicked: its response code lives 72 h (doc 94888).
const cardLife = 72 * time.Hour

// Card is what is known about a card that an app sent.
type Card struct {
	TaskID string `json:"task_id"`
	To     To     `json:"to"`
	Code   string `json:"code,omitempty"` // the newest response code; empty when it is used up
	Title  string `json:"title,omitempty"`
	Spent  string `json:"spent,omitempty"` // the delivery that used the last code up
}

// Cards remembers the cards that were sent: to whom, and the newest of their response codes, each of which works once.
// Safe for concurrent use.
type Cards struct {
	kv storage.KV
}

func cardKey(app, taskID string) string { return "card/" + app + "/" + taskID }

// Get returns a card; storage.ErrNotFound when it was not sent by this bot, or too long ago.
func (c Cards) Get(ctx context.Context, app, taskID string) (Card, error) {
	e, err := c.kv.Get(ctx, cardKey(app, taskID))
	if err != nil {
		return Card{}, fmt.Errorf("card %s: %w", taskID, err)
	}
	var card Card
	if err := json.Unmarshal(e.Value, &card); err != nil {
		return Card{}, fmt.Errorf("card %s: %w", taskID, err)
	}
	return card, nil
}

// Clicked keeps the response code that a click brought. A card that was sent by others becomes known by it.
func (c Cards) Clicked(ctx context.Context, app, taskID, user, code string) error {
	return c.change(ctx, app, taskID, func(card *Card) {
		if card.To.Empty() {
			card.To = To{User: user}
		}
		card.Code = code
	})
}

// sending makes a card known before it leaves: its first click may come before the platform's answer is stored.
func (c Cards) sending(ctx context.Context, app string, card Card) error {
	return c.change(ctx, app, card.TaskID, func(known *Card) { known.To, known.Title = card.To, card.Title })
}

// sent keeps the response code of a card that the platform accepted.
func (c Cards) sent(ctx context.Context, app, taskID, code string) error {
	if code == "" {
		return nil
	}
	return c.change(ctx, app, taskID, func(card *Card) { card.Code = code })
}

// used forgets a response code after a delivery spent it, unless a click has brought a newer one meanwhile.
func (c Cards) used(ctx context.Context, app, taskID, code, delivery string) error {
	return c.change(ctx, app, taskID, func(card *Card) {
		card.Spent = delivery
		if card.Code == code {
			card.Code = ""
		}
	})
}

func (c Cards) change(ctx context.Context, app, taskID string, f func(*Card)) error {
	key := cardKey(app, taskID)
	for range 8 {
		card := Card{TaskID: taskID}
		e, err := c.kv.Get(ctx, key)
		switch {
		case err == nil:
			if err := json.Unmarshal(e.Value, &card); err != nil {
				return fmt.Errorf("card %s: %w", taskID, err)
			}
		case !errors.Is(err, storage.ErrNotFound):
			return fmt.Errorf("card %s: %w", taskID, err)
		}
		f(&card)
		b, err := json.Marshal(card)
		if err != nil {
			return fmt.Errorf("card %s: %w", taskID, err)
		}
		if e.Rev == 0 {
			_, err = c.kv.Create(ctx, key, b, cardLife)
		} else {
			_, err = c.kv.Update(ctx, key, b, cardLife, e.Rev)
		}
		if !errors.Is(err, storage.ErrConflict) && !errors.Is(err, storage.ErrExists) {
			return err
		}
	}
	return fmt.Errorf("card %s: %w", taskID, storage.ErrConflict)
}

// Decision is what became of a card: who decided, and the change that everybody sees.
type Decision struct {
	User  string `json:"user"`
	Label string `json:"label,omitempty"` // of the buttons
	Face  []byte `json:"face"`            // the unit that changed the card, as JSON
}

// Decided returns the decision about a card, if there is one. scope separates decisions of one card: the member, for
// cards that each answers for himself.
func (c Cards) Decided(ctx context.Context, app, taskID, scope string) (Decision, bool, error) {
	var d Decision
	e, err := c.kv.Get(ctx, decisionKey(app, taskID, scope))
	if errors.Is(err, storage.ErrNotFound) {
		return d, false, nil
	}
	if err != nil {
		return d, false, fmt.Errorf("decision about card %s: %w", taskID, err)
	}
	if err := json.Unmarshal(e.Value, &d); err != nil {
		return d, false, fmt.Errorf("decision about card %s: %w", taskID, err)
	}
	return d, true, nil
}

// Decide keeps a decision; a card that is decided already keeps the first one, which is returned.
func (c Cards) Decide(ctx context.Context, app, taskID, scope string, d Decision) (Decision, error) {
	b, err := json.Marshal(d)
	if err != nil {
		return d, fmt.Errorf("decision about card %s: %w", taskID, err)
	}
	_, err = c.kv.Create(ctx, decisionKey(app, taskID, scope), b, cardLife)
	if errors.Is(err, storage.ErrExists) {
		first, _, err := c.Decided(ctx, app, taskID, scope)
		return first, err
	}
	return d, err
}

func decisionKey(app, taskID, scope string) string {
	return "decision/" + app + "/" + taskID + "/" + scope
}
