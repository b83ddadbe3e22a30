import java.util.ArrayList;
import java.util.List;
import javax.jms.InvalidDestinationException;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.TemporaryQueue;
import javax.jms.TemporaryTopic;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.DestinationDoesNotExistException;

/** Temporary destinations and the advisories clients keep their list by (openwire.md 14, 17.1). */
final class TempTests {
    private TempTests() {}

    /** A thread-free responder: each message is answered to its JMSReplyTo from a listener. */
    private static void respond(Rig rig, ActiveMQConnection connection, String queue) throws Exception {
        Session session = Rig.auto(connection);
        MessageProducer replies = session.createProducer(null);
        session.createConsumer(rig.queue(queue)).setMessageListener(message -> {
            try {
                Message reply = rig.numbered(session, message.getIntProperty("n"));
                reply.setJMSCorrelationID(message.getJMSMessageID());
                replies.send(message.getJMSReplyTo(), reply);
            } catch (JMSException fault) {
                rig.asyncErrors.add(fault);
            }
        });
    }

    @Case(variants = {"queue", "topic"})
    static void requestAndReply(Rig rig, String kind) throws Exception {
        respond(rig, rig.connect(), "requests");
        Session session = Rig.auto(rig.connect());
        javax.jms.Destination reply =
            kind.equals("queue") ? session.createTemporaryQueue() : session.createTemporaryTopic();
        MessageConsumer consumer = session.createConsumer(reply);
        MessageProducer producer = session.createProducer(rig.queue("requests"));
        for (int n = 0; n < 50; n++) {
            Message request = rig.numbered(session, n);
            request.setJMSReplyTo(reply);
            producer.send(request);
            rig.equal(request.getJMSMessageID(), rig.takeNumber(consumer, n).getJMSCorrelationID(), "correlation id");
        }
        rig.check(rig.asyncErrors.isEmpty(), "no errors: " + rig.asyncErrors);
    }

    /** A new temporary queue per request: each must be known to the responder before the request is there. */
    @Case
    static void freshReplyQueuePerRequest(Rig rig) throws Exception {
        respond(rig, rig.connect(), "requests");
        Session session = Rig.auto(rig.connect());
        MessageProducer producer = session.createProducer(rig.queue("requests"));
        for (int n = 0; n < 50; n++) {
            TemporaryQueue reply = session.createTemporaryQueue();
            MessageConsumer consumer = session.createConsumer(reply);
            Message request = rig.numbered(session, n);
            request.setJMSReplyTo(reply);
            producer.send(request);
            rig.takeNumber(consumer, n);
            consumer.close();
            reply.delete();
        }
        rig.check(rig.asyncErrors.isEmpty(), "no errors: " + rig.asyncErrors);
    }

    /** A connection that comes later learns of those that exist (the replay of 17.1). */
    @Case(variants = {"queue", "topic"})
    static void lateConnectionKnowsExistingOnes(Rig rig, String kind) throws Exception {
        Session session = Rig.auto(rig.connect());
        javax.jms.Destination temporary =
            kind.equals("queue") ? session.createTemporaryQueue() : session.createTemporaryTopic();
        MessageConsumer consumer = session.createConsumer(temporary);
        ActiveMQConnection later = rig.connect();
        Session second = Rig.auto(later);
        rig.await("the later connection may send", () -> {
            try {
                second.createProducer(temporary).send(rig.numbered(second, 0));
                return true;
            } catch (InvalidDestinationException notYet) {
                return false;
            }
        });
        rig.takeNumber(consumer, 0);
    }

    @Case
    static void foreignConsumerIsRefused(Rig rig) throws Exception {
        TemporaryQueue temporary = Rig.auto(rig.connect()).createTemporaryQueue();
        Session foreign = Rig.auto(rig.connect());
        rig.fails(InvalidDestinationException.class, () -> foreign.createConsumer(temporary));
    }

    @Case
    static void deleteWithAConsumerFails(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        TemporaryQueue temporary = session.createTemporaryQueue();
        MessageConsumer consumer = session.createConsumer(temporary);
        rig.fails(JMSException.class, temporary::delete);
        consumer.close();
        temporary.delete();
    }

