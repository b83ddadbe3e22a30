import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;

/** JMS 1.1 sections 3.6 and 4.4.11 to 4.4.13: acknowledgement, recovery, duplicates. */
final class JmsAckTests {
    private JmsAckTests() {}

    @Case(variants = {"receive", "listener"}, jms = "4.4.11",
        states = "AUTO_ACKNOWLEDGE: each message is acknowledged when {} has returned")
    static void auto(Rig rig, String how) throws Exception {
        rig.fill(rig.queue("q"), 0, 5);
        ActiveMQConnection connection = rig.connect();
        MessageConsumer consumer = Rig.auto(connection).createConsumer(rig.queue("q"));
        if (how.equals("receive")) {
            rig.takeNumbers(consumer, 0, 5);
        } else {
            AtomicInteger heard = new AtomicInteger();
            consumer.setMessageListener(message -> heard.incrementAndGet());
            rig.await("all are heard", () -> heard.get() == 5);
        }
        connection.close();
        rig.awaitDepth(rig.queue("q"), 0);
    }

    @Case(jms = "4.4.11",
        states = "DUPS_OK_ACKNOWLEDGE: what was received is acknowledged, lazily, at the latest by an orderly close")
    static void dupsOk(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 50);
        ActiveMQConnection connection = rig.connect();
        Session session = connection.createSession(false, Session.DUPS_OK_ACKNOWLEDGE);
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        rig.takeNumbers(consumer, 0, 20);
        consumer.close();
        connection.close();
        MessageConsumer rest = Jms.session(rig).createConsumer(rig.queue("q"));
        rig.takeNumbers(rest, 20, 50);
    }

    @Case(variants = {"queue", "durable"}, jms = "4.4.11",
        states = "CLIENT_ACKNOWLEDGE: what is not acknowledged is delivered again ({})")
    static void clientWithout(Rig rig, String kind) throws Exception {
        for (int round = 0; round < 2; round++) {
            ActiveMQConnection connection = rig.connectAs(rig.name("id"));
            Session session = Rig.client(connection);
            MessageConsumer consumer = kind.equals("queue") ? session.createConsumer(rig.queue("d"))
                : session.createDurableSubscriber(rig.topic("d"), "s");
            if (round == 0) rig.fill(kind.equals("queue") ? rig.queue("d") : rig.topic("d"), 0, 3);
            for (int n = 0; n < 3; n++) {
                Message message = rig.takeNumber(consumer, n);
                rig.equal(round > 0, message.getJMSRedelivered(), n + " redelivered");
            }
            connection.close();
        }
    }

    @Case(jms = "3.6",
        states = "acknowledge of one message acknowledges all the session has received, of all its consumers")
    static void acknowledgeIsForTheSession(Rig rig) throws Exception {
        rig.fill(rig.queue("a"), 0, 3);
        rig.fill(rig.queue("b"), 0, 3);
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.client(connection);
        MessageConsumer first = session.createConsumer(rig.queue("a"));
        MessageConsumer second = session.createConsumer(rig.queue("b"));
        rig.takeNumbers(first, 0, 3);
        rig.takeNumbers(second, 0, 2);
        rig.takeNumber(second, 2).acknowledge();
        connection.close();
        rig.awaitDepth(rig.queue("a"), 0);
        rig.awaitDepth(rig.queue("b"), 0);
    }

    @Case(jms = "3.6", states = "acknowledge of an earlier message covers the later ones that were received, too")
    static void acknowledgeOfAnEarlierOne(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 4);
        ActiveMQConnection connection = rig.connect();
        MessageConsumer consumer = Rig.client(connection).createConsumer(rig.queue("q"));
        Message first = rig.takeNumber(consumer, 0);
        rig.takeNumbers(consumer, 1, 3);
        first.acknowledge();
        connection.close();
        rig.takeNumber(Jms.session(rig).createConsumer(rig.queue("q")), 3);
    }

    @Case(jms = "3.6", states = "acknowledge leaves what another session has received alone")
    static void acknowledgeIsNotForOtherSessions(Rig rig) throws Exception {
        rig.fill(rig.queue("a"), 0, 1);
        rig.fill(rig.queue("b"), 0, 1);
        ActiveMQConnection connection = rig.connect();
        rig.takeNumber(Rig.client(connection).createConsumer(rig.queue("a")), 0);
        rig.takeNumber(Rig.client(connection).createConsumer(rig.queue("b")), 0).acknowledge();
        connection.close();
        rig.awaitDepth(rig.queue("b"), 0);
        rig.awaitDepth(rig.queue("a"), 1);
    }

    @Case(variants = {"auto", "transacted"}, jms = "3.6", states = "acknowledge is ignored in a session that is {}")
    static void acknowledgeIsIgnored(Rig rig, String kind) throws Exception {
        rig.fill(rig.queue("q"), 0, 2);
        ActiveMQConnection connection = rig.connect();
        Session session = kind.equals("auto") ? Rig.auto(connection) : Rig.transacted(connection);
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        rig.takeNumber(consumer, 0).acknowledge();
        rig.takeNumber(consumer, 1).acknowledge();
        if (kind.equals("transacted")) session.rollback();
        connection.close();
        rig.awaitDepth(rig.queue("q"), kind.equals("auto") ? 0 : 2);
    }

    @Case(jms = "3.6",
        states = "A client may acknowledge message by message or several at a time; a second time does no harm")
    static void acknowledgeTwice(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 3);
        ActiveMQConnection connection = rig.connect();
        MessageConsumer consumer = Rig.client(connection).createConsumer(rig.queue("q"));
        for (int n = 0; n < 2; n++) {
            Message message = rig.takeNumber(consumer, n);
            message.acknowledge();
            message.acknowledge();
        }
        connection.close();
        rig.takeNumber(Jms.session(rig).createConsumer(rig.queue("q")), 2);
    }

    @Case(jms = "4.4.11",
        states = "recover goes back to the first message not acknowledged: all again, in order, flagged")
    static void recover(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 5);
        Session session = Rig.client(rig.connect());
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        rig.takeNumber(consumer, 0).acknowledge();
        rig.takeNumbers(consumer, 1, 4);
        session.recover();
        for (int n = 1; n < 5; n++) {
            rig.equal(n < 4, rig.takeNumber(consumer, n).getJMSRedelivered(), n + " redelivered");
        }
    }

    @Case(jms = "4.4.11", states = "recover is for all consumers of the session")
    static void recoverIsForTheSession(Rig rig) throws Exception {
        rig.fill(rig.queue("a"), 0, 1);
        rig.fill(rig.queue("b"), 0, 1);
        Session session = Rig.client(rig.connect());
        MessageConsumer first = session.createConsumer(rig.queue("a"));
        MessageConsumer second = session.createConsumer(rig.queue("b"));
        rig.takeNumber(first, 0);
        rig.takeNumber(second, 0);
        session.recover();
        rig.equal(true, rig.takeNumber(second, 0).getJMSRedelivered(), "redelivered");
        rig.equal(true, rig.takeNumber(first, 0).getJMSRedelivered(), "redelivered");
    }

    @Case(jms = "4.4.11", states = "recover with nothing unacknowledged changes nothing")
    static void recoverNothing(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 3);
        Session session = Rig.client(rig.connect());
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        rig.takeNumber(consumer, 0).acknowledge();
        session.recover();
        for (int n = 1; n < 3; n++) rig.equal(false, rig.takeNumber(consumer, n).getJMSRedelivered(), "redelivered");
    }

    @Case(variants = {"1", "2", "3"}, jms = "4.4.12",
        states = "What was acknowledged (mode {}) is never delivered again")
    static void acknowledgedNeverComesAgain(Rig rig, String mode) throws Exception {
        rig.fill(rig.queue("q"), 0, 40);
        for (int round = 0; round < 4; round++) {
            ActiveMQConnection connection = rig.connect();
            Session session = connection.createSession(false, Integer.parseInt(mode));
            MessageConsumer consumer = session.createConsumer(rig.queue("q"));
            Message last = null;
            for (int n = 0; n < 10; n++) last = rig.takeNumber(consumer, round * 10 + n);
            if (mode.equals("2")) last.acknowledge();
            consumer.close();
            connection.close();
        }
        rig.awaitDepth(rig.queue("q"), 0);
    }

    @Case(jms = "4.4.13", states = "What is sent once is stored once")
    static void noDuplicates(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 100);
        List<Integer> wanted = new ArrayList<>();
        for (int n = 0; n < 100; n++) wanted.add(n);
        rig.equal(wanted, Jms.drain(Jms.session(rig).createConsumer(rig.queue("q"))), "received");
    }

    @Case(jms = "4.4.12",
        states = "A message whose listener ended normally is acknowledged before the next is delivered")
    static void acknowledgedOneByOne(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 3);
        ActiveMQConnection connection = rig.connect("jms.optimizeAcknowledge=false");
        MessageConsumer consumer = Rig.auto(connection).createConsumer(rig.queue("q"));
        rig.takeNumbers(consumer, 0, 2);
        rig.awaitDepth(rig.queue("q"), 1);
        rig.takeNumber(consumer, 2);
    }
}
