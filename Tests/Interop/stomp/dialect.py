"""ActiveMQ's dialect and what a failover does to it, by stomp.py and raw sockets; JMS on the other side where it counts."""
import socket
import threading
import time

from jms_table import jms
from rig import Client, Peer, test


@test
def connected_tells_what_was_agreed(context):
    for asked, version in (("", "1.0"), ("accept-version:1.0,1.1\n", "1.1"), ("accept-version:1.1,1.2,2.0\n", "1.2")):
        with Peer(context.port) as peer:
            peer.send(f"CONNECT\n{asked}host:h\nclient-id:tells\nheart-beat:4000,5000\nrequest-id:7\n\n")
            command, headers, _ = peer.frame()
            expected = {"version": version, "session": "tells", "heart-beat": "5000,4000", "response-id": "7"}
            assert command == "CONNECTED" and expected.items() <= headers.items(), headers
            assert headers["server"].startswith("ActiveMQ/5."), headers
    with Peer(context.port) as peer:
        peer.send("CONNECT\naccept-version:3.0\n\n")
        command, headers, _ = peer.frame()
        assert command == "ERROR" and headers["version"] == "1.2,1.1,1.0", headers
        assert peer.is_closed()


@test
def every_frame_gets_its_receipt(context):
    name = "/queue/py.receipts"
    with Peer(context.port, "1.2") as peer:
        peer.send(f"SUBSCRIBE\nid:1\nack:client-individual\ndestination:{name}\nreceipt:subscribe\n\n")
        assert peer.frame()[:2] == ("RECEIPT", {"receipt-id": "subscribe"})
        for body in "abcd":
            peer.send(f"SEND\ndestination:{name}\n\n{body}")
        acks = [peer.frame()[1]["ack"] for _ in "abcd"]
        for receipt, frame in {
            "ack": f"ACK\nid:{acks[0]}\n", "nack": f"NACK\nid:{acks[1]}\n", "begin": "BEGIN\ntransaction:t\n",
            "send-t": f"SEND\ndestination:{name}.t\ntransaction:t\n", "ack-t": f"ACK\nid:{acks[2]}\ntransaction:t\n",
            "nack-t": f"NACK\nid:{acks[3]}\ntransaction:t\n", "commit": "COMMIT\ntransaction:t\n",
            "begin-u": "BEGIN\ntransaction:u\n", "abort": "ABORT\ntransaction:u\n",
            "send": "SEND\ndestination:/topic/py.receipts\n", "stored": f"SEND\ndestination:{name}.t\npersistent:true\n",
            "unsubscribe": "UNSUBSCRIBE\nid:1\n", "disconnect": "DISCONNECT\n",
        }.items():
            peer.send(f"{frame}receipt:{receipt}\n\n")
            assert peer.frame()[:2] == ("RECEIPT", {"receipt-id": receipt}), receipt
        assert peer.is_closed()


@test
def every_error_has_message_and_receipt_and_is_the_last(context):
    for frame, text in (("SEND\ndestination:/queue/\n", "Illegal destination"), ("SUBSCRIBE\ndestination:/queue/a\n", "id"),
                        ("ACK\nid:1-1\n", "Unexpected ACK"), ("COMMIT\ntransaction:none\n", "Invalid transaction"),
                        ("SEND\ndestination:/queue/a\ntransaction:none\n", "Invalid transaction"),
                        ("SUBSCRIBE\nid:1\ndestination:/queue/a\nactivemq.subscriptionName:d\n", "durably subscribe"),
                        ("SUBSCRIBE\nid:1\ndestination:/topic/a\nselector:a =\n", "a ="), ("UNSUBSCRIBE\nid:9\n", "matched"),
                        ("SUBSCRIBE\nid:1\ndestination:/remote-temp-queue/nobody\\c1\n", "nobody")):
        with Peer(context.port, "1.2") as peer:
            peer.send(f"{frame}receipt:r\n\n")
            command, headers, body = peer.frame()
            assert command == "ERROR" and headers["receipt-id"] == "r", (frame, command, headers)
            assert text in headers["message"] and headers["message"] in body, (frame, headers)
            assert peer.is_closed(), frame


@test
def a_transaction_holds_rejections_too(context):
    for commits in (False, True):
        name = f"py.tx.nack.{commits}"
        client = Client(context.port)
        client.subscribe("/queue/ActiveMQ.DLQ", id="dlq", selector=f"test = '{name}'")
        client.subscribe(f"/queue/{name}", ack="client-individual")
        client.send(f"/queue/{name}", "x", persistent="true", test=name)
        frame = client.take()
        transaction = client.connection.begin()
        client.ack(frame, "nack", transaction=transaction)
        client.nothing()
        if commits:
            client.connection.commit(transaction)
            dead = client.take()
            assert dead.body == "x" and dead.headers["subscription"] == "dlq", dead
        else:
            client.connection.abort(transaction)
            client.nothing()
            client.ack(frame)
        client.close()


