package millrace.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.WindowedSerdes;

/** The topologies, each as its twin in TypeScript. {@code counted} is called once for every record, before its last step. */
final class Workloads {
    static Topology topology(String workload, String input, String output, Runnable counted) {
        StreamsBuilder builder = new StreamsBuilder();
        switch (workload) {
            case "stateless" -> stateless(builder, input, output, counted);
            case "count" -> count(builder, input, output, counted);
            case "window" -> window(builder, input, output, counted);
            case "wordcount" -> wordCount(builder, input, output, counted);
            default -> throw new IllegalArgumentException(workload);
        }
        return builder.build();
    }

    private static void stateless(StreamsBuilder builder, String input, String output, Runnable counted) {
        Serde<Courier> couriers = couriers();
        builder.stream(input, Consumed.with(Serdes.String(), couriers))
                .peek((key, courier) -> counted.run())
                .mapValues(Courier::rounded)
                .to(output, Produced.with(Serdes.String(), couriers));
    }

    private static void count(StreamsBuilder builder, String input, String output, Runnable counted) {
        texts(builder, input)
                .peek((key, value) -> counted.run())
                .groupByKey()
                .count(Materialized.as("counts"))
                .toStream()
                .to(output, Produced.with(Serdes.String(), Serdes.Long()));
    }

    private static void window(StreamsBuilder builder, String input, String output, Runnable counted) {
        texts(builder, input)
                .peek((key, value) -> counted.run())
                .groupByKey()
                .windowedBy(TimeWindows.ofSizeWithNoGrace(Duration.ofSeconds(1)))
                .count(Materialized.as("counts"))
                .toStream()
                .to(output, Produced.with(WindowedSerdes.timeWindowedSerdeFrom(String.class, 1000), Serdes.Long()));
    }

    private static void wordCount(StreamsBuilder builder, String input, String output, Runnable counted) {
        texts(builder, input)
                .flatMapValues(line -> Arrays.asList(line.split(" ")))
                .filter((key, word) -> !word.isEmpty())
                .selectKey((key, word) -> word)
                .repartition(Repartitioned.<String, String>as("words").withNumberOfPartitions(1))
                .peek((key, word) -> counted.run())
                .groupByKey()
                .count(Materialized.as("counts"))
                .toStream()
                .to(output, Produced.with(Serdes.String(), Serdes.Long()));
    }

    private static KStream<String, String> texts(StreamsBuilder builder, String input) {
        return builder.stream(input, Consumed.with(Serdes.String(), Serdes.String()));
    }

    record Position(double latitude, double longitude) {}

    record Courier(String id, Position position, int speedKmh) {
        Courier rounded() {
            return new Courier(id, new Position(Math.round(position.latitude), Math.round(position.longitude)), speedKmh);
        }
    }

    private static Serde<Courier> couriers() {
        ObjectMapper mapper = new ObjectMapper();
        ObjectReader reader = mapper.readerFor(Courier.class);
        ObjectWriter writer = mapper.writerFor(Courier.class);
        return Serdes.serdeFrom(
                (topic, courier) -> {
                    try {
                        return writer.writeValueAsBytes(courier);
                    } catch (IOException error) {
                        throw new UncheckedIOException(error);
                    }
                },
                (topic, bytes) -> {
                    try {
                        return reader.readValue(bytes);
                    } catch (IOException error) {
                        throw new UncheckedIOException(error);
                    }
                });
    }

    private Workloads() {}
}
