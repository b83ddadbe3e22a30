import java.util.List;
import org.apache.activemq.command.*;
import org.apache.activemq.openwire.OpenWireFormatFactory;

/** Single commands in orders a well-behaved client never sends, or only after a failover (openwire.md 9-13, 18). */
final class RawTests {
    private RawTests() {}

    /** A peer with a consumer that has `count` dispatched messages m0.. of the queue. */
    private static ConsumerInfo holding(Rig rig, RawPeer peer, int count) throws Exception {
        rig.fill(rig.queue("q"), 0, count);
        ConsumerInfo consumer = peer.consumer(peer.session(), rig.queue("q"), 100);
        return consumer;
    }

    private static MessageDispatch dispatch(Rig rig, RawPeer peer, int n) throws Exception {
        MessageDispatch dispatch = peer.next(MessageDispatch.class);
        rig.equal("m" + n, ((ActiveMQTextMessage) dispatch.getMessage()).getText(), "text");
        rig.equal(dispatch.getRedeliveryCounter(), dispatch.getMessage().getRedeliveryCounter(), "counters agree");
        return dispatch;
    }

    /** A second socket with the same ids, as a failover client that reconnects. */
    private static RawPeer again(Rig rig, RawPeer first) throws Exception {
        RawPeer second = rig.closing(new RawPeer(rig.options.url));
        second.handshake();
        second.connection.setFaultTolerant(true);
        second.connectAgainAs(first);
        return second;
    }

    @Case
    static void sameConnectionIdTakesOver(Rig rig) throws Exception {
        RawPeer first = rig.raw();
        ConsumerInfo consumer = holding(rig, first, 3);
        for (int n = 0; n < 3; n++) dispatch(rig, first, n);
        RawPeer second = again(rig, first);
        rig.check(first.closedWithin(Rig.PATIENCE_MS), "the old socket is closed");
        SessionInfo session = new SessionInfo(consumer.getConsumerId().getParentId());
        second.expectOk(session);
        ConsumerInfo same = consumer.copy();
        same.setCommandId(0);
        second.expectOk(same);
        for (int n = 0; n < 3; n++) dispatch(rig, second, n);
    }

    @Case
    static void takeOverRollsBack(Rig rig) throws Exception {
        RawPeer first = rig.raw();
        ProducerInfo producer = first.producer(first.session(), rig.queue("q"));
        LocalTransactionId id = new LocalTransactionId(first.connection.getConnectionId(), 1);
        first.send(new TransactionInfo(first.connection.getConnectionId(), id, TransactionInfo.BEGIN));
        ActiveMQTextMessage message = RawPeer.message(producer, rig.queue("q"), 1, "old");
        message.setTransactionId(id);
        first.expectOk(message);
        RawPeer second = again(rig, first);
        first.closedWithin(Rig.PATIENCE_MS);
        second.expectFailure(new TransactionInfo(
            first.connection.getConnectionId(), id, TransactionInfo.COMMIT_ONE_PHASE));
        rig.equal(0, rig.depth(rig.queue("q")), "depth");
    }

    /** Repeated many times quickly: each new socket wins, none is refused for the client id. */
    @Case
    static void takeOverManyTimes(Rig rig) throws Exception {
        RawPeer peer = rig.raw();
        for (int round = 0; round < 10; round++) {
            RawPeer next = again(rig, peer);
            rig.check(peer.closedWithin(Rig.PATIENCE_MS), "the old socket is closed");
            peer = next;
        }
        peer.session();
    }

    /** The producer's last send comes again over a new connection: answered, stored once. */
    @Case(variants = {"queued", "consumed", "twice"})
    static void replayedSendIsStoredOnce(Rig rig, String variant) throws Exception {
        RawPeer first = rig.raw();
        SessionInfo session = first.session();
        ProducerInfo producer = first.producer(session, rig.queue("q"));
        for (int n = 1; n <= 3; n++) first.expectOk(RawPeer.message(producer, rig.queue("q"), n, "m" + n));
        if (variant.equals("consumed")) {
            org.apache.activemq.ActiveMQConnection reader = rig.connect();
            rig.takeNumbers(Rig.auto(reader).createConsumer(rig.queue("q")), 1, 4);
            reader.close();
            rig.awaitDepth(rig.queue("q"), 0);
        }
        RawPeer second = again(rig, first);
        second.expectOk(new SessionInfo(session.getSessionId()));
        second.expectOk(producerAgain(producer));
        for (int round = 0; round < (variant.equals("twice") ? 2 : 1); round++) {
            second.expectOk(RawPeer.message(producer, rig.queue("q"), 3, "m3"));
        }
        second.expectOk(RawPeer.message(producer, rig.queue("q"), 4, "m4"));
        int from = variant.equals("consumed") ? 4 : 1;
        rig.awaitDepth(rig.queue("q"), 5 - from);
        rig.takeNumbers(Rig.auto(rig.connect()).createConsumer(rig.queue("q")), from, 5);
    }

