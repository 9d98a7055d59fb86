package crypto

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrMedia says that media of an AI bot could not be decrypted: another key, or not the whole file.
var ErrMedia = errors.New("crypto: media: wrong key or damaged file")

// DecryptMedia decrypts the bytes behind an AI bot's image, file or video URL (doc 100719): AES-256-CBC padded to
// 32, without the header of a callback. The key is the callback's EncodingAESKey, or the aeskey beside the URL.
func DecryptMedia(aesKey string, data []byte) ([]byte, error) {
	r, err := NewMediaReader(aesKey, bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	out := make([]byte, len(data)+1) // the result is shorter, so ReadFull ends with an error
	n, err := io.ReadFull(r, out)
	if !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return out[:n], nil
}

// EncryptMedia is the other direction, for a platform in memory.
func EncryptMedia(aesKey string, data []byte) ([]byte, error) {
	k, err := parseMediaKey(aesKey)
	if err != nil {
		return nil, err
	}
	out := appendPadding(append(make([]byte, 0, len(data)+padSize), data...))
	cipher.NewCBCEncrypter(k.block, k.iv[:]).CryptBlocks(out, out)
	return out, nil
}

// NewMediaReader decrypts what r yields as it is read. Padding shows only at the end: a reader that stops earlier
// has not verified anything, and the error of a wrong key comes with the last read.
func NewMediaReader(aesKey string, r io.Reader) (io.Reader, error) {
	k, err := parseMediaKey(aesKey)
	if err != nil {
		return nil, err
	}
	return &mediaReader{src: r, mode: cipher.NewCBCDecrypter(k.block, k.iv[:])}, nil
}

// parseMediaKey differs from parseKey in one point: an aeskey may have its "=" (doc 101463).
func parseMediaKey(aesKey string) (key, error) {
	k, err := parseKey(strings.TrimSuffix(strings.TrimSpace(aesKey), "="))
	if err != nil {
		return key{}, fmt.Errorf("crypto: media: %w", err)
	}
	return k, nil
}

// mediaReader holds the last 32 decrypted bytes back until it knows whether they are padding.
type mediaReader struct {
	src  io.Reader
	mode cipher.BlockMode
	buf  [4096 + padSize]byte
	from int // buf[from:to] is decrypted
	to   int
	err  error // of src, io.EOF once the padding is off
}

func (m *mediaReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for m.ready() == 0 && m.err == nil {
		m.fill()
	}
	n := copy(p, m.buf[m.from:m.from+m.ready()])
	m.from += n
	if n == 0 {
		return 0, m.err
	}
	return n, nil
}

// ready is the number of bytes that are certainly not padding.
func (m *mediaReader) ready() int {
	if m.err != nil {
		return m.to - m.from
	}
	return max(0, m.to-m.from-padSize)
}

func (m *mediaReader) fill() {
	m.to = copy(m.buf[:], m.buf[m.from:m.to])
	m.from = 0
	free := m.buf[m.to : m.to+(len(m.buf)-m.to)/aes.BlockSize*aes.BlockSize]
	n, err := readAll(m.src, free)
	whole := n / aes.BlockSize * aes.BlockSize
	m.mode.CryptBlocks(free[:whole], free[:whole])
	m.to += whole
	switch {
	case err == nil:
	case err != io.EOF: //nolint:errorlint // a wrapped EOF is not the end of the file
		m.to, m.err = m.from, err // what is held back was not verified
	case n != whole:
		m.to, m.err = m.from, ErrMedia
	default:
		m.err = m.unpad()
	}
}

// readAll is io.ReadFull, except that the end of r stays apart from a connection that broke (io.ErrUnexpectedEOF):
// half a file must not pass for a whole one.
func readAll(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var k int
		k, err = r.Read(p[n:])
		n += k
	}
	return n, err
}

func (m *mediaReader) unpad() error {
	if m.to == 0 {
		return ErrMedia
	}
	pad := int(m.buf[m.to-1])
	if pad < 1 || pad > padSize || pad > m.to || bytes.Count(m.buf[m.to-pad:m.to], []byte{byte(pad)}) != pad {
		m.to = 0
		return ErrMedia
	}
	m.to -= pad
	return io.EOF
}
