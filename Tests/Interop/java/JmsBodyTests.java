import java.io.Serializable;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.jms.BytesMessage;
import javax.jms.MapMessage;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageEOFException;
import javax.jms.MessageFormatException;
import javax.jms.MessageNotReadableException;
import javax.jms.MessageNotWriteableException;
import javax.jms.MessageProducer;
import javax.jms.ObjectMessage;
import javax.jms.Session;
import javax.jms.StreamMessage;
import javax.jms.TextMessage;

/** JMS 1.1 sections 3.9 to 3.12: access to messages, bodies in general, text, objects, bytes, foreign messages. */
final class JmsBodyTests {
    private JmsBodyTests() {}

    /** A message of each type with something in it. */
    private static Message filled(Session session, String type) throws Exception {
        switch (type) {
            case "text": return session.createTextMessage("body");
            case "object": return session.createObjectMessage("body");
            case "bytes":
                BytesMessage bytes = session.createBytesMessage();
                bytes.writeUTF("body");
                return bytes;
            case "map":
                MapMessage map = session.createMapMessage();
                map.setString("key", "body");
                return map;
            default:
                StreamMessage stream = session.createStreamMessage();
                stream.writeString("body");
                return stream;
        }
    }

    private static void write(Message message, String text) throws Exception {
        if (message instanceof TextMessage) ((TextMessage) message).setText(text);
        else if (message instanceof ObjectMessage) ((ObjectMessage) message).setObject(text);
        else if (message instanceof BytesMessage) ((BytesMessage) message).writeUTF(text);
        else if (message instanceof MapMessage) ((MapMessage) message).setString("key", text);
        else ((StreamMessage) message).writeString(text);
    }

    private static Object read(Message message) throws Exception {
        if (message instanceof TextMessage) return ((TextMessage) message).getText();
        if (message instanceof ObjectMessage) return ((ObjectMessage) message).getObject();
        if (message instanceof BytesMessage) return ((BytesMessage) message).readUTF();
        if (message instanceof MapMessage) return ((MapMessage) message).getString("key");
        return ((StreamMessage) message).readString();
    }

    @Case(variants = {"text", "object", "bytes", "map", "stream"}, jms = "3.11",
        states = "A {} message's body comes out as it went in, and as the same type of message")
    static void roundTrip(Rig rig, String type) throws Exception {
        Message got = Jms.through(rig, filled(Jms.session(rig), type));
        rig.equal("body", read(got), "body");
    }

    @Case(jms = "3.11", states = "A message may have no body at all")
    static void noBody(Rig rig) throws Exception {
        Message message = Jms.session(rig).createMessage();
        message.setIntProperty("p", 1);
        Message got = Jms.through(rig, message);
        rig.equal(1, got.getIntProperty("p"), "property");
        for (Class<?> kind : new Class<?>[] {TextMessage.class, ObjectMessage.class, BytesMessage.class,
            MapMessage.class, StreamMessage.class}) rig.check(!kind.isInstance(got), "not a " + kind.getSimpleName());
    }

    @Case(variants = {"text", "object", "bytes", "map", "stream"}, jms = "3.9",
        states = "A sent {} message may be changed and sent again; what was sent before does not change")
    static void changedAfterSending(Rig rig, String type) throws Exception {
        Session session = Jms.session(rig);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        Message message = filled(session, type);
        message.setIntProperty("n", 1);
        producer.send(message);
        message.clearBody();
        write(message, "second");
        message.clearProperties();
        message.setIntProperty("n", 2);
        producer.send(message);
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        Message first = rig.take(consumer);
        rig.equal("body", read(first), "first body");
        rig.equal(1, first.getIntProperty("n"), "first property");
        Message second = rig.take(consumer);
        rig.equal("second", read(second), "second body");
        rig.equal(2, second.getIntProperty("n"), "second property");
    }

    @Case(variants = {"text", "object", "bytes", "map", "stream"}, jms = "3.11.2",
        states = "A received {} message's body is read-only: writing throws MessageNotWriteableException")
    static void readOnly(Rig rig, String type) throws Exception {
        Message got = Jms.through(rig, filled(Jms.session(rig), type));
        rig.fails(MessageNotWriteableException.class, () -> write(got, "other"));
        rig.equal("body", read(got), "body");
    }

