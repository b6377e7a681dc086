package main

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io/fs"

	"github.com/fyne-io/oksvg"
	"github.com/srwiley/rasterx"
)

// macShare is how much of the width of an icon its shape has on macOS: 824 of 1024. The drawing itself has a share of 480
// in 512.
const macShare = (824.0 / 1024) / (480.0 / 512)

// icns draws the icon of the app for macOS in all sizes that macOS asks for. icons is the folder with photolink.svg, and
// with photolink-16.svg, which is drawn for its pixels.
func icns(icons fs.FS) ([]byte, error) {
	large, err := readDrawing(icons, "photolink.svg")
	if err != nil {
		return nil, err
	}
	small, err := readDrawing(icons, "photolink-16.svg")
	if err != nil {
		return nil, err
	}
	file := icnsFile{}
	file.addPlain("is32", "s8mk", render(small, 16, 1))
	file.addPlain("il32", "l8mk", render(large, 32, macShare))
	for _, row := range []struct {
		kind string
		size int
	}{
		{"ic11", 32}, {"ic12", 64}, {"ic07", 128}, {"ic13", 256}, {"ic08", 256}, {"ic14", 512}, {"ic09", 512}, {"ic10", 1024},
	} {
		var picture bytes.Buffer
		if err := png.Encode(&picture, render(large, row.size, macShare)); err != nil {
			return nil, err
		}
		file.add(row.kind, picture.Bytes())
	}
	return file.bytes(), nil
}

func readDrawing(icons fs.FS, name string) (*oksvg.SvgIcon, error) {
	text, err := icons.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = text.Close() }()
	drawing, err := oksvg.ReadIconStream(text, oksvg.StrictErrorMode)
	return drawing, err
}

// render draws into the middle of a square, share of it wide.
func render(drawing *oksvg.SvgIcon, size int, share float64) *image.NRGBA {
	canvas := image.NewRGBA(image.Rect(0, 0, size, size))
	inner := float64(size) * share
	margin := (float64(size) - inner) / 2
	drawing.SetTarget(margin, margin, inner, inner)
	scanner := rasterx.NewScannerGV(size, size, canvas, canvas.Bounds())
	drawing.Draw(rasterx.NewDasher(size, size, scanner), 1)
	straight := image.NewNRGBA(canvas.Bounds()) // icns has colours that are not multiplied with their alpha
	draw.Draw(straight, straight.Bounds(), canvas, image.Point{}, draw.Src)
	return straight
}

// icnsFile is what follows the header of the file: for each picture a kind of four letters, a length and the content.
type icnsFile struct{ content []byte }

func (f *icnsFile) add(kind string, content []byte) {
	f.content = append(f.content, kind...)
	f.content = binary.BigEndian.AppendUint32(f.content, uint32(len(content)+8)) // with kind and length
	f.content = append(f.content, content...)
}

// addPlain adds a picture in the form that the two smallest sizes have: red, green and blue packed one after the other, and
// the alpha on its own. macOS draws no PNG in these sizes.
func (f *icnsFile) addPlain(colours, alpha string, picture *image.NRGBA) {
	channel := func(of func(color.NRGBA) uint8) []byte {
		var all []byte
		for y := range picture.Rect.Dy() {
			for x := range picture.Rect.Dx() {
				all = append(all, of(picture.NRGBAAt(x, y)))
			}
		}
		return all
	}
	packed := pack(channel(func(c color.NRGBA) uint8 { return c.R }))
	packed = append(packed, pack(channel(func(c color.NRGBA) uint8 { return c.G }))...)
	packed = append(packed, pack(channel(func(c color.NRGBA) uint8 { return c.B }))...)
	f.add(colours, packed)
	f.add(alpha, channel(func(c color.NRGBA) uint8 { return c.A }))
}

func (f *icnsFile) bytes() []byte {
	all := binary.BigEndian.AppendUint32([]byte("icns"), uint32(len(f.content)+8))
	return append(all, f.content...)
}

// pack shortens bytes as icns does: a number below 128 is followed by one byte more than it says; one from 128 by a byte
// that stands for 125 less than it says.
func pack(plain []byte) []byte {
	var packed []byte
	for start := 0; start < len(plain); {
		if n := run3(plain[start:]); n > 0 {
			packed = append(packed, byte(n+125), plain[start])
			start += n
			continue
		}
		end := start + 1
		for end < len(plain) && end-start < 128 && run3(plain[end:]) == 0 {
			end++
		}
		packed = append(append(packed, byte(end-start-1)), plain[start:end]...)
		start = end
	}
	return packed
}

// run3 counts equal bytes at the beginning, up to 130; fewer than three count as none.
func run3(plain []byte) int {
	n := 0
	for n < len(plain) && n < 130 && plain[n] == plain[0] {
		n++
	}
	if n < 3 {
		return 0
	}
	return n
}
