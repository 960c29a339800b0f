// Sarama: admin, producers, consumers and groups. Argument: HOST:PORT.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/IBM/sarama"

	"interop/checks"
)

var servers = []string{os.Args[1]}

func main() {
	checks.Run([]checks.Check{
		{Name: "topics are created, described, grown and deleted", Run: topics},
		{Name: "configurations are described and altered", Run: configs},
		{Name: "every codec, with and without idempotence", Run: codecs},
		{Name: "keys, headers, tombstones and times", Run: headers},
		{Name: "offsets by time, beginning and end", Run: offsets},
		{Name: "records are deleted up to an offset", Run: deleteRecords},
		{Name: "a group goes on where it stopped; its offsets are fetched and deleted", Run: groups},
	})
}

func config() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = sarama.MaxVersion
	config.Producer.Return.Successes = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Partitioner = sarama.NewManualPartitioner
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.MaxWaitTime = 100 * time.Millisecond
	return config
}

func withAdmin(run func(sarama.ClusterAdmin) error) error {
	admin, err := sarama.NewClusterAdmin(servers, config())
	if err != nil {
		return err
	}
	defer admin.Close()
	return run(admin)
}

func create(topic string, partitions int32, configs map[string]*string) error {
	return withAdmin(func(admin sarama.ClusterAdmin) error {
		detail := &sarama.TopicDetail{NumPartitions: partitions, ReplicationFactor: 1, ConfigEntries: configs}
		if err := admin.CreateTopic(topic, detail, false); err != nil {
			return err
		}
		// Created is not yet known to the broker.
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		return checks.Eventually(ctx, topic+" is there", func() bool {
			found, err := admin.DescribeTopics([]string{topic})
			return err == nil && found[0].Err == sarama.ErrNoError && len(found[0].Partitions) == int(partitions)
		})
	})
}

func send(config *sarama.Config, messages []*sarama.ProducerMessage) error {
	producer, err := sarama.NewSyncProducer(servers, config)
	if err != nil {
		return err
	}
	defer producer.Close()
	return producer.SendMessages(messages)
}

func numbered(topic string, count int) []*sarama.ProducerMessage {
	var messages []*sarama.ProducerMessage
	for n := range count {
		messages = append(messages, &sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(fmt.Sprint(n))})
	}
	return messages
}

func read(ctx context.Context, topic string, offset int64, count int) ([]*sarama.ConsumerMessage, error) {
	consumer, err := sarama.NewConsumer(servers, config())
	if err != nil {
		return nil, err
	}
	defer consumer.Close()
	partition, err := consumer.ConsumePartition(topic, 0, offset)
	if err != nil {
		return nil, err
	}
	defer partition.Close()
	var messages []*sarama.ConsumerMessage
	for len(messages) < count {
		select {
		case message := <-partition.Messages():
			messages = append(messages, message)
		case <-ctx.Done():
			return nil, fmt.Errorf("%d of %d messages in time", len(messages), count)
		}
	}
	return messages, nil
}

func topics(ctx context.Context) error {
	if err := create("admin-topic", 2, nil); err != nil {
		return err
	}
	if err := create("admin-topic", 2, nil); !errors.Is(err, sarama.ErrTopicAlreadyExists) {
		return fmt.Errorf("creating it again: %v", err)
	}
	return withAdmin(func(admin sarama.ClusterAdmin) error {
		partitions := func() int {
			described, err := admin.DescribeTopics([]string{"admin-topic"})
			if err != nil {
				return -1
			}
			return len(described[0].Partitions)
		}
		if err := checks.Same("partitions", partitions(), 2); err != nil {
			return err
		}
		if err := admin.CreatePartitions("admin-topic", 4, nil, false); err != nil {
			return err
		}
		if err := checks.Eventually(ctx, "four partitions", func() bool { return partitions() == 4 }); err != nil {
			return err
		}
		if err := admin.DeleteTopic("admin-topic"); err != nil {
			return err
		}
		return checks.Eventually(ctx, "the topic is gone", func() bool {
			listed, err := admin.ListTopics()
			_, there := listed["admin-topic"]
			return err == nil && !there
		})
	})
}

func configs(_ context.Context) error {
	hour := "3600000"
	if err := create("configured", 1, map[string]*string{"retention.ms": &hour}); err != nil {
		return err
	}
	return withAdmin(func(admin sarama.ClusterAdmin) error {
		retention := func() string {
			resource := sarama.ConfigResource{Type: sarama.TopicResource, Name: "configured"}
			entries, err := admin.DescribeConfig(resource)
			if err != nil {
				return err.Error()
			}
			for _, entry := range entries {
				if entry.Name == "retention.ms" {
					return entry.Value
				}
			}
			return "none"
		}
		if err := checks.Same("retention", retention(), hour); err != nil {
			return err
		}
		longer := "7200000"
		change := map[string]sarama.IncrementalAlterConfigsEntry{
			"retention.ms": {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &longer},
		}
		if err := admin.IncrementalAlterConfig(sarama.TopicResource, "configured", change, false); err != nil {
			return err
		}
		return checks.Same("retention", retention(), longer)
	})
}

