import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.jms.DeliveryMode;
import javax.jms.Destination;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ScheduledMessage;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTopic;

/** Delayed, repeated and cron delivery, and its management by messages (openwire.md 22). */
final class ScheduleTests {
    private static final String DELAY = ScheduledMessage.AMQ_SCHEDULED_DELAY;
    private static final String PERIOD = ScheduledMessage.AMQ_SCHEDULED_PERIOD;
    private static final String REPEAT = ScheduledMessage.AMQ_SCHEDULED_REPEAT;
    private static final String CRON = ScheduledMessage.AMQ_SCHEDULED_CRON;
    private static final String ID = ScheduledMessage.AMQ_SCHEDULED_ID;
    private static final String[] ALL = {DELAY, PERIOD, REPEAT, CRON};

    private ScheduleTests() {}

    /** Sends text m`n` with these properties, in pairs of name and value; returns it as it was sent. */
    private static Message send(Rig rig, Session session, Destination to, int n, Object... properties)
        throws Exception {
        MessageProducer producer = session.createProducer(to);
        Message message = rig.numbered(session, n);
        for (int k = 0; k < properties.length; k += 2) {
            // The client's own setters refuse some values: the broker shall.
            ((ActiveMQMessage) message).setProperty((String) properties[k], properties[k + 1]);
        }
        producer.send(message);
        producer.close();
        return message;
    }

    private static void isClean(Rig rig, Message message) throws JMSException {
        for (String name : ALL) rig.check(!message.propertyExists(name), name + " is gone");
        rig.check(message.getStringProperty(ID) != null, "scheduledJobId is set");
    }

    /** Not before its time, and soon afterwards; its id and its stamp stay. */
    @Case(variants = {"long", "int", "text"})
    static void delay(Rig rig, String type) throws Exception {
        Session session = Rig.auto(rig.connect());
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        Object delay = type.equals("long") ? (Object) 1500L : type.equals("int") ? (Object) 1500 : "1500";
        long sent = System.currentTimeMillis();
        Message message = send(rig, session, rig.queue("q"), 0, DELAY, delay);
        Message received = rig.takeNumber(consumer, 0);
        long waited = System.currentTimeMillis() - sent;
        rig.check(waited >= 1500, "it waited for " + waited + " ms");
        isClean(rig, received);
        rig.equal(message.getJMSMessageID(), received.getJMSMessageID(), "message id");
        rig.equal(message.getJMSTimestamp(), received.getJMSTimestamp(), "timestamp");
        rig.check(!received.getJMSRedelivered(), "it is no redelivery");
        rig.none(consumer);
    }

    @Case
    static void orderIsThatOfTheTimes(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        send(rig, session, rig.queue("q"), 3, DELAY, 4000L);
        send(rig, session, rig.queue("q"), 1, DELAY, 1000L);
        send(rig, session, rig.queue("q"), 2, DELAY, 2500L);
        send(rig, session, rig.queue("q"), 0);
        rig.takeNumbers(consumer, 0, 4);
    }

    /** Many in one go come in the order in which they were sent. */
    @Case
    static void equalDelaysKeepTheOrderOfSending(Rig rig) throws Exception {
        Session session = Rig.transacted(rig.connect());
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        for (int n = 0; n < 200; n++) send(rig, session, rig.queue("q"), n, DELAY, 1000L);
        session.commit();
        rig.takeNumbers(consumer, 0, 200);
    }

    /** REPEAT n is n + 1 deliveries, each a message of its own with the job's id. */
    @Case(variants = {"delay", "period"})
    static void repeat(Rig rig, String first) throws Exception {
        Session session = Rig.auto(rig.connect());
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        long sent = System.currentTimeMillis();
        if (first.equals("delay")) {
            send(rig, session, rig.queue("q"), 0, DELAY, 1200L, PERIOD, 600L, REPEAT, 2);
        } else {
            send(rig, session, rig.queue("q"), 0, PERIOD, 600L, REPEAT, 2);
        }
        Set<String> ids = new HashSet<>();
        Set<String> jobs = new HashSet<>();
        long start = first.equals("delay") ? 1200 : 600;
        for (int k = 0; k < 3; k++) {
            Message message = rig.takeNumber(consumer, 0);
            long waited = System.currentTimeMillis() - sent;
            rig.check(waited >= start + 600L * k - 5, "delivery " + k + " after " + waited + " ms");
            isClean(rig, message);
            ids.add(message.getJMSMessageID());
            jobs.add(message.getStringProperty(ID));
        }
        rig.equal(3, ids.size(), "message ids");
        rig.equal(1, jobs.size(), "job ids");
        rig.check(consumer.receive(1500) == null, "no fourth delivery");
    }

