package simulator

// suite is a third-party app (第三方应用) of a provider.
type suite struct{}
