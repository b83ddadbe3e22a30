import javax.jms.MessageConsumer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnection;
import org.apache.activemq.command.ActiveMQTextMessage;
import org.apache.activemq.command.KeepAliveInfo;
import org.apache.activemq.command.ProducerInfo;
import org.apache.activemq.openwire.OpenWireFormatFactory;

/** Keep-alive and inactivity (openwire.md 19). */
final class KeepAliveTests {
    private KeepAliveTests() {}

    private static final String SHORT = "wireFormat.maxInactivityDuration=1000";
    private static final String SOON = "wireFormat.maxInactivityDurationInitalDelay=500";

    private static RawPeer raw(Rig rig, long duration) throws Exception {
        OpenWireFormatFactory settings = new OpenWireFormatFactory();
        settings.setMaxInactivityDuration(duration);
        settings.setMaxInactivityDurationInitalDelay(500);
        RawPeer peer = rig.closing(new RawPeer(rig.options.url, settings));
        peer.handshake();
        peer.connect();
        return peer;
    }

    @Case(slow = true, variants = {"1000", "2000"})
    static void idleConnectionStaysUp(Rig rig, String duration) throws Exception {
        ActiveMQConnection connection = rig.connect("wireFormat.maxInactivityDuration=" + duration, SOON);
        Session session = Rig.auto(connection);
        MessageConsumer consumer = session.createConsumer(rig.queue("q"));
        Thread.sleep(6000);
        rig.check(rig.asyncErrors.isEmpty(), "no errors: " + rig.asyncErrors);
        rig.fill(rig.queue("q"), 0, 1);
        rig.takeNumber(consumer, 0);
    }

    /** The other side is silent: the client notices, and so does the broker, which frees what the client had. */
    @Case(slow = true)
    static void frozenPeerIsDropped(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 3);
        Proxy proxy = rig.proxy();
        ActiveMQConnection connection = rig.connectTo(proxy.url(SHORT, SOON));
        Session session = Rig.client(connection);
        rig.takeNumber(session.createConsumer(rig.queue("q")), 0);
        proxy.freeze();
        rig.await("the client noticed", () -> !rig.asyncErrors.isEmpty());
        MessageConsumer next = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        rig.takeNumbers(next, 0, 3);
    }

    @Case(slow = true)
    static void keepAliveWithResponseRequired(Rig rig) throws Exception {
        ActiveMQConnection connection = rig.connect(SHORT, SOON, "keepAliveResponseRequired=true");
        Session session = Rig.auto(connection);
        Thread.sleep(4000);
        rig.check(rig.asyncErrors.isEmpty(), "no errors: " + rig.asyncErrors);
        session.createProducer(rig.queue("q")).send(rig.numbered(session, 0));
    }

    /** A KeepAliveInfo that asks is answered by one that does not, with the same id and never by a Response. */
    @Case
    static void keepAliveIsAnswered(Rig rig) throws Exception {
        RawPeer peer = rig.raw();
        KeepAliveInfo question = new KeepAliveInfo();
        question.setCommandId(4711);
        question.setResponseRequired(true);
        peer.inbox.clear();
        peer.send(question);
        KeepAliveInfo answer = peer.next(KeepAliveInfo.class);
        rig.equal(false, answer.isResponseRequired(), "responseRequired of the answer");
        rig.equal(4711, answer.getCommandId(), "commandId of the answer");
        rig.check(peer.next(org.apache.activemq.command.Response.class, Rig.QUIET_MS) == null, "no Response");
    }

    @Case(slow = true)
    static void brokerSpeaksWhenIdleAndDropsTheSilent(Rig rig) throws Exception {
        RawPeer peer = raw(rig, 1200);
        rig.check(peer.next(KeepAliveInfo.class, 3000) != null, "the broker sends KeepAliveInfo when idle");
        rig.check(peer.closedWithin(8000), "the silent peer is closed");
    }

    @Case(slow = true)
    static void durationZeroTurnsItOff(Rig rig) throws Exception {
        RawPeer peer = raw(rig, 0);
        rig.check(!peer.closedWithin(4000), "still open");
        peer.session();
    }

    /** A frame that arrives slowly is activity. */
    @Case(slow = true)
    static void slowFrameIsActivity(Rig rig) throws Exception {
        RawPeer peer = raw(rig, 1000);
        ProducerInfo producer = peer.producer(peer.session(), rig.queue("q"));
        ActiveMQTextMessage message = RawPeer.message(producer, rig.queue("q"), 1, "x".repeat(10_000));
        message.setCommandId(99);
        message.setResponseRequired(true);
        byte[] frame = peer.frame(message);
        for (int at = 0; at < frame.length; at += 1000) {
            int end = Math.min(frame.length, at + 1000);
            peer.sendBytes(java.util.Arrays.copyOfRange(frame, at, end));
            Thread.sleep(400);
        }
        rig.awaitDepth(rig.queue("q"), 1);
    }

    /** A socket that never says anything is not kept for ever (ActiveMQ: 30 s). */
    @Case(slow = true, limit = 80)
    static void silentSocketIsClosed(Rig rig) throws Exception {
        java.net.URI uri = new java.net.URI(rig.options.url);
        try (java.net.Socket socket = new java.net.Socket(uri.getHost(), uri.getPort())) {
            socket.setSoTimeout(60_000);
            int read;
            do {
                read = socket.getInputStream().read(new byte[4096]);
            } while (read >= 0);
        } catch (java.net.SocketException reset) {
            return;
        }
    }
}
