package reply

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

var address = Header{To: "zhangsan", From: "ww1234567890abcdef", CreateTime: 1700000000}

func units(t testing.TB, r Reply, o Options) []Unit {
	t.Helper()
	us, err := r.Units(o)
	if err != nil {
		t.Fatalf("Units: %v", err)
	}
	return us
}

func only(t testing.TB, r Reply) Unit {
	t.Helper()
	us := units(t, r, Options{})
	if len(us) != 1 {
		t.Fatalf("%d units, want 1", len(us))
	}
	return us[0]
}

func TestTextOnTheWire(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]string{
		"plain":   "你好",
		"markup":  `a <b> & "c" \ ]]> ` + "\u2028" + ` <a href="https://example.com">x</a>`,
		"cdata":   "]]>]]>]]]]>>",
		"control": "a\x1d\x00\r\nb\tc\xffd\ufffe",
	} {
		u := only(t, Text(s))
		checkGolden(t, "90241/text_"+name, u.AppendPassive(nil, address))
		checkGolden(t, "90236/text_"+name, u.Body)
		if strings.Contains(string(u.Body), `\u`) {
			t.Errorf("body of %q has \\u escapes: %s", s, u.Body)
		}
		if got := roundTrip(t, u); got != clean(s) {
			t.Errorf("%q arrives as %q", s, got)
		}
	}
}

// roundTrip reads a text unit back from both forms.
func roundTrip(t testing.TB, u Unit) string {
	t.Helper()
	var x struct{ Content string }
	if err := xml.Unmarshal(u.AppendPassive(nil, address), &x); err != nil {
		t.Fatalf("passive XML: %v", err)
	}
	var j struct{ Content string }
	if err := json.Unmarshal(u.Body, &j); err != nil {
		t.Fatalf("active JSON: %v", err)
	}
	if x.Content != j.Content {
		t.Errorf("passive says %q, active %q", x.Content, j.Content)
	}
	return j.Content
}

func TestEmptyTextIsRefused(t *testing.T) {
	t.Parallel()
	for _, r := range []Reply{Text(""), Text(" \n\t"), Text("\x00"), Markdown("  ")} {
		_, err := r.Units(Options{})
		var e *FieldError
		if !errors.As(err, &e) || e.Code != 44004 {
			t.Errorf("Units(%q) = %v, want a FieldError with errcode 44004", r, err)
		}
	}
}

func TestTextBeyondReasonIsRefused(t *testing.T) {
	t.Parallel()
	_, err := Text(strings.Repeat("a", inputLimit+1)).Units(Options{})
	var e *LimitError
	if !errors.As(err, &e) || e.Field != "text.content" || e.Size != inputLimit+1 || e.Unit != "bytes" {
		t.Errorf("Units = %v, want a LimitError of text.content", err)
	}
}

func TestListSkipsNilAndKeepsOrder(t *testing.T) {
	t.Parallel()
	us := units(t, List(nil, Text("a"), List(Text("b"), nil), Markdown("c")), Options{})
	var got []string
	for _, u := range us {
		got = append(got, u.Plain)
	}
	if strings.Join(got, "") != "abc" {
		t.Errorf("parts = %q, want a b c", got)
	}
	if us := units(t, List(nil), Options{}); len(us) != 0 {
		t.Errorf("List(nil) has %d units, want none", len(us))
	}
	if _, err := List(Text("a"), Text("")).Units(Options{}); err == nil || !strings.HasPrefix(err.Error(), "reply 2 of 2: ") {
		t.Errorf("err = %v, want the position of the refused reply", err)
	}
}

func TestSplitPrefersTheBetterBorder(t *testing.T) {
	t.Parallel()
	fill := func(n int) string { return strings.Repeat("字", n) }
	for name, tc := range map[string]struct {
		in    string
		limit int
		want  []string
	}{
		"a line end wins over a later sentence end": {fill(7) + "\n" + fill(1) + "。" + fill(4), 30, []string{fill(7), fill(1) + "。" + fill(4)}},
		"a sentence end keeps its quote":            {fill(5) + "。”" + fill(9), 30, []string{fill(5) + "。”", fill(9)}},
		"a decimal point is no sentence end":        {"abcdefgh 3.14159 xyz", 12, []string{"abcdefgh", "3.14159 xyz"}},
		"no border but runes":                       {fill(15), 31, []string{fill(10), fill(5)}},
		"a link is kept whole":                      {fill(5) + `<a href="https://e.com">x y</a>` + fill(3), 40, []string{fill(5), `<a href="https://e.com">x y</a>` + fill(3)}},
		"a bare URL is kept whole":                  {"see the page https://example.com/a,b.c;d?e=1 now", 32, []string{"see the page", "https://example.com/a,b.c;d?e=1", "now"}},
		"a code span is kept whole":                 {"please run `rm -rf a b c d` now", 24, []string{"please run", "`rm -rf a b c d` now"}},
		"indentation after a cut stays":             {"aaaaaaaaaaaa\n\n    bbbb", 14, []string{"aaaaaaaaaaaa", "    bbbb"}},
		"a flag and a family stay whole":            {"aaaa🇨🇳👨‍👩‍👧", 15, []string{"aaaa🇨🇳", "👨‍👩‍👧"}[:1]},
	} {
		got := splitText(tc.in, tc.limit)
		if len(tc.want) == 1 { // the rest cannot fit
			got = got[:1]
		}
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", tc.want) {
			t.Errorf("%s: split(%q, %d) = %q, want %q", name, tc.in, tc.limit, got, tc.want)
		}
	}
}

