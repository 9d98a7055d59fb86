package daemon

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"strconv"
)

// pages follows a list to its end and prints one answer that holds all items.
func (r *apiRequest) pages(ctx context.Context, client apiClient, w io.Writer) error {
	p := r.op.Paging
	var all map[string]any
	var items []any
	for last := ""; ; {
		answer, err := r.page(ctx, client)
		if err != nil {
			return err
		}
		got, _ := answer[p.Items].([]any)
		items = append(items, got...)
		if all == nil {
			all = answer
		}
		next := r.next(answer, len(got))
		if next == "" || next == last {
			break
		}
		last = next
		if f := fieldNamed(r.op.Query, p.Ask); f != nil {
			r.query.Set(p.Ask, next)
			continue
		}
		if r.body == nil {
			r.body = map[string]any{}
		}
		r.body[p.Ask] = next
		if f := fieldNamed(r.op.Body, p.Ask); f != nil {
			r.body[p.Ask] = typed(f, next)
		}
	}
	if items == nil {
		items = []any{}
	}
	maps.DeleteFunc(all, func(name string, _ any) bool { return name == p.Next || name == p.More })
	all[p.Items] = items
	return printAnswer(w, bytes.NewReader(mustJSON(all)))
}

func (r *apiRequest) page(ctx context.Context, client apiClient) (map[string]any, error) {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	d, err := client.Open(ctx, r.request())
	if err != nil {
		return nil, explainError(err)
	}
	defer d.Close()
	b, err := io.ReadAll(d)
	if err != nil {
		return nil, err
	}
	v, err := decodeJSON(b)
	if err != nil {
		return nil, err
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s: the answer is no object", opName(r.op))
	}
	return m, nil
}

// next is where the next page begins; "" where there is none.
func (r *apiRequest) next(answer map[string]any, got int) string {
	p := r.op.Paging
	text := func(name string) string {
		if v, ok := answer[name]; ok && v != nil {
			return fmt.Sprint(v)
		}
		return ""
	}
	number := func(name string) int { n, _ := strconv.Atoi(text(name)); return n } // 0 where it is none: the end
	switch {
	case p.Next == "":
		size, _ := strconv.Atoi(fmt.Sprint(r.body[p.Size]))
		if got == 0 || size > 0 && got < size {
			return ""
		}
		at, _ := strconv.Atoi(fmt.Sprint(r.body[p.Ask]))
		return strconv.Itoa(at + got)
	case p.More != "" && number(p.More) == 0:
		return ""
	case p.Total != "" && number(p.Next) >= number(p.Total):
		return ""
	}
	next := text(p.Next)
	if next == "0" {
		return ""
	}
	return next
}
