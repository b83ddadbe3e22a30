import java.util.HashSet;
import java.util.Set;
import javax.jms.DeliveryMode;
import javax.jms.Destination;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Queue;
import javax.jms.Session;
import javax.jms.TextMessage;
import javax.jms.Topic;
import org.apache.activemq.ActiveMQConnection;

/** JMS 1.1 section 3.4: message header fields. */
final class JmsHeaderTests {
    private JmsHeaderTests() {}

    @Case(jms = "3.4.1",
        states = "What JMSDestination holds before a send is ignored; after it, it is the send's destination")
    static void destinationIsSetBySend(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        TextMessage message = session.createTextMessage();
        message.setJMSDestination(rig.topic("elsewhere"));
        session.createProducer(rig.queue("q")).send(message);
        rig.equal(rig.queue("q"), message.getJMSDestination(), "destination after the send");
        rig.take(session.createConsumer(rig.queue("q")));
    }

    @Case(variants = {"queue", "topic"}, jms = "3.4.1", states = "A received message names the {} it was sent to")
    static void destinationIsReceived(Rig rig, String kind) throws Exception {
        Session session = Jms.session(rig);
        Destination to = kind.equals("queue") ? rig.queue("d") : rig.topic("d");
        MessageConsumer consumer = session.createConsumer(to);
        session.createProducer(to).send(session.createMessage());
        Destination got = rig.take(consumer).getJMSDestination();
        rig.equal(to, got, "destination");
        rig.check(kind.equals("queue") ? got instanceof Queue : got instanceof Topic, "of the same kind");
    }

    @Case(variants = {"1", "2"}, jms = "3.4.2", states = "JMSDeliveryMode {} is that of the send, not what was set, "
        + "and is the same at the receiver")
    static void deliveryMode(Rig rig, String mode) throws Exception {
        int wanted = Integer.parseInt(mode);
        Session session = Jms.session(rig);
        Message message = session.createMessage();
        message.setJMSDeliveryMode(3 - wanted);
        session.createProducer(rig.queue("q")).send(message, wanted, 4, 0);
        rig.equal(wanted, message.getJMSDeliveryMode(), "after the send");
        rig.equal(wanted, rig.take(session.createConsumer(rig.queue("q"))).getJMSDeliveryMode(), "received");
    }

    @Case(jms = "3.4.3", states = "JMSMessageID identifies each message that is sent and begins with ID:")
    static void messageIdsAreUnique(Rig rig) throws Exception {
        Set<String> seen = new HashSet<>();
        for (int connection = 0; connection < 3; connection++) {
            Session session = Jms.session(rig);
            MessageProducer[] producers = {
                session.createProducer(rig.queue("q")), session.createProducer(rig.queue("q"))};
            for (int n = 0; n < 10; n++) {
                Message message = session.createMessage();
                producers[n % 2].send(message);
                rig.check(message.getJMSMessageID().startsWith("ID:"), message.getJMSMessageID() + " begins with ID:");
                rig.check(seen.add(message.getJMSMessageID()), message.getJMSMessageID() + " is new");
            }
        }
        MessageConsumer consumer = Jms.session(rig).createConsumer(rig.queue("q"));
        for (int n = 0; n < 30; n++) {
            rig.check(seen.remove(rig.take(consumer).getJMSMessageID()), "a received message has the id of a sent one");
        }
    }

    @Case(jms = "3.4.3", states = "What JMSMessageID holds before a send is ignored")
    static void messageIdIsSetBySend(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        Message message = session.createMessage();
        message.setJMSMessageID("ID:mine");
        session.createProducer(rig.queue("q")).send(message);
        rig.check(!"ID:mine".equals(message.getJMSMessageID()), "another after the send");
        rig.equal(message.getJMSMessageID(), rig.take(session.createConsumer(rig.queue("q"))).getJMSMessageID(), "id");
    }

    @Case(jms = "3.4.3", states = "The same message sent twice gets two ids")
    static void resentMessageHasANewId(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        Message message = session.createMessage();
        producer.send(message);
        String first = message.getJMSMessageID();
        producer.send(message);
        rig.check(!first.equals(message.getJMSMessageID()), "two ids");
    }

    @Case(jms = "3.4.3", states = "A producer may disable ids: then it is null, or unique where the hint is not taken")
    static void disabledMessageId(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        rig.equal(false, producer.getDisableMessageID(), "not disabled at first");
        producer.setDisableMessageID(true);
        rig.equal(true, producer.getDisableMessageID(), "disabled");
        producer.send(session.createMessage());
        producer.send(session.createMessage());
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        String first = rig.take(consumer).getJMSMessageID();
        String second = rig.take(consumer).getJMSMessageID();
        rig.check(first == null ? second == null : !first.equals(second), first + " and " + second);
    }