func TestPartMarksFitTheLimit(t *testing.T) {
	t.Parallel()
	us := units(t, Text(strings.Repeat("一二三四五六七八九。", 1000)), Options{PartMarks: true})
	if len(us) < 10 {
		t.Fatalf("%d parts, want two digits", len(us))
	}
	for i, u := range us {
		if mark := fmt.Sprintf("\n(%d/%d)", i+1, len(us)); !strings.HasSuffix(u.Plain, mark) || len(u.Plain) > textLimit {
			t.Errorf("part %d: %d bytes, ends %q", i+1, len(u.Plain), u.Plain[len(u.Plain)-12:])
		}
	}
	if u := units(t, Text("short"), Options{PartMarks: true})[0]; u.Plain != "short" {
		t.Errorf("a single part is marked: %q", u.Plain)
	}
}

// checkSplit is the promise of splitting: limits, whole runes, nothing but white space lost.
func checkSplit(t *testing.T, s string, limit int) {
	t.Helper()
	parts := splitText(s, limit)
	for _, p := range parts {
		if len(p) > limit || !utf8.ValidString(p) || strings.TrimSpace(p) == "" {
			t.Errorf("bad part of %d bytes (limit %d) of %q: %q", len(p), limit, s, p)
		}
	}
	if got, want := ink(strings.Join(parts, "")), ink(s); got != want {
		t.Errorf("split(%q, %d) lost text: %q", s, limit, parts)
	}
	for _, a := range findAtoms(s, limit) { // each is whole in one part
		whole := false
		for _, p := range parts {
			whole = whole || strings.Contains(p, s[a.start:a.end])
		}
		if !whole {
			t.Errorf("split(%q, %d) cuts %q: %q", s, limit, s[a.start:a.end], parts)
		}
	}
}

// ink is what of a text shows.
func ink(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

func TestSplitKeepsItsPromiseOnRandomText(t *testing.T) {
	t.Parallel()
	bits := []string{"字", "。", "，", " ", "\n", "\n\n", "abc", "`a b`", "`", "``x ` y``", "https://e.com/p?q=1", "http://例子.中国/路", `<a href="https://e.com">点 这</a>`,
		"<a ", "</a>", "👨‍👩‍👧", "🇨🇳", "é", "3.14", ".", "://", "“好。”"}
	for seed := range uint64(500) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var b strings.Builder
		for range rng.IntN(200) {
			b.WriteString(bits[rng.IntN(len(bits))])
		}
		checkSplit(t, b.String(), 40+rng.IntN(100))
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("你好。https://e.com `a b` <a href=\"x\">y</a>", 40)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		if limit < utf8.UTFMax || limit > 4096 {
			return
		}
		checkSplit(t, clean(s), limit)
	})
}

func FuzzText(f *testing.F) {
	f.Add("a]]>\x00\r\n\xff")
	f.Fuzz(func(t *testing.T, s string) {
		us, err := Text(s).Units(Options{})
		if err != nil {
			return
		}
		for _, u := range us {
			if got := roundTrip(t, u); got != u.Plain || clean(got) != got {
				t.Errorf("%q arrives as %q", u.Plain, got)
			}
		}
	})
}

func TestUnitSurvivesStorage(t *testing.T) {
	t.Parallel()
	u := only(t, Text("a <b> & \u2028"))
	b, err := json.Marshal(u)
	if err != nil {
		t.Fatal(err)
	}
	var got Unit
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if string(got.Body) != string(u.Body) || got.MsgType != u.MsgType || got.Plain != u.Plain {
		t.Errorf("read back %+v, want %+v", got, u)
	}
	if got.CanPassive() {
		t.Error("a stored unit claims a passive form")
	}
}

func TestAppendPassiveAllocatesNothing(t *testing.T) {
	u := only(t, Text("a ]]> b 你好"))
	buf := make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() { buf = u.AppendPassive(buf[:0], address) }); n != 0 {
		t.Errorf("AppendPassive allocates %v times, want 0", n)
	}
}

func TestAppendPassivePanicsWithoutPassiveForm(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	only(t, Markdown("x")).AppendPassive(nil, address)
}
