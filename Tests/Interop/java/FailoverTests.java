import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.Set;
import java.util.TreeSet;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.TemporaryQueue;
import javax.jms.TransactionRolledBackException;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQMessageConsumer;
import org.apache.activemq.transport.DefaultTransportListener;

/** The failover: client loses its socket while the broker lives on (openwire.md 18.2). */
final class FailoverTests {
    private static final int RESPONSE = 30;
    private static final String QUICK = "maxReconnectDelay=50";
    /** Do not wait for messages that will not come back to this consumer. */
    private static final String NO_WAIT = "jms.consumerFailoverRedeliveryWaitPeriod=0";

    private FailoverTests() {}

    private static ActiveMQConnection connect(Rig rig, Proxy proxy, String... options) throws Exception {
        String[] all = new String[options.length + 1];
        all[0] = QUICK;
        System.arraycopy(options, 0, all, 1, options.length);
        return rig.connectTo(proxy.failoverUrl(all));
    }

    interface Step {
        void run() throws Exception;
    }

    /** Runs something that blocks until the connection is back. */
    private static CompletableFuture<Void> background(Step step) {
        return CompletableFuture.runAsync(() -> {
            try {
                step.run();
            } catch (Exception fault) {
                throw new java.util.concurrent.CompletionException(fault);
            }
        });
    }

    private static void finish(CompletableFuture<Void> work) throws Exception {
        work.get(20, TimeUnit.SECONDS);
    }

    /**
     * Opens when the client has reconnected. A commit or an ack it sends before it has noticed the break is lost or in
     * doubt, whatever the broker does.
     */
    private static CountDownLatch resumed(ActiveMQConnection connection) {
        CountDownLatch resumed = new CountDownLatch(1);
        connection.addTransportListener(new DefaultTransportListener() {
            @Override
            public void transportResumed() {
                resumed.countDown();
            }
        });
        return resumed;
    }

    @Case(limit = 60)
    static void sendsGoOnOverCuts(Rig rig) throws Exception {
        Proxy proxy = rig.proxy();
        ActiveMQConnection connection = connect(rig, proxy);
        Session session = Rig.auto(connection);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        AtomicBoolean done = new AtomicBoolean();
        Thread cutter = new Thread(() -> {
            while (!done.get()) {
                try {
                    Thread.sleep(150);
                } catch (InterruptedException ended) {
                    return;
                }
                proxy.cut();
            }
        });
        cutter.start();
        int sent = 0;
        long end = System.nanoTime() + 2_000_000_000L;
        for (; System.nanoTime() < end; sent++) producer.send(rig.numbered(session, sent));
        done.set(true);
        cutter.join();
        rig.check(proxy.accepted.get() > 3, "it was cut: " + proxy.accepted.get() + " connections");
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        rig.takeNumbers(consumer, 0, sent);
        rig.none(consumer);
    }

    /** The reply is lost after the message was stored: replayed, answered, stored once. */
    @Case
    static void lostReplyIsNotADuplicate(Rig rig) throws Exception {
        Proxy proxy = rig.proxy();
        ActiveMQConnection connection = connect(rig, proxy);
        Session session = Rig.auto(connection);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        producer.send(rig.numbered(session, 0));
        for (int round = 1; round <= 3; round++) {
            int number = round;
            proxy.filterToClient(type -> type != RESPONSE);
            CompletableFuture<Void> send = background(() -> producer.send(rig.numbered(session, number)));
            rig.awaitDepth(rig.queue("q"), round + 1);
            proxy.filterToClient(type -> true);
            proxy.cut();
            finish(send);
        }
        producer.send(rig.numbered(session, 4));
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        rig.takeNumbers(consumer, 0, 5);
        rig.none(consumer);
    }

    @Case
    static void consumersComeBack(Rig rig) throws Exception {
        Proxy proxy = rig.proxy();
        ActiveMQConnection connection = connect(rig, proxy);
        List<MessageConsumer> consumers = new ArrayList<>();
        for (int n = 0; n < 20; n++) consumers.add(Rig.auto(connection).createConsumer(rig.queue("q" + n)));
        MessageConsumer topic = Rig.auto(connection).createConsumer(rig.topic("t"));
        for (int round = 0; round < 3; round++) {
            for (int n = 0; n < 20; n++) rig.fill(rig.queue("q" + n), round, round + 1);
            for (MessageConsumer consumer : consumers) rig.takeNumber(consumer, round);
            proxy.cut();
        }
        rig.await("the topic subscriber is back", () -> {
            rig.fill(rig.topic("t"), 0, 1);
            return topic.receive(200) != null;
        });
    }

