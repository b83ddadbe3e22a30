import java.util.ArrayList;
import java.util.List;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTopic;

/** Queues and topics, wildcards, composites, options in names (openwire.md 8.2, 13.8). */
final class DestinationTests {
    private DestinationTests() {}

    @Case
    static void queueKeepsUntilConsumed(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 20);
        Session session = Rig.auto(rig.connect());
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        rig.takeNumbers(consumer, 0, 20);
        rig.none(consumer);
    }

    @Case
    static void topicReachesEverySubscriberAndKeepsNothing(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        rig.fill(rig.topic("t"), 0, 3);
        List<MessageConsumer> consumers = new ArrayList<>();
        for (int n = 0; n < 10; n++) consumers.add(Rig.auto(connection).createConsumer(rig.topic("t")));
        rig.fill(rig.topic("t"), 3, 8);
        for (MessageConsumer consumer : consumers) rig.takeNumbers(consumer, 3, 8);
        rig.none(consumers.get(0));
    }

    @Case
    static void queueAndTopicOfOneNameAreDistinct(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        MessageConsumer queue = session.createConsumer(rig.queue("x"));
        MessageConsumer topic = session.createConsumer(rig.topic("x"));
        rig.fill(rig.queue("x"), 0, 1);
        rig.fill(rig.topic("x"), 1, 2);
        rig.takeNumber(queue, 0);
        rig.takeNumber(topic, 1);
        rig.none(queue);
        rig.none(topic);
    }

    @Case
    static void namesAreCaseSensitive(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        rig.fill(rig.queue("case"), 0, 1);
        rig.none(session.createConsumer(rig.queue("CASE")));
        rig.takeNumber(session.createConsumer(rig.queue("case")), 0);
    }

    @Case(variants = {"with space", "\u00fc\u65e5\ud83d\ude00", "a/b:c;d", "'quoted\"", "100%", "-_=+!@#$&()"})
    static void oddNames(Rig rig, String odd) throws Exception {
        ActiveMQQueue queue = rig.queue(odd);
        rig.fill(queue, 0, 2);
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(queue);
        rig.equal(queue, rig.takeNumber(consumer, 0).getJMSDestination(), "destination");
        rig.takeNumber(consumer, 1);
    }

    /** Sends to `sent` and checks whether a consumer on `pattern` gets it. */
    @Case(variants = {"a.* a.b yes", "a.* a no", "a.* a.b.c no", "*.b a.b yes", "*.b a.c no", "a.> a yes",
        "a.> a.b yes", "a.> a.b.c yes", "a.> b.a no",
        "a.*.c a.b.c yes", "a.*.c a.b.d no", "*.* a.b yes", "a.*.> a.b yes",
        "a.*.> a no", "> x yes"})
    static void wildcards(Rig rig, String variant) throws Exception {
        String[] part = variant.split(" ");
        Session session = Rig.auto(rig.connect());
        for (boolean topic : new boolean[] {true, false}) {
            ActiveMQDestination pattern = topic ? rig.topic(part[0]) : rig.queue(part[0]);
            ActiveMQDestination sent = topic ? rig.topic(part[1]) : rig.queue(part[1]);
            MessageConsumer consumer = session.createConsumer(pattern);
            rig.fill(sent, 0, 1);
            if (part[2].equals("yes")) {
                Message message = rig.takeNumber(consumer, 0);
                rig.equal(sent, message.getJMSDestination(), "destination is the concrete one");
            } else {
                rig.none(consumer);
            }
            consumer.close();
        }
    }

    @Case
    static void wildcardConsumerJoinsExistingAndNewQueues(Rig rig) throws Exception {
        rig.fill(rig.queue("w.old"), 0, 1);
        ActiveMQConnection connection = rig.connect();
        MessageConsumer consumer = Rig.auto(connection).createConsumer(rig.queue("w.*"));
        rig.takeNumber(consumer, 0);
        rig.fill(rig.queue("w.new"), 1, 2);
        rig.takeNumber(consumer, 1);
        rig.fill(rig.queue("w.old"), 2, 3);
        rig.takeNumber(consumer, 2);
    }

    /** One window over all queues that match: prefetch 1 with client acknowledgement holds at one message. */
    @Case
    static void wildcardConsumerAcknowledgesAcrossQueues(Rig rig) throws Exception {
        for (int n = 0; n < 4; n++) rig.fill(rig.queue("w." + n), n, n + 1);
        Session session = Rig.client(rig.connect());
        MessageConsumer consumer = session.createConsumer(rig.queue("w.*"));
        Message last = null;
        for (int n = 0; n < 4; n++) last = rig.take(consumer);
        last.acknowledge();
        session.close();
        for (int n = 0; n < 4; n++) rig.awaitDepth(rig.queue("w." + n), 0);
    }

    @Case
    static void compositeSend(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        MessageConsumer first = session.createConsumer(rig.queue("c1"));
        MessageConsumer second = session.createConsumer(rig.queue("c2"));
        MessageConsumer topic = session.createConsumer(rig.topic("c3"));
        ActiveMQQueue composite =
            new ActiveMQQueue(rig.name("c1") + "," + rig.name("c2") + ",topic://" + rig.name("c3"));
        Message sent = rig.numbered(session, 0);
        session.createProducer(composite).send(sent);
        for (MessageConsumer consumer : List.of(first, second, topic)) {
            ActiveMQMessage got = (ActiveMQMessage) rig.takeNumber(consumer, 0);
            rig.equal(sent.getJMSMessageID(), got.getJMSMessageID(), "message id");
            rig.check(!got.getDestination().isComposite(), "destination is an element: " + got.getDestination());
            rig.equal(composite, got.getOriginalDestination(), "original destination");
        }
        rig.none(first);
    }

    @Case
    static void compositeSendInTransaction(Rig rig) throws Exception {
        Session session = Rig.transacted(rig.connect());
        ActiveMQQueue composite = new ActiveMQQueue(rig.name("c1") + "," + rig.name("c2"));
        MessageProducer producer = session.createProducer(composite);
        producer.send(rig.numbered(session, 0));
        session.rollback();
        producer.send(rig.numbered(session, 1));
        session.commit();
        for (String element : List.of("c1", "c2")) {
            MessageConsumer consumer = session.createConsumer(rig.queue(element));
            rig.takeNumber(consumer, 1);
            rig.none(consumer);
        }
        session.commit();
    }

    @Case
    static void compositeConsumer(Rig rig) throws Exception {
        rig.fill(rig.queue("c1"), 0, 1);
        rig.fill(rig.queue("c2"), 1, 2);
        Session session = Rig.auto(rig.connect());
        MessageConsumer consumer = session.createConsumer(new ActiveMQQueue(rig.name("c1") + "," + rig.name("c2")));
        List<Integer> seen = new ArrayList<>();
        for (int n = 0; n < 2; n++) seen.add(rig.take(consumer).getIntProperty("n"));
        rig.check(seen.contains(0) && seen.contains(1), "both elements served: " + seen);
        rig.fill(rig.queue("c2"), 5, 6);
        rig.takeNumber(consumer, 5);
    }

    @Case
    static void compositeTopicConsumer(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        MessageConsumer consumer = session.createConsumer(new ActiveMQTopic(rig.name("c1") + "," + rig.name("c2")));
        rig.fill(rig.topic("c1"), 0, 1);
        rig.takeNumber(consumer, 0);
        rig.fill(rig.topic("c2"), 1, 2);
        rig.equal(rig.topic("c2"), rig.takeNumber(consumer, 1).getJMSDestination(), "destination");
    }

    @Case
    static void consumerOptionsInTheName(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        rig.fill(rig.queue("q"), 0, 4);
        Session session = Rig.auto(connection);
        MessageConsumer one = session.createConsumer(new ActiveMQQueue(rig.name("q")
            + "?consumer.prefetchSize=1&consumer.priority=5&consumer.dispatchAsync=false&consumer.retroactive=true"));
        rig.takeNumber(one, 0);
        rig.takeNumber(one, 1);
        one.close();
        rig.takeNumbers(session.createConsumer(rig.queue("q")), 2, 4);
        ActiveMQQueue unknown = new ActiveMQQueue(rig.name("q") + "?consumer.no=1");
        rig.fails(JMSException.class, () -> session.createConsumer(unknown));
    }

    @Case
    static void anonymousProducer(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        MessageProducer producer = session.createProducer(null);
        rig.fails(UnsupportedOperationException.class, () -> producer.send(session.createMessage()));
        MessageConsumer topic = session.createConsumer(rig.topic("t"));
        producer.send(rig.queue("q1"), rig.numbered(session, 0));
        producer.send(rig.queue("q2"), rig.numbered(session, 1));
        producer.send(rig.topic("t"), rig.numbered(session, 2));
        rig.takeNumber(session.createConsumer(rig.queue("q1")), 0);
        rig.takeNumber(session.createConsumer(rig.queue("q2")), 1);
        rig.takeNumber(topic, 2);
    }

    @Case
    static void destroyDestination(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 3);
        ActiveMQConnection connection = rig.connect();
        MessageConsumer consumer = Rig.client(connection).createConsumer(rig.queue("q"));
        JMSException inUse = rig.fails(JMSException.class, () -> connection.destroyDestination(rig.queue("q")));
        rig.check(inUse.getMessage().contains("still has an active subscription"), inUse.getMessage());
        consumer.close();
        rig.await("the consumer is gone and the queue can be destroyed", () -> {
            try {
                connection.destroyDestination(rig.queue("q"));
                return true;
            } catch (JMSException stillThere) {
                return false;
            }
        });
        rig.none(Rig.auto(connection).createConsumer(rig.queue("q")));
        rig.fill(rig.queue("q"), 5, 6);
        rig.awaitDepth(rig.queue("q"), 1);
    }

    @Case
    static void producerAndConsumerOnSeveralConnections(Rig rig) throws Exception {
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        for (int n = 0; n < 5; n++) rig.fill(rig.queue("q"), n * 10, n * 10 + 10);
        rig.takeNumbers(consumer, 0, 50);
    }
}
