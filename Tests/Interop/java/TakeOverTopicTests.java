import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.jms.InvalidDestinationException;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.TemporaryQueue;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.advisory.AdvisorySupport;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTopic;
import org.apache.activemq.command.DestinationInfo;

/** The master is killed in the middle: durable subscriptions, destinations of all kinds, advisories. */
final class TakeOverTopicTests {
    private TakeOverTopicTests() {}

    /** What is published before, through and after the kill waits for the subscriber that was never there. */
    @Case(configured = true, control = true, alone = true, limit = 60, variants = {"all", "selector"})
    static void offlineSubscription(Rig rig, String kind) throws Exception {
        Pair pair = new Pair(rig);
        String selector = kind.equals("all") ? null : "n >= 40 AND n < 120";
        ActiveMQConnection owner = pair.connectAs(rig.name("id"));
        Rig.auto(owner).createDurableSubscriber(rig.topic("t"), "s", selector, false).close();
        owner.close();
        pair.fillThroughKill(rig.topic("t"), 0, 150, 70);
        Session session = Rig.auto(pair.connectAs(rig.name("id")));
        MessageConsumer durable = session.createDurableSubscriber(rig.topic("t"), "s", selector, false);
        pair.exactly(durable, kind.equals("all") ? Pair.range(0, 150) : Pair.range(40, 120));
        durable.close();
        session.unsubscribe("s");
    }

    /** A subscriber that listens through the kill misses nothing; only flagged repeats. */
    @Case(configured = true, control = true, alone = true, limit = 60)
    static void onlineSubscription(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        Session session = Rig.auto(pair.connectAs(rig.name("id")));
        MessageConsumer durable = session.createDurableSubscriber(rig.topic("t"), "s");
        pair.fillThroughKill(rig.topic("t"), 0, 150, 70);
        pair.exactly(durable, Pair.range(0, 150));
        durable.close();
        session.unsubscribe("s");
    }

    /** A subscription that is deleted stays so; one in use is in use again; its backlog is its own. */
    @Case(configured = true, control = true, alone = true, limit = 60)
    static void subscriptionsOfOneClient(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        ActiveMQConnection owner = pair.connectAs(rig.name("id"));
        Session session = Rig.auto(owner);
        session.createDurableSubscriber(rig.topic("t"), "gone").close();
        MessageConsumer used = session.createDurableSubscriber(rig.topic("t"), "used");
        pair.fill(rig.topic("t"), 0, 10);
        pair.exactly(used, Pair.range(0, 10));
        session.unsubscribe("gone");
        pair.killAndStart();
        Pair.back(owner);
        rig.fails(InvalidDestinationException.class, () -> session.unsubscribe("gone"));
        rig.fails(JMSException.class, () -> session.createDurableSubscriber(rig.topic("t"), "used"));
        rig.fails(JMSException.class, () -> session.unsubscribe("used"));
        MessageConsumer fresh = session.createDurableSubscriber(rig.topic("t"), "gone");
        pair.fill(rig.topic("t"), 10, 20);
        pair.exactly(used, Pair.range(10, 20));
        pair.exactly(fresh, Pair.range(10, 20));
        for (MessageConsumer consumer : Arrays.asList(used, fresh)) consumer.close();
        session.unsubscribe("gone");
        session.unsubscribe("used");
    }

    /** A changed selector starts the subscription anew, also over a kill. */
    @Case(configured = true, control = true, alone = true, limit = 60)
    static void changedSubscription(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        Session session = Rig.auto(pair.connectAs(rig.name("id")));
        session.createDurableSubscriber(rig.topic("t"), "s", "n < 5", false).close();
        pair.fill(rig.topic("t"), 0, 10);
        pair.killAndStart();
        session.createDurableSubscriber(rig.topic("t"), "s", "n >= 5", false).close();
        pair.fill(rig.topic("t"), 0, 10);
        pair.killAndStart();
        MessageConsumer durable = session.createDurableSubscriber(rig.topic("t"), "s", "n >= 5", false);
        pair.exactly(durable, Pair.range(5, 10));
        durable.close();
        session.unsubscribe("s");
    }

