import java.util.Collections;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.jms.Connection;
import javax.jms.ConnectionMetaData;
import javax.jms.ExceptionListener;
import javax.jms.IllegalStateException;
import javax.jms.InvalidClientIDException;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQConnectionFactory;

/** JMS 1.1 sections 4.1 to 4.3: administered objects and connections. */
final class JmsConnectionTests {
    private JmsConnectionTests() {}

    @Case(jms = "4.2.1",
        states = "A destination object may be used by any session of any connection, by several at a time")
    static void destinationsAreShared(Rig rig) throws Exception {
        javax.jms.Queue queue = Jms.session(rig).createQueue(rig.name("q"));
        Session sender = Jms.session(rig);
        Jms.send(rig, sender, sender.createProducer(queue), 0, 1);
        rig.takeNumber(Jms.session(rig).createConsumer(queue), 0);
    }

    @Case(jms = "4.2.2", states = "A connection factory makes any number of connections")
    static void factoryMakesMany(Rig rig) throws Exception {
        ActiveMQConnectionFactory factory = Jms.factory(rig);
        for (int n = 0; n < 3; n++) {
            Connection connection = Jms.closing(rig, factory.createConnection());
            Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            Jms.send(rig, session, session.createProducer(rig.queue("q")), n, n + 1);
        }
        rig.takeNumbers(Jms.session(rig).createConsumer(rig.queue("q")), 0, 3);
    }

    @Case(variants = {"with", "without"}, jms = "4.3.1", states = "A connection may be made {} user name and password")
    static void identity(Rig rig, String how) throws Exception {
        ActiveMQConnectionFactory factory = Jms.factory(rig);
        Connection connection = Jms.closing(rig,
            how.equals("with") ? factory.createConnection("user", "password") : factory.createConnection());
        connection.start();
        rig.check(connection.createSession(false, Session.AUTO_ACKNOWLEDGE) != null, "it works");
    }

    @Case(jms = "4.3.2", states = "The client id set on a new connection is the one it has")
    static void clientId(Rig rig) throws Exception {
        rig.equal(rig.name("id"), rig.connectAs(rig.name("id")).getClientID(), "client id");
    }

    @Case(jms = "4.3.2",
        states = "Setting the client id after any other use of the connection is an IllegalStateException")
    static void clientIdAfterUse(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        Rig.auto(connection);
        rig.fails(IllegalStateException.class, () -> connection.setClientID(rig.name("late")));
        rig.check(Rig.auto(connection) != null, "the connection still works");
    }

    @Case(jms = "4.3.2", states = "Setting the client id of a connection that has one is an IllegalStateException")
    static void clientIdTwice(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.open(rig.url());
        connection.setClientID(rig.name("first"));
        rig.fails(IllegalStateException.class, () -> connection.setClientID(rig.name("second")));
    }

    @Case(jms = "4.3.2",
        states = "Setting the client id where an administrator has configured one is an IllegalStateException",
        client = "it lets a configured id be replaced")
    static void clientIdConfigured(Rig rig) throws Exception {
        ActiveMQConnectionFactory factory = Jms.factory(rig);
        factory.setClientID(rig.name("configured"));
        Connection configured = Jms.closing(rig, factory.createConnection());
        rig.fails(IllegalStateException.class, () -> configured.setClientID(rig.name("third")));
    }

    @Case(jms = "4.3.2",
        states = "A client id in use is refused with InvalidClientIDException; both connections know it")
    static void clientIdInUse(Rig rig) throws Exception {
        ActiveMQConnection first = rig.connectAs(rig.name("id"));
        ActiveMQConnection second = rig.open(rig.url());
        rig.fails(InvalidClientIDException.class, () -> {
            second.setClientID(rig.name("id"));
            second.start();
        });
        rig.check(Rig.auto(first) != null, "the first still works");
        first.close();
        rig.equal(rig.name("id"), rig.connectAs(rig.name("id")).getClientID(), "free after the close");
    }

    @Case(jms = "4.3.3", states = "A new connection is stopped: nothing is delivered before start, sending works")
    static void newConnectionIsStopped(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.open(rig.url());
        Session session = Rig.auto(connection);
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        Jms.send(rig, session, session.createProducer(rig.queue("q")), 0, 2);
        rig.none(consumer);
        rig.check(consumer.receiveNoWait() == null, "receiveNoWait has nothing either");
        connection.start();
        rig.takeNumbers(consumer, 0, 2);
    }

