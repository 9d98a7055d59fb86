package router

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Format writes a value as a person would: whole numbers without decimals, a list joined with 、, a time as
// 2006-01-02 15:04, a map as key: value, but one of just id and name (a member, a department) as that name, nothing for nil.
func Format(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case float64:
		return formatFloat(v)
	case float32:
		return formatFloat(float64(v))
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.Format("2006-01-02 15:04")
	case time.Duration:
		return formatDuration(v)
	case error:
		return v.Error()
	case fmt.Stringer:
		if r := reflect.ValueOf(v); r.Kind() == reflect.Pointer && r.IsNil() {
			return ""
		}
		return v.String()
	}
	return formatReflect(reflect.ValueOf(v))
}

func formatReflect(v reflect.Value) string {
	var parts []string
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		if b, ok := v.Interface().([]byte); ok {
			return string(b)
		}
		for i := range v.Len() {
			parts = append(parts, Format(v.Index(i).Interface()))
		}
		return strings.Join(parts, "、")
	case reflect.Map:
		if named, ok := v.Interface().(map[string]any); ok && len(named) == 2 && named["id"] != nil {
			if name, ok := named["name"].(string); ok {
				return name
			}
		}
		for it := v.MapRange(); it.Next(); {
			parts = append(parts, Format(it.Key().Interface())+": "+Format(it.Value().Interface()))
		}
		slices.Sort(parts)
		return strings.Join(parts, "、")
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return ""
		}
		return Format(v.Elem().Interface())
	}
	return fmt.Sprint(v.Interface())
}

func formatFloat(f float64) string {
	if math.Abs(f) >= 1e15 {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return strconv.FormatFloat(math.Round(f*1e9)/1e9, 'f', -1, 64) // 0.1 + 0.2 is 0.3 to a person
}

// formatDuration leaves out the parts that are zero: 1h30m, not 1h30m0s.
func formatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
