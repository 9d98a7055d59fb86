package router

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// The automaton finds the words that strings.Contains finds, among few letters (words within words) and among many
// (wide states).
func TestAutomatonFindsWhatContainsFinds(t *testing.T) {
	t.Parallel()
	g := rand.New(rand.NewPCG(3, 4))
	for round := range 300 {
		letters := []int{2, 3, 30, 500}[round%4]
		random := func(most int) string {
			var b strings.Builder
			for range g.IntN(most) {
				b.WriteRune(rune('一' + g.IntN(letters)))
			}
			return b.String()
		}
		var words []string
		for range g.IntN(400) {
			if w := random(5); w != "" && !slices.Contains(words, w) {
				words = append(words, w)
			}
		}
		runes := make([][]rune, len(words))
		for i, w := range words {
			runes[i] = []rune(w)
		}
		a := newAutomaton(runes)
		for range 10 {
			text := random(40)
			var got, want []string
			var seen bitset
			a.find(text, nil, &seen, func(i int32) { got = append(got, words[i]) })
			for _, w := range words {
				if strings.Contains(text, w) {
					want = append(want, w)
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("round %d: find(%q) = %q, want %q", round, text, got, want)
			}
		}
	}
}

func TestRequiredLiterals(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		`^订单(?P<no>\d+)$`: "订单", `a+b`: "a b", `(?i)WiFi密码`: "WIFI密码", `无线|网络`: "无线,网络", `(ab.*c|年假.*x)`: "ab,年假", `a?b*`: "", `[年月]假`: "年,月 假",
		`(xy){2,3}`: "xy", `(xy){0,3}`: "", `a|`: "", `.*`: "", `[a-z]`: "", `\bvpn\b`: "vpn", `(`: "",
	} {
		var sets []string
		for _, words := range required(pattern) {
			sets = append(sets, strings.Join(words, ","))
		}
		if got := strings.Join(sets, " "); got != want {
			t.Errorf("required(%q) = %q, want %q", pattern, got, want)
		}
	}
}
