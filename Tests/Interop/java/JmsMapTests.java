import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import javax.jms.MapMessage;
import javax.jms.MessageFormatException;

/** JMS 1.1 section 3.11.3: the conversions of a map message, and its names. */
final class JmsMapTests {
    private static final List<String> TYPES = JmsStreamTests.TYPES;

    private JmsMapTests() {}

    private static void set(MapMessage message, String type, String name, Object value) throws Exception {
        switch (type) {
            case "boolean": message.setBoolean(name, (Boolean) value); break;
            case "byte": message.setByte(name, (Byte) value); break;
            case "short": message.setShort(name, (Short) value); break;
            case "char": message.setChar(name, (Character) value); break;
            case "int": message.setInt(name, (Integer) value); break;
            case "long": message.setLong(name, (Long) value); break;
            case "float": message.setFloat(name, (Float) value); break;
            case "double": message.setDouble(name, (Double) value); break;
            case "String": message.setString(name, (String) value); break;
            default: message.setBytes(name, (byte[]) value);
        }
    }

    private static Object get(MapMessage message, String type, String name) throws Exception {
        switch (type) {
            case "boolean": return message.getBoolean(name);
            case "byte": return message.getByte(name);
            case "short": return message.getShort(name);
            case "char": return message.getChar(name);
            case "int": return message.getInt(name);
            case "long": return message.getLong(name);
            case "float": return message.getFloat(name);
            case "double": return message.getDouble(name);
            case "String": return message.getString(name);
            default: return message.getBytes(name);
        }
    }

    @Case(variants = {"boolean", "byte", "short", "char", "int", "long", "float", "double", "String", "byte[]"},
        jms = "3.11.3",
        states = "Map: the row of the table for a value set as {}; all else is a MessageFormatException")
    static void conversions(Rig rig, String from) throws Exception {
        MapMessage message = Jms.session(rig).createMapMessage();
        set(message, from, "v", JmsStreamTests.sample(from));
        MapMessage got = Jms.through(rig, message);
        for (String to : TYPES) {
            if (JmsStreamTests.readableAs(from).contains(to)) {
                Object wanted = JmsStreamTests.converted(JmsStreamTests.sample(from), to);
                rig.equal(wanted, get(got, to, "v"), from + " as " + to);
            } else {
                rig.fails(MessageFormatException.class, () -> get(got, to, "v"));
            }
        }
    }

    @Case(variants = {"byte", "short", "int", "long", "float", "double"}, jms = "3.11.3",
        states = "Map: text that is not a {} throws NumberFormatException")
    static void textThatIsNoNumber(Rig rig, String type) throws Exception {
        MapMessage message = Jms.session(rig).createMapMessage();
        message.setString("v", "seven");
        MapMessage got = Jms.through(rig, message);
        rig.fails(NumberFormatException.class, () -> get(got, type, "v"));
    }

    @Case(variants = {"null", "missing"}, jms = "3.11.3",
        states = "Map: a value that is {} reads as null text, object and bytes; as boolean false; as char a "
            + "NullPointerException")
    static void nulls(Rig rig, String kind) throws Exception {
        MapMessage message = Jms.session(rig).createMapMessage();
        if (kind.equals("null")) message.setString("v", null);
        MapMessage got = Jms.through(rig, message);
        rig.equal(null, got.getString("v"), "text");
        rig.equal(null, got.getObject("v"), "object");
        rig.equal(null, got.getBytes("v"), "bytes");
        rig.equal(false, got.getBoolean("v"), "boolean");
        rig.fails(NullPointerException.class, () -> got.getChar("v"));
    }

    @Case(variants = {"byte", "short", "int", "long"}, jms = "3.11.3",
        states = "Map: a missing value read as {} is a NumberFormatException", client = "it reads it as 0")
    static void nullAsInteger(Rig rig, String type) throws Exception {
        MapMessage got = Jms.through(rig, Jms.session(rig).createMapMessage());
        rig.fails(NumberFormatException.class, () -> get(got, type, "v"));
    }

