//go:build !nogui

package gui

import (
	"cmp"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"photolink/app"
)

// Names of colours beyond those of Fyne.
const (
	colorCard fyne.ThemeColorName = "photolink-card" // ground of cards and of the bars on top and at the bottom
	colorTint fyne.ThemeColorName = "photolink-tint" // ground of avatars and good news
	colorWarm fyne.ThemeColorName = "photolink-warm" // ground of advice in trouble
)

// palette is a set of colours.
type palette map[fyne.ThemeColorName]color.Color

// calm is the theme: a quiet ground, cards with one thin line, one accent.
type calm struct {
	fyne.Theme
	light, dark palette
	fixed       bool // variant holds, whatever the system says
	variant     fyne.ThemeVariant
	textSize    float32 // 1 is the usual one
}

// newTheme returns the theme that the settings ask for. It follows the system from light to dark where they leave that
// open; moreContrast is what the system says.
func newTheme(settings app.Settings, moreContrast bool) fyne.Theme {
	c := &calm{Theme: theme.DefaultTheme(), light: light, dark: dark, textSize: float32(cmp.Or(settings.TextSize, 100)) / 100}
	switch settings.Theme {
	case app.LightTheme:
		c.fixed, c.variant = true, theme.VariantLight
	case app.DarkTheme:
		c.fixed, c.variant = true, theme.VariantDark
	case app.HighContrastTheme:
		moreContrast = true
	}
	if moreContrast {
		c.light, c.dark = lightContrast, darkContrast
	}
	return c
}

var light = palette{
	theme.ColorNameBackground:          rgb(0xfaf9f7),
	colorCard:                          rgb(0xffffff),
	colorTint:                          rgb(0xe3f0ee),
	colorWarm:                          rgb(0xfdf0dc),
	theme.ColorNameForeground:          rgb(0x1d1c1a),
	theme.ColorNameDisabled:            rgb(0x65615a),
	theme.ColorNamePlaceHolder:         rgb(0x6f6b64),
	theme.ColorNamePrimary:             rgb(0x0b6b62),
	theme.ColorNameHyperlink:           rgb(0x0b6b62),
	theme.ColorNameForegroundOnPrimary: rgb(0xffffff),
	theme.ColorNameSuccess:             rgb(0x1a7536),
	theme.ColorNameWarning:             rgb(0x8a4b00),
	theme.ColorNameError:               rgb(0xa3262a),
	theme.ColorNameSeparator:           rgb(0xe3e0da),
	theme.ColorNameInputBorder:         rgb(0x8f8a81),
	theme.ColorNameInputBackground:     rgb(0xf7f5f1),
	theme.ColorNameButton:              rgb(0xf0eee9),
	theme.ColorNameDisabledButton:      rgb(0xf0eee9),
	theme.ColorNameOverlayBackground:   rgb(0xffffff),
	theme.ColorNameMenuBackground:      rgb(0xffffff),
	theme.ColorNameHover:               color.NRGBA{0x0b, 0x6b, 0x62, 0x14},
	theme.ColorNamePressed:             color.NRGBA{0x0b, 0x6b, 0x62, 0x2e},
	theme.ColorNameFocus:               color.NRGBA{0x0b, 0x6b, 0x62, 0x50},
	theme.ColorNameSelection:           color.NRGBA{0x0b, 0x6b, 0x62, 0x40},
}

var dark = palette{
	theme.ColorNameBackground:          rgb(0x1a1918),
	colorCard:                          rgb(0x242321),
	colorTint:                          rgb(0x17332f),
	colorWarm:                          rgb(0x392b15),
	theme.ColorNameForeground:          rgb(0xf2efe9),
	theme.ColorNameDisabled:            rgb(0xb1aca3),
	theme.ColorNamePlaceHolder:         rgb(0xa39e95),
	theme.ColorNamePrimary:             rgb(0x5cc7ba),
	theme.ColorNameHyperlink:           rgb(0x5cc7ba),
	theme.ColorNameForegroundOnPrimary: rgb(0x0b2421),
	theme.ColorNameSuccess:             rgb(0x7fd396),
	theme.ColorNameWarning:             rgb(0xf0b357),
	theme.ColorNameError:               rgb(0xff8f85),
	theme.ColorNameSeparator:           rgb(0x3a3835),
	theme.ColorNameInputBorder:         rgb(0x7d7870),
	theme.ColorNameInputBackground:     rgb(0x1f1e1c),
	theme.ColorNameButton:              rgb(0x32302d),
	theme.ColorNameDisabledButton:      rgb(0x32302d),
	theme.ColorNameOverlayBackground:   rgb(0x242321),
	theme.ColorNameMenuBackground:      rgb(0x242321),
	theme.ColorNameHover:               color.NRGBA{0x5c, 0xc7, 0xba, 0x1a},
	theme.ColorNamePressed:             color.NRGBA{0x5c, 0xc7, 0xba, 0x33},
	theme.ColorNameFocus:               color.NRGBA{0x5c, 0xc7, 0xba, 0x58},
	theme.ColorNameSelection:           color.NRGBA{0x5c, 0xc7, 0xba, 0x40},
}

