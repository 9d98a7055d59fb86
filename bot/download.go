package bot

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/wecombot/wecombot/wecom"
)

// maxDownload bounds a file that a handler reads, in bytes. Members cannot send more in one piece (doc 90254).
const maxDownload = 20 << 20

// ErrTooLarge ends the reading of a file that is larger than members can send.
var ErrTooLarge = errors.New("bot: the file is larger than 20 MiB")

// download opens a file that the member sent. It is a stream; what exceeds the bound is an error, not a cut.
func (r *run) download(ctx context.Context, mediaID string) (*wecom.Download, error) {
	d, err := r.app.Client.Media.Get(ctx, mediaID)
	if err != nil {
		return nil, fmt.Errorf("download: %w", err)
	}
	if d.Size > maxDownload {
		return nil, errors.Join(ErrTooLarge, d.Close())
	}
	d.Body = &bounded{ReadCloser: d.Body, left: maxDownload}
	return d, nil
}

// bounded reads up to a bound, and fails beyond it.
type bounded struct {
	io.ReadCloser
	left int64
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, ErrTooLarge
	}
	return n, err
}
