package reply

import (
	"errors"
	"html"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

func rendered(t testing.TB, src string, d Dialect) string {
	t.Helper()
	b, doc, err := readMarkdown(src)
	if err != nil {
		t.Fatalf("read %q: %v", src, err)
	}
	parts := render(b, doc, d, 1<<30, false)
	if len(parts) != 1 {
		t.Fatalf("render(%q) has %d parts, want 1", src, len(parts))
	}
	return parts[0]
}

func TestOneDocumentInFourTargets(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("testdata/markdown/rich.md")
	if err != nil {
		t.Fatal(err)
	}
	checkGolden(t, "markdown/rich.v1", []byte(rendered(t, string(src), DialectV1)))
	checkGolden(t, "markdown/rich.v2", []byte(rendered(t, string(src), DialectV2)))
	checkGolden(t, "markdown/rich.text", []byte(rendered(t, string(src), plainText)))
	checkGolden(t, "markdown/rich.html", []byte(MarkdownHTML(string(src), DialectV2)))
	checkGolden(t, "markdown/rich.v1.html", []byte(MarkdownHTML(rendered(t, string(src), DialectV1), DialectV1)))
	for name, d := range map[string]Dialect{"v1": DialectV1, "v2": DialectV2} {
		parts, err := RenderMarkdown(string(src), d, 300, true)
		if err != nil {
			t.Fatal(err)
		}
		checkGolden(t, "markdown/rich.parts."+name, []byte(strings.Join(parts, "\n======\n")))
	}
}

// What an author writes in WeCom's own dialect is none of our business.
func TestValidV1ArrivesAsItIs(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		"**年假** 张三，请拨 8001",
		"**年假** 张三，请拨 8001\n",
		"# 标题",
		"# 标题\n正文\n\n\n## 二级\n正文",
		"> 引用",
		">引用一\n> 引用二\n正文不在引用里",
		"> 引用\n>\n> 引用\n> \n>引用",
		`<font color="info">正常</font>，<font color="comment">说明</font>，<font color="warning">异常</font>`,
		"第一行\n第二行\n\n第四行  \n第五行",
		"`代码` [链接](https://work.weixin.qq.com/?a=1&b=2_c_d) <@zhangsan> @all https://example.com/a_b_c",
		"\n  前面有空行\n\n后面有空行\n\n",
		"**注意！**明天放假，**“停电”**通知",
		"[注意]: 明天放假",
		"[注意]: https://example.com/notice",
		"3~5 天，7~9 天；5*3*2=30；snake_case_name；2 * 3 * 4；a < b > c",
		"请输入 <姓名> 或 <name>，如 #1042、1.5、50%",
		"# 标题 **粗** `码`",
		"1. 登录\n2. 提交\n\n3. 等待",
		"进度：\t50%\n事　项：<font color=\"info\">开会</font> ",
		official,
	} {
		if got := rendered(t, src, DialectV1); got != src {
			t.Errorf("v1 of %q = %q", src, got)
		}
	}
}

// The sample of doc 90236.
const official = `您的会议室已经预定，稍后会同步到` + "`邮箱`" + ` 
>**事项详情** 
>事　项：<font color="info">开会</font> 
>组织者：@miglioguan 
>参与者：@miglioguan、@kunliu、@jamdeezhou、@kanexiong、@kisonwang 
> 
>会议室：<font color="info">广州TIT 1楼 301</font> 
>日　期：<font color="warning">2018年5月18日</font> 
>时　间：<font color="comment">上午9:00-11:00</font> 
> 
>请准时参加会议。 
> 
>如需修改会议信息，请点击：[修改会议信息](https://work.weixin.qq.com)`

