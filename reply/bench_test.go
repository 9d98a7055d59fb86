package reply

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
)

func document(b *testing.B, size int) string {
	src, err := os.ReadFile("testdata/markdown/rich.md")
	if err != nil {
		b.Fatal(err)
	}
	s := strings.Repeat(string(src)+"\n\n", 1+size/len(src))
	return s[:strings.LastIndexByte(s[:size], '\n')]
}

func BenchmarkMarkdown(b *testing.B) {
	src := document(b, 2048)
	b.Run("goldmark to HTML", func(b *testing.B) { // the floor
		md, out := goldmark.New(goldmark.WithExtensions(extension.GFM)), new(bytes.Buffer)
		b.ReportAllocs()
		for b.Loop() {
			out.Reset()
			if err := md.Convert([]byte(src), out); err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, d := range map[string]Dialect{"v1": DialectV1, "v2": DialectV2} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := RenderMarkdown(src, d, 1<<20, false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("HTML", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			MarkdownHTML(src, DialectV2)
		}
	})
	b.Run("units", func(b *testing.B) { // with the plain reading, and cut in two
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Markdown(src).Units(Options{PartMarks: true}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkText(b *testing.B) {
	for name, src := range map[string]string{"one part": "你好，今天 10 点开会", "ten parts": strings.Repeat("一二三四五六七八九。", 650)} {
		b.Run(name, func(b *testing.B) {
			buf := make([]byte, 0, 4096)
			b.ReportAllocs()
			for b.Loop() {
				us, err := Text(src).Units(Options{})
				if err != nil {
					b.Fatal(err)
				}
				buf = us[0].AppendPassive(buf[:0], address)
			}
		})
	}
}
