import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQMessageConsumer;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ActiveMQQueue;

/** Redelivery counters, order after a return, and the dead letter queue (openwire.md 12). */
final class RedeliveryTests {
    private static final String NO_DELAY = "jms.redeliveryPolicy.initialRedeliveryDelay=0";

    private RedeliveryTests() {}

    private static void count(Rig rig, Message message, int deliveries) throws Exception {
        int counted = message.getIntProperty("JMSXDeliveryCount");
        rig.equal(deliveries, counted, "delivery count of " + Rig.describe(message));
        rig.equal(deliveries > 1, message.getJMSRedelivered(), "redelivered flag of " + Rig.describe(message));
    }

    /** Prefetched, never handed out: L = -1, the counter stays (12.3). */
    @Case(variants = {"consumer", "session", "connection"})
    static void notDeliveredKeepsTheCounter(Rig rig, String closed) throws Exception {
        rig.fill(rig.queue("q"), 0, 3);
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.client(connection);
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        rig.await("prefetched", () -> ((ActiveMQMessageConsumer) consumer).getMessageSize() == 3);
        close(closed, consumer, session, connection);
        MessageConsumer next = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        for (int n = 0; n < 3; n++) count(rig, rig.takeNumber(next, n), 1);
    }

    private static void close(String what, MessageConsumer consumer, Session session, ActiveMQConnection connection)
        throws Exception {
        if (what.equals("consumer")) consumer.close();
        else if (what.equals("session")) session.close();
        else connection.close();
    }

    /** Delivered up to m1 of three: m0 and m1 count, m2 does not (12.3). */
    @Case(variants = {"session", "connection"})
    static void deliveredOnesCount(Rig rig, String closed) throws Exception {
        rig.fill(rig.queue("q"), 0, 4);
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.client(connection);
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        rig.await("prefetched", () -> ((ActiveMQMessageConsumer) consumer).getMessageSize() == 4);
        rig.takeNumbers(consumer, 0, 2);
        close(closed, consumer, session, connection);
        MessageConsumer next = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        count(rig, rig.takeNumber(next, 0), 2);
        count(rig, rig.takeNumber(next, 1), 2);
        count(rig, rig.takeNumber(next, 2), 1);
        count(rig, rig.takeNumber(next, 3), 1);
    }

