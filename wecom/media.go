package wecom

import (
	"context"
	"fmt"
	"net/url"
)

// Get downloads a file of at most 20 MB. The caller closes it.
//
//wecom:op GET /cgi-bin/media/get 90254
func (s *MediaService) Get(ctx context.Context, mediaID string) (*Download, error) {
	return s.conn.download(ctx, "GET", "/cgi-bin/media/get", url.Values{"media_id": {mediaID}})
}

// GetRange downloads the bytes from first to last, both counted from 0 and included. Over 20 MB this is the only way,
// and 20 MB is the most that one call takes (830002). The caller closes it.
func (s *MediaService) GetRange(ctx context.Context, mediaID string, first, last int64) (*Download, error) {
	r := s.conn.operation("GET", "/cgi-bin/media/get", url.Values{"media_id": {mediaID}})
	r.byteRange = fmt.Sprintf("bytes=%d-%d", first, last)
	return s.conn.core.download(ctx, r)
}
