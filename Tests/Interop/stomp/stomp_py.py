"""stomp.py (PyPI) against a broker: what its users do, in all three versions, over TCP and WebSocket."""
import queue
import socket
import time

import stomp

from rig import Client, Collector, test

VERSIONS = ("1.0", "1.1", "1.2")


@test
def sends_and_receives_in_all_versions(context):
    for version in VERSIONS:
        client = Client(context.port, version)
        name = f"/queue/py.basic.{version}"
        client.subscribe(name)
        client.send(name, "grüße 😀", persistent="true", colour="red")
        frame = client.take()
        assert frame.body == "grüße 😀", frame.body
        assert frame.headers["colour"] == "red" and frame.headers["persistent"] == "true", frame.headers
        assert "content-length" not in frame.headers, frame.headers
        client.close()


@test
def the_shared_port_speaks_stomp_too(context):
    client = Client(context.openwire_port)
    client.subscribe("/queue/py.shared")
    client.confirmed("/queue/py.shared", "x")
    assert client.take().body == "x"
    client.close()


@test
def escapes_headers(context):
    for version in ("1.1", "1.2"):
        client = Client(context.port, version)
        client.subscribe(f"/queue/py.escape.{version}")
        value = "a:b\\c\nd" + ("\re" if version == "1.2" else "")
        client.send(f"/queue/py.escape.{version}", "", odd=value)
        assert client.take().headers["odd"] == value
        client.close()


@test
def binary_bodies_have_a_length(context):
    client = Client(context.port)
    client.connection.subscribe("/queue/py.binary", id="1", ack="auto")
    body = bytes(range(256))
    # stomp.py decodes what it reads as UTF-8 unless told otherwise; a raw socket shows the bytes.
    with socket.create_connection(("127.0.0.1", context.port)) as raw:
        raw.sendall(b"CONNECT\naccept-version:1.2\n\n\0SUBSCRIBE\nid:1\ndestination:/topic/py.binary\nreceipt:s\n\n\0")
        read_until(raw, b"receipt-id:s\n\n\0")
        client.connection.send("/topic/py.binary", body, headers={"content-length": len(body)})
        seen = read_until(raw, body + b"\0")
        assert b"\ncontent-length:256\n" in seen, seen
    client.close()


def read_until(raw, end, seconds=10):
    raw.settimeout(seconds)
    seen = b""
    while end not in seen:
        data = raw.recv(65536)
        assert data, f"closed after {seen!r}"
        seen += data
    return seen


@test
def acknowledges_one_or_all_before(context):
    for version in VERSIONS:
        for mode in ("client", "client-individual"):
            name = f"/queue/py.ack.{version}.{mode}"
            client = Client(context.port, version)
            for body in "abcd":
                client.send(name, body, persistent="true")
            client.subscribe(name, ack=mode)
            frames = [client.take() for _ in "abcd"]
            client.ack(frames[2])
            client.close()
            other = Client(context.port, "1.2")
            other.subscribe(name)
            left = ["d"] if mode == "client" else ["a", "b", "d"]
            for body in left:
                frame = other.take()
                assert frame.body == body and frame.headers.get("redelivered") == "true", (body, frame)
            other.nothing()
            other.close()


@test
def a_rejected_message_goes_to_the_dead_letters(context):
    client = Client(context.port, "1.1")
    client.subscribe("/queue/py.nack", ack="client-individual")
    client.send("/queue/py.nack", "poison", persistent="true")
    frame = client.take()
    client.subscribe("/queue/ActiveMQ.DLQ", id="dlq")
    client.ack(frame, "nack")
    dead = client.take()
    assert dead.body == "poison" and dead.headers["original-destination"] == "/queue/py.nack", dead
    client.close()


@test
def transactions_hold_messages_and_acknowledgements(context):
    client = Client(context.port)
    client.subscribe("/queue/py.tx", ack="client-individual")
    transaction = client.connection.begin()
    client.send("/queue/py.tx", "aborted", transaction=transaction)
    client.connection.abort(transaction)
    transaction = client.connection.begin()
    client.send("/queue/py.tx", "kept", transaction=transaction, persistent="true")
    client.nothing()
    client.connection.commit(transaction)
    frame = client.take()
    assert frame.body == "kept"
    transaction = client.connection.begin()
    client.ack(frame, transaction=transaction)
    client.connection.commit(transaction, receipt="done")
    assert client.got.receipts.get(timeout=10) == "done"
    client.close()
    other = Client(context.port)
    other.subscribe("/queue/py.tx")
    other.nothing()
    other.close()


@test
def a_durable_subscription_waits_for_its_client(context):
    headers = {"activemq.subscriptionName": "weekly"}
    client = Client(context.port, **{"client-id": "py-durable"})
    client.subscribe("/topic/py.durable", **headers)
    client.confirmed("/queue/py.ignored", "")
    client.close()
    producer = Client(context.port)
    producer.confirmed("/topic/py.durable", "while away", persistent="true")
    back = Client(context.port, **{"client-id": "py-durable"})
    back.subscribe("/topic/py.durable", **headers)
    assert back.take().body == "while away"
    back.connection.unsubscribe(id="1", headers={**headers, "receipt": "gone"})
    assert back.got.receipts.get(timeout=10) == "gone"
    producer.close()
    back.close()


@test
def selectors_compare_numbers(context):
    client = Client(context.port)
    client.subscribe("/queue/py.selector", selector="size > 9 AND kind = 'x'")
    for size in (5, 10, 100):
        client.send("/queue/py.selector", str(size), size=str(size), kind="x")
    assert [client.take().body, client.take().body] == ["10", "100"]
    client.nothing()
    client.close()


