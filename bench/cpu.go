package bench

import (
	"strconv"
	"strings"
	"time"
)

// CPU is one row of the cpu table: what one host was at, at one time.
type CPU struct {
	At     time.Time
	Host   *Host
	Fields [10]int64
}

// Host is what a series is called.
type Host struct {
	Name string
	Tags [9]string // in the order of hostTags
	busy [10]float64
}

// The names are those of TSBS, the Time Series Benchmark Suite, for its use
// case cpu-only; hostname is the first of its ten tags.
var (
	hostTags  = []string{"region", "datacenter", "rack", "os", "arch", "team", "service", "service_version", "service_environment"}
	cpuFields = []string{"usage_user", "usage_system", "usage_idle", "usage_nice", "usage_iowait", "usage_irq", "usage_softirq", "usage_steal", "usage_guest", "usage_guest_nice"}
	regions   = []struct{ name, zones string }{{"us-east-1", "abce"}, {"us-west-1", "ab"}, {"us-west-2", "abc"}, {"eu-west-1", "abc"},
		{"eu-central-1", "ab"}, {"ap-southeast-1", "ab"}, {"ap-southeast-2", "ab"}, {"ap-northeast-1", "ac"}, {"sa-east-1", "abc"}}
	systems = []string{"Ubuntu16.10", "Ubuntu16.04LTS", "Ubuntu15.10"}
	arches  = []string{"x64", "x86"}
	teams   = []string{"SF", "NYC", "LON", "CHI"}
	stages  = []string{"production", "staging", "test"}
)

const (
	cpuStart = 1_451_606_400 // 2016-01-01, seconds since 1970
	cpuEvery = 10 * time.Second
	cpuTicks = 24 * 360 // rows of a host: a day of them
)

// CPUEnd is the time of the newest rows.
var CPUEnd = time.Unix(cpuStart, 0).UTC().Add((cpuTicks - 1) * cpuEvery)

// cpuHosts is how many hosts have about n rows.
func cpuHosts(n int) int { return max(8, n/cpuTicks) }

// CPUs makes a day of hosts, time by time and in each time host by host, the
// same for the same seed: ten fields that walk at random between 0 and 100 and
// are cut to integers, as TSBS makes them. The CPU is valid only during the call.
func CPUs(seed uint64, hosts int, yield func(c *CPU) bool) {
	r := NewRand(seed)
	all := make([]Host, hosts)
	for i := range all {
		all[i] = newHost(r, i)
	}
	var c CPU
	for tick := range cpuTicks {
		c.At = time.Unix(cpuStart, 0).UTC().Add(time.Duration(tick) * cpuEvery)
		for i := range all {
			c.Host = &all[i]
			for f := range c.Fields {
				c.Fields[f] = int64(c.Host.busy[f])
				c.Host.busy[f] = max(0, min(100, c.Host.busy[f]+r.Norm()))
			}
			if !yield(&c) {
				return
			}
		}
	}
}

func newHost(r *Rand, i int) Host {
	region := regions[r.N(len(regions))]
	h := Host{Name: "host_" + strconv.Itoa(i), Tags: [9]string{region.name, region.name + region.zones[r.N(len(region.zones)):][:1],
		strconv.Itoa(r.N(100)), systems[r.N(len(systems))], arches[r.N(len(arches))], teams[r.N(len(teams))],
		strconv.Itoa(r.N(20)), strconv.Itoa(r.N(2)), stages[r.N(len(stages))]}}
	for f := range h.busy {
		h.busy[f] = r.Float() * 100
	}
	return h
}

// CPUDDL is the cpu table in quindex.
var CPUDDL = "CREATE TABLE cpu (ts TIMESTAMP NOT NULL, hostname KEYWORD NOT NULL, " + strings.Join(hostTags, " KEYWORD NOT NULL, ") + " KEYWORD NOT NULL, " +
	strings.Join(cpuFields, " BIGINT NOT NULL, ") + " BIGINT NOT NULL) WITH (time = 'ts', series = 'hostname', chunk = '1 day', pack = 'on', shard_by = 'hostname', shards = 2)"

// AppendNDJSON adds the row as one line.
func (c *CPU) AppendNDJSON(b []byte) []byte {
	b = append(b, `{"ts":"`...)
	b = c.At.AppendFormat(b, "2006-01-02T15:04:05Z")
	b = append(append(b, `","hostname":"`...), c.Host.Name...)
	for i, tag := range hostTags {
		b = append(append(append(append(b, `","`...), tag...), `":"`...), c.Host.Tags[i]...)
	}
	b = append(b, '"')
	for i, f := range cpuFields {
		b = append(append(append(b, `,"`...), f...), `":`...)
		b = strconv.AppendInt(b, c.Fields[i], 10)
	}
	return append(b, "}\n"...)
}

// AppendInflux adds the row as one line of InfluxDB's line protocol, which is
// how TSBS hands rows to most systems.
func (c *CPU) AppendInflux(b []byte) []byte {
	b = append(append(b, "cpu,hostname="...), c.Host.Name...)
	for i, tag := range hostTags {
		b = append(append(append(append(b, ','), tag...), '='), c.Host.Tags[i]...)
	}
	for i, f := range cpuFields {
		b = append(b, " ,"[min(i, 1)])
		b = append(append(append(b, f...), '='), strconv.AppendInt(nil, c.Fields[i], 10)...)
		b = append(b, 'i')
	}
	b = append(b, ' ')
	b = strconv.AppendInt(b, c.At.UnixNano(), 10)
	return append(b, '\n')
}
