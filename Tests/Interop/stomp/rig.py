"""What the STOMP suites share: brokers, stomp.py clients that collect, and the list of tests."""
import os
import queue
import socket
import sys
import time
import traceback

import stomp

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

TESTS = []
CLASSES = {"1.0": stomp.Connection10, "1.1": stomp.Connection11, "1.2": stomp.Connection12}


def test(function):
    TESTS.append(function)
    return function


class Collector(stomp.ConnectionListener):
    """Keeps what comes, for tests that wait for it."""

    def __init__(self):
        self.messages, self.receipts, self.errors = queue.Queue(), queue.Queue(), queue.Queue()
        self.disconnected = queue.Queue()
        self.beats = 0

    def on_message(self, frame):
        self.messages.put(frame)

    def on_receipt(self, frame):
        self.receipts.put(frame.headers["receipt-id"])

    def on_error(self, frame):
        self.errors.put(frame)

    def on_disconnected(self):
        self.disconnected.put(True)

    def on_heartbeat(self):
        self.beats += 1


class Client:
    def __init__(self, ports, version="1.2", heartbeats=(0, 0), **headers):
        ports = ports if isinstance(ports, list) else [ports]
        options = {"heart_beat_receive_scale": 1.5} if version != "1.0" else {}
        if version != "1.0":
            options["heartbeats"] = heartbeats
        # Text stays text, as the tests know which they sent; content-length is theirs to choose.
        self.connection = CLASSES[version]([("127.0.0.1", port) for port in ports], auto_content_length=False,
                                           reconnect_attempts_max=60, reconnect_sleep_initial=0.1,
                                           reconnect_sleep_increase=0, reconnect_sleep_jitter=0, **options)
        self.version, self.got = version, Collector()
        self.connection.set_listener("got", self.got)
        self.connection.connect("user", "pass", wait=True, headers=headers)

    def send(self, destination, body, **headers):
        self.connection.send(destination, body, headers={key.replace("_", "-"): value for key, value in headers.items()})

    def confirmed(self, destination, body, seconds=10, **headers):
        """Sends with a receipt and waits for it."""
        receipt = f"r{time.monotonic_ns()}"
        self.send(destination, body, receipt=receipt, **headers)
        assert self.got.receipts.get(timeout=seconds) == receipt

    def subscribe(self, destination, id="1", ack="auto", **headers):
        self.connection.subscribe(destination, id=id, ack=ack, headers=headers)

    def ack(self, frame, verb="ack", **options):
        act = getattr(self.connection, verb)
        if self.version == "1.2":
            act(frame.headers["ack"], **options)
        elif self.version == "1.1":
            act(frame.headers["message-id"], frame.headers["subscription"], **options)
        else:
            act(frame.headers["message-id"], **options)

    def take(self, seconds=10):
        return self.got.messages.get(timeout=seconds)

    def nothing(self, seconds=0.3):
        try:
            frame = self.got.messages.get(timeout=seconds)
        except queue.Empty:
            return True
        raise AssertionError(f"unexpected message {frame.headers} {frame.body!r}")

    def close(self):
        if self.connection.is_connected():
            self.connection.disconnect(receipt=f"bye{time.monotonic_ns()}")


class Peer:
    """A bare socket: frames as text, sent without their NUL."""

    def __init__(self, port, version=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.buffer = b""
        if version:
            self.send(f"CONNECT\naccept-version:{version}\n\n")
            assert self.frame()[0] == "CONNECTED"

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.socket.close()

    def send(self, text):
        self.socket.sendall(text.encode() + b"\0")

    def frame(self):
        """The next one: command, headers, body. Bodies with NULs are not for this."""
        while b"\0" not in self.buffer.lstrip(b"\n"):
            data = self.socket.recv(65536)
            assert data, f"closed after {self.buffer!r}"
            self.buffer += data
        frame, _, self.buffer = self.buffer.lstrip(b"\n").partition(b"\0")
        head, _, body = frame.decode().partition("\n\n")
        command, *lines = head.split("\n")
        unescaped = [line.replace("\\c", ":").replace("\\n", "\n").replace("\\\\", "\\") for line in lines]
        return command, dict(line.split(":", 1) for line in unescaped), body

    def is_closed(self):
        """Whether the other side closes, and says nothing more before."""
        while data := self.socket.recv(100):
            if data.strip(b"\n"):
                return False
        return True


def run(context, pattern=""):
    """Runs the tests whose name contains `pattern`; the number of failures."""
    failures = 0
    for function in TESTS:
        if pattern not in function.__name__:
            continue
        begun = time.monotonic()
        try:
            function(context)
            print(f"ok {function.__name__} ({(time.monotonic() - begun) * 1000:.0f} ms)", flush=True)
        except Exception:
            failures += 1
            print(f"FAILED {function.__name__}", flush=True)
            traceback.print_exc()
    return failures
