package outbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/wecombot/wecombot/internal/netguard"
	"github.com/wecombot/wecombot/reply"
	"github.com/wecombot/wecombot/storage"
	"github.com/wecombot/wecombot/wecom"
)

const (
	mediaLife = 60 * time.Hour // of a media id; the platform keeps it for 72 h (doc 90253)
	blobLife  = 26 * time.Hour // longer than any delivery lives
	blobPart  = 512 << 10      // bytes; a store's value holds 1 MiB
	inItem    = 64 << 10       // bytes of data that may stay in the queue's item
)

// mediaLimits are the most bytes of a file by type; every file has more than 5 (doc 90253).
var mediaLimits = map[string]int64{"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "file": 20 << 20}

// mediaError is a file that cannot be sent, whatever the network does.
type mediaError struct{ reason string }

func (e *mediaError) Error() string { return e.reason }

// errNotFetched is a server that does not give a file now.
var errNotFetched = errors.New("outbox: the server of a file has an error")

// spool moves large data out of the units into the store, where the delivery finds it again.
func (o *Outbox) spool(ctx context.Context, units []reply.Unit) error {
	for i := range units {
		for m := units[i].Media; m != nil; m = m.Next {
			if len(m.Source.Data) <= inItem {
				continue
			}
			id, err := o.keepBlob(ctx, m.Source.Data)
			if err != nil {
				return fmt.Errorf("outbox: keep %s: %w", m.Source.FileName(), err)
			}
			m.Source.Data, m.Source.URL = nil, blobScheme+id
		}
	}
	return nil
}

const blobScheme = "blob:" // of a source whose data is in the store

func (o *Outbox) keepBlob(ctx context.Context, data []byte) (string, error) {
	sum := sha256.Sum256(data)
	id := hex.EncodeToString(sum[:])
	for i := 0; i*blobPart < len(data); i++ {
		part := data[i*blobPart : min((i+1)*blobPart, len(data))]
		if _, err := o.blobs.Put(ctx, blobKey(id, i), part, blobLife); err != nil {
			return "", err
		}
	}
	return id, nil
}

func blobKey(id string, part int) string { return "blob/" + id + "/" + strconv.Itoa(part) }

// blob reads spooled data part by part.
type blob struct {
	ctx  context.Context // of the one call that reads it
	kv   storage.KV
	id   string
	next int
	rest []byte
}

// Read implements io.Reader.
func (b *blob) Read(p []byte) (int, error) {
	if len(b.rest) == 0 {
		e, err := b.kv.Get(b.ctx, blobKey(b.id, b.next))
		if errors.Is(err, storage.ErrNotFound) {
			if b.next == 0 {
				return 0, &mediaError{"its data is not in the store any more"}
			}
			return 0, io.EOF
		}
		if err != nil {
			return 0, err
		}
		b.rest = e.Value
		b.next++
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// withMedia uploads what a unit needs, or takes the id of an earlier upload of the same bytes.
func (o *Outbox) withMedia(ctx context.Context, app App, name string, u reply.Unit) (reply.Unit, error) {
	for u.Media != nil {
		m := u.Media
		if m.Inline {
			data, err := o.readAll(ctx, m)
			if err != nil {
				return u, err
			}
			u = u.WithMediaData(data)
			continue
		}
		id, err := o.mediaID(ctx, app, name, m)
		if err != nil {
			return u, err
		}
		u = u.WithMediaID(id)
	}
	return u, nil
}

func (o *Outbox) readAll(ctx context.Context, m *reply.MediaRef) ([]byte, error) {
	src, err := o.openMedia(ctx, m)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	return io.ReadAll(src)
}

// mediaID is the platform's id of a file: uploaded now, or found by the hash of its content.
func (o *Outbox) mediaID(ctx context.Context, app App, name string, m *reply.MediaRef) (string, error) {
	hash, err := o.hashMedia(ctx, m)
	if err != nil {
		return "", err
	}
	key := "media/" + name + "/" + m.Type + "/" + hash + "/" + m.Source.FileName()
	if e, err := o.blobs.Get(ctx, key); err == nil {
		return string(e.Value), nil
	}
	src, err := o.openMedia(ctx, m)
	if err != nil {
		return "", err
	}
	defer src.Close()
	up, err := app.Client.Media.Upload(ctx, wecom.MediaType(m.Type), &wecom.File{Name: fileName(m), Body: src})
	if err != nil {
		return "", err
	}
	if _, err := o.blobs.Put(ctx, key, []byte(up.MediaID), mediaLife); err != nil {
		o.log.Warn("media id not kept", "app", name, "err", err)
	}
	return up.MediaID, nil
}

// forgetMedia drops the ids that a refused unit may have used: the platform does not know them any more (40007).
func (o *Outbox) forgetMedia(ctx context.Context, name string, u reply.Unit) {
	for m := u.Media; m != nil; m = m.Next {
		if hash, err := o.hashMedia(ctx, m); err == nil {
			_ = o.blobs.Delete(ctx, "media/"+name+"/"+m.Type+"/"+hash+"/"+m.Source.FileName())
		}
	}
}

func fileName(m *reply.MediaRef) string {
	if n := m.Source.FileName(); n != "" {
		return n
	}
	return m.Type + map[string]string{"image": ".png", "voice": ".amr", "video": ".mp4"}[m.Type]
}

func (o *Outbox) hashMedia(ctx context.Context, m *reply.MediaRef) (string, error) {
	src, err := o.openMedia(ctx, m)
	if err != nil {
		return "", err
	}
	defer src.Close()
	h := sha256.New()
	n, err := io.Copy(h, src)
	if err != nil {
		return "", err
	}
	if limit := mediaLimits[m.Type]; n <= 5 || limit > 0 && n > limit {
		return "", &mediaError{fmt.Sprintf("%s has %d bytes: a %s has 6 to %d (doc 90253)", m.Source.FileName(), n, m.Type, limit)}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// openMedia opens a file's bytes, never more than its type may have and one more, so that too much is noticed.
func (o *Outbox) openMedia(ctx context.Context, m *reply.MediaRef) (io.ReadCloser, error) {
	src, err := o.openSource(ctx, m.Source)
	if err != nil {
		return nil, err
	}
	limit := mediaLimits[m.Type]
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(src, limit+1), src}, nil
}

func (o *Outbox) openSource(ctx context.Context, s reply.Media) (io.ReadCloser, error) {
	switch {
	case len(s.Data) > 0:
		return io.NopCloser(bytes.NewReader(s.Data)), nil
	case s.Path != "":
		f, err := os.Open(s.Path)
		if err != nil {
			return nil, &mediaError{fmt.Sprintf("file to send: %v", err)}
		}
		return f, nil
	case len(s.URL) > len(blobScheme) && s.URL[:len(blobScheme)] == blobScheme:
		return io.NopCloser(&blob{ctx: ctx, kv: o.blobs, id: s.URL[len(blobScheme):]}), nil
	case s.URL != "":
		return fetch(ctx, s.URL)
	}
	return nil, &mediaError{"a file without content"}
}

func fetch(ctx context.Context, url string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, &mediaError{"address of a file: " + err.Error()}
	}
	res, err := netguard.Client(nil).Do(req)
	if err != nil {
		return nil, fmt.Errorf("fetch file: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		res.Body.Close()
		if res.StatusCode >= 500 {
			return nil, errNotFetched
		}
		return nil, &mediaError{"fetch file: HTTP " + res.Status}
	}
	return res.Body, nil
}
