import java.util.Arrays;
import java.util.List;
import javax.jms.MessageFormatException;
import javax.jms.StreamMessage;

/** JMS 1.1 section 3.11.3: the conversions of a stream message. */
final class JmsStreamTests {
    static final List<String> TYPES =
        Arrays.asList("boolean", "byte", "short", "char", "int", "long", "float", "double", "String", "byte[]");

    private JmsStreamTests() {}

    /** The table of 3.11.3, the same for streams and maps: what a value written as the first may be read as. */
    static List<String> readableAs(String type) {
        switch (type) {
            case "boolean": return Arrays.asList("boolean", "String");
            case "byte": return Arrays.asList("byte", "short", "int", "long", "String");
            case "short": return Arrays.asList("short", "int", "long", "String");
            case "char": return Arrays.asList("char", "String");
            case "int": return Arrays.asList("int", "long", "String");
            case "long": return Arrays.asList("long", "String");
            case "float": return Arrays.asList("float", "double", "String");
            case "double": return Arrays.asList("double", "String");
            case "String": return Arrays.asList("boolean", "byte", "short", "int", "long", "float", "double", "String");
            default: return Arrays.asList("byte[]");
        }
    }

    static Object sample(String type) {
        switch (type) {
            case "boolean": return true;
            case "byte": return (byte) 7;
            case "short": return (short) 7;
            case "char": return '7';
            case "int": return 7;
            case "long": return 7L;
            case "float": return 7.5f;
            case "double": return 7.5;
            case "String": return "7";
            default: return new byte[] {7, 8};
        }
    }

    static Object converted(Object value, String type) {
        switch (type) {
            case "boolean": return value instanceof Boolean ? value : Boolean.valueOf(value.toString());
            case "String": return value.toString();
            case "char": case "byte[]": return value;
            default: break;
        }
        return Jms.number(value, type);
    }

    private static void write(StreamMessage message, String type, Object value) throws Exception {
        switch (type) {
            case "boolean": message.writeBoolean((Boolean) value); break;
            case "byte": message.writeByte((Byte) value); break;
            case "short": message.writeShort((Short) value); break;
            case "char": message.writeChar((Character) value); break;
            case "int": message.writeInt((Integer) value); break;
            case "long": message.writeLong((Long) value); break;
            case "float": message.writeFloat((Float) value); break;
            case "double": message.writeDouble((Double) value); break;
            case "String": message.writeString((String) value); break;
            default: message.writeBytes((byte[]) value);
        }
    }

    private static Object read(StreamMessage message, String type) throws Exception {
        switch (type) {
            case "boolean": return message.readBoolean();
            case "byte": return message.readByte();
            case "short": return message.readShort();
            case "char": return message.readChar();
            case "int": return message.readInt();
            case "long": return message.readLong();
            case "float": return message.readFloat();
            case "double": return message.readDouble();
            case "String": return message.readString();
            default:
                byte[] space = new byte[100];
                int count = message.readBytes(space);
                return count < 0 ? null : Arrays.copyOf(space, count);
        }
    }

    @Case(variants = {"boolean", "byte", "short", "char", "int", "long", "float", "double", "String", "byte[]"},
        jms = "3.11.3",
        states = "Stream: the row of the table for a value written as {}; all else is a MessageFormatException")
    static void conversions(Rig rig, String from) throws Exception {
        StreamMessage message = Jms.session(rig).createStreamMessage();
        write(message, from, sample(from));
        StreamMessage got = Jms.through(rig, message);
        for (String to : TYPES) {
            got.reset();
            if (readableAs(from).contains(to)) {
                rig.equal(converted(sample(from), to), read(got, to), from + " as " + to);
            } else {
                rig.fails(MessageFormatException.class, () -> read(got, to));
            }
        }
    }

    @Case(variants = {"byte", "short", "int", "long"}, jms = "3.11.3",
        states = "Stream: null read as {} is a NumberFormatException", client = "it is a NullPointerException")
    static void nullAsInteger(Rig rig, String type) throws Exception {
        StreamMessage message = Jms.session(rig).createStreamMessage();
        message.writeObject(null);
        StreamMessage got = Jms.through(rig, message);
        rig.fails(NumberFormatException.class, () -> read(got, type));
    }

    @Case(jms = "3.11.3", states = "Stream: null read as boolean is false", client = "it is a NullPointerException")
    static void nullAsBoolean(Rig rig) throws Exception {
        StreamMessage message = Jms.session(rig).createStreamMessage();
        message.writeObject(null);
        rig.equal(false, Jms.through(rig, message).readBoolean(), "boolean");
    }

