package reply

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// check collects what is wrong with a message, so that its author learns all of it at once.
type check struct{ errs []error }

func (c *check) err() error { return errors.Join(c.errs...) }

func (c *check) fail(field string, code int, reason string) {
	c.errs = append(c.errs, &FieldError{Field: field, Code: code, Reason: reason})
}

func (c *check) over(field string, size, limit int, unit string) {
	if size > limit {
		c.errs = append(c.errs, &LimitError{Field: field, Limit: limit, Size: size, Unit: unit})
	}
}

func (c *check) bytes(field, s string, limit int) { c.over(field, len(s), limit, "bytes") }

func (c *check) chars(field, s string, limit int) {
	c.over(field, utf8.RuneCountInString(s), limit, "characters")
}

func (c *check) items(field string, n, limit, code int) {
	if n == 0 {
		c.fail(field, code, "is empty")
	}
	c.over(field, n, limit, "items")
}

func (c *check) need(field, s string, code int) {
	if strings.TrimSpace(s) == "" {
		c.fail(field, code, "is empty")
	}
}

// needBytes is a field that must be there, of at most limit bytes.
func (c *check) needBytes(field, s string, limit, code int) {
	c.need(field, s, code)
	c.bytes(field, s, limit)
}

// url is a URL of at most 2,048 bytes with its scheme; empty is fine.
func (c *check) url(field, s string) {
	if s == "" {
		return
	}
	c.bytes(field, s, 2048)
	if !strings.HasPrefix(s, "http://") && !strings.HasPrefix(s, "https://") {
		c.fail(field, 0, "does not start with http:// or https://")
	}
}

// oneOf is an enumeration with 0 as its default.
func (c *check) oneOf(field string, n, limit int) {
	if n < 0 || n > limit {
		c.fail(field, 0, fmt.Sprintf("is %d, not one of 0 to %d", n, limit))
	}
}

// distinct reports keys that occur twice.
func (c *check) distinct(field string, keys []string, code int) {
	seen := make(map[string]bool, len(keys))
	for i, k := range keys {
		if seen[k] {
			c.fail(at(field, i), code, fmt.Sprintf("repeats %q", k))
		}
		seen[k] = true
	}
}

func at(field string, i int) string { return fmt.Sprintf("%s[%d]", field, i) }

// add takes over what another check found.
func (c *check) add(err error) {
	if err != nil {
		c.errs = append(c.errs, err)
	}
}

// taskID is an id; empty means that the sender chooses one.
func (c *check) taskID(field, s string) { c.id(field, s, 42014) }

// id is at most 128 of [0-9A-Za-z_@-].
func (c *check) id(field, s string, code int) {
	c.bytes(field, s, 128)
	bad := func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '_' || r == '@' || r == '-')
	}
	if strings.ContainsFunc(s, bad) {
		c.fail(field, code, "has other characters than 0-9 A-Z a-z _ @ -")
	}
}
