package simulator

import (
	"encoding/json"
	"strings"
)

// taskCard is the legacy interactive_taskcard (doc 91579), replaced by button_interaction, and the taskcard before it,
// whose buttons change their own text when they are pressed.
type taskCard struct {
	Title       string       `json:"title"`
	Description string       `json:"description"`
	URL         string       `json:"url"`
	TaskID      string       `json:"task_id"`
	Buttons     []taskButton `json:"btn"`
}

type taskButton struct {
	Key         string `json:"key"`
	Name        string `json:"name"`
	ReplaceName string `json:"replace_name"`
}

const maxTaskButtons = 2

func (t *taskCard) text() string {
	lines := []string{t.Title}
	if t.Description != "" {
		lines = append(lines, stripTags(t.Description))
	}
	var words []string
	for _, b := range t.Buttons {
		words = append(words, "["+b.Name+"]")
	}
	return strings.Join(append(lines, strings.Join(words, " ")), "\n")
}

// checkTaskCard checks a legacy card.
func (c *call) checkTaskCard(raw json.RawMessage) (*cardState, *refusal) {
	t, no := object[*taskCard](raw)
	switch {
	case no != nil:
		return nil, no
	case t.Title == "":
		return nil, refuse(codeNoTitle, "title missing")
	case t.TaskID == "", len(t.TaskID) > maxTaskID, !taskIDPattern.MatchString(t.TaskID):
		return nil, refuse(cardTaskID, "invalid task_id")
	case len(t.Buttons) < 1 || len(t.Buttons) > maxTaskButtons:
		return nil, refusef(codeArgument, "%d buttons, want 1 or %d", len(t.Buttons), maxTaskButtons)
	case c.app.CallbackURL == "":
		return nil, refuse(codeNeedsCallback, "the app needs a callback url")
	}
	for _, b := range t.Buttons {
		if b.Key == "" {
			return nil, refuse(42019, "button key missing")
		}
		if b.Name == "" {
			return nil, refuse(cardButtonName, "button name missing")
		}
	}
	return &cardState{task: t, taskID: t.TaskID, raw: raw}, nil
}

// updateTaskCard is POST message/update_taskcard (doc 91579).
func updateTaskCard(c *call) (fields, *refusal) {
	var r struct {
		UserIDs     []string `json:"userids"`
		AgentID     *number  `json:"agentid"`
		TaskID      string   `json:"task_id"`
		ReplaceName string   `json:"replace_name"`
	}
	if no := c.decode(&r); no != nil {
		return nil, no
	}
	if no := c.checkAgent(r.AgentID); no != nil {
		return nil, no
	}
	m := c.app.tasks[r.TaskID]
	if m == nil || m.card.task == nil {
		return nil, refuse(cardNoTask, "no such task_id")
	}
	targets, invalid, no := c.targets(updateRequest{UserIDs: r.UserIDs}, m)
	if no != nil {
		return nil, no
	}
	for _, e := range m.seen {
		if targets[strings.ToLower(e.User)] {
			c.s.changeCard(e, cardChange{replace: r.ReplaceName})
		}
	}
	return fields{"invaliduser": invalid}, nil
}
