package wecom

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// File is what an upload sends. A Body that is an io.Seeker is measured beforehand and can be sent again after a busy
// answer or with a new token; any other is sent once, in chunks.
type File struct {
	Name        string // as members see it, any characters
	ContentType string // default application/octet-stream
	Body        io.Reader
}

// Download is a file on its way. The caller closes it.
type Download struct {
	Body        io.ReadCloser
	Name        string // as it was uploaded; empty when the platform does not say
	ContentType string
	Size        int64 // bytes; -1: unknown
	JSON        bool  // a JSON answer, not a file; of Open only
}

// Read reads the body.
func (d *Download) Read(p []byte) (int, error) { return d.Body.Read(p) }

// Close ends the download.
func (d *Download) Close() error { return d.Body.Close() }

func (c *core) upload(ctx context.Context, r *call, f *File, out any) error {
	r.body, r.stream = f.payload(), true
	return c.do(ctx, r, func(resp *http.Response) error {
		defer resp.Body.Close()
		return c.readJSON(r, resp, out)
	})
}

func (c *core) download(ctx context.Context, r *call) (*Download, error) {
	d, err := c.open(ctx, r)
	if err == nil && d.JSON {
		_ = d.Close() // in memory
		return nil, &TransportError{Op: r.op(), Sent: true, Err: fmt.Errorf("%w: JSON instead of a file", errUnexpected)}
	}
	return d, err
}

func isJSON(resp *http.Response) bool {
	t := mediaType(resp)
	return t == "application/json" || t == "text/plain"
}

// payload is the multipart body with one part. It is written by hand: the platform takes the name as raw UTF-8 in quotes
// only, neither escaped nor as filename*=, and wants the length beside it.
func (f *File) payload() *payload {
	start, size, seeker := measure(f.Body)
	boundary := rand.Text()
	head, tail := f.head(boundary, size), "\r\n--"+boundary+"--\r\n"
	p := &payload{contentType: "multipart/form-data; boundary=" + boundary, once: seeker == nil}
	if seeker != nil {
		p.size = int64(len(head)) + size + int64(len(tail))
	}
	p.open = func() (io.Reader, error) {
		if seeker != nil {
			if _, err := seeker.Seek(start, io.SeekStart); err != nil {
				return nil, fmt.Errorf("rewind file: %w", err)
			}
		}
		return io.MultiReader(strings.NewReader(head), f.Body, strings.NewReader(tail)), nil
	}
	return p
}

// measure finds where a body stands and how much is left of it. It returns no seeker for what only pretends to be one,
// like a pipe.
func measure(r io.Reader) (start, size int64, s io.Seeker) {
	s, ok := r.(io.Seeker)
	if !ok {
		return 0, 0, nil
	}
	start, err := s.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, 0, nil
	}
	end, err := s.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, 0, nil
	}
	return start, end - start, s // open seeks back
}

func (f *File) head(boundary string, size int64) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r < ' ' || r == 0x7f:
			return -1
		case r == '"' || r == '\\':
			return '_'
		}
		return r
	}, cmp.Or(f.Name, "file"))
	length := ""
	if size > 0 {
		length = fmt.Sprintf("; filelength=%d", size)
	}
	kind := f.ContentType
	if kind == "" || strings.ContainsAny(kind, "\r\n") {
		kind = "application/octet-stream"
	}
	return fmt.Sprintf("--%s\r\nContent-Disposition: form-data; name=\"media\"; filename=\"%s\"%s\r\nContent-Type: %s\r\n\r\n",
		boundary, name, length, kind)
}