func TestWhatADialectLacksStaysReadable(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, src, v1, v2, text string }{
		{"italics", "*斜* _x_", "斜 x", "*斜* *x*", "斜 x"},
		{"bold over a line end", "**a\nb**", "**a**\n**b**", "**a**\n**b**", "a\nb"},
		{"colour over a line end", "<font color=\"info\">a\nb</font>", "<font color=\"info\">a</font>\n<font color=\"info\">b</font>", "a\nb", "a\nb"},
		{"the colour extension", "{green:好} {grey:{x}} {orange:**急**} {pink:x}",
			`<font color="info">好</font> <font color="comment">{x}</font> <font color="warning">**急**</font> {pink:x}`, "好 {x} **急** {pink:x}", "好 {x} 急 {pink:x}"},
		{"a colour does not end in code", "{green:a `}` b}", "<font color=\"info\">a `}` b</font>", "a `}` b", "a } b"},
		{"colours of HTML", `<font color="red">a</font><font color='green'>b</font><font color="#f00">c</font>`,
			`<font color="warning">a</font><font color="info">b</font>c`, "abc", "abc"},
		{"an open colour", `<font color="info">a`, `<font color="info">a</font>`, "a", "a"},
		{"colours within each other", `<font color="info">a<font color="warning">b</font>c</font>`,
			`<font color="info">a</font><font color="warning">b</font><font color="info">c</font>`, "abc", "abc"},
		{"strikethrough", "~~旧~~ 新", "~~旧~~ 新", "~~旧~~ 新", "~~旧~~ 新"},
		{"a mention", "<@zhangsan> 好", "<@zhangsan> 好", "@zhangsan 好", "@zhangsan 好"},
		{"nested lists", "* a\n  * b\n    1. c\n* d", "• a\n　• b\n　　1. c\n• d", "- a\n  - b\n    1. c\n- d", "• a\n  • b\n    1. c\n• d"},
		{"a list with paragraphs", "- a\n\n  b\n- c", "• a\n\n　b\n• c", "- a\n\n  b\n- c", "• a\n\n  b\n• c"},
		{"an empty item", "- a\n-\n- c", "• a\n•\n• c", "- a\n-\n- c", "• a\n•\n• c"},
		{"tasks", "- [x] a\n- [ ] b", "☑ a\n☐ b", "- ☑ a\n- ☐ b", "☑ a\n☐ b"},
		{"a quote in a quote", "> a\n>> b", "> a\n> │ b", "> a\n>> b", "> a\n> > b"},
		{"a quote in a list", "- a\n  > b", "• a\n　│ b", "- a\n  > b", "• a\n  > b"},
		{"a heading in a quote", "> # a", "> **a**", "> # a", "> a"},
		{"a setext heading", "a\nb\n===", "# a b", "# a b", "a b"},
		{"a heading closed by #", "## a ##", "## a", "## a", "a"},
		{"code", "```go\na := 1\n\n  b\n```", "> `a := 1`\n>\n> `  b`", "```go\na := 1\n\n  b\n```", "a := 1\n\n  b"},
		{"code with fences", "~~~\n```\n~~~", "> `｀｀｀`", "````\n```\n````", "```"},
		{"code in a list", "- a\n  ```\n  x\n  ```", "• a\n　│ `x`", "- a\n  ```\n  x\n  ```", "• a\n  x"},
		{"a tick in code", "`` a`b ``", "`a｀b`", "`a｀b`", "a`b"},
		{"a rule", "a\n\n***\nb", "a\n\n————————\nb", "a\n\n---\nb", "a\n\n————————\nb"},
		{"an image", "![图](https://e.com/a.png) ![](https://e.com/b.png)", "[图](https://e.com/a.png) [图片](https://e.com/b.png)",
			"![图](https://e.com/a.png) ![](https://e.com/b.png)", "图 (https://e.com/a.png) https://e.com/b.png"},
		{"a link with markup", "[**a** `b` [c]](https://e.com/x(y))", "[a b ［c］](https://e.com/x%28y%29)", "[a b ［c］](https://e.com/x%28y%29)", "a b [c] (https://e.com/x(y))"},
		{"a reference link", "[a][x] [x]\n\n[x]: https://e.com 't'", "[a](https://e.com) [x](https://e.com)", "[a](https://e.com) [x](https://e.com)", "a (https://e.com) x (https://e.com)"},
		{"a relative link", "[a](/b) [c](#d)", "a (/b) c (#d)", "a (/b) c (#d)", "a (/b) c (#d)"},
		{"an autolink", "<https://e.com/> <a@b.cn>", "https://e.com/ a@b.cn", "https://e.com/ a@b.cn", "https://e.com/ a@b.cn"},
		{"a link of HTML", `<a href="https://e.com">a</a> <a href="javascript:x">b</a>`, "[a](https://e.com) b", "[a](https://e.com) b", "a b"},
		{"dangerous links", "[a](javascript:x) [b](JaVa&#x73;cript:x) [c](data:text/html,x) [d](vbscript:x) [e](file:///etc/passwd) ![f](javascript:x)",
			"a b c d e f", "a b c d e f", "a b c d e f"},
		{"dangerous text", `\[a](javascript:x) &#91;b](java&#115;cript:x)`, "［a］(javascript:x) [b］(javascript:x)", "［a］(javascript:x) [b］(javascript:x)", "[a](javascript:x) [b](javascript:x)"},
		{"HTML", "<div>a<b>b</b><script>c</script><br>d<!-- e --></div>", "abc\nd", "abc\nd", "abc\nd"},
		{"tags that nothing ends", "**a** <b> & \"c\", <a> <I>x</I><i>", "**a** <b> & \"c\", <a> x<i>", "**a** <b> & \"c\", <a> x<i>", "a <b> & \"c\", <a> x<i>"},
		{"escapes", `\*a\* \*\*b\*\* \# c \[d](e) \<f>`, "*a* ＊＊b＊＊ # c ［d](e) ＜f>", "＊a＊ ＊＊b＊＊ # c ［d](e) ＜f>", "*a* **b** # c [d](e) <f>"},
		{"escapes at the start of a line", "\\# a\n\\> b\n\\- c\n1\\. d", "＃ a\n＞ b\n- c\n1. d", "＃ a\n＞ b\n－ c\n1． d", "# a\n> b\n- c\n1. d"},
		{"entities", "&lt;a&gt; &amp;&nbsp;&copy; &#35;", "＜a> & © #", "＜a> & © #", "<a> & © #"},
		{"a line that becomes the first", "a<br># b", "a\n＃ b", "a\n＃ b", "a\n# b"},
		{"a table", "a | b\n-|-:\nc | `d\\|`", "**a | b**\nc | `d｜`", "| a | b |\n| --- | ---: |\n| c | `d｜` |", "a | b\nc | d｜"},
		{"a table with too many cells stays", "a | b\n-|-\nc | d | e", "a | b\n-|-\nc | d | e", "a | b\n-|-\nc | d | e", "a | b\n-|-\nc | d | e"},
		{"a wide table of two", "k | v\n-|-\n钥匙 | " + strings.Repeat("宽", 20), "**k | v**\n**钥匙**: " + strings.Repeat("宽", 20),
			"| k | v |\n| --- | --- |\n| 钥匙 | " + strings.Repeat("宽", 20) + " |", "k | v\n钥匙: " + strings.Repeat("宽", 20)},
		{"a wide table", "a | b | c\n-|-|-\n1 | | " + strings.Repeat("宽", 20), "**a**: 1\n**b**: —\n**c**: " + strings.Repeat("宽", 20),
			"| a | b | c |\n| --- | --- | --- |\n| 1 |  | " + strings.Repeat("宽", 20) + " |", "a: 1\nb: —\nc: " + strings.Repeat("宽", 20)},
	} {
		for d, want := range map[Dialect]string{DialectV1: tc.v1, DialectV2: tc.v2, plainText: tc.text} {
			if got := rendered(t, tc.src, d); got != want {
				t.Errorf("%s: dialect %d of %q = %q, want %q", tc.name, d, tc.src, got, want)
			}
		}
	}
}

