"""Judges what brokers and clients left behind: who confirmed what and when, and what the logs named in time.

Nothing here talks to a broker. Times are seconds since 1970 by one host's clock, or by clocks that agree to `slack`.
"""
import re

import events as log

# What a lost lock's cause must say: that its file is another one, or none.
REPLACED = re.compile(r"remov|replac|delet|gone|another file|other file|missing|inode", re.IGNORECASE)
# A log's times are cut to milliseconds, and a line is stamped a little after the time it was caused.
LOG_STEP = 0.003
PEER_READY = re.compile(r"READY \d+ at (\d+)")


class Confirmation:
    def __init__(self, at, broker, message):
        self.at, self.broker, self.message = at, broker, message


def confirmations(path):
    """What the witness wrote, in order: (confirmations, number of connections by broker)."""
    found, connections = [], {}
    with open(path) as source:
        for line in source:
            words = line.split()
            if words[0] == "CONFIRM" and len(words) == 7:
                message = (words[4], int(words[5]), int(words[6]))
                found.append(Confirmation(int(words[1]) / 1e9, words[2], message))
            elif words[0] == "OPEN":
                connections[words[2]] = connections.get(words[2], 0) + 1
    return found, connections


def ledger(path):
    """The messages whose sends returned, of a bench ledger: {(run, producer, number)}."""
    messages = set()
    with open(path) as source:
        for line in source:
            run, producer, first, last = line.split()
            messages.update((run, int(producer), number) for number in range(int(first), int(last) + 1))
    return messages


class Stint:
    """A time in which one broker served: from the event that says so until its next, or its end."""

    def __init__(self, broker, at, epoch=None):
        self.broker, self.at, self.epoch = broker, at, epoch
        self.first = self.last = None
        self.count = 0

    def report(self):
        return {"broker": self.broker, "epoch": self.epoch, "from": self.at, "first_confirmation": self.first,
                "last_confirmation": self.last, "confirmed": self.count}


def stints_of(brokers):
    """The stints of Lockkeeper brokers by their logs: {name: events}, in order of time.

    From the election on: the connectors open before the elector has written down that they are.
    """
    stints = [Stint(name, event.at, int(event["epoch"] or 0))
              for name, told in brokers.items() for event in log.named(told, "lock.acquired")]
    return sorted(stints, key=lambda stint: stint.at)


def stints_of_peer(logs):
    """The same of ActiveMQ (AmqPeer) brokers: {name: path of the log}. They have no epochs."""
    stints = []
    for name, path in logs.items():
        with open(path, errors="replace") as told:
            stints += [Stint(name, int(found.group(1)) / 1000) for found in PEER_READY.finditer(told.read())]
    return sorted(stints, key=lambda stint: stint.at)


def exclusive(found, stints, slack=0.0):
    """Proves that no two brokers confirmed in the same time: faults, empty when proved.

    Each confirmation belongs to the last stint that its broker had begun. Then the last confirmation of each stint must
    lie before the first one of the next, and epochs must grow with time.
    """
    faults = []
    for one in found:
        own = [stint for stint in stints if stint.broker == one.broker and stint.at <= one.at + slack + LOG_STEP]
        if not own:
            faults.append(f"{one.broker} confirmed {one.message} at {one.at:.3f} without having been elected")
            continue
        stint = own[-1]
        stint.first = one.at if stint.first is None else stint.first
        stint.last = one.at
        stint.count += 1
    confirming = [stint for stint in stints if stint.count]
    for earlier, later in zip(confirming, confirming[1:]):
        if earlier.last >= later.first:
            faults.append(f"two brokers confirmed at once: {earlier.broker} (epoch {earlier.epoch}) until "
                          f"{earlier.last:.3f}, {later.broker} (epoch {later.epoch}) from {later.first:.3f}")
    epochs = [stint.epoch for stint in stints if stint.epoch]
    if any(later <= earlier for earlier, later in zip(epochs, epochs[1:])):
        faults.append(f"epochs do not grow with time: {epochs}")
    return faults


def interleavings(found):
    """How often the confirming broker changed; with two masters at once this is large."""
    return sum(1 for earlier, later in zip(found, found[1:]) if earlier.broker != later.broker)


def complete(found, ledgers):
    """The proof covers everything: each message of the ledgers was seen being confirmed."""
    seen = {one.message for one in found}
    missing = sorted(message for path in ledgers for message in ledger(path) if message not in seen)
    if missing:
        return [f"{len(missing)} confirmed messages that no broker was seen to confirm, first {missing[0]}"]
    return []


class Moment:
    """Something that must be detected: what, when, by which events, within which time, naming whom.

    Events from `since` on count, where the lie could be seen before the moment from which the limit runs.
    """

    def __init__(self, what, at, accepted, limit, parties=(), subject=None, cause=None, since=None):
        self.what, self.at, self.accepted, self.limit = what, at, accepted, limit
        self.parties, self.subject, self.cause = parties, subject, cause
        self.since = at if since is None else since

    def judge(self, brokers):
        """A report with `fault` None, or what is wrong. `brokers`: {name: (pids, events)}."""
        told = [(name, event) for name, (_, events) in brokers.items()
                if self.subject is None or name == self.subject
                for event in log.named(events, *self.accepted, since=self.since - LOG_STEP)]
        told.sort(key=lambda pair: pair[1].at)
        report = {"moment": self.what, "at": self.at, "limit_ms": round(self.limit * 1000), "event": None,
                  "by": None, "after_ms": None, "fault": None}
        if not told:
            report["fault"] = f"{self.what}: none of {', '.join(self.accepted)}"
            return report
        name, event = told[0]
        report.update(event=event.name, by=name, after_ms=round((event.at - self.at) * 1000), cause=event["cause"])
        if event.at - self.at > self.limit:
            report["fault"] = f"{self.what}: {event.name} only after {report['after_ms']} ms"
        wrong = self.misnamed(name, event, brokers)
        if wrong:
            report["fault"] = f"{self.what}: {event.name} of {name} {wrong}"
        return report

    def misnamed(self, name, event, brokers):
        """What the event leaves out or has wrong about the two parties and the cause, or None."""
        if event["broker"] != name or not event["host"] or event["pid"] not in pids(brokers, name):
            return "does not name its own broker, host and pid"
        other = next((party for party in self.parties if party != name), None)
        if other and (event["other_broker"] != other or not event["other_host"]
                      or event["other_pid"] not in pids(brokers, other)):
            return f"does not name {other}, its host and its pid: {event['other_broker']} {event['other_pid']}"
        if self.cause and not self.cause.search(event["cause"] or ""):
            return f"does not name the cause: {event['cause']}"
        return None


def pids(brokers, name):
    return {str(pid) for pid in brokers[name][0]}


def false_alarms(brokers, names, since=0.0, until=float("inf")):
    """Events that must not be there."""
    return [f"false alarm: {event.name} of {name}: {event['text']}" for name, (_, events) in brokers.items()
            for event in log.named(events, *names, since=since, until=until)]
