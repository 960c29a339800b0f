import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Enumeration;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.record.internal.MemoryRecords;

/**
 * Writes what Apache Kafka itself makes of every message in every version: one line each with name, version, bytes
 * (hexadecimal) and JSON. The README beside this file says how to run it.
 */
public class VectorWriter {
    /** What a value looks like. */
    enum Shape { DEFAULTS, TYPICAL, EMPTY, EXTREME }

    private final Random random;
    private final Shape shape;

    private VectorWriter(Shape shape, long seed) {
        this.shape = shape;
        this.random = new Random(seed);
    }

    public static void main(String[] arguments) throws Exception {
        TreeMap<String, Class<?>> messages = new TreeMap<>();
        for (File jar : new File(arguments[0]).listFiles()) {
            if (jar.getName().matches("kafka-.*\\.jar")) findMessages(jar, messages);
        }
        int lines = 0;
        try (PrintStream out = new PrintStream(new GZIPOutputStream(System.out), false, "UTF-8")) {
            for (Class<?> type : messages.values()) lines += writeVectors(type, out);
        }
        System.err.println(messages.size() + " messages, " + lines + " vectors");
    }

    private static void findMessages(File jar, TreeMap<String, Class<?>> found) throws Exception {
        try (JarFile file = new JarFile(jar)) {
            for (Enumeration<JarEntry> entries = file.entries(); entries.hasMoreElements();) {
                String path = entries.nextElement().getName();
                if (!path.matches("org/apache/kafka/.*/(message|metadata|generated)/[A-Za-z]+\\.class")) continue;
                if (path.endsWith("JsonConverter.class") || path.contains("SubscriptionInfoData")) continue;
                String name = path.substring(0, path.length() - 6).replace('/', '.');
                Class<?> type = Class.forName(name);
                boolean isMessage = Message.class.isAssignableFrom(type) && !type.isInterface();
                if (isMessage && has(type, "SCHEMAS")) found.put(type.getSimpleName(), type);
            }
        }
    }

    private static boolean has(Class<?> type, String name) {
        for (Field field : type.getFields()) if (field.getName().equals(name)) return true;
        return false;
    }

    private static int writeVectors(Class<?> type, PrintStream out) throws Exception {
        Message probe = (Message) type.getDeclaredConstructor().newInstance();
        Class<?> converter = Class.forName(type.getName() + "JsonConverter");
        Method toJson = converter.getMethod("write", type, short.class);
        int lines = 0;
        for (short version = probe.lowestSupportedVersion(); version <= probe.highestSupportedVersion(); version++) {
            for (Shape shape : Shape.values()) {
                long seed = type.getSimpleName().hashCode() * 1000L + version * 10L + shape.ordinal();
                Message message = (Message) new VectorWriter(shape, seed).fill(type, version);
                JsonNode json = (JsonNode) toJson.invoke(null, message, version);
                out.println(kafkaName(type) + "\t" + version + "\t" + hex(message, version) + "\t" + json);
                lines++;
            }
        }
        return lines;
    }

    /** The name in the message's definition: classes of requests and the like have "Data" behind it. */
    private static String kafkaName(Class<?> type) {
        String name = type.getSimpleName();
        boolean isRequest = name.matches(".*(Request|Response|Header)Data");
        return isRequest ? name.substring(0, name.length() - 4) : name;
    }

