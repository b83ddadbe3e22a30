import javax.jms.InvalidClientIDException;
import javax.jms.JMSException;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import javax.jms.TemporaryQueue;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.command.ConnectionError;
import org.apache.activemq.command.ConsumerInfo;
import org.apache.activemq.command.MessageDispatch;
import org.apache.activemq.command.ProducerInfo;
import org.apache.activemq.command.RemoveSubscriptionInfo;
import org.apache.activemq.command.SessionInfo;

/** Failures arrive with the class clients know, and the connection lives on (openwire.md 20.4, 21). */
final class ErrorTests {
    private ErrorTests() {}

    /** A send nobody waits for that fails: ConnectionError to the listener, everything else goes on. */
    @Case
    static void asyncFailureIsTold(Rig rig) throws Exception {
        ActiveMQConnection owner = rig.connect();
        TemporaryQueue gone = Rig.auto(owner).createTemporaryQueue();
        gone.delete();
        Session session = Rig.auto(rig.connect("jms.watchTopicAdvisories=false"));
        MessageProducer producer = session.createProducer(null);
        producer.setDeliveryMode(1);
        producer.send(gone, rig.numbered(session, 0));
        rig.await("the exception listener heard of it", () -> !rig.asyncErrors.isEmpty());
        producer.send(rig.queue("q"), rig.numbered(session, 1));
        rig.takeNumber(session.createConsumer(rig.queue("q")), 1);
    }

    @Case
    static void asyncFailureIsAConnectionError(Rig rig) throws Exception {
        RawPeer peer = rig.raw();
        ProducerInfo producer = peer.producer(peer.session(), null);
        org.apache.activemq.command.ActiveMQTempQueue gone =
            new org.apache.activemq.command.ActiveMQTempQueue("ID:nobody-2:1:1");
        peer.send(RawPeer.message(producer, gone, 1, "x"));
        ConnectionError error = peer.next(ConnectionError.class);
        rig.equal("org.apache.activemq.DestinationDoesNotExistException", error.getException().getClass().getName(),
            "class");
        peer.session();
    }

    @Case
    static void connectionWithoutClientId(Rig rig) throws Exception {
        RawPeer peer = rig.closing(new RawPeer(rig.options.url));
        peer.handshake();
        peer.connection.setClientId(null);
        Throwable refusal = peer.expectFailure(peer.connection);
        rig.check(refusal instanceof InvalidClientIDException, "class of " + refusal);
    }

    @Case
    static void consumerOnAnUnknownSession(Rig rig) throws Exception {
        RawPeer peer = rig.raw();
        SessionInfo unknown = new SessionInfo(peer.connection, 77);
        Throwable refusal = peer.expectFailure(peer.consumerInfo(unknown, rig.queue("q"), 10));
        rig.check(refusal instanceof IllegalStateException, "class of " + refusal);
        refusal = peer.expectFailure(new ProducerInfo(unknown, 1));
        rig.check(refusal instanceof IllegalStateException, "class of " + refusal);
        peer.consumer(peer.session(), rig.queue("q"), 10);
    }

    /** An error on one consumer leaves the others of the connection alone. */
    @Case
    static void errorsAreLocal(Rig rig) throws Exception {
        RawPeer peer = rig.raw();
        SessionInfo session = peer.session();
        ConsumerInfo fine = peer.consumer(session, rig.queue("q"), 10);
        for (int round = 0; round < 5; round++) {
            ConsumerInfo bad = peer.consumerInfo(session, rig.queue("q"), 10);
            bad.setSelector("not a selector");
            peer.expectFailure(bad);
        }
        rig.fill(rig.queue("q"), 0, 1);
        rig.equal(fine.getConsumerId(), peer.next(MessageDispatch.class).getConsumerId(), "consumer");
    }

    @Case
    static void unsubscribeErrorsKeepTheConnection(Rig rig) throws Exception {
        RawPeer peer = rig.raw();
        RemoveSubscriptionInfo removal = new RemoveSubscriptionInfo();
        removal.setConnectionId(peer.connection.getConnectionId());
        removal.setClientId(peer.connection.getClientId());
        removal.setSubscriptionName("nobody");
        Throwable refusal = peer.expectFailure(removal);
        rig.check(refusal instanceof javax.jms.InvalidDestinationException, "class of " + refusal);
        peer.session();
    }

    @Case
    static void failureInsideASessionDoesNotCloseIt(Rig rig) throws Exception {
        Session session = Rig.auto(rig.connectAs(rig.name("id")));
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        for (int round = 0; round < 3; round++) rig.fails(JMSException.class, () -> session.unsubscribe("nobody"));
        rig.fill(rig.queue("q"), 0, 2);
        rig.takeNumbers(consumer, 0, 2);
    }
}
