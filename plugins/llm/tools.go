package llm

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/wecombot/wecombot/router"
)

// Tool is a rule that the model may use: it fills in a sentence, as a member would write it, and reads the rule's answer.
// The member's own rights apply, and no other rule can be reached by it.
type Tool struct {
	Name        string            `yaml:"name,required" doc:"for the model: letters, digits and _"`
	Description string            `yaml:"description,required" doc:"when to use it, for the model"`
	Rule        string            `yaml:"rule,required" doc:"name of the rule in the rules files"`
	Say         string            `yaml:"say,required" doc:"what the rule is told; {name} is a parameter"`
	Parameters  map[string]string `yaml:"parameters" doc:"parameter → what it is, for the model"`
}

// toolCall is the model's wish to use a tool. Arguments is JSON.
type toolCall struct {
	Index    int    `json:"index,omitempty"` // of a piece in a stream
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

const (
	maxRounds = 4        // of tool calls for one question
	maxCalls  = 8        // in one round
	maxResult = 8 << 10  // bytes of a rule's answer that the model reads
	maxArgs   = 16 << 10 // bytes
)

// gather puts the pieces of a stream's calls together.
func gather(calls *[]toolCall, pieces []toolCall) {
	for _, p := range pieces {
		if p.Index < 0 || p.Index >= maxCalls {
			continue
		}
		for len(*calls) <= p.Index {
			*calls = append(*calls, toolCall{Type: "function"})
		}
		c := &(*calls)[p.Index]
		c.ID += p.ID
		c.Function.Name += p.Function.Name
		if len(c.Function.Arguments) < maxArgs {
			c.Function.Arguments += p.Function.Arguments
		}
	}
}

// toolList is the tools as the endpoint wants them.
func (c Config) toolList() []any {
	var list []any
	for _, t := range c.Tools {
		properties := map[string]any{}
		var required []string
		for name, what := range t.Parameters {
			properties[name] = map[string]any{"type": "string", "description": what}
			required = append(required, name)
		}
		list = append(list, map[string]any{"type": "function", "function": map[string]any{
			"name": t.Name, "description": t.Description,
			"parameters": map[string]any{"type": "object", "properties": properties, "required": required},
		}})
	}
	return list
}

// use runs the tools that the model called, and returns the turns that follow: its wish, and each answer.
func (l *llm) use(ctx context.Context, q *router.Request, calls []toolCall) []turn {
	turns := []turn{{Role: "assistant", Calls: calls}}
	for i := range calls {
		calls[i].Index = 0
		answer, err := l.call(ctx, q, calls[i])
		if err != nil {
			l.env.Log.WarnContext(ctx, "tool failed", "user", q.From, "tool", calls[i].Function.Name, "err", err)
			answer = "error: " + err.Error()
		}
		if len(answer) > maxResult {
			answer = cut(answer, maxResult)
		}
		turns = append(turns, turn{Role: "tool", Content: answer, CallID: calls[i].ID})
	}
	return turns
}

func (l *llm) call(ctx context.Context, q *router.Request, c toolCall) (string, error) {
	for _, t := range l.config.Tools {
		if t.Name != c.Function.Name {
			continue
		}
		args := map[string]any{}
		if strings.TrimSpace(c.Function.Arguments) != "" {
			if err := json.Unmarshal([]byte(c.Function.Arguments), &args); err != nil {
				return "", fmt.Errorf("arguments of %s are no JSON object", t.Name)
			}
		}
		say := t.Say
		for name := range t.Parameters {
			say = strings.ReplaceAll(say, "{"+name+"}", fmt.Sprint(args[name]))
		}
		return l.env.AskRule(ctx, q, t.Rule, say)
	}
	return "", fmt.Errorf("there is no tool %s", c.Function.Name)
}
