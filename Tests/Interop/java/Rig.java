import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.ActiveMQXAConnection;
import org.apache.activemq.ActiveMQXAConnectionFactory;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTopic;

/** What one test works with: connections that are closed after it, names of its own, receiving with bounds, checks. */
final class Rig implements AutoCloseable {
    /** How long something that must happen may take: generous, as the machine may be busy. */
    static final long PATIENCE_MS = 12_000;
    /** How long something that must not happen is given; too short a time never fails a right broker. */
    static final long QUIET_MS = 250;

    private static final AtomicInteger RUNS = new AtomicInteger();
    private static final String STAMP = Long.toString(System.currentTimeMillis(), 36);

    final Options options;
    final List<JMSException> asyncErrors = Collections.synchronizedList(new ArrayList<>());
    private final String prefix;
    private final Deque<AutoCloseable> toClose = new ArrayDeque<>();

    interface Body {
        void run() throws Exception;
    }

    interface Condition {
        boolean holds() throws Exception;
    }

    Rig(Options options, String test) {
        this.options = options;
        this.prefix = "IT." + test.replaceAll("[^A-Za-z0-9.]", "_") + "." + STAMP + RUNS.incrementAndGet();
    }

    // Connections

    /** The URL under test with options such as `jms.useCompression=true`. */
    String url(String... query) {
        return withQuery(options.url, query);
    }

    static String withQuery(String url, String... query) {
        StringBuilder text = new StringBuilder(url);
        for (String part : query) text.append(text.indexOf("?") < 0 ? '?' : '&').append(part);
        return text.toString();
    }

    /** A started connection to the broker under test. */
    ActiveMQConnection connect(String... query) throws JMSException {
        return connectTo(url(query));
    }

    ActiveMQConnection connectTo(String url) throws JMSException {
        ActiveMQConnection connection = open(url);
        connection.start();
        return connection;
    }

    /** A connection that is not started. */
    ActiveMQConnection open(String url) throws JMSException {
        ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(url);
        factory.setTrustAllPackages(true);
        ActiveMQConnection connection = (ActiveMQConnection) factory.createConnection();
        connection.setExceptionListener(asyncErrors::add);
        return closing(connection);
    }

    /** A started connection with a client id. */
    ActiveMQConnection connectAs(String clientId, String... query) throws JMSException {
        ActiveMQConnection connection = open(url(query));
        connection.setClientID(clientId);
        connection.start();
        return connection;
    }

    ActiveMQXAConnection connectXA(String... query) throws JMSException {
        ActiveMQXAConnection connection =
            (ActiveMQXAConnection) new ActiveMQXAConnectionFactory(url(query)).createXAConnection();
        closing(connection);
        connection.start();
        return connection;
    }

    /** A forwarder in front of the broker under test that can hold back, drop and cut. */
    Proxy proxy() throws Exception {
        return closing(new Proxy(options.url));
    }

    /** A socket of hand-made commands, handshake and ConnectionInfo done. */
    RawPeer raw() throws Exception {
        RawPeer peer = closing(new RawPeer(options.url));
        peer.handshake();
        peer.connect();
        return peer;
    }

    synchronized <T extends AutoCloseable> T closing(T resource) {
        toClose.push(resource);
        return resource;
    }

    synchronized <C extends ActiveMQConnection> C closing(C connection) {
        toClose.push(connection::close);
        return connection;
    }

    /** Closes what the test opened, the newest first. Failures to close do not matter here: tests check closing. */
    @Override
    public void close() {
        while (true) {
            AutoCloseable next;
            synchronized (this) {
                if (toClose.isEmpty()) return;
                next = toClose.pop();
            }
            try {
                next.close();
            } catch (Exception ignored) {
                asyncErrors.clear();
            }
        }
    }

    static Session auto(ActiveMQConnection connection) throws JMSException {
        return connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
    }

    static Session client(ActiveMQConnection connection) throws JMSException {
        return connection.createSession(false, Session.CLIENT_ACKNOWLEDGE);
    }

    static Session transacted(ActiveMQConnection connection) throws JMSException {
        return connection.createSession(true, Session.SESSION_TRANSACTED);
    }

    // Names

    String name(String suffix) {
        return prefix + "." + suffix;
    }

    ActiveMQQueue queue(String suffix) {
        return new ActiveMQQueue(name(suffix));
    }

    ActiveMQTopic topic(String suffix) {
        return new ActiveMQTopic(name(suffix));
    }

    // Sending and receiving

    /** Sends the numbered texts `from` to `to` - 1 and returns after the last was answered. */
    void fill(javax.jms.Destination destination, int from, int to) throws JMSException {
        ActiveMQConnection connection = connect();
        Session session = auto(connection);
        javax.jms.MessageProducer producer = session.createProducer(destination);
        for (int n = from; n < to; n++) producer.send(numbered(session, n));
        connection.close();
    }

    /** Text m`n` with the int property `n`, and `it` naming the test (for selectors on shared queues). */
    TextMessage numbered(Session session, int n) throws JMSException {
        TextMessage message = session.createTextMessage("m" + n);
        message.setIntProperty("n", n);
        message.setStringProperty("it", prefix);
        return message;
    }

