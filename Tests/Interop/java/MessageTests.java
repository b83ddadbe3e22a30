import java.util.Arrays;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import javax.jms.DeliveryMode;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQSession;
import org.apache.activemq.command.ActiveMQBlobMessage;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTempQueue;
import org.apache.activemq.util.ByteSequence;

/** Headers and properties (openwire.md 6.3, 7.1). */
final class MessageTests {
    private MessageTests() {}

    /** Sends one message through the queue and returns what comes out on another connection. */
    private static Message through(Rig rig, Message message) throws Exception {
        ActiveMQConnection sender = rig.connect();
        ActiveMQQueue queue = rig.queue("through");
        Rig.auto(sender).createProducer(queue).send(message);
        return rig.take(Rig.auto(rig.connect()).createConsumer(queue));
    }

    @Case
    static void propertiesOfAllTypes(Rig rig) throws Exception {
        Message message = Rig.auto(rig.connect()).createMessage();
        message.setBooleanProperty("true", true);
        message.setBooleanProperty("false", false);
        message.setByteProperty("byte", Byte.MIN_VALUE);
        message.setShortProperty("short", Short.MIN_VALUE);
        message.setIntProperty("int", Integer.MIN_VALUE);
        message.setLongProperty("long", Long.MIN_VALUE);
        message.setLongProperty("longMax", Long.MAX_VALUE);
        message.setFloatProperty("float", Float.MIN_VALUE);
        message.setFloatProperty("nan", Float.NaN);
        message.setDoubleProperty("double", -Double.MAX_VALUE);
        message.setDoubleProperty("infinity", Double.NEGATIVE_INFINITY);
        message.setDoubleProperty("minusZero", -0.0);
        message.setStringProperty("empty", "");
        message.setStringProperty("text", "\u00fc \u65e5\u672c \u07ff \u0800 \uffff");
        message.setObjectProperty("null", null);
        message.setObjectProperty("list", List.of(1, "two", 3.0));
        message.setObjectProperty("map", Map.of("inner", List.of(Map.of("deep", 1L))));
        Message got = through(rig, message);
        for (String name : Collections.list(enumeration(message))) {
            rig.equal(message.getObjectProperty(name), got.getObjectProperty(name), name);
        }
        rig.equal(Collections.list(enumeration(message)).size(), Collections.list(enumeration(got)).size(), "count");
        rig.equal(Byte.class, got.getObjectProperty("byte").getClass(), "class of byte");
        rig.equal(Short.class, got.getObjectProperty("short").getClass(), "class of short");
        rig.equal(Float.class, got.getObjectProperty("float").getClass(), "class of float");
        rig.check(got.propertyExists("null"), "the null property exists");
    }

    /** The Java client reads such strings back wrongly (as plain UTF-8), so the bytes as they travel are compared. */
    @Case(variants = {"0000", "61 0000 62", "d83d de00", "6c d83d", "de00 6c"})
    static void oddStringProperties(Rig rig, String units) throws Exception {
        StringBuilder text = new StringBuilder();
        for (String unit : units.split(" ")) text.append((char) Integer.parseInt(unit, 16));
        ActiveMQMessage message = (ActiveMQMessage) Rig.auto(rig.connect()).createMessage();
        message.setStringProperty("text", text.toString());
        ActiveMQMessage sent = (ActiveMQMessage) message.copy();
        sent.beforeMarshall(null);
        ActiveMQMessage got = (ActiveMQMessage) through(rig, message);
        rig.equal(bytes(sent.getMarshalledProperties()), bytes(got.getMarshalledProperties()), "properties");
    }

    private static byte[] bytes(ByteSequence part) {
        return Arrays.copyOfRange(part.data, part.offset, part.offset + part.length);
    }

    @SuppressWarnings("unchecked")
    private static Enumeration<String> enumeration(Message message) throws Exception {
        return (Enumeration<String>) message.getPropertyNames();
    }

