package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/wecombot/wecombot/storage"
)

// turn is one message of a conversation, as the endpoint wants it.
type turn struct {
	Role    string     `json:"role"` // system, user, assistant, tool
	Content string     `json:"content"`
	Calls   []toolCall `json:"tool_calls,omitempty"`
	CallID  string     `json:"tool_call_id,omitempty"`
}

// maxPast bounds a remembered conversation, in bytes.
const maxPast = 64 << 10

// history is the conversations in the store.
type history struct {
	kv   storage.KV
	most int // messages
	keep time.Duration
}

func historyKey(user string) string { return "h/" + user }

func (h history) load(ctx context.Context, user string) ([]turn, error) {
	e, err := h.kv.Get(ctx, historyKey(user))
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load conversation: %w", err)
	}
	var past []turn
	if err := json.Unmarshal(e.Value, &past); err != nil {
		return nil, nil // an older form: as if forgotten
	}
	return past, nil
}

// save adds a question and its answer, and forgets the oldest over the limits, always a question with its answer.
func (h history) save(ctx context.Context, user string, past []turn, question, answer string) error {
	past = append(past, turn{Role: "user", Content: question}, turn{Role: "assistant", Content: answer})
	size := 0
	for _, t := range past {
		size += len(t.Content)
	}
	for len(past) >= 2 && (len(past) > h.most || size > maxPast) {
		size -= len(past[0].Content) + len(past[1].Content)
		past = past[2:]
	}
	value, err := json.Marshal(past)
	if err != nil {
		return err
	}
	_, err = h.kv.Put(ctx, historyKey(user), value, h.keep)
	return err
}

func (h history) forget(ctx context.Context, user string) error {
	if err := h.kv.Delete(ctx, historyKey(user)); err != nil {
		return fmt.Errorf("forget conversation: %w", err)
	}
	return nil
}
