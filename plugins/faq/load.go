package faq

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"
)

// entry is one answer and the questions that it answers.
type entry struct {
	questions []string
	answer    string
	source    string
}

// load reads a file by its extension. A file without any answer is an error: it is somebody's mistake.
func load(path string) ([]entry, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", path, err)
	case len(raw) > maxFile:
		return nil, fmt.Errorf("%s is larger than %d MiB", path, maxFile>>20)
	case !utf8.Valid(raw):
		return nil, fmt.Errorf("%s is not UTF-8; save it as UTF-8", path)
	}
	text := strings.TrimPrefix(string(raw), "\ufeff") // spreadsheets write one
	text = strings.ReplaceAll(text, "\r\n", "\n")
	var entries []entry
	switch strings.ToLower(filepath.Ext(path)) {
	case ".md", ".markdown":
		entries = markdown(text)
	case ".csv":
		if entries, err = table(text); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	default:
		return nil, fmt.Errorf("%s is neither .md nor .csv", path)
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("%s has no question with an answer", path)
	}
	return entries, nil
}

var (
	heading    = regexp.MustCompile(`^ {0,3}#{1,6}\s+(.+?)\s*#*\s*$`)
	fence      = regexp.MustCompile("^ {0,3}(```|~~~)")
	sourceLine = regexp.MustCompile(`(?i)^\s*(?:来源|出处|source)\s*[:：]\s*<?(\S+?)>?\s*$`)
)

// markdown takes every heading that has text of its own; headings that only hold others together are no questions.
func markdown(text string) []entry {
	var entries []entry
	var title string
	var body []string
	end := func() {
		if e, ok := newEntry(strings.Split(title, " / "), body); ok {
			entries = append(entries, e)
		}
		body = nil
	}
	fenced := ""
	for line := range strings.SplitSeq(text, "\n") {
		if m := fence.FindStringSubmatch(line); m != nil {
			switch fenced {
			case "":
				fenced = m[1]
			case m[1]:
				fenced = ""
			}
		}
		if m := heading.FindStringSubmatch(line); m != nil && fenced == "" {
			end()
			title = m[1]
			continue
		}
		body = append(body, line)
	}
	end()
	return entries
}

func newEntry(questions, body []string) (entry, bool) {
	var e entry
	for _, q := range questions {
		if q = strings.TrimSpace(q); q != "" {
			e.questions = append(e.questions, q)
		}
	}
	text := strings.TrimSpace(strings.Join(body, "\n"))
	if i := strings.LastIndexByte(text, '\n'); i >= 0 {
		if m := sourceLine.FindStringSubmatch(text[i+1:]); m != nil {
			e.source, text = m[1], strings.TrimSpace(text[:i])
		}
	}
	e.answer = text
	return e, len(e.questions) > 0 && text != ""
}

// table reads CSV: question, answer, source.
func table(text string) ([]entry, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace = -1, true, true
	var entries []entry
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return entries, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		switch {
		case len(row) == 1 && strings.TrimSpace(row[0]) == "":
			continue
		case len(row) < 2:
			return nil, fmt.Errorf("line %d has no second column for the answer", line)
		case line == 1 && isHeader(row):
			continue
		}
		e, ok := newEntry(strings.Split(row[0], "|"), []string{row[1]})
		if !ok {
			return nil, fmt.Errorf("line %d has an empty question or answer", line)
		}
		if len(row) > 2 {
			e.source = strings.TrimSpace(row[2])
		}
		entries = append(entries, e)
	}
}

func isHeader(row []string) bool {
	switch strings.ToLower(strings.TrimSpace(row[0])) {
	case "question", "questions", "问题", "问":
		return true
	}
	return false
}
