package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchmath"
	"golang.org/x/perf/benchunit"
)

// figures are what a run gave.
type figures struct {
	values  map[key][]float64
	load    string // of the machine when the run began
	leftOut string
}

type key struct{ benchmark, unit string }

// read reads figures in the format of Go benchmarks. The number of processors that Go adds to names is left out.
func read(from io.Reader) (figures, error) {
	f := figures{values: map[key][]float64{}}
	reader := benchfmt.NewReader(from, "figures")
	for reader.Scan() {
		result, ok := reader.Result().(*benchfmt.Result)
		if !ok {
			continue // what tests print besides
		}
		f.load, f.leftOut = result.GetConfig("load"), result.GetConfig("left-out")
		base, parts := result.Name.Parts()
		name := string(base)
		for _, part := range parts {
			if part[0] == '/' {
				name += string(part)
			}
		}
		for _, value := range result.Values {
			tidied, unit := benchunit.Tidy(value.Value, value.Unit) // the reader leaves nought as it is
			at := key{name, unit}
			f.values[at] = append(f.values[at], tidied)
		}
	}
	return f, reader.Err()
}

// of returns the median of a figure, or the worst.
func (f figures) of(benchmark, unit string, worst bool) (float64, bool) {
	values := f.values[key{benchmark, unit}]
	if len(values) == 0 {
		return 0, false
	}
	if worst {
		return slices.Max(values), true
	}
	sample := benchmath.NewSample(slices.Clone(values), &benchmath.DefaultThresholds)
	return benchmath.AssumeNothing.Summary(sample, 0.95).Center, true
}

// table makes the table of a section.
func table(section string, f figures) (string, error) {
	var text strings.Builder
	text.WriteString("| measurement | figure | floor | ratio | goal | reached |\n| --- | ---: | ---: | ---: | --- | --- |\n")
	found := false
	for _, m := range measurements {
		if m.section != section {
			continue
		}
		found = true
		floor, hasFloor := f.of(m.floor, m.unit, m.worst)
		own, measured := f.of(m.of, m.unit, m.worst)
		row(&text, m.what, figure(own, measured, m.unit), figure(floor, hasFloor, m.unit), ratio(own, floor, measured && hasFloor), m.goal(),
			m.reached(own, measured, floor, hasFloor))
		for _, other := range m.beside {
			value, measured := f.of(other.of, m.unit, m.worst)
			row(&text, "– beside it: "+other.name, figure(value, measured, m.unit), "", ratio(value, floor, measured && hasFloor), "", "")
		}
	}
	if !found {
		return "", fmt.Errorf("there is no section %q", section)
	}
	return strings.TrimSuffix(text.String(), "\n"), nil
}

func row(to io.Writer, cells ...string) {
	_, _ = fmt.Fprintf(to, "| %s |\n", strings.Join(cells, " | "))
}

// figure returns a value with its unit, where that is of time or memory. The others are numbers of what the row names.
func figure(value float64, measured bool, unit string) string {
	if !measured {
		return ""
	}
	thing, _, _ := strings.Cut(unit, "/")
	for word := range strings.SplitSeq(thing, "-") {
		if symbol := map[string]string{"sec": "s", "B": "B"}[word]; symbol != "" && value != 0 {
			scale := benchunit.CommonScale([]float64{value}, benchunit.Decimal)
			return strconv.FormatFloat(value/scale.Factor, 'f', scale.Prec, 64) + " " + scale.Prefix + symbol
		}
	}
	if value >= 100 {
		value = math.Round(value)
	}
	return strconv.FormatFloat(math.Round(value*100)/100, 'f', -1, 64)
}

func ratio(value, floor float64, both bool) string {
	if !both || floor == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", value/floor)
}

func (m measurement) goal() string {
	switch {
	case m.times != noGoal:
		return fmt.Sprintf("at most %g times", m.times)
	case m.most != noGoal:
		return "at most " + figure(m.most, true, m.unit)
	}
	return ""
}

func (m measurement) reached(own float64, measured bool, floor float64, hasFloor bool) string {
	limit := m.most
	switch {
	case m.times == noGoal && m.most == noGoal:
		if !measured {
			return "not measured"
		}
		return ""
	case !measured, m.times != noGoal && !hasFloor:
		return "not measured"
	case m.times != noGoal:
		limit = m.times * floor
	}
	if own <= limit {
		return "yes"
	}
	return "**missed**"
}