    static ProducerInfo producerAgain(ProducerInfo producer) {
        ProducerInfo copy = producer.copy();
        copy.setCommandId(0);
        return copy;
    }

    @Case
    static void prepareAndRecoverReplyTypes(Rig rig) throws Exception {
        RawPeer peer = rig.raw();
        ConnectionId connection = peer.connection.getConnectionId();
        Response recovered = peer.request(new TransactionInfo(connection, null, TransactionInfo.RECOVER));
        rig.check(recovered instanceof DataArrayResponse, "class of " + recovered);
        rig.check(((DataArrayResponse) recovered).getData() != null, "the array is not null");
        XATransactionId id = new XATransactionId(new XATests.Id(rig, "raw"));
        peer.send(new TransactionInfo(connection, id, TransactionInfo.BEGIN));
        peer.send(new TransactionInfo(connection, id, TransactionInfo.BEGIN));
        ProducerInfo producer = peer.producer(peer.session(), rig.queue("q"));
        ActiveMQTextMessage message = RawPeer.message(producer, rig.queue("q"), 1, "m1");
        message.setTransactionId(id);
        peer.expectOk(message);
        peer.expectOk(new TransactionInfo(connection, id, TransactionInfo.END));
        Response vote = peer.request(new TransactionInfo(connection, id, TransactionInfo.PREPARE));
        rig.check(vote instanceof IntegerResponse, "class of " + vote);
        rig.equal(0, ((IntegerResponse) vote).getResult(), "vote");
        recovered = peer.request(new TransactionInfo(connection, null, TransactionInfo.RECOVER));
        DataStructure[] found = ((DataArrayResponse) recovered).getData();
        rig.check(List.of(found).contains(id), "the prepared transaction is listed");
        peer.expectOk(new TransactionInfo(connection, id, TransactionInfo.COMMIT_TWO_PHASE));
        rig.equal(1, rig.depth(rig.queue("q")), "depth");
    }

    @Case
    static void readOnlyPrepare(Rig rig) throws Exception {
        RawPeer peer = rig.raw();
        ConnectionId connection = peer.connection.getConnectionId();
        XATransactionId id = new XATransactionId(new XATests.Id(rig, "raw"));
        peer.send(new TransactionInfo(connection, id, TransactionInfo.BEGIN));
        peer.expectOk(new TransactionInfo(connection, id, TransactionInfo.END));
        Response vote = peer.request(new TransactionInfo(connection, id, TransactionInfo.PREPARE));
        rig.equal(3, ((IntegerResponse) vote).getResult(), "vote");
    }

    @Case
    static void unknownTransactions(Rig rig) throws Exception {
        RawPeer peer = rig.raw();
        ConnectionId connection = peer.connection.getConnectionId();
        LocalTransactionId local = new LocalTransactionId(connection, 4711);
        peer.expectFailure(new TransactionInfo(connection, local, TransactionInfo.COMMIT_ONE_PHASE));
        XATransactionId xa = new XATransactionId(new XATests.Id(rig, "raw"));
        Throwable refusal = peer.expectFailure(new TransactionInfo(connection, xa, TransactionInfo.COMMIT_TWO_PHASE));
        rig.equal("javax.transaction.xa.XAException", refusal.getClass().getName(), "class");
        rig.check(refusal.getMessage().trim().endsWith("xaErrorCode:-4"), "message: " + refusal.getMessage());
        peer.session();
    }

