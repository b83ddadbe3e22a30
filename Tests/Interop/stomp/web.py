"""STOMP over WebSocket from a page in headless Chromium: it talks to the broker, and tells by STOMP how that went."""
import os
import shutil
import signal
import subprocess
import tempfile

from rig import Client, test

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "page.html")


def browser():
    return next((path for path in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if path), None)


@test
def a_page_in_a_browser(context):
    for port in (context.openwire_port, context.port):
        for version in ("v10.stomp", "v11.stomp", "v12.stomp"):
            watcher = Client(context.port)
            watcher.subscribe(f"/topic/web.result.{port}.{version}")
            watcher.confirmed("/queue/web.ready", "")
            with tempfile.TemporaryDirectory(prefix="lockkeeper-web.", ignore_cleanup_errors=True) as profile:
                page = subprocess.Popen(
                    [browser(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--no-first-run", "--disable-extensions", f"--user-data-dir={profile}",
                     "--remote-debugging-port=0", f"file://{PAGE}?port={port}&version={version}"],
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
                try:
                    result = watcher.take(60)
                finally:
                    # With its helpers, which are in a process group of their own with it.
                    os.killpg(page.pid, signal.SIGKILL)
                    page.wait()
            assert result.body == "ok", (version, result.body)
            watcher.close()
