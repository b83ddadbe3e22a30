import java.util.ArrayList;
import java.util.List;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.TemporaryQueue;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.command.ActiveMQQueue;

/** Local transactions (openwire.md 15.1). */
final class TransactionTests {
    private static final String NO_DELAY = "jms.redeliveryPolicy.initialRedeliveryDelay=0";

    private TransactionTests() {}

    @Case(variants = {"queue", "topic"})
    static void sendsAppearAtCommit(Rig rig, String kind) throws Exception {
        javax.jms.Destination destination = kind.equals("queue") ? rig.queue("x") : rig.topic("x");
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(destination);
        Session session = Rig.transacted(rig.connect());
        MessageProducer producer = session.createProducer(destination);
        for (int n = 0; n < 10; n++) producer.send(rig.numbered(session, n));
        rig.none(consumer);
        session.commit();
        rig.takeNumbers(consumer, 0, 10);
        producer.send(rig.numbered(session, 99));
        session.rollback();
        producer.send(rig.numbered(session, 10));
        session.commit();
        rig.takeNumber(consumer, 10);
        rig.none(consumer);
    }

    @Case
    static void nonPersistentSendsAppearAtCommit(Rig rig) throws Exception {
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        Session session = Rig.transacted(rig.connect());
        MessageProducer producer = session.createProducer(rig.queue("q"));
        producer.setDeliveryMode(1);
        for (int n = 0; n < 10; n++) producer.send(rig.numbered(session, n));
        rig.none(consumer);
        session.commit();
        rig.takeNumbers(consumer, 0, 10);
    }

