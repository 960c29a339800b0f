// franz-go: admin, producers, consumers and groups. Argument: HOST:PORT.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"interop/checks"
)

var server = os.Args[1]

func main() {
	checks.Run([]checks.Check{
		{Name: "topics are created, described, grown and deleted", Run: topics},
		{Name: "configurations are described and altered", Run: configs},
		{Name: "every codec, in order, from an idempotent producer", Run: codecs},
		{Name: "acks=0 and acks=1", Run: acks},
		{Name: "keys, headers, tombstones and times", Run: headers},
		{Name: "offsets by time, beginning and end", Run: offsets},
		{Name: "records are deleted up to an offset", Run: deleteRecords},
		{Name: "members of a group share the partitions as they come and go", Run: groups},
		{Name: "a group goes on where it stopped; its offsets are fetched, set and deleted", Run: commits},
	})
}

func client(options ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(server)}, options...)...)
}

// with runs something with a client and its admin.
func with(run func(*kgo.Client, *kadm.Client) error, options ...kgo.Opt) error {
	own, err := client(options...)
	if err != nil {
		return err
	}
	defer own.Close()
	return run(own, kadm.NewClient(own))
}

func create(ctx context.Context, topic string, partitions int32, configs map[string]*string) error {
	return with(func(_ *kgo.Client, admin *kadm.Client) error {
		if _, err := admin.CreateTopic(ctx, partitions, 1, configs, topic); err != nil {
			return err
		}
		// Created is not yet known to the broker.
		return checks.Eventually(ctx, topic+" is there", func() bool {
			listed, err := admin.ListTopics(ctx, topic)
			return err == nil && listed[topic].Err == nil && len(listed[topic].Partitions) == int(partitions)
		})
	})
}

func send(ctx context.Context, records []*kgo.Record, options ...kgo.Opt) error {
	options = append(options, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	return with(func(own *kgo.Client, _ *kadm.Client) error {
		return own.ProduceSync(ctx, records...).FirstErr()
	}, options...)
}

func record(topic, value string) *kgo.Record {
	return &kgo.Record{Topic: topic, Value: []byte(value)}
}

func read(ctx context.Context, count int, options ...kgo.Opt) ([]*kgo.Record, error) {
	var records []*kgo.Record
	err := with(func(own *kgo.Client, _ *kadm.Client) error {
		for len(records) < count {
			fetches := own.PollFetches(ctx)
			if err := fetches.Err(); err != nil {
				return err
			}
			records = append(records, fetches.Records()...)
		}
		return nil
	}, append(options, kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))...)
	return records, err
}

func values(records []*kgo.Record) []string {
	var found []string
	for _, record := range records {
		found = append(found, string(record.Value))
	}
	return found
}

func topics(ctx context.Context) error {
	if err := create(ctx, "admin-topic", 2, nil); err != nil {
		return err
	}
	if err := create(ctx, "admin-topic", 2, nil); !errors.Is(err, kerr.TopicAlreadyExists) {
		return fmt.Errorf("creating it again: %v", err)
	}
	return with(func(_ *kgo.Client, admin *kadm.Client) error {
		partitions := func() int {
			listed, err := admin.ListTopics(ctx, "admin-topic")
			if err != nil {
				return -1
			}
			return len(listed["admin-topic"].Partitions)
		}
		if err := checks.Same("partitions", partitions(), 2); err != nil {
			return err
		}
		if _, err := admin.UpdatePartitions(ctx, 4, "admin-topic"); err != nil {
			return err
		}
		if err := checks.Eventually(ctx, "four partitions", func() bool { return partitions() == 4 }); err != nil {
			return err
		}
		if _, err := admin.DeleteTopics(ctx, "admin-topic"); err != nil {
			return err
		}
		return checks.Eventually(ctx, "the topic is gone", func() bool {
			listed, err := admin.ListTopics(ctx)
			return err == nil && !listed.Has("admin-topic")
		})
	})
}

