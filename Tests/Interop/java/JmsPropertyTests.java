import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageFormatException;
import javax.jms.MessageNotWriteableException;
import javax.jms.Session;
import javax.jms.TextMessage;

/** JMS 1.1 section 3.5: message properties. */
final class JmsPropertyTests {
    private static final List<String> TYPES =
        Arrays.asList("boolean", "byte", "short", "int", "long", "float", "double", "String");

    private JmsPropertyTests() {}

    private static Object get(Message message, String type, String name) throws Exception {
        switch (type) {
            case "boolean": return message.getBooleanProperty(name);
            case "byte": return message.getByteProperty(name);
            case "short": return message.getShortProperty(name);
            case "int": return message.getIntProperty(name);
            case "long": return message.getLongProperty(name);
            case "float": return message.getFloatProperty(name);
            case "double": return message.getDoubleProperty(name);
            default: return message.getStringProperty(name);
        }
    }

    private static void set(Message message, String type, String name, Object value) throws Exception {
        switch (type) {
            case "boolean": message.setBooleanProperty(name, (Boolean) value); break;
            case "byte": message.setByteProperty(name, (Byte) value); break;
            case "short": message.setShortProperty(name, (Short) value); break;
            case "int": message.setIntProperty(name, (Integer) value); break;
            case "long": message.setLongProperty(name, (Long) value); break;
            case "float": message.setFloatProperty(name, (Float) value); break;
            case "double": message.setDoubleProperty(name, (Double) value); break;
            default: message.setStringProperty(name, (String) value);
        }
    }

    private static Object sample(String type) {
        switch (type) {
            case "boolean": return true;
            case "byte": return (byte) 7;
            case "short": return (short) 7;
            case "int": return 7;
            case "long": return 7L;
            case "float": return 7.5f;
            case "double": return 7.5;
            default: return "7";
        }
    }

    /** The table of 3.5.4: what a property set as the first may be read as. */
    private static List<String> readableAs(String type) {
        switch (type) {
            case "boolean": return Arrays.asList("boolean", "String");
            case "byte": return Arrays.asList("byte", "short", "int", "long", "String");
            case "short": return Arrays.asList("short", "int", "long", "String");
            case "int": return Arrays.asList("int", "long", "String");
            case "long": return Arrays.asList("long", "String");
            case "float": return Arrays.asList("float", "double", "String");
            case "double": return Arrays.asList("double", "String");
            default: return TYPES;
        }
    }

    private static Object converted(Object value, String type) {
        if (type.equals("boolean")) return value instanceof Boolean ? value : Boolean.valueOf(value.toString());
        if (type.equals("String")) return value.toString();
        if (value instanceof Boolean) throw new AssertionError("no number");
        return Jms.number(value, type);
    }

    @Case(variants = {"boolean", "byte", "short", "int", "long", "float", "double", "String"}, jms = "3.5.4",
        states = "The row of the conversion table for a property set as {}; all else is a MessageFormatException")
    static void conversions(Rig rig, String from) throws Exception {
        Message message = Jms.session(rig).createMessage();
        set(message, from, "p", sample(from));
        Message got = Jms.through(rig, message);
        for (Message each : new Message[] {message, got}) {
            for (String to : TYPES) {
                if (readableAs(from).contains(to)) {
                    Object value = get(each, to, "p");
                    rig.equal(converted(sample(from), to), value, from + " as " + to);
                    rig.equal(converted(sample(from), to).getClass(), value.getClass(), "class, " + from + " as " + to);
                } else {
                    rig.fails(MessageFormatException.class, () -> get(each, to, "p"));
                }
            }
        }
    }

    @Case(variants = {"byte", "short", "int", "long", "float", "double"}, jms = "3.5.4",
        states = "Text that is not a {} throws NumberFormatException when read as one")
    static void textThatIsNoNumber(Rig rig, String type) throws Exception {
        Message message = Jms.session(rig).createMessage();
        message.setStringProperty("p", "seven");
        Message got = Jms.through(rig, message);
        rig.fails(NumberFormatException.class, () -> get(got, type, "p"));
    }