func TestNothingToShowIsRefused(t *testing.T) {
	t.Parallel()
	for _, src := range []string{"", " \n", "> ", "<div></div>", strings.Repeat(">", 50000), "**"[:0]} {
		_, err := Markdown(src).Units(Options{})
		var e *FieldError
		if !errors.As(err, &e) || e.Code != codeEmpty {
			t.Errorf("Units(%.20q) = %v, want errcode 44004", src, err)
		}
	}
	_, err := Markdown(strings.Repeat("a", markdownInput+1)).Units(Options{})
	var e *LimitError
	if !errors.As(err, &e) || e.Limit != markdownInput {
		t.Errorf("Units of too much = %v, want a LimitError", err)
	}
}

// A parser that nests, or pairs, without bound would not come back from these.
func TestHostileDocumentsAreBounded(t *testing.T) {
	t.Parallel()
	many := func(s string) string { return strings.Repeat(s, 60000/len(s)) }
	for _, src := range []string{
		strings.Repeat(">", 50000) + "x", many("> ") + "x", many("- ") + "x", many("1. ") + "x", many("> - ") + "x", many("[") + "x", many("[a]("),
		many("[a](<b"), strings.Repeat("[", 20000) + "x" + strings.Repeat("](b)", 10000), strings.Repeat("*a_", 10000) + strings.Repeat("_a*", 10000),
		many("`a``"), many("<a href=\""), many("{green:"), many("<font color=red>a\n"), many("# a\n"), many("|a|b"),
		"|a" + strings.Repeat("|a", 5000) + "\n" + strings.Repeat("|-", 5001) + "\n" + strings.Repeat("|x\n", 14000), many("&"), many("a\n"), many("x://"),
	} {
		for d := DialectV1; d <= plainText; d++ {
			parts, err := RenderMarkdown(src, d, 2048, true)
			if err != nil {
				t.Fatalf("render(%.20q…): %v", src, err)
			}
			for _, p := range parts {
				if len(p) > 2048 || !utf8.ValidString(p) {
					t.Errorf("render(%.20q…) has a part of %d bytes", src, len(p))
				}
			}
		}
		_ = MarkdownHTML(src, DialectV1)
		_ = MarkdownHTML(src, DialectV2)
	}
	if parts, err := RenderMarkdown(strings.Repeat(">", 50000)+"x", DialectV1, 2048, false); err != nil || len(parts) != 1 || !strings.HasSuffix(parts[0], "x") {
		t.Errorf("50,000 quotes = %q, %v; want one part that ends in x", parts, err)
	}
}