    /** At the full minute; then again at the next one. */
    @Case(slow = true, limit = 150)
    static void cron(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        send(rig, session, rig.queue("q"), 0, CRON, "* * * * *");
        Set<String> ids = new HashSet<>();
        String job = null;
        for (int k = 0; k < 2; k++) {
            Message message = consumer.receive(63_000);
            rig.check(message != null, "it came within the minute");
            long into = System.currentTimeMillis() % 60_000;
            rig.check(into < 3000, "it came " + into + " ms after the minute");
            isClean(rig, message);
            ids.add(message.getJMSMessageID());
            job = message.getStringProperty(ID);
        }
        rig.equal(2, ids.size(), "message ids");
        manage(rig, "REMOVE", null, ID, job);
        rig.none(consumer);
    }

    /** At each cron time a series of its own. */
    @Case(slow = true, limit = 150, peer = "against its documentation, nothing comes of it")
    static void cronWithRepetitions(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        send(rig, session, rig.queue("q"), 0, CRON, "* * * * *", DELAY, 1000L, PERIOD, 500L, REPEAT, 3);
        Set<String> ids = new HashSet<>();
        Message first = consumer.receive(68_000);
        rig.check(first != null, "the first came");
        ids.add(first.getJMSMessageID());
        for (int k = 0; k < 3; k++) ids.add(rig.takeNumber(consumer, 0).getJMSMessageID());
        rig.equal(4, ids.size(), "message ids");
        rig.none(consumer);
        removeAll(rig);
    }

    /** Takes away what the test has scheduled; others have theirs. */
    private static void removeAll(Rig rig) throws Exception {
        for (Message job : browse(rig)) manage(rig, "REMOVE", null, ID, job.getStringProperty(ID));
    }

    private static void refused(Rig rig, String name, Object value) throws Exception {
        Session session = Rig.auto(rig.connect());
        JMSException error = rig.fails(JMSException.class, () -> {
            if (name.equals(DELAY)) send(rig, session, rig.queue("q"), 0, name, value);
            else send(rig, session, rig.queue("q"), 0, DELAY, 100L, name, value);
        });
        rig.check(error.getMessage().contains(name), "the error names " + name + ": " + error.getMessage());
        rig.none(session.createConsumer(rig.queue("q")));
    }

    @Case(variants = {"soon", "", "1.5"}, peer = "it answers with Java's own text")
    static void aDelayThatIsNoNumber(Rig rig, String value) throws Exception {
        refused(rig, DELAY, value);
    }

    @Case(variants = {"61 * * * *", "* * * *", "a * * * *", "*/0 * * * *", "20-10 * * * *"},
        peer = "it answers with Java's own text, or takes another time")
    static void aCronExpressionThatIsWrong(Rig rig, String value) throws Exception {
        refused(rig, CRON, value);
    }

    @Case(peer = "it answers without the property's name")
    static void moreRepetitionsThanAllowed(Rig rig) throws Exception {
        refused(rig, REPEAT, 1001);
    }

    @Case
    static void asManyRepetitionsAsAllowed(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        send(rig, session, rig.queue("q"), 0, DELAY, 600_000L, PERIOD, 1000L, REPEAT, 1000);
        rig.equal(1, browse(rig).size(), "jobs");
        removeAll(rig);
    }

    /** REPEAT alone is an ordinary property. */
    @Case
    static void aRepetitionAloneSchedulesNothing(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        send(rig, session, rig.queue("q"), 0, REPEAT, 3);
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        rig.equal(3, rig.takeNumber(consumer, 0).getIntProperty(REPEAT), REPEAT);
        rig.none(consumer);
    }

