import javax.jms.InvalidDestinationException;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.command.ActiveMQTopic;

/** Durable topic subscriptions (openwire.md 13.1). */
final class DurableTests {
    private DurableTests() {}

    @Case
    static void accumulatesWhileOffline(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connectAs(rig.name("id"));
        MessageConsumer consumer = Rig.auto(connection).createDurableSubscriber(rig.topic("t"), "s");
        rig.fill(rig.topic("t"), 0, 5);
        rig.takeNumbers(consumer, 0, 5);
        connection.close();
        rig.fill(rig.topic("t"), 5, 30);
        ActiveMQConnection again = rig.connectAs(rig.name("id"));
        Session session = Rig.auto(again);
        MessageConsumer second = session.createDurableSubscriber(rig.topic("t"), "s");
        for (int n = 5; n < 30; n++) rig.equal(false, rig.takeNumber(second, n).getJMSRedelivered(), "redelivered");
        rig.none(second);
        second.close();
        session.unsubscribe("s");
    }

    @Case
    static void nonPersistentAccumulateToo(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connectAs(rig.name("id"));
        Session session = Rig.auto(connection);
        session.createDurableSubscriber(rig.topic("t"), "s").close();
        MessageProducer producer = session.createProducer(rig.topic("t"));
        producer.setDeliveryMode(1);
        for (int n = 0; n < 10; n++) producer.send(rig.numbered(session, n));
        MessageConsumer consumer = session.createDurableSubscriber(rig.topic("t"), "s");
        rig.takeNumbers(consumer, 0, 10);
        consumer.close();
        session.unsubscribe("s");
    }

    @Case
    static void severalSubscriptionsAreIndependent(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connectAs(rig.name("id"));
        Session session = Rig.auto(connection);
        MessageConsumer first = session.createDurableSubscriber(rig.topic("t"), "one");
        session.createDurableSubscriber(rig.topic("t"), "two").close();
        ActiveMQConnection other = rig.connectAs(rig.name("id2"));
        Session foreign = Rig.auto(other);
        foreign.createDurableSubscriber(rig.topic("t"), "one").close();
        rig.fill(rig.topic("t"), 0, 4);
        rig.takeNumbers(first, 0, 4);
        rig.takeNumbers(session.createDurableSubscriber(rig.topic("t"), "two"), 0, 4);
        rig.takeNumbers(foreign.createDurableSubscriber(rig.topic("t"), "one"), 0, 4);
        connection.close();
        other.close();
        for (String id : new String[] {"id", "id2"}) {
            Session last = Rig.auto(rig.connectAs(rig.name(id)));
            last.unsubscribe("one");
            if (id.equals("id")) last.unsubscribe("two");
        }
    }

    @Case
    static void unacknowledgedStays(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connectAs(rig.name("id"));
        Session session = Rig.client(connection);
        MessageConsumer consumer = session.createDurableSubscriber(rig.topic("t"), "s");
        rig.fill(rig.topic("t"), 0, 6);
        rig.takeNumbers(consumer, 0, 2);
        rig.takeNumber(consumer, 2).acknowledge();
        rig.takeNumber(consumer, 3);
        connection.close();
        ActiveMQConnection again = rig.connectAs(rig.name("id"));
        Session after = Rig.auto(again);
        MessageConsumer second = after.createDurableSubscriber(rig.topic("t"), "s");
        rig.takeNumbers(second, 3, 6);
        rig.none(second);
        second.close();
        after.unsubscribe("s");
    }

    @Case
    static void activeTwiceIsRefused(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connectAs(rig.name("id"));
        Session session = Rig.auto(connection);
        MessageConsumer consumer = session.createDurableSubscriber(rig.topic("t"), "s");
        JMSException refusal = rig.fails(JMSException.class,
            () -> Rig.auto(connection).createDurableSubscriber(rig.topic("t"), "s"));
        rig.check(refusal.getMessage().contains("Durable consumer is in use"), refusal.getMessage());
        rig.fill(rig.topic("t"), 0, 2);
        rig.takeNumbers(consumer, 0, 2);
        consumer.close();
        session.unsubscribe("s");
    }

