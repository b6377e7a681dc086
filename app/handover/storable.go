package handover

import (
	"encoding/binary"
	"errors"
	"maps"
	"slices"
)

const storableMagic = "pst0" // of a Perl Storable file

// The types of values that a Storable file of Flickr::API can hold; the numbers are those of Storable.xs.
const (
	storableLongText     = 1
	storableArray        = 2
	storableHash         = 3
	storableReference    = 4
	storableUndefined    = 5
	storableInteger      = 6
	storableDouble       = 7
	storableByte         = 8
	storableNetInteger   = 9
	storableText         = 10
	storableNoValue      = 14
	storableBlessed      = 17
	storableBlessedAgain = 18
	storableOverloaded   = 20
	storableUTF8         = 23
	storableLongUTF8     = 24
	storableFlagHash     = 25
	storableWeak         = 27
	storableWeakOverload = 28
	storableTrue         = 34
	storableFalse        = 35
)

var (
	errStorableShort = errors.New("the file ends early")
	errStorableOther = errors.New("it holds something that Photolink does not read")
	errStorableDeep  = errors.New("it is nested too deeply")
)

// readStorable reads what Flickr::API stores with Perl's Storable: a hash, whose texts are looked at. Objects in it are
// passed over as data; code in it ends the reading.
func readStorable(name string, content []byte) ([]Found, error) {
	tool := "Flickr::API"
	if name == ".flickroauth.st" {
		tool = "flickr_upload"
	}
	s := storable{rest: content[len(storableMagic):]}
	s.header()
	root, _ := s.value(0).(map[string]string)
	if s.err != nil {
		return nil, &BrokenError{Tool: tool, Reason: s.err.Error()}
	}
	if root["consumer_key"] == "" { // stored before OAuth
		root = maps.Clone(root)
		if token, ok := root["token"]; ok {
			delete(root, "token")
			root["auth_token"] = token
		}
	}
	var all []setting
	for _, name := range slices.Sorted(maps.Keys(root)) {
		all = append(all, setting{name: name, value: root[name]})
	}
	found, err := one(tool, flickr, all...)
	if err == nil && found == nil {
		err = unknown("a Perl Storable file without keys")
	}
	return found, err
}

// storable reads one value after the other. The first error stays in err, and ends the reading.
type storable struct {
	rest     []byte
	order    binary.ByteOrder
	wordSize int // bytes of an integer
	err      error
}

// header reads what comes before the first value. Files in network order name no sizes.
func (s *storable) header() {
	version := s.bytes(2) // twice the major version, plus one for network order; then the minor version
	if s.err != nil {
		return
	}
	s.order, s.wordSize = binary.BigEndian, 8
	if version[0]>>1 != 2 {
		s.err = errStorableOther
	} else if version[0]&1 == 0 {
		switch order := string(s.bytes(int(s.byte()))); order {
		case "1234", "12345678":
			s.order, s.wordSize = binary.LittleEndian, len(order)
		case "4321", "87654321":
			s.wordSize = len(order)
		default:
			s.fail(errStorableOther)
		}
		s.bytes(3) // sizes of int, long and pointer
		if version[1] >= 2 {
			s.byte() // size of a floating-point number
		}
	}
}

// value reads a value with all that is in it. It returns a string, a map of the strings in a hash, or nothing.
func (s *storable) value(depth int) any {
	if depth > maxDepth {
		s.fail(errStorableDeep)
	}
	kind := s.byte()
	if s.err != nil {
		return nil
	}
	switch kind {
	case storableText, storableUTF8:
		return string(s.bytes(int(s.byte())))
	case storableLongText, storableLongUTF8:
		return string(s.bytes(s.length()))
	case storableHash, storableFlagHash:
		return s.hash(depth, kind == storableFlagHash)
	case storableArray:
		for n := s.length(); n > 0 && s.err == nil; n-- {
			s.value(depth + 1)
		}
	case storableReference, storableOverloaded, storableWeak, storableWeakOverload:
		return s.value(depth + 1)
	case storableBlessed:
		if n := int(s.byte()); n <= 127 {
			s.bytes(n)
		} else {
			s.bytes(s.length())
		}
		return s.value(depth + 1)
	case storableBlessedAgain:
		if s.byte() > 127 {
			s.length()
		}
		return s.value(depth + 1)
	case storableInteger:
		s.bytes(s.wordSize)
	case storableDouble:
		s.bytes(8)
	case storableNetInteger:
		s.bytes(4)
	case storableByte:
		s.byte()
	case storableUndefined, storableNoValue, storableTrue, storableFalse:
	default:
		s.fail(errStorableOther)
	}
	return nil
}

// hash reads a hash, in which each value comes before its name.
func (s *storable) hash(depth int, flags bool) map[string]string {
	if flags {
		s.byte()
	}
	texts := map[string]string{}
	for n := s.length(); n > 0 && s.err == nil; n-- {
		value := s.value(depth + 1)
		if flags {
			s.byte()
		}
		name := string(s.bytes(s.length()))
		if text, ok := value.(string); ok && s.err == nil {
			texts[name] = text
		}
	}
	return texts
}

func (s *storable) length() int {
	b := s.bytes(4)
	if s.err != nil {
		return 0
	}
	return int(s.order.Uint32(b))
}

func (s *storable) byte() byte {
	b := s.bytes(1)
	if s.err != nil {
		return 0
	}
	return b[0]
}

func (s *storable) bytes(n int) []byte {
	if n < 0 || n > len(s.rest) { // negative where int has 32 bits
		s.fail(errStorableShort)
	}
	if s.err != nil {
		return nil
	}
	taken := s.rest[:n]
	s.rest = s.rest[n:]
	return taken
}

func (s *storable) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}
