"""One round on a two-mount bed: brokers a and b, four producers and two consumers through the witness, one scenario.

The two clients (see load.py) take turns in being attentive, so that one leaves a stopped master and one waits for it.
"""
import os
import shutil
import signal
import time

import evidence
import events as log
from beds import DELETED, FALSE_BEDS, disturb_locks
from brokers import Broker, free_port, serving_one, wait_any
from evidence import Moment
from load import Load
from workbench import integrity

SCENARIOS = ("start", "late", "kill", "term", "stop")
SHORT_TIMES = ("--beat", "200ms", "--warn-after", "700ms", "--step-down-after", "2s", "--exit-after", "3s",
               "--take-over-after", "5s")
SECONDS = {"start": 10, "late": 10, "kill": 14, "term": 14, "stop": 26}
PAUSE = 10
FALSE, LOST = "lock.false", "lock.lost"
DEPOSED = ("lease.superseded", FALSE, LOST)


class Round:
    def __init__(self, options, bench, bed, scenario, number):
        self.options, self.bench, self.bed, self.scenario, self.number = options, bench, bed, scenario, number
        self.product = bench.product
        # Each of these has its turn, independently of the others.
        turns = number - 1
        self.short = scenario == "stop" and turns & 1 == 1 and self.product == "lockkeeper"
        self.at_once = turns >> 1 & 1 == 0
        self.replace = turns >> 2 & 1 == 1
        self.live_is_attentive = (turns >> 1 ^ turns >> 3) & 1 == 1
        self.beat = 0.2 if self.short else 0.5
        self.data = f"{scenario}-{number}"
        self.logs = os.path.join(bench.directory, self.data)
        os.makedirs(self.logs)
        self.faults, self.moments, self.pids = [], [], {"a": [], "b": []}
        self.disturbed_at = self.took_over_ms = None
        self.clients = {}
        self.brokers = [self.make_broker("a"), self.make_broker("b")]

    # MARK: Brokers and clients

    def make_broker(self, name):
        arguments = list(self.options.broker_words) + (list(SHORT_TIMES) if self.short else [])
        port = free_port([broker.port for broker in self.bench.brokers])
        broker = Broker(self.product, self.bed.place(name, self.data), name, port, self.bench.binary, arguments,
                        classes=self.bench.peer_classes() if self.product == "activemq" else None,
                        log=os.path.join(self.logs, name + ".log"))
        self.bench.brokers.append(broker)
        return broker

    def start(self, broker, joins=False):
        """Starts a broker; one that joins a living master on a bed of false locks must find that out."""
        broker.start()
        self.pids[broker.name].append(broker.pid)
        if joins and self.bed.name in FALSE_BEDS:
            self.expect("a second broker is granted the lock", self.joined_at(broker), (FALSE,))

    def joined_at(self, broker):
        """When a broker just started was granted the locks, by its own word; its start, where it says nothing."""
        started, until = time.time(), time.monotonic() + 2 * self.beat
        while time.monotonic() < until:
            granted = log.named(self.events(broker.name), "lock.acquired", FALSE, since=started - 0.2)
            if granted:
                return granted[0].at if granted[0].name == "lock.acquired" else started
            time.sleep(0.02)
        return started

    def expect(self, what, at, accepted, parties=("a", "b"), **more):
        self.moments.append(Moment(what, at, accepted, 2 * self.beat, parties=parties, **more))

    def events(self, name):
        return log.read(os.path.join(self.logs, name + ".log"))

    def wait_serving(self, brokers, seconds, why):
        try:
            return wait_any(brokers, seconds)
        except RuntimeError:
            self.faults.append(f"nobody serves within {seconds} s {why}")
            return None

    # MARK: Scenarios

    def other(self, broker):
        return next(other for other in self.brokers if other is not broker)

    def disturb(self, master, expected=True):
        """On the bed for it: takes the lock files away under the running master, who must say so if `expected`."""
        if self.bed.name != DELETED or master is None:
            return
        self.disturbed_at = time.time()
        disturb_locks(os.path.join(self.bed.backing, self.data), self.product, self.replace)
        if expected:
            self.expect_lost(master, self.disturbed_at)

    def expect_lost(self, master, at):
        self.expect("the master's lock files are gone", at, (LOST,), subject=master.name, cause=evidence.REPLACED,
                    parties=("a", "b") if self.other(master).alive() else (), since=self.disturbed_at)

    def master_under_load(self):
        """Starts a, then b beside it, under load; returns who is master when it is to be hit."""
        a, b = self.brokers
        self.start(a)
        self.wait_serving([a], 20, "after the start")
        self.load.start("live")
        self.start(b, joins=True)
        time.sleep(1)
        self.load.start("kept")
        self.load.wait_flowing()
        time.sleep(0.5)
        master = serving_one(self.brokers) or a
        # Hit at once, it has no time to notice.
        self.disturb(master, expected=not self.at_once)
        if self.bed.name == DELETED and not self.at_once:
            time.sleep(3 * self.beat)
            master = self.wait_serving(self.brokers, 10, "after the locks were lost") or master
        return master

    def play_start(self):
        a, b = self.brokers
        self.load.start("live")
        begun = time.time()
        self.start(a)
        self.start(b)
        if self.bed.name in FALSE_BEDS:
            both = max(self.joined_at(a), self.joined_at(b))
            # A claim is settled, and the lie named, before either says that it has the lock for good.
            self.expect("both brokers are granted the lock", both, (FALSE,), since=begun)
        master = self.wait_serving(self.brokers, 25, "after a simultaneous start")
        time.sleep(1)
        self.load.start("kept")
        time.sleep(2)
        self.disturb(master)

    def play_late(self):
        a, b = self.brokers
        self.start(a)
        self.wait_serving([a], 20, "after the start")
        self.load.start("live")
        time.sleep(1.5)
        self.disturb(a)
        if not self.at_once:
            time.sleep(2 * self.beat)
        self.start(b, joins=True)
        time.sleep(1)
        self.load.start("kept")

    def play_kill(self):
        master = self.master_under_load()
        hit_at = time.monotonic()
        master.kill()
        self.standby_serves(master, hit_at, "after kill -9")

    def play_term(self):
        master = self.master_under_load()
        hit_at = time.monotonic()
        master.signal(signal.SIGTERM)
        if not master.wait_gone(30):
            self.faults.append("SIGTERM did not end the master within 30 s")
            master.kill()
        elif self.product == "lockkeeper" and master.exit_status() != 0:
            self.faults.append(f"SIGTERM: exit status {master.exit_status()}")
        self.standby_serves(master, hit_at, "after SIGTERM")

    def standby_serves(self, master, hit_at, why):
        """The other one must serve; then the old master comes back beside it."""
        if self.wait_serving([self.other(master)], 25, why):
            self.took_over_ms = round((time.monotonic() - hit_at) * 1000)
        time.sleep(1)
        self.start(master, joins=True)

    def play_stop(self):
        master = self.master_under_load()
        standby = self.other(master)
        served_before = self.serving_count(standby)
        master.signal(signal.SIGSTOP)
        time.sleep(PAUSE)
        taken_over = self.serving_count(standby) > served_before
        resumed_at = time.time()
        master.signal(signal.SIGCONT)
        if self.product != "lockkeeper":
            return
        if taken_over:
            self.expect("a master that was stopped finds itself deposed", resumed_at, DEPOSED, subject=master.name,
                        since=self.disturbed_at)
        elif self.disturbed_at is not None and self.at_once:
            self.expect_lost(master, resumed_at)
        # With the lock falsely granted the other one has to wait for nothing but silence. With its file taken away it
        # may, but the store's own lock can still be held by the stopped process. A true lock it must not pass by.
        may = self.short and (self.bed.name in FALSE_BEDS or self.bed.name == DELETED and self.at_once)
        must = self.short and self.bed.name in FALSE_BEDS
        if taken_over and not may:
            self.faults.append("the standby served beside a stopped master that it had to wait for")
        if not taken_over and must:
            self.faults.append(f"nobody took over from a master stopped for {PAUSE} s")
        self.wait_serving(self.brokers, 15, "after SIGCONT")

    def serving_count(self, broker):
        return len(log.named(self.events(broker.name), "connector.started"))

    # MARK: The round

    def play(self):
        """Plays and judges; returns the facts, with `faults` empty when all was as it must be."""
        attentive = ("live",) if self.live_is_attentive else ("kept",)
        self.load = Load(self.bench, self.brokers, self.logs, self.options.rate, SECONDS[self.scenario], attentive)
        try:
            getattr(self, "play_" + self.scenario)()
            self.load.wait()
        except (RuntimeError, OSError) as error:
            self.faults.append(f"the round broke off: {one_line(error)}")
        finally:
            self.load.end()
        self.end_brokers()
        self.drain()
        facts = self.judge()
        self.tidy(facts)
        return facts

    def end_brokers(self):
        """No broker may have died by itself; all that run must end in good order."""
        for broker in self.brokers:
            if not broker.alive():
                self.faults.append(f"broker {broker.name} ended by itself with status {broker.exit_status()}")
            elif not broker.stop(30):
                self.faults.append(f"broker {broker.name} did not end within 30 s of SIGTERM")
            elif self.product == "lockkeeper" and broker.exit_status() != 0:
                self.faults.append(f"broker {broker.name} ended with status {broker.exit_status()} after SIGTERM")
            self.bench.brokers.remove(broker)

    def drain(self):
        """Checks the store and drains it through a broker of its own, on the disk itself: nothing but the ledger."""
        data = os.path.join(self.bed.backing, self.data)
        self.faults += integrity(self.bench, data)
        broker = Broker(self.product, data, "drain", free_port(), self.bench.binary, self.options.broker_words,
                        classes=self.brokers[0].classes, log=os.path.join(self.logs, "drain.log"))
        self.bench.brokers.append(broker)
        broker.start()
        try:
            broker.wait_serving(30)
            self.load.drain(broker)
        except RuntimeError as error:
            self.faults.append(f"the store cannot be drained: {one_line(error)}")
        finally:
            broker.stop()
            self.bench.brokers.remove(broker)

    def judge(self):
        self.faults += self.load.client_faults()
        logs = {name: os.path.join(self.logs, name + ".log") for name in self.pids}
        if self.product == "lockkeeper":
            stints = evidence.stints_of({name: log.read(path) for name, path in logs.items()})
            detected = self.judge_detection()
        else:
            stints, detected = evidence.stints_of_peer(logs), []
        faults, proof = self.load.proof(stints)
        self.faults += faults
        return {"bed": self.bed.name, "scenario": self.scenario, "round": self.number, "short_times": self.short,
                "locks": ("replaced" if self.replace else "removed") if self.disturbed_at else None,
                "confirmed": self.load.confirmed, "lost": self.load.lost,
                "unflagged_duplicates": self.load.reports.get("live", {}).get("duplicates_not_flagged_redelivered"),
                "take_over_ms": self.took_over_ms, "detection": detected, "proof": proof,
                "clients": self.load.reports, "drained": self.load.drained, "faults": self.faults}

    def judge_detection(self):
        brokers = {name: (self.pids[name], self.events(name)) for name in self.pids}
        reports = [moment.judge(brokers) for moment in self.moments]
        self.faults += [report["fault"] for report in reports if report["fault"]]
        if self.bed.name not in FALSE_BEDS:
            until = self.disturbed_at - evidence.LOG_STEP if self.disturbed_at else float("inf")
            self.faults += evidence.false_alarms(brokers, DEPOSED, until=until)
        return reports

    def tidy(self, facts):
        """Data and logs of good rounds go; those of bad ones stay where --keep can find them."""
        if not facts["faults"]:
            shutil.rmtree(os.path.join(self.bed.backing, self.data), ignore_errors=True)
            shutil.rmtree(self.logs, ignore_errors=True)


def one_line(error):
    return " / ".join(str(error).split("\n"))[:400]
