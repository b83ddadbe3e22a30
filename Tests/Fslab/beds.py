"""The beds on which two brokers share a directory of this machine: mounts made by ../shared/fslab/two-mounts.sh."""
import os
import shutil
import subprocess

from brokers import REPOSITORY

FALSE_BEDS = ("false-locks", "stale-cache")
DELETED = "lock-file-deleted"
BEDS = (*FALSE_BEDS, DELETED)
ALL_BEDS = (*BEDS, "good-locks")
LOCK_FILES = {"lockkeeper": ("lock.flock", "lock.posix"), "activemq": ("kahadb/lock",)}


def fslab_directory():
    """Where the labs' scripts are: beside the repository, or where LOCKKEEPER_FSLAB says."""
    for candidate in (os.environ.get("LOCKKEEPER_FSLAB"), os.path.join(REPOSITORY, "../shared/fslab"),
                      os.path.join(REPOSITORY, "../../shared/fslab")):
        if candidate and os.path.exists(os.path.join(candidate, "two-mounts.sh")):
            return os.path.realpath(candidate)
    raise SystemExit("no two-mounts.sh in ../shared/fslab; set LOCKKEEPER_FSLAB")


def missing_for(bed):
    """Why this machine cannot make the bed, or None."""
    if bed == DELETED:
        return None
    if bed == "good-locks":
        return None if os.geteuid() == 0 else "bind mounts need root"
    if not os.path.exists("/dev/fuse"):
        return "/dev/fuse is missing"
    if shutil.which("bindfs") is None:
        return "bindfs is not installed: apt install bindfs fuse3"
    return None


class Bed:
    """One bed, set up when entered: `place("a")` is what broker a sees, `backing` what is on the disk."""

    def __init__(self, name, directory):
        self.name = name
        self.directory = os.path.join(directory, "bed")
        self.backing = os.path.join(self.directory, "backing")

    def __enter__(self):
        os.makedirs(self.backing, exist_ok=True)
        if self.name != DELETED:
            self.script("up")
        return self

    def __exit__(self, *failure):
        if self.name != DELETED:
            self.script("down")

    def script(self, verb):
        words = [os.path.join(fslab_directory(), "two-mounts.sh"), verb, self.directory]
        done = subprocess.run(words, env={**os.environ, "FSLAB_MODE": self.name}, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(words)}: {done.stdout}{done.stderr}")

    def place(self, broker, data):
        if self.name == DELETED:
            return os.path.join(self.backing, data)
        return os.path.join(self.directory, broker.upper(), data)


def disturb_locks(directory, product, replace):
    """Removes the lock files under their holder, or puts new ones in their place."""
    for name in LOCK_FILES[product]:
        path = os.path.join(directory, name)
        if replace:
            with open(path + ".new", "w") as new:
                new.write("put here by the test\n")
            os.replace(path + ".new", path)
        else:
            os.unlink(path)
