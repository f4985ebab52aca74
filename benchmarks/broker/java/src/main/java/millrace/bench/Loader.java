package millrace.bench;

import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;

/** Writes an input topic of one partition: {@code Loader BOOTSTRAP positions|lines TOPIC RECORDS}. A full one is left as it is. */
public final class Loader {
    private static final long FIRST_TIMESTAMP = 1_700_000_000_000L;
    private static final int KEYS = 10_000;
    private static final int WORDS_PER_LINE = 10;

    public static void main(String[] args) throws Exception {
        String bootstrap = args[0];
        boolean positions = args[1].equals("positions");
        String topic = args[2];
        int records = Integer.parseInt(args[3]);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            if (admin.listTopics().names().get().contains(topic)) {
                TopicPartition partition = new TopicPartition(topic, 0);
                long held =
                        admin.listOffsets(Map.of(partition, OffsetSpec.latest())).all().get().get(partition).offset();
                if (held == records) return;
                if (held != 0) throw new IllegalStateException(topic + " holds " + held + " records, not " + records);
            } else {
                NewTopic created = new NewTopic(topic, 1, (short) -1).configs(Map.of("retention.ms", "-1"));
                admin.createTopics(List.of(created)).all().get();
            }
        }
        IntFunction<String> key = positions ? Loader::key : index -> null;
        load(bootstrap, topic, records, key, positions ? Loader::position : Loader::line);
    }

    private static void load(
            String bootstrap, String topic, int records, IntFunction<String> key, IntFunction<String> value)
            throws Exception {
        Properties config = new Properties();
        config.put("bootstrap.servers", bootstrap);
        config.put("key.serializer", StringSerializer.class.getName());
        config.put("value.serializer", StringSerializer.class.getName());
        config.put("batch.size", String.valueOf(256 * 1024));
        config.put("linger.ms", "20");
        AtomicReference<Exception> failure = new AtomicReference<>();
        Progress progress = new Progress();
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(config)) {
            for (int index = 0; index < records; index++) {
                producer.send(
                        new ProducerRecord<>(topic, 0, FIRST_TIMESTAMP + index, key.apply(index), value.apply(index)),
                        (metadata, error) -> {
                            if (error != null) failure.set(error);
                        });
                if (index % 10_000 == 0) progress.show(index);
            }
        }
        if (failure.get() != null) throw failure.get();
    }

    private static String key(int index) {
        return "courier-" + (index * 7919L) % KEYS;
    }

    private static String position(int index) {
        double latitude = ((index * 104_729L) % 180_000) / 1000.0 - 90;
        double longitude = ((index * 15_485_863L) % 360_000) / 1000.0 - 180;
        return "{\"id\":\"" + key(index) + "\",\"position\":{\"latitude\":" + short3(latitude) + ",\"longitude\":"
                + short3(longitude) + "},\"speedKmh\":" + index % 60 + "}";
    }

    /** Three decimals, as the number was drawn, and none of floating point's tails. */
    private static String short3(double degrees) {
        return String.valueOf(Math.round(degrees * 1000) / 1000.0);
    }

    private static String line(int index) {
        StringBuilder text = new StringBuilder();
        for (int word = 0; word < WORDS_PER_LINE; word++) {
            text.append("word").append((index * 31L + word * 977L) % KEYS).append(' ');
        }
        return text.toString();
    }

    private Loader() {}
}
