package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// number takes 1000002 and "1000002" alike, as the platform does.
type number int64

func (n *number) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	if text == "null" || text == "" {
		return nil
	}
	i, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return errors.New("not an integer")
	}
	*n = number(i)
	return nil
}

// decode reads a request body. Strange characters were checked before.
func (c *call) decode(into any) *refusal {
	if no := checkEscapes(c.body); no != nil {
		return no
	}
	if err := json.Unmarshal(c.body, into); err != nil {
		return refusef(codeArgument, "Warning: wrong json format. %v", jsonProblem(err))
	}
	return nil
}

// jsonProblem says which field has the wrong type, without quoting content.
func jsonProblem(err error) string {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) && kind.Field != "" {
		return fmt.Sprintf("field %s must not be a %s", kind.Field, kind.Value)
	}
	return "invalid Request Parameter"
}

// checkEscapes refuses \uXXXX where literal UTF-8 could stand: error 40033 is documented for such sequences. Control
// characters have no other spelling, and U+2028 and U+2029 are escaped by encoders that care for JavaScript.
func checkEscapes(body []byte) *refusal {
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		i++
		if i >= len(body) || body[i] != 'u' || i+4 >= len(body) {
			continue
		}
		n, err := strconv.ParseUint(string(body[i+1:i+5]), 16, 32)
		if err == nil && n >= 0x20 && n != 0x2028 && n != 0x2029 {
			return refusef(codeEscapes, `invalid characters in the request: \u%s, send literal UTF-8`, body[i+1:i+5])
		}
	}
	return nil
}

// object decodes one of a request's objects; absent and null are an empty one.
func object[T any](raw json.RawMessage) (T, *refusal) {
	var v T
	if len(bytes.TrimSpace(raw)) == 0 {
		return v, nil
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return v, refusef(codeArgument, "Warning: wrong json format. %v", jsonProblem(err))
	}
	return v, nil
}

// cutBytes shortens s to n bytes, between characters.
func cutBytes(s string, n int) (string, bool) {
	if len(s) <= n {
		return s, false
	}
	for n > 0 && s[n]&0xC0 == 0x80 { // within a UTF-8 sequence
		n--
	}
	return s[:n], true
}

// cutChars shortens s to n characters.
func cutChars(s string, n int) (string, bool) {
	seen := 0
	for i := range s {
		if seen == n {
			return s[:i], true
		}
		seen++
	}
	return s, false
}
