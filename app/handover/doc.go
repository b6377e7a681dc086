// Package handover reads and writes the credential files of backup tools. No tool is served yet.
package handover
