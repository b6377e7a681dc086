//go:build race && !nogui

package gui

// underRaceDetector tells that everything takes many times as long as in the program.
const underRaceDetector = true
