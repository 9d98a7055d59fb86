package reply

import (
	"strconv"
	"strings"
)

// appendElement appends <name><![CDATA[s]]></name>.
func appendElement(dst []byte, name, s string) []byte {
	dst = appendOpen(dst, name)
	dst = appendCDATA(dst, s)
	return appendClose(dst, name)
}

// appendOptional appends the element unless s is empty.
func appendOptional(dst []byte, name, s string) []byte {
	if s == "" {
		return dst
	}
	return appendElement(dst, name, s)
}

// appendInt appends a bare number: numbers stand outside CDATA (doc 90241).
func appendInt(dst []byte, name string, n int) []byte {
	dst = appendOpen(dst, name)
	dst = strconv.AppendInt(dst, int64(n), 10)
	return appendClose(dst, name)
}

func appendOpen(dst []byte, name string) []byte {
	dst = append(dst, '<')
	dst = append(dst, name...)
	return append(dst, '>')
}

func appendClose(dst []byte, name string) []byte {
	dst = append(dst, "</"...)
	dst = append(dst, name...)
	return append(dst, '>')
}

// appendCDATA cleans s and splits "]]>", the only text that a section cannot hold, over two sections.
func appendCDATA(dst []byte, s string) []byte {
	s = clean(s)
	dst = append(dst, "<![CDATA["...)
	for {
		i := strings.Index(s, "]]>")
		if i < 0 {
			break
		}
		dst = append(dst, s[:i]...)
		dst = append(dst, "]]]]><![CDATA[>"...)
		s = s[i+len("]]>"):]
	}
	dst = append(dst, s...)
	return append(dst, "]]>"...)
}

// appendBool appends a bare boolean.
func appendBool(dst []byte, name string, b bool) []byte {
	dst = appendOpen(dst, name)
	dst = strconv.AppendBool(dst, b)
	return appendClose(dst, name)
}