    @Case(jms = "4.3.4",
        states = "A stopped connection delivers nothing: receive with a time limit runs out, listeners rest")
    static void stopped(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        MessageConsumer receiver = Rig.auto(connection).createConsumer(rig.queue("a"));
        AtomicInteger heard = new AtomicInteger();
        Rig.auto(connection).createConsumer(rig.queue("b")).setMessageListener(message -> heard.incrementAndGet());
        connection.stop();
        rig.fill(rig.queue("a"), 0, 1);
        rig.fill(rig.queue("b"), 0, 1);
        rig.none(receiver);
        rig.equal(0, heard.get(), "heard");
        connection.start();
        rig.takeNumber(receiver, 0);
        rig.await("the listener gets it", () -> heard.get() == 1);
    }

    @Case(jms = "4.3.4",
        states = "A receive that waits goes on waiting in a stopped connection and ends when it is started")
    static void receiveSpansAStop(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        MessageConsumer consumer = Rig.auto(connection).createConsumer(rig.queue("q"));
        Jms.Running receiver = Jms.start(() -> rig.takeNumber(consumer, 0));
        receiver.awaitWaiting(rig);
        connection.stop();
        rig.fill(rig.queue("q"), 0, 1);
        rig.check(!receiver.ended(), "it waits");
        connection.start();
        receiver.join();
    }

    @Case(jms = "4.3.4", states = "A stopped connection can send")
    static void stoppedConnectionSends(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        connection.stop();
        Session session = Rig.auto(connection);
        Jms.send(rig, session, session.createProducer(rig.queue("q")), 0, 3);
        rig.takeNumbers(Jms.session(rig).createConsumer(rig.queue("q")), 0, 3);
    }

    @Case(jms = "4.3.4", states = "stop returns only when the listener at work has ended")
    static void stopWaitsForListeners(Rig rig) throws Exception {
        waits(rig, ActiveMQConnection::stop);
    }

    @Case(jms = "4.3.5", states = "close returns only when the listener at work has ended")
    static void closeWaitsForListeners(Rig rig) throws Exception {
        waits(rig, ActiveMQConnection::close);
    }

    interface End {
        void end(ActiveMQConnection connection) throws JMSException;
    }

    private static void waits(Rig rig, End end) throws Exception {
        ActiveMQConnection connection = rig.connect();
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        CountDownLatch left = new CountDownLatch(1);
        Rig.auto(connection).createConsumer(rig.queue("q")).setMessageListener(message -> {
            entered.countDown();
            try {
                leave.await(Rig.PATIENCE_MS, TimeUnit.MILLISECONDS);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            left.countDown();
        });
        rig.fill(rig.queue("q"), 0, 1);
        rig.check(entered.await(Rig.PATIENCE_MS, TimeUnit.MILLISECONDS), "the listener is called");
        Jms.Running ender = Jms.start(() -> end.end(connection));
        rig.check(!ender.endsWithin(Rig.QUIET_MS), "it waits for the listener");
        leave.countDown();
        ender.join();
        rig.equal(0L, left.getCount(), "listeners at work");
    }

    @Case(jms = "4.3.4", states = "Stopping a stopped and starting a started connection are ignored")
    static void startAndStopTwice(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        MessageConsumer consumer = Rig.auto(connection).createConsumer(rig.queue("q"));
        connection.start();
        connection.stop();
        connection.stop();
        rig.fill(rig.queue("q"), 0, 1);
        rig.none(consumer);
        connection.start();
        connection.start();
        rig.takeNumber(consumer, 0);
    }

    @Case(jms = "4.3.5",
        states = "Closing a connection closes its sessions, producers and consumers: using them is an "
            + "IllegalStateException")
    static void closedParts(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.auto(connection);
        MessageProducer producer = session.createProducer(rig.queue("q"));
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        Message message = session.createMessage();
        connection.close();
        rig.fails(IllegalStateException.class, () -> producer.send(message));
        rig.fails(IllegalStateException.class, () -> consumer.receive(1));
        rig.fails(IllegalStateException.class, session::createMessage);
        rig.fails(IllegalStateException.class, () -> session.createProducer(rig.queue("q")));
        rig.fails(IllegalStateException.class, () -> connection.createSession(false, 1));
        rig.fails(IllegalStateException.class, connection::start);
        rig.fails(IllegalStateException.class, connection::stop);
        rig.fails(IllegalStateException.class, connection::getMetaData);
        rig.fails(IllegalStateException.class, connection::getClientID);
    }

    @Case(jms = "4.3.5",
        states = "Closing a closed connection is no error; a received message can still be read after it")
    static void closeTwice(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 1);
        ActiveMQConnection connection = rig.connect();
        Message message = rig.takeNumber(Rig.auto(connection).createConsumer(rig.queue("q")), 0);
        connection.close();
        connection.close();
        rig.equal(0, message.getIntProperty("n"), "property");
        rig.check(message.getJMSMessageID() != null, "message id");
    }

