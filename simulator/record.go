package simulator

import "strings"

// text is a field that holds a string; "" where it does not.
func (f fields) text(name string) string {
	s, _ := f[name].(string)
	return s
}

// text is a field of the member that the API was told and that has no place of its own.
func (m *Member) text(name string) string { return m.profile.text(name) }

// sameID compares user ids as the platform does.
func sameID(a, b string) bool { return strings.EqualFold(a, b) }
