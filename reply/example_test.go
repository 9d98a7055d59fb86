package reply_test

import (
	"fmt"

	"github.com/wecombot/wecombot/reply"
)

func ExampleText() {
	us, err := reply.Text("你好").Units(reply.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(us[0].Body))
	fmt.Println(string(us[0].AppendPassive(nil, reply.Header{To: "zhangsan", From: "ww1", CreateTime: 1700000000})))
	// Output:
	// {"content":"你好"}
	// <xml><ToUserName><![CDATA[zhangsan]]></ToUserName><FromUserName><![CDATA[ww1]]></FromUserName><CreateTime>1700000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好]]></Content></xml>
}

func ExampleCard() {
	card := reply.Card("出差申请 #1042").Field("预算", "¥2,400").Button("同意", "approve:1042").Button("驳回", "reject:1042")
	us, err := card.Units(reply.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(us[0].Plain)
	fmt.Println(us[0].CanPassive(), us[0].NeedsTaskID)
	// Output:
	// 出差申请 #1042
	// 预算：¥2,400
	// [同意] [驳回]
	// false true
}

func ExampleMarkdown() {
	us, err := reply.Markdown("# 周报\n\n- *完成* **三项**\n- {orange:风险} 一项\n\n| 人 | 天 |\n|---|---|\n| 张三 | 3 |").Units(reply.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(us[0].Plain)
	// Output:
	// 周报
	//
	// • 完成 三项
	// • 风险 一项
	//
	// 人 | 天
	// 张三 | 3
}

func ExampleLimitError() {
	_, err := reply.TextCard("领奖通知", "详情请点击", "https://example.com").Button("查看详情吧").Units(reply.Options{})
	fmt.Println(err)
	// Output: textcard.btntxt: 5 characters, the limit is 4
}