// The palettes of high contrast: black and white, lines that show, and colours of at least 7:1.
var lightContrast = palette{
	theme.ColorNameBackground:          rgb(0xffffff),
	colorCard:                          rgb(0xffffff),
	colorTint:                          rgb(0xe6f4f2),
	colorWarm:                          rgb(0xfff3df),
	theme.ColorNameForeground:          rgb(0x000000),
	theme.ColorNameDisabled:            rgb(0x3a3835),
	theme.ColorNamePlaceHolder:         rgb(0x3a3835),
	theme.ColorNamePrimary:             rgb(0x00443d),
	theme.ColorNameHyperlink:           rgb(0x00443d),
	theme.ColorNameForegroundOnPrimary: rgb(0xffffff),
	theme.ColorNameForegroundOnError:   rgb(0xffffff),
	theme.ColorNameSuccess:             rgb(0x00491a),
	theme.ColorNameWarning:             rgb(0x5c3000),
	theme.ColorNameError:               rgb(0x7d0f13),
	theme.ColorNameSeparator:           rgb(0x000000),
	theme.ColorNameInputBorder:         rgb(0x000000),
	theme.ColorNameInputBackground:     rgb(0xffffff),
	theme.ColorNameButton:              rgb(0xe9e7e2),
	theme.ColorNameDisabledButton:      rgb(0xe9e7e2),
	theme.ColorNameOverlayBackground:   rgb(0xffffff),
	theme.ColorNameMenuBackground:      rgb(0xffffff),
	theme.ColorNameHover:               color.NRGBA{0x00, 0x44, 0x3d, 0x1a},
	theme.ColorNamePressed:             color.NRGBA{0x00, 0x44, 0x3d, 0x33},
	theme.ColorNameFocus:               color.NRGBA{0x00, 0x44, 0x3d, 0x80},
	theme.ColorNameSelection:           color.NRGBA{0x00, 0x44, 0x3d, 0x38},
}

var darkContrast = palette{
	theme.ColorNameBackground:          rgb(0x000000),
	colorCard:                          rgb(0x000000),
	colorTint:                          rgb(0x06302b),
	colorWarm:                          rgb(0x332204),
	theme.ColorNameForeground:          rgb(0xffffff),
	theme.ColorNameDisabled:            rgb(0xdad6cf),
	theme.ColorNamePlaceHolder:         rgb(0xdad6cf),
	theme.ColorNamePrimary:             rgb(0x86f0e3),
	theme.ColorNameHyperlink:           rgb(0x86f0e3),
	theme.ColorNameForegroundOnPrimary: rgb(0x000000),
	theme.ColorNameForegroundOnError:   rgb(0x000000),
	theme.ColorNameSuccess:             rgb(0xa6f0b8),
	theme.ColorNameWarning:             rgb(0xffd084),
	theme.ColorNameError:               rgb(0xffb3ac),
	theme.ColorNameSeparator:           rgb(0xffffff),
	theme.ColorNameInputBorder:         rgb(0xffffff),
	theme.ColorNameInputBackground:     rgb(0x000000),
	theme.ColorNameButton:              rgb(0x2b2926),
	theme.ColorNameDisabledButton:      rgb(0x2b2926),
	theme.ColorNameOverlayBackground:   rgb(0x000000),
	theme.ColorNameMenuBackground:      rgb(0x000000),
	theme.ColorNameHover:               color.NRGBA{0x86, 0xf0, 0xe3, 0x26},
	theme.ColorNamePressed:             color.NRGBA{0x86, 0xf0, 0xe3, 0x40},
	theme.ColorNameFocus:               color.NRGBA{0x86, 0xf0, 0xe3, 0x58},
	theme.ColorNameSelection:           color.NRGBA{0x86, 0xf0, 0xe3, 0x38},
}

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{uint8(hex >> 16), uint8(hex >> 8), uint8(hex), 0xff}
}

// Color returns a colour of the palette, or Fyne's own for names that the palette leaves out.
func (c *calm) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	if c.fixed {
		variant = c.variant
	}
	colours := c.light
	if variant == theme.VariantDark {
		colours = c.dark
	}
	if found, ok := colours[name]; ok {
		return found
	}
	return c.Theme.Color(name, variant)
}

// Size returns a size of the type and spacing scale, in Fyne's device-independent pixels.
func (c *calm) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNameText:
		return usualText * c.textSize
	case theme.SizeNameCaptionText:
		return 12.5 * c.textSize
	case theme.SizeNameSubHeadingText:
		return 16 * c.textSize
	case theme.SizeNameHeadingText:
		return 21 * c.textSize
	case theme.SizeNameInlineIcon:
		return c.Theme.Size(name) * c.textSize
	case theme.SizeNameInnerPadding:
		return 8
	case theme.SizeNamePadding:
		return 4
	case theme.SizeNameInputRadius, theme.SizeNameSelectionRadius:
		return 7
	}
	return c.Theme.Size(name)
}