@test
def a_delayed_message_comes_in_its_time(context):
    client = Client(context.port)
    client.subscribe("/queue/py.later")
    begun = time.monotonic()
    client.connection.send("/queue/py.later", "later", headers={"persistent": "true", "AMQ_SCHEDULED_DELAY": "1200"})
    client.send("/queue/py.later", "now", persistent="true")
    assert client.take().body == "now"
    frame = client.take()
    assert frame.body == "later" and "AMQ_SCHEDULED_DELAY" not in frame.headers, frame.headers
    assert "scheduledJobId" in frame.headers, frame.headers
    assert time.monotonic() - begun >= 1.2
    client.close()


@test
def an_answer_comes_to_a_temporary_queue(context):
    asking, answering = Client(context.port), Client(context.port, "1.1")
    asking.subscribe("/temp-queue/answers")
    answering.subscribe("/queue/py.work")
    asking.send("/queue/py.work", "question", **{"reply-to": "/temp-queue/answers"})
    answering.send(answering.take().headers["reply-to"], "answer")
    frame = asking.take()
    assert frame.body == "answer" and frame.headers["destination"] == "/temp-queue/answers", frame
    asking.close()
    answering.close()


@test
def a_browser_sees_all_and_ends(context):
    client = Client(context.port)
    for body in "abc":
        client.confirmed("/queue/py.browse", body, persistent="true")
    client.subscribe("/queue/py.browse", id="b", browser="true")
    frames = [client.take() for _ in range(4)]
    assert [frame.body for frame in frames[:3]] == list("abc") and frames[3].headers["browser"] == "end", frames
    client.subscribe("/queue/py.browse", id="c")
    assert [client.take().body for _ in "abc"] == list("abc")
    client.close()


@test
def heartbeats_keep_an_idle_connection(context):
    client = Client(context.port, heartbeats=(500, 500))
    time.sleep(2.5)
    assert client.got.beats >= 3, client.got.beats
    assert client.connection.is_connected()
    client.confirmed("/queue/py.beats", "still here")
    client.close()


@test
def a_silent_peer_is_closed(context):
    with socket.create_connection(("127.0.0.1", context.port)) as raw:
        raw.sendall(b"CONNECT\naccept-version:1.2\nheart-beat:300,0\n\n\0")
        read_until(raw, b"\0")
        begun = time.monotonic()
        raw.settimeout(5)
        while raw.recv(100):
            pass
        assert 0.3 <= time.monotonic() - begun < 2


@test
def an_error_names_the_receipt_and_closes(context):
    client = Client(context.port)
    client.connection.subscribe("/queue/py.error", id="1", headers={"selector": "a =", "receipt": "r"})
    error = client.got.errors.get(timeout=10)
    assert error.headers["receipt-id"] == "r" and error.headers["message"], error.headers
    assert client.got.disconnected.get(timeout=10)


@test
def a_large_message_passes(context):
    client = Client(context.port)
    client.subscribe("/queue/py.large")
    body = "0123456789abcdef" * (5 * 65536)
    client.confirmed("/queue/py.large", body, persistent="true", seconds=30)
    assert client.take(30).body == body
    client.close()


@test
def limits_are_errors(context):
    for bytes_, text in ((b"X" * 2000, b"command length"), (b"SEND\n" + b"y" * 11000, b"header length"),
                         (b"SEND\n" + b"a:b\n" * 1002, b"number of headers"),
                         (b"SEND\ncontent-length:104857601\n\n", b"data length")):
        with socket.create_connection(("127.0.0.1", context.port)) as raw:
            raw.sendall(b"CONNECT\naccept-version:1.2\n\n\0")
            read_until(raw, b"\0")
            raw.sendall(bytes_)
            assert text in read_until(raw, b"\0"), text


@test
def a_websocket_carries_it_all(context):
    for port in (context.openwire_port, context.port):
        connection = stomp.WSStompConnection([("127.0.0.1", port)], ws_path="/stomp")
        got = Collector()
        connection.set_listener("got", got)
        connection.connect("u", "p", wait=True)
        connection.subscribe(f"/queue/py.ws.{port}", id="1")
        connection.send(f"/queue/py.ws.{port}", "over the web")
        assert got.messages.get(timeout=10).body == "over the web"
        connection.disconnect()


@test
def a_failover_loses_nothing_and_stores_once(context):
    """The producer numbers its messages, and repeats what got no receipt to whoever is master then."""
    master, standby = context.pair()
    ports = [master.stomp, standby.stomp]
    total, kill_at, name = 600, 200, "/queue/py.failover"
    producer = Client(ports)
    number = 1
    while number <= total:
        if number == kill_at:
            master.kill()
        try:
            producer.confirmed(name, str(number), seconds=5, persistent="true", dedup_id=f"py-producer:{number}")
            number += 1
        except (queue.Empty, stomp.exception.NotConnectedException, stomp.exception.ConnectFailedException, OSError):
            producer = Client(ports)
            # As after a lost receipt: the one before is repeated too.
            number = max(1, number - 1)
    consumer = Client(ports)
    consumer.subscribe(name, ack="client")
    bodies = [consumer.take(20).body for _ in range(total)]
    assert bodies == [str(number) for number in range(1, total + 1)], bodies[:20]
    consumer.nothing()
    consumer.close()
    producer.close()


@test
def a_standby_refuses_connections(context):
    _, standby = context.pair()
    try:
        socket.create_connection(("127.0.0.1", standby.stomp), timeout=2).close()
        raise AssertionError("the standby accepted")
    except ConnectionRefusedError:
        pass
