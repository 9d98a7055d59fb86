package daemon

import (
	"errors"
	"fmt"

	"github.com/wecombot/wecombot/wecom"
)

// explainError adds what to do to a refusal of the platform, in both languages.
func explainError(err error) error {
	var refused *wecom.Error
	if !errors.As(err, &refused) {
		return err
	}
	return fmt.Errorf("%w\n  %s\n  %s", err, refused.Code.Hint("zh-CN"), refused.Code.Hint("en"))
}
