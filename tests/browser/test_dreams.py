"""A dream from the question to the download: a real server, its worker, a real network, and Chromium."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.servers import free_port
from tests.integration.conftest import clean_environment, wait_until_ready
from tests.test_docs import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE_MS = 300_000
SAMPLE = ROOT / "webui/static/webui/samples/hen.jpg"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A real server with a worker beside it."""
    port, log = free_port(), tmp_path / "log"
    ours = {"PORT": str(port), "MENAGERIE_DATA": str(tmp_path / "data"), "MENAGERIE_WORKER": "1"}
    command = [sys.executable, "-m", "gunicorn", "-c", "webui/server/gunicorn_conf.py", "webui.server.wsgi"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=clean_environment() | ours, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            wait_until_ready(f"http://127.0.0.1:{port}/readyz", process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            started = below(process.pid)
            process.terminate()
            process.wait(timeout=60)
    assert gone(started), "the server takes its worker along"


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(base_url=address, accept_downloads=True)
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def below(process: int) -> set[int]:
    """All processes that a process has started, and those in turn."""
    found = subprocess.run(["pgrep", "-P", str(process)], capture_output=True, text=True, check=False).stdout.split()
    return {int(each) for each in found}.union(*(below(int(each)) for each in found))


def gone(processes: set[int]) -> bool:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if not any(Path(f"/proc/{process}").exists() for process in processes):
            return True
        time.sleep(0.2)
    return False


def ask_for_a_dream(page: Page) -> None:
    page.goto("/")
    page.set_input_files("#choose", str(SAMPLE))
    page.locator(".result-card:not(.result-card-waiting)").first.wait_for()
    page.goto("/history/")
    while not page.locator("a.history-picture").count():  # It is written behind the answer.
        page.wait_for_timeout(200)
        page.reload()
    page.locator("a.history-picture").first.click()
    page.get_by_role("link", name="Let the network dream on it").click()
    page.get_by_label("Dream of").select_option("stage:conv2")
    page.get_by_label("Patterns").select_option("1")
    page.get_by_role("button", name="Dream").click()


def test_it_is_watched_while_it_is_made_and_then_downloaded(page: Page, tmp_path: Path) -> None:
    ask_for_a_dream(page)

    page.locator("#dream[data-state=running]").wait_for()
    page.locator(".dream-pair img.dream-growing").wait_for()
    page.locator("#dream[data-state=done]").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    download.value.save_as(tmp_path / "dream.jpg")

    assert (tmp_path / "dream.jpg").read_bytes()[:3] == b"\xff\xd8\xff"
    assert page.locator(".dream-way li").count() >= 10
    assert page.locator("#told").inner_text() == "Done"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which processes there are in this way")
def test_a_worker_that_is_killed_in_the_middle_leaves_no_dream_hanging(page: Page, address: str) -> None:
    ask_for_a_dream(page)
    page.locator("#dream[data-state=running]").wait_for()

    [worker] = [process for process in below(os.getpid()) if "django\0work" in command_of(process)]
    os.kill(worker, signal.SIGKILL)

    page.locator("#dream[data-state=done]").wait_for()  # By the next worker: it was waiting, if only for a moment.


def command_of(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text(encoding="utf-8")
    except OSError:
        return ""
