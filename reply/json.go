package reply

// appendString appends clean text as a JSON string of literal UTF-8: only what JSON demands is escaped, because the
// platform refuses \uXXXX sequences (errcode 40033).
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); i++ {
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
func contentBody(s string) []byte {
	dst := make([]byte, 0, len(s)+len(s)/16+16)
	dst = append(dst, `{"content":`...)
	dst = appendString(dst, s)
	return append(dst, '}')
}
