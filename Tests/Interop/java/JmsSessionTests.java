import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.jms.BytesMessage;
import javax.jms.IllegalStateException;
import javax.jms.JMSException;
import javax.jms.MapMessage;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.ObjectMessage;
import javax.jms.Session;
import javax.jms.StreamMessage;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.command.ActiveMQQueue;

/** JMS 1.1 sections 4.4.1 to 4.4.10: sessions, transactions, order. */
final class JmsSessionTests {
    private JmsSessionTests() {}

    @Case(jms = "4.4.1",
        states = "Closing a session closes its producers and consumers: using them is an IllegalStateException")
    static void closedParts(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        Message message = session.createMessage();
        session.close();
        rig.fails(IllegalStateException.class, () -> producer.send(message));
        rig.fails(IllegalStateException.class, producer::getDestination);
        rig.fails(IllegalStateException.class, () -> consumer.receive(1));
        rig.fails(IllegalStateException.class, consumer::receiveNoWait);
        rig.fails(IllegalStateException.class, () -> consumer.setMessageListener(null));
        rig.fails(IllegalStateException.class, session::createTextMessage);
        rig.fails(IllegalStateException.class, () -> session.createQueue("q"));
        rig.fails(IllegalStateException.class, () -> session.createConsumer(rig.queue("q")));
        rig.fails(IllegalStateException.class, session::createTemporaryQueue);
        rig.fails(IllegalStateException.class, session::recover);
        rig.fails(IllegalStateException.class, session::getTransacted);
        rig.fails(IllegalStateException.class, session::getAcknowledgeMode);
    }

    @Case(jms = "4.4.1", states = "Closing a closed session is no error, and its connection lives on")
    static void closeTwice(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.auto(connection);
        session.close();
        session.close();
        rig.check(Rig.auto(connection).createMessage() != null, "another session works");
    }

    @Case(jms = "4.4.1", states = "Closing a transacted session rolls its transaction back")
    static void closeRollsBack(Rig rig) throws Exception {
        rig.fill(rig.queue("in"), 0, 2);
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.transacted(connection);
        rig.takeNumbers(session.createConsumer(rig.queue("in")), 0, 2);
        Jms.send(rig, session, session.createProducer(rig.queue("out")), 0, 1);
        session.close();
        rig.takeNumbers(Rig.auto(connection).createConsumer(rig.queue("in")), 0, 2);
        rig.equal(0, rig.depth(rig.queue("out")), "sent");
    }

    @Case(jms = "4.4.1", states = "Closing a session ends a receive of it that waits, with null")
    static void closeEndsReceive(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        Jms.Running receiver = Jms.start(() -> rig.equal(null, consumer.receive(), "message"));
        receiver.awaitWaiting(rig);
        session.close();
        receiver.join();
    }

