package reply

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// appendString appends clean text as a JSON string of literal UTF-8: only what JSON demands is escaped, because the
// platform refuses \uXXXX sequences (errcode 40033).
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := range len(s) {
		var esc byte
		switch s[i] {
		case '"', '\\':
			esc = s[i]
		case '\n':
			esc = 'n'
		case '\t':
			esc = 't'
		default:
			continue
		}
		dst = append(dst, s[start:i]...)
		dst = append(dst, '\\', esc)
		start = i + 1
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// contentBody is {"content":"…"}.
func contentBody(s string) json.RawMessage {
	dst := make([]byte, 0, len(s)+len(s)/16+16)
	dst = append(dst, `{"content":`...)
	dst = appendString(dst, s)
	return append(dst, '}')
}

// bodyOf is v as JSON with clean, literal strings. v is a wire struct of ours, which always encodes.
func bodyOf(v any) json.RawMessage {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("reply: " + err.Error())
	}
	return []byte(clean(string(literal(bytes.TrimSuffix(buf.Bytes(), []byte("\n"))))))
}

// literal replaces the escapes that encoding/json writes anyway (U+2028, control characters, carriage returns, bytes
// that are no UTF-8) by what clean makes of them.
func literal(src []byte) []byte {
	dst := make([]byte, 0, len(src))
	for {
		i := bytes.IndexByte(src, '\\')
		if i < 0 || i+1 >= len(src) {
			return append(dst, src...)
		}
		dst = append(dst, src[:i]...)
		src = src[i:]
		n := 2
		switch src[1] {
		case 'u':
			n = 6
			code, _ := strconv.ParseUint(string(src[2:6]), 16, 16)
			dst = append(dst, clean(string(rune(code)))...)
		case 'b', 'f':
		case 'r':
			if !bytes.HasPrefix(src[2:], []byte(`\n`)) {
				dst = append(dst, `\n`...)
			}
		default:
			dst = append(dst, src[:2]...)
		}
		src = src[n:]
	}
}
