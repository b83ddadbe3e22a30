import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.jms.IllegalStateException;
import javax.jms.InvalidDestinationException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageListener;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;

/** JMS 1.1 section 4.5: message consumers. */
final class JmsConsumerTests {
    private JmsConsumerTests() {}

    @Case(jms = "4.5", states = "A consumer of no destination is an InvalidDestinationException")
    static void noDestination(Rig rig) throws Exception {
        Session session = Jms.session(rig);
        rig.fails(InvalidDestinationException.class, () -> session.createConsumer(null));
        rig.fails(InvalidDestinationException.class, () -> session.createConsumer(null, "a = 1"));
    }

    @Case(jms = "4.5.1", states = "receive() waits until a message comes")
    static void receiveWaits(Rig rig) throws Exception {
        MessageConsumer consumer = Jms.session(rig).createConsumer(rig.queue("q"));
        Jms.Running receiver = Jms.start(() -> rig.equal(0, consumer.receive().getIntProperty("n"), "number"));
        receiver.awaitWaiting(rig);
        rig.check(!receiver.ended(), "it waits");
        rig.fill(rig.queue("q"), 0, 1);
        receiver.join();
    }

    @Case(jms = "4.5.1", states = "receive(t) returns null after t milliseconds, not before")
    static void receiveRunsOut(Rig rig) throws Exception {
        MessageConsumer consumer = Jms.session(rig).createConsumer(rig.queue("q"));
        long begun = System.nanoTime();
        rig.equal(null, consumer.receive(200), "message");
        long milliseconds = (System.nanoTime() - begun) / 1_000_000;
        rig.check(milliseconds >= 199, "after " + milliseconds + " ms");
    }

    @Case(jms = "4.5.1", states = "receive(t) returns a message as soon as it comes")
    static void receiveReturnsEarly(Rig rig) throws Exception {
        MessageConsumer consumer = Jms.session(rig).createConsumer(rig.queue("q"));
        Jms.Running receiver = Jms.start(() -> rig.equal(0, consumer.receive(60_000).getIntProperty("n"), "number"));
        receiver.awaitWaiting(rig);
        rig.fill(rig.queue("q"), 0, 1);
        receiver.join();
    }

    @Case(jms = "4.5.1", states = "receive(0) never runs out")
    static void receiveZero(Rig rig) throws Exception {
        MessageConsumer consumer = Jms.session(rig).createConsumer(rig.queue("q"));
        Jms.Running receiver = Jms.start(() -> rig.equal(0, consumer.receive(0).getIntProperty("n"), "number"));
        receiver.awaitWaiting(rig);
        rig.check(!receiver.ended(), "it waits");
        rig.fill(rig.queue("q"), 0, 1);
        receiver.join();
    }

    @Case(jms = "4.5.1", states = "receiveNoWait returns at once, null when there is nothing, else the message")
    static void receiveNoWait(Rig rig) throws Exception {
        MessageConsumer consumer = Jms.session(rig).createConsumer(rig.queue("q"));
        rig.equal(null, consumer.receiveNoWait(), "nothing there");
        rig.fill(rig.queue("q"), 0, 1);
        AtomicReference<Message> got = new AtomicReference<>();
        rig.await("it comes", () -> {
            got.set(consumer.receiveNoWait());
            return got.get() != null;
        });
        rig.equal(0, got.get().getIntProperty("n"), "number");
    }

    @Case(variants = {"receive()", "receive(long)"}, jms = "4.5.1",
        states = "Closing a consumer ends a {} of it that waits, with null")
    static void closeEndsReceive(Rig rig, String how) throws Exception {
        MessageConsumer consumer = Jms.session(rig).createConsumer(rig.queue("q"));
        Jms.Running receiver = Jms.start(() -> rig.equal(null,
            how.equals("receive()") ? consumer.receive() : consumer.receive(60_000), "message"));
        receiver.awaitWaiting(rig);
        consumer.close();
        receiver.join();
    }

