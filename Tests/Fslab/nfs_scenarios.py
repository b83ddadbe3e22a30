"""What must happen on real NFS: each function is one scenario, played on a stage of its own."""
import time

import events as log
from guests import wait_for
from stage import BEAT, SLACK, TAKE_OVER

LEASE = 20
STALE = ("lock.stale",)
DEPOSED = ("lease.superseded", "lock.lost", "lock.false")


def cut_power(stage, broker):
    """Returns the time just before, so that no limit is stretched."""
    cut_at = time.time()
    stage.lab.call("kill", broker.name)
    return cut_at


def nfs3_stale_lock(stage, seconds):
    """The master's host loses power on NFSv3; returns when, with the standby's report of the stale lock checked."""
    stage.lab.nfs(3)
    stage.master_and_standby(seconds=seconds)
    cut_at = cut_power(stage, stage.a)
    event = stage.await_event(stage.b, STALE, TAKE_OVER + 10, since=cut_at - SLACK)
    stage.check_names(event, "the stale lock is named with holder, host, pid, epoch, age and remedy", stage.b, stage.a,
                      keys=("other_epoch", "duration_ms", "remedy"))
    if event:
        after = event.at - cut_at
        stage.check("it is named when the take-over time is over", TAKE_OVER - 2 * BEAT <= after <= TAKE_OVER + 2,
                    f"{after:.1f} s after the power cut")
    stage.check("the standby does not serve past the lock", stage.took_over(stage.b, cut_at) is None)
    return cut_at


def nfs3_statd(stage):
    """NFSv3, power cut: the lock stays until the dead host is back and its status monitor says so."""
    cut_at = nfs3_stale_lock(stage, seconds=25)
    stage.lab.up("A")
    stage.lab.nfs_mount("A", 3)
    healed_at = time.time()
    served = wait_for(stage.b.serving, 30)
    stage.check("the standby serves once the host is back and notified the server", served,
                f"{time.time() - healed_at:.1f} s after the mount, {time.time() - cut_at:.0f} s after the power cut")
    stage.a.start()
    returned = stage.await_event(stage.a, ("lock.refused",), 15, since=healed_at)
    stage.check_names(returned, "the broker of the restarted host is a standby", stage.a, stage.b)
    stage.check_loss(stage.b)
    stage.check_store("B", stage.a, stage.b)


def nfs3_escape(stage):
    """NFSv3, power cut: the operator takes over from the dead host by command."""
    nfs3_stale_lock(stage, seconds=25)
    status, output = stage.tool("B", "takeover", "--data", "/share/data", "--yes")
    asked_at = time.time()
    stage.check("takeover --yes succeeds", status == 0, f"status {status}: {output.strip()[-300:]}")
    told = all(word in output for word in ("A", str(stage.a.pids[-1])))
    stage.check("it says who is presumed dead", told, output.strip()[:300])
    if not stage.check("the standby serves after it", wait_for(stage.b.serving, 30)):
        # The load must have an end all the same.
        stage.lab.up("A")
        stage.lab.nfs_mount("A", 3)
        stage.wait_serving(stage.b, 60)
        stage.check_loss(stage.b)
        return
    stage.lab.up("A")
    stage.lab.nfs_mount("A", 3)
    stage.a.start()
    returned = stage.await_event(stage.a, ("lock.refused",), 15, since=asked_at)
    stage.check_names(returned, "the dead host, back again, is a standby", stage.a, stage.b)
    stage.check_loss(stage.b)
    stage.check_store("B", stage.a, stage.b)


def nfs4_power_cut(stage):
    """NFSv4, power cut: the server's lease has to pass, with a countdown, and not more than that."""
    stage.lab.nfs("4.2", LEASE)
    stage.master_and_standby(*stage.supported("--nfs4-lease", f"{LEASE}s"), seconds=LEASE + 15)
    cut_at = cut_power(stage, stage.a)
    event = stage.await_event(stage.b, ("lock.waiting_for_server_lease",), LEASE, since=cut_at - SLACK)
    stage.check_names(event, "the standby waits for the server's lease and names the holder", stage.b, stage.a)
    served = wait_for(lambda: stage.took_over(stage.b, cut_at), LEASE + 30, interval=0.2)
    counted = log.named(stage.b.events(), "lock.waiting_for_server_lease", since=cut_at - SLACK)
    left = [text for text in (event["remaining_ms"] or event["remaining_s"] for event in counted) if text]
    counting = len(left) >= 2 and all(float(later) < float(sooner) for sooner, later in zip(left, left[1:]))
    stage.check("it counts down", counting, " ".join(left))
    stage.check(f"it serves within the lease and two seconds ({LEASE} + 2)", served and served <= LEASE + 2 + SLACK,
                f"{served:.1f} s after the power cut" if served else "not at all")
    stage.check_loss(stage.b)
    stage.check_store("B", stage.b)


