import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Forwards OpenWire frame by frame between clients and the broker, and can drop frames, freeze and cut. */
final class Proxy implements AutoCloseable {
    /** Decides about a frame by its type byte: pass it on, or swallow it. */
    interface Filter {
        boolean passes(int type);
    }

    private final ServerSocket listener;
    private final URI target;
    private final List<Link> links = new CopyOnWriteArrayList<>();
    private final Object gate = new Object();
    private boolean frozen;
    private volatile boolean refusing;
    private volatile Filter toClient = type -> true;
    private volatile Filter toBroker = type -> true;
    /** Connections accepted so far. */
    final AtomicInteger accepted = new AtomicInteger();

    Proxy(String url) throws Exception {
        target = new URI(url);
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        daemon(this::accept, "proxy-accept");
    }

    /** One client connection and the broker connection that belongs to it. */
    private final class Link {
        final Socket client;
        final Socket broker;
        volatile boolean abandoned;

        Link(Socket client) throws IOException {
            this.client = client;
            this.broker = new Socket(target.getHost(), target.getPort());
            client.setTcpNoDelay(true);
            broker.setTcpNoDelay(true);
            daemon(() -> pump(client, broker, true), "proxy-up");
            daemon(() -> pump(broker, client, false), "proxy-down");
        }

        void pump(Socket from, Socket to, boolean up) {
            try {
                DataInputStream in = new DataInputStream(new BufferedInputStream(from.getInputStream(), 65536));
                DataOutputStream out = new DataOutputStream(to.getOutputStream());
                while (true) {
                    byte[] frame = new byte[in.readInt() + 4];
                    in.readFully(frame, 4, frame.length - 4);
                    java.nio.ByteBuffer.wrap(frame).putInt(frame.length - 4);
                    int type = frame.length > 4 ? frame[4] & 0xff : 0;
                    synchronized (gate) {
                        while (frozen) gate.wait();
                    }
                    if ((up ? toBroker : toClient).passes(type)) out.write(frame);
                }
            } catch (IOException | InterruptedException ended) {
                shut(client);
                if (!abandoned) shut(broker);
            }
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                accepted.incrementAndGet();
                if (refusing) {
                    shut(client);
                    continue;
                }
                try {
                    links.add(new Link(client));
                } catch (IOException brokerRefused) {
                    shut(client);
                }
            }
        } catch (IOException closed) {
            cut();
        }
    }

    String url(String... query) {
        return Rig.withQuery("tcp://127.0.0.1:" + listener.getLocalPort(), query);
    }

    String failoverUrl(String... query) {
        String[] all = new String[query.length + 1];
        all[0] = "initialReconnectDelay=10";
        System.arraycopy(query, 0, all, 1, query.length);
        return Rig.withQuery("failover:(" + url() + ")", all);
    }

    void filterToClient(Filter filter) {
        toClient = filter;
    }

    void filterToBroker(Filter filter) {
        toBroker = filter;
    }

    /** Closes both sides of all connections; new ones are welcome. */
    void cut() {
        for (Link link : links) {
            shut(link.client);
            shut(link.broker);
        }
        links.clear();
    }

    /** Closes the clients' side only: to the broker the old connections stay open and silent. */
    void abandon() {
        for (Link link : links) {
            link.abandoned = true;
            shut(link.client);
        }
    }

    /** Lets every newcomer be closed at once. */
    void refuse(boolean on) {
        refusing = on;
    }

    /** Forwards nothing more, closes nothing: both sides face a peer that has gone silent. */
    void freeze() {
        synchronized (gate) {
            frozen = true;
        }
    }

    void thaw() {
        synchronized (gate) {
            frozen = false;
            gate.notifyAll();
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        thaw();
        cut();
    }

    private static void shut(Socket socket) {
        try {
            socket.close();
        } catch (IOException alreadyGone) {
            return;
        }
    }

    private static void daemon(Runnable body, String name) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.start();
    }
}
