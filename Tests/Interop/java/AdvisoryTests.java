import java.util.HashSet;
import java.util.Set;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import javax.jms.TemporaryQueue;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.advisory.AdvisorySupport;
import org.apache.activemq.advisory.ConsumerEventSource;
import org.apache.activemq.advisory.DestinationSource;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ActiveMQTopic;
import org.apache.activemq.command.ConnectionInfo;
import org.apache.activemq.command.ConsumerInfo;
import org.apache.activemq.command.DestinationInfo;
import org.apache.activemq.command.ProducerInfo;
import org.apache.activemq.command.RemoveInfo;

/** Advisory messages applications listen to (openwire.md 17). */
final class AdvisoryTests {
    private AdvisoryTests() {}

    interface Wanted {
        boolean matches(ActiveMQMessage advisory) throws Exception;
    }

    /** Other tests cause advisories too, so look for the one that is meant. */
    private static ActiveMQMessage find(Rig rig, MessageConsumer consumer, Wanted wanted) throws Exception {
        long end = System.nanoTime() + Rig.PATIENCE_MS * 1_000_000;
        while (System.nanoTime() < end) {
            ActiveMQMessage advisory = (ActiveMQMessage) consumer.receive(500);
            if (advisory == null || !wanted.matches(advisory)) continue;
            rig.equal("Advisory", advisory.getJMSType(), "JMSType");
            rig.equal(1, advisory.getJMSDeliveryMode(), "delivery mode");
            rig.check(advisory.getStringProperty("originBrokerId") != null, "originBrokerId");
            rig.check(advisory.getStringProperty("originBrokerName") != null, "originBrokerName");
            return advisory;
        }
        throw new AssertionError("the advisory did not come");
    }

    private static boolean names(ActiveMQMessage advisory, ActiveMQDestination destination, byte operation) {
        if (!(advisory.getDataStructure() instanceof DestinationInfo)) return false;
        DestinationInfo info = (DestinationInfo) advisory.getDataStructure();
        return info.getDestination().equals(destination) && info.getOperationType() == operation;
    }

    @Case(variants = {"Queue", "Topic"})
    static void destinationCreatedAndDestroyed(Rig rig, String kind) throws Exception {
        ActiveMQDestination destination = kind.equals("Queue") ? rig.queue("x") : rig.topic("x");
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.auto(connection);
        MessageConsumer advisories = session.createConsumer(new ActiveMQTopic("ActiveMQ.Advisory." + kind));
        MessageConsumer user = session.createConsumer(destination);
        find(rig, advisories, advisory -> names(advisory, destination, (byte) 0));
        user.close();
        rig.await("destroyed", () -> {
            try {
                connection.destroyDestination(destination);
                return true;
            } catch (javax.jms.JMSException inUse) {
                return false;
            }
        });
        find(rig, advisories, advisory -> names(advisory, destination, (byte) 1));
    }

    /** A new subscriber is told of what exists. */
    @Case(variants = {"Queue", "Topic"})
    static void destinationsAreReplayed(Rig rig, String kind) throws Exception {
        ActiveMQDestination destination = kind.equals("Queue") ? rig.queue("x") : rig.topic("x");
        Session session = Rig.auto(rig.connect());
        session.createConsumer(destination);
        MessageConsumer advisories = session.createConsumer(new ActiveMQTopic("ActiveMQ.Advisory." + kind));
        find(rig, advisories, advisory -> names(advisory, destination, (byte) 0));
    }

    @Case
    static void temporaryQueues(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        MessageConsumer advisories = session.createConsumer(new ActiveMQTopic("ActiveMQ.Advisory.TempQueue"));
        TemporaryQueue temporary = Rig.auto(rig.connect()).createTemporaryQueue();
        find(rig, advisories, advisory -> names(advisory, (ActiveMQDestination) temporary, (byte) 0));
        temporary.delete();
        find(rig, advisories, advisory -> names(advisory, (ActiveMQDestination) temporary, (byte) 1));
    }

    @Case
    static void connections(Rig rig) throws Exception {
        ActiveMQConnection before = rig.connectAs(rig.name("before"));
        Session session = Rig.auto(rig.connect());
        MessageConsumer advisories = session.createConsumer(AdvisorySupport.getConnectionAdvisoryTopic());
        find(rig, advisories, advisory -> isConnection(advisory, rig.name("before")));
        ActiveMQConnection after = rig.open(rig.url());
        after.setClientID(rig.name("after"));
        after.start();
        ActiveMQMessage advisory = find(rig, advisories, found -> isConnection(found, rig.name("after")));
        ConnectionInfo info = (ConnectionInfo) advisory.getDataStructure();
        rig.check(info.getClientIp() != null && info.getClientIp().contains("127.0.0.1"), "ip: " + info.getClientIp());
        rig.check(info.getPassword() == null || info.getPassword().isEmpty(), "no password");
        after.close();
        find(rig, advisories, found -> found.getDataStructure() instanceof RemoveInfo
            && ((RemoveInfo) found.getDataStructure()).getObjectId().equals(info.getConnectionId()));
        before.close();
    }

