import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.PrimitiveRef;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.server.record.BrokerCompressionType;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.LogValidator;
import org.apache.kafka.storage.internals.log.RecordValidationException;

/**
 * Asks Apache Kafka what it makes of produced batches. The README beside this file says how to run it, and what the
 * lines are.
 */
public class BatchValidator {
    private static final TopicPartition PARTITION = new TopicPartition("topic", 0);

    public static void main(String[] arguments) throws Exception {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
             PrintStream out = new PrintStream(new GZIPOutputStream(System.out), false, "UTF-8")) {
            for (String line; (line = in.readLine()) != null;) out.println(line + "\t" + outcome(line.split("\t", -1)));
        }
    }

    private static String outcome(String[] fields) {
        try {
            return validate(fields);
        } catch (RecordValidationException error) {
            StringBuilder indexes = new StringBuilder();
            error.recordErrors().forEach(record -> indexes.append(indexes.length() == 0 ? "" : ",").append(record.batchIndex));
            return Errors.forException(error.invalidException()).name() + "\t" + indexes + "\t";
        } catch (Exception error) {
            return Errors.forException(error).name() + "\t\t";
        }
    }

    /** The checks of a produce request, of the log before it assigns offsets, and of the validator, in this order. */
    private static String validate(String[] fields) {
        short version = Short.parseShort(fields[1]);
        TimestampType timestampType = fields[2].equals("append") ? TimestampType.LOG_APPEND_TIME : TimestampType.CREATE_TIME;
        int sizeMax = Integer.parseInt(fields[7]);
        long now = Long.parseLong(fields[8]);
        MemoryRecords records = MemoryRecords.readableRecords(ByteBuffer.wrap(HexFormat.of().parseHex(fields[9])));
        ProduceRequest.validateRecords(version, records);
        MutableRecordBatch batch = records.batches().iterator().next();
        if (batch.baseOffset() != 0) throw new InvalidRecordException("base offset");
        if (batch.sizeInBytes() > sizeMax) throw new RecordTooLargeException("too large");
        if (!batch.isValid()) throw new CorruptRecordException("checksum");
        CompressionType source = batch.compressionType();
        ByteBuffer whole = ByteBuffer.allocate(batch.sizeInBytes());
        batch.writeTo(whole);
        whole.flip();
        BrokerCompressionType wanted = BrokerCompressionType.forName(fields[5].equals("none") ? "uncompressed" : fields[5]);
        Compression target = wanted == BrokerCompressionType.PRODUCER
            ? Compression.of(source).build()
            : Compression.of(CompressionType.forName(fields[5])).build();
        LogValidator validator = new LogValidator(MemoryRecords.readableRecords(whole), PARTITION, clock(now), source, target,
            fields[6].equals("compacted"), RecordBatch.CURRENT_MAGIC_VALUE, timestampType, Long.parseLong(fields[3]),
            Long.parseLong(fields[4]), 5, AppendOrigin.CLIENT);
        LogValidator.ValidationResult result = validator.validateMessagesAndAssignOffsets(PrimitiveRef.ofLong(1000),
            (LogValidator.MetricsRecorder) proxy(LogValidator.MetricsRecorder.class, null), BufferSupplier.NO_CACHING);
        ByteBuffer stored = result.validatedRecords().buffer();
        byte[] bytes = new byte[stored.remaining()];
        stored.duplicate().get(bytes);
        if (result.messageSizeMaybeChanged() && bytes.length > sizeMax) throw new RecordTooLargeException("too large");
        return "NONE\t" + result.maxTimestampMs() + "\t" + HexFormat.of().formatHex(bytes);
    }

    private static Time clock(long now) {
        return (Time) proxy(Time.class, now);
    }

    private static Object proxy(Class<?> type, Object milliseconds) {
        return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
            if (method.getName().equals("milliseconds")) return milliseconds;
            return method.getReturnType() == long.class ? 0L : null;
        });
    }
}
