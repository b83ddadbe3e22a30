import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.util.Arrays;
import java.util.Random;
import javax.jms.MessageConsumer;
import org.apache.activemq.command.ActiveMQTextMessage;
import org.apache.activemq.command.ConsumerInfo;
import org.apache.activemq.command.FlushCommand;
import org.apache.activemq.command.MessageDispatch;
import org.apache.activemq.command.ProducerInfo;
import org.apache.activemq.command.Response;
import org.apache.activemq.command.SessionInfo;
import org.apache.activemq.command.WireFormatInfo;
import org.apache.activemq.openwire.OpenWireFormatFactory;

/** Frames and handshakes, good and bad (openwire.md 1, 2, 21.3). */
final class RawWireTests {
    private RawWireTests() {}

    private static RawPeer silent(Rig rig) throws Exception {
        return rig.closing(new RawPeer(rig.options.url));
    }

    @Case
    static void brokersHandshake(Rig rig) throws Exception {
        WireFormatInfo info = silent(rig).handshake();
        rig.check(info.isValid(), "magic");
        rig.check(info.getVersion() >= 1, "version " + info.getVersion());
        rig.equal(false, info.isSizePrefixDisabled(), "SizePrefixDisabled");
        rig.check(info.getMaxInactivityDuration() > 0, "MaxInactivityDuration " + info.getMaxInactivityDuration());
        rig.check(info.getMaxInactivityDurationInitalDelay() > 0, "MaxInactivityDurationInitalDelay");
        rig.check(info.getMaxFrameSize() >= 1 << 20, "MaxFrameSize " + info.getMaxFrameSize());
    }

    @Case(variants = {"1 tight", "1 loose", "2 tight", "3 loose", "4 tight", "5 tight", "6 loose", "7 tight", "8 loose",
        "9 tight", "10 loose", "11 tight", "12 loose"})
    static void everyVersionIsNegotiated(Rig rig, String variant) throws Exception {
        String[] part = variant.split(" ");
        OpenWireFormatFactory settings = new OpenWireFormatFactory();
        settings.setVersion(Integer.parseInt(part[0]));
        settings.setTightEncodingEnabled(part[1].equals("tight"));
        RawPeer peer = rig.closing(new RawPeer(rig.options.url, settings));
        peer.handshake();
        peer.connect();
        SessionInfo session = peer.session();
        ProducerInfo producer = peer.producer(session, rig.queue("q"));
        for (int n = 0; n < 5; n++) peer.expectOk(RawPeer.message(producer, rig.queue("q"), n + 1, "m" + n));
        peer.consumer(session, rig.queue("q"), 10);
        for (int n = 0; n < 5; n++) {
            MessageDispatch dispatch = peer.next(MessageDispatch.class);
            rig.equal("m" + n, ((ActiveMQTextMessage) dispatch.getMessage()).getText(), "text");
        }
    }

    /** A WireFormatInfo without any properties: everything off. */
    @Case
    static void bareHandshake(Rig rig) throws Exception {
        RawPeer peer = silent(rig);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(14);
        out.writeByte(1);
        out.writeBytes("ActiveMQ");
        out.writeInt(12);
        out.writeByte(0);
        peer.format.getPreferedWireFormatInfo().setTightEncodingEnabled(false);
        peer.format.getPreferedWireFormatInfo().setCacheEnabled(false);
        peer.format.getPreferedWireFormatInfo().setStackTraceEnabled(false);
        peer.sendBytes(bytes.toByteArray());
        peer.readHandshake();
        peer.connect();
        peer.session();
    }