    @Case(jms = "3.5.4", states = "Text read as boolean is true for 'true' in any case, false for all else")
    static void textAsBoolean(Rig rig) throws Exception {
        Message message = Jms.session(rig).createMessage();
        for (String text : new String[] {"true", "TRUE", "True"}) message.setStringProperty("t" + text, text);
        for (String text : new String[] {"false", "yes", "1", ""}) message.setStringProperty("f" + text, text);
        Message got = Jms.through(rig, message);
        for (String name : Jms.names(got)) rig.equal(name.startsWith("t"), got.getBooleanProperty(name), name);
    }

    @Case(variants = {"byte", "short", "int", "long", "float", "double"}, jms = "3.5.2",
        states = "The smallest and the largest {} come out as they went in")
    static void extremes(Rig rig, String type) throws Exception {
        Map<String, Object[]> extremes = new TreeMap<>();
        extremes.put("byte", new Object[] {Byte.MIN_VALUE, Byte.MAX_VALUE});
        extremes.put("short", new Object[] {Short.MIN_VALUE, Short.MAX_VALUE});
        extremes.put("int", new Object[] {Integer.MIN_VALUE, Integer.MAX_VALUE});
        extremes.put("long", new Object[] {Long.MIN_VALUE, Long.MAX_VALUE});
        extremes.put("float", new Object[] {-Float.MAX_VALUE, Float.MIN_VALUE});
        extremes.put("double", new Object[] {-Double.MAX_VALUE, Double.MIN_VALUE});
        Message message = Jms.session(rig).createMessage();
        set(message, type, "least", extremes.get(type)[0]);
        set(message, type, "most", extremes.get(type)[1]);
        Message got = Jms.through(rig, message);
        rig.equal(extremes.get(type)[0], get(got, type, "least"), "least");
        rig.equal(extremes.get(type)[1], get(got, type, "most"), "most");
    }

    @Case(variants = {"null", ""}, jms = "3.5.1", states = "A property's name may not be null or empty: {}")
    static void badNames(Rig rig, String text) throws Exception {
        String name = text.equals("null") ? null : text;
        Message message = Jms.session(rig).createMessage();
        for (String type : TYPES) {
            rig.fails(IllegalArgumentException.class, () -> set(message, type, name, sample(type)));
        }
        rig.fails(IllegalArgumentException.class, () -> message.setObjectProperty(name, 1));
    }

    @Case(jms = "3.5.1",
        states = "Names follow the rules of selector identifiers: letters, digits, _ and $, any script")
    static void names(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        String[] names = {"a", "_a", "$a", "a1_$", "gr\u00f6\u00dfe", "\u65e5\u672c", "aB"};
        Message message = session.createMessage();
        for (String name : names) message.setIntProperty(name, 1);
        Message got = Jms.through(rig, message);
        for (String name : names) rig.equal(1, got.getIntProperty(name), name);
    }

    @Case(jms = "3.5.1", states = "Names differ by case")
    static void namesDifferByCase(Rig rig) throws Exception {
        Message message = Jms.session(rig).createMessage();
        message.setIntProperty("name", 1);
        message.setIntProperty("Name", 2);
        Message got = Jms.through(rig, message);
        rig.equal(1, got.getIntProperty("name"), "name");
        rig.equal(2, got.getIntProperty("Name"), "Name");
    }

    @Case(jms = "3.5.2", states = "A property set again has the last value and type")
    static void setAgain(Rig rig) throws Exception {
        Message message = Jms.session(rig).createMessage();
        message.setIntProperty("p", 1);
        message.setStringProperty("p", "two");
        Message got = Jms.through(rig, message);
        rig.equal("two", got.getObjectProperty("p"), "p");
        rig.equal(List.of("p"), Jms.names(got), "names");
    }

    @Case(jms = "3.5.2",
        states = "A received message's properties are read-only: each setter throws MessageNotWriteableException")
    static void readOnly(Rig rig) throws Exception {
        Message message = Jms.session(rig).createMessage();
        message.setIntProperty("p", 1);
        Message got = Jms.through(rig, message);
        for (String type : TYPES) {
            rig.fails(MessageNotWriteableException.class, () -> set(got, type, "p", sample(type)));
            rig.fails(MessageNotWriteableException.class, () -> set(got, type, "new", sample(type)));
        }
        rig.fails(MessageNotWriteableException.class, () -> got.setObjectProperty("p", 2));
        rig.equal(1, got.getIntProperty("p"), "p");
    }