func codecs(ctx context.Context) error {
	codecs := []sarama.CompressionCodec{
		sarama.CompressionNone, sarama.CompressionGZIP, sarama.CompressionSnappy, sarama.CompressionLZ4, sarama.CompressionZSTD,
	}
	for _, codec := range codecs {
		for _, idempotent := range []bool{true, false} {
			config := config()
			config.Producer.Compression = codec
			config.Producer.Idempotent = idempotent
			if idempotent {
				config.Net.MaxOpenRequests = 1
			}
			topic := fmt.Sprintf("codec-%s-%t", codec, idempotent)
			if err := create(topic, 1, nil); err != nil {
				return err
			}
			var messages []*sarama.ProducerMessage
			var sent []string
			for n := range 500 {
				value := fmt.Sprintf("value %d %s", n, strings.Repeat("x", n%300))
				sent = append(sent, value)
				messages = append(messages, &sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(value)})
			}
			if err := send(config, messages); err != nil {
				return err
			}
			found, err := read(ctx, topic, 0, len(sent))
			if err != nil {
				return err
			}
			var values []string
			for _, message := range found {
				values = append(values, string(message.Value))
			}
			if err := checks.Same(topic, values, sent); err != nil {
				return err
			}
		}
	}
	return nil
}

func headers(ctx context.Context) error {
	if err := create("headers", 1, nil); err != nil {
		return err
	}
	time1 := time.UnixMilli(1_600_000_000_000)
	sent := []sarama.RecordHeader{{Key: []byte("a"), Value: []byte("1")}, {Key: []byte("a"), Value: []byte("2")}}
	err := send(config(), []*sarama.ProducerMessage{
		{Topic: "headers", Key: sarama.StringEncoder("k"), Value: sarama.StringEncoder("v"), Headers: sent, Timestamp: time1},
		{Topic: "headers", Key: sarama.StringEncoder("gone"), Timestamp: time1},
	})
	if err != nil {
		return err
	}
	found, err := read(ctx, "headers", 0, 2)
	if err != nil {
		return err
	}
	var names []string
	for _, header := range found[0].Headers {
		names = append(names, string(header.Key)+"="+string(header.Value))
	}
	if err := checks.Same("headers", names, []string{"a=1", "a=2"}); err != nil {
		return err
	}
	if err := checks.Same("a time", found[0].Timestamp.UnixMilli(), time1.UnixMilli()); err != nil {
		return err
	}
	return checks.Same("a tombstone", found[1].Value == nil, true)
}

func offsets(_ context.Context) error {
	if err := create("timed", 1, nil); err != nil {
		return err
	}
	for n := range 5 {
		message := numbered("timed", 1)
		message[0].Timestamp = time.UnixMilli(1_600_000_000_000 + int64(n)*1000)
		if err := send(config(), message); err != nil {
			return err
		}
	}
	client, err := sarama.NewClient(servers, config())
	if err != nil {
		return err
	}
	defer client.Close()
	var found []int64
	for _, time := range []int64{sarama.OffsetOldest, sarama.OffsetNewest, 1_600_000_002_500} {
		offset, err := client.GetOffset("timed", 0, time)
		if err != nil {
			return err
		}
		found = append(found, offset)
	}
	return checks.Same("start, end and by time", found, []int64{0, 5, 3})
}

func deleteRecords(ctx context.Context) error {
	if err := create("shortened", 1, nil); err != nil {
		return err
	}
	if err := send(config(), numbered("shortened", 10)); err != nil {
		return err
	}
	err := withAdmin(func(admin sarama.ClusterAdmin) error {
		return admin.DeleteRecords("shortened", map[int32]int64{0: 6})
	})
	if err != nil {
		return err
	}
	found, err := read(ctx, "shortened", sarama.OffsetOldest, 4)
	if err != nil {
		return err
	}
	return checks.Same("the first that is left", found[0].Offset, int64(6))
}

// taker marks what it reads until it has enough.
type taker struct {
	values []string
	enough int
	done   context.CancelFunc
}

func (*taker) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (*taker) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (taker *taker) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		if len(taker.values) == taker.enough {
			break
		}
		taker.values = append(taker.values, string(message.Value))
		session.MarkMessage(message, "a note")
		if len(taker.values) == taker.enough {
			session.Commit()
			taker.done()
			break
		}
	}
	return nil
}

func take(ctx context.Context, count int) ([]string, error) {
	group, err := sarama.NewConsumerGroup(servers, "takers", config())
	if err != nil {
		return nil, err
	}
	defer group.Close()
	ctx, done := context.WithCancel(ctx)
	defer done()
	taker := &taker{enough: count, done: done}
	for ctx.Err() == nil {
		if err := group.Consume(ctx, []string{"taken"}, taker); err != nil && !errors.Is(err, context.Canceled) {
			return nil, err
		}
	}
	return taker.values, nil
}

func groups(ctx context.Context) error {
	if err := create("taken", 1, nil); err != nil {
		return err
	}
	if err := send(config(), numbered("taken", 10)); err != nil {
		return err
	}
	for _, expected := range [][]string{{"0", "1", "2", "3"}, {"4", "5", "6", "7", "8", "9"}} {
		found, err := take(ctx, len(expected))
		if err != nil {
			return err
		}
		if err := checks.Same("what was taken", found, expected); err != nil {
			return err
		}
	}
	return withAdmin(func(admin sarama.ClusterAdmin) error {
		found, err := admin.ListConsumerGroupOffsets("takers", map[string][]int32{"taken": {0}})
		if err != nil {
			return err
		}
		if err := checks.Same("committed", found.GetBlock("taken", 0).Offset, int64(10)); err != nil {
			return err
		}
		listed, err := admin.ListConsumerGroups()
		if err != nil {
			return err
		}
		if err := checks.Same("listed as", listed["takers"], "consumer"); err != nil {
			return err
		}
		return admin.DeleteConsumerGroup("takers")
	})
}
