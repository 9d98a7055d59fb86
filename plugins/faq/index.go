package faq

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/wecombot/wecombot/router"
)

// index finds the questions that are nearest to a text. Chinese is compared by pairs of characters, other writing by
// triples of letters of each word, so that a slip of the finger does little harm; what stands in few questions
// weighs most.
type index struct {
	entries   []entry
	questions []question
	weight    map[string]float64
	postings  map[string][]int // feature → questions
}

type question struct {
	entry    int
	features map[string]float64
	total    float64
}

type match struct {
	entry entry
	score float64 // 0 to 1
}

func newIndex(entries []entry) *index {
	x := &index{entries: entries, weight: map[string]float64{}, postings: map[string][]int{}}
	for i, e := range entries {
		for _, q := range e.questions {
			f := features(q)
			for name := range f {
				x.postings[name] = append(x.postings[name], len(x.questions))
			}
			x.questions = append(x.questions, question{entry: i, features: f})
		}
	}
	for name, in := range x.postings {
		x.weight[name] = x.rarity(len(in))
	}
	for i := range x.questions {
		x.questions[i].total = x.total(x.questions[i].features)
	}
	return x
}

func (x *index) rarity(in int) float64 {
	return math.Log(1 + float64(len(x.questions)+1)/float64(in+1))
}

// of is the weight of a feature; one that no question has is as rare as can be.
func (x *index) of(name string, n float64) float64 {
	w, known := x.weight[name]
	if !known {
		w = x.rarity(0)
	}
	if idle[name] {
		w *= 0.2
	}
	return w * n
}

func (x *index) total(f map[string]float64) float64 {
	sum := 0.0
	for name, n := range f {
		sum += x.of(name, n)
	}
	return sum
}

// search returns up to n entries that share something with the text, the best first.
func (x *index) search(text string, n int) []match {
	asked := features(text)
	total := x.total(asked)
	if total == 0 {
		return nil
	}
	shared := map[int]float64{}
	for name, amount := range asked {
		for _, i := range x.postings[name] {
			shared[i] += x.of(name, min(amount, x.questions[i].features[name]))
		}
	}
	best := map[int]float64{}
	for i, s := range shared {
		q := x.questions[i]
		// That the question is covered counts more than that the text is: people wrap a question in many words.
		best[q.entry] = max(best[q.entry], 0.65*s/q.total+0.35*s/total)
	}
	found := make([]match, 0, len(best))
	for i, score := range best {
		found = append(found, match{x.entries[i], score})
	}
	slices.SortFunc(found, func(a, b match) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.entry.questions[0], b.entry.questions[0]))
	})
	return found[:min(n, len(found))]
}

// maxAsked is how much of a text is looked at, in bytes.
const maxAsked = 500

// features are what a text is compared by, with how much of each there is.
func features(text string) map[string]float64 {
	f := map[string]float64{}
	text = alike.Replace(router.Fold(text))
	for len(text) > maxAsked {
		text = strings.ToValidUTF8(text[:maxAsked], "")
	}
	for _, run := range runs(text) {
		r := []rune(run)
		if unicode.Is(unicode.Han, r[0]) {
			pairs(f, r)
		} else {
			triples(f, r)
		}
	}
	return f
}

// alike makes one of words that mean the same in a question.
var alike = strings.NewReplacer("多少", "几", "怎样", "怎么", "如何", "怎么", "怎么样", "怎么")

// runs splits a text into stretches of Chinese and words of other writing.
func runs(text string) []string {
	var out []string
	var kind, last int
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			out = append(out, b.String())
			b.Reset()
		}
	}
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Han, r):
			kind = 1
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			kind = 2
		default:
			kind = 0
		}
		if kind != last {
			flush()
		}
		if last = kind; kind != 0 {
			b.WriteRune(r)
		}
	}
	flush()
	return out
}

func pairs(f map[string]float64, r []rune) {
	if len(r) == 1 {
		f[string(r)] += 0.5 // alone it says little
	}
	for i := range len(r) - 1 {
		f[string(r[i:i+2])]++
	}
}

// triples adds a word's triples of letters, which together weigh as much as one pair of characters does twice: a word is
// about two characters long in Chinese.
func triples(f map[string]float64, r []rune) {
	if idle[string(r)] {
		f[string(r)]++
		return
	}
	r = append(append([]rune{'^'}, r...), '$')
	n := len(r) - 2
	for i := range n {
		f[string(r[i:i+3])] += 2 / float64(n)
	}
}

// idle are words and pairs that every question may have.
var idle = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(`请问 怎么 么办 什么 如何 多少 可以 哪里 哪儿 哪个 有没 没有 是不 不是 能不 不能 我想 想要 想问 问一 问下 一下 怎样 为什 是什 是多 吗 呢 啊 吧 的 我 要 了
		a an the is are am do does did i we you me my our to of in on for at and or how what where when who which can could should would will please be it this that have has get`) {
		m[w] = true
	}
	return m
}()