    private static boolean isConnection(ActiveMQMessage advisory, String clientId) {
        return advisory.getDataStructure() instanceof ConnectionInfo
            && clientId.equals(((ConnectionInfo) advisory.getDataStructure()).getClientId());
    }

    @Case(variants = {"queue", "topic"})
    static void consumersAreCounted(Rig rig, String kind) throws Exception {
        ActiveMQDestination destination = kind.equals("queue") ? rig.queue("x") : rig.topic("x");
        Session session = Rig.auto(rig.connect());
        MessageConsumer advisories =
            session.createConsumer(AdvisorySupport.getConsumerAdvisoryTopic(destination));
        MessageConsumer first = session.createConsumer(destination);
        rig.equal(1, consumers(rig, advisories, ConsumerInfo.class), "count");
        MessageConsumer second = Rig.auto(rig.connect()).createConsumer(destination);
        rig.equal(2, consumers(rig, advisories, ConsumerInfo.class), "count");
        second.close();
        rig.equal(1, consumers(rig, advisories, RemoveInfo.class), "count");
        first.close();
        rig.equal(0, consumers(rig, advisories, RemoveInfo.class), "count");
    }

    private static int consumers(Rig rig, MessageConsumer advisories, Class<?> kind) throws Exception {
        return find(rig, advisories, advisory -> kind.isInstance(advisory.getDataStructure()))
            .getIntProperty("consumerCount");
    }

    @Case
    static void consumersAreReplayed(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        session.createConsumer(rig.queue("x"));
        MessageConsumer advisories =
            session.createConsumer(AdvisorySupport.getConsumerAdvisoryTopic(rig.queue("x")));
        rig.equal(1, consumers(rig, advisories, ConsumerInfo.class), "count");
    }

    @Case
    static void producersAreCounted(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        MessageConsumer advisories =
            session.createConsumer(AdvisorySupport.getProducerAdvisoryTopic(rig.queue("x")));
        javax.jms.MessageProducer first = session.createProducer(rig.queue("x"));
        ActiveMQMessage one = find(rig, advisories, found -> found.getDataStructure() instanceof ProducerInfo);
        rig.equal(1, one.getIntProperty("producerCount"), "count");
        first.close();
        ActiveMQMessage none = find(rig, advisories, found -> found.getDataStructure() instanceof RemoveInfo);
        rig.equal(0, none.getIntProperty("producerCount"), "count");
    }

    /** The client's own helper: events with counts. */
    @Case
    static void consumerEventSource(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        ConsumerEventSource source = new ConsumerEventSource(connection, rig.queue("x"));
        Set<String> events = java.util.Collections.synchronizedSet(new HashSet<>());
        source.setConsumerListener(event -> events.add((event.isStarted() ? "+" : "-") + event.getConsumerCount()));
        source.start();
        MessageConsumer consumer = Rig.auto(connection).createConsumer(rig.queue("x"));
        rig.await("one consumer", () -> events.contains("+1"));
        consumer.close();
        rig.await("no consumer", () -> events.contains("-0"));
        source.stop();
    }

    @Case
    static void destinationSource(Rig rig) throws Exception {
        rig.fill(rig.queue("old"), 0, 1);
        ActiveMQConnection connection = rig.connect();
        DestinationSource source = connection.getDestinationSource();
        rig.await("an old queue is listed", () -> source.getQueues().contains(rig.queue("old")));
        Session session = Rig.auto(rig.connect());
        session.createConsumer(rig.queue("new"));
        session.createConsumer(rig.topic("new"));
        TemporaryQueue temporary = session.createTemporaryQueue();
        rig.await("a new queue is listed", () -> source.getQueues().contains(rig.queue("new")));
        rig.await("a new topic is listed", () -> source.getTopics().contains(rig.topic("new")));
        rig.await("a temporary queue is listed", () -> source.getTemporaryQueues().contains(temporary));
        temporary.delete();
        rig.await("and goes", () -> !source.getTemporaryQueues().contains(temporary));
        source.stop();
    }

    @Case
    static void expiredMessages(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        MessageConsumer advisories =
            session.createConsumer(AdvisorySupport.getExpiredMessageTopic((javax.jms.Destination) rig.queue("q")));
        javax.jms.MessageProducer producer = session.createProducer(rig.queue("q"));
        producer.send(rig.numbered(session, 0), 1, 4, 100);
        Thread.sleep(300);
        session.createConsumer(rig.queue("q"));
        ActiveMQMessage advisory = find(rig, advisories, found -> true);
        rig.check(advisory.getStringProperty("orignalMessageId") != null, "orignalMessageId");
    }
}
