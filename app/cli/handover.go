package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"photolink/app"
	"photolink/app/account"
	"photolink/app/handover"
)

// toolJSON is what --json prints of a tool. Its names stay.
type toolJSON struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Form     string   `json:"form"`
	Services []string `json:"services"` // empty for any
	Needs    string   `json:"needs"`
	Note     string   `json:"note"`
	OnlyKey  bool     `json:"only_key"`
}

// standardOutput is the path that stands for the output of the program.
const standardOutput = "-"

func (s *session) handoverCommand() *cobra.Command {
	var (
		path                       string
		list, preview, remove, yes bool
	)
	command := &cobra.Command{
		Use:   "handover ACCOUNT TOOL|--list",
		Short: "Hand an account to a backup tool, or take it back",
		Long: "Writes the file of a backup tool, after showing what will change. With --path - it prints the text for the tool, " +
			"with the secrets in it.",
		Args: cobra.MaximumNArgs(2),
		RunE: func(command *cobra.Command, args []string) error {
			if list {
				return s.listTools(args)
			}
			if len(args) != 2 {
				return wrongUse("say which account, and which tool; photolink handover --list lists the tools")
			}
			tool, known := handover.ToolFor(args[1])
			if !known {
				return wrongUse("there is no tool %q; photolink handover --list lists them", args[1])
			}
			photolink, err := s.open(nil)
			if err != nil {
				return err
			}
			defer photolink.Close()
			a, err := find(photolink, args[0])
			if err != nil {
				return err
			}
			if path != "" && path != standardOutput {
				if path, err = filepath.Abs(path); err != nil {
					return err
				}
			}
			switch {
			case remove:
				return s.takeBack(command.Context(), photolink, a, tool, path)
			case path == standardOutput:
				return s.printText(command.Context(), photolink, a, tool)
			}
			planned, err := photolink.PlanHandover(command.Context(), a.ID, tool, path)
			if errors.Is(err, app.ErrChoosePlace) {
				return wrongUse("%s has no place of its own for this; choose one with --path", tool.Name)
			}
			if err != nil {
				return inWords(err)
			}
			return s.handOver(command.Context(), photolink, planned, preview, yes)
		},
	}
	flags := command.Flags()
	flags.StringVar(&path, "path", "", "file, or folder, to write to; - prints the text with the secrets")
	flags.BoolVar(&list, "list", false, "list the tools, of an account if it is named")
	flags.BoolVar(&preview, "preview", false, "show what would change, and change nothing")
	flags.BoolVar(&remove, "remove", false, "take back what was handed over")
	flags.BoolVar(&yes, "yes", false, "do not ask")
	command.MarkFlagsMutuallyExclusive("list", "preview", "remove")
	return s.offerJSON(command)
}

func (s *session) listTools(args []string) error {
	tools := handover.Tools()
	if len(args) > 0 {
		photolink, err := s.open(nil)
		if err != nil {
			return err
		}
		defer photolink.Close()
		a, err := find(photolink, args[0])
		if err != nil {
			return err
		}
		tools = app.ToolsFor(a.Provider)
	}
	if s.asJSON {
		list := []toolJSON{}
		for _, tool := range tools {
			list = append(list, toolJSON{
				ID: tool.ID, Name: tool.Name, Form: tool.Form, Services: append([]string{}, tool.Services...), Needs: tool.Needs,
				Note: tool.Note, OnlyKey: tool.OnlyKey,
			})
		}
		return s.printJSON(list)
	}
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, tool := range tools {
		services := strings.Join(tool.Services, ", ")
		if services == "" {
			services = "any"
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", tool.ID, tool.Name, tool.Form, services)
	}
	return table.Flush()
}

func (s *session) handOver(
	ctx context.Context, photolink *app.App, planned *app.PlannedHandover, preview, yes bool,
) error {
	plan := planned.Plan
	words := s.errors
	if preview {
		words = s.out
	}
	_, _ = fmt.Fprint(words, plan.Preview())
	if warning := plan.Warning(nil); warning != "" {
		s.say("%s", warning)
	}
	if preview {
		return nil
	}
	if !yes && !s.in.agrees(ctx, "Write this?") {
		return errNotConfirmed
	}
	written, err := photolink.HandOver(planned)
	if err != nil {
		return inWords(err)
	}
	for _, path := range written.Paths {
		s.print("%s", path)
	}
	for _, path := range written.Backups {
		s.say("What was there before is now in %s", path)
	}
	if plan.Tool.Note != "" {
		s.say("%s", plan.Tool.Note)
	}
	return nil
}

// printText prints what the file of a tool would hold, where there was none before.
func (s *session) printText(ctx context.Context, photolink *app.App, a account.Account, tool handover.Tool) error {
	nowhere := filepath.Join(os.TempDir(), "photolink-"+rand.Text()) // is not written
	planned, err := photolink.PlanHandover(ctx, a.ID, tool, nowhere)
	if err != nil {
		return inWords(err)
	}
	text, err := planned.Plan.Text()
	if err != nil {
		return &usageError{err}
	}
	_, err = fmt.Fprint(s.out, text)
	return err
}

// takeBack removes what was handed to a tool: from the path, or from wherever it was noted.
func (s *session) takeBack(ctx context.Context, photolink *app.App, a account.Account, tool handover.Tool, path string) error {
	noted, err := photolink.Handovers(a.ID)
	if err != nil {
		return inWords(err)
	}
	var places []account.Handover
	for _, h := range noted {
		if h.Tool == tool.ID && (path == "" || path == h.Path) {
			places = append(places, h)
		}
	}
	if len(places) == 0 && path != "" {
		places = append(places, account.Handover{AccountID: a.ID, Tool: tool.ID, Path: path})
	}
	if len(places) == 0 {
		return wrongUse("%s was not handed to %s; a file can be named with --path", title(a), tool.ID)
	}
	var failed error
	for _, h := range places {
		if err := photolink.TakeBack(ctx, h); err != nil {
			failed = errors.Join(failed, inWords(err))
			continue
		}
		s.say("Taken back from %s", h.Path)
	}
	return failed
}
