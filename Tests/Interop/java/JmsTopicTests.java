import java.util.ArrayList;
import java.util.List;
import javax.jms.InvalidDestinationException;
import javax.jms.InvalidSelectorException;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import javax.jms.TemporaryTopic;
import javax.jms.TextMessage;
import javax.jms.Topic;
import javax.jms.TopicConnection;
import javax.jms.TopicPublisher;
import javax.jms.TopicRequestor;
import javax.jms.TopicSession;
import javax.jms.TopicSubscriber;
import org.apache.activemq.ActiveMQConnection;

/** JMS 1.1 chapter 6: the publish/subscribe model. */
final class JmsTopicTests {
    private JmsTopicTests() {}

    private static TopicSession session(Rig rig) throws JMSException {
        TopicConnection connection = Jms.closing(rig, Jms.factory(rig).createTopicConnection());
        connection.start();
        return connection.createTopicSession(false, Session.AUTO_ACKNOWLEDGE);
    }

    @Case(jms = "6.1", states = "Each subscriber of a topic gets each message")
    static void everybodyGetsAll(Rig rig) throws Exception {
        List<MessageConsumer> consumers = new ArrayList<>();
        for (int n = 0; n < 5; n++) consumers.add(Jms.session(rig).createConsumer(rig.topic("t")));
        rig.fill(rig.topic("t"), 0, 10);
        for (MessageConsumer consumer : consumers) rig.takeNumbers(consumer, 0, 10);
    }

    @Case(jms = "6.2",
        states = "A subscriber that was there when createConsumer returned gets what is published afterwards")
    static void noLatency(Rig rig) throws Exception {
        Session publisher = Jms.session(rig);
        javax.jms.MessageProducer producer = publisher.createProducer(rig.topic("t"));
        for (int round = 0; round < 10; round++) {
            MessageConsumer consumer = Jms.session(rig).createConsumer(rig.topic("t"));
            Jms.send(rig, publisher, producer, round, round + 1);
            rig.takeNumber(consumer, round);
        }
    }

    @Case(jms = "6.11", states = "A subscriber that is not durable misses what is published while it is not there")
    static void misses(Rig rig) throws Exception {
        rig.fill(rig.topic("t"), 0, 2);
        Session session = Jms.session(rig);
        MessageConsumer consumer = session.createConsumer(rig.topic("t"));
        rig.fill(rig.topic("t"), 2, 4);
        rig.takeNumbers(consumer, 2, 4);
        consumer.close();
        rig.fill(rig.topic("t"), 4, 6);
        MessageConsumer again = session.createConsumer(rig.topic("t"));
        rig.fill(rig.topic("t"), 6, 7);
        rig.takeNumber(again, 6);
    }

    @Case(jms = "6.11", states = "What a subscriber's selector does not select does not exist for it")
    static void selector(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        MessageConsumer choosy = session.createConsumer(rig.topic("t"), "n > 2");
        MessageConsumer all = session.createConsumer(rig.topic("t"));
        rig.fill(rig.topic("t"), 0, 5);
        rig.takeNumbers(all, 0, 5);
        rig.takeNumbers(choosy, 3, 5);
        rig.fails(InvalidSelectorException.class, () -> session.createConsumer(rig.topic("t"), "n >"));
    }

    @Case(jms = "6.11", states = "A noLocal subscriber does not get what its own connection publishes")
    static void noLocal(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.auto(connection);
        MessageConsumer deaf = session.createConsumer(rig.topic("t"), null, true);
        MessageConsumer all = Rig.auto(connection).createConsumer(rig.topic("t"), null, false);
        Session other = Rig.auto(connection);
        Jms.send(rig, other, other.createProducer(rig.topic("t")), 0, 2);
        rig.fill(rig.topic("t"), 2, 4);
        rig.takeNumbers(all, 0, 4);
        rig.takeNumbers(deaf, 2, 4);
    }

