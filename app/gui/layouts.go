//go:build !nogui

package gui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// gap is the room between things that stand side by side or below each other.
const gap = 8

// flow is a layout that puts things side by side, and begins a new line where there is no room. Its height depends on its
// width, which it learns when it is laid out; Fyne asks for the height again before it draws.
type flow struct {
	right  bool // lines end at the right
	middle bool // lines stand in the middle
	width  float32
}

// Layout puts the objects in lines.
func (f *flow) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	f.width = size.Width
	f.arrange(objects, size.Width, func(object fyne.CanvasObject, position fyne.Position, size fyne.Size) {
		object.Move(position)
		object.Resize(size)
	})
}

// MinSize is the widest object, in as many lines as the last layout needed.
func (f *flow) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var widest float32
	for _, object := range objects {
		if object.Visible() {
			widest = max(widest, object.MinSize().Width)
		}
	}
	return fyne.NewSize(widest, f.heightFor(objects, f.width))
}

// heightFor is the height of all lines in a width; 0 stands for enough width.
func (f *flow) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	return f.arrange(objects, width, func(fyne.CanvasObject, fyne.Position, fyne.Size) {})
}

// widthOf is that of all objects in one line.
func (f *flow) widthOf(objects []fyne.CanvasObject) float32 {
	var width float32
	for _, object := range objects {
		if object.Visible() {
			width += object.MinSize().Width + gap
		}
	}
	return max(0, width-gap)
}

func (f *flow) arrange(objects []fyne.CanvasObject, width float32, place func(fyne.CanvasObject, fyne.Position, fyne.Size)) float32 {
	if width == 0 {
		width = f.widthOf(objects)
	}
	var y float32
	for first := 0; first < len(objects); {
		last, lineWidth, lineHeight := first, float32(0), float32(0)
		for ; last < len(objects); last++ {
			min := objects[last].MinSize()
			if !objects[last].Visible() {
				continue
			}
			if lineWidth > 0 && lineWidth+gap+min.Width > width {
				break
			}
			if lineWidth > 0 {
				lineWidth += gap
			}
			lineWidth += min.Width
			lineHeight = max(lineHeight, min.Height)
		}
		var x float32
		switch {
		case f.right:
			x = max(0, width-lineWidth)
		case f.middle:
			x = max(0, (width-lineWidth)/2)
		}
		if y > 0 {
			y += gap
		}
		for _, object := range objects[first:last] {
			if object.Visible() {
				place(object, fyne.NewPos(x, y), fyne.NewSize(min(object.MinSize().Width, width), lineHeight))
				x += object.MinSize().Width + gap
			}
		}
		y += lineHeight
		first = last
	}
	return y
}

// columns is a layout of two things: side by side with a line between, or, where that would be too narrow, the second
// above the first.
type columns struct {
	left   float32 // the width of the first one, with the usual size of text
	narrow float32 // the least width of the second one beside it
	width  float32 // of the last layout
}

// usualText is the size of text that widths are given for.
const usualText = 14

func (c *columns) stacked(width float32) bool {
	return width > 0 && width < (c.left+c.narrow)*theme.TextSize()/usualText+3*gap
}

// Layout places first, second and the line between them.
func (c *columns) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	c.width = size.Width
	first, second, line := objects[0], objects[1], objects[2]
	if c.stacked(size.Width) {
		second.Move(fyne.NewPos(0, 0))
		second.Resize(fyne.NewSize(size.Width, second.MinSize().Height))
		height := second.MinSize().Height + gap
		line.Move(fyne.NewPos(0, height))
		line.Resize(fyne.NewSize(size.Width, 1))
		first.Move(fyne.NewPos(0, height+gap))
		first.Resize(fyne.NewSize(size.Width, first.MinSize().Height))
		return
	}
	left := c.left * theme.TextSize() / usualText
	first.Move(fyne.NewPos(0, 0))
	first.Resize(fyne.NewSize(left, size.Height))
	line.Move(fyne.NewPos(left+gap, 0))
	line.Resize(fyne.NewSize(1, size.Height))
	second.Move(fyne.NewPos(left+2*gap, 0))
	second.Resize(fyne.NewSize(size.Width-left-2*gap, size.Height))
}

