import java.util.ArrayList;
import java.util.List;
import javax.jms.InvalidSelectorException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.command.ConsumerInfo;
import org.apache.activemq.command.SessionInfo;

/** JMS 1.1 section 3.8: message selection. */
final class JmsSelectorTests {
    private JmsSelectorTests() {}

    /** A message with properties of all types, header fields set and no property `missing`. */
    private static TextMessage sample(Session session) throws Exception {
        TextMessage message = session.createTextMessage("body");
        message.setStringProperty("s", "text");
        message.setStringProperty("quoted", "it's");
        message.setStringProperty("percent", "10%_a");
        message.setStringProperty("empty", "");
        message.setStringProperty("digits", "5");
        message.setStringProperty("phone", "12993");
        message.setBooleanProperty("t", true);
        message.setBooleanProperty("f", false);
        message.setByteProperty("b", (byte) 5);
        message.setShortProperty("sh", (short) 5);
        message.setIntProperty("i", 5);
        message.setLongProperty("l", 5_000_000_000L);
        message.setFloatProperty("fl", 2.5f);
        message.setDoubleProperty("d", 2.5);
        message.setIntProperty("_a$1", 1);
        message.setIntProperty("gr\u00f6\u00dfe", 1);
        message.setIntProperty("Case", 1);
        message.setIntProperty("case", 2);
        message.setStringProperty("JMSXGroupID", "g");
        message.setJMSCorrelationID("c");
        message.setJMSType("car");
        return message;
    }

    /**
     * Judges selectors, each a letter and a text: T true, F false, U unknown. The message must reach a consumer with
     * the selector when it is true, one with its negation when it is false, and neither of them when it is unknown.
     */
    private static void judge(Rig rig, String... claims) throws Exception {
        Session session = Jms.session(rig);
        List<MessageConsumer> plain = new ArrayList<>();
        List<MessageConsumer> negated = new ArrayList<>();
        for (String claim : claims) {
            plain.add(session.createConsumer(rig.topic("t"), claim.substring(2)));
            negated.add(session.createConsumer(rig.topic("t"), "NOT (" + claim.substring(2) + ")"));
        }
        MessageConsumer all = session.createConsumer(rig.topic("t"));
        MessageProducer producer = session.createProducer(rig.topic("t"));
        producer.setPriority(6);
        producer.send(sample(session));
        producer.send(session.createMessage());
        rig.take(all);
        rig.take(all);
        for (int at = 0; at < claims.length; at++) {
            boolean accepted = has(plain.get(at));
            boolean refused = has(negated.get(at));
            rig.check(!(accepted && refused), claims[at] + ": both it and its negation matched");
            String verdict = accepted ? "T" : refused ? "F" : "U";
            rig.equal(claims[at].substring(0, 1), verdict, "truth of " + claims[at].substring(2));
        }
    }

    /** Whether the sample came, which all were sent before the last message `all` has had. */
    private static boolean has(MessageConsumer consumer) throws Exception {
        while (true) {
            Message message = consumer.receiveNoWait();
            if (message == null) return false;
            if (message instanceof TextMessage) return true;
        }
    }

    /** Refused by the client, and by the broker when the client's own check is passed by. */
    private static void invalid(Rig rig, String... selectors) throws Exception {
        Session session = Jms.session(rig);
        RawPeer peer = rig.raw();
        SessionInfo rawSession = peer.session();
        for (String selector : selectors) {
            refused(rig, selector, () -> session.createConsumer(rig.queue("q"), selector));
            ConsumerInfo consumer = peer.consumerInfo(rawSession, rig.queue("q"), 10);
            consumer.setSelector(selector);
            Throwable refusal = peer.expectFailure(consumer);
            rig.check(refusal instanceof InvalidSelectorException, selector + " is refused with " + refusal);
        }
    }

    private static void refused(Rig rig, String selector, Rig.Body body) {
        try {
            body.run();
        } catch (InvalidSelectorException wanted) {
            return;
        } catch (Throwable other) {
            throw new AssertionError(selector + " failed with " + other, other);
        }
        throw new AssertionError(selector + " was accepted");
    }