def nfs4_frozen(stage):
    """NFSv4: the master's host is paused for longer than the lease, another takes over, and the host goes on."""
    stage.lab.nfs("4.2", LEASE)
    stage.master_and_standby(*stage.supported("--nfs4-lease", f"{LEASE}s"), seconds=LEASE + 25, attentive=("live",))
    frozen_at = time.time()
    stage.lab.call("freeze", "A")
    served = wait_for(lambda: stage.took_over(stage.b, frozen_at), LEASE + 30, interval=0.2)
    stage.check("the standby takes over", served, f"{served:.1f} s after the freeze" if served else "")
    time.sleep(3)
    thawed_at = time.time()
    stage.lab.call("thaw", "A")
    event = stage.await_event(stage.a, DEPOSED, 10, since=thawed_at - SLACK)
    stage.check_names(event, "the master that woke names what deposed it", stage.a, stage.b)
    down = stage.await_event(stage.a, ("master.stepped_down", "master.exited"), 10, since=thawed_at - SLACK)
    stage.check("it steps down", down, down["text"] if down else "")
    stage.check_loss(stage.b)
    confirmed = [one for one in stage.facts["proof"]["stints"] if one["broker"] == "A"]
    late = [one for one in confirmed if (one["last_confirmation"] or 0) > thawed_at]
    stage.check("it confirms nothing after it woke", not late, late or "")
    alive = stage.a.exit_status() is None
    stage.check("its process goes on as a standby", alive and not stage.a.serving(), f"status {stage.a.exit_status()}")
    stage.check_store("B", *([stage.a] if alive else []), stage.b)


def nfs3_nolock(stage):
    """NFSv3 with nolock: refused at start; with the override, the false lock is named and nothing is lost."""
    stage.lab.nfs(3, options="nolock")
    stage.a.start()
    status = wait_for(stage.a.exit_status, 8, interval=0.3)
    stage.check("run refuses the mount at start", status not in (None, 0), f"status {status}")
    said = stage.a.log_text()
    stage.check("it says why, and how to override", "nolock" in said and "--allow-unsafe-locks" in said, said[-400:])
    if status is None:
        stage.a.stop()
    unsafe = stage.supported("--allow-unsafe-locks")
    stage.start(stage.a, *unsafe)
    stage.load(15)
    stage.b.start(*unsafe)
    stage.work.start("kept")
    named_false_lock(stage, "nolock")
    stage.check("the second broker does not serve", stage.took_over(stage.b, stage.b.started_at) is None)
    status, output = stage.tool("A", "status", "--data", "/share/data")
    stage.check("status says that locks are unsafe here", "unsafe" in output, output[:300])
    stage.check_loss(stage.a)
    stage.check_store("A", stage.a, stage.b)


def named_false_lock(stage, cause):
    """That b, just started beside a, found the lock false within two beats of being granted it."""
    event = stage.await_event(stage.b, ("lock.false",), 15, since=stage.b.started_at - SLACK)
    stage.check_names(event, f"the false lock is named with both parties and the cause {cause}", stage.b, stage.a,
                      keys=("remedy",), cause=cause)
    if event:
        first = [one.at for one in stage.b.events() if one.name in ("lock.acquired", "file_system.verdict")]
        after = event.at - max((at for at in first if at <= event.at), default=stage.b.started_at)
        stage.check("it is named within two beats", after <= 2 * BEAT, f"{after * 1000:.0f} ms")


def server_cut(stage, version, who, lease):
    """The way to the server is cut for 30 s on a hard mount. Returns when it was cut and healed."""
    stage.lab.nfs(version, lease)
    options = stage.supported("--nfs4-lease", f"{lease}s") if version != 3 else []
    stage.master_and_standby(*options, seconds=65, attentive=("live", "kept"))
    cut_at = time.time()
    stage.lab.call("cut", who)
    return cut_at, options


