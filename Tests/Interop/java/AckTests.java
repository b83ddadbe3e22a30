import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQSession;
import org.apache.activemq.command.ActiveMQQueue;

/** What the acknowledgement modes remove, and when (openwire.md 11.3, 11.5). */
final class AckTests {
    private AckTests() {}

    @Case(variants = {"auto", "dups-ok", "client", "individual", "transacted"})
    static void everyModeEmptiesTheQueue(Rig rig, String mode) throws Exception {
        rig.fill(rig.queue("q"), 0, 50);
        ActiveMQConnection connection = rig.connect();
        Session session = session(connection, mode);
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        for (int n = 0; n < 50; n++) {
            Message message = rig.takeNumber(consumer, n);
            if (mode.equals("client") || mode.equals("individual")) message.acknowledge();
        }
        if (mode.equals("transacted")) session.commit();
        connection.close();
        rig.awaitDepth(rig.queue("q"), 0);
    }

    /** Read but not acknowledged: all come back in order. */
    @Case(variants = {"client", "individual", "transacted"})
    static void unacknowledgedComesBack(Rig rig, String mode) throws Exception {
        rig.fill(rig.queue("q"), 0, 20);
        ActiveMQConnection connection = rig.connect();
        rig.takeNumbers(session(connection, mode).createConsumer(rig.queue("q")), 0, 20);
        connection.close();
        MessageConsumer second = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        for (int n = 0; n < 20; n++) rig.equal(true, rig.takeNumber(second, n).getJMSRedelivered(), "redelivered");
    }

    static Session session(ActiveMQConnection connection, String mode) throws Exception {
        switch (mode) {
            case "auto": return Rig.auto(connection);
            case "dups-ok": return connection.createSession(false, Session.DUPS_OK_ACKNOWLEDGE);
            case "client": return Rig.client(connection);
            case "individual": return connection.createSession(false, ActiveMQSession.INDIVIDUAL_ACKNOWLEDGE);
            default: return Rig.transacted(connection);
        }
    }

    @Case
    static void clientAcknowledgeCoversTheSession(Rig rig) throws Exception {
        rig.fill(rig.queue("a"), 0, 5);
        rig.fill(rig.queue("b"), 0, 5);
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.client(connection);
        MessageConsumer first = session.createConsumer(rig.queue("a"));
        MessageConsumer second = session.createConsumer(rig.queue("b"));
        rig.takeNumbers(first, 0, 3);
        rig.takeNumber(second, 0);
        rig.takeNumber(second, 1).acknowledge();
        rig.takeNumber(first, 3);
        connection.close();
        Session after = Rig.auto(rig.connect());
        rig.takeNumbers(after.createConsumer(rig.queue("a")), 3, 5);
        rig.takeNumbers(after.createConsumer(rig.queue("b")), 2, 5);
    }