    /** What a job had sent is sent on at once. */
    @Case
    static void aMessageWithAJobIdIsSentAtOnce(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        send(rig, session, rig.queue("q"), 0, DELAY, 60_000L, ID, "ID:mine");
        rig.equal("ID:mine", rig.takeNumber(consumer, 0).getStringProperty(ID), ID);
    }

    @Case
    static void aTransactionSchedulesAtItsCommit(Rig rig) throws Exception {
        Session session = Rig.transacted(rig.connect());
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        send(rig, session, rig.queue("q"), 0, DELAY, 300L);
        rig.check(consumer.receive(1500) == null, "nothing before the commit");
        rig.equal(0, browse(rig).size(), "jobs before the commit");
        long committed = System.currentTimeMillis();
        session.commit();
        rig.takeNumber(consumer, 0);
        rig.check(System.currentTimeMillis() - committed >= 300, "the delay counts from the commit");
        send(rig, session, rig.queue("q"), 1, DELAY, 300L);
        session.rollback();
        rig.check(consumer.receive(1500) == null, "nothing after a rollback");
    }

    @Case
    static void everyBindingGetsIt(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connectAs(rig.name("id"));
        Session session = Rig.auto(connection);
        ActiveMQTopic topic = new ActiveMQTopic("VirtualTopic." + rig.name("t"));
        ActiveMQQueue virtual = new ActiveMQQueue("Consumer.A." + topic.getPhysicalName());
        MessageConsumer queue = session.createConsumer(virtual);
        MessageConsumer durable = session.createDurableSubscriber(topic, "s");
        MessageConsumer plain = session.createConsumer(topic);
        MessageConsumer other = session.createConsumer(rig.queue("q"));
        send(rig, session, new ActiveMQTopic(topic.getPhysicalName() + ",queue://" + rig.name("q")), 0, DELAY, 700L);
        for (MessageConsumer consumer : List.of(queue, durable, plain, other)) {
            isClean(rig, rig.takeNumber(consumer, 0));
            rig.none(consumer);
        }
        durable.close();
        session.unsubscribe("s");
    }

    /** The time to live counts from the delivery. */
    @Case
    static void expiryMovesWithTheDelivery(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        MessageProducer producer = session.createProducer(rig.queue("q"));
        Message message = rig.numbered(session, 0);
        message.setLongProperty(DELAY, 2500);
        producer.send(message, DeliveryMode.PERSISTENT, 4, 2000);
        Message received = rig.takeNumber(consumer, 0);
        rig.equal(2000L, received.getJMSExpiration() - received.getJMSTimestamp(), "time to live");
        rig.check(received.getJMSTimestamp() >= message.getJMSTimestamp() + 2500, "the stamp is of the delivery");
    }

    @Case
    static void headersAndBodyStay(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        MessageProducer producer = session.createProducer(rig.queue("q"));
        javax.jms.MapMessage message = session.createMapMessage();
        message.setString("k", "v");
        message.setJMSCorrelationID("c");
        message.setJMSType("t");
        message.setJMSReplyTo(rig.queue("r"));
        message.setStringProperty("colour", "red");
        message.setLongProperty(DELAY, 300);
        producer.send(message, DeliveryMode.NON_PERSISTENT, 7, 0);
        javax.jms.MapMessage received = (javax.jms.MapMessage) rig.take(consumer);
        rig.equal("v", received.getString("k"), "body");
        rig.equal("c", received.getJMSCorrelationID(), "correlation id");
        rig.equal("t", received.getJMSType(), "type");
        rig.equal(rig.queue("r"), received.getJMSReplyTo(), "reply to");
        rig.equal("red", received.getStringProperty("colour"), "property");
        rig.equal(7, received.getJMSPriority(), "priority");
        rig.equal(DeliveryMode.NON_PERSISTENT, received.getJMSDeliveryMode(), "delivery mode");
    }

    // Management

