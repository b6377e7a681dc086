//go:build !nogui && (linux || freebsd || openbsd || netbsd)

package gui

import (
	"io"
	"log"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"fyne.io/fyne/v2/driver"
)

// connect connects to the X server. The library's own log says what the errors say.
func connect() (*xgb.Conn, error) {
	xgb.Logger = log.New(io.Discard, "", 0)
	return xgb.NewConn()
}

// placeOf tells where on the screen the content of a window is. Under Wayland no program may know.
func placeOf(native any) (x, y int, known bool) {
	handle, ok := native.(driver.X11WindowContext)
	if !ok {
		return 0, 0, false
	}
	server, err := connect()
	if err != nil {
		return 0, 0, false
	}
	defer server.Close()
	root := xproto.Setup(server).DefaultScreen(server).Root
	at, err := xproto.TranslateCoordinates(server, xproto.Window(handle.WindowHandle), root, 0, 0).Reply()
	if err != nil {
		return 0, 0, false
	}
	return int(at.DstX), int(at.DstY), true
}

// screenHas reports whether a place is on a screen that is there now, with room for a window to be seen and moved.
func screenHas(x, y int) bool {
	server, err := connect()
	if err != nil {
		return false
	}
	defer server.Close()
	screen := xproto.Setup(server).DefaultScreen(server)
	return x >= 0 && y >= 0 && x < int(screen.WidthInPixels)-100 && y < int(screen.HeightInPixels)-100
}
