package wecom

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func FuzzLiteral(f *testing.F) {
	for _, s := range []string{"你好\u2028 <b>", `\u003c`, "\x00\x1d", "\xff\xed\xa0\x80", `"\`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, v := range []any{s, json.RawMessage(escaped(s))} {
			p, err := jsonPayload(v)
			if err != nil {
				t.Fatalf("jsonPayload(%q): %v", v, err)
			}
			body, _ := p.open()
			var b bytes.Buffer
			if n, _ := b.ReadFrom(body); n != p.size {
				t.Fatalf("%d bytes, announced as %d", n, p.size)
			}
			var got string
			if err := json.Unmarshal(b.Bytes(), &got); err != nil {
				t.Fatalf("%q is not JSON: %v", &b, err)
			}
			want := strings.Map(func(r rune) rune {
				if unicode.IsControl(r) {
					return -1
				}
				return r
			}, strings.ToValidUTF8(s, "\ufffd"))
			got = strings.Map(func(r rune) rune {
				if unicode.IsControl(r) { // \t and \n have escapes of their own
					return -1
				}
				return r
			}, got)
			if strings.ReplaceAll(got, "\ufffd", "") != strings.ReplaceAll(want, "\ufffd", "") {
				t.Errorf("%q became %q", want, got)
			}
			if strings.Contains(strings.ReplaceAll(b.String(), `\\`, ""), `\u`) || !utf8.Valid(b.Bytes()) {
				t.Errorf("%q holds an escape", &b)
			}
		}
	})
}

func TestTextMayComeAsANumber(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{`"x1"`: "x1", `17`: "17", `-1.5`: "-1.5", `""`: "", `null`: "", `true`: "error", `{}`: "error"} {
		var got Text
		if err := json.Unmarshal([]byte(src), &got); err != nil {
			got = "error"
		}
		if string(got) != want {
			t.Errorf("%s became %q, want %q", src, got, want)
		}
	}
}

// escaped is s as JSON with every character as \uXXXX, as other programs write it.
func escaped(s string) []byte {
	var b bytes.Buffer
	b.WriteByte('"')
	for _, r := range s {
		if r > 0xffff {
			r1, r2 := (r-0x10000)>>10+0xd800, (r-0x10000)&0x3ff+0xdc00
			b.WriteString(hex4(r1) + hex4(r2))
			continue
		}
		b.WriteString(hex4(r))
	}
	b.WriteByte('"')
	return b.Bytes()
}

func hex4(r rune) string {
	const digits = "0123456789abcdef"
	return `\u` + string([]byte{digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15]})
}
