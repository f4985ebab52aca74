package millrace.bench;

/** Tells the runner, twice a second at the most, how far the work is. */
final class Progress {
    private static final long EVERY_NANOS = 500_000_000L;
    private long shownAt = System.nanoTime();

    void show(long done) {
        long now = System.nanoTime();
        if (now - shownAt < EVERY_NANOS) return;
        shownAt = now;
        System.out.println("progress " + done);
    }
}
