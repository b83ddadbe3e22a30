import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.jms.ConnectionConsumer;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.Session;
import javax.jms.TransactionInProgressException;
import javax.jms.XASession;
import javax.transaction.xa.XAResource;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.ActiveMQXAConnection;

/** JMS 1.1 sections 4.4.8 and 8: distributed transactions and what application servers use. */
final class JmsServerTests {
    private JmsServerTests() {}

    @Case(jms = "8.1.4",
        states = "A connection consumer gives a server session up to maxMessages messages, which its session's "
            + "listener gets")
    static void connectionConsumer(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        Session session = Rig.auto(connection);
        List<Integer> seen = Collections.synchronizedList(new ArrayList<>());
        session.setMessageListener(message -> {
            try {
                seen.add(message.getIntProperty("n"));
            } catch (JMSException unreadable) {
                seen.add(-1);
            }
        });
        ConnectionConsumer consumer = connection.createConnectionConsumer(rig.queue("q"), "n > 4",
            SubscriptionTests.pool(session), 3);
        rig.check(consumer.getServerSessionPool() != null, "the pool is told");
        rig.fill(rig.queue("q"), 0, 20);
        rig.await("all that are selected come", () -> seen.size() == 15);
        for (int n = 5; n < 20; n++) rig.equal(n, seen.get(n - 5), "number");
        consumer.close();
        rig.takeNumbers(Rig.auto(connection).createConsumer(rig.queue("q")), 0, 5);
    }

    @Case(jms = "8.1.4", states = "A connection consumer with an invalid selector is refused")
    static void refusedConnectionConsumer(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect();
        rig.fails(JMSException.class, () -> connection.createConnectionConsumer(rig.queue("q"), "n >", () -> null, 1));
        rig.check(Rig.auto(connection) != null, "the connection still works");
    }

    private static XATests.Id begin(Rig rig, XASession session) throws Exception {
        XATests.Id id = new XATests.Id(rig, "jms");
        session.getXAResource().start(id, XAResource.TMNOFLAGS);
        return id;
    }

    @Case(jms = "8.6", states = "An XA session says that it is transacted")
    static void transacted(Rig rig) throws Exception {
        rig.equal(true, rig.connectXA().createXASession().getTransacted(), "transacted");
    }

    @Case(variants = {"commit", "rollback"}, jms = "8.6",
        states = "{} of an XA session itself is a TransactionInProgressException")
    static void ownCommit(Rig rig, String verb) throws Exception {
        XASession session = rig.connectXA().createXASession();
        XATests.Id id = begin(rig, session);
        rig.fails(TransactionInProgressException.class, verb.equals("commit") ? session::commit : session::rollback);
        session.getXAResource().end(id, XAResource.TMSUCCESS);
        session.getXAResource().rollback(id);
    }

    @Case(variants = {"commit", "rollback"}, jms = "4.4.8",
        states = "What a session sends and receives in a distributed transaction follows its {}")
    static void distributed(Rig rig, String verb) throws Exception {
        rig.fill(rig.queue("in"), 0, 1);
        ActiveMQXAConnection connection = rig.connectXA();
        XASession session = connection.createXASession();
        XAResource resource = session.getXAResource();
        XATests.Id id = begin(rig, session);
        rig.takeNumber(session.createConsumer(rig.queue("in")), 0);
        Jms.send(rig, session, session.createProducer(rig.queue("out")), 0, 1);
        resource.end(id, XAResource.TMSUCCESS);
        rig.equal(XAResource.XA_OK, resource.prepare(id), "vote");
        rig.equal(0, rig.depth(rig.queue("out")), "sent before the end");
        if (verb.equals("commit")) resource.commit(id, false);
        else resource.rollback(id);
        connection.close();
        boolean committed = verb.equals("commit");
        rig.equal(committed ? 1 : 0, rig.depth(rig.queue("out")), "sent");
        rig.awaitDepth(rig.queue("in"), committed ? 0 : 1);
    }

    @Case(jms = "8.6", states = "The session inside an XA session consumes and sends like any other")
    static void innerSession(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 1);
        XASession session = rig.connectXA().createXASession();
        XATests.Id id = begin(rig, session);
        MessageConsumer consumer = session.getSession().createConsumer(rig.queue("q"));
        rig.takeNumber(consumer, 0);
        session.getXAResource().end(id, XAResource.TMSUCCESS);
        session.getXAResource().commit(id, true);
        consumer.close();
        rig.awaitDepth(rig.queue("q"), 0);
    }
}
