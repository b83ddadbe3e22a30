import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.TemporaryQueue;
import javax.jms.TransactionRolledBackException;
import javax.jms.XASession;
import javax.transaction.xa.XAResource;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQXAConnection;
import org.apache.activemq.ActiveMQXAConnectionFactory;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ProducerInfo;

/** The broker itself ends and comes back, or another takes its place (openwire.md 18.2, 18.3). */
final class RestartTests {
    private static final String QUICK = "maxReconnectDelay=100";

    private RestartTests() {}

    private static ActiveMQConnection connect(Rig rig, String... options) throws Exception {
        String[] all = new String[options.length + 1];
        all[0] = QUICK;
        System.arraycopy(options, 0, all, 1, options.length);
        return rig.connectTo(Rig.withQuery(rig.options.failoverUrl, all));
    }

    /** A raw peer to whichever broker serves now. */
    private static RawPeer raw(Rig rig) throws Exception {
        List<String> urls = new ArrayList<>();
        Matcher part = Pattern.compile("tcp://[^,)?]+").matcher(rig.options.failoverUrl);
        while (part.find()) urls.add(part.group());
        for (String url : urls) {
            try {
                RawPeer peer = rig.closing(new RawPeer(url));
                peer.handshake();
                return peer;
            } catch (java.io.IOException refused) {
                continue;
            }
        }
        throw new AssertionError("nobody serves at " + urls);
    }

    private static void restart(Rig rig, String how) throws Exception {
        rig.control(how);
        rig.control("start");
    }

    private static int depth(Rig rig, String queue) throws Exception {
        ActiveMQConnection connection = connect(rig);
        java.util.Enumeration<?> seen = Rig.auto(connection).createBrowser(rig.queue(queue)).getEnumeration();
        int count = 0;
        for (; seen.hasMoreElements(); seen.nextElement()) count++;
        connection.close();
        return count;
    }

    private static void fill(Rig rig, javax.jms.Destination destination, int from, int to) throws Exception {
        ActiveMQConnection connection = connect(rig);
        Session session = Rig.auto(connection);
        MessageProducer producer = session.createProducer(destination);
        for (int n = from; n < to; n++) producer.send(rig.numbered(session, n));
        connection.close();
    }

    /** Messages, durable subscriptions, prepared transactions, the last producer sequence (18.3). */
    @Case(control = true, alone = true, limit = 60, variants = {"stop", "kill"})
    static void whatMustSurvive(Rig rig, String how) throws Exception {
        fill(rig, rig.queue("q"), 0, 20);
        ActiveMQConnection owner = rig.open(Rig.withQuery(rig.options.failoverUrl, QUICK));
        owner.setClientID(rig.name("id"));
        owner.start();
        Session subscription = Rig.auto(owner);
        subscription.createDurableSubscriber(rig.topic("t"), "s", "n > 2", false).close();
        fill(rig, rig.topic("t"), 0, 6);
        owner.close();
        XATests.Id id = prepare(rig);
        RawPeer first = raw(rig);
        first.connect();
        ProducerInfo producer = first.producer(first.session(), rig.queue("raw"));
        first.expectOk(RawPeer.message(producer, rig.queue("raw"), 1, "m1"));
        restart(rig, how);
        MessageConsumer consumer = Rig.auto(connect(rig)).createConsumer(rig.queue("q"));
        rig.takeNumbers(consumer, 0, 20);
        rig.none(consumer);
        ActiveMQConnection again = rig.open(Rig.withQuery(rig.options.failoverUrl, QUICK));
        again.setClientID(rig.name("id"));
        again.start();
        Session session = Rig.auto(again);
        MessageConsumer durable = session.createDurableSubscriber(rig.topic("t"), "s", "n > 2", false);
        rig.takeNumbers(durable, 3, 6);
        durable.close();
        session.unsubscribe("s");
        recovered(rig, id);
        replayed(rig, first, producer);
    }

    private static long sequence(Message message) {
        return ((ActiveMQMessage) message).getMessageId().getBrokerSequenceId();
    }

    /** Clients compare them over restarts (12.3, 18.3). */
    @Case(control = true, alone = true, limit = 60, peer = "it goes on from what is still stored, not from what was")
    static void brokerSequencesNeverRepeat(Rig rig) throws Exception {
        long last = 0;
        for (int round = 0; round < 3; round++) {
            fill(rig, rig.queue("q"), 0, 5);
            ActiveMQConnection connection = connect(rig);
            MessageConsumer consumer = Rig.auto(connection).createConsumer(rig.queue("q"));
            for (int n = 0; n < 5; n++) {
                long sequence = sequence(rig.takeNumber(consumer, n));
                rig.check(sequence > last, sequence + " comes after " + last);
                last = sequence;
            }
            connection.close();
            if (round < 2) restart(rig, round == 0 ? "stop" : "kill");
        }
    }

