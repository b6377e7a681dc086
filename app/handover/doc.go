// Package handover knows the files in which backup tools keep their keys and tokens.
//
// Use [Recognise] to take a key or a token over from another tool, whatever the file is called: it goes by the content.
// [Places] lists where tools keep such files. Nothing in a file is ever executed. Use [Prepare] to hand an account over to a
// tool in its own form; nothing is changed before [Plan.Write].
package handover
