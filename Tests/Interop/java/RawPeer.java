import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.activemq.command.*;
import org.apache.activemq.openwire.OpenWireFormat;
import org.apache.activemq.openwire.OpenWireFormatFactory;

/** A client made of single commands: writes what it is told, in the order it is told, and keeps what comes back. */
final class RawPeer implements AutoCloseable {
    private static final AtomicInteger IDS = new AtomicInteger();

    final Socket socket;
    final OpenWireFormat format;
    final ConnectionInfo connection = new ConnectionInfo();
    final BlockingQueue<Command> inbox = new LinkedBlockingQueue<>();
    private final Map<Integer, CompletableFuture<Response>> awaited = new ConcurrentHashMap<>();
    private final DataOutputStream out;
    private final DataInputStream in;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final AtomicInteger commandIds = new AtomicInteger();
    private long lastSession;
    private long lastConsumer;
    private long lastProducer;

    RawPeer(String url) throws Exception {
        this(url, new OpenWireFormatFactory());
    }

    RawPeer(String url, OpenWireFormatFactory settings) throws Exception {
        URI uri = new URI(url);
        socket = new Socket(uri.getHost(), uri.getPort());
        socket.setTcpNoDelay(true);
        out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
        format = (OpenWireFormat) settings.createWireFormat();
        String id = "ID:raw-" + ProcessHandle.current().pid() + "-" + System.nanoTime() + "-" + IDS.incrementAndGet();
        connection.setConnectionId(new ConnectionId(id + ":1"));
        connection.setClientId(id);
    }

    // Handshake

    /** Exchanges WireFormatInfo and starts reading. */
    WireFormatInfo handshake() throws Exception {
        write(format.getPreferedWireFormatInfo());
        return readHandshake();
    }

    /** Reads the broker's WireFormatInfo, which must be its first frame, and starts reading. */
    WireFormatInfo readHandshake() throws Exception {
        socket.setSoTimeout((int) Rig.PATIENCE_MS);
        WireFormatInfo theirs = (WireFormatInfo) format.unmarshal(in);
        socket.setSoTimeout(0);
        format.renegotiateWireFormat(theirs);
        Thread reader = new Thread(this::read, "raw-reader");
        reader.setDaemon(true);
        reader.start();
        return theirs;
    }

    /** Registers the connection. */
    void connect() throws Exception {
        expectOk(connection);
    }

    /** Registers the connection that another socket had, as a failover client does. */
    void connectAgainAs(RawPeer first) throws Exception {
        connection.setConnectionId(first.connection.getConnectionId());
        connection.setClientId(first.connection.getClientId());
        connection.setFailoverReconnect(true);
        connect();
    }

    /** Registers a producer of that connection again, and its session. */
    void openAgain(ProducerInfo producer) throws Exception {
        expectOk(new SessionInfo(connection, producer.getProducerId().getSessionId()));
        expectOk(RawTests.producerAgain(producer));
    }

    private void read() {
        try {
            while (true) {
                Object frame = format.unmarshal(in);
                if (frame instanceof Response) {
                    Response response = (Response) frame;
                    CompletableFuture<Response> waiting = awaited.remove(response.getCorrelationId());
                    if (waiting != null) waiting.complete(response);
                    else inbox.add(response);
                } else if (frame != null) {
                    inbox.add((Command) frame);
                }
            }
        } catch (IOException | RuntimeException ended) {
            closed.countDown();
            awaited.values().forEach(waiting -> waiting.completeExceptionally(ended));
        }
    }

    // Writing

    private synchronized void write(Object command) throws IOException {
        format.marshal(command, out);
        out.flush();
    }

    void send(Command command) throws IOException {
        if (command.getCommandId() == 0) command.setCommandId(commandIds.incrementAndGet());
        write(command);
    }

