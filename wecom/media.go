package wecom

import (
	"context"
	"net/url"
)

// MediaService uploads and downloads media (素材).
type MediaService struct{ client *Client }

// MediaType says what a file is to the platform.
type MediaType string

// Media types and their largest sizes (doc 90253). Every file has more than 5 bytes.
const (
	MediaImage MediaType = "image" // 10 MB, JPG or PNG
	MediaVoice MediaType = "voice" // 2 MB, 60 s, AMR
	MediaVideo MediaType = "video" // 10 MB, MP4
	MediaFile  MediaType = "file"  // 20 MB
)

// Media is an uploaded file.
type Media struct {
	Type      MediaType `json:"type"`
	MediaID   string    `json:"media_id"`   // lives 3 days, for every app of the corp
	CreatedAt string    `json:"created_at"` // unix seconds, a string on the wire
}

// Upload sends a file as it is read from f.
//
//wecom:op POST /cgi-bin/media/upload 90253
func (s *MediaService) Upload(ctx context.Context, t MediaType, f *File) (*Media, error) {
	r := &call{method: "POST", path: "/cgi-bin/media/upload", query: url.Values{"type": {string(t)}}, token: s.client.token}
	out := new(Media)
	if err := s.client.core.upload(ctx, r, f, out); err != nil {
		return nil, err
	}
	return out, nil
}

// Get downloads a file. The caller closes its Body.
//
//wecom:op GET /cgi-bin/media/get 90254
func (s *MediaService) Get(ctx context.Context, mediaID string) (*Download, error) {
	r := &call{method: "GET", path: "/cgi-bin/media/get", query: url.Values{"media_id": {mediaID}}, token: s.client.token}
	return s.client.core.download(ctx, r)
}
