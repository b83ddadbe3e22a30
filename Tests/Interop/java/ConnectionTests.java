import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.jms.ConnectionMetaData;
import javax.jms.InvalidClientIDException;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.command.ActiveMQQueue;

/** Connection life cycle and sessions (openwire.md 9, 10). */
final class ConnectionTests {
    private ConnectionTests() {}

    @Case
    static void duplicateClientIdIsRefused(Rig rig) throws Exception {
        rig.connectAs(rig.name("id"));
        InvalidClientIDException refusal =
            rig.fails(InvalidClientIDException.class, () -> rig.connectAs(rig.name("id")));
        rig.check(refusal.getMessage().contains(rig.name("id")), "the refusal names the client id");
    }

    @Case
    static void clientIdIsFreeAfterClose(Rig rig) throws Exception {
        for (int round = 0; round < 20; round++) rig.connectAs(rig.name("id")).close();
    }

    @Case
    static void clientIdIsFreeAfterTheSocketBroke(Rig rig) throws Exception {
        Proxy proxy = rig.proxy();
        ActiveMQConnection first = rig.open(proxy.url());
        first.setClientID(rig.name("id"));
        first.start();
        proxy.cut();
        rig.await("client id can be used again", () -> {
            try {
                rig.connectAs(rig.name("id"));
                return true;
            } catch (InvalidClientIDException stillThere) {
                return false;
            }
        });
    }

    /** The refused connection leaves nothing behind: neither the id's owner nor its consumers are hurt. */
    @Case
    static void refusedClientIdHurtsNobody(Rig rig) throws Exception {
        ActiveMQConnection first = rig.connectAs(rig.name("id"));
        Session session = Rig.auto(first);
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        for (int round = 0; round < 3; round++) {
            rig.fails(InvalidClientIDException.class, () -> rig.connectAs(rig.name("id")));
        }
        rig.fill(rig.queue("q"), 0, 5);
        rig.takeNumbers(consumer, 0, 5);
    }

    @Case
    static void generatedClientIds(Rig rig) throws Exception {
        ActiveMQConnection first = rig.connect();
        ActiveMQConnection second = rig.connect();
        Rig.auto(first);
        Rig.auto(second);
        rig.check(first.getClientID() != null && !first.getClientID().equals(second.getClientID()), "ids differ");
    }

    @Case
    static void brokerInfoIsSent(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        Rig.auto(connection);
        String name = connection.getBrokerName();
        rig.check(name != null && !name.isEmpty(), "broker name known: " + name);
        rig.check(connection.getBrokerInfo().getBrokerId().getValue().length() > 0, "broker id known");
        rig.check(!connection.getBrokerInfo().isFaultTolerantConfiguration(), "no fault tolerant flag");
        ConnectionMetaData metaData = connection.getMetaData();
        rig.equal(1, metaData.getJMSMajorVersion(), "JMS version");
    }

