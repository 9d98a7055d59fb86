package strictyaml

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// source is a file's text, kept to point into it.
type source struct {
	name   string
	text   string
	lines  []string // without their breaks; split where the YAML scanner splits
	starts []int    // of the lines, in bytes
}

func newSource(name string, text []byte) *source {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	s := &source{name: name, text: string(text)}
	s.split()
	return s
}

func (s *source) pos(line, col int) Pos { return Pos{s.name, line, col} }

// line returns a line by its number, from 1; "" outside.
func (s *source) line(n int) string {
	if n < 1 || n > len(s.lines) {
		return ""
	}
	return s.lines[n-1]
}

// offset is the byte at which a character stands.
func (s *source) offset(line, col int) int {
	at := s.starts[line-1]
	for ; col > 1; col-- {
		_, n := utf8.DecodeRuneInString(s.text[at:])
		at += n
	}
	return at
}

// split breaks the text at LF, CR, CRLF and, as the YAML scanner does, at NEL, LS and PS.
func (s *source) split() {
	start := 0
	for i, r := range s.text {
		switch r {
		case '\n':
			if i > 0 && s.text[i-1] == '\r' {
				start = i + 1
				continue
			}
			fallthrough
		case '\r', '\u0085', '\u2028', '\u2029':
			s.lines, s.starts = append(s.lines, s.text[start:i]), append(s.starts, start)
			start = i + utf8.RuneLen(r)
		}
	}
	s.lines, s.starts = append(s.lines, s.text[start:]), append(s.starts, start)
}

// check finds what the YAML scanner would refuse without a position: a wrong encoding and control characters.
func (s *source) check() []Problem {
	line, col := 1, 1
	for i := 0; i < len(s.text); {
		r, n := utf8.DecodeRuneInString(s.text[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			return []Problem{s.pos(line, col).Problem("not UTF-8: byte 0x%02x", s.text[i]).WithHint("save the file as UTF-8")}
		case r == '\n' || r == '\u0085' || r == '\u2028' || r == '\u2029' ||
			r == '\r' && !strings.HasPrefix(s.text[i+1:], "\n"):
			line, col = line+1, 0
		case r < ' ' && r != '\t' && r != '\r' || r >= 0x7f && r < 0xa0 || r == 0xfffe || r == 0xffff:
			return []Problem{s.pos(line, col).Problem("control character U+%04X", r).
				WithHint(`delete it, or write "\u%04x" in double quotes`, r)}
		}
		col++
		i += n
	}
	return nil
}

func kib(n int) string {
	if n%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}
