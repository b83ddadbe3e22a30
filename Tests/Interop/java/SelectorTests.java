import javax.jms.InvalidSelectorException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ConsumerInfo;

/** Selectors are applied by the broker (openwire.md 11.1). */
final class SelectorTests {
    private SelectorTests() {}

    private static TextMessage sample(Session session) throws Exception {
        TextMessage message = session.createTextMessage("sample");
        message.setStringProperty("colour", "blue");
        message.setStringProperty("quote", "it's");
        message.setStringProperty("percent", "100%");
        message.setStringProperty("wide", "\u00fc\u65e5");
        message.setIntProperty("size", 5);
        message.setLongProperty("big", 5_000_000_000L);
        message.setDoubleProperty("weight", 2.5);
        message.setFloatProperty("ratio", 0.5f);
        message.setBooleanProperty("yes", true);
        message.setByteProperty("byte", (byte) 7);
        message.setJMSCorrelationID("corr-1");
        message.setJMSType("order");
        message.setStringProperty("JMSXGroupID", "g1");
        return message;
    }

    @Case(variants = {
        "colour = 'blue'", "colour <> 'red'", "quote = 'it''s'", "wide = '\u00fc\u65e5'", "size = 5", "size > 4",
        "size >= 5",
        "size < 6 AND size <= 5", "size + 1 = 6", "size - 1 = 4", "size * 2 = 10", "size / 2 = 2.5", "-size = -5",
        "size BETWEEN 5 AND 6", "size NOT BETWEEN 6 AND 7", "colour IN ('red', 'blue')", "colour NOT IN ('red')",
        "colour LIKE 'b%'", "colour LIKE 'bl_e'", "colour NOT LIKE 'r%'", "percent LIKE '100\\%' ESCAPE '\\'",
        "missing IS NULL", "colour IS NOT NULL", "NOT (colour = 'red')", "yes = TRUE", "yes", "NOT yes = FALSE",
        "weight = 2.5", "weight > 2", "ratio < 1", "big = 5000000000", "big > size", "byte = 7", "size = 5.0",
        "size = 5 OR missing = 1", "(size = 1 OR size = 5) AND colour = 'blue'", "colour = 'red' OR size > 1 AND yes",
        "JMSCorrelationID = 'corr-1'", "JMSType = 'order'", "JMSPriority = 6", "JMSPriority > 4",
        "JMSDeliveryMode = 'PERSISTENT'", "JMSXGroupID = 'g1'", "JMSTimestamp > 0", "JMSMessageID LIKE 'ID:%'",
        "JMSRedelivered = FALSE", "size = 0x5", "weight = 25e-1"})
    static void matches(Rig rig, String selector) throws Exception {
        Session session = Rig.auto(rig.connect());
        MessageProducer producer = session.createProducer(rig.queue("q"));
        producer.setPriority(6);
        producer.send(sample(session));
        rig.equal("sample", rig.text(session.createConsumer(rig.queue("q"), selector)), "text");
    }

    @Case(variants = {"colour = 'Blue'", "colour = 'red'", "missing = 1", "missing <> 1", "NOT missing = 1",
        "size > 5", "size = '5'", "colour = 5", "colour > 4", "colour IS NULL", "missing IS NOT NULL", "yes = FALSE",
        "missing LIKE '%'", "missing IN ('a')", "size BETWEEN 6 AND 9", "colour LIKE 'B%'", "JMSType = 'x'",
        "missing", "1 = 2", "FALSE", "size = 5 AND missing = 1", "missing BETWEEN 1 AND 2"})
    static void matchesNot(Rig rig, String selector) throws Exception {
        Session session = Rig.auto(rig.connect());
        session.createProducer(rig.queue("q")).send(sample(session));
        MessageConsumer choosy = session.createConsumer(rig.queue("q"), selector);
        // The other consumer is served only once the first was asked, so this needs no wait.
        MessageConsumer anything = session.createConsumer(rig.queue("q"));
        rig.equal("sample", rig.text(anything), "text");
        rig.check(choosy.receiveNoWait() == null, "not selected");
    }

