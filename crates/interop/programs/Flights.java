// Flights with Apache Kafka's own client. Arguments: HOST:PORT produce TOPIC FILE, or HOST:PORT consume TOPIC COUNT.
// What a digest is made of is told in flights.py.

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;

import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public final class Flights {
    private static final int MEMBERS = 2;

    private final String server;
    private final String topic;

    private Flights(String server, String topic) {
        this.server = server;
        this.topic = topic;
    }

    public static void main(String[] arguments) throws Exception {
        var flights = new Flights(arguments[0], arguments[2]);
        if (arguments[1].equals("produce")) {
            flights.produce(Path.of(arguments[3]));
        } else {
            flights.consume(Long.parseLong(arguments[3]));
        }
        say("done", "");
    }

    private static void say(String word, String text) {
        System.out.println(("::" + word + " " + text).strip());
        System.out.flush();
    }

    /** One running hash per key. */
    private static final class Digests {
        private final Map<String, MessageDigest> hashes = new TreeMap<>();
        private final Map<String, Long> counts = new HashMap<>();
        private long records;

        void add(byte[] key, byte[] value, Iterable<Header> headers) {
            String name = new String(key, StandardCharsets.UTF_8);
            MessageDigest hash = hashes.computeIfAbsent(name, absent -> sha256());
            counts.merge(name, 1L, Long::sum);
            hash.update((value.length + ":").getBytes(StandardCharsets.US_ASCII));
            hash.update(value);
            for (Header header : headers) {
                hash.update((header.key() + "=").getBytes(StandardCharsets.UTF_8));
                hash.update(header.value());
            }
            records++;
        }

        void print() {
            var json = new StringBuilder("{\"records\": " + records + ", \"keys\": {");
            String separator = "";
            for (var entry : hashes.entrySet()) {
                String hex = HexFormat.of().formatHex(entry.getValue().digest());
                json.append(separator).append('"').append(entry.getKey()).append("\": [");
                json.append(counts.get(entry.getKey())).append(", \"").append(hex).append("\"]");
                separator = ", ";
            }
            say("result", json.append("}}").toString());
        }

        private static MessageDigest sha256() {
            try {
                return MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException error) {
                throw new IllegalStateException(error);
            }
        }
    }

    private void produce(Path file) throws Exception {
        var digests = new Digests();
        var failure = new AtomicReference<Exception>();
        Map<String, Object> settings = Map.of(
            "bootstrap.servers", server, "acks", "all", "linger.ms", 10, "compression.type", "snappy");
        try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
             var lines = Files.newBufferedReader(file)) {
            long row = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                int tab = line.indexOf('\t');
                byte[] key = line.substring(0, tab).getBytes(StandardCharsets.UTF_8);
                byte[] value = line.substring(tab + 1).getBytes(StandardCharsets.UTF_8);
                List<Header> headers = List.of(
                    new RecordHeader("row", ByteBuffer.allocate(8).putLong(row).array()),
                    new RecordHeader("client", "java".getBytes(StandardCharsets.US_ASCII)));
                digests.add(key, value, headers);
                producer.send(new ProducerRecord<>(topic, null, key, value, headers), (metadata, error) -> {
                    if (error != null) {
                        failure.compareAndSet(null, error);
                    }
                });
                row++;
                if (row % 100_000 == 0) {
                    say("progress", row + " produced with Java");
                }
            }
        }
        if (failure.get() != null) {
            throw failure.get();
        }
        digests.print();
    }

    /** What the members share; guarded by its own lock. */
    private static final class Shared {
        private final Digests digests = new Digests();
        private final Map<Integer, Long> next = new HashMap<>();
        private final long[] shares = new long[MEMBERS];
        private final int[] held = new int[MEMBERS];
        private Exception failure;

        synchronized boolean isDone(long count) {
            return failure != null || digests.records >= count;
        }

        synchronized void assigned(int member, int count) {
            held[member] = count;
            for (int each : held) {
                if (each == 0) {
                    return;
                }
            }
            say("progress", "ready");
        }

        synchronized void take(int member, ConsumerRecord<byte[], byte[]> record) {
            long expected = next.getOrDefault(record.partition(), 0L);
            // After a rebalance records may come again, but never may one be left out.
            if (record.offset() < expected) {
                return;
            }
            if (record.offset() > expected) {
                throw new IllegalStateException(
                    "partition " + record.partition() + ": " + record.offset() + " came instead of " + expected);
            }
            next.put(record.partition(), expected + 1);
            shares[member]++;
            digests.add(record.key(), record.value(), record.headers());
        }

        synchronized void failed(Exception error) {
            failure = error;
        }
    }

    private void consume(long count) throws Exception {
        var shared = new Shared();
        var threads = new Thread[MEMBERS];
        for (int member = 0; member < MEMBERS; member++) {
            int number = member;
            threads[member] = new Thread(() -> {
                try {
                    runMember(number, shared, count);
                } catch (RuntimeException error) {
                    shared.failed(error);
                }
            });
            threads[member].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        if (shared.failure != null) {
            throw shared.failure;
        }
        for (long share : shared.shares) {
            if (share == 0) {
                throw new IllegalStateException("each member should have had a share");
            }
        }
        shared.digests.print();
    }

    private void runMember(int member, Shared shared, long count) {
        Map<String, Object> settings = Map.of(
            "bootstrap.servers", server, "group.id", topic + "-java", "group.protocol", "classic",
            "auto.offset.reset", "earliest", "enable.auto.commit", false, "heartbeat.interval.ms", 500);
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(topic), new ConsumerRebalanceListener() {
                @Override
                public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                    shared.assigned(member, consumer.assignment().size());
                }

                @Override
                public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                    consumer.commitSync();
                }
            });
            while (!shared.isDone(count)) {
                for (var record : consumer.poll(Duration.ofMillis(200))) {
                    shared.take(member, record);
                }
                consumer.commitAsync();
            }
            consumer.commitSync();
        }
    }
}
