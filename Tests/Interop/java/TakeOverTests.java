import java.util.ArrayList;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.jms.DeliveryMode;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.QueueBrowser;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQSession;
import org.apache.activemq.command.ActiveMQQueue;

/** The master is killed in the middle: selectors, browsers, consumers of all kinds, groups, priorities. */
final class TakeOverTests {
    private TakeOverTests() {}

    /** A consumer of every 50th message sees all of them once, over a kill; the others are all left, in order. */
    @Case(configured = true, control = true, alone = true, limit = 60,
        peer = "it looks for matches only in the first page of a queue (maxPageSize 200)")
    static void selector(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        String every50th = "n = 0 OR n = 50 OR n = 100 OR n = 150 OR n = 200 OR n = 250";
        MessageConsumer choosy = Rig.auto(pair.connect()).createConsumer(rig.queue("q"), every50th);
        pair.fillThroughKill(rig.queue("q"), 0, 300, 150);
        pair.exactly(choosy, List.of(0, 50, 100, 150, 200, 250));
        List<Integer> rest = Pair.range(0, 300);
        rest.removeIf(n -> n % 50 == 0);
        pair.exactly(Rig.auto(pair.connect()).createConsumer(rig.queue("q")), rest);
    }

    /** A look that a kill interrupts takes nothing away; the next sees everything in order. */
    @Case(configured = true, control = true, alone = true, limit = 60)
    static void browser(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        pair.fill(rig.queue("q"), 0, 2000);
        QueueBrowser browser = Rig.auto(pair.connect()).createBrowser(rig.queue("q"));
        Enumeration<?> looking = browser.getEnumeration();
        for (int n = 0; n < 10; n++) rig.equal(n, ((Message) looking.nextElement()).getIntProperty("n"), "number");
        pair.killAndStart();
        int after = 0;
        while (looking.hasMoreElements() && looking.nextElement() != null) after++;
        rig.check(after <= 4000, after + " more, and an end");
        rig.equal(Pair.range(0, 2000), pair.browse(rig.queue("q")), "browsed");
        browser.close();
        pair.exactly(Rig.auto(pair.connect()).createConsumer(rig.queue("q")), Pair.range(0, 2000));
    }

    /** One exclusive consumer at a time, before, through and after a kill; the other takes over when it leaves. */
    @Case(configured = true, control = true, alone = true, limit = 60)
    static void exclusive(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        ActiveMQQueue exclusive = new ActiveMQQueue(rig.name("q") + "?consumer.exclusive=true");
        ActiveMQConnection[] connections = {pair.connect(), pair.connect()};
        MessageConsumer[] consumers = new MessageConsumer[2];
        for (int n = 0; n < 2; n++) consumers[n] = Rig.auto(connections[n]).createConsumer(exclusive);
        pair.fill(rig.queue("q"), 0, 5);
        rig.takeNumbers(consumers[0], 0, 5);
        rig.none(consumers[1]);
        pair.awaitDepth(rig.queue("q"), 0);
        pair.killAndStart();
        for (ActiveMQConnection connection : connections) Pair.back(connection);
        pair.fill(rig.queue("q"), 5, 25);
        Message first = consumers[0].receive(Rig.QUIET_MS * 2);
        int owner = first == null ? 1 : 0;
        if (first != null) rig.equal(5, first.getIntProperty("n"), "number");
        rig.takeNumbers(consumers[owner], first == null ? 5 : 6, 15);
        rig.none(consumers[1 - owner]);
        consumers[owner].close();
        pair.exactly(consumers[1 - owner], Pair.range(15, 25));
    }

    /** The consumer with the higher priority is served first again once both are back. */
    @Case(configured = true, control = true, alone = true, limit = 60)
    static void consumerPriority(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        ActiveMQConnection[] connections = {pair.connect(), pair.connect()};
        MessageConsumer low = Rig.auto(connections[0])
            .createConsumer(new ActiveMQQueue(rig.name("q") + "?consumer.priority=1"));
        MessageConsumer high = Rig.auto(connections[1])
            .createConsumer(new ActiveMQQueue(rig.name("q") + "?consumer.priority=7"));
        pair.fill(rig.queue("q"), 0, 10);
        rig.takeNumbers(high, 0, 10);
        pair.awaitDepth(rig.queue("q"), 0);
        pair.killAndStart();
        for (ActiveMQConnection connection : connections) Pair.back(connection);
        pair.fill(rig.queue("q"), 10, 30);
        pair.exactly(high, Pair.range(10, 30));
        rig.none(low);
    }

    /** What was acknowledged one by one never comes again; the others come again, flagged and in order. */
    @Case(configured = true, control = true, alone = true, limit = 60)
    static void individualAcknowledge(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        pair.fill(rig.queue("q"), 0, 20);
        // One that came back would be sent what it has already, and take it for duplicates.
        ActiveMQConnection connection = pair.connect("maxReconnectAttempts=0", "startupMaxReconnectAttempts=20");
        Session session = connection.createSession(false, ActiveMQSession.INDIVIDUAL_ACKNOWLEDGE);
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        for (int n = 0; n < 20; n++) {
            Message message = rig.takeNumber(consumer, n);
            if (n % 2 == 0) message.acknowledge();
        }
        pair.awaitDepth(rig.queue("q"), 10);
        pair.killAndStart();
        MessageConsumer other = Rig.auto(pair.connect()).createConsumer(rig.queue("q"));
        for (int n = 1; n < 20; n += 2) {
            rig.equal(true, rig.takeNumber(other, n).getJMSRedelivered(), n + " redelivered");
        }
        rig.none(other);
    }

