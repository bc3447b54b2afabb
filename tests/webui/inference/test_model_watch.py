from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from recognizer import ArtifactError
from webui.inference.model_watch import RETRY_AFTER_S, ModelWatch, Signature, look


class Clock:
    """A time that goes on when it is told to."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class Opener:
    """Counts how often the model is opened, and fails when it is told to."""

    def __init__(self) -> None:
        self.calls = 0
        self.works = True

    def __call__(self) -> bool:
        self.calls += 1
        return self.works


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opener() -> Opener:
    return Opener()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "animals-1.h5"
    path.write_bytes(b"one")
    return path


@pytest.fixture
def watch(model: Path, opener: Opener, clock: Clock) -> ModelWatch:
    """Has just opened the file, and looked at it once."""
    watch = ModelWatch(lambda: model, opener, now=clock)
    watch.poll()
    watch.poll()
    assert opener.calls == 1
    return watch


def replaced(path: Path, content: bytes) -> None:
    """Exchanges a file as a careful program does."""
    draft = path.with_name("draft")
    draft.write_bytes(content)
    draft.replace(path)


def rewritten(path: Path) -> None:
    path.write_bytes(b"one and more")


def retouched(path: Path) -> None:
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))


def exchanged_for_its_like(path: Path) -> None:
    before = path.stat()
    replaced(path, path.read_bytes())
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def removed(path: Path) -> None:
    path.unlink()


def test_a_file_that_stays_as_it_is_is_opened_once(watch: ModelWatch, opener: Opener) -> None:
    for _ in range(100):
        watch.poll()

    assert opener.calls == 1


@pytest.mark.parametrize("change", [rewritten, retouched, exchanged_for_its_like, removed])
def test_a_file_that_changes_is_opened_again_once(
    watch: ModelWatch, model: Path, opener: Opener, change: Callable[[Path], None]
) -> None:
    change(model)
    for _ in range(10):
        watch.poll()

    assert opener.calls == 2


def test_another_file_is_opened(model: Path, opener: Opener) -> None:
    files = [model]
    watch = ModelWatch(lambda: files[0], opener)
    watch.poll()
    watch.poll()

    files[0] = model.with_name("animals-2.h5")
    files[0].hardlink_to(model)  # All else is the same.
    watch.poll()
    watch.poll()

    assert opener.calls == 2


def test_a_file_that_still_grows_is_waited_for(watch: ModelWatch, model: Path, opener: Opener) -> None:
    for _ in range(20):
        with model.open("ab") as file:
            file.write(b"more")
        watch.poll()
    growing = opener.calls
    watch.poll()

    assert (growing, opener.calls) == (1, 2)


def test_a_file_that_could_not_be_opened_is_tried_once_more_after_a_while(
    watch: ModelWatch, model: Path, opener: Opener, clock: Clock
) -> None:
    opener.works = False
    rewritten(model)
    calls = []
    for _ in range(5 * int(RETRY_AFTER_S)):
        watch.poll()
        clock.now_s += 1
        calls.append(opener.calls)

    assert calls[1] == 2
    assert calls[int(RETRY_AFTER_S)] == 2
    assert calls[int(RETRY_AFTER_S) + 1] == calls[-1] == 3


def test_a_file_that_could_not_be_opened_is_tried_when_it_changes(
    watch: ModelWatch, model: Path, opener: Opener
) -> None:
    opener.works = False
    rewritten(model)
    watch.poll()
    watch.poll()

    replaced(model, b"good")
    watch.poll()
    watch.poll()

    assert opener.calls == 3


def test_what_worked_is_not_tried_again(watch: ModelWatch, model: Path, opener: Opener, clock: Clock) -> None:
    opener.works = False
    rewritten(model)
    watch.poll()
    watch.poll()
    opener.works = True
    clock.now_s += RETRY_AFTER_S
    watch.poll()

    clock.now_s += RETRY_AFTER_S
    watch.poll()

    assert opener.calls == 3


def test_where_there_is_no_file_the_reason_is_what_is_seen(tmp_path: Path) -> None:
    def nothing_active() -> Path:
        raise ArtifactError("ACTIVE cannot be read.")

    assert look(nothing_active) == "ACTIVE cannot be read."
    assert "No such file" in str(look(lambda: tmp_path / "missing.h5"))


def test_a_file_that_comes_to_where_none_was_is_opened(tmp_path: Path, opener: Opener) -> None:
    path = tmp_path / "animals-1.h5"
    watch = ModelWatch(lambda: path, opener)
    watch.poll()
    watch.poll()

    path.write_bytes(b"here")
    watch.poll()
    watch.poll()

    assert opener.calls == 2


def test_a_file_behind_a_link_is_the_one_that_is_seen(tmp_path: Path, model: Path) -> None:
    link = tmp_path / "current.h5"
    link.symlink_to(model)

    seen = look(lambda: link)

    assert isinstance(seen, Signature)
    assert (seen.path, seen.size_bytes, seen.inode) == (link, 3, model.stat().st_ino)


def test_the_thread_opens_at_once_and_ends_when_it_is_stopped(model: Path) -> None:
    opened = threading.Event()

    def open_model() -> bool:
        opened.set()
        return True

    watch = ModelWatch(lambda: model, open_model, interval_s=3600)
    thread = threading.Thread(target=watch.run)
    thread.start()
    was_opened = opened.wait(10)
    watch.stop()
    thread.join(10)

    assert was_opened
    assert not thread.is_alive()


@pytest.mark.slow
def test_a_process_that_ends_waits_for_the_opening_that_is_under_way_and_watches_no_more(tmp_path: Path) -> None:
    code = (
        "import time, django; django.setup(); from pathlib import Path\n"
        "from webui.inference.model_watch import ModelWatch\n"
        "def opener(): time.sleep(0.5); print('opened'); return True\n"
        f"ModelWatch(lambda: Path({str(tmp_path)!r}), opener, interval_s=0.01).start()"
    )
    ours = {"DJANGO_SETTINGS_MODULE": "webui.config.settings", "MENAGERIE_DATA": str(tmp_path)}
    command = [sys.executable, "-c", code]

    done = subprocess.run(command, env=os.environ | ours, capture_output=True, text=True, check=False, timeout=60)

    assert (done.returncode, done.stdout, done.stderr) == (0, "opened\n", "")