// MinSize is that of the arrangement of the last layout.
func (c *columns) MinSize(objects []fyne.CanvasObject) fyne.Size {
	first, second := objects[0].MinSize(), objects[1].MinSize()
	width := max(first.Width, second.Width)
	if c.stacked(c.width) {
		return fyne.NewSize(width, first.Height+second.Height+2*gap)
	}
	return fyne.NewSize(width, max(first.Height, second.Height))
}

// frameLayout lays out a screen: the bar on top, the body, and at the bottom the quiet line beside the actions, or above
// them where there is not room for both.
type frameLayout struct {
	top, topLine, voice, body, bottomLine, foot, actions fyne.CanvasObject // foot may be nil
}

const barPadding = 8

// bottom returns the height of the bar at the bottom, and whether foot stands above the actions.
func (f frameLayout) bottom(width float32) (height float32, above bool) {
	inner := width - 2*barPadding
	buttons := f.actions.(*fyne.Container)
	lines := buttons.Layout.(*flow)
	actions := lines.heightFor(buttons.Objects, inner)
	if f.foot == nil {
		return actions + 2*barPadding, false
	}
	if quiet, ok := f.foot.(*fyne.Container); ok {
		if links, ok := quiet.Layout.(*flow); ok { // quiet buttons must not be cut off
			if links.widthOf(quiet.Objects)+2*gap+lines.widthOf(buttons.Objects) <= inner {
				return max(actions, links.heightFor(quiet.Objects, inner)) + 2*barPadding, false
			}
			return links.heightFor(quiet.Objects, inner) + gap + actions + 2*barPadding, true
		}
	}
	beside := inner - lines.widthOf(buttons.Objects) - 2*gap
	if beside < 14*theme.TextSize() && len(buttons.Objects) > 0 { // too little for words that wrap
		return footHeight(f.foot, inner) + gap + actions + 2*barPadding, true
	}
	if len(buttons.Objects) == 0 {
		beside = inner
	}
	return max(actions, footHeight(f.foot, beside)) + 2*barPadding, false
}

// footHeight is the height of text that wraps, in a width.
func footHeight(foot fyne.CanvasObject, width float32) float32 {
	foot.Resize(fyne.NewSize(width, foot.MinSize().Height))
	return foot.MinSize().Height
}

// Layout places the parts.
func (f frameLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	put := func(object fyne.CanvasObject, x, y, width, height float32) {
		object.Move(fyne.NewPos(x, y))
		object.Resize(fyne.NewSize(width, height))
	}
	top := f.top.MinSize().Height
	bottom, above := f.bottom(size.Width)
	put(f.top, 0, 0, size.Width, top)
	put(f.topLine, 0, top, size.Width, 1)
	put(f.voice, 0, top+1, size.Width, max(0, size.Height-top-bottom-2))
	put(f.body, 0, top+1, size.Width, max(0, size.Height-top-bottom-2))
	put(f.bottomLine, 0, size.Height-bottom-1, size.Width, 1)
	y, inner := size.Height-bottom+barPadding, size.Width-2*barPadding
	buttons := f.actions.(*fyne.Container)
	lines := buttons.Layout.(*flow)
	switch {
	case f.foot == nil:
		put(f.actions, barPadding, y, inner, bottom-2*barPadding)
	case above:
		actions := lines.heightFor(buttons.Objects, inner)
		put(f.foot, barPadding, y, inner, bottom-actions-gap-2*barPadding)
		put(f.actions, barPadding, size.Height-barPadding-actions, inner, actions)
	default:
		width := lines.widthOf(buttons.Objects)
		if width == 0 {
			width = -2 * gap
		}
		put(f.foot, barPadding, y+max(0, (bottom-2*barPadding-f.foot.MinSize().Height)/2), inner-width-2*gap, f.foot.MinSize().Height)
		actions := lines.heightFor(buttons.Objects, inner)
		put(f.actions, size.Width-barPadding-max(0, width), y+(bottom-2*barPadding-actions)/2, max(0, width), actions)
	}
}

// MinSize is what the bars need, and some room for the body.
func (f frameLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	width := max(f.top.MinSize().Width, f.body.MinSize().Width, f.actions.MinSize().Width+2*barPadding)
	if f.foot != nil {
		width = max(width, f.foot.MinSize().Width+2*barPadding)
	}
	return fyne.NewSize(width, f.top.MinSize().Height+f.body.MinSize().Height+f.actions.MinSize().Height+2*barPadding+2)
}