@test
def nack_comes_again_where_the_configuration_says_so(context):
    """As ActiveMQ's redeliveryPlugin: again after the delay, so many times, and then to the dead letters."""
    broker = context.configured("redelivery", """<plugins><redeliveryPlugin><redeliveryPolicyMap><redeliveryPolicyMap>
        <defaultEntry><redeliveryPolicy maximumRedeliveries="2" initialRedeliveryDelay="50" redeliveryDelay="50"/>
        </defaultEntry></redeliveryPolicyMap></redeliveryPolicyMap></redeliveryPlugin></plugins>""")
    client = Client(broker.stomp)
    client.subscribe("/queue/py.again", ack="client-individual")
    client.subscribe("/queue/ActiveMQ.DLQ", id="dlq")
    client.send("/queue/py.again", "poison", persistent="true")
    for redelivered in (None, "true", "true"):
        frame = client.take()
        assert frame.headers["subscription"] == "1" and frame.headers.get("redelivered") == redelivered, frame
        client.ack(frame, "nack")
    dead = client.take()
    assert dead.headers["subscription"] == "dlq" and "NACK" in dead.headers["dlqDeliveryFailureCause"], dead
    client.close()


@test
def the_options_of_a_connector_in_the_file_hold(context):
    broker = context.configured("options", "", "?transport.defaultHeartBeat=300,0&amp;wireFormat.maxDataLength=1000"
                                "&amp;transport.hbGracePeriodMultiplier=2.5&amp;maximumConnections=2")
    with Peer(broker.stomp, "1.2") as peer:
        peer.send("SEND\ndestination:/queue/a\ncontent-length:1001\n\n")
        command, headers, _ = peer.frame()
        assert command == "ERROR" and "1000 bytes" in headers["message"], headers
    with Peer(broker.stomp) as peer:
        peer.send("CONNECT\naccept-version:1.2\n\n")
        command, headers, _ = peer.frame()
        begun = time.monotonic()
        assert headers["heart-beat"] == "0,300", headers
        with Peer(broker.stomp, "1.2"), Peer(broker.stomp) as third:
            assert third.is_closed()
        assert peer.is_closed()
        assert 1.4 < time.monotonic() - begun < 3, time.monotonic() - begun


@test
def a_peer_that_beats_just_in_time_is_kept(context):
    with Peer(context.port) as peer:
        peer.send("CONNECT\naccept-version:1.2\nheart-beat:400,0\n\n")
        assert peer.frame()[0] == "CONNECTED"
        for _ in range(8):
            time.sleep(0.4)
            peer.socket.sendall(b"\n")
        peer.send("SEND\ndestination:/topic/py.beats\nreceipt:r\n\n")
        assert peer.frame()[:2] == ("RECEIPT", {"receipt-id": "r"})


@test
def a_composite_reaches_all_it_names(context):
    client = Client(context.port)
    client.subscribe("/topic/py.composite", id="t")
    client.subscribe("/queue/py.composite.a,/queue/py.composite.b", id="q")
    client.send("/queue/py.composite.a,/queue/py.composite.b,/queue/py.composite.jms,/topic/py.composite", "x")
    frames = [client.take() for _ in range(3)]
    assert sorted((frame.headers["subscription"], frame.headers["destination"]) for frame in frames) == [
        ("q", "/queue/py.composite.a"), ("q", "/queue/py.composite.b"), ("t", "/topic/py.composite")], frames
    assert jms(context, "receive", "py.composite.jms", 1)[0]["body"] == "x"
    client.close()


@test
def groups_and_exclusive_consumers_keep_their_order(context):
    one, two = Client(context.port), Client(context.port)
    for client in (one, two):
        client.subscribe("/queue/py.groups", receipt="s")
        assert client.got.receipts.get(timeout=10) == "s"
    for number in range(20):
        one.send("/queue/py.groups", str(number), JMSXGroupID="g")
    owner, bodies = None, []
    until = time.monotonic() + 10
    while len(bodies) < 20 and time.monotonic() < until:
        for client in (one, two):
            while not client.got.messages.empty():
                assert owner in (None, client), "two consumers of one group"
                owner = client
                bodies.append(client.take().body)
        time.sleep(0.01)
    assert bodies == [str(number) for number in range(20)], bodies
    two.subscribe("/queue/py.exclusive", id="e", **{"activemq.exclusive": "true", "receipt": "e"})
    assert two.got.receipts.get(timeout=10) == "e"
    one.subscribe("/queue/py.exclusive", id="e", receipt="e")
    assert one.got.receipts.get(timeout=10) == "e"
    for number in range(10):
        one.send("/queue/py.exclusive", str(number))
    assert [two.take().body for _ in range(10)] == [str(number) for number in range(10)]
    one.nothing()
    one.close()
    two.close()


@test
def what_has_expired_is_a_dead_letter(context):
    client = Client(context.port)
    soon = int(time.time() * 1000) + 300
    client.confirmed("/queue/py.expired", "late", persistent="true", expires=str(soon), test="py.expired")
    time.sleep(0.4)
    client.subscribe("/queue/py.expired")
    client.subscribe("/queue/ActiveMQ.DLQ", id="dlq", selector="test = 'py.expired'")
    dead = client.take()
    assert dead.headers["subscription"] == "dlq" and dead.headers["originalExpiration"] == str(soon), dead
    client.close()


