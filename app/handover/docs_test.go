package handover_test

import (
	"os"
	"strings"
	"testing"

	"photolink/app/handover"
)

func TestDocsNameEveryTool(t *testing.T) {
	text, err := os.ReadFile("../../docs/handover.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range handover.Tools() {
		section := "photolink handover ACCOUNT " + tool.ID
		if !strings.Contains(string(text), section+"\n") && !strings.Contains(string(text), section+" --path FILE\n") {
			t.Errorf("docs/handover.md has no section for %s", tool.ID)
		}
	}
}
