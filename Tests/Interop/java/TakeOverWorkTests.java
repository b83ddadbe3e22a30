import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import javax.jms.DeliveryMode;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.XASession;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQXAConnection;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.LocalTransactionId;
import org.apache.activemq.command.ProducerInfo;
import org.apache.activemq.command.TransactionInfo;

/** The master is killed in the middle: redelivery, dead letters, expiry, transactions, flow control, duplicates. */
final class TakeOverWorkTests {
    private TakeOverWorkTests() {}

    /** A message rolled back before and after the kill ends where its strategy says, once, with the cause. */
    @Case(configured = true, control = true, alone = true, limit = 60,
        variants = {"shared", "individual", "discarding"})
    static void deadLetters(Rig rig, String strategy) throws Exception {
        Pair pair = new Pair(rig);
        pair.fill(rig.queue("q"), 0, 3);
        ActiveMQConnection connection = pair.connect("jms.redeliveryPolicy.maximumRedeliveries=3",
            "jms.redeliveryPolicy.initialRedeliveryDelay=0", "jms.redeliveryPolicy.redeliveryDelay=0",
            "jms.consumerFailoverRedeliveryWaitPeriod=0");
        Session session = Rig.transacted(connection);
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        int tries = 0;
        for (boolean poisoned = true; poisoned; tries++) {
            Message message = rig.take(consumer);
            poisoned = message.getIntProperty("n") == 0;
            if (tries == 2) pair.killAndStart();
            if (poisoned) session.rollback();
        }
        rig.check(tries >= 4 && tries <= 9, tries - 1 + " tries of the poisoned one");
        connection.close();
        pair.killAndStart();
        Session after = Rig.auto(pair.connect());
        String own = "DLQ." + rig.name("q");
        MessageConsumer shared = rig.deadLetters(after);
        MessageConsumer individual = after.createConsumer(new ActiveMQQueue(own));
        if (strategy.equals("discarding")) {
            rig.none(shared);
            rig.none(individual);
        } else {
            Message dead = rig.takeNumber(strategy.equals("shared") ? shared : individual, 0);
            rig.check(dead.getStringProperty("dlqDeliveryFailureCause") != null, "the cause is told");
            rig.none(shared);
            rig.none(individual);
        }
        pair.exactly(after.createConsumer(rig.queue("q")), Pair.range(1, 3));
    }

    /** What expires while no master is there goes to the dead letter queue once, with the time it had. */
    @Case(configured = true, control = true, alone = true, limit = 60,
        peer = "such a message has no originalExpiration there")
    static void expiry(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        Session session = Rig.auto(pair.connect());
        MessageProducer producer = session.createProducer(rig.queue("q"));
        for (int n = 0; n < 20; n++) {
            producer.send(rig.numbered(session, n), DeliveryMode.PERSISTENT, 4, n % 2 == 0 ? 400 : 0);
        }
        long over = System.currentTimeMillis() + 400;
        pair.kill();
        rig.await("the time to live is over", () -> System.currentTimeMillis() > over);
        pair.start();
        List<Integer> odd = Pair.range(0, 20);
        odd.removeIf(n -> n % 2 == 0);
        pair.exactly(Rig.auto(pair.connect()).createConsumer(rig.queue("q")), odd);
        MessageConsumer dead = rig.deadLetters(Rig.auto(pair.connect()));
        Set<Integer> seen = new HashSet<>();
        for (int n = 0; n < 10; n++) {
            Message message = rig.take(dead);
            rig.check(seen.add(message.getIntProperty("n")) && message.getIntProperty("n") % 2 == 0, "each once");
            rig.check(message.getLongProperty("originalExpiration") > 0, "its expiration is told");
            rig.equal(0L, message.getJMSExpiration(), "it does not expire again");
        }
        rig.none(dead);
    }