    @Case(variants = {"0", "1", "8190", "8191", "9000", "32766", "32767", "65535"})
    static void stringPropertiesOfLength(Rig rig, String length) throws Exception {
        Message message = Rig.auto(rig.connect()).createMessage();
        message.setStringProperty("ascii", "x".repeat(Integer.parseInt(length)));
        message.setStringProperty("wide", "\u65e5".repeat(Integer.parseInt(length)));
        Message got = through(rig, message);
        rig.equal(message.getStringProperty("ascii"), got.getStringProperty("ascii"), "ascii");
        rig.equal(message.getStringProperty("wide"), got.getStringProperty("wide"), "wide");
    }

    @Case
    static void manyProperties(Rig rig) throws Exception {
        Message message = Rig.auto(rig.connect()).createMessage();
        for (int n = 0; n < 1000; n++) message.setStringProperty("p\u00fc" + n, "value " + n);
        Message got = through(rig, message);
        for (int n = 0; n < 1000; n++) rig.equal("value " + n, got.getStringProperty("p\u00fc" + n), "p" + n);
    }

    @Case
    static void headers(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        ActiveMQQueue queue = rig.queue("q");
        for (int mode : new int[] {DeliveryMode.PERSISTENT, DeliveryMode.NON_PERSISTENT}) {
            MessageProducer producer = session.createProducer(queue);
            TextMessage message = session.createTextMessage("body");
            message.setJMSCorrelationID("c\u00f6rr \ud83d\ude00");
            message.setJMSReplyTo(rig.queue("reply"));
            message.setJMSType("t\u00ffpe");
            message.setStringProperty("JMSXGroupID", "gr\u00fcppe");
            message.setIntProperty("JMSXGroupSeq", 42);
            message.setStringProperty("JMSXUserID", "somebody");
            long before = System.currentTimeMillis();
            producer.send(message, mode, 9, 300_000);
            ActiveMQMessage got = (ActiveMQMessage) rig.take(session.createConsumer(queue));
            rig.equal(message.getJMSMessageID(), got.getJMSMessageID(), "message id");
            rig.equal("c\u00f6rr \ud83d\ude00", got.getJMSCorrelationID(), "correlation id");
            rig.equal(rig.queue("reply"), got.getJMSReplyTo(), "reply to");
            rig.equal("t\u00ffpe", got.getJMSType(), "type");
            rig.equal("gr\u00fcppe", got.getGroupID(), "group");
            rig.equal(42, got.getGroupSequence(), "group sequence");
            rig.equal(mode, got.getJMSDeliveryMode(), "delivery mode");
            rig.equal(9, got.getJMSPriority(), "priority");
            rig.equal(message.getJMSExpiration(), got.getJMSExpiration(), "expiration");
            rig.equal(message.getJMSTimestamp(), got.getJMSTimestamp(), "timestamp");
            rig.equal(queue, got.getJMSDestination(), "destination");
            rig.equal(1, got.getIntProperty("JMSXDeliveryCount"), "delivery count");
            rig.equal(false, got.getJMSRedelivered(), "redelivered");
            rig.check(got.getMessageId().getBrokerSequenceId() > 0, "broker sequence set");
            rig.check(got.getBrokerInTime() >= before - 1000, "brokerInTime set");
            rig.check(got.getBrokerOutTime() >= got.getBrokerInTime(), "brokerOutTime set");
            session.close();
            session = Rig.auto(rig.connect());
        }
    }

    @Case
    static void noHeaders(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        MessageProducer producer = session.createProducer(rig.queue("q"));
        producer.setDisableMessageID(true);
        producer.setDisableMessageTimestamp(true);
        producer.send(session.createMessage());
        Message got = rig.take(session.createConsumer(rig.queue("q")));
        rig.equal(null, got.getJMSCorrelationID(), "correlation id");
        rig.equal(null, got.getJMSReplyTo(), "reply to");
        rig.equal(null, got.getJMSType(), "type");
        rig.equal(0L, got.getJMSExpiration(), "expiration");
        rig.equal(0L, got.getJMSTimestamp(), "timestamp");
        rig.check(!got.getPropertyNames().hasMoreElements(), "no properties");
        rig.equal(null, got.getStringProperty("JMSXGroupID"), "group");
    }

