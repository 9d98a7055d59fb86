package wecom

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// maxAnswer bounds a JSON answer, in bytes. The largest ones, department members in full, stay far below.
const maxAnswer = 16 << 20

var (
	errTooLarge   = fmt.Errorf("answer over %d MiB", maxAnswer>>20)
	errUnexpected = errors.New("answer does not fit")
)

// payload is a request body that is opened once per attempt.
type payload struct {
	contentType string
	size        int64 // bytes; 0: unknown
	open        func() (io.Reader, error)
	once        bool // can be read only once
}

func (p *payload) repeatable() bool { return p == nil || !p.once }

func jsonPayload(v any) (*payload, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode body: %w", err)
	}
	b := literal(bytes.TrimSuffix(buf.Bytes(), []byte("\n")))
	return &payload{
		contentType: "application/json; charset=utf-8",
		size:        int64(len(b)),
		open:        func() (io.Reader, error) { return bytes.NewReader(b), nil },
	}, nil
}

// literal replaces escapes \uXXXX, which encoding/json writes for a few characters and passes on from raw messages, by
// the characters themselves, and drops those of control characters: the platform refuses such escapes (40033, doc 90313).
func literal(b []byte) []byte {
	if !bytes.Contains(b, []byte(`\u`)) {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); {
		switch {
		case b[i] != '\\':
			out = append(out, b[i])
			i++
		case b[i+1] != 'u':
			out = append(out, b[i], b[i+1])
			i += 2
		default:
			r, n := unescape(b[i:])
			if r == '"' || r == '\\' {
				out = append(out, '\\')
			}
			if !unicode.IsControl(r) {
				out = utf8.AppendRune(out, r)
			}
			i += n
		}
	}
	return out
}

// unescape reads one \uXXXX, or the two of a surrogate pair, and returns its length. b is valid JSON from there on.
func unescape(b []byte) (rune, int) {
	hex := func(b []byte) rune {
		n, _ := strconv.ParseUint(string(b[2:6]), 16, 32) // valid JSON: always four hex digits
		return rune(n)
	}
	r := hex(b)
	if utf16.IsSurrogate(r) && bytes.HasPrefix(b[6:], []byte(`\u`)) {
		if pair := utf16.DecodeRune(r, hex(b[6:])); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return r, 6 // a lone half becomes U+FFFD by AppendRune
}

// readJSON decodes an answer into out. It returns *Error without Op for a refusal.
func (c *core) readJSON(r *call, resp *http.Response, out any) error {
	if resp.StatusCode >= 500 {
		return fmt.Errorf("HTTP %d", resp.StatusCode)
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return fmt.Errorf("read answer: %w", err)
	case len(b) > maxAnswer:
		return errTooLarge
	}
	var head struct {
		Code    Code   `json:"errcode"`
		Message string `json:"errmsg"`
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return fmt.Errorf("HTTP %d, %s: not a JSON answer", resp.StatusCode, mediaType(resp))
	}
	if strings.HasPrefix(head.Message, "Warning: wrong json format") {
		// The platform half understood the request (errors.md 1): our bug, whatever the code says.
		c.log.Warn("platform calls our JSON wrong", "op", r.op(), "errcode", int(head.Code))
	}
	if head.Code != 0 {
		return &Error{Code: head.Code, Message: head.Message}
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("%w: %w", errUnexpected, err)
	}
	return nil
}

func mediaType(resp *http.Response) string {
	t, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		return "no content type"
	}
	return t
}

// Text is a string that some answers hold as a number: documentation and samples disagree about it.
type Text string

// UnmarshalJSON takes a string or a number.
func (t *Text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && (b[0] == '-' || b[0] >= '0' && b[0] <= '9') {
		*t = Text(b)
		return nil
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	*t = Text(s)
	return nil
}