    @Case
    static void individualAcknowledgeInAnyOrder(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 10);
        ActiveMQConnection connection = rig.connect();
        MessageConsumer consumer = session(connection, "individual").createConsumer(rig.queue("q"));
        List<Message> messages = new ArrayList<>();
        for (int n = 0; n < 10; n++) messages.add(rig.takeNumber(consumer, n));
        for (int n : new int[] {7, 2, 9, 4}) messages.get(n).acknowledge();
        rig.awaitDepth(rig.queue("q"), 6);
        connection.close();
        MessageConsumer after = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        for (int n : new int[] {0, 1, 3, 5, 6, 8}) rig.takeNumber(after, n);
        rig.none(after);
    }

    @Case
    static void recoverRedeliversToTheSameConsumer(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 3);
        Session session = Rig.client(rig.connect("jms.redeliveryPolicy.initialRedeliveryDelay=0"));
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        rig.takeNumbers(consumer, 0, 3);
        for (int round = 1; round <= 3; round++) {
            session.recover();
            Message message = null;
            for (int n = 0; n < 3; n++) {
                message = rig.takeNumber(consumer, n);
                rig.equal(round + 1, message.getIntProperty("JMSXDeliveryCount"), "delivery count");
                rig.equal(true, message.getJMSRedelivered(), "redelivered");
            }
            if (round == 3) message.acknowledge();
        }
        rig.awaitDepth(rig.queue("q"), 0);
    }

    @Case
    static void dupsOkOnATopic(Rig rig) throws Exception {
        Session session = session(rig.connect("jms.prefetchPolicy.topicPrefetch=10"), "dups-ok");
        MessageConsumer consumer = session.createConsumer(rig.topic("t"));
        rig.fill(rig.topic("t"), 0, 200);
        rig.takeNumbers(consumer, 0, 200);
    }

    /** Acks come in ranges at 65 % of the prefetch; the rest with the close. */
    @Case(variants = {"10", "1000", "2"})
    static void optimizeAcknowledge(Rig rig, String prefetch) throws Exception {
        rig.fill(rig.queue("q"), 0, 50);
        ActiveMQConnection connection = rig.connect("jms.optimizeAcknowledge=true",
            "jms.optimizeAcknowledgeTimeOut=0", "jms.prefetchPolicy.queuePrefetch=" + prefetch);
        MessageConsumer consumer = Rig.auto(connection).createConsumer(rig.queue("q"));
        rig.takeNumbers(consumer, 0, 47);
        consumer.close();
        connection.close();
        MessageConsumer after = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        rig.takeNumbers(after, 47, 50);
        rig.none(after);
    }

    @Case
    static void optimizeAcknowledgeByTime(Rig rig) throws Exception {
        ActiveMQConnection connection =
            rig.connect("jms.optimizeAcknowledge=true", "jms.optimizedAckScheduledAckInterval=200");
        MessageConsumer consumer = Rig.auto(connection).createConsumer(rig.queue("q"));
        rig.fill(rig.queue("q"), 0, 5);
        rig.takeNumbers(consumer, 0, 5);
        rig.awaitDepth(rig.queue("q"), 0);
    }

    @Case(variants = {"auto", "client", "dups-ok", "individual"})
    static void synchronousAcks(Rig rig, String mode) throws Exception {
        rig.fill(rig.queue("q"), 0, 20);
        ActiveMQConnection connection = rig.connect("jms.sendAcksAsync=false");
        MessageConsumer consumer = session(connection, mode).createConsumer(rig.queue("q"));
        for (int n = 0; n < 20; n++) rig.takeNumber(consumer, n).acknowledge();
        rig.awaitDepth(rig.queue("q"), 0);
    }

    @Case
    static void listenerWithAutoAcknowledge(Rig rig) throws Exception {
        List<Integer> seen = Collections.synchronizedList(new ArrayList<>());
        ActiveMQConnection connection = rig.connect();
        MessageConsumer consumer = Rig.auto(connection).createConsumer(rig.queue("q"));
        consumer.setMessageListener(message -> {
            try {
                seen.add(message.getIntProperty("n"));
            } catch (javax.jms.JMSException error) {
                seen.add(-1);
            }
        });
        rig.fill(rig.queue("q"), 0, 100);
        rig.await("all delivered", () -> seen.size() == 100);
        for (int n = 0; n < 100; n++) rig.equal(n, seen.get(n), "order");
        rig.awaitDepth(rig.queue("q"), 0);
    }

    @Case
    static void listenerThatThrowsGetsTheMessageAgain(Rig rig) throws Exception {
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        ActiveMQConnection connection = rig.connect("jms.redeliveryPolicy.initialRedeliveryDelay=0");
        MessageConsumer consumer = Rig.auto(connection).createConsumer(rig.queue("q"));
        consumer.setMessageListener(message -> {
            try {
                seen.add(message.getIntProperty("n") + "/" + message.getIntProperty("JMSXDeliveryCount"));
                if (message.getIntProperty("JMSXDeliveryCount") < 3) throw new IllegalStateException("not yet");
            } catch (javax.jms.JMSException error) {
                seen.add(error.toString());
            }
        });
        rig.fill(rig.queue("q"), 0, 1);
        rig.await("three deliveries", () -> seen.size() == 3);
        rig.equal(List.of("0/1", "0/2", "0/3"), seen, "deliveries");
        rig.awaitDepth(rig.queue("q"), 0);
    }

    /** What has been acknowledged stays so when the connection goes, what has not comes back, for many small rounds. */
    @Case
    static void consumersComeAndGo(Rig rig) throws Exception {
        ActiveMQQueue queue = rig.queue("q");
        rig.fill(queue, 0, 60);
        for (int round = 0; round < 20; round++) {
            ActiveMQConnection connection = rig.connect();
            rig.takeNumbers(Rig.auto(connection).createConsumer(queue), round * 3, round * 3 + 3);
            connection.close();
        }
        rig.awaitDepth(queue, 0);
    }
}
