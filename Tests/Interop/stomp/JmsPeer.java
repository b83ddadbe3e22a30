import java.io.PrintStream;
import java.net.URLEncoder;
import java.util.Collections;
import java.util.Enumeration;
import java.util.TreeSet;
import javax.jms.*;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTopic;

/**
 * The JMS side of the table between STOMP and JMS.
 *
 *     JmsPeer URL send QUEUE               one message of each kind, named by its correlation id
 *     JmsPeer URL send-compressed QUEUE    likewise, compressed
 *     JmsPeer URL send-topic TOPIC         one text
 *     JmsPeer URL receive QUEUE COUNT      prints each message, one fact a line, values URL-encoded
 *     JmsPeer URL ask QUEUE                asks, and prints the answer that comes to its temporary queue
 *     JmsPeer URL answer QUEUE             answers one question
 */
public class JmsPeer {
    static Session session;
    static MessageProducer producer;

    public static void main(String[] args) throws Exception {
        ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(args[0]);
        factory.setUseCompression(args[1].equals("send-compressed"));
        Connection connection = factory.createConnection();
        connection.start();
        session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
        Queue queue = session.createQueue(args[2]);
        switch (args[1]) {
            case "send-topic":
                session.createProducer(session.createTopic(args[2])).send(session.createTextMessage("from JMS"));
                break;
            case "receive": receive(queue, Integer.parseInt(args[3])); break;
            case "ask": ask(queue); break;
            case "answer": answer(queue); break;
            default: send(queue);
        }
        connection.close();
    }

    static void send(Queue queue) throws Exception {
        producer = session.createProducer(queue);
        TextMessage text = session.createTextMessage("grüße 😀 " + "text ".repeat(100));
        text.setJMSType("t");
        text.setJMSReplyTo(new ActiveMQTopic("replies"));
        text.setStringProperty("JMSXGroupID", "g");
        text.setIntProperty("JMSXGroupSeq", 3);
        text.setBooleanProperty("bool", true);
        text.setByteProperty("byte", (byte) -8);
        text.setShortProperty("short", (short) 300);
        text.setIntProperty("int", 70000);
        text.setLongProperty("long", 1L << 40);
        text.setFloatProperty("float", 1.5f);
        text.setDoubleProperty("double", 2.25);
        text.setStringProperty("string", "a:b\\c\nd");
        send("text", text, DeliveryMode.PERSISTENT, 7);
        send("empty", session.createTextMessage(), DeliveryMode.NON_PERSISTENT, 4);
        BytesMessage bytes = session.createBytesMessage();
        byte[] content = new byte[1000];
        for (int i = 0; i < content.length; i++) content[i] = (byte) i;
        bytes.writeBytes(content);
        send("bytes", bytes, DeliveryMode.PERSISTENT, 4);
        MapMessage map = session.createMapMessage();
        map.setString("name", "Ann");
        map.setInt("count", 7);
        map.setBoolean("paid", true);
        map.setDouble("price", 1.25);
        map.setBytes("raw", new byte[] {1, 2, 3});
        map.setByte("byte", (byte) -8);
        map.setShort("short", (short) 300);
        map.setLong("long", 1L << 40);
        map.setFloat("float", 1.5f);
        map.setChar("char", 'ß');
        send("map", map, DeliveryMode.PERSISTENT, 4);
        StreamMessage stream = session.createStreamMessage();
        stream.writeInt(7);
        stream.writeString("s");
        stream.writeBoolean(false);
        stream.writeBytes(new byte[] {1, 2, 3});
        stream.writeDouble(2.25);
        stream.writeChar('ß');
        send("stream", stream, DeliveryMode.PERSISTENT, 4);
        send("object", session.createObjectMessage("serialized"), DeliveryMode.PERSISTENT, 4);
        send("plain", session.createMessage(), DeliveryMode.PERSISTENT, 4);
    }

    static void send(String name, Message message, int mode, int priority) throws Exception {
        message.setJMSCorrelationID(name);
        producer.send(message, mode, priority, name.equals("text") ? 3_600_000 : 0);
    }

    static void ask(Queue queue) throws Exception {
        TemporaryQueue answers = session.createTemporaryQueue();
        TextMessage question = session.createTextMessage("question");
        question.setJMSReplyTo(answers);
        question.setJMSCorrelationID("ask");
        session.createProducer(queue).send(question);
        receive(answers, 1);
    }

    static void answer(Queue queue) throws Exception {
        Message question = session.createConsumer(queue).receive(20_000);
        TextMessage answer = session.createTextMessage("answer to " + ((TextMessage) question).getText());
        answer.setJMSCorrelationID(question.getJMSCorrelationID());
        session.createProducer(question.getJMSReplyTo()).send(answer);
    }

    static void receive(Queue queue, int count) throws Exception {
        PrintStream out = new PrintStream(System.out, false, "UTF-8");
        MessageConsumer consumer = session.createConsumer(queue);
        for (int n = 0; n < count; n++) {
            Message message = consumer.receive(20_000);
            if (message == null) break;
            out.println("message");
            fact(out, "type", kind(message));
            fact(out, "JMSMessageID", message.getJMSMessageID());
            fact(out, "JMSCorrelationID", message.getJMSCorrelationID());
            fact(out, "JMSType", message.getJMSType());
            fact(out, "JMSReplyTo", message.getJMSReplyTo());
            fact(out, "JMSPriority", message.getJMSPriority());
            fact(out, "JMSDeliveryMode", message.getJMSDeliveryMode());
            fact(out, "JMSExpiration", message.getJMSExpiration());
            fact(out, "JMSTimestamp", message.getJMSTimestamp());
            fact(out, "JMSRedelivered", message.getJMSRedelivered());
            TreeSet<String> names = new TreeSet<>();
            for (Enumeration<?> e = message.getPropertyNames(); e.hasMoreElements();) names.add((String) e.nextElement());
            for (String name : names) {
                Object value = message.getObjectProperty(name);
                fact(out, "property." + name, value.getClass().getSimpleName() + " " + value);
            }
            if (message instanceof TextMessage) fact(out, "body", ((TextMessage) message).getText());
            if (message instanceof BytesMessage) {
                BytesMessage bytes = (BytesMessage) message;
                byte[] content = new byte[(int) bytes.getBodyLength()];
                bytes.readBytes(content);
                StringBuilder hex = new StringBuilder();
                for (byte b : content) hex.append(String.format("%02x", b));
                fact(out, "body", hex);
            }
            if (message instanceof MapMessage) {
                MapMessage map = (MapMessage) message;
                for (Object name : Collections.list(map.getMapNames())) {
                    Object value = map.getObject((String) name);
                    String text = value instanceof byte[] ? java.util.Arrays.toString((byte[]) value) : value.toString();
                    fact(out, "map." + name, value.getClass().getSimpleName() + " " + text);
                }
            }
        }
        out.flush();
    }

    static String kind(Message message) {
        if (message instanceof TextMessage) return "text";
        if (message instanceof BytesMessage) return "bytes";
        if (message instanceof MapMessage) return "map";
        return "other";
    }

    static void fact(PrintStream out, String name, Object value) throws Exception {
        if (value != null) out.println(URLEncoder.encode(name, "UTF-8") + " " + URLEncoder.encode(value.toString(), "UTF-8"));
    }
}