    @Case
    static void sendToADeletedOneFailsAtTheClient(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        TemporaryQueue temporary = session.createTemporaryQueue();
        Session other = Rig.auto(rig.connect());
        MessageProducer producer = other.createProducer(temporary);
        rig.await("known to the other", () -> {
            try {
                producer.send(rig.numbered(other, 0));
                return true;
            } catch (InvalidDestinationException notYet) {
                return false;
            }
        });
        temporary.delete();
        rig.await("known as deleted", () -> {
            try {
                producer.send(rig.numbered(other, 1));
                return false;
            } catch (InvalidDestinationException | DestinationDoesNotExistException gone) {
                return true;
            }
        });
    }

    /** Without advisories the broker must say so itself, with its own class. */
    @Case(variants = {"deleted", "connection closed", "never existed"})
    static void sendToAMissingOneFailsAtTheBroker(Rig rig, String why) throws Exception {
        ActiveMQConnection owner = rig.connect();
        TemporaryQueue temporary = Rig.auto(owner).createTemporaryQueue();
        if (why.equals("deleted")) temporary.delete();
        else if (why.equals("connection closed")) owner.close();
        javax.jms.Destination target = why.equals("never existed")
            ? new org.apache.activemq.command.ActiveMQTempQueue("ID:nobody-1:1:1") : temporary;
        Session session = Rig.auto(rig.connect("jms.watchTopicAdvisories=false"));
        MessageProducer producer = session.createProducer(null);
        DestinationDoesNotExistException error = rig.fails(DestinationDoesNotExistException.class,
            () -> producer.send(target, rig.numbered(session, 0)));
        String name = ((org.apache.activemq.command.ActiveMQDestination) target).getPhysicalName();
        rig.check(error.getMessage().contains("temp-queue://" + name), "message: " + error.getMessage());
    }

    @Case(variants = {"close", "cut"})
    static void goneWithTheConnection(Rig rig, String how) throws Exception {
        Proxy proxy = rig.proxy();
        ActiveMQConnection owner = rig.connectTo(proxy.url());
        TemporaryQueue temporary = Rig.auto(owner).createTemporaryQueue();
        Session other = Rig.auto(rig.connect("jms.watchTopicAdvisories=false"));
        MessageProducer producer = other.createProducer(temporary);
        producer.send(rig.numbered(other, 0));
        if (how.equals("close")) owner.close();
        else proxy.cut();
        rig.await("gone", () -> {
            try {
                producer.send(rig.numbered(other, 1));
                return false;
            } catch (DestinationDoesNotExistException gone) {
                return true;
            }
        });
    }

    @Case
    static void temporaryTopicFansOut(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        TemporaryTopic temporary = session.createTemporaryTopic();
        List<MessageConsumer> consumers = new ArrayList<>();
        for (int n = 0; n < 3; n++) consumers.add(session.createConsumer(temporary));
        MessageProducer producer = session.createProducer(temporary);
        for (int n = 0; n < 10; n++) producer.send(rig.numbered(session, n));
        for (MessageConsumer consumer : consumers) rig.takeNumbers(consumer, 0, 10);
    }

    @Case
    static void manyTemporaryQueues(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.auto(connection);
        List<MessageConsumer> consumers = new ArrayList<>();
        MessageProducer producer = session.createProducer(null);
        for (int n = 0; n < 100; n++) {
            TemporaryQueue temporary = session.createTemporaryQueue();
            consumers.add(session.createConsumer(temporary));
            producer.send(temporary, rig.numbered(session, n));
        }
        for (int n = 0; n < 100; n++) rig.takeNumber(consumers.get(n), n);
        connection.close();
    }

    @Case
    static void temporaryQueueInATransaction(Rig rig) throws Exception {
        Session session = Rig.transacted(rig.connect());
        TemporaryQueue temporary = session.createTemporaryQueue();
        MessageConsumer consumer = session.createConsumer(temporary);
        MessageProducer producer = session.createProducer(temporary);
        producer.send(rig.numbered(session, 0));
        session.rollback();
        producer.send(rig.numbered(session, 1));
        session.commit();
        rig.takeNumber(consumer, 1);
        session.commit();
    }
}