    /** Consumers of patterns get what is sent to queues they knew and to new ones. */
    @Case(configured = true, control = true, alone = true, limit = 60)
    static void wildcards(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        MessageConsumer one = Rig.auto(pair.connect()).createConsumer(rig.queue("w.*"));
        MessageConsumer deep = Rig.auto(pair.connect()).createConsumer(rig.queue("d.>"));
        ActiveMQConnection listener = pair.connect();
        MessageConsumer topics = Rig.auto(listener).createConsumer(rig.topic("t.*"));
        pair.fillThroughKill(rig.queue("w.a"), 0, 40, 20);
        pair.exactly(one, Pair.range(0, 40));
        pair.fill(rig.queue("w.new"), 40, 45);
        pair.exactly(one, Pair.range(40, 45));
        pair.fill(rig.queue("d.a.b"), 0, 5);
        pair.fill(rig.queue("d"), 5, 10);
        pair.exactly(deep, Pair.range(0, 10));
        Pair.back(listener);
        pair.fill(rig.topic("t.new"), 0, 5);
        pair.exactly(topics, Pair.range(0, 5));
    }

    /** All parts of a composite destination have the same, all of it. */
    @Case(configured = true, control = true, alone = true, limit = 60)
    static void compositeSends(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        ActiveMQConnection owner = pair.connectAs(rig.name("id"));
        Session session = Rig.auto(owner);
        MessageConsumer durable = session.createDurableSubscriber(rig.topic("c"), "s");
        ActiveMQQueue both = new ActiveMQQueue(rig.name("a") + "," + rig.name("b") + ",topic://" + rig.name("c"));
        pair.fillThroughKill(both, 0, 100, 50);
        rig.equal(Pair.range(0, 100), pair.browse(rig.queue("a")), "a");
        rig.equal(Pair.range(0, 100), pair.browse(rig.queue("b")), "b");
        pair.exactly(durable, Pair.range(0, 100));
        durable.close();
        session.unsubscribe("s");
    }

    /** The same for a composite queue of the configuration, with a filter. */
    @Case(configured = true, control = true, alone = true, limit = 60)
    static void compositeQueue(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        String name = "IT.TakeOverTopic.COMPOSITE";
        pair.fillThroughKill(new ActiveMQQueue(name), 0, 100, 50);
        Session session = Rig.auto(pair.connect());
        pair.exactly(session.createConsumer(new ActiveMQQueue(name + ".ALL")), Pair.range(0, 100));
        pair.exactly(session.createConsumer(new ActiveMQQueue(name + ".SOME")), Pair.range(5, 100));
        rig.equal(List.of(), pair.browse(new ActiveMQQueue(name)), "it forwards only");
    }

    /** Each group's queue of a virtual topic has everything; with selectorAware only what its consumers select. */
    @Case(configured = true, control = true, alone = true, limit = 60)
    static void virtualTopics(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        String news = "VirtualTopic." + rig.name("news");
        String choosy = "Choosy." + rig.name("news");
        Session session = Rig.auto(pair.connect());
        MessageConsumer first = session.createConsumer(new ActiveMQQueue("Consumer.A." + news));
        session.createConsumer(new ActiveMQQueue("Consumer.B." + news)).close();
        MessageConsumer some = session.createConsumer(new ActiveMQQueue("Taker.A." + choosy), "n >= 80");
        pair.fillThroughKill(new ActiveMQTopic(news), 0, 100, 50);
        pair.exactly(first, Pair.range(0, 100));
        pair.exactly(session.createConsumer(new ActiveMQQueue("Consumer.B." + news)), Pair.range(0, 100));
        pair.fillThroughKill(new ActiveMQTopic(choosy), 0, 100, 90);
        pair.exactly(some, Pair.range(80, 100));
    }

    /** A mirrored queue keeps its messages, and its mirror's durable subscriber gets them all, too. */
    @Case(configured = true, control = true, alone = true, limit = 60)
    static void mirroredQueue(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        pair.fill(rig.queue("q"), 0, 1);
        Session session = Rig.auto(pair.connectAs(rig.name("id")));
        ActiveMQTopic mirror = new ActiveMQTopic("Mirror." + rig.name("q"));
        MessageConsumer durable = session.createDurableSubscriber(mirror, "s");
        pair.fillThroughKill(rig.queue("q"), 1, 100, 50);
        pair.exactly(durable, Pair.range(1, 100));
        pair.exactly(Rig.auto(pair.connect()).createConsumer(rig.queue("q")), Pair.range(0, 100));
        durable.close();
        session.unsubscribe("s");
    }