    @Case(variants = {"text", "object", "bytes", "map", "stream"}, jms = "3.11.1",
        states = "clearBody makes a received {} message's body empty and writable, and leaves header and properties")
    static void clearBody(Rig rig, String type) throws Exception {
        Message message = filled(Jms.session(rig), type);
        message.setIntProperty("p", 1);
        message.setJMSCorrelationID("c");
        Message got = Jms.through(rig, message);
        got.clearBody();
        rig.equal(1, got.getIntProperty("p"), "property");
        rig.equal("c", got.getJMSCorrelationID(), "correlation id");
        rig.fails(MessageNotWriteableException.class, () -> got.setIntProperty("p", 2));
        if (!type.equals("bytes") && !type.equals("stream")) rig.equal(null, read(got), "cleared");
        write(got, "other");
        Message again = Jms.through(rig, got);
        rig.equal("other", read(again), "written after the clearing");
        rig.equal(1, again.getIntProperty("p"), "property");
    }

    @Case(variants = {"text", "object", "bytes", "map", "stream"}, jms = "3.11.1",
        states = "A {} message cleared before the send arrives empty")
    static void clearedBeforeSending(Rig rig, String type) throws Exception {
        Message message = filled(Jms.session(rig), type);
        message.clearBody();
        Message got = Jms.through(rig, message);
        if (type.equals("bytes") || type.equals("stream")) rig.fails(MessageEOFException.class, () -> read(got));
        else rig.equal(null, read(got), "body");
    }

    @Case(variants = {"bytes", "stream"}, jms = "3.11.2",
        states = "A new or cleared {} message is write-only: reading throws MessageNotReadableException until reset")
    static void writeOnly(Rig rig, String type) throws Exception {
        Message message = filled(Jms.session(rig), type);
        rig.fails(MessageNotReadableException.class, () -> read(message));
        reset(message);
        rig.equal("body", read(message), "after reset");
        rig.fails(MessageNotWriteableException.class, () -> write(message, "x"));
        message.clearBody();
        rig.fails(MessageNotReadableException.class, () -> read(message));
        Message got = Jms.through(rig, filled(Jms.session(rig), type));
        got.clearBody();
        rig.fails(MessageNotReadableException.class, () -> read(got));
    }

    private static void reset(Message message) throws Exception {
        if (message instanceof BytesMessage) ((BytesMessage) message).reset();
        else ((StreamMessage) message).reset();
    }

    @Case(variants = {"bytes", "stream"}, jms = "3.11.2",
        states = "reset puts a received {} message back to its beginning")
    static void resetReceived(Rig rig, String type) throws Exception {
        Message got = Jms.through(rig, filled(Jms.session(rig), type));
        for (int round = 0; round < 3; round++) {
            rig.equal("body", read(got), "round " + round);
            reset(got);
        }
    }

    @Case(variants = {"bytes", "stream"}, jms = "3.11",
        states = "Reading past the end of a {} message throws MessageEOFException")
    static void endOfBody(Rig rig, String type) throws Exception {
        Message got = Jms.through(rig, filled(Jms.session(rig), type));
        read(got);
        rig.fails(MessageEOFException.class, () -> read(got));
    }

    // Text and objects

    @Case(variants = {"", "line\nline", "\u00e4\u65e5\ud83d\ude00", "null"}, jms = "3.11",
        states = "A text message carries any String, also the empty one and null: {}")
    static void texts(Rig rig, String text) throws Exception {
        String value = text.equals("null") ? null : text;
        rig.equal(value, Jms.through(rig, Jms.session(rig).createTextMessage(value)).getText(), "text");
    }

    @Case(jms = "3.11", states = "An object message carries any serialisable object, also null")
    static void objects(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        ArrayList<Object> list = new ArrayList<>(Arrays.asList(1, "two", new int[] {3}, null));
        ObjectMessage got = Jms.through(rig, session.createObjectMessage(list));
        rig.equal(list.toArray(), ((List<?>) got.getObject()).toArray(), "list");
        rig.equal(null, Jms.through(rig, session.createObjectMessage(null)).getObject(), "null");
        rig.equal(null, Jms.through(rig, session.createObjectMessage()).getObject(), "nothing set");
    }