    @Case(jms = "6.9",
        states = "A topic session makes publishers and subscribers; the getters tell their topic, noLocal, selector")
    static void topicSession(Rig rig) throws Exception {
        TopicSession session = session(rig);
        TopicPublisher publisher = session.createPublisher(rig.topic("t"));
        TopicSubscriber subscriber = session.createSubscriber(rig.topic("t"), "n > 0", false);
        rig.equal(rig.topic("t"), publisher.getTopic(), "publisher's topic");
        rig.equal(rig.topic("t"), subscriber.getTopic(), "subscriber's topic");
        rig.equal(false, subscriber.getNoLocal(), "noLocal");
        rig.equal("n > 0", subscriber.getMessageSelector(), "selector");
        publisher.publish(rig.numbered(session, 0));
        publisher.publish(rig.numbered(session, 1), 1, 7, 100_000);
        session.createPublisher(null).publish(rig.topic("t"), rig.numbered(session, 2));
        Message first = rig.takeNumber(subscriber, 1);
        rig.equal(7, first.getJMSPriority(), "priority");
        rig.equal(1, first.getJMSDeliveryMode(), "mode");
        rig.takeNumber(subscriber, 2);
    }

    @Case(jms = "6.5",
        states = "A topic's name is the provider's; the same name is the same topic, another than the queue's")
    static void names(Rig rig) throws Exception {
        Topic topic = Jms.session(rig).createTopic(rig.name("d"));
        rig.equal(rig.name("d"), topic.getTopicName(), "name");
        MessageConsumer consumer = Jms.session(rig).createConsumer(topic);
        rig.fill(rig.queue("d"), 0, 1);
        rig.fill(rig.topic("d"), 1, 2);
        rig.takeNumber(consumer, 1);
    }

    @Case(jms = "6.6",
        states = "A temporary topic is consumed by its connection only, ends with it, and not while it has subscribers")
    static void temporaryTopic(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.auto(connection);
        TemporaryTopic topic = session.createTemporaryTopic();
        rig.check(!topic.getTopicName().equals(session.createTemporaryTopic().getTopicName()), "two names");
        MessageConsumer consumer = session.createConsumer(topic);
        rig.fails(JMSException.class, topic::delete);
        Session other = Jms.session(rig);
        rig.fails(JMSException.class, () -> other.createConsumer(topic));
        Jms.send(rig, session, session.createProducer(topic), 0, 1);
        rig.takeNumber(consumer, 0);
        connection.close();
        rig.await("it is gone", () -> {
            try {
                other.createProducer(topic).send(other.createMessage());
                return false;
            } catch (JMSException gone) {
                return true;
            }
        });
    }

    // Durable subscriptions

    @Case(jms = "6.3", states = "A durable subscription keeps what is published while it is inactive")
    static void durableKeeps(Rig rig) throws Exception {
        for (int round = 0; round < 3; round++) {
            ActiveMQConnection connection = rig.connectAs(rig.name("id"));
            MessageConsumer durable = Rig.auto(connection).createDurableSubscriber(rig.topic("t"), "s");
            if (round > 0) rig.takeNumbers(durable, (round - 1) * 3, round * 3);
            connection.close();
            rig.fill(rig.topic("t"), round * 3, round * 3 + 3);
        }
    }

    @Case(jms = "6.3", states = "A durable subscription starts when it is made: what was published before is not in it")
    static void durableStartsWhenMade(Rig rig) throws Exception {
        rig.fill(rig.topic("t"), 0, 2);
        Session session = Rig.auto(rig.connectAs(rig.name("id")));
        MessageConsumer durable = session.createDurableSubscriber(rig.topic("t"), "s");
        rig.fill(rig.topic("t"), 2, 3);
        rig.takeNumber(durable, 2);
    }

    @Case(jms = "6.3", states = "A durable subscription needs a client id")
    static void durableNeedsAClientId(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        rig.fails(JMSException.class, () -> session.createDurableSubscriber(rig.topic("t"), "s"));
    }

    @Case(jms = "6.3", states = "The same name of two client ids is two subscriptions")
    static void sameNameOfTwoClients(Rig rig) throws Exception {
        MessageConsumer[] durables = new MessageConsumer[2];
        for (int n = 0; n < 2; n++) {
            Session session = Rig.auto(rig.connectAs(rig.name("id" + n)));
            durables[n] = session.createDurableSubscriber(rig.topic("t"), "s");
        }
        rig.fill(rig.topic("t"), 0, 3);
        for (MessageConsumer durable : durables) rig.takeNumbers(durable, 0, 3);
    }

