import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.jms.Connection;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.command.ActiveMQQueue;

/** What the tests that follow the JMS 1.1 specification share. */
final class Jms {
    private Jms() {}

    /** A way to read a value: a getter of a message bound to one name, or the next item of a stream. */
    interface Getter {
        Object get() throws Exception;
    }

    /** Sends the message to a queue and returns what another connection receives. */
    @SuppressWarnings("unchecked")
    static <M extends Message> M through(Rig rig, M message) throws Exception {
        ActiveMQQueue queue = rig.queue("through");
        ActiveMQConnection sender = rig.connect();
        Rig.auto(sender).createProducer(queue).send(message);
        sender.close();
        MessageConsumer consumer = Rig.auto(rig.connect()).createConsumer(queue);
        M received = (M) rig.take(consumer);
        consumer.close();
        return received;
    }

    /** A session of a connection of its own. */
    static Session session(Rig rig) throws JMSException {
        return Rig.auto(rig.connect());
    }

    static ActiveMQConnectionFactory factory(Rig rig) {
        return new ActiveMQConnectionFactory(rig.url());
    }

    /** Closes a connection of the plain JMS interfaces after the test. */
    static <C extends Connection> C closing(Rig rig, C connection) {
        rig.closing((AutoCloseable) connection::close);
        return connection;
    }

    /** Sends the numbers `from` to `to` - 1 in this session, each answered. */
    static void send(Rig rig, Session session, MessageProducer producer, int from, int to) throws JMSException {
        for (int n = from; n < to; n++) producer.send(rig.numbered(session, n));
    }

    /** The numbers of all messages that come, until there is a pause. */
    static List<Integer> drain(MessageConsumer consumer) throws JMSException {
        List<Integer> numbers = new ArrayList<>();
        while (true) {
            Message message = consumer.receive(Rig.QUIET_MS);
            if (message == null) return numbers;
            numbers.add(message.getIntProperty("n"));
        }
    }

    @SuppressWarnings("unchecked")
    static List<String> names(Message message) throws JMSException {
        List<String> names = Collections.list((java.util.Enumeration<String>) message.getPropertyNames());
        Collections.sort(names);
        return names;
    }

    /** The value as a number of that type. */
    static Object number(Object value, String type) {
        double number = Double.parseDouble(value.toString());
        switch (type) {
            case "byte": return (byte) number;
            case "short": return (short) number;
            case "int": return (int) number;
            case "long": return (long) number;
            case "float": return (float) number;
            default: return number;
        }
    }

    /** Runs `body` in a thread of its own; joining it throws what it threw. */
    static Running start(Rig.Body body) {
        return new Running(body);
    }

    static final class Running {
        private final Thread thread;
        private volatile Throwable fault;

        private Running(Rig.Body body) {
            thread = new Thread(() -> {
                try {
                    body.run();
                } catch (Throwable thrown) {
                    fault = thrown;
                }
            });
            thread.setDaemon(true);
            thread.start();
        }

        boolean ended() {
            return !thread.isAlive();
        }

        boolean endsWithin(long milliseconds) throws InterruptedException {
            thread.join(milliseconds);
            return !thread.isAlive();
        }

        /** Waits until the thread waits (for a message, a lock), so that what follows finds it there. */
        void awaitWaiting(Rig rig) throws Exception {
            rig.await("the other thread waits", () -> {
                Thread.State state = thread.getState();
                return state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING || ended();
            });
        }

        void join() throws Exception {
            thread.join(Rig.PATIENCE_MS);
            if (thread.isAlive()) throw new AssertionError("the other thread is still busy");
            if (fault instanceof Exception) throw (Exception) fault;
            if (fault != null) throw (Error) fault;
        }
    }
}
