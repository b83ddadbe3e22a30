import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.jms.BytesMessage;
import javax.jms.DeliveryMode;
import javax.jms.MapMessage;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.TemporaryQueue;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.advisory.AdvisorySupport;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ActiveMQQueue;
import org.apache.activemq.command.ActiveMQTopic;

/** The master is killed in the middle: noLocal, what policies and plugins ask for, memory limits. */
final class TakeOverPolicyTests {
    private TakeOverPolicyTests() {}

    // noLocal

    /** A subscriber that wants nothing of its own connection gets what others send, and only that, on both masters. */
    @Case(configured = true, control = true, alone = true, limit = 60)
    static void noLocal(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        ActiveMQConnection own = pair.connect();
        Session session = Rig.auto(own);
        MessageConsumer consumer = session.createConsumer(rig.topic("t"), null, true);
        MessageProducer producer = session.createProducer(rig.topic("t"));
        for (int round = 0; round < 2; round++) {
            Jms.send(rig, session, producer, round * 20, round * 20 + 10);
            pair.fill(rig.topic("t"), round * 20 + 10, round * 20 + 20);
            pair.exactly(consumer, Pair.range(round * 20 + 10, round * 20 + 20));
            if (round == 0) {
                pair.killAndStart();
                Pair.back(own);
            }
        }
    }

    /** So does a durable one: on the connection that survives the kill, and from what was stored before it. */
    @Case(configured = true, control = true, alone = true, limit = 60)
    static void durableNoLocal(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        ActiveMQConnection own = pair.connectAs(rig.name("id"));
        Session session = Rig.auto(own);
        MessageProducer producer = session.createProducer(rig.topic("t"));
        MessageConsumer durable = session.createDurableSubscriber(rig.topic("t"), "s", null, true);
        Jms.send(rig, session, producer, 0, 10);
        pair.fill(rig.topic("t"), 10, 20);
        pair.exactly(durable, Pair.range(10, 20));
        pair.killAndStart();
        Pair.back(own);
        Jms.send(rig, session, producer, 20, 30);
        pair.fill(rig.topic("t"), 30, 40);
        pair.exactly(durable, Pair.range(30, 40));
        durable.close();
        // While it is away, others' messages wait for it; those are what the next master finds.
        pair.fill(rig.topic("t"), 40, 50);
        pair.killAndStart();
        Pair.back(own);
        durable = session.createDurableSubscriber(rig.topic("t"), "s", null, true);
        Jms.send(rig, session, producer, 50, 60);
        pair.exactly(durable, Pair.range(40, 50));
        durable.close();
        session.unsubscribe("s");
    }

    // Advisories that policies ask for

    private static AtomicInteger hear(ActiveMQConnection connection, ActiveMQTopic topic, String property)
        throws Exception {
        AtomicInteger heard = new AtomicInteger();
        Rig.auto(connection).createConsumer(topic).setMessageListener(message -> {
            try {
                if (message.getObjectProperty(property) != null) heard.incrementAndGet();
            } catch (javax.jms.JMSException unreadable) {
                heard.set(-1_000);
            }
        });
        return heard;
    }

    /** A subscriber that takes nothing is told of as slow, and what it loses to its limit as discarded. */
    @Case(configured = true, control = true, alone = true, limit = 60, variants = {"slow", "discarded"})
    static void consumerAdvisories(Rig rig, String kind) throws Exception {
        Pair pair = new Pair(rig);
        ActiveMQDestination topic = rig.topic("t");
        ActiveMQConnection listening = pair.connect();
        boolean isSlow = kind.equals("slow");
        AtomicInteger heard = hear(listening,
            isSlow ? AdvisorySupport.getSlowConsumerAdvisoryTopic(topic)
                : AdvisorySupport.getMessageDiscardedAdvisoryTopic(topic),
            isSlow ? "consumerId" : "discardedCount");
        ActiveMQConnection idle = pair.connect("jms.prefetchPolicy.all=5");
        idle.createSession(false, Session.CLIENT_ACKNOWLEDGE).createConsumer(topic);
        // Of each 35, five are on their way and ten wait.
        int wanted = isSlow ? 1 : 20;
        pair.fill(topic, 0, 35);
        rig.await("told by the first master", () -> heard.get() >= wanted);
        rig.equal(wanted, heard.get(), "advisories of the first master");
        pair.killAndStart();
        Pair.back(listening);
        Pair.back(idle);
        // What comes while a client still clears what it had of the last master, it may throw away with that: so more
        // comes until it hears, from another consumer, as a slow one is told of once.
        int[] next = {35};
        rig.await("told by the second master", () -> {
            if (next[0] > 35) idle.createSession(false, Session.CLIENT_ACKNOWLEDGE).createConsumer(topic);
            pair.fill(topic, next[0], next[0] + 35);
            next[0] += 35;
            return waits(heard, wanted + 1);
        });
    }