    /** A whole session, one byte at a time. */
    @Case
    static void bytesOneByOne(Rig rig) throws Exception {
        RawPeer peer = silent(rig);
        for (byte one : peer.frame(peer.format.getPreferedWireFormatInfo())) peer.sendBytes(new byte[] {one});
        peer.readHandshake();
        peer.connect();
        SessionInfo session = peer.session();
        ConsumerInfo consumer = peer.consumer(session, rig.queue("q"), 10);
        ProducerInfo producer = peer.producer(session, rig.queue("q"));
        ActiveMQTextMessage message = RawPeer.message(producer, rig.queue("q"), 1, "dripped");
        message.setCommandId(50);
        message.setResponseRequired(true);
        for (byte one : peer.frame(message)) peer.sendBytes(new byte[] {one});
        MessageDispatch dispatch = peer.next(MessageDispatch.class);
        rig.equal(consumer.getConsumerId(), dispatch.getConsumerId(), "consumer");
        rig.equal("dripped", ((ActiveMQTextMessage) dispatch.getMessage()).getText(), "text");
    }

    /** A thousand sends before the first answer is read; each is answered once, all are there in order. */
    @Case
    static void pipelinedSends(Rig rig) throws Exception {
        RawPeer peer = rig.raw();
        ProducerInfo producer = peer.producer(peer.session(), rig.queue("q"));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int n = 0; n < 1000; n++) {
            ActiveMQTextMessage message = RawPeer.message(producer, rig.queue("q"), n + 1, "m" + n);
            message.setCommandId(1000 + n);
            message.setResponseRequired(true);
            bytes.write(peer.frame(message));
        }
        peer.sendBytes(bytes.toByteArray());
        java.util.Set<Integer> answered = new java.util.HashSet<>();
        for (int n = 0; n < 1000; n++) answered.add(peer.next(Response.class).getCorrelationId());
        rig.equal(1000, answered.size(), "answers");
        rig.takeNumbers(Rig.auto(rig.connect()).createConsumer(rig.queue("q")), 0, 1000);
    }

    /** The null command is legal and means nothing. */
    @Case
    static void nullCommand(Rig rig) throws Exception {
        RawPeer peer = rig.raw();
        peer.sendBytes(new byte[] {0, 0, 0, 1, 0});
        peer.session();
    }

    @Case
    static void flushIsAnswered(Rig rig) throws Exception {
        RawPeer peer = rig.raw();
        peer.expectOk(new FlushCommand());
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int at = 0; at < values.length; at++) bytes[at] = (byte) values[at];
        return bytes;
    }

    /** Instead of a handshake. The socket is closed, and soon. */
    @Case(variants = {"http", "bad magic", "huge size", "random"})
    static void garbageInsteadOfAHandshake(Rig rig, String kind) throws Exception {
        garbageFirst(rig, kind);
    }

    @Case(peer = "it takes a negative size as no limit and reads on")
    static void negativeSizeInsteadOfAHandshake(Rig rig) throws Exception {
        garbageFirst(rig, "negative size");
    }

    private static void garbageFirst(Rig rig, String kind) throws Exception {
        RawPeer peer = silent(rig);
        byte[] garbage;
        if (kind.equals("http")) garbage = "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes();
        else if (kind.equals("bad magic"))
            garbage = bytes(0, 0, 0, 14, 1, 'A', 'c', 't', 'i', 'v', 'e', 'X', 'X', 0, 0, 0, 12, 0);
        else if (kind.equals("huge size")) garbage = bytes(0x7f, 0xff, 0xff, 0xff, 1);
        else if (kind.equals("negative size")) garbage = bytes(0xff, 0xff, 0xff, 0xf0, 1);
        else {
            garbage = new byte[5000];
            new Random(1).nextBytes(garbage);
        }
        try {
            peer.sendBytes(garbage);
            peer.socket.setSoTimeout((int) Rig.PATIENCE_MS);
            while (peer.socket.getInputStream().read(new byte[4096]) >= 0) continue;
        } catch (java.net.SocketException reset) {
            return;
        }
    }

    /** In the middle of a session: that socket is closed, others live on. */
    @Case(variants = {"unknown type", "oversize", "bad string length", "bad nested type", "bad array length", "random"})
    static void garbageInASession(Rig rig, String kind) throws Exception {
        garbageLater(rig, kind);
    }

    @Case(variants = {"negative size", "short frame"}, peer = "it does not compare a frame with its size")
    static void sizesThatLie(Rig rig, String kind) throws Exception {
        garbageLater(rig, kind);
    }

    private static void garbageLater(Rig rig, String kind) throws Exception {
        MessageConsumer other = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        OpenWireFormatFactory settings = new OpenWireFormatFactory();
        settings.setTightEncodingEnabled(false);
        settings.setCacheEnabled(false);
        RawPeer peer = rig.closing(new RawPeer(rig.options.url, settings));
        peer.handshake();
        peer.connect();
        peer.sendBytes(garbage(peer, kind));
        rig.check(peer.closedWithin(Rig.PATIENCE_MS), "the socket is closed");
        rig.fill(rig.queue("q"), 0, 1);
        rig.takeNumber(other, 0);
    }

    private static byte[] garbage(RawPeer peer, String kind) throws Exception {
        byte[] frame = peer.frame(new SessionInfo(peer.connection, 9));
        switch (kind) {
            case "unknown type": return bytes(0, 0, 0, 6, 99, 0, 0, 0, 1, 0);
            case "negative size": return bytes(0x80, 0, 0, 0, 4);
            case "oversize": return bytes(0x06, 0x50, 0, 0, 4, 0, 0, 0, 1);
            // Behind size, type, commandId, responseRequired, notNull: the nested SessionId's type and its string.
            case "bad nested type": frame[11] = 98; return frame;
            case "bad string length": frame[13] = (byte) 0xff; frame[14] = (byte) 0xff; return padded(frame);
            case "short frame": return bytes(0, 0, 0, 3, 4, 0, 0, 0, 0, 0, 3, 4, 0, 0);
            case "bad array length": return padded(badArray());
            default:
                byte[] random = new byte[4096];
                new Random(2).nextBytes(random);
                random[0] = 0;
                random[1] = 0;
                return random;
        }
    }

    /** ConnectionInfo, loose: everything null, brokerPath an array that claims 32767 elements. */
    private static byte[] badArray() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(16);
        out.writeByte(3);
        out.writeInt(7);
        out.write(new byte[5]);
        out.writeByte(1);
        out.writeShort(32767);
        out.write(new byte[] {1, 99});
        return bytes.toByteArray();
    }

    /** Enough bytes behind it that a reader that runs over the frame's end does not simply wait. */
    private static byte[] padded(byte[] frame) {
        byte[] padded = Arrays.copyOf(frame, frame.length + 70_000);
        Arrays.fill(padded, frame.length, padded.length, (byte) 0x63);
        return padded;
    }

    /** A frame that claims 90 MB and never comes costs nobody anything; closing ends it. */
    @Case
    static void promisedButNeverSent(Rig rig) throws Exception {
        for (int n = 0; n < 10; n++) {
            RawPeer peer = rig.raw();
            peer.sendBytes(bytes(0x05, 0x5d, 0x4a, 0x80, 24, 0, 0, 0, 1));
        }
        MessageConsumer other = Rig.auto(rig.connect()).createConsumer(rig.queue("q"));
        rig.fill(rig.queue("q"), 0, 1);
        rig.takeNumber(other, 0);
    }

    /** Sockets that come and go at any point of the handshake leave nothing behind. */
    @Case
    static void brokenHandshakes(Rig rig) throws Exception {
        RawPeer first = silent(rig);
        byte[] info = first.frame(first.format.getPreferedWireFormatInfo());
        for (int cut = 0; cut < info.length; cut += 13) {
            RawPeer peer = silent(rig);
            peer.sendBytes(Arrays.copyOf(info, cut));
            peer.close();
        }
        rig.raw().session();
    }

    /** A client that sends commands without a handshake gets no service it could mistake for success. */
    @Case(peer = "it serves clients that skip the handshake")
    static void commandsWithoutAHandshake(Rig rig) throws Exception {
        RawPeer peer = silent(rig);
        peer.send(peer.connection);
        java.io.InputStream in = peer.socket.getInputStream();
        peer.socket.setSoTimeout((int) Rig.PATIENCE_MS);
        try {
            while (in.read(new byte[4096]) >= 0) continue;
        } catch (java.net.SocketTimeoutException open) {
            throw new AssertionError("the socket stays open");
        } catch (java.net.SocketException reset) {
            return;
        }
    }
}
