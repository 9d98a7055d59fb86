package bot

import "fmt"

// sentence is one of the bot's own sentences to employees.
type sentence int

const (
	sentenceFailed sentence = iota
	sentenceOff
	sentenceTooLong
	sentenceGivenUp
)

var sentences = map[string][4]string{
	"zh-CN": {
		"抱歉，出了点问题，请稍后再试。（编号 %s）",
		"这个功能暂时不可用，请稍后再试。（编号 %s）",
		"抱歉，这件事处理超时了，请稍后再试。（编号 %s）",
		"抱歉，这条消息多次处理失败，已不再重试，请联系管理员。（编号 %s）",
	},
	"en": {
		"Sorry, something went wrong. Please try again later. (id %s)",
		"This function is switched off for the moment. Please try again later. (id %s)",
		"Sorry, this took too long. Please try again later. (id %s)",
		"Sorry, this message failed again and again and is given up. Please ask your administrator. (id %s)",
	},
}

func (b *Bot) say(s sentence, id string) string {
	set, ok := sentences[b.language]
	if !ok {
		set = sentences["zh-CN"]
	}
	return fmt.Sprintf(set[s], id)
}
