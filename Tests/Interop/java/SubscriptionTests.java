import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.jms.ConnectionConsumer;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.ServerSession;
import javax.jms.ServerSessionPool;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ActiveMQQueue;

/** noLocal, exclusive consumers, priorities, hints, connection consumers (openwire.md 13.2, 13.5, 13.6, 13.9). */
final class SubscriptionTests {
    private SubscriptionTests() {}

    private static MessageConsumer with(Rig rig, Session session, String options) throws Exception {
        return session.createConsumer(new ActiveMQQueue(rig.name("q") + "?" + options));
    }

    @Case
    static void noLocalOnATopic(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        MessageConsumer consumer = session.createConsumer(rig.topic("t"), null, true);
        MessageConsumer all = session.createConsumer(rig.topic("t"));
        session.createProducer(rig.topic("t")).send(rig.numbered(session, 0));
        rig.fill(rig.topic("t"), 1, 2);
        rig.takeNumbers(all, 0, 2);
        rig.takeNumber(consumer, 1);
        rig.none(consumer);
    }

    @Case
    static void noLocalOnAQueueLeavesTheMessageToOthers(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        MessageConsumer consumer = session.createConsumer(rig.queue("q"), null, true);
        session.createProducer(rig.queue("q")).send(rig.numbered(session, 0));
        rig.none(consumer);
        rig.takeNumber(Rig.auto(rig.connect()).createConsumer(rig.queue("q")), 0);
    }

    /** Only one exclusive consumer is served; when it leaves, the next takes over. */
    @Case
    static void exclusiveConsumersTakeTurns(Rig rig) throws Exception {
        MessageConsumer first = with(rig, Rig.auto(rig.connect()), "consumer.exclusive=true");
        MessageConsumer second = with(rig, Rig.auto(rig.connect()), "consumer.exclusive=true");
        MessageConsumer plain = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        rig.fill(rig.queue("q"), 0, 10);
        rig.takeNumbers(first, 0, 10);
        rig.none(second);
        rig.none(plain);
        first.close();
        rig.fill(rig.queue("q"), 10, 20);
        rig.takeNumbers(second, 10, 20);
        second.close();
        rig.fill(rig.queue("q"), 20, 25);
        rig.takeNumbers(plain, 20, 25);
    }

    @Case
    static void exclusiveWithHigherPriorityTakesOver(Rig rig) throws Exception {
        MessageConsumer low = with(rig, Rig.auto(rig.connect()), "consumer.exclusive=true&consumer.priority=1");
        rig.fill(rig.queue("q"), 0, 2);
        rig.takeNumbers(low, 0, 2);
        MessageConsumer high = with(rig, Rig.auto(rig.connect()), "consumer.exclusive=true&consumer.priority=10");
        rig.fill(rig.queue("q"), 2, 6);
        rig.takeNumbers(high, 2, 6);
        rig.none(low);
    }

    /** What the leaving exclusive consumer had unacknowledged goes first to its successor. */
    @Case
    static void exclusiveHandOverKeepsTheOrder(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        MessageConsumer first = with(rig, Rig.client(connection), "consumer.exclusive=true");
        rig.fill(rig.queue("q"), 0, 20);
        rig.takeNumbers(first, 0, 5);
        MessageConsumer second = with(rig, Rig.auto(rig.connect()), "consumer.exclusive=true");
        rig.check(second.receiveNoWait() == null, "nothing for the second yet");
        connection.close();
        rig.takeNumbers(second, 0, 20);
    }

    @Case
    static void higherPriorityIsServedFirst(Rig rig) throws Exception {
        MessageConsumer low = with(rig, Rig.auto(rig.connect()), "consumer.priority=1");
        MessageConsumer high = with(rig, Rig.auto(rig.connect()), "consumer.priority=9");
        rig.fill(rig.queue("q"), 0, 50);
        rig.takeNumbers(high, 0, 50);
        rig.none(low);
    }

