import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import javax.jms.IllegalStateException;
import javax.jms.InvalidDestinationException;
import javax.jms.InvalidSelectorException;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.Queue;
import javax.jms.QueueBrowser;
import javax.jms.QueueConnection;
import javax.jms.QueueReceiver;
import javax.jms.QueueRequestor;
import javax.jms.QueueSender;
import javax.jms.QueueSession;
import javax.jms.Session;
import javax.jms.TemporaryQueue;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnection;

/** JMS 1.1 chapter 5: the point-to-point model. */
final class JmsQueueTests {
    private JmsQueueTests() {}

    private static QueueSession session(Rig rig) throws JMSException {
        QueueConnection connection = Jms.closing(rig, Jms.factory(rig).createQueueConnection());
        connection.start();
        return connection.createQueueSession(false, Session.AUTO_ACKNOWLEDGE);
    }

    private static List<Integer> browse(QueueBrowser browser) throws JMSException {
        List<Integer> numbers = new ArrayList<>();
        Enumeration<?> messages = browser.getEnumeration();
        while (messages.hasMoreElements()) numbers.add(((Message) messages.nextElement()).getIntProperty("n"));
        return numbers;
    }

    @Case(jms = "5.1", states = "A queue keeps messages until they are consumed; no receiver needs to be there")
    static void keeps(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 5);
        rig.takeNumbers(Jms.session(rig).createConsumer(rig.queue("q")), 0, 5);
    }

    @Case(jms = "5.1", states = "Each message of a queue is consumed by one receiver, however many there are")
    static void oneReceiver(Rig rig) throws Exception {
        List<MessageConsumer> consumers = new ArrayList<>();
        for (int n = 0; n < 4; n++) {
            ActiveMQConnection connection = rig.connect("jms.prefetchPolicy.queuePrefetch=2");
            consumers.add(Rig.auto(connection).createConsumer(rig.queue("q")));
        }
        rig.fill(rig.queue("q"), 0, 40);
        List<Integer> all = new ArrayList<>();
        for (MessageConsumer consumer : consumers) all.addAll(Jms.drain(consumer));
        Collections.sort(all);
        List<Integer> wanted = new ArrayList<>();
        for (int n = 0; n < 40; n++) wanted.add(n);
        rig.equal(wanted, all, "received");
    }

    @Case(jms = "5.3", states = "A queue's name is the provider's; the same name is the same queue")
    static void names(Rig rig) throws Exception {
        Queue first = Jms.session(rig).createQueue(rig.name("q"));
        Queue second = Jms.session(rig).createQueue(first.getQueueName());
        rig.fill(rig.queue("q"), 0, 1);
        rig.takeNumber(Jms.session(rig).createConsumer(second), 0);
        rig.equal(first, second, "queue");
    }

    // Temporary queues

    @Case(jms = "5.4", states = "Each temporary queue is another one; anybody may send to it")
    static void temporaryQueues(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        TemporaryQueue first = session.createTemporaryQueue();
        TemporaryQueue second = session.createTemporaryQueue();
        rig.check(!first.getQueueName().equals(second.getQueueName()), "two names");
        MessageConsumer consumer = session.createConsumer(first);
        Session other = Jms.session(rig);
        rig.await("the other knows it", () -> {
            try {
                other.createProducer(first).send(rig.numbered(other, 0));
                return true;
            } catch (InvalidDestinationException notYet) {
                return false;
            }
        });
        rig.takeNumber(consumer, 0);
        rig.none(session.createConsumer(second));
    }

    @Case(jms = "5.4", states = "Any session of the connection may consume a temporary queue")
    static void consumedByAnotherSession(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        TemporaryQueue queue = Rig.auto(connection).createTemporaryQueue();
        MessageConsumer consumer = Rig.auto(connection).createConsumer(queue);
        Session sender = Rig.auto(connection);
        Jms.send(rig, sender, sender.createProducer(queue), 0, 1);
        rig.takeNumber(consumer, 0);
    }

    @Case(jms = "5.4", states = "Only the connection that made a temporary queue may consume it")
    static void consumedByItsConnectionOnly(Rig rig) throws Exception {
        TemporaryQueue queue = Jms.session(rig).createTemporaryQueue();
        Session other = Jms.session(rig);
        rig.fails(JMSException.class, () -> other.createConsumer(queue));
    }

    @Case(jms = "5.4", states = "A temporary queue ends with its session's connection, not with the session")
    static void endsWithItsConnection(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.auto(connection);
        TemporaryQueue queue = session.createTemporaryQueue();
        session.close();
        Session second = Rig.auto(connection);
        Jms.send(rig, second, second.createProducer(queue), 0, 1);
        rig.takeNumber(second.createConsumer(queue), 0);
        connection.close();
        Session other = Jms.session(rig);
        rig.await("it is gone", () -> {
            try {
                other.createProducer(queue).send(other.createMessage());
                return false;
            } catch (JMSException gone) {
                return true;
            }
        });
    }

    @Case(jms = "5.4", states = "delete ends a temporary queue; with a receiver it is a JMSException")
    static void delete(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        TemporaryQueue queue = session.createTemporaryQueue();
        MessageConsumer consumer = session.createConsumer(queue);
        rig.fails(JMSException.class, queue::delete);
        consumer.close();
        queue.delete();
        rig.fails(JMSException.class, () -> session.createProducer(queue).send(session.createMessage()));
    }

    // Senders, receivers, browsers

    @Case(jms = "5.7", states = "A queue session makes receivers, senders and browsers of queues")
    static void queueSession(Rig rig) throws Exception {
        QueueSession session = session(rig);
        QueueSender sender = session.createSender(rig.queue("q"));
        rig.equal(rig.queue("q"), sender.getQueue(), "sender's queue");
        sender.send(rig.numbered(session, 0));
        QueueSender anywhere = session.createSender(null);
        anywhere.send(rig.queue("q"), rig.numbered(session, 1));
        rig.equal(List.of(0, 1), browse(session.createBrowser(rig.queue("q"))), "browsed");
        QueueReceiver receiver = session.createReceiver(rig.queue("q"));
        rig.equal(rig.queue("q"), receiver.getQueue(), "receiver's queue");
        rig.takeNumbers(receiver, 0, 2);
    }

    @Case(jms = "5.8", states = "What a receiver's selector does not select stays in the queue, in its order")
    static void unselectedStays(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 6);
        QueueSession session = session(rig);
        QueueReceiver choosy = session.createReceiver(rig.queue("q"), "n = 2 OR n = 4");
        rig.takeNumber(choosy, 2);
        rig.takeNumber(choosy, 4);
        choosy.close();
        MessageConsumer rest = session.createReceiver(rig.queue("q"));
        for (int n : new int[] {0, 1, 3, 5}) rig.takeNumber(rest, n);
    }

    @Case(jms = "5.9", states = "A browser looks at all messages in the queue's order and removes none")
    static void browserRemovesNothing(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 20);
        QueueSession session = session(rig);
        List<Integer> wanted = new ArrayList<>();
        for (int n = 0; n < 20; n++) wanted.add(n);
        QueueBrowser browser = session.createBrowser(rig.queue("q"));
        for (int round = 0; round < 2; round++) rig.equal(wanted, browse(browser), "browsed");
        browser.close();
        MessageConsumer consumer = session.createReceiver(rig.queue("q"));
        for (int n = 0; n < 20; n++) rig.equal(false, rig.takeNumber(consumer, n).getJMSRedelivered(), "redelivered");
    }

    @Case(jms = "5.9", states = "A browser with a selector looks at what it selects")
    static void browserSelects(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 10);
        QueueSession session = session(rig);
        QueueBrowser browser = session.createBrowser(rig.queue("q"), "n > 2 AND n < 6");
        rig.equal(List.of(3, 4, 5), browse(browser), "browsed");
        rig.equal("n > 2 AND n < 6", browser.getMessageSelector(), "selector");
        rig.equal(rig.queue("q"), browser.getQueue(), "queue");
        rig.fails(InvalidSelectorException.class, () -> session.createBrowser(rig.queue("q"), "n >"));
    }

    @Case(jms = "5.9", states = "A browser of an empty queue has no elements")
    static void browserOfNothing(Rig rig) throws Exception {
        rig.equal(List.of(), browse(session(rig).createBrowser(rig.queue("q"))), "browsed");
    }

    @Case(jms = "5.9", states = "An enumeration is of the queue as it was: it ends while messages go on coming")
    static void enumerationEnds(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 10);
        Enumeration<?> messages = session(rig).createBrowser(rig.queue("q")).getEnumeration();
        rig.check(messages.hasMoreElements(), "some");
        int seen = 0;
        Session sender = Jms.session(rig);
        javax.jms.MessageProducer producer = sender.createProducer(rig.queue("q"));
        while (messages.hasMoreElements()) {
            rig.equal(seen, ((Message) messages.nextElement()).getIntProperty("n"), "number");
            rig.check(++seen <= 200, "it ends");
            producer.send(rig.numbered(sender, 9 + seen));
        }
        rig.check(seen >= 10, seen + " seen");
    }

    @Case(jms = "5.9", states = "A browser sees the body, header and properties of a message")
    static void browserSeesAll(Rig rig) throws Exception {
        QueueSession session = session(rig);
        TextMessage message = session.createTextMessage("body");
        message.setIntProperty("p", 1);
        message.setJMSType("t");
        session.createSender(rig.queue("q")).send(message);
        TextMessage seen = (TextMessage) session.createBrowser(rig.queue("q")).getEnumeration().nextElement();
        rig.equal("body", seen.getText(), "body");
        rig.equal(1, seen.getIntProperty("p"), "property");
        rig.equal("t", seen.getJMSType(), "type");
        rig.equal(message.getJMSMessageID(), seen.getJMSMessageID(), "message id");
    }

    @Case(jms = "5.9", states = "A closed browser cannot be used, closing it again is no error")
    static void closedBrowser(Rig rig) throws Exception {
        QueueBrowser browser = session(rig).createBrowser(rig.queue("q"));
        browser.close();
        browser.close();
        rig.fails(IllegalStateException.class, browser::getEnumeration);
    }

    @Case(jms = "5.9", states = "A browser of no queue is an InvalidDestinationException")
    static void browserOfNoQueue(Rig rig) throws Exception {
        QueueSession session = session(rig);
        rig.fails(InvalidDestinationException.class, () -> session.createBrowser(null));
    }

    @Case(jms = "5.10",
        states = "QueueRequestor sends a request to a queue and waits for its reply on a temporary queue")
    static void requestor(Rig rig) throws Exception {
        Session server = Jms.session(rig);
        MessageConsumer requests = server.createConsumer(rig.queue("service"));
        requests.setMessageListener(message -> {
            try {
                TextMessage reply = server.createTextMessage("re: " + ((TextMessage) message).getText());
                reply.setJMSCorrelationID(message.getJMSMessageID());
                server.createProducer(message.getJMSReplyTo()).send(reply);
            } catch (JMSException fault) {
                rig.asyncErrors.add(fault);
            }
        });
        QueueSession session = session(rig);
        QueueRequestor requestor = new QueueRequestor(session, rig.queue("service"));
        for (int n = 0; n < 5; n++) {
            TextMessage request = session.createTextMessage("q" + n);
            TextMessage reply = (TextMessage) requestor.request(request);
            rig.equal("re: q" + n, reply.getText(), "reply");
            rig.equal(request.getJMSMessageID(), reply.getJMSCorrelationID(), "correlation id");
        }
        requestor.close();
        rig.check(rig.asyncErrors.isEmpty(), "errors: " + rig.asyncErrors);
    }

    @Case(jms = "5.11",
        states = "What was sent to a queue is there for a receiver that comes later, whoever left before")
    static void receiversComeAndGo(Rig rig) throws Exception {
        for (int round = 0; round < 5; round++) {
            rig.fill(rig.queue("q"), round * 2, round * 2 + 2);
            ActiveMQConnection connection = rig.connect();
            rig.takeNumber(Rig.auto(connection).createConsumer(rig.queue("q")), round);
            connection.close();
        }
        rig.takeNumbers(Jms.session(rig).createConsumer(rig.queue("q")), 5, 10);
    }
}