    private static boolean waits(AtomicInteger heard, int wanted) throws InterruptedException {
        for (int step = 0; step < 50 && heard.get() < wanted; step++) Thread.sleep(10);
        return heard.get() >= wanted;
    }

    /** Sends bodies of 200,000 bytes that are not persistent, each answered, until it is told to end. */
    private static Jms.Running flood(ActiveMQConnection connection, ActiveMQDestination to, AtomicInteger sent, int last) {
        return Jms.start(() -> {
            Session session = Rig.auto(connection);
            MessageProducer producer = session.createProducer(to);
            producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
            for (int n = 0; n < last; n++) {
                BytesMessage message = session.createBytesMessage();
                message.writeBytes(new byte[200_000]);
                message.setIntProperty("n", n);
                producer.send(message);
                sent.set(n + 1);
            }
        });
    }

    /** Returns once nothing was sent for a while. */
    private static int awaitHeldUp(Rig rig, AtomicInteger sent, Jms.Running sender) throws Exception {
        int[] last = {-1};
        rig.await("the producer is held up", 30_000, () -> {
            int before = last[0];
            last[0] = sent.get();
            return before == last[0] || sender.endsWithin(600);
        });
        return last[0];
    }

    /**
     * A subscriber that takes nothing fills the broker's memory and then its temporary store (16 mb each): the producer
     * is held up, which an advisory tells, on the next master as well; once the subscriber takes its messages, the
     * producer comes to its end.
     */
    @Case(configured = true, control = true, alone = true, limit = 120)
    static void memoryLimit(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        ActiveMQDestination topic = rig.topic("t");
        ActiveMQConnection listening = pair.connect();
        AtomicInteger full = hear(listening, AdvisorySupport.getFullAdvisoryTopic(topic), "usageName");
        ActiveMQConnection idle = pair.connect("jms.prefetchPolicy.all=1");
        MessageConsumer consumer = Rig.auto(idle).createConsumer(topic);
        ActiveMQConnection sending = pair.connect("jms.alwaysSyncSend=true");
        AtomicInteger sent = new AtomicInteger();
        int last = 1500;
        Jms.Running sender = flood(sending, topic, sent, last);
        int first = awaitHeldUp(rig, sent, sender);
        rig.check(first > 20 && first < 250, first + " sent to the first master");
        rig.await("fullness is told", () -> full.get() >= 1);
        int told = full.get();
        pair.killAndStart();
        Pair.back(listening);
        Pair.back(idle);
        rig.await("the producer goes on", 30_000, () -> sent.get() > first);
        int second = awaitHeldUp(rig, sent, sender);
        // What comes before the subscriber is back goes to nobody, and fills nothing.
        rig.check(second - first > 20 && second < last, second - first + " sent to the second master");
        rig.await("fullness is told again", () -> full.get() > told);
        int before = -1;
        while (before < last - 1) {
            int number = rig.take(consumer).getIntProperty("n");
            rig.check(number > before, number + " after " + before);
            before = number;
        }
        rig.await("the producer has come to its end", sender::ended);
        sender.join();
    }

    // Plugins

    private static MapMessage ask(Rig rig, Session session, TemporaryQueue answers, MessageConsumer consumer, String what)
        throws Exception {
        Message query = session.createMessage();
        query.setJMSReplyTo(answers);
        session.createProducer(new ActiveMQQueue("ActiveMQ.Statistics." + what)).send(query);
        return (MapMessage) rig.take(consumer);
    }

