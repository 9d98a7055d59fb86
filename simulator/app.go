package simulator

// app is an App with what it has on the platform.
type app struct {
	App
	token     *token
	sentOn    map[string]int // person-messages by day
	pace      map[string]*paceLog
	chatPace  map[string]*paceLog
	recent    map[string]*sentMessage // by fingerprint, for the duplicate check
	menu      []MenuItem
	tasks     map[string]*sentMessage // by the task id of their card
	settings  fields                  // what agent/set changed
	workbench shelf                   // by lower-cased user id; "": the template
	suite     *suite                  // that it was installed from
}

func newApp(a App) *app {
	return &app{
		App: a, sentOn: map[string]int{}, pace: map[string]*paceLog{}, chatPace: map[string]*paceLog{},
		recent: map[string]*sentMessage{},
		tasks:  map[string]*sentMessage{},
	}
}
