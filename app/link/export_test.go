package link

import "time"

// WaitForService sets how long Prepare waits for the service.
func (l *Linker) WaitForService(d time.Duration) { l.preflight = d }

// PauseBetweenTries sets how long to wait before a request is made once more.
func (l *Linker) PauseBetweenTries(d time.Duration) { l.pause = d }
