import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import javax.jms.Connection;
import javax.jms.DeliveryMode;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.ScheduledMessage;
import org.apache.activemq.command.ActiveMQMessage;

/**
 * Load of scheduled messages, and what came of it.
 *
 *   ScheduleLoad loop URL          schedules until a line comes on standard input, then until all that was confirmed is
 *                                  there; says what came twice, and what did not come. A due time counts as one row of
 *                                  the broker: a redelivery has the row's number, another firing has a new one.
 *   ScheduleLoad insert URL S PRODUCERS SPREAD MODE
 *                                  sends persistent messages for S seconds, plain and scheduled in turn, three times each
 *                                  after a short time that does not count; says the rates. The scheduled are due in two
 *                                  hours and up to SPREAD ms more. MODE is tx (transactions of 200), sync or async
 *   ScheduleLoad due URL RATE S    schedules RATE messages for each of S seconds, and says how late each came
 *   ScheduleLoad paced URL RATE S  sends and consumes RATE ordinary messages for each of S seconds
 *   ScheduleLoad plain URL S       sends and consumes ordinary messages for S seconds; says the rate
 */
public final class ScheduleLoad {
    private static final String QUEUE = "schedule.load";

    private ScheduleLoad() {}

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "loop": System.exit(loop(args[1]) ? 0 : 1); break;
            case "insert":
                insert(args[1], Integer.parseInt(args[2]), Integer.parseInt(args[3]), Integer.parseInt(args[4]), args[5]);
                break;
            case "paced": paced(args[1], Integer.parseInt(args[2]), Integer.parseInt(args[3])); break;
            case "due": due(args[1], Integer.parseInt(args[2]), Integer.parseInt(args[3])); break;
            case "plain": plain(args[1], Integer.parseInt(args[2])); break;
            default: System.exit(64);
        }
        System.exit(0);
    }

    private static Connection connect(String url) throws Exception {
        Connection connection = new ActiveMQConnectionFactory(url).createConnection();
        connection.start();
        return connection;
    }

    // Exactly once per due time

    private static final Map<String, Set<Long>> ROWS = new ConcurrentHashMap<>();
    private static final AtomicLong EARLY = new AtomicLong();

    private static void consume(String url) throws Exception {
        Connection connection = connect(url);
        MessageConsumer consumer = connection.createSession(false, Session.AUTO_ACKNOWLEDGE)
            .createConsumer(connection.createSession(false, 1).createQueue(QUEUE));
        consumer.setMessageListener(message -> {
            try {
                String key = ((TextMessage) message).getText();
                long row = ((ActiveMQMessage) message).getMessageId().getBrokerSequenceId();
                ROWS.computeIfAbsent(key, unused -> ConcurrentHashMap.newKeySet()).add(row);
                if (System.currentTimeMillis() < message.getLongProperty("notBefore")) EARLY.incrementAndGet();
            } catch (Exception error) {
                error.printStackTrace();
            }
        });
    }

    private static boolean loop(String url) throws Exception {
        consume(url);
        Connection connection = connect(url);
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        MessageProducer producer = session.createProducer(session.createQueue(QUEUE));
        Map<String, Integer> expected = new HashMap<>();
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        Random chance = new Random(7);
        int number = 0;
        while (!input.ready()) {
            String key = "k" + number++;
            int repeats = chance.nextInt(3) == 0 ? chance.nextInt(4) : 0;
            long delay = chance.nextInt(3000);
            Message message = session.createTextMessage(key);
            message.setLongProperty(ScheduledMessage.AMQ_SCHEDULED_DELAY, delay);
            message.setLongProperty("notBefore", System.currentTimeMillis() + delay);
            if (repeats > 0) {
                message.setLongProperty(ScheduledMessage.AMQ_SCHEDULED_PERIOD, 100 + chance.nextInt(900));
                message.setIntProperty(ScheduledMessage.AMQ_SCHEDULED_REPEAT, repeats);
            }
            producer.send(message);
            expected.put(key, repeats + 1);
            Thread.sleep(chance.nextInt(15));
        }
        return verdict(expected);
    }

    private static boolean verdict(Map<String, Integer> expected) throws Exception {
        long end = System.nanoTime() + 40_000_000_000L;
        while (System.nanoTime() < end && missing(expected) > 0) Thread.sleep(100);
        // What would come twice has time to.
        Thread.sleep(2000);
        long due = 0, twice = 0;
        for (Map.Entry<String, Integer> entry : expected.entrySet()) {
            due += entry.getValue();
            twice += Math.max(0, ROWS.getOrDefault(entry.getKey(), Set.of()).size() - entry.getValue());
        }
        Set<String> foreign = new HashSet<>(ROWS.keySet());
        foreign.removeAll(expected.keySet());
        System.out.printf("{\"scheduled\": %d, \"due_times\": %d, \"missing\": %d, \"twice\": %d, \"early\": %d, "
            + "\"unconfirmed\": %d}%n", expected.size(), due, missing(expected), twice, EARLY.get(), foreign.size());
        return missing(expected) == 0 && twice == 0 && EARLY.get() == 0 && !expected.isEmpty();
    }

    private static long missing(Map<String, Integer> expected) {
        long count = 0;
        for (Map.Entry<String, Integer> entry : expected.entrySet()) {
            count += Math.max(0, entry.getValue() - ROWS.getOrDefault(entry.getKey(), Set.of()).size());
        }
        return count;
    }

    // Figures

    private static void insert(String url, int seconds, int producers, int spreadMs, String mode) throws Exception {
        List<Connection> connections = new ArrayList<>();
        for (int n = 0; n < producers; n++) connections.add(connect(url));
        insert(connections, 1, 0, mode);
        insert(connections, 1, spreadMs, mode);
        List<Long> plain = new ArrayList<>(), scheduled = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            plain.add(insert(connections, seconds, 0, mode));
            scheduled.add(insert(connections, seconds, spreadMs, mode));
        }
        System.out.printf("{\"plain\": %s, \"scheduled\": %s}%n", plain, scheduled);
    }

    /** Messages a second, all producers together; plain ones without a spread. */
    private static long insert(List<Connection> connections, int seconds, int spreadMs, String mode) throws Exception {
        AtomicLong sent = new AtomicLong();
        List<Thread> threads = new ArrayList<>();
        long begun = System.nanoTime(), end = begun + seconds * 1_000_000_000L;
        for (Connection connection : connections) {
            Thread thread = new Thread(() -> {
                try {
                    sent.addAndGet(insert(connection, end, spreadMs, mode));
                } catch (Exception error) {
                    error.printStackTrace();
                    System.exit(1);
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) thread.join();
        return sent.get() * 1_000_000_000L / (System.nanoTime() - begun);
    }

    private static int insert(Connection connection, long end, int spreadMs, String mode) throws Exception {
        boolean inTransaction = mode.equals("tx");
        ((ActiveMQConnection) connection).setUseAsyncSend(mode.equals("async"));
        Session session =
            connection.createSession(inTransaction, inTransaction ? Session.SESSION_TRANSACTED : Session.AUTO_ACKNOWLEDGE);
        MessageProducer producer = session.createProducer(session.createQueue(QUEUE + (spreadMs > 0 ? "" : ".plain")));
        String body = "x".repeat(1000);
        Random chance = new Random();
        int count = 0;
        while (System.nanoTime() < end) {
            Message message = session.createTextMessage(body);
            // Plain ones have a property of the same size.
            message.setLongProperty(spreadMs > 0 ? ScheduledMessage.AMQ_SCHEDULED_DELAY : "SOME_OTHER_PROPERTY",
                7_200_000 + chance.nextInt(Math.max(1, spreadMs)));
            producer.send(message);
            if (++count % 200 == 0 && inTransaction) session.commit();
        }
        if (inTransaction) session.commit();
        // Answered when everything before it is stored.
        ((ActiveMQConnection) connection).setUseAsyncSend(false);
        if (!inTransaction) producer.send(session.createTextMessage(body));
        session.close();
        return count;
    }

    private static void paced(String url, int rate, int seconds) throws Exception {
        AtomicLong received = new AtomicLong();
        Connection consuming = connect(url);
        Session own = consuming.createSession(false, Session.AUTO_ACKNOWLEDGE);
        own.createConsumer(own.createQueue(QUEUE + ".paced")).setMessageListener(m -> received.incrementAndGet());
        Connection connection = connect(url);
        ((ActiveMQConnection) connection).setUseAsyncSend(true);
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        MessageProducer producer = session.createProducer(session.createQueue(QUEUE + ".paced"));
        String body = "x".repeat(1000);
        long begun = System.nanoTime();
        for (long n = 0; n < (long) rate * seconds; n++) {
            while (System.nanoTime() - begun < n * 1_000_000_000L / rate) Thread.sleep(1);
            producer.send(session.createTextMessage(body));
        }
        double took = (System.nanoTime() - begun) / 1e9;
        while (received.get() < (long) rate * seconds && System.nanoTime() - begun < seconds * 3_000_000_000L) Thread.sleep(5);
        System.out.printf("{\"received\": %d, \"per_second\": %.0f}%n", received.get(), rate * seconds / took);
    }

    private static void due(String url, int rate, int seconds) throws Exception {
        int count = rate * seconds;
        long[] late = new long[count];
        AtomicLong received = new AtomicLong();
        Connection consuming = connect(url);
        Session own = consuming.createSession(false, Session.AUTO_ACKNOWLEDGE);
        own.createConsumer(own.createQueue(QUEUE + ".due")).setMessageListener(message -> {
            try {
                long at = System.currentTimeMillis() - message.getLongProperty("due");
                int k = (int) received.getAndIncrement();
                if (k < count) late[k] = at;
            } catch (Exception error) {
                error.printStackTrace();
            }
        });
        Connection connection = connect(url);
        Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
        MessageProducer producer = session.createProducer(session.createQueue(QUEUE + ".due"));
        String body = "x".repeat(1000);
        // Time enough to schedule all of them.
        long start = System.currentTimeMillis() + 10_000 + count / 2;
        for (int n = 0; n < count; n++) {
            Message message = session.createTextMessage(body);
            long at = start + n * 1000L / rate;
            message.setLongProperty("due", at);
            message.setLongProperty(ScheduledMessage.AMQ_SCHEDULED_DELAY, at - System.currentTimeMillis());
            producer.send(message);
            if (n % 200 == 199) session.commit();
        }
        session.commit();
        long ready = start - System.currentTimeMillis();
        while (received.get() < count && System.currentTimeMillis() < start + seconds * 1000L + 60_000) Thread.sleep(50);
        Arrays.sort(late);
        System.out.printf("{\"received\": %d, \"of\": %d, \"ready_ms_before\": %d, \"late_ms\": {\"p50\": %d, \"p90\": %d, "
            + "\"p99\": %d, \"max\": %d, \"min\": %d}}%n", received.get(), count, ready, late[count / 2],
            late[count * 9 / 10], late[count * 99 / 100], late[count - 1], late[0]);
    }

    private static void plain(String url, int seconds) throws Exception {
        AtomicLong received = new AtomicLong();
        Connection consuming = connect(url);
        Session own = consuming.createSession(false, Session.AUTO_ACKNOWLEDGE);
        own.createConsumer(own.createQueue(QUEUE + ".ordinary")).setMessageListener(m -> received.incrementAndGet());
        Connection connection = connect(url);
        Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
        MessageProducer producer = session.createProducer(session.createQueue(QUEUE + ".ordinary"));
        producer.setDeliveryMode(DeliveryMode.PERSISTENT);
        String body = "x".repeat(1000);
        long end = 0, begun = 0, base = 0;
        for (int n = 0; ; n++) {
            if (begun == 0 && received.get() > 2000) {
                begun = System.nanoTime();
                base = received.get();
                end = begun + seconds * 1_000_000_000L;
            }
            if (begun != 0 && System.nanoTime() > end) break;
            // No more in flight than the consumer can be behind.
            while (n - received.get() > 5000) Thread.sleep(1);
            producer.send(session.createTextMessage(body));
            if (n % 50 == 49) session.commit();
        }
        System.out.printf("{\"per_second\": %.0f}%n", (received.get() - base) * 1e9 / (System.nanoTime() - begun));
    }
}