    /** The frame of a command as the negotiated format writes it. */
    byte[] frame(Object command) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        format.marshal(command, new DataOutputStream(bytes));
        return bytes.toByteArray();
    }

    synchronized void sendBytes(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    /** Sends with responseRequired and waits for the answer. Keeps a command id that is already set. */
    Response request(Command command) throws Exception {
        if (command.getCommandId() == 0) command.setCommandId(commandIds.incrementAndGet());
        command.setResponseRequired(true);
        CompletableFuture<Response> answer = new CompletableFuture<>();
        awaited.put(command.getCommandId(), answer);
        write(command);
        return answer.get(Rig.PATIENCE_MS, TimeUnit.MILLISECONDS);
    }

    void expectOk(Command command) throws Exception {
        Response response = request(command);
        if (response instanceof ExceptionResponse) {
            throw new AssertionError(name(command) + " answered " + ((ExceptionResponse) response).getException());
        }
    }

    Throwable expectFailure(Command command) throws Exception {
        Response response = request(command);
        if (response instanceof ExceptionResponse) return ((ExceptionResponse) response).getException();
        throw new AssertionError(name(command) + " answered " + name(response) + ", expected an exception");
    }

    private static String name(Command command) {
        return command.getClass().getSimpleName() + " " + command.getCommandId();
    }

    // Reading

    /** The next command of a class, or null after `milliseconds`; others are dropped. */
    <C> C next(Class<C> wanted, long milliseconds) throws InterruptedException {
        long end = System.nanoTime() + milliseconds * 1_000_000;
        while (true) {
            Command command = inbox.poll(Math.max(1, (end - System.nanoTime()) / 1_000_000), TimeUnit.MILLISECONDS);
            if (wanted.isInstance(command)) return wanted.cast(command);
            if (System.nanoTime() > end) return null;
        }
    }

    <C> C next(Class<C> wanted) throws InterruptedException {
        C command = next(wanted, Rig.PATIENCE_MS);
        if (command == null) throw new AssertionError("no " + wanted.getSimpleName() + " came");
        return command;
    }

    boolean closedWithin(long milliseconds) throws InterruptedException {
        return closed.await(milliseconds, TimeUnit.MILLISECONDS);
    }

    // Building commands

    SessionInfo session() throws Exception {
        SessionInfo session = new SessionInfo(connection, ++lastSession);
        expectOk(session);
        return session;
    }

    ProducerInfo producer(SessionInfo session, ActiveMQDestination destination) throws Exception {
        ProducerInfo producer = new ProducerInfo(session, ++lastProducer);
        producer.setDestination(destination);
        expectOk(producer);
        return producer;
    }

    ConsumerInfo consumerInfo(SessionInfo session, ActiveMQDestination destination, int prefetch) {
        ConsumerInfo consumer = new ConsumerInfo(session, ++lastConsumer);
        consumer.setDestination(destination);
        consumer.setPrefetchSize(prefetch);
        return consumer;
    }

    ConsumerInfo consumer(SessionInfo session, ActiveMQDestination destination, int prefetch) throws Exception {
        ConsumerInfo consumer = consumerInfo(session, destination, prefetch);
        expectOk(consumer);
        return consumer;
    }

    /** A text with the producer's id and a sequence number. */
    static ActiveMQTextMessage message(ProducerInfo producer, ActiveMQDestination destination, long sequence,
        String text) throws Exception {
        ActiveMQTextMessage message = new ActiveMQTextMessage();
        message.setText(text);
        message.setProducerId(producer.getProducerId());
        message.setMessageId(new MessageId(producer.getProducerId(), sequence));
        message.setDestination(destination);
        message.setPersistent(true);
        message.setPriority((byte) 4);
        message.setTimestamp(System.currentTimeMillis());
        return message;
    }

    static MessageAck ack(MessageDispatch dispatch, byte type, int count) {
        MessageAck ack = new MessageAck(dispatch, type, count);
        ack.setFirstMessageId(dispatch.getMessage().getMessageId());
        return ack;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