    private static void manage(Rig rig, String action, Destination replyTo, Object... properties) throws Exception {
        Session session = Rig.auto(rig.connect());
        Message request = session.createMessage();
        request.setStringProperty(ScheduledMessage.AMQ_SCHEDULER_ACTION, action);
        for (int k = 0; k < properties.length; k += 2) {
            request.setObjectProperty((String) properties[k], properties[k + 1]);
        }
        request.setJMSReplyTo(replyTo);
        session.createProducer(new ActiveMQTopic(ScheduledMessage.AMQ_SCHEDULER_MANAGEMENT_DESTINATION)).send(request);
    }

    /** The test's own jobs, in the order in which they are due. */
    private static List<Message> browse(Rig rig, Object... properties) throws Exception {
        Session session = Rig.auto(rig.connect());
        javax.jms.TemporaryQueue replies = session.createTemporaryQueue();
        String it = rig.numbered(session, 0).getStringProperty("it");
        MessageConsumer consumer = session.createConsumer(replies, "it = '" + it + "'");
        manage(rig, ScheduledMessage.AMQ_SCHEDULER_ACTION_BROWSE, replies, properties);
        List<Message> found = new ArrayList<>();
        for (Message next = consumer.receive(3000); next != null; next = consumer.receive(700)) found.add(next);
        consumer.close();
        return found;
    }

    private static List<Integer> numbers(List<Message> messages) throws JMSException {
        List<Integer> found = new ArrayList<>();
        for (Message message : messages) found.add(message.getIntProperty("n"));
        return found;
    }

    private static long[] scheduleThree(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        long now = System.currentTimeMillis();
        send(rig, session, rig.queue("q"), 3, DELAY, 1_300_000L);
        send(rig, session, rig.queue("q"), 1, DELAY, 1_100_000L);
        send(rig, session, rig.queue("q"), 2, DELAY, 1_200_000L);
        return new long[] {now + 1_150_000, now + 1_250_000};
    }

    @Case
    static void browseShowsTheJobs(Rig rig) throws Exception {
        scheduleThree(rig);
        List<Message> jobs = browse(rig);
        rig.equal(List.of(1, 2, 3), numbers(jobs), "order");
        for (Message job : jobs) {
            rig.check(job.getStringProperty(ID) != null, "scheduledJobId is set");
            rig.check(job.propertyExists(DELAY), "the properties are there");
            rig.equal("Advisory", job.getJMSType(), "type");
            rig.equal(DeliveryMode.NON_PERSISTENT, job.getJMSDeliveryMode(), "delivery mode");
            rig.equal(rig.queue("q"), ((ActiveMQMessage) job).getOriginalDestination(), "original destination");
        }
        rig.none(Rig.auto(rig.connect()).createConsumer(rig.queue("q")));
        removeAll(rig);
    }

    @Case(variants = {"text", "long"})
    static void browseASpanOfTime(Rig rig, String type) throws Exception {
        long[] span = scheduleThree(rig);
        boolean isText = type.equals("text");
        Object start = isText ? (Object) Long.toString(span[0]) : (Object) span[0];
        Object end = isText ? (Object) Long.toString(span[1]) : (Object) span[1];
        List<Message> jobs = browse(rig, ScheduledMessage.AMQ_SCHEDULER_ACTION_START_TIME, start,
            ScheduledMessage.AMQ_SCHEDULER_ACTION_END_TIME, end);
        rig.equal(List.of(2), numbers(jobs), "jobs");
        removeAll(rig);
    }

    @Case
    static void removeOneJob(Rig rig) throws Exception {
        scheduleThree(rig);
        manage(rig, ScheduledMessage.AMQ_SCHEDULER_ACTION_REMOVE, null, ID, browse(rig).get(1).getStringProperty(ID));
        manage(rig, ScheduledMessage.AMQ_SCHEDULER_ACTION_REMOVE, null, ID, "ID:unknown:1:1:1:1");
        rig.equal(List.of(1, 3), numbers(browse(rig)), "jobs");
        removeAll(rig);
        rig.equal(List.of(), numbers(browse(rig)), "jobs");
    }