    /** The socket breaks: nobody knows what was delivered, all count (12.3). */
    @Case
    static void lostConnectionCountsAll(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 3);
        Proxy proxy = rig.proxy();
        ActiveMQConnection connection = rig.connectTo(proxy.url());
        MessageConsumer consumer = Rig.client(connection).createConsumer(rig.queue("q"));
        rig.await("prefetched", () -> ((ActiveMQMessageConsumer) consumer).getMessageSize() == 3);
        proxy.cut();
        MessageConsumer next = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        for (int n = 0; n < 3; n++) count(rig, rig.takeNumber(next, n), 2);
    }

    @Case
    static void countersAddUpOverConnections(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 2);
        for (int round = 1; round <= 5; round++) {
            ActiveMQConnection connection = rig.connect();
            MessageConsumer consumer = Rig.client(connection).createConsumer(rig.queue("q"));
            count(rig, rig.takeNumber(consumer, 0), round);
            connection.close();
        }
        MessageConsumer last = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        count(rig, rig.takeNumber(last, 0), 6);
        rig.takeNumber(last, 1);
    }

    /** What comes back goes in front of what was never dispatched. */
    @Case(variants = {"client", "transacted"})
    static void returnedMessagesComeFirst(Rig rig, String mode) throws Exception {
        rig.fill(rig.queue("q"), 0, 20);
        ActiveMQConnection connection = rig.connect("jms.prefetchPolicy.all=7");
        rig.takeNumbers(AckTests.session(connection, mode).createConsumer(rig.queue("q")), 0, 5);
        connection.close();
        rig.fill(rig.queue("q"), 20, 25);
        rig.takeNumbers(Rig.auto(rig.connect()).createConsumer(rig.queue("q")), 0, 25);
    }

    @Case
    static void rollbackRedeliversAtTheClient(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 3);
        Session session = Rig.transacted(rig.connect(NO_DELAY));
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        MessageConsumer other = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        for (int round = 1; round <= 4; round++) {
            for (int n = 0; n < 3; n++) count(rig, rig.takeNumber(consumer, n), round);
            rig.check(other.receiveNoWait() == null, "rolled back messages stay with their consumer");
            session.rollback();
        }
        rig.takeNumbers(consumer, 0, 3);
        session.commit();
        rig.none(other);
        rig.awaitDepth(rig.queue("q"), 0);
    }

    /** Rolled back, then the consumer closes: others get the messages, counted. */
    @Case
    static void rollbackThenClose(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 2);
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.transacted(connection);
        rig.takeNumbers(session.createConsumer(rig.queue("q")), 0, 2);
        session.rollback();
        connection.close();
        MessageConsumer next = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        for (int n = 0; n < 2; n++) rig.takeNumber(next, n);
        rig.none(next);
    }

    @Case(variants = {"transacted", "client"})
    static void tooManyRedeliveriesGoToTheDeadLetterQueue(Rig rig, String mode) throws Exception {
        rig.fill(rig.queue("q"), 0, 2);
        ActiveMQConnection connection = rig.connect(NO_DELAY, "jms.redeliveryPolicy.maximumRedeliveries=2",
            "jms.prefetchPolicy.all=1");
        Session session = AckTests.session(connection, mode);
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        String id = null;
        for (int round = 1; round <= 3; round++) {
            Message message = rig.takeNumber(consumer, 0);
            count(rig, message, round);
            id = message.getJMSMessageID();
            if (mode.equals("transacted")) session.rollback();
            else session.recover();
        }
        rig.takeNumber(consumer, 1).acknowledge();
        if (mode.equals("transacted")) session.commit();
        ActiveMQMessage dead = (ActiveMQMessage) rig.take(rig.deadLetters(Rig.auto(rig.connect())));
        rig.equal(id, dead.getJMSMessageID(), "message id");
        rig.equal("m0", ((TextMessage) dead).getText(), "text");
        rig.equal(new ActiveMQQueue("ActiveMQ.DLQ"), dead.getJMSDestination(), "destination");
        rig.equal(rig.queue("q"), dead.getOriginalDestination(), "original destination");
        String cause = dead.getStringProperty("dlqDeliveryFailureCause");
        rig.check(cause != null && cause.contains("exceeds redelivery policy limit"), "cause: " + cause);
        rig.equal(null, dead.getTransactionId(), "transaction id");
        rig.awaitDepth(rig.queue("q"), 0);
    }

    @Case
    static void listenerThatKeepsThrowingEndsInTheDeadLetterQueue(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect(NO_DELAY, "jms.redeliveryPolicy.maximumRedeliveries=1");
        Rig.auto(connection).createConsumer(rig.queue("q")).setMessageListener(message -> {
            throw new IllegalStateException("never");
        });
        rig.fill(rig.queue("q"), 0, 1);
        Message dead = rig.take(rig.deadLetters(Rig.auto(rig.connect())));
        String cause = dead.getStringProperty("dlqDeliveryFailureCause");
        rig.check(cause != null && cause.contains("never"), "cause: " + cause);
    }

    @Case
    static void nonPersistentPoisonIsDropped(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect(NO_DELAY, "jms.redeliveryPolicy.maximumRedeliveries=0");
        Session session = Rig.transacted(connection);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        producer.setDeliveryMode(1);
        producer.send(rig.numbered(session, 0));
        session.commit();
        rig.takeNumber(session.createConsumer(rig.queue("q")), 0);
        session.rollback();
        rig.awaitDepth(rig.queue("q"), 0);
        rig.none(rig.deadLetters(Rig.auto(rig.connect())));
    }

    /** A message in the dead letter queue that fails again is not put there twice. */
    @Case
    static void poisonInTheDeadLetterQueueItself(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 1);
        ActiveMQConnection connection = rig.connect(NO_DELAY, "jms.redeliveryPolicy.maximumRedeliveries=0");
        Session session = Rig.transacted(connection);
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        rig.takeNumber(consumer, 0);
        session.rollback();
        MessageConsumer dead = rig.deadLetters(session);
        rig.takeNumber(dead, 0);
        session.rollback();
        rig.none(dead);
        rig.none(rig.deadLetters(Rig.auto(rig.connect())));
    }

    @Case
    static void consumerCloseInAClientAckSession(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 3);
        Session session = Rig.client(rig.connect());
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        rig.takeNumber(consumer, 0);
        consumer.close();
        MessageConsumer next = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        rig.takeNumbers(next, 0, 3);
    }
}