    @Case(jms = "3.11.3", states = "Stream: null read as bytes is -1", client = "it takes null for text only")
    static void nullAsBytes(Rig rig) throws Exception {
        StreamMessage message = Jms.session(rig).createStreamMessage();
        message.writeObject(null);
        rig.equal(-1, Jms.through(rig, message).readBytes(new byte[1]), "count");
    }

    @Case(variants = {"byte", "short", "int", "long", "float", "double"}, jms = "3.11.3",
        states = "Stream: text that is not a {} throws NumberFormatException, and can then be read as text")
    static void textThatIsNoNumber(Rig rig, String type) throws Exception {
        StreamMessage message = Jms.session(rig).createStreamMessage();
        message.writeString("seven");
        StreamMessage got = Jms.through(rig, message);
        rig.fails(NumberFormatException.class, () -> read(got, type));
        rig.equal("seven", got.readString(), "the position did not move");
    }

    @Case(jms = "3.11.3", states = "Stream: after a MessageFormatException the value can be read as its own type")
    static void positionAfterAFailure(Rig rig) throws Exception {
        StreamMessage message = Jms.session(rig).createStreamMessage();
        message.writeLong(5);
        message.writeChar('c');
        message.writeDouble(2.5);
        StreamMessage got = Jms.through(rig, message);
        rig.fails(MessageFormatException.class, got::readInt);
        rig.equal(5L, got.readLong(), "long");
        rig.fails(MessageFormatException.class, got::readInt);
        rig.equal('c', got.readChar(), "char");
        rig.fails(MessageFormatException.class, got::readFloat);
        rig.equal(2.5, got.readDouble(), "double");
    }

    @Case(jms = "3.11.3", states = "Stream: null reads as null text and object; as float, double or char an exception")
    static void nulls(Rig rig) throws Exception {
        StreamMessage message = Jms.session(rig).createStreamMessage();
        message.writeString(null);
        StreamMessage got = Jms.through(rig, message);
        rig.equal(null, got.readString(), "text");
        got.reset();
        rig.equal(null, got.readObject(), "object");
        for (String type : new String[] {"float", "double", "char"}) {
            got.reset();
            rig.fails(NullPointerException.class, () -> read(got, type));
        }
    }

    @Case(jms = "3.11", states = "Stream: values are read in the order they were written, as objects of their classes")
    static void orderAndClasses(Rig rig) throws Exception {
        StreamMessage message = Jms.session(rig).createStreamMessage();
        for (String type : TYPES) write(message, type, sample(type));
        StreamMessage got = Jms.through(rig, message);
        for (String type : TYPES) {
            Object value = got.readObject();
            rig.equal(sample(type), value, type);
            rig.equal(sample(type).getClass(), value.getClass(), "class of " + type);
        }
        rig.fails(javax.jms.MessageEOFException.class, got::readObject);
    }

    @Case(jms = "3.11",
        states = "Stream: writeObject takes what the write methods take, and null; all else is a "
            + "MessageFormatException")
    static void writeObject(Rig rig) throws Exception {
        StreamMessage message = Jms.session(rig).createStreamMessage();
        for (String type : TYPES) message.writeObject(sample(type));
        message.writeObject(null);
        rig.fails(MessageFormatException.class, () -> message.writeObject(new java.util.Date()));
        StreamMessage got = Jms.through(rig, message);
        for (String type : TYPES) rig.equal(sample(type), read(got, type), type);
        rig.equal(null, got.readObject(), "null");
    }

    @Case(jms = "3.11",
        states = "Stream: readBytes reads one field in parts, says -1 at its end, and only then goes on to the next")
    static void bytesInParts(Rig rig) throws Exception {
        StreamMessage message = Jms.session(rig).createStreamMessage();
        message.writeBytes(new byte[] {1, 2, 3, 4});
        message.writeBytes(new byte[] {9, 5, 6, 9}, 1, 2);
        StreamMessage got = Jms.through(rig, message);
        byte[] part = new byte[4];
        rig.equal(4, got.readBytes(part), "first part");
        rig.equal(new byte[] {1, 2, 3, 4}, part, "bytes");
        rig.equal(-1, got.readBytes(part), "end of the field");
        byte[] small = new byte[1];
        rig.equal(1, got.readBytes(small), "second field, first part");
        rig.fails(MessageFormatException.class, got::readInt);
        rig.equal(1, got.readBytes(small), "second field, second part");
        rig.equal(-1, got.readBytes(small), "end of the second field");
    }
}
