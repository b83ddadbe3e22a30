#!/usr/bin/env python3
"""Does the judge see what it is there for? Made-up evidence, good and bad; run by `two-mounts` before anything else."""
import os
import struct
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Interop"))

import events as log  # noqa: E402
import evidence  # noqa: E402
import witness  # noqa: E402
from evidence import Confirmation, Moment, Stint  # noqa: E402

LOCK_FALSE = ('2026-01-02T03:04:05.{ms:03}Z ERROR event=lock.false text="a \\"lock\\" that lies" broker={by} host=h1 '
              "pid={pid} other_broker={other} other_host=h1 other_pid={other_pid} cause=nolock\n")
START = 1767323045.0


def told(by="b", pid=2, other="a", other_pid=1, ms=100):
    return log.parse(LOCK_FALSE.format(by=by, pid=pid, other=other, other_pid=other_pid, ms=ms))


def confirmed(*pairs):
    return [Confirmation(at, broker, ("run", 0, index)) for index, (at, broker) in enumerate(pairs)]


class Confirming(unittest.TestCase):
    def judge(self, found, *stints):
        return evidence.exclusive(found, [Stint(*stint) for stint in stints])

    def test_one_after_the_other_is_exclusive(self):
        found = confirmed((1, "a"), (2, "a"), (4, "b"), (6, "a"))
        self.assertEqual(self.judge(found, ("a", 0, 1), ("b", 3, 2), ("a", 5, 3)), [])

    def test_a_late_confirmation_of_the_old_master_is_found(self):
        found = confirmed((1, "a"), (4, "b"), (4.001, "a"), (5, "b"))
        self.assertIn("at once", self.judge(found, ("a", 0, 1), ("b", 3, 2))[0])

    def test_confirming_without_serving_is_found(self):
        self.assertIn("without having been elected", self.judge(confirmed((1, "b")), ("a", 0, 1))[0])

    def test_epochs_that_fall_are_found(self):
        found = confirmed((1, "a"), (4, "b"))
        self.assertIn("epochs", self.judge(found, ("a", 0, 2), ("b", 3, 2))[0])

    def test_a_message_that_nobody_was_seen_to_confirm_is_found(self):
        with tempfile.NamedTemporaryFile("w", suffix=".ledger") as ledger:
            ledger.write("run 0 0 1\n")
            ledger.flush()
            self.assertEqual(evidence.complete(confirmed((1, "a"), (2, "a")), [ledger.name]), [])
            self.assertIn("1 confirmed", evidence.complete(confirmed((1, "a")), [ledger.name])[0])


class Naming(unittest.TestCase):
    def judge(self, events, **more):
        brokers = {"a": ([1], []), "b": ([2], events)}
        return Moment("lie", START, ("lock.false",), 1.0, parties=("a", "b"), **more).judge(brokers)["fault"]

    def test_named_in_time(self):
        self.assertIsNone(self.judge(told()))
        self.assertEqual(told()[0]["text"], 'a "lock" that lies')

    def test_what_is_missing_or_wrong_is_found(self):
        for events, word in (([], "none of"), (told(pid=7), "own broker"), (told(other="c"), "does not name a"),
                             (told(other_pid=7), "does not name a"), (told(by="a"), "own broker")):
            self.assertIn(word, self.judge(events))

    def test_too_late_is_found(self):
        late = Moment("lie", START - 1, ("lock.false",), 1.0, parties=("a", "b"))
        self.assertIn("only after 1100", late.judge({"a": ([1], []), "b": ([2], told())})["fault"])

    def test_another_cause_is_found(self):
        self.assertIn("cause", self.judge(told(), cause=evidence.REPLACED))


def frame(body):
    return struct.pack(">i", len(body)) + body


class Witnessing(unittest.TestCase):
    OFFER = b"\x01ActiveMQ\x00\x14TightEncodingEnabled\x01"
    MESSAGE = b"\x00\x02br\x09\x00\x03run\x00\x02bp\x05\x00\x00\x00\x03\x00\x02bs\x06" + bytes(7) + b"\x2a"

    def exchange(self, tight, message, response):
        connection = witness.Connection()
        connection.from_client(frame(self.OFFER + bytes([tight])))
        connection.from_broker(frame(self.OFFER + b"\x01"))
        connection.from_client(frame(message))
        halves = frame(response)
        self.assertEqual(connection.from_broker(halves[:6]), [])
        return connection.from_broker(halves[6:])

    def test_loose_encoding(self):
        sent = struct.pack(">bib", 24, 9, 1) + self.MESSAGE
        self.assertEqual(self.exchange(0, sent, struct.pack(">bibi", 30, 0, 0, 9)), [("run", 3, 42)])
        self.assertEqual(self.exchange(0, sent, struct.pack(">bibi", 30, 0, 0, 8)), [])

    def test_tight_encoding(self):
        sent = b"\x18\x02\x01\x00" + struct.pack(">i", 9) + self.MESSAGE
        self.assertEqual(self.exchange(1, sent, b"\x1e\x01\x00" + struct.pack(">ii", 0, 9)), [("run", 3, 42)])

    def test_a_refusal_confirms_nothing(self):
        sent = struct.pack(">bib", 24, 9, 1) + self.MESSAGE
        self.assertEqual(self.exchange(0, sent, struct.pack(">bibi", 31, 0, 0, 9)), [])


if __name__ == "__main__":
    unittest.main()
