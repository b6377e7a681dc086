package handover

// SetRename replaces the last step of writing a file, so that a test can let it fail.
func (p *Plan) SetRename(rename func(from, to string) error) { p.rename = rename }

// After is the content that the file will have.
func (c *FileChange) After() []byte { return c.after }