    @Case
    static void acksCountAtCommit(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 10);
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.transacted(connection);
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        rig.takeNumbers(consumer, 0, 5);
        rig.equal(10, rig.depth(rig.queue("q")), "depth before commit");
        session.commit();
        rig.equal(5, rig.depth(rig.queue("q")), "depth after commit, at once");
        rig.takeNumbers(consumer, 5, 8);
        connection.close();
        rig.takeNumbers(Rig.auto(rig.connect()).createConsumer(rig.queue("q")), 5, 10);
    }

    /** Move messages from one queue to another: both sides happen or neither. */
    @Case
    static void sendsAndAcksTogether(Rig rig) throws Exception {
        rig.fill(rig.queue("in"), 0, 10);
        Session session = Rig.transacted(rig.connect(NO_DELAY));
        MessageConsumer consumer = session.createConsumer(rig.queue("in"));
        MessageProducer producer = session.createProducer(rig.queue("out"));
        for (int round = 0; round < 2; round++) {
            for (int n = 0; n < 5; n++) {
                rig.takeNumber(consumer, n);
                producer.send(rig.numbered(session, n));
            }
            if (round == 0) {
                session.rollback();
                rig.equal(0, rig.depth(rig.queue("out")), "nothing sent by a rollback");
            }
        }
        session.commit();
        rig.equal(5, rig.depth(rig.queue("in")), "left");
        rig.equal(5, rig.depth(rig.queue("out")), "moved");
    }

    @Case
    static void parallelTransactionsOfOneConnection(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        List<Session> sessions = new ArrayList<>();
        for (int n = 0; n < 5; n++) sessions.add(Rig.transacted(connection));
        for (int n = 0; n < 5; n++) {
            sessions.get(n).createProducer(rig.queue("q")).send(rig.numbered(sessions.get(n), n));
        }
        sessions.get(1).rollback();
        sessions.get(4).commit();
        sessions.get(0).commit();
        sessions.get(3).rollback();
        sessions.get(2).commit();
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        for (int n : new int[] {4, 0, 2}) rig.takeNumber(consumer, n);
        rig.none(consumer);
    }

    @Case(variants = {"close", "cut"})
    static void connectionLostIsRollback(Rig rig, String how) throws Exception {
        rig.fill(rig.queue("in"), 0, 3);
        Proxy proxy = rig.proxy();
        ActiveMQConnection connection = rig.connectTo(proxy.url());
        Session session = Rig.transacted(connection);
        rig.takeNumbers(session.createConsumer(rig.queue("in")), 0, 3);
        session.createProducer(rig.queue("out")).send(rig.numbered(session, 0));
        // A second, auto-acknowledged send on the same connection proves that the transacted one has arrived.
        Session second = Rig.auto(connection);
        second.createProducer(rig.queue("proof")).send(rig.numbered(second, 0));
        if (how.equals("close")) connection.close();
        else proxy.cut();
        Session after = Rig.auto(rig.connect());
        MessageConsumer consumer = after.createConsumer(rig.queue("in"));
        for (int n = 0; n < 3; n++) rig.equal(true, rig.takeNumber(consumer, n).getJMSRedelivered(), "redelivered");
        rig.none(after.createConsumer(rig.queue("out")));
    }

    @Case
    static void closingTheSessionIsRollback(Rig rig) throws Exception {
        rig.fill(rig.queue("in"), 0, 3);
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.transacted(connection);
        rig.takeNumbers(session.createConsumer(rig.queue("in")), 0, 3);
        session.createProducer(rig.queue("out")).send(rig.numbered(session, 0));
        session.close();
        Session after = Rig.auto(connection);
        rig.takeNumbers(after.createConsumer(rig.queue("in")), 0, 3);
        rig.none(after.createConsumer(rig.queue("out")));
    }

    /** A send that fails inside the transaction is told at once; the commit fails; the session works on. */
    @Case
    static void failedSendFailsTheCommit(Rig rig) throws Exception {
        ActiveMQConnection owner = rig.connect();
        TemporaryQueue gone = Rig.auto(owner).createTemporaryQueue();
        ActiveMQConnection connection = rig.connect("jms.watchTopicAdvisories=false");
        Session session = Rig.transacted(connection);
        MessageProducer producer = session.createProducer(null);
        gone.delete();
        producer.send(rig.queue("q"), rig.numbered(session, 0));
        producer.send(gone, rig.numbered(session, 1));
        producer.send(rig.queue("q"), rig.numbered(session, 2));
        rig.fails(JMSException.class, session::commit);
        rig.await("the connection was told", () -> !rig.asyncErrors.isEmpty());
        rig.equal(0, rig.depth(rig.queue("q")), "nothing of the failed transaction is there");
        producer.send(rig.queue("q"), rig.numbered(session, 3));
        session.commit();
        rig.equal(1, rig.depth(rig.queue("q")), "the next transaction works");
    }

    @Case
    static void emptyTransactions(Rig rig) throws Exception {
        Session session = Rig.transacted(rig.connect());
        session.commit();
        session.rollback();
        session.createConsumer(rig.queue("q"));
        session.commit();
        session.createProducer(rig.queue("q")).send(rig.numbered(session, 0));
        session.commit();
        rig.equal(1, rig.depth(rig.queue("q")), "depth");
    }

    @Case
    static void manyMessagesInOneTransaction(Rig rig) throws Exception {
        Session session = Rig.transacted(rig.connect("jms.prefetchPolicy.all=100"));
        MessageProducer producer = session.createProducer(rig.queue("q"));
        for (int n = 0; n < 3000; n++) producer.send(rig.numbered(session, n));
        session.commit();
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        rig.takeNumbers(consumer, 0, 3000);
        session.commit();
        rig.equal(0, rig.depth(rig.queue("q")), "depth");
    }

    @Case
    static void manySmallTransactions(Rig rig) throws Exception {
        Session session = Rig.transacted(rig.connect());
        MessageProducer producer = session.createProducer(rig.queue("q"));
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        for (int n = 0; n < 100; n++) {
            producer.send(rig.numbered(session, n));
            session.commit();
            rig.takeNumber(consumer, n);
            session.commit();
        }
        rig.equal(0, rig.depth(rig.queue("q")), "depth");
    }

    /** With transactedIndividualAck each message is acknowledged by itself, in the transaction. */
    @Case
    static void individualAcksInATransaction(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 20);
        ActiveMQConnection connection = rig.connect(NO_DELAY, "jms.prefetchPolicy.all=5");
        connection.setTransactedIndividualAck(true);
        Session session = Rig.transacted(connection);
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        rig.takeNumbers(consumer, 0, 12);
        session.rollback();
        rig.takeNumbers(consumer, 0, 15);
        session.commit();
        rig.equal(5, rig.depth(rig.queue("q")), "depth");
        rig.takeNumbers(consumer, 15, 20);
        session.commit();
        rig.equal(0, rig.depth(rig.queue("q")), "depth");
    }

    @Case
    static void twoConsumersInOneTransaction(Rig rig) throws Exception {
        rig.fill(rig.queue("a"), 0, 3);
        rig.fill(rig.queue("b"), 0, 3);
        Session session = Rig.transacted(rig.connect(NO_DELAY));
        MessageConsumer first = session.createConsumer(rig.queue("a"));
        MessageConsumer second = session.createConsumer(rig.queue("b"));
        rig.takeNumbers(first, 0, 2);
        rig.takeNumber(second, 0);
        session.rollback();
        rig.takeNumbers(first, 0, 3);
        rig.takeNumbers(second, 0, 2);
        session.commit();
        rig.equal(0, rig.depth(rig.queue("a")), "depth of a");
        rig.equal(1, rig.depth(rig.queue("b")), "depth of b");
    }

    @Case
    static void durableSubscriberInATransaction(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connectAs(rig.name("id"), NO_DELAY);
        Session session = Rig.transacted(connection);
        MessageConsumer consumer = session.createDurableSubscriber(rig.topic("t"), "s");
        rig.fill(rig.topic("t"), 0, 6);
        rig.takeNumbers(consumer, 0, 4);
        session.rollback();
        rig.takeNumbers(consumer, 0, 3);
        session.commit();
        session.close();
        Session after = Rig.auto(connection);
        MessageConsumer again = after.createDurableSubscriber(rig.topic("t"), "s");
        rig.takeNumbers(again, 3, 6);
        rig.none(again);
        again.close();
        after.unsubscribe("s");
    }

    @Case
    static void transactedListener(Rig rig) throws Exception {
        rig.fill(rig.queue("in"), 0, 20);
        Session session = Rig.transacted(rig.connect());
        MessageProducer producer = session.createProducer(rig.queue("out"));
        List<Throwable> faults = new ArrayList<>();
        session.createConsumer(rig.queue("in")).setMessageListener(message -> {
            try {
                producer.send(rig.numbered(session, message.getIntProperty("n")));
                session.commit();
            } catch (JMSException fault) {
                faults.add(fault);
            }
        });
        MessageConsumer out = Rig.auto(rig.connect()).createConsumer(rig.queue("out"));
        rig.takeNumbers(out, 0, 20);
        rig.check(faults.isEmpty(), "no faults: " + faults);
        rig.awaitDepth(rig.queue("in"), 0);
    }

    /** What a transaction sends is not seen by its own consumer before the commit. */
    @Case
    static void ownSendsAreInvisibleToo(Rig rig) throws Exception {
        Session session = Rig.transacted(rig.connect());
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        session.createProducer(rig.queue("q")).send(rig.numbered(session, 0));
        Message early = consumer.receive(Rig.QUIET_MS);
        rig.check(early == null, "invisible");
        session.commit();
        rig.takeNumber(consumer, 0);
        session.commit();
    }

    @Case
    static void wildcardConsumerInATransaction(Rig rig) throws Exception {
        for (int n = 0; n < 4; n++) rig.fill(rig.queue("w." + n), n, n + 1);
        Session session = Rig.transacted(rig.connect(NO_DELAY));
        MessageConsumer consumer = session.createConsumer(new ActiveMQQueue(rig.name("w.*")));
        for (int round = 0; round < 2; round++) {
            for (int n = 0; n < 4; n++) rig.take(consumer);
            if (round == 0) session.rollback();
        }
        session.commit();
        for (int n = 0; n < 4; n++) rig.equal(0, rig.depth(rig.queue("w." + n)), "depth");
    }
}
