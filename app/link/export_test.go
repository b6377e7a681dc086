package link

import "time"

// WaitForService sets how long Prepare waits for the service.
func (l *Linker) WaitForService(d time.Duration) { l.preflight = d }