    @Case(jms = "3.5.5",
        states = "A property set as an object of a primitive's class is that primitive; read as an object it has "
            + "its class")
    static void objects(Rig rig) throws Exception {
        Message message = Jms.session(rig).createMessage();
        for (String type : TYPES) message.setObjectProperty(type, sample(type));
        Message got = Jms.through(rig, message);
        for (String type : TYPES) {
            rig.equal(sample(type), get(got, type, type), type);
            rig.equal(sample(type).getClass(), got.getObjectProperty(type).getClass(), "class of " + type);
            rig.equal(sample(type), got.getObjectProperty(type), type + " as object");
        }
    }

    @Case(jms = "3.5.5", states = "What is set by a primitive's setter is read as an object of its class")
    static void primitivesAsObjects(Rig rig) throws Exception {
        Message message = Jms.session(rig).createMessage();
        for (String type : TYPES) set(message, type, type, sample(type));
        Message got = Jms.through(rig, message);
        for (String type : TYPES) {
            rig.equal(sample(type), got.getObjectProperty(type), type);
            rig.equal(sample(type).getClass(), got.getObjectProperty(type).getClass(), "class of " + type);
        }
    }

    @Case(jms = "3.5.5", states = "An object of another class throws MessageFormatException")
    static void otherObjects(Rig rig) throws Exception {
        Message message = Jms.session(rig).createMessage();
        for (Object odd : new Object[] {new java.util.Date(), new byte[1], new Object(), new StringBuilder("a")}) {
            rig.fails(MessageFormatException.class, () -> message.setObjectProperty("p", odd));
        }
        rig.check(!message.propertyExists("p"), "nothing was set");
    }

    @Case(jms = "3.5.6", states = "getPropertyNames lists all properties and no header fields")
    static void iteration(Rig rig) throws Exception {
        Message message = Jms.session(rig).createMessage();
        message.setJMSType("t");
        message.setJMSCorrelationID("c");
        for (String type : TYPES) set(message, type, type, sample(type));
        List<String> wanted = new java.util.ArrayList<>(TYPES);
        Collections.sort(wanted);
        rig.equal(wanted, Jms.names(message), "before the send");
        rig.equal(wanted, Jms.names(Jms.through(rig, message)), "received");
    }

    @Case(jms = "3.5.6", states = "propertyExists tells what there is")
    static void existence(Rig rig) throws Exception {
        Message message = Jms.session(rig).createMessage();
        message.setIntProperty("there", 0);
        Message got = Jms.through(rig, message);
        rig.check(got.propertyExists("there"), "there");
        rig.check(!got.propertyExists("There"), "not in another case");
        rig.check(!got.propertyExists("elsewhere"), "not elsewhere");
    }

    @Case(jms = "3.5.7", states = "clearProperties deletes all of a message's properties, and neither header nor body")
    static void clear(Rig rig) throws Exception {
        TextMessage message = Jms.session(rig).createTextMessage("body");
        message.setIntProperty("p", 1);
        message.setJMSType("t");
        message.clearProperties();
        rig.equal(List.of(), Jms.names(message), "names");
        TextMessage got = Jms.through(rig, message);
        rig.equal(List.of(), Jms.names(got), "names received");
        rig.equal("body", got.getText(), "body");
        rig.equal("t", got.getJMSType(), "type");
    }

    @Case(jms = "3.5.7",
        states = "After clearProperties a received message's properties can be set; its body stays read-only")
    static void clearReceived(Rig rig) throws Exception {
        TextMessage message = Jms.session(rig).createTextMessage("body");
        message.setIntProperty("old", 1);
        TextMessage got = Jms.through(rig, message);
        got.clearProperties();
        got.setIntProperty("fresh", 2);
        rig.equal(List.of("fresh"), Jms.names(got), "names");
        rig.fails(MessageNotWriteableException.class, () -> got.setText("other"));
        TextMessage again = Jms.through(rig, got);
        rig.equal(List.of("fresh"), Jms.names(again), "names after sending it on");
        rig.equal("body", again.getText(), "body");
    }

