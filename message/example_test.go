package message_test

import (
	"fmt"

	"github.com/wecombot/wecombot/message"
)

func Example() {
	m, err := message.Parse([]byte(`<xml>
  <ToUserName><![CDATA[ww0123456789abcdef]]></ToUserName>
  <FromUserName><![CDATA[zhangsan]]></FromUserName>
  <CreateTime>1700000000</CreateTime>
  <MsgType><![CDATA[event]]></MsgType>
  <Event><![CDATA[template_card_event]]></Event>
  <TaskId><![CDATA[lunch-42]]></TaskId>
  <SelectedItems><SelectedItem>
    <QuestionKey><![CDATA[dish]]></QuestionKey>
    <OptionIds><OptionId>noodles</OptionId><OptionId>tea</OptionId></OptionIds>
  </SelectedItem></SelectedItems>
</xml>`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(m.From, m.Kind())
	if card, ok := message.As[message.TemplateCardEvent](m); ok {
		fmt.Println(card.TaskID, card.Options("dish"))
	}
	fmt.Println(m.Field("SelectedItems/SelectedItem/OptionIds/OptionId[1]"))
	// Output:
	// zhangsan event/template_card_event
	// lunch-42 [noodles tea]
	// tea
}
