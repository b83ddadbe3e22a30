"""What every scenario of the lab stands on: guests, two brokers, load through the witness, and lines PASS or FAIL."""
import os
import re
import subprocess
import time

import evidence
import events as log
from guests import GuestBroker, Lab, LabError, wait_for
from load import ALL_KINDS, Load

BEAT = 0.5
TAKE_OVER = 12
# Clocks of guests and this machine.
SLACK = 0.3


class Stage:
    """One scenario's lab, brokers and findings. `check` prints and notes; `load` begins the clients' work."""

    def __init__(self, name, bench, options):
        self.name, self.bench, self.options = name, bench, options
        self.directory = os.path.join(bench.directory, name)
        os.makedirs(self.directory)
        self.lab = Lab(os.path.join(bench.directory, "lab." + name))
        self.checks = []
        self.facts = {}
        self.work = None
        self.a, self.b = (GuestBroker(self.lab, guest, bench.binary, self.directory, bench.broker_arguments)
                          for guest in ("A", "B"))
        self.brokers = [self.a, self.b]

    def __enter__(self):
        self.begun = time.monotonic()
        print(f"== {self.name}", flush=True)
        return self

    def __exit__(self, kind, error, trace):
        if self.work is not None:
            self.work.end()
        try:
            self.lab.__exit__(kind, error, trace)
        finally:
            if kind is not None and issubclass(kind, (LabError, RuntimeError, OSError)):
                self.check("the scenario runs to its end", False, str(error)[:500])
            print(f"-- {self.name}: {time.monotonic() - self.begun:.0f} s", flush=True)
        return kind is not None and issubclass(kind, (LabError, RuntimeError, OSError))

    # MARK: Findings

    def check(self, what, good, detail=""):
        self.checks.append({"check": what, "good": bool(good), "detail": str(detail)})
        line = f"{'PASS' if good else 'FAIL'} {self.name}: {what}"
        print(line + (f" ({detail})" if detail != "" else ""), flush=True)
        return bool(good)

    def await_event(self, broker, names, seconds, since=0.0):
        """The first such event of a broker, waited for; None when it does not come."""
        found = wait_for(lambda: log.named(broker.events(), *names, since=since), seconds)
        return found[0] if found else None

    def check_names(self, event, what, reporter, other, keys=(), cause=None):
        """That an event names reporter and other with host and pid, and has what it must have besides."""
        if event is None:
            return self.check(what, False, "no such event")
        wrong = []
        if event["broker"] != reporter.name or event["host"] != reporter.name:
            wrong.append(f"broker={event['broker']} host={event['host']}")
        if other is not None and (event["other_broker"], event["other_host"]) != (other.name, other.name):
            wrong.append(f"other_broker={event['other_broker']} other_host={event['other_host']}")
        if other is not None and event["other_pid"] not in map(str, other.pids):
            wrong.append(f"other_pid={event['other_pid']} instead of {other.pids}")
        wrong += [f"no {key}" for key in keys if not event[key]]
        if cause and not re.search(cause, event["cause"] or "", re.IGNORECASE):
            wrong.append(f"cause={event['cause']}")
        return self.check(what, not wrong, "; ".join(wrong) or f"{event.name}: {event['text']}"[:300])

    # MARK: Brokers and load

    def supported(self, *arguments):
        """Those broker options, if this binary has the first of them; the missing ones are a failed check."""
        helped = subprocess.run([self.bench.binary, "run", "--help"], capture_output=True, text=True).stdout
        if arguments[0] in helped:
            return list(arguments)
        self.check(f"run knows {arguments[0]}", False)
        return []

    def start(self, broker, *arguments):
        broker.start(*arguments)
        return self.wait_serving(broker, 40)

    def wait_serving(self, broker, seconds):
        if wait_for(broker.serving, seconds):
            return True
        raise LabError(f"broker {broker.name} does not serve within {seconds} s: {broker.log_text()[-800:]}")

    def master_and_standby(self, *arguments, seconds=25, attentive=ALL_KINDS):
        """a serves, b stands by, and the clients work for so many seconds."""
        self.start(self.a, *arguments)
        self.load(seconds, attentive)
        self.b.start(*arguments)
        self.work.start("kept")
        refused = self.await_event(self.b, ("lock.refused",), 15)
        self.check_names(refused, "the standby is refused the lock and names the master", self.b, self.a)
        if not self.work.wait_flowing():
            raise LabError("the clients do not get through to the master")
        time.sleep(1)

    def load(self, seconds, attentive=ALL_KINDS):
        self.work = Load(self.bench, self.brokers, self.directory, self.options.rate, seconds, attentive,
                         self.lab.prefix, patience=90)
        self.work.start("live")

    def took_over(self, broker, since):
        """When this broker began to serve, by its log, in seconds from `since`; None while it did not."""
        events = log.named(broker.events(), "master.started", since=since - SLACK)
        return events[0].at - since if events else None

    def check_loss(self, master):
        """Ends the load, drains, stops the brokers that run, and judges ledger, proof and store."""
        self.work.wait()
        work, self.work = self.work, None
        work.drain(master)
        faults = work.client_faults()
        unflagged = work.reports["live"].get("duplicates_not_flagged_redelivered")
        self.check("nothing confirmed is lost, the queue drains to exactly the ledger", not faults,
                   "; ".join(faults) or f"{work.confirmed} confirmed, {unflagged} duplicates not flagged")
        stints = evidence.stints_of({broker.name: broker.events() for broker in self.brokers})
        faults, proof = work.proof(stints, SLACK)
        told = ", ".join(f"{one['broker']} epoch {one['epoch']}: {one['confirmed']}" for one in proof["stints"])
        self.check("no two brokers confirmed at once", not faults, "; ".join(faults) or told)
        self.facts.update(confirmed=work.confirmed, lost=work.lost, unflagged_duplicates=unflagged, proof=proof,
                          clients=work.reports, drained=work.drained)

    def check_store(self, guest, *brokers):
        """Stops these brokers in good order and checks the store from a guest."""
        for broker in brokers:
            status = broker.stop()
            self.check(f"{broker.name} ends in good order", status == 0, f"status {status}")
        status, output = self.lab.shell(guest, "sqlite3 /share/data/broker.db 'PRAGMA integrity_check'")
        self.check("the store passes PRAGMA integrity_check", output.strip() == "ok", output.strip()[:200])

    def tool(self, guest, *words, seconds=60):
        """A command of the broker's binary in a guest: (status, output)."""
        return self.lab.shell(guest, " ".join([self.bench.binary, *words]), seconds)
