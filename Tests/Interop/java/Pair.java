import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.jms.Destination;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQXAConnection;
import org.apache.activemq.ActiveMQXAConnectionFactory;
import org.apache.activemq.command.ActiveMQQueue;

/** A master and its standby (or one broker that is started again) under clients with a failover: URL. */
final class Pair {
    private static final String QUICK = "maxReconnectDelay=100";

    private final Rig rig;

    Pair(Rig rig) {
        this.rig = rig;
    }

    // Brokers

    /** Ends the master by kill -9; its standby takes over by itself. Returns once the process is gone. */
    void kill() throws Exception {
        rig.control("kill");
    }

    /** Starts what was killed, as standby of the one that took over; returns once one of them serves. */
    void start() throws Exception {
        rig.control("start");
    }

    void killAndStart() throws Exception {
        kill();
        start();
    }

    // Clients

    private String url(String... options) {
        List<String> all = new ArrayList<>(List.of(QUICK));
        all.addAll(Arrays.asList(options));
        return Rig.withQuery(rig.options.failoverUrl, all.toArray(new String[0]));
    }

    ActiveMQConnection connect(String... options) throws JMSException {
        return rig.connectTo(url(options));
    }

    ActiveMQConnection connectAs(String clientId) throws JMSException {
        ActiveMQConnection connection = rig.open(url());
        connection.setClientID(clientId);
        connection.start();
        return connection;
    }

    ActiveMQXAConnection connectXA() throws JMSException {
        ActiveMQXAConnection connection =
            rig.closing((ActiveMQXAConnection) new ActiveMQXAConnectionFactory(url()).createXAConnection());
        connection.start();
        return connection;
    }

    /** A socket of hand-made commands to whichever broker serves. */
    RawPeer raw() throws Exception {
        Matcher part = Pattern.compile("tcp://[^,)?]+").matcher(rig.options.failoverUrl);
        while (part.find()) {
            try {
                RawPeer peer = rig.closing(new RawPeer(part.group()));
                peer.handshake();
                return peer;
            } catch (java.io.IOException refused) {
                continue;
            }
        }
        throw new AssertionError("nobody serves at " + rig.options.failoverUrl);
    }

    /** Returns once the connection is back, with its consumers: a request is answered only then. */
    static void back(ActiveMQConnection connection) throws JMSException {
        Session session = Rig.auto(connection);
        session.createTemporaryQueue().delete();
        session.close();
    }

    void fill(Destination destination, int from, int to) throws JMSException {
        ActiveMQConnection connection = connect();
        Session session = Rig.auto(connection);
        Jms.send(rig, session, session.createProducer(destination), from, to);
        connection.close();
    }

    /** Sends all numbers in this thread, one answered after the other, the master being killed at `at`. */
    void fillThroughKill(Destination destination, int from, int to, int at) throws Exception {
        ActiveMQConnection connection = connect();
        Session session = Rig.auto(connection);
        MessageProducer producer = session.createProducer(destination);
        Jms.send(rig, session, producer, from, at);
        Jms.Running killer = Jms.start(this::kill);
        Jms.send(rig, session, producer, at, to);
        killer.join();
        start();
        connection.close();
    }

    List<Integer> browse(ActiveMQQueue queue) throws JMSException {
        ActiveMQConnection connection = connect();
        List<Integer> numbers = new ArrayList<>();
        java.util.Enumeration<?> seen = Rig.auto(connection).createBrowser(queue).getEnumeration();
        while (seen.hasMoreElements()) numbers.add(((Message) seen.nextElement()).getIntProperty("n"));
        connection.close();
        return numbers;
    }

    void awaitDepth(ActiveMQQueue queue, int depth) throws Exception {
        rig.await(depth + " in " + queue, () -> browse(queue).size() == depth);
    }

    // Judging

    static List<Integer> range(int from, int to) {
        List<Integer> numbers = new ArrayList<>();
        for (int n = from; n < to; n++) numbers.add(n);
        return numbers;
    }

    /** The consumer gets exactly `wanted`, first in this order; a repeat must be flagged as redelivered. */
    void exactly(MessageConsumer consumer, List<Integer> wanted) throws Exception {
        Set<Integer> seen = new HashSet<>();
        int next = 0;
        while (next < wanted.size()) {
            Message message = rig.take(consumer);
            int number = message.getIntProperty("n");
            if (number == wanted.get(next)) {
                next++;
                seen.add(number);
            } else {
                repeat(seen, message, "expected " + wanted.get(next));
            }
        }
        for (Message more; (more = consumer.receive(Rig.QUIET_MS)) != null; ) {
            repeat(seen, more, "expected nothing more");
        }
    }

    void repeat(Set<Integer> seen, Message message, String claim) throws JMSException {
        int number = message.getIntProperty("n");
        rig.check(seen.contains(number), number + " came, " + claim);
        rig.check(message.getJMSRedelivered(), "the repeat of " + number + " is flagged as redelivered");
    }
}