    @Case(jms = "3.5.8", states = "A property that is not there reads as null, as text and as object")
    static void missing(Rig rig) throws Exception {
        Message got = Jms.through(rig, Jms.session(rig).createMessage());
        rig.equal(null, got.getStringProperty("none"), "as text");
        rig.equal(null, got.getObjectProperty("none"), "as object");
    }

    @Case(jms = "3.5.8",
        states = "A property that is not there reads as a primitive as null converts: false, or an exception")
    static void missingAsPrimitive(Rig rig) throws Exception {
        Message got = Jms.through(rig, Jms.session(rig).createMessage());
        rig.equal(false, got.getBooleanProperty("none"), "as boolean");
        for (String type : new String[] {"byte", "short", "int", "long"}) {
            rig.fails(NumberFormatException.class, () -> get(got, type, "none"));
        }
        for (String type : new String[] {"float", "double"}) {
            rig.fails(NullPointerException.class, () -> get(got, type, "none"));
        }
    }

    @Case(jms = "3.5.9", states = "JMSXGroupID and JMSXGroupSeq are the client's and travel")
    static void group(Rig rig) throws Exception {
        Message message = Jms.session(rig).createMessage();
        message.setStringProperty("JMSXGroupID", "g");
        message.setIntProperty("JMSXGroupSeq", 3);
        Message got = Jms.through(rig, message);
        rig.equal("g", got.getStringProperty("JMSXGroupID"), "group");
        rig.equal(3, got.getIntProperty("JMSXGroupSeq"), "sequence");
        rig.check(got.propertyExists("JMSXGroupID") && got.propertyExists("JMSXGroupSeq"), "both exist");
    }

    @Case(jms = "3.5.9", states = "JMSXDeliveryCount is 1 at the first delivery, 2 at the second and so on")
    static void deliveryCount(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 1);
        Session session = Rig.transacted(rig.connect());
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        for (int count = 1; count <= 4; count++) {
            Message message = rig.takeNumber(consumer, 0);
            rig.equal(count, message.getIntProperty("JMSXDeliveryCount"), "count");
            rig.equal(count > 1, message.getJMSRedelivered(), "redelivered");
            session.rollback();
        }
    }

    @Case(jms = "3.5.9", states = "ConnectionMetaData.getJMSXPropertyNames lists the JMSX properties there are")
    static void supportedNames(Rig rig) throws Exception {
        List<?> names = Collections.list(rig.connect().getMetaData().getJMSXPropertyNames());
        for (String name : new String[] {"JMSXGroupID", "JMSXGroupSeq", "JMSXDeliveryCount"}) {
            rig.check(names.contains(name), name + " is in " + names);
        }
    }

    @Case(jms = "3.5.9", states = "A forwarded message does not carry the provider's JMSX values of its first delivery")
    static void deliveryCountOfAForwardedMessage(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 1);
        Session session = Rig.transacted(rig.connect());
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        rig.takeNumber(consumer, 0);
        session.rollback();
        Message second = rig.takeNumber(consumer, 0);
        session.createProducer(rig.queue("next")).send(second);
        session.commit();
        Message forwarded = rig.takeNumber(Jms.session(rig).createConsumer(rig.queue("next")), 0);
        rig.equal(1, forwarded.getIntProperty("JMSXDeliveryCount"), "count");
        rig.equal(false, forwarded.getJMSRedelivered(), "redelivered");
    }

    @Case(jms = "3.5.10", states = "Provider-specific names (JMS_...) of other vendors travel as any property")
    static void foreignProviderNames(Rig rig) throws Exception {
        Message message = Jms.session(rig).createMessage();
        message.setStringProperty("JMS_OTHER_Format", "f");
        rig.equal("f", Jms.through(rig, message).getStringProperty("JMS_OTHER_Format"), "value");
    }
}
