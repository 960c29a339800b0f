import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.compress.GzipCompression;
import org.apache.kafka.common.compress.Lz4Compression;
import org.apache.kafka.common.compress.ZstdCompression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.message.KRaftVersionRecord;
import org.apache.kafka.common.message.LeaderChangeMessage;
import org.apache.kafka.common.message.SnapshotFooterRecord;
import org.apache.kafka.common.message.SnapshotHeaderRecord;
import org.apache.kafka.common.message.VotersRecord;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.ByteBufferOutputStream;

/**
 * Writes record batches as Apache Kafka writes them, and reads those that others wrote. The README beside this file
 * says how to run it, and what the lines are.
 */
public class BatchWriter {
    private static final HexFormat HEX = HexFormat.of();
    private static final long TIME = 1_700_000_000_000L;
    private static PrintStream out;

    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 1 && arguments[0].equals("read")) {
            read();
            return;
        }
        out = new PrintStream(new GZIPOutputStream(System.out), false, "UTF-8");
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            Compression compression = Compression.of(codec).build();
            write("ordinary", new Options(compression), BatchWriter::ordinary);
            write("many headers", new Options(compression), BatchWriter::manyHeaders);
            write("large values", new Options(compression), BatchWriter::largeValues);
            write("many records", new Options(compression), BatchWriter::manyRecords);
            write("gaps", new Options(compression).at(1L << 40), BatchWriter::gaps);
            write("time of append", new Options(compression).appendedAt(TIME + 99), BatchWriter::ordinary);
            write("idempotent", new Options(compression).producer(7, 3, Integer.MAX_VALUE - 1), BatchWriter::ordinary);
            write("transaction", new Options(compression).producer(1L << 50, 32767, 0).transactional(), BatchWriter::ordinary);
            write("delete horizon", new Options(compression).deleteHorizon(TIME + 5000), BatchWriter::ordinary);
        }
        for (int level : new int[] {1, 9}) {
            write("level " + level, new Options(new GzipCompression.Builder().level(level).build()), BatchWriter::largeValues);
        }
        for (int level : new int[] {1, 17}) {
            write("level " + level, new Options(new Lz4Compression.Builder().level(level).build()), BatchWriter::largeValues);
        }
        for (int level : new int[] {-5, 1, 19, 22}) {
            write("level " + level, new Options(new ZstdCompression.Builder().level(level).build()), BatchWriter::largeValues);
        }
        controls();
        out.close();
    }

    // What goes into a batch.

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void ordinary(MemoryRecordsBuilder builder) {
        builder.append(TIME, bytes("key"), bytes("value"));
        builder.append(TIME + 3, (byte[]) null, bytes("no key"));
        builder.append(TIME - 70_000, bytes("no value"), (byte[]) null);
        builder.append(TIME + 1, new byte[0], new byte[0]);
        builder.append(RecordBatch.NO_TIMESTAMP, (byte[]) null, (byte[]) null);
    }

    private static void manyHeaders(MemoryRecordsBuilder builder) {
        Header[] some = {
            new RecordHeader("same", bytes("1")), new RecordHeader("same", bytes("2")), new RecordHeader("same", (byte[]) null),
            new RecordHeader("", new byte[0]), new RecordHeader("snow \u2603", bytes("\u96ea")),
        };
        builder.append(TIME, bytes("a"), bytes("b"), some);
        Header[] many = new Header[200];
        for (int i = 0; i < many.length; i++) many[i] = new RecordHeader("header " + i, new byte[i]);
        builder.append(TIME, (byte[]) null, (byte[]) null, many);
        builder.append(TIME, bytes("c"), bytes("d"));
    }

    private static void largeValues(MemoryRecordsBuilder builder) {
        for (int size : new int[] {63, 64, 8191, 8192, 32_768, 65_536, 100_001}) {
            byte[] value = new byte[size];
            for (int i = 0; i < size; i++) value[i] = (byte) (i % 997 == 0 ? i / 97 : i % 23);
            builder.append(TIME + size, new byte[] {(byte) size}, value);
        }
    }

    private static void manyRecords(MemoryRecordsBuilder builder) {
        for (int i = 0; i < 700; i++) builder.append(TIME + 40L * i, bytes("k" + i % 10), bytes("v" + i));
    }

    private static void gaps(MemoryRecordsBuilder builder) {
        for (long delta : new long[] {2, 3, 63, 64, 8192, 2_000_000_000}) {
            builder.appendWithOffset((1L << 40) + delta, TIME + delta, bytes("k"), bytes("v"));
        }
        builder.overrideLastOffset((1L << 40) + Integer.MAX_VALUE);
    }

    private static void controls() {
        for (ControlRecordType type : List.of(ControlRecordType.COMMIT, ControlRecordType.ABORT)) {
            Options options = new Options(Compression.NONE).producer(4, 2, -1).transactional().control();
            write(type.name(), options, builder -> builder.appendEndTxnMarker(TIME, new EndTransactionMarker(type, 12)));
        }
        Options control = new Options(Compression.NONE).control();
        write("LEADER_CHANGE", control, builder -> builder.appendLeaderChangeMessage(TIME,
            new LeaderChangeMessage().setLeaderId(1).setVoters(List.of(new LeaderChangeMessage.Voter().setVoterId(1)))));
        write("SNAPSHOT_HEADER", control, builder -> builder.appendSnapshotHeaderMessage(TIME,
            new SnapshotHeaderRecord().setLastContainedLogTimestamp(TIME)));
        write("SNAPSHOT_FOOTER", control, builder -> builder.appendSnapshotFooterMessage(TIME, new SnapshotFooterRecord()));
        write("KRAFT_VERSION", control, builder -> builder.appendKRaftVersionMessage(TIME,
            new KRaftVersionRecord().setKRaftVersion((short) 1)));
        write("KRAFT_VOTERS", control, builder -> builder.appendVotersMessage(TIME, new VotersRecord().setVoters(List.of(
            new VotersRecord.Voter().setVoterId(1).setVoterDirectoryId(Uuid.fromString("b3R0bGEtaW50ZXJvcC0wMQ"))))));
        ByteBuffer empty = ByteBuffer.allocate(DefaultRecordBatch.RECORD_BATCH_OVERHEAD);
        DefaultRecordBatch.writeEmptyHeader(empty, (byte) 2, 9, (short) 1, 5, 100, 120, 3, TimestampType.CREATE_TIME,
            TIME, false, false);
        empty.flip();
        print("empty", empty);
    }

    /** What holds for a whole batch. */
    private static class Options {
        final Compression compression;
        TimestampType timestampType = TimestampType.CREATE_TIME;
        long baseOffset = 0, appendTime = RecordBatch.NO_TIMESTAMP, producerId = -1, deleteHorizon = RecordBatch.NO_TIMESTAMP;
        short producerEpoch = -1;
        int sequence = -1;
        boolean isTransactional, isControl;

        Options(Compression compression) { this.compression = compression; }
        Options at(long offset) { baseOffset = offset; return this; }
        Options appendedAt(long time) { timestampType = TimestampType.LOG_APPEND_TIME; appendTime = time; return this; }
        Options producer(long id, int epoch, int first) { producerId = id; producerEpoch = (short) epoch; sequence = first; return this; }
        Options transactional() { isTransactional = true; return this; }
        Options control() { isControl = true; return this; }
        Options deleteHorizon(long time) { deleteHorizon = time; return this; }
    }

    private static void write(String name, Options o, Consumer<MemoryRecordsBuilder> fill) {
        ByteBufferOutputStream stream = new ByteBufferOutputStream(1024);
        MemoryRecordsBuilder builder = new MemoryRecordsBuilder(stream, RecordBatch.CURRENT_MAGIC_VALUE, o.compression,
            o.timestampType, o.baseOffset, o.appendTime, o.producerId, o.producerEpoch, o.sequence, o.isTransactional,
            o.isControl, 5, Integer.MAX_VALUE, o.deleteHorizon);
        fill.accept(builder);
        print(o.compression.type().name + ", " + name, builder.build().buffer());
    }

    // Lines.

    private static void print(String name, ByteBuffer buffer) {
        byte[] batch = new byte[buffer.remaining()];
        buffer.duplicate().get(batch);
        out.println("batch\t" + name + "\t" + HEX.formatHex(batch));
        describe(batch).forEach(out::println);
    }

    /** What Kafka reads in the bytes of a batch. */
    private static List<String> describe(byte[] bytes) {
        List<String> lines = new ArrayList<>();
        for (MutableRecordBatch batch : MemoryRecords.readableRecords(ByteBuffer.wrap(bytes)).batches()) {
            batch.ensureValid();
            lines.add(String.join("\t", "header", "" + batch.baseOffset(), "" + batch.lastOffset(), "" + batch.nextOffset(),
                "" + batch.sizeInBytes(), "" + batch.partitionLeaderEpoch(), "" + batch.checksum(), batch.compressionType().name,
                batch.timestampType() == TimestampType.LOG_APPEND_TIME ? "append" : "create",
                batch.isTransactional() ? "transactional" : "-", batch.isControlBatch() ? "control" : "-",
                batch.deleteHorizonMs().isPresent() ? "" + batch.deleteHorizonMs().getAsLong() : "-", "" + batch.maxTimestamp(),
                "" + batch.producerId(), "" + batch.producerEpoch(), "" + batch.baseSequence(), "" + batch.lastSequence(),
                "" + batch.countOrNull()));
            for (Record record : batch) {
                StringBuilder line = new StringBuilder("record\t" + record.offset() + "\t" + record.timestamp());
                line.append("\t").append(hex(record.key())).append("\t").append(hex(record.value()));
                for (Header header : record.headers()) {
                    line.append("\t").append(HEX.formatHex(bytes(header.key()))).append("=");
                    line.append(header.value() == null ? "-" : HEX.formatHex(header.value()));
                }
                lines.add(line.toString());
            }
        }
        return lines;
    }

    private static String hex(ByteBuffer buffer) {
        if (buffer == null) return "-";
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return HEX.formatHex(bytes);
    }

    /** Compares what Kafka reads in each batch of standard input with the lines that follow it there. */
    private static void read() throws Exception {
        List<List<String>> batches = new ArrayList<>();
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line; (line = in.readLine()) != null;) {
                if (line.startsWith("batch\t")) batches.add(new ArrayList<>());
                batches.get(batches.size() - 1).add(line);
            }
        }
        int different = 0;
        for (List<String> lines : batches) {
            String[] batch = lines.get(0).split("\t");
            List<String> expected = lines.subList(1, lines.size());
            try {
                List<String> actual = describe(HEX.parseHex(batch[2]));
                if (actual.equals(expected)) continue;
                for (int i = 0; i < Math.max(actual.size(), expected.size()); i++) {
                    String is = i < actual.size() ? actual.get(i) : "", should = i < expected.size() ? expected.get(i) : "";
                    if (is.equals(should)) continue;
                    System.err.println(batch[1] + ": Kafka reads\n  " + is + "\nand not\n  " + should);
                    break;
                }
            } catch (RuntimeException error) {
                System.err.println(batch[1] + ": " + error);
            }
            different++;
        }
        System.err.println(batches.size() + " batches read, " + different + " of them not as expected");
        System.exit(different == 0 ? 0 : 1);
    }
}
