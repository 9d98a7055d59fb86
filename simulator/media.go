package simulator

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	mediaLife = 3 * 24 * time.Hour
	minMedia  = 6        // bytes: "over 5"
	maxPlain  = 20 << 20 // bytes of media/get without Range
)

// mediaLimits by type (doc 90253): bytes, and the endings that are taken.
var mediaLimits = map[string]struct {
	size int
	ends []string
}{
	"image": {10 << 20, []string{".jpg", ".jpeg", ".png"}},
	"voice": {2 << 20, []string{".amr"}},
	"video": {10 << 20, []string{".mp4"}},
	"file":  {20 << 20, nil},
}

// media is a temporary upload, shared by all apps of the corp.
type media struct {
	kind, name string
	data       []byte
	expires    time.Time
}

// AddPicture puts a picture where a PicUrl may point, and returns its address and its media id.
func (s *Server) AddPicture(corpID, name string, data []byte) (url, mediaID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.URL + picturePath + s.keepPicture(name, data), s.keepMedia(s.corpFor(corpID, false), "image", name, data)
}

// AddMedia puts a file into the platform as if a member had sent it, and returns its media id.
func (s *Server) AddMedia(corpID, kind, name string, data []byte) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keepMedia(s.corpFor(corpID, false), kind, name, data)
}

// Media returns the bytes and name of an upload.
func (s *Server) Media(corpID, id string) (name string, data []byte, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.corpFor(corpID, false).media[id]
	if m == nil {
		return "", nil, false
	}
	return m.name, m.data, true
}

func (s *Server) keepMedia(c *corp, kind, name string, data []byte) string {
	id := s.newID("media")
	s.keep(c.media, id, &media{kind: kind, name: name, data: data})
	return id
}

// keep stores a file for three days, and forgets those whose time is over.
func (s *Server) keep(files map[string]*media, id string, m *media) {
	now := s.opt.now()
	maps.DeleteFunc(files, func(_ string, old *media) bool { return !now.Before(old.expires) })
	m.expires = now.Add(mediaLife)
	files[id] = m
}

// findMedia finds an upload of a kind.
func (c *corp) findMedia(id, kind string) (*media, *refusal) {
	if id == "" {
		return nil, refuse(codeNoMediaID, "media_id missing")
	}
	m := c.media[id]
	if m == nil || m.kind != kind || !c.now().Before(m.expires) {
		return nil, refuse(codeMediaID, "invalid media_id")
	}
	return m, nil
}

// uploadMedia is POST media/upload (doc 90253).
func uploadMedia(c *call) (fields, *refusal) {
	kind := c.query.Get("type")
	limit, ok := mediaLimits[kind]
	if !ok {
		return nil, refusef(codeMediaKind, "invalid media type %q", kind)
	}
	name, data, no := c.filePart()
	if no != nil {
		return nil, no
	}
	switch ending := strings.ToLower(path.Ext(name)); {
	case len(data) == 0:
		return nil, refuse(codeMediaEmpty, "empty media data")
	case len(data) < minMedia, len(data) > limit.size:
		return nil, refusef(codeMediaSize, "invalid media size %d", len(data))
	case limit.ends != nil && !slices.Contains(limit.ends, ending):
		return nil, refusef(codeMediaType, "invalid file type %q for %s", ending, kind)
	}
	id := c.s.keepMedia(c.corp, kind, name, data)
	return fields{"type": kind, "media_id": id, "created_at": unixText(c.s.opt.now())}, nil
}

// unixText is a time as media/upload answers it: seconds in a string.
func unixText(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// filePart reads the multipart field "media".
func (c *call) filePart() (name string, data []byte, no *refusal) {
	kind, params, err := mime.ParseMediaType(c.header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return "", nil, refuse(codeArgument, "the body is not multipart/form-data")
	}
	parts := multipart.NewReader(bytes.NewReader(c.body), params["boundary"])
	for {
		part, err := parts.NextPart()
		if err != nil {
			return "", nil, refuse(codeMediaEmpty, "no form field media")
		}
		if part.FormName() != "media" {
			continue
		}
		if data, err = io.ReadAll(part); err != nil {
			return "", nil, refuse(codeArgument, "the multipart body ends early")
		}
		return rawFileName(part.Header.Get("Content-Disposition")), data, nil
	}
}

// rawFileName reads filename="…" as raw UTF-8. The platform does not understand filename*=.
func rawFileName(disposition string) string {
	_, rest, ok := strings.Cut(disposition, `filename="`)
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, `"`)
	return path.Base(strings.ReplaceAll(name, `\`, "/"))
}

// getMedia is GET media/get (doc 90254): the bytes, or a JSON error.
func getMedia(c *call) (answer, *refusal) {
	id := c.query.Get("media_id")
	if id == "" {
		return answer{}, refuse(codeNoMediaID, "media_id missing")
	}
	m := c.corp.media[id]
	if m == nil || !c.s.opt.now().Before(m.expires) {
		return answer{}, refuse(codeMediaID, "invalid media_id")
	}
	from, to, partial, no := byteRange(c.header.Get("Range"), len(m.data))
	if no != nil {
		return answer{}, no
	}
	h := http.Header{
		"Content-Type":        {m.contentType()},
		"Content-Disposition": {fmt.Sprintf(`attachment; filename="%s"`, m.name)},
	}
	a := answer{header: h, body: m.data[from:to], msg: "ok", status: http.StatusOK}
	if partial {
		a.status = http.StatusPartialContent
		h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(m.data)))
	}
	return a, nil
}

func (m *media) contentType() string {
	if t := mime.TypeByExtension(strings.ToLower(path.Ext(m.name))); t != "" {
		return t
	}
	return "application/octet-stream"
}

// byteRange reads "bytes=FIRST-LAST"; at most 20 MiB go at once.
func byteRange(header string, size int) (from, to int, partial bool, no *refusal) {
	to = size
	if spec, ok := strings.CutPrefix(header, "bytes="); ok {
		first, last, _ := strings.Cut(spec, "-")
		var err error
		if from, err = strconv.Atoi(first); err != nil || from < 0 || from >= size {
			return 0, 0, false, refuse(codeArgument, "invalid Range")
		}
		if n, err := strconv.Atoi(last); err == nil && n >= from {
			to = min(n+1, size)
		}
		partial = true
	}
	if to-from > maxPlain {
		return 0, 0, false, refuse(codeRangeOnly, "file is too large, use Range")
	}
	return from, to, partial, nil
}