    /** A consumer of this test's own messages on the dead letter queue, which all tests share. */
    MessageConsumer deadLetters(Session session) throws JMSException {
        return session.createConsumer(new ActiveMQQueue("ActiveMQ.DLQ"), "it = '" + prefix + "'");
    }

    /** The next message, which must come. */
    Message take(MessageConsumer consumer) throws JMSException {
        Message message = consumer.receive(PATIENCE_MS);
        if (message == null) throw new AssertionError("no message came");
        return message;
    }

    String text(MessageConsumer consumer) throws JMSException {
        return ((TextMessage) take(consumer)).getText();
    }

    /** The next message must be the text m`n`. */
    Message takeNumber(MessageConsumer consumer, int n) throws JMSException {
        Message message = take(consumer);
        equal("m" + n, ((TextMessage) message).getText(), "text");
        return message;
    }

    void takeNumbers(MessageConsumer consumer, int from, int to) throws JMSException {
        for (int n = from; n < to; n++) takeNumber(consumer, n);
    }

    /** Nothing may come. */
    void none(MessageConsumer consumer) throws JMSException {
        Message message = consumer.receive(QUIET_MS);
        if (message != null) throw new AssertionError("unexpected message " + describe(message));
    }

    static String describe(Message message) throws JMSException {
        String text = message instanceof TextMessage ? ((TextMessage) message).getText() : message.getClass().getName();
        return text + " " + message.getJMSMessageID();
    }

    /** Number of messages a browser sees, which must not take for ever. */
    int depth(ActiveMQQueue queue) throws JMSException {
        ActiveMQConnection connection = connect();
        try {
            java.util.Enumeration<?> seen = auto(connection).createBrowser(queue).getEnumeration();
            int count = 0;
            for (; seen.hasMoreElements(); seen.nextElement()) count++;
            return count;
        } finally {
            connection.close();
        }
    }

    /** Acknowledgements are not answered, so a depth is reached soon rather than at once. */
    void awaitDepth(ActiveMQQueue queue, int wanted) throws Exception {
        int[] seen = new int[1];
        long end = System.nanoTime() + PATIENCE_MS * 1_000_000;
        while ((seen[0] = depth(queue)) != wanted) {
            if (System.nanoTime() > end) throw new AssertionError(seen[0] + " messages left, expected " + wanted);
            Thread.sleep(20);
        }
    }

    // Checks

    void check(boolean holds, String claim) {
        if (!holds) throw new AssertionError("not true: " + claim);
    }

    void equal(Object expected, Object actual, String what) {
        if (expected instanceof Number && actual instanceof Number && expected.getClass() != actual.getClass()) {
            if (((Number) expected).longValue() == ((Number) actual).longValue()) return;
        }
        if (Objects.deepEquals(expected, actual)) return;
        throw new AssertionError(what + " is " + brief(actual) + ", expected " + brief(expected));
    }

    private static String brief(Object value) {
        String text = value instanceof byte[] ? java.util.Arrays.toString((byte[]) value) : String.valueOf(value);
        return text.length() > 200 ? text.substring(0, 200) + "... (" + text.length() + " characters)" : text;
    }

    /** The body must fail with this very class (or a descendant). */
    <X extends Throwable> X fails(Class<X> wanted, Body body) {
        try {
            body.run();
        } catch (Throwable thrown) {
            if (wanted.isInstance(thrown)) return wanted.cast(thrown);
            throw new AssertionError("failed with " + thrown + ", expected " + wanted.getName(), thrown);
        }
        throw new AssertionError("did not fail, expected " + wanted.getName());
    }

    void await(String what, Condition condition) throws Exception {
        await(what, PATIENCE_MS, condition);
    }

    void await(String what, long milliseconds, Condition condition) throws Exception {
        long end = System.nanoTime() + milliseconds * 1_000_000;
        while (!condition.holds()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("still not true after " + milliseconds + " ms: " + what);
            }
            Thread.sleep(10);
        }
    }

    // The broker itself

    /** Runs the control hook: stop, kill or start. Returns when done. */
    void control(String verb) throws Exception {
        String command = options.control.contains("{}") ? options.control.replace("{}", verb)
            : options.control + " " + verb;
        Ended ended = run(command);
        if (ended.status != 0) {
            throw new AssertionError("control " + verb + " ended with " + ended.status + ": " + ended.output);
        }
    }

    /** A program that has run to its end, and what it printed. */
    static final class Ended {
        final int status;
        final String output;

        Ended(int status, String output) {
            this.status = status;
            this.output = output;
        }
    }

    /** Runs a subcommand of the broker's own program, as an operator does. */
    Ended operate(String subcommand) throws Exception {
        return run(options.operator.replace("{}", subcommand));
    }

    private static Ended run(String command) throws Exception {
        Process process = new ProcessBuilder("sh", "-c", command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes());
        return new Ended(process.waitFor(), output);
    }
}
