import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.command.ActiveMQQueue;

/** Consumers with prefetch 0 fetch each message (openwire.md 13.4). */
final class PullTests {
    private PullTests() {}

    private static ActiveMQConnection puller(Rig rig) throws Exception {
        return rig.connect("jms.prefetchPolicy.all=0");
    }

    @Case
    static void receiveWaitsForever(Rig rig) throws Exception {
        MessageConsumer consumer = Rig.auto(puller(rig)).createConsumer(rig.queue("q"));
        CompletableFuture<Message> answer = CompletableFuture.supplyAsync(() -> {
            try {
                return consumer.receive();
            } catch (javax.jms.JMSException error) {
                throw new IllegalStateException(error);
            }
        });
        Thread.sleep(Rig.QUIET_MS);
        rig.check(!answer.isDone(), "still waiting");
        rig.fill(rig.queue("q"), 0, 2);
        rig.equal(0, answer.get(10, TimeUnit.SECONDS).getIntProperty("n"), "number");
        rig.takeNumber(consumer, 1);
    }

    @Case
    static void receiveNoWait(Rig rig) throws Exception {
        MessageConsumer consumer = Rig.auto(puller(rig)).createConsumer(rig.queue("q"));
        rig.check(consumer.receiveNoWait() == null, "empty");
        rig.fill(rig.queue("q"), 0, 3);
        for (int n = 0; n < 3; n++) rig.equal(n, consumer.receiveNoWait().getIntProperty("n"), "number");
        rig.check(consumer.receiveNoWait() == null, "empty again");
    }

    @Case
    static void receiveWithTimeout(Rig rig) throws Exception {
        MessageConsumer consumer = Rig.auto(puller(rig)).createConsumer(rig.queue("q"));
        long begun = System.nanoTime();
        rig.check(consumer.receive(300) == null, "empty");
        long waited = (System.nanoTime() - begun) / 1_000_000;
        rig.check(waited >= 290 && waited < 5000, "waited about 300 ms: " + waited);
        rig.fill(rig.queue("q"), 0, 1);
        rig.takeNumber(consumer, 0);
    }

    /** What comes after the null-dispatch is there for the next pull, not before and not lost. */
    @Case
    static void nothingIsLostAfterAnEmptyPull(Rig rig) throws Exception {
        ActiveMQConnection connection = puller(rig);
        MessageConsumer consumer = Rig.auto(connection).createConsumer(rig.queue("q"));
        for (int n = 0; n < 20; n++) {
            rig.check(consumer.receive(20) == null, "empty");
            rig.fill(rig.queue("q"), n, n + 1);
            rig.takeNumber(consumer, n);
        }
        rig.fill(rig.queue("q"), 20, 21);
        rig.takeNumber(Rig.auto(rig.connect()).createConsumer(rig.queue("q")), 20);
    }

    @Case
    static void twoPullersShare(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 10);
        MessageConsumer first = Rig.auto(puller(rig)).createConsumer(rig.queue("q"));
        MessageConsumer second = Rig.auto(puller(rig)).createConsumer(rig.queue("q"));
        for (int n = 0; n < 10; n += 2) {
            rig.takeNumber(first, n);
            rig.takeNumber(second, n + 1);
        }
        rig.check(first.receiveNoWait() == null, "empty");
    }

    /** A puller that does not ask does not keep messages from others. */
    @Case
    static void anIdlePullerTakesNothing(Rig rig) throws Exception {
        Rig.auto(puller(rig)).createConsumer(rig.queue("q"));
        MessageConsumer other = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        rig.fill(rig.queue("q"), 0, 20);
        rig.takeNumbers(other, 0, 20);
    }

    @Case(variants = {"client", "individual", "transacted", "auto"})
    static void everyAcknowledgeMode(Rig rig, String mode) throws Exception {
        rig.fill(rig.queue("q"), 0, 10);
        ActiveMQConnection connection = puller(rig);
        Session session = AckTests.session(connection, mode);
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        List<Message> messages = new ArrayList<>();
        for (int n = 0; n < 10; n++) messages.add(rig.takeNumber(consumer, n));
        if (mode.equals("transacted")) session.commit();
        else if (!mode.equals("auto")) for (Message message : messages) message.acknowledge();
        rig.awaitDepth(rig.queue("q"), 0);
    }

    @Case
    static void rollbackAndPullAgain(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 3);
        ActiveMQConnection connection =
            rig.connect("jms.prefetchPolicy.all=0", "jms.redeliveryPolicy.initialRedeliveryDelay=0");
        Session session = Rig.transacted(connection);
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        rig.takeNumbers(consumer, 0, 2);
        session.rollback();
        rig.takeNumbers(consumer, 0, 3);
        session.commit();
        rig.awaitDepth(rig.queue("q"), 0);
    }

    @Case
    static void selectorAndPull(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 10);
        Session session = Rig.auto(puller(rig));
        MessageConsumer consumer = session.createConsumer(rig.queue("q"), "n >= 7");
        rig.takeNumbers(consumer, 7, 10);
        rig.check(consumer.receiveNoWait() == null, "no more matches");
    }

    @Case
    static void wildcardAndPull(Rig rig) throws Exception {
        rig.fill(rig.queue("w.a"), 0, 1);
        Session session = Rig.auto(puller(rig));
        MessageConsumer consumer = session.createConsumer(new ActiveMQQueue(rig.name("w.*")));
        rig.takeNumber(consumer, 0);
        rig.check(consumer.receive(50) == null, "empty");
    }
}
