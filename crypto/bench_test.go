package crypto_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
)

// sample is a text callback of 600 bytes, half of them Chinese.
func sample() []byte {
	head := `<xml><ToUserName><![CDATA[ww0123456789abcdef]]></ToUserName><FromUserName><![CDATA[zhangsan]]></FromUserName>` +
		`<CreateTime>1409659813</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[`
	tail := `]]></Content><MsgId>4561255354251345929</MsgId><AgentID>1000002</AgentID></xml>`
	text := strings.Repeat("请假三天 ", 100)[:(600-len(head)-len(tail))/13*13]
	return []byte(head + text + strings.Repeat(".", 600-len(head)-len(tail)-len(text)) + tail)
}

// floor is the work that no implementation can avoid, with nothing allocated and nothing checked.
type floor struct {
	block    cipher.Block
	iv       []byte
	raw, b64 []byte
}

func newFloor(b *testing.B, ciphertext []byte) *floor {
	b.Helper()
	key, err := base64.StdEncoding.DecodeString(aesKey + "=")
	if err != nil {
		b.Fatal(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		b.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(string(ciphertext))
	if err != nil {
		b.Fatal(err)
	}
	return &floor{block: block, iv: key[:16], raw: raw, b64: make([]byte, len(ciphertext))}
}

func BenchmarkOpen(b *testing.B) {
	c := newCrypter(b, aesKey)
	sealed, err := c.Seal(sample(), corp, 0, 1409659813, "1372623149")
	if err != nil {
		b.Fatal(err)
	}
	var unavoidable float64 // nanoseconds
	b.Run("floor", func(b *testing.B) {
		f := newFloor(b, sealed.Ciphertext)
		var hexed [40]byte
		b.ReportAllocs()
		for b.Loop() {
			sum := sha1.Sum(sealed.Ciphertext)
			hex.Encode(hexed[:], sum[:])
			n, _ := base64.StdEncoding.Decode(f.raw, sealed.Ciphertext)
			cipher.NewCBCDecrypter(f.block, f.iv).CryptBlocks(f.raw[:n], f.raw[:n])
		}
		unavoidable = perOp(b)
	})
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.Open(sealed.Signature, "1409659813", "1372623149", sealed.Ciphertext); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(perOp(b)/unavoidable, "x-floor")
	})
}

func BenchmarkSeal(b *testing.B) {
	c := newCrypter(b, aesKey)
	message := sample()
	first, err := c.Seal(message, corp, 0, 1409659813, "1372623149")
	if err != nil {
		b.Fatal(err)
	}
	var unavoidable float64 // nanoseconds
	b.Run("floor", func(b *testing.B) {
		f := newFloor(b, first.Ciphertext)
		var hexed [40]byte
		b.ReportAllocs()
		for b.Loop() {
			cipher.NewCBCEncrypter(f.block, f.iv).CryptBlocks(f.raw, f.raw)
			base64.StdEncoding.Encode(f.b64, f.raw)
			sum := sha1.Sum(f.b64)
			hex.Encode(hexed[:], sum[:])
		}
		unavoidable = perOp(b)
	})
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.Seal(message, corp, 0, 1409659813, "1372623149"); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(perOp(b)/unavoidable, "x-floor")
	})
}

func perOp(b *testing.B) float64 { return float64(b.Elapsed().Nanoseconds()) / float64(b.N) }
