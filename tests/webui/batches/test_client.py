"""Batches of the client, before a real server with a worker."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from recognizer import Recognizer
from recognizer.client import AsyncClient, Client, Problem
from recognizer.client.batches import Batch
from recognizer.errors import ImageError
from tests import event_loops
from tests.recognizer.fakes import BLUE, GREEN, RED, plain
from tests.webui.batches.conftest import Work
from tests.webui.client.test_client import DOCUMENTED, PROGRAMS
from webui.jobs.models import Job, Reason, State

pytestmark = pytest.mark.django_db(transaction=True)

LABELS = {RED: "cat", GREEN: "chicken", BLUE: "dog"}


@pytest.fixture
def worker(work: Work) -> Iterator[None]:
    """Does the jobs as they come, in a thread."""
    unwanted = threading.Event()

    def work_on() -> None:
        while not unwanted.wait(0.02):
            work()
        connection.close()

    thread = threading.Thread(target=work_on)
    thread.start()
    yield
    unwanted.set()
    thread.join()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with pictures: a cat, one that is broken, a dog."""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for name, data in {"a.jpg": plain(RED), "b.jpg": b"\xff\xd8\xff", "c.jpg": plain(BLUE)}.items():
        (pictures / name).write_bytes(data)
    monkeypatch.chdir(pictures)
    return pictures


def said(picture: Any, outcome: Any) -> tuple[str, str]:
    return Path(picture).name, outcome.code if isinstance(outcome, ImageError) else outcome.prediction.label


EXPECTED = [("a.jpg", "cat"), ("missing.jpg", "unreadable_file"), ("b.jpg", "invalid_image"), ("c.jpg", "dog")]


def test_both_clients_give_each_picture_its_answer_or_its_error(
    folder: Path,
    address: str,
    token: str,
    worker: None,
) -> None:
    paths = [folder / name for name, _ in EXPECTED]

    async def ask() -> list[tuple[str, str]]:
        async with AsyncClient(f"http://{address}", key=token) as client:
            batch = await client.batch(paths)
            found = [said(*each) async for each in batch.results()]
            while not (status := await batch.status()).is_finished:  # The last row comes before the end of its job.
                await asyncio.sleep(0.02)
            assert status.state == "done"
            await batch.cancel()
            return found

    with Client(f"http://{address}", key=token) as client:
        batch = client.batch(paths)
        assert [said(*each) for each in batch.results()] == EXPECTED == [said(*each) for each in batch.results()]
        while not (status := batch.status()).is_finished:
            time.sleep(0.02)
        assert (status.state, status.done, status.total, status.unreadable) == ("done", 3, 3, 1)
        assert status.model.digest == "sha256:0"
        batch.cancel()
        with pytest.raises(Problem, match="no batch of yours"):
            batch.status()
    assert event_loops.run(ask()) == EXPECTED
    assert not Job.objects.exists()


def test_the_example_prints_what_it_should(
    folder: Path,
    address: str,
    token: str,
    worker: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    [program] = [program for program in PROGRAMS if "client.batch(" in program]

    exec(compile(program.replace(DOCUMENTED, address).replace("mng_...", token), "example", "exec"), {})

    assert capsys.readouterr().out.splitlines()[0] == "a.jpg cat"


def test_without_a_picture_that_can_be_read_nothing_is_sent(address: str, token: str, model: Recognizer) -> None:
    with Client(f"http://{address}", key=token) as client:
        batch = client.batch(["missing.jpg"])
        assert [said(*each) for each in batch.results()] == [("missing.jpg", "unreadable_file")]
        batch.cancel()

    assert batch.id == ""


def test_one_that_the_server_gave_up_ends_in_a_problem(address: str, token: str, model: Recognizer) -> None:
    with Client(f"http://{address}", key=token) as client:
        batch: Batch = client.batch([plain(RED)])
        Job.objects.update(state=State.FAILED, reason=Reason.MODEL_CHANGED)
        with pytest.raises(Problem, match="exchanged") as gave_up:
            next(batch.results())

    assert gave_up.value.code == "batch_failed"