    @Case
    static void stoppedConnectionDeliversNothing(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 3);
        ActiveMQConnection connection = rig.open(rig.url());
        MessageConsumer consumer = Rig.auto(connection).createConsumer(rig.queue("q"));
        rig.none(consumer);
        connection.start();
        rig.takeNumber(consumer, 0);
        connection.stop();
        rig.none(consumer);
        connection.start();
        rig.takeNumbers(consumer, 1, 3);
    }

    @Case
    static void closingTheConnectionFreesItsMessages(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 10);
        ActiveMQConnection first = rig.connect();
        Session session = Rig.client(first);
        rig.takeNumber(session.createConsumer(rig.queue("q")), 0);
        MessageConsumer waiting = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        rig.none(waiting);
        first.close();
        rig.takeNumbers(waiting, 0, 10);
    }

    @Case
    static void brokenSocketFreesItsMessages(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 10);
        Proxy proxy = rig.proxy();
        ActiveMQConnection first = rig.connectTo(proxy.url());
        rig.takeNumber(Rig.client(first).createConsumer(rig.queue("q")), 0);
        MessageConsumer waiting = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        rig.none(waiting);
        proxy.cut();
        rig.takeNumbers(waiting, 0, 10);
        rig.await("the client's exception listener heard of it", () -> !rig.asyncErrors.isEmpty());
    }

    @Case
    static void withoutAdvisories(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect("jms.watchTopicAdvisories=false");
        Session session = Rig.auto(connection);
        WireFormatTests.bodies(rig, session, session, rig.queue("q"));
    }

    @Case(variants = {"jms.dispatchAsync=false", "jms.alwaysSessionAsync=false", "jms.alwaysSyncSend=true",
        "jms.useAsyncSend=true", "jms.copyMessageOnSend=false", "jms.sendTimeout=5000", "jms.closeTimeout=5000",
        "jms.messagePrioritySupported=true", "jms.useDedicatedTaskRunner=true", "jms.checkForDuplicates=false",
        "jms.sendAcksAsync=false", "jms.statsEnabled=true", "jms.objectMessageSerializationDefered=true",
        "jms.nestedMapAndListEnabled=false", "jms.exclusiveConsumer=true", "jms.useRetroactiveConsumer=true"})
    static void clientOptions(Rig rig, String option) throws Exception {
        ActiveMQConnection connection = rig.connect(option);
        Session session = Rig.auto(connection);
        WireFormatTests.bodies(rig, session, session, rig.queue("q"));
        MessageConsumer consumer = session.createConsumer(rig.queue("many"));
        MessageProducer producer = session.createProducer(rig.queue("many"));
        for (int n = 0; n < 200; n++) producer.send(rig.numbered(session, n));
        rig.takeNumbers(consumer, 0, 200);
    }

    @Case(limit = 60, alone = true)
    static void manyConnections(Rig rig) throws Exception {
        ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(rig.url());
        List<ActiveMQConnection> connections = new ArrayList<>();
        List<MessageConsumer> consumers = new ArrayList<>();
        for (int n = 0; n < 200; n++) {
            ActiveMQConnection connection = rig.closing((ActiveMQConnection) factory.createConnection());
            connection.start();
            connections.add(connection);
            consumers.add(Rig.auto(connection).createConsumer(rig.queue("q" + n)));
        }
        for (int n = 0; n < 200; n++) {
            Session session = Rig.auto(connections.get(n));
            session.createProducer(rig.queue("q" + (n + 1) % 200)).send(rig.numbered(session, n));
        }
        for (int n = 0; n < 200; n++) rig.takeNumber(consumers.get((n + 1) % 200), n);
    }

    @Case
    static void manySessions(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        List<MessageConsumer> consumers = new ArrayList<>();
        for (int n = 0; n < 100; n++) consumers.add(Rig.auto(connection).createConsumer(rig.queue("q" + n)));
        Session sending = Rig.auto(connection);
        MessageProducer producer = sending.createProducer(null);
        for (int n = 0; n < 100; n++) producer.send(rig.queue("q" + n), rig.numbered(sending, n));
        for (int n = 0; n < 100; n++) rig.takeNumber(consumers.get(n), n);
    }

    /** Sessions, consumers and producers come and go on one connection from many threads. */
    @Case(limit = 60)
    static void concurrentCreateAndClose(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        List<Throwable> faults = java.util.Collections.synchronizedList(new ArrayList<>());
        CountDownLatch done = new CountDownLatch(8);
        for (int thread = 0; thread < 8; thread++) {
            ActiveMQQueue queue = rig.queue("q" + thread % 3);
            Thread worker = new Thread(() -> {
                try {
                    for (int round = 0; round < 30; round++) {
                        Session session = Rig.auto(connection);
                        MessageProducer producer = session.createProducer(queue);
                        MessageConsumer consumer = session.createConsumer(queue);
                        producer.send(rig.numbered(session, round));
                        rig.take(consumer);
                        if (round % 2 == 0) consumer.close();
                        session.close();
                    }
                } catch (Throwable fault) {
                    faults.add(fault);
                } finally {
                    done.countDown();
                }
            });
            worker.setDaemon(true);
            worker.start();
        }
        rig.check(done.await(50, TimeUnit.SECONDS), "all threads ended");
        rig.check(faults.isEmpty(), "no faults: " + faults);
        for (int n = 0; n < 3; n++) rig.awaitDepth(rig.queue("q" + n), 0);
    }

    @Case
    static void closingTwiceAndUsingAfterClose(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.auto(connection);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        connection.close();
        connection.close();
        rig.fails(JMSException.class, () -> producer.send(session.createMessage()));
        rig.fails(JMSException.class, () -> Rig.auto(connection));
    }
}