    @Case
    static void repeatedCreationsAreAnswered(Rig rig) throws Exception {
        RawPeer peer = rig.raw();
        SessionInfo session = peer.session();
        ConsumerInfo consumer = peer.consumer(session, rig.queue("q"), 10);
        ProducerInfo producer = peer.producer(session, rig.queue("q"));
        for (int round = 0; round < 2; round++) {
            peer.expectOk(new SessionInfo(session.getSessionId()));
            ConsumerInfo copy = consumer.copy();
            copy.setCommandId(0);
            peer.expectOk(copy);
            peer.expectOk(producerAgain(producer));
        }
        rig.fill(rig.queue("q"), 0, 2);
        dispatch(rig, peer, 0);
        dispatch(rig, peer, 1);
        rig.check(peer.next(MessageDispatch.class, Rig.QUIET_MS) == null, "each message once");
    }

    @Case
    static void sessionMinusOneIsImplied(Rig rig) throws Exception {
        RawPeer peer = rig.raw();
        SessionInfo implied = new SessionInfo(peer.connection, -1);
        ConsumerInfo consumer = peer.consumer(implied, rig.queue("q"), 10);
        rig.fill(rig.queue("q"), 0, 1);
        rig.equal(consumer.getConsumerId(), dispatch(rig, peer, 0).getConsumerId(), "consumer");
        peer.expectOk(implied);
    }

    /** A failover may replay messages whose producer is closed (16.4). */
    @Case(peer = "5.17 answers: invalid (null) producer state")
    static void unknownProducerMaySend(Rig rig) throws Exception {
        RawPeer peer = rig.raw();
        ProducerInfo never = new ProducerInfo(peer.session(), 99);
        peer.expectOk(RawPeer.message(never, rig.queue("q"), 1, "m1"));
        ProducerInfo closed = peer.producer(peer.session(), rig.queue("q"));
        RemoveInfo removal = closed.createRemoveCommand();
        peer.expectOk(removal);
        peer.expectOk(RawPeer.message(closed, rig.queue("q"), 1, "m2"));
        rig.takeNumbers(Rig.auto(rig.connect()).createConsumer(rig.queue("q")), 1, 3);
    }

    /** After a failover acknowledgements for messages that are gone are common. */
    @Case(variants = {"DELIVERED", "STANDARD", "INDIVIDUAL", "POISON", "EXPIRED", "REDELIVERED"})
    static void ackOfAnUnknownMessage(Rig rig, String type) throws Exception {
        RawPeer peer = rig.raw();
        ConsumerInfo consumer = holding(rig, peer, 2);
        MessageDispatch first = dispatch(rig, peer, 0);
        dispatch(rig, peer, 1);
        MessageAck ack = new MessageAck();
        ack.setConsumerId(consumer.getConsumerId());
        ack.setDestination(rig.queue("q"));
        ack.setAckType((byte) List.of("DELIVERED", "POISON", "STANDARD", "REDELIVERED", "INDIVIDUAL", "", "EXPIRED")
            .indexOf(type));
        MessageId unknown = new MessageId("ID:nobody-1:1:1:1", 7);
        ack.setFirstMessageId(type.equals("INDIVIDUAL") ? null : unknown);
        ack.setLastMessageId(unknown);
        ack.setMessageCount(1);
        peer.send(ack);
        peer.session();
        rig.equal(2, rig.depth(rig.queue("q")), "depth");
        peer.expectOk(RawPeer.ack(first, MessageAck.STANDARD_ACK_TYPE, 1));
        rig.awaitDepth(rig.queue("q"), 1);
    }

    @Case
    static void ackOfAnUnknownConsumer(Rig rig) throws Exception {
        RawPeer peer = rig.raw();
        holding(rig, peer, 1);
        MessageAck ack = RawPeer.ack(dispatch(rig, peer, 0), MessageAck.STANDARD_ACK_TYPE, 1);
        ack.setConsumerId(new ConsumerId(new SessionId(peer.connection.getConnectionId(), 1), 99));
        peer.send(ack);
        peer.session();
        rig.equal(1, rig.depth(rig.queue("q")), "depth");
    }

