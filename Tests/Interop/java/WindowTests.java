import java.util.ArrayList;
import java.util.List;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQMessageConsumer;
import org.apache.activemq.command.ActiveMQQueue;

/** Prefetch windows and how messages are spread over consumers (openwire.md 11.4). */
final class WindowTests {
    private WindowTests() {}

    private static String prefetch(int size) {
        return "jms.prefetchPolicy.all=" + size;
    }

    @Case
    static void prefetchOneAlternates(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect(prefetch(1));
        MessageConsumer first = Rig.auto(connection).createConsumer(rig.queue("q"));
        MessageConsumer second = Rig.auto(connection).createConsumer(rig.queue("q"));
        rig.fill(rig.queue("q"), 0, 10);
        List<Integer> seen = new ArrayList<>();
        for (int round = 0; round < 5; round++) {
            seen.add(rig.take(first).getIntProperty("n"));
            seen.add(rig.take(second).getIntProperty("n"));
        }
        rig.equal(10L, seen.stream().distinct().count(), "distinct messages of " + seen);
        rig.awaitDepth(rig.queue("q"), 0);
    }

    /** A consumer that sits on its one message does not hold up the other. */
    @Case
    static void aSlowConsumerKeepsOnlyItsWindow(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect(prefetch(1));
        Session slow = Rig.client(connection);
        MessageConsumer sitting = slow.createConsumer(rig.queue("q"));
        MessageConsumer working = Rig.auto(connection).createConsumer(rig.queue("q"));
        rig.fill(rig.queue("q"), 0, 20);
        rig.await("window of the slow one full", () -> ((ActiveMQMessageConsumer) sitting).getMessageSize() == 1);
        for (int n = 0; n < 19; n++) rig.take(working);
        rig.none(working);
        rig.take(sitting).acknowledge();
        rig.awaitDepth(rig.queue("q"), 0);
    }

    @Case(variants = {"1", "5", "100"})
    static void noMoreThanThePrefetchIsDispatched(Rig rig, String size) throws Exception {
        int window = Integer.parseInt(size);
        rig.fill(rig.queue("q"), 0, window + 20);
        ActiveMQConnection connection = rig.connect(prefetch(window));
        MessageConsumer consumer = Rig.client(connection).createConsumer(rig.queue("q"));
        ActiveMQMessageConsumer inside = (ActiveMQMessageConsumer) consumer;
        rig.await("window full", () -> inside.getMessageSize() == window);
        Thread.sleep(Rig.QUIET_MS);
        rig.equal(window, inside.getMessageSize(), "messages at the client");
        MessageConsumer other = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        rig.takeNumbers(other, window, window + 20);
        rig.none(other);
    }

    /** DELIVERED acks extend the window, so reading on without acknowledging never hangs. */
    @Case(variants = {"client 1", "client 10", "client 100", "individual 1", "individual 10", "transacted 1",
        "transacted 10", "transacted 100"})
    static void readingBeyondThePrefetch(Rig rig, String variant) throws Exception {
        String[] part = variant.split(" ");
        rig.fill(rig.queue("q"), 0, 250);
        ActiveMQConnection connection = rig.connect(prefetch(Integer.parseInt(part[1])));
        Session session = AckTests.session(connection, part[0]);
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        List<Message> messages = new ArrayList<>();
        for (int n = 0; n < 250; n++) messages.add(rig.takeNumber(consumer, n));
        rig.equal(250, rig.depth(rig.queue("q")), "nothing is removed yet");
        if (part[0].equals("client")) messages.get(249).acknowledge();
        else if (part[0].equals("transacted")) session.commit();
        else for (Message message : messages) message.acknowledge();
        rig.awaitDepth(rig.queue("q"), 0);
        rig.fill(rig.queue("q"), 250, 300);
        rig.takeNumbers(consumer, 250, 300);
    }

    @Case
    static void evenSpreadOverEqualConsumers(Rig rig) throws Exception {
        List<MessageConsumer> consumers = new ArrayList<>();
        for (int n = 0; n < 4; n++) consumers.add(Rig.auto(rig.connect()).createConsumer(rig.queue("q")));
        rig.fill(rig.queue("q"), 0, 40);
        for (MessageConsumer consumer : consumers) {
            int last = -1;
            for (int n = 0; n < 10; n++) {
                int number = rig.take(consumer).getIntProperty("n");
                rig.check(number > last, "ascending per consumer");
                last = number;
            }
            rig.none(consumer);
        }
    }

    @Case
    static void aNewConsumerGetsWhatIsNotDispatched(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 10);
        Session session = Rig.client(rig.connect(prefetch(3)));
        rig.takeNumber(session.createConsumer(rig.queue("q")), 0);
        MessageConsumer second = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        List<Integer> seen = new ArrayList<>();
        while (true) {
            Message message = second.receive(Rig.QUIET_MS);
            if (message == null) break;
            seen.add(message.getIntProperty("n"));
        }
        rig.check(seen.size() >= 6 && seen.size() <= 7, "the rest went to the second: " + seen);
        rig.check(seen.get(seen.size() - 1) == 9, "up to the last: " + seen);
    }

    @Case
    static void twoConsumersInOneSession(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect(prefetch(1)));
        MessageConsumer first = session.createConsumer(rig.queue("q"));
        MessageConsumer second = session.createConsumer(rig.queue("q"));
        rig.fill(rig.queue("q"), 0, 6);
        for (int round = 0; round < 3; round++) {
            rig.take(first);
            rig.take(second);
        }
        rig.awaitDepth(rig.queue("q"), 0);
    }

    /** Topic subscribers have a window too, and what does not fit waits at the broker. */
    @Case
    static void topicWindow(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect(prefetch(10));
        MessageConsumer consumer = Rig.auto(connection).createConsumer(rig.topic("t"));
        rig.fill(rig.topic("t"), 0, 300);
        rig.takeNumbers(consumer, 0, 300);
    }

    @Case
    static void clientAcknowledgeOnATopicBeyondThePrefetch(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect(prefetch(10));
        MessageConsumer consumer = Rig.client(connection).createConsumer(rig.topic("t"));
        rig.fill(rig.topic("t"), 0, 100);
        rig.takeNumbers(consumer, 0, 99);
        rig.takeNumber(consumer, 99).acknowledge();
        rig.fill(rig.topic("t"), 100, 150);
        rig.takeNumbers(consumer, 100, 150);
    }

    @Case
    static void aStoppedListenerDoesNotStopOthers(Rig rig) throws Exception {
        ActiveMQConnection stopped = rig.open(rig.url());
        MessageConsumer asleep = Rig.auto(stopped).createConsumer(rig.queue("asleep"));
        MessageConsumer awake = Rig.auto(rig.connect()).createConsumer(rig.queue("awake"));
        rig.fill(rig.queue("asleep"), 0, 1200);
        rig.fill(new ActiveMQQueue(rig.name("awake")), 0, 100);
        rig.takeNumbers(awake, 0, 100);
        stopped.start();
        rig.takeNumbers(asleep, 0, 1200);
    }
}
