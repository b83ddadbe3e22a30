import java.util.HashSet;
import java.util.Set;
import javax.jms.BytesMessage;
import javax.jms.Connection;
import javax.jms.DeliveryMode;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.ResourceAllocationException;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.command.ActiveMQDestination;

/** What a client sees of activemq.xml: the arguments are the URLs of its two connectors. */
final class ConfigCheck {
    private static final long WAIT_MS = 5000;
    private static final long SILENCE_MS = 500;
    private static int failures;

    private ConfigCheck() {}

    private interface Check {
        void run() throws Exception;
    }

    private static void check(String name, Check body) {
        try {
            body.run();
            System.out.println("ok   " + name);
        } catch (Exception | AssertionError failure) {
            failures++;
            System.out.println("FAIL " + name + ": " + failure);
        }
    }

    private static void same(Object expected, Object found) {
        if (!expected.equals(found)) throw new AssertionError("expected " + expected + ", found " + found);
    }

    private static ActiveMQConnection connect(String url) throws JMSException {
        ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(url);
        factory.getRedeliveryPolicy().setMaximumRedeliveries(1);
        factory.getRedeliveryPolicy().setInitialRedeliveryDelay(1);
        factory.getRedeliveryPolicy().setRedeliveryDelay(1);
        ActiveMQConnection connection = (ActiveMQConnection) factory.createConnection();
        connection.start();
        return connection;
    }

    private static void send(Connection connection, javax.jms.Destination to, String text, String color, int mode)
            throws JMSException {
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        MessageProducer producer = session.createProducer(to);
        producer.setDeliveryMode(mode);
        TextMessage message = session.createTextMessage(text);
        if (color != null) message.setStringProperty("color", color);
        producer.send(message);
        session.close();
    }

    private static String receive(Connection connection, String queue, long waitMs) throws JMSException {
        Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        MessageConsumer consumer = session.createConsumer(session.createQueue(queue));
        Message message = consumer.receive(waitMs);
        session.close();
        return message == null ? null : ((TextMessage) message).getText();
    }

    /** Sends a message and gives it up, so that it counts as dead. */
    private static void bury(Connection connection, String queue, int mode) throws JMSException {
        Session session = connection.createSession(true, Session.SESSION_TRANSACTED);
        send(connection, session.createQueue(queue), queue, null, mode);
        MessageConsumer consumer = session.createConsumer(session.createQueue(queue));
        for (int attempt = 0; attempt < 2; attempt++) {
            if (consumer.receive(WAIT_MS) == null) throw new AssertionError("no message in " + queue);
            session.rollback();
        }
        // The client tells the broker of the dead message when it would deliver it once more.
        if (consumer.receive(SILENCE_MS) != null) throw new AssertionError("delivered once too often from " + queue);
        session.close();
    }

    private static void noScheduler(ActiveMQConnection connection) {
        check("without a scheduler its properties pass as plain ones", () -> {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            MessageConsumer consumer = session.createConsumer(session.createQueue("LATER"));
            TextMessage message = session.createTextMessage("now");
            message.setLongProperty("AMQ_SCHEDULED_DELAY", 60_000);
            message.setStringProperty("AMQ_SCHEDULED_CRON", "0 0 1 1 *");
            session.createProducer(session.createQueue("LATER")).send(message);
            Message received = consumer.receive(WAIT_MS);
            if (received == null) throw new AssertionError("it did not come at once");
            same(60_000L, received.getLongProperty("AMQ_SCHEDULED_DELAY"));
            same("0 0 1 1 *", received.getStringProperty("AMQ_SCHEDULED_CRON"));
            session.close();
        });
    }

    private static void deadLetters(ActiveMQConnection connection) {
        check("the policy with a wildcard gives each queue its dead letter queue", () -> {
            bury(connection, "DEAD.ONE", DeliveryMode.PERSISTENT);
            same("DEAD.ONE", receive(connection, "DLQ.DEAD.ONE", WAIT_MS));
        });
        check("the most specific policy wins: dead letters are discarded", () -> {
            bury(connection, "DEAD.GONE.A", DeliveryMode.PERSISTENT);
            same("nothing", String.valueOf(receive(connection, "DLQ.DEAD.GONE.A", SILENCE_MS)).replace("null", "nothing"));
            same("nothing", String.valueOf(receive(connection, "ActiveMQ.DLQ", SILENCE_MS)).replace("null", "nothing"));
        });
        check("a shared dead letter queue of another name takes non-persistent messages", () -> {
            bury(connection, "DEAD.SHARED", DeliveryMode.NON_PERSISTENT);
            same("DEAD.SHARED", receive(connection, "Graveyard", WAIT_MS));
        });
        check("without a policy it is ActiveMQ.DLQ", () -> {
            bury(connection, "PLAIN", DeliveryMode.PERSISTENT);
            same("PLAIN", receive(connection, "ActiveMQ.DLQ", WAIT_MS));
        });
    }

