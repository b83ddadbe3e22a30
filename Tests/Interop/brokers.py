#!/usr/bin/env python3
"""Starts, stops, kills and pauses the brokers under test: Lockkeeper, or ActiveMQ for comparison.

As a module: class Broker. As a command, for shell scripts and for the --control hook of the Java suite:

    brokers.py create STATE --kind lockkeeper --binary PATH --data DIR --name NAME --port PORT [--stomp PORT]
        [--config FILE] [-- BROKER OPTIONS]
    brokers.py port [PORT ...]          print a free loopback port, other than these
    brokers.py VERB STATE [STATE ...]   start, stop, kill, pause, resume, wait, log, pids, destroy

STATE is a JSON file describing one broker. With several (a master and its standby) stop, kill and pause act on the
one that serves, start on those that are down. Processes are ended by the id noted at their start, never by name, and
only while the process's start time is the noted one.
"""
import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.realpath(os.path.join(HERE, "../.."))
# Below the range the system hands to clients: a client that retries a closed port there could connect to itself.
PORTS = os.environ.get("INTEROP_PORTS", "21000-21999")
SERVING = {"lockkeeper": "event=connector.started", "activemq": "READY "}
# With a configuration file ActiveMQ runs in config/ConfigPeer, which says what Lockkeeper says.
CONFIGURED = "event=connector.started"


def free_port(used=()):
    """A loopback port nobody listens on, from INTEROP_PORTS."""
    low, high = (int(part) for part in PORTS.split("-"))
    span = high - low + 1
    for step in range(span):
        port = low + (os.getpid() * 7 + step) % span
        if port in used:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise SystemExit(f"no free port in {PORTS}")