    @Case(jms = "4.4.1", states = "What a closed session had not acknowledged is delivered again, flagged")
    static void closeFreesUnacknowledged(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 2);
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.client(connection);
        rig.takeNumbers(session.createConsumer(rig.queue("q")), 0, 2);
        session.close();
        MessageConsumer other = Rig.auto(connection).createConsumer(rig.queue("q"));
        for (int n = 0; n < 2; n++) rig.equal(true, rig.takeNumber(other, n).getJMSRedelivered(), "redelivered");
    }

    @Case(jms = "4.4.2", states = "A session may have several producers and consumers, also of the same destination")
    static void manyParts(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        List<MessageConsumer> consumers = new ArrayList<>();
        for (int n = 0; n < 5; n++) consumers.add(session.createConsumer(rig.topic("t")));
        for (int n = 0; n < 5; n++) Jms.send(rig, session, session.createProducer(rig.topic("t")), n, n + 1);
        for (MessageConsumer consumer : consumers) rig.takeNumbers(consumer, 0, 5);
    }

    @Case(variants = {"queue", "topic"}, jms = "4.4.4",
        states = "createQueue and createTopic name a {} as the provider does")
    static void createDestination(Rig rig, String kind) throws Exception {
        Session session = Jms.session(rig);
        if (kind.equals("queue")) rig.equal(rig.name("d"), session.createQueue(rig.name("d")).getQueueName(), "name");
        else rig.equal(rig.name("d"), session.createTopic(rig.name("d")).getTopicName(), "name");
        rig.check(session.createQueue("a").toString().contains("a"), "toString tells the name");
    }

    @Case(jms = "4.4.5", states = "A session makes messages of all types")
    static void createMessages(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        rig.check(session.createBytesMessage() instanceof BytesMessage, "bytes");
        rig.check(session.createMapMessage() instanceof MapMessage, "map");
        rig.check(session.createObjectMessage() instanceof ObjectMessage, "object");
        rig.equal("o", session.createObjectMessage("o").getObject(), "object with body");
        rig.check(session.createStreamMessage() instanceof StreamMessage, "stream");
        rig.check(session.createTextMessage() instanceof TextMessage, "text");
        rig.equal("t", session.createTextMessage("t").getText(), "text with body");
        rig.check(session.createMessage() != null, "without body");
    }

    @Case(jms = "4.4.5", states = "A message made by one session can be sent by another, also of another connection")
    static void messageOfAnotherSession(Rig rig) throws Exception {
        Session maker = Jms.session(rig);
        TextMessage message = maker.createTextMessage("t");
        maker.close();
        rig.equal("t", Jms.through(rig, message).getText(), "text");
    }

    // Transactions

    @Case(variants = {"0 true", "1 false", "2 false", "3 false"}, jms = "4.4.7",
        states = "getTransacted and getAcknowledgeMode tell what the session was made with: {}")
    static void modes(Rig rig, String made) throws Exception {
        int mode = Integer.parseInt(made.substring(0, 1));
        boolean transacted = made.endsWith("true");
        Session session = rig.connect().createSession(transacted, mode);
        rig.equal(transacted, session.getTransacted(), "transacted");
        rig.equal(mode, session.getAcknowledgeMode(), "mode");
    }

    @Case(jms = "4.4.7", states = "The acknowledge mode of a transacted session is ignored: it is SESSION_TRANSACTED")
    static void modeOfATransactedSession(Rig rig) throws Exception {
        Session session = rig.connect().createSession(true, Session.CLIENT_ACKNOWLEDGE);
        rig.equal(Session.SESSION_TRANSACTED, session.getAcknowledgeMode(), "mode");
    }

    @Case(jms = "4.4.7",
        states = "What is sent in a transaction is delivered only once it is committed, as one unit and in order")
    static void commitSends(Rig rig) throws Exception {
        Session session = Rig.transacted(rig.connect());
        MessageConsumer consumer = Jms.session(rig).createConsumer(rig.queue("q"));
        Jms.send(rig, session, session.createProducer(rig.queue("q")), 0, 10);
        rig.none(consumer);
        session.commit();
        rig.takeNumbers(consumer, 0, 10);
    }

    @Case(jms = "4.4.7", states = "A commit acknowledges what was received in the transaction")
    static void commitAcknowledges(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 3);
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.transacted(connection);
        rig.takeNumbers(session.createConsumer(rig.queue("q")), 0, 3);
        session.commit();
        connection.close();
        rig.equal(0, rig.depth(rig.queue("q")), "depth");
    }

    @Case(jms = "4.4.7",
        states = "A rollback destroys what was sent and gives back what was received, in order and flagged")
    static void rollback(Rig rig) throws Exception {
        rig.fill(rig.queue("in"), 0, 3);
        Session session = Rig.transacted(rig.connect());
        MessageConsumer consumer = session.createConsumer(rig.queue("in"));
        rig.takeNumbers(consumer, 0, 3);
        Jms.send(rig, session, session.createProducer(rig.queue("out")), 0, 3);
        session.rollback();
        for (int n = 0; n < 3; n++) rig.equal(true, rig.takeNumber(consumer, n).getJMSRedelivered(), "redelivered");
        session.commit();
        rig.equal(0, rig.depth(rig.queue("out")), "sent");
        rig.equal(0, rig.depth(rig.queue("in")), "left");
    }

    @Case(jms = "4.4.7", states = "A transaction follows the other without being begun")
    static void transactionsFollow(Rig rig) throws Exception {
        Session session = Rig.transacted(rig.connect());
        MessageProducer producer = session.createProducer(rig.queue("q"));
        for (int round = 0; round < 6; round++) {
            Jms.send(rig, session, producer, round, round + 1);
            if (round % 2 == 0) session.commit();
            else session.rollback();
        }
        MessageConsumer consumer = Jms.session(rig).createConsumer(rig.queue("q"));
        for (int n = 0; n < 6; n += 2) rig.takeNumber(consumer, n);
        rig.none(consumer);
    }

    @Case(variants = {"commit", "rollback"}, jms = "4.4.7",
        states = "{} of a session that is not transacted is an IllegalStateException")
    static void notTransacted(Rig rig, String verb) throws Exception {
        Session session = Jms.session(rig);
        rig.fails(IllegalStateException.class, verb.equals("commit") ? session::commit : session::rollback);
    }

    @Case(jms = "4.4.7", states = "recover of a transacted session is an IllegalStateException")
    static void recoverInATransaction(Rig rig) throws Exception {
        Session session = Rig.transacted(rig.connect());
        rig.fails(IllegalStateException.class, session::recover);
    }

    @Case(jms = "4.4.7", states = "A message sent in a transaction cannot be received in it")
    static void ownSends(Rig rig) throws Exception {
        Session session = Rig.transacted(rig.connect());
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        Jms.send(rig, session, session.createProducer(rig.queue("q")), 0, 1);
        rig.none(consumer);
        session.commit();
        rig.takeNumber(consumer, 0);
        session.commit();
    }

    @Case(jms = "4.4.7", states = "A transaction spans queues and topics, producers and consumers of one session")
    static void spansDomains(Rig rig) throws Exception {
        MessageConsumer listener = Jms.session(rig).createConsumer(rig.topic("t"));
        rig.fill(rig.queue("in"), 0, 1);
        Session session = Rig.transacted(rig.connect());
        MessageConsumer consumer = session.createConsumer(rig.queue("in"));
        MessageProducer toTopic = session.createProducer(rig.topic("t"));
        MessageProducer toQueue = session.createProducer(rig.queue("out"));
        for (int round = 0; round < 2; round++) {
            rig.takeNumber(consumer, 0);
            Jms.send(rig, session, toTopic, round, round + 1);
            Jms.send(rig, session, toQueue, round, round + 1);
            if (round == 0) session.rollback();
        }
        rig.none(listener);
        session.commit();
        rig.takeNumber(listener, 1);
        rig.takeNumber(Jms.session(rig).createConsumer(rig.queue("out")), 1);
        rig.equal(0, rig.depth(rig.queue("in")), "in");
    }

    @Case(jms = "4.4.9",
        states = "Sessions of one connection are independent: one's rollback leaves the other's transaction alone")
    static void independentSessions(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        Session first = Rig.transacted(connection);
        Session second = Rig.transacted(connection);
        Jms.send(rig, first, first.createProducer(rig.queue("q")), 0, 1);
        Jms.send(rig, second, second.createProducer(rig.queue("q")), 1, 2);
        first.rollback();
        second.commit();
        MessageConsumer consumer = Rig.auto(connection).createConsumer(rig.queue("q"));
        rig.takeNumber(consumer, 1);
        rig.none(consumer);
    }

    @Case(jms = "4.4.9", states = "Several sessions may consume a queue at a time; each message goes to one of them")
    static void queueOfSeveralSessions(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect("jms.prefetchPolicy.queuePrefetch=1");
        List<MessageConsumer> consumers = new ArrayList<>();
        for (int n = 0; n < 3; n++) consumers.add(Rig.auto(connection).createConsumer(rig.queue("q")));
        rig.fill(rig.queue("q"), 0, 30);
        List<Integer> all = new ArrayList<>();
        for (MessageConsumer consumer : consumers) all.addAll(Jms.drain(consumer));
        all.sort(null);
        List<Integer> wanted = new ArrayList<>();
        for (int n = 0; n < 30; n++) wanted.add(n);
        rig.equal(wanted, all, "received");
    }

    // Order

    @Case(variants = {"queue persistent", "queue non-persistent", "topic persistent", "topic non-persistent"},
        jms = "4.4.10", states = "What a session sends to a destination arrives in that order: {}")
    static void order(Rig rig, String kind) throws Exception {
        javax.jms.Destination to = kind.startsWith("queue") ? rig.queue("d") : rig.topic("d");
        MessageConsumer consumer = Jms.session(rig).createConsumer(to);
        Session session = Jms.session(rig);
        MessageProducer producer = session.createProducer(to);
        producer.setDeliveryMode(kind.endsWith("non-persistent") ? 1 : 2);
        Jms.send(rig, session, producer, 0, 300);
        rig.takeNumbers(consumer, 0, 300);
    }

    @Case(jms = "4.4.10", states = "The order holds over several producers of one session")
    static void orderOverProducers(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        MessageProducer[] producers = {
            session.createProducer(rig.queue("q")), session.createProducer(rig.queue("q")),
            session.createProducer(null)};
        for (int n = 0; n < 60; n++) {
            if (n % 3 == 2) producers[2].send(rig.queue("q"), rig.numbered(session, n));
            else producers[n % 3].send(rig.numbered(session, n));
        }
        rig.takeNumbers(session.createConsumer(rig.queue("q")), 0, 60);
    }

    @Case(jms = "4.4.14", states = "The listeners of a session are called one after the other, never two at a time")
    static void serialListeners(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger heard = new AtomicInteger();
        for (int n = 0; n < 3; n++) {
            session.createConsumer(rig.queue("q" + n)).setMessageListener(message -> {
                most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                Thread.yield();
                inside.decrementAndGet();
                heard.incrementAndGet();
            });
        }
        for (int n = 0; n < 3; n++) rig.fill(rig.queue("q" + n), 0, 30);
        rig.await("all are heard", () -> heard.get() == 90);
        rig.equal(1, most.get(), "at a time");
    }

    @Case(jms = "4.4.15", states = "Several sessions' listeners work at the same time")
    static void concurrentListeners(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect("jms.prefetchPolicy.queuePrefetch=1");
        java.util.concurrent.CyclicBarrier together = new java.util.concurrent.CyclicBarrier(2);
        AtomicInteger met = new AtomicInteger();
        ActiveMQQueue queue = rig.queue("q");
        for (int n = 0; n < 2; n++) {
            Rig.auto(connection).createConsumer(queue).setMessageListener(message -> {
                try {
                    together.await(Rig.PATIENCE_MS, java.util.concurrent.TimeUnit.MILLISECONDS);
                    met.incrementAndGet();
                } catch (Exception alone) {
                    met.set(-1000);
                }
            });
        }
        rig.fill(queue, 0, 2);
        rig.await("both were inside at once", () -> met.get() == 2);
    }

    @Case(jms = "4.11", states = "A queue session refuses what is only of topics with IllegalStateException")
    static void queueSession(Rig rig) throws Exception {
        javax.jms.QueueConnection connection = Jms.closing(rig, Jms.factory(rig).createQueueConnection());
        javax.jms.QueueSession session = connection.createQueueSession(false, Session.AUTO_ACKNOWLEDGE);
        rig.fails(IllegalStateException.class, () -> session.createTopic("t"));
        rig.fails(IllegalStateException.class, session::createTemporaryTopic);
        rig.fails(IllegalStateException.class, () -> session.createDurableSubscriber(rig.topic("t"), "s"));
        rig.fails(IllegalStateException.class, () -> session.unsubscribe("s"));
        rig.fails(IllegalStateException.class,
            () -> connection.createDurableConnectionConsumer(rig.topic("t"), "s", null, null, 1));
    }

    @Case(jms = "4.11", states = "A topic session refuses what is only of queues with IllegalStateException")
    static void topicSession(Rig rig) throws Exception {
        javax.jms.TopicConnection connection = Jms.closing(rig, Jms.factory(rig).createTopicConnection());
        javax.jms.TopicSession session = connection.createTopicSession(false, Session.AUTO_ACKNOWLEDGE);
        rig.fails(IllegalStateException.class, () -> session.createQueue("q"));
        rig.fails(IllegalStateException.class, session::createTemporaryQueue);
        rig.fails(IllegalStateException.class, () -> session.createBrowser(rig.queue("q")));
        rig.fails(IllegalStateException.class, () -> session.createBrowser(rig.queue("q"), "a = 1"));
    }

    @Case(jms = "4.9",
        states = "Failures are JMSExceptions of the class that says why; all are checked exceptions of one root")
    static void exceptions(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        JMSException invalid =
            rig.fails(javax.jms.InvalidDestinationException.class, () -> session.createConsumer(null));
        rig.check(invalid.getMessage() != null, "it says why");
    }
}
