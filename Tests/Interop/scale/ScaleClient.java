import java.util.StringJoiner;
import javax.jms.BytesMessage;
import javax.jms.Connection;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.apache.activemq.ActiveMQConnectionFactory;

/** What ../scale needs of a client and OpenWireBench has not: sparse matches in a deep queue, very many queues. */
final class ScaleClient {
    private ScaleClient() {}

    /** Fills a queue in transactions; every `every`-th message has `wanted = TRUE`. */
    private static void fill(Session session, String queue, int messages, int every, int size) throws Exception {
        MessageProducer producer = session.createProducer(session.createQueue(queue));
        byte[] body = new byte[size];
        for (int n = 1; n <= messages; n++) {
            BytesMessage message = session.createBytesMessage();
            message.writeBytes(body);
            message.setIntProperty("n", n);
            message.setBooleanProperty("wanted", n % every == 0);
            producer.send(message);
            if (n % 500 == 0) session.commit();
        }
        session.commit();
    }

    /** Takes all matches one by one; milliseconds per tenth of them. */
    private static String select(Session session, String queue, int matches) throws Exception {
        MessageConsumer consumer = session.createConsumer(session.createQueue(queue), "wanted = TRUE");
        StringJoiner tenths = new StringJoiner(",", "[", "]");
        long begun = System.nanoTime();
        int last = 0;
        for (int got = 1; got <= matches; got++) {
            Message message = consumer.receive(60_000);
            if (message == null) throw new IllegalStateException("match " + got + " of " + matches + " did not come");
            if (message.getIntProperty("n") <= last) throw new IllegalStateException("out of order");
            last = message.getIntProperty("n");
            if (got * 10L / matches != (got - 1) * 10L / matches) {
                tenths.add(String.format("%.1f", (System.nanoTime() - begun) / 1e6));
                begun = System.nanoTime();
            }
        }
        return tenths.toString();
    }

    /** One stored message in each of very many queues. */
    private static void spread(Session session, int queues) throws Exception {
        MessageProducer producer = session.createProducer(null);
        for (int n = 0; n < queues; n++) {
            producer.send(session.createQueue("scale." + n), session.createTextMessage("m"));
            if (n % 500 == 499) session.commit();
        }
        session.commit();
    }

    public static void main(String[] words) throws Exception {
        Connection connection = new ActiveMQConnectionFactory(words[1]).createConnection();
        connection.start();
        boolean transacted = !words[0].equals("select");
        Session session = connection.createSession(transacted, Session.AUTO_ACKNOWLEDGE);
        switch (words[0]) {
            case "fill":
                fill(session, words[2], Integer.parseInt(words[3]), Integer.parseInt(words[4]),
                    Integer.parseInt(words[5]));
                break;
            case "select":
                System.out.println(select(session, words[2], Integer.parseInt(words[3])));
                break;
            case "spread":
                spread(session, Integer.parseInt(words[2]));
                break;
            default:
                throw new IllegalArgumentException(words[0]);
        }
        connection.close();
    }
}
