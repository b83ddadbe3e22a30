import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTopic;

/** Virtual topics with ActiveMQ's defaults: what goes to VirtualTopic.X comes to each Consumer.NAME.VirtualTopic.X. */
final class VirtualTests {
    private VirtualTests() {}

    private static ActiveMQTopic topic(Rig rig) {
        return new ActiveMQTopic("VirtualTopic." + rig.name("t"));
    }

    private static ActiveMQQueue queue(Rig rig, String consumer) {
        return new ActiveMQQueue("Consumer." + consumer + ".VirtualTopic." + rig.name("t"));
    }

    @Case
    static void everyConsumersQueueAndTheTopicGetEverything(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.auto(connection);
        MessageConsumer subscriber = session.createConsumer(topic(rig));
        MessageConsumer one = session.createConsumer(queue(rig, "A"));
        MessageConsumer sharing = Rig.auto(rig.connect()).createConsumer(queue(rig, "B"));
        MessageConsumer other = Rig.auto(rig.connect()).createConsumer(queue(rig, "B"));
        rig.fill(topic(rig), 0, 10);
        rig.takeNumbers(subscriber, 0, 10);
        rig.takeNumbers(one, 0, 10);
        for (int n = 0; n < 10; n += 2) {
            rig.takeNumber(sharing, n);
            rig.takeNumber(other, n + 1);
        }
        rig.none(sharing);
        rig.none(other);
    }

    @Case
    static void copiesNameTheTopicTheyWereSentTo(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        MessageConsumer consumer = session.createConsumer(queue(rig, "A"));
        rig.fill(topic(rig), 0, 1);
        ActiveMQMessage message = (ActiveMQMessage) rig.take(consumer);
        rig.equal(queue(rig, "A"), message.getDestination(), "destination");
        rig.equal(topic(rig), message.getOriginalDestination(), "original destination");
    }

    @Case
    static void queuesKeepWhatComesWhileNobodyListens(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.auto(connection);
        session.createConsumer(queue(rig, "A")).close();
        rig.fill(topic(rig), 0, 5);
        rig.equal(5, rig.depth(queue(rig, "A")), "depth");
        rig.takeNumbers(session.createConsumer(queue(rig, "A")), 0, 5);
    }

    @Case
    static void transactionsReachAllQueuesAtCommit(Rig rig) throws Exception {
        Session session = Rig.transacted(rig.connect());
        Session reader = Rig.auto(rig.connect());
        MessageConsumer a = reader.createConsumer(queue(rig, "A"));
        MessageConsumer b = reader.createConsumer(queue(rig, "B"));
        MessageProducer producer = session.createProducer(topic(rig));
        for (int n = 0; n < 3; n++) producer.send(rig.numbered(session, n));
        rig.none(a);
        session.commit();
        rig.takeNumbers(a, 0, 3);
        rig.takeNumbers(b, 0, 3);
        producer.send(rig.numbered(session, 9));
        session.rollback();
        rig.none(a);
        rig.none(b);
    }

    /** The master is lost while a producer sends: no queue misses a confirmed message, none has one twice. */
    @Case(control = true, alone = true, limit = 90, variants = {"stop", "kill"})
    static void allQueuesHaveTheSameAfterATakeOver(Rig rig, String how) throws Exception {
        String url = Rig.withQuery(rig.options.failoverUrl, "maxReconnectDelay=100");
        ActiveMQConnection connection = rig.connectTo(url);
        Session session = Rig.auto(connection);
        session.createConsumer(queue(rig, "A")).close();
        session.createConsumer(queue(rig, "B")).close();
        MessageProducer producer = session.createProducer(topic(rig));
        for (int n = 0; n < 50; n++) producer.send(rig.numbered(session, n));
        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
            try {
                for (int n = 50; n < 400; n++) producer.send(rig.numbered(session, n));
            } catch (Exception fault) {
                throw new java.util.concurrent.CompletionException(fault);
            }
        });
        rig.control(how);
        rig.control("start");
        sending.get(60, TimeUnit.SECONDS);
        Session reader = Rig.auto(rig.connectTo(url));
        for (String consumer : new String[] {"A", "B"}) {
            MessageConsumer queue = reader.createConsumer(queue(rig, consumer));
            rig.takeNumbers(queue, 0, 400);
            rig.none(queue);
            queue.close();
        }
    }
}
