package rules

import (
	"fmt"
	"strings"
)

// sentence is something a member reads, in both languages.
type sentence struct{ zh, en string }

func (s sentence) in(lang string, args ...any) string {
	f := s.zh
	if strings.HasPrefix(lang, "en") {
		f = s.en
	}
	if len(args) == 0 {
		return f
	}
	return fmt.Sprintf(f, args...)
}

var (
	sayTransferred = sentence{"已转给同事，请稍候。回复「结束」可以结束人工服务。", "A colleague has been told and will answer here. Reply “end” to end this."}
	sayNewTransfer = sentence{"【#%d %s】请求人工服务。回复「#%d 内容」答复，「#%d 结束」结束。", "[#%d %s] asks for a person. Reply “#%d text” to answer, “#%d end” to end."}
	sayRelayed     = sentence{"【#%d %s】%s", "[#%d %s] %s"}
	sayTaken       = sentence{"#%d 已由 %s 接手。", "#%d is with %s now."}
	sayEnded       = sentence{"人工服务已结束。", "The conversation with our colleague has ended."}
	sayEndedFor    = sentence{"【#%d】已结束。", "[#%d] has ended."}
	sayNoTransfer  = sentence{"#%d 已经结束，没有送达。", "#%d has ended; this was not delivered."}
	sayDelivered   = sentence{"已送达 #%d。", "Delivered to #%d."}
)