    @Case(jms = "4.3.5", states = "acknowledge of a message of a closed connection is an IllegalStateException")
    static void acknowledgeAfterClose(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 1);
        ActiveMQConnection connection = rig.connect();
        Message message = rig.takeNumber(Rig.client(connection).createConsumer(rig.queue("q")), 0);
        connection.close();
        rig.fails(IllegalStateException.class, message::acknowledge);
        rig.takeNumber(Jms.session(rig).createConsumer(rig.queue("q")), 0);
    }

    @Case(variants = {"receive()", "receive(long)"}, jms = "4.3.5",
        states = "Closing the connection ends a {} that waits, with null")
    static void closeEndsReceive(Rig rig, String how) throws Exception {
        ActiveMQConnection connection = rig.connect();
        MessageConsumer consumer = Rig.auto(connection).createConsumer(rig.queue("q"));
        Jms.Running receiver = Jms.start(() -> rig.equal(null,
            how.equals("receive()") ? consumer.receive() : consumer.receive(60_000), "message"));
        receiver.awaitWaiting(rig);
        connection.close();
        receiver.join();
    }

    @Case(jms = "4.3.5", states = "Closing a connection rolls back the transactions of its sessions")
    static void closeRollsBack(Rig rig) throws Exception {
        rig.fill(rig.queue("in"), 0, 1);
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.transacted(connection);
        rig.takeNumber(session.createConsumer(rig.queue("in")), 0);
        Jms.send(rig, session, session.createProducer(rig.queue("out")), 0, 1);
        connection.close();
        rig.equal(0, rig.depth(rig.queue("out")), "sent");
        Message again = rig.takeNumber(Jms.session(rig).createConsumer(rig.queue("in")), 0);
        rig.equal(true, again.getJMSRedelivered(), "redelivered");
    }

    @Case(jms = "4.3.5",
        states = "Closing a connection leaves what a client has not acknowledged to be delivered again")
    static void closeFreesUnacknowledged(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 3);
        ActiveMQConnection connection = rig.connect();
        rig.takeNumbers(Rig.client(connection).createConsumer(rig.queue("q")), 0, 2);
        connection.close();
        MessageConsumer other = Jms.session(rig).createConsumer(rig.queue("q"));
        for (int n = 0; n < 3; n++) {
            Message message = rig.takeNumber(other, n);
            rig.equal(n < 2, message.getJMSRedelivered(), n + " redelivered");
        }
    }

    @Case(jms = "4.3.6", states = "A connection has any number of sessions")
    static void sessions(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        for (int n = 0; n < 20; n++) {
            Session session = connection.createSession(n % 2 == 0, Session.AUTO_ACKNOWLEDGE);
            Jms.send(rig, session, session.createProducer(rig.queue("q")), n, n + 1);
            if (n % 2 == 0) session.commit();
        }
        rig.takeNumbers(Rig.auto(connection).createConsumer(rig.queue("q")), 0, 20);
    }

    @Case(jms = "4.3.7", states = "ConnectionMetaData tells JMS 1.1, the provider's name and version, the JMSX names")
    static void metaData(Rig rig) throws Exception {
        ConnectionMetaData data = rig.connect().getMetaData();
        rig.equal("1.1", data.getJMSVersion(), "JMS version");
        rig.equal(1, data.getJMSMajorVersion(), "major");
        rig.equal(1, data.getJMSMinorVersion(), "minor");
        rig.check(!data.getJMSProviderName().isEmpty(), "provider");
        rig.check(data.getProviderVersion() != null, "version");
        rig.check(data.getProviderMajorVersion() >= 0 && data.getProviderMinorVersion() >= 0, "version numbers");
        rig.check(!Collections.list(data.getJMSXPropertyNames()).isEmpty(), "names");
    }

    @Case(jms = "4.3.8", states = "A serious problem of the connection is told to its exception listener")
    static void exceptionListener(Rig rig) throws Exception {
        Proxy proxy = rig.proxy();
        ActiveMQConnection connection = rig.connectTo(proxy.url());
        CountDownLatch told = new CountDownLatch(1);
        ExceptionListener listener = problem -> told.countDown();
        connection.setExceptionListener(listener);
        rig.check(connection.getExceptionListener() == listener, "the getter tells it");
        proxy.cut();
        rig.check(told.await(Rig.PATIENCE_MS, TimeUnit.MILLISECONDS), "told");
    }

    @Case(jms = "2.8", states = "A connection's methods may be used by many threads at a time")
    static void threads(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        Jms.Running[] workers = new Jms.Running[8];
        for (int worker = 0; worker < workers.length; worker++) {
            int base = worker * 10;
            workers[worker] = Jms.start(() -> {
                for (int n = 0; n < 10; n++) {
                    Session session = Rig.auto(connection);
                    Jms.send(rig, session, session.createProducer(rig.queue("q")), base + n, base + n + 1);
                    session.close();
                }
            });
        }
        for (Jms.Running worker : workers) worker.join();
        rig.equal(80, rig.depth(rig.queue("q")), "depth");
    }
}
