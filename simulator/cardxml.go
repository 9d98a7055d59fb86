package simulator

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// The elements of a passive card that are no text; lists are repeated elements without a wrapper (doc 90241).
var (
	cardLists = map[string]bool{
		"ActionList": true, "VerticalContentList": true, "HorizontalContentList": true, "JumpList": true,
		"OptionList": true, "ButtonList": true, "SelectList": true,
	}
	cardNumbers = map[string]bool{"Type": true, "Style": true, "DescColor": true, "Mode": true, "AspectRatio": true}
	cardBools   = map[string]bool{"Disable": true, "IsChecked": true}
	// cardNames are those that are not the snake_case of their element.
	cardNames = map[string]string{
		"KeyName": "keyname", "UserId": "userid", "AppId": "appid", "PagePath": "pagepath", "CheckBox": "checkbox",
	}
)

// cardJSON turns the XML twin of a card into the template_card object.
func cardJSON(n *node) (json.RawMessage, error) {
	v, err := cardValue(n)
	if err != nil {
		return nil, err
	}
	return encode(v), nil
}

func cardValue(n *node) (map[string]any, error) {
	out := map[string]any{}
	for _, c := range n.children {
		name := cardName(c.name)
		v, err := cardField(c)
		if err != nil {
			return nil, err
		}
		if cardLists[c.name] {
			list, _ := out[name].([]any)
			out[name] = append(list, v)
		} else {
			out[name] = v
		}
	}
	return out, nil
}

func cardField(c *node) (any, error) {
	text := strings.TrimSpace(c.text)
	switch {
	case len(c.children) > 0 || cardLists[c.name]:
		return cardValue(c)
	case cardNumbers[c.name]:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("<%s> %q is not a number", c.name, text)
		}
		return f, nil
	case cardBools[c.name]:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return nil, fmt.Errorf("<%s> %q is not true or false", c.name, text)
		}
		return b, nil
	}
	return c.text, nil
}

// cardName is the JSON name of an element.
func cardName(element string) string {
	if name, ok := cardNames[element]; ok {
		return name
	}
	var b strings.Builder
	for i, r := range element {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