    /** A range: from the first (or the oldest, if null) to the last, in dispatch order. */
    @Case(variants = {"first to third", "null to third"})
    static void standardAckIsARange(Rig rig, String variant) throws Exception {
        RawPeer peer = rig.raw();
        holding(rig, peer, 5);
        MessageDispatch first = dispatch(rig, peer, 0);
        dispatch(rig, peer, 1);
        MessageDispatch third = dispatch(rig, peer, 2);
        MessageAck ack = new MessageAck(third, MessageAck.STANDARD_ACK_TYPE, 3);
        if (variant.startsWith("first")) ack.setFirstMessageId(first.getMessage().getMessageId());
        peer.expectOk(ack);
        rig.awaitDepth(rig.queue("q"), 2);
        peer.close();
        rig.takeNumbers(Rig.auto(rig.connect()).createConsumer(rig.queue("q")), 3, 5);
    }

    @Case
    static void individualAckTakesOne(Rig rig) throws Exception {
        RawPeer peer = rig.raw();
        holding(rig, peer, 3);
        dispatch(rig, peer, 0);
        MessageDispatch second = dispatch(rig, peer, 1);
        peer.expectOk(new MessageAck(second, MessageAck.INDIVIDUAL_ACK_TYPE, 1));
        rig.awaitDepth(rig.queue("q"), 2);
    }

    @Case
    static void poisonAckCarriesItsCause(Rig rig) throws Exception {
        RawPeer peer = rig.raw();
        holding(rig, peer, 2);
        MessageAck ack = RawPeer.ack(dispatch(rig, peer, 0), MessageAck.POISON_ACK_TYPE, 1);
        ack.setPoisonCause(new IllegalStateException("the raw cause"));
        peer.expectOk(ack);
        javax.jms.Message dead = rig.takeNumber(rig.deadLetters(Rig.auto(rig.connect())), 0);
        rig.check(dead.getStringProperty("dlqDeliveryFailureCause").contains("the raw cause"), "cause");
        rig.awaitDepth(rig.queue("q"), 1);
    }

    @Case
    static void expiredAckRemoves(Rig rig) throws Exception {
        RawPeer peer = rig.raw();
        holding(rig, peer, 2);
        peer.expectOk(RawPeer.ack(dispatch(rig, peer, 0), MessageAck.EXPIRED_ACK_TYPE, 1));
        rig.awaitDepth(rig.queue("q"), 1);
        rig.takeNumber(rig.deadLetters(Rig.auto(rig.connect())), 0);
    }