func configs(ctx context.Context) error {
	hour := "3600000"
	if err := create(ctx, "configured", 1, map[string]*string{"retention.ms": &hour}); err != nil {
		return err
	}
	return with(func(_ *kgo.Client, admin *kadm.Client) error {
		retention := func() string {
			found, err := admin.DescribeTopicConfigs(ctx, "configured")
			if err != nil || len(found) != 1 {
				return fmt.Sprint(err)
			}
			for _, config := range found[0].Configs {
				if config.Key == "retention.ms" {
					return config.MaybeValue()
				}
			}
			return "none"
		}
		if err := checks.Same("retention", retention(), hour); err != nil {
			return err
		}
		longer := "7200000"
		change := []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "retention.ms", Value: &longer}}
		if _, err := admin.AlterTopicConfigs(ctx, change, "configured"); err != nil {
			return err
		}
		return checks.Same("retention", retention(), longer)
	})
}

func codecs(ctx context.Context) error {
	codecs := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}
	for name, codec := range codecs {
		topic := "codec-" + name
		if err := create(ctx, topic, 1, nil); err != nil {
			return err
		}
		var records []*kgo.Record
		for n := range 1000 {
			records = append(records, record(topic, fmt.Sprintf("value %d %s", n, strings.Repeat("x", n%300))))
		}
		if err := send(ctx, records, kgo.ProducerBatchCompression(codec)); err != nil {
			return err
		}
		found, err := read(ctx, len(records), kgo.ConsumeTopics(topic))
		if err != nil {
			return err
		}
		if err := checks.Same(name, values(found), values(records)); err != nil {
			return err
		}
	}
	return nil
}

func acks(ctx context.Context) error {
	if err := create(ctx, "acks", 1, nil); err != nil {
		return err
	}
	for _, acks := range []kgo.Acks{kgo.LeaderAck(), kgo.NoAck()} {
		err := send(ctx, []*kgo.Record{record("acks", fmt.Sprint(acks))}, kgo.RequiredAcks(acks), kgo.DisableIdempotentWrite())
		if err != nil {
			return err
		}
	}
	_, err := read(ctx, 2, kgo.ConsumeTopics("acks"))
	return err
}

func headers(ctx context.Context) error {
	if err := create(ctx, "headers", 1, nil); err != nil {
		return err
	}
	sent := []kgo.RecordHeader{{Key: "a", Value: []byte("1")}, {Key: "a", Value: []byte("2")}, {Key: "empty", Value: []byte{}}}
	time1 := time.UnixMilli(1_600_000_000_000)
	err := send(ctx, []*kgo.Record{
		{Topic: "headers", Key: []byte("k"), Value: []byte("v"), Headers: sent, Timestamp: time1},
		{Topic: "headers", Key: []byte("gone"), Timestamp: time1},
	})
	if err != nil {
		return err
	}
	found, err := read(ctx, 2, kgo.ConsumeTopics("headers"))
	if err != nil {
		return err
	}
	first, second := found[0], found[1]
	if err := checks.Same("headers", first.Headers, sent); err != nil {
		return err
	}
	if err := checks.Same("a record", []string{string(first.Key), string(first.Value)}, []string{"k", "v"}); err != nil {
		return err
	}
	if err := checks.Same("its time", first.Timestamp.UnixMilli(), time1.UnixMilli()); err != nil {
		return err
	}
	return checks.Same("a tombstone", second.Value == nil, true)
}

func offsets(ctx context.Context) error {
	if err := create(ctx, "timed", 1, nil); err != nil {
		return err
	}
	for n := range 5 {
		sent := record("timed", fmt.Sprint(n))
		sent.Timestamp = time.UnixMilli(1_600_000_000_000 + int64(n)*1000)
		if err := send(ctx, []*kgo.Record{sent}); err != nil {
			return err
		}
	}
	return with(func(_ *kgo.Client, admin *kadm.Client) error {
		at := func(list func() (kadm.ListedOffsets, error)) int64 {
			found, err := list()
			if err != nil {
				return -100
			}
			offset, _ := found.Lookup("timed", 0)
			return offset.Offset
		}
		found := []int64{
			at(func() (kadm.ListedOffsets, error) { return admin.ListStartOffsets(ctx, "timed") }),
			at(func() (kadm.ListedOffsets, error) { return admin.ListEndOffsets(ctx, "timed") }),
			at(func() (kadm.ListedOffsets, error) {
				return admin.ListOffsetsAfterMilli(ctx, 1_600_000_002_500, "timed")
			}),
		}
		return checks.Same("start, end and by time", found, []int64{0, 5, 3})
	})
}

