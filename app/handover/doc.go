// Package handover knows the files in which backup tools keep their keys and tokens.
//
// Use [Recognise] to take a key or a token over from another tool, whatever the file is called: it goes by the content.
// [Places] lists where tools keep such files. Nothing in a file is ever executed, and no file is changed.
package handover
