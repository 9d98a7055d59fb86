package reply

import "fmt"

// LimitError is a field over its documented limit. Sizes are of the decoded value, not of its JSON or XML.
type LimitError struct {
	Field string // "text.content", "news.articles[2].title"
	Limit int
	Size  int
	Unit  string // "bytes" (of UTF-8), "characters" or "items"
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("%s: %d %s, the limit is %d", e.Field, e.Size, e.Unit, e.Limit)
}

// FieldError is a field that is missing or that the platform would refuse.
type FieldError struct {
	Field  string
	Code   int    // the errcode that the platform would answer (doc 90313); 0 where it is not documented
	Reason string // "is empty"
}

func (e *FieldError) Error() string {
	if e.Code == 0 {
		return e.Field + " " + e.Reason
	}
	return fmt.Sprintf("%s %s (errcode %d)", e.Field, e.Reason, e.Code)
}