    @Case(jms = "3.4.4",
        states = "JMSTimestamp is the time of the send, whatever was set, and is the same at the receiver")
    static void timestamp(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        Message message = session.createMessage();
        message.setJMSTimestamp(1);
        long before = System.currentTimeMillis();
        session.createProducer(rig.queue("q")).send(message);
        long after = System.currentTimeMillis();
        long stamp = message.getJMSTimestamp();
        rig.check(before <= stamp && stamp <= after, before + " <= " + stamp + " <= " + after);
        rig.equal(stamp, rig.take(session.createConsumer(rig.queue("q"))).getJMSTimestamp(), "received");
    }

    @Case(jms = "3.4.4",
        states = "A producer may disable timestamps: then it is zero, or normal where the hint is not taken")
    static void disabledTimestamp(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        rig.equal(false, producer.getDisableMessageTimestamp(), "not disabled at first");
        producer.setDisableMessageTimestamp(true);
        rig.equal(true, producer.getDisableMessageTimestamp(), "disabled");
        long before = System.currentTimeMillis();
        producer.send(session.createMessage());
        long stamp = rig.take(session.createConsumer(rig.queue("q"))).getJMSTimestamp();
        rig.check(stamp == 0 || stamp >= before, "zero or normal: " + stamp);
    }

    @Case(variants = {"ID:some-message", "an application's own", ""}, jms = "3.4.5",
        states = "JMSCorrelationID travels as text: '{}'")
    static void correlationId(Rig rig, String value) throws Exception {
        Message message = Jms.session(rig).createMessage();
        message.setJMSCorrelationID(value);
        rig.equal(value, Jms.through(rig, message).getJMSCorrelationID(), "correlation id");
    }

    @Case(jms = "3.4.5", states = "JMSCorrelationID may link to the message id of another message")
    static void correlationIdOfAnotherMessage(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        Message request = session.createMessage();
        Message got = Jms.through(rig, request);
        Message reply = session.createMessage();
        reply.setJMSCorrelationID(got.getJMSMessageID());
        session.createProducer(rig.queue("replies")).send(reply);
        String selector = "JMSCorrelationID = '" + request.getJMSMessageID() + "'";
        rig.take(session.createConsumer(rig.queue("replies"), selector));
    }

    @Case(jms = "3.4.5", states = "JMSCorrelationID may be the bytes a native client uses")
    static void correlationIdAsBytes(Rig rig) throws Exception {
        Message message = Jms.session(rig).createMessage();
        byte[] native0 = "native id".getBytes("UTF-8");
        message.setJMSCorrelationIDAsBytes(native0);
        rig.equal(native0, Jms.through(rig, message).getJMSCorrelationIDAsBytes(), "bytes");
    }

    @Case(jms = "3.4.5", states = "Where no JMSCorrelationID was set it is null, as text and as bytes")
    static void noCorrelationId(Rig rig) throws Exception {
        Message got = Jms.through(rig, Jms.session(rig).createMessage());
        rig.equal(null, got.getJMSCorrelationID(), "text");
        rig.equal(null, got.getJMSCorrelationIDAsBytes(), "bytes");
    }

    @Case(variants = {"queue", "topic", "temporary queue", "temporary topic"}, jms = "3.4.6",
        states = "JMSReplyTo may be a {}, and a reply sent to it arrives")
    static void replyTo(Rig rig, String kind) throws Exception {
        Session session = Jms.session(rig);
        Destination reply;
        switch (kind) {
            case "queue": reply = rig.queue("r"); break;
            case "topic": reply = rig.topic("r"); break;
            case "temporary queue": reply = session.createTemporaryQueue(); break;
            default: reply = session.createTemporaryTopic();
        }
        MessageConsumer replies = session.createConsumer(reply);
        Message message = session.createMessage();
        message.setJMSReplyTo(reply);
        Message got = Jms.through(rig, message);
        rig.equal(reply, got.getJMSReplyTo(), "reply to");
        Session server = Jms.session(rig);
        rig.await("the reply's destination is known", () -> {
            try {
                server.createProducer(got.getJMSReplyTo()).send(server.createTextMessage("reply"));
                return true;
            } catch (javax.jms.InvalidDestinationException notYet) {
                return false;
            }
        });
        rig.equal("reply", rig.text(replies), "reply");
    }

    @Case(jms = "3.4.6", states = "A null JMSReplyTo means that no reply is expected")
    static void noReplyTo(Rig rig) throws Exception {
        rig.equal(null, Jms.through(rig, Jms.session(rig).createMessage()).getJMSReplyTo(), "reply to");
    }

    @Case(jms = "3.4.7", states = "JMSRedelivered has no meaning on send: the first delivery is not flagged")
    static void redeliveredIsIgnoredBySend(Rig rig) throws Exception {
        Message message = Jms.session(rig).createMessage();
        message.setJMSRedelivered(true);
        rig.equal(false, Jms.through(rig, message).getJMSRedelivered(), "redelivered");
    }

