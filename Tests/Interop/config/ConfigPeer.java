import java.net.URI;
import org.apache.activemq.broker.BrokerFactory;
import org.apache.activemq.broker.BrokerService;

/** ActiveMQ itself with a configuration file: the proof that ConfigCheck expects the right things. */
final class ConfigPeer {
    private ConfigPeer() {}

    public static void main(String[] arguments) throws Exception {
        BrokerService broker = BrokerFactory.createBroker(new URI("xbean:file:" + arguments[0]));
        broker.start();
        broker.waitUntilStarted();
        System.out.println("event=connector.started");
        broker.waitUntilStopped();
    }
}