    /** The lower one gets what the higher one's window cannot hold. */
    @Case
    static void lowerPriorityGetsTheOverflow(Rig rig) throws Exception {
        Session sitting = Rig.client(rig.connect());
        MessageConsumer high = with(rig, sitting, "consumer.priority=9&consumer.prefetchSize=5");
        MessageConsumer low = with(rig, Rig.auto(rig.connect()), "consumer.priority=-5");
        rig.fill(rig.queue("q"), 0, 15);
        rig.takeNumbers(low, 5, 15);
        rig.none(low);
        rig.takeNumbers(high, 0, 5);
    }

    /** Hints that change nothing here: the subscriber gets what comes from now on. */
    @Case(variants = {"consumer.retroactive=true", "consumer.maximumPendingMessageLimit=1000",
        "consumer.dispatchAsync=false", "consumer.dispatchAsync=true"})
    static void hints(Rig rig, String hint) throws Exception {
        rig.fill(rig.topic("t"), 0, 3);
        Session session = Rig.auto(rig.connect());
        MessageConsumer consumer =
            session.createConsumer(new org.apache.activemq.command.ActiveMQTopic(rig.name("t") + "?" + hint));
        rig.fill(rig.topic("t"), 3, 20);
        rig.takeNumbers(consumer, 3, 20);
    }

    /** A pool of one session. */
    static ServerSessionPool pool(Session session) {
        return () -> new ServerSession() {
            @Override
            public Session getSession() {
                return session;
            }

            @Override
            public void start() {
                session.run();
            }
        };
    }

    @Case(variants = {"queue", "topic", "selector", "prefetch 1"})
    static void connectionConsumer(Rig rig, String variant) throws Exception {
        ActiveMQDestination destination = variant.equals("topic") ? rig.topic("x") : rig.queue("x");
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.auto(connection);
        List<Integer> seen = Collections.synchronizedList(new ArrayList<>());
        session.setMessageListener(message -> {
            try {
                seen.add(message.getIntProperty("n"));
            } catch (javax.jms.JMSException error) {
                seen.add(-1);
            }
        });
        String selector = variant.equals("selector") ? "n >= 10" : null;
        ConnectionConsumer consumer = connection.createConnectionConsumer(destination, selector,
            pool(session), variant.equals("prefetch 1") ? 1 : 10);
        rig.fill(destination, 0, 30);
        int from = variant.equals("selector") ? 10 : 0;
        rig.await("all delivered", () -> seen.size() == 30 - from);
        for (int n = from; n < 30; n++) rig.equal(n, seen.get(n - from), "order");
        consumer.close();
        if (destination.isQueue()) rig.awaitDepth((ActiveMQQueue) destination, from);
    }

    @Case
    static void durableConnectionConsumer(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connectAs(rig.name("id"));
        Session session = Rig.auto(connection);
        session.createDurableSubscriber(rig.topic("t"), "s").close();
        rig.fill(rig.topic("t"), 0, 10);
        List<Integer> seen = Collections.synchronizedList(new ArrayList<>());
        session.setMessageListener(message -> seen.add(seen.size()));
        ConnectionConsumer consumer =
            connection.createDurableConnectionConsumer(rig.topic("t"), "s", null, pool(session), 5);
        rig.await("all delivered", () -> seen.size() == 10);
        consumer.close();
        session.unsubscribe("s");
    }

    @Case
    static void topicSubscriberLeavesAndComes(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        MessageProducer producer = session.createProducer(rig.topic("t"));
        for (int round = 0; round < 20; round++) {
            MessageConsumer consumer = session.createConsumer(rig.topic("t"));
            producer.send(rig.numbered(session, round));
            Message message = rig.takeNumber(consumer, round);
            rig.equal(1, message.getIntProperty("JMSXDeliveryCount"), "delivery count");
            consumer.close();
            producer.send(rig.numbered(session, -1));
        }
    }
}