    @Case(variants = {"float", "double"}, jms = "3.11.3",
        states = "Map: a missing value read as {} is a NullPointerException",
        client = "it reads it as 0")
    static void nullAsFloatingPoint(Rig rig, String type) throws Exception {
        MapMessage got = Jms.through(rig, Jms.session(rig).createMapMessage());
        rig.fails(NullPointerException.class, () -> get(got, type, "v"));
    }

    @Case(jms = "3.11", states = "Map: values are objects of their classes, whatever set them")
    static void objects(Rig rig) throws Exception {
        MapMessage message = Jms.session(rig).createMapMessage();
        for (String type : TYPES) {
            set(message, type, "set " + type, JmsStreamTests.sample(type));
            message.setObject("object " + type, JmsStreamTests.sample(type));
        }
        MapMessage got = Jms.through(rig, message);
        for (String type : TYPES) {
            for (String how : new String[] {"set ", "object "}) {
                Object value = got.getObject(how + type);
                rig.equal(JmsStreamTests.sample(type), value, how + type);
                rig.equal(JmsStreamTests.sample(type).getClass(), value.getClass(), "class of " + how + type);
            }
        }
    }

    @Case(jms = "3.11", states = "Map: setObject with an object of another class throws MessageFormatException")
    static void otherObjects(Rig rig) throws Exception {
        MapMessage message = Jms.session(rig).createMapMessage();
        rig.fails(MessageFormatException.class, () -> message.setObject("v", new java.util.Date()));
        rig.fails(MessageFormatException.class, () -> message.setObject("v", new StringBuilder()));
    }

    @Case(jms = "3.11",
        states = "Map: getMapNames lists all names, itemExists tells what there is; names differ by case")
    static void names(Rig rig) throws Exception {
        MapMessage message = Jms.session(rig).createMapMessage();
        message.setInt("a", 1);
        message.setInt("A", 2);
        message.setString("empty", null);
        MapMessage got = Jms.through(rig, message);
        List<Object> names = new ArrayList<>(Collections.list(got.getMapNames()));
        names.sort(java.util.Comparator.comparing(Object::toString));
        rig.equal(Arrays.asList("A", "a", "empty"), names, "names");
        rig.check(got.itemExists("a") && got.itemExists("A") && got.itemExists("empty"), "all exist");
        rig.check(!got.itemExists("b"), "b does not");
        rig.equal(1, got.getInt("a"), "a");
        rig.equal(2, got.getInt("A"), "A");
    }

    @Case(variants = {"null", ""}, jms = "3.11", states = "Map: a name may not be null or empty: {}")
    static void badNames(Rig rig, String text) throws Exception {
        String name = text.equals("null") ? null : text;
        MapMessage message = Jms.session(rig).createMapMessage();
        for (String type : TYPES) {
            rig.fails(IllegalArgumentException.class, () -> set(message, type, name, JmsStreamTests.sample(type)));
        }
        rig.fails(IllegalArgumentException.class, () -> message.setObject(name, 1));
    }

    @Case(jms = "3.11", states = "Map: setBytes copies the part of the array that is named")
    static void partOfAnArray(Rig rig) throws Exception {
        MapMessage message = Jms.session(rig).createMapMessage();
        byte[] bytes = {1, 2, 3, 4};
        message.setBytes("v", bytes, 1, 2);
        message.setBytes("none", new byte[0]);
        MapMessage got = Jms.through(rig, message);
        rig.equal(new byte[] {2, 3}, got.getBytes("v"), "part");
        rig.equal(new byte[0], got.getBytes("none"), "none");
    }

    @Case(jms = "3.11", states = "Map: a name set again has the last value")
    static void setAgain(Rig rig) throws Exception {
        MapMessage message = Jms.session(rig).createMapMessage();
        message.setInt("v", 1);
        message.setString("v", "two");
        MapMessage got = Jms.through(rig, message);
        rig.equal("two", got.getObject("v"), "value");
        rig.equal(1, Collections.list(got.getMapNames()).size(), "names");
    }
}