    @Case(jms = "6.3", states = "One client may have several durable subscriptions, also of one topic")
    static void severalOfOneClient(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connectAs(rig.name("id")));
        MessageConsumer first = session.createDurableSubscriber(rig.topic("t"), "a");
        MessageConsumer second = session.createDurableSubscriber(rig.topic("t"), "b");
        rig.fill(rig.topic("t"), 0, 3);
        rig.takeNumbers(first, 0, 3);
        rig.takeNumbers(second, 0, 3);
    }

    @Case(jms = "6.11.1",
        states = "A durable subscription has one active subscriber at a time: a second is a JMSException")
    static void oneActive(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connectAs(rig.name("id"));
        TopicSubscriber first = Rig.auto(connection).createDurableSubscriber(rig.topic("t"), "s");
        rig.fails(JMSException.class, () -> Rig.auto(connection).createDurableSubscriber(rig.topic("t"), "s"));
        rig.fill(rig.topic("t"), 0, 1);
        rig.takeNumber(first, 0);
        first.close();
        rig.fill(rig.topic("t"), 1, 2);
        rig.takeNumber(Rig.auto(connection).createDurableSubscriber(rig.topic("t"), "s"), 1);
    }

    @Case(variants = {"selector", "topic", "noLocal"}, jms = "6.11.1",
        states = "The same name with another {} is another subscription: the old one and its messages are deleted",
        peer = "with noLocal it keeps what the old subscription had")
    static void changed(Rig rig, String what) throws Exception {
        ActiveMQConnection connection = rig.connectAs(rig.name("id"));
        Session session = Rig.auto(connection);
        session.createDurableSubscriber(rig.topic("t"), "s", "n >= 0", false).close();
        rig.fill(rig.topic("t"), 0, 2);
        Topic topic = what.equals("topic") ? rig.topic("other") : rig.topic("t");
        String selector = what.equals("selector") ? "n > -1" : "n >= 0";
        MessageConsumer again = session.createDurableSubscriber(topic, "s", selector, what.equals("noLocal"));
        rig.fill(topic.equals(rig.topic("t")) ? rig.topic("t") : rig.topic("other"), 2, 3);
        rig.takeNumber(again, 2);
    }

    @Case(jms = "6.11.1",
        states = "A durable subscription's selector is applied to what comes while it is inactive, too")
    static void durableSelector(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connectAs(rig.name("id")));
        session.createDurableSubscriber(rig.topic("t"), "s", "n = 1 OR n = 3", false).close();
        rig.fill(rig.topic("t"), 0, 5);
        MessageConsumer durable = session.createDurableSubscriber(rig.topic("t"), "s", "n = 1 OR n = 3", false);
        rig.takeNumber(durable, 1);
        rig.takeNumber(durable, 3);
        rig.none(durable);
    }

    @Case(jms = "6.11.1", states = "A durable noLocal subscriber does not get what its own connection publishes")
    static void durableNoLocal(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connectAs(rig.name("id")));
        MessageConsumer durable = session.createDurableSubscriber(rig.topic("t"), "s", null, true);
        Jms.send(rig, session, session.createProducer(rig.topic("t")), 0, 1);
        rig.fill(rig.topic("t"), 1, 2);
        rig.takeNumber(durable, 1);
    }

    @Case(jms = "6.11.1", states = "unsubscribe deletes a subscription with what it kept")
    static void unsubscribe(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connectAs(rig.name("id")));
        session.createDurableSubscriber(rig.topic("t"), "s").close();
        rig.fill(rig.topic("t"), 0, 2);
        session.unsubscribe("s");
        MessageConsumer fresh = session.createDurableSubscriber(rig.topic("t"), "s");
        rig.fill(rig.topic("t"), 2, 3);
        rig.takeNumber(fresh, 2);
    }

    @Case(jms = "6.11.1", states = "unsubscribe of an unknown name is an InvalidDestinationException")
    static void unsubscribeUnknown(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connectAs(rig.name("id")));
        rig.fails(InvalidDestinationException.class, () -> session.unsubscribe("nobody"));
    }

    @Case(jms = "6.11.1", states = "unsubscribe of a subscription in use is a JMSException, and leaves it as it is")
    static void unsubscribeActive(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connectAs(rig.name("id")));
        MessageConsumer durable = session.createDurableSubscriber(rig.topic("t"), "s");
        rig.fails(JMSException.class, () -> session.unsubscribe("s"));
        rig.fill(rig.topic("t"), 0, 1);
        rig.takeNumber(durable, 0);
    }

    @Case(jms = "6.11.1", states = "unsubscribe while a message of it is not acknowledged is a JMSException")
    static void unsubscribeUnacknowledged(Rig rig) throws Exception {
        Session session = Rig.transacted(rig.connectAs(rig.name("id")));
        MessageConsumer durable = session.createDurableSubscriber(rig.topic("t"), "s");
        rig.fill(rig.topic("t"), 0, 1);
        rig.takeNumber(durable, 0);
        durable.close();
        rig.fails(JMSException.class, () -> session.unsubscribe("s"));
    }

    @Case(jms = "6.12",
        states = "What a durable subscriber did not acknowledge comes again, flagged; what it acknowledged does not")
    static void redelivery(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connectAs(rig.name("id"));
        Session session = Rig.client(connection);
        MessageConsumer durable = session.createDurableSubscriber(rig.topic("t"), "s");
        rig.fill(rig.topic("t"), 0, 4);
        rig.takeNumber(durable, 0);
        rig.takeNumber(durable, 1).acknowledge();
        rig.takeNumber(durable, 2);
        connection.close();
        Session again = Rig.auto(rig.connectAs(rig.name("id")));
        MessageConsumer second = again.createDurableSubscriber(rig.topic("t"), "s");
        rig.equal(true, rig.takeNumber(second, 2).getJMSRedelivered(), "redelivered");
        rig.takeNumber(second, 3);
    }

    @Case(jms = "6.12",
        states = "recover of a subscriber that is not durable gives it again what it has not acknowledged")
    static void recoverOfANonDurable(Rig rig) throws Exception {
        Session session = Rig.client(rig.connect());
        MessageConsumer consumer = session.createConsumer(rig.topic("t"));
        rig.fill(rig.topic("t"), 0, 2);
        rig.takeNumbers(consumer, 0, 2);
        session.recover();
        for (int n = 0; n < 2; n++) rig.equal(true, rig.takeNumber(consumer, n).getJMSRedelivered(), "redelivered");
    }

    @Case(jms = "6.14", states = "TopicRequestor publishes a request and waits for its reply on a temporary topic")
    static void requestor(Rig rig) throws Exception {
        Session server = Jms.session(rig);
        server.createConsumer(rig.topic("service")).setMessageListener(message -> {
            try {
                TextMessage reply = server.createTextMessage("re: " + ((TextMessage) message).getText());
                server.createProducer(message.getJMSReplyTo()).send(reply);
            } catch (JMSException fault) {
                rig.asyncErrors.add(fault);
            }
        });
        TopicSession session = session(rig);
        TopicRequestor requestor = new TopicRequestor(session, rig.topic("service"));
        for (int n = 0; n < 5; n++) {
            TextMessage reply = (TextMessage) requestor.request(session.createTextMessage("q" + n));
            rig.equal("re: q" + n, reply.getText(), "reply");
        }
        requestor.close();
        rig.check(rig.asyncErrors.isEmpty(), "errors: " + rig.asyncErrors);
    }

    @Case(control = true, alone = true, limit = 60, jms = "6.15",
        states = "PERSISTENT messages of a durable subscription survive the end of the broker")
    static void reliability(Rig rig) throws Exception {
        String url = Rig.withQuery(rig.options.failoverUrl, "maxReconnectDelay=100");
        ActiveMQConnection connection = rig.open(url);
        connection.setClientID(rig.name("id"));
        connection.start();
        Session session = Rig.auto(connection);
        session.createDurableSubscriber(rig.topic("t"), "s").close();
        Jms.send(rig, session, session.createProducer(rig.topic("t")), 0, 10);
        rig.control("kill");
        rig.control("start");
        MessageConsumer durable = session.createDurableSubscriber(rig.topic("t"), "s");
        rig.takeNumbers(durable, 0, 10);
        rig.none(durable);
        durable.close();
        session.unsubscribe("s");
    }
}
