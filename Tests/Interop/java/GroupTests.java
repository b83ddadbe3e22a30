import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.TextMessage;
import org.apache.activemq.ActiveMQConnection;

/** Message groups (openwire.md 13.7). */
final class GroupTests {
    private GroupTests() {}

    private static void send(Rig rig, String group, int sequence, int from, int to) throws Exception {
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.auto(connection);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        for (int n = from; n < to; n++) {
            TextMessage message = rig.numbered(session, n);
            message.setStringProperty("JMSXGroupID", group);
            if (sequence != 0) message.setIntProperty("JMSXGroupSeq", sequence);
            producer.send(message);
        }
        connection.close();
    }

    /** All that waits for a consumer, as numbers. */
    private static List<Integer> drain(MessageConsumer consumer) throws Exception {
        List<Integer> numbers = new ArrayList<>();
        for (Message next; (next = consumer.receive(Rig.QUIET_MS)) != null; ) numbers.add(next.getIntProperty("n"));
        return numbers;
    }

    @Case
    static void aGroupStaysWithItsConsumer(Rig rig) throws Exception {
        MessageConsumer first = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        MessageConsumer second = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        for (int round = 0; round < 10; round++) {
            for (String group : List.of("a", "b", "c", "d")) {
                send(rig, group, 0, round * 4 + "abcd".indexOf(group), round * 4 + "abcd".indexOf(group) + 1);
            }
        }
        Map<Integer, MessageConsumer> owner = new HashMap<>();
        int seen = 0;
        for (MessageConsumer consumer : List.of(first, second)) {
            List<Integer> numbers = drain(consumer);
            seen += numbers.size();
            rig.check(!numbers.isEmpty(), "both consumers have groups");
            Map<Integer, Integer> last = new HashMap<>();
            for (int number : numbers) {
                MessageConsumer before = owner.put(number % 4, consumer);
                rig.check(before == null || before == consumer, "one owner per group");
                Integer previous = last.put(number % 4, number);
                rig.check(previous == null || previous < number, "ascending in the group");
            }
        }
        rig.equal(40, seen, "messages");
    }

    @Case
    static void firstForConsumerIsMarked(Rig rig) throws Exception {
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        send(rig, "g", 0, 0, 3);
        rig.equal(true, rig.takeNumber(consumer, 0).getBooleanProperty("JMSXGroupFirstForConsumer"), "first");
        for (int n = 1; n < 3; n++) {
            Message message = rig.takeNumber(consumer, n);
            rig.equal(false, message.getBooleanProperty("JMSXGroupFirstForConsumer"), "first");
        }
    }

    /** The owner leaves: its group goes to another, marked as first again. */
    @Case
    static void ownerLeaves(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        MessageConsumer first = Rig.auto(connection).createConsumer(rig.queue("q"));
        send(rig, "g", 0, 0, 5);
        rig.takeNumbers(first, 0, 5);
        MessageConsumer second = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        send(rig, "g", 0, 5, 8);
        rig.takeNumbers(first, 5, 8);
        connection.close();
        send(rig, "g", 0, 8, 11);
        Message message = rig.takeNumber(second, 8);
        rig.equal(true, message.getBooleanProperty("JMSXGroupFirstForConsumer"), "first for the new owner");
        rig.takeNumbers(second, 9, 11);
    }

    /** Unacknowledged messages of the leaving owner come first, in order. */
    @Case
    static void ownerLeavesWithUnacknowledgedMessages(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        MessageConsumer first = Rig.client(connection).createConsumer(rig.queue("q"));
        send(rig, "g", 0, 0, 10);
        rig.takeNumbers(first, 0, 5);
        MessageConsumer second = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        rig.check(second.receiveNoWait() == null, "the group has an owner");
        connection.close();
        rig.takeNumbers(second, 0, 10);
    }

    /** A negative sequence closes the group; the next message of it may go anywhere and is a first again. */
    @Case
    static void closingAGroup(Rig rig) throws Exception {
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        send(rig, "g", 0, 0, 2);
        send(rig, "g", -1, 2, 3);
        send(rig, "g", 0, 3, 4);
        rig.equal(true, rig.takeNumber(consumer, 0).getBooleanProperty("JMSXGroupFirstForConsumer"), "first");
        rig.takeNumbers(consumer, 1, 3);
        Message reopened = rig.takeNumber(consumer, 3);
        rig.equal(true, reopened.getBooleanProperty("JMSXGroupFirstForConsumer"), "first after closing");
    }

    @Case
    static void sequenceTravels(Rig rig) throws Exception {
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        send(rig, "g", 1, 0, 1);
        send(rig, "g", 2, 1, 2);
        for (int n = 0; n < 2; n++) {
            Message message = rig.takeNumber(consumer, n);
            rig.equal("g", message.getStringProperty("JMSXGroupID"), "group");
            rig.equal(n + 1, message.getIntProperty("JMSXGroupSeq"), "sequence");
        }
    }

    /** A group whose owner sits does not stop messages of others or without a group. */
    @Case
    static void aBlockedGroupDoesNotBlockOthers(Rig rig) throws Exception {
        Session sitting = Rig.client(rig.connect("jms.prefetchPolicy.all=1"));
        MessageConsumer owner = sitting.createConsumer(rig.queue("q"));
        send(rig, "g", 0, 0, 1);
        rig.takeNumber(owner, 0);
        MessageConsumer other = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        send(rig, "g", 0, 1, 5);
        rig.fill(rig.queue("q"), 5, 10);
        List<Integer> seen = drain(other);
        rig.check(seen.containsAll(List.of(6, 7, 8, 9)), "messages without group came: " + seen);
        for (int n = 1; n < 5; n++) rig.check(!seen.contains(n), "the group stays with its owner: " + seen);
    }
}