    @Case(jms = "3.8.1", states = "Only messages whose header and property values match are delivered; "
        + "the others stay in a queue for others")
    static void othersStay(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 6);
        Session session = Jms.session(rig);
        MessageConsumer odd = session.createConsumer(rig.queue("q"), "n = 1 OR n = 3 OR n = 5");
        for (int n = 1; n < 6; n += 2) rig.takeNumber(odd, n);
        rig.none(odd);
        MessageConsumer all = session.createConsumer(rig.queue("q"));
        for (int n = 0; n < 6; n += 2) rig.takeNumber(all, n);
    }

    @Case(variants = {"null", ""}, jms = "3.8.1", states = "A null or empty selector selects all: {}")
    static void none(Rig rig, String text) throws Exception {
        rig.fill(rig.queue("q"), 0, 3);
        String selector = text.equals("null") ? null : text;
        rig.takeNumbers(Jms.session(rig).createConsumer(rig.queue("q"), selector), 0, 3);
    }

    @Case(jms = "3.8.1", states = "getMessageSelector of a consumer is what it was made with, null without one")
    static void getter(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        rig.equal("a = 1", session.createConsumer(rig.queue("q"), "a = 1").getMessageSelector(), "selector");
        rig.equal(null, session.createConsumer(rig.queue("q")).getMessageSelector(), "without");
    }

    @Case(jms = "3.8.1", states = "A selector cannot see the body")
    static void bodyIsNotSeen(Rig rig) throws Exception {
        judge(rig, "U body = 'body'", "U text = 'body'", "T body IS NULL");
    }

    @Case(jms = "3.8.1.1", states = "String literals stand in single quotes, a quote in them is doubled")
    static void stringLiterals(Rig rig) throws Exception {
        judge(rig, "T s = 'text'", "T quoted = 'it''s'", "T empty = ''", "F s = 'Text'", "T '' = empty");
    }

    @Case(jms = "3.8.1.1", states = "Exact numeric literals are integers of Java's long, signed")
    static void exactLiterals(Rig rig) throws Exception {
        judge(rig, "T i = 5", "T i = +5", "T -i = -5", "T l = 5000000000", "F i = -5",
            "T l < 9223372036854775807", "T l > -9223372036854775807", "T i = 5L");
    }

    @Case(jms = "3.8.1.1", states = "Hexadecimal and octal integers follow Java's literals")
    static void otherBases(Rig rig) throws Exception {
        judge(rig, "T i = 0x5", "T i + 5 = 0xA", "T i + 3 = 010", "T i + 250 = 0xFf");
    }

    @Case(jms = "3.8.1.1", states = "Approximate numeric literals have a point or an exponent")
    static void approximateLiterals(Rig rig) throws Exception {
        judge(rig, "T d = 2.5", "T d = 25E-1", "T d = .25e1", "T i = 5.", "T i = 5.0",
            "T l = 5E9", "F d = -2.5");
    }

    @Case(jms = "3.8.1.1",
        states = "Approximate numeric literals may end in d or f as Java's "
            + "do", client = "its parser has no such suffix")
    static void approximateSuffixes(Rig rig) throws Exception {
        judge(rig, "T d = 2.5d", "T fl = 2.5f");
    }

    @Case(jms = "3.8.1.1",
        states = "Identifiers may have letters of any script", client = "its parser knows ASCII letters only")
    static void identifiersOfOtherScripts(Rig rig) throws Exception {
        judge(rig, "T gr\u00f6\u00dfe = 1");
    }

    @Case(jms = "3.8.1.1", states = "The boolean literals are TRUE and FALSE in any case")
    static void booleanLiterals(Rig rig) throws Exception {
        judge(rig, "T t = TRUE", "T f = false", "F t = False", "T TRUE", "F FALSE", "T t = TRUE AND TRUE");
    }

    @Case(jms = "3.8.1.1", states = "Identifiers are Java identifiers of any length")
    static void identifiers(Rig rig) throws Exception {
        String longName = "x".repeat(500);
        judge(rig, "T _a$1 = 1", "U " + longName + " = 1");
    }

    @Case(jms = "3.8.1.1", states = "Identifiers differ by case, reserved words do not")
    static void letterCase(Rig rig) throws Exception {
        judge(rig, "T Case = 1", "T case = 2", "F Case = 2", "T i = 5 and Case = 1", "T i between 1 and 9",
            "T s In ('text') Or f", "T missing is null", "T s like 't%'", "T not f");
    }

    @Case(variants = {"NULL", "TRUE", "FALSE", "NOT", "AND", "OR", "BETWEEN", "LIKE", "IN", "IS", "ESCAPE"},
        jms = "3.8.1.1", states = "{} cannot be an identifier")
    static void reservedWords(Rig rig, String word) throws Exception {
        invalid(rig, word + " > 1 AND " + word + " IS NOT NULL");
    }

    @Case(jms = "3.8.1.1",
        states = "JMSDeliveryMode, JMSPriority, JMSMessageID, JMSTimestamp, JMSCorrelationID and JMSType are "
            + "selectable")
    static void headerFields(Rig rig) throws Exception {
        judge(rig, "T JMSDeliveryMode = 'PERSISTENT'", "F JMSDeliveryMode = 'NON_PERSISTENT'", "T JMSPriority = 6",
            "T JMSMessageID LIKE 'ID:%'", "T JMSTimestamp > 1000000000000", "T JMSCorrelationID = 'c'",
            "T JMSType = 'car'", "F JMSType = 'bike'", "T JMSPriority BETWEEN 5 AND 7", "F JMSTimestamp = 0");
    }

    @Case(jms = "3.8.1.1",
        states = "JMSMessageID, JMSCorrelationID and JMSType may be null, then they are NULL to a selector")
    static void nullHeaderFields(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        MessageConsumer consumer =
            session.createConsumer(rig.queue("q"), "JMSCorrelationID IS NULL AND JMSType IS NULL AND n = 1");
        MessageProducer producer = session.createProducer(rig.queue("q"));
        for (int n = 0; n < 2; n++) {
            Message message = rig.numbered(session, n);
            if (n == 0) message.setJMSType("t");
            producer.send(message);
        }
        rig.takeNumber(consumer, 1);
    }

    @Case(jms = "3.8.1.1", states = "JMSX properties are selectable")
    static void jmsxProperties(Rig rig) throws Exception {
        judge(rig, "T JMSXGroupID = 'g'", "F JMSXGroupID = 'h'", "T JMSXGroupID IS NOT NULL");
    }

    @Case(jms = "3.8.1.1",
        states = "White space - space, tab, line ends, form feed - separates and is otherwise ignored")
    static void whiteSpace(Rig rig) throws Exception {
        judge(rig, "T \t i\n=\r\n5 \f AND  t ", "T i=5 AND(t)", "T s='text'");
    }

    @Case(jms = "3.8.1.1",
        states = "The order of evaluation is NOT before AND before OR, from left to right; parentheses change it")
    static void precedence(Rig rig) throws Exception {
        judge(rig, "T t OR f AND f", "F (t OR f) AND f", "T NOT f AND t", "F NOT (f OR t)", "T f AND f OR t",
            "T NOT f OR f", "F NOT t OR f", "T t AND NOT f");
    }

    @Case(jms = "3.8.1.1", states = "Arithmetic: unary signs before * and / before + and -, from left to right")
    static void arithmetic(Rig rig) throws Exception {
        judge(rig, "T i + 2 * 3 = 11", "T (i + 2) * 3 = 21", "T i - 2 - 1 = 2", "T 20 / 2 / 5 = 2", "T -i + 6 = 1",
            "T - (i - 6) = 1", "T i * -1 = -5", "T 20 - i * 2 = 10", "T d * 2 = i", "T i / 2.0 = 2.5", "T +i = 5");
    }

    @Case(jms = "3.8.1.1", states = "Comparison operators are =, >, >=, <, <= and <>")
    static void comparisons(Rig rig) throws Exception {
        judge(rig, "T i = 5", "F i = 4", "T i > 4", "F i > 5", "T i >= 5", "F i >= 6", "T i < 6", "F i < 5", "T i <= 5",
            "F i <= 4", "T i <> 4", "F i <> 5");
    }

    @Case(jms = "3.8.1.1", states = "Exact and approximate numbers of all types compare by value")
    static void numbersOfAllTypes(Rig rig) throws Exception {
        judge(rig, "T b = 5", "T sh = 5", "T b = i", "T sh = 5.0", "T i < l", "T fl = d", "T fl < i", "T i > d",
            "T l > 4999999999.5", "T b + fl = 7.5");
    }

    @Case(jms = "3.8.1.1", states = "Values of different kinds compared are false: text does not become a number")
    static void differentKinds(Rig rig) throws Exception {
        judge(rig, "F digits = 5", "F s = 5", "F t = 'true'", "F i = '5'", "F i = TRUE");
    }

    @Case(jms = "3.8.1.1",
        states = "Strings and booleans may be compared with = and <> only; two strings are equal when all "
            + "characters are")
    static void stringsAndBooleans(Rig rig) throws Exception {
        judge(rig, "T s <> 'other'", "F s <> 'text'", "F s = 'text '", "T t <> FALSE", "F t <> t", "T t = t");
    }

    @Case(jms = "3.8.1.1", states = "Ordering comparisons of strings or booleans are no valid selector or never true")
    static void orderOfStrings(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        List<MessageConsumer> consumers = new ArrayList<>();
        for (String selector : new String[] {"s > 5", "t > 5", "s < 5", "t >= FALSE"}) {
            try {
                consumers.add(session.createConsumer(rig.topic("t"), selector));
            } catch (InvalidSelectorException refused) {
                continue;
            }
        }
        MessageConsumer all = session.createConsumer(rig.topic("t"));
        session.createProducer(rig.topic("t")).send(sample(session));
        rig.take(all);
        for (MessageConsumer consumer : consumers) rig.check(!has(consumer), consumer.getMessageSelector());
    }

    @Case(jms = "3.8.1.1", states = "BETWEEN is >= and <=, NOT BETWEEN is < or >")
    static void between(Rig rig) throws Exception {
        judge(rig, "T i BETWEEN 5 AND 6", "T i BETWEEN 4 AND 5", "F i BETWEEN 6 AND 9", "F i BETWEEN 9 AND 1",
            "T i NOT BETWEEN 6 AND 9", "F i NOT BETWEEN 5 AND 5", "T i BETWEEN i - 1 AND i + 1",
            "T d BETWEEN 2 AND 3", "T i BETWEEN 1 AND 9 AND t", "T i + 1 BETWEEN 6 AND 6");
    }

    @Case(jms = "3.8.1.1", states = "IN compares a string with a list of literals, NOT IN is its negation")
    static void in(Rig rig) throws Exception {
        judge(rig, "T s IN ('a', 'text')", "F s IN ('a', 'b')", "T s NOT IN ('a')", "F s NOT IN ('text')",
            "T s IN ('text')", "T quoted IN ('it''s')");
    }

    @Case(jms = "3.8.1.1", states = "LIKE: _ is any one character, % any sequence also empty, all else itself")
    static void like(Rig rig) throws Exception {
        judge(rig, "T phone LIKE '12%3'", "F phone LIKE '12%4'", "T s LIKE 't_xt'", "F s LIKE 't_t'", "T s LIKE '%'",
            "T s LIKE 'text%'", "T empty LIKE '%'", "F empty LIKE '_'", "F s LIKE 'TEXT'", "F s LIKE 'tex'",
            "T s NOT LIKE 'a%'", "F s NOT LIKE 't%'", "F s LIKE 't.xt'", "F s LIKE 't*'");
    }

    @Case(jms = "3.8.1.1", states = "LIKE ... ESCAPE: the escape character takes the meaning of _ and % away")
    static void likeEscape(Rig rig) throws Exception {
        judge(rig, "T percent LIKE '10\\%\\_a' ESCAPE '\\'", "T percent LIKE '10!%_a' ESCAPE '!'",
            "F phone LIKE '12\\%3' ESCAPE '\\'", "T percent LIKE '%!_a' ESCAPE '!'", "F s LIKE 't!_xt' ESCAPE '!'",
            "T phone NOT LIKE '12\\%3' ESCAPE '\\'");
    }

    @Case(jms = "3.8.1.1",
        states = "IS NULL tells a header or property that is null or missing, IS NOT NULL one that is there")
    static void isNull(Rig rig) throws Exception {
        judge(rig, "T missing IS NULL", "F missing IS NOT NULL", "F s IS NULL", "T s IS NOT NULL",
            "T empty IS NOT NULL",
            "T JMSType IS NOT NULL", "T f IS NOT NULL");
    }

    @Case(jms = "3.8.1.2", states = "Comparison or arithmetic with an unknown value is unknown")
    static void unknownComparison(Rig rig) throws Exception {
        judge(rig, "U missing = 1", "U missing <> 1", "U missing > 1", "U missing + 1 = 2",
            "U missing = 'a'", "U missing = TRUE", "U -missing = 1", "U i * missing > 0");
    }

    @Case(jms = "3.8.1.2", states = "It does not matter on which side unknown values stand, or on both",
        peer = "a value equal to an unknown one is false")
    static void unknownOnTheRight(Rig rig) throws Exception {
        judge(rig, "U missing = missing", "U i = missing", "U i <> missing", "U s = missing", "U i < missing",
            "U 5 = missing");
    }

    @Case(jms = "3.8.1.2", states = "BETWEEN, IN and LIKE of an unknown value are unknown")
    static void unknownOperators(Rig rig) throws Exception {
        judge(rig, "U missing BETWEEN 1 AND 2", "U missing NOT BETWEEN 1 AND 2", "U missing IN ('a')",
            "U missing NOT IN ('a')", "U missing LIKE '%'", "U missing NOT LIKE 'a'", "U i BETWEEN missing AND 9");
    }

    @Case(jms = "3.8.1.2", states = "AND of unknown: with false it is false, else unknown")
    static void unknownAnd(Rig rig) throws Exception {
        judge(rig, "U t AND missing = 1", "F f AND missing = 1", "U missing = 1 AND t", "F missing = 1 AND f",
            "U missing = 1 AND missing = 2");
    }

    @Case(jms = "3.8.1.2", states = "OR of unknown: with true it is true, else unknown")
    static void unknownOr(Rig rig) throws Exception {
        judge(rig, "T t OR missing = 1", "U f OR missing = 1", "T missing = 1 OR t", "U missing = 1 OR f",
            "U missing = 1 OR missing = 2");
    }

    @Case(jms = "3.8.1.2", states = "NOT of unknown is unknown")
    static void unknownNot(Rig rig) throws Exception {
        judge(rig, "U NOT (missing = 1)", "U NOT NOT (missing = 1)", "U missing");
    }

    @Case(jms = "3.8.1", states = "A syntactically wrong selector is refused with InvalidSelectorException",
        variants = {"i =", "= 5", "i = 5 AND", "(i = 5", "i = 5)", "s = 'open", "i == 5", "i != 5 AND", "i = 5 t",
            "s LIKE 5", "s IN ()", "s IN 'a'", "s IN ('a',)", "i BETWEEN 1", "i BETWEEN 1 OR 2", "s IS 'a'", "i = #",
            "s LIKE 'a' ESCAPE", "s LIKE 'a' ESCAPE 'ab'", "i IS NOT", "5", "'text'", "i + 1"})
    static void wrong(Rig rig, String selector) throws Exception {
        invalid(rig, selector);
    }

    @Case(jms = "3.8.1", states = "A refused selector leaves session and connection as they were")
    static void refusalIsHarmless(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        refused(rig, "i =", () -> session.createConsumer(rig.queue("q"), "i ="));
        refused(rig, "i =", () -> session.createBrowser(rig.queue("q"), "i ="));
        rig.fill(rig.queue("q"), 0, 1);
        rig.takeNumber(session.createConsumer(rig.queue("q")), 0);
    }

    @Case(jms = "3.8.1.3", states = "Properties are not converted for a selector as their getters convert them")
    static void noConversion(Rig rig) throws Exception {
        judge(rig, "F digits = 5", "F digits + 1 = 6", "F digits BETWEEN 1 AND 9");
    }
}
