// Package gui is the window of Photolink. Use [Run] when the program was started without arguments.
//
// Each screen is a view, a struct with data in and OnX callbacks out that knows no work, and a show method of the window
// that fills it in and does the work. Everything that takes time runs on a goroutine of its own and comes back through
// window.do, the one way onto the goroutine of the GUI.
package gui
