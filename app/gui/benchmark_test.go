//go:build !nogui

package gui

import (
	"runtime"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"photolink/app"
	"photolink/app/account"
	"photolink/oauth/provider"
	"photolink/oauth/sandbox"
	"photolink/resources"
)

// benchmarked opens the window of somebody who has many accounts.
func benchmarked(b *testing.B, many int) (w *window, calls chan func()) {
	b.Helper()
	folder := b.TempDir()
	if many > 0 {
		listOf(b, folder, many)
	}
	photolink, err := app.New(app.Config{
		Folder: folder, Vaults: []account.Vault{account.Session()},
		Providers: []provider.Provider{flickr(), provider.Practice("", sandbox.PracticeClient)},
	})
	if err != nil {
		b.Fatal(err)
	}
	application := test.NewTempApp(b)
	application.SetIcon(fyne.NewStaticResource("photolink.png", resources.WindowIcon))
	calls = make(chan func(), 1000)
	w = newWindow(photolink, application, func(call func()) { calls <- call })
	w.window.Resize(usualSize)
	b.Cleanup(func() {
		w.finish(30 * time.Second)
		photolink.Close()
	})
	return w, calls
}

// home shows the list, and returns when it is there.
func home(w *window, calls chan func()) {
	w.showHome()
	for w.anew == nil {
		(<-calls)()
	}
}

var crowds = []struct {
	name string
	many int
}{{"none", 0}, {"10000", 10_000}}

// What the window keeps for each account while it shows them, index and all. It is compared with a list of few in the same
// window, which has loaded the fonts. It comes first, because Fyne keeps parts of a screen for a minute after it is gone.
func BenchmarkHomeMemory(b *testing.B) {
	const few = 50
	for _, crowd := range crowds[1:] {
		b.Run(crowd.name, func(b *testing.B) {
			w, calls := benchmarked(b, few)
			kept := func() float64 {
				home(w, calls)
				w.window.Canvas().Capture()
				for range 2 { // what a pool holds is gone after the second
					runtime.GC()
				}
				var memory runtime.MemStats
				runtime.ReadMemStats(&memory)
				return float64(memory.HeapAlloc)
			}
			kept()
			before := kept()
			listOf(b, w.photolink.Folder(), crowd.many)
			after := kept()
			for b.Loop() {
				home(w, calls)
			}
			b.ReportMetric((after-before)/float64(crowd.many-few), "B/account")
		})
	}
}

// From the wish to see the accounts to the first picture.
func BenchmarkHome(b *testing.B) {
	for _, crowd := range crowds {
		b.Run(crowd.name, func(b *testing.B) {
			w, calls := benchmarked(b, crowd.many)
			for b.Loop() {
				home(w, calls)
				w.window.Canvas().Capture()
			}
		})
	}
}

// One step of the wheel. worst-ms is the longest that any step took the goroutine of the GUI, through the whole list by the
// wheel, by pages and in jumps; paint-ms is what the painter of the tests, which uses no graphics card, needs for a picture.
func BenchmarkScroll(b *testing.B) {
	for _, many := range crowds[1:] {
		b.Run(many.name, func(b *testing.B) {
			runtime.LockOSThread() // the stopwatch is one of threads
			defer runtime.UnlockOSThread()
			test.NewTempApp(b).Settings().SetTheme(newTheme(app.Settings{Theme: app.LightTheme}, false))
			window := test.NewTempWindow(b, crowd(many.many).build())
			window.SetPadded(false)
			layOut(window, usualSize)
			window.Canvas().Capture()
			body := bodyOf(window.Content())
			page := body.Size().Height

			var worst [3]time.Duration
			step := func(kind int, act func()) {
				watch := startStopwatch()
				act()
				work, _, _ := watch.stop()
				worst[kind] = max(worst[kind], work)
			}
			through := func(kind int, by float32) {
				for before := float32(-1); body.Offset.Y != before; {
					before = body.Offset.Y
					step(kind, func() { wheel(body, by) })
				}
			}
			through(0, 40)
			through(1, -page)
			for i := range 100 {
				part := float32(i*37%100) / 100
				step(2, func() { body.ScrollToOffset(fyne.NewPos(0, part*body.Content.Size().Height)) })
			}
			var paint time.Duration
			const pictures = 20
			for range pictures {
				wheel(body, page)
				watch := startStopwatch()
				window.Canvas().Capture()
				work, _, _ := watch.stop()
				paint += work
			}
			by := float32(40)
			for b.Loop() {
				before := body.Offset.Y
				wheel(body, by)
				if body.Offset.Y == before {
					by = -by
				}
			}
			milliseconds := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
			b.ReportMetric(milliseconds(max(worst[0], worst[1], worst[2])), "worst-ms")
			b.ReportMetric(milliseconds(paint/pictures), "paint-ms")
			b.Logf("longest step by the wheel %v, by a page %v, of a jump %v", worst[0], worst[1], worst[2])
		})
	}
}
