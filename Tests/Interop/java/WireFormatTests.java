import java.util.Arrays;
import java.util.Enumeration;
import javax.jms.BytesMessage;
import javax.jms.MapMessage;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.ObjectMessage;
import javax.jms.Session;
import javax.jms.StreamMessage;
import javax.jms.TemporaryQueue;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTopic;

/** Every negotiated encoding carries every kind of command (openwire.md 2-6). */
final class WireFormatTests {
    private WireFormatTests() {}

    private static String[] encoding(String variant) {
        String tight = "wireFormat.tightEncodingEnabled=" + variant.contains("tight");
        String cache = "wireFormat.cacheEnabled=" + !variant.contains("nocache");
        int dash = variant.indexOf('-');
        if (!variant.startsWith("v")) return new String[] {tight, cache};
        return new String[] {"wireFormat.version=" + variant.substring(1, dash), tight, cache};
    }

    @Case(variants = {"tight-cache", "tight-nocache", "loose-cache", "loose-nocache"})
    static void encodings(Rig rig, String variant) throws Exception {
        everything(rig, encoding(variant), true);
    }

    @Case(variants = {
        "v1-tight-cache", "v2-tight-cache", "v3-tight-cache", "v5-tight-cache", "v6-tight-cache", "v9-tight-cache",
        "v10-tight-cache", "v11-tight-cache", "v12-tight-cache", "v1-tight-nocache", "v2-tight-nocache",
        "v3-tight-nocache", "v5-tight-nocache", "v6-tight-nocache", "v9-tight-nocache", "v10-tight-nocache",
        "v11-tight-nocache", "v12-tight-nocache", "v1-loose-cache", "v2-loose-cache", "v3-loose-cache",
        "v5-loose-cache", "v6-loose-cache", "v9-loose-cache", "v10-loose-cache", "v11-loose-cache", "v12-loose-cache",
        "v1-loose-nocache", "v2-loose-nocache", "v3-loose-nocache", "v5-loose-nocache", "v6-loose-nocache",
        "v9-loose-nocache", "v10-loose-nocache", "v11-loose-nocache", "v12-loose-nocache"})
    static void versions(Rig rig, String variant) throws Exception {
        everything(rig, encoding(variant), !variant.startsWith("v1-"));
    }

    /** What one side wrote in one encoding, another reads in another. */
    @Case(variants = {"v1-tight-cache>loose-nocache", "loose-nocache>v1-tight-cache", "v6-loose-cache>v12-tight-cache",
        "v12-tight-cache>v2-loose-nocache"})
    static void betweenEncodings(Rig rig, String variant) throws Exception {
        String[] ends = variant.split(">");
        ActiveMQConnection sender = rig.connect(encoding(ends[0]));
        ActiveMQConnection receiver = rig.connect(encoding(ends[1]));
        bodies(rig, Rig.auto(sender), Rig.auto(receiver), rig.queue("q"));
    }

    /** A cache that must evict: 129 slots, 150 destinations, each used three times. */
    @Case(variants = {"true", "false"})
    static void smallCache(Rig rig, String tight) throws Exception {
        String encoding = "wireFormat.tightEncodingEnabled=" + tight;
        ActiveMQConnection connection = rig.connect("wireFormat.cacheSize=129", encoding);
        Session session = Rig.auto(connection);
        MessageProducer producer = session.createProducer(null);
        producer.setDeliveryMode(javax.jms.DeliveryMode.NON_PERSISTENT);
        ActiveMQQueue replies = rig.queue("replies");
        MessageConsumer consumer = session.createConsumer(new ActiveMQTopic(rig.name("t.>")));
        for (int n = 0; n < 450; n++) {
            TextMessage message = rig.numbered(session, n);
            message.setJMSReplyTo(replies);
            producer.send(rig.topic("t." + n % 150), message);
        }
        for (int n = 0; n < 450; n++) {
            Message message = rig.take(consumer);
            int number = message.getIntProperty("n");
            rig.equal(rig.topic("t." + number % 150), message.getJMSDestination(), "destination of " + number);
            rig.equal(replies, message.getJMSReplyTo(), "reply to");
        }
    }

