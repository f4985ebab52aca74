package millrace.interop;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * {@code Join BOOTSTRAP TOPIC GROUP PROTOCOL}: a member of the group by the protocol {@code classic} or {@code consumer}
 * (KIP-848). Prints {@code ASSIGNED} once it has partitions; leaves when its standard input closes.
 */
public final class Join {
    public static void main(String[] args) {
        Properties config = new Properties();
        config.put("bootstrap.servers", args[0]);
        config.put("group.id", args[2]);
        config.put("group.protocol", args[3]);
        config.put("client.id", "java-" + args[3]);
        config.put("key.deserializer", ByteArrayDeserializer.class.getName());
        config.put("value.deserializer", ByteArrayDeserializer.class.getName());
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(config)) {
            consumer.subscribe(List.of(args[1]));
            Thread ending = new Thread(() -> {
                try {
                    System.in.readAllBytes();
                } catch (IOException closed) {
                    // An end like any other.
                }
                consumer.wakeup();
            });
            ending.setDaemon(true);
            ending.start();
            boolean told = false;
            while (true) {
                consumer.poll(Duration.ofMillis(200));
                if (!told && !consumer.assignment().isEmpty()) {
                    System.out.println("ASSIGNED");
                    told = true;
                }
            }
        } catch (WakeupException asked) {
            // The test is over.
        }
    }

    private Join() {}
}
