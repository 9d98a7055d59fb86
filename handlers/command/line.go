package command

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// line is what a member typed after a command's name.
type line struct {
	text  string
	words []word
}

// word is one word of a line. A quoted word is never an option.
type word struct {
	text   string
	at     int // offset of the word in the line, its quote included
	quoted bool
}

// quotes are the pairs that hold words together.
var quotes = map[rune]rune{'"': '"', '\'': '\'', '“': '”', '‘': '’', '「': '」', '『': '』', '＂': '＂'}

// split takes a message apart: the command's name, folded to half width, and the line after it.
func split(text string) (name string, l line, ok bool) {
	text = strings.TrimSpace(text)
	rest, ok := strings.CutPrefix(text, "/")
	if !ok {
		if rest, ok = strings.CutPrefix(text, "／"); !ok {
			return "", line{}, false
		}
	}
	end := strings.IndexFunc(rest, unicode.IsSpace)
	if end < 0 {
		end = len(rest)
	}
	name, rest = rest[:end], strings.TrimSpace(rest[end:])
	return name, line{text: rest, words: words(rest)}, name != "" && !strings.ContainsAny(name, "/\\")
}

func words(s string) []word {
	var out []word
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if unicode.IsSpace(r) {
			i += size
			continue
		}
		w, end := oneWord(s, i)
		out = append(out, w)
		i = end
	}
	return out
}

// oneWord reads the word that begins at i. A quote that is not closed is a character like any other.
func oneWord(s string, i int) (word, int) {
	var b strings.Builder
	w := word{at: i}
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if unicode.IsSpace(r) {
			break
		}
		i += size
		if closing, quote := quotes[r]; quote {
			if n := strings.IndexRune(s[i:], closing); n >= 0 {
				w.quoted = w.quoted || b.Len() == 0
				b.WriteString(s[i : i+n])
				i += n + utf8.RuneLen(closing)
				continue
			}
		}
		b.WriteString(s[i-size : i])
	}
	w.text = b.String()
	return w, i
}

// option takes an option word apart: --name, --name=value, -n, and what phones make of the dashes.
func (w word) option() (name, value string, hasValue, ok bool) {
	if w.quoted {
		return "", "", false, false
	}
	text := width.Narrow.String(w.text)
	rest, ok := text, false
	for _, dashes := range []string{"--", "——", "––", "—", "–"} {
		if rest, ok = strings.CutPrefix(text, dashes); ok {
			break
		}
	}
	if !ok {
		if rest, ok = strings.CutPrefix(text, "-"); !ok || startsNumber(rest) {
			return "", "", false, false
		}
	}
	if rest == "" {
		return "", "", false, text != "-" // "--" ends the options; "-" alone is a word
	}
	name, value, hasValue = strings.Cut(rest, "=")
	return strings.ToLower(name), value, hasValue, true
}

func startsNumber(s string) bool { return s != "" && (s[0] >= '0' && s[0] <= '9' || s[0] == '.') }

// help reports whether the member asks how the command is used.
func (l line) help() bool {
	for _, w := range l.words {
		name, _, _, ok := w.option()
		if ok && name == "" {
			return false
		}
		if ok && (name == "help" || name == "帮助") {
			return true
		}
	}
	return false
}
