import javax.jms.DeliveryMode;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQMessageConsumer;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQDestination;

/** Expired messages are not delivered; persistent ones go to the dead letter queue (openwire.md 11.3, 12.4). */
final class ExpiryTests {
    private ExpiryTests() {}

    private static void send(Rig rig, ActiveMQDestination destination, int n, int mode, long life) throws Exception {
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.auto(connection);
        MessageProducer producer = session.createProducer(destination);
        producer.send(rig.numbered(session, n), mode, 4, life);
        connection.close();
    }

    private static void deadLetter(Rig rig, ActiveMQQueue from, long patience) throws Exception {
        MessageConsumer consumer = rig.deadLetters(Rig.auto(rig.connect()));
        ActiveMQMessage dead = (ActiveMQMessage) consumer.receive(patience);
        rig.check(dead != null, "the expired message is in the dead letter queue");
        rig.equal(from, dead.getOriginalDestination(), "original destination");
        rig.equal(0L, dead.getJMSExpiration(), "expiration");
        rig.check(dead.getLongProperty("originalExpiration") > 0, "originalExpiration is set");
        String cause = dead.getStringProperty("dlqDeliveryFailureCause");
        rig.check(cause != null && cause.contains("Message Expired"), "cause: " + cause);
    }

    /** Expired while it waited at the broker: the consumer that comes later never sees it. */
    @Case
    static void expiredBeforeTheConsumerCame(Rig rig) throws Exception {
        send(rig, rig.queue("q"), 0, DeliveryMode.PERSISTENT, 300);
        rig.fill(rig.queue("q"), 1, 2);
        Thread.sleep(600);
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        rig.takeNumber(consumer, 1);
        rig.none(consumer);
        deadLetter(rig, rig.queue("q"), Rig.PATIENCE_MS);
    }

    /** Expired in the client's prefetch: the client says so with an EXPIRED ack. */
    @Case
    static void expiredInTheClient(Rig rig) throws Exception {
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        send(rig, rig.queue("q"), 0, DeliveryMode.PERSISTENT, 400);
        rig.fill(rig.queue("q"), 1, 2);
        rig.await("prefetched", () -> ((ActiveMQMessageConsumer) consumer).getMessageSize() == 2);
        Thread.sleep(700);
        rig.takeNumber(consumer, 1);
        deadLetter(rig, rig.queue("q"), Rig.PATIENCE_MS);
        rig.awaitDepth(rig.queue("q"), 0);
    }

    /** Nobody consumes: the broker looks for itself now and then (ActiveMQ each 30 s). */
    @Case(slow = true, limit = 80)
    static void expiredWithoutAnyConsumer(Rig rig) throws Exception {
        send(rig, rig.queue("q"), 0, DeliveryMode.PERSISTENT, 300);
        deadLetter(rig, rig.queue("q"), 65_000);
    }

    @Case
    static void nonPersistentExpiredIsDropped(Rig rig) throws Exception {
        send(rig, rig.queue("q"), 0, DeliveryMode.NON_PERSISTENT, 300);
        Thread.sleep(600);
        rig.none(Rig.auto(rig.connect()).createConsumer(rig.queue("q")));
        rig.none(rig.deadLetters(Rig.auto(rig.connect())));
    }

    @Case
    static void notYetExpired(Rig rig) throws Exception {
        send(rig, rig.queue("q"), 0, DeliveryMode.PERSISTENT, 60_000);
        rig.takeNumber(Rig.auto(rig.connect()).createConsumer(rig.queue("q")), 0);
    }

    @Case
    static void expiredOnATopic(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.open(rig.url());
        MessageConsumer consumer = Rig.auto(connection).createConsumer(rig.topic("t"));
        send(rig, rig.topic("t"), 0, DeliveryMode.NON_PERSISTENT, 300);
        rig.fill(rig.topic("t"), 1, 2);
        Thread.sleep(600);
        connection.start();
        rig.takeNumber(consumer, 1);
        rig.none(consumer);
    }

    @Case
    static void expiredForADurableSubscription(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connectAs(rig.name("id"));
        Session session = Rig.auto(connection);
        session.createDurableSubscriber(rig.topic("t"), "s").close();
        send(rig, rig.topic("t"), 0, DeliveryMode.PERSISTENT, 300);
        rig.fill(rig.topic("t"), 1, 2);
        Thread.sleep(600);
        MessageConsumer consumer = session.createDurableSubscriber(rig.topic("t"), "s");
        rig.takeNumber(consumer, 1);
        rig.none(consumer);
        consumer.close();
        session.unsubscribe("s");
    }

    @Case
    static void expiredInATransaction(Rig rig) throws Exception {
        Session session = Rig.transacted(rig.connect());
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        send(rig, rig.queue("q"), 0, DeliveryMode.PERSISTENT, 400);
        rig.fill(rig.queue("q"), 1, 3);
        rig.await("prefetched", () -> ((ActiveMQMessageConsumer) consumer).getMessageSize() == 3);
        Thread.sleep(700);
        rig.takeNumbers(consumer, 1, 3);
        session.commit();
        rig.awaitDepth(rig.queue("q"), 0);
    }

    /** Many expired ones in front do not hold up the one behind. */
    @Case
    static void manyExpiredInFront(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.auto(connection);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        for (int n = 0; n < 500; n++) producer.send(rig.numbered(session, n), DeliveryMode.NON_PERSISTENT, 4, 100);
        producer.send(rig.numbered(session, 500), DeliveryMode.NON_PERSISTENT, 4, 0);
        Thread.sleep(300);
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        rig.takeNumber(consumer, 500);
        rig.none(consumer);
        rig.awaitDepth(rig.queue("q"), 0);
    }
}
