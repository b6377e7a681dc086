//go:build !nogui

package gui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Names of colours beyond those of Fyne.
const (
	colorCard fyne.ThemeColorName = "photolink-card" // ground of cards and of the bars on top and at the bottom
	colorTint fyne.ThemeColorName = "photolink-tint" // ground of avatars and good news
	colorWarm fyne.ThemeColorName = "photolink-warm" // ground of advice in trouble
)

// calm is the theme: a quiet ground, cards with one thin line, one accent. It follows the system from light to dark.
type calm struct{ fyne.Theme }

func newTheme() fyne.Theme { return calm{theme.DefaultTheme()} }

var light = map[fyne.ThemeColorName]color.Color{
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
	theme.ColorNameInputBackground:     rgb(0xffffff),
	theme.ColorNameButton:              rgb(0xf0eee9),
	theme.ColorNameDisabledButton:      rgb(0xf0eee9),
	theme.ColorNameOverlayBackground:   rgb(0xffffff),
	theme.ColorNameMenuBackground:      rgb(0xffffff),
	theme.ColorNameHover:               color.NRGBA{0x0b, 0x6b, 0x62, 0x14},
	theme.ColorNamePressed:             color.NRGBA{0x0b, 0x6b, 0x62, 0x2e},
	theme.ColorNameFocus:               color.NRGBA{0x0b, 0x6b, 0x62, 0x50},
	theme.ColorNameSelection:           color.NRGBA{0x0b, 0x6b, 0x62, 0x40},
}

var dark = map[fyne.ThemeColorName]color.Color{
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

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{uint8(hex >> 16), uint8(hex >> 8), uint8(hex), 0xff}
}

// Color returns a colour of the palette, or Fyne's own for names that the palette leaves out.
func (c calm) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	palette := light
	if variant == theme.VariantDark {
		palette = dark
	}
	if found, ok := palette[name]; ok {
		return found
	}
	return c.Theme.Color(name, variant)
}

// Size returns a size of the type and spacing scale, in Fyne's device-independent pixels.
func (c calm) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNameText:
		return 14
	case theme.SizeNameCaptionText:
		return 12.5
	case theme.SizeNameSubHeadingText:
		return 16
	case theme.SizeNameHeadingText:
		return 21
	case theme.SizeNameInnerPadding:
		return 8
	case theme.SizeNamePadding:
		return 4
	case theme.SizeNameInputRadius, theme.SizeNameSelectionRadius:
		return 7
	}
	return c.Theme.Size(name)
}
