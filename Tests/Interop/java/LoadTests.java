import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.jms.BytesMessage;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;

/** A little of everything at once: no deadlock, nothing lost, nothing twice. */
final class LoadTests {
    private LoadTests() {}

    interface Work {
        void run(int number) throws Exception;
    }

    private static void together(Rig rig, int threads, Work work) throws Exception {
        CountDownLatch done = new CountDownLatch(threads);
        List<Throwable> faults = java.util.Collections.synchronizedList(new ArrayList<>());
        for (int n = 0; n < threads; n++) {
            int number = n;
            Thread thread = new Thread(() -> {
                try {
                    work.run(number);
                } catch (Throwable fault) {
                    faults.add(fault);
                }
                done.countDown();
            }, "load-" + n);
            thread.setDaemon(true);
            thread.start();
        }
        rig.check(done.await(55, TimeUnit.SECONDS), "all threads ended; faults " + faults);
        rig.check(faults.isEmpty(), "no faults: " + faults);
    }

    @Case(limit = 60)
    static void producersAndConsumersOnOneQueue(Rig rig) throws Exception {
        AtomicInteger received = new AtomicInteger();
        together(rig, 8, number -> {
            ActiveMQConnection connection = rig.connect();
            Session session = number % 2 == 0 ? Rig.auto(connection) : Rig.transacted(connection);
            if (number < 4) {
                MessageProducer producer = session.createProducer(rig.queue("q"));
                for (int n = 0; n < 200; n++) {
                    producer.send(rig.numbered(session, n));
                    if (session.getTransacted() && n % 10 == 9) session.commit();
                }
            } else {
                MessageConsumer consumer = session.createConsumer(rig.queue("q"));
                while (received.get() < 800) {
                    if (consumer.receive(50) != null) received.incrementAndGet();
                    if (session.getTransacted()) session.commit();
                }
            }
            connection.close();
        });
        rig.equal(800, received.get(), "received");
        rig.awaitDepth(rig.queue("q"), 0);
    }

    @Case(limit = 60)
    static void backlog(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect("jms.useAsyncSend=true");
        Session session = Rig.auto(connection);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        for (int n = 0; n < 10_000; n++) producer.send(rig.numbered(session, n));
        rig.takeNumbers(Rig.auto(rig.connect()).createConsumer(rig.queue("q")), 0, 10_000);
        rig.awaitDepth(rig.queue("q"), 0);
    }

    /** More than memory has room for: its producer goes on, others get all of it, and so does who was behind. */
    @Case(limit = 60, variants = {"persistent", "non-persistent"})
    static void topicSubscriberThatIsFarBehind(Rig rig, String variant) throws Exception {
        int count = 5_000, bytes = 20_000;
        ActiveMQConnection asleep = rig.open(rig.url("jms.prefetchPolicy.all=10"));
        MessageConsumer sleeper = Rig.auto(asleep).createConsumer(rig.topic("t"));
        MessageConsumer awake = Rig.auto(rig.connect()).createConsumer(rig.topic("t"));
        AtomicInteger seen = new AtomicInteger();
        awake.setMessageListener(message -> seen.incrementAndGet());
        Session session = Rig.auto(rig.connect("jms.useAsyncSend=true"));
        MessageProducer producer = session.createProducer(rig.topic("t"));
        producer.setDeliveryMode(variant.equals("persistent") ? 2 : 1);
        for (int n = 0; n < count; n++) {
            BytesMessage message = session.createBytesMessage();
            message.setIntProperty("n", n);
            message.writeBytes(new byte[bytes]);
            producer.send(message);
        }
        for (int n = 0; n < 400 && seen.get() < count; n++) Thread.sleep(50);
        rig.equal(count, seen.get(), "seen by the one that is awake");
        asleep.start();
        for (int n = 0; n < count; n++) {
            Message message = sleeper.receive(5_000);
            rig.check(message != null, "message " + n);
            rig.equal(n, message.getIntProperty("n"), "in order");
            rig.equal(producer.getDeliveryMode(), message.getJMSDeliveryMode(), "delivery mode");
        }
        rig.check(sleeper.receive(100) == null, "nothing more");
    }

    @Case(limit = 60)
    static void topicToManySubscribers(Rig rig) throws Exception {
        List<MessageConsumer> consumers = new ArrayList<>();
        for (int n = 0; n < 30; n++) consumers.add(Rig.auto(rig.connect()).createConsumer(rig.topic("t")));
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.auto(connection);
        MessageProducer producer = session.createProducer(rig.topic("t"));
        producer.setDeliveryMode(1);
        for (int n = 0; n < 300; n++) producer.send(rig.numbered(session, n));
        together(rig, 30, number -> rig.takeNumbers(consumers.get(number), 0, 300));
    }

    /** Sockets come and go in the middle of everything. */
    @Case(limit = 60)
    static void cutsInTheMiddle(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 200);
        Proxy proxy = rig.proxy();
        for (int round = 0; round < 10; round++) {
            ActiveMQConnection connection = rig.connectTo(proxy.url());
            MessageConsumer consumer = Rig.client(connection).createConsumer(rig.queue("q"));
            for (int n = 0; n < 3 + round; n++) rig.take(consumer);
            proxy.cut();
        }
        MessageConsumer last = Rig.auto(rig.connect("jms.redeliveryPolicy.maximumRedeliveries=-1"))
            .createConsumer(rig.queue("q"));
        rig.takeNumbers(last, 0, 200);
        rig.none(last);
    }

    @Case(limit = 60)
    static void manyQueues(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect("jms.useAsyncSend=true");
        Session session = Rig.auto(connection);
        MessageProducer producer = session.createProducer(null);
        for (int n = 0; n < 300; n++) producer.send(rig.queue("q" + n % 100), rig.numbered(session, n));
        for (int queue = 0; queue < 100; queue++) {
            MessageConsumer consumer = session.createConsumer(rig.queue("q" + queue));
            for (int round = 0; round < 3; round++) rig.takeNumber(consumer, round * 100 + queue);
            consumer.close();
        }
    }
}
