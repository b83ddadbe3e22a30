import javax.jms.DeliveryMode;
import javax.jms.IllegalStateException;
import javax.jms.InvalidDestinationException;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageFormatException;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;

/** JMS 1.1 sections 4.6 to 4.8 and 4.10: message producers, delivery mode, time to live. */
final class JmsProducerTests {
    private JmsProducerTests() {}

    @Case(jms = "4.6",
        states = "A producer's defaults are PERSISTENT, priority 4, no expiration; the getters tell them")
    static void defaults(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        rig.equal(DeliveryMode.PERSISTENT, producer.getDeliveryMode(), "mode");
        rig.equal(4, producer.getPriority(), "priority");
        rig.equal(0L, producer.getTimeToLive(), "time to live");
        rig.equal(rig.queue("q"), producer.getDestination(), "destination");
        producer.send(session.createMessage());
        Message got = rig.take(session.createConsumer(rig.queue("q")));
        rig.equal(DeliveryMode.PERSISTENT, got.getJMSDeliveryMode(), "mode of the message");
        rig.equal(4, got.getJMSPriority(), "priority of the message");
        rig.equal(0L, got.getJMSExpiration(), "expiration of the message");
    }

    @Case(jms = "4.6", states = "A producer's own defaults are used by send without them")
    static void ownDefaults(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
        producer.setPriority(8);
        producer.setTimeToLive(100_000);
        producer.send(session.createMessage());
        Message got = rig.take(session.createConsumer(rig.queue("q")));
        rig.equal(DeliveryMode.NON_PERSISTENT, got.getJMSDeliveryMode(), "mode");
        rig.equal(8, got.getJMSPriority(), "priority");
        rig.equal(got.getJMSTimestamp() + 100_000, got.getJMSExpiration(), "expiration");
    }

    @Case(jms = "4.6", states = "A send may name its own mode, priority and time to live, once")
    static void perSend(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        producer.send(session.createMessage(), DeliveryMode.NON_PERSISTENT, 1, 50_000);
        Message got = rig.take(session.createConsumer(rig.queue("q")));
        rig.equal(1, got.getJMSPriority(), "priority");
        rig.equal(4, producer.getPriority(), "the producer's");
        rig.equal(DeliveryMode.PERSISTENT, producer.getDeliveryMode(), "the producer's mode");
    }

    @Case(variants = {"priority -1", "priority 10", "delivery mode 0", "delivery mode 3"}, jms = "4.6",
        states = "A wrong default is refused: {}")
    static void wrongDefaults(Rig rig, String what) throws Exception {
        MessageProducer producer = Jms.session(rig).createProducer(rig.queue("q"));
        int value = Integer.parseInt(what.substring(what.lastIndexOf(' ') + 1));
        rig.fails(JMSException.class, () -> {
            if (what.startsWith("priority")) producer.setPriority(value);
            else producer.setDeliveryMode(value);
        });
    }

    @Case(jms = "4.6", states = "A producer without destination sends where each send says")
    static void unidentified(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        MessageProducer producer = session.createProducer(null);
        rig.equal(null, producer.getDestination(), "destination");
        MessageConsumer topic = session.createConsumer(rig.topic("b"));
        producer.send(rig.queue("a"), rig.numbered(session, 0));
        producer.send(rig.topic("b"), rig.numbered(session, 1), DeliveryMode.NON_PERSISTENT, 5, 0);
        rig.takeNumber(session.createConsumer(rig.queue("a")), 0);
        rig.takeNumber(topic, 1);
    }

    @Case(jms = "4.6", states = "A producer without destination cannot send without one: UnsupportedOperationException")
    static void unidentifiedWithout(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        MessageProducer producer = session.createProducer(null);
        rig.fails(UnsupportedOperationException.class, () -> producer.send(session.createMessage()));
    }

    @Case(jms = "4.6", states = "A send to no destination is an InvalidDestinationException",
        client = "it is an UnsupportedOperationException like a send without one")
    static void sendToNull(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        MessageProducer producer = session.createProducer(null);
        rig.fails(InvalidDestinationException.class, () -> producer.send(null, session.createMessage()));
    }

    @Case(jms = "4.6", states = "A producer with a destination cannot send to another: UnsupportedOperationException")
    static void identifiedElsewhere(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        Message message = session.createMessage();
        rig.fails(UnsupportedOperationException.class, () -> producer.send(rig.queue("other"), message));
        rig.equal(0, rig.depth(rig.queue("other")), "depth");
    }

    @Case(jms = "4.6", states = "A null message is a MessageFormatException",
        client = "it fails with NullPointerException")
    static void nullMessage(Rig rig) throws Exception {
        MessageProducer producer = Jms.session(rig).createProducer(rig.queue("q"));
        rig.fails(MessageFormatException.class, () -> producer.send(null));
    }