    /** A repeating job that is removed between two of its times. */
    @Case
    static void removeARepeatingJob(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        send(rig, session, rig.queue("q"), 0, DELAY, 300L, PERIOD, 3000L, REPEAT, -1);
        Message first = rig.takeNumber(consumer, 0);
        manage(rig, ScheduledMessage.AMQ_SCHEDULER_ACTION_REMOVE, null, ID, first.getStringProperty(ID));
        rig.check(consumer.receive(4500) == null, "it does not come again");
    }

    @Case
    static void removeASpanThatHasNothing(Rig rig) throws Exception {
        long[] span = scheduleThree(rig);
        // Others' jobs are due much sooner, or much later.
        manage(rig, ScheduledMessage.AMQ_SCHEDULER_ACTION_REMOVEALL, null,
            ScheduledMessage.AMQ_SCHEDULER_ACTION_START_TIME, Long.toString(span[1] + 1_000_000_000L),
            ScheduledMessage.AMQ_SCHEDULER_ACTION_END_TIME, Long.toString(span[1] + 2_000_000_000L));
        rig.equal(3, browse(rig).size(), "jobs");
        removeAll(rig);
    }

    @Case(alone = true)
    static void removeAllJobsOrThoseOfASpan(Rig rig) throws Exception {
        long[] span = scheduleThree(rig);
        manage(rig, ScheduledMessage.AMQ_SCHEDULER_ACTION_REMOVEALL, null,
            ScheduledMessage.AMQ_SCHEDULER_ACTION_START_TIME, Long.toString(span[0]),
            ScheduledMessage.AMQ_SCHEDULER_ACTION_END_TIME, Long.toString(span[1]));
        rig.equal(List.of(1, 3), numbers(browse(rig)), "jobs");
        manage(rig, ScheduledMessage.AMQ_SCHEDULER_ACTION_REMOVEALL, null);
        rig.equal(List.of(), numbers(browse(rig)), "jobs");
    }

    /** Commands are carried out, not delivered, and unknown ones are nobody's business. */
    @Case
    static void commandsAreNotDelivered(Rig rig) throws Exception {
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(
            new ActiveMQTopic(ScheduledMessage.AMQ_SCHEDULER_MANAGEMENT_DESTINATION));
        manage(rig, "DANCE", null);
        manage(rig, ScheduledMessage.AMQ_SCHEDULER_ACTION_BROWSE, null);
        rig.none(consumer);
    }

    // Restart and take-over

    private static ActiveMQConnection failover(Rig rig) throws Exception {
        return rig.connectTo(Rig.withQuery(rig.options.failoverUrl, "maxReconnectDelay=100"));
    }

    /** What comes due while nobody serves comes once, in its order; what is due later comes then. */
    @Case(control = true, alone = true, limit = 90, variants = {"stop", "kill"})
    static void schedulesSurvive(Rig rig, String how) throws Exception {
        ActiveMQConnection sending = failover(rig);
        Session session = Rig.auto(sending);
        send(rig, session, rig.queue("q"), 2, DELAY, 1_000L);
        send(rig, session, rig.queue("q"), 1, DELAY, 500L);
        send(rig, session, rig.queue("q"), 3, DELAY, 15_000L);
        send(rig, session, rig.queue("r"), 9, DELAY, 700L, PERIOD, 400L, REPEAT, 4);
        sending.close();
        rig.control(how);
        Thread.sleep(1500);
        rig.control("start");
        MessageConsumer consumer = Rig.auto(failover(rig)).createConsumer(rig.queue("q"));
        rig.takeNumbers(consumer, 1, 3);
        MessageConsumer repeated = Rig.auto(failover(rig)).createConsumer(rig.queue("r"));
        Set<String> ids = new HashSet<>();
        for (int k = 0; k < 5; k++) ids.add(rig.takeNumber(repeated, 9).getJMSMessageID());
        rig.equal(5, ids.size(), "message ids");
        rig.none(repeated);
        Message third = consumer.receive(20_000);
        rig.check(third != null && third.getIntProperty("n") == 3, "the third came in its time");
        rig.none(consumer);
    }
}
