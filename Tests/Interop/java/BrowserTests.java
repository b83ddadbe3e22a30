import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.QueueBrowser;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.command.ActiveMQQueue;

/** Browsers see a snapshot, change nothing, and end (openwire.md 13.3). */
final class BrowserTests {
    private BrowserTests() {}

    private static List<Integer> numbers(Enumeration<?> seen) throws Exception {
        List<Integer> numbers = new ArrayList<>();
        while (seen.hasMoreElements()) numbers.add(((Message) seen.nextElement()).getIntProperty("n"));
        return numbers;
    }

    private static List<Integer> range(int from, int to) {
        List<Integer> numbers = new ArrayList<>();
        for (int n = from; n < to; n++) numbers.add(n);
        return numbers;
    }

    @Case
    static void emptyQueueEnds(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        rig.equal(List.of(), numbers(session.createBrowser(rig.queue("q")).getEnumeration()), "browsed");
    }

    @Case(variants = {"1", "10", "500"})
    static void moreThanThePrefetch(Rig rig, String prefetch) throws Exception {
        rig.fill(rig.queue("q"), 0, 150);
        Session session = Rig.auto(rig.connect("jms.prefetchPolicy.queueBrowserPrefetch=" + prefetch));
        rig.equal(range(0, 150), numbers(session.createBrowser(rig.queue("q")).getEnumeration()), "browsed");
    }

    @Case
    static void severalEnumerations(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 3);
        Session session = Rig.auto(rig.connect());
        QueueBrowser browser = session.createBrowser(rig.queue("q"));
        rig.equal(range(0, 3), numbers(browser.getEnumeration()), "first");
        rig.fill(rig.queue("q"), 3, 5);
        rig.equal(range(0, 5), numbers(browser.getEnumeration()), "second");
        browser.close();
    }

    @Case
    static void selector(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 10);
        Session session = Rig.auto(rig.connect());
        Enumeration<?> seen = session.createBrowser(rig.queue("q"), "n > 6").getEnumeration();
        rig.equal(range(7, 10), numbers(seen), "browsed");
    }

    @Case
    static void removesAndCountsNothing(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 5);
        for (int round = 0; round < 3; round++) rig.equal(5, rig.depth(rig.queue("q")), "depth");
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        for (int n = 0; n < 5; n++) {
            rig.equal(1, rig.takeNumber(consumer, n).getIntProperty("JMSXDeliveryCount"), "delivery count");
        }
        rig.awaitDepth(rig.queue("q"), 0);
    }

    /** Messages that are with a consumer, unacknowledged, are seen too. */
    @Case
    static void seesWhatIsInFlight(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 5);
        Session session = Rig.client(rig.connect());
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        rig.takeNumbers(consumer, 0, 3);
        rig.equal(5, rig.depth(rig.queue("q")), "depth");
    }

    @Case
    static void whileAConsumerIsBusy(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        rig.fill(rig.queue("q"), 0, 300);
        MessageConsumer consumer = Rig.auto(connection).createConsumer(rig.queue("q"));
        Session session = Rig.auto(rig.connect());
        for (int round = 0; round < 10; round++) {
            Enumeration<?> seen = session.createBrowser(rig.queue("q")).getEnumeration();
            rig.takeNumbers(consumer, round * 30, round * 30 + 30);
            List<Integer> browsed = numbers(seen);
            rig.check(round == 9 || browsed.contains(299), "sees what nobody has taken: " + browsed);
            for (int at = 1; at < browsed.size(); at++) {
                rig.check(browsed.get(at) > browsed.get(at - 1), "ascending: " + browsed);
            }
        }
    }

    @Case
    static void exclusiveConsumersDoNotBlockBrowsers(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 4);
        Session session = Rig.client(rig.connect());
        ActiveMQQueue options = new ActiveMQQueue(rig.name("q") + "?consumer.exclusive=true");
        MessageConsumer exclusive = session.createConsumer(options);
        rig.takeNumber(exclusive, 0);
        rig.equal(4, rig.depth(rig.queue("q")), "depth");
    }

    /** A browser that is left open and unread holds up nobody. */
    @Case
    static void anOpenBrowserHoldsUpNobody(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 50);
        Session session = Rig.auto(rig.connect("jms.prefetchPolicy.queueBrowserPrefetch=1"));
        Enumeration<?> open = session.createBrowser(rig.queue("q")).getEnumeration();
        rig.check(open.hasMoreElements(), "one seen");
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        rig.takeNumbers(consumer, 0, 50);
        rig.fill(rig.queue("q"), 50, 60);
        rig.takeNumbers(consumer, 50, 60);
    }

    @Case
    static void transactedAndClientSessionsBrowse(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 5);
        ActiveMQConnection connection = rig.connect();
        for (Session session : List.of(Rig.transacted(connection), Rig.client(connection))) {
            rig.equal(range(0, 5), numbers(session.createBrowser(rig.queue("q")).getEnumeration()), "browsed");
            session.close();
        }
        rig.equal(5, rig.depth(rig.queue("q")), "depth");
    }
}
