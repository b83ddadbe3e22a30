import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.jms.BytesMessage;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQMessageProducer;
import org.apache.activemq.AsyncCallback;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ActiveMQQueue;

/** Asynchronous sends, producer windows, order (openwire.md 16). */
final class FlowTests {
    private FlowTests() {}

    /** The window must come back byte for byte, or the producer stops for ever after some thousand messages. */
    @Case(variants = {"persistent", "non-persistent", "transacted", "compressed", "topic", "expired", "anonymous"})
    static void producerWindow(Rig rig, String variant) throws Exception {
        ActiveMQConnection connection = rig.connect("jms.useAsyncSend=true", "jms.producerWindowSize=20000",
            "jms.useCompression=" + variant.equals("compressed"));
        ActiveMQDestination destination = variant.equals("topic") ? rig.topic("x") : rig.queue("x");
        Session session = variant.equals("transacted") ? Rig.transacted(connection) : Rig.auto(connection);
        MessageProducer producer = session.createProducer(variant.equals("anonymous") ? null : destination);
        int mode = variant.equals("non-persistent") || variant.equals("topic") || variant.equals("expired") ? 1 : 2;
        long life = variant.equals("expired") ? 1 : 0;
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(destination);
        for (int n = 0; n < 2000; n++) {
            BytesMessage message = session.createBytesMessage();
            message.setIntProperty("n", n);
            if (n % 3 == 0) message.setStringProperty("p", "x".repeat(n % 500));
            if (n % 5 != 0) message.writeBytes(new byte[n % 1500]);
            if (variant.equals("anonymous")) producer.send(destination, message, mode, 4, life);
            else producer.send(message, mode, 4, life);
            if (variant.equals("transacted") && n % 100 == 99) session.commit();
        }
        if (variant.equals("expired")) return;
        for (int n = 0; n < 2000; n++) rig.equal(n, rig.take(consumer).getIntProperty("n"), "number");
    }

    @Case
    static void asyncSendsKeepTheirOrder(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect("jms.useAsyncSend=true");
        Session session = Rig.auto(connection);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        for (int n = 0; n < 3000; n++) producer.send(rig.numbered(session, n));
        rig.takeNumbers(Rig.auto(rig.connect()).createConsumer(rig.queue("q")), 0, 3000);
    }

    @Case
    static void sendsWithACallback(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        ActiveMQMessageProducer producer = (ActiveMQMessageProducer) session.createProducer(rig.queue("q"));
        CountDownLatch answered = new CountDownLatch(300);
        List<Exception> faults = java.util.Collections.synchronizedList(new ArrayList<>());
        AsyncCallback callback = new AsyncCallback() {
            @Override
            public void onSuccess() {
                answered.countDown();
            }

            @Override
            public void onException(javax.jms.JMSException fault) {
                faults.add(fault);
                answered.countDown();
            }
        };
        for (int n = 0; n < 300; n++) producer.send(rig.numbered(session, n), callback);
        rig.check(answered.await(20, TimeUnit.SECONDS), "all answered; missing " + answered.getCount());
        rig.check(faults.isEmpty(), "no faults: " + faults);
        rig.equal(300, rig.depth(rig.queue("q")), "depth");
    }

    /** Order per producer holds at each of several consumers, with producers and consumers working at once. */
    @Case(limit = 60)
    static void orderPerProducerWithSeveralConsumers(Rig rig) throws Exception {
        List<MessageConsumer> consumers = new ArrayList<>();
        for (int n = 0; n < 3; n++) consumers.add(Rig.auto(rig.connect()).createConsumer(rig.queue("q")));
        List<Thread> senders = new ArrayList<>();
        for (int sender = 0; sender < 4; sender++) {
            int number = sender;
            ActiveMQConnection connection = rig.connect("jms.useAsyncSend=true");
            Thread thread = new Thread(() -> {
                try {
                    Session session = Rig.auto(connection);
                    MessageProducer producer = session.createProducer(rig.queue("q"));
                    for (int n = 0; n < 500; n++) {
                        Message message = rig.numbered(session, n);
                        message.setIntProperty("sender", number);
                        producer.send(message);
                    }
                } catch (javax.jms.JMSException fault) {
                    rig.asyncErrors.add(fault);
                }
            });
            thread.start();
            senders.add(thread);
        }
        int seen = 0;
        List<Map<Integer, Integer>> last = List.of(new HashMap<>(), new HashMap<>(), new HashMap<>());
        long end = System.nanoTime() + 40_000_000_000L;
        while (seen < 2000 && System.nanoTime() < end) {
            for (int at = 0; at < 3; at++) {
                Message message = consumers.get(at).receive(50);
                if (message == null) continue;
                seen++;
                Integer before = last.get(at).put(message.getIntProperty("sender"), message.getIntProperty("n"));
                rig.check(before == null || before < message.getIntProperty("n"), "ascending at each consumer");
            }
        }
        rig.equal(2000, seen, "messages");
        for (Thread thread : senders) thread.join();
        rig.check(rig.asyncErrors.isEmpty(), "no errors: " + rig.asyncErrors);
    }

    /** A topic subscriber that does not read holds up neither the producer nor the others. */
    @Case
    static void aSleepingSubscriberHoldsUpNobody(Rig rig) throws Exception {
        ActiveMQConnection asleep = rig.open(rig.url("jms.prefetchPolicy.all=10"));
        MessageConsumer sleeper = Rig.auto(asleep).createConsumer(rig.topic("t"));
        MessageConsumer awake = Rig.auto(rig.connect()).createConsumer(rig.topic("t"));
        rig.fill(rig.topic("t"), 0, 500);
        rig.takeNumbers(awake, 0, 500);
        asleep.start();
        rig.takeNumbers(sleeper, 0, 500);
    }

    @Case
    static void severalProducersInOneSession(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect());
        List<MessageProducer> producers = new ArrayList<>();
        for (int n = 0; n < 10; n++) producers.add(session.createProducer(rig.queue("q")));
        for (int n = 0; n < 100; n++) producers.get(n % 10).send(rig.numbered(session, n));
        for (MessageProducer producer : producers) producer.close();
        rig.takeNumbers(session.createConsumer(rig.queue("q")), 0, 100);
    }

    @Case
    static void producerClosedBeforeItsMessagesAreRead(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connect("jms.useAsyncSend=true"));
        for (int n = 0; n < 50; n++) {
            MessageProducer producer = session.createProducer(rig.queue("q"));
            producer.send(rig.numbered(session, n));
            producer.close();
        }
        rig.takeNumbers(session.createConsumer(new ActiveMQQueue(rig.name("q"))), 0, 50);
    }
}
