"""`batch`: the pictures of a zip file as JSON lines, in as many runs as it takes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from recognizer import cli
from recognizer.recognizer import Recognizer
from tests.recognizer.fakes import BLUE, GREEN, RED, make_recognizer, plain
from tests.recognizer.zips import zipped

LABELS = ["cat", "chicken", "dog"]


@pytest.fixture
def fake_model(monkeypatch: pytest.MonkeyPatch) -> Recognizer:
    recognizer = make_recognizer()
    monkeypatch.setattr(Recognizer, "open", lambda *_, **__: recognizer)
    return recognizer


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Seven pictures, a broken one and a note."""
    entries = {f"{number}.png": plain((RED, GREEN, BLUE)[number % 3]) for number in range(7)}
    path = tmp_path / "pictures.zip"
    path.write_bytes(zipped({**entries, "broken.jpg": b"\xff\xd8\xff", "notes.txt": b"notes"}))
    return path


def batch(*arguments: Path | str) -> int:
    return cli.main(["batch", *map(str, arguments), "--model", "fake.h5"])


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_picture_is_a_line_and_what_is_none_is_told(
    pictures: Path, tmp_path: Path, fake_model: Recognizer, capsys: pytest.CaptureFixture[str]
) -> None:
    events = tmp_path / "events.jsonl"

    code = batch(pictures, "--out", tmp_path / "rows.jsonl", "--events", events)

    assert code == 0
    found = rows(tmp_path / "rows.jsonl")
    assert [row["path"] for row in found] == [*(f"{number}.png" for number in range(7)), "broken.jpg"]
    assert [row["label"] for row in found[:7]] == [LABELS[number % 3] for number in range(7)]
    assert (found[7]["error"]["code"], found[7]["error"]["reason"]) == ("invalid_image", "damaged")
    assert rows(events)[0] == {"event": "started", "steps": 8, "done": 0}
    assert {**rows(events)[-1], "seconds": 0} == {
        "event": "step",
        "steps": 8,
        "done": 8,
        "errors": 1,
        "share": 1.0,
        "seconds": 0,
    }
    assert "8 pictures; passed over: 1 file" in capsys.readouterr().err


def test_a_run_goes_on_with_the_one_before(pictures: Path, tmp_path: Path, fake_model: Recognizer) -> None:
    out = tmp_path / "rows.jsonl"
    batch(pictures, "--out", out)
    whole = out.read_bytes()
    out.write_bytes(b"".join(whole.splitlines(keepends=True)[:5]) + b'{"numb')
    events = tmp_path / "events.jsonl"

    batch(pictures, "--out", out, "--events", events)

    assert out.read_bytes() == whole
    assert rows(events)[0] == {"event": "started", "steps": 8, "done": 5}


def test_another_model_file_than_was_meant_is_refused(
    pictures: Path, tmp_path: Path, fake_model: Recognizer, capsys: pytest.CaptureFixture[str]
) -> None:
    events = tmp_path / "events.jsonl"

    code = batch(pictures, "--out", tmp_path / "rows.jsonl", "--events", events, "--digest", "sha256:1")

    assert code == 1
    assert [event.get("code") for event in rows(events)] == ["model_changed"]
    assert not (tmp_path / "rows.jsonl").exists()
    assert "another file than before" in capsys.readouterr().err


def test_a_zip_without_pictures_and_one_that_is_none_are_the_callers_error(
    tmp_path: Path, fake_model: Recognizer
) -> None:
    empty, none = tmp_path / "empty.zip", tmp_path / "none.zip"
    empty.write_bytes(zipped({"notes.txt": b"notes"}))
    none.write_bytes(b"no zip")

    assert [batch(path, "--out", tmp_path / "rows.jsonl") for path in (empty, none, tmp_path / "missing.zip")] == [
        2,
        2,
        1,
    ]


def test_the_zip_file_is_not_written_over(
    pictures: Path, tmp_path: Path, fake_model: Recognizer, capsys: pytest.CaptureFixture[str]
) -> None:
    before = pictures.read_bytes()
    link = tmp_path / "link.zip"
    link.symlink_to(pictures)

    assert [batch(pictures, "--out", out, "--overwrite") for out in (pictures, link)] == [2, 2]
    assert batch(pictures, "--out", tmp_path / "rows.jsonl", "--events", pictures) == 2

    assert pictures.read_bytes() == before
    assert "is read by this command" in capsys.readouterr().err


def test_a_file_of_another_kind_is_replaced_only_when_that_is_asked_for(
    pictures: Path, tmp_path: Path, fake_model: Recognizer
) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("notes")

    assert batch(pictures, "--out", notes) == 2
    assert notes.read_text() == "notes"
    assert batch(pictures, "--out", notes, "--overwrite") == 0
    assert len(rows(notes)) == 8


def test_a_run_with_one_look_does_not_go_on_with_one_of_two(
    pictures: Path, tmp_path: Path, fake_model: Recognizer, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "rows.jsonl"
    batch(pictures, "--out", out)
    before = out.read_bytes()

    assert batch(pictures, "--out", out, "--no-second-look") == 2

    assert out.read_bytes() == before
    assert "number of looks" in capsys.readouterr().err


_WORKER = """
import sys
from pathlib import Path
from webui.jobs.bounded_process import Limits, run
run([sys.executable, "-m", "recognizer", "batch", *sys.argv[2:]], Path(sys.argv[1]), Limits(120, 2**32), lambda: True)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has died")
def test_a_worker_that_is_killed_costs_no_picture_and_repeats_none(tmp_path: Path) -> None:
    big = tmp_path / "big.png"
    Image.effect_noise((1600, 1200), 60).save(big, compress_level=1)  # Takes long enough to be caught at it.
    path, whole, out = tmp_path / "pictures.zip", tmp_path / "whole.jsonl", tmp_path / "rows.jsonl"
    path.write_bytes(zipped({f"{number:02}.png": big.read_bytes() for number in range(20)}))

    def worker(to: Path) -> subprocess.Popen[bytes]:
        arguments = [str(tmp_path / "log.txt"), str(path), "--out", str(to)]
        return subprocess.Popen([sys.executable, "-c", _WORKER, *arguments])

    assert worker(whole).wait() == 0
    killed = worker(out)
    deadline = time.monotonic() + 60
    while not (out.exists() and out.read_bytes().count(b"\n") >= 3):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    after_the_kill = out.read_bytes().count(b"\n")

    assert worker(out).wait() == 0

    assert after_the_kill < 20
    assert len(rows(whole)) == 20
    assert rows(out) == rows(whole)