    /** A consumer without prefetch that waits through a kill gets the next message, and the following ones. */
    @Case(configured = true, control = true, alone = true, limit = 60, variants = {"receive()", "receive(long)"})
    static void pull(Rig rig, String how) throws Exception {
        Pair pair = new Pair(rig);
        MessageConsumer puller =
            Rig.auto(pair.connect("jms.prefetchPolicy.queuePrefetch=0")).createConsumer(rig.queue("q"));
        pair.fill(rig.queue("q"), 0, 2);
        rig.takeNumbers(puller, 0, 2);
        pair.awaitDepth(rig.queue("q"), 0);
        Jms.Running waiting = Jms.start(() -> {
            Message message = how.equals("receive()") ? puller.receive() : puller.receive(60_000);
            rig.equal(2, message.getIntProperty("n"), "number");
        });
        waiting.awaitWaiting(rig);
        pair.killAndStart();
        pair.fill(rig.queue("q"), 2, 6);
        waiting.join();
        pair.exactly(puller, Pair.range(3, 6));
        rig.equal(null, puller.receiveNoWait(), "nothing is left");
    }

    private static void sendGroups(Rig rig, Session session, MessageProducer producer, int from, int to)
        throws Exception {
        for (int n = from; n < to; n++) {
            TextMessage message = rig.numbered(session, n);
            message.setStringProperty("JMSXGroupID", "g" + n % 5);
            producer.send(message);
        }
    }

    /** Per group: the order, one consumer at a time, the first message for a consumer marked; nothing lost. */
    @Case(configured = true, control = true, alone = true, limit = 60)
    static void groups(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        ActiveMQConnection[] connections = {pair.connect(), pair.connect()};
        MessageConsumer[] consumers = new MessageConsumer[2];
        for (int n = 0; n < 2; n++) consumers[n] = Rig.auto(connections[n]).createConsumer(rig.queue("q"));
        Session session = Rig.auto(pair.connect());
        MessageProducer producer = session.createProducer(rig.queue("q"));
        sendGroups(rig, session, producer, 0, 50);
        judgeGroups(rig, pair, consumers, 0, 50);
        pair.awaitDepth(rig.queue("q"), 0);
        Jms.Running killer = Jms.start(pair::kill);
        sendGroups(rig, session, producer, 50, 150);
        killer.join();
        pair.start();
        for (ActiveMQConnection connection : connections) Pair.back(connection);
        sendGroups(rig, session, producer, 150, 250);
        judgeGroups(rig, pair, consumers, 50, 250);
    }

    private static void judgeGroups(Rig rig, Pair pair, MessageConsumer[] consumers, int from, int to)
        throws Exception {
        Map<Integer, Integer> last = new HashMap<>();
        Set<Integer> seen = new HashSet<>();
        for (int at = 0; seen.size() < to - from; at++) {
            rig.check(at < 2, "all came: " + seen.size() + " of " + (to - from));
            for (MessageConsumer consumer : consumers) {
                Set<Integer> own = new HashSet<>();
                Message message;
                while ((message = consumer.receive(Rig.QUIET_MS * 4)) != null) {
                    int number = message.getIntProperty("n");
                    if (!seen.add(number)) {
                        seen.remove(number);
                        pair.repeat(new HashSet<>(Pair.range(from, to)), message, "a repeat");
                        seen.add(number);
                        continue;
                    }
                    int group = number % 5;
                    boolean first = own.add(group);
                    if (first && from == 0) {
                        rig.check(message.getBooleanProperty("JMSXGroupFirstForConsumer"), number + " is marked first");
                    }
                    rig.check(last.getOrDefault(group, -1) < number, number + " after " + last.get(group));
                    last.put(group, number);
                }
            }
        }
    }

    /** Higher priorities first, in each the order of sending, whatever was sent before and after the kill. */
    @Case(configured = true, control = true, alone = true, limit = 60)
    static void prioritized(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        Session session = Rig.auto(pair.connect());
        MessageProducer producer = session.createProducer(rig.queue("q"));
        for (int n = 0; n < 100; n++) {
            if (n == 50) pair.killAndStart();
            producer.send(rig.numbered(session, n), DeliveryMode.PERSISTENT, n % 10, 0);
        }
        pair.killAndStart();
        List<Integer> wanted = new ArrayList<>();
        for (int priority = 9; priority >= 0; priority--) {
            for (int n = priority; n < 100; n += 10) wanted.add(n);
        }
        pair.exactly(Rig.auto(pair.connect()).createConsumer(rig.queue("q")), wanted);
    }

    /** All that was prefetched and read but not acknowledged comes again, flagged; the rest is not flagged. */
    @Case(configured = true, control = true, alone = true, limit = 60, variants = {"client", "transacted"})
    static void redeliveredFlag(Rig rig, String kind) throws Exception {
        Pair pair = new Pair(rig);
        pair.fill(rig.queue("q"), 0, 10);
        ActiveMQConnection connection = pair.connect();
        Session session = kind.equals("client") ? Rig.client(connection) : Rig.transacted(connection);
        rig.takeNumbers(session.createConsumer(rig.queue("q")), 0, 5);
        pair.killAndStart();
        Pair.back(connection);
        connection.close();
        MessageConsumer other = Rig.auto(pair.connect()).createConsumer(rig.queue("q"));
        for (int n = 0; n < 10; n++) {
            Message message = rig.takeNumber(other, n);
            if (n < 5) rig.equal(true, message.getJMSRedelivered(), n + " redelivered");
        }
        rig.none(other);
    }
}