    @Case(jms = "4.6", states = "A closed producer cannot be used, closing it again is no error")
    static void closed(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        producer.close();
        producer.close();
        rig.fails(IllegalStateException.class, () -> producer.send(session.createMessage()));
        rig.fails(IllegalStateException.class, producer::getPriority);
        rig.fails(IllegalStateException.class, () -> producer.setTimeToLive(1));
        rig.fails(IllegalStateException.class, producer::getDestination);
    }

    @Case(jms = "4.6", states = "A message is sent when send has returned: another client can receive it")
    static void sentWhenReturned(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        for (int n = 0; n < 20; n++) {
            producer.send(rig.numbered(session, n));
            rig.equal(n + 1, rig.depth(rig.queue("q")), "depth");
        }
    }

    @Case(control = true, alone = true, limit = 60, jms = "4.7",
        states = "PERSISTENT messages survive the end of the broker, each once; of NON_PERSISTENT ones none comes "
            + "twice")
    static void deliveryModesOverAnEnd(Rig rig) throws Exception {
        String url = Rig.withQuery(rig.options.failoverUrl, "maxReconnectDelay=100");
        Session session = Rig.auto(rig.connectTo(url));
        MessageProducer producer = session.createProducer(rig.queue("p"));
        Jms.send(rig, session, producer, 0, 10);
        MessageProducer lossy = session.createProducer(rig.queue("n"));
        lossy.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
        Jms.send(rig, session, lossy, 0, 10);
        rig.control("kill");
        rig.control("start");
        Session after = Rig.auto(rig.connectTo(url));
        MessageConsumer consumer = after.createConsumer(rig.queue("p"));
        rig.takeNumbers(consumer, 0, 10);
        rig.none(consumer);
        java.util.List<Integer> left = Jms.drain(after.createConsumer(rig.queue("n")));
        rig.equal(left.size(), new java.util.HashSet<>(left).size(), "of " + left + " each once");
    }

    @Case(variants = {"queue", "topic"}, jms = "4.7",
        states = "NON_PERSISTENT messages are delivered at most once, in order ({})")
    static void nonPersistent(Rig rig, String kind) throws Exception {
        javax.jms.Destination to = kind.equals("queue") ? rig.queue("d") : rig.topic("d");
        MessageConsumer consumer = Jms.session(rig).createConsumer(to);
        Session session = Jms.session(rig);
        MessageProducer producer = session.createProducer(to);
        producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
        Jms.send(rig, session, producer, 0, 50);
        rig.takeNumbers(consumer, 0, 50);
        rig.none(consumer);
    }

    @Case(jms = "4.8",
        states = "The time to live is counted from the send, in milliseconds; what has expired is not delivered")
    static void timeToLive(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        producer.setTimeToLive(50);
        producer.send(rig.numbered(session, 0));
        producer.setTimeToLive(100_000);
        producer.send(rig.numbered(session, 1));
        long until = System.currentTimeMillis() + 100;
        rig.await("the first time to live is over", () -> System.currentTimeMillis() > until);
        rig.takeNumber(session.createConsumer(rig.queue("q")), 1);
    }

    @Case(jms = "4.8", states = "Messages that expire one by one do not disturb the order of the others")
    static void mixedTimesToLive(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        for (int n = 0; n < 20; n++) producer.send(rig.numbered(session, n), 2, 4, n % 3 == 0 ? 30 : 0);
        long until = System.currentTimeMillis() + 80;
        rig.await("the short times are over", () -> System.currentTimeMillis() > until);
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        for (int n = 0; n < 20; n++) if (n % 3 != 0) rig.takeNumber(consumer, n);
        rig.none(consumer);
    }

    @Case(jms = "4.10", states = "A confirmed send of a failed connection is there, an unconfirmed one at most once")
    static void reliability(Rig rig) throws Exception {
        Proxy proxy = rig.proxy();
        ActiveMQConnection connection = rig.connectTo(proxy.url());
        Session session = Rig.auto(connection);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        Jms.send(rig, session, producer, 0, 5);
        proxy.cut();
        rig.fails(JMSException.class, () -> Jms.send(rig, session, producer, 5, 6));
        MessageConsumer consumer = Jms.session(rig).createConsumer(rig.queue("q"));
        rig.takeNumbers(consumer, 0, 5);
        java.util.List<Integer> more = Jms.drain(consumer);
        rig.check(more.isEmpty() || more.equals(java.util.List.of(5)), "at most the unconfirmed: " + more);
    }
}