    @Case(variants = {"wireFormat.stackTraceEnabled=false", "wireFormat.tcpNoDelayEnabled=false",
        "wireFormat.sizePrefixDisabled=true", "wireFormat.maxInactivityDuration=0", "wireFormat.maxFrameSize=1000000",
        "wireFormat.maxFrameSizeEnabled=false", "wireFormat.cacheSize=32767", "soLinger=5", "tcpNoDelay=true"})
    static void options(Rig rig, String option) throws Exception {
        ActiveMQConnection connection = rig.connect(option);
        Session session = Rig.auto(connection);
        bodies(rig, session, session, rig.queue("q"));
    }

    @Case
    static void nioClient(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connectTo(rig.url().replace("tcp:", "nio:"));
        Session session = Rig.auto(connection);
        bodies(rig, session, session, rig.queue("q"));
    }

    /** Touches every kind of command a client of that version can send. */
    private static void everything(Rig rig, String[] encoding, boolean pulls) throws Exception {
        ActiveMQConnection connection = rig.open(rig.url(encoding));
        connection.setClientID(rig.name("client"));
        connection.start();
        Session session = Rig.auto(connection);
        bodies(rig, session, session, rig.queue("bodies"));
        headers(rig, session);
        browse(rig, session);
        if (pulls) pull(rig, session);
        temporary(rig, session);
        transaction(rig, connection);
        durable(rig, session);
        errors(rig, session);
        redelivery(rig, connection);
    }

    /** One message of each type, byte-exact. */
    static void bodies(Rig rig, Session sending, Session receiving, ActiveMQQueue queue) throws Exception {
        MessageProducer producer = sending.createProducer(queue);
        MessageConsumer consumer = receiving.createConsumer(queue);
        producer.send(sending.createTextMessage("Gr\u00fc\u00dfe \u65e5\u672c \ud83d\ude00 \u0000 end"));
        BytesMessage bytes = sending.createBytesMessage();
        byte[] pattern = new byte[300];
        for (int at = 0; at < pattern.length; at++) pattern[at] = (byte) at;
        bytes.writeBytes(pattern);
        producer.send(bytes);
        MapMessage map = sending.createMapMessage();
        map.setLong("long", Long.MIN_VALUE);
        map.setString("text", "\u00e9");
        producer.send(map);
        StreamMessage stream = sending.createStreamMessage();
        stream.writeDouble(1.5);
        stream.writeChar('\u20ac');
        producer.send(stream);
        producer.send(sending.createObjectMessage("object"));
        producer.send(sending.createMessage());
        rig.equal("Gr\u00fc\u00dfe \u65e5\u672c \ud83d\ude00 \u0000 end", rig.text(consumer), "text");
        BytesMessage gotBytes = (BytesMessage) rig.take(consumer);
        byte[] read = new byte[(int) gotBytes.getBodyLength()];
        gotBytes.readBytes(read);
        rig.check(Arrays.equals(pattern, read), "bytes equal");
        MapMessage gotMap = (MapMessage) rig.take(consumer);
        rig.equal(Long.MIN_VALUE, gotMap.getLong("long"), "map long");
        rig.equal("\u00e9", gotMap.getString("text"), "map text");
        StreamMessage gotStream = (StreamMessage) rig.take(consumer);
        rig.equal(1.5, gotStream.readDouble(), "stream double");
        rig.equal('\u20ac', gotStream.readChar(), "stream char");
        rig.equal("object", ((ObjectMessage) rig.take(consumer)).getObject(), "object");
        rig.take(consumer);
        producer.close();
        consumer.close();
    }