    @Case(jms = "4.5.1", states = "A closed consumer cannot be used, closing it again is no error")
    static void closed(Rig rig) throws Exception {
        MessageConsumer consumer = Jms.session(rig).createConsumer(rig.queue("q"));
        consumer.close();
        consumer.close();
        rig.fails(IllegalStateException.class, consumer::receiveNoWait);
        rig.fails(IllegalStateException.class, () -> consumer.receive(1));
        rig.fails(IllegalStateException.class, () -> consumer.setMessageListener(message -> { }));
        rig.fails(IllegalStateException.class, consumer::getMessageListener);
        rig.fails(IllegalStateException.class, consumer::getMessageSelector);
    }

    @Case(jms = "4.5.1", states = "What a closed consumer had not delivered goes to others, in order and not flagged")
    static void closeFreesPrefetched(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 5);
        Session session = Jms.session(rig);
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        rig.takeNumbers(consumer, 0, 2);
        consumer.close();
        MessageConsumer other = session.createConsumer(rig.queue("q"));
        for (int n = 2; n < 5; n++) rig.equal(false, rig.takeNumber(other, n).getJMSRedelivered(), n + " redelivered");
    }

    @Case(jms = "4.5.2", states = "A listener gets each message as it comes, in order")
    static void listener(Rig rig) throws Exception {
        List<Integer> heard = Collections.synchronizedList(new ArrayList<>());
        MessageConsumer consumer = Jms.session(rig).createConsumer(rig.queue("q"));
        MessageListener listener = message -> {
            try {
                heard.add(message.getIntProperty("n"));
            } catch (javax.jms.JMSException unreadable) {
                heard.add(-1);
            }
        };
        consumer.setMessageListener(listener);
        rig.check(consumer.getMessageListener() == listener, "the getter tells it");
        rig.fill(rig.queue("q"), 0, 20);
        rig.await("all are heard", () -> heard.size() == 20);
        for (int n = 0; n < 20; n++) rig.equal(n, heard.get(n), "number");
    }

    @Case(jms = "4.5.2", states = "A listener set while messages wait gets them")
    static void listenerSetLater(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 5);
        MessageConsumer consumer = Jms.session(rig).createConsumer(rig.queue("q"));
        rig.takeNumber(consumer, 0);
        AtomicInteger heard = new AtomicInteger();
        consumer.setMessageListener(message -> heard.incrementAndGet());
        rig.await("the others are heard", () -> heard.get() == 4);
    }

    @Case(jms = "4.5.2", states = "A listener taken away (null) leaves messages to receive")
    static void listenerTakenAway(Rig rig) throws Exception {
        MessageConsumer consumer = Jms.session(rig).createConsumer(rig.queue("q"));
        AtomicInteger heard = new AtomicInteger();
        consumer.setMessageListener(message -> heard.incrementAndGet());
        rig.fill(rig.queue("q"), 0, 1);
        rig.await("heard", () -> heard.get() == 1);
        consumer.setMessageListener(null);
        rig.equal(null, consumer.getMessageListener(), "listener");
        rig.fill(rig.queue("q"), 1, 2);
        rig.takeNumber(consumer, 1);
    }

    @Case(jms = "4.5.2", states = "receive of a consumer with a listener is an IllegalStateException")
    static void receiveBesideAListener(Rig rig) throws Exception {
        MessageConsumer consumer = Jms.session(rig).createConsumer(rig.queue("q"));
        consumer.setMessageListener(message -> { });
        rig.fails(IllegalStateException.class, consumer::receive);
        rig.fails(IllegalStateException.class, () -> consumer.receive(1));
        rig.fails(IllegalStateException.class, consumer::receiveNoWait);
    }

    /** The numbers a listener heard until the last one came, when the first call for each in `failing` throws. */
    private static List<Integer> heardThrough(Rig rig, int mode, int failing) throws Exception {
        rig.fill(rig.queue("q"), 0, 3);
        ActiveMQConnection connection = rig.connect();
        Session session = connection.createSession(false, mode);
        List<Integer> heard = Collections.synchronizedList(new ArrayList<>());
        AtomicInteger thrown = new AtomicInteger();
        session.createConsumer(rig.queue("q")).setMessageListener(message -> {
            int number;
            try {
                number = message.getIntProperty("n");
                heard.add(message.getJMSRedelivered() ? number + 100 : number);
            } catch (javax.jms.JMSException unreadable) {
                return;
            }
            if (number == failing && thrown.incrementAndGet() == 1) throw new RuntimeException("a listener's fault");
        });
        rig.await("the last is heard", () -> heard.contains(2));
        connection.close();
        return heard;
    }

    @Case(variants = {"1", "3"}, jms = "4.5.2",
        states = "A message whose listener throws is delivered again at once, flagged (acknowledge mode {})")
    static void listenerThrows(Rig rig, String mode) throws Exception {
        rig.equal(List.of(0, 1, 101, 2), heardThrough(rig, Integer.parseInt(mode), 1), "heard");
    }

    @Case(jms = "4.5.2", states = "CLIENT_ACKNOWLEDGE: after a listener that throws the next message is delivered")
    static void clientListenerThrows(Rig rig) throws Exception {
        rig.equal(List.of(0, 1, 2), heardThrough(rig, Session.CLIENT_ACKNOWLEDGE, 1), "heard");
    }

    @Case(jms = "4.5.2",
        states = "A transacted session's listener that throws: the next is delivered, its transaction goes on")
    static void transactedListenerThrows(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 2);
        Session session = Rig.transacted(rig.connect());
        List<Integer> heard = Collections.synchronizedList(new ArrayList<>());
        session.createConsumer(rig.queue("q")).setMessageListener(message -> {
            try {
                heard.add(message.getIntProperty("n"));
                if (message.getIntProperty("n") == 0) throw new RuntimeException("a listener's fault");
                session.commit();
            } catch (javax.jms.JMSException fault) {
                heard.add(-1);
            }
        });
        rig.await("both are heard", () -> heard.size() >= 2);
        rig.equal(List.of(0, 1), heard, "heard");
        rig.awaitDepth(rig.queue("q"), 0);
    }

    @Case(jms = "4.5.2", states = "A listener may use its session: send, commit, roll back")
    static void listenerUsesItsSession(Rig rig) throws Exception {
        rig.fill(rig.queue("in"), 0, 10);
        Session session = Rig.transacted(rig.connect());
        javax.jms.MessageProducer producer = session.createProducer(rig.queue("out"));
        session.createConsumer(rig.queue("in")).setMessageListener(message -> {
            try {
                producer.send(rig.numbered(session, message.getIntProperty("n")));
                if (message.getIntProperty("n") == 4 && !message.getJMSRedelivered()) session.rollback();
                else session.commit();
            } catch (javax.jms.JMSException fault) {
                rig.asyncErrors.add(fault);
            }
        });
        rig.takeNumbers(Jms.session(rig).createConsumer(rig.queue("out")), 0, 10);
        rig.check(rig.asyncErrors.isEmpty(), "errors: " + rig.asyncErrors);
    }

    @Case(jms = "4.5.2", states = "A listener may close its own consumer")
    static void listenerClosesItsConsumer(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 3);
        MessageConsumer consumer = Jms.session(rig).createConsumer(rig.queue("q"));
        AtomicInteger heard = new AtomicInteger();
        consumer.setMessageListener(message -> {
            heard.incrementAndGet();
            try {
                consumer.close();
            } catch (javax.jms.JMSException fault) {
                rig.asyncErrors.add(fault);
            }
        });
        rig.await("it is heard", () -> heard.get() > 0);
        rig.takeNumbers(Jms.session(rig).createConsumer(rig.queue("q")), 1, 3);
        rig.equal(1, heard.get(), "heard");
    }
}
