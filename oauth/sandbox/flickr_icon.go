package sandbox

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"net/http"
	"sync"
)

const iconSize = 96 // pixels

// buddyIcon is the person's picture: head and shoulders before a calm ground.
var buddyIcon = sync.OnceValue(func() []byte {
	ground, figure := color.RGBA{0x0b, 0x6b, 0x62, 0xff}, color.RGBA{0xd9, 0xf0, 0xec, 0xff}
	picture := image.NewRGBA(image.Rect(0, 0, iconSize, iconSize))
	for y := range iconSize {
		for x := range iconSize {
			fx, fy := float64(x)+0.5, float64(y)+0.5
			head := 17 - math.Hypot(fx-48, fy-37)
			shoulders := 33 - math.Hypot(fx-48, fy-94)
			share := min(max(0.5+max(head, shoulders), 0), 1) // of the figure in this pixel: soft edges
			mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a)*(1-share) + float64(b)*share)) }
			picture.SetRGBA(x, y, color.RGBA{
				mix(ground.R, figure.R), mix(ground.G, figure.G), mix(ground.B, figure.B), 0xff,
			})
		}
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, picture, &jpeg.Options{Quality: 90}) // neither the picture nor a buffer can make it fail
	return b.Bytes()
})

func serveBuddyIcon(w http.ResponseWriter, r *http.Request) {
	if !allow(w, r, http.MethodGet, http.MethodHead) {
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	_, _ = w.Write(buddyIcon())
}
