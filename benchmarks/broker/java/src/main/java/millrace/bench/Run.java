package millrace.bench;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;

/**
 * One workload from an empty state to the last record committed:
 * {@code Run BOOTSTRAP WORKLOAD INPUT APPLICATION_ID UNITS}. Its last line is the result as JSON.
 */
public final class Run {
    public static void main(String[] args) throws Exception {
        String bootstrap = args[0];
        String applicationId = args[3];
        long units = Long.parseLong(args[4]);
        String output = applicationId + "-out";
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createTopics(List.of(new NewTopic(output, 1, (short) -1).configs(Map.of("retention.ms", "-1")))).all().get();
            Path state = Files.createTempDirectory("millrace-bench-java");
            run(args, output, units, state);
            deleteFolder(state);
            List<String> own = new ArrayList<>(admin.listTopics().names().get());
            own.removeIf(topic -> !topic.startsWith(applicationId + "-"));
            admin.deleteTopics(own).all().get();
        }
    }

    private static void run(String[] args, String output, long units, Path state) throws Exception {
        Properties config = new Properties();
        config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
        config.put(StreamsConfig.APPLICATION_ID_CONFIG, args[3]);
        config.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
        config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
        config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1000);
        config.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        config.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        config.put("auto.offset.reset", "earliest");

        CountDownLatch over = new CountDownLatch(1);
        Progress progress = new Progress();
        long[] done = {0}; // written by the one stream thread
        Runnable counted = () -> {
            long count = ++done[0];
            if (count == units) over.countDown();
            if ((count & 8191) == 0) progress.show(count);
        };
        KafkaStreams streams = new KafkaStreams(Workloads.topology(args[1], args[2], output, counted), config);
        streams.setUncaughtExceptionHandler(error -> {
            error.printStackTrace();
            over.countDown();
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        long startedAt = System.nanoTime();
        streams.start();
        over.await();
        streams.close();
        long elapsedMs = (System.nanoTime() - startedAt) / 1_000_000;
        if (done[0] != units) throw new IllegalStateException(done[0] + " records processed, not " + units);
        System.out.printf("{\"units\":%d,\"elapsedMs\":%d,\"peakMemoryMb\":%d,\"cpuMs\":%d}%n", units, elapsedMs, peakMemoryMb(), cpuMs());
    }

    private static long cpuMs() {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return system.getProcessCpuTime() / 1_000_000;
    }

    /** As Linux counts it; 0 elsewhere. */
    private static long peakMemoryMb() throws Exception {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) return 0;
        for (String line : Files.readAllLines(status)) {
            if (line.startsWith("VmHWM:")) return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
        }
        return 0;
    }

    private static void deleteFolder(Path folder) throws Exception {
        try (var paths = Files.walk(folder)) {
            paths.sorted((left, right) -> right.compareTo(left)).forEach(path -> path.toFile().delete());
        }
    }

    private Run() {}
}