    /** While nobody answers, everything waits; afterwards it goes on. */
    @Case
    static void brokerAwayForAWhile(Rig rig) throws Exception {
        Proxy proxy = rig.proxy();
        ActiveMQConnection connection = connect(rig, proxy);
        Session session = Rig.auto(connection);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        proxy.refuse(true);
        proxy.cut();
        CompletableFuture<Void> send = background(() -> producer.send(rig.numbered(session, 0)));
        Thread.sleep(600);
        rig.check(!send.isDone(), "the send waits");
        proxy.refuse(false);
        finish(send);
        rig.takeNumber(consumer, 0);
    }

    /** The old socket is still open at the broker: the new one takes its place at once. */
    @Case
    static void oldSocketStillOpen(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 5);
        Proxy proxy = rig.proxy();
        ActiveMQConnection connection = rig.open(proxy.failoverUrl(QUICK));
        connection.setClientID(rig.name("id"));
        connection.start();
        Session session = Rig.client(connection);
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        rig.takeNumbers(consumer, 0, 2);
        Session durable = Rig.auto(connection);
        MessageConsumer subscriber = durable.createDurableSubscriber(rig.topic("t"), "s");
        proxy.abandon();
        Message last = null;
        Set<Integer> seen = new TreeSet<>();
        for (Message next; (next = consumer.receive(seen.isEmpty() ? 10_000 : 1500)) != null; last = next) {
            seen.add(next.getIntProperty("n"));
        }
        // The client may hand out what it had prefetched before it notices, so the two taken before may come last.
        rig.check(seen.containsAll(Set.of(2, 3, 4)), "all come to the new socket, not only " + seen);
        last.acknowledge();
        rig.awaitDepth(rig.queue("q"), 0);
        rig.fill(rig.topic("t"), 0, 2);
        rig.takeNumbers(subscriber, 0, 2);
        subscriber.close();
        durable.unsubscribe("s");
    }

    /** Only sends in it: the client plays the transaction again, the commit succeeds, all is there once. */
    @Case
    static void transactionOfSendsSurvives(Rig rig) throws Exception {
        Proxy proxy = rig.proxy();
        ActiveMQConnection connection = connect(rig, proxy);
        Session session = Rig.transacted(connection);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        for (int n = 0; n < 5; n++) producer.send(rig.numbered(session, n));
        CountDownLatch resumed = resumed(connection);
        proxy.cut();
        for (int n = 5; n < 8; n++) producer.send(rig.numbered(session, n));
        rig.check(resumed.await(10, TimeUnit.SECONDS), "the client is connected again");
        session.commit();
        producer.send(rig.numbered(session, 8));
        session.commit();
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        rig.takeNumbers(consumer, 0, 9);
        rig.none(consumer);
    }

    /** What it had consumed went to somebody else meanwhile: the commit must fail, then work goes on. */
    @Case
    static void transactionWhoseMessagesWentElsewhereFails(Rig rig) throws Exception {
        rig.fill(rig.queue("in"), 0, 3);
        Proxy proxy = rig.proxy();
        ActiveMQConnection connection = connect(rig, proxy, NO_WAIT);
        Session session = Rig.transacted(connection);
        MessageConsumer consumer = session.createConsumer(rig.queue("in"));
        MessageProducer producer = session.createProducer(rig.queue("out"));
        rig.takeNumbers(consumer, 0, 3);
        producer.send(rig.numbered(session, 0));
        CountDownLatch resumed = resumed(connection);
        proxy.refuse(true);
        proxy.cut();
        MessageConsumer thief = Rig.auto(rig.connect()).createConsumer(rig.queue("in"));
        rig.takeNumbers(thief, 0, 3);
        proxy.refuse(false);
        rig.check(resumed.await(10, TimeUnit.SECONDS), "the client is connected again");
        rig.fails(TransactionRolledBackException.class, session::commit);
        rig.equal(0, rig.depth(rig.queue("out")), "nothing of the failed transaction is there");
        thief.close();
        rig.fill(rig.queue("in"), 3, 5);
        rig.takeNumbers(consumer, 3, 5);
        producer.send(rig.numbered(session, 1));
        session.commit();
        rig.equal(1, rig.depth(rig.queue("out")), "the next transaction works");
        rig.equal(0, rig.depth(rig.queue("in")), "and has consumed");
    }

    /** Consumed, cut, and the same messages come back: whatever commit says, is true. */
    @Case
    static void transactionWithAcksIsAllOrNothing(Rig rig) throws Exception {
        rig.fill(rig.queue("in"), 0, 5);
        Proxy proxy = rig.proxy();
        ActiveMQConnection connection = connect(rig, proxy, "jms.consumerFailoverRedeliveryWaitPeriod=2000");
        Session session = Rig.transacted(connection);
        MessageConsumer consumer = session.createConsumer(rig.queue("in"));
        MessageProducer producer = session.createProducer(rig.queue("out"));
        for (int n = 0; n < 5; n++) {
            rig.takeNumber(consumer, n);
            producer.send(rig.numbered(session, n));
        }
        CountDownLatch resumed = resumed(connection);
        proxy.cut();
        rig.check(resumed.await(10, TimeUnit.SECONDS), "the client is connected again");
        boolean committed = true;
        try {
            session.commit();
        } catch (TransactionRolledBackException rolledBack) {
            committed = false;
        }
        rig.equal(committed ? 5 : 0, rig.depth(rig.queue("out")), "sent");
        rig.equal(committed ? 0 : 5, rig.depth(rig.queue("in")), "left");
    }

    /** The commit's reply is lost: TransactionRolledBackException, although the broker has committed (18.2). */
    @Case
    static void commitInDoubt(Rig rig) throws Exception {
        Proxy proxy = rig.proxy();
        Session session = Rig.transacted(connect(rig, proxy));
        MessageProducer producer = session.createProducer(rig.queue("q"));
        producer.send(rig.numbered(session, 0));
        proxy.filterToClient(type -> type != RESPONSE);
        CompletableFuture<Void> commit = background(session::commit);
        rig.awaitDepth(rig.queue("q"), 1);
        proxy.filterToClient(type -> true);
        proxy.cut();
        try {
            finish(commit);
            throw new AssertionError("the commit was confirmed");
        } catch (java.util.concurrent.ExecutionException failed) {
            rig.check(failed.getCause() instanceof TransactionRolledBackException, "class of " + failed.getCause());
        }
        producer.send(rig.numbered(session, 1));
        session.commit();
        rig.equal(2, rig.depth(rig.queue("q")), "depth");
    }

    @Case
    static void temporaryQueueSurvives(Rig rig) throws Exception {
        Proxy proxy = rig.proxy();
        Session session = Rig.auto(connect(rig, proxy));
        TemporaryQueue reply = session.createTemporaryQueue();
        MessageConsumer consumer = session.createConsumer(reply);
        Session responder = Rig.auto(rig.connect());
        MessageConsumer requests = responder.createConsumer(rig.queue("requests"));
        MessageProducer producer = session.createProducer(rig.queue("requests"));
        MessageProducer replies = responder.createProducer(null);
        for (int round = 0; round < 4; round++) {
            Message request = rig.numbered(session, round);
            request.setJMSReplyTo(reply);
            producer.send(request);
            Message got = rig.takeNumber(requests, round);
            int number = round;
            rig.await("the responder may send", () -> {
                try {
                    replies.send(got.getJMSReplyTo(), rig.numbered(responder, number));
                    return true;
                } catch (javax.jms.JMSException notYetBack) {
                    return false;
                }
            });
            rig.takeNumber(consumer, round);
            proxy.cut();
        }
    }

    @Case
    static void durableSubscriberComesBack(Rig rig) throws Exception {
        Proxy proxy = rig.proxy();
        ActiveMQConnection connection = rig.open(proxy.failoverUrl(QUICK));
        connection.setClientID(rig.name("id"));
        connection.start();
        Session session = Rig.auto(connection);
        MessageConsumer consumer = session.createDurableSubscriber(rig.topic("t"), "s");
        for (int round = 0; round < 4; round++) {
            rig.fill(rig.topic("t"), round * 5, round * 5 + 5);
            rig.takeNumbers(consumer, round * 5, round * 5 + 5);
            proxy.cut();
        }
        rig.fill(rig.topic("t"), 20, 21);
        rig.takeNumber(consumer, 20);
        consumer.close();
        session.unsubscribe("s");
    }

    @Case
    static void pullConsumerComesBack(Rig rig) throws Exception {
        Proxy proxy = rig.proxy();
        ActiveMQConnection connection = connect(rig, proxy, "jms.prefetchPolicy.all=0");
        MessageConsumer consumer = Rig.auto(connection).createConsumer(rig.queue("q"));
        for (int round = 0; round < 4; round++) {
            rig.fill(rig.queue("q"), round, round + 1);
            rig.takeNumber(consumer, round);
            // A lost acknowledgement brings the message back, which this client then swallows together with its pull.
            rig.awaitDepth(rig.queue("q"), 0);
            // A pull that is written before the client notices is lost with the socket, and never repeated.
            CountDownLatch resumed = resumed(connection);
            proxy.cut();
            rig.check(resumed.await(10, TimeUnit.SECONDS), "the client is connected again");
        }
    }

    /** Prefetched but not delivered when the socket broke: forgotten by the client, sent again by the broker. */
    @Case
    static void prefetchedMessagesComeAgain(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 50);
        Proxy proxy = rig.proxy();
        ActiveMQConnection connection = connect(rig, proxy);
        MessageConsumer consumer = Rig.auto(connection).createConsumer(rig.queue("q"));
        rig.takeNumbers(consumer, 0, 5);
        rig.await("prefetched", () -> ((ActiveMQMessageConsumer) consumer).getMessageSize() == 45);
        rig.awaitDepth(rig.queue("q"), 45);
        proxy.cut();
        int at = 5;
        while (at < 50) {
            Message message = rig.take(consumer);
            if (message.getIntProperty("n") == at) at++;
            else rig.check(message.getJMSRedelivered(), "a repeat is flagged: " + Rig.describe(message));
        }
        rig.awaitDepth(rig.queue("q"), 0);
    }

    /** Acknowledged after the break: the old acknowledgement is dropped, the messages come again, flagged. */
    @Case
    static void clientAcknowledgeOverACut(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 5);
        Proxy proxy = rig.proxy();
        ActiveMQConnection connection = connect(rig, proxy);
        Session session = Rig.client(connection);
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        rig.takeNumbers(consumer, 0, 4);
        Message old = rig.takeNumber(consumer, 4);
        proxy.cut();
        rig.fill(rig.queue("q"), 5, 6);
        Message last = null;
        try {
            old.acknowledge();
        } catch (javax.jms.JMSException alsoFine) {
            rig.check(alsoFine.getMessage() != null, "a reason is given");
        }
        while (last == null || last.getIntProperty("n") != 5) last = rig.take(consumer);
        last.acknowledge();
        rig.awaitDepth(rig.queue("q"), 0);
    }

    /** The first address refuses: the client goes to the second at once. */
    @Case
    static void nextAddress(Rig rig) throws Exception {
        Proxy dead = rig.proxy();
        dead.refuse(true);
        String url = "failover:(" + dead.url() + "," + rig.options.url + ")?randomize=false";
        long begun = System.nanoTime();
        Session session = Rig.auto(rig.connectTo(url));
        session.createProducer(rig.queue("q")).send(rig.numbered(session, 0));
        rig.check((System.nanoTime() - begun) / 1_000_000 < 5000, "soon");
        rig.check(dead.accepted.get() > 0, "the first was tried first");
    }

    /** backup=true keeps a second socket that has only shaken hands. */
    @Case
    static void backupConnection(Rig rig) throws Exception {
        Proxy main = rig.proxy();
        Proxy spare = rig.proxy();
        String url = "failover:(" + main.url() + "," + spare.url() + ")?randomize=false&backup=true&" + QUICK;
        Session session = Rig.auto(rig.connectTo(url));
        MessageProducer producer = session.createProducer(rig.queue("q"));
        producer.send(rig.numbered(session, 0));
        rig.await("the backup is connected", () -> spare.accepted.get() > 0);
        main.refuse(true);
        main.cut();
        producer.send(rig.numbered(session, 1));
        rig.takeNumbers(Rig.auto(rig.connect()).createConsumer(rig.queue("q")), 0, 2);
    }

    @Case
    static void trackedAsyncSends(Rig rig) throws Exception {
        Proxy proxy = rig.proxy();
        ActiveMQConnection connection = connect(rig, proxy, "trackMessages=true", "jms.useAsyncSend=true");
        Session session = Rig.auto(connection);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        for (int n = 0; n < 50; n++) {
            producer.send(rig.numbered(session, n));
            if (n == 25) proxy.cut();
        }
        rig.awaitDepth(rig.queue("q"), 50);
        rig.takeNumbers(Rig.auto(rig.connect()).createConsumer(rig.queue("q")), 0, 50);
    }
}