    /** Moves numbers from one queue to another in transactions, through kills: each arrives once. */
    @Case(configured = true, control = true, alone = true, limit = 90)
    static void localTransactions(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        pair.fill(rig.queue("in"), 0, 300);
        ActiveMQConnection connection = pair.connect("jms.consumerFailoverRedeliveryWaitPeriod=0",
            "jms.redeliveryPolicy.maximumRedeliveries=-1", "jms.redeliveryPolicy.initialRedeliveryDelay=0");
        AtomicInteger committed = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        Jms.Running mover = Jms.start(() -> {
            Session session = Rig.transacted(connection);
            MessageConsumer consumer = session.createConsumer(rig.queue("in"));
            MessageProducer producer = session.createProducer(rig.queue("out"));
            for (Message message; (message = consumer.receive(3000)) != null; ) {
                try {
                    producer.send(rig.numbered(session, message.getIntProperty("n")));
                    session.commit();
                    committed.incrementAndGet();
                } catch (JMSException rolledBack) {
                    refused.incrementAndGet();
                    session.rollback();
                }
            }
        });
        for (int kill = 1; kill <= 2; kill++) {
            int reached = kill * 60;
            rig.await("the transactions go on", () -> committed.get() >= reached || mover.ended());
            pair.killAndStart();
        }
        rig.await("all is moved", 30_000, mover::ended);
        mover.join();
        rig.equal(List.of(), pair.browse(rig.queue("in")), "left");
        List<Integer> moved = pair.browse(rig.queue("out"));
        rig.equal(300, moved.size(), "moved, with " + refused.get() + " refused");
        rig.equal(300, new HashSet<>(moved).size(), "different numbers");
    }

    /** Batches sent in transactions through a kill are stored whole and once; refused ones not at all. */
    @Case(configured = true, control = true, alone = true, limit = 60)
    static void transactedBatches(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        Session session = Rig.transacted(pair.connect());
        MessageProducer producer = session.createProducer(rig.queue("q"));
        Set<Integer> confirmed = new HashSet<>();
        Set<Integer> refused = new HashSet<>();
        Jms.Running killer = null;
        for (int batch = 0; batch < 60; batch++) {
            Jms.send(rig, session, producer, batch * 10, batch * 10 + 5);
            if (batch == 20) killer = Jms.start(pair::killAndStart);
            Jms.send(rig, session, producer, batch * 10 + 5, batch * 10 + 10);
            try {
                session.commit();
                confirmed.add(batch);
            } catch (JMSException unknown) {
                refused.add(batch);
            }
        }
        killer.join();
        List<Integer> stored = pair.browse(rig.queue("q"));
        rig.equal(stored.size(), new HashSet<>(stored).size(), "each once");
        for (int batch = 0; batch < 60; batch++) {
            List<Integer> numbers = Pair.range(batch * 10, batch * 10 + 10);
            boolean whole = stored.containsAll(numbers);
            if (confirmed.contains(batch)) rig.check(whole, "batch " + batch + " is there");
            else rig.check(whole || numbers.stream().noneMatch(stored::contains), "batch " + batch + " is whole");
        }
        rig.check(refused.size() <= 1, refused + " refused");
    }

    /** The client of before replays a committed transaction over the new master: nothing is stored twice. */
    @Case(configured = true, control = true, alone = true, limit = 60)
    static void replayedTransaction(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        RawPeer first = pair.raw();
        first.connect();
        ProducerInfo producer = first.producer(first.session(), rig.queue("q"));
        batch(rig, first, producer, 1);
        pair.killAndStart();
        RawPeer second = pair.raw();
        second.connectAgainAs(first);
        second.openAgain(producer);
        batch(rig, second, producer, 1);
        rig.equal(3, pair.browse(rig.queue("q")).size(), "stored");
        pair.killAndStart();
        rig.equal(3, pair.browse(rig.queue("q")).size(), "stored, after another kill");
    }

    private static void batch(Rig rig, RawPeer peer, ProducerInfo producer, int number) throws Exception {
        LocalTransactionId id = new LocalTransactionId(peer.connection.getConnectionId(), number);
        peer.expectOk(new TransactionInfo(peer.connection.getConnectionId(), id, TransactionInfo.BEGIN));
        for (int sequence = 1; sequence <= 3; sequence++) {
            ActiveMQMessage message = RawPeer.message(producer, rig.queue("q"), sequence, "m" + sequence);
            message.setIntProperty("n", sequence);
            message.setTransactionId(id);
            peer.expectOk(message);
        }
        peer.expectOk(new TransactionInfo(peer.connection.getConnectionId(), id, TransactionInfo.COMMIT_ONE_PHASE));
    }

    // Distributed transactions

