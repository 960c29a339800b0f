// Package checks runs checks in order and reports them in lines that the harness understands.
package checks

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"strings"
	"time"
)

// Check is one thing that must hold.
type Check struct {
	Name string
	Run  func(ctx context.Context) error
}

// Run runs every check, whatever became of those before it, and ends the program.
func Run(all []Check) {
	for _, check := range all {
		say("progress", check.Name)
		began := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
		err := check.Run(ctx)
		cancel()
		seconds := fmt.Sprintf("%.3f", time.Since(began).Seconds())
		if err != nil {
			say("failed", seconds+" "+check.Name+": "+err.Error())
		} else {
			say("ok", seconds+" "+check.Name)
		}
	}
	say("done", "")
	os.Exit(0)
}

// Same fails unless both are equal.
func Same(what string, found, expected any) error {
	if reflect.DeepEqual(found, expected) {
		return nil
	}
	return fmt.Errorf("%s: %s was expected and %s came", what, short(expected), short(found))
}

// Eventually waits until the condition holds.
func Eventually(ctx context.Context, what string, condition func() bool) error {
	for !condition() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("not in time: %s", what)
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

func say(word, text string) {
	fmt.Println(strings.TrimSpace("::" + word + " " + strings.ReplaceAll(text, "\n", " ")))
}

func short(value any) string {
	text := fmt.Sprintf("%v", value)
	if len(text) > 300 {
		return text[:300] + "…"
	}
	return text
}
