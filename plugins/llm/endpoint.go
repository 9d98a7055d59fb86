package llm

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
)

// endpoint is an OpenAI-compatible server.
type endpoint struct {
	client *http.Client
	config Config
}

type chatRequest struct {
	Model       string   `json:"model"`
	Messages    []turn   `json:"messages"`
	Tools       []any    `json:"tools,omitempty"`
	Stream      bool     `json:"stream"`
	MaxTokens   int      `json:"max_tokens,omitempty"`
	Temperature *float64 `json:"temperature,omitempty"`
}

// chatResponse is an event of a stream (delta), or the whole answer of a server that does not stream (message).
type chatResponse struct {
	Choices []struct {
		Delta   said `json:"delta"`
		Message said `json:"message"`
	} `json:"choices"`
	Error *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// said is what the model says: text, or calls of tools, which a stream gives in pieces.
type said struct {
	Content string     `json:"content"`
	Calls   []toolCall `json:"tool_calls"`
}

// statusError is an answer that is none. Its body is not repeated: it may hold what the member asked.
type statusError int

func (s statusError) Error() string { return fmt.Sprintf("model server answered status %d", int(s)) }

// maxEvent bounds one event of a stream, maxWhole an answer that comes as a whole; in bytes.
const (
	maxEvent = 1 << 20
	maxWhole = 4 << 20
)

// stream asks and yields the answer piece by piece. Tools that the model calls instead are in calls afterwards.
func (e endpoint) stream(ctx context.Context, messages []turn, calls *[]toolCall) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		resp, err := e.post(ctx, messages)
		if err != nil {
			yield("", err)
			return
		}
		defer resp.Body.Close()
		if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
			yield(whole(resp.Body, calls))
			return
		}
		events(resp.Body, calls, yield)
	}
}

func (e endpoint) post(ctx context.Context, messages []turn) (*http.Response, error) {
	body, err := json.Marshal(chatRequest{
		Model: e.config.Model, Messages: messages, Tools: e.config.toolList(), Stream: true, MaxTokens: e.config.MaxTokens, Temperature: e.config.Temperature,
	})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(e.config.URL, "/")+"/chat/completions", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	if key := e.config.Key.Reveal(); key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := e.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the model: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, statusError(resp.StatusCode)
	}
	return resp, nil
}

func whole(body io.Reader, calls *[]toolCall) (string, error) {
	var r chatResponse
	if err := json.NewDecoder(io.LimitReader(body, maxWhole)).Decode(&r); err != nil {
		return "", fmt.Errorf("read the model's answer: %w", err)
	}
	switch {
	case r.Error != nil:
		return "", errors.New("the model refused to answer")
	case len(r.Choices) == 0:
		return "", errors.New("the model's answer is empty")
	}
	*calls = r.Choices[0].Message.Calls
	return r.Choices[0].Message.Content, nil
}

// events reads server-sent events. A stream that ends without its end mark was cut off.
func events(body io.Reader, calls *[]toolCall, yield func(string, error) bool) {
	lines := bufio.NewScanner(body)
	lines.Buffer(make([]byte, 0, 4096), maxEvent)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data:")
		if !ok {
			continue // comments, names and ids of events
		}
		data = strings.TrimSpace(data)
		if data == "[DONE]" {
			return
		}
		var r chatResponse
		if err := json.Unmarshal([]byte(data), &r); err != nil {
			yield("", fmt.Errorf("read the model's answer: %w", err))
			return
		}
		if r.Error != nil {
			yield("", errors.New("the model broke off with an error"))
			return
		}
		if len(r.Choices) == 0 {
			continue
		}
		gather(calls, r.Choices[0].Delta.Calls)
		if piece := r.Choices[0].Delta.Content; piece != "" && !yield(piece, nil) {
			return
		}
	}
	err := lines.Err()
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	yield("", fmt.Errorf("the model's answer broke off: %w", err))
}
