package bottest

import (
	"encoding/json"

	"github.com/wecombot/wecombot/simulator"
)

// Choice is what a member picked in one question of a card.
type Choice = simulator.Answer

// Choose picks options of a card's question, by their ids or words; "" is the first question.
func Choose(question string, options ...string) Choice {
	return Choice{Question: question, Options: options}
}

// card is a card as a member sees it.
type card struct {
	task, text string
	grey       bool // its buttons were replaced
	title      string
	buttons    []cardButton
	questions  []cardQuestion
}

type cardButton struct {
	Text string `json:"text"`
	Name string `json:"name"` // of a task card
	Key  string `json:"key"`
}

type cardQuestion struct {
	Key     string `json:"question_key"`
	Options []struct {
		ID   string `json:"id"`
		Text string `json:"text"`
	} `json:"option_list"`
}

// cardOf reads the card of a message; false when it has none, or is seen no more.
func cardOf(m Message) (card, bool) {
	if m.Card == nil || m.Recalled {
		return card{}, false
	}
	var face struct {
		Title string `json:"title"` // of a task card
		Main  struct {
			Title string `json:"title"`
		} `json:"main_title"`
		Buttons []cardButton `json:"button_list"`
		Task    []cardButton `json:"btn"`
		Submit  *cardButton  `json:"submit_button"`
		Menu    *struct {
			Actions []cardButton `json:"action_list"`
		} `json:"action_menu"`
		Select    *cardQuestion  `json:"button_selection"`
		Checkbox  *cardQuestion  `json:"checkbox"`
		Questions []cardQuestion `json:"select_list"`
	}
	if json.Unmarshal(m.Card.Face, &face) != nil {
		return card{}, false
	}
	c := card{task: m.Card.TaskID, text: m.Text, grey: m.Card.Replaced != "", title: face.Main.Title, questions: face.Questions}
	if c.title == "" {
		c.title = face.Title
	}
	c.buttons = append(face.Buttons, face.Task...)
	if face.Submit != nil {
		c.buttons = append(c.buttons, *face.Submit)
	}
	if face.Menu != nil {
		c.buttons = append(c.buttons, face.Menu.Actions...)
	}
	for _, q := range []*cardQuestion{face.Select, face.Checkbox} {
		if q != nil {
			c.questions = append(c.questions, *q)
		}
	}
	return c, true
}

// button finds a button by its key, or by its words.
func (c card) button(what string) (key string, ok bool) {
	for _, b := range c.buttons {
		if b.Key == what {
			return b.Key, true
		}
	}
	for _, b := range c.buttons {
		if b.Text == what || b.Name == what {
			return b.Key, true
		}
	}
	return "", false
}

// resolve makes ids of what a choice names.
func (c card) resolve(x Choice) Choice {
	if len(c.questions) == 0 {
		return x
	}
	q := c.questions[0]
	for _, other := range c.questions {
		if other.Key == x.Question {
			q = other
		}
	}
	if x.Question == "" {
		x.Question = q.Key
	}
	ids := make([]string, len(x.Options))
	for i, option := range x.Options {
		ids[i] = option
		for _, o := range q.Options {
			if o.Text == option {
				ids[i] = o.ID
			}
		}
	}
	x.Options = ids
	return x
}
