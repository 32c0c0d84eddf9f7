package bench

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// TestCPUs pins the first rows of a seed, and holds the walk to its bounds.
func TestCPUs(t *testing.T) {
	var text bytes.Buffer
	var line []byte
	rows := 0
	CPUs(42, 8, func(c *CPU) bool {
		for i, v := range c.Fields {
			if v < 0 || v > 100 {
				t.Fatalf("row %d: %s is %d, want 0 to 100", rows, cpuFields[i], v)
			}
		}
		if rows++; rows <= 2 {
			line = c.AppendInflux(line[:0])
			text.Write(line)
			line = c.AppendNDJSON(line[:0])
			text.Write(line)
		}
		return true
	})
	const want = `cpu,hostname=host_0,region=ap-southeast-2,datacenter=ap-southeast-2a,rack=63,os=Ubuntu16.10,arch=x64,team=CHI,service=12,service_version=1,service_environment=test usage_user=34i,usage_system=64i,usage_idle=60i,usage_nice=61i,usage_iowait=41i,usage_irq=56i,usage_softirq=50i,usage_steal=17i,usage_guest=24i,usage_guest_nice=91i 1451606400000000000
{"ts":"2016-01-01T00:00:00Z","hostname":"host_0","region":"ap-southeast-2","datacenter":"ap-southeast-2a","rack":"63","os":"Ubuntu16.10","arch":"x64","team":"CHI","service":"12","service_version":"1","service_environment":"test","usage_user":34,"usage_system":64,"usage_idle":60,"usage_nice":61,"usage_iowait":41,"usage_irq":56,"usage_softirq":50,"usage_steal":17,"usage_guest":24,"usage_guest_nice":91}
cpu,hostname=host_1,region=ap-southeast-1,datacenter=ap-southeast-1b,rack=31,os=Ubuntu16.10,arch=x64,team=SF,service=4,service_version=1,service_environment=test usage_user=78i,usage_system=1i,usage_idle=80i,usage_nice=51i,usage_iowait=70i,usage_irq=81i,usage_softirq=1i,usage_steal=32i,usage_guest=83i,usage_guest_nice=82i 1451606400000000000
{"ts":"2016-01-01T00:00:00Z","hostname":"host_1","region":"ap-southeast-1","datacenter":"ap-southeast-1b","rack":"31","os":"Ubuntu16.10","arch":"x64","team":"SF","service":"4","service_version":"1","service_environment":"test","usage_user":78,"usage_system":1,"usage_idle":80,"usage_nice":51,"usage_iowait":70,"usage_irq":81,"usage_softirq":1,"usage_steal":32,"usage_guest":83,"usage_guest_nice":82}
`
	if text.String() != want {
		t.Errorf("seed 42 begins\n%swant\n%s", text.String(), want)
	}
	if rows != 8*cpuTicks {
		t.Errorf("%d rows, want %d", rows, 8*cpuTicks)
	}
}

// TestWindows checks that every kind of question draws windows inside the day,
// at any millisecond, with as many hosts and fields as its name says.
func TestWindows(t *testing.T) {
	w := Timeseries(1, 100_000)
	start, end := time.Unix(cpuStart, 0).UTC(), CPUEnd.Add(cpuEvery)
	for _, st := range w.Statements {
		uneven := false
		for seed := range uint64(20) {
			q := st.question(seed)
			x := q.Words.(Window)
			if x.From.Before(start) || x.To.After(end) {
				t.Fatalf("%s: %v to %v is outside of the day", st.Name, x.From, x.To)
			}
			uneven = uneven || x.From.UnixMilli()%1000 != 0
			if q.SQL != x.SQL() {
				t.Fatalf("%s: the statement %s is not the question %s", st.Name, q.SQL, x.SQL())
			}
			if x.Kind != LastPoint && x.Kind != NewestBuckets && !strings.Contains(q.SQL, x.From.Format("15:04:05.000")) {
				t.Fatalf("%s: %s does not begin at %v", st.Name, q.SQL, x.From)
			}
			for i, h := range x.Hosts {
				for _, other := range x.Hosts[:i] {
					if h == other {
						t.Fatalf("%s: %s twice", st.Name, h)
					}
				}
			}
		}
		if !uneven {
			t.Errorf("%s: all windows begin at whole seconds", st.Name)
		}
	}
}
