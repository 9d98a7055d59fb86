package message_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/wecombot/wecombot/crypto"
	"github.com/wecombot/wecombot/message"
)

const (
	benchKey  = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
	benchCorp = "ww0123456789abcdef"
)

// callback is a text callback of 600 bytes inside, and its envelope.
func callback(b *testing.B, c *crypto.Crypter) (inner, body []byte, sealed crypto.Sealed) {
	b.Helper()
	head := `<xml><ToUserName><![CDATA[` + benchCorp + `]]></ToUserName><FromUserName><![CDATA[zhangsan]]></FromUserName>` +
		`<CreateTime>1409659813</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[`
	tail := `]]></Content><MsgId>4561255354251345929</MsgId><AgentID>1000002</AgentID></xml>`
	text := strings.Repeat("请假三天 ", 100)[:(600-len(head)-len(tail))/13*13]
	inner = []byte(head + text + strings.Repeat(".", 600-len(head)-len(tail)-len(text)) + tail)
	sealed, err := c.Seal(inner, benchCorp, 0, 1409659813, "1372623149")
	if err != nil {
		b.Fatal(err)
	}
	body = []byte(`<xml><ToUserName><![CDATA[` + benchCorp + `]]></ToUserName><Encrypt><![CDATA[` + string(sealed.Ciphertext) +
		`]]></Encrypt><AgentID><![CDATA[1000002]]></AgentID></xml>`)
	return inner, body, sealed
}

// BenchmarkOpen is a whole callback beside the work that no implementation can avoid.
func BenchmarkOpen(b *testing.B) {
	c, err := crypto.New("QDG6eK", []string{benchKey}, benchCorp)
	if err != nil {
		b.Fatal(err)
	}
	_, body, sealed := callback(b, c)
	var unavoidable float64 // nanoseconds
	b.Run("floor", func(b *testing.B) {
		benchFloor(b, body, sealed.Ciphertext)
		unavoidable = perOp(b)
	})
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			e, err := message.ParseEnvelope(body)
			if err != nil {
				b.Fatal(err)
			}
			opened, err := c.Open(sealed.Signature, "1409659813", "1372623149", e.Encrypt)
			if err != nil {
				b.Fatal(err)
			}
			if m, err := message.Parse(opened.Message); err != nil || m.From != "zhangsan" {
				b.Fatal(m, err)
			}
		}
		b.ReportMetric(perOp(b)/unavoidable, "x-floor")
	})
}

func perOp(b *testing.B) float64 { return float64(b.Elapsed().Nanoseconds()) / float64(b.N) }

// benchFloor hashes, decodes, decrypts, and looks at every byte of both documents once.
func benchFloor(b *testing.B, body, ciphertext []byte) {
	key, err := base64.StdEncoding.DecodeString(benchKey + "=")
	if err != nil {
		b.Fatal(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		b.Fatal(err)
	}
	raw := make([]byte, len(ciphertext))
	var hexed [40]byte
	tags := 0
	b.ReportAllocs()
	for b.Loop() {
		sum := sha1.Sum(ciphertext)
		hex.Encode(hexed[:], sum[:])
		n, _ := base64.StdEncoding.Decode(raw, ciphertext)
		cipher.NewCBCDecrypter(block, key[:16]).CryptBlocks(raw[:n], raw[:n])
		for _, doc := range [][]byte{body, raw[:n]} {
			for _, c := range doc {
				if c == '<' {
					tags++
				}
			}
		}
	}
}

// BenchmarkBody decodes a small and a large body beyond the header.
func BenchmarkBody(b *testing.B) {
	for _, path := range []string{"testdata/90240/event.click.xml", "testdata/91815/event.sys_approval_change.xml"} {
		raw, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		m := parse(b, string(raw))
		b.Run(m.Event, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if m.Body() == nil {
					b.Fatal("no body")
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	c, err := crypto.New("QDG6eK", []string{benchKey}, benchCorp)
	if err != nil {
		b.Fatal(err)
	}
	inner, body, _ := callback(b, c)
	b.Run("message", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := message.Parse(inner); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("envelope", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := message.ParseEnvelope(body); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("field", func(b *testing.B) {
		m := parse(b, string(inner))
		b.ReportAllocs()
		for b.Loop() {
			if m.Field("AgentID") == "" {
				b.Fatal("no field")
			}
		}
	})
}
