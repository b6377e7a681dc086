//go:build !linux && !nogui

package gui

import "time"

// stopwatch measures by the clock on the wall.
type stopwatch struct{ began time.Time }

func startStopwatch() stopwatch { return stopwatch{time.Now()} }

// stop returns how long it took, and how much was read, which only Linux tells.
func (s stopwatch) stop() (work, waited time.Duration, read int64) {
	return time.Since(s.began), 0, 0
}