    /** DELIVERED opens the window without removing anything; STANDARD closes it again (11.4). */
    @Case
    static void deliveredExtendsTheWindow(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 10);
        RawPeer peer = rig.raw();
        peer.consumer(peer.session(), rig.queue("q"), 2);
        MessageDispatch first = dispatch(rig, peer, 0);
        MessageDispatch second = dispatch(rig, peer, 1);
        rig.check(peer.next(MessageDispatch.class, Rig.QUIET_MS) == null, "the window is full");
        peer.send(new MessageAck(second, MessageAck.DELIVERED_ACK_TYPE, 2));
        dispatch(rig, peer, 2);
        dispatch(rig, peer, 3);
        rig.check(peer.next(MessageDispatch.class, Rig.QUIET_MS) == null, "the window is full again");
        rig.equal(10, rig.depth(rig.queue("q")), "nothing removed");
        MessageAck both = new MessageAck(second, MessageAck.STANDARD_ACK_TYPE, 2);
        both.setFirstMessageId(first.getMessage().getMessageId());
        peer.expectOk(both);
        rig.check(peer.next(MessageDispatch.class, Rig.QUIET_MS) == null, "acknowledged ones had been counted out");
        rig.awaitDepth(rig.queue("q"), 8);
    }

    /** Consumers that come back parked with prefetch 0 are woken by ConsumerControl (18.2). */
    @Case
    static void consumerControlRaisesThePrefetch(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 5);
        RawPeer peer = rig.raw();
        ConsumerInfo consumer = peer.consumer(peer.session(), rig.queue("q"), 0);
        rig.check(peer.next(MessageDispatch.class, Rig.QUIET_MS) == null, "nothing without a pull");
        ConsumerControl control = new ConsumerControl();
        control.setConsumerId(consumer.getConsumerId());
        control.setDestination(rig.queue("q"));
        control.setPrefetch(3);
        peer.send(control);
        for (int n = 0; n < 3; n++) dispatch(rig, peer, n);
        rig.check(peer.next(MessageDispatch.class, Rig.QUIET_MS) == null, "no more than the new prefetch");
    }

    @Case
    static void pullEndsWithANullDispatch(Rig rig) throws Exception {
        RawPeer peer = rig.raw();
        ConsumerInfo consumer = peer.consumer(peer.session(), rig.queue("q"), 0);
        for (long timeout : new long[] {-1, 200}) {
            MessagePull pull = new MessagePull();
            pull.configure(consumer);
            pull.setTimeout(timeout);
            long begun = System.nanoTime();
            peer.send(pull);
            MessageDispatch empty = peer.next(MessageDispatch.class);
            rig.check((System.nanoTime() - begun) / 1_000_000 >= Math.max(0, timeout) - 10, "not too early");
            rig.equal(null, empty.getMessage(), "message");
            rig.equal(consumer.getConsumerId(), empty.getConsumerId(), "consumer");
        }
        rig.fill(rig.queue("q"), 0, 1);
        rig.check(peer.next(MessageDispatch.class, Rig.QUIET_MS) == null, "nothing without a further pull");
        MessagePull pull = new MessagePull();
        pull.configure(consumer);
        peer.send(pull);
        dispatch(rig, peer, 0);
    }

    @Case
    static void browseEndsWithANullDispatch(Rig rig) throws Exception {
        rig.fill(rig.queue("q"), 0, 2);
        RawPeer peer = rig.raw();
        ConsumerInfo browser = peer.consumerInfo(peer.session(), rig.queue("q"), 10);
        browser.setBrowser(true);
        peer.expectOk(browser);
        dispatch(rig, peer, 0);
        dispatch(rig, peer, 1);
        MessageDispatch end = peer.next(MessageDispatch.class);
        rig.equal(null, end.getMessage(), "message");
        rig.equal(browser.getConsumerId(), end.getConsumerId(), "consumer");
    }

    /** What lastDeliveredSequenceId does to the counters of m0, m1, m2 (12.3). */
    @Case(variants = {"-1: 0 0 0", "-2: 1 1 1", "m0: 1 0 0", "m1: 1 1 0", "m2: 1 1 1", "unknown: 0 0 0"})
    static void lastDeliveredSequence(Rig rig, String variant) throws Exception {
        RawPeer peer = rig.raw();
        ConsumerInfo consumer = holding(rig, peer, 3);
        long[] sequences = new long[3];
        for (int n = 0; n < 3; n++) {
            sequences[n] = dispatch(rig, peer, n).getMessage().getMessageId().getBrokerSequenceId();
        }
        String last = variant.substring(0, variant.indexOf(':'));
        RemoveInfo removal = consumer.createRemoveCommand();
        if (last.startsWith("m")) removal.setLastDeliveredSequenceId(sequences[last.charAt(1) - '0']);
        else removal.setLastDeliveredSequenceId(last.equals("unknown") ? Long.MAX_VALUE / 2 : Long.parseLong(last));
        peer.expectOk(removal);
        peer.consumer(peer.session(), rig.queue("q"), 100);
        String[] counters = variant.substring(variant.indexOf(' ') + 1).split(" ");
        for (int n = 0; n < 3; n++) {
            rig.equal(Integer.parseInt(counters[n]), dispatch(rig, peer, n).getRedeliveryCounter(), "counter of m" + n);
        }
    }

    /** Before version 5 RemoveInfo has no such field: as if it were unknown. */
    @Case
    static void removeInfoOfOldVersions(Rig rig) throws Exception {
        OpenWireFormatFactory settings = new OpenWireFormatFactory();
        settings.setVersion(3);
        RawPeer peer = rig.closing(new RawPeer(rig.options.url, settings));
        peer.handshake();
        peer.connect();
        ConsumerInfo consumer = holding(rig, peer, 2);
        for (int n = 0; n < 2; n++) dispatch(rig, peer, n);
        peer.expectOk(consumer.createRemoveCommand());
        peer.consumer(peer.session(), rig.queue("q"), 100);
        for (int n = 0; n < 2; n++) rig.equal(1, dispatch(rig, peer, n).getRedeliveryCounter(), "counter of m" + n);
    }

    /** `size` = 1024 + properties + content, for sends that ask for no Response (16.3). */
    @Case
    static void producerAckSize(Rig rig) throws Exception {
        RawPeer peer = rig.raw();
        SessionInfo session = peer.session();
        ProducerInfo producer = new ProducerInfo(session, 1);
        producer.setWindowSize(1_000_000);
        producer.setDestination(rig.queue("q"));
        peer.expectOk(producer);
        for (int n = 0; n < 5; n++) {
            ActiveMQTextMessage message = RawPeer.message(producer, rig.queue("q"), n + 1, "x".repeat(n * 300));
            if (n % 2 == 0) message.setStringProperty("property", "value".repeat(n));
            if (n == 4) message.setPersistent(false);
            message.beforeMarshall(peer.format);
            int properties = message.getMarshalledProperties() == null ? 0 : message.getMarshalledProperties().length;
            peer.send(message);
            ProducerAck ack = peer.next(ProducerAck.class);
            rig.equal(producer.getProducerId(), ack.getProducerId(), "producer");
            rig.equal(1024 + properties + message.getContent().length, ack.getSize(), "size");
        }
        ActiveMQTextMessage message = RawPeer.message(producer, rig.queue("q"), 9, "answered");
        peer.expectOk(message);
        rig.check(peer.next(ProducerAck.class, Rig.QUIET_MS) == null, "no ProducerAck where there is a Response");
    }

    @Case
    static void removingUnknownThingsIsHarmless(Rig rig) throws Exception {
        RawPeer peer = rig.raw();
        SessionInfo unknown = new SessionInfo(peer.connection, 55);
        peer.send(new ConsumerInfo(unknown, 1).createRemoveCommand());
        peer.send(new ProducerInfo(unknown, 1).createRemoveCommand());
        peer.send(unknown.createRemoveCommand());
        peer.session();
        rig.check(!peer.closedWithin(Rig.QUIET_MS), "still open");
    }

    @Case
    static void connectionControlAfterConnectionInfo(Rig rig) throws Exception {
        RawPeer peer = rig.closing(new RawPeer(rig.options.url));
        peer.handshake();
        peer.connection.setManageable(true);
        peer.connect();
        boolean brokerInfo = false;
        boolean control = false;
        long end = System.nanoTime() + Rig.PATIENCE_MS * 1_000_000;
        while (!(brokerInfo && control) && System.nanoTime() < end) {
            Command command = peer.next(Command.class, 1000);
            brokerInfo |= command instanceof BrokerInfo;
            if (!(command instanceof ConnectionControl)) continue;
            control = true;
            ConnectionControl sent = (ConnectionControl) command;
            rig.equal("", sent.getConnectedBrokers(), "connectedBrokers");
            rig.equal("", sent.getReconnectTo(), "reconnectTo");
            rig.equal(false, sent.isRebalanceConnection(), "rebalanceConnection");
        }
        rig.check(brokerInfo, "BrokerInfo came");
        rig.check(control, "ConnectionControl came");
    }

    /** One socket may carry several connections; ids say which is meant. */
    @Case
    static void twoConnectionsOnOneSocket(Rig rig) throws Exception {
        RawPeer peer = rig.raw();
        ConnectionInfo other = new ConnectionInfo(new ConnectionId(peer.connection.getConnectionId().getValue() + "0"));
        other.setClientId(peer.connection.getClientId() + "-other");
        peer.expectOk(other);
        SessionInfo session = new SessionInfo(other, 1);
        peer.expectOk(session);
        ConsumerInfo consumer = peer.consumer(session, rig.queue("q"), 10);
        rig.fill(rig.queue("q"), 0, 1);
        rig.equal(consumer.getConsumerId(), dispatch(rig, peer, 0).getConsumerId(), "consumer");
        peer.expectOk(other.createRemoveCommand());
        peer.session();
        rig.takeNumber(Rig.auto(rig.connect()).createConsumer(rig.queue("q")), 0);
    }

    @Case
    static void shutdownClosesTheSocket(Rig rig) throws Exception {
        RawPeer peer = rig.raw();
        peer.expectOk(peer.connection.createRemoveCommand());
        peer.send(new ShutdownInfo());
        rig.check(peer.closedWithin(Rig.PATIENCE_MS), "closed");
    }
}