    @Case(jms = "3.11", states = "An object is taken when it is set: later changes to it do not reach the message")
    static void objectIsCopied(Rig rig) throws Exception {
        ArrayList<String> list = new ArrayList<>(List.of("one"));
        ObjectMessage message = Jms.session(rig).createObjectMessage(list);
        list.add("two");
        rig.equal(List.of("one"), Jms.through(rig, message).getObject(), "list");
    }

    private static final class Stubborn implements Serializable {
        private final Object inner = new Object();
    }

    @Case(jms = "3.11", states = "An object that cannot be serialised fails with MessageFormatException",
        client = "it wraps NotSerializableException in a plain JMSException or RuntimeException")
    static void objectThatCannotBeSerialised(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        rig.fails(MessageFormatException.class, () -> session.createObjectMessage(new Stubborn()));
    }

    // Bytes

    @Case(jms = "3.11", states = "A bytes message carries all primitives in the form of java.io.DataOutput")
    static void allPrimitivesInBytes(Rig rig) throws Exception {
        BytesMessage message = Jms.session(rig).createBytesMessage();
        message.writeBoolean(true);
        message.writeByte((byte) -1);
        message.writeShort((short) -2);
        message.writeChar('\uffff');
        message.writeInt(Integer.MIN_VALUE);
        message.writeLong(Long.MIN_VALUE);
        message.writeFloat(Float.MIN_VALUE);
        message.writeDouble(Double.MAX_VALUE);
        message.writeUTF("\u0000\u00e4\u65e5");
        message.writeBytes(new byte[] {1, 2, 3});
        message.writeBytes(new byte[] {4, 5, 6, 7}, 1, 2);
        BytesMessage got = Jms.through(rig, message);
        rig.equal(true, got.readBoolean(), "boolean");
        rig.equal(255, got.readUnsignedByte(), "unsigned byte");
        rig.equal(65534, got.readUnsignedShort(), "unsigned short");
        rig.equal('\uffff', got.readChar(), "char");
        rig.equal(Integer.MIN_VALUE, got.readInt(), "int");
        rig.equal(Long.MIN_VALUE, got.readLong(), "long");
        rig.equal(Float.MIN_VALUE, got.readFloat(), "float");
        rig.equal(Double.MAX_VALUE, got.readDouble(), "double");
        rig.equal("\u0000\u00e4\u65e5", got.readUTF(), "UTF");
        byte[] rest = new byte[10];
        rig.equal(5, got.readBytes(rest), "count");
        rig.equal(new byte[] {1, 2, 3, 5, 6, 0, 0, 0, 0, 0}, rest, "bytes");
    }

    @Case(jms = "3.11", states = "readBytes fills the array as far as there are bytes, then says -1")
    static void readBytes(Rig rig) throws Exception {
        BytesMessage message = Jms.session(rig).createBytesMessage();
        message.writeBytes(new byte[] {1, 2, 3, 4, 5});
        BytesMessage got = Jms.through(rig, message);
        byte[] part = new byte[2];
        rig.equal(2, got.readBytes(part), "first");
        rig.equal(new byte[] {1, 2}, part, "first bytes");
        rig.equal(1, got.readBytes(part, 1), "second");
        rig.equal(2, got.readBytes(part), "third");
        rig.equal(new byte[] {4, 5}, part, "third bytes");
        rig.equal(-1, got.readBytes(part), "end");
    }

    @Case(variants = {"3", "-1"}, jms = "3.11",
        states = "readBytes of {} bytes into an array of 2 is an IndexOutOfBoundsException",
        client = "at the end of the body it says -1 before it looks at the length")
    static void readBytesOfAWrongLength(Rig rig, String length) throws Exception {
        BytesMessage got = Jms.through(rig, Jms.session(rig).createBytesMessage());
        rig.fails(IndexOutOfBoundsException.class, () -> got.readBytes(new byte[2], Integer.parseInt(length)));
    }