    private static XATests.Id prepare(Rig rig, XASession session, int number) throws Exception {
        XATests.Id id = new XATests.Id(rig, "b" + number);
        XAResource resource = session.getXAResource();
        resource.start(id, XAResource.TMNOFLAGS);
        MessageConsumer consumer = session.createConsumer(rig.queue("in"));
        rig.takeNumber(consumer, number);
        session.createProducer(rig.queue("out")).send(rig.numbered(session, number));
        resource.end(id, XAResource.TMSUCCESS);
        rig.equal(XAResource.XA_OK, resource.prepare(id), "vote");
        consumer.close();
        return id;
    }

    private static boolean inDoubt(XAResource resource, XATests.Id id) throws XAException {
        Xid[] found = resource.recover(XAResource.TMSTARTRSCAN | XAResource.TMENDRSCAN);
        return Arrays.stream(found).anyMatch(id::same);
    }

    /** Prepared transactions are in doubt after each take-over until they are committed or rolled back, once. */
    @Case(configured = true, control = true, alone = true, limit = 60,
        peer = "what a recovered transaction had received is not flagged")
    static void preparedTransactions(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        pair.fill(rig.queue("in"), 0, 3);
        // A client that stays would prepare again, over the new master, what others have ended.
        ActiveMQXAConnection connection = pair.connectXA();
        XASession session = connection.createXASession();
        List<XATests.Id> ids = new ArrayList<>();
        for (int number = 0; number < 3; number++) ids.add(prepare(rig, session, number));
        connection.close();
        pair.killAndStart();
        rig.equal(List.of(), pair.browse(rig.queue("out")), "sent before the end");
        XAResource resource = pair.connectXA().createXASession().getXAResource();
        for (XATests.Id id : ids) rig.check(inDoubt(resource, id), "in doubt");
        resource.commit(ids.get(0), false);
        resource.rollback(ids.get(1));
        pair.killAndStart();
        rig.equal(List.of(0), pair.browse(rig.queue("out")), "sent");
        XAResource later = pair.connectXA().createXASession().getXAResource();
        rig.check(!inDoubt(later, ids.get(0)) && !inDoubt(later, ids.get(1)), "two are decided");
        rig.check(inDoubt(later, ids.get(2)), "one is in doubt");
        later.commit(ids.get(2), false);
        rig.equal(List.of(0, 2), pair.browse(rig.queue("out")), "sent");
        Message back = rig.takeNumber(Rig.auto(pair.connect()).createConsumer(rig.queue("in")), 1);
        rig.equal(true, back.getJMSRedelivered(), "what was rolled back is flagged");
        pair.awaitDepth(rig.queue("in"), 0);
    }

    /** An operator ends what two masters left in doubt; no take-over brings it back. */
    @Case(configured = true, control = true, operator = true, alone = true, limit = 60)
    static void decidedByAnOperator(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        pair.fill(rig.queue("in"), 0, 2);
        ActiveMQXAConnection connection = pair.connectXA();
        XASession session = connection.createXASession();
        List<XATests.Id> ids = List.of(prepare(rig, session, 0), prepare(rig, session, 1));
        connection.close();
        pair.killAndStart();
        for (XATests.Id id : ids) rig.check(!XATests.listed(rig, id).isEmpty(), "in doubt: " + id.text());
        XATests.decide(rig, ids.get(0), "commit");
        XATests.decide(rig, ids.get(1), "rollback");
        pair.killAndStart();
        XAResource resource = pair.connectXA().createXASession().getXAResource();
        for (XATests.Id id : ids) {
            rig.check(!inDoubt(resource, id), "it is decided: " + id.text());
            XAException error = rig.fails(XAException.class, () -> resource.commit(id, false));
            rig.equal(XAException.XAER_NOTA, error.errorCode, "XA error code");
        }
        rig.equal(List.of(0), pair.browse(rig.queue("out")), "sent");
        rig.takeNumber(Rig.auto(pair.connect()).createConsumer(rig.queue("in")), 1);
        pair.awaitDepth(rig.queue("in"), 0);
    }

    /** The connection that prepared commits over the new master. */
    @Case(configured = true, control = true, alone = true, limit = 60,
        peer = "the second take-over loses what was committed after the first")
    static void preparedByAClientThatStays(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        pair.fill(rig.queue("in"), 0, 1);
        XASession session = pair.connectXA().createXASession();
        XATests.Id id = prepare(rig, session, 0);
        pair.killAndStart();
        session.getXAResource().commit(id, false);
        rig.equal(List.of(0), pair.browse(rig.queue("out")), "sent");
        pair.awaitDepth(rig.queue("in"), 0);
        pair.killAndStart();
        rig.equal(List.of(0), pair.browse(rig.queue("out")), "sent, after another kill");
        pair.awaitDepth(rig.queue("in"), 0);
    }

