package simulator

// contactChanged tells the apps of the corp and its suites about a change of the address book (docs 90970, 90639).
func (c *call) contactChanged(changeType string, elements ...Element) {
	c.s.publish(Event{Kind: EventCompany})
	c.notify("change_contact", append([]Element{CDATA("ChangeType", changeType)}, elements...)...)
}

// notify sends an event of the system to every app of the corp that has a callback URL, once the call is done; suites
// installed at the corp get it at their command URL.
func (c *call) notify(event string, elements ...Element) {
	m := Message{Type: "event", Note: "[" + event + "]", Elements: append([]Element{CDATA("Event", event)}, elements...)}
	told := map[string]bool{}
	for _, a := range c.s.order {
		switch {
		case a.CorpID != c.corp.id:
		case a.suite != nil:
			if id := a.suite.ID; !told[id] {
				told[id] = true
				c.later = append(c.later, func() { c.s.startSuite(id, event, c.corp.id, elements...) })
			}
		case a.CallbackURL != "":
			app := a.App
			c.later = append(c.later, func() { c.s.Start(app, "sys", m) })
		}
	}
}