def class_path(which):
    """One value of classpath.sh: client, broker or bench."""
    done = subprocess.run(["bash", os.path.join(HERE, "classpath.sh"), which], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit(done.returncode)
    return done.stdout.strip()


def compile_java(out, sources, which="client"):
    """Compiles Java sources into `out`; returns the class path to run them with."""
    path = class_path(which)
    os.makedirs(out, exist_ok=True)
    done = subprocess.run(["javac", "-nowarn", "-d", out, "-cp", path, *sources], stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit("javac failed:\n" + done.stderr)
    return out + ":" + path


def start_time_of(pid):
    """Kernel start time of a process, or None when it is gone or only waits to be reaped."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
    except OSError:
        return None
    # A leader may be a zombie while other threads of the process still run and hold its files.
    ended = fields[0] in "ZX" and int(fields[17]) <= 1
    return None if ended else int(fields[19])


def accepts(port):
    """Whether somebody accepts TCP connections on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        try:
            probe.connect(("127.0.0.1", port))
        except OSError:
            return False
        return True


class Broker:
    """One broker: how to run it, and the process that runs it, if any."""

    host = "127.0.0.1"

    def __init__(self, kind, data, name, port, binary=None, arguments=(), classes=None, log=None, stomp=None,
                 config=None):
        self.kind, self.data, self.name, self.port = kind, data, name, port
        # A port of its own for STOMP, or none: the default one is the same for all brokers of a machine.
        self.stomp = stomp
        # A configuration file whose ${test.data} and ${test.port} are this broker's.
        self.config = config
        self.binary, self.arguments, self.classes = binary, list(arguments), classes
        self.log = log or os.path.join(os.path.dirname(os.path.abspath(data)), name + ".log")
        self.pid = self.started = None
        self.log_offset = 0
        self.start_clock = None
        self._child = None

    @property
    def url(self):
        return f"tcp://{self.host}:{self.port}"

    def command(self):
        if self.config is not None:
            values = [f"-Dtest.data={self.data}", f"-Dtest.port={self.port}"]
            if self.kind == "lockkeeper":
                return [self.binary, "run", *values, "--name", self.name, "--config", self.config, *self.arguments]
            return ["java", "-Xms64M", "-Xmx1G", "-cp", self.classes, *values, "ConfigPeer", self.config]
        if self.kind == "lockkeeper":
            return [self.binary, "run", "--data", self.data, "--name", self.name,
                    "--openwire", f"{self.host}:{self.port}",
                    "--stomp", f"{self.host}:{self.stomp}" if self.stomp else "off", *self.arguments]
        stomp = ["--stomp", str(self.stomp)] if self.stomp else []
        return ["java", "-Xms64M", "-Xmx1G", "-cp", self.classes, "AmqPeer", "--dir", self.data,
                "--name", self.name, "--port", str(self.port), *stomp, *self.arguments]

    def start(self):
        """Starts the process and returns at once; `wait_serving` waits. Does nothing while it runs."""
        if self.alive():
            return
        os.makedirs(os.path.dirname(os.path.abspath(self.data)), exist_ok=True)
        with open(self.log, "ab") as log:
            self.log_offset = log.seek(0, os.SEEK_END)
            self.start_clock = time.monotonic()
            self._child = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                           start_new_session=True)
        self.pid = self._child.pid
        self.started = start_time_of(self.pid)

    def alive(self):
        if self._child is not None:
            return self._child.poll() is None
        return self.pid is not None and self.started is not None and start_time_of(self.pid) == self.started

    def log_text(self):
        """What this run of the process has logged so far."""
        try:
            with open(self.log, "rb") as log:
                log.seek(self.log_offset)
                return log.read().decode("utf-8", "replace")
        except OSError:
            return ""

    def serving(self):
        word = CONFIGURED if self.config is not None else SERVING[self.kind]
        return self.alive() and word in self.log_text()

    def wait_serving(self, seconds=30):
        """Waits until the log says that it serves; raises with the log's end when it dies or takes too long."""
        until = time.monotonic() + seconds
        while not self.serving():
            if not self.alive() or time.monotonic() > until:
                why = "did not serve in time" if self.alive() else "ended"
                raise RuntimeError(f"broker {self.name} {why}; its log {self.log} ends:\n" + self.log_text()[-2000:])
            time.sleep(0.01)

    def wait_log(self, text, seconds=30):
        """Waits until this run of the process has logged `text`."""
        until = time.monotonic() + seconds
        while text not in self.log_text():
            if not self.alive() or time.monotonic() > until:
                raise RuntimeError(f"broker {self.name} did not log {text}; its log ends:\n" + self.log_text()[-2000:])
            time.sleep(0.01)

    def signal(self, number):
        if self.alive():
            os.kill(self.pid, number)

    def wait_gone(self, seconds=30):
        until = time.monotonic() + seconds
        while self.alive():
            if time.monotonic() > until:
                return False
            time.sleep(0.005)
        return True

    def kill(self):
        self.signal(signal.SIGKILL)
        self.wait_gone()

    def stop(self, seconds=30):
        """Asks it to end; returns False when it had to be killed after all."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        if self.wait_gone(seconds):
            return True
        self.kill()
        return False

    def exit_status(self):
        """Exit status of a process this very Python process started, or None."""
        return self._child.poll() if self._child is not None else None

    def rss_mib(self):
        with open(f"/proc/{self.pid}/status") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) / 1024
        return None

    def save(self, path):
        fields = {key: value for key, value in self.__dict__.items() if not key.startswith("_")}
        with tempfile.NamedTemporaryFile("w", dir=os.path.dirname(path) or ".", delete=False) as out:
            json.dump(fields, out)
        os.replace(out.name, path)

    @classmethod
    def load(cls, path):
        with open(path) as source:
            fields = json.load(source)
        broker = cls(fields["kind"], fields["data"], fields["name"], fields["port"])
        broker.__dict__.update(fields)
        return broker


def wait_any(brokers, seconds=40):
    """Waits until one of the brokers serves and returns it."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for broker in brokers:
            if broker.serving() and accepts(broker.port):
                return broker
        if not any(broker.alive() for broker in brokers):
            break
        time.sleep(0.01)
    ends = "\n".join(f"{broker.name}: ...{broker.log_text()[-1500:]}" for broker in brokers)
    raise RuntimeError("no broker serves; their logs end:\n" + ends)


def serving_one(brokers):
    """The broker that serves now, or the first that runs at all."""
    running = [broker for broker in brokers if broker.alive()]
    serving = (broker for broker in running if broker.serving() and accepts(broker.port))
    return next(serving, running[0] if running else None)


def act(verb, paths):
    brokers = [Broker.load(path) for path in paths]
    status = 0
    if verb == "start":
        for broker in brokers:
            broker.start()
        for broker, path in zip(brokers, paths):
            broker.save(path)
        wait_any(brokers)
    elif verb == "wait":
        wait_any(brokers)
    elif verb in ("stop", "kill", "pause"):
        broker = serving_one(brokers)
        if broker is not None and verb == "stop":
            status = 0 if broker.stop() else 1
        elif broker is not None and verb == "kill":
            broker.kill()
        elif broker is not None:
            broker.signal(signal.SIGSTOP)
    elif verb == "resume":
        for broker in brokers:
            broker.signal(signal.SIGCONT)
    elif verb == "destroy":
        status = 0 if all([broker.stop(15) for broker in brokers]) else 1
    elif verb == "log":
        for broker in brokers:
            print(f"== {broker.log}", broker.log_text()[-4000:], sep="\n")
    elif verb == "pids":
        print(*[broker.pid for broker in brokers if broker.alive()])
    else:
        raise SystemExit(f"unknown verb {verb}")
    return status


def main():
    if len(sys.argv) > 1 and sys.argv[1] == "port":
        print(free_port([int(port) for port in sys.argv[2:]]))
        return 0
    if len(sys.argv) > 1 and sys.argv[1] == "create":
        options = argparse.ArgumentParser(prog="brokers.py create")
        options.add_argument("state")
        options.add_argument("--kind", choices=list(SERVING), default="lockkeeper")
        options.add_argument("--binary")
        options.add_argument("--classes")
        options.add_argument("--data", required=True)
        options.add_argument("--name", default="interop")
        options.add_argument("--port", type=int, required=True)
        options.add_argument("--stomp", type=int)
        options.add_argument("--config")
        words = sys.argv[2:]
        split = words.index("--") if "--" in words else len(words)
        given = options.parse_args(words[:split])
        Broker(given.kind, given.data, given.name, given.port, given.binary, words[split + 1:],
               given.classes, stomp=given.stomp, config=given.config).save(given.state)
        return 0
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 64
    try:
        return act(sys.argv[1], sys.argv[2:])
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
