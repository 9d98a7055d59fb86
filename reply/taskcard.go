package reply

import "slices"

// TaskCardMessage is the retired task card (任务卡片). Card with buttons replaces it.
type TaskCardMessage struct {
	body taskCardBody
	old  bool
}

type taskCardBody struct {
	Title       string       `json:"title"`
	Description string       `json:"description,omitempty"`
	URL         string       `json:"url,omitempty"`
	TaskID      string       `json:"task_id,omitempty"`
	Buttons     []TaskButton `json:"btn"`
}

// TaskButton is one of the 1 or 2 buttons of a task card.
type TaskButton struct {
	Key         string `json:"key"`                    // at most 128 of [0-9A-Za-z_@-]
	Name        string `json:"name"`                   // at most 18 bytes
	ReplaceName string `json:"replace_name,omitempty"` // after a click; at most 18 bytes
	Color       string `json:"color,omitempty"`        // "red" or "blue" (default)
	Bold        bool   `json:"is_bold,omitempty"`
}

// TaskCard has a title of at most 128 bytes and a description of at most 512.
func TaskCard(title, description string) TaskCardMessage {
	return TaskCardMessage{body: taskCardBody{Title: title, Description: description}}
}

// URL opens when the card is clicked; at most 2,048 bytes.
func (t TaskCardMessage) URL(u string) TaskCardMessage { t.body.URL = u; return t }

// TaskID is at most 128 of [0-9A-Za-z_@-], unique per app; without it the sender chooses one.
func (t TaskCardMessage) TaskID(id string) TaskCardMessage { t.body.TaskID = id; return t }

// Button adds one of the two buttons.
func (t TaskCardMessage) Button(b TaskButton) TaskCardMessage {
	t.body.Buttons = append(slices.Clip(t.body.Buttons), b)
	return t
}

// Old sends the first form of the card, msgtype taskcard.
func (t TaskCardMessage) Old() TaskCardMessage { t.old = true; return t }

// Units renders the card.
func (t TaskCardMessage) Units(o Options) ([]Unit, error) {
	b := t.body
	var c check
	c.needBytes("taskcard.title", b.Title, 128, 0)
	c.bytes("taskcard.description", b.Description, 512)
	c.bytes("taskcard.url", b.URL, 2048)
	c.taskID("taskcard.task_id", b.TaskID)
	c.items("taskcard.btn", len(b.Buttons), 2, 0)
	plain := []string{b.Title, b.Description, b.URL}
	var keys []string
	for i, btn := range b.Buttons {
		btn.check(&c, at("taskcard.btn", i))
		keys = append(keys, btn.Key)
		plain = append(plain, "["+btn.Name+"]")
	}
	c.distinct("taskcard.btn", keys, 42018)
	if err := c.err(); err != nil {
		return nil, err
	}
	u := Unit{MsgType: "interactive_taskcard", Body: bodyOf(b), Plain: lines(plain...), NeedsTaskID: b.TaskID == ""}
	if t.old {
		u.MsgType = "taskcard"
	}
	u.Fallback = u.Plain
	return o.deliver(u, false)
}

func (b TaskButton) check(c *check, field string) {
	c.need(field+".key", b.Key, 42019)
	c.id(field+".key", b.Key, 42018)
	c.needBytes(field+".name", b.Name, 18, 42020)
	c.bytes(field+".replace_name", b.ReplaceName, 18)
	if b.Color != "" && b.Color != "red" && b.Color != "blue" {
		c.fail(field+".color", 0, "is neither red nor blue")
	}
}
