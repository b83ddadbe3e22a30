"""The load of a round: a witness before the brokers, two bench clients through it, and what is judged of them all.

Of the producers two are read by two consumers while the round lasts ("live"), and two fill a queue ("kept") that is
drained after it. They look for their broker from opposite ends of the list, so that two masters would both have work.
An attentive client gives up a silent broker after some seconds and goes to another one; one that is
not stays, so that a stopped master that wakes finds clients that waited for its answer.
"""
import os
import subprocess
import sys
import time

import evidence
from brokers import free_port

HERE = os.path.dirname(os.path.abspath(__file__))
ATTENTIVE_MS = 3000
ALL_KINDS = ("live", "kept")


class Witnessed:
    """The proxy in front of all brokers, and the failover: URL that goes through it."""

    def __init__(self, brokers, out, prefix=()):
        self.out = out
        taken = [broker.port for broker in brokers]
        self.ports = {}
        for broker in brokers:
            self.ports[broker.name] = free_port(taken + list(self.ports.values()))
        routes = [f"{broker.name}={self.ports[broker.name]}={broker.host}:{broker.port}" for broker in brokers]
        self.process = subprocess.Popen([*prefix, sys.executable, "-S", os.path.join(HERE, "witness.py"), out, *routes],
                                        stdout=subprocess.PIPE, text=True, start_new_session=True)
        if self.process.stdout.readline().strip() != "READY":
            raise RuntimeError("the witness did not start")

    def url(self, attentive, backwards):
        option = f"?wireFormat.maxInactivityDuration={ATTENTIVE_MS}" if attentive else ""
        ports = list(self.ports.values())
        addresses = ",".join(f"tcp://127.0.0.1:{port}{option}" for port in (reversed(ports) if backwards else ports))
        return f"failover:({addresses})?randomize=false&maxReconnectDelay=500"

    def end(self):
        self.process.terminate()
        self.process.wait()


class Load:
    """Clients that work for so many seconds from now, and then wait `patience` seconds for what is outstanding."""

    def __init__(self, bench, brokers, directory, rate, seconds, attentive=ALL_KINDS, prefix=(), patience=40):
        self.bench, self.directory, self.rate, self.seconds = bench, directory, rate, seconds
        self.attentive, self.prefix, self.patience = attentive, prefix, patience
        self.end_at = time.monotonic() + seconds
        self.tag = os.path.basename(directory)
        self.witness = Witnessed(brokers, os.path.join(directory, "witness"), prefix)
        self.clients, self.reports, self.drained = {}, {}, {}

    def ledger(self, kind):
        return os.path.join(self.directory, kind + ".ledger")

    def start(self, kind):
        """Starts the live or the kept client; the second broker is best there already when the second one looks."""
        self.clients[kind] = self.bench.client(
            "failover", self.prefix, url=self.witness.url(kind in self.attentive, kind == "kept"),
            dest=f"{kind}.{self.tag}", producers=2, consumers=2 if kind == "live" else 0, rate=self.rate,
            seconds=max(1, self.end_at - time.monotonic()), ledger=self.ledger(kind), drain_idle_ms=4000,
            drain_seconds=self.patience, max_seconds=int(self.seconds + 3 * self.patience))
        self.clients[kind].started.wait(30)

    def wait_flowing(self, seconds=15):
        """Waits until messages of every client started so far are being confirmed; whether they are."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found, _ = evidence.confirmations(self.witness.out)
            if len({one.message[0] for one in found}) >= len(self.clients):
                return True
            time.sleep(0.05)
        return False

    def wait(self):
        """Waits for the clients' end and ends the witness."""
        try:
            self.reports = {kind: self.clients[kind].result() for kind in ALL_KINDS}
        finally:
            self.end()

    def end(self):
        self.witness.end()

    def drain(self, broker):
        """Takes the kept queue out of a serving broker, to be compared with its ledger."""
        self.drained = self.bench.run("verify", self.prefix, url=broker.url, dest=f"kept.{self.tag}", idle_ms=2500,
                                      max_seconds=60, ledger=self.ledger("kept"))

    @property
    def confirmed(self):
        return sum(report.get("acked", 0) for report in self.reports.values())

    @property
    def lost(self):
        return (self.reports.get("live", {}).get("lost") or 0) + (self.drained.get("lost") or 0)

    def client_faults(self):
        """What clients and drain say that must not be."""
        if not self.reports:
            return ["the clients did not report"]
        faults, live, kept = [], self.reports["live"], self.drained
        for kind, report in self.reports.items():
            if report.get("stuck_producers") or report.get("timed_out"):
                faults.append(f"producers of {kind} got stuck")
            if not report.get("acked"):
                faults.append(f"nothing of {kind} was confirmed")
        if live.get("lost") != 0:
            faults.append(f"live: lost {live.get('lost')} {live.get('lost_where', '')}".strip())
        for key in ("lost", "duplicates", "out_of_order", "foreign"):
            if kept.get(key) != 0:
                faults.append(f"kept: {key} {kept.get(key)}")
        if kept.get("acked") != self.reports["kept"].get("acked"):
            faults.append(f"kept: {self.reports['kept'].get('acked')} confirmed, {kept.get('acked')} in the ledger")
        return faults

    def proof(self, stints, slack=0.0):
        """(faults, report): that no two brokers confirmed at once, and that the witness missed nothing."""
        found, connections = evidence.confirmations(self.witness.out)
        ledgers = [self.ledger(kind) for kind in self.clients if os.path.exists(self.ledger(kind))]
        faults = evidence.complete(found, ledgers) + evidence.exclusive(found, stints, slack)
        return faults, {"witnessed": len(found), "connections": connections, "changes_of_confirming_broker":
                        evidence.interleavings(found), "stints": [stint.report() for stint in stints]}
