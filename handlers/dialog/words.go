package dialog

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/wecombot/wecombot/internal/bilingual"
)

// fold is how words are compared: without case, width and surrounding space or punctuation.
func fold(s string) string {
	s = strings.ToLower(norm.NFKC.String(s))
	return strings.Trim(s, " \t\r\n\u00a0。.!！~")
}

// words maps folded words to what they ask for.
type words map[string]word

type word uint8

const (
	wordNone word = iota
	wordCancel
	wordBack
	wordContinue
	wordHelp
	wordYes
	wordNo
)

// Both languages are always understood: a member types what comes to mind, whatever the framework's language is.
var controls = words{
	"取消": wordCancel, "退出": wordCancel, "算了": wordCancel, "cancel": wordCancel, "quit": wordCancel, "exit": wordCancel,
	"返回": wordBack, "上一步": wordBack, "back": wordBack,
	"继续": wordContinue, "continue": wordContinue, "resume": wordContinue,
	"帮助": wordHelp, "help": wordHelp, "?": wordHelp,
}

var yesNo = words{
	"是": wordYes, "是的": wordYes, "好": wordYes, "好的": wordYes, "对": wordYes, "确认": wordYes, "确定": wordYes, "同意": wordYes,
	"可以": wordYes, "嗯": wordYes, "行": wordYes, "提交": wordYes, "y": wordYes, "yes": wordYes, "ok": wordYes, "sure": wordYes, "1": wordYes,
	"否": wordNo, "不": wordNo, "不是": wordNo, "不要": wordNo, "不用": wordNo, "不行": wordNo, "不同意": wordNo, "不确认": wordNo,
	"n": wordNo, "no": wordNo, "nope": wordNo, "0": wordNo, "2": wordNo,
}

func (w words) of(text string) word { return w[fold(text)] }

// sentence is something a member reads, in both languages.
type sentence = bilingual.Sentence

var (
	sayCancelled = sentence{"已取消", "Cancelled"}
	sayTimedOut  = sentence{"等了很久没有收到回复，已为你保存。回复「继续」接着填，回复「取消」放弃。",
		"I have not heard from you for a while and saved where we were. Reply “continue” to go on, “cancel” to drop it."}
	sayChanged = sentence{"这个流程刚刚更新过，之前的进度无法接着用。请重新开始，抱歉。",
		"This conversation was updated meanwhile and cannot go on from where it was. Please start again, sorry."}
	sayFailed = sentence{"出了点问题，你的回答已保存。稍后回复「继续」再试一次，回复「取消」放弃。",
		"Something went wrong; your answers are saved. Reply “continue” to try again later, “cancel” to drop it."}
	sayGivenUp = sentence{"出了点问题，不确定是否已经完成。请联系管理员，或重新开始。",
		"Something went wrong, and it is not certain whether this was done. Please ask an administrator, or start again."}
	sayTooLong   = sentence{"这个对话太长了，无法继续。", "This conversation has become too long to go on."}
	sayBusy      = sentence{"上一步还在处理，请稍后再发一次。", "The last step is still being worked on; please send that again in a moment."}
	sayFirst     = sentence{"这已经是第一个问题了。", "This is the first question already."}
	sayCommitted = sentence{"上一步已经提交，不能返回。", "The last step has been carried out already; there is no way back."}
	sayReplaced  = sentence{"（上一个对话已放弃。）", "(The previous conversation was dropped.)"}
	sayQueued    = sentence{"收到，先完成当前的对话，之后再处理这条。", "Noted: I will get to this when we are done here."}
	sayGiveUp    = sentence{"现在的对话还没有完成，要放弃它去处理这条吗？（是/否）", "We are not done here. Drop this conversation for that one? (yes/no)"}
	sayHelp      = sentence{"回复「返回」修改上一个回答，回复「取消」退出。", "Reply “back” to change your last answer, “cancel” to leave."}
	sayStruggle  = sentence{"看来不太顺利。", "This does not seem to work well."}
	sayExample   = sentence{"例如：%s", "For example: %s"}

	askNumber      = sentence{"请输入整数", "Please enter a whole number"}
	askBetween     = sentence{"请输入 %d 到 %d 之间的数字", "Please enter a number from %d to %d"}
	askText        = sentence{"请用文字回复", "Please reply with text"}
	askChoose      = sentence{"请回复序号或选项：%s", "Please reply with a number or one of: %s"}
	askDate        = sentence{"看不懂这个日期", "I cannot read this date"}
	askYesNo       = sentence{"请回复 是 或 否", "Please reply yes or no"}
	askImage       = sentence{"请发一张图片", "Please send a picture"}
	askMember      = sentence{"没有找到这个人，请输入姓名或账号", "Nobody found by that; please enter a name or an account"}
	askMemberMany  = sentence{"有多位，请输入账号：%s", "There are several; please enter the account: %s"}
	dateExample    = sentence{"明天，或 %s", "tomorrow, or %s"}
	memberExample  = sentence{"张三，或 zhangsan", "zhangsan"}
	buttonYes      = sentence{"是", "Yes"}
	buttonNo       = sentence{"否", "No"}
	sayChosen      = sentence{"已选择：%s", "Chosen: %s"}
	clickIsExpired = sentence{"这张卡片已经过期。", "This card has expired."}
)
