"""The lab of small virtual machines (../shared/fslab/vm/vmlab), and the brokers that run in its guests.

Clients run on this machine, inside the lab's own network, so that they outlive every guest. Only `shell` and `follow`
go into a guest; both over the lab's network, so a guest that is cut off answers no more.
"""
import os
import subprocess
import sys
import time

import events as log
from beds import fslab_directory

ADDRESSES = {"S": "10.77.0.10", "A": "10.77.0.11", "B": "10.77.0.12", "C": "10.77.0.13"}
PORT = 61616
# Formatting and mounting OCFS2 takes a quarter of a minute, and several times that on a busy machine.
SET_UP_SECONDS = "180"


class LabError(Exception):
    """The lab itself failed: nothing is known about the broker."""


class Lab:
    """One cluster of guests; removed when left."""

    def __init__(self, state):
        self.state = state
        self.vmlab = os.path.join(fslab_directory(), "vm/vmlab")
        done = subprocess.run(["cksum"], input=state, capture_output=True, text=True, check=True)
        # The name that vmlab gives to the cluster's network.
        self.network = "fslab" + done.stdout.split()[0][-7:]
        self.prefix = ["ip", "netns", "exec", self.network]
        self.followers = []

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        for follower in self.followers:
            follower.kill()
            follower.wait()
        subprocess.run([self.vmlab, "clean"], env=self.environment(), capture_output=True)

    def environment(self, **more):
        return {**os.environ, "FSLAB_STATE": self.state, "FSLAB_TIMEOUT": SET_UP_SECONDS, **more}

    def call(self, *words, **environment):
        """A verb of vmlab; raises with its output where it fails."""
        done = subprocess.run([self.vmlab, *words], env=self.environment(**environment), capture_output=True, text=True)
        if done.returncode != 0:
            raise LabError(f"vmlab {' '.join(words)}: {done.stdout[-600:]}{done.stderr[-600:]}")
        return done.stdout

    def shell(self, guest, command, seconds=60):
        """Runs a command in a guest: (status, output). 124 and 125 mean that the guest did not answer."""
        done = subprocess.run([self.vmlab, "exec", guest, command], env=self.environment(FSLAB_TIMEOUT=str(seconds)),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout

    def follow(self, guest, path, out):
        """Copies what is appended to a guest's file to a file here, until the guest is gone."""
        rexec = os.path.join(fslab_directory(), "vm/rexec.py")
        command = f"exec tail -n +1 -s 0.1 -F {path}"
        with open(out, "wb") as target:
            self.followers.append(subprocess.Popen(
                [*self.prefix, sys.executable, "-S", rexec, ADDRESSES[guest], "3600", command],
                stdin=subprocess.DEVNULL, stdout=target, stderr=subprocess.DEVNULL))

    # MARK: Set-up

    def up(self, *guests):
        """Starts guests; returns when they can be reached, which clients' attempts at a dead one delay for a moment."""
        self.call("up", *guests)
        for guest in guests:
            if not wait_for(lambda: self.shell(guest, "true", 10)[0] == 0, 20, interval=0.3):
                raise LabError(f"guest {guest} cannot be reached")

    def nfs(self, version, lease=10, options=None, guests=("A", "B")):
        """The server in S, and its directory mounted at /share; returns after the server's grace period."""
        self.up("S", *guests)
        self.call("nfs-server", LEASE=str(lease), GRACE="10")
        begun = time.monotonic()
        for guest in guests:
            self.nfs_mount(guest, version, options)
        time.sleep(max(0, 11 - (time.monotonic() - begun)))

    def nfs_mount(self, guest, version, options=None):
        self.call("nfs-mount", guest, str(version), *([options] if options else []))

    def ocfs2(self, local=False):
        self.call("ocfs2-format", *(["local"] if local else []))
        self.up("A", "B")
        self.call("ocfs2-mount", "A")
        self.call("ocfs2-mount", "B")


class GuestBroker:
    """A broker in a guest, named as the guest. Each start has a log of its own, copied to this machine line by line."""

    def __init__(self, lab, guest, binary, directory, arguments=()):
        self.lab, self.name, self.binary, self.directory = lab, guest, binary, directory
        self.host, self.port = ADDRESSES[guest], PORT
        self.arguments = list(arguments)
        self.runs, self.pids = 0, []

    @property
    def url(self):
        return f"tcp://{self.host}:{self.port}"

    @property
    def remote(self):
        """Path in the guest of the current run's files, without their extension."""
        return f"/run/broker.{self.runs}"

    def command(self):
        return " ".join([self.binary, "run", "--data", "/share/data", "--name", self.name,
                         "--openwire", f"{self.host}:{self.port}", *self.arguments])

    def start(self, *arguments):
        """Starts it with these options besides its own; returns when its process runs."""
        self.runs += 1
        inner = f"echo $$ >{self.remote}.pid; exec {self.command()} {' '.join(arguments)}"
        outer = f"sh -c '{inner}' >{self.remote}.log 2>&1 </dev/null; echo $? >{self.remote}.exit"
        script = f'setsid sh -c "{outer}" >/dev/null 2>&1 </dev/null &\n'.replace("$", "\\$")
        self.started_at = time.time()
        status, output = self.lab.shell(
            self.name, f"{script}for i in 1 2 3 4 5 6 7 8 9 10; do [ -s {self.remote}.pid ] && break; sleep 0.1; done; "
            f"cat {self.remote}.pid")
        if status != 0 or not output.strip().isdigit():
            raise LabError(f"broker {self.name} was not started: {output}")
        self.pids.append(int(output))
        self.lab.follow(self.name, self.remote + ".log", self.copy(self.runs))

    def copy(self, run):
        return os.path.join(self.directory, f"{self.name}.{run}.log")

    def fetch_log(self):
        """Replaces the copy of the current run's log by the whole file, where the guest was cut off for a while."""
        status, output = self.lab.shell(self.name, f"cat {self.remote}.log")
        if status == 0:
            with open(self.copy(self.runs), "w") as out:
                out.write(output)

    def log_text(self):
        with open(self.copy(self.runs), errors="replace") as source:
            return source.read()

    def events(self):
        """Of all runs, in order."""
        return [event for run in range(1, self.runs + 1) for event in log.read(self.copy(run))]

    def serving(self):
        """Whether the current run's last word about it is that it listens."""
        run = log.read(self.copy(self.runs))
        told = log.named(run, "connector.started", "connector.stopped", "master.stepped_down")
        return bool(told) and told[-1].name == "connector.started"

    def exit_status(self):
        """Of the current run, None while it runs or where the guest does not answer."""
        status, output = self.lab.shell(self.name, f"cat {self.remote}.exit 2>/dev/null", seconds=10)
        return int(output) if status == 0 and output.strip().isdigit() else None

    def signal(self, name):
        self.lab.shell(self.name, f"kill -{name} {self.pids[-1]}")

    def stop(self, seconds=30):
        """SIGTERM; its exit status, None when it did not end."""
        self.signal("TERM")
        return wait_for(self.exit_status, seconds, interval=0.3)


def wait_for(found, seconds, interval=0.05):
    """Waits until `found()` is neither None nor false, and returns it; None after so many seconds."""
    until = time.monotonic() + seconds
    while True:
        value = found()
        if value or value == 0 and value is not False:
            return value
        if time.monotonic() > until:
            return None
        time.sleep(interval)