@test
def jms_and_stomp_answer_each_other_on_temporary_queues(context):
    client = Client(context.port)
    client.subscribe("/queue/py.jms.asks")
    asking = threading.Thread(target=lambda: answers.append(jms(context, "ask", "py.jms.asks")))
    answers = []
    asking.start()
    question = client.take(30)
    assert question.headers["reply-to"].startswith("/remote-temp-queue/ID:"), question.headers
    client.send(question.headers["reply-to"], "answer", correlation_id=question.headers["correlation-id"])
    asking.join(30)
    assert answers and answers[0][0]["body"] == "answer" and answers[0][0]["JMSCorrelationID"] == "ask", answers
    client.subscribe("/temp-queue/mine", id="t")
    client.send("/queue/py.stomp.asks", "question", correlation_id="c", reply_to="/temp-queue/mine")
    jms(context, "answer", "py.stomp.asks")
    answer = client.take()
    assert answer.body == "answer to question" and answer.headers["destination"] == "/temp-queue/mine", answer
    assert answer.headers["correlation-id"] == "c", answer.headers
    client.close()


@test
def what_a_lost_master_delivered_comes_again_marked(context):
    """And what it confirmed to be acknowledged does not come again."""
    master, standby = context.pair()
    producer = Client(master.stomp)
    for body in ("acknowledged", "delivered", "rejected in a transaction"):
        producer.confirmed("/queue/py.marked", body, persistent="true")
    consumer = Client(master.stomp)
    consumer.subscribe("/queue/py.marked", ack="client-individual")
    frames = [consumer.take() for _ in range(3)]
    consumer.ack(frames[0], receipt="acknowledged")
    assert consumer.got.receipts.get(timeout=10) == "acknowledged"
    transaction = consumer.connection.begin()
    consumer.ack(frames[2], "nack", transaction=transaction, receipt="rejected")
    assert consumer.got.receipts.get(timeout=10) == "rejected"
    consumer.got.disconnected.queue.clear()
    master.kill()
    assert consumer.got.disconnected.get(timeout=10)
    standby.wait_log("protocol=stomp")
    late = Client(standby.stomp)
    late.subscribe("/queue/py.marked")
    for body in ("delivered", "rejected in a transaction"):
        frame = late.take(20)
        assert frame.body == body and frame.headers.get("redelivered") == "true", frame
    late.confirmed("/queue/py.marked", "new", persistent="true")
    frame = late.take()
    assert frame.body == "new" and "redelivered" not in frame.headers, frame
    late.nothing()
    late.close()


@test
def a_transaction_that_is_repeated_after_a_kill_stores_once(context):
    """The master dies between COMMIT and its receipt, or before, or after: the producer repeats it until it is told."""
    master, standby = context.pair()
    ports, name, total = [master.stomp, standby.stomp], "/queue/py.tx.failover", 60
    done = 0
    killer = threading.Timer(0.5, master.kill)
    killer.start()
    while done < total:
        try:
            producer = Client(ports)
            while done < total:
                transaction = producer.connection.begin()
                for part in "ab":
                    producer.send(name, f"{done}{part}", persistent="true", transaction=transaction,
                                  dedup_id=f"py-tx:{done * 2 + (part == 'b') + 1}")
                producer.connection.commit(transaction, receipt=f"c{done}")
                assert producer.got.receipts.get(timeout=2) == f"c{done}"
                done += 1
                time.sleep(0.02)
        except Exception as error:  # whatever stomp.py makes of a broken socket
            assert master.exit_status() is not None, error
    killer.join()
    assert master.exit_status() is not None
    producer.close()
    consumer = Client(ports)
    consumer.subscribe(name)
    bodies = [consumer.take(20).body for _ in range(2 * total)]
    assert bodies == [f"{number}{part}" for number in range(total) for part in "ab"], bodies
    consumer.nothing()
    consumer.close()


@test
def all_protocols_share_one_port(context):
    """JMS, STOMP and a WebSocket on the OpenWire port; on STOMP's own port OpenWire is refused by a STOMP error."""
    with Peer(context.openwire_port, "1.1") as peer:
        peer.send("SUBSCRIBE\nid:1\ndestination:/topic/py.one.port\nreceipt:s\n\n")
        assert peer.frame()[0] == "RECEIPT"
        upgrade = ("GET /stomp HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: v12.stomp\r\n\r\n")
        with socket.create_connection(("127.0.0.1", context.openwire_port), timeout=10) as web:
            web.sendall(upgrade.encode())
            answer = web.recv(4096)
            assert answer.startswith(b"HTTP/1.1 101") and b"v12.stomp" in answer, answer
            jms(context, "send-topic", "py.one.port")
        assert peer.frame()[2] == "from JMS"
    with Peer(context.port) as peer:
        peer.socket.sendall(b"\x00\x00\x00\x0e\x01ActiveMQ\x00\x00\x00\x0c\x00")
        peer.socket.sendall(b"\n\n")
        command, headers, _ = peer.frame()
        assert command == "ERROR" and "Unknown STOMP action" in headers["message"], headers