    /** The client makes its temporary queue again; requests that come after the kill are answered. */
    @Case(configured = true, control = true, alone = true, limit = 60)
    static void temporaryQueues(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        Session server = Rig.auto(pair.connect());
        MessageProducer replies = server.createProducer(null);
        server.createConsumer(rig.queue("service")).setMessageListener(request -> {
            try {
                replies.send(request.getJMSReplyTo(), rig.numbered(server, request.getIntProperty("n")));
            } catch (JMSException fault) {
                rig.asyncErrors.add(fault);
            }
        });
        ActiveMQConnection connection = pair.connect();
        Session client = Rig.auto(connection);
        TemporaryQueue mine = client.createTemporaryQueue();
        MessageConsumer answers = client.createConsumer(mine);
        MessageProducer requests = client.createProducer(rig.queue("service"));
        for (int n = 0; n < 20; n++) {
            if (n == 10) {
                pair.killAndStart();
                Pair.back(connection);
            }
            javax.jms.Message request = rig.numbered(client, n);
            request.setJMSReplyTo(mine);
            requests.send(request);
            rig.takeNumber(answers, n);
        }
        rig.check(rig.asyncErrors.isEmpty(), "errors: " + rig.asyncErrors);
        connection.close();
        rig.await("it is gone with its connection", () -> {
            try {
                server.createProducer(mine).send(server.createMessage());
                return false;
            } catch (JMSException gone) {
                return true;
            }
        });
    }

    private static void hear(MessageConsumer consumer, AtomicInteger heard, String part) throws JMSException {
        consumer.setMessageListener(message -> {
            if (String.valueOf(((ActiveMQMessage) message).getDataStructure()).contains(part)) heard.incrementAndGet();
        });
    }

    /** Listeners to advisories hear of what happens after the take-over, as before it. */
    @Case(configured = true, control = true, alone = true, limit = 60)
    static void advisories(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        ActiveMQDestination queue = rig.queue("q");
        ActiveMQConnection connection = pair.connect();
        List<AtomicInteger> heard = new ArrayList<>();
        for (ActiveMQTopic topic : List.of(AdvisorySupport.getConsumerAdvisoryTopic(queue),
            AdvisorySupport.getProducerAdvisoryTopic(queue), AdvisorySupport.getConnectionAdvisoryTopic())) {
            AtomicInteger count = new AtomicInteger();
            heard.add(count);
            boolean connections = topic.equals(AdvisorySupport.getConnectionAdvisoryTopic());
            hear(Rig.auto(connection).createConsumer(topic), count, connections ? rig.name("id") : rig.name("q"));
        }
        AtomicInteger destinations = new AtomicInteger();
        Rig.auto(connection).createConsumer(AdvisorySupport.getDestinationAdvisoryTopic(rig.queue("fresh")))
            .setMessageListener(message -> {
                Object what = ((ActiveMQMessage) message).getDataStructure();
                boolean added = what instanceof DestinationInfo && ((DestinationInfo) what).isAddOperation();
                if (added && what.toString().contains(rig.name("fresh"))) destinations.incrementAndGet();
            });
        for (int round = 0; round < 2; round++) {
            List<Integer> before = new ArrayList<>();
            for (AtomicInteger count : heard) before.add(count.get());
            int known = destinations.get();
            ActiveMQConnection other = pair.connectAs(rig.name("id") + round);
            Session session = Rig.auto(other);
            session.createConsumer(queue);
            session.createProducer(queue);
            pair.fill(rig.queue("fresh" + round), 0, 1);
            for (int at = 0; at < heard.size(); at++) {
                int of = at;
                rig.await("advisory " + of + " in round " + round, () -> heard.get(of).get() > before.get(of));
            }
            rig.await("a destination's advisory in round " + round, () -> destinations.get() > known);
            other.close();
            if (round == 0) {
                pair.killAndStart();
                Pair.back(connection);
            }
        }
    }
}