    @Case(jms = "3.11", states = "getBodyLength is the number of bytes; only a readable message tells it")
    static void bodyLength(Rig rig) throws Exception {
        BytesMessage message = Jms.session(rig).createBytesMessage();
        message.writeBytes(new byte[1000]);
        rig.fails(MessageNotReadableException.class, message::getBodyLength);
        BytesMessage got = Jms.through(rig, message);
        rig.equal(1000L, got.getBodyLength(), "length");
        got.readInt();
        rig.equal(1000L, got.getBodyLength(), "length after reading");
    }

    @Case(jms = "3.11",
        states = "writeObject of a bytes message takes the objects of primitives, String and byte[]; null is a "
        + "NullPointerException, all else a MessageFormatException")
    static void writeObject(Rig rig) throws Exception {
        BytesMessage message = Jms.session(rig).createBytesMessage();
        Object[] values = {true, (byte) 1, (short) 2, 'c', 3, 4L, 5f, 6.0, "seven", new byte[] {8}};
        for (Object value : values) message.writeObject(value);
        rig.fails(MessageFormatException.class, () -> message.writeObject(new java.util.Date()));
        rig.fails(NullPointerException.class, () -> message.writeObject(null));
        BytesMessage got = Jms.through(rig, message);
        rig.equal(true, got.readBoolean(), "boolean");
        rig.equal((byte) 1, got.readByte(), "byte");
        rig.equal((short) 2, got.readShort(), "short");
        rig.equal('c', got.readChar(), "char");
        rig.equal(3, got.readInt(), "int");
        rig.equal(4L, got.readLong(), "long");
        rig.equal(5f, got.readFloat(), "float");
        rig.equal(6.0, got.readDouble(), "double");
        rig.equal("seven", got.readUTF(), "UTF");
        rig.equal((byte) 8, got.readByte(), "byte[]");
    }

    // Foreign messages

    /** A message of another provider: all calls go to `inner`, whose class the ActiveMQ client cannot see. */
    @SuppressWarnings("unchecked")
    private static <M extends Message> M foreign(Class<M> kind, M inner) {
        return (M) java.lang.reflect.Proxy.newProxyInstance(kind.getClassLoader(), new Class<?>[] {kind},
            (self, method, arguments) -> {
                try {
                    return method.invoke(inner, arguments);
                } catch (InvocationTargetException wrapped) {
                    throw wrapped.getCause();
                }
            });
    }

    private static Class<? extends Message> kind(String type) {
        switch (type) {
            case "text": return TextMessage.class;
            case "object": return ObjectMessage.class;
            case "bytes": return BytesMessage.class;
            case "map": return MapMessage.class;
            default: return StreamMessage.class;
        }
    }

    @SuppressWarnings("unchecked")
    @Case(variants = {"text", "object", "bytes", "map", "stream"}, jms = "3.12",
        states = "A {} message of another provider can be sent and arrives with header, properties and body")
    static void foreignMessages(Rig rig, String type) throws Exception {
        Message inner = filled(Jms.session(rig), type);
        inner.setJMSCorrelationID("c");
        inner.setJMSType("t");
        inner.setJMSReplyTo(rig.queue("r"));
        inner.setLongProperty("p", 5);
        Message got = Jms.through(rig, foreign((Class<Message>) kind(type), inner));
        rig.equal("body", read(got), "body");
        rig.equal("c", got.getJMSCorrelationID(), "correlation id");
        rig.equal("t", got.getJMSType(), "type");
        rig.equal(rig.queue("r"), got.getJMSReplyTo(), "reply to");
        rig.equal(5L, got.getObjectProperty("p"), "property");
    }

    @Case(jms = "3.12", states = "Sending another provider's message sets its header fields as for an own one")
    static void foreignHeaders(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        TextMessage message = foreign(TextMessage.class, session.createTextMessage("body"));
        session.createProducer(rig.queue("q")).send(message, 1, 7, 100_000);
        TextMessage got = (TextMessage) rig.take(session.createConsumer(rig.queue("q")));
        rig.equal(got.getJMSMessageID(), message.getJMSMessageID(), "message id");
        rig.equal(rig.queue("q"), message.getJMSDestination(), "destination");
        rig.equal(1, message.getJMSDeliveryMode(), "delivery mode");
        rig.equal(7, message.getJMSPriority(), "priority");
        rig.equal(got.getJMSExpiration(), message.getJMSExpiration(), "expiration");
    }
}