    private static void headers(Rig rig, Session session) throws Exception {
        MessageProducer producer = session.createProducer(null);
        String selector = "colour = 'blue' AND size BETWEEN 1 AND 9";
        MessageConsumer consumer = session.createConsumer(rig.queue("headers"), selector);
        TextMessage message = session.createTextMessage("chosen");
        message.setStringProperty("colour", "blue");
        message.setIntProperty("size", 5);
        message.setJMSCorrelationID("correlation");
        message.setJMSType("type");
        message.setStringProperty("JMSXGroupID", "group");
        message.setJMSReplyTo(rig.topic("reply"));
        producer.send(rig.queue("headers"), message, javax.jms.DeliveryMode.NON_PERSISTENT, 7, 600_000);
        Message got = rig.take(consumer);
        rig.equal("correlation", got.getJMSCorrelationID(), "correlation id");
        rig.equal("type", got.getJMSType(), "type");
        rig.equal("group", got.getStringProperty("JMSXGroupID"), "group");
        rig.equal(rig.topic("reply"), got.getJMSReplyTo(), "reply to");
        rig.equal(7, got.getJMSPriority(), "priority");
        rig.equal(1, got.getJMSDeliveryMode(), "delivery mode");
        rig.equal(message.getJMSExpiration(), got.getJMSExpiration(), "expiration");
        rig.equal(message.getJMSMessageID(), got.getJMSMessageID(), "message id");
        rig.equal(message.getJMSTimestamp(), got.getJMSTimestamp(), "timestamp");
        rig.equal(false, got.getJMSRedelivered(), "redelivered");
        producer.close();
        consumer.close();
    }

    private static void browse(Rig rig, Session session) throws Exception {
        ActiveMQQueue queue = rig.queue("browse");
        MessageProducer producer = session.createProducer(queue);
        for (int n = 0; n < 3; n++) producer.send(rig.numbered(session, n));
        Enumeration<?> seen = session.createBrowser(queue).getEnumeration();
        for (int n = 0; n < 3; n++) {
            rig.check(seen.hasMoreElements(), "browser sees m" + n);
            rig.equal("m" + n, ((TextMessage) seen.nextElement()).getText(), "browsed");
        }
        rig.check(!seen.hasMoreElements(), "browser ends");
    }

    private static void pull(Rig rig, Session session) throws Exception {
        ActiveMQQueue queue = new ActiveMQQueue(rig.name("browse") + "?consumer.prefetchSize=0");
        MessageConsumer consumer = session.createConsumer(queue);
        rig.takeNumber(consumer, 0);
        rig.check(consumer.receiveNoWait() != null, "second pulled without waiting");
        rig.takeNumber(consumer, 2);
        rig.check(consumer.receiveNoWait() == null, "nothing left to pull");
        consumer.close();
    }

    private static void temporary(Rig rig, Session session) throws Exception {
        TemporaryQueue temporary = session.createTemporaryQueue();
        MessageConsumer consumer = session.createConsumer(temporary);
        session.createProducer(temporary).send(session.createTextMessage("temporary"));
        rig.equal("temporary", rig.text(consumer), "text through a temporary queue");
        consumer.close();
        temporary.delete();
    }

    private static void transaction(Rig rig, ActiveMQConnection connection) throws Exception {
        ActiveMQQueue queue = rig.queue("tx");
        Session session = Rig.transacted(connection);
        MessageProducer producer = session.createProducer(queue);
        producer.send(rig.numbered(session, 0));
        session.rollback();
        producer.send(rig.numbered(session, 1));
        session.commit();
        MessageConsumer consumer = session.createConsumer(queue);
        rig.takeNumber(consumer, 1);
        session.commit();
        rig.none(consumer);
        session.close();
    }

    private static void durable(Rig rig, Session session) throws Exception {
        ActiveMQTopic topic = rig.topic("durable");
        session.createDurableSubscriber(topic, "sub").close();
        session.createProducer(topic).send(rig.numbered(session, 0));
        MessageConsumer consumer = session.createDurableSubscriber(topic, "sub");
        rig.takeNumber(consumer, 0);
        consumer.close();
        session.unsubscribe("sub");
    }

    private static void errors(Rig rig, Session session) throws Exception {
        rig.fails(javax.jms.InvalidDestinationException.class, () -> session.unsubscribe("nobody"));
    }

    private static void redelivery(Rig rig, ActiveMQConnection connection) throws Exception {
        ActiveMQQueue queue = rig.queue("again");
        rig.fill(queue, 0, 1);
        Session session = Rig.client(connection);
        rig.takeNumber(session.createConsumer(queue), 0);
        session.close();
        Session second = Rig.client(connection);
        Message again = rig.takeNumber(second.createConsumer(queue), 0);
        rig.equal(true, again.getJMSRedelivered(), "redelivered");
        again.acknowledge();
        second.close();
        rig.awaitDepth(queue, 0);
    }
}
