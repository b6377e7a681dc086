// Command icons draws the icons of the services into the folder that it is given.
//
// They are drawings of lines, but the files hold the outlines of the lines as one filled path: Fyne gives an icon the
// colour of the theme by replacing what it is filled with, and leaves strokes as they are.
package main

import (
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// half is half the width of a line, in units of a drawing of 24 by 24.
const half = 0.875

// shape is the outline of something, in the syntax of SVG paths. All outlines go round clockwise and holes go the other
// way, so that shapes may overlap.
type shape string

// drawings are the icons by the id of their service. They show what the services are for, and keep away from their marks.
var drawings = map[string][]shape{
	"flickr": { // two photos
		frame(3, 8, 14.5, 12, 1.75), line(6.5, 16.75, 9.25, 13.25, 11.25, 15.5), line(11.25, 15.5, 12.5, 14.25, 14.25, 16.5),
		line(7.5, 4.5, 19, 4.5), bow(19, 4.5, 21, 6.5, 2), line(21, 6.5, 21, 15.5),
	},
	"smugmug": { // a picture on the wall
		line(8, 7.5, 12, 3.5, 16, 7.5), frame(3, 7.5, 18, 13, 1.75), line(6.5, 17.25, 10, 12.25, 12.75, 15.75),
		line(12.75, 15.75, 14.75, 13.5, 17.5, 17.25),
	},
	"tumblr": { // a quotation on a page
		frame(4, 3, 16, 18, 2), bow(8.25, 10, 10.5, 7.25, 3.25), disc(8.75, 10, 1.4), bow(13.25, 10, 15.5, 7.25, 3.25),
		disc(13.75, 10, 1.4), line(8.25, 14, 15.75, 14), line(8.25, 17.25, 12.75, 17.25),
	},
	"commons": { // the world over an open book
		ring(12, 8.25, 5.5, 5.5), ring(12, 8.25, 2.25, 5.5), line(6.5, 8.25, 17.5, 8.25), line(3, 15, 3, 19.25),
		bow(3, 19.25, 12, 21, 18), bow(12, 21, 21, 19.25, 18), line(21, 19.25, 21, 15),
	},
	"photobucket": { // an album
		frame(5.5, 3, 14.5, 18, 2), line(3.25, 7.5, 7.5, 7.5), line(3.25, 12, 7.5, 12), line(3.25, 16.5, 7.5, 16.5),
		frame(10.5, 7.75, 6, 5.5, 0.75), line(10.5, 16.75, 16.5, 16.75),
	},
	"wordpress": { // a pen on a page
		line(12, 4, 6, 4), bow(4, 6, 6, 4, 2), line(4, 6, 4, 18.5), bow(6, 20.5, 4, 18.5, 2), line(6, 20.5, 16.5, 20.5),
		bow(18.5, 18.5, 16.5, 20.5, 2), line(18.5, 18.5, 18.5, 13), line(9.5, 15, 10.25, 11.25, 17.75, 3.75, 20.75, 6.75, 13.25, 14.25, 9.5, 15),
	},
	"practice": {star(12, 12.5, 9.5, 4.25)},
	"service": { // a plug
		line(9, 3, 9, 8), line(15, 3, 15, 8), line(6, 8, 18, 8), line(6, 8, 6, 11), line(18, 8, 18, 11),
		bow(18, 11, 12, 17, 6), bow(12, 17, 6, 11, 6), line(12, 17, 12, 21),
	},
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: icons FOLDER")
	}
	for id, shapes := range drawings {
		var b strings.Builder
		b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24">` + "\n" +
			`  <path fill="#000000" d="`)
		for i, s := range shapes {
			if i > 0 {
				b.WriteString("\n    ")
			}
			b.WriteString(string(s))
		}
		b.WriteString(`"/>` + "\n</svg>\n")
		name := filepath.Join(os.Args[1], id+".svg")
		if err := os.WriteFile(name, []byte(b.String()), 0o644); err != nil { //nolint:gosec // a picture for everybody
			log.Fatal(err)
		}
	}
}

