"""What must happen on real OCFS2, and what `doctor --peer` must find on each shared file system of the lab."""
import json
import threading
import time

import events as log
from guests import wait_for


def ocfs2_o2cb(stage):
    """OCFS2 with o2cb: flock decides; that fcntl locks are false is known before any failover; then a power cut."""
    stage.lab.ocfs2()
    stage.master_and_standby(seconds=45)
    stage.check("the standby does not serve", stage.took_over(stage.b, stage.b.started_at) is None)
    found = wait_for(lambda: [(broker, event) for broker in stage.brokers
                              for event in log.named(broker.events(), "lock.false")], 10)
    reporter, event = found[0] if found else (stage.b, None)
    other = stage.a if reporter is stage.b else stage.b
    stage.check_names(event, "the false fcntl lock is named before any failover, with both parties and the cause o2cb",
                      reporter, other, keys=("remedy",), cause="o2cb")
    if event:
        stage.check("it names the kind of lock that is false", "fcntl" in str(event.fields), event["text"][:300])
    cut_at = time.time()
    stage.lab.call("kill", "A")
    served = wait_for(lambda: stage.took_over(stage.b, cut_at), 60, interval=0.2)
    stage.check("the standby takes over when the cluster has declared the node dead", served and served <= 40,
                f"{served:.1f} s after the power cut" if served else "not within 60 s")
    stage.check_loss(stage.b)
    stage.check_store("B", stage.b)


def ocfs2_local(stage):
    """OCFS2 made for one node, mounted by two: every lock is false and nothing is shared; refused at start."""
    stage.lab.ocfs2(local=True)
    for broker in stage.brokers:
        broker.start()
        status = wait_for(broker.exit_status, 8, interval=0.3)
        said = broker.log_text()
        stage.check(f"run on {broker.name} refuses the mount at start", status not in (None, 0), f"status {status}")
        stage.check("it says why, and how to override", "heartbeat=none" in said and "--allow-unsafe-locks" in said,
                    said[-400:])
        if status is None:
            broker.stop()


def doctors(stage, verdicts):
    """Runs doctor in both guests at once and checks verdict, matrix, exit status, and that nothing stays behind."""
    results = {}

    def examine(guest, peer):
        results[guest] = stage.tool(guest, "doctor", "/share", "--peer", peer, "--json", seconds=150)

    threads = [threading.Thread(target=examine, args=pair) for pair in (("A", "B"), ("B", "A"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for guest, (status, output) in sorted(results.items()):
        report = json_object(output)
        stage.check(f"doctor in {guest} reports as JSON", report is not None, f"status {status}: {output[-300:]}")
        safe = report.get("safe") if report else None
        stage.check(f"doctor in {guest} says {'safe' if verdicts['safe'] else 'not safe'}", safe is verdicts["safe"],
                    "; ".join((report or {}).get("because", [])))
        stage.check(f"its exit status says the same", (status == 0) == verdicts["safe"] and status < 124, status)
        for kind in verdicts["false"]:
            found = [check for check in (report or {}).get("checks", []) if check["check"] == f"lock.{kind}"]
            stage.check(f"it finds {kind} false", any(c["outcome"] == "bad" and c["detail"].startswith("false") for c in found),
                        found or output[:300])
    _, left = stage.lab.shell("A", "ls -A /share")
    stage.check("doctor leaves nothing behind", not set(left.split()) - {"lost+found"}, left.strip())


def json_object(output):
    """The last JSON object in an output, or None."""
    at = output.find("{")
    try:
        return json.loads(output[at:]) if at >= 0 else None
    except ValueError:
        return None


def doctor_nfs3(stage):
    """doctor --peer on NFSv3."""
    stage.lab.nfs(3)
    doctors(stage, {"safe": True, "false": ()})


def doctor_nfs4(stage):
    """doctor --peer on NFSv4.2."""
    stage.lab.nfs("4.2")
    doctors(stage, {"safe": True, "false": ()})


def doctor_ocfs2(stage):
    """doctor --peer on OCFS2 with o2cb, where fcntl locks are false."""
    stage.lab.ocfs2()
    doctors(stage, {"safe": True, "false": ("fcntl",)})


SCENARIOS = {"ocfs2-o2cb": ocfs2_o2cb, "ocfs2-local": ocfs2_local, "doctor-nfs3": doctor_nfs3,
             "doctor-nfs4": doctor_nfs4, "doctor-ocfs2": doctor_ocfs2}