def check_deadlines(stage, cut_at):
    """That a stepped down after 5 s and ended itself after 8 s, by its log."""
    down = log.named(stage.a.events(), "master.stepped_down", since=cut_at - SLACK)
    after = down[0].at - cut_at if down else None
    stage.check("the master steps down by its deadline of 5 s", after is not None and after <= 5 + BEAT,
                f"{after:.1f} s after the cut" if after is not None else "it did not")
    exited = log.named(stage.a.events(), "master.exited", since=cut_at - SLACK)
    after = exited[0].at - cut_at if exited else None
    stage.check("it ends itself by its deadline of 8 s", after is not None and after <= 8 + BEAT,
                f"{after:.1f} s after the cut" if after is not None else "it did not")


def check_dead(stage):
    """That nothing of a's process runs: gone, or dead but for threads that the kernel does not let go of.

    On a hard mount a thread inside fsync cannot be ended by anybody before the server answers; it executes nothing.
    """
    command = f"[ -e {stage.a.remote}.exit ] && echo gone; cat /proc/{stage.a.pids[-1]}/task/*/stat 2>/dev/null"
    status, output = stage.lab.shell("A", command, 10)
    states = [line.rpartition(")")[2].split()[0] for line in output.splitlines() if ")" in line]
    dead = status == 0 and ("gone" in output or states and states[0] == "Z" and set(states) <= {"Z", "X", "D"})
    stage.check("its process is dead though every file call hangs", dead,
                "gone" if "gone" in output else f"thread states {' '.join(states) or output[:200]}")


def nfs3_server_cut(stage):
    """NFSv3, the server is unreachable for 30 s: the master steps down and ends; after that somebody serves again."""
    cut_at, options = server_cut(stage, 3, "S", 10)
    time.sleep(max(0, cut_at + 11 - time.time()))
    check_deadlines(stage, cut_at)
    check_dead(stage)
    stage.check("nobody serves without the storage", not stage.a.serving() and not stage.b.serving())
    time.sleep(max(0, cut_at + 30 - time.time()))
    stage.lab.call("heal", "S")
    after_cut(stage, options)


def nfs4_master_cut(stage):
    """NFSv4, the master's host is cut off for 30 s: it steps down and ends meanwhile, the standby takes over."""
    cut_at, options = server_cut(stage, "4.2", "A", LEASE)
    served = wait_for(lambda: stage.took_over(stage.b, cut_at), 29, interval=0.2)
    stage.check("the standby takes over when the server's lease is over", served and served <= LEASE + 2 + SLACK,
                f"{served:.1f} s after the cut" if served else "not within 29 s")
    time.sleep(max(0, cut_at + 30 - time.time()))
    stage.lab.call("heal", "A")
    wait_for(lambda: stage.lab.shell("A", "true", 10)[0] == 0, 60)
    stage.a.fetch_log()
    check_deadlines(stage, cut_at)
    after_cut(stage, options)


def after_cut(stage, options):
    """The standby serves, the kernel lets the old process go, it stands by when restarted, and nothing was lost."""
    healed_at = time.time()
    served = wait_for(stage.b.serving, 90)
    stage.check("the standby serves after the cut", served, f"{time.time() - healed_at:.1f} s after it was healed")
    status = wait_for(stage.a.exit_status, 90, interval=0.5)
    stage.check("the old process has ended with status 75, for a supervisor to start it again", status == 75,
                f"status {status}, {time.time() - healed_at:.1f} s after it was healed")
    stage.a.start(*options)
    event = stage.await_event(stage.a, ("lock.refused",), 20, since=healed_at - SLACK)
    stage.check_names(event, "the restarted broker is a standby", stage.a, stage.b)
    stage.check_loss(stage.b if served else stage.a)
    stage.check_store("B", stage.a, stage.b)


SCENARIOS = {"nfs3-statd": nfs3_statd, "nfs3-escape": nfs3_escape, "nfs4-power-cut": nfs4_power_cut,
             "nfs4-frozen": nfs4_frozen, "nfs3-nolock": nfs3_nolock, "nfs3-server-cut": nfs3_server_cut,
             "nfs4-master-cut": nfs4_master_cut}