    @Case
    static void unsubscribeWhileActiveFails(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connectAs(rig.name("id")));
        MessageConsumer consumer = session.createDurableSubscriber(rig.topic("t"), "s");
        JMSException refusal = rig.fails(JMSException.class, () -> session.unsubscribe("s"));
        rig.check(refusal.getMessage().contains("Durable consumer is in use"), refusal.getMessage());
        consumer.close();
        session.unsubscribe("s");
    }

    @Case
    static void unsubscribeUnknownFails(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connectAs(rig.name("id")));
        InvalidDestinationException refusal =
            rig.fails(InvalidDestinationException.class, () -> session.unsubscribe("nobody"));
        rig.check(refusal.getMessage().contains("nobody"), refusal.getMessage());
        session.createDurableSubscriber(rig.topic("t"), "s").close();
        session.unsubscribe("s");
        rig.fails(InvalidDestinationException.class, () -> session.unsubscribe("s"));
    }

    @Case
    static void unsubscribeDropsTheBacklog(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connectAs(rig.name("id")));
        session.createDurableSubscriber(rig.topic("t"), "s").close();
        rig.fill(rig.topic("t"), 0, 5);
        session.unsubscribe("s");
        MessageConsumer consumer = session.createDurableSubscriber(rig.topic("t"), "s");
        rig.none(consumer);
        rig.fill(rig.topic("t"), 5, 6);
        rig.takeNumber(consumer, 5);
        consumer.close();
        session.unsubscribe("s");
    }

    @Case
    static void selectorOfflineAndOnline(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connectAs(rig.name("id")));
        session.createDurableSubscriber(rig.topic("t"), "s", "n > 2", false).close();
        rig.fill(rig.topic("t"), 0, 6);
        MessageConsumer consumer = session.createDurableSubscriber(rig.topic("t"), "s", "n > 2", false);
        rig.takeNumbers(consumer, 3, 6);
        rig.fill(rig.topic("t"), 1, 4);
        rig.takeNumber(consumer, 3);
        rig.none(consumer);
        consumer.close();
        session.unsubscribe("s");
    }

    /** Another selector or another topic under the same name: a new subscription, the old backlog is gone. */
    @Case(variants = {"selector", "topic"})
    static void changingTheSubscriptionStartsAnew(Rig rig, String change) throws Exception {
        Session session = Rig.auto(rig.connectAs(rig.name("id")));
        session.createDurableSubscriber(rig.topic("t"), "s", "n >= 0", false).close();
        rig.fill(rig.topic("t"), 0, 5);
        ActiveMQTopic topic = change.equals("topic") ? rig.topic("other") : rig.topic("t");
        String selector = change.equals("selector") ? "n >= 1" : "n >= 0";
        MessageConsumer consumer = session.createDurableSubscriber(topic, "s", selector, false);
        rig.none(consumer);
        rig.fill(topic, 7, 9);
        rig.takeNumbers(consumer, 7, 9);
        consumer.close();
        session.unsubscribe("s");
    }

    @Case
    static void noLocal(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connectAs(rig.name("id"));
        Session session = Rig.auto(connection);
        MessageConsumer consumer = session.createDurableSubscriber(rig.topic("t"), "s", null, true);
        session.createProducer(rig.topic("t")).send(rig.numbered(session, 0));
        rig.fill(rig.topic("t"), 1, 2);
        rig.takeNumber(consumer, 1);
        rig.none(consumer);
        consumer.close();
        session.unsubscribe("s");
    }

    /** The socket breaks: the subscription stays, the messages in the client's hands come again. */
    @Case
    static void brokenSocketKeepsTheSubscription(Rig rig) throws Exception {
        Proxy proxy = rig.proxy();
        ActiveMQConnection connection = rig.open(proxy.url());
        connection.setClientID(rig.name("id"));
        connection.start();
        MessageConsumer consumer = Rig.client(connection).createDurableSubscriber(rig.topic("t"), "s");
        rig.fill(rig.topic("t"), 0, 3);
        rig.takeNumbers(consumer, 0, 3);
        proxy.cut();
        rig.fill(rig.topic("t"), 3, 5);
        Session[] after = new Session[1];
        rig.await("the client id is free", () -> {
            try {
                after[0] = Rig.auto(rig.connectAs(rig.name("id")));
                return true;
            } catch (javax.jms.InvalidClientIDException notYet) {
                return false;
            }
        });
        MessageConsumer second = after[0].createDurableSubscriber(rig.topic("t"), "s");
        rig.takeNumbers(second, 0, 5);
        second.close();
        after[0].unsubscribe("s");
    }

    @Case
    static void wildcardSubscription(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connectAs(rig.name("id")));
        rig.fill(rig.topic("w.a"), 0, 1);
        session.createDurableSubscriber(rig.topic("w.*"), "s").close();
        rig.fill(rig.topic("w.a"), 1, 2);
        MessageConsumer consumer = session.createDurableSubscriber(rig.topic("w.*"), "s");
        Message message = rig.takeNumber(consumer, 1);
        rig.equal(rig.topic("w.a"), message.getJMSDestination(), "destination");
        consumer.close();
        session.unsubscribe("s");
    }

    @Case
    static void smallPrefetchLargeBacklog(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connectAs(rig.name("id"), "jms.prefetchPolicy.all=5");
        Session session = Rig.auto(connection);
        session.createDurableSubscriber(rig.topic("t"), "s").close();
        rig.fill(rig.topic("t"), 0, 300);
        MessageConsumer consumer = session.createDurableSubscriber(rig.topic("t"), "s");
        rig.takeNumbers(consumer, 0, 300);
        consumer.close();
        session.unsubscribe("s");
    }
}