    private static XATests.Id prepare(Rig rig) throws Exception {
        ActiveMQXAConnection connection = xa(rig);
        XASession session = connection.createXASession();
        XATests.Id id = new XATests.Id(rig, "restart");
        session.getXAResource().start(id, XAResource.TMNOFLAGS);
        session.createProducer(rig.queue("xa")).send(rig.numbered(session, 0));
        session.getXAResource().end(id, XAResource.TMSUCCESS);
        rig.equal(XAResource.XA_OK, session.getXAResource().prepare(id), "vote");
        connection.close();
        return id;
    }

    private static ActiveMQXAConnection xa(Rig rig) throws Exception {
        String url = Rig.withQuery(rig.options.failoverUrl, QUICK);
        ActiveMQXAConnection connection =
            rig.closing((ActiveMQXAConnection) new ActiveMQXAConnectionFactory(url).createXAConnection());
        connection.start();
        return connection;
    }

    private static void recovered(Rig rig, XATests.Id id) throws Exception {
        rig.equal(0, depth(rig, "xa"), "nothing of the prepared transaction is visible");
        XAResource resource = xa(rig).createXASession().getXAResource();
        boolean found = false;
        for (javax.transaction.xa.Xid xid : resource.recover(XAResource.TMSTARTRSCAN | XAResource.TMENDRSCAN)) {
            found |= id.same(xid);
        }
        rig.check(found, "the prepared transaction is in doubt");
        resource.commit(id, false);
        rig.equal(1, depth(rig, "xa"), "committed");
    }

    /** The client of before sends its last message again over the new broker: stored once. */
    private static void replayed(Rig rig, RawPeer first, ProducerInfo producer) throws Exception {
        RawPeer second = raw(rig);
        second.connectAgainAs(first);
        second.openAgain(producer);
        second.expectOk(RawPeer.message(producer, rig.queue("raw"), 1, "m1"));
        second.expectOk(RawPeer.message(producer, rig.queue("raw"), 2, "m2"));
        rig.equal(2, depth(rig, "raw"), "the replayed send is stored once");
    }

