package main

import (
	"strings"
	"testing"
	"time"
)

func TestTable(t *testing.T) {
	for _, row := range []struct {
		name, section, bench string
		want                 string // a row of the table
	}{
		{
			"the median counts, without the number of processors", "callback page",
			"BenchmarkCallbackPage/photolink-8 10 100 ns/op\nBenchmarkCallbackPage/photolink-8 10 9000 ns/op\n" +
				"BenchmarkCallbackPage/photolink-8 10 140 ns/op\nBenchmarkCallbackPage/floor-8 10 100 ns/op\n",
			"| connect to the whole answer | 140.0 ns | 100.0 ns | 1.40 | at most 1.5 times | yes |",
		},
		{
			"a goal that is missed shows", "callback page",
			"BenchmarkCallbackPage/photolink 1 2e6 ns/op\nBenchmarkCallbackPage/floor 1 1e6 ns/op\n",
			"| connect to the whole answer | 2.000 ms | 1.000 ms | 2.00 | at most 1.5 times | **missed** |",
		},
		{
			"a ratio needs its floor", "callback page", "BenchmarkCallbackPage/photolink 1 100 ns/op\n",
			"| connect to the whole answer | 100.0 ns |  |  | at most 1.5 times | not measured |",
		},
		{
			"what was not measured is not reached", "callback page", "",
			"| connect to the whole answer |  |  |  | at most 1.5 times | not measured |",
		},
		{
			"an absolute goal needs no floor", "command line", "BenchmarkAccounts/photolink 1 20000000 ns/op 12000000 cpu-ns\n",
			"| processor time of photolink accounts | 12.00 ms |  |  | at most 15.00 ms | yes |",
		},
		{
			"what stands beside it has no goal", "command line", "BenchmarkAccounts/gh 1 1 ns/op 30000000 cpu-ns\n",
			"| – beside it: gh auth status | 30.00 ms |  |  |  |  |",
		},
		{
			"the worst counts where the row says so", "many accounts",
			"BenchmarkScroll/10000-2 9 3 worst-ms\nBenchmarkScroll/10000-2 9 17 worst-ms\nBenchmarkScroll/10000-2 9 4 worst-ms\n",
			"| longest frame while scrolling, ms | 17 |  |  | at most 16 | **missed** |",
		},
		{
			"bytes, and a program compared with itself", "many accounts",
			"BenchmarkStart/photolink 1 100 ns/op 145000000 B-resident\nBenchmarkStart/photolink/accounts 1 120 ns/op 160000000 B-resident\n",
			"| resident memory, 2 s later, 10,000 accounts | 160.0 MB | 145.0 MB | 1.10 |  |  |",
		},
		{
			"nought reaches a goal of nought", "start", "BenchmarkStart/photolink 1 0 idle-ns\n",
			"| processor time in 10 s of idleness | 0 |  |  | at most 0 | yes |",
		},
		{
			"large numbers have no fraction", "sandbox", "BenchmarkSandbox/photolink-2 1 20 ns/op 41234.56 requests/s\n",
			"| requests verified, one client | 41235 |  |  |  |  |",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			figures, err := read(strings.NewReader(row.bench))
			if err != nil {
				t.Fatal(err)
			}
			got, err := table(row.section, figures)
			if err != nil || !strings.Contains(got, row.want+"\n") && !strings.HasSuffix(got, row.want) {
				t.Errorf("got, %v:\n%s\nwant a row\n%s", err, got, row.want)
			}
		})
	}
}

func TestPageHasAPlaceForEachMeasurement(t *testing.T) {
	figures, err := read(strings.NewReader("load: 0.10 0.20 0.30\nleft-out: gh\nBenchmarkSigning/photolink-2 1 12000 ns/op 14 allocs/op\nFAIL\n"))
	if err != nil {
		t.Fatal(err)
	}
	here, err := thisMachine("../..")
	if err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	if err := write(&page, figures, here, time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	for _, m := range measurements {
		if !strings.Contains(page.String(), "| "+m.what+" |") {
			t.Errorf("the page does not tell of %q", m.what)
		}
	}
	for _, want := range []string{"on 2026-03-01", "Fyne v2.", "Load of the computer when it began: 0.10", "Left out: gh.", "| allocations of it | 14 |"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page does not say %q:\n%.800s", want, page.String())
		}
	}
}