func deleteRecords(ctx context.Context) error {
	if err := create(ctx, "shortened", 1, nil); err != nil {
		return err
	}
	var records []*kgo.Record
	for n := range 10 {
		records = append(records, record("shortened", fmt.Sprint(n)))
	}
	if err := send(ctx, records); err != nil {
		return err
	}
	err := with(func(_ *kgo.Client, admin *kadm.Client) error {
		var upTo kadm.Offsets
		upTo.AddOffset("shortened", 0, 6, -1)
		_, err := admin.DeleteRecords(ctx, upTo)
		return err
	})
	if err != nil {
		return err
	}
	found, err := read(ctx, 4, kgo.ConsumeTopics("shortened"))
	if err != nil {
		return err
	}
	return checks.Same("what is left", values(found), []string{"6", "7", "8", "9"})
}

// member is a consumer in a group that is polled until it is closed.
func member(ctx context.Context, group, topic string, balancer kgo.GroupBalancer) (*kgo.Client, error) {
	own, err := client(kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.Balancers(balancer),
		kgo.HeartbeatInterval(200*time.Millisecond))
	if err != nil {
		return nil, err
	}
	go func() {
		for !own.PollFetches(ctx).IsClientClosed() && ctx.Err() == nil {
		}
	}()
	return own, nil
}

func groups(ctx context.Context) error {
	balancers := []kgo.GroupBalancer{kgo.RangeBalancer(), kgo.RoundRobinBalancer(), kgo.StickyBalancer(), kgo.CooperativeStickyBalancer()}
	for _, balancer := range balancers {
		group := "shared-" + balancer.ProtocolName()
		if err := create(ctx, group, 4, nil); err != nil {
			return err
		}
		shares := func(expected ...int) error {
			return with(func(_ *kgo.Client, admin *kadm.Client) error {
				return checks.Eventually(ctx, fmt.Sprintf("%s: shares of %v", group, expected), func() bool {
					described, err := admin.DescribeGroups(ctx, group)
					if err != nil || described[group].State != "Stable" || len(described[group].Members) != len(expected) {
						return false
					}
					for n, member := range described[group].Members {
						assigned, ok := member.Assigned.AsConsumer()
						if !ok || len(assigned.Topics) != 1 || len(assigned.Topics[0].Partitions) != expected[n] {
							return false
						}
					}
					return true
				})
			})
		}
		first, err := member(ctx, group, group, balancer)
		if err != nil {
			return err
		}
		defer first.Close()
		if err := shares(4); err != nil {
			return err
		}
		second, err := member(ctx, group, group, balancer)
		if err != nil {
			return err
		}
		if err := shares(2, 2); err != nil {
			return err
		}
		second.Close()
		if err := shares(4); err != nil {
			return err
		}
	}
	return nil
}

func commits(ctx context.Context) error {
	if err := create(ctx, "committed", 1, nil); err != nil {
		return err
	}
	var records []*kgo.Record
	for n := range 10 {
		records = append(records, record("committed", fmt.Sprint(n)))
	}
	if err := send(ctx, records); err != nil {
		return err
	}
	err := with(func(own *kgo.Client, _ *kadm.Client) error {
		for count := 0; count < 10; {
			fetches := own.PollFetches(ctx)
			if err := fetches.Err(); err != nil {
				return err
			}
			count += fetches.NumRecords()
		}
		return own.CommitUncommittedOffsets(ctx)
	}, kgo.ConsumerGroup("committers"), kgo.ConsumeTopics("committed"), kgo.DisableAutoCommit(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return err
	}
	return with(func(_ *kgo.Client, admin *kadm.Client) error {
		committed := func() int64 {
			found, err := admin.FetchOffsets(ctx, "committers")
			if err != nil {
				return -100
			}
			offset, ok := found.Lookup("committed", 0)
			if !ok {
				return -1
			}
			return offset.At
		}
		if err := checks.Same("committed", committed(), int64(10)); err != nil {
			return err
		}
		var wanted kadm.Offsets
		wanted.AddOffset("committed", 0, 7, -1)
		if _, err := admin.CommitOffsets(ctx, "committers", wanted); err != nil {
			return err
		}
		if err := checks.Same("committed", committed(), int64(7)); err != nil {
			return err
		}
		if _, err := admin.DeleteGroup(ctx, "committers"); err != nil {
			return err
		}
		return checks.Same("committed", committed(), int64(-1))
	})
}