    /** Queries for figures are answered by each master; what is stored counts at once after a take-over. */
    @Case(configured = true, control = true, alone = true, limit = 60)
    static void statistics(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        pair.fill(rig.queue("q"), 0, 30);
        ActiveMQConnection connection = pair.connect();
        Session session = Rig.auto(connection);
        TemporaryQueue answers = session.createTemporaryQueue();
        MessageConsumer consumer = session.createConsumer(answers);
        for (int round = 0; round < 3; round++) {
            int size = 30 - 10 * round;
            MapMessage queue = ask(rig, session, answers, consumer, "Destination." + rig.name("q"));
            rig.equal((long) size, queue.getLong("size"), "size in round " + round);
            rig.equal("queue://" + rig.name("q"), queue.getString("destinationName"), "destination");
            rig.equal(connection.getBrokerName(), queue.getString("brokerName"), "broker");
            MapMessage broker = ask(rig, session, answers, consumer, "Broker");
            rig.check(broker.getLong("size") >= size, "size of the broker: " + broker.getLong("size"));
            rig.check(broker.getLong("memoryLimit") > 0, "memoryLimit");
            ActiveMQConnection other = pair.connect("jms.prefetchPolicy.all=1");
            rig.takeNumbers(Rig.auto(other).createConsumer(rig.queue("q")), 10 * round, 10 * round + 10);
            other.close();
            pair.awaitDepth(rig.queue("q"), size - 10);
            if (round < 2) {
                pair.killAndStart();
                Pair.back(connection);
            }
        }
    }

    /** Takes the message of a queue, which has been tried `tries` times, and gives it up. */
    private static void giveUp(Rig rig, Pair pair, int tries) throws Exception {
        // The client tells the broker of a message that it would have to try once more than this.
        ActiveMQConnection connection = pair.connect("jms.redeliveryPolicy.maximumRedeliveries=" + tries,
            "jms.redeliveryPolicy.initialRedeliveryDelay=0");
        Session session = Rig.transacted(connection);
        Message message = rig.takeNumber(session.createConsumer(rig.queue("q")), 0);
        rig.equal(tries, ((ActiveMQMessage) message).getRedeliveryCounter(), "tries before");
        session.rollback();
        connection.close();
    }

    /** The broker tries a message again after its policy's delay, twice, through kills; then it is a dead letter, once. */
    @Case(configured = true, control = true, alone = true, limit = 90,
        peer = "its next tries are in the scheduler, whose counter the client does not see")
    static void redeliveryByTheBroker(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        pair.fill(rig.queue("q"), 0, 1);
        List<Long> waited = new ArrayList<>();
        for (int tries = 0; tries < 3; tries++) {
            long begun = System.nanoTime();
            giveUp(rig, pair, tries);
            waited.add((System.nanoTime() - begun) / 1_000_000);
            // In the middle of the delay of 1.5 s, if there is one.
            pair.killAndStart();
        }
        rig.check(waited.get(0) < 1_000, "the first delivery came after " + waited + " ms");
        MessageConsumer dead = rig.deadLetters(Rig.auto(pair.connect()));
        Message letter = rig.takeNumber(dead, 0);
        rig.check(letter.getStringProperty("dlqDeliveryFailureCause") != null, "the cause is told");
        rig.none(dead);
        pair.awaitDepth(rig.queue("q"), 0);
    }

    /** Nobody gets the message before its delay is over, whoever is master by then. */
    @Case(configured = true, control = true, alone = true, limit = 60)
    static void redeliveryDelay(Rig rig) throws Exception {
        Pair pair = new Pair(rig);
        pair.fill(rig.queue("q"), 0, 1);
        long givenUp = System.currentTimeMillis();
        giveUp(rig, pair, 0);
        pair.killAndStart();
        Message again = rig.takeNumber(Rig.auto(pair.connect()).createConsumer(rig.queue("q")), 0);
        long waited = System.currentTimeMillis() - givenUp;
        rig.check(waited >= 4_000, "it came again after " + waited + " ms");
        rig.equal(true, again.getJMSRedelivered(), "redelivered");
    }
}