    @Case(variants = {"queue", "topic", "temp-queue"})
    static void replyToOfAllKinds(Rig rig, String kind) throws Exception {
        Session session = Rig.auto(rig.connect());
        Message message = session.createMessage();
        if (kind.equals("queue")) message.setJMSReplyTo(rig.queue("r"));
        else if (kind.equals("topic")) message.setJMSReplyTo(rig.topic("r"));
        else message.setJMSReplyTo(session.createTemporaryQueue());
        Message got = through(rig, message);
        rig.equal(message.getJMSReplyTo(), got.getJMSReplyTo(), "reply to");
        rig.equal(kind.equals("temp-queue"), got.getJMSReplyTo() instanceof ActiveMQTempQueue, "temporary");
    }

    @Case
    static void everyPriorityAndBrokerSequencesGrow(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        MessageProducer producer = session.createProducer(rig.queue("q"));
        for (int priority = 0; priority <= 9; priority++) {
            producer.send(rig.numbered(session, priority), DeliveryMode.PERSISTENT, priority, 0);
        }
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        long last = 0;
        for (int seen = 0; seen <= 9; seen++) {
            ActiveMQMessage message = (ActiveMQMessage) rig.take(consumer);
            rig.equal(message.getIntProperty("n"), message.getJMSPriority(), "priority");
            long sequence = message.getMessageId().getBrokerSequenceId();
            rig.check(sequence != last && sequence > 0, "broker sequences differ");
            last = sequence;
        }
    }

    @Case
    static void receivedMessageIsForwarded(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        TextMessage message = session.createTextMessage("\ud83d\ude00");
        message.setObjectProperty("list", List.of(1, 2));
        message.setJMSCorrelationID("c");
        Message got = through(rig, message);
        session.createProducer(rig.queue("next")).send(got);
        TextMessage again = (TextMessage) rig.take(session.createConsumer(rig.queue("next")));
        rig.equal("\ud83d\ude00", again.getText(), "text");
        rig.equal(List.of(1, 2), again.getObjectProperty("list"), "list");
        rig.equal("c", again.getJMSCorrelationID(), "correlation id");
        rig.equal(rig.queue("next"), again.getJMSDestination(), "destination");
    }

    @Case
    static void blobByUrl(Rig rig) throws Exception {
        ActiveMQSession session = (ActiveMQSession) Rig.auto(rig.connect());
        ActiveMQBlobMessage blob =
            (ActiveMQBlobMessage) session.createBlobMessage(new java.net.URL("http://127.0.0.1/some/file"), true);
        blob.setMimeType("text/plain");
        ActiveMQBlobMessage got = (ActiveMQBlobMessage) through(rig, blob);
        rig.equal("http://127.0.0.1/some/file", got.getRemoteBlobUrl(), "URL");
        rig.equal("text/plain", got.getMimeType(), "MIME type");
        rig.equal(true, got.isDeletedByBroker(), "deletedByBroker");
    }

    @Case(variants = {"1", "2"})
    static void bothDeliveryModesAreKeptInAQueue(Rig rig, String mode) throws Exception {
        Session session = Rig.auto(rig.connect());
        MessageProducer producer = session.createProducer(rig.queue("q"));
        for (int n = 0; n < 20; n++) producer.send(rig.numbered(session, n), Integer.parseInt(mode), 4, 0);
        session.close();
        rig.takeNumbers(Rig.auto(rig.connect()).createConsumer(rig.queue("q")), 0, 20);
    }

    @Case(peer = "it keeps persistent and non-persistent messages of a queue in two lists and loses their order")
    static void mixedDeliveryModesKeepTheirOrder(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        MessageProducer producer = session.createProducer(rig.queue("q"));
        for (int n = 0; n < 20; n++) producer.send(rig.numbered(session, n), n % 3 == 0 ? 2 : 1, 4, 0);
        rig.takeNumbers(Rig.auto(rig.connect()).createConsumer(rig.queue("q")), 0, 20);
    }
}