func TestHTMLIsSafe(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `<a href="javascript:alert(1)">x</a>`, `[x](javascript:alert(1))`, `[x]( java&#10;script:alert(1))`,
		`![x](javascript:alert(1))`, `![x" onerror="y](https://e.com/"onerror="z)`, `[x](https://e.com/"onclick="y)`, `<font color="x" onclick="y">z</font>`, `<font color="info"><b>`,
		`<@"><script>x</script>>`, "`<script>`", "```\n<script>\n```", `<https://e.com/"onclick="x>`, `{green:<script>}`, `<svg/onload=alert(1)>`, `[<img src=x onerror=y>](https://e.com)`,
	} {
		for _, d := range []Dialect{DialectV1, DialectV2} {
			got := MarkdownHTML(src, d)
			if bad := unsafeHTML(got); bad != "" {
				t.Errorf("HTML of %q has %s: %s", src, bad, got)
			}
		}
	}
}

// unsafeHTML finds a tag or attribute that we never write, or one that is not closed.
func unsafeHTML(s string) string {
	var open []string
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			break
		}
		end := strings.IndexByte(s[i:], '>')
		if end < 0 {
			return "an open tag"
		}
		tag := s[i+1 : i+end]
		s = s[i+end+1:]
		name, attributes, _ := strings.Cut(tag, " ")
		if closing, ok := strings.CutPrefix(name, "/"); ok {
			if len(open) == 0 || open[len(open)-1] != closing {
				return "</" + closing + ">"
			}
			open = open[:len(open)-1]
			continue
		}
		if !strings.Contains(" p br hr h1 h2 h3 h4 h5 h6 blockquote ul ol li pre code table tr th td strong em del a img span ", " "+name+" ") {
			return "<" + name + ">"
		}
		if name != "br" && name != "hr" && name != "img" {
			open = append(open, name)
		}
		for attributes != "" {
			key, rest, _ := strings.Cut(attributes, `="`)
			value, after, _ := strings.Cut(rest, `"`)
			if !strings.Contains(" href src alt class align start target rel referrerpolicy ", " "+key+" ") ||
				(key == "href" || key == "src") && !strings.HasPrefix(value, "http") && !strings.HasPrefix(value, "mailto:") && !strings.HasPrefix(value, "ftp:") && !strings.HasPrefix(value, "tel:") && !strings.HasPrefix(value, "w") {
				return key + "=" + value
			}
			attributes = strings.TrimPrefix(after, " ")
		}
	}
	if len(open) > 0 {
		return "open " + open[0]
	}
	return ""
}

func TestEscapedTextIsNoMarkup(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"**a**", "[a](e.com)", "`a`", "<font color=\"info\">a</font>", "# a", "> a", "- a", "+ a", "12. a", "1) a", "<@all>", "a\n# b", "| a |", "{green:a}", "a_b_c ~~d~~", "&lt;", `\*`, "张三"} {
		escaped := EscapeMarkdown(s)
		for _, d := range []Dialect{DialectV1, DialectV2} {
			if got := rendered(t, escaped, d); got != escaped {
				t.Errorf("dialect %d of escaped %q = %q, want %q", d, s, got, escaped)
			}
		}
		if got, want := html.UnescapeString(MarkdownHTML(escaped, DialectV2)), "<p>"+escaped+"</p>\n"; got != want {
			t.Errorf("HTML of escaped %q = %q, want %q", s, got, want)
		}
	}
}

func TestPlainReadingOfParts(t *testing.T) {
	t.Parallel()
	us := units(t, Markdown(strings.Repeat("- **粗** [链](https://e.com) `码` {red:急}\n", 100)), Options{})
	if len(us) < 2 {
		t.Fatalf("%d parts, want several", len(us))
	}
	for _, u := range us {
		if strings.ContainsAny(u.Plain, "*`<[") || !strings.Contains(u.Plain, "• 粗 链 (https://e.com) 码 急") || u.Fallback != u.Plain {
			t.Errorf("plain reading of a part: %.80q", u.Plain)
		}
	}
}