    @Case(jms = "3.4.7", states = "A message delivered before and not acknowledged comes flagged JMSRedelivered")
    static void redelivered(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 1);
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.client(connection);
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        rig.equal(false, rig.takeNumber(consumer, 0).getJMSRedelivered(), "first");
        session.recover();
        rig.equal(true, rig.takeNumber(consumer, 0).getJMSRedelivered(), "after recover");
        connection.close();
        Session other = Jms.session(rig);
        rig.equal(true, rig.takeNumber(other.createConsumer(rig.queue("q")), 0).getJMSRedelivered(), "to another");
    }

    @Case(variants = {"order", "\u00e4\u65e5"}, jms = "3.4.8", states = "JMSType travels as the client set it: {}")
    static void type(Rig rig, String type) throws Exception {
        Message message = Jms.session(rig).createMessage();
        message.setJMSType(type);
        rig.equal(type, Jms.through(rig, message).getJMSType(), "type");
    }

    @Case(jms = "3.4.9", states = "JMSExpiration is the time of the send plus the time to live, whatever was set")
    static void expiration(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        Message message = session.createMessage();
        message.setJMSExpiration(1);
        long before = System.currentTimeMillis();
        session.createProducer(rig.queue("q")).send(message, DeliveryMode.PERSISTENT, 4, 100_000);
        long after = System.currentTimeMillis();
        long expiration = message.getJMSExpiration();
        rig.check(before + 100_000 <= expiration && expiration <= after + 100_000, "sum: " + expiration);
        rig.equal(expiration, rig.take(session.createConsumer(rig.queue("q"))).getJMSExpiration(), "received");
    }

    @Case(jms = "3.4.9", states = "A time to live of zero means JMSExpiration zero: the message does not expire")
    static void noExpiration(Rig rig) throws Exception {
        Message message = Jms.session(rig).createMessage();
        message.setJMSExpiration(System.currentTimeMillis() - 1000);
        Message got = Jms.through(rig, message);
        rig.equal(0L, message.getJMSExpiration(), "after the send");
        rig.equal(0L, got.getJMSExpiration(), "received");
    }

    @Case(variants = {"1", "2"}, jms = "3.4.9", states = "Clients do not receive what has expired (delivery mode {})")
    static void expiredIsNotReceived(Rig rig, String mode) throws Exception {
        Session session = Jms.session(rig);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        producer.send(rig.numbered(session, 0), Integer.parseInt(mode), 4, 60);
        producer.send(rig.numbered(session, 1), Integer.parseInt(mode), 4, 0);
        long until = System.currentTimeMillis() + 120;
        rig.await("the time to live is over", () -> System.currentTimeMillis() > until);
        rig.takeNumber(session.createConsumer(rig.queue("q")), 1);
    }

    @Case(variants = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}, jms = "3.4.10",
        states = "JMSPriority {} is that of the send, not what was set, and is the same at the receiver")
    static void priority(Rig rig, String level) throws Exception {
        int wanted = Integer.parseInt(level);
        Session session = Jms.session(rig);
        Message message = session.createMessage();
        message.setJMSPriority(9 - wanted);
        session.createProducer(rig.queue("q")).send(message, DeliveryMode.PERSISTENT, wanted, 0);
        rig.equal(wanted, message.getJMSPriority(), "after the send");
        rig.equal(wanted, rig.take(session.createConsumer(rig.queue("q"))).getJMSPriority(), "received");
    }

    @Case(jms = "3.4.11", states = "CorrelationID, ReplyTo and Type are the client's: a send leaves them as they are")
    static void clientsHeadersAreKept(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        Message message = session.createMessage();
        message.setJMSCorrelationID("c");
        message.setJMSReplyTo(rig.queue("r"));
        message.setJMSType("t");
        for (int round = 0; round < 2; round++) {
            Message got = Jms.through(rig, message);
            for (Message each : new Message[] {message, got}) {
                rig.equal("c", each.getJMSCorrelationID(), "correlation id");
                rig.equal(rig.queue("r"), each.getJMSReplyTo(), "reply to");
                rig.equal("t", each.getJMSType(), "type");
            }
        }
    }

    @Case(jms = "3.4.11", states = "All header fields of a received message may be set by the client, for its own use")
    static void headersOfAReceivedMessageCanBeSet(Rig rig) throws Exception {
        Message got = Jms.through(rig, Jms.session(rig).createMessage());
        got.setJMSCorrelationID("c");
        got.setJMSDestination(rig.topic("t"));
        got.setJMSExpiration(5);
        got.setJMSMessageID("ID:a:1:1:1");
        got.setJMSPriority(7);
        got.setJMSRedelivered(true);
        got.setJMSReplyTo(rig.queue("r"));
        got.setJMSTimestamp(6);
        got.setJMSType("t");
        rig.equal("c", got.getJMSCorrelationID(), "correlation id");
        rig.equal(rig.topic("t"), got.getJMSDestination(), "destination");
        rig.equal(5L, got.getJMSExpiration(), "expiration");
        rig.equal("ID:a:1:1:1", got.getJMSMessageID(), "message id");
        rig.equal(7, got.getJMSPriority(), "priority");
        rig.equal(true, got.getJMSRedelivered(), "redelivered");
        rig.equal(rig.queue("r"), got.getJMSReplyTo(), "reply to");
        rig.equal(6L, got.getJMSTimestamp(), "timestamp");
        rig.equal("t", got.getJMSType(), "type");
    }
}