    @Case(variants = {"queue", "topic"})
    static void disjointSelectors(Rig rig, String kind) throws Exception {
        ActiveMQDestination destination = kind.equals("queue") ? rig.queue("x") : rig.topic("x");
        ActiveMQConnection connection = rig.connect();
        MessageConsumer small = Rig.auto(connection).createConsumer(destination, "n < 10");
        MessageConsumer large = Rig.auto(connection).createConsumer(destination, "n >= 10");
        rig.fill(destination, 0, 20);
        rig.takeNumbers(large, 10, 20);
        rig.takeNumbers(small, 0, 10);
        rig.none(small);
        rig.none(large);
    }

    /** Hundreds of messages nobody wants do not hide the one behind them. */
    @Case
    static void matchBehindManyOthers(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect("jms.useAsyncSend=true"));
        MessageProducer producer = session.createProducer(rig.queue("q"));
        for (int n = 0; n < 190; n++) producer.send(rig.numbered(session, n));
        MessageConsumer consumer = session.createConsumer(rig.queue("q"), "n = 189");
        rig.takeNumber(consumer, 189);
        rig.fill(rig.queue("q"), 190, 191);
        MessageConsumer next = session.createConsumer(rig.queue("q"), "n = 190");
        rig.takeNumber(next, 190);
    }

    /** The same beyond a page: ActiveMQ only looks at the first page (200) of a queue. */
    @Case(peer = "it looks for matches only in the first page of a queue (maxPageSize 200)")
    static void matchBehindThousands(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect("jms.useAsyncSend=true"));
        MessageProducer producer = session.createProducer(rig.queue("q"));
        for (int n = 0; n < 3000; n++) producer.send(rig.numbered(session, n));
        MessageConsumer consumer = session.createConsumer(rig.queue("q"), "n = 2999");
        rig.takeNumber(consumer, 2999);
        rig.takeNumbers(Rig.auto(rig.connect()).createConsumer(rig.queue("q")), 0, 2999);
    }

    @Case
    static void clientRefusesABadSelector(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        rig.fails(InvalidSelectorException.class, () -> session.createConsumer(rig.queue("q"), "this is not"));
    }

    /** The client's own check passed by: the broker must refuse, and the connection lives on. */
    @Case(variants = {"a = ", "= 1", "a b c", "a = 'open", "(a = 1", "a IN ()", "a LIKE 5", "AND", "a BETWEEN 1"})
    static void brokerRefusesABadSelector(Rig rig, String selector) throws Exception {
        RawPeer peer = rig.raw();
        org.apache.activemq.command.SessionInfo session = peer.session();
        ConsumerInfo consumer = peer.consumerInfo(session, rig.queue("q"), 10);
        consumer.setSelector(selector);
        Throwable refusal = peer.expectFailure(consumer);
        rig.check(refusal instanceof InvalidSelectorException, "class of " + refusal);
        ConsumerInfo fine = peer.consumer(session, rig.queue("q"), 10);
        rig.fill(rig.queue("q"), 0, 1);
        org.apache.activemq.command.MessageDispatch dispatch =
            peer.next(org.apache.activemq.command.MessageDispatch.class);
        rig.equal(fine.getConsumerId(), dispatch.getConsumerId(), "consumer");
    }

    @Case
    static void emptySelectorSelectsAll(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 1);
        rig.takeNumber(Rig.auto(rig.connect()).createConsumer(rig.queue("q"), ""), 0);
    }

    /** Acknowledging what was selected leaves the others alone. */
    @Case
    static void clientAcknowledgeOfASelection(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 10);
        ActiveMQConnection connection = rig.connect();
        MessageConsumer consumer = Rig.client(connection).createConsumer(rig.queue("q"), "n = 3 OR n = 6 OR n = 9");
        Message last = null;
        for (int n : new int[] {3, 6, 9}) last = rig.takeNumber(consumer, n);
        last.acknowledge();
        rig.awaitDepth(rig.queue("q"), 7);
        connection.close();
        MessageConsumer rest = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        for (int n : new int[] {0, 1, 2, 4, 5, 7, 8}) rig.takeNumber(rest, n);
    }
}
