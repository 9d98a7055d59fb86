package bottest

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
)

// logBook keeps what the bot logs.
type logBook struct {
	mu   sync.Mutex
	text bytes.Buffer
	errs []error // that were logged as errors, since they were taken last
}

func (l *logBook) handler() slog.Handler {
	return logHandler{slog.NewTextHandler(logWriter{l}, nil), l}
}

// String is everything, a line each.
func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// warnings are the lines that somebody should look at.
func (l *logBook) warnings() string {
	var out strings.Builder
	for line := range strings.Lines(l.String()) {
		if strings.Contains(line, "level=WARN") || strings.Contains(line, "level=ERROR") {
			out.WriteString(line)
		}
	}
	return out.String()
}

// takeError returns the first error since the last call, if there was one.
func (l *logBook) takeError() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	errs := l.errs
	l.errs = nil
	if len(errs) == 0 {
		return nil
	}
	return errs[0]
}

type logWriter struct{ book *logBook }

func (w logWriter) Write(p []byte) (int, error) {
	w.book.mu.Lock()
	defer w.book.mu.Unlock()
	return w.book.text.Write(p)
}

// logHandler notes errors beside what it writes.
type logHandler struct {
	slog.Handler
	book *logBook
}

func (h logHandler) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError {
		r.Attrs(func(a slog.Attr) bool {
			err, ok := a.Value.Any().(error)
			if ok {
				h.book.mu.Lock()
				h.book.errs = append(h.book.errs, err)
				h.book.mu.Unlock()
			}
			return !ok
		})
	}
	return h.Handler.Handle(ctx, r)
}

func (h logHandler) WithAttrs(as []slog.Attr) slog.Handler {
	return logHandler{h.Handler.WithAttrs(as), h.book}
}
func (h logHandler) WithGroup(name string) slog.Handler {
	return logHandler{h.Handler.WithGroup(name), h.book}
}