    /** Producers and consumers work through it: nothing lost, nothing stored twice, order kept. */
    @Case(control = true, alone = true, limit = 90, variants = {"stop", "kill"})
    static void trafficGoesOn(Rig rig, String how) throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        AtomicInteger[] confirmed = {new AtomicInteger(), new AtomicInteger()};
        List<Thread> threads = new ArrayList<>();
        for (int sender = 0; sender < 2; sender++) {
            int number = sender;
            ActiveMQConnection connection = connect(rig);
            Thread thread = new Thread(() -> {
                try {
                    Session session = Rig.auto(connection);
                    MessageProducer producer = session.createProducer(rig.queue("q" + number));
                    while (!done.get()) {
                        producer.send(rig.numbered(session, confirmed[number].get()));
                        confirmed[number].incrementAndGet();
                    }
                } catch (JMSException fault) {
                    rig.asyncErrors.add(fault);
                }
            });
            thread.start();
            threads.add(thread);
        }
        // q0 is consumed all the time, q1 afterwards: the first shows redelivery, the second what was stored.
        MessageConsumer live = Rig.auto(connect(rig)).createConsumer(rig.queue("q0"));
        int next = 0;
        for (int round = 0; round < 2; round++) {
            next = drainFor(rig, live, next, 500);
            rig.control(how);
            rig.control("start");
            int reached = confirmed[0].get();
            rig.await("sends go on", () -> confirmed[0].get() > reached + 5 && confirmed[1].get() > reached / 2);
        }
        done.set(true);
        for (Thread thread : threads) thread.join();
        rig.check(rig.asyncErrors.isEmpty(), "no errors: " + rig.asyncErrors);
        while (next < confirmed[0].get()) next = accept(rig, rig.take(live), next);
        MessageConsumer stored = Rig.auto(connect(rig)).createConsumer(rig.queue("q1"));
        rig.takeNumbers(stored, 0, confirmed[1].get());
        rig.none(stored);
    }

    private static int drainFor(Rig rig, MessageConsumer consumer, int next, long milliseconds) throws Exception {
        long end = System.nanoTime() + milliseconds * 1_000_000;
        int at = next;
        while (System.nanoTime() < end) {
            Message message = consumer.receive(20);
            if (message != null) at = accept(rig, message, at);
        }
        return at;
    }

    /** Either the next number, or a flagged repeat. */
    private static int accept(Rig rig, Message message, int next) throws Exception {
        int number = message.getIntProperty("n");
        if (number == next) return next + 1;
        rig.check(number < next, "nothing is missing: " + number + " came, expected " + next);
        rig.check(message.getJMSRedelivered(), "a repeat is flagged: " + number);
        return next;
    }

    /** Consumers of all kinds come back by themselves. */
    @Case(control = true, alone = true, limit = 60)
    static void consumersComeBack(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.open(Rig.withQuery(rig.options.failoverUrl, QUICK));
        connection.setClientID(rig.name("id"));
        connection.start();
        MessageConsumer queue = Rig.auto(connection).createConsumer(rig.queue("q"));
        MessageConsumer wildcard = Rig.auto(connection).createConsumer(rig.queue("w.*"));
        MessageConsumer selector = Rig.auto(connection).createConsumer(rig.queue("s"), "n > 1");
        MessageConsumer topic = Rig.auto(connection).createConsumer(rig.topic("t"));
        Session durableSession = Rig.auto(connection);
        MessageConsumer durable = durableSession.createDurableSubscriber(rig.topic("d"), "s");
        Session transacted = Rig.transacted(connection);
        MessageConsumer inTransaction = transacted.createConsumer(rig.queue("tx"));
        TemporaryQueue temporary = durableSession.createTemporaryQueue();
        MessageConsumer replies = durableSession.createConsumer(temporary);
        restart(rig, "kill");
        fill(rig, rig.queue("q"), 0, 3);
        rig.takeNumbers(queue, 0, 3);
        fill(rig, rig.queue("w.a"), 0, 1);
        rig.takeNumber(wildcard, 0);
        fill(rig, rig.queue("s"), 0, 3);
        rig.takeNumber(selector, 2);
        fill(rig, rig.topic("t"), 0, 1);
        rig.takeNumber(topic, 0);
        fill(rig, rig.topic("d"), 0, 2);
        rig.takeNumbers(durable, 0, 2);
        fill(rig, rig.queue("tx"), 0, 1);
        rig.takeNumber(inTransaction, 0);
        transacted.commit();
        rig.equal(0, depth(rig, "tx"), "depth");
        Session other = Rig.auto(connect(rig));
        rig.await("the temporary queue is known again", () -> {
            try {
                other.createProducer(temporary).send(rig.numbered(other, 7));
                return true;
            } catch (JMSException notYet) {
                return false;
            }
        });
        rig.takeNumber(replies, 7);
        durable.close();
        durableSession.unsubscribe("s");
    }

    /** A transaction that had consumed is rolled back cleanly, or commits as a whole; then work goes on. */
    @Case(control = true, alone = true, limit = 60)
    static void openTransactions(Rig rig) throws Exception {
        fill(rig, rig.queue("in"), 0, 3);
        Session session = Rig.transacted(connect(rig, "jms.consumerFailoverRedeliveryWaitPeriod=0"));
        MessageConsumer consumer = session.createConsumer(rig.queue("in"));
        MessageProducer producer = session.createProducer(rig.queue("out"));
        rig.takeNumbers(consumer, 0, 3);
        producer.send(rig.numbered(session, 0));
        Session sender = Rig.transacted(connect(rig));
        MessageProducer only = sender.createProducer(rig.queue("only"));
        for (int n = 0; n < 5; n++) only.send(rig.numbered(sender, n));
        restart(rig, "kill");
        sender.commit();
        rig.equal(5, depth(rig, "only"), "the transaction of sends was played again");
        boolean committed = true;
        try {
            session.commit();
        } catch (TransactionRolledBackException rolledBack) {
            committed = false;
        }
        rig.equal(committed ? 1 : 0, depth(rig, "out"), "sent");
        if (!committed) rig.takeNumbers(consumer, 0, 3);
        fill(rig, rig.queue("in"), 3, 5);
        rig.takeNumbers(consumer, 3, 5);
        producer.send(rig.numbered(session, 1));
        session.commit();
        rig.equal(committed ? 2 : 1, depth(rig, "out"), "sent");
        rig.equal(0, depth(rig, "in"), "left");
    }

    /** Expired while no broker ran. */
    @Case(control = true, alone = true, limit = 60)
    static void expiredMeanwhile(Rig rig) throws Exception {
        ActiveMQConnection connection = connect(rig);
        Session session = Rig.auto(connection);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        producer.send(rig.numbered(session, 0), 2, 4, 300);
        producer.send(rig.numbered(session, 1), 2, 4, 0);
        connection.close();
        restart(rig, "stop");
        Thread.sleep(400);
        Session after = Rig.auto(connect(rig));
        MessageConsumer consumer = after.createConsumer(rig.queue("q"));
        rig.takeNumber(consumer, 1);
        rig.none(consumer);
        rig.takeNumber(rig.deadLetters(after), 0);
    }
}