// line leads through points, with round joins and ends.
func line(points ...float64) shape {
	var all []string
	for i := 0; i+3 < len(points); i += 2 {
		x1, y1, x2, y2 := points[i], points[i+1], points[i+2], points[i+3]
		length := math.Hypot(x2-x1, y2-y1)
		dx, dy := half*(y2-y1)/length, -half*(x2-x1)/length // to the left of the line, as seen on its way
		all = append(all, path("M", x1+dx, y1+dy, "L", x2+dx, y2+dy, arc(half, true), x2-dx, y2-dy,
			"L", x1-dx, y1-dy, arc(half, true), x1+dx, y1+dy, "Z"))
	}
	return shape(strings.Join(all, " "))
}

// bow is less than half a circle with the radius, clockwise from one point to the other.
func bow(x1, y1, x2, y2, radius float64) shape {
	length := math.Hypot(x2-x1, y2-y1)
	height := math.Sqrt(max(0, radius*radius-length*length/4))
	cx, cy := (x1+x2)/2-height*(y2-y1)/length, (y1+y2)/2+height*(x2-x1)/length
	at := func(x, y, r float64) (float64, float64) { return cx + (x-cx)*r/radius, cy + (y-cy)*r/radius }
	ax, ay := at(x1, y1, radius+half)
	bx, by := at(x2, y2, radius+half)
	ex, ey := at(x2, y2, radius-half)
	fx, fy := at(x1, y1, radius-half)
	return shape(path("M", ax, ay, arc(radius+half, true), bx, by, arc(half, true), ex, ey,
		arc(radius-half, false), fx, fy, arc(half, true), ax, ay, "Z"))
}

// disc is filled.
func disc(x, y, radius float64) shape { return shape(oval(x, y, radius, radius, true)) }

// ring is the line round an ellipse.
func ring(x, y, rx, ry float64) shape {
	return shape(oval(x, y, rx+half, ry+half, true) + " " + oval(x, y, rx-half, ry-half, false))
}

func oval(x, y, rx, ry float64, clockwise bool) string {
	half := "A " + number(rx) + " " + number(ry) + " 0 0 " + flag(clockwise)
	return path("M", x-rx, y, half, x+rx, y, half, x-rx, y, "Z")
}

// frame is the line round a rectangle with round corners.
func frame(x, y, width, height, radius float64) shape {
	l, t, r, b := x-half, y-half, x+width+half, y+height+half
	c := radius + half
	outer := path("M", l+c, t, "L", r-c, t, arc(c, true), r, t+c, "L", r, b-c, arc(c, true), r-c, b, "L", l+c, b,
		arc(c, true), l, b-c, "L", l, t+c, arc(c, true), l+c, t, "Z")
	l, t, r, b = x+half, y+half, x+width-half, y+height-half
	c = max(radius-half, 0)
	if c == 0 {
		return shape(outer + " " + path("M", l, t, "L", l, b, "L", r, b, "L", r, t, "Z"))
	}
	return shape(outer + " " + path("M", l+c, t, arc(c, false), l, t+c, "L", l, b-c, arc(c, false), l+c, b, "L", r-c, b,
		arc(c, false), r, b-c, "L", r, t+c, arc(c, false), r-c, t, "Z"))
}

// star has five points.
func star(x, y, outer, inner float64) shape {
	var points []float64
	for i := range 11 {
		radius, angle := outer, float64(i)*math.Pi/5
		if i%2 == 1 {
			radius = inner
		}
		points = append(points, x+radius*math.Sin(angle), y-radius*math.Cos(angle))
	}
	return line(points...)
}

func arc(radius float64, clockwise bool) string {
	return "A " + number(radius) + " " + number(radius) + " 0 0 " + flag(clockwise)
}

func flag(set bool) string {
	if set {
		return "1"
	}
	return "0"
}

func path(parts ...any) string {
	words := make([]string, len(parts))
	for i, part := range parts {
		if n, ok := part.(float64); ok {
			part = number(n)
		}
		words[i] = fmt.Sprint(part)
	}
	return strings.Join(words, " ")
}

// number has two digits after the point: a hundredth of a pixel is not seen.
func number(n float64) string {
	return strconv.FormatFloat(math.Round(n*100)/100+0, 'f', -1, 64) // + 0 makes -0 plain
}
