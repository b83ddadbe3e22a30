"""What failover, crash-loop and bench share: a temporary directory, brokers in it, OpenWireBench runs, statistics."""
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from brokers import Broker, class_path, compile_java, free_port


class Workbench:
    """A temporary directory whose brokers and clients are ended, by process id, when it is left."""

    def __init__(self, product, binary=None, keep=False, broker_arguments=()):
        self.product, self.binary, self.keep = product, binary, keep
        self.broker_arguments = list(broker_arguments)
        self.directory = tempfile.mkdtemp(prefix="lockkeeper-interop.")
        self.brokers, self.clients = [], []
        self._peer_classes = None
        bench = class_path("bench")
        self.client_classes = compile_java(os.path.join(self.directory, "client"),
                                           [os.path.join(bench, "OpenWireBench.java")])

    def __enter__(self):
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda caught, frame: sys.exit(128 + caught))
        return self

    def __exit__(self, *failure):
        for client in self.clients:
            if client.process.poll() is None:
                client.process.kill()
                client.process.wait()
        for broker in self.brokers:
            broker.stop(15)
        if self.keep:
            print(f"kept: {self.directory}", file=sys.stderr)
        else:
            shutil.rmtree(self.directory, ignore_errors=True)

    def peer_classes(self):
        if self._peer_classes is None:
            source = os.path.join(class_path("bench"), "AmqPeer.java")
            self._peer_classes = compile_java(os.path.join(self.directory, "peer"), [source], "broker")
        return self._peer_classes

    def broker(self, name, data="data", product=None, stomp=False):
        """A broker, not yet started, on a directory shared by all that name it; with a port for STOMP on request."""
        product = product or self.product
        used = [port for other in self.brokers for port in (other.port, other.stomp)]
        port = free_port(used)
        broker = Broker(product, os.path.join(self.directory, data), name, port, binary=self.binary,
                        arguments=self.broker_arguments if product == self.product else (),
                        classes=self.peer_classes() if product == "activemq" else None,
                        log=os.path.join(self.directory, name + ".log"),
                        stomp=free_port([*used, port]) if stomp else None)
        self.brokers.append(broker)
        return broker

    def retire(self, broker):
        """Stops a broker for good and removes its data."""
        broker.stop()
        self.brokers.remove(broker)
        shutil.rmtree(broker.data, ignore_errors=True)

    def client(self, mode, prefix=(), **options):
        """Starts OpenWireBench, by the command `prefix` if given; option names with _ for -, None left out."""
        client = Client(self.client_classes, mode, options, prefix)
        self.clients.append(client)
        return client

    def run(self, mode, prefix=(), **options):
        """Runs OpenWireBench to its end and returns its JSON."""
        return self.client(mode, prefix, **options).result()


class Client:
    """One OpenWireBench process. Its stderr is read by a thread, so that it never blocks and START is seen at once."""

    def __init__(self, classes, mode, options, prefix=()):
        words = []
        for key, value in options.items():
            if isinstance(value, float) and value == int(value):
                value = int(value)
            if value is not None:
                words += ["--" + key.replace("_", "-"), str(value)]
        self.process = subprocess.Popen([*prefix, "java", "-Xmx1G", "-cp", classes, "OpenWireBench", mode, *words],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        start_new_session=True)
        self.errors = []
        self.started = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stderr:
            if " START " in line:
                self.started.set()
            if " ERROR " in line or "Exception" in line:
                self.errors.append(line.strip())
        self.started.set()

    def running(self):
        return self.process.poll() is None

    def result(self):
        """Waits for the end; the JSON line with `exit_status` added. Raises when there is none."""
        output = self.process.stdout.read()
        status = self.process.wait()
        self._reader.join(5)
        lines = [line for line in output.splitlines() if line.startswith("{")]
        if not lines:
            raise RuntimeError(f"OpenWireBench ended with {status} and no result: " + " / ".join(self.errors[-5:]))
        report = json.loads(lines[-1])
        report["exit_status"] = status
        return report


def integrity(bench, data):
    """Faults of all databases of a stopped Lockkeeper store, looked for in copies. Empty for ActiveMQ."""
    faults = []
    copies = os.path.join(bench.directory, "copies")
    shutil.rmtree(copies, ignore_errors=True)
    os.makedirs(copies)
    for store in glob.glob(os.path.join(data, "*.db")):
        for part in glob.glob(store + "*"):
            shutil.copy(part, copies)
        copy = os.path.join(copies, os.path.basename(store))
        done = subprocess.run(["sqlite3", copy, "PRAGMA integrity_check"], capture_output=True, text=True)
        if done.stdout.strip() != "ok":
            found = " / ".join((done.stdout + done.stderr).split("\n"))
            faults.append(f"integrity of {os.path.basename(store)}: {found[:200]}")
    return faults


def percentile(values, share):
    """Nearest rank; None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    return ordered[max(0, min(len(ordered) - 1, -(-len(ordered) * share // 100) - 1))]


def distribution(values):
    return {"n": len(values), "min": percentile(values, 0), "p50": percentile(values, 50),
            "p90": percentile(values, 90), "max": percentile(values, 100)}


def median(values):
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    middle = len(known) // 2
    return known[middle] if len(known) % 2 else (known[middle - 1] + known[middle]) / 2


def machine():
    """What a figure needs beside it."""
    with open("/proc/loadavg") as load:
        return {"cores": os.cpu_count(), "kernel": os.uname().release, "load": load.read().split()[:3],
                "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}


def write_report(path, report):
    if path:
        with open(path, "w") as out:
            json.dump(report, out, indent=1)
            out.write("\n")


def product_of(options, parser):
    """`BROKER_BINARY` or `--peer`, as all scripts take it: (product, absolute path or None)."""
    if options.peer:
        return "activemq", None
    if not options.binary:
        parser.error("BROKER_BINARY or --peer is needed")
    if not os.access(options.binary, os.X_OK):
        parser.error(f"{options.binary} is not an executable")
    return "lockkeeper", os.path.abspath(options.binary)


def split_arguments(words):
    """Words before and after `--`: ours and the broker's."""
    if "--" in words:
        at = words.index("--")
        return words[:at], words[at + 1:]
    return words, []