    /** A transaction that was not prepared is gone with its master: nothing sent, nothing consumed. */
    @Case(configured = true, control = true, alone = true, limit = 60)
    static void unpreparedTransaction(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        pair.fill(rig.queue("in"), 0, 1);
        ActiveMQConnection connection = pair.connectXA();
        XASession session = ((javax.jms.XAConnection) connection).createXASession();
        XATests.Id id = new XATests.Id(rig, "open");
        XAResource resource = session.getXAResource();
        resource.start(id, XAResource.TMNOFLAGS);
        rig.takeNumber(session.createConsumer(rig.queue("in")), 0);
        session.createProducer(rig.queue("out")).send(rig.numbered(session, 0));
        pair.killAndStart();
        connection.close();
        rig.equal(List.of(), pair.browse(rig.queue("out")), "sent");
        rig.check(!inDoubt(pair.connectXA().createXASession().getXAResource(), id), "nothing is in doubt");
        Message back = rig.takeNumber(Rig.auto(pair.connect()).createConsumer(rig.queue("in")), 0);
        rig.equal(true, back.getJMSRedelivered(), "redelivered");
    }

    // Flow control and duplicates

    /** A producer held up by a full store at the kill goes on once there is room: all its messages, once. */
    @Case(configured = true, control = true, alone = true, limit = 90,
        peer = "its store frees whole journal files only, and late")
    static void blockedProducer(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        ActiveMQConnection connection = pair.connect();
        AtomicInteger sent = new AtomicInteger();
        String body = "x".repeat(500_000);
        Jms.Running sender = Jms.start(() -> {
            Session session = Rig.auto(connection);
            MessageProducer producer = session.createProducer(rig.queue("q"));
            for (int n = 0; n < 150; n++) {
                Message message = session.createTextMessage(body);
                message.setIntProperty("n", n);
                producer.send(message);
                sent.set(n + 1);
            }
        });
        awaitHeldUp(rig, sent, sender);
        int held = sent.get();
        pair.killAndStart();
        Pair.back(connection);
        awaitHeldUp(rig, sent, sender);
        rig.check(sent.get() <= held + 1 && held < 150, held + " and " + sent.get() + " sent: it is still held up");
        rig.equal(Pair.range(0, held), pair.browse(rig.queue("q")).subList(0, held), "stored so far");
        pair.exactly(Rig.auto(pair.connect()).createConsumer(rig.queue("q")), Pair.range(0, 150));
        sender.join();
    }

    /** Returns once nothing was sent for a while. */
    private static void awaitHeldUp(Rig rig, AtomicInteger sent, Jms.Running sender) throws Exception {
        int[] last = {-1};
        rig.await("the producer is held up", 30_000, () -> {
            int before = last[0];
            last[0] = sent.get();
            return before == last[0] || sender.endsWithin(600);
        });
    }

    /** Sends of several producers through two kills: each confirmed one is stored once, each producer's in order. */
    @Case(configured = true, control = true, alone = true, limit = 90)
    static void duplicatesOfSeveralProducers(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        AtomicInteger done = new AtomicInteger();
        List<Jms.Running> senders = new ArrayList<>();
        for (int sender = 0; sender < 4; sender++) {
            int base = sender * 1000;
            senders.add(Jms.start(() -> {
                Session session = Rig.auto(pair.connect());
                MessageProducer producer = session.createProducer(rig.queue("q"));
                for (int n = base; n < base + 300; n++) {
                    producer.send(rig.numbered(session, n));
                    done.incrementAndGet();
                }
            }));
        }
        for (int kill = 1; kill <= 2; kill++) {
            int reached = kill * 400;
            rig.await("the senders go on", 30_000, () -> done.get() >= reached);
            pair.killAndStart();
        }
        for (Jms.Running sender : senders) {
            rig.await("a sender is done", 30_000, sender::ended);
            sender.join();
        }
        List<Integer> stored = pair.browse(rig.queue("q"));
        for (int sender = 0; sender < 4; sender++) {
            int base = sender * 1000;
            List<Integer> own = new ArrayList<>(stored);
            own.removeIf(n -> n / 1000 != base / 1000);
            rig.equal(Pair.range(base, base + 300), own, "of producer " + sender);
        }
    }
}