    private static String hex(Message message, short version) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer buffer = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(buffer), cache, version);
        StringBuilder text = new StringBuilder();
        for (byte b : buffer.array()) text.append(String.format("%02x", b));
        return text.toString();
    }

    /** A struct with a value in every field that this version has. */
    private Object fill(Class<?> type, short version) throws Exception {
        Object value = type.getDeclaredConstructor().newInstance();
        if (shape == Shape.DEFAULTS) return value;
        Schema schema = ((Schema[]) type.getField("SCHEMAS").get(null))[version];
        for (BoundField bound : schema.fields()) {
            if (bound.def.type instanceof TaggedFields) {
                int tag = -1;
                for (var tagged : ((TaggedFields) bound.def.type).fields().entrySet()) {
                    tag = Math.max(tag, tagged.getKey());
                    if (random.nextInt(4) > 0) set(value, tagged.getValue().name, tagged.getValue().type, version);
                }
                if (shape == Shape.EXTREME && random.nextInt(8) == 0) addUnknownTag(value, tag + 1 + random.nextInt(300));
            } else {
                set(value, bound.def.name, bound.def.type, version);
            }
        }
        return value;
    }

    private void addUnknownTag(Object struct, int tag) throws Exception {
        ((Message) struct).unknownTaggedFields().add(new RawTaggedField(tag, bytes()));
    }

    private void set(Object struct, String snakeName, Type wireType, short version) throws Exception {
        String wanted = snakeName.replace("_", "");
        for (Field field : struct.getClass().getDeclaredFields()) {
            if (!field.getName().equalsIgnoreCase(wanted)) continue;
            field.setAccessible(true);
            boolean isNullable = wireType.isNullable();
            if (isNullable && shape == Shape.EMPTY) field.set(struct, null);
            else field.set(struct, valueOf(field, wireType, version));
            return;
        }
        throw new IllegalStateException(struct.getClass() + " has no field " + snakeName);
    }

    private Object valueOf(Field field, Type wireType, short version) throws Exception {
        Class<?> type = field.getType();
        if (Collection.class.isAssignableFrom(type)) return list(field, version);
        if (wireType == Type.UINT16) return (int) number(16) & 0xffff;
        if (wireType == Type.UNSIGNED_INT32) return number(32) & 0xffffffffL;
        if (type == boolean.class) return shape == Shape.EMPTY ? false : random.nextBoolean();
        if (type == byte.class) return (byte) number(8);
        if (type == short.class) return (short) number(16);
        if (type == int.class) return (int) number(32);
        if (type == long.class) return number(64);
        if (type == double.class) return number(40) / 8.0;
        return reference(type, version);
    }

    private Object reference(Class<?> type, short version) throws Exception {
        if (type == String.class) return string();
        if (type == Uuid.class) return shape == Shape.EMPTY ? Uuid.ZERO_UUID : new Uuid(random.nextLong(), random.nextLong());
        if (type == byte[].class) return bytes();
        if (type == ByteBuffer.class) return ByteBuffer.wrap(bytes());
        if (type.getSimpleName().equals("BaseRecords")) return MemoryRecords.readableRecords(ByteBuffer.wrap(bytes()));
        if (type == Byte.class) return (byte) number(8);
        if (type == Short.class) return (short) number(16);
        if (type == Integer.class) return (int) number(32);
        if (type == Long.class) return number(64);
        return fill(type, version);
    }

    @SuppressWarnings("unchecked")
    private Object list(Field field, short version) throws Exception {
        Class<?> type = field.getType();
        boolean isPlain = type == List.class;
        Collection<Object> list = isPlain ? new ArrayList<>() : (Collection<Object>) type.getDeclaredConstructor().newInstance();
        Class<?> element = isPlain
            ? (Class<?>) ((ParameterizedType) field.getGenericType()).getActualTypeArguments()[0]
            : (Class<?>) ((ParameterizedType) type.getGenericSuperclass()).getActualTypeArguments()[0];
        int count = shape == Shape.EMPTY ? 0 : 1 + random.nextInt(2);
        for (int i = 0; i < count; i++) list.add(reference(element, version));
        return list;
    }

    private long number(int bits) {
        if (shape == Shape.EMPTY) return 0;
        if (shape == Shape.TYPICAL) return random.nextInt(100);
        long highest = bits == 64 ? Long.MAX_VALUE : (1L << (bits - 1)) - 1;
        return random.nextBoolean() ? highest : -highest - 1;
    }

    private String string() {
        if (shape == Shape.EMPTY) return "";
        if (shape == Shape.TYPICAL) return "s" + random.nextInt(1000);
        String piece = random.nextBoolean() ? "\u00e9\ud83e\udd80\n\"" : "x";
        return piece.repeat(random.nextInt(8) == 0 ? 130 : 2);
    }

    private byte[] bytes() {
        byte[] bytes = new byte[shape == Shape.EMPTY ? 0 : shape == Shape.TYPICAL ? 3 : random.nextInt(12) * random.nextInt(12)];
        random.nextBytes(bytes);
        return bytes;
    }
}
