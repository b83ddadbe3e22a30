#!/usr/bin/env python3
"""A proxy in front of the brokers that writes down which of them confirmed which message, and when.

    witness.py OUT NAME=PORT=HOST:PORT [NAME=PORT=HOST:PORT ...]

Listens on 127.0.0.1:PORT for each broker and passes bytes on unchanged, both ways. Producers are OpenWireBench's,
whose messages carry run, producer and number as properties. A line of OUT for each confirmation, the broker's Response
to such a send, in the order and at the time the bytes came from the broker:

    CONFIRM NANOSECONDS NAME CONNECTION RUN PRODUCER NUMBER

and `OPEN`, `CLOSE` lines (NANOSECONDS NAME CONNECTION) for connections. One process and one loop watch all brokers, so
the order of the lines is the order of the events: a confirmation of one broker that is read after another's was also
sent by then, but not later. `READY` on standard output says that all ports listen. Ends on SIGTERM.
"""
import asyncio
import re
import signal
import socket
import struct
import sys
import time

WIRE_FORMAT_INFO, RESPONSE = 1, 30
MESSAGES = range(23, 30)
TIGHT = re.compile(rb"TightEncodingEnabled\x01(.)", re.DOTALL)
RUN = re.compile(rb"\x00\x02br\x09(..)", re.DOTALL)
PRODUCER = re.compile(rb"\x00\x02bp\x05(....)", re.DOTALL)
NUMBER = re.compile(rb"\x00\x02bs\x06(........)", re.DOTALL)
LARGEST_FRAME = 1 << 27
CONNECT_SECONDS = 2


class Frames:
    """Cuts one direction of a connection into frames: a length in four bytes, then so many bytes."""

    def __init__(self):
        self.held = bytearray()

    def feed(self, data):
        self.held += data
        at = 0
        while len(self.held) - at >= 4:
            size = int.from_bytes(self.held[at:at + 4], "big")
            if size > LARGEST_FRAME:
                raise ValueError(f"a frame of {size} bytes")
            if len(self.held) - at - 4 < size:
                break
            yield bytes(self.held[at + 4:at + 4 + size])
            at += 4 + size
        del self.held[:at]


def fields_start(frame, tight):
    """Where the fields begin, behind the type and, in tight encoding, the stream of bits."""
    if not tight:
        return 1
    if frame[1] == 0xC0:
        return 3 + frame[2]
    if frame[1] == 0x80:
        return 4 + int.from_bytes(frame[2:4], "big")
    return 2 + frame[1]


def command_id(frame, tight):
    at = fields_start(frame, tight)
    return struct.unpack_from(">i", frame, at)[0]


def correlation_id(frame, tight):
    # Loose encoding has the byte responseRequired between the two.
    at = fields_start(frame, tight) + (4 if tight else 5)
    return struct.unpack_from(">i", frame, at)[0]


def identity(frame):
    """(run, producer, number) of a bench message, or None."""
    run, producer, number = RUN.search(frame), PRODUCER.search(frame), NUMBER.search(frame)
    if not (run and producer and number):
        return None
    length = int.from_bytes(run.group(1), "big")
    return (frame[run.end():run.end() + length].decode("ascii", "replace"),
            int.from_bytes(producer.group(1), "big"), int.from_bytes(number.group(1), "big"))


class Connection:
    """What is known of one client's connection: the encoding agreed on, and the sends without an answer."""

    def __init__(self):
        self.offers, self.unanswered = [], {}
        self.of_client, self.of_broker = Frames(), Frames()

    @property
    def tight(self):
        return len(self.offers) == 2 and all(self.offers)

    def note_offer(self, frame):
        found = TIGHT.search(frame)
        self.offers.append(bool(found and found.group(1) != b"\x00"))

    def from_client(self, data):
        for frame in self.of_client.feed(data):
            if frame[0] == WIRE_FORMAT_INFO:
                self.note_offer(frame)
            elif frame[0] in MESSAGES:
                sent = identity(frame)
                if sent:
                    self.unanswered[command_id(frame, self.tight)] = sent

    def from_broker(self, data):
        """The bench messages that these bytes confirm."""
        confirmed = []
        for frame in self.of_broker.feed(data):
            if frame[0] == WIRE_FORMAT_INFO:
                self.note_offer(frame)
            elif frame[0] == RESPONSE:
                sent = self.unanswered.pop(correlation_id(frame, self.tight), None)
                if sent:
                    confirmed.append(sent)
        return confirmed


class Witness:
    def __init__(self, out):
        self.out = out
        self.connections = 0

    def write(self, *words):
        self.out.write(" ".join(str(word) for word in words) + "\n")

    async def serve(self, name, port, host, target):
        async def accept(reader, writer):
            self.connections += 1
            await self.connect(name, self.connections, host, target, reader, writer)
        await asyncio.start_server(accept, "127.0.0.1", port, limit=1 << 20)

    async def connect(self, name, number, host, target, reader, writer):
        try:
            opening = asyncio.open_connection(host, target, limit=1 << 20)
            from_broker, to_broker = await asyncio.wait_for(opening, CONNECT_SECONDS)
        except (OSError, asyncio.TimeoutError):
            # As if nobody listened here either: the client's socket is reset, not closed in good order.
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
            return
        for end in (writer, to_broker):
            end.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.write("OPEN", time.time_ns(), name, number)
        connection = Connection()

        def confirmed(data):
            now = time.time_ns()
            for run, producer, sequence in connection.from_broker(data):
                self.write("CONFIRM", now, name, number, run, producer, sequence)

        await asyncio.gather(self.pump(reader, to_broker, connection.from_client),
                             self.pump(from_broker, writer, confirmed))
        self.write("CLOSE", time.time_ns(), name, number)

    @staticmethod
    async def pump(source, sink, look):
        """Passes on one direction until it ends; then both ends, as a broken socket would."""
        try:
            while data := await source.read(1 << 16):
                look(data)
                sink.write(data)
                await sink.drain()
        except OSError:
            pass
        finally:
            sink.close()


async def main():
    routes = []
    for word in sys.argv[2:]:
        name, port, address = word.split("=")
        host, _, target = address.rpartition(":")
        routes.append((name, int(port), host, int(target)))
    with open(sys.argv[1], "w", buffering=1) as out:
        witness = Witness(out)
        for route in routes:
            await witness.serve(*route)
        ended = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
        print("READY", flush=True)
        await ended.wait()


if __name__ == "__main__":
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        sys.exit(64)
    asyncio.run(main())