    private static void destinations(ActiveMQConnection connection) {
        check("destinations exist before anybody uses them", () -> {
            Set<String> names = new HashSet<>();
            for (long end = System.currentTimeMillis() + WAIT_MS; System.currentTimeMillis() < end; Thread.sleep(50)) {
                for (ActiveMQDestination queue : connection.getDestinationSource().getQueues()) names.add(queue.getPhysicalName());
                for (ActiveMQDestination topic : connection.getDestinationSource().getTopics()) names.add(topic.getPhysicalName());
                if (names.contains("START.Q") && names.contains("START.T")) return;
            }
            throw new AssertionError("only " + names);
        });
        check("a composite queue forwards to all its targets, by selector", () -> {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            send(connection, session.createQueue("COMP.IN"), "1", "blue", DeliveryMode.PERSISTENT);
            send(connection, session.createQueue("COMP.IN"), "2", "red", DeliveryMode.PERSISTENT);
            same("1", receive(connection, "COMP.ALL", WAIT_MS));
            same("2", receive(connection, "COMP.ALL", WAIT_MS));
            same("2", receive(connection, "COMP.RED", WAIT_MS));
            same("nothing", String.valueOf(receive(connection, "COMP.IN", SILENCE_MS)).replace("null", "nothing"));
        });
        check("a virtual topic has the configured prefix", () -> {
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            MessageConsumer consumer = session.createConsumer(session.createQueue("Abo.me.News.A"));
            send(connection, session.createTopic("News.A"), "news", null, DeliveryMode.PERSISTENT);
            Message message = consumer.receive(WAIT_MS);
            same("news", message == null ? "nothing" : ((TextMessage) message).getText());
            session.close();
        });
    }

    /** Sends bodies of 100,000 bytes that are not persistent, each answered, until one is refused; how many were not. */
    private static int flood(Session session, int most) throws JMSException {
        MessageProducer producer = session.createProducer(session.createQueue("SPOOL.Q"));
        producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
        for (int sent = 0; sent < most; sent++) {
            BytesMessage message = session.createBytesMessage();
            message.writeBytes(new byte[100_000]);
            try {
                producer.send(message);
            } catch (ResourceAllocationException refused) {
                return sent;
            }
        }
        return most;
    }

    private static void temporaryUsage(String url) {
        check("tempUsage limits what is spooled, and room comes back", () -> {
            ActiveMQConnection connection = connect(url + "?jms.alwaysSyncSend=true");
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            int taken = flood(session, 200);
            // One mb in memory and three beside it, each message with what the broker adds for itself.
            if (taken < 30 || taken > 50) throw new AssertionError(taken + " messages were taken");
            send(connection, session.createQueue("SPOOL.P"), "persistent", null, DeliveryMode.PERSISTENT);
            same("persistent", receive(connection, "SPOOL.P", WAIT_MS));
            MessageConsumer consumer = session.createConsumer(session.createQueue("SPOOL.Q"));
            for (int n = 0; n < taken; n++) {
                if (consumer.receive(WAIT_MS) == null) throw new AssertionError("only " + n + " of " + taken + " came");
            }
            consumer.close();
            int again = flood(session, 20);
            same(20, again);
            connection.close();
        });
    }

    private static void connectors(ActiveMQConnection connection, String url) {
        check("the broker has its configured name", () -> same("configured", connection.getBrokerName()));
        check("a frame beyond maxFrameSize ends its connection", () -> {
            ActiveMQConnection small = connect(url);
            Session session = small.createSession(false, Session.AUTO_ACKNOWLEDGE);
            try {
                send(small, session.createQueue("BIG"), "x".repeat(200_000), null, DeliveryMode.PERSISTENT);
                throw new AssertionError("200,000 bytes were taken");
            } catch (JMSException expected) {
                // As it must be.
            } finally {
                try {
                    small.close();
                } catch (JMSException gone) {
                    // So is the connection.
                }
            }
        });
        check("maximumConnections of one connector is a limit for that connector", () -> {
            ActiveMQConnection one = connect(url);
            ActiveMQConnection two = connect(url);
            try {
                connect(url).close();
                throw new AssertionError("a third connection was served");
            } catch (JMSException expected) {
                connect(first).close();
            } finally {
                one.close();
                two.close();
            }
        });
    }

    private static String first;

    public static void main(String[] urls) throws Exception {
        first = urls[0];
        ActiveMQConnection connection = connect(urls[0]);
        noScheduler(connection);
        deadLetters(connection);
        destinations(connection);
        temporaryUsage(urls[0]);
        connectors(connection, urls[1]);
        connection.close();
        System.exit(failures == 0 ? 0 : 1);
    }
}
